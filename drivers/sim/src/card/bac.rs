//! Basic access control, the chip's side (ICAO 9303-11, 4.3).

use openssl::error::ErrorStack;

use super::apdu::StatusWord;
use super::faults::MutualFault;
use super::messaging::{Session, SessionKeys};
use super::random::Randomness;
use crate::crypto::suite::Suite;
use crate::crypto::{kdf, tdes};

/// The document basic access keys of a chip (ICAO 9303-11, 9.7.2).
#[derive(Clone)]
pub struct AccessKeys {
    encryption: [u8; 16],
    authentication: [u8; 16],
}

impl AccessKeys {
    /// From document number, birth date and expiry date, each with its check digit.
    #[must_use]
    pub fn new(mrz_information: &str) -> Self {
        let (encryption, authentication) = kdf::tdes_keys(&kdf::access_seed(mrz_information));
        Self {
            encryption,
            authentication,
        }
    }
}

/// What EXTERNAL AUTHENTICATE ends in.
pub(super) enum Outcome {
    /// The answer, and the session that it opens.
    Opened(Vec<u8>, Session),
    /// A status word.
    Refused(StatusWord),
}

/// Answers EXTERNAL AUTHENTICATE for the challenge given before (ICAO 9303-11, 4.3.1 and 4.3.4.2).
///
/// # Errors
/// The cryptographic library's.
pub(super) fn external_authenticate(
    keys: &AccessKeys,
    challenge: &[u8],
    data: &[u8],
    random: &mut dyn Randomness,
    fault: Option<MutualFault>,
) -> Result<Outcome, ErrorStack> {
    let Some((cryptogram, checksum)) = data.split_at_checked(32).filter(|(_, mac)| mac.len() == 8)
    else {
        return Ok(Outcome::Refused(StatusWord::WRONG_LENGTH));
    };
    if tdes::retail_mac(&keys.authentication, cryptogram)?.as_slice() != checksum {
        return Ok(Outcome::Refused(StatusWord::AUTHENTICATION_FAILED));
    }
    let s = tdes::decrypt(&keys.encryption, cryptogram)?;
    let (Some(terminal), Some(echo), Some(terminal_key)) = (s.get(..8), s.get(8..16), s.get(16..))
    else {
        return Ok(Outcome::Refused(StatusWord::FAILURE));
    };
    if echo != challenge {
        return Ok(Outcome::Refused(StatusWord::AUTHENTICATION_FAILED));
    }
    let mut chip_key = [0; 16];
    random.fill(&mut chip_key);

    let (mut said_chip, mut said_terminal) = (challenge.to_vec(), terminal.to_vec());
    match fault {
        Some(MutualFault::TerminalNonceWrong) => flip(&mut said_terminal),
        Some(MutualFault::ChipNonceWrong) => flip(&mut said_chip),
        _ => {}
    }
    let r = [&said_chip[..], &said_terminal, &chip_key].concat();
    let mut answer = tdes::encrypt(&keys.encryption, &r)?;
    if fault == Some(MutualFault::CryptogramFlipped) {
        flip(&mut answer);
    }
    answer.extend(tdes::retail_mac(&keys.authentication, &answer)?);
    match fault {
        Some(MutualFault::ChecksumFlipped) => {
            if let Some(last) = answer.last_mut() {
                *last ^= 0x01;
            }
        }
        Some(MutualFault::Short) => answer.truncate(39),
        _ => {}
    }

    let seed: Vec<u8> = terminal_key
        .iter()
        .zip(chip_key)
        .map(|(a, b)| a ^ b)
        .collect();
    // The counter begins with the last four bytes of each nonce (ICAO 9303-11, 9.8.6.3).
    let counter = [challenge.get(4..8), terminal.get(4..8)]
        .into_iter()
        .flatten()
        .flatten();
    let session = Session::new(
        SessionKeys::derive(Suite::TripleDes, &seed),
        counter.copied().collect(),
    );
    Ok(Outcome::Opened(answer, session))
}

fn flip(bytes: &mut [u8]) {
    if let Some(first) = bytes.first_mut() {
        *first ^= 0x01;
    }
}

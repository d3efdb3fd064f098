//! Basic access control (ICAO 9303-11, 4.3).

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::ChipError;
use super::opened::{Opened, Plain};
use super::secure_messaging::SecureMessaging;
use super::select::Selected;
use crate::crypto::des::TripleDesKey;
use crate::crypto::kdf::{self, Purpose};
use crate::crypto::random::Random;
use crate::crypto::symmetric::SymmetricKey;
use crate::transport::{Command, StatusWord};

/// Bytes of EXTERNAL AUTHENTICATE in both directions: 32 encrypted, 8 of MAC.
const CRYPTOGRAM: usize = 40;

/// The document basic access keys of one chip.
#[derive(Clone, Debug)]
pub struct BacKeys {
    encryption: TripleDesKey,
    mac: TripleDesKey,
}

impl BacKeys {
    /// Derives K_Enc and K_MAC from the MRZ information: document number, birth date and expiry
    /// date, each with its check digit (ICAO 9303-11, 4.3.2 and D.1).
    #[must_use]
    pub fn derive(mrz_information: &[u8]) -> Self {
        let seed = kdf::bac_seed(mrz_information);
        Self {
            encryption: kdf::triple_des(&*seed, Purpose::Encryption),
            mac: kdf::triple_des(&*seed, Purpose::Mac),
        }
    }
}

/// What the terminal contributes to one run: RND.IFD and K.IFD.
struct Contribution {
    nonce: [u8; 8],
    key: Zeroizing<[u8; 16]>,
}

/// A chip that basic access control opened.
pub struct OpenedByBac<'link, 'card> {
    /// The chip.
    pub chip: Opened<'link, 'card>,
    /// Which of the candidates fitted.
    pub candidate: usize,
    /// RND.IC.
    pub chip_nonce: [u8; 8],
}

/// A chip that basic access control did not open.
pub struct Unopened<'link, 'card> {
    /// Why.
    pub error: ChipError,
    /// The chip, where it refused GET CHALLENGE: perhaps it keeps nothing closed.
    pub plain: Option<Plain<'link, 'card>>,
}

impl From<ChipError> for Unopened<'_, '_> {
    fn from(error: ChipError) -> Self {
        Self { error, plain: None }
    }
}

impl<'link, 'card> Selected<'link, 'card> {
    /// Opens the chip with the first of `candidates` that fits: GET CHALLENGE, EXTERNAL
    /// AUTHENTICATE (ICAO 9303-11, 4.3.1 and 4.3.4). A chip that refuses for any other reason than
    /// the key is not asked again.
    ///
    /// # Errors
    /// [`Unopened`], with [`ChipError::KeyWrong`] when no candidate fits, and what ends basic access
    /// control.
    pub fn open_bac(
        mut self,
        candidates: &[BacKeys],
        random: &mut dyn Random,
    ) -> Result<OpenedByBac<'link, 'card>, Unopened<'link, 'card>> {
        if candidates.is_empty() {
            return Err(ChipError::NoBasicAccessKey.into());
        }
        let mut refused = ChipError::KeyWrong(StatusWord::SECURITY_STATUS_NOT_SATISFIED);
        self.link.begin_phase("access");
        for (index, keys) in candidates.iter().enumerate() {
            match self.authenticate(keys, random) {
                Ok((messaging, chip_nonce)) => {
                    return Ok(OpenedByBac {
                        chip: Opened::new(self.link, self.abilities, messaging),
                        candidate: index,
                        chip_nonce,
                    });
                }
                Err(error @ ChipError::KeyWrong(_)) => refused = error,
                Err(error @ ChipError::ChallengeRefused(_)) => {
                    return Err(Unopened {
                        error,
                        plain: Some(Plain::plain(self.link, self.abilities)),
                    });
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(refused.into())
    }

    /// One run with one pair of keys.
    fn authenticate(
        &mut self,
        keys: &BacKeys,
        random: &mut dyn Random,
    ) -> Result<(SecureMessaging, [u8; 8]), ChipError> {
        let response = self
            .link
            .transmit(&Command::new(0x00, 0x84, 0, 0).expecting(8))?;
        if !response.status.is_normal() {
            return Err(ChipError::ChallengeRefused(response.status));
        }
        let chip_nonce = exactly::<8>("GET CHALLENGE", &response.data)?;
        let mut terminal = Contribution {
            nonce: [0; 8],
            key: Zeroizing::new([0; 16]),
        };
        random.fill(&mut terminal.nonce)?;
        random.fill(&mut *terminal.key)?;

        let command = Command::new(0x00, 0x82, 0, 0)
            .with_data(keys.request(&terminal, chip_nonce)?.to_vec())
            .expecting(CRYPTOGRAM);
        let response = self.link.transmit(&command)?;
        match response.status {
            StatusWord::NORMAL => {}
            StatusWord::AUTHENTICATION_METHOD_BLOCKED | StatusWord(0x63c0) => {
                return Err(ChipError::Blocked(response.status));
            }
            // 6300, 63Cx, 6982, 6988, 6A80: what chips say to a wrong key.
            StatusWord(0x6300 | 0x6982 | 0x6988 | 0x6a80) | StatusWord(0x63c1..=0x63cf) => {
                return Err(ChipError::KeyWrong(response.status));
            }
            status => return Err(ChipError::AccessRefused(status)),
        }
        let cryptogram = exactly::<CRYPTOGRAM>("EXTERNAL AUTHENTICATE", &response.data)?;
        let messaging = keys.conclude(&terminal, chip_nonce, &cryptogram)?;
        Ok((messaging, chip_nonce))
    }
}

impl BacKeys {
    /// E_IFD ‖ M_IFD (ICAO 9303-11, 4.3.1, step 2).
    fn request(
        &self,
        terminal: &Contribution,
        chip_nonce: [u8; 8],
    ) -> Result<Zeroizing<Vec<u8>>, ChipError> {
        let plain = Zeroizing::new([&terminal.nonce[..], &chip_nonce, &terminal.key[..]].concat());
        let mut request = self.encryption.encrypt(&plain)?;
        let mac = self.mac.retail_mac(&request)?;
        request.extend_from_slice(&mac);
        Ok(request)
    }

    /// Checks E_IC ‖ M_IC and derives the session keys (ICAO 9303-11, 4.3.1, steps 4–6).
    fn conclude(
        &self,
        terminal: &Contribution,
        chip_nonce: [u8; 8],
        cryptogram: &[u8; CRYPTOGRAM],
    ) -> Result<SecureMessaging, ChipError> {
        let (encrypted, mac) = cryptogram.split_at(32);
        let authentic = bool::from(self.mac.retail_mac(encrypted)?.ct_eq(mac));
        let plain = self.encryption.decrypt(encrypted)?;
        let (nonces, chip_key) = plain
            .split_at_checked(16)
            .ok_or(ChipError::ChipCryptogram)?;
        let expected = [chip_nonce, terminal.nonce].concat();
        match (authentic, bool::from(nonces.ct_eq(&expected))) {
            (true, true) => {}
            (true, false) => return Err(ChipError::ReplayedCryptogram),
            (false, true) => return Err(ChipError::ChipCryptogram),
            // Not made with this key at all: what a player of recordings sends.
            (false, false) => return Err(ChipError::ForeignCryptogram),
        }
        let mut seed = Zeroizing::new([0_u8; 16]);
        for ((out, ours), theirs) in seed.iter_mut().zip(terminal.key.iter()).zip(chip_key) {
            *out = ours ^ theirs;
        }
        // SSC: the last four bytes of both nonces, the chip's first (ICAO 9303-11, 9.8.6.3).
        let counter = chip_nonce
            .iter()
            .skip(4)
            .chain(terminal.nonce.iter().skip(4));
        let counter = counter.fold(0_u128, |sum, byte| (sum << 8) | u128::from(*byte));
        Ok(SecureMessaging::new(
            SymmetricKey::TripleDes(kdf::triple_des(&*seed, Purpose::Encryption)),
            SymmetricKey::TripleDes(kdf::triple_des(&*seed, Purpose::Mac)),
            counter,
        ))
    }
}

fn exactly<const N: usize>(command: &'static str, data: &[u8]) -> Result<[u8; N], ChipError> {
    <[u8; N]>::try_from(data).map_err(|_| ChipError::Length {
        command,
        length: data.len(),
        expected: N,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        hex::decode(text).unwrap().try_into().unwrap()
    }

    fn appendix_d() -> (BacKeys, Contribution, [u8; 8]) {
        let terminal = Contribution {
            nonce: bytes("781723860C06C226"),
            key: Zeroizing::new(bytes("0B795240CB7049B01C19B33E32804F0B")),
        };
        (
            BacKeys::derive(b"L898902C<369080619406236"),
            terminal,
            bytes("4608F91988702212"),
        )
    }

    const CHIP_ANSWER: &str =
        "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D7449";

    #[test]
    fn icao_9303_11_appendix_d_3_mutual_authentication() {
        let (keys, terminal, chip_nonce) = appendix_d();
        assert_eq!(
            hex::encode_upper(&*keys.request(&terminal, chip_nonce).unwrap()),
            "72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F25F1448EEA8AD90A7"
        );
        let messaging = keys
            .conclude(&terminal, chip_nonce, &bytes(CHIP_ANSWER))
            .unwrap();
        let expected = SecureMessaging::new(
            SymmetricKey::TripleDes(TripleDesKey::new(bytes("979EC13B1CBFE9DCD01AB0FED307EAE5"))),
            SymmetricKey::TripleDes(TripleDesKey::new(bytes("F1CB1F1FB5ADF208806B89DC579DC1F8"))),
            0x8870_2212_0C06_C226,
        );
        assert!(messaging == expected);
    }

    #[test]
    fn a_changed_answer_is_no_chip_and_an_old_one_is_a_replay() {
        let (keys, mut terminal, chip_nonce) = appendix_d();
        let mut answer = bytes::<CRYPTOGRAM>(CHIP_ANSWER);
        *answer.last_mut().unwrap() ^= 1;
        let outcome = keys.conclude(&terminal, chip_nonce, &answer);
        assert_eq!(outcome.err(), Some(ChipError::ChipCryptogram));
        terminal.nonce = [0; 8];
        let outcome = keys.conclude(&terminal, chip_nonce, &bytes(CHIP_ANSWER));
        assert_eq!(outcome.err(), Some(ChipError::ReplayedCryptogram));
    }
}

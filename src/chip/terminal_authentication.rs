//! Terminal authentication: the exchange (ICAO 9303-11, 7.1; BSI TR-03110-3, B.3 and B.4).
//!
//! The chip is sent certificates that lead from a key it trusts to the terminal's, one after
//! another, and then a signature over its challenge. Which certificates these are is chosen in
//! [`crate::verify`]; here they are bytes.

use core::fmt;

use super::ChipError;
use super::opened::Opened;
use crate::codec::tlv::{Header, encode};
use crate::crypto::CryptoFault;
use crate::crypto::signature::{PublicKey, Scheme};
use crate::transport::{Command, Response, StatusWord};

/// The length of EF.CVCA: two references of at most 16 bytes, each with its header
/// (TR-03110-3, A.6.2).
const EF_CVCA_LENGTH: usize = 36;
/// The most references that EF.CVCA holds.
const MOST_AUTHORITIES: usize = 2;
/// The longest reference.
const MOST_REFERENCE: usize = 16;
/// The most certificates that a chip is sent for one proof.
pub const MOST_CERTIFICATES: usize = 16;
/// The object that holds a reference in EF.CVCA.
const CERTIFICATION_AUTHORITY_REFERENCE: u32 = 0x42;

/// The terminal's private key, wherever it is kept: in a file, or in a device that signs.
pub trait TerminalKey: fmt::Debug + Send + Sync {
    /// The public key that belongs to it.
    fn public(&self) -> &PublicKey;

    /// Signs `message`.
    ///
    /// # Errors
    /// [`CryptoFault`] where the key is of another kind than the scheme, or its keeper refuses.
    fn sign(&self, scheme: Scheme, message: &[u8]) -> Result<Vec<u8>, CryptoFault>;
}

/// Where a chip keeps the names of the authorities that it trusts (TR-03110-3, A.1.1.4, A.6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EfCvca {
    /// File identifier.
    pub identifier: [u8; 2],
    /// Short file identifier, where it has one.
    pub short: Option<u8>,
}

impl Default for EfCvca {
    /// 011C, short 1C.
    fn default() -> Self {
        Self {
            identifier: [0x01, 0x1c],
            short: Some(0x1c),
        }
    }
}

/// One certificate as the chip wants it.
#[derive(Clone, Copy, Debug)]
pub struct SentCertificate<'a> {
    /// Whose key verifies it: the certification authority reference.
    pub authority: &'a [u8],
    /// The body, `7F4E` with its header.
    pub body: &'a [u8],
    /// The signature, without header.
    pub signature: &'a [u8],
}

/// All that one proof needs.
#[derive(Clone, Copy, Debug)]
pub struct TerminalProof<'a> {
    /// From the one that a key of the chip verifies down to the terminal's.
    pub certificates: &'a [SentCertificate<'a>],
    /// The reference of the terminal's own certificate.
    pub holder: &'a [u8],
    /// The protocol of the terminal's key, as the value of its object identifier.
    pub protocol: &'a [u8],
    /// How the terminal signs.
    pub scheme: Scheme,
    /// The terminal's key.
    pub key: &'a dyn TerminalKey,
    /// ID_PICC: the document number with its check digit after basic access control, the
    /// compressed ephemeral key of the chip after PACE.
    pub chip_identity: &'a [u8],
    /// Comp(PK_DH,IFD): our ephemeral key of chip authentication, compressed.
    pub ephemeral_key: &'a [u8],
}

/// What the chip said to the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminalVerdict {
    /// Accepted.
    Accepted,
    /// Refused at this command, with this status word.
    Refused {
        /// Such as `PSO: VERIFY CERTIFICATE`.
        command: &'static str,
        /// The status word.
        status: StatusWord,
    },
}

impl Opened<'_, '_> {
    /// The references of the authorities that the chip trusts, from EF.CVCA: the newest first, none
    /// where there is no such file or it does not open (TR-03110-3, A.6.2.1).
    ///
    /// # Errors
    /// Whatever ends the session.
    pub fn read_authorities(&mut self, file: EfCvca) -> Result<Vec<Vec<u8>>, ChipError> {
        self.begin_phase("terminal-auth");
        if let Some(short) = file.short.filter(|short| (1..=30).contains(short)) {
            let command = Command::new(0x00, 0xb0, 0x80 | short, 0).expecting(EF_CVCA_LENGTH);
            let response = self.exchange(&command)?;
            if is_read(&response) {
                return Ok(authorities(&response.data));
            }
        }
        let select = Command::new(0x00, 0xa4, 0x02, 0x0c).with_data(file.identifier);
        if !self.exchange(&select)?.status.is_normal() {
            return Ok(Vec::new());
        }
        let command = Command::new(0x00, 0xb0, 0, 0).expecting(EF_CVCA_LENGTH);
        let response = self.exchange(&command)?;
        Ok(if is_read(&response) {
            authorities(&response.data)
        } else {
            Vec::new()
        })
    }

    /// Shows the certificates and signs the chip's challenge (ICAO 9303-11, 7.1.5).
    ///
    /// # Errors
    /// Whatever ends the session; a refusal by the chip is no error.
    pub fn authenticate_terminal(
        &mut self,
        proof: &TerminalProof<'_>,
    ) -> Result<TerminalVerdict, ChipError> {
        self.begin_phase("terminal-auth");
        for certificate in proof.certificates.iter().take(MOST_CERTIFICATES) {
            // MSE:Set DST: which key verifies what follows.
            let name = encode(0x83, certificate.authority);
            let set = Command::new(0x00, 0x22, 0x81, 0xb6).with_data(name);
            let status = self.exchange(&set)?.status;
            if !status.is_normal() {
                return Ok(refused("MSE:SET DST", status));
            }
            let content = [certificate.body, &encode(0x5f37, certificate.signature)].concat();
            let verify = Command::new(0x00, 0x2a, 0x00, 0xbe).with_data(content);
            let status = self.exchange(&verify)?.status;
            if !status.is_normal() {
                return Ok(refused("PSO:VERIFY CERTIFICATE", status));
            }
        }

        // MSE:Set AT. Chips of the first version know the reference alone; later ones also want the
        // protocol named, which the first ones refuse as a wrong parameter.
        let reference = encode(0x83, proof.holder);
        let named = [encode(0x80, proof.protocol), reference.clone()].concat();
        let mut status = StatusWord::NORMAL;
        for template in [named, reference] {
            let set = Command::new(0x00, 0x22, 0x81, 0xa4).with_data(template);
            status = self.exchange(&set)?.status;
            if !matches!(status, StatusWord(0x6a80 | 0x6a86 | 0x6a88)) {
                break;
            }
        }
        if !status.is_normal() {
            return Ok(refused("MSE:SET AT", status));
        }

        let challenge = self.exchange(&Command::new(0x00, 0x84, 0, 0).expecting(8))?;
        if !challenge.status.is_normal() {
            return Ok(refused("GET CHALLENGE", challenge.status));
        }
        if challenge.data.len() != 8 {
            return Err(ChipError::Length {
                command: "GET CHALLENGE",
                length: challenge.data.len(),
                expected: 8,
            });
        }
        let message = [proof.chip_identity, &challenge.data, proof.ephemeral_key].concat();
        let signature = proof.key.sign(proof.scheme, &message)?;
        let authenticate = Command::new(0x00, 0x82, 0, 0).with_data(signature);
        let status = self.exchange(&authenticate)?.status;
        Ok(if status.is_normal() {
            TerminalVerdict::Accepted
        } else {
            refused("EXTERNAL AUTHENTICATE", status)
        })
    }
}

const fn refused(command: &'static str, status: StatusWord) -> TerminalVerdict {
    TerminalVerdict::Refused { command, status }
}

fn is_read(response: &Response) -> bool {
    matches!(
        response.status,
        StatusWord::NORMAL | StatusWord::END_OF_FILE
    ) && !response.data.is_empty()
}

/// `42 reference [42 reference] 00…`: what cannot be read as that names nobody, and ends the list.
fn authorities(mut file: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while found.len() < MOST_AUTHORITIES {
        let Ok(header) = Header::read(file, 0) else {
            break;
        };
        let value = file.get(header.length..header.total());
        match value {
            Some(value)
                if header.tag == CERTIFICATION_AUTHORITY_REFERENCE
                    && (1..=MOST_REFERENCE).contains(&value.len()) =>
            {
                found.push(value.to_vec());
            }
            _ => break,
        }
        file = file.get(header.total()..).unwrap_or_default();
    }
    found
}

#[cfg(test)]
#[path = "terminal_authentication_tests.rs"]
mod tests;

//! Chip authentication: the exchange (ICAO 9303-11, 6.2; BSI TR-03110-3, B.2). Whether the chip
//! proved anything is judged in [`crate::verify`], from the first response under the new keys.

use super::ChipError;
use super::opened::Opened;
use super::secure_messaging::SecureMessaging;
use crate::codec::tlv::encode;
use crate::crypto::agreement::{Group, KeyFault, KeyPair};
use crate::crypto::kdf::{self, Cipher, Purpose};
use crate::crypto::random::Random;
use crate::transport::Command;

/// A static key of the chip, and the protocol that proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChipAuthenticationKey {
    /// The protocol: the value of its object identifier.
    pub protocol: Vec<u8>,
    /// The cipher of the messages after it.
    pub cipher: Cipher,
    /// The key's number, big-endian without leading zeros, where the chip has several.
    pub key_id: Option<Vec<u8>>,
    /// Its domain parameters.
    pub group: Group,
    /// The key.
    pub public_key: Vec<u8>,
}

impl Opened<'_, '_> {
    /// Agrees on new keys with the chip's static key. From the next command on they protect the
    /// session; the first response under them is the proof and can be had from
    /// [`Opened::take_first_response`]. Returns our ephemeral keys.
    ///
    /// # Errors
    /// [`ChipError::ChipAuthenticationRefused`], and whatever ends the session.
    pub fn authenticate_chip(
        &mut self,
        key: &ChipAuthenticationKey,
        random: &mut dyn Random,
    ) -> Result<KeyPair, ChipError> {
        self.begin_phase("chip-auth");
        let generator = key.group.generator()?;
        let own = generator.generate(random)?;
        let reference = key
            .key_id
            .as_ref()
            .map(|id| encode(0x84, id))
            .unwrap_or_default();
        if key.cipher == Cipher::TripleDes {
            // MSE:Set KAT: the chip computes at once (ICAO 9303-11, 6.2.4.1).
            let data = [encode(0x91, &own.public), reference].concat();
            self.accepted(&Command::new(0x00, 0x22, 0x41, 0xa6).with_data(data))?;
        } else {
            let data = [encode(0x80, &key.protocol), reference].concat();
            self.accepted(&Command::new(0x00, 0x22, 0x41, 0xa4).with_data(data))?;
            let data = encode(0x7c, &encode(0x80, &own.public));
            let command = Command::new(0x00, 0x86, 0, 0).with_data(data);
            self.accepted(&command.expecting(0x100))?;
        }
        let shared = match generator.agree(&own.private, &key.public_key) {
            Ok(shared) => shared,
            Err(KeyFault::Crypto(fault)) => return Err(fault.into()),
            Err(_) => return Err(ChipError::ChipKeyInvalid),
        };
        self.renew(SecureMessaging::new(
            kdf::derive(&shared, Purpose::Encryption, key.cipher)?,
            kdf::derive(&shared, Purpose::Mac, key.cipher)?,
            0,
        ));
        Ok(own)
    }

    fn accepted(&mut self, command: &Command) -> Result<(), ChipError> {
        match self.exchange(command)?.status {
            status if status.is_normal() => Ok(()),
            status => Err(ChipError::ChipAuthenticationRefused(status)),
        }
    }
}

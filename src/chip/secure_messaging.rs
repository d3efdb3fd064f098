//! Secure messaging with 3DES and AES (ICAO 9303-11, 9.8).

use core::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::codec::tlv::{Header, encode};
use crate::crypto::CryptoFault;
use crate::crypto::aes;
use crate::crypto::des::{pad_to, unpad_from};
use crate::crypto::symmetric::SymmetricKey;
use crate::transport::{Command, Response, StatusWord};

use super::ChipError;

/// Cryptogram with padding indicator.
const CRYPTOGRAM: u32 = 0x87;
/// Cryptogram of data objects, without indicator: for odd instructions (ICAO 9303-11, 9.8.4).
const CRYPTOGRAM_TLV: u32 = 0x85;
/// Le.
const EXPECTED_LENGTH: u32 = 0x97;
/// Processing status.
const STATUS: u32 = 0x99;
/// Cryptographic checksum.
const CHECKSUM: u32 = 0x8e;
/// Padding method 2 (ICAO 9303-11, 9.8.4).
const PADDING_INDICATOR: u8 = 0x01;

/// What a protected response carries besides its cryptogram: status (4) and checksum (10).
const STATUS_AND_CHECKSUM: usize = 14;

/// Why a response under secure messaging is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecureMessagingError {
    /// The checksum is another, or not of eight bytes.
    #[error("the checksum of a protected response is wrong")]
    Mac,
    /// A data object that must be there is not.
    #[error("data object {0:02x} of a protected response is missing")]
    Missing(u32),
    /// Objects twice, unknown, out of order, of impossible length, or with bytes after them.
    #[error("a protected response is malformed")]
    Malformed,
    /// The decrypted data does not end in its padding.
    #[error("the padding of a protected response is wrong")]
    Padding,
    /// Plain data while secure messaging stands.
    #[error("the chip answered in plain under secure messaging")]
    Plain,
    /// The status inside and the one outside differ.
    #[error("the two status words of a protected response differ")]
    StatusMismatch,
    /// The chip dropped the session: a plain status word and nothing else.
    #[error("the chip ended secure messaging: {0:?}")]
    SessionLost(StatusWord),
    /// An earlier command or response broke the session.
    #[error("the session under secure messaging is over")]
    Over,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// A command.
    Command,
    /// The response to the last command.
    Response,
    /// Nothing: the two sides no longer count alike.
    Over,
}

/// The keys and the counter of one session. A command and its response advance the counter by one
/// each; after any error the session is over, since the two sides no longer count alike.
#[derive(Clone, PartialEq, Eq)]
pub struct SecureMessaging {
    encryption: SymmetricKey,
    mac: SymmetricKey,
    /// The send sequence counter; as long as a block where it is written.
    counter: u128,
    turn: Turn,
}

impl fmt::Debug for SecureMessaging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecureMessaging([redacted])")
    }
}

impl SecureMessaging {
    /// A session with KS_Enc, KS_MAC and the first value of the send sequence counter.
    #[must_use]
    pub const fn new(encryption: SymmetricKey, mac: SymmetricKey, counter: u128) -> Self {
        Self {
            encryption,
            mac,
            counter,
            turn: Turn::Command,
        }
    }

    /// The most plain bytes that a protected response with `response` bytes of data can carry: whole
    /// blocks less one byte of padding. 256 bytes carry 231 under 3DES and 223 under AES.
    #[must_use]
    pub const fn room(&self, response: usize) -> usize {
        let header = match response {
            0..=0x80 => 2,
            0x81..=0xff => 3,
            // A short response has no room for a cryptogram that needs a longer length field.
            0x100 => 3,
            0x101..=0xffff => 4,
            _ => 5,
        };
        let block = self.encryption.block();
        let cryptogram = response.saturating_sub(STATUS_AND_CHECKSUM + header + 1);
        (cryptogram - cryptogram % block).saturating_sub(1)
    }

    /// The counter as it is authenticated (ICAO 9303-11, 9.8.6).
    fn counter_bytes(&self) -> Zeroizing<Vec<u8>> {
        let bytes = self.counter.to_be_bytes();
        let skip = bytes.len().saturating_sub(self.encryption.block());
        Zeroizing::new(bytes.get(skip..).unwrap_or_default().to_vec())
    }

    /// Encrypts whole blocks: under AES the initialisation vector is the encrypted counter
    /// (ICAO 9303-11, 9.8.6.1).
    fn encrypt(&self, padded: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoFault> {
        match &self.encryption {
            SymmetricKey::TripleDes(key) => key.encrypt(padded),
            SymmetricKey::Aes(key) => key.encrypt_cbc(&self.vector(key)?, padded),
        }
    }

    fn decrypt(&self, encrypted: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoFault> {
        match &self.encryption {
            SymmetricKey::TripleDes(key) => key.decrypt(encrypted),
            SymmetricKey::Aes(key) => key.decrypt_cbc(&self.vector(key)?, encrypted),
        }
    }

    fn vector(&self, key: &aes::AesKey) -> Result<[u8; aes::BLOCK], CryptoFault> {
        key.encrypt_block(&self.counter.to_be_bytes())
    }

    /// The checksum. The retail MAC pads by itself, AES-CMAC is given padded data
    /// (ICAO 9303-11, 9.8.4 and 9.8.6).
    fn checksum(&self, data: &[u8]) -> Result<[u8; 8], CryptoFault> {
        match &self.mac {
            SymmetricKey::TripleDes(key) => key.retail_mac(data),
            aes @ SymmetricKey::Aes(_) => aes.mac(&pad_to(data, aes::BLOCK)),
        }
    }

    /// The protected form of a plain command (ICAO 9303-11, 9.8.2 and figure 5).
    ///
    /// # Errors
    /// [`ChipError::Crypto`]; [`SecureMessagingError::Over`] where the last response is still due or
    /// was not taken.
    pub fn protect(&mut self, plain: &Command) -> Result<Command, ChipError> {
        if self.turn != Turn::Command {
            return Err(SecureMessagingError::Over.into());
        }
        self.turn = Turn::Response;
        self.counter = self.counter.wrapping_add(1);
        let block = self.encryption.block();
        let [class, instruction, p1, p2] = plain.header();
        let header = [class | 0x0c, instruction, p1, p2];
        let mut objects = Vec::new();
        if !plain.data().is_empty() {
            let encrypted = self.encrypt(&pad_to(plain.data(), block))?;
            objects.extend(if instruction & 1 == 1 {
                encode(CRYPTOGRAM_TLV, &encrypted)
            } else {
                encode(CRYPTOGRAM, &[&[PADDING_INDICATOR], &encrypted[..]].concat())
            });
        }
        if plain.expected() > 0 {
            // 256 is written 00, and 65,536 as 0000: the low bytes of either.
            let length = u32::try_from(plain.expected())
                .map_err(|_| CryptoFault)?
                .to_be_bytes();
            let skip = if plain.is_extended() { 2 } else { 3 };
            let length = length.get(skip..).unwrap_or_default();
            objects.extend(encode(EXPECTED_LENGTH, length));
        }
        let mut authenticated = self.counter_bytes();
        if objects.is_empty() {
            // The MAC pads by itself; a header alone must not be padded twice.
            authenticated.extend_from_slice(&header);
        } else {
            authenticated.extend_from_slice(&pad_to(&header, block));
            authenticated.extend_from_slice(&objects);
        }
        let mac = self.checksum(&authenticated)?;
        objects.extend(encode(CHECKSUM, &mac));
        let [class, instruction, p1, p2] = header;
        let command = Command::new(class, instruction, p1, p2).with_data(objects);
        Ok(if plain.is_extended() {
            command.extended().expecting(0x1_0000)
        } else {
            command.expecting(0x100)
        })
    }

    /// The plain form of a protected response (ICAO 9303-11, 9.8.3 and figure 6). The status is the
    /// authenticated one. `data_is_due` where the plain command stated an Le.
    ///
    /// # Errors
    /// [`SecureMessagingError`]; the session is over then.
    pub fn unprotect(
        &mut self,
        response: &Response,
        data_is_due: bool,
    ) -> Result<Response, ChipError> {
        if self.turn != Turn::Response {
            return Err(SecureMessagingError::Over.into());
        }
        self.turn = Turn::Over;
        let plain = self.open(response, data_is_due)?;
        self.turn = Turn::Command;
        Ok(plain)
    }

    fn open(&mut self, response: &Response, data_is_due: bool) -> Result<Response, ChipError> {
        self.counter = self.counter.wrapping_add(1);
        let block = self.encryption.block();
        if response.data.is_empty() {
            return Err(if response.status.is_normal() {
                SecureMessagingError::Plain.into()
            } else {
                SecureMessagingError::SessionLost(response.status).into()
            });
        }
        let objects = Objects::split(&response.data, block)?;
        let mut authenticated = self.counter_bytes();
        authenticated.extend_from_slice(objects.covered);
        let mac = self.checksum(&authenticated)?;
        if !bool::from(mac.ct_eq(objects.checksum)) {
            return Err(SecureMessagingError::Mac.into());
        }
        let [sw1, sw2] = objects.status else {
            return Err(SecureMessagingError::Malformed.into());
        };
        let status = StatusWord::from_bytes(*sw1, *sw2);
        if status != response.status {
            return Err(SecureMessagingError::StatusMismatch.into());
        }
        let encrypted = match (objects.cryptogram, objects.cryptogram_tlv) {
            (None, None) => None,
            (Some([PADDING_INDICATOR, encrypted @ ..]), None) | (None, Some(encrypted))
                if !encrypted.is_empty() =>
            {
                Some(encrypted)
            }
            _ => return Err(SecureMessagingError::Malformed.into()),
        };
        let data = match encrypted {
            // A command that succeeded and was to bring data brought none.
            None if data_is_due && status.is_normal() => {
                return Err(SecureMessagingError::Missing(CRYPTOGRAM).into());
            }
            None => Zeroizing::new(Vec::new()),
            Some(encrypted) => {
                let padded = self
                    .decrypt(encrypted)
                    .map_err(|_| SecureMessagingError::Malformed)?;
                let plain = unpad_from(&padded, block).ok_or(SecureMessagingError::Padding)?;
                Zeroizing::new(plain.to_vec())
            }
        };
        Ok(Response { data, status })
    }
}

/// A protected response: `[87 or 85] 99 8E`, each at most once, in this order, nothing else.
struct Objects<'a> {
    cryptogram: Option<&'a [u8]>,
    cryptogram_tlv: Option<&'a [u8]>,
    status: &'a [u8],
    checksum: &'a [u8],
    /// What the checksum covers: everything before it.
    covered: &'a [u8],
}

impl<'a> Objects<'a> {
    fn split(data: &'a [u8], block: usize) -> Result<Self, SecureMessagingError> {
        let malformed = |_| SecureMessagingError::Malformed;
        let first = Header::read(data, 0).map_err(malformed)?.tag;
        if !matches!(
            first,
            CRYPTOGRAM | CRYPTOGRAM_TLV | STATUS | CHECKSUM | 0x81
        ) {
            return Err(SecureMessagingError::Plain);
        }
        let (mut cryptogram, mut cryptogram_tlv, mut status) = (None, None, None);
        let mut rest = data;
        while !rest.is_empty() {
            let header = Header::read(rest, 0).map_err(malformed)?;
            let (object, after) = rest
                .split_at_checked(header.total())
                .ok_or(SecureMessagingError::Malformed)?;
            let value = object.get(header.length..).unwrap_or_default();
            match header.tag {
                // Whole blocks behind the padding indicator: any other length swallows what follows.
                CRYPTOGRAM
                    if cryptogram.is_none() && status.is_none() && value.len() % block == 1 =>
                {
                    cryptogram = Some(value);
                }
                CRYPTOGRAM_TLV
                    if cryptogram_tlv.is_none() && status.is_none() && value.len() % block == 0 =>
                {
                    cryptogram_tlv = Some(value);
                }
                STATUS if status.is_none() => status = Some(value),
                CHECKSUM if after.is_empty() => {
                    let status = status.ok_or(SecureMessagingError::Missing(STATUS))?;
                    let covered = data.len().saturating_sub(rest.len());
                    let covered = data.get(..covered).unwrap_or_default();
                    return Ok(Self {
                        cryptogram,
                        cryptogram_tlv,
                        status,
                        checksum: value,
                        covered,
                    });
                }
                _ => return Err(SecureMessagingError::Malformed),
            }
            rest = after;
        }
        Err(SecureMessagingError::Missing(CHECKSUM))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn key(text: &str) -> SymmetricKey {
        let bytes = hex::decode(text).unwrap().try_into().unwrap();
        SymmetricKey::TripleDes(crate::crypto::des::TripleDesKey::new(bytes))
    }

    #[test]
    fn the_most_that_a_response_carries() {
        let aes = SymmetricKey::Aes(aes::AesKey::new(&[1; 16]).unwrap());
        let aes = SecureMessaging::new(aes.clone(), aes, 0);
        for (response, triple_des, under_aes) in
            [(0x100, 231, 223), (0, 0, 0), (20, 0, 0), (1_024, 999, 991)]
        {
            assert_eq!(appendix_d().room(response), triple_des, "{response}");
            assert_eq!(aes.room(response), under_aes, "{response}");
        }
    }

    /// A counter that ran on alone would make the next response of this session look forged.
    #[test]
    fn a_session_that_broke_or_waits_takes_no_command() {
        let command = Command::new(0x00, 0xb0, 0, 0).expecting(4);
        let over = Some(ChipError::SecureMessaging(SecureMessagingError::Over));
        let mut messaging = appendix_d();
        assert_eq!(messaging.unprotect(&response("9000"), false).err(), over);
        messaging.protect(&command).unwrap();
        assert_eq!(messaging.protect(&command).err(), over);
        assert!(messaging.unprotect(&response("6982"), true).is_err());
        assert_eq!(messaging.protect(&command).err(), over);
        assert_eq!(messaging.unprotect(&response("9000"), false).err(), over);
    }

    fn appendix_d() -> SecureMessaging {
        SecureMessaging::new(
            key("979EC13B1CBFE9DCD01AB0FED307EAE5"),
            key("F1CB1F1FB5ADF208806B89DC579DC1F8"),
            0x8870_2212_0C06_C226,
        )
    }

    fn response(text: &str) -> Response {
        Response::parse(Zeroizing::new(hex::decode(text).unwrap()), 0x100).unwrap()
    }

    /// SELECT EF.COM, READ BINARY of 4 bytes, READ BINARY of 18 bytes at 4, byte for byte.
    #[test]
    fn icao_9303_11_appendix_d_4_secure_messaging() {
        let select = Command::new(0x00, 0xa4, 0x02, 0x0c).with_data([0x01, 0x1e]);
        let read = |offset, length| Command::new(0x00, 0xb0, 0x00, offset).expecting(length);
        let mut messaging = appendix_d();
        for (command, protected, answer, plain) in [
            (
                select,
                "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800",
                "990290008E08FA855A5D4C50A8ED9000",
                "",
            ),
            (
                read(0, 4),
                "0CB000000D9701048E08ED6705417E96BA5500",
                "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000",
                "60145F01",
            ),
            (
                read(4, 18),
                "0CB000040D9701128E082EA28A70F3C7B53500",
                "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D749000",
                "04303130365F36063034303030305C026175",
            ),
        ] {
            let sent = messaging.protect(&command).unwrap().encode().unwrap();
            assert_eq!(hex::encode_upper(&*sent), protected);
            let received = messaging
                .unprotect(&response(answer), command.expected() > 0)
                .unwrap();
            assert_eq!(hex::encode_upper(&*received.data), plain);
            assert_eq!(received.status, StatusWord::NORMAL);
        }
    }

    /// DEFECTS, section C, as far as one response goes.
    #[test]
    fn responses_that_end_the_session() {
        use SecureMessagingError::*;
        for (name, answer, expected) in [
            ("sm-mac-flipped", "990290008E08FA855A5D4C50A8EC9000", Mac),
            ("sm-mac-short", "990290008E04FA855A5D9000", Mac),
            ("sm-8e-missing", "990290009000", Missing(0x8e)),
            ("sm-99-missing", "8E08FA855A5D4C50A8ED9000", Missing(0x99)),
            (
                "sm-99-differs",
                "990290008E08FA855A5D4C50A8ED6282",
                StatusMismatch,
            ),
            (
                "sm-do-duplicate",
                "99029000990290008E08FA855A5D4C50A8ED9000",
                Malformed,
            ),
            (
                "sm-do-unknown",
                "9902900085010099029000A5008E08FA855A5D4C50A8ED9000",
                Malformed,
            ),
            (
                "sm-trailing",
                "990290008E08FA855A5D4C50A8ED009000",
                Malformed,
            ),
            (
                "sm-length-lies, swallowing all",
                "871301AABBCCDDEEFF0011990290008E08FA855A5D4C50A8ED9000",
                Malformed,
            ),
            ("sm-length-lies", "877F01990290009000", Malformed),
            ("sm-plain-9000", "61145F019000", Plain),
            ("sm-plain-9000 without data", "9000", Plain),
            ("sm-plain-6988", "6988", SessionLost(StatusWord(0x6988))),
            ("sm-plain-6982", "6982", SessionLost(StatusWord(0x6982))),
        ] {
            let mut messaging = appendix_d();
            messaging
                .protect(&Command::new(0x00, 0xa4, 0x02, 0x0c).with_data([0x01, 0x1e]))
                .unwrap();
            let outcome = messaging.unprotect(&response(answer), false).err();
            assert_eq!(
                outcome,
                Some(ChipError::SecureMessaging(expected)),
                "{name}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_response_panics_or_is_taken(data in proptest::collection::vec(any::<u8>(), 0..300)) {
            let response = Response { data: Zeroizing::new(data), status: StatusWord::NORMAL };
            let mut messaging = appendix_d();
            messaging.protect(&Command::new(0, 0xb0, 0, 0)).unwrap();
            prop_assert!(messaging.unprotect(&response, false).is_err());
        }
    }
}

//! Secure messaging, the chip's side (ICAO 9303-11, 9.8).

use openssl::error::ErrorStack;

use super::apdu::{Command, Response, StatusWord, extended_le, short_le};
use super::faults::MessagingFault;
use crate::crypto::pad;
use crate::crypto::suite::{SecretKey, Suite};
use crate::tlv::{self, object};

/// The two keys of a session (ICAO 9303-11, 9.8.6).
#[derive(Clone)]
pub struct SessionKeys {
    encryption: SecretKey,
    authentication: SecretKey,
}

impl SessionKeys {
    /// The session keys of a shared secret or key seed (ICAO 9303-11, 9.7.1).
    #[must_use]
    pub fn derive(suite: Suite, secret: &[u8]) -> Self {
        Self {
            encryption: suite.derive(secret, 1),
            authentication: suite.derive(secret, 2),
        }
    }

    /// The key of encryption.
    #[must_use]
    pub fn encryption(&self) -> &SecretKey {
        &self.encryption
    }

    /// The key of checksums and tokens.
    #[must_use]
    pub fn authentication(&self) -> &SecretKey {
        &self.authentication
    }

    fn block(&self) -> usize {
        self.encryption.suite().block()
    }

    fn encrypt(&self, counter: &[u8], padded: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let vector = self.encryption.vector(counter)?;
        self.encryption.encrypt(&vector, padded)
    }

    fn decrypt(&self, counter: &[u8], cryptogram: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let vector = self.encryption.vector(counter)?;
        self.encryption.decrypt(&vector, cryptogram)
    }

    fn checksum(&self, data: &[u8]) -> Result<[u8; 8], ErrorStack> {
        self.authentication.checksum(data)
    }
}

/// A secure messaging session: keys and send sequence counter.
pub struct Session {
    keys: SessionKeys,
    counter: Vec<u8>,
    /// The protected response before this one, for a chip that sends it again.
    last: Vec<u8>,
}

impl Session {
    /// A session whose counter stands at zero, as after PACE and chip authentication
    /// (ICAO 9303-11, 9.8.7).
    #[must_use]
    pub fn fresh(keys: SessionKeys) -> Self {
        let counter = vec![0; keys.block()];
        Self::new(keys, counter)
    }

    /// A session whose counter stands at `counter`, one block long.
    #[must_use]
    pub fn new(keys: SessionKeys, counter: Vec<u8>) -> Self {
        Self {
            keys,
            counter,
            last: Vec::new(),
        }
    }

    /// The counter goes up by one, as before every command and every response.
    pub(super) fn count(&mut self) {
        for byte in self.counter.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
    }

    /// The most plain bytes that fit a protected response of `limit` bytes in all.
    #[must_use]
    pub fn room(&self, limit: usize) -> usize {
        let block = self.keys.block();
        // DO99, DO8E and the outer status word; tag, length and indicator of DO87
        let frame = 4 + 10 + 2;
        let room = |head: usize| limit.saturating_sub(frame + head) / block * block;
        let cryptogram = match room(3) {
            short if short < 0x7F => short,
            _ => match room(4) {
                medium if medium < 0xFF => medium,
                _ => room(5),
            },
        };
        cryptogram.saturating_sub(1)
    }

    /// Checks a protected command and opens it (ICAO 9303-11, 9.8.3).
    ///
    /// # Errors
    /// The plain status word with which the session ends: 6987 or 6988.
    pub fn open(&mut self, command: &Command) -> Result<Command, StatusWord> {
        self.count();
        let incorrect = StatusWord::SM_INCORRECT;
        let objects = tlv::split(&command.data).ok_or(incorrect)?;
        let checksum = tlv::find(&objects, 0x8E).ok_or(StatusWord::SM_MISSING)?;
        let covered: Vec<&[u8]> = objects
            .iter()
            .take_while(|object| object.tag != 0x8E)
            .map(|object| object.bytes)
            .collect();
        let mut input = self.counter.clone();
        input.extend(pad::pad(&command.header(), self.keys.block()));
        input.extend(tlv::join(&covered));
        let expected = self.keys.checksum(&input).map_err(|_| incorrect)?;
        if expected.as_slice() != checksum || objects.last().is_none_or(|last| last.tag != 0x8E) {
            return Err(incorrect);
        }
        let mut opened = Command {
            cla: command.cla & !0x0C,
            data: Vec::new(),
            le: None,
            ..command.clone()
        };
        for object in &objects {
            match object.tag {
                0x87 => match object.value.split_first() {
                    Some((1, cryptogram)) => opened.data = self.decrypt(cryptogram)?,
                    _ => return Err(incorrect),
                },
                0x85 => opened.data = self.decrypt(object.value)?,
                0x97 => {
                    opened.le = Some(match object.value {
                        [le] => short_le(*le),
                        [high, low] => extended_le(*high, *low),
                        _ => return Err(incorrect),
                    });
                }
                0x8E => {}
                _ => return Err(incorrect),
            }
        }
        Ok(opened)
    }

    fn decrypt(&self, cryptogram: &[u8]) -> Result<Vec<u8>, StatusWord> {
        let incorrect = StatusWord::SM_INCORRECT;
        let padded = self
            .keys
            .decrypt(&self.counter, cryptogram)
            .map_err(|_| incorrect)?;
        pad::unpad(&padded).map(<[u8]>::to_vec).ok_or(incorrect)
    }

    /// Protects a response; `odd` says that the instruction was an odd one, whose data stands in
    /// DO85 (ICAO 9303-11, 9.8.4). `fault` is what this chip does wrong, if anything.
    ///
    /// # Errors
    /// The cryptographic library's.
    pub fn seal(
        &mut self,
        response: &Response,
        odd: bool,
        fault: Option<MessagingFault>,
    ) -> Result<Vec<u8>, ErrorStack> {
        use MessagingFault as Fault;
        self.count();
        if fault == Some(Fault::CounterAhead) {
            self.count();
        }
        let mut objects: Vec<Vec<u8>> = Vec::new();
        let blank = fault == Some(Fault::DataBlank);
        if (blank || !response.data.is_empty()) && fault != Some(Fault::DataMissing) {
            let data: &[u8] = if blank { &[] } else { &response.data };
            let mut padded = pad::pad(data, self.keys.block());
            if fault == Some(Fault::PaddingWrong) {
                flip(padded.iter_mut().rev().find(|byte| **byte == 0x80), 0x81);
            }
            let mut cryptogram = self.keys.encrypt(&self.counter, &padded)?;
            if fault == Some(Fault::CryptogramFlipped) {
                self.break_padding(&mut cryptogram)?;
            }
            let indicator = if fault == Some(Fault::IndicatorWrong) {
                2
            } else {
                1
            };
            let mut data = if odd {
                object(0x85, &cryptogram)
            } else {
                tlv::constructed(0x87, &[&[indicator][..], &cryptogram])
            };
            match fault {
                Some(Fault::DataTwice) => objects.push(data.clone()),
                Some(Fault::LengthLies) => data = lying(&data),
                _ => {}
            }
            objects.push(data);
        }
        if fault == Some(Fault::UnknownObject) {
            objects.push(object(0xA5, &[0x80, 0x01, 0x00]));
        }
        let mut outer = response.status;
        let inner = match fault {
            Some(Fault::StatusDiffers) => {
                outer = StatusWord::END_OF_FILE;
                response.status
            }
            Some(Fault::StatusDiffersInside) => StatusWord::END_OF_FILE,
            _ => response.status,
        };
        if fault != Some(Fault::StatusMissing) {
            objects.push(object(0x99, &inner.bytes()));
        }
        if fault == Some(Fault::StatusTwice) {
            objects.push(object(0x99, &inner.bytes()));
        }
        let covered = tlv::join(&objects);
        let mut checksum = self
            .keys
            .checksum(&[&self.counter[..], &covered].concat())?
            .to_vec();
        match fault {
            Some(Fault::ChecksumFlipped) => flip(checksum.last_mut(), 0x01),
            Some(Fault::ChecksumShort) => checksum.truncate(4),
            _ => {}
        }
        let mut out = covered;
        if fault != Some(Fault::ChecksumMissing) {
            out.extend(object(0x8E, &checksum));
        }
        if fault == Some(Fault::Trailing) {
            out.extend([0x53, 0x01, 0x00]);
        }
        out.extend(outer.bytes());
        if fault == Some(Fault::Replayed) {
            out.clone_from(&self.last);
        }
        self.last.clone_from(&out);
        Ok(out)
    }
}

impl Session {
    /// Flips bits of the last byte until what it decrypts to ends in no padding.
    fn break_padding(&self, cryptogram: &mut [u8]) -> Result<(), ErrorStack> {
        for mask in 1..=u8::MAX {
            flip(cryptogram.last_mut(), mask);
            if pad::unpad(&self.keys.decrypt(&self.counter, cryptogram)?).is_none() {
                break;
            }
            flip(cryptogram.last_mut(), mask);
        }
        Ok(())
    }
}

/// The object under a length of 65,535 bytes, which no response has.
fn lying(object: &[u8]) -> Vec<u8> {
    match tlv::first(object) {
        Some((object, _)) => [
            &tlv::significant(u64::from(object.tag))[..],
            &[0x82, 0xFF, 0xFF],
            object.value,
        ]
        .concat(),
        None => object.to_vec(),
    }
}

fn flip(byte: Option<&mut u8>, mask: u8) {
    if let Some(byte) = byte {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_into_256_bytes_is_what_the_checks_page_computes() {
        for (suite, most) in [
            (Suite::TripleDes, 231),
            (Suite::Aes128, 223),
            (Suite::Aes192, 223),
            (Suite::Aes256, 223),
        ] {
            let session = Session::fresh(SessionKeys::derive(suite, &[0; 16]));
            assert_eq!(session.room(256), most, "{suite:?}");
            assert_eq!(session.room(258), most, "{suite:?}");
        }
    }
}

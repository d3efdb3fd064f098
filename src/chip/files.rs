//! Reading whole files (ICAO 9303-10, 3.6; ISO/IEC 7816-4, 11.3.3).

use core::fmt;

use zeroize::Zeroizing;

use super::ChipError;
use super::file_id::FileId;
use super::opened::{Chip, Protection};
use super::secure_messaging::SecureMessagingError;
use crate::codec::tlv::{Header, TlvError, encode};
use crate::transport::{Command, Response, StatusWord};

/// Longest file that is read, in bytes.
pub const MAX_FILE: usize = 1024 * 1024;
/// The end of what READ BINARY with an even instruction reaches (15 bits of offset).
const MAX_OFFSET: usize = 0x7fff;
/// The offset of READ BINARY with an odd instruction.
const OFFSET: u32 = 0x54;
/// The bytes that it brings.
const DISCRETIONARY: u32 = 0x53;
/// Le of a short command that means: all that fits.
const EVERYTHING: usize = 0x100;
/// The most that is asked for at once, in bytes: over a link of 106 kbit/s a chip of 12 kB/s takes
/// four seconds for it, and an exchange may take five.
const MOST_AT_ONCE: usize = 24 * 1024;

/// A file as far as it has come. It survives the session that brought it: what is here already is
/// not read again.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Partial {
    /// From the tag on; once whole, with what came after its end without being asked for.
    bytes: Zeroizing<Vec<u8>>,
    /// Length with tag and length field, once the first bytes have told.
    total: Option<usize>,
}

impl fmt::Debug for Partial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Partial({} of {:?} bytes)", self.bytes.len(), self.total)
    }
}

impl Partial {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.total.is_some_and(|total| self.bytes.len() >= total)
    }

    /// The bytes that came.
    #[must_use]
    pub fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.bytes
    }

    /// Takes the bytes that came first.
    fn begin(&mut self, total: usize, first: &[u8]) {
        // Reserved whole, so that no half-filled copy of personal data is left behind unwiped.
        self.bytes = Zeroizing::new(Vec::with_capacity(total.max(first.len())));
        self.bytes.extend_from_slice(first);
        self.total = Some(total);
    }
}

/// How much one READ BINARY asks for.
#[derive(Clone, Copy)]
struct Asked {
    length: usize,
    extended: bool,
}

impl<P: Protection> Chip<'_, '_, P> {
    /// Reads a file, or what `kept` lacks of it: the first READ BINARY names it by its short file
    /// identifier and brings its header, which tells how much is to come. `progress` hears bytes
    /// read and bytes in all. Whatever ends the reading, `kept` holds what came.
    ///
    /// # Errors
    /// [`ChipError`]. [`ChipError::FileNotFound`] and [`ChipError::FileDenied`] leave the session
    /// as it is.
    pub fn read(
        &mut self,
        file: FileId,
        kept: &mut Partial,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(), ChipError> {
        self.link.begin_phase(file.phase());
        self.complete(file, kept, progress)
    }

    /// Reads a file once more, counted as `phase`.
    ///
    /// # Errors
    /// As [`Chip::read`].
    pub fn read_again(
        &mut self,
        file: FileId,
        phase: &'static str,
        kept: &mut Partial,
    ) -> Result<(), ChipError> {
        self.link.begin_phase(phase);
        self.complete(file, kept, &mut |_, _| ())
    }

    fn complete(
        &mut self,
        file: FileId,
        kept: &mut Partial,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(), ChipError> {
        let total = if let Some(total) = kept.total {
            if !kept.is_whole() {
                self.select(file)?;
            }
            total
        } else {
            let first = self.first_chunk(file)?;
            let header = Header::read(&first, 0).map_err(|_| header_error(&first))?;
            if header.tag != file.tag() {
                return Err(ChipError::FileTag {
                    expected: file.tag(),
                    met: header.tag,
                });
            }
            let total = header.total();
            if total > MAX_FILE {
                return Err(ChipError::FileLength);
            }
            kept.begin(total, &first);
            total
        };
        progress(kept.bytes.len().min(total), total);
        if !kept.is_whole() {
            self.learn();
            let left = total.saturating_sub(kept.bytes.len());
            let most = self
                .asked(usize::MAX)
                .length
                .min(self.protection.room(EVERYTHING));
            self.link.allow(left.div_ceil(most.max(1)));
        }
        while kept.bytes.len() < total {
            let chunk = self.chunk(kept.bytes.len(), total)?;
            let room = total.saturating_sub(kept.bytes.len());
            kept.bytes
                .extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            progress(kept.bytes.len(), total);
        }
        Ok(())
    }

    /// The file's first bytes, at most as many as fit one response.
    fn first_chunk(&mut self, file: FileId) -> Result<Zeroizing<Vec<u8>>, ChipError> {
        loop {
            let short = self.abilities.short_identifiers;
            let command = if short {
                Command::new(0x00, 0xb0, 0x80 | file.short(), 0)
            } else {
                self.select(file)?;
                Command::new(0x00, 0xb0, 0, 0)
            };
            let asked = self.asked(usize::MAX);
            let response = self.read_binary(command, asked)?;
            match response.status {
                StatusWord::NORMAL | StatusWord::END_OF_FILE => {
                    return if response.data.is_empty() {
                        Err(ChipError::ReadLoop)
                    } else {
                        Ok(response.data)
                    };
                }
                StatusWord::WRONG_LENGTH => self.ask_less(asked)?,
                StatusWord::FILE_NOT_FOUND => return Err(ChipError::FileNotFound),
                StatusWord::SECURITY_STATUS_NOT_SATISFIED => return Err(ChipError::FileDenied),
                // Wrong parameters, function not supported: a chip without short identifiers.
                StatusWord(0x6a81 | 0x6a86 | 0x6b00 | 0x6d00) if short => {
                    self.abilities.short_identifiers = false;
                }
                status => return Err(ChipError::ReadRefused(status)),
            }
        }
    }

    /// SELECT of a file by its identifier (ISO/IEC 7816-4, 11.2.2).
    fn select(&mut self, file: FileId) -> Result<(), ChipError> {
        let command = Command::new(0x00, 0xa4, 0x02, 0x0c).with_data(file.long());
        match self.exchange(&command)?.status {
            StatusWord::NORMAL => Ok(()),
            StatusWord::FILE_NOT_FOUND => Err(ChipError::FileNotFound),
            StatusWord::SECURITY_STATUS_NOT_SATISFIED => Err(ChipError::FileDenied),
            status => Err(ChipError::ReadRefused(status)),
        }
    }

    /// The bytes at `offset` of the file that is selected.
    fn chunk(&mut self, offset: usize, total: usize) -> Result<Zeroizing<Vec<u8>>, ChipError> {
        let truncated = ChipError::FileTruncated {
            read: offset,
            announced: total,
        };
        loop {
            let asked = self.asked(total.saturating_sub(offset));
            let response = if offset > MAX_OFFSET {
                self.read_odd(offset, asked)?
            } else {
                let [high, low] = u16::try_from(offset).map_err(|_| truncated)?.to_be_bytes();
                self.read_binary(Command::new(0x00, 0xb0, high, low), asked)?
            };
            match response.status {
                StatusWord::NORMAL if response.data.is_empty() => {
                    return Err(ChipError::ReadLoop);
                }
                StatusWord::NORMAL => return Ok(response.data),
                StatusWord::END_OF_FILE => {
                    let end = offset.saturating_add(response.data.len());
                    return if end >= total {
                        Ok(response.data)
                    } else {
                        Err(ChipError::FileTruncated {
                            read: end,
                            announced: total,
                        })
                    };
                }
                StatusWord::WRONG_LENGTH => self.ask_less(asked)?,
                StatusWord::WRONG_PARAMETERS => return Err(truncated),
                // A chip that can't reach so far ends the file there.
                StatusWord::INSTRUCTION_NOT_SUPPORTED if offset > MAX_OFFSET => {
                    return Err(truncated);
                }
                StatusWord::SECURITY_STATUS_NOT_SATISFIED => {
                    return Err(SecureMessagingError::SessionLost(response.status).into());
                }
                status => return Err(ChipError::ReadRefused(status)),
            }
        }
    }

    fn read_binary(&mut self, command: Command, asked: Asked) -> Result<Response, ChipError> {
        let command = command.expecting(asked.length);
        if asked.extended {
            return self.exchange(&command.extended());
        }
        let outcome = self.exchange(&command);
        let lost = SecureMessagingError::SessionLost(StatusWord::WRONG_LENGTH);
        if matches!(&outcome, Err(ChipError::SecureMessaging(error)) if *error == lost)
            && self.ask_less(asked).is_ok()
        {
            return Err(ChipError::TooLong);
        }
        outcome
    }

    /// READ BINARY with an odd instruction: the offset in DO54, the bytes in DO53
    /// (ISO/IEC 7816-4, 11.3.3; ICAO 9303-10, 3.6.3.2).
    fn read_odd(&mut self, offset: usize, asked: Asked) -> Result<Response, ChipError> {
        let offset = u32::try_from(offset)
            .map_err(|_| ChipError::FileLength)?
            .to_be_bytes();
        let significant = offset.get(1..).unwrap_or_default();
        // The object around the bytes takes up to four of those that fit.
        let most = self.asked(usize::MAX).length;
        let asked = Asked {
            length: asked.length.saturating_add(4).min(most),
            ..asked
        };
        let command = Command::new(0x00, 0xb1, 0, 0).with_data(encode(OFFSET, significant));
        let response = self.read_binary(command, asked)?;
        if response.data.is_empty() {
            return Ok(response);
        }
        let malformed = ChipError::SecureMessaging(SecureMessagingError::Malformed);
        let header = Header::read(&response.data, 0).map_err(|_| malformed)?;
        let whole = header.tag == DISCRETIONARY && header.total() == response.data.len();
        let bytes = response
            .data
            .get(header.length..)
            .filter(|_| whole)
            .ok_or(malformed)?;
        Ok(Response {
            data: Zeroizing::new(bytes.to_vec()),
            status: response.status,
        })
    }

    /// How much to ask for where `wanted` bytes are left, by what reader and chip have borne so far.
    fn asked(&self, wanted: usize) -> Asked {
        if let Some(response) = self.abilities.extended_length() {
            let most = self.protection.room(response).min(MOST_AT_ONCE);
            return Asked {
                length: most.min(wanted),
                extended: true,
            };
        }
        let room = self.protection.room(EVERYTHING);
        let most = match self.abilities.short_length.map(usize::from) {
            None | Some(EVERYTHING) => EVERYTHING,
            Some(length) => length.min(room),
        };
        // Between what fits and 256 an exact number would be answered in two pieces.
        let length = if wanted > room {
            most
        } else {
            wanted.min(most)
        };
        Asked {
            length,
            extended: false,
        }
    }

    /// After an answer that was not the file's last: what it says of the short form.
    fn learn(&mut self) {
        let extended = self.abilities.extended_length().is_some();
        if extended || self.abilities.short_length.is_some() {
            return;
        }
        // A chip that brings 256 plain bytes in two pieces is asked for what fits one.
        let length = if self.link.was_continued() {
            self.protection.room(EVERYTHING)
        } else {
            EVERYTHING
        };
        self.abilities.short_length = u16::try_from(length).ok();
    }

    /// After 6700: the next length down. All that fits; the most under 3DES or AES; half; little.
    fn ask_less(&mut self, asked: Asked) -> Result<(), ChipError> {
        if asked.extended {
            // Remembered where the answer came.
            return Ok(());
        }
        let ladder = [EVERYTHING, self.protection.room(EVERYTHING), 0x80, 0x10];
        let next = ladder.into_iter().find(|length| *length < asked.length);
        self.abilities.short_length = next.and_then(|length| u16::try_from(length).ok());
        next.map(|_| ()).ok_or(ChipError::LengthRefused)
    }
}

/// A length in more than four bytes, or above 2³¹, is implausible; anything else is no header.
fn header_error(first: &[u8]) -> ChipError {
    match Header::read(first, 0) {
        Err(TlvError::LengthImplausible { .. }) => ChipError::FileLength,
        _ => ChipError::FileHeader,
    }
}

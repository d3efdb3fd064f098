//! Reading whole files under secure messaging (ICAO 9303-10, 3.6; ISO/IEC 7816-4, 11.3.3).

use zeroize::Zeroizing;

use super::ChipError;
use super::file_id::FileId;
use super::secure_messaging::{SecureMessaging, SecureMessagingError};
use crate::codec::tlv::{Header, encode};
use crate::transport::{Command, Link, Response, StatusWord};

/// Longest file that is read, in bytes.
pub const MAX_FILE: usize = 1024 * 1024;
/// The end of what READ BINARY with an even instruction reaches (15 bits of offset).
const MAX_OFFSET: usize = 0x7fff;
/// The offset of READ BINARY with an odd instruction.
const OFFSET: u32 = 0x54;
/// The bytes that it brings.
const DISCRETIONARY: u32 = 0x53;
/// What Le is tried, in this order, where a chip refuses the one before: everything that fits; the
/// most under 3DES and under AES; half; little.
const LENGTHS: [usize; 5] = [0x100, 0xe7, 0xdf, 0x80, 0x10];

/// A chip that is open: every command from here on is protected.
pub struct Opened<'link, 'card> {
    link: &'link mut Link<'card>,
    messaging: SecureMessaging,
    /// The first response under renewed keys, with its status word, as it came.
    first_response: FirstResponse,
    /// Index into [`LENGTHS`]: what this chip has borne so far.
    length: usize,
    /// Whether the chip takes short file identifiers.
    short_identifiers: bool,
}

/// What is kept of the first response under renewed keys.
enum FirstResponse {
    NotWanted,
    Wanted,
    Came(Zeroizing<Vec<u8>>),
}

/// A file as the chip gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadFile {
    /// From the tag to the end of its value, and what came after it without being asked for.
    pub bytes: Zeroizing<Vec<u8>>,
}

impl<'link, 'card> Opened<'link, 'card> {
    pub(super) fn new(link: &'link mut Link<'card>, messaging: SecureMessaging) -> Self {
        Self {
            link,
            messaging,
            first_response: FirstResponse::NotWanted,
            length: 0,
            short_identifiers: true,
        }
    }

    /// Sends one command under secure messaging.
    pub(super) fn exchange(&mut self, plain: &Command) -> Result<Response, ChipError> {
        let protected = self.messaging.protect(plain)?;
        let response = self.link.transmit(&protected)?;
        if let FirstResponse::Wanted = self.first_response {
            let mut bytes =
                Zeroizing::new(Vec::with_capacity(response.data.len().saturating_add(2)));
            bytes.extend_from_slice(&response.data);
            bytes.extend_from_slice(&[response.status.sw1(), response.status.sw2()]);
            self.first_response = FirstResponse::Came(bytes);
        }
        let response = self.messaging.unprotect(&response, plain.expected() > 0)?;
        if plain.expected() > 0 && response.data.len() > plain.expected() {
            let (length, expected) = (response.data.len(), plain.expected());
            return Err(ChipError::Length {
                command: "response",
                length,
                expected,
            });
        }
        Ok(response)
    }

    /// Goes on under other keys; the first response under them is kept.
    pub(super) fn renew(&mut self, messaging: SecureMessaging) {
        self.messaging = messaging;
        self.first_response = FirstResponse::Wanted;
    }

    /// The first response after the keys were renewed, with its status word, as it came: whether it
    /// is under the new keys or not.
    pub fn take_first_response(&mut self) -> Option<Zeroizing<Vec<u8>>> {
        match core::mem::replace(&mut self.first_response, FirstResponse::NotWanted) {
            FirstResponse::Came(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The link below, to count phases.
    pub fn begin_phase(&mut self, phase: &'static str) {
        self.link.begin_phase(phase);
    }

    /// Reads a whole file: the first READ BINARY names it by its short file identifier and brings
    /// its header, which tells how much is to come. `progress` hears bytes read and bytes in all.
    ///
    /// # Errors
    /// [`ChipError`]. [`ChipError::FileNotFound`] and [`ChipError::FileDenied`] leave the session
    /// as it is.
    pub fn read(
        &mut self,
        file: FileId,
        progress: &mut dyn FnMut(usize, usize, &[u8]),
    ) -> Result<ReadFile, ChipError> {
        self.link.begin_phase(file.phase());
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
        // Reserved whole, so that no half-filled copy of personal data is left behind unwiped.
        let mut bytes = Zeroizing::new(Vec::with_capacity(total.max(first.len())));
        bytes.extend_from_slice(&first);
        progress(bytes.len().min(total), total, &bytes);
        while bytes.len() < total {
            let chunk = self.chunk(bytes.len(), total)?;
            let room = total.saturating_sub(bytes.len());
            bytes.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            progress(bytes.len(), total, &bytes);
        }
        Ok(ReadFile { bytes })
    }

    /// The file's first bytes, at most as many as fit one response.
    fn first_chunk(&mut self, file: FileId) -> Result<Zeroizing<Vec<u8>>, ChipError> {
        loop {
            let command = if self.short_identifiers {
                Command::new(0x00, 0xb0, 0x80 | file.short(), 0)
            } else {
                self.select(file)?;
                Command::new(0x00, 0xb0, 0, 0)
            };
            let response = self.exchange(&command.expecting(self.expected()?))?;
            match response.status {
                StatusWord::NORMAL | StatusWord::END_OF_FILE => {
                    return if response.data.is_empty() {
                        Err(ChipError::ReadLoop)
                    } else {
                        Ok(response.data)
                    };
                }
                StatusWord::WRONG_LENGTH => self.length = self.length.saturating_add(1),
                StatusWord::FILE_NOT_FOUND => return Err(ChipError::FileNotFound),
                StatusWord::SECURITY_STATUS_NOT_SATISFIED => return Err(ChipError::FileDenied),
                // Wrong parameters, function not supported: a chip without short identifiers.
                StatusWord(0x6a81 | 0x6a86 | 0x6b00 | 0x6d00) if self.short_identifiers => {
                    self.short_identifiers = false;
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

    /// The bytes at `offset` of the file that the last READ BINARY named.
    fn chunk(&mut self, offset: usize, total: usize) -> Result<Zeroizing<Vec<u8>>, ChipError> {
        let truncated = ChipError::FileTruncated {
            read: offset,
            announced: total,
        };
        loop {
            let length = self.expected()?.min(total.saturating_sub(offset));
            let response = if offset > MAX_OFFSET {
                self.read_odd(offset, length)?
            } else {
                let [high, low] = u16::try_from(offset).map_err(|_| truncated)?.to_be_bytes();
                self.exchange(&Command::new(0x00, 0xb0, high, low).expecting(length))?
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
                StatusWord::WRONG_LENGTH => self.length = self.length.saturating_add(1),
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

    /// READ BINARY with an odd instruction: the offset in DO54, the bytes in DO53
    /// (ISO/IEC 7816-4, 11.3.3; ICAO 9303-10, 3.6.3.2).
    fn read_odd(&mut self, offset: usize, length: usize) -> Result<Response, ChipError> {
        let offset = u32::try_from(offset)
            .map_err(|_| ChipError::FileLength)?
            .to_be_bytes();
        let significant = offset.get(1..).unwrap_or_default();
        // The object around the bytes takes up to four of those that fit.
        let length = length.saturating_add(4).min(self.expected()?);
        let command = Command::new(0x00, 0xb1, 0, 0)
            .with_data(encode(OFFSET, significant))
            .expecting(length);
        let response = self.exchange(&command)?;
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

    /// Le by what the chip has borne so far.
    fn expected(&self) -> Result<usize, ChipError> {
        LENGTHS
            .get(self.length)
            .copied()
            .ok_or(ChipError::LengthRefused)
    }
}

/// A length in more than four bytes, or above 2³¹, is implausible; anything else is no header.
fn header_error(first: &[u8]) -> ChipError {
    match Header::read(first, 0) {
        Err(crate::codec::tlv::TlvError::LengthImplausible { .. }) => ChipError::FileLength,
        _ => ChipError::FileHeader,
    }
}

//! A chip that nothing was asked yet: EF.CardAccess, then PACE or SELECT.

use super::ChipError;
use super::file_id::FileId;
use super::files::{MAX_FILE, Opened};
use super::pace::{self, Established, PaceOffer, PacePassword};
use super::select::{AID, Selected};
use crate::codec::tlv::Header;
use crate::crypto::random::Random;
use crate::transport::{Command, Link, Response, StatusWord};

/// The longest EF.CardAccess that is read, in bytes; those of real chips have 20 to 250.
const MAX_CARD_ACCESS: usize = 4_096;

/// A chip in its power-up state: plain commands, no application selected.
pub struct Closed<'link, 'card> {
    link: &'link mut Link<'card>,
}

/// A chip that PACE opened.
pub struct OpenedByPace<'link, 'card> {
    /// The application, under secure messaging.
    pub chip: Opened<'link, 'card>,
    /// PK_Map,IC.
    pub mapping_key: Vec<u8>,
    /// CA_IC, where the mapping has it.
    pub chip_data: Option<zeroize::Zeroizing<Vec<u8>>>,
    /// The chip's ephemeral public key.
    pub chip_key: Vec<u8>,
    /// DO 87 and DO 88.
    pub authorities: Vec<Vec<u8>>,
}

impl<'link, 'card> Closed<'link, 'card> {
    /// A chip that was powered up.
    pub const fn new(link: &'link mut Link<'card>) -> Self {
        Self { link }
    }

    /// Reads EF.CardAccess (ICAO 9303-11, 9.2.11; 9303-10, 3.11.3): by its short file identifier in
    /// the master file, which is selected after power-up, and by SELECT where a chip takes none.
    ///
    /// # Errors
    /// [`ChipError::FileNotFound`] where the chip has none; faults of the link; a file that is none.
    pub fn read_card_access(&mut self) -> Result<Vec<u8>, ChipError> {
        self.link.begin_phase("access");
        let short = Command::new(0x00, 0xb0, 0x80 | FileId::CardAccess.short(), 0);
        let mut first = self.link.transmit(&short.expecting(0x100))?;
        if !brings_data(&first) {
            // Some chips refuse SELECT of the master file and have it selected all the same.
            let master = Command::new(0x00, 0xa4, 0x00, 0x0c).with_data([0x3f, 0x00]);
            self.link.transmit(&master)?;
            let long = FileId::CardAccess.long();
            let select = Command::new(0x00, 0xa4, 0x02, 0x0c).with_data(long);
            let status = self.link.transmit(&select)?.status;
            if !status.is_normal() {
                return Err(refusal(status));
            }
            let read = Command::new(0x00, 0xb0, 0, 0);
            first = self.link.transmit(&read.expecting(0x100))?;
            if !brings_data(&first) {
                return Err(refusal(first.status));
            }
        }
        self.rest_of(first)
    }

    /// The rest of the file whose first bytes came.
    fn rest_of(&mut self, first: Response) -> Result<Vec<u8>, ChipError> {
        let mut bytes = first.data.to_vec();
        let header = Header::read(&bytes, 0).map_err(|_| ChipError::FileHeader)?;
        let total = header.total();
        if total > MAX_CARD_ACCESS.min(MAX_FILE) {
            return Err(ChipError::FileLength);
        }
        while bytes.len() < total {
            let truncated = ChipError::FileTruncated {
                read: bytes.len(),
                announced: total,
            };
            let [high, low] = u16::try_from(bytes.len())
                .map_err(|_| truncated)?
                .to_be_bytes();
            let length = total.saturating_sub(bytes.len()).min(0x100);
            let read = Command::new(0x00, 0xb0, high, low).expecting(length);
            let chunk = self.link.transmit(&read)?;
            if !brings_data(&chunk) {
                return Err(truncated);
            }
            bytes.extend_from_slice(&chunk.data);
        }
        Ok(bytes)
    }

    /// SELECT of the application in plain, for basic access control.
    ///
    /// # Errors
    /// As [`Selected::select`].
    pub fn select(self) -> Result<Selected<'link, 'card>, ChipError> {
        Selected::select(self.link)
    }

    /// Opens the chip with the first of `passwords` that fits, and selects the application under
    /// secure messaging (ICAO 9303-11, 4.2 and 4.4). A chip that refuses for any other reason than
    /// the password is not asked again.
    ///
    /// # Errors
    /// [`ChipError::KeyWrong`] when no password fits, and what ends PACE.
    pub fn open_pace(
        self,
        offer: &PaceOffer,
        passwords: &[PacePassword],
        random: &mut dyn Random,
    ) -> Result<(OpenedByPace<'link, 'card>, usize), ChipError> {
        self.link.begin_phase("access");
        let mut refused = ChipError::NoBasicAccessKey;
        for (index, password) in passwords.iter().enumerate() {
            match pace::establish(self.link, offer, password, random) {
                Ok(established) => return Ok((enter(self.link, established)?, index)),
                Err(error @ ChipError::KeyWrong(_)) => refused = error,
                Err(error) => return Err(error),
            }
        }
        Err(refused)
    }
}

fn enter<'link, 'card>(
    link: &'link mut Link<'card>,
    established: Established,
) -> Result<OpenedByPace<'link, 'card>, ChipError> {
    let mut chip = Opened::new(link, established.messaging);
    let command = Command::new(0x00, 0xa4, 0x04, 0x0c).with_data(AID);
    match chip.exchange(&command)?.status {
        StatusWord::NORMAL => {}
        StatusWord::FILE_NOT_FOUND => return Err(ChipError::NotAnEmrtd),
        status => return Err(ChipError::SelectRefused(status)),
    }
    Ok(OpenedByPace {
        chip,
        mapping_key: established.mapping_key,
        chip_data: established.chip_data,
        chip_key: established.chip_key,
        authorities: established.authorities,
    })
}

fn brings_data(response: &Response) -> bool {
    matches!(
        response.status,
        StatusWord::NORMAL | StatusWord::END_OF_FILE
    ) && !response.data.is_empty()
}

const fn refusal(status: StatusWord) -> ChipError {
    match status {
        StatusWord::FILE_NOT_FOUND => ChipError::FileNotFound,
        StatusWord::SECURITY_STATUS_NOT_SATISFIED => ChipError::FileDenied,
        status => ChipError::ReadRefused(status),
    }
}

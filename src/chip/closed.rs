//! A chip that nothing was asked yet: EF.CardAccess, then PACE or SELECT.

use super::ChipError;
use super::abilities::{Abilities, Extended};
use super::extended_length;
use super::file_id::FileId;
use super::files::Partial;
use super::opened::Opened;
use super::pace::{self, PaceOffer, PacePassword};
use super::select::{AID, Selected};
use crate::codec::tlv::Header;
use crate::crypto::random::Random;
use crate::document::Personal;
use crate::transport::{Command, Link, Response, StatusWord, TransportError};

/// The longest EF.CardAccess that is read, in bytes; those of real chips have 20 to 250.
const MAX_CARD_ACCESS: usize = 4_096;

/// A chip in its power-up state: plain commands, no application selected.
pub struct Closed<'link, 'card> {
    link: &'link mut Link<'card>,
    abilities: &'link mut Abilities,
}

/// A chip that PACE opened. Its master file is selected; every command is protected.
pub struct MasterFile<'link, 'card>(Opened<'link, 'card>);

impl<'link, 'card> MasterFile<'link, 'card> {
    /// Reads EF.CardSecurity, which only an opened chip shows (ICAO 9303-10, 3.11.4).
    ///
    /// # Errors
    /// As [`super::Chip::read`].
    pub fn read_card_security(
        &mut self,
        kept: &mut Partial,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(), ChipError> {
        self.0.read(FileId::CardSecurity, kept, progress)
    }

    /// SELECT of the application under secure messaging (ICAO 9303-11, 4.2).
    ///
    /// # Errors
    /// [`ChipError::NotAnEmrtd`], [`ChipError::SelectRefused`], and what ends the session.
    pub fn enter(mut self) -> Result<Opened<'link, 'card>, ChipError> {
        self.0.select_application()?;
        Ok(self.0)
    }
}

impl Opened<'_, '_> {
    /// Reads EF.CardSecurity of a chip whose application is selected, and selects it again: SELECT
    /// of the master file under secure messaging (ICAO 9303-10, 3.6.1 and 3.11.4).
    ///
    /// # Errors
    /// As [`super::Chip::read`]; [`ChipError::FileNotFound`] where the master file cannot be had.
    pub fn read_card_security(
        &mut self,
        kept: &mut Partial,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(), ChipError> {
        self.begin_phase(FileId::CardSecurity.phase());
        let master = select_master_file();
        if !self.exchange(&master)?.status.is_normal() {
            return Err(ChipError::FileNotFound);
        }
        let outcome = self.read(FileId::CardSecurity, kept, progress);
        match outcome {
            Err(ChipError::FileNotFound | ChipError::FileDenied) | Ok(()) => {
                self.select_application()?;
                outcome
            }
            error => error,
        }
    }

    fn select_application(&mut self) -> Result<(), ChipError> {
        self.begin_phase("select");
        let command = Command::new(0x00, 0xa4, 0x04, 0x0c).with_data(AID);
        match self.exchange(&command)?.status {
            StatusWord::NORMAL => Ok(()),
            StatusWord::FILE_NOT_FOUND => Err(ChipError::NotAnEmrtd),
            // A chip that does so wants basic access control after PACE, which has no place there
            // (ICAO 9303-11, 4.1).
            StatusWord::SECURITY_STATUS_NOT_SATISFIED => Err(ChipError::AccessAgain),
            status => Err(ChipError::SelectRefused(status)),
        }
    }
}

/// What PACE gave besides an open chip.
pub struct OpenedByPace<'link, 'card> {
    /// The chip, in its master file.
    pub chip: MasterFile<'link, 'card>,
    /// Which of the passwords fitted.
    pub password: usize,
    /// PK_Map,IC.
    pub mapping_key: Vec<u8>,
    /// CA_IC, where the mapping has it.
    pub chip_data: Option<Personal<Vec<u8>>>,
    /// The chip's ephemeral public key.
    pub chip_key: Vec<u8>,
    /// Ours.
    pub terminal_key: Vec<u8>,
    /// DO 87 and DO 88.
    pub authorities: Vec<Vec<u8>>,
}

impl<'link, 'card> Closed<'link, 'card> {
    /// A chip that was powered up. What it and its reader bear is found out on the way.
    pub const fn new(link: &'link mut Link<'card>, abilities: &'link mut Abilities) -> Self {
        Self { link, abilities }
    }

    /// Reads EF.CardAccess (ICAO 9303-11, 9.2.11; 9303-10, 3.11.3): by its short file identifier in
    /// the master file, which is selected after power-up, and by SELECT where a chip takes none.
    /// Where nobody knows yet whether reader and chip bear extended length, this is the command that
    /// shows it: any answer will do.
    ///
    /// # Errors
    /// [`ChipError::FileNotFound`] where the chip has none; faults of the link; a file that is none.
    pub fn read_card_access(&mut self) -> Result<Vec<u8>, ChipError> {
        self.link.begin_phase("access");
        let short = Command::new(0x00, 0xb0, 0x80 | FileId::CardAccess.short(), 0);
        let mut first = match self.try_extended(&short)? {
            Some(response) => response,
            None => self.link.transmit(&short.expecting(0x100))?,
        };
        if !brings_data(&first) {
            // Some chips refuse SELECT of the master file and have it selected all the same.
            let master = select_master_file();
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

    /// Sends a command in the extended form, where the chip says that it knows it and nobody tried
    /// yet. None where that was not due or was refused.
    fn try_extended(&mut self, command: &Command) -> Result<Option<Response>, ChipError> {
        if self.abilities.extended != Extended::Unknown {
            return Ok(None);
        }
        self.abilities.extended = Extended::Refused;
        let Some(most) = extended_length::claimed(self.link)? else {
            return Ok(None);
        };
        let command = command.clone().expecting(0x100).extended();
        match self.link.transmit(&command) {
            Ok(Response {
                status: StatusWord::WRONG_LENGTH | StatusWord::INSTRUCTION_NOT_SUPPORTED,
                ..
            }) => Ok(None),
            Ok(response) => {
                self.abilities.extended = Extended::UpTo(most);
                Ok(Some(response))
            }
            // Some readers fail at the command itself, and go on with the next one.
            Err(
                TransportError::Link(cccd_port::LinkFault::Driver { .. })
                | TransportError::ResponseMalformed { .. },
            ) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The rest of the file whose first bytes came.
    fn rest_of(&mut self, first: Response) -> Result<Vec<u8>, ChipError> {
        let mut bytes = first.data.to_vec();
        let header = Header::read(&bytes, 0).map_err(|_| ChipError::FileHeader)?;
        let total = header.total();
        if total > MAX_CARD_ACCESS {
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
        Selected::select(self.link, self.abilities)
    }

    /// Opens the chip with the first of `passwords` that fits (ICAO 9303-11, 4.2 and 4.4). A chip
    /// that refuses for any other reason than the password is not asked again.
    ///
    /// # Errors
    /// [`ChipError::KeyWrong`] when no password fits, and what ends PACE.
    pub fn open_pace(
        self,
        offer: &PaceOffer,
        passwords: &[PacePassword],
        random: &mut dyn Random,
    ) -> Result<OpenedByPace<'link, 'card>, ChipError> {
        self.link.begin_phase("access");
        let mut refused = ChipError::NoBasicAccessKey;
        for (index, password) in passwords.iter().enumerate() {
            match pace::establish(self.link, offer, password, random) {
                Ok(established) => {
                    let chip = Opened::new(self.link, self.abilities, established.messaging);
                    return Ok(OpenedByPace {
                        chip: MasterFile(chip),
                        password: index,
                        mapping_key: established.mapping_key,
                        chip_data: established.chip_data,
                        chip_key: established.chip_key,
                        terminal_key: established.terminal_key,
                        authorities: established.authorities,
                    });
                }
                Err(
                    error @ (ChipError::KeyWrong(_)
                    // The chip does not know this password: perhaps it has another.
                    | ChipError::PaceRefused(StatusWord::REFERENCE_NOT_FOUND)),
                ) => refused = error,
                Err(error) => return Err(error),
            }
        }
        Err(refused)
    }
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

/// SELECT of the master file (ICAO 9303-10, 3.6.1).
fn select_master_file() -> Command {
    Command::new(0x00, 0xa4, 0x00, 0x0c).with_data([0x3f, 0x00])
}

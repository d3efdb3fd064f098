//! One function a command (ICAO 9303-10, 3.6; ICAO 9303-11, 4.3.4 and 6.1.4).

use super::active;
use super::apdu::{Command, Response, StatusWord};
use super::bac::{Outcome, external_authenticate};
use super::faults::{ActiveFault, ChipFault, MutualFault};
use super::files::{Directory, File, ReadAccess, by_short};
use super::pace::Running;
use super::random::SeededRandom;
use super::{ActiveKey, Security, Selected, SimCard, Work};
use crate::crypto::stream::LabelStream;
use crate::tlv::{self, object};

/// The travel document application (ICAO 9303-10, 3.1).
const APPLICATION: [u8; 7] = [0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01];

impl SimCard {
    /// Executes a command; `most` is how many bytes the response may have.
    pub(super) fn execute(&mut self, command: &Command, most: usize) -> Response {
        // What comes between the commands of PACE ends it (ISO/IEC 7816-4, 5.3.3).
        let running = self.pace.take();
        let opened = matches!(self.security, Security::Opened(_));
        let refused = |fault: &ChipFault| matches!(fault, ChipFault::Refused(..));
        if let Some(ChipFault::Refused(_, status)) = self.met(command.ins, opened, refused) {
            return StatusWord(status).into();
        }
        let response = match command.ins {
            0x22 => self.manage_security_environment(command),
            0x86 => self.general_authenticate(running, command),
            0x2A => self.verify_certificate(command),
            0xA4 => self.select(command),
            0xB0 => self.read(command, most),
            0xB1 => self.read_odd(command, most),
            0x84 => self.get_challenge(command),
            0x82 => self.external_authenticate(command),
            0x88 => self.internal_authenticate(command),
            _ => StatusWord::INSTRUCTION.into(),
        };
        self.distorted(command, response, most)
    }

    /// What a broken chip makes of a response before it is protected.
    fn distorted(&mut self, command: &Command, mut response: Response, most: usize) -> Response {
        let opened = matches!(self.security, Security::Opened(_));
        let fault = self.met(command.ins, opened, |fault| {
            matches!(
                fault,
                ChipFault::Status(..) | ChipFault::StatusWithData(..) | ChipFault::Longer(..)
            )
        });
        match fault {
            Some(ChipFault::Status(_, status)) => StatusWord(status).into(),
            Some(ChipFault::StatusWithData(_, status)) => {
                response.status = StatusWord(status);
                response
            }
            Some(ChipFault::Longer(_, extra)) => {
                response.data.resize(most.saturating_add(extra), 0xA5);
                self.unbounded = true;
                response
            }
            _ => response,
        }
    }

    /// SELECT (ICAO 9303-10, 3.6.1): the application by its identifier, files by theirs, and the
    /// master file.
    fn select(&mut self, command: &Command) -> Response {
        match (command.p1, command.data.as_slice()) {
            (0x04, name) if name == APPLICATION => {
                if let Some(status) = self.chip.application_refused {
                    return status.into();
                }
                let opened = matches!(self.security, Security::Opened(_));
                if opened && self.chip.faults.contains(&ChipFault::BasicAccessAfterPace) {
                    return StatusWord::SECURITY_STATUS.into();
                }
                self.selected = Selected::Application;
                self.current = None;
                if matches!(self.security, Security::Plain { .. }) {
                    self.security = Security::Plain { challenge: None };
                    self.forget_occasions();
                }
                control_information(command, &object(0x84, &APPLICATION))
            }
            (0x04, _) => StatusWord::NOT_FOUND.into(),
            (0x00, [] | [0x3F, 0x00]) if self.chip.faults.contains(&ChipFault::MasterRefused) => {
                StatusWord::INSTRUCTION.into()
            }
            (0x00, [] | [0x3F, 0x00]) => {
                self.selected = Selected::Master;
                self.current = None;
                control_information(command, &object(0x83, &[0x3F, 0x00]))
            }
            (0x00 | 0x02, &[high, low]) => {
                let identifier = u16::from_be_bytes([high, low]);
                match self.find(identifier).map(|file| file.content.len()) {
                    Ok(length) => {
                        self.current = Some(identifier);
                        let size = tlv::significant(u64::try_from(length).unwrap_or(0));
                        control_information(command, &object(0x80, &size))
                    }
                    Err(status) => status.into(),
                }
            }
            (0x00 | 0x02, _) => StatusWord::WRONG_LENGTH.into(),
            _ => StatusWord::WRONG_PARAMETERS.into(),
        }
    }

    /// READ BINARY B0 (ICAO 9303-10, 3.6.2): by short identifier or in the current file.
    fn read(&mut self, command: &Command, most: usize) -> Response {
        let (identifier, offset) = if command.p1 & 0x80 == 0 {
            (
                self.current,
                usize::from(u16::from_be_bytes([command.p1, command.p2])),
            )
        } else if command.p1 & 0x60 == 0 {
            let short = by_short(command.p1 & 0x1F, self.selected == Selected::Master);
            let Some(identifier) = short else {
                return StatusWord::NOT_FOUND.into();
            };
            (Some(identifier), usize::from(command.p2))
        } else {
            return StatusWord::WRONG_PARAMETERS.into();
        };
        let refused = self.chip.faults.contains(&ChipFault::LeZeroRefused);
        if command.le == Some(256) && refused && matches!(self.security, Security::Opened(_)) {
            return StatusWord::WRONG_LENGTH.into();
        }
        self.bytes_of(
            identifier,
            offset,
            most,
            matches!(command.le, Some(256 | 65_536)),
        )
    }

    /// READ BINARY B1 (ISO/IEC 7816-4, 7.2.3): the offset in DO54, the bytes in DO53.
    fn read_odd(&mut self, command: &Command, most: usize) -> Response {
        if self.chip.faults.contains(&ChipFault::OffsetWraps) {
            return StatusWord::INSTRUCTION.into();
        }
        let identifier = match (command.p1, command.p2) {
            (0, 0) => self.current,
            (0, short @ 1..=30) => by_short(short, self.selected == Selected::Master),
            (high, low) => Some(u16::from_be_bytes([high, low])),
        };
        let objects = tlv::split(&command.data).unwrap_or_default();
        let offset = match objects.as_slice() {
            [only] if only.tag == 0x54 && !only.value.is_empty() && only.value.len() <= 4 => {
                only.value.iter().fold(0usize, |sum, digit| {
                    sum.saturating_mul(256).saturating_add((*digit).into())
                })
            }
            _ => return StatusWord::WRONG_DATA.into(),
        };
        let head = 1 + tlv::length(most).len();
        let everything = matches!(command.le, Some(256 | 65_536));
        let mut response = self.bytes_of(identifier, offset, most.saturating_sub(head), everything);
        if !response.data.is_empty() {
            response.data = object(0x53, &response.data);
        }
        response
    }

    /// Bytes of a file from an offset on.
    fn bytes_of(
        &mut self,
        identifier: Option<u16>,
        mut offset: usize,
        mut most: usize,
        everything: bool,
    ) -> Response {
        let Some(mut identifier) = identifier else {
            return StatusWord::NO_CURRENT_FILE.into();
        };
        self.touched = Some(identifier);
        let opened = matches!(self.security, Security::Opened(_));
        let fault = self.met(0xB0, opened, |fault| {
            matches!(fault, ChipFault::Short(..) | ChipFault::OtherFile(..))
        });
        let mut ends = None;
        match fault {
            Some(ChipFault::OtherFile(_, other)) => identifier = other,
            Some(ChipFault::Short(_, length, status)) => {
                most = most.min(length.saturating_sub(offset));
                ends = Some(StatusWord(status));
                if most == 0 {
                    return StatusWord(status).into();
                }
            }
            _ => {}
        }
        if self.chip.faults.contains(&ChipFault::OffsetWraps) {
            offset %= 0x8000;
        }
        let file = match self.find(identifier) {
            Ok(file) => file,
            Err(status) => return status.into(),
        };
        let rest = match file.content.get(offset..) {
            Some(rest) if !rest.is_empty() => rest,
            _ => return StatusWord::WRONG_OFFSET.into(),
        };
        let mut data: Vec<u8> = rest.iter().take(most).copied().collect();
        let (last, agreed) = (data.len() == rest.len(), self.agreement.terminal.is_some());
        let changes = ChipFault::ChangesAfterAgreement(identifier);
        if last && agreed && self.chip.faults.contains(&changes) {
            data.last_mut().into_iter().for_each(|byte| *byte ^= 0x01);
        }
        let status = match ends {
            Some(StatusWord(status)) if status >> 8 == 0x62 => StatusWord(status),
            _ if rest.len() < most && !everything => StatusWord::END_OF_FILE,
            _ => StatusWord::OK,
        };
        self.current = Some(identifier);
        Response { data, status }
    }

    /// A file of the current directory, if it may be read now.
    fn find(&self, identifier: u16) -> Result<&File, StatusWord> {
        let directory: &Directory = match self.selected {
            Selected::Master => &self.chip.master,
            Selected::Application => &self.chip.application,
        };
        let opened = matches!(self.security, Security::Opened(_))
            || self.chip.faults.contains(&ChipFault::PlainAccess);
        match directory.get(&identifier) {
            // A closed chip does not tell which files it has.
            None if self.selected == Selected::Application && !opened => {
                Err(StatusWord::SECURITY_STATUS)
            }
            None => Err(StatusWord::NOT_FOUND),
            Some(file) => match file.access {
                ReadAccess::Always => Ok(file),
                ReadAccess::Opened if opened => Ok(file),
                ReadAccess::Terminals if opened && self.presented.opens(identifier) => Ok(file),
                ReadAccess::Opened | ReadAccess::Terminals => Err(StatusWord::SECURITY_STATUS),
            },
        }
    }

    /// MANAGE SECURITY ENVIRONMENT (ISO/IEC 7816-4, 11.5.11): which protocol follows.
    fn manage_security_environment(&mut self, command: &Command) -> Response {
        let agrees = !self.chip.chip_authentication.is_empty();
        let inspects = self.chip.inspection.is_some();
        match (command.p1, command.p2) {
            (0xC1, 0xA4) => self.set_pace(command),
            (0x41, 0xA4) if agrees => self.set_chip_authentication(command),
            (0x41, 0xA6) if agrees => self.set_key_agreement(command),
            (0x81, 0xB6) if inspects => self.set_issuer(command),
            (0x81, 0xA4) if inspects => self.set_terminal(command),
            _ if !agrees && self.chip.pace.is_none() => StatusWord::INSTRUCTION.into(),
            _ => StatusWord::WRONG_PARAMETERS.into(),
        }
    }

    /// GENERAL AUTHENTICATE (ISO/IEC 7816-4, 11.5.5): the protocol that was chosen goes on.
    fn general_authenticate(
        &mut self,
        running: Option<Box<Running>>,
        command: &Command,
    ) -> Response {
        if (command.p1, command.p2) != (0, 0) {
            return StatusWord::WRONG_PARAMETERS.into();
        }
        let agrees = !self.chip.chip_authentication.is_empty();
        match running {
            Some(running) => self.general_authenticate_pace(running, command),
            None if !agrees && self.chip.pace.is_none() => StatusWord::INSTRUCTION.into(),
            None => self
                .general_chip_authentication(command)
                .unwrap_or_else(|| StatusWord::CONDITIONS.into()),
        }
    }

    /// GET CHALLENGE (ICAO 9303-11, 4.3.4.1).
    fn get_challenge(&mut self, command: &Command) -> Response {
        if (command.p1, command.p2) != (0, 0) {
            return StatusWord::WRONG_PARAMETERS.into();
        }
        if self.presented.awaits() {
            return self.challenge_terminal();
        }
        if self.selected != Selected::Application || self.chip.access.is_none() {
            return StatusWord::CONDITIONS.into();
        }
        // One access protocol in a session (ICAO 9303-11, 4.1).
        let plain = matches!(self.security, Security::Plain { .. });
        let offers = self.chip.faults.contains(&ChipFault::BasicAccessAfterPace);
        if self.paced && plain && !offers {
            return StatusWord::CONDITIONS.into();
        }
        let length = self.chip.faults.iter().find_map(|fault| match fault {
            ChipFault::ChallengeLength(length) => Some(*length),
            _ => None,
        });
        let mut nonce = vec![0; length.unwrap_or(8)];
        self.random.fill(&mut nonce);
        if let Security::Plain { challenge } = &mut self.security {
            *challenge = Some(nonce.clone());
        }
        // A chip that gives a challenge of another length does so whatever Le says.
        if length.is_none() && command.le.is_none_or(|le| le < nonce.len()) {
            return StatusWord::wrong_le(nonce.len()).into();
        }
        Response::ok(nonce)
    }

    /// EXTERNAL AUTHENTICATE (ICAO 9303-11, 4.3.4.2): basic access.
    fn external_authenticate(&mut self, command: &Command) -> Response {
        if (command.p1, command.p2) != (0, 0) {
            return StatusWord::WRONG_PARAMETERS.into();
        }
        if self.presented.awaits() {
            return self.authenticate_terminal(command);
        }
        let fault = self.chip.faults.iter().find_map(|fault| match fault {
            ChipFault::Mutual(fault) => Some(*fault),
            _ => None,
        });
        let (Security::Plain { challenge }, Some(keys)) = (&mut self.security, &self.chip.access)
        else {
            return StatusWord::CONDITIONS.into();
        };
        let Some(challenge) = challenge.take() else {
            return StatusWord::CONDITIONS.into();
        };
        self.work = Work::BasicAccess;
        if fault == Some(MutualFault::Recorded) {
            let answer = LabelStream::new("recorded session").take(40);
            return Response::ok(answer);
        }
        let random = self.random.as_mut();
        match external_authenticate(keys, &challenge, &command.data, random, fault) {
            Ok(Outcome::Opened(answer, session)) => {
                self.security = Security::Opened(session);
                let inspection = self.chip.inspection.as_ref();
                self.identity = inspection.map(|known| known.document_number.clone());
                Response::ok(answer)
            }
            Ok(Outcome::Refused(status)) => status.into(),
            Err(_) => StatusWord::FAILURE.into(),
        }
    }

    /// INTERNAL AUTHENTICATE (ICAO 9303-11, 6.1.4): active authentication.
    fn internal_authenticate(&mut self, command: &Command) -> Response {
        let Some(key) = &self.chip.active else {
            return StatusWord::INSTRUCTION.into();
        };
        if (command.p1, command.p2) != (0, 0) {
            return StatusWord::WRONG_PARAMETERS.into();
        }
        if command.data.len() != 8 {
            return StatusWord::WRONG_LENGTH.into();
        }
        let open = self.chip.faults.contains(&ChipFault::PlainAccess);
        if !open && !matches!(self.security, Security::Opened(_)) {
            return StatusWord::SECURITY_STATUS.into();
        }
        let fault = self.chip.faults.iter().find_map(|fault| match fault {
            ChipFault::Active(fault) => Some(*fault),
            _ => None,
        });
        self.work = match key {
            ActiveKey::Ecdsa(_) => Work::Ecdsa,
            ActiveKey::RsaSha1(_) | ActiveKey::RsaSha256(_) => Work::Rsa,
        };
        let signature = if fault == Some(ActiveFault::Replayed) {
            // What was recorded in another session, for another challenge.
            active::sign(key, b"recorded", &mut SeededRandom::new("recorded"), None)
        } else {
            active::sign(key, &command.data, self.random.as_mut(), fault)
        };
        signature.map_or_else(|_| StatusWord::FAILURE.into(), Response::ok)
    }
}

/// File control information where P2 asks for it (ISO/IEC 7816-4, 7.1.1).
fn control_information(command: &Command, content: &[u8]) -> Response {
    match command.p2 & 0x0C {
        0x00 if command.le.is_some() => Response::ok(object(0x6F, content)),
        0x00 | 0x0C => Response::ok(Vec::new()),
        _ => StatusWord::WRONG_PARAMETERS.into(),
    }
}

//! Reads one card into evidence, in the order of CHECKS (e): what the clerk looks at first comes
//! first, what is large comes last.

use cccd_port::{CardChannel, Clock};
use zeroize::Zeroizing;

use super::ReadingEvent;
use crate::chip::bac::BacKeys;
use crate::chip::pace::{PaceOffer, PacePassword};
use crate::chip::secure_messaging::SecureMessagingError;
use crate::chip::{ChipError, Closed, FileId, Opened};
use crate::crypto::random::Random;
use crate::decision::verdict::{PhaseCount, ReadingCount};
use crate::decision::{CardFace, reason};
use crate::document::{Date, Printed};
use crate::lds::com::Com;
use crate::lds::dg1::Dg1;
use crate::lds::dg13::Dg13;
use crate::lds::security_infos::SecurityInfos;
use crate::lds::sod::SecurityObject;
use crate::transport::{Limits, Link, StatusWord, TransportError};
use crate::verify::Evidence;
use crate::verify::evidence::{ActiveAuthentication, FileState, Step};
use crate::verify::fault;

/// What opens the chip.
#[derive(Clone, Debug)]
pub struct Keys {
    bac: Vec<BacKeys>,
    pace: Vec<PacePassword>,
}

impl Keys {
    /// The keys that follow from what is printed or was typed: a bounded list, the likeliest first.
    /// A CAN is tried once, before what follows from the zone: it opens a chip by PACE alone.
    #[must_use]
    pub fn derive(printed: &Printed, today: Date) -> Self {
        let candidates = printed.bac_candidates(today);
        let can = printed
            .can()
            .map(|can| PacePassword::Can(Zeroizing::new(can.reveal().to_vec())));
        let zone = candidates
            .iter()
            .map(|key| PacePassword::Mrz(Zeroizing::new(key.reveal().to_vec())));
        Self {
            pace: can.into_iter().chain(zone).collect(),
            bac: candidates
                .iter()
                .map(|information| BacKeys::derive(information.reveal()))
                .collect(),
        }
    }
}

/// Reads the card on `channel`. Whatever happens on the way is in the evidence: a fault ends the
/// reading and never this function. A session that broke in its messaging is tried once more.
pub fn read_card(
    channel: &mut dyn CardChannel,
    keys: &Keys,
    clock: &dyn Clock,
    limits: Limits,
    random: &mut dyn Random,
    events: &mut dyn FnMut(ReadingEvent),
) -> (Evidence, ReadingCount) {
    let today = Date::in_vietnam(clock.now());
    let mut link = Link::new(channel, clock, limits);
    let mut reading = Reading {
        evidence: Evidence::default(),
        today,
        again: false,
        unable_to_authenticate: false,
        events,
    };
    reading.run(&mut link, keys, random);
    if reading.again {
        reading.evidence = Evidence::default();
        reading.again = false;
        reading.run(&mut link, keys, random);
    }
    let counts = count(&link, &reading.evidence);
    (reading.evidence, counts)
}

struct Reading<'a> {
    evidence: Evidence,
    today: Date,
    /// Whether a fresh session may help.
    again: bool,
    /// Whether an earlier session showed that the proof does not fit this link.
    unable_to_authenticate: bool,
    events: &'a mut dyn FnMut(ReadingEvent),
}

/// A fault that ends the session; it is in the evidence already.
struct Ended;

impl Reading<'_> {
    fn run(&mut self, link: &mut Link<'_>, keys: &Keys, random: &mut dyn Random) {
        self.tell("access", 0, None);
        let mut closed = Closed::new(link);
        let offer = match self.card_access(&mut closed) {
            Ok(offer) => offer,
            Err(error) => {
                self.again = may_help(&error);
                self.evidence.link = fault::step(&error);
                return;
            }
        };
        let opened = match &offer {
            Some(offer) => self.open_pace(closed, offer, keys, random),
            None => self.open_bac(closed, keys, random),
        };
        if let Some(mut opened) = opened {
            // The evidence tells how far it came.
            let _: Result<(), Ended> = self.read_files(&mut opened, random);
        }
    }

    /// What the chip offers before it is opened; nothing where it offers no PACE that is known here.
    fn card_access(&mut self, chip: &mut Closed<'_, '_>) -> Result<Option<PaceOffer>, ChipError> {
        let (state, offer) = match chip.read_card_access() {
            Ok(bytes) => {
                let infos = SecurityInfos::parse(&bytes).ok();
                let offer = infos.and_then(|infos| infos.pace_offers().into_iter().next());
                (FileState::Read(Zeroizing::new(bytes)), offer)
            }
            Err(ChipError::FileDenied) => (FileState::Denied, None),
            Err(error) if fault::ends_session(&error) => return Err(error),
            Err(ChipError::FileNotFound | ChipError::ReadRefused(_)) => (FileState::Absent, None),
            Err(_) => (FileState::Faulty(reason::CARDACCESS_MALFORMED), None),
        };
        self.evidence.files.insert(FileId::CardAccess, state);
        Ok(offer)
    }

    fn open_pace<'link, 'card>(
        &mut self,
        chip: Closed<'link, 'card>,
        offer: &PaceOffer,
        keys: &Keys,
        random: &mut dyn Random,
    ) -> Option<Opened<'link, 'card>> {
        self.evidence.link = Step::Done { by: "select" };
        match chip.open_pace(offer, &keys.pace, random) {
            Ok((opened, index)) => {
                let by = match keys.pace.get(index) {
                    Some(PacePassword::Can(_)) => "pace-can",
                    _ => "pace-mrz",
                };
                self.evidence.access = Step::Done { by };
                Some(opened.chip)
            }
            Err(error @ (ChipError::NotAnEmrtd | ChipError::SelectRefused(_))) => {
                self.again = may_help(&error);
                self.evidence.link = fault::step(&error);
                None
            }
            Err(error) => {
                self.again = may_help(&error);
                self.evidence.access = fault::step(&error);
                None
            }
        }
    }

    fn open_bac<'link, 'card>(
        &mut self,
        chip: Closed<'link, 'card>,
        keys: &Keys,
        random: &mut dyn Random,
    ) -> Option<Opened<'link, 'card>> {
        self.tell("select", 0, None);
        let selected = match chip.select() {
            Ok(selected) => selected,
            Err(error) => {
                self.again = may_help(&error);
                self.evidence.link = fault::step(&error);
                return None;
            }
        };
        self.evidence.link = Step::Done { by: "select" };
        self.tell("access", 0, None);
        match selected.open_bac(&keys.bac, random) {
            Ok(opened) => {
                self.evidence.access = Step::Done { by: "bac" };
                Some(opened)
            }
            Err(error) => {
                self.again = may_help(&error);
                self.evidence.access = fault::step(&error);
                None
            }
        }
    }

    fn read_files(
        &mut self,
        chip: &mut Opened<'_, '_>,
        random: &mut dyn Random,
    ) -> Result<(), Ended> {
        self.read(chip, FileId::Dg(1))?;
        self.show_face();
        self.read(chip, FileId::Dg(13))?;
        self.show_face();
        self.read(chip, FileId::Sod)?;
        let sod = self
            .evidence
            .bytes(FileId::Sod)
            .and_then(|file| SecurityObject::parse(file).ok());
        let listed: Vec<u8> = match &sod {
            Some(sod) => sod
                .data_groups()
                .filter_map(|number| u8::try_from(number).ok())
                .collect(),
            None => vec![2, 14, 15],
        };
        for number in [14, 15]
            .into_iter()
            .filter(|number| listed.contains(number))
        {
            self.read(chip, FileId::Dg(number))?;
        }
        if matches!(self.evidence.state(FileId::Dg(15)), FileState::Read(_)) {
            self.authenticate(chip, random)?;
        }
        // DG3 and DG4 need terminal authentication; the chip says so when it is asked.
        let rest = listed
            .iter()
            .copied()
            .filter(|number| !matches!(number, 1 | 2 | 13 | 14 | 15));
        for number in rest.filter(|number| (1..=16).contains(number)) {
            self.read(chip, FileId::Dg(number))?;
        }
        self.read(chip, FileId::Dg(2))?;
        self.read(chip, FileId::Com)?;
        // What EF.COM lists beyond EF.SOD is read so that it can be told apart from an empty promise.
        let com = self
            .evidence
            .bytes(FileId::Com)
            .and_then(|file| Com::parse(file).ok());
        let extra: Vec<u8> = com.iter().flat_map(Com::data_groups).flatten().collect();
        for number in extra {
            if *self.evidence.state(FileId::Dg(number)) == FileState::NotRead {
                self.read(chip, FileId::Dg(number))?;
            }
        }
        Ok(())
    }

    /// Reads one file into the evidence. A file that is not there, or that the chip keeps to itself,
    /// is a fact; a fault that ends the session ends the reading.
    fn read(&mut self, chip: &mut Opened<'_, '_>, file: FileId) -> Result<(), Ended> {
        let phase = file.phase();
        let events = &mut *self.events;
        let outcome = chip.read(file, &mut |read, total, _| {
            let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
            events(ReadingEvent::Progress {
                phase,
                bytes: number(read),
                total: Some(number(total)),
            });
        });
        let (state, outcome) = match outcome {
            Ok(read) => (FileState::Read(read.bytes), Ok(())),
            Err(ChipError::FileNotFound) => (FileState::Absent, Ok(())),
            Err(ChipError::FileDenied) => (FileState::Denied, Ok(())),
            Err(error) => {
                let ended = fault::ends_session(&error);
                self.again = ended && may_help(&error);
                let state = FileState::Faulty(self.reason(file, &error));
                (state, if ended { Err(Ended) } else { Ok(()) })
            }
        };
        self.evidence.files.insert(file, state);
        outcome
    }

    /// The reason of a broken file: EF.SOD has its own for what data groups call malformed.
    fn reason(&self, file: FileId, error: &ChipError) -> crate::decision::Reason {
        match error {
            ChipError::FileTag { .. } | ChipError::FileHeader if file == FileId::Sod => {
                crate::decision::reason::SOD_MALFORMED
            }
            error => fault::of_chip(error),
        }
    }

    /// Active authentication, once more with a new nonce where the chip stumbled (6F00), and once in
    /// the extended form where the answer did not fit.
    fn authenticate(
        &mut self,
        chip: &mut Opened<'_, '_>,
        random: &mut dyn Random,
    ) -> Result<(), Ended> {
        if self.unable_to_authenticate {
            self.evidence.active_authentication = ActiveAuthentication::NeedsExtendedLength;
            return Ok(());
        }
        self.tell("chip-auth", 0, None);
        let (mut extended, mut retried) = (false, false);
        loop {
            let mut challenge = [0; 8];
            let outcome = random
                .fill(&mut challenge)
                .map_err(ChipError::from)
                .and_then(|()| chip.internal_authenticate(challenge, extended));
            self.evidence.active_authentication = match outcome {
                Ok(response) => ActiveAuthentication::Answered {
                    challenge,
                    response,
                    retried,
                },
                Err(ChipError::AuthenticateRefused(status)) => match status.0 {
                    0x6f00 if !retried => {
                        retried = true;
                        continue;
                    }
                    0x6700 | 0x6c00 if !extended => {
                        extended = true;
                        continue;
                    }
                    0x6700 => ActiveAuthentication::NeedsExtendedLength,
                    status => ActiveAuthentication::Refused(status),
                },
                // Refused in plain for its length: the session is lost, and a second one without this
                // question still tells everything else.
                Err(ChipError::SecureMessaging(SecureMessagingError::SessionLost(
                    StatusWord::WRONG_LENGTH,
                ))) => {
                    self.again = true;
                    self.unable_to_authenticate = true;
                    return Err(Ended);
                }
                Err(error) => {
                    self.again = may_help(&error);
                    self.evidence.active_authentication =
                        ActiveAuthentication::Aborted(fault::of_chip(&error));
                    return Err(Ended);
                }
            };
            return Ok(());
        }
    }

    fn tell(&mut self, phase: &'static str, bytes: u32, total: Option<u32>) {
        (self.events)(ReadingEvent::Progress {
            phase,
            bytes,
            total,
        });
    }

    /// Shows what DG1 and DG13 claim so far.
    fn show_face(&mut self) {
        let dg1 = self
            .evidence
            .bytes(FileId::Dg(1))
            .and_then(|file| Dg1::parse(file, self.today).ok());
        let dg13 = self
            .evidence
            .bytes(FileId::Dg(13))
            .and_then(|file| Dg13::parse(file).ok());
        let face = CardFace::of(dg1.as_ref().map(|dg1| &dg1.mrz), dg13.as_ref());
        (self.events)(ReadingEvent::Claimed(Box::new(face)));
    }
}

/// Whether a fresh session on the same card may end better: not where the card or the reader is
/// gone, and never where a key was wrong or the chip is blocked.
const fn may_help(error: &ChipError) -> bool {
    match error {
        ChipError::Transport(error) => matches!(
            error,
            TransportError::ResponseMalformed { .. } | TransportError::ResponseLoop
        ),
        ChipError::KeyWrong(_)
        | ChipError::Blocked(_)
        | ChipError::NoBasicAccessKey
        | ChipError::NotAnEmrtd
        | ChipError::ReplayedCryptogram
        | ChipError::PaceKeyInvalid
        | ChipError::PaceKeyReflected
        | ChipError::Crypto(_) => false,
        _ => true,
    }
}

/// What the reading took, with the bytes of files by phase.
fn count(link: &Link<'_>, evidence: &Evidence) -> ReadingCount {
    let read = |phase: &str| {
        evidence
            .files
            .iter()
            .filter(|(file, _)| file.phase() == phase)
            .map(|(file, _)| evidence.bytes(*file).map_or(0, <[u8]>::len))
            .sum::<usize>()
    };
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let phases: Vec<PhaseCount> = link
        .counts()
        .phases()
        .iter()
        .map(|phase| PhaseCount {
            name: phase.name.to_owned(),
            apdus: phase.apdus,
            bytes: number(read(phase.name)),
            milliseconds: u64::try_from(phase.time.as_millis()).unwrap_or(u64::MAX),
        })
        .collect();
    ReadingCount {
        apdus: phases
            .iter()
            .map(|phase| phase.apdus)
            .fold(0, u32::saturating_add),
        bytes: phases
            .iter()
            .map(|phase| phase.bytes)
            .fold(0, u32::saturating_add),
        phases,
    }
}

//! Which file comes when (CHECKS e): what the clerk looks at first comes first, what is large comes
//! last.

use super::ReadingEvent;
use super::card::{Ending, Reading, Session};
use crate::chip::{Chip, ChipError, FileId, Opened, Partial, Protection};
use crate::decision::{CardFace, Reason, reason};
use crate::lds::com::Com;
use crate::lds::dg1::Dg1;
use crate::lds::dg13::Dg13;
use crate::lds::security_infos::SecurityInfos;
use crate::lds::sod::SecurityObject;
use crate::verify::evidence::{FileState, Step};
use crate::verify::fault;

/// What only a terminal with a certificate may read: fingerprints and irises (ICAO 9303-10, 4.7.3
/// and 4.7.4).
const PROTECTED: [u8; 2] = [3, 4];

impl Reading<'_> {
    /// Reads every file but those that need terminal authentication. `agree` is the proof of the
    /// chip that renews the keys, which comes as soon as DG14 is there.
    pub(super) fn read_files<'link, 'card, P: Protection>(
        &mut self,
        chip: &mut Chip<'link, 'card, P>,
        session: &mut Session<'_>,
        agree: impl FnOnce(
            &mut Self,
            &mut Chip<'link, 'card, P>,
            &mut Session<'_>,
        ) -> Result<(), Ending>,
    ) -> Result<(), Ending> {
        self.read(chip, FileId::Dg(1), session)?;
        self.show_face(session);
        self.read(chip, FileId::Dg(13), session)?;
        self.show_face(session);
        self.read(chip, FileId::Sod, session)?;
        (session.events)(ReadingEvent::Signable(Box::new(self.evidence.clone())));
        let listed = self.listed();
        if listed.contains(&14) {
            self.read(chip, FileId::Dg(14), session)?;
            agree(self, chip, session)?;
        }
        if listed.contains(&15) {
            self.read(chip, FileId::Dg(15), session)?;
        }
        if matches!(self.evidence.state(FileId::Dg(15)), FileState::Read(_)) {
            self.authenticate(chip, session)?;
        }
        let rest = listed
            .iter()
            .copied()
            .filter(|number| !matches!(number, 1 | 2 | 13 | 14 | 15) && is_open(*number));
        for number in rest {
            self.read(chip, FileId::Dg(number), session)?;
        }
        self.read(chip, FileId::Dg(2), session)?;
        self.read(chip, FileId::Com, session)?;
        // What EF.COM lists beyond EF.SOD is read so that it can be told apart from an empty promise.
        let com = self
            .evidence
            .bytes(FileId::Com)
            .and_then(|file| Com::parse(file).ok());
        let extra: Vec<u8> = com.iter().flat_map(Com::data_groups).flatten().collect();
        for number in extra.into_iter().filter(|number| is_open(*number)) {
            if *self.evidence.state(FileId::Dg(number)) == FileState::NotRead {
                self.read(chip, FileId::Dg(number), session)?;
            }
        }
        Ok(())
    }

    /// EF.CardSecurity of a chip that PACE opened and whose DG14 says nothing of PACE: what
    /// EF.CardAccess offered may be signed there alone (ICAO 9303-11, 4.2).
    pub(super) fn read_card_security(
        &mut self,
        chip: &mut Opened<'_, '_>,
        session: &mut Session<'_>,
    ) -> Result<(), Ending> {
        let file = FileId::CardSecurity;
        let signed = self
            .evidence
            .bytes(FileId::Dg(14))
            .and_then(|file| SecurityInfos::parse_dg14(file).ok())
            .is_some_and(|infos| infos.offers_pace());
        let known = *self.evidence.state(file) != FileState::NotRead;
        if signed || known || self.evidence.pace.is_none() {
            return Ok(());
        }
        self.fetch(file, session, |kept, progress| {
            chip.read_card_security(kept, progress)
        })
    }

    /// DG3, after the terminal has proven itself: last of all, for a refusal may end the session.
    pub(super) fn read_fingerprints(
        &mut self,
        chip: &mut Opened<'_, '_>,
        session: &mut Session<'_>,
    ) -> Result<(), Ending> {
        if self.listed().contains(&3) && self.authenticate_terminal(chip, session)? {
            self.read(chip, FileId::Dg(3), session)?;
        }
        Ok(())
    }

    /// The data groups that EF.SOD lists; what citizen cards must have where it does not parse.
    fn listed(&self) -> Vec<u8> {
        let sod = self
            .evidence
            .bytes(FileId::Sod)
            .and_then(|file| SecurityObject::parse(file).ok());
        match &sod {
            Some(sod) => sod
                .data_groups()
                .filter_map(|number| u8::try_from(number).ok())
                .filter(|number| (1..=16).contains(number))
                .collect(),
            None => vec![2, 14, 15],
        }
    }

    /// Reads one file into the evidence. A file that is not there, or that the chip keeps to itself,
    /// is a fact; a fault that ends the session ends the reading. What was read before the card was
    /// lifted is not read again, but for EF.SOD and DG1, which must be the same.
    pub(super) fn read<P: Protection>(
        &mut self,
        chip: &mut Chip<'_, '_, P>,
        file: FileId,
        session: &mut Session<'_>,
    ) -> Result<(), Ending> {
        let before = match self.evidence.state(file) {
            FileState::Absent | FileState::Denied => return Ok(()),
            FileState::Read(bytes) if must_be_proven(file) && !self.proven.contains(&file) => {
                Some(bytes.clone())
            }
            FileState::Read(_) => return Ok(()),
            FileState::Faulty(_) | FileState::NotRead => None,
        };
        self.proven.push(file);
        let kept_outcome = self.fetch(file, session, |kept, progress| {
            chip.read(file, kept, progress)
        });
        match (before, self.evidence.state(file)) {
            (Some(before), FileState::Read(now)) if *now != before => {
                let same_chip = file == FileId::Sod && cover_the_same_data(&before, now);
                Err(self.swapped(same_chip))
            }
            // The card that was there before had the file.
            (Some(_), FileState::Absent | FileState::Denied) => Err(self.swapped(false)),
            _ => kept_outcome,
        }
    }

    /// Another card was laid back, or the same with other data.
    fn swapped(&mut self, same_chip: bool) -> Ending {
        self.evidence.link = Step::Contradicted(if same_chip {
            reason::DATA_CHANGED_DURING_SESSION
        } else {
            reason::CARD_SWAPPED
        });
        Ending::Final
    }

    /// Has a file read on from where it stopped, tells how far it is, and keeps what came of it.
    fn fetch(
        &mut self,
        file: FileId,
        session: &mut Session<'_>,
        read: impl FnOnce(&mut Partial, &mut dyn FnMut(usize, usize)) -> Result<(), ChipError>,
    ) -> Result<(), Ending> {
        let mut kept = self.partials.remove(&file).unwrap_or_default();
        let outcome = read(&mut kept, &mut |read, total| {
            let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
            session.tell(file.phase(), number(read), Some(number(total)));
        });
        self.keep(file, kept, outcome)
    }

    /// Takes what came of a file into the evidence, and what came before a fault aside.
    pub(super) fn keep(
        &mut self,
        file: FileId,
        kept: Partial,
        outcome: Result<(), ChipError>,
    ) -> Result<(), Ending> {
        let (state, outcome) = match outcome {
            Ok(()) => (FileState::Read(kept.into_bytes()), Ok(())),
            Err(ChipError::FileNotFound) => (FileState::Absent, Ok(())),
            Err(ChipError::FileDenied) => (FileState::Denied, Ok(())),
            Err(error) => {
                let ended = fault::ends_session(&error);
                if ended {
                    self.partials.insert(file, kept);
                }
                let state = FileState::Faulty(reason_of(file, &error));
                (
                    state,
                    if ended {
                        Err(Ending::of(&error))
                    } else {
                        Ok(())
                    },
                )
            }
        };
        self.evidence.files.insert(file, state);
        outcome
    }

    /// Shows what DG1 and DG13 claim so far.
    fn show_face(&self, session: &mut Session<'_>) {
        let dg1 = self
            .evidence
            .bytes(FileId::Dg(1))
            .and_then(|file| Dg1::parse(file, self.today).ok());
        let dg13 = self
            .evidence
            .bytes(FileId::Dg(13))
            .and_then(|file| Dg13::parse(file).ok());
        let face = CardFace::of(dg1.as_ref().map(|dg1| &dg1.mrz), dg13.as_ref());
        (session.events)(ReadingEvent::Claimed(Box::new(face)));
    }
}

/// Whether two security objects cover the very same data groups, the chip's keys among them: no two
/// cards do, so one chip shows two objects.
fn cover_the_same_data(one: &[u8], two: &[u8]) -> bool {
    let hashes = |file: &[u8]| SecurityObject::parse(file).ok().map(|sod| sod.lds.hashes);
    hashes(one).is_some_and(|one| hashes(two) == Some(one))
}

fn is_open(number: u8) -> bool {
    !PROTECTED.contains(&number)
}

/// The files by which a card that is laid back is known again.
const fn must_be_proven(file: FileId) -> bool {
    matches!(file, FileId::Sod | FileId::Dg(1))
}

/// The reason of a broken file: EF.SOD has its own for what data groups call malformed.
fn reason_of(file: FileId, error: &ChipError) -> Reason {
    match error {
        ChipError::FileTag { .. } | ChipError::FileHeader if file == FileId::Sod => {
            reason::SOD_MALFORMED
        }
        error => fault::of_chip(error),
    }
}

//! Opens the chip: PACE where it is offered, else basic access control, and one of them alone in a
//! session (ICAO 9303-11, 4.1 and 4.2).

use zeroize::Zeroizing;

use super::card::{Ending, Reading, Session};
use crate::chip::closed::OpenedByPace;
use crate::chip::pace::{Mapping, PaceOffer, PacePassword};
use crate::chip::{ChipError, Closed, FileId, Opened, Partial, Plain};
use crate::decision::{Reason, reason};
use crate::lds::chip_keys::OfferFault;
use crate::lds::pace_offers::pace_offers;
use crate::lds::security_infos::{CITIZEN_CARD_ACCESS, SecurityInfos};
use crate::verify::evidence::{ChipAuthenticationMapping, FileState, Pace, Step};
use crate::verify::fault;
use crate::verify::history::{ChipNonce, NonceKind};

/// A chip that answers.
pub(super) enum Access<'link, 'card> {
    /// Under secure messaging.
    Protected(Opened<'link, 'card>),
    /// It keeps nothing closed.
    Plain(Plain<'link, 'card>),
}

/// What EF.CardAccess comes to.
enum Offered {
    /// PACE, in this way.
    Pace(PaceOffer),
    /// The file could not be read: what citizen cards have in common is tried.
    Assumed(PaceOffer),
    /// No PACE that can be used; why, where the chip offers some.
    Nothing(Option<Reason>),
}

impl Reading<'_> {
    /// Opens the chip. How that went is in the evidence.
    pub(super) fn open<'link, 'card>(
        &mut self,
        mut chip: Closed<'link, 'card>,
        session: &mut Session<'_>,
    ) -> Result<Access<'link, 'card>, Ending> {
        session.tell("access", 0, None);
        match self.offered(&mut chip)? {
            Offered::Pace(offer) => self.open_pace(chip, &offer, false, session),
            Offered::Assumed(offer) => self.open_pace(chip, &offer, true, session),
            Offered::Nothing(reason) => self.open_bac(chip, reason, session),
        }
    }

    /// What the chip offers before it is opened.
    fn offered(&mut self, chip: &mut Closed<'_, '_>) -> Result<Offered, Ending> {
        if matches!(self.evidence.state(FileId::CardAccess), FileState::NotRead) {
            let state = match chip.read_card_access() {
                Ok(bytes) => FileState::Read(Zeroizing::new(bytes)),
                Err(ChipError::FileNotFound) => FileState::Absent,
                Err(ChipError::FileDenied | ChipError::ReadRefused(_)) => FileState::Denied,
                Err(error) if fault::ends_session(&error) => {
                    self.evidence.link = fault::step(&error);
                    return Err(Ending::of(&error));
                }
                Err(_) => FileState::Faulty(reason::CARDACCESS_MALFORMED),
            };
            self.evidence.files.insert(FileId::CardAccess, state);
        }
        let can_alone = self.instructions.keys.bac.is_empty();
        Ok(match self.evidence.state(FileId::CardAccess) {
            FileState::Read(bytes) => match SecurityInfos::parse(bytes) {
                Ok(infos) => match pace_offers(&infos) {
                    Ok(offers) => match offers.into_iter().next() {
                        Some(offer) => Offered::Pace(offer),
                        // Nothing that is known: a file of private infos alone.
                        None => Offered::Nothing(Some(reason::PACE_UNSUPPORTED)),
                    },
                    Err(OfferFault::Unsupported(_)) => {
                        Offered::Nothing(Some(reason::PACE_UNSUPPORTED))
                    }
                    Err(OfferFault::Malformed(_)) => {
                        self.evidence.link = Step::Done { by: "select" };
                        self.evidence.access = Step::Aborted(reason::CARDACCESS_MALFORMED);
                        return Err(Ending::Again);
                    }
                    Err(OfferFault::Forged) => {
                        self.evidence.link = Step::Done { by: "select" };
                        self.evidence.access = Step::Hostile(reason::DOMAIN_PARAMS_FORGED);
                        return Err(Ending::Final);
                    }
                },
                Err(_) => Offered::Nothing(Some(reason::CARDACCESS_MALFORMED)),
            },
            FileState::Faulty(reason) => Offered::Nothing(Some(*reason)),
            FileState::Absent if !can_alone => Offered::Nothing(None),
            _ if self.assumption_refused => Offered::Nothing(None),
            _ => {
                let infos = SecurityInfos::parse(&CITIZEN_CARD_ACCESS).unwrap_or_default();
                match pace_offers(&infos).unwrap_or_default().into_iter().next() {
                    Some(offer) => Offered::Assumed(offer),
                    None => Offered::Nothing(None),
                }
            }
        })
    }

    fn open_pace<'link, 'card>(
        &mut self,
        chip: Closed<'link, 'card>,
        offer: &PaceOffer,
        assumed: bool,
        session: &mut Session<'_>,
    ) -> Result<Access<'link, 'card>, Ending> {
        self.evidence.link = Step::Done { by: "select" };
        let keys = self.instructions.keys;
        let opened = match chip.open_pace(offer, &keys.pace, session.random) {
            Ok(opened) => opened,
            Err(ChipError::PaceRefused(_)) if assumed => {
                self.assumption_refused = true;
                return Err(Ending::OtherWay);
            }
            Err(error) => return Err(self.stays_closed(&error)),
        };
        let by = match keys.pace.get(opened.password) {
            Some(PacePassword::Can(_)) => "pace-can",
            _ => "pace-mrz",
        };
        self.evidence.access = Step::Done { by };
        let ephemeral = ChipNonce::of(NonceKind::PaceEphemeral, &opened.chip_key);
        let mapping = Some(&opened.mapping_key).filter(|key| !key.is_empty());
        let mapping = mapping.map(|key| ChipNonce::of(NonceKind::PaceMapping, key));
        self.evidence.nonces = mapping.into_iter().chain([ephemeral]).collect();
        self.evidence.pace = Some(Pace {
            protocol: crate::codec::der::oid_text(&offer.protocol),
            parameter_id: offer.group.standard_number(),
            assumed,
            mapping: match (offer.mapping, &opened.chip_data) {
                (Mapping::ChipAuthentication, None) => Some(ChipAuthenticationMapping::Missing),
                (Mapping::ChipAuthentication, Some(data)) => {
                    Some(ChipAuthenticationMapping::Answered {
                        mapping_key: opened.mapping_key.clone(),
                        data: Zeroizing::new(data.reveal().clone()),
                    })
                }
                _ => None,
            },
        });
        let OpenedByPace {
            mut chip,
            chip_key,
            terminal_key,
            authorities,
            ..
        } = opened;
        self.for_terminal.chip_identity = offer.group.compressed(&chip_key);
        self.for_terminal.authorities = authorities;
        if offer.mapping == Mapping::ChipAuthentication {
            self.for_terminal.ephemeral_key = Some(offer.group.compressed(&terminal_key));
            // The key that the mapping proved is signed there, in the master file.
            let mut kept = Partial::default();
            let outcome = chip.read_card_security(&mut kept, &mut |_, _| ());
            self.keep(FileId::CardSecurity, kept, outcome)?;
        }
        match chip.enter() {
            Ok(chip) => Ok(Access::Protected(chip)),
            Err(error @ ChipError::AccessAgain) => {
                self.evidence.access = fault::step(&error);
                Err(Ending::of(&error))
            }
            Err(error) => Err(self.unreached(&error)),
        }
    }

    fn open_bac<'link, 'card>(
        &mut self,
        chip: Closed<'link, 'card>,
        unusable: Option<Reason>,
        session: &mut Session<'_>,
    ) -> Result<Access<'link, 'card>, Ending> {
        session.tell("select", 0, None);
        let selected = chip.select().map_err(|error| self.unreached(&error))?;
        self.evidence.link = Step::Done { by: "select" };
        session.tell("access", 0, None);
        let keys = self.instructions.keys;
        let unopened = match selected.open_bac(&keys.bac, session.random) {
            Ok(opened) => {
                self.evidence.access = Step::Done { by: "bac" };
                self.evidence.nonces =
                    vec![ChipNonce::of(NonceKind::BacChallenge, &opened.chip_nonce)];
                self.for_terminal.chip_identity = keys.document(opened.candidate).to_vec();
                return Ok(Access::Protected(opened.chip));
            }
            Err(unopened) => unopened,
        };
        if let Some(mut plain) = unopened.plain {
            // Whether it keeps anything closed shows at the first file.
            let mut kept = Partial::default();
            if plain.read(FileId::Dg(1), &mut kept, &mut |_, _| ()).is_ok() {
                self.evidence.access = Step::Done { by: "none" };
                self.partials.insert(FileId::Dg(1), kept);
                return Ok(Access::Plain(plain));
            }
        }
        match unusable {
            // Refused: what the chip offers instead is the fault.
            Some(reason) if refuses_bac(&unopened.error) => {
                self.evidence.access = Step::Aborted(reason);
                Err(Ending::Again)
            }
            _ => Err(self.stays_closed(&unopened.error)),
        }
    }

    /// The application cannot be reached.
    fn unreached(&mut self, error: &ChipError) -> Ending {
        self.evidence.link = match error {
            ChipError::NotAnEmrtd if self.was_opened => Step::Contradicted(reason::CARD_SWAPPED),
            error => fault::step(error),
        };
        Ending::of(error)
    }

    /// The chip does not open. One that opened before to the same key was another.
    fn stays_closed(&mut self, error: &ChipError) -> Ending {
        if self.was_opened && matches!(error, ChipError::KeyWrong(_)) {
            self.evidence.link = Step::Contradicted(reason::CARD_SWAPPED);
        } else {
            self.evidence.access = fault::step(error);
        }
        Ending::of(error)
    }
}

/// Whether the chip has no basic access control, or nothing that is known fits it.
const fn refuses_bac(error: &ChipError) -> bool {
    matches!(
        error,
        ChipError::ChallengeRefused(_) | ChipError::NoBasicAccessKey
    )
}

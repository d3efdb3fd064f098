//! The chip proves itself, and where fingerprints are wanted the terminal does.

use super::card::{Ending, Fingerprints, Reading, Session};
use super::terminal::{self, TerminalSettings};
use crate::chip::chip_authentication::ChipAuthenticationKey;
use crate::chip::secure_messaging::SecureMessagingError;
use crate::chip::{Chip, ChipError, FileId, Opened, Partial, Protection};
use crate::lds::chip_keys::{ChipAuthenticationOffer, chip_authentication_offers};
use crate::lds::ef_cvca::ef_cvca;
use crate::lds::security_infos::SecurityInfos;
use crate::lds::{dg15, public_key};
use crate::transport::StatusWord;
use crate::verify::evidence::{
    ActiveAuthentication, ChipAuthentication, FileState, TerminalAuthentication,
};
use crate::verify::fault;

impl Reading<'_> {
    /// Chip authentication with the strongest offer of DG14, and DG1 once more under the new keys:
    /// the first answer that only the chip can give (CHECKS e, 5 and 6).
    pub(super) fn authenticate_by_agreement(
        &mut self,
        chip: &mut Opened<'_, '_>,
        session: &mut Session<'_>,
    ) -> Result<(), Ending> {
        let infos = self
            .evidence
            .bytes(FileId::Dg(14))
            .and_then(|file| SecurityInfos::parse_dg14(file).ok());
        let Some(infos) = infos else { return Ok(()) };
        self.for_terminal.ef_cvca = ef_cvca(&infos);
        if !infos.offers_chip_authentication() {
            return Ok(());
        }
        let offers = chip_authentication_offers(&infos).unwrap_or_default();
        let Some((offer, key)) = offers
            .iter()
            .find_map(|offer| Some((offer, chip_key(offer)?)))
        else {
            self.evidence.chip_authentication = ChipAuthentication::NoKey;
            return Ok(());
        };
        session.tell("chip-auth", 0, None);
        let ephemeral = match chip.authenticate_chip(&key, session.random) {
            Ok(pair) => pair,
            Err(ChipError::ChipAuthenticationRefused(status)) => {
                self.evidence.chip_authentication = ChipAuthentication::Refused(status.0);
                return Ok(());
            }
            Err(error) => {
                self.evidence.chip_authentication =
                    ChipAuthentication::Aborted(fault::of_chip(&error));
                return Err(Ending::of(&error));
            }
        };
        self.for_terminal.ephemeral_key = Some(key.group.compressed(&ephemeral.public));
        let mut kept = Partial::default();
        let outcome = chip.read_again(FileId::Dg(1), "dg1-again", &mut kept);
        if let Some(response) = chip.take_first_response() {
            self.evidence.chip_authentication = ChipAuthentication::Answered {
                protocol: offer.protocol.clone(),
                key_id: offer.key_id,
                ephemeral_key: ephemeral.private.reveal().clone(),
                response,
            };
        }
        let Err(error) = outcome else {
            self.evidence.dg1_again = Some(FileState::Read(kept.into_bytes()));
            return Ok(());
        };
        self.evidence.dg1_again = Some(FileState::Faulty(fault::of_chip(&error)));
        if !fault::ends_session(&error) {
            return Ok(());
        }
        // A chip that does not answer under the new keys is judged, not asked again.
        Err(match error {
            ChipError::SecureMessaging(_) => Ending::Final,
            error => Ending::of(&error),
        })
    }

    /// Active authentication, once more with a new nonce where the chip stumbled (6F00), and once in
    /// the extended form where the answer did not fit.
    pub(super) fn authenticate<P: Protection>(
        &mut self,
        chip: &mut Chip<'_, '_, P>,
        session: &mut Session<'_>,
    ) -> Result<(), Ending> {
        if self.unable_to_authenticate {
            self.evidence.active_authentication = ActiveAuthentication::NeedsExtendedLength;
            return Ok(());
        }
        session.tell("chip-auth", 0, None);
        let signature = self
            .evidence
            .bytes(FileId::Dg(15))
            .and_then(|file| dg15::subject_public_key_info(file).ok())
            .and_then(|key| public_key::parse(key).ok())
            .map_or(0, |key| key.key.signature_length());
        let (mut extended, mut retried) = (chip.authenticates_extended(signature), false);
        let mut forced = false;
        loop {
            let mut challenge = [0; 8];
            let outcome = session
                .random
                .fill(&mut challenge)
                .map_err(ChipError::from)
                .and_then(|()| chip.internal_authenticate(challenge, extended));
            self.evidence.active_authentication = match outcome {
                Ok(response) => {
                    if forced {
                        chip.learn_extended_authentication();
                    }
                    ActiveAuthentication::Answered {
                        challenge,
                        response,
                        retried,
                    }
                }
                Err(ChipError::AuthenticateRefused(status)) => match status.0 {
                    0x6f00 if !retried => {
                        retried = true;
                        continue;
                    }
                    0x6700 | 0x6c00 if !extended => {
                        (extended, forced) = (true, true);
                        continue;
                    }
                    // What was known of reader and chip was wrong.
                    0x6700 if !forced => {
                        extended = false;
                        continue;
                    }
                    0x6700 => ActiveAuthentication::NeedsExtendedLength,
                    status => ActiveAuthentication::Refused(status),
                },
                // Refused for its length in a way that ends the session: a second one without this
                // question still tells everything else.
                Err(error) if is_too_long(&error, forced) => {
                    self.unable_to_authenticate = true;
                    return Err(Ending::OtherWay);
                }
                Err(error) => {
                    self.evidence.active_authentication =
                        ActiveAuthentication::Aborted(fault::of_chip(&error));
                    return Err(Ending::of(&error));
                }
            };
            return Ok(());
        }
    }

    /// Whether the chip took this terminal for one that may read fingerprints.
    pub(super) fn authenticate_terminal(
        &mut self,
        chip: &mut Opened<'_, '_>,
        session: &mut Session<'_>,
    ) -> Result<bool, Ending> {
        let Fingerprints::Wanted(material) = self.instructions.fingerprints else {
            return Ok(false);
        };
        session.tell("terminal-auth", 0, None);
        let settings = TerminalSettings {
            material,
            chip_identity: &self.for_terminal.chip_identity,
            ephemeral_key: self.for_terminal.ephemeral_key.as_deref(),
            authorities: &self.for_terminal.authorities,
            ef_cvca: self.for_terminal.ef_cvca,
            today: self.today,
        };
        let outcome = terminal::authenticate(chip, settings);
        let (outcome, ending) = match outcome {
            Ok(TerminalAuthentication::Accepted) => (TerminalAuthentication::Accepted, Ok(true)),
            Ok(outcome) => (outcome, Ok(false)),
            Err(error) => (
                TerminalAuthentication::Aborted(fault::of_chip(&error)),
                Err(Ending::of(&error)),
            ),
        };
        self.evidence.terminal_authentication = outcome;
        ending
    }
}

/// Whether active authentication went wrong at its length, in either form.
fn is_too_long(error: &ChipError, forced: bool) -> bool {
    let lost = SecureMessagingError::SessionLost(StatusWord::WRONG_LENGTH);
    *error == ChipError::SecureMessaging(lost) || forced && *error == ChipError::TooLong
}

/// The key of an offer as the chip is asked for it.
fn chip_key(offer: &ChipAuthenticationOffer) -> Option<ChipAuthenticationKey> {
    let (agreement, cipher) = offer
        .protocol
        .strip_prefix("0.4.0.127.0.7.2.2.3.")?
        .split_once('.')?;
    let (agreement, cipher) = (agreement.parse().ok()?, cipher.parse().ok()?);
    let key_id = offer.key_id.map(|id| {
        let bytes = id.to_be_bytes();
        let zeros = bytes.iter().take(3).take_while(|byte| **byte == 0).count();
        bytes.get(zeros..).unwrap_or_default().to_vec()
    });
    Some(ChipAuthenticationKey {
        protocol: vec![4, 0, 0x7f, 0, 7, 2, 2, 3, agreement, cipher],
        cipher: offer.cipher,
        key_id,
        group: offer.group,
        public_key: offer.public_key.clone(),
    })
}

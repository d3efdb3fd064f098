//! A chip whose files can be asked for, and how commands travel to it.

use zeroize::Zeroizing;

use super::ChipError;
use super::abilities::Abilities;
use super::secure_messaging::{SecureMessaging, SecureMessagingError};
use crate::transport::{Command, Link, Response, StatusWord, TransportError};

/// What stands between a command and the link.
///
/// Only this module's types have it, so that whoever holds an [`Opened`] has no way to send a plain
/// command through it.
pub trait Protection: sealed::Sealed {
    /// Sends one command and takes its response.
    ///
    /// # Errors
    /// [`ChipError`] where there is no response that can be trusted to belong to the command.
    fn exchange(&mut self, link: &mut Link<'_>, plain: &Command) -> Result<Response, ChipError>;

    /// The most plain bytes in a response of `response` bytes, the status word not counted.
    fn room(&self, response: usize) -> usize;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Protected {}
    impl Sealed for super::Unprotected {}
}

/// Under secure messaging (ICAO 9303-11, 9.8).
pub struct Protected {
    messaging: SecureMessaging,
    /// The first response under renewed keys, with its status word, as it came.
    first_response: FirstResponse,
}

/// What is kept of the first response under renewed keys.
enum FirstResponse {
    NotWanted,
    Wanted,
    Came(Zeroizing<Vec<u8>>),
}

impl Protection for Protected {
    fn exchange(&mut self, link: &mut Link<'_>, plain: &Command) -> Result<Response, ChipError> {
        let protected = self.messaging.protect(plain)?;
        let response = link.transmit(&protected)?;
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

    fn room(&self, response: usize) -> usize {
        self.messaging.room(response)
    }
}

/// A chip that keeps nothing closed (ICAO 9303-11, 4.1). What it says proves as much as its
/// signature: nothing keeps others from listening, and nothing shows that the card was handed over.
pub struct Unprotected(());

impl Protection for Unprotected {
    fn exchange(&mut self, link: &mut Link<'_>, plain: &Command) -> Result<Response, ChipError> {
        Ok(link.transmit(plain)?)
    }

    fn room(&self, response: usize) -> usize {
        response
    }
}

/// A chip that answers. See [`Opened`] and [`Plain`].
pub struct Chip<'link, 'card, P> {
    pub(super) link: &'link mut Link<'card>,
    pub(super) abilities: &'link mut Abilities,
    pub(super) protection: P,
}

/// A chip that was opened: every command from here on is protected.
pub type Opened<'link, 'card> = Chip<'link, 'card, Protected>;

/// A chip that had nothing to open.
pub type Plain<'link, 'card> = Chip<'link, 'card, Unprotected>;

impl<'link, 'card> Opened<'link, 'card> {
    pub(super) const fn new(
        link: &'link mut Link<'card>,
        abilities: &'link mut Abilities,
        messaging: SecureMessaging,
    ) -> Self {
        Self {
            link,
            abilities,
            protection: Protected {
                messaging,
                first_response: FirstResponse::NotWanted,
            },
        }
    }

    /// Goes on under other keys; the first response under them is kept.
    pub(super) fn renew(&mut self, messaging: SecureMessaging) {
        self.protection = Protected {
            messaging,
            first_response: FirstResponse::Wanted,
        };
    }

    /// The first response after the keys were renewed, with its status word, as it came: whether it
    /// is under the new keys or not.
    pub fn take_first_response(&mut self) -> Option<Zeroizing<Vec<u8>>> {
        let kept = &mut self.protection.first_response;
        match core::mem::replace(kept, FirstResponse::NotWanted) {
            FirstResponse::Came(bytes) => Some(bytes),
            _ => None,
        }
    }
}

impl<'link, 'card> Plain<'link, 'card> {
    pub(super) const fn plain(
        link: &'link mut Link<'card>,
        abilities: &'link mut Abilities,
    ) -> Self {
        Self {
            link,
            abilities,
            protection: Unprotected(()),
        }
    }
}

impl<P: Protection> Chip<'_, '_, P> {
    /// Sends one command. Where it took the extended form and reader or chip could not bear that,
    /// this is remembered before the fault is passed on.
    pub(super) fn exchange(&mut self, plain: &Command) -> Result<Response, ChipError> {
        let outcome = self.protection.exchange(self.link, plain);
        if !plain.is_extended() || !is_too_long(&outcome) {
            return outcome;
        }
        self.abilities.lower_extended();
        outcome.map_err(|_| ChipError::TooLong)
    }

    /// The link below, to count phases.
    pub fn begin_phase(&mut self, phase: &'static str) {
        self.link.begin_phase(phase);
    }
}

/// Whether this is how readers and chips refuse a command or response that is too long for them.
fn is_too_long(outcome: &Result<Response, ChipError>) -> bool {
    match outcome {
        Ok(response) => response.status == StatusWord::WRONG_LENGTH,
        Err(ChipError::SecureMessaging(SecureMessagingError::SessionLost(status))) => {
            *status == StatusWord::WRONG_LENGTH
        }
        Err(ChipError::Transport(error)) => matches!(
            error,
            TransportError::Link(cccd_port::LinkFault::Driver { .. })
                | TransportError::ResponseMalformed { .. }
        ),
        Err(_) => false,
    }
}

//! Chip authentication, the chip's side (ICAO 9303-11, 6.2; BSI TR-03110-3, 3.4 and B.2).

use openssl::error::ErrorStack;
use openssl::sha::sha1;

use super::apdu::{Command, Response, StatusWord};
use super::faults::{AgreementFault, ChipFault};
use super::messaging::{Session, SessionKeys};
use super::terminal_authentication::Presented;
use super::{Security, SimCard, Work};
use crate::crypto::domain::Domain;
use crate::crypto::suite::Suite;
use crate::tlv::{self, object};

/// `id-CA` without tag and length: 0.4.0.127.0.7.2.2.3.
const PROTOCOL: [u8; 8] = [0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x03];

/// A static key of the chip.
#[derive(Clone)]
pub struct ChipKey {
    /// What a terminal calls it in DO84; a chip with one key needs no name for it.
    pub id: Option<u8>,
    /// Its domain parameters.
    pub domain: Domain,
    /// The private key.
    pub private: Vec<u8>,
    /// The cipher of the session that it opens.
    pub suite: Suite,
    /// Only MSE:Set KAT is understood, as by chips of the first generation.
    pub template_only: bool,
}

impl ChipKey {
    /// The value of the protocol's object identifier (TR-03110-3, A.1.1.3).
    fn protocol(&self) -> Vec<u8> {
        let agreement = if self.domain.is_curve() { 2 } else { 1 };
        [&PROTOCOL[..], &[agreement, cipher(self.suite)]].concat()
    }
}

/// The last arc of an object identifier that names a cipher (TR-03110-3, A.1.1.3).
pub(crate) fn cipher(suite: Suite) -> u8 {
    match suite {
        Suite::TripleDes => 1,
        Suite::Aes128 => 2,
        Suite::Aes192 => 3,
        Suite::Aes256 => 4,
    }
}

/// What chip authentication leaves behind in a session.
#[derive(Default)]
pub(super) struct Agreement {
    /// The key that MSE:Set AT chose, by its place.
    chosen: Option<usize>,
    /// The session that begins once the present response has gone out under the old keys.
    next: Option<Session>,
    /// Comp(PK_DH,IFD): the terminal's ephemeral key, compressed.
    pub(super) terminal: Option<Vec<u8>>,
    /// The chip could not follow and answers under the old keys, whatever it is sent.
    pub(super) deaf: bool,
}

/// A public key as terminal authentication signs it: the x coordinate, or the SHA-1 of a DH value
/// (TR-03110-3, A.2.2.3).
pub(super) fn compressed(domain: &Domain, public: &[u8]) -> Vec<u8> {
    if domain.is_curve() {
        let length = public.len() / 2;
        public.iter().skip(1).take(length).copied().collect()
    } else {
        sha1(public).to_vec()
    }
}

impl SimCard {
    fn agreement_fault(&self) -> Option<AgreementFault> {
        self.chip.faults.iter().find_map(|fault| match fault {
            ChipFault::Agreement(fault) => Some(*fault),
            _ => None,
        })
    }

    /// The key that a reference names, or the only one.
    fn chip_key(&self, reference: Option<&[u8]>) -> Result<usize, StatusWord> {
        let keys = &self.chip.chip_authentication;
        let found = match reference {
            Some(reference) => keys
                .iter()
                .position(|key| key.id.is_some_and(|id| [id] == reference)),
            None if keys.len() == 1 => Some(0),
            None => None,
        };
        found.ok_or(StatusWord::NOT_REFERENCED)
    }

    /// MSE:Set AT of chip authentication (ICAO 9303-11, 6.2.4.2): protocol in DO80, key in DO84.
    pub(super) fn set_chip_authentication(&mut self, command: &Command) -> Response {
        if !matches!(self.security, Security::Opened(_)) {
            return StatusWord::SECURITY_STATUS.into();
        }
        self.agreement.chosen = None;
        let Some(objects) = tlv::split(&command.data) else {
            return StatusWord::WRONG_DATA.into();
        };
        let known = |object: &tlv::Object<'_>| matches!(object.tag, 0x80 | 0x84);
        let Some(protocol) = tlv::find(&objects, 0x80).filter(|_| objects.iter().all(known)) else {
            return StatusWord::WRONG_DATA.into();
        };
        let place = match self.chip_key(tlv::find(&objects, 0x84)) {
            Ok(place) => place,
            Err(status) => return status.into(),
        };
        match self.chip.chip_authentication.get(place) {
            Some(key) if key.template_only => StatusWord::WRONG_PARAMETERS.into(),
            Some(key) if key.protocol() == protocol => {
                self.agreement.chosen = Some(place);
                Response::ok(Vec::new())
            }
            _ => StatusWord::WRONG_DATA.into(),
        }
    }

    /// MSE:Set KAT (ICAO 9303-11, 6.2.4.1): the terminal's key in DO91, the chip's in DO84. For
    /// 3DES alone.
    pub(super) fn set_key_agreement(&mut self, command: &Command) -> Response {
        if !matches!(self.security, Security::Opened(_)) {
            return StatusWord::SECURITY_STATUS.into();
        }
        let Some(objects) = tlv::split(&command.data) else {
            return StatusWord::WRONG_DATA.into();
        };
        let known = |object: &tlv::Object<'_>| matches!(object.tag, 0x91 | 0x84);
        let Some(public) = tlv::find(&objects, 0x91).filter(|_| objects.iter().all(known)) else {
            return StatusWord::WRONG_DATA.into();
        };
        let place = match self.chip_key(tlv::find(&objects, 0x84)) {
            Ok(place) => place,
            Err(status) => return status.into(),
        };
        let key = self.chip.chip_authentication.get(place);
        if key.is_none_or(|key| key.suite != Suite::TripleDes) {
            return StatusWord::CONDITIONS.into();
        }
        self.agree(place, public, Vec::new())
    }

    /// GENERAL AUTHENTICATE of chip authentication (ICAO 9303-11, 6.2.4.2): the terminal's key in
    /// DO80; an empty DO7C in answer. `None` where MSE:Set AT has chosen no key.
    pub(super) fn general_chip_authentication(&mut self, command: &Command) -> Option<Response> {
        let place = self.agreement.chosen.take()?;
        let outer = tlv::split(&command.data).unwrap_or_default();
        let inner = match outer.as_slice() {
            [only] if only.tag == 0x7C => tlv::split(only.value).unwrap_or_default(),
            _ => Vec::new(),
        };
        Some(match inner.as_slice() {
            [only] if only.tag == 0x80 => self.agree(place, only.value, object(0x7C, &[])),
            _ => StatusWord::WRONG_DATA.into(),
        })
    }

    /// Agrees on the keys of the session to come; `answer` goes out under the old ones.
    fn agree(&mut self, place: usize, public: &[u8], answer: Vec<u8>) -> Response {
        self.work = Work::ChipAuthentication;
        match self.agreement_fault() {
            Some(AgreementFault::Refused(status)) => return StatusWord(status).into(),
            Some(AgreementFault::OldKeys) => {
                self.agreement.deaf = true;
                return Response::ok(answer);
            }
            None => {}
        }
        let Some(key) = self.chip.chip_authentication.get(place) else {
            return StatusWord::NOT_REFERENCED.into();
        };
        if !key.domain.holds(public) {
            return StatusWord::WRONG_DATA.into();
        }
        let Ok(session) = session(key, public) else {
            return StatusWord::FAILURE.into();
        };
        self.agreement.terminal = Some(compressed(&key.domain, public));
        self.agreement.next = Some(session);
        self.presented = Presented::default();
        Response::ok(answer)
    }

    /// The new session begins, if one was agreed on.
    pub(super) fn change_keys(&mut self) {
        if let Some(session) = self.agreement.next.take() {
            self.security = Security::Opened(session);
        }
    }
}

fn session(key: &ChipKey, public: &[u8]) -> Result<Session, ErrorStack> {
    let secret = key.domain.agree(&key.private, public)?;
    Ok(Session::fresh(SessionKeys::derive(key.suite, &secret)))
}

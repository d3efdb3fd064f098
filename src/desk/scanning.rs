//! Code scanners at the desk: what one scans opens the session that waits for a code.
//!
//! # Layout
//! - this file: scanners, each on a thread of its own, and what becomes of a scan
//! - [`held`]: a scan for which no session waits yet
//!
//! Everyone at the desk hears that something was scanned, and why it was not taken; what it says goes
//! to one session alone.

pub mod held;

use core::fmt;
use core::time::Duration;
use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::Receiver;
use std::sync::{Mutex, PoisonError, Weak};
use std::thread;

use cccd_port::{CodeScanner, Feedback, Misread, ReaderName, ScannerFault};
use serde_json::json;
use zeroize::Zeroizing;

use self::held::{HELD_FOR, HeldScans};
use super::api::problem::devices::{SCAN_NOBODY_WAITS, of_misread, of_scanner};
use super::api::problem::{Kind, Problem};
use super::conductor::{Desk, Inner};
use super::key::Handed;
use super::refusal::Refusal;
use super::session::SessionId;
use super::wording::Words;
use super::wording::trouble::told;
use crate::document::{Date, Printed};
use crate::report::DeliveryReason;
use crate::store::Trouble;

/// How long one look at a scanner lasts: with the time that a scan is held, the longest that its
/// thread outlives the desk.
const LOOK: Duration = Duration::from_millis(500);

/// The readers that a scanner stands beside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beside {
    /// The reader of that name.
    Reader(ReaderName),
    /// Readers whose name contains this.
    Named(String),
}

impl Beside {
    /// Whether it stands beside the reader of that name.
    #[must_use]
    pub fn is(&self, reader: &ReaderName) -> bool {
        match self {
            Self::Reader(name) => name == reader,
            Self::Named(part) => reader.0.contains(part.as_str()),
        }
    }
}

impl fmt::Display for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reader(name) => name.fmt(f),
            Self::Named(part) => f.write_str(part),
        }
    }
}

/// A scanner and the reader beside it.
pub struct Scanner {
    /// What people and the API call it.
    pub name: String,
    /// Sessions on these readers alone take its scans; none: those on any reader.
    pub beside: Option<Beside>,
    /// The device.
    pub device: Box<dyn CodeScanner>,
}

/// Why a scan went to no session.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// No session waits for a code.
    #[error("no session waits for a code")]
    NobodyWaits,
    /// What was scanned is no key, or its session went on meanwhile.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl NotTaken {
    fn kind(&self) -> &'static Kind {
        match self {
            Self::NobodyWaits => SCAN_NOBODY_WAITS,
            Self::Refused(refusal) => Problem::from(refusal.clone()).kind(),
        }
    }
}

/// The scanners of a desk as they are, and the scans that are held.
#[derive(Debug, Default)]
pub struct Scanners {
    states: Mutex<BTreeMap<String, State>>,
    /// Scans for which no session waits yet.
    pub held: HeldScans,
}

#[derive(Debug)]
struct State {
    beside: Option<String>,
    fault: Option<ScannerFault>,
}

impl Scanners {
    /// Each with its fault, as the API gives them.
    #[must_use]
    pub fn view(&self) -> Vec<DeviceView> {
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let view = |(name, state): (&String, &State)| DeviceView {
            name: name.clone(),
            reader: state.beside.clone(),
            fault: state.fault.map(|fault| of_scanner(fault).into()),
        };
        states.iter().map(view).collect()
    }

    /// True where that is news.
    fn note(&self, scanner: &Scanner, fault: Option<ScannerFault>) -> bool {
        let beside = scanner.beside.as_ref().map(ToString::to_string);
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let before = states.insert(scanner.name.clone(), State { beside, fault });
        before.is_none_or(|before| before.fault != fault)
    }
}

/// A scanner or a camera, as it is.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct DeviceView {
    /// What it is called: of its port or device, the name that stays.
    pub name: String,
    /// The reader that a scanner stands beside, or a part of its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reader: Option<String>,
    /// What is wrong with it; null where it is ready, as far as is known.
    pub fault: Option<FaultView>,
}

/// What is wrong with a device, and what to do.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct FaultView {
    /// The stable code, as in the problems of `/v1/reasons`.
    pub code: &'static str,
    /// What is the matter.
    pub sentence: Words,
    /// What to do next.
    pub next_action: Words,
}

impl From<Trouble> for FaultView {
    fn from(trouble: Trouble) -> Self {
        let (sentence, next_action) = told(trouble);
        Self {
            code: trouble.code(),
            sentence: sentence.into(),
            next_action: next_action.into(),
        }
    }
}

impl From<DeliveryReason> for FaultView {
    fn from(reason: DeliveryReason) -> Self {
        Self {
            code: reason.code(),
            sentence: reason.sentence().into(),
            next_action: reason.next_action().into(),
        }
    }
}

impl From<&'static Kind> for FaultView {
    fn from(kind: &'static Kind) -> Self {
        Self {
            code: kind.code,
            sentence: kind.sentence.into(),
            next_action: kind.next_action.into(),
        }
    }
}

impl Desk {
    /// Hands what was scanned to the session that waits longest for its code, on a reader beside the
    /// scanner.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub fn scanned(&self, beside: Option<&Beside>, text: &str) -> Result<SessionId, NotTaken> {
        let (id, owner) = self.waits_for_code(beside).ok_or(NotTaken::NobodyWaits)?;
        self.key(id, &owner, Handed::Scan(text))?;
        Ok(id)
    }

    /// Takes the scans of a scanner, on a thread of its own that ends with the desk.
    ///
    /// # Errors
    /// The system's where it gives no thread.
    pub fn follow_scanner(&self, scanner: Scanner) -> io::Result<()> {
        self.scanners().note(&scanner, scanner.device.fault());
        let desk = self.downgrade();
        thread::Builder::new()
            .name("code-scanner".to_owned())
            .spawn(move || follow(&desk, scanner))?;
        Ok(())
    }

    /// The key in a scan for which no session waits, where a page could open one.
    fn held_key(&self, text: &str) -> Result<Printed, NotTaken> {
        // A code of no card opens no session, and is told as what it is.
        let today = Date::in_vietnam(self.ports().clock.now());
        let key = Handed::Scan(text).parse(today).map_err(Refusal::from)?;
        self.ports()
            .reading
            .check_key(&key)
            .map_err(Refusal::from)?;
        if self.scanners().held.has_pages() {
            Ok(key)
        } else {
            Err(NotTaken::NobodyWaits)
        }
    }

    /// Tells everyone what became of a scan: nothing of what it said.
    fn tell_scan(&self, scanner: &Scanner, told: Told) {
        let told = ScanEvent {
            scanner: &scanner.name,
            reader: scanner.beside.as_ref().map(ToString::to_string),
            told,
        };
        self.events().push("scan", json!(told).to_string(), false);
    }

    fn tell_misread(&self, scanner: &Scanner, misread: Misread) {
        let kind = of_misread(&misread);
        let proposal = match misread {
            Misread::NotAZone(proposal) | Misread::CheckDigit(proposal) => proposal,
            _ => None,
        };
        let session = proposal.and_then(|proposal| {
            let (id, _) = self.waits_for_code(scanner.beside.as_ref())?;
            self.propose(id, proposal, kind).then_some(id)
        });
        // Whose it is sees the proposal in its own session.
        let session = session.map(|id| id.to_string());
        let told = Told {
            session,
            ..Told::refused(kind)
        };
        self.tell_scan(scanner, told);
    }
}

/// The event `scan`.
#[derive(serde::Serialize)]
struct ScanEvent<'a> {
    scanner: &'a str,
    reader: Option<String>,
    #[serde(flatten)]
    told: Told,
}

/// What became of a scan.
#[derive(Default, serde::Serialize)]
struct Told {
    taken: bool,
    /// The number under which it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<u64>,
    /// Which took it, or has a proposal to answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    #[serde(flatten)]
    why: Option<FaultView>,
}

impl Told {
    fn refused(kind: &'static Kind) -> Self {
        Self {
            why: Some(kind.into()),
            ..Self::default()
        }
    }
}

/// A scan on its way.
enum Offered {
    Answered(Result<SessionId, NotTaken>),
    Held(u64, Receiver<SessionId>),
}

fn offer(desk: &Desk, scanner: &Scanner, text: &str) -> Offered {
    let beside = scanner.beside.as_ref();
    match desk.scanned(beside, text) {
        Err(NotTaken::NobodyWaits) => match desk.held_key(text) {
            Ok(key) => {
                let (number, taken) = desk.scanners().held.hold(scanner.beside.clone(), key);
                let told = Told {
                    held: Some(number),
                    ..Told::default()
                };
                desk.tell_scan(scanner, told);
                Offered::Held(number, taken)
            }
            Err(why) => Offered::Answered(Err(why)),
        },
        answered => Offered::Answered(answered),
    }
}

fn follow(weak: &Weak<Inner>, mut scanner: Scanner) {
    loop {
        let text = scanner.device.wait(LOOK).map(Zeroizing::new);
        let misread = scanner.device.misread();
        let Some(desk) = Desk::upgrade(weak) else {
            return;
        };
        if *desk.stopping().borrow() {
            return;
        }
        if desk.scanners().note(&scanner, scanner.device.fault()) {
            let now = json!({ "scanners": desk.scanners().view() });
            desk.events().push("scanners", now.to_string(), false);
        }
        if let Some(misread) = misread {
            desk.tell_misread(&scanner, misread);
        }
        let Some(text) = text else {
            continue;
        };
        let offered = offer(&desk, &scanner, &text);
        drop(text);
        let taken = match offered {
            Offered::Answered(answered) => answered,
            Offered::Held(number, told) => {
                drop(desk);
                let taken = told.recv_timeout(HELD_FOR).ok();
                let Some(desk) = Desk::upgrade(weak) else {
                    return;
                };
                // Wiped where nobody took it. Who took it this moment tells so in time.
                let over = desk.scanners().held.take(number).is_some();
                let taken = taken.or_else(|| (!over).then(|| told.recv_timeout(LOOK).ok())?);
                taken.ok_or(NotTaken::NobodyWaits)
            }
        };
        scanner.device.tell(match taken {
            Ok(_) => Feedback::Taken,
            Err(_) => Feedback::Refused,
        });
        let Some(desk) = Desk::upgrade(weak) else {
            return;
        };
        let told = match taken {
            Ok(session) => Told {
                taken: true,
                session: Some(session.to_string()),
                ..Told::default()
            },
            Err(why) => Told::refused(why.kind()),
        };
        desk.tell_scan(&scanner, told);
    }
}

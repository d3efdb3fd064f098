//! Code scanners at the desk: what one scans opens the session that waits for a code.

use core::time::Duration;
use std::io;
use std::sync::Weak;
use std::thread;

use cccd_port::{CodeScanner, Feedback, ReaderName};
use serde_json::json;
use zeroize::Zeroizing;

use super::conductor::Desk;
use super::key::Handed;
use super::refusal::Refusal;
use super::session::SessionId;

/// How long one look at a scanner lasts: the longest that its thread outlives the desk.
const LOOK: Duration = Duration::from_millis(500);

/// A scanner and the reader beside it.
pub struct Scanner {
    /// Sessions on this reader alone take its scans; none: those on any reader.
    pub reader: Option<ReaderName>,
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

impl Desk {
    /// Hands what was scanned to the session that waits longest for its code, on `reader` where one
    /// is given.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub fn scanned(&self, reader: Option<&ReaderName>, text: &str) -> Result<SessionId, NotTaken> {
        let (id, owner) = self.waits_for_code(reader).ok_or(NotTaken::NobodyWaits)?;
        self.key(id, &owner, Handed::Scan(text))?;
        Ok(id)
    }

    /// Takes the scans of a scanner, on a thread of its own that ends with the desk.
    ///
    /// # Errors
    /// The system's where it gives no thread.
    pub fn follow_scanner(&self, scanner: Scanner) -> io::Result<()> {
        let desk = self.downgrade();
        thread::Builder::new()
            .name("code-scanner".to_owned())
            .spawn(move || follow(&desk, scanner))?;
        Ok(())
    }
}

fn follow(desk: &Weak<super::conductor::Inner>, mut scanner: Scanner) {
    loop {
        let scanned = scanner.device.wait(LOOK);
        let Some(desk) = Desk::upgrade(desk) else {
            return;
        };
        if *desk.stopping().borrow() {
            return;
        }
        let Some(text) = scanned.map(Zeroizing::new) else {
            continue;
        };
        let taken = desk.scanned(scanner.reader.as_ref(), &text);
        scanner.device.tell(match taken {
            Ok(_) => Feedback::Taken,
            Err(_) => Feedback::Refused,
        });
        let told = match &taken {
            Ok(session) => json!({ "taken": true, "session": session.to_string() }),
            Err(error) => json!({ "taken": false, "why": error.to_string() }),
        };
        desk.events().push("scan", told.to_string(), false);
    }
}

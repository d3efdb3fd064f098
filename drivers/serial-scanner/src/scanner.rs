//! A scanner on a line, as the desk uses it.

use core::time::Duration;
use std::path::PathBuf;
use std::sync::Arc;

use cccd_port::{Clock, CodeScanner, Feedback, Misread, ScannerFault, SystemClock};
use zeroize::Zeroizing;

use crate::framer::{Framer, Outcome};
use crate::line::{Line, LineLost, SerialSocket, Socket};
use crate::profile::Profile;

/// How often a scanner that is not there is looked for.
const LOOKED_FOR_EVERY: Duration = Duration::from_millis(500);
/// Bytes that are taken from the line at once.
const PIECE: usize = 256;

/// A scanner on a serial port.
pub struct SerialScanner {
    socket: Box<dyn Socket>,
    clock: Arc<dyn Clock>,
    profile: Profile,
    framer: Framer,
    line: Result<Box<dyn Line>, Absent>,
    misread: Option<Misread>,
}

/// There is no line.
struct Absent {
    why: ScannerFault,
    look_again: Duration,
}

impl SerialScanner {
    /// The scanner at `port`, best one of [`crate::stable_names`]. It need not be there yet: the
    /// port is opened, and opened again, while it is waited on.
    #[must_use]
    pub fn new(port: PathBuf, profile: Profile) -> Self {
        let socket = SerialSocket::new(port, profile.clone());
        Self::at(Box::new(socket), Arc::new(SystemClock::default()), profile)
    }

    /// The same on any line, by any clock: one that a simulation holds the other end of.
    #[must_use]
    pub fn at(socket: Box<dyn Socket>, clock: Arc<dyn Clock>, profile: Profile) -> Self {
        let absent = Absent {
            why: ScannerFault::Unplugged,
            look_again: Duration::ZERO,
        };
        Self {
            socket,
            clock,
            framer: Framer::new(profile.form),
            profile,
            line: Err(absent),
            misread: None,
        }
    }

    /// One look at the line, at `now` and until `end` at the latest.
    fn look(&mut self, now: Duration, end: Duration) {
        let left = end.saturating_sub(now);
        match &mut self.line {
            Ok(line) => {
                let due = self.framer.due().map(|due| due.saturating_sub(now));
                let within = due.map_or(left, |due| due.min(left));
                let mut piece = Zeroizing::new([0; PIECE]);
                let read = line.read(&mut *piece, within);
                let at = self.clock.elapsed();
                match read {
                    Ok(0) => self.framer.idle(at),
                    Ok(count) => {
                        self.framer.feed(piece.get(..count).unwrap_or_default(), at);
                    }
                    Err(LineLost) => self.lose(at),
                }
            }
            Err(absent) if now < absent.look_again => {
                self.socket
                    .pause(absent.look_again.saturating_sub(now).min(left));
            }
            Err(absent) => match self.socket.open() {
                Ok(line) => self.line = Ok(line),
                Err(why) => {
                    absent.why = why;
                    absent.look_again = now.saturating_add(LOOKED_FOR_EVERY);
                }
            },
        }
    }

    /// What had begun is lost with the line, and the port is looked for at once: a device that only
    /// started anew is there again.
    fn lose(&mut self, now: Duration) {
        if self.framer.due().is_some() {
            self.misread = Some(Misread::Cut);
        }
        self.framer.reset();
        self.line = Err(Absent {
            why: ScannerFault::Unplugged,
            look_again: now,
        });
    }
}

impl CodeScanner for SerialScanner {
    fn wait(&mut self, timeout: Duration) -> Option<String> {
        // One that nobody fetched is over.
        self.misread = None;
        let mut now = self.clock.elapsed();
        let end = now.saturating_add(timeout);
        let mut over = false;
        loop {
            match self.framer.next_outcome() {
                Some(Outcome::Scan(mut text)) => return Some(core::mem::take(&mut *text)),
                Some(Outcome::Misread(why)) => self.misread = Some(why),
                None => {}
            }
            if over || self.misread.is_some() {
                return None;
            }
            self.look(now, end);
            now = self.clock.elapsed();
            over = now >= end;
        }
    }

    fn tell(&mut self, feedback: Feedback) {
        self.framer.told(feedback);
        let command = match feedback {
            Feedback::Taken => &self.profile.taken,
            Feedback::Refused => &self.profile.refused,
        };
        if command.is_empty() {
            return;
        }
        if let Ok(line) = &mut self.line
            && line.write(command).is_err()
        {
            self.lose(self.clock.elapsed());
        }
    }

    fn fault(&self) -> Option<ScannerFault> {
        self.line.as_ref().err().map(|absent| absent.why)
    }

    fn misread(&mut self) -> Option<Misread> {
        self.misread.take()
    }
}

#[cfg(test)]
mod tests;

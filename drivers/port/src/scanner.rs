//! A scanner of QR codes and machine readable zones.

use core::fmt;
use core::time::Duration;

use zeroize::Zeroizing;

/// What became of a scan, for the one who holds the scanner: a device shows or sounds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feedback {
    /// A session took it.
    Taken,
    /// Nobody waits for a code, or this one is none of a card.
    Refused,
}

/// Why a scanner gives nothing at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScannerFault {
    /// Nothing is plugged in under its name.
    #[error("the scanner is not plugged in")]
    Unplugged,
    /// Another program holds its port.
    #[error("another program is using the scanner")]
    Busy,
    /// The system does not let this program open it.
    #[error("this program may not open the scanner")]
    Denied,
    /// There is something under its name that does not behave like its port.
    #[error("what is plugged in as the scanner is no port that it could be on")]
    NoPort,
}

/// What came from a scanner and was no scan. Holds nothing of it but, for a zone, what it may have
/// said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misread {
    /// More bytes than any code has.
    #[error("more came than any code holds")]
    TooLong,
    /// It broke off in the middle, or a frame came without its beginning.
    #[error("what was scanned came in part")]
    Cut,
    /// A frame whose own checks say that its bytes are not those that were sent.
    #[error("the line damaged what was scanned")]
    Damaged,
    /// Bytes that are no text in the encodings that the scanner may use.
    #[error("what was scanned is no text in the scanner's encoding")]
    NotText,
    /// A machine readable zone with a character, a line or a field that no zone has.
    #[error("what was scanned is no machine readable zone")]
    NotAZone(Option<Proposal>),
    /// A check digit of a machine readable zone is wrong.
    #[error("a check digit of the machine readable zone is wrong")]
    CheckDigit(Option<Proposal>),
}

/// What a misread zone may have said: a zone in which all check digits hold and which differs from it
/// only in characters that are often taken for each other. A guess for the clerk to compare with the
/// card, never a scan. Personal data: it prints as `[redacted]` and wipes itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Proposal(Zeroizing<String>);

impl Proposal {
    /// Takes the lines of the zone, each with a line feed between, into care.
    #[must_use]
    pub const fn new(zone: Zeroizing<String>) -> Self {
        Self(zone)
    }

    /// The lines: for the eyes of the clerk, never for a log or an error.
    #[must_use]
    pub fn zone(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A scanner. Belongs to one thread, which may block in it.
pub trait CodeScanner: Send {
    /// Waits up to `timeout` for a scan and returns its text, line ends and all, as the device gave
    /// it. What is scanned names a person: whoever takes it wipes it.
    fn wait(&mut self, timeout: Duration) -> Option<String>;

    /// Tells the device what became of the scan that it gave last.
    fn tell(&mut self, feedback: Feedback);

    /// Why it gives nothing at present, as far as the last [`Self::wait`] found; `None` where it is
    /// ready. A fault mends itself: the wait goes on.
    fn fault(&self) -> Option<ScannerFault> {
        None
    }

    /// What came last and was no scan, once: a wait ends early for it, with no text.
    fn misread(&mut self) -> Option<Misread> {
        None
    }
}

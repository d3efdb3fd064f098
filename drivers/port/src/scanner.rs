//! A scanner of QR codes and machine readable zones.

use core::time::Duration;

/// What became of a scan, for the one who holds the scanner: a device shows or sounds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feedback {
    /// A session took it.
    Taken,
    /// Nobody waits for a code, or this one is none of a card.
    Refused,
}

/// A scanner. Belongs to one thread, which may block in it.
pub trait CodeScanner: Send {
    /// Waits up to `timeout` for a scan and returns its text, line ends and all, as the device gave
    /// it. What is scanned names a person: whoever takes it wipes it.
    fn wait(&mut self, timeout: Duration) -> Option<String>;

    /// Tells the device what became of the scan that it gave last.
    fn tell(&mut self, feedback: Feedback);
}

//! A code scanner in this process: whoever holds its trigger scans.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

use cccd_port::{CodeScanner, Feedback};

struct Scan {
    text: String,
    answer: Sender<Feedback>,
}

/// The device's end, for the desk.
pub struct SimScanner {
    scans: Receiver<Scan>,
    last: Option<Sender<Feedback>>,
}

/// The trigger. Clones pull the same.
#[derive(Clone)]
pub struct Trigger(SyncSender<Scan>);

/// Scans that may wait for a desk that is busy.
const WAITING: usize = 16;

/// A scanner and its trigger.
#[must_use]
pub fn scanner() -> (Trigger, SimScanner) {
    let (sender, scans) = sync_channel(WAITING);
    (Trigger(sender), SimScanner { scans, last: None })
}

impl Trigger {
    /// Scans `text`, and waits for what becomes of it; `None` where the desk does not look within
    /// `within`, or is gone.
    #[must_use]
    pub fn pull(&self, text: String, within: Duration) -> Option<Feedback> {
        let (answer, told) = channel();
        self.0.try_send(Scan { text, answer }).ok()?;
        told.recv_timeout(within).ok()
    }
}

impl CodeScanner for SimScanner {
    fn wait(&mut self, timeout: Duration) -> Option<String> {
        match self.scans.recv_timeout(timeout) {
            Ok(scan) => {
                self.last = Some(scan.answer);
                Some(scan.text)
            }
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                // Nobody can pull it any more: as quiet as a scanner that is never used.
                std::thread::sleep(timeout);
                None
            }
        }
    }

    fn tell(&mut self, feedback: Feedback) {
        if let Some(answer) = self.last.take() {
            // Who pulled the trigger may have gone.
            let _ = answer.send(feedback);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_comes_as_it_is_and_its_feedback_goes_back() {
        let (trigger, mut device) = scanner();
        let desk = std::thread::spawn(move || {
            let text = device.wait(Duration::from_secs(10));
            device.tell(Feedback::Taken);
            text
        });
        let told = trigger.pull("IDVNM\r\n".to_owned(), Duration::from_secs(10));
        assert_eq!(told, Some(Feedback::Taken));
        assert_eq!(desk.join().ok().flatten().as_deref(), Some("IDVNM\r\n"));
    }

    #[test]
    fn without_a_desk_a_scan_is_told_of_nothing() {
        let (trigger, device) = scanner();
        drop(device);
        assert_eq!(trigger.pull("x".to_owned(), Duration::from_secs(10)), None);
    }
}

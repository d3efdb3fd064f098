//! What goes wrong between the module and the host, as data.

use std::time::Duration;

/// One thing that goes wrong, and where: at which byte of what the module would say from now on.
/// Bytes are counted as they would be if nothing went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mishap {
    /// The byte. What befalls a whole message befalls the one that this byte is of.
    pub at: usize,
    /// What happens.
    pub what: SensorMishap,
}

/// What can go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SensorMishap {
    /// The byte is lost.
    Dropped,
    /// The byte comes twice.
    Doubled,
    /// These bits of the byte are turned.
    Flipped(u8),
    /// From here on the rest of this answer, data included, is lost.
    Cut,
    /// These bytes come before the byte.
    Noise(Vec<u8>),
    /// The module loses power and comes back: it says 55, forgets what was under way, and the rest
    /// of this answer is lost.
    PowerUp,
    /// 55 comes before the byte, and nothing else happens.
    StrayPowerUp,
    /// From here on it says nothing, whatever it is told.
    Silence,
    /// From here on each byte comes so much after the one before.
    Drip(Duration),
    /// The port is gone before the byte.
    Unplugged,

    /// The message comes so late, and all that follow with it.
    Late(Duration),
    /// The message comes with the next command's answer, ahead of it.
    HeldBack,
    /// The message comes now, and again ahead of the next command's answer.
    Repeated,
    /// The message has another identifier.
    Pid(u8),
    /// The message says another length: so much more.
    Length(u16),
    /// The sum is so much too high.
    Sum(u16),
    /// The message is well made, and so many zeros longer.
    Longer(usize),
    /// The message is well made, and so many bytes shorter.
    Shorter(usize),
    /// The answer has this code, and no data follow where that is not 0.
    Code(u8),
    /// From here on no message is marked as the last.
    NeverLast,
}

/// What has become of the wire.
#[derive(Default)]
pub(super) struct State {
    pub(super) mishaps: Vec<Mishap>,
    /// Bytes that would have been said so far.
    pub(super) said: usize,
    pub(super) held: Vec<u8>,
    pub(super) silent: bool,
    pub(super) gone: bool,
    pub(super) drip: Option<Duration>,
    pub(super) never_last: bool,
    /// 55 is due after the answer.
    pub(super) wakes: bool,
}

impl State {
    pub(super) fn new(mishaps: Vec<Mishap>) -> Self {
        Self {
            mishaps,
            ..Self::default()
        }
    }

    /// What befalls the message of `length` bytes that is said next; each but once.
    pub(super) fn befalls(&mut self, length: usize) -> Vec<Mishap> {
        let bytes = self.said..self.said + length;
        self.said = bytes.end;
        self.mishaps
            .extract_if(.., |mishap| bytes.contains(&mishap.at))
            .map(|mut mishap| {
                mishap.at -= bytes.start;
                mishap
            })
            .collect()
    }
}

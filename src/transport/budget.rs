//! How long and how much a reading may take, and what it took.

use core::time::Duration;

/// Bounds of a reading. A card can be slow, or endless; a clerk cannot wait for either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest that one exchange may take.
    pub apdu: Duration,
    /// The longest that all exchanges together may take, from the making of the link on.
    pub session: Duration,
    /// The most command APDUs that may be sent, continuations included.
    pub apdus: u32,
    /// The most of a session beyond those that the lengths of the files make necessary ([`super::Link::allow`]):
    /// a chip that gives a byte at a time ends there.
    pub beyond: u32,
}

impl Default for Limits {
    /// Five seconds an exchange, a minute and 8,000 APDUs a reading, 400 of them beyond what the
    /// files need: the largest file that is read (1 MiB) in pieces of 223 bytes takes 4,703.
    fn default() -> Self {
        Self {
            apdu: Duration::from_secs(5),
            session: Duration::from_secs(60),
            apdus: 8_000,
            beyond: 400,
        }
    }
}

/// What one phase of a reading took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phase {
    /// `select`, `access`, `dg1`, `chip-auth` and so on.
    pub name: &'static str,
    /// Command APDUs sent, continuations and repetitions included.
    pub apdus: u32,
    /// Bytes of all command APDUs.
    pub bytes_out: u64,
    /// Bytes of all response APDUs, status words included.
    pub bytes_in: u64,
    /// Time spent in exchanges.
    pub time: Duration,
}

impl Phase {
    fn add(&mut self, other: &Self) {
        self.apdus = self.apdus.saturating_add(other.apdus);
        self.bytes_out = self.bytes_out.saturating_add(other.bytes_out);
        self.bytes_in = self.bytes_in.saturating_add(other.bytes_in);
        self.time = self.time.saturating_add(other.time);
    }
}

/// One command APDU and its answer, by their lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The phase that it belongs to.
    pub phase: &'static str,
    /// Bytes of the command.
    pub bytes_out: u32,
    /// Bytes of the response, status word included.
    pub bytes_in: u32,
}

/// What a reading took, phase by phase, in the order in which they began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    phases: Vec<Phase>,
    exchanges: Vec<Exchange>,
}

impl Counts {
    /// All phases. One that was begun again goes on where it stopped.
    #[must_use]
    pub fn phases(&self) -> &[Phase] {
        &self.phases
    }

    /// Every exchange, in order: at most as many as [`Limits::apdus`] for each link.
    #[must_use]
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// All phases together; its name is empty.
    #[must_use]
    pub fn total(&self) -> Phase {
        self.phases.iter().fold(Phase::default(), |mut sum, phase| {
            sum.add(phase);
            sum
        })
    }

    /// Adds what an earlier or later part of the same reading took.
    pub fn absorb(&mut self, other: &Self) {
        self.exchanges.extend_from_slice(&other.exchanges);
        for phase in &other.phases {
            match self.phases.iter_mut().find(|sum| sum.name == phase.name) {
                Some(sum) => sum.add(phase),
                None => self.phases.push(phase.clone()),
            }
        }
    }

    /// Adds one exchange to the phase of that name.
    pub(super) fn add(&mut self, name: &'static str, out: usize, received: usize, time: Duration) {
        let bytes = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let one = Phase {
            name,
            apdus: 1,
            bytes_out: bytes(out),
            bytes_in: bytes(received),
            time,
        };
        let length = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let exchange = Exchange {
            phase: name,
            bytes_out: length(out),
            bytes_in: length(received),
        };
        self.absorb(&Self {
            phases: vec![one],
            exchanges: vec![exchange],
        });
    }
}

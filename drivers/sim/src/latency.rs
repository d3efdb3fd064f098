//! How long a card takes: the time model, and clocks that follow it.
//!
//! Type A at four bit rates, 9 bits a byte, blocks of 256 bytes of which 3 are frame, an
//! acknowledgement for each chained block, 90 µs between frames; a fixed cost for each APDU and a
//! throughput of the chip's cipher. The chip's figures are engineering ranges, not measurements.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cccd_port::Clock;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::card::Work;

/// Bit rate on the air (ISO/IEC 14443-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BitRate {
    /// 106 kbit/s.
    R106,
    /// 212 kbit/s.
    R212,
    /// 424 kbit/s.
    R424,
    /// 848 kbit/s.
    R848,
}

/// How fast a chip is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChipSpeed {
    /// 3 ms an APDU, 60 kB/s.
    Fast,
    /// 6 ms an APDU, 25 kB/s.
    Middling,
    /// 10 ms an APDU, 12 kB/s.
    Slow,
}

/// The time model of one card on one reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeModel {
    /// Bit rate.
    pub bit_rate: BitRate,
    /// Chip.
    pub speed: ChipSpeed,
    /// What reader, driver and chip spend on each APDU; none: what the chip's class says.
    pub overhead: Option<Duration>,
}

/// Data bytes that one block carries: 256 less PCB and CRC.
const BLOCK: usize = 253;
/// Bytes around the data of a block, and length of an acknowledgement.
const FRAME: usize = 3;
/// Between two frames.
const GAP: Duration = Duration::from_micros(90);

impl BitRate {
    /// All of them, the slowest first.
    pub const ALL: [Self; 4] = [Self::R106, Self::R212, Self::R424, Self::R848];

    /// In kbit/s, as people name it.
    #[must_use]
    pub const fn kbit(self) -> u16 {
        match self {
            Self::R106 => 106,
            Self::R212 => 212,
            Self::R424 => 424,
            Self::R848 => 848,
        }
    }
}

impl TimeModel {
    /// A chip of that class at that rate, on a reader as its class has it.
    #[must_use]
    pub const fn new(bit_rate: BitRate, speed: ChipSpeed) -> Self {
        Self {
            bit_rate,
            speed,
            overhead: None,
        }
    }

    /// Time from power-up to the first command.
    #[must_use]
    pub fn power_up(&self) -> Duration {
        Duration::from_millis(self.by_speed([50, 150, 300]))
    }

    /// Time of one exchange: `sent` bytes to the chip, `received` from it.
    #[must_use]
    pub fn exchange(&self, sent: usize, received: usize, work: Work) -> Duration {
        let throughput = self.by_speed([60_000, 25_000, 12_000]);
        let bytes = u64::try_from(received).unwrap_or(u64::MAX);
        let moved = Duration::from_nanos(bytes.saturating_mul(1_000_000_000) / throughput);
        let worked = match work {
            Work::None => 0,
            Work::BasicAccess => self.by_speed([50, 100, 150]),
            Work::PaceMap => self.by_speed([200, 400, 600]),
            Work::PaceAgree => self.by_speed([150, 250, 400]),
            Work::PaceChipData => self.by_speed([20, 80, 150]),
            Work::Rsa => self.by_speed([200, 400, 600]),
            Work::ChipAuthentication => self.by_speed([100, 200, 300]),
            Work::VerifyEcdsa => self.by_speed([100, 170, 250]),
            Work::VerifyRsa => self.by_speed([20, 40, 60]),
            Work::Ecdsa => self.by_speed([80, 140, 200]),
        };
        self.air(sent)
            + self.air(received)
            + self
                .overhead
                .unwrap_or_else(|| Duration::from_millis(self.by_speed([3, 6, 10])))
            + moved
            + Duration::from_millis(worked)
    }

    /// Time on the air of `bytes` in one direction.
    #[must_use]
    pub fn air(&self, bytes: usize) -> Duration {
        let blocks = bytes.div_ceil(BLOCK).max(1);
        let acknowledgements = blocks - 1;
        let on_air = bytes + FRAME * (blocks + acknowledgements);
        // The carrier of 13.56 MHz by 128, 64, 32, 16
        let carriers_per_bit: u64 = match self.bit_rate {
            BitRate::R106 => 128,
            BitRate::R212 => 64,
            BitRate::R424 => 32,
            BitRate::R848 => 16,
        };
        let bits = u64::try_from(on_air).unwrap_or(u64::MAX).saturating_mul(9);
        let nanoseconds = bits
            .saturating_mul(carriers_per_bit)
            .saturating_mul(1_000_000)
            / 13_560;
        let frames = u32::try_from(blocks + acknowledgements).unwrap_or(u32::MAX);
        Duration::from_nanos(nanoseconds) + GAP.saturating_mul(frames)
    }

    fn by_speed(&self, [fast, middling, slow]: [u64; 3]) -> u64 {
        match self.speed {
            ChipSpeed::Fast => fast,
            ChipSpeed::Middling => middling,
            ChipSpeed::Slow => slow,
        }
    }
}

/// What modelled time does.
#[derive(Clone, Debug)]
pub enum Pace {
    /// It moves this clock forward; nothing waits.
    Virtual(Arc<VirtualClock>),
    /// The exchange really takes that long: for demonstrations.
    RealTime,
}

impl Pace {
    /// Lets time pass.
    pub fn pass(&self, time: Duration) {
        match self {
            Self::Virtual(clock) => clock.advance(time),
            Self::RealTime => std::thread::sleep(time),
        }
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct VirtualClock {
    start: OffsetDateTime,
    passed: Mutex<Duration>,
}

impl VirtualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn new(start: OffsetDateTime) -> Self {
        Self {
            start,
            passed: Mutex::default(),
        }
    }

    /// Moves it forward.
    pub fn advance(&self, time: Duration) {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        *passed = passed.saturating_add(time);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> OffsetDateTime {
        self.start
            .checked_add(self.elapsed().try_into().unwrap_or_default())
            .unwrap_or(self.start)
    }

    fn elapsed(&self) -> Duration {
        *self.passed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads of a card whose files make 99 protected short reads under AES: 19 bytes there,
    /// 23,513 bytes back.
    fn read_phase(model: TimeModel) -> (Duration, Duration) {
        let mut air = Duration::ZERO;
        let mut whole = Duration::ZERO;
        for read in 0..99 {
            let received = 237 + usize::from(read < 50);
            air += model.air(19) + model.air(received);
            whole += model.exchange(19, received, Work::None);
        }
        (air, whole)
    }

    #[test]
    fn the_model_gives_the_figures_of_the_checks_page() {
        for (bit_rate, air, whole) in [
            (BitRate::R106, 2.23, [2.9, 3.8, 5.2]),
            (BitRate::R212, 1.12, [1.8, 2.7, 4.1]),
            (BitRate::R424, 0.57, [1.3, 2.1, 3.5]),
            (BitRate::R848, 0.29, [1.0, 1.8, 3.2]),
        ] {
            for (speed, whole) in [ChipSpeed::Fast, ChipSpeed::Middling, ChipSpeed::Slow]
                .into_iter()
                .zip(whole)
            {
                let (on_air, all) = read_phase(TimeModel::new(bit_rate, speed));
                assert!(
                    (on_air.as_secs_f64() - air).abs() < 0.01,
                    "{bit_rate:?} {on_air:?}"
                );
                assert!(
                    (all.as_secs_f64() - whole).abs() < 0.06,
                    "{bit_rate:?} {speed:?} {all:?}"
                );
            }
        }
    }

    #[test]
    fn a_reader_s_own_overhead_takes_the_place_of_the_class_s() {
        let class = TimeModel::new(BitRate::R424, ChipSpeed::Middling);
        let quick = TimeModel {
            overhead: Some(Duration::from_millis(1)),
            ..class
        };
        let saved = class.exchange(19, 256, Work::None) - quick.exchange(19, 256, Work::None);
        assert_eq!(saved, Duration::from_millis(5));
    }

    #[test]
    fn a_virtual_clock_moves_only_when_told() {
        let clock = Arc::new(VirtualClock::new(OffsetDateTime::UNIX_EPOCH));
        Pace::Virtual(clock.clone()).pass(Duration::from_secs(5));
        assert_eq!(clock.elapsed(), Duration::from_secs(5));
        assert_eq!(clock.now().unix_timestamp(), 5);
    }
}

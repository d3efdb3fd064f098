//! A simulated citizen card, its test authority, its readers and a fingerprint module.
//!
//! Everything here is made up, and plainly so. The test authority's keys follow from public labels:
//! whoever trusts them trusts everybody. Nothing of the reading side is used, so that a mistake
//! cannot agree with itself.
//!
//! # Layout
//! - [`card`]: the chip, a function from APDU to reply
//! - [`readers`]: readers in this process; [`latency`]: how long a card takes
//! - [`mod@scanner`]: a code scanner in this process; [`serial_scanner`]: one on a serial line
//! - [`mod@camera`]: a camera in this process
//! - [`sensor`]: a fingerprint module, in this process or on a pseudo terminal
//! - [`fingers`]: fingers that nobody has, laid on a sensor
//! - [`vpcd`]: a card on a virtual PC/SC reader
//! - [`mod@defects`]: bad cards and good ones, as lists of mutations
//! - [`benchmark`]: cards to compare readers on
//! - `blueprint`: from persona and defects to files, chip and trust folder
//! - [`lds`]: the files; [`authority`]: who signs them
//! - [`mod@personas`], [`portrait`]: invented people
//! - [`crypto`], [`tlv`], [`der`]: its ground floor

pub mod authority;
pub mod benchmark;
mod blueprint;
pub mod camera;
pub mod card;
pub mod crypto;
pub mod defects;
pub mod der;
mod error;
pub mod fingers;
pub mod latency;
pub mod lds;
pub mod personas;
pub mod portrait;
pub mod readers;
pub mod scanner;
pub mod sensor;
pub mod serial_scanner;
pub mod tlv;
pub mod vpcd;

use std::collections::BTreeMap;

use time::OffsetDateTime;

pub use authority::KEY_IDENTIFIERS;
pub use authority::inspection::{KeyFamily, TerminalFault, terminal_files, write_terminal};
pub use authority::trust::{trust_files, trust_files_for, write_trust, write_trust_for};
pub use benchmark::{BenchmarkAccess, BenchmarkProof, Recorder, benchmark_card};
pub use camera::{CameraTrouble, Scene, SimCamera, camera};
pub use card::random::{FixedRandom, Randomness, SeededRandom, SystemRandom};
pub use card::{Chip, Habits, Reply, SessionHabits, SimCard, Transmission, Work};
pub use defects::given::Key;
pub use defects::{Defect, defect, defects};
pub use error::SimError;
pub use fingers::{Press, SynthFinger};
pub use latency::{BitRate, ChipSpeed, Pace, TimeModel, VirtualClock};
pub use lds::dg3::Encoding;
pub use personas::{ChipProfile, Persona, Picture, StoredFingers, citizens, persona, personas};
pub use readers::{LaidBack, ReaderModel, SharedCard, SimReaders};
pub use scanner::{SimScanner, Trigger, scanner};
pub use sensor::{
    Mishap, SensorKind, SensorMishap, SensorPort, SharedModule, SimFinger, ZfmModule,
};
pub use serial_scanner::{LineFault, Sent, SerialDevice, SerialForm};
pub use vpcd::{Ended, Stopper, Vpcd};

impl SimCard {
    /// A persona's card with any number of defects, in its power-up state. `now` is what defects of
    /// time are measured from.
    ///
    /// # Errors
    /// The cryptographic library's, or [`SimError::Data`] where two defects do not go together.
    pub fn new(
        persona: &Persona,
        defects: &[&Defect],
        random: Box<dyn Randomness>,
        now: OffsetDateTime,
    ) -> Result<Self, SimError> {
        let chip = blueprint::Blueprint::new(persona, defects, now)?.chip()?;
        Ok(Self::from_chip(chip, random))
    }
}

/// The files that can be read from a persona's card, by name (`EF.COM`, `EF.SOD`, `EF.DG1` …), as
/// for verification without a card.
///
/// # Errors
/// As for [`SimCard::new`].
pub fn persona_files(
    persona: &Persona,
    defects: &[&Defect],
    now: OffsetDateTime,
) -> Result<BTreeMap<String, Vec<u8>>, SimError> {
    Ok(blueprint::Blueprint::new(persona, defects, now)?
        .issue()?
        .files)
}

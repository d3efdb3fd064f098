//! How many exchanges and how long a reading takes, for every way in which cards are opened and
//! prove themselves: counted on simulated cards, timed by the model of [`cccd_sim::latency`], and
//! compared with what physics allows and with other people's readers.
//!
//! # Layout
//! - [`floor`]: the least time that a reading can take
//! - [`peer`]: another reader at the same card

pub mod floor;
#[cfg(feature = "peers")]
pub mod peer;

use core::time::Duration;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Instant;

use cccd_port::{CardReaders, Clock, LinkFault, ReaderEvent, ReaderName, SystemClock};
use cccd_sim::{
    BenchmarkAccess, BenchmarkProof, BitRate, ChipSpeed, Persona, Recorder, SimCard, SystemRandom,
    TimeModel, Transmission, Vpcd, Work, benchmark_card,
};
use serde::Serialize;

use crate::chip::{Abilities, FileId};
use crate::crypto::random;
use crate::desk::reading::{
    Fingerprints, Found, Instructions, Keys, Place, card::Reading, read_at,
};
use crate::document::{Date, Printed};
use crate::transport::{
    Arrival, CancelToken, Counts, Limits, ReaderChoice, ReaderHub, TransportError, Waits,
};
use crate::verify::Evidence;
use crate::verify::evidence::{ActiveAuthentication, ChipAuthentication, FileState, Step};

/// How long pcscd may take to see a card.
const SEEN: Duration = Duration::from_secs(20);

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// `cccd-desk`, or the other reader's name.
    pub reader: &'static str,
    /// How the card was reached: `in-process` or `pcscd`.
    pub via: &'static str,
    /// `bac`, `pace-gm`, `pace-im`, `pace-cam`.
    pub access: &'static str,
    /// How the chip proved itself: `none`, `aa`, `ca`, `ca+aa`, `cam`.
    pub chip_authentication: &'static str,
    /// `short` or `extended`.
    pub length: &'static str,
    /// kbit/s on the air.
    pub bit_rate: u32,
    /// `fast`, `middling`, `slow`.
    pub chip: &'static str,
    /// Command APDUs.
    pub apdus: usize,
    /// Bytes of all commands.
    pub bytes_out: u64,
    /// Bytes of all responses.
    pub bytes_in: u64,
    /// Bytes of the files that were read.
    pub file_bytes: usize,
    /// Time by the model; none where what the chip did is not known.
    pub modelled_ms: Option<f64>,
    /// The least that the model allows for these files.
    pub floor_ms: f64,
    /// What this machine took for the same exchanges, the simulated chip's own work included.
    pub real_ms: f64,
    /// The same by phase.
    pub phases: Vec<PhaseRow>,
}

/// One phase of a line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhaseRow {
    /// `access`, `select`, `dg1` and so on.
    pub name: &'static str,
    /// Command APDUs.
    pub apdus: usize,
    /// Bytes of all commands.
    pub bytes_out: u64,
    /// Bytes of all responses.
    pub bytes_in: u64,
    /// Time by the model.
    pub modelled_ms: Option<f64>,
}

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The simulated card could not be made.
    #[error(transparent)]
    Card(#[from] cccd_sim::SimError),
    /// The card was not read as it should have been.
    #[error("{0} was not read whole")]
    Unread(String),
    /// The reader or its service.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The virtual reader's socket.
    #[error("the virtual reader: {0}")]
    Socket(#[from] std::io::Error),
    /// The other reader failed.
    #[error("{reader}: {error}")]
    Peer {
        /// Its name.
        reader: &'static str,
        /// What it said.
        error: String,
    },
}

/// A card of the matrix.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// How it is opened.
    pub access: BenchmarkAccess,
    /// How it proves itself.
    pub proof: BenchmarkProof,
    /// Whether it bears extended length.
    pub extended: bool,
}

impl Profile {
    /// Every way of opening with every way of proving. The mapping that proves the chip stands
    /// alone: it is there so that nothing else has to be.
    #[must_use]
    pub fn matrix() -> Vec<Self> {
        use BenchmarkAccess::{Bac, PaceChipAuthentication, PaceGeneric, PaceIntegrated};
        let accesses = [Bac, PaceGeneric, PaceIntegrated, PaceChipAuthentication];
        let mut all = Vec::new();
        for access in accesses {
            for (active, agreement) in [(false, false), (true, false), (false, true), (true, true)]
            {
                if access == PaceChipAuthentication && (active || agreement) {
                    continue;
                }
                for extended in [false, true] {
                    let proof = BenchmarkProof { active, agreement };
                    all.push(Self {
                        access,
                        proof,
                        extended,
                    });
                }
            }
        }
        all
    }

    /// The card of a citizen with both proofs.
    #[must_use]
    pub const fn citizen(extended: bool) -> Self {
        Self {
            access: BenchmarkAccess::PaceGeneric,
            proof: BenchmarkProof {
                active: true,
                agreement: true,
            },
            extended,
        }
    }

    /// `bac`, `pace-gm` and so on.
    #[must_use]
    pub const fn access_name(&self) -> &'static str {
        match self.access {
            BenchmarkAccess::Bac => "bac",
            BenchmarkAccess::PaceGeneric => "pace-gm",
            BenchmarkAccess::PaceIntegrated => "pace-im",
            BenchmarkAccess::PaceChipAuthentication => "pace-cam",
        }
    }

    /// `none`, `aa` and so on.
    #[must_use]
    pub const fn proof_name(&self) -> &'static str {
        match (self.access, self.proof.agreement, self.proof.active) {
            (BenchmarkAccess::PaceChipAuthentication, ..) => "cam",
            (_, false, false) => "none",
            (_, false, true) => "aa",
            (_, true, false) => "ca",
            (_, true, true) => "ca+aa",
        }
    }

    /// `short` or `extended`.
    #[must_use]
    pub const fn length_name(&self) -> &'static str {
        if self.extended { "extended" } else { "short" }
    }

    fn card(&self, persona: &Persona) -> Result<SimCard, BenchError> {
        let transmission = if self.extended {
            Transmission {
                longest_command: 65_544,
                ..Transmission::up_to(65_538)
            }
        } else {
            Transmission::up_to(256)
        };
        let now = SystemClock::default().now();
        let random = Box::new(SystemRandom);
        Ok(benchmark_card(
            persona,
            self.access,
            self.proof,
            transmission,
            random,
            now,
        )?)
    }
}

/// One reading as it was counted.
struct Run {
    /// Phase, bytes out, bytes in, and what the chip did, where that is known.
    exchanges: Vec<(&'static str, usize, usize, Option<Work>)>,
    /// The files with their lengths.
    files: Vec<(FileId, usize)>,
    real: Duration,
}

/// All lines for one profile: each bit rate with each chip.
///
/// # Errors
/// [`BenchError`].
pub fn own_rows(persona: &Persona, profile: Profile) -> Result<Vec<Row>, BenchError> {
    let (run, _) = own_run(persona, profile)?;
    Ok(lines("cccd-desk", "in-process", profile, &run))
}

/// A reading of a card that a reader of this kind has read before.
fn own_run(persona: &Persona, profile: Profile) -> Result<(Run, Abilities), BenchError> {
    let keys = keys(persona);
    let clock = SystemClock::default();
    let mut abilities = Abilities::default();
    let mut run = None;
    for _ in 0..2 {
        let mut channel = Recorder::new(profile.card(persona)?);
        let instructions = instructions(&keys, &clock);
        let begun = Instant::now();
        let mut reading = Reading::new(instructions);
        reading.go_on(
            &mut channel,
            &mut abilities,
            &mut random::SystemRandom,
            &mut |_| (),
        );
        let real = begun.elapsed();
        let counts = reading.exchanges().clone();
        let (evidence, _) = reading.finish();
        let works = channel.exchanges.iter().map(|(.., work)| Some(*work));
        run = Some(Run {
            exchanges: zip(&counts, works),
            files: whole(&evidence, profile)?,
            real,
        });
    }
    run.map(|run| (run, abilities))
        .ok_or_else(|| BenchError::Unread("the card".to_owned()))
}

/// Lines for the same cards laid, one after another, on a virtual reader of pcscd whose name contains
/// `reader`; its socket is at `address`.
///
/// # Errors
/// [`BenchError`].
pub fn pcscd_rows(
    persona: &Persona,
    profiles: &[Profile],
    readers: Arc<dyn CardReaders>,
    reader: &str,
    address: &str,
) -> Result<Vec<Row>, BenchError> {
    let hub = ReaderHub::start(readers)?;
    let choice = ReaderChoice::Named(reader.to_owned());
    let events = hub.subscribe();
    let mut rows = Vec::new();
    for profile in profiles {
        let (alone, abilities) = own_run(persona, *profile)?;
        let mut card = profile.card(persona)?;
        let vpcd = Vpcd::connect(address)?;
        let stopper = vpcd.stopper()?;
        let laid = thread::spawn(move || vpcd.serve(&mut card));
        let outcome = through_hub(&hub, &choice, persona, abilities);
        stopper.stop();
        // How the card's own thread ended does not matter once the reading is done.
        let _ = laid.join();
        let (found, real) = outcome?;
        // A card that comes before the service has seen the last one go is taken for that one.
        until_left(&events, &found.arrival.reader);
        // What the chip did is known where the same exchanges were made at hand.
        let same = alone.exchanges.len() == found.exchanges.exchanges().len();
        let works = alone.exchanges.iter().map(|one| one.3.filter(|_| same));
        let run = Run {
            exchanges: zip(&found.exchanges, works),
            files: whole(&found.evidence, *profile)?,
            real,
        };
        rows.extend(lines("cccd-desk", "pcscd", *profile, &run));
    }
    Ok(rows)
}

/// Waits until the card on `reader` is known to be gone, or for as long as that may take.
fn until_left(events: &Receiver<ReaderEvent>, reader: &ReaderName) {
    let begun = Instant::now();
    while let Some(left) = SEEN.checked_sub(begun.elapsed()) {
        match events.recv_timeout(left) {
            Ok(ReaderEvent::CardLeft { reader: empty }) if empty == *reader => return,
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

/// One reading of the card on a reader of the service.
fn through_hub(
    hub: &ReaderHub,
    choice: &ReaderChoice,
    persona: &Persona,
    abilities: Abilities,
) -> Result<(Found, Duration), BenchError> {
    let keys = keys(persona);
    let clock = SystemClock::default();
    let cancel = CancelToken::new();
    // The card is there before the clock runs.
    hub.wait_for_card(choice, None, SEEN, &cancel)?;
    let place = Place {
        hub,
        choice,
        waits: Waits::default(),
        first: SEEN,
        lay_back: Duration::ZERO,
        cancel: &cancel,
    };
    let begun = Instant::now();
    let found = read_at(
        place,
        instructions(&keys, &clock),
        &|_: &Arrival| abilities,
        &mut random::SystemRandom,
        &mut |_| (),
    )?;
    Ok((found, begun.elapsed()))
}

/// Lines of another reader at the citizen's card, by PACE and by basic access control.
///
/// # Errors
/// [`BenchError::Peer`].
#[cfg(feature = "peers")]
pub fn peer_rows(persona: &Persona) -> Result<Vec<Row>, BenchError> {
    let mut all = Vec::new();
    for (access, name) in [(peer::Access::Pace, "pace-gm"), (peer::Access::Bac, "bac")] {
        let profile = Profile::citizen(false);
        let mut channel = Recorder::new(profile.card(persona)?);
        let begun = Instant::now();
        let files = peer::read_with_dmrtd(&mut channel, persona, access).map_err(|error| {
            BenchError::Peer {
                reader: peer::NAME,
                error,
            }
        })?;
        let run = Run {
            exchanges: channel
                .exchanges
                .iter()
                .map(|(sent, received, work)| ("reading", *sent, *received, Some(*work)))
                .collect(),
            files,
            real: begun.elapsed(),
        };
        let shown = Profile {
            access: match access {
                peer::Access::Pace => BenchmarkAccess::PaceGeneric,
                peer::Access::Bac => BenchmarkAccess::Bac,
            },
            proof: BenchmarkProof {
                active: true,
                agreement: false,
            },
            extended: false,
        };
        debug_assert_eq!(shown.access_name(), name);
        all.extend(lines(peer::NAME, "in-process", shown, &run));
    }
    Ok(all)
}

fn keys(persona: &Persona) -> Keys {
    let today = Date::in_vietnam(SystemClock::default().now());
    // A persona's code is well formed; without a key the reading says so.
    match Printed::parse_scan(&persona.qr(), today) {
        Ok(printed) => Keys::derive(&printed, today),
        Err(_) => Keys::none(),
    }
}

fn instructions<'a>(keys: &'a Keys, clock: &'a dyn Clock) -> Instructions<'a> {
    Instructions {
        keys,
        clock,
        limits: Limits::default(),
        fingerprints: Fingerprints::NotWanted,
    }
}

fn zip(
    counts: &Counts,
    works: impl Iterator<Item = Option<Work>>,
) -> Vec<(&'static str, usize, usize, Option<Work>)> {
    let bytes = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
    counts
        .exchanges()
        .iter()
        .zip(works)
        .map(|(one, work)| (one.phase, bytes(one.bytes_out), bytes(one.bytes_in), work))
        .collect()
}

/// The lengths of all files, if the card was read whole and proved itself as its profile says.
fn whole(evidence: &Evidence, profile: Profile) -> Result<Vec<(FileId, usize)>, BenchError> {
    let opened = matches!(evidence.access, Step::Done { by } if by != "none");
    let agreed = matches!(
        evidence.chip_authentication,
        ChipAuthentication::Answered { .. }
    );
    let active = matches!(
        evidence.active_authentication,
        ActiveAuthentication::Answered { .. }
    );
    if !opened || agreed != profile.proof.agreement || active != profile.proof.active {
        let name = format!("{} with {}", profile.access_name(), profile.proof_name());
        return Err(BenchError::Unread(name));
    }
    let mut files = Vec::new();
    for (file, state) in &evidence.files {
        match state {
            FileState::Read(bytes) => files.push((*file, bytes.len())),
            FileState::Absent if *file == FileId::CardAccess => {}
            _ => return Err(BenchError::Unread(file.name())),
        }
    }
    Ok(files)
}

fn lines(reader: &'static str, via: &'static str, profile: Profile, run: &Run) -> Vec<Row> {
    let mut rows = Vec::new();
    for (rate, bit_rate) in [
        (BitRate::R106, 106),
        (BitRate::R212, 212),
        (BitRate::R424, 424),
        (BitRate::R848, 848),
    ] {
        for (speed, chip) in [
            (ChipSpeed::Fast, "fast"),
            (ChipSpeed::Middling, "middling"),
            (ChipSpeed::Slow, "slow"),
        ] {
            let model = TimeModel::new(rate, speed);
            let total = sum("", run.exchanges.iter(), &model);
            let mut names: Vec<&'static str> = Vec::new();
            for (name, ..) in &run.exchanges {
                if !names.contains(name) {
                    names.push(name);
                }
            }
            let of = |name: &'static str| {
                sum(
                    name,
                    run.exchanges.iter().filter(|one| one.0 == name),
                    &model,
                )
            };
            rows.push(Row {
                reader,
                via,
                access: profile.access_name(),
                chip_authentication: profile.proof_name(),
                length: profile.length_name(),
                bit_rate,
                chip,
                apdus: total.apdus,
                bytes_out: total.bytes_out,
                bytes_in: total.bytes_in,
                file_bytes: run.files.iter().map(|(_, length)| length).sum(),
                modelled_ms: total.modelled_ms,
                floor_ms: milliseconds(floor::floor(profile, &run.files, &model)),
                real_ms: milliseconds(run.real),
                phases: names.into_iter().map(of).collect(),
            });
        }
    }
    rows
}

fn sum<'a>(
    name: &'static str,
    exchanges: impl Iterator<Item = &'a (&'static str, usize, usize, Option<Work>)>,
    model: &TimeModel,
) -> PhaseRow {
    let bytes = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let mut row = PhaseRow {
        name,
        apdus: 0,
        bytes_out: 0,
        bytes_in: 0,
        modelled_ms: None,
    };
    let mut time = Some(Duration::ZERO);
    for (_, sent, received, work) in exchanges {
        row.apdus = row.apdus.saturating_add(1);
        row.bytes_out = row.bytes_out.saturating_add(bytes(*sent));
        row.bytes_in = row.bytes_in.saturating_add(bytes(*received));
        time = match (time, work) {
            (Some(time), Some(work)) => {
                Some(time.saturating_add(model.exchange(*sent, *received, *work)))
            }
            _ => None,
        };
    }
    row.modelled_ms = time.map(milliseconds);
    row
}

/// Milliseconds with two decimals.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 100_000.0).round() / 100.0
}

impl From<LinkFault> for BenchError {
    fn from(fault: LinkFault) -> Self {
        Self::Transport(fault.into())
    }
}

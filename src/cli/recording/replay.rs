//! `cccd-desk recording replay`: a recording played to this program's own reader.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use cccd_desk::crypto::random::{DrawnBefore, Random, SystemRandom};
use cccd_desk::desk::quirks::Quirks;
use cccd_desk::desk::reading::{Expected, Fingerprints, Grounds, Keys, judge};
use cccd_desk::document::{Date, Printed};
use cccd_desk::simulation::recorded::Imitation;
use cccd_desk::simulation::test_key_identifiers;
use cccd_desk::verify::TrustAnchors;
use cccd_desk::verify::trust::TestAuthority;
use cccd_port::CardReaders;
use cccd_replay::recorder::Keeping;
use cccd_replay::{Difference, Player, Recording, RecordingReaders, differences};
use cccd_sim::{Pace, SimCard, SimReaders, VirtualClock};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::super::judging::{self, Judging};
use super::super::key::Key;
use super::super::reading::{self, NoReader, Reading};
use super::super::remembered::Which;
use super::super::usage;

/// How long a card that a recording ends without is waited for: nobody lays it back.
const WAIT: Duration = Duration::from_millis(200);

/// A recording played to this program's reader
#[derive(clap::Args)]
#[command(after_help = "\
A recording of everything is played byte for byte, with the same random numbers: where the reader of \
today sends something else, that is told, and the exit is 1. Any other recording is imitated by the \
card of an invented person: it refuses what was refused, is lifted where the card was lifted.

Example: cccd-desk recording replay problem.json --persona adult-man --record again.json")]
pub struct Args {
    /// The recording
    file: PathBuf,
    /// Whose card imitates it: a name, or a file of one's own (docs/personas.md)
    #[arg(long, value_name = "NAME|FILE.toml", default_value = "adult-man")]
    persona: String,
    /// Write what went over the link this time into this new file, for `recording diff`
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Which policy judges
    #[arg(long, value_name = "NAME", default_value = "document")]
    policy: String,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    which: Which,
}

/// What is played, and to what end.
struct Played {
    readers: Arc<dyn CardReaders>,
    printed: Printed,
    trust: Option<Arc<TrustAnchors>>,
    at: OffsetDateTime,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    let prepared = super::load(&args.file).and_then(|recording| {
        let policy = args.judging.policy(&args.policy, &args.which)?;
        Ok((recording, policy))
    });
    let (recording, policy) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return Ok(usage(&error)),
    };
    let player = Player::new(&recording);
    let played = match &player {
        Some(player) => everything(args, &recording, player),
        None => imitated(args, &recording),
    };
    let played = match played {
        Ok(played) => played,
        Err(error) => return Ok(usage(&error)),
    };
    let keys = Keys::derive(&played.printed, Date::in_vietnam(played.at));
    let recorder = super::new_recorder(Keeping::Shapes);
    let mut drawn = DrawnBefore::new(draws(&recording)?);
    let mut fresh = SystemRandom;
    let random: &mut dyn Random = match &player {
        Some(_) => &mut drawn,
        None => &mut fresh,
    };
    let read = reading::one(Reading {
        readers: Arc::new(RecordingReaders::new(played.readers, recorder.clone())),
        reader: None,
        wait: WAIT,
        keys: &keys,
        fingerprints: Fingerprints::NotWanted,
        quirks: &Quirks::in_memory(Vec::new()),
        random,
        quiet: true,
    });
    let again = recorder.recorded();
    if let Some(file) = &args.record {
        super::write(&again, file)?;
    }
    let (evidence, counts) = match read {
        Ok(read) => read,
        Err(NoReader(fault)) => bail!("the recording holds no card: {fault}"),
    };
    let expected = Expected::default();
    let grounds = Grounds {
        trust: played.trust.as_deref(),
        policy: &policy,
        printed: Some(&played.printed),
        expected: &expected,
        at: played.at,
    };
    let judgement = judge(&evidence, counts, grounds);
    judging::present(&judgement.verdict, &judgement.face, args.judging.json)?;
    Ok(match player {
        Some(player) => departed(&player),
        None => {
            compared(&recording, &again);
            judging::exit_code(&judgement.verdict)
        }
    })
}

/// Everything was kept: the recorded card itself.
fn everything(args: &Args, recording: &Recording, player: &Player) -> Result<Played> {
    let at = match args.judging.named_time()? {
        Some(at) => at,
        None => recording.made,
    };
    let Some(secrets) = &recording.secrets else {
        bail!("the recording holds no key");
    };
    Ok(Played {
        readers: Arc::new(player.clone()),
        printed: Key::retold(&secrets.key_kind, &secrets.key, Date::in_vietnam(at))?,
        trust: args.judging.trust(&args.which)?,
        at,
    })
}

/// The person was left out: an invented one's card does what the recorded one did.
fn imitated(args: &Args, recording: &Recording) -> Result<Played> {
    let at = args.judging.at()?;
    let (persona, mut defects) = crate::cli::simulate::named_persona(&args.persona)?;
    // As long as a real card's files, so that every place of the recording is reached.
    defects.extend(cccd_sim::defect("good-full-size").filter(|_| persona.is_citizen()));
    let imitation = Imitation::of(recording);
    for words in &imitation.left_out {
        eprintln!("cccd-desk: not imitated: {words}");
    }
    eprintln!(
        "cccd-desk: the card of {} does {} things as recorded",
        persona.name, imitation.imitated
    );
    let card = SimCard::new(&persona, &defects, Box::new(cccd_sim::SystemRandom), at)?
        .with_habits(imitation.habits);
    let name = if recording.reader.is_empty() {
        "recorded"
    } else {
        &recording.reader
    };
    // Nobody waits for a card's modelled time.
    let readers = SimReaders::new(Pace::Virtual(Arc::new(VirtualClock::new(at))), None);
    readers.plug(name);
    readers.lay(name, card)?;
    let printed = if persona.is_citizen() {
        Printed::parse_qr(&persona.qr())?
    } else {
        Printed::parse_mrz(&persona.mrz(), Date::in_vietnam(at))?
    };
    let files = cccd_sim::trust_files_for(&[persona], &defects, at)?;
    let test_keys = test_key_identifiers();
    let test_keys: Vec<&[u8]> = test_keys.iter().map(Vec::as_slice).collect();
    let trust = TrustAnchors::from_files(&files, &test_keys, TestAuthority::Mark)?;
    Ok(Played {
        readers: Arc::new(readers),
        printed,
        trust: Some(Arc::new(trust)),
        at,
    })
}

fn draws(recording: &Recording) -> Result<Vec<Zeroizing<Vec<u8>>>> {
    let draws = recording.secrets.iter().flat_map(|secrets| &secrets.random);
    draws
        .map(|draw| {
            hex::decode(draw)
                .map(Zeroizing::new)
                .map_err(|_| anyhow::anyhow!("the recording's random numbers are not hexadecimal"))
        })
        .collect()
}

/// Says whether the reader of today does as the recorded one did.
fn departed(player: &Player) -> ExitCode {
    if let Some(departure) = player.departure() {
        let recorded = departure.recorded;
        eprintln!(
            "cccd-desk: link {}, exchange {}: recorded “{}”, sent {}",
            departure.link,
            departure.exchange,
            recorded.as_deref().unwrap_or("nothing more"),
            departure.sent
        );
        return ExitCode::FAILURE;
    }
    match player.left_over() {
        0 => eprintln!("cccd-desk: every exchange as recorded"),
        more => {
            eprintln!("cccd-desk: {more} recorded connections were not asked for");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Says how near the imitation came.
fn compared(recording: &Recording, again: &Recording) {
    let other = differences(recording, again)
        .iter()
        .filter(|line| matches!(line, Difference::Second(_)))
        .count();
    eprintln!("cccd-desk: {other} lines differ from the recording (recording diff shows them)");
}

//! `cccd-desk read`: one card, from a terminal.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use cccd_desk::config::Config;
use cccd_desk::crypto::random::SystemRandom;
use cccd_desk::decision::verdict::ReadingCount;
use cccd_desk::desk::quirks::Quirks;
use cccd_desk::desk::reading::{
    Expected, Fingerprints, Grounds, Instructions, Keys, Place, ReadingEvent, evidence_file, judge,
    read_at, terminal,
};
use cccd_desk::document::Date;
use cccd_desk::transport::{
    Arrival, CancelToken, Limits, ReaderChoice, ReaderHub, TransportError, Waits, display_name,
};
use cccd_desk::verify::Evidence;
use cccd_desk::verify::evidence::Step;
use cccd_desk::verify::fault;
use cccd_desk::verify::terminal::TerminalMaterial;
use cccd_port::{LinkFault, SystemClock};
use indicatif::{ProgressBar, ProgressStyle};

use super::judging::{self, Judging};
use super::key::Key;
use super::remembered::Which;
use super::usage;

/// There is no reader (sysexits.h, EX_UNAVAILABLE).
const NO_READER: u8 = 69;

/// Reads one card and says whether it is genuine
#[derive(clap::Args)]
#[command(
    after_help = "Example: cccd-desk read --reader \"Virtual PCD\" --qr \"001090000001||…\" \
--trust anchors/ --json\n\nExit: 0 verified, 2 not verified, 3 undetermined, 4 unreadable, \
64 wrong command line, 69 no reader."
)]
pub struct Args {
    /// The reader: its exact name, else the first whose name contains this
    #[arg(long, value_name = "NAME")]
    reader: Option<String>,
    #[command(flatten)]
    key: Key,
    /// Which policy judges
    #[arg(long, value_name = "NAME", default_value = "document")]
    policy: String,
    /// How long to wait for a card
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(0..=3600))]
    wait: u64,
    /// Write the files of the card and the chip's proof into this folder: sensitive data
    #[arg(long, value_name = "DIR")]
    save_evidence: Option<PathBuf>,
    /// Read the fingerprints too (DG3): the chip wants to know who asks
    #[arg(long)]
    dg3: bool,
    /// What is shown to the chip for that: a folder of card verifiable certificates (.cvcert, .cvc,
    /// .cv, .cvca) and one private key (.key, .pem, .p8, .pk8; PKCS#8, mode 0600). Otherwise that of
    /// the configuration
    #[arg(long, value_name = "DIR", requires = "dg3")]
    terminal: Option<PathBuf>,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    which: Which,
}

impl Args {
    /// What is shown to the chip; nothing where no fingerprints are wanted or nothing was supplied.
    fn material(&self, config: &Config) -> Result<Option<TerminalMaterial>> {
        if !self.dg3 {
            return Ok(None);
        }
        match &self.terminal {
            Some(folder) => TerminalMaterial::from_folder(folder, None)
                .map(Some)
                .context("--terminal"),
            None => Ok(terminal::material(&config.terminal)?),
        }
    }
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    let policy = args.judging.policy(&args.policy, &args.which);
    let prepared = policy.and_then(|policy| {
        let at = args.judging.at()?;
        let printed = args.key.parse(Date::in_vietnam(at))?;
        let policy = if args.dg3 {
            policy.wanting_fingerprints()
        } else {
            policy
        };
        let config = args.which.config_without_folders()?;
        let material = args.material(&config)?;
        // What this run learns it forgets: it keeps nothing of anyone.
        let quirks = Quirks::in_memory(config.quirk);
        let trust = args.judging.trust(&args.which)?;
        Ok((policy, at, printed, trust, material, quirks))
    });
    // Checked before a card is asked for.
    let (policy, at, printed, trust, material, quirks) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return Ok(usage(&error)),
    };
    let keys = Keys::derive(&printed, Date::in_vietnam(at));
    let bar = Progress::new(args.judging.json);
    let fingerprints = if args.dg3 {
        Fingerprints::Wanted(material.as_ref())
    } else {
        Fingerprints::NotWanted
    };
    let (evidence, counts) = match read(args, &keys, fingerprints, &quirks, &bar) {
        Ok(read) => read,
        Err(TransportError::Link(fault @ (LinkFault::NoReader | LinkFault::ServiceLost))) => {
            eprintln!("cccd-desk: {fault}\n  → run “cccd-desk doctor”: it says what is missing");
            return Ok(ExitCode::from(NO_READER));
        }
        Err(error) => {
            let link = Step::Aborted(fault::of_transport(error));
            (
                Evidence {
                    link,
                    ..Evidence::default()
                },
                ReadingCount::default(),
            )
        }
    };
    bar.finish();
    if let Some(folder) = &args.save_evidence {
        evidence_file::to_folder(&evidence, folder).context("--save-evidence")?;
    }
    let expected = Expected::default();
    let grounds = Grounds {
        trust: trust.as_deref(),
        policy: &policy,
        printed: Some(&printed),
        expected: &expected,
        at,
    };
    let judgement = judge(&evidence, counts, grounds);
    judging::present(&judgement.verdict, &judgement.face, args.judging.json)?;
    Ok(judging::exit_code(&judgement.verdict))
}

/// Waits for the card and reads it.
fn read(
    args: &Args,
    keys: &Keys,
    fingerprints: Fingerprints<'_>,
    quirks: &Quirks,
    bar: &Progress,
) -> Result<(Evidence, ReadingCount), TransportError> {
    let readers = Arc::new(cccd_pcsc::PcscReaders);
    let lost = |_| TransportError::Link(LinkFault::ServiceLost);
    let hub = ReaderHub::start(readers).map_err(lost)?;
    if !hub.first_look(Duration::from_secs(5)) {
        return Err(LinkFault::ServiceLost.into());
    }
    let choice = ReaderChoice::from_name(args.reader.as_deref());
    let found = hub.find(&choice);
    if found.is_err() && args.reader.is_some() {
        let names: Vec<String> = hub
            .readers()
            .into_iter()
            .map(|reader| reader.name.0)
            .collect();
        if !names.is_empty() {
            eprintln!(
                "cccd-desk: no reader of that name; there are: {}",
                names.join(", ")
            );
        }
    }
    let found = found?;
    let all: Vec<_> = hub
        .readers()
        .into_iter()
        .map(|reader| reader.name)
        .collect();
    bar.say(&format!(
        "{}: đặt thẻ lên đầu đọc · lay the card on the reader",
        display_name(&found, &all)
    ));
    let wait = Duration::from_secs(args.wait);
    let place = Place {
        hub: &hub,
        choice: &choice,
        waits: Waits::default(),
        first: wait,
        lay_back: wait,
        cancel: &CancelToken::new(),
    };
    let instructions = Instructions {
        keys,
        clock: &SystemClock::default(),
        limits: Limits::default(),
        fingerprints,
    };
    let recall = |arrival: &Arrival| quirks.abilities(&arrival.reader, &arrival.atr);
    let found = read_at(
        place,
        instructions,
        &recall,
        &mut SystemRandom,
        &mut |event| {
            bar.hear(&event);
        },
    )?;
    Ok((found.evidence, found.counts))
}

/// A bar on stderr where that is a terminal, and silence elsewhere.
struct Progress(Option<ProgressBar>);

impl Progress {
    fn new(json: bool) -> Self {
        let shown = std::io::stderr().is_terminal() && !json;
        Self(shown.then(|| {
            let style = ProgressStyle::with_template("{msg:<44} {bar:30} {bytes:>9}/{total_bytes}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(0).with_style(style)
        }))
    }

    fn say(&self, text: &str) {
        if let Some(bar) = &self.0 {
            bar.set_message(text.to_owned());
            bar.tick();
        }
    }

    fn hear(&self, event: &ReadingEvent) {
        let Some(bar) = &self.0 else { return };
        match event {
            ReadingEvent::Progress {
                phase,
                bytes,
                total,
            } => {
                bar.set_message((*phase).to_owned());
                bar.set_length(u64::from(total.unwrap_or(0)));
                bar.set_position(u64::from(*bytes));
            }
            ReadingEvent::Lifted => {
                bar.set_message("thẻ bị nhấc ra: đặt lại · card lifted: lay it back");
            }
            ReadingEvent::Claimed(_)
            | ReadingEvent::Signable(_)
            | ReadingEvent::Signed(_)
            | ReadingEvent::LaidBack => {}
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

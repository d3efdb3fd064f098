//! `cccd-desk read`: one card, from a terminal.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use cccd_desk::config::Config;
use cccd_desk::crypto::random::{Overheard, SystemRandom};
use cccd_desk::desk::quirks::Quirks;
use cccd_desk::desk::reading::{
    Expected, Fingerprints, Grounds, Keys, evidence_file, judge, terminal,
};
use cccd_desk::document::Date;
use cccd_desk::verify::terminal::TerminalMaterial;
use cccd_pcsc::PcscReaders;
use cccd_port::CardReaders;
use cccd_replay::RecordingReaders;

use super::judging::{self, Judging};
use super::key::Key;
use super::reading::{self, NoReader, Reading};
use super::recording::Recorded;
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
    recording: Recorded,
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
    let fingerprints = if args.dg3 {
        Fingerprints::Wanted(material.as_ref())
    } else {
        Fingerprints::NotWanted
    };
    let recorder = args.recording.recorder(&args.key);
    let pcsc: Arc<dyn CardReaders> = Arc::new(PcscReaders);
    let read = reading::one(Reading {
        readers: match &recorder {
            Some(recorder) => Arc::new(RecordingReaders::new(pcsc, recorder.clone())),
            None => pcsc,
        },
        reader: args.reader.as_deref(),
        wait: Duration::from_secs(args.wait),
        keys: &keys,
        fingerprints,
        quirks: &quirks,
        random: &mut Overheard::new(&mut SystemRandom, &mut |bytes| {
            if let Some(recorder) = &recorder {
                recorder.note_random(bytes);
            }
        }),
        quiet: args.judging.json,
    });
    let (evidence, counts) = match read {
        Ok(read) => read,
        Err(NoReader(fault)) => {
            eprintln!("cccd-desk: {fault}\n  → run “cccd-desk doctor”: it says what is missing");
            return Ok(ExitCode::from(NO_READER));
        }
    };
    if let Some(recorder) = &recorder {
        args.recording.keep(&recorder.recorded())?;
    }
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

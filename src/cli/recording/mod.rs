//! `cccd-desk recording`: exchanges with a card, looked at, compared and played again; and how `read`
//! and `serve` keep them.

mod folder;
mod replay;

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use cccd_port::SystemClock;
use cccd_replay::recorder::Keeping;
use cccd_replay::recording::MOST_BYTES;
use cccd_replay::{Difference, Recorder, Recording, differences, script};
use clap::Subcommand;

use super::key::Key;
use super::usage;
pub use folder::Folder;

/// Exchanges with a card: shown, compared, played again
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  cccd-desk read --qr \"…\" --record problem.json     at the desk: nothing of the person is kept
  cccd-desk recording show problem.json
  cccd-desk recording diff problem.json good.json
  cccd-desk recording replay problem.json            an invented person's card does the same")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// A line for each command, with what came of it
    Show {
        /// The recording
        file: PathBuf,
    },
    /// Two recordings line by line, times left out; exit 1 where they differ
    Diff {
        /// The first: its own lines begin with -
        first: PathBuf,
        /// The second: its own lines begin with +
        second: PathBuf,
    },
    /// The same recording without what is secret or of a person
    Redact {
        /// The recording
        file: PathBuf,
        /// The file to write
        to: PathBuf,
    },
    Replay(Box<replay::Args>),
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    let ended = match &args.action {
        Action::Show { file } => load(file).map(|recording| {
            let text = script(&recording);
            tell(format_args!("{}", text.trim_end()));
            ExitCode::SUCCESS
        }),
        Action::Diff { first, second } => load(first)
            .and_then(|first| Ok((first, load(second)?)))
            .map(|(first, second)| compare(&first, &second)),
        Action::Redact { file, to } => load(file)
            .and_then(|recording| write(&recording.redacted(), to).map(|()| ExitCode::SUCCESS)),
        Action::Replay(args) => return replay::run(args),
    };
    Ok(ended.unwrap_or_else(|error| usage(&error)))
}

fn tell(line: core::fmt::Arguments<'_>) {
    // A reader that has seen enough may close the pipe.
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn compare(first: &Recording, second: &Recording) -> ExitCode {
    let lines = differences(first, second);
    for line in &lines {
        match line {
            Difference::Same(text) => tell(format_args!("  {text}")),
            Difference::First(text) => tell(format_args!("- {text}")),
            Difference::Second(text) => tell(format_args!("+ {text}")),
        }
    }
    let same = |line: &Difference| matches!(line, Difference::Same(_));
    ExitCode::from(u8::from(!lines.iter().all(same)))
}

/// A recording from its file.
pub fn load(file: &Path) -> Result<Recording> {
    let named = || format!("{}", file.display());
    let mut bytes = Vec::new();
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
    std::fs::File::open(file)
        .and_then(|open| open.take(most.saturating_add(1)).read_to_end(&mut bytes))
        .with_context(named)?;
    Recording::parse(&bytes).with_context(named)
}

/// Writes a recording, readable by its owner alone; a file that is there is never overwritten.
fn write(recording: &Recording, to: &Path) -> Result<()> {
    let unwritten = || format!("{} cannot be written", to.display());
    let bytes = recording.to_json()?;
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .and_then(|mut file| file.write_all(&bytes))
        .with_context(unwritten)
}

/// How `read` keeps what went over the link
#[derive(clap::Args)]
pub struct Recorded {
    /// Write what went over the link into this new file: commands, lengths, status words and times.
    /// Keys, names, numbers and pictures are left out: it can be sent to whoever helps
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Keep EVERYTHING in it: the key, the random numbers, every byte. Whoever has the file has the
    /// whole card; meant for invented cards and for one's own
    #[arg(long, requires = "record")]
    record_everything_of_the_card: bool,
}

impl Recorded {
    /// A recorder, where one is wanted.
    pub fn recorder(&self, key: &Key) -> Option<Recorder> {
        self.record.as_ref()?;
        let keeping = if self.record_everything_of_the_card {
            eprintln!(
                "cccd-desk: WARNING: the recording will hold the whole card, keys and personal data \
                 included.\n  CẢNH BÁO: bản ghi sẽ chứa toàn bộ dữ liệu thẻ, gồm cả khóa và dữ liệu \
                 cá nhân."
            );
            Keeping::Everything
        } else {
            Keeping::Shapes
        };
        let recorder = new_recorder(keeping);
        let (kind, text) = key.told();
        recorder.note_key(kind, &text);
        Some(recorder)
    }

    /// Writes what was recorded.
    pub fn keep(&self, recording: &Recording) -> Result<()> {
        self.record
            .as_ref()
            .map_or(Ok(()), |file| write(recording, file))
    }
}

/// A recorder of this program.
fn new_recorder(keeping: Keeping) -> Recorder {
    Recorder::new(
        keeping,
        concat!("cccd-desk ", env!("CARGO_PKG_VERSION")),
        Arc::new(SystemClock::default()),
    )
}

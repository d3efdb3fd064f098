//! `cccd-desk verify`: evidence, judged again without the card.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use cccd_desk::decision::verdict::ReadingCount;
use cccd_desk::desk::reading::evidence_file::{Saved, seal};
use cccd_desk::desk::reading::{Expected, Grounds, evidence_file, judge};
use cccd_desk::report::jose::JwkSet;

use super::judging::{self, Judging};
use super::remembered::Which;
use super::usage;

/// Verifies saved files of a card offline
#[derive(clap::Args)]
#[command(
    after_help = "Example: cccd-desk verify evidence/ --trust anchors/ --json\n\n\
PATH is a folder or zip of raw files named EF.COM EF.SOD EF.DG1 EF.DG2 EF.DG13 EF.DG14 EF.DG15\n\
EF.CardAccess EF.CardSecurity, those there are, and optionally our own transcript.json.\n\
Exit: 0 verified, 2 not verified, 3 undetermined, 4 unreadable, 64 wrong command line."
)]
pub struct Args {
    /// A folder or a zip
    path: PathBuf,
    /// Which policy judges
    #[arg(long, value_name = "NAME", default_value = "evidence")]
    policy: String,
    /// The session that it must be evidence of: what a desk sealed for another is a replay
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// The public keys of the desk that sealed it (the answer of GET /v1/keys); without it this
    /// desk's own
    #[arg(long, value_name = "FILE", requires = "session")]
    keys: Option<PathBuf>,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    which: Which,
}

impl Args {
    /// Why the evidence is not of the session that was named; nothing where it is, or none was.
    fn not_of_session(&self, saved: &Saved) -> Result<Option<&'static str>> {
        let Some(session) = &self.session else {
            return Ok(None);
        };
        let Some(jws) = &saved.seal else {
            bail!("--session: this evidence has no seal: no desk says whose it is");
        };
        let keys: JwkSet = match &self.keys {
            Some(path) => {
                let text = std::fs::read(path).with_context(|| path.display().to_string())?;
                serde_json::from_slice(&text).with_context(|| path.display().to_string())?
            }
            None => self.which.open()?.keys(),
        };
        Ok(seal::objection(
            jws,
            &keys,
            session,
            &saved.evidence.digest(),
        ))
    }
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    let policy = args.judging.policy(&args.policy, &args.which);
    let (policy, at, trust) = match policy.and_then(|policy| {
        let trust = args.judging.trust(&args.which)?;
        Ok((policy, args.judging.at()?, trust))
    }) {
        Ok(grounds) => grounds,
        Err(error) => return Ok(usage(&error)),
    };
    let saved = match evidence_file::read_saved(&args.path) {
        Ok(saved) => saved,
        Err(error) => return Ok(usage(&error.into())),
    };
    let evidence = &saved.evidence;
    let not_of_session = match args.not_of_session(&saved) {
        Ok(why) => why,
        Err(error) => return Ok(usage(&error)),
    };
    let policy = if args.session.is_some() {
        policy.asking_for_history()
    } else {
        policy
    };
    let expected = Expected {
        not_of_session,
        ..Expected::default()
    };
    let grounds = Grounds {
        trust: trust.as_deref(),
        policy: &policy,
        printed: None,
        expected: &expected,
        at,
    };
    let judgement = judge(evidence, ReadingCount::default(), grounds);
    judging::present(&judgement.verdict, &judgement.face, args.judging.json)?;
    Ok(judging::exit_code(&judgement.verdict))
}

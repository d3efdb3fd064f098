//! `cccd-desk verify`: evidence, judged again without the card.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use cccd_desk::decision::verdict::ReadingCount;
use cccd_desk::desk::reading::{Expected, Grounds, evidence_file, judge};

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
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    which: Which,
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
    let evidence = match evidence_file::read(&args.path) {
        Ok(evidence) => evidence,
        Err(error) => return Ok(usage(&error.into())),
    };
    let expected = Expected::default();
    let grounds = Grounds {
        trust: trust.as_deref(),
        policy: &policy,
        printed: None,
        expected: &expected,
        at,
    };
    let judgement = judge(&evidence, ReadingCount::default(), grounds);
    judging::present(&judgement.verdict, &judgement.face, args.judging.json)?;
    Ok(judging::exit_code(&judgement.verdict))
}

//! `cccd-desk simulate`: personas, defects, the test authority, one card on a virtual reader, a whole
//! desk.

mod desk;
mod fleet;
mod persona;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use cccd_desk::simulation::listed;
use cccd_desk::simulation::recorded::Imitation;
use cccd_sim::defects::nearest;
use cccd_sim::personas::written;
use cccd_sim::{Defect, Ended, KeyFamily, Persona, SimCard, SystemRandom, Vpcd};
use clap::Subcommand;
use time::OffsetDateTime;

use super::usage;

/// Simulated cards for tests, signed by a test authority that nobody trusts
#[derive(clap::Args)]
#[command(after_help = "Example: cccd-desk simulate list --json")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Personas and defects, with what each must yield
    #[command(after_help = "Example: cccd-desk simulate list --json")]
    List {
        /// As one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Writes the test authority's certificates and revocation list, for --trust
    #[command(after_help = "Example: cccd-desk simulate trust anchors/ --defect dsc-revoked")]
    Trust {
        /// The folder; made where it is missing
        folder: PathBuf,
        /// A defect of certificates, revocation lists or clock
        #[arg(long, value_name = "ID")]
        defect: Vec<String>,
        /// People whose signers the lists know too: files of theirs (docs/personas.md)
        #[arg(long, value_name = "FILE")]
        persona: Vec<String>,
    },
    /// One simulated card on a virtual PC/SC reader (vpcd), until it is stopped
    #[command(
        after_help = "Example: cccd-desk simulate card --persona adult-man --vpcd localhost:35963"
    )]
    Card {
        /// Whose card: a name, or a file of one's own (docs/personas.md)
        #[arg(long, value_name = "NAME|FILE.toml")]
        persona: String,
        /// What is wrong with it besides what the file says; any number of them
        #[arg(long, value_name = "ID")]
        defect: Vec<String>,
        /// Does what the card of this recording did (cccd-desk recording): refuses what was refused,
        /// is lifted where that was
        #[arg(long, value_name = "FILE")]
        recording: Option<PathBuf>,
        /// Where the virtual reader listens; 35963 is its first slot
        #[arg(long, value_name = "HOST:PORT", default_value = "localhost:35963")]
        vpcd: String,
    },
    Desk(desk::Args),
    Fleet(fleet::Args),
    Persona(persona::Args),
}

/// How long a card that is laid back stays away: pcscd looks at a reader every 400 ms or so.
const AWAY: Duration = Duration::from_secs(1);
/// How long the reader may take to look at a card before that is told.
const MET_WITHIN: Duration = Duration::from_secs(10);

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    let now = OffsetDateTime::now_utc();
    match &args.action {
        Action::List { json } => list(*json)?,
        Action::Trust {
            folder,
            defect,
            persona,
        } => {
            let named = named_defects(defect).and_then(|named| Ok((named, everybody(persona)?)));
            let (defects, everybody) = match named {
                Ok(named) => named,
                Err(error) => return Ok(usage(&error)),
            };
            cccd_sim::write_trust_for(folder, &everybody, &defects, now)?;
            cccd_sim::write_terminal(&folder.join("terminal"), KeyFamily::Elliptic, None, now)?;
        }
        Action::Card {
            persona,
            defect,
            recording,
            vpcd,
        } => {
            let named = named_persona(persona).and_then(|(persona, mut defects)| {
                defects.extend(named_defects(defect)?);
                let recording = recording
                    .as_deref()
                    .map(super::recording::load)
                    .transpose()?;
                if recording.is_some() && persona.is_citizen() {
                    // As long as a real card's files, so that every place of it is reached.
                    defects.extend(cccd_sim::defect("good-full-size"));
                }
                Ok((persona, defects, recording))
            });
            let (persona, defects, recording) = match named {
                Ok(named) => named,
                Err(error) => return Ok(usage(&error)),
            };
            let mut card = SimCard::new(&persona, &defects, Box::new(SystemRandom), now)?;
            if let Some(recording) = recording {
                card = card.with_habits(Imitation::of(&recording).habits);
            }
            serve_card(card, &persona, vpcd)?;
        }
        Action::Desk(args) => desk::run(args)?,
        Action::Fleet(args) => {
            return Ok(if fleet::run(args)? {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            });
        }
        Action::Persona(args) => return persona::run(args, now),
    }
    Ok(ExitCode::SUCCESS)
}

/// A persona by its name, or out of its file, with the defects that the file names.
pub fn named_persona(name: &str) -> Result<(Persona, Vec<&'static Defect>)> {
    let is_file = |name: &str| Path::new(name).extension().is_some_and(|end| end == "toml");
    if is_file(name) {
        let written = written::load(Path::new(name))?;
        return Ok((written.persona, written.defects));
    }
    let personas = cccd_sim::personas()?;
    let names: Vec<String> = personas
        .iter()
        .map(|persona| persona.name.clone())
        .collect();
    personas
        .into_iter()
        .find(|persona| persona.name == name)
        .map(|persona| (persona, Vec::new()))
        .ok_or_else(|| {
            anyhow!(
                "no persona “{name}”; there are: {}, and files that end in .toml",
                names.join(", ")
            )
        })
}

/// The ready-made personas and those of the files.
fn everybody(files: &[String]) -> Result<Vec<Persona>> {
    let mut everybody = cccd_sim::personas()?;
    for file in files {
        everybody.push(written::load(Path::new(file))?.persona);
    }
    Ok(everybody)
}

fn named_defects(ids: &[String]) -> Result<Vec<&'static Defect>> {
    ids.iter()
        .map(|id| {
            cccd_sim::defect(id).ok_or_else(|| {
                let near = nearest(id);
                anyhow!("no defect “{id}”; the nearest is “{near}”, all: cccd-desk simulate list")
            })
        })
        .collect()
}

fn list(json: bool) -> Result<()> {
    let personas = cccd_sim::personas()?;
    let mut out = std::io::stdout().lock();
    if json {
        let personas: Vec<_> = personas.iter().map(listed).collect();
        let all = serde_json::json!({ "personas": personas, "defects": cccd_sim::defects() });
        serde_json::to_writer(&mut out, &all)?;
        writeln!(out)?;
        return Ok(());
    }
    writeln!(out, "Personas (invented, all of them):")?;
    for persona in &personas {
        tell(&mut out, persona)?;
    }
    writeln!(out, "\nDefects, with what each must yield:")?;
    for defect in cccd_sim::defects() {
        let reason = defect.reason.unwrap_or("–");
        writeln!(
            out,
            "  {} {:<28} {:<13} {:<28} {}",
            defect.section, defect.id, defect.result, reason, defect.description
        )?;
    }
    Ok(())
}

/// A persona, for people.
fn tell(out: &mut impl Write, persona: &Persona) -> Result<()> {
    writeln!(
        out,
        "  {:<22} {}  {}",
        persona.name,
        persona.label(),
        persona.description
    )?;
    if persona.is_citizen() {
        writeln!(out, "  {:<22} QR {}", "", persona.qr())?;
    } else {
        writeln!(out, "  {:<22} MRZ {}", "", persona.mrz())?;
    }
    Ok(())
}

fn serve_card(mut card: SimCard, persona: &Persona, vpcd: &str) -> Result<()> {
    loop {
        let reader = Vpcd::connect(vpcd).with_context(|| {
            format!(
                "no virtual reader listens at {vpcd}: install vsmartcard-vpcd, and start pcscd, \
                 which loads it"
            )
        })?;
        while !reader.is_met_within(MET_WITHIN)? {
            eprintln!(
                "cccd-desk: the virtual reader at {vpcd} has not looked at the card yet: does another \
                 lie there, or has pcscd stopped?"
            );
        }
        eprintln!(
            "cccd-desk: the card of {} lies on the virtual reader at {vpcd}",
            persona.name
        );
        match reader.serve(&mut card)? {
            Ended::Mishap if card.comes_back() => {
                eprintln!("cccd-desk: the card was lifted, as its defect says, and is laid back");
                // Time enough for the reader's driver to notice that it was gone.
                std::thread::sleep(AWAY);
            }
            Ended::Mishap => {
                eprintln!("cccd-desk: the card was taken away, as its defect says");
                return Ok(());
            }
            Ended::Closed => {
                eprintln!("cccd-desk: the virtual reader is gone");
                return Ok(());
            }
            Ended::Stopped => return Ok(()),
        }
    }
}

//! `cccd-desk fleet`: what an operator does with the servers that many desks share.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use cccd_desk::config::{Config, Sources};
use cccd_desk::desk::fleet::collecting::{Arrived, Collector};
use cccd_desk::desk::fleet::telling::HealthAt;
use cccd_desk::fleet::link::Trouble;
use cccd_desk::fleet::rights::Rights;
use cccd_desk::fleet::setup::Keeping;
use cccd_desk::fleet::shelf::{Kind, LONGEST_OBJECT, name};
use cccd_desk::fleet::{Link, names};
use clap::{Subcommand, ValueEnum};

/// The servers that many desks share: NATS with JetStream (docs/fleet.md)
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  cccd-desk fleet key desk-1.nkey                    a key for a desk: the file stays there, the line goes to the servers
  cccd-desk fleet rights desk-1 --key UA…            what the servers' configuration says of that desk
  cccd-desk fleet setup --config operator.toml       makes streams and buckets, or brings them up to date
  cccd-desk fleet put payees list.jws --for desk-1   lays a signed list on the shelf
  cccd-desk fleet status                             how every desk is
  cccd-desk fleet collect --name archive             receives reports, a line of JSON each

Commands that speak to the servers take addresses and key from [fleet] of the configuration, and their name from
desk.id: an operator has a configuration of their own.")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Makes an NKey: the seed goes to a file of mode 0600, the public key is printed
    Key {
        /// The file; one that is there is left alone
        file: PathBuf,
    },
    /// Prints what the servers' configuration says of a desk, or of an operator
    Rights {
        /// The desk's identifier (desk.id)
        desk: String,
        /// The public key that `fleet key` printed
        #[arg(long, value_name = "KEY")]
        key: String,
        /// Those of an operator or a receiver: every stream, and making them
        #[arg(long)]
        operator: bool,
    },
    /// Makes streams and buckets on the servers, or brings them to these settings
    Setup {
        #[command(flatten)]
        at: At,
        /// How many days reports stay: they hold personal data
        #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3660))]
        report_days: u64,
        /// How many servers keep each message
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=5))]
        replicas: u8,
    },
    /// Lays a signed bundle or a signed list of payees on the shelf, for desks to take
    Put {
        /// What it is
        kind: What,
        /// The file
        file: PathBuf,
        /// For this desk alone; without it for all
        #[arg(long = "for", value_name = "DESK")]
        desk: Option<String>,
        #[command(flatten)]
        at: At,
    },
    /// Takes an object off the shelf, for good: desks that have it keep it
    Remove {
        /// Its name, as `fleet put` printed it
        name: String,
        #[command(flatten)]
        at: At,
    },
    /// How every desk is, as it said last
    Status {
        #[command(flatten)]
        at: At,
        /// As one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Receives reports until it is stopped: a line of JSON each, acknowledged once it is written
    Collect {
        /// Who receives: whoever comes again under the name goes on where it stopped
        #[arg(long, value_name = "NAME", default_value = "collector")]
        name: String,
        /// Stops after so many
        #[arg(long, value_name = "N")]
        count: Option<u64>,
        #[command(flatten)]
        at: At,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// What `cccd-desk trust bundle make` wrote
    Bundle,
    /// A list of payees within its signature (docs/payees.md)
    Payees,
}

/// Where the servers are.
#[derive(clap::Args)]
struct At {
    /// The configuration; without it the defaults and the environment
    #[arg(long, value_name = "FILE", env = "CCCD_DESK_CONFIG")]
    config: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    match &args.action {
        Action::Key { file } => {
            let public = cccd_desk::fleet::key::make(file)
                .with_context(|| format!("no key was made: {}", file.display()))?;
            writeln!(out, "{public}")?;
        }
        Action::Rights {
            desk,
            key,
            operator,
        } => {
            if !nkeys::KeyPair::from_public_key(key).is_ok_and(|pair| pair.public_key() == *key) {
                bail!("{key} is no public NKey; `cccd-desk fleet key` prints one");
            }
            let rights = if *operator {
                Rights::of_operator(desk)
            } else {
                Rights::of_desk(desk)
            };
            writeln!(out, "{}", rights.user(key))?;
        }
        Action::Setup {
            at,
            report_days,
            replicas,
        } => {
            let keeping = Keeping {
                reports: core::time::Duration::from_secs(report_days * 86_400),
                replicas: usize::from(*replicas),
                ..Keeping::default()
            };
            at.linked(async |link| Ok(link.set_up(keeping).await?))?;
            writeln!(
                out,
                "streams {} and {}, buckets {}, {}, {} and {} are ready",
                names::REPORTS,
                names::AUDIT,
                names::CLAIMS,
                names::DESKS,
                names::HEALTH,
                names::DOWN
            )?;
        }
        Action::Put {
            kind,
            file,
            desk,
            at,
        } => {
            let content = content(file)?;
            let kind = kind.checked(&content, file)?;
            let plain = file.file_name().unwrap_or_default().to_string_lossy();
            let name = name(kind, desk.as_deref(), &plain);
            at.linked(async |link| Ok(link.shelf().await?.put(&name, &content).await?))?;
            writeln!(out, "{name}: {} bytes", content.len())?;
        }
        Action::Remove { name, at } => {
            at.linked(async |link| Ok(link.shelf().await?.remove(name).await?))?;
            writeln!(out, "{name} is gone")?;
        }
        Action::Status { at, json } => {
            let desks = at.linked(async |link| Ok(status(link).await?))?;
            if *json {
                serde_json::to_writer(&mut out, &serde_json::json!({ "desks": desks }))?;
                writeln!(out)?;
            } else {
                write_status(&mut out, &desks)?;
            }
        }
        Action::Collect { name, count, at } => {
            drop(out);
            at.linked(async |link| collect(link, name, *count).await)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl At {
    fn config(&self) -> Result<Config> {
        let config = Sources::of_process(self.config.clone()).load()?;
        if !config.fleet.joined() {
            bail!("fleet.servers names no server: see docs/fleet.md");
        }
        Ok(config)
    }

    /// Does something once a server is connected.
    fn linked<T>(&self, work: impl AsyncFnOnce(&Link) -> Result<T>) -> Result<T> {
        let config = self.config()?;
        tokio::runtime::Runtime::new()?.block_on(async {
            let link = Link::open(&config.fleet, &config.desk.id).await?;
            match link.stands_within(config.fleet.timeout() * 2).await {
                Ok(()) => {}
                Err(Trouble::Unauthorised) => bail!(
                    "the servers do not know this key: is its line from `fleet rights` in their configuration?"
                ),
                Err(Trouble::Unreachable) => bail!("no server of the fleet answers"),
            }
            let done = work(&link).await?;
            link.close().await;
            Ok(done)
        })
    }
}

/// A file that fits on the shelf.
fn content(file: &Path) -> Result<Vec<u8>> {
    use std::io::Read as _;
    let most = u64::try_from(LONGEST_OBJECT).unwrap_or(u64::MAX);
    let mut content = Vec::new();
    std::fs::File::open(file)
        .and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut content))
        .with_context(|| file.display().to_string())?;
    if content.len() > LONGEST_OBJECT {
        bail!("{} is longer than 32 MiB", file.display());
    }
    Ok(content)
}

impl What {
    /// What desks would refuse for its form is not laid there.
    fn checked(self, content: &[u8], file: &Path) -> Result<Kind> {
        match self {
            Self::Bundle if cccd_desk::desk::trust::bundle::looks_like_one(content) => {
                Ok(Kind::Bundle)
            }
            Self::Bundle => bail!(
                "{} is no bundle: `cccd-desk trust bundle make` writes one",
                file.display()
            ),
            Self::Payees if cccd_desk::payees::signed::enveloped(content).is_some() => {
                Ok(Kind::Payees)
            }
            Self::Payees => bail!(
                "{} is no list within its signature: `cccd-desk payees sign` signs one",
                file.display()
            ),
        }
    }
}

async fn status(link: &Link) -> Result<Vec<HealthAt>> {
    let book = link.book(names::HEALTH).await?;
    let count = book.count().await?;
    let mut following = book.follow().await?;
    let mut desks = Vec::new();
    for _ in 0..count {
        // A key may have gone since it was counted.
        let next = tokio::time::timeout(link.timeout(), following.next()).await;
        let Some(entry) = next.unwrap_or(Ok(None))? else {
            break;
        };
        // A desk speaks of itself.
        let of_itself = |said: &HealthAt| names::token(&said.desk) == entry.key;
        desks.extend(serde_json::from_slice(&entry.value).ok().filter(of_itself));
    }
    desks.sort_by(|one, other| one.desk.cmp(&other.desk));
    Ok(desks)
}

fn write_status(out: &mut impl std::io::Write, desks: &[HealthAt]) -> Result<()> {
    if desks.is_empty() {
        writeln!(out, "No desk has said how it is.")?;
    }
    for said in desks {
        let at = said
            .at
            .format(&time::format_description::well_known::Rfc3339)?;
        let number = |pointer: &str| {
            said.health
                .pointer(pointer)
                .and_then(|n| n.as_u64())
                .unwrap_or(0)
        };
        writeln!(
            out,
            "{}  {at}  {}  readers {}  reports waiting {} refused {}  conflicts {}",
            said.desk,
            said.version.escape_debug(),
            number("/readers"),
            number("/outbox/waiting"),
            number("/outbox/refused"),
            number("/conflicts"),
        )?;
        let alarms = said
            .health
            .pointer("/trust/alarms")
            .and_then(|alarms| alarms.as_array());
        for alarm in alarms.into_iter().flatten() {
            writeln!(
                out,
                "    {}",
                alarm
                    .get("code")
                    .and_then(|code| code.as_str())
                    .unwrap_or("-")
                    .escape_debug()
            )?;
        }
    }
    Ok(())
}

#[derive(serde::Serialize)]
struct Collected<'a> {
    #[serde(flatten)]
    arrived: &'a Arrived,
    jws: &'a str,
}

/// Writes what arrives: the report itself, with what is thought of it.
async fn collect(link: &Link, name: &str, count: Option<u64>) -> Result<()> {
    let mut left = count;
    let mut collector = Collector::begin(link, name).await?;
    while left != Some(0) {
        let Some((arrived, received)) = collector.next().await? else {
            bail!("the connection is gone; what was not acknowledged comes again");
        };
        let line = Collected {
            arrived: &arrived,
            jws: &String::from_utf8_lossy(&received.payload),
        };
        let line = serde_json::to_string(&line)?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}")?;
        out.flush()?;
        drop(out);
        received.acknowledge().await?;
        left = left.map(|left| left - 1);
    }
    Ok(())
}

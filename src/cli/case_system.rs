//! `cccd-desk case-system`: the demo's receiver alone, for integrators.

use core::net::SocketAddr;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use cccd_desk::report::JwkSet;
use cccd_desk::simulation::case_system::{Keys, Options, serve};

/// A case system that receives reports, checks them and gives receipts: for trying and for tests
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  cccd-desk case-system --keys http://127.0.0.1:8737/v1/keys
  cccd-desk case-system --listen 127.0.0.1:9000 --keys desk-keys.json
  cccd-desk case-system --keys desk-keys.json --store received.jsonl

Prints its addresses as one line of JSON, then serves until it is interrupted.")]
pub struct Args {
    /// Where to listen, on this machine only; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The desk's public keys: a file with a JWK set, or the address of the desk's /v1/keys
    #[arg(long, value_name = "FILE|URL")]
    keys: String,
    /// Keeps what it receives in this file, a line of JSON a report, so that it knows a report again
    /// after it was stopped or killed. Without it everything is forgotten
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: Args) -> Result<ExitCode> {
    if !args.listen.ip().is_loopback() {
        bail!(
            "{} is not an address of this machine alone: what it receives is personal data and it has no TLS",
            args.listen
        );
    }
    let keys = keys(&args.keys)?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = tokio::net::TcpListener::bind(args.listen)
            .await
            .with_context(|| format!("cannot listen on {}", args.listen))?;
        let options = Options {
            store: args.store.clone(),
            ..Options::new(keys)
        };
        let case_system = serve(listener, options).with_context(|| match &args.store {
            Some(file) => format!("cannot keep what is received in {}", file.display()),
            None => "cannot serve".to_owned(),
        })?;
        let address = case_system.address();
        let line = serde_json::json!({
            "address": address,
            "page": format!("http://{address}/"),
            "reports": case_system.reports_url(),
            "received": format!("http://{address}/received"),
        });
        let mut out = std::io::stdout();
        writeln!(out, "{line}")?;
        out.flush()?;
        interrupted().await?;
        case_system.shutdown().await;
        Ok(ExitCode::SUCCESS)
    })
}

fn keys(source: &str) -> Result<Keys> {
    if source.starts_with("https://") || source.starts_with("http://") {
        return match source.parse() {
            Ok(endpoint) => Ok(Keys::Desk(endpoint)),
            Err(problem) => bail!("--keys {source}: {problem}"),
        };
    }
    /// No set of keys is longer, in bytes.
    const LONGEST: u64 = 65_536;
    let mut text = String::new();
    std::fs::File::open(source)
        .and_then(|file| file.take(LONGEST).read_to_string(&mut text))
        .with_context(|| format!("cannot read the keys {source}"))?;
    let set: JwkSet = serde_json::from_str(&text)
        .with_context(|| format!("{source} is no JWK set, as the desk's /v1/keys answers it"))?;
    if set.keys.is_empty() {
        bail!("{source} holds no key");
    }
    Ok(Keys::Set(set))
}

/// Comes back when the process is asked to end.
async fn interrupted() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

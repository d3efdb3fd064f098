//! `cccd-desk demo`: everything embedded, nothing real.

use core::net::SocketAddr;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use cccd_desk::config::{Config, Fingerprint};
use cccd_desk::desk::server::stop_signal;
use cccd_desk::simulation::desk::{Options, SimulatedDesk};

/// A whole desk with simulated readers, cards and case system: no hardware, no network
#[derive(clap::Args)]
#[command(after_help = "\
Example: cccd-desk demo --open-browser

Prints the page's address alone on the first line, then serves until it is interrupted. Everything
is invented, every verdict says TEST, and nothing is left behind.")]
pub struct Args {
    /// Where the page listens, on this machine only; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Cards answer at once, not in the time of a real one
    #[arg(long)]
    instant: bool,
    /// Face models (cccd-desk models install); without them no face is compared
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// Open the page in the browser of this machine
    #[arg(long)]
    open_browser: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    if !args.listen.ip().is_loopback() {
        bail!("{} is not an address of this machine alone", args.listen);
    }
    super::log::start();
    tokio::runtime::Runtime::new()?.block_on(async {
        let options = Options {
            listen: args.listen,
            real_time: !args.instant,
            models: args.models.clone(),
            config: Config {
                fingerprint: Fingerprint {
                    enrolment_days: 30,
                    ..Fingerprint::default()
                },
                ..Config::default()
            },
            ..Options::default()
        };
        let stop = stop_signal()?;
        let demo = SimulatedDesk::start(options).await?;
        let address = demo.doors().page.clone();
        let mut out = std::io::stdout();
        writeln!(out, "{address}")?;
        out.flush()?;
        eprintln!(
            "Trang mô phỏng ở địa chỉ trên; Ctrl-C để dừng.\n\
             The simulated desk is at the address above; Ctrl-C stops it."
        );
        if args.open_browser {
            open(&address);
        }
        demo.serve(stop).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Asks the desktop to show the page; where there is none, the address on the screen is enough.
fn open(address: &str) {
    let asked = std::process::Command::new("xdg-open")
        .arg(address)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn();
    if asked.is_err() {
        eprintln!("cccd-desk: no browser could be asked to open the page");
    }
}

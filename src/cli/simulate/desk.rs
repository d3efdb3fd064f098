//! `cccd-desk simulate desk`: a whole desk, steered over HTTP.

use core::net::SocketAddr;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use cccd_desk::config::{Config, Endpoint, Sources};
use cccd_desk::desk::server::stop_signal;
use cccd_desk::simulation::desk::{Options, SimulatedDesk};

/// A whole simulated desk: readers, cards, scanners and case system, steered over HTTP
#[derive(clap::Args)]
#[command(after_help = "\
Example: cccd-desk simulate desk --control 127.0.0.1:0 --readers 2

Prints one line of JSON once it is ready: where the control API, the desk's API, its page and its
case system are, and the tokens for them. Stops on SIGTERM, and when its standard input closes: a
test that ends, however it ends, leaves no desk behind. Nothing is written to a disk, but with --data.
docs/integrating.md begins with a test of ten lines.")]
pub struct Args {
    /// Where the control API listens, on this machine only; port 0 takes a free one
    #[arg(long, value_name = "ADDR")]
    control: SocketAddr,
    /// Where the desk's API and page listen
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Readers at the start: “Simulated Reader A” and so on
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    readers: u16,
    /// What the chips' random numbers follow from; without it every run differs
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Cards really take their time, as with a reader; otherwise it is counted alone
    #[arg(long)]
    real_time: bool,
    /// How long a card that was lifted while it was read is waited for; 0 without --real-time, else 5
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(0..=600))]
    lay_back: Option<u64>,
    /// Face models (cccd-desk models install): pictures that are posted are compared with the card's
    /// portrait. Without them no face is compared
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// Keeps its database in this folder and begins with the one that is there: a desk that is killed goes
    /// on where it was
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where its reports go, such as your own receiver; its own then stands idle
    #[arg(long, value_name = "URL")]
    report_to: Option<Endpoint>,
    /// The waits, reports, quirks and policies of this configuration; what it says of data, trust,
    /// listener and case system stands aside
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    for address in [args.control, args.listen] {
        if !address.ip().is_loopback() {
            bail!("{address} is not an address of this machine alone");
        }
    }
    super::super::log::start();
    let config = match &args.config {
        Some(file) => Sources::of_process(Some(file.clone())).load()?,
        None => Config::default(),
    };
    let options = Options {
        listen: args.listen,
        control: Some(args.control),
        readers: usize::from(args.readers),
        real_time: args.real_time,
        lay_back_seconds: args.lay_back,
        seed: args.seed,
        panel: true,
        camera: true,
        models: args.models.clone(),
        data: args.data.clone(),
        report_to: args.report_to.clone(),
        config,
    };
    tokio::runtime::Runtime::new()?.block_on(async {
        let desk = SimulatedDesk::start(options).await?;
        let line = serde_json::to_string(desk.doors())?;
        let stop = stop()?;
        let mut out = io::stdout();
        writeln!(out, "{line}")?;
        out.flush()?;
        desk.serve(stop).await?;
        Ok(())
    })
}

/// Done when the program is asked to stop, or its standard input closes.
fn stop() -> Result<impl Future<Output = ()> + Send + 'static> {
    let (closed, input) = tokio::sync::oneshot::channel();
    if somebody_holds_input() {
        // A thread and no task: a read of standard input cannot be called off, and must not keep
        // the runtime.
        std::thread::Builder::new()
            .name("standard-input".to_owned())
            .spawn(move || {
                let mut bytes = [0; 256];
                let mut input = io::stdin().lock();
                while input.read(&mut bytes).is_ok_and(|count| count > 0) {}
                // The desk may have stopped already.
                let _ = closed.send(());
            })
            .context("no thread watches the standard input")?;
    } else {
        // Kept for good: nobody can close it.
        std::mem::forget(closed);
    }
    let asked = stop_signal()?;
    Ok(async move {
        tokio::select! {
            () = asked => {}
            _ = input => {}
        }
    })
}

/// Whether somebody at the other end can close the standard input: a pipe, a socket or a terminal.
/// `/dev/null`, which a shell gives to its background jobs, is at its end from the start.
fn somebody_holds_input() -> bool {
    use std::io::IsTerminal as _;
    let input = io::stdin();
    let about = input
        .as_fd()
        .try_clone_to_owned()
        .and_then(|input| File::from(input).metadata());
    let kind = about.map(|about| about.file_type());
    input.is_terminal() || kind.is_ok_and(|kind| kind.is_fifo() || kind.is_socket())
}

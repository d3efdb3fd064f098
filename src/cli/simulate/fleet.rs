//! `cccd-desk simulate fleet`: many desks at one server, and what arrives.

use std::io::Write as _;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use cccd_desk::simulation::fleet::server::NatsServer;
use cccd_desk::simulation::fleet::{News, Options, Summary, run as run_fleet};

/// Many simulated desks at one real NATS server, and a collector that shows what arrives
#[derive(clap::Args)]
#[command(after_help = "\
Example: cccd-desk simulate fleet --desks 100 --sessions 2

Starts a NATS server of its own (Debian's package nats-server) on a free port of this machine, opens whole
simulated desks that read simulated cards, kills the server in the middle, has every desk offer everybody on
one list of payees their money at once, and counts at the end what arrived. Ends with 0 where nothing was
lost and nobody was paid twice.")]
pub struct Args {
    /// How many desks
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=500))]
    desks: u16,
    /// How many cards each of them reads
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=100))]
    sessions: u16,
    /// Leave the server alone
    #[arg(long)]
    calm: bool,
    /// How long the whole may take
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(10..=7200))]
    longest: u64,
    /// The summary as one JSON object, and nothing else
    #[arg(long)]
    json: bool,
}

/// Runs the command; whether all was as it should be.
pub fn run(args: &Args) -> Result<bool> {
    super::super::log::start();
    if !NatsServer::installed() {
        bail!("there is no nats-server; on Debian: apt-get install nats-server");
    }
    let options = Options {
        desks: usize::from(args.desks),
        sessions: usize::from(args.sessions),
        trouble: !args.calm,
        longest: Duration::from_secs(args.longest),
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let summary = runtime.block_on(async {
        let (sender, mut news) = tokio::sync::mpsc::channel(4_096);
        let json = args.json;
        let teller = tokio::spawn(async move {
            while let Some(one) = news.recv().await {
                if !json {
                    tell(&one);
                }
            }
        });
        let summary = run_fleet(&options, sender).await;
        // It ends with the last sender.
        let _ = teller.await;
        summary
    })?;
    let mut out = std::io::stdout().lock();
    if args.json {
        serde_json::to_writer(&mut out, &summary)?;
        writeln!(out)?;
    } else {
        write(&mut out, &summary).context("the summary cannot be written")?;
    }
    Ok(summary.good() && summary.conflicts == 0 && summary.paid == summary.payees)
}

fn tell(news: &News) {
    match news {
        News::Server { url } => eprintln!("server       {url}"),
        News::Desks(count) => eprintln!("desks open   {count}"),
        News::Restarted => eprintln!("server       killed, and started again"),
        News::Report(arrived) => eprintln!(
            "arrived      #{} {} {}{}{}",
            arrived.stream_sequence,
            arrived.desk,
            arrived.kind,
            if arrived.test { " TEST" } else { "" },
            match (arrived.refused, arrived.repeated) {
                (Some(why), _) => format!("  NOT BELIEVED: {why}"),
                (None, true) => "  known already".to_owned(),
                (None, false) => String::new(),
            }
        ),
    }
}

fn write(out: &mut impl std::io::Write, summary: &Summary) -> std::io::Result<()> {
    let lost = if summary.lost == 0 { "none" } else { "SOME" };
    writeln!(
        out,
        "\n{} desks, {} sessions, {:.1} s\n\
         reports      {} made, {} arrived with their signatures right, {} lost ({lost}), {} came again, {} not believed\n\
         payees       {} on the list, {} paid, {} attempts refused as another desk had paid, {} paid twice\n\
         health       of {} desks; heads of {} audit logs",
        summary.desks,
        summary.sessions,
        summary.seconds,
        summary.reports_made,
        summary.reports_arrived,
        summary.lost,
        summary.repeated,
        summary.refused,
        summary.payees,
        summary.paid,
        summary.refused_payments,
        summary.conflicts,
        summary.health,
        summary.heads,
    )
}

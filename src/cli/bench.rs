//! `cccd-desk bench`: what a reading takes, in exchanges, bytes and time.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use cccd_desk::simulation::bench::{self, Profile, Row};

/// Counts and times readings of simulated cards
#[derive(clap::Args)]
#[command(
    after_help = "Counts are exact. Modelled time is of the model of time: see docs/bench.md. Real \
time is this machine's, the simulated chip's own work included.\n\nExample: cccd-desk bench --json"
)]
pub struct Args {
    /// Every bit rate and chip of the matrix, not only 106 and 848 kbit/s with a middling chip
    #[arg(long)]
    all: bool,
    /// The same card through pcscd too: the virtual reader whose name contains this
    #[arg(long, value_name = "NAME", requires = "vpcd")]
    reader: Option<String>,
    /// Where that reader's socket is
    #[arg(long, value_name = "HOST:PORT", requires = "reader")]
    vpcd: Option<String>,
    /// JSON on stdout: every row
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    let personas = cccd_sim::personas()?;
    let Some(persona) = personas.first() else {
        bail!("there is no persona")
    };
    let mut rows = Vec::new();
    for profile in Profile::matrix() {
        rows.extend(bench::own_rows(persona, profile)?);
    }
    if let (Some(reader), Some(address)) = (&args.reader, &args.vpcd) {
        let profiles = [Profile::citizen(false), Profile::citizen(true)];
        let readers = Arc::new(cccd_pcsc::PcscReaders);
        rows.extend(bench::pcscd_rows(
            persona, &profiles, readers, reader, address,
        )?);
    }
    #[cfg(feature = "peers")]
    rows.extend(bench::peer_rows(persona)?);
    #[cfg(not(feature = "peers"))]
    eprintln!("SKIPPED other readers: built without the feature “peers”");
    let mut out = std::io::stdout().lock();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &rows)?;
        writeln!(out)?;
    } else {
        table(&mut out, &rows, args.all)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn table(out: &mut impl std::io::Write, rows: &[Row], all: bool) -> std::io::Result<()> {
    writeln!(
        out,
        "{:<9} {:<10} {:<8} {:<5} {:<8} {:>4} {:<8} {:>5} {:>7} {:>7} {:>9} {:>9} {:>6} {:>8}",
        "reader",
        "via",
        "access",
        "chip",
        "length",
        "kbit",
        "speed",
        "APDUs",
        "out",
        "in",
        "model ms",
        "floor ms",
        "over",
        "real ms",
    )?;
    let shown = |row: &&Row| all || row.chip == "middling" && [106, 848].contains(&row.bit_rate);
    for row in rows.iter().filter(shown) {
        let modelled = row
            .modelled_ms
            .map_or_else(|| "–".to_owned(), |time| format!("{time:.1}"));
        let over = row.modelled_ms.map_or_else(
            || "–".to_owned(),
            |time| format!("{:+.1}%", (time / row.floor_ms - 1.0) * 100.0),
        );
        writeln!(
            out,
            "{:<9} {:<10} {:<8} {:<5} {:<8} {:>4} {:<8} {:>5} {:>7} {:>7} {:>9} {:>9.1} {:>6} {:>8.1}",
            row.reader,
            row.via,
            row.access,
            row.chip_authentication,
            row.length,
            row.bit_rate,
            row.chip,
            row.apdus,
            row.bytes_out,
            row.bytes_in,
            modelled,
            row.floor_ms,
            over,
            row.real_ms,
        )?;
    }
    let Some(citizen) = rows.iter().find(|row| {
        row.access == "pace-gm"
            && row.chip_authentication == "ca+aa"
            && (row.length, row.bit_rate, row.chip) == ("short", 848, "middling")
    }) else {
        return Ok(());
    };
    writeln!(
        out,
        "\nThe citizen card, short, 848 kbit/s, middling chip, by phase:"
    )?;
    for phase in &citizen.phases {
        writeln!(
            out,
            "  {:<10} {:>3} APDUs {:>6} out {:>6} in {:>8.1} ms",
            phase.name,
            phase.apdus,
            phase.bytes_out,
            phase.bytes_in,
            phase.modelled_ms.unwrap_or(f64::NAN),
        )?;
    }
    Ok(())
}

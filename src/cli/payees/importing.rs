//! `cccd-desk payees import`.

use std::fs::File;
use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, bail};
use cccd_desk::desk::payees::importing::{Incoming, ListRefused, Signers, Taken, import};
use cccd_desk::payees::signed::{MAX_SIGNATURE, MAX_SIGNED};
use cccd_desk::payees::{Dong, Given, Period};
use zeroize::Zeroizing;

use super::date;
use crate::cli::trust::Who;
use crate::cli::usage;

/// Imports a list: all of it, or nothing. CSV as spreadsheets write it, or JSON, signed or, where the
/// configuration allows it, not
#[derive(clap::Args)]
#[command(
    after_help = "Example: cccd-desk payees import phuong-1.csv --list-id phuong-1-2026-11 --issuer \"UBND phường Một\" --signature phuong-1.csv.jws\n\n\
A CSV file has a heading with personal_number, name, amount and period (số định danh, họ tên, số tiền,\n\
kỳ), and perhaps birth_date and id. Its id, issuer and dates are given here; a JSON list says them\n\
itself. The format stands in docs/payees.md.\n\
Exit: 0 imported, 1 refused, 64 wrong command line."
)]
pub struct Args {
    /// The list
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Names the list; without it the file's name without its ending
    #[arg(long, value_name = "ID")]
    list_id: Option<String>,
    /// Who pays
    #[arg(long, value_name = "NAME")]
    issuer: Option<String>,
    /// The first day on which it is paid; without it today
    #[arg(long, value_name = "DATE")]
    date: Option<String>,
    /// The last day
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// For when, where the lines do not say, such as 2026-11
    #[arg(long)]
    period: Option<String>,
    /// How many people it must hold
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// What it must sum up to, in đồng
    #[arg(long, value_name = "N")]
    total: Option<i64>,
    /// The signature beside it: a JWS with a detached payload; without it FILE.jws where there is one
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    /// As one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    who: Who,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    let mut given = match given(args) {
        Ok(given) => given,
        Err(error) => return Ok(usage(&error)),
    };
    let bytes = read(&args.file, MAX_SIGNED)?;
    let signature = match &args.signature {
        Some(path) => Some(read(path, MAX_SIGNATURE)?),
        None => beside(&args.file)?,
    };
    // A JSON list names itself; a table is named by its file.
    if given.id.is_none() && !bytes.trim_ascii_start().starts_with(b"{") && !is_compact(&bytes) {
        let stem = args.file.file_stem().and_then(|stem| stem.to_str());
        given.id = stem.map(str::to_owned);
    }
    let (config, store) = args.who.store()?;
    let signers = Signers::of(&config.payees)?;
    let by = args.who.name();
    let incoming = Incoming {
        bytes: &bytes,
        signature: signature.as_ref().map(|bytes| bytes.as_slice()),
        given: &given,
        by: &by,
    };
    match import(&store, &signers, &incoming) {
        Ok(taken) => {
            tell(&taken, args.json)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(refused) => {
            refuse(&args.file, &refused, args.json)?;
            Ok(ExitCode::FAILURE)
        }
    }
}

fn given(args: &Args) -> Result<Given> {
    let day = |name: &str, text: &Option<String>| {
        text.as_deref().map(|text| date(name, text)).transpose()
    };
    let period = args.period.as_deref().map(str::parse::<Period>).transpose();
    Ok(Given {
        id: args.list_id.clone(),
        issuer: args.issuer.clone(),
        from: day("--date", &args.date)?,
        until: day("--until", &args.until)?,
        period: period.map_err(|fault| anyhow!("--period: {fault}"))?,
        count: args.count,
        total: args.total.map(Dong),
    })
}

/// The signature that lies beside the file.
fn beside(file: &Path) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let mut name = file.as_os_str().to_owned();
    name.push(".jws");
    let path = PathBuf::from(name);
    path.is_file()
        .then(|| read(&path, MAX_SIGNATURE))
        .transpose()
}

fn is_compact(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"eyJ")
}

fn read(path: &Path, most: usize) -> Result<Zeroizing<Vec<u8>>> {
    let named = || path.display().to_string();
    let file = File::open(path).with_context(named)?;
    let mut bytes = Zeroizing::new(Vec::new());
    let most = u64::try_from(most)?;
    file.take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .with_context(named)?;
    if u64::try_from(bytes.len())? > most {
        bail!("{}: larger than {most} bytes", path.display());
    }
    Ok(bytes)
}

fn tell(taken: &Taken, json: bool) -> Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::json!({ "imported": taken }))?;
        return Ok(());
    }
    let list = &taken.imported;
    writeln!(
        out,
        "List {} of {}: {} people, {} đồng",
        list.id, list.issuer, list.entries, list.total
    )?;
    match &list.signer {
        Some(signer) => writeln!(out, "  signed with the key {signer}")?,
        None => writeln!(out, "  UNSIGNED: nobody answers for it")?,
    }
    writeln!(out, "  SHA-256 {}", list.sha256)?;
    if taken.written.columns_ignored > 0 {
        writeln!(
            out,
            "  note: {} columns were not read",
            taken.written.columns_ignored
        )?;
    }
    if list.also_elsewhere > 0 {
        writeln!(
            out,
            "  note: {} of them are on another list for the same period",
            list.also_elsewhere
        )?;
    }
    Ok(())
}

fn refuse(file: &Path, refused: &ListRefused, json: bool) -> Result<()> {
    let faults = refused.faults();
    if json {
        let mut document = refused.document();
        if let Some(members) = document.as_object_mut() {
            members.insert("file".to_owned(), serde_json::json!(file));
        }
        let document = serde_json::json!({ "refused": document });
        writeln!(std::io::stdout(), "{document}")?;
    }
    match faults {
        None => eprintln!("cccd-desk: {}: {refused}", file.display()),
        Some(faults) => {
            eprintln!("cccd-desk: {}", file.display());
            for fault in &faults.told {
                eprintln!("  {}\n    {}", fault.vietnamese(), fault.english());
            }
            if faults.more > 0 {
                eprintln!("  … và {} lỗi khác · and {} more", faults.more, faults.more);
            }
        }
    }
    eprintln!("Không nhập gì cả. · Nothing was imported.");
    Ok(())
}

//! `cccd-desk doctor`: what is wrong with this desk, and what to do.
//!
//! # Layout
//! - [`finding`]: one thing that was looked at, in Vietnamese and English
//! - [`readers`], [`trust`], [`terminal`], [`sensor`], [`devices`], [`clock`], [`data`], [`quirks`], [`case_system`], [`register`],
//!   [`fleet`]:
//!   what is looked at
//!
//! It looks and changes nothing, unless it is told to forget, and it may run beside the desk.

mod case_system;
mod clock;
mod data;
mod devices;
mod finding;
mod fleet;
mod quirks;
mod readers;
mod register;
mod sensor;
mod terminal;
mod trust;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use time::OffsetDateTime;

use self::finding::{Finding, State};
use super::remembered::Which;

/// Looks at readers, trust, clock, data and case system: what is wrong, and what to do; shows what
/// was learned about readers and chips
#[derive(clap::Args)]
#[command(after_help = "Example: cccd-desk doctor --json\n\n\
    Ends with 0 when the desk can work, with 1 when something keeps it from it.")]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// As one JSON object
    #[arg(long)]
    json: bool,
    /// Forget what was learned about readers and chips, and do nothing else: it is learned anew
    #[arg(long)]
    forget_quirks: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode> {
    if args.forget_quirks {
        return forget(args);
    }
    let now = OffsetDateTime::now_utc();
    let mut findings = Vec::new();
    let mut known = quirks::Quirks::default();
    match args.which.config() {
        Ok(config) => {
            findings.extend(readers::look(&config.readers));
            findings.extend(devices::look(&config));
            // A store that cannot be opened is told of with the data.
            let store = super::trust::store_if_there(&config).ok().flatten();
            let (trust, newest_crl) = trust::look(&config.trust_dir, store, now);
            findings.extend(trust);
            findings.extend(trust::lost_cards(config.status.lost_cards_file.as_deref()));
            findings.extend(terminal::look(&config.terminal, now));
            findings.push(sensor::look(&config.fingerprint));
            findings.push(clock::look(now, newest_crl, &config.data_dir));
            findings.extend(data::look(&config.data_dir));
            known = quirks::look(&config.data_dir, config.quirk);
            findings.push(known.finding());
            findings.push(case_system::look(&config.report));
            findings.extend(register::look(&config.register));
            findings.extend(fleet::look(&config.fleet, &config.desk));
        }
        Err(error) => {
            // What needs no configuration is looked at all the same.
            findings.push(Finding::fault(
                "configuration",
                format!("Cấu hình không dùng được: {error}"),
                format!("The configuration cannot be used: {error}"),
                "Sửa tệp cấu hình theo thông báo trên; desk.example.toml giải thích từng khóa.",
                "Mend the file as the message says; desk.example.toml explains every key.",
            ));
            findings.extend(readers::look(&cccd_desk::config::Readers::default()));
            findings.push(clock::look(now, None, std::path::Path::new("")));
        }
    }
    let sound = findings.iter().all(|finding| finding.state != State::Fault);
    let mut out = std::io::stdout().lock();
    if args.json {
        let report = serde_json::json!({ "ok": sound, "findings": findings, "quirks": known });
        serde_json::to_writer(&mut out, &report)?;
        writeln!(out)?;
    } else {
        for finding in &findings {
            finding.write(&mut out)?;
            if finding.id == quirks::ID {
                known.write(&mut out)?;
            }
        }
        let closing = if sound {
            "Quầy sẵn sàng. / The desk is ready."
        } else {
            "Quầy chưa sẵn sàng. / The desk is not ready."
        };
        writeln!(out, "\n{closing}")?;
    }
    Ok(if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Forgets what was learned about readers and chips.
fn forget(args: &Args) -> Result<ExitCode> {
    let forgotten = quirks::forget(&args.which.config()?.data_dir)?;
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::json!({ "forgotten": forgotten }))?;
    } else {
        writeln!(
            out,
            "Đã quên {forgotten} điều đã học về đầu đọc và chip. / Forgot {forgotten} things learned about readers and chips."
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

//! What `read` and `verify` have in common: trust, policy, time, and the verdict on the screen.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use cccd_desk::config::{Config, ConfigError};
use cccd_desk::decision::{CardFace, CheckResult, Policy, Verdict, VerdictKind};
use cccd_desk::finding::Reason;
use cccd_desk::verify::trust::TestAuthority;
use cccd_desk::verify::{LostCards, TrustAnchors};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::remembered::Which;

/// What a verdict rests on
#[derive(clap::Args)]
pub struct Judging {
    /// A folder of .cer, .crt, .pem, .crl and .ml files, and lost-cards.txt: every authority in it
    /// counts as pinned for this run
    #[arg(long, value_name = "DIR")]
    trust: Option<PathBuf>,
    /// Judge as at this time (RFC 3339), such as 2026-11-23T08:00:00+07:00
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// As one JSON object
    #[arg(long)]
    pub json: bool,
}

impl Judging {
    /// The time of judgement: now, where none was named.
    pub fn at(&self) -> Result<OffsetDateTime> {
        Ok(self.named_time()?.unwrap_or_else(OffsetDateTime::now_utc))
    }

    /// The time that was named.
    pub fn named_time(&self) -> Result<Option<OffsetDateTime>> {
        let Some(text) = &self.at else {
            return Ok(None);
        };
        if let Ok(at) = OffsetDateTime::parse(text, &Rfc3339) {
            return Ok(Some(at));
        }
        // A date alone means its noon in Vietnam: the same day everywhere that matters.
        let date = text.parse::<cccd_desk::document::Date>().map_err(|_| {
            anyhow!("--at: “{text}” is no time: write 2026-11-23T08:00:00+07:00, or 2026-11-23")
        })?;
        let start = date.start_in_vietnam()?;
        Ok(Some(start.saturating_add(time::Duration::hours(12))))
    }

    /// The policy of that name: of the ready-made ones and the configuration; where the run judges by
    /// the desk's own trust, of its bundles as well.
    pub fn policy(&self, name: &str, which: &Which) -> Result<Policy> {
        let policies = if self.trust.is_some() {
            which.config_without_folders()?.policies
        } else {
            match which.config() {
                Err(ConfigError::NoDataFolder) => which.config_without_folders()?.policies,
                config => {
                    let config = config?;
                    let held = super::trust::held_if_there(&config).unwrap_or_default();
                    super::trust::policies(&config, &held)
                }
            }
        };
        let found = policies.get(name).cloned();
        found.ok_or_else(|| {
            anyhow!(
                "no policy “{name}”; there are: {}",
                policies.names().join(", ")
            )
        })
    }

    /// The trust of this run: the folder that was named, else that of the desk; and the list of lost
    /// cards that is configured.
    pub fn trust(&self, which: &Which) -> Result<Option<Arc<TrustAnchors>>> {
        let list = which.config_without_folders()?.status.lost_cards_file;
        let list = list.map(|path| LostCards::from_file(&path)).transpose()?;
        let trust = self.anchors(|| which.config())?;
        Ok(match (trust, list) {
            (Some(trust), Some(list)) => {
                let mut trust = Arc::unwrap_or_clone(trust);
                trust.add_lost_cards(list);
                Some(Arc::new(trust))
            }
            (trust, _) => trust,
        })
    }

    fn anchors(
        &self,
        config: impl FnOnce() -> Result<Config, ConfigError>,
    ) -> Result<Option<Arc<TrustAnchors>>> {
        let Some(folder) = &self.trust else {
            let config = config()?;
            let standing = super::trust::store_if_there(&config)
                .map_err(|error| error.to_string())
                .and_then(|store| {
                    let standing = super::trust::standing(&config, store);
                    standing.now().map_err(|error| error.to_string())
                });
            return Ok(told(standing));
        };
        if !folder.is_dir() {
            bail!("--trust: {} is no folder", folder.display());
        }
        let test_keys = super::trust::test_key_ids();
        let test_keys: Vec<&[u8]> = test_keys.iter().map(Vec::as_slice).collect();
        let trust = TrustAnchors::from_folder(folder, &test_keys, TestAuthority::Mark);
        Ok(told(trust.map(Arc::new)))
    }
}

/// The trust of this run. Where it cannot be used the card is judged all the same: the verdict says
/// that nothing could be trusted.
fn told<E: core::fmt::Display>(trust: Result<Arc<TrustAnchors>, E>) -> Option<Arc<TrustAnchors>> {
    trust
        .inspect_err(|error| eprintln!("cccd-desk: {error}"))
        .ok()
}

/// The exit code of a verdict.
pub fn exit_code(verdict: &Verdict) -> ExitCode {
    ExitCode::from(match verdict.verdict {
        VerdictKind::Verified => 0,
        VerdictKind::NotVerified => 2,
        VerdictKind::Undetermined => 3,
        VerdictKind::Unreadable => 4,
    })
}

/// Writes the verdict to stdout: one JSON object, or what a person reads.
pub fn present(verdict: &Verdict, face: &CardFace, json: bool) -> Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        serde_json::to_writer(&mut out, verdict)?;
        writeln!(out)?;
        return Ok(());
    }
    let (vi, en) = match verdict.verdict {
        VerdictKind::Verified => ("ĐÃ XÁC MINH", "VERIFIED"),
        VerdictKind::NotVerified => ("KHÔNG XÁC MINH ĐƯỢC", "NOT VERIFIED"),
        VerdictKind::Undetermined => ("CHƯA XÁC ĐỊNH", "UNDETERMINED"),
        VerdictKind::Unreadable => ("KHÔNG ĐỌC ĐƯỢC", "UNREADABLE"),
    };
    writeln!(
        out,
        "{vi} · {en}{}",
        if verdict.test { "   [TEST]" } else { "" }
    )?;
    for reason in &verdict.reasons {
        reason_lines(&mut out, *reason)?;
    }
    if let Some(reason) = verdict.reason {
        let next = reason.entry().next_action;
        writeln!(out, "  → {}\n    {}", next.vi, next.en)?;
    }
    let shown = [
        ("Số định danh · number", &verdict.personal_number),
        ("Họ tên · name", &verdict.name),
        ("Ngày sinh · birth date", &verdict.birth_date),
        ("Hết hạn · expiry", &face.expiry_date),
    ];
    for (label, value) in shown {
        if let Some(value) = value {
            writeln!(out, "  {label:<26}{}", value.reveal())?;
        }
    }
    writeln!(out)?;
    for check in &verdict.checks {
        let mark = match check.result {
            CheckResult::Successful => "✓",
            CheckResult::Failed => "✗",
            CheckResult::Undetermined => "?",
            CheckResult::Aborted => "!",
            CheckResult::NotSupported | CheckResult::NotPerformed => "–",
        };
        let reason = check.reason.map(Reason::code).unwrap_or_default();
        writeln!(
            out,
            "  {mark} {:<16} {reason:<28} {}",
            check.id.name(),
            check.clause
        )?;
    }
    if !verdict.notes.is_empty() {
        writeln!(out, "\n  Ghi chú · notes: {}", verdict.notes.join(", "))?;
    }
    if verdict.reading.apdus > 0 {
        writeln!(
            out,
            "  {} APDU, {} byte",
            verdict.reading.apdus, verdict.reading.bytes
        )?;
    }
    Ok(())
}

fn reason_lines(out: &mut dyn Write, reason: Reason) -> Result<()> {
    let sentence = reason.entry().sentence;
    writeln!(
        out,
        "  {}: {}\n    {}",
        reason.code(),
        sentence.vi,
        sentence.en
    )?;
    Ok(())
}

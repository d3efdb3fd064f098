//! What `read` and `verify` have in common: trust, policy, time, and the verdict on the screen.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

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
    /// A folder of .cer, .crt, .pem and .crl files, and lost-cards.txt: every authority in it counts
    /// as pinned for this run
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
    /// The time of judgement.
    pub fn at(&self) -> Result<OffsetDateTime> {
        let Some(text) = &self.at else {
            return Ok(OffsetDateTime::now_utc());
        };
        if let Ok(at) = OffsetDateTime::parse(text, &Rfc3339) {
            return Ok(at);
        }
        // A date alone means its noon in Vietnam: the same day everywhere that matters.
        let date = text.parse::<cccd_desk::document::Date>().map_err(|_| {
            anyhow!("--at: “{text}” is no time: write 2026-11-23T08:00:00+07:00, or 2026-11-23")
        })?;
        Ok(date
            .start_in_vietnam()?
            .saturating_add(time::Duration::hours(12)))
    }

    /// The trust of this run: the folder that was named, else that of the configuration; and the
    /// list of lost cards that is configured.
    pub fn trust(&self, which: &Which) -> Result<Option<TrustAnchors>> {
        let list = which.config_without_folders()?.status.lost_cards_file;
        let list = list.map(|path| LostCards::from_file(&path)).transpose()?;
        let mut trust = self.anchors(|| which.config())?;
        if let (Some(trust), Some(list)) = (&mut trust, list) {
            trust.add_lost_cards(list);
        }
        Ok(trust)
    }

    fn anchors(
        &self,
        config: impl FnOnce() -> Result<Config, ConfigError>,
    ) -> Result<Option<TrustAnchors>> {
        let test_keys = cccd_desk::simulation::test_key_identifiers();
        let test_keys: Vec<&[u8]> = test_keys.iter().map(Vec::as_slice).collect();
        let (folder, test) = match &self.trust {
            Some(folder) => (folder.clone(), TestAuthority::Mark),
            None => {
                let folder = config()?.trust_dir;
                if !folder.is_dir() {
                    return Ok(Some(TrustAnchors::default()));
                }
                (folder, TestAuthority::Refuse)
            }
        };
        if !folder.is_dir() {
            bail!("--trust: {} is no folder", folder.display());
        }
        match TrustAnchors::from_folder(&folder, &test_keys, test) {
            Ok(trust) => Ok(Some(trust)),
            Err(error) => {
                // The card is read all the same; the verdict says that nothing could be trusted.
                eprintln!("cccd-desk: {error}");
                Ok(None)
            }
        }
    }
}

/// The ready-made policy of that name.
pub fn policy(name: &str) -> Result<Policy> {
    Policy::ready_made(name).ok_or_else(|| {
        anyhow!(
            "no policy “{name}”; there are: {}",
            Policy::NAMES.join(", ")
        )
    })
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

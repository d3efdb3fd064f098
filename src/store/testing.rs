//! What tests of the store and of reports share.
#![allow(clippy::unwrap_used)]

use core::time::Duration;
use std::path::Path;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cccd_port::clock::Clock;
use time::OffsetDateTime;
use time::macros::datetime;

use super::Store;
use crate::decision::verdict::{Digests, PolicyRef, ReadingCount};
use crate::decision::{Check, CheckId, CheckResult, Fact, Reason, Verdict, VerdictKind, reason};
use crate::document::Personal;
use crate::report::{Conclusion, ReportSettings};

pub(crate) const NUMBER: &str = "001090000001";
pub(crate) const NAME: &str = "NGUYỄN VĂN A";
pub(crate) const BIRTH_DATE: &str = "1990-01-31";

/// A clock that stands still until it is told.
pub(crate) struct TestClock(Mutex<OffsetDateTime>);

impl TestClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(datetime!(2026-03-02 08:00:00 UTC))))
    }

    pub(crate) fn advance(&self, by: time::Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

pub(crate) fn open(folder: &Path) -> Store {
    Store::open_with(folder, TestClock::new(), None).unwrap()
}

impl Store {
    /// A store of that clock.
    pub(crate) fn open_at(folder: &Path, clock: Arc<TestClock>) -> Arc<Self> {
        Arc::new(Self::open_with(folder, clock, None).unwrap())
    }

    /// Lets nothing be written, or lets it again.
    pub(crate) fn break_for_tests(&self, broken: bool) {
        self.read(|connection| Ok(connection.pragma_update(None, "query_only", broken)?))
            .unwrap();
    }
}

pub(crate) fn verdict(kind: VerdictKind) -> Verdict {
    let reason: Option<Reason> = (kind != VerdictKind::Verified).then_some(reason::NO_CARD);
    let mut check = Check {
        id: CheckId::DgHash(1),
        result: CheckResult::Successful,
        reason,
        clause: "ICAO 9303-11, 5.1.1",
        facts: std::collections::BTreeMap::new(),
        notes: Vec::new(),
    };
    check.facts.insert("name", Fact::Personal(NAME.into()));
    Verdict {
        verdict: kind,
        reason,
        class: reason.map(Reason::class),
        reasons: reason.into_iter().collect(),
        test: true,
        at: datetime!(2026-03-02 08:00:00 UTC),
        policy: PolicyRef {
            name: "document".to_owned(),
            version: "1".to_owned(),
            digest: "aa".repeat(32),
        },
        // There whatever the verdict: a report must hold it back by itself.
        personal_number: Some(Personal::from(NUMBER)),
        name: Some(NAME.into()),
        birth_date: Some(BIRTH_DATE.into()),
        checks: vec![check],
        notes: Vec::new(),
        access: Some("bac"),
        chip_authentication: Some("aa"),
        reading: ReadingCount::default(),
        digests: Digests {
            evidence: "bb".repeat(32),
            trust: "cc".repeat(32),
            policy: "aa".repeat(32),
            time: "dd".repeat(32),
        },
    }
}

pub(crate) fn conclusion<'a>(session: &'a str, verdict: &'a Verdict) -> Conclusion<'a> {
    Conclusion {
        session,
        case_ref: Some("HS-2026-0001"),
        purpose: "dossier-intake",
        desk: "desk-1",
        verdict,
        evidence: Some(b"evidence"),
        reconciliation: None,
    }
}

/// Everything that can be reported is.
pub(crate) fn report_all() -> ReportSettings {
    ReportSettings {
        destinations: vec![super::Destination::CaseSystem],
        verdicts: vec![
            VerdictKind::Verified,
            VerdictKind::NotVerified,
            VerdictKind::Undetermined,
            VerdictKind::Unreadable,
        ],
        ..ReportSettings::from(&crate::config::Config::default())
    }
}

/// The ways in which bytes lie in a file: as they are, and in base64url (RFC 4648, 5) from each of the three
/// places of a group on, but for the letters that the neighbours decide as well.
pub(crate) fn written(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut ways = vec![bytes.to_vec()];
    for before in 0..3_usize {
        let mut padded = vec![0; before];
        padded.extend_from_slice(bytes);
        let text = URL_SAFE_NO_PAD.encode(&padded).into_bytes();
        let whole = padded.len() / 3 * 4;
        ways.push(text.get(before.min(1) * 4..whole).unwrap().to_vec());
    }
    ways
}

/// Whether one of these lies in a file.
pub(crate) fn lies_in(file: &[u8], ways: &[Vec<u8>]) -> bool {
    ways.iter()
        .any(|way| file.windows(way.len()).any(|window| window == way))
}

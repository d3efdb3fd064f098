//! What several test programs share.

use cccd_desk::chip::FileId;
use cccd_desk::decision::verdict::{Digests, PolicyRef, ReadingCount};
use cccd_desk::decision::{Verdict, VerdictKind};
use cccd_desk::desk::reading::evidence_file;
use cccd_desk::report::{Conclusion, ReportSettings};
use cccd_desk::store::{Destination, Store};
use cccd_desk::verify::Evidence;
use cccd_desk::verify::evidence::FileState;

/// A person who does not exist.
pub const NUMBER: &str = "001090000001";
/// Their name.
pub const NAME: &str = "NGUYỄN VĂN A";
/// Their birth date.
pub const BIRTH_DATE: &str = "1990-01-31";

/// Evidence of some 20 000 bytes, which do not shrink.
#[allow(dead_code)]
fn evidence() -> Evidence {
    let mut state = 7_u32;
    let bytes = core::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()
    });
    let bytes: Vec<u8> = bytes.take(5_000).flatten().collect();
    let mut evidence = Evidence::default();
    let read = FileState::Read(bytes.into());
    evidence.files.insert(FileId::Sod, read);
    evidence
}

/// Concludes a session with the verdict `verified`, and returns the report to the case system that waits
/// then.
#[allow(dead_code)]
pub fn conclude(store: &Store, session: &str) -> String {
    conclude_at(store, "desk-1", session, &[Destination::CaseSystem])
}

/// The same at any desk, for any destinations.
#[allow(dead_code)]
pub fn conclude_at(
    store: &Store,
    desk: &str,
    session: &str,
    destinations: &[Destination],
) -> String {
    let evidence = evidence();
    let verdict = Verdict {
        verdict: VerdictKind::Verified,
        reason: None,
        class: None,
        reasons: Vec::new(),
        test: true,
        at: store.now(),
        policy: PolicyRef {
            name: "document".to_owned(),
            version: "1".to_owned(),
            digest: String::new(),
        },
        personal_number: Some(NUMBER.into()),
        name: Some(NAME.into()),
        birth_date: Some(BIRTH_DATE.into()),
        checks: Vec::new(),
        notes: Vec::new(),
        access: None,
        chip_authentication: None,
        reading: ReadingCount::default(),
        digests: Digests {
            evidence: evidence.digest(),
            ..Digests::default()
        },
    };
    let kept = evidence_file::to_zip(&evidence).unwrap_or_default();
    let conclusion = Conclusion {
        session,
        case_ref: Some("HS-1"),
        purpose: "dossier-intake",
        desk,
        verdict: &verdict,
        evidence: Some(&kept),
        reconciliation: None,
    };
    let settings = ReportSettings {
        destinations: destinations.to_vec(),
        ..ReportSettings::from(&cccd_desk::config::Config::default())
    };
    let concluded = store.conclude(&conclusion, &settings);
    concluded
        .ok()
        .and_then(|concluded| concluded.report_id)
        .unwrap_or_default()
}

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use serde_json::Value;

use crate::config::ReportField;
use crate::decision::VerdictKind::{self, NotVerified, Undetermined, Unreadable, Verified};
use crate::decision::{CardFace, OnRecord, reconcile};
use crate::report::ReportSettings;
use crate::store::Destination;
use crate::store::testing::{BIRTH_DATE, NAME, NUMBER, conclusion, open, report_all, verdict};
use crate::store::{Store, StoreError};

/// The event that the outbox holds for a session, its signature checked.
fn event(store: &Store, session: &str) -> Value {
    let report = store.report_of(session).unwrap().unwrap();
    let mut found = Value::Null;
    store
        .outbox_export(|id, jws| {
            if id == report.report_id {
                assert_eq!(crate::report::sha256(jws.as_bytes()), report.sha256);
                found = serde_json::from_slice(&store.keys().verify(jws).unwrap()).unwrap();
            }
            Ok(())
        })
        .unwrap();
    found
}

#[test]
fn the_report_is_a_cloud_event() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let verdict = verdict(Verified);
    let concluded = store
        .conclude(&conclusion("S-1", &verdict), &report_all())
        .unwrap();
    let event = event(&store, "S-1");
    assert_eq!(
        event,
        serde_json::json!({
            "specversion": "1.0",
            "id": concluded.report_id.unwrap(),
            "source": "/desks/desk-1",
            "type": "identity.confirmed",
            "subject": "S-1",
            "time": "2026-03-02T08:00:00Z",
            "datacontenttype": "application/json",
            "sequence": "00000000000000000001",
            "data": {
                "session": "S-1",
                "case_ref": "HS-2026-0001",
                "desk": "desk-1",
                "purpose": "dossier-intake",
                "verdict": "verified",
                "reason": null,
                "class": null,
                "test": true,
                "at": "2026-03-02T08:00:00Z",
                "policy": {"name": "document", "version": "1", "digest": "aa".repeat(32)},
                "personal_number": NUMBER,
                "name": NAME,
                "birth_date": BIRTH_DATE,
                "checks": [{"id": "dg-hash.1", "result": "successful", "reason": null}],
                "digests": {
                    "evidence": "bb".repeat(32),
                    "trust": "cc".repeat(32),
                    "policy": "aa".repeat(32),
                    "time": "dd".repeat(32),
                },
                "audit": {"number": 1, "hash": concluded.audit_head},
            },
        })
    );
}

#[test]
fn the_number_leaves_only_under_the_verdict_verified() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for (kind, expected) in [
        (Verified, "identity.confirmed"),
        (NotVerified, "identity.rejected"),
        (Undetermined, "identity.undetermined"),
        (Unreadable, "identity.undetermined"),
    ] {
        let session = format!("S-{kind:?}");
        let verdict = verdict(kind);
        store
            .conclude(&conclusion(&session, &verdict), &report_all())
            .unwrap();
        let event = event(&store, &session);
        assert_eq!(event["type"], expected);
        assert_eq!(
            event["data"]["personal_number"].is_string(),
            kind == Verified,
            "{kind:?}"
        );
        assert_eq!(
            event.to_string().contains(NUMBER),
            kind == Verified,
            "{kind:?}"
        );
    }
}

#[test]
fn only_configured_fields_leave() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let verdict = verdict(Verified);
    for (session, fields, has_name, has_birth_date) in [
        ("S-1", vec![], false, false),
        ("S-2", vec![ReportField::Name], true, false),
        ("S-3", vec![ReportField::BirthDate], false, true),
    ] {
        let settings = ReportSettings {
            fields,
            ..report_all()
        };
        store
            .conclude(&conclusion(session, &verdict), &settings)
            .unwrap();
        let text = event(&store, session).to_string();
        assert_eq!(
            (text.contains(NAME), text.contains(BIRTH_DATE)),
            (has_name, has_birth_date)
        );
    }
}

#[test]
fn a_verdict_that_is_not_reported_is_kept_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let off = ReportSettings {
        destinations: Vec::new(),
        ..report_all()
    };
    let by_default = ReportSettings {
        destinations: vec![Destination::CaseSystem],
        ..ReportSettings::from(&crate::config::Config::default())
    };
    for (session, settings, kind, reported) in [
        ("S-1", &off, Verified, false),
        ("S-2", &by_default, Unreadable, false),
        ("S-3", &by_default, Undetermined, true),
    ] {
        let verdict = verdict(kind);
        let concluded = store
            .conclude(&conclusion(session, &verdict), settings)
            .unwrap();
        assert_eq!(concluded.report_id.is_some(), reported);
        assert_eq!(store.report_of(session).unwrap().is_some(), reported);
        assert!(store.verdict(session).unwrap().is_some());
    }
    assert_eq!(store.audit_verify().unwrap().number, 3);
}

#[test]
fn a_session_is_concluded_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let (first, second) = (verdict(NotVerified), verdict(Verified));
    store
        .conclude(&conclusion("S-1", &first), &report_all())
        .unwrap();
    let before = store.audit_verify().unwrap();
    let again = store.conclude(&conclusion("S-1", &second), &report_all());
    assert!(
        matches!(again, Err(StoreError::AlreadyConcluded)),
        "{again:?}"
    );
    assert_eq!(store.audit_verify().unwrap(), before);
    assert_eq!(store.outbox().unwrap().len(), 1);
    assert_eq!(event(&store, "S-1")["type"], "identity.rejected");
}

#[test]
fn what_does_not_belong_into_a_report_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let verdict = verdict(Verified);
    let long = "x".repeat(201);
    let mut wrong = Vec::new();
    for session in ["", "a\u{0}b", "a\nb", &long] {
        wrong.push(conclusion(session, &verdict));
    }
    for case_ref in ["", "a\tb", &long] {
        wrong.push(crate::report::Conclusion {
            case_ref: Some(case_ref),
            ..conclusion("S-1", &verdict)
        });
    }
    wrong.push(crate::report::Conclusion {
        purpose: "",
        ..conclusion("S-1", &verdict)
    });
    wrong.push(crate::report::Conclusion {
        desk: "",
        ..conclusion("S-1", &verdict)
    });
    for conclusion in &wrong {
        assert!(matches!(
            store.conclude(conclusion, &report_all()),
            Err(StoreError::Input { .. })
        ));
    }
    assert_eq!(store.audit_head().unwrap().number, 0);
}

#[test]
fn a_strange_desk_name_is_escaped_in_the_source() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let verdict = verdict(Verified);
    let strange = crate::report::Conclusion {
        desk: "quầy 1/2",
        ..conclusion("S-1", &verdict)
    };
    store.conclude(&strange, &report_all()).unwrap();
    assert_eq!(
        event(&store, "S-1")["source"],
        "/desks/qu%E1%BA%A7y%201%2F2"
    );
}

#[test]
fn nothing_personal_is_in_debug_output() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let verdict = verdict(VerdictKind::Verified);
    let conclusion = conclusion("S-1", &verdict);
    let concluded = store.conclude(&conclusion, &report_all()).unwrap();
    let texts = [
        format!("{conclusion:?}"),
        format!("{concluded:?}"),
        format!("{store:?}"),
        format!("{:?}", store.outbox().unwrap()),
        format!("{:?}", store.verdict("S-1").unwrap()),
        format!(
            "{:?}",
            store.conclude(&conclusion, &report_all()).unwrap_err()
        ),
        format!("{:?}", store.signing()),
    ];
    for text in texts {
        for personal in [NUMBER, NAME, BIRTH_DATE] {
            assert!(!text.contains(personal), "{text}");
        }
    }
}

/// Of a record beside a card the report holds what the configuration lets out, and the log no value.
#[test]
fn a_report_proposes_corrections_of_fields_that_it_may_carry() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let record = OnRecord {
        name: Some("NGUYEN VAN A".into()),
        birth_date: Some("1990".into()),
        ..OnRecord::default()
    };
    let face = CardFace {
        name: Some(NAME.into()),
        birth_date: Some(BIRTH_DATE.into()),
        ..CardFace::default()
    };
    let settings = ReportSettings {
        fields: vec![ReportField::Name],
        ..report_all()
    };
    for (session, kind) in [("S-1", Verified), ("S-2", Undetermined)] {
        let found = reconcile(&record, &verdict(Verified), &face, true);
        let verdict = verdict(kind);
        let conclusion = crate::report::Conclusion {
            reconciliation: found.as_ref(),
            ..conclusion(session, &verdict)
        };
        store.conclude(&conclusion, &settings).unwrap();
    }
    let data = &event(&store, "S-1")["data"];
    assert_eq!(
        data["reconciliation"],
        serde_json::json!([
            {
                "field": "name", "on_record": "NGUYEN VAN A", "on_card": NAME,
                "difference": "spelling", "proposal": NAME,
            },
            {
                "field": "birth_date", "on_record": null, "on_card": null,
                "difference": "year-only", "proposal": null,
            },
        ])
    );
    assert!(event(&store, "S-2")["data"].get("reconciliation").is_none());
}

//! Where two people came up in one session.

use serde_json::json;

use super::super::exporting::without_others;
use super::*;
use crate::config::ReportField;
use crate::decision::{CardFace, Check, CheckId, CheckResult, OnRecord, reason, reconcile};

/// Nothing of them stands in the text.
fn is_silent_of(text: &str, persona: &Persona) {
    for trace in [persona.number, persona.name, persona.born] {
        assert!(!text.contains(trace), "{trace} in {text}");
    }
}

/// The dossier is one person's, and another's card is laid; `confirmed` where the card is proven all the same.
fn mix_up(store: &Store, session: &str, card: &Persona, dossier: &Persona, confirmed: bool) {
    let kind = if confirmed {
        VerdictKind::Verified
    } else {
        VerdictKind::NotVerified
    };
    let mut verdict = verdict(kind);
    let own = |text: &'static str| confirmed.then(|| text.into());
    verdict.personal_number = own(card.number);
    verdict.name = own(card.name);
    verdict.birth_date = own(card.born);
    let because = Check::because(
        CheckId::Dossier,
        CheckResult::Failed,
        reason::DOSSIER_PERSON_MISMATCH,
    );
    verdict.checks = vec![
        because
            .fact("field", "personal-number")
            .personal_fact("expected", dossier.number)
            .personal_fact("chip", card.number),
    ];
    let conclusion = Conclusion {
        case_ref: Some("the other's case"),
        evidence: Some(&card.picture),
        ..conclusion(session, &verdict)
    };
    store.conclude(&conclusion, &report_all()).unwrap();
}

#[test]
fn whose_number_was_expected_is_not_told_who_came() {
    let folder = tempfile::tempdir().unwrap();
    let store = plain(folder.path(), TestClock::new());
    let [came, expected, third] = &PEOPLE;
    mix_up(&store, "S-refused", came, expected, false);
    mix_up(&store, "S-confirmed", came, expected, true);

    let copy = export(&store, expected);
    let text = copy.to_string();
    is_silent_of(&text, came);
    assert!(!text.contains("the other's case"), "{text}");
    assert_eq!(copy["sessions"], json!([]));
    assert_eq!(copy["reports"], json!([]));
    let told = |verdict: &str| {
        json!({
            "purpose": "dossier-intake", "verdict": verdict,
            "concluded_at": "2026-03-02T08:00:00Z", "named_as": ["expected"],
        })
    };
    assert_eq!(
        copy["named_in"],
        json!([told("verified"), told("not_verified")])
    );

    // And who came is told of the session, and not whose dossier it was.
    let copy = export(&store, came);
    is_silent_of(&copy.to_string(), expected);
    assert_eq!(copy["named_in"], json!([]));
    assert_eq!(copy["sessions"].as_array().unwrap().len(), 2);
    for session in copy["sessions"].as_array().unwrap() {
        let facts = &session["record"]["checks"][0]["facts"];
        assert_eq!(facts["chip"], came.number);
        assert_eq!(facts["expected"], Value::Null);
    }
    let copy = export(&store, third);
    assert_eq!(
        (&copy["sessions"], &copy["named_in"]),
        (&json!([]), &json!([]))
    );
}

#[test]
fn a_record_under_anothers_number_leaves_nothing_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = plain(folder.path(), TestClock::new());
    let [came, on_record, _] = &PEOPLE;
    let mut verdict = verdict(VerdictKind::Verified);
    verdict.personal_number = Some(came.number.into());
    let record = OnRecord {
        personal_number: Some(on_record.number.into()),
        name: Some(on_record.name.into()),
        birth_date: Some(on_record.born.into()),
        ..OnRecord::default()
    };
    let face = CardFace {
        name: Some(came.name.into()),
        birth_date: Some(came.born.into()),
        ..CardFace::default()
    };
    let found_so = reconcile(&record, &verdict, &face, true);
    let settings = ReportSettings {
        fields: vec![ReportField::Name, ReportField::BirthDate],
        ..report_all()
    };
    let conclusion = Conclusion {
        reconciliation: found_so.as_ref(),
        ..conclusion("S-1", &verdict)
    };
    store.conclude(&conclusion, &settings).unwrap();
    let report = export(&store, came)["reports"][0]["content"].clone();
    assert_eq!(report["data"]["reconciliation"][0]["difference"], "other");
    is_silent_of(&report.to_string(), on_record);
    // Who is on record has no part in the session: nothing would find it when they are erased.
    assert_eq!(found(folder.path(), on_record), [0_usize; 0]);
    assert_eq!(found(folder.path(), came), [0, 1, 2]);
}

#[test]
fn what_was_on_record_is_shown_to_whom_it_is_linked() {
    let number = PEOPLE[0].number();
    let field = |field: &str, difference: &str| json!({ "field": field, "difference": difference, "on_record": "said", "on_card": "x" });
    for (confirmed, fields, shown) in [
        (
            0,
            vec![
                field("personal_number", "old-number-linked"),
                field("name", "other"),
            ],
            true,
        ),
        (
            0,
            vec![field("personal_number", "other"), field("name", "spelling")],
            false,
        ),
        (
            0,
            vec![field("personal_number", "old-number-not-linked")],
            false,
        ),
        (
            0,
            vec![field("name", "spelling"), field("birth_date", "year-only")],
            true,
        ),
        (
            0,
            vec![field("name", "other"), field("birth_date", "year-only")],
            false,
        ),
        (
            1,
            vec![field("personal_number", "old-number-linked")],
            false,
        ),
    ] {
        let told = format!("{confirmed} {fields:?}");
        let report = json!({ "data": {
            "personal_number": PEOPLE[confirmed].number, "reconciliation": fields,
        } });
        let shows = without_others(report, &number).to_string().contains("said");
        assert_eq!(shows, shown, "{told}");
    }
}

#[test]
fn what_lies_in_a_report_is_found_wherever_it_begins() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    for before in ["", "a", "ab", "abc", "abcd"] {
        let report = URL_SAFE_NO_PAD.encode(format!("{before}{}\"}}", PEOPLE[0].number));
        let lies =
            |persona: &Persona| lies_in(report.as_bytes(), &written(persona.number.as_bytes()));
        assert!(lies(&PEOPLE[0]) && !lies(&PEOPLE[1]), "{before}");
    }
}

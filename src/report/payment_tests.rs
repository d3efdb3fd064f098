#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::Arc;

use serde_json::{Value, json};

use super::{MANUAL, PAID, UNDONE, Undoing};
use crate::config::ReportField;
use crate::decision::VerdictKind::Verified;
use crate::document::{Date, PersonalNumber};
use crate::payees::{Given, parse};
use crate::report::{Conclusion, ReportSettings};
use crate::store::deliveries::{DueReport, Next};
use crate::store::payees::{Basis, ClaimRefused, Kinship, NewAuthorisation, NewClaim, NewList};
use crate::store::testing::{NAME, NUMBER, TestClock, conclusion, report_all, verdict};
use crate::store::{Destination, OutboxState, Store, StoreError};

/// Who is paid through another.
const OTHER: &str = "079155000002";
const OTHER_NAME: &str = "TRẦN THỊ B";

fn number(text: &str) -> PersonalNumber {
    PersonalNumber::parse(text).unwrap()
}

/// A store with today's list, and a session that verified the first of its two people.
fn payment_point(folder: &std::path::Path) -> Arc<Store> {
    payment_point_at(folder).1
}

fn payment_point_at(folder: &std::path::Path) -> (Arc<TestClock>, Arc<Store>) {
    let clock = TestClock::new();
    let store = Store::open_at(folder, Arc::clone(&clock));
    let file = format!(
        "id,personal_number,name,amount,period\na-1,{NUMBER},Nguyen Van A,1500000,2026-03\n\
         b-2,{OTHER},{OTHER_NAME},500000,2026-03\n"
    );
    let given = Given {
        id: Some("phuong-1".to_owned()),
        issuer: Some("UBND phường Một".to_owned()),
        from: Some(Date::MIN),
        ..Given::default()
    };
    let list = parse(file.as_bytes(), &given, Date::MIN).unwrap();
    let new = NewList {
        list: &list,
        signer: None,
        sha256: "ee",
        by: "an operator",
    };
    store.import_payees(&new).unwrap();
    let verdict = verdict(Verified);
    let conclusion = Conclusion {
        purpose: "benefit-payment",
        ..conclusion("S-1", &verdict)
    };
    store.conclude(&conclusion, &report_all()).unwrap();
    (clock, store)
}

fn claim<'a>(store: &Store, payee: &str, person: &'a PersonalNumber) -> NewClaim<'a> {
    let entry = store.payable(&number(payee)).unwrap()[0].entry;
    NewClaim {
        entry,
        list: None,
        person,
        authorisation: None,
        basis: Basis::Session("S-1"),
        case_ref: None,
        desk: "desk-1",
        clerk: "clerk-1",
    }
}

fn named() -> ReportSettings {
    ReportSettings {
        fields: vec![ReportField::Name],
        ..report_all()
    }
}

/// What was reported after the verdict, in its order, each signature checked.
fn events(store: &Store) -> Vec<Value> {
    let mut found = Vec::new();
    store
        .outbox_export(|_, jws| {
            let payload = store.keys().verify(jws).unwrap();
            found.push(serde_json::from_slice(&payload).unwrap());
            Ok(())
        })
        .unwrap();
    found.split_off(1)
}

#[test]
fn a_payment_is_reported_with_the_person_whom_the_card_showed() {
    let folder = tempfile::tempdir().unwrap();
    let store = payment_point(folder.path());
    let person = number(NUMBER);
    let paid = store
        .pay(&claim(&store, NUMBER, &person), &named())
        .unwrap();
    let [event] = &events(&store)[..] else {
        panic!("one report");
    };
    let entry = &store.outbox().unwrap()[1];
    let audit = store.audit_head().unwrap();
    assert_eq!(
        *event,
        json!({
            "specversion": "1.0",
            "id": entry.report_id,
            "source": "/desks/desk-1",
            "type": "benefit.paid",
            "subject": paid.claim,
            "time": "2026-03-02T08:00:00Z",
            "datacontenttype": "application/json",
            "sequence": "00000000000000000002",
            "data": {
                "session": "S-1",
                "case_ref": "HS-2026-0001",
                "desk": "desk-1",
                "clerk": "clerk-1",
                "kind": "verified",
                "test": true,
                "at": "2026-03-02T08:00:00Z",
                "claim": paid.claim,
                "list": { "id": "phuong-1", "issuer": "UBND phường Một", "sha256": "ee" },
                "entry": "a-1",
                "period": "2026-03",
                "amount": 1_500_000,
                "currency": "VND",
                // As the card has it, not as the list writes it.
                "payee": { "personal_number": NUMBER, "name": NAME, "confirmed": true },
                "representative": null,
                "authorisation": null,
                "audit": { "number": audit.number - 1, "hash": event["data"]["audit"]["hash"] },
            },
        })
    );
    // In the order of its case, after the verdict.
    assert_eq!(
        (entry.kind.as_str(), entry.session.as_deref()),
        (PAID, Some("S-1"))
    );
    assert_eq!(entry.case_ref.as_deref(), Some("HS-2026-0001"));
    assert_eq!(
        store.payee_report(&paid.claim).unwrap(),
        Some(OutboxState::Waiting)
    );
    store.audit_verify().unwrap();
}

#[test]
fn names_leave_only_where_the_configuration_has_them_and_nothing_without_a_destination() {
    let folder = tempfile::tempdir().unwrap();
    let store = payment_point(folder.path());
    let person = number(NUMBER);
    let nowhere = ReportSettings {
        destinations: Vec::new(),
        ..named()
    };
    let first = store
        .pay(&claim(&store, NUMBER, &person), &nowhere)
        .unwrap();
    let undoing = Undoing {
        claim: &first.claim,
        desk: "desk-1",
        by: "sup",
        reason: "x",
    };
    store.unpay(&undoing, &nowhere).unwrap();
    assert_eq!(events(&store), [Value::Null; 0]);
    assert_eq!(store.payee_report(&first.claim).unwrap(), None);

    let numbers_alone = ReportSettings {
        fields: Vec::new(),
        ..report_all()
    };
    store
        .pay(&claim(&store, NUMBER, &person), &numbers_alone)
        .unwrap();
    let event = &events(&store)[0];
    assert_eq!(
        event["data"]["payee"],
        json!({ "personal_number": NUMBER, "confirmed": true })
    );
    assert!(!event.to_string().contains(NAME) && !event.to_string().contains("Nguyen"));
}

#[test]
fn who_took_the_money_of_another_stands_beside_the_payee() {
    let folder = tempfile::tempdir().unwrap();
    let store = payment_point(folder.path());
    let (person, payee) = (number(NUMBER), number(OTHER));
    let authorisation = store
        .authorise_payee(&NewAuthorisation {
            representative: &person,
            payee: &payee,
            kind: Kinship::Guardian,
            document: "QĐ 7/2026",
            valid_until: "2026-12-31".parse().unwrap(),
            by: "sup",
        })
        .unwrap();
    let new = NewClaim {
        authorisation: Some(&authorisation),
        ..claim(&store, OTHER, &person)
    };
    store.pay(&new, &named()).unwrap();
    let data = &events(&store)[0]["data"];
    assert_eq!(
        data["payee"],
        json!({ "personal_number": OTHER, "name": OTHER_NAME, "confirmed": false })
    );
    assert_eq!(
        data["representative"],
        json!({ "personal_number": NUMBER, "name": NAME, "confirmed": true })
    );
    assert_eq!(
        data["authorisation"],
        json!({
            "id": authorisation, "kind": "guardian", "document": "QĐ 7/2026", "valid_until": "2026-12-31",
        })
    );
}

#[test]
fn an_exception_is_never_a_confirmed_identity() {
    let folder = tempfile::tempdir().unwrap();
    let store = payment_point(folder.path());
    let person = number(OTHER);
    let new = NewClaim {
        basis: Basis::Manual("dead chip, paper seen"),
        case_ref: Some("HS-7"),
        clerk: "sup",
        ..claim(&store, OTHER, &person)
    };
    let too_long = "x".repeat(201);
    let wrong = NewClaim {
        case_ref: Some(&too_long),
        ..new
    };
    let refused = store.pay(&wrong, &named());
    assert!(matches!(
        refused,
        Err(ClaimRefused::Store(StoreError::Input {
            field: "case_ref",
            ..
        }))
    ));
    let paid = store.pay(&new, &named()).unwrap();
    let undoing = Undoing {
        claim: &paid.claim,
        desk: "desk-2",
        by: "head",
        reason: "wrong person",
    };
    store.unpay(&undoing, &named()).unwrap();
    let [manual, undone] = &events(&store)[..] else {
        panic!("two reports");
    };
    assert_eq!(
        (&manual["type"], &undone["type"]),
        (&json!(MANUAL), &json!(UNDONE))
    );
    let data = &manual["data"];
    assert_eq!(data.get("verdict"), None);
    assert_eq!(data["session"], Value::Null);
    assert_eq!(
        (
            &data["by"],
            &data["reason"],
            &data["kind"],
            &data["case_ref"]
        ),
        (
            &json!("sup"),
            &json!("dead chip, paper seen"),
            &json!("manual"),
            &json!("HS-7")
        )
    );
    assert_eq!(
        data["payee"],
        json!({ "personal_number": OTHER, "name": OTHER_NAME, "confirmed": false })
    );
    assert!(!manual.to_string().contains("confirmed\":true"));
    for row in &store.outbox().unwrap()[1..] {
        assert_eq!(
            (row.session.as_deref(), row.case_ref.as_deref()),
            (None, Some("HS-7"))
        );
    }
    let data = &undone["data"];
    assert_eq!(undone["source"], "/desks/desk-2");
    assert_eq!(
        (
            &data["claim"],
            &data["by"],
            &data["reason"],
            &data["paid_desk"]
        ),
        (
            &json!(paid.claim),
            &json!("head"),
            &json!("wrong person"),
            &json!("desk-1")
        )
    );
    // The claim's name is enough to find what was reported: nobody is named again.
    assert!(!undone.to_string().contains(OTHER));
    store.audit_verify().unwrap();
}

/// The report that is due at the case system.
fn due(store: &Store) -> Option<DueReport> {
    let longest = core::time::Duration::from_secs(300);
    match store.next_report(Destination::CaseSystem, longest).unwrap() {
        Next::Send(report) => Some(report),
        Next::At(_) | Next::Nothing => None,
    }
}

#[test]
fn an_undoing_is_told_after_what_it_undoes_also_without_a_case() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, store) = payment_point_at(folder.path());
    let person = number(OTHER);
    let new = NewClaim {
        basis: Basis::Manual("dead chip, paper seen"),
        ..claim(&store, OTHER, &person)
    };
    let paid = store.pay(&new, &named()).unwrap();
    let verdict = due(&store).unwrap();
    let until = store.now() + time::Duration::seconds(60);
    store
        .put_off(&verdict, until, None, "case-system-timeout")
        .unwrap();
    let payment = due(&store).unwrap();
    assert_eq!(payment.kind, MANUAL);
    store
        .put_off(&payment, until, None, "case-system-timeout")
        .unwrap();
    // A clock that went back a little: the newest report is the one that was made last.
    clock.advance(-time::Duration::seconds(30));
    let undoing = Undoing {
        claim: &paid.claim,
        desk: "desk-1",
        by: "head",
        reason: "wrong person",
    };
    store.unpay(&undoing, &named()).unwrap();
    assert!(due(&store).is_none(), "the payment was not told yet");
    clock.advance(time::Duration::seconds(90));
    for kind in ["identity.confirmed", MANUAL] {
        let refused = due(&store).unwrap();
        assert_eq!(refused.kind, kind);
        store.refused(&refused, 422, "report-refused").unwrap();
    }
    let undone = due(&store).unwrap();
    assert_eq!(undone.kind, UNDONE);
    assert!(
        undone.report_id < payment.report_id,
        "by the clock it is the older"
    );
    assert_eq!(
        store.payee_report(&paid.claim).unwrap(),
        Some(OutboxState::Waiting)
    );
    store.refused(&undone, 422, "report-refused").unwrap();
    assert_eq!(
        store.payee_report(&paid.claim).unwrap(),
        Some(OutboxState::Refused)
    );
}

#[test]
fn a_payment_and_its_report_are_kept_together_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let store = payment_point(folder.path());
    let person = number(NUMBER);
    let new = claim(&store, NUMBER, &person);
    // One destination twice: the outbox takes no such report.
    let twice = ReportSettings {
        destinations: vec![Destination::CaseSystem; 2],
        ..named()
    };
    store.pay(&new, &twice).unwrap_err();
    assert_eq!(store.payable(&person).unwrap()[0].claim, None);
    assert_eq!(events(&store), [Value::Null; 0]);
    let paid = store.pay(&new, &named()).unwrap();
    // The second attempt is refused, and reported to nobody.
    let again = store.pay(&new, &named());
    assert!(matches!(again, Err(ClaimRefused::Claimed(first)) if first.id == paid.claim));
    assert_eq!(events(&store).len(), 1);
    store.audit_verify().unwrap();
}

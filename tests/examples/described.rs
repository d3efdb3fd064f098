//! What docs/report.schema.json, report.openapi.json and report.asyncapi.json say of a report is what a
//! desk sends.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cccd_desk::config::ReportField;
use cccd_desk::decision::reconciliation::Difference;
use cccd_desk::decision::verdict::{Digests, PolicyRef, ReadingCount};
use cccd_desk::decision::{
    CardFace, Check, CheckId, CheckResult, OnRecord, Verdict, VerdictKind, reason, reconcile,
};
use cccd_desk::desk::purpose::Purpose;
use cccd_desk::document::{Date, PersonalNumber};
use cccd_desk::payees::{Given, parse};
use cccd_desk::report::{Conclusion, JwkSet, Overriding, Receipt, ReportSettings, Undoing};
use cccd_desk::store::payees::{Basis, Kinship, NewAuthorisation, NewClaim, NewList};
use cccd_desk::store::{Role, Store};
use cccd_port::Clock;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::described_by::{misfits, parts, schema, strict, validator};
use crate::root;

/// A clock that stands still.
pub struct Noon;

impl Clock for Noon {
    fn now(&self) -> OffsetDateTime {
        datetime!(2026-03-02 05:00:00.25 UTC)
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

/// The verdict of that kind on a person who does not exist.
pub fn verdict(kind: VerdictKind) -> Verdict {
    let (reason, result) = match kind {
        VerdictKind::Verified => (None, CheckResult::Successful),
        VerdictKind::NotVerified => (Some(reason::DG_HASH_MISMATCH), CheckResult::Failed),
        VerdictKind::Undetermined => (Some(reason::CHECK_NOT_PERFORMED), CheckResult::Undetermined),
        VerdictKind::Unreadable => (Some(reason::NO_CARD), CheckResult::Aborted),
    };
    let good = [CheckId::SodSignature, CheckId::DgHash(1), CheckId::ChipAuth];
    let mut checks = good.map(Check::successful).to_vec();
    checks.push(Check {
        reason,
        ..Check::new(CheckId::DgHash(13), result)
    });
    Verdict {
        verdict: kind,
        reason,
        class: reason.map(|reason| reason.class()),
        reasons: reason.into_iter().collect(),
        test: true,
        at: Noon.now(),
        policy: PolicyRef {
            name: "dossier-intake".to_owned(),
            version: "1".to_owned(),
            digest: "aa".repeat(32),
        },
        // There whatever the verdict: a report must hold the number back by itself.
        personal_number: Some("001090000001".into()),
        name: Some("NGUYỄN VĂN A".into()),
        birth_date: Some("1990-01-01".into()),
        checks,
        notes: Vec::new(),
        access: Some("pace-can"),
        chip_authentication: Some("ca"),
        reading: ReadingCount::default(),
        digests: Digests {
            evidence: "bb".repeat(32),
            trust: "cc".repeat(32),
            policy: "aa".repeat(32),
            time: "dd".repeat(32),
        },
    }
}

/// What is told of every verdict, with these fields.
pub fn telling(fields: &[ReportField]) -> ReportSettings {
    ReportSettings {
        destinations: vec![cccd_desk::store::Destination::CaseSystem],
        fields: fields.to_vec(),
        bounds: cccd_desk::store::Bounds::default(),
        verdicts: vec![
            VerdictKind::Verified,
            VerdictKind::NotVerified,
            VerdictKind::Undetermined,
            VerdictKind::Unreadable,
        ],
    }
}

const ALL_FIELDS: [ReportField; 2] = [ReportField::Name, ReportField::BirthDate];

/// Concludes a session with that verdict, and returns the report that waits then.
pub fn conclude(store: &Store, session: &str, case_ref: Option<&str>, kind: VerdictKind) -> String {
    concluded(store, session, case_ref, kind, &ALL_FIELDS)
}

fn concluded(
    store: &Store,
    session: &str,
    case_ref: Option<&str>,
    kind: VerdictKind,
    fields: &[ReportField],
) -> String {
    concluded_for(store, session, case_ref, kind, fields, "dossier-intake")
}

fn concluded_for(
    store: &Store,
    session: &str,
    case_ref: Option<&str>,
    kind: VerdictKind,
    fields: &[ReportField],
    purpose: &str,
) -> String {
    let verdict = verdict(kind);
    let record = OnRecord {
        personal_number: Some("100000005".into()),
        name: Some("Nguyen Van A".into()),
        birth_date: Some("1990".into()),
        sex: Some("F".into()),
        social_insurance_number: Some("BH-0001".into()),
    };
    let face = CardFace {
        personal_number: verdict.personal_number.clone(),
        name: verdict.name.clone(),
        birth_date: verdict.birth_date.clone(),
        sex: Some("Nam".into()),
        old_number: Some("100000005".into()),
        ..CardFace::default()
    };
    let reconciliation = case_ref.and_then(|_| reconcile(&record, &verdict, &face, true));
    let conclusion = Conclusion {
        session,
        case_ref,
        purpose,
        desk: "desk-1",
        verdict: &verdict,
        evidence: None,
        reconciliation: reconciliation.as_ref(),
    };
    let concluded = store.conclude(&conclusion, &telling(fields)).unwrap();
    concluded.report_id.unwrap()
}

/// Goes on although the verdict of a session is open, and returns the report that waits then.
pub fn go_on(store: &Store, session: &str, case_ref: Option<&str>) -> String {
    let overriding = Overriding {
        session,
        case_ref,
        purpose: "dossier-intake",
        desk: "desk-1",
        policy: "dossier-intake",
        reasons: &["check-not-performed"],
        role: "operator",
        by: "0f1e2d3c",
        why: &"máy ảnh hỏng, đã so bằng mắt".into(),
        test: true,
    };
    let gone_on = store.override_verdict(&overriding, &telling(&ALL_FIELDS));
    gone_on.unwrap().unwrap()
}

/// Two people who do not exist, on one list.
const LIST: &str = "personal_number;name;amount;period;id\n\
    001090000001;NGUYỄN VĂN A;1500000;2026-02;a-1\n\
    001090000001;NGUYỄN VĂN A;1500000;2026-03;a-2\n\
    001090000001;NGUYỄN VĂN A;1500000;2026-04;a-3\n\
    079155000002;TRẦN THỊ B;700000;2026-02;b-1\n\
    079155000002;TRẦN THỊ B;700000;2026-03;b-2\n";

fn take_list(store: &Store) {
    let given = Given {
        id: Some("phuong-1".into()),
        issuer: Some("Phường thử nghiệm".into()),
        from: Some(Date::MIN),
        ..Given::default()
    };
    let list = parse(LIST.as_bytes(), &given, Date::MIN).unwrap();
    let new = NewList {
        list: &list,
        signer: None,
        sha256: &"ee".repeat(32),
        by: "operator",
    };
    store.import_payees(&new).unwrap();
}

/// Pays a person by a session, another through them, one without a card, and undoes it all.
fn payments(store: &Store, session: &str, case_ref: Option<&str>, fields: &[ReportField]) {
    let settings = telling(fields);
    let (own, others) = ["001090000001", "079155000002"]
        .map(|number| PersonalNumber::parse(number).unwrap())
        .into();
    concluded_for(
        store,
        session,
        case_ref,
        VerdictKind::Verified,
        fields,
        "benefit-payment",
    );
    let authorisation = store
        .authorise_payee(&NewAuthorisation {
            representative: &own,
            payee: &others,
            kind: Kinship::Relative,
            document: "GUQ 12/2026",
            valid_until: "2026-12-31".parse().unwrap(),
            by: "operator",
        })
        .unwrap();
    let open = |of_other: bool| {
        let payable = store.payable(&own).unwrap();
        let mut open = payable
            .into_iter()
            .filter(|entry| entry.claim.is_none() && entry.on_behalf.is_some() == of_other);
        open.next().unwrap().entry
    };
    let pay = |entry, authorisation, basis| {
        let new = NewClaim {
            entry,
            list: None,
            person: &own,
            authorisation,
            basis,
            case_ref,
            desk: "desk-1",
            clerk: "0f1e2d3c",
        };
        store.pay(&new, &settings).unwrap()
    };
    let by_session = Basis::Session(session);
    let paid = [
        pay(open(false), None, by_session),
        pay(open(true), Some(authorisation.as_str()), by_session),
        pay(open(false), None, Basis::Manual("chip hỏng")),
    ];
    for claimed in paid {
        let undoing = Undoing {
            claim: &claimed.claim,
            desk: "desk-1",
            by: "operator",
            reason: "nhầm quầy",
        };
        store.unpay(&undoing, &settings).unwrap();
    }
    store
        .revoke_authorisation(&authorisation, "operator")
        .unwrap();
}

/// One report after another of every kind, with little in it and with much: what is posted.
pub fn every_report(store: &Store) -> Vec<String> {
    let kinds = telling(&[]).verdicts;
    let mut number = 0;
    take_list(store);
    for (case_ref, fields) in [(Some("HS-2026-001"), &ALL_FIELDS[..]), (None, &[])] {
        for kind in &kinds {
            number += 1;
            let session = format!("S-{number}");
            concluded(store, &session, case_ref, *kind, fields);
            if *kind == VerdictKind::Undetermined {
                go_on(store, &session, case_ref);
            }
        }
        number += 1;
        payments(store, &format!("S-{number}"), case_ref, fields);
    }
    outgoing(store)
}

/// The signed reports that have no receipt yet, the oldest first.
fn outgoing(store: &Store) -> Vec<String> {
    let mut all = Vec::new();
    let each = |_: &str, jws: &str| {
        all.push(jws.to_owned());
        Ok(())
    };
    store.outbox_export(each).unwrap();
    all
}

fn store() -> Store {
    Store::in_memory(Arc::new(Noon)).unwrap()
}

/// The kinds of event that the description names.
fn kinds() -> BTreeSet<String> {
    let named = schema()["properties"]["type"]["enum"].clone();
    serde_json::from_value(named).unwrap()
}

#[test]
fn every_kind_of_report_fits_the_description_and_nothing_else_stands_in_it() {
    let store = store();
    store.rotate_signing().unwrap();
    let (report, header) = (strict(None), strict(Some("JoseHeader")));
    let compact = strict(Some("CompactJws"));
    let mut met = BTreeSet::new();
    for jws in every_report(&store) {
        let (protected, event) = parts(&jws);
        assert_eq!(misfits(&report, &event), [""; 0], "{event:#}");
        assert_eq!(misfits(&header, &protected), [""; 0], "{protected}");
        assert_eq!(misfits(&compact, &json!(jws)), [""; 0]);
        met.insert(event["type"].as_str().unwrap().to_owned());
    }
    assert_eq!(
        met,
        kinds(),
        "kinds that the description does not know, or only it"
    );
    let keys = serde_json::to_value(store.keys()).unwrap();
    assert_eq!(misfits(&strict(Some("JwkSet")), &keys), [""; 0]);
}

/// The fields of each object that the description lists, by the name of its definition.
fn listed(definition: &Value) -> BTreeSet<String> {
    let properties = definition["properties"].as_object().unwrap();
    properties.keys().cloned().collect()
}

#[test]
fn every_field_of_the_description_is_written() {
    let mut written: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut note = |name: &'static str, object: &Value| {
        let fields = object.as_object().unwrap().keys().cloned();
        written.entry(name).or_default().extend(fields);
    };
    for jws in every_report(&store()) {
        let (_, event) = parts(&jws);
        let data = &event["data"];
        let name = match event["type"].as_str().unwrap() {
            "identity.confirmed" => "Confirmed",
            "identity.rejected" => "Rejected",
            "identity.undetermined" => "Undetermined",
            "identity.overridden" => "Overridden",
            "identity.manual" => "Manual",
            "benefit.paid" => "Paid",
            "benefit.undone" => "Undone",
            other => panic!("{other}"),
        };
        note("", &event);
        note(name, data);
        note("AuditHead", &data["audit"]);
        for (name, field) in [
            ("PaidPerson", "payee"),
            ("PaidPerson", "representative"),
            ("Authorisation", "authorisation"),
        ] {
            if data[field].is_object() {
                note(name, &data[field]);
            }
        }
        if data["list"].is_object() {
            let list = if name == "Undone" {
                "UndoneList"
            } else {
                "PayeeList"
            };
            note(list, &data["list"]);
        }
        if ["Confirmed", "Rejected", "Undetermined"].contains(&name) {
            note("Policy", &data["policy"]);
            note("Digests", &data["digests"]);
        }
        for one in data["reconciliation"].as_array().into_iter().flatten() {
            note("Reconciled", one);
        }
    }
    let schema = schema();
    for (name, fields) in written {
        let definition = match name {
            "" => &schema,
            name => &schema["$defs"][name],
        };
        assert_eq!(fields, listed(definition), "{name}");
    }
}

#[test]
fn what_the_description_enumerates_is_all_that_there_is() {
    let schema = schema();
    let said = |pointer: &str| -> BTreeSet<String> {
        let found = schema
            .pointer(pointer)
            .unwrap_or_else(|| panic!("{pointer}"));
        serde_json::from_value(found.clone()).unwrap()
    };
    let names = |names: Vec<String>| names.into_iter().collect::<BTreeSet<_>>();
    let roles = Role::ALL.map(|role| role.name().to_owned()).to_vec();
    assert_eq!(said("/$defs/Overridden/properties/role/enum"), names(roles));
    let purposes = [
        Purpose::DossierIntake,
        Purpose::ResultReturn,
        Purpose::BenefitPayment,
    ]
    .map(|purpose| purpose.name().to_owned());
    assert_eq!(said("/$defs/Purpose/enum"), names(purposes.to_vec()));
    let classes = reason::all().map(|reason| {
        let class = serde_json::to_value(reason.class()).unwrap();
        class.as_str().unwrap().to_owned()
    });
    assert_eq!(said("/$defs/Class/enum"), names(classes.collect()));
    let differences = [
        Difference::Same,
        Difference::Spelling,
        Difference::Order,
        Difference::SwappedDayMonth,
        Difference::YearOnly,
        Difference::OldNumberLinked,
        Difference::OldNumberNotLinked,
        Difference::Other,
        Difference::Missing,
    ]
    .map(|difference| difference.name().to_owned());
    assert_eq!(
        said("/$defs/Reconciled/properties/difference/enum"),
        names(differences.to_vec())
    );
    for reason in reason::all() {
        let code = json!(reason.code());
        assert_eq!(misfits(&strict(Some("Reason")), &code), [""; 0]);
    }
    for id in CheckId::ALL
        .into_iter()
        .chain((1..=16).map(CheckId::DgHash))
    {
        let line = json!([{ "id": id, "result": CheckResult::Aborted, "reason": null }]);
        assert_eq!(misfits(&strict(Some("Checks")), &line), [""; 0]);
    }
}

/// The schema that a receiver uses as it is lets more through, and nothing that breaks a promise.
#[test]
fn a_receiver_may_trust_what_fits() {
    let lenient = validator(&schema());
    let reports = every_report(&store());
    let confirmed = parts(&reports[0]).1;
    let rejected = parts(&reports[1]).1;
    assert_eq!(confirmed["type"], "identity.confirmed");
    assert_eq!(rejected["type"], "identity.rejected");
    let changed = |event: &Value, pointer: &str, to: Value| {
        let mut event = event.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        event.pointer_mut(parent).unwrap()[name] = to;
        event
    };
    let more = changed(&confirmed, "/data/audit/more", json!(1));
    assert_eq!(misfits(&lenient, &more), [""; 0]);
    assert_ne!(misfits(&strict(None), &more), [""; 0]);
    for (event, pointer, to) in [
        (&rejected, "/data/personal_number", json!("001090000001")),
        (&rejected, "/data/verdict", json!("verified")),
        (&rejected, "/type", json!("identity.confirmed")),
        (&confirmed, "/type", json!("identity.rejected")),
        (&confirmed, "/type", json!("identity.assumed")),
        (&confirmed, "/specversion", json!("1.1")),
        (&confirmed, "/id", json!("1")),
        (&confirmed, "/sequence", json!("1")),
        (&confirmed, "/time", json!("yesterday")),
        (&confirmed, "/data", json!({})),
        (&confirmed, "/data/personal_number", json!("00109000000")),
        (&confirmed, "/data/test", json!("false")),
        (&confirmed, "/data/audit/hash", json!("00")),
        (&confirmed, "/data/checks/0/result", json!("good")),
    ] {
        let event = changed(event, pointer, to);
        assert_ne!(misfits(&lenient, &event), [""; 0], "{pointer}: {event}");
    }
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// `UPDATE_EXAMPLES=1` makes the example anew, with a key of its own that nobody keeps.
#[test]
fn the_example_verifies_and_fits() {
    let folder = root().join("docs/examples/report");
    if std::env::var_os("UPDATE_EXAMPLES").is_some() {
        write_example(&folder);
    }
    let jws = read(&folder, "report.jws");
    let keys: JwkSet = serde_json::from_str(&read(&folder, "keys.json")).unwrap();
    let payload = keys
        .verify(&jws)
        .expect("the example is signed with its key");
    let event: Value = serde_json::from_slice(&payload).unwrap();
    let shown: Value = serde_json::from_str(&read(&folder, "event.json")).unwrap();
    assert_eq!(event, shown, "event.json is what is signed");
    assert_eq!(misfits(&strict(None), &event), [""; 0]);
    assert_eq!(event["type"], "identity.confirmed");
    assert_eq!(event["data"]["test"], true, "an example is worth nothing");

    let receipt = read(&folder, "receipt.json");
    let id = event["id"].as_str().unwrap();
    Receipt::parse(receipt.as_bytes(), id, &sha256(&jws)).expect("the receipt of this report");
    let receipt: Value = serde_json::from_str(&receipt).unwrap();
    assert_eq!(misfits(&strict(Some("Receipt")), &receipt), [""; 0]);
    let keys = serde_json::to_value(keys).unwrap();
    assert_eq!(misfits(&strict(Some("JwkSet")), &keys), [""; 0]);

    let tampered = jws.replacen('.', ".A", 1);
    let keys: JwkSet = serde_json::from_value(keys).unwrap();
    assert!(keys.verify(&tampered).is_err());
}

fn sha256(text: &str) -> String {
    hex::encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()))
}

fn write_example(folder: &Path) {
    let store = store();
    conclude(
        &store,
        "01KJP1D0M0EXAMP1ES0SESS10N",
        Some("HS-2026-001"),
        VerdictKind::Verified,
    );
    let jws = outgoing(&store).remove(0);
    let event = parts(&jws).1;
    let receipt = Receipt {
        receipt_id: "R-0001".to_owned(),
        idempotency_key: event["id"].as_str().unwrap().to_owned(),
        received_at: "2026-03-02T05:00:01Z".to_owned(),
        sha256: sha256(&jws),
    };
    let pretty = |value: Value| format!("{value:#}\n");
    std::fs::write(folder.join("report.jws"), &jws).unwrap();
    for (name, value) in [
        ("event.json", event),
        ("keys.json", serde_json::to_value(store.keys()).unwrap()),
        ("receipt.json", serde_json::to_value(receipt).unwrap()),
    ] {
        std::fs::write(folder.join(name), pretty(value)).unwrap();
    }
}

/// Whatever the two descriptions refer to is there, and they name the same kinds.
#[test]
fn the_descriptions_refer_to_what_is_there() {
    let docs = root().join("docs");
    for name in ["report.openapi.json", "report.asyncapi.json"] {
        let document: Value = serde_json::from_str(&read(&docs, name)).unwrap();
        let mut found = 0;
        let mut rest = vec![&document];
        while let Some(value) = rest.pop() {
            match value {
                Value::Object(members) => {
                    for (key, value) in members {
                        let text = value.as_str().unwrap_or_default();
                        if key == "$ref" {
                            refers(&docs, name, text);
                            found += 1;
                        } else if key == "externalValue" {
                            assert!(docs.join(text).is_file(), "{name}: {text}");
                        }
                        rest.push(value);
                    }
                }
                Value::Array(items) => rest.extend(items),
                _ => {}
            }
        }
        assert!(found > 4, "{name}");
    }
    let asyncapi: Value = serde_json::from_str(&read(&docs, "report.asyncapi.json")).unwrap();
    let named = &asyncapi["channels"]["report"]["parameters"]["kind"]["enum"];
    let named: BTreeSet<String> = serde_json::from_value(named.clone()).unwrap();
    assert_eq!(named, kinds());
}

/// Whether a reference leads to something: `file#/pointer` or `#/pointer`.
fn refers(docs: &Path, from: &str, reference: &str) {
    let (file, pointer) = reference.split_once('#').unwrap();
    let file = if file.is_empty() { from } else { file };
    let document: Value = serde_json::from_str(&read(docs, file)).unwrap();
    assert!(document.pointer(pointer).is_some(), "{from}: {reference}");
}

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod others;

use core::time::Duration;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::super::deliveries::{Next, StoredReceipt};
use super::super::fingers::{Holder, Means, NewFinger};
use super::super::outbox::Destination;
use super::super::payees::{Basis, Kinship, NewAuthorisation, NewClaim, NewList};
use super::super::testing::{TestClock, conclusion, lies_in, report_all, verdict, written};
use super::*;
use crate::decision::{Fact, VerdictKind};
use crate::document::Date;
use crate::payees::{Given, parse};
use crate::report::{Conclusion, ReportSettings};

/// Somebody who does not exist.
struct Persona {
    number: &'static str,
    name: &'static str,
    born: &'static str,
    picture: [u8; 3_000],
}

const fn persona(
    number: &'static str,
    name: &'static str,
    born: &'static str,
    byte: u8,
) -> Persona {
    Persona {
        number,
        name,
        born,
        picture: [byte; 3_000],
    }
}

static PEOPLE: [Persona; 3] = [
    persona("001090000001", "NGUYỄN VĂN A", "1990-01-31", 0xa1),
    persona("079155000002", "TRẦN THỊ B", "1955-06-15", 0xb2),
    persona("048201000003", "LÊ VĂN C", "2001-12-01", 0xc3),
];

impl Persona {
    fn number(&self) -> PersonalNumber {
        PersonalNumber::parse(self.number).unwrap()
    }

    /// What no file may hold of somebody who was erased.
    fn traces(&self) -> [&[u8]; 4] {
        [
            self.number.as_bytes(),
            self.name.as_bytes(),
            self.born.as_bytes(),
            &self.picture[..16],
        ]
    }
}

/// A store whose file is not encrypted, so that the test sees what lies in it.
fn plain(folder: &Path, clock: Arc<TestClock>) -> Store {
    let connection = Connection::open(folder.join("desk.db")).unwrap();
    Store::on(connection, Some(folder.to_owned()), clock).unwrap()
}

fn shows(evidence: &[u8], number: &PersonalNumber) -> bool {
    let number = number.reveal().as_bytes();
    evidence
        .windows(number.len())
        .any(|window| window == number)
}

fn conclude(store: &Store, session: &str, persona: &Persona, settings: &ReportSettings) {
    let mut verdict = verdict(VerdictKind::Verified);
    verdict.personal_number = Some(persona.number.into());
    verdict.name = Some(persona.name.into());
    verdict.birth_date = Some(persona.born.into());
    verdict.checks[0]
        .facts
        .insert("name", Fact::Personal(persona.name.into()));
    let conclusion = Conclusion {
        purpose: "benefit-payment",
        evidence: Some(&persona.picture),
        ..conclusion(session, &verdict)
    };
    store.conclude(&conclusion, settings).unwrap();
    store
        .meet_frames(session, &[format!("frame of {session}")])
        .unwrap();
}

fn deliver_all(store: &Store) {
    while let Next::Send(report) = store
        .next_report(Destination::CaseSystem, Duration::from_secs(300))
        .unwrap()
    {
        let receipt = StoredReceipt {
            receipt_id: "R-1",
            received_at: "2026-03-02T08:00:00Z",
            sha256: &report.sha256,
        };
        store.delivered(&report, Some(200), &receipt).unwrap();
    }
}

/// All three in one list, each to be paid for two months.
fn import(store: &Store, id: &str, until: Option<&str>) {
    let mut file = "personal_number,name,birth_date,amount,period\n".to_owned();
    for Persona {
        number, name, born, ..
    } in &PEOPLE
    {
        for month in ["2026-02", "2026-03"] {
            file += &format!("{number},{name},{born},1500000,{month}\n");
        }
    }
    let given = Given {
        id: Some(id.to_owned()),
        issuer: Some("UBND phường Một".to_owned()),
        from: Some("2026-03-01".parse().unwrap()),
        until: until.map(|until| until.parse().unwrap()),
        ..Given::default()
    };
    store
        .import_payees(&NewList {
            list: &parse(file.as_bytes(), &given, Date::MIN).unwrap(),
            signer: Some("key-1"),
            sha256: id,
            by: "an operator",
        })
        .unwrap();
}

fn pay(store: &Store, persona: &Persona, basis: Basis<'_>, entry: usize) {
    let person = persona.number();
    let entry = store.payable(&person).unwrap()[entry].entry;
    store
        .claim_payee(&NewClaim {
            entry,
            list: None,
            person: &person,
            authorisation: None,
            basis,
            case_ref: None,
            desk: "desk-1",
            clerk: "a clerk",
        })
        .unwrap();
}

fn enrol(store: &Store, session: &str, persona: &Persona) {
    store
        .keep_finger(&NewFinger {
            session,
            consent_by: "a clerk",
            holder: &Holder {
                number: persona.number.into(),
                card: "card".to_owned(),
            },
            finger: "right-index",
            means: &Means {
                sensor: "r30x".to_owned(),
                algorithm: "one/1".to_owned(),
            },
            references: b"minutiae",
            expires_at: store.now() + time::Duration::days(365),
        })
        .unwrap();
    store
        .keep_chip(&[session.to_owned()], &persona.number.into(), None)
        .unwrap();
}

/// Everybody came, was reported, enrolled, and paid for February.
fn everybody(store: &Store, until: Option<&str>) {
    import(store, "list-1", until);
    for (place, persona) in PEOPLE.iter().enumerate() {
        let session = format!("S-{place}");
        conclude(store, &session, persona, &report_all());
        enrol(store, &session, persona);
        pay(store, persona, Basis::Session(&session), 0);
    }
    store
        .authorise_payee(&NewAuthorisation {
            representative: &PEOPLE[1].number(),
            payee: &PEOPLE[0].number(),
            kind: Kinship::Relative,
            document: "GUQ 12/2026",
            valid_until: "2026-12-31".parse().unwrap(),
            by: "a supervisor",
        })
        .unwrap();
}

fn export(store: &Store, persona: &Persona) -> Value {
    let copy = store.subject_export(&persona.number(), "an officer", &shows);
    serde_json::from_str(copy.unwrap().reveal()).unwrap()
}

fn erase(store: &Store, persona: &Persona) -> Erased {
    let erased = store.subject_erase(&persona.number(), "an officer", &shows);
    erased.unwrap()
}

/// Which of the traces lie in any file, as they are or in a report.
fn found(folder: &Path, persona: &Persona) -> Vec<usize> {
    let files: Vec<Vec<u8>> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect();
    let traces = persona.traces();
    let traces = traces.iter().enumerate().filter(|(_, trace)| {
        let written = written(trace);
        files.iter().any(|file| lies_in(file, &written))
    });
    traces.map(|(place, _)| place).collect()
}

#[test]
fn who_is_erased_is_nowhere_and_the_others_are_whole() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = plain(folder.path(), clock.clone());
    everybody(&store, Some("2026-03-03"));
    deliver_all(&store);
    clock.advance(time::Duration::days(3));
    // Somebody held the number and was not confirmed: the evidence alone tells.
    let unread = verdict(VerdictKind::Undetermined);
    let mut unread = unread;
    unread.personal_number = None;
    unread.name = None;
    unread.birth_date = None;
    unread.checks.clear();
    let mut unsure = conclusion("S-unsure", &unread);
    unsure.evidence = Some(PEOPLE[0].number.as_bytes());
    let unreported = ReportSettings {
        destinations: Vec::new(),
        ..report_all()
    };
    store.conclude(&unsure, &unreported).unwrap();
    let others: Vec<Value> = PEOPLE[1..].iter().map(|one| export(&store, one)).collect();
    let copy = folder.path().join("desk.db.before-7");
    std::fs::write(&copy, PEOPLE[0].number).unwrap();
    assert_eq!(found(folder.path(), &PEOPLE[0]), [0, 1, 2, 3]);

    let erased = erase(&store, &PEOPLE[0]);
    assert_eq!(
        (
            erased.sessions,
            erased.reports,
            erased.fingers,
            erased.chips
        ),
        (2, 1, 1, 1)
    );
    assert_eq!(
        (erased.payees, erased.authorisations, erased.copies),
        (2, 1, 1)
    );
    // Two conclusions, an enrolment, a payment, an authorisation.
    assert_eq!(erased.digests, 5);
    assert!(erased.waiting_reports.is_empty() && erased.waiting_payees.is_empty());
    assert_eq!(found(folder.path(), &PEOPLE[0]), [0_usize; 0]);
    let head = store.audit_verify().unwrap();
    // The entry of the erasure itself names nobody, and has no salt to try a number with.
    let salts: i64 = store
        .read(|connection| {
            let sql = "SELECT count(*) FROM audit_salts WHERE number = ?1";
            let number = i64::try_from(head.number).unwrap();
            Ok(connection.query_row(sql, [number], |row| row.get(0))?)
        })
        .unwrap();
    assert_eq!(salts, 0);

    for (persona, mut before) in PEOPLE[1..].iter().zip(others) {
        assert_eq!(found(folder.path(), persona), [0, 1, 2, 3]);
        let mut after = export(&store, persona);
        for copy in [&mut before, &mut after] {
            copy["exported_at"].take();
            // The copy before is itself an entry; the authorisation was for the erased one too.
            copy["audit_entries"].take();
            copy["authorisations"].take();
        }
        assert_eq!(after, before);
    }
    // The payments stay, and name nobody.
    let sheet = store.payee_sheet("2026-03-02".parse().unwrap()).unwrap();
    assert_eq!(sheet.claims.len(), 3);
    assert_eq!(
        sheet
            .claims
            .iter()
            .filter(|claim| claim.name.is_none())
            .count(),
        1
    );
    let nothing = Erased::default();
    assert_eq!(erase(&store, &PEOPLE[0]), nothing, "and again");
}

#[test]
fn what_has_to_stay_goes_once_it_need_not() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = plain(folder.path(), clock.clone());
    everybody(&store, Some("2026-03-10"));
    let erased = erase(&store, &PEOPLE[0]);
    assert_eq!((erased.sessions, erased.reports, erased.payees), (1, 0, 1));
    assert_eq!(erased.waiting_reports.len(), 1);
    let left: Vec<_> = erased
        .waiting_payees
        .iter()
        .map(|entry| (entry.list.as_str(), entry.period.as_str()))
        .collect();
    assert_eq!(left, [("list-1", "2026-03")]);
    let pending = export(&store, &PEOPLE[0])["pending_erasures"].clone();
    assert_eq!(pending.as_array().unwrap().len(), 2);
    // The number in the list; the report's text is base64. The picture is gone at once.
    assert_eq!(found(folder.path(), &PEOPLE[0]), [0, 1, 2]);

    let terms = super::super::purging::Terms::from(&crate::config::Privacy::default());
    let purge = || {
        clock.advance(time::Duration::hours(1));
        store.purge_by_terms(&terms).unwrap().erasures
    };
    let texts = || -> i64 {
        store
            .read(|connection| {
                let sql = "SELECT count(jws) FROM outbox WHERE session = 'S-0'";
                Ok(connection.query_row(sql, [], |row| row.get(0))?)
            })
            .unwrap()
    };
    assert_eq!((purge(), texts()), (0, 1));
    deliver_all(&store);
    assert_eq!((purge(), texts()), (1, 0));
    assert_eq!(purge(), 0);
    clock.advance(time::Duration::days(9));
    assert_eq!(purge(), 1, "the list is over");
    assert_eq!(found(folder.path(), &PEOPLE[0]), [0_usize; 0]);
    assert_eq!(found(folder.path(), &PEOPLE[1]), [0, 1, 2, 3]);
    store.audit_verify().unwrap();
}

#[test]
fn an_erasure_that_was_cut_off_is_finished_by_the_purge() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = plain(folder.path(), clock.clone());
    everybody(&store, Some("2026-03-02"));
    deliver_all(&store);
    clock.advance(time::Duration::days(2));
    // A copy that cannot be removed stops it once all is erased, and before the file is written anew.
    let copy = folder.path().join("desk.db.before-7");
    std::fs::create_dir(&copy).unwrap();
    let stopped = store.subject_erase(&PEOPLE[0].number(), "an officer", &shows);
    assert!(matches!(stopped, Err(StoreError::Folder { .. })));
    std::fs::remove_dir(&copy).unwrap();
    std::fs::write(&copy, PEOPLE[0].number).unwrap();
    let terms = super::super::purging::Terms::from(&crate::config::Privacy::default());
    store.purge_by_terms(&terms).unwrap();
    assert!(!copy.exists());
    assert_eq!(found(folder.path(), &PEOPLE[0]), [0_usize; 0]);
    assert_eq!(found(folder.path(), &PEOPLE[1]), [0, 1, 2, 3]);
}

#[test]
fn an_entry_that_was_to_be_paid_goes_once_it_is_paid() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = plain(folder.path(), clock.clone());
    import(&store, "list-1", None);
    assert_eq!(erase(&store, &PEOPLE[2]).waiting_payees.len(), 2);
    for reason in ["the chip is dead", "the chip is dead again"] {
        pay(
            &store,
            &PEOPLE[2],
            Basis::Manual(reason),
            usize::from(reason.ends_with("again")),
        );
    }
    let terms = super::super::purging::Terms::from(&crate::config::Privacy::default());
    assert_eq!(store.purge_by_terms(&terms).unwrap().erasures, 2);
    let reasons: Vec<String> = store
        .read(|connection| {
            let mut statement = connection.prepare("SELECT reason FROM payee_claims")?;
            let reasons = statement.query_map([], |row| row.get(0))?;
            Ok(reasons.collect::<Result<_, _>>()?)
        })
        .unwrap();
    assert_eq!(reasons, ["", ""], "free words may name anybody");
}

#[test]
fn a_copy_holds_everything_and_is_itself_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let store = plain(folder.path(), TestClock::new());
    everybody(&store, None);
    let copy = export(&store, &PEOPLE[0]);
    assert_eq!(
        copy["sessions"][0]["record"]["personal_number"],
        PEOPLE[0].number
    );
    assert_eq!(copy["sessions"][0]["evidence"]["bytes"], 3_000);
    let content = copy["reports"][0]["content"].to_string();
    assert!(content.contains(PEOPLE[0].number), "{content}");
    assert_eq!(copy["enrolled_fingers"][0]["finger"], "right-index");
    assert_eq!(copy["remembered_chips"].as_array().unwrap().len(), 1);
    assert_eq!(copy["payee_entries"][0]["claims"][0]["amount"], 1_500_000);
    assert_eq!(
        copy["payee_entries"][1]["claims"].as_array().unwrap().len(),
        0
    );
    assert_eq!(copy["authorisations"][0]["as"], "payee");
    let kinds: Vec<_> = copy["audit_entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "concluded",
            "finger-enrolled",
            "payee-claimed",
            "payee-authorised"
        ]
    );
    for other in &PEOPLE[1..] {
        for text in [other.number, other.name] {
            assert!(!copy.to_string().contains(text), "{text}");
        }
    }
    let again = export(&store, &PEOPLE[0]);
    let newest = again["audit_entries"].as_array().unwrap().last().unwrap();
    assert_eq!(newest["kind"], "person-exported");
}

#[test]
fn reports_of_payments_go_with_whomever_they_name() {
    let folder = tempfile::tempdir().unwrap();
    let store = plain(folder.path(), TestClock::new());
    let settings = ReportSettings {
        fields: vec![crate::config::ReportField::Name],
        ..report_all()
    };
    import(&store, "one", None);
    let [taker, payee, third] = &PEOPLE;
    conclude(&store, "S-1", taker, &settings);
    let (representative, person) = (taker.number(), payee.number());
    let authorisation = store
        .authorise_payee(&NewAuthorisation {
            representative: &representative,
            payee: &person,
            kind: Kinship::Relative,
            document: "GUQ 1",
            valid_until: "2026-12-31".parse().unwrap(),
            by: "sup",
        })
        .unwrap();
    let entries = store.payable(&person).unwrap();
    let new = NewClaim {
        entry: entries[0].entry,
        list: None,
        person: &representative,
        authorisation: Some(&authorisation),
        basis: Basis::Session("S-1"),
        case_ref: None,
        desk: "desk-1",
        clerk: "a clerk",
    };
    store.pay(&new, &settings).unwrap();
    let by_hand = NewClaim {
        entry: entries[1].entry,
        person: &person,
        authorisation: None,
        basis: Basis::Manual("dead chip"),
        ..new
    };
    store.pay(&by_hand, &settings).unwrap();

    // Each is shown what is said of them, and of the other nothing.
    let kinds = |export: &Value| -> Vec<String> {
        let reports = export["reports"].as_array().unwrap().iter();
        reports
            .map(|one| one["kind"].as_str().unwrap().to_owned())
            .collect()
    };
    let (of_taker, of_payee) = (export(&store, taker), export(&store, payee));
    assert_eq!(kinds(&of_taker), ["identity.confirmed", "benefit.paid"]);
    assert_eq!(kinds(&of_payee), ["benefit.paid", "identity.manual"]);
    for (export, other) in [(&of_taker, payee), (&of_payee, taker)] {
        let text = export.to_string();
        assert!(
            !text.contains(other.number) && !text.contains(other.name),
            "{text}"
        );
    }
    assert_eq!(kinds(&export(&store, third)), [""; 0]);

    let kept = || -> Vec<String> {
        let sql = "SELECT kind FROM outbox WHERE jws IS NOT NULL ORDER BY sequence";
        let kept = store.read(|connection| {
            let mut statement = connection.prepare(sql)?;
            let kept = statement.query_map([], |row| row.get(0))?;
            Ok(kept.collect::<Result<_, _>>()?)
        });
        kept.unwrap()
    };
    let erased = erase(&store, payee);
    assert_eq!((erased.reports, erased.waiting_reports.len()), (0, 2));
    assert_eq!(kept().len(), 3, "not delivered yet");
    deliver_all(&store);
    let terms = super::super::purging::Terms::from(&crate::config::Privacy::default());
    assert_eq!(store.purge_by_terms(&terms).unwrap().erasures, 2);
    assert_eq!(kept(), ["identity.confirmed"]);
    assert_eq!(found(folder.path(), payee), [0_usize; 0]);
}

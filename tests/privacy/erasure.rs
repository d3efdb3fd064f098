//! Somebody is forgotten, by their wish or by the term: the files of the data folder and the decrypted
//! database hold nothing of them, and the others are whole.

use std::path::Path;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cccd_desk::chip::FileId;
use cccd_desk::config::{Days, Privacy};
use cccd_desk::decision::verdict::{Digests, PolicyRef, ReadingCount};
use cccd_desk::decision::{Verdict, VerdictKind};
use cccd_desk::desk::reading::evidence_file;
use cccd_desk::document::{Date, PersonalNumber};
use cccd_desk::payees::{Given, parse};
use cccd_desk::report::{Conclusion, ReportSettings};
use cccd_desk::store::fingers::{Holder, Means, NewFinger};
use cccd_desk::store::payees::{Basis, NewClaim, NewList};
use cccd_desk::store::purging::Terms;
use cccd_desk::store::{AuditEvent, Destination, Store};
use cccd_desk::verify::Evidence;
use cccd_desk::verify::evidence::FileState;
use cccd_port::Clock;
use rusqlite::Connection;
use time::OffsetDateTime;
use time::macros::datetime;

/// A clock that stands still until it is told.
struct TestClock(Mutex<OffsetDateTime>);

impl Clock for TestClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }

    fn elapsed(&self) -> core::time::Duration {
        core::time::Duration::ZERO
    }
}

/// Somebody who does not exist.
struct Persona {
    number: &'static str,
    name: &'static str,
    born: &'static str,
}

const PEOPLE: [Persona; 3] = [
    Persona {
        number: "001090000001",
        name: "NGUYỄN VĂN A",
        born: "1990-01-31",
    },
    Persona {
        number: "079155000002",
        name: "TRẦN THỊ B",
        born: "1955-06-15",
    },
    Persona {
        number: "048201000003",
        name: "LÊ VĂN C",
        born: "2001-12-01",
    },
];

impl Persona {
    /// Bytes that no compression makes shorter, other ones for everybody.
    fn picture(&self) -> Vec<u8> {
        let mut state = self.number.parse::<u64>().unwrap();
        let next = |_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()[0]
        };
        (0..20_000).map(next).collect()
    }

    fn evidence(&self) -> Vec<u8> {
        let mut evidence = Evidence::default();
        for (file, bytes) in [
            (FileId::Dg(1), self.number.as_bytes().to_vec()),
            (FileId::Dg(2), self.picture()),
        ] {
            evidence.files.insert(file, FileState::Read(bytes.into()));
        }
        evidence_file::to_zip(&evidence).unwrap().to_vec()
    }

    /// What is looked for: number, name, and the picture as it is and as the zip holds it.
    fn traces(&self) -> Vec<Vec<u8>> {
        let evidence = self.evidence();
        let middle = evidence.len() / 2;
        vec![
            self.number.into(),
            self.name.into(),
            self.picture()[1_000..1_032].to_vec(),
            evidence[middle..middle + 32].to_vec(),
        ]
    }
}

fn verdict(store: &Store, persona: &Persona) -> Verdict {
    Verdict {
        verdict: VerdictKind::Verified,
        reason: None,
        class: None,
        reasons: Vec::new(),
        test: true,
        at: store.now(),
        policy: PolicyRef {
            name: "benefit-payment".to_owned(),
            version: "1".to_owned(),
            digest: String::new(),
        },
        personal_number: Some(persona.number.into()),
        name: Some(persona.name.into()),
        birth_date: Some(persona.born.into()),
        checks: Vec::new(),
        notes: Vec::new(),
        access: None,
        chip_authentication: None,
        reading: ReadingCount::default(),
        digests: Digests::default(),
    }
}

/// Somebody comes twice, is enrolled, and is paid.
fn comes(store: &Store, persona: &Persona, purpose: &str) {
    let person = PersonalNumber::parse(persona.number).unwrap();
    for visit in ["first", "second"] {
        let session = format!("{visit} {}", persona.born);
        let verdict = verdict(store, persona);
        let evidence = persona.evidence();
        let conclusion = Conclusion {
            session: &session,
            case_ref: Some("HS-1"),
            purpose,
            desk: "desk-1",
            verdict: &verdict,
            evidence: Some(&evidence),
            reconciliation: None,
        };
        let reported = ReportSettings {
            destinations: vec![Destination::CaseSystem],
            ..ReportSettings::from(&cccd_desk::config::Config::default())
        };
        store.conclude(&conclusion, &reported).unwrap();
    }
    // Nobody takes the reports: their text goes with the term then.
    let (to, why) = (Destination::CaseSystem, "gone".into());
    assert_eq!(store.outbox_give_up(to, "an operator", &why).unwrap(), 2);
    let session = format!("second {}", persona.born);
    store
        .keep_finger(&NewFinger {
            session: &session,
            consent_by: "a clerk",
            holder: &Holder {
                number: persona.number.into(),
                card: "card".to_owned(),
            },
            finger: "left-thumb",
            means: &Means {
                sensor: "r30x".to_owned(),
                algorithm: "one/1".to_owned(),
            },
            references: &persona.picture()[..500],
            expires_at: store.now() + time::Duration::days(60),
        })
        .unwrap();
    if purpose == "benefit-payment" {
        let entry = store.payable(&person).unwrap()[0].entry;
        store
            .claim_payee(&NewClaim {
                entry,
                list: None,
                person: &person,
                authorisation: None,
                basis: Basis::Session(&session),
                case_ref: None,
                desk: "desk-1",
                clerk: "a clerk",
            })
            .unwrap();
    }
}

fn import(store: &Store) {
    let mut file = "personal_number,name,birth_date,amount,period\n".to_owned();
    for persona in &PEOPLE {
        file += &format!(
            "{},{},{},500000,2026-03\n",
            persona.number, persona.name, persona.born
        );
    }
    let given = Given {
        id: Some("list-1".to_owned()),
        issuer: Some("UBND phường Một".to_owned()),
        from: Some("2026-03-01".parse().unwrap()),
        until: Some("2026-03-02".parse().unwrap()),
        ..Given::default()
    };
    store
        .import_payees(&NewList {
            list: &parse(file.as_bytes(), &given, Date::MIN).unwrap(),
            signer: Some("key-1"),
            sha256: "digest",
            by: "an operator",
        })
        .unwrap();
}

/// Every file of the folder, and the database without its encryption.
fn all_bytes(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        all.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let decrypted = tempfile::tempdir().unwrap();
    let plain = decrypted.path().join("plain.db");
    let key = std::fs::read_to_string(folder.join("desk.key")).unwrap();
    let connection = Connection::open(folder.join("desk.db")).unwrap();
    let statement = format!(
        "PRAGMA key = \"x'{}'\"; ATTACH '{}' AS plain KEY '';",
        key.trim(),
        plain.display()
    );
    connection.execute_batch(&statement).unwrap();
    connection
        .query_row("SELECT sqlcipher_export('plain')", [], |_| Ok(()))
        .unwrap();
    connection.execute_batch("DETACH plain").unwrap();
    let plain = std::fs::read(plain).unwrap();
    assert!(plain.starts_with(b"SQLite format 3"), "it is not decrypted");
    all.extend(plain);
    all
}

/// The ways in which bytes lie in a file: as they are, and in base64url (RFC 4648, 5), as in a signed report,
/// from each of the three places of a group on.
fn written(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut ways = vec![bytes.to_vec()];
    for before in 0..3 {
        let padded = [&[0; 3][..before], bytes].concat();
        let text = URL_SAFE_NO_PAD.encode(&padded);
        // But for the letters that the neighbours decide as well.
        let own = before.min(1) * 4..padded.len() / 3 * 4;
        ways.push(text.as_bytes()[own].to_vec());
    }
    ways
}

/// Which of the traces are there: the picture as it is never, for the zip holds it.
fn found(folder: &Path, persona: &Persona) -> Vec<usize> {
    let all = all_bytes(folder);
    let lies = |way: &Vec<u8>| all.windows(way.len()).any(|window| window == way);
    let traces = persona.traces().into_iter().enumerate();
    traces
        .filter(|(_, trace)| written(trace).iter().any(lies))
        .map(|(place, _)| place)
        .collect()
}

fn is_whole(store: &Store, folder: &Path, persona: &Persona) {
    for visit in ["first", "second"] {
        let session = format!("{visit} {}", persona.born);
        let record = store.verdict(&session).unwrap().unwrap();
        assert!(record.reveal().contains(persona.name));
        assert_eq!(
            *store.evidence(&session).unwrap().unwrap(),
            persona.evidence()
        );
    }
    let kept = found(folder, persona);
    assert!(
        [0, 1, 3].iter().all(|trace| kept.contains(trace)),
        "{kept:?}"
    );
}

fn desk(folder: &Path) -> (Arc<TestClock>, Store) {
    let clock = Arc::new(TestClock(Mutex::new(datetime!(2026-03-02 03:00:00 UTC))));
    let store = Store::open(folder, clock.clone()).unwrap();
    (clock, store)
}

fn days(clock: &TestClock, days: i64) {
    *clock.0.lock().unwrap() += time::Duration::days(days);
}

#[test]
fn nothing_of_who_was_erased_is_left_and_the_others_are_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, store) = desk(folder.path());
    import(&store);
    for persona in &PEOPLE {
        comes(&store, persona, "benefit-payment");
    }
    for persona in &PEOPLE {
        is_whole(&store, folder.path(), persona);
    }
    days(&clock, 2);
    let [erased, others @ ..] = &PEOPLE;
    let number = PersonalNumber::parse(erased.number).unwrap();
    let done = store
        .subject_erase(&number, "an officer", &|evidence, number| {
            evidence_file::mentions(evidence, number.reveal())
        })
        .unwrap();
    assert_eq!((done.sessions, done.fingers, done.payees), (2, 1, 1));
    assert_eq!(done.reports, 2);
    assert_eq!(found(folder.path(), erased), [0_usize; 0]);
    for persona in others {
        is_whole(&store, folder.path(), persona);
    }
    store.audit_verify().unwrap();
    let sheet = store.payee_sheet("2026-03-02".parse().unwrap()).unwrap();
    assert_eq!(sheet.claims.len(), 3, "what was paid was paid");
}

#[test]
fn nothing_of_whom_the_term_is_over_is_left_and_the_others_are_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, store) = desk(folder.path());
    let [over, others @ ..] = &PEOPLE;
    comes(&store, over, "dossier-intake");
    days(&clock, 30);
    store.record(&AuditEvent::new("at work")).unwrap();
    days(&clock, 31);
    for persona in others {
        comes(&store, persona, "dossier-intake");
    }
    comes(
        &store,
        &Persona {
            born: "result",
            ..others[0]
        },
        "result-return",
    );
    let terms = Terms::from(&Privacy {
        days: Days {
            dossier_intake: 60,
            ..Days::default()
        },
        ..Privacy::default()
    });
    let purged = store.purge_by_terms(&terms).unwrap();
    // Two conclusions, an enrolment, and why the case system was given up.
    assert_eq!((purged.verdicts, purged.fingers, purged.digests), (2, 1, 4));
    assert_eq!(purged.reports, 2);
    assert_eq!(found(folder.path(), over), [0_usize; 0]);
    for persona in others {
        is_whole(&store, folder.path(), persona);
    }
    store.audit_verify().unwrap();
}

#[test]
fn a_number_is_found_in_evidence_however_it_is_packed() {
    let [one, other, ..] = &PEOPLE;
    let evidence = one.evidence();
    let unpacked = evidence
        .windows(one.number.len())
        .any(|window| window == one.number.as_bytes());
    assert!(evidence_file::mentions(&evidence, one.number), "{unpacked}");
    assert!(!evidence_file::mentions(&evidence, other.number));
    let transcript = format!("{{\"dg1\":\"{}\"}}", hex::encode_upper(one.number));
    assert!(evidence_file::mentions(transcript.as_bytes(), one.number));
}

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod days;
mod desks;

use std::sync::{Arc, Barrier};

use super::{
    Basis, Claim, ClaimKind, ClaimRefused, Claimed, ImportRefused, Kinship, ListNow,
    NewAuthorisation, NewClaim, NewList,
};
use crate::decision::VerdictKind::{self, Undetermined, Verified};
use crate::document::{Date, PersonalNumber};
use crate::payees::{Dong, Given, List, parse};
use crate::report::Conclusion;
use crate::store::testing::{NUMBER, TestClock, conclusion, open, report_all, verdict};
use crate::store::{Store, StoreError};

const OTHER: &str = "079155000002";

fn number(text: &str) -> PersonalNumber {
    PersonalNumber::parse(text).unwrap()
}

/// Two people, one of them for two months.
fn list(id: &str, until: Option<&str>) -> List {
    let file = format!(
        "personal_number,name,amount,period\n{NUMBER},NGUYỄN VĂN A,1500000,2026-02\n\
         {NUMBER},NGUYỄN VĂN A,1500000,2026-03\n{OTHER},TRẦN THỊ B,500000,2026-03\n"
    );
    let given = Given {
        id: Some(id.to_owned()),
        issuer: Some("UBND phường Một".to_owned()),
        from: Some("2026-03-01".parse().unwrap()),
        until: until.map(|until| until.parse().unwrap()),
        ..Given::default()
    };
    parse(file.as_bytes(), &given, Date::MIN).unwrap()
}

fn import(store: &Store, list: &List) -> Result<super::Imported, ImportRefused> {
    store.import_payees(&NewList {
        list,
        signer: Some("key-1"),
        sha256: &list.id.repeat(2),
        by: "an operator",
    })
}

/// A session that ended so, for a payment.
fn session(store: &Store, id: &str, kind: VerdictKind) {
    let verdict = verdict(kind);
    let conclusion = Conclusion {
        purpose: "benefit-payment",
        ..conclusion(id, &verdict)
    };
    store.conclude(&conclusion, &report_all()).unwrap();
}

fn claim<'a>(entry: i64, person: &'a PersonalNumber, session: &'a str) -> NewClaim<'a> {
    NewClaim {
        entry,
        list: None,
        person,
        authorisation: None,
        basis: Basis::Session(session),
        case_ref: None,
        desk: "desk-1",
        clerk: "clerk-1",
    }
}

fn first(refused: Result<Claimed, ClaimRefused>) -> Claim {
    match refused {
        Err(ClaimRefused::Claimed(first)) => *first,
        other => panic!("{other:?}"),
    }
}

/// A store with the list, and a session that verified the first person.
fn ready(folder: &std::path::Path) -> Store {
    let store = open(folder);
    import(&store, &list("one", None)).unwrap();
    session(&store, "S-1", Verified);
    store
}

fn audit_kinds(store: &Store) -> Vec<String> {
    let mut lines = Vec::new();
    store.audit_export(&mut lines).unwrap();
    let text = String::from_utf8(lines).unwrap();
    for personal in [NUMBER, OTHER, "NGUYỄN", "GUQ"] {
        assert!(!text.contains(personal), "{personal} in the audit log");
    }
    text.lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let entry: serde_json::Value =
                serde_json::from_str(line["entry"].as_str().unwrap()).unwrap();
            entry["kind"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn a_person_is_found_by_number_and_paid_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = ready(folder.path());
    let person = number(NUMBER);
    let found = store.payable(&person).unwrap();
    let periods: Vec<_> = found
        .iter()
        .map(|payable| payable.period.as_str())
        .collect();
    assert_eq!(periods, ["2026-02", "2026-03"]);
    assert!(
        found
            .iter()
            .all(|payable| payable.signed && payable.claim.is_none())
    );
    assert_eq!(store.payable(&number("001090000009")).unwrap(), []);

    let paid = store
        .claim_payee(&claim(found[0].entry, &person, "S-1"))
        .unwrap();
    assert_eq!(
        (paid.amount, paid.kind),
        (Dong(1_500_000), ClaimKind::Verified)
    );
    let again = store.claim_payee(&NewClaim {
        desk: "desk-2",
        ..claim(found[0].entry, &person, "S-1")
    });
    let first = first(again);
    assert_eq!(
        (first.id.as_str(), first.desk.as_str()),
        (paid.claim.as_str(), "desk-1")
    );
    assert_eq!(
        (first.at, first.clerk.as_str(), first.test),
        (paid.at, "clerk-1", true)
    );
    // The other month is another entry.
    store
        .claim_payee(&claim(found[1].entry, &person, "S-1"))
        .unwrap();
    let found = store.payable(&person).unwrap();
    assert!(found.iter().all(|payable| payable.claim.is_some()));

    let sums = &store.payees().unwrap().lists[0];
    assert_eq!((sums.entries, sums.paid), (3, 2));
    assert_eq!(
        (sums.total, sums.total_paid),
        (Dong(3_500_000), Dong(3_000_000))
    );
    assert_eq!(
        audit_kinds(&store),
        [
            "payees-imported",
            "concluded",
            "payee-claimed",
            "payee-claim-refused",
            "payee-claimed"
        ]
    );
    store.audit_verify().unwrap();
}

#[test]
fn of_many_who_claim_at_once_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let store = ready(folder.path());
    let entry = store.payable(&number(NUMBER)).unwrap()[0].entry;
    // Threads of this desk, and another process of it.
    let stores = [Arc::new(store), Arc::new(open(folder.path()))];
    let start = Arc::new(Barrier::new(8));
    let threads: Vec<_> = (0..8)
        .map(|index| {
            let (store, start) = (Arc::clone(&stores[index % 2]), Arc::clone(&start));
            std::thread::spawn(move || {
                start.wait();
                store.claim_payee(&claim(entry, &number(NUMBER), "S-1"))
            })
        })
        .collect();
    let ends: Vec<_> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    let (paid, refused): (Vec<_>, Vec<_>) = ends.into_iter().partition(Result::is_ok);
    let [Ok(paid)] = paid.as_slice() else {
        panic!("paid {} times", paid.len());
    };
    assert_eq!(refused.len(), 7);
    for refused in refused {
        assert_eq!(first(refused).id, paid.claim);
    }
    let sums = &stores[0].payees().unwrap().lists[0];
    assert_eq!((sums.paid, sums.total_paid), (1, Dong(1_500_000)));
    stores[1].audit_verify().unwrap();
}

#[test]
fn only_the_person_whom_a_recorded_verdict_shows_is_paid() {
    let folder = tempfile::tempdir().unwrap();
    let store = ready(folder.path());
    session(&store, "S-2", Undetermined);
    let intake = verdict(Verified);
    store
        .conclude(&conclusion("S-3", &intake), &report_all())
        .unwrap();
    let (person, other) = (number(NUMBER), number(OTHER));
    let own = store.payable(&person).unwrap()[0].entry;
    let others = store.payable(&other).unwrap()[0].entry;
    // Not verified, another purpose, never concluded.
    for session in ["S-2", "S-3", "S-9"] {
        let refused = store.claim_payee(&claim(own, &person, session));
        assert!(
            matches!(refused, Err(ClaimRefused::NotVerified)),
            "{session}: {refused:?}"
        );
    }
    // Somebody else's number, though verified; somebody else's entry; none at all.
    let refused = store.claim_payee(&claim(others, &other, "S-1"));
    assert!(matches!(refused, Err(ClaimRefused::NotVerified)));
    for entry in [others, 999] {
        let refused = store.claim_payee(&claim(entry, &person, "S-1"));
        assert!(matches!(refused, Err(ClaimRefused::NoEntry)));
    }
    assert_eq!(store.payees().unwrap().lists[0].paid, 0);
}

#[test]
fn a_session_that_is_about_a_list_pays_nothing_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = Store::open_with(folder.path(), clock.clone(), None).unwrap();
    import(&store, &list("one", Some("2026-03-02"))).unwrap();
    import(&store, &list("two", None)).unwrap();
    session(&store, "S-1", Verified);
    let person = number(NUMBER);
    let found = store.payable(&person).unwrap();
    let of = |list: &str| found.iter().find(|one| one.list == list).unwrap().entry;
    let about = |entry: i64, list| NewClaim {
        list: Some(list),
        ..claim(entry, &person, "S-1")
    };
    for (entry, list) in [(of("one"), "two"), (of("two"), "one"), (of("two"), "three")] {
        let refused = store.claim_payee(&about(entry, list));
        assert!(
            matches!(&refused, Err(ClaimRefused::OtherList { wanted }) if wanted == list),
            "{refused:?}"
        );
    }
    // What is somebody else's is told of no list.
    let other = number(OTHER);
    let others = store.payable(&other).unwrap()[0].entry;
    let refused = store.claim_payee(&about(others, "two"));
    assert!(matches!(refused, Err(ClaimRefused::NoEntry)));
    store.claim_payee(&about(of("two"), "two")).unwrap();

    let known = || vec!["one".to_owned(), "two".to_owned()];
    assert_eq!(store.payee_list("one").unwrap(), ListNow::Current);
    assert_eq!(
        store.payee_list("three").unwrap(),
        ListNow::Unknown { known: known() }
    );
    clock.advance(time::Duration::DAY);
    let over = ListNow::NotToday {
        from: "2026-03-01".into(),
        until: Some("2026-03-02".into()),
    };
    assert_eq!(store.payee_list("one").unwrap(), over);
    store.withdraw_payees("one", "sup", "x").unwrap();
    let known = vec!["two".to_owned()];
    assert_eq!(store.payee_list("one").unwrap(), ListNow::Unknown { known });
}

#[test]
fn an_undone_claim_opens_the_entry_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = ready(folder.path());
    let person = number(NUMBER);
    let entry = store.payable(&person).unwrap()[0].entry;
    let one = store.claim_payee(&claim(entry, &person, "S-1")).unwrap();
    assert!(matches!(
        store.undo_claim("nothing", "sup", "x"),
        Err(StoreError::Unknown { kind: "claim" })
    ));
    for (by, reason) in [("", "x"), ("sup", " "), ("sup", "a\nb")] {
        assert!(matches!(
            store.undo_claim(&one.claim, by, reason),
            Err(StoreError::Input { .. })
        ));
    }
    let undone = store
        .undo_claim(&one.claim, "sup", "wrong counter")
        .unwrap();
    assert_eq!(undone.undone.unwrap().by, "sup");
    assert!(matches!(
        store.undo_claim(&one.claim, "sup", "x"),
        Err(StoreError::State(_))
    ));
    assert_eq!(store.payable(&person).unwrap()[0].claim, None);
    let two = store.claim_payee(&claim(entry, &person, "S-1")).unwrap();
    assert_ne!(one.claim, two.claim);
    let sums = &store.payees().unwrap().lists[0];
    assert_eq!(
        (sums.paid, sums.undone, sums.total_paid),
        (1, 1, Dong(1_500_000))
    );
    // Whoever has the database and not the program cannot take a claim out either.
    let deleted = store.read(|connection| Ok(connection.execute("DELETE FROM payee_claims", [])?));
    deleted.unwrap_err();
}

#[test]
fn a_list_comes_in_once_and_is_withdrawn_whole() {
    let folder = tempfile::tempdir().unwrap();
    let store = ready(folder.path());
    assert!(matches!(
        import(&store, &list("one", None)),
        Err(ImportRefused::SameFile { id }) if id == "one"
    ));
    let changed = NewList {
        list: &list("one", None),
        signer: None,
        sha256: "another",
        by: "an operator",
    };
    assert!(matches!(
        store.import_payees(&changed),
        Err(ImportRefused::IdTaken { id }) if id == "one"
    ));
    let two = import(&store, &list("two", None)).unwrap();
    assert_eq!((two.entries, two.also_elsewhere), (3, 3));
    store.withdraw_payees("two", "sup", "twice").unwrap();
    assert!(matches!(
        store.withdraw_payees("two", "sup", "twice"),
        Err(StoreError::Unknown { kind: "list" })
    ));
    assert_eq!(store.payable(&number(NUMBER)).unwrap().len(), 2);

    // Whoever was paid is not forgotten.
    let person = number(NUMBER);
    let entry = store.payable(&person).unwrap()[0].entry;
    let paid = store.claim_payee(&claim(entry, &person, "S-1")).unwrap();
    assert!(matches!(
        store.withdraw_payees("one", "sup", "x"),
        Err(StoreError::State(_))
    ));
    store.undo_claim(&paid.claim, "sup", "x").unwrap();
    store
        .withdraw_payees("one", "sup", "a line was missing")
        .unwrap();
    assert_eq!(store.payable(&person).unwrap(), []);
    assert_eq!(store.payees().unwrap().lists, []);
    // A corrected one may take its name.
    import(&store, &list("one", None)).unwrap();
}

#[test]
fn money_goes_to_another_by_an_authorisation_that_counts() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = Store::open_with(folder.path(), clock.clone(), None).unwrap();
    import(&store, &list("one", None)).unwrap();
    session(&store, "S-1", Verified);
    let (representative, payee) = (number(NUMBER), number(OTHER));
    let others = store.payable(&payee).unwrap()[0].entry;
    let new = NewAuthorisation {
        representative: &representative,
        payee: &payee,
        kind: Kinship::Attorney,
        document: "GUQ 12/2026",
        valid_until: "2026-03-02".parse().unwrap(),
        by: "sup",
    };
    let on_behalf = |authorisation: &str| {
        store.claim_payee(&NewClaim {
            authorisation: Some(authorisation),
            ..claim(others, &representative, "S-1")
        })
    };
    assert!(matches!(
        on_behalf("nothing"),
        Err(ClaimRefused::NotAuthorised)
    ));
    for wrong in [
        NewAuthorisation {
            representative: &payee,
            ..new
        },
        NewAuthorisation {
            valid_until: "2026-03-01".parse().unwrap(),
            ..new
        },
        NewAuthorisation {
            document: " ",
            ..new
        },
    ] {
        assert!(matches!(
            store.authorise_payee(&wrong),
            Err(StoreError::Input { .. })
        ));
    }
    let id = store.authorise_payee(&new).unwrap();
    let found = store.payable(&representative).unwrap();
    let through = found
        .iter()
        .find_map(|payable| payable.on_behalf.as_ref())
        .unwrap();
    assert_eq!(
        (through.authorisation.as_str(), through.kind),
        (id.as_str(), Kinship::Attorney)
    );
    assert_eq!(found.len(), 3);

    // The authorisation says whose money it is, and until when.
    let own = found[0].entry;
    let not_that = store.claim_payee(&NewClaim {
        authorisation: Some(&id),
        ..claim(own, &representative, "S-1")
    });
    assert!(matches!(not_that, Err(ClaimRefused::NotAuthorised)));
    clock.advance(time::Duration::DAY);
    assert!(matches!(
        on_behalf(&id),
        Err(ClaimRefused::AuthorisationOver { until }) if until == "2026-03-02"
    ));
    assert_eq!(store.payable(&representative).unwrap().len(), 2);
    clock.advance(-time::Duration::DAY);
    store.revoke_authorisation(&id, "sup").unwrap();
    assert!(matches!(on_behalf(&id), Err(ClaimRefused::NotAuthorised)));
    let id = store.authorise_payee(&new).unwrap();
    on_behalf(&id).unwrap();
    let sheet = store.payee_sheet("2026-03-02".parse().unwrap()).unwrap();
    let line = &sheet.claims[0];
    assert_eq!(line.number.as_ref().unwrap().reveal(), OTHER);
    assert_eq!(line.representative.as_ref().unwrap().reveal(), NUMBER);
    assert_eq!(line.representative_as, Some(Kinship::Attorney));
    assert_eq!(store.authorisations().unwrap().len(), 2);
    assert!(audit_kinds(&store).contains(&"payee-authorisation-revoked".to_owned()));
}

#[test]
fn each_authorisation_names_the_entry_that_it_is_for() {
    const THIRD: &str = "001090000003";
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let file = format!(
        "personal_number,name,amount,period\n{NUMBER},NGUYỄN VĂN A,1500000,2026-03\n\
         {OTHER},TRẦN THỊ B,500000,2026-03\n{THIRD},LÊ VĂN C,700000,2026-03\n"
    );
    let given = Given {
        id: Some("one".to_owned()),
        issuer: Some("UBND phường Một".to_owned()),
        from: Some("2026-03-01".parse().unwrap()),
        ..Given::default()
    };
    import(&store, &parse(file.as_bytes(), &given, Date::MIN).unwrap()).unwrap();
    let guardian = number(NUMBER);
    let entry = |authorisation| {
        let found = store.payee_entry(&guardian, "one", "2026-03", authorisation);
        found.unwrap()
    };
    let authorise = |payee: &str| {
        let payee = number(payee);
        let new = NewAuthorisation {
            representative: &guardian,
            payee: &payee,
            kind: Kinship::Guardian,
            document: "QĐ 3/2026",
            valid_until: "2026-12-31".parse().unwrap(),
            by: "sup",
        };
        store.authorise_payee(&new).unwrap()
    };
    // Two of one payee: the newer opens the entry as well as the older.
    let (other, again, third) = (authorise(OTHER), authorise(OTHER), authorise(THIRD));
    let of = |payee| Some(store.payable(&number(payee)).unwrap()[0].entry);
    for (authorisation, expected) in [
        (None, of(NUMBER)),
        (Some(other.as_str()), of(OTHER)),
        (Some(&again), of(OTHER)),
        (Some(&third), of(THIRD)),
        (Some("nothing"), None),
    ] {
        assert_eq!(entry(authorisation), expected, "{authorisation:?}");
    }
    for authorisation in [&again, &third] {
        let by_hand = NewClaim {
            authorisation: Some(authorisation),
            basis: Basis::Manual("thẻ hỏng"),
            ..claim(entry(Some(authorisation)).unwrap(), &guardian, "")
        };
        store.claim_payee(&by_hand).unwrap();
    }
    // It counts no more, and says so itself.
    store.revoke_authorisation(&third, "sup").unwrap();
    assert_eq!(entry(Some(&third)), of(THIRD));
    let stranger = number(OTHER);
    let found = store.payee_entry(&stranger, "one", "2026-03", Some(&third));
    assert_eq!(found.unwrap(), None);
    for (list, period) in [("two", "2026-03"), ("one", "2026-04")] {
        let found = store.payee_entry(&guardian, list, period, None);
        assert_eq!(found.unwrap(), None, "{list} {period}");
    }
}

#[test]
fn who_stands_on_two_lists_for_one_period_is_shown_both() {
    let folder = tempfile::tempdir().unwrap();
    let store = ready(folder.path());
    let person = number(NUMBER);
    assert!(
        store
            .payable(&person)
            .unwrap()
            .iter()
            .all(|payable| payable.also_on.is_empty())
    );
    let foreign = List {
        issuer: "UBND phường Hai".to_owned(),
        ..list("two", None)
    };
    import(&store, &foreign).unwrap();
    import(&store, &list("again", None)).unwrap();
    let also = || -> Vec<_> {
        let all = store.payable(&person).unwrap().into_iter();
        all.filter(|payable| payable.period == "2026-03")
            .map(|payable| (payable.list, payable.also_on))
            .collect()
    };
    let lists = |payable: &(String, Vec<super::AlsoOn>)| {
        let names = payable.1.iter().map(|also| also.list.clone());
        (payable.0.clone(), names.collect::<Vec<_>>())
    };
    let on = |list: &str, also: &[&str]| {
        let also = also.iter().map(|list| (*list).to_owned());
        (list.to_owned(), also.collect::<Vec<_>>())
    };
    assert_eq!(
        also().iter().map(lists).collect::<Vec<_>>(),
        [on("one", &["again"]), on("two", &[]), on("again", &["one"])]
    );
    assert_eq!(also()[2].1[0].paid_at, None);
    // Paid on one of them: the other says so.
    let entry = store.payable(&person).unwrap();
    let entry = entry
        .iter()
        .find(|payable| payable.list == "one" && payable.period == "2026-03")
        .unwrap();
    let paid = store
        .claim_payee(&claim(entry.entry, &person, "S-1"))
        .unwrap();
    let other = &also()[2].1[0];
    assert_eq!(
        (other.paid_at, other.paid_desk.as_deref(), other.amount),
        (Some(paid.at), Some("desk-1"), Dong(1_500_000))
    );
}

#[test]
fn without_a_card_a_supervisor_says_why_and_nothing_is_verified() {
    let folder = tempfile::tempdir().unwrap();
    let store = ready(folder.path());
    let other = number(OTHER);
    let entry = store.payable(&other).unwrap()[0].entry;
    let by_hand = |reason| NewClaim {
        basis: Basis::Manual(reason),
        clerk: "sup",
        ..claim(entry, &other, "")
    };
    assert!(matches!(
        store.claim_payee(&by_hand("")),
        Err(ClaimRefused::Store(StoreError::Input {
            field: "reason",
            ..
        }))
    ));
    let paid = store.claim_payee(&by_hand("chip does not answer")).unwrap();
    assert_eq!(paid.kind, ClaimKind::Manual);
    let kept = store.payee_claim(&paid.claim).unwrap().unwrap();
    assert_eq!((kept.kind, kept.session), (ClaimKind::Manual, None));
    let sums = &store.payees().unwrap().lists[0];
    assert_eq!((sums.paid, sums.manual), (1, 1));
    assert_eq!(first(store.claim_payee(&by_hand("again"))).id, paid.claim);
}

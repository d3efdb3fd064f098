//! Days: when a list is paid, what its sheet says, and when its people are forgotten.

use super::super::{Basis, ClaimRefused, Kinship, NewAuthorisation, NewClaim};
use super::desks::told;
use super::{OTHER, claim, import, list, number, session};
use crate::decision::VerdictKind::Verified;
use crate::desk::payees::sheet;
use crate::payees::Dong;
use crate::store::Store;
use crate::store::purging::Terms;
use crate::store::testing::{NUMBER, TestClock};

#[test]
fn a_list_is_paid_on_its_days_alone() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = Store::open_with(folder.path(), clock.clone(), None).unwrap();
    import(&store, &list("days", Some("2026-03-03"))).unwrap();
    session(&store, "S-1", Verified);
    let person = number(NUMBER);
    let entry = store.payable(&person).unwrap()[0].entry;
    // 3 March, one minute to midnight in Vietnam.
    clock.advance(time::Duration::minutes(32 * 60 + 59));
    assert_eq!(store.payable(&person).unwrap().len(), 2);
    clock.advance(time::Duration::minutes(1));
    assert_eq!(store.payable(&person).unwrap(), []);
    assert!(!store.payees().unwrap().lists[0].current);
    let late = store.claim_payee(&claim(entry, &person, "S-1"));
    assert!(matches!(late, Err(ClaimRefused::NoEntry)));
    clock.advance(-time::Duration::days(4));
    assert_eq!(store.payable(&person).unwrap(), [], "before its first day");
}

#[test]
fn the_sheet_of_a_day_adds_up_by_list_and_period() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = Store::open_with(folder.path(), clock.clone(), None).unwrap();
    import(&store, &list("one", None)).unwrap();
    session(&store, "S-1", Verified);
    let (person, other) = (number(NUMBER), number(OTHER));
    let own: Vec<_> = store
        .payable(&person)
        .unwrap()
        .iter()
        .map(|p| p.entry)
        .collect();
    let others = store.payable(&other).unwrap()[0].entry;
    let february = store.claim_payee(&claim(own[0], &person, "S-1")).unwrap();
    let march = store.claim_payee(&claim(own[1], &person, "S-1")).unwrap();
    store.undo_claim(&march.claim, "sup", "x").unwrap();
    let by_hand = NewClaim {
        basis: Basis::Manual("no card"),
        ..claim(others, &other, "")
    };
    store.claim_payee(&by_hand).unwrap();
    let monday = "2026-03-02".parse().unwrap();
    let sheet = store.payee_sheet(monday).unwrap();
    let sums: Vec<_> = sheet
        .sums
        .iter()
        .map(|s| {
            (
                s.period.as_str(),
                s.paid,
                s.manual,
                s.undone,
                s.amount.0,
                s.returned.0,
            )
        })
        .collect();
    let due = [
        ("2026-02", 1, 0, 0, 1_500_000, 0),
        ("2026-03", 1, 1, 1, 500_000, 0),
    ];
    assert_eq!(sums, due);
    assert_eq!(sheet.claims.len(), 3);

    // Undone on the next day: that day got the money back, and the day before stays as it was.
    clock.advance(time::Duration::DAY);
    store.undo_claim(&february.claim, "sup", "x").unwrap();
    let again = store.payee_sheet(monday).unwrap();
    assert_eq!(again.sums, sheet.sums);
    let tuesday = store.payee_sheet("2026-03-03".parse().unwrap()).unwrap();
    assert_eq!(tuesday.sums.len(), 1);
    assert_eq!((tuesday.sums[0].paid, tuesday.sums[0].undone), (0, 1));
    assert_eq!(
        (tuesday.sums[0].amount, tuesday.sums[0].returned),
        (Dong(0), Dong(1_500_000))
    );
}

#[test]
fn a_desk_counts_its_own_drawer() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_with(folder.path(), TestClock::new(), None).unwrap();
    import(&store, &list("one", None)).unwrap();
    let other = number(OTHER);
    let entry = store.payable(&other).unwrap()[0].entry;
    let by_hand = NewClaim {
        basis: Basis::Manual("no card"),
        ..claim(entry, &other, "")
    };
    store.claim_payee(&by_hand).unwrap();
    store.reconcile(&told("C-1", store.now())).unwrap();
    let sheet = store.payee_sheet("2026-03-02".parse().unwrap()).unwrap();
    let here = store.payable(&other).unwrap()[0]
        .claim
        .clone()
        .unwrap()
        .desk;
    let sums: Vec<_> = sheet
        .sums
        .iter()
        .map(|sums| (sums.desk.as_str(), sums.amount.0))
        .collect();
    assert_eq!(sums, [(here.as_str(), 500_000), ("desk-2", 1_500_000)]);
    let page = sheet::html(&sheet, &here, store.now()).unwrap();
    for total in [
        format!("bàn {here} đã chi trong ngày: 500.000 đồng"),
        "Các bàn khác, theo sổ của bàn này: 1.500.000 đồng".to_owned(),
    ] {
        assert!(page.contains(&total), "{}", *page);
    }
    let table = sheet::csv(&sheet).unwrap();
    let totals = String::from_utf8(table.to_vec()).unwrap();
    let totals = totals.lines().filter(|line| line.contains("TỔNG"));
    let desks = totals.map(|line| line.rsplit(',').next().unwrap().to_owned());
    assert_eq!(
        desks.collect::<Vec<_>>(),
        [format!("\"{here}\""), "\"desk-2\"".to_owned()]
    );
}

#[test]
fn a_conflict_stands_on_each_sheet_until_the_day_of_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = Store::open_with(folder.path(), clock.clone(), None).unwrap();
    import(&store, &list("one", None)).unwrap();
    session(&store, "S-1", Verified);
    let person = number(NUMBER);
    let entry = store.payable(&person).unwrap()[0].entry;
    let ours = store.claim_payee(&claim(entry, &person, "S-1")).unwrap();
    store.reconcile(&told("C-1", store.now())).unwrap();
    let counts = |day: &str| {
        let sheet = store.payee_sheet(day.parse().unwrap()).unwrap();
        (sheet.conflicts.len(), sheet.resolved.len())
    };
    assert_eq!(counts("2026-03-02"), (1, 0));
    clock.advance(time::Duration::DAY);
    store
        .undo_claim(&ours.claim, "sup", "=the other desk paid")
        .unwrap();
    assert_eq!(counts("2026-03-02"), (0, 0));
    assert_eq!(counts("2026-03-03"), (0, 1));
    clock.advance(time::Duration::DAY);
    assert_eq!(counts("2026-03-04"), (0, 0));
}

#[test]
fn a_purge_forgets_the_people_of_lists_that_are_over() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = Store::open_with(folder.path(), clock.clone(), None).unwrap();
    import(&store, &list("days", Some("2026-03-03"))).unwrap();
    session(&store, "S-1", Verified);
    let person = number(NUMBER);
    let entry = store.payable(&person).unwrap()[0].entry;
    store.claim_payee(&claim(entry, &person, "S-1")).unwrap();
    let (purged, _) = store.purge(store.now()).unwrap();
    assert_eq!(purged.payee_lists, 0, "it is paid today");
    clock.advance(time::Duration::days(30));
    let (purged, _) = store.purge(store.now() - time::Duration::days(10)).unwrap();
    assert_eq!(purged.payee_lists, 1);
    let sheet = store.payee_sheet("2026-03-02".parse().unwrap()).unwrap();
    assert_eq!(
        (&sheet.claims[0].number, &sheet.claims[0].name),
        (&None, &None)
    );
    assert_eq!(sheet.sums[0].amount, Dong(1_500_000));
    let left: i64 = store
        .read(|connection| {
            let sql =
                "SELECT count(*) FROM payee_entries WHERE number IS NOT NULL OR name IS NOT NULL";
            Ok(connection.query_row(sql, [], |row| row.get(0))?)
        })
        .unwrap();
    assert_eq!(left, 0);
    store.audit_verify().unwrap();
}

#[test]
fn a_purge_of_a_list_without_a_last_day_forgets_who_was_paid_and_leaves_who_was_not() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = Store::open_with(folder.path(), clock.clone(), None).unwrap();
    import(&store, &list("open", None)).unwrap();
    session(&store, "S-1", Verified);
    let (person, other) = (number(NUMBER), number(OTHER));
    let own = store.payable(&person).unwrap();
    store
        .claim_payee(&claim(own[0].entry, &person, "S-1"))
        .unwrap();
    let undone = store
        .claim_payee(&claim(own[1].entry, &person, "S-1"))
        .unwrap();
    store.undo_claim(&undone.claim, "sup", "x").unwrap();
    let purge = |days| {
        let term = store.now() - time::Duration::days(days);
        let (purged, _) = store.purge(term).unwrap();
        (purged.payee_lists, purged.payees)
    };
    clock.advance(time::Duration::days(10));
    assert_eq!(purge(10), (0, 0), "its term begins with the payment");
    clock.advance(time::Duration::days(1));
    assert_eq!(purge(10), (0, 1));
    assert_eq!(purge(10), (0, 0));
    // Whoever was not paid, or got nothing in the end, still comes.
    clock.advance(time::Duration::days(4_000));
    assert_eq!(purge(10), (0, 0));
    let left: Vec<_> = store.payable(&person).unwrap();
    assert_eq!(
        left.iter().map(|one| one.entry).collect::<Vec<_>>(),
        [own[1].entry]
    );
    assert_eq!(store.payable(&other).unwrap().len(), 1);
    store.audit_verify().unwrap();
}

#[test]
fn authorisations_that_are_over_are_forgotten_once_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let store = Store::open_with(folder.path(), clock.clone(), None).unwrap();
    let new = NewAuthorisation {
        representative: &number(NUMBER),
        payee: &number(OTHER),
        kind: Kinship::Relative,
        document: "GUQ 1",
        valid_until: "2026-03-10".parse().unwrap(),
        by: "sup",
    };
    store.authorise_payee(&new).unwrap();
    let terms = Terms::from(&crate::config::Privacy::default());
    assert_eq!(store.purge_by_terms(&terms).unwrap().authorisations, 0);
    clock.advance(time::Duration::days(4_000));
    store.believe_clock("an operator").unwrap();
    let head = store.audit_head().unwrap();
    assert_eq!(store.purge_by_terms(&terms).unwrap().authorisations, 1);
    let purged = store.audit_head().unwrap();
    assert_ne!(purged, head, "it stands in the log");
    assert_eq!(store.authorisations().unwrap()[0].payee, None);
    assert!(!store.purge_by_terms(&terms).unwrap().anything());
    assert_eq!(store.audit_head().unwrap(), purged);
}

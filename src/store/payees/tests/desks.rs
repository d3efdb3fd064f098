//! Claims of other desks.

use time::OffsetDateTime;

use super::super::{ClaimKind, NewClaim, Reconciled, RemoteClaim, RemoteUndo};
use super::{claim, first, number, ready};
use crate::store::StoreError;
use crate::store::testing::NUMBER;

/// What a desk tells another of its claims.
pub(super) fn told(id: &str, at: OffsetDateTime) -> RemoteClaim {
    RemoteClaim {
        id: id.to_owned(),
        list: "one".to_owned(),
        list_sha256: "oneone".to_owned(),
        entry: "2".to_owned(),
        kind: ClaimKind::Verified,
        amount: 1_500_000,
        desk: "desk-2".to_owned(),
        clerk: "clerk-2".to_owned(),
        at,
        test: false,
        basis: "S-77".to_owned(),
        undone: None,
    }
}

#[test]
fn claims_of_two_desks_are_laid_together() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (here, there) = (ready(here.path()), ready(there.path()));
    let person = number(NUMBER);
    let entries: Vec<_> = here
        .payable(&person)
        .unwrap()
        .iter()
        .map(|p| p.entry)
        .collect();
    // Offline, both pay the first month; one pays the second.
    let ours = here
        .claim_payee(&claim(entries[0], &person, "S-1"))
        .unwrap();
    for entry in &entries {
        let theirs = NewClaim {
            desk: "desk-2",
            ..claim(*entry, &person, "S-1")
        };
        there.claim_payee(&theirs).unwrap();
    }
    let news = there.unsynced_claims().unwrap();
    assert_eq!(news.len(), 2);
    for _ in 0..2 {
        let Reconciled::Conflict(first) = here.reconcile(&news[0]).unwrap() else {
            panic!("paid twice");
        };
        assert_eq!(first.id, ours.claim);
        assert_eq!(here.reconcile(&news[1]).unwrap(), Reconciled::Accepted);
    }
    let conflicts = here.payee_conflicts().unwrap();
    assert_eq!(conflicts.len(), 1);
    assert_eq!(
        (conflicts[0].first.id.as_str(), conflicts[0].desk.as_str()),
        (ours.claim.as_str(), "desk-2")
    );
    assert_eq!(
        (conflicts[0].list.as_str(), conflicts[0].entry.as_str()),
        ("one", "2")
    );
    let refused = first(here.claim_payee(&claim(entries[1], &person, "S-1")));
    assert!(refused.remote && refused.desk == "desk-2");
    assert_eq!(here.payees().unwrap().conflicts, 1);

    // What was told is synced, unless it was undone meanwhile.
    there
        .undo_claim(&news[0].id, "sup", "paid before at desk 1")
        .unwrap();
    for told in &news {
        there.synced(told).unwrap();
    }
    let left = there.unsynced_claims().unwrap();
    assert_eq!(left.len(), 1);
    assert!(left[0].undone.is_some());
    assert_eq!(here.reconcile(&left[0]).unwrap(), Reconciled::Accepted);
    assert_eq!(here.payee_conflicts().unwrap(), []);
    // Settled: who undid which, and why, stands beside what is kept.
    let settled = here.payee_resolutions().unwrap();
    assert_eq!(settled.len(), 1);
    let one = &settled[0];
    assert_eq!((one.list.as_str(), one.entry.as_str()), ("one", "2"));
    assert_eq!((&one.undone.id, &one.kept.id), (&left[0].id, &ours.claim));
    assert_eq!(one.undone.undone.as_ref().unwrap().by, "sup");
    assert_eq!(
        one.reason.as_ref().unwrap().reveal(),
        "paid before at desk 1"
    );
    let overview = here.payees().unwrap();
    assert_eq!((overview.conflicts, overview.resolved), (0, 1));
    here.audit_verify().unwrap();
    there.audit_verify().unwrap();
}

#[test]
fn either_claim_of_a_conflict_is_undone_where_it_is_listed() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (here, there) = (ready(here.path()), ready(there.path()));
    let person = number(NUMBER);
    let entry = here.payable(&person).unwrap()[0].entry;
    let ours = here.claim_payee(&claim(entry, &person, "S-1")).unwrap();
    let theirs = NewClaim {
        desk: "desk-2",
        ..claim(entry, &person, "S-1")
    };
    let theirs = there.claim_payee(&theirs).unwrap();
    for (store, other) in [(&here, &there), (&there, &here)] {
        for told in other.unsynced_claims().unwrap() {
            store.reconcile(&told).unwrap();
        }
    }
    let second = here.payee_conflicts().unwrap().remove(0).claim;
    assert_eq!(second, theirs.claim);
    let undone = here.undo_claim(&second, "sup", "paid here").unwrap();
    assert!(undone.undone.is_some() && undone.remote && undone.desk == "desk-2");
    assert!(matches!(
        here.undo_claim(&second, "sup", "again"),
        Err(StoreError::State(_))
    ));
    let refused = first(here.claim_payee(&claim(entry, &person, "S-1")));
    assert_eq!(refused.id, ours.claim);
    // Its desk hears of it, and keeps the other.
    let told = here.unsynced_claims().unwrap();
    let told = told.iter().find(|told| told.id == second).unwrap();
    assert_eq!(told.undone.as_ref().unwrap().reason, "paid here");
    there.reconcile(told).unwrap();
    let refused = first(there.claim_payee(&claim(entry, &person, "S-1")));
    assert_eq!(refused.id, ours.claim);
    for store in [&here, &there] {
        assert_eq!(store.payee_conflicts().unwrap(), []);
        let settled = store.payee_resolutions().unwrap();
        let settled: Vec<_> = settled
            .iter()
            .map(|one| (&one.undone.id, &one.kept.id))
            .collect();
        assert_eq!(settled, [(&theirs.claim, &ours.claim)]);
        store.audit_verify().unwrap();
    }
}

#[test]
fn what_another_desk_paid_too_is_not_open_when_ours_is_undone() {
    let folder = tempfile::tempdir().unwrap();
    let store = ready(folder.path());
    let person = number(NUMBER);
    let entry = store.payable(&person).unwrap()[0].entry;
    let ours = store.claim_payee(&claim(entry, &person, "S-1")).unwrap();
    for id in ["C-1", "C-2"] {
        store.reconcile(&told(id, store.now())).unwrap();
    }
    store.undo_claim(&ours.claim, "sup", "came back").unwrap();
    let standing = first(store.claim_payee(&claim(entry, &person, "S-1")));
    assert_eq!(
        (standing.id.as_str(), standing.session.as_deref()),
        ("C-1", Some("S-77"))
    );
    let left = store.payee_conflicts().unwrap();
    assert_eq!(
        (
            left.len(),
            left[0].first.id.as_str(),
            left[0].claim.as_str()
        ),
        (1, "C-1", "C-2")
    );
    let settled = || -> Vec<_> {
        let all = store.payee_resolutions().unwrap().into_iter();
        all.map(|one| (one.undone.id, one.kept.id)).collect()
    };
    let first = (ours.claim.clone(), "C-1".to_owned());
    assert_eq!(settled(), std::slice::from_ref(&first));
    // What the other desk had paid is undone here as well: the third stands, and nothing is open.
    store.undo_claim("C-1", "sup", "came back too").unwrap();
    assert_eq!(store.payee_conflicts().unwrap(), []);
    let second = ("C-1".to_owned(), "C-2".to_owned());
    assert_eq!(settled().len(), 2);
    assert!(settled().contains(&first) && settled().contains(&second));
    store.audit_verify().unwrap();
}

#[test]
fn a_claim_of_another_desk_must_fit() {
    let folder = tempfile::tempdir().unwrap();
    let store = ready(folder.path());
    let good = told("C-1", store.now());
    for wrong in [
        RemoteClaim {
            list: "two".into(),
            ..good.clone()
        },
        RemoteClaim {
            list_sha256: "other".into(),
            ..good.clone()
        },
        RemoteClaim {
            entry: "99".into(),
            ..good.clone()
        },
    ] {
        assert!(matches!(
            store.reconcile(&wrong),
            Err(StoreError::Unknown { .. })
        ));
    }
    for wrong in [
        RemoteClaim {
            amount: 1,
            ..good.clone()
        },
        RemoteClaim {
            id: String::new(),
            ..good.clone()
        },
        RemoteClaim {
            desk: "a\nb".into(),
            ..good.clone()
        },
    ] {
        assert!(matches!(
            store.reconcile(&wrong),
            Err(StoreError::Input { .. })
        ));
    }
    assert_eq!(store.reconcile(&good).unwrap(), Reconciled::Accepted);
    // Undone there: open again here.
    let undone = RemoteClaim {
        undone: Some(RemoteUndo {
            at: store.now(),
            by: "sup-2".into(),
            reason: "x".into(),
        }),
        ..good
    };
    assert_eq!(store.reconcile(&undone).unwrap(), Reconciled::Accepted);
    assert_eq!(store.payable(&number(NUMBER)).unwrap()[0].claim, None);
    // A text of the wire is a claim again.
    let text = serde_json::to_string(&undone).unwrap();
    assert_eq!(serde_json::from_str::<RemoteClaim>(&text).unwrap(), undone);
}

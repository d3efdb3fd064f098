//! Two desks, one payee: paid once while the server answers, listed as a conflict where it did not.

use core::cell::Cell;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use cccd_desk::config::Config;
use cccd_desk::desk::fleet::claims::Made;
use cccd_desk::desk::fleet::taking::Wanted;
use cccd_desk::desk::ports::{Payees as _, Paying};
use cccd_desk::document::{Date, PersonalNumber};
use cccd_desk::fleet::names;
use cccd_desk::report::ReportSettings;
use cccd_desk::store::Store;
use cccd_desk::store::payees::{Basis, Claim, ClaimRefused, NewClaim, RemoteClaim};
use cccd_port::{Clock, SystemClock};
use time::OffsetDateTime;

use crate::member::{Member, take_list, take_list_until};
use crate::{LONG, Office, freeze};

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_at_once_one_pays() {
    let office = Office::open(&["desk-1", "desk-2"]).await;
    let first = Member::join(&office, "desk-1").await;
    let second = Member::join(&office, "desk-2").await;
    for number in ["001090000001", "001090000002", "001090000003"] {
        let (one, other) = tokio::join!(first.pay(number), second.pay(number));
        let (paid, refused) = match (one.unwrap(), other.unwrap()) {
            (Ok(paid), Err(refused)) | (Err(refused), Ok(paid)) => (paid, refused),
            both => panic!("{number}: {both:?}"),
        };
        // Whoever was refused is told where and when.
        let ClaimRefused::Claimed(standing) = refused else {
            panic!("{number}: {refused}")
        };
        assert_eq!(standing.id, paid.claim);
        assert!(["desk-1", "desk-2"].contains(&standing.desk.as_str()));
    }
    for member in [&first, &second] {
        member
            .until("all three known", |store| {
                store.payees().unwrap().lists[0].paid == 3
            })
            .await;
        assert!(member.store.payee_conflicts().unwrap().is_empty());
        assert!(member.store.unsynced_claims().unwrap().is_empty());
        member.store.audit_verify().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clerks_of_one_desk_at_once_one_pays() {
    let office = Office::open(&["desk-1"]).await;
    let first = Member::join(&office, "desk-1").await;
    for number in ["001090000001", "001090000002", "001090000003"] {
        let all = [(); 8].map(|()| first.pay(number));
        let mut ended = Vec::new();
        for one in all {
            ended.push(one.await.unwrap());
        }
        let (paid, refused): (Vec<_>, Vec<_>) = ended.into_iter().partition(Result::is_ok);
        assert_eq!((paid.len(), refused.len()), (1, 7), "{number}: {refused:?}");
        let paid = paid[0].as_ref().unwrap();
        for refused in refused {
            let Err(ClaimRefused::Claimed(standing)) = refused else {
                panic!("{number}: {refused:?}")
            };
            assert_eq!((&standing.id, standing.remote), (&paid.claim, false));
        }
    }
    assert!(first.store.unsynced_claims().unwrap().is_empty());
    first.store.audit_verify().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_another_process_of_the_desk_heard_is_its_own_once_it_is_paid() {
    let office = Office::open(&["desk-1"]).await;
    let first = Member::join(&office, "desk-1").await;
    let draft = draft(&first.store);
    let claims = first.membership.claims().unwrap();
    assert_eq!(claims.make(&draft).await, Made::Ours);
    // The daemon hears it before the command has noted it.
    first
        .until("heard", |store| {
            store.payee_claim(&draft.id).unwrap().is_some()
        })
        .await;
    let person = PersonalNumber::parse("001090000001").unwrap();
    let new = manual(&first.store, &person);
    let settings = ReportSettings::from(&Config::default());
    first.store.pay_as(&draft.id, &new, &settings).unwrap();
    let known = first.store.payee_claim(&draft.id).unwrap().unwrap();
    assert!(!known.remote && known.undone.is_none());
    first.store.audit_verify().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn paid_twice_while_cut_off_is_listed_at_both_until_one_is_undone() {
    let mut office = Office::open(&["desk-1", "desk-2", "desk-3"]).await;
    let mut first = Member::join(&office, "desk-1").await;
    let mut second = Member::join(&office, "desk-2").await;
    office.server.kill();
    first.cut_off().await;
    second.cut_off().await;
    let one = first.pay("001090000001").await.unwrap().unwrap();
    let other = second.pay("001090000001").await.unwrap().unwrap();
    assert_eq!(first.store.unsynced_claims().unwrap().len(), 1);
    office.server.restart().unwrap();
    first.back().await;
    second.back().await;
    for (member, theirs) in [(&first, &other), (&second, &one)] {
        member
            .until("the conflict", |store| {
                let conflicts = store.payee_conflicts().unwrap();
                conflicts.len() == 1 && conflicts[0].claim == theirs.claim
            })
            .await;
        member
            .until("told", |store| store.unsynced_claims().unwrap().is_empty())
            .await;
    }
    // A third desk hears of both, whichever it hears first.
    let third = Member::join(&office, "desk-3").await;
    let refused = third.pay("001090000001").await.unwrap().unwrap_err();
    assert!(matches!(refused, ClaimRefused::Claimed(_)), "{refused}");
    // One is undone: the other stands, everywhere.
    first.undo(&one.claim).await;
    for member in [&first, &second, &third] {
        member
            .until("no conflict", |store| {
                store.payee_conflicts().unwrap().is_empty()
            })
            .await;
        let standing = standing_at(member).await;
        assert_eq!(standing.id, other.claim);
        member.store.audit_verify().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_undone_is_paid_at_another_desk() {
    let office = Office::open(&["desk-1", "desk-2"]).await;
    let first = Member::join(&office, "desk-1").await;
    let second = Member::join(&office, "desk-2").await;
    let paid = first.pay("001090000001").await.unwrap().unwrap();
    first.undo(&paid.claim).await;
    first
        .until("told", |store| store.unsynced_claims().unwrap().is_empty())
        .await;
    let again = second.pay("001090000001").await.unwrap().unwrap();
    let standing = standing_at(&first).await;
    assert_eq!(
        (standing.id, standing.desk.as_str()),
        (again.claim, "desk-2")
    );
}

/// The claim that stands on the entry of the first payee, by which a desk refuses to pay it again.
async fn standing_at(member: &Member) -> Claim {
    match member.pay("001090000001").await.unwrap().unwrap_err() {
        ClaimRefused::Claimed(standing) => *standing,
        refused => panic!("{refused}"),
    }
}

/// A payment of the first desk, by a supervisor's word.
fn manual<'a>(store: &Store, person: &'a PersonalNumber) -> NewClaim<'a> {
    NewClaim {
        entry: store.payable(person).unwrap()[0].entry,
        list: None,
        case_ref: None,
        person,
        authorisation: None,
        basis: Basis::Manual("thẻ hỏng"),
        desk: "desk-1",
        clerk: "clerk-1",
    }
}

/// What the first desk would tell of a payment, if it were made.
fn draft(store: &Store) -> RemoteClaim {
    let person = PersonalNumber::parse("001090000001").unwrap();
    store.draft_claim(&manual(store, &person)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_between_book_and_database_pays_nobody_twice() {
    let office = Office::open(&["desk-1", "desk-2"]).await;
    let first = Member::join(&office, "desk-1").await;
    let draft = draft(&first.store);
    assert!(
        first.store.unsynced_claims().unwrap().is_empty(),
        "a draft is not kept"
    );
    let claims = first.membership.claims().unwrap();
    assert_eq!(claims.make(&draft).await, Made::Ours);
    // The desk's own database never heard of it; the clerk was told nothing. Now it does, and it stands:
    // a supervisor who knows that nothing was paid undoes it.
    first
        .until("adopted", |store| {
            store.payee_claim(&draft.id).unwrap().is_some()
        })
        .await;
    let second = Member::join(&office, "desk-2").await;
    for member in [&first, &second] {
        let refused = member.pay("001090000001").await.unwrap().unwrap_err();
        assert!(matches!(refused, ClaimRefused::Claimed(_)), "{refused}");
    }
    first.undo(&draft.id).await;
    first
        .until("told", |store| store.unsynced_claims().unwrap().is_empty())
        .await;
    second.pay("001090000001").await.unwrap().unwrap();
}

thread_local! {
    /// Whether this thread is one that [`Leaping`] counts.
    static COUNTED: Cell<bool> = const { Cell::new(false) };
}

/// A clock that is a week ahead for a thread that counts, once it was asked so often by such a one.
struct Leaping {
    asked: AtomicU64,
    most: AtomicU64,
}

impl Clock for Leaping {
    fn now(&self) -> OffsetDateTime {
        if !COUNTED.get() {
            return SystemClock::default().now();
        }
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        let ahead = asked >= self.most.load(Ordering::SeqCst);
        SystemClock::default().now() + time::Duration::WEEK * i32::from(ahead)
    }

    fn elapsed(&self) -> core::time::Duration {
        SystemClock::default().elapsed()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_the_desk_cannot_note_is_taken_back() {
    let office = Office::open(&["desk-1", "desk-2"]).await;
    let clock = Arc::new(Leaping {
        asked: AtomicU64::new(0),
        most: AtomicU64::new(u64::MAX),
    });
    let store = Arc::new(Store::in_memory(clock.clone()).unwrap());
    let today = Date::in_vietnam(store.now());
    take_list_until(&store, Some(today));
    let first = Member::at(&office, "desk-1", store, Wanted::default()).await;
    // Midnight strikes between the book and the database: the list is not paid any more.
    let (payees, store) = (Arc::clone(&first.payees), Arc::clone(&first.store));
    let paying = move || {
        COUNTED.set(true);
        let person = PersonalNumber::parse("001090000001").unwrap();
        let new = manual(&store, &person);
        let asked = || clock.asked.load(Ordering::SeqCst);
        let before = asked();
        store.draft_claim(&new).unwrap();
        let of_draft = asked() - before;
        clock.most.store(asked() + of_draft, Ordering::SeqCst);
        let paid = payees.pay(&Paying {
            entry: new.entry,
            list: None,
            case_ref: None,
            person: &person,
            authorisation: None,
            basis: new.basis,
            clerk: new.clerk,
        });
        COUNTED.set(false);
        paid
    };
    let paid = tokio::task::spawn_blocking(paying).await.unwrap();
    let refused = paid.unwrap_err();
    assert!(matches!(refused, ClaimRefused::NoEntry), "{refused}");
    // Nobody was paid, so nothing stands: neither here nor anywhere.
    first
        .until("told", |store| store.unsynced_claims().unwrap().is_empty())
        .await;
    let sums = first.store.payees().unwrap().lists.remove(0);
    assert_eq!((sums.paid, sums.undone), (0, 1));
    let second = Member::join_with(&office, "desk-2", Wanted::default()).await;
    take_list_until(&second.store, Some(today));
    second.pay("001090000001").await.unwrap().unwrap();
    first.store.audit_verify().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_frozen_is_none() {
    let office = Office::open(&["desk-1", "desk-2"]).await;
    let first = Member::join(&office, "desk-1").await;
    let second = Member::join(&office, "desk-2").await;
    first
        .until("it listens", |_| {
            first.membership.standing().health().reconciled_at.is_some()
        })
        .await;
    freeze(office.server.id(), true);
    let paid = first.pay("001090000001").await.unwrap();
    freeze(office.server.id(), false);
    let paid = paid.unwrap();
    for member in [&first, &second] {
        member
            .until("told", |store| {
                let known = store.payee_claim(&paid.claim).unwrap();
                known.is_some_and(|claim| claim.synced && claim.undone.is_none())
            })
            .await;
        assert!(member.store.payee_conflicts().unwrap().is_empty());
    }
    assert_eq!(standing_at(&second).await.id, paid.claim);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_believed_pays_nobody() {
    let office = Office::open(&["desk-1"]).await;
    let first = Member::join(&office, "desk-1").await;
    let draft = draft(&first.store);
    let book = office.operator.book(names::CLAIMS).await.unwrap();
    let key = names::entry(&draft.list_sha256, &draft.entry);
    for hostile in [
        r#"[{"desk": "desk-2", "jws": "e30.e30.e30"}]"#.to_owned(),
        r#"[{"desk": "desk-1", "jws": ""}]"#.to_owned(),
        "[[".repeat(20_000),
        format!("[{}]", vec![r#"{"desk": "d", "jws": "j"}"#; 17].join(",")),
        r#"{"desk": "desk-1"}"#.to_owned(),
        // No desk is named like this, and nobody is asked for it.
        r#"[{"desk": "*", "jws": "x"}]"#.to_owned(),
        r#"[{"desk": ">", "jws": "x"}]"#.to_owned(),
        format!(r#"[{{"desk": "{}", "jws": "x"}}]"#, "a".repeat(5_000)),
    ] {
        book.write(&key, hostile.clone().into_bytes())
            .await
            .unwrap();
        let refused = first.pay("001090000001").await.unwrap().unwrap_err();
        assert!(
            matches!(refused, ClaimRefused::Elsewhere),
            "{hostile:.40}: {refused}"
        );
    }
    // Another entry is not touched by it.
    first.pay("001090000002").await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_comes_late_knows_who_was_paid() {
    let office = Office::open(&["desk-1", "desk-2"]).await;
    let first = Member::join(&office, "desk-1").await;
    let paid = first.pay("001090000001").await.unwrap().unwrap();
    let second = Member::join_with(&office, "desk-2", Wanted::default()).await;
    take_list(&second.store);
    let standing = standing_at(&second).await;
    assert_eq!(standing.id, paid.claim);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_was_taken_out_of_the_book_is_told_again() {
    let office = Office::open(&["desk-1", "desk-2"]).await;
    let first = Member::join(&office, "desk-1").await;
    let draft = draft(&first.store);
    let key = names::entry(&draft.list_sha256, &draft.entry);
    let paid = first.pay("001090000001").await.unwrap().unwrap();
    // So that the desk listens from a time on at which the claim stood there.
    first.membership.leave().await;
    let first = Member::at(&office, "desk-1", first.store, Wanted::default()).await;
    first
        .until("it listens", |_| {
            first.membership.standing().health().reconciled_at.is_some()
        })
        .await;
    let store = office
        .bare()
        .await
        .get_key_value(names::CLAIMS)
        .await
        .unwrap();
    store.delete(&key).await.unwrap();
    let book = office.operator.book(names::CLAIMS).await.unwrap();
    let back = async {
        while book
            .look(&key)
            .await
            .unwrap()
            .is_none_or(|entry| entry.value.is_empty())
        {}
    };
    tokio::time::timeout(LONG, back).await.unwrap();
    let second = Member::join(&office, "desk-2").await;
    let standing = standing_at(&second).await;
    assert_eq!(standing.id, paid.claim);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_deleted_is_claimed_by_one() {
    let office = Office::open(&["desk-1", "desk-2"]).await;
    let first = Member::join(&office, "desk-1").await;
    let second = Member::join(&office, "desk-2").await;
    let draft = draft(&first.store);
    let key = names::entry(&draft.list_sha256, &draft.entry);
    let store = office
        .bare()
        .await
        .get_key_value(names::CLAIMS)
        .await
        .unwrap();
    store.put(&key, "rubbish".into()).await.unwrap();
    store.delete(&key).await.unwrap();
    let (one, other) = tokio::join!(first.pay("001090000001"), second.pay("001090000001"));
    let paid = [one.unwrap(), other.unwrap()].map(|ended| ended.is_ok());
    assert!(paid == [true, false] || paid == [false, true], "{paid:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_undone_here_and_not_told_yet_is_told_before_the_next_payment() {
    let office = Office::open(&["desk-1", "desk-2"]).await;
    let first = Member::join(&office, "desk-1").await;
    let second = Member::join(&office, "desk-2").await;
    let paid = first.pay("001090000001").await.unwrap().unwrap();
    // By another process: nobody has told of it.
    first
        .store
        .undo_claim(&paid.claim, "supervisor", "nhầm")
        .unwrap();
    let again = first.pay("001090000001").await.unwrap().unwrap();
    assert_ne!(again.claim, paid.claim);
    let standing = standing_at(&second).await;
    assert_eq!(standing.id, again.claim);
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_take_no_claim_pay_nobody() {
    let office = Office::open(&["desk-1"]).await;
    let first = Member::join(&office, "desk-1").await;
    office
        .bare()
        .await
        .delete_stream("KV_cccd-claims")
        .await
        .unwrap();
    let refused = first.pay("001090000001").await.unwrap().unwrap_err();
    assert!(matches!(refused, ClaimRefused::NotTaken), "{refused}");
}

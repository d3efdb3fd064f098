#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;
use time::OffsetDateTime;

use super::*;
use crate::store::payees::{ClaimKind, RemoteUndo};

fn claim(id: &str, desk: &str, undone: bool) -> RemoteClaim {
    RemoteClaim {
        id: id.to_owned(),
        list: "L".to_owned(),
        list_sha256: "ab".repeat(32),
        entry: "1".to_owned(),
        kind: ClaimKind::Verified,
        amount: 1,
        desk: desk.to_owned(),
        clerk: "clerk".to_owned(),
        at: OffsetDateTime::UNIX_EPOCH,
        test: true,
        basis: "S".to_owned(),
        undone: undone.then(|| RemoteUndo {
            at: OffsetDateTime::UNIX_EPOCH,
            by: "supervisor".to_owned(),
            reason: "mistake".to_owned(),
        }),
    }
}

fn line(claim: &RemoteClaim) -> Line {
    Line {
        desk: claim.desk.clone(),
        // Stands for the signed text: it changes with what is said.
        jws: format!("{}/{}", claim.id, claim.undone.is_some()),
    }
}

fn said(claim: &RemoteClaim) -> Said {
    Said {
        line: line(claim),
        claim: Some(claim.clone()),
    }
}

#[test]
fn a_claim_is_made_where_none_stands() {
    let ours = claim("B", "desk-2", false);
    let standing = claim("A", "desk-1", false);
    let undone = claim("A", "desk-1", true);
    let unbelieved = Said {
        line: line(&standing),
        claim: None,
    };
    let theirs = |claim: &RemoteClaim| Step::End(Made::Theirs(Box::new(claim.clone())));
    for (there, expected) in [
        (vec![], Step::Write(vec![line(&ours)])),
        (
            vec![said(&undone)],
            Step::Write(vec![line(&undone), line(&ours)]),
        ),
        (vec![said(&standing)], theirs(&standing)),
        (
            vec![said(&undone), said(&claim("C", "desk-3", false))],
            theirs(&claim("C", "desk-3", false)),
        ),
        // It was written, and the answer did not arrive.
        (vec![said(&ours)], Step::End(Made::Ours)),
        (vec![unbelieved.clone()], Step::End(Made::Unreadable)),
        (vec![said(&undone), unbelieved], Step::End(Made::Unreadable)),
    ] {
        assert_eq!(make(&there, &ours, line(&ours)), expected, "{there:?}");
    }
}

#[test]
fn what_was_made_apart_is_added_beside_what_stands() {
    let ours = claim("B", "desk-2", false);
    let ours_undone = claim("B", "desk-2", true);
    let standing = claim("A", "desk-1", false);
    for (there, tell, expected) in [
        (
            vec![said(&standing)],
            &ours,
            Step::Write(vec![line(&standing), line(&ours)]),
        ),
        // Told before.
        (
            vec![said(&standing), said(&ours)],
            &ours,
            Step::End(Made::Ours),
        ),
        (
            vec![said(&ours), said(&standing)],
            &ours_undone,
            Step::Write(vec![line(&standing), line(&ours_undone)]),
        ),
        // Undone there meanwhile: that stays.
        (vec![said(&ours_undone)], &ours, Step::End(Made::Ours)),
        (vec![], &ours_undone, Step::Write(vec![line(&ours_undone)])),
    ] {
        assert_eq!(add(&there, tell, line(tell)), expected, "{there:?}");
    }
}

#[test]
fn lines_are_few() {
    let undone: Vec<_> = (0..MOST_LINES)
        .map(|number| said(&claim(&format!("U-{number}"), "desk-1", true)))
        .collect();
    let ours = claim("B", "desk-2", false);
    let Step::Write(lines) = make(&undone, &ours, line(&ours)) else {
        unreachable!()
    };
    assert_eq!(lines.len(), MOST_LINES);
    // The oldest undone one went.
    assert_eq!(lines[0], undone[1].line);
    let standing: Vec<_> = (0..MOST_LINES)
        .map(|number| said(&claim(&format!("S-{number}"), "desk-1", false)))
        .collect();
    assert_eq!(
        add(&standing, &ours, line(&ours)),
        Step::End(Made::Unreadable)
    );
}

proptest! {
    // Desks that make, add and undo in any order: where each made its claim in the book, one stands at most.
    #[test]
    fn of_claims_made_in_the_book_one_stands(steps in prop::collection::vec((0_usize..4, prop::bool::ANY), 1..40)) {
        let mut book: Vec<Said> = Vec::new();
        for (number, (desk, undo)) in steps.into_iter().enumerate() {
            let desk = format!("desk-{desk}");
            let own = book.iter().find_map(|said| said.claim.clone()
                .filter(|claim| claim.desk == desk && claim.undone.is_none()));
            let (step, told) = match own {
                Some(own) if undo => {
                    let told = claim(&own.id, &desk, true);
                    (add(&book, &told, line(&told)), told)
                }
                _ => {
                    let told = claim(&format!("C-{number}"), &desk, false);
                    (make(&book, &told, line(&told)), told)
                }
            };
            if let Step::Write(lines) = step {
                let known: Vec<Said> = book.iter().cloned().chain([said(&told)]).collect();
                book = lines.iter().map(|line| {
                    known.iter().rev().find(|said| said.line == *line).unwrap().clone()
                }).collect();
            }
            let standing = book.iter().filter(|said| {
                said.claim.as_ref().unwrap().undone.is_none()
            }).count();
            prop_assert!(standing <= 1);
            prop_assert!(book.len() <= MOST_LINES);
        }
    }
}

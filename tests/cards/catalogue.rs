//! The catalogue of the simulator against the list of defects, which stands beside this file as
//! plain data: sections A to H, J and K.

use std::collections::BTreeSet;

/// Name, section, result and reason of every row, with a line of headings.
const LIST: &str = include_str!("defects.tsv");

/// Rows that no simulated card shows yet, and why. A row that is built must leave.
const NOT_BUILT: &[(&str, &str)] = &[
    ("link-no-card", "there is no card to simulate"),
    (
        "pace-im-degenerate",
        "no nonce is known that maps to the identity",
    ),
    ("beh-verdict-replay", "it is a client, not a card"),
    ("beh-late-frame", "it is a session, not a card"),
    ("beh-worker-crash", "it is a fault of the desk, not a card"),
];

#[test]
fn every_row_of_the_list_is_in_the_catalogue() {
    let mut wrong = Vec::new();
    let mut listed = BTreeSet::new();
    for line in LIST.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [id, section, result, reason] = fields[..] else {
            panic!("not four fields: {line}");
        };
        assert!(listed.insert(id), "twice in the list: {id}");
        let not_built = NOT_BUILT.iter().any(|(row, _)| *row == id);
        let reason = Some(reason).filter(|reason| !reason.is_empty());
        let row = Some((section, result, reason));
        let built = cccd_sim::defect(id);
        let section = built.map(|built| built.section.to_string());
        let met = built
            .zip(section.as_deref())
            .map(|(built, section)| (section, built.result, built.reason));
        match met {
            None if !not_built => wrong.push(format!("{id}: missing")),
            Some(_) if not_built => wrong.push(format!("{id}: built, and said not to be")),
            Some(_) if met != row => wrong.push(format!("{id}: due {row:?}, met {met:?}")),
            _ => {}
        }
    }
    for (id, _) in NOT_BUILT {
        if !listed.contains(id) {
            wrong.push(format!("{id}: no row of the list"));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Whoever is verified has no reason; everybody else has one, and its class.
#[test]
fn names_are_given_once_and_reasons_have_classes() {
    let mut names = BTreeSet::new();
    for defect in cccd_sim::defects() {
        assert!(names.insert(defect.id), "twice: {}", defect.id);
        assert_eq!(defect.reason.is_some(), defect.class.is_some());
        assert_eq!(defect.reason.is_none(), defect.result == "verified");
    }
}

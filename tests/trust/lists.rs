//! Master lists as states publish them.

use std::collections::{BTreeMap, BTreeSet};

use cccd_desk::verify::trust::master_list::{Standing, classify};
use cccd_desk::verify::trust::signed_list::Content;
use cccd_desk::verify::trust::{ListKind, SignedList};

use crate::data::master_lists;

/// What the three lists hold, by what each certificate is.
const HELD: [(&str, &[(&str, usize)]); 3] = [
    (
        "de-2024-08-07",
        &[
            ("link", 169),
            ("no-authority", 7),
            ("self-signed", 358),
            ("unlinked", 7),
        ],
    ),
    (
        "de-2026-05-05",
        &[
            ("link", 190),
            ("no-authority", 7),
            ("self-signed", 371),
            ("unlinked", 12),
        ],
    ),
    ("nl-2026-07-22", &[("self-signed", 411)]),
];

#[test]
fn every_certificate_of_the_published_lists_is_classified() {
    let mut self_signed = BTreeSet::new();
    for (name, bytes) in master_lists() {
        let list = SignedList::open(&bytes).unwrap();
        assert_eq!(list.kind, ListKind::Master);
        let Content::Authorities(authorities) = &list.content else {
            panic!("{name} is a master list");
        };
        let standings = classify(authorities, core::iter::empty());
        let mut counts = BTreeMap::new();
        for (certificate, standing) in authorities.iter().zip(&standings) {
            *counts.entry(standing.name()).or_insert(0) += 1;
            if *standing == Standing::SelfSigned {
                self_signed.insert(certificate.fingerprint.clone());
            }
            // Links whose issuer calls them no authority's; nobody's key, forged or unknown.
            assert!(
                standing.is_usable() || certificate.is_ca == Some(false),
                "{name}: {} {standing:?}",
                certificate.subject.text
            );
        }
        let (_, expected) = HELD.iter().find(|(held, _)| *held == name).unwrap();
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), *expected, "{name}");
    }
    println!("{} self-signed certificates verified", self_signed.len());
}

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::super::testing::{CVCA, Draft, Holder, TERMINAL, VERIFIER};
use super::*;
use crate::crypto::signing::SigningKey;

/// Two generations of one authority, a verifier and a terminal.
struct House {
    old_root: Holder,
    root: Holder,
    verifier: Holder,
    terminal: Holder,
}

impl House {
    fn new() -> Self {
        Self {
            old_root: Holder::new("VNCVCA00001"),
            root: Holder::new("VNCVCA00002"),
            verifier: Holder::new("VNDVHN00001"),
            terminal: Holder::new("VNDESK100001"),
        }
    }

    fn link(&self) -> Draft<'_> {
        Draft::new(&self.old_root, &self.root, CVCA)
    }

    fn of_verifier(&self) -> Draft<'_> {
        Draft::new(&self.root, &self.verifier, VERIFIER)
    }

    fn of_terminal(&self) -> Draft<'_> {
        Draft::new(&self.verifier, &self.terminal, TERMINAL)
    }

    fn key(&self) -> PublicKey {
        let key = SigningKey::from_pkcs8(&self.terminal.pkcs8()).unwrap();
        key.public().clone()
    }

    /// The holders of the chain that is found, or why there is none.
    fn find(
        &self,
        certificates: &[Vec<u8>],
        authorities: &[&str],
        today: &str,
    ) -> Result<Vec<String>, ChainFault> {
        let certificates: Vec<CvCertificate> = certificates
            .iter()
            .map(|bytes| CvCertificate::parse(bytes).unwrap())
            .collect();
        let authorities: Vec<Reference> = authorities
            .iter()
            .map(|name| Reference::new(name.as_bytes()).unwrap())
            .collect();
        let chain = find(
            &certificates,
            &authorities,
            &self.key(),
            today.parse().unwrap(),
        )?;
        let holders = chain.certificates.iter();
        Ok(holders.map(|one| one.holder.to_string()).collect())
    }
}

const TODAY: &str = "2026-11-24";

#[test]
fn the_chain_begins_under_an_authority_of_the_chip() {
    let house = House::new();
    let certificates = [
        house.of_terminal().make(),
        house.link().make(),
        house.of_verifier().make(),
        Draft::new(&house.root, &house.root, CVCA).make(),
    ];
    let short = vec!["VNDVHN00001".to_owned(), "VNDESK100001".to_owned()];
    let long = [vec!["VNCVCA00002".to_owned()], short.clone()].concat();
    for (authorities, expected) in [
        (&["VNCVCA00002"][..], Ok(short.clone())),
        (&["VNCVCA00001"], Ok(long)),
        (&["VNCVCA00002", "VNCVCA00001"], Ok(short)),
        (&["VNCVCA00009"], Err(ChainFault::Missing)),
        (&[], Err(ChainFault::Missing)),
    ] {
        let found = house.find(&certificates, authorities, TODAY);
        assert_eq!(found, expected, "{authorities:?}");
    }
}

#[test]
fn dates_decide_and_an_expired_link_still_carries() {
    let house = House::new();
    let day = |text: &str| text.parse::<Date>().unwrap();
    let certificates = |link: [u8; 6], verifier: [u8; 6], terminal: [u8; 6]| {
        let mut drafts = [house.link(), house.of_verifier(), house.of_terminal()];
        drafts[0].expiry = link;
        drafts[1].expiry = verifier;
        drafts[2].expiry = terminal;
        drafts.map(|draft| draft.make())
    };
    let long = [2, 7, 1, 2, 3, 1];
    let past = [2, 6, 1, 1, 2, 3];
    for (certificates, today, fault) in [
        (certificates(long, long, long), TODAY, None),
        (certificates(past, long, long), TODAY, None),
        (
            certificates(long, past, long),
            TODAY,
            Some(ChainFault::Expired(day("2026-11-23"))),
        ),
        (
            certificates(long, long, past),
            TODAY,
            Some(ChainFault::Expired(day("2026-11-23"))),
        ),
        (certificates(long, long, past), "2026-11-23", None),
        (
            certificates(long, long, long),
            "2025-12-31",
            Some(ChainFault::NotYetValid(day("2026-01-01"))),
        ),
    ] {
        let found = house.find(&certificates, &["VNCVCA00001"], today);
        assert_eq!(found.err(), fault, "{today}");
    }
}

#[test]
fn of_two_terminal_certificates_the_one_that_lasts_is_shown() {
    let house = House::new();
    let mut old = house.of_terminal();
    old.expiry = [2, 6, 1, 1, 2, 3];
    let renewed = Holder {
        name: "VNDESK100002",
        key: house.terminal.key.clone(),
    };
    let new = Draft::new(&house.verifier, &renewed, TERMINAL);
    let certificates = [old.make(), new.make(), house.of_verifier().make()];
    let found = house.find(&certificates, &["VNCVCA00002"], TODAY).unwrap();
    assert_eq!(found, ["VNDVHN00001", "VNDESK100002"]);
}

#[test]
fn a_chain_that_gives_no_right_or_is_not_ours_is_none() {
    let house = House::new();
    let stranger = Holder::new("VNDESK200001");
    let impostor = Holder {
        name: "VNDVHN00001",
        key: stranger.key.clone(),
    };
    let no_right = Draft {
        bits: 0x02,
        ..house.of_terminal()
    };
    let verifier_without = Draft {
        bits: 0x82,
        ..house.of_verifier()
    };
    let by_the_root = Draft::new(&house.root, &house.terminal, TERMINAL);
    let sub_verifier = Draft {
        whole_key: false,
        ..Draft::new(&house.verifier, &house.terminal, VERIFIER)
    };
    for (what, certificates, fault) in [
        (
            "irises alone",
            vec![no_right.make(), house.of_verifier().make()],
            ChainFault::Missing,
        ),
        (
            "the verifier has no right to give",
            vec![house.of_terminal().make(), verifier_without.make()],
            ChainFault::Missing,
        ),
        (
            "another terminal's",
            vec![
                Draft::new(&house.verifier, &stranger, TERMINAL).make(),
                house.of_verifier().make(),
            ],
            ChainFault::Missing,
        ),
        (
            "a verifier below a verifier",
            vec![sub_verifier.make(), house.of_verifier().make()],
            ChainFault::Missing,
        ),
        (
            "no verifier",
            vec![house.of_terminal().make()],
            ChainFault::Missing,
        ),
        (
            "signed by somebody of the same name",
            vec![
                Draft::new(&impostor, &house.terminal, TERMINAL).make(),
                house.of_verifier().make(),
            ],
            ChainFault::Invalid,
        ),
        (
            "the root signs a terminal, and is at hand to tell",
            vec![
                by_the_root.make(),
                Draft::new(&house.root, &house.root, CVCA).make(),
            ],
            ChainFault::Missing,
        ),
    ] {
        let found = house.find(&certificates, &["VNCVCA00002"], TODAY);
        assert_eq!(found, Err(fault), "{what}");
    }
}

/// Two authorities that certify each other, and a folder full of such.
#[test]
fn certificates_that_name_each_other_end_the_search() {
    let house = House::new();
    let names = [
        "VNLOOP00001",
        "VNLOOP00002",
        "VNLOOP00003",
        "VNLOOP00004",
        "VNLOOP00005",
        "VNLOOP00006",
        "VNLOOP00007",
        "VNLOOP00008",
    ];
    let holders = names.map(|name| Holder {
        name,
        key: house.root.key.clone(),
    });
    let mut certificates = vec![
        house.of_terminal().make(),
        Draft::new(&holders[0], &house.verifier, VERIFIER).make(),
    ];
    for above in &holders {
        for below in &holders {
            if above.name != below.name {
                certificates.push(Draft::new(above, below, CVCA).make());
            }
        }
    }
    let found = house.find(&certificates, &["VNCVCA00002"], TODAY);
    assert_eq!(found, Err(ChainFault::Missing));
    // Where each of them leads to the chip, the first ones decide.
    let authorities = holders.map(|holder| holder.name);
    let found = house.find(&certificates, &authorities, TODAY).unwrap();
    assert_eq!(found, ["VNDVHN00001", "VNDESK100001"]);
}

#[test]
fn every_fault_has_its_reason() {
    let day = Date::MIN;
    for (fault, code) in [
        (ChainFault::Missing, "ta-certificate-missing"),
        (ChainFault::Invalid, "ta-certificate-invalid"),
        (ChainFault::Expired(day), "ta-certificate-expired"),
        (ChainFault::NotYetValid(day), "ta-certificate-not-yet-valid"),
    ] {
        assert_eq!(fault.reason().code(), code);
    }
}

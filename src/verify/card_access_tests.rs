//! Rows of DEFECTS B and K against check 13.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::verify::evidence::Pace;
use CheckResult::Successful;

const AES_128: &str = "3012060a04007f0007020204020202010202010d";
const AES_256: &str = "3012060a04007f0007020204020402010202010d";
const TRIPLE_DES: &str = "3012060a04007f0007020204020102010202010d";
/// Parameter number 255.
const UNKNOWN_CURVE: &str = "3013060a04007f0007020204020202010202 0200ff";
const CHIP_AUTHENTICATION: &str = "300f060a04007f00070202030202020101";
const PRIVATE: &str = "300806032a0304020101";

fn set(infos: &[&str]) -> Vec<u8> {
    let body: Vec<u8> = infos
        .iter()
        .flat_map(|info| hex::decode(info.replace(' ', "")).unwrap())
        .collect();
    [&[0x31, u8::try_from(body.len()).unwrap()][..], &body].concat()
}

/// What EF.CardAccess yields.
enum Plain {
    Holds(&'static [&'static str]),
    Garbled,
    State(FileState),
}

fn judged(plain: Plain, signed: Option<&[&str]>, by: &'static str, assumed: bool) -> Check {
    let state = match plain {
        Plain::Holds(infos) => FileState::Read(set(infos).into()),
        Plain::Garbled => FileState::Read(vec![0x31, 0x82].into()),
        Plain::State(state) => state,
    };
    let mut evidence = Evidence::default();
    evidence.files.insert(FileId::CardAccess, state);
    if !by.is_empty() {
        evidence.access = Step::Done { by };
    }
    evidence.pace = by.starts_with("pace").then(|| Pace {
        protocol: "0.4.0.127.0.7.2.2.4.2.2".to_owned(),
        parameter_id: Some(13),
        assumed,
        mapping: None,
    });
    let signed = signed.map(|infos| SecurityInfos::parse(&set(infos)).unwrap());
    card_access(&evidence, &signed.iter().collect::<Vec<_>>())
}

#[test]
fn what_the_chip_offers_is_what_the_issuer_signed() {
    use FileState::{Absent, Denied, Faulty, NotRead};
    use Plain::{Garbled, Holds, State};
    let open = Some(reason::CARDACCESS_UNAUTHENTICATED);
    let weaker = Some(reason::PACE_DOWNGRADE);
    let broken = Faulty(reason::DG_MALFORMED);
    let lost = Faulty(reason::CARD_REMOVED);
    for (name, plain, signed, by, result, reason) in [
        (
            "good-pace-can",
            Holds(&[AES_128]),
            Some(&[AES_128][..]),
            "pace-can",
            Successful,
            None,
        ),
        (
            "good-pace-extra-infos",
            Holds(&[PRIVATE, AES_128]),
            Some(&[AES_128, CHIP_AUTHENTICATION]),
            "pace-mrz",
            Successful,
            None,
        ),
        (
            "another order",
            Holds(&[AES_128, AES_256]),
            Some(&[AES_256, AES_128]),
            "pace-mrz",
            Successful,
            None,
        ),
        (
            "good-bac-only",
            State(Absent),
            Some(&[CHIP_AUTHENTICATION]),
            "bac",
            NotSupported,
            None,
        ),
        (
            "BAC without DG14",
            State(Absent),
            None,
            "bac",
            NotSupported,
            None,
        ),
        (
            "BAC, and an offer that nobody used or signed",
            Holds(&[AES_128]),
            None,
            "bac",
            NotSupported,
            None,
        ),
        (
            "pace-downgrade-stripped",
            State(Absent),
            Some(&[AES_128]),
            "bac",
            Failed,
            weaker,
        ),
        (
            "stripped by a refusal",
            State(Denied),
            Some(&[AES_128]),
            "bac",
            Failed,
            weaker,
        ),
        (
            "stripped by garbage",
            Garbled,
            Some(&[AES_128]),
            "bac",
            Failed,
            weaker,
        ),
        (
            "stripped by a broken file",
            State(broken),
            Some(&[AES_128]),
            "bac",
            Failed,
            weaker,
        ),
        (
            "stripped to other infos",
            Holds(&[CHIP_AUTHENTICATION]),
            Some(&[AES_128]),
            "bac",
            Failed,
            weaker,
        ),
        (
            "BAC although PACE is offered and signed",
            Holds(&[AES_128]),
            Some(&[AES_128]),
            "bac",
            Failed,
            weaker,
        ),
        (
            "pace-downgrade-weaker",
            Holds(&[TRIPLE_DES]),
            Some(&[TRIPLE_DES, AES_256]),
            "pace-mrz",
            Failed,
            weaker,
        ),
        (
            "an offer that nobody signed",
            Holds(&[AES_128, TRIPLE_DES]),
            Some(&[AES_128]),
            "pace-mrz",
            Failed,
            weaker,
        ),
        (
            "only an offer that nobody here supports",
            Holds(&[UNKNOWN_CURVE]),
            Some(&[UNKNOWN_CURVE]),
            "bac",
            Successful,
            None,
        ),
        (
            "pace-cardaccess-unauth",
            Holds(&[AES_128]),
            Some(&[CHIP_AUTHENTICATION]),
            "pace-can",
            Undetermined,
            open,
        ),
        (
            "pace-cardaccess-unauth",
            Holds(&[AES_128]),
            None,
            "pace-can",
            Undetermined,
            open,
        ),
        (
            "access-plain-chip",
            State(Absent),
            Some(&[AES_128]),
            "none",
            NotSupported,
            None,
        ),
        (
            "the link broke",
            State(lost),
            Some(&[AES_128]),
            "bac",
            Aborted,
            Some(reason::CARD_REMOVED),
        ),
        (
            "raw files that agree",
            Holds(&[AES_128]),
            Some(&[AES_128]),
            "",
            Successful,
            None,
        ),
        (
            "raw files that differ",
            Holds(&[TRIPLE_DES]),
            Some(&[AES_128]),
            "",
            Failed,
            weaker,
        ),
        (
            "raw files without EF.CardAccess",
            State(NotRead),
            Some(&[AES_128]),
            "",
            NotSupported,
            None,
        ),
        (
            "raw files of a card without PACE",
            State(NotRead),
            None,
            "",
            NotSupported,
            None,
        ),
    ] {
        let check = judged(plain, signed, by, false);
        assert_eq!((check.result, check.reason), (result, reason), "{name}");
        let noted = check.notes.contains(&note::PACE_UNSUPPORTED);
        assert_eq!(noted, name.starts_with("only an offer"), "{name}");
    }
}

#[test]
fn an_assumed_offer_is_noted_and_must_be_signed() {
    for (name, signed, result) in [
        (
            "signed",
            Some(&[AES_128, CHIP_AUTHENTICATION][..]),
            Successful,
        ),
        (
            "other parameters are signed",
            Some(&[UNKNOWN_CURVE]),
            Undetermined,
        ),
        ("another protocol is signed", Some(&[AES_256]), Undetermined),
        ("nothing is signed", None, Undetermined),
    ] {
        let check = judged(Plain::State(FileState::Absent), signed, "pace-can", true);
        assert_eq!(check.result, result, "{name}");
        assert_eq!(check.notes, [note::CARDACCESS_ASSUMED], "{name}");
    }
}

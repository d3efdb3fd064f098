//! How a card is read: how many exchanges it takes, what is learned on the way, and what happens
//! when it is lifted.

use std::collections::BTreeMap;

use cccd_desk::chip::abilities::Extended;
use cccd_desk::chip::{Abilities, FileId};
use cccd_desk::desk::reading::Found;
use cccd_desk::verify::evidence::FileState;
use cccd_sim::{LaidBack, Persona, ReaderModel, SimCard, Transmission};
use time::OffsetDateTime;

use crate::bench::{self, Bench, Script};

/// A chip and a reader that bear everything.
const WHOLE_FILES: Transmission = Transmission {
    extended: true,
    chained: true,
    largest: 65_538,
    longest_command: 65_544,
};

fn first() -> Persona {
    cccd_sim::personas().unwrap().swap_remove(0)
}

/// The card of CHECKS (d): PACE with CAN, chip and active authentication, 21.5 KB.
fn full_size(persona: &Persona) -> Script<'_> {
    Script::of(persona).with(cccd_sim::defect("good-full-size").unwrap())
}

fn short(persona: &Persona) -> Script<'_> {
    Script {
        reader: ReaderModel::SHORT,
        transmission: Some(Transmission::up_to(256)),
        ..full_size(persona)
    }
}

fn extended(persona: &Persona) -> Script<'_> {
    Script {
        transmission: Some(WHOLE_FILES),
        ..full_size(persona)
    }
}

/// A script after a first reading with the same reader and chip.
fn learned(script: Script<'_>) -> Script<'_> {
    let (found, _) = verified(&script, "first");
    Script {
        abilities: found.abilities,
        ..script
    }
}

fn verified(script: &Script<'_>, name: &str) -> (Found, u32) {
    let (found, judgement) = Bench.read(script);
    let met = bench::outcome(&judgement.verdict);
    assert_eq!(met, ("verified".to_owned(), None), "{name}");
    let apdus = judgement.verdict.reading.apdus;
    (found.unwrap(), apdus)
}

fn phases(found: &Found) -> Vec<(&'static str, u32)> {
    let phases = found.exchanges.phases().iter();
    phases.map(|phase| (phase.name, phase.apdus)).collect()
}

/// The counts are exact: an exchange more or less is a change that somebody must have meant.
#[test]
fn a_full_read_takes_so_many_exchanges() {
    let persona = first();
    let (found, apdus) = verified(&learned(short(&persona)), "short");
    assert_eq!(
        phases(&found),
        [
            ("access", 6),
            ("select", 1),
            ("dg1", 1),
            ("dg13", 4),
            ("sod", 9),
            ("dg14", 2),
            ("chip-auth", 4),
            ("dg1-again", 1),
            ("dg15", 2),
            ("dg2", 81),
            ("com", 1),
        ]
    );
    assert_eq!(apdus, 112);
    let size = |file| found.evidence.bytes(file).unwrap().len();
    assert_eq!((size(FileId::Dg(2)), size(FileId::Dg(13))), (18_000, 696));
    // A signature has a byte more or less each time.
    assert!((1_990..=2_007).contains(&size(FileId::Sod)));

    let (found, apdus) = verified(&learned(extended(&persona)), "extended");
    assert_eq!(
        phases(&found),
        [
            ("access", 6),
            ("select", 1),
            ("dg1", 1),
            ("dg13", 1),
            ("sod", 1),
            ("dg14", 1),
            ("chip-auth", 3),
            ("dg1-again", 1),
            ("dg15", 1),
            ("dg2", 1),
            ("com", 1),
        ]
    );
    assert_eq!(apdus, 18);
}

/// What a reader and a chip bear is found out with one exchange more, and remembered.
#[test]
fn what_is_borne_is_learned_once() {
    let persona = first();
    let none = Abilities::default();
    for (name, script, abilities, more) in [
        (
            "short",
            short(&persona),
            Abilities {
                short_length: Some(256),
                extended: Extended::Refused,
                ..none
            },
            1,
        ),
        (
            "extended",
            extended(&persona),
            Abilities {
                extended: Extended::UpTo(65_536),
                ..none
            },
            1,
        ),
    ] {
        let (found, first) = verified(&script, name);
        assert_eq!(found.abilities, abilities, "{name}");
        let (found, second) = verified(
            &Script {
                abilities,
                ..script
            },
            name,
        );
        assert_eq!(found.abilities, abilities, "{name}");
        assert_eq!(first, second + more, "{name}");
    }
}

/// Readers and chips that bear less than they say: each is read, and the next card of its kind is
/// not asked for it again.
#[test]
fn what_is_not_borne_is_learned_too() {
    let persona = first();
    let claims_all = Some(WHOLE_FILES);
    let reader = |longest_command, longest_response| ReaderModel {
        extended: true,
        longest_command,
        longest_response,
    };
    for (name, reader, transmission, extended) in [
        (
            "a reader without extended length under a chip that has it",
            ReaderModel::SHORT,
            claims_all,
            Extended::Refused,
        ),
        (
            "a reader that carries four kilobytes",
            reader(65_544, 4_096),
            claims_all,
            Extended::UpTo(2_048),
        ),
        (
            "a reader that takes the command and fails at long answers",
            reader(65_544, 300),
            claims_all,
            Extended::Refused,
        ),
        (
            "a chip with answers of 1,024 bytes",
            ReaderModel::EXTENDED,
            Some(Transmission::up_to(1_024)),
            Extended::UpTo(1_022),
        ),
    ] {
        let script = Script {
            reader,
            transmission,
            ..full_size(&persona)
        };
        let (found, first) = verified(&script, name);
        assert_eq!(found.abilities.extended, extended, "{name}");
        let abilities = found.abilities;
        let (found, second) = verified(
            &Script {
                abilities,
                ..script
            },
            name,
        );
        assert_eq!(found.abilities, abilities, "{name}");
        assert!(second <= first, "{name}");
    }
}

/// The card of one more reading, in the state of a card that comes from a pocket.
fn other(script: &Script<'_>) -> SimCard {
    script.card(OffsetDateTime::now_utc())
}

/// Lifted at every command of a reading and laid back at once, the card is proven to be the same
/// and read on at the byte where it was torn away: nothing comes twice but DG1 and EF.SOD.
#[test]
fn a_card_torn_at_every_exchange_is_read_on_where_it_stopped() {
    let persona = first();
    let (whole, apdus) = verified(&learned(short(&persona)), "whole");
    let taken = |found: &Found, name: &str| {
        let phases = found.exchanges.phases().iter();
        let mut bytes = phases.filter(|phase| phase.name == name);
        bytes.next().map_or(0, |phase| phase.bytes_in)
    };
    for at in 1..=usize::try_from(apdus).unwrap() {
        let script = Script {
            tear: Some((at, LaidBack::Same)),
            ..learned(short(&persona))
        };
        let (found, _) = verified(&script, &format!("torn at {at}"));
        for file in ["dg13", "dg14", "dg15", "dg2", "com"] {
            // SELECT names the file again; its answer has a checksum and no data.
            let most = taken(&whole, file) + 16;
            assert!(taken(&found, file) <= most, "{file} torn at {at}");
        }
        for file in ["dg1", "sod"] {
            assert!(
                taken(&found, file) <= 2 * taken(&whole, file),
                "{file} torn at {at}"
            );
        }
        assert_eq!(
            found.evidence.files,
            whole_files(&found, &whole),
            "torn at {at}"
        );
    }
}

/// The files of the whole reading, where the torn one has them all.
fn whole_files(torn: &Found, whole: &Found) -> BTreeMap<FileId, FileState> {
    let mut files = whole.evidence.files.clone();
    // The signature is made anew with each simulated card.
    files.insert(FileId::Sod, torn.evidence.state(FileId::Sod).clone());
    files
}

/// Another card in its place, with the same key, another key, or none: the reading ends, at every
/// exchange after which anything was known of the first.
#[test]
fn another_card_laid_back_is_never_read_on() {
    let personas = cccd_sim::personas().unwrap();
    let persona = &personas[0];
    let neighbour = Script::of(&personas[1]);
    let bank_card = Script::of(persona).with(cccd_sim::defect("link-not-emrtd").unwrap());
    let forged = Script::of(persona).with(cccd_sim::defect("lso-dg-hash-bad").unwrap());
    for at in [12, 20, 30, 60, 100] {
        for (name, laid) in [
            ("another person's", &neighbour),
            ("no document", &bank_card),
            ("the same number, other data", &forged),
        ] {
            // Until EF.SOD is there, the zone alone tells them apart; its hashes do the rest.
            if at < 30
                && laid
                    .defects
                    .first()
                    .is_some_and(|d| d.id == "lso-dg-hash-bad")
            {
                continue;
            }
            let script = Script {
                tear: Some((at, LaidBack::Other(other(laid).into()))),
                ..short(persona)
            };
            let verdict = Bench.judge(&script).verdict;
            let due = ("not_verified".to_owned(), Some("card-swapped".to_owned()));
            assert_eq!(bench::outcome(&verdict), due, "{name} laid back at {at}");
        }
    }
}

/// A card that is lifted and does not come back.
#[test]
fn a_card_that_stays_away_is_unreadable() {
    let persona = first();
    for at in [1, 5, 9, 40] {
        let script = Script {
            tear: Some((at, LaidBack::Nothing)),
            ..short(&persona)
        };
        let verdict = Bench.judge(&script).verdict;
        let due = ("unreadable".to_owned(), Some("card-removed".to_owned()));
        assert_eq!(bench::outcome(&verdict), due, "lifted at {at}");
    }
}

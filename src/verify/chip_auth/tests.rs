//! How three protocols become one check (CHECKS a, 14; BSI TR-03135-1, table 5.23).

use super::*;

fn outcome(word: &str) -> Check {
    let id = CheckId::ChipAuth;
    match word {
        "good" => Check::successful(id),
        "clone" => Check::because(id, Failed, reason::CHIP_CLONE_AA_FAILED),
        "clone-ca" => Check::because(id, Failed, reason::CHIP_CLONE_CA_FAILED),
        "forged" => Check::because(id, Failed, reason::DOMAIN_PARAMS_FORGED),
        "broken" => Check::because(id, Aborted, reason::CARD_REMOVED),
        "open" => Check::because(id, Undetermined, reason::DG14_MALFORMED),
        "undone" => Check::not_performed(id, "nobody asked"),
        _ => Check::new(id, NotSupported),
    }
}

#[test]
fn one_success_is_enough_and_a_failure_beside_it_is_noted() {
    let none = "none";
    for (cam, ca, aa, result, by, noted) in [
        ("good", "undone", "undone", Successful, Some("cam"), false),
        (none, "good", "good", Successful, Some("ca"), false),
        (none, "good", none, Successful, Some("ca"), false),
        (none, "good", "clone", Successful, Some("ca"), true),
        (none, "clone-ca", "good", Successful, Some("aa"), true),
        ("good", "clone-ca", none, Successful, Some("cam"), true),
        (none, "good", "broken", Successful, Some("ca"), false),
        (none, "open", "good", Successful, Some("aa"), false),
        (none, none, "good", Successful, Some("aa"), false),
        (none, "forged", "good", Failed, None, false),
        ("forged", "good", "good", Failed, None, false),
        (none, "clone-ca", "clone", Failed, None, false),
        (none, "clone-ca", "broken", Failed, None, false),
        (none, "clone-ca", none, Failed, None, false),
        (none, none, "clone", Failed, None, false),
        (none, "broken", "undone", Aborted, None, false),
        (none, "open", "undone", Undetermined, None, false),
        (none, "undone", none, NotPerformed, None, false),
        (none, none, none, NotSupported, None, false),
    ] {
        let case = format!("cam {cam}, ca {ca}, aa {aa}");
        let (check, proven) = fold([
            ("cam", outcome(cam)),
            ("ca", outcome(ca)),
            ("aa", outcome(aa)),
        ]);
        assert_eq!((check.result, proven), (result, by), "{case}");
        let note = check.notes.contains(&note::CHIP_AUTH_PROTOCOL_FAILED);
        assert_eq!(note, noted, "{case}");
        // Every protocol that was asked for is told with what came of it.
        let told = [("cam", cam), ("ca", ca), ("aa", aa)];
        for (name, word) in told {
            assert_eq!(check.facts.contains_key(name), word != none, "{case}");
        }
    }
    let reason = |words: [&str; 3]| {
        let [cam, ca, aa] = words.map(outcome);
        fold([("cam", cam), ("ca", ca), ("aa", aa)]).0.reason
    };
    let clone = Some(reason::CHIP_CLONE_CA_FAILED);
    assert_eq!(reason([none, "clone-ca", "clone"]), clone);
    let nothing = Some(reason::CHIP_AUTH_NOT_SUPPORTED);
    assert_eq!(reason([none; 3]), nothing);
}

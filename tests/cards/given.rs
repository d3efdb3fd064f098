//! What is printed, typed, expected or reported lost, against one and the same good card.

use cccd_desk::decision::verdict::ReadingCount;
use cccd_desk::decision::{CheckResult, Policy};
use cccd_desk::desk::reading::{Expected, Grounds, judge};
use cccd_desk::document::{Date, Personal, Printed};
use cccd_desk::verify::lost_cards::LostCards;
use cccd_desk::verify::{Evidence, TrustAnchors};
use cccd_sim::Persona;
use time::OffsetDateTime;

use crate::bench::Bench;
use crate::offline::evidence;

type Said = (CheckResult, Option<&'static str>);

const GOOD: Said = (CheckResult::Successful, None);
const PRINT: Said = (CheckResult::Failed, Some("printed-data-mismatch"));
const TYPED: Said = (CheckResult::Failed, Some("personal-number-mismatch"));
const OPEN: Said = (CheckResult::Undetermined, Some("printed-data-mismatch"));
const OTHER: Said = (CheckResult::Failed, Some("dossier-person-mismatch"));
const LOST: Said = (CheckResult::Failed, Some("card-reported-lost"));
const NOT_DONE: Said = (CheckResult::NotPerformed, Some("check-not-performed"));
const NOTHING: Said = (CheckResult::NotSupported, None);

/// A good card, read.
struct Read {
    persona: Persona,
    evidence: Evidence,
    trust: TrustAnchors,
    now: OffsetDateTime,
}

impl Read {
    fn card_of(name: &str) -> Self {
        let now = OffsetDateTime::now_utc();
        let persona = cccd_sim::persona(name).unwrap();
        let files = cccd_sim::persona_files(&persona, &[], now).unwrap();
        Self {
            evidence: evidence(&files),
            trust: Bench.trust(&[], now).unwrap(),
            persona,
            now,
        }
    }

    fn said(&self, check: &str, printed: Option<&Printed>, expected: &Expected) -> Said {
        let policy = Policy::ready_made("document").unwrap();
        let grounds = Grounds {
            trust: Some(&self.trust),
            policy: &policy,
            printed,
            expected,
            at: self.now,
        };
        let verdict = judge(&self.evidence, ReadingCount::default(), grounds).verdict;
        let mut checks = verdict.checks.iter();
        let found = checks.find(|found| found.id.name() == check).unwrap();
        (found.result, found.reason.map(|reason| reason.code()))
    }

    fn print(&self, key: &Printed) -> Said {
        self.said("print-chip", Some(key), &Expected::default())
    }
}

#[test]
fn a_qr_code_says_what_the_chip_says() {
    let card = Read::card_of("adult-man");
    let name = card.persona.full_name.clone();
    let qr = |from: &str, to: &str| {
        let text = card.persona.qr();
        assert!(text.contains(from), "{from}");
        card.print(&Printed::parse_qr(&text.replacen(from, to, 1)).unwrap())
    };
    for (what, from, to, due) in [
        ("itself", "Nam", "Nam", GOOD),
        ("capitals", "Nguyễn Văn A", name.as_str(), GOOD),
        ("decomposed", "Nguyễn", "Nguye\u{302}\u{303}n", GOOD),
        ("two spaces", "Văn A", "Văn  A ", GOOD),
        ("another tone", "Nguyễn", "Nguyên", PRINT),
        ("without diacritics", "Nguyễn", "Nguyen", PRINT),
        ("another word", "Văn A", "Văn B", PRINT),
        ("a letter of another script", "Văn A", "Văn \u{410}", PRINT),
        ("another place in the number", "001090", "002090", PRINT),
        ("the last digit", "000001|", "000002|", PRINT),
        ("another birth date", "01011990", "02011990", PRINT),
        ("another year of birth", "01011990", "01011991", PRINT),
        ("year of birth alone", "01011990", "1990", GOOD),
        ("another sex", "|Nam|", "|Nữ|", PRINT),
        ("another address", "Số 1", "Số 2", GOOD),
    ] {
        assert_eq!(qr(from, to), due, "{what}");
    }
}

#[test]
fn of_a_printed_zone_the_optional_fields_alone_decide_nothing() {
    let card = Read::card_of("adult-man");
    let zone = |at: usize, text: &str| {
        let mut zone = card.persona.mrz().into_bytes();
        zone[at..at + text.len()].copy_from_slice(text.as_bytes());
        cccd_sim::personas::mrz::check(&mut zone);
        let zone = String::from_utf8(zone).unwrap();
        card.print(&Printed::parse_mrz(&zone, Date::in_vietnam(card.now)).unwrap())
    };
    for (what, at, text, due) in [
        ("itself", 0, "ID", GOOD),
        ("another number", 15, "002", OPEN),
        ("no number", 15, "<<<<<<<<<<<<", OPEN),
        ("optional data of line 2", 48, "X", OPEN),
        ("another name", 60, "NGUYEN<<VAN<B", PRINT),
        ("a name cut", 60, "NGUYEN<<VAN<<", PRINT),
        ("another sex", 37, "F", PRINT),
        ("no sex", 37, "<", PRINT),
        ("another birth date", 30, "900102", PRINT),
        ("another expiry", 38, "300102", PRINT),
        ("another nationality", 45, "LAO", PRINT),
        ("another state", 2, "LAO", PRINT),
        ("another code", 0, "I<", PRINT),
        ("another document number", 5, "190000001", PRINT),
    ] {
        assert_eq!(zone(at, text), due, "{what}");
    }
}

#[test]
fn a_typed_number_is_the_number() {
    let card = Read::card_of("adult-man");
    for (number, due) in [
        ("001090000001", GOOD),
        ("001 090 000 001", GOOD),
        ("001090000002", TYPED),
        ("002090000001", TYPED),
        ("100190000001", TYPED),
    ] {
        let typed = Printed::parse_number(number).unwrap();
        assert_eq!(card.print(&typed), due, "{number}");
    }
    let with_dates = |birth| Printed::parse_typed("001090000001", birth, "2030-01-01").unwrap();
    assert_eq!(card.print(&with_dates("1990-01-01")), GOOD);
    assert_eq!(card.print(&with_dates("1990-01-02")), PRINT);
    let can = Printed::parse_can("000001").unwrap();
    assert_eq!(card.print(&can), NOTHING);
}

#[test]
fn the_dossier_is_of_the_person_of_the_card() {
    let card = Read::card_of("old-number");
    let said = |number: Option<&str>, name: Option<&str>, born: Option<&str>| {
        let expected = Expected {
            personal_number: number.map(Personal::from),
            name: name.map(Personal::from),
            birth_date: born.map(Personal::from),
            ..Expected::default()
        };
        card.said("dossier", None, &expected)
    };
    for (number, due) in [
        ("036079000005", GOOD),
        ("036079000006", OTHER),
        ("100000005", GOOD),
        // The document number of this very card is no old number.
        ("079000005", OTHER),
    ] {
        assert_eq!(said(Some(number), None, None), due, "{number}");
    }
    for (name, due) in [
        ("HOÀNG VĂN E", GOOD),
        ("hoàng  văn e", GOOD),
        ("HOA\u{300}NG VA\u{306}N E", GOOD),
        ("Hoang Van E", GOOD),
        ("HÒANG VĂN E", GOOD),
        ("HUỲNH VĂN E", OTHER),
        ("E VĂN HOÀNG", OTHER),
        ("HOÀNG VĂN", OTHER),
    ] {
        assert_eq!(said(None, Some(name), None), due, "{name}");
    }
    for (born, due) in [
        ("1979-03-08", GOOD),
        ("1979", GOOD),
        ("1979-03-09", OTHER),
        ("1980", OTHER),
    ] {
        assert_eq!(said(None, None, Some(born)), due, "{born}");
    }
    let all = said(
        Some("036079000005"),
        Some("HOÀNG VĂN E"),
        Some("1979-03-09"),
    );
    assert_eq!(all, OTHER);
    assert_eq!(said(None, None, None), NOTHING);
    // A card that names no older one can't be linked to it.
    let expected = Expected {
        personal_number: Some(Personal::from("100000005")),
        ..Expected::default()
    };
    let other = Read::card_of("adult-man");
    assert_eq!(other.said("dossier", None, &expected), NOT_DONE);
}

#[test]
fn a_lost_card_is_known_by_every_number_that_it_says() {
    let digest = |number: &str| {
        hex::encode(ring::digest::digest(
            &ring::digest::SHA256,
            number.as_bytes(),
        ))
    };
    for (what, list, due) in [
        ("the number", "001090000001".to_owned(), LOST),
        ("its digest", digest("001090000001"), LOST),
        ("the document number", "090000001".to_owned(), LOST),
        ("that one's digest", digest("090000001"), LOST),
        (
            "among others",
            "# lost\n048195000003\n001090000001\n".to_owned(),
            LOST,
        ),
        ("another's", "048195000003".to_owned(), GOOD),
        ("nobody", "# none\n".to_owned(), GOOD),
    ] {
        let mut card = Read::card_of("adult-man");
        let before = card.trust.digest.clone();
        let none = Expected::default();
        assert_eq!(card.said("status", None, &none), NOT_DONE);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), list).unwrap();
        card.trust
            .add_lost_cards(LostCards::from_file(file.path()).unwrap());
        assert_eq!(card.said("status", None, &none), due, "{what}");
        assert_ne!(card.trust.digest, before, "a verdict names the list");
    }
}

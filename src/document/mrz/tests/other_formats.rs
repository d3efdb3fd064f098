//! TD2 and TD3.

use proptest::prelude::*;

use super::{LONG_NUMBER, UTOPIA, assert_clean, parse, some_expiry, today, with};
use crate::document::mrz::{Mrz, MrzError, MrzField as F, MrzFormat, check_digit};
use crate::document::{Expiry, Printed, PrintedError, Sex};

/// ICAO 9303-4, appendix B.
const PASSPORT: &str = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\
                        L898902C36UTO7408122F1204159ZE184226B<<<<<10";
/// ICAO 9303-11, D.2: the passport of the worked example.
const EXAMPLE: &str = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\
                       L898902C<3UTO6908061F9406236ZE184226B<<<<<14";
/// ICAO 9303-6, appendix B.
const LARGER_CARD: &str = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\
                           D231458907UTO7408122F1204159<<<<<<<6";
/// ICAO 9303-11, D.2: a document number longer than nine characters.
const LONG_NUMBER_TD2: &str = "I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<<\
                               D23145890<UTO3407127M95071227349<<<8";

/// Where the check digits of a passport and of a larger card stand (from 1), over what.
const DIGITS: [(&str, &[(usize, F)]); 2] = [
    (
        PASSPORT,
        &[
            (54, F::DocumentNumber),
            (64, F::BirthDate),
            (72, F::ExpiryDate),
            (87, F::PersonalNumber),
            (88, F::Composite),
        ],
    ),
    (
        LARGER_CARD,
        &[
            (46, F::DocumentNumber),
            (56, F::BirthDate),
            (64, F::ExpiryDate),
            (72, F::Composite),
        ],
    ),
];

/// `zone` with all check digits made right.
fn rechecked(zone: &str) -> String {
    let digit = |field: &str| check_digit(field).unwrap().to_string();
    let line = zone.len() / 2;
    let mut zone = zone.to_owned();
    for (from, to) in [(0, 9), (13, 19), (21, 27)] {
        zone = with(&zone, line + to + 1, &digit(&zone[line + from..line + to]));
    }
    if line == 44 {
        zone = with(&zone, 87, &digit(&zone[72..86]));
    }
    let covered = [
        &zone[line..line + 10],
        &zone[line + 13..line + 20],
        &zone[line + 21..line * 2 - 1],
    ]
    .concat();
    with(&zone, line * 2, &digit(&covered))
}

#[test]
fn the_passport_of_the_standard() {
    let mrz = parse(PASSPORT);
    assert_clean(&mrz);
    assert_eq!(mrz.format, MrzFormat::Td3);
    assert_eq!(
        (mrz.document_code.as_str(), mrz.issuing_state.as_str()),
        ("P", "UTO")
    );
    assert_eq!(mrz.document_number.reveal(), "L898902C3");
    assert_eq!(mrz.optional_data_1.reveal(), "ZE184226B");
    assert_eq!(mrz.optional_data_2.reveal(), "");
    assert_eq!(mrz.personal_number, None);
    let birth = mrz.birth_date.as_ref().unwrap().reveal().to_string();
    assert_eq!(birth, "1974-08-12");
    assert_eq!(mrz.sex.as_ref().unwrap().reveal(), &Sex::Female);
    let last_day = Expiry::On("2012-04-15".parse().unwrap());
    assert_eq!(mrz.expiry, some_expiry(last_day));
    assert_eq!(mrz.nationality, "UTO");
    assert_eq!(mrz.name.primary.reveal(), "ERIKSSON");
    assert_eq!(mrz.name.secondary.reveal(), "ANNA MARIA");
    assert!(!mrz.name.perhaps_truncated && !mrz.is_citizen_card());
    assert_eq!(rechecked(PASSPORT), PASSPORT);
}

#[test]
fn the_larger_card_of_the_standard() {
    let mrz = parse(LARGER_CARD);
    assert_clean(&mrz);
    assert_eq!(mrz.format, MrzFormat::Td2);
    assert_eq!(mrz.document_code, "I");
    assert_eq!(mrz.document_number.reveal(), "D23145890");
    assert_eq!(mrz.optional_data_1.reveal(), "");
    assert_eq!(mrz.name, parse(UTOPIA).name);
    assert_eq!(rechecked(LARGER_CARD), LARGER_CARD);
    // Two lines of 36 have optional data without a check digit of their own.
    let mrz = parse(&rechecked(&with(LARGER_CARD, 65, "1234567")));
    assert_clean(&mrz);
    assert_eq!(mrz.optional_data_1.reveal(), "1234567");
}

/// ICAO 9303-11, D.2: what the chip's keys are derived from.
#[test]
fn the_key_part_of_each_format() {
    for (zone, key) in [
        (EXAMPLE, "L898902C<369080619406236"),
        (PASSPORT, "L898902C3674081221204159"),
        (LARGER_CARD, "D23145890774081221204159"),
        (LONG_NUMBER_TD2, "D23145890734934071279507122"),
        (LONG_NUMBER, "D23145890734934071279507122"),
    ] {
        let mrz = parse(zone);
        assert_clean(&mrz);
        assert_eq!(mrz.mrz_information().unwrap().reveal(), key.as_bytes());
        let printed = Printed::parse_scan(&zone.to_lowercase(), today()).unwrap();
        let candidates = printed.bac_candidates(today());
        assert_eq!(candidates.len(), 1);
        assert_eq!(candidates[0].reveal(), key.as_bytes());
        assert_eq!((printed.can(), printed.personal_number()), (None, None));
    }
}

#[test]
fn a_long_number_ends_with_its_own_check_digit() {
    let mrz = parse(LONG_NUMBER_TD2);
    assert_eq!(mrz.document_number.reveal(), "D23145890734");
    assert_eq!(mrz.optional_data_1.reveal(), "");
    // Up to the last position of the optional data, without a filler behind it.
    let number = "D23145890ABCDEF";
    let rest = format!("ABCDEF{}", check_digit(number).unwrap());
    let mrz = parse(&with(LONG_NUMBER_TD2, 65, &rest));
    assert_eq!(mrz.document_number.reveal(), number);
    assert_eq!(mrz.wrong_check_digits, [F::Composite]);
    // Its own digit wrong, and nothing that goes on.
    for (optional, number) in [("7348<<<", "D23145890734"), ("<<<<<<<", "D23145890")] {
        let mrz = parse(&with(LONG_NUMBER_TD2, 65, optional));
        assert_eq!(mrz.document_number.reveal(), number, "{optional}");
        assert_eq!(mrz.wrong_check_digits, [F::DocumentNumber, F::Composite]);
    }
    // A passport's number never goes on.
    let mrz = parse(&with(PASSPORT, 54, "<"));
    assert_eq!(mrz.document_number.reveal(), "L898902C3");
    assert_eq!(mrz.optional_data_1.reveal(), "ZE184226B");
    assert_eq!(mrz.wrong_check_digits, [F::DocumentNumber, F::Composite]);
}

/// ICAO 9303-4, 4.2.2.2: only an empty field has no check digit.
#[test]
fn the_check_digit_of_an_empty_personal_number() {
    let empty = rechecked(&with(PASSPORT, 73, &"<".repeat(14)));
    assert_eq!(&empty[86..87], "0");
    for (zone, wrong) in [
        (empty.clone(), vec![]),
        (with(&empty, 87, "<"), vec![]),
        (with(&empty, 87, "1"), vec![F::PersonalNumber, F::Composite]),
        // Ten is nothing to the composite check digit.
        (with(&empty, 87, "A"), vec![F::PersonalNumber]),
        (
            with(PASSPORT, 87, "<"),
            vec![F::PersonalNumber, F::Composite],
        ),
        (
            with(PASSPORT, 87, "0"),
            vec![F::PersonalNumber, F::Composite],
        ),
    ] {
        let mrz = parse(&zone);
        assert_eq!(mrz.wrong_check_digits, wrong, "{zone}");
        assert!(mrz.malformed_fields.is_empty() && mrz.personal_number.is_none());
    }
}

#[test]
fn what_is_said_of_citizen_cards_is_said_of_no_other_zone() {
    for zone in [
        "P<VNMNGUYEN<<VAN<A<<<<<<<<<<<<<<<<<<<<<<<<<<\
         C0000000<0VNM9001011M9912315001090000001<<00",
        "IDVNMNGUYEN<<VAN<A<<<<<<<<<<<<<<<<<<\
         0900000018VNM9001011M9912315<<<<<<<0",
        "IDUTO0900000018001090000001<<9\
         9001011M9912315VNM<<<<<<<<<<<0\
         NGUYEN<<VAN<A<<<<<<<<<<<<<<<<<",
    ] {
        let mrz = parse(zone);
        assert!(
            !mrz.is_citizen_card() && mrz.personal_number.is_none(),
            "{zone}"
        );
        let last_day = Expiry::On("1999-12-31".parse().unwrap());
        assert_eq!(mrz.expiry, some_expiry(last_day), "{zone}");
    }
}

#[test]
fn malformed_fields_are_listed_in_the_order_of_the_zone() {
    for (zone, position, part, malformed) in [
        (PASSPORT, 1, "V<", F::DocumentCode),
        (PASSPORT, 1, "I<", F::DocumentCode),
        (PASSPORT, 1, "P1", F::DocumentCode),
        (LARGER_CARD, 1, "P<", F::DocumentCode),
        (LARGER_CARD, 1, "V<", F::DocumentCode),
        (PASSPORT, 3, "U1O", F::IssuingState),
        (LARGER_CARD, 3, "<<<", F::IssuingState),
        (PASSPORT, 6, "ER1KSSON", F::Name),
        (LARGER_CARD, 6, "<", F::Name),
        (PASSPORT, 45, "<<<<<<<<<", F::DocumentNumber),
        (LARGER_CARD, 47, "U<O", F::Nationality),
        (PASSPORT, 58, "74O812", F::BirthDate),
        (LARGER_CARD, 57, "Q", F::Sex),
        (PASSPORT, 66, "12A415", F::ExpiryDate),
    ] {
        let mrz = parse(&rechecked(&with(zone, position, part)));
        assert_eq!(mrz.malformed_fields, [malformed], "{part}");
        assert!(mrz.wrong_check_digits.is_empty() && mrz.invalid_dates.is_empty());
    }
    let mrz = parse(&with(&with(PASSPORT, 58, "740230"), 66, "121304"));
    assert_eq!(mrz.invalid_dates, [F::BirthDate, F::ExpiryDate]);
    let nothing = "<".repeat(88);
    let mrz = parse(&nothing);
    let malformed = [
        F::DocumentCode,
        F::IssuingState,
        F::DocumentNumber,
        F::Nationality,
    ];
    assert_eq!(mrz.malformed_fields, malformed);
    assert!(mrz.name.is_empty());
}

#[test]
fn states_may_have_one_letter_and_dates_may_be_unknown() {
    let german = with(&with(PASSPORT, 3, "D<<"), 55, "D<<");
    let mrz = parse(&german);
    assert_clean(&mrz);
    assert_eq!(
        (mrz.issuing_state.as_str(), mrz.nationality.as_str()),
        ("D", "D")
    );
    for (zone, position) in [(PASSPORT, 58), (LARGER_CARD, 50)] {
        for (part, shown) in [
            ("74<<<<", "1974"),
            ("7408<<", "1974-08"),
            ("<<<<<<", "XXXX"),
        ] {
            let mrz = parse(&rechecked(&with(zone, position, part)));
            assert_clean(&mrz);
            assert_eq!(mrz.birth_date.unwrap().reveal().to_string(), shown);
        }
    }
    let mrz = parse(&rechecked(&with(PASSPORT, 66, "<<<<<<")));
    assert_eq!(mrz.expiry, some_expiry(Expiry::Unknown));
}

/// ICAO 9303-4, 4.2.3: a name that fills its field may go on.
#[test]
fn names_are_cut_where_the_field_ends() {
    let zone = with(PASSPORT, 6, "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K");
    let name = parse(&zone).name;
    assert!(name.perhaps_truncated);
    assert!(name.matches("Nilavadhanananda Chayapa Dejthamrong Krasuang"));
    assert!(!name.matches("Nilavadhanananda Chayapa Dejthamrong Suang"));
    let alone = with(PASSPORT, 6, &format!("{:<<39}", "ARKFREITH"));
    let name = parse(&alone).name;
    assert_eq!(name.full().reveal(), "ARKFREITH");
    assert!(name.secondary.reveal().is_empty());
}

#[test]
fn two_lines_may_be_broken_where_they_end_alone() {
    for zone in [PASSPORT, LARGER_CARD] {
        let line = zone.len() / 2;
        let (a, b) = zone.split_at(line);
        for input in [
            format!("{a}\n{b}\n"),
            format!(" {a} \r\n\r\n\t{b}"),
            zone.to_lowercase(),
        ] {
            let expected = Mrz::parse(zone.as_bytes(), today());
            assert_eq!(Mrz::from_input(&input, today()), expected, "{input:?}");
        }
        let (a, b) = zone.split_at(line - 1);
        let error = MrzError::Line { line: 1, due: line };
        assert_eq!(Mrz::from_input(&format!("{a}\n{b}"), today()), Err(error));
    }
    for (zone, position) in [(PASSPORT, 54), (PASSPORT, 64), (LARGER_CARD, 64)] {
        let wrong = Printed::parse_mrz(&with(zone, position, "<"), today());
        assert!(matches!(wrong, Err(PrintedError::Misread(_))), "{position}");
    }
    // What opens nothing is for the comparison with the chip.
    for position in [87, 88] {
        assert!(Printed::parse_mrz(&with(PASSPORT, position, "5"), today()).is_ok());
    }
}

#[test]
fn differences_of_passports_and_between_formats() {
    let chip = parse(PASSPORT);
    for (position, part, field) in [
        (1, "PO", F::DocumentCode),
        (3, "D<<", F::IssuingState),
        (6, "ERIKSEN<", F::Name),
        (45, "L898902C4", F::DocumentNumber),
        (55, "D<<", F::Nationality),
        (58, "740813", F::BirthDate),
        (65, "M", F::Sex),
        (66, "120416", F::ExpiryDate),
        (73, "ZE184226C", F::PersonalNumber),
    ] {
        for zone in [
            with(PASSPORT, position, part),
            rechecked(&with(PASSPORT, position, part)),
        ] {
            assert_eq!(parse(&zone).differences(&chip), [field], "{part}");
            assert_eq!(chip.differences(&parse(&zone)), [field], "{part}");
        }
    }
    for other in [parse(UTOPIA), parse(LARGER_CARD)] {
        assert_eq!(chip.differences(&other)[0], F::DocumentCode);
        assert_eq!(other.differences(&chip)[0], F::DocumentCode);
    }
}

#[test]
fn debug_output_of_a_passport_holds_nothing_of_the_person() {
    let shown = format!("{:?}", parse(PASSPORT));
    for part in [
        "L898902C",
        "ERIKSSON",
        "ANNA",
        "1974",
        "2012",
        "ZE184226B",
        "Female",
    ] {
        assert!(!shown.contains(part), "{part} in {shown}");
    }
}

proptest! {
    #[test]
    fn any_zone_of_two_lines_is_taken_apart(zone in "([A-Z0-9<]{36}|[A-Z0-9<]{44}){2}") {
        let Ok(mrz) = Mrz::parse(zone.as_bytes(), today()) else {
            return Ok(());
        };
        let _ = mrz.mrz_information();
        prop_assert!(mrz.personal_number.is_none());
        prop_assert_eq!(mrz.text.reveal(), &zone);
        prop_assert_eq!(mrz.differences(&mrz), vec![]);
        prop_assert!(mrz.wrong_check_digits.len() <= 5 && mrz.malformed_fields.len() <= 9);
    }

    #[test]
    fn any_wrong_check_digit_is_named(format in 0usize..2, which in 0usize..5, wrong in "[A-Z0-9<]") {
        let (zone, digits) = DIGITS[format];
        let (position, field) = digits[which % digits.len()];
        prop_assume!(zone[position - 1..position] != *wrong);
        let mrz = parse(&with(zone, position, &wrong));
        prop_assert_eq!(mrz.wrong_check_digits.first(), Some(&field));
        prop_assert!(mrz.malformed_fields.is_empty() && mrz.invalid_dates.is_empty());
    }

    /// As on cards: any single digit misread within what a check digit covers is noticed.
    #[test]
    fn a_misread_digit_is_noticed(position in 45usize..=88, digit in "[0-9]") {
        let covered = !(55..=57).contains(&position) && position != 65;
        prop_assume!(covered && PASSPORT[position - 1..position] != *digit);
        let of_digit = PASSPORT[position - 1..position].chars().all(|c| c.is_ascii_digit());
        prop_assume!(of_digit);
        prop_assert!(!parse(&with(PASSPORT, position, &digit)).wrong_check_digits.is_empty());
    }
}

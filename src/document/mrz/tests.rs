#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

mod other_formats;

use proptest::prelude::*;

use super::{Mrz, MrzError, MrzField as F, MrzFormat, check_digit};
use crate::document::{Date, Expiry, Personal, Sex};

/// The ordinary sample card.
const ADULT: &str = "IDVNM0900000018001090000001<<9\
                     9001011M3001019VNM<<<<<<<<<<<6\
                     NGUYEN<<VAN<A<<<<<<<<<<<<<<<<<";
/// A card without expiry.
const ELDER: &str = "IDVNM1550000029079155000002<<9\
                     5506150F9912315VNM<<<<<<<<<<<2\
                     TRAN<<THI<B<<<<<<<<<<<<<<<<<<<";
/// ICAO 9303-5, a document number longer than nine characters.
const LONG_NUMBER: &str = "I<UTOD23145890<7349<<<<<<<<<<<\
                           3407127M9507122UTO<<<<<<<<<<<2\
                           STEVENSON<<PETER<JOHN<<<<<<<<<";
/// ICAO 9303-5, appendix.
const UTOPIA: &str = "I<UTOD231458907<<<<<<<<<<<<<<<\
                      7408122F1204159UTO<<<<<<<<<<<6\
                      ERIKSSON<<ANNA<MARIA<<<<<<<<<<";

fn today() -> Date {
    "2026-03-05".parse().unwrap()
}

fn parse(zone: &str) -> Mrz {
    Mrz::parse(zone.as_bytes(), today()).unwrap()
}

/// `zone` with `part` written at `position` (from 1, over all lines).
fn with(zone: &str, position: usize, part: &str) -> String {
    let mut bytes = zone.as_bytes().to_vec();
    bytes[position - 1..position - 1 + part.len()].copy_from_slice(part.as_bytes());
    String::from_utf8(bytes).unwrap()
}

/// `zone` with all check digits of a Vietnamese card made right.
fn rechecked(zone: &str) -> String {
    let digit = |field: &str| check_digit(field).unwrap().to_string();
    let mut zone = with(zone, 15, &digit(&zone[5..14]));
    zone = with(&zone, 30, &digit(&zone[15..29]));
    zone = with(&zone, 37, &digit(&zone[30..36]));
    zone = with(&zone, 45, &digit(&zone[38..44]));
    let composite = [&zone[5..30], &zone[30..37], &zone[38..45], &zone[48..59]].concat();
    with(&zone, 60, &digit(&composite))
}

fn some_expiry(expiry: Expiry) -> Option<Personal<Expiry>> {
    Some(Personal::new(expiry))
}

fn assert_clean(mrz: &Mrz) {
    let faults = [
        &mrz.wrong_check_digits,
        &mrz.malformed_fields,
        &mrz.invalid_dates,
    ];
    assert_eq!(faults, [&Vec::new(); 3]);
}

#[test]
fn check_digits_of_the_standard() {
    for (field, digit) in [
        ("L898902C<", Some(3)),
        ("690806", Some(1)),
        ("520727", Some(3)),
        ("AB2134<<<", Some(5)),
        ("HA672242<658022549601086<<<<<<<<<<<<<<0", Some(8)),
        ("", Some(0)),
        ("<<<<<<", Some(0)),
        ("ab", None),
        ("1 2", None),
        ("é", None),
    ] {
        assert_eq!(check_digit(field), digit, "{field}");
    }
}

#[test]
fn the_ordinary_card() {
    let mrz = parse(ADULT);
    assert_clean(&mrz);
    assert!(mrz.is_citizen_card());
    assert_eq!(
        (mrz.document_code.as_str(), mrz.issuing_state.as_str()),
        ("ID", "VNM")
    );
    assert_eq!(mrz.document_number.reveal(), "090000001");
    assert_eq!(
        mrz.personal_number.as_ref().unwrap().reveal(),
        "001090000001"
    );
    assert_eq!(
        mrz.birth_date.as_ref().unwrap().reveal().to_string(),
        "1990-01-01"
    );
    assert_eq!(mrz.sex.as_ref().unwrap().reveal(), &Sex::Male);
    assert_eq!(
        mrz.expiry,
        some_expiry(Expiry::On("2030-01-01".parse().unwrap()))
    );
    assert_eq!(mrz.nationality, "VNM");
    assert_eq!(mrz.name.full().reveal(), "NGUYEN VAN A");
    assert_eq!(
        mrz.mrz_information().unwrap().reveal(),
        b"090000001890010113001019"
    );
    assert_eq!(rechecked(ADULT), ADULT);
}

#[test]
fn a_card_without_expiry() {
    let mrz = parse(ELDER);
    assert_clean(&mrz);
    assert_eq!(mrz.expiry, some_expiry(Expiry::Never));
    assert_eq!(
        mrz.mrz_information().unwrap().reveal(),
        b"155000002955061509912315"
    );
}

#[test]
fn the_personal_number_tells_the_century() {
    let zone = rechecked(&with(&with(ADULT, 31, "250101"), 16, "001025000001"));
    let mrz = parse(&zone);
    assert_clean(&mrz);
    assert_eq!(mrz.birth_date.unwrap().reveal().to_string(), "1925-01-01");
}

/// ICAO 9303-5, 4.2.2.1, and 9303-11, D.2.
#[test]
fn long_document_numbers_go_on_in_the_optional_data() {
    let mrz = parse(LONG_NUMBER);
    assert_clean(&mrz);
    assert!(!mrz.is_citizen_card());
    assert_eq!(mrz.document_number.reveal(), "D23145890734");
    assert_eq!(mrz.optional_data_1.reveal(), "");
    assert_eq!(
        mrz.mrz_information().unwrap().reveal(),
        b"D23145890734934071279507122"
    );

    let mrz = parse(UTOPIA);
    assert_clean(&mrz);
    assert_eq!(mrz.document_number.reveal(), "D23145890");
    assert_eq!(mrz.personal_number, None);
    assert_eq!(
        mrz.expiry,
        some_expiry(Expiry::On("2012-04-15".parse().unwrap()))
    );

    // A filler for the check digit, and nothing that goes on.
    let mrz = parse(&with(UTOPIA, 15, "<"));
    assert!(mrz.wrong_check_digits.contains(&F::DocumentNumber));
    // On a Vietnamese card the personal number stands there: it is no part of another number.
    let mrz = parse(&with(ADULT, 15, "<"));
    assert_eq!(mrz.wrong_check_digits, [F::DocumentNumber, F::Composite]);
    assert_eq!(mrz.document_number.reveal(), "090000001");
    assert_eq!(mrz.personal_number.unwrap().reveal(), "001090000001");
}

/// Rows dg1-docnum-check to dg1-composite-check.
#[test]
fn wrong_check_digits_are_listed_one_by_one() {
    for (position, field) in [
        (15, F::DocumentNumber),
        (30, F::PersonalNumber),
        (37, F::BirthDate),
        (45, F::ExpiryDate),
    ] {
        for wrong in ["0", "5", "<", "A"] {
            let mrz = parse(&with(ADULT, position, wrong));
            assert_eq!(
                mrz.wrong_check_digits,
                [field, F::Composite],
                "{position} {wrong}"
            );
            assert!(mrz.malformed_fields.is_empty() && mrz.invalid_dates.is_empty());
            let of_key = (field != F::PersonalNumber).then_some(field);
            assert_eq!(mrz.misread_key_field(), of_key);
        }
    }
    let mrz = parse(&with(ADULT, 60, "5"));
    assert_eq!(mrz.wrong_check_digits, [F::Composite]);
    assert_eq!(mrz.misread_key_field(), None);
    // A field changed and its digit kept.
    let mrz = parse(&with(ADULT, 31, "900102"));
    assert_eq!(mrz.wrong_check_digits, [F::BirthDate, F::Composite]);
}

/// Rows dg1-dob-month13, dg1-doe-feb30, dg1-sex-q, dg1-state-digits, dg1-name-void and their kin.
#[test]
fn malformed_fields_and_invalid_dates_are_kept_apart() {
    let (none, of) = (Vec::new, |field: F| vec![field]);
    for (position, part, malformed, invalid) in [
        (31, "991301", none(), of(F::BirthDate)),
        (31, "990230", none(), of(F::BirthDate)),
        (31, "99O101", of(F::BirthDate), none()),
        (31, "9<0101", of(F::BirthDate), none()),
        (39, "300230", none(), of(F::ExpiryDate)),
        (39, "30A230", of(F::ExpiryDate), none()),
        (38, "Q", of(F::Sex), none()),
        (38, "1", of(F::Sex), none()),
        (3, "V1M", of(F::IssuingState), none()),
        (3, "<<<", of(F::IssuingState), none()),
        (3, "V<M", of(F::IssuingState), none()),
        (46, "V1M", of(F::Nationality), none()),
        (1, "X", of(F::DocumentCode), none()),
        (1, "I1", of(F::DocumentCode), none()),
        (6, "<<<<<<<<<", of(F::DocumentNumber), none()),
        (61, "NGUYEN<<VAN<4", of(F::Name), none()),
        (61, "<", of(F::Name), none()),
    ] {
        let mrz = parse(&rechecked(&with(ADULT, position, part)));
        assert_eq!(mrz.malformed_fields, malformed, "{part}");
        assert_eq!(mrz.invalid_dates, invalid, "{part}");
        assert!(mrz.wrong_check_digits.is_empty(), "{part}");
        let date_failed = |field: F| malformed.contains(&field) || invalid.contains(&field);
        assert_eq!(
            mrz.birth_date.is_none(),
            date_failed(F::BirthDate),
            "{part}"
        );
        assert_eq!(mrz.expiry.is_none(), date_failed(F::ExpiryDate), "{part}");
    }
    let void = parse(&with(ADULT, 61, &"<".repeat(30)));
    assert!(void.name.is_empty() && void.malformed_fields.is_empty());
}

#[test]
fn fillers_stand_for_what_is_unknown() {
    for (position, part, shown) in [(31, "55<<<<", "1955"), (31, "<<<<<<", "XXXX")] {
        let mrz = parse(&rechecked(&with(ADULT, position, part)));
        assert_clean(&mrz);
        assert_eq!(mrz.birth_date.unwrap().reveal().to_string(), shown);
    }
    let mrz = parse(&rechecked(&with(ADULT, 39, "<<<<<<")));
    assert_clean(&mrz);
    assert_eq!(mrz.expiry, some_expiry(Expiry::Unknown));
    let mrz = parse(&with(ADULT, 38, "<"));
    assert_eq!(mrz.sex.unwrap().reveal(), &Sex::Unspecified);
}

#[test]
fn a_personal_number_that_is_none_is_absent() {
    for part in [
        "00109000000<",
        "00109000000A",
        "<<<<<<<<<<<<",
        "0010900000011<",
    ] {
        let mrz = parse(&rechecked(&with(ADULT, 16, part)));
        assert_eq!(mrz.personal_number, None, "{part}");
        assert!(mrz.wrong_check_digits.is_empty(), "{part}");
    }
    let mrz = parse(&with(ADULT, 16, "<<<<<<<<<<<<<<<"));
    assert_eq!(mrz.wrong_check_digits, [F::Composite]);
    // Twelve digits on another document are no personal number, whoever's citizen the holder is.
    for (position, part) in [(3, "D<<"), (3, "V1M"), (1, "AR"), (1, "C<")] {
        let mrz = parse(&rechecked(&with(ADULT, position, part)));
        assert!(!mrz.is_citizen_card(), "{part}");
        assert_eq!(mrz.personal_number, None, "{part}");
        assert_eq!(mrz.optional_data_1.reveal(), "001090000001<<9", "{part}");
    }
}

#[test]
fn a_zone_that_is_none_is_an_error() {
    for (zone, expected) in [
        (ADULT[..89].to_owned(), MrzError::Length { found: 89 }),
        (format!("{ADULT}<"), MrzError::Length { found: 91 }),
        (String::new(), MrzError::Length { found: 0 }),
        (with(ADULT, 61, "n"), MrzError::Character { position: 61 }),
        (with(ADULT, 20, " "), MrzError::Character { position: 20 }),
        (with(ADULT, 90, "\n"), MrzError::Character { position: 90 }),
        (with(ADULT, 1, "Đ"), MrzError::Character { position: 1 }),
    ] {
        assert_eq!(
            Mrz::parse(zone.as_bytes(), today()),
            Err(expected),
            "{zone:?}"
        );
    }
    for length in 0..120 {
        let zone = Mrz::parse("<".repeat(length).as_bytes(), today());
        let format = zone.map(|mrz| mrz.format).ok();
        assert_eq!(format, MrzFormat::of_length(length), "{length}");
    }
}

#[test]
fn input_may_have_line_breaks_spaces_and_lower_case() {
    let expected = Mrz::parse(ADULT.as_bytes(), today());
    let (a, b, c) = (&ADULT[..30], &ADULT[30..60], &ADULT[60..]);
    for input in [
        ADULT.to_owned(),
        format!("{a}\n{b}\n{c}\n"),
        format!("{a}\r\n{b}\r\n{c}"),
        format!("\n  {a}  \n\t{b}\n\n{c} \r"),
        ADULT.to_lowercase(),
    ] {
        assert_eq!(Mrz::from_input(&input, today()), expected, "{input:?}");
    }
    for (input, error) in [
        (
            format!("{}\n{}\n{}", &ADULT[..29], &ADULT[29..60], c),
            MrzError::Line { line: 1, due: 30 },
        ),
        (format!("{a} {b} {c}"), MrzError::Character { position: 31 }),
        (
            ADULT.replace('<', "«"),
            MrzError::Character { position: 28 },
        ),
        (ADULT.replace('<', ""), MrzError::Length { found: 57 }),
        ("x".repeat(513), MrzError::Length { found: 513 }),
        (String::new(), MrzError::Length { found: 0 }),
    ] {
        assert_eq!(Mrz::from_input(&input, today()), Err(error), "{input:?}");
    }
}

#[test]
fn differences_between_print_and_chip() {
    let chip = parse(ADULT);
    assert_eq!(chip.differences(&chip), []);
    for (position, part, field) in [
        (1, "I<", F::DocumentCode),
        (6, "090000002", F::DocumentNumber),
        (16, "001090000002", F::PersonalNumber),
        (31, "900102", F::BirthDate),
        (38, "F", F::Sex),
        (39, "310101", F::ExpiryDate),
        (46, "LAO", F::Nationality),
        (49, "X", F::OptionalData2),
        (61, "NGUYEN<<VAN<B", F::Name),
    ] {
        for zone in [
            with(ADULT, position, part),
            rechecked(&with(ADULT, position, part)),
        ] {
            assert_eq!(parse(&zone).differences(&chip), [field], "{part}");
            assert_eq!(chip.differences(&parse(&zone)), [field], "{part}");
        }
    }
    let utopia = parse(UTOPIA);
    assert_eq!(
        utopia.differences(&parse(&with(UTOPIA, 16, "1"))),
        [F::OptionalData1]
    );
}

#[test]
fn debug_output_holds_nothing_of_the_person() {
    let shown = format!("{:?}", Mrz::parse(ADULT.as_bytes(), today()));
    for part in [
        "090000001",
        "NGUYEN",
        "VAN A",
        "1990",
        "2030",
        "900101",
        "Male",
    ] {
        assert!(!shown.contains(part), "{part} in {shown}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let _ = Mrz::parse(&bytes, today());
        let _ = Mrz::from_input(&String::from_utf8_lossy(&bytes), today());
    }

    #[test]
    fn any_zone_is_taken_apart(zone in "[A-Z0-9<]{90}") {
        let mrz = parse(&zone);
        let _ = mrz.mrz_information();
        prop_assert_eq!(mrz.text.reveal(), &zone);
        prop_assert_eq!(mrz.differences(&mrz), vec![]);
        prop_assert!(mrz.wrong_check_digits.len() <= 5 && mrz.malformed_fields.len() <= 9);
    }

    /// Any single digit misread within what a check digit covers is noticed. (Letters are not:
    /// some differ by ten.)
    #[test]
    fn a_misread_digit_is_noticed(position in 1usize..=45, digit in "[0-9]") {
        let covered = (6..=27).contains(&position) || (31..=37).contains(&position)
            || (39..=45).contains(&position);
        prop_assume!(covered && ADULT[position - 1..position] != *digit);
        prop_assert!(!parse(&with(ADULT, position, &digit)).wrong_check_digits.is_empty());
    }
}

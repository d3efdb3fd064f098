#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use time::macros::datetime;

use super::{Date, DateError, PartialDate};
use crate::document::Expiry;

fn day(iso: &str) -> Date {
    iso.parse().unwrap()
}

fn partial(iso: &str) -> PartialDate {
    iso.parse().unwrap()
}

#[test]
fn every_form_gives_the_same_day() {
    let expected = day("1990-01-02");
    assert_eq!(Date::from_qr("02011990"), Ok(expected));
    for text in ["02/01/1990", "02-01-1990", "02.01.1990", " 1990-01-02 "] {
        assert_eq!(Date::from_dg13(text), Ok(expected), "{text}");
        let partial = PartialDate::from_dg13(text);
        assert_eq!(partial, Ok(expected.into()), "{text}");
    }
    assert_eq!(Date::from_compact("19900102"), Ok(expected));
    assert_eq!(expected.to_string(), "1990-01-02");
    assert_eq!(expected.to_mrz(), "900102");
    assert_eq!(serde_json::to_value(expected).unwrap(), "1990-01-02");
}

#[test]
fn impossible_and_malformed_are_told_apart() {
    for (text, impossible) in [
        ("1990-13-01", true),
        ("2023-02-29", true),
        ("2030-02-30", true),
        ("1990-00-10", true),
        ("1990-01-00", true),
        ("0000-01-01", true),
        ("1990-1-01", false),
        ("1990/01/01", false),
        ("1990-01-011", false),
        ("+990-01-01", false),
        ("1990-01-0٣", false),
        ("", false),
    ] {
        let error = text.parse::<Date>().unwrap_err();
        assert_eq!(
            error == DateError::Impossible,
            impossible,
            "{text:?}: {error}"
        );
    }
    assert_eq!(Date::from_qr("31021990"), Err(DateError::Impossible));
    assert!(matches!(
        Date::from_qr("1990"),
        Err(DateError::Malformed { .. })
    ));
    for text in ["01 01 1990", "1/01/1990", "01/1990", "1990", "01//1990"] {
        let error = Date::from_dg13(text).unwrap_err();
        assert!(matches!(error, DateError::Malformed { .. }), "{text}");
    }
    for text in ["31/02/1990", "01/00/1990", "1990-02-30"] {
        assert_eq!(Date::from_dg13(text), Err(DateError::Impossible), "{text}");
    }
    assert!(matches!(
        Date::from_compact("1990010"),
        Err(DateError::Malformed { .. })
    ));
}

#[test]
fn today_is_the_date_in_vietnam() {
    for (at, expected) in [
        (datetime!(2026-03-04 16:59:59 UTC), "2026-03-04"),
        (datetime!(2026-03-04 17:00:00 UTC), "2026-03-05"),
        (datetime!(2026-01-01 00:00:00 +07:00), "2026-01-01"),
        (datetime!(2026-12-31 23:00:00 -05:00), "2027-01-01"),
    ] {
        assert_eq!(Date::in_vietnam(at), day(expected), "{at}");
    }
    assert_eq!(
        Date::in_vietnam(datetime!(9999-12-31 23:00:00 UTC)),
        Date::MAX
    );
    assert_eq!(
        Date::in_vietnam(datetime!(-0001-01-01 00:00:00 UTC)),
        Date::MIN
    );
    let start = day("2026-03-05").start_in_vietnam().unwrap();
    assert_eq!(start, datetime!(2026-03-04 17:00:00 UTC));
}

#[test]
fn a_birth_lies_in_the_past_and_the_number_tells_the_century() {
    let today = day("2026-03-05");
    for (mrz, hint, expected) in [
        ("900101", None, "1990-01-01"),
        ("260305", None, "2026-03-05"),
        ("260306", None, "1926-03-06"),
        ("250101", None, "2025-01-01"),
        ("250101", Some(1925), "1925-01-01"),
        ("250101", Some(2025), "2025-01-01"),
        ("250101", Some(1990), "2025-01-01"),
        ("300101", Some(2030), "1930-01-01"),
        ("000229", Some(1900), "2000-02-29"),
        ("55<<<<", None, "1955"),
        ("5506<<", None, "1955-06"),
        ("2603<<", None, "2026-03"),
        ("2604<<", None, "1926-04"),
    ] {
        let date = PartialDate::birth_from_mrz(mrz, today, hint).unwrap();
        assert_eq!(date.to_string(), expected, "{mrz} {hint:?}");
        assert_eq!(date.to_mrz(), mrz);
    }
    for (mrz, shown) in [
        ("<<<<<<", "XXXX"),
        ("<<0615", "XXXX-06-15"),
        ("55<<15", "1955-XX-15"),
    ] {
        let date = PartialDate::birth_from_mrz(mrz, today, None).unwrap();
        assert_eq!((date.to_string().as_str(), date.complete()), (shown, None));
        assert_eq!(date.to_mrz(), mrz);
    }
    for mrz in ["991301", "990230", "99<<32", "<<1301", "230229"] {
        assert_eq!(
            PartialDate::birth_from_mrz(mrz, today, None),
            Err(DateError::Impossible),
            "{mrz}"
        );
    }
    for mrz in [
        "", "9901", "9<0101", "99O101", "9901011", "９90101", "99 101",
    ] {
        assert!(
            matches!(
                PartialDate::birth_from_mrz(mrz, today, None),
                Err(DateError::Malformed { .. })
            ),
            "{mrz}"
        );
    }
}

#[test]
fn birth_dates_known_by_the_year_alone() {
    for text in ["1955", "001955", "00001955"] {
        assert_eq!(PartialDate::from_qr(text), Ok(partial("1955")), "{text}");
    }
    assert_eq!(PartialDate::from_qr("061955"), Ok(partial("1955-06")));
    assert_eq!(PartialDate::from_qr("15061955"), Ok(partial("1955-06-15")));
    for text in ["1955", "00/1955", "00/00/1955"] {
        assert_eq!(PartialDate::from_dg13(text), Ok(partial("1955")), "{text}");
    }
    assert_eq!(
        PartialDate::from_dg13("15/06/1955"),
        Ok(partial("1955-06-15"))
    );
    for text in [
        "",
        "/",
        "//1955",
        "1/1/1955",
        "00/00/00/1955",
        "15/13/1955",
        "năm 1955",
    ] {
        assert!(PartialDate::from_dg13(text).is_err(), "{text}");
        assert!(PartialDate::from_qr(text).is_err(), "{text}");
    }
}

#[test]
fn dates_agree_where_both_speak() {
    let whole = partial("1955-06-15");
    for (other, agrees, agrees_in_mrz) in [
        ("1955-06-15", true, true),
        ("1955-06", true, true),
        ("1955", true, true),
        ("1955-06-16", false, false),
        ("2055-06-15", false, true),
        ("1956", false, false),
    ] {
        assert_eq!(whole.agrees_with(partial(other)), agrees, "{other}");
        assert_eq!(
            partial(other).agrees_in_mrz(whole),
            agrees_in_mrz,
            "{other}"
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_answered(text in ".{0,12}") {
        let today = day("2026-03-05");
        let _ = (text.parse::<Date>(), text.parse::<PartialDate>());
        let _ = (Date::from_qr(&text), Date::from_dg13(&text), Date::from_compact(&text));
        let _ = (PartialDate::from_qr(&text), PartialDate::from_dg13(&text));
        let _ = (PartialDate::birth_from_mrz(&text, today, Some(0)), Expiry::from_mrz(&text, today));
    }

    #[test]
    fn whole_dates_survive_every_form(y in 1u16..=9999, m in 1u8..=12, d in 1u8..=28) {
        let date = Date::new(y, m, d).unwrap();
        prop_assert_eq!(date.to_string().parse(), Ok(date));
        prop_assert_eq!(Date::from_qr(&format!("{d:02}{m:02}{y:04}")), Ok(date));
        prop_assert_eq!(Date::from_dg13(&format!("{d:02}/{m:02}/{y:04}")), Ok(date));
        prop_assert_eq!(PartialDate::from(date).complete(), Some(date));
    }

    #[test]
    fn no_birth_is_in_the_future(
        text in "[0-9]{2}(0[1-9]|1[0-2])([01][1-8])",
        y in 1900u16..2200, m in 1u8..=12, d in 1u8..=28, hint in proptest::option::of(1800u16..2300),
    ) {
        let today = Date::new(y, m, d).unwrap();
        let birth = PartialDate::birth_from_mrz(&text, today, hint).unwrap();
        prop_assert!(birth.complete().unwrap() <= today);
        prop_assert_eq!(birth.to_mrz(), text);
    }
}

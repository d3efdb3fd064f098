#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::Difference::{
    Missing, OldNumberLinked, OldNumberNotLinked, Order, Other, Same, Spelling, SwappedDayMonth,
    YearOnly,
};
use super::*;
use crate::store::testing::verdict;

const NUMBER: &str = "001090000001";
const OLD: &str = "012345678";

fn some(text: &str) -> Option<Personal<String>> {
    (!text.is_empty()).then(|| Personal::from(text))
}

/// A card of that name, birth date and old number.
fn card(name: &str, birth_date: &str, old_number: &str) -> CardFace {
    CardFace {
        personal_number: some(NUMBER),
        name: some(name),
        birth_date: some(birth_date),
        sex: some("Nữ"),
        old_number: some(old_number),
        ..CardFace::default()
    }
}

fn verified() -> Verdict {
    Verdict {
        personal_number: some(NUMBER),
        ..verdict(VerdictKind::Verified)
    }
}

/// The one field that is on record.
fn one(record: &OnRecord, face: &CardFace) -> Reconciled {
    let found = reconcile(record, &verified(), face, true).unwrap();
    assert_eq!(found.fields().len(), 1);
    found.fields().first().unwrap().clone()
}

#[test]
fn names() {
    for (record, card_says, difference, proposed) in [
        ("NGUYỄN VĂN A", "NGUYỄN VĂN A", Same, false),
        (
            "NGUYE\u{302}\u{303}N VA\u{306}N A",
            "NGUYỄN VĂN A",
            Same,
            false,
        ),
        ("NGUYEN VAN A", "NGUYỄN VĂN A", Spelling, true),
        ("Nguyễn Văn A", "NGUYỄN VĂN A", Spelling, true),
        ("nguyen van a", "NGUYỄN VĂN A", Spelling, true),
        ("NGUYỄN VĂN A.", "NGUYỄN VĂN A", Spelling, true),
        ("NGUYỄNVĂN A", "NGUYỄN VĂN A", Spelling, true),
        ("DANG THI B", "ĐẶNG THỊ B", Spelling, true),
        ("ÐẶNG THỊ B", "ĐẶNG THỊ B", Spelling, true),
        ("LÊ HÒA", "LÊ HOÀ", Spelling, true),
        ("LÊ THUÝ", "LÊ THÚY", Spelling, true),
        ("LÊ HOA", "LÊ HOÀ", Spelling, true),
        ("A NGUYỄN VĂN", "NGUYỄN VĂN A", Order, true),
        ("Van A Nguyen", "NGUYỄN VĂN A", Order, true),
        ("NGUYỄN VĂN B", "NGUYỄN VĂN A", Other, false),
        ("NGUYỄN VĂN", "NGUYỄN VĂN A", Other, false),
        ("NGUYỄN VĂN A", "", Missing, false),
    ] {
        let on_record = OnRecord {
            name: some(record),
            ..OnRecord::default()
        };
        let found = one(&on_record, &card(card_says, "1990-01-31", ""));
        assert_eq!(found.difference, difference, "{record} / {card_says}");
        let proposal = proposed.then(|| Personal::from(card_says));
        assert_eq!(found.proposal, proposal, "{record} / {card_says}");
        assert_eq!(found.on_record.is_some(), difference != Same);
    }
}

#[test]
fn birth_dates() {
    for (record, card_says, difference, proposed) in [
        ("1990-01-31", "1990-01-31", Same, false),
        ("1990-05-05", "1990-05-05", Same, false),
        ("1990", "1990", Same, false),
        ("1990-02-01", "1990-01-02", SwappedDayMonth, true),
        ("1990", "1990-01-31", YearOnly, true),
        ("1990-01-31", "1990", YearOnly, false),
        ("1991", "1990-01-31", Other, false),
        ("1990-02-01", "1991-01-02", Other, false),
        ("1990-01-30", "1990-01-31", Other, false),
        ("1990-01-31", "1990-01", Other, false),
        ("1990-01-31", "XXXX-01-31", Other, false),
        ("1990-01-31", "", Missing, false),
    ] {
        let on_record = OnRecord {
            birth_date: some(record),
            ..OnRecord::default()
        };
        let found = one(&on_record, &card("A", card_says, ""));
        assert_eq!(found.difference, difference, "{record} / {card_says}");
        let proposal = proposed.then(|| Personal::from(card_says));
        assert_eq!(found.proposal, proposal, "{record} / {card_says}");
    }
}

#[test]
fn numbers() {
    for (record, old_number, difference, proposed) in [
        (NUMBER, OLD, Same, false),
        (OLD, OLD, OldNumberLinked, true),
        (OLD, "", OldNumberNotLinked, false),
        (OLD, "087654321", OldNumberNotLinked, false),
        // An older card may have had twelve digits already.
        ("001090000009", "001090000009", OldNumberLinked, true),
        ("001090000002", OLD, Other, false),
    ] {
        let on_record = OnRecord {
            personal_number: some(record),
            ..OnRecord::default()
        };
        let found = one(&on_record, &card("A", "1990-01-31", old_number));
        assert_eq!(found.difference, difference, "{record} / {old_number}");
        let proposal = proposed.then(|| Personal::from(NUMBER));
        assert_eq!(found.proposal, proposal, "{record} / {old_number}");
    }
}

#[test]
fn sexes_and_references() {
    for (record, difference) in [("F", Same), ("nu", Same), ("Nữ", Same), ("M", Other)] {
        let on_record = OnRecord {
            sex: some(record),
            ..OnRecord::default()
        };
        let found = one(&on_record, &card("A", "1990-01-31", ""));
        assert_eq!(found.difference, difference, "{record}");
    }
    let on_record = OnRecord {
        social_insurance_number: some("BH-1"),
        ..OnRecord::default()
    };
    let found = one(&on_record, &card("A", "1990-01-31", ""));
    assert_eq!((found.difference, found.proposal), (Missing, None));
    assert_eq!(found.on_record, some("BH-1"));
}

#[test]
fn what_is_linked_by_number_decides_what_is_proposed() {
    let record = |number: &str| OnRecord {
        personal_number: some(number),
        name: some("TRẦN THỊ B"),
        birth_date: some("1990"),
        ..OnRecord::default()
    };
    let face = card("NGUYỄN THỊ B", "1990-01-31", OLD);
    let proposals = |number: &str| {
        let found = reconcile(&record(number), &verified(), &face, true).unwrap();
        let fields = found.fields().iter();
        fields
            .filter(|field| field.proposal.is_some())
            .map(|field| field.field.name())
            .collect::<Vec<_>>()
    };
    assert_eq!(proposals(NUMBER), ["name", "birth_date"]);
    assert_eq!(proposals(OLD), ["personal_number", "name", "birth_date"]);
    assert_eq!(proposals("087654321"), [""; 0]);
    assert_eq!(proposals("001090000002"), [""; 0]);
    // Nothing links a record without a number that names quite somebody else.
    assert_eq!(proposals(""), [""; 0]);
}

#[test]
fn what_says_quite_another_thing_without_a_number_is_corrected_in_nothing() {
    let face = card("NGUYỄN THỊ B", "1990-01-31", OLD);
    for (name, born, sex, proposed) in [
        ("Nguyen Thi B", "1990", "F", 2),
        ("Trần Thị B", "1990", "F", 0),
        ("Nguyen Thi B", "1991", "F", 0),
        ("Nguyen Thi B", "1990", "M", 0),
    ] {
        let record = OnRecord {
            name: some(name),
            birth_date: some(born),
            sex: some(sex),
            social_insurance_number: some("BH-1"),
            ..OnRecord::default()
        };
        let found = reconcile(&record, &verified(), &face, true).unwrap();
        let fields = found.fields().iter();
        let count = fields.filter(|field| field.proposal.is_some()).count();
        assert_eq!(count, proposed, "{name} {born} {sex}");
    }
}

#[test]
fn a_zone_without_diacritics_corrects_no_name() {
    for (on_record, difference) in [("Nguyễn Văn A", Spelling), ("Văn A Nguyễn", Order)] {
        let record = OnRecord {
            personal_number: some(NUMBER),
            name: some(on_record),
            ..OnRecord::default()
        };
        let face = card("NGUYEN VAN A", "1990-01-31", "");
        let found = reconcile(&record, &verified(), &face, false).unwrap();
        let name = found.fields().get(1).unwrap();
        assert_eq!((name.difference, &name.proposal), (difference, &None));
    }
}

#[test]
fn nothing_but_verified_is_compared_and_nothing_is_made_of_nothing() {
    let record = OnRecord {
        name: some("NGUYEN VAN A"),
        ..OnRecord::default()
    };
    let face = card("NGUYỄN VĂN A", "1990-01-31", "");
    for kind in [
        VerdictKind::NotVerified,
        VerdictKind::Undetermined,
        VerdictKind::Unreadable,
    ] {
        assert_eq!(reconcile(&record, &verdict(kind), &face, true), None);
    }
    assert_eq!(
        reconcile(&OnRecord::default(), &verified(), &face, true),
        None
    );
}

#[test]
fn values_leave_only_where_they_may() {
    let record = OnRecord {
        personal_number: some(OLD),
        name: some("NGUYEN VAN A"),
        ..OnRecord::default()
    };
    let face = card("NGUYỄN VĂN A", "1990-01-31", OLD);
    let found = reconcile(&record, &verified(), &face, true).unwrap();
    let sent = found.restricted(|field| field == RecordField::PersonalNumber);
    assert_eq!(
        serde_json::to_value(&sent).unwrap(),
        serde_json::json!([
            {
                "field": "personal_number", "on_record": OLD, "on_card": NUMBER,
                "difference": "old-number-linked", "proposal": NUMBER,
            },
            {
                "field": "name", "on_record": null, "on_card": null,
                "difference": "spelling", "proposal": null,
            },
        ])
    );
    assert_eq!(
        found.summary(),
        "personal_number=old-number-linked name=spelling"
    );
    assert!(!format!("{found:?}").contains(OLD));
}

#[test]
fn what_is_on_record_of_another_does_not_leave_again() {
    let face = card("NGUYỄN VĂN A", "1990-01-31", OLD);
    let nobody = Verdict {
        personal_number: None,
        ..verified()
    };
    for (number, verdict, leaves) in [
        (NUMBER, &verified(), true),
        (OLD, &verified(), true),
        ("087654321", &verified(), false),
        ("079155000002", &verified(), false),
        // Under a policy that confirms no number.
        ("079155000002", &nobody, false),
    ] {
        let record = OnRecord {
            personal_number: some(number),
            name: some("TRẦN THỊ B"),
            birth_date: some("1955-06-15"),
            sex: None,
            social_insurance_number: some("BH-1"),
        };
        let found = reconcile(&record, verdict, &face, true).unwrap();
        let sent = serde_json::to_string(&found.restricted(|_| true)).unwrap();
        for text in ["TRẦN THỊ B", "1955-06-15"] {
            assert_eq!(sent.contains(text), leaves, "{number}: {sent}");
        }
        assert_eq!(sent.contains(number), leaves && number != NUMBER);
        // The case system's own reference.
        assert!(sent.contains("BH-1"));
        assert!(sent.contains("NGUYỄN VĂN A"), "the card's holder is here");
    }
}

proptest! {
    #[test]
    fn a_record_made_from_the_card_has_no_difference(
        name in "[A-ZĐƠƯÂÊÔĂ][A-Za-zđơưâêôăếềểễệấầẩẫậ]{0,7}( [A-ZĐ][a-zđàáảãạ']{0,7}){0,5}",
        year in 1900_u16..2030, month in 1_u8..13, day in 1_u8..29, known in 0_u8..3,
        sex in prop::sample::select(vec!["Nam", "Nữ"]),
    ) {
        let month = (known > 0).then_some(month);
        let day = (known > 1).then_some(day);
        let born = PartialDate::new(Some(year), month, day).unwrap().to_string();
        let face = CardFace { sex: some(sex), ..card(&cleaned(&name), &born, OLD) };
        let record = OnRecord {
            personal_number: face.personal_number.clone(),
            name: some(&name),
            birth_date: face.birth_date.clone(),
            sex: face.sex.clone(),
            social_insurance_number: None,
        };
        let found = reconcile(&record, &verified(), &face, true).unwrap();
        prop_assert!(found.agrees(), "{}", found.summary());
        let silent = found.fields().iter().all(|field| {
            field.on_record.is_none() && field.on_card.is_none() && field.proposal.is_none()
        });
        prop_assert!(silent);
    }

    /// Whatever the words are: another order is never taken for another person.
    #[test]
    fn turned_words_are_an_order(first in "[A-ZĐ][a-zđơư]{1,6}", second in "[A-ZĐ][a-zđơư]{1,6}") {
        let (one_way, other_way) = (format!("{first} {second}"), format!("{second} {first}"));
        let plain = |text: &str| without_diacritics(&folded(text)).replace(' ', "");
        prop_assume!(plain(&one_way) != plain(&other_way));
        prop_assert_eq!(super::name(&one_way, &other_way), Order);
    }
}

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization as _;

use super::{
    MrzName, NameLikeness, Suspicion, cleaned, folded, likeness, suspicions, without_diacritics,
};

#[test]
fn diacritics_are_removed_letter_by_letter() {
    for (name, plain) in [
        ("Nguyễn Văn A", "Nguyen Van A"),
        ("ĐẶNG THỊ ĐÀO", "DANG THI DAO"),
        ("đỗ trường giang", "do truong giang"),
        ("Ðỗ", "Do"),
        ("Ưng Hoàng Phúc", "Ung Hoang Phuc"),
        ("Niê Y Bhiăm", "Nie Y Bhiam"),
    ] {
        assert_eq!(without_diacritics(name), plain);
        assert_eq!(without_diacritics(&name.nfd().collect::<String>()), plain);
    }
}

#[test]
fn a_name_of_the_machine_readable_zone_is_split() {
    for (field, primary, secondary, full, truncated) in [
        (
            "NGUYEN<<VAN<A<<<<<<<<<<<<<<<<<",
            "NGUYEN",
            "VAN A",
            "NGUYEN VAN A",
            false,
        ),
        (
            "STEVENSON<<PETER<JOHN<<<<<<<<<",
            "STEVENSON",
            "PETER JOHN",
            "STEVENSON PETER JOHN",
            false,
        ),
        ("NIE<<<<<<<<<<<<<<<<<<<<<<<<<<<", "NIE", "", "NIE", false),
        (
            "NGUYEN<<VAN<AAAAAAAAAAAAAAAAAA",
            "NGUYEN",
            "VAN AAAAAAAAAAAAAAAAAA",
            "NGUYEN VAN AAAAAAAAAAAAAAAAAA",
            true,
        ),
        ("<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "", "", "", false),
        ("", "", "", "", false),
    ] {
        let name = MrzName::from_field(field);
        assert_eq!(name.primary.reveal(), primary, "{field}");
        assert_eq!(name.secondary.reveal(), secondary, "{field}");
        assert_eq!(name.full().reveal(), full, "{field}");
        assert_eq!(name.perhaps_truncated, truncated, "{field}");
        assert_eq!(name.is_empty(), full.is_empty());
    }
}

#[test]
fn a_name_with_diacritics_matches_its_transliteration() {
    for (field, name, matches) in [
        ("NGUYEN<<VAN<A<<<<<<<<<<<<<<<<<", "NGUYỄN VĂN A", true),
        ("NGUYEN<<VAN<A<<<<<<<<<<<<<<<<<", "Nguyễn  Văn A ", true),
        ("NGUYEN<<VAN<A<<<<<<<<<<<<<<<<<", "NGUYỄN VĂN B", false),
        ("NGUYEN<<VAN<A<<<<<<<<<<<<<<<<<", "NGUYỄN VĂN", false),
        ("NGUYEN<<VAN<A<<<<<<<<<<<<<<<<<", "NGUYỄN VĂN AN", false),
        ("NGUYEN<<VAN<A<<<<<<<<<<<<<<<<<", "NGUYỄN VĂNA", false),
        ("NGUYEN<<VAN<A<<<<<<<<<<<<<<<<<", "", false),
        ("DANG<<THI<DAO<<<<<<<<<<<<<<<<<", "Đặng Thị Đào", true),
        // Truncated: the field is full, words are cut or missing at the end.
        (
            "CONG<TANG<TON<NU<<THUONG<HUYEN",
            "Công Tằng Tôn Nữ Thượng Huyền Trân",
            true,
        ),
        (
            "CONG<TANG<TON<NU<<THUONG<HUYE",
            "Công Tằng Tôn Nữ Thượng Huyền",
            true,
        ),
        (
            "CONG<TANG<TON<NU<<THUONG<HUYEN",
            "Công Tằng Tôn Nữ Thượng",
            false,
        ),
        (
            "CONG<TANG<TON<NU<<THUONG<HUYEN",
            "Công Tằng Tôn Nữ Hạ Huyền Trân",
            false,
        ),
        // Apostrophes of minority names.
        ("H<HEN<<NIE<<<<<<<<<<<<<<<<<<<<", "H'Hen Niê", true),
        ("HHEN<<NIE<<<<<<<<<<<<<<<<<<<<<", "H\u{2019}Hen Niê", true),
        ("TRAN<<THI<LE<HANG<<<<<<<<<<<<<", "Trần Thị Lệ-Hằng", true),
        // A void name matches nothing.
        ("<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "", false),
        ("<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "NGUYỄN VĂN A", false),
        ("<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "''", false),
    ] {
        assert_eq!(
            MrzName::from_field(field).matches(name),
            matches,
            "{field} {name}"
        );
    }
}

#[test]
fn spellings_of_a_name() {
    for (a, b, expected) in [
        ("Nguyễn Văn A", "NGUYỄN VĂN A", NameLikeness::Same),
        ("Nguyễn Văn A", " nguyễn  văn a\u{a0}", NameLikeness::Same),
        (
            "Lê Thị Hòa",
            "Lê Thị Hoà",
            NameLikeness::SameButTonePlacement,
        ),
        ("Trần Thuý", "TRẦN THÚY", NameLikeness::SameButTonePlacement),
        (
            "Lê Thị Hoa",
            "Lê Thị Hoà",
            NameLikeness::SameWithoutDiacritics,
        ),
        (
            "Đặng Văn Đạt",
            "Dang Van Dat",
            NameLikeness::SameWithoutDiacritics,
        ),
        ("Nguyễn Văn A", "Nguyễn Văn B", NameLikeness::Different),
        ("Nguyễn Văn A", "", NameLikeness::Different),
        // One sign in two forms.
        ("H'Hen Niê", "H\u{2019}HEN NIÊ", NameLikeness::Same),
        ("Lệ-Hằng", "Lệ\u{2011}Hằng", NameLikeness::Same),
        ("Đỗ Văn A", "\u{d0}Ỗ VĂN A", NameLikeness::Same),
        ("H'Hen Niê", "HHen Nie", NameLikeness::SameWithoutDiacritics),
        (
            "Trần Lệ-Hằng",
            "Tran Le Hang",
            NameLikeness::SameWithoutDiacritics,
        ),
        // A lookalike of another script is another name.
        (
            "Nguyễn Văn A",
            "Nguyễn Văn \u{410}",
            NameLikeness::Different,
        ),
    ] {
        assert_eq!(likeness(a, b), expected, "{a} {b}");
        assert_eq!(likeness(b, a), expected, "{b} {a}");
        let decomposed: String = a.nfd().collect();
        assert_eq!(likeness(&decomposed, b), expected, "{a} {b} decomposed");
    }
}

#[test]
fn suspicious_text_is_named() {
    use Suspicion as S;
    for (text, expected) in [
        ("NGUYỄN VĂN A", vec![]),
        ("H'Hen Niê", vec![]),
        (
            "Thôn 3, xã Ia Tiêm (cũ), huyện Chư Sê – tỉnh Gia Lai",
            vec![],
        ),
        ("", vec![]),
        ("NGUYỄN\u{202e} VĂN A", vec![S::BidiControl]),
        ("NGUYỄN\u{2067} VĂN A", vec![S::BidiControl]),
        ("NGUYỄN\0 VĂN A", vec![S::Control]),
        ("NGUYỄN\nVĂN A", vec![S::Control]),
        ("NGUYỄN\u{85}VĂN A", vec![S::Control]),
        ("NGUYỄN\u{200b} VĂN A", vec![S::ZeroWidth]),
        ("\u{feff}NGUYỄN VĂN A", vec![S::ZeroWidth]),
        ("NGUYỄN V\u{410}N", vec![S::MixedScripts]),
        ("NGUYỄN \u{ff21}", vec![S::MixedScripts]),
        ("ИВАН", vec![S::NotLatin]),
        ("NGUYỄN \u{e000}", vec![S::NoCharacter]),
        ("NGUYỄN \u{fffd}", vec![S::NoCharacter]),
        ("Nguye\u{302}\u{303}n", vec![S::NotComposed]),
        (
            "A\u{300}\u{301}\u{302}\u{303}",
            vec![S::StackedMarks, S::NotComposed],
        ),
    ] {
        assert_eq!(suspicions(text), expected, "{text:?}");
    }
}

#[test]
fn cleaned_text_shows_what_is_compared() {
    assert_eq!(cleaned("NGUYỄN\u{202e} VĂN\u{200b} A\0"), "NGUYỄN VĂN A");
    assert_eq!(cleaned("Nguye\u{302}\u{303}n\r\nVăn"), "Nguyễn Văn");
}

proptest! {
    #[test]
    fn cleaned_text_is_free_of_what_hides(text in "\\PC{0,40}|.{0,40}") {
        let left = suspicions(&cleaned(&text));
        for hidden in [Suspicion::Control, Suspicion::BidiControl, Suspicion::ZeroWidth,
            Suspicion::NoCharacter, Suspicion::NotComposed] {
            prop_assert!(!left.contains(&hidden), "{hidden:?}");
        }
    }

    #[test]
    fn folding_twice_is_folding_once(text in ".{0,40}") {
        prop_assert_eq!(folded(&folded(&text)), folded(&text));
    }

    #[test]
    fn a_name_is_like_itself_composed_or_not(text in "[A-ZĐÀẢÃÁẠĂÂÊÔƠƯẾỄ ]{1,30}") {
        let decomposed: String = text.nfd().collect();
        prop_assert_eq!(likeness(&text, &decomposed), NameLikeness::Same);
    }

    #[test]
    fn any_field_and_name_are_answered(field in "[A-Z<]{0,40}", name in ".{0,40}") {
        let _ = MrzName::from_field(&field).matches(&name);
    }
}

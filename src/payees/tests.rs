#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use core::fmt::Write as _;

use encoding_rs::WINDOWS_1258;
use proptest::prelude::*;

use super::{Dong, Encoding, FaultKind as F, Faults, Given, List, MAX_ENTRIES, Period, parse};
use crate::document::Date;

const MAN: &str = "001090000001";
const WOMAN: &str = "079155000002";

fn today() -> Date {
    Date::new(2026, 11, 30).unwrap()
}

fn given() -> Given {
    Given {
        id: Some("phuong-1".to_owned()),
        issuer: Some("UBND phường Một".to_owned()),
        ..Given::default()
    }
}

fn read(file: impl AsRef<[u8]>) -> Result<List, Faults> {
    parse(file.as_ref(), &given(), today())
}

/// What is wrong: code, line and column.
type Where = (F, Option<u64>, Option<u64>);

fn faults(file: impl AsRef<[u8]>) -> Vec<Where> {
    let faults = read(file).unwrap_err();
    let told = faults.told.iter();
    told.map(|fault| (fault.kind, fault.place.line, fault.place.column))
        .collect()
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    let units = core::iter::once(0xfeff).chain(text.encode_utf16());
    units
        .flat_map(|unit| {
            if little {
                unit.to_le_bytes()
            } else {
                unit.to_be_bytes()
            }
        })
        .collect()
}

/// As the Vietnamese code page has it: letters, then tones.
fn windows_1258(text: &str) -> Vec<u8> {
    use unicode_normalization::UnicodeNormalization as _;
    let mut bytes = Vec::new();
    for c in text.chars() {
        if let Some(whole) = encoded(c.encode_utf8(&mut [0; 4])) {
            bytes.extend(whole);
            continue;
        }
        // The base with its hat or horn, and the tone behind it.
        let parts: Vec<char> = core::iter::once(c).nfd().collect();
        let (tones, base): (Vec<char>, Vec<char>) = parts
            .into_iter()
            .partition(|c| matches!(c, '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}'));
        let base: String = base.into_iter().nfc().collect();
        for part in [base, tones.into_iter().collect()] {
            bytes.extend(encoded(&part).unwrap());
        }
    }
    bytes
}

/// The bytes, where the code page has all characters.
fn encoded(text: &str) -> Option<Vec<u8>> {
    let (bytes, _, lost) = WINDOWS_1258.encode(text);
    (!lost).then(|| bytes.into_owned())
}

const PLAIN: &str = "Số định danh;Họ và tên;Ngày sinh;Số tiền (đồng);Kỳ;Địa chỉ\r\n\
    001090000001;NGUYỄN VĂN A;01/01/1990;1.500.000;11/2026;\"Phố Thử; số 1\"\r\n\
    079155000002;Trần Thị B;1955;500.000 đ;Tháng 11/2026;\r\n";

#[test]
fn one_list_in_all_the_ways_that_spreadsheets_write_it() {
    let decomposed = {
        use unicode_normalization::UnicodeNormalization as _;
        PLAIN.nfd().collect::<String>()
    };
    let semicolons_to = |to: &str| PLAIN.replace("Thử; số", "Thử số").replace(';', to);
    let files: [(&str, Vec<u8>, Encoding); 11] = [
        ("as it is", PLAIN.into(), Encoding::Utf8),
        (
            "with a mark",
            format!("\u{feff}{PLAIN}").into(),
            Encoding::Utf8,
        ),
        ("decomposed", decomposed.into(), Encoding::Utf8),
        ("utf-16le", utf16(PLAIN, true), Encoding::Utf16Le),
        ("utf-16be", utf16(PLAIN, false), Encoding::Utf16Be),
        ("windows-1258", windows_1258(PLAIN), Encoding::Windows1258),
        ("commas", semicolons_to(",").into(), Encoding::Utf8),
        ("tabs", semicolons_to("\t").into(), Encoding::Utf8),
        ("sep=", format!("sep=;\r\n{PLAIN}").into(), Encoding::Utf8),
        (
            "line feeds",
            PLAIN.replace("\r\n", "\n").into(),
            Encoding::Utf8,
        ),
        (
            "carriage returns",
            PLAIN.replace("\r\n", "\r").into(),
            Encoding::Utf8,
        ),
    ];
    for (what, file, encoding) in files {
        let list = read(file).unwrap_or_else(|faults| panic!("{what}: {faults}"));
        assert_eq!(list.written.encoding, encoding, "{what}");
        assert_eq!(list.written.columns_ignored, 1, "{what}");
        assert_eq!(list.total, Dong(2_000_000), "{what}");
        assert_eq!(list.from, today(), "{what}");
        let [man, woman] = list.entries.as_slice() else {
            panic!("{what}: {} entries", list.entries.len());
        };
        assert_eq!(man.number.reveal(), MAN, "{what}");
        assert_eq!(man.name.reveal(), "NGUYỄN VĂN A", "{what}");
        assert_eq!(
            man.birth_date.as_ref().unwrap().reveal().to_string(),
            "1990-01-01"
        );
        assert_eq!(man.amount, Dong(1_500_000), "{what}");
        assert_eq!(woman.number.reveal(), WOMAN, "{what}");
        assert_eq!(woman.name.reveal(), "Trần Thị B", "{what}");
        assert_eq!(
            woman.birth_date.as_ref().unwrap().reveal().to_string(),
            "1955"
        );
        assert_eq!(
            (man.period, woman.period),
            (Period::Month(2026, 11), Period::Month(2026, 11))
        );
        let shift = u64::from(what == "sep=");
        assert_eq!((man.line, woman.line), (2 + shift, 3 + shift), "{what}");
        assert_eq!(man.id, man.line.to_string(), "{what}");
    }
}

#[test]
fn headings_in_either_language_with_and_without_diacritics() {
    for heading in [
        "số định danh,họ tên,số tiền,kỳ",
        "SỐ ĐỊNH DANH,HỌ VÀ TÊN,SỐ TIỀN,KỲ CHI TRẢ",
        "so dinh danh,ho ten,so tien,ky",
        "Số CCCD,Họ và tên,Số tiền (VND),Kỳ",
        "personal_number,name,amount,period",
        "Personal Number,Full name,Amount (VND),Period",
        " \"Mã định danh\" , \"Họ, tên\" ,so_tien, KỲ ",
    ] {
        let heading = heading
            .replace(" \"Mã", "\"Mã")
            .replace(" \"Họ", "\"Họ")
            .replace("\" ,", "\",");
        let file = format!("{heading}\n{MAN},A,1,2026-11\n");
        let list = read(file).unwrap_or_else(|faults| panic!("{heading}: {faults}"));
        assert_eq!(list.entries.len(), 1);
    }
}

const HEAD: &str = "personal_number,name,amount,period\n";

#[test]
fn ugly_files_are_refused_line_by_line() {
    let number = |kind| vec![(kind, Some(2), Some(1))];
    let table: Vec<(String, Vec<Where>)> = vec![
        ("".into(), vec![(F::Empty, None, None)]),
        ("\r\n\r\n".into(), vec![(F::Empty, None, None)]),
        (HEAD.into(), vec![(F::Empty, None, None)]),
        (
            format!("{MAN},A,1,2026-11\n"),
            vec![(F::NoHeading, Some(1), None)],
        ),
        (
            "name,period\n".into(),
            vec![(F::ColumnMissing, Some(1), None); 2],
        ),
        (
            "personal_number,cccd,name,amount,period\n".into(),
            vec![(F::ColumnTwice, Some(1), Some(2))],
        ),
        (
            format!("{HEAD}1090000001,A,1,2026-11\n"),
            number(F::NumberLostZero),
        ),
        (
            format!("{HEAD}1.09E+09,A,1,2026-11\n"),
            number(F::NumberScientific),
        ),
        (
            format!("{HEAD}00109000000O,A,1,2026-11\n"),
            number(F::NumberMalformed),
        ),
        (format!("{HEAD},A,1,2026-11\n"), number(F::Missing)),
        (
            format!("{HEAD}{MAN},,1,2026-11\n"),
            vec![(F::Missing, Some(2), Some(2))],
        ),
        (
            format!("{HEAD}{MAN},A\u{202e}B,1,2026-11\n"),
            vec![(F::NameMalformed, Some(2), Some(2))],
        ),
        (
            format!("{HEAD}{MAN},Аnna,1,2026-11\n"),
            vec![(F::NameMalformed, Some(2), Some(2))],
        ),
        (
            format!("{HEAD}{MAN},A,\"1,5\",2026-11\n"),
            vec![(F::AmountFraction, Some(2), Some(3))],
        ),
        (
            format!("{HEAD}{MAN},A,0,2026-11\n"),
            vec![(F::AmountNotPositive, Some(2), Some(3))],
        ),
        (
            format!("{HEAD}{MAN},A,1,Nov-26\n"),
            vec![(F::PeriodMalformed, Some(2), Some(4))],
        ),
        (
            format!("{HEAD}{MAN},A,1\n"),
            vec![(F::Missing, Some(2), Some(4))],
        ),
        (
            format!("{HEAD}{MAN},A,1,2026-11,x\n"),
            vec![(F::Columns, Some(2), Some(5))],
        ),
        (
            format!("{HEAD}{MAN},A,500.000,2026-11\n{WOMAN},B,\"500,000\",2026-11\n"),
            vec![(F::AmountAmbiguous, Some(3), Some(3))],
        ),
        (
            // A quote that is never closed takes the rest of the file with it.
            format!("{HEAD}{MAN},\"A,1,2026-11\n{}", "x".repeat(2_000)),
            vec![
                (F::TooLong, Some(2), Some(2)),
                (F::Missing, Some(2), Some(3)),
                (F::Missing, Some(2), Some(4)),
            ],
        ),
        (
            // In a column that is not read it would take people along without a word.
            format!(
                "personal_number,name,amount,period,note\n{MAN},A,1000,2026-11,\"first\n\
                 {WOMAN},B,2000,2026-11,\"second\"\n"
            ),
            vec![(F::LineInValue, Some(2), Some(5))],
        ),
        (
            format!("personal_number,name,amount,period,\"note\n{MAN},A,1000,2026-11,\"\n"),
            vec![(F::LineInValue, Some(1), Some(5)), (F::Empty, None, None)],
        ),
        (
            // As many values as columns, and one đồng instead of a million and a half.
            format!("period,personal_number,name,amount,note,sign\n2026-11,{MAN},A,1,500,000\n"),
            vec![(F::AmountSplit, Some(2), Some(4))],
        ),
        (
            format!("{HEAD}\n,,,\n\n1,A,1,2026-11\n{MAN},\"A\nB\",x,2026-11\n2,C,1,2026-11"),
            vec![
                (F::NumberLostZero, Some(5), Some(1)),
                (F::NameMalformed, Some(6), Some(2)),
                (F::AmountMalformed, Some(6), Some(3)),
                (F::NumberLostZero, Some(8), Some(1)),
            ],
        ),
    ];
    for (file, expected) in table {
        assert_eq!(faults(&file), expected, "{file}");
    }
    let pictures = [
        &b"\x89PNG\r\n\x1a\n\0\0"[..],
        b"PK\x03\x04\0",
        b"\xff\xfe\x00",
    ];
    for file in pictures {
        assert_eq!(faults(file), [(F::Encoding, None, None)]);
    }
}

#[test]
fn one_person_twice_in_a_period_is_refused_with_both_lines() {
    let file = format!(
        "{HEAD}{MAN},A,1,2026-11\n{MAN},A,1,2026-12\n{MAN},A,2,11/2026\n{MAN},A,2,T11/2026\n"
    );
    let found = read(file).unwrap_err().told;
    let places: Vec<_> = found
        .iter()
        .map(|f| (f.kind, f.place.line, f.first))
        .collect();
    assert_eq!(
        places,
        [
            (F::DuplicatePayee, Some(4), Some(2)),
            (F::DuplicatePayee, Some(5), Some(2)),
        ]
    );
    let file =
        "id,personal_number,name,amount,period\nx,001090000001,A,1,2026\nx,079155000002,B,1,2026\n";
    assert_eq!(faults(file), [(F::DuplicateId, Some(3), Some(1))]);
}

#[test]
fn faults_are_bounded_and_name_nobody() {
    let mut file = HEAD.to_owned();
    for _ in 0..250 {
        file.push_str("1090000001,Bà Bí Mật,1,2026-11\n");
    }
    let found = read(&file).unwrap_err();
    assert_eq!((found.told.len(), found.more), (100, 150));
    for text in [
        found.to_string(),
        serde_json::to_string(&found).unwrap(),
        format!("{found:?}"),
        found.told[0].vietnamese(),
    ] {
        assert!(
            !text.contains("1090000001") && !text.contains("Bí Mật"),
            "{text}"
        );
    }
}

#[test]
fn too_many_lines_are_too_many() {
    let mut file = HEAD.to_owned();
    for line in 0..MAX_ENTRIES {
        writeln!(file, "{line:012},A,1,2026-11").unwrap();
    }
    assert_eq!(read(&file).unwrap().entries.len(), MAX_ENTRIES);
    file.push_str("999999999999,A,1,2026-11\n");
    assert_eq!(faults(&file), [(F::TooMany, None, None)]);
}

#[test]
fn what_is_given_with_a_table_counts() {
    let file = format!("{HEAD}{MAN},A,1500000,2026-11\n{WOMAN},B,500000,2026-11\n");
    let with = |change: &dyn Fn(&mut Given)| {
        let mut given = given();
        change(&mut given);
        parse(file.as_bytes(), &given, today()).map_err(|faults| faults.told[0].kind)
    };
    assert!(with(&|given| (given.count, given.total) = (Some(2), Some(Dong(2_000_000)))).is_ok());
    assert_eq!(with(&|given| given.count = Some(3)), Err(F::Count));
    assert_eq!(with(&|given| given.total = Some(Dong(1))), Err(F::Total));
    assert_eq!(with(&|given| given.id = None), Err(F::ListId));
    assert_eq!(
        with(&|given| given.id = Some("../x".into())),
        Err(F::ListId)
    );
    assert_eq!(
        with(&|given| given.issuer = Some(" ".into())),
        Err(F::Issuer)
    );
    assert_eq!(
        with(&|given| given.until = Some(Date::new(2026, 11, 29).unwrap())),
        Err(F::Dates)
    );
    // Without a column of periods one period counts for all.
    let file = format!("personal_number,name,amount\n{MAN},A,1\n");
    assert_eq!(faults(&file), [(F::ColumnMissing, Some(1), None)]);
    let given = Given {
        period: Some(Period::Quarter(2026, 4)),
        ..given()
    };
    let list = parse(file.as_bytes(), &given, today()).unwrap();
    assert_eq!(list.entries[0].period, Period::Quarter(2026, 4));
}

fn document() -> serde_json::Value {
    serde_json::json!({
        "format": "cccd-desk-payee-list/1", "id": "BH-2026-11", "issuer": "BHXH thử", "currency": "VND",
        "date": "2026-11-28", "until": "2026-12-05", "period": "2026-11", "count": 2, "total": 2_000_000,
        "entries": [
            { "id": "a-1", "personal_number": MAN, "name": "NGUYỄN VĂN A", "amount": 1_500_000 },
            { "personal_number": WOMAN, "name": "TRẦN THỊ B", "amount": "500.000", "period": "2026-10",
              "birth_date": "1955" },
        ],
    })
}

#[test]
fn a_document_says_everything_itself() {
    let list = parse(
        document().to_string().as_bytes(),
        &Given::default(),
        today(),
    )
    .unwrap();
    assert_eq!(
        (list.id.as_str(), list.issuer.as_str()),
        ("BH-2026-11", "BHXH thử")
    );
    assert_eq!(list.from.to_string(), "2026-11-28");
    assert_eq!(list.until.unwrap().to_string(), "2026-12-05");
    let of: Vec<_> = list
        .entries
        .iter()
        .map(|e| (e.id.as_str(), e.line, e.period.to_string()))
        .collect();
    assert_eq!(
        of,
        [
            ("a-1", 1, "2026-11".to_owned()),
            ("2", 2, "2026-10".to_owned())
        ]
    );
}

#[test]
fn a_document_that_does_not_add_up_is_refused() {
    type Change = fn(&mut serde_json::Value);
    let table: [(Change, &[F]); 19] = [
        (|d| d["total"] = 1.into(), &[F::Total]),
        (|d| d["count"] = 3.into(), &[F::Count]),
        (|d| d["currency"] = "USD".into(), &[F::Currency]),
        (
            |d| d["format"] = "cccd-desk-payee-list/2".into(),
            &[F::Format],
        ),
        (|d| d["date"] = "28/11/2026".into(), &[F::Dates]),
        (|d| d["until"] = "2026-11-27".into(), &[F::Dates]),
        (|d| d["id"] = "a b".into(), &[F::ListId]),
        (
            |d| d["period"] = "Nov-26".into(),
            &[F::PeriodMalformed, F::Missing],
        ),
        (|d| d["more"] = 1.into(), &[F::Document]),
        (|d| d["entries"][0]["more"] = 1.into(), &[F::Document]),
        (|d| d["total"] = "2000000".into(), &[F::Document]),
        (|d| d["total"] = 2_000_000.0.into(), &[F::Document]),
        (
            |d| d["entries"] = serde_json::json!([]),
            &[F::Empty, F::Count, F::Total],
        ),
        (
            |d| d["entries"][0]["personal_number"] = 1_090_000_001.into(),
            &[F::NumberLostZero],
        ),
        (
            |d| d["entries"][0]["amount"] = 1.5.into(),
            &[F::AmountFraction],
        ),
        (
            |d| d["entries"][0]["amount"] = (-1).into(),
            &[F::AmountNotPositive],
        ),
        (
            |d| d["entries"][0]["amount"] = serde_json::json!([1]),
            &[F::AmountFraction],
        ),
        (|d| d["entries"][0]["name"] = 7.into(), &[F::Kind]),
        (|d| d["entries"][1]["id"] = "a-1".into(), &[F::DuplicateId]),
    ];
    for (change, expected) in table {
        let mut document = document();
        change(&mut document);
        let faults =
            parse(document.to_string().as_bytes(), &Given::default(), today()).unwrap_err();
        let kinds: Vec<_> = faults.told.iter().map(|fault| fault.kind).collect();
        assert_eq!(kinds, expected, "{faults}");
    }
    let mut twice = document();
    twice["entries"][1]["personal_number"] = MAN.into();
    twice["entries"][1]["period"] = "2026-11".into();
    let faults = parse(twice.to_string().as_bytes(), &Given::default(), today()).unwrap_err();
    assert_eq!(
        (faults.told[0].place.entry, faults.told[0].first),
        (Some(2), Some(1))
    );
    let other = Given {
        id: Some("another".into()),
        ..Given::default()
    };
    let faults = parse(document().to_string().as_bytes(), &other, today()).unwrap_err();
    assert_eq!(
        (faults.told[0].kind, faults.told[0].field),
        (F::NotAsGiven, Some("id"))
    );
}

proptest! {
    /// What is written is read, in every form.
    #[test]
    fn a_table_of_good_lines_is_a_list(
        rows in prop::collection::btree_map("[0-9]{12}", (1_i64..1_000_000_000, 1_u8..=12), 1..40),
        delimiter in prop::sample::select(vec![';', '\t', ',']),
        dots in any::<bool>(),
        form in 0_u8..3,
    ) {
        let mut text = ["Số định danh", "Họ tên", "Số tiền", "Kỳ"].join(&delimiter.to_string());
        text.push_str("\r\n");
        for (number, (amount, month)) in &rows {
            let amount = if dots { Dong(*amount).to_string() } else { amount.to_string() };
            let line = [number.clone(), "Nguyễn Thị Ấ".to_owned(), amount, format!("{month}/2026")];
            text.push_str(&line.join(&delimiter.to_string()));
            text.push_str("\r\n");
        }
        let bytes = match form {
            0 => text.into_bytes(),
            1 => utf16(&text, true),
            _ => windows_1258(&text),
        };
        let list = read(bytes).unwrap();
        prop_assert_eq!(list.entries.len(), rows.len());
        for (entry, (number, (amount, month))) in list.entries.iter().zip(&rows) {
            prop_assert_eq!(entry.number.reveal(), number);
            prop_assert_eq!(entry.name.reveal(), "Nguyễn Thị Ấ");
            prop_assert_eq!(entry.amount, Dong(*amount));
            prop_assert_eq!(entry.period, Period::Month(2026, *month));
        }
        prop_assert_eq!(Some(list.total), Dong::sum(rows.values().map(|(amount, _)| Dong(*amount))));
    }

    /// Whatever the bytes are, they are answered; and a list that counts holds what it promises.
    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
        let mut table = HEAD.as_bytes().to_vec();
        table.extend(bytes);
        let _ = read(&table);
    }
}

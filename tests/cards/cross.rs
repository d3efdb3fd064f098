//! Other cards of the classes of section H: facts of one card, signed by the issuer, against each
//! other. Each case names the check that tells and what it must say.

use cccd_desk::decision::{CheckResult, Policy};
use cccd_sim::Defect;
use cccd_sim::defects::edit::{Change, Edit, Step};
use cccd_sim::defects::given::Circumstances;
use cccd_sim::defects::mutation::{
    CertificateChange, FieldChange, ListChange, Mutation, PaceChange,
};
use time::OffsetDateTime;

use crate::bench::Bench;
use crate::offline::{evidence, judge_evidence};

const GOOD: (CheckResult, Option<&str>) = (CheckResult::Successful, None);
const NAME: usize = 60;
const BIRTH: usize = 30;
const SEX: usize = 37;
const EXPIRY: usize = 38;
const OPTIONAL: usize = 15;

const fn open(reason: &str) -> (CheckResult, Option<&str>) {
    (CheckResult::Undetermined, Some(reason))
}

const fn wrong(reason: &str) -> (CheckResult, Option<&str>) {
    (CheckResult::Failed, Some(reason))
}

fn zone(at: usize, text: &str) -> Mutation {
    Mutation::Mrz {
        at,
        text: text.to_owned().leak(),
        checked: true,
    }
}

fn field(id: u8, text: &str) -> Mutation {
    Mutation::Field(id, FieldChange::Text(text.to_owned().leak()))
}

/// What the check of that name says of the ordinary card with these changes.
fn said(check: &str, changes: Vec<Mutation>) -> (CheckResult, Option<&'static str>) {
    let defect = Defect {
        id: "case",
        section: 'H',
        result: "",
        reason: None,
        class: None,
        description: "",
        given: Circumstances::USUAL,
        mutations: changes.leak(),
    };
    let persona = cccd_sim::personas().unwrap().swap_remove(0);
    let now = OffsetDateTime::now_utc();
    let files = cccd_sim::persona_files(&persona, &[&defect], now).unwrap();
    let trust = Bench.trust(&[&defect], now);
    let policy = Policy::ready_made("evidence").unwrap();
    let verdict = judge_evidence(&evidence(&files), trust.as_ref(), &policy, now).verdict;
    let found = verdict
        .checks
        .iter()
        .find(|found| found.id.name() == check)
        .unwrap();
    (found.result, found.reason.map(|reason| reason.code()))
}

type Case<'a> = (&'a str, (CheckResult, Option<&'a str>), Vec<Mutation>);

fn all(check: &str, cases: Vec<Case<'_>>) {
    let faults: Vec<String> = cases
        .into_iter()
        .filter_map(|(what, due, changes)| {
            let met = said(check, changes);
            (met != due).then(|| format!("{what}: due {due:?}, met {met:?}"))
        })
        .collect();
    assert!(faults.is_empty(), "{check}:\n{}", faults.join("\n"));
}

#[test]
fn the_name_in_dg13_is_the_name_in_the_zone() {
    const OTHER: (CheckResult, Option<&str>) = open("issuer-data-inconsistent");
    let name = |field_of_30: &str, full: &str| {
        vec![zone(NAME, &format!("{field_of_30:<<30}")), field(2, full)]
    };
    all(
        "number-form",
        vec![
            (
                "capitals and small letters",
                GOOD,
                name("NGUYEN<<VAN<A", "Nguyễn Văn A"),
            ),
            (
                "without diacritics",
                GOOD,
                name("NGUYEN<<VAN<A", "NGUYEN VAN A"),
            ),
            (
                "decomposed",
                GOOD,
                name("NGUYEN<<VAN<A", "Nguye\u{302}\u{303}n Va\u{306}n A"),
            ),
            (
                "spaces without number",
                GOOD,
                name("NGUYEN<<VAN<A", "  NGUYỄN   VĂN A "),
            ),
            (
                "a hard space",
                GOOD,
                name("NGUYEN<<VAN<A", "NGUYỄN\u{a0}VĂN A"),
            ),
            ("Đ and đ", GOOD, name("DO<<DINH<DUC", "ĐỖ đình Đức")),
            (
                "Đ by its lookalikes",
                GOOD,
                name("DO<<DINH<DUC", "ÐỖ ĐÌNH ƉỨC"),
            ),
            ("one word", GOOD, name("THAO", "THẢO")),
            ("a letter of the Bahnar", GOOD, name("BAH<<Y", "ɃAH Y")),
            (
                "an apostrophe left out",
                GOOD,
                name("HHEN<<NIE", "H'HEN NIÊ"),
            ),
            (
                "an apostrophe as a filler",
                GOOD,
                name("H<HEN<<NIE", "H’HEN NIÊ"),
            ),
            (
                "another apostrophe",
                GOOD,
                name("H<HEN<<NIE", "H\u{2bb}HEN NIÊ"),
            ),
            (
                "a prime for an apostrophe",
                GOOD,
                name("HHEN<<NIE", "H\u{2032}HEN NIÊ"),
            ),
            ("a hyphen", GOOD, name("TRAN<<LE<HANG", "TRẦN LỆ-HẰNG")),
            (
                "a hyphen that never breaks",
                GOOD,
                name("TRAN<<LE<HANG", "TRẦN LỆ\u{2011}HẰNG"),
            ),
            (
                "cut in its last word",
                GOOD,
                name(
                    "CONG<TANG<TON<NU<<THUONG<HUYEN",
                    "CÔNG TẰNG TÔN NỮ THƯỢNG HUYỀNH",
                ),
            ),
            (
                "cut before its last word",
                GOOD,
                name(
                    "CONG<TANG<TON<NU<<THUONG<HUYEN",
                    "CÔNG TẰNG TÔN NỮ THƯỢNG HUYỀN TRÂN",
                ),
            ),
            (
                "cut at the space between two words",
                GOOD,
                name(
                    "CONG<TANG<TON<NU<<THUONG<HUYE<",
                    "CÔNG TẰNG TÔN NỮ THƯỢNG HUYÊ TRÂN",
                ),
            ),
            (
                "the family name cut too",
                GOOD,
                name(
                    "CON<TAN<TO<N<<THUONG<HUYEN<TRA",
                    "CÔNG TẰNG TÔN NỮ THƯỢNG HUYỀN TRÂN",
                ),
            ),
            (
                "cut, with an apostrophe as a filler",
                GOOD,
                name(
                    "H<HEN<<NIE<KDAM<MLO<DUON<DU<EB",
                    "H'HEN NIÊ KDĂM MLÔ DUÔN DU ÊBAN",
                ),
            ),
            ("another word", OTHER, name("NGUYEN<<VAN<A", "NGUYỄN VĂN B")),
            ("a word less", OTHER, name("NGUYEN<<VAN<A", "NGUYỄN VĂN")),
            (
                "a word more",
                OTHER,
                name("NGUYEN<<VAN<A", "NGUYỄN VĂN A B"),
            ),
            ("words joined", OTHER, name("NGUYEN<<VAN<A", "NGUYỄN VĂNA")),
            (
                "cut where there was room",
                OTHER,
                name("NGUYEN<<VAN<AN", "NGUYỄN VĂN ANH"),
            ),
            (
                "another word before the cut",
                OTHER,
                name(
                    "CONG<TANG<TON<NU<<THUONG<HUYEN",
                    "CÔNG TẰNG TÔN NỮ HẠ HUYỀN TRÂN",
                ),
            ),
            (
                "whole in 29 characters, and another word",
                OTHER,
                name(
                    "CONG<TANG<TON<NU<<THUONG<HUYE<",
                    "CÔNG TẰNG TÔN NỮ THƯỢNG HUYỀN TRÂN",
                ),
            ),
        ],
    );
}

#[test]
fn numbers_of_another_form_are_malformed() {
    const MALFORMED: (CheckResult, Option<&str>) = open("personal-number-malformed");
    let of_dg13 = |text: &str| vec![field(1, text)];
    let of_dg1 = |text: &str| vec![zone(OPTIONAL, &format!("{text:<<14}"))];
    all(
        "dg13",
        vec![
            ("11 digits", MALFORMED, of_dg13("00109000001")),
            ("13 digits", MALFORMED, of_dg13("0010900000012")),
            ("a letter", MALFORMED, of_dg13("00109000000A")),
            ("the letter O", MALFORMED, of_dg13("O01090000001")),
            ("grouped", MALFORMED, of_dg13("001 090 000 001")),
            ("other digits", MALFORMED, of_dg13("\u{ff10}01090000001")),
            ("empty", MALFORMED, of_dg13("")),
            (
                "none",
                MALFORMED,
                vec![Mutation::Field(1, FieldChange::Gone)],
            ),
        ],
    );
    all(
        "number-form",
        vec![
            ("11 digits in DG1", MALFORMED, of_dg1("00109000001")),
            ("13 digits in DG1", MALFORMED, of_dg1("0010900000012")),
            ("a letter in DG1", MALFORMED, of_dg1("00109000000A")),
            ("none in DG1", MALFORMED, of_dg1("")),
            (
                "another in DG1",
                open("issuer-data-inconsistent"),
                of_dg1("001090000002"),
            ),
            (
                "a whole other number in DG13",
                open("issuer-data-inconsistent"),
                of_dg13("048195000003"),
            ),
        ],
    );
}

#[test]
fn birth_dates_agree_as_far_as_they_are_known() {
    const OTHER: (CheckResult, Option<&str>) = open("issuer-data-inconsistent");
    let dates = |of_zone: &str, text: &str| vec![zone(BIRTH, of_zone), field(3, text)];
    all(
        "number-form",
        vec![
            ("the same", GOOD, dates("900101", "01/01/1990")),
            ("year alone in both", GOOD, dates("90<<<<", "1990")),
            (
                "year alone in the zone",
                GOOD,
                dates("90<<<<", "01/01/1990"),
            ),
            ("year alone in DG13", GOOD, dates("900101", "1990")),
            (
                "zeros for what is unknown",
                GOOD,
                dates("90<<<<", "00/00/1990"),
            ),
            ("month and year", GOOD, dates("9001<<", "01/1990")),
            ("nothing in the zone", GOOD, dates("<<<<<<", "01/01/1990")),
            (
                "nothing in DG13",
                GOOD,
                vec![Mutation::Field(3, FieldChange::Gone)],
            ),
            ("written with hyphens", GOOD, dates("900101", "01-01-1990")),
            ("written with dots", GOOD, dates("900101", "01.01.1990")),
            ("written as ISO 8601", GOOD, dates("900101", "1990-01-01")),
            ("spaces around it", GOOD, dates("900101", " 01/01/1990 ")),
            ("another day", OTHER, dates("900101", "02/01/1990")),
            ("another month", OTHER, dates("900101", "01/02/1990")),
            ("another year", OTHER, dates("900101", "01/01/1991")),
            ("another year, known alone", OTHER, dates("90<<<<", "1991")),
            (
                "another month, day unknown",
                OTHER,
                dates("9002<<", "01/01/1990"),
            ),
            ("words", OTHER, dates("900101", "không rõ")),
        ],
    );
    all(
        "dg13",
        vec![
            (
                "31 February",
                open("date-invalid"),
                dates("900101", "31/02/1990"),
            ),
            (
                "month 13",
                open("date-invalid"),
                dates("900101", "01/13/1990"),
            ),
            (
                "born in the future",
                open("date-invalid"),
                dates("900101", "01/01/2090"),
            ),
            (
                "issued on 30 February",
                open("date-invalid"),
                vec![field(11, "30/02/2022")],
            ),
            (
                "expires in month 0",
                open("date-invalid"),
                vec![field(12, "01/00/2030")],
            ),
        ],
    );
}

#[test]
fn sexes_agree_in_every_spelling() {
    const OTHER: (CheckResult, Option<&str>) = open("issuer-data-inconsistent");
    let sexes = |letter: &str, text: &str| vec![zone(SEX, letter), field(4, text)];
    let (man, woman) = (|text| sexes("M", text), |text| sexes("F", text));
    all(
        "number-form",
        vec![
            ("Nam", GOOD, man("NAM ")),
            ("Nữ, decomposed", GOOD, woman("Nu\u{31b}\u{303}")),
            ("Nữ without diacritics", GOOD, woman("NU")),
            ("a letter", GOOD, man("M")),
            ("English", GOOD, woman("Female")),
            ("unspecified in the zone", GOOD, sexes("<", "Nam")),
            ("unknown word", GOOD, man("Khác")),
            ("a man in the zone", OTHER, man("Nữ")),
            ("a man in the zone, by a letter", OTHER, man("F")),
            ("a man in the zone, without diacritics", OTHER, man("nu")),
            ("a woman in the zone", OTHER, woman("Nam")),
        ],
    );
}

#[test]
fn a_card_ends_when_zone_and_dg13_say_so() {
    const UNKNOWN: (CheckResult, Option<&str>) = open("expiry-unknown");
    const EXPIRED: (CheckResult, Option<&str>) = wrong("card-expired");
    const OTHER: (CheckResult, Option<&str>) = open("issuer-data-inconsistent");
    let ends = |of_zone: &str, text: &str| vec![zone(EXPIRY, of_zone), field(12, text)];
    all(
        "expiry",
        vec![
            ("never", GOOD, ends("991231", "Không thời hạn")),
            ("never, DG13 silent", GOOD, ends("991231", "")),
            ("fillers and words", GOOD, ends("<<<<<<", "KHÔNG THỜI HẠN")),
            (
                "fillers and decomposed words",
                GOOD,
                ends("<<<<<<", "Không thờ\u{69} ha\u{323}n"),
            ),
            (
                "fillers and plain words",
                GOOD,
                ends("<<<<<<", "Khong thoi han"),
            ),
            (
                "fillers and a date to come",
                GOOD,
                ends("<<<<<<", "01/01/2030"),
            ),
            (
                "fillers and a date that passed",
                EXPIRED,
                ends("<<<<<<", "01/01/2020"),
            ),
            ("year alone and nothing", UNKNOWN, ends("30<<<<", "")),
            ("fillers and nonsense", UNKNOWN, ends("<<<<<<", "?")),
            (
                "yesterday, words in DG13",
                EXPIRED,
                ends("200101", "Không thời hạn"),
            ),
            ("the day before never", EXPIRED, ends("991230", "")),
            ("beyond the window", EXPIRED, ends("800101", "")),
        ],
    );
    all(
        "number-form",
        vec![
            ("never in both", GOOD, ends("991231", "Không thời hạn")),
            ("never as a date", GOOD, ends("991231", "31/12/2099")),
            (
                "never in words that nobody knows",
                GOOD,
                ends("991231", "Vĩnh viễn nhé"),
            ),
            ("never and a date", OTHER, ends("991231", "01/01/2030")),
            (
                "never and the end of the last century",
                OTHER,
                ends("991231", "31/12/1999"),
            ),
            ("a date and never", OTHER, ends("300101", "Không thời hạn")),
            ("two dates", OTHER, ends("300101", "02/01/2030")),
        ],
    );
}

#[test]
fn countries_agree_however_they_are_written() {
    const OTHER: (CheckResult, Option<&str>) = wrong("country-mismatch");
    let both = |country: &'static str, utf8| {
        vec![
            Mutation::Csca(CertificateChange::Country(country, utf8)),
            Mutation::Dsc(CertificateChange::Country(country, utf8)),
        ]
    };
    let csca = |country| vec![Mutation::Csca(CertificateChange::Country(country, false))];
    let dsc = |country| vec![Mutation::Dsc(CertificateChange::Country(country, false))];
    let state = |code: &str| vec![zone(2, code)];
    all(
        "country",
        vec![
            ("vn", GOOD, both("vn", false)),
            ("Vn in UTF-8", GOOD, both("Vn", true)),
            ("VN in UTF-8", GOOD, both("VN", true)),
            ("vn of the authority alone", GOOD, csca("vn")),
            ("in three letters", GOOD, both("VNM", false)),
            ("authority and signer of LA", OTHER, both("LA", false)),
            ("la in UTF-8", OTHER, both("la", true)),
            ("an authority of TH, an issuer of VN", OTHER, csca("TH")),
            ("a signer of TH, an authority of VN", OTHER, dsc("TH")),
            ("a card of LAO", OTHER, state("LAO")),
            ("a card of Germany", OTHER, state("D<<")),
            ("a card of nobody", open("country-unmapped"), state("XQZ")),
            ("a card of Utopia", open("country-unmapped"), state("UTO")),
            (
                "a card without a state",
                open("country-unmapped"),
                state("XXX"),
            ),
        ],
    );
}

#[test]
fn text_that_hides_something_is_told_in_every_field() {
    const HIDES: (CheckResult, Option<&str>) = open("dg13-text-suspicious");
    let mut cases = Vec::new();
    for (what, text) in [
        ("right to left", "M\u{202e}ẫu"),
        ("an isolate", "M\u{2066}ẫu"),
        ("a mark of direction", "M\u{200f}ẫu"),
        ("NUL", "M\0ẫu"),
        ("a line break", "M\nẫu"),
        ("escape", "M\u{1b}[2Jẫu"),
        ("no width", "M\u{200b}ẫu"),
        ("a byte order mark", "\u{feff}Mẫu"),
        ("a tag", "M\u{e0041}ẫu"),
        ("private use", "M\u{e000}ẫu"),
        ("decomposed", "Ma\u{302}\u{303}u"),
    ] {
        for id in [2, 5, 6, 7, 8, 9, 10, 13, 14, 99] {
            let name = format!("{what} in field {id}").leak();
            cases.push((&*name, HIDES, vec![field(id, text)]));
        }
    }
    cases.push((
        "a foreign place",
        GOOD,
        vec![field(9, "Số 1, Москва – 東京")],
    ));
    all("dg13", cases);
}

#[test]
fn the_lists_of_ef_com_and_ef_sod_are_compared() {
    const DIFFER: (CheckResult, Option<&str>) = wrong("com-sod-mismatch");
    let com = |changes: &[ListChange]| changes.iter().map(|one| Mutation::Com(*one)).collect();
    let tag = |byte| {
        vec![Mutation::Issued(
            "EF.COM",
            Edit::At(&[Step(0x60, 0), Step(0x5c, 0)], Change::Overwrite(0, byte)),
        )]
    };
    all(
        "com-sod",
        vec![
            ("one left out", DIFFER, com(&[ListChange::Drop(14)])),
            ("DG1 left out", DIFFER, com(&[ListChange::Drop(1)])),
            ("one too many", DIFFER, com(&[ListChange::Add(16)])),
            (
                "another",
                DIFFER,
                com(&[ListChange::Drop(15), ListChange::Add(11)]),
            ),
            ("one twice", DIFFER, com(&[ListChange::Twice(2)])),
            ("a tag of nothing", DIFFER, tag(&[0x42])),
            ("EF.SOD's own tag", DIFFER, tag(&[0x77])),
            (
                "EF.SOD lists one more",
                DIFFER,
                vec![Mutation::Lds(ListChange::Add(16))],
            ),
            (
                "a card without DG14 and PACE",
                GOOD,
                vec![Mutation::Pace(PaceChange::Absent), Mutation::Without(14)],
            ),
        ],
    );
}

/// Who reports a number that stands twice reports a choice.
#[test]
fn a_field_that_stands_twice_with_two_values_is_inconsistent() {
    // The entry of field 5 (nationality) becomes a second one of another field.
    const ENTRIES: &[Step] = &[Step(0x6d, 0), Step(0x30, 0), Step(0x31, 0), Step(0x30, 4)];
    for (id, text) in [
        (1, "001090000002"),
        (2, "NGUYỄN VĂN B"),
        (3, "02/02/1992"),
        (4, "Nữ"),
        (11, "16/08/2022"),
        (12, "01/01/2031"),
    ] {
        let second = Mutation::Issued(
            "EF.DG13",
            Edit::At(ENTRIES, Change::Overwrite(2, vec![id].leak())),
        );
        let met = said("number-form", vec![field(5, text), second]);
        assert_eq!(met, open("issuer-data-inconsistent"), "field {id}");
    }
}

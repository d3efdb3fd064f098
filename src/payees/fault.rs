//! What is wrong with a list, and where. Nobody on the list is named by it.

use core::fmt;

use serde::{Serialize, Serializer};

use crate::finding::reason::Sentence;

/// So many faults are told; the others are counted.
pub const MAX_TOLD: usize = 100;

/// Declares the faults with their stable code and the words of each.
macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $code:literal { $vi:literal, $en:literal $(,)? })*) => {
        /// What is wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
        pub enum FaultKind {
            $($(#[$doc])* #[error($en)] $name,)*
        }

        impl FaultKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable code, such as `number-lost-zero`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// What the officer is told.
            #[must_use]
            pub const fn sentence(self) -> Sentence {
                match self {
                    $(Self::$name => Sentence { vi: $vi, en: $en },)*
                }
            }
        }
    };
}

faults! {
    /// Longer than [`super::MAX_BYTES`].
    TooLarge = "too-large" {
        "Tệp lớn hơn 32 MiB.", "The file is larger than 32 MiB.",
    }
    /// No text, or in characters that are not known.
    Encoding = "encoding" {
        "Tệp không phải văn bản UTF-8, UTF-16 hay windows-1258.", "The file is no text in UTF-8, UTF-16 or windows-1258.",
    }
    /// Nobody on it.
    Empty = "empty" {
        "Danh sách không có ai.", "There is nobody on the list.",
    }
    /// More than [`super::MAX_ENTRIES`].
    TooMany = "too-many" {
        "Danh sách có hơn 100.000 dòng.", "The list has more than 100,000 lines.",
    }
    /// The first line names no columns.
    NoHeading = "no-heading" {
        "Dòng đầu không phải dòng tiêu đề: cần số định danh, họ tên, số tiền, kỳ.", "The first line is no heading: personal_number, name, amount, period are wanted.",
    }
    /// A column that must be there is not.
    ColumnMissing = "column-missing" {
        "Thiếu một cột bắt buộc.", "A column that must be there is missing.",
    }
    /// Two columns of one name.
    ColumnTwice = "column-twice" {
        "Một cột có hai lần.", "A column is there twice.",
    }
    /// A line of more values than the heading has columns.
    Columns = "columns" {
        "Dòng có nhiều giá trị hơn số cột của tiêu đề.", "The line has more values than the heading has columns.",
    }
    /// A value that holds a line break and what separates values: lines that a quote took in.
    LineInValue = "line-in-value" {
        "Một ô chứa cả dòng khác: dấu ngoặc kép chưa đóng. Sửa ô đó, kẻo mất người ở các dòng sau.", "A value holds a whole line: a quote is not closed. Mend it, or those on the lines behind it are lost.",
    }
    /// The document is no JSON of this form.
    Document = "document" {
        "Tài liệu JSON sai cấu trúc, thiếu trường hoặc có trường lạ.", "The JSON document is malformed, lacks a field or has an unknown one.",
    }
    /// Another format, or a version to come.
    Format = "format" {
        "Không biết định dạng này; cần cccd-desk-payee-list/1.", "The format is not known; cccd-desk-payee-list/1 is wanted.",
    }
    /// Another currency than đồng.
    Currency = "currency" {
        "Đơn vị tiền phải là VND.", "The currency must be VND.",
    }
    /// The name of the list.
    ListId = "list-id" {
        "Mã danh sách phải có 1 đến 64 chữ không dấu, số, dấu chấm, gạch dưới hoặc gạch nối.", "The list's id must be 1 to 64 letters, digits, dots, underscores or hyphens.",
    }
    /// Who pays.
    Issuer = "issuer" {
        "Nơi lập danh sách phải có 1 đến 200 ký tự.", "The issuer must be named in 1 to 200 characters.",
    }
    /// The days on which it is paid.
    Dates = "dates" {
        "Ngày chi trả sai, hoặc ngày cuối trước ngày đầu.", "The days of payment are no dates, or the last is before the first.",
    }
    /// The document says another thing than the one who imports it.
    NotAsGiven = "not-as-given" {
        "Danh sách ghi khác với điều đã nhập kèm.", "The list says another thing than what was given with it.",
    }
    /// The count does not agree.
    Count = "count-wrong" {
        "Số người không khớp với số đã ghi.", "The count of people is not the one that was stated.",
    }
    /// The total does not agree.
    Total = "total-wrong" {
        "Tổng số tiền không khớp với tổng đã ghi.", "The amounts do not sum up to the total that was stated.",
    }
    /// A value that must be there is not.
    Missing = "missing" {
        "Thiếu giá trị bắt buộc.", "A value that must be there is missing.",
    }
    /// Longer than [`super::MAX_FIELD`], such as behind a quote that never ends.
    TooLong = "too-long" {
        "Giá trị dài hơn 1.000 byte; có thể thiếu dấu nháy đóng.", "The value is longer than 1,000 bytes; perhaps a quote is not closed.",
    }
    /// Another kind of JSON value.
    Kind = "wrong-kind" {
        "Giá trị sai kiểu.", "The value is of the wrong kind.",
    }
    /// A number that a spreadsheet took for one.
    NumberLostZero = "number-lost-zero" {
        "Số định danh thiếu chữ số: bảng tính đã làm mất số 0 ở đầu. Định dạng cột là văn bản và nhập lại số.", "The personal number lacks digits: the spreadsheet lost its leading zeros. Format the column as text and enter the number again.",
    }
    /// A number in scientific notation.
    NumberScientific = "number-scientific" {
        "Bảng tính đã ghi số định danh dạng 1,09E+09: các chữ số đã mất. Định dạng cột là văn bản và nhập lại số.", "The spreadsheet wrote the personal number like 1.09E+09: its digits are lost. Format the column as text and enter the number again.",
    }
    /// No 12 digits.
    NumberMalformed = "number-malformed" {
        "Số định danh phải đúng 12 chữ số.", "A personal number has 12 digits and nothing else.",
    }
    /// No name, or one with characters that hide something.
    NameMalformed = "name-malformed" {
        "Họ tên có ký tự lạ hoặc dài quá 200 ký tự.", "The name has characters that it may not have, or more than 200.",
    }
    /// No amount.
    AmountMalformed = "amount-malformed" {
        "Số tiền không đọc được.", "The amount cannot be read.",
    }
    /// An amount in scientific notation.
    AmountScientific = "amount-scientific" {
        "Bảng tính đã ghi số tiền dạng 1,2E+06.", "The spreadsheet wrote the amount like 1.2E+06.",
    }
    /// A fraction of a đồng.
    AmountFraction = "amount-fraction" {
        "Số tiền có phần lẻ, hoặc nhóm chữ số không đều; đồng không có phần lẻ.", "The amount has a fraction, or groups of digits that are not three; đồng has no fractions.",
    }
    /// Dots and commas in one file.
    AmountAmbiguous = "amount-ambiguous" {
        "Tệp dùng cả dấu chấm và dấu phẩy để tách nghìn: không rõ số nào có phần lẻ.", "The file groups thousands by dots and by commas: nobody can say which of them is a fraction.",
    }
    /// A comma that groups thousands, in a table of commas.
    AmountSplit = "amount-split" {
        "Số tiền bị dấu phẩy tách thành hai ô: bỏ dấu phẩy tách nghìn, hoặc đặt số tiền trong ngoặc kép.", "A comma split the amount into two values: leave the comma out, or put the amount into quotes.",
    }
    /// Zero or less.
    AmountNotPositive = "amount-not-positive" {
        "Số tiền phải lớn hơn 0.", "The amount must be more than 0.",
    }
    /// More than [`super::Dong::MOST`].
    AmountTooLarge = "amount-too-large" {
        "Số tiền có hơn 12 chữ số.", "The amount has more than 12 digits.",
    }
    /// No month, quarter or year.
    PeriodMalformed = "period-malformed" {
        "Kỳ phải là tháng, quý hoặc năm, ví dụ 11/2026, quý IV/2026, 2026.", "The period must be a month, a quarter or a year, such as 2026-11, 2026-Q4, 2026.",
    }
    /// No date.
    BirthDateMalformed = "birth-date-malformed" {
        "Ngày sinh không đọc được; ví dụ 01/02/1950 hoặc 1950.", "The birth date cannot be read; such as 1950-02-01, 01/02/1950 or 1950.",
    }
    /// The entry's name.
    IdMalformed = "entry-id-malformed" {
        "Mã dòng phải có 1 đến 64 ký tự ASCII nhìn thấy được.", "The entry's id must be 1 to 64 visible ASCII characters.",
    }
    /// One person twice in one period.
    DuplicatePayee = "duplicate-payee" {
        "Một người có hai dòng cho cùng một kỳ.", "One person is there twice for one period.",
    }
    /// Two entries of one name.
    DuplicateId = "duplicate-entry-id" {
        "Hai dòng có cùng mã.", "Two entries have the same id.",
    }
}

impl FaultKind {
    /// This fault, of the file as a whole.
    #[must_use]
    pub const fn in_file(self) -> Fault {
        self.at(Place::FILE)
    }

    /// This fault, there.
    #[must_use]
    pub const fn at(self, place: Place) -> Fault {
        Fault {
            kind: self,
            place,
            field: None,
            first: None,
        }
    }
}

impl Serialize for FaultKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// Where in a file, each from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The line of text.
    pub line: Option<u64>,
    /// The column of the table, or the character of a JSON text that is none.
    pub column: Option<u64>,
    /// The entry of a JSON document.
    pub entry: Option<u64>,
}

impl Place {
    /// The file as a whole.
    pub const FILE: Self = Self {
        line: None,
        column: None,
        entry: None,
    };

    /// A line of text.
    #[must_use]
    pub const fn line(line: u64) -> Self {
        Self {
            line: Some(line),
            ..Self::FILE
        }
    }

    /// An entry of a JSON document.
    #[must_use]
    pub const fn entry(entry: u64) -> Self {
        Self {
            entry: Some(entry),
            ..Self::FILE
        }
    }

    /// The number that tells lines, or entries, apart.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.entry.or(self.line).unwrap_or(0)
    }
}

/// One thing that is wrong. It holds no value of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What.
    #[serde(rename = "code")]
    pub kind: FaultKind,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// Which field, such as `personal_number`.
    pub field: Option<&'static str>,
    /// Where what it contradicts stands: the line, or the entry, that was there first.
    pub first: Option<u64>,
}

impl Fault {
    /// In that field.
    #[must_use]
    pub const fn field(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }

    fn place(&self, line: &str, column: &str, entry: &str, first: &str) -> String {
        let mut parts = Vec::new();
        let mut part = |name: &str, value: Option<u64>| {
            parts.extend(value.map(|value| format!("{name} {value}")));
        };
        part(line, self.place.line);
        part(entry, self.place.entry);
        part(column, self.place.column);
        part(first, self.first);
        parts.extend(self.field.map(str::to_owned));
        parts.join(", ")
    }

    /// For the officer: `dòng 7, cột 2, personal_number: …`.
    #[must_use]
    pub fn vietnamese(&self) -> String {
        let place = self.place("dòng", "cột", "mục", "đã có ở");
        told(&place, self.kind.sentence().vi)
    }

    /// The same in English.
    #[must_use]
    pub fn english(&self) -> String {
        let place = self.place("line", "column", "entry", "first at");
        told(&place, self.kind.sentence().en)
    }
}

fn told(place: &str, sentence: &str) -> String {
    if place.is_empty() {
        sentence.to_owned()
    } else {
        format!("{place}: {sentence}")
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english())
    }
}

/// Why a list is refused: at least one fault, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Faults {
    /// The first of them, at most [`MAX_TOLD`].
    pub told: Vec<Fault>,
    /// How many more there are.
    pub more: u64,
}

impl Faults {
    /// Takes one more in.
    pub fn add(&mut self, fault: Fault) {
        if self.told.len() < MAX_TOLD {
            self.told.push(fault);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self {
            told: vec![fault],
            more: 0,
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.told.first() {
            None => f.write_str("nothing is wrong"),
            Some(first) => {
                let others = u64::try_from(self.told.len() - 1).unwrap_or(u64::MAX);
                match others.saturating_add(self.more) {
                    0 => write!(f, "{first}"),
                    others => write!(f, "{first} And {others} more."),
                }
            }
        }
    }
}

impl core::error::Error for Faults {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Fault, FaultKind, Place};

    #[test]
    fn every_fault_has_a_code_of_its_own_and_its_words() {
        let codes: BTreeSet<_> = FaultKind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes.len(), FaultKind::ALL.len());
        for kind in FaultKind::ALL {
            let sentence = kind.sentence();
            for text in [sentence.vi, sentence.en] {
                assert!(text.ends_with('.'), "{}", kind.code());
            }
        }
    }

    #[test]
    fn a_fault_says_where_it_is() {
        let fault = Fault {
            first: Some(3),
            ..FaultKind::DuplicatePayee.at(Place::line(7))
        };
        assert_eq!(
            fault.vietnamese(),
            "dòng 7, đã có ở 3: Một người có hai dòng cho cùng một kỳ."
        );
        let place = Place {
            column: Some(2),
            ..Place::line(7)
        };
        let fault = FaultKind::NumberMalformed
            .at(place)
            .field("personal_number");
        assert_eq!(
            fault.to_string(),
            "line 7, column 2, personal_number: A personal number has 12 digits and nothing else."
        );
    }
}

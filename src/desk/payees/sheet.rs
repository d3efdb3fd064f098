//! The sheet of a day: who was paid what, where and by whom; for spreadsheets and for paper.

use askama::Template;
use time::OffsetDateTime;
use time::macros::{format_description, offset};
use zeroize::Zeroizing;

use crate::document::Personal;
use crate::payees::Dong;
use crate::store::payees::{Claim, ClaimKind, Kinship, Sheet, SheetClaim};

/// The heading of the table.
const HEADING: [&str; 18] = [
    "Danh sách",
    "Kỳ",
    "Mã",
    "Số định danh",
    "Họ và tên",
    "Số tiền",
    "Loại",
    "Trạng thái",
    "Giờ chi trả",
    "Bàn",
    "Người chi",
    "Phiên",
    "Người nhận thay",
    "Quan hệ",
    "Lý do",
    "Giờ hủy",
    "Người hủy",
    "Lý do hủy",
];

/// The table as CSV (RFC 4180) in UTF-8 with its mark, so that spreadsheets know the encoding. A cell that
/// a spreadsheet would take for a formula begins with an apostrophe; digits of numbers stand in groups,
/// so that no zero is lost.
///
/// # Errors
/// That of the writer, which memory never gives.
pub fn csv(sheet: &Sheet) -> Result<Zeroizing<Vec<u8>>, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(b"\xef\xbb\xbf".to_vec());
    writer.write_record(HEADING)?;
    for claim in &sheet.claims {
        let cells = Zeroizing::new(cells(claim));
        writer.write_record(cells.iter().map(|cell| guarded(cell)))?;
    }
    for conflict in &sheet.conflicts {
        let first = place(&conflict.first);
        let row = [
            conflict.list.clone(),
            conflict.period.clone(),
            conflict.entry.clone(),
            String::new(),
            String::new(),
            conflict.amount.0.to_string(),
            kind(conflict.kind).to_owned(),
            format!("CHI TRẢ HAI LẦN; lần đầu: {first}"),
            clock(conflict.at),
            conflict.desk.clone(),
            conflict.clerk.clone(),
        ];
        writer.write_record(row.iter().map(|cell| guarded(cell)))?;
    }
    for resolved in &sheet.resolved {
        let undone = &resolved.undone;
        let row = [
            resolved.list.clone(),
            resolved.period.clone(),
            resolved.entry.clone(),
            String::new(),
            String::new(),
            undone.amount.0.to_string(),
            kind(undone.kind).to_owned(),
            format!(
                "CHI TRẢ HAI LẦN, ĐÃ XỬ LÝ; giữ lần: {}",
                place(&resolved.kept)
            ),
            clock(undone.at),
            undone.desk.clone(),
            undone.clerk.clone(),
            undone.session.clone().unwrap_or_default(),
            String::new(),
            String::new(),
            String::new(),
            undone
                .undone
                .as_ref()
                .map(|of| clock(of.at))
                .unwrap_or_default(),
            undone
                .undone
                .as_ref()
                .map(|of| of.by.clone())
                .unwrap_or_default(),
            plain(resolved.reason.as_ref()),
        ];
        let row = Zeroizing::new(row.to_vec());
        writer.write_record(row.iter().map(|cell| guarded(cell)))?;
    }
    for sums in &sheet.sums {
        let mut row = vec![sums.list.clone(), sums.period.clone(), "TỔNG".to_owned()];
        row.extend([String::new(), marked(&sums.issuer, sums.signed)]);
        row.push(sums.amount.0.to_string());
        row.push(format!(
            "đã chi {}, trong đó không có thẻ {}, hủy {}, thu lại {}",
            sums.paid, sums.manual, sums.undone, sums.returned
        ));
        row.extend([String::new(), String::new(), sums.desk.clone()]);
        writer.write_record(row.iter().map(|cell| guarded(cell)))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| csv::Error::from(std::io::Error::other(error.to_string())))?;
    Ok(Zeroizing::new(bytes))
}

/// What a spreadsheet would calculate is text.
fn guarded(cell: &str) -> String {
    let begins = cell.trim_start_matches([' ', '\u{a0}']);
    if begins.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\n', '|', '%', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}',
        '\u{ff20}',
    ]) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

fn cells(of: &SheetClaim) -> Vec<String> {
    let claim = &of.claim;
    let undone = claim.undone.as_ref();
    vec![
        of.list.clone(),
        of.period.clone(),
        of.entry.clone(),
        grouped(of.number.as_ref()),
        plain(of.name.as_ref()),
        claim.amount.0.to_string(),
        kind(claim.kind).to_owned(),
        state(claim),
        clock(claim.at),
        claim.desk.clone(),
        claim.clerk.clone(),
        claim.session.clone().unwrap_or_default(),
        grouped(of.representative.as_ref()),
        of.representative_as.map_or("", kinship).to_owned(),
        plain(of.reason.as_ref()),
        undone.map(|undone| clock(undone.at)).unwrap_or_default(),
        undone.map(|undone| undone.by.clone()).unwrap_or_default(),
        plain(of.undone_reason.as_ref()),
    ]
}

fn plain(text: Option<&Personal<String>>) -> String {
    text.map(|text| text.reveal().clone()).unwrap_or_default()
}

/// `001 090 000 001`: text to every spreadsheet.
fn grouped(number: Option<&Personal<String>>) -> String {
    let mut grouped = String::new();
    for (index, digit) in plain(number).chars().enumerate() {
        if index > 0 && index.is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

fn state(claim: &Claim) -> String {
    let state = match (&claim.undone, claim.remote) {
        (Some(_), _) => "đã hủy",
        (None, true) => "đã chi (theo sổ chung)",
        (None, false) => "đã chi",
    };
    if claim.test {
        format!("{state} – THỬ NGHIỆM")
    } else {
        state.to_owned()
    }
}

const fn kind(kind: ClaimKind) -> &'static str {
    match kind {
        ClaimKind::Verified => "thẻ đã xác minh",
        ClaimKind::Manual => "không có thẻ, ngoại lệ",
    }
}

const fn kinship(kind: Kinship) -> &'static str {
    match kind {
        Kinship::Relative => "người thân",
        Kinship::Guardian => "người giám hộ",
        Kinship::Attorney => "người được ủy quyền",
    }
}

fn marked(issuer: &str, signed: bool) -> String {
    if signed {
        issuer.to_owned()
    } else {
        format!("{issuer} (danh sách không có chữ ký)")
    }
}

fn place(claim: &Claim) -> String {
    format!("bàn {}, {}", claim.desk, clock(claim.at))
}

/// Day and time in Asia/Ho_Chi_Minh.
fn clock(at: OffsetDateTime) -> String {
    let form = format_description!("[day]/[month]/[year] [hour]:[minute]:[second]");
    at.to_offset(offset!(+7)).format(&form).unwrap_or_default()
}

/// The sheet as a page of its own, to be printed and signed.
///
/// # Errors
/// That of the template, which text never gives.
pub fn html(
    sheet: &Sheet,
    desk: &str,
    printed: OffsetDateTime,
) -> Result<Zeroizing<String>, askama::Error> {
    let day = sheet.day;
    let claims = sheet.claims.iter().map(|of| Line {
        of,
        number: grouped(of.number.as_ref()),
        name: plain(of.name.as_ref()),
        amount: of.claim.amount,
        kind: kind(of.claim.kind),
        state: state(&of.claim),
        at: clock(of.claim.at),
        why: [&of.reason, &of.undone_reason]
            .into_iter()
            .flatten()
            .map(|reason| reason.reveal().as_str())
            .collect::<Vec<_>>()
            .join("; "),
        through: of.representative_as.map_or_else(String::new, |kind| {
            format!("{} {}", kinship(kind), grouped(of.representative.as_ref()))
        }),
    });
    let total = |own: bool| {
        let sums = sheet.sums.iter().filter(|sums| (sums.desk == desk) == own);
        Dong::sum(sums.map(|sums| sums.amount))
    };
    let sums = sheet.sums.iter().map(|sums| Sum {
        desk: &sums.desk,
        list: &sums.list,
        issuer: marked(&sums.issuer, sums.signed),
        period: &sums.period,
        paid: sums.paid,
        manual: sums.manual,
        undone: sums.undone,
        amount: sums.amount,
        returned: sums.returned,
    });
    let conflicts = sheet.conflicts.iter().map(|conflict| Twice {
        list: &conflict.list,
        period: &conflict.period,
        entry: &conflict.entry,
        amount: conflict.amount,
        first: place(&conflict.first),
        second: format!("bàn {}, {}", conflict.desk, clock(conflict.at)),
    });
    let resolved = sheet.resolved.iter().map(|resolved| Settled {
        list: &resolved.list,
        period: &resolved.period,
        entry: &resolved.entry,
        amount: resolved.undone.amount,
        undone: place(&resolved.undone),
        kept: place(&resolved.kept),
        by: resolved
            .undone
            .undone
            .as_ref()
            .map_or_else(String::new, |of| format!("{}, {}", of.by, clock(of.at))),
        why: plain(resolved.reason.as_ref()),
    });
    let page = Page {
        day: format!("{:02}/{:02}/{:04}", day.day(), day.month(), day.year()),
        desk,
        printed: clock(printed),
        test: sheet.claims.iter().any(|of| of.claim.test),
        sums: sums.collect(),
        claims: claims.collect(),
        conflicts: conflicts.collect(),
        resolved: resolved.collect(),
        total: total(true),
        elsewhere: total(false).filter(|total| *total != Dong(0)),
    };
    page.render().map(Zeroizing::new)
}

struct Line<'a> {
    of: &'a SheetClaim,
    number: String,
    name: String,
    amount: Dong,
    kind: &'static str,
    state: String,
    at: String,
    why: String,
    through: String,
}

struct Sum<'a> {
    desk: &'a str,
    list: &'a str,
    issuer: String,
    period: &'a str,
    paid: u64,
    manual: u64,
    undone: u64,
    amount: Dong,
    returned: Dong,
}

struct Twice<'a> {
    list: &'a str,
    period: &'a str,
    entry: &'a str,
    amount: Dong,
    first: String,
    second: String,
}

struct Settled<'a> {
    list: &'a str,
    period: &'a str,
    entry: &'a str,
    amount: Dong,
    undone: String,
    kept: String,
    by: String,
    why: String,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><title>Bảng chi trả ngày {{ day }}</title>
<style>
body{font:12px/1.4 system-ui,"Noto Sans","DejaVu Sans",sans-serif;margin:1.5rem;color:#000}
h1{font-size:1.4rem;margin:0}h2{font-size:1.05rem;margin:1.2rem 0 .3rem}
table{border-collapse:collapse;width:100%}td,th{border:1px solid #777;padding:.2rem .4rem;text-align:left;vertical-align:top}
.n{text-align:right;white-space:nowrap}.undone td{text-decoration:line-through}.undone td.why{text-decoration:none}
.test{border:2px solid #000;padding:.3rem;font-weight:700;text-align:center}.bad{border:2px solid #000;padding:.5rem}
.sign{display:flex;gap:2rem;margin-top:2rem}.sign p{flex:1;text-align:center;padding-bottom:5rem}
thead{display:table-header-group}tr{break-inside:avoid}@page{size:A4 landscape;margin:12mm}
</style></head><body>
{% if test %}<p class="test">THỬ NGHIỆM – KHÔNG CÓ GIÁ TRỊ</p>{% endif %}
<h1>Bảng chi trả ngày {{ day }}</h1>
<p>Bàn {{ desk }} · in lúc {{ printed }}</p>
<h2>Tổng theo bàn, danh sách và kỳ</h2>
<table><thead><tr><th>Bàn</th><th>Danh sách</th><th>Nơi lập</th><th>Kỳ</th><th class="n">Đã chi</th><th class="n">Không có thẻ</th><th class="n">Đã hủy</th><th class="n">Số tiền (đồng)</th><th class="n">Thu lại (đồng)</th></tr></thead><tbody>
{% for sum in sums %}<tr><td>{{ sum.desk }}</td><td>{{ sum.list }}</td><td>{{ sum.issuer }}</td><td>{{ sum.period }}</td><td class="n">{{ sum.paid }}</td><td class="n">{{ sum.manual }}</td><td class="n">{{ sum.undone }}</td><td class="n">{{ sum.amount }}</td><td class="n">{{ sum.returned }}</td></tr>
{% endfor %}</tbody></table>
{% if let Some(total) = total %}<p><b>Tổng cộng bàn {{ desk }} đã chi trong ngày: {{ total }} đồng</b></p>{% endif %}
{% if let Some(elsewhere) = elsewhere %}<p>Các bàn khác, theo sổ của bàn này: {{ elsewhere }} đồng. Không cộng vào trên.</p>{% endif %}
{% if !conflicts.is_empty() %}<div class="bad"><h2>Chi trả hai lần – phải xử lý</h2>
<table><thead><tr><th>Danh sách</th><th>Kỳ</th><th>Mã</th><th class="n">Số tiền</th><th>Lần đầu</th><th>Lần sau</th></tr></thead><tbody>
{% for twice in conflicts %}<tr><td>{{ twice.list }}</td><td>{{ twice.period }}</td><td>{{ twice.entry }}</td><td class="n">{{ twice.amount }}</td><td>{{ twice.first }}</td><td>{{ twice.second }}</td></tr>
{% endfor %}</tbody></table></div>{% endif %}
{% if !resolved.is_empty() %}<h2>Chi trả hai lần – đã xử lý trong ngày</h2>
<table><thead><tr><th>Danh sách</th><th>Kỳ</th><th>Mã</th><th class="n">Số tiền</th><th>Lần đã hủy</th><th>Lần được giữ</th><th>Người hủy, lúc</th><th>Lý do</th></tr></thead><tbody>
{% for one in resolved %}<tr><td>{{ one.list }}</td><td>{{ one.period }}</td><td>{{ one.entry }}</td><td class="n">{{ one.amount }}</td><td>{{ one.undone }}</td><td>{{ one.kept }}</td><td>{{ one.by }}</td><td>{{ one.why }}</td></tr>
{% endfor %}</tbody></table>{% endif %}
<h2>Các lần chi trả</h2>
<table><thead><tr><th>Danh sách</th><th>Kỳ</th><th>Mã</th><th>Số định danh</th><th>Họ và tên</th><th class="n">Số tiền</th><th>Loại</th><th>Trạng thái</th><th>Lúc</th><th>Bàn</th><th>Người chi</th><th>Nhận thay</th><th>Lý do</th></tr></thead><tbody>
{% for line in claims %}<tr{% if line.of.claim.undone.is_some() %} class="undone"{% endif %}><td>{{ line.of.list }}</td><td>{{ line.of.period }}</td><td>{{ line.of.entry }}</td><td>{{ line.number }}</td><td>{{ line.name }}</td><td class="n">{{ line.amount }}</td><td>{{ line.kind }}</td><td>{{ line.state }}</td><td>{{ line.at }}</td><td>{{ line.of.claim.desk }}</td><td>{{ line.of.claim.clerk }}</td><td>{{ line.through }}</td><td class="why">{{ line.why }}</td></tr>
{% endfor %}</tbody></table>
<div class="sign"><p>Người chi trả</p><p>Kế toán</p><p>Phụ trách</p></div>
</body></html>
"#
)]
struct Page<'a> {
    day: String,
    desk: &'a str,
    printed: String,
    test: bool,
    sums: Vec<Sum<'a>>,
    claims: Vec<Line<'a>>,
    conflicts: Vec<Twice<'a>>,
    resolved: Vec<Settled<'a>>,
    total: Option<Dong>,
    elsewhere: Option<Dong>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{grouped, guarded};
    use crate::document::Personal;

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, expected) in [
            ("=1+1", "'=1+1"),
            ("+84", "'+84"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            (" =1", "' =1"),
            ("＝1", "'＝1"),
            ("Nguyễn", "Nguyễn"),
            ("1500000", "1500000"),
            ("", ""),
        ] {
            assert_eq!(guarded(cell), expected);
        }
    }

    #[test]
    fn a_number_stays_text() {
        let number = Personal::from("001090000001");
        assert_eq!(grouped(Some(&number)), "001 090 000 001");
        assert_eq!(grouped(None), "");
    }
}

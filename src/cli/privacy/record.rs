//! The page of the record of processing (Law 91/2025/QH15; Decree 356/2025), from the configuration.

use core::fmt::Write as _;

use cccd_desk::config::{Config, ReportField, Unsigned};

/// The page, as Markdown. Names nobody.
pub fn page(config: &Config) -> String {
    let mut page = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut page, config);
    page
}

fn write(page: &mut String, config: &Config) -> core::fmt::Result {
    let days = &config.privacy.days;
    writeln!(
        page,
        "# Hồ sơ xử lý dữ liệu cá nhân · Record of processing\n"
    )?;
    writeln!(page, "| | |\n|---|---|")?;
    writeln!(
        page,
        "| Quầy · Desk | {} (`{}`) |",
        cell(&config.desk.name),
        config.desk.id
    )?;
    writeln!(
        page,
        "| Phần mềm · Program | cccd-desk {} |",
        env!("CARGO_PKG_VERSION")
    )?;
    writeln!(
        page,
        "| Căn cứ · Basis | Luật 91/2025/QH15; Nghị định 356/2025; Luật Căn cước 26/2023/QH15 |"
    )?;
    writeln!(page, "| Bên kiểm soát · Controller | … |")?;
    writeln!(page, "| Người phụ trách · Person in charge | … |\n")?;

    writeln!(page, "## Mục đích và thời hạn · Purposes and terms\n")?;
    writeln!(
        page,
        "| Mục đích · Purpose | Thời hạn (ngày) · Term (days) |\n|---|---|"
    )?;
    let [
        (intake, intake_days),
        (result, result_days),
        (payment, payment_days),
    ] = days.by_purpose();
    for (vi, name, term) in [
        ("Tiếp nhận hồ sơ", intake, intake_days),
        ("Trả kết quả", result, result_days),
        ("Chi trả trợ cấp", payment, payment_days),
        ("Khác", "default", days.default),
    ] {
        writeln!(page, "| {vi} · `{name}` | {term} |")?;
    }

    writeln!(page, "\n## Dữ liệu · Data\n")?;
    writeln!(
        page,
        "| Dữ liệu · Data | Loại · Kind | Đến khi · Until |\n|---|---|---|"
    )?;
    let enrolment = match config.fingerprint.enrolment_days {
        0 => "không lưu · not kept".to_owned(),
        days => format!("{days} ngày · days"),
    };
    for (what, kind, until) in [
        (
            "Kết quả xác minh: số định danh, họ tên, ngày sinh · Verdict: number, name, birth date",
            "cơ bản · basic",
            "hết thời hạn · its term".to_owned(),
        ),
        (
            "Chứng cứ: dữ liệu chip, ảnh chân dung · Evidence: the chip's data, portrait",
            "nhạy cảm · sensitive",
            "hết thời hạn · its term".to_owned(),
        ),
        (
            "Báo cáo đã ký · Signed report",
            "cơ bản · basic",
            "có biên nhận và hết thời hạn · receipted, and its term".to_owned(),
        ),
        (
            "Vân tay đăng ký (đặc trưng, không ảnh) · Enrolled fingers (minutiae, no picture)",
            "nhạy cảm · sensitive",
            enrolment,
        ),
        (
            "Chip đã gặp, theo mã băm có khóa của số định danh · Chips met, by a keyed digest of the number",
            "cơ bản · basic",
            format!("{} ngày · days", config.privacy.chip_memory_days),
        ),
        (
            "Danh sách chi trả: số định danh, họ tên, ngày sinh, số tiền · Payees: number, name, birth date, amount",
            "cơ bản · basic",
            format!(
                "{} ngày sau ngày chi cuối · days after its last day",
                days.benefit_payment
            ),
        ),
        (
            "Nhật ký kiểm toán: mã băm có muối · Audit log: salted digests",
            "cơ bản · basic",
            "muối bị xóa khi hết thời hạn · the salt goes with its term".to_owned(),
        ),
    ] {
        writeln!(page, "| {what} | {kind} | {until} |")?;
    }

    writeln!(page, "\n## Bên nhận · Recipients\n")?;
    match &config.report.case_system {
        None => writeln!(
            page,
            "Không có: báo cáo không được gửi. · None: nothing is reported."
        )?,
        Some(endpoint) => {
            let fields: Vec<_> = config
                .report
                .fields
                .iter()
                .map(|field| match field {
                    ReportField::Name => "họ tên · name",
                    ReportField::BirthDate => "ngày sinh · birth date",
                })
                .collect();
            writeln!(
                page,
                "Hệ thống nghiệp vụ · The case system, {endpoint}: số định danh · number{}{}.",
                if fields.is_empty() { "" } else { ", " },
                fields.join(", ")
            )?;
        }
    }

    writeln!(page, "\n## Bảo vệ · Safeguards\n")?;
    for line in [
        "Cơ sở dữ liệu mã hóa (SQLCipher, AES-256), khóa ở tệp riêng 0600 hoặc systemd. · The database is encrypted; its key stands in a file of mode 0600 or comes from systemd.",
        "Nhật ký không có dữ liệu cá nhân; nhật ký kiểm toán là chuỗi băm. · Logs name nobody; the audit log is a hash chain.",
        "Hết thời hạn thì xóa thật: ghi đè, viết lại tệp; kiểm tra mỗi giờ. · What is over is truly erased: overwritten, and the file written anew; looked at once an hour.",
        "Chủ thể dữ liệu: `cccd-desk privacy export` và `erase`, trả lời trong 2 ngày làm việc. · A data subject is answered within 2 working days.",
        "Vi phạm: thông báo trong 72 giờ. · A breach is told of within 72 hours.",
        match config.payees.unsigned {
            Unsigned::Refuse => {
                "Danh sách chi trả không có chữ ký bị từ chối. · Lists of payees without a signature are refused."
            }
            Unsigned::Allow => {
                "Danh sách chi trả không có chữ ký được nhận và được đánh dấu. · Lists of payees without a signature are taken, and marked."
            }
        },
    ] {
        writeln!(page, "- {line}")?;
    }
    Ok(())
}

/// A text that does not break out of its cell.
fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|")
}

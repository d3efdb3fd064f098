//! What keeps the desk from recording, in the words of the page.

use super::words;
use crate::decision::reason::Sentence;
use crate::store::Trouble;

/// What is the matter, and what to do next.
#[must_use]
pub const fn told(trouble: Trouble) -> (Sentence, Sentence) {
    match trouble {
        Trouble::DiskFull => (
            words(
                "Đĩa của máy đã đầy: không ghi thêm được gì, và không mất gì.",
                "The disk is full: nothing can be recorded, and nothing was lost.",
            ),
            words(
                "Báo người phụ trách giải phóng đĩa, rồi đọc lại thẻ.",
                "Ask the operator to free some room, then read the card again.",
            ),
        ),
        Trouble::DiskAlmostFull => (
            words("Đĩa của máy sắp đầy.", "The disk is almost full."),
            words(
                "Báo người phụ trách giải phóng đĩa trước khi không ghi được nữa.",
                "Ask the operator to free some room before nothing can be recorded any more.",
            ),
        ),
        Trouble::DiskReadOnly => (
            words(
                "Đĩa của máy chỉ đọc được, không ghi được.",
                "The disk can be read and not written.",
            ),
            words(
                "Báo người phụ trách kiểm tra đĩa và gắn lại để ghi, rồi đọc lại thẻ.",
                "Ask the operator to check the disk and mount it for writing, then read the card again.",
            ),
        ),
        Trouble::DatabaseLocked => (
            words(
                "Chương trình khác đang giữ cơ sở dữ liệu của bàn.",
                "Another program holds the desk's database.",
            ),
            words(
                "Chờ một lát rồi đọc lại thẻ; nếu vẫn vậy, báo người phụ trách.",
                "Wait a moment and read the card again; if it stays so, tell the operator.",
            ),
        ),
        Trouble::DatabaseFailed => (
            words(
                "Cơ sở dữ liệu của bàn gặp lỗi.",
                "The desk's database fails.",
            ),
            words(
                "Báo người phụ trách chạy cccd-desk doctor, rồi đọc lại thẻ.",
                "Ask the operator to run cccd-desk doctor, then read the card again.",
            ),
        ),
        Trouble::OutboxFull => (
            words(
                "Quá nhiều báo cáo chưa được nhận: bàn không mở phiên mới.",
                "Too many reports lack their receipt: no further session is opened.",
            ),
            words(
                "Báo người phụ trách kiểm tra kết nối với hệ thống hồ sơ; báo cáo không mất và sẽ tự gửi lại.",
                "Ask the operator to look at the connection to the case system; no report is lost, and each is sent again by itself.",
            ),
        ),
        Trouble::OutboxAlmostFull => (
            words(
                "Nhiều báo cáo chưa được nhận: sắp không mở được phiên mới.",
                "Many reports lack their receipt: soon no further session is opened.",
            ),
            words(
                "Báo người phụ trách kiểm tra kết nối với hệ thống hồ sơ.",
                "Ask the operator to look at the connection to the case system.",
            ),
        ),
        Trouble::ClockLeapt => (
            words(
                "Đồng hồ của máy đi trước rất xa so với những gì đã được ghi: tạm thời không xóa dữ liệu hết hạn.",
                "The machine's clock is far ahead of what was recorded: nothing whose term is over is erased for now.",
            ),
            words(
                "Báo người phụ trách kiểm tra ngày giờ; nếu đúng, chạy: cccd-desk privacy purge",
                "Ask the operator to look at date and time, and where they are right to run: cccd-desk privacy purge",
            ),
        ),
        Trouble::PaymentsHeld => (
            words(
                "Cơ sở dữ liệu được khôi phục từ bản sao: không rõ những khoản đã chi sau đó, nên tạm dừng chi.",
                "The database is a restored copy: what was paid since is not known, and nobody is paid.",
            ),
            words(
                "Không chi cho ai. Báo người phụ trách đối chiếu bảng kê các ngày, rồi chạy: cccd-desk payees release",
                "Pay nobody. Ask the operator to go through the sheets of the days since, and then to run: cccd-desk payees release",
            ),
        ),
        Trouble::ClockBehind => (
            words(
                "Đồng hồ của máy chậm hơn những gì đã được ghi.",
                "The machine's clock is behind what was recorded already.",
            ),
            words(
                "Báo người phụ trách đặt lại giờ trước khi đọc thẻ tiếp theo.",
                "Ask the operator to set the clock before the next card is read.",
            ),
        ),
    }
}

//! How a session ends without a verdict, in the words of the page.

use super::ports::Trouble;
use super::session::End;
use super::wording::trouble::told;
use super::wording::words;
use crate::decision::Reason;
use crate::decision::reason;

/// Someone called it off.
pub const CANCELLED: End = End {
    code: "cancelled",
    sentence: words("Phiên đã được hủy.", "The session was called off."),
    next_action: words(
        "Quét mã của người tiếp theo.",
        "Scan the next person's code.",
    ),
};

/// No key came within the wait.
pub const KEY_WAIT: End = End {
    code: "key-wait-elapsed",
    sentence: words("Hết thời gian chờ mã.", "No code came within the time."),
    next_action: words(
        "Quét mã QR để bắt đầu lại.",
        "Scan the QR code to begin anew.",
    ),
};

/// No card came within the wait.
pub const NO_CARD: End = from_reason(reason::NO_CARD);

/// The reader was gone when the wait for a card ended.
pub const READER_LOST: End = from_reason(reason::READER_LOST);

/// The smart card service was gone when the wait for a card ended.
pub const SERVICE_LOST: End = from_reason(reason::READER_SERVICE_LOST);

/// The reading did not end within its time.
pub const READ_TIMEOUT: End = from_reason(reason::READ_TIMEOUT);

/// The verdict could not be recorded.
pub const NOT_RECORDED: End = End {
    code: "not-recorded",
    sentence: words(
        "Không ghi được kết quả vào sổ, nên kết quả không được dùng.",
        "The verdict could not be recorded; therefore it does not count.",
    ),
    next_action: words(
        "Báo người phụ trách kiểm tra đĩa và cơ sở dữ liệu, rồi đọc lại thẻ.",
        "Ask the operator to check disk and database, then read the card again.",
    ),
};

/// The verdict could not be recorded, for a reason that is known.
#[must_use]
pub const fn not_recorded(trouble: Option<Trouble>) -> End {
    match trouble {
        None => NOT_RECORDED,
        Some(trouble) => {
            let (sentence, next_action) = told(trouble);
            End {
                code: trouble.code(),
                sentence,
                next_action,
            }
        }
    }
}

/// The program is being stopped.
pub const STOPPED: End = End {
    code: "desk-stopped",
    sentence: words("Chương trình đang dừng.", "The program is being stopped."),
    next_action: words(
        "Mở lại chương trình rồi đọc lại thẻ.",
        "Start it again and read the card again.",
    ),
};

const fn from_reason(reason: Reason) -> End {
    let entry = reason.entry();
    End {
        code: entry.code,
        sentence: entry.sentence,
        next_action: entry.next_action,
    }
}

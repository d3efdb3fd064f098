//! What the control API refuses, in the words of the desk's own API.

use crate::desk::api::problem::{self, Problem, problems};
use crate::simulation::desk::refusal::StageRefusal;

problems! {
    UNKNOWN_READER = "unknown-reader" NOT_FOUND {
        "Không có đầu đọc mô phỏng tên này.", "There is no simulated reader of that name.",
        "Chọn một tên trong known, hoặc cắm đầu đọc trước.", "Choose one of `known`, or plug the reader in first.",
    }
    UNKNOWN_PERSONA = "unknown-persona" UNPROCESSABLE_ENTITY {
        "Không có nhân vật mô phỏng tên này.", "There is no persona of that name.",
        "Chọn một tên trong known.", "Choose one of `known`.",
    }
    UNKNOWN_DEFECT = "unknown-defect" UNPROCESSABLE_ENTITY {
        "Không có lỗi mô phỏng tên này.", "There is no defect of that name.",
        "Xem nearest, hoặc GET /v1/catalogue.", "See `nearest`, or GET /v1/catalogue.",
    }
    PERSONA_MALFORMED = "persona-malformed" UNPROCESSABLE_ENTITY {
        "Nhân vật mô phỏng viết sai hoặc tự mâu thuẫn.", "The persona has a mistake, or contradicts itself.",
        "Xem detail: dòng nào sai và sửa thế nào.", "See `detail`: which line, and what would be right.",
    }
    NOT_TO_BE_HAD = "not-to-be-had" UNPROCESSABLE_ENTITY {
        "Các phần này không thể đi cùng nhau.", "These parts cannot be had together.",
        "Xem detail rồi sửa yêu cầu.", "See `detail`, and mend the request.",
    }
    NO_CARD = "no-card" CONFLICT {
        "Không có thẻ để làm việc đó.", "There is no card to do that with.",
        "Đặt một thẻ lên đầu đọc trước.", "Lay a card on the reader first.",
    }
    SCAN_NOT_TAKEN = "scan-not-taken" CONFLICT {
        "Không phiên nào nhận mã vừa quét.", "No session took the scan.",
        "Mở phiên trên đầu đọc này trước khi quét.", "Open a session on this reader before the scan.",
    }
    OUT_OF_BOUNDS = "out-of-bounds" UNPROCESSABLE_ENTITY {
        "Giá trị vượt giới hạn.", "A value is beyond its bounds.",
        "Xem detail để biết giới hạn.", "See `detail` for the bounds.",
    }
    NOT_REACHED = "not-reached" GATEWAY_TIMEOUT {
        "Điều được chờ chưa xảy ra trong thời gian đã cho.", "What was waited for has not come in the time given.",
        "Xem trạng thái hiện tại, rồi chờ lại.", "Look at the state now, and wait again.",
    }
}

impl From<StageRefusal> for Problem {
    fn from(refusal: StageRefusal) -> Self {
        let detail = refusal.to_string();
        let known = |kind, known: Vec<String>| Self::new(kind).with("known", known.into());
        match refusal {
            StageRefusal::Reader { known: names } => known(UNKNOWN_READER, names),
            StageRefusal::Persona { known: names } => known(UNKNOWN_PERSONA, names),
            StageRefusal::Defect { near } => Self::new(UNKNOWN_DEFECT).with("nearest", near.into()),
            StageRefusal::Impossible(_) => NOT_TO_BE_HAD.into(),
            StageRefusal::NoCard(_) => NO_CARD.into(),
            StageRefusal::NotTaken(_) => SCAN_NOT_TAKEN.into(),
            StageRefusal::Bounds { .. } => OUT_OF_BOUNDS.into(),
        }
        .detail(detail)
    }
}

/// A body that says two things at once, or nothing.
pub(super) fn invalid(detail: &'static str) -> Problem {
    Problem::new(problem::INVALID_REQUEST).detail(detail)
}

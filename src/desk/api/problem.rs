//! Errors as problem documents (RFC 9457) with a stable code and words for the clerk. Those of scanners
//! and cameras stand in [`devices`].

pub mod devices;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::decision::reason::Sentence;
use crate::desk::key::KeyRefused;
use crate::desk::ports::Trouble;
use crate::desk::refusal::Refusal;
use crate::desk::session::State;
use crate::desk::wording::Words;

/// A problem that the API knows.
#[derive(Debug)]
pub struct Kind {
    /// The stable code.
    pub code: &'static str,
    /// The HTTP status.
    pub status: StatusCode,
    /// What is the matter.
    pub sentence: Sentence,
    /// What to do next.
    pub next_action: Sentence,
}

/// Declares the problems and lists them.
macro_rules! problems {
    ($($name:ident = $code:literal $status:ident {
        $vi:literal, $en:literal, $next_vi:literal, $next_en:literal $(,)?
    })*) => {
        $(
            #[doc = concat!("`", $code, "`: ", $en)]
            pub const $name: &$crate::desk::api::problem::Kind =
                &$crate::desk::api::problem::Kind {
                    code: $code,
                    status: axum::http::StatusCode::$status,
                    sentence: $crate::desk::wording::words($vi, $en),
                    next_action: $crate::desk::wording::words($next_vi, $next_en),
                };
        )*
        /// Every problem of this list.
        pub const ALL: &[&$crate::desk::api::problem::Kind] = &[$($name),*];
    };
}
pub(crate) use problems;

problems! {
    HOST_NOT_ALLOWED = "host-not-allowed" FORBIDDEN {
        "Yêu cầu đến qua một tên máy không được phép.", "The request came by a host name that is not allowed.",
        "Mở trang bằng địa chỉ mà chương trình đã in ra.", "Open the page by the address that the program printed.",
    }
    ORIGIN_NOT_ALLOWED = "origin-not-allowed" FORBIDDEN {
        "Yêu cầu đến từ một trang web khác.", "The request came from another web page.",
        "Chỉ dùng trang của chính bàn này.", "Use the desk's own page.",
    }
    TOKEN_MISSING = "token-missing" UNAUTHORIZED {
        "Trang hoặc chương trình này chưa được ghép với bàn.", "This page or program is not paired with the desk.",
        "Mở lại địa chỉ mà chương trình đã in ra, hoặc ghép lại.", "Open the printed address again, or pair anew.",
    }
    TOKEN_UNKNOWN = "token-unknown" UNAUTHORIZED {
        "Mã truy cập không còn hiệu lực.", "The token is not known, or not any more.",
        "Ghép lại với bàn.", "Pair with the desk anew.",
    }
    PAIRING_REFUSED = "pairing-refused" FORBIDDEN {
        "Mã ghép sai, đã dùng hoặc đã hết hạn.", "The pairing secret is wrong, used or expired.",
        "Chạy lại chương trình với --pair để có mã mới.", "Start the program with --pair for a new one.",
    }
    ROLE_NOT_ALLOWED = "role-not-allowed" FORBIDDEN {
        "Vai trò này không được làm việc đó.", "This role may not do that.",
        "Dùng tài khoản đúng vai trò.", "Use a token of the right role.",
    }
    RATE_LIMITED = "rate-limited" TOO_MANY_REQUESTS {
        "Quá nhiều yêu cầu trong thời gian ngắn.", "Too many requests in a short time.",
        "Chờ vài giây rồi thử lại.", "Wait some seconds and try again.",
    }
    TOO_SLOW = "took-too-long" GATEWAY_TIMEOUT {
        "Bàn không trả lời kịp.", "The desk did not answer in time.",
        "Thử lại; nếu vẫn vậy, báo người phụ trách.", "Try again; if it stays so, tell the operator.",
    }
    NOT_FOUND = "not-found" NOT_FOUND {
        "Không có địa chỉ này.", "There is nothing at this address.",
        "Xem /openapi.json để biết các địa chỉ có.", "See /openapi.json for what there is.",
    }
    METHOD_NOT_ALLOWED = "method-not-allowed" METHOD_NOT_ALLOWED {
        "Địa chỉ này không nhận phương thức đó.", "This address does not take that method.",
        "Xem /openapi.json để biết các phương thức.", "See /openapi.json for the methods.",
    }
    BODY_TOO_LARGE = "body-too-large" PAYLOAD_TOO_LARGE {
        "Nội dung gửi lên quá lớn.", "The request's body is too large.",
        "Gửi đúng nội dung của mã hoặc các trường.", "Send the code or the fields alone.",
    }
    NOT_JSON = "not-json" UNSUPPORTED_MEDIA_TYPE {
        "Nội dung phải là application/json.", "The body must be application/json.",
        "Đặt Content-Type: application/json.", "Set Content-Type: application/json.",
    }
    MALFORMED_JSON = "malformed-json" BAD_REQUEST {
        "Nội dung gửi lên không phải JSON đúng.", "The body is no well-formed JSON.",
        "Sửa nội dung rồi gửi lại.", "Mend the body and send it again.",
    }
    INVALID_REQUEST = "invalid-request" UNPROCESSABLE_ENTITY {
        "Nội dung gửi lên thiếu hoặc sai trường.", "A field of the body is missing, unknown or of the wrong form.",
        "Sửa trường được nêu rồi gửi lại.", "Mend the field that is named and send it again.",
    }
    UNKNOWN_SESSION = "unknown-session" NOT_FOUND {
        "Không có phiên này.", "There is no such session.",
        "Mở phiên mới.", "Open a new session.",
    }
    WRONG_STATE = "wrong-state" CONFLICT {
        "Phiên không còn ở bước này.", "The session is not at this step.",
        "Xem trạng thái của phiên; nếu đã xong, mở phiên mới.", "Look at the session's state; if it is over, open a new one.",
    }
    NO_READER = "no-reader" SERVICE_UNAVAILABLE {
        "Chưa có đầu đọc thẻ nào được cắm.", "No card reader is attached.",
        "Cắm đầu đọc thẻ rồi thử lại.", "Attach a card reader and try again.",
    }
    UNKNOWN_READER = "unknown-reader" UNPROCESSABLE_ENTITY {
        "Không có đầu đọc tên này.", "There is no reader of that name.",
        "Chọn một trong các đầu đọc được nêu.", "Choose one of the readers that are named.",
    }
    READER_IN_USE = "reader-in-use" CONFLICT {
        "Đầu đọc đang phục vụ một phiên khác.", "The reader serves another session.",
        "Kết thúc hoặc hủy phiên đó trước.", "End or cancel that session first.",
    }
    NO_ROOM = "no-room" INSUFFICIENT_STORAGE {
        "Đĩa của máy không còn đủ chỗ cho một phiên nữa.", "The disk has no room for another session.",
        "Báo người phụ trách giải phóng đĩa rồi thử lại.", "Ask the operator to free some room, then try again.",
    }
    OUTBOX_FULL = "outbox-full" INSUFFICIENT_STORAGE {
        "Quá nhiều báo cáo chưa được nhận: bàn không mở phiên mới.", "Too many reports lack their receipt: no further session is opened.",
        "Báo người phụ trách kiểm tra kết nối với hệ thống hồ sơ; không báo cáo nào bị mất.", "Ask the operator to look at the connection to the case system; no report is lost.",
    }
    TOO_MANY_SESSIONS = "too-many-sessions" SERVICE_UNAVAILABLE {
        "Bàn đang giữ quá nhiều phiên.", "The desk holds too many sessions.",
        "Kết thúc các phiên cũ rồi thử lại.", "End old sessions and try again.",
    }
    TOO_MANY_LISTENERS = "too-many-listeners" SERVICE_UNAVAILABLE {
        "Quá nhiều kết nối đang theo dõi bàn.", "Too many connections listen to the desk.",
        "Đóng bớt trang rồi thử lại.", "Close some pages and try again.",
    }
    UNKNOWN_POLICY = "unknown-policy" UNPROCESSABLE_ENTITY {
        "Không có quy định kiểm tra tên này.", "There is no policy of that name.",
        "Chọn một trong các tên được nêu.", "Choose one of those that are named.",
    }
    POLICY_NOT_ALLOWED = "policy-not-allowed" FORBIDDEN {
        "Mục đích quyết định quy định kiểm tra; không được chọn khác.", "The purpose decides the policy; no other can be chosen.",
        "Bỏ trường policy.", "Leave the field policy out.",
    }
    KEY_NOT_A_CARD_CODE = "key-not-a-card-code" UNPROCESSABLE_ENTITY {
        "Mã vừa quét không phải mã của thẻ căn cước.", "The code is not that of a citizen card.",
        "Quét mã QR trên thẻ, hoặc ba dòng MRZ ở mặt sau.", "Scan the QR code of the card, or the three MRZ lines on its back.",
    }
    KEY_QR_MALFORMED = "key-qr-malformed" UNPROCESSABLE_ENTITY {
        "Mã QR không có đủ các trường của thẻ căn cước.", "The QR code has not the fields of a citizen card.",
        "Quét lại; nếu vẫn vậy, gõ số thẻ cùng ngày sinh và ngày hết hạn.", "Scan again; if it stays so, type the document number and both dates.",
    }
    KEY_MRZ_MALFORMED = "key-mrz-malformed" UNPROCESSABLE_ENTITY {
        "Dòng mã máy đọc không đủ ký tự hoặc có ký tự lạ.", "The machine readable zone has the wrong length, or characters that it may not have.",
        "Gõ lại đủ ba dòng ở mặt sau thẻ, hoặc hai dòng của hộ chiếu.", "Type the three lines on the card's back again, or the two of a passport.",
    }
    KEY_MRZ_CHECK_DIGIT = "key-mrz-check-digit" UNPROCESSABLE_ENTITY {
        "Số kiểm tra của dòng mã máy đọc không khớp: có ký tự gõ sai.", "A check digit of the machine readable zone is wrong: a character is mistyped.",
        "Gõ lại đủ ba dòng ở mặt sau thẻ, hoặc hai dòng của hộ chiếu.", "Type the three lines on the card's back again, or the two of a passport.",
    }
    KEY_NUMBER_MALFORMED = "key-number-malformed" UNPROCESSABLE_ENTITY {
        "Số vừa gõ không đủ chữ số hoặc có ký tự lạ.", "The number has the wrong length or characters.",
        "Gõ lại 12 số định danh (hoặc 6 số CAN).", "Type the 12 digits (or the CAN's six) again.",
    }
    KEY_DATE_MALFORMED = "key-date-malformed" UNPROCESSABLE_ENTITY {
        "Ngày vừa gõ không có trong lịch.", "The date is not a calendar date.",
        "Gõ lại ngày theo năm-tháng-ngày.", "Type the date as year-month-day.",
    }
    KEY_TOO_LONG = "key-too-long" UNPROCESSABLE_ENTITY {
        "Nội dung quét dài hơn mọi mã của thẻ.", "The text is longer than any code of a card.",
        "Quét lại mã QR trên thẻ.", "Scan the QR code of the card again.",
    }
    KEY_OPENS_NOTHING = "key-opens-nothing" UNPROCESSABLE_ENTITY {
        "Chỉ với số này thì chưa mở được chip.", "This number alone does not open the chip here.",
        "Quét mã QR trên thẻ, hoặc gõ số thẻ cùng ngày sinh và ngày hết hạn.", "Scan the card's QR code, or type the document number with both dates.",
    }
    NO_PORTRAIT = "no-portrait" NOT_FOUND {
        "Không có ảnh chân dung đã được xác nhận chữ ký.", "There is no portrait that is signed, or none any more.",
        "So người với ảnh in trên thẻ.", "Compare the person with the printed photo.",
    }
    NO_EVIDENCE = "no-evidence" NOT_FOUND {
        "Không có hồ sơ bằng chứng, hoặc đã được xóa.", "There is no evidence, or none any more.",
        "Đọc lại thẻ nếu cần.", "Read the card again if need be.",
    }
    NOT_WANTED = "not-wanted" CONFLICT {
        "Phiên này không chờ việc đó.", "The session does not wait for this.",
        "Xem person.wanted của phiên.", "See the session's person.wanted.",
    }
    COMPARING = "comparing" CONFLICT {
        "Đang so sánh.", "A comparison runs already.",
        "Chờ kết quả rồi gửi lại nếu cần.", "Wait for its end, and send again if need be.",
    }
    CLERK_ALONE = "clerk-alone" FORBIDDEN {
        "Chỉ cán bộ tại quầy mới được xác nhận điều mình nhìn thấy.", "Only a clerk can say what a clerk sees.",
        "Xác nhận trên trang của quầy.", "Say so on the desk's page.",
    }
    NO_SENSOR = "no-sensor" SERVICE_UNAVAILABLE {
        "Bàn này chưa cài đặt cảm biến vân tay.", "This desk has no fingerprint sensor set up.",
        "So khuôn mặt theo quy trình; báo bộ phận kỹ thuật nếu bàn phải có cảm biến.", "Compare the face, as the procedure says; tell technical support if there should be a sensor.",
    }
    UNKNOWN_FINGER = "unknown-finger" CONFLICT {
        "Không có vân tay đã lưu của ngón này, hoặc đã lấy đủ số lần.", "Nothing is stored of that finger, or it was taken as often as may be.",
        "Chọn ngón khác trong finger.known, hoặc so khuôn mặt.", "Choose another finger of finger.known, or compare the face.",
    }
    NOT_ENROLLING = "not-enrolling" CONFLICT {
        "Phiên này không đăng ký vân tay được.", "No finger can be enrolled in this session.",
        "Chỉ đăng ký sau khi thẻ và khuôn mặt đã được xác nhận, ở bàn có cho phép.", "Enrol only after card and face were verified, at a desk that allows it.",
    }
    NO_OVERRIDE = "no-override" FORBIDDEN {
        "Quy định kiểm tra không cho vai trò này tiếp tục với kết quả đó.", "The policy does not let this role go on with such a verdict.",
        "Mời người phụ trách quyết định, hoặc làm lại phần còn thiếu.", "Ask the supervisor to decide, or perform what is missing.",
    }
    NO_CONSENT = "no-consent" UNPROCESSABLE_ENTITY {
        "Chưa ghi nhận sự đồng ý của công dân.", "The person's consent was not recorded.",
        "Giải thích mục đích và thời hạn lưu, hỏi ý kiến, rồi gửi consent: true.", "Explain what for and how long, ask, and send consent: true.",
    }
    STORE_UNAVAILABLE = "store-unavailable" SERVICE_UNAVAILABLE {
        "Cơ sở dữ liệu của bàn không trả lời.", "The desk's store does not answer.",
        "Báo người phụ trách kiểm tra đĩa.", "Ask the operator to check the disk.",
    }
    NOT_READY = "not-ready" SERVICE_UNAVAILABLE {
        "Bàn đang dừng hoặc chưa sẵn sàng.", "The desk is stopping, or not ready.",
        "Chờ rồi thử lại.", "Wait and try again.",
    }
    UNKNOWN_CARD = "unknown-card" UNPROCESSABLE_ENTITY {
        "Không có thẻ mô phỏng, lỗi hoặc đầu đọc tên này.", "There is no simulated card, defect or reader of that name.",
        "Chọn một tên trong danh sách.", "Choose a name from the list.",
    }
    INTERNAL_ERROR = "internal-error" INTERNAL_SERVER_ERROR {
        "Có lỗi bên trong chương trình.", "Something broke inside the program.",
        "Thử lại; nếu vẫn vậy, báo người phụ trách.", "Try again; if it stays so, tell the operator.",
    }
}

/// One error, on its way to the caller.
#[derive(Debug)]
pub struct Problem {
    kind: &'static Kind,
    detail: Option<String>,
    more: Map<String, Value>,
}

/// A problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
pub struct ProblemDocument {
    /// `urn:cccd-desk:problem:` and the code.
    pub r#type: String,
    /// What is the matter, in English.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: &'static str,
    /// What is the matter, for the clerk.
    pub sentence: Words,
    /// What to do next.
    pub next_action: Words,
    /// What it is about this time; holds no personal data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// More facts of some problems: `state`, `known`, `retry_after`.
    #[serde(flatten)]
    #[schema(ignore)]
    pub more: Map<String, Value>,
}

impl Problem {
    /// A problem of that kind.
    #[must_use]
    pub fn new(kind: &'static Kind) -> Self {
        Self {
            kind,
            detail: None,
            more: Map::new(),
        }
    }

    /// Says what it is about this time.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.to_owned(), value);
        self
    }

    /// What kind it is.
    #[must_use]
    pub const fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// The status that it is sent with.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.kind.status
    }
}

impl From<&'static Kind> for Problem {
    fn from(kind: &'static Kind) -> Self {
        Self::new(kind)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = ProblemDocument {
            r#type: format!("urn:cccd-desk:problem:{}", self.kind.code),
            title: self.kind.sentence.en,
            status: self.kind.status.as_u16(),
            code: self.kind.code,
            sentence: self.kind.sentence.into(),
            next_action: self.kind.next_action.into(),
            detail: self.detail,
            more: self.more,
        };
        let mut response = (self.kind.status, Json(document)).into_response();
        let problem = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, problem);
        if self.kind.status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer realm=\"cccd-desk\"");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, bearer);
        }
        response
    }
}

impl From<KeyRefused> for Problem {
    fn from(refused: KeyRefused) -> Self {
        Self::new(match refused {
            KeyRefused::NotACardCode => KEY_NOT_A_CARD_CODE,
            KeyRefused::QrMalformed => KEY_QR_MALFORMED,
            KeyRefused::MrzMalformed => KEY_MRZ_MALFORMED,
            KeyRefused::MrzCheckDigit => KEY_MRZ_CHECK_DIGIT,
            KeyRefused::NumberMalformed => KEY_NUMBER_MALFORMED,
            KeyRefused::DateMalformed => KEY_DATE_MALFORMED,
            KeyRefused::TooLong => KEY_TOO_LONG,
            KeyRefused::OpensNothing => KEY_OPENS_NOTHING,
        })
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let known = |kind, known: Vec<String>| Self::new(kind).with("known", json!(known));
        match refusal {
            Refusal::UnknownSession => UNKNOWN_SESSION.into(),
            Refusal::WrongState(state) => wrong_state(state),
            Refusal::NoReader => NO_READER.into(),
            Refusal::UnknownReader { known: names } => known(UNKNOWN_READER, names),
            Refusal::ReaderInUse => READER_IN_USE.into(),
            Refusal::NoRoom(Trouble::OutboxFull) => OUTBOX_FULL.into(),
            Refusal::NoRoom(_) => NO_ROOM.into(),
            Refusal::TooManySessions => TOO_MANY_SESSIONS.into(),
            Refusal::TooManyListeners => TOO_MANY_LISTENERS.into(),
            Refusal::UnknownPolicy { known: names } => known(UNKNOWN_POLICY, names),
            Refusal::PolicyNotAllowed => POLICY_NOT_ALLOWED.into(),
            Refusal::Key(refused) => refused.into(),
            Refusal::NoPortrait => NO_PORTRAIT.into(),
            Refusal::NoEvidence => NO_EVIDENCE.into(),
            Refusal::NotRecorded => STORE_UNAVAILABLE.into(),
            Refusal::NotWanted => NOT_WANTED.into(),
            Refusal::Comparing => COMPARING.into(),
            Refusal::ClerkAlone => CLERK_ALONE.into(),
            Refusal::NoSensor => NO_SENSOR.into(),
            Refusal::UnknownFinger => UNKNOWN_FINGER.into(),
            Refusal::NotEnrolling => NOT_ENROLLING.into(),
            Refusal::NoOverride => NO_OVERRIDE.into(),
            Refusal::NoConsent => NO_CONSENT.into(),
            Refusal::ScanGone => devices::SCAN_GONE.into(),
            Refusal::ProposalGone => devices::PROPOSAL_GONE.into(),
            Refusal::Camera(fault) => {
                Self::new(devices::of_camera(fault)).detail(fault.to_string())
            }
            Refusal::NotReady => NOT_READY.into(),
        }
    }
}

fn wrong_state(state: State) -> Problem {
    Problem::new(WRONG_STATE).with("state", json!(state))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{ALL, devices};

    #[test]
    fn every_problem_has_a_code_of_its_own_and_all_its_words() {
        let all = || ALL.iter().chain(devices::ALL);
        let codes: BTreeSet<_> = all().map(|kind| kind.code).collect();
        assert_eq!(codes.len(), all().count());
        for kind in all() {
            assert!(
                kind.status.is_client_error() || kind.status.is_server_error(),
                "{}",
                kind.code
            );
            for text in [kind.sentence, kind.next_action] {
                assert!(
                    text.vi.ends_with('.') && text.en.ends_with('.'),
                    "{}",
                    kind.code
                );
            }
        }
    }
}

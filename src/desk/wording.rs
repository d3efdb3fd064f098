//! What the page says of checks and phases, in the clerk's language and in English.
//! What it says of reasons comes from [`crate::decision::reason`].

pub mod fingers;
pub mod trouble;

use serde::Serialize;
use utoipa::ToSchema;

use crate::decision::reason::Sentence;
use crate::decision::reconciliation::Difference;
use crate::decision::{CheckId, CheckResult};

/// A sentence in both languages, as the API gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Words {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

impl From<Sentence> for Words {
    fn from(sentence: Sentence) -> Self {
        Self {
            vi: sentence.vi.to_owned(),
            en: sentence.en.to_owned(),
        }
    }
}

/// Shorthand for a sentence.
pub(crate) const fn words(vi: &'static str, en: &'static str) -> Sentence {
    Sentence { vi, en }
}

/// Which group of checks a clerk finds one in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// The card could be opened and read.
    Reading,
    /// The state signed the data.
    Issuer,
    /// The data are whole and the chip is no copy.
    Chip,
    /// What the card says fits.
    Content,
    /// The person and the case.
    Person,
}

impl Group {
    /// All groups in the order of the page.
    pub const ALL: [Self; 5] = [
        Self::Reading,
        Self::Issuer,
        Self::Chip,
        Self::Content,
        Self::Person,
    ];

    /// Its heading.
    #[must_use]
    pub const fn title(self) -> Sentence {
        match self {
            Self::Reading => words("Đọc thẻ", "Reading the card"),
            Self::Issuer => words("Chữ ký của cơ quan cấp", "Signature of the issuer"),
            Self::Chip => words("Chip và dữ liệu", "Chip and data"),
            Self::Content => words("Nội dung thẻ", "Content of the card"),
            Self::Person => words("Người và hồ sơ", "Person and dossier"),
        }
    }
}

/// The group of a check.
#[must_use]
pub const fn group(id: CheckId) -> Group {
    match id {
        CheckId::Link | CheckId::Access | CheckId::Dg1Read | CheckId::SodRead => Group::Reading,
        CheckId::SodHash
        | CheckId::SodSignature
        | CheckId::DscSignature
        | CheckId::DscProfile
        | CheckId::DscTime
        | CheckId::DscRevocation
        | CheckId::Country
        | CheckId::IssuePeriod => Group::Issuer,
        CheckId::ComSod
        | CheckId::DgHash(_)
        | CheckId::CardaccessAuth
        | CheckId::ChipAuth
        | CheckId::Ta => Group::Chip,
        CheckId::Dg2
        | CheckId::Dg13
        | CheckId::Expiry
        | CheckId::PrintChip
        | CheckId::NumberForm => Group::Content,
        CheckId::Dossier
        | CheckId::Status
        | CheckId::History
        | CheckId::Register
        | CheckId::Face
        | CheckId::ClerkLook
        | CheckId::Fingerprint => Group::Person,
    }
}

/// What a check is called on the page. A data group's hash names its group.
#[must_use]
pub fn check_title(id: CheckId) -> Words {
    let title = match id {
        CheckId::Link => words("Kết nối với chip", "Connection to the chip"),
        CheckId::Access => words("Mở khóa chip", "Access to the chip"),
        CheckId::Dg1Read => words("Vùng đọc máy (DG1)", "Machine readable zone (DG1)"),
        CheckId::SodRead => words("Tệp chữ ký (SOD)", "Security object (SOD)"),
        CheckId::SodHash => words("Nội dung được ký còn nguyên", "Signed content is intact"),
        CheckId::SodSignature => words("Chữ ký trên dữ liệu", "Signature over the data"),
        CheckId::DscSignature => words("Chứng thư người ký", "Signer's certificate"),
        CheckId::DscProfile => words("Quyền của chứng thư", "Certificate's usage"),
        CheckId::DscTime => words("Thời hạn chứng thư", "Certificate's validity"),
        CheckId::DscRevocation => words("Thu hồi chứng thư", "Certificate's revocation"),
        CheckId::ComSod => words("Danh sách tệp khớp nhau", "File lists agree"),
        CheckId::DgHash(number) => {
            return Words {
                vi: format!("Dữ liệu DG{number} đúng với chữ ký"),
                en: format!("DG{number} is as it was signed"),
            };
        }
        CheckId::CardaccessAuth => words("Không bị hạ mức bảo vệ", "Protection was not downgraded"),
        CheckId::ChipAuth => words("Chip gốc, không sao chép", "Chip is the original, no copy"),
        CheckId::Ta => words("Xác thực thiết bị đọc", "Terminal authentication"),
        CheckId::Dg2 => words("Ảnh chân dung (DG2)", "Portrait (DG2)"),
        CheckId::Dg13 => words("Dữ liệu công dân (DG13)", "National data (DG13)"),
        CheckId::Country => words("Quốc gia cấp", "Issuing country"),
        CheckId::IssuePeriod => words("Ngày cấp trong hạn ký", "Issued while the key was in use"),
        CheckId::Expiry => words("Thẻ còn hạn", "Card has not expired"),
        CheckId::PrintChip => words("Bản in khớp với chip", "Print agrees with the chip"),
        CheckId::NumberForm => words("Số định danh đúng dạng", "Personal number is well formed"),
        CheckId::Dossier => words("Khớp với hồ sơ", "Agrees with the dossier"),
        CheckId::Status => words("Không bị báo mất", "Not reported lost"),
        CheckId::History => words(
            "Không trái với các lần trước",
            "Agrees with earlier sessions",
        ),
        CheckId::Register => words(
            "Khớp với cơ sở dữ liệu được hỏi",
            "Agrees with the register asked",
        ),
        CheckId::Face => words("Khuôn mặt khớp ảnh", "Face agrees with the portrait"),
        CheckId::ClerkLook => words(
            "Cán bộ đã so người với ảnh",
            "The clerk compared the person",
        ),
        CheckId::Fingerprint => words("Vân tay khớp", "Finger agrees"),
    };
    title.into()
}

/// What a result is called on the page.
#[must_use]
pub const fn result_title(result: CheckResult) -> Sentence {
    match result {
        CheckResult::Successful => words("Đạt", "Passed"),
        CheckResult::Failed => words("Không đạt", "Failed"),
        CheckResult::Undetermined => words("Chưa rõ", "Undetermined"),
        CheckResult::NotSupported => words("Thẻ không có", "Not supported"),
        CheckResult::Aborted => words("Bị ngắt", "Aborted"),
        CheckResult::NotPerformed => words("Chưa thực hiện", "Not performed"),
    }
}

/// How a field on record differs from the card's, for the clerk.
#[must_use]
pub const fn difference_title(difference: Difference) -> Sentence {
    match difference {
        Difference::Same => words("Trùng khớp", "The same"),
        Difference::Spelling => words(
            "Cùng một tên, khác cách viết (dấu, Đ/D, chữ hoa, khoảng trắng)",
            "The same name, written in another way (diacritics, Đ/D, case, spaces)",
        ),
        Difference::Order => words(
            "Cùng các chữ, khác thứ tự",
            "The same words in another order",
        ),
        Difference::SwappedDayMonth => words(
            "Ngày và tháng bị đổi chỗ",
            "Day and month have changed places",
        ),
        Difference::YearOnly => words(
            "Một bên chỉ có năm sinh",
            "One of the two has the year alone",
        ),
        Difference::OldNumberLinked => words(
            "Số CMND cũ, đúng số cũ được ký trong thẻ này",
            "An old number, the one that is signed into this card",
        ),
        Difference::OldNumberNotLinked => words(
            "Số CMND cũ, thẻ này không ghi số đó",
            "An old number that this card does not name",
        ),
        Difference::Other => words("Khác nhau", "They differ"),
        Difference::Missing => words("Thẻ không có để so", "The card has nothing to compare"),
    }
}

/// What a phase of the reading is called on the page.
#[must_use]
pub fn phase_title(phase: &str) -> Sentence {
    match phase {
        "select" => words("Kết nối chip", "Connecting"),
        "access" => words("Mở khóa chip", "Opening the chip"),
        "dg1" => words("Đọc thông tin", "Reading details"),
        "dg13" => words("Đọc họ tên, địa chỉ", "Reading name and address"),
        "sod" => words("Đọc chữ ký", "Reading the signature"),
        "dg14" | "dg15" => words("Đọc khóa của chip", "Reading the chip's key"),
        "aa" | "ca" | "chip-auth" => words("Thử chip gốc", "Proving the chip"),
        "dg2" => words("Đọc ảnh chân dung", "Reading the portrait"),
        "com" => words("Đối chiếu danh mục", "Comparing the file list"),
        "terminal-auth" => words(
            "Xuất trình quyền đọc vân tay",
            "Showing the right to fingerprints",
        ),
        "dg3" => words("Đọc vân tay", "Reading fingerprints"),
        "register" => words(
            "Đang hỏi cơ sở dữ liệu: có thể lấy thẻ ra",
            "Asking the register: the card may be taken",
        ),
        "lifted" => words(
            "Thẻ bị nhấc ra: đặt lại thẻ để đọc tiếp",
            "The card was lifted: lay it back to go on",
        ),
        _ => words("Đang đọc", "Reading"),
    }
}

//! Notes: what is worth knowing and changes no result. Each is a stable name in a check's `notes`
//! (`Check::notes`), with a sentence in both languages here. A note may share its name with a
//! reason where the policy only notes what another policy counts.

use serde::Serialize;

use super::Sentence;

/// A note with its sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The stable name, such as `dsc-expired-now`.
    pub name: &'static str,
    /// What it says.
    pub sentence: Sentence,
}

/// Declares the names as constants, and lists the notes.
macro_rules! notes {
    ($($name:ident = $text:literal { vi: $vi:literal, en: $en:literal $(,)? })*) => {
        $(
            #[doc = concat!("`", $text, "`: ", $en)]
            pub const $name: &str = $text;
        )*
        const ALL: &[Note] = &[
            $(Note { name: $name, sentence: Sentence { vi: $vi, en: $en } }),*
        ];
    };
}

notes! {
    CLERK_STOOD_IN = "clerk-stood-in" {
        vi: "Máy chưa chắc chắn khi so khuôn mặt; cán bộ đã tự so và xác nhận, theo chính sách.",
        en: "The machine was unsure of the face; the clerk compared and confirmed it, as the policy allows.",
    }
    NON_MINIMAL_LENGTH = "non-minimal-length" {
        vi: "Một độ dài trong tệp của chip được ghi dài hơn mức cần thiết; dữ liệu vẫn đọc đúng.",
        en: "A length in a file of the chip is written longer than needed; the data are read right.",
    }
    TRAILING_BYTES = "trailing-bytes" {
        vi: "Sau phần dữ liệu của một tệp còn byte thừa; phần thừa được bỏ qua.",
        en: "Bytes follow the data of a file; they are left out.",
    }
    IMAGE_TYPE_MISMATCH = "image-type-mismatch" {
        vi: "Ảnh chân dung có định dạng khác với định dạng được khai báo; ảnh vẫn mở được.",
        en: "The portrait is of another format than declared; it could be opened.",
    }
    UNKNOWN_FIELD = "unknown-field" {
        vi: "DG13 có trường thông tin chưa biết; trường này được giữ nguyên.",
        en: "DG13 holds a field that is not known; it is kept as it is.",
    }
    SERIAL_NONCONFORMING = "serial-nonconforming" {
        vi: "Số sê-ri của chứng thư số không đúng quy cách nhưng vẫn dùng được.",
        en: "The serial number of a certificate is not of the prescribed form, yet usable.",
    }
    AKI_MISSING = "aki-missing" {
        vi: "Chứng thư số ký thẻ không nêu mã khóa của cơ quan chứng thực gốc; cơ quan chứng thực gốc được tìm theo tên.",
        en: "The signing certificate does not identify its authority's key; the authority was found by name.",
    }
    KNOWN_DEFECT = "known-defect" {
        vi: "Danh sách lỗi đã công bố nêu lỗi này của nơi cấp; kết quả được xét theo danh sách đó.",
        en: "A published list knows this fault of the issuer; the check was weighed by it.",
    }
    AA_SIGNATURE_DER = "aa-signature-der" {
        vi: "Chip gửi chữ ký xác thực ở dạng khác chuẩn (DER); chữ ký vẫn đúng.",
        en: "The chip sent its authentication signature in another form (DER); the signature is right.",
    }
    RETRIED = "retried" {
        vi: "Một bước chỉ đạt ở lần thử thứ hai.",
        en: "One step succeeded at the second try.",
    }
    PERSONAL_NUMBER_DIGITS_INCONSISTENT = "personal-number-digits-inconsistent" {
        vi: "Các chữ số năm sinh hoặc giới tính trong số định danh không khớp với ngày sinh hoặc giới tính trên thẻ.",
        en: "The digits for year or sex in the personal number do not fit the birth date or sex on the card.",
    }
    PROVINCE_CODE_UNKNOWN = "province-code-unknown" {
        vi: "Ba chữ số đầu của số định danh không có trong bảng mã tỉnh của phần mềm.",
        en: "The first three digits of the personal number are not in this software's table of provinces.",
    }
    COUNTRY_ENCODING = "country-encoding" {
        vi: "Mã nước trong chứng thư số được viết khác quy cách (chữ thường hoặc kiểu chuỗi khác).",
        en: "The country code in a certificate is written in another way (lower case or string type).",
    }
    DSC_EXPIRED_NOW = "dsc-expired-now" {
        vi: "Chứng thư số ký thẻ nay đã hết hạn nhưng còn hiệu lực khi ký thẻ.",
        en: "The signing certificate has expired by now and was valid when the card was signed.",
    }
    CSCA_EXPIRED_NOW = "csca-expired-now" {
        vi: "Chứng thư số của cơ quan chứng thực gốc nay đã hết hạn nhưng còn hiệu lực khi cấp chứng thư ký thẻ.",
        en: "The authority's certificate has expired by now and was valid when it issued the signing certificate.",
    }
    DSC_PROFILE_INCOMPLETE = "dsc-profile-incomplete" {
        vi: "Chứng thư số ký thẻ thiếu vài mục mà chuẩn hiện hành yêu cầu.",
        en: "The signing certificate lacks items that the present standard asks for.",
    }
    NAMED_CURVE = "named-curve" {
        vi: "Khóa nêu đường cong mật mã bằng tên, trong khi chuẩn yêu cầu ghi đủ tham số.",
        en: "A key names its curve where the standard asks for the parameters in full.",
    }
    CRL_MISSING = "crl-missing" {
        vi: "Chưa có danh sách thu hồi để đối chiếu; chính sách này vẫn cho phép.",
        en: "There is no revocation list to look into; this policy allows it.",
    }
    CRL_STALE = "crl-stale" {
        vi: "Danh sách thu hồi đã quá hạn nhưng còn trong thời gian chính sách cho phép.",
        en: "The revocation list is out of date, within the time that the policy allows.",
    }
    PACE_GROUP_WEAK = "pace-group-weak" {
        vi: "Chip mở thẻ bằng nhóm khóa ngắn hơn mức khuyến nghị hiện nay.",
        en: "The chip was opened with a key group shorter than recommended today.",
    }
    CARD_EXPIRED = "card-expired" {
        vi: "Thẻ đã hết thời hạn sử dụng; chính sách này chỉ ghi nhận.",
        en: "The card has passed its date of expiry; this policy only notes it.",
    }
    CHIP_AUTH_PROTOCOL_FAILED = "chip-auth-protocol-failed" {
        vi: "Một cách xác thực chip không đạt trong khi cách khác đạt; cần xem lại sau.",
        en: "One way of chip authentication failed while another succeeded; it should be reviewed.",
    }
    PACE_UNSUPPORTED = "pace-unsupported" {
        vi: "Chip chỉ có cách mở PACE mà phần mềm này chưa hỗ trợ; đã mở bằng BAC.",
        en: "The chip offers PACE only in ways that this software lacks; it was opened by BAC.",
    }
    CHIP_PROOF_RECORDED = "chip-proof-recorded" {
        vi: "Bằng chứng chip là bản gốc lấy từ bản ghi; chỉ quầy đã đọc thẻ mới biết bản ghi là thật.",
        en: "The chip's proof comes from a recording; only the desk that read the card knows it to be real.",
    }
    CARDACCESS_ASSUMED = "cardaccess-assumed" {
        vi: "Không đọc được EF.CardAccess; đã dùng tham số thông thường của thẻ căn cước.",
        en: "EF.CardAccess could not be read; the usual parameters of the identity card were used.",
    }
    EXTENDED_LENGTH_REFUSED = "extended-length-refused" {
        vi: "Chip hứa nhận lệnh dài nhưng từ chối; đã chuyển sang lệnh ngắn.",
        en: "The chip promised long commands and refused them; short ones were used.",
    }
    DG_PROTECTED = "dg-protected" {
        vi: "Một nhóm dữ liệu được bảo vệ riêng (vân tay) có mặt nhưng không đọc.",
        en: "A separately protected data group (fingerprints) is there and was not read.",
    }
    BIRTH_DATE_PARTIAL = "birth-date-partial" {
        vi: "Ngày sinh trên thẻ không đủ ngày hoặc tháng.",
        en: "The birth date on the card lacks the day or the month.",
    }
    NO_EXPIRY_DATE = "no-expiry-date" {
        vi: "Thẻ không có thời hạn (không ghi ngày hết hạn).",
        en: "The card has no date of expiry.",
    }
    ALGORITHM_LEGACY = "algorithm-legacy" {
        vi: "Chữ ký số dùng thuật toán cũ mà chính sách này còn chấp nhận.",
        en: "The signature uses an old algorithm that this policy still accepts.",
    }
    DSC_FROM_STORE = "dsc-from-store" {
        vi: "Thẻ không kèm chứng thư số ký thẻ; đã dùng chứng thư có sẵn trên máy này.",
        en: "The card does not enclose its signing certificate; the one held by this desk was used.",
    }
    PORTRAIT_ABSENT = "portrait-absent" {
        vi: "Danh sách đã ký không có ảnh chân dung, như ở thẻ của trẻ nhỏ.",
        en: "The signed list names no portrait, as on the card of a small child.",
    }
    READING_RESUMED = "reading-resumed" {
        vi: "Thẻ được nhấc ra rồi đặt lại; việc đọc được nối tiếp sau khi xác nhận đúng chip.",
        en: "The card was lifted and laid back; reading went on after the chip was proven the same.",
    }
}

/// Every note there is.
pub fn all() -> impl Iterator<Item = Note> {
    ALL.iter().copied()
}

/// The note of that name.
#[must_use]
pub fn by_name(name: &str) -> Option<Note> {
    all().find(|note| note.name == name)
}

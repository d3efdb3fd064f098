//! Why an attempt to deliver failed, and what people are told.

use core::fmt;

use serde::{Serialize, Serializer};

use crate::decision::reason::Sentence;

/// Why a report did not get its receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryReason {
    /// No connection, or it broke off.
    Unreachable,
    /// No whole answer in time.
    Timeout,
    /// The case system did not prove who it is, or did not accept who the desk is.
    Tls,
    /// It answered with a redirection (3xx): reports are not carried to another address.
    Redirected,
    /// It asks for patience (408, 425, 429).
    Busy,
    /// Its own fault (5xx).
    ServerError,
    /// A status that means nothing here.
    StatusUnexpected,
    /// A success whose body is no receipt.
    ReceiptMalformed,
    /// A success whose body is longer than any receipt.
    ReceiptOversize,
    /// A receipt of another report.
    ReceiptMismatch,
    /// Refused for good (4xx).
    Refused,
    /// No server of the fleet is connected.
    FleetUnreachable,
    /// The fleet's stream did not acknowledge in time.
    FleetTimeout,
    /// The fleet's stream did not take it: full, missing, or closed to this desk.
    FleetRefused,
}

impl DeliveryReason {
    /// All reasons.
    pub const ALL: [Self; 14] = [
        Self::Unreachable,
        Self::Timeout,
        Self::Tls,
        Self::Redirected,
        Self::Busy,
        Self::ServerError,
        Self::StatusUnexpected,
        Self::ReceiptMalformed,
        Self::ReceiptOversize,
        Self::ReceiptMismatch,
        Self::Refused,
        Self::FleetUnreachable,
        Self::FleetTimeout,
        Self::FleetRefused,
    ];

    /// The stable code, such as `case-system-unreachable`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "case-system-unreachable",
            Self::Timeout => "case-system-timeout",
            Self::Tls => "case-system-untrusted",
            Self::Redirected => "case-system-redirected",
            Self::Busy => "case-system-busy",
            Self::ServerError => "case-system-error",
            Self::StatusUnexpected => "case-system-status-unexpected",
            Self::ReceiptMalformed => "receipt-malformed",
            Self::ReceiptOversize => "receipt-oversize",
            Self::ReceiptMismatch => "receipt-mismatch",
            Self::Refused => "report-refused",
            Self::FleetUnreachable => "fleet-unreachable",
            Self::FleetTimeout => "fleet-timeout",
            Self::FleetRefused => "fleet-refused",
        }
    }

    /// The reason of that code.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// What is the matter.
    #[must_use]
    pub const fn sentence(self) -> Sentence {
        match self {
            Self::Unreachable => Sentence {
                vi: "Chưa kết nối được với hệ thống hồ sơ.",
                en: "The case system cannot be reached.",
            },
            Self::Timeout => Sentence {
                vi: "Hệ thống hồ sơ không trả lời kịp.",
                en: "The case system did not answer in time.",
            },
            Self::Tls => Sentence {
                vi: "Không thiết lập được kết nối tin cậy với hệ thống hồ sơ.",
                en: "No trusted connection to the case system could be made.",
            },
            Self::Redirected => Sentence {
                vi: "Hệ thống hồ sơ chuyển hướng sang địa chỉ khác.",
                en: "The case system redirects to another address.",
            },
            Self::Busy => Sentence {
                vi: "Hệ thống hồ sơ đang bận.",
                en: "The case system is busy.",
            },
            Self::ServerError => Sentence {
                vi: "Hệ thống hồ sơ gặp lỗi.",
                en: "The case system has an error of its own.",
            },
            Self::StatusUnexpected => Sentence {
                vi: "Hệ thống hồ sơ trả lời không đúng quy ước.",
                en: "The case system answered in an unknown way.",
            },
            Self::ReceiptMalformed => Sentence {
                vi: "Hệ thống hồ sơ không gửi biên nhận hợp lệ.",
                en: "The case system sent no valid receipt.",
            },
            Self::ReceiptOversize => Sentence {
                vi: "Câu trả lời của hệ thống hồ sơ dài quá mức.",
                en: "The case system's answer is too long.",
            },
            Self::ReceiptMismatch => Sentence {
                vi: "Biên nhận không phải của báo cáo này.",
                en: "The receipt is that of another report.",
            },
            Self::Refused => Sentence {
                vi: "Hệ thống hồ sơ từ chối báo cáo.",
                en: "The case system refused the report.",
            },
            Self::FleetUnreachable => Sentence {
                vi: "Chưa kết nối được với máy chủ trung tâm.",
                en: "The fleet's servers cannot be reached.",
            },
            Self::FleetTimeout => Sentence {
                vi: "Máy chủ trung tâm không trả lời kịp.",
                en: "The fleet's servers did not answer in time.",
            },
            Self::FleetRefused => Sentence {
                vi: "Máy chủ trung tâm không nhận báo cáo.",
                en: "The fleet's servers did not take the report.",
            },
        }
    }

    /// What the clerk does next.
    #[must_use]
    pub const fn next_action(self) -> Sentence {
        match self {
            Self::Refused => Sentence {
                vi: "Báo cáo được giữ lại. Báo quản trị viên kiểm tra, sau đó gửi lại.",
                en: "The report is kept. Tell the operator, who checks and sends it again.",
            },
            Self::FleetRefused => Sentence {
                vi: "Báo cáo được giữ lại và sẽ tự gửi lại. Báo quản trị viên kiểm tra quyền và dung lượng ở máy chủ trung tâm.",
                en: "The report is kept and sent again by itself. Tell the operator to check this desk's rights and the room at the fleet's servers.",
            },
            Self::Tls | Self::Redirected | Self::StatusUnexpected => Sentence {
                vi: "Báo cáo được giữ lại và sẽ tự gửi lại. Báo quản trị viên kiểm tra cấu hình.",
                en: "The report is kept and sent again by itself. Tell the operator to check the configuration.",
            },
            Self::ReceiptMalformed | Self::ReceiptOversize | Self::ReceiptMismatch => Sentence {
                vi: "Báo cáo được giữ lại và sẽ tự gửi lại. Báo quản trị viên kiểm tra hệ thống hồ sơ.",
                en: "The report is kept and sent again by itself. Tell the operator to check the case system.",
            },
            Self::Unreachable
            | Self::Timeout
            | Self::Busy
            | Self::ServerError
            | Self::FleetUnreachable
            | Self::FleetTimeout => Sentence {
                vi: "Không cần làm gì: báo cáo được giữ lại và sẽ tự gửi lại.",
                en: "Nothing to do: the report is kept and sent again by itself.",
            },
        }
    }
}

impl fmt::Display for DeliveryReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for DeliveryReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

//! Why nothing is paid, in the words of the counter.

use super::super::problem::problems;

problems! {
    OTHER_PURPOSE = "payee-other-purpose" CONFLICT {
        "Phiên này không mở để chi trả.", "The session was not opened for a payment.",
        "Mở phiên mới với mục đích chi trả trợ cấp.", "Open a new session for the purpose benefit-payment.",
    }
    NOT_VERIFIED = "payee-not-verified" CONFLICT {
        "Người này chưa được xác minh: không chi trả.", "The person was not verified: nothing is paid.",
        "Đọc lại thẻ; nếu không có thẻ hoặc chip hỏng, người phụ trách ghi ngoại lệ có lý do.", "Read the card again; without a card, or with a dead chip, a supervisor records an exception with its reason.",
    }
    FORGOTTEN = "payee-forgotten" GONE {
        "Phiên đã xóa dữ liệu của người này.", "The session has forgotten the person.",
        "Mở phiên mới và đọc lại thẻ.", "Open a new session and read the card again.",
    }
    NO_ENTRY = "payee-no-entry" NOT_FOUND {
        "Người này không có khoản đó trong danh sách chi trả hôm nay.", "The person has no such entry on a list that is paid today.",
        "Không chi trả; hỏi nơi lập danh sách.", "Pay nothing; ask the issuer of the list.",
    }
    CLAIMED = "payee-claimed" CONFLICT {
        "Khoản này đã được chi trả.", "This was paid before.",
        "Không chi trả lần nữa; xem nơi và lúc đã chi trả, hỏi người phụ trách nếu có nhầm lẫn.", "Do not pay again; see where and when it was paid, and ask a supervisor if that is a mistake.",
    }
    ELSEWHERE = "payee-claimed-elsewhere" CONFLICT {
        "Bàn khác đã giữ khoản này, nhưng không đọc được thông tin của bàn đó.", "Another desk claims this entry, and what it says cannot be read.",
        "Không chi trả; báo người phụ trách.", "Pay nothing; tell the supervisor.",
    }
    NOT_AUTHORISED = "payee-not-authorised" FORBIDDEN {
        "Không có giấy tờ nào cho người này nhận thay.", "Nothing authorises this person to take the money of the payee.",
        "Người phụ trách xem giấy tờ và ghi nhận việc nhận thay trước.", "A supervisor looks at the papers and adds the authorisation first.",
    }
    AUTHORISATION_OVER = "payee-authorisation-over" FORBIDDEN {
        "Việc nhận thay đã hết hạn.", "The authorisation is over.",
        "Người phụ trách xem giấy tờ mới và ghi nhận lại.", "A supervisor looks at new papers and adds it anew.",
    }
    UNKNOWN_CLAIM = "payee-unknown-claim" NOT_FOUND {
        "Không có lần chi trả này.", "There is no such payment.",
        "Xem mã của lần chi trả trên bảng cuối ngày.", "See the payment's name on the sheet of the day.",
    }
    UNDONE = "payee-undone" CONFLICT {
        "Lần chi trả này đã được hủy.", "The payment was undone before.",
        "Không cần làm gì thêm.", "Nothing is left to do.",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::super::problem;
    use super::ALL;

    #[test]
    fn no_code_is_another_problems() {
        let codes: BTreeSet<_> = ALL
            .iter()
            .chain(problem::ALL)
            .map(|kind| kind.code)
            .collect();
        assert_eq!(codes.len(), ALL.len() + problem::ALL.len());
    }
}

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
    LIST_PURPOSE = "payee-list-purpose" UNPROCESSABLE_ENTITY {
        "Chỉ phiên chi trả trợ cấp mới gắn với danh sách chi trả.", "Only a session for a payment is about a list of payees.",
        "Bỏ trường payee_list, hoặc mở phiên với mục đích chi trả trợ cấp.", "Leave the field payee_list out, or open the session for the purpose benefit-payment.",
    }
    UNKNOWN_LIST = "payee-list-unknown" UNPROCESSABLE_ENTITY {
        "Không có danh sách chi trả tên này.", "There is no list of payees of that name.",
        "Chọn một trong các danh sách được nêu, hoặc nhập danh sách trước.", "Choose one of the lists that are named, or import the list first.",
    }
    LIST_NOT_TODAY = "payee-list-not-today" CONFLICT {
        "Danh sách này chưa đến ngày chi trả hoặc đã hết hạn chi trả.", "The list is not paid yet, or not any more.",
        "Xem ngày đầu và ngày cuối của danh sách; hỏi nơi lập danh sách.", "See the first and last day of the list; ask its issuer.",
    }
    OTHER_LIST = "payee-other-list" CONFLICT {
        "Khoản này thuộc danh sách khác với danh sách của phiên.", "The entry stands on another list than the one that the session is about.",
        "Không chi trả trong phiên này; mở phiên cho danh sách đó.", "Pay nothing in this session; open one for that list.",
    }
    LIST_MEDIA_TYPE = "payee-list-media-type" UNSUPPORTED_MEDIA_TYPE {
        "Nội dung phải là danh sách dạng CSV hoặc JSON, hoặc danh sách đã ký.", "The body must be a list in CSV or JSON, or a signed one.",
        "Đặt Content-Type: text/csv, application/json, application/jose hoặc application/jose+json.", "Set Content-Type: text/csv, application/json, application/jose or application/jose+json.",
    }
    LIST_UNSIGNED = "payee-list-unsigned" UNPROCESSABLE_ENTITY {
        "Danh sách không có chữ ký nên không được nhập.", "Nobody signed the list: it is not imported.",
        "Xin nơi lập danh sách tệp đã ký.", "Ask the issuer for a signed file.",
    }
    LIST_SIGNATURE = "payee-list-signature" UNPROCESSABLE_ENTITY {
        "Chữ ký của danh sách không đúng hoặc không phải của nơi được công nhận.", "The signature of the list does not hold, or is of nobody whose signature counts.",
        "Không dùng danh sách này; xin lại từ nơi lập danh sách.", "Do not use this list; ask its issuer for it again.",
    }
    LIST_KEYS = "payee-signers-unusable" SERVICE_UNAVAILABLE {
        "Không đọc được khóa của nơi ký danh sách.", "The keys of those who sign lists cannot be read.",
        "Báo người phụ trách kiểm tra payees.signers.", "Ask the operator to check payees.signers.",
    }
    LIST_FAULTY = "payee-list-faulty" UNPROCESSABLE_ENTITY {
        "Danh sách có lỗi: không nhập gì cả.", "The list has faults: nothing was imported.",
        "Sửa các dòng được nêu rồi nhập lại.", "Mend the lines that are named and import it again.",
    }
    LIST_IMPORTED = "payee-list-imported" CONFLICT {
        "Danh sách này đã được nhập, hoặc tên của nó đã có.", "The list was imported before, or its name is taken.",
        "Xem refused.why; nếu là danh sách khác, đặt tên khác hoặc hủy danh sách cũ.", "See refused.why; if it is another list, give it another id or withdraw the old one.",
    }
    CLAIMED = "payee-claimed" CONFLICT {
        "Khoản này đã được chi trả.", "This was paid before.",
        "Không chi trả lần nữa; xem nơi và lúc đã chi trả, hỏi người phụ trách nếu có nhầm lẫn.", "Do not pay again; see where and when it was paid, and ask a supervisor if that is a mistake.",
    }
    NOT_TAKEN = "payee-claim-not-taken" SERVICE_UNAVAILABLE {
        "Máy chủ trung tâm không ghi nhận khoản chi này.", "The fleet's servers do not take this payment.",
        "Chưa chi; báo quản trị viên kiểm tra máy chủ trung tâm.", "Do not pay yet; ask the operator to look at the fleet's servers.",
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

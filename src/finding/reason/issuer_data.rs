//! What the issuer itself put on the card is inconsistent: a matter for a look at the card.

reasons! { IssuerData:
    MRZ_CHECK_DIGIT = "mrz-check-digit" {
        vi: "Một chữ số kiểm tra trong các dòng mã máy đọc (MRZ) của chip không đúng.",
        en: "A check digit in the machine readable lines of the chip is wrong.",
        next_vi: "Xem thông tin in trên thẻ; nếu cần, hướng dẫn công dân đến cơ quan cấp thẻ để đính chính.",
        next_en: "Look at what is printed on the card; if need be, direct the person to the issuing office to have the data corrected.",
        clause: "ICAO 9303-5, 4.2.4",
    }
    DATE_INVALID = "date-invalid" {
        vi: "Chip ghi một ngày không có trong lịch.",
        en: "The chip holds a date that no calendar knows.",
        next_vi: "Xem thông tin in trên thẻ; nếu cần, hướng dẫn công dân đến cơ quan cấp thẻ để đính chính.",
        next_en: "Look at what is printed on the card; if need be, direct the person to the issuing office to have the data corrected.",
        clause: "ICAO 9303-3, 4.8",
    }
    NAME_MISSING = "name-missing" {
        vi: "Chip không ghi họ tên trong các dòng mã máy đọc (MRZ).",
        en: "The chip holds no name in its machine readable lines.",
        next_vi: "Xem thông tin in trên thẻ; nếu cần, hướng dẫn công dân đến cơ quan cấp thẻ để đính chính.",
        next_en: "Look at what is printed on the card; if need be, direct the person to the issuing office to have the data corrected.",
        clause: "ICAO 9303-3, 4.6",
    }
    DOCUMENT_FORMAT_UNEXPECTED = "document-format-unexpected" {
        vi: "Chip chứa loại giấy tờ có quy cách khác với thẻ căn cước.",
        en: "The chip holds a document of another format than the identity card.",
        next_vi: "Kiểm tra loại giấy tờ; nếu là hộ chiếu, chọn chính sách cho giấy tờ nước ngoài hoặc mời người phụ trách.",
        next_en: "Check what document it is; for a passport choose the policy for other documents, or ask the supervisor.",
        clause: "ICAO 9303-3",
    }
    PORTRAIT_AMBIGUOUS = "portrait-ambiguous" {
        vi: "Chip chứa nhiều ảnh chân dung khác nhau.",
        en: "The chip holds several different portraits.",
        next_vi: "Đối chiếu với ảnh in trên thẻ bằng mắt và mời người phụ trách quyết định.",
        next_en: "Compare with the printed photo by eye and ask the supervisor to decide.",
        clause: "ISO/IEC 19794-5",
    }
    PORTRAIT_TOO_OLD = "portrait-too-old" {
        vi: "Ảnh chân dung trong chip quá cũ để so với khuôn mặt hiện nay.",
        en: "The portrait in the chip is too old to compare with the face of today.",
        next_vi: "Đối chiếu bằng mắt, đề nghị thêm giấy tờ hoặc đối chiếu vân tay, và mời người phụ trách quyết định.",
        next_en: "Compare by eye, use further proof such as a fingerprint, and ask the supervisor to decide.",
        clause: "own",
    }
    DG13_TEXT_SUSPICIOUS = "dg13-text-suspicious" {
        vi: "Thông tin công dân trong chip (DG13) có ký tự ẩn hoặc bất thường; màn hình hiện bản đã làm sạch.",
        en: "The text of DG13 holds hidden or unusual characters; the screen shows it cleaned.",
        next_vi: "So họ tên trên màn hình với họ tên in trên thẻ và mời người phụ trách quyết định.",
        next_en: "Compare the name on the screen with the one printed on the card and ask the supervisor to decide.",
        clause: "own",
    }
    PERSONAL_NUMBER_MALFORMED = "personal-number-malformed" {
        vi: "Số định danh cá nhân trong chip không phải là 12 chữ số.",
        en: "The personal number in the chip is not of 12 digits.",
        next_vi: "Xem thông tin in trên thẻ; nếu cần, hướng dẫn công dân đến cơ quan cấp thẻ để đính chính.",
        next_en: "Look at what is printed on the card; if need be, direct the person to the issuing office to have the data corrected.",
        clause: "own",
    }
    ISSUER_DATA_INCONSISTENT = "issuer-data-inconsistent" {
        vi: "Hai phần dữ liệu đã ký trong chip không khớp nhau.",
        en: "Two signed parts of the chip's data do not agree.",
        next_vi: "Xem hai giá trị trên màn hình, so với thông tin in trên thẻ; hướng dẫn công dân đến cơ quan cấp thẻ để đính chính.",
        next_en: "Look at both values on the screen and at the printed card; direct the person to the issuing office for correction.",
        clause: "own",
    }
}

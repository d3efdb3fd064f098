//! Two facts that must agree do not.

reasons! { Contradiction:
    PERSONAL_NUMBER_MISMATCH = "personal-number-mismatch" {
        vi: "Số định danh cá nhân đã nhập khác với số trong chip.",
        en: "The personal number typed differs from the one in the chip.",
        next_vi: "So số trên thẻ với số đã nhập, nhập hoặc quét lại; nếu vẫn khác, mời người phụ trách.",
        next_en: "Compare the number on the card with the one typed, type or scan it again; if it still differs, call the supervisor.",
        clause: "own",
    }
    PRINTED_DATA_MISMATCH = "printed-data-mismatch" {
        vi: "Thông tin in trên thẻ hoặc trong mã QR khác với thông tin trong chip.",
        en: "What is printed on the card or in its QR code differs from the chip.",
        next_vi: "Xem hai giá trị khác nhau trên màn hình, quét lại đúng thẻ đang đọc; nếu vẫn khác, mời người phụ trách.",
        next_en: "Look at both values on the screen, scan the very card on the reader again; if they still differ, call the supervisor.",
        clause: "BSI TR-03135-1, 5.7.2",
    }
    PRINTED_PHOTO_MISMATCH = "printed-photo-mismatch" {
        vi: "Ảnh in trên thẻ khác với ảnh chân dung trong chip.",
        en: "The photo printed on the card differs from the portrait in the chip.",
        next_vi: "Đối chiếu hai ảnh với người trước mặt bằng mắt, lưu bản ghi và mời người phụ trách.",
        next_en: "Compare both pictures with the person by eye, keep the record and call the supervisor.",
        clause: "BSI TR-03135-1, table 5.52",
    }
    COUNTRY_MISMATCH = "country-mismatch" {
        vi: "Nước cấp ghi trên thẻ khác với nước của chứng thư số ký thẻ.",
        en: "The issuing state of the card is not that of the certificate that signed it.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-11, 5.1.1",
    }
    DOSSIER_PERSON_MISMATCH = "dossier-person-mismatch" {
        vi: "Thẻ này là của người khác, không phải người trong hồ sơ.",
        en: "This card belongs to another person than the one in the dossier.",
        next_vi: "Kiểm tra lại đã mở đúng hồ sơ chưa; nếu đúng, mời đúng người có tên trong hồ sơ hoặc hỏi giấy ủy quyền.",
        next_en: "Check that the right dossier is open; if so, ask for the person named in it, or for a letter of authority.",
        clause: "own",
    }
    REGISTER_MISMATCH = "register-mismatch" {
        vi: "Cơ sở dữ liệu được hỏi ghi thông tin khác với thông tin trong chip.",
        en: "The register that was asked has other data than the chip.",
        next_vi: "Xem trường nào khác nhau, giữ thẻ lại để đối chiếu và mời người phụ trách; không tự sửa hồ sơ.",
        next_en: "See which field differs, keep the card at hand and call the supervisor; correct no record yourself.",
        clause: "own",
    }
    CARD_SWAPPED = "card-swapped" {
        vi: "Thẻ đặt lại không phải là thẻ đã đọc lúc đầu.",
        en: "The card laid back is not the one that was read first.",
        next_vi: "Mở phiên mới, chỉ để một thẻ trên quầy và đọc lại từ đầu; nếu lặp lại, mời người phụ trách.",
        next_en: "Open a new session with a single card on the desk and read from the start; if it happens again, call the supervisor.",
        clause: "own",
    }
    FACE_MISMATCH = "face-mismatch" {
        vi: "Khuôn mặt trước camera không khớp với ảnh chân dung trong chip.",
        en: "The face before the camera does not match the portrait in the chip.",
        next_vi: "Chụp lại một lần trong điều kiện đủ sáng và đối chiếu bằng mắt; nếu vẫn khác, mời người phụ trách.",
        next_en: "Take the picture once more in good light and compare by eye; if it still differs, call the supervisor.",
        clause: "BSI TR-03135-1, 3.6",
    }
}

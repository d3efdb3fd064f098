//! What was typed or scanned does not open the card.

reasons! { Input:
    ACCESS_KEY_WRONG = "access-key-wrong" {
        vi: "Mã vừa nhập hoặc quét không mở được thẻ này.",
        en: "The typed or scanned code does not open this card.",
        next_vi: "Quét lại mã QR của chính thẻ đang đặt, hoặc nhập lại số thẻ, ngày sinh, ngày hết hạn; không thử nhiều lần.",
        next_en: "Scan the QR code of the very card on the reader, or type number, birth date and expiry date anew; do not try many times.",
        clause: "ICAO 9303-11, 4.3 and 4.4",
    }
}

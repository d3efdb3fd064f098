//! The card could not be read: nothing is said about whether it is genuine.

reasons! { Technical:
    NO_CARD = "no-card" {
        vi: "Không có thẻ trên đầu đọc.",
        en: "There is no card on the reader.",
        next_vi: "Đặt thẻ lên đầu đọc rồi thử lại.",
        next_en: "Lay the card on the reader and try again.",
        clause: "own",
    }
}

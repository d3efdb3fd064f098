//! Genuine as far as the checks go, but not valid today.

reasons! { Validity:
    CARD_EXPIRED = "card-expired" {
        vi: "Thẻ đã hết thời hạn sử dụng.",
        en: "The card has passed its date of expiry.",
        next_vi: "Giải thích cho công dân rằng thẻ đã hết hạn và hướng dẫn đến cơ quan cấp thẻ để đổi thẻ; hỏi người phụ trách nếu việc gấp.",
        next_en: "Explain that the card has expired and direct the person to the issuing office for a new one; ask the supervisor if it is urgent.",
        clause: "BSI TR-03135-1, 5.7.1",
    }
    CARD_REPORTED_LOST = "card-reported-lost" {
        vi: "Thẻ này đã được khai báo mất hoặc đã bị thu hồi.",
        en: "This card is reported lost or was withdrawn.",
        next_vi: "Hỏi công dân đã được cấp thẻ mới chưa và đề nghị xuất trình thẻ mới; nếu không có, mời người phụ trách.",
        next_en: "Ask whether a newer card was issued and to see that one; if there is none, call the supervisor.",
        clause: "BSI TR-03135-1, 3.5",
    }
    DSC_REVOKED = "dsc-revoked" {
        vi: "Chứng thư số dùng để ký thẻ này đã bị cơ quan cấp chứng thư thu hồi.",
        en: "The certificate that signed this card was revoked by its authority.",
        next_vi: "Chưa nhận thẻ làm căn cứ. Báo người phụ trách và hướng dẫn công dân đến cơ quan cấp thẻ.",
        next_en: "Do not accept the card as proof. Tell the supervisor and direct the person to the issuing office.",
        clause: "ICAO 9303-12, D.1.2",
    }
    DSC_EXPIRED = "dsc-expired" {
        vi: "Chứng thư số bảo đảm cho chữ ký trên giấy tờ này đã hết hạn.",
        en: "A certificate behind the signature of this document has expired.",
        next_vi: "Chưa nhận giấy tờ làm căn cứ. Xem ngày giờ của máy có đúng không; đề nghị giấy tờ mới hơn hoặc mời người phụ trách.",
        next_en: "Do not accept the document as proof. See that the clock is right; ask for a newer document or call the supervisor.",
        clause: "ICAO 9303-12, D.1.1.3; BSI TR-03135-1, tables 5.34 to 5.36",
    }
}

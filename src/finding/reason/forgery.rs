//! A check that ran to its end proves that data or chip are not as the issuer made them.

reasons! { Forgery:
    PACE_KEY_INVALID = "pace-key-invalid" {
        vi: "Chip gửi khóa mở thẻ không hợp lệ mà chip thật không bao giờ gửi.",
        en: "The chip sent an invalid access key, which a genuine chip never does.",
        next_vi: "Đọc lại trên đầu đọc khác; nếu vẫn vậy, chưa nhận thẻ làm căn cứ, lưu bản ghi và mời người phụ trách.",
        next_en: "Read again on another reader; if it stays so, do not accept the card, keep the record and call the supervisor.",
        clause: "ICAO 9303-11, 4.4.3",
    }
    PACE_KEY_REFLECTED = "pace-key-reflected" {
        vi: "Chip gửi trả lại chính khóa của đầu đọc, dấu hiệu của chip giả lập.",
        en: "The chip sent the reader's own key back: the mark of an imitated chip.",
        next_vi: "Đọc lại trên đầu đọc khác; nếu vẫn vậy, chưa nhận thẻ làm căn cứ, lưu bản ghi và mời người phụ trách.",
        next_en: "Read again on another reader; if it stays so, do not accept the card, keep the record and call the supervisor.",
        clause: "ICAO 9303-11, 4.4.1",
    }
    PACE_DOWNGRADE = "pace-downgrade" {
        vi: "Chip đề nghị cách mở thẻ yếu hơn cách ghi trong dữ liệu mà cơ quan cấp thẻ đã ký.",
        en: "The chip offered a weaker access than the issuer signed.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-11, 4.2",
    }
    BAC_REPLAYED_RESPONSE = "bac-replayed-response" {
        vi: "Câu trả lời của chip khi mở thẻ không thuộc phiên này, có thể là bản ghi phát lại.",
        en: "The chip's answer when opened does not belong to this session; it may be a recording.",
        next_vi: "Đọc lại trên đầu đọc khác; nếu vẫn vậy, chưa nhận thẻ làm căn cứ, lưu bản ghi và mời người phụ trách.",
        next_en: "Read again on another reader; if it stays so, do not accept the card, keep the record and call the supervisor.",
        clause: "ICAO 9303-11, 4.3.1",
    }
    DOMAIN_PARAMS_FORGED = "domain-params-forged" {
        vi: "Tham số khóa trong thẻ hoặc chứng thư số đã bị sửa để giả mạo khóa thật.",
        en: "Key parameters of the card or certificate were altered to imitate a genuine key.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-12, 4.1.6",
    }
    CARDSECURITY_INVALID = "cardsecurity-invalid" {
        vi: "Chữ ký số trên tệp EF.CardSecurity của chip không đúng.",
        en: "The digital signature on the chip's EF.CardSecurity is wrong.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-11, 9.2",
    }
    SOD_EMPTY = "sod-empty" {
        vi: "Tệp chữ ký số của thẻ trống, không có chữ ký nào.",
        en: "The file for the card's digital signature is empty.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "BSI TR-03135-1, table 5.27",
    }
    SOD_UNSIGNED = "sod-unsigned" {
        vi: "Dữ liệu trong thẻ không có chữ ký của cơ quan cấp thẻ.",
        en: "The card's data carry no signature of an issuer.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-11, 5.1.1",
    }
    SOD_SIGNATURE_INVALID = "sod-signature-invalid" {
        vi: "Chữ ký số trên dữ liệu thẻ không đúng: dữ liệu không phải do cơ quan cấp thẻ ký.",
        en: "The digital signature on the card's data is wrong: the issuer did not sign these data.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-11, 5.1.1",
    }
    SOD_MESSAGE_DIGEST_MISMATCH = "sod-message-digest-mismatch" {
        vi: "Danh sách mã kiểm tra dữ liệu (mã băm) trong thẻ đã bị thay sau khi ký.",
        en: "The card's list of hashes was exchanged after signing.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "RFC 5652, 5.4",
    }
    SOD_SIGNED_ATTRS_INVALID = "sod-signed-attrs-invalid" {
        vi: "Phần thông tin được ký trong chữ ký số thiếu hoặc sai.",
        en: "The signed attributes of the digital signature are missing or wrong.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "RFC 5652, 5.3 and 11",
    }
    SOD_CONTENT_TYPE_WRONG = "sod-content-type-wrong" {
        vi: "Chữ ký số này được tạo cho loại dữ liệu khác, không phải cho thẻ.",
        en: "The digital signature was made for another kind of data, not for a card.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-10, 4.6.2",
    }
    SOD_ALGORITHM_MISMATCH = "sod-algorithm-mismatch" {
        vi: "Chữ ký số nêu hai thuật toán trái ngược nhau.",
        en: "The digital signature names two algorithms that contradict each other.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "RFC 5652, 5.3",
    }
    SOD_PARAMS_INVALID = "sod-params-invalid" {
        vi: "Chữ ký số dùng tham số mà thuật toán không cho phép.",
        en: "The digital signature uses parameters that its algorithm forbids.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "RFC 4055, 3.1",
    }
    SOD_SIGNER_AMBIGUOUS = "sod-signer-ambiguous" {
        vi: "Dữ liệu thẻ mang nhiều chữ ký số và không phải chữ ký nào cũng đúng.",
        en: "The card's data carry several digital signatures and not all are right.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-10, 4.6.2",
    }
    SOD_DUPLICATE_ENTRY = "sod-duplicate-entry" {
        vi: "Danh sách đã ký nêu một nhóm dữ liệu hai lần.",
        en: "The signed list names one data group twice.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-10, 4.6.2",
    }
    SOD_ENTRY_INVALID = "sod-entry-invalid" {
        vi: "Danh sách đã ký nêu một nhóm dữ liệu không tồn tại.",
        en: "The signed list names a data group that cannot exist.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-10, 4.6.2",
    }
    ALGORITHM_FORBIDDEN = "algorithm-forbidden" {
        vi: "Chữ ký số dùng thuật toán đã bị cấm vì có thể giả mạo.",
        en: "The digital signature uses an algorithm that is forbidden because it can be forged.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-12, 4.1.6",
    }
    DG_HASH_MISMATCH = "dg-hash-mismatch" {
        vi: "Dữ liệu trong chip đã bị thay đổi so với bản cơ quan cấp thẻ đã ký.",
        en: "Data in the chip differ from what the issuer signed.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-11, 5.1.1",
    }
    DG_NOT_IN_SOD = "dg-not-in-sod" {
        vi: "Chip có một nhóm dữ liệu mà cơ quan cấp thẻ chưa ký.",
        en: "The chip holds a data group that the issuer never signed.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-11, 5.1.1",
    }
    COM_SOD_MISMATCH = "com-sod-mismatch" {
        vi: "Mục lục tệp của chip khác với danh sách cơ quan cấp thẻ đã ký.",
        en: "The chip's list of files differs from the list that the issuer signed.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "BSI TR-03135-1, table 5.40",
    }
    DSC_SIGNATURE_INVALID = "dsc-signature-invalid" {
        vi: "Chứng thư số ký thẻ không phải do cơ quan chứng thực gốc ghi trên đó cấp.",
        en: "The certificate that signed the card was not issued by the authority it names.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-12, D.1.1.3",
    }
    DSC_ISSUER_MISMATCH = "dsc-issuer-mismatch" {
        vi: "Tên cơ quan cấp trong chứng thư số ký thẻ không khớp với cơ quan chứng thực gốc.",
        en: "The issuer's name in the card's signing certificate is not that of the authority.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-12, D.1",
    }
    DSC_MALFORMED = "dsc-malformed" {
        vi: "Chứng thư số ký thẻ không đúng cấu trúc quy định.",
        en: "The certificate that signed the card is not of the prescribed form.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-12, table 5",
    }
    DSC_KEY_USAGE = "dsc-key-usage" {
        vi: "Chứng thư số ký thẻ không được cấp đúng mục đích ký giấy tờ.",
        en: "The certificate that signed the card was not made out for signing documents.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-12, table 6",
    }
    DSC_IS_CA = "dsc-is-ca" {
        vi: "Thẻ được ký bằng chứng thư số của cơ quan chứng thực, loại không được dùng để ký thẻ.",
        en: "The card was signed with an authority's certificate, which must not sign cards.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-12, table 6",
    }
    DSC_EXT_KEY_USAGE = "dsc-ext-key-usage" {
        vi: "Chứng thư số ký thẻ được cấp cho mục đích khác.",
        en: "The certificate that signed the card was made out for another purpose.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-12, table 6",
    }
    PATH_TOO_LONG = "path-too-long" {
        vi: "Giữa chứng thư số ký thẻ và cơ quan chứng thực gốc có chứng thư trung gian không được phép.",
        en: "Between the card's signing certificate and the authority stands one that must not be there.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-12, D.1",
    }
    DSC_EXPIRED_AT_SIGNING = "dsc-expired-at-signing" {
        vi: "Thẻ được ký sau khi chứng thư số ký thẻ đã hết hạn.",
        en: "The card was signed after its signing certificate had expired.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-12, D.1.1.3",
    }
    DSC_NOT_YET_VALID_AT_SIGNING = "dsc-not-yet-valid-at-signing" {
        vi: "Thẻ được ký trước khi chứng thư số ký thẻ có hiệu lực.",
        en: "The card was signed before its signing certificate became valid.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-12, D.1.1.3",
    }
    DSC_NOT_YET_VALID = "dsc-not-yet-valid" {
        vi: "Chứng thư số ký thẻ đến hôm nay vẫn chưa có hiệu lực.",
        en: "The certificate that signed the card is not valid yet today.",
        next_vi: "Xem ngày giờ của máy tính; nếu đúng, chưa nhận thẻ làm căn cứ, lưu bản ghi và mời người phụ trách.",
        next_en: "Check the date and time of the computer; if right, do not accept the card, keep the record and call the supervisor.",
        clause: "BSI TR-03135-1, table 5.36",
    }
    CSCA_EXPIRED_AT_ISSUE = "csca-expired-at-issue" {
        vi: "Chứng thư số ký thẻ được cấp sau khi chứng thư của cơ quan chứng thực gốc đã hết hạn.",
        en: "The card's signing certificate was issued after the authority's own had expired.",
        next_vi: "Chưa nhận thẻ này làm căn cứ. Lưu bản ghi, mời công dân chờ và mời người phụ trách xử lý.",
        next_en: "Do not accept the card as proof. Keep the record, ask the person to wait and call the supervisor.",
        clause: "ICAO 9303-12, table 1",
    }
    DATA_CHANGED_DURING_SESSION = "data-changed-during-session" {
        vi: "Dữ liệu trong chip thay đổi giữa hai lần đọc trong cùng một phiên.",
        en: "The chip's data changed between two reads of one session.",
        next_vi: "Đọc lại trên đầu đọc khác; nếu vẫn vậy, chưa nhận thẻ làm căn cứ, lưu bản ghi và mời người phụ trách.",
        next_en: "Read again on another reader; if it stays so, do not accept the card, keep the record and call the supervisor.",
        clause: "own",
    }
    PRESENTATION_ATTACK = "presentation-attack" {
        vi: "Trước camera là ảnh in hoặc màn hình, không phải người thật.",
        en: "Before the camera is a print or a screen, not a living person.",
        next_vi: "Mời người trước mặt bỏ ảnh, điện thoại ra và chụp lại; nếu vẫn vậy, lưu bản ghi và mời người phụ trách.",
        next_en: "Have prints and phones put away and take the picture again; if it stays so, keep the record and call the supervisor.",
        clause: "ISO/IEC 30107-3",
    }
    SENSOR_REPLAY = "sensor-replay" {
        vi: "Ảnh từ camera trùng hệt ảnh của một phiên trước, không phải ảnh vừa chụp.",
        en: "The camera's picture is the very one of an earlier session, not a new one.",
        next_vi: "Kiểm tra camera và dây nối, chụp lại; nếu vẫn vậy, lưu bản ghi và mời người phụ trách.",
        next_en: "Check camera and cable and take the picture again; if it stays so, keep the record and call the supervisor.",
        clause: "own",
    }
    VERDICT_REPLAYED = "verdict-replayed" {
        vi: "Kết quả gửi đến là của một phiên khác, được gửi lại.",
        en: "The result that was sent belongs to another session and was sent again.",
        next_vi: "Không dùng kết quả này. Đọc lại thẻ trong phiên hiện tại và báo người phụ trách.",
        next_en: "Do not use this result. Read the card in the present session and tell the supervisor.",
        clause: "own",
    }
}

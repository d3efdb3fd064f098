//! The card could not be read: nothing is said about whether it is genuine.

reasons! { Technical:
    NO_CARD = "no-card" {
        vi: "Không có thẻ trên đầu đọc.",
        en: "There is no card on the reader.",
        next_vi: "Đặt thẻ lên đầu đọc rồi thử lại.",
        next_en: "Lay the card on the reader and try again.",
        clause: "own",
    }
    READER_LOST = "reader-lost" {
        vi: "Mất kết nối với đầu đọc thẻ trong lúc đọc.",
        en: "The card reader was disconnected while reading.",
        next_vi: "Cắm lại dây đầu đọc, chờ đèn sáng rồi đọc lại; nếu vẫn lỗi, dùng đầu đọc khác.",
        next_en: "Plug the reader in again, wait for its light and read again; if it fails again, use another reader.",
        clause: "own",
    }
    READER_SERVICE_LOST = "reader-service-lost" {
        vi: "Dịch vụ đầu đọc thẻ trên máy tính này đã dừng.",
        en: "The card reader service of this computer stopped.",
        next_vi: "Chờ vài giây rồi đọc lại; nếu vẫn lỗi, báo bộ phận kỹ thuật khởi động lại dịch vụ đầu đọc.",
        next_en: "Wait some seconds and read again; if it fails again, ask technical support to restart the reader service.",
        clause: "own",
    }
    READER_BUSY = "reader-busy" {
        vi: "Một chương trình khác đang dùng đầu đọc thẻ.",
        en: "Another program is using the card reader.",
        next_vi: "Đóng chương trình khác đang đọc thẻ rồi đọc lại.",
        next_en: "Close the other program that reads cards and read again.",
        clause: "own",
    }
    CARD_REMOVED = "card-removed" {
        vi: "Thẻ bị nhấc ra trước khi đọc xong.",
        en: "The card was lifted before the reading was complete.",
        next_vi: "Đặt lại thẻ lên đầu đọc và giữ yên đến khi màn hình báo đọc xong.",
        next_en: "Lay the card back on the reader and leave it until the screen says that reading is complete.",
        clause: "BSI TR-03135-1, 3.5.1",
    }
    SESSION_RESET = "session-reset" {
        vi: "Phiên đọc thẻ bị một chương trình khác ngắt giữa chừng.",
        en: "Another program interrupted the reading.",
        next_vi: "Đóng chương trình khác đang đọc thẻ rồi đặt lại thẻ.",
        next_en: "Close the other program that reads cards and lay the card again.",
        clause: "own",
    }
    MULTIPLE_CARDS = "multiple-cards" {
        vi: "Có nhiều hơn một thẻ trên đầu đọc.",
        en: "There is more than one card on the reader.",
        next_vi: "Chỉ để lại thẻ căn cước, lấy thẻ khác, ví và điện thoại ra rồi đọc lại.",
        next_en: "Leave only the identity card, take other cards, wallet and phone away and read again.",
        clause: "own",
    }
    NOT_AN_EMRTD = "not-an-emrtd" {
        vi: "Đây không phải thẻ căn cước gắn chip, hoặc chip không có ứng dụng giấy tờ điện tử.",
        en: "This is no identity card with a chip, or its chip holds no electronic document.",
        next_vi: "Kiểm tra xem có đặt nhầm thẻ ngân hàng hoặc điện thoại không; đặt thẻ căn cước lên đầu đọc.",
        next_en: "Check that no bank card or phone was laid by mistake; lay the identity card on the reader.",
        clause: "BSI TR-03105-5.1, ISO7816_A_03",
    }
    APP_SELECT_FAILED = "app-select-failed" {
        vi: "Chip từ chối mở ứng dụng giấy tờ điện tử.",
        en: "The chip refused to open its electronic document.",
        next_vi: "Đọc lại một lần; nếu vẫn lỗi, dùng đầu đọc khác; sau đó kiểm tra thẻ bằng mắt và báo người phụ trách.",
        next_en: "Read once more; if it fails again, use another reader; then look at the card and tell the supervisor.",
        clause: "BSI TR-03105-5.1, ISO7816_A_03",
    }
    READ_TIMEOUT = "read-timeout" {
        vi: "Chip trả lời quá chậm nên phiên đọc đã dừng.",
        en: "The chip answered too slowly and the reading was ended.",
        next_vi: "Đặt thẻ nằm yên, ngay ngắn trên đầu đọc rồi đọc lại; nếu vẫn lỗi, dùng đầu đọc khác.",
        next_en: "Lay the card flat and still on the reader and read again; if it fails again, use another reader.",
        clause: "own",
    }
    RESPONSE_MALFORMED = "response-malformed" {
        vi: "Chip trả lời không đúng độ dài hoặc cấu trúc quy định.",
        en: "The chip gave an answer of the wrong length or structure.",
        next_vi: "Đọc lại một lần; nếu vẫn lỗi, dùng đầu đọc khác; sau đó kiểm tra thẻ bằng mắt và báo người phụ trách.",
        next_en: "Read once more; if it fails again, use another reader; then look at the card and tell the supervisor.",
        clause: "ISO/IEC 7816-4, 5.1",
    }
    RESPONSE_LOOP = "response-loop" {
        vi: "Chip lặp lại mãi một câu trả lời nên phiên đọc đã dừng.",
        en: "The chip repeated its answer without end and the reading was ended.",
        next_vi: "Đọc lại một lần; nếu vẫn lỗi, dùng đầu đọc khác; sau đó kiểm tra thẻ bằng mắt và báo người phụ trách.",
        next_en: "Read once more; if it fails again, use another reader; then look at the card and tell the supervisor.",
        clause: "own",
    }
    APDU_LENGTH_REFUSED = "apdu-length-refused" {
        vi: "Chip và đầu đọc không thống nhất được độ dài mỗi lần đọc.",
        en: "Chip and reader found no common length for one read.",
        next_vi: "Đọc lại trên đầu đọc loại khác; nếu vẫn vậy, gửi bản ghi cho bộ phận kỹ thuật.",
        next_en: "Read again on a reader of another model; if it stays so, send the record to technical support.",
        clause: "ISO/IEC 7816-4, 5.1",
    }
    ACCESS_FAILED = "access-failed" {
        vi: "Không mở được kênh bảo mật với chip.",
        en: "No protected channel with the chip could be opened.",
        next_vi: "Đặt thẻ nằm yên, ngay ngắn trên đầu đọc rồi đọc lại; nếu vẫn lỗi, dùng đầu đọc khác.",
        next_en: "Lay the card flat and still on the reader and read again; if it fails again, use another reader.",
        clause: "ICAO 9303-11, 4.3 and 4.4",
    }
    ACCESS_BLOCKED = "access-blocked" {
        vi: "Chip đang tạm khóa mã mở sau nhiều lần nhập không đúng.",
        en: "The chip has blocked its access code after wrong entries.",
        next_vi: "Không thử lại. Nhấc thẻ ra, báo người phụ trách; hướng dẫn công dân đến cơ quan cấp thẻ nếu thẻ vẫn khóa.",
        next_en: "Do not try again. Take the card off, tell the supervisor; if it stays blocked, direct the person to the issuing office.",
        clause: "ICAO 9303-11, 4.4.4",
    }
    ACCESS_PROTOCOL_VIOLATION = "access-protocol-violation" {
        vi: "Chip mở thêm một cách truy cập thứ hai trong cùng một phiên đọc, trái quy định.",
        en: "The chip began a second way of access in one session, against the standard.",
        next_vi: "Đọc lại một lần; nếu vẫn lỗi, dùng đầu đọc khác; sau đó kiểm tra thẻ bằng mắt và báo người phụ trách.",
        next_en: "Read once more; if it fails again, use another reader; then look at the card and tell the supervisor.",
        clause: "ICAO 9303-11, 4.1",
    }
    BAC_CHIP_AUTH_FAILED = "bac-chip-auth-failed" {
        vi: "Câu trả lời của chip khi mở thẻ không qua được kiểm tra toàn vẹn.",
        en: "The answer of the chip when the card was opened failed its integrity check.",
        next_vi: "Đặt thẻ nằm yên, ngay ngắn trên đầu đọc rồi đọc lại; nếu vẫn lỗi, dùng đầu đọc khác.",
        next_en: "Lay the card flat and still on the reader and read again; if it fails again, use another reader.",
        clause: "ICAO 9303-11, 4.3.1",
    }
    CARDACCESS_MALFORMED = "cardaccess-malformed" {
        vi: "Tệp EF.CardAccess, nơi chip nêu cách mở thẻ, không đúng cấu trúc.",
        en: "EF.CardAccess, where the chip says how to open it, is malformed.",
        next_vi: "Đọc lại trên đầu đọc khác; nếu vẫn vậy, kiểm tra thẻ bằng mắt và hướng dẫn công dân đến cơ quan cấp thẻ kiểm tra chip.",
        next_en: "Read again on another reader; if it stays so, look at the card and direct the person to the issuing office to have the chip checked.",
        clause: "ICAO 9303-11, 9.2",
    }
    PACE_UNSUPPORTED = "pace-unsupported" {
        vi: "Chip chỉ nêu cách mở thẻ PACE mà phần mềm này chưa hỗ trợ.",
        en: "The chip offers only kinds of PACE access that this software does not support.",
        next_vi: "Kiểm tra thẻ bằng mắt, báo người phụ trách và gửi bản ghi cho bộ phận kỹ thuật.",
        next_en: "Look at the card, tell the supervisor and send the record to technical support.",
        clause: "ICAO 9303-11, 9.2.1",
    }
    PACE_REFUSED = "pace-refused" {
        vi: "Chip nêu cách mở thẻ PACE nhưng lại từ chối khi thực hiện.",
        en: "The chip offers PACE access and then refuses it.",
        next_vi: "Đọc lại một lần; nếu vẫn lỗi, dùng đầu đọc khác; sau đó kiểm tra thẻ bằng mắt và báo người phụ trách.",
        next_en: "Read once more; if it fails again, use another reader; then look at the card and tell the supervisor.",
        clause: "ICAO 9303-11, 4.4.4",
    }
    PACE_DATA_MALFORMED = "pace-data-malformed" {
        vi: "Dữ liệu chip gửi khi mở thẻ bằng PACE không đúng cấu trúc.",
        en: "The data sent by the chip during PACE access are malformed.",
        next_vi: "Đọc lại một lần; nếu vẫn lỗi, dùng đầu đọc khác; sau đó kiểm tra thẻ bằng mắt và báo người phụ trách.",
        next_en: "Read once more; if it fails again, use another reader; then look at the card and tell the supervisor.",
        clause: "ICAO 9303-11, 4.4.4",
    }
    PACE_TOKEN_INVALID = "pace-token-invalid" {
        vi: "Mã xác nhận của chip khi mở thẻ bằng PACE không khớp.",
        en: "The token by which the chip confirms PACE access does not match.",
        next_vi: "Kiểm tra lại mã CAN hoặc quét lại mã QR, rồi đọc lại; nếu vẫn lỗi, dùng đầu đọc khác.",
        next_en: "Check the CAN or scan the QR code again and read again; if it fails again, use another reader.",
        clause: "ICAO 9303-11, 4.4.3.4",
    }
    SM_MAC_INVALID = "sm-mac-invalid" {
        vi: "Một câu trả lời của chip bị thay đổi hoặc hỏng trên đường truyền.",
        en: "An answer of the chip was altered or damaged on its way.",
        next_vi: "Đặt thẻ nằm yên, ngay ngắn trên đầu đọc rồi đọc lại; nếu vẫn lỗi, dùng đầu đọc khác.",
        next_en: "Lay the card flat and still on the reader and read again; if it fails again, use another reader.",
        clause: "ICAO 9303-11, 9.8",
    }
    SM_DO_MISSING = "sm-do-missing" {
        vi: "Câu trả lời của chip trong kênh bảo mật thiếu một phần bắt buộc.",
        en: "A protected answer of the chip lacks a required part.",
        next_vi: "Đọc lại một lần; nếu vẫn lỗi, dùng đầu đọc khác; sau đó kiểm tra thẻ bằng mắt và báo người phụ trách.",
        next_en: "Read once more; if it fails again, use another reader; then look at the card and tell the supervisor.",
        clause: "ICAO 9303-11, 9.8",
    }
    SM_DO_MALFORMED = "sm-do-malformed" {
        vi: "Câu trả lời của chip trong kênh bảo mật không đúng cấu trúc.",
        en: "A protected answer of the chip is malformed.",
        next_vi: "Đọc lại một lần; nếu vẫn lỗi, dùng đầu đọc khác; sau đó kiểm tra thẻ bằng mắt và báo người phụ trách.",
        next_en: "Read once more; if it fails again, use another reader; then look at the card and tell the supervisor.",
        clause: "ICAO 9303-11, 9.8",
    }
    SM_PADDING_INVALID = "sm-padding-invalid" {
        vi: "Câu trả lời của chip giải mã ra không đúng định dạng.",
        en: "An answer of the chip does not decrypt to the proper form.",
        next_vi: "Đọc lại một lần; nếu vẫn lỗi, dùng đầu đọc khác; sau đó kiểm tra thẻ bằng mắt và báo người phụ trách.",
        next_en: "Read once more; if it fails again, use another reader; then look at the card and tell the supervisor.",
        clause: "ICAO 9303-11, 9.8",
    }
    SM_PLAIN_RESPONSE = "sm-plain-response" {
        vi: "Chip trả lời không mã hóa trong khi kênh bảo mật đang mở.",
        en: "The chip answered without protection while the protected channel was open.",
        next_vi: "Đọc lại một lần; nếu vẫn lỗi, dùng đầu đọc khác; sau đó kiểm tra thẻ bằng mắt và báo người phụ trách.",
        next_en: "Read once more; if it fails again, use another reader; then look at the card and tell the supervisor.",
        clause: "ICAO 9303-11, 9.8",
    }
    SM_SESSION_LOST = "sm-session-lost" {
        vi: "Chip đã đóng kênh bảo mật trước khi đọc xong.",
        en: "The chip closed the protected channel before reading was complete.",
        next_vi: "Đặt thẻ nằm yên, ngay ngắn trên đầu đọc rồi đọc lại; nếu vẫn lỗi, dùng đầu đọc khác.",
        next_en: "Lay the card flat and still on the reader and read again; if it fails again, use another reader.",
        clause: "ICAO 9303-11, 9.8",
    }
    SM_STATUS_MISMATCH = "sm-status-mismatch" {
        vi: "Mã trạng thái bên trong và bên ngoài câu trả lời của chip khác nhau.",
        en: "The status inside an answer of the chip differs from the one outside.",
        next_vi: "Đọc lại một lần; nếu vẫn lỗi, dùng đầu đọc khác; sau đó kiểm tra thẻ bằng mắt và báo người phụ trách.",
        next_en: "Read once more; if it fails again, use another reader; then look at the card and tell the supervisor.",
        clause: "ICAO 9303-11, 9.8",
    }
    FILE_TRUNCATED = "file-truncated" {
        vi: "Một tệp trong chip ngắn hơn độ dài mà chính tệp đó nêu.",
        en: "A file of the chip ends before the length that it declares.",
        next_vi: "Đọc lại trên đầu đọc khác; nếu vẫn vậy, kiểm tra thẻ bằng mắt và hướng dẫn công dân đến cơ quan cấp thẻ kiểm tra chip.",
        next_en: "Read again on another reader; if it stays so, look at the card and direct the person to the issuing office to have the chip checked.",
        clause: "BSI TR-03105-5.1, ISO7816_C_04 and C_05",
    }
    LENGTH_IMPLAUSIBLE = "length-implausible" {
        vi: "Một tệp trong chip nêu độ dài lớn quá mức cho phép.",
        en: "A file of the chip declares a length beyond what is allowed.",
        next_vi: "Đọc lại trên đầu đọc khác; nếu vẫn vậy, kiểm tra thẻ bằng mắt và hướng dẫn công dân đến cơ quan cấp thẻ kiểm tra chip.",
        next_en: "Read again on another reader; if it stays so, look at the card and direct the person to the issuing office to have the chip checked.",
        clause: "own",
    }
    MANDATORY_FILE_MISSING = "mandatory-file-missing" {
        vi: "Chip không có một tệp bắt buộc của thẻ căn cước.",
        en: "The chip lacks a file that every identity card must have.",
        next_vi: "Đọc lại trên đầu đọc khác; nếu vẫn vậy, kiểm tra thẻ bằng mắt và hướng dẫn công dân đến cơ quan cấp thẻ kiểm tra chip.",
        next_en: "Read again on another reader; if it stays so, look at the card and direct the person to the issuing office to have the chip checked.",
        clause: "BSI TR-03105-5.1, ISO7816_C_01",
    }
    DG_MALFORMED = "dg-malformed" {
        vi: "Một nhóm dữ liệu trong chip không đúng cấu trúc nên không đọc được.",
        en: "A data group of the chip is malformed and cannot be read.",
        next_vi: "Đọc lại trên đầu đọc khác; nếu vẫn vậy, kiểm tra thẻ bằng mắt và hướng dẫn công dân đến cơ quan cấp thẻ kiểm tra chip.",
        next_en: "Read again on another reader; if it stays so, look at the card and direct the person to the issuing office to have the chip checked.",
        clause: "ICAO 9303-10, 4.7",
    }
    DG_TAG_WRONG = "dg-tag-wrong" {
        vi: "Chip trả về một tệp khác với tệp được yêu cầu.",
        en: "The chip returned another file than the one asked for.",
        next_vi: "Đọc lại trên đầu đọc khác; nếu vẫn vậy, kiểm tra thẻ bằng mắt và hướng dẫn công dân đến cơ quan cấp thẻ kiểm tra chip.",
        next_en: "Read again on another reader; if it stays so, look at the card and direct the person to the issuing office to have the chip checked.",
        clause: "ICAO 9303-10, 4.7",
    }
    DG13_MALFORMED = "dg13-malformed" {
        vi: "Nhóm dữ liệu DG13 (thông tin công dân) không đúng cấu trúc nên không đọc được.",
        en: "Data group DG13 (the citizen's particulars) is malformed and cannot be read.",
        next_vi: "Đọc lại trên đầu đọc khác; nếu vẫn vậy, kiểm tra thẻ bằng mắt và hướng dẫn công dân đến cơ quan cấp thẻ kiểm tra chip.",
        next_en: "Read again on another reader; if it stays so, look at the card and direct the person to the issuing office to have the chip checked.",
        clause: "own",
    }
    MRZ_MALFORMED = "mrz-malformed" {
        vi: "Các dòng mã máy đọc (MRZ) ghi trong chip không đúng quy cách.",
        en: "The machine readable lines in the chip are not of the proper form.",
        next_vi: "Đọc lại trên đầu đọc khác; nếu vẫn vậy, kiểm tra thẻ bằng mắt và hướng dẫn công dân đến cơ quan cấp thẻ kiểm tra chip.",
        next_en: "Read again on another reader; if it stays so, look at the card and direct the person to the issuing office to have the chip checked.",
        clause: "ICAO 9303-5, 4.2",
    }
    PORTRAIT_MISSING = "portrait-missing" {
        vi: "Chip không có ảnh chân dung.",
        en: "The chip holds no portrait.",
        next_vi: "Đối chiếu khuôn mặt với ảnh in trên thẻ bằng mắt và báo người phụ trách.",
        next_en: "Compare the face with the printed photo by eye and tell the supervisor.",
        clause: "ICAO 9303-10, 4.7.2",
    }
    PORTRAIT_MALFORMED = "portrait-malformed" {
        vi: "Ảnh chân dung trong chip bị hỏng hoặc sai định dạng nên không mở được.",
        en: "The portrait in the chip is damaged or malformed and cannot be opened.",
        next_vi: "Đọc lại một lần; nếu vẫn vậy, đối chiếu với ảnh in trên thẻ bằng mắt và báo người phụ trách.",
        next_en: "Read once more; if it stays so, compare with the printed photo by eye and tell the supervisor.",
        clause: "ISO/IEC 19794-5",
    }
    PORTRAIT_TOO_LARGE = "portrait-too-large" {
        vi: "Ảnh chân dung trong chip nêu kích thước lớn quá mức nên không được mở.",
        en: "The portrait in the chip declares an excessive size and was not opened.",
        next_vi: "Đối chiếu với ảnh in trên thẻ bằng mắt, báo người phụ trách và gửi bản ghi cho bộ phận kỹ thuật.",
        next_en: "Compare with the printed photo by eye, tell the supervisor and send the record to technical support.",
        clause: "own",
    }
    SOD_MALFORMED = "sod-malformed" {
        vi: "Tệp chữ ký số của thẻ (EF.SOD) không đúng cấu trúc.",
        en: "The file with the card's digital signature (EF.SOD) is malformed.",
        next_vi: "Đọc lại trên đầu đọc khác; nếu vẫn vậy, kiểm tra thẻ bằng mắt và hướng dẫn công dân đến cơ quan cấp thẻ kiểm tra chip.",
        next_en: "Read again on another reader; if it stays so, look at the card and direct the person to the issuing office to have the chip checked.",
        clause: "ICAO 9303-10, 4.6.2",
    }
    SESSION_CLOSED = "session-closed" {
        vi: "Phiên làm việc đã đóng trước khi có kết quả đọc thẻ.",
        en: "The session was closed before the result of the reading arrived.",
        next_vi: "Mở phiên mới cho hồ sơ và đọc lại thẻ.",
        next_en: "Open a new session for the dossier and read the card again.",
        clause: "own",
    }
    INTERNAL_ERROR = "internal-error" {
        vi: "Phần mềm gặp lỗi khi xử lý thẻ này.",
        en: "The software failed while handling this card.",
        next_vi: "Đọc lại một lần; nếu vẫn lỗi, báo bộ phận kỹ thuật kèm mã phiên. Các thẻ khác vẫn đọc được.",
        next_en: "Read once more; if it fails again, give technical support the session number. Other cards can still be read.",
        clause: "BSI TR-03135-1, 5.3",
    }
}

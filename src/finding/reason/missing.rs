//! Everything was read and nothing contradicted, but something to decide with is missing.

reasons! { Missing:
    CSCA_UNKNOWN = "csca-unknown" {
        vi: "Máy này chưa có chứng thư số tin cậy của cơ quan cấp thẻ này, nên chưa kết luận được.",
        en: "This desk holds no trusted certificate of this card's issuer, so nothing can be concluded.",
        next_vi: "Báo bộ phận kỹ thuật cập nhật chứng thư số tin cậy; trong lúc chờ, mời người phụ trách quyết định.",
        next_en: "Ask technical support to update the trusted certificates; meanwhile ask the supervisor to decide.",
        clause: "ICAO 9303-12, D.1",
    }
    TRUST_STORE_UNAVAILABLE = "trust-store-unavailable" {
        vi: "Không mở được kho chứng thư số tin cậy của máy này.",
        en: "The store of trusted certificates of this desk cannot be opened.",
        next_vi: "Báo bộ phận kỹ thuật cập nhật chứng thư số tin cậy; trong lúc chờ, mời người phụ trách quyết định.",
        next_en: "Ask technical support to update the trusted certificates; meanwhile ask the supervisor to decide.",
        clause: "own",
    }
    DSC_MISSING = "dsc-missing" {
        vi: "Thẻ không kèm chứng thư số ký thẻ và máy này cũng chưa có.",
        en: "The card does not enclose its signing certificate, and this desk does not hold it.",
        next_vi: "Báo bộ phận kỹ thuật cập nhật chứng thư số tin cậy; trong lúc chờ, mời người phụ trách quyết định.",
        next_en: "Ask technical support to update the trusted certificates; meanwhile ask the supervisor to decide.",
        clause: "BSI TR-03135-1, table 5.28",
    }
    DSC_UNDER_REVIEW = "dsc-under-review" {
        vi: "Chứng thư số ký thẻ đang được cơ quan cấp xem xét.",
        en: "The certificate that signed the card is under review by its authority.",
        next_vi: "Kiểm tra thẻ và hồ sơ bằng mắt, rồi mời người phụ trách quyết định.",
        next_en: "Look at the card and the dossier, then ask the supervisor to decide.",
        clause: "BSI TR-03135-1, table 5.54",
    }
    DSC_KEY_USAGE_PERIOD = "dsc-key-usage-period" {
        vi: "Ngày cấp thẻ nằm ngoài thời gian chứng thư số được phép ký.",
        en: "The card's date of issue lies outside the period in which its certificate may sign.",
        next_vi: "Kiểm tra thẻ và hồ sơ bằng mắt, rồi mời người phụ trách quyết định.",
        next_en: "Look at the card and the dossier, then ask the supervisor to decide.",
        clause: "ICAO 9303-11, 5.1.1",
    }
    SIGNING_TIME_UNKNOWN = "signing-time-unknown" {
        vi: "Chứng thư số ký thẻ nay đã hết hạn và không rõ thẻ được ký ngày nào.",
        en: "The signing certificate has expired by now, and it is unknown when the card was signed.",
        next_vi: "Kiểm tra thẻ và hồ sơ bằng mắt, rồi mời người phụ trách quyết định.",
        next_en: "Look at the card and the dossier, then ask the supervisor to decide.",
        clause: "ICAO 9303-12, D.1.1.3",
    }
    CLOCK_UNTRUSTED = "clock-untrusted" {
        vi: "Ngày giờ của máy tính này không đáng tin cậy.",
        en: "The date and time of this computer cannot be trusted.",
        next_vi: "Báo bộ phận kỹ thuật chỉnh đồng hồ máy tính, rồi đọc lại thẻ.",
        next_en: "Ask technical support to set the computer's clock, then read the card again.",
        clause: "BSI TR-03135-1, 5.6.4.3.4",
    }
    CRL_MISSING = "crl-missing" {
        vi: "Máy này chưa có danh sách chứng thư số bị thu hồi của cơ quan cấp thẻ.",
        en: "This desk holds no revocation list of the card's issuer.",
        next_vi: "Báo bộ phận kỹ thuật nạp danh sách thu hồi mới; trong lúc chờ, mời người phụ trách quyết định.",
        next_en: "Ask technical support to load a new revocation list; meanwhile ask the supervisor to decide.",
        clause: "ICAO 9303-12, D.1.2",
    }
    CRL_STALE = "crl-stale" {
        vi: "Danh sách chứng thư số bị thu hồi trên máy này đã quá cũ.",
        en: "The revocation list on this desk is too old.",
        next_vi: "Báo bộ phận kỹ thuật nạp danh sách thu hồi mới; trong lúc chờ, mời người phụ trách quyết định.",
        next_en: "Ask technical support to load a new revocation list; meanwhile ask the supervisor to decide.",
        clause: "ICAO 9303-12, 4.1.5",
    }
    CRL_NOT_YET_VALID = "crl-not-yet-valid" {
        vi: "Danh sách thu hồi ghi ngày phát hành ở tương lai.",
        en: "The revocation list says that it was issued in the future.",
        next_vi: "Kiểm tra ngày giờ của máy tính; nếu đúng, báo bộ phận kỹ thuật nạp danh sách thu hồi mới.",
        next_en: "Check the computer's date and time; if right, ask technical support to load a new revocation list.",
        clause: "ICAO 9303-12, D.1.2",
    }
    CRL_SIGNATURE_INVALID = "crl-signature-invalid" {
        vi: "Chữ ký số trên danh sách thu hồi không đúng nên không dùng được danh sách.",
        en: "The digital signature on the revocation list is wrong, so the list cannot be used.",
        next_vi: "Báo bộ phận kỹ thuật nạp danh sách thu hồi mới; trong lúc chờ, mời người phụ trách quyết định.",
        next_en: "Ask technical support to load a new revocation list; meanwhile ask the supervisor to decide.",
        clause: "ICAO 9303-12, D.1.2.3",
    }
    CRL_ISSUER_MISMATCH = "crl-issuer-mismatch" {
        vi: "Danh sách thu hồi trên máy là của cơ quan khác, không phải cơ quan cấp thẻ này.",
        en: "The revocation list at hand is another authority's, not this card's issuer's.",
        next_vi: "Báo bộ phận kỹ thuật nạp danh sách thu hồi mới; trong lúc chờ, mời người phụ trách quyết định.",
        next_en: "Ask technical support to load a new revocation list; meanwhile ask the supervisor to decide.",
        clause: "ICAO 9303-12, D.1.2",
    }
    CRL_ROLLBACK = "crl-rollback" {
        vi: "Danh sách thu hồi được nạp cũ hơn danh sách đã dùng trước đó.",
        en: "The revocation list loaded is older than the one used before.",
        next_vi: "Báo bộ phận kỹ thuật nạp danh sách thu hồi mới; trong lúc chờ, mời người phụ trách quyết định.",
        next_en: "Ask technical support to load a new revocation list; meanwhile ask the supervisor to decide.",
        clause: "ICAO 9303-12, table 10",
    }
    CRL_UNSUPPORTED = "crl-unsupported" {
        vi: "Danh sách thu hồi thuộc loại từng phần hoặc loại phần mềm chưa hỗ trợ.",
        en: "The revocation list is a partial one or of a kind that is not supported.",
        next_vi: "Báo bộ phận kỹ thuật nạp danh sách thu hồi mới; trong lúc chờ, mời người phụ trách quyết định.",
        next_en: "Ask technical support to load a new revocation list; meanwhile ask the supervisor to decide.",
        clause: "ICAO 9303-12, table 10",
    }
    CRITICAL_EXTENSION_UNKNOWN = "critical-extension-unknown" {
        vi: "Chứng thư số có một mục bắt buộc mà phần mềm này chưa biết.",
        en: "A certificate holds a mandatory item that this software does not know.",
        next_vi: "Báo bộ phận kỹ thuật; trong lúc chờ, kiểm tra thẻ bằng mắt và làm theo quy trình dự phòng.",
        next_en: "Tell technical support; meanwhile look at the card and follow the fallback procedure.",
        clause: "ICAO 9303-12, D.1.1.3",
    }
    DOCUMENT_TYPE_NOT_ALLOWED = "document-type-not-allowed" {
        vi: "Chứng thư số ký thẻ không nêu loại giấy tờ này.",
        en: "The certificate that signed the card does not name this type of document.",
        next_vi: "Kiểm tra thẻ và hồ sơ bằng mắt, rồi mời người phụ trách quyết định.",
        next_en: "Look at the card and the dossier, then ask the supervisor to decide.",
        clause: "ICAO 9303-11, 5.1.1",
    }
    SIGNER_ID_MISMATCH = "signer-id-mismatch" {
        vi: "Chữ ký số chỉ đến một chứng thư số khác với chứng thư kèm trong thẻ.",
        en: "The digital signature points to another certificate than the one in the card.",
        next_vi: "Đọc lại một lần; nếu vẫn vậy, kiểm tra thẻ bằng mắt và gửi bản ghi cho bộ phận kỹ thuật.",
        next_en: "Read once more; if it stays so, look at the card and send the record to technical support.",
        clause: "BSI TR-03135-1, 5.8.2.2.4",
    }
    ALGORITHM_UNSUPPORTED = "algorithm-unsupported" {
        vi: "Thẻ dùng thuật toán hoặc đường cong mật mã mà phần mềm này chưa hỗ trợ.",
        en: "The card uses an algorithm or curve that this software does not support.",
        next_vi: "Báo bộ phận kỹ thuật; trong lúc chờ, kiểm tra thẻ bằng mắt và làm theo quy trình dự phòng.",
        next_en: "Tell technical support; meanwhile look at the card and follow the fallback procedure.",
        clause: "BSI TR-03135-1, table 5.28",
    }
    ALGORITHM_WEAK = "algorithm-weak" {
        vi: "Chữ ký số của thẻ dùng thuật toán hoặc độ dài khóa yếu hơn mức quy định.",
        en: "The card's digital signature uses an algorithm or key length weaker than required.",
        next_vi: "Kiểm tra thẻ và hồ sơ bằng mắt, rồi mời người phụ trách quyết định.",
        next_en: "Look at the card and the dossier, then ask the supervisor to decide.",
        clause: "ICAO 9303-12, 4.1.6",
    }
    SOD_NOT_DER = "sod-not-der" {
        vi: "Tệp chữ ký số của thẻ được mã hóa khác chuẩn DER nên chưa kết luận được.",
        en: "The card's signature file is not encoded in DER, so nothing can be concluded.",
        next_vi: "Đọc lại một lần; nếu vẫn vậy, kiểm tra thẻ bằng mắt và gửi bản ghi cho bộ phận kỹ thuật.",
        next_en: "Read once more; if it stays so, look at the card and send the record to technical support.",
        clause: "ICAO 9303-10, 4.6.2",
    }
    COM_MALFORMED = "com-malformed" {
        vi: "Mục lục tệp của chip (EF.COM) không đúng cấu trúc nên không so sánh được.",
        en: "The chip's list of files (EF.COM) is malformed and cannot be compared.",
        next_vi: "Đọc lại một lần; nếu vẫn vậy, kiểm tra thẻ bằng mắt và gửi bản ghi cho bộ phận kỹ thuật.",
        next_en: "Read once more; if it stays so, look at the card and send the record to technical support.",
        clause: "BSI TR-03135-1, table 5.40",
    }
    LDS_VERSION_UNKNOWN = "lds-version-unknown" {
        vi: "Chip ghi phiên bản cấu trúc dữ liệu mà phần mềm này chưa biết.",
        en: "The chip names a version of the data structure that this software does not know.",
        next_vi: "Báo bộ phận kỹ thuật; trong lúc chờ, kiểm tra thẻ bằng mắt và làm theo quy trình dự phòng.",
        next_en: "Tell technical support; meanwhile look at the card and follow the fallback procedure.",
        clause: "ICAO 9303-10, 4.6.1",
    }
    DG_MISSING = "dg-missing" {
        vi: "Chip thiếu một nhóm dữ liệu có trong danh sách đã ký.",
        en: "The chip lacks a data group that the signed list names.",
        next_vi: "Đọc lại trên đầu đọc khác; nếu vẫn vậy, kiểm tra thẻ bằng mắt và hướng dẫn công dân đến cơ quan cấp thẻ kiểm tra chip.",
        next_en: "Read again on another reader; if it stays so, look at the card and direct the person to the issuing office to have the chip checked.",
        clause: "BSI TR-03135-1, table 5.42",
    }
    DG14_MALFORMED = "dg14-malformed" {
        vi: "Dữ liệu xác thực chip (DG14) không đầy đủ hoặc không đúng cấu trúc.",
        en: "The chip authentication data (DG14) are incomplete or malformed.",
        next_vi: "Đọc lại trên đầu đọc khác; nếu vẫn vậy, kiểm tra thẻ bằng mắt và hướng dẫn công dân đến cơ quan cấp thẻ kiểm tra chip.",
        next_en: "Read again on another reader; if it stays so, look at the card and direct the person to the issuing office to have the chip checked.",
        clause: "BSI TR-03110-3, A.1.1",
    }
    DG_HASH_SCOPE_AMBIGUOUS = "dg-hash-scope-ambiguous" {
        vi: "Không rõ chữ ký bảo vệ toàn bộ tệp trong chip hay chỉ phần dữ liệu bên trong.",
        en: "It is unclear whether a signed hash covers the whole file or only the data inside.",
        next_vi: "Đọc lại một lần; nếu vẫn vậy, kiểm tra thẻ bằng mắt và gửi bản ghi cho bộ phận kỹ thuật.",
        next_en: "Read once more; if it stays so, look at the card and send the record to technical support.",
        clause: "ICAO 9303-11, 5.1.1",
    }
    CHIP_AUTH_NOT_SUPPORTED = "chip-auth-not-supported" {
        vi: "Không có cách nào để chip chứng minh mình không phải là bản sao.",
        en: "There is no way for the chip to prove that it is no copy.",
        next_vi: "Kiểm tra thẻ và hồ sơ bằng mắt, rồi mời người phụ trách quyết định.",
        next_en: "Look at the card and the dossier, then ask the supervisor to decide.",
        clause: "BSI TR-03135-1, table 5.22",
    }
    AA_NEEDS_EXTENDED_LENGTH = "aa-needs-extended-length" {
        vi: "Đầu đọc này không nhận được câu trả lời dài mà chip cần để tự chứng minh.",
        en: "This reader cannot take the long answer by which the chip proves itself.",
        next_vi: "Đọc lại trên đầu đọc loại khác; nếu không có, mời người phụ trách quyết định.",
        next_en: "Read again on a reader of another model; if there is none, ask the supervisor to decide.",
        clause: "ICAO 9303-11, 6.1.4",
    }
    CHIP_RNG_WEAK = "chip-rng-weak" {
        vi: "Chip lặp lại số ngẫu nhiên nên lời chứng minh của chip không chắc chắn.",
        en: "The chip repeats its random numbers, so its proof is not certain.",
        next_vi: "Kiểm tra thẻ và hồ sơ bằng mắt, rồi mời người phụ trách quyết định.",
        next_en: "Look at the card and the dossier, then ask the supervisor to decide.",
        clause: "own",
    }
    TA_CERTIFICATE_MISSING = "ta-certificate-missing" {
        vi: "Quầy này chưa có chứng thư số cho phép đọc vân tay trong chip.",
        en: "This desk has no certificate that allows it to read the fingerprints in the chip.",
        next_vi: "Dùng cách đối chiếu khác (khuôn mặt, mắt thường) và báo bộ phận kỹ thuật.",
        next_en: "Compare in another way (face, by eye) and tell technical support.",
        clause: "BSI TR-03135-1, table 5.21",
    }
    TA_CERTIFICATE_EXPIRED = "ta-certificate-expired" {
        vi: "Chứng thư số cho phép quầy đọc vân tay trong chip đã hết hạn.",
        en: "The certificate that allows this desk to read the fingerprints in the chip has expired.",
        next_vi: "Dùng cách đối chiếu khác (khuôn mặt, mắt thường) và báo bộ phận kỹ thuật xin chứng thư số mới.",
        next_en: "Compare in another way (face, by eye) and ask technical support to obtain a new certificate.",
        clause: "BSI TR-03110-3, C.1",
    }
    TA_CERTIFICATE_NOT_YET_VALID = "ta-certificate-not-yet-valid" {
        vi: "Chứng thư số cho phép quầy đọc vân tay trong chip chưa đến ngày có hiệu lực.",
        en: "The certificate that allows this desk to read the fingerprints in the chip is not valid yet.",
        next_vi: "Dùng cách đối chiếu khác (khuôn mặt, mắt thường) và báo bộ phận kỹ thuật kiểm tra đồng hồ của quầy.",
        next_en: "Compare in another way (face, by eye) and ask technical support to check the desk's clock.",
        clause: "BSI TR-03110-3, C.1",
    }
    TA_CERTIFICATE_INVALID = "ta-certificate-invalid" {
        vi: "Các chứng thư số để đọc vân tay của quầy này không khớp với nhau.",
        en: "The certificates by which this desk would read fingerprints do not fit each other.",
        next_vi: "Dùng cách đối chiếu khác (khuôn mặt, mắt thường) và báo bộ phận kỹ thuật nạp lại bộ chứng thư số.",
        next_en: "Compare in another way (face, by eye) and ask technical support to load the set of certificates again.",
        clause: "ICAO 9303-11, 7.1",
    }
    ACCESS_CONTROL_ABSENT = "access-control-absent" {
        vi: "Chip cho đọc dữ liệu mà không cần mã mở, khác với thẻ căn cước thông thường.",
        en: "The chip gives its data without an access code, unlike an ordinary identity card.",
        next_vi: "Kiểm tra kỹ thẻ bằng mắt, lưu bản ghi và mời người phụ trách quyết định.",
        next_en: "Look at the card closely, keep the record and ask the supervisor to decide.",
        clause: "ICAO 9303-11, 4.1",
    }
    CARDACCESS_UNAUTHENTICATED = "cardaccess-unauthenticated" {
        vi: "Không có dữ liệu đã ký để xác nhận cách mở thẻ mà chip đã nêu.",
        en: "No signed data confirm the way of access that the chip named.",
        next_vi: "Kiểm tra thẻ và hồ sơ bằng mắt, rồi mời người phụ trách quyết định.",
        next_en: "Look at the card and the dossier, then ask the supervisor to decide.",
        clause: "ICAO 9303-11, 4.2",
    }
    COUNTRY_UNMAPPED = "country-unmapped" {
        vi: "Mã nước ghi trên giấy tờ không có trong bảng mã nước.",
        en: "The country code of the document is not in the table of countries.",
        next_vi: "Kiểm tra thẻ và hồ sơ bằng mắt, rồi mời người phụ trách quyết định.",
        next_en: "Look at the card and the dossier, then ask the supervisor to decide.",
        clause: "BSI TR-03135-1, table 5.43",
    }
    EXPIRY_UNKNOWN = "expiry-unknown" {
        vi: "Không đọc được ngày hết hạn của thẻ từ chip.",
        en: "The chip does not tell the card's date of expiry.",
        next_vi: "Xem ngày hết hạn in trên thẻ và mời người phụ trách quyết định.",
        next_en: "Look at the date of expiry printed on the card and ask the supervisor to decide.",
        clause: "BSI TR-03135-1, table 5.45",
    }
    SUPERSEDED_CARD = "superseded-card" {
        vi: "Đã thấy một thẻ cấp sau thẻ này cho cùng một số định danh cá nhân.",
        en: "A card issued later was seen for the same personal number.",
        next_vi: "Hỏi công dân có thẻ mới hơn không và đề nghị dùng thẻ đó; nếu không có, mời người phụ trách.",
        next_en: "Ask whether there is a newer card and to use that one; if there is none, call the supervisor.",
        clause: "own",
    }
    REGISTER_UNKNOWN = "register-unknown" {
        vi: "Cơ sở dữ liệu được hỏi không có số định danh này.",
        en: "The register that was asked does not know this personal number.",
        next_vi: "Thẻ có thể mới cấp hoặc dữ liệu chưa cập nhật: kiểm tra thẻ và hồ sơ bằng mắt, rồi mời người phụ trách quyết định.",
        next_en: "The card may be new, or the register behind: look at the card and the dossier, then ask the supervisor to decide.",
        clause: "own",
    }
    REGISTER_UNAVAILABLE = "register-unavailable" {
        vi: "Không hỏi được cơ sở dữ liệu trong thời gian cho phép.",
        en: "The register could not be asked in time.",
        next_vi: "Đọc lại thẻ sau ít phút; nếu vẫn không được, báo bộ phận kỹ thuật và mời người phụ trách quyết định.",
        next_en: "Read the card again in a few minutes; if it still fails, tell technical support and ask the supervisor to decide.",
        clause: "own",
    }
}

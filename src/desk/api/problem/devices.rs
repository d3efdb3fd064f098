//! What is wrong with a scan, a scanner or a camera.

use cccd_port::{CameraFault, Misread, ScannerFault};

use super::{Kind, problems};

problems! {
    SCAN_NOBODY_WAITS = "scan-nobody-waits" CONFLICT {
        "Mã đã quét nhưng không phiên nào đang chờ mã.", "A code was scanned, and no session waits for one.",
        "Mở phiên trên trang của quầy rồi quét lại.", "Open a session on the desk's page and scan again.",
    }
    SCAN_GONE = "scan-gone" CONFLICT {
        "Mã vừa quét không còn được giữ.", "The scan is not held any more, or another page took it.",
        "Quét lại thẻ.", "Scan the card again.",
    }
    PROPOSAL_GONE = "proposal-gone" CONFLICT {
        "Đề xuất này không còn hiệu lực.", "That proposal is not there any more.",
        "Quét lại, hoặc so với đề xuất mới.", "Scan again, or compare the newer proposal.",
    }
    MISREAD_TOO_LONG = "misread-too-long" UNPROCESSABLE_ENTITY {
        "Máy quét gửi nhiều dữ liệu hơn mọi mã của thẻ.", "The scanner sent more than any code holds.",
        "Quét lại; nếu vẫn vậy, báo người phụ trách kiểm tra cấu hình máy quét.", "Scan again; if it stays so, ask the operator to check the scanner's profile.",
    }
    MISREAD_CUT = "misread-cut" UNPROCESSABLE_ENTITY {
        "Mã quét bị đứt giữa chừng.", "What was scanned came in part.",
        "Quét lại; kiểm tra dây của máy quét.", "Scan again; look at the scanner's cable.",
    }
    MISREAD_DAMAGED = "misread-damaged" UNPROCESSABLE_ENTITY {
        "Dữ liệu bị hỏng trên đường truyền từ máy quét.", "The line damaged what was scanned.",
        "Quét lại; nếu vẫn vậy, báo người phụ trách kiểm tra dây và cấu hình.", "Scan again; if it stays so, ask the operator to check cable and profile.",
    }
    MISREAD_NOT_TEXT = "misread-not-text" UNPROCESSABLE_ENTITY {
        "Máy quét gửi chữ không đúng bảng mã.", "What was scanned is no text in the scanner's encoding.",
        "Quét lại; nếu vẫn vậy, đặt máy quét gửi UTF-8.", "Scan again; if it stays so, set the scanner to UTF-8.",
    }
    MISREAD_NOT_A_ZONE = "misread-not-a-zone" UNPROCESSABLE_ENTITY {
        "Máy quét không đọc được đủ các dòng MRZ.", "What was scanned is no machine readable zone.",
        "Lau mặt thẻ và quét lại, hoặc quét mã QR.", "Wipe the card and scan again, or scan the QR code.",
    }
    MISREAD_CHECK_DIGIT = "misread-check-digit" UNPROCESSABLE_ENTITY {
        "Số kiểm tra của dòng MRZ không khớp: máy quét đọc sai ký tự.", "A check digit of the machine readable zone is wrong: a character was misread.",
        "So đề xuất với thẻ nếu có; nếu không, quét lại.", "Compare the proposal with the card, if there is one; else scan again.",
    }
    SCANNER_UNPLUGGED = "scanner-unplugged" SERVICE_UNAVAILABLE {
        "Máy quét chưa được cắm.", "The scanner is not plugged in.",
        "Cắm lại máy quét; trong lúc chờ có thể gõ số thẻ.", "Plug it in; meanwhile the numbers can be typed.",
    }
    SCANNER_BUSY = "scanner-busy" SERVICE_UNAVAILABLE {
        "Chương trình khác đang giữ máy quét.", "Another program is using the scanner.",
        "Đóng chương trình đó; báo người phụ trách nếu không rõ.", "Close that program; ask the operator if it is not known.",
    }
    SCANNER_DENIED = "scanner-denied" SERVICE_UNAVAILABLE {
        "Bàn không có quyền mở máy quét.", "The desk may not open the scanner.",
        "Báo người phụ trách: thêm người dùng của dịch vụ vào nhóm dialout.", "Tell the operator: add the service's user to the group dialout.",
    }
    SCANNER_NO_PORT = "scanner-no-port" SERVICE_UNAVAILABLE {
        "Thiết bị dưới tên của máy quét không phải cổng nối tiếp.", "What is there under the scanner's name is no serial port.",
        "Báo người phụ trách sửa scanner.device trong cấu hình.", "Tell the operator to mend scanner.device in the configuration.",
    }
    CAMERA_NONE = "camera-none" SERVICE_UNAVAILABLE {
        "Bàn không có máy ảnh đó.", "The desk has no such camera, or none is plugged in under its name.",
        "Cắm máy ảnh, hoặc dùng máy ảnh của trình duyệt.", "Plug the camera in, or use the browser's.",
    }
    CAMERA_LOST = "camera-lost" SERVICE_UNAVAILABLE {
        "Máy ảnh đã bị rút ra.", "The camera is gone.",
        "Cắm lại máy ảnh rồi chụp lại.", "Plug it in again, and take the picture again.",
    }
    CAMERA_BUSY = "camera-busy" SERVICE_UNAVAILABLE {
        "Máy ảnh đang được dùng.", "The camera is in use.",
        "Chờ rồi chụp lại; đóng chương trình khác đang dùng máy ảnh.", "Wait and take the picture again; close other programs that use it.",
    }
    CAMERA_TIMEOUT = "camera-timeout" SERVICE_UNAVAILABLE {
        "Máy ảnh không cho ảnh kịp.", "The camera gave no picture in time.",
        "Chụp lại; nếu vẫn vậy, rút máy ảnh ra và cắm lại.", "Take it again; if it stays so, unplug the camera and plug it in.",
    }
    CAMERA_FORMAT = "camera-format" SERVICE_UNAVAILABLE {
        "Máy ảnh cho dạng ảnh mà bàn không biết.", "The camera gives no form of picture that is known here.",
        "Báo người phụ trách: cần máy ảnh có Motion JPEG hoặc YUYV.", "Tell the operator: a camera with Motion JPEG or YUYV is needed.",
    }
    CAMERA_ERROR = "camera-error" SERVICE_UNAVAILABLE {
        "Trình điều khiển máy ảnh báo lỗi.", "The camera's driver reported an error.",
        "Báo người phụ trách chạy cccd-desk doctor.", "Ask the operator to run cccd-desk doctor.",
    }
}

/// What came and was no scan.
#[must_use]
pub const fn of_misread(misread: &Misread) -> &'static Kind {
    match misread {
        Misread::TooLong => MISREAD_TOO_LONG,
        Misread::Cut => MISREAD_CUT,
        Misread::Damaged => MISREAD_DAMAGED,
        Misread::NotText => MISREAD_NOT_TEXT,
        Misread::NotAZone(_) => MISREAD_NOT_A_ZONE,
        Misread::CheckDigit(_) => MISREAD_CHECK_DIGIT,
    }
}

/// Why a scanner gives nothing.
#[must_use]
pub const fn of_scanner(fault: ScannerFault) -> &'static Kind {
    match fault {
        ScannerFault::Unplugged => SCANNER_UNPLUGGED,
        ScannerFault::Busy => SCANNER_BUSY,
        ScannerFault::Denied => SCANNER_DENIED,
        ScannerFault::NoPort => SCANNER_NO_PORT,
    }
}

/// Why there is no picture.
#[must_use]
pub const fn of_camera(fault: CameraFault) -> &'static Kind {
    match fault {
        CameraFault::NoCamera => CAMERA_NONE,
        CameraFault::CameraLost => CAMERA_LOST,
        CameraFault::Busy => CAMERA_BUSY,
        CameraFault::Timeout | CameraFault::Cancelled => CAMERA_TIMEOUT,
        CameraFault::FormatUnknown => CAMERA_FORMAT,
        CameraFault::Driver { .. } => CAMERA_ERROR,
    }
}

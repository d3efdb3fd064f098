//! What the page says of fingers and their sensor.

use cccd_port::SensorFault;

use super::words;
use crate::decision::reason::Sentence;
use crate::desk::ports::NoPress;
use crate::desk::session::enrolment::Stands;
use crate::desk::session::finger::CaptureProgress;

/// What is going on in a capture.
#[must_use]
pub const fn capture_title(step: CaptureProgress) -> Sentence {
    match step {
        CaptureProgress::Beginning => words("Đang gọi cảm biến.", "Calling the sensor."),
        CaptureProgress::FingerWanted => words(
            "Mời đặt ngón tay lên cảm biến.",
            "Lay the finger on the sensor.",
        ),
        CaptureProgress::FingerMayGo => {
            words("Có thể nhấc ngón tay ra.", "The finger may be lifted.")
        }
        CaptureProgress::Fetching(_) => {
            words("Đang nhận ảnh vân tay.", "The picture is on its way.")
        }
        CaptureProgress::Comparing => words("Đang so vân tay.", "Comparing."),
    }
}

/// An enrolment that nobody began.
pub const OFFERED: Sentence = words(
    "Có thể lưu vân tay cho lần sau, nếu công dân đồng ý.",
    "A finger can be kept for later visits, if the person agrees.",
);

/// Where an enrolment stands.
#[must_use]
pub const fn enrolment_title(stands: Stands) -> Sentence {
    match stands {
        Stands::Pressing => words(
            "Nhấc ngón tay ra rồi đặt lại cùng ngón đó.",
            "Lift the finger and lay the same one down again.",
        ),
        Stands::TooFewMinutiae => words(
            "Lần này thấy quá ít chi tiết: lau ngón tay và đặt lại.",
            "Too little was seen this time: wipe the finger and lay it down again.",
        ),
        Stands::NotCompared => words(
            "Lần này không so được: đặt lại ngón tay.",
            "This one could not be compared: lay the finger down again.",
        ),
        Stands::Enrolled => words("Đã lưu vân tay.", "The finger is kept."),
        Stands::GivenUp => words(
            "Sáu lần lấy không giống nhau nên chưa lưu. Thử ngón khác.",
            "Six presses do not go together, so nothing is kept. Try another finger.",
        ),
        Stands::NotKept => words(
            "Không lưu được. Báo bộ phận kỹ thuật.",
            "It could not be kept. Tell technical support.",
        ),
    }
}

/// Why a capture gave no picture: a stable code, what is the matter, what to do.
#[must_use]
pub const fn no_press(fault: NoPress) -> (&'static str, Sentence, Sentence) {
    match fault {
        NoPress::InUse => (
            "sensor-in-use",
            words(
                "Cảm biến vân tay đang phục vụ phiên khác.",
                "The fingerprint sensor serves another session.",
            ),
            words(
                "Chờ phiên đó xong rồi lấy lại.",
                "Wait for its end and take it again.",
            ),
        ),
        NoPress::Sensor(fault) => sensor_fault(fault),
    }
}

/// The same of a sensor's own fault.
#[must_use]
pub const fn sensor_fault(fault: SensorFault) -> (&'static str, Sentence, Sentence) {
    let again = words(
        "Lấy lại; nếu vẫn vậy, rút cảm biến ra cắm lại rồi báo bộ phận kỹ thuật.",
        "Take it again; if it stays so, unplug the sensor, plug it in, and tell technical support.",
    );
    let plug = words(
        "Cắm chặt cáp của cảm biến rồi lấy lại; nếu vẫn vậy, báo bộ phận kỹ thuật.",
        "Plug the sensor in firmly and take it again; if it stays so, tell technical support.",
    );
    match fault {
        SensorFault::NoSensor => (
            "sensor-missing",
            words(
                "Không thấy cảm biến vân tay ở cổng đã cài đặt.",
                "No fingerprint sensor answers at the port that is set up.",
            ),
            plug,
        ),
        SensorFault::SensorLost => (
            "sensor-lost",
            words(
                "Cảm biến vân tay vừa bị rút ra.",
                "The fingerprint sensor was unplugged.",
            ),
            plug,
        ),
        SensorFault::Busy => (
            "sensor-busy",
            words(
                "Chương trình khác đang dùng cảm biến vân tay.",
                "Another program is using the fingerprint sensor.",
            ),
            words(
                "Đóng chương trình đó rồi lấy lại.",
                "Close that program and take it again.",
            ),
        ),
        SensorFault::NoFinger => (
            "no-finger",
            words(
                "Chưa có ngón tay nào đặt lên cảm biến.",
                "No finger was laid on the sensor.",
            ),
            words(
                "Bấm lấy vân tay rồi mời công dân đặt ngón tay lên.",
                "Begin again and ask the person to lay the finger down.",
            ),
        ),
        SensorFault::PoorImage => (
            "finger-picture-poor",
            words(
                "Ảnh vân tay không dùng được: tay quá khô, quá ướt hoặc đặt lệch.",
                "The picture cannot be used: too dry, too wet, or too little of the finger.",
            ),
            words(
                "Lau ngón tay và mặt cảm biến, ấn vừa phải rồi lấy lại.",
                "Wipe the finger and the sensor, press neither too softly nor too hard, and take it again.",
            ),
        ),
        SensorFault::Timeout => (
            "sensor-timeout",
            words(
                "Cảm biến vân tay không trả lời kịp.",
                "The fingerprint sensor did not answer in time.",
            ),
            again,
        ),
        SensorFault::ProtocolViolation => (
            "sensor-confused",
            words(
                "Cảm biến vân tay trả lời không đúng thứ tự.",
                "The fingerprint sensor answered out of order.",
            ),
            again,
        ),
        SensorFault::PasswordRefused => (
            "sensor-password",
            words(
                "Cảm biến vân tay từ chối mật khẩu của bàn.",
                "The fingerprint sensor refuses the desk's password.",
            ),
            words(
                "Báo bộ phận kỹ thuật sửa fingerprint.password_file.",
                "Ask technical support to mend fingerprint.password_file.",
            ),
        ),
        SensorFault::Cancelled => (
            "capture-stopped",
            words("Đã dừng lấy vân tay.", "The capture was called off."),
            words("Bấm lấy vân tay để làm lại.", "Begin again if need be."),
        ),
        SensorFault::Device { .. } => (
            "sensor-error",
            words(
                "Cảm biến vân tay báo lỗi bên trong.",
                "The fingerprint sensor reported an error of its own.",
            ),
            again,
        ),
    }
}

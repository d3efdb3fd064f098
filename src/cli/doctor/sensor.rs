//! The fingerprint sensor.

use cccd_desk::config::Fingerprint;
use cccd_desk::desk::wording::fingers::sensor_fault;
use cccd_port::SensorFault;

use super::Finding;

const ID: &str = "fingerprint-sensor";

/// Shakes hands with the sensor, where one is set up. A desk that runs beside holds the port: that is
/// no fault.
pub fn look(config: &Fingerprint) -> Finding {
    let Some(port) = &config.port else {
        return Finding::ok(
            ID,
            "Không cài đặt cảm biến vân tay: không lấy vân tay.",
            "No fingerprint sensor is set up: no finger is taken.",
        );
    };
    let sensor = match crate::cli::sensor::module(config) {
        Ok(sensor) => sensor,
        Err(error) => {
            return Finding::fault(
                ID,
                format!("Không dùng được cài đặt cảm biến: {error:#}"),
                format!("The sensor's settings cannot be used: {error:#}"),
                "Sửa mục [fingerprint] trong tệp cấu hình.",
                "Mend [fingerprint] in the configuration.",
            );
        }
    };
    let Some(mut sensor) = sensor else {
        return Finding::warning(
            ID,
            "Không biết loại cảm biến đã cài đặt.",
            "The model that is set up is not known.",
            "Sửa fingerprint.model.",
            "Mend fingerprint.model.",
        );
    };
    match sensor.identify(&|| false) {
        Ok(identity) if identity.stored > 0 => Finding::warning(
            ID,
            format!(
                "Cảm biến vân tay ở {port} trả lời, nhưng thư viện của nó giữ {} mẫu vân tay.",
                identity.stored
            ),
            format!(
                "The fingerprint sensor at {port} answers, and its library holds {} templates.",
                identity.stored
            ),
            "Thư viện của cảm biến phải trống: xóa bằng công cụ của nhà sản xuất.",
            "The module's library must stay empty: empty it with its maker's tool.",
        ),
        Ok(_) => Finding::ok(
            ID,
            format!("Cảm biến vân tay {} ở {port} trả lời.", config.model),
            format!("The fingerprint sensor {} at {port} answers.", config.model),
        ),
        Err(SensorFault::Busy) => Finding::ok(
            ID,
            format!("Cảm biến vân tay ở {port} đang được dùng (có thể bởi chính bàn này)."),
            format!("The fingerprint sensor at {port} is in use, perhaps by this desk."),
        ),
        Err(fault) => {
            let (_, sentence, next) = sensor_fault(fault);
            Finding::fault(
                ID,
                format!("{port}: {}", sentence.vi),
                format!("{port}: {}", sentence.en),
                next.vi,
                next.en,
            )
        }
    }
}

//! Code scanners and cameras: whether each is there under its name and may be opened.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use cccd_desk::config::{self, Config};
use cccd_port::{CodeScanner as _, ScannerFault};
use cccd_serial_scanner::{SerialScanner, stable_names};
use cccd_v4l_camera::Cameras;

use super::finding::Finding;

const SCANNERS: &str = "scanners";
const CAMERAS: &str = "cameras";

/// Looks at the scanners and cameras that are configured, and names those that could be.
pub fn look(config: &Config) -> Vec<Finding> {
    let mut findings: Vec<Finding> = config.scanner.iter().map(scanner).collect();
    if findings.is_empty() {
        let ports: Vec<_> = stable_names()
            .iter()
            .map(|port| port.display().to_string())
            .collect();
        findings.push(unused_scanners(&ports));
    }
    findings.extend(cameras(&config.camera, Path::new("/dev/v4l/by-id")));
    findings
}

fn unused_scanners(ports: &[String]) -> Finding {
    if ports.is_empty() {
        return Finding::ok(
            SCANNERS,
            "Không cấu hình máy quét nối tiếp nào, và không thấy cổng nối tiếp nào.",
            "No serial scanner is configured, and no serial port is there.",
        );
    }
    let ports = ports.join(", ");
    Finding::ok(
        SCANNERS,
        format!("Không cấu hình máy quét nối tiếp nào. Cổng nối tiếp đang cắm: {ports}."),
        format!("No serial scanner is configured. Serial ports that are plugged in: {ports}."),
    )
}

fn scanner(scanner: &config::Scanner) -> Finding {
    let name = scanner.name();
    let fault = match scanner.made() {
        Ok(profile) => {
            let mut device = SerialScanner::new(scanner.device.clone(), profile);
            device.wait(Duration::ZERO);
            device.fault()
        }
        Err(mistake) => {
            return Finding::fault(
                SCANNERS,
                format!("Máy quét {name}: cấu hình sai ở {}.", mistake.key),
                format!("Scanner {name}: {}: {mistake}.", mistake.key),
                "Sửa bảng [[scanner]] trong cấu hình.",
                "Mend its [[scanner]] in the configuration.",
            );
        }
    };
    judge_scanner(&name, fault)
}

fn judge_scanner(name: &str, fault: Option<ScannerFault>) -> Finding {
    let (vi, en, action_vi, action_en) = match fault {
        None => {
            return Finding::ok(
                SCANNERS,
                format!("Máy quét {name} sẵn sàng."),
                format!("Scanner {name} is ready."),
            );
        }
        // The desk that runs has it open, and nobody else gets in.
        Some(ScannerFault::Busy) => {
            return Finding::ok(
                SCANNERS,
                format!("Máy quét {name} đang được dùng: bởi chính bàn nếu bàn đang chạy."),
                format!("Scanner {name} is in use: by the desk itself, if that runs."),
            );
        }
        Some(ScannerFault::Unplugged) => (
            "chưa được cắm dưới tên này",
            "is not plugged in under that name",
            "Cắm máy quét; so tên với ls /dev/serial/by-id rồi sửa scanner.device.",
            "Plug it in; compare the name with ls /dev/serial/by-id, and mend scanner.device.",
        ),
        Some(ScannerFault::Denied) => (
            "không cho người dùng này mở",
            "may not be opened by this user",
            "Chạy: sudo usermod -aG dialout NGƯỜI_DÙNG, rồi khởi động lại dịch vụ.",
            "Run: sudo usermod -aG dialout USER, then restart the service.",
        ),
        Some(ScannerFault::NoPort) => (
            "không phải là cổng nối tiếp",
            "is no serial port",
            "Đặt máy quét ở chế độ USB-COM, và sửa scanner.device (hardware-notes/scanners.md).",
            "Set the scanner to USB-COM, and mend scanner.device (hardware-notes/scanners.md).",
        ),
    };
    Finding::warning(
        SCANNERS,
        format!("Máy quét {name} {vi}."),
        format!("Scanner {name} {en}."),
        action_vi,
        action_en,
    )
}

/// How a camera's device was met. It is not asked for pictures: its light would go on, and the desk
/// may be using it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Met {
    There,
    Missing,
    Denied,
}

fn cameras(wanted: &config::Camera, folder: &Path) -> Vec<Finding> {
    let known = Cameras::in_folder(folder.to_owned(), wanted.devices.iter().cloned()).names();
    if wanted.devices.is_empty() {
        let there = match known.is_empty() {
            true => ("không có".to_owned(), "none".to_owned()),
            false => (known.join(", "), known.join(", ")),
        };
        return vec![Finding::ok(
            CAMERAS,
            format!(
                "Trang dùng máy ảnh của trình duyệt. Máy ảnh đang cắm: {}.",
                there.0
            ),
            format!(
                "The page uses the browser's camera. Cameras that are plugged in: {}.",
                there.1
            ),
        )];
    }
    let met = |name: &String| {
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .open(folder.join(name));
        match opened {
            Ok(_) => Met::There,
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Met::Denied,
            Err(error) if error.kind() == ErrorKind::NotFound => Met::Missing,
            // Busy, perhaps: there is something.
            Err(_) => Met::There,
        }
    };
    let judged = wanted
        .devices
        .iter()
        .map(|name| judge_camera(name, met(name)));
    judged.collect()
}

fn judge_camera(name: &str, met: Met) -> Finding {
    match met {
        Met::There => Finding::ok(
            CAMERAS,
            format!("Máy ảnh {name} có dưới tên của nó."),
            format!("Camera {name} is there under its name."),
        ),
        Met::Missing => Finding::warning(
            CAMERAS,
            format!("Không thấy máy ảnh {name}."),
            format!("Camera {name} is not plugged in."),
            "Cắm máy ảnh; so tên với ls /dev/v4l/by-id rồi sửa camera.devices.",
            "Plug it in; compare the name with ls /dev/v4l/by-id, and mend camera.devices.",
        ),
        Met::Denied => Finding::warning(
            CAMERAS,
            format!("Người dùng này không được mở máy ảnh {name}."),
            format!("This user may not open the camera {name}."),
            "Chạy: sudo usermod -aG video NGƯỜI_DÙNG, rồi khởi động lại dịch vụ.",
            "Run: sudo usermod -aG video USER, then restart the service.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    #[test]
    fn each_fault_of_a_scanner_has_its_remedy() {
        let table = [
            (None, State::Ok, ""),
            (Some(ScannerFault::Busy), State::Ok, ""),
            (Some(ScannerFault::Unplugged), State::Warning, "by-id"),
            (Some(ScannerFault::Denied), State::Warning, "dialout"),
            (Some(ScannerFault::NoPort), State::Warning, "USB-COM"),
        ];
        for (fault, state, remedy) in table {
            let found = judge_scanner("one", fault);
            assert_eq!(found.state, state, "{fault:?}");
            let action = found.action_en.unwrap_or_default();
            assert!(action.contains(remedy), "{fault:?}: {action}");
            assert!(found.en.contains("one") && found.vi.contains("one"));
        }
        assert!(
            unused_scanners(&["/dev/serial/by-id/x".to_owned()])
                .en
                .contains("by-id/x")
        );
    }

    #[test]
    fn a_configured_scanner_is_looked_for() {
        let device = "/nowhere/by-id/usb-Example-if00".into();
        let wanted = config::Scanner {
            device,
            profile: "qr".to_owned(),
            ..config::Scanner::default()
        };
        let found = scanner(&wanted);
        assert!(found.en.contains("not plugged in"), "{}", found.en);
    }

    #[test]
    fn cameras_are_named_and_missing_ones_told() {
        let folder = tempfile::tempdir().unwrap();
        let name = "usb-Example_Webcam_0001-video-index0";
        std::fs::write(folder.path().join(name), b"").unwrap();
        let wanted = |devices: &[&str]| config::Camera {
            devices: devices.iter().map(|&name| name.to_owned()).collect(),
            ..config::Camera::default()
        };
        let none = cameras(&wanted(&[]), folder.path());
        assert!(none.first().unwrap().en.contains(name));
        let found = cameras(&wanted(&[name, "usb-Gone-video-index0"]), folder.path());
        let states: Vec<State> = found.iter().map(|one| one.state).collect();
        assert_eq!(states, [State::Ok, State::Warning]);
        let denied = judge_camera(name, Met::Denied);
        assert!(denied.action_en.unwrap().contains("video"));
    }
}

//! The smart card service and its readers.

use std::io::ErrorKind;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use cccd_desk::config;
use cccd_desk::transport::display_name;
use cccd_pcsc::PcscReaders;
use cccd_port::{CardReaders, LinkFault, ReaderName, ReaderState};

use super::finding::Finding;

/// `SCARD_W_SECURITY_VIOLATION`: the service does not serve this user.
const SECURITY_VIOLATION: u32 = 0x8010_006A;

/// How the service was met.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Service {
    Answers(Vec<ReaderState>),
    NotInstalled,
    NotRunning,
    /// It runs and turns this user away.
    Forbidden,
    Broken(LinkFault),
}

/// Looks at the service and at the readers that the desk may use.
pub fn look(wanted: &config::Readers) -> Vec<Finding> {
    judge(&meet(), wanted)
}

fn meet() -> Service {
    let fault = match PcscReaders::new().list() {
        Ok(readers) => return Service::Answers(readers),
        Err(fault) => fault,
    };
    match fault {
        LinkFault::Driver {
            code: SECURITY_VIOLATION,
        } => Service::Forbidden,
        LinkFault::ServiceLost => {
            let socket = std::env::var_os("PCSCLITE_CSOCK_NAME")
                .map_or_else(|| PathBuf::from("/run/pcscd/pcscd.comm"), PathBuf::from);
            match UnixStream::connect(socket) {
                // It takes the connection and then lets go of it: so it treats those whom the
                // system's policy does not let in.
                Ok(_) => Service::Forbidden,
                Err(error) if error.kind() == ErrorKind::PermissionDenied => Service::Forbidden,
                Err(_) if Path::new("/usr/sbin/pcscd").exists() => Service::NotRunning,
                Err(_) => Service::NotInstalled,
            }
        }
        fault => Service::Broken(fault),
    }
}

fn judge(service: &Service, wanted: &config::Readers) -> Vec<Finding> {
    const ID: &str = "card-service";
    let readers = match service {
        Service::Answers(readers) => readers,
        Service::NotInstalled => {
            return vec![Finding::fault(
                ID,
                "Chưa cài dịch vụ đầu đọc thẻ (pcscd).",
                "The smart card service (pcscd) is not installed.",
                "Chạy: sudo apt-get install pcscd libccid",
                "Run: sudo apt-get install pcscd libccid",
            )];
        }
        Service::NotRunning => {
            return vec![Finding::fault(
                ID,
                "Dịch vụ đầu đọc thẻ (pcscd) không chạy.",
                "The smart card service (pcscd) is not running.",
                "Chạy: sudo systemctl enable --now pcscd.socket",
                "Run: sudo systemctl enable --now pcscd.socket",
            )];
        }
        Service::Forbidden => {
            return vec![Finding::fault(
                ID,
                "Dịch vụ đầu đọc thẻ từ chối người dùng này.",
                "The smart card service turns this user away.",
                "Cho phép bằng quy tắc polkit (hardware-notes/readers.md), rồi khởi động lại pcscd.",
                "Allow it by a polkit rule (hardware-notes/readers.md), then restart pcscd.",
            )];
        }
        Service::Broken(fault) => {
            return vec![Finding::fault(
                ID,
                format!("Dịch vụ đầu đọc thẻ báo lỗi: {fault}."),
                format!("The smart card service reports: {fault}."),
                "Chạy: sudo systemctl restart pcscd; nếu vẫn lỗi, xem journalctl -u pcscd",
                "Run: sudo systemctl restart pcscd; if it stays so, see journalctl -u pcscd",
            )];
        }
    };
    let mut findings = vec![Finding::ok(
        ID,
        "Dịch vụ đầu đọc thẻ đang chạy.",
        "The smart card service is running.",
    )];
    findings.push(judge_readers(readers, wanted));
    findings
}

fn judge_readers(readers: &[ReaderState], wanted: &config::Readers) -> Finding {
    const ID: &str = "readers";
    if readers.is_empty() {
        return Finding::fault(
            ID,
            "Không thấy đầu đọc thẻ nào.",
            "No card reader is connected.",
            "Cắm đầu đọc, kiểm tra đèn; nếu lsusb thấy mà đây không thấy thì cài trình điều khiển (libccid).",
            "Plug one in and look at its light; if lsusb shows it and this does not, install its driver (libccid).",
        );
    }
    let all: Vec<ReaderName> = readers.iter().map(|reader| reader.name.clone()).collect();
    let (used, unused): (Vec<_>, Vec<_>) = readers
        .iter()
        .partition(|reader| wanted.allows(&reader.name.0));
    let names = |readers: &[&ReaderState], with_card: &str| {
        readers
            .iter()
            .map(|reader| {
                let name = display_name(&reader.name, &all);
                match reader.card {
                    Some(_) => format!("{name} ({with_card})"),
                    None => name,
                }
            })
            .collect::<Vec<_>>()
            .join(", ")
    };
    if used.is_empty() {
        return Finding::fault(
            ID,
            format!(
                "Cấu hình không cho dùng đầu đọc nào trong số: {}.",
                names(&unused, "có thẻ")
            ),
            format!(
                "The configuration allows none of: {}.",
                names(&unused, "with a card")
            ),
            "Sửa readers.allowed trong cấu hình.",
            "Mend readers.allowed in the configuration.",
        );
    }
    Finding::ok(
        ID,
        format!("Đầu đọc: {}.", names(&used, "có thẻ")),
        format!("Readers: {}.", names(&used, "with a card")),
    )
}

#[cfg(test)]
mod tests {
    use cccd_port::Atr;

    use super::super::finding::State;
    use super::*;

    fn reader(name: &str, card: bool) -> ReaderState {
        ReaderState {
            name: ReaderName(name.to_owned()),
            card: card.then(|| Atr(vec![0x3B])),
        }
    }

    fn allowed(parts: &[&str]) -> config::Readers {
        config::Readers {
            allowed: parts.iter().map(|&part| part.to_owned()).collect(),
        }
    }

    #[test]
    fn each_way_of_not_working_has_its_remedy() {
        let table = [
            (Service::NotInstalled, "apt-get install pcscd"),
            (Service::NotRunning, "systemctl enable --now pcscd.socket"),
            (Service::Forbidden, "polkit"),
            (Service::Broken(LinkFault::Timeout), "restart pcscd"),
            (Service::Answers(Vec::new()), "Plug one in"),
        ];
        for (service, remedy) in table {
            let findings = judge(&service, &allowed(&[]));
            let last = findings.last().unwrap();
            assert_eq!(last.state, State::Fault, "{service:?}");
            assert!(
                last.action_en.as_ref().unwrap().contains(remedy),
                "{service:?}"
            );
        }
    }

    #[test]
    fn readers_are_named_as_people_know_them() {
        let service = Service::Answers(vec![
            reader("ACS ACR1252 1S CL Reader [ACR1252 Reader PICC] 00 00", true),
            reader("ACS ACR1252 1S CL Reader [ACR1252 Reader SAM] 01 00", false),
        ]);
        let findings = judge(&service, &allowed(&["PICC"]));
        assert!(findings.iter().all(|finding| finding.state == State::Ok));
        assert_eq!(
            findings.last().unwrap().en,
            "Readers: ACS ACR1252 (contactless) (with a card)."
        );
        let none = judge(&service, &allowed(&["OMNIKEY"]));
        assert_eq!(none.last().unwrap().state, State::Fault);
    }
}

//! The case system.

use cccd_desk::config;
use cccd_desk::report::{DeliverySettings, ReachError, reach};

use super::finding::Finding;

/// Asks the case system for a sign of life, as the desk will when it reports.
pub fn look(report: &config::Report) -> Finding {
    const ID: &str = "case-system";
    let Some(settings) = DeliverySettings::of(report) else {
        return Finding::warning(
            ID,
            "Chưa cấu hình hệ thống hồ sơ: kết quả không được gửi đi đâu.",
            "No case system is configured: nothing is reported to anyone.",
            "Đặt report.case_system trong cấu hình (desk.example.toml).",
            "Set report.case_system in the configuration (desk.example.toml).",
        );
    };
    match reached(&settings) {
        Ok(status) => Finding::ok(
            ID,
            format!("Hệ thống hồ sơ trả lời ({status})."),
            format!("The case system answers ({status})."),
        ),
        Err(ReachError::Setup(problem)) => Finding::fault(
            ID,
            format!("Không dùng được cấu hình kết nối: {problem}."),
            format!("The connection's configuration cannot be used: {problem}."),
            "Kiểm tra các tệp chứng thư và khóa trong mục report.",
            "Check the certificate and key files of the section report.",
        ),
        // Reports wait in the outbox meanwhile, and a payment point may well be offline.
        Err(ReachError::Unreached(reason)) => Finding::warning(
            ID,
            reason.sentence().vi,
            reason.sentence().en,
            reason.next_action().vi,
            reason.next_action().en,
        ),
    }
}

/// Asks for a sign of life, and waits for it.
pub(super) fn reached(settings: &DeliverySettings) -> Result<u16, ReachError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| ReachError::Setup(error.to_string()))?
        .block_on(reach(settings))
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    #[test]
    fn a_desk_without_a_case_system_is_told_so() {
        assert_eq!(look(&config::Report::default()).state, State::Warning);
    }

    #[test]
    fn a_case_system_that_nobody_runs_is_told_so() {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let report = config::Report {
            case_system: Some(format!("http://127.0.0.1:{port}/").parse().unwrap()),
            ..config::Report::default()
        };
        let finding = look(&report);
        assert_eq!(finding.state, State::Warning);
        assert_eq!(finding.en, "The case system cannot be reached.");
    }
}

//! The register that is asked about cards.

use cccd_desk::config;
use cccd_desk::desk::register::https::connection;
use cccd_desk::report::ReachError;

use super::case_system::reached;
use super::finding::Finding;

const ID: &str = "register";

/// Asks the register for a sign of life, and about nobody; none where none is configured.
pub fn look(register: &config::Register) -> Option<Finding> {
    let settings = connection(register)?;
    Some(match reached(&settings) {
        Ok(status) => Finding::ok(
            ID,
            format!("Cơ sở dữ liệu để đối chiếu trả lời ({status})."),
            format!("The register answers ({status})."),
        ),
        Err(ReachError::Setup(problem)) => Finding::fault(
            ID,
            format!("Không dùng được cấu hình kết nối cơ sở dữ liệu để đối chiếu: {problem}."),
            format!("The register's connection cannot be used as configured: {problem}."),
            "Kiểm tra các tệp chứng thư và khóa trong mục register; docs/register.md giải thích.",
            "Check the certificate and key files of the section register; docs/register.md explains them.",
        ),
        // Where a policy makes it mandatory, no card is verified until it answers again.
        Err(ReachError::Unreached(_)) => Finding::warning(
            ID,
            "Cơ sở dữ liệu để đối chiếu không trả lời; nơi quy định bắt buộc hỏi thì chưa xác minh được thẻ nào.",
            "The register does not answer; where a policy demands its word, no card is verified.",
            "Kiểm tra mạng, register.url và chứng thư; báo người phụ trách.",
            "Check the network, register.url and the certificates; tell the operator.",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    fn at(url: String, ca: Option<&str>) -> Option<Finding> {
        look(&config::Register {
            url: Some(url.parse().unwrap()),
            ca_file: ca.map(Into::into),
            ..config::Register::default()
        })
    }

    #[test]
    fn a_register_is_looked_at_where_there_is_one() {
        assert!(look(&config::Register::default()).is_none());
        // A port that was given back: nobody listens.
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = gone.local_addr().unwrap().port();
        drop(gone);
        let away = at(format!("http://127.0.0.1:{port}"), None).unwrap();
        assert_eq!(away.state, State::Warning);
        let missing = at("https://register.test".to_owned(), Some("/nowhere/ca.pem"));
        assert_eq!(missing.unwrap().state, State::Fault);
    }
}

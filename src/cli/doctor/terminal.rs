//! Certificates and key of terminal authentication.

use cccd_desk::config::Terminal;
use cccd_desk::document::Date;
use cccd_desk::verify::terminal::{ChainFault, TerminalMaterial};

use super::finding::Finding;

const ID: &str = "terminal";
/// Terminal certificates live some weeks: a warning has to leave time for a new one.
const SOON_DAYS: i64 = 7;

/// Looks at what opens the fingerprints: nothing to tell where none is configured or wanted.
pub fn look(settings: &Terminal, now: time::OffsetDateTime) -> Option<Finding> {
    let Some(folder) = &settings.certificates_dir else {
        if settings.fingerprints.is_empty() {
            return None;
        }
        return Some(Finding::fault(
            ID,
            "Cấu hình yêu cầu đọc vân tay nhưng không có chứng thư đầu đọc.",
            "The configuration wants fingerprints and names no terminal certificates.",
            "Đặt terminal.certificates_dir, hoặc để trống terminal.fingerprints.",
            "Set terminal.certificates_dir, or leave terminal.fingerprints empty.",
        ));
    };
    let material = match TerminalMaterial::from_folder(folder, settings.key_file.as_deref()) {
        Ok(material) => material,
        Err(error) => {
            return Some(Finding::fault(
                ID,
                format!("Không dùng được chứng thư đầu đọc: {error}"),
                format!("The terminal certificates cannot be used: {error}"),
                "Sửa, thay hoặc xóa tệp được nêu (hardware-notes/terminal-authentication.md).",
                "Mend, replace or delete what is named (hardware-notes/terminal-authentication.md).",
            ));
        }
    };
    Some(judge(&material, now))
}

/// Judges the chain under whatever authority it leads to: which one a chip trusts, the chip says.
fn judge(material: &TerminalMaterial, now: time::OffsetDateTime) -> Finding {
    let authorities = material.authorities();
    let names: Vec<String> = authorities.iter().map(ToString::to_string).collect();
    let names = names.join(", ");
    let chain = match material.chain(&authorities, Date::in_vietnam(now)) {
        Ok(chain) => chain,
        Err(fault) => return broken(fault, &names),
    };
    let (holder, expiry) = (&chain.terminal.holder, chain.expiry());
    let vi = format!("Chứng thư đầu đọc {holder}, dưới {names}, có hiệu lực đến {expiry}.");
    let en = format!("Terminal certificate {holder}, under {names}, valid until {expiry}.");
    let soon = Date::in_vietnam(now.saturating_add(time::Duration::days(SOON_DAYS)));
    if expiry < soon {
        return Finding::warning(
            ID,
            vi,
            en,
            "Xin chứng thư mới trước ngày đó.",
            "Obtain a new certificate before that day.",
        );
    }
    Finding::ok(ID, vi, en)
}

fn broken(fault: ChainFault, names: &str) -> Finding {
    let (vi, en) = match fault {
        ChainFault::Expired(day) => (
            format!("Chuỗi chứng thư đầu đọc đã hết hạn ngày {day}."),
            format!("The chain of terminal certificates expired on {day}."),
        ),
        ChainFault::NotYetValid(day) => (
            format!("Chuỗi chứng thư đầu đọc chỉ có hiệu lực từ {day}."),
            format!("The chain of terminal certificates is valid only from {day}."),
        ),
        ChainFault::Invalid => (
            "Có chữ ký sai trong chuỗi chứng thư đầu đọc.".to_owned(),
            "A signature in the chain of terminal certificates does not hold.".to_owned(),
        ),
        ChainFault::Missing => (
            format!("Không chuỗi chứng thư nào dẫn từ [{names}] đến khóa của đầu đọc này."),
            format!("No chain of certificates leads from [{names}] to this terminal's key."),
        ),
    };
    Finding::fault(
        ID,
        vi,
        en,
        "Xin cơ quan cấp chứng thư đầu đọc một bộ mới (hardware-notes/terminal-authentication.md).",
        "Ask whoever issues terminal certificates for a new set (hardware-notes/terminal-authentication.md).",
    )
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::super::finding::State;
    use super::*;

    #[test]
    fn nothing_is_told_where_nothing_is_wanted() {
        assert_eq!(look(&Terminal::default(), OffsetDateTime::UNIX_EPOCH), None);
    }

    #[test]
    fn fingerprints_without_certificates_are_a_fault() {
        let wanted = Terminal {
            fingerprints: vec!["benefit-payment".to_owned()],
            ..Terminal::default()
        };
        let empty = tempfile::tempdir().unwrap();
        let no_key = Terminal {
            certificates_dir: Some(empty.path().to_owned()),
            ..Terminal::default()
        };
        for settings in [wanted, no_key] {
            let found = look(&settings, OffsetDateTime::UNIX_EPOCH).unwrap();
            assert_eq!(found.state, State::Fault);
        }
    }

    #[test]
    fn every_fault_of_the_chain_says_what_it_is() {
        let day = Date::LAW_ON_IDENTIFICATION;
        for (fault, word) in [
            (ChainFault::Expired(day), "expired on 2024-07-01"),
            (ChainFault::NotYetValid(day), "only from 2024-07-01"),
            (ChainFault::Invalid, "signature"),
            (ChainFault::Missing, "VNCVCA00001"),
        ] {
            let found = broken(fault, "VNCVCA00001");
            assert_eq!(found.state, State::Fault);
            assert!(found.en.contains(word), "{}", found.en);
        }
    }
}

//! The trust anchors and revocation lists.

use std::path::Path;
use std::sync::Arc;

use cccd_desk::desk::trust::age::alarms;
use cccd_desk::desk::trust::{StandingError, StandingTrust};
use cccd_desk::store::Store;
use cccd_desk::verify::LostCards;
use cccd_desk::verify::trust::TrustError;
use time::OffsetDateTime;

use super::finding::Finding;

/// Looks at the imports of the store and at the trust folder. Also tells the time of the newest
/// revocation list.
pub fn look(
    folder: &Path,
    store: Option<Arc<Store>>,
    now: OffsetDateTime,
) -> (Vec<Finding>, Option<OffsetDateTime>) {
    const ID: &str = "trust";
    let test_keys = cccd_desk::simulation::test_key_identifiers();
    match StandingTrust::new(folder.to_owned(), store, test_keys).look() {
        Ok((trust, _)) if trust.anchors.is_empty() => (vec![nothing(folder)], trust.newest_crl()),
        Ok((trust, held)) => {
            let anchors = trust.anchors.len();
            let found = Finding::ok(
                ID,
                format!("{anchors} chứng thư gốc trong kho tin cậy."),
                format!("{anchors} trust anchors are held."),
            );
            let lists: Vec<_> = trust.crls.iter().map(|crl| crl.next_update).collect();
            let mut findings = vec![found, revocation(&lists, now)];
            // What the lists are judged by already is not said twice.
            let others = alarms(&trust, &held, now);
            let others = others.into_iter().filter(|alarm| alarm.code != "crl-stale");
            findings.extend(others.map(|alarm| {
                Finding::warning(
                    "trust-age",
                    alarm.vi,
                    alarm.en,
                    "Nhập bản mới do cơ quan cấp phát hành (cccd-desk trust import).",
                    "Import the newest that the authority published (cccd-desk trust import).",
                )
            }));
            (findings, trust.newest_crl())
        }
        Err(StandingError::Folder(error @ TrustError::TestAuthority { .. })) => {
            let fault = Finding::fault(
                ID,
                format!("Có chứng thư thử nghiệm trong kho tin cậy: {error}"),
                format!("A test certificate lies in the trust folder: {error}"),
                "Xóa tệp đó. Chứng thư thử nghiệm chỉ dùng cho demo.",
                "Delete that file. Test certificates are for the demo alone.",
            );
            (vec![fault], None)
        }
        Err(error) => {
            let fault = Finding::fault(
                ID,
                format!("Không dùng được kho tin cậy: {error}"),
                format!("The trust folder cannot be used: {error}"),
                "Thay hoặc xóa tệp được nêu; kiểm tra quyền đọc (certs/README.md).",
                "Replace or delete the file that is named; check that it can be read (certs/README.md).",
            );
            (vec![fault], None)
        }
    }
}

/// Looks at the configured list of lost cards; nothing where there is none.
pub fn lost_cards(file: Option<&Path>) -> Option<Finding> {
    const ID: &str = "lost-cards";
    Some(match LostCards::from_file(file?) {
        Ok(list) => Finding::ok(
            ID,
            format!("{} thẻ trong danh sách báo mất.", list.len()),
            format!("{} cards on the list of lost cards.", list.len()),
        ),
        Err(error) => Finding::fault(
            ID,
            format!("Không dùng được danh sách thẻ báo mất: {error}"),
            format!("The list of lost cards cannot be used: {error}"),
            "Sửa dòng hoặc tệp được nêu (certs/README.md).",
            "Mend the line or the file that is named (certs/README.md).",
        ),
    })
}

fn nothing(folder: &Path) -> Finding {
    Finding::fault(
        "trust",
        format!(
            "Kho tin cậy (và thư mục {}) chưa có chứng thư gốc nào: không thẻ nào được xác nhận.",
            folder.display()
        ),
        format!(
            "No trust anchor was imported, and {} holds none: no card can be verified.",
            folder.display()
        ),
        "Nhập chứng thư CSCA do cơ quan quản lý căn cước cấp: cccd-desk trust import (certs/README.md).",
        "Import the CSCA certificates that the identity authority gave you: cccd-desk trust import (certs/README.md).",
    )
}

/// Judges the lists by their `nextUpdate`; one without it tells no age.
fn revocation(lists: &[Option<OffsetDateTime>], now: OffsetDateTime) -> Finding {
    const ID: &str = "revocation";
    let (vi, en) = match (
        lists.len(),
        lists.iter().flatten().filter(|next| **next < now).count(),
    ) {
        (0, _) => (
            "Không có danh sách thu hồi (CRL).".to_owned(),
            "There is no revocation list (CRL).".to_owned(),
        ),
        (all, 0) => {
            return Finding::ok(
                ID,
                format!("{all} danh sách thu hồi, còn hiệu lực."),
                format!("{all} revocation lists, none out of date."),
            );
        }
        (all, old) => (
            format!("{old} trong {all} danh sách thu hồi đã quá hạn."),
            format!("{old} of {all} revocation lists are out of date."),
        ),
    };
    Finding::warning(
        ID,
        vi,
        en,
        "Nhập CRL mới nhất (cccd-desk trust import); cho đến khi đó, nơi cần CRL sẽ không kết luận được.",
        "Import the newest CRL (cccd-desk trust import); until then, verdicts that need one stay undetermined.",
    )
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::super::finding::State;
    use super::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    #[test]
    fn a_trust_folder_without_an_anchor_is_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        for folder in [folder.path(), Path::new("/no/such/folder")] {
            let (findings, _) = look(folder, None, NOW);
            assert_eq!(findings.len(), 1);
            assert!(findings.iter().all(|finding| finding.state == State::Fault));
        }
    }

    #[test]
    fn a_file_that_is_no_certificate_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("broken.cer"), b"nonsense").unwrap();
        let (findings, _) = look(folder.path(), None, NOW);
        let fault = findings.first().unwrap();
        assert_eq!(fault.state, State::Fault);
        assert!(fault.en.contains("broken.cer"), "{}", fault.en);
    }

    #[test]
    fn the_test_authority_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        cccd_sim::write_trust(folder.path(), &[], OffsetDateTime::now_utc()).unwrap();
        let (findings, _) = look(folder.path(), None, NOW);
        let fault = findings.first().unwrap();
        assert_eq!(fault.state, State::Fault);
        assert!(fault.en.contains("test certificate"), "{}", fault.en);
    }

    #[test]
    fn lists_are_judged_by_their_age() {
        let old = Some(NOW - Duration::DAY);
        let fresh = Some(NOW + Duration::DAY);
        let table = [
            (vec![], State::Warning),
            (vec![fresh], State::Ok),
            (vec![None], State::Ok),
            (vec![fresh, old], State::Warning),
        ];
        for (lists, expected) in table {
            assert_eq!(revocation(&lists, NOW).state, expected, "{lists:?}");
        }
    }
}

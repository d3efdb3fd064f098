//! The data folder, the database in it, and what waits in its outbox.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cccd_desk::store::{Store, StoreError};
use cccd_port::SystemClock;

use super::finding::Finding;

/// Below this, in bytes, a database soon cannot write its next entry.
const TOO_LITTLE: u64 = 64 << 20;
/// Below this, in bytes, someone should look.
const LITTLE: u64 = 1 << 30;

/// Looks at the data folder.
pub fn look(folder: &Path) -> Vec<Finding> {
    let mut findings = vec![writable(folder), space(folder)];
    if Store::exists(folder) {
        findings.extend(database(folder));
    }
    findings
}

/// The folder itself, or the nearest one above it that is there already.
fn existing(folder: &Path) -> PathBuf {
    folder
        .ancestors()
        .find(|above| above.exists())
        .unwrap_or(folder)
        .to_owned()
}

fn writable(folder: &Path) -> Finding {
    const ID: &str = "data-folder";
    let there = existing(folder);
    // A file without a name leaves nothing behind.
    if let Err(error) = tempfile_in(&there) {
        return Finding::fault(
            ID,
            format!("Không ghi được vào {}: {error}.", there.display()),
            format!("{} cannot be written to: {error}.", there.display()),
            "Sửa quyền của thư mục, hoặc chọn thư mục khác bằng CCCD_DESK_DATA_DIR.",
            "Mend the folder's permissions, or choose another by CCCD_DESK_DATA_DIR.",
        );
    }
    Finding::ok(
        ID,
        format!("Thư mục dữ liệu ghi được: {}.", folder.display()),
        format!("The data folder can be written to: {}.", folder.display()),
    )
}

/// Whether a file can be made in `folder`: by making one and taking it away again.
fn tempfile_in(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(format!(".cccd-desk-doctor-{}", std::process::id()));
    std::fs::File::create_new(&path)?;
    std::fs::remove_file(path)
}

fn space(folder: &Path) -> Finding {
    match rustix::fs::statvfs(existing(folder)) {
        Ok(about) => judge_space(about.f_bavail.saturating_mul(about.f_frsize)),
        Err(error) => Finding::warning(
            "disk",
            format!("Không rõ dung lượng đĩa còn trống: {error}."),
            format!("How much disk space is left cannot be told: {error}."),
            "Kiểm tra ổ đĩa của thư mục dữ liệu.",
            "Look at the disk of the data folder.",
        ),
    }
}

fn judge_space(free: u64) -> Finding {
    const ID: &str = "disk";
    let megabytes = free >> 20;
    let vi = format!("Đĩa còn trống {megabytes} MB.");
    let en = format!("{megabytes} MB of disk space are free.");
    let action_vi = "Giải phóng dung lượng: không ghi được kết quả thì không kết luận được gì.";
    let action_en = "Make room: what cannot be written down is not decided either.";
    match free {
        free if free < TOO_LITTLE => Finding::fault(ID, vi, en, action_vi, action_en),
        free if free < LITTLE => Finding::warning(ID, vi, en, action_vi, action_en),
        _ => Finding::ok(ID, vi, en),
    }
}

fn database(folder: &Path) -> Vec<Finding> {
    const ID: &str = "database";
    let counts = Store::open(folder, Arc::new(SystemClock::default()))
        .and_then(|store| store.outbox_counts());
    let counts = match counts {
        Ok(counts) => counts,
        Err(error @ StoreError::Damaged { .. }) => {
            return vec![Finding::fault(
                ID,
                format!("Cơ sở dữ liệu bị hỏng hoặc bị mất: {error}."),
                format!("The database is damaged or gone: {error}."),
                "Không xóa tệp nào. Kiểm tra ổ đĩa, rồi khôi phục: cccd-desk restore TỆP",
                "Delete nothing. Look at the disk, and then put a backup in its place: cccd-desk restore FILE",
            )];
        }
        Err(error) => {
            return vec![Finding::fault(
                ID,
                format!("Không mở được cơ sở dữ liệu: {error}."),
                format!("The database cannot be opened: {error}."),
                "Kiểm tra tệp khóa desk.key và quyền đọc; không xóa tệp nào: trong đó có nhật ký.",
                "Check the key file desk.key and who may read it; delete nothing: the audit log is in it.",
            )];
        }
    };
    let opens = Finding::ok(ID, "Cơ sở dữ liệu mở được.", "The database opens.");
    let outbox = if counts.refused > 0 {
        Finding::warning(
            "outbox",
            format!(
                "{} báo cáo bị hệ thống hồ sơ từ chối, {} đang chờ.",
                counts.refused, counts.waiting
            ),
            format!(
                "{} reports were refused by the case system, {} wait.",
                counts.refused, counts.waiting
            ),
            "Xem: cccd-desk outbox list",
            "See: cccd-desk outbox list",
        )
    } else {
        Finding::ok(
            "outbox",
            format!("{} báo cáo đang chờ gửi.", counts.waiting),
            format!("{} reports wait to be sent.", counts.waiting),
        )
    };
    vec![opens, outbox]
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_yet_is_judged_by_the_one_above() {
        let above = tempfile::tempdir().unwrap();
        let findings = look(&above.path().join("not/yet"));
        assert_eq!(findings.first().unwrap().state, State::Ok);
        assert!(
            std::fs::read_dir(above.path()).unwrap().next().is_none(),
            "nothing is left behind"
        );
    }

    #[test]
    fn a_folder_that_is_no_folder_is_a_fault() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(writable(file.path()).state, State::Fault);
    }

    #[test]
    fn disk_space_is_judged_by_what_is_left() {
        for (free, expected) in [
            (0, State::Fault),
            (TOO_LITTLE - 1, State::Fault),
            (TOO_LITTLE, State::Warning),
            (LITTLE, State::Ok),
        ] {
            assert_eq!(judge_space(free).state, expected, "{free}");
        }
    }

    #[test]
    fn a_database_whose_key_is_lost_is_a_fault_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        drop(Store::open(folder.path(), Arc::new(SystemClock::default())).unwrap());
        assert!(
            look(folder.path())
                .iter()
                .all(|finding| finding.state != State::Fault)
        );
        std::fs::write(folder.path().join("desk.key"), "00".repeat(32)).unwrap();
        let findings = look(folder.path());
        assert!(
            findings
                .iter()
                .any(|finding| finding.id == "database" && finding.state == State::Fault)
        );
    }
}

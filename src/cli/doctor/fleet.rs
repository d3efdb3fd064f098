//! The fleet's servers, and whether they let this desk in.

use cccd_desk::config::{Desk, Fleet};
use cccd_desk::fleet::link::Trouble;
use cccd_desk::fleet::{FleetError, Link, names};

use super::finding::Finding;

const ID: &str = "fleet";

/// Tries to speak to them; none for a desk on its own.
pub fn look(fleet: &Fleet, desk: &Desk) -> Option<Finding> {
    fleet.joined().then(|| match reach(fleet, desk) {
        Ok(()) => Finding::ok(
            ID,
            "Kết nối được với máy chủ trung tâm.",
            "The fleet's servers are reached, and let this desk in.",
        ),
        Err(Reached::Not(Trouble::Unreachable)) => Finding::warning(
            ID,
            "Không kết nối được với máy chủ trung tâm; bàn vẫn làm việc được.",
            "No server of the fleet answers; the desk works on by itself.",
            "Kiểm tra mạng và fleet.servers; báo cáo được giữ lại và sẽ tự gửi.",
            "Check the network and fleet.servers; reports are kept and sent by themselves.",
        ),
        Err(Reached::Not(Trouble::Unauthorised)) => Finding::fault(
            ID,
            "Máy chủ trung tâm không nhận bàn này.",
            "The fleet's servers do not know this desk.",
            "Kiểm tra fleet.nkey_file và dòng của bàn trong cấu hình máy chủ: cccd-desk fleet rights.",
            "Check fleet.nkey_file and the desk's line in the servers' configuration: cccd-desk fleet rights.",
        ),
        Err(Reached::Setup(error)) => Finding::fault(
            ID,
            format!("Không dùng được cấu hình kết nối trung tâm: {error}."),
            format!("The fleet cannot be joined as it is configured: {error}."),
            "Sửa mục [fleet] của cấu hình; docs/fleet.md giải thích.",
            "Mend [fleet] of the configuration; docs/fleet.md explains it.",
        ),
        Err(Reached::Closed(error)) => Finding::fault(
            ID,
            format!("Máy chủ trung tâm chưa sẵn sàng cho bàn này: {error}."),
            format!("The fleet's servers are not ready for this desk: {error}."),
            "Người quản trị chạy cccd-desk fleet setup và kiểm tra quyền của bàn.",
            "The operator runs cccd-desk fleet setup and looks at the desk's rights.",
        ),
    })
}

enum Reached {
    Not(Trouble),
    Setup(FleetError),
    Closed(FleetError),
}

fn reach(fleet: &Fleet, desk: &Desk) -> Result<(), Reached> {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Reached::Setup(FleetError::Setup(error.to_string())))?;
    runtime.block_on(async {
        let link = Link::open(fleet, &desk.id).await.map_err(Reached::Setup)?;
        link.stands_within(fleet.timeout())
            .await
            .map_err(Reached::Not)?;
        let buckets = async {
            for bucket in [names::CLAIMS, names::DESKS, names::HEALTH] {
                link.book(bucket).await?;
            }
            link.shelf().await.map(drop)
        };
        let found = buckets.await.map_err(Reached::Closed);
        link.close().await;
        found
    })
}

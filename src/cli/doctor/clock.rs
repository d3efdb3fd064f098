//! The machine's clock.

use std::path::Path;

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::finding::Finding;

/// A clock may go back by so much and be honest: time zones that were set wrong, small corrections.
const TOLERANCE: Duration = Duration::DAY;
/// No desk runs a program this old.
const LONGEST_USE: Duration = Duration::days(20 * 365);

/// Looks at the clock: it cannot be behind what has already happened. Things that happened are the
/// signing of the newest revocation list, and the last changes of program and database.
pub fn look(now: OffsetDateTime, newest_crl: Option<OffsetDateTime>, data: &Path) -> Finding {
    let changed = |path: &Path| {
        let changed = std::fs::metadata(path).ok()?.modified().ok()?;
        Some(OffsetDateTime::from(changed))
    };
    let program = std::env::current_exe().ok().and_then(|path| changed(&path));
    let database = std::fs::read_dir(data)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| changed(&entry.path()))
        .max();
    judge(now, program, &[newest_crl, program, database])
}

fn judge(
    now: OffsetDateTime,
    program: Option<OffsetDateTime>,
    happened: &[Option<OffsetDateTime>],
) -> Finding {
    const ID: &str = "clock";
    let shown = now
        .replace_nanosecond(0)
        .unwrap_or(now)
        .to_offset(time::UtcOffset::from_hms(7, 0, 0).unwrap_or(time::UtcOffset::UTC))
        .format(&Rfc3339)
        .unwrap_or_default();
    let behind = happened
        .iter()
        .flatten()
        .any(|past| now + TOLERANCE < *past);
    let ahead = program.is_some_and(|built| now - built > LONGEST_USE);
    if behind || ahead {
        return Finding::fault(
            ID,
            format!("Đồng hồ máy sai: {shown}."),
            format!("The machine's clock is wrong: {shown}."),
            "Đặt lại giờ: sudo timedatectl set-ntp true (hoặc set-time); kiểm tra pin CMOS.",
            "Set it: sudo timedatectl set-ntp true (or set-time); look at the mainboard's battery.",
        );
    }
    Finding::ok(
        ID,
        format!("Đồng hồ máy: {shown}."),
        format!("The machine's clock: {shown}."),
    )
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    #[test]
    fn a_clock_behind_what_has_happened_is_wrong() {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
        let day = |days| Some(now + Duration::days(days));
        let table = [
            (None, vec![], State::Ok),
            (day(-30), vec![day(-30), day(-1)], State::Ok),
            (day(-30), vec![day(1)], State::Ok),
            (day(-30), vec![day(2)], State::Fault),
            (day(-8_000), vec![], State::Fault),
        ];
        for (program, happened, expected) in table {
            assert_eq!(
                judge(now, program, &happened).state,
                expected,
                "{happened:?}"
            );
        }
    }
}

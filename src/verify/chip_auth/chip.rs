//! Chip authentication, judged by computing its keys again (ICAO 9303-11, 6.2).

use super::Coverage;
use crate::finding::{Check, CheckId, CheckResult, reason};
use crate::lds::FileError;
use crate::lds::security_infos::SecurityInfos;
use crate::verify::evidence::Evidence;

/// What chip authentication proves. `listed`: EF.SOD lists DG14.
pub(super) fn judge(
    _evidence: &Evidence,
    listed: bool,
    infos: Option<&Result<SecurityInfos, FileError>>,
    _coverage: Coverage,
) -> Check {
    let id = CheckId::ChipAuth;
    match infos {
        Some(Err(error)) => Check::because(id, CheckResult::Undetermined, reason::DG14_MALFORMED)
            .fact("error", error.to_string()),
        Some(Ok(infos)) if listed && infos.offers_chip_authentication() => {
            Check::not_performed(id, "chip authentication is not built yet")
        }
        _ => Check::new(id, CheckResult::NotSupported),
    }
}

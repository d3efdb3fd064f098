//! Chip authentication mapping: the chip proves its key while it maps the nonce
//! (ICAO 9303-11, 4.4.3.5).

use super::{Coverage, not_covered};
use crate::finding::{Check, CheckId, CheckResult, reason};
use crate::lds::security_infos::SecurityInfos;
use crate::verify::evidence::{ChipAuthenticationMapping, Evidence};
use crate::verify::passive::card_security::Standing;
use CheckResult::{Failed, NotSupported};

/// What the mapping proves. `signed_infos`: those of DG14, if its hash is good.
pub(super) fn judge(
    evidence: &Evidence,
    card_security: &Standing,
    signed_infos: Option<&SecurityInfos>,
    _coverage: Coverage,
) -> Check {
    let id = CheckId::ChipAuth;
    let Some(pace) = &evidence.pace else {
        return Check::new(id, NotSupported);
    };
    match &pace.mapping {
        None => Check::new(id, NotSupported),
        Some(ChipAuthenticationMapping::Missing) => {
            Check::because(id, Failed, reason::CHIP_CLONE_CAM_FAILED)
                .fact("met", "no chip authentication data")
        }
        Some(ChipAuthenticationMapping::Answered { .. }) => match card_security {
            Standing::Objection(objection) => {
                Check::because(id, objection.result, objection.reason)
                    .fact("met", objection.fact.clone())
            }
            Standing::Withheld
                if signed_infos.is_some_and(|infos| {
                    infos.0.iter().any(|info| info.protocol == pace.protocol)
                }) =>
            {
                Check::because(id, Failed, reason::CHIP_AUTH_SUPPRESSED)
            }
            Standing::Withheld | Standing::NotRead => not_covered("EF.CardSecurity"),
            Standing::Signed(_) => Check::not_performed(id, "the mapping is not judged yet"),
        },
    }
}

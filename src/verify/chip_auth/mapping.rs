//! Chip authentication mapping: the chip proves its key while it maps the nonce
//! (ICAO 9303-11, 4.4.3.5).

use super::{Coverage, not_covered};
use crate::crypto::agreement::Group;
use crate::crypto::point;
use crate::finding::{Check, CheckId, CheckResult, reason};
use crate::lds::chip_keys::{OfferFault, chip_keys};
use crate::lds::security_infos::SecurityInfos;
use crate::verify::evidence::{ChipAuthenticationMapping, Evidence};
use crate::verify::passive::card_security::Standing;
use CheckResult::{Failed, NotSupported, Undetermined};

/// What the mapping proves. `signed_infos`: those of DG14, if its hash is good.
pub(super) fn judge(
    evidence: &Evidence,
    card_security: &Standing,
    signed_infos: Option<&SecurityInfos>,
    coverage: Coverage,
) -> Check {
    let id = CheckId::ChipAuth;
    let Some((pace, mapping)) = evidence
        .pace
        .as_ref()
        .and_then(|pace| pace.mapping.as_ref().map(|mapping| (pace, mapping)))
    else {
        return Check::new(id, NotSupported);
    };
    let failed =
        |met: &str| Check::because(id, Failed, reason::CHIP_CLONE_CAM_FAILED).fact("met", met);
    let infos = match card_security {
        Standing::Signed(infos) => infos,
        Standing::Objection(objection) => {
            return Check::because(id, objection.result, objection.reason)
                .fact("met", objection.fact.clone());
        }
        Standing::Withheld
            if signed_infos
                .is_some_and(|infos| infos.0.iter().any(|info| info.protocol == pace.protocol)) =>
        {
            return Check::because(id, Failed, reason::CHIP_AUTH_SUPPRESSED)
                .fact("file", "EF.CardSecurity");
        }
        // The chip owed its data whatever it has signed.
        Standing::Withheld | Standing::NotRead
            if *mapping == ChipAuthenticationMapping::Missing =>
        {
            return failed("no chip authentication data");
        }
        Standing::Withheld | Standing::NotRead => return not_covered("EF.CardSecurity"),
    };
    let (mapping_key, data) = match mapping {
        ChipAuthenticationMapping::Answered { mapping_key, data } => (mapping_key, data),
        ChipAuthenticationMapping::Missing => return failed("no chip authentication data"),
    };
    let Some(Group::Ec(curve)) = pace.parameter_id.and_then(Group::standardized) else {
        return Check::because(id, Undetermined, reason::ALGORITHM_UNSUPPORTED)
            .fact("algorithm", "domain parameters of the mapping");
    };
    let keys = match chip_keys(infos) {
        Ok(keys) => keys,
        Err(OfferFault::Forged) => {
            return Check::because(id, Failed, reason::DOMAIN_PARAMS_FORGED)
                .fact("file", "EF.CardSecurity");
        }
        Err(error) => {
            return Check::because(id, Undetermined, reason::ALGORITHM_UNSUPPORTED)
                .fact("algorithm", error.to_string());
        }
    };
    // Which of several keys on one curve a chip means is not written anywhere: one must fit.
    let mut of_the_curve = keys
        .iter()
        .filter(|key| key.group == Group::Ec(curve))
        .peekable();
    if of_the_curve.peek().is_none() {
        return Check::because(id, Undetermined, reason::ALGORITHM_UNSUPPORTED)
            .fact("algorithm", format!("no chip key on {}", curve.name()));
    }
    let maps =
        |key: &[u8]| point::multiply(curve, key, data).is_ok_and(|product| product == *mapping_key);
    if !of_the_curve.any(|key| maps(&key.public_key)) {
        return failed("the chip's key does not give the mapping key");
    }
    if !coverage.path {
        return not_covered("the files of the card");
    }
    Check::successful(id).fact("protocol", pace.protocol.clone())
}

#[cfg(test)]
#[path = "mapping_tests.rs"]
mod tests;

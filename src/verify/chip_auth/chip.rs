//! Chip authentication, judged by computing its keys again (ICAO 9303-11, 6.2).
//!
//! The chip signs nothing here. That it could protect the message after its key agreement shows
//! that it has the private key, and our ephemeral key lets anybody compute that again.

use super::{Coverage, not_covered};
use crate::chip::FileId;
use crate::codec::header::Header;
use crate::crypto::agreement::{KeyFault, PrivateKey};
use crate::crypto::kdf::{Purpose, derive};
use crate::finding::{Check, CheckId, CheckResult, reason};
use crate::lds::FileError;
use crate::lds::chip_keys::{ChipAuthenticationOffer, OfferFault, chip_authentication_offers};
use crate::lds::security_infos::SecurityInfos;
use crate::verify::evidence::{ChipAuthentication, Evidence, FileState};
use CheckResult::{Aborted, Failed, NotSupported, Successful, Undetermined};

/// The send sequence counter of the first response: it starts at 0, and the command is 1.
const FIRST_RESPONSE: u8 = 2;

/// What chip authentication proves. `listed`: EF.SOD lists DG14.
pub(super) fn judge(
    evidence: &Evidence,
    listed: bool,
    infos: Option<&Result<SecurityInfos, FileError>>,
    coverage: Coverage,
) -> Check {
    let id = CheckId::ChipAuth;
    let infos = match infos {
        Some(Ok(infos)) => infos,
        Some(Err(error)) => {
            return Check::because(id, Undetermined, reason::DG14_MALFORMED)
                .fact("error", error.to_string());
        }
        None => {
            return match evidence.state(FileId::Dg(14)) {
                FileState::Faulty(reason) => Check::because(id, Aborted, *reason),
                FileState::NotRead if listed => Check::not_performed(id, "DG14 was not read"),
                _ => Check::new(id, NotSupported),
            };
        }
    };
    let offers = chip_authentication_offers(infos);
    if offers.as_ref().is_ok_and(Vec::is_empty) {
        return Check::new(id, NotSupported);
    }
    if !coverage.dg14 {
        return not_covered("DG14");
    }
    let offers = match offers {
        Ok(offers) => offers,
        Err(OfferFault::Forged) => {
            return Check::because(id, Failed, reason::DOMAIN_PARAMS_FORGED)
                .fact("file", "EF.DG14");
        }
        Err(OfferFault::Malformed(what)) => {
            return Check::because(id, Undetermined, reason::DG14_MALFORMED).fact("error", what);
        }
        Err(OfferFault::Unsupported(what)) => {
            return Check::because(id, Undetermined, reason::ALGORITHM_UNSUPPORTED)
                .fact("algorithm", what);
        }
    };
    let failed = |fact: &'static str, met: String| {
        Check::because(id, Failed, reason::CHIP_CLONE_CA_FAILED).fact(fact, met)
    };
    match &evidence.chip_authentication {
        ChipAuthentication::Answered {
            protocol,
            key_id,
            ephemeral_key,
            response,
        } => {
            let taken = |offer: &&ChipAuthenticationOffer| {
                offer.protocol == *protocol && offer.key_id == *key_id
            };
            let Some(offer) = offers.iter().find(taken) else {
                return failed("met", "DG14 holds no such offer".to_owned());
            };
            match is_under_new_keys(offer, ephemeral_key, response) {
                Ok(true) if coverage.path => {
                    Check::new(id, Successful).fact("protocol", protocol.clone())
                }
                Ok(true) => not_covered("DG14"),
                Ok(false) => failed("met", "the response is not under the new keys".to_owned()),
                Err(_) => Check::because(id, Aborted, reason::INTERNAL_ERROR),
            }
        }
        ChipAuthentication::Refused(status) => failed("status", format!("{status:04x}")),
        ChipAuthentication::NoKey => Check::not_performed(id, "the reader found no usable key"),
        ChipAuthentication::Aborted(reason) => Check::because(id, Aborted, *reason),
        ChipAuthentication::NotTried => {
            Check::not_performed(id, "no transcript of chip authentication")
        }
    }
}

/// Whether the first response carries the MAC that only the two of us can compute (ICAO 9303-11,
/// 6.2.3 and 9.8).
fn is_under_new_keys(
    offer: &ChipAuthenticationOffer,
    ephemeral_key: &[u8],
    response: &[u8],
) -> Result<bool, KeyFault> {
    let Some((protected, mac)) = protected(response) else {
        return Ok(false);
    };
    if ephemeral_key.iter().all(|byte| *byte == 0) {
        return Ok(false);
    }
    let private = PrivateKey::new(ephemeral_key.to_vec().into());
    let secret = offer.group.generator().agree(&private, &offer.public_key)?;
    let key = derive(&secret, Purpose::Mac, offer.cipher)?;
    let block = offer.cipher.block();
    let mut input = vec![0; block];
    if let Some(last) = input.last_mut() {
        *last = FIRST_RESPONSE;
    }
    input.extend_from_slice(protected);
    // The retail MAC pads by itself; CMAC is taken over the padded message.
    if block > 8 {
        input.push(0x80);
        while !input.len().is_multiple_of(block) {
            input.push(0);
        }
    }
    Ok(key.mac(&input)? == mac)
}

/// The data objects that a protected response authenticates, and their MAC: DO87 or DO85, DO99,
/// DO8E, the status word, nothing else. A plain response is none.
fn protected(response: &[u8]) -> Option<(&[u8], [u8; 8])> {
    let body = response.get(..response.len().checked_sub(2)?)?;
    let mut offset = 0_usize;
    let mut status = false;
    loop {
        let header = Header::read(body.get(offset..)?, offset).ok()?;
        let start = offset.checked_add(header.length)?;
        let end = offset.checked_add(header.total())?;
        let value = body.get(start..end)?;
        match header.tag {
            0x87 | 0x85 if offset == 0 => {}
            0x99 if !status && value.len() == 2 => status = true,
            0x8e if status && end == body.len() => {
                return Some((body.get(..offset)?, value.try_into().ok()?));
            }
            _ => return None,
        }
        offset = end;
    }
}

#[cfg(test)]
#[path = "chip_tests.rs"]
mod tests;

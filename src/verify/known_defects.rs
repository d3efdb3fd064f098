//! What defect lists and deviation lists change about the checks of one card (CHECKS b6;
//! BSI TR-03135-1, 5.8.2).
//!
//! An entry may make a failed check undetermined, never successful: but that EF.COM and EF.SOD do
//! not agree is then known to mean nothing, and a malformed certificate has a replacement.

use super::certificate::Certificate;
use super::trust::TrustAnchors;
use super::trust::defects::Known;
use crate::document::Date;
use crate::finding::reason::{self, note};
use crate::finding::{Check, CheckId, CheckResult};

/// What is known of one signer and its documents.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownDefects(Vec<Known>);

impl KnownDefects {
    /// Everything that the lists say of what `signer` signed on that day.
    pub(super) fn of(
        trust: Option<&TrustAnchors>,
        signer: Option<&Certificate>,
        issued: Option<Date>,
    ) -> Self {
        let (Some(trust), Some(signer)) = (trust, signer) else {
            return Self::default();
        };
        let concerned = trust
            .defects
            .iter()
            .filter(|defect| defect.concerns(signer, issued));
        Self(
            concerned
                .flat_map(|defect| &defect.known)
                .cloned()
                .collect(),
        )
    }

    fn has(&self, wanted: impl Fn(&Known) -> bool) -> bool {
        self.0.iter().any(wanted)
    }

    /// The certificate that stands in the place of a malformed one (BSI TR-03135-1, 5.8.2.1.2). It
    /// must be of the same key: the list mends a certificate and hands the signature to nobody else.
    pub(super) fn replacement(&self, signer: &Certificate) -> Option<Certificate> {
        self.0.iter().find_map(|known| match known {
            Known::Replaced(der) => Certificate::parse(der)
                .ok()
                .filter(|other| other.key.is_ok() && other.key == signer.key),
            _ => None,
        })
    }

    /// The chip's proof: worth nothing where the private keys behind it are known to others
    /// (BSI TR-03135-1, 5.8.2.1.3 and 5.8.2.1.4).
    pub(super) fn chip(
        &self,
        check: Check,
        by: Option<&'static str>,
    ) -> (Check, Option<&'static str>) {
        let compromised = match by {
            Some("ca" | "cam") => self.has(|known| *known == Known::ChipAuthenticationKeys),
            Some("aa") => self.has(|known| *known == Known::ActiveAuthenticationKeys),
            _ => false,
        };
        if !compromised {
            return (check, by);
        }
        let mut failed = Check::because(
            CheckId::ChipAuth,
            CheckResult::Failed,
            reason::CHIP_KEYS_COMPROMISED,
        );
        failed.facts = check.facts;
        (failed, None)
    }

    /// Weighs a check anew.
    pub(super) fn weigh(&self, check: Check) -> Check {
        let milder = match check.id {
            CheckId::SodRead | CheckId::SodHash | CheckId::SodSignature => {
                self.has(|known| *known == Known::SecurityObject)
            }
            CheckId::DscSignature => self.has(|known| *known == Known::SignerSignature),
            CheckId::DgHash(number) => self.has(|known| {
                matches!(known, Known::DataGroupHashes(groups)
                    if groups.is_empty() || groups.contains(&number))
            }),
            CheckId::CardaccessAuth | CheckId::ChipAuth => {
                check.reason == Some(reason::CARDSECURITY_INVALID)
                    && self.has(|known| *known == Known::CardSecurity)
            }
            CheckId::ComSod => {
                let known = self.has(|known| *known == Known::ComSod);
                if known && check.reason == Some(reason::COM_SOD_MISMATCH) {
                    let mut judged_by_sod = Check::successful(check.id);
                    judged_by_sod.facts = check.facts;
                    return judged_by_sod.note(note::KNOWN_DEFECT);
                }
                false
            }
            CheckId::Dg1Read => {
                let known = self.has(|known| *known == Known::Zone);
                return check.note_if(known, note::KNOWN_DEFECT);
            }
            _ => false,
        };
        if milder && check.result == CheckResult::Failed {
            let result = CheckResult::Undetermined;
            return Check { result, ..check }.note(note::KNOWN_DEFECT);
        }
        check
    }
}

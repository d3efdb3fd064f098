//! What passive authentication trusts: anchors, document signers, revocation lists, and what is known
//! to be wrong with signers.
//!
//! # Layout
//! - [`Anchor`], [`TrustAnchors`]: what a judgement rests on
//! - [`objects`]: what a file of the operator holds
//! - [`signed_list`]: master lists, deviation lists and defect lists, whole and under their signer
//! - [`master_list`]: certificates of authorities, and what each of them is
//! - [`defects`]: faulty signers and documents
//! - [`folder`]: a folder of files, all taken as pinned
//!
//! A link certificate counts where a key that is trusted already signed it (ICAO 9303-12, 6.1.1).
//! That is found out when the anchors are put together, and not card by card.

pub mod defects;
pub mod folder;
pub mod master_list;
pub mod objects;
pub mod signed_list;

use std::collections::BTreeSet;

use super::algorithm;
use super::certificate::{Certificate, Name};
use super::crl::Crl;
use super::lost_cards::LostCards;
use super::passive::path::same_name;
use crate::crypto::hash::sha256_hex;
use crate::crypto::signature::verify;
pub use defects::Defect;
pub use folder::{TestAuthority, TrustError};
pub use signed_list::{ListError, ListKind, SignedList};

/// Links in a row that are followed when one of them turns out to be forged.
const MAX_LINKS: usize = 16;

/// A pinned key of a signing authority: one anchor a key (ICAO 9303-12, 6.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The certificate that carries it; the self-signed one where there is one.
    pub certificate: Certificate,
    /// Other certificates of the same key, such as the link to it.
    pub also: Vec<Certificate>,
    /// True for the test authority: no verdict under it is worth anything outside tests.
    pub test: bool,
    /// The same for all keys of one authority, whatever names it has had.
    pub family: usize,
}

impl Anchor {
    /// All certificates of the key.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        core::iter::once(&self.certificate).chain(&self.also)
    }

    /// When the last certificate of the key ends.
    #[must_use]
    pub fn not_after(&self) -> time::OffsetDateTime {
        self.certificates()
            .map(|certificate| certificate.not_after)
            .fold(self.certificate.not_after, Ord::max)
    }

    /// Whether the key goes by that identifier.
    #[must_use]
    pub fn has_key_id(&self, id: &[u8]) -> bool {
        self.certificates()
            .any(|certificate| certificate.subject_key_id.as_deref() == Some(id))
    }

    /// Whether any certificate of the key names an identifier for it.
    #[must_use]
    pub fn tells_key_id(&self) -> bool {
        self.certificates()
            .any(|certificate| certificate.subject_key_id.is_some())
    }

    /// Whether that is the authority's name, or one that it had before a link certificate changed
    /// it (ICAO 9303-12, 7.1.1.4).
    #[must_use]
    pub fn is_named(&self, name: &Name) -> bool {
        self.certificates().any(|certificate| {
            same_name(&certificate.subject, name)
                || (certificate.name_change && same_name(&certificate.issuer, name))
        })
    }
}

/// A document signer that was once on a valid list: a later list may drop it, the revocation stays
/// (CHECKS b3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revoked {
    /// The issuer's name as text in lower case: lists and certificates write one name in several ways.
    pub issuer: String,
    /// The serial number: the INTEGER's content bytes.
    pub serial: Vec<u8>,
}

/// Everything that passive authentication trusts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustAnchors {
    /// Pinned signing authorities.
    pub anchors: Vec<Anchor>,
    /// Document signers that a card may refer to without carrying them.
    pub signers: Vec<Certificate>,
    /// Revocation lists.
    pub crls: Vec<Crl>,
    /// What is known to be wrong with signers and their documents.
    pub defects: Vec<Defect>,
    /// Lists of cards reported lost.
    pub lost_cards: Vec<LostCards>,
    /// Revocations that outlive their list.
    pub revoked: BTreeSet<Revoked>,
    /// Fingerprints of document signers that the operator distrusts, lower-case hex.
    pub doubted: BTreeSet<String>,
    /// SHA-256 over the digests of all of them, lower-case hex.
    pub digest: String,
}

impl TrustAnchors {
    /// Adds one certificate: an authority's as anchor (one a key), any other as document signer.
    pub fn pin(&mut self, certificate: Certificate, test: bool) {
        if !certificate.is_authority() {
            if !self.signers.contains(&certificate) {
                self.signers.push(certificate);
            }
            return;
        }
        let known = self
            .anchors
            .iter_mut()
            .find(|anchor| certificate.key.is_ok() && anchor.certificate.key == certificate.key);
        let Some(anchor) = known else {
            self.anchors.push(Anchor {
                certificate,
                also: Vec::new(),
                test,
                family: 0,
            });
            return;
        };
        anchor.test |= test;
        if anchor
            .certificates()
            .any(|known| known.der == certificate.der)
        {
            return;
        }
        if certificate.is_self_issued() && !anchor.certificate.is_self_issued() {
            let link = core::mem::replace(&mut anchor.certificate, certificate);
            anchor.also.push(link);
        } else {
            anchor.also.push(certificate);
        }
    }

    /// Drops certificates that claim to be issued by a key which is here and did not sign them. One
    /// whose issuer is not here stands because somebody pinned it.
    pub fn disown_forged_links(&mut self) {
        let all: Vec<Certificate> = self
            .anchors
            .iter()
            .flat_map(Anchor::certificates)
            .cloned()
            .collect();
        // A link from a disowned key leads nowhere either: again, until nothing more falls.
        let mut disowned: BTreeSet<String> = BTreeSet::new();
        let holds = |certificate: &Certificate, disowned: &BTreeSet<String>| {
            let Some(wanted) = &certificate.authority_key_id else {
                return true;
            };
            if certificate.subject_key_id.as_ref() == Some(wanted) {
                return true;
            }
            let mut elders = all
                .iter()
                .filter(|elder| elder.subject_key_id.as_ref() == Some(wanted))
                .peekable();
            elders.peek().is_none()
                || elders
                    .filter(|elder| !disowned.contains(&elder.fingerprint))
                    .any(|elder| signed_by(certificate, elder))
        };
        for _ in 0..MAX_LINKS {
            let fallen: Vec<String> = all
                .iter()
                .filter(|certificate| !disowned.contains(&certificate.fingerprint))
                .filter(|certificate| !holds(certificate, &disowned))
                .map(|certificate| certificate.fingerprint.clone())
                .collect();
            if fallen.is_empty() {
                break;
            }
            disowned.extend(fallen);
        }
        let before = core::mem::take(&mut self.anchors);
        for anchor in before {
            let test = anchor.test;
            for certificate in core::iter::once(anchor.certificate).chain(anchor.also) {
                if !disowned.contains(&certificate.fingerprint) {
                    self.pin(certificate, test);
                }
            }
        }
    }

    /// Takes trust from every key and signer whose certificate has one of these fingerprints.
    pub fn distrust(&mut self, fingerprints: &BTreeSet<String>) {
        self.anchors.retain(|anchor| {
            !anchor
                .certificates()
                .any(|certificate| fingerprints.contains(&certificate.fingerprint))
        });
        self.doubted.extend(fingerprints.iter().cloned());
    }

    /// Adds a list of lost cards from elsewhere.
    pub fn add_lost_cards(&mut self, list: LostCards) {
        self.lost_cards.push(list);
        self.seal();
    }

    /// Brings in what another source holds.
    pub fn merge(&mut self, other: Self) {
        for anchor in other.anchors {
            let test = anchor.test;
            for certificate in core::iter::once(anchor.certificate).chain(anchor.also) {
                self.pin(certificate, test);
            }
        }
        self.signers.extend(other.signers);
        self.crls.extend(other.crls);
        self.defects.extend(other.defects);
        self.lost_cards.extend(other.lost_cards);
        self.revoked.extend(other.revoked);
        self.doubted.extend(other.doubted);
    }

    /// Finds out which keys are of one authority, and names the content. To be called last.
    pub fn seal(&mut self) {
        let mut families: Vec<usize> = (0..self.anchors.len()).collect();
        for (later, anchor) in self.anchors.iter().enumerate() {
            for (earlier, elder) in self.anchors.iter().enumerate().take(later) {
                if related(anchor, elder) || related(elder, anchor) {
                    let (kept, gone) =
                        (families.get(earlier).copied(), families.get(later).copied());
                    for family in families.iter_mut().filter(|family| Some(**family) == gone) {
                        *family = kept.unwrap_or(*family);
                    }
                }
            }
        }
        for (anchor, family) in self.anchors.iter_mut().zip(families) {
            anchor.family = family;
        }
        let mut digests: BTreeSet<String> = self
            .anchors
            .iter()
            .flat_map(Anchor::certificates)
            .chain(&self.signers)
            .map(|certificate| certificate.fingerprint.clone())
            .collect();
        digests.extend(self.crls.iter().map(|crl| sha256_hex(&crl.der)));
        digests.extend(self.defects.iter().map(|defect| defect.digest.clone()));
        let lost = self.lost_cards.iter();
        digests.extend(lost.map(|list| list.digest().to_owned()));
        let revoked = self.revoked.iter().map(|revoked| {
            sha256_hex(
                &[
                    b"revoked",
                    revoked.issuer.as_bytes(),
                    revoked.serial.as_slice(),
                ]
                .concat(),
            )
        });
        digests.extend(revoked);
        let doubted = self.doubted.iter();
        digests.extend(
            doubted.map(|fingerprint| sha256_hex(format!("doubted{fingerprint}").as_bytes())),
        );
        let digests: Vec<String> = digests.into_iter().collect();
        self.digest = sha256_hex(digests.concat().as_bytes());
    }

    /// The keys of the same authority as `anchor`, itself first.
    pub fn family_of<'a>(&'a self, anchor: &'a Anchor) -> impl Iterator<Item = &'a Anchor> {
        let others = self
            .anchors
            .iter()
            .filter(move |other| other.family == anchor.family && *other != anchor);
        core::iter::once(anchor).chain(others)
    }

    /// The time of the newest revocation list: no honest clock is behind it.
    #[must_use]
    pub fn newest_crl(&self) -> Option<time::OffsetDateTime> {
        self.crls.iter().map(|crl| crl.this_update).max()
    }
}

/// Whether the two keys are one authority's: by their name, or by a link from the elder to the later.
fn related(later: &Anchor, elder: &Anchor) -> bool {
    later.certificates().any(|certificate| {
        elder.is_named(&certificate.subject)
            || certificate
                .authority_key_id
                .as_deref()
                .is_some_and(|id| elder.has_key_id(id) && elder.is_named(&certificate.issuer))
    })
}

/// Whether the key of `elder` signed `certificate`.
#[must_use]
pub fn signed_by(certificate: &Certificate, elder: &Certificate) -> bool {
    let (Ok(key), Ok(scheme)) = (
        &elder.key,
        algorithm::scheme(&certificate.signature_algorithm, None),
    ) else {
        return false;
    };
    certificate.algorithms_agree
        && verify(&key.key, scheme, &certificate.tbs, &certificate.signature).is_ok()
}

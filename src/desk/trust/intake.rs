//! Whether a file may be imported, and what it brings. Pure: nothing is kept here.

use std::collections::BTreeSet;

use serde::Serialize;
use time::OffsetDateTime;

use super::Held;
use super::held::{ObjectKind, links_to};
use crate::crypto::hash::sha256_hex;
use crate::finding::Reason;
use crate::store::trust::{NewImport, TrustImport, TrustedObject};
use crate::verify::Rules;
use crate::verify::certificate::Certificate;
use crate::verify::crl::Crl;
use crate::verify::passive::revocation;
use crate::verify::trust::folder::is_test;
use crate::verify::trust::master_list::{Standing, classify};
use crate::verify::trust::objects::{ObjectError, TrustObject, objects};
use crate::verify::trust::signed_list::Content;
use crate::verify::trust::{ListKind, SignedList, TrustAnchors, signed_by};

/// What an import is made with.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Who imports.
    pub by: &'a str,
    /// SHA-256 of a signer's certificate that whoever imports has compared and accepts.
    pub accept_signer: Option<&'a str>,
    /// Subject key identifiers of the test authority, which is never imported.
    pub test_key_ids: &'a [Vec<u8>],
    /// Now.
    pub at: OffsetDateTime,
}

/// Why a file is not imported. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing that can be used.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// The signer of a list or bundle is not known.
    #[error(
        "signed by “{name}”, which is not pinned.\n  SHA-256 {sha256}\n  Compare this fingerprint with the authority's own. If it is right, go on with:\n  --accept-signer {sha256}"
    )]
    SignerNotPinned {
        /// Its subject.
        name: String,
        /// SHA-256 of its certificate, lower-case hex.
        sha256: String,
    },
    /// The operator distrusts who signed it, or the certificate itself.
    #[error("“{name}” ({sha256}) is distrusted; `trust restore` gives trust back")]
    Distrusted {
        /// Its subject.
        name: String,
        /// SHA-256 of its certificate, lower-case hex.
        sha256: String,
    },
    /// A link certificate that no pinned key leads to.
    #[error(
        "“{subject}” is a link certificate that no pinned key signed: import the certificate of “{issuer}” (key {key}) first"
    )]
    NoElder {
        /// Its subject.
        subject: String,
        /// Its issuer.
        issuer: String,
        /// The issuer's key identifier.
        key: String,
    },
    /// A certificate whose own signature is wrong.
    #[error("the signature of “{0}” is wrong")]
    Forged(String),
    /// A certificate with a key or an algorithm that cannot be used.
    #[error("the key or the algorithm of “{0}” is not supported")]
    Unsupported(String),
    /// A revocation list of an authority that is not held.
    #[error("the revocation list is of “{0}”, which is not among the trust anchors")]
    CrlIssuerUnknown(String),
    /// A revocation list that cannot be used.
    #[error("the revocation list of “{issuer}”: {reason}")]
    Crl {
        /// Who issued it.
        issuer: String,
        /// Which reason of the registry it would be.
        reason: Reason,
    },
    /// A bundle that is older than one of the same signer.
    #[error("the bundle is older than one of the same signer that was imported before")]
    BundleOlder,
    /// A bundle that is none, or whose signature is wrong.
    #[error("the bundle cannot be used: {0}")]
    Bundle(String),
    /// A certificate of the test authority.
    #[error("this is the test authority, which is trusted by demo, simulation and tests alone")]
    TestAuthority,
}

/// What an import brought, for people and programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The number of the import; none where everything was here already.
    pub import: Option<i64>,
    /// The file.
    pub file: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// What it is.
    pub kind: String,
    /// Who signed it, where it is signed as a whole.
    pub signer: Option<String>,
    /// SHA-256 of that signer's certificate.
    pub signer_sha256: Option<String>,
    /// How many objects it brings that were not here.
    pub new: usize,
    /// How many of what kind it holds, such as `self-signed`.
    pub counts: Vec<(String, usize)>,
    /// What whoever imports should know.
    pub remarks: Vec<String>,
}

/// What one file brings.
#[derive(Clone, Debug)]
pub struct Plan {
    /// For the store.
    pub import: NewImport,
    /// Whether it brings anything, or says something of a signer: nothing else is kept.
    pub worth_keeping: bool,
    /// For whoever imports.
    pub outcome: Outcome,
}

/// Decides about one file, given what is held.
///
/// # Errors
/// [`Refusal`]; one bad object refuses the whole file.
pub fn plan(held: &Held, file: &str, bytes: &[u8], terms: Terms<'_>) -> Result<Plan, Refusal> {
    let found = objects(bytes)?;
    let mut draft = Draft::new(held, file, bytes, terms);
    let mut certificates = Vec::new();
    for object in found {
        match object {
            TrustObject::Certificate(certificate) => certificates.push(*certificate),
            TrustObject::Crl(crl) => draft.crl(&crl)?,
            TrustObject::List(list) => draft.list(*list, bytes)?,
        }
    }
    draft.certificates(certificates)?;
    Ok(draft.plan())
}

/// An import in the making.
pub(super) struct Draft<'a> {
    held: &'a Held,
    terms: Terms<'a>,
    known: BTreeSet<&'a str>,
    gone: BTreeSet<String>,
    import: NewImport,
    counts: Vec<(String, usize)>,
    remarks: Vec<String>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(held: &'a Held, file: &str, bytes: &[u8], terms: Terms<'a>) -> Self {
        let about = TrustImport {
            number: 0,
            at: terms.at,
            by: terms.by.to_owned(),
            file: file.to_owned(),
            sha256: sha256_hex(bytes),
            kind: "certificates".to_owned(),
            signer_name: None,
            signer_sha256: None,
            accepted: false,
            vouched_by: None,
            signed_at: None,
            undone_at: None,
            undone_by: None,
            objects: 0,
        };
        Self {
            held,
            terms,
            known: held
                .objects
                .iter()
                .map(|object| object.sha256.as_str())
                .collect(),
            gone: held.distrusted_fingerprints(),
            import: NewImport {
                about,
                objects: Vec::new(),
                revoked: Vec::new(),
                distrusted: Vec::new(),
            },
            counts: Vec::new(),
            remarks: Vec::new(),
        }
    }

    fn count(&mut self, what: &str) {
        match self.counts.iter_mut().find(|(known, _)| known == what) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => self.counts.push((what.to_owned(), 1)),
        }
    }

    /// Adds an object that is not here yet.
    pub(super) fn add(&mut self, kind: ObjectKind, standing: &str, content: &[u8]) {
        self.count(standing);
        let sha256 = sha256_hex(content);
        let pinned_now = kind == ObjectKind::Pinned
            && !self
                .held
                .objects
                .iter()
                .any(|object| object.sha256 == sha256 && object.kind == kind.name());
        let twice = self
            .import
            .objects
            .iter()
            .any(|object| object.sha256 == sha256);
        if !twice && (pinned_now || !self.known.contains(sha256.as_str())) {
            self.import.objects.push(TrustedObject {
                import: 0,
                kind: kind.name().to_owned(),
                standing: standing.to_owned(),
                sha256,
                content: content.to_vec(),
            });
        }
    }

    pub(super) fn refuse_test(&self, certificate: &Certificate) -> Result<(), Refusal> {
        let test: Vec<&[u8]> = self.terms.test_key_ids.iter().map(Vec::as_slice).collect();
        if is_test(certificate, &test) {
            return Err(Refusal::TestAuthority);
        }
        Ok(())
    }

    fn refuse_distrusted(&self, certificate: &Certificate) -> Result<(), Refusal> {
        if !self.gone.contains(&certificate.fingerprint) {
            return Ok(());
        }
        Err(Refusal::Distrusted {
            name: certificate.subject.text.clone(),
            sha256: certificate.fingerprint.clone(),
        })
    }

    /// Certificates that the operator brings himself: self-signed ones are pinned by that; links
    /// must lead to what is pinned, in whatever order they stand.
    fn certificates(&mut self, certificates: Vec<Certificate>) -> Result<(), Refusal> {
        let mut pinned = self.held.pinned.clone();
        let mut links = Vec::new();
        for certificate in certificates {
            self.refuse_test(&certificate)?;
            self.refuse_distrusted(&certificate)?;
            if !certificate.is_authority() {
                let lists = ["2.23.136.1.1.3", "2.23.136.1.1.8"];
                let signs_lists = certificate
                    .extended_key_usage
                    .iter()
                    .any(|usage| lists.contains(&usage.as_str()));
                let (kind, standing) = if signs_lists {
                    (ObjectKind::ListSigner, "list-signer")
                } else {
                    (ObjectKind::Pinned, "document-signer")
                };
                self.add(kind, standing, &certificate.der);
                continue;
            }
            let subject = certificate.subject.text.clone();
            match classify(core::slice::from_ref(&certificate), pinned.iter()).first() {
                Some(Standing::SelfSigned) => {
                    if certificate.not_after < self.terms.at {
                        self.remarks.push(format!("{subject} is no longer valid"));
                    }
                    self.add(
                        ObjectKind::Pinned,
                        Standing::SelfSigned.name(),
                        &certificate.der,
                    );
                    pinned.push(certificate);
                }
                Some(Standing::Unsupported) => return Err(Refusal::Unsupported(subject)),
                Some(Standing::Forged) if signs_itself(&certificate) => {
                    return Err(Refusal::Forged(subject));
                }
                _ => links.push(certificate),
            }
        }
        while let Some(place) = links
            .iter()
            .position(|link| links_to(link, &pinned).is_some())
        {
            let link = links.swap_remove(place);
            if !link.name_change && !link.subject.text.eq_ignore_ascii_case(&link.issuer.text) {
                let names = (&link.issuer.text, &link.subject.text);
                self.remarks.push(format!(
                    "“{}” becomes “{}” without saying that its name changed",
                    names.0, names.1
                ));
            }
            self.add(ObjectKind::Pinned, Standing::Link.name(), &link.der);
            pinned.push(link);
        }
        match links.first() {
            None => Ok(()),
            Some(link) => Err(Refusal::NoElder {
                subject: link.subject.text.clone(),
                issuer: link.issuer.text.clone(),
                key: link
                    .authority_key_id
                    .as_deref()
                    .map_or_else(|| "unknown".to_owned(), hex::encode),
            }),
        }
    }

    /// A revocation list: under a key of an authority that is held, and not behind one that is.
    pub(super) fn crl(&mut self, crl: &Crl) -> Result<(), Refusal> {
        self.import.about.kind = "crl".to_owned();
        let mut trust = self.held.trust.clone();
        trust.seal();
        let revoked = admit_crl(&trust, crl, self.terms.at)?;
        self.import.revoked.extend(revoked);
        if crl.next_update.is_some_and(|next| next < self.terms.at) {
            self.remarks.push(format!(
                "the revocation list of “{}” is stale already",
                crl.issuer.text
            ));
        }
        self.add(ObjectKind::Crl, "crl", &crl.der);
        Ok(())
    }

    /// A signed list, whole under its signature: its signer must be pinned, or accepted now.
    fn list(&mut self, list: SignedList, bytes: &[u8]) -> Result<(), Refusal> {
        self.import.about.kind = list.kind.name().to_owned();
        self.import.about.signed_at = list.signed_at;
        let signer = &list.signer;
        self.refuse_test(signer)?;
        self.refuse_distrusted(signer)?;
        let vouched = links_to_signer(signer, &self.held.pinned);
        self.import.about.vouched_by = vouched.map(|elder| elder.fingerprint.clone());
        self.signed_by(&signer.subject.text, &signer.fingerprint, vouched.is_some())?;
        let older = self
            .held
            .imports
            .iter()
            .filter(|import| import.undone_at.is_none() && import.kind == list.kind.name())
            .filter(|import| import.signer_name.as_deref() == Some(&signer.subject.text))
            .any(|import| import.signed_at > list.signed_at);
        if older {
            let remark = "a newer list of this signer was imported before";
            self.remarks.push(remark.to_owned());
        }
        match list.content {
            Content::Authorities(authorities) => {
                let held = self.held.trust.anchors.iter();
                let held = held.flat_map(|anchor| anchor.certificates());
                let standings = classify(&authorities, held);
                for (certificate, standing) in authorities.iter().zip(standings) {
                    self.refuse_test(certificate)?;
                    if standing.is_usable() {
                        self.add(ObjectKind::Listed, standing.name(), &certificate.der);
                    } else {
                        self.count(standing.name());
                        let name = &certificate.subject.text;
                        self.remarks
                            .push(format!("{name}: {}, not taken", standing.name()));
                    }
                }
            }
            Content::Defects(defects) => {
                for known in defects.iter().flat_map(|defect| &defect.known) {
                    self.count(known.name());
                }
                debug_assert_ne!(list.kind, ListKind::Master);
                self.add(ObjectKind::Defects, list.kind.name(), bytes);
            }
        }
        Ok(())
    }

    /// Records who signed the whole. A signer that nothing pinned vouches for must have been
    /// accepted, before or now.
    pub(super) fn signed_by(
        &mut self,
        name: &str,
        sha256: &str,
        vouched: bool,
    ) -> Result<(), Refusal> {
        let accepted_now = self
            .terms
            .accept_signer
            .is_some_and(|given| plain(given) == sha256);
        if self.gone.contains(sha256) {
            return Err(Refusal::Distrusted {
                name: name.to_owned(),
                sha256: sha256.to_owned(),
            });
        }
        if !vouched && !accepted_now && !self.held.accepted_signers.contains(sha256) {
            return Err(Refusal::SignerNotPinned {
                name: name.to_owned(),
                sha256: sha256.to_owned(),
            });
        }
        self.import.about.signer_name = Some(name.to_owned());
        self.import.about.signer_sha256 = Some(sha256.to_owned());
        self.import.about.accepted = accepted_now;
        Ok(())
    }

    pub(super) fn about(&mut self) -> &mut TrustImport {
        &mut self.import.about
    }

    pub(super) fn revoke(&mut self, revoked: impl Iterator<Item = (String, Vec<u8>)>) {
        self.import.revoked.extend(revoked);
    }

    pub(super) fn withdraw(&mut self, sha256: String, reason: String) {
        self.import.distrusted.push((sha256, reason));
    }

    pub(super) fn remark(&mut self, remark: String) {
        self.remarks.push(remark);
    }

    pub(super) fn plan(self) -> Plan {
        let about = &self.import.about;
        let outcome = Outcome {
            import: None,
            file: about.file.clone(),
            sha256: about.sha256.clone(),
            kind: about.kind.clone(),
            signer: about.signer_name.clone(),
            signer_sha256: about.signer_sha256.clone(),
            new: self.import.objects.len(),
            counts: self.counts,
            remarks: self.remarks,
        };
        // A later bundle that brings nothing is kept all the same: no older one comes after it.
        let unseen =
            !self.held.imports.iter().any(|import| {
                import.undone_at.is_none() && import.sha256 == self.import.about.sha256
            });
        let worth_keeping = !self.import.objects.is_empty()
            || !self.import.distrusted.is_empty()
            || about.accepted
            || (about.kind == "bundle" && unseen);
        Plan {
            worth_keeping,
            import: self.import,
            outcome,
        }
    }
}

/// A fingerprint as people write it: with colons, spaces, capitals.
fn plain(fingerprint: &str) -> String {
    let digits = fingerprint.chars().filter(char::is_ascii_hexdigit);
    digits.collect::<String>().to_ascii_lowercase()
}

fn signs_itself(certificate: &Certificate) -> bool {
    certificate.authority_key_id.is_some()
        && certificate.authority_key_id == certificate.subject_key_id
}

/// The pinned certificate that vouches for a signer of lists: the authority of its own country.
fn links_to_signer<'a>(signer: &Certificate, pinned: &'a [Certificate]) -> Option<&'a Certificate> {
    // One that is its own authority is pinned itself, or not at all.
    let itself = pinned
        .iter()
        .find(|elder| elder.fingerprint == signer.fingerprint);
    itself.or_else(|| links_to(signer, pinned).filter(|elder| signed_by(signer, elder)))
}

/// Whether a revocation list may be taken; what it revokes.
///
/// # Errors
/// [`Refusal::CrlIssuerUnknown`] and [`Refusal::Crl`].
pub fn admit_crl(
    trust: &TrustAnchors,
    crl: &Crl,
    at: OffsetDateTime,
) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
    use crate::finding::reason;
    let issuer = crl.issuer.text.clone();
    let refused = |reason: Reason| Refusal::Crl {
        issuer: issuer.clone(),
        reason,
    };
    let anchor = trust
        .anchors
        .iter()
        .find(|anchor| revocation::concerns(crl, anchor))
        .ok_or_else(|| Refusal::CrlIssuerUnknown(issuer.clone()))?;
    // A weak one is told of by every verdict; here it may still revoke.
    let rules = Rules {
        sha1_allowed: true,
        rsa_min_bits: 1024,
        ..Rules::STRICT
    };
    revocation::can_be_used(crl, anchor, trust, &rules).map_err(refused)?;
    if crl.this_update > at {
        return Err(refused(reason::CRL_NOT_YET_VALID));
    }
    let held = trust.crls.iter().filter(|held| {
        held.der != crl.der
            && trust
                .family_of(anchor)
                .any(|key| revocation::concerns(held, key))
    });
    for held in held {
        if crl.this_update < held.this_update || revocation::is_behind(crl, held) {
            return Err(refused(reason::CRL_ROLLBACK));
        }
    }
    let name = crl.issuer.text.to_lowercase();
    Ok(crl
        .revoked
        .iter()
        .map(|serial| (name.clone(), serial.clone()))
        .collect())
}

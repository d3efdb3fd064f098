//! What the store keeps about trust, taken apart: which imports count, and what follows from them.

use std::collections::BTreeSet;

use crate::store::trust::{Distrusted, KeptTrust, TrustImport, TrustedObject};
use crate::verify::certificate::Certificate;
use crate::verify::crl::Crl;
use crate::verify::trust::signed_list::Content;
use crate::verify::trust::{Revoked, SignedList, TrustAnchors, signed_by};

/// What an object of an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// A certificate that the operator brought himself.
    Pinned,
    /// A certificate on a list, or in a bundle, that a trusted signer vouches for.
    Listed,
    /// The certificate of somebody who signs lists.
    ListSigner,
    /// A revocation list.
    Crl,
    /// A deviation list or defect list, whole.
    Defects,
    /// A policy, as text.
    Policy,
}

impl ObjectKind {
    const ALL: [Self; 6] = [
        Self::Pinned,
        Self::Listed,
        Self::ListSigner,
        Self::Crl,
        Self::Defects,
        Self::Policy,
    ];

    /// As the store keeps it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pinned => "pinned",
            Self::Listed => "listed",
            Self::ListSigner => "list-signer",
            Self::Crl => "crl",
            Self::Defects => "defects",
            Self::Policy => "policy",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What is kept, and what counts of it.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// Counts the changes.
    pub generation: i64,
    /// What to judge by.
    pub trust: TrustAnchors,
    /// All imports, undone ones as well.
    pub imports: Vec<TrustImport>,
    /// What is distrusted.
    pub distrusted: Vec<Distrusted>,
    /// Certificates that the operator pinned and that count: they may vouch for signers of lists.
    pub pinned: Vec<Certificate>,
    /// SHA-256 of signers whose lists and bundles are accepted, lower-case hex.
    pub accepted_signers: BTreeSet<String>,
    /// Link certificates that nothing pinned leads to any more.
    pub unlinked: Vec<Certificate>,
    /// Objects that could not be read again, by their SHA-256.
    pub damaged: Vec<String>,
    /// Policies that a bundle brought, the latest last.
    pub policies: Vec<String>,
    /// The objects that count, as they are kept.
    pub objects: Vec<TrustedObject>,
}

impl Held {
    /// Takes apart what the store keeps. The trust is not sealed yet.
    #[must_use]
    pub fn of(kept: KeptTrust) -> Self {
        let KeptTrust {
            generation,
            imports,
            objects,
            distrusted,
            revoked,
        } = kept;
        let mut held = Self {
            generation,
            distrusted,
            ..Self::default()
        };
        let gone = held.distrusted_fingerprints();
        let counts = |import: &TrustImport| {
            let doubted = |sha256: &Option<String>| {
                sha256.as_ref().is_some_and(|sha256| gone.contains(sha256))
            };
            import.undone_at.is_none()
                && !doubted(&import.signer_sha256)
                && !doubted(&import.vouched_by)
        };
        let active: BTreeSet<i64> = imports
            .iter()
            .filter(|import| counts(import))
            .map(|import| import.number)
            .collect();
        for import in imports
            .iter()
            .filter(|import| active.contains(&import.number))
        {
            if import.accepted {
                held.accepted_signers.extend(import.signer_sha256.clone());
            }
        }
        let mut links = Vec::new();
        for object in objects {
            if !active.contains(&object.import) {
                continue;
            }
            let (kind, sha256) = (ObjectKind::of_name(&object.kind), object.sha256.clone());
            if held.take(kind, &object, &mut links).is_none() {
                held.damaged.push(sha256);
            }
            held.objects.push(object);
        }
        held.follow(links, &gone);
        held.trust.revoked = revoked
            .into_iter()
            .map(|(issuer, serial)| Revoked { issuer, serial })
            .collect();
        held.trust.distrust(&gone);
        held.imports = imports;
        held
    }

    fn take(
        &mut self,
        kind: Option<ObjectKind>,
        object: &TrustedObject,
        links: &mut Vec<Certificate>,
    ) -> Option<()> {
        let content = object.content.as_slice();
        match kind? {
            ObjectKind::Pinned => {
                let certificate = Certificate::parse(content).ok()?;
                if object.standing == "link" {
                    links.push(certificate);
                } else {
                    if certificate.is_authority() {
                        self.pinned.push(certificate.clone());
                    }
                    self.trust.pin(certificate, false);
                }
            }
            ObjectKind::Listed => self.trust.pin(Certificate::parse(content).ok()?, false),
            ObjectKind::ListSigner => {
                self.accepted_signers.insert(object.sha256.clone());
            }
            ObjectKind::Crl => self.trust.crls.push(Crl::parse(content).ok()?),
            ObjectKind::Defects => match SignedList::open(content).ok()?.content {
                Content::Defects(defects) => self.trust.defects.extend(defects),
                Content::Authorities(_) => return None,
            },
            ObjectKind::Policy => {
                let text = core::str::from_utf8(content).ok()?;
                self.policies.push(text.to_owned());
            }
        }
        Some(())
    }

    /// Follows the links from what is pinned, as far as they lead; what the root of was undone or
    /// distrusted leads nowhere.
    fn follow(&mut self, mut links: Vec<Certificate>, gone: &BTreeSet<String>) {
        self.pinned
            .retain(|certificate| !gone.contains(&certificate.fingerprint));
        links.retain(|link| !gone.contains(&link.fingerprint));
        loop {
            let (reached, open): (Vec<_>, Vec<_>) = links
                .into_iter()
                .partition(|link| links_to(link, &self.pinned).is_some());
            links = open;
            if reached.is_empty() {
                break;
            }
            for link in reached {
                self.pinned.push(link.clone());
                self.trust.pin(link, false);
            }
        }
        self.unlinked = links;
    }

    /// SHA-256 of everything that is distrusted.
    #[must_use]
    pub fn distrusted_fingerprints(&self) -> BTreeSet<String> {
        self.distrusted
            .iter()
            .map(|distrusted| distrusted.sha256.clone())
            .collect()
    }
}

/// The pinned certificate of the same country whose key signed this one (ICAO 9303-12, 6.1.1). By
/// the key identifier, and by the name where there is none.
#[must_use]
pub fn links_to<'a>(link: &Certificate, pinned: &'a [Certificate]) -> Option<&'a Certificate> {
    let country = |certificate: &Certificate| {
        let country = certificate.subject.country.as_deref().unwrap_or_default();
        country.to_ascii_uppercase()
    };
    pinned
        .iter()
        .filter(|elder| match &link.authority_key_id {
            Some(id) => elder.subject_key_id.as_ref() == Some(id),
            None => elder.subject.text.to_lowercase() == link.issuer.text.to_lowercase(),
        })
        .take(16)
        .find(|elder| country(elder) == country(link) && signed_by(link, elder))
}

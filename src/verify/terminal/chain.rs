//! The way from an authority that the chip trusts to the terminal (BSI TR-03110-3, 2.4 and C.4).

use super::cv_certificate::{CvCertificate, CvKey, Reference, Role};
use crate::crypto::curve::Curve;
use crate::crypto::signature::{PublicKey, Scheme, at_full_length, verify};
use crate::document::Date;
use crate::finding::{Reason, reason};

/// The most certificates of one chain; what a chip is sent and stores one after another.
pub const MOST_CERTIFICATES: usize = crate::chip::terminal_authentication::MOST_CERTIFICATES;
/// The most steps of one search: a folder may be made so that its certificates name each other.
const MOST_STEPS: usize = 4_096;
/// The most chains whose signatures are verified in one search.
const MOST_CANDIDATES: usize = 64;

/// Why no chain leads from the chip's authorities to the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChainFault {
    /// A chain is whole, and one of its certificates is not valid yet.
    NotYetValid(Date),
    /// A chain is whole, and one of its certificates has expired.
    Expired(Date),
    /// A chain is whole by its names, and a signature in it does not hold.
    Invalid,
    /// No certificate of this terminal with the right to fingerprints leads there.
    Missing,
}

impl ChainFault {
    /// The reason of the registry.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self {
            Self::Missing => reason::TA_CERTIFICATE_MISSING,
            Self::Invalid => reason::TA_CERTIFICATE_INVALID,
            Self::Expired(_) => reason::TA_CERTIFICATE_EXPIRED,
            Self::NotYetValid(_) => reason::TA_CERTIFICATE_NOT_YET_VALID,
        }
    }
}

/// A chain that can be shown to a chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain<'a> {
    /// The one that the chip's key verifies first, the terminal's last.
    pub certificates: Vec<&'a CvCertificate>,
    /// The terminal's own.
    pub terminal: &'a CvCertificate,
}

impl Chain<'_> {
    /// The last day of the whole chain.
    #[must_use]
    pub fn expiry(&self) -> Date {
        let needed = self
            .certificates
            .iter()
            .filter(|one| one.role != Role::Cvca);
        needed.map(|one| one.expiry).min().unwrap_or(Date::MAX)
    }
}

/// Finds a chain from one of `authorities` to a certificate of `key` that gives the right to
/// fingerprints. Of several valid ones the one that lasts longest is taken, then the shortest.
///
/// Document verifier and terminal must be valid on `today`. Link certificates of the authority may
/// have expired: they only carry an older chip over to a newer key.
///
/// # Errors
/// [`ChainFault`]: the one nearest to success of all that was found.
pub fn find<'a>(
    certificates: &'a [CvCertificate],
    authorities: &[Reference],
    key: &PublicKey,
    today: Date,
) -> Result<Chain<'a>, ChainFault> {
    let mut search = Search {
        certificates,
        authorities,
        key,
        today,
        steps: 0,
        candidates: 0,
        best: None,
        fault: ChainFault::Missing,
    };
    for terminal in certificates
        .iter()
        .filter(|one| one.role == Role::Terminal && one.rights.dg3 && belongs(&one.key, key))
    {
        search.climb(&mut vec![terminal]);
    }
    search.best.ok_or(search.fault)
}

/// Whether a certificate's key is the public half of ours.
fn belongs(certified: &CvKey, key: &PublicKey) -> bool {
    match (certified, key) {
        (CvKey::Whole(certified), key) => certified == key,
        (CvKey::Point(certified), PublicKey::Ec { point, .. }) => certified == point,
        (CvKey::Point(_), PublicKey::Rsa { .. }) => false,
    }
}

struct Search<'a, 's> {
    certificates: &'a [CvCertificate],
    authorities: &'s [Reference],
    key: &'s PublicKey,
    today: Date,
    steps: usize,
    candidates: usize,
    best: Option<Chain<'a>>,
    fault: ChainFault,
}

impl<'a> Search<'a, '_> {
    /// Goes on from the last of `path`, which begins with the terminal.
    fn climb(&mut self, path: &mut Vec<&'a CvCertificate>) {
        self.steps = self.steps.saturating_add(1);
        let (Some(top), Some(terminal)) = (path.last().copied(), path.first().copied()) else {
            return;
        };
        if self.steps > MOST_STEPS {
            return;
        }
        if self.authorities.contains(&top.authority) && self.candidates < MOST_CANDIDATES {
            self.candidates = self.candidates.saturating_add(1);
            let certificates: Vec<_> = path.iter().rev().copied().collect();
            match self.judge(&certificates) {
                Err(fault) => self.fault = self.fault.min(fault),
                Ok(()) => {
                    let chain = Chain {
                        certificates,
                        terminal,
                    };
                    let rank =
                        |chain: &Chain<'_>| (chain.expiry(), usize::MAX - chain.certificates.len());
                    if self
                        .best
                        .as_ref()
                        .is_none_or(|best| rank(best) < rank(&chain))
                    {
                        self.best = Some(chain);
                    }
                }
            }
        }
        if path.len() >= MOST_CERTIFICATES {
            return;
        }
        let above = self.certificates.iter().filter(|above| {
            above.holder == top.authority
                && !above.is_root()
                && may_issue(above.role, top.role)
                && above.rights.dg3
        });
        for next in above {
            if path.iter().any(|one| one.holder == next.holder) {
                continue;
            }
            path.push(next);
            self.climb(path);
            path.pop();
        }
    }

    /// Judges a chain whose names fit: signatures as far as the keys are known, then dates.
    fn judge(&self, chain: &[&CvCertificate]) -> Result<(), ChainFault> {
        let top = chain.first().ok_or(ChainFault::Missing)?;
        // The chip's own key may be among the certificates, as the root that signs itself or as a
        // link to it; where it is not, the chip alone can judge the first signature.
        let anchor = self
            .certificates
            .iter()
            .find(|one| one.role == Role::Cvca && one.holder == top.authority);
        let mut curve = match self.key {
            PublicKey::Ec { curve, .. } => Some(*curve),
            PublicKey::Rsa { .. } => None,
        };
        let mut issuer = anchor;
        for certificate in chain {
            if let Some(issuer) = issuer {
                if !may_issue(issuer.role, certificate.role) {
                    return Err(ChainFault::Missing);
                }
                let key = whole(&issuer.key, &mut curve).ok_or(ChainFault::Invalid)?;
                if !holds(&key, issuer.scheme, certificate) {
                    return Err(ChainFault::Invalid);
                }
            }
            issuer = Some(certificate);
        }
        for certificate in chain {
            if certificate.effective > self.today {
                return Err(ChainFault::NotYetValid(certificate.effective));
            }
        }
        for certificate in chain {
            if certificate.expiry < self.today && certificate.role != Role::Cvca {
                return Err(ChainFault::Expired(certificate.expiry));
            }
        }
        Ok(())
    }
}

/// Whether the certificate's signature is the key's. RSASSA-PSS salts are as long as the hash by the
/// standard (TR-03110-3, A.6.3), and as long as fits by a widely used program: which it bears, the
/// chip decides.
fn holds(key: &PublicKey, scheme: Scheme, certificate: &CvCertificate) -> bool {
    let signature = at_full_length(key, scheme, &certificate.signature);
    let under = |scheme| verify(key, scheme, &certificate.body, &signature).is_ok();
    let longest = match scheme {
        Scheme::RsaPss { hash, .. } => {
            let bytes = key.bits().saturating_sub(1).div_ceil(8);
            let salt = bytes.saturating_sub(hash.length().saturating_add(2));
            u16::try_from(salt)
                .ok()
                .map(|salt| Scheme::RsaPss { hash, salt })
        }
        _ => None,
    };
    under(scheme) || longest.is_some_and(under)
}

/// The key with its curve: its own, else that of the authority above.
fn whole(key: &CvKey, curve: &mut Option<Curve>) -> Option<PublicKey> {
    match key {
        CvKey::Whole(key) => {
            if let PublicKey::Ec { curve: own, .. } = key {
                *curve = Some(*own);
            }
            Some(key.clone())
        }
        CvKey::Point(point) => Some(PublicKey::Ec {
            curve: (*curve)?,
            point: point.clone(),
        }),
    }
}

/// Who may certify whom (TR-03110-3, C.4).
const fn may_issue(above: Role, below: Role) -> bool {
    matches!(
        (above, below),
        (
            Role::Cvca,
            Role::Cvca | Role::DomesticVerifier | Role::ForeignVerifier
        ) | (
            Role::DomesticVerifier | Role::ForeignVerifier,
            Role::Terminal
        )
    )
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;

//! Master lists: certificates of signing authorities, and what each of them is
//! (ICAO 9303-12, 5.3 and 7.3).

use std::collections::HashMap;

use super::signed_by;
use super::signed_list::ListError;
use crate::codec::der::Reader;
use crate::verify::certificate::Certificate;
use crate::verify::passive::path::same_name;

/// Most certificates of one list; the largest published one has some 600.
pub const MAX_CERTIFICATES: usize = 8_192;
/// Keys that are tried for one certificate.
const MAX_ISSUERS: usize = 16;

/// `CscaMasterList ::= SEQUENCE { version INTEGER, certList SET OF Certificate }`.
///
/// # Errors
/// [`ListError`] at the first certificate that is none.
pub fn parse(content: &[u8]) -> Result<Vec<Certificate>, ListError> {
    let mut outer = Reader::new(content);
    let mut list = Reader::new(outer.expect(0x30)?);
    outer.end()?;
    list.small()?;
    let mut set = Reader::new(list.expect(0x31)?);
    list.end()?;
    let mut found = Vec::new();
    while !set.is_empty() {
        if found.len() >= MAX_CERTIFICATES {
            return Err(ListError::TooMany(MAX_CERTIFICATES));
        }
        let (_, _, der) = set.any()?;
        let number = found.len().saturating_add(1);
        found.push(Certificate::parse(der).map_err(|error| ListError::Entry {
            number,
            why: error.to_string(),
        })?);
    }
    Ok(found)
}

/// What a certificate of an authority is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Standing {
    /// Its own key signed it.
    SelfSigned,
    /// A link certificate: another key that is here signed it (ICAO 9303-12, 6.1.1).
    Link,
    /// Issued by a key that is not here: a link whose older key was left out.
    Unlinked,
    /// It names a key that is here, which did not sign it.
    Forged,
    /// Its key or its algorithm cannot be used here.
    Unsupported,
    /// No authority's.
    NoAuthority,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::SelfSigned,
        Self::Link,
        Self::Unlinked,
        Self::Forged,
        Self::Unsupported,
        Self::NoAuthority,
    ];

    /// The stable name, such as `self-signed`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SelfSigned => "self-signed",
            Self::Link => "link",
            Self::Unlinked => "unlinked",
            Self::Forged => "forged",
            Self::Unsupported => "unsupported",
            Self::NoAuthority => "no-authority",
        }
    }

    /// Whether the key may become an anchor once whoever brought the certificate is trusted.
    #[must_use]
    pub const fn is_usable(self) -> bool {
        matches!(self, Self::SelfSigned | Self::Link | Self::Unlinked)
    }
}

/// Says of each certificate what it is, in their order, among themselves and `held`. At most
/// [`MAX_ISSUERS`] and one signatures are verified for each.
#[must_use]
pub fn classify<'a>(
    certificates: &'a [Certificate],
    held: impl Iterator<Item = &'a Certificate>,
) -> Vec<Standing> {
    let mut by_key: HashMap<&[u8], Vec<&Certificate>> = HashMap::new();
    let mut by_name: HashMap<String, Vec<&Certificate>> = HashMap::new();
    for certificate in certificates.iter().chain(held) {
        if let Some(id) = &certificate.subject_key_id {
            by_key.entry(id).or_default().push(certificate);
        }
        let name = certificate.subject.text.to_lowercase();
        by_name.entry(name).or_default().push(certificate);
    }
    let classify_one = |certificate: &Certificate| {
        if !certificate.is_authority() {
            return Standing::NoAuthority;
        }
        if !certificate.can_be_verified() {
            return Standing::Unsupported;
        }
        let names_itself = match &certificate.authority_key_id {
            Some(id) => certificate.subject_key_id.as_ref() == Some(id),
            None => same_name(&certificate.issuer, &certificate.subject),
        };
        if names_itself && signed_by(certificate, certificate) {
            return Standing::SelfSigned;
        }
        let named = match &certificate.authority_key_id {
            Some(id) => by_key.get(id.as_slice()),
            None => by_name.get(&certificate.issuer.text.to_lowercase()),
        };
        let others: Vec<_> = named
            .into_iter()
            .flatten()
            .filter(|other| other.key != certificate.key)
            .take(MAX_ISSUERS)
            .collect();
        if others.iter().any(|other| signed_by(certificate, other)) {
            Standing::Link
        } else if certificate.authority_key_id.is_some() && (names_itself || !others.is_empty()) {
            Standing::Forged
        } else {
            // A name alone picks no key: whose it is cannot be told.
            Standing::Unlinked
        }
    };
    certificates.iter().map(classify_one).collect()
}

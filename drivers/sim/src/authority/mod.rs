//! The test authority: a country signing CA, document signers, a revocation list (ICAO 9303-12).
//!
//! Its keys follow from public labels, its names say what it is, and [`KEY_IDENTIFIERS`] lists its
//! key identifiers, so that a desk in production can refuse them.
//!
//! # Layout
//! - [`signer`]: hashes, signature schemes, keys
//! - [`certificate`], [`crl`]: what is signed
//! - [`lists`]: master lists and defect lists
//! - [`trust`]: the folder that a desk is given
//! - [`inspection`]: certificates for terminals

pub mod certificate;
pub mod crl;
pub mod inspection;
pub mod lists;
pub mod signer;
pub mod trust;

use time::{Date, Duration, Month, OffsetDateTime, Time};

use crate::crypto::curve::{Curve, EcKey, Parameters};
use crate::der;
use crate::error::SimError;
use crate::personas::foreign::{COUNTRY, STATE};
use crate::tlv::object;
use certificate::{CertificatePlan, Extension, Name, extension};
use signer::{Hash, Scheme, SigningKey};

/// subjectKeyIdentifier of every test CSCA there is. A trust store in production refuses them.
pub const KEY_IDENTIFIERS: [[u8; 20]; 5] = [
    [
        0x37, 0x33, 0x8D, 0xAB, 0xB0, 0x92, 0xBB, 0xEB, 0xF3, 0xED, 0x40, 0x46, 0x48, 0x37, 0x3E,
        0xEE, 0x18, 0x4E, 0x73, 0xC2,
    ],
    [
        0x12, 0x03, 0xEC, 0xDB, 0x45, 0xDA, 0x7F, 0x99, 0x06, 0x37, 0xB7, 0xF4, 0x96, 0xEF, 0xED,
        0x01, 0x41, 0x92, 0xE6, 0xD1,
    ],
    [
        0x07, 0xFB, 0xDB, 0x17, 0x25, 0x04, 0xA5, 0x2E, 0xDE, 0xEE, 0x7D, 0x89, 0x77, 0xE8, 0x61,
        0x82, 0xB7, 0x16, 0xAC, 0x8E,
    ],
    [
        0xE9, 0x05, 0x12, 0xB2, 0x5A, 0xB9, 0xF6, 0x71, 0x96, 0xAF, 0x3B, 0xA0, 0x81, 0x03, 0x76,
        0x89, 0x95, 0xBF, 0xDF, 0xDA,
    ],
    [
        0xC0, 0x32, 0xB5, 0x99, 0xD2, 0xF3, 0x54, 0x7C, 0x1B, 0xD3, 0x33, 0xEE, 0x87, 0xE3, 0xF3,
        0x22, 0x29, 0x48, 0xD9, 0xF1,
    ],
];

/// A country signing CA of the simulated world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Csca {
    /// The one whose certificate a desk is given.
    Pinned,
    /// Another with another name, which nobody has pinned.
    Stranger,
    /// Another key under the same name.
    Namesake,
    /// The successor of the pinned one.
    Successor,
    /// Another country's, whose certificate a desk is given too.
    Foreign,
}

impl Csca {
    /// All of them, in the order of [`KEY_IDENTIFIERS`].
    pub const ALL: [Self; 5] = [
        Self::Pinned,
        Self::Stranger,
        Self::Namesake,
        Self::Successor,
        Self::Foreign,
    ];

    /// Its key: P-384, explicit parameters.
    ///
    /// # Errors
    /// The library's.
    pub fn key(self) -> Result<SigningKey, SimError> {
        Ok(SigningKey::Ec(self.curve_key()?, Parameters::Explicit))
    }

    /// The same, as a key on its curve.
    ///
    /// # Errors
    /// The library's.
    pub fn curve_key(self) -> Result<EcKey, SimError> {
        let label = match self {
            Self::Pinned => "csca",
            Self::Stranger => "csca stranger",
            Self::Namesake => "csca namesake",
            Self::Successor => "csca successor",
            Self::Foreign => "csca foreign",
        };
        Ok(EcKey::from_label(Curve::P384, label)?)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> Name {
        match self {
            Self::Stranger => Name::new("TEST CSCA stranger"),
            Self::Foreign => self.names("TEST CSCA foreign documents"),
            _ => Name::new("TEST CSCA CCCD"),
        }
    }

    /// A name in its country.
    fn names(self, common: &str) -> Name {
        let mut name = Name::new(common);
        if self == Self::Foreign {
            COUNTRY.clone_into(&mut name.country);
        }
        name
    }

    /// Its country in the code of the zone.
    const fn state(self) -> &'static str {
        match self {
            Self::Foreign => STATE,
            _ => "VNM",
        }
    }

    /// Its certificate before it is signed: self-signed, profile of ICAO 9303-12, table 6.
    ///
    /// # Errors
    /// The library's.
    pub fn plan(self) -> Result<CertificatePlan, SimError> {
        let key = self.key()?;
        let identifier = key.identifier()?;
        let not_before = midnight(2021, 1)?;
        let alternative = alternative_name("csca@test.invalid", self.state());
        Ok(CertificatePlan {
            version: Some(2),
            serial: serial(&format!("{self:?}"))?,
            issuer: self.name(),
            subject: self.name(),
            not_before,
            not_after: midnight(2047, 1)?,
            key,
            extensions: vec![
                Extension::new(extension::SUBJECT_KEY, der::octets(&identifier)),
                authority_key(&identifier),
                // keyCertSign, cRLSign
                Extension::new(extension::KEY_USAGE, der::bits(1, &[0x06])).critical(),
                Extension::new(
                    extension::BASIC_CONSTRAINTS,
                    der::sequence(&[der::truth(), der::small(0)]),
                )
                .critical(),
                usage_period(not_before, midnight(2030, 1)?),
                Extension::new(extension::SUBJECT_ALT_NAME, alternative.clone()),
                Extension::new(extension::ISSUER_ALT_NAME, alternative),
                distribution_points(),
            ],
            edits: Vec::new(),
            signature_flipped: false,
        })
    }
}

/// How the CSCA signs.
pub const CSCA_SCHEME: Scheme = Scheme::Ecdsa(Hash::Sha384);

/// A document signer: one for each quarter in which cards are issued, in several batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// First day of the quarter.
    pub start: OffsetDateTime,
    /// Which of the quarter's batches.
    pub kind: BatchKind,
}

/// A batch within a quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchKind {
    /// The usual one.
    Usual,
    /// The one whose signer has been revoked.
    Revoked,
    /// The one of foreign documents.
    Foreign,
}

impl Batch {
    /// The batch in which a card issued on `date` is signed.
    ///
    /// # Errors
    /// A date outside the calendar.
    pub fn of(date: Date, kind: BatchKind) -> Result<Self, SimError> {
        let quarter = (u8::from(date.month()) - 1) / 3 * 3 + 1;
        let first = Date::from_calendar_date(date.year(), Month::try_from(quarter)?, 1)?;
        Ok(Self {
            start: first.with_time(Time::MIDNIGHT).assume_utc(),
            kind,
        })
    }

    /// Its label, such as `2022-Q3`.
    #[must_use]
    pub fn label(&self) -> String {
        let quarter = (u8::from(self.start.month()) - 1) / 3 + 1;
        let kind = match self.kind {
            BatchKind::Usual => "",
            BatchKind::Revoked => " revoked",
            BatchKind::Foreign => " foreign",
        };
        format!("{}-Q{quarter}{kind}", self.start.year())
    }

    /// Its serial number's content bytes.
    ///
    /// # Errors
    /// The library's.
    pub fn serial(&self) -> Result<Vec<u8>, SimError> {
        serial(&self.label())
    }

    /// Its key: brainpoolP384r1, explicit parameters.
    ///
    /// # Errors
    /// The library's.
    pub fn key(&self) -> Result<SigningKey, SimError> {
        let key = EcKey::from_label(Curve::BrainpoolP384, &format!("dsc {}", self.label()))?;
        Ok(SigningKey::Ec(key, Parameters::Explicit))
    }

    /// Its certificate before it is signed. The key signs for three months, the certificate lives
    /// about as long as the longest-lived card (ICAO 9303-12, table 1).
    ///
    /// # Errors
    /// The library's.
    pub fn plan(&self, issuer: Csca) -> Result<CertificatePlan, SimError> {
        let key = self.key()?;
        let last = self.start + Duration::days(92);
        let alternative = alternative_name("csca@test.invalid", issuer.state());
        Ok(CertificatePlan {
            version: Some(2),
            serial: self.serial()?,
            issuer: issuer.name(),
            subject: issuer.names(&format!("TEST DS {}", self.label())),
            not_before: self.start,
            not_after: self.start + Duration::days(20 * 365 + 97),
            extensions: vec![
                authority_key(&issuer.key()?.identifier()?),
                Extension::new(extension::SUBJECT_KEY, der::octets(&key.identifier()?)),
                // digitalSignature
                Extension::new(extension::KEY_USAGE, der::bits(7, &[0x80])).critical(),
                usage_period(self.start, last),
                Extension::new(
                    extension::SUBJECT_ALT_NAME,
                    alternative_name("ds@test.invalid", issuer.state()),
                ),
                Extension::new(extension::ISSUER_ALT_NAME, alternative),
                distribution_points(),
                document_types(match issuer {
                    Csca::Foreign => &["P", "I"],
                    _ => &["I", "ID"],
                }),
            ],
            key,
            edits: Vec::new(),
            signature_flipped: false,
        })
    }
}

/// The first day of a month, at midnight UTC.
fn midnight(year: i32, month: u8) -> Result<OffsetDateTime, SimError> {
    let date = Date::from_calendar_date(year, Month::try_from(month)?, 1)?;
    Ok(date.with_time(Time::MIDNIGHT).assume_utc())
}

/// A positive serial number of eight bytes that belongs to a label.
///
/// # Errors
/// The library's.
pub fn serial(label: &str) -> Result<Vec<u8>, SimError> {
    let mut bytes = Hash::Sha256.digest(format!("serial {label}").as_bytes())?;
    bytes.truncate(8);
    if let Some(first) = bytes.first_mut() {
        *first = *first & 0x3F | 0x40;
    }
    Ok(bytes)
}

/// authorityKeyIdentifier by key identifier alone.
#[must_use]
pub fn authority_key(identifier: &[u8]) -> Extension {
    Extension::new(
        extension::AUTHORITY_KEY,
        der::sequence(&[object(0x80, identifier)]),
    )
}

/// privateKeyUsagePeriod.
#[must_use]
pub fn usage_period(from: OffsetDateTime, to: OffsetDateTime) -> Extension {
    let bound = |tag, at| object(tag, der::digits(at).as_bytes());
    Extension::new(
        extension::USAGE_PERIOD,
        der::sequence(&[bound(0x80, from), bound(0x81, to)]),
    )
}

/// documentTypeList (ICAO 9303-12, 7.1.1.6).
#[must_use]
pub fn document_types(types: &[&str]) -> Extension {
    let types: Vec<_> = types.iter().map(|code| der::printable(code)).collect();
    Extension::new(
        extension::DOCUMENT_TYPES,
        der::sequence(&[der::small(0), der::set_of(&types)]),
    )
}

/// subjectAltName or issuerAltName: a contact, and the country in the MRZ's code as localityName
/// (ICAO 9303-12, 7.1.1.2).
fn alternative_name(mail: &str, state: &str) -> Vec<u8> {
    let locality = der::sequence(&[der::oid("2.5.4.7"), der::printable(state)]);
    der::sequence(&[
        object(0x81, mail.as_bytes()),
        der::context(4, &[der::sequence(&[der::set_of(&[locality])])]),
    ])
}

fn distribution_points() -> Extension {
    let address = object(0x86, b"http://csca.test.invalid/csca.crl");
    let point = der::sequence(&[der::context(0, &[der::context(0, &[address])])]);
    Extension::new(extension::DISTRIBUTION_POINTS, der::sequence(&[point]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_published_key_identifiers_are_those_of_the_keys() {
        for (csca, published) in Csca::ALL.into_iter().zip(KEY_IDENTIFIERS) {
            let identifier = csca.key().unwrap().identifier().unwrap();
            assert_eq!(hex::encode(identifier), hex::encode(published), "{csca:?}");
        }
    }
}

//! Certificates (RFC 5280, 4.1; ICAO 9303-12, 7.1).

use time::OffsetDateTime;

use super::signer::{Scheme, SigningKey};
use crate::defects::edit::Edit;
use crate::der;
use crate::error::SimError;
use crate::tlv::object;

/// A distinguished name of country, organisation and common name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// countryName.
    pub country: String,
    /// commonName.
    pub common: String,
    /// The country as UTF8String, where a PrintableString is due.
    pub country_utf8: bool,
}

/// The organisation in every name: nobody can mistake it.
pub const ORGANISATION: &str = "TEST ONLY – not an authority";

impl Name {
    /// A name in Viet Nam.
    #[must_use]
    pub fn new(common: &str) -> Self {
        Self {
            country: "VN".into(),
            common: common.into(),
            country_utf8: false,
        }
    }

    /// RDNSequence.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let country = if self.country_utf8 {
            der::utf8(&self.country)
        } else {
            der::printable(&self.country)
        };
        let part =
            |oid: &str, value: Vec<u8>| der::set_of(&[der::sequence(&[der::oid(oid), value])]);
        der::sequence(&[
            part("2.5.4.6", country),
            part("2.5.4.10", der::utf8(ORGANISATION)),
            part("2.5.4.3", der::utf8(&self.common)),
        ])
    }
}

/// A certificate extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Which.
    pub oid: String,
    /// Whether it is critical.
    pub critical: bool,
    /// Its value, in DER.
    pub value: Vec<u8>,
}

impl Extension {
    /// An extension that is not critical.
    #[must_use]
    pub fn new(oid: &str, value: Vec<u8>) -> Self {
        Self {
            oid: oid.into(),
            critical: false,
            value,
        }
    }

    /// The same, critical.
    #[must_use]
    pub fn critical(self) -> Self {
        Self {
            critical: true,
            ..self
        }
    }

    /// Extension (RFC 5280, 4.1).
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut parts = vec![der::oid(&self.oid)];
        if self.critical {
            parts.push(der::truth());
        }
        parts.push(der::octets(&self.value));
        der::sequence(&parts)
    }
}

/// A certificate before it is signed.
#[derive(Clone)]
pub struct CertificatePlan {
    /// `2` for version 3; `None` leaves the field out, which says version 1.
    pub version: Option<u8>,
    /// Content bytes of the serial number.
    pub serial: Vec<u8>,
    /// Issuer.
    pub issuer: Name,
    /// Subject.
    pub subject: Name,
    /// Start of validity.
    pub not_before: OffsetDateTime,
    /// End of validity.
    pub not_after: OffsetDateTime,
    /// The subject's key; only its public half gets in.
    pub key: SigningKey,
    /// Extensions in order.
    pub extensions: Vec<Extension>,
    /// Changes to TBSCertificate before it is signed.
    pub edits: Vec<Edit>,
    /// A bit of the signature is wrong.
    pub signature_flipped: bool,
}

impl CertificatePlan {
    /// The certificate in DER, signed by `issuer`.
    ///
    /// # Errors
    /// The library's, or a change that does not fit.
    pub fn sign(&self, issuer: &SigningKey, scheme: Scheme) -> Result<Vec<u8>, SimError> {
        let mut parts = Vec::new();
        if let Some(version) = self.version {
            parts.push(der::context(0, &[der::small(version.into())]));
        }
        parts.extend([
            object(0x02, &self.serial),
            scheme.identifier(),
            self.issuer.encode(),
            der::sequence(&[der::time(self.not_before), der::time(self.not_after)]),
            self.subject.encode(),
            self.key.public_key_info()?,
        ]);
        let extensions: Vec<_> = self.extensions.iter().map(Extension::encode).collect();
        parts.push(der::context(3, &[der::sequence(&extensions)]));
        let mut signed = der::sequence(&parts);
        for edit in &self.edits {
            signed = edit.apply(&signed)?;
        }
        seal(&signed, issuer, scheme, self.signature_flipped)
    }
}

/// SIGNED{} (RFC 5280, 4.1.1): what is signed, the algorithm, the signature.
///
/// # Errors
/// The library's.
pub(super) fn seal(
    signed: &[u8],
    key: &SigningKey,
    scheme: Scheme,
    flipped: bool,
) -> Result<Vec<u8>, SimError> {
    let mut signature = key.sign(scheme, signed)?;
    if let Some(last) = signature.last_mut().filter(|_| flipped) {
        *last ^= 0x01;
    }
    Ok(der::sequence(&[
        signed,
        &scheme.identifier(),
        &der::bits(0, &signature),
    ]))
}

/// Object identifiers of the extensions (RFC 5280, 4.2; ICAO 9303-12, 7.1.1).
pub mod extension {
    /// subjectKeyIdentifier.
    pub const SUBJECT_KEY: &str = "2.5.29.14";
    /// keyUsage.
    pub const KEY_USAGE: &str = "2.5.29.15";
    /// privateKeyUsagePeriod.
    pub const USAGE_PERIOD: &str = "2.5.29.16";
    /// subjectAltName.
    pub const SUBJECT_ALT_NAME: &str = "2.5.29.17";
    /// issuerAltName.
    pub const ISSUER_ALT_NAME: &str = "2.5.29.18";
    /// basicConstraints.
    pub const BASIC_CONSTRAINTS: &str = "2.5.29.19";
    /// cRLDistributionPoints.
    pub const DISTRIBUTION_POINTS: &str = "2.5.29.31";
    /// authorityKeyIdentifier.
    pub const AUTHORITY_KEY: &str = "2.5.29.35";
    /// documentTypeList.
    pub const DOCUMENT_TYPES: &str = "2.23.136.1.1.6.2";
}

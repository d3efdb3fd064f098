//! Signed lists of the test authority: master lists and defect lists (ICAO 9303-12, 5 and 7.3;
//! BSI TR-03129).

use time::OffsetDateTime;

use super::certificate::{CertificatePlan, Extension, Name, extension};
use super::{Batch, CSCA_SCHEME, Csca, authority_key, midnight, serial};
use crate::crypto::curve::{Curve, EcKey, Parameters};
use crate::der;
use crate::error::SimError;
use crate::lds::sod::{Signer, SodPlan};
use crate::tlv::object;

/// id-icao-cscaMasterList.
pub const MASTER_LIST: &str = "2.23.136.1.1.2";
/// id-DefectList.
pub const DEFECT_LIST: &str = "0.4.0.127.0.7.3.1.5";
/// extKeyUsage.
const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
/// id-icao-cscaMasterListSigningKey.
const SIGNS_MASTER_LISTS: &str = "2.23.136.1.1.3";

/// What an entry of a defect list says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownDefect {
    /// The signer is revoked, or doubted, with this status code.
    Revoked(u8),
    /// The private keys of chip authentication are known to others.
    ChipAuthenticationKeys,
    /// The private keys of active authentication are known to others.
    ActiveAuthenticationKeys,
    /// The security object is malformed.
    SecurityObject,
    /// EF.COM and EF.SOD do not agree.
    ComSod,
}

impl KnownDefect {
    fn encode(self) -> Vec<u8> {
        let oid = |branch: &str| der::oid(&format!("{DEFECT_LIST}.{branch}"));
        match self {
            Self::Revoked(status) => der::sequence(&[oid("1.1"), object(0x0a, &[status])]),
            Self::ChipAuthenticationKeys => der::sequence(&[oid("1.3")]),
            Self::ActiveAuthenticationKeys => der::sequence(&[oid("1.4")]),
            Self::SecurityObject => der::sequence(&[oid("2.2")]),
            Self::ComSod => der::sequence(&[oid("2.3")]),
        }
    }
}

/// A defect list that says the same of all these signers.
///
/// # Errors
/// The cryptographic library's.
pub fn defect_list(
    signers: &[Batch],
    known: &[KnownDefect],
    at: OffsetDateTime,
) -> Result<Vec<u8>, SimError> {
    let known: Vec<_> = known.iter().map(|known| known.encode()).collect();
    let mut entries = Vec::new();
    for signer in signers {
        let named = der::sequence(&[
            Csca::Pinned.name().encode(),
            object(0x02, &signer.serial()?),
        ]);
        entries.push(der::sequence(&[named, der::set_of(&known)]));
    }
    let content = der::sequence(&[
        der::small(0),
        der::oid("2.16.840.1.101.3.4.2.1"),
        der::set_of(&entries),
    ]);
    signed(DEFECT_LIST, &content, at)
}

/// A master list of these certificates.
///
/// # Errors
/// The cryptographic library's.
pub fn master_list(certificates: &[Vec<u8>], at: OffsetDateTime) -> Result<Vec<u8>, SimError> {
    let content = der::sequence(&[der::small(0), der::set_of(certificates)]);
    signed(MASTER_LIST, &content, at)
}

/// A list under the signature of the authority's list signer, whose certificate is enclosed.
fn signed(
    content_type: &'static str,
    content: &[u8],
    at: OffsetDateTime,
) -> Result<Vec<u8>, SimError> {
    let curve = EcKey::from_label(Curve::P256, "list signer")?;
    let key = super::signer::SigningKey::Ec(curve, Parameters::Explicit);
    let plan = CertificatePlan {
        version: Some(2),
        serial: serial("list signer")?,
        issuer: Csca::Pinned.name(),
        subject: Name::new("TEST list signer"),
        not_before: midnight(2021, 1)?,
        not_after: midnight(2040, 1)?,
        extensions: vec![
            authority_key(&Csca::Pinned.key()?.identifier()?),
            Extension::new(extension::SUBJECT_KEY, der::octets(&key.identifier()?)),
            // digitalSignature
            Extension::new(extension::KEY_USAGE, der::bits(7, &[0x80])).critical(),
            Extension::new(
                EXTENDED_KEY_USAGE,
                der::sequence(&[der::oid(SIGNS_MASTER_LISTS)]),
            )
            .critical(),
        ],
        key,
        edits: Vec::new(),
        signature_flipped: false,
    };
    let certificate = plan.sign(&Csca::Pinned.key()?, CSCA_SCHEME)?;
    let mut message = SodPlan::usual(content_type, at);
    message.certificates = vec![certificate];
    message.message(
        content,
        &Signer {
            key: &plan.key,
            issuer: plan.issuer.encode(),
            serial: plan.serial.clone(),
            identifier: plan.key.identifier()?,
        },
    )
}

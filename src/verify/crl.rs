//! Certificate revocation lists (RFC 5280, 5; ICAO 9303-12, 7.1.4).

use time::OffsetDateTime;
use x509_parser::asn1_rs::FromDer as _;
use x509_parser::extensions::ParsedExtension;
use x509_parser::revocation_list::CertificateRevocationList;

use super::certificate::{Name, name};
use crate::codec::der::{self, Reader};
use crate::codec::tlv::TlvError;
use crate::lds::signed_data::AlgorithmIdentifier;

/// Longest list that is read, in bytes.
pub const MAX_CRL: usize = 8 * 1024 * 1024;

/// A revocation list, taken apart and not yet believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crl {
    /// As received.
    pub der: Vec<u8>,
    /// What its signature covers.
    pub tbs: Vec<u8>,
    /// Who issued it.
    pub issuer: Name,
    /// How it is signed.
    pub signature_algorithm: AlgorithmIdentifier,
    /// Whether the signed part names the same algorithm.
    pub algorithms_agree: bool,
    /// The signature.
    pub signature: Vec<u8>,
    /// Made at.
    pub this_update: OffsetDateTime,
    /// The next one is due at.
    pub next_update: Option<OffsetDateTime>,
    /// Its number, unsigned big-endian.
    pub number: Option<Vec<u8>>,
    /// Key identifier of the issuer.
    pub authority_key_id: Option<Vec<u8>>,
    /// Serial numbers revoked: the INTEGERs' content bytes, sorted.
    pub revoked: Vec<Vec<u8>>,
    /// A delta, partitioned or indirect list, or another critical extension: not the complete list that
    /// ICAO 9303-12, table 10 demands.
    pub unsupported: bool,
}

/// Why bytes are no revocation list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CrlError {
    /// Larger than [`MAX_CRL`].
    #[error("the revocation list is too large")]
    TooLarge,
    /// Not DER.
    #[error("the revocation list is not DER: {0}")]
    NotDer(#[from] TlvError),
    /// DER, but no revocation list.
    #[error("the revocation list is malformed")]
    Malformed,
}

impl Crl {
    /// Parses one list in DER.
    ///
    /// # Errors
    /// [`CrlError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, CrlError> {
        if bytes.len() > MAX_CRL {
            return Err(CrlError::TooLarge);
        }
        der::check(bytes)?;
        let (rest, list) =
            CertificateRevocationList::from_der(bytes).map_err(|_| CrlError::Malformed)?;
        if !rest.is_empty() {
            return Err(CrlError::Malformed);
        }
        let tbs = &list.tbs_cert_list;
        let mut outer = Reader::new(Reader::new(bytes).expect(0x30)?);
        outer.expect(0x30)?;
        let signature_algorithm = AlgorithmIdentifier::read(&mut outer)?;
        let [0x00, signature @ ..] = outer.expect(0x03)? else {
            return Err(CrlError::Malformed);
        };
        let mut number = None;
        let mut authority_key_id = None;
        let mut unsupported = false;
        for extension in tbs.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::CRLNumber(value) => number = Some(value.to_bytes_be()),
                ParsedExtension::AuthorityKeyIdentifier(id) => {
                    authority_key_id = id.key_identifier.as_ref().map(|id| id.0.to_vec());
                }
                _ => {
                    // deltaCRLIndicator, issuingDistributionPoint, freshestCRL.
                    let oid = extension.oid.to_id_string();
                    let partial = matches!(oid.as_str(), "2.5.29.27" | "2.5.29.28" | "2.5.29.46");
                    unsupported |= extension.critical || partial;
                }
            }
        }
        // Entries with a critical extension say something else than that a serial number is revoked:
        // those of an indirect list are another issuer's (RFC 5280, 5.3.3).
        unsupported |= list
            .iter_revoked_certificates()
            .flat_map(|entry| entry.extensions())
            .any(|extension| extension.critical);
        let mut revoked: Vec<Vec<u8>> = list
            .iter_revoked_certificates()
            .map(|entry| entry.raw_serial().to_vec())
            .collect();
        revoked.sort_unstable();
        Ok(Self {
            der: bytes.to_vec(),
            tbs: tbs.as_ref().to_vec(),
            issuer: name(&tbs.issuer),
            algorithms_agree: list.signature_algorithm == tbs.signature,
            signature_algorithm,
            signature: signature.to_vec(),
            this_update: tbs.this_update.to_datetime(),
            next_update: tbs.next_update.map(|time| time.to_datetime()),
            number,
            authority_key_id,
            revoked,
            unsupported,
        })
    }

    /// Whether that serial number (content bytes of the INTEGER) is listed.
    #[must_use]
    pub fn lists(&self, serial: &[u8]) -> bool {
        self.revoked
            .binary_search_by(|listed| listed.as_slice().cmp(serial))
            .is_ok()
    }
}

//! EF.SOD: the document security object (ICAO 9303-10, 4.6.2; RFC 5652).

use time::OffsetDateTime;

use crate::authority::signer::{Hash, Scheme, SigningKey};
use crate::defects::edit::Edit;
use crate::der;
use crate::error::SimError;
use crate::tlv::{self, constructed, object};

/// id-icao-mrtd-security-ldsSecurityObject.
pub const LDS_SECURITY_OBJECT: &str = "2.23.136.1.1.1";
/// id-SecurityObject, the content of EF.CardSecurity (BSI TR-03110-3, A.1.2.5).
pub const SECURITY_OBJECT: &str = "0.4.0.127.0.7.3.2.1";
const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";

/// How the signer is named (RFC 5652, 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignerId {
    /// Issuer and serial number.
    IssuerAndSerial,
    /// Issuer and a serial number that no certificate has.
    OtherSerial,
    /// subjectKeyIdentifier.
    KeyIdentifier,
    /// A subjectKeyIdentifier that no certificate has.
    OtherKeyIdentifier,
}

/// The signature's value, where it is not simply what the key made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureFault {
    /// One bit is wrong.
    Flipped,
    /// An empty OCTET STRING.
    Empty,
    /// r = s = 0.
    Zero,
    /// The INTEGERs have a leading zero too many.
    NonMinimal,
    /// Bytes after the SEQUENCE.
    Trailing,
    /// n − s in place of s: the same signature, which must be accepted.
    HighS,
    /// PKCS#1 v1.5 padding forged for e = 3.
    CubeRoot,
}

/// A signed attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// contentType, as it should be.
    ContentType,
    /// contentType, another.
    OtherContentType,
    /// messageDigest, as it should be.
    MessageDigest,
    /// messageDigest of something else.
    OtherMessageDigest,
    /// signingTime.
    SigningTime,
}

/// Number of a data group, as INTEGER content, and its hash.
pub type Entry = (Vec<u8>, Vec<u8>);

/// EF.SOD before it is made.
#[derive(Clone)]
pub struct SodPlan {
    /// The hash over data groups.
    pub group_hash: Hash,
    /// Data groups, in order.
    pub entries: Vec<Entry>,
    /// eContentType.
    pub content_type: &'static str,
    /// SignedData's version; `None` leaves it out.
    pub version: Option<u8>,
    /// digestAlgorithms is empty.
    pub no_digest_algorithms: bool,
    /// eContent is left out.
    pub detached: bool,
    /// The hash that digestAlgorithm names, and over the content.
    pub digest: Hash,
    /// The signature scheme.
    pub scheme: Scheme,
    /// The scheme that signatureAlgorithm names, where that is another.
    pub stated_scheme: Option<Scheme>,
    /// Signed attributes; none at all means a signature straight over the content.
    pub attributes: Vec<Attribute>,
    /// When it was signed.
    pub signing_time: OffsetDateTime,
    /// How the signer is named.
    pub signer_id: SignerId,
    /// Certificates enclosed.
    pub certificates: Vec<Vec<u8>>,
    /// What is wrong with the signature's value.
    pub signature: Option<SignatureFault>,
    /// A second SignerInfo whose signature is wrong.
    pub second_signer: bool,
    /// Changes to SignedData's ContentInfo.
    pub edits: Vec<Edit>,
}

/// Who signs it.
pub struct Signer<'a> {
    /// The key.
    pub key: &'a SigningKey,
    /// The issuer's name in its certificate.
    pub issuer: Vec<u8>,
    /// The serial number's content bytes.
    pub serial: Vec<u8>,
    /// Its subjectKeyIdentifier.
    pub identifier: Vec<u8>,
}

impl SodPlan {
    /// A message as the authority usually signs it: SHA-256, ECDSA, time of signing.
    #[must_use]
    pub fn usual(content_type: &'static str, signing_time: OffsetDateTime) -> Self {
        Self {
            group_hash: Hash::Sha256,
            entries: Vec::new(),
            content_type,
            version: Some(3),
            no_digest_algorithms: false,
            detached: false,
            digest: Hash::Sha256,
            scheme: Scheme::Ecdsa(Hash::Sha256),
            stated_scheme: None,
            attributes: vec![
                Attribute::ContentType,
                Attribute::MessageDigest,
                Attribute::SigningTime,
            ],
            signing_time,
            signer_id: SignerId::IssuerAndSerial,
            certificates: Vec::new(),
            signature: None,
            second_signer: false,
            edits: Vec::new(),
        }
    }

    /// The file.
    ///
    /// # Errors
    /// The library's, or a change that does not fit.
    pub fn file(&self, signer: &Signer<'_>) -> Result<Vec<u8>, SimError> {
        Ok(object(
            0x77,
            &self.message(&self.security_object(), signer)?,
        ))
    }

    /// SignedData around a content (RFC 5652, 5.1).
    ///
    /// # Errors
    /// The library's, or a change that does not fit.
    pub fn message(&self, content: &[u8], signer: &Signer<'_>) -> Result<Vec<u8>, SimError> {
        let info = self.signer_info(signer, content, self.signature)?;
        let mut infos = vec![info];
        if self.second_signer {
            infos.push(self.signer_info(signer, content, Some(SignatureFault::Flipped))?);
        }
        let mut encapsulated = vec![der::oid(self.content_type)];
        if !self.detached {
            encapsulated.push(der::context(0, &[der::octets(content)]));
        }
        let mut parts = Vec::new();
        if let Some(version) = self.version {
            parts.push(der::small(version.into()));
        }
        parts.push(match self.no_digest_algorithms {
            true => der::set_of::<&[u8]>(&[]),
            false => der::set_of(&[self.digest.identifier()]),
        });
        parts.push(der::sequence(&encapsulated));
        if !self.certificates.is_empty() {
            let mut sorted = self.certificates.clone();
            sorted.sort();
            parts.push(der::context(0, &sorted));
        }
        parts.push(der::set_of(&infos));
        let mut message = der::sequence(&[
            der::oid(SIGNED_DATA),
            der::context(0, &[der::sequence(&parts)]),
        ]);
        for edit in &self.edits {
            message = edit.apply(&message)?;
        }
        Ok(message)
    }

    /// LDSSecurityObject, version 0 (ICAO 9303-10, 4.6.2.3).
    fn security_object(&self) -> Vec<u8> {
        let entries: Vec<Vec<u8>> = self
            .entries
            .iter()
            .map(|(number, hash)| der::sequence(&[object(0x02, number), der::octets(hash)]))
            .collect();
        der::sequence(&[
            der::small(0),
            self.group_hash.identifier(),
            der::sequence(&entries),
        ])
    }

    fn signer_info(
        &self,
        signer: &Signer<'_>,
        content: &[u8],
        fault: Option<SignatureFault>,
    ) -> Result<Vec<u8>, SimError> {
        let by_key = matches!(
            self.signer_id,
            SignerId::KeyIdentifier | SignerId::OtherKeyIdentifier
        );
        let flipped = |bytes: &[u8]| {
            let mut out = bytes.to_vec();
            if let Some(last) = out.last_mut() {
                *last ^= 0x01;
            }
            out
        };
        let named = match self.signer_id {
            SignerId::IssuerAndSerial => {
                der::sequence(&[signer.issuer.clone(), object(0x02, &signer.serial)])
            }
            SignerId::OtherSerial => der::sequence(&[
                signer.issuer.clone(),
                object(0x02, &flipped(&signer.serial)),
            ]),
            SignerId::KeyIdentifier => object(0x80, &signer.identifier),
            SignerId::OtherKeyIdentifier => object(0x80, &flipped(&signer.identifier)),
        };
        let mut parts = vec![
            der::small(if by_key { 3 } else { 1 }),
            named,
            self.digest.identifier(),
        ];
        let signed = if self.attributes.is_empty() {
            content.to_vec()
        } else {
            let attributes = self
                .attributes
                .iter()
                .map(|attribute| self.attribute(*attribute, content))
                .collect::<Result<Vec<_>, _>>()?;
            let set = der::set_of(&attributes);
            // In the structure the same bytes stand under [0] (RFC 5652, 5.4).
            let value = tlv::first(&set)
                .map(|(set, _)| set.value)
                .unwrap_or_default();
            parts.push(constructed(0xA0, &[value]));
            set
        };
        let made = signer.key.sign(self.scheme, &signed)?;
        parts.push(self.stated_scheme.unwrap_or(self.scheme).identifier());
        parts.push(der::octets(&faulty(made, fault, signer.key, &signed)?));
        Ok(der::sequence(&parts))
    }

    fn attribute(&self, attribute: Attribute, content: &[u8]) -> Result<Vec<u8>, SimError> {
        let (oid, value) = match attribute {
            Attribute::ContentType => (CONTENT_TYPE, der::oid(self.content_type)),
            Attribute::OtherContentType => (CONTENT_TYPE, der::oid("1.2.840.113549.1.7.1")),
            Attribute::MessageDigest => {
                (MESSAGE_DIGEST, der::octets(&self.digest.digest(content)?))
            }
            Attribute::OtherMessageDigest => (
                MESSAGE_DIGEST,
                der::octets(&self.digest.digest(b"something else")?),
            ),
            Attribute::SigningTime => (SIGNING_TIME, der::time(self.signing_time)),
        };
        Ok(der::sequence(&[der::oid(oid), der::set_of(&[value])]))
    }
}

/// What becomes of a signature's value.
fn faulty(
    made: Vec<u8>,
    fault: Option<SignatureFault>,
    key: &SigningKey,
    signed: &[u8],
) -> Result<Vec<u8>, SimError> {
    let Some(fault) = fault else { return Ok(made) };
    let parts = tlv::first(&made).and_then(|(outer, _)| tlv::split(outer.value));
    let pair = parts.as_deref().and_then(|parts| match parts {
        [r, s] => Some((r.value.to_vec(), s.value.to_vec())),
        _ => None,
    });
    let no_pair = SimError::Data("this signature fault belongs to ECDSA");
    Ok(match fault {
        SignatureFault::Flipped => {
            let mut out = made;
            if let Some(last) = out.last_mut() {
                *last ^= 0x01;
            }
            out
        }
        SignatureFault::Empty => Vec::new(),
        SignatureFault::Zero => der::sequence(&[der::small(0), der::small(0)]),
        SignatureFault::NonMinimal => {
            let (r, s) = pair.ok_or(no_pair)?;
            let padded = [&[0, 0][..], &r].concat();
            der::sequence(&[object(0x02, &padded), object(0x02, &s)])
        }
        SignatureFault::Trailing => [made, vec![0x05, 0x00]].concat(),
        SignatureFault::HighS => {
            let ((r, s), SigningKey::Ec(key, _)) = (pair.ok_or(no_pair)?, key) else {
                return Err(SimError::Data("this signature fault belongs to ECDSA"));
            };
            der::sequence(&[der::integer(&r), der::integer(&key.other_s(&s)?)])
        }
        SignatureFault::CubeRoot => {
            let SigningKey::Rsa(key) = key else {
                return Err(SimError::Data("this signature fault belongs to RSA"));
            };
            crate::crypto::rsa::forged_pkcs1(key.length(), &Hash::Sha256.digest(signed)?)?
        }
    })
}

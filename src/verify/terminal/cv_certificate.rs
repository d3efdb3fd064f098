//! Card verifiable certificates (BSI TR-03110-3, C.1 and D.2–D.3; ICAO 9303-11, 7.1).
//!
//! They come from an operator's folder or from whoever wrote into it: nothing in them is believed
//! but their form, and that is held to the letter.

use core::fmt;

use crate::codec::der;
use crate::codec::tlv::{DataObject, Header, TlvError};
use crate::crypto::curve::{Curve, CurveError, DomainParameters};
use crate::crypto::hash::HashAlgorithm;
use crate::crypto::signature::{PublicKey, Scheme};
use crate::document::Date;

/// Longest certificate in bytes: RSA-4096 with its signature has some 1,200.
pub const MAX_CERTIFICATE: usize = 4_096;
/// Bytes of a reference: country (2), mnemonic (0–9), sequence number (5) (TR-03110-3, A.6.1).
const REFERENCE: core::ops::RangeInclusive<usize> = 7..=16;
/// Longest number in a key: RSA-8192.
const MAX_NUMBER: usize = 1_024;
/// `id-IS`: inspection systems (TR-03110-3, C.4.1).
const INSPECTION_SYSTEM: &str = "0.4.0.127.0.7.3.1.2.1";

/// What is wrong with a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CvError {
    /// Longer than any certificate.
    #[error("longer than {MAX_CERTIFICATE} bytes")]
    TooLong,
    /// Not one complete object with minimal lengths.
    #[error(transparent)]
    Tlv(#[from] TlvError),
    /// Another object than is due here, or one that is missing, doubled or out of order.
    #[error("data object {expected:#x} is due in {parent:#x}")]
    Structure {
        /// The object that holds it.
        parent: u32,
        /// What the standard demands.
        expected: u32,
    },
    /// Something after the last object that the standard knows.
    #[error("data object {met:#x} has no place in {parent:#x}")]
    Surplus {
        /// The object that holds it.
        parent: u32,
        /// What was there.
        met: u32,
    },
    /// A value that is none of its kind.
    #[error("data object {0:#x} has an impossible value")]
    Value(u32),
    /// A certificate profile other than version 1.
    #[error("certificate profile {0} is not known")]
    Profile(u8),
    /// An algorithm, curve or kind of terminal that is not implemented.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// Curve parameters that are nearly those of a known curve.
    #[error("forged domain parameters")]
    Forged,
}

/// A certification authority or certificate holder reference (TR-03110-3, A.6.1): Latin-1 without
/// control characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(Vec<u8>);

impl Reference {
    /// Takes `bytes` for a reference if they have its form.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let printable = |byte: &u8| matches!(byte, 0x20..=0x7e | 0xa0..=0xff);
        let country = bytes
            .get(..2)
            .is_some_and(|country| country.iter().all(u8::is_ascii_alphabetic));
        (REFERENCE.contains(&bytes.len()) && country && bytes.iter().all(printable))
            .then(|| Self(bytes.to_vec()))
    }

    /// The bytes as the chip has them.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(f, "{}", char::from(*byte)))
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Who holds the certificate (TR-03110-3, C.4.1: the two high bits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Country verifying certification authority.
    Cvca,
    /// Document verifier of the same state.
    DomesticVerifier,
    /// Document verifier of another state.
    ForeignVerifier,
    /// Inspection system: a terminal.
    Terminal,
}

/// What a terminal may read besides what is open to all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    /// Fingerprints.
    pub dg3: bool,
    /// Irises.
    pub dg4: bool,
}

/// The public key of a certificate. Elliptic curve keys of document verifiers and terminals carry
/// no domain parameters: they are those of the authority above (TR-03110-3, D.3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CvKey {
    /// The key is all there.
    Whole(PublicKey),
    /// A point, uncompressed, on the curve of the authority.
    Point(Vec<u8>),
}

/// A certificate, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CvCertificate {
    /// Whose key verifies the signature (CAR).
    pub authority: Reference,
    /// Whose certificate it is (CHR).
    pub holder: Reference,
    /// How the holder signs.
    pub scheme: Scheme,
    /// The protocol's object identifier, as its value bytes.
    pub protocol: Vec<u8>,
    /// The holder's key.
    pub key: CvKey,
    /// The holder's role.
    pub role: Role,
    /// The holder's rights.
    pub rights: Rights,
    /// Certificate effective date: the first day.
    pub effective: Date,
    /// Certificate expiration date: the last day.
    pub expiry: Date,
    /// Object identifiers of the extensions, dotted.
    pub extensions: Vec<String>,
    /// The body, `7F4E` with its header: what is signed and what the chip is sent.
    pub body: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
}

/// Objects in the order that the standard demands.
struct Order {
    parent: u32,
    children: std::vec::IntoIter<DataObject>,
    next: Option<DataObject>,
}

impl Order {
    fn of(object: &DataObject) -> Self {
        let mut children = object.children().collect::<Vec<_>>().into_iter();
        let next = children.next();
        Self {
            parent: object.tag(),
            children,
            next,
        }
    }

    fn optional(&mut self, tag: u32) -> Option<DataObject> {
        if self.next.as_ref().is_some_and(|next| next.tag() == tag) {
            return core::mem::replace(&mut self.next, self.children.next());
        }
        None
    }

    fn due(&mut self, tag: u32) -> Result<DataObject, CvError> {
        self.optional(tag).ok_or(CvError::Structure {
            parent: self.parent,
            expected: tag,
        })
    }

    fn value(&mut self, tag: u32) -> Result<Vec<u8>, CvError> {
        let object = self.due(tag)?;
        let value = object.primitive().ok_or(CvError::Value(tag))?;
        Ok(value.to_vec())
    }

    fn end(self) -> Result<(), CvError> {
        match self.next {
            None => Ok(()),
            Some(met) => Err(CvError::Surplus {
                parent: self.parent,
                met: met.tag(),
            }),
        }
    }
}

impl CvCertificate {
    /// Parses one certificate: `7F21 { 7F4E body, 5F37 signature }`, nothing after it, lengths
    /// minimal (TR-03110-3, C.1 and D.1).
    ///
    /// # Errors
    /// [`CvError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, CvError> {
        if bytes.len() > MAX_CERTIFICATE {
            return Err(CvError::TooLong);
        }
        let outer = DataObject::parse(bytes)?;
        if !outer.is_minimal() {
            return Err(TlvError::NotMinimal { offset: 0 }.into());
        }
        if outer.tag() != 0x7f21 {
            return Err(TlvError::UnexpectedTag {
                expected: 0x7f21,
                met: outer.tag(),
            }
            .into());
        }
        let mut parts = Order::of(&outer);
        let body = parts.due(0x7f4e)?;
        let signature = parts.value(0x5f37)?;
        parts.end()?;
        if signature.is_empty() {
            return Err(CvError::Value(0x5f37));
        }

        let mut fields = Order::of(&body);
        match fields.value(0x5f29)?.as_slice() {
            [0] => {}
            [other] => return Err(CvError::Profile(*other)),
            _ => return Err(CvError::Value(0x5f29)),
        }
        let authority = reference(&mut fields, 0x42)?;
        let (protocol, scheme, key) = public_key(&fields.due(0x7f49)?)?;
        let holder = reference(&mut fields, 0x5f20)?;
        let (role, rights) = authorization(&fields.due(0x7f4c)?)?;
        let effective = date(&fields.value(0x5f25)?, 0x5f25)?;
        let expiry = date(&fields.value(0x5f24)?, 0x5f24)?;
        let extensions = match fields.optional(0x65) {
            Some(extensions) => extension_names(&extensions)?,
            None => Vec::new(),
        };
        fields.end()?;
        if expiry < effective {
            return Err(CvError::Value(0x5f24));
        }
        // A root hands its curve down; a certificate without it can't stand at the top.
        if role == Role::Cvca && matches!(key, CvKey::Point(_)) {
            return Err(CvError::Structure {
                parent: 0x7f49,
                expected: 0x81,
            });
        }
        Ok(Self {
            authority,
            holder,
            scheme,
            protocol,
            key,
            role,
            rights,
            effective,
            expiry,
            extensions,
            body: first_object(bytes)?,
            signature,
        })
    }

    /// Whether it signs itself: the trust point of a chip, which is never sent to it.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.authority == self.holder
    }

    /// Whether `today` lies within its dates, both included.
    #[must_use]
    pub fn is_valid_on(&self, today: Date) -> bool {
        (self.effective..=self.expiry).contains(&today)
    }
}

/// The first object inside a constructed one, whole and as it came.
fn first_object(bytes: &[u8]) -> Result<Vec<u8>, CvError> {
    let outer = Header::read(bytes, 0)?;
    let inside = bytes.get(outer.length..).unwrap_or_default();
    let total = Header::read(inside, 0)?.total();
    let whole = inside.get(..total).ok_or(CvError::Value(0x7f4e))?;
    Ok(whole.to_vec())
}

fn reference(fields: &mut Order, tag: u32) -> Result<Reference, CvError> {
    Reference::new(&fields.value(tag)?).ok_or(CvError::Value(tag))
}

/// Six bytes, a digit each: YYMMDD of the years 2000 to 2099 (TR-03110-3, D.2.1.3).
fn date(value: &[u8], tag: u32) -> Result<Date, CvError> {
    let wrong = CvError::Value(tag);
    let &[y1, y2, m1, m2, d1, d2] = value else {
        return Err(wrong);
    };
    if value.iter().any(|digit| *digit > 9) {
        return Err(wrong);
    }
    let year = u16::from(y1) * 10 + u16::from(y2) + 2000;
    Date::new(year, m1 * 10 + m2, d1 * 10 + d2).map_err(|_| wrong)
}

/// Certificate holder authorization template (TR-03110-3, C.4).
fn authorization(template: &DataObject) -> Result<(Role, Rights), CvError> {
    let mut fields = Order::of(template);
    let terminal = oid(&fields.value(0x06)?)?;
    let bits = fields.value(0x53)?;
    fields.end()?;
    if terminal != INSPECTION_SYSTEM {
        return Err(CvError::Unsupported(format!("terminal type {terminal}")));
    }
    let [bits] = bits.as_slice() else {
        return Err(CvError::Value(0x53));
    };
    let role = match bits >> 6 {
        0b11 => Role::Cvca,
        0b10 => Role::DomesticVerifier,
        0b01 => Role::ForeignVerifier,
        _ => Role::Terminal,
    };
    let rights = Rights {
        dg3: bits & 1 != 0,
        dg4: bits & 2 != 0,
    };
    Ok((role, rights))
}

/// Extensions are told and not used: none of them changes what an inspection system may read.
fn extension_names(extensions: &DataObject) -> Result<Vec<String>, CvError> {
    extensions
        .children()
        .map(|extension| {
            if extension.tag() != 0x73 {
                return Err(CvError::Surplus {
                    parent: 0x65,
                    met: extension.tag(),
                });
            }
            let mut fields = Order::of(&extension);
            oid(&fields.value(0x06)?)
        })
        .collect()
}

fn oid(value: &[u8]) -> Result<String, CvError> {
    let text = der::oid_text(value);
    if value.is_empty() || text.ends_with('?') {
        return Err(CvError::Value(0x06));
    }
    Ok(text)
}

/// An unsigned number without leading zeros.
fn number(fields: &mut Order, tag: u32) -> Result<Vec<u8>, CvError> {
    let value = fields.value(tag)?;
    let zeros = value.iter().take_while(|byte| **byte == 0).count();
    let trimmed = value.get(zeros..).unwrap_or_default().to_vec();
    if trimmed.is_empty() || value.len() > MAX_NUMBER {
        return Err(CvError::Value(tag));
    }
    Ok(trimmed)
}

/// Public key data objects (TR-03110-3, D.3).
fn public_key(object: &DataObject) -> Result<(Vec<u8>, Scheme, CvKey), CvError> {
    let mut fields = Order::of(object);
    let protocol = fields.value(0x06)?;
    let name = oid(&protocol)?;
    let scheme =
        scheme(&name).ok_or_else(|| CvError::Unsupported(format!("signature algorithm {name}")))?;
    let key = match scheme {
        Scheme::RsaPkcs1(_) | Scheme::RsaPss { .. } => {
            let modulus = number(&mut fields, 0x81)?;
            let exponent = number(&mut fields, 0x82)?;
            CvKey::Whole(PublicKey::Rsa { modulus, exponent })
        }
        Scheme::Ecdsa(_) | Scheme::EcdsaPlain(_) => elliptic(&mut fields)?,
    };
    fields.end()?;
    Ok((protocol, scheme, key))
}

/// A point with all domain parameters or with none (TR-03110-3, D.3.3).
fn elliptic(fields: &mut Order) -> Result<CvKey, CvError> {
    let explicit = fields.next.as_ref().is_some_and(|next| next.tag() == 0x81);
    if !explicit {
        let point = fields.value(0x86)?;
        if !is_point(&point) {
            return Err(CvError::Value(0x86));
        }
        return Ok(CvKey::Point(point));
    }
    let p = number(fields, 0x81)?;
    // A coefficient may be zero.
    let a = fields.value(0x82)?;
    let b = fields.value(0x83)?;
    let generator = fields.value(0x84)?;
    let order = number(fields, 0x85)?;
    let point = fields.value(0x86)?;
    let cofactor = match fields.optional(0x87) {
        Some(cofactor) => Some(cofactor.primitive().ok_or(CvError::Value(0x87))?.to_vec()),
        None => None,
    };
    let curve = Curve::from_parameters(&DomainParameters {
        p,
        a,
        b,
        generator,
        order,
        cofactor,
    })
    .map_err(|error| match error {
        CurveError::Forged(_) => CvError::Forged,
        _ => CvError::Unsupported("elliptic curve".to_owned()),
    })?;
    if point.len() != curve.field_bytes().saturating_mul(2).saturating_add(1) || !is_point(&point) {
        return Err(CvError::Value(0x86));
    }
    Ok(CvKey::Whole(PublicKey::Ec { curve, point }))
}

/// `04 ‖ x ‖ y` of a field of 192 to 521 bits.
fn is_point(bytes: &[u8]) -> bool {
    bytes.first() == Some(&0x04) && (49..=133).contains(&bytes.len()) && bytes.len() % 2 == 1
}

/// `id-TA-RSA-*` and `id-TA-ECDSA-*` (TR-03110-3, A.6.3 and A.6.4).
fn scheme(name: &str) -> Option<Scheme> {
    use HashAlgorithm::{Sha1, Sha224, Sha256, Sha384, Sha512};
    // The salt is as long as the hash (TR-03110-3, A.6.3).
    let pss = |hash: HashAlgorithm| {
        let salt = u16::try_from(hash.length()).ok()?;
        Some(Scheme::RsaPss { hash, salt })
    };
    match name.strip_prefix("0.4.0.127.0.7.2.2.2.")? {
        "1.1" => Some(Scheme::RsaPkcs1(Sha1)),
        "1.2" => Some(Scheme::RsaPkcs1(Sha256)),
        "1.3" => pss(Sha1),
        "1.4" => pss(Sha256),
        "1.5" => Some(Scheme::RsaPkcs1(Sha512)),
        "1.6" => pss(Sha512),
        "2.1" => Some(Scheme::EcdsaPlain(Sha1)),
        "2.2" => Some(Scheme::EcdsaPlain(Sha224)),
        "2.3" => Some(Scheme::EcdsaPlain(Sha256)),
        "2.4" => Some(Scheme::EcdsaPlain(Sha384)),
        "2.5" => Some(Scheme::EcdsaPlain(Sha512)),
        _ => None,
    }
}

#[cfg(test)]
#[path = "cv_certificate_tests.rs"]
mod tests;

//! What a file of the operator holds: told by its content, since endings lie.

use super::signed_list::{ListError, SignedList};
use crate::codec::der::Reader;
use crate::verify::certificate::{Certificate, CertificateError};
use crate::verify::crl::{Crl, CrlError};

/// Blocks of one PEM file that are read.
const MAX_PEM: usize = 1_024;

/// What a block of a PEM file begins with (RFC 7468, 3).
const BEGIN: &[u8] = b"-----BEGIN ";
/// What some editors put before a text in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Bytes before the first block of a PEM file that are passed over.
const MAX_PREAMBLE: usize = 64 * 1024;

/// One object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustObject {
    /// A certificate.
    Certificate(Box<Certificate>),
    /// A revocation list.
    Crl(Box<Crl>),
    /// A master list, a deviation list or a defect list, its own signature verified.
    List(Box<SignedList>),
}

/// Why a file holds nothing that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// Neither DER nor PEM.
    #[error("neither a certificate nor a list")]
    Unknown,
    /// A certificate that is none.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A revocation list that is none.
    #[error(transparent)]
    Crl(#[from] CrlError),
    /// A signed list that cannot be used.
    #[error(transparent)]
    List(#[from] ListError),
    /// A PEM file that cannot be used.
    #[error("{0}")]
    Pem(String),
}

/// Takes a file apart: an object in DER, or the blocks of a PEM file.
///
/// # Errors
/// [`ObjectError`] at the first object that can't be used.
pub fn objects(bytes: &[u8]) -> Result<Vec<TrustObject>, ObjectError> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    // Tools write a certificate in words before its block.
    let is_pem = bytes.first() != Some(&0x30)
        && bytes
            .get(..MAX_PREAMBLE)
            .unwrap_or(bytes)
            .windows(BEGIN.len())
            .any(|window| window == BEGIN);
    if !is_pem {
        return Ok(vec![object(bytes)?]);
    }
    let mut found = Vec::new();
    for block in x509_parser::pem::Pem::iter_from_buffer(bytes) {
        if found.len() >= MAX_PEM {
            return Err(ObjectError::Pem(format!("more than {MAX_PEM} PEM blocks")));
        }
        let block = block.map_err(|error| ObjectError::Pem(error.to_string()))?;
        found.push(match block.label.as_str() {
            "CERTIFICATE" => certificate(&block.contents)?,
            "X509 CRL" => crl(&block.contents)?,
            "CMS" | "PKCS7" => list(&block.contents)?,
            label => {
                return Err(ObjectError::Pem(format!(
                    "a PEM block “{label}” is neither certificate nor list"
                )));
            }
        });
    }
    if found.is_empty() {
        return Err(ObjectError::Pem("no PEM block".to_owned()));
    }
    Ok(found)
}

fn object(bytes: &[u8]) -> Result<TrustObject, ObjectError> {
    if SignedList::looks_like_one(bytes) {
        return list(bytes);
    }
    match begins_like(bytes) {
        Some(Shape::Crl) => crl(bytes),
        Some(Shape::Certificate) => certificate(bytes),
        None => Err(ObjectError::Unknown),
    }
}

fn certificate(bytes: &[u8]) -> Result<TrustObject, ObjectError> {
    Ok(TrustObject::Certificate(Box::new(Certificate::parse(
        bytes,
    )?)))
}

fn crl(bytes: &[u8]) -> Result<TrustObject, ObjectError> {
    Ok(TrustObject::Crl(Box::new(Crl::parse(bytes)?)))
}

fn list(bytes: &[u8]) -> Result<TrustObject, ObjectError> {
    Ok(TrustObject::List(Box::new(SignedList::open(bytes)?)))
}

enum Shape {
    Certificate,
    Crl,
}

/// What the signed part begins with tells the two apart: a certificate has a version in `[0]`, a
/// serial number and then an algorithm; a revocation list has an algorithm after its version, and
/// a time as the third of what follows (RFC 5280, 4.1 and 5.1).
fn begins_like(bytes: &[u8]) -> Option<Shape> {
    let outer = Reader::new(bytes).expect(0x30).ok()?;
    let mut signed = Reader::new(Reader::new(outer).expect(0x30).ok()?);
    match signed.any().ok()?.0 {
        0xa0 => Some(Shape::Certificate),
        // A list of version 1, without the field.
        0x30 => Some(Shape::Crl),
        0x02 => {
            let mut next = |tag| signed.any().is_ok_and(|(met, _, _)| met == tag);
            // Algorithm, issuer; then a time in a list, the validity of a certificate of version 1.
            let both = next(0x30) && next(0x30);
            match signed.peek() {
                Some(0x17 | 0x18) if both => Some(Shape::Crl),
                Some(0x30) if both => Some(Shape::Certificate),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_pem_file_may_begin_with_words() {
        let block = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        let far = format!("{}\n{block}", "x".repeat(MAX_PREAMBLE));
        for (text, is_pem) in [
            (block.to_owned(), true),
            (format!("subject=C = VN\nissuer=C = VN\n{block}"), true),
            (format!("\u{feff}{block}"), true),
            (far, false),
            ("words alone".to_owned(), false),
        ] {
            // An empty SEQUENCE is no certificate: that it is tried is what counts.
            let error = objects(text.as_bytes()).unwrap_err();
            let tried = matches!(error, ObjectError::Certificate(_));
            assert_eq!(tried, is_pem, "{error}");
        }
    }
}

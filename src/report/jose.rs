//! JSON Web Signature with ES256 (RFC 7515; RFC 7518, 3.4) and JSON Web Keys (RFC 7517).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::store::{SigningKey, Store, StoreError};

/// A longer text is no report.
const MAX_JWS: usize = 1_048_576;

/// One public key for ES256.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// `EC`.
    pub kty: String,
    /// `P-256`.
    pub crv: String,
    /// The point's x, 32 bytes in base64url.
    pub x: String,
    /// The point's y, 32 bytes in base64url.
    pub y: String,
    /// The thumbprint of this key (RFC 7638).
    pub kid: String,
    /// `ES256`.
    pub alg: String,
    /// `sig`.
    #[serde(rename = "use")]
    pub purpose: String,
}

/// The desk's public keys: the answer of `GET /v1/keys`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JwkSet {
    /// The keys; a report names one by its `kid`.
    pub keys: Vec<Jwk>,
}

/// Why a signed text is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum JoseError {
    /// Not three base64url parts with a JSON header, or too long.
    #[error("not a JWS in compact serialisation")]
    Malformed,
    /// Another algorithm than ES256, or a critical extension.
    #[error("signed with an algorithm or an extension that is not accepted")]
    Unsupported,
    /// No key of that `kid`.
    #[error("signed with an unknown key")]
    UnknownKey,
    /// The signature does not hold.
    #[error("the signature is wrong")]
    Signature,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crit: Option<Vec<String>>,
    #[serde(default)]
    cty: String,
    kid: String,
    #[serde(default)]
    typ: String,
}

impl Jwk {
    /// The key of an uncompressed P-256 point (04, x, y), `None` for anything else.
    #[must_use]
    pub fn of_point(point: &[u8]) -> Option<Self> {
        let (x, y) = point
            .strip_prefix(&[4])
            .filter(|rest| rest.len() == 64)?
            .split_at_checked(32)?;
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        // RFC 7638, 3.2: the required members in alphabetical order, no white space.
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let thumbprint = ring::digest::digest(&ring::digest::SHA256, canonical.as_bytes());
        Some(Self {
            kty: "EC".to_owned(),
            crv: "P-256".to_owned(),
            x,
            y,
            kid: URL_SAFE_NO_PAD.encode(thumbprint),
            alg: "ES256".to_owned(),
            purpose: "sig".to_owned(),
        })
    }

    /// The uncompressed point, `None` when this is no P-256 key for ES256.
    pub(crate) fn point(&self) -> Option<Vec<u8>> {
        if (self.kty.as_str(), self.crv.as_str(), self.alg.as_str()) != ("EC", "P-256", "ES256") {
            return None;
        }
        let coordinate = |text: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            (bytes.len() == 32).then_some(bytes)
        };
        Some([vec![4], coordinate(&self.x)?, coordinate(&self.y)?].concat())
    }
}

impl JwkSet {
    /// Checks a JWS in compact serialisation and returns its payload.
    ///
    /// # Errors
    /// A [`JoseError`]: nothing of an unsigned payload is returned.
    pub fn verify(&self, jws: &str) -> Result<Zeroizing<Vec<u8>>, JoseError> {
        self.verify_up_to(MAX_JWS, jws)
    }

    /// As [`Self::verify`], for texts that are longer than a report: of `longest` bytes at most.
    ///
    /// # Errors
    /// A [`JoseError`].
    pub fn verify_up_to(&self, longest: usize, jws: &str) -> Result<Zeroizing<Vec<u8>>, JoseError> {
        if jws.len() > longest {
            return Err(JoseError::Malformed);
        }
        let (signed, signature) = jws.rsplit_once('.').ok_or(JoseError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(JoseError::Malformed)?;
        let decode = |text: &str| {
            URL_SAFE_NO_PAD
                .decode(text)
                .map_err(|_| JoseError::Malformed)
        };
        let payload = Zeroizing::new(decode(payload)?);
        let header: Header =
            serde_json::from_slice(&decode(header)?).map_err(|_| JoseError::Malformed)?;
        if header.alg != "ES256" || header.crit.is_some() {
            return Err(JoseError::Unsupported);
        }
        let point = self
            .keys
            .iter()
            .filter(|key| key.kid == header.kid)
            .find_map(Jwk::point)
            .ok_or(JoseError::UnknownKey)?;
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .verify(signed.as_bytes(), &decode(signature)?)
            .map_err(|_| JoseError::Signature)?;
        Ok(payload)
    }
}

/// Signs `payload` as a JWS in compact serialisation.
pub(crate) fn sign(
    key: &SigningKey,
    payload: &[u8],
    content: &str,
) -> Result<Zeroizing<String>, StoreError> {
    let jwk =
        Jwk::of_point(key.public()).ok_or(StoreError::Crypto("the signing key is damaged"))?;
    let header = Header {
        alg: jwk.alg,
        crit: None,
        cty: content.to_owned(),
        kid: jwk.kid,
        typ: "JOSE".to_owned(),
    };
    let header = serde_json::to_vec(&header)
        .map_err(|_| StoreError::State("a JWS header does not serialise"))?;
    let mut text = Zeroizing::new(String::with_capacity(payload.len() * 2 + 512));
    URL_SAFE_NO_PAD.encode_string(header, &mut text);
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut text);
    let signature = key.sign(text.as_bytes())?;
    text.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut text);
    Ok(text)
}

impl Store {
    /// The public keys that check this desk's reports, the one that signs now first.
    #[must_use]
    pub fn keys(&self) -> JwkSet {
        let points = self.signing_points();
        JwkSet {
            keys: points
                .iter()
                .filter_map(|point| Jwk::of_point(point))
                .collect(),
        }
    }
}

#[cfg(test)]
#[path = "jose_tests.rs"]
mod tests;

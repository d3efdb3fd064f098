//! How a signature stands with a list: a JWS in compact or flattened serialisation around it (RFC 7515, 7),
//! or one beside it whose payload is detached (RFC 7515, appendix F). Whose signature counts is not said
//! here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::MAX_BYTES;

/// Longest signed list, in bytes: the list in base64, and its signature.
pub const MAX_SIGNED: usize = MAX_BYTES / 3 * 4 + 8_192;
/// Longest detached signature, in bytes.
pub const MAX_SIGNATURE: usize = 8_192;

/// RFC 7515, 7.2.2. A header that nobody signs has no place in it.
#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct Flattened {
    protected: String,
    payload: String,
    signature: String,
}

/// The JWS in compact serialisation that a file is; none where it is no JWS.
#[must_use]
pub fn enveloped(bytes: &[u8]) -> Option<Zeroizing<String>> {
    if bytes.len() > MAX_SIGNED {
        return None;
    }
    let text = core::str::from_utf8(bytes).ok()?.trim();
    if text.starts_with('{') {
        let parts: Flattened = serde_json::from_str(text).ok()?;
        return Some(joined(&parts.protected, &parts.payload, &parts.signature));
    }
    is_compact(text).then(|| Zeroizing::new(text.to_owned()))
}

/// The JWS that a detached signature makes with its payload; none where it is no such signature.
#[must_use]
pub fn with_payload(signature: &[u8], payload: &[u8]) -> Option<Zeroizing<String>> {
    if signature.len() > MAX_SIGNATURE || payload.len() > MAX_BYTES {
        return None;
    }
    let text = core::str::from_utf8(signature).ok()?.trim();
    let (header, rest) = text.split_once('.')?;
    let signature = rest.strip_prefix('.')?;
    let payload = Zeroizing::new(URL_SAFE_NO_PAD.encode(payload));
    let joined = joined(header, &payload, signature);
    is_compact(&joined).then_some(joined)
}

/// Which key a JWS says that it is signed with.
#[must_use]
pub fn key_name(jws: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Header {
        kid: String,
    }
    let (header, _) = jws.split_once('.')?;
    let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    let short =
        (1..=128).contains(&header.kid.len()) && header.kid.bytes().all(|b| b.is_ascii_graphic());
    short.then_some(header.kid)
}

fn joined(header: &str, payload: &str, signature: &str) -> Zeroizing<String> {
    let size = header.len() + payload.len() + signature.len() + 2;
    let mut text = Zeroizing::new(String::with_capacity(size));
    for (separator, part) in [("", header), (".", payload), (".", signature)] {
        text.push_str(separator);
        text.push_str(part);
    }
    text
}

fn is_compact(text: &str) -> bool {
    let base64 = |part: &str| {
        let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        !part.is_empty() && part.bytes().all(known)
    };
    let mut parts = text.split('.');
    let three = [parts.next(), parts.next(), parts.next()];
    parts.next().is_none() && three.into_iter().all(|part| part.is_some_and(base64))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{enveloped, key_name, with_payload};

    #[test]
    fn three_forms_are_one_jws() {
        // {"kid":"k1"} and {}.
        let compact = "eyJraWQiOiJrMSJ9.e30.c2ln";
        let flattened = r#"{"payload":"e30","protected":"eyJraWQiOiJrMSJ9","signature":"c2ln"}"#;
        for file in [compact, "  eyJraWQiOiJrMSJ9.e30.c2ln\r\n", flattened] {
            assert_eq!(enveloped(file.as_bytes()).unwrap().as_str(), compact);
        }
        let detached = with_payload(b"eyJraWQiOiJrMSJ9..c2ln\n", b"{}").unwrap();
        assert_eq!(detached.as_str(), compact);
        assert_eq!(key_name(compact).as_deref(), Some("k1"));
    }

    #[test]
    fn what_is_no_jws_is_none() {
        for file in [
            "",
            "a.b",
            "a.b.c.d",
            "a..c",
            "số;tên;tiền",
            r#"{"format":"cccd-desk-payee-list/1"}"#,
            r#"{"payload":"e30","protected":"e30","signature":"c2ln","header":{}}"#,
        ] {
            assert!(enveloped(file.as_bytes()).is_none(), "{file}");
        }
        for signature in ["", "a.b.c", "a..", "..c", "a...c", "a..c.d"] {
            assert!(
                with_payload(signature.as_bytes(), b"{}").is_none(),
                "{signature}"
            );
        }
    }
}

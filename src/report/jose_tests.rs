#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{JoseError, Jwk, JwkSet, sign};
use crate::store::testing::open;

#[test]
fn a_signature_holds_for_its_text_and_key_alone() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, stranger) = (open(folder.path()), open(other.path()));
    let jws = sign(&store.signing(), b"{\"a\":1}", "cloudevents+json").unwrap();
    assert_eq!(store.keys().verify(&jws).unwrap().as_slice(), b"{\"a\":1}");
    assert_eq!(stranger.keys().verify(&jws), Err(JoseError::UnknownKey));

    // The stranger's key under this desk's name.
    let mut forged = stranger.keys();
    forged.keys[0].kid = store.keys().keys[0].kid.clone();
    assert_eq!(forged.verify(&jws), Err(JoseError::Signature));

    let parts: Vec<&str> = jws.split('.').collect();
    let header = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let kid = &store.keys().keys[0].kid;
    let payload = URL_SAFE_NO_PAD.encode("{\"a\":2}");
    let none = header(&format!("{{\"alg\":\"none\",\"kid\":\"{kid}\"}}"));
    let hmac = header(&format!("{{\"alg\":\"HS256\",\"kid\":\"{kid}\"}}"));
    let critical = header(&format!(
        "{{\"alg\":\"ES256\",\"kid\":\"{kid}\",\"crit\":[\"b64\"],\"b64\":false}}"
    ));
    for (text, error) in [
        (
            format!("{}.{payload}.{}", parts[0], parts[2]),
            JoseError::Signature,
        ),
        (
            format!("{}.{}.{}", parts[0], parts[1], &parts[2][4..]),
            JoseError::Signature,
        ),
        (format!("{}.{}.", parts[0], parts[1]), JoseError::Signature),
        (format!("{none}.{}.", parts[1]), JoseError::Unsupported),
        (
            format!("{hmac}.{}.{}", parts[1], parts[2]),
            JoseError::Unsupported,
        ),
        (
            format!("{critical}.{}.{}", parts[1], parts[2]),
            JoseError::Unsupported,
        ),
        (format!("{}.{}", parts[0], parts[1]), JoseError::Malformed),
        (format!("{}.{}", *jws, "x"), JoseError::Malformed),
        ("..".to_owned(), JoseError::Malformed),
        (String::new(), JoseError::Malformed),
        (format!("{}={}", parts[0], *jws), JoseError::Malformed),
        ("a".repeat(2_000_000), JoseError::Malformed),
    ] {
        assert_eq!(
            store.keys().verify(&text),
            Err(error),
            "{}",
            text.get(..200).unwrap_or(&text)
        );
    }
}

/// RFC 7517, appendix A.1, with its thumbprint as another library computes it.
#[test]
fn a_key_is_named_by_its_thumbprint() {
    let x = URL_SAFE_NO_PAD
        .decode("MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4")
        .unwrap();
    let y = URL_SAFE_NO_PAD
        .decode("4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM")
        .unwrap();
    let jwk = Jwk::of_point(&[&[4][..], &x, &y].concat()).unwrap();
    assert_eq!(jwk.kid, "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s");
    assert_eq!(Jwk::of_point(&[4; 64]), None);
    assert_eq!(Jwk::of_point(&[2; 65]), None);

    let set = JwkSet { keys: vec![jwk] };
    let json = serde_json::to_value(&set).unwrap();
    assert_eq!(json["keys"][0]["use"], "sig");
    assert_eq!(serde_json::from_value::<JwkSet>(json).unwrap(), set);
}

#[test]
fn a_rotated_key_leaves_what_it_signed_verifiable_and_another_process_takes_it_up() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, operator) = (open(folder.path()), open(folder.path()));
    let sign = |store: &crate::store::Store, text: &[u8]| {
        sign(&store.signing(), text, "cloudevents+json")
            .unwrap()
            .to_string()
    };
    let old = sign(&desk, b"old");
    let kid = desk.keys().keys[0].kid.clone();
    operator.rotate_signing().unwrap();
    // The desk that runs takes it up with its next report.
    desk.refresh_signing().unwrap();
    let new = sign(&desk, b"new");
    let keys = desk.keys();
    assert_eq!(keys, operator.keys());
    assert_eq!(keys.keys.len(), 2);
    assert_eq!(keys.keys[1].kid, kid);
    assert_eq!(keys.verify(&old).unwrap().as_slice(), b"old");
    assert_eq!(keys.verify(&new).unwrap().as_slice(), b"new");
    // A receiver that pins the old key alone does not take the new one.
    let pinned = JwkSet {
        keys: vec![keys.keys[1].clone()],
    };
    assert_eq!(pinned.verify(&new).unwrap_err(), JoseError::UnknownKey);
    // Bounded, and kept across a restart.
    for _ in 0..20 {
        operator.rotate_signing().unwrap();
    }
    let keys = operator.keys();
    assert_eq!(keys.keys.len(), 17);
    drop((desk, operator));
    let store = open(folder.path());
    assert_eq!(store.keys(), keys);
    store.audit_verify().unwrap();
}

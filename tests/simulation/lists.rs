//! Lists of payees over HTTP: whole or not at all, and by whose signature.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cccd_desk::config::Unsigned;
use cccd_desk::payees::signed::MAX_SIGNED;
use cccd_desk::report::Jwk;
use cccd_desk::simulation::desk::Options;
use reqwest::{Method, StatusCode};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::client::{Client, desk_with};
use crate::payees::{Alike, number};

/// Signs lists.
struct Office {
    pair: EcdsaKeyPair,
    key: Jwk,
}

impl Office {
    fn new() -> Self {
        let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        let key = Jwk::of_point(pair.public_key().as_ref()).unwrap();
        Self { pair, key }
    }

    /// Header, payload and signature (RFC 7515, 7.1).
    fn sign(&self, payload: &str) -> [String; 3] {
        let header = json!({ "alg": "ES256", "kid": self.key.kid }).to_string();
        let (header, payload) = (
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(payload),
        );
        let input = format!("{header}.{payload}");
        let signature = self
            .pair
            .sign(&SystemRandom::new(), input.as_bytes())
            .unwrap();
        [header, payload, URL_SAFE_NO_PAD.encode(signature)]
    }
}

/// A desk that counts lists of an office, and those that nobody signed or not.
async fn office(unsigned: Unsigned, folder: &Path) -> (Client, Office) {
    let office = Office::new();
    let keys = folder.join("office.json");
    std::fs::write(&keys, serde_json::to_vec(&office.key).unwrap()).unwrap();
    let mut options = Options::default();
    options.config.payees.signers = vec![keys];
    options.config.payees.unsigned = unsigned;
    let (client, _) = desk_with(options, Arc::new(Alike)).await;
    (client, office)
}

/// Sends a list to the desk itself, as its operator.
async fn send(client: &Client, query: &str, file: &str) -> (StatusCode, Value) {
    let url = format!("{}/v1/payees?{query}", client.doors.desk);
    let token = &client.doors.tokens.operator;
    client.send_list(token, url, file.to_owned()).await
}

async fn lists(client: &Client) -> usize {
    let (_, overview) = client.clerk(Method::GET, "/v1/payees", Value::Null).await;
    overview["lists"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_comes_in_over_http_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let (client, _) = office(Unsigned::Allow, folder.path()).await;
    let mut file = "personal_number,name,amount,period\n".to_owned();
    for line in 0..5_000 {
        file.push_str(&format!("00109{line:07},Người {line},1000,2026-11\n"));
    }
    let query =
        "list_id=phuong-1&issuer=UBND%20th%E1%BB%AD&until=2199-12-31&count=5000&total=5000000";
    let bad = format!("{file}1090000001,Lê C,1,2026-11\n001090000009,Lê D,\"1,5\",2026-11\n");
    for (query, file, code, fault) in [
        (query, bad.as_str(), "payee-list-faulty", "number-lost-zero"),
        ("issuer=x", &file, "payee-list-faulty", "list-id"),
        (
            "list_id=a&issuer=x&count=3",
            &file,
            "payee-list-faulty",
            "count-wrong",
        ),
    ] {
        let (status, problem) = send(&client, query, file).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(code)),
            "{problem}"
        );
        let refused = &problem["refused"];
        let faults = refused["faults"].as_array().unwrap();
        assert!(faults.iter().any(|one| one["code"] == fault), "{refused}");
        assert!(
            faults
                .iter()
                .all(|one| one["vi"].is_string() && one["en"].is_string())
        );
        assert!(!problem.to_string().contains("Lê"), "{problem}");
        assert_eq!(lists(&client).await, 0);
    }
    for query in [
        "list_id=a&issuer=x&date=1/11/2026",
        "list_id=a&more=1",
        "list_id=a&total=x",
    ] {
        let (_, problem) = send(&client, query, &file).await;
        assert_eq!(problem["code"], "invalid-request", "{query}");
    }
    let (status, answer) = send(&client, query, &file).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let taken = &answer["imported"];
    assert_eq!(
        (
            &taken["id"],
            &taken["issuer"],
            &taken["entries"],
            &taken["total"]
        ),
        (
            &json!("phuong-1"),
            &json!("UBND thử"),
            &json!(5_000),
            &json!(5_000_000)
        )
    );
    assert_eq!(taken["written"]["delimiter"], ",");
    assert_eq!(lists(&client).await, 1);
    let (status, again) = send(&client, query, &file).await;
    assert_eq!(
        (status, &again["code"]),
        (StatusCode::CONFLICT, &json!("payee-list-imported"))
    );
    assert!(
        again["refused"]["why"]
            .as_str()
            .unwrap()
            .contains("phuong-1")
    );

    // Beyond the bound of a list, and a form that is none.
    let (status, problem) = send(&client, "list_id=a&issuer=x", &"x".repeat(MAX_SIGNED + 1)).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &json!("body-too-large"))
    );
    let form = json!({ "format": "cccd-desk-payee-list/1" });
    let (_, problem) = client.operator(Method::POST, "/v1/payees", form).await;
    assert_eq!(problem["code"], "payee-list-faulty");
    let url = format!("{}/v1/payees", client.doors.desk);
    let plain = client
        .send_as(&client.doors.tokens.operator, &url, "text/plain", "x")
        .await;
    assert_eq!(plain.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(plain.1["code"], "payee-list-media-type");
    assert_eq!(lists(&client).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_over_http_counts_by_its_signature() {
    let folder = tempfile::tempdir().unwrap();
    let (client, office) = office(Unsigned::Refuse, folder.path()).await;
    let file = format!(
        "personal_number,name,amount,period\n{},A,1000,2026-11\n",
        number("adult-man")
    );
    let parts = office.sign(&file);
    let [header, _, signature] = &parts;
    let query = "list_id=phuong-1&issuer=x";
    let detached = format!("{query}&signature={header}..{signature}");
    for (query, file, code) in [
        (query, file.clone(), "payee-list-unsigned"),
        (
            &detached,
            file.replace("1000", "9000"),
            "payee-list-signature",
        ),
        (
            "list_id=phuong-1&issuer=x&signature=none",
            file.clone(),
            "payee-list-signature",
        ),
    ] {
        let (status, problem) = send(&client, query, &file).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(code))
        );
    }
    let (status, answer) = send(&client, &detached, &file).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(answer["imported"]["signer"], json!(office.key.kid));
    // The same list, its signature around it this time.
    let url = format!("{}/v1/payees?{query}", client.doors.desk);
    let signed = parts.join(".");
    let around = client.send_as(
        &client.doors.tokens.operator,
        &url,
        "application/jose",
        &signed,
    );
    assert_eq!(around.await.1["code"], "payee-list-imported");
    // A file of keys that is gone is the operator's fault, not the list's.
    std::fs::remove_file(folder.path().join("office.json")).unwrap();
    let (status, problem) = send(&client, &detached, &file).await;
    assert_eq!(
        (status, &problem["code"]),
        (
            StatusCode::SERVICE_UNAVAILABLE,
            &json!("payee-signers-unusable")
        )
    );
}

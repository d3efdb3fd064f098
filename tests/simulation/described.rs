//! What a whole desk reports, from the card to the case system, fits docs/report.schema.json and holds
//! nothing that it does not name.

use std::collections::BTreeSet;
use std::sync::Arc;

use cccd_desk::config::Config;
use cccd_desk::decision::{Policies, VerdictKind};
use cccd_desk::desk::ports::NoFaces;
use cccd_desk::simulation::desk::Options;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Client, desk_with, reader};
use crate::described_by::{misfits, parts, strict};

async fn office() -> Client {
    let policies = "[policy.office]\nversion = \"1\"\nbased_on = \"benefit-payment\"\n\
                    [[policy.office.override]]\nrole = \"operator\"\nreasons = [\"check-not-performed\"]\n";
    let mut config = Config {
        policies: Policies::default().with(policies).unwrap(),
        ..Config::default()
    };
    config.report.verdicts.push(VerdictKind::Unreadable);
    let options = Options {
        config,
        readers: 1,
        ..Options::default()
    };
    desk_with(options, Arc::new(NoFaces)).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_report_of_a_whole_desk_fits_the_description() {
    let client = office().await;
    let record = json!({
        "personal_number": "100000005", "name": "Nguyen Van A", "birth_date": "1990",
        "sex": "F", "social_insurance_number": "BH-0001",
    });
    for (persona, defects, more) in [
        (
            "adult-man",
            &[][..],
            json!({ "record": record, "case_ref": "HS-1" }),
        ),
        ("adult-woman", &[], json!({})),
        ("elder-no-expiry", &[], json!({})),
        (
            "adult-man",
            &["lso-dg-hash-bad"],
            json!({ "case_ref": "HS-1" }),
        ),
        ("adult-man", &["dsc-revoked"], json!({})),
        ("adult-man", &["link-card-removed"], json!({})),
        (
            "adult-man",
            &[],
            json!({ "policy": "office", "case_ref": "HS-1" }),
        ),
    ] {
        client.lay("A", persona, defects).await;
        let id = client.open(&reader("A"), more.clone()).await;
        client.scan("A", persona).await;
        client.until(&id, "reported").await;
        if more["policy"].is_string() {
            let path = format!("/v1/sessions/{id}/attestation");
            let body = json!({ "override": "máy ảnh hỏng, đã so bằng mắt" });
            let token = client.doors.tokens.operator.clone();
            let (status, answer) = client.desk_as(&token, Method::POST, &path, body).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
        }
    }
    let path = "/v1/case-system/received?at_least=8";
    let received = client.done(Method::GET, path, Value::Null).await;
    let (report, header) = (strict(None), strict(Some("JoseHeader")));
    let mut met = BTreeSet::new();
    for one in received["received"].as_array().unwrap() {
        let (protected, event) = parts(one["jws"].as_str().unwrap());
        assert_eq!(misfits(&report, &event), [""; 0], "{event:#}");
        assert_eq!(misfits(&header, &protected), [""; 0]);
        met.insert(event["type"].as_str().unwrap().to_owned());
    }
    let kinds = crate::described_by::schema()["properties"]["type"]["enum"].clone();
    let kinds: BTreeSet<String> = serde_json::from_value(kinds).unwrap();
    // Payments are made elsewhere, and their reports described with those of the library.
    let of_payment = |kind: &String| kind.starts_with("benefit.") || kind == "identity.manual";
    let of_sessions: BTreeSet<String> =
        kinds.into_iter().filter(|kind| !of_payment(kind)).collect();
    assert_eq!(met, of_sessions);
    let (_, keys) = client.desk(Method::GET, "/v1/keys", Value::Null).await;
    assert_eq!(misfits(&strict(Some("JwkSet")), &keys), [""; 0]);
}

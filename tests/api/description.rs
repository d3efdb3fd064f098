//! The description of the interface is what `openapi.golden.json` says.

use cccd_desk::desk::api;
use serde_json::Value;

use crate::client::one_counter;
use crate::openapi::assert_whole;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/openapi.golden.json");

#[test]
fn the_description_is_the_golden_one() {
    let now = api::openapi();
    assert_whole(&now);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(GOLDEN, serde_json::to_string_pretty(&now).unwrap() + "\n").unwrap();
    }
    let golden: Value = serde_json::from_slice(&std::fs::read(GOLDEN).unwrap()).unwrap();
    assert!(
        now == golden,
        "the interface changed: look at it, then run with UPDATE_GOLDEN=1"
    );
}

#[tokio::test]
async fn the_desk_serves_its_own_description() {
    let (_stage, clerk) = one_counter();
    let served = clerk.get("/openapi.json").await.json();
    assert_eq!(served, api::openapi());
    assert_eq!(served["openapi"], "3.1.0");
    for path in [
        "/v1/sessions",
        "/v1/sessions/{id}/key",
        "/v1/events",
        "/v1/keys",
        "/v1/health",
    ] {
        assert!(served["paths"][path].is_object(), "{path}");
    }
}

//! Who may ask for payees, and what a desk without lists says. Payments themselves are tried on a whole
//! desk, in `tests/simulation`.

use axum::http::StatusCode;
use cccd_desk::desk::ports::Role;
use serde_json::json;

use crate::client::{Client, one_counter};
use crate::support::good_card;

#[tokio::test]
async fn each_role_sees_what_it_needs() {
    let (stage, clerk) = one_counter();
    let path = clerk.open(json!({ "purpose": "benefit-payment" })).await;
    let undo = json!({ "reason": "x" });
    let manual = json!({
        "personal_number": "001090000001", "list": "a", "period": "2026-11", "reason": "x",
    });
    for (role, overview, own, undone) in [
        (Role::Clerk, 200, "wrong-state", "role-not-allowed"),
        (
            Role::CaseSystem,
            403,
            "role-not-allowed",
            "role-not-allowed",
        ),
        (
            Role::Operator,
            200,
            "role-not-allowed",
            "payee-unknown-claim",
        ),
        (Role::Auditor, 403, "role-not-allowed", "role-not-allowed"),
    ] {
        let caller = match role {
            Role::Clerk => clerk.clone(),
            _ => Client::of(&stage, role),
        };
        assert_eq!(caller.get("/v1/payees").await.status, overview, "{role:?}");
        let asked = caller.get(&format!("{path}/payee")).await;
        assert_eq!(asked.problem(), own, "{role:?}");
        let claimed = caller
            .post(&format!("{path}/payee/claim"), &json!({ "entry": 1 }))
            .await;
        assert_eq!(claimed.problem(), own, "{role:?}");
        let answer = caller.post("/v1/payees/claims/01X/undo", &undo).await;
        assert_eq!(answer.problem(), undone, "{role:?}");
        let by_hand = caller.post("/v1/payees/manual", &manual).await.problem();
        let due = if role == Role::Operator {
            "payee-no-entry"
        } else {
            "role-not-allowed"
        };
        assert_eq!(by_hand, due, "{role:?}");
        let sent = caller.post("/v1/payees", &json!({})).await.problem();
        let due = if role == Role::Operator {
            "payee-list-unsigned"
        } else {
            "role-not-allowed"
        };
        assert_eq!(sent, due, "{role:?}");
    }
    let nobody = Client::nobody(&stage);
    assert_eq!(nobody.get("/v1/payees").await.problem(), "token-missing");
    // Another clerk's session is none at all.
    let other = Client::of(&stage, Role::Clerk);
    let asked = other.get(&format!("{path}/payee")).await;
    assert_eq!(asked.problem(), "unknown-session");
}

#[tokio::test]
async fn a_desk_without_lists_pays_nobody() {
    let (stage, clerk) = one_counter();
    let overview = clerk.get("/v1/payees").await.json();
    assert_eq!(
        overview,
        json!({ "lists": [], "conflicts": 0, "resolved": 0, "unsynced": 0 })
    );
    let path = clerk.open(json!({ "purpose": "benefit-payment" })).await;
    let mut events = clerk.listen(&format!("{path}/events"), None).await;
    stage.reading.next("Reader A", good_card());
    clerk.scan(&path).await;
    stage.readers.lay("Reader A");
    let view = events
        .until(|event| event.data["verdict"].is_object())
        .await
        .data;
    // The verdict of the script; a real desk asks for the face first.
    assert_eq!(view["state"], "decided");
    let found = clerk.get(&format!("{path}/payee")).await;
    match view["verdict"]["verdict"].as_str() {
        Some("verified") => {
            assert_eq!(found.json(), json!({ "entries": [], "test": true }));
            let claim = clerk
                .post(&format!("{path}/payee/claim"), &json!({ "entry": 1 }))
                .await;
            assert_eq!(
                (claim.status, claim.problem().as_str()),
                (StatusCode::NOT_FOUND, "payee-no-entry")
            );
        }
        _ => assert_eq!(found.problem(), "payee-not-verified"),
    }
    let about = json!({ "purpose": "benefit-payment", "payee_list": "phuong-1" });
    let unknown = clerk.post("/v1/sessions", &about).await;
    assert_eq!(unknown.problem(), "payee-list-unknown");
    assert_eq!(unknown.json()["known"], json!([]));
    let intake = json!({ "purpose": "dossier-intake", "payee_list": "phuong-1" });
    let refused = clerk.post("/v1/sessions", &intake).await;
    assert_eq!(refused.problem(), "payee-list-purpose");
    for body in [
        json!({}),
        json!({ "entry": "1" }),
        json!({ "entry": 1, "more": 2 }),
    ] {
        let claim = clerk.post(&format!("{path}/payee/claim"), &body).await;
        assert_eq!(claim.problem(), "invalid-request", "{body}");
    }
}

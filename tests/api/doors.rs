//! What does not come in: other hosts, other sites, other roles, too much, and garbage.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use cccd_desk::desk::Settings;
use cccd_desk::desk::api::{Hosts, Rate};
use cccd_desk::desk::ports::Role;
use serde_json::json;

use crate::client::{Client, HOST, one_counter};
use crate::support::Stage;

#[tokio::test]
async fn a_request_by_another_host_name_is_turned_away() {
    let (_stage, clerk) = one_counter();
    for (host, allowed) in [
        (HOST, true),
        ("localhost:4610", true),
        ("LOCALHOST:4610", true),
        ("[::1]:4610", true),
        // DNS rebinding: the name of a page elsewhere that now points to this machine.
        ("evil.example:4610", false),
        ("127.0.0.1", false),
        ("127.0.0.1:80", false),
        ("127.0.0.1.evil.example:4610", false),
        ("", false),
    ] {
        for path in ["/v1/readers", "/v1/health", "/"] {
            let mut request = clerk
                .request(Method::GET, path)
                .body(Body::empty())
                .unwrap();
            request.headers_mut().insert("host", host.parse().unwrap());
            let answer = clerk.send(request).await;
            assert_eq!(answer.status == StatusCode::OK, allowed, "{host} {path}");
            if !allowed {
                assert_eq!(answer.problem(), "host-not-allowed");
            }
        }
    }
    let mut none = clerk
        .request(Method::GET, "/v1/readers")
        .body(Body::empty())
        .unwrap();
    none.headers_mut().remove("host");
    assert_eq!(clerk.send(none).await.problem(), "host-not-allowed");

    let mut two = clerk
        .request(Method::GET, "/v1/readers")
        .body(Body::empty())
        .unwrap();
    two.headers_mut()
        .append("host", "evil.example".parse().unwrap());
    assert_eq!(clerk.send(two).await.problem(), "host-not-allowed");

    let absolute = clerk.request(Method::GET, "http://evil.example/v1/readers");
    let absolute = clerk.send(absolute.body(Body::empty()).unwrap()).await;
    assert_eq!(absolute.problem(), "host-not-allowed");
}

#[tokio::test]
async fn another_web_page_reaches_nothing() {
    let (_stage, clerk) = one_counter();
    for (name, value, allowed) in [
        ("origin", "http://127.0.0.1:4610", true),
        ("origin", "http://localhost:4610", true),
        ("origin", "http://127.0.0.1:3000", false),
        ("origin", "https://evil.example", false),
        ("origin", "null", false),
        ("origin", "file://", false),
        ("sec-fetch-site", "same-origin", true),
        ("sec-fetch-site", "none", true),
        ("sec-fetch-site", "same-site", false),
        ("sec-fetch-site", "cross-site", false),
    ] {
        let request = clerk
            .request(Method::GET, "/v1/readers")
            .header(name, value);
        let answer = clerk.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status == StatusCode::OK, allowed, "{name}: {value}");
        if !allowed {
            assert_eq!(answer.problem(), "origin-not-allowed");
        }
    }
    // A link elsewhere may open the page, which holds nothing of anyone.
    let link = clerk
        .request(Method::GET, "/")
        .header("sec-fetch-site", "cross-site");
    assert_eq!(
        clerk.send(link.body(Body::empty()).unwrap()).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_site_that_the_configuration_names_is_let_in() {
    let (stage, _) = one_counter();
    let named = "https://case.example";
    let hosts = Hosts::new([HOST.to_owned()], [named.to_owned()]);
    let clerk = Client::with_hosts(&stage, hosts);
    for (origin, allowed) in [(named, true), ("https://case.example.evil", false)] {
        for method in [Method::OPTIONS, Method::GET] {
            let request = clerk
                .request(method.clone(), "/v1/readers")
                .header("origin", origin)
                .header("sec-fetch-site", "cross-site");
            let answer = clerk.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(
                answer.status.is_success(),
                allowed,
                "{method} from {origin}"
            );
            let allows = answer.headers.get("access-control-allow-origin");
            assert_eq!(allows.is_some(), allowed);
            assert!(
                !answer
                    .headers
                    .contains_key("access-control-allow-credentials")
            );
        }
    }
}

#[tokio::test]
async fn without_a_token_nothing_of_anyone_is_said() {
    let (stage, clerk) = one_counter();
    let session = clerk.open(json!({})).await;
    let nobody = Client::nobody(&stage);
    let stranger = clerk.token("not-a-token");
    for path in [
        "/v1/readers",
        "/v1/sessions",
        &session,
        "/v1/events",
        "/v1/outbox",
        "/v1/whoami",
    ] {
        let (missing, unknown) = (nobody.get(path).await, stranger.get(path).await);
        assert_eq!(missing.status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            missing.headers["www-authenticate"],
            "Bearer realm=\"cccd-desk\""
        );
        assert_eq!(missing.problem(), "token-missing");
        assert_eq!(unknown.problem(), "token-unknown");
    }
    for path in [
        "/v1/health",
        "/v1/keys",
        "/v1/reasons",
        "/openapi.json",
        "/",
    ] {
        assert_eq!(nobody.get(path).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn each_role_does_what_is_its_own() {
    let (stage, _) = one_counter();
    let may = |role, path: &'static str| {
        let caller = Client::of(&stage, role);
        async move { caller.get(path).await.status == StatusCode::OK }
    };
    for (role, sessions, outbox) in [
        (Role::Clerk, true, false),
        (Role::CaseSystem, true, false),
        (Role::Operator, false, true),
        (Role::Auditor, false, true),
    ] {
        assert_eq!(may(role, "/v1/sessions").await, sessions, "{role:?}");
        assert_eq!(may(role, "/v1/outbox").await, outbox, "{role:?}");
        assert!(may(role, "/v1/readers").await, "{role:?}");
    }
    let operator = Client::of(&stage, Role::Operator);
    let opened = operator
        .post("/v1/sessions", &json!({ "purpose": "dossier-intake" }))
        .await;
    assert_eq!(opened.status, StatusCode::FORBIDDEN);
    assert_eq!(opened.problem(), "role-not-allowed");
}

#[tokio::test]
async fn a_session_is_seen_by_its_owner_and_the_counter_alone() {
    let stage = Stage::with(Settings::default(), &["Reader A", "Reader B"]);
    let clerk = Client::of(&stage, Role::Clerk);
    let of_clerk = clerk.open(json!({})).await;
    let case_system = Client::of(&stage, Role::CaseSystem);
    let of_case = case_system.open(json!({ "case_ref": "H01-2026-1" })).await;

    assert_eq!(clerk.get(&of_case).await.status, StatusCode::OK);
    let other_clerk = Client::of(&stage, Role::Clerk);
    let other_case = Client::of(&stage, Role::CaseSystem);
    for (stranger, path) in [
        (&case_system, &of_clerk),
        (&other_clerk, &of_clerk),
        (&other_case, &of_case),
    ] {
        for part in ["", "/portrait", "/evidence", "/events"] {
            let answer = stranger.get(&format!("{path}{part}")).await;
            assert_eq!(answer.problem(), "unknown-session", "{part}");
        }
        assert_eq!(stranger.delete(path).await.problem(), "unknown-session");
        assert_eq!(stranger.scan(path).await.problem(), "unknown-session");
    }
}

#[tokio::test]
async fn bodies_that_are_garbage_are_answered_clearly() {
    let (_stage, clerk) = one_counter();
    for (body, code) in [
        ("", "malformed-json"),
        ("{", "malformed-json"),
        ("null", "invalid-request"),
        ("[]", "invalid-request"),
        ("{}", "invalid-request"),
        (r#"{"purpose":"parking-fine"}"#, "invalid-request"),
        (
            r#"{"purpose":"dossier-intake","payee_list":"today"}"#,
            "payee-list-purpose",
        ),
        (
            r#"{"purpose":"benefit-payment","payee_list":7}"#,
            "invalid-request",
        ),
        (
            r#"{"purpose":"dossier-intake","case_ref":"a\u0000b"}"#,
            "invalid-request",
        ),
        (
            r#"{"purpose":"dossier-intake","expected":{"personal_number":"12"}}"#,
            "invalid-request",
        ),
        (
            r#"{"purpose":"dossier-intake","expected":{"birth_date":"1990-13-01"}}"#,
            "invalid-request",
        ),
        (
            r#"{"purpose":"dossier-intake","reader":"Reader Z"}"#,
            "unknown-reader",
        ),
        (
            r#"{"purpose":"dossier-intake","policy":"document"}"#,
            "policy-not-allowed",
        ),
        ("\u{feff}{}", "malformed-json"),
    ] {
        assert_eq!(
            clerk.post_text("/v1/sessions", body).await.problem(),
            code,
            "{body}"
        );
    }
    let deep = "[".repeat(30_000);
    assert_eq!(
        clerk.post_text("/v1/sessions", &deep).await.problem(),
        "malformed-json"
    );
    let huge = format!(r#"{{"purpose":"{}"}}"#, "x".repeat(70_000));
    let answer = clerk.post_text("/v1/sessions", &huge).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.problem(), "body-too-large");

    let form = clerk
        .request(Method::POST, "/v1/sessions")
        .header("content-type", "text/plain");
    let form = clerk.send(form.body(Body::from("{}")).unwrap()).await;
    assert_eq!(form.problem(), "not-json");

    let names = clerk
        .post_text(
            "/v1/sessions",
            r#"{"purpose":"dossier-intake","reader":"Z"}"#,
        )
        .await;
    assert_eq!(names.json()["known"], json!(["Reader A"]));
}

#[tokio::test]
async fn a_problem_quotes_no_value_of_the_body() {
    let (_stage, clerk) = one_counter();
    let session = clerk.open(json!({})).await;
    let number = "001090000001";
    for body in [
        json!({ "can": number }),
        json!({ "qr": 1_090_000_001 }),
        json!({ "scan": [number] }),
    ] {
        let answer = clerk.post(&format!("{session}/key"), &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            !String::from_utf8(answer.bytes)
                .unwrap()
                .contains("10900000")
        );
    }
}

#[tokio::test]
async fn addresses_and_methods_that_are_none_are_problems_too() {
    let (_stage, clerk) = one_counter();
    assert_eq!(clerk.get("/v1/nothing").await.problem(), "not-found");
    assert_eq!(
        clerk.get("/page/../Cargo.toml").await.problem(),
        "not-found"
    );
    assert_eq!(
        clerk.get("/page/..%2f..%2fCargo.toml").await.problem(),
        "not-found"
    );
    assert_eq!(
        clerk.delete("/v1/readers").await.problem(),
        "method-not-allowed"
    );
    assert_eq!(clerk.get("/v1/demo").await.problem(), "not-found");
    for id in [
        "x",
        "00000000000000000000000000",
        "%00",
        "..%2f..",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    ] {
        assert_eq!(
            clerk.get(&format!("/v1/sessions/{id}")).await.problem(),
            "unknown-session",
            "{id}"
        );
    }
}

#[tokio::test]
async fn a_caller_who_asks_too_often_waits_and_others_do_not() {
    let stage = Stage::with(Settings::default(), &["Reader A"]);
    let hasty = Client::with_rate(
        &stage,
        Rate {
            burst: 5,
            per_second: 1,
        },
    );
    for _ in 0..5 {
        assert_eq!(hasty.get("/v1/readers").await.status, StatusCode::OK);
    }
    let answer = hasty.get("/v1/readers").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(
        answer.headers["retry-after"]
            .to_str()
            .unwrap()
            .parse::<u64>()
            .unwrap()
            >= 1
    );
    assert_eq!(answer.problem(), "rate-limited");
    let calm = hasty.token(&stage.token(Role::Clerk));
    assert_eq!(calm.get("/v1/readers").await.status, StatusCode::OK);
    // Tokens that are invented do not make new counts.
    for guess in 0..5 {
        assert_eq!(
            hasty
                .token(&guess.to_string())
                .get("/v1/readers")
                .await
                .problem(),
            "token-unknown"
        );
    }
    assert_eq!(
        hasty.token("5").get("/v1/readers").await.problem(),
        "rate-limited"
    );
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_it_where_it_is() {
    let (stage, clerk) = one_counter();
    for answer in [
        clerk.get("/").await,
        clerk.get("/v1/readers").await,
        clerk.get("/v1/nothing").await,
        Client::nobody(&stage).get("/v1/readers").await,
    ] {
        let csp = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(csp.contains("default-src 'none'") && csp.contains("frame-ancestors 'none'"));
        assert!(!csp.contains("unsafe"), "{csp}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
        ] {
            assert_eq!(answer.headers[name], value);
        }
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
    assert_eq!(
        clerk.get("/v1/readers").await.headers["cache-control"],
        "no-store"
    );
}

#[tokio::test]
async fn a_page_pairs_once_and_then_goes_by_its_cookie() {
    let (stage, _) = one_counter();
    let nobody = Client::nobody(&stage);
    let secret = stage.pairing.once(Role::Clerk).unwrap();
    let wrong = nobody.post("/v1/pair", &json!({ "secret": "guess" })).await;
    assert_eq!(wrong.problem(), "pairing-refused");

    let paired = nobody.post("/v1/pair", &json!({ "secret": *secret })).await;
    assert_eq!(paired.json(), json!({ "role": "clerk", "demo": false }));
    let cookie = paired.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );
    let cookie = cookie.split(';').next().unwrap();
    let request = nobody
        .request(Method::GET, "/v1/whoami")
        .header("cookie", cookie);
    let who = nobody.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(who.json()["role"], "clerk");

    let again = nobody.post("/v1/pair", &json!({ "secret": *secret })).await;
    assert_eq!(again.problem(), "pairing-refused");
}

#[tokio::test]
async fn a_program_pairs_for_a_bearer_token() {
    let (stage, _) = one_counter();
    let nobody = Client::nobody(&stage);
    let secret = stage.pairing.once(Role::CaseSystem).unwrap();
    let body = json!({ "secret": *secret, "as": "token", "label": "case system" });
    let paired = nobody.post("/v1/pair", &body).await;
    assert!(!paired.headers.contains_key("set-cookie"));
    let program = nobody.token(paired.json()["token"].as_str().unwrap());
    assert_eq!(
        program.get("/v1/whoami").await.json()["role"],
        "case-system"
    );
}

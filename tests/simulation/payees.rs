//! A payment point: a citizen on the list of the day is verified and paid, once.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cccd_desk::biometrics::face::{Comparison, Finding, NotPerformed, Outcome};
use cccd_desk::desk::ports::FaceComparing;
use cccd_desk::document::Date;
use cccd_desk::payees::{Given, parse};
use cccd_desk::simulation::desk::{Options, Stage};
use cccd_desk::store::payees::NewList;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Client, desk_with, reader};

/// Everybody is who they say.
pub struct Alike;

impl FaceComparing for Alike {
    fn cannot(&self) -> Option<NotPerformed> {
        None
    }

    fn compare(&self, _: Comparison) -> Outcome {
        Outcome::new(Finding::Supports)
    }
}

/// A payment point with today's list: the man for two months.
async fn payment_point() -> (Client, Stage) {
    let options = Options {
        readers: 2,
        ..Options::default()
    };
    let (client, stage) = desk_with(options, Arc::new(Alike)).await;
    let (man, woman) = (number("adult-man"), number("adult-woman"));
    let file = format!(
        "Số định danh;Họ tên;Số tiền;Kỳ\n{man};Nguyễn Văn A;1.500.000;10/2026\n\
         {man};Nguyễn Văn A;1.500.000;11/2026\n{woman};Một Tên Khác;500.000;11/2026\n"
    );
    let given = Given {
        id: Some("phuong-1".into()),
        issuer: Some("UBND phường Một".into()),
        from: Some(Date::MIN),
        ..Given::default()
    };
    let list = parse(file.as_bytes(), &given, Date::MIN).unwrap();
    let new = NewList {
        list: &list,
        signer: None,
        sha256: "0",
        by: "an operator",
    };
    stage.store().import_payees(&new).unwrap();
    (client, stage)
}

pub fn number(persona: &str) -> String {
    cccd_sim::persona(persona).unwrap().personal_number
}

/// A session whose card was read and whose person was seen.
async fn seen(client: &Client, persona: &str, more: Value, picture: &str) -> String {
    client.lay("A", persona, &[]).await;
    let id = client.open(&reader("A"), more).await;
    client.scan("A", persona).await;
    let until = format!("/v1/sessions/{id}?until=person");
    client.desk(Method::GET, &until, Value::Null).await;
    let face = json!({ "pictures": [STANDARD.encode(picture)] });
    client
        .desk(Method::POST, &format!("/v1/sessions/{id}/face"), face)
        .await;
    client.until(&id, "decided").await;
    id
}

fn payment() -> Value {
    json!({ "purpose": "benefit-payment" })
}

async fn entries(client: &Client, id: &str) -> Vec<Value> {
    let path = format!("/v1/sessions/{id}/payee");
    let (status, found) = client.clerk(Method::GET, &path, Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{found}");
    assert_eq!(found["test"], true);
    found["entries"].as_array().unwrap().clone()
}

async fn claim(client: &Client, id: &str, entry: &Value) -> (StatusCode, Value) {
    let path = format!("/v1/sessions/{id}/payee/claim");
    client
        .clerk(Method::POST, &path, json!({ "entry": entry["entry"] }))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_on_the_list_is_verified_and_paid_once() {
    let (client, stage) = payment_point().await;
    let id = seen(&client, "adult-man", payment(), "1").await;
    let found = entries(&client, &id).await;
    assert_eq!(found.len(), 2);
    let october = &found[0];
    assert_eq!(
        (&october["period"], &october["amount"], &october["claim"]),
        (&json!("2026-10"), &json!(1_500_000), &Value::Null)
    );
    assert_eq!(
        (&october["signed"], &october["differs"]),
        (&json!(false), &json!([]))
    );
    let (status, paid) = claim(&client, &id, october).await;
    assert_eq!(status, StatusCode::CREATED, "{paid}");
    assert_eq!(
        (&paid["amount"], &paid["kind"]),
        (&json!(1_500_000), &json!("verified"))
    );
    // Its report is told of beside the verdict's own.
    let path = "/v1/case-system/received?at_least=2";
    client.done(Method::GET, path, Value::Null).await;
    let report = &entries(&client, &id).await[0]["report"];
    assert!(report == "waiting" || report == "delivered", "{report}");

    // Neither in this session nor in one of another card reader.
    let (status, again) = claim(&client, &id, october).await;
    assert_eq!(
        (status, &again["code"]),
        (StatusCode::CONFLICT, &json!("payee-claimed"))
    );
    let second = seen(&client, "adult-man", payment(), "2").await;
    let found = entries(&client, &second).await;
    assert_eq!(found[0]["claim"]["id"], paid["claim"]);
    let (status, again) = claim(&client, &second, october).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(again["claimed"]["desk"], "desk-1");
    assert_eq!(again["claimed"]["at"], paid["at"]);
    assert!(again["next_action"]["vi"].is_string());

    // A supervisor undoes it with a reason: then it is open again.
    let undo = format!("/v1/payees/claims/{}/undo", paid["claim"].as_str().unwrap());
    let reason = json!({ "reason": "nhầm quầy" });
    let (status, _) = client.clerk(Method::POST, &undo, reason.clone()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _) = client
        .operator(Method::POST, &undo, json!({ "reason": "" }))
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, undone) = client.operator(Method::POST, &undo, reason.clone()).await;
    assert_eq!(status, StatusCode::OK, "{undone}");
    let (_, twice) = client.operator(Method::POST, &undo, reason).await;
    assert_eq!(twice["code"], "payee-undone");
    let (status, _) = claim(&client, &second, october).await;
    assert_eq!(status, StatusCode::CREATED);

    let (_, overview) = client.clerk(Method::GET, "/v1/payees", Value::Null).await;
    // All of it was reported, in its order, and is receipted.
    let path = "/v1/case-system/received?at_least=5";
    let received = client.done(Method::GET, path, Value::Null).await;
    let events = received["received"].as_array().unwrap().iter();
    let events: Vec<_> = events.map(|one| &one["event"]).collect();
    let of = |kind: &str| -> Vec<&Value> {
        let found = events.iter().filter(|event| event["type"] == kind);
        found.map(|event| &event["data"]).collect()
    };
    let made = of("benefit.paid");
    assert_eq!(
        (made.len(), &made[0]["claim"], &made[0]["session"]),
        (2, &paid["claim"], &json!(id))
    );
    assert_eq!(
        made[0]["payee"],
        json!({
            "personal_number": number("adult-man"), "name": "NGUYỄN VĂN A", "confirmed": true,
        })
    );
    let undone = of("benefit.undone");
    assert_eq!(
        (undone.len(), &undone[0]["claim"], &undone[0]["reason"]),
        (1, &paid["claim"], &json!("nhầm quầy"))
    );
    let reported = client.until(&id, "reported").await;
    assert_eq!(reported["report"]["state"], "delivered");
    let list = &overview["lists"][0];
    assert_eq!(
        (&list["id"], &list["signer"]),
        (&json!("phuong-1"), &Value::Null)
    );
    assert_eq!(
        (&list["entries"], &list["paid"], &list["undone"]),
        (&json!(3), &json!(1), &json!(1))
    );
    assert_eq!(
        (&list["total"], &list["total_paid"]),
        (&json!(3_500_000), &json!(1_500_000))
    );
    for personal in [number("adult-man"), "Nguyễn".to_owned()] {
        assert!(!overview.to_string().contains(&personal));
    }
    stage.store().audit_verify().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_about_a_list_offers_and_pays_that_alone() {
    let (client, _) = payment_point().await;
    let man = number("adult-man");
    for (id, more) in [
        ("quy-4", "date=2020-01-01"),
        ("cu", "date=2020-01-01&until=2020-02-01"),
        ("mai", "date=2199-01-01"),
    ] {
        // The same file under another name would be the same list.
        let file =
            format!("personal_number,name,amount,period\n{man},Danh sách {id},1000,2026-11\n");
        let path = format!("/v1/payees?list_id={id}&issuer=Quỹ&{more}");
        client.import(&path, file).await;
    }
    let open = |list: &str| {
        let client = client.clone();
        let body =
            json!({ "purpose": "benefit-payment", "reader": reader("A"), "payee_list": list });
        async move { client.desk(Method::POST, "/v1/sessions", body).await }
    };
    for (list, status, code) in [
        (
            "no-such",
            StatusCode::UNPROCESSABLE_ENTITY,
            "payee-list-unknown",
        ),
        ("cu", StatusCode::CONFLICT, "payee-list-not-today"),
        ("mai", StatusCode::CONFLICT, "payee-list-not-today"),
    ] {
        let (answered, problem) = open(list).await;
        assert_eq!(
            (answered, &problem["code"]),
            (status, &json!(code)),
            "{list}"
        );
        assert!(problem["next_action"]["vi"].is_string());
    }
    let (_, problem) = open("no-such").await;
    assert_eq!(problem["known"], json!(["phuong-1", "quy-4"]));
    let (_, problem) = open("cu").await;
    assert_eq!(problem["until"], "2020-02-01");

    let more = json!({ "purpose": "benefit-payment", "payee_list": "quy-4" });
    let id = seen(&client, "adult-man", more, "4").await;
    let (_, view) = client
        .desk(Method::GET, &format!("/v1/sessions/{id}"), Value::Null)
        .await;
    assert_eq!(view["payee_list"], "quy-4");
    let found = entries(&client, &id).await;
    assert_eq!((found.len(), &found[0]["list"]), (1, &json!("quy-4")));
    // The entry of the other list is the man's own, and none of this session's.
    let (status, problem) = claim(&client, &id, &json!({ "entry": 1 })).await;
    assert_eq!(
        (status, &problem["code"], &problem["payee_list"]),
        (
            StatusCode::CONFLICT,
            &json!("payee-other-list"),
            &json!("quy-4")
        )
    );
    let (status, _) = claim(&client, &id, &found[0]).await;
    assert_eq!(status, StatusCode::CREATED);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_paid_who_was_not_verified_for_it() {
    let (client, _) = payment_point().await;
    // For a dossier; for a payment by another policy; a card that is no good; somebody who is not on a list.
    let intake = json!({ "policy": "document" });
    let other_policy = json!({ "purpose": "benefit-payment", "policy": "document" });
    for (more, code) in [
        (intake, "payee-other-purpose"),
        (other_policy, "payee-other-purpose"),
    ] {
        client.lay("A", "adult-man", &[]).await;
        let id = client.open(&reader("A"), more).await;
        client.scan("A", "adult-man").await;
        assert_eq!(
            client.until(&id, "decided").await["verdict"]["verdict"],
            "verified"
        );
        let (status, problem) = claim(&client, &id, &json!({ "entry": 1 })).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::CONFLICT, &json!(code))
        );
    }
    client.lay("A", "adult-man", &["lso-dg-hash-bad"]).await;
    let id = client.open(&reader("A"), payment()).await;
    let (_, early) = claim(&client, &id, &json!({ "entry": 1 })).await;
    assert_eq!(early["code"], "wrong-state");
    client.scan("A", "adult-man").await;
    client.until(&id, "decided").await;
    let (status, problem) = claim(&client, &id, &json!({ "entry": 1 })).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("payee-not-verified"))
    );

    // The woman is, under another name; the man's money is none of hers.
    let id = seen(&client, "adult-woman", payment(), "3").await;
    let found = entries(&client, &id).await;
    assert_eq!((found.len(), &found[0]["differs"]), (1, &json!(["name"])));
    let (status, problem) = claim(&client, &id, &json!({ "entry": 1 })).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::NOT_FOUND, &json!("payee-no-entry"))
    );
    // Forgotten with its person.
    client
        .desk(Method::DELETE, &format!("/v1/sessions/{id}"), Value::Null)
        .await;
    let (status, problem) = claim(&client, &id, &found[0]).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::GONE, &json!("payee-forgotten"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_card_a_supervisor_pays_and_nothing_is_verified() {
    let (client, _) = payment_point().await;
    let path = "/v1/payees/manual";
    let body = json!({
        "personal_number": number("adult-woman"), "list": "phuong-1", "period": "2026-11", "reason": "chip hỏng",
        "case_ref": "HS-7",
    });
    let (status, _) = client.clerk(Method::POST, path, body.clone()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, paid) = client.operator(Method::POST, path, body.clone()).await;
    assert_eq!(
        (status, &paid["kind"]),
        (StatusCode::CREATED, &json!("manual"))
    );
    let reports = "/v1/case-system/received?at_least=1&case_ref=HS-7";
    let received = client.done(Method::GET, reports, Value::Null).await;
    let event = &received["received"][0]["event"];
    assert_eq!(event["type"], "identity.manual");
    assert_eq!(
        (&event["data"]["verdict"], &event["data"]["session"]),
        (&Value::Null, &Value::Null)
    );
    let (status, again) = client.operator(Method::POST, path, body.clone()).await;
    assert_eq!(
        (status, &again["claimed"]["kind"]),
        (StatusCode::CONFLICT, &json!("manual"))
    );
    for (field, value, code) in [
        ("personal_number", json!("1090000001"), "invalid-request"),
        ("period", json!("2026-12"), "payee-no-entry"),
        ("authorisation", json!("x"), "payee-no-entry"),
    ] {
        let mut wrong = body.clone();
        wrong[field] = value;
        let (_, problem) = client.operator(Method::POST, path, wrong).await;
        assert_eq!(problem["code"], code, "{field}");
    }
}

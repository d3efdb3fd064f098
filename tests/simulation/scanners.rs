//! Scanners on lines of their own: the driver of a counter on a line that the stage holds, and on a
//! real port. What is scanned goes to one session; why it is not taken is told to everyone.

use std::time::Duration;

use cccd_desk::desk::scanning::{Beside, Scanner};
use cccd_desk::simulation::desk::Stage;
use cccd_port::ReaderName;
use cccd_serial_scanner::{SerialScanner, profile};
use cccd_sim::{SerialDevice, SerialForm, persona};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Client, desk, reader};

async fn scan(client: &Client, body: Value) -> Value {
    let path = "/v1/readers/A/scan-by-line";
    client.done(Method::POST, path, body).await
}

async fn view(client: &Client, id: &str) -> Value {
    let path = format!("/v1/sessions/{id}");
    let (_, view) = client.clerk(Method::GET, &path, Value::Null).await;
    view
}

async fn cancel(client: &Client, id: &str) {
    let path = format!("/v1/sessions/{id}");
    client.desk(Method::DELETE, &path, Value::Null).await;
}

async fn answer(client: &Client, id: &str, number: u64, right: bool) -> (StatusCode, Value) {
    let path = format!("/v1/sessions/{id}/proposal");
    let body = json!({ "number": number, "right": right });
    client.clerk(Method::POST, &path, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_scanner_opens_the_session_that_waits() {
    let (client, _) = desk(1).await;
    let table = [
        (json!({}), "qr"),
        (json!({ "after": "lf" }), "qr"),
        (json!({ "after": "crlf", "before": "aim" }), "qr"),
        (
            json!({ "profile": "qr", "after": "etx", "before": "stx" }),
            "qr",
        ),
        (
            json!({ "profile": "qr", "after": "nul", "before": "bom" }),
            "qr",
        ),
        (json!({ "profile": "qr", "after": "idle" }), "qr"),
        (json!({ "profile": "mrz-lines" }), "mrz"),
        (json!({ "profile": "mrz-desko" }), "mrz"),
        (json!({ "profile": "mrz-3m" }), "mrz"),
    ];
    // Another card each time: the same one within two seconds is the same scan.
    let people = ["adult-man", "adult-woman", "elder-no-expiry"];
    for ((mut body, key), person) in table.into_iter().zip(people.into_iter().cycle()) {
        body["persona"] = json!(person);
        let id = client.open(&reader("A"), json!({})).await;
        let told = scan(&client, body.clone()).await;
        assert_eq!(told["taken"], true, "{body}: {told}");
        assert_eq!(told["session"], json!(id), "{body}");
        assert_eq!(view(&client, &id).await["key"], key, "{body}");
        cancel(&client, &id).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_scan_is_told_with_what_to_do() {
    let (client, _) = desk(1).await;
    let id = client.open(&reader("A"), json!({})).await;
    let man = |more: Value| {
        let mut body = json!({ "persona": "adult-man" });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let table = [
        (
            json!({ "text": "https://example.org" }),
            "key-not-a-card-code",
        ),
        (json!({ "text": "a|b" }), "key-qr-malformed"),
        (
            json!({ "text": "Ễ", "fault": { "dropped": 0 } }),
            "misread-not-text",
        ),
        (man(json!({ "fault": { "cut": 20 } })), "misread-cut"),
        (
            man(json!({ "fault": { "overlong": 3 } })),
            "misread-too-long",
        ),
        (
            man(json!({ "profile": "mrz-3m", "fault": "last-byte" })),
            "misread-damaged",
        ),
        (
            man(json!({ "profile": "mrz-desko", "fault": { "dropped": 9 } })),
            "misread-not-a-zone",
        ),
        (
            man(json!({ "profile": "mrz-desko", "misread": { "at": 6, "as": "4" } })),
            "misread-check-digit",
        ),
        (
            man(json!({ "profile": "mrz-desko", "fault": { "unplugged": 40 } })),
            "misread-cut",
        ),
    ];
    for (body, code) in table {
        let told = scan(&client, body.clone()).await;
        assert_eq!(
            (&told["taken"], &told["code"]),
            (&json!(false), &json!(code)),
            "{body}"
        );
        for words in ["sentence", "next_action"] {
            assert!(
                told[words]["vi"].is_string() && told[words]["en"].is_string(),
                "{body}"
            );
        }
        assert_eq!(view(&client, &id).await["state"], "key-wanted", "{body}");
    }
    // Plugged in again, the next one comes.
    let plug = json!({ "state": "plugged" });
    client
        .done(Method::PUT, "/v1/readers/A/scanner/mrz-desko", plug)
        .await;
    let told = scan(&client, man(json!({ "profile": "mrz-desko" }))).await;
    assert_eq!(told["taken"], true);
    for body in [
        json!({}),
        json!({ "text": "a", "persona": "adult-man" }),
        json!({ "text": "a", "misread": { "at": 5, "as": "O" } }),
    ] {
        let path = "/v1/readers/A/scan-by-line";
        let (status, _) = client.stage(Method::POST, path, body.clone()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
}

/// The events of everyone at the desk, as one text.
fn public(stage: &Stage) -> String {
    let since = stage.desk().events().since(0).events;
    since
        .iter()
        .map(|event| event.data.as_str().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_o_read_for_a_0_is_proposed_to_the_clerk_and_never_assumed() {
    let (client, stage) = desk(1).await;
    let id = client.open(&reader("A"), json!({})).await;
    let misread = |profile: &str| {
        let misread = json!({ "at": 5, "as": "O" });
        json!({ "persona": "adult-man", "profile": profile, "misread": misread })
    };
    let zone = persona("adult-man").unwrap().mrz();
    let told = scan(&client, misread("mrz-desko")).await;
    assert_eq!(
        (&told["taken"], &told["session"]),
        (&json!(false), &json!(id))
    );
    let shown = view(&client, &id).await;
    assert_eq!(
        (&shown["state"], &shown["key"]),
        (&json!("key-wanted"), &Value::Null)
    );
    let lines = shown["proposal"]["lines"].as_array().unwrap().clone();
    let whole: String = lines.iter().filter_map(Value::as_str).collect();
    assert_eq!(whole, zone);
    assert!(
        !public(&stage).contains(&zone[5..20]),
        "a scan is nobody else's"
    );

    // A program has not seen the card; a number that is not there was not compared.
    let path = format!("/v1/sessions/{id}/proposal");
    let body = json!({ "number": 1, "right": true });
    let (status, problem) = client.desk(Method::POST, &path, body).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::FORBIDDEN, &json!("clerk-alone"))
    );
    let (status, problem) = answer(&client, &id, 2, true).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("proposal-gone"))
    );

    let (_, rejected) = answer(&client, &id, 1, false).await;
    assert_eq!(
        (&rejected["proposal"], &rejected["state"]),
        (&Value::Null, &json!("key-wanted"))
    );
    let (status, _) = answer(&client, &id, 1, true).await;
    assert_eq!(status, StatusCode::CONFLICT, "rejected is rejected");

    scan(&client, misread("mrz-3m")).await;
    let (status, taken) = answer(&client, &id, 2, true).await;
    assert_eq!(
        (status, &taken["key"]),
        (StatusCode::OK, &json!("mrz")),
        "{taken}"
    );
    assert_eq!(
        (&taken["state"], &taken["proposal"]),
        (&json!("card-wanted"), &Value::Null)
    );

    // Typed by a wedge or a clerk it is proposed in the same way, and gone with the next key.
    cancel(&client, &id).await;
    let id = client.open(&reader("A"), json!({})).await;
    let key = format!("/v1/sessions/{id}/key");
    let typed = zone.replacen("VNM0", "VNMO", 1);
    let (_, problem) = client
        .clerk(Method::POST, &key, json!({ "scan": typed }))
        .await;
    assert_eq!(problem["code"], "key-mrz-check-digit");
    assert_eq!(view(&client, &id).await["proposal"]["number"], 1);
    client
        .clerk(Method::POST, &key, json!({ "scan": "001090000001" }))
        .await;
    assert_eq!(view(&client, &id).await["proposal"], Value::Null);
    let told = client.session_told(&id).await;
    assert!(!told.contains(&zone[5..20]), "gone from what was told too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_before_a_scanner_is_one_scan() {
    let (client, stage) = desk(1).await;
    client.open(&reader("A"), json!({})).await;
    let before = stage.desk().events().newest();
    let told = scan(&client, json!({ "persona": "adult-man", "times": 3 })).await;
    assert_eq!(told["taken"], true);
    let told = scan(&client, json!({ "persona": "adult-woman" })).await;
    assert_eq!(told["code"], "scan-nobody-waits");
    let events = stage.desk().events().since(before).events;
    assert_eq!(
        events.iter().filter(|event| event.name == "scan").count(),
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_that_nobody_waits_for_opens_the_session_of_a_page() {
    let (client, _) = desk(2).await;
    let body = json!({ "persona": "adult-man" });
    // Without a page there is nobody to hold it for.
    assert_eq!(
        scan(&client, body.clone()).await["code"],
        "scan-nobody-waits"
    );

    let mut page = client.listen("/v1/events").await;
    let other = client.clone();
    let scanning = tokio::spawn(async move {
        let body = json!({ "persona": "adult-woman" });
        scan(&other, body).await
    });
    let held = page.until("scan", |told| told["held"].is_u64()).await;
    assert_eq!(held["reader"], reader("A"));
    let open = |held: &Value| json!({ "purpose": "result-return", "held_scan": held });
    // It goes to a clerk's page, and once.
    let (_, problem) = client
        .desk(Method::POST, "/v1/sessions", open(&held["held"]))
        .await;
    assert_eq!(problem["code"], "clerk-alone");
    let (_, problem) = client
        .clerk(Method::POST, "/v1/sessions", open(&json!(99)))
        .await;
    assert_eq!(problem["code"], "scan-gone");
    let (status, view) = client
        .clerk(Method::POST, "/v1/sessions", open(&held["held"]))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{view}");
    assert_eq!(
        (&view["state"], &view["key"]),
        (&json!("card-wanted"), &json!("qr"))
    );
    assert_eq!(view["reader"], reader("A"), "beside the scanner");
    let told = scanning.await.unwrap();
    assert_eq!(
        (&told["taken"], &told["session"]),
        (&json!(true), &view["id"])
    );
    let (_, problem) = client
        .clerk(Method::POST, "/v1/sessions", open(&held["held"]))
        .await;
    assert_eq!(problem["code"], "scan-gone");

    // What no page takes is refused after some seconds; what is no card's code at once.
    let told = scan(&client, json!({ "persona": "elder-no-expiry" })).await;
    assert_eq!(told["code"], "scan-nobody-waits");
    let told = scan(&client, json!({ "text": "https://example.org" })).await;
    assert_eq!(told["code"], "key-not-a-card-code");
}

async fn fault(client: &Client, name: &str) -> Value {
    let (_, health) = client.desk(Method::GET, "/v1/health", Value::Null).await;
    let scanners = health["scanners"].as_array().unwrap();
    let own = scanners.iter().find(|scanner| scanner["name"] == name);
    let fault = own.unwrap()["fault"]["code"].clone();
    if !fault.is_null() {
        assert_eq!(health["status"], "degraded");
    }
    fault
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scanner_that_is_not_there_is_told_until_it_is() {
    let (client, _) = desk(1).await;
    let name = format!("{}: qr-line", reader("A"));
    for (state, code) in [
        ("unplugged", json!("scanner-unplugged")),
        ("busy", json!("scanner-busy")),
        ("denied", json!("scanner-denied")),
        ("no-port", json!("scanner-no-port")),
        ("plugged", Value::Null),
    ] {
        let body = json!({ "state": state });
        client
            .done(Method::PUT, "/v1/readers/A/scanner/qr-line", body)
            .await;
        assert_eq!(fault(&client, &name).await, code, "{state}");
    }
}

/// The driver on a real port, as the service opens it.
#[tokio::test(flavor = "multi_thread")]
async fn a_real_port_is_opened_lost_and_found_again() {
    let (client, stage) = desk(1).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usb-Example_Scanner_0001-if00");
    let form = SerialForm::Text {
        before: b"]Q1",
        after: b"\r",
    };
    let mut device = SerialDevice::new(path.clone(), form);
    let kind = profile("qr-line").unwrap();
    let scanner = Scanner {
        name: "port".to_owned(),
        beside: Some(Beside::Reader(ReaderName(reader("A")))),
        device: Box::new(SerialScanner::new(path, kind)),
    };
    stage.desk().follow_scanner(scanner).unwrap();
    for person in ["adult-man", "adult-woman"] {
        device.plug().unwrap();
        let mut events = client.listen("/v1/events").await;
        while !fault(&client, "port").await.is_null() {
            events.until("scanners", |_| true).await;
        }
        let id = client.open(&reader("A"), json!({})).await;
        device.scan(&persona(person).unwrap().qr()).unwrap();
        let told = events.until("scan", |told| told["scanner"] == "port").await;
        assert_eq!(told["session"], json!(id));
        assert_eq!(view(&client, &id).await["state"], "card-wanted");
        cancel(&client, &id).await;
        device.unplug();
        while fault(&client, "port").await.is_null() {
            events.until("scanners", |_| true).await;
        }
    }
}

/// `serve` with a scanner in its configuration.
#[tokio::test(flavor = "multi_thread")]
async fn the_service_opens_the_scanners_that_are_configured() {
    let folder = tempfile::tempdir().unwrap();
    let port = folder.path().join("usb-Example_Scanner_0002-if00");
    let form = SerialForm::Text {
        before: b"",
        after: b"\r",
    };
    let mut device = SerialDevice::new(port.clone(), form);
    device.plug().unwrap();
    let config = folder.path().join("desk.toml");
    let text = format!(
        "data_dir = \"data\"\n[api]\nlisten = \"127.0.0.1:0\"\n\
         [[scanner]]\ndevice = {port:?}\nprofile = \"qr-line\"\n"
    );
    std::fs::write(&config, text).unwrap();
    let mut service = tokio::process::Command::new(env!("CARGO_BIN_EXE_cccd-desk"))
        .arg("serve")
        .arg("--config")
        .arg(&config)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    use tokio::io::AsyncBufReadExt as _;
    let mut lines = tokio::io::BufReader::new(service.stdout.take().unwrap()).lines();
    let address = lines.next_line().await.unwrap().expect("its address");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let looking = async {
        loop {
            let health = http
                .get(format!("{address}v1/health"))
                .send()
                .await
                .unwrap();
            let health: Value = health.json().await.unwrap();
            let scanner = health["scanners"][0].clone();
            if scanner["fault"].is_null() {
                return scanner;
            }
            tokio::task::yield_now().await;
        }
    };
    let scanner = tokio::time::timeout(Duration::from_secs(20), looking)
        .await
        .unwrap();
    assert_eq!(scanner["name"], "usb-Example_Scanner_0002-if00");
    // It holds the port: nobody else gets in.
    let mut second = SerialScanner::new(port, profile("qr-line").unwrap());
    use cccd_port::CodeScanner as _;
    assert_eq!(second.wait(Duration::ZERO), None);
    assert_eq!(second.fault(), Some(cccd_port::ScannerFault::Busy));
}

/// A keyboard that loses letters makes no genuine card fail; a line that has them all is taken at its word.
#[tokio::test(flavor = "multi_thread")]
async fn a_wedge_that_lost_diacritics_makes_no_genuine_card_fail() {
    let (client, _) = desk(1).await;
    let whole = persona("adult-man").unwrap().qr();
    let lost: String = whole.chars().filter(char::is_ascii).collect();
    for (field, text, verdict, reason) in [
        ("scan", &lost, "verified", Value::Null),
        ("scan", &whole, "verified", Value::Null),
        ("qr", &whole, "verified", Value::Null),
        ("qr", &lost, "not_verified", json!("printed-data-mismatch")),
    ] {
        client.lay("A", "adult-man", &[]).await;
        let id = client
            .open(&reader("A"), json!({ "policy": "document" }))
            .await;
        let path = format!("/v1/sessions/{id}/key");
        client
            .desk(Method::POST, &path, json!({ field: text }))
            .await;
        let decided = client.until(&id, "decided").await;
        assert_eq!(decided["verdict"]["verdict"], verdict, "{field}: {text}");
        assert_eq!(decided["verdict"]["reason"], reason, "{field}: {text}");
        assert_eq!(decided["key"], "qr");
    }
}

//! A caller of the interface, within the process.

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use cccd_desk::desk::Settings;
use cccd_desk::desk::api::{Hosts, Rate};
use cccd_desk::desk::ports::Role;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::support::{QR, Stage};

pub const HOST: &str = "127.0.0.1:4610";

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).expect("a JSON body")
    }

    /// The code of a problem, whose form is looked at on the way.
    pub fn problem(&self) -> String {
        assert_eq!(
            self.headers["content-type"], "application/problem+json",
            "{self:?}"
        );
        let json = self.json();
        let code = json["code"].as_str().expect("a code").to_owned();
        assert_eq!(json["type"], format!("urn:cccd-desk:problem:{code}"));
        assert_eq!(json["status"], self.status.as_u16());
        for text in ["sentence", "next_action"] {
            for language in ["vi", "en"] {
                assert!(
                    json[text][language].as_str().is_some_and(|s| !s.is_empty()),
                    "{json}"
                );
            }
        }
        code
    }
}

/// A caller with a token.
#[derive(Clone)]
pub struct Client {
    router: Router,
    token: Option<String>,
}

impl Client {
    pub fn of(stage: &Stage, role: Role) -> Self {
        let router = stage
            .interface(Hosts::loopback(4610), Rate::default())
            .router();
        Self {
            router,
            token: Some(stage.token(role)),
        }
    }

    /// By which names and from which other sites the interface may be reached.
    pub fn with_hosts(stage: &Stage, hosts: Hosts) -> Self {
        let router = stage.interface(hosts, Rate::default()).router();
        Self {
            router,
            token: Some(stage.token(Role::Clerk)),
        }
    }

    pub fn nobody(stage: &Stage) -> Self {
        Self {
            token: None,
            ..Self::of(stage, Role::Clerk)
        }
    }

    pub fn with_rate(stage: &Stage, rate: Rate) -> Self {
        let router = stage.interface(Hosts::loopback(4610), rate).router();
        Self {
            router,
            token: Some(stage.token(Role::Clerk)),
        }
    }

    /// The same interface with another token.
    pub fn token(&self, token: &str) -> Self {
        Self {
            router: self.router.clone(),
            token: Some(token.to_owned()),
        }
    }

    pub fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", HOST);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        request
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 20)
            .await
            .expect("a body")
            .to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            bytes,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).body(Body::empty()).unwrap())
            .await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(
            self.request(Method::DELETE, path)
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_text(path, &body.to_string()).await
    }

    pub async fn post_text(&self, path: &str, body: &str) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_owned())).unwrap())
            .await
    }

    /// Opens a session and says its path.
    pub async fn open(&self, more: Value) -> String {
        let mut body = json!({ "purpose": "dossier-intake" });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let answer = self.post("/v1/sessions", &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.json());
        let path = answer.headers["location"].to_str().unwrap().to_owned();
        assert_eq!(
            path,
            format!("/v1/sessions/{}", answer.json()["id"].as_str().unwrap())
        );
        path
    }

    pub async fn scan(&self, session: &str) -> Answer {
        self.post(&format!("{session}/key"), &json!({ "qr": QR }))
            .await
    }

    pub async fn listen(&self, path: &str, last: Option<u64>) -> Events {
        let mut request = self.request(Method::GET, path);
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        let request = request.body(Body::empty()).unwrap();
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events {
            stream: response.into_body().into_data_stream(),
            text: String::new(),
        }
    }
}

/// One server-sent event.
#[derive(Clone, Debug)]
pub struct Event {
    pub id: u64,
    pub name: String,
    pub data: Value,
}

/// A stream of events.
pub struct Events {
    stream: BodyDataStream,
    text: String,
}

impl Events {
    /// The next event; none when the stream ended.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                self.text = rest.to_owned();
                let field = |name: &str| {
                    block
                        .lines()
                        .find_map(|l| l.strip_prefix(name))
                        .map(|v| v.trim().to_owned())
                };
                if let Some(name) = field("event:") {
                    let id = field("id:").unwrap().parse().unwrap();
                    let data = serde_json::from_str(&field("data:").unwrap()).unwrap();
                    return Some(Event { id, name, data });
                }
                continue;
            }
            let chunk = self.stream.next().await?.expect("a chunk");
            self.text
                .push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
        }
    }

    /// The next event that is so.
    pub async fn until(&mut self, is: impl Fn(&Event) -> bool) -> Event {
        loop {
            let event = self.next().await.expect("the stream goes on");
            if is(&event) {
                return event;
            }
        }
    }

    /// The session once it stands there.
    pub async fn state(&mut self, state: &str) -> Value {
        self.until(|event| event.name == "session" && event.data["state"] == state)
            .await
            .data
    }
}

/// A desk with one reader and a clerk.
pub fn one_counter() -> (Stage, Client) {
    let stage = Stage::with(Settings::default(), &["Reader A"]);
    let clerk = Client::of(&stage, Role::Clerk);
    (stage, clerk)
}

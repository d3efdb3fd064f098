//! A program at a simulated desk, by HTTP alone.

use std::sync::Arc;

use cccd_desk::desk::ports::{FaceComparing, NoFaces};
use cccd_desk::simulation::desk::{Doors, Options, SimulatedDesk, Stage};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A program that holds the tokens of a simulated desk.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    pub doors: Doors,
}

/// A desk in this process, its stage, and a client of both.
pub async fn desk(readers: usize) -> (Client, Stage) {
    let options = Options {
        readers,
        ..Options::default()
    };
    desk_with(options, Arc::new(NoFaces)).await
}

/// The same, with something that compares faces.
pub async fn desk_with(options: Options, faces: Arc<dyn FaceComparing>) -> (Client, Stage) {
    let options = Options {
        control: Some(([127, 0, 0, 1], 0).into()),
        ..options
    };
    let desk = SimulatedDesk::start_with(options, faces)
        .await
        .expect("a desk");
    let (doors, stage) = (desk.doors().clone(), desk.stage());
    tokio::spawn(desk.serve(std::future::pending()));
    (Client::new(doors), stage)
}

impl Client {
    pub fn new(doors: Doors) -> Self {
        // The client wants a provider although it speaks plain HTTP; a second call is refused.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { http, doors }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> (StatusCode, Value) {
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// A request to the control API.
    pub async fn stage(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let base = self.doors.control.as_deref().expect("a control API");
        let token = self.doors.tokens.control.as_deref().unwrap();
        let mut request = self.http.request(method, format!("{base}{path}"));
        request = request.bearer_auth(token);
        if !body.is_null() {
            request = request.json(&body);
        }
        self.send(request).await
    }

    /// A request to the control API that must be done.
    pub async fn done(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, answer) = self.stage(method, path, body).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    /// Imports a list of payees on the stage.
    pub async fn import(&self, path: &str, file: String) -> Value {
        let base = self.doors.control.as_deref().expect("a control API");
        let token = self.doors.tokens.control.as_deref().unwrap();
        let (status, answer) = self.send_list(token, format!("{base}{path}"), file).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        answer
    }

    /// Sends a list, as CSV.
    pub async fn send_list(&self, token: &str, url: String, file: String) -> (StatusCode, Value) {
        self.send_as(token, &url, "text/csv", &file).await
    }

    /// Sends a body of that type.
    pub async fn send_as(
        &self,
        token: &str,
        url: &str,
        media_type: &str,
        body: &str,
    ) -> (StatusCode, Value) {
        let request = self.http.post(url).bearer_auth(token);
        let request = request.header("content-type", media_type);
        self.send(request.body(body.to_owned())).await
    }

    /// A request to the desk, as the case system.
    pub async fn desk(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let token = &self.doors.tokens.case_system;
        self.desk_as(token, method, path, body).await
    }

    /// A request to the desk, as the clerk's page.
    pub async fn clerk(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let token = &self.doors.tokens.clerk;
        self.desk_as(token, method, path, body).await
    }

    /// A request to the desk, as its operator.
    pub async fn operator(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let token = &self.doors.tokens.operator;
        self.desk_as(token, method, path, body).await
    }

    pub async fn desk_as(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        let request = self
            .http
            .request(method, format!("{}{path}", self.doors.desk))
            .bearer_auth(token);
        let request = if body.is_null() {
            request
        } else {
            request.json(&body)
        };
        self.send(request).await
    }

    /// Opens a session on a reader; its identifier.
    pub async fn open(&self, reader: &str, more: Value) -> String {
        let mut body = json!({ "purpose": "dossier-intake", "reader": reader });
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let (status, session) = self.desk(Method::POST, "/v1/sessions", body).await;
        assert_eq!(status, StatusCode::CREATED, "{session}");
        session["id"].as_str().expect("an identifier").to_owned()
    }

    pub async fn lay(&self, reader: &str, persona: &str, defects: &[&str]) {
        let body = json!({ "persona": persona, "defects": defects });
        let path = format!("/v1/readers/{reader}/card");
        self.done(Method::PUT, &path, body).await;
    }

    pub async fn scan(&self, reader: &str, persona: &str) {
        let path = format!("/v1/readers/{reader}/scan");
        self.done(Method::POST, &path, json!({ "persona": persona }))
            .await;
    }

    /// The session once it has come so far.
    pub async fn until(&self, session: &str, until: &str) -> Value {
        let path = format!("/v1/sessions/{session}?until={until}");
        for _ in 0..8 {
            let (status, view) = self.desk(Method::GET, &path, Value::Null).await;
            assert_eq!(status, StatusCode::OK, "{view}");
            let open = [
                "created",
                "key-wanted",
                "card-wanted",
                "reading",
                "biometrics",
            ];
            let active = open.contains(&view["state"].as_str().unwrap());
            if !active && (until == "decided" || view["report"]["state"] != "waiting") {
                return view;
            }
        }
        panic!("the session does not come so far: {session}");
    }
}

/// A stream of events.
pub struct Events {
    response: reqwest::Response,
    /// What has come and was not looked at: a piece may end within a letter.
    bytes: Vec<u8>,
}

impl Events {
    /// What the next event of that name holds that is so.
    pub async fn until(&mut self, name: &str, is: impl Fn(&Value) -> bool) -> Value {
        loop {
            let block = self.block().await;
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
            let named = field("event: ") == Some(name);
            let data = field("data: ").and_then(|data| serde_json::from_str(data).ok());
            if let Some(data) = data.filter(|data| named && is(data)) {
                return data;
            }
        }
    }

    /// The next event, whole.
    async fn block(&mut self) -> String {
        loop {
            if let Some(end) = self.bytes.windows(2).position(|two| two == b"\n\n") {
                let block = self.bytes.drain(..end + 2).collect();
                return String::from_utf8(block).unwrap();
            }
            let chunk = self.response.chunk().await.unwrap();
            self.bytes.extend(chunk.expect("the stream goes on"));
        }
    }
}

impl Client {
    /// Listens, as the clerk's page does, from the beginning.
    pub async fn listen(&self, path: &str) -> Events {
        let url = format!("{}{path}", self.doors.desk);
        let request = self.http.get(url).bearer_auth(&self.doors.tokens.clerk);
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        Events {
            response,
            bytes: Vec::new(),
        }
    }

    /// All that can still be heard of a session, up to what it is now.
    pub async fn session_told(&self, id: &str) -> String {
        let (_, now) = self
            .clerk(Method::GET, &format!("/v1/sessions/{id}"), Value::Null)
            .await;
        let mut events = self.listen(&format!("/v1/sessions/{id}/events")).await;
        let mut told = String::new();
        loop {
            let block = events.block().await;
            told.push_str(&block);
            let data = block.lines().find_map(|line| line.strip_prefix("data: "));
            let data = data.and_then(|data| serde_json::from_str::<Value>(data).ok());
            if data.is_some_and(|data| data["revision"] == now["revision"]) {
                return told;
            }
        }
    }
}

/// The exact name of a reader by its letter.
pub fn reader(letter: &str) -> String {
    format!("Simulated Reader {letter}")
}

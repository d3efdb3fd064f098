//! A counter: lays cards on one reader, opens sessions as a case system does, and waits for verdicts. A
//! desk that dies under a session leaves it to the next run to serve the next person.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

use super::chance::Chance;
use super::desk::Doors;
use super::{Book, Mark};

/// Cases that the sessions belong to: few, so that reports of one case wait for each other.
const CASES: u64 = 12;
/// How many of a hundred sessions are for another person than the one before.
const NEXT: u64 = 4;
/// Nothing at a desk takes as long.
const LONG: Duration = Duration::from_secs(60);

pub struct Counter {
    pub reader: &'static str,
    pub doors: watch::Receiver<Option<Arc<Doors>>>,
    pub book: Arc<Book>,
    pub marks: UnboundedSender<Mark>,
    pub chance: Chance,
}

/// Why a session was not served to its end.
enum Cut {
    /// The desk is gone.
    Gone,
    /// It did what it must not.
    Wrong(String),
}

impl Counter {
    /// Serves until `enough` verdicts were told at all counters.
    pub async fn serve(mut self, enough: usize) -> Result<(), String> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(LONG)
            .build()
            .unwrap();
        let people = cccd_sim::citizens().unwrap();
        let mut run = 0;
        while self.book.count() < enough {
            let wait = self.doors.wait_for(|doors| {
                let newest = doors.as_ref().map_or(0, |doors| doors.run);
                newest > run
            });
            let doors = match wait.await {
                Ok(doors) => doors.clone().unwrap(),
                // The storm is over.
                Err(_) => return Ok(()),
            };
            let desk = Open {
                http: &http,
                doors: &doors,
            };
            let mut lying = None;
            loop {
                if self.book.count() >= enough {
                    return Ok(());
                }
                let person = match lying {
                    // Making a card takes longer than reading it ten times.
                    Some(person) if !self.chance.percent(NEXT) => person,
                    _ => {
                        let person = self.chance.below(u64::try_from(people.len()).unwrap());
                        &people[usize::try_from(person).unwrap()]
                    }
                };
                let lay = lying.replace(person) != Some(person);
                let case = format!("HS-{}", self.chance.below(CASES));
                match self.session(&desk, person, lay, &case).await {
                    Ok(()) => {}
                    Err(Cut::Gone) => break,
                    Err(Cut::Wrong(what)) => return Err(format!("{}: {what}", self.reader)),
                }
            }
            run = doors.run;
        }
        Ok(())
    }

    async fn session(
        &mut self,
        desk: &Open<'_>,
        person: &cccd_sim::Persona,
        lay: bool,
        case: &str,
    ) -> Result<(), Cut> {
        if lay {
            let card = json!({ "persona": person.name });
            let path = format!("/v1/readers/{}/card", self.reader);
            desk.stage(&path, card).await?;
        }
        let opening = json!({
            "purpose": "dossier-intake",
            "policy": "document",
            "reader": format!("Simulated Reader {}", self.reader),
            "case_ref": case,
        });
        let session = desk.desk(Method::POST, "/v1/sessions", opening).await?;
        let id = session["id"].as_str().unwrap().to_owned();
        self.book.opened(&id);
        let path = format!("/v1/sessions/{id}");
        let key = json!({ "qr": person.qr() });
        desk.desk(Method::POST, &format!("{path}/key"), key).await?;
        let view = desk.decided(&path).await?;
        if view["verdict"]["verdict"] != "verified" {
            let reason = &view["verdict"]["reason"];
            return Err(Cut::Wrong(format!("{}: {reason}", view["state"])));
        }
        self.book.told(&id);
        // The storm may be over.
        let _ = self.marks.send(Mark::Told);
        Ok(())
    }
}

/// An open desk.
struct Open<'a> {
    http: &'a reqwest::Client,
    doors: &'a Doors,
}

impl Open<'_> {
    async fn stage(&self, path: &str, body: Value) -> Result<Value, Cut> {
        let doors = self.doors;
        self.ask(
            Method::PUT,
            format!("{}{path}", doors.control),
            &doors.control_token,
            body,
        )
        .await
    }

    async fn desk(&self, method: Method, path: &str, body: Value) -> Result<Value, Cut> {
        let doors = self.doors;
        self.ask(method, format!("{}{path}", doors.desk), &doors.token, body)
            .await
    }

    /// The session once it has its verdict.
    async fn decided(&self, path: &str) -> Result<Value, Cut> {
        const OPEN: [&str; 5] = [
            "created",
            "key-wanted",
            "card-wanted",
            "reading",
            "biometrics",
        ];
        let path = format!("{path}?until=decided");
        loop {
            let view = self.desk(Method::GET, &path, Value::Null).await?;
            if !OPEN.contains(&view["state"].as_str().unwrap()) {
                return Ok(view);
            }
        }
    }

    async fn ask(
        &self,
        method: Method,
        url: String,
        token: &str,
        body: Value,
    ) -> Result<Value, Cut> {
        let mut request = self.http.request(method, &url).bearer_auth(token);
        if !body.is_null() {
            request = request.json(&body);
        }
        // Whatever breaks a connection to a desk that is killed; that it hangs is something else.
        let gone = |error: reqwest::Error| match error.is_timeout() {
            true => Cut::Wrong(format!("no answer from {url}")),
            false => Cut::Gone,
        };
        let answer = request.send().await.map_err(gone)?;
        let status = answer.status();
        let text = answer.text().await.map_err(gone)?;
        if !status.is_success() {
            return Err(Cut::Wrong(format!("{url}: {status} {text}")));
        }
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}

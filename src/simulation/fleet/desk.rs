//! One desk's day in a simulated fleet.

use std::sync::Arc;

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::List;
use crate::config::Config;
use crate::simulation::desk::{Doors, Options, SimulatedDesk, Stage, StartError, Wanted};
use crate::store::{Destination, OutboxState};

/// Why a day ended early.
#[derive(Debug, thiserror::Error)]
pub enum DayError {
    /// The desk does not answer.
    #[error("the desk does not answer: {0}")]
    Silent(#[from] reqwest::Error),
    /// The desk refused what should have gone.
    #[error("{what}: {status} {code}")]
    Refused {
        /// What was asked.
        what: &'static str,
        /// The status.
        status: u16,
        /// The problem's code.
        code: String,
    },
    /// A card could not be laid.
    #[error("a card could not be laid: {0}")]
    Card(String),
    /// Its task is gone.
    #[error("its task is gone")]
    Gone,
}

/// A desk and its day.
#[derive(Clone)]
pub(super) struct Day {
    desk: Arc<Running>,
    number: usize,
    http: Client,
}

struct Running {
    doors: Doors,
    stage: Stage,
    stop: std::sync::Mutex<Option<(oneshot::Sender<()>, JoinHandle<()>)>>,
}

impl Day {
    /// Opens the desk.
    pub(super) async fn begin(id: &str, number: usize, config: Config) -> Result<Self, StartError> {
        let options = Options {
            readers: 1,
            panel: false,
            config,
            ..Options::default()
        };
        let desk = SimulatedDesk::start(options).await?;
        let (doors, stage) = (desk.doors().clone(), desk.stage());
        let (stop, stopped) = oneshot::channel();
        let name = id.to_owned();
        let task = tokio::spawn(async move {
            let served = desk.serve(async {
                // A lost sender ends it too.
                let _ = stopped.await;
            });
            if let Err(error) = served.await {
                tracing::error!(desk = name, %error, "a simulated desk ended");
            }
        });
        Ok(Self {
            desk: Arc::new(Running {
                doors,
                stage,
                stop: std::sync::Mutex::new(Some((stop, task))),
            }),
            number,
            http: Client::new(),
        })
    }

    /// Reads one card after the other, as a clerk would; how many came to a verdict.
    pub(super) async fn sessions(self, count: usize) -> Result<usize, DayError> {
        let people = self.desk.stage.personas();
        for session in 0..count {
            let citizens = people.iter().filter(|person| person.is_citizen());
            let person = citizens.clone().cycle().nth(self.number + session);
            let Some(person) = person else {
                return Ok(session);
            };
            self.session(person, session).await?;
        }
        Ok(count)
    }

    async fn session(&self, person: &cccd_sim::Persona, session: usize) -> Result<(), DayError> {
        let (stage, wanted) = (
            self.desk.stage.clone(),
            Wanted {
                persona: person.name.clone(),
                ..Wanted::default()
            },
        );
        let reader = self.desk.doors.readers.first().cloned().unwrap_or_default();
        let laid = tokio::task::spawn_blocking(move || stage.lay(&reader, &wanted).map(drop)).await;
        laid.map_err(|_| DayError::Gone)?
            .map_err(|refusal| DayError::Card(refusal.to_string()))?;
        let opened = self
            .ask(
                "open",
                Method::POST,
                "/v1/sessions",
                json!({
                    "purpose": "dossier-intake", "policy": "document",
                    "case_ref": format!("HS-{}-{session}", self.number),
                }),
            )
            .await?;
        let id = text(&opened, "id").unwrap_or_default();
        let key = json!({ "qr": person.qr() });
        self.ask("key", Method::POST, &format!("/v1/sessions/{id}/key"), key)
            .await?;
        let path = format!("/v1/sessions/{id}?until=decided");
        self.ask("read", Method::GET, &path, Value::Null).await?;
        Ok(())
    }

    /// Offers everybody on the list their money by a supervisor's word, as nobody stands before a simulated
    /// desk; how many were paid, and how many had been before.
    pub(super) async fn payments(self, list: List) -> Result<(usize, usize), DayError> {
        let (mut paid, mut refused) = (0, 0);
        for number in &list.numbers {
            let body = json!({
                "personal_number": number, "list": list.id, "period": list.period,
                "reason": "mô phỏng",
            });
            let (status, answer) = self
                .send(Method::POST, "/v1/payees/manual", &body, true)
                .await?;
            match status {
                StatusCode::CREATED => paid += 1,
                _ if text(&answer, "code") == Some("payee-claimed") => refused += 1,
                _ => return Err(refusal("pay", status, &answer)),
            }
        }
        Ok((paid, refused))
    }

    async fn ask(
        &self,
        what: &'static str,
        method: Method,
        path: &str,
        body: Value,
    ) -> Result<Value, DayError> {
        let (status, answer) = self.send(method, path, &body, false).await?;
        if status.is_success() {
            Ok(answer)
        } else {
            Err(refusal(what, status, &answer))
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        supervisor: bool,
    ) -> Result<(StatusCode, Value), DayError> {
        let tokens = &self.desk.doors.tokens;
        let token = if supervisor {
            &tokens.operator
        } else {
            &tokens.clerk
        };
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.desk.doors.desk))
            .bearer_auth(token);
        if !body.is_null() {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status();
        let answer = response.bytes().await?;
        Ok((status, serde_json::from_slice(&answer).unwrap_or_default()))
    }

    /// Whether a server of the fleet is connected.
    pub(super) fn connected(&self) -> bool {
        let fleet = &self.desk.stage.desk().ports().fleet;
        fleet
            .as_ref()
            .is_some_and(|standing| standing.health().connected)
    }

    /// Identifiers of what it reported.
    pub(super) fn reports(&self) -> Vec<String> {
        self.desk
            .stage
            .store()
            .reports_to(Destination::Fleet)
            .unwrap_or_default()
    }

    /// Whether something of it has not arrived.
    pub(super) fn waits(&self) -> bool {
        let store = self.desk.stage.store();
        let waiting = store.outbox().map(|entries| {
            entries.iter().any(|entry| {
                entry.destination == Destination::Fleet && entry.state == OutboxState::Waiting
            })
        });
        waiting.unwrap_or(true)
            || store
                .unsynced_claims()
                .map_or(true, |claims| !claims.is_empty())
    }

    /// How many payees it knows to be paid twice.
    pub(super) fn conflicts(&self) -> usize {
        let conflicts = self.desk.stage.store().payee_conflicts();
        conflicts.map_or(0, |conflicts| conflicts.len())
    }

    /// Closes the desk.
    pub(super) async fn end(self) {
        let stop = self
            .desk
            .stop
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take();
        if let Some((stop, task)) = stop {
            // It may have ended already.
            let _ = stop.send(());
            let _ = task.await;
        }
    }
}

fn refusal(what: &'static str, status: StatusCode, answer: &Value) -> DayError {
    DayError::Refused {
        what,
        status: status.as_u16(),
        code: text(answer, "code").unwrap_or("-").to_owned(),
    }
}

fn text<'a>(answer: &'a Value, field: &str) -> Option<&'a str> {
    answer.get(field)?.as_str()
}

//! The demo's panel: simulated cards to lay on simulated readers. There in the demo alone.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::Value;

use super::Api;
use super::body::Body;
use super::problem::{self, Problem};
use crate::desk::ports::{Caller, Role};

/// What the demo's panel needs of the simulation.
pub trait DemoPanel: Send + Sync {
    /// Personas and defects: `{"personas": [{"name", "description", "qr", "mrz", "can"}],
    /// "defects": [{"id", "section", "result", "reason", "description"}], "policies": [names]}`.
    fn document(&self) -> Value;

    /// Lays a persona's card, with these defects, on a reader; a card that lies there goes. Blocks
    /// until the desk sees the card.
    ///
    /// # Errors
    /// [`UnknownCard`] where persona, defect or reader is not known.
    fn lay(&self, reader: &str, persona: &str, defects: &[String]) -> Result<(), UnknownCard>;

    /// Lifts whatever lies on a reader. Blocks until the desk sees it gone.
    ///
    /// # Errors
    /// [`UnknownCard`] where the reader is not known.
    fn lift(&self, reader: &str) -> Result<(), UnknownCard>;

    /// Lays a finger of a persona on the simulated sensor, such as `right-index`; none: lifts what lies
    /// there. Blocks for a moment.
    ///
    /// # Errors
    /// [`UnknownCard`] where persona or finger is not known.
    fn finger(&self, persona: &str, finger: Option<&str>) -> Result<(), UnknownCard>;

    /// What the simulated case system received, newest last.
    fn received(&self) -> Value;
}

/// A persona, a defect or a reader that the demo does not have: a sentence that says so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnknownCard(pub String);

impl From<UnknownCard> for Problem {
    fn from(unknown: UnknownCard) -> Self {
        Self::new(problem::UNKNOWN_CARD).detail(unknown.to_string())
    }
}

/// The routes of this file.
pub fn routes() -> Router<Api> {
    Router::new()
        .route("/v1/demo", get(document))
        .route("/v1/demo/lay", post(lay))
        .route("/v1/demo/lift", post(lift))
        .route("/v1/demo/finger", post(finger))
        .route("/v1/demo/received", get(received))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lay {
    reader: String,
    persona: String,
    #[serde(default)]
    defects: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lift {
    reader: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Press {
    persona: String,
    finger: Option<String>,
}

fn panel<'a>(api: &'a Api, caller: &Caller) -> Result<&'a dyn DemoPanel, Problem> {
    caller.must_be(&[Role::Clerk])?;
    api.demo.as_deref().ok_or_else(|| problem::NOT_FOUND.into())
}

async fn document(State(api): State<Api>, caller: Caller) -> Result<Json<Value>, Problem> {
    Ok(Json(panel(&api, &caller)?.document()))
}

async fn received(State(api): State<Api>, caller: Caller) -> Result<Json<Value>, Problem> {
    Ok(Json(panel(&api, &caller)?.received()))
}

async fn lay(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body<Lay>,
) -> Result<Json<Value>, Problem> {
    // Making a card takes signatures and key pairs.
    at_panel(api, &caller, move |panel| {
        panel.lay(&body.reader, &body.persona, &body.defects)
    })
    .await
}

async fn lift(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body<Lift>,
) -> Result<Json<Value>, Problem> {
    at_panel(api, &caller, move |panel| panel.lift(&body.reader)).await
}

async fn finger(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body<Press>,
) -> Result<Json<Value>, Problem> {
    at_panel(api, &caller, move |panel| {
        panel.finger(&body.persona, body.finger.as_deref())
    })
    .await
}

/// Does something at the panel, on a thread that may block.
async fn at_panel(
    api: Api,
    caller: &Caller,
    work: impl FnOnce(&dyn DemoPanel) -> Result<(), UnknownCard> + Send + 'static,
) -> Result<Json<Value>, Problem> {
    panel(&api, caller)?;
    let done = tokio::task::spawn_blocking(move || api.demo.as_deref().map(work));
    match done.await {
        Ok(Some(done)) => done.map(|()| Json(Value::Null)).map_err(Problem::from),
        _ => Err(problem::INTERNAL_ERROR.into()),
    }
}

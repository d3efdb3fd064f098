//! The register that the desk asks: what it answers, and what it was asked.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Control;
use crate::desk::api::body::Body;
use crate::desk::api::problem::{Problem, ProblemDocument};
use crate::simulation::desk::stage::Stage;
use crate::simulation::register::{Answering, Asked};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Control> {
    OpenApiRouter::new().routes(routes!(look, set))
}

/// The register.
#[derive(Serialize, ToSchema)]
struct RegisterView {
    /// What it answers for each persona that has a personal number.
    #[schema(value_type = serde_json::Value)]
    answers: BTreeMap<String, Answering>,
    /// What it was asked, the oldest first: `request_id`, `personal_number`, `purpose`, `answering`; the
    /// newest thousand.
    #[schema(value_type = Vec<serde_json::Value>)]
    asked: Vec<Asked>,
}

fn view(stage: &Stage) -> Json<RegisterView> {
    let register = stage.register();
    let personas = stage.personas().into_iter();
    let citizens = personas.filter(|persona| !persona.personal_number.is_empty());
    Json(RegisterView {
        answers: citizens
            .map(|persona| {
                let answering = register.answering(&persona.personal_number);
                (persona.name, answering)
            })
            .collect(),
        asked: register.asked(),
    })
}

/// What the register answers, and what it was asked.
#[utoipa::path(
    get, path = "/v1/register", operation_id = "look_at_register", tag = "register",
    responses((status = 200, body = RegisterView)),
    security(("token" = [])),
)]
async fn look(State(control): State<Control>) -> Json<RegisterView> {
    view(&control.stage)
}

/// What the register answers from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetRegister {
    /// For this persona; without it for all of whom nothing else was said.
    persona: Option<String>,
    /// `"match"`, `"differs"`, `"lost"`, `"unknown"`, `"slow"` (held back until it is told another
    /// one), `"down"` or `"rubbish"`.
    #[schema(value_type = String)]
    answer: Answering,
}

/// Tells the register what to answer; at the start and after a reset everybody matches.
#[utoipa::path(
    put, path = "/v1/register", operation_id = "set_register", tag = "register", request_body = SetRegister,
    responses(
        (status = 200, body = RegisterView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn set(
    State(control): State<Control>,
    Body(body): Body<SetRegister>,
) -> Result<Json<RegisterView>, Problem> {
    let stage = &control.stage;
    let persona = match &body.persona {
        Some(name) => Some(stage.persona(name)?),
        None => None,
    };
    let number = persona.as_ref().map(|one| one.personal_number.as_str());
    stage.register().answer(number, body.answer);
    Ok(view(stage))
}

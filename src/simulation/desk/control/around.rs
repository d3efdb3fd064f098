//! Clock, service, case system, catalogue, and the whole stage.

use core::time::Duration;

use axum::Json;
use axum::extract::rejection::{QueryRejection, StringRejection};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use cccd_sim::personas::written::{self, Mistake};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Control;
use super::problem::{NOT_REACHED, PERSONA_MALFORMED, invalid};
use super::readers::ReaderView;
use crate::desk::api::body::Body;
use crate::desk::api::problem::{Problem, ProblemDocument};
use crate::simulation::case_system::{Fault, Received};
use crate::simulation::desk::refusal::StageRefusal;
use crate::simulation::desk::stage::Stage;
use crate::simulation::listed;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Control> {
    OpenApiRouter::new()
        .routes(routes!(look))
        .routes(routes!(catalogue))
        .routes(routes!(write))
        .routes(routes!(set_clock))
        .routes(routes!(set_service))
        .routes(routes!(set_case_system))
        .routes(routes!(received))
        .routes(routes!(reset))
}

/// The whole stage.
#[derive(Serialize, ToSchema)]
struct StageView {
    /// Every reader, by name.
    readers: Vec<ReaderView>,
    /// What the desk's clock shows, RFC 3339.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String)]
    now: OffsetDateTime,
    /// How the case system fails: `"none"`, `"down"`, `{"refuse": 422}` and so on.
    #[schema(value_type = Value)]
    case_system: Fault,
    /// How many reports it holds.
    received: usize,
}

fn view(stage: &Stage) -> Json<StageView> {
    use cccd_port::Clock as _;
    let readers = stage.readers().into_iter();
    Json(StageView {
        readers: readers
            .map(|(name, plugged, card)| ReaderView {
                name,
                plugged,
                card,
            })
            .collect(),
        now: stage.clock().now(),
        case_system: stage.case_system().fault(),
        received: stage.case_system().received().len(),
    })
}

/// The whole stage.
#[utoipa::path(
    get, path = "/v1/stage", tag = "stage",
    responses((status = 200, body = StageView)),
    security(("token" = [])),
)]
async fn look(State(control): State<Control>) -> Json<StageView> {
    view(&control.stage)
}

/// Personas and defects with what each must yield, as `simulate list --json` has them.
#[utoipa::path(
    get, path = "/v1/catalogue", tag = "stage",
    responses((status = 200, body = Value)),
    security(("token" = [])),
)]
async fn catalogue(State(control): State<Control>) -> Json<Value> {
    let personas: Vec<Value> = control.stage.personas().iter().map(listed).collect();
    Json(json!({ "personas": personas, "defects": cccd_sim::defects() }))
}

/// Takes a persona of one's own in, in place of a written one of that name: the body is its file
/// (TOML, docs/personas.md). A portrait cannot be named here. A reset forgets it.
#[utoipa::path(
    post, path = "/v1/personas", tag = "stage",
    request_body(content = String, content_type = "application/toml"),
    responses(
        (status = 201, body = Value),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn write(
    State(control): State<Control>,
    text: Result<String, StringRejection>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let text = text.map_err(|_| invalid("the body is TOML in UTF-8, at most 64 KiB"))?;
    let mistaken = |mistake: Mistake| {
        Problem::new(PERSONA_MALFORMED)
            .detail(mistake.to_string())
            .with("line", json!(mistake.line))
            .with("key", json!(mistake.key))
    };
    let written = written::parse(&text).map_err(mistaken)?;
    if let Some(portrait) = &written.portrait {
        return Err(mistaken(Mistake {
            line: portrait.line,
            key: "portrait".to_owned(),
            wrong: "names a file, and this desk reads none".to_owned(),
            right: "leave it out: a portrait is drawn".to_owned(),
        }));
    }
    let document = listed(&written.persona);
    control.stage.write(written)?;
    Ok((StatusCode::CREATED, Json(document)))
}

/// How to set the clock: exactly one of these.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetClock {
    /// The time of day from here on, RFC 3339, within a hundred years. Waits go on as they were.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>)]
    now: Option<OffsetDateTime>,
    /// Lets so much time pass at once: what waits for it is over.
    advance_seconds: Option<u64>,
    /// True: the machine's time of day again.
    machine: Option<bool>,
}

/// Sets the desk's clock, or lets time pass at once.
#[utoipa::path(
    put, path = "/v1/clock", tag = "stage", request_body = SetClock,
    responses(
        (status = 200, body = StageView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn set_clock(
    State(control): State<Control>,
    Body(body): Body<SetClock>,
) -> Result<Json<StageView>, Problem> {
    let clock = control.stage.clock();
    let done = match (body.now, body.advance_seconds, body.machine) {
        (Some(now), None, None) => clock.set(now),
        (None, Some(seconds), None) => clock.advance(Duration::from_secs(seconds)),
        (None, None, Some(true)) => {
            clock.follow_the_machine();
            true
        }
        _ => {
            return Err(invalid(
                "exactly one of now, advance_seconds and machine: true",
            ));
        }
    };
    if !done {
        return Err(StageRefusal::Bounds {
            what: "clock",
            bounds: "within a hundred years of the machine's",
        }
        .into());
    }
    Ok(view(&control.stage))
}

/// Whether the service behind the readers runs.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetService {
    running: bool,
}

/// Starts or stops the service behind all readers. Answers once the desk sees it.
#[utoipa::path(
    put, path = "/v1/service", tag = "stage", request_body = SetService,
    responses(
        (status = 200, body = StageView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn set_service(
    State(control): State<Control>,
    Body(body): Body<SetService>,
) -> Result<Json<StageView>, Problem> {
    control
        .on_stage(move |stage| {
            stage.service(body.running);
            Ok(view(stage))
        })
        .await
}

/// How the case system fails.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetCaseSystem {
    /// `"none"`, `"down"`, `"slow"`, `"lost-receipt"`, `"unavailable"`, `{"refuse": 422}`,
    /// `"not-json"`, `"oversize"`, `"wrong-receipt"` or `"redirect"`.
    #[schema(value_type = Value)]
    fault: Fault,
}

/// Makes the case system fail, or heals it (`"none"`).
#[utoipa::path(
    put, path = "/v1/case-system", tag = "case system", request_body = SetCaseSystem,
    responses(
        (status = 200, body = StageView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn set_case_system(
    State(control): State<Control>,
    Body(body): Body<SetCaseSystem>,
) -> Result<Json<StageView>, Problem> {
    if let Fault::Refuse(status) = body.fault
        && !(400..=499).contains(&status)
    {
        return Err(StageRefusal::Bounds {
            what: "fault.refuse",
            bounds: "a status of 400 to 499",
        }
        .into());
    }
    control.stage.case_system().set_fault(body.fault);
    Ok(view(&control.stage))
}

/// Which reports.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Of this session alone.
    session: Option<String>,
    /// Of this case alone.
    case_ref: Option<String>,
    /// Waits until there are so many.
    at_least: Option<usize>,
    /// How long to wait for them, in seconds: 10, and at most 60.
    within: Option<u64>,
}

impl Which {
    fn is_meant(&self, received: &Received) -> bool {
        let session = self.session.as_ref();
        session.is_none_or(|session| received.session == *session)
            && (self.case_ref.is_none() || self.case_ref == received.case_ref)
    }
}

/// What the case system received, the oldest first; the newest thousand.
#[derive(Serialize, ToSchema)]
struct Reports {
    /// Each with `report_id`, `receipt_id`, `received_at`, `deliveries`, `sha256`, `session`,
    /// `case_ref`, the signed `jws` as it came, and the `event` in it.
    #[schema(value_type = Vec<Value>)]
    received: Vec<Received>,
}

/// What the case system received. Waits until there are enough.
#[utoipa::path(
    get, path = "/v1/case-system/received", tag = "case system",
    params(Which),
    responses(
        (status = 200, body = Reports),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn received(
    State(control): State<Control>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Reports>, Problem> {
    let Query(which) =
        which.map_err(|_| invalid("session, case_ref, at_least and within: numbers as digits"))?;
    let case_system = control.stage.case_system();
    let wanted = which.at_least.unwrap_or(0);
    let within = Duration::from_secs(which.within.unwrap_or(10).min(60));
    let enough = |all: &[Received]| {
        all.iter()
            .filter(|received| which.is_meant(received))
            .count()
            >= wanted
    };
    let reached = tokio::time::timeout(within, case_system.wait_until(enough)).await;
    let mut received = case_system.received();
    received.retain(|received| which.is_meant(received));
    if reached.is_err() {
        return Err(Problem::new(NOT_REACHED).with("received", json!(received.len())));
    }
    Ok(Json(Reports { received }))
}

/// As it was at the start: open sessions called off, readers empty, the clock the machine's, the
/// case system well and without reports, the register matching everybody, written personas forgotten. What the desk recorded stays.
#[utoipa::path(
    post, path = "/v1/reset", tag = "stage",
    responses(
        (status = 200, body = StageView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn reset(State(control): State<Control>) -> Result<Json<StageView>, Problem> {
    control
        .on_stage(|stage| {
            stage.reset()?;
            Ok(view(stage))
        })
        .await
}

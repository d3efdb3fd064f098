//! What is not a session: readers, health, trust, keys, outbox, words, pairing.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::auth::page_cookie;
use super::body::Body;
use super::problem::{self, Problem, ProblemDocument};
use super::{Api, payees};
use crate::decision::{CheckId, CheckResult, reason};
use crate::desk::fleet::view::FleetHealth;
use crate::desk::ports::{Caller, DeliveryReason, Role, Trouble};
use crate::desk::purging::PurgeHealth;
use crate::desk::refusal::Refusal;
use crate::desk::scanning::{DeviceView, FaultView};
use crate::desk::trust::age::{Alarm, Urgency};
use crate::desk::trust::view::TrustHealth;
use crate::desk::wording::fingers::sensor_fault;
use crate::desk::wording::{Group, Words, check_title, group, result_title};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(readers))
        .routes(routes!(health))
        .routes(routes!(keys))
        .routes(routes!(outbox))
        .routes(routes!(trust))
        .routes(routes!(catalogue))
        .routes(routes!(pair))
        .routes(routes!(who_am_i))
}

/// Readers, and whether their service answers.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes JSON")]
struct ReadersDocument {
    /// False while the smart card service does not answer.
    service: bool,
    /// By name.
    readers: Vec<ReaderDocument>,
}

/// One reader.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes JSON")]
struct ReaderDocument {
    /// As its driver names it; what `POST /v1/sessions` takes.
    name: String,
    /// As people know it.
    display_name: String,
    /// True while a card lies on it.
    card: bool,
    /// True while a session holds it.
    in_use: bool,
}

/// Readers and cards now.
#[utoipa::path(
    get, path = "/v1/readers", tag = "desk",
    responses(
        (status = 200, body = ReadersDocument),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn readers(State(api): State<Api>, _caller: Caller) -> Json<Value> {
    Json(api.desk.readers_view())
}

/// How the desk is.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `ok`, or `degraded` where one of the parts is not.
    status: &'static str,
    /// The program's version.
    version: &'static str,
    /// Whether the smart card service answers.
    card_service: bool,
    /// How many readers are attached.
    readers: usize,
    /// The code scanners that have a line of their own.
    scanners: Vec<DeviceView>,
    /// The desk's own cameras, each with the fault of its last use.
    cameras: Vec<DeviceView>,
    /// Whether the store answers.
    store: bool,
    /// What keeps the desk from recording, or soon will: disk, database, clock. Each with what to do.
    troubles: Vec<FaultView>,
    /// What is trusted, and what of it is stale; null where it cannot be used.
    #[schema(value_type = Option<Object>)]
    trust: Option<TrustHealth>,
    /// The fingerprint sensor; null where none is set up.
    fingerprint_sensor: Option<SensorHealth>,
    /// How the membership of a fleet is; null for a desk on its own.
    fleet: Option<FleetHealth>,
    /// Whether personal data goes when its term is over.
    purge: PurgeHealth,
    /// True where everything is simulated.
    demo: bool,
}

/// How the fingerprint sensor is.
#[derive(Serialize, ToSchema)]
struct SensorHealth {
    /// Its model.
    model: String,
    /// What was wrong when it was used last, such as `sensor-lost`; null where nothing was.
    fault: Option<&'static str>,
}

/// How the desk is; needs no token and says nothing of anyone.
#[utoipa::path(get, path = "/v1/health", tag = "desk", responses((status = 200, body = Health)))]
async fn health(State(api): State<Api>) -> Json<Health> {
    let readers = api.desk.readers();
    let store = blocking(&api, |api| api.desk.ports().conclusions.keys())
        .await
        .is_ok();
    let troubles = blocking(&api, |api| Ok(api.desk.ports().conclusions.troubles()))
        .await
        .unwrap_or_default();
    let trust = blocking(&api, |api| api.desk.ports().trust.health())
        .await
        .ok();
    let trusts = trust.as_ref().is_some_and(|trust| {
        let fault = |alarm: &Alarm| alarm.urgency == Urgency::Fault;
        !trust.alarms.iter().any(fault)
    });
    let scanners = api.desk.scanners().view();
    let cameras = api.desk.ports().cameras.view();
    let devices = scanners.iter().chain(&cameras);
    let ready = devices.into_iter().all(|device| device.fault.is_none());
    let purge = api.desk.ports().purging.health();
    let fleet = match api.desk.ports().fleet.clone() {
        Some(standing) => tokio::task::spawn_blocking(move || standing.health())
            .await
            .ok(),
        None => None,
    };
    let shut_out = fleet.as_ref().is_some_and(FleetHealth::is_faulty);
    let attached = readers.service && !readers.readers.is_empty();
    let good =
        ready && attached && store && troubles.is_empty() && !purge.failed && trusts && !shut_out;
    Json(Health {
        status: if good { "ok" } else { "degraded" },
        version: env!("CARGO_PKG_VERSION"),
        card_service: readers.service,
        readers: readers.readers.len(),
        scanners,
        cameras,
        store,
        troubles: troubles.into_iter().map(FaultView::from).collect(),
        trust,
        fingerprint_sensor: api
            .desk
            .ports()
            .fingers
            .as_ref()
            .map(|taking| SensorHealth {
                model: taking.sensor().to_owned(),
                fault: taking.fault().map(|fault| sensor_fault(fault).0),
            }),
        fleet,
        purge,
        demo: api.demo.is_some(),
    })
}

/// The public keys that reports are signed with, as a JWK set (RFC 7517); needs no token.
#[utoipa::path(
    get, path = "/v1/keys", tag = "reports",
    responses(
        (status = 200, body = Object),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
async fn keys(State(api): State<Api>) -> Result<Json<Value>, Problem> {
    Ok(Json(
        blocking(&api, |api| api.desk.ports().conclusions.keys()).await?,
    ))
}

/// Reports without a receipt, oldest first.
#[utoipa::path(
    get, path = "/v1/outbox", tag = "reports",
    responses(
        (status = 200, body = Object),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn outbox(State(api): State<Api>, caller: Caller) -> Result<Json<Value>, Problem> {
    caller.must_be(&[Role::Operator, Role::Auditor])?;
    Ok(Json(
        blocking(&api, |api| api.desk.ports().conclusions.outbox()).await?,
    ))
}

/// What is trusted: anchors, lists, imports, and what was distrusted.
#[utoipa::path(
    get, path = "/v1/trust", tag = "desk",
    responses(
        (status = 200, body = Object),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn trust(State(api): State<Api>, caller: Caller) -> Result<Json<Value>, Problem> {
    caller.must_be(&[Role::Operator, Role::Auditor])?;
    Ok(Json(
        blocking(&api, |api| api.desk.ports().trust.document()).await?,
    ))
}

/// Asks the store, on a thread that may block.
pub(super) async fn blocking<T: Send + 'static>(
    api: &Api,
    ask: impl FnOnce(&Api) -> Result<T, crate::desk::ports::NotRecorded> + Send + 'static,
) -> Result<T, Problem> {
    let api = api.clone();
    match tokio::task::spawn_blocking(move || ask(&api)).await {
        Ok(Ok(answer)) => Ok(answer),
        _ => Err(Refusal::NotRecorded.into()),
    }
}

/// Every word that the page shows of reasons, notes, checks and results.
#[derive(Serialize, ToSchema)]
struct Catalogue {
    /// Reasons of a verdict.
    reasons: Vec<ReasonWords>,
    /// Notes of a check.
    #[schema(value_type = Vec<Object>)]
    notes: Vec<reason::note::Note>,
    /// Checks in their order, with the group that each belongs to.
    checks: Vec<CheckWords>,
    /// Groups in the order of the page.
    groups: Vec<GroupWords>,
    /// Results of a check.
    results: Vec<ResultWords>,
    /// Problems of this API.
    problems: Vec<ProblemWords>,
    /// What keeps the desk from recording: disk, database, clock.
    troubles: Vec<FaultView>,
    /// Why a report has not reached the case system.
    deliveries: Vec<FaultView>,
}

/// A reason and what the clerk is told.
#[derive(Serialize, ToSchema)]
struct ReasonWords {
    code: &'static str,
    #[schema(value_type = String)]
    class: reason::Class,
    sentence: Words,
    next_action: Words,
    clause: &'static str,
}

/// A check and what it is called.
#[derive(Serialize, ToSchema)]
struct CheckWords {
    id: String,
    group: Group,
    title: Words,
}

/// A group of checks and its heading.
#[derive(Serialize, ToSchema)]
struct GroupWords {
    id: Group,
    title: Words,
}

/// A result and what it is called.
#[derive(Serialize, ToSchema)]
struct ResultWords {
    #[schema(value_type = String)]
    id: CheckResult,
    title: Words,
}

/// A problem of this API.
#[derive(Serialize, ToSchema)]
struct ProblemWords {
    code: &'static str,
    status: u16,
    sentence: Words,
    next_action: Words,
}

/// Every reason, check and problem with its words in Vietnamese and English; needs no token.
#[utoipa::path(get, path = "/v1/reasons", tag = "words", responses((status = 200, body = Catalogue)))]
async fn catalogue() -> Json<Catalogue> {
    let reasons = reason::all().map(|reason| {
        let entry = reason.entry();
        ReasonWords {
            code: entry.code,
            class: entry.class,
            sentence: entry.sentence.into(),
            next_action: entry.next_action.into(),
            clause: entry.clause,
        }
    });
    let checks = all_checks().map(|id| CheckWords {
        id: id.name(),
        group: group(id),
        title: check_title(id),
    });
    let groups = Group::ALL.map(|id| GroupWords {
        id,
        title: id.title().into(),
    });
    let results = RESULTS.map(|id| ResultWords {
        id,
        title: result_title(id).into(),
    });
    let problems = problem::ALL
        .iter()
        .chain(problem::devices::ALL)
        .chain(payees::problems::ALL)
        .map(|kind| ProblemWords {
            code: kind.code,
            status: kind.status.as_u16(),
            sentence: kind.sentence.into(),
            next_action: kind.next_action.into(),
        });
    Json(Catalogue {
        reasons: reasons.collect(),
        notes: reason::note::all().collect(),
        checks: checks.collect(),
        groups: groups.into(),
        results: results.into(),
        problems: problems.collect(),
        troubles: Trouble::ALL.map(FaultView::from).into(),
        deliveries: DeliveryReason::ALL.map(FaultView::from).into(),
    })
}

const RESULTS: [CheckResult; 6] = [
    CheckResult::Successful,
    CheckResult::Failed,
    CheckResult::Undetermined,
    CheckResult::NotSupported,
    CheckResult::Aborted,
    CheckResult::NotPerformed,
];

/// Every check in its order, the hashes of all data groups among them.
fn all_checks() -> impl Iterator<Item = CheckId> {
    CheckId::ALL.into_iter().flat_map(|id| {
        let hashes = match id {
            CheckId::ComSod => 1..17,
            _ => 0..0,
        };
        core::iter::once(id).chain(hashes.map(CheckId::DgHash))
    })
}

/// A secret that the desk showed.
#[derive(Deserialize, ToSchema, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct PairBody {
    /// The secret: what follows `#pair=` in the address that the program printed.
    secret: String,
    /// `cookie` (the default) sets the page's cookie; `token` answers with a bearer token.
    #[serde(rename = "as")]
    wanted: Option<String>,
    /// Names the token for the operator.
    label: Option<String>,
}

/// Who is paired.
#[derive(Serialize, ToSchema)]
struct Paired {
    /// `clerk`, `case-system`, `operator` or `auditor`.
    #[schema(value_type = String)]
    role: Role,
    /// True where everything is simulated.
    demo: bool,
    /// The bearer token, where one was asked for. Shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// Pairs a page or a program by the secret that the desk showed.
#[utoipa::path(
    post, path = "/v1/pair", tag = "pairing", request_body = PairBody,
    responses(
        (status = 200, body = Paired),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
async fn pair(
    State(api): State<Api>,
    headers: HeaderMap,
    Body(body): Body<PairBody>,
) -> Result<Response, Problem> {
    let as_token = match body.wanted.as_deref() {
        None | Some("cookie") => false,
        Some("token") => true,
        Some(_) => {
            return Err(Problem::new(problem::INVALID_REQUEST).detail("as: cookie or token"));
        }
    };
    let label = body.label.clone().unwrap_or_else(|| "page".to_owned());
    if label.chars().count() > 64 || label.chars().any(char::is_control) {
        return Err(Problem::new(problem::INVALID_REQUEST).detail("label: up to 64 characters"));
    }
    let role = api
        .pairing
        .redeem(&body.secret)
        .ok_or(problem::PAIRING_REFUSED)?;
    let token = blocking(&api, move |api| api.desk.ports().tokens.issue(role, &label)).await?;
    let demo = api.demo.is_some();
    if as_token {
        let paired = Paired {
            role,
            demo,
            token: Some(token.0.to_string()),
        };
        return Ok(Json(paired).into_response());
    }
    let cookie = page_cookie(&headers, &token.0).ok_or(problem::INTERNAL_ERROR)?;
    let mut response = Json(Paired {
        role,
        demo,
        token: None,
    })
    .into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Who the caller is.
#[utoipa::path(
    get, path = "/v1/whoami", tag = "pairing",
    responses(
        (status = 200, body = Paired),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn who_am_i(State(api): State<Api>, caller: Caller) -> Json<Paired> {
    Json(Paired {
        role: caller.role,
        demo: api.demo.is_some(),
        token: None,
    })
}

/// Whatever else was asked for.
pub async fn nothing_here() -> Problem {
    problem::NOT_FOUND.into()
}

/// A method that an address does not take.
pub async fn no_such_method() -> Problem {
    problem::METHOD_NOT_ALLOWED.into()
}

/// The description of this API.
pub async fn description(State(api): State<Api>) -> Json<Value> {
    Json(api.description.as_ref().clone())
}

/// A description as JSON, for [`description`] and the test that compares it.
pub fn describe(openapi: &utoipa::openapi::OpenApi) -> Value {
    serde_json::to_value(openapi).unwrap_or_else(|_| json!({}))
}

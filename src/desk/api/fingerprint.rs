//! Fingers of the person in front: a press to be compared, and the enrolment for later visits.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::SERVING;
use super::body::Body;
use super::problem::{self, Problem, ProblemDocument};
use crate::biometrics::finger::Finger;
use crate::desk::conductor::finger::Enrol;
use crate::desk::ports::{Caller, Role};
use crate::desk::session::SessionId;
use crate::desk::session::view::SessionView;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(press, leave))
        .routes(routes!(enrol, forget))
}

/// Which finger is pressed.
#[derive(Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PressBody {
    /// One of `finger.known`, such as `right-index`; without it the first of them.
    finger: Option<String>,
}

/// What is enrolled.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolBody {
    /// Such as `right-index`.
    finger: String,
    /// Whether the person agreed, knowing what for and how long. Needed for the first press.
    #[serde(default)]
    consent: bool,
}

/// Takes one press of a finger on the desk's sensor, and compares it. Answers at once: how it goes on is
/// told by the session's events (`finger`, `session`), or asked with `until=finger`. A body is optional.
#[utoipa::path(
    post, path = "/v1/sessions/{id}/fingerprint", tag = "person",
    request_body(content = Option<PressBody>),
    params(("id" = String, Path, description = "The session.")),
    responses(
        (status = 202, body = SessionView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn press(
    State(api): State<Api>,
    caller: Caller,
    id: SessionId,
    body: Bytes,
) -> Result<(StatusCode, Json<SessionView>), Problem> {
    caller.must_be(SERVING)?;
    // Whose session it is comes before what is wrong with the body.
    api.desk.view(id, &caller)?;
    let body: PressBody = if body.is_empty() {
        PressBody::default()
    } else {
        serde_json::from_slice(&body).map_err(|_| Problem::new(problem::MALFORMED_JSON))?
    };
    let finger = body.finger.as_deref().map(named).transpose()?;
    let view = api.desk.finger(id, &caller, finger)?;
    Ok((StatusCode::ACCEPTED, Json(view)))
}

/// Calls the capture off that runs.
#[utoipa::path(
    delete, path = "/v1/sessions/{id}/fingerprint", tag = "person",
    params(("id" = String, Path, description = "The session.")),
    responses(
        (status = 200, body = SessionView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn leave(
    State(api): State<Api>,
    caller: Caller,
    id: SessionId,
) -> Result<Json<SessionView>, Problem> {
    caller.must_be(SERVING)?;
    Ok(Json(api.desk.leave_finger(id, &caller)?))
}

/// Takes one press of an enrolment: three that know each other are kept for later visits, sealed, until
/// they expire or are erased. Only after card and face were verified, and only with consent.
#[utoipa::path(
    post, path = "/v1/sessions/{id}/enrolment", tag = "person", request_body = EnrolBody,
    params(("id" = String, Path, description = "The session.")),
    responses(
        (status = 202, body = SessionView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn enrol(
    State(api): State<Api>,
    caller: Caller,
    id: SessionId,
    Body(body): Body<EnrolBody>,
) -> Result<(StatusCode, Json<SessionView>), Problem> {
    caller.must_be(&[Role::Clerk])?;
    api.desk.view(id, &caller)?;
    let wanted = Enrol {
        finger: named(&body.finger)?,
        consent: body.consent,
    };
    let view = api.desk.enrol(id, &caller, &wanted)?;
    Ok((StatusCode::ACCEPTED, Json(view)))
}

/// Erases every enrolled finger of the session's person, who asked for that.
#[utoipa::path(
    delete, path = "/v1/sessions/{id}/enrolment", tag = "person",
    params(("id" = String, Path, description = "The session.")),
    responses(
        (status = 200, body = SessionView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn forget(
    State(api): State<Api>,
    caller: Caller,
    id: SessionId,
) -> Result<Json<SessionView>, Problem> {
    caller.must_be(&[Role::Clerk])?;
    Ok(Json(api.desk.forget_fingers(id, &caller).await?))
}

fn named(name: &str) -> Result<Finger, Problem> {
    Finger::named(name).ok_or_else(|| {
        Problem::new(problem::INVALID_REQUEST)
            .detail("finger: right- or left-, and thumb, index, middle, ring or little")
    })
}

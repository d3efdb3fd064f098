//! The person in front: live pictures, the challenge, the clerk's look.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cccd_port::Frame;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::{Zeroize as _, Zeroizing};

use super::Api;
use super::auth::SERVING;
use super::body::Body;
use super::problem::{self, Problem, ProblemDocument};
use crate::biometrics::face::compare::{MAX_MOVING, MAX_STILLS};
use crate::biometrics::face::liveness::Nonce;
use crate::biometrics::face::liveness::challenge::TIME;
use crate::desk::conductor::person::{Attestation, Pictures, Taken};
use crate::desk::ports::{Caller, Role};
use crate::desk::session::SessionId;
use crate::desk::session::person::Look;
use crate::desk::session::view::SessionView;
use crate::document::Personal;
use crate::report::overridden::LONGEST_REASON;

/// Most bytes of a body with pictures: sixty of a movement in base64.
const MOST_BYTES: usize = 32 * 1_024 * 1_024;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(attestation))
        .routes(routes!(challenge))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(face))
                .layer(DefaultBodyLimit::max(MOST_BYTES)),
        )
}

/// Live pictures: `pictures`, `challenge` with `frames`, or `from` with or without `challenge`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FaceBody {
    /// `desk`: the desk takes them with its own camera, now; after a `challenge`, until its time is over.
    from: Option<From>,
    /// The camera that took them, as it calls itself: needed where the configuration names cameras. Of
    /// the desk's own ones, which is to take them.
    camera: Option<String>,
    /// JPEG or PNG in base64: 1 to 12, in any order. Three good ones are compared.
    #[serde(default)]
    pictures: Vec<String>,
    /// The nonce of a challenge of this session.
    challenge: Option<String>,
    /// What was seen after it, in order: up to 60.
    #[serde(default)]
    frames: Vec<FrameBody>,
}

/// Who takes the pictures.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum From {
    /// The desk, with its own camera.
    Desk,
}

/// A picture of a movement.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FrameBody {
    /// Milliseconds since the challenge was issued.
    at_ms: u32,
    /// JPEG or PNG in base64.
    picture: String,
}

impl Drop for FaceBody {
    fn drop(&mut self) {
        self.pictures.iter_mut().for_each(|text| text.zeroize());
        self.frames
            .iter_mut()
            .for_each(|frame| frame.picture.zeroize());
    }
}

/// What a clerk says of the person in front.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttestationBody {
    /// Whether the person is the one in the chip's portrait.
    look: Option<Look>,
    /// Whether the photo printed on the card is that portrait.
    printed_photo: Option<Look>,
    /// True: the verdict is wanted with what is there.
    #[serde(default)]
    done: bool,
    /// Why the case goes on although the verdict is open: where the policy lets the caller's role do so,
    /// after the verdict, alone in its body. 3 to 500 characters. Recorded and reported
    /// (`identity.overridden`); the verdict stays what it is.
    r#override: Option<String>,
}

impl Drop for AttestationBody {
    fn drop(&mut self) {
        self.r#override.zeroize();
    }
}

/// What the person before the camera is asked to do.
#[derive(Serialize, ToSchema)]
pub struct ChallengeView {
    /// Goes back with the pictures: once.
    nonce: String,
    /// `left` or `right`, as the person sees it; each time back to the front.
    turns: Vec<&'static str>,
    /// How long it may take.
    seconds: u64,
}

/// Compares live pictures of the person in front with the portrait in the chip. The body is JSON, or one
/// picture (`image/jpeg`, `image/png`). Answers when the comparison has ended: see `person` in the
/// session, or its verdict.
#[utoipa::path(
    post, path = "/v1/sessions/{id}/face", tag = "person",
    request_body = FaceBody,
    params(("id" = String, Path, description = "The session.")),
    responses(
        (status = 200, body = SessionView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn face(
    State(api): State<Api>,
    caller: Caller,
    id: SessionId,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<SessionView>, Problem> {
    caller.must_be(SERVING)?;
    // Whose session it is comes before what is wrong with the pictures.
    api.desk.view(id, &caller)?;
    let body = body.map_err(|_| Problem::new(problem::BODY_TOO_LARGE))?;
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let pictures = match kind.split(';').next().unwrap_or_default().trim() {
        "image/jpeg" | "image/png" => Pictures {
            camera: None,
            own: false,
            live: Taken::Stills(vec![Frame::new(Zeroizing::new(body.to_vec()))]),
        },
        "application/json" => {
            let body: FaceBody = serde_json::from_slice(&body)
                .map_err(|_| invalid("the JSON of FaceBody in /openapi.json"))?;
            if body.from.is_some() {
                let challenge = own_challenge(&body)?;
                let camera = body.camera.as_deref();
                let desk = &api.desk;
                let view = desk.face_by_own_camera(id, &caller, camera, challenge);
                return Ok(Json(view.await?));
            }
            pictures(&body)?
        }
        _ => {
            return Err(invalid(
                "Content-Type: application/json, image/jpeg or image/png",
            ));
        }
    };
    Ok(Json(api.desk.face(id, &caller, pictures).await?))
}

/// Asks the person before the camera to turn the head. A new challenge takes the place of an open one.
#[utoipa::path(
    post, path = "/v1/sessions/{id}/challenge", tag = "person",
    params(("id" = String, Path, description = "The session.")),
    responses(
        (status = 200, body = ChallengeView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn challenge(
    State(api): State<Api>,
    caller: Caller,
    id: SessionId,
) -> Result<Json<ChallengeView>, Problem> {
    caller.must_be(SERVING)?;
    let asked = api.desk.challenge(id, &caller)?;
    Ok(Json(ChallengeView {
        nonce: asked.nonce.to_string(),
        turns: asked.turns.iter().map(|turn| turn.name()).collect(),
        seconds: TIME.as_secs(),
    }))
}

/// The clerk's own look at both portraits, recorded with who looked; and the wish for the verdict with
/// what is there.
#[utoipa::path(
    post, path = "/v1/sessions/{id}/attestation", tag = "person",
    request_body = AttestationBody,
    params(("id" = String, Path, description = "The session.")),
    responses(
        (status = 200, body = SessionView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn attestation(
    State(api): State<Api>,
    caller: Caller,
    id: SessionId,
    Body(body): Body<AttestationBody>,
) -> Result<Json<SessionView>, Problem> {
    caller.must_be(&[Role::Clerk, Role::CaseSystem, Role::Operator])?;
    if let Some(why) = &body.r#override {
        if body.look.is_some() || body.printed_photo.is_some() || body.done {
            return Err(invalid("override: alone, after the verdict"));
        }
        let why = why.trim();
        let length = why.chars().count();
        if !(3..=LONGEST_REASON).contains(&length) || why.chars().any(char::is_control) {
            return Err(invalid(
                "override: 3 to 500 characters, none of them a control character",
            ));
        }
        let why = Personal::from(why);
        return Ok(Json(api.desk.override_verdict(id, &caller, why).await?));
    }
    caller.must_be(SERVING)?;
    let said = Attestation {
        look: body.look,
        printed_photo: body.printed_photo,
        done: body.done,
    };
    if said.look.is_none() && (said.printed_photo.is_some() || !said.done) {
        return Err(invalid("look: yes, no or unsure; or done: true"));
    }
    Ok(Json(api.desk.attest(id, &caller, &said)?))
}

/// The challenge that the desk's own camera is to follow.
fn own_challenge(body: &FaceBody) -> Result<Option<Nonce>, Problem> {
    if !body.pictures.is_empty() || !body.frames.is_empty() {
        return Err(invalid("from: without pictures and frames"));
    }
    let nonce = body.challenge.as_deref();
    let nonce = nonce.map(|text| Nonce::parse(text).ok_or_else(|| invalid("challenge: 32 digits")));
    nonce.transpose()
}

fn pictures(body: &FaceBody) -> Result<Pictures, Problem> {
    let frame = |text: &String| {
        STANDARD
            .decode(text)
            .map(|bytes| Frame::new(Zeroizing::new(bytes)))
            .map_err(|_| invalid("pictures: base64 of JPEG or PNG"))
    };
    let live = match (&body.challenge, body.pictures.len(), body.frames.len()) {
        (None, 1..=MAX_STILLS, 0) => {
            let frames = body.pictures.iter().map(frame);
            Taken::Stills(frames.collect::<Result<_, _>>()?)
        }
        (Some(nonce), 0, 1..=MAX_MOVING) => {
            let nonce = Nonce::parse(nonce).ok_or_else(|| invalid("challenge: 32 digits"))?;
            let frames = body
                .frames
                .iter()
                .map(|one| Ok((one.at_ms, frame(&one.picture)?)));
            Taken::Movement(nonce, frames.collect::<Result<_, Problem>>()?)
        }
        _ => {
            return Err(invalid(
                "pictures, 1 to 12; challenge with frames, 1 to 60; or from: desk",
            ));
        }
    };
    Ok(Pictures {
        camera: body.camera.clone(),
        own: false,
        live,
    })
}

fn invalid(detail: &'static str) -> Problem {
    Problem::new(problem::INVALID_REQUEST).detail(detail)
}

//! Sessions: open, look, hand over a key, cancel; portrait and evidence.

use core::time::Duration;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use time::Date;
use time::macros::format_description;
use tokio::time::{Instant, sleep_until};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::Api;
use super::auth::SERVING;
use super::body::Body;
use super::problem::{self, Problem, ProblemDocument};
use super::rooms;
use crate::decision::OnRecord;
use crate::desk::Opening;
use crate::desk::key::Handed;
use crate::desk::ports::Caller;
use crate::desk::purpose::Purpose;
use crate::desk::reading::Expected;
use crate::desk::refusal::Refusal;
use crate::desk::session::SessionId;
use crate::desk::session::view::SessionView;
use crate::document::{PartialDate, Personal, Sex};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(open, list))
        .routes(routes!(look, cancel))
        .routes(routes!(key))
        .routes(routes!(proposal))
        .routes(routes!(portrait))
        .routes(routes!(evidence))
}

/// What to open a session for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenSession {
    /// What for.
    purpose: Purpose,
    /// A policy other than the purpose's own; in the demo and in tests alone.
    policy: Option<String>,
    /// The case system's reference of the case, up to 128 characters.
    case_ref: Option<String>,
    /// Whom the case is about: decides check `dossier`. Compared, never trusted.
    expected: Option<ExpectedPerson>,
    /// What the case system has on record of the person. Changes no verdict: a report `verified` names
    /// each difference as a proposal of correction.
    record: Option<RecordedPerson>,
    /// The id of an imported list of payees that is paid today: nothing of another list is paid in the
    /// session. For the purpose `benefit-payment` alone.
    payee_list: Option<String>,
    /// The exact name of a reader; without it, one that is free.
    reader: Option<String>,
    /// The number of a scan that event `scan` says is held: it is the session's key. For a clerk's page
    /// alone, and once.
    held_scan: Option<u64>,
}

/// Whom the case is about.
#[derive(Deserialize, ToSchema, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub struct ExpectedPerson {
    /// 12 digits, or the nine of an old number.
    personal_number: Option<String>,
    /// With or without diacritics.
    name: Option<String>,
    /// ISO 8601.
    birth_date: Option<String>,
}

/// What the case system has on record of the person: any of these.
#[derive(Deserialize, ToSchema, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub struct RecordedPerson {
    /// 12 digits, or the nine of an old number.
    personal_number: Option<String>,
    /// With or without diacritics.
    name: Option<String>,
    /// ISO 8601, or the year alone.
    birth_date: Option<String>,
    /// `M` or `F`, `Nam` or `Nữ`.
    sex: Option<String>,
    /// Your own reference, up to 64 characters: no card has it, and the report gives it back.
    social_insurance_number: Option<String>,
}

/// A key: exactly one of `scan`, `qr`, `mrz`, `personal_number`, `can`, or the three typed fields
/// `document_number`, `birth_date`, `expiry_date` together.
#[derive(Deserialize, ToSchema, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
pub struct KeyBody {
    /// Whatever a scanner that types, or a clerk, put into one field: told by its form. A keyboard
    /// loses letters with diacritics: of a QR code its digits alone count (fields 1, 4 and 7), and
    /// only `qr` compares its name with the chip's. Every check digit of a zone must hold.
    scan: Option<String>,
    /// The text of the printed QR code.
    qr: Option<String>,
    /// The machine readable zone, line breaks optional.
    mrz: Option<String>,
    /// As printed in the machine readable zone.
    document_number: Option<String>,
    /// ISO 8601.
    birth_date: Option<String>,
    /// ISO 8601.
    expiry_date: Option<String>,
    /// 12 digits.
    personal_number: Option<String>,
    /// Six digits.
    can: Option<String>,
}

/// The caller's sessions.
#[derive(Serialize, ToSchema)]
pub struct Sessions {
    /// Oldest first.
    sessions: Vec<SessionView>,
}

/// Opens a session.
#[utoipa::path(
    post, path = "/v1/sessions", tag = "sessions", request_body = OpenSession,
    responses(
        (status = 201, body = SessionView, headers(("Location" = String, description = "The session."))),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn open(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body<OpenSession>,
) -> Result<impl IntoResponse, Problem> {
    caller.must_be(SERVING)?;
    let opening = opening(body)?;
    let ports = api.desk.ports();
    let (conclusions, policies) = (Arc::clone(&ports.conclusions), Arc::clone(&ports.policies));
    let begun = tokio::task::spawn_blocking(move || match conclusions.no_room() {
        Some(trouble) => Err(Refusal::NoRoom(trouble)),
        None => policies.now().map_err(|_| Refusal::NotRecorded),
    });
    let policies = begun.await.unwrap_or(Err(Refusal::NotReady))?;
    if let Some(list) = &opening.payee_list {
        super::payees::paid_today(&api, opening.purpose, list).await?;
    }
    let view = api.desk.open(opening, &policies, &caller)?;
    let location = format!("/v1/sessions/{}", view.id);
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Json(view),
    ))
}

/// The caller's sessions, oldest first.
#[utoipa::path(
    get, path = "/v1/sessions", tag = "sessions",
    responses(
        (status = 200, body = Sessions),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn list(State(api): State<Api>, caller: Caller) -> Result<Json<Sessions>, Problem> {
    caller.must_be(SERVING)?;
    Ok(Json(Sessions {
        sessions: api.desk.list(&caller),
    }))
}

/// How far a session is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// It waits for the person in front, or has come further.
    Person,
    /// No finger is being taken.
    Finger,
    /// Its verdict stands, or it ended without one.
    Decided,
    /// Besides, its report is receipted or refused for good, where one is due.
    Reported,
}

impl Until {
    fn is_reached(self, view: &SessionView) -> bool {
        let waits = match self {
            Self::Person if view.person.is_some() => return true,
            Self::Finger => {
                let finger = view.finger.as_ref();
                return finger.is_none_or(|finger| finger.capture.is_none());
            }
            Self::Person | Self::Decided => false,
            Self::Reported => view.report.as_ref().is_some_and(|report| report.is_open()),
        };
        !view.state.is_active() && !waits
    }
}

/// How to look at a session.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Look {
    /// Answers once the session has come so far; without it at once.
    until: Option<Until>,
    /// Answers after this many seconds at the latest, however far it has come; 15, and no more than
    /// that.
    within: Option<u64>,
}

/// The longest wait for a session, in seconds: an answer begins within 20.
const LONGEST_LOOK: u64 = 15;

/// Looks at a session, and waits for it where that is asked for: a caller that waits looks at
/// `state` in the answer, and asks again where it has not come so far.
#[utoipa::path(
    get, path = "/v1/sessions/{id}", tag = "sessions",
    params(("id" = String, Path, description = "The session."), Look),
    responses(
        (status = 200, body = SessionView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn look(
    State(api): State<Api>,
    caller: Caller,
    id: SessionId,
    look: Result<Query<Look>, QueryRejection>,
) -> Result<Json<SessionView>, Problem> {
    caller.must_be(SERVING)?;
    let Query(look) = look.map_err(|_| {
        Problem::new(problem::INVALID_REQUEST)
            .detail("until: person, finger, decided or reported; within: seconds")
    })?;
    let Some(until) = look.until else {
        return Ok(Json(api.desk.view(id, &caller)?));
    };
    let within = look.within.unwrap_or(LONGEST_LOOK).min(LONGEST_LOOK);
    let deadline = Instant::now() + Duration::from_secs(within);
    let (log, _, _) = api.desk.session_events(id, &caller)?;
    let mut newest = log.listen();
    let mut stopping = api.desk.stopping();
    loop {
        newest.borrow_and_update();
        let view = api.desk.view(id, &caller)?;
        if until.is_reached(&view) || Instant::now() >= deadline || *stopping.borrow() {
            return Ok(Json(view));
        }
        tokio::select! {
            _ = newest.changed() => {}
            _ = stopping.changed() => {}
            () = sleep_until(deadline) => {}
        }
    }
}

/// Calls a session off. One that has its verdict only forgets the person: what is recorded stays.
#[utoipa::path(
    delete, path = "/v1/sessions/{id}", tag = "sessions",
    params(("id" = String, Path, description = "The session.")),
    responses(
        (status = 200, body = SessionView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn cancel(
    State(api): State<Api>,
    caller: Caller,
    id: SessionId,
) -> Result<Json<SessionView>, Problem> {
    caller.must_be(SERVING)?;
    Ok(Json(api.desk.cancel(id, &caller)?))
}

/// Hands over the key that opens the chip.
#[utoipa::path(
    post, path = "/v1/sessions/{id}/key", tag = "sessions", request_body = KeyBody,
    params(("id" = String, Path, description = "The session.")),
    responses(
        (status = 202, body = SessionView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn key(
    State(api): State<Api>,
    caller: Caller,
    id: SessionId,
    Body(body): Body<KeyBody>,
) -> Result<impl IntoResponse, Problem> {
    caller.must_be(SERVING)?;
    // Whose session it is comes before what is wrong with the key.
    api.desk.view(id, &caller)?;
    let view = api.desk.key(id, &caller, body.handed()?)?;
    Ok((StatusCode::ACCEPTED, Json(view)))
}

/// What the clerk says of a proposal.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposalBody {
    /// The proposal's number.
    number: u32,
    /// True where the card says the same, character by character.
    right: bool,
}

/// Takes a proposal as the key, or rejects it: said by the clerk who compared it with the card.
#[utoipa::path(
    post, path = "/v1/sessions/{id}/proposal", tag = "sessions", request_body = ProposalBody,
    params(("id" = String, Path, description = "The session.")),
    responses(
        (status = 200, body = SessionView),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn proposal(
    State(api): State<Api>,
    caller: Caller,
    id: SessionId,
    Body(body): Body<ProposalBody>,
) -> Result<Json<SessionView>, Problem> {
    caller.must_be(SERVING)?;
    let desk = &api.desk;
    Ok(Json(desk.answer_proposal(
        id,
        &caller,
        body.number,
        body.right,
    )?))
}

/// The portrait of the chip, decoded and encoded anew; only when its hash is signed. Never cached.
#[utoipa::path(
    get, path = "/v1/sessions/{id}/portrait", tag = "sessions",
    params(("id" = String, Path, description = "The session.")),
    responses(
        (status = 200, body = [u8], content_type = "image/png"),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn portrait(
    State(api): State<Api>,
    caller: Caller,
    id: SessionId,
) -> Result<impl IntoResponse, Problem> {
    caller.must_be(SERVING)?;
    let portrait = api.desk.portrait(id, &caller)?;
    let png = portrait.png.reveal().clone();
    Ok((
        [
            (header::CONTENT_TYPE, "image/png"),
            (header::CACHE_CONTROL, "no-store"),
        ],
        png,
    ))
}

/// The evidence that `cccd-desk verify` accepts: a zip of the raw files and the transcript.
#[utoipa::path(
    get, path = "/v1/sessions/{id}/evidence", tag = "sessions",
    params(("id" = String, Path, description = "The session.")),
    responses(
        (status = 200, body = [u8], content_type = "application/zip"),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn evidence(
    State(api): State<Api>,
    caller: Caller,
    id: SessionId,
) -> Result<impl IntoResponse, Problem> {
    caller.must_be(SERVING)?;
    let zip = api.desk.evidence(id, &caller)?;
    rooms::blocking(&api, move |api| {
        api.desk.ports().conclusions.evidence_leaves(id, &caller)
    })
    .await?;
    let name = format!("attachment; filename=\"{id}.zip\"");
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, zip.reveal().clone()))
}

fn opening(body: OpenSession) -> Result<Opening, Problem> {
    if body
        .case_ref
        .as_deref()
        .is_some_and(|text| !is_text(text, 128))
    {
        return Err(invalid(
            "case_ref: 1 to 128 characters, none of them a control character",
        ));
    }
    let mut expected = Expected::default();
    if let Some(mut person) = body.expected {
        if person
            .personal_number
            .as_deref()
            .is_some_and(|text| !is_number(text))
        {
            return Err(invalid(
                "expected.personal_number: 12 digits, or the nine of an old number",
            ));
        }
        if person
            .name
            .as_deref()
            .is_some_and(|text| !is_text(text, 256))
        {
            return Err(invalid("expected.name: 1 to 256 characters"));
        }
        if person
            .birth_date
            .as_deref()
            .is_some_and(|text| !is_date(text))
        {
            return Err(invalid("expected.birth_date: an ISO 8601 date"));
        }
        expected = Expected {
            personal_number: person.personal_number.take().map(Personal::new),
            name: person.name.take().map(Personal::new),
            birth_date: person.birth_date.take().map(Personal::new),
            not_of_session: None,
        };
    }
    Ok(Opening {
        purpose: body.purpose,
        policy: body.policy,
        case_ref: body.case_ref,
        expected,
        record: body.record.map(on_record).transpose()?.unwrap_or_default(),
        payee_list: body.payee_list,
        reader: body.reader,
        held_scan: body.held_scan,
    })
}

fn invalid(field: &str) -> Problem {
    Problem::new(problem::INVALID_REQUEST).detail(field.to_owned())
}

fn is_text(text: &str, most: usize) -> bool {
    !text.is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control)
}

fn is_number(text: &str) -> bool {
    matches!(text.len(), 9 | 12) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_date(text: &str) -> bool {
    Date::parse(text, format_description!("[year]-[month]-[day]")).is_ok()
}

/// What is on record, each field in the form that it is compared in.
fn on_record(mut record: RecordedPerson) -> Result<OnRecord, Problem> {
    let field = |value: Option<String>, name: &str, is: &dyn Fn(&str) -> bool, form: &str| {
        let value = value.map(Personal::new);
        if value.as_ref().is_some_and(|text| !is(text.reveal())) {
            return Err(invalid(&format!("record.{name}: {form}")));
        }
        Ok(value)
    };
    let is_year = |text: &str| text.len() == 4 && text.parse::<PartialDate>().is_ok();
    Ok(OnRecord {
        personal_number: field(
            record.personal_number.take(),
            "personal_number",
            &is_number,
            "12 digits, or the nine of an old number",
        )?,
        name: field(
            record.name.take(),
            "name",
            &|text| is_text(text, 256),
            "1 to 256 characters",
        )?,
        birth_date: field(
            record.birth_date.take(),
            "birth_date",
            &|text| is_date(text) || is_year(text),
            "an ISO 8601 date, or its year alone",
        )?,
        sex: field(
            record.sex.take(),
            "sex",
            &|text| text.len() <= 32 && Sex::from_vietnamese(text).is_some(),
            "M or F, Nam or Nữ",
        )?,
        social_insurance_number: field(
            record.social_insurance_number.take(),
            "social_insurance_number",
            &|text| is_text(text, 64),
            "1 to 64 characters",
        )?,
    })
}

impl KeyBody {
    fn handed(&self) -> Result<Handed<'_>, Problem> {
        let typed = [&self.document_number, &self.birth_date, &self.expiry_date];
        let given = [
            &self.scan,
            &self.qr,
            &self.mrz,
            &self.personal_number,
            &self.can,
        ];
        let singles = given.iter().filter(|field| field.is_some()).count();
        let typed_given = typed.iter().filter(|field| field.is_some()).count();
        Ok(match (self, singles, typed_given) {
            (
                Self {
                    scan: Some(text), ..
                },
                1,
                0,
            ) => Handed::Wedge(text),
            (Self { qr: Some(text), .. }, 1, 0) => Handed::Qr(text),
            (
                Self {
                    mrz: Some(text), ..
                },
                1,
                0,
            ) => Handed::Mrz(text),
            (
                Self {
                    personal_number: Some(text),
                    ..
                },
                1,
                0,
            ) => Handed::Number(text),
            (
                Self {
                    can: Some(text), ..
                },
                1,
                0,
            ) => Handed::Can(text),
            (
                Self {
                    document_number: Some(document),
                    birth_date: Some(birth),
                    expiry_date: Some(expiry),
                    ..
                },
                0,
                3,
            ) => Handed::Typed {
                document_number: document,
                birth_date: birth,
                expiry_date: expiry,
            },
            _ => return Err(exactly_one()),
        })
    }
}

fn exactly_one() -> Problem {
    Problem::new(problem::INVALID_REQUEST).detail(
        "exactly one of scan, qr, mrz, personal_number, can; or document_number, birth_date and \
         expiry_date together",
    )
}

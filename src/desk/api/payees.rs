//! Who is to be paid, and that they were: counts for everyone at the desk, a person's entries for the
//! session that confirmed the person alone.

pub(crate) mod importing;
pub mod problems;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::Api;
use super::body::Body;
use super::problem::{self, Problem, ProblemDocument};
use crate::desk::conductor::payee::{Confirmed, NotConfirmed};
use crate::desk::ports::{
    Basis, Caller, Claim, ClaimRefused, Claimed, ListNow, OutboxState, Payable, Payees, Paying,
    Role, StoreError,
};
use crate::desk::purpose::Purpose;
use crate::desk::refusal::Refusal;
use crate::desk::session::SessionId;
use crate::document::name::{NameLikeness, likeness};
use crate::document::{PartialDate, PersonalNumber};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(overview))
        .merge(importing::routes())
        .routes(routes!(of_session))
        .routes(routes!(claim))
        .routes(routes!(undo))
        .routes(routes!(manual))
}

/// Lists and how far they are paid; names nobody.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes JSON")]
struct PayeesDocument {
    /// The newest first.
    lists: Vec<ListDocument>,
    /// How many entries were paid twice, at two desks.
    conflicts: u64,
    /// How many conflicts are over: one of the two payments was undone.
    resolved: u64,
    /// How many payments other desks have not heard of.
    unsynced: u64,
}

/// A list and how far it is paid.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes JSON")]
struct ListDocument {
    /// Its name.
    id: String,
    /// Who pays.
    issuer: String,
    /// The first day on which it is paid, ISO 8601.
    from: String,
    /// The last day.
    until: Option<String>,
    /// Whether it is paid today.
    current: bool,
    /// The key that signed it; null where nobody did.
    signer: Option<String>,
    /// SHA-256 of its content.
    sha256: String,
    /// RFC 3339.
    imported_at: String,
    /// Who imported it.
    imported_by: String,
    /// How many people.
    entries: u64,
    /// How many of them are paid.
    paid: u64,
    /// How many of those without a card.
    manual: u64,
    /// How many payments were undone.
    undone: u64,
    /// How much it sums up to, in đồng.
    total: i64,
    /// How much is paid, in đồng.
    total_paid: i64,
}

/// What a person is to be paid or was paid.
#[derive(Serialize, ToSchema)]
struct PayeeDocument {
    /// The oldest period first; empty where the person is on no list that is paid today.
    #[schema(value_type = Vec<EntryDocument>)]
    entries: Vec<Entry>,
    /// True where a test anchor was involved: worth nothing outside tests.
    test: bool,
}

#[derive(Serialize)]
struct Entry {
    #[serde(flatten)]
    payable: Payable,
    report: Option<OutboxState>,
    differs: Vec<&'static str>,
}

/// One entry of a list.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes JSON")]
struct EntryDocument {
    /// What a claim names.
    entry: i64,
    /// The list.
    list: String,
    /// Who pays.
    issuer: String,
    /// Whether somebody signed the list.
    signed: bool,
    /// For when: `2026-11`, `2026-Q4`, `2026`.
    period: String,
    /// How much, in đồng.
    amount: i64,
    /// The name as the list has it.
    name: String,
    /// The birth date as the list has it.
    birth_date: Option<String>,
    /// Where and when it was paid; null while it is open.
    claim: Option<ClaimDocument>,
    /// By which authorisation the person may take the money of another; null where it is their own.
    on_behalf: Option<OnBehalfDocument>,
    /// Where the same payee stands for the same period on another list of the same issuer. For the clerk to look
    /// at: nothing forbids to pay both.
    also_on: Vec<AlsoOnDocument>,
    /// Where the report of the payment stands: `waiting`, `delivered` or `refused`; null where none is due.
    report: Option<String>,
    /// What differs between list and card: `name`, `birth_date`. For the clerk to look at: the number
    /// decides.
    differs: Vec<String>,
}

/// An entry of another list for the same payee and period: paid today, or paid already.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes JSON")]
struct AlsoOnDocument {
    /// The list.
    list: String,
    /// For when.
    period: String,
    /// How much, in đồng.
    amount: i64,
    /// When it was paid there, RFC 3339; null while it is open.
    #[schema(format = DateTime)]
    paid_at: Option<String>,
    /// At which desk; null while it is open.
    paid_desk: Option<String>,
}

/// By which authorisation somebody takes the money of another.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes JSON")]
struct OnBehalfDocument {
    /// What a claim names.
    authorisation: String,
    /// `relative`, `guardian` or `attorney`.
    kind: String,
    /// What shows it.
    document: String,
    /// The last day that it counts.
    valid_until: String,
}

/// A payment.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes JSON")]
struct ClaimDocument {
    /// Its name.
    id: String,
    /// `verified` by a session, or `manual` by a supervisor.
    kind: String,
    /// The session.
    session: Option<String>,
    /// The authorisation by which somebody else took the money.
    authorisation: Option<String>,
    /// How much, in đồng.
    amount: i64,
    /// At which desk.
    desk: String,
    /// Who paid.
    clerk: String,
    /// RFC 3339.
    #[schema(format = DateTime)]
    at: String,
    /// True where a test anchor was involved.
    test: bool,
    /// True where another desk told of it.
    remote: bool,
    /// False while other desks have not heard of it.
    synced: bool,
    /// When and by whom it was undone.
    #[schema(value_type = Option<Object>)]
    undone: Option<Value>,
}

/// A payment that was noted.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes JSON")]
struct ClaimedDocument {
    /// Names the payment.
    claim: String,
    /// The list.
    list: String,
    /// For when.
    period: String,
    /// How much, in đồng.
    amount: i64,
    /// `verified` or `manual`.
    kind: String,
    /// RFC 3339.
    #[schema(format = DateTime)]
    at: String,
}

/// What is paid.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ClaimBody {
    /// The entry.
    entry: i64,
    /// The authorisation, where the money is another's.
    authorisation: Option<String>,
}

/// Why a payment is undone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UndoBody {
    /// 1 to 500 characters.
    reason: String,
}

/// A payment without a card.
#[derive(Deserialize, ToSchema, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct ManualBody {
    /// Of the person who stands there, as a supervisor confirmed it: 12 digits.
    personal_number: String,
    /// The list.
    list: String,
    /// For when, as the list shows it.
    period: String,
    /// The authorisation, where the money is another's.
    authorisation: Option<String>,
    /// Why no card shows who it is: 1 to 500 characters.
    reason: String,
    /// The case system's reference of the case, up to 200 characters.
    case_ref: Option<String>,
}

/// Lists, counts and sums; names nobody.
#[utoipa::path(
    get, path = "/v1/payees", tag = "payees",
    responses(
        (status = 200, body = PayeesDocument),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn overview(State(api): State<Api>, caller: Caller) -> Result<Json<Value>, Problem> {
    caller.must_be(&[Role::Operator, Role::Clerk])?;
    let overview = ask(&api, |payees| payees.overview().map_err(|_| unanswered())).await?;
    Ok(Json(
        serde_json::to_value(overview).map_err(|_| unanswered())?,
    ))
}

/// What the person of a session is to be paid or was paid, on the lists of the day, or on the one that the
/// session is about. The session must have ended verified for a payment; nobody is searched by name.
#[utoipa::path(
    get, path = "/v1/sessions/{id}/payee", tag = "payees",
    params(("id" = String, Path, description = "The session.")),
    responses(
        (status = 200, body = PayeeDocument),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn of_session(
    State(api): State<Api>,
    caller: Caller,
    id: SessionId,
) -> Result<Json<PayeeDocument>, Problem> {
    caller.must_be(&[Role::Clerk])?;
    let person = api.desk.confirmed(id, &caller)?;
    let test = person.test;
    let entries = ask(&api, move |payees| {
        let found = payees.payable(&person.number).map_err(|_| unanswered())?;
        found
            .into_iter()
            .filter(|payable| {
                person
                    .list
                    .as_ref()
                    .is_none_or(|list| payable.list == *list)
            })
            .map(|payable| {
                let claim = payable.claim.as_ref();
                let report = claim.map(|claim| payees.report(&claim.id)).transpose();
                Ok(Entry {
                    differs: differences(&person, &payable),
                    report: report.map_err(|_| unanswered())?.flatten(),
                    payable,
                })
            })
            .collect()
    })
    .await?;
    Ok(Json(PayeeDocument { entries, test }))
}

/// What differs between the list and the card: for the clerk to look at.
fn differences(person: &Confirmed, payable: &Payable) -> Vec<&'static str> {
    // The card is the representative's, the entry another's.
    if payable.on_behalf.is_some() {
        return Vec::new();
    }
    let name = person.name.as_ref().is_some_and(|name| {
        likeness(name.reveal(), payable.name.reveal()) == NameLikeness::Different
    });
    let parsed = |text: &str| text.parse::<PartialDate>().ok();
    let dates = person.birth_date.as_ref().zip(payable.birth_date.as_ref());
    let birth =
        dates.is_some_and(
            |(card, list)| match (parsed(card.reveal()), parsed(list.reveal())) {
                (Some(card), Some(list)) => !card.agrees_with(list),
                _ => false,
            },
        );
    [(name, "name"), (birth, "birth_date")]
        .into_iter()
        .filter_map(|(differs, what)| differs.then_some(what))
        .collect()
}

/// Notes that the person of a session was paid: once. A second claim is refused, and says where and when the
/// first was made (`claimed`).
#[utoipa::path(
    post, path = "/v1/sessions/{id}/payee/claim", tag = "payees", request_body = ClaimBody,
    params(("id" = String, Path, description = "The session.")),
    responses(
        (status = 201, body = ClaimedDocument),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn claim(
    State(api): State<Api>,
    caller: Caller,
    id: SessionId,
    Body(body): Body<ClaimBody>,
) -> Result<(StatusCode, Json<Claimed>), Problem> {
    caller.must_be(&[Role::Clerk])?;
    let person = api.desk.confirmed(id, &caller)?;
    let claimed = ask(&api, move |payees| {
        let session = id.to_string();
        Ok(payees.pay(&Paying {
            entry: body.entry,
            list: person.list.as_deref(),
            person: &person.number,
            authorisation: body.authorisation.as_deref(),
            basis: Basis::Session(&session),
            case_ref: None,
            clerk: &caller.id,
        })?)
    })
    .await?;
    Ok((StatusCode::CREATED, Json(claimed)))
}

/// Undoes a payment: the entry is open again. For supervisors.
#[utoipa::path(
    post, path = "/v1/payees/claims/{id}/undo", tag = "payees", request_body = UndoBody,
    params(("id" = String, Path, description = "The payment.")),
    responses(
        (status = 200, body = ClaimDocument),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn undo(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    Body(body): Body<UndoBody>,
) -> Result<Json<Claim>, Problem> {
    caller.must_be(&[Role::Operator])?;
    let undone = ask(&api, move |payees| {
        Ok(payees.undo(&id, &caller.id, &body.reason)?)
    });
    Ok(Json(undone.await?))
}

/// Notes that somebody was paid without a card, or with a dead chip: an exception of a supervisor, which
/// never counts as verified.
#[utoipa::path(
    post, path = "/v1/payees/manual", tag = "payees", request_body = ManualBody,
    responses(
        (status = 201, body = ClaimedDocument),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn manual(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body<ManualBody>,
) -> Result<(StatusCode, Json<Claimed>), Problem> {
    caller.must_be(&[Role::Operator])?;
    let person = PersonalNumber::parse(&body.personal_number)
        .map_err(|_| Problem::new(problem::INVALID_REQUEST).detail("personal_number: 12 digits"))?;
    let claimed = ask(&api, move |payees| {
        let authorisation = body.authorisation.as_deref();
        let meant = payees.entry(&person, &body.list, &body.period, authorisation);
        Ok(payees.pay(&Paying {
            entry: meant.map_err(|_| unanswered())?.ok_or(problems::NO_ENTRY)?,
            list: Some(&body.list),
            person: &person,
            authorisation,
            basis: Basis::Manual(&body.reason),
            case_ref: body.case_ref.as_deref(),
            clerk: &caller.id,
        })?)
    })
    .await?;
    Ok((StatusCode::CREATED, Json(claimed)))
}

/// Whether a session for that purpose may be about that list.
pub(super) async fn paid_today(api: &Api, purpose: Purpose, list: &str) -> Result<(), Problem> {
    if purpose != Purpose::BenefitPayment {
        return Err(problems::LIST_PURPOSE.into());
    }
    let id = list.to_owned();
    match ask(api, move |payees| {
        payees.list(&id).map_err(|_| unanswered())
    })
    .await?
    {
        ListNow::Current => Ok(()),
        ListNow::NotToday { from, until } => Err(Problem::new(problems::LIST_NOT_TODAY)
            .with("from", json!(from))
            .with("until", json!(until))),
        ListNow::Unknown { known } => {
            Err(Problem::new(problems::UNKNOWN_LIST).with("known", json!(known)))
        }
    }
}

/// Asks the port, on a thread that may block.
async fn ask<T: Send + 'static>(
    api: &Api,
    ask: impl FnOnce(&dyn Payees) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let payees = std::sync::Arc::clone(&api.desk.ports().payees);
    let asked = tokio::task::spawn_blocking(move || ask(payees.as_ref()));
    asked.await.unwrap_or_else(|_| Err(unanswered()))
}

fn unanswered() -> Problem {
    Refusal::NotRecorded.into()
}

impl From<NotConfirmed> for Problem {
    fn from(why: NotConfirmed) -> Self {
        match why {
            NotConfirmed::Refused(refusal) => refusal.into(),
            NotConfirmed::OtherPurpose => problems::OTHER_PURPOSE.into(),
            NotConfirmed::NotVerified => problems::NOT_VERIFIED.into(),
            NotConfirmed::Forgotten => problems::FORGOTTEN.into(),
        }
    }
}

impl From<ClaimRefused> for Problem {
    fn from(why: ClaimRefused) -> Self {
        match why {
            ClaimRefused::Claimed(first) => {
                Self::new(problems::CLAIMED).with("claimed", json!(first))
            }
            ClaimRefused::Elsewhere => problems::ELSEWHERE.into(),
            ClaimRefused::NotTaken => problems::NOT_TAKEN.into(),
            ClaimRefused::NoEntry => problems::NO_ENTRY.into(),
            ClaimRefused::OtherList { wanted } => {
                Self::new(problems::OTHER_LIST).with("payee_list", json!(wanted))
            }
            ClaimRefused::NotVerified => problems::NOT_VERIFIED.into(),
            ClaimRefused::NotAuthorised => problems::NOT_AUTHORISED.into(),
            ClaimRefused::AuthorisationOver { until } => {
                Self::new(problems::AUTHORISATION_OVER).with("until", json!(until))
            }
            ClaimRefused::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unknown { .. } => problems::UNKNOWN_CLAIM.into(),
            StoreError::State(_) => problems::UNDONE.into(),
            StoreError::Input {
                field,
                problem: why,
            } => Self::new(problem::INVALID_REQUEST).detail(format!("{field} {why}")),
            error => {
                tracing::error!(%error, "a payment could not be noted");
                unanswered()
            }
        }
    }
}

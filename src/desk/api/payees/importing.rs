//! Lists come in over HTTP: the file as it is in the body, what is said of it in the query.

use axum::Json;
use axum::body::to_bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::Zeroizing;

use super::super::Api;
use super::super::problem::{self, Problem, ProblemDocument};
use super::{ask, problems, unanswered};
use crate::desk::payees::importing::{Incoming, ListRefused, Taken};
use crate::desk::ports::{Caller, Role};
use crate::document::Date;
use crate::payees::signed::MAX_SIGNED;
use crate::payees::{Dong, Given, Period};
use crate::store::payees::ImportRefused;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(import))
}

/// What is said of a list. A CSV file says none of it; a JSON list says all, and what is said here must agree.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Said {
    /// Names the list; a JSON list names itself.
    list_id: Option<String>,
    /// Who pays.
    issuer: Option<String>,
    /// The first day on which it is paid, ISO 8601; without it today.
    date: Option<String>,
    /// The last day.
    until: Option<String>,
    /// For when, where the lines do not say, such as `2026-11`.
    period: Option<String>,
    /// How many people it must hold.
    count: Option<u64>,
    /// What it must sum up to, in đồng.
    total: Option<i64>,
    /// The signature beside it: a JWS with a detached payload.
    signature: Option<String>,
}

/// A list that was imported: what `cccd-desk payees import --json` prints.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportedDocument {
    /// What came in.
    #[schema(value_type = TakenDocument)]
    imported: Taken,
}

/// What came in.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes JSON")]
pub(crate) struct TakenDocument {
    /// The list.
    id: String,
    /// Who pays.
    issuer: String,
    /// How many people.
    entries: u64,
    /// How much together, in đồng.
    total: i64,
    /// The key that signed it; null where nobody did.
    signer: Option<String>,
    /// SHA-256 of its content.
    sha256: String,
    /// How many of them stand with the same period on another list that still counts.
    also_elsewhere: u64,
    /// How the file was written.
    written: WrittenDocument,
}

/// How the file was written.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes JSON")]
struct WrittenDocument {
    /// `json` or `csv`.
    form: String,
    /// Its characters.
    encoding: String,
    /// What stands between fields of CSV.
    delimiter: Option<String>,
    /// How many columns nothing was read from.
    columns_ignored: u64,
}

/// What a list may come as.
const MEDIA_TYPES: [&str; 4] = [
    "text/csv",
    "application/json",
    "application/jose",
    "application/jose+json",
];

/// Imports a list: all of it, or nothing. The body is the file, at most 42 MiB: CSV, JSON, or either in a JWS.
/// A refusal says in `refused` what `cccd-desk payees import --json` says. The same file a second time is
/// refused as `payee-list-imported`: whoever lost an answer asks again.
#[utoipa::path(
    post, path = "/v1/payees", tag = "payees", params(Said),
    request_body(
        content(
            (String = "text/csv"), (serde_json::Value = "application/json"),
            (String = "application/jose"), (serde_json::Value = "application/jose+json"),
        ),
        description = "The list, as docs/payees.md has it.",
    ),
    responses(
        (status = 201, body = ImportedDocument),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn import(
    State(api): State<Api>,
    caller: Caller,
    said: Result<Query<Said>, QueryRejection>,
    request: Request,
) -> Result<(StatusCode, Json<ImportedDocument>), Problem> {
    caller.must_be(&[Role::Operator])?;
    let said = Said::of(said)?;
    let given = said.given()?;
    // One at a time: so much is held in memory, whoever sends.
    let turn = api.importing.acquire().await;
    let _turn = turn.map_err(|_| Problem::new(problem::NOT_READY))?;
    let bytes = list(request).await?;
    let imported = ask(&api, move |payees| {
        Ok(payees.import(&Incoming {
            bytes: &bytes,
            signature: said.signature(),
            given: &given,
            by: &caller.id,
        })?)
    })
    .await?;
    Ok((StatusCode::CREATED, Json(ImportedDocument { imported })))
}

impl Said {
    /// What the query says.
    pub(crate) fn of(said: Result<Query<Self>, QueryRejection>) -> Result<Self, Problem> {
        let said = said.map_err(|_| {
            invalid("list_id, issuer, date, until, period, count, total, signature: each once; numbers as digits")
        });
        said.map(|Query(said)| said)
    }

    /// The same, as the importer has it.
    pub(crate) fn given(&self) -> Result<Given, Problem> {
        let day = |name: &str, text: &Option<String>| {
            let day = text.as_deref().map(str::parse::<Date>).transpose();
            day.map_err(|_| invalid(&format!("{name}: an ISO 8601 date")))
        };
        let period = self.period.as_deref().map(str::parse::<Period>).transpose();
        Ok(Given {
            id: self.list_id.clone(),
            issuer: self.issuer.clone(),
            from: day("date", &self.date)?,
            until: day("until", &self.until)?,
            period: period.map_err(|fault| invalid(&format!("period: {fault}")))?,
            count: self.count,
            total: self.total.map(Dong),
        })
    }

    /// The signature beside the list.
    pub(crate) fn signature(&self) -> Option<&[u8]> {
        self.signature.as_deref().map(str::as_bytes)
    }
}

impl ImportedDocument {
    /// What was taken.
    pub(crate) const fn of(imported: Taken) -> Self {
        Self { imported }
    }
}

/// The file that a request brings.
pub(crate) async fn list(request: Request) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let named = request.headers().get(CONTENT_TYPE);
    let named = named.and_then(|value| value.to_str().ok()).unwrap_or("");
    let named = named.split(';').next().unwrap_or("").trim();
    if !MEDIA_TYPES
        .iter()
        .any(|known| named.eq_ignore_ascii_case(known))
    {
        return Err(problems::LIST_MEDIA_TYPE.into());
    }
    let bytes = to_bytes(request.into_body(), MAX_SIGNED).await;
    let bytes = bytes.map_err(|_| Problem::new(problem::BODY_TOO_LARGE))?;
    Ok(Zeroizing::new(Vec::from(bytes)))
}

fn invalid(detail: &str) -> Problem {
    Problem::new(problem::INVALID_REQUEST).detail(detail)
}

impl From<ListRefused> for Problem {
    fn from(why: ListRefused) -> Self {
        let kind = match &why {
            ListRefused::Unsigned => problems::LIST_UNSIGNED,
            ListRefused::NoSignature | ListRefused::Signature(_) => problems::LIST_SIGNATURE,
            ListRefused::Keys(error) => {
                tracing::error!(%error, "no list can be imported");
                return problems::LIST_KEYS.into();
            }
            ListRefused::Faults(_) => problems::LIST_FAULTY,
            ListRefused::Import(ImportRefused::IdTaken { .. } | ImportRefused::SameFile { .. }) => {
                problems::LIST_IMPORTED
            }
            ListRefused::Import(ImportRefused::Store(error)) => {
                tracing::error!(%error, "a list could not be imported");
                return unanswered();
            }
        };
        Self::new(kind).with("refused", why.document())
    }
}

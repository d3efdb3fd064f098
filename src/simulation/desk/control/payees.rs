//! Lists of payees, for tests of payments.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Control;
use crate::config;
use crate::desk::api::payees::importing::{ImportedDocument, Said, list};
use crate::desk::api::problem::{self, Problem, ProblemDocument};
use crate::desk::payees::importing::{Incoming, Signers, import as take};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Control> {
    OpenApiRouter::new().routes(routes!(import))
}

/// Imports a list, signed by nobody: all of it, or nothing, with the answers of the desk's own `POST
/// /v1/payees`. It stays through a reset, as all that the desk recorded.
#[utoipa::path(
    post, path = "/v1/payees", tag = "payees", params(Said),
    request_body(
        content((String = "text/csv"), (serde_json::Value = "application/json")),
        description = "The list, as docs/payees.md has it.",
    ),
    responses(
        (status = 201, body = ImportedDocument),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn import(
    State(control): State<Control>,
    said: Result<Query<Said>, QueryRejection>,
    request: Request,
) -> Result<(StatusCode, Json<ImportedDocument>), Problem> {
    let said = Said::of(said)?;
    let given = said.given()?;
    let bytes = list(request).await?;
    let store = control.stage.store();
    let taken = tokio::task::spawn_blocking(move || {
        let incoming = Incoming {
            bytes: &bytes,
            signature: said.signature(),
            given: &given,
            by: "simulation",
        };
        let anybody = config::Payees {
            unsigned: config::Unsigned::Allow,
            ..config::Payees::default()
        };
        take(&store, &Signers::of(&anybody)?, &incoming)
    });
    let taken = taken
        .await
        .map_err(|_| Problem::new(problem::INTERNAL_ERROR))?;
    Ok((StatusCode::CREATED, Json(ImportedDocument::of(taken?))))
}

//! What comes in: JSON bodies and path parameters, refused as problem documents.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::problem::{self, Problem};
use crate::desk::session::SessionId;

/// Most bytes of a body.
pub const MOST_BYTES: usize = 64 * 1_024;

/// A JSON body.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let json = request.headers().get(CONTENT_TYPE).is_some_and(|value| {
            let kind = value
                .as_bytes()
                .split(|b| *b == b';')
                .next()
                .unwrap_or_default();
            kind.trim_ascii().eq_ignore_ascii_case(b"application/json")
        });
        if !json {
            return Err(problem::NOT_JSON.into());
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| {
                use axum::response::IntoResponse as _;
                let too_large = rejection.into_response().status().as_u16() == 413;
                Problem::new(if too_large {
                    problem::BODY_TOO_LARGE
                } else {
                    problem::MALFORMED_JSON
                })
            })?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            match error.classify() {
                Category::Data => {
                    Problem::new(problem::INVALID_REQUEST).detail(named(&error, place))
                }
                _ => Problem::new(problem::MALFORMED_JSON).detail(place),
            }
        })
    }
}

/// A message that names a field is handed on; one that may quote a value is not.
fn named(error: &serde_json::Error, place: String) -> String {
    let message = error.to_string();
    let names_field = [
        "unknown field",
        "missing field",
        "duplicate field",
        "unknown variant",
    ];
    if names_field.iter().any(|start| message.starts_with(start)) {
        message
    } else {
        place
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SessionId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(id) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::new(problem::UNKNOWN_SESSION))?;
        id.parse().map_err(|_| problem::UNKNOWN_SESSION.into())
    }
}

//! The description of an interface (OpenAPI 3.1) as a whole document.

use axum::http::StatusCode;
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

/// As JSON. Each response must say what it is (OpenAPI 3.1, 4.8.17); those of the routes have a schema
/// that does, so what stands here is the meaning of the status (RFC 9110).
pub(crate) fn describe(openapi: &OpenApi) -> Value {
    let mut document = serde_json::to_value(openapi).unwrap_or_else(|_| json!({}));
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let operations = paths
        .into_iter()
        .flat_map(|paths| paths.values_mut())
        .filter_map(Value::as_object_mut)
        .flat_map(|path| path.values_mut());
    for operation in operations {
        let responses = operation.get_mut("responses");
        let responses = responses.and_then(Value::as_object_mut);
        for (status, response) in responses.into_iter().flatten() {
            if let Some(response) = response.as_object_mut() {
                let said = response.entry("description").or_insert(json!(""));
                if *said == json!("") {
                    *said = json!(meaning(status));
                }
            }
        }
    }
    document
}

fn meaning(status: &str) -> &'static str {
    let known = status.parse().ok().and_then(|code: u16| {
        StatusCode::from_u16(code)
            .ok()
            .and_then(|code| code.canonical_reason())
    });
    // Only `default` is none: everything else that can happen.
    known.unwrap_or("An error, as a problem document")
}

//! The page and its parts, as they were when the program was built.

use axum::Router;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::RustEmbed;

use super::Api;
use super::problem::{self, Problem};

#[derive(RustEmbed)]
#[folder = "src/desk/page"]
struct Files;

/// The routes of this file.
pub fn routes() -> Router<Api> {
    Router::new()
        .route("/", get(|| async { file("index.html") }))
        .route(
            "/page/{name}",
            get(|Path(name): Path<String>| async move { file(&name) }),
        )
}

fn file(name: &str) -> Result<Response, Problem> {
    let kind = match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => return Err(problem::NOT_FOUND.into()),
    };
    let file = Files::get(name).ok_or(problem::NOT_FOUND)?;
    // Asked for anew each time: a page older than its program would be worse than one more read.
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    Ok((headers, file.data.into_owned()).into_response())
}

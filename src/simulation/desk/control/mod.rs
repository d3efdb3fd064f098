//! The stage over HTTP, for integration tests in any language. It has an address, a token and a
//! description of its own (`/openapi.json`); no web page is let in.
//!
//! # Layout
//! - here: the door, and who may pass
//! - `readers`: readers, cards and scans; `sensor`: fingers
//! - `devices`: scanners on lines, and the desk's own camera
//! - `register`: what the register answers
//! - `payees`: lists of people who are to be paid
//! - `around`: clock, service, case system, catalogue, reset
//! - [`problem`]: what is refused, and what would be right

mod around;
mod devices;
mod payees;
pub mod problem;
mod readers;
mod register;
mod sensor;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::Value;
use subtle::ConstantTimeEq;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{InfoBuilder, OpenApiBuilder};
use utoipa_axum::router::OpenApiRouter;
use zeroize::Zeroizing;

use super::refusal::StageRefusal;
use super::stage::Stage;
use crate::desk::api::description::describe;
use crate::desk::api::problem::{self as desk_problem, Problem};
use crate::desk::api::{Hosts, auth, guard};

/// Most bytes of a body: a persona with what is written about it.
const MOST_BYTES: usize = 256 * 1_024;

/// The token of a stage.
#[derive(Clone)]
pub struct ControlToken(Arc<Zeroizing<String>>);

impl ControlToken {
    /// A new one; `None` where the machine has no randomness to give.
    #[must_use]
    pub fn new() -> Option<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        SystemRandom::new().fill(bytes.as_mut()).ok()?;
        let text = URL_SAFE_NO_PAD.encode(bytes.as_ref());
        Some(Self(Arc::new(Zeroizing::new(text))))
    }

    /// The token in plain.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for ControlToken {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What requests share.
#[derive(Clone)]
struct Control {
    stage: Stage,
    token: ControlToken,
    hosts: Hosts,
    description: Arc<Value>,
}

/// The control API of a stage.
pub fn router(stage: Stage, token: ControlToken, hosts: Hosts) -> Router {
    let (routes, openapi) = described().split_for_parts();
    let control = Control {
        stage,
        token,
        hosts,
        description: Arc::new(describe(&openapi)),
    };
    routes
        .fallback(|| async { Problem::new(desk_problem::NOT_FOUND) })
        .method_not_allowed_fallback(|| async { Problem::new(desk_problem::METHOD_NOT_ALLOWED) })
        .layer(from_fn_with_state(control.clone(), holds_token))
        .route("/openapi.json", get(description))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(from_fn_with_state(control.clone(), no_page))
        .layer(CatchPanicLayer::custom(guard::broken))
        .layer(from_fn(guard::answer_headers))
        .with_state(control)
}

fn described() -> OpenApiRouter<Control> {
    let info = InfoBuilder::new()
        .title("cccd-desk: control of a simulated desk")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Readers, cards, scans, clock and case system of a simulated desk. `{reader}` is a \
             reader's name, or the last word of it (`A` for `Simulated Reader A`). Errors are \
             problem documents (RFC 9457).",
        ))
        .contact(None::<utoipa::openapi::Contact>)
        .build();
    let mut openapi = OpenApiBuilder::new().info(info).build();
    let components = openapi.components.get_or_insert_default();
    components.add_security_scheme(
        "token",
        SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
    );
    OpenApiRouter::with_openapi(openapi)
        .merge(readers::routes())
        .merge(sensor::routes())
        .merge(devices::routes())
        .merge(register::routes())
        .merge(payees::routes())
        .merge(around::routes())
}

/// The description of the control API (OpenAPI 3.1).
#[must_use]
pub fn openapi() -> Value {
    describe(&described().into_openapi())
}

async fn description(State(control): State<Control>) -> Json<Value> {
    Json(control.description.as_ref().clone())
}

/// Turns away whatever a browser sends from a page, this machine's own too.
async fn no_page(State(control): State<Control>, request: Request, next: Next) -> Response {
    if let Err(problem) = guard::check_site(&control.hosts, &request) {
        return problem.into_response();
    }
    if request.headers().contains_key(header::ORIGIN) {
        return Problem::new(desk_problem::ORIGIN_NOT_ALLOWED).into_response();
    }
    next.run(request).await
}

async fn holds_token(State(control): State<Control>, request: Request, next: Next) -> Response {
    let Some(presented) = auth::bearer(request.headers()) else {
        return Problem::new(desk_problem::TOKEN_MISSING).into_response();
    };
    let known = control.token.reveal().as_bytes();
    if !bool::from(known.ct_eq(presented.as_bytes())) {
        return Problem::new(desk_problem::TOKEN_UNKNOWN).into_response();
    }
    next.run(request).await
}

impl Control {
    /// Does something on the stage, on a thread that may block.
    async fn on_stage<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Stage) -> Result<T, StageRefusal> + Send + 'static,
    ) -> Result<T, Problem> {
        let stage = self.stage.clone();
        match tokio::task::spawn_blocking(move || work(&stage)).await {
            Ok(done) => Ok(done?),
            Err(_) => Err(desk_problem::INTERNAL_ERROR.into()),
        }
    }
}

//! The HTTP interface under `/v1`, and the page.
//!
//! # Layout
//! - [`sessions`], [`person`], [`payees`], [`stream`], [`rooms`], [`demo`], [`page`]: routes
//! - [`auth`], [`guard`], [`body`]: what a request must pass
//! - [`description`]: the interface as an OpenAPI document
//! - [`problem`]: errors, as RFC 9457 has them

pub mod auth;
pub mod body;
pub mod demo;
pub(crate) mod description;
mod fingerprint;
pub mod guard;
mod page;
pub(crate) mod payees;
mod person;
pub mod problem;
mod rooms;
mod sessions;
mod stream;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use serde_json::Value;
use tokio::sync::Semaphore;
use tower_governor::GovernorLayer;
use tower_governor::governor::GovernorConfigBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{InfoBuilder, OpenApiBuilder};
use utoipa_axum::router::OpenApiRouter;

use super::Desk;
use super::pairing::Pairing;
pub use demo::{DemoPanel, UnknownCard};
pub use guard::Hosts;

/// How many requests a caller may make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At once.
    pub burst: u32,
    /// Each second, for good.
    pub per_second: u32,
}

impl Default for Rate {
    fn default() -> Self {
        Self {
            burst: 1_000,
            per_second: 200,
        }
    }
}

/// All that a request may need.
#[derive(Clone)]
pub struct Api {
    desk: Desk,
    pairing: Arc<Pairing>,
    hosts: Hosts,
    demo: Option<Arc<dyn DemoPanel>>,
    description: Arc<Value>,
    /// Held by the one whose list is taken in.
    importing: Arc<Semaphore>,
}

/// What the interface is made of.
pub struct Interface {
    /// The desk that it serves.
    pub desk: Desk,
    /// The secret on offer.
    pub pairing: Arc<Pairing>,
    /// By which names it may be reached.
    pub hosts: Hosts,
    /// How many requests a caller may make.
    pub rate: Rate,
    /// The demo's panel, in the demo.
    pub demo: Option<Arc<dyn DemoPanel>>,
}

impl Interface {
    /// The interface as a service.
    pub fn router(self) -> Router {
        let (routes, openapi) = described().split_for_parts();
        let in_demo = self.demo.is_some();
        let api = Api {
            desk: self.desk,
            pairing: self.pairing,
            hosts: self.hosts,
            demo: self.demo,
            description: Arc::new(description::describe(&openapi)),
            importing: Arc::new(Semaphore::new(1)),
        };
        let mut routes = routes.route("/openapi.json", get(rooms::description));
        if in_demo {
            routes = routes.merge(demo::routes());
        }
        let mut limits = GovernorConfigBuilder::default().key_extractor(guard::ByToken);
        limits
            .burst_size(self.rate.burst.max(1))
            .per_nanosecond(1_000_000_000 / u64::from(self.rate.per_second.max(1)));
        if let Some(limits) = limits.finish() {
            routes = routes.layer(GovernorLayer::new(limits).error_handler(guard::too_many));
        }
        routes
            .fallback(rooms::nothing_here)
            .layer(from_fn_with_state(api.clone(), auth::identify))
            .merge(page::routes())
            .method_not_allowed_fallback(rooms::no_such_method)
            .layer(DefaultBodyLimit::max(body::MOST_BYTES))
            .layer(from_fn(guard::in_time))
            .layer(from_fn_with_state(api.clone(), guard::same_site))
            .layer(CatchPanicLayer::custom(guard::broken))
            .layer(from_fn(guard::answer_headers))
            .with_state(api)
    }
}

fn described() -> OpenApiRouter<Api> {
    let info = InfoBuilder::new()
        .title("cccd-desk")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Reads, proves and reports a Vietnamese citizen card at a service counter. \
             Errors are problem documents (RFC 9457).",
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
        .merge(sessions::routes())
        .merge(person::routes())
        .merge(fingerprint::routes())
        .merge(payees::routes())
        .merge(stream::routes())
        .merge(rooms::routes())
}

/// The description of the interface (OpenAPI 3.1).
#[must_use]
pub fn openapi() -> Value {
    description::describe(&described().into_openapi())
}

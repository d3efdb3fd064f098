//! What stands before every route: hosts and origins, rates, time, and the headers of an answer.

use core::time::Duration;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_governor::GovernorError;
use tower_governor::key_extractor::KeyExtractor;

use super::Api;
use super::auth::Presented;
use super::problem::{self, Problem};

/// By which names this desk may be reached. A page elsewhere whose own name points to this machine
/// (DNS rebinding) sends its own name, and is turned away.
#[derive(Clone, Debug)]
pub struct Hosts {
    hosts: Arc<[String]>,
    /// Other sites whose pages may call.
    origins: Arc<[String]>,
}

impl Hosts {
    /// The names of the loopback with that port.
    #[must_use]
    pub fn loopback(port: u16) -> Self {
        let hosts = ["127.0.0.1", "localhost", "[::1]"].map(|host| format!("{host}:{port}"));
        Self::new(hosts, [])
    }

    /// These names, each with its port; and these origins besides the desk's own pages.
    #[must_use]
    pub fn new(
        hosts: impl IntoIterator<Item = String>,
        origins: impl IntoIterator<Item = String>,
    ) -> Self {
        Self {
            hosts: hosts.into_iter().collect(),
            origins: origins.into_iter().collect(),
        }
    }

    fn allows(&self, host: &str) -> bool {
        self.hosts
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(host))
    }

    fn allows_origin(&self, origin: &str) -> bool {
        let host = origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"));
        host.is_some_and(|host| self.allows(host))
            || self.origins.iter().any(|allowed| allowed == origin)
    }

    /// The origin of a request, where the configuration names it.
    fn named_origin(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = single(headers, &header::ORIGIN)?;
        let named = self.origins.iter().any(|allowed| allowed == origin);
        named.then(|| headers.get(header::ORIGIN).cloned())?
    }
}

/// Turns away what came by another name, or from another site. A site that the configuration names
/// is let in, without cookies: its pages need a token of their own (WHATWG Fetch, 3.3).
pub async fn same_site(State(api): State<Api>, request: Request, next: Next) -> Response {
    if let Err(problem) = check_site(&api.hosts, &request) {
        return problem.into_response();
    }
    let Some(origin) = api.hosts.named_origin(request.headers()) else {
        return next.run(request).await;
    };
    let mut response = if request.method() == Method::OPTIONS {
        axum::http::StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type, last-event-id",
        ),
        (header::VARY, "origin"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    response.headers_mut().insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    );
    response
}

/// Whether a request came by a name of this desk, from no other site.
///
/// # Errors
/// [`problem::HOST_NOT_ALLOWED`] or [`problem::ORIGIN_NOT_ALLOWED`].
pub(crate) fn check_site(hosts: &Hosts, request: &Request) -> Result<(), Problem> {
    let headers = request.headers();
    let host = single(headers, &header::HOST).filter(|host| hosts.allows(host));
    let authority = request
        .uri()
        .authority()
        .map(axum::http::uri::Authority::as_str);
    if host.is_none() || authority.is_some_and(|authority| !hosts.allows(authority)) {
        return Err(problem::HOST_NOT_ALLOWED.into());
    }
    if headers.contains_key(header::ORIGIN)
        && !single(headers, &header::ORIGIN).is_some_and(|origin| hosts.allows_origin(origin))
    {
        return Err(problem::ORIGIN_NOT_ALLOWED.into());
    }
    // The page itself may be opened from a link elsewhere; nothing of the API may be fetched so.
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let fetched_elsewhere = matches!(site, Some(b"cross-site" | b"same-site"));
    let is_page = request.method() == Method::GET && !request.uri().path().starts_with("/v1");
    if fetched_elsewhere && !is_page && hosts.named_origin(headers).is_none() {
        return Err(problem::ORIGIN_NOT_ALLOWED.into());
    }
    Ok(())
}

fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// How long an answer may take to begin; streams then go on.
pub const ANSWER_TIME: Duration = Duration::from_secs(20);

/// Bounds the time until an answer begins.
pub async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(ANSWER_TIME, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(problem::TOO_SLOW).into_response(),
    }
}

/// Headers of every answer: nothing is kept, framed, guessed at or passed on.
pub async fn answer_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
             connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
        ),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Counts requests by the token that they carry: on the loopback all callers share an address.
/// Those without one, or with one that nobody holds, share a count.
#[derive(Clone, Debug)]
pub struct ByToken;

impl KeyExtractor for ByToken {
    type Key = Option<String>;

    fn extract<T>(&self, request: &axum::http::Request<T>) -> Result<Self::Key, GovernorError> {
        Ok(match request.extensions().get() {
            Some(Presented::Caller(caller)) => Some(caller.id.clone()),
            _ => None,
        })
    }
}

/// The problem document of a request that came too soon.
pub fn too_many(error: GovernorError) -> Response {
    let GovernorError::TooManyRequests { wait_time, .. } = error else {
        return Problem::new(problem::INTERNAL_ERROR).into_response();
    };
    let problem = Problem::new(problem::RATE_LIMITED).with("retry_after", wait_time.into());
    let mut response = problem.into_response();
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(wait_time.max(1)));
    response
}

/// The problem document of a handler that broke down; what it said goes nowhere.
pub fn broken(_: Box<dyn core::any::Any + Send>) -> Response {
    tracing::error!("a request broke a handler");
    Problem::new(problem::INTERNAL_ERROR).into_response()
}

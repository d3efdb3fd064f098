//! Who calls: a bearer token, or the page's cookie.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::Api;
use super::problem::{self, Problem};
use crate::desk::ports::{Caller, Role};

/// What a request says of its caller; each request carries one.
#[derive(Clone, Debug)]
pub enum Presented {
    /// Nothing.
    Nothing,
    /// A token that nobody holds.
    Unknown,
    /// A caller.
    Caller(Caller),
}

/// Notes who calls. Whether anyone needs to is up to each route.
pub async fn identify(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let token = bearer(request.headers()).or_else(|| cookie(request.headers()));
    let presented = match token {
        None => Presented::Nothing,
        Some(token) => match api.desk.ports().tokens.caller(token) {
            None => Presented::Unknown,
            Some(caller) => Presented::Caller(caller),
        },
    };
    request.extensions_mut().insert(presented);
    next.run(request).await
}

/// The token of a request, as RFC 6750 has it.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let wanted = cookie_name(headers);
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == wanted).then_some(value))
}

/// Browsers share cookies between the ports of a host: two desks must not share theirs.
fn cookie_name(headers: &HeaderMap) -> String {
    let host = headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("");
    let port = host.rsplit_once(':').map_or("", |(_, port)| port);
    let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    format!("cccd-desk-{}", if digits { port } else { "0" })
}

/// The cookie that pairs a page: out of reach for scripts and for other sites, gone with the shift.
pub fn page_cookie(headers: &HeaderMap, token: &str) -> Option<HeaderValue> {
    let name = cookie_name(headers);
    let mut value = HeaderValue::try_from(format!(
        "{name}={token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=43200"
    ))
    .ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match parts.extensions.get() {
            Some(Presented::Caller(caller)) => Ok(caller.clone()),
            Some(Presented::Unknown) => Err(problem::TOKEN_UNKNOWN.into()),
            Some(Presented::Nothing) | None => Err(problem::TOKEN_MISSING.into()),
        }
    }
}

impl Caller {
    /// Lets these roles pass.
    ///
    /// # Errors
    /// `role-not-allowed` for any other.
    pub(super) fn must_be(&self, roles: &[Role]) -> Result<(), Problem> {
        if roles.contains(&self.role) {
            return Ok(());
        }
        let allowed: Vec<_> = roles.iter().map(|role| role.name()).collect();
        Err(Problem::new(problem::ROLE_NOT_ALLOWED).with("allowed", serde_json::json!(allowed)))
    }
}

/// Roles that serve people.
pub const SERVING: &[Role] = &[Role::Clerk, Role::CaseSystem];

//! Server-sent events (WHATWG HTML, 9.2): for everyone at the desk, and for one session.

use core::convert::Infallible;
use core::time::Duration;
use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::{OwnedSemaphorePermit, watch};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::auth::SERVING;
use super::problem::{Problem, ProblemDocument};
use crate::desk::Desk;
use crate::desk::events::{EventLog, Since};
use crate::desk::ports::{Caller, Role};
use crate::desk::scanning::held::Page;
use crate::desk::session::SessionId;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(desk_events))
        .routes(routes!(session_events))
}

/// Where a listener's events come from.
enum Source {
    Desk(Desk),
    /// The log is let go of with its session: the stream ends then.
    Session {
        desk: Desk,
        id: SessionId,
        caller: Caller,
        log: Weak<EventLog>,
    },
}

/// One listener.
struct Feed {
    source: Source,
    last: u64,
    pending: VecDeque<Sent>,
    newest: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
    /// A page of a clerk can open a session for a scan.
    _page: Option<Page>,
}

impl Feed {
    async fn next(mut self) -> Option<(Result<Sent, Infallible>, Self)> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some((Ok(event), self));
            }
            self.newest.borrow_and_update();
            self.collect()?;
            if !self.pending.is_empty() {
                continue;
            }
            if *self.stopping.borrow() {
                return None;
            }
            tokio::select! {
                changed = self.newest.changed() => changed.ok()?,
                _ = self.stopping.changed() => {}
            }
        }
    }

    /// Takes what came; `None` where the session is gone.
    fn collect(&mut self) -> Option<()> {
        match &self.source {
            Source::Desk(desk) => {
                let mut since = desk.events().since(self.last);
                if since.gap {
                    // A scan is of its moment: one from before is no news to who looks anew.
                    since.events.retain(|event| event.name != "scan");
                    // What was missed cannot be had any more: the listener looks at the whole anew.
                    self.last = since
                        .events
                        .first()
                        .map_or(desk.events().newest(), |e| e.id - 1);
                    self.pending.push_back(sent("gap", self.last, "{}"));
                    let readers = desk.readers_view().to_string();
                    self.pending.push_back(sent("readers", self.last, &readers));
                }
                self.append(since);
            }
            Source::Session {
                desk,
                id,
                caller,
                log,
            } => {
                let log = log.upgrade()?;
                let since = log.since(self.last);
                if since.gap {
                    let (_, newest, view) = desk.session_events(*id, caller).ok()?;
                    let view = serde_json::to_string(&view).ok()?;
                    self.last = newest;
                    self.pending.push_back(sent("session", newest, &view));
                } else {
                    self.append(since);
                }
            }
        }
        Some(())
    }

    fn append(&mut self, since: Since) {
        for event in since.events {
            self.last = event.id;
            self.pending
                .push_back(sent(event.name, event.id, &event.data));
        }
    }
}

fn sent(name: &str, id: u64, data: &str) -> Sent {
    Sent::default().event(name).id(id.to_string()).data(data)
}

fn sse(feed: Feed) -> Sse<impl Stream<Item = Result<Sent, Infallible>>> {
    Sse::new(unfold(feed, Feed::next)).keep_alive(
        KeepAlive::new()
            .interval(Duration::from_secs(15))
            .text("still here"),
    )
}

/// The number that the listener saw last; none is known before the first of any log.
fn last_event_id(headers: &HeaderMap) -> u64 {
    let id = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok());
    id.and_then(|id| id.trim().parse().ok()).unwrap_or(0)
}

/// What happens at the desk: readers and cards come and go, sessions move, codes are scanned. Holds no
/// personal data. Event `scan` says which session took a scan, or why none did; one with `held` is kept
/// for a few seconds, for a clerk's page that opens a session with it (`held_scan`).
/// `Last-Event-ID` resumes; event `gap` says that something in between cannot be had any more.
#[utoipa::path(
    get, path = "/v1/events", tag = "events",
    params(("Last-Event-ID" = Option<u64>, Header, description = "The last event seen.")),
    responses(
        (status = 200, body = String, content_type = "text/event-stream"),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn desk_events(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Sent, Infallible>>>, Problem> {
    Ok(sse(Feed {
        last: last_event_id(&headers),
        pending: VecDeque::new(),
        newest: api.desk.events().listen(),
        stopping: api.desk.stopping(),
        _place: api.desk.listener()?,
        _page: (caller.role == Role::Clerk).then(|| api.desk.scanners().held.page()),
        source: Source::Desk(api.desk),
    }))
}

/// What happens to one session, with its personal data: event `session` holds the whole session,
/// `progress` how far the reading is. `Last-Event-ID` resumes; without it, or where what came in
/// between cannot be had any more, the session as it is comes first.
#[utoipa::path(
    get, path = "/v1/sessions/{id}/events", tag = "events",
    params(
        ("id" = String, Path, description = "The session."),
        ("Last-Event-ID" = Option<u64>, Header, description = "The last event seen."),
    ),
    responses(
        (status = 200, body = String, content_type = "text/event-stream"),
        (status = "default", body = ProblemDocument, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
async fn session_events(
    State(api): State<Api>,
    caller: Caller,
    id: SessionId,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Sent, Infallible>>>, Problem> {
    caller.must_be(SERVING)?;
    let (log, _, _) = api.desk.session_events(id, &caller)?;
    Ok(sse(Feed {
        last: last_event_id(&headers),
        pending: VecDeque::new(),
        newest: log.listen(),
        stopping: api.desk.stopping(),
        _place: api.desk.listener()?,
        _page: None,
        source: Source::Session {
            desk: api.desk,
            id,
            caller,
            log: Arc::downgrade(&log),
        },
    }))
}

//! A register that answers as it is told, person by person: the contract of docs/register.md.

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use cccd_port::Clock;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

use crate::desk::register::{Answer, RegisterField, Said};

/// How the register answers. As JSON `"match"`, `"lost"` and so on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answering {
    /// It has the person with the same data.
    #[default]
    Match,
    /// It has another name.
    Differs,
    /// The card was reported lost.
    Lost,
    /// It knows nobody of that number.
    Unknown,
    /// It holds its answer back until it is told another one.
    Slow,
    /// It hangs up.
    Down,
    /// It answers with a web page.
    Rubbish,
}

/// A question that came.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// As the desk named it.
    pub request_id: String,
    /// Of a person who does not exist.
    pub personal_number: String,
    /// What for.
    pub purpose: String,
    /// How it was to be answered when it came.
    pub answering: Answering,
}

/// Questions that are listed.
pub const LISTED: usize = 1_000;
/// An answer that is held back goes out after this time at the latest.
const SLOWEST: Duration = Duration::from_secs(120);
/// No question is longer, in bytes.
const MOST_BYTES: usize = 16_384;

/// Who gets which answer.
#[derive(Clone, Debug, Default)]
struct Answers {
    everybody: Answering,
    of: BTreeMap<String, Answering>,
}

impl Answers {
    fn of(&self, personal_number: &str) -> Answering {
        let own = self.of.get(personal_number).copied();
        own.unwrap_or(self.everybody)
    }
}

/// What requests share.
struct Shared {
    answers: watch::Receiver<Answers>,
    asked: Mutex<VecDeque<Asked>>,
    clock: Arc<dyn Clock>,
}

/// A running register. Dropping it ends it.
pub struct SimulatedRegister {
    address: SocketAddr,
    answers: watch::Sender<Answers>,
    shared: Arc<Shared>,
    _stop: oneshot::Sender<()>,
}

/// The question, as far as an answer depends on it.
#[derive(Deserialize)]
struct Question {
    request_id: String,
    personal_number: String,
    purpose: String,
}

impl SimulatedRegister {
    /// Serves on `listener` until the handle is dropped; its data are of the time of `clock`.
    ///
    /// # Errors
    /// The listener has no address.
    pub fn serve(listener: TcpListener, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let (answers, told) = watch::channel(Answers::default());
        let shared = Arc::new(Shared {
            answers: told,
            asked: Mutex::default(),
            clock,
        });
        let router = Router::new()
            .route("/v1/check", post(check))
            .layer(DefaultBodyLimit::max(MOST_BYTES))
            .with_state(Arc::clone(&shared));
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move {
            let served = axum::serve(listener, router).with_graceful_shutdown(async move {
                // A dropped handle is how it ends.
                let _ = stopped.await;
            });
            if let Err(error) = served.await {
                tracing::error!(%error, "the simulated register ended");
            }
        });
        Ok(Self {
            address,
            answers,
            shared,
            _stop: stop,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How one person's questions are answered from now on, or everybody's: those of all for whom
    /// nothing else was said.
    pub fn answer(&self, personal_number: Option<&str>, answering: Answering) {
        self.answers.send_modify(|answers| match personal_number {
            Some(number) => {
                answers.of.insert(number.to_owned(), answering);
            }
            None => answers.everybody = answering,
        });
    }

    /// How a person's questions are answered now.
    #[must_use]
    pub fn answering(&self, personal_number: &str) -> Answering {
        self.answers.borrow().of(personal_number)
    }

    /// The questions that came, the oldest first; at most [`LISTED`] of them.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked().iter().cloned().collect()
    }

    /// As at the start: everybody matches, and nobody asked. Answers that are held back go out.
    pub fn reset(&self) {
        self.answers.send_replace(Answers::default());
        self.shared.asked().clear();
    }
}

impl Shared {
    fn asked(&self) -> std::sync::MutexGuard<'_, VecDeque<Asked>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn check(State(shared): State<Arc<Shared>>, Json(question): Json<Question>) -> Response {
    let number = question.personal_number;
    let first = shared.answers.borrow().of(&number);
    {
        let mut asked = shared.asked();
        if asked.len() >= LISTED {
            asked.pop_front();
        }
        asked.push_back(Asked {
            request_id: question.request_id,
            personal_number: number.clone(),
            purpose: question.purpose,
            answering: first,
        });
    }
    let mut answers = shared.answers.clone();
    let released = answers.wait_for(|answers| answers.of(&number) != Answering::Slow);
    let answering = match tokio::time::timeout(SLOWEST, released).await {
        Ok(Ok(answers)) => answers.of(&number),
        _ => Answering::Down,
    };
    let (answer, differs) = match answering {
        Answering::Match => (Said::Match, Vec::new()),
        Answering::Differs => (Said::Differs, vec![RegisterField::Name]),
        Answering::Lost => (Said::Lost, Vec::new()),
        Answering::Unknown => (Said::Unknown, Vec::new()),
        Answering::Slow | Answering::Down => return broken_off(),
        Answering::Rubbish => return Html("<!doctype html><title>OK</title>").into_response(),
    };
    let as_of = shared.clock.now();
    Json(Answer {
        answer,
        differs,
        as_of,
    })
    .into_response()
}

/// An answer whose connection breaks before its body has come.
fn broken_off() -> Response {
    let broken = futures_util::stream::once(async {
        Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::BrokenPipe))
    });
    Body::from_stream(broken).into_response()
}

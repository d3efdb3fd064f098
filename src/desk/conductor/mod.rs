//! Holds the sessions and moves them.
//!
//! # Layout
//! - this file: what callers ask for
//! - [`opening`]: opens a session; [`keys`]: hands it its key
//! - [`drive`]: what time, readers and readings do to a session
//! - [`person`]: the person in front, compared with the card; [`finger`]: its fingers
//! - [`overriding`]: going on although a verdict is open
//! - `register`: asks a register about the card
//! - [`payee`]: who was confirmed and may be paid
//! - [`settings`]: waits and bounds

mod drive;
pub(crate) mod finger;
mod keys;
mod opening;
pub mod overriding;
pub mod payee;
pub mod person;
mod register;
pub mod settings;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use cccd_port::ReaderName;
use ring::rand::SystemRandom;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::sync::{Semaphore, watch};

use super::end;
use super::events::{Counter, EventLog};
use super::ports::{Caller, Ports, Readers};
use super::reading::Portrait;
use super::refusal::Refusal;
use super::scanning::Scanners;
use super::session::registry::Registry;
use super::session::view::SessionView;
use super::session::{End, Session, SessionId, Step};
use crate::document::Personal;
use crate::transport::display_name;
pub use opening::Opening;
pub use settings::Settings;

/// The desk: sessions, and all that they need. A handle; clones are the same desk.
#[derive(Clone)]
pub struct Desk(Arc<Inner>);

/// What its handles share.
pub(super) struct Inner {
    ports: Ports,
    settings: Settings,
    registry: Mutex<Registry>,
    counter: Arc<Counter>,
    /// For everyone at the desk; holds no personal data.
    events: EventLog,
    readers: watch::Receiver<Readers>,
    /// Readings that run.
    readings: watch::Sender<usize>,
    stopping: watch::Sender<bool>,
    listeners: Arc<Semaphore>,
    random: SystemRandom,
    scanners: Scanners,
}

impl Desk {
    /// Takes up work. To be called within a Tokio runtime.
    #[must_use]
    pub fn start(ports: Ports, settings: Settings) -> Self {
        let microseconds = ports.clock.now().unix_timestamp_nanos() / 1_000;
        let counter = Arc::new(Counter::new(u64::try_from(microseconds).unwrap_or(0)));
        let desk = Self(Arc::new(Inner {
            registry: Mutex::new(Registry::new(settings.sessions)),
            events: EventLog::new(Arc::clone(&counter), settings.events),
            counter,
            readers: ports.readers.watch(),
            readings: watch::Sender::new(0),
            stopping: watch::Sender::new(false),
            listeners: Arc::new(Semaphore::new(settings.listeners)),
            random: SystemRandom::new(),
            scanners: Scanners::default(),
            ports,
            settings,
        }));
        tokio::spawn(
            desk.clone()
                .follow_deliveries(desk.0.ports.conclusions.deliveries()),
        );
        tokio::spawn(desk.clone().follow_readers());
        desk
    }

    /// A handle that does not keep the desk.
    pub(super) fn downgrade(&self) -> Weak<Inner> {
        Arc::downgrade(&self.0)
    }

    /// The desk, while somebody keeps it.
    pub(super) fn upgrade(weak: &Weak<Inner>) -> Option<Self> {
        weak.upgrade().map(Self)
    }

    /// The scanners as they are.
    #[must_use]
    pub fn scanners(&self) -> &Scanners {
        &self.0.scanners
    }

    /// Calls every open session off.
    pub fn cancel_all(&self) {
        let mut registry = self.registry();
        for session in registry.iter_mut().filter(|s| !s.recording) {
            if session.stop(Step::Cancel, end::CANCELLED).is_ok() {
                self.publish(session);
                session.changed.notify_one();
            }
        }
    }

    /// All that the desk stands on.
    #[must_use]
    pub fn ports(&self) -> &Ports {
        &self.0.ports
    }

    /// Waits and bounds.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Readers and cards now.
    #[must_use]
    pub fn readers(&self) -> Readers {
        self.0.readers.borrow().clone()
    }

    /// What everyone at the desk may know.
    #[must_use]
    pub fn events(&self) -> &EventLog {
        &self.0.events
    }

    /// Leave for one more listener, for as long as it is held.
    ///
    /// # Errors
    /// [`Refusal::TooManyListeners`].
    pub fn listener(&self) -> Result<tokio::sync::OwnedSemaphorePermit, Refusal> {
        Arc::clone(&self.0.listeners)
            .try_acquire_owned()
            .map_err(|_| Refusal::TooManyListeners)
    }

    /// Turns true when the program is being stopped.
    #[must_use]
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.0.stopping.subscribe()
    }

    /// Calls a session off; one that has a verdict only forgets the person.
    ///
    /// # Errors
    /// A [`Refusal`]: no such session, or its verdict is being recorded this moment.
    pub fn cancel(&self, id: SessionId, caller: &Caller) -> Result<SessionView, Refusal> {
        self.with_mut(id, caller, |session| {
            if session.recording {
                return Err(Refusal::WrongState(session.state));
            }
            if session.state.is_active() {
                session
                    .stop(Step::Cancel, end::CANCELLED)
                    .map_err(|e| Refusal::WrongState(e.state))?;
            } else if !session.cleared {
                session.clear();
            }
            Ok(())
        })
    }

    /// What the caller sees of a session.
    ///
    /// # Errors
    /// [`Refusal::UnknownSession`].
    pub fn view(&self, id: SessionId, caller: &Caller) -> Result<SessionView, Refusal> {
        self.with(id, caller, Session::view)
    }

    /// The caller's sessions, oldest first.
    #[must_use]
    pub fn list(&self, caller: &Caller) -> Vec<SessionView> {
        self.registry()
            .iter()
            .filter(|s| s.belongs_to(caller))
            .map(Session::view)
            .collect()
    }

    /// The portrait, where one is signed.
    ///
    /// # Errors
    /// [`Refusal::NoPortrait`] where there is none, or none any more.
    pub fn portrait(&self, id: SessionId, caller: &Caller) -> Result<Portrait, Refusal> {
        self.with(id, caller, |session| {
            let shown = session.judgement.as_ref().or(session.pending.as_ref());
            shown?.portrait.clone()
        })?
        .ok_or(Refusal::NoPortrait)
    }

    /// The evidence, a zip.
    ///
    /// # Errors
    /// [`Refusal::NoEvidence`] where there is none, or none any more.
    pub fn evidence(&self, id: SessionId, caller: &Caller) -> Result<Personal<Vec<u8>>, Refusal> {
        self.with(id, caller, |session| {
            Some(session.judgement.as_ref()?.evidence.clone())
        })?
        .ok_or(Refusal::NoEvidence)
    }

    /// The log of a session, and what the caller sees of it now with the number that this is worth.
    ///
    /// # Errors
    /// [`Refusal::UnknownSession`].
    pub fn session_events(
        &self,
        id: SessionId,
        caller: &Caller,
    ) -> Result<(Arc<EventLog>, u64, SessionView), Refusal> {
        self.with(id, caller, |session| {
            (
                Arc::clone(&session.events),
                session.events.newest(),
                session.view(),
            )
        })
    }

    /// Ends every session, lets running readings come back for a bounded time, and ends the streams.
    pub async fn stop(&self) {
        self.end_all();
        let mut readings = self.0.readings.subscribe();
        let all_back = readings.wait_for(|running| *running == 0);
        if tokio::time::timeout(self.0.settings.stop_wait, all_back)
            .await
            .is_err()
        {
            tracing::warn!("a reading did not come back; the program stops without it");
        }
    }

    fn end_all(&self) {
        let mut registry = self.registry();
        for session in registry.iter_mut().filter(|s| !s.recording) {
            if session.stop(Step::Fail, end::STOPPED).is_err() && !session.cleared {
                session.clear();
            }
            self.publish(session);
            session.changed.notify_one();
        }
        drop(registry);
        self.0.stopping.send_replace(true);
    }

    fn with<T>(
        &self,
        id: SessionId,
        caller: &Caller,
        look: impl FnOnce(&Session) -> T,
    ) -> Result<T, Refusal> {
        let registry = self.registry();
        let session = registry
            .get(id)
            .filter(|session| session.belongs_to(caller));
        session.map(look).ok_or(Refusal::UnknownSession)
    }

    fn with_mut(
        &self,
        id: SessionId,
        caller: &Caller,
        change: impl FnOnce(&mut Session) -> Result<(), Refusal>,
    ) -> Result<SessionView, Refusal> {
        let mut registry = self.registry();
        let session = registry
            .get_mut(id)
            .filter(|session| session.belongs_to(caller))
            .ok_or(Refusal::UnknownSession)?;
        change(session)?;
        self.publish(session);
        session.changed.notify_one();
        Ok(session.view())
    }

    /// Tells the session's own listeners all, and everyone else that something moved.
    fn publish(&self, session: &mut Session) {
        session.revision += 1;
        push(&session.events, "session", &session.view(), false);
        push(&self.0.events, "session", &session.public_view(), false);
    }

    fn end(&self, id: SessionId, step: Step, end: End) {
        if let Some(session) = self.registry().get_mut(id)
            && session.stop(step, end).is_ok()
        {
            tracing::info!(session = %id, code = end.code, "session ended without a verdict");
            self.publish(session);
        }
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        // A panic while the lock was held leaves data that each step checks anew.
        self.0
            .registry
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> OffsetDateTime {
        self.0.ports.clock.now()
    }
}

/// Readers as the API and the event stream give them.
#[must_use]
pub fn readers_document(readers: &Readers, in_use: impl Fn(&ReaderName) -> bool) -> Value {
    let names: Vec<ReaderName> = readers.readers.iter().map(|r| r.name.clone()).collect();
    let list: Vec<Value> = readers
        .readers
        .iter()
        .map(|reader| {
            json!({
                "name": reader.name.to_string(),
                "display_name": display_name(&reader.name, &names),
                "card": reader.card.is_some(),
                "in_use": in_use(&reader.name),
            })
        })
        .collect();
    json!({ "service": readers.service, "readers": list })
}

impl Desk {
    /// Readers as the API gives them.
    #[must_use]
    pub fn readers_view(&self) -> Value {
        let readers = self.readers();
        let registry = self.registry();
        readers_document(&readers, |name| registry.in_use(name))
    }
}

fn push(log: &EventLog, name: &'static str, data: &impl serde::Serialize, replaces_same: bool) {
    match serde_json::to_string(data) {
        Ok(text) => log.push(name, text, replaces_same),
        Err(_) => tracing::error!(event = name, "an event could not be written down"),
    }
}

//! What time, readers and readings do to a session: one task a session, from its opening until
//! nothing of it is left.

use core::time::Duration;
use std::sync::Arc;

use tokio::sync::{Notify, broadcast};

use super::{Desk, push};
use crate::decision::{OnRecord, Reason, VerdictKind, reason};
use crate::desk::end;
use crate::desk::ports::{
    CancelToken, Concluded, Concluding, Delivery, DeliveryOutcome, NotRecorded, ReadingJob,
};
use crate::desk::purpose::Purpose;
use crate::desk::reading::{Judgement, ReadingEvent, broken_down, evidence_file};
use crate::desk::session::{End, SessionId, State, Step};

impl Desk {
    /// Drives one session to its end and forgets it.
    pub(super) async fn drive(self, id: SessionId, opened: Duration) {
        let Some(changed) = self.registry().get(id).map(|s| Arc::clone(&s.changed)) else {
            return;
        };
        let lifetime = opened + self.0.settings.lifetime;
        let key_wait = lifetime.min(opened + self.0.settings.key_wait);
        if self.await_key(id, &changed, key_wait).await
            && let Some((job, cancel)) = self.await_card(id, &changed, lifetime).await
        {
            self.read(id, job, cancel, &changed, lifetime).await;
        }
        self.forget(id, &changed).await;
    }

    fn state(&self, id: SessionId) -> Option<State> {
        self.registry().get(id).map(|session| session.state)
    }

    /// True once the session has its key.
    async fn await_key(&self, id: SessionId, changed: &Notify, deadline: Duration) -> bool {
        loop {
            match self.state(id) {
                Some(State::KeyWanted) => {}
                Some(State::CardWanted) => return true,
                _ => return false,
            }
            tokio::select! {
                () = changed.notified() => {}
                () = self.0.ports.timer.until(deadline) => self.end(id, Step::Expire, end::KEY_WAIT),
            }
        }
    }

    /// What to read, once a card lies on the session's reader.
    async fn await_card(
        &self,
        id: SessionId,
        changed: &Notify,
        lifetime: Duration,
    ) -> Option<(ReadingJob, CancelToken)> {
        let deadline = lifetime.min(self.0.ports.timer.elapsed() + self.0.settings.card_wait);
        let mut readers = self.0.ports.readers.watch();
        loop {
            readers.borrow_and_update();
            if let Some(begun) = self.begin_reading(id) {
                return Some(begun);
            }
            if self.state(id) != Some(State::CardWanted) {
                return None;
            }
            tokio::select! {
                () = changed.notified() => {}
                gone = readers.changed() => if gone.is_err() {
                    self.end(id, Step::Fail, end::READER_LOST);
                },
                () = self.0.ports.timer.until(deadline) => self.end(id, Step::Expire, self.missing_card(id)),
            }
        }
    }

    /// Why no card came: it was not laid, or nothing was there to lay it on.
    fn missing_card(&self, id: SessionId) -> End {
        let readers = self.readers();
        let there = self
            .registry()
            .get(id)
            .is_some_and(|s| readers.find(&s.reader).is_some());
        match (readers.service, there) {
            (false, _) => end::SERVICE_LOST,
            (true, false) => end::READER_LOST,
            (true, true) => end::NO_CARD,
        }
    }

    /// Takes the reader, if a card lies on it and no earlier reading still holds it.
    fn begin_reading(&self, id: SessionId) -> Option<(ReadingJob, CancelToken)> {
        let readers = self.readers();
        let mut registry = self.registry();
        let session = registry.get(id)?;
        let laid = readers.service && readers.find(&session.reader)?.card.is_some();
        let reader = session.reader.clone();
        if !laid || session.state != State::CardWanted || !registry.begin_reading(&reader) {
            return None;
        }
        let session = registry.get_mut(id)?;
        let key = session.key.take();
        if key.is_none() || session.take(Step::CardLaid).is_err() {
            registry.end_reading(&reader);
            return None;
        }
        let job = ReadingJob {
            session: id,
            reader,
            key: key?,
            expected: session.expected.clone(),
            purpose: session.purpose,
            policy: session.policy.clone(),
        };
        let cancel = session.cancel.clone();
        self.publish(session);
        drop(registry);
        self.count_readings(1);
        Some((job, cancel))
    }

    /// Reads on a thread of its own, and waits for it whatever becomes of the session: the reader
    /// is not free before.
    async fn read(
        &self,
        id: SessionId,
        job: ReadingJob,
        cancel: CancelToken,
        changed: &Notify,
        lifetime: Duration,
    ) {
        let deadline = lifetime.min(self.0.ports.timer.elapsed() + self.0.settings.reading);
        let (reader, policy) = (job.reader.clone(), job.policy.clone());
        let (desk, reading) = (self.clone(), Arc::clone(&self.0.ports.reading));
        let mut thread = tokio::task::spawn_blocking(move || {
            reading.read(&job, &mut |event| desk.note(id, event), &cancel)
        });
        let judged = loop {
            tokio::select! {
                judged = &mut thread => break judged,
                // Called off: the reading was told so.
                () = changed.notified() => {}
                () = self.0.ports.timer.until(deadline), if self.state(id) == Some(State::Reading) => {
                    self.end(id, Step::Fail, end::READ_TIMEOUT);
                }
            }
        };
        self.registry().end_reading(&reader);
        // A parser that breaks is this card's affair alone: one card, one thread of its own.
        let judged = judged.unwrap_or_else(|_| {
            tracing::error!(session = %id, "a reading broke down; the desk goes on");
            broken_down(&policy, self.now())
        });
        let judged = self.ask_register(id, judged, changed).await;
        let fingers = self.known_fingers(id, &judged).await;
        if self.begin_person(id, judged, fingers) {
            // Nothing runs while a person is waited for: a stop need not wait as well.
            self.count_readings(-1);
            let judged = self.await_person(id, changed, lifetime).await;
            self.count_readings(1);
            if let Some(judged) = judged {
                self.take_judgement(id, judged).await;
            }
        } else {
            self.tell_late(id);
        }
        self.count_readings(-1);
    }

    pub(super) fn count_readings(&self, change: isize) {
        self.0
            .readings
            .send_modify(|running| *running = running.saturating_add_signed(change));
    }

    /// One report of a reading.
    fn note(&self, id: SessionId, event: ReadingEvent) {
        let mut registry = self.registry();
        let Some(session) = registry.get_mut(id).filter(|s| s.state == State::Reading) else {
            return;
        };
        match event {
            ReadingEvent::Progress {
                phase,
                bytes,
                total,
            } => {
                session.progress.note(phase, bytes, total);
                push(&session.events, "progress", &session.progress_view(), true);
            }
            ReadingEvent::Lifted | ReadingEvent::LaidBack => {
                let lifted = matches!(event, ReadingEvent::Lifted);
                session.progress.note_lifted(lifted);
                push(&session.events, "progress", &session.progress_view(), true);
            }
            ReadingEvent::Signed(signed) => {
                session.claimed_is_signed = signed;
                self.publish(session);
            }
            ReadingEvent::Signable(_) => {}
            ReadingEvent::Claimed(face) => {
                session.claimed = Some(*face);
                self.publish(session);
            }
        }
    }

    /// Records a judgement, and only then shows it.
    async fn take_judgement(&self, id: SessionId, judgement: Judgement) {
        let Some((purpose, case_ref, record)) = self.begin_recording(id) else {
            self.tell_late(id);
            return;
        };
        let judgement = judgement.beside(&record);
        let conclusions = Arc::clone(&self.0.ports.conclusions);
        let asked = Arc::clone(&conclusions);
        let recorded = tokio::task::spawn_blocking(move || {
            let case_ref = case_ref.as_deref();
            let concluding = Concluding {
                session: id,
                case_ref,
                purpose,
                judgement: &judgement,
            };
            conclusions
                .conclude(&concluding)
                .map(|concluded| (concluded, judgement))
        });
        match recorded.await.unwrap_or(Err(NotRecorded)) {
            Ok((concluded, judgement)) => self.decide(id, concluded, judgement),
            Err(NotRecorded) => {
                tracing::error!(session = %id, "a verdict could not be recorded");
                if let Some(session) = self.registry().get_mut(id) {
                    session.recording = false;
                }
                self.end(id, Step::Fail, end::not_recorded(asked.unrecorded()));
            }
        }
    }

    /// A card's result that comes after its session was closed counts for nothing: whoever listens is
    /// told so, and nothing is recorded or reported.
    pub(super) fn tell_late(&self, id: SessionId) {
        tracing::warn!(session = %id, "a card's result came after its session was closed");
        if let Some(session) = self.registry().get_mut(id) {
            push(
                &session.events,
                "late-result",
                &LateResult::default(),
                false,
            );
        }
    }

    fn begin_recording(&self, id: SessionId) -> Option<(Purpose, Option<String>, OnRecord)> {
        let mut registry = self.registry();
        let session = registry
            .get_mut(id)
            .filter(|s| s.state == State::Biometrics)?;
        session.recording = true;
        self.publish(session);
        let record = std::mem::take(&mut session.record);
        Some((session.purpose, session.case_ref.clone(), record))
    }

    fn decide(&self, id: SessionId, concluded: Concluded, judgement: Judgement) {
        let clears_at = self.now() + self.0.settings.personal_data;
        let mut registry = self.registry();
        let Some(session) = registry.get_mut(id) else {
            return;
        };
        session.recording = false;
        let mut judgement = judgement;
        if let Some(seal) = &concluded.seal
            && let Ok(sealed) = evidence_file::sealed(judgement.evidence.reveal(), seal)
        {
            judgement.evidence = sealed.into();
        }
        session.judge(judgement);
        session.report_id = concluded.report_id;
        session.clears_at = Some(clears_at);
        if session.take(Step::PersonDone).is_err() {
            return;
        }
        self.publish(session);
        if matches!(session.delivery, Some(DeliveryOutcome::Delivered { .. }))
            && session.take(Step::Receipted).is_ok()
        {
            self.publish(session);
        }
    }

    /// Drops the personal data when its time is over, and later what is left.
    async fn forget(&self, id: SessionId, changed: &Notify) {
        let deadline = self.0.ports.timer.elapsed() + self.0.settings.personal_data;
        loop {
            match self.registry().get(id) {
                None => return,
                Some(session) if session.cleared => break,
                Some(_) => {}
            }
            tokio::select! {
                () = changed.notified() => {}
                () = self.0.ports.timer.until(deadline) => {
                    if let Some(session) = self.registry().get_mut(id) {
                        session.clear();
                        self.publish(session);
                    }
                }
            }
        }
        self.0.ports.timer.pause(self.0.settings.kept).await;
        self.registry().remove(id);
    }

    /// Tells sessions what became of their reports.
    pub(super) async fn follow_deliveries(self, mut deliveries: broadcast::Receiver<Delivery>) {
        loop {
            match deliveries.recv().await {
                Ok(delivery) => self.note_delivery(delivery),
                Err(broadcast::error::RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "news of deliveries were missed");
                }
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }

    fn note_delivery(&self, delivery: Delivery) {
        let mut registry = self.registry();
        let Some(session) = registry.get_mut(delivery.session) else {
            return;
        };
        if matches!(session.delivery, Some(DeliveryOutcome::Delivered { .. })) {
            return;
        }
        // Overrides and payments are reported too; the session tells of its verdict's report. Before that
        // is known it is kept: the sender may be faster than this desk.
        let its_own = match &session.report_id {
            Some(known) => *known == delivery.report_id,
            None => session.recording,
        };
        if !its_own {
            return;
        }
        let delivered = matches!(delivery.outcome, DeliveryOutcome::Delivered { .. });
        session.delivery = Some(delivery.outcome);
        if delivered && session.state == State::Decided && session.take(Step::Receipted).is_err() {
            return;
        }
        if !session.state.is_active() {
            self.publish(session);
        }
    }

    /// Tells everyone when a reader or a card comes or goes.
    pub(super) async fn follow_readers(self) {
        let mut readers = self.0.readers.clone();
        let mut stopping = self.stopping();
        loop {
            push(&self.0.events, "readers", &self.readers_view(), false);
            tokio::select! {
                gone = readers.changed() => if gone.is_err() { return },
                _ = stopping.wait_for(|stopping| *stopping) => return,
            }
        }
    }
}

/// What became of a result that came too late.
#[derive(serde::Serialize)]
struct LateResult {
    verdict: VerdictKind,
    reason: Reason,
}

impl Default for LateResult {
    fn default() -> Self {
        Self {
            verdict: VerdictKind::Unreadable,
            reason: reason::SESSION_CLOSED,
        }
    }
}

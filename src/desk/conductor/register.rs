//! Asks a register about a card that was read, before the person is waited for: what it says of the
//! card may spare everybody the comparison.

use std::sync::Arc;

use tokio::sync::Notify;

use super::{Desk, push};
use crate::decision::{CheckId, VerdictKind};
use crate::desk::ports::Register;
use crate::desk::reading::Judgement;
use crate::desk::register::{NoAnswer, Question, check, not_performed};
use crate::desk::session::{SessionId, State};

impl Desk {
    /// The judgement with what a register says of the card, where the policy asks for that. Takes no
    /// longer than the register's budget, and ends with the session.
    pub(super) async fn ask_register(
        &self,
        id: SessionId,
        judged: Judgement,
        changed: &Notify,
    ) -> Judgement {
        let asking = {
            let registry = self.registry();
            let session = registry.get(id).filter(|s| s.state == State::Reading);
            session.map(|session| (session.policy.clone(), session.purpose))
        };
        let Some((policy, purpose)) =
            asking.filter(|(policy, _)| policy.asks_for(CheckId::Register))
        else {
            return judged;
        };
        let Some(register) = self.0.ports.register.clone() else {
            return judged.with_register(not_performed("no register is configured"));
        };
        // Who is shown to be nobody's card is nobody's business elsewhere.
        let open = matches!(
            judged.verdict.verdict,
            VerdictKind::Verified | VerdictKind::Undetermined
        );
        let Some(question) = SessionId::new(self.now(), &self.0.random)
            .filter(|_| open)
            .and_then(|request| judged.question(request.to_string(), purpose.name()))
        else {
            let why = "the data are not signed, or the chip has not proven itself";
            return judged.with_register(not_performed(why));
        };
        self.tell_asking(id);
        let request_id = question.request_id.clone();
        let begun = self.0.ports.timer.elapsed();
        let answered = self.answer(id, &register, question, changed).await;
        let Some(answered) = answered else {
            tracing::info!(session = %id, request_id, "a question to the register was called off");
            return judged;
        };
        let took = self.0.ports.timer.elapsed().saturating_sub(begun);
        let source = register.source();
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        match &answered {
            Ok(answer) => tracing::info!(
                session = %id, request_id, source, milliseconds, answer = answer.answer.name(),
                "the register answered"
            ),
            Err(why) => tracing::warn!(
                session = %id, request_id, source, milliseconds, %why,
                "the register did not answer"
            ),
        }
        let check = check(source, &request_id, &answered, &policy, self.now());
        judged.with_register(check)
    }

    /// Asks, within the register's budget; none where the session ended meanwhile.
    async fn answer(
        &self,
        id: SessionId,
        register: &Arc<dyn Register>,
        question: Question,
        changed: &Notify,
    ) -> Option<Result<crate::desk::register::Answer, NoAnswer>> {
        let deadline = self.0.ports.timer.elapsed() + register.budget();
        let mut answer = register.ask(question);
        loop {
            tokio::select! {
                answered = &mut answer => return Some(answered),
                () = self.0.ports.timer.until(deadline) => return Some(Err(NoAnswer::Timeout)),
                () = changed.notified() => {}
            }
            let registry = self.registry();
            registry.get(id).filter(|s| s.state == State::Reading)?;
        }
    }

    /// The card may be taken: the register is being asked.
    fn tell_asking(&self, id: SessionId) {
        if let Some(session) = self.registry().get_mut(id) {
            session.progress.note("register", 0, None);
            push(&session.events, "progress", &session.progress_view(), true);
        }
    }
}

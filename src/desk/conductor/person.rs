//! The person in front, compared with the card that was read.

use core::time::Duration;
use std::sync::Arc;

use cccd_port::Frame;
use tokio::sync::Notify;

use super::Desk;
use crate::biometrics::Liveness;
use crate::biometrics::face::compare::MAX_MOVING;
use crate::biometrics::face::liveness::challenge::TIME;
use crate::biometrics::face::liveness::{Challenge, Nonce, Turn, frame_hash};
use crate::biometrics::face::{Comparison, Finding, Live, NotPerformed, Outcome};
use crate::crypto::random::SystemRandom;
use crate::decision::{Check, CheckId, CheckResult, VerdictKind, reason};
use crate::desk::cameras::Shots;
use crate::desk::ports::{Caller, Role};
use crate::desk::reading::Judgement;
use crate::desk::refusal::Refusal;
use crate::desk::session::finger::Fingers;
use crate::desk::session::person::{Look, Person, no_face};
use crate::desk::session::view::SessionView;
use crate::desk::session::{SessionId, State, Step};
use crate::document::Date;

/// Pictures of the person in front.
pub struct Pictures {
    /// The camera that took them, as it calls itself.
    pub camera: Option<String>,
    /// The desk took them itself, with a camera that its configuration names.
    pub own: bool,
    /// What they are.
    pub live: Taken,
}

/// Still pictures, or what was seen after a challenge.
pub enum Taken {
    /// Some, in any order.
    Stills(Vec<Frame>),
    /// Each with its milliseconds since the challenge.
    Movement(Nonce, Vec<(u32, Frame)>),
}

/// What the person is asked to do.
pub struct Asked {
    /// Names it: once.
    pub nonce: Nonce,
    /// Turns of the head, in order.
    pub turns: Vec<Turn>,
}

/// What a clerk says.
pub struct Attestation {
    /// Whether the person is the one in the chip's portrait.
    pub look: Option<Look>,
    /// Whether the photo printed on the card is that portrait.
    pub printed_photo: Option<Look>,
    /// The verdict is wanted with what is there.
    pub done: bool,
}

impl Desk {
    /// Waits for the comparison with the person, where the policy asks for one. None where the session
    /// ended meanwhile.
    pub(super) async fn await_person(
        &self,
        id: SessionId,
        changed: &Notify,
        lifetime: Duration,
    ) -> Option<Judgement> {
        let wait = self.0.settings.person_wait;
        let deadline = lifetime.min(self.0.ports.timer.elapsed() + wait);
        loop {
            let mut over = false;
            {
                let registry = self.registry();
                let session = registry.get(id)?;
                if session.state != State::Biometrics {
                    return None;
                }
                let settled = session.person.as_ref().is_none_or(Person::is_settled);
                if settled {
                    break;
                }
            }
            tokio::select! {
                () = changed.notified() => {}
                () = self.0.ports.timer.until(deadline) => over = true,
            }
            if over {
                break;
            }
        }
        let mut registry = self.registry();
        let session = registry.get_mut(id)?;
        // Whoever still waits for a finger waits in vain.
        session.capture = None;
        let judged = session.pending.take()?;
        Some(match session.person.take() {
            Some(person) => judged.with_person(person.checks()),
            None => judged,
        })
    }

    /// Moves a session on to the person; false where it ended meanwhile.
    pub(super) fn begin_person(
        &self,
        id: SessionId,
        judged: Judgement,
        fingers: Result<Fingers, Check>,
    ) -> bool {
        let now = self.now();
        let closes_at = now + self.0.settings.person_wait;
        let mut registry = self.registry();
        let Some(session) = registry.get_mut(id) else {
            return false;
        };
        if session.take(Step::ReadingDone).is_err() {
            return false;
        }
        // Nothing of a person changes what was proven of the card, or makes up for what was not read.
        let open = matches!(
            judged.verdict.verdict,
            VerdictKind::Verified | VerdictKind::Undetermined
        );
        if open {
            let cannot = |check| self.cannot(check, session, &judged);
            let person = Person::wanted(&session.policy, cannot, fingers, closes_at);
            session.person =
                (!person.is_settled() || person.came().next().is_some()).then_some(person);
        }
        session.pending = Some(judged);
        self.publish(session);
        true
    }

    /// Why a check of the person cannot be had, as the check.
    fn cannot(
        &self,
        id: CheckId,
        session: &crate::desk::session::Session,
        judged: &Judgement,
    ) -> Option<Check> {
        match id {
            CheckId::Face => {
                let considered = judged.considered.as_ref();
                let (issued, born) = considered.map(|known| known.dates).unwrap_or_default();
                let rules = &session.policy.person;
                let today = Date::in_vietnam(self.now());
                if let Some(why) = self.0.ports.faces.cannot() {
                    return Some(no_face(why));
                }
                if considered.is_none_or(|known| known.chip_portrait.is_none()) {
                    let why = "no portrait of a chip that has proven itself, with a good hash";
                    return Some(Check::not_performed(id, why));
                }
                issued
                    .is_some_and(|issued| rules.is_too_old(issued, born, today))
                    .then(|| {
                        let open = CheckResult::Undetermined;
                        Check::because(id, open, reason::PORTRAIT_TOO_OLD)
                    })
            }
            _ => None,
        }
    }

    /// Asks the person before the camera to turn the head: a challenge of this session, good once.
    ///
    /// # Errors
    /// A [`Refusal`]: no such session, or one that wants no face.
    pub fn challenge(&self, id: SessionId, caller: &Caller) -> Result<Asked, Refusal> {
        let now = self.0.ports.timer.elapsed();
        let challenge = Challenge::draw(&mut SystemRandom, now).map_err(|_| Refusal::NotReady)?;
        let asked = Asked {
            nonce: challenge.nonce(),
            turns: challenge.turns().to_vec(),
        };
        self.with_mut(id, caller, |session| {
            let state = session.state;
            let person = session.person.as_mut().ok_or(Refusal::WrongState(state))?;
            if !person.waits_for(CheckId::Face) {
                return Err(Refusal::NotWanted);
            }
            person.ask(challenge);
            Ok(())
        })?;
        Ok(asked)
    }

    /// Takes pictures with the desk's own camera, and compares them: still ones, or what moves after a
    /// challenge until its time is over.
    ///
    /// # Errors
    /// A [`Refusal`], as for [`Self::face`]; [`Refusal::Camera`] where there are no pictures: the check
    /// stays wanted then, and no attempt counts.
    pub async fn face_by_own_camera(
        &self,
        id: SessionId,
        caller: &Caller,
        camera: Option<&str>,
        challenge: Option<Nonce>,
    ) -> Result<SessionView, Refusal> {
        let now = self.0.ports.timer.elapsed();
        let mut issued = None;
        let mut shots = Shots::STILLS;
        self.with_mut(id, caller, |session| {
            let state = session.state;
            let person = session.person.as_mut().ok_or(Refusal::WrongState(state))?;
            if !person.waits_for(CheckId::Face) {
                return Err(Refusal::NotWanted);
            }
            if let Some(nonce) = challenge {
                let asked = person.asked(nonce).ok_or(Refusal::NotWanted)?;
                issued = Some((nonce, asked.issued()));
                shots = Shots {
                    count: MAX_MOVING,
                    between: BETWEEN_MOVING,
                    within: asked.ends().saturating_sub(now),
                };
            }
            let begun = person.begin_pictures();
            begun.then_some(()).ok_or(Refusal::Comparing)
        })?;
        // The session stays busy from the first picture to the end of the comparison.
        let busy = Busy::of(self, id);
        let (name, frames) = self.0.ports.cameras.take(camera, shots).await?;
        let live = match issued {
            None => Taken::Stills(frames.into_iter().map(|(_, frame)| frame).collect()),
            Some((nonce, issued)) => {
                let since = |at: Duration| {
                    u32::try_from(at.saturating_sub(issued).as_millis()).unwrap_or(u32::MAX)
                };
                let frames = frames.into_iter().map(|(at, frame)| (since(at), frame));
                Taken::Movement(nonce, frames.collect())
            }
        };
        let pictures = Pictures {
            camera: Some(name),
            own: true,
            live,
        };
        self.compare_face(id, caller, pictures, Some(busy)).await
    }

    /// Compares pictures of the person in front with the chip's portrait.
    ///
    /// # Errors
    /// A [`Refusal`]: no such session, one that wants no face, or that compares one already.
    pub async fn face(
        &self,
        id: SessionId,
        caller: &Caller,
        pictures: Pictures,
    ) -> Result<SessionView, Refusal> {
        self.compare_face(id, caller, pictures, None).await
    }

    async fn compare_face(
        &self,
        id: SessionId,
        caller: &Caller,
        pictures: Pictures,
        busy: Option<Busy<'_>>,
    ) -> Result<SessionView, Refusal> {
        let now = self.0.ports.timer.elapsed();
        let mut begun = None;
        self.with_mut(id, caller, |session| {
            let state = session.state;
            let required = session.policy.person.liveness == Liveness::Required;
            let portrait = session
                .pending
                .as_ref()
                .and_then(|judged| judged.considered.as_ref()?.chip_portrait.clone());
            let person = session.person.as_mut().ok_or(Refusal::WrongState(state))?;
            if !person.waits_for(CheckId::Face) {
                return Err(Refusal::NotWanted);
            }
            let free = match busy {
                Some(_) => person.begin_face_of_pictures(),
                None => person.begin_face(),
            };
            if !free {
                return Err(Refusal::Comparing);
            }
            let challenge = match &pictures.live {
                Taken::Movement(nonce, _) => person.answered(*nonce),
                Taken::Stills(_) => None,
            };
            begun = Some((portrait, challenge, required));
            Ok(())
        })?;
        let Some((portrait, challenge, required)) = begun else {
            return Err(Refusal::NotReady);
        };
        let mut busy = busy.unwrap_or_else(|| Busy::of(self, id));
        let outcome = match self.unfit(id, &pictures, challenge.is_some()).await {
            Some(outcome) => outcome,
            None => match (portrait, live(pictures.live, challenge, now)) {
                (Some(portrait), Some(live)) => {
                    let moved = matches!(live, Live::Movement(..));
                    let faces = Arc::clone(&self.0.ports.faces);
                    let comparison = Comparison { portrait, live };
                    let compared =
                        tokio::task::spawn_blocking(move || faces.compare(comparison)).await;
                    let outcome = compared.unwrap_or_else(|_| NotPerformed::Broken.into());
                    demanded(outcome, required && !moved)
                }
                _ => Outcome::new(Finding::SensorUntrusted)
                    .with("why", "the challenge is over, or none of this session"),
            },
        };
        self.with_mut(id, caller, |session| {
            if let Some(person) = session.person.as_mut() {
                person.end_face(&outcome);
            }
            busy.over = true;
            Ok(())
        })
    }

    /// Pictures that are not even compared: of a camera that is not let in, or seen before.
    async fn unfit(&self, id: SessionId, pictures: &Pictures, challenged: bool) -> Option<Outcome> {
        let allowed = &self.0.settings.cameras;
        let let_in = |name: &String| pictures.camera.as_ref() == Some(name);
        if !pictures.own && !allowed.is_empty() && !allowed.iter().any(let_in) {
            let untrusted = Outcome::new(Finding::SensorUntrusted);
            return Some(untrusted.with("why", "the camera is none of those that are let in"));
        }
        let hashes: Vec<_> = match &pictures.live {
            Taken::Stills(frames) => frames.iter().map(|f| frame_hash(f.bytes())).collect(),
            Taken::Movement(_, frames) => {
                frames.iter().map(|(_, f)| frame_hash(f.bytes())).collect()
            }
        };
        let memory = Arc::clone(&self.0.ports.frames);
        let met = tokio::task::spawn_blocking(move || memory.came_before(id, &hashes)).await;
        match met {
            Ok(Ok(false)) => {}
            Ok(Ok(true)) => return Some(Outcome::new(Finding::SensorReplay)),
            // A picture that may have come before supports nobody.
            Ok(Err(_)) | Err(_) => return Some(NotPerformed::Broken.into()),
        }
        let moves = matches!(pictures.live, Taken::Movement(..));
        (moves && !challenged).then(|| {
            Outcome::new(Finding::SensorUntrusted).with(
                "why",
                "the challenge is none of this session, or was answered before",
            )
        })
    }

    /// Takes in what the clerk says.
    ///
    /// # Errors
    /// A [`Refusal`]: no such session, or one that waits for no person; somebody else than a clerk.
    pub fn attest(
        &self,
        id: SessionId,
        caller: &Caller,
        said: &Attestation,
    ) -> Result<SessionView, Refusal> {
        self.with_mut(id, caller, |session| {
            let state = session.state;
            if state != State::Biometrics || session.recording {
                return Err(Refusal::WrongState(state));
            }
            let person = session.person.as_mut().ok_or(Refusal::WrongState(state))?;
            if let Some(look) = said.look {
                if caller.role != Role::Clerk {
                    return Err(Refusal::ClerkAlone);
                }
                person.look(look, said.printed_photo, &caller.id);
            }
            if said.done {
                person.finish();
            }
            Ok(())
        })
    }
}

/// The time between two pictures of a movement.
const BETWEEN_MOVING: Duration = Duration::from_millis(150);

/// A session that takes or compares pictures. Dropped before that is over, because who asked for it
/// has gone or there are no pictures, it waits for others.
struct Busy<'a> {
    desk: &'a Desk,
    id: SessionId,
    over: bool,
}

impl<'a> Busy<'a> {
    const fn of(desk: &'a Desk, id: SessionId) -> Self {
        Self {
            desk,
            id,
            over: false,
        }
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let mut registry = self.desk.registry();
        if let Some(session) = registry.get_mut(self.id)
            && let Some(person) = session.person.as_mut()
        {
            person.end_pictures();
            self.desk.publish(session);
            session.changed.notify_one();
        }
    }
}

/// Pictures with their times on the desk's clock; none where a challenge is over.
fn live(taken: Taken, challenge: Option<Challenge>, now: Duration) -> Option<Live> {
    match (taken, challenge) {
        (Taken::Stills(frames), _) => Some(Live::Stills(frames)),
        (Taken::Movement(_, frames), Some(challenge)) => {
            // Sent after its last picture: some seconds for the way.
            let late = challenge.ends() + TIME;
            let issued = challenge.issued();
            let timed = frames.into_iter().map(|(at, frame)| {
                let at = issued + Duration::from_millis(u64::from(at));
                (at, frame)
            });
            (now <= late).then(|| Live::Movement(challenge, timed.collect()))
        }
        (Taken::Movement(..), None) => None,
    }
}

/// Where the policy wants the person to be seen to move, still pictures support nobody.
fn demanded(outcome: Outcome, unanswered: bool) -> Outcome {
    let in_favour = matches!(outcome.finding, Finding::Supports | Finding::Inconclusive);
    if !(unanswered && in_favour) {
        return outcome;
    }
    Outcome {
        finding: Finding::SensorUntrusted,
        ..outcome
    }
    .with("why", "the policy wants the turns of the head")
}

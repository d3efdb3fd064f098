//! Fingers of the person in front: one press at a time, compared, or enrolled after a verified visit.

use std::sync::Arc;

use cccd_port::{CaptureStep, ModuleMatch, ModuleTemplate, SensorFault};
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use super::{Desk, push};
use crate::biometrics::finger::enrolment::{from_bytes, to_bytes};
use crate::biometrics::finger::{Comparison, Enrolment, EnrolmentStep, Finger};
use crate::decision::{Check, CheckId};
use crate::desk::ports::{Besides, Caller, CancelToken, FingerTaking, NoPress, Role, Taken};
use crate::desk::reading::Judgement;
use crate::desk::refusal::Refusal;
use crate::desk::session::enrolment::{Enrolling, Stands, may_enrol};
use crate::desk::session::finger::{Capture, CaptureProgress, Fingers, Known, Press, References};
use crate::desk::session::view::SessionView;
use crate::desk::session::{Session, SessionId};
use crate::lds::dg3::Dg3;
use crate::lds::finger::Position;
use crate::store::fingers::{KeptFinger, Means, NewFinger};

/// What a finger is enrolled with.
pub struct Enrol {
    /// Which one.
    pub finger: Finger,
    /// Whether the person agreed.
    pub consent: bool,
}

/// What a press is for.
enum Job {
    /// The comparison that the policy asks for.
    Compare(Box<Press>),
    /// An enrolment.
    Enrol(Box<Enrolment>),
}

/// What came of a press.
enum Done {
    /// The check, and what the comparison stands on; the flag says whether a picture was taken.
    Compared(Finger, Box<Comparison>, Check, bool),
    /// Nothing can be compared with that finger.
    NoReferences(Finger, Check),
    /// The enrolment, where it stands, and the module's own template of the last press.
    Enrolled(
        Box<Enrolment>,
        Option<EnrolmentStep>,
        Option<ModuleTemplate>,
    ),
}

impl Desk {
    /// What is known of a person's fingers, or why none can be compared. Asks the store.
    pub(super) async fn known_fingers(
        &self,
        id: SessionId,
        judged: &Judgement,
    ) -> Result<Fingers, Check> {
        let cannot = |why: &str| Err(Check::not_performed(CheckId::Fingerprint, why));
        let policy = self.registry().get(id).map(|s| s.policy.clone());
        let Some(policy) = policy.filter(|policy| policy.asks_for(CheckId::Fingerprint)) else {
            return cannot("the policy does not ask for it");
        };
        let Some(taking) = self.0.ports.fingers.clone() else {
            return cannot("no fingerprint sensor is set up");
        };
        let considered = judged.considered.as_ref();
        let chip = considered.and_then(|known| known.chip_fingers.clone());
        let mut known = Vec::new();
        let mut why_not = match chip {
            None => "no fingers were read from the chip".to_owned(),
            Some(file) => match Dg3::parse(&file) {
                Ok(dg3) => {
                    known = of_chip(&dg3);
                    "the chip holds no fingers".to_owned()
                }
                Err(error) => error.to_string(),
            },
        };
        if known.is_empty()
            && let Some(holder) = judged.holder.clone()
        {
            let enrolled = Arc::clone(&self.0.ports.enrolled);
            let means = means(taking.as_ref());
            let found = spawn_blocking(move || enrolled.find(&holder, &means)).await;
            match found {
                Ok(Ok(kept)) => {
                    known.extend(kept.usable.iter().filter_map(of_store));
                    why_not.push_str(match kept.unusable.first() {
                        None => ", and none was enrolled",
                        Some(&"card") => ", and those enrolled belong to another card",
                        Some(&"sensor") => ", and those enrolled are of another kind of sensor",
                        Some(&"algorithm") => ", and those enrolled are of another algorithm",
                        Some(_) => ", and those enrolled cannot be opened",
                    });
                }
                _ => why_not.push_str(", and those enrolled cannot be looked up"),
            }
        }
        if known.is_empty() {
            return cannot(&why_not);
        }
        Ok(Fingers::new(known, policy.person.finger_presses))
    }

    /// Takes one press for the comparison that the policy asks for. Returns as soon as it has begun: how
    /// it goes on is in the session.
    ///
    /// # Errors
    /// A [`Refusal`]: no such session, one that wants no finger, or a capture that runs already.
    pub fn finger(
        &self,
        id: SessionId,
        caller: &Caller,
        finger: Option<Finger>,
    ) -> Result<SessionView, Refusal> {
        let taking = self.0.ports.fingers.clone().ok_or(Refusal::NoSensor)?;
        let mut job = None;
        let view = self.with_mut(id, caller, |session| {
            let state = session.state;
            let person = session.person.as_mut().ok_or(Refusal::WrongState(state))?;
            if !person.waits_for(CheckId::Fingerprint) {
                return Err(Refusal::NotWanted);
            }
            if session.capture.is_some() {
                return Err(Refusal::Comparing);
            }
            let press = person.begin_finger(finger).ok_or(Refusal::UnknownFinger)?;
            job = Some((Job::Compare(Box::new(press)), begin(session)));
            Ok(())
        })?;
        self.run(id, taking, job);
        Ok(view)
    }

    /// Takes one press of an enrolment, after a visit at which card and face were verified.
    ///
    /// # Errors
    /// A [`Refusal`]: no such session, not verified so, no consent, or a capture that runs already.
    pub fn enrol(
        &self,
        id: SessionId,
        caller: &Caller,
        wanted: &Enrol,
    ) -> Result<SessionView, Refusal> {
        let taking = self.0.ports.fingers.clone().ok_or(Refusal::NoSensor)?;
        if self.0.settings.enrolment.is_none() {
            return Err(Refusal::NotEnrolling);
        }
        if caller.role != Role::Clerk {
            return Err(Refusal::ClerkAlone);
        }
        let threshold = taking.threshold();
        let mut job = None;
        let view = self.with_mut(id, caller, |session| {
            if !may_enrol(session) {
                return Err(Refusal::NotEnrolling);
            }
            if session.capture.is_some() {
                return Err(Refusal::Comparing);
            }
            let goes_on = session
                .enrolling
                .as_ref()
                .is_some_and(|begun| begun.finger == wanted.finger && begun.stands.is_open());
            if !goes_on {
                if !wanted.consent {
                    return Err(Refusal::NoConsent);
                }
                session.enrolling = Some(Enrolling::new(wanted.finger, &caller.id, threshold));
            }
            let enrolling = session.enrolling.as_mut();
            let enrolment = enrolling.and_then(Enrolling::begin);
            let enrolment = enrolment.ok_or(Refusal::Comparing)?;
            job = Some((Job::Enrol(enrolment), begin(session)));
            Ok(())
        })?;
        self.run(id, taking, job);
        Ok(view)
    }

    /// Calls a capture off.
    ///
    /// # Errors
    /// [`Refusal::UnknownSession`].
    pub fn leave_finger(&self, id: SessionId, caller: &Caller) -> Result<SessionView, Refusal> {
        self.with_mut(id, caller, |session| {
            if let Some(capture) = &session.capture {
                capture.cancel.cancel();
            }
            Ok(())
        })
    }

    /// Forgets every enrolled finger of the session's person, who asked for that.
    ///
    /// # Errors
    /// A [`Refusal`]: no such session, none whose person is known, or a store that does not answer.
    pub async fn forget_fingers(
        &self,
        id: SessionId,
        caller: &Caller,
    ) -> Result<SessionView, Refusal> {
        if caller.role != Role::Clerk {
            return Err(Refusal::ClerkAlone);
        }
        let holder = self.with(id, caller, |session| {
            let shown = session.judgement.as_ref().or(session.pending.as_ref());
            shown
                .and_then(|judged| judged.holder.clone())
                .ok_or(Refusal::WrongState(session.state))
        })??;
        let (enrolled, by) = (Arc::clone(&self.0.ports.enrolled), caller.id.clone());
        let erased = spawn_blocking(move || enrolled.erase(&holder.number, &by)).await;
        erased
            .map_err(|_| Refusal::NotRecorded)?
            .map_err(|_| Refusal::NotRecorded)?;
        self.with_mut(id, caller, |session| {
            session.enrolling = None;
            Ok(())
        })
    }

    /// Runs a press on a thread of its own, which ends within the sensor's bounds.
    fn run(&self, id: SessionId, taking: Arc<dyn FingerTaking>, job: Option<(Job, CancelToken)>) {
        let Some((job, cancel)) = job else {
            return;
        };
        let desk = self.clone();
        self.count_readings(1);
        tokio::spawn(async move {
            let worker = desk.clone();
            let done = spawn_blocking(move || {
                let stopping = worker.stopping();
                let cancelled = || cancel.is_cancelled() || *stopping.borrow();
                let mut take = |besides: &Besides| {
                    let step = &mut |step| worker.note_capture(id, step);
                    taking.press(besides, step, &cancelled)
                };
                job.perform(taking.as_ref(), &mut take)
            });
            match done.await {
                Ok((done, fault)) => desk.end_capture(id, done, fault).await,
                Err(_) => {
                    tracing::error!(session = %id, "a capture broke down; the desk goes on");
                    desk.drop_capture(id);
                }
            }
            desk.count_readings(-1);
        });
    }

    fn note_capture(&self, id: SessionId, step: CaptureStep) {
        let mut registry = self.registry();
        let Some(session) = registry.get_mut(id) else {
            return;
        };
        let Some(capture) = session.capture.as_mut() else {
            return;
        };
        let step = match step {
            CaptureStep::FingerWanted => CaptureProgress::FingerWanted,
            CaptureStep::FingerMayGo => CaptureProgress::FingerMayGo,
            CaptureStep::Fetching { done, total } if done >= total => CaptureProgress::Comparing,
            CaptureStep::Fetching { done, total } => {
                // In tens: each is told to every listener.
                let tens = done.saturating_mul(10).checked_div(total).unwrap_or(0);
                CaptureProgress::Fetching(u8::try_from(tens.saturating_mul(10)).unwrap_or(100))
            }
        };
        if capture.step != step {
            capture.step = step;
            push(&session.events, "finger", &session.finger_view(), true);
        }
    }

    async fn end_capture(&self, id: SessionId, done: Done, fault: Option<NoPress>) {
        let kept = match &done {
            Done::Enrolled(_, Some(EnrolmentStep::Enrolled(references)), module) => {
                let bytes = to_bytes(references.as_slice(), module.as_ref());
                Some(self.keep(id, bytes).await)
            }
            _ => None,
        };
        let mut registry = self.registry();
        let Some(session) = registry.get_mut(id) else {
            return;
        };
        session.capture = None;
        session.finger_fault = fault;
        match done {
            Done::Compared(finger, comparison, check, pressed) => {
                if let Some(person) = session.person.as_mut() {
                    person.end_finger(finger, comparison, check, pressed);
                }
            }
            Done::NoReferences(finger, check) => {
                if let Some(person) = session.person.as_mut() {
                    person.no_references(finger, check);
                }
            }
            Done::Enrolled(enrolment, step, _) => {
                if let Some(enrolling) = session.enrolling.as_mut() {
                    let stands = match (&step, kept) {
                        (_, Some(false)) => Stands::NotKept,
                        (Some(step), _) => step.into(),
                        (None, _) => enrolling.stands,
                    };
                    enrolling.take(enrolment, stands);
                }
            }
        }
        self.publish(session);
        session.changed.notify_one();
    }

    fn drop_capture(&self, id: SessionId) {
        if let Some(session) = self.registry().get_mut(id) {
            session.capture = None;
            session.enrolling = None;
            if let Some(person) = session.person.as_mut() {
                person.finger_broke_down();
            }
            self.publish(session);
            session.changed.notify_one();
        }
    }

    /// Keeps the references of an enrolment; whether that went well.
    async fn keep(&self, id: SessionId, references: Zeroizing<Vec<u8>>) -> bool {
        let about = {
            let registry = self.registry();
            let session = registry.get(id);
            session.and_then(|session| {
                let holder = session.judgement.as_ref()?.holder.clone()?;
                let enrolling = session.enrolling.as_ref()?;
                Some((holder, enrolling.finger, enrolling.consent_by.clone()))
            })
        };
        let (Some((holder, finger, consent_by)), Some(taking), Some(term)) = (
            about,
            self.0.ports.fingers.as_ref(),
            self.0.settings.enrolment,
        ) else {
            return false;
        };
        let means = means(taking.as_ref());
        let expires_at = self.now() + term;
        let enrolled = Arc::clone(&self.0.ports.enrolled);
        let kept = spawn_blocking(move || {
            let new = NewFinger {
                session: &id.to_string(),
                consent_by: &consent_by,
                holder: &holder,
                finger: finger.name(),
                means: &means,
                references: &references,
                expires_at,
            };
            enrolled.keep(&new)
        });
        matches!(kept.await, Ok(Ok(())))
    }
}

impl Job {
    /// Takes the press and compares it. Blocks.
    fn perform(
        self,
        taking: &dyn FingerTaking,
        take: &mut dyn FnMut(&Besides) -> Result<Taken, NoPress>,
    ) -> (Done, Option<NoPress>) {
        let matcher = taking.matcher();
        match self {
            Self::Compare(press) => {
                let finger = press.known.finger;
                let of_module = press.known.references.of_module().cloned();
                let besides = match of_module.filter(|_| taking.asks_module()) {
                    Some(stored) => Besides::Compare(stored),
                    None => Besides::Nothing,
                };
                // Before anybody is asked for a finger.
                let made = press.comparison(taking);
                let mut pressed = match made {
                    Ok(pressed) => pressed,
                    Err(why) => {
                        let check = Check::not_performed(CheckId::Fingerprint, &why);
                        let check = check.fact("finger", finger.name());
                        return (Done::NoReferences(finger, check), None);
                    }
                };
                let mut module = None;
                let taken = take(&besides).map(|taken| {
                    module = taken.said;
                    matcher.extract(&taken.image)
                });
                let comparison = pressed.comparison.as_mut();
                let fault = match taken {
                    Ok(Ok(template)) => {
                        comparison.press(matcher, &template);
                        None
                    }
                    Ok(Err(fault)) => {
                        comparison.press_failed(fault);
                        None
                    }
                    Err(fault) => Some(fault),
                };
                let check = match fault {
                    Some(fault) if comparison.presses() == 0 => {
                        Check::not_performed(CheckId::Fingerprint, &fault.to_string())
                            .fact("finger", finger.name())
                    }
                    _ => pressed.basis.check(comparison),
                };
                let check = match module {
                    Some(said) => check.fact("module", word_of_module(said)),
                    None => check,
                };
                let took = fault.is_none();
                (
                    Done::Compared(finger, pressed.comparison, check, took),
                    fault,
                )
            }
            Self::Enrol(mut enrolment) => {
                let besides = if taking.asks_module() {
                    Besides::Template
                } else {
                    Besides::Nothing
                };
                let taken = match take(&besides) {
                    Ok(taken) => taken,
                    Err(fault) => return (Done::Enrolled(enrolment, None, None), Some(fault)),
                };
                let step = match matcher.extract(&taken.image) {
                    Ok(template) => enrolment.press(matcher, &template),
                    Err(fault) => EnrolmentStep::Fault(fault),
                };
                (Done::Enrolled(enrolment, Some(step), taken.template), None)
            }
        }
    }
}

/// The module's own word: a fact beside the desk's comparison, which it never changes.
fn word_of_module(said: Result<ModuleMatch, SensorFault>) -> &'static str {
    match said {
        Ok(ModuleMatch::Matches { .. }) => "matches",
        Ok(ModuleMatch::Differs { .. }) => "differs",
        Err(_) => "no-answer",
    }
}

/// Marks a session as capturing.
fn begin(session: &mut Session) -> CancelToken {
    let cancel = CancelToken::new();
    session.finger_fault = None;
    session.capture = Some(Capture {
        step: CaptureProgress::Beginning,
        cancel: cancel.clone(),
    });
    cancel
}

fn means(taking: &dyn FingerTaking) -> Means {
    Means {
        sensor: taking.sensor().to_owned(),
        algorithm: taking.matcher().algorithm().to_owned(),
    }
}

/// The fingers of DG3, each with its pictures, in their order.
fn of_chip(dg3: &Dg3) -> Vec<Known> {
    let mut known: Vec<Known> = Vec::new();
    for view in &dg3.fingers {
        let number = match view.position {
            Position::Unknown => 0,
            Position::Finger(number) => number,
            Position::Other(_) => continue,
        };
        let Some(finger) = Finger::numbered(number) else {
            continue;
        };
        let same = known.iter_mut().find(|known| known.finger == finger);
        match same.map(|known| &mut known.references) {
            Some(References::Chip(views)) => views.push(view.clone()),
            Some(References::Enrolled(..)) => {}
            None => known.push(Known {
                finger,
                references: References::Chip(vec![view.clone()]),
            }),
        }
    }
    known
}

fn of_store(kept: &KeptFinger) -> Option<Known> {
    let read = from_bytes(kept.references.reveal()).inspect_err(|error| {
        tracing::error!(%error, "an enrolled finger cannot be taken apart");
    });
    let (templates, module) = read.ok()?;
    Some(Known {
        finger: Finger::named(&kept.finger)?,
        references: References::Enrolled(templates, module),
    })
}

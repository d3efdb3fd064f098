//! Opens sessions: policy, reader, and the scan that is held.

use std::sync::Arc;

use cccd_port::ReaderName;
use tokio::sync::Notify;

use super::Desk;
use crate::decision::{OnRecord, Policies, Policy};
use crate::desk::events::EventLog;
use crate::desk::ports::{Caller, CancelToken, Role};
use crate::desk::purpose::Purpose;
use crate::desk::reading::Expected;
use crate::desk::refusal::Refusal;
use crate::desk::scanning::Beside;
use crate::desk::scanning::held::HeldScan;
use crate::desk::session::registry::{Full, Registry};
use crate::desk::session::view::SessionView;
use crate::desk::session::{Progress, Session, SessionId, State, Step};

/// What a caller asks a session for.
#[derive(Clone, Debug)]
pub struct Opening {
    /// What for.
    pub purpose: Purpose,
    /// A policy other than the purpose's own, where the desk allows it.
    pub policy: Option<String>,
    /// The caller's reference of the case.
    pub case_ref: Option<String>,
    /// Whom the case is about: decides check `dossier`.
    pub expected: Expected,
    /// What the case system has on record, to be compared after the verdict.
    pub record: OnRecord,
    /// The list of payees that it is about, which is paid today; for a payment alone.
    pub payee_list: Option<String>,
    /// Which reader; none means one that is free.
    pub reader: Option<String>,
    /// The number of a scan that is held; a clerk's page alone may take one.
    pub held_scan: Option<u64>,
}

impl Desk {
    /// Opens a session, to be judged by one of these policies.
    ///
    /// # Errors
    /// A [`Refusal`] that names the reader or the policy which is not to be had, or says that the held
    /// scan is gone: no session is opened then.
    pub fn open(
        &self,
        opening: Opening,
        policies: &Policies,
        caller: &Caller,
    ) -> Result<SessionView, Refusal> {
        if *self.0.stopping.borrow() {
            return Err(Refusal::NotReady);
        }
        let Some(number) = opening.held_scan else {
            return self.open_with(opening, policies, caller, None);
        };
        // What was scanned names a person: it goes to a clerk's own page and nowhere else.
        if caller.role != Role::Clerk {
            return Err(Refusal::ClerkAlone);
        }
        let held = &self.0.scanners.held;
        let scan = held.take(number).ok_or(Refusal::ScanGone)?;
        let opened = self.open_with(opening, policies, caller, Some(&scan));
        match &opened {
            Ok(view) => scan.went_to(view.id.parse().map_err(|_| Refusal::NotReady)?),
            Err(_) => held.put_back(scan),
        }
        opened
    }

    fn open_with(
        &self,
        opening: Opening,
        policies: &Policies,
        caller: &Caller,
        scan: Option<&HeldScan>,
    ) -> Result<SessionView, Refusal> {
        let policy = self.policy(&opening, policies)?;
        let now = self.now();
        let id = SessionId::new(now, &self.0.random).ok_or(Refusal::NotReady)?;
        let mut registry = self.registry();
        let beside = scan.and_then(|scan| scan.beside.as_ref());
        let reader = self.choose_reader(&registry, opening.reader.as_deref(), beside)?;
        let mut session = Session {
            id,
            owner: caller.clone(),
            revision: 0,
            purpose: opening.purpose,
            policy,
            case_ref: opening.case_ref,
            expected: opening.expected,
            record: opening.record,
            payee_list: opening.payee_list,
            reader,
            state: State::Created,
            opened_at: now,
            expires_at: now + self.0.settings.lifetime,
            key: None,
            key_kind: None,
            proposal: None,
            proposals: 0,
            progress: Progress::default(),
            claimed: None,
            claimed_is_signed: false,
            pending: None,
            person: None,
            capture: None,
            finger_fault: None,
            enrols: self.0.settings.enrolment.is_some() && self.0.ports.fingers.is_some(),
            enrolling: None,
            overridden: None,
            judgement: None,
            outcome: None,
            recording: false,
            report_id: None,
            delivery: None,
            end: None,
            clears_at: None,
            cleared: false,
            cancel: CancelToken::new(),
            changed: Arc::new(Notify::new()),
            events: Arc::new(EventLog::new(
                Arc::clone(&self.0.counter),
                self.0.settings.session_events,
            )),
        };
        self.publish(&mut session);
        session
            .take(Step::Begin)
            .map_err(|e| Refusal::WrongState(e.state))?;
        self.publish(&mut session);
        if let Some(scan) = scan {
            session
                .take(Step::KeyAccepted)
                .map_err(|e| Refusal::WrongState(e.state))?;
            session.key_kind = Some(scan.key.source());
            session.key = Some(scan.key.clone());
            self.publish(&mut session);
        }
        let view = session.view();
        registry.insert(session).map_err(|full| match full {
            Full::ReaderInUse => Refusal::ReaderInUse,
            Full::TooMany => Refusal::TooManySessions,
        })?;
        drop(registry);
        tokio::spawn(self.clone().drive(id, self.0.ports.timer.elapsed()));
        Ok(view)
    }

    fn policy(&self, opening: &Opening, policies: &Policies) -> Result<Policy, Refusal> {
        let own = opening.purpose.name();
        let name = opening.policy.as_deref().unwrap_or(own);
        if name != own && !self.0.settings.any_policy {
            return Err(Refusal::PolicyNotAllowed);
        }
        let policy = policies.get(name).cloned();
        policy.ok_or_else(|| Refusal::UnknownPolicy {
            known: policies.names(),
        })
    }

    /// The named reader; else the only one; else the first that is free. Beside a scanner, where one
    /// scanned, alone.
    fn choose_reader(
        &self,
        registry: &Registry,
        wanted: Option<&str>,
        beside: Option<&Beside>,
    ) -> Result<ReaderName, Refusal> {
        let readers = self.0.readers.borrow();
        let names = || {
            let all = readers.readers.iter().map(|reader| &reader.name);
            all.filter(|name| beside.is_none_or(|beside| beside.is(name)))
        };
        if let Some(wanted) = wanted {
            let known = || names().map(ToString::to_string).collect();
            return names()
                .find(|name| name.0 == wanted)
                .cloned()
                .ok_or_else(|| Refusal::UnknownReader { known: known() });
        }
        let free = names().find(|name| !registry.in_use(name));
        match (free, names().next()) {
            (Some(name), _) => Ok(name.clone()),
            (None, Some(_)) => Err(Refusal::ReaderInUse),
            (None, None) => Err(Refusal::NoReader),
        }
    }
}

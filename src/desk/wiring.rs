//! The real parts behind the desk's traits: reader hub, pipeline, store and deliverer.

use core::time::Duration;
use std::io;
use std::sync::Arc;
use std::thread;

use cccd_port::{Clock, ReaderState};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::sync::{broadcast, watch};
use zeroize::Zeroizing;

use super::key::KeyRefused;
use super::ports::{
    Caller, CancelToken, CardReading, Concluded, Concluding, Conclusions, Delivery,
    DeliveryOutcome, NotRecorded, OverrideWanted, ReaderDirectory, Readers, ReadingJob, Role,
    Token, Tokens, Trouble,
};
use super::quirks::Quirks;
use super::reading::evidence_file::seal::seal;
use super::reading::{
    Fingerprints, Found, Grounds, Instructions, Judgement, Keys, Place, ReadingEvent,
    checking_early, is_signed, judge, memory, read_at, terminal,
};
use super::session::SessionId;
use super::tokens::{fingerprint, short_name};
use crate::config;
use crate::crypto::random::SystemRandom;
use crate::decision::verdict::ReadingCount;
use crate::decision::{CheckId, CheckResult, Verdict};
use crate::document::{Date, Printed};
use crate::report::settings::ReportSettings;
use crate::report::{Conclusion, DeliveryEvent, Ended, Overriding};
use crate::store::{AuditEvent, Destination, Store};
use crate::transport::{Arrival, Limits, ReaderChoice, ReaderHub, TransportError, Waits};
use crate::verify::evidence::Step;
use crate::verify::terminal::TerminalMaterial;
use crate::verify::{Evidence, TrustAnchors, fault};

/// What is trusted at this moment; nothing where the trust store cannot be used.
pub type TrustSource = Arc<dyn Fn() -> Option<Arc<TrustAnchors>> + Send + Sync>;

/// Which readers of all that are attached the desk uses, by name.
pub type ReaderFilter = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// From the reader to the judgement.
#[derive(Clone)]
pub struct Pipeline {
    /// Watches readers and hands out their cards.
    pub hub: Arc<ReaderHub>,
    /// What is trusted.
    pub trust: TrustSource,
    /// The time of judgement, and the budgets' time.
    pub clock: Arc<dyn Clock>,
    /// Bounds of one reading.
    pub limits: Limits,
    /// How long a card that was lifted while it was read is waited for.
    pub lay_back: Duration,
    /// What is shown to chips for their fingerprints.
    pub terminal: config::Terminal,
    /// What readers and chips are known to bear.
    pub quirks: Arc<Quirks>,
    /// What earlier sessions saw; none where nothing is kept of anyone.
    pub memory: Option<Arc<Store>>,
}

/// How long a card that was seen on the reader may take to be there still.
const SETTLE: Duration = Duration::from_secs(3);

impl CardReading for Pipeline {
    fn check_key(&self, key: &Printed) -> Result<(), KeyRefused> {
        let today = Date::in_vietnam(self.clock.now());
        // A number alone is enough: its last six digits open a citizen card by PACE.
        if Keys::derive(key, today).is_empty() {
            Err(KeyRefused::OpensNothing)
        } else {
            Ok(())
        }
    }

    fn read(
        &self,
        job: &ReadingJob,
        events: &mut dyn FnMut(ReadingEvent),
        cancel: &CancelToken,
    ) -> Judgement {
        let policy = self.terminal.apply(job.policy.clone());
        let is_signed = |evidence: &Evidence| {
            let trust = (self.trust)();
            let grounds = Grounds {
                trust: trust.as_deref(),
                policy: &policy,
                printed: None,
                expected: &job.expected,
                at: self.clock.now(),
            };
            is_signed(evidence, grounds)
        };
        let read = checking_early(&is_signed, events, |events| {
            self.exchange(job, policy.wants_fingerprints(), events, cancel)
        });
        let (mut evidence, counts, borne) = match read {
            Ok(found) => {
                let borne = Some((found.arrival, found.abilities));
                (found.evidence, found.counts, borne)
            }
            Err(error) => {
                let evidence = Evidence {
                    link: Step::Aborted(fault::of_transport(error)),
                    ..Evidence::default()
                };
                (evidence, ReadingCount::default(), None)
            }
        };
        if let Some(store) = &self.memory
            && let Err(error) = memory::recall(store, &mut evidence)
        {
            // The check says that it was not performed.
            tracing::error!(%error, "what earlier sessions saw could not be looked up");
        }
        let trust = (self.trust)();
        let grounds = Grounds {
            trust: trust.as_deref(),
            policy: &policy,
            printed: Some(&job.key),
            expected: &job.expected,
            at: self.clock.now(),
        };
        let judgement = judge(&evidence, counts, grounds);
        if let Some(store) = &self.memory {
            let verdict = &judgement.verdict;
            let proven = chip_is_proven(verdict) && verdict.personal_number.is_some();
            if let Err(error) = memory::keep(store, &evidence, proven) {
                tracing::error!(%error, "what this session saw could not be kept");
            }
        }
        if let Some((arrival, abilities)) = borne
            && chip_is_proven(&judgement.verdict)
        {
            self.quirks
                .learned(&arrival.reader, &arrival.atr, &abilities);
        }
        judgement
    }
}

/// Whether what was learned on the way was learned of a chip that the state made: any other card can
/// show the same answer to reset, and would teach the desk to read the good ones slowly. A card that
/// took another's place on the way has proven nothing of what came before.
fn chip_is_proven(verdict: &Verdict) -> bool {
    let successful = |id: CheckId| {
        verdict
            .checks
            .iter()
            .any(|check| check.id == id && check.result == CheckResult::Successful)
    };
    successful(CheckId::Link) && successful(CheckId::ChipAuth)
}

impl Pipeline {
    /// What is shown to the chip; nothing where nothing was supplied, or it cannot be used.
    fn terminal_material(&self) -> Option<TerminalMaterial> {
        terminal::material(&self.terminal).unwrap_or_else(|error| {
            tracing::warn!(%error, "the terminal's certificates cannot be used");
            None
        })
    }

    fn exchange(
        &self,
        job: &ReadingJob,
        fingerprints: bool,
        events: &mut dyn FnMut(ReadingEvent),
        cancel: &CancelToken,
    ) -> Result<Found, TransportError> {
        let keys = Keys::derive(&job.key, Date::in_vietnam(self.clock.now()));
        let place = Place {
            hub: &self.hub,
            choice: &ReaderChoice::Named(job.reader.0.clone()),
            waits: Waits {
                apdu: self.limits.apdu,
                ..Waits::default()
            },
            first: SETTLE,
            lay_back: self.lay_back,
            cancel,
        };
        let material = fingerprints.then(|| self.terminal_material()).flatten();
        let instructions = Instructions {
            keys: &keys,
            clock: self.clock.as_ref(),
            limits: self.limits,
            fingerprints: if fingerprints {
                Fingerprints::Wanted(material.as_ref())
            } else {
                Fingerprints::NotWanted
            },
        };
        let recall = |arrival: &Arrival| self.quirks.abilities(&arrival.reader, &arrival.atr);
        read_at(place, instructions, &recall, &mut SystemRandom, events)
    }
}

/// The readers that the hub sees, as a view that changes.
pub struct HubReaders(watch::Receiver<Readers>);

impl HubReaders {
    /// Follows the hub on a thread of its own, which ends with the hub.
    ///
    /// # Errors
    /// The system's error where it gives no thread.
    pub fn follow(hub: &Arc<ReaderHub>, used: ReaderFilter) -> io::Result<Self> {
        let (view, seen) = watch::channel(look(hub, &used));
        let events = hub.subscribe();
        let hub = Arc::downgrade(hub);
        thread::Builder::new()
            .name("reader-view".to_owned())
            .spawn(move || {
                while events.recv().is_ok() {
                    let Some(hub) = hub.upgrade() else { return };
                    let now = look(&hub, &used);
                    view.send_if_modified(|shown| {
                        let news = *shown != now;
                        *shown = now;
                        news
                    });
                }
            })?;
        Ok(Self(seen))
    }
}

fn look(hub: &ReaderHub, used: &ReaderFilter) -> Readers {
    let readers = hub
        .readers()
        .into_iter()
        .filter(|reader| used(&reader.name.0));
    Readers {
        service: hub.service_answers(),
        readers: readers
            .map(|r| ReaderState {
                name: r.name,
                card: r.card,
            })
            .collect(),
    }
}

impl ReaderDirectory for HubReaders {
    fn watch(&self) -> watch::Receiver<Readers> {
        self.0.clone()
    }
}

/// Records in the store, and tells what becomes of the reports.
pub struct Reports {
    store: Arc<Store>,
    settings: ReportSettings,
    desk: String,
    news: broadcast::Sender<Delivery>,
}

impl Reports {
    /// Records for the desk of that identifier. `delivered` is what the deliverer tells; to be
    /// called within a Tokio runtime.
    #[must_use]
    pub fn new(
        store: Arc<Store>,
        settings: ReportSettings,
        desk: String,
        mut delivered: broadcast::Receiver<DeliveryEvent>,
    ) -> Self {
        let news = broadcast::Sender::new(256);
        let sender = news.clone();
        let first = settings.destinations.first().copied();
        tokio::spawn(async move {
            loop {
                match delivered.recv().await {
                    // Nobody may listen; the outbox remembers.
                    Ok(event) => drop(delivery(event, first).map(|delivery| sender.send(delivery))),
                    Err(broadcast::error::RecvError::Lagged(missed)) => {
                        tracing::warn!(missed, "news of deliveries were missed");
                    }
                    Err(broadcast::error::RecvError::Closed) => return,
                }
            }
        });
        Self {
            store,
            settings,
            desk,
            news,
        }
    }
}

/// What a session is told: the first destination speaks for all.
fn delivery(event: DeliveryEvent, first: Option<Destination>) -> Option<Delivery> {
    if first != Some(event.destination) {
        return None;
    }
    Some(Delivery {
        session: event.session?.parse().ok()?,
        report_id: event.report_id,
        outcome: match event.ended {
            Ended::Delivered { receipt_id } => DeliveryOutcome::Delivered { receipt_id },
            Ended::Refused { status } => DeliveryOutcome::Refused { status },
            Ended::Waiting {
                attempts, reason, ..
            } => DeliveryOutcome::Waiting { attempts, reason },
        },
    })
}

impl Conclusions for Reports {
    fn conclude(&self, concluding: &Concluding<'_>) -> Result<Concluded, NotRecorded> {
        let conclusion = Conclusion {
            session: &concluding.session.to_string(),
            case_ref: concluding.case_ref,
            purpose: concluding.purpose.name(),
            desk: &self.desk,
            verdict: &concluding.judgement.verdict,
            evidence: Some(concluding.judgement.evidence.reveal()),
            reconciliation: concluding.judgement.reconciliation.as_ref(),
        };
        match self.store.conclude(&conclusion, &self.settings) {
            Ok(concluded) => {
                let verdict = &concluding.judgement.verdict;
                let seal = seal(&self.store, conclusion.session, &self.desk, verdict);
                let seal = seal.inspect_err(|error| {
                    tracing::error!(session = %concluding.session, %error, "evidence was not sealed");
                });
                Ok(Concluded {
                    report_id: concluded.report_id,
                    seal: seal.ok(),
                })
            }
            Err(error) => {
                tracing::error!(session = %concluding.session, %error, "a verdict was not recorded");
                Err(NotRecorded)
            }
        }
    }

    fn override_verdict(&self, wanted: &OverrideWanted) -> Result<(), NotRecorded> {
        let session = wanted.session.to_string();
        let overriding = Overriding {
            session: &session,
            case_ref: wanted.case_ref.as_deref(),
            purpose: wanted.purpose.name(),
            desk: &self.desk,
            policy: &wanted.policy,
            reasons: &wanted.reasons,
            role: wanted.role.name(),
            by: &wanted.by,
            why: &wanted.why,
            test: wanted.test,
        };
        let recorded = self.store.override_verdict(&overriding, &self.settings);
        recorded.map(drop).map_err(|error| {
            tracing::error!(%session, %error, "an override was not recorded");
            NotRecorded
        })
    }

    fn evidence_leaves(&self, session: SessionId, to: &Caller) -> Result<(), NotRecorded> {
        let session = session.to_string();
        let event = AuditEvent::new("evidence-exported")
            .session(&session)
            .fact("role", to.role.name())
            .fact("by", &to.id);
        let recorded = self.store.record(&event);
        recorded.map(drop).map_err(|error| {
            tracing::error!(%session, %error, "that evidence leaves was not recorded");
            NotRecorded
        })
    }

    fn unrecorded(&self) -> Option<Trouble> {
        self.store.unrecorded()
    }

    fn troubles(&self) -> Vec<Trouble> {
        self.store.troubles(&self.settings.bounds)
    }

    fn no_room(&self) -> Option<Trouble> {
        self.store.no_room(&self.settings.bounds)
    }

    fn deliveries(&self) -> broadcast::Receiver<Delivery> {
        self.news.subscribe()
    }

    fn keys(&self) -> Result<Value, NotRecorded> {
        self.store.refresh_signing().map_err(|error| {
            tracing::error!(%error, "whether the signing key changed is not known");
            NotRecorded
        })?;
        serde_json::to_value(self.store.keys()).map_err(|_| NotRecorded)
    }

    fn outbox(&self) -> Result<Value, NotRecorded> {
        let reports = self.store.outbox().map_err(|error| {
            tracing::error!(%error, "the outbox could not be read");
            NotRecorded
        })?;
        Ok(json!({ "reports": reports }))
    }
}

/// The tokens of the store.
pub struct StoreTokens(pub Arc<Store>);

impl Tokens for StoreTokens {
    fn caller(&self, presented: &str) -> Option<Caller> {
        let role = self.0.token_role(presented).unwrap_or_else(|error| {
            tracing::error!(%error, "a token could not be looked up");
            None
        })?;
        Some(Caller {
            id: short_name(&fingerprint(presented)),
            role,
        })
    }

    fn issue(&self, role: Role, label: &str) -> Result<Token, NotRecorded> {
        let token = self.0.add_token(role, label).map_err(|error| {
            tracing::error!(%error, "a token could not be kept");
            NotRecorded
        })?;
        Ok(Token(Zeroizing::new(
            token.secret.expose_secret().to_owned(),
        )))
    }
}

//! Simulated cards without a chip, for the page: which card lies there decides what is read.

use std::sync::{Arc, Mutex};

use cccd_desk::decision::{VerdictKind, reason};
use cccd_desk::desk::api::{DemoPanel, Hosts, Interface, Rate, UnknownCard};
use cccd_desk::desk::key::KeyRefused;
use cccd_desk::desk::pairing::Pairing;
use cccd_desk::desk::ports::{
    CancelToken, CardReading, Concluded, Concluding, Conclusions, Delivery, DeliveryOutcome,
    NotRecorded, Ports, ReadingJob, Role,
};
use cccd_desk::desk::reading::{Judgement, ReadingEvent};
use cccd_desk::desk::tokens::MemoryTokens;
use cccd_desk::desk::{Desk, Settings, server};
use cccd_desk::document::Printed;
use cccd_port::SystemClock;
use serde_json::{Value, json};
use tokio::sync::broadcast;

use crate::support::{QR, ScriptedReaders, face, judgement};

pub const READER: &str = "Đầu đọc mô phỏng A";
pub const OTHER_QR: &str = "079155000002||TRẦN THỊ B|15061955|Nữ|Huế|01012022";

/// Everything behind the page.
struct StandIn {
    readers: Arc<ScriptedReaders>,
    laid: Mutex<Option<(String, Vec<String>)>>,
    received: Mutex<Vec<Value>>,
    news: broadcast::Sender<Delivery>,
    /// Held by a test that wants to look at a reading.
    midway: Arc<Mutex<()>>,
}

impl CardReading for StandIn {
    fn check_key(&self, _: &Printed) -> Result<(), KeyRefused> {
        Ok(())
    }

    fn read(
        &self,
        job: &ReadingJob,
        events: &mut dyn FnMut(ReadingEvent),
        _: &CancelToken,
    ) -> Judgement {
        let (persona, defects) = self.laid.lock().unwrap().clone().expect("a card");
        let opens = match &job.key {
            Printed::Qr(_) => {
                (job.key == Printed::parse_qr(QR).unwrap()) == (persona == "adult-man")
            }
            _ => true,
        };
        if !opens {
            return judgement(VerdictKind::Unreadable, Some(reason::ACCESS_KEY_WRONG));
        }
        for (phase, size) in [("access", 0), ("dg1", 93), ("dg13", 700)] {
            events(ReadingEvent::Progress {
                phase,
                bytes: size,
                total: Some(size),
            });
        }
        events(ReadingEvent::Claimed(Box::new(face())));
        for bytes in (0..=18_000).step_by(900) {
            if bytes == 9_000 {
                drop(self.midway.lock().unwrap());
            }
            events(ReadingEvent::Progress {
                phase: "dg2",
                bytes,
                total: Some(18_000),
            });
        }
        match defects.first().map(String::as_str) {
            None => judgement(VerdictKind::Verified, None),
            Some("link-card-removed") => {
                judgement(VerdictKind::Unreadable, Some(reason::CARD_REMOVED))
            }
            Some("csca-unknown") => {
                judgement(VerdictKind::Undetermined, Some(reason::CSCA_UNKNOWN))
            }
            Some(_) => judgement(VerdictKind::NotVerified, Some(reason::DG_HASH_MISMATCH)),
        }
    }
}

impl Conclusions for StandIn {
    fn conclude(&self, concluding: &Concluding<'_>) -> Result<Concluded, NotRecorded> {
        if concluding.judgement.verdict.verdict != VerdictKind::Verified {
            return Ok(Concluded { report_id: None });
        }
        let receipt_id = "BN-000001".to_owned();
        self.received
            .lock()
            .unwrap()
            .push(json!({ "event": { "type": "identity.confirmed" }, "receipt_id": receipt_id }));
        let _ = self.news.send(Delivery {
            session: concluding.session,
            report_id: "R-1".to_owned(),
            outcome: DeliveryOutcome::Delivered { receipt_id },
        });
        Ok(Concluded {
            report_id: Some("R-1".to_owned()),
        })
    }

    fn deliveries(&self) -> broadcast::Receiver<Delivery> {
        self.news.subscribe()
    }

    fn keys(&self) -> Result<Value, NotRecorded> {
        Ok(json!({ "keys": [] }))
    }

    fn outbox(&self) -> Result<Value, NotRecorded> {
        Ok(json!({ "reports": [] }))
    }
}

impl DemoPanel for StandIn {
    fn document(&self) -> Value {
        json!({
            "personas": [
                { "name": "adult-man", "description": "Nam, 36 tuổi, thẻ thường.", "qr": QR },
                { "name": "older-woman", "description": "Nữ, 70 tuổi, thẻ không thời hạn.", "qr": OTHER_QR },
            ],
            "defects": [
                { "id": "dg1-changed", "section": "Passive authentication", "result": "not_verified",
                  "reason": "dg-hash-mismatch", "description": "DG1 không đúng với SOD." },
                { "id": "csca-unknown", "section": "Passive authentication", "result": "undetermined",
                  "reason": "csca-unknown", "description": "Không có neo tin cậy." },
                { "id": "link-card-removed", "section": "Link", "result": "unreadable",
                  "reason": "card-removed", "description": "Thẻ bị nhấc khi đang đọc." },
            ],
        })
    }

    fn lay(&self, reader: &str, persona: &str, defects: &[String]) -> Result<(), UnknownCard> {
        if reader != READER {
            return Err(UnknownCard(reader.to_owned()));
        }
        *self.laid.lock().unwrap() = Some((persona.to_owned(), defects.to_vec()));
        self.readers.lay(reader);
        Ok(())
    }

    fn lift(&self, reader: &str) -> Result<(), UnknownCard> {
        self.readers.lift(reader);
        Ok(())
    }

    fn received(&self) -> Value {
        Value::Array(self.received.lock().unwrap().clone())
    }
}

/// A desk that is being served; its address, and what stops it.
pub struct Served {
    pub address: String,
    pub readers: Arc<ScriptedReaders>,
    /// No reading passes its middle while it is held.
    pub midway: Arc<Mutex<()>>,
}

/// Serves a desk with a panel of simulated cards.
pub fn serve(personal_data: std::time::Duration) -> Served {
    let readers = Arc::new(ScriptedReaders::default());
    readers.plug(READER);
    let midway = Arc::new(Mutex::new(()));
    let stand_in = Arc::new(StandIn {
        readers: Arc::clone(&readers),
        laid: Mutex::default(),
        received: Mutex::default(),
        news: broadcast::Sender::new(16),
        midway: Arc::clone(&midway),
    });
    let ports = Ports {
        reading: Arc::clone(&stand_in) as _,
        readers: Arc::clone(&readers) as _,
        conclusions: Arc::clone(&stand_in) as _,
        tokens: Arc::new(MemoryTokens::default()),
        clock: Arc::new(SystemClock::default()),
    };
    let settings = Settings {
        any_policy: true,
        personal_data,
        ..Settings::default()
    };
    let desk = Desk::start(ports, settings);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let pairing = Arc::new(Pairing::default());
    let secret = pairing.always(Role::Clerk).unwrap();
    let router = Interface {
        desk: desk.clone(),
        pairing,
        hosts: Hosts::loopback(port),
        rate: Rate::default(),
        demo: Some(stand_in),
    }
    .router();
    tokio::spawn(server::serve(
        listener,
        router,
        desk,
        core::future::pending(),
    ));
    Served {
        address: format!("http://127.0.0.1:{port}/#pair={}", *secret),
        readers,
        midway,
    }
}

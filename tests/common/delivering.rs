//! A deliverer that is at work, and what it tells.

use std::sync::Arc;
use std::time::Duration;

use cccd_desk::report::{
    DelivererHandle, DeliveryEvent, DeliveryReason, DeliverySettings, Ended, Pace, RuntimeTimer,
    deliver,
};
use cccd_desk::store::Store;
use tokio::sync::broadcast;

/// How an attempt ended.
#[derive(Debug)]
pub enum Told {
    /// The receipt is stored.
    Taken {
        report_id: String,
        receipt_id: String,
    },
    /// For good.
    Refused { status: u16 },
    /// It will be sent again.
    Waiting { reason: DeliveryReason },
}

/// A deliverer of a store's reports; it hardly waits between two attempts.
pub struct Delivering {
    handle: DelivererHandle,
    events: broadcast::Receiver<DeliveryEvent>,
}

impl Delivering {
    /// Delivers to `address`, with so much time for one attempt.
    pub fn to(address: &str, store: &Arc<Store>, timeout: Duration) -> Self {
        let settings = DeliverySettings {
            timeout,
            pace: Pace {
                first_wait: Duration::from_millis(1),
                longest_wait: Duration::from_millis(20),
            },
            ..DeliverySettings::new(address.parse().unwrap())
        };
        let (sender, events) = broadcast::channel(1_024);
        let timer = Arc::new(RuntimeTimer::default());
        let handle = deliver::spawn(Arc::clone(store), &settings, sender, timer).unwrap();
        Self { handle, events }
    }

    /// How the next attempt ended.
    pub async fn told(&mut self) -> Told {
        // Only so that a fault fails instead of hanging.
        let event = tokio::time::timeout(Duration::from_secs(60), self.events.recv());
        let event = event.await.unwrap().unwrap();
        match event.ended {
            Ended::Delivered { receipt_id } => Told::Taken {
                report_id: event.report_id,
                receipt_id,
            },
            Ended::Refused { status, .. } => Told::Refused { status },
            Ended::Waiting { reason, .. } => Told::Waiting { reason },
        }
    }

    /// The next report that is taken, however often it was tried, and its receipt.
    pub async fn taken(&mut self) -> (String, String) {
        loop {
            match self.told().await {
                Told::Taken {
                    report_id,
                    receipt_id,
                } => return (report_id, receipt_id),
                Told::Waiting { .. } => {}
                told @ Told::Refused { .. } => panic!("{told:?}"),
            }
        }
    }

    /// Why the next attempt failed.
    pub async fn waits(&mut self) -> DeliveryReason {
        match self.told().await {
            Told::Waiting { reason } => reason,
            told => panic!("{told:?}"),
        }
    }

    /// The status with which the next report is refused.
    #[allow(dead_code, reason = "one of two programs meets a refusal")]
    pub async fn refused(&mut self) -> u16 {
        match self.told().await {
            Told::Refused { status } => status,
            told => panic!("{told:?}"),
        }
    }

    pub async fn shutdown(self) {
        self.handle.shutdown(Duration::from_secs(20)).await;
    }
}

//! A desk that belongs to the office: its store, its membership, and payments.

use core::time::Duration;
use std::sync::Arc;

use cccd_desk::config::{Config, Payees as PayeesConfig, Unsigned};
use cccd_desk::desk::fleet::payees::FleetPayees;
use cccd_desk::desk::fleet::taking::Wanted;
use cccd_desk::desk::fleet::{Joining, Membership};
use cccd_desk::desk::payees::StorePayees;
use cccd_desk::desk::payees::importing::{Incoming, Signers, import};
use cccd_desk::desk::ports::{Basis, Payees as _, Paying};
use cccd_desk::document::{Date, PersonalNumber};
use cccd_desk::fleet::Link;
use cccd_desk::payees::Given;
use cccd_desk::report::{ReportSettings, RuntimeTimer};
use cccd_desk::store::Store;
use cccd_desk::store::payees::{ClaimRefused, Claimed};
use cccd_port::SystemClock;

use crate::{LONG, Office, connected};

/// Invented people, each with an entry of one list.
pub const LIST: &str = "personal_number;name;amount;period;id\n\
    001090000001;NGUYỄN VĂN A;1500000;2026-11;a-1\n\
    001090000002;TRẦN THỊ B;700000;2026-11;a-2\n\
    001090000003;LÊ VĂN C;900000;2026-11;a-3\n";

/// A desk.
pub struct Member {
    /// What it remembers.
    pub store: Arc<Store>,
    /// Its membership.
    pub membership: Membership,
    /// Its connection.
    pub link: Link,
    /// How it pays.
    pub payees: Arc<FleetPayees>,
}

/// Imports the list, by hand.
pub fn take_list(store: &Store) {
    take_list_until(store, None);
}

/// The same with the last day on which it is paid.
pub fn take_list_until(store: &Store, until: Option<Date>) {
    let signers = Signers::of(&PayeesConfig {
        unsigned: Unsigned::Allow,
        ..PayeesConfig::default()
    })
    .unwrap();
    let given = Given {
        id: Some("BH-2026-11".to_owned()),
        issuer: Some("Phường thử nghiệm".to_owned()),
        until,
        ..Given::default()
    };
    let incoming = Incoming {
        bytes: LIST.as_bytes(),
        signature: None,
        given: &given,
        by: "operator",
    };
    import(store, &signers, &incoming).unwrap();
}

impl Member {
    /// Joins the office, with the list of the day.
    pub async fn join(office: &Office, desk: &str) -> Self {
        let member = Self::join_with(office, desk, Wanted::default()).await;
        take_list(&member.store);
        member
    }

    /// The same without a list.
    pub async fn join_with(office: &Office, desk: &str, wanted: Wanted) -> Self {
        let store = Arc::new(Store::in_memory(Arc::new(SystemClock::default())).unwrap());
        Self::at(office, desk, store, wanted).await
    }

    /// The same with what it remembers.
    pub async fn at(office: &Office, desk: &str, store: Arc<Store>, wanted: Wanted) -> Self {
        let link = office.link(desk).await;
        let membership = Membership::begin(
            link.clone(),
            Joining {
                store: Arc::clone(&store),
                timer: Arc::new(RuntimeTimer::default()),
                health_every: Duration::from_secs(30),
                health: Arc::new(|| serde_json::json!({"readers": 1})),
                wanted,
                claims: true,
            },
        );
        let own = StorePayees {
            store: Arc::clone(&store),
            desk: desk.to_owned(),
            reports: ReportSettings::from(&Config::default()),
            lists: PayeesConfig::default(),
        };
        let payees = FleetPayees::new(own, membership.claims().unwrap());
        Self {
            store,
            membership,
            link,
            payees: Arc::new(payees),
        }
    }

    /// Pays somebody by a supervisor's word, on a thread that may block.
    pub fn pay(
        &self,
        number: &'static str,
    ) -> tokio::task::JoinHandle<Result<Claimed, ClaimRefused>> {
        let payees = Arc::clone(&self.payees);
        tokio::task::spawn_blocking(move || {
            let person = PersonalNumber::parse(number).unwrap();
            let payable = payees.payable(&person).unwrap();
            payees.pay(&Paying {
                entry: payable[0].entry,
                list: None,
                case_ref: None,
                person: &person,
                authorisation: None,
                basis: Basis::Manual("thẻ hỏng"),
                clerk: "clerk-1",
            })
        })
    }

    /// Undoes a payment.
    pub async fn undo(&self, claim: &str) {
        let (payees, claim) = (Arc::clone(&self.payees), claim.to_owned());
        tokio::task::spawn_blocking(move || payees.undo(&claim, "supervisor", "nhầm").unwrap())
            .await
            .unwrap();
    }

    /// Waits until `holds`, looked at whenever others may have had their turn.
    pub async fn until(&self, what: &str, holds: impl Fn(&Store) -> bool) {
        let seen = async {
            while !holds(&self.store) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(
            tokio::time::timeout(LONG, seen).await.is_ok(),
            "never: {what}"
        );
    }

    /// Waits until the link is back.
    pub async fn back(&mut self) {
        connected(&mut self.link).await;
    }

    /// Waits until the link is gone.
    pub async fn cut_off(&self) {
        let mut changes = self.link.changes();
        let gone = changes.wait_for(|connected| !connected);
        tokio::time::timeout(LONG, gone).await.unwrap().unwrap();
    }
}

//! What is killed, paused and slowed, and when: after so many verdicts and arrivals, as a seed says.

use std::time::Duration;

use cccd_desk::simulation::case_system::Fault;
use tokio::sync::mpsc::UnboundedReceiver;

use super::case_system::CaseSystem;
use super::chance::Chance;
use super::desk::Desk;
use super::fleet::Fleet;
use super::{Mark, Session};

/// Ways in which the case system fails that a repetition mends.
const FAULTS: [Fault; 8] = [
    Fault::Slow,
    Fault::Slow,
    Fault::LostReceipt,
    Fault::LostReceipt,
    Fault::Unavailable,
    Fault::Down,
    Fault::NotJson,
    Fault::WrongReceipt,
];

/// One kind of trouble.
#[derive(Clone, Copy)]
enum Trouble {
    /// The desk is killed whatever it does.
    Desk,
    /// It is killed when a report has arrived whose receipt it may not have.
    DeskAtArrival,
    /// It is killed, and killed again while it starts.
    DeskAtStart,
    /// The case system is killed, and comes back later.
    CaseSystem,
    /// Its connections stay open and it answers nothing.
    CaseSystemPaused,
    /// It answers wrong, late or half.
    CaseSystemFaulty,
    /// The fleet's server is killed, and comes back later.
    Fleet,
    /// Its connections stay open and it answers nothing.
    FleetPaused,
}

/// The more often it stands here, the more often it happens.
const TROUBLES: [Trouble; 13] = [
    Trouble::Desk,
    Trouble::Desk,
    Trouble::DeskAtArrival,
    Trouble::DeskAtArrival,
    Trouble::DeskAtStart,
    Trouble::CaseSystem,
    Trouble::CaseSystem,
    Trouble::CaseSystemPaused,
    Trouble::CaseSystemFaulty,
    Trouble::CaseSystemFaulty,
    Trouble::Fleet,
    Trouble::Fleet,
    Trouble::FleetPaused,
];

/// How often what happened.
#[derive(Debug, Default)]
pub struct Figures {
    pub desk_kills: u64,
    pub case_system_kills: u64,
    pub case_system_pauses: u64,
    pub case_system_faults: u64,
    pub fleet_kills: u64,
    pub fleet_pauses: u64,
    pub deliveries: u64,
}

impl Figures {
    pub fn print(&self, sessions: &[Session], reports: u64, took: Duration) {
        let told = sessions.iter().filter(|session| session.told).count();
        println!("sessions told               {told:>6}");
        println!("sessions cut by a kill      {:>6}", sessions.len() - told);
        println!("reports received, each once {reports:>6}");
        println!(
            "deliveries sent again       {:>6}  or more: some are cut before they are counted",
            self.deliveries.saturating_sub(reports)
        );
        println!("desk killed                 {:>6}", self.desk_kills);
        println!("case system killed          {:>6}", self.case_system_kills);
        println!("case system paused          {:>6}", self.case_system_pauses);
        println!("case system failing         {:>6}", self.case_system_faults);
        println!("fleet's server killed       {:>6}", self.fleet_kills);
        println!("fleet's server paused       {:>6}", self.fleet_pauses);
        println!("seconds                     {:>6.0}", took.as_secs_f64());
    }
}

pub struct Weather {
    chance: Chance,
    desk: Desk,
    case_system: CaseSystem,
    fleet: Option<Fleet>,
    marks: UnboundedReceiver<Mark>,
    /// Verdicts that were told, and after how many it is over.
    told: usize,
    enough: usize,
    figures: Figures,
}

impl Weather {
    pub fn new(
        chance: Chance,
        desk: Desk,
        case_system: CaseSystem,
        fleet: Option<Fleet>,
        marks: UnboundedReceiver<Mark>,
        enough: usize,
    ) -> Self {
        Self {
            chance,
            desk,
            case_system,
            fleet,
            marks,
            told: 0,
            enough,
            figures: Figures::default(),
        }
    }

    /// Blows until enough verdicts were told; then everything is well.
    pub async fn blow(mut self) -> (Desk, CaseSystem, Option<Fleet>, Figures) {
        while !self.is_over() {
            let calm = 2 + self.chance.below(12);
            self.pass(calm).await;
            let trouble = self.chance.of(&TROUBLES);
            self.strike(trouble).await;
        }
        (self.desk, self.case_system, self.fleet, self.figures)
    }

    fn is_over(&self) -> bool {
        self.told >= self.enough
    }

    async fn strike(&mut self, trouble: Trouble) {
        match trouble {
            Trouble::Desk => self.kill_desk().await,
            Trouble::DeskAtArrival => {
                self.until(|mark| mark == Mark::Arrived).await;
                self.kill_desk().await;
            }
            Trouble::DeskAtStart => {
                self.kill_desk_only().await;
                let after = Duration::from_millis(self.chance.below(400));
                self.figures.desk_kills += 1;
                self.desk.start_and_kill(after).await;
                self.desk.start_again().await;
            }
            Trouble::CaseSystem => {
                self.some_moment().await;
                self.figures.case_system_kills += 1;
                self.case_system.kill();
                self.meanwhile().await;
                self.case_system.start_again().await;
            }
            Trouble::CaseSystemPaused => {
                self.figures.case_system_pauses += 1;
                self.case_system.pause();
                self.meanwhile().await;
                self.case_system.go_on();
            }
            Trouble::CaseSystemFaulty => {
                let fault = self.chance.of(&FAULTS);
                self.figures.case_system_faults += 1;
                self.case_system.suffers(fault);
                self.meanwhile().await;
                self.case_system.suffers(Fault::None);
            }
            Trouble::Fleet | Trouble::FleetPaused => {
                self.some_moment().await;
                let Some(mut fleet) = self.fleet.take() else {
                    return;
                };
                if let Trouble::Fleet = trouble {
                    self.figures.fleet_kills += 1;
                    fleet.kill();
                    self.meanwhile().await;
                    fleet.start_again();
                } else {
                    self.figures.fleet_pauses += 1;
                    fleet.pause();
                    self.meanwhile().await;
                    fleet.go_on();
                }
                self.fleet = Some(fleet);
            }
        }
    }

    /// Some sessions go by in trouble; now and then the desk dies in it as well.
    async fn meanwhile(&mut self) {
        let length = 1 + self.chance.below(5);
        self.pass(length).await;
        if self.chance.percent(30) {
            self.kill_desk().await;
            let length = 1 + self.chance.below(3);
            self.pass(length).await;
        }
    }

    async fn kill_desk(&mut self) {
        self.kill_desk_only().await;
        self.desk.start_again().await;
    }

    async fn kill_desk_only(&mut self) {
        self.some_moment().await;
        self.figures.desk_kills += 1;
        self.desk.kill();
    }

    /// Anywhere between two marks.
    async fn some_moment(&mut self) {
        let wait = Duration::from_micros(self.chance.below(40_000));
        tokio::time::sleep(wait).await;
    }

    /// Lets so many marks go by, or the rest of the sessions.
    async fn pass(&mut self, marks: u64) {
        let mut left = marks;
        self.until(|_| {
            left = left.saturating_sub(1);
            left == 0
        })
        .await;
    }

    /// Lets marks go by up to one that is so, or the rest of the sessions.
    async fn until(&mut self, mut is_so: impl FnMut(Mark) -> bool) {
        while !self.is_over() {
            let mark = self.marks.recv().await.expect("the storm goes on");
            self.told += usize::from(mark == Mark::Told);
            if is_so(mark) {
                return;
            }
        }
    }
}

//! A recording's conduct as habits of a simulated card: how a problem from the field comes home.
//!
//! What a chip said is sealed with keys that nobody has any more, and is of a person. What it did can be
//! done again by an invented person's card: what it refused and with what, where it was lifted, what it
//! offered. Commands are found again by their kind, their file and their place among their like.

use cccd_replay::recording::Fault;
use cccd_replay::{Conduct, Deed, Occasion, Recording};
use cccd_sim::card::faults::{At, ChipFault, LinkMishap, MessagingFault, When};
use cccd_sim::{Habits, SessionHabits, Transmission};

/// A recording's conduct, as far as a simulated card can do it.
#[derive(Clone, Debug, Default)]
pub struct Imitation {
    /// What the card will do.
    pub habits: Habits,
    /// How many things out of the ordinary that are.
    pub imitated: usize,
    /// What it cannot do, in words.
    pub left_out: Vec<String>,
}

impl Imitation {
    /// The conduct that `recording` shows.
    #[must_use]
    pub fn of(recording: &Recording) -> Self {
        let conduct = Conduct::of(recording);
        let mut imitation = Self {
            habits: Habits {
                atr: conduct.atr,
                card_access: conduct.card_access,
                transmission: Some(match (conduct.extended, conduct.lengths) {
                    (false, _) => Transmission::up_to(256),
                    (true, Some((longest_command, largest))) => Transmission {
                        longest_command,
                        largest,
                        ..Transmission::default()
                    },
                    (true, None) => Transmission::default(),
                }),
                sessions: Vec::new(),
            },
            ..Self::default()
        };
        let last = conduct.sessions.len();
        for (number, session) in conduct.sessions.into_iter().enumerate() {
            let more = number + 1 < last;
            let mut habits = SessionHabits::default();
            if let Some(fault) = session.refused {
                // A card that nobody could talk to does not know that its time is over.
                let refused = refusal(fault).filter(|_| !more).map(Doing::Link);
                imitation.add(refused, &mut habits, || {
                    format!("link {}: {}", number + 1, told(fault))
                });
            }
            for (occasion, deed) in session.deeds {
                imitation.add(doing(occasion, deed, more), &mut habits, || {
                    format!("link {}, command {}: {deed:?}", number + 1, occasion.apdu)
                });
            }
            imitation.habits.sessions.push(habits);
        }
        imitation
    }

    fn add(
        &mut self,
        doing: Option<Doing>,
        habits: &mut SessionHabits,
        words: impl FnOnce() -> String,
    ) {
        match doing {
            Some(Doing::Chip(fault)) => habits.faults.push(fault),
            Some(Doing::Link(mishap)) => habits.mishaps.push(mishap),
            None => return self.left_out.push(words()),
        }
        self.imitated += 1;
    }
}

enum Doing {
    Chip(ChipFault),
    Link(LinkMishap),
}

fn told(fault: Fault) -> String {
    cccd_port::LinkFault::from(fault).to_string()
}

fn refusal(fault: Fault) -> Option<LinkMishap> {
    match fault {
        Fault::ReaderBusy => Some(LinkMishap::Busy),
        Fault::MultipleCards => Some(LinkMishap::TwoCards),
        _ => None,
    }
}

fn doing(occasion: Occasion, deed: Deed, comes_back: bool) -> Option<Doing> {
    let when = When {
        ins: Some(occasion.ins),
        file: occasion.file,
        protected: false,
        from: occasion.number,
        to: occasion.number,
        life: false,
    };
    // Sessions are wrapped before anybody knows which file was read.
    let wrapped = When {
        protected: occasion.protected,
        ..when
    };
    let at = match occasion.file {
        Some(file) => At::Reading(file, occasion.number),
        None => At::Apdu(occasion.apdu),
    };
    let mishap = |fault| {
        Some(match fault {
            Fault::CardRemoved if comes_back => LinkMishap::Torn(at),
            Fault::CardRemoved => LinkMishap::Removed(at),
            Fault::CardReset => LinkMishap::Reset(at),
            Fault::ReaderLost => LinkMishap::Unplugged(at),
            Fault::ServiceLost => LinkMishap::ServiceStopped(at),
            Fault::Timeout => LinkMishap::Mute(at),
            Fault::ResponseMalformed(0 | 1) => LinkMishap::Empty(at),
            Fault::ResponseMalformed(_) => LinkMishap::Oversize(at),
            Fault::NoReader
            | Fault::NoCard
            | Fault::ReaderBusy
            | Fault::MultipleCards
            | Fault::Cancelled
            | Fault::Driver(_) => return None,
        })
    };
    Some(match deed {
        // Which file is read is known only once it is.
        Deed::Status(status) if occasion.file.is_some() => {
            Doing::Chip(ChipFault::Status(when, status))
        }
        Deed::Status(status) => Doing::Chip(ChipFault::Refused(when, status)),
        Deed::StatusWithData(status) => Doing::Chip(ChipFault::StatusWithData(when, status)),
        Deed::SessionLost(status) => Doing::Chip(ChipFault::SessionLost(wrapped, status)),
        Deed::Unprotected => Doing::Chip(ChipFault::Unprotected(wrapped)),
        Deed::StatusMissing => {
            Doing::Chip(ChipFault::Messaging(wrapped, MessagingFault::StatusMissing))
        }
        Deed::ChecksumMissing => Doing::Chip(ChipFault::Messaging(
            wrapped,
            MessagingFault::ChecksumMissing,
        )),
        Deed::Fault(fault) => Doing::Link(mishap(fault)?),
    })
}

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::Mutex;

use proptest::prelude::*;
use time::OffsetDateTime;

use super::*;
use crate::transport::StatusWord;

type Answers = dyn FnMut(&[u8]) -> Result<Vec<u8>, LinkFault>;

/// A card that answers from a script, and a clock that each answer moves.
struct Script {
    answers: Box<Answers>,
    sent: Vec<String>,
    clock: std::sync::Arc<TestClock>,
    each_takes: Duration,
}

#[derive(Default)]
struct TestClock(Mutex<Duration>);

impl Clock for TestClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH
    }
    fn elapsed(&self) -> Duration {
        *self.0.lock().unwrap()
    }
}

impl Script {
    fn new(answers: impl FnMut(&[u8]) -> Result<Vec<u8>, LinkFault> + 'static) -> Self {
        Self {
            answers: Box::new(answers),
            sent: Vec::new(),
            clock: std::sync::Arc::default(),
            each_takes: Duration::from_millis(20),
        }
    }

    /// Answers one after the other, in hexadecimal; then the fault of a card that is gone.
    fn of(answers: &[&str]) -> Self {
        let mut answers: VecDeque<Vec<u8>> = answers
            .iter()
            .map(|answer| hex::decode(answer).unwrap())
            .collect();
        Self::new(move |_| answers.pop_front().ok_or(LinkFault::CardRemoved))
    }

    fn each_takes(mut self, time: Duration) -> Self {
        self.each_takes = time;
        self
    }

    fn transmit(&mut self, command: &Command) -> Result<Response, TransportError> {
        let clock = std::sync::Arc::clone(&self.clock);
        Link::new(self, clock.as_ref(), Limits::default()).transmit(command)
    }
}

impl CardChannel for Script {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkFault> {
        self.sent.push(hex::encode(command));
        *self.clock.0.lock().unwrap() += self.each_takes;
        (self.answers)(command)
    }
    fn atr(&self) -> &[u8] {
        &[0x3B, 0x80]
    }
}

fn read_binary() -> Command {
    Command::new(0x00, 0xB0, 0x00, 0x00).expecting(256)
}

#[test]
fn a_response_is_data_and_a_status_word() {
    let mut card = Script::of(&["0102039000"]);
    let response = card.transmit(&read_binary()).unwrap();
    assert_eq!(response.data.as_slice(), [1, 2, 3]);
    assert_eq!(response.status, StatusWord::NORMAL);
    assert_eq!(card.sent, ["00b0000000"]);
}

#[test]
fn a_refusal_is_a_response_and_no_error() {
    let response = Script::of(&["6a82"]).transmit(&read_binary()).unwrap();
    assert_eq!(response.status, StatusWord::FILE_NOT_FOUND);
}

#[test]
fn a_chained_response_is_fetched_whole() {
    let mut card = Script::of(&["01026102", "03046100", "059000"]);
    let response = card.transmit(&read_binary()).unwrap();
    assert_eq!(response.data.as_slice(), [1, 2, 3, 4, 5]);
    assert_eq!(card.sent, ["00b0000000", "00c0000002", "00c0000000"]);
}

#[test]
fn an_error_at_the_end_of_a_chain_is_handed_over_with_what_came() {
    let response = Script::of(&["6102", "6f00"])
        .transmit(&read_binary())
        .unwrap();
    assert_eq!(response.status, StatusWord(0x6F00));
}

#[test]
fn a_corrected_length_is_tried_once() {
    let mut card = Script::of(&["6c02", "01029000"]);
    let response = card.transmit(&read_binary()).unwrap();
    assert_eq!(response.data.as_slice(), [1, 2]);
    assert_eq!(card.sent, ["00b0000000", "00b0000002"]);
}

/// DEFECTS `link-6c-loop`.
#[test]
fn a_length_corrected_twice_is_a_loop() {
    let mut card = Script::of(&["6c02", "6c03", "6c04"]);
    assert_eq!(
        card.transmit(&read_binary()),
        Err(TransportError::ResponseLoop)
    );
    assert_eq!(card.sent.len(), 2);
}

/// DEFECTS `link-61-loop`: with and without data.
#[test]
fn a_chain_without_end_is_a_loop() {
    let mut silent = Script::new(|_| Ok(vec![0x61, 0xFF]));
    assert_eq!(
        silent.transmit(&read_binary()),
        Err(TransportError::ResponseLoop)
    );
    assert_eq!(silent.sent.len(), 2);

    let mut drip = Script::new(|_| Ok(vec![0xAA, 0x61, 0xFF]));
    assert_eq!(
        drip.transmit(&read_binary()),
        Err(TransportError::ResponseLoop)
    );
    assert_eq!(drip.sent.len(), 301);

    let mut flood = Script::new(|_| {
        let mut answer = vec![0xAA; 255];
        answer.extend([0x61, 0xFF]);
        Ok(answer)
    });
    assert_eq!(
        flood.transmit(&read_binary()),
        Err(TransportError::ResponseLoop)
    );
    assert_eq!(flood.sent.len(), 70_000 / 255 + 1);
}

/// DEFECTS `link-61-zero-data`.
#[test]
fn a_chain_that_brings_nothing_is_a_loop() {
    let mut card = Script::new(|_| Ok(vec![0x61, 0x00]));
    assert_eq!(
        card.transmit(&read_binary()),
        Err(TransportError::ResponseLoop)
    );
    assert_eq!(card.sent.len(), 2);
}

/// DEFECTS `link-response-empty`, `link-response-oversize`.
#[test]
fn a_response_too_short_or_too_long_is_malformed() {
    for length in [0, 1, 259, 70_000] {
        let error = Script::new(move |_| Ok(vec![0x90; length]))
            .transmit(&read_binary())
            .unwrap_err();
        assert_eq!(
            error,
            TransportError::ResponseMalformed { length, most: 258 }
        );
    }
    let extended = Command::new(0, 0xB0, 0, 0).expecting(65_536);
    let longest = Script::new(|_| Ok(vec![0x90; 65_538]))
        .transmit(&extended)
        .unwrap();
    assert_eq!(longest.data.len(), 65_536);
}

#[test]
fn a_response_longer_than_was_asked_for_is_malformed() {
    let command = Command::new(0, 0x84, 0, 0).expecting(8);
    assert!(
        Script::of(&["01020304050607089000"])
            .transmit(&command)
            .is_ok()
    );
    assert_eq!(
        Script::of(&["0102030405060708099000"]).transmit(&command),
        Err(TransportError::ResponseMalformed {
            length: 11,
            most: 10
        })
    );
    assert_eq!(
        Script::of(&["6102", "0102039000"]).transmit(&command),
        Err(TransportError::ResponseMalformed { length: 5, most: 4 })
    );
}

#[test]
fn faults_of_the_reader_are_handed_over() {
    let table = [
        (
            LinkFault::CardRemoved,
            TransportError::Link(LinkFault::CardRemoved),
        ),
        (
            LinkFault::CardReset,
            TransportError::Link(LinkFault::CardReset),
        ),
        (
            LinkFault::ReaderLost,
            TransportError::Link(LinkFault::ReaderLost),
        ),
        (LinkFault::Timeout, TransportError::ReadTimeout),
        (
            LinkFault::ResponseMalformed { length: 1 },
            TransportError::ResponseMalformed {
                length: 1,
                most: 258,
            },
        ),
    ];
    for (fault, expected) in table {
        let mut card = Script::new(move |_| Err(fault));
        assert_eq!(card.transmit(&read_binary()), Err(expected));
    }
}

/// DEFECTS `link-slow-drip`: each answer is in time, and all together are not.
#[test]
fn a_reading_has_a_time_in_all() {
    let mut card =
        Script::new(|_| Ok(vec![0x01, 0x90, 0x00])).each_takes(Duration::from_millis(4_900));
    let clock = std::sync::Arc::clone(&card.clock);
    let mut link = Link::new(&mut card, clock.as_ref(), Limits::default());
    let mut answers = 0;
    let error = loop {
        match link.transmit(&read_binary()) {
            Ok(_) => answers += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error, TransportError::ReadTimeout);
    assert_eq!(answers, 13, "60 s are over after 13 answers of 4.9 s");
}

#[test]
fn one_answer_has_a_time_of_its_own() {
    let mut card = Script::of(&["9000"]).each_takes(Duration::from_millis(5_001));
    assert_eq!(
        card.transmit(&read_binary()),
        Err(TransportError::ReadTimeout)
    );
}

#[test]
fn a_reading_has_so_many_commands_and_no_more() {
    let mut card = Script::new(|_| Ok(vec![0x90, 0x00])).each_takes(Duration::ZERO);
    let clock = std::sync::Arc::clone(&card.clock);
    let limits = Limits {
        apdus: 3,
        ..Limits::default()
    };
    let mut link = Link::new(&mut card, clock.as_ref(), limits);
    for _ in 0..3 {
        link.transmit(&read_binary()).unwrap();
    }
    assert_eq!(
        link.transmit(&read_binary()),
        Err(TransportError::ReadTimeout)
    );
    assert_eq!(card.sent.len(), 3);
}

#[test]
fn what_the_files_need_comes_on_top_and_never_beyond_the_whole() {
    for (allowed, most) in [(0, 2), (3, 5), (100, 6)] {
        let mut card = Script::new(|_| Ok(vec![0x90, 0x00])).each_takes(Duration::ZERO);
        let clock = std::sync::Arc::clone(&card.clock);
        let limits = Limits {
            apdus: 6,
            beyond: 2,
            ..Limits::default()
        };
        let mut link = Link::new(&mut card, clock.as_ref(), limits);
        link.allow(allowed);
        while link.transmit(&read_binary()).is_ok() {}
        assert_eq!(card.sent.len(), most, "{allowed}");
    }
}

#[test]
fn exchanges_are_counted_by_phase() {
    let mut card = Script::of(&["9000", "01026102", "03049000", "9000"]);
    let clock = std::sync::Arc::clone(&card.clock);
    let mut link = Link::new(&mut card, clock.as_ref(), Limits::default());
    link.begin_phase("select");
    link.transmit(&Command::new(0, 0xA4, 4, 0x0C).with_data([0xA0; 7]))
        .unwrap();
    link.begin_phase("dg1");
    link.transmit(&read_binary()).unwrap();
    link.begin_phase("select");
    link.transmit(&Command::new(0, 0xA4, 4, 0x0C)).unwrap();

    let rows: Vec<_> = link
        .counts()
        .phases()
        .iter()
        .map(|phase| (phase.name, phase.apdus, phase.bytes_out, phase.bytes_in))
        .collect();
    assert_eq!(rows, [("select", 2, 12 + 4, 4), ("dg1", 2, 10, 8)]);
    let total = link.counts().total();
    assert_eq!((total.apdus, total.bytes_out, total.bytes_in), (4, 26, 12));
    assert_eq!(total.time, Duration::from_millis(80));
}

/// Answers that a card may think of: any bytes, and often those that make a link go on.
fn answer() -> impl Strategy<Value = Vec<u8>> {
    let tail = prop_oneof![
        any::<[u8; 2]>(),
        any::<u8>().prop_map(|sw2| [0x61, sw2]),
        any::<u8>().prop_map(|sw2| [0x6C, sw2]),
        Just([0x90, 0x00]),
    ];
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..4),
        (prop::collection::vec(any::<u8>(), 0..300), tail).prop_map(|(mut data, sw)| {
            data.extend(sw);
            data
        }),
    ]
}

proptest! {
    /// Whatever a card answers, a command ends, within its bounds and without a panic.
    #[test]
    fn no_answers_make_it_loop(
        answers in prop::collection::vec(answer(), 1..40),
        expecting in 0_usize..70_000,
        data in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let sent = std::rc::Rc::new(Cell::new(0_usize));
        let seen = std::rc::Rc::clone(&sent);
        let mut card = Script::new(move |_| {
            let index = seen.get();
            seen.set(index + 1);
            Ok(answers[index % answers.len()].clone())
        }).each_takes(Duration::ZERO);
        let command = Command::new(0, 0xB0, 0, 0).with_data(data).expecting(expecting);
        if let Ok(response) = card.transmit(&command) {
            prop_assert!(response.data.len() <= 70_000);
            prop_assert!(response.status.bytes_available().is_none());
        }
        prop_assert!(sent.get() <= 2 * 301);
    }
}

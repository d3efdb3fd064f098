#![allow(clippy::unwrap_used, clippy::panic)]

use cccd_port::{CardChannel, ReaderState};

use super::*;

/// Long enough for any machine; no test waits for it unless it fails.
const LONG: Duration = Duration::from_secs(60);
const SOON: Duration = Duration::from_millis(20);

/// Readers whose events the test makes.
struct Scripted(Mutex<Option<Receiver<Vec<ReaderEvent>>>>);

struct ScriptedWatcher(Receiver<Vec<ReaderEvent>>);

impl ReaderWatcher for ScriptedWatcher {
    fn wait(&mut self, timeout: Duration) -> Vec<ReaderEvent> {
        self.0.recv_timeout(timeout).unwrap_or_default()
    }
}

struct Card;

impl CardChannel for Card {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkFault> {
        Ok(command.to_vec())
    }
    fn atr(&self) -> &[u8] {
        &[0x3B]
    }
}

impl CardReaders for Scripted {
    fn list(&self) -> Result<Vec<ReaderState>, LinkFault> {
        Ok(Vec::new())
    }
    fn watch(&self) -> Box<dyn ReaderWatcher> {
        Box::new(ScriptedWatcher(self.0.lock().unwrap().take().unwrap()))
    }
    fn with_card(
        &self,
        _: &ReaderName,
        exchange: &mut dyn FnMut(&mut dyn CardChannel),
    ) -> Result<(), LinkFault> {
        exchange(&mut Card);
        Ok(())
    }
}

fn hub() -> (ReaderHub, Sender<Vec<ReaderEvent>>) {
    let (events, script) = mpsc::channel();
    let hub = ReaderHub::start(Arc::new(Scripted(Mutex::new(Some(script))))).unwrap();
    (hub, events)
}

fn name(name: &str) -> ReaderName {
    ReaderName(name.to_owned())
}

fn reader(reader: &str) -> ReaderEvent {
    ReaderEvent::ReaderArrived(name(reader))
}

fn card(reader: &str) -> ReaderEvent {
    ReaderEvent::CardArrived {
        reader: name(reader),
        atr: Atr(vec![0x3B]),
    }
}

fn lifted(reader: &str) -> ReaderEvent {
    ReaderEvent::CardLeft {
        reader: name(reader),
    }
}

fn wait(hub: &ReaderHub, choice: &str, within: Duration) -> Result<String, TransportError> {
    let choice = ReaderChoice::Named(choice.to_owned());
    hub.wait_for_card(&choice, None, within, &CancelToken::new())
        .map(|arrival| arrival.reader.0)
}

#[test]
fn a_reader_is_meant_by_its_name_or_the_first_that_contains_it() {
    let (hub, events) = hub();
    let present = [
        "Reader",
        "Reader B 00 00",
        "ACS ACR1252 1S CL Reader [ACR1252 Reader PICC] 00 00",
    ];
    events.send(present.map(reader).to_vec()).unwrap();
    assert!(hub.first_look(LONG));
    let find = |wanted| {
        hub.find(&ReaderChoice::from_name(wanted))
            .map(|name| name.0)
    };
    assert_eq!(find(Some("Reader")).as_deref(), Ok("Reader"));
    assert_eq!(find(Some("Reader B")).as_deref(), Ok("Reader B 00 00"));
    assert_eq!(find(Some("PICC")).as_deref(), Ok(present[2]));
    assert_eq!(
        find(Some("ACS ACR1252 (contactless)")).as_deref(),
        Ok(present[2])
    );
    assert_eq!(
        find(Some("nothing")),
        Err(TransportError::Link(LinkFault::NoReader))
    );
    assert!(find(None).is_ok());
}

#[test]
fn a_card_that_lies_there_or_comes_ends_the_wait() {
    let (hub, events) = hub();
    events
        .send(vec![reader("a"), reader("b"), card("b")])
        .unwrap();
    assert_eq!(wait(&hub, "b", LONG).as_deref(), Ok("b"));
    thread::scope(|scope| {
        let waiting = scope.spawn(|| wait(&hub, "a", LONG));
        events.send(vec![card("a")]).unwrap();
        assert_eq!(waiting.join().unwrap().as_deref(), Ok("a"));
    });
    let any = hub.wait_for_card(&ReaderChoice::Any, None, LONG, &CancelToken::new());
    assert_eq!(any.unwrap().reader, name("a"));
}

#[test]
fn a_wait_ends_with_what_stands_in_its_way() {
    let (hub, events) = hub();
    let seen = hub.subscribe();
    assert_eq!(
        wait(&hub, "a", SOON),
        Err(TransportError::Link(LinkFault::NoReader))
    );
    events.send(vec![reader("a")]).unwrap();
    seen.recv_timeout(LONG).unwrap();
    assert_eq!(
        wait(&hub, "a", SOON),
        Err(TransportError::Link(LinkFault::NoCard))
    );
    events.send(vec![ReaderEvent::ServiceLost]).unwrap();
    seen.recv_timeout(LONG).unwrap();
    assert_eq!(
        wait(&hub, "a", SOON),
        Err(TransportError::Link(LinkFault::ServiceLost))
    );
    assert!(!hub.service_answers());
    assert!(hub.readers().is_empty());
    events
        .send(vec![ReaderEvent::ServiceBack, reader("a"), card("a")])
        .unwrap();
    assert_eq!(wait(&hub, "a", LONG).as_deref(), Ok("a"));
    assert!(hub.service_answers());
}

#[test]
fn a_wait_is_called_off_at_once() {
    let (hub, _events) = hub();
    let cancel = CancelToken::new();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| hub.wait_for_card(&ReaderChoice::Any, None, LONG, &cancel));
        cancel.cancel();
        assert_eq!(
            waiting.join().unwrap(),
            Err(TransportError::Link(LinkFault::Cancelled))
        );
    });
}

#[test]
fn a_card_that_was_torn_away_is_waited_for_until_it_is_laid_back() {
    let (hub, events) = hub();
    events.send(vec![reader("a"), card("a")]).unwrap();
    let choice = ReaderChoice::Named("a".to_owned());
    let cancel = CancelToken::new();
    let first = hub.wait_for_card(&choice, None, LONG, &cancel).unwrap();
    // The reader has not noticed yet that the card is gone.
    assert_eq!(
        hub.wait_for_card(&choice, Some(first.number), SOON, &cancel),
        Err(TransportError::Link(LinkFault::NoCard))
    );
    events.send(vec![lifted("a")]).unwrap();
    events.send(vec![card("a")]).unwrap();
    let second = hub
        .wait_for_card(&choice, Some(first.number), LONG, &cancel)
        .unwrap();
    assert!(second.number > first.number);
}

#[test]
fn a_subscriber_hears_first_what_is_there() {
    let (hub, events) = hub();
    events.send(vec![reader("a"), card("a")]).unwrap();
    assert!(hub.first_look(LONG));
    let seen = hub.subscribe();
    events
        .send(vec![lifted("a"), ReaderEvent::ReaderLeft(name("a"))])
        .unwrap();
    let heard: Vec<_> = (0..4).map(|_| seen.recv_timeout(LONG).unwrap()).collect();
    assert_eq!(
        heard,
        [
            reader("a"),
            card("a"),
            lifted("a"),
            ReaderEvent::ReaderLeft(name("a"))
        ]
    );
}

#[test]
fn a_card_is_connected_to_on_its_readers_thread() {
    let (hub, _events) = hub();
    for _ in 0..2 {
        let mut session = hub
            .connect(&name("a"), Waits::default(), &CancelToken::new())
            .unwrap();
        assert_eq!(session.transmit(&[1]), Ok(vec![1]));
    }
}

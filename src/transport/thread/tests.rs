#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::atomic::{AtomicUsize, Ordering};

use cccd_port::{ReaderState, ReaderWatcher};

use super::*;

const SOON: Duration = Duration::from_millis(20);
/// Long enough for any machine; no test waits for it unless it fails.
const LONG: Duration = Duration::from_secs(60);

fn waits(apdu: Duration) -> Waits {
    Waits {
        connect: LONG,
        apdu,
    }
}

/// Readers whose cards echo, save a command of one byte `FF`, which blocks until the test lets go,
/// `EE`, at which the driver panics, and `DD`, which the reader answers with a fault. A reader
/// called `held` is held by another program until the test lets go.
#[derive(Clone)]
struct Echo {
    gate: Arc<Mutex<Receiver<()>>>,
    ended: Sender<()>,
    transactions: Arc<AtomicUsize>,
}

struct EchoCard<'r>(&'r Echo);

impl CardChannel for EchoCard<'_> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkFault> {
        match command {
            [0xFF] => {
                let _ = self.0.gate.lock().unwrap().recv();
            }
            [0xEE] => panic!("a driver's fault"),
            [0xDD] => return Err(LinkFault::CardRemoved),
            _ => {}
        }
        Ok(command.to_vec())
    }
    fn atr(&self) -> &[u8] {
        &[0x3B]
    }
}

impl CardReaders for Echo {
    fn list(&self) -> Result<Vec<ReaderState>, LinkFault> {
        Ok(Vec::new())
    }
    fn watch(&self) -> Box<dyn ReaderWatcher> {
        unreachable!()
    }
    fn with_card(
        &self,
        reader: &ReaderName,
        exchange: &mut dyn FnMut(&mut dyn CardChannel),
    ) -> Result<(), LinkFault> {
        match reader.0.as_str() {
            "empty" => return Err(LinkFault::NoCard),
            "held" => {
                let _ = self.gate.lock().unwrap().recv();
            }
            _ => {}
        }
        self.transactions.fetch_add(1, Ordering::SeqCst);
        exchange(&mut EchoCard(self));
        let _ = self.ended.send(());
        Ok(())
    }
}

struct Bench {
    readers: Echo,
    let_go: Sender<()>,
    ended: Receiver<()>,
}

impl Bench {
    fn new() -> Self {
        let (let_go, gate) = mpsc::channel();
        let (sender, ended) = mpsc::channel();
        let readers = Echo {
            gate: Arc::new(Mutex::new(gate)),
            ended: sender,
            transactions: Arc::default(),
        };
        Self {
            readers,
            let_go,
            ended,
        }
    }

    fn thread(&self, reader: &str) -> ReaderThread {
        ReaderThread::start(
            Arc::new(self.readers.clone()),
            ReaderName(reader.to_owned()),
        )
        .unwrap()
    }

    /// Waits until a transaction is over, and the thread has put the reader down.
    fn transaction_ended(&self, thread: &ReaderThread) {
        self.ended.recv_timeout(LONG).unwrap();
        // The next session is served only after the end of the last, whatever its state says.
        while thread.is_stuck() {
            thread::yield_now();
        }
    }
}

#[test]
fn a_session_exchanges_and_lets_go() {
    let bench = Bench::new();
    let thread = bench.thread("a");
    for _ in 0..3 {
        let mut session = thread.connect(waits(LONG), &CancelToken::new()).unwrap();
        assert_eq!(session.atr(), [0x3B]);
        assert_eq!(session.transmit(&[1, 2, 3]), Ok(vec![1, 2, 3]));
        assert_eq!(session.transmit(&[4]), Ok(vec![4]));
    }
    assert_eq!(bench.readers.transactions.load(Ordering::SeqCst), 3);
}

#[test]
fn a_fault_of_one_exchange_leaves_the_session() {
    let bench = Bench::new();
    let mut session = bench
        .thread("a")
        .connect(waits(LONG), &CancelToken::new())
        .unwrap();
    assert_eq!(session.transmit(&[0xDD]), Err(LinkFault::CardRemoved));
    assert_eq!(session.transmit(&[1]), Ok(vec![1]));
}

#[test]
fn a_reader_without_a_card_says_so() {
    let bench = Bench::new();
    let error = bench
        .thread("empty")
        .connect(waits(LONG), &CancelToken::new())
        .err();
    assert_eq!(error, Some(TransportError::Link(LinkFault::NoCard)));
}

#[test]
fn two_sessions_do_not_share_a_reader() {
    let bench = Bench::new();
    let thread = bench.thread("a");
    let first = thread.connect(waits(LONG), &CancelToken::new()).unwrap();
    let second = thread.connect(waits(LONG), &CancelToken::new()).err();
    assert_eq!(second, Some(TransportError::Link(LinkFault::ReaderBusy)));
    drop(first);
    thread.connect(waits(LONG), &CancelToken::new()).unwrap();
}

/// DEFECTS `link-wtx-flood`: the transmit does not return.
#[test]
fn a_mute_card_ends_its_session_and_no_other() {
    let bench = Bench::new();
    let mute = bench.thread("mute");
    let other = bench.thread("other");
    let mut session = mute.connect(waits(SOON), &CancelToken::new()).unwrap();
    assert_eq!(session.transmit(&[0xFF]), Err(LinkFault::Timeout));
    assert_eq!(
        session.transmit(&[1]),
        Err(LinkFault::Timeout),
        "a dead session stays dead"
    );

    assert!(mute.is_stuck());
    let next = mute.connect(waits(LONG), &CancelToken::new()).err();
    assert_eq!(next, Some(TransportError::ReaderStuck));
    let mut elsewhere = other.connect(waits(LONG), &CancelToken::new()).unwrap();
    assert_eq!(elsewhere.transmit(&[7]), Ok(vec![7]));
    drop(elsewhere);
    bench.ended.recv_timeout(LONG).unwrap();

    bench.let_go.send(()).unwrap();
    bench.transaction_ended(&mute);
    let mut later = mute.connect(waits(LONG), &CancelToken::new()).unwrap();
    assert_eq!(
        later.transmit(&[2]),
        Ok(vec![2]),
        "no late answer reaches a later session"
    );
}

#[test]
fn a_card_that_another_program_keeps_is_busy_and_its_late_transaction_is_empty() {
    let bench = Bench::new();
    let held = bench.thread("held");
    let soon = Waits {
        connect: SOON,
        apdu: LONG,
    };
    let error = held.connect(soon, &CancelToken::new()).err();
    assert_eq!(error, Some(TransportError::Link(LinkFault::ReaderBusy)));
    assert_eq!(
        held.connect(soon, &CancelToken::new()).err(),
        Some(TransportError::ReaderStuck)
    );
    bench.let_go.send(()).unwrap();
    bench.transaction_ended(&held);
    bench.let_go.send(()).unwrap();
    held.connect(waits(LONG), &CancelToken::new()).unwrap();
}

#[test]
fn a_session_that_is_called_off_ends_in_the_middle_of_an_exchange() {
    let bench = Bench::new();
    let thread = bench.thread("a");
    let cancel = CancelToken::new();
    let mut session = thread.connect(waits(LONG), &cancel).unwrap();
    let worker = thread::spawn(move || {
        let answer = session.transmit(&[0xFF]);
        (answer, session.transmit(&[1]))
    });
    cancel.cancel();
    let (during, after) = worker.join().unwrap();
    assert_eq!(during, Err(LinkFault::Cancelled));
    assert_eq!(after, Err(LinkFault::Cancelled));
    bench.let_go.send(()).unwrap();
    thread.connect(waits(LONG), &CancelToken::new()).unwrap();
}

#[test]
fn a_token_pulled_before_ends_the_connection() {
    let bench = Bench::new();
    let cancel = CancelToken::new();
    cancel.cancel();
    let error = bench.thread("a").connect(waits(LONG), &cancel).err();
    assert_eq!(error, Some(TransportError::Link(LinkFault::Cancelled)));
}

/// DEFECTS `beh-worker-crash`, as far as a driver goes.
#[test]
fn a_driver_that_panics_ends_its_session_alone() {
    let bench = Bench::new();
    let thread = bench.thread("a");
    let mut session = thread.connect(waits(LONG), &CancelToken::new()).unwrap();
    assert_eq!(session.transmit(&[0xEE]), Err(LinkFault::ReaderLost));
    drop(session);
    let mut next = thread.connect(waits(LONG), &CancelToken::new()).unwrap();
    assert_eq!(next.transmit(&[1]), Ok(vec![1]));
}

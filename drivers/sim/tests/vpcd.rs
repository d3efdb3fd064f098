//! The vpcd protocol, against a peer that speaks vpcd's side of it.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use cccd_sim::{Ended, SimCard, Stopper, SystemRandom, Vpcd, defect, persona};
use time::macros::datetime;

const SELECT: [u8; 12] = [
    0x00, 0xA4, 0x04, 0x0C, 7, 0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01,
];
/// READ BINARY of DG2.
const READ: [u8; 5] = [0x00, 0xB0, 0x82, 0x00, 0x00];
const POWER_ON: u8 = 1;
const GET_ATR: u8 = 4;

/// vpcd's side of a connection.
struct Peer(TcpStream);

impl Peer {
    fn send(&mut self, message: &[u8]) {
        let length = u16::try_from(message.len()).unwrap().to_be_bytes();
        self.0.write_all(&[&length[..], message].concat()).unwrap();
    }

    /// The next message; `None` where the card has gone.
    fn receive(&mut self) -> Option<Vec<u8>> {
        let mut length = [0; 2];
        self.0.read_exact(&mut length).ok()?;
        let mut message = vec![0; u16::from_be_bytes(length).into()];
        self.0.read_exact(&mut message).ok()?;
        Some(message)
    }

    fn exchange(&mut self, message: &[u8]) -> Option<Vec<u8>> {
        self.send(message);
        self.receive()
    }
}

fn serve(defects: &[&str]) -> (Peer, Stopper, JoinHandle<Ended>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let vpcd = Vpcd::connect(listener.local_addr().unwrap()).unwrap();
    let stopper = vpcd.stopper().unwrap();
    let defects: Vec<_> = defects.iter().map(|id| defect(id).unwrap()).collect();
    let man = persona("adult-man").unwrap();
    let now = datetime!(2026-11-23 09:00 UTC);
    let mut card = SimCard::new(&man, &defects, Box::new(SystemRandom), now).unwrap();
    let serving = thread::spawn(move || vpcd.serve(&mut card).unwrap());
    (Peer(listener.accept().unwrap().0), stopper, serving)
}

#[test]
fn the_card_answers_until_it_is_taken_off() {
    let (mut peer, stopper, serving) = serve(&[]);
    peer.send(&[POWER_ON]);
    let atr = peer.exchange(&[GET_ATR]).unwrap();
    assert_eq!(hex::encode(&atr), "3b858001807394014022");
    assert_eq!(peer.exchange(&SELECT), Some(vec![0x90, 0x00]));
    let challenge = peer.exchange(&[0x00, 0x84, 0x00, 0x00, 0x08]).unwrap();
    assert_eq!(challenge.len(), 10);
    // Power-up forgets the selection; the atr can be asked at any time.
    peer.send(&[POWER_ON]);
    assert_eq!(peer.exchange(&[GET_ATR]), Some(atr));
    assert_eq!(
        peer.exchange(&[0x00, 0x84, 0x00, 0x00, 0x08]),
        Some(vec![0x69, 0x85])
    );
    stopper.stop();
    assert_eq!(peer.receive(), None);
    assert_eq!(serving.join().unwrap(), Ended::Stopped);
}

#[test]
fn a_card_is_met_when_the_reader_looks_at_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let vpcd = Vpcd::connect(listener.local_addr().unwrap()).unwrap();
    // Nobody has taken the connection yet, and then nobody has asked for anything.
    assert!(!vpcd.is_met_within(Duration::from_millis(1)).unwrap());
    let mut peer = Peer(listener.accept().unwrap().0);
    assert!(!vpcd.is_met_within(Duration::from_millis(1)).unwrap());
    peer.send(&[GET_ATR]);
    assert!(vpcd.is_met_within(Duration::from_secs(60)).unwrap());
}

fn until_the_third_read(peer: &mut Peer) {
    assert_eq!(peer.exchange(&SELECT), Some(vec![0x90, 0x00]));
    for _ in 1..3 {
        assert_eq!(peer.exchange(&READ).unwrap().len(), 258);
    }
}

#[test]
fn a_card_taken_away_drops_the_connection_without_an_answer() {
    let (mut peer, _stopper, serving) = serve(&["access-plain-chip", "link-card-removed"]);
    until_the_third_read(&mut peer);
    assert_eq!(peer.exchange(&READ), None);
    assert_eq!(serving.join().unwrap(), Ended::Mishap);
}

#[test]
fn a_mute_card_keeps_the_connection_until_the_peer_gives_up() {
    let (mut peer, _stopper, serving) = serve(&["access-plain-chip", "link-wtx-flood"]);
    until_the_third_read(&mut peer);
    peer.send(&READ);
    drop(peer);
    assert_eq!(serving.join().unwrap(), Ended::Mishap);
}

#[test]
fn a_peer_that_closes_ends_the_serving() {
    let (peer, _stopper, serving) = serve(&[]);
    drop(peer);
    assert_eq!(serving.join().unwrap(), Ended::Closed);
}

#[test]
fn an_oversized_answer_is_cut_to_what_the_protocol_carries() {
    let (mut peer, _stopper, _serving) = serve(&["access-plain-chip", "link-response-oversize"]);
    until_the_third_read(&mut peer);
    assert_eq!(peer.exchange(&READ).unwrap().len(), 65_535);
}

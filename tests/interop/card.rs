//! A card that echoes, for what happens between the reader and the desk.

use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::linux::net::TcpStreamExt;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use vpicc::{Connection, VSmartCard};

/// An answer to reset of a contactless card (PC/SC part 3, 3.1.3.2.3).
pub const ATR: &[u8] = &[0x3B, 0x80, 0x80, 0x01, 0x01];

/// Answers a command with its bytes and 9000. Some first bytes do something else.
pub struct EchoCard {
    stream: TcpStream,
    worker: Option<JoinHandle<()>>,
    let_go: Sender<()>,
}

/// First bytes of commands that do something else.
pub mod command {
    /// The card says nothing until [`super::EchoCard::let_go`].
    pub const MUTE: u8 = 0xF0;
    /// The card is torn away in the middle of the exchange.
    pub const TORN: u8 = 0xF1;
    /// The card answers with one byte.
    pub const ONE_BYTE: u8 = 0xF2;
}

struct Behaviour {
    stream: TcpStream,
    gate: Receiver<()>,
}

impl EchoCard {
    /// Lays the card on the slot.
    pub fn lay(slot: SocketAddr) -> Self {
        let stream = TcpStream::connect(slot).unwrap();
        let (let_go, gate) = mpsc::channel();
        let mut behaviour = Behaviour {
            stream: stream.try_clone().unwrap(),
            gate,
        };
        let mut connection = Connection::from(stream.try_clone().unwrap());
        let worker = thread::spawn(move || {
            while {
                let _ = behaviour.stream.set_quickack(true);
                connection.poll(&mut behaviour).is_ok()
            } {}
        });
        Self {
            stream,
            worker: Some(worker),
            let_go,
        }
    }

    /// A card that fell silent speaks again.
    pub fn let_go(&self) {
        self.let_go.send(()).unwrap();
    }
}

impl Drop for EchoCard {
    fn drop(&mut self) {
        let _ = self.let_go.send(());
        let _ = self.stream.shutdown(Shutdown::Both);
        if let Some(worker) = self.worker.take() {
            let _ = worker.join();
        }
    }
}

impl VSmartCard for Behaviour {
    fn atr(&self) -> &[u8] {
        ATR
    }

    fn execute(&mut self, apdu: &[u8]) -> Vec<u8> {
        match apdu.first() {
            Some(&command::MUTE) => {
                let _ = self.gate.recv();
            }
            Some(&command::TORN) => {
                let _ = self.stream.shutdown(Shutdown::Both);
            }
            Some(&command::ONE_BYTE) => return vec![0x90],
            _ => {}
        }
        let mut answer = apdu.to_vec();
        answer.extend([0x90, 0x00]);
        answer
    }
}

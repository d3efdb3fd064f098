//! A simulated card on vpcd, the virtual PC/SC reader of vsmartcard: any PC/SC program reads it.
//!
//! vpcd listens (35963 for its slot `00 00`, 35964 for `00 01`) and takes one card a slot.
//! Of the mishaps on the link, a removed card drops the connection and a mute one keeps it without
//! a word; those of reader and service belong to readers in the process and drop it too.

use std::io::{self, Read};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::os::linux::net::TcpStreamExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use vpicc::VSmartCard;

use crate::card::{Reply, SimCard};

/// The longest message that the protocol carries.
const LONGEST: usize = 65_535;

/// A connection to vpcd.
pub struct Vpcd {
    stream: TcpStream,
    stopped: Arc<AtomicBool>,
}

/// Takes the card off, from another thread.
pub struct Stopper {
    stream: TcpStream,
    stopped: Arc<AtomicBool>,
}

impl Stopper {
    /// Drops the connection: the reader sees its card taken away.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Fails only where the connection is gone already.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

/// Why a card is no longer on the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// [`Stopper::stop`] was called.
    Stopped,
    /// The card's own mishap.
    Mishap,
    /// vpcd closed the connection.
    Closed,
}

impl Vpcd {
    /// Connects to vpcd.
    ///
    /// # Errors
    /// Where nothing listens at `address`.
    pub fn connect(address: impl ToSocketAddrs) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            stopped: Arc::default(),
        })
    }

    /// Whether the reader looks at the card within this time. A connection alone says little:
    /// vpcd takes a card at its next look, after it has noticed that the one before is gone, and
    /// until then its reader stands for that one.
    ///
    /// # Errors
    /// The system's.
    pub fn is_met_within(&self, time: Duration) -> io::Result<bool> {
        self.stream.set_read_timeout(Some(time))?;
        let met = self.stream.peek(&mut [0]);
        self.stream.set_read_timeout(None)?;
        match met {
            Ok(_) => Ok(true),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                ) =>
            {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// A handle that stops this connection.
    ///
    /// # Errors
    /// The system's.
    pub fn stopper(&self) -> io::Result<Stopper> {
        Ok(Stopper {
            stream: self.stream.try_clone()?,
            stopped: self.stopped.clone(),
        })
    }

    /// Answers for the card until it is taken off.
    ///
    /// # Errors
    /// A message that the protocol does not know.
    pub fn serve(self, card: &mut SimCard) -> io::Result<Ended> {
        let mut adapter = Adapter {
            card,
            stream: self.stream.try_clone()?,
            gone: false,
        };
        let quick = self.stream.try_clone()?;
        let mut connection = vpicc::Connection::from(self.stream);
        loop {
            // Without it, each short message waits for the peer's delayed acknowledgement.
            quick.set_quickack(true)?;
            let polled = connection.poll(&mut adapter);
            if self.stopped.load(Ordering::SeqCst) {
                return Ok(Ended::Stopped);
            }
            if adapter.gone {
                return Ok(Ended::Mishap);
            }
            match polled {
                Ok(()) => {}
                Err(error) => {
                    return match error.kind() {
                        io::ErrorKind::UnexpectedEof
                        | io::ErrorKind::ConnectionReset
                        | io::ErrorKind::BrokenPipe => Ok(Ended::Closed),
                        _ => Err(error),
                    };
                }
            }
        }
    }
}

struct Adapter<'a> {
    card: &'a mut SimCard,
    stream: TcpStream,
    gone: bool,
}

impl VSmartCard for Adapter<'_> {
    fn atr(&self) -> &[u8] {
        self.card.atr()
    }

    fn power_on(&mut self) {
        self.card.reset();
    }

    fn power_off(&mut self) {
        self.card.reset();
    }

    fn reset(&mut self) {
        self.card.reset();
    }

    fn execute(&mut self, command: &[u8]) -> Vec<u8> {
        match self.card.handle(command) {
            Reply::Answer(mut bytes) => {
                bytes.truncate(LONGEST);
                return bytes;
            }
            Reply::Mute => {
                // Returns when the peer, or a stopper, closes the connection.
                let _ = self.stream.read(&mut [0]);
            }
            Reply::Removed | Reply::Reset | Reply::Unplugged | Reply::ServiceStopped => {}
        }
        self.gone = true;
        let _ = self.stream.shutdown(Shutdown::Both);
        Vec::new()
    }
}

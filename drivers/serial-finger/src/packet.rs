//! Packets: `EF01`, address, kind, length, payload, sum.
//!
//! The sum is 16 bits of plain addition. It finds any one byte that changed, and not two that
//! changed against each other; what must not be taken wrongly is checked by other means as well.

use core::fmt;

use zeroize::Zeroizing;

use crate::doubt::Doubt;

/// What every packet begins with.
const HEADER: [u8; 2] = [0xEF, 0x01];
/// Header, address, kind and length.
const HEAD: usize = 9;
/// The sum.
const SUM: usize = 2;
/// The longest payload that a module can be set to send.
pub const LONGEST_PAYLOAD: usize = 256;
/// The longest packet.
pub const LONGEST: usize = HEAD + LONGEST_PAYLOAD + SUM;

/// What a packet is (PID).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketKind {
    /// 01, to the module.
    Command,
    /// 02, more follow.
    Data,
    /// 07, from the module.
    Ack,
    /// 08, the last of its data.
    LastData,
}

impl PacketKind {
    const fn code(self) -> u8 {
        match self {
            Self::Command => 0x01,
            Self::Data => 0x02,
            Self::Ack => 0x07,
            Self::LastData => 0x08,
        }
    }

    const fn of(code: u8) -> Option<Self> {
        match code {
            0x01 => Some(Self::Command),
            0x02 => Some(Self::Data),
            0x07 => Some(Self::Ack),
            0x08 => Some(Self::LastData),
            _ => None,
        }
    }
}

/// A packet whose sum was good. Its payload may be a piece of a finger: it prints its length alone
/// and wipes itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Packet {
    /// What it is.
    pub kind: PacketKind,
    /// What it carries, at most [`LONGEST_PAYLOAD`] bytes.
    pub payload: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} [{} bytes redacted]", self.kind, self.payload.len())
    }
}

/// The bytes of a packet; a payload beyond [`LONGEST_PAYLOAD`] is cut there.
#[must_use]
pub fn encode(address: [u8; 4], kind: PacketKind, payload: &[u8]) -> Zeroizing<Vec<u8>> {
    let payload = payload.get(..LONGEST_PAYLOAD).unwrap_or(payload);
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST));
    bytes.extend_from_slice(&HEADER);
    bytes.extend_from_slice(&address);
    bytes.push(kind.code());
    let length = u16::try_from(payload.len().saturating_add(SUM)).unwrap_or(u16::MAX);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(payload);
    let summed = sum(bytes.get(6..).unwrap_or_default());
    bytes.extend_from_slice(&summed.to_be_bytes());
    bytes
}

/// The sum over kind, length and payload.
fn sum(bytes: &[u8]) -> u16 {
    bytes
        .iter()
        .fold(0, |sum: u16, byte| sum.wrapping_add(u16::from(*byte)))
}

/// One packet, byte by byte. It skips nothing: the first byte that cannot stand where it stands
/// ends it, and after that it takes none. A new one is made for each packet, once the line has been
/// silent.
pub struct Framer {
    address: [u8; 4],
    bytes: Zeroizing<Vec<u8>>,
    done: bool,
}

impl Framer {
    /// One that waits for a packet of the module at `address`.
    #[must_use]
    pub fn new(address: [u8; 4]) -> Self {
        Self {
            address,
            bytes: Zeroizing::new(Vec::with_capacity(LONGEST)),
            done: false,
        }
    }

    /// How many bytes it can take before it knows more: reading no more than these takes nothing
    /// from what follows. None once it is done.
    #[must_use]
    pub fn wanted(&self) -> usize {
        if self.done {
            return 0;
        }
        self.whole()
            .unwrap_or(HEAD)
            .saturating_sub(self.bytes.len())
    }

    /// Whether nothing has come yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Takes the next byte, and returns the packet that it completes.
    ///
    /// # Errors
    /// The first reason to doubt, and [`Doubt::Resumed`] for every byte after it or after the
    /// packet.
    pub fn push(&mut self, byte: u8) -> Result<Option<Packet>, Doubt> {
        if self.done {
            return Err(Doubt::Resumed);
        }
        let at = self.bytes.len();
        self.bytes.push(byte);
        let checked = self.check(at, byte);
        self.done = !matches!(checked, Ok(None));
        checked
    }

    /// The length of the whole packet, once its head is there.
    fn whole(&self) -> Option<usize> {
        let high = *self.bytes.get(7)?;
        let low = *self.bytes.get(8)?;
        Some(HEAD.saturating_add(usize::from(u16::from_be_bytes([high, low]))))
    }

    fn check(&self, at: usize, byte: u8) -> Result<Option<Packet>, Doubt> {
        match at {
            0 | 1 if HEADER.get(at) != Some(&byte) => Err(Doubt::Header),
            2..=5 if self.address.get(at.saturating_sub(2)) != Some(&byte) => Err(Doubt::Address),
            6 if PacketKind::of(byte).is_none() => Err(Doubt::Kind),
            // A packet without payload says nothing.
            8 if !(HEAD + SUM + 1..=LONGEST).contains(&self.whole().unwrap_or(0)) => {
                Err(Doubt::Length)
            }
            0..HEAD => Ok(None),
            _ if self.bytes.len() < self.whole().unwrap_or(usize::MAX) => Ok(None),
            _ => self.packet().map(Some),
        }
    }

    fn packet(&self) -> Result<Packet, Doubt> {
        let (body, said) = self.bytes.split_last_chunk::<SUM>().ok_or(Doubt::Length)?;
        let summed = body.get(6..).ok_or(Doubt::Length)?;
        if sum(summed) != u16::from_be_bytes(*said) {
            return Err(Doubt::Sum);
        }
        let kind = summed.first().copied().and_then(PacketKind::of);
        Ok(Packet {
            kind: kind.ok_or(Doubt::Kind)?,
            payload: Zeroizing::new(body.get(HEAD..).ok_or(Doubt::Length)?.to_vec()),
        })
    }
}

//! What a module says of itself.

use crate::doubt::Doubt;

/// The answer to `ReadSysPara`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Status register.
    pub status: u16,
    /// System identifier.
    pub system: u16,
    /// How many templates its library has room for.
    pub capacity: u16,
    /// Security level, 1 (lax) to 5 (strict).
    pub level: u16,
    /// Address.
    pub address: [u8; 4],
    /// The longest payload of its packets: 32, 64, 128 or 256 bytes.
    pub packet: u16,
    /// Bits a second.
    pub baud: u32,
}

impl Parameters {
    /// From an acknowledgement, its confirmation code included.
    ///
    /// # Errors
    /// [`Doubt::PayloadLength`] where it has not 17 bytes, [`Doubt::Content`] where the size of
    /// packets is none.
    pub fn parse(payload: &[u8]) -> Result<Self, Doubt> {
        let payload: &[u8; 17] = payload.try_into().map_err(|_| Doubt::PayloadLength)?;
        let [_, s, s2, i, i2, c, c2, l, l2, a, a2, a3, a4, p, p2, n, n2] = *payload;
        let word = |high, low| u16::from_be_bytes([high, low]);
        Ok(Self {
            status: word(s, s2),
            system: word(i, i2),
            capacity: word(c, c2),
            level: word(l, l2),
            address: [a, a2, a3, a4],
            packet: match word(p, p2) {
                size @ 0..=3 => 32 << size,
                _ => return Err(Doubt::Content),
            },
            baud: u32::from(word(n, n2)).saturating_mul(9_600),
        })
    }
}

/// What the doctor is told of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its parameters, where its model has such.
    pub parameters: Option<Parameters>,
    /// How many templates lie in its library. The desk puts none there.
    pub stored: u16,
}

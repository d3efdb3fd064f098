//! What the person before the camera is asked to do: a nonce that counts once, and turns of the head
//! in an order that nobody knew before.

use core::fmt;
use core::time::Duration;
use std::collections::VecDeque;

use crate::crypto::CryptoFault;
use crate::crypto::random::Random;

/// How long a challenge may take.
pub const TIME: Duration = Duration::from_secs(10);
/// Turns of one challenge.
pub const TURNS: usize = 3;
/// Most challenges that are open at once; the oldest is forgotten for a new one.
const MAX_OPEN: usize = 64;

/// Which way the head turns, as the person sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// To the person's left: to the right in a picture that is not mirrored.
    Left,
    /// To the person's right.
    Right,
}

impl Turn {
    /// How the yaw proxy of a picture that is not mirrored counts this way: positive for it.
    #[must_use]
    pub fn along(self, yaw: f64) -> f64 {
        match self {
            Self::Left => yaw,
            Self::Right => -yaw,
        }
    }

    /// `left` or `right`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
        }
    }
}

/// Names one challenge. Sent to the page with the turns, and back with the pictures.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Nonce([u8; 16]);

impl Nonce {
    /// The nonce of 32 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = hex::decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nonce({self})")
    }
}

/// A challenge. It is not to be cloned: whoever judges pictures by it uses it up.
#[derive(Debug, PartialEq, Eq)]
pub struct Challenge {
    nonce: Nonce,
    turns: [Turn; TURNS],
    issued: Duration,
}

impl Challenge {
    /// Draws one at the time `now`. Both ways occur in it: six orders, and each turn but the last may
    /// be either way.
    ///
    /// # Errors
    /// [`CryptoFault`] without randomness.
    pub fn draw(random: &mut dyn Random, now: Duration) -> Result<Self, CryptoFault> {
        let mut nonce = [0; 16];
        random.fill(&mut nonce)?;
        // Of eight orders two are refused; sixteen draws without one are no randomness.
        for _ in 0..16 {
            let mut byte = [0];
            random.fill(&mut byte)?;
            let [byte] = byte;
            let turn = |bit: u8| {
                if byte & bit == 0 {
                    Turn::Left
                } else {
                    Turn::Right
                }
            };
            let turns = [turn(1), turn(2), turn(4)];
            if turns.contains(&Turn::Left) && turns.contains(&Turn::Right) {
                return Ok(Self {
                    nonce: Nonce(nonce),
                    turns,
                    issued: now,
                });
            }
        }
        Err(CryptoFault)
    }

    /// Its name.
    #[must_use]
    pub const fn nonce(&self) -> Nonce {
        self.nonce
    }

    /// The turns, in the order in which they are wanted.
    #[must_use]
    pub const fn turns(&self) -> &[Turn] {
        &self.turns
    }

    /// When it was issued.
    #[must_use]
    pub const fn issued(&self) -> Duration {
        self.issued
    }

    /// When it is over.
    #[must_use]
    pub const fn ends(&self) -> Duration {
        self.issued.saturating_add(TIME)
    }
}

/// Challenges that were issued and not answered yet.
#[derive(Debug, Default)]
pub struct Challenges(VecDeque<Challenge>);

impl Challenges {
    /// Issues one; what the page needs of it is returned.
    ///
    /// # Errors
    /// [`CryptoFault`] without randomness.
    pub fn issue(
        &mut self,
        random: &mut dyn Random,
        now: Duration,
    ) -> Result<(Nonce, [Turn; TURNS]), CryptoFault> {
        let challenge = Challenge::draw(random, now)?;
        self.0.retain(|open| now <= open.ends());
        while self.0.len() >= MAX_OPEN {
            self.0.pop_front();
        }
        let shown = (challenge.nonce, challenge.turns);
        self.0.push_back(challenge);
        Ok(shown)
    }

    /// Takes the challenge of that name: once, and only while its time runs.
    pub fn take(&mut self, nonce: Nonce, now: Duration) -> Option<Challenge> {
        let at = self.0.iter().position(|open| open.nonce == nonce)?;
        self.0.remove(at).filter(|open| now <= open.ends())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// Bytes one after another.
    struct Counter(u8);

    impl Random for Counter {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoFault> {
            for byte in out {
                *byte = self.0;
                self.0 = self.0.wrapping_add(1);
            }
            Ok(())
        }
    }

    struct Stuck;

    impl Random for Stuck {
        fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoFault> {
            out.fill(0);
            Ok(())
        }
    }

    const NOW: Duration = Duration::from_secs(100);

    #[test]
    fn every_order_has_both_ways() {
        let mut orders = Vec::new();
        let mut random = Counter(0);
        for _ in 0..100 {
            let challenge = Challenge::draw(&mut random, NOW).unwrap();
            assert!(challenge.turns().contains(&Turn::Left));
            assert!(challenge.turns().contains(&Turn::Right));
            if !orders.contains(&challenge.turns) {
                orders.push(challenge.turns);
            }
        }
        assert_eq!(orders.len(), 6);
        assert!(Challenge::draw(&mut Stuck, NOW).is_err());
    }

    #[test]
    fn a_nonce_counts_once_and_in_its_time() {
        let mut challenges = Challenges::default();
        let mut random = Counter(0);
        let (nonce, _) = challenges.issue(&mut random, NOW).unwrap();
        assert_eq!(Nonce::parse(&nonce.to_string()), Some(nonce));
        assert!(challenges.take(nonce, NOW + TIME).is_some());
        assert!(challenges.take(nonce, NOW).is_none(), "used up");
        let (late, _) = challenges.issue(&mut random, NOW).unwrap();
        let after = NOW + TIME + Duration::from_nanos(1);
        assert!(challenges.take(late, after).is_none());
        assert!(challenges.take(late, NOW).is_none(), "used up");
        for _ in 0..1_000 {
            challenges.issue(&mut random, NOW).unwrap();
        }
        assert_eq!(challenges.0.len(), MAX_OPEN);
        for text in ["", "00", "zz", &"0".repeat(31), &"0".repeat(34)] {
            assert_eq!(Nonce::parse(text), None);
        }
    }
}

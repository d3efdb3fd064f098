//! Pictures that came before. A camera never gives the same bytes twice.

use std::collections::{HashMap, VecDeque};

use cccd_port::Frame;
use ring::digest;

use crate::biometrics::face::outcome::{Finding, Outcome};

/// Most pictures that are remembered: about a week of a busy desk, 20 MB.
const MAX_REMEMBERED: usize = 200_000;

/// SHA-256 of a picture as it came.
pub type FrameHash = [u8; 32];

/// SHA-256 of a picture as it came.
#[must_use]
pub fn frame_hash(bytes: &[u8]) -> FrameHash {
    let mut hash = [0; 32];
    let digest = digest::digest(&digest::SHA256, bytes);
    for (byte, digest) in hash.iter_mut().zip(digest.as_ref()) {
        *byte = *digest;
    }
    hash
}

/// Hashes of the pictures of earlier sessions. The oldest is forgotten for a new one.
#[derive(Clone, Debug, Default)]
pub struct SeenFrames {
    sessions: HashMap<FrameHash, u64>,
    order: VecDeque<FrameHash>,
}

impl SeenFrames {
    /// Whether a picture came in another session than `session` (a number that tells sessions apart).
    #[must_use]
    pub fn is_replay(&self, hash: &FrameHash, session: u64) -> bool {
        self.sessions
            .get(hash)
            .is_some_and(|earlier| *earlier != session)
    }

    /// Takes the pictures of a session: an outcome, if one of them came in another session. It then
    /// stands in place of a comparison.
    pub fn take<'f>(
        &mut self,
        frames: impl IntoIterator<Item = &'f Frame>,
        session: u64,
    ) -> Option<Outcome> {
        let mut replayed = None;
        for (frame, number) in frames.into_iter().zip(1_usize..) {
            let hash = frame_hash(frame.bytes());
            if self.is_replay(&hash, session) && replayed.is_none() {
                replayed =
                    Some(Outcome::new(Finding::SensorReplay).with("picture", number.to_string()));
            }
            self.remember(hash, session);
        }
        replayed
    }

    /// Remembers a picture, for the session in which it came first.
    pub fn remember(&mut self, hash: FrameHash, session: u64) {
        if self.sessions.contains_key(&hash) {
            return;
        }
        while self.order.len() >= MAX_REMEMBERED {
            if let Some(oldest) = self.order.pop_front() {
                self.sessions.remove(&oldest);
            }
        }
        self.order.push_back(hash);
        self.sessions.insert(hash, session);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn a_picture_is_a_replay_in_every_session_but_its_own() {
        let mut seen = SeenFrames::default();
        let hash = frame_hash(b"picture");
        assert!(!seen.is_replay(&hash, 1));
        seen.remember(hash, 1);
        seen.remember(hash, 2);
        assert!(!seen.is_replay(&hash, 1));
        assert!(seen.is_replay(&hash, 2));
        assert!(!seen.is_replay(&frame_hash(b"another"), 2));
    }

    #[test]
    fn pictures_of_an_earlier_session_stand_in_place_of_a_comparison() {
        let frame = |bytes: &[u8]| Frame::new(zeroize::Zeroizing::new(bytes.to_vec()));
        let (one, two, three) = (frame(b"one"), frame(b"two"), frame(b"three"));
        let mut seen = SeenFrames::default();
        assert_eq!(seen.take([&one, &two, &one], 1), None);
        assert_eq!(seen.take([&two], 1), None, "the same session asks again");
        let replayed = seen.take([&three, &two], 2).unwrap();
        assert_eq!(replayed.finding, Finding::SensorReplay);
        assert_eq!(replayed.facts["picture"], "2");
        assert_eq!(replayed.score, None);
        assert!(
            seen.take([&three], 3).is_some(),
            "what came with it is remembered"
        );
    }

    #[test]
    fn memory_is_bounded() {
        let mut seen = SeenFrames::default();
        for number in 0..MAX_REMEMBERED + 10 {
            let mut hash = FrameHash::default();
            hash[..8].copy_from_slice(&number.to_be_bytes());
            seen.remember(hash, 1);
        }
        assert_eq!(seen.order.len(), MAX_REMEMBERED);
        assert_eq!(seen.sessions.len(), MAX_REMEMBERED);
        assert!(
            !seen.is_replay(&FrameHash::default(), 2),
            "the oldest is forgotten"
        );
    }
}

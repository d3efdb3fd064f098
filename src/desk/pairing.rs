//! How a browser, or a program, gets its token: by a secret that the desk shows once.

use core::time::Duration;
use std::sync::{Mutex, PoisonError};

use subtle::ConstantTimeEq;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::ports::Role;
use super::tokens::{fingerprint, random_secret};

/// How long a secret can be used.
const VALID: Duration = Duration::from_mins(10);
/// Wrong secrets after which the right one is void too: guessing is hopeless, and this shows it.
const MOST_WRONG: u32 = 20;

struct Offer {
    hash: [u8; 32],
    role: Role,
    /// None where it can be used for as long as the program runs: the demo.
    until: Option<Instant>,
    wrong: u32,
}

/// The secret that is on offer, if one is.
#[derive(Default)]
pub struct Pairing(Mutex<Option<Offer>>);

impl Pairing {
    /// Offers a secret that pairs one caller with `role` within ten minutes; `None` where the
    /// machine has no randomness to give.
    #[must_use]
    pub fn once(&self, role: Role) -> Option<Zeroizing<String>> {
        self.offer(role, Some(Instant::now() + VALID))
    }

    /// Offers a secret that pairs anyone who has it, for as long as the program runs: for the demo,
    /// whose cards are invented, so that its address can be opened twice.
    #[must_use]
    pub fn always(&self, role: Role) -> Option<Zeroizing<String>> {
        self.offer(role, None)
    }

    fn offer(&self, role: Role, until: Option<Instant>) -> Option<Zeroizing<String>> {
        let secret = random_secret()?;
        let offer = Offer {
            hash: fingerprint(&secret),
            role,
            until,
            wrong: 0,
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(offer);
        Some(secret)
    }

    /// The role that `presented` pairs with, and the offer is used up.
    #[must_use]
    pub fn redeem(&self, presented: &str) -> Option<Role> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let offer = slot.as_mut()?;
        if offer.until.is_some_and(|until| Instant::now() >= until) {
            *slot = None;
            return None;
        }
        if !bool::from(offer.hash.ct_eq(&fingerprint(presented))) {
            offer.wrong += 1;
            if offer.until.is_some() && offer.wrong >= MOST_WRONG {
                *slot = None;
            }
            return None;
        }
        let role = offer.role;
        if offer.until.is_some() {
            *slot = None;
        }
        Some(role)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{MOST_WRONG, Pairing, Role, VALID};

    #[tokio::test(start_paused = true)]
    async fn a_secret_pairs_once_and_in_time() {
        let pairing = Pairing::default();
        assert_eq!(pairing.redeem("anything"), None);
        let secret = pairing.once(Role::Clerk).unwrap();
        assert_eq!(pairing.redeem("wrong"), None);
        assert_eq!(pairing.redeem(&secret), Some(Role::Clerk));
        assert_eq!(pairing.redeem(&secret), None);

        let late = pairing.once(Role::Clerk).unwrap();
        tokio::time::advance(VALID).await;
        assert_eq!(pairing.redeem(&late), None);
    }

    #[tokio::test]
    async fn guessing_voids_the_offer() {
        let pairing = Pairing::default();
        let secret = pairing.once(Role::Clerk).unwrap();
        for _ in 0..MOST_WRONG {
            assert_eq!(pairing.redeem("guess"), None);
        }
        assert_eq!(pairing.redeem(&secret), None);
    }

    #[tokio::test]
    async fn the_demo_pairs_as_often_as_its_address_is_opened() {
        let pairing = Pairing::default();
        let secret = pairing.always(Role::Clerk).unwrap();
        assert_eq!(pairing.redeem(&secret), Some(Role::Clerk));
        assert_eq!(pairing.redeem(&secret), Some(Role::Clerk));
    }
}

//! Tokens in memory: for the demo and for tests. A desk in service keeps them in its store.

use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::ports::{Caller, NotRecorded, Role, Token, Tokens};

/// Most tokens that are kept; the oldest goes.
const MOST: usize = 256;

/// Tokens in memory, by their SHA-256 alone.
#[derive(Debug, Default)]
pub struct MemoryTokens(Mutex<Vec<([u8; 32], Caller)>>);

/// The SHA-256 of a secret of 256 random bits: nothing slower is needed to keep such a one.
pub(super) fn fingerprint(secret: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
    hash
}

/// Tells tokens apart; the token cannot be had from it.
pub(super) fn short_name(hash: &[u8; 32]) -> String {
    hash.iter()
        .take(8)
        .fold(String::new(), |name, byte| format!("{name}{byte:02x}"))
}

/// 256 random bits as text; `None` where the machine has no randomness to give.
pub(super) fn random_secret() -> Option<Zeroizing<String>> {
    let mut bytes = Zeroizing::new([0; 32]);
    SystemRandom::new().fill(bytes.as_mut()).ok()?;
    Some(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_ref())))
}

impl Tokens for MemoryTokens {
    fn caller(&self, presented: &str) -> Option<Caller> {
        let presented = fingerprint(presented);
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Every one is compared in full: the time tells nothing.
        tokens.iter().fold(None, |found, (hash, caller)| {
            if bool::from(hash.ct_eq(&presented)) {
                Some(caller.clone())
            } else {
                found
            }
        })
    }

    fn issue(&self, role: Role, _label: &str) -> Result<Token, NotRecorded> {
        let token = random_secret().ok_or(NotRecorded)?;
        let hash = fingerprint(&token);
        let id = short_name(&hash);
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= MOST {
            tokens.remove(0);
        }
        tokens.push((hash, Caller { id, role }));
        Ok(Token(token))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::string_slice)]
    use super::{MemoryTokens, Role, Tokens};

    #[test]
    fn only_the_token_itself_is_known() {
        let tokens = MemoryTokens::default();
        let clerk = tokens.issue(Role::Clerk, "counter 1").unwrap();
        let other = tokens.issue(Role::Operator, "hall").unwrap();
        assert_eq!(tokens.caller(&clerk.0).unwrap().role, Role::Clerk);
        assert_eq!(tokens.caller(&other.0).unwrap().role, Role::Operator);
        assert_ne!(
            tokens.caller(&clerk.0).unwrap().id,
            tokens.caller(&other.0).unwrap().id
        );
        for wrong in ["", "x", &clerk.0[1..], &format!("{}x", *clerk.0)] {
            assert_eq!(tokens.caller(wrong), None);
        }
        assert!(!format!("{tokens:?} {clerk:?}").contains(clerk.0.as_str()));
    }
}

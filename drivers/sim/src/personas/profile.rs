//! What a persona's chip is able to do, where that is not what the citizen card's is.

use std::sync::Arc;

use crate::authority::signer::Hash;
use crate::card::Transmission;
use crate::card::pace::Offer;
use crate::defects::mutation::{ActiveKind, KeyPlan};

/// What a chip offers and how its issuer signed: good cards differ in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChipProfile {
    /// Basic access opens it.
    pub basic_access: bool,
    /// What PACE offers; nothing where the chip does not know it.
    pub pace: Vec<Offer>,
    /// The key of chip authentication, if there is one.
    pub agreement: Option<KeyPlan>,
    /// The kind of the key of active authentication, if there is one.
    pub active: Option<ActiveKind>,
    /// The hash over data groups, over the security object and in its signature.
    pub hash: Hash,
    /// Lengths of commands and responses.
    pub transmission: Transmission,
    /// The answer to reset; otherwise that which a reader makes for the chip's lengths.
    pub atr: Option<Vec<u8>>,
}

impl Default for ChipProfile {
    /// The citizen card's.
    fn default() -> Self {
        Self {
            basic_access: true,
            pace: vec![Offer::CITIZEN],
            agreement: Some(KeyPlan::CITIZEN),
            active: Some(ActiveKind::Rsa2048Sha1),
            hash: Hash::Sha256,
            transmission: Transmission::default(),
            atr: None,
        }
    }
}

/// A picture for DG2 in place of the drawn portrait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The file as it is: JPEG or JPEG 2000.
    pub image: Arc<Vec<u8>>,
    /// What the record calls it: 0 JPEG, 1 JPEG 2000 (ISO/IEC 19794-5:2005, 5.7.2).
    pub kind: u8,
    /// Width in pixels.
    pub width: u16,
    /// Height in pixels.
    pub height: u16,
}

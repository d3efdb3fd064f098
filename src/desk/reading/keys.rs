//! What opens a chip: keys and passwords that follow from what is printed or was typed.

use crate::chip::bac::BacKeys;
use crate::chip::pace::PacePassword;
use crate::document::{Date, Personal, Printed};

/// Bytes of the MRZ information after the document number's check digit: two dates with theirs.
const DATES: usize = 14;

/// What opens the chip.
#[derive(Clone, Debug)]
pub struct Keys {
    pub(super) bac: Vec<BacKeys>,
    pub(super) pace: Vec<PacePassword>,
    /// Document number with check digit, one for each of `bac`.
    documents: Vec<Personal<Vec<u8>>>,
}

impl Keys {
    /// The keys that follow from what is printed or was typed: a bounded list, the likeliest first.
    /// A CAN is tried once, before what follows from the zone: it opens a chip by PACE alone.
    #[must_use]
    pub fn derive(printed: &Printed, today: Date) -> Self {
        let candidates = printed.bac_candidates(today);
        let can = printed
            .can()
            .map(|can| PacePassword::Can(Personal::new(can.reveal().to_vec())));
        let zones = candidates
            .iter()
            .map(|key| PacePassword::Mrz(Personal::new(key.reveal().to_vec())));
        let document = |information: &[u8]| {
            let length = information.len().saturating_sub(DATES);
            Personal::new(information.get(..length).unwrap_or_default().to_vec())
        };
        Self {
            pace: can.into_iter().chain(zones).collect(),
            bac: candidates
                .iter()
                .map(|information| BacKeys::derive(information.reveal()))
                .collect(),
            documents: candidates
                .iter()
                .map(|information| document(information.reveal()))
                .collect(),
        }
    }

    /// No key: a chip that keeps nothing closed can be read.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            bac: Vec::new(),
            pace: Vec::new(),
            documents: Vec::new(),
        }
    }

    /// Whether nothing opens a chip.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bac.is_empty() && self.pace.is_empty()
    }

    /// The document number with its check digit, of the key with that index: ID_PICC of terminal
    /// authentication after basic access control (BSI TR-03110-3, B.3).
    pub(super) fn document(&self, index: usize) -> &[u8] {
        self.documents
            .get(index)
            .map_or(&[], |number| number.reveal())
    }
}

//! What a profile of a chip changes on the ordinary card, before any defect does.

use super::Blueprint;
use crate::authority::signer::Scheme;
use crate::defects::mutation::ChipKeysChange;
use crate::personas::ChipProfile;

impl Blueprint {
    /// Makes the ordinary card one of this profile.
    pub(super) fn take(&mut self, profile: &ChipProfile) {
        if !profile.basic_access {
            self.access = None;
        }
        self.pace.offer(&profile.pace);
        match profile.agreement {
            Some(key) => self.agreement.keys = vec![key],
            None => self.agreement.change(ChipKeysChange::None),
        }
        match profile.active {
            Some(kind) => self.active.kind = kind,
            None => {
                self.active.key = false;
                self.groups.retain(|group| *group != 15);
            }
        }
        self.sod.group_hash = profile.hash;
        self.sod.digest = profile.hash;
        self.sod.scheme = Scheme::Ecdsa(profile.hash);
        self.transmission = profile.transmission;
        self.atr.clone_from(&profile.atr);
    }
}

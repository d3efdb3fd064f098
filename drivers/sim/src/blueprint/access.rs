//! PACE on the card: what the chip offers, what its files say of it, and the key of chip
//! authentication.

use std::collections::BTreeMap;

use super::Blueprint;
use crate::card::pace::{Mapping, Offer, PaceAccess};
use crate::crypto::curve::{Curve, EcKey, Parameters};
use crate::crypto::suite::Suite;
use crate::defects::mutation::PaceChange;
use crate::error::SimError;
use crate::lds::security_infos;

/// PACE before the card is issued.
pub(super) struct PacePlan {
    /// What the chip knows.
    offers: Vec<Offer>,
    /// What EF.CardAccess lists; without PACE it does not exist.
    listed: Option<Vec<Offer>>,
    /// What DG14 lists.
    signed: Vec<Offer>,
    /// More infos in EF.CardAccess.
    extra: Vec<&'static [u8]>,
    /// What stands in place of every PACEInfo in EF.CardAccess.
    instead: Option<&'static [u8]>,
    /// EF.CardSecurity, where there is one.
    security: Option<PaceChange>,
    tries: Option<u8>,
    /// Neither printed data nor card access number open it.
    pub(super) other_passwords: bool,
}

impl PacePlan {
    /// As on the citizen card.
    pub(super) fn citizen() -> Self {
        Self {
            offers: vec![Offer::CITIZEN],
            listed: Some(vec![Offer::CITIZEN]),
            signed: vec![Offer::CITIZEN],
            extra: Vec::new(),
            instead: None,
            security: None,
            tries: None,
            other_passwords: false,
        }
    }

    pub(super) fn apply(&mut self, change: PaceChange) {
        match change {
            PaceChange::Absent => {
                self.offers.clear();
                self.signed.clear();
                self.listed = None;
            }
            PaceChange::Stripped => {
                self.offers.clear();
                self.listed = None;
            }
            PaceChange::Offers(offers) => {
                self.offers = offers.to_vec();
                self.signed = offers.to_vec();
                self.listed = Some(offers.to_vec());
            }
            PaceChange::Listed(offers) => self.listed = Some(offers.to_vec()),
            PaceChange::Unsigned => self.signed.clear(),
            PaceChange::Extra(info) => self.extra.push(info),
            PaceChange::Instead(info) => self.instead = Some(info),
            PaceChange::CardSecurity
            | PaceChange::CardSecurityOtherKey
            | PaceChange::CardSecurityOtherSigner
            | PaceChange::CardSecurityFlipped => self.security = Some(change),
            PaceChange::Tries(tries) => self.tries = Some(tries),
        }
    }
}

impl Blueprint {
    /// The chip's static key: chip authentication, and the mapping that proves it.
    pub(super) fn chip_key(&self) -> Result<EcKey, SimError> {
        let label = format!("chip {}", self.persona.personal_number);
        Ok(EcKey::from_label(Curve::BrainpoolP256, &label)?)
    }

    /// Terminal and chip authentication, which EF.CardAccess and DG14 list alike.
    fn common_infos(&self) -> Vec<Vec<u8>> {
        match self.chip_keys {
            true => vec![
                security_infos::terminal_authentication(),
                security_infos::chip_authentication(Suite::Aes128, 1, None),
            ],
            false => Vec::new(),
        }
    }

    /// What DG14 holds; nothing means that there is no DG14.
    pub(super) fn signed_infos(&self, active: Option<&str>) -> Result<Vec<Vec<u8>>, SimError> {
        let mut infos = self.common_infos();
        if self.chip_keys {
            let key = self.chip_key()?.public_key_info(Parameters::Named)?;
            infos.push(security_infos::chip_authentication_key(&key, None));
        }
        infos.extend(self.pace.signed.iter().map(security_infos::pace));
        infos.extend(active.map(security_infos::active_authentication));
        Ok(infos)
    }

    /// The files under the master file.
    pub(super) fn master_files(&self) -> Result<BTreeMap<String, Vec<u8>>, SimError> {
        let mut files = BTreeMap::new();
        if let Some(listed) = &self.pace.listed {
            let mut infos = self.common_infos();
            match self.pace.instead {
                Some(info) => infos.push(info.to_vec()),
                None => infos.extend(listed.iter().map(security_infos::pace)),
            }
            infos.extend(self.pace.extra.iter().map(|info| info.to_vec()));
            files.insert("EF.CardAccess".to_owned(), security_infos::set(&infos));
        }
        Ok(files)
    }

    /// How PACE opens the chip.
    pub(super) fn pace_access(&self) -> Result<Option<PaceAccess>, SimError> {
        if self.pace.offers.is_empty() {
            return Ok(None);
        }
        let number = &self.persona.personal_number;
        let can = number.get(number.len().saturating_sub(6)..).unwrap_or("");
        let information = self.persona.access_information();
        let mut access = match self.pace.other_passwords {
            true => PaceAccess::new(&self.pace.offers, "000000000000000000000000", "no number"),
            false => PaceAccess::new(&self.pace.offers, &information, can),
        };
        access.tries = self.pace.tries;
        let proves = |offer: &Offer| offer.mapping == Mapping::ChipAuthentication;
        if self.pace.offers.iter().any(proves) {
            access.chip_key = Some(self.chip_key()?.scalar().to_vec());
        }
        Ok(Some(access))
    }
}

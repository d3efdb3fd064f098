//! PACE on the card: what the chip offers, and what its files say of it.

use std::collections::BTreeMap;

use super::Blueprint;
use crate::card::pace::{Mapping, Offer, PaceAccess};
use crate::crypto::curve::{Curve, EcKey, Parameters};
use crate::defects::mutation::{CardSecurityChange, PaceChange};
use crate::error::SimError;
use crate::lds::security_infos;
use crate::lds::sod::{SECURITY_OBJECT, SignatureFault, Signer, SodPlan};

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
    /// The generator that both files claim for a curve of their own.
    forged: bool,
    /// There is EF.CardSecurity, though no mapping needs it.
    secured: bool,
    /// What is wrong with EF.CardSecurity.
    security: Option<CardSecurityChange>,
    /// The chip has another key than EF.CardSecurity says.
    other_chip_key: bool,
    no_can: bool,
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
            forged: false,
            secured: false,
            security: None,
            other_chip_key: false,
            no_can: false,
            tries: None,
            other_passwords: false,
        }
    }

    /// As on a foreign document: the same offer, and no card access number.
    pub(super) fn foreign() -> Self {
        Self {
            no_can: true,
            ..Self::citizen()
        }
    }

    /// Whether another key signs EF.CardSecurity than its certificate says.
    pub(super) fn other_signer(&self) -> bool {
        self.security == Some(CardSecurityChange::OtherSigner)
    }

    /// Whether the chip proves its key within PACE.
    pub(super) fn proves_the_chip(&self) -> bool {
        self.proving().is_some()
    }

    fn proving(&self) -> Option<&Offer> {
        self.offers
            .iter()
            .find(|offer| offer.mapping == Mapping::ChipAuthentication)
    }

    /// The curve of the key that is proven: that of the offer (ICAO 9303-11, 4.4.3.3.3).
    fn mapping_curve(&self) -> Curve {
        match self.proving().map(|offer| offer.parameters) {
            Some(12) => Curve::P256,
            Some(15) => Curve::P384,
            Some(16) => Curve::BrainpoolP384,
            _ => Curve::BrainpoolP256,
        }
    }

    /// PACEInfo and PACEDomainParameterInfo for a curve with a generator of the forger's choice.
    fn forged_infos(&self) -> Result<Vec<Vec<u8>>, SimError> {
        if !self.forged {
            return Ok(Vec::new());
        }
        let victim = EcKey::from_label(Curve::BrainpoolP256, "domain")?;
        let forged = EcKey::forged(&victim, "forger of domains")?;
        let info = forged.public_key_info(Parameters::Explicit)?;
        security_infos::own_domain(&info).ok_or(SimError::Data("no public key"))
    }

    /// The chip and both files offer this; without any offer there is no PACE.
    pub(super) fn offer(&mut self, offers: &[Offer]) {
        if offers.is_empty() {
            return self.apply(PaceChange::Absent);
        }
        self.offers = offers.to_vec();
        self.signed = offers.to_vec();
        self.listed = Some(offers.to_vec());
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
            PaceChange::Offers(offers) => self.offer(offers),
            PaceChange::Listed(offers) => self.listed = Some(offers.to_vec()),
            PaceChange::Unsigned => self.signed.clear(),
            PaceChange::SecuredAlone => {
                self.signed.clear();
                self.secured = true;
            }
            PaceChange::Extra(info) => self.extra.push(info),
            PaceChange::Instead(info) => self.instead = Some(info),
            PaceChange::ForgedDomain => {
                self.forged = true;
                self.signed.clear();
                self.listed = Some(Vec::new());
            }
            PaceChange::CardSecurity(change) => self.security = Some(change),
            PaceChange::OtherChipKey => self.other_chip_key = true,
            PaceChange::NoCan => self.no_can = true,
            PaceChange::Tries(tries) => self.tries = Some(tries),
        }
    }
}

impl Blueprint {
    /// The static key that chip authentication mapping proves: the card's own, or another.
    fn mapping_key(&self, own: bool) -> Result<EcKey, SimError> {
        let whose = if own { &self.chip } else { "cloner" };
        let label = format!("chip mapping {whose}");
        Ok(EcKey::from_label(self.pace.mapping_curve(), &label)?)
    }

    /// EF.CardSecurity: what EF.CardAccess says and the static key, signed
    /// (ICAO 9303-11, 9.2.11; BSI TR-03110-3, A.1.2.5).
    fn card_security(
        &self,
        infos: &[Vec<u8>],
        signer: &Signer<'_>,
        certificates: &[Vec<u8>],
    ) -> Result<Vec<u8>, SimError> {
        let mut plan = SodPlan::usual(SECURITY_OBJECT, self.signing);
        plan.certificates = certificates.to_vec();
        if self.pace.security == Some(CardSecurityChange::Flipped) {
            plan.signature = Some(SignatureFault::Flipped);
        }
        let content = |own| {
            let key = self.mapping_key(own)?.public_key_info(Parameters::Named)?;
            let key = security_infos::chip_authentication_key(true, &key, None);
            Ok::<_, SimError>(security_infos::set(&[infos, &[key]].concat()))
        };
        let signed = content(true)?;
        let mut file = plan.message(&signed, signer)?;
        if self.pace.security == Some(CardSecurityChange::OtherKey) {
            let place = file
                .windows(signed.len())
                .position(|window| window == signed);
            let place = place.and_then(|at| file.get_mut(at..at + signed.len()));
            place
                .ok_or(SimError::Data("EF.CardSecurity without its content"))?
                .copy_from_slice(&content(false)?);
        }
        Ok(file)
    }

    /// Terminal and chip authentication, which EF.CardAccess and DG14 list alike.
    fn common_infos(&self) -> Vec<Vec<u8>> {
        let mut infos = self.agreement.announced();
        if !infos.is_empty() {
            infos.push(security_infos::terminal_authentication());
        }
        infos
    }

    /// What DG14 holds, with the card's own keys or a cloner's; nothing means that there is no DG14.
    pub(super) fn signed_infos(
        &self,
        active: Option<&str>,
        own: bool,
    ) -> Result<Vec<Vec<u8>>, SimError> {
        let mut infos = self.common_infos();
        infos.extend(self.agreement.public_keys(&self.chip, own)?);
        infos.extend(self.pace.signed.iter().map(security_infos::pace));
        infos.extend(self.pace.forged_infos()?);
        infos.extend(active.map(security_infos::active_authentication));
        Ok(infos)
    }

    /// The files under the master file.
    pub(super) fn master_files(
        &self,
        signer: &Signer<'_>,
        certificates: &[Vec<u8>],
    ) -> Result<BTreeMap<String, Vec<u8>>, SimError> {
        let mut files = BTreeMap::new();
        if let Some(listed) = &self.pace.listed {
            let mut infos = self.common_infos();
            match self.pace.instead {
                Some(info) => infos.push(info.to_vec()),
                None => infos.extend(listed.iter().map(security_infos::pace)),
            }
            infos.extend(self.pace.forged_infos()?);
            infos.extend(self.pace.extra.iter().map(|info| info.to_vec()));
            if self.pace.secured || self.pace.proves_the_chip() {
                let file = self.card_security(&infos, signer, certificates)?;
                files.insert("EF.CardSecurity".to_owned(), file);
            }
            files.insert("EF.CardAccess".to_owned(), security_infos::set(&infos));
        }
        files.insert("EF.ATR/INFO".to_owned(), self.transmission.file());
        Ok(files)
    }

    /// How PACE opens the chip.
    pub(super) fn pace_access(&self) -> Result<Option<PaceAccess>, SimError> {
        if self.pace.offers.is_empty() {
            return Ok(None);
        }
        let can = self.persona.can();
        let information = self.persona.access_information();
        let mut access = match self.pace.other_passwords {
            true => PaceAccess::new(&self.pace.offers, "000000000000000000000000", "no number"),
            false => PaceAccess::new(&self.pace.offers, &information, can),
        };
        access.tries = self.pace.tries;
        if self.pace.no_can {
            access.can = None;
        }
        if self.pace.proves_the_chip() {
            let key = self.mapping_key(!self.pace.other_chip_key)?;
            access.chip_key = Some(key.scalar().to_vec());
        }
        Ok(Some(access))
    }
}

//! The keys of chip authentication: on the chip, and in DG14.

use crate::card::chip_authentication::ChipKey;
use crate::crypto::curve::{Curve, EcKey, Parameters};
use crate::crypto::dh;
use crate::crypto::domain::Domain;
use crate::crypto::stream::LabelStream;
use crate::defects::mutation::{ChipKeysChange, KeyFault, KeyKind, KeyPlan};
use crate::error::SimError;
use crate::lds::security_infos::{chip_authentication, chip_authentication_key};

/// What an issuer does with the keys of chip authentication.
pub(super) struct AgreementPlan {
    pub(super) keys: Vec<KeyPlan>,
    /// The chip has other keys than DG14 says.
    other_keys: bool,
    /// DG14 is replaced after signing by that of the chip's other keys.
    pub(super) replaced: bool,
    version: u8,
    reference: Option<u8>,
    fault: Option<KeyFault>,
    template_only: bool,
}

impl Default for AgreementPlan {
    fn default() -> Self {
        Self {
            keys: vec![KeyPlan::CITIZEN],
            other_keys: false,
            replaced: false,
            version: 1,
            reference: None,
            fault: None,
            template_only: false,
        }
    }
}

/// A key pair with its public key as DG14 has it.
struct Pair {
    domain: Domain,
    private: Vec<u8>,
    info: Vec<u8>,
}

impl AgreementPlan {
    /// Whether there is any key.
    pub(super) fn exists(&self) -> bool {
        !self.keys.is_empty()
    }

    pub(super) fn change(&mut self, change: ChipKeysChange) {
        match change {
            ChipKeysChange::None => self.keys.clear(),
            ChipKeysChange::Keys(keys) => self.keys = keys.to_vec(),
            ChipKeysChange::OtherKey => self.other_keys = true,
            ChipKeysChange::ReplacedKey => {
                self.other_keys = true;
                self.replaced = true;
            }
            ChipKeysChange::Version(version) => self.version = version,
            ChipKeysChange::Reference(id) => self.reference = Some(id),
            ChipKeysChange::PublicKey(fault) => self.fault = Some(fault),
            ChipKeysChange::TemplateOnly => self.template_only = true,
        }
    }

    /// ChipAuthenticationInfo of each key.
    pub(super) fn announced(&self) -> Vec<Vec<u8>> {
        let info = |plan: &KeyPlan| {
            let curve = matches!(plan.kind, KeyKind::Ec(..));
            let reference = self.reference.or(plan.id);
            chip_authentication(curve, plan.suite, self.version, reference)
        };
        self.keys.iter().map(info).collect()
    }

    /// ChipAuthenticationPublicKeyInfo of each key; the card's own ones, or a cloner's.
    pub(super) fn public_keys(&self, whose: &str, own: bool) -> Result<Vec<Vec<u8>>, SimError> {
        let info = |plan: &KeyPlan| {
            let pair = self.pair(*plan, whose, own)?;
            let curve = pair.domain.is_curve();
            Ok(chip_authentication_key(curve, &pair.info, plan.id))
        };
        self.keys.iter().map(info).collect()
    }

    /// The keys on the chip.
    pub(super) fn chip_keys(&self, whose: &str) -> Result<Vec<ChipKey>, SimError> {
        let key = |plan: &KeyPlan| {
            let pair = self.pair(*plan, whose, !self.other_keys)?;
            Ok(ChipKey {
                id: plan.id,
                domain: pair.domain,
                private: pair.private,
                suite: plan.suite,
                template_only: self.template_only,
            })
        };
        self.keys.iter().map(key).collect()
    }

    fn pair(&self, plan: KeyPlan, whose: &str, own: bool) -> Result<Pair, SimError> {
        let whose = if own { whose } else { "cloner" };
        let label = match plan.id {
            None => format!("chip {whose}"),
            Some(id) => format!("chip {whose} {id}"),
        };
        let missing = SimError::Data("no such domain parameters");
        match plan.kind {
            KeyKind::Ec(curve, parameters) => {
                let key = EcKey::from_label(curve, &label)?;
                let mut info = key.public_key_info(parameters)?;
                if self.fault == Some(KeyFault::OffCurve) {
                    // The public point stands last: its y coordinate.
                    if let Some(last) = info.last_mut() {
                        *last ^= 0x01;
                    }
                }
                Ok(Pair {
                    domain: Domain::standardized(standard(curve))?.ok_or(missing)?,
                    private: key.scalar().to_vec(),
                    info,
                })
            }
            KeyKind::Dh(group, form) => {
                let domain = Domain::standardized(group)?.ok_or(missing)?;
                let seed = LabelStream::new(&label).take(domain.seed_length()?);
                let private = domain.private_key(&seed)?;
                let public = match self.fault {
                    Some(KeyFault::SmallOrder) => dh::of_small_order(group)?,
                    // Of the whole group, not of the subgroup.
                    Some(KeyFault::OutsideSubgroup) => vec![2],
                    _ => domain.public_key(&private)?,
                };
                Ok(Pair {
                    info: dh::public_key_info(group, form, &public)?,
                    domain,
                    private,
                })
            }
        }
    }
}

/// The number of a curve among the standardised domain parameters (ICAO 9303-11, table 6).
fn standard(curve: Curve) -> u8 {
    match curve {
        Curve::P256 => 12,
        Curve::BrainpoolP256 => 13,
        Curve::P384 => 15,
        Curve::BrainpoolP384 => 16,
        // None of them: no chip key can be made of it.
        Curve::Prime239 => u8::MAX,
    }
}

impl KeyPlan {
    /// The citizen card's: ECDH on brainpoolP256r1, explicit parameters, AES 128.
    pub(crate) const CITIZEN: Self = Self {
        kind: KeyKind::Ec(Curve::BrainpoolP256, Parameters::Explicit),
        suite: crate::crypto::suite::Suite::Aes128,
        id: None,
    };
}

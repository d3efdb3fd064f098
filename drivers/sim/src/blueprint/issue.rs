//! Issues what a blueprint describes: files, signature, chip.

use std::collections::BTreeMap;

use super::Blueprint;
use crate::authority::certificate::CertificatePlan;
use crate::authority::inspection;
use crate::authority::signer::SigningKey;
use crate::authority::{Batch, BatchKind, CSCA_SCHEME, Csca};
use crate::card::Chip;
use crate::card::active::ActiveKey;
use crate::card::files::{Directory, File, ReadAccess, identifier};
use crate::card::terminal_authentication::Inspection;
use crate::crypto::curve::{Curve, EcKey, Parameters};
use crate::crypto::rsa::RsaKey;
use crate::crypto::stream::LabelStream;
use crate::defects::mutation::{ActiveKind, DscKey, ListChange};
use crate::error::SimError;
use crate::lds::sod::{Entry, Signer};
use crate::lds::{self, group_name};
use crate::personas::mrz;

/// What an issuer hands out: files by name, and those that only terminals with a certificate read.
pub(crate) struct Issued {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) guarded: BTreeMap<String, Vec<u8>>,
    /// Files under the master file.
    pub(crate) master: BTreeMap<String, Vec<u8>>,
}

impl Blueprint {
    /// The key of active authentication: the card's own, or a cloner's.
    fn active_key(&self, own: bool) -> Result<ActiveKey, SimError> {
        let whose = if own { &self.chip } else { "cloner" };
        let label = format!("active {whose}");
        Ok(match self.active.kind {
            ActiveKind::Rsa2048Sha1 => {
                ActiveKey::RsaSha1(RsaKey::from_label(2048, 65_537, &label)?)
            }
            ActiveKind::Rsa1024Sha1 => {
                ActiveKey::RsaSha1(RsaKey::from_label(1024, 65_537, &label)?)
            }
            ActiveKind::Rsa2048Sha256 => {
                ActiveKey::RsaSha256(RsaKey::from_label(2048, 65_537, &label)?)
            }
            ActiveKind::RsaThree => ActiveKey::RsaSha1(RsaKey::from_label(2048, 3, &label)?),
            ActiveKind::Ecdsa => ActiveKey::Ecdsa(EcKey::from_label(Curve::P256, &label)?),
        })
    }

    fn dg15(&self, own: bool) -> Result<Vec<u8>, SimError> {
        let info = match self.active_key(own)? {
            ActiveKey::RsaSha1(key) | ActiveKey::RsaSha256(key) => key.public_key_info(),
            ActiveKey::Ecdsa(key) => key.public_key_info(Parameters::Named)?,
        };
        Ok(lds::dg15(&info))
    }

    /// Makes every file.
    pub(crate) fn issue(&self) -> Result<Issued, SimError> {
        let mut groups = BTreeMap::new();
        let filler = LabelStream::new(&format!("DG3 {}", self.persona.label())).take(32);
        let algorithm = match (self.active.kind, self.active.algorithm) {
            (_, Some(stated)) => Some(stated),
            // ecdsa-plain-SHA256 (BSI TR-03111, 5.2.1)
            (ActiveKind::Ecdsa, None) => Some("0.4.0.127.0.7.1.1.4.1.3"),
            _ => None,
        };
        for group in &self.groups {
            groups.insert(
                *group,
                match group {
                    1 => lds::dg1(&self.mrz),
                    2 => lds::dg2::file(&self.portraits),
                    3 => match self.persona.stored_fingers()? {
                        none if none.is_empty() => lds::dg3::empty(&filler),
                        fingers => lds::dg3::file(&fingers)?,
                    },
                    13 => lds::dg13::file(&self.fields),
                    14 => match self.signed_infos(algorithm, true)? {
                        infos if infos.is_empty() => continue,
                        infos => lds::security_infos::dg14(&infos),
                    },
                    15 => self.dg15(true)?,
                    _ => return Err(SimError::Data("no such data group on this card")),
                },
            );
        }
        for (file, edit) in &self.issued {
            let group = groups
                .iter_mut()
                .find(|(group, _)| group_name(**group) == *file);
            if let Some((_, content)) = group {
                *content = edit.apply(content)?;
            }
        }

        let mut sod = self.sod.clone();
        sod.entries = self.hashes(&groups)?;
        let (dsc, key) = self.signer()?;
        let issuer = self.dsc_signed_by.unwrap_or(self.dsc_issuer);
        let issuer = match self.dsc_key {
            DscKey::ForgedGenerator => key.clone(),
            _ => issuer.key()?,
        };
        if self.enclose_dsc {
            sod.certificates.push(dsc.sign(&issuer, CSCA_SCHEME)?);
        }
        for csca in &self.enclose {
            sod.certificates
                .push(csca.plan()?.sign(&csca.key()?, CSCA_SCHEME)?);
        }
        let other = Batch {
            kind: BatchKind::Revoked,
            ..self.batch
        }
        .key()?;
        let file = sod.file(&Signer {
            key: if self.other_signing_key { &other } else { &key },
            issuer: dsc.issuer.encode(),
            serial: dsc.serial.clone(),
            identifier: key.identifier()?,
        })?;

        let numbers: Vec<u8> = groups.keys().copied().collect();
        let mut files = BTreeMap::from([
            ("EF.SOD".to_owned(), file),
            (
                "EF.COM".to_owned(),
                lds::com(self.version, &changed(&numbers, &self.com)),
            ),
        ]);
        files.extend(
            groups
                .iter()
                .map(|(group, content)| (group_name(*group), content.clone())),
        );
        if self.agreement.replaced {
            files.insert(
                group_name(14),
                lds::security_infos::dg14(&self.signed_infos(algorithm, false)?),
            );
        }
        if self.active.replaced {
            files.insert(group_name(15), self.dg15(false)?);
        }
        let unhashed = self
            .issued
            .iter()
            .filter(|(file, _)| !file.starts_with("EF.DG"));
        for (file, edit) in unhashed.chain(&self.stale) {
            if let Some(content) = files.get_mut(*file) {
                *content = edit.apply(content)?;
            }
        }
        files.retain(|name, _| !self.missing.contains(&name.as_str()));
        let mut master = self.master_files(
            &Signer {
                key: if self.pace.other_signer() {
                    &other
                } else {
                    &key
                },
                issuer: dsc.issuer.encode(),
                serial: dsc.serial.clone(),
                identifier: key.identifier()?,
            },
            &sod.certificates,
        )?;
        for (file, edit) in self.issued.iter().chain(&self.stale) {
            if let Some(content) = master.get_mut(*file) {
                *content = edit.apply(content)?;
            }
        }
        master.retain(|name, _| !self.missing.contains(&name.as_str()));
        let (guarded, files) = files.into_iter().partition(|(name, _)| name == "EF.DG3");
        Ok(Issued {
            files,
            guarded,
            master,
        })
    }

    /// Number and hash of every data group that EF.SOD lists.
    fn hashes(&self, groups: &BTreeMap<u8, Vec<u8>>) -> Result<Vec<Entry>, SimError> {
        let numbers: Vec<u8> = groups.keys().copied().collect();
        let mut out = Vec::new();
        for number in changed(&numbers, &self.listed) {
            let name = group_name(number);
            let content = groups.get(&number).map_or(name.as_bytes(), Vec::as_slice);
            out.push((vec![number], self.sod.group_hash.digest(content)?));
        }
        for change in &self.listed {
            if let ListChange::AddNumber(number) = change {
                out.push((number.to_vec(), self.sod.group_hash.digest(number)?));
            }
        }
        Ok(out)
    }

    /// The document signer: its certificate's plan and its key.
    fn signer(&self) -> Result<(CertificatePlan, SigningKey), SimError> {
        let mut plan = self.batch.plan(self.dsc_issuer)?;
        let label = format!("dsc {}", self.batch.label());
        let curve = |curve| {
            EcKey::from_label(curve, &label).map(|key| SigningKey::Ec(key, Parameters::Explicit))
        };
        let rsa = |bits, exponent| RsaKey::from_label(bits, exponent, &label).map(SigningKey::Rsa);
        let key = match self.dsc_key {
            DscKey::Batch => plan.key.clone(),
            DscKey::BrainpoolP256 => curve(Curve::BrainpoolP256)?,
            DscKey::CustomCurve => curve(Curve::Prime239)?,
            DscKey::ForgedGenerator => SigningKey::Ec(
                EcKey::forged(&Csca::Pinned.curve_key()?, "forger")?,
                Parameters::Explicit,
            ),
            DscKey::Rsa2048 => rsa(2048, 65_537)?,
            DscKey::Rsa1024 => rsa(1024, 65_537)?,
            DscKey::RsaThree => rsa(2048, 3)?,
        };
        plan.key = key.clone();
        for change in &self.dsc_changes {
            change.apply(&mut plan, self.now, self.signing);
        }
        Ok((plan, key))
    }

    /// The signer's certificate, as a list of trusted signers holds it.
    pub(crate) fn signer_certificate(&self) -> Result<Vec<u8>, SimError> {
        let (plan, _) = self.signer()?;
        plan.sign(
            &self.dsc_signed_by.unwrap_or(self.dsc_issuer).key()?,
            CSCA_SCHEME,
        )
    }

    /// The chip with all files on it.
    pub(crate) fn chip(&self) -> Result<Chip, SimError> {
        let issued = self.issue()?;
        let (mut application, mut master) = (Directory::new(), Directory::new());
        let put = |directory: &mut Directory, files: BTreeMap<String, Vec<u8>>, access| {
            for (name, content) in files {
                if let Some(identifier) = identifier(&name) {
                    directory.insert(identifier, File { content, access });
                }
            }
        };
        put(&mut application, issued.files, ReadAccess::Opened);
        put(&mut application, issued.guarded, ReadAccess::Terminals);
        let (secured, open): (BTreeMap<_, _>, BTreeMap<_, _>) = issued
            .master
            .into_iter()
            .partition(|(name, _)| name == "EF.CardSecurity");
        put(&mut master, secured, ReadAccess::Opened);
        put(&mut master, open, ReadAccess::Always);
        let has_key = self.active.key && self.groups.contains(&15);
        let inspection = match self.inspection {
            // A terminal proves itself to a chip that has proven itself first.
            Some(family) if self.agreement.exists() || self.pace.proves_the_chip() => {
                Some(Inspection {
                    authorities: vec![inspection::authority(family, self.persona.issue_date)?],
                    today: inspection::digits(self.persona.issue_date),
                    document_number: mrz::document_number(&self.mrz),
                })
            }
            _ => None,
        };
        let mut chip = Chip {
            master,
            application,
            access: self.access.clone(),
            pace: self.pace_access()?,
            active: match has_key {
                true => Some(self.active_key(!self.active.other_key)?),
                false => None,
            },
            chip_authentication: self.agreement.chip_keys(&self.chip)?,
            inspection,
            transmission: self.transmission,
            atr: self.atr.clone(),
            application_refused: self.application_refused,
            faults: self.faults.clone(),
            mishaps: self.mishaps.clone(),
            successor: match &self.successor {
                Some(successor) => Some(Box::new(successor.chip()?)),
                None => None,
            },
        };
        chip.write_authorities();
        Ok(chip)
    }
}

/// A list of data groups after changes, in order.
fn changed(groups: &[u8], changes: &[ListChange]) -> Vec<u8> {
    let mut out = groups.to_vec();
    for change in changes {
        match change {
            ListChange::Drop(group) => out.retain(|known| known != group),
            ListChange::Add(group) | ListChange::Twice(group) => out.push(*group),
            ListChange::AddNumber(_) => {}
        }
    }
    out.sort_unstable();
    out
}

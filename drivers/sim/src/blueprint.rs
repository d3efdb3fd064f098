//! From persona and defects to everything that is issued: files, chip, trust folder.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime, Time};

use crate::authority::certificate::CertificatePlan;
use crate::authority::signer::{Hash, Scheme, SigningKey};
use crate::authority::{Batch, BatchKind, CSCA_SCHEME, Csca};
use crate::card::active::ActiveKey;
use crate::card::apdu::StatusWord;
use crate::card::bac::AccessKeys;
use crate::card::faults::{ChipFault, LinkMishap};
use crate::card::files::{Directory, File, ReadAccess, identifier};
use crate::card::{Chip, Transmission};
use crate::crypto::curve::{Curve, EcKey, Parameters};
use crate::crypto::rsa::RsaKey;
use crate::crypto::stream::LabelStream;
use crate::defects::Defect;
use crate::defects::edit::Edit;
use crate::defects::mutation::{
    AccessChange, ActiveChange, ActiveKind, DscKey, FieldChange, ListChange, Mutation,
    PortraitChange, SodChange,
};
use crate::error::SimError;
use crate::lds::dg2::Portrait;
use crate::lds::dg13::Field;
use crate::lds::sod::{Attribute, Entry, LDS_SECURITY_OBJECT, Signer, SignerId, SodPlan};
use crate::lds::{self, group_name};
use crate::personas::{Persona, Sex, mrz};
use crate::{personas, portrait};

/// A card before it is issued.
pub(crate) struct Blueprint {
    persona: Persona,
    now: OffsetDateTime,
    signing: OffsetDateTime,
    mrz: Vec<u8>,
    fields: Vec<Field>,
    portraits: Vec<Portrait>,
    version: &'static str,
    /// Data groups that exist.
    groups: Vec<u8>,
    com: Vec<ListChange>,
    listed: Vec<ListChange>,
    missing: Vec<&'static str>,
    issued: Vec<(&'static str, Edit)>,
    stale: Vec<(&'static str, Edit)>,
    sod: SodPlan,
    enclose_dsc: bool,
    enclose: Vec<Csca>,
    other_signing_key: bool,
    batch: Batch,
    dsc_key: DscKey,
    dsc_issuer: Csca,
    dsc_signed_by: Option<Csca>,
    dsc_changes: Vec<crate::defects::mutation::CertificateChange>,
    active: ActivePlan,
    access: Option<AccessKeys>,
    transmission: Transmission,
    application_refused: Option<StatusWord>,
    faults: Vec<ChipFault>,
    mishaps: Vec<LinkMishap>,
}

/// Keys of active authentication.
struct ActivePlan {
    kind: ActiveKind,
    key: bool,
    other_key: bool,
    replaced: bool,
    algorithm: Option<&'static str>,
}

/// What an issuer hands out: files by name, and those that only terminals with a certificate read.
pub(crate) struct Issued {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) guarded: BTreeMap<String, Vec<u8>>,
}

impl Blueprint {
    /// The ordinary card of a persona, changed by defects in their order.
    pub(crate) fn new(
        persona: &Persona,
        defects: &[&Defect],
        now: OffsetDateTime,
    ) -> Result<Self, SimError> {
        let signing = persona
            .issue_date
            .with_time(Time::from_hms(2, 0, 0)?)
            .assume_utc();
        let portrait = Portrait {
            image: portrait::jpeg(persona)?.to_vec(),
            kind: 0,
            width: portrait::WIDTH,
            height: portrait::HEIGHT,
            gender: match persona.sex {
                Sex::Male => 1,
                Sex::Female => 2,
            },
        };
        let mut blueprint = Self {
            now,
            signing,
            mrz: persona.mrz().into_bytes(),
            fields: lds::dg13::fields(persona),
            portraits: vec![portrait],
            version: "0107",
            groups: vec![1, 2, 3, 13, 15],
            com: Vec::new(),
            listed: Vec::new(),
            missing: Vec::new(),
            issued: Vec::new(),
            stale: Vec::new(),
            sod: SodPlan {
                group_hash: Hash::Sha256,
                entries: Vec::new(),
                content_type: LDS_SECURITY_OBJECT,
                version: Some(3),
                no_digest_algorithms: false,
                detached: false,
                digest: Hash::Sha256,
                scheme: Scheme::Ecdsa(Hash::Sha256),
                stated_scheme: None,
                attributes: vec![
                    Attribute::ContentType,
                    Attribute::MessageDigest,
                    Attribute::SigningTime,
                ],
                signing_time: signing,
                signer_id: SignerId::IssuerAndSerial,
                certificates: Vec::new(),
                signature: None,
                second_signer: false,
                edits: Vec::new(),
            },
            enclose_dsc: true,
            enclose: Vec::new(),
            other_signing_key: false,
            batch: Batch::of(persona.issue_date, BatchKind::Usual)?,
            dsc_key: DscKey::Batch,
            dsc_issuer: Csca::Pinned,
            dsc_signed_by: None,
            dsc_changes: Vec::new(),
            active: ActivePlan {
                kind: ActiveKind::Rsa2048Sha1,
                key: true,
                other_key: false,
                replaced: false,
                algorithm: None,
            },
            access: Some(AccessKeys::new(&persona.access_information())),
            transmission: Transmission::default(),
            application_refused: None,
            faults: Vec::new(),
            mishaps: Vec::new(),
            persona: persona.clone(),
        };
        for mutation in defects.iter().flat_map(|defect| defect.mutations) {
            blueprint.apply(*mutation)?;
        }
        Ok(blueprint)
    }

    fn apply(&mut self, mutation: Mutation) -> Result<(), SimError> {
        match mutation {
            Mutation::Mrz { at, text, checked } => self.set_mrz(at, text, checked)?,
            Mutation::Field(id, change) => self.change_field(id, change),
            Mutation::Expires(days) => {
                let date = (self.now + Duration::days(days)).date();
                self.set_mrz(38, &mrz::date(Some(date)), true)?;
                let value = lds::dg13::value(&personas::slashed(date));
                if let Some(field) = self.fields.iter_mut().find(|field| field.id == 12) {
                    field.value = value;
                }
            }
            Mutation::Portrait(change) => self.change_portrait(change)?,
            Mutation::Com(change) => self.com.push(change),
            Mutation::Lds(change) => self.listed.push(change),
            Mutation::Without(group) => self.groups.retain(|known| *known != group),
            Mutation::Missing(file) => self.missing.push(file),
            Mutation::LdsVersion(version) => self.version = version,
            Mutation::Issued(file, edit) => self.issued.push((file, edit)),
            Mutation::Stale(file, edit) => self.stale.push((file, edit)),
            Mutation::Sod(change) => self.change_sod(change),
            Mutation::Dsc(change) => self.dsc_changes.push(change),
            Mutation::DscKey(key) => self.dsc_key = key,
            Mutation::DscBatch(kind) => self.batch.kind = kind,
            Mutation::DscIssuer(csca) => self.dsc_issuer = csca,
            Mutation::DscSignedBy(csca) => self.dsc_signed_by = Some(csca),
            Mutation::Active(change) => self.change_active(change),
            Mutation::Chip(fault) => self.faults.push(fault),
            Mutation::Link(mishap) => self.mishaps.push(mishap),
            Mutation::Access(AccessChange::OtherKey) => {
                self.access = Some(AccessKeys::new("000000000000000000000000"));
            }
            Mutation::Access(AccessChange::None) => {
                self.access = None;
                self.faults.push(ChipFault::PlainAccess);
            }
            Mutation::Lengths(extended, chained) => {
                self.transmission.extended = extended;
                self.transmission.chained = chained;
            }
            Mutation::ApplicationRefused(status) => {
                self.application_refused = Some(StatusWord(status));
            }
            // The trust folder's, see `authority::trust`.
            Mutation::Csca(_) | Mutation::Crl(_) | Mutation::Trust(_) => {}
        }
        Ok(())
    }

    fn set_mrz(&mut self, at: usize, text: &str, checked: bool) -> Result<(), SimError> {
        let place = self.mrz.get_mut(at..at + text.len());
        place
            .ok_or(SimError::Data("no such place in the MRZ"))?
            .copy_from_slice(text.as_bytes());
        if checked {
            mrz::check(&mut self.mrz);
        }
        Ok(())
    }

    fn change_field(&mut self, id: u8, change: FieldChange) {
        let value = match change {
            FieldChange::Gone => return self.fields.retain(|field| field.id != id),
            FieldChange::Text(text) => lds::dg13::value(text),
            FieldChange::Value(value) => value.to_vec(),
        };
        match self.fields.iter_mut().find(|field| field.id == id) {
            Some(field) => field.value = value,
            None => self.fields.push(Field { id, value }),
        }
    }

    fn change_portrait(&mut self, change: PortraitChange) -> Result<(), SimError> {
        let missing = SimError::Data("there is no portrait to change");
        match change {
            PortraitChange::None => self.portraits.clear(),
            PortraitChange::Second => {
                let everybody = personas::personas()?;
                let other = everybody
                    .iter()
                    .find(|other| other.personal_number != self.persona.personal_number)
                    .ok_or(SimError::Data("nobody else is there"))?;
                let mut second = self.portraits.first().cloned().ok_or(missing)?;
                second.image = portrait::jpeg(other)?.to_vec();
                self.portraits.push(second);
            }
            _ => {
                let portrait = self.portraits.first_mut().ok_or(missing)?;
                portrait::change(portrait, change)?;
            }
        }
        Ok(())
    }

    fn change_sod(&mut self, change: SodChange) {
        let (now, signing) = (self.now, self.signing);
        let sod = &mut self.sod;
        match change {
            SodChange::ContentType(oid) => sod.content_type = oid,
            SodChange::Detached => sod.detached = true,
            SodChange::Version(version) => sod.version = version,
            SodChange::NoDigestAlgorithms => sod.no_digest_algorithms = true,
            SodChange::Digest(hash) => sod.digest = hash,
            SodChange::GroupHash(hash) => sod.group_hash = hash,
            SodChange::Scheme(scheme) => sod.scheme = scheme,
            SodChange::StatedScheme(scheme) => sod.stated_scheme = Some(scheme),
            SodChange::Attributes(attributes) => sod.attributes = attributes.to_vec(),
            SodChange::SigningTime(moment) => sod.signing_time = moment.at(now, signing),
            SodChange::SignerId(id) => sod.signer_id = id,
            SodChange::Signature(fault) => sod.signature = Some(fault),
            SodChange::NoCertificate => self.enclose_dsc = false,
            SodChange::EncloseCsca(csca) => self.enclose.push(csca),
            SodChange::OtherKey => self.other_signing_key = true,
            SodChange::SecondSigner => sod.second_signer = true,
            SodChange::Edit(edit) => sod.edits.push(edit),
        }
    }

    fn change_active(&mut self, change: ActiveChange) {
        match change {
            ActiveChange::Kind(kind) => self.active.kind = kind,
            ActiveChange::NoKey => self.active.key = false,
            ActiveChange::OtherKey => self.active.other_key = true,
            ActiveChange::ReplacedKey => {
                self.active.other_key = true;
                self.active.replaced = true;
            }
            ActiveChange::Algorithm(oid) => self.active.algorithm = Some(oid),
        }
    }

    /// The key of active authentication: the card's own, or a cloner's.
    fn active_key(&self, own: bool) -> Result<ActiveKey, SimError> {
        let whose = if own {
            self.persona.personal_number.as_str()
        } else {
            "cloner"
        };
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
        let filler = LabelStream::new(&format!("DG3 {}", self.persona.personal_number)).take(32);
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
                    3 => lds::dg3(&filler),
                    13 => lds::dg13::file(&self.fields),
                    15 => self.dg15(true)?,
                    _ => return Err(SimError::Data("no such data group on this card")),
                },
            );
        }
        if let Some(algorithm) = algorithm {
            groups.insert(14, lds::dg14(&[lds::active_authentication_info(algorithm)]));
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
        let (guarded, files) = files.into_iter().partition(|(name, _)| name == "EF.DG3");
        Ok(Issued { files, guarded })
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
        let mut application = Directory::new();
        let mut put = |files: BTreeMap<String, Vec<u8>>, access| {
            for (name, content) in files {
                if let Some(identifier) = identifier(&name) {
                    application.insert(identifier, File { content, access });
                }
            }
        };
        put(issued.files, ReadAccess::Opened);
        put(issued.guarded, ReadAccess::Terminals);
        let has_key = self.active.key && self.groups.contains(&15);
        Ok(Chip {
            master: Directory::new(),
            application,
            access: self.access.clone(),
            active: match has_key {
                true => Some(self.active_key(!self.active.other_key)?),
                false => None,
            },
            transmission: self.transmission,
            application_refused: self.application_refused,
            faults: self.faults.clone(),
            mishaps: self.mishaps.clone(),
        })
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

//! From persona and defects to everything that is issued: files, chip, trust folder.
//!
//! # Layout
//! - here: the ordinary card, and what each mutation changes on it
//! - `agreement`: the keys of chip authentication
//! - `issue`: files, signature and chip out of that
//! - `profile`: what a chip is able to do
//! - `access`: PACE, its files, and what DG14 says of both

mod access;
mod agreement;
mod issue;
mod profile;

use agreement::AgreementPlan;
use time::{Duration, OffsetDateTime, Time};

use crate::authority::inspection::KeyFamily;
use crate::authority::{Batch, Csca};
use crate::card::Transmission;
use crate::card::apdu::StatusWord;
use crate::card::bac::AccessKeys;
use crate::card::faults::{ChipFault, LinkMishap};
use crate::defects::Defect;
use crate::defects::edit::Edit;
use crate::defects::mutation::{
    AccessChange, ActiveChange, ActiveKind, CertificateChange, DscKey, FieldChange, ListChange,
    Mutation, PaceChange, PortraitChange, SodChange,
};
use crate::error::SimError;
use crate::lds;
use crate::lds::dg2::Portrait;
use crate::lds::dg13::Field;
use crate::lds::sod::{LDS_SECURITY_OBJECT, SodPlan};
use crate::personas::{Persona, Sex, mrz};
use crate::{personas, portrait};
use access::PacePlan;

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
    dsc_changes: Vec<CertificateChange>,
    /// Which chip it is: keys follow from it.
    chip: String,
    active: ActivePlan,
    agreement: AgreementPlan,
    /// Whose certificates open DG3, if anybody's.
    inspection: Option<KeyFamily>,
    access: Option<AccessKeys>,
    pace: PacePlan,
    transmission: Transmission,
    /// The answer to reset, where it does not follow from the lengths.
    atr: Option<Vec<u8>>,
    application_refused: Option<StatusWord>,
    faults: Vec<ChipFault>,
    mishaps: Vec<LinkMishap>,
    successor: Option<Box<Blueprint>>,
}

/// Keys of active authentication.
struct ActivePlan {
    kind: ActiveKind,
    key: bool,
    other_key: bool,
    replaced: bool,
    algorithm: Option<&'static str>,
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
        let (authority, batch) = persona.authority();
        let citizen = persona.is_citizen();
        let mut blueprint = Self {
            now,
            signing,
            mrz: persona.mrz().into_bytes(),
            fields: lds::dg13::fields(persona),
            portraits: vec![portrait_of(persona)?],
            version: "0107",
            groups: if citizen {
                vec![1, 2, 3, 13, 14, 15]
            } else {
                vec![1, 2, 14, 15]
            },
            com: Vec::new(),
            listed: Vec::new(),
            missing: Vec::new(),
            issued: Vec::new(),
            stale: Vec::new(),
            sod: SodPlan::usual(LDS_SECURITY_OBJECT, signing),
            enclose_dsc: true,
            enclose: Vec::new(),
            other_signing_key: false,
            batch: Batch::of(persona.issue_date, batch)?,
            dsc_key: DscKey::Batch,
            dsc_issuer: authority,
            dsc_signed_by: None,
            dsc_changes: Vec::new(),
            chip: persona.chip_label(),
            active: ActivePlan {
                kind: ActiveKind::Rsa2048Sha1,
                key: true,
                other_key: false,
                replaced: false,
                algorithm: None,
            },
            agreement: AgreementPlan::default(),
            inspection: citizen.then_some(KeyFamily::Elliptic),
            access: Some(AccessKeys::new(&persona.access_information())),
            pace: if citizen {
                PacePlan::citizen()
            } else {
                PacePlan::foreign()
            },
            transmission: Transmission::default(),
            atr: None,
            application_refused: None,
            faults: Vec::new(),
            mishaps: Vec::new(),
            successor: None,
            persona: persona.clone(),
        };
        if let Some(profile) = &persona.chip {
            blueprint.take(profile);
        }
        for mutation in defects.iter().flat_map(|defect| defect.mutations) {
            blueprint.apply(*mutation)?;
        }
        Ok(blueprint)
    }

    /// The card that comes back in this one's place: the ordinary one with these changes.
    fn successor(&self, mutations: &[Mutation]) -> Result<Self, SimError> {
        let mut successor = Self::new(&self.persona, &[], self.now)?;
        mutations
            .iter()
            .try_for_each(|mutation| successor.apply(*mutation))?;
        Ok(successor)
    }

    fn apply(&mut self, mutation: Mutation) -> Result<(), SimError> {
        match mutation {
            Mutation::Mrz { at, text, checked } => self.set_mrz(at, text, checked)?,
            Mutation::Number { at, digits } => {
                // Another number is another person's, on a chip of its own.
                self.chip = format!("{} {digits}", self.persona.chip_label());
                self.change_number(at, digits)?;
            }
            Mutation::SameChip => self.chip = self.persona.chip_label(),
            Mutation::OtherChip(name) => {
                self.chip = format!("{} {name}", self.persona.chip_label());
            }
            Mutation::Field(id, change) => self.change_field(id, change),
            Mutation::Expires(days) => {
                let date = (self.now + Duration::days(days)).date();
                let at = mrz::expiry_at(&self.mrz);
                self.set_mrz(at, &mrz::date(Some(date)), true)?;
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
            Mutation::ChipKeys(change) => self.agreement.change(change),
            Mutation::Inspection(family) => self.inspection = family,
            Mutation::Chip(fault) => self.faults.push(fault),
            Mutation::Link(mishap) => self.mishaps.push(mishap),
            Mutation::Access(AccessChange::OtherKey) => {
                self.access = Some(AccessKeys::new("000000000000000000000000"));
                self.pace.other_passwords = true;
            }
            Mutation::Access(AccessChange::NoBasic) => self.access = None,
            Mutation::Access(AccessChange::None) => {
                self.access = None;
                self.pace.apply(PaceChange::Absent);
                self.faults.push(ChipFault::PlainAccess);
            }
            Mutation::Pace(change) => self.pace.apply(change),
            Mutation::Lengths(extended, chained) => {
                self.transmission.extended = extended;
                self.transmission.chained = chained;
            }
            Mutation::ApplicationRefused(status) => {
                self.application_refused = Some(StatusWord(status));
            }
            Mutation::ComesBackAs(mutations) => {
                self.successor = Some(Box::new(self.successor(mutations)?));
            }
            // The trust folder's, see `authority::trust`, and the desk's.
            Mutation::Csca(_)
            | Mutation::Crl(_)
            | Mutation::Trust(_)
            | Mutation::DeskClock(_)
            | Mutation::Given(_) => {}
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

    fn change_number(&mut self, at: usize, digits: &str) -> Result<(), SimError> {
        let missing = SimError::Data("no such digits in the personal number");
        let mut number = self.persona.personal_number.clone();
        if number.get(at..at + digits.len()).is_none() {
            return Err(missing);
        }
        number.replace_range(at..at + digits.len(), digits);
        self.set_mrz(15, &number, true)?;
        self.set_mrz(5, number.get(3..).ok_or(missing)?, true)?;
        let value = lds::dg13::value(&number);
        if let Some(field) = self.fields.iter_mut().find(|field| field.id == 1) {
            field.value = value;
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
                    .find(|other| other.label() != self.persona.label())
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
}

/// The portrait that a persona's chip holds: a picture that was given, or a drawn one.
fn portrait_of(persona: &Persona) -> Result<Portrait, SimError> {
    let gender = match persona.sex {
        Sex::Male => 1,
        Sex::Female => 2,
    };
    Ok(match &persona.portrait {
        Some(picture) => Portrait {
            image: picture.image.to_vec(),
            kind: picture.kind,
            width: picture.width,
            height: picture.height,
            gender,
        },
        None => Portrait {
            image: portrait::jpeg(persona)?.to_vec(),
            kind: 0,
            width: portrait::WIDTH,
            height: portrait::HEIGHT,
            gender,
        },
    })
}

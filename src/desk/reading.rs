//! One card, from the reader to the verdict: the pipeline on one page.
//!
//! # Layout
//! - [`card`]: reads a card into evidence, however often it is lifted and laid back
//! - `early`: the signature, checked while the chip is asked for the rest
//! - [`keys`]: what opens a chip
//! - `opening`, `order`, `proofs`: PACE or basic access control, file after file, the chip's proofs
//! - [`laying`]: waits for the card at a reader, and for the card that was lifted
//! - [`evidence_file`]: evidence as a zip or a folder, as `verify` takes it
//! - [`memory`]: what earlier sessions say of the card
//! - [`terminal`]: the terminal's proof to the chip, where fingerprints are wanted
//! - [`judge`]: evidence, policy, trust and time in, a judgement out

pub mod card;
mod early;
pub mod evidence_file;
pub mod keys;
pub mod laying;
pub mod memory;
mod opening;
mod order;
mod proofs;
pub mod terminal;

use core::fmt;

use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::register::{self, Question};
use super::session::person::nobody;
use crate::chip::FileId;
use crate::crypto::hash::sha256_hex;
pub use crate::decision::CardFace;
use crate::decision::verdict::{Circumstances, Digests, ReadingCount};
use crate::decision::{
    Check, CheckId, OnRecord, Policy, Reconciliation, Verdict, decide, reason, reconcile,
};
use crate::document::{Date, Personal, Printed};
use crate::finding::CheckResult;
use crate::lds::dg1::Dg1;
use crate::lds::dg2::{Dg2, FaceImage};
use crate::lds::dg13::Field;
use crate::lds::portrait;
pub use crate::store::fingers::Holder;
pub use crate::verify::cross::Expected;
use crate::verify::cross::PrintedFacts;
use crate::verify::documents::is_another_document;
use crate::verify::evidence::Step;
use crate::verify::{Evidence, Findings, Inputs, Signed, TrustAnchors, examine};
pub use card::{Fingerprints, Instructions, read_card};
pub use early::checking_early;
pub use keys::Keys;
pub use laying::{Found, Place, read_at};
pub use terminal::TerminalSettings;

/// What a reading tells while it runs.
#[derive(Clone, Debug)]
pub enum ReadingEvent {
    /// A phase began or went on.
    Progress {
        /// `select`, `access`, `dg1`, `dg13`, `sod`, `dg14`, `dg15`, `chip-auth`, `dg2`, `com`,
        /// `terminal-auth`, `dg3`.
        phase: &'static str,
        /// Bytes of this phase's file read so far.
        bytes: u32,
        /// Bytes of this phase's file, once its first chunk told.
        total: Option<u32>,
    },
    /// DG1 or DG13 arrived: to be shown in grey, as read and not yet verified.
    Claimed(Box<CardFace>),
    /// EF.SOD arrived with DG1 and DG13: what its signature says can be found out while the chip is
    /// asked for the rest.
    Signable(Box<Evidence>),
    /// Whether the issuer signed what was claimed. The chip has not proven itself yet.
    Signed(bool),
    /// The card was lifted before its time, and is waited for.
    Lifted,
    /// It, or another, was laid back.
    LaidBack,
}

/// The portrait of DG2, decoded and encoded anew as PNG, so that no byte of the chip reaches a
/// browser.
#[derive(Clone, Debug)]
pub struct Portrait {
    /// The picture, PNG.
    pub png: Personal<Vec<u8>>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// A judged reading.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The verdict with its checks.
    pub verdict: Verdict,
    /// The fields as far as signed data covers them.
    pub face: CardFace,
    /// The portrait, only when its data group's hash is good.
    pub portrait: Option<Portrait>,
    /// A zip of the raw files and the transcript, as `cccd-desk verify` takes it.
    pub evidence: Personal<Vec<u8>>,
    /// Whose card it is; there only where the number is confirmed and the chip has proven itself.
    pub holder: Option<Holder>,
    /// What the case system has on record, beside what the card says; there only once
    /// [`Self::beside`] was asked.
    pub reconciliation: Option<Reconciliation>,
    /// What the verdict was made of, for the person's checks to be added.
    pub considered: Option<Box<Considered>>,
}

/// What a verdict was made of, but for the person's checks. Prints as `[redacted]`.
#[derive(Clone)]
pub struct Considered {
    findings: Findings,
    policy: Policy,
    at: OffsetDateTime,
    circumstances: Circumstances,
    register: Check,
    /// The portrait as the chip holds it; there only where its hash is good and the chip has proven
    /// itself.
    pub chip_portrait: Option<FaceImage>,
    /// EF.DG3; there only where its hash is good, the chip has proven itself, and took the desk for one
    /// that may read it.
    pub chip_fingers: Option<Zeroizing<Vec<u8>>>,
    /// When the card was issued, and its holder born, as far as signed data say.
    pub dates: (Option<Date>, Option<Date>),
}

impl fmt::Debug for Considered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Considered {
    /// The verdict with the checks of the person.
    fn decide(&self, person: Vec<Check>) -> Verdict {
        let mut beside = vec![self.register.clone()];
        beside.extend(person);
        let circumstances = self.circumstances.clone();
        decide(&self.findings, beside, &self.policy, self.at, circumstances)
    }
}

impl Judgement {
    /// The same card, judged with the checks of the person in front.
    #[must_use]
    pub fn with_person(mut self, person: Vec<Check>) -> Self {
        if let Some(considered) = &self.considered {
            self.verdict = considered.decide(person);
        }
        self
    }

    /// The same card, judged with what a register says of it; nobody is in front yet.
    #[must_use]
    pub fn with_register(mut self, check: Check) -> Self {
        if let Some(considered) = &mut self.considered {
            considered.register = check;
            self.verdict = considered.decide(nobody(&considered.policy));
        }
        self
    }

    /// What a register is asked of the card; none where its number is not confirmed, or the chip has
    /// not proven itself.
    #[must_use]
    pub fn question(&self, request_id: String, purpose: &'static str) -> Option<Question> {
        let holder = self.holder.as_ref()?;
        let findings = &self.considered.as_ref()?.findings;
        let zone = findings.dg1.as_ref().map(|dg1| &dg1.get().mrz);
        Some(Question {
            request_id,
            personal_number: holder.number.clone(),
            document_number: zone.map(|zone| zone.document_number.clone()),
            name: self.face.name.clone(),
            birth_date: self.face.birth_date.clone(),
            purpose,
        })
    }

    /// The same, beside what the case system has on record. No verdict changes by it.
    #[must_use]
    pub fn beside(mut self, record: &OnRecord) -> Self {
        let considered = self.considered.as_ref();
        let spelt = considered.is_some_and(|known| {
            let dg13 = known.findings.dg13.as_ref();
            dg13.is_some_and(|dg13| dg13.get().get(Field::Name).is_some())
        });
        self.reconciliation = reconcile(record, &self.verdict, &self.face, spelt);
        self
    }
}

/// What a judgement rests on besides the evidence.
#[derive(Clone, Copy, Debug)]
pub struct Grounds<'a> {
    /// What is trusted; nothing when the store could not be opened.
    pub trust: Option<&'a TrustAnchors>,
    /// What the purpose requires.
    pub policy: &'a Policy,
    /// What opened the card: printed or typed.
    pub printed: Option<&'a Printed>,
    /// What the dossier expects.
    pub expected: &'a Expected,
    /// The time of judgement.
    pub at: OffsetDateTime,
}

/// Judges evidence. The same evidence on the same grounds gives the same judgement.
#[must_use]
pub fn judge(evidence: &Evidence, reading: ReadingCount, grounds: Grounds<'_>) -> Judgement {
    let printed = grounds.printed.map(printed_facts).unwrap_or_default();
    let findings = examine(Inputs {
        evidence,
        trust: grounds.trust,
        printed: &printed,
        expected: grounds.expected,
        rules: &grounds.policy.rules,
        at: grounds.at,
    });
    let digests = Digests {
        evidence: evidence.digest(),
        trust: grounds
            .trust
            .map(|trust| trust.digest.clone())
            .unwrap_or_default(),
        ..Digests::default()
    };
    let circumstances = Circumstances { reading, digests };
    let register = register::not_asked(grounds.policy);
    let mut beside = vec![register.clone()];
    beside.extend(nobody(grounds.policy));
    let verdict = decide(
        &findings,
        beside,
        grounds.policy,
        grounds.at,
        circumstances.clone(),
    );
    let portrait = findings.portrait.as_ref().and_then(|decoded| {
        let png = portrait::to_png(&decoded.image).ok()?;
        let (width, height) = (decoded.image.width(), decoded.image.height());
        Some(Portrait {
            png: Personal::new(png),
            width,
            height,
        })
    });
    let face = CardFace::of_findings(&findings);
    let good = |id: CheckId| {
        let mut checks = verdict.checks.iter();
        checks.any(|check| check.id == id && check.result == CheckResult::Successful)
    };
    let proven = good(CheckId::ChipAuth);
    let chip_portrait = evidence
        .bytes(FileId::Dg(2))
        .filter(|_| proven && findings.portrait.is_some())
        .and_then(|bytes| Dg2::parse(bytes).ok())
        .and_then(|dg2| dg2.faces.into_iter().next());
    let chip_fingers = evidence
        .bytes(FileId::Dg(3))
        .filter(|_| proven && good(CheckId::DgHash(3)) && good(CheckId::Ta))
        .map(|bytes| Zeroizing::new(bytes.to_vec()));
    let holder = holder(evidence, &findings, proven);
    let dates = dates(&findings);
    let considered = Some(Box::new(Considered {
        findings,
        policy: grounds.policy.clone(),
        at: grounds.at,
        circumstances,
        register,
        chip_portrait,
        chip_fingers,
        dates,
    }));
    let evidence = evidence_file::to_zip(evidence).unwrap_or_default();
    Judgement {
        verdict,
        face,
        portrait,
        evidence: evidence.into(),
        holder,
        reconciliation: None,
        considered,
    }
}

/// Whose card it is, and which card.
fn holder(evidence: &Evidence, findings: &Findings, proven: bool) -> Option<Holder> {
    let number = findings.number.as_ref().filter(|_| proven)?;
    Some(Holder {
        number: number.number().personal().clone(),
        card: sha256_hex(evidence.bytes(FileId::Sod)?),
    })
}

/// When the card was issued and its holder born, as far as DG13 says in full.
fn dates(findings: &Findings) -> (Option<Date>, Option<Date>) {
    let date = |wanted| {
        let text = findings.dg13.as_ref()?.get().get(wanted)?;
        Date::from_dg13(text.reveal()).ok()
    };
    (date(Field::IssueDate), date(Field::BirthDate))
}

/// The judgement of a reading that broke down: unreadable, and no finding about the card
/// (BSI TR-03135-1, 5.3).
#[must_use]
pub fn broken_down(policy: &Policy, at: OffsetDateTime) -> Judgement {
    let evidence = Evidence {
        link: Step::Aborted(reason::INTERNAL_ERROR),
        ..Evidence::default()
    };
    let grounds = Grounds {
        trust: None,
        policy,
        printed: None,
        expected: &Expected::default(),
        at,
    };
    judge(&evidence, ReadingCount::default(), grounds)
}

/// Whether the issuer signed DG1, and DG13 where a citizen card has one, and nothing speaks against it so
/// far: no more than that, for a copy holds the same bytes.
#[must_use]
pub fn is_signed(evidence: &Evidence, grounds: Grounds<'_>) -> bool {
    let findings = examine(Inputs {
        evidence,
        trust: grounds.trust,
        printed: &PrintedFacts::default(),
        expected: &Expected::default(),
        rules: &grounds.policy.rules,
        at: grounds.at,
    });
    let national = findings.dg13.is_some() || evidence.bytes(FileId::Dg(13)).is_none();
    let signed = |dg1: &Signed<Dg1>| national || is_another_document(&dg1.get().mrz);
    findings.dg1.as_ref().is_some_and(signed)
        && findings
            .checks
            .iter()
            .all(|check| check.result != CheckResult::Failed)
}

/// What the printed side says, for comparison with the chip.
fn printed_facts(printed: &Printed) -> PrintedFacts {
    let name = match printed {
        Printed::Qr(qr) => Some(qr.name.clone()).filter(|name| !name.reveal().is_empty()),
        _ => None,
    };
    PrintedFacts {
        typed: matches!(
            printed,
            Printed::Typed(_) | Printed::Number { .. } | Printed::Can(_)
        ),
        personal_number: printed.personal_number().cloned(),
        name,
        birth_date: printed.birth_date().map(Personal::new),
        // Of a zone it is compared with the zone's.
        sex: printed
            .sex()
            .filter(|_| printed.mrz().is_none())
            .map(Personal::new),
        mrz: printed.mrz().map(|mrz| Box::new(mrz.clone())),
    }
}

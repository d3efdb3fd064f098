//! The trust folder: what an operator would be given.

use std::collections::BTreeMap;
use std::path::Path;

use time::{Date, Duration, Month, OffsetDateTime, Time};

use super::crl::CrlPlan;
use super::{Batch, BatchKind, CSCA_SCHEME, Csca, lists, serial};
use crate::blueprint::Blueprint;
use crate::card::random::{Randomness, SeededRandom};
use crate::defects::Defect;
use crate::defects::mutation::{CertificateChange, CrlChange, Mutation, TrustChange};
use crate::error::SimError;
use crate::personas::{Persona, personas};

/// The files of the trust folder: `csca.cer`, `csca.crl`, the same two of the authority for foreign
/// documents (`csca-foreign.*`), and what defects add.
///
/// The CRL's thisUpdate is the start of today in UTC, its nextUpdate 30 days later, its number
/// counts days; the signer of each quarter's revoked batch is on it.
///
/// It covers the batches of the ready-made personas.
///
/// # Errors
/// The cryptographic library's.
pub fn trust_files(
    defects: &[&Defect],
    now: OffsetDateTime,
) -> Result<BTreeMap<String, Vec<u8>>, SimError> {
    trust_files_for(&personas()?, defects, now)
}

/// As [`trust_files`], for these personas: their batches' signers are listed and revoked, their
/// cards lost.
///
/// # Errors
/// The cryptographic library's.
pub fn trust_files_for(
    everybody: &[Persona],
    defects: &[&Defect],
    now: OffsetDateTime,
) -> Result<BTreeMap<String, Vec<u8>>, SimError> {
    let mutations: Vec<Mutation> = defects
        .iter()
        .flat_map(|defect| defect.mutations)
        .copied()
        .collect();
    let mut files = BTreeMap::new();
    let mut csca = Csca::Pinned;
    for mutation in &mutations {
        if let Mutation::Trust(TrustChange::Instead(other)) = mutation {
            csca = *other;
        }
    }
    for (name, csca) in [("csca", csca), ("csca-foreign", Csca::Foreign)] {
        let mut plan = csca.plan()?;
        for mutation in &mutations {
            if let Mutation::Csca(change) = mutation {
                change.apply(&mut plan, now, now);
            }
        }
        let certificate = plan.sign(&csca.key()?, CSCA_SCHEME)?;
        files.insert(format!("{name}.cer"), certificate);
        if let Some(crl) = crl(csca, everybody, &mutations, now)? {
            let crl = crl.sign(&csca.key()?, CSCA_SCHEME)?;
            files.insert(format!("{name}.crl"), crl);
        }
    }
    for mutation in &mutations {
        let Mutation::Trust(change) = mutation else {
            continue;
        };
        match change {
            TrustChange::Instead(_) => {}
            TrustChange::NoCsca => {
                files.retain(|name, _| !name.ends_with(".cer"));
            }
            TrustChange::Unreadable => {
                let mut noise = vec![0; 600];
                SeededRandom::new("no certificate").fill(&mut noise);
                files.insert("csca.cer".to_owned(), noise);
            }
            TrustChange::Signers => {
                for persona in everybody {
                    let blueprint = Blueprint::new(persona, defects, now)?;
                    let name = format!("dsc-{}.cer", persona.name);
                    files.insert(name, blueprint.signer_certificate()?);
                }
            }
            TrustChange::Link => {
                files.insert("link.cer".to_owned(), link(Csca::Pinned)?);
            }
            TrustChange::ForgedLink => {
                files.insert("link.cer".to_owned(), link(Csca::Successor)?);
            }
            TrustChange::Defects(known) => {
                let mut signers = Vec::new();
                for persona in everybody {
                    let signer = Batch::of(persona.issue_date, BatchKind::Usual)?;
                    if !signers.contains(&signer) {
                        signers.push(signer);
                    }
                }
                let list = lists::defect_list(&signers, known, now)?;
                files.insert("defects.dl".to_owned(), list);
            }
            TrustChange::MasterList => {
                let certificates: Vec<_> = files.remove("csca.cer").into_iter().collect();
                let list = lists::master_list(&certificates, now)?;
                files.insert("csca.ml".to_owned(), list);
            }
            TrustChange::EveryCardLost => {
                files.insert(
                    "lost-cards.txt".to_owned(),
                    lost_cards(everybody).into_bytes(),
                );
            }
        }
    }
    Ok(files)
}

/// Writes the trust folder.
///
/// # Errors
/// The folder's or the cryptographic library's.
pub fn write_trust(
    folder: &Path,
    defects: &[&Defect],
    now: OffsetDateTime,
) -> Result<(), SimError> {
    write_trust_for(folder, &personas()?, defects, now)
}

/// Writes the trust folder of [`trust_files_for`].
///
/// # Errors
/// The folder's or the cryptographic library's.
pub fn write_trust_for(
    folder: &Path,
    everybody: &[Persona],
    defects: &[&Defect],
    now: OffsetDateTime,
) -> Result<(), SimError> {
    std::fs::create_dir_all(folder)?;
    for (name, content) in trust_files_for(everybody, defects, now)? {
        std::fs::write(folder.join(name), content)?;
    }
    Ok(())
}

/// A link certificate (ICAO 9303-12, 4.1.4): the successor's key under the same name.
fn link(signer: Csca) -> Result<Vec<u8>, SimError> {
    let mut plan = Csca::Successor.plan()?;
    plan.issuer = Csca::Pinned.name();
    plan.serial = serial("link")?;
    let authority = super::authority_key(&Csca::Pinned.key()?.identifier()?);
    for extension in &mut plan.extensions {
        if extension.oid == authority.oid {
            extension.value.clone_from(&authority.value);
        }
    }
    plan.sign(&signer.key()?, CSCA_SCHEME)
}

/// A list of lost cards: of the first persona the number as it is, of the others its digest.
fn lost_cards(everybody: &[Persona]) -> String {
    let mut list = "# Lost in a test\n".to_owned();
    for (index, persona) in everybody.iter().enumerate() {
        let number = &persona.personal_number;
        let line = match index {
            0 => number.clone(),
            _ => hex::encode(openssl::sha::sha256(number.as_bytes())),
        };
        list.push_str(&line);
        list.push('\n');
    }
    list
}

fn crl(
    csca: Csca,
    everybody: &[Persona],
    mutations: &[Mutation],
    now: OffsetDateTime,
) -> Result<Option<CrlPlan>, SimError> {
    let today = now
        .to_offset(time::UtcOffset::UTC)
        .date()
        .with_time(Time::MIDNIGHT)
        .assume_utc();
    let first = Date::from_calendar_date(2021, Month::January, 1)?;
    let mut revoked = vec![serial("lost in a test")?];
    for persona in everybody {
        let listed = Batch::of(persona.issue_date, BatchKind::Revoked)?.serial()?;
        if !revoked.contains(&listed) {
            revoked.push(listed);
        }
    }
    let mut plan = CrlPlan {
        issuer: csca.name(),
        this_update: today,
        next_update: today + Duration::days(30),
        revoked,
        number: u64::try_from((today.date() - first).whole_days()).unwrap_or(0),
        extensions: Vec::new(),
        entry_extensions: Vec::new(),
        signature_flipped: false,
    };
    for mutation in mutations {
        // The list bears the name of the authority that issues it.
        if let Mutation::Csca(CertificateChange::Country(country, utf8)) = mutation {
            (*country).clone_into(&mut plan.issuer.country);
            plan.issuer.country_utf8 = *utf8;
        }
        let Mutation::Crl(change) = mutation else {
            continue;
        };
        match change {
            CrlChange::Absent => return Ok(None),
            CrlChange::Period(from, to) => {
                plan.this_update = today + Duration::days(*from);
                plan.next_update = today + Duration::days(*to);
            }
            CrlChange::EverySigner => {
                for persona in everybody {
                    let (_, kind) = persona.authority();
                    plan.revoked
                        .push(Batch::of(persona.issue_date, kind)?.serial()?);
                }
                plan.revoked.sort();
                plan.revoked.dedup();
            }
            CrlChange::SignatureFlipped => plan.signature_flipped = true,
            CrlChange::IssuerCountry(country) => (*country).clone_into(&mut plan.issuer.country),
            CrlChange::EntryExtension(oid, critical, value) => {
                plan.entry_extensions.push(super::certificate::Extension {
                    oid: (*oid).to_owned(),
                    critical: *critical,
                    value: value.to_vec(),
                });
            }
            CrlChange::Add(oid, critical, value) => {
                plan.extensions.push(super::certificate::Extension {
                    oid: (*oid).to_owned(),
                    critical: *critical,
                    value: value.to_vec(),
                });
            }
        }
    }
    Ok(Some(plan))
}

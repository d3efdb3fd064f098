//! What the chip is able to do.

use super::super::ChipProfile;
use super::Mistake;
use super::reader::{Field, Table, shown};
use crate::authority::signer::Hash;
use crate::card::pace::{Mapping, Offer};
use crate::crypto::curve::{Curve, Parameters};
use crate::crypto::suite::Suite;
use crate::defects::mutation::{ActiveKind, KeyKind, KeyPlan};

/// The keys of `[chip]`.
pub const KEYS: &[&str] = &[
    "access",
    "pace_curve",
    "chip_authentication",
    "active",
    "ca_curve",
    "hash",
    "extended",
    "largest_response",
    "longest_command",
    "atr",
];

/// By what the chip is opened.
const ACCESS: [(&str, Option<Mapping>); 4] = [
    ("bac", None),
    ("pace-gm", Some(Mapping::Generic)),
    ("pace-im", Some(Mapping::Integrated)),
    ("pace-cam", Some(Mapping::ChipAuthentication)),
];

/// Curves by name, with their number among the standardised domain parameters (ICAO 9303-11,
/// table 6), and as a key's where a key can be on them.
const CURVES: [(&str, (u8, Option<Curve>)); 7] = [
    ("p-256", (12, Some(Curve::P256))),
    ("brainpoolP256r1", (13, Some(Curve::BrainpoolP256))),
    ("brainpoolP320r1", (14, None)),
    ("p-384", (15, Some(Curve::P384))),
    ("brainpoolP384r1", (16, Some(Curve::BrainpoolP384))),
    ("brainpoolP512r1", (17, None)),
    ("p-521", (18, None)),
];

/// How the chip proves itself.
#[derive(Clone, Copy)]
struct Proof {
    agreement: bool,
    active: bool,
    mapping: bool,
}

const PROOFS: [(&str, Proof); 5] = [
    (
        "ca",
        Proof {
            agreement: true,
            active: false,
            mapping: false,
        },
    ),
    (
        "aa",
        Proof {
            agreement: false,
            active: true,
            mapping: false,
        },
    ),
    (
        "ca+aa",
        Proof {
            agreement: true,
            active: true,
            mapping: false,
        },
    ),
    (
        "cam",
        Proof {
            agreement: false,
            active: false,
            mapping: true,
        },
    ),
    (
        "none",
        Proof {
            agreement: false,
            active: false,
            mapping: false,
        },
    ),
];

const ACTIVE: [(&str, ActiveKind); 4] = [
    ("rsa-2048-sha1", ActiveKind::Rsa2048Sha1),
    ("rsa-2048-sha256", ActiveKind::Rsa2048Sha256),
    ("rsa-1024-sha1", ActiveKind::Rsa1024Sha1),
    ("ecdsa-p256", ActiveKind::Ecdsa),
];

const HASHES: [(&str, Hash); 4] = [
    ("sha224", Hash::Sha224),
    ("sha256", Hash::Sha256),
    ("sha384", Hash::Sha384),
    ("sha512", Hash::Sha512),
];

/// The shortest of the longest extended commands and responses: what a protected key agreement
/// needs.
const SHORTEST: u64 = 512;
/// The longest, in bytes.
const LONGEST: u64 = 65_535;

/// The profile that a table describes.
pub(super) fn profile(chip: &Table<'_, '_>) -> Result<ChipProfile, Mistake> {
    let mut profile = ChipProfile::default();
    access(chip, &mut profile)?;
    proof(chip, &mut profile)?;
    if let Some(field) = chip.get("hash") {
        profile.hash = field.choice(&HASHES)?;
    }
    lengths(chip, &mut profile)?;
    if let Some(field) = chip.get("atr") {
        profile.atr = Some(atr(&field)?);
    }
    Ok(profile)
}

fn access(chip: &Table<'_, '_>, profile: &mut ChipProfile) -> Result<(), Mistake> {
    let mut mappings = vec![Mapping::Generic];
    if let Some(field) = chip.get("access") {
        profile.basic_access = false;
        mappings.clear();
        for one in field.list()? {
            let again = match one.choice(&ACCESS)? {
                None => core::mem::replace(&mut profile.basic_access, true),
                Some(mapping) if mappings.contains(&mapping) => true,
                Some(mapping) => {
                    mappings.push(mapping);
                    false
                }
            };
            if again {
                let twice = format!("“{}” is named twice", one.string()?);
                return Err(one.wrong(twice, "each way is named once"));
            }
        }
        if !profile.basic_access && mappings.is_empty() {
            return Err(field.wrong(
                "is empty",
                "at least one way; for a chip that anybody reads: defects = [\"access-plain-chip\"]",
            ));
        }
    }
    let proven = mappings.contains(&Mapping::ChipAuthentication);
    let mut parameters = Offer::CITIZEN.parameters;
    if let Some(field) = chip.get("pace_curve") {
        let (number, key) = field.choice(&CURVES)?;
        if mappings.is_empty() {
            return Err(field.wrong(
                "is written, and the chip has no PACE",
                "leave it out, or add “pace-gm” to chip.access",
            ));
        }
        if proven && key.is_none() {
            return Err(field.wrong(
                format!("“{}” carries no key of “pace-cam” here", field.string()?),
                format!("there are: {}", key_curves()),
            ));
        }
        parameters = number;
    }
    profile.pace = mappings
        .into_iter()
        .map(|mapping| Offer {
            mapping,
            parameters,
            ..Offer::CITIZEN
        })
        .collect();
    Ok(())
}

/// Names of the curves that keys are on.
fn key_curves() -> String {
    let names: Vec<&str> = CURVES
        .iter()
        .filter(|(_, (_, key))| key.is_some())
        .map(|(name, _)| *name)
        .collect();
    names.join(", ")
}

fn proof(chip: &Table<'_, '_>, profile: &mut ChipProfile) -> Result<(), Mistake> {
    let named = chip.get("chip_authentication");
    let proof = match &named {
        Some(field) => field.choice(&PROOFS)?,
        None => Proof {
            agreement: true,
            active: true,
            mapping: false,
        },
    };
    let proves = |offer: &Offer| offer.mapping == Mapping::ChipAuthentication;
    if let Some(field) = &named
        && proof.mapping
        && !profile.pace.iter().any(proves)
    {
        return Err(field.wrong(
            "“cam” is a proof within PACE, and the chip does not offer that one",
            "add “pace-cam” to chip.access",
        ));
    }
    let absent = |field: &Field<'_, '_>, way: &str| {
        field.wrong(
            format!("is written, and chip.chip_authentication leaves out {way}"),
            format!("leave it out, or write chip_authentication = \"{way}\" or \"ca+aa\""),
        )
    };
    profile.active = proof.active.then_some(ActiveKind::Rsa2048Sha1);
    if let Some(field) = chip.get("active") {
        let kind = field.choice(&ACTIVE)?;
        if !proof.active {
            return Err(absent(&field, "aa"));
        }
        profile.active = Some(kind);
    }
    profile.agreement = proof.agreement.then_some(KeyPlan::CITIZEN);
    if let Some(field) = chip.get("ca_curve") {
        let (_, curve) = field.choice(&CURVES)?;
        if !proof.agreement {
            return Err(absent(&field, "ca"));
        }
        let Some(curve) = curve else {
            let met = shown(field.string()?);
            return Err(field.wrong(
                format!("“{met}” carries no key of chip authentication here"),
                format!("there are: {}", key_curves()),
            ));
        };
        profile.agreement = Some(KeyPlan {
            kind: KeyKind::Ec(curve, Parameters::Explicit),
            suite: Suite::Aes128,
            id: None,
        });
    }
    Ok(())
}

fn lengths(chip: &Table<'_, '_>, profile: &mut ChipProfile) -> Result<(), Mistake> {
    let transmission = &mut profile.transmission;
    if let Some(field) = chip.get("extended") {
        transmission.extended = field.truth()?;
    }
    for (key, place) in [
        ("largest_response", &mut transmission.largest),
        ("longest_command", &mut transmission.longest_command),
    ] {
        let Some(field) = chip.get(key) else {
            continue;
        };
        let length = field.number(SHORTEST..=LONGEST)?;
        if !transmission.extended {
            return Err(field.wrong(
                "is written, and chip.extended is false: short commands have 256 bytes",
                "leave it out, or write extended = true",
            ));
        }
        *place = usize::try_from(length).unwrap_or(*place);
    }
    Ok(())
}

/// An answer to reset (ISO/IEC 7816-3, 8.2): TS, T0, interface bytes, historical bytes and, where
/// any protocol but T=0 is named, a check byte. A reader's driver refuses any other.
fn atr(field: &Field<'_, '_>) -> Result<Vec<u8>, Mistake> {
    let text = field.string()?;
    let bad = |wrong: String, right: String| Err(field.wrong(wrong, right));
    let plain: String = text.chars().filter(|letter| *letter != ' ').collect();
    let Ok(bytes) = hex::decode(&plain) else {
        let right = "an even number of hexadecimal digits, such as 3B80800101".to_owned();
        return bad(format!("“{}” is not hexadecimal", shown(text)), right);
    };
    if !(2..=33).contains(&bytes.len()) {
        return bad(format!("has {} bytes", bytes.len()), "2 to 33".to_owned());
    }
    let mut rest = bytes.iter().copied();
    let first = rest.next().unwrap_or(0);
    if !matches!(first, 0x3B | 0x3F) {
        return bad(format!("begins with {first:02X}"), "3B or 3F".to_owned());
    }
    let head = rest.next().unwrap_or(0);
    let historical = usize::from(head & 0x0F);
    let (mut present, mut due, mut checked) = (head >> 4, 2_usize, false);
    // TAi, TBi, TCi, TDi: four bits say which of them come.
    while present != 0 {
        let count = usize::try_from(present.count_ones()).unwrap_or(0);
        due = due.saturating_add(count);
        let last = rest.nth(count.saturating_sub(1)).unwrap_or(0);
        let more = present & 0x08 != 0;
        present = if more { last >> 4 } else { 0 };
        checked |= more && last & 0x0F != 0;
    }
    due = due
        .saturating_add(historical)
        .saturating_add(usize::from(checked));
    if bytes.len() != due {
        return bad(
            format!("has {} bytes, and its head names {due}", bytes.len()),
            "interface bytes, historical bytes and check byte as T0 and the TDi say".to_owned(),
        );
    }
    let sum = bytes.iter().skip(1).fold(0, |sum, byte| sum ^ byte);
    if checked && sum != 0 {
        let last = bytes.last().copied().unwrap_or(0);
        return bad(
            format!("its check byte is {last:02X}"),
            format!("{:02X}", last ^ sum),
        );
    }
    Ok(bytes)
}

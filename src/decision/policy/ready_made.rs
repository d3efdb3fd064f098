//! The policies that the desk comes with: the table of CHECKS (a).

use std::collections::BTreeMap;

use super::{Policy, Weight};
use crate::biometrics::{Liveness, PersonRules};
use crate::finding::CheckId;
use crate::verify::Rules;
use crate::verify::documents::Documents;
use crate::verify::rules::DscTimeModel;

/// Which data groups' hashes are mandatory where EF.SOD lists them.
const PAYMENT_GROUPS: &[u8] = &[1, 2, 13, 14, 15];
const INTAKE_GROUPS: &[u8] = &[1, 13];
const FOREIGN_GROUPS: &[u8] = &[1, 2, 14, 15];

/// The version of the ready-made policies: raised whenever one of them changes.
const VERSION: &str = "2026.6";

impl Policy {
    /// The names of the ready-made policies.
    pub const NAMES: [&'static str; 7] = [
        "document",
        "evidence",
        "dossier-intake",
        "result-return",
        "benefit-payment",
        "strict",
        "foreign-document",
    ];

    /// The ready-made policy of that name.
    #[must_use]
    pub fn ready_made(name: &str) -> Option<Self> {
        use Weight::{Evaluatory, Mandatory, NotAsked, Optional};
        let strict_rules = Rules::STRICT;
        let intake_rules = Rules {
            crl_grace_days: 30,
            crl_may_be_missing: true,
            ..strict_rules.clone()
        };
        let foreign_rules = Rules {
            documents: Documents::Any,
            dsc_time_model: DscTimeModel::Current,
            ..strict_rules.clone()
        };
        // (check, benefit-payment, dossier-intake): the table of CHECKS (a).
        let table = [
            (CheckId::Link, Mandatory, Mandatory),
            (CheckId::Access, Mandatory, Mandatory),
            (CheckId::Dg1Read, Mandatory, Mandatory),
            (CheckId::SodRead, Mandatory, Mandatory),
            (CheckId::SodHash, Mandatory, Mandatory),
            (CheckId::SodSignature, Mandatory, Mandatory),
            (CheckId::DscSignature, Mandatory, Mandatory),
            (CheckId::DscProfile, Mandatory, Mandatory),
            (CheckId::DscTime, Mandatory, Mandatory),
            (CheckId::DscRevocation, Mandatory, Optional),
            (CheckId::ComSod, Mandatory, Mandatory),
            (CheckId::CardaccessAuth, Mandatory, Mandatory),
            (CheckId::ChipAuth, Mandatory, Optional),
            (CheckId::Ta, NotAsked, NotAsked),
            (CheckId::Dg2, Mandatory, Optional),
            (CheckId::Dg13, Mandatory, Mandatory),
            (CheckId::Country, Mandatory, Mandatory),
            (CheckId::IssuePeriod, Optional, Optional),
            (CheckId::Expiry, Mandatory, Evaluatory),
            (CheckId::PrintChip, Mandatory, Mandatory),
            (CheckId::NumberForm, Mandatory, Optional),
            (CheckId::Dossier, Mandatory, Mandatory),
            (CheckId::Status, Optional, Optional),
            (CheckId::History, Optional, Optional),
            // Counts where a register is configured.
            (CheckId::Register, Optional, Optional),
            (CheckId::Face, Mandatory, NotAsked),
            (CheckId::ClerkLook, Optional, Optional),
            (CheckId::Fingerprint, Optional, NotAsked),
        ];
        let intake = matches!(name, "evidence" | "dossier-intake" | "result-return");
        let weight = |id: CheckId, payment: Weight, of_intake: Weight| {
            let base = if intake { of_intake } else { payment };
            match (name, id) {
                (
                    "document",
                    CheckId::Dossier
                    | CheckId::Register
                    | CheckId::Face
                    | CheckId::ClerkLook
                    | CheckId::Fingerprint,
                ) => NotAsked,
                (
                    "evidence",
                    CheckId::Link
                    | CheckId::Access
                    | CheckId::PrintChip
                    | CheckId::Dossier
                    | CheckId::Status
                    | CheckId::History
                    | CheckId::Register
                    | CheckId::Face
                    | CheckId::ClerkLook,
                ) => NotAsked,
                ("result-return", CheckId::ChipAuth | CheckId::ClerkLook) => Mandatory,
                // Where there is a camera, it counts.
                ("result-return", CheckId::Face) => Optional,
                ("strict", CheckId::Ta) => NotAsked,
                // Not everybody's fingers can be read, and not every desk has a sensor.
                ("strict", CheckId::Fingerprint) => Optional,
                // A desk's first session has nothing to remember.
                ("strict", CheckId::History) => Optional,
                // Not every desk has a register to ask.
                ("strict", CheckId::Register) => Optional,
                ("strict", _) => Mandatory,
                (
                    "foreign-document",
                    CheckId::Dg13
                    | CheckId::NumberForm
                    | CheckId::Dossier
                    | CheckId::Register
                    | CheckId::Face
                    | CheckId::Fingerprint,
                ) => NotAsked,
                // Where files are all there is, nobody opened a chip or had it prove itself. There
                // is no second policy for them, as `evidence` is for `document`.
                ("foreign-document", CheckId::Link | CheckId::Access | CheckId::ChipAuth) => {
                    Optional
                }
                _ => base,
            }
        };
        if !Self::NAMES.contains(&name) {
            return None;
        }
        let mut weights: BTreeMap<String, Weight> = table
            .into_iter()
            .map(|(id, payment, of_intake)| (id.name(), weight(id, payment, of_intake)))
            .collect();
        weights.insert("dg-hash".to_owned(), Optional);
        let (data_groups, rules) = match name {
            "foreign-document" => (FOREIGN_GROUPS, foreign_rules),
            _ if intake => (INTAKE_GROUPS, intake_rules),
            _ => (PAYMENT_GROUPS, strict_rules),
        };
        Some(Self {
            name: name.to_owned(),
            version: VERSION.to_owned(),
            weights,
            data_groups: data_groups.to_vec(),
            must_be_supported: match name {
                "evidence" | "dossier-intake" | "foreign-document" => Vec::new(),
                _ => vec![CheckId::ChipAuth.name()],
            },
            overrides: Vec::new(),
            rules,
            person: PersonRules {
                liveness: match name {
                    "strict" => Liveness::Required,
                    _ => Liveness::Offered,
                },
                ..PersonRules::USUAL
            },
        })
    }
}

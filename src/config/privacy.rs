//! How long what is kept of people stays.

use serde::{Deserialize, Serialize};

use super::sections::{Problem, within};

/// How long what is kept of people stays, in days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Privacy {
    /// How long it is remembered which chip came with which number, since it was last seen.
    pub chip_memory_days: u64,
    /// What sessions left behind, by what they were for.
    pub days: Days,
}

impl Default for Privacy {
    fn default() -> Self {
        Self {
            chip_memory_days: 365,
            days: Days::default(),
        }
    }
}

/// The term of each purpose, in days since the session ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Days {
    /// A dossier was handed in.
    pub dossier_intake: u64,
    /// A result was handed out.
    pub result_return: u64,
    /// A benefit was paid; also since the last day of a list of payees.
    pub benefit_payment: u64,
    /// Anything else.
    pub default: u64,
}

impl Default for Days {
    fn default() -> Self {
        Self {
            dossier_intake: 90,
            result_return: 90,
            benefit_payment: 365,
            default: 30,
        }
    }
}

impl Days {
    /// The terms by the names of their purposes; `default` is not among them.
    #[must_use]
    pub const fn by_purpose(&self) -> [(&'static str, u64); 3] {
        [
            ("dossier-intake", self.dossier_intake),
            ("result-return", self.result_return),
            ("benefit-payment", self.benefit_payment),
        ]
    }
}

impl Privacy {
    /// Checks what types cannot say.
    pub(super) fn check(&self) -> Result<(), Problem> {
        for (key, value) in [
            ("privacy.chip_memory_days", self.chip_memory_days),
            ("privacy.days.dossier-intake", self.days.dossier_intake),
            ("privacy.days.result-return", self.days.result_return),
            ("privacy.days.benefit-payment", self.days.benefit_payment),
            ("privacy.days.default", self.days.default),
        ] {
            within(key, value, 1, 3_660)?;
        }
        Ok(())
    }
}

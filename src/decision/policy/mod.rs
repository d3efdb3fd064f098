//! Policies: which checks a purpose requires, and how strictly they judge.
//!
//! # Layout
//! - [`Policy`]: one of them, and what a check counts for
//! - `ready_made`: those that the desk comes with
//! - [`written`]: those of a configuration, with the line of every mistake
//! - [`Policies`]: all that there are

mod ready_made;
pub mod written;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::biometrics::PersonRules;
use crate::crypto::hash::sha256_hex;
use crate::finding::CheckId;
use crate::verify::Rules;

/// What a check counts for (BSI TR-03135-1, 3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Must be successful.
    Mandatory,
    /// Counts where it ran to its end.
    Optional,
    /// Told and never counted.
    Evaluatory,
    /// Not asked for this purpose.
    NotAsked,
}

/// A policy. Two with the same digest judge alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// Its name, such as `document`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Weights by check; `dg-hash` stands for every data group that is not in `data_groups`.
    pub weights: BTreeMap<String, Weight>,
    /// Data groups whose hash is mandatory where EF.SOD lists them.
    pub data_groups: Vec<u8>,
    /// Checks that a document must support: where it does not, the verdict is undetermined.
    pub must_be_supported: Vec<String>,
    /// Who may go on in spite of which open reason.
    pub overrides: Vec<Override>,
    /// How strictly the checks judge.
    pub rules: Rules,
    /// How strictly the person is compared.
    pub person: PersonRules,
}

/// Who may go on with a case although the verdict is open, by saying why. It changes no verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Override {
    /// The role that may: `clerk` or `operator`.
    pub role: String,
    /// Codes of reasons that leave a verdict undetermined.
    pub reasons: Vec<String>,
}

impl Policy {
    /// The same policy, wanting the fingerprints of DG3 too: terminal authentication must then be
    /// successful. Its digest is another.
    #[must_use]
    pub fn wanting_fingerprints(mut self) -> Self {
        self.weights.insert(CheckId::Ta.name(), Weight::Mandatory);
        self
    }

    /// The same policy, counting what earlier sessions say: evidence that was handed in for another
    /// session is refused then.
    #[must_use]
    pub fn asking_for_history(mut self) -> Self {
        self.weights
            .entry(CheckId::History.name())
            .and_modify(|weight| {
                if matches!(weight, Weight::NotAsked | Weight::Evaluatory) {
                    *weight = Weight::Optional;
                }
            })
            .or_insert(Weight::Optional);
        self
    }

    /// Whether the fingerprints of DG3 are to be read, for which the chip wants terminal
    /// authentication.
    #[must_use]
    pub fn wants_fingerprints(&self) -> bool {
        self.weight(CheckId::Ta) != Weight::NotAsked
    }

    /// Whether a check counts where it runs to its end.
    #[must_use]
    pub fn asks_for(&self, id: CheckId) -> bool {
        matches!(self.weight(id), Weight::Mandatory | Weight::Optional)
    }

    /// Whether a document that does not support the check leaves the verdict open.
    #[must_use]
    pub fn demands_support(&self, id: CheckId) -> bool {
        let name = id.name();
        self.must_be_supported.contains(&name)
    }

    /// What a check counts for.
    #[must_use]
    pub fn weight(&self, id: CheckId) -> Weight {
        let name = match id {
            CheckId::DgHash(number) if self.data_groups.contains(&number) => {
                return Weight::Mandatory;
            }
            CheckId::DgHash(_) => "dg-hash".to_owned(),
            id => id.name(),
        };
        self.weights.get(&name).copied().unwrap_or(Weight::NotAsked)
    }

    /// SHA-256 of the policy's content, lower-case hex.
    #[must_use]
    pub fn digest(&self) -> String {
        // A policy of strings and numbers always serialises; an empty text would only change the name.
        sha256_hex(serde_json::to_string(self).unwrap_or_default().as_bytes())
    }
}

/// All policies of a desk: the ready-made ones, and those of configuration and bundles, which may
/// take the place of a ready-made one under its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policies(Vec<Policy>);

impl Default for Policies {
    fn default() -> Self {
        Self(
            Policy::NAMES
                .iter()
                .filter_map(|name| Policy::ready_made(name))
                .collect(),
        )
    }
}

impl Policies {
    /// These, with the policies of a text in TOML ([`written`]). Later ones win.
    ///
    /// # Errors
    /// [`written::Mistake`] with its line.
    pub fn with(mut self, text: &str) -> Result<Self, written::Mistake> {
        for policy in written::read(text, &self)? {
            self.0.retain(|known| known.name != policy.name);
            self.0.push(policy);
        }
        Ok(self)
    }

    /// The policy of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Policy> {
        self.0.iter().find(|policy| policy.name == name)
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Policy] {
        &self.0
    }

    /// Their names.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|policy| policy.name.clone()).collect()
    }
}

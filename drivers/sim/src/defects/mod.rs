//! Bad cards and good ones: each a list of mutations, with what a desk must make of it.
//!
//! # Layout
//! - [`mutation`]: the language, by layer
//! - [`edit`]: changes to encoded data
//! - [`given`]: key, policy and dossier that a row asks for
//! - the tables, a file a section or two of the list of defects

pub mod edit;
pub mod given;
pub mod mutation;

use std::sync::LazyLock;

use given::Circumstances;
use mutation::Mutation;
use serde::Serialize;
use time::OffsetDateTime;

pub(crate) mod authenticity;
mod behaviour;
mod classes;
mod cross;
mod data;
mod good;
mod link;
mod messaging;
mod pace;
mod pace_good;
mod pace_keys;
mod path;
mod sod;

/// A way in which a card, its issuer, its chip or its link differs from the ordinary.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Defect {
    /// Its stable name.
    pub id: &'static str,
    /// The section of the list of defects.
    pub section: char,
    /// The verdict that it must get: `verified`, `not_verified`, `unreadable`, `undetermined`.
    pub result: &'static str,
    /// The headline reason, if there is one.
    pub reason: Option<&'static str>,
    /// The reason's class.
    pub class: Option<&'static str>,
    /// What is wrong, or what is special.
    pub description: &'static str,
    /// What to give to the desk besides card and trust folder.
    pub given: Circumstances,
    /// What is changed.
    #[serde(skip)]
    pub mutations: &'static [Mutation],
}

impl Defect {
    /// What the desk's clock shows, where the defect is a wrong clock.
    #[must_use]
    pub fn desk_clock(&self) -> Option<OffsetDateTime> {
        self.mutations.iter().find_map(|mutation| match mutation {
            Mutation::DeskClock(seconds) => OffsetDateTime::from_unix_timestamp(*seconds).ok(),
            _ => None,
        })
    }

    /// Whether the trust folder must carry it too.
    #[must_use]
    pub fn concerns_trust(&self) -> bool {
        self.mutations.iter().any(|mutation| {
            matches!(
                mutation,
                Mutation::Csca(_) | Mutation::Crl(_) | Mutation::Trust(_)
            )
        })
    }
}

/// One row of a table: section, name, result, reason or nothing, description, mutations.
struct Row(
    char,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static [Mutation],
);

static ALL: LazyLock<Vec<Defect>> = LazyLock::new(|| {
    [
        link::LINK,
        link::ACCESS,
        pace::ROWS,
        pace_keys::ROWS,
        messaging::ROWS,
        data::ROWS,
        sod::ROWS,
        path::ROWS,
        authenticity::ROWS,
        pace_keys::PROOF,
        cross::ROWS,
        behaviour::ROWS,
        good::ROWS,
        pace_good::ROWS,
    ]
    .into_iter()
    .flatten()
    .map(
        |Row(section, id, result, reason, description, mutations)| Defect {
            id,
            section: *section,
            result,
            reason: Some(*reason).filter(|reason| !reason.is_empty()),
            class: classes::of(reason),
            description,
            given: Circumstances::of(mutations),
            mutations,
        },
    )
    .collect()
});

/// Every defect and every good variant, by section.
#[must_use]
pub fn defects() -> &'static [Defect] {
    &ALL
}

/// The defect of that name.
#[must_use]
pub fn defect(id: &str) -> Option<&'static Defect> {
    ALL.iter().find(|defect| defect.id == id)
}

/// The defect whose name is nearest to `id` by its letters: for messages about one that there is not.
#[must_use]
pub fn nearest(id: &str) -> &'static str {
    ALL.iter()
        .map(|defect| (strsim::jaro_winkler(defect.id, id), defect.id))
        .max_by(|one, two| one.0.total_cmp(&two.0))
        .map_or("", |(_, id)| id)
}

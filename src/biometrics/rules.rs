//! What a policy leaves open to the comparison with the person.

use serde::Serialize;

use crate::document::Date;

/// Whether the person must be seen to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Liveness {
    /// A face without an answered challenge leaves the verdict open.
    Required,
    /// An answered challenge is noted; one that was answered wrongly counts.
    Offered,
}

/// How strictly the person is compared. Part of every policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonRules {
    /// Whether the clerk's look stands in for the machine where that is unsure. It never does where
    /// the machine failed, or was not there.
    pub clerk_stands_in: bool,
    /// Whether the person must be seen to move.
    pub liveness: Liveness,
    /// How many years old a portrait may be.
    pub portrait_years: u32,
    /// How many years old one may be that was taken of a child under 14.
    pub child_portrait_years: u32,
    /// How often a face may be compared in one session.
    pub face_attempts: u32,
    /// How often a finger may be pressed in one session.
    pub finger_presses: u32,
}

impl PersonRules {
    /// Those of the ready-made policies.
    pub const USUAL: Self = Self {
        clerk_stands_in: false,
        liveness: Liveness::Offered,
        portrait_years: 25,
        child_portrait_years: 5,
        face_attempts: 3,
        finger_presses: 3,
    };

    /// Whether a portrait taken at `issued` of somebody born at `born` is too old to compare with
    /// the face of `today`.
    #[must_use]
    pub fn is_too_old(&self, issued: Date, born: Option<Date>, today: Date) -> bool {
        let of_a_child = born.is_some_and(|born| years(born, issued) < 14);
        let most = if of_a_child {
            self.child_portrait_years
        } else {
            self.portrait_years
        };
        years(issued, today) >= i64::from(most)
    }
}

/// Whole years from one day to another.
fn years(from: Date, to: Date) -> i64 {
    let whole = i64::from(to.year()) - i64::from(from.year());
    let before = (to.month(), to.day()) < (from.month(), from.day());
    whole - i64::from(before)
}

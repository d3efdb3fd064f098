//! What a defect wants besides card and trust folder: which key the clerk gives, under which policy
//! the card is judged, whom the dossier expects.
//!
//! What is printed on a persona's card stays as it is: where a row is about print and chip, the chip
//! holds the other value, signed by the issuer, and still opens to what is printed.

use serde::Serialize;

use super::mutation::Mutation;

/// One such thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Given {
    /// The key.
    Key(Key),
    /// The policy.
    Policy(&'static str),
    /// The personal number of the person whose dossier is open. No persona has it.
    Dossier(&'static str),
    /// The card with these changes was read at the same desk before.
    Before(&'static [Mutation]),
}

/// What the clerk gives to open a card; all of it belongs to the persona.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    /// The text of the QR code.
    #[default]
    Qr,
    /// The printed machine readable zone.
    Mrz,
    /// The personal number, typed.
    Typed,
    /// The card access number, which is compared with nothing.
    Can,
}

/// All of it, as `simulate list --json` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Circumstances {
    /// The key to give.
    pub key: Key,
    /// The policy that judges.
    pub policy: &'static str,
    /// The personal number that the dossier expects.
    pub expected_personal_number: Option<&'static str>,
    /// How the card looked that the same desk read before, if it read one.
    #[serde(serialize_with = "whether")]
    pub before: Option<&'static [Mutation]>,
}

/// Tells whether an earlier session is needed.
fn whether<S: serde::Serializer>(
    before: &Option<&'static [Mutation]>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_bool(before.is_some())
}

impl Circumstances {
    /// The code, nobody's dossier.
    pub const USUAL: Self = Self {
        key: Key::Qr,
        policy: "document",
        expected_personal_number: None,
        before: None,
    };

    /// What the mutations of a defect ask for.
    pub(super) fn of(mutations: &[Mutation]) -> Self {
        let mut all = Self::USUAL;
        for mutation in mutations {
            match mutation {
                Mutation::Given(Given::Key(key)) => all.key = *key,
                Mutation::Given(Given::Policy(policy)) => all.policy = policy,
                Mutation::Given(Given::Dossier(number)) => {
                    all.expected_personal_number = Some(number);
                }
                Mutation::Given(Given::Before(mutations)) => all.before = Some(mutations),
                _ => {}
            }
        }
        all
    }
}

//! The list of defects, section J: cards that show what they are over time. What a desk must have
//! seen before is said with each ([`Given::Before`]).

use super::Row;
use super::authenticity::ACTIVE_ONLY;
use super::given::{Given, Key};
use super::mutation::{FieldChange, Mutation, SodChange};
use crate::authority::signer::Hash;
use crate::card::faults::{ActiveFault, ChipFault, LinkMishap};
use crate::defects::link::MIDDLE;

const NO_RANDOMNESS: Mutation = Mutation::Chip(ChipFault::ConstantNonces);
const CONSTANT_M1: Mutation = Mutation::Chip(ChipFault::Active(ActiveFault::ConstantM1));

/// Section J, as far as a card shows it.
pub(super) const ROWS: &[Row] = &[
    Row(
        'J',
        "beh-sod-changes",
        "not_verified",
        "data-changed-during-session",
        "The card is lifted and laid back, and the same chip shows another EF.SOD",
        &[
            Mutation::Link(LinkMishap::Removed(MIDDLE)),
            Mutation::ComesBackAs(&[Mutation::Sod(SodChange::Digest(Hash::Sha384))]),
        ],
    ),
    Row(
        'J',
        "beh-nonce-constant",
        "undetermined",
        "chip-rng-weak",
        "The chip shows the same nonces and ephemeral keys in two sessions",
        &[
            NO_RANDOMNESS,
            Mutation::Given(Given::Before(&[NO_RANDOMNESS])),
        ],
    ),
    Row(
        'J',
        "beh-aa-predictable-m1",
        "undetermined",
        "chip-rng-weak",
        "The chip mixes the same M1 into two signatures of active authentication",
        &[
            ACTIVE_ONLY,
            CONSTANT_M1,
            Mutation::Given(Given::Before(&[ACTIVE_ONLY, CONSTANT_M1])),
        ],
    ),
    Row(
        'J',
        "beh-same-card-many-numbers",
        "not_verified",
        "chip-key-reused",
        "The key of this chip was seen under another personal number",
        &[
            Mutation::Number {
                at: 0,
                digits: "079",
            },
            Mutation::SameChip,
            // The last six digits are the same, and no print is compared.
            Mutation::Given(Given::Key(Key::Can)),
            Mutation::Given(Given::Before(&[])),
        ],
    ),
    Row(
        'J',
        "beh-same-number-two-chips",
        "undetermined",
        "superseded-card",
        "A card of the same number that was issued later was seen before",
        &[Mutation::Given(Given::Before(&[
            Mutation::OtherChip("successor"),
            Mutation::Field(11, FieldChange::Text("20/09/2022")),
        ]))],
    ),
];

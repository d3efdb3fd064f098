//! What a session is for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a session is for; the policy of the same name says what it requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// A dossier is handed in.
    DossierIntake,
    /// A result is handed out.
    ResultReturn,
    /// A benefit is paid.
    BenefitPayment,
}

impl Purpose {
    /// The stable name, which is also the name of its policy.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DossierIntake => "dossier-intake",
            Self::ResultReturn => "result-return",
            Self::BenefitPayment => "benefit-payment",
        }
    }
}

//! Cards of one size that are opened and prove themselves in different ways, and a channel to one
//! that keeps count: what benchmarks compare readers on.

use cccd_port::{CardChannel, LinkFault};
use time::OffsetDateTime;

use crate::card::{Reply, SimCard, Transmission, Work};
use crate::defects::authenticity::ACTIVE_ONLY;
use crate::defects::given::Circumstances;
use crate::defects::mutation::{ActiveChange, Mutation};
use crate::defects::{Defect, defect};
use crate::{Persona, Randomness, SimError};

/// How a benchmark's card is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BenchmarkAccess {
    /// Basic access control alone.
    Bac,
    /// PACE with the generic mapping.
    PaceGeneric,
    /// PACE with the integrated mapping.
    PaceIntegrated,
    /// PACE with the mapping that proves the chip.
    PaceChipAuthentication,
}

/// By what a benchmark's card proves itself, besides what its access proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BenchmarkProof {
    /// Active authentication, RSA-2048.
    pub active: bool,
    /// Chip authentication, ECDH with AES-128.
    pub agreement: bool,
}

/// A row that only a benchmark has.
const fn only(mutations: &'static [Mutation]) -> Defect {
    Defect {
        id: "benchmark",
        section: 'K',
        result: "verified",
        reason: None,
        class: None,
        description: "a card of the benchmark",
        given: Circumstances::USUAL,
        mutations,
    }
}

static NO_AGREEMENT: Defect = only(&[ACTIVE_ONLY]);
static NO_ACTIVE: Defect = only(&[Mutation::Without(15), Mutation::Active(ActiveChange::NoKey)]);

/// A card of 21.5 KB.
///
/// # Errors
/// As for [`SimCard::new`].
pub fn benchmark_card(
    persona: &Persona,
    access: BenchmarkAccess,
    proof: BenchmarkProof,
    transmission: Transmission,
    random: Box<dyn Randomness>,
    now: OffsetDateTime,
) -> Result<SimCard, SimError> {
    let row = |id| defect(id).ok_or(SimError::Data("no such row"));
    let mut rows = vec![row("good-full-size")?];
    rows.extend(match access {
        BenchmarkAccess::Bac => Some(row("good-bac-only")?),
        BenchmarkAccess::PaceGeneric => None,
        BenchmarkAccess::PaceIntegrated => Some(row("good-pace-im")?),
        BenchmarkAccess::PaceChipAuthentication => Some(row("good-pace-cam")?),
    });
    rows.extend((!proof.agreement).then_some(&NO_AGREEMENT));
    rows.extend((!proof.active).then_some(&NO_ACTIVE));
    Ok(SimCard::new(persona, &rows, random, now)?.with_transmission(transmission))
}

/// A card at hand, and what each of its commands cost the chip.
pub struct Recorder {
    card: SimCard,
    atr: Vec<u8>,
    /// Bytes sent, bytes received, work, for every command.
    pub exchanges: Vec<(usize, usize, Work)>,
}

impl Recorder {
    /// Of a card in its power-up state.
    #[must_use]
    pub fn new(card: SimCard) -> Self {
        let atr = card.atr().to_vec();
        Self {
            card,
            atr,
            exchanges: Vec::new(),
        }
    }
}

impl CardChannel for Recorder {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkFault> {
        match self.card.handle(command) {
            Reply::Answer(bytes) => {
                let work = self.card.work();
                self.exchanges.push((command.len(), bytes.len(), work));
                Ok(bytes)
            }
            _ => Err(LinkFault::CardRemoved),
        }
    }

    fn atr(&self) -> &[u8] {
        &self.atr
    }
}

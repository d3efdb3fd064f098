//! What a card and its trust are made with.

use std::sync::Arc;

use cccd_port::Clock;
use cccd_sim::defects::nearest;
use cccd_sim::{Defect, Persona};

use crate::simulation::desk::refusal::StageRefusal;
use crate::simulation::test_key_identifiers;
use crate::verify::TrustAnchors;
use crate::verify::trust::TestAuthority;

/// The test authority's anchors and revocation lists for these people's cards, with what `defects` change about them; none
/// where such a trust folder cannot be used.
pub(in crate::simulation::desk) fn trust(
    everybody: &[Persona],
    defects: &[&Defect],
    clock: &dyn Clock,
) -> Result<Option<Arc<TrustAnchors>>, StageRefusal> {
    let files = cccd_sim::trust_files_for(everybody, defects, clock.now())
        .map_err(|error| StageRefusal::Impossible(error.to_string()))?;
    let test_keys = test_key_identifiers();
    let test_keys: Vec<&[u8]> = test_keys.iter().map(Vec::as_slice).collect();
    let trust = TrustAnchors::from_files(&files, &test_keys, TestAuthority::Mark);
    Ok(trust.ok().map(Arc::new))
}

pub(super) fn named_defects(ids: &[String]) -> Result<Vec<&'static Defect>, StageRefusal> {
    ids.iter()
        .map(|id| cccd_sim::defect(id).ok_or_else(|| StageRefusal::Defect { near: nearest(id) }))
        .collect()
}

/// The defects as the card is made with them: those of the card read before, where that is wanted.
pub(super) fn made(
    named: &[&'static Defect],
    as_before: bool,
) -> Result<Vec<Defect>, StageRefusal> {
    if !as_before {
        return Ok(named.iter().map(|defect| **defect).collect());
    }
    let before: Vec<Defect> = named
        .iter()
        .filter_map(|defect| {
            let mutations = defect.given.before?;
            Some(Defect {
                mutations,
                ..**defect
            })
        })
        .collect();
    if before.is_empty() {
        return Err(StageRefusal::Impossible(
            "none of these defects asks for a card that was read before".to_owned(),
        ));
    }
    Ok(before)
}

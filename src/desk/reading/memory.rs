//! What earlier sessions of this desk say of a card, asked of the store.

use crate::document::Date;
use crate::store::{Store, StoreError};
use crate::verify::Evidence;
use crate::verify::history::{History, Traces};

/// Asks the store, and makes the answer part of the evidence.
///
/// # Errors
/// [`StoreError`] when the database fails; the evidence says nothing of earlier sessions then.
pub fn recall(store: &Store, evidence: &mut Evidence) -> Result<(), StoreError> {
    let traces = Traces::of(evidence);
    let digests: Vec<String> = traces
        .nonces
        .iter()
        .map(|nonce| nonce.digest.clone())
        .collect();
    let number = traces.number.as_ref().map(|number| number.personal());
    let found = store.recall_chip(&traces.chip_keys, number, &digests)?;
    let mut repeated = Vec::new();
    for place in found.seen {
        repeated.extend(traces.nonces.get(place).map(|nonce| nonce.kind));
    }
    evidence.history = Some(History {
        key_of_another_number: found.key_of_another_number,
        // A card that did not say when it was issued is older than any that does.
        other_card_issued: found
            .other_issued
            .and_then(|date| date.parse::<Date>().ok()),
        repeated,
    });
    Ok(())
}

/// Keeps what later sessions need: what the chip chose, always; whose keys it has, where both were
/// proven.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn keep(store: &Store, evidence: &Evidence, proven: bool) -> Result<(), StoreError> {
    let traces = Traces::of(evidence);
    let digests: Vec<String> = traces
        .nonces
        .into_iter()
        .map(|nonce| nonce.digest)
        .collect();
    if !digests.is_empty() {
        store.keep_nonces(&digests)?;
    }
    if let Some(number) = traces
        .number
        .filter(|_| proven && !traces.chip_keys.is_empty())
    {
        let issued = traces.issued.map(|date| date.to_string());
        store.keep_chip(&traces.chip_keys, number.personal(), issued.as_deref())?;
    }
    Ok(())
}

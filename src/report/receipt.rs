//! The receipt: the only thing that counts as delivered.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::reason::DeliveryReason;

/// What the case system answers once it has the report in safety.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The case system's own identifier: 1 to 128 visible ASCII characters.
    pub receipt_id: String,
    /// The `Idempotency-Key` of the request.
    pub idempotency_key: String,
    /// When it was received, RFC 3339.
    pub received_at: String,
    /// SHA-256 of the request's body, lower-case hex.
    pub sha256: String,
}

/// No receipt is longer, in bytes.
pub const MAX_RECEIPT: usize = 16_384;

impl Receipt {
    /// Reads an answer and checks that it receipts the report of that key and digest.
    ///
    /// # Errors
    /// [`DeliveryReason::ReceiptMalformed`] or [`DeliveryReason::ReceiptMismatch`].
    pub fn parse(body: &[u8], idempotency_key: &str, sha256: &str) -> Result<Self, DeliveryReason> {
        let receipt: Self =
            serde_json::from_slice(body).map_err(|_| DeliveryReason::ReceiptMalformed)?;
        let named = (1..=128).contains(&receipt.receipt_id.len())
            && receipt
                .receipt_id
                .bytes()
                .all(|byte| byte.is_ascii_graphic());
        if !named || OffsetDateTime::parse(&receipt.received_at, &Rfc3339).is_err() {
            return Err(DeliveryReason::ReceiptMalformed);
        }
        if receipt.idempotency_key != idempotency_key || receipt.sha256 != sha256 {
            return Err(DeliveryReason::ReceiptMismatch);
        }
        Ok(receipt)
    }
}

#[cfg(test)]
mod tests {
    use super::Receipt;
    use crate::report::DeliveryReason::{ReceiptMalformed, ReceiptMismatch};

    #[test]
    fn only_a_receipt_of_this_very_report_counts() {
        let line = |id: &str, key: &str, at: &str, sha256: &str| {
            format!(
                r#"{{"receipt_id":"{id}","idempotency_key":"{key}","received_at":"{at}","sha256":"{sha256}","more":1}}"#
            )
        };
        let at = "2026-03-01T08:00:00+07:00";
        for (body, expected) in [
            (line("R-1", "key", at, "ab"), Ok(())),
            (line("R-1", "other", at, "ab"), Err(ReceiptMismatch)),
            (line("R-1", "key", at, "cd"), Err(ReceiptMismatch)),
            (line("", "key", at, "ab"), Err(ReceiptMalformed)),
            (line("R 1", "key", at, "ab"), Err(ReceiptMalformed)),
            (
                line(&"R".repeat(129), "key", at, "ab"),
                Err(ReceiptMalformed),
            ),
            (line("R-1", "key", "yesterday", "ab"), Err(ReceiptMalformed)),
            (r#"{"receipt_id":"R-1"}"#.to_owned(), Err(ReceiptMalformed)),
            ("[]".to_owned(), Err(ReceiptMalformed)),
            ("OK".to_owned(), Err(ReceiptMalformed)),
            (String::new(), Err(ReceiptMalformed)),
            ("[".repeat(10_000), Err(ReceiptMalformed)),
        ] {
            let parsed = Receipt::parse(body.as_bytes(), "key", "ab").map(|_| ());
            assert_eq!(parsed, expected, "{body}");
        }
    }
}

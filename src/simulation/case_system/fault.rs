//! Ways in which the case system can be made to fail.

use serde::{Deserialize, Serialize};

/// How it fails. As JSON `"none"`, `"down"`, `{"refuse": 422}` and so on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Not at all.
    #[default]
    None,
    /// Hangs up on every caller.
    Down,
    /// Receives the report and holds its receipt back until the fault changes.
    Slow,
    /// Receives the report and breaks the connection in the middle of its receipt.
    LostReceipt,
    /// Answers 503 with `Retry-After: 1`.
    Unavailable,
    /// Refuses with this status, such as 422.
    Refuse(u16),
    /// Answers 200 with a web page.
    NotJson,
    /// Answers 200 with a body that does not end.
    Oversize,
    /// Answers 200 with the receipt of another report.
    WrongReceipt,
    /// Redirects to another address.
    Redirect,
}

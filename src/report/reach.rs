//! Whether the case system can be reached, without reporting anything.

use super::post::Post;
use super::reason::DeliveryReason;
use super::settings::DeliverySettings;

/// Why the case system was not reached.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReachError {
    /// The settings cannot be used; nothing was asked.
    #[error("{0}")]
    Setup(String),
    /// It did not answer, or either side did not accept the other.
    #[error("{}", .0.sentence().en)]
    Unreached(DeliveryReason),
}

/// Asks the case system for a sign of life, by the way on which reports go, and returns the status
/// of its answer.
///
/// # Errors
/// [`ReachError`] where there is no answer.
pub async fn reach(settings: &DeliverySettings) -> Result<u16, ReachError> {
    let post = Post::new(settings).map_err(|error| ReachError::Setup(error.to_string()))?;
    post.reach().await.map_err(ReachError::Unreached)
}

//! What can go wrong while a card or an authority is made.

/// A simulated card, authority or reader could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// The cryptographic library refused.
    #[error("cryptographic library: {0}")]
    Crypto(#[from] openssl::error::ErrorStack),
    /// A picture could not be encoded.
    #[error("picture: {0}")]
    Portrait(#[from] image::ImageError),
    /// A file or a socket.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A date outside the calendar.
    #[error("date outside the calendar: {0}")]
    Date(#[from] time::error::ComponentRange),
    /// Data of a persona or a mutation does not fit the structure that it is written into.
    #[error("{0}")]
    Data(&'static str),
}

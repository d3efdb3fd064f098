//! What every HTTP client of the desk owes: a TLS provider, and a bound on each answer.

use reqwest::Response;

/// Why a body was not read to its end.
pub(crate) enum BodyFault {
    /// It is longer than it may be.
    Oversize,
    /// The connection broke, or time ran out.
    Broken(reqwest::Error),
}

/// Installs the TLS provider of this process; to be called before a client is built.
pub(crate) fn install_tls() {
    // Whoever comes first installs it; ring is the only provider that is compiled in.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Reads a body of at most `most` bytes, whatever length its header claims.
pub(crate) async fn body(mut response: Response, most: usize) -> Result<Vec<u8>, BodyFault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyFault::Broken)? {
        if body.len() + chunk.len() > most {
            return Err(BodyFault::Oversize);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

//! The desk's public keys.

use core::time::Duration;

use crate::config::Endpoint;
use crate::report::JwkSet;

/// Where the keys come from.
#[derive(Clone, Debug)]
pub enum Keys {
    /// Given at the start.
    Set(JwkSet),
    /// Asked of the desk (`GET /v1/keys`) for each report: a desk that was set up anew is known at
    /// once. A real case system pins them instead.
    Desk(Endpoint),
}

/// No set of keys is longer, in bytes.
const MAX_SET: usize = 65_536;

impl Keys {
    /// The keys now; `None` when the desk does not tell them.
    pub(super) async fn get(&self) -> Option<JwkSet> {
        match self {
            Self::Set(set) => Some(set.clone()),
            Self::Desk(endpoint) => fetch(endpoint).await,
        }
    }
}

async fn fetch(endpoint: &Endpoint) -> Option<JwkSet> {
    // Whoever comes first installs it; ring is the only provider that is compiled in.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .ok()?;
    let mut response = client.get(endpoint.url().clone()).send().await.ok()?;
    if !response.status().is_success() {
        return None;
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > MAX_SET {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body).ok()
}

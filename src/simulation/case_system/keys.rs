//! The desk's public keys.

use core::time::Duration;

use crate::config::Endpoint;
use crate::report::JwkSet;
use crate::report::http::{body, install_tls};

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
    install_tls();
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .ok()?;
    let response = client.get(endpoint.url().clone()).send().await.ok()?;
    if !response.status().is_success() {
        return None;
    }
    serde_json::from_slice(&body(response, MAX_SET).await.ok()?).ok()
}

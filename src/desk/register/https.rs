//! The way to a register: HTTPS, mutual where the desk has a certificate, bounded in time and bytes.

use core::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, StatusCode, Url};
use zeroize::Zeroizing;

use super::{Answer, MOST_BYTES, NoAnswer, Question, Register};
use crate::config::{self, Endpoint};
use crate::report::http::{BodyFault, body};
use crate::report::settings::ClientFiles;
use crate::report::{DeliverError, DeliveryReason, DeliverySettings, https_client, reason_of};

/// The path of the question below the configured address.
const PATH: &str = "/v1/check";

/// A register behind an address.
pub struct HttpsRegister {
    client: Client,
    url: Url,
    source: String,
    budget: Duration,
}

/// The register of a configuration cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// A certificate or key cannot be used.
    #[error("the register cannot be asked: {0}")]
    Client(#[from] DeliverError),
    /// Nothing can follow the address.
    #[error("the register cannot be asked: nothing can follow register.url")]
    Url,
}

/// How the desk speaks to the register of a configuration; `None` where it names none.
#[must_use]
pub fn connection(config: &config::Register) -> Option<DeliverySettings> {
    Some(settings(config, config.url.clone()?))
}

fn settings(config: &config::Register, endpoint: Endpoint) -> DeliverySettings {
    DeliverySettings {
        ca_file: config.ca_file.clone(),
        client: ClientFiles::of(
            config.client_certificate_file.as_ref(),
            config.client_key_file.as_ref(),
        ),
        timeout: config.budget(),
        ..DeliverySettings::new(endpoint)
    }
}

impl HttpsRegister {
    /// The register of a configuration; `None` where it names none. Reads certificates and key, once.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub fn of(config: &config::Register) -> Result<Option<Self>, RegisterError> {
        let Some(endpoint) = config.url.clone() else {
            return Ok(None);
        };
        let mut url = endpoint.url().clone();
        url.set_query(None);
        let path = format!("{}{PATH}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        let source = url.host_str().ok_or(RegisterError::Url)?.to_owned();
        Ok(Some(Self {
            client: https_client(&settings(config, endpoint))?,
            url,
            source,
            budget: config.budget(),
        }))
    }

    async fn post(&self, question: Question) -> Result<Answer, NoAnswer> {
        let asked = serde_json::to_vec(&question)
            .map(Zeroizing::new)
            .map_err(|_| NoAnswer::Malformed)?;
        let request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .body(asked.to_vec());
        let response = request.send().await.map_err(|error| of(&error))?;
        if response.status() != StatusCode::OK {
            return Err(NoAnswer::Status(response.status().as_u16()));
        }
        match body(response, MOST_BYTES).await {
            Ok(body) => Answer::parse(&body),
            Err(BodyFault::Oversize) => Err(NoAnswer::Oversize),
            Err(BodyFault::Broken(error)) => Err(of(&error)),
        }
    }
}

fn of(error: &reqwest::Error) -> NoAnswer {
    match reason_of(error) {
        DeliveryReason::Timeout => NoAnswer::Timeout,
        DeliveryReason::Tls => NoAnswer::Tls,
        _ => NoAnswer::Unreachable,
    }
}

impl Register for HttpsRegister {
    fn source(&self) -> &str {
        &self.source
    }

    fn budget(&self) -> Duration {
        self.budget
    }

    fn ask(&self, question: Question) -> BoxFuture<'_, Result<Answer, NoAnswer>> {
        self.post(question).boxed()
    }
}

#[cfg(test)]
#[path = "https_tests.rs"]
mod tests;

//! One attempt to deliver a report.

use core::time::Duration;
use std::error::Error;
use std::path::Path;

use reqwest::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Certificate, Client, Identity, Response, StatusCode};
use zeroize::Zeroizing;

use super::deliver::DeliverError;
use super::http::{BodyFault, body, install_tls};
use super::reason::DeliveryReason;
use super::receipt::{MAX_RECEIPT, Receipt};
use super::settings::DeliverySettings;
use super::way::{Outcome, Way, failed};
use super::{IDEMPOTENCY_KEY, MEDIA_TYPE};
use crate::config::Endpoint;
use crate::store::Destination;
use crate::store::deliveries::DueReport;

/// The way to the case system.
pub(super) struct Post {
    client: Client,
    endpoint: Endpoint,
}

/// A client for one address, with the authorities and the identity of the settings. Reads certificates
/// and key, once.
pub(crate) fn client(settings: &DeliverySettings) -> Result<Client, DeliverError> {
    install_tls();
    let mut builder = Client::builder()
        .user_agent(concat!("cccd-desk/", env!("CARGO_PKG_VERSION")))
        .timeout(settings.timeout)
        .connect_timeout(settings.timeout)
        // What is sent is for the configured address alone, and meets no proxy of the environment.
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .https_only(!settings.endpoint.is_loopback());
    if let Some(path) = &settings.ca_file {
        let authorities = Certificate::from_pem_bundle(&read(path)?)
            .ok()
            .filter(|authorities| !authorities.is_empty())
            .ok_or_else(|| DeliverError::not_pem(path))?;
        builder = builder.tls_certs_only(authorities);
    }
    if let Some(files) = &settings.client {
        let mut pem = read(&files.certificate)?;
        pem.push(b'\n');
        pem.extend_from_slice(&read(&files.key)?);
        let identity = Identity::from_pem(&pem).map_err(|_| DeliverError::not_pem(&files.key))?;
        builder = builder.identity(identity);
    }
    builder
        .build()
        .map_err(|error| DeliverError::Client(innermost(&error)))
}

impl Post {
    /// Reads certificates and key, once.
    pub(super) fn new(settings: &DeliverySettings) -> Result<Self, DeliverError> {
        Ok(Self {
            client: client(settings)?,
            endpoint: settings.endpoint.clone(),
        })
    }

    /// Asks for a sign of life and returns the status of the answer. Whatever it is, the case
    /// system was reached, and each side accepted who the other is.
    pub(super) async fn reach(&self) -> Result<u16, DeliveryReason> {
        let request = self.client.head(self.endpoint.url().clone());
        match request.send().await {
            Ok(response) => Ok(response.status().as_u16()),
            Err(error) => Err(reason_of(&error)),
        }
    }
}

impl Way for Post {
    fn destination(&self) -> Destination {
        Destination::CaseSystem
    }

    async fn send(&self, report: &DueReport) -> Outcome {
        let request = self
            .client
            .post(self.endpoint.url().clone())
            .header(CONTENT_TYPE, MEDIA_TYPE)
            .header(ACCEPT, "application/json")
            .header(IDEMPOTENCY_KEY, &report.report_id)
            .body(report.jws.as_bytes().to_vec());
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return failed(None, reason_of(&error)),
        };
        let status = response.status();
        let retry_after = retry_after(&response);
        if status.is_success() {
            return receipted(response, report).await;
        }
        let reason = match status {
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
                DeliveryReason::Busy
            }
            status if status.is_client_error() => {
                return Outcome::Refused {
                    status: status.as_u16(),
                };
            }
            status if status.is_server_error() => DeliveryReason::ServerError,
            status if status.is_redirection() => DeliveryReason::Redirected,
            _ => DeliveryReason::StatusUnexpected,
        };
        Outcome::Failed {
            status: Some(status.as_u16()),
            reason,
            retry_after,
        }
    }
}

async fn receipted(response: Response, report: &DueReport) -> Outcome {
    let status = response.status().as_u16();
    let body = match body(response, MAX_RECEIPT).await {
        Ok(body) => body,
        Err(BodyFault::Oversize) => return failed(Some(status), DeliveryReason::ReceiptOversize),
        Err(BodyFault::Broken(error)) => return failed(Some(status), reason_of(&error)),
    };
    match Receipt::parse(&body, &report.report_id, &report.sha256) {
        Ok(receipt) => Outcome::Receipted {
            status: Some(status),
            receipt,
        },
        Err(reason) => failed(Some(status), reason),
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    // The form with a date is rare and its clock not ours: the own wait serves then.
    seconds.trim().parse().ok().map(Duration::from_secs)
}

pub(crate) fn reason_of(error: &reqwest::Error) -> DeliveryReason {
    if error.is_timeout() {
        return DeliveryReason::Timeout;
    }
    if is_tls(error) {
        return DeliveryReason::Tls;
    }
    DeliveryReason::Unreachable
}

/// Whether TLS stands behind an error. An I/O error hides the error that it carries from `source`.
fn is_tls(error: &(dyn Error + 'static)) -> bool {
    let carried = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>()
        || carried.is_some_and(|error| is_tls(error))
        || error.source().is_some_and(is_tls)
}

fn innermost(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = cause.to_string();
        source = cause.source();
    }
    text
}

/// No file of certificates is longer.
const MAX_PEM: u64 = 1_048_576;

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, DeliverError> {
    use std::io::Read;
    let mut bytes = Zeroizing::new(Vec::new());
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_PEM).read_to_end(&mut bytes))
        .map_err(|error| DeliverError::File {
            path: path.to_owned(),
            problem: error.to_string(),
        })?;
    Ok(bytes)
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;

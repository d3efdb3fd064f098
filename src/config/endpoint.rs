//! The address that reports go to.

use core::fmt;

use reqwest::Url;
use serde::{Deserialize, Serialize, Serializer};

/// An HTTPS address, or plain HTTP on this very machine: personal data never crosses a network in
/// the clear (RFC 9110, 4.2.2).
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Endpoint(Url);

impl Endpoint {
    /// The address.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// True for an address of this machine: `localhost`, 127.0.0.0/8 or `::1`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }
}

pub(super) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || bare
            .parse::<core::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

impl TryFrom<String> for Endpoint {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl core::str::FromStr for Endpoint {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url =
            Url::parse(text).map_err(|_| "not an absolute address such as https://host/path")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("an address holds no user name and no password; use a client certificate");
        }
        if url.fragment().is_some() {
            return Err("an address for reports holds no fragment (#)");
        }
        match url.scheme() {
            "https" if url.host_str().is_some() => Ok(Self(url)),
            "http" if is_loopback(&url) => Ok(Self(url)),
            "http" => {
                Err("plain http is for this machine alone (localhost, 127.0.0.1, ::1); use https")
            }
            _ => Err("the address must begin with https://"),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn only_https_or_this_machine() {
        for (address, accepted) in [
            ("https://case.example/reports", true),
            ("https://10.0.0.1:8443/", true),
            ("http://localhost:9000/reports", true),
            ("http://127.0.0.1/reports", true),
            ("http://127.9.9.9/reports", true),
            ("http://[::1]:80/", true),
            ("http://case.example/reports", false),
            ("http://localhost.example/", false),
            ("http://127.0.0.1.example/", false),
            ("http://0.0.0.0/", false),
            ("http://10.0.0.1/", false),
            ("https://user:secret@case.example/", false),
            ("https://case.example/#part", false),
            ("ftp://localhost/", false),
            ("case.example", false),
            ("", false),
        ] {
            assert_eq!(address.parse::<Endpoint>().is_ok(), accepted, "{address}");
        }
    }
}

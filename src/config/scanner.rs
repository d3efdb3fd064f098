//! Code scanners on serial lines.

use std::path::PathBuf;

use cccd_serial_scanner::{Mistake, Overrides, Profile, profile, profiles};
use serde::{Deserialize, Serialize};

/// One `[[scanner]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scanner {
    /// The port's name that stays when devices are plugged in another order.
    pub device: PathBuf,
    /// The kind of device, by the name of its profile.
    pub profile: String,
    /// A part of the PC/SC name of the reader that it stands beside: sessions on such a reader alone
    /// take its scans.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reader: Option<String>,
    /// Bits a second, in place of the profile's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baud: Option<u32>,
    /// `none`, `odd` or `even`, in place of the profile's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parity: Option<String>,
    /// What ends a text, in place of the profile's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends: Option<Vec<String>>,
    /// What bytes may mean that are no UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// What the length of a 3M frame counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length_counts: Option<String>,
    /// What the check of a 3M frame covers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_covers: Option<String>,
}

impl Scanner {
    /// The kind of device, with what is otherwise about this one.
    ///
    /// # Errors
    /// The key that is wrong, and how.
    pub fn made(&self) -> Result<Profile, Mistake> {
        let known = profile(&self.profile).ok_or_else(|| Mistake {
            key: "profile",
            problem: format!(
                "there is no profile “{}”; there are {}",
                self.profile,
                profiles().map(|known| known.name).join(", ")
            ),
        })?;
        known.with(&Overrides {
            baud: self.baud,
            parity: self.parity.as_deref(),
            ends: self.ends.as_deref(),
            encoding: self.encoding.as_deref(),
            length_counts: self.length_counts.as_deref(),
            check_covers: self.check_covers.as_deref(),
        })
    }

    /// What people and the API call it: the end of its port's name.
    #[must_use]
    pub fn name(&self) -> String {
        let name = self.device.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// The key that is wrong, and how, where types cannot say it.
    pub(super) fn mistake(&self) -> Option<(&'static str, String)> {
        if !self.device.is_absolute() || self.device.file_name().is_none() {
            let problem =
                "must be a whole path, such as /dev/serial/by-id/usb-Example_Scanner-if00";
            return Some(("device", problem.to_owned()));
        }
        if self
            .reader
            .as_ref()
            .is_some_and(|part| part.trim().is_empty())
        {
            let problem = "is empty and would be beside every reader; leave it out for that";
            return Some(("reader", problem.to_owned()));
        }
        self.made()
            .err()
            .map(|mistake| (mistake.key, mistake.problem))
    }
}

//! The fingerprint module of the desk.

use std::path::PathBuf;

use cccd_serial_finger::{ModuleModel, USUAL_BAUD};
use serde::{Deserialize, Serialize};

use super::sections::{Problem, ensure, optional_path, within};
use crate::biometrics::finger::Threshold;

/// The fingerprint module, and what becomes of fingers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fingerprint {
    /// The serial port, by a name that stays (`/dev/serial/by-id/…`); without it there is no sensor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<String>,
    /// Bits a second.
    pub baud: u32,
    /// One of [`cccd_serial_finger::MODELS`], by its name.
    pub model: String,
    /// Pixels in a row and rows, for a model of which they are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<(u16, u16)>,
    /// The module's address, eight hexadecimal digits.
    pub address: String,
    /// A file with the module's password, eight hexadecimal digits, mode 0600; without it 0.
    #[serde(
        deserialize_with = "optional_path",
        skip_serializing_if = "Option::is_none"
    )]
    pub password_file: Option<PathBuf>,
    /// How long a finger is waited for.
    pub wait_seconds: u64,
    /// From which score on two fingers support each other.
    pub threshold: u32,
    /// Whether the module compares too: weaker evidence, beside the desk's own comparison, which it never
    /// changes.
    pub module_match: bool,
    /// How long a finger that was enrolled at a verified visit is kept; 0: none is enrolled.
    pub enrolment_days: u64,
}

impl Default for Fingerprint {
    fn default() -> Self {
        Self {
            port: None,
            baud: USUAL_BAUD,
            model: "r30x".to_owned(),
            image: None,
            address: "ffffffff".to_owned(),
            password_file: None,
            wait_seconds: 20,
            threshold: Threshold::default().score(),
            module_match: false,
            enrolment_days: 0,
        }
    }
}

impl Fingerprint {
    /// Checks what types cannot say.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let names: Vec<&str> = cccd_serial_finger::MODELS
            .iter()
            .map(|model| model.name)
            .collect();
        let model = ModuleModel::named(&self.model);
        ensure(
            "fingerprint.model",
            model.is_some(),
            format_args!("may be {}", names.join(", ")),
        )?;
        ensure(
            "fingerprint.port",
            self.port.as_ref().is_none_or(|port| !port.is_empty()),
            "must name a serial port, or be left out",
        )?;
        within("fingerprint.baud", self.baud.into(), 9_600, 115_200)?;
        let sized = self
            .module()
            .is_none_or(|module| module.image_bytes().is_some());
        ensure(
            "fingerprint.image",
            sized || self.port.is_none(),
            "must say the size of this model's image, as [256, 288]; doctor tells how to measure it",
        )?;
        ensure(
            "fingerprint.address",
            self.address_bytes().is_some(),
            "must be eight hexadecimal digits",
        )?;
        within("fingerprint.wait_seconds", self.wait_seconds, 5, 60)?;
        ensure(
            "fingerprint.threshold",
            Threshold::new(self.threshold).is_some(),
            "must be 35 to 200",
        )?;
        within("fingerprint.enrolment_days", self.enrolment_days, 0, 3_660)
    }

    /// The model as it is set up; none where its name is not known.
    #[must_use]
    pub fn module(&self) -> Option<ModuleModel> {
        let model = ModuleModel::named(&self.model)?.clone();
        Some(match self.image {
            Some((width, height)) => model.with_image(width, height),
            None => model,
        })
    }

    /// The module's address.
    #[must_use]
    pub fn address_bytes(&self) -> Option<[u8; 4]> {
        four_bytes(&self.address)
    }
}

/// Four bytes in hexadecimal.
#[must_use]
pub fn four_bytes(text: &str) -> Option<[u8; 4]> {
    let mut bytes = [0; 4];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

//! Confirmation codes: the first byte of every acknowledgement.

use cccd_port::SensorFault;

/// Done.
pub const OK: u8 = 0x00;
/// No finger on the sensor.
pub const NO_FINGER: u8 = 0x02;
/// The two buffers do not match.
pub const NO_MATCH: u8 = 0x08;
/// Nothing in the library matches.
pub const NOT_FOUND: u8 = 0x09;

/// What a code means to the one who laid the finger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Done.
    Done,
    /// An answer that only one command has (no finger, no match, not found). From any other it is
    /// the answer to another command.
    Answer,
    /// The command came damaged: the line is in doubt.
    Damaged,
    /// No usable picture: lay the finger anew.
    PoorImage,
    /// The password is wrong or was not shown.
    Password,
    /// The module cannot, whatever the finger.
    Failed,
}

/// Code, meaning, and what the makers' manuals call it (ZFM-20, ZFM-70, R503, AS608).
pub const CODES: &[(u8, Meaning, &str)] = &[
    (OK, Meaning::Done, "done"),
    (0x01, Meaning::Damaged, "error in the packet received"),
    (NO_FINGER, Meaning::Answer, "no finger"),
    (0x03, Meaning::PoorImage, "imaging failed"),
    (0x04, Meaning::PoorImage, "image too dry or too light"),
    (0x05, Meaning::PoorImage, "image too wet or smudged"),
    (0x06, Meaning::PoorImage, "image too messy"),
    (0x07, Meaning::PoorImage, "too few features"),
    (NO_MATCH, Meaning::Answer, "no match"),
    (NOT_FOUND, Meaning::Answer, "not found"),
    (0x0A, Meaning::Failed, "cannot merge"),
    (0x0B, Meaning::Failed, "page outside the library"),
    (0x0C, Meaning::Failed, "template not readable"),
    (0x0D, Meaning::Failed, "template not sent"),
    (0x0E, Meaning::Failed, "data packets not received"),
    (0x0F, Meaning::Failed, "image not sent"),
    (0x10, Meaning::Failed, "template not deleted"),
    (0x11, Meaning::Failed, "library not emptied"),
    (0x13, Meaning::Password, "wrong password"),
    (0x15, Meaning::PoorImage, "no image in the buffer"),
    (0x18, Meaning::Failed, "flash not written"),
    (0x19, Meaning::Failed, "undefined error"),
    (0x1A, Meaning::Failed, "no such register"),
    (0x1B, Meaning::Failed, "wrong setting of a register"),
    (0x1C, Meaning::Failed, "no such notepad page"),
    (0x1D, Meaning::Failed, "port not operated"),
    (0x1F, Meaning::Failed, "library full"),
    (0x20, Meaning::Failed, "wrong address"),
    (0x21, Meaning::Password, "password needed"),
    (0x22, Meaning::Failed, "template empty"),
    (0x24, Meaning::Failed, "library empty"),
    (0x26, Meaning::Failed, "timeout"),
    (0x27, Meaning::Failed, "finger already there"),
    (0x29, Meaning::Failed, "sensor defective"),
    (0xFC, Meaning::Failed, "command not supported"),
    (0xFD, Meaning::Failed, "hardware error"),
    (0xFE, Meaning::Failed, "command failed"),
];

/// What a code means; one that is not listed says that the module cannot.
#[must_use]
pub fn meaning(code: u8) -> Meaning {
    entry(code).map_or(Meaning::Failed, |(_, meaning, _)| *meaning)
}

/// What the manuals call a code, where they do: for a log or the doctor.
#[must_use]
pub fn name(code: u8) -> Option<&'static str> {
    entry(code).map(|(_, _, name)| *name)
}

fn entry(code: u8) -> Option<&'static (u8, Meaning, &'static str)> {
    CODES.iter().find(|(known, _, _)| *known == code)
}

/// The fault that a code stands for where it came in place of [`OK`].
#[must_use]
pub fn refusal(code: u8) -> SensorFault {
    match meaning(code) {
        Meaning::Done | Meaning::Answer | Meaning::Damaged => SensorFault::ProtocolViolation,
        Meaning::PoorImage => SensorFault::PoorImage,
        Meaning::Password => SensorFault::PasswordRefused,
        Meaning::Failed => SensorFault::Device { code },
    }
}

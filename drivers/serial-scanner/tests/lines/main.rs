//! Every fault that a line can have, met by the scanner that the desk uses.
//!
//! # Layout
//! - `faults`: at every byte, in memory, by a clock that is passed in
//! - `pty`: on pseudo terminals, as real devices are opened

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod faults;
mod pty;

use cccd_serial_scanner::{Profile, profile};
use cccd_sim::{Persona, SerialForm, persona};

/// Two made-up people: what is scanned with a fault, and what is scanned next.
fn people() -> (Persona, Persona) {
    (
        persona("adult-man").unwrap(),
        persona("elder-no-expiry").unwrap(),
    )
}

/// A kind of device, as the driver and as the simulation know it.
struct Kind {
    profile: Profile,
    form: SerialForm,
}

impl Kind {
    fn is_qr(&self) -> bool {
        self.profile.name.starts_with("qr")
    }

    /// What a persona's card has for it.
    fn code(&self, persona: &Persona) -> String {
        if self.is_qr() {
            return persona.qr();
        }
        let zone = persona.mrz();
        let line = if zone.len() == 90 { 30 } else { zone.len() / 2 };
        let lines: Vec<&str> = (0..zone.len() / line)
            .map(|at| &zone[at * line..(at + 1) * line])
            .collect();
        lines.join("\n")
    }
}

fn kinds() -> Vec<Kind> {
    let text = |before: &'static [u8], after: &'static [u8]| SerialForm::Text { before, after };
    [
        ("qr", text(b"", b"")),
        ("qr", text(b"\x02]Q1", b"\x03")),
        ("qr-line", text(b"", b"\r\n")),
        ("qr-line", text(b"]Q1", b"\r")),
        ("mrz-lines", SerialForm::MrzLines),
        ("mrz-desko", SerialForm::MrzDesko),
        ("mrz-3m", SerialForm::Mrz3m),
    ]
    .into_iter()
    .map(|(name, form)| Kind {
        profile: profile(name).unwrap(),
        form,
    })
    .collect()
}

//! A recording as lines to read, and two of them compared.

use core::fmt::Write as _;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::recording::{Exchange, Fault, Link, Outcome, Recording};
use crate::shape::{Answer, Command};

/// The whole recording, a line an exchange.
///
/// ```text
/// SM 0CB08100 READ BINARY 0101, 256 → 9000, 95 bytes (87:81 99:2 8E:8) · 3.1 ms
/// ```
#[must_use]
pub fn script(recording: &Recording) -> String {
    let mut text = String::new();
    for (number, link) in recording.links.iter().enumerate() {
        // Writing to a text never fails.
        let _ = writeln!(text, "link {} · {}", number + 1, head(link));
        for exchange in &link.exchanges {
            let milliseconds = exchange.took_us / 1_000;
            let tenths = exchange.took_us % 1_000 / 100;
            let _ = writeln!(text, "  {} · {milliseconds}.{tenths} ms", line(exchange));
        }
    }
    text
}

fn head(link: &Link) -> String {
    match link.refused {
        Some(fault) => format!("no connection: {}", named(fault)),
        None => format!("answer to reset {}", hex::encode_upper(&link.atr)),
    }
}

/// An exchange without its time: the same for the same behaviour.
#[must_use]
pub fn line(exchange: &Exchange) -> String {
    let outcome = match &exchange.outcome {
        Outcome::Answer(answer) => came(answer),
        Outcome::Fault(fault) => named(*fault),
    };
    format!("{} → {outcome}", sent(&exchange.command))
}

fn sent(command: &Command) -> String {
    let mut text = String::new();
    let link = if command.is_protected() { "SM" } else { "  " };
    let _ = write!(
        text,
        "{link} {} {}",
        hex::encode_upper(command.header),
        name(command.instruction())
    );
    if let Some(file) = command.file {
        let _ = write!(text, " {file:04X}");
    }
    match &command.data {
        Some(data) => {
            let _ = write!(text, " {}", hex::encode_upper(data));
        }
        None if command.nc > 0 && !command.is_protected() => {
            let _ = write!(text, " ({} bytes)", command.nc);
        }
        None => {}
    }
    if let Some(ne) = command.inner_ne.or(command.ne) {
        let _ = write!(text, ", {ne}");
    }
    if command.extended {
        text.push_str(" extended");
    }
    text
}

fn came(answer: &Answer) -> String {
    let mut text = match answer.status {
        Some(status) => format!("{status:04X}"),
        None => "no status word".to_owned(),
    };
    if let Some(inner) = answer
        .inner_status
        .filter(|inner| answer.status != Some(*inner))
    {
        let _ = write!(text, " (inside {inner:04X})");
    }
    let data = answer.length.saturating_sub(2);
    if data > 0 {
        let _ = write!(text, ", {data} bytes");
    }
    match &answer.data {
        Some(data) => {
            let _ = write!(text, " {}", hex::encode_upper(data));
        }
        None if !answer.objects.is_empty() => {
            let _ = write!(text, " ({})", answer.objects.join(" "));
        }
        None => {}
    }
    text
}

fn named(fault: Fault) -> String {
    cccd_port::LinkFault::from(fault).to_string()
}

/// What an instruction is called (ISO/IEC 7816-4, table 4; ISO/IEC 7816-8).
fn name(ins: u8) -> &'static str {
    match ins {
        0x22 => "MANAGE SECURITY ENVIRONMENT",
        0x2A => "PERFORM SECURITY OPERATION",
        0x82 => "EXTERNAL AUTHENTICATE",
        0x84 => "GET CHALLENGE",
        0x86 => "GENERAL AUTHENTICATE",
        0x88 => "INTERNAL AUTHENTICATE",
        0xA4 => "SELECT",
        0xB0 => "READ BINARY",
        0xC0 => "GET RESPONSE",
        _ => "command",
    }
}

/// A line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// In both.
    Same(String),
    /// In the first alone.
    First(String),
    /// In the second alone.
    Second(String),
}

/// Two recordings line by line, times left out. Each link begins anew; lengths count.
#[must_use]
pub fn differences(first: &Recording, second: &Recording) -> Vec<Difference> {
    let (first, second) = (lines(first), lines(second));
    let mut compared = Vec::new();
    let part = |all: &[String], at: usize, length: usize| {
        all.get(at..at.saturating_add(length))
            .unwrap_or_default()
            .to_vec()
    };
    for op in capture_diff_slices(Algorithm::Myers, &first, &second) {
        let (old, new) = (op.old_range(), op.new_range());
        let gone = part(&first, old.start, old.len());
        if matches!(op, DiffOp::Equal { .. }) {
            compared.extend(gone.into_iter().map(Difference::Same));
            continue;
        }
        compared.extend(gone.into_iter().map(Difference::First));
        let come = part(&second, new.start, new.len());
        compared.extend(come.into_iter().map(Difference::Second));
    }
    compared
}

fn lines(recording: &Recording) -> Vec<String> {
    let links = recording.links.iter();
    links
        .flat_map(|link| {
            core::iter::once(format!("link · {}", head(link))).chain(
                link.exchanges
                    .iter()
                    .map(|exchange| format!("  {}", line(exchange))),
            )
        })
        .collect()
}

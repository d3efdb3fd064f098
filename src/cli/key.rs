//! The key of a card on the command line.

use anyhow::{Result, bail};
use cccd_desk::document::{Date, Printed};
use zeroize::Zeroizing;

/// What opens the card: exactly one of these
#[derive(clap::Args)]
pub struct Key {
    /// The text of the card's QR code
    #[arg(long, value_name = "TEXT", group = "key")]
    qr: Option<String>,
    /// The machine readable zone: 90 characters, of a passport 88, of a larger card 72; line breaks
    /// optional
    #[arg(long, value_name = "TEXT", group = "key")]
    mrz: Option<String>,
    /// The document number (the last 9 digits), with --birth-date and --expiry-date
    #[arg(
        long,
        value_name = "N",
        group = "key",
        requires = "birth_date",
        requires = "expiry_date"
    )]
    document_number: Option<String>,
    /// The birth date, such as 1990-01-31
    #[arg(long, value_name = "D", requires = "document_number")]
    birth_date: Option<String>,
    /// The expiry date, such as 2030-01-31
    #[arg(long, value_name = "D", requires = "document_number")]
    expiry_date: Option<String>,
    /// The card access number: the last 6 digits of the personal number
    #[arg(long, value_name = "N", group = "key")]
    can: Option<String>,
}

impl Key {
    /// The key, parsed. The error never repeats what was typed.
    pub fn parse(&self, today: Date) -> Result<Printed> {
        Ok(match self {
            Self { qr: Some(text), .. } => Printed::parse_qr(text)?,
            Self {
                mrz: Some(text), ..
            } => Printed::parse_mrz(text, today)?,
            Self {
                document_number: Some(number),
                birth_date: Some(birth),
                expiry_date: Some(expiry),
                ..
            } => Printed::parse_typed(number, birth, expiry)?,
            Self { can: Some(can), .. } => Printed::parse_can(can)?,
            _ => bail!(
                "a key is needed: --qr TEXT, --mrz TEXT, --can N, or --document-number N with \
                 --birth-date D and --expiry-date D"
            ),
        })
    }

    /// Its kind and its text, for a recording of everything: never for a log or an error.
    pub fn told(&self) -> (&'static str, Zeroizing<String>) {
        let (kind, text) = match self {
            Self { qr: Some(text), .. } => ("qr", text.clone()),
            Self {
                mrz: Some(text), ..
            } => ("mrz", text.clone()),
            Self { can: Some(can), .. } => ("can", can.clone()),
            Self {
                document_number: Some(number),
                birth_date: Some(birth),
                expiry_date: Some(expiry),
                ..
            } => ("typed", format!("{number} {birth} {expiry}")),
            _ => ("", String::new()),
        };
        (kind, Zeroizing::new(text))
    }

    /// The key that [`Self::told`] told, or one like it out of a file.
    pub fn retold(kind: &str, text: &str, today: Date) -> Result<Printed> {
        Ok(match kind {
            "qr" => Printed::parse_qr(text)?,
            "mrz" => Printed::parse_mrz(text, today)?,
            "can" => Printed::parse_can(text)?,
            "typed" => match text.split(' ').collect::<Vec<_>>().as_slice() {
                [number, birth, expiry] => Printed::parse_typed(number, birth, expiry)?,
                _ => bail!("the recording's key is not three fields"),
            },
            _ => bail!("the recording names no kind of key that is known"),
        })
    }
}

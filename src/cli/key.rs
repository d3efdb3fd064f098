//! The key of a card on the command line.

use anyhow::{Result, bail};
use cccd_desk::document::{Date, Printed};

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
}

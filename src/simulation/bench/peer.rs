//! Another reader at the same card: the crate `dmrtd`.

use cccd_port::CardChannel as _;
use cccd_sim::{Persona, Recorder};
use chrono::NaiveDate;
use dmrtd::com::{TransceiveError, Transceiver};
use dmrtd::lds::ef::ElementaryFile as _;
use dmrtd::lds::efcard_access::EfCardAccess;
use dmrtd::passport::Passport;
use dmrtd::proto::access_key::AccessKey;
use dmrtd::proto::can_key::CanKey;
use dmrtd::proto::dba_key::DBAKey;

use crate::chip::FileId;

/// What it is called in the table.
pub const NAME: &str = "dmrtd";

/// How it opens the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// PACE with the card access number.
    Pace,
    /// Basic access control.
    Bac,
}

/// The channel as that crate wants it.
struct Wire<'a>(&'a mut Recorder);

impl Wire<'_> {
    fn once(&mut self, apdu: &[u8]) -> Result<Vec<u8>, TransceiveError> {
        self.0
            .transmit(apdu)
            .map_err(|fault| TransceiveError::new(fault.to_string()))
    }
}

impl Transceiver for Wire<'_> {
    /// The crate leaves it to the wire to fetch what a short response cannot hold (ISO/IEC 7816-4,
    /// 5.3.4).
    fn transceive(&mut self, apdu: &[u8]) -> Result<Vec<u8>, TransceiveError> {
        let mut answer = self.once(apdu)?;
        while let [.., 0x61, available] = answer[..] {
            answer.truncate(answer.len().saturating_sub(2));
            answer.extend(self.once(&[0x00, 0xc0, 0x00, 0x00, available])?);
        }
        Ok(answer)
    }
}

/// Reads what the desk reads, and has the chip authenticate itself actively; the files' lengths.
///
/// # Errors
/// What the crate says.
pub fn read_with_dmrtd(
    channel: &mut Recorder,
    persona: &Persona,
    access: Access,
) -> Result<Vec<(FileId, usize)>, String> {
    let mut passport = Passport::new(Wire(channel));
    match access {
        Access::Pace => {
            let offer = passport.read_ef_card_access().map_err(said)?;
            let key = CanKey::new(persona.can()).map_err(said)?;
            start_pace(&mut passport, key, &offer)?;
        }
        Access::Bac => {
            let mrz = persona.mrz();
            let birth = date(mrz.get(30..36), 1900).ok_or("no birth date")?;
            let expiry = date(mrz.get(38..44), 2000).ok_or("no expiry date")?;
            let number = mrz.get(5..14).ok_or("no document number")?;
            let key = DBAKey::new(number, birth, expiry, false).map_err(said)?;
            passport.start_session(key).map_err(said)?;
        }
    }
    let lengths = [
        (
            FileId::Com,
            passport.read_ef_com().map_err(said)?.to_bytes().len(),
        ),
        (
            FileId::Sod,
            passport.read_ef_sod().map_err(said)?.to_bytes().len(),
        ),
        (
            FileId::Dg(1),
            passport.read_ef_dg1().map_err(said)?.to_bytes().len(),
        ),
        (
            FileId::Dg(2),
            passport.read_ef_dg2().map_err(said)?.to_bytes().len(),
        ),
        (
            FileId::Dg(13),
            passport.read_ef_dg13().map_err(said)?.to_bytes().len(),
        ),
        (
            FileId::Dg(14),
            passport.read_ef_dg14().map_err(said)?.to_bytes().len(),
        ),
        (
            FileId::Dg(15),
            passport.read_ef_dg15().map_err(said)?.to_bytes().len(),
        ),
    ];
    passport
        .verify_active_authentication(b"8 bytes!")
        .map_err(said)?;
    Ok(lengths.to_vec())
}

fn start_pace<K: AccessKey>(
    passport: &mut Passport<Wire<'_>>,
    key: K,
    offer: &EfCardAccess,
) -> Result<(), String> {
    passport.start_session_pace(key, offer).map_err(said)
}

fn said(error: impl core::fmt::Display) -> String {
    error.to_string()
}

fn date(yymmdd: Option<&str>, century: i32) -> Option<NaiveDate> {
    let number = |from: usize| yymmdd?.get(from..from + 2)?.parse::<u32>().ok();
    let year = century.checked_add(i32::try_from(number(0)?).ok()?)?;
    NaiveDate::from_ymd_opt(year, number(2)?, number(4)?)
}

//! Readers by other people, over PC/SC: what they read of our simulated cards must be what the desk
//! reads. They share no code with it and were written against the standard alone.

use std::ffi::CString;

use chrono::NaiveDate;
use dmrtd::com::{TransceiveError, Transceiver};
use dmrtd::lds::ef::ElementaryFile;
use dmrtd::passport::Passport;
use dmrtd::proto::access_key::AccessKey;
use dmrtd::proto::can_key::CanKey;
use dmrtd::proto::dba_key::DBAKey;
use emrtd::EmrtdComms;
use pcsc::{Card, Context, Protocols, ReaderState, Scope, ShareMode, State};

use crate::bench::Bench;

/// The key of basic access control, as it is printed: ICAO 9303-11, 4.3.2.
pub struct PrintedKey<'a> {
    pub document_number: &'a str,
    /// YYMMDD.
    pub birth_date: &'a str,
    /// YYMMDD.
    pub expiry_date: &'a str,
}

impl<'a> PrintedKey<'a> {
    /// Of a machine readable zone of 90 characters (ICAO 9303-5, 4.2).
    pub fn of(mrz: &'a str) -> Self {
        Self {
            document_number: &mrz[5..14],
            birth_date: &mrz[30..36],
            expiry_date: &mrz[38..44],
        }
    }
}

/// EF.COM, EF.SOD and EF.DG1, as read.
#[derive(Debug, PartialEq, Eq)]
pub struct Files {
    pub com: Vec<u8>,
    pub sod: Vec<u8>,
    pub dg1: Vec<u8>,
}

fn connect(slot: u16) -> (Context, Card) {
    let context = Context::establish(Scope::User).unwrap();
    let reader = CString::new(Bench::reader(slot).0).unwrap();
    // The service sees a card a moment after it was laid, and says so.
    let mut states = [ReaderState::new(reader.clone(), State::UNAWARE)];
    while !states[0].event_state().contains(State::PRESENT) {
        let within = std::time::Duration::from_secs(20);
        context.get_status_change(within, &mut states).unwrap();
        states[0].sync_current_state();
    }
    let card = context
        .connect(&reader, ShareMode::Shared, Protocols::T0 | Protocols::T1)
        .unwrap();
    (context, card)
}

/// Reads by the crate `emrtd`, which speaks PC/SC itself.
pub fn read_with_emrtd(slot: u16, key: &PrintedKey<'_>) -> Files {
    let (_context, card) = connect(slot);
    let mut chip = EmrtdComms::new(card);
    chip.select_emrtd_application().unwrap();
    let secret = emrtd::other_mrz(key.document_number, key.birth_date, key.expiry_date).unwrap();
    chip.establish_bac_session_keys(secret.as_bytes()).unwrap();
    let mut read = |file: &[u8; 2], name| {
        chip.select_ef(file, name, true).unwrap();
        chip.read_data_from_ef(true).unwrap()
    };
    Files {
        com: read(b"\x01\x1E", "EF.COM"),
        sod: read(b"\x01\x1D", "EF.SOD"),
        dg1: read(b"\x01\x01", "EF.DG1"),
    }
}

struct Wire(Card);

impl Wire {
    fn once(&self, apdu: &[u8]) -> Result<Vec<u8>, TransceiveError> {
        let mut buffer = vec![0; pcsc::MAX_BUFFER_SIZE_EXTENDED];
        self.0
            .transmit(apdu, &mut buffer)
            .map(<[u8]>::to_vec)
            .map_err(|error| TransceiveError::new(error.to_string()))
    }
}

impl Transceiver for Wire {
    /// The crate leaves it to the wire to fetch what a short response cannot hold (ISO/IEC 7816-4,
    /// 5.3.4): the chip's signature under secure messaging is such a case.
    fn transceive(&mut self, apdu: &[u8]) -> Result<Vec<u8>, TransceiveError> {
        let mut answer = self.once(apdu)?;
        while let [.., 0x61, available] = answer[..] {
            answer.truncate(answer.len() - 2);
            answer.extend(self.once(&[0x00, 0xC0, 0x00, 0x00, available])?);
        }
        Ok(answer)
    }
}

fn date(yymmdd: &str, century: i32) -> NaiveDate {
    let number = |from: usize| yymmdd[from..from + 2].parse::<u32>().unwrap();
    let year = century + i32::try_from(number(0)).unwrap();
    NaiveDate::from_ymd_opt(year, number(2), number(4)).unwrap()
}

/// Reads by the crate `dmrtd`, and has it challenge the chip (ICAO 9303-11, 6.1).
pub fn read_with_dmrtd(slot: u16, key: &PrintedKey<'_>, challenge: &[u8; 8]) -> Files {
    let (_context, card) = connect(slot);
    let mut passport = Passport::new(Wire(card));
    let key = DBAKey::new(
        key.document_number,
        date(key.birth_date, 1900),
        date(key.expiry_date, 2000),
        false,
    )
    .unwrap();
    passport.start_session(key).unwrap();
    files_and_proof(&mut passport, challenge)
}

/// What opens the chip by PACE (ICAO 9303-11, 4.4).
pub enum Password<'a> {
    /// The card access number.
    Can(&'a str),
    /// The printed zone.
    Mrz(&'a PrintedKey<'a>),
}

/// Reads by the crate `dmrtd`, which opens the chip by PACE as EF.CardAccess offers it.
pub fn read_with_dmrtd_by_pace(
    slot: u16,
    password: &Password<'_>,
    challenge: &[u8; 8],
) -> Result<Files, String> {
    fn open<K: AccessKey>(slot: u16, key: K, challenge: &[u8; 8]) -> Result<Files, String> {
        let (_context, card) = connect(slot);
        let mut passport = Passport::new(Wire(card));
        let offer = passport
            .read_ef_card_access()
            .map_err(|error| error.to_string())?;
        passport
            .start_session_pace(key, &offer)
            .map_err(|error| error.to_string())?;
        Ok(files_and_proof(&mut passport, challenge))
    }
    match password {
        Password::Can(can) => open(slot, CanKey::new(can).unwrap(), challenge),
        Password::Mrz(key) => {
            let (birth, expiry) = (date(key.birth_date, 1900), date(key.expiry_date, 2000));
            let key = DBAKey::new(key.document_number, birth, expiry, true).unwrap();
            open(slot, key, challenge)
        }
    }
}

/// What an open chip gives, and that it proves itself (ICAO 9303-11, 6.1).
fn files_and_proof(passport: &mut Passport<Wire>, challenge: &[u8; 8]) -> Files {
    let files = Files {
        com: passport.read_ef_com().unwrap().to_bytes().to_vec(),
        sod: passport.read_ef_sod().unwrap().to_bytes().to_vec(),
        dg1: passport.read_ef_dg1().unwrap().to_bytes().to_vec(),
    };
    passport.verify_active_authentication(challenge).unwrap();
    files
}

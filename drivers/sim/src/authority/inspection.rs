//! The test authority's side of terminal authentication: a country verifying CA in two generations
//! with a link between them, a document verifier, a terminal (BSI TR-03110-3, C and D;
//! ICAO 9303-11, 7.1).

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::EcPoint;
use openssl::pkey::{PKey, Private};
use time::{Date, Duration, Month, OffsetDateTime};

use super::signer::{Hash, Scheme, SigningKey};
use crate::card::cv_certificate::{CvKey, CvScheme, Holder};
use crate::crypto::curve::{Curve, EcKey, Parameters};
use crate::crypto::rsa::RsaKey;
use crate::error::SimError;
use crate::tlv::{constructed, object};

/// `id-IS` without tag and length.
const INSPECTION: [u8; 9] = [0x04, 0x00, 0x7F, 0x00, 0x07, 0x03, 0x01, 0x02, 0x01];
/// The file of the terminal's private key: PKCS#8 in PEM.
pub const KEY_FILE: &str = "terminal.pkcs8";

/// What kind of keys a whole chain has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFamily {
    /// ECDSA with SHA-256 on brainpoolP256r1.
    Elliptic,
    /// RSA 2048, PSS with SHA-256.
    Rsa,
}

/// Somebody who holds a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Party {
    /// The authority's first key, which chips issued before 2025 trust.
    First,
    /// Its second key.
    Second,
    Verifier,
    Terminal,
    /// An authority that no chip knows.
    Stranger,
}

impl Party {
    fn reference(self, family: KeyFamily) -> Vec<u8> {
        let kind = match family {
            KeyFamily::Elliptic => "E",
            KeyFamily::Rsa => "R",
        };
        let (mnemonic, sequence) = match self {
            Self::First => ("TESTCVCA", "00001"),
            Self::Second => ("TESTCVCA", "00002"),
            Self::Verifier => ("TESTDV", "00001"),
            Self::Terminal => ("TESTIS", "00001"),
            Self::Stranger => ("STRANGER", "00001"),
        };
        format!("VN{mnemonic}{kind}{sequence}").into_bytes()
    }

    /// Role and the rights that go with it (TR-03110-3, C.4.1): both data groups for authorities.
    fn authorization(self) -> u8 {
        match self {
            Self::First | Self::Second | Self::Stranger => 0xC3,
            Self::Verifier => 0x83,
            Self::Terminal => 0x03,
        }
    }

    fn key(self, family: KeyFamily) -> Result<SigningKey, SimError> {
        let label = format!("inspection {self:?}");
        Ok(match family {
            KeyFamily::Elliptic => SigningKey::Ec(
                EcKey::from_label(Curve::BrainpoolP256, &label)?,
                Parameters::Explicit,
            ),
            KeyFamily::Rsa => SigningKey::Rsa(RsaKey::from_label(2048, 65_537, &label)?),
        })
    }
}

impl KeyFamily {
    fn scheme(self) -> CvScheme {
        match self {
            Self::Elliptic => CvScheme::ECDSA_SHA256,
            Self::Rsa => CvScheme::PSS_SHA256,
        }
    }
}

/// What is wrong with a terminal's certificates, if anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminalFault {
    /// Its certificate ended yesterday.
    Expired,
    /// Its certificate does not allow fingerprints.
    NoFingerprints,
    /// An authority that no chip knows certified it.
    Stranger,
    /// The document verifier's signature over its certificate is wrong.
    SignatureFlipped,
    /// The key is not that of the certificate.
    OtherKey,
}

/// The authority that chips know which were issued on that day, as they know it.
///
/// # Errors
/// The cryptographic library's.
pub fn authority(family: KeyFamily, issued: Date) -> Result<Holder, SimError> {
    let party = if issued.year() < 2025 {
        Party::First
    } else {
        Party::Second
    };
    let key = match party.key(family)? {
        SigningKey::Ec(key, _) => CvKey::Elliptic(key.curve(), key.public().to_vec()),
        SigningKey::Rsa(key) => CvKey::Rsa(
            key.modulus().to_vec(),
            key.exponent().to_be_bytes().to_vec(),
        ),
    };
    Ok(Holder {
        reference: party.reference(family),
        key,
        scheme: family.scheme(),
        authorization: party.authorization(),
    })
}

/// Six digits, a byte each: YYMMDD (TR-03110-3, D.2.1.3).
#[must_use]
pub fn digits(date: Date) -> [u8; 6] {
    let year = u8::try_from(date.year().rem_euclid(100)).unwrap_or(0);
    let (month, day) = (u8::from(date.month()), date.day());
    [
        year / 10,
        year % 10,
        month / 10,
        month % 10,
        day / 10,
        day % 10,
    ]
}

/// What an operator of a terminal is given, by file name: certificates in `*.cvcert`, each one
/// object `7F21`, and the terminal's private key in `terminal.pkcs8`.
///
/// The first authority's own certificate and the link to its second key, both made for years; the
/// document verifier's for three months and the terminal's for four weeks around `now`.
///
/// # Errors
/// The cryptographic library's.
pub fn terminal_files(
    family: KeyFamily,
    fault: Option<TerminalFault>,
    now: OffsetDateTime,
) -> Result<BTreeMap<String, Vec<u8>>, SimError> {
    use TerminalFault as Fault;
    let today = now.date();
    let day = |year, month| Date::from_calendar_date(year, month, 1);
    let from_now = |days| today.saturating_add(Duration::days(days));
    let first = (day(2021, Month::January)?, day(2025, Month::July)?);
    let second = (day(2025, Month::January)?, day(2040, Month::January)?);
    let verifier = (from_now(-45), from_now(45));
    let terminal = match fault {
        Some(Fault::Expired) => (from_now(-29), from_now(-1)),
        _ => (from_now(-14), from_now(14)),
    };
    let top = match fault {
        Some(Fault::Stranger) => Party::Stranger,
        _ => Party::Second,
    };
    let rights = match fault {
        Some(Fault::NoFingerprints) => 0x00,
        _ => Party::Terminal.authorization(),
    };
    let make = |issuer: Party, holder: Party, bits: u8, dates: (Date, Date)| {
        certificate(family, issuer, holder, bits, dates)
    };
    let authority = Party::First.authorization();
    let mut files = BTreeMap::new();
    if top == Party::Stranger {
        let own = make(top, top, authority, second)?;
        files.insert("cvca.cvcert".to_owned(), own);
    } else {
        let own = make(Party::First, Party::First, authority, first)?;
        files.insert("cvca.cvcert".to_owned(), own);
        let link = make(Party::First, Party::Second, authority, second)?;
        files.insert("link.cvcert".to_owned(), link);
    }
    let bits = Party::Verifier.authorization();
    files.insert(
        "dv.cvcert".to_owned(),
        make(top, Party::Verifier, bits, verifier)?,
    );
    let mut own = make(Party::Verifier, Party::Terminal, rights, terminal)?;
    if fault == Some(Fault::SignatureFlipped) {
        own.last_mut().into_iter().for_each(|byte| *byte ^= 0x01);
    }
    files.insert("terminal.cvcert".to_owned(), own);
    let holder = match fault {
        Some(Fault::OtherKey) => Party::Stranger,
        _ => Party::Terminal,
    };
    files.insert(KEY_FILE.to_owned(), private_key(&holder.key(family)?)?);
    Ok(files)
}

/// Writes these files; the private key is its owner's alone.
///
/// # Errors
/// The folder's or the cryptographic library's.
pub fn write_terminal(
    folder: &Path,
    family: KeyFamily,
    fault: Option<TerminalFault>,
    now: OffsetDateTime,
) -> Result<(), SimError> {
    fs::create_dir_all(folder)?;
    for (name, content) in terminal_files(family, fault, now)? {
        let path = folder.join(&name);
        fs::write(&path, content)?;
        if name == KEY_FILE {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(())
}

/// PKCS#8 in PEM.
fn private_key(key: &SigningKey) -> Result<Vec<u8>, SimError> {
    let key: PKey<Private> = match key {
        SigningKey::Ec(key, _) => {
            let group = key.curve().group()?;
            let mut ctx = BigNumContext::new()?;
            let point = EcPoint::from_bytes(&group, key.public(), &mut ctx)?;
            let scalar = BigNum::from_slice(key.scalar())?;
            let key = openssl::ec::EcKey::from_private_components(&group, &scalar, &point)?;
            PKey::from_ec_key(key)?
        }
        SigningKey::Rsa(key) => PKey::from_rsa(key.to_library()?)?,
    };
    Ok(key.private_key_to_pem_pkcs8()?)
}

/// A certificate (TR-03110-3, C.1).
fn certificate(
    family: KeyFamily,
    issuer: Party,
    holder: Party,
    bits: u8,
    (effective, expiry): (Date, Date),
) -> Result<Vec<u8>, SimError> {
    let template = [object(0x06, &INSPECTION), object(0x53, &[bits])];
    let body = constructed(
        0x7F4E,
        &[
            object(0x5F29, &[0]),
            object(0x42, &issuer.reference(family)),
            public_key(family, &holder.key(family)?, bits >> 6 == 0b11)?,
            object(0x5F20, &holder.reference(family)),
            constructed(0x7F4C, &template),
            object(0x5F25, &digits(effective)),
            object(0x5F24, &digits(expiry)),
        ],
    );
    let signature = match issuer.key(family)? {
        SigningKey::Ec(key, _) => {
            let (r, s) = key.sign(&Hash::Sha256.digest(&body)?)?;
            [r, s].concat()
        }
        key => key.sign(Scheme::Pss(Hash::Sha256), &body)?,
    };
    Ok(constructed(0x7F21, &[body, object(0x5F37, &signature)]))
}

/// A public key: with domain parameters in an authority's certificate, without them below
/// (TR-03110-3, D.3.3).
fn public_key(family: KeyFamily, key: &SigningKey, whole: bool) -> Result<Vec<u8>, SimError> {
    let mut fields = vec![object(0x06, &family.scheme().protocol())];
    match key {
        SigningKey::Rsa(key) => {
            fields.push(object(0x81, key.modulus()));
            let exponent = key.exponent().to_be_bytes();
            let digits: Vec<u8> = exponent.into_iter().skip_while(|byte| *byte == 0).collect();
            fields.push(object(0x82, &digits));
        }
        SigningKey::Ec(key, _) if whole => {
            let [p, a, b, generator, order, cofactor] = key.curve().numbers()?;
            for (tag, value) in (0x81..).zip([&p, &a, &b, &generator, &order]) {
                fields.push(object(tag, value));
            }
            fields.push(object(0x86, key.public()));
            fields.push(object(0x87, &cofactor));
        }
        SigningKey::Ec(key, _) => fields.push(object(0x86, key.public())),
    }
    Ok(constructed(0x7F49, &fields))
}

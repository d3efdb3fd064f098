//! Password authenticated connection establishment (ICAO 9303-11, 4.4; BSI TR-03110-3, B.1).

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::ChipError;
use super::secure_messaging::SecureMessaging;
use crate::codec::tlv::{Header, encode};
use crate::crypto::agreement::{Generator, Group, KeyFault, same_key};
use crate::crypto::kdf::{self, Cipher, Purpose};
use crate::crypto::random::Random;
use crate::crypto::symmetric::SymmetricKey;
use crate::document::Personal;
use crate::transport::{Command, Link, Response, StatusWord};

/// Dynamic authentication data.
const DYNAMIC: u32 = 0x7c;
/// Bytes of a nonce: the standard's 16, or 32.
const NONCES: [usize; 2] = [16, 32];
/// Public key data object.
const PUBLIC_KEY: u32 = 0x7f49;

/// How the nonce becomes domain parameters (ICAO 9303-11, 4.4.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mapping {
    /// Generic.
    Generic,
    /// Integrated (ICAO 9303-11, 4.4.3.3.2).
    Integrated,
    /// Generic, and the chip proves its static key (ICAO 9303-11, 4.4.3.3.3).
    ChipAuthentication,
}

/// One offer of the chip that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaceOffer {
    /// The protocol: the value of its object identifier.
    pub protocol: Vec<u8>,
    /// How the nonce is mapped.
    pub mapping: Mapping,
    /// The cipher.
    pub cipher: Cipher,
    /// The domain parameters.
    pub group: Group,
    /// Their number, where the chip gave one.
    pub parameter_id: Option<u8>,
    /// Whether the chip has several for this protocol and must be told which is meant.
    pub parameters_named: bool,
}

/// What the person's card is opened with (ICAO 9303-11, 4.4.4.1 and 9.7.3).
#[derive(Clone, Debug)]
pub enum PacePassword {
    /// The MRZ information.
    Mrz(Personal<Vec<u8>>),
    /// The card access number, six digits.
    Can(Personal<Vec<u8>>),
}

impl PacePassword {
    const fn reference(&self) -> u8 {
        match self {
            Self::Mrz(_) => 1,
            Self::Can(_) => 2,
        }
    }

    /// K_π (ICAO 9303-11, 9.7.3).
    fn key(&self, cipher: Cipher) -> Result<SymmetricKey, ChipError> {
        let secret = match self {
            Self::Mrz(information) => kdf::pace_password(information.reveal()),
            Self::Can(digits) => Zeroizing::new(digits.reveal().clone()),
        };
        Ok(kdf::derive(&secret, Purpose::Password, cipher)?)
    }
}

/// What comes of PACE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Established {
    /// Secure messaging under the new keys.
    pub messaging: SecureMessaging,
    /// The chip's ephemeral public key: its identity in terminal authentication.
    pub chip_key: Vec<u8>,
    /// Our ephemeral public key.
    pub terminal_key: Vec<u8>,
    /// The chip's public key of the mapping, PK_Map,IC.
    pub mapping_key: Vec<u8>,
    /// A_IC, decrypted: CA_IC. None where the mapping has none, or the chip left it out.
    pub chip_data: Option<Personal<Vec<u8>>>,
    /// The certification authorities that the chip trusts, DO 87 and DO 88.
    pub authorities: Vec<Vec<u8>>,
}

/// Runs PACE with one password.
///
/// # Errors
/// [`ChipError::KeyWrong`], [`ChipError::Blocked`] and whatever an honest or dishonest chip does.
pub fn establish(
    link: &mut Link<'_>,
    offer: &PaceOffer,
    password: &PacePassword,
    random: &mut dyn Random,
) -> Result<Established, ChipError> {
    set_authentication_template(link, offer, password)?;
    let encrypted = step(link, offer, &[], 0x80)?;
    if !is_nonce(offer, encrypted.len()) {
        return Err(ChipError::PaceData("nonce"));
    }
    let nonce = password.key(offer.cipher)?.decrypt(&encrypted)?;
    let (mapped, mapping_key) = map(link, offer, &nonce, random)?;

    let own = mapped.generate(random)?;
    let chip_key = step(link, offer, &encode(0x83, &own.public), 0x84)?;
    refuse_reflected(&own.public, &chip_key)?;
    let shared = mapped.agree(&own.private, &chip_key).map_err(key_fault)?;
    let encryption = kdf::derive(&shared, Purpose::Encryption, offer.cipher)?;
    let mac = kdf::derive(&shared, Purpose::Mac, offer.cipher)?;

    let terminal_token = token(&mac, offer, &mapped, &chip_key)?;
    let objects = mutual_authentication(link, offer, &terminal_token)?;
    let expected = token(&mac, offer, &mapped, &own.public)?;
    if !bool::from(objects.token.ct_eq(&expected)) {
        return Err(ChipError::PaceToken);
    }
    let chip_data = match (offer.mapping, objects.chip_data) {
        (Mapping::Generic | Mapping::Integrated, Some(_)) => {
            return Err(ChipError::PaceData("tag 8A"));
        }
        (Mapping::ChipAuthentication, Some(data)) => chip_data(&encryption, &data),
        (_, None) => None,
    };
    Ok(Established {
        messaging: SecureMessaging::new(encryption, mac, 0),
        chip_key,
        terminal_key: own.public,
        mapping_key,
        chip_data,
        authorities: objects.authorities,
    })
}

/// Whether a nonce of so many bytes is one: for the integrated mapping at least as long as a key, in
/// whole blocks (ICAO 9303-11, 4.4.3.3.2).
fn is_nonce(offer: &PaceOffer, length: usize) -> bool {
    match offer.mapping {
        Mapping::Integrated => length == offer.cipher.key_length().next_multiple_of(16),
        Mapping::Generic | Mapping::ChipAuthentication => NONCES.contains(&length),
    }
}

/// The mapping of the nonce: the ephemeral domain parameters, and PK_Map,IC where there is one.
fn map(
    link: &mut Link<'_>,
    offer: &PaceOffer,
    nonce: &[u8],
    random: &mut dyn Random,
) -> Result<(Generator, Vec<u8>), ChipError> {
    if offer.mapping == Mapping::Integrated {
        // The terminal's nonce t goes out, an empty object comes back.
        let mut own = vec![0; offer.cipher.key_length()];
        random.fill(&mut own)?;
        let answer = general_authenticate(link, offer, true, &encode(0x81, &own))?;
        if !answer.status.is_normal() {
            return Err(ChipError::PaceRefused(answer.status));
        }
        match objects(&answer.data)?.as_slice() {
            [] => {}
            [(0x82, value)] if value.is_empty() => {}
            _ => return Err(ChipError::PaceData("mapping data")),
        }
        let mapped = offer.group.map_integrated(nonce, &own, offer.cipher);
        return Ok((mapped.map_err(key_fault)?, Vec::new()));
    }
    let generator = offer.group.generator()?;
    let own = generator.generate(random)?;
    let mapping_key = step(link, offer, &encode(0x81, &own.public), 0x82)?;
    refuse_reflected(&own.public, &mapping_key)?;
    let mapped = generator
        .map_generic(nonce, &own.private, &mapping_key)
        .map_err(key_fault)?;
    Ok((mapped, mapping_key))
}

/// MSE:Set AT (ICAO 9303-11, 4.4.4.1). The number of the domain parameters goes along where the
/// chip has several, and where it asks for it: some want it always, and some never.
fn set_authentication_template(
    link: &mut Link<'_>,
    offer: &PaceOffer,
    password: &PacePassword,
) -> Result<(), ChipError> {
    let mut status = StatusWord::NORMAL;
    for named in [offer.parameters_named, !offer.parameters_named] {
        let mut data = encode(0x80, &offer.protocol);
        data.extend(encode(0x83, &[password.reference()]));
        match offer.parameter_id.filter(|_| named) {
            Some(id) => data.extend(encode(0x84, &[id])),
            None if named => break,
            None => {}
        }
        let command = Command::new(0x00, 0x22, 0xc1, 0xa4).with_data(data);
        status = link.transmit(&command)?.status;
        if !matches!(status, StatusWord(0x6a80) | StatusWord::REFERENCE_NOT_FOUND) {
            break;
        }
    }
    match status {
        StatusWord::NORMAL | StatusWord(0x63c1..=0x63cf) => Ok(()),
        StatusWord(0x63c0) | StatusWord::AUTHENTICATION_METHOD_BLOCKED => {
            Err(ChipError::Blocked(status))
        }
        status => Err(ChipError::PaceRefused(status)),
    }
}

/// One GENERAL AUTHENTICATE but the last, and the value of the one object that it brings
/// (ICAO 9303-11, 4.4.4.2).
fn step(
    link: &mut Link<'_>,
    offer: &PaceOffer,
    data: &[u8],
    due: u32,
) -> Result<Vec<u8>, ChipError> {
    let response = general_authenticate(link, offer, true, data)?;
    if !response.status.is_normal() {
        return Err(ChipError::PaceRefused(response.status));
    }
    let mut found = objects(&response.data)?.into_iter();
    match (found.next(), found.next()) {
        (Some((tag, value)), None) if tag == due => Ok(value),
        _ => Err(ChipError::PaceData("object of another tag")),
    }
}

fn general_authenticate(
    link: &mut Link<'_>,
    offer: &PaceOffer,
    more: bool,
    data: &[u8],
) -> Result<Response, ChipError> {
    let class = if more { 0x10 } else { 0x00 };
    let command = Command::new(class, 0x86, 0, 0).with_data(encode(DYNAMIC, data));
    // A key of 2,048 bits fits no short command and no short response; chips with such groups know
    // extended length (ICAO 9303-11, 4.4.4.2).
    let command = if more && offer.group.public_length() > 0xf0 && !data.is_empty() {
        command.extended().expecting(0x1_0000)
    } else {
        command.expecting(0x100)
    };
    Ok(link.transmit(&command)?)
}

/// What the last GENERAL AUTHENTICATE brings.
struct LastObjects {
    token: Vec<u8>,
    chip_data: Option<Vec<u8>>,
    authorities: Vec<Vec<u8>>,
}

fn mutual_authentication(
    link: &mut Link<'_>,
    offer: &PaceOffer,
    token: &[u8],
) -> Result<LastObjects, ChipError> {
    let response = general_authenticate(link, offer, false, &encode(0x85, token))?;
    match response.status {
        StatusWord::NORMAL => {}
        StatusWord(0x63c0) | StatusWord::AUTHENTICATION_METHOD_BLOCKED => {
            return Err(ChipError::Blocked(response.status));
        }
        StatusWord(0x6300 | 0x6982 | 0x63c1..=0x63cf) => {
            return Err(ChipError::KeyWrong(response.status));
        }
        status => return Err(ChipError::PaceRefused(status)),
    }
    let (mut token, mut chip_data, mut authorities) = (None, None, Vec::new());
    for (tag, value) in objects(&response.data)? {
        match tag {
            0x86 if token.is_none() => token = Some(value),
            0x87 | 0x88 if authorities.len() < 2 => authorities.push(value),
            0x8a if chip_data.is_none() => chip_data = Some(value),
            _ => return Err(ChipError::PaceData("object of another tag")),
        }
    }
    Ok(LastObjects {
        token: token.ok_or(ChipError::PaceData("no token"))?,
        chip_data,
        authorities,
    })
}

/// The objects in the dynamic authentication data, which are all that the response holds.
fn objects(data: &[u8]) -> Result<Vec<(u32, Vec<u8>)>, ChipError> {
    let malformed = ChipError::PaceData("no data objects");
    let outer = Header::read(data, 0).map_err(|_| malformed)?;
    if outer.tag != DYNAMIC || outer.total() != data.len() {
        return Err(malformed);
    }
    let mut rest = data.get(outer.length..).ok_or(malformed)?;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let header = Header::read(rest, 0).map_err(|_| malformed)?;
        let (object, after) = rest.split_at_checked(header.total()).ok_or(malformed)?;
        let value = object.get(header.length..).ok_or(malformed)?;
        found.push((header.tag, value.to_vec()));
        rest = after;
    }
    Ok(found)
}

/// A token over the other side's public key (ICAO 9303-11, 4.4.3.4).
fn token(
    mac: &SymmetricKey,
    offer: &PaceOffer,
    generator: &Generator,
    public: &[u8],
) -> Result<[u8; 8], ChipError> {
    let tag = match generator.group() {
        Group::Ec(_) => 0x86,
        Group::Dh(_) => 0x84,
    };
    let value = [encode(0x06, &offer.protocol), encode(tag, public)].concat();
    Ok(mac.mac(&encode(PUBLIC_KEY, &value))?)
}

/// CA_IC of A_IC: decrypted under K_Enc with E(K_Enc, −1) as initialisation vector, padding removed
/// (ICAO 9303-11, 4.4.3.5.1). What does not decrypt is none.
fn chip_data(encryption: &SymmetricKey, data: &[u8]) -> Option<Personal<Vec<u8>>> {
    let SymmetricKey::Aes(key) = encryption else {
        return None;
    };
    let vector = key.encrypt_block(&[0xff; 16]).ok()?;
    let padded = key.decrypt_cbc(&vector, data).ok()?;
    let plain = crate::crypto::des::unpad_from(&padded, 16)?;
    Some(Personal::new(plain.to_vec()))
}

fn refuse_reflected(own: &[u8], other: &[u8]) -> Result<(), ChipError> {
    if same_key(own, other) {
        Err(ChipError::PaceKeyReflected)
    } else {
        Ok(())
    }
}

fn key_fault(fault: KeyFault) -> ChipError {
    match fault {
        KeyFault::Encoding => ChipError::PaceData("public key"),
        KeyFault::Invalid => ChipError::PaceKeyInvalid,
        KeyFault::Crypto(fault) => ChipError::Crypto(fault),
    }
}

//! PACE, the chip's side (ICAO 9303-11, 4.4; BSI TR-03110-3, A.3 and B.1).

use openssl::error::ErrorStack;
use openssl::sha::sha1;

use super::apdu::{Command, Response, StatusWord};
use super::faults::{PaceFault, PublicKeyFault};
use super::messaging::{Session, SessionKeys};
use super::random::Randomness;
use crate::crypto::domain::Domain;
use crate::crypto::pad;
use crate::crypto::suite::{SecretKey, Suite};
use crate::der;
use crate::tlv::{self, constructed, object};

/// How the nonce is mapped to a generator (ICAO 9303-11, 4.4.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mapping {
    /// Generic mapping.
    Generic,
    /// Integrated mapping.
    Integrated,
    /// Generic mapping, with proof of the chip's static key.
    ChipAuthentication,
}

/// What a chip offers: protocol and standardised domain parameters (ICAO 9303-11, 9.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The mapping.
    pub mapping: Mapping,
    /// The cipher.
    pub suite: Suite,
    /// The number of the domain parameters.
    pub parameters: u8,
}

impl Offer {
    /// What the citizen card offers: generic mapping, AES-128, brainpoolP256r1.
    pub const CITIZEN: Self = Self {
        mapping: Mapping::Generic,
        suite: Suite::Aes128,
        parameters: 13,
    };

    /// The protocol's object identifier, dotted.
    #[must_use]
    pub fn protocol(&self) -> String {
        let curve = self.parameters > 2;
        let mapping = match self.mapping {
            Mapping::Generic if curve => 2,
            Mapping::Generic => 1,
            Mapping::Integrated if curve => 4,
            Mapping::Integrated => 3,
            Mapping::ChipAuthentication => 6,
        };
        let cipher = match self.suite {
            Suite::TripleDes => 1,
            Suite::Aes128 => 2,
            Suite::Aes192 => 3,
            Suite::Aes256 => 4,
        };
        format!("0.4.0.127.0.7.2.2.4.{mapping}.{cipher}")
    }

    /// Length of the nonce: the block's, or for integrated mapping the least whole number of
    /// blocks that a key has (ICAO 9303-11, 4.4.3.3.2).
    fn nonce_length(&self) -> usize {
        match (self.mapping, self.suite) {
            (Mapping::Integrated, Suite::Aes192 | Suite::Aes256) => 32,
            _ => 16,
        }
    }
}

/// How a chip is opened with PACE.
#[derive(Clone, Default)]
pub struct PaceAccess {
    /// What it offers.
    pub offers: Vec<Offer>,
    /// The printed data: SHA-1 over document number, birth date and expiry date, each with its
    /// check digit (ICAO 9303-11, 4.4.4.1).
    pub mrz: Option<Vec<u8>>,
    /// The card access number's characters.
    pub can: Option<Vec<u8>>,
    /// After so many wrong tokens in a row the password is blocked; `None` never blocks.
    pub tries: Option<u8>,
    /// The private key behind EF.CardSecurity, for chip authentication mapping.
    pub chip_key: Option<Vec<u8>>,
}

impl PaceAccess {
    /// A chip that opens with printed data and card access number.
    #[must_use]
    pub fn new(offers: &[Offer], mrz_information: &str, can: &str) -> Self {
        Self {
            offers: offers.to_vec(),
            mrz: Some(sha1(mrz_information.as_bytes()).to_vec()),
            can: Some(can.as_bytes().to_vec()),
            tries: None,
            chip_key: None,
        }
    }
}

/// A run of the protocol between two commands.
pub(super) struct Running {
    offer: Offer,
    standard: Domain,
    password: SecretKey,
    step: Step,
}

enum Step {
    Nonce,
    Map {
        nonce: Vec<u8>,
    },
    Agree {
        mapped: Domain,
        /// The private key of the mapping, and its public one.
        mapping: Option<(Vec<u8>, Vec<u8>)>,
    },
    Token {
        keys: SessionKeys,
        theirs: Vec<u8>,
        ours: Vec<u8>,
        mapping: Option<(Vec<u8>, Vec<u8>)>,
    },
}

/// What a command of the protocol ends in.
pub(super) enum Progress {
    /// The answer, and what comes next.
    Next(Vec<u8>, Box<Running>),
    /// The answer, and the session that it opens.
    Opened(Vec<u8>, Session),
    /// The token is wrong.
    WrongToken,
    /// Another status word; the run is over.
    Refused(StatusWord),
}

impl Running {
    /// MSE:Set AT (ICAO 9303-11, 4.4.4.1): protocol, password, and domain parameters where the
    /// choice is not clear.
    pub(super) fn start(access: &PaceAccess, data: &[u8]) -> Result<Self, StatusWord> {
        let wrong = StatusWord::WRONG_DATA;
        let objects = tlv::split(data).ok_or(wrong)?;
        if objects
            .iter()
            .any(|object| !matches!(object.tag, 0x80 | 0x83 | 0x84))
        {
            return Err(wrong);
        }
        let protocol = tlv::find(&objects, 0x80).ok_or(wrong)?;
        let parameters = match tlv::find(&objects, 0x84) {
            Some([id]) => Some(*id),
            Some(_) => return Err(wrong),
            None => None,
        };
        let mut fitting = access.offers.iter().filter(|offer| {
            let known = der::oid(&offer.protocol());
            known.get(2..) == Some(protocol) && parameters.is_none_or(|id| id == offer.parameters)
        });
        let offer = *fitting.next().ok_or(wrong)?;
        if fitting.next().is_some() {
            return Err(wrong);
        }
        let password = match tlv::find(&objects, 0x83) {
            Some([0x01]) => access.mrz.as_ref(),
            Some([0x02]) => access.can.as_ref(),
            _ => return Err(wrong),
        };
        let password = password.ok_or(StatusWord::NOT_REFERENCED)?;
        let standard = Domain::standardized(offer.parameters)
            .ok()
            .flatten()
            .ok_or(wrong)?;
        Ok(Self {
            password: offer.suite.derive(password, 3),
            offer,
            standard,
            step: Step::Nonce,
        })
    }

    /// GENERAL AUTHENTICATE (ICAO 9303-11, 4.4.4.2): the next of the four steps.
    ///
    /// # Errors
    /// The cryptographic library's.
    pub(super) fn proceed(
        self,
        access: &PaceAccess,
        command: &Command,
        random: &mut dyn Randomness,
        faults: &Faults,
    ) -> Result<Progress, ErrorStack> {
        let chained = command.cla & 0x10 != 0;
        if chained == matches!(self.step, Step::Token { .. }) {
            return Ok(Progress::Refused(StatusWord::LAST_EXPECTED));
        }
        let expected = match self.step {
            Step::Nonce => None,
            Step::Map { .. } => Some(0x81),
            Step::Agree { .. } => Some(0x83),
            Step::Token { .. } => Some(0x85),
        };
        let Some(sent) = dynamic(&command.data, expected) else {
            return Ok(Progress::Refused(StatusWord::WRONG_DATA));
        };
        let Self {
            offer,
            standard,
            password,
            step,
        } = self;
        let next = |step, standard| {
            Box::new(Self {
                offer,
                standard,
                password: password.clone(),
                step,
            })
        };
        Ok(match step {
            Step::Nonce => {
                let mut nonce = vec![0; offer.nonce_length()];
                random.fill(&mut nonce);
                let mut cryptogram = password.encrypt(&[0; 16], &nonce)?;
                for fault in &faults.0 {
                    match fault {
                        PaceFault::NonceLength(length) => cryptogram.resize(*length, 0xA5),
                        PaceFault::NonceFlipped => flip(&mut cryptogram),
                        _ => {}
                    }
                }
                let answer = faults.answer(0x80, &cryptogram);
                Progress::Next(answer, next(Step::Map { nonce }, standard))
            }
            Step::Map { nonce } if offer.mapping == Mapping::Integrated => {
                let mapped = standard.map_integrated(&nonce, &sent, offer.suite)?;
                let step = Step::Agree {
                    mapped,
                    mapping: None,
                };
                Progress::Next(faults.answer(0x82, &[]), next(step, standard))
            }
            Step::Map { nonce } => {
                if !standard.holds(&sent) {
                    return Ok(Progress::Refused(StatusWord::AUTHENTICATION_FAILED));
                }
                let (private, public) = pair(&standard, random)?;
                let mapped = standard.map_generic(&nonce, &private, &sent)?;
                let said = faults.public_key(true, &standard, &public, &sent);
                let step = Step::Agree {
                    mapped,
                    mapping: Some((private, public)),
                };
                Progress::Next(faults.answer(0x82, &said), next(step, standard))
            }
            Step::Agree { mapped, mapping } => {
                let (private, public) = pair(&mapped, random)?;
                let reflected = mapping.as_ref().is_some_and(|(_, known)| *known == sent);
                if !mapped.holds(&sent) || public == sent || reflected {
                    return Ok(Progress::Refused(StatusWord::AUTHENTICATION_FAILED));
                }
                let secret = mapped.agree(&private, &sent)?;
                let said = faults.public_key(false, &mapped, &public, &sent);
                let step = Step::Token {
                    keys: SessionKeys::derive(offer.suite, &secret),
                    theirs: sent,
                    ours: said.clone(),
                    mapping,
                };
                Progress::Next(faults.answer(0x84, &said), next(step, standard))
            }
            Step::Token {
                keys,
                theirs,
                ours,
                mapping,
            } => {
                let authentication = keys.authentication();
                if sent != token(&offer, authentication, &standard, &ours)? {
                    return Ok(Progress::WrongToken);
                }
                let mut own = token(&offer, authentication, &standard, &theirs)?.to_vec();
                for fault in &faults.0 {
                    match fault {
                        PaceFault::TokenFlipped => {
                            own.last_mut().into_iter().for_each(|byte| *byte ^= 1);
                        }
                        PaceFault::TokenReflected => own.clone_from(&sent),
                        PaceFault::TokenTruncated => own.truncate(4),
                        _ => {}
                    }
                }
                let mut objects = vec![object(faults.tag(0x86), &own)];
                let proof = chip_data(&offer, access, &standard, &keys, mapping, faults)?;
                objects.extend(proof.map(|proof| object(0x8A, &proof)));
                let answer = constructed(0x7C, &objects);
                Progress::Opened(answer, Session::fresh(keys))
            }
        })
    }
}

/// The content of the dynamic authentication data object: what stands under the one tag expected.
fn dynamic(data: &[u8], expected: Option<u32>) -> Option<Vec<u8>> {
    let (outer, rest) = tlv::first(data)?;
    if outer.tag != 0x7C || !rest.is_empty() {
        return None;
    }
    match (tlv::split(outer.value)?.as_slice(), expected) {
        ([], None) => Some(Vec::new()),
        ([only], Some(tag)) if only.tag == tag => Some(only.value.to_vec()),
        _ => None,
    }
}

/// A new pair of keys: private, public.
fn pair(domain: &Domain, random: &mut dyn Randomness) -> Result<(Vec<u8>, Vec<u8>), ErrorStack> {
    let mut seed = vec![0; domain.seed_length()?];
    random.fill(&mut seed);
    let private = domain.private_key(&seed)?;
    let public = domain.public_key(&private)?;
    Ok((private, public))
}

/// An authentication token over the other's public key (ICAO 9303-11, 4.4.3.4 and 9.4).
fn token(
    offer: &Offer,
    key: &SecretKey,
    domain: &Domain,
    public: &[u8],
) -> Result<[u8; 8], ErrorStack> {
    let tag = if domain.is_curve() { 0x86 } else { 0x84 };
    let data = [der::oid(&offer.protocol()), object(tag, public)];
    key.token(&constructed(0x7F49, &data))
}

/// The encrypted chip authentication data (ICAO 9303-11, 4.4.3.5), where the mapping has it.
fn chip_data(
    offer: &Offer,
    access: &PaceAccess,
    standard: &Domain,
    keys: &SessionKeys,
    mapping: Option<(Vec<u8>, Vec<u8>)>,
    faults: &Faults,
) -> Result<Option<Vec<u8>>, ErrorStack> {
    let chosen = offer.mapping == Mapping::ChipAuthentication;
    if faults.has(PaceFault::ChipDataMissing) || !(chosen || faults.has(PaceFault::ChipDataExtra)) {
        return Ok(None);
    }
    let (Some(key), Some((private, _))) = (&access.chip_key, mapping) else {
        return Ok(faults.has(PaceFault::ChipDataExtra).then(|| vec![0xA5; 48]));
    };
    let mut data = standard.quotient(&private, key)?;
    if faults.has(PaceFault::ChipDataWrong) {
        flip(&mut data);
    }
    let encryption = keys.encryption();
    let vector = encryption.vector(&[0xFF; 16])?;
    let mut sealed = encryption.encrypt(&vector, &pad::pad(&data, 16))?;
    if faults.has(PaceFault::ChipDataCut) {
        sealed.truncate(sealed.len().saturating_sub(16));
    }
    Ok(Some(sealed))
}

/// What this chip does wrong in the protocol.
pub(super) struct Faults(pub(super) Vec<PaceFault>);

impl Faults {
    fn has(&self, fault: PaceFault) -> bool {
        self.0.contains(&fault)
    }

    fn tag(&self, tag: u32) -> u32 {
        let wrong = self
            .0
            .iter()
            .any(|fault| matches!(fault, PaceFault::Tag(known) if u32::from(*known) == tag));
        if wrong { tag + 0x10 } else { tag }
    }

    fn answer(&self, tag: u32, value: &[u8]) -> Vec<u8> {
        object(0x7C, &object(self.tag(tag), value))
    }

    /// The public key that goes out in place of `own`.
    fn public_key(&self, mapping: bool, domain: &Domain, own: &[u8], theirs: &[u8]) -> Vec<u8> {
        let fault = self.0.iter().find_map(|fault| match fault {
            PaceFault::MappingKey(fault) if mapping => Some(*fault),
            PaceFault::AgreementKey(fault) if !mapping => Some(*fault),
            _ => None,
        });
        let small = |last: u8| {
            let mut out = vec![0; own.len()];
            out.last_mut().into_iter().for_each(|byte| *byte = last);
            out
        };
        match fault {
            None => own.to_vec(),
            Some(PublicKeyFault::OffCurve) => {
                let mut out = own.to_vec();
                out.last_mut().into_iter().for_each(|byte| *byte ^= 1);
                out
            }
            Some(PublicKeyFault::Zero) => small(0),
            Some(PublicKeyFault::ZeroPoint) => {
                let mut out = small(0);
                out.first_mut().into_iter().for_each(|byte| *byte = 4);
                out
            }
            Some(PublicKeyFault::One) => small(1),
            Some(PublicKeyFault::Two) => small(2),
            Some(PublicKeyFault::MinusOne) => domain.minus_one().unwrap_or_default(),
            Some(PublicKeyFault::Infinity) => vec![0],
            Some(PublicKeyFault::Compressed) => own
                .iter()
                .take(own.len() / 2 + 1)
                .enumerate()
                .map(|(at, byte)| {
                    if at == 0 {
                        2 | own.last().map_or(0, |y| y & 1)
                    } else {
                        *byte
                    }
                })
                .collect(),
            Some(PublicKeyFault::Reflected) => theirs.to_vec(),
        }
    }
}

fn flip(bytes: &mut [u8]) {
    if let Some(first) = bytes.first_mut() {
        *first ^= 0x01;
    }
}

impl super::SimCard {
    /// MANAGE SECURITY ENVIRONMENT: Set AT for mutual authentication (ICAO 9303-11, 4.4.4.1).
    pub(super) fn set_pace(&mut self, command: &Command) -> Response {
        self.pace = None;
        let Some(access) = &self.chip.pace else {
            return StatusWord::INSTRUCTION.into();
        };
        let plain = matches!(self.security, super::Security::Plain { .. });
        if !plain || self.selected != super::Selected::Master {
            return StatusWord::CONDITIONS.into();
        }
        match Running::start(access, &command.data) {
            Err(status) => status.into(),
            Ok(_) if access.tries.is_some_and(|tries| self.wrong_tokens >= tries) => {
                StatusWord::BLOCKED.into()
            }
            Ok(running) => {
                self.forget_occasions();
                self.pace = Some(Box::new(running));
                Response::ok(Vec::new())
            }
        }
    }

    /// GENERAL AUTHENTICATE within PACE.
    pub(super) fn general_authenticate_pace(
        &mut self,
        running: Box<Running>,
        command: &Command,
    ) -> Response {
        let Some(access) = &self.chip.pace else {
            return StatusWord::CONDITIONS.into();
        };
        self.work = match running.step {
            Step::Nonce => super::Work::None,
            Step::Map { .. } if running.offer.mapping == Mapping::Integrated => {
                super::Work::PaceAgree
            }
            Step::Map { .. } => super::Work::PaceMap,
            Step::Agree { .. } => super::Work::PaceAgree,
            Step::Token { .. } => match running.offer.mapping {
                Mapping::ChipAuthentication => super::Work::PaceChipData,
                _ => super::Work::None,
            },
        };
        let faults = Faults(
            self.chip
                .faults
                .iter()
                .filter_map(|fault| match fault {
                    super::ChipFault::Pace(fault) => Some(*fault),
                    _ => None,
                })
                .collect(),
        );
        match running.proceed(access, command, self.random.as_mut(), &faults) {
            Ok(Progress::Next(answer, next)) => {
                self.pace = Some(next);
                Response::ok(answer)
            }
            Ok(Progress::Opened(answer, session)) => {
                self.wrong_tokens = 0;
                self.paced = true;
                self.security = super::Security::Opened(session);
                Response::ok(answer)
            }
            Ok(Progress::WrongToken) => {
                self.wrong_tokens = self.wrong_tokens.saturating_add(1);
                match access.tries {
                    None => StatusWord::AUTHENTICATION_FAILED,
                    Some(tries) => StatusWord::tries(tries.saturating_sub(self.wrong_tokens)),
                }
                .into()
            }
            Ok(Progress::Refused(status)) => status.into(),
            Err(_) => StatusWord::FAILURE.into(),
        }
    }
}

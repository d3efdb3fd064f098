//! Terminal authentication, the chip's side (ICAO 9303-11, 7.1; BSI TR-03110-3, 3.3 and B.3).

use super::apdu::{Command, Response, StatusWord};
use super::cv_certificate::{
    CVCA, Certificate, CvKey, DOMESTIC_VERIFIER, FOREIGN_VERIFIER, Holder,
};
use super::files::{File, ReadAccess};
use super::{Chip, Security, SimCard, Work};
use crate::tlv::{self, object};

/// The identifier of EF.CVCA, where no file says otherwise (TR-03110-3, A.1.1.4).
const EF_CVCA: u16 = 0x011C;
/// Its length (TR-03110-3, A.6.2.1).
const EF_CVCA_LENGTH: usize = 36;
/// How many authorities a chip remembers (TR-03110-3, 2.2.4).
const AUTHORITIES: usize = 2;
/// How many certificates of one session a chip remembers.
const REMEMBERED: usize = 8;

/// What a chip knows of terminals.
#[derive(Clone)]
pub struct Inspection {
    /// The authorities that it trusts, the newest first, two at most.
    pub authorities: Vec<Holder>,
    /// What it takes for today: the latest date it was shown, six digits.
    pub today: [u8; 6],
    /// The document number with its check digit, which stands for the chip after basic access.
    pub document_number: Vec<u8>,
}

impl Inspection {
    /// EF.CVCA: the references of the authorities (TR-03110-3, A.6.2.1).
    #[must_use]
    pub fn file(&self) -> Vec<u8> {
        let names = self
            .authorities
            .iter()
            .take(AUTHORITIES)
            .flat_map(|authority| object(0x42, &authority.reference));
        let mut file: Vec<u8> = names.collect();
        file.resize(EF_CVCA_LENGTH, 0);
        file
    }
}

impl Chip {
    /// EF.CVCA says whom the chip trusts now.
    pub(crate) fn write_authorities(&mut self) {
        if let Some(inspection) = &self.inspection {
            let file = File {
                content: inspection.file(),
                access: ReadAccess::Opened,
            };
            self.application.insert(EF_CVCA, file);
        }
    }
}

/// What a terminal has shown in this session.
#[derive(Default)]
pub(super) struct Presented {
    /// Whose key verifies the next certificate.
    issuer: Option<Holder>,
    /// Holders of certificates that were verified.
    holders: Vec<Holder>,
    /// The terminal whose signature is due.
    terminal: Option<Holder>,
    challenge: Option<Vec<u8>>,
    /// The rights of the terminal that has proven itself.
    granted: u8,
}

impl Presented {
    /// Whether a file that only terminals read is open: DG3 by the lowest bit, DG4 by the next
    /// (TR-03110-3, C.4.1.1).
    pub(super) fn opens(&self, identifier: u16) -> bool {
        match identifier {
            0x0103 => self.granted & 0x01 != 0,
            0x0104 => self.granted & 0x02 != 0,
            _ => false,
        }
    }

    /// Whether a terminal was chosen, so that GET CHALLENGE and EXTERNAL AUTHENTICATE are about it.
    pub(super) fn awaits(&self) -> bool {
        self.terminal.is_some()
    }
}

/// The only object of a template that names a key.
fn key_reference(command: &Command) -> Option<Vec<u8>> {
    let objects = tlv::split(&command.data)?;
    tlv::find(&objects, 0x83).map(<[u8]>::to_vec)
}

impl SimCard {
    /// Chip authentication comes first (ICAO 9303-11, 7.1.2).
    fn inspectable(&self) -> Result<&Inspection, StatusWord> {
        match (&self.chip.inspection, &self.security) {
            (None, _) => Err(StatusWord::INSTRUCTION),
            (Some(inspection), Security::Opened(_)) if self.agreement.terminal.is_some() => {
                Ok(inspection)
            }
            _ => Err(StatusWord::SECURITY_STATUS),
        }
    }

    /// MSE:Set DST: whose key verifies the certificate that follows.
    pub(super) fn set_issuer(&mut self, command: &Command) -> Response {
        let inspection = match self.inspectable() {
            Ok(inspection) => inspection,
            Err(status) => return status.into(),
        };
        let Some(reference) = key_reference(command) else {
            return StatusWord::WRONG_DATA.into();
        };
        let known = inspection
            .authorities
            .iter()
            .chain(&self.presented.holders)
            .find(|holder| holder.reference == reference)
            .cloned();
        self.presented.issuer = known;
        match self.presented.issuer {
            Some(_) => Response::ok(Vec::new()),
            None => StatusWord::NOT_REFERENCED.into(),
        }
    }

    /// PSO:Verify Certificate (TR-03110-3, B.3): body and signature of one.
    pub(super) fn verify_certificate(&mut self, command: &Command) -> Response {
        if let Err(status) = self.inspectable() {
            return status.into();
        }
        if (command.p1, command.p2) != (0x00, 0xBE) {
            return StatusWord::WRONG_PARAMETERS.into();
        }
        let Some(issuer) = self.presented.issuer.take() else {
            return StatusWord::CONDITIONS.into();
        };
        self.work = signature_work(&issuer);
        let objects = tlv::split(&command.data).unwrap_or_default();
        let (body, signature) = match objects.as_slice() {
            [body, signature] if signature.tag == 0x5F37 => (body.bytes, signature.value),
            _ => return StatusWord::WRONG_DATA.into(),
        };
        let Some(certificate) = Certificate::parse(body, &issuer.key) else {
            return StatusWord::WRONG_DATA.into();
        };
        if certificate.authority != issuer.reference || !issuer.signed(body, signature) {
            return StatusWord::AUTHENTICATION_FAILED.into();
        }
        self.import(&issuer, certificate)
    }

    /// Takes over what a certificate says whose signature is good (TR-03110-3, 2.5).
    fn import(&mut self, issuer: &Holder, certificate: Certificate) -> Response {
        let Some(inspection) = &mut self.chip.inspection else {
            return StatusWord::INSTRUCTION.into();
        };
        let mut holder = certificate.holder;
        let due = matches!(
            (issuer.role(), holder.role()),
            (CVCA, CVCA | DOMESTIC_VERIFIER | FOREIGN_VERIFIER)
                | (DOMESTIC_VERIFIER | FOREIGN_VERIFIER, 0)
        );
        // A link is good for ever: chips may lie in drawers for years.
        let link = holder.role() == CVCA;
        if !due || !link && certificate.expiry < inspection.today {
            return StatusWord::AUTHENTICATION_FAILED.into();
        }
        // Rights are those that everybody above has too.
        holder.authorization &= 0xC0 | issuer.authorization;
        // A terminal of another state must not move the date.
        if issuer.role() != FOREIGN_VERIFIER {
            inspection.today = inspection.today.max(certificate.effective);
        }
        if link {
            inspection
                .authorities
                .retain(|known| known.reference != holder.reference);
            inspection.authorities.insert(0, holder);
            inspection.authorities.truncate(AUTHORITIES);
            self.chip.write_authorities();
        } else {
            self.presented.holders.insert(0, holder);
            self.presented.holders.truncate(REMEMBERED);
        }
        Response::ok(Vec::new())
    }

    /// MSE:Set AT of terminal authentication: the terminal's reference in DO83; its protocol in
    /// DO80, if it is there, is the certificate's.
    pub(super) fn set_terminal(&mut self, command: &Command) -> Response {
        if let Err(status) = self.inspectable() {
            return status.into();
        }
        let presented = &mut self.presented;
        presented.terminal = None;
        presented.challenge = None;
        let Some(reference) = key_reference(command) else {
            return StatusWord::WRONG_DATA.into();
        };
        let Some(terminal) = presented
            .holders
            .iter()
            .find(|holder| holder.role() == 0 && holder.reference == reference)
        else {
            return StatusWord::NOT_REFERENCED.into();
        };
        let objects = tlv::split(&command.data).unwrap_or_default();
        if tlv::find(&objects, 0x80).is_some_and(|named| named != terminal.scheme.protocol()) {
            return StatusWord::WRONG_DATA.into();
        }
        presented.terminal = Some(terminal.clone());
        Response::ok(Vec::new())
    }

    /// GET CHALLENGE of terminal authentication: eight bytes to be signed.
    pub(super) fn challenge_terminal(&mut self) -> Response {
        let mut challenge = vec![0; 8];
        self.random.fill(&mut challenge);
        self.presented.challenge = Some(challenge.clone());
        Response::ok(challenge)
    }

    /// EXTERNAL AUTHENTICATE of terminal authentication (ICAO 9303-11, 7.1.3): a signature over
    /// ID_PICC, the challenge and Comp(PK_DH,IFD).
    pub(super) fn authenticate_terminal(&mut self, command: &Command) -> Response {
        let presented = &mut self.presented;
        let (Some(terminal), Some(challenge)) =
            (presented.terminal.take(), presented.challenge.take())
        else {
            return StatusWord::CONDITIONS.into();
        };
        let (Some(identity), Some(ephemeral)) = (&self.identity, &self.agreement.terminal) else {
            return StatusWord::SECURITY_STATUS.into();
        };
        self.work = signature_work(&terminal);
        let message = [&identity[..], &challenge, ephemeral].concat();
        if !terminal.signed(&message, &command.data) {
            return StatusWord::AUTHENTICATION_FAILED.into();
        }
        presented.granted = terminal.authorization & 0x3F;
        Response::ok(Vec::new())
    }
}

fn signature_work(holder: &Holder) -> Work {
    match holder.key {
        CvKey::Elliptic(..) => Work::VerifyEcdsa,
        CvKey::Rsa(..) => Work::VerifyRsa,
    }
}

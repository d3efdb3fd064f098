//! Terminal authentication with what the operator supplied: the certificates that lead from the
//! chip's authorities to this terminal, chosen and shown (ICAO 9303-11, 7.1).

use crate::chip::terminal_authentication::{
    EfCvca, SentCertificate, TerminalProof, TerminalVerdict,
};
use crate::chip::{ChipError, Opened};
use crate::config;
use crate::document::Date;
use crate::finding::reason;
use crate::verify::evidence::TerminalAuthentication;
use crate::verify::terminal::{MaterialError, Reference, TerminalMaterial};

/// The material that the configuration names; none where it names none. Read for each card that
/// needs it, so that renewed certificates count at once.
///
/// # Errors
/// [`MaterialError`].
pub fn material(settings: &config::Terminal) -> Result<Option<TerminalMaterial>, MaterialError> {
    settings
        .certificates_dir
        .as_deref()
        .map(|folder| TerminalMaterial::from_folder(folder, settings.key_file.as_deref()))
        .transpose()
}

/// What one proof of the terminal rests on.
#[derive(Clone, Copy, Debug)]
pub struct TerminalSettings<'a> {
    /// Certificates and key; none where the operator supplied none.
    pub material: Option<&'a TerminalMaterial>,
    /// ID_PICC: the document number with its check digit after basic access control, the
    /// compressed ephemeral key of the chip after PACE.
    pub chip_identity: &'a [u8],
    /// Comp(PK_DH,IFD): our ephemeral key of chip authentication (or of PACE with chip
    /// authentication mapping), compressed; none where the chip has not proven itself so.
    pub ephemeral_key: Option<&'a [u8]>,
    /// The authorities that the chip named in PACE (DO 87 and 88); EF.CVCA is read besides.
    pub authorities: &'a [Vec<u8>],
    /// Where DG14 says that EF.CVCA stands.
    pub ef_cvca: EfCvca,
    /// The day in Vietnam.
    pub today: Date,
}

/// Proves the terminal to the chip, so that DG3 can be read. Called only where DG3 is wanted, and
/// after everything else was read.
///
/// A chip that has not authenticated itself is shown nothing, for a copy could pass our signature
/// on (`chip-auth-not-supported`; BSI TR-03110-3, 2.1).
///
/// # Errors
/// What ends the session; a refusal, or the want of a certificate, is no error.
pub fn authenticate(
    chip: &mut Opened<'_, '_>,
    settings: TerminalSettings<'_>,
) -> Result<TerminalAuthentication, ChipError> {
    use TerminalAuthentication::{Accepted, NoCertificate, Refused};
    let Some(material) = settings.material else {
        return Ok(NoCertificate(reason::TA_CERTIFICATE_MISSING));
    };
    let Some(ephemeral_key) = settings.ephemeral_key else {
        return Ok(NoCertificate(reason::CHIP_AUTH_NOT_SUPPORTED));
    };
    let from_file = chip.read_authorities(settings.ef_cvca)?;
    let authorities: Vec<Reference> = settings
        .authorities
        .iter()
        .chain(&from_file)
        .filter_map(|bytes| Reference::new(bytes))
        .collect();
    let chain = match material.chain(&authorities, settings.today) {
        Ok(chain) => chain,
        Err(fault) => return Ok(NoCertificate(fault.reason())),
    };
    let certificates: Vec<SentCertificate<'_>> = chain
        .certificates
        .iter()
        .map(|certificate| SentCertificate {
            authority: certificate.authority.bytes(),
            body: &certificate.body,
            signature: &certificate.signature,
        })
        .collect();
    let proof = TerminalProof {
        certificates: &certificates,
        holder: chain.terminal.holder.bytes(),
        protocol: &chain.terminal.protocol,
        scheme: chain.terminal.scheme,
        key: material.key(),
        chip_identity: settings.chip_identity,
        ephemeral_key,
    };
    Ok(match chip.authenticate_terminal(&proof)? {
        TerminalVerdict::Accepted => Accepted,
        TerminalVerdict::Refused { command, status } => {
            tracing::info!(command, status = ?status, "the chip refused the terminal");
            Refused(status.0)
        }
    })
}

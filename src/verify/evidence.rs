//! What was obtained from a card: the input of every check, and all that an audit needs again.

use core::fmt;
use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::history::{ChipNonce, History};
use crate::chip::FileId;
use crate::finding::Reason;

/// What became of one file.
#[derive(Clone, PartialEq, Eq)]
pub enum FileState {
    /// Read, whole.
    Read(Zeroizing<Vec<u8>>),
    /// The chip has no such file (6A82).
    Absent,
    /// The chip keeps it from us (6982).
    Denied,
    /// Not obtained intact; says why.
    Faulty(Reason),
    /// Nobody asked for it.
    NotRead,
}

/// How the card was reached, and how the chip was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Done; `by` says by which protocol.
    Done {
        /// Of access one of [`ACCESS`]; of the link `select`.
        by: &'static str,
    },
    /// Broke off: a fault of link, reader or chip, or a wrong key.
    Aborted(Reason),
    /// The chip did what no honest chip does.
    Hostile(Reason),
    /// What was met is not what was there before: another card was laid back.
    Contradicted(Reason),
    /// Nobody tried: raw files, or an earlier step broke off.
    NotTried,
}

/// The ways to open a chip, by their names in a verdict. `none` is a chip that kept nothing closed.
pub const ACCESS: [&str; 4] = ["bac", "pace-mrz", "pace-can", "none"];

/// One exchange of active authentication (ICAO 9303-11, 6.1).
#[derive(Clone, PartialEq, Eq)]
pub enum ActiveAuthentication {
    /// The chip answered.
    Answered {
        /// RND.IFD, eight bytes.
        challenge: [u8; 8],
        /// The signature.
        response: Vec<u8>,
        /// Whether it answered only the second nonce.
        retried: bool,
    },
    /// The chip refused, with this status word.
    Refused(u16),
    /// The answer fits neither a short response nor anything that reader and chip can do.
    NeedsExtendedLength,
    /// The exchange broke off.
    Aborted(Reason),
    /// Nobody asked.
    NotTried,
}

/// Which offer of the chip was taken (ICAO 9303-11, 4.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The protocol, dotted.
    pub protocol: String,
    /// The domain parameters by their number.
    pub parameter_id: Option<u32>,
    /// Whether EF.CardAccess could not be read and the offer was taken from what citizen cards have
    /// in common.
    pub assumed: bool,
    /// What the chip sent for the mapping that also proves it.
    pub mapping: Option<ChipAuthenticationMapping>,
}

/// Chip authentication mapping (ICAO 9303-11, 4.4.3.5).
#[derive(Clone, PartialEq, Eq)]
pub enum ChipAuthenticationMapping {
    /// The chip sent its data.
    Answered {
        /// PK_Map,IC: the chip's public key of the mapping, uncompressed.
        mapping_key: Vec<u8>,
        /// CA_IC, decrypted.
        data: Zeroizing<Vec<u8>>,
    },
    /// Tag 8A was missing, or did not decrypt.
    Missing,
}

/// One run of chip authentication (ICAO 9303-11, 6.2).
#[derive(Clone, PartialEq, Eq)]
pub enum ChipAuthentication {
    /// The chip took our key, and was asked something under the new keys.
    Answered {
        /// The protocol of ChipAuthenticationInfo, dotted.
        protocol: String,
        /// The number of the chip's key, where DG14 has several.
        key_id: Option<u32>,
        /// Our ephemeral private key, big-endian: with it anybody can compute the keys again.
        ephemeral_key: Zeroizing<Vec<u8>>,
        /// The first response after it with its status word, as it came.
        response: Zeroizing<Vec<u8>>,
    },
    /// The chip refused, with this status word.
    Refused(u16),
    /// DG14 holds nothing that can be used; the check says what.
    NoKey,
    /// The exchange broke off.
    Aborted(Reason),
    /// Nobody asked.
    NotTried,
}

/// Terminal authentication (ICAO 9303-11, 7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalAuthentication {
    /// The chip accepted the terminal.
    Accepted,
    /// There is no certificate that leads to the chip's trust point, or it is not valid now.
    NoCertificate(Reason),
    /// The chip refused, with this status word.
    Refused(u16),
    /// The exchange broke off.
    Aborted(Reason),
    /// Nobody wanted a file that needs it.
    NotTried,
}

// What is formatted ends in logs sooner or later: files and exchanges show their lengths alone.

impl fmt::Debug for FileState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(bytes) => write!(f, "Read([redacted], {} bytes)", bytes.len()),
            Self::Absent => f.write_str("Absent"),
            Self::Denied => f.write_str("Denied"),
            Self::Faulty(reason) => write!(f, "Faulty({})", reason.code()),
            Self::NotRead => f.write_str("NotRead"),
        }
    }
}

impl fmt::Debug for ChipAuthenticationMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answered { .. } => "Answered([redacted])",
            Self::Missing => "Missing",
        })
    }
}

impl fmt::Debug for ChipAuthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered { protocol, .. } => write!(f, "Answered({protocol}, [redacted])"),
            Self::Refused(status) => write!(f, "Refused({status:04x})"),
            Self::NoKey => f.write_str("NoKey"),
            Self::Aborted(reason) => write!(f, "Aborted({})", reason.code()),
            Self::NotTried => f.write_str("NotTried"),
        }
    }
}

impl fmt::Debug for ActiveAuthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered { retried, .. } => write!(f, "Answered([redacted], {retried})"),
            Self::Refused(status) => write!(f, "Refused({status:04x})"),
            Self::NeedsExtendedLength => f.write_str("NeedsExtendedLength"),
            Self::Aborted(reason) => write!(f, "Aborted({})", reason.code()),
            Self::NotTried => f.write_str("NotTried"),
        }
    }
}

/// All that was obtained from one card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Card present, application selected.
    pub link: Step,
    /// Access to the files.
    pub access: Step,
    /// The files.
    pub files: BTreeMap<FileId, FileState>,
    /// How PACE was done, where it was.
    pub pace: Option<Pace>,
    /// The chip's proof by chip authentication.
    pub chip_authentication: ChipAuthentication,
    /// The chip's proof by active authentication.
    pub active_authentication: ActiveAuthentication,
    /// The terminal's proof to the chip.
    pub terminal_authentication: TerminalAuthentication,
    /// What became of DG1 when it was read again under the keys of chip authentication; none where
    /// nobody asked.
    pub dg1_again: Option<FileState>,
    /// What the chip must choose anew in every session, as far as it was seen.
    pub nonces: Vec<ChipNonce>,
    /// What the desk remembers of earlier sessions; none where nobody was asked.
    pub history: Option<History>,
}

impl Default for Evidence {
    fn default() -> Self {
        Self {
            link: Step::NotTried,
            access: Step::NotTried,
            files: BTreeMap::new(),
            pace: None,
            chip_authentication: ChipAuthentication::NotTried,
            terminal_authentication: TerminalAuthentication::NotTried,
            active_authentication: ActiveAuthentication::NotTried,
            dg1_again: None,
            nonces: Vec::new(),
            history: None,
        }
    }
}

impl Evidence {
    /// The state of a file.
    #[must_use]
    pub fn state(&self, file: FileId) -> &FileState {
        self.files.get(&file).unwrap_or(&FileState::NotRead)
    }

    /// Whether this is a set of files that somebody else read: no link, no access.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        self.link == Step::NotTried
    }

    /// The bytes of a file that was read.
    #[must_use]
    pub fn bytes(&self, file: FileId) -> Option<&[u8]> {
        match self.state(file) {
            FileState::Read(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// SHA-256 over names and contents of all files, what became of the others, how the chip was
    /// opened and every exchange in which it proved itself, lower-case hex.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut digest = Digest::default();
        for (file, state) in &self.files {
            digest.file(&file.name(), state);
        }
        if let Step::Done { by } = self.access {
            digest.add("access", by.as_bytes());
        }
        digest.pace(self.pace.as_ref());
        digest.chip(&self.chip_authentication);
        digest.active(&self.active_authentication);
        digest.terminal(&self.terminal_authentication);
        if let Some(state) = &self.dg1_again {
            digest.file("DG1.again", state);
        }
        for nonce in &self.nonces {
            digest.add(nonce.kind.name(), nonce.digest.as_bytes());
        }
        if let Some(history) = &self.history {
            digest.history(history);
        }
        crate::crypto::hash::sha256_hex(&digest.0)
    }
}

/// What is hashed: names and values, each with its length.
#[derive(Default)]
struct Digest(Zeroizing<Vec<u8>>);

impl Digest {
    fn add(&mut self, name: &str, bytes: &[u8]) {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.0.extend_from_slice(name.as_bytes());
        self.0.push(0);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(bytes);
    }

    fn file(&mut self, name: &str, state: &FileState) {
        match state {
            FileState::Read(bytes) => self.add(name, bytes),
            FileState::Absent => self.add(&format!("{name}.absent"), &[]),
            FileState::Denied => self.add(&format!("{name}.denied"), &[]),
            FileState::Faulty(reason) => {
                self.add(&format!("{name}.faulty"), reason.code().as_bytes());
            }
            FileState::NotRead => {}
        }
    }

    fn pace(&mut self, pace: Option<&Pace>) {
        let Some(pace) = pace else { return };
        self.add("PACE.protocol", pace.protocol.as_bytes());
        if let Some(id) = pace.parameter_id {
            self.add("PACE.parameter", &id.to_be_bytes());
        }
        if pace.assumed {
            self.add("PACE.assumed", &[]);
        }
        match &pace.mapping {
            Some(ChipAuthenticationMapping::Answered { mapping_key, data }) => {
                self.add("CAM.key", mapping_key);
                self.add("CAM.data", data);
            }
            Some(ChipAuthenticationMapping::Missing) => self.add("CAM.missing", &[]),
            None => {}
        }
    }

    fn chip(&mut self, exchange: &ChipAuthentication) {
        match exchange {
            ChipAuthentication::Answered {
                protocol,
                key_id,
                ephemeral_key,
                response,
            } => {
                self.add("CA.protocol", protocol.as_bytes());
                if let Some(id) = key_id {
                    self.add("CA.key-id", &id.to_be_bytes());
                }
                self.add("CA.ephemeral-key", ephemeral_key);
                self.add("CA.response", response);
            }
            ChipAuthentication::Refused(status) => self.add("CA.refused", &status.to_be_bytes()),
            ChipAuthentication::NoKey => self.add("CA.no-key", &[]),
            ChipAuthentication::Aborted(reason) => {
                self.add("CA.aborted", reason.code().as_bytes());
            }
            ChipAuthentication::NotTried => {}
        }
    }

    fn active(&mut self, exchange: &ActiveAuthentication) {
        match exchange {
            ActiveAuthentication::Answered {
                challenge,
                response,
                retried,
            } => {
                self.add("AA.challenge", challenge);
                self.add("AA.response", response);
                if *retried {
                    self.add("AA.retried", &[]);
                }
            }
            ActiveAuthentication::Refused(status) => {
                self.add("AA.refused", &status.to_be_bytes());
            }
            ActiveAuthentication::NeedsExtendedLength => {
                self.add("AA.needs-extended-length", &[]);
            }
            ActiveAuthentication::Aborted(reason) => {
                self.add("AA.aborted", reason.code().as_bytes());
            }
            ActiveAuthentication::NotTried => {}
        }
    }

    fn history(&mut self, history: &History) {
        self.add("history", &[u8::from(history.key_of_another_number)]);
        if let Some(issued) = history.other_card_issued {
            self.add("history.other-card", issued.to_string().as_bytes());
        }
        for kind in &history.repeated {
            self.add("history.repeated", kind.name().as_bytes());
        }
    }

    fn terminal(&mut self, exchange: &TerminalAuthentication) {
        match exchange {
            TerminalAuthentication::Accepted => self.add("TA.accepted", &[]),
            TerminalAuthentication::NoCertificate(reason) => {
                self.add("TA.no-certificate", reason.code().as_bytes());
            }
            TerminalAuthentication::Refused(status) => {
                self.add("TA.refused", &status.to_be_bytes());
            }
            TerminalAuthentication::Aborted(reason) => {
                self.add("TA.aborted", reason.code().as_bytes());
            }
            TerminalAuthentication::NotTried => {}
        }
    }
}

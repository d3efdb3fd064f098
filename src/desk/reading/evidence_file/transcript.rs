//! `transcript.json`: what is in no file of the card (`docs/transcript.md`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::EvidenceFileError;
use super::EvidenceFileError::TranscriptValue;
use crate::chip::FileId;
use crate::finding::{Reason, reason};
use crate::verify::Evidence;
use crate::verify::evidence::{
    ACCESS, ActiveAuthentication, ChipAuthentication, ChipAuthenticationMapping, FileState, Pace,
    Step, TerminalAuthentication,
};
use crate::verify::history::{ChipNonce, History, NonceKind};

/// Longest object identifier in dotted form.
const MAX_OID: usize = 128;

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Transcript {
    version: u32,
    /// How the chip was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    access: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pace: Option<PaceRun>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chip_authentication: Option<ChipRun>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    active_authentication: Option<Exchange>,
    /// Why there is no such exchange although it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    no_proof: Option<NoProof>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    terminal_authentication: Option<TerminalRun>,
    /// DG1 under the keys of chip authentication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dg1_again: Option<ReadAgain>,
    /// What the chip chose anew, by digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    nonces: Vec<Nonce>,
    /// What the desk remembered of earlier sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    history: Option<Remembered>,
    /// What became of the files that were asked for and did not come.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    files: BTreeMap<String, NotObtained>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PaceRun {
    protocol: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parameter_id: Option<u32>,
    #[serde(default)]
    assumed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mapping: Option<MappingRun>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum MappingRun {
    Answered { key: String, data: String },
    Missing,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum ChipRun {
    Answered {
        protocol: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key_id: Option<u32>,
        ephemeral_key: String,
        response: String,
    },
    /// The status word, four hexadecimal digits.
    Refused(String),
    NoKey,
    /// The code of the reason.
    Aborted(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum TerminalRun {
    Accepted,
    /// The code of the reason.
    NoCertificate(String),
    /// The status word, four hexadecimal digits.
    Refused(String),
    /// The code of the reason.
    Aborted(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum ReadAgain {
    /// Byte for byte EF.DG1.
    Same,
    /// Other bytes, in hexadecimal.
    Other(String),
    Absent,
    Denied,
    /// The code of the reason.
    Faulty(String),
}

/// A chip that did not prove itself must not look like one that nobody asked.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum NoProof {
    /// The status word, four hexadecimal digits.
    Refused(String),
    NeedsExtendedLength,
    /// The code of the reason.
    Aborted(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum NotObtained {
    Absent,
    Denied,
    /// The code of the reason.
    Faulty(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nonce {
    kind: String,
    sha256: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Remembered {
    key_of_another_number: bool,
    /// ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    other_card_issued: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    repeated: Vec<String>,
}

/// Nonces of one session: one of each kind at most.
const MAX_NONCES: usize = NonceKind::ALL.len();

fn nonce_kind(name: &str) -> Result<NonceKind, EvidenceFileError> {
    NonceKind::of_name(name).ok_or(TranscriptValue("a nonce is of no kind that is known"))
}

impl Nonce {
    fn read(&self) -> Result<ChipNonce, EvidenceFileError> {
        if bytes(&self.sha256)?.len() != 32 {
            return Err(TranscriptValue("a digest is none"));
        }
        Ok(ChipNonce {
            kind: nonce_kind(&self.kind)?,
            digest: self.sha256.to_ascii_lowercase(),
        })
    }
}

impl Remembered {
    fn of(history: &History) -> Self {
        Self {
            key_of_another_number: history.key_of_another_number,
            other_card_issued: history.other_card_issued.map(|date| date.to_string()),
            repeated: history
                .repeated
                .iter()
                .map(|kind| kind.name().to_owned())
                .collect(),
        }
    }

    fn read(&self) -> Result<History, EvidenceFileError> {
        if self.repeated.len() > MAX_NONCES {
            return Err(TranscriptValue("too many nonces"));
        }
        let issued = self.other_card_issued.as_ref().map(|date| date.parse());
        Ok(History {
            key_of_another_number: self.key_of_another_number,
            other_card_issued: issued
                .transpose()
                .map_err(|_| TranscriptValue("a date is none"))?,
            repeated: self
                .repeated
                .iter()
                .map(|name| nonce_kind(name))
                .collect::<Result<_, _>>()?,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    challenge: String,
    response: String,
    #[serde(default)]
    retried: bool,
}

fn bytes(text: &str) -> Result<Vec<u8>, EvidenceFileError> {
    hex::decode(text).map_err(|_| TranscriptValue("a value is not hexadecimal"))
}

/// Exactly four digits: the parser alone would take `+1` too.
fn status(text: &str) -> Result<u16, EvidenceFileError> {
    let bytes: [u8; 2] = hex::decode(text)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(TranscriptValue("a status word is not hexadecimal"))?;
    Ok(u16::from_be_bytes(bytes))
}

fn known(code: &str) -> Result<Reason, EvidenceFileError> {
    reason::by_code(code).ok_or(TranscriptValue("a reason is not known"))
}

fn oid(text: &str) -> Result<String, EvidenceFileError> {
    let digits = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    if text.len() <= MAX_OID && digits {
        Ok(text.to_owned())
    } else {
        Err(TranscriptValue("a protocol is no object identifier"))
    }
}

fn code(reason: Reason) -> String {
    reason.code().to_owned()
}

impl Transcript {
    pub(super) fn of(evidence: &Evidence) -> Self {
        let mut transcript = Self {
            version: 1,
            access: match evidence.access {
                Step::Done { by } => Some(by.to_owned()),
                _ => None,
            },
            pace: evidence.pace.as_ref().map(PaceRun::of),
            chip_authentication: ChipRun::of(&evidence.chip_authentication),
            terminal_authentication: TerminalRun::of(&evidence.terminal_authentication),
            dg1_again: evidence
                .dg1_again
                .as_ref()
                .and_then(|state| ReadAgain::of(state, evidence.bytes(FileId::Dg(1)))),
            nonces: evidence
                .nonces
                .iter()
                .map(|nonce| Nonce {
                    kind: nonce.kind.name().to_owned(),
                    sha256: nonce.digest.clone(),
                })
                .collect(),
            history: evidence.history.as_ref().map(Remembered::of),
            ..Self::default()
        };
        match &evidence.active_authentication {
            ActiveAuthentication::Answered {
                challenge,
                response,
                retried,
            } => {
                transcript.active_authentication = Some(Exchange {
                    challenge: hex::encode(challenge),
                    response: hex::encode(response),
                    retried: *retried,
                });
            }
            ActiveAuthentication::Refused(status) => {
                transcript.no_proof = Some(NoProof::Refused(format!("{status:04x}")));
            }
            ActiveAuthentication::NeedsExtendedLength => {
                transcript.no_proof = Some(NoProof::NeedsExtendedLength);
            }
            ActiveAuthentication::Aborted(reason) => {
                transcript.no_proof = Some(NoProof::Aborted(code(*reason)));
            }
            ActiveAuthentication::NotTried => {}
        }
        for (file, state) in &evidence.files {
            let outcome = match state {
                FileState::Absent => NotObtained::Absent,
                FileState::Denied => NotObtained::Denied,
                FileState::Faulty(reason) => NotObtained::Faulty(code(*reason)),
                FileState::Read(_) | FileState::NotRead => continue,
            };
            transcript.files.insert(file.name(), outcome);
        }
        transcript
    }

    pub(super) fn says_something(&self) -> bool {
        self.access.is_some()
            || self.pace.is_some()
            || self.chip_authentication.is_some()
            || self.active_authentication.is_some()
            || self.no_proof.is_some()
            || self.terminal_authentication.is_some()
            || self.dg1_again.is_some()
            || !self.nonces.is_empty()
            || self.history.is_some()
            || !self.files.is_empty()
    }

    /// Adds what it says to the files that are there.
    pub(super) fn apply(self, evidence: &mut Evidence) -> Result<(), EvidenceFileError> {
        if self.version != 1 {
            return Err(TranscriptValue("unknown version"));
        }
        for (name, outcome) in &self.files {
            let file = FileId::all()
                .find(|file| file.name() == *name)
                .ok_or(TranscriptValue("a file is not known"))?;
            let state = match outcome {
                NotObtained::Absent => FileState::Absent,
                NotObtained::Denied => FileState::Denied,
                NotObtained::Faulty(code) => FileState::Faulty(known(code)?),
            };
            if evidence.files.insert(file, state).is_some() {
                return Err(TranscriptValue("a file that is there is said not to be"));
            }
        }
        if let Some(access) = &self.access {
            let by = ACCESS
                .into_iter()
                .find(|known| known == access)
                .ok_or(TranscriptValue("a way of access is not known"))?;
            evidence.access = Step::Done { by };
        }
        if let Some(pace) = &self.pace {
            evidence.pace = Some(pace.read()?);
        }
        if let Some(run) = &self.chip_authentication {
            evidence.chip_authentication = run.read()?;
        }
        if let Some(run) = &self.terminal_authentication {
            evidence.terminal_authentication = run.read()?;
        }
        if let Some(again) = &self.dg1_again {
            evidence.dg1_again = Some(again.read(evidence.bytes(FileId::Dg(1)))?);
        }
        if self.nonces.len() > MAX_NONCES {
            return Err(TranscriptValue("too many nonces"));
        }
        for nonce in &self.nonces {
            evidence.nonces.push(nonce.read()?);
        }
        evidence.history = self.history.as_ref().map(Remembered::read).transpose()?;
        evidence.active_authentication = match (&self.active_authentication, &self.no_proof) {
            (Some(exchange), None) => exchange.read()?,
            (None, None) => ActiveAuthentication::NotTried,
            (None, Some(NoProof::Refused(text))) => ActiveAuthentication::Refused(status(text)?),
            (None, Some(NoProof::NeedsExtendedLength)) => ActiveAuthentication::NeedsExtendedLength,
            (None, Some(NoProof::Aborted(code))) => ActiveAuthentication::Aborted(known(code)?),
            (Some(_), Some(_)) => {
                return Err(TranscriptValue("a proof that is there is said not to be"));
            }
        };
        Ok(())
    }
}

impl PaceRun {
    fn of(pace: &Pace) -> Self {
        Self {
            protocol: pace.protocol.clone(),
            parameter_id: pace.parameter_id,
            assumed: pace.assumed,
            mapping: pace.mapping.as_ref().map(|mapping| match mapping {
                ChipAuthenticationMapping::Answered { mapping_key, data } => MappingRun::Answered {
                    key: hex::encode(mapping_key),
                    data: hex::encode(data),
                },
                ChipAuthenticationMapping::Missing => MappingRun::Missing,
            }),
        }
    }

    fn read(&self) -> Result<Pace, EvidenceFileError> {
        let mapping = match &self.mapping {
            Some(MappingRun::Answered { key, data }) => Some(ChipAuthenticationMapping::Answered {
                mapping_key: bytes(key)?,
                data: Zeroizing::new(bytes(data)?),
            }),
            Some(MappingRun::Missing) => Some(ChipAuthenticationMapping::Missing),
            None => None,
        };
        Ok(Pace {
            protocol: oid(&self.protocol)?,
            parameter_id: self.parameter_id,
            assumed: self.assumed,
            mapping,
        })
    }
}

impl ChipRun {
    fn of(exchange: &ChipAuthentication) -> Option<Self> {
        Some(match exchange {
            ChipAuthentication::Answered {
                protocol,
                key_id,
                ephemeral_key,
                response,
            } => Self::Answered {
                protocol: protocol.clone(),
                key_id: *key_id,
                ephemeral_key: hex::encode(ephemeral_key),
                response: hex::encode(response),
            },
            ChipAuthentication::Refused(status) => Self::Refused(format!("{status:04x}")),
            ChipAuthentication::NoKey => Self::NoKey,
            ChipAuthentication::Aborted(reason) => Self::Aborted(code(*reason)),
            ChipAuthentication::NotTried => return None,
        })
    }

    fn read(&self) -> Result<ChipAuthentication, EvidenceFileError> {
        Ok(match self {
            Self::Answered {
                protocol,
                key_id,
                ephemeral_key,
                response,
            } => ChipAuthentication::Answered {
                protocol: oid(protocol)?,
                key_id: *key_id,
                ephemeral_key: Zeroizing::new(bytes(ephemeral_key)?),
                response: Zeroizing::new(bytes(response)?),
            },
            Self::Refused(text) => ChipAuthentication::Refused(status(text)?),
            Self::NoKey => ChipAuthentication::NoKey,
            Self::Aborted(code) => ChipAuthentication::Aborted(known(code)?),
        })
    }
}

impl TerminalRun {
    fn of(exchange: &TerminalAuthentication) -> Option<Self> {
        Some(match exchange {
            TerminalAuthentication::Accepted => Self::Accepted,
            TerminalAuthentication::NoCertificate(reason) => Self::NoCertificate(code(*reason)),
            TerminalAuthentication::Refused(status) => Self::Refused(format!("{status:04x}")),
            TerminalAuthentication::Aborted(reason) => Self::Aborted(code(*reason)),
            TerminalAuthentication::NotTried => return None,
        })
    }

    fn read(&self) -> Result<TerminalAuthentication, EvidenceFileError> {
        Ok(match self {
            Self::Accepted => TerminalAuthentication::Accepted,
            Self::NoCertificate(code) => TerminalAuthentication::NoCertificate(known(code)?),
            Self::Refused(text) => TerminalAuthentication::Refused(status(text)?),
            Self::Aborted(code) => TerminalAuthentication::Aborted(known(code)?),
        })
    }
}

impl ReadAgain {
    fn of(state: &FileState, first: Option<&[u8]>) -> Option<Self> {
        Some(match state {
            FileState::Read(again) if first == Some(again) => Self::Same,
            FileState::Read(again) => Self::Other(hex::encode(again)),
            FileState::Absent => Self::Absent,
            FileState::Denied => Self::Denied,
            FileState::Faulty(reason) => Self::Faulty(code(*reason)),
            FileState::NotRead => return None,
        })
    }

    fn read(&self, first: Option<&[u8]>) -> Result<FileState, EvidenceFileError> {
        Ok(match self {
            Self::Same => match first {
                Some(first) => FileState::Read(Zeroizing::new(first.to_vec())),
                None => return Err(TranscriptValue("EF.DG1 is the same as none")),
            },
            Self::Other(text) => FileState::Read(Zeroizing::new(bytes(text)?)),
            Self::Absent => FileState::Absent,
            Self::Denied => FileState::Denied,
            Self::Faulty(code) => FileState::Faulty(known(code)?),
        })
    }
}

impl Exchange {
    fn read(&self) -> Result<ActiveAuthentication, EvidenceFileError> {
        let challenge = bytes(&self.challenge)?
            .try_into()
            .map_err(|_| TranscriptValue("the challenge is not of eight bytes"))?;
        Ok(ActiveAuthentication::Answered {
            challenge,
            response: bytes(&self.response)?,
            retried: self.retried,
        })
    }
}

#[cfg(test)]
#[path = "transcript_tests.rs"]
mod tests;

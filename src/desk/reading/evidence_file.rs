//! Evidence as files: a folder or a zip of raw files, whoever made them, and our own
//! `transcript.json` with the chip's proof (`docs/transcript.md`).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::chip::FileId;
use crate::chip::files::MAX_FILE;
use crate::finding::reason;
use crate::verify::Evidence;
use crate::verify::evidence::{ActiveAuthentication, FileState};

/// The name of the transcript.
const TRANSCRIPT: &str = "transcript.json";
/// Longest transcript that is read, in bytes.
const MAX_TRANSCRIPT: usize = 64 * 1024;
/// Most entries of a zip.
const MAX_ENTRIES: usize = 64;

/// Why evidence could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceFileError {
    /// The system's word.
    #[error("{path}: {source}")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The archive is none.
    #[error("the zip archive can't be read: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// The transcript is none.
    #[error("transcript.json: {0}")]
    Transcript(#[from] serde_json::Error),
    /// The transcript is of a later version, or a value in it is not hexadecimal.
    #[error("transcript.json: {0}")]
    TranscriptValue(&'static str),
    /// More or larger files than a card can hold.
    #[error("{0} is larger than anything that a card holds")]
    TooLarge(String),
    /// No file of a card in it.
    #[error("{0} holds no EF.SOD, EF.DG1 or any other file of a card")]
    Empty(PathBuf),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Transcript {
    version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    active_authentication: Option<Exchange>,
    /// Files that were asked for and are not here: `absent`, `denied`, or the code of a reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    files: BTreeMap<String, String>,
}

/// What became of active authentication. A chip that refused is as telling as one that answered.
#[derive(Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Exchange {
    Answered {
        challenge: String,
        response: String,
        #[serde(default)]
        retried: bool,
    },
    Refused {
        /// SW1-SW2 in hexadecimal.
        refused: String,
    },
    NotObtained {
        /// The reason's code.
        not_obtained: String,
    },
}

/// A file's name and content.
type Entry = (String, Zeroizing<Vec<u8>>);

/// Every file of the evidence with its name, the transcript among them.
fn entries(evidence: &Evidence) -> Result<Vec<Entry>, EvidenceFileError> {
    let mut entries: Vec<_> = evidence
        .files
        .iter()
        .filter_map(|(file, state)| match state {
            FileState::Read(bytes) => Some((file.name(), bytes.clone())),
            _ => None,
        })
        .collect();
    let exchange = match &evidence.active_authentication {
        ActiveAuthentication::Answered {
            challenge,
            response,
            retried,
        } => Some(Exchange::Answered {
            challenge: hex::encode(challenge),
            response: hex::encode(response),
            retried: *retried,
        }),
        ActiveAuthentication::Refused(status) => Some(Exchange::Refused {
            refused: format!("{status:04x}"),
        }),
        ActiveAuthentication::NeedsExtendedLength => Some(Exchange::NotObtained {
            not_obtained: reason::AA_NEEDS_EXTENDED_LENGTH.code().to_owned(),
        }),
        ActiveAuthentication::Aborted(reason) => Some(Exchange::NotObtained {
            not_obtained: reason.code().to_owned(),
        }),
        ActiveAuthentication::NotTried => None,
    };
    let files: BTreeMap<String, String> = evidence
        .files
        .iter()
        .filter_map(|(file, state)| {
            let state = match state {
                FileState::Absent => "absent",
                FileState::Denied => "denied",
                FileState::Faulty(reason) => reason.code(),
                FileState::Read(_) | FileState::NotRead => return None,
            };
            Some((file.name(), state.to_owned()))
        })
        .collect();
    if exchange.is_some() || !files.is_empty() {
        let transcript = Transcript {
            version: 1,
            active_authentication: exchange,
            files,
        };
        entries.push((
            TRANSCRIPT.to_owned(),
            serde_json::to_vec_pretty(&transcript)?.into(),
        ));
    }
    Ok(entries)
}

/// The evidence as a zip.
///
/// # Errors
/// [`EvidenceFileError`].
pub fn to_zip(evidence: &Evidence) -> Result<Zeroizing<Vec<u8>>, EvidenceFileError> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries(evidence)? {
        // Without times, so that the same evidence makes the same archive.
        archive.start_file(name, SimpleFileOptions::default().unix_permissions(0o600))?;
        archive
            .write_all(&bytes)
            .map_err(|source| EvidenceFileError::Io {
                path: TRANSCRIPT.into(),
                source,
            })?;
    }
    Ok(archive.finish()?.into_inner().into())
}

/// Writes the evidence into a folder, which is made where it is missing; readable by its owner alone.
///
/// # Errors
/// [`EvidenceFileError`].
pub fn to_folder(evidence: &Evidence, folder: &Path) -> Result<(), EvidenceFileError> {
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| EvidenceFileError::Io { path, source }
    };
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(io(folder))?;
    for (name, bytes) in entries(evidence)? {
        let path = folder.join(name);
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .map_err(io(&path))?;
        file.write_all(&bytes).map_err(io(&path))?;
    }
    Ok(())
}

/// Reads evidence from a folder or a zip.
///
/// # Errors
/// [`EvidenceFileError`].
pub fn read(path: &Path) -> Result<Evidence, EvidenceFileError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| EvidenceFileError::Io { path, source }
    };
    let mut evidence = Evidence::default();
    let names: Vec<(String, Option<FileId>)> = FileId::all()
        .map(|file| (file.name(), Some(file)))
        .chain([(TRANSCRIPT.to_owned(), None)])
        .collect();
    if fs::metadata(path).map_err(io(path))?.is_dir() {
        for (name, file) in names {
            let path = path.join(&name);
            match File::open(&path) {
                Ok(mut source) => {
                    add(&mut evidence, &name, file, &mut source)?;
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(io(&path)(error)),
            }
        }
    } else {
        let mut archive = ZipArchive::new(File::open(path).map_err(io(path))?)?;
        if archive.len() > MAX_ENTRIES {
            return Err(EvidenceFileError::TooLarge(path.display().to_string()));
        }
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index)?;
            // Archives made of a folder carry its name in front.
            let name = entry
                .name()
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned();
            if let Some((_, file)) = names.iter().find(|(known, _)| *known == name) {
                add(&mut evidence, &name, *file, &mut entry)?;
            }
        }
    }
    if !evidence
        .files
        .values()
        .any(|state| matches!(state, FileState::Read(_)))
    {
        return Err(EvidenceFileError::Empty(path.to_owned()));
    }
    Ok(evidence)
}

/// Adds one file of a known name.
fn add(
    evidence: &mut Evidence,
    name: &str,
    file: Option<FileId>,
    source: &mut dyn std::io::Read,
) -> Result<(), EvidenceFileError> {
    let most = if file.is_some() {
        MAX_FILE
    } else {
        MAX_TRANSCRIPT
    };
    let mut bytes = Zeroizing::new(Vec::new());
    source
        .take(u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|source| EvidenceFileError::Io {
            path: name.into(),
            source,
        })?;
    if bytes.len() > most {
        return Err(EvidenceFileError::TooLarge(name.to_owned()));
    }
    match file {
        Some(file) => {
            evidence.files.insert(file, FileState::Read(bytes));
        }
        None => transcript(&bytes, evidence)?,
    }
    Ok(())
}

fn transcript(bytes: &[u8], evidence: &mut Evidence) -> Result<(), EvidenceFileError> {
    let transcript: Transcript = serde_json::from_slice(bytes)?;
    if transcript.version != 1 {
        return Err(EvidenceFileError::TranscriptValue("unknown version"));
    }
    for (name, state) in transcript.files {
        let unknown = EvidenceFileError::TranscriptValue("an unknown file or state");
        let file = FileId::all().find(|file| file.name() == name);
        let state = match state.as_str() {
            "absent" => Some(FileState::Absent),
            "denied" => Some(FileState::Denied),
            code => reason::by_code(code).map(FileState::Faulty),
        };
        let (Some(file), Some(state)) = (file, state) else {
            return Err(unknown);
        };
        // A file that is here is here, whatever is said of it.
        evidence.files.entry(file).or_insert(state);
    }
    let Some(exchange) = transcript.active_authentication else {
        return Ok(());
    };
    let bytes = |text: &str| {
        hex::decode(text)
            .map_err(|_| EvidenceFileError::TranscriptValue("a value is not hexadecimal"))
    };
    evidence.active_authentication = match exchange {
        Exchange::Answered {
            challenge,
            response,
            retried,
        } => ActiveAuthentication::Answered {
            challenge: bytes(&challenge)?.try_into().map_err(|_| {
                EvidenceFileError::TranscriptValue("the challenge is not of eight bytes")
            })?,
            response: bytes(&response)?,
            retried,
        },
        Exchange::Refused { refused } => {
            let status: [u8; 2] = bytes(&refused)?.try_into().map_err(|_| {
                EvidenceFileError::TranscriptValue("the status word is not of two bytes")
            })?;
            ActiveAuthentication::Refused(u16::from_be_bytes(status))
        }
        Exchange::NotObtained { not_obtained } => match reason::by_code(&not_obtained) {
            Some(reason) if reason == reason::AA_NEEDS_EXTENDED_LENGTH => {
                ActiveAuthentication::NeedsExtendedLength
            }
            Some(reason) => ActiveAuthentication::Aborted(reason),
            None => return Err(EvidenceFileError::TranscriptValue("an unknown reason")),
        },
    };
    Ok(())
}

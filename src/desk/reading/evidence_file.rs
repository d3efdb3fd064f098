//! Evidence as files: a folder or a zip of raw files, whoever made them, and our own
//! `transcript.json` with the chip's proof (`docs/transcript.md`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::chip::FileId;
use crate::chip::files::MAX_FILE;
use crate::finding::{Reason, reason};
use crate::verify::Evidence;
use crate::verify::evidence::{ActiveAuthentication, FileState};

/// The name of the transcript.
const TRANSCRIPT: &str = "transcript.json";
/// Longest transcript that is read, in bytes.
const MAX_TRANSCRIPT: usize = 64 * 1024;
/// Most entries of a zip.
const MAX_ENTRIES: usize = 64;
/// Longest zip that is opened, in bytes: every file of a card at its largest.
const MAX_ARCHIVE: u64 = 24 * 1024 * 1024;

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
    /// One name twice: whoever looks at the first sees another card than whoever takes the last.
    #[error("{0} is in the archive more than once")]
    Twice(String),
    /// A device, a pipe or a folder in the place of a file.
    #[error("{0} is no regular file")]
    NotAFile(PathBuf),
    /// No file of a card in it.
    #[error("{0} holds no EF.SOD, EF.DG1 or any other file of a card")]
    Empty(PathBuf),
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Transcript {
    version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    active_authentication: Option<Exchange>,
    /// Why there is no such exchange although it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    no_proof: Option<NoProof>,
    /// What became of the files that were asked for and did not come.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    files: BTreeMap<String, NotObtained>,
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
struct Exchange {
    challenge: String,
    response: String,
    #[serde(default)]
    retried: bool,
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
    let transcript = Transcript::of(evidence);
    if transcript.says_something() {
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
/// It takes the place of evidence that lies there.
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
    let entries = entries(evidence)?;
    // What an earlier card left here would be taken for this one's.
    for name in names().filter(|name| !entries.iter().any(|(written, _)| written == name)) {
        let path = folder.join(name);
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(io(&path)(error)),
        }
    }
    for (name, bytes) in entries {
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
    let mut found = Found::default();
    if fs::metadata(path).map_err(io(path))?.is_dir() {
        for name in names() {
            let path = path.join(&name);
            match fs::metadata(&path) {
                // A pipe would be waited for without end.
                Ok(entry) if !entry.is_file() => return Err(EvidenceFileError::NotAFile(path)),
                Ok(_) => found.add(&name, &mut File::open(&path).map_err(io(&path))?)?,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(io(&path)(error)),
            }
        }
    } else {
        let entry = fs::metadata(path).map_err(io(path))?;
        if !entry.is_file() {
            return Err(EvidenceFileError::NotAFile(path.to_owned()));
        }
        if entry.len() > MAX_ARCHIVE {
            return Err(EvidenceFileError::TooLarge(path.display().to_string()));
        }
        let bytes = Zeroizing::new(fs::read(path).map_err(io(path))?);
        let mut archive = ZipArchive::new(Cursor::new(bytes.as_slice()))?;
        if archive.len() > MAX_ENTRIES {
            return Err(EvidenceFileError::TooLarge(path.display().to_string()));
        }
        // The library keeps one of several entries of one name without a word.
        if archive.len() != listed(&bytes, archive.central_directory_start()) {
            return Err(EvidenceFileError::Twice("an entry".to_owned()));
        }
        let names: Vec<String> = names().collect();
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index)?;
            // Archives made of a folder carry its name in front.
            let name = entry.name().rsplit('/').next().unwrap_or_default();
            if let Some(name) = names.iter().find(|known| *known == name) {
                found.add(name, &mut entry)?;
            }
        }
    }
    if found.evidence.files.is_empty() {
        return Err(EvidenceFileError::Empty(path.to_owned()));
    }
    found.finish()
}

/// How many entries the central directory at `start` lists (APPNOTE 4.3.12).
fn listed(archive: &[u8], start: u64) -> usize {
    const HEADER: usize = 46;
    let mut rest = usize::try_from(start)
        .ok()
        .and_then(|start| archive.get(start..))
        .unwrap_or_default();
    let mut count = 0_usize;
    while let Some((header, after)) = rest.split_at_checked(HEADER) {
        if !header.starts_with(b"PK\x01\x02") {
            break;
        }
        // Lengths of name, extra field and comment.
        let variable: usize = header
            .get(28..34)
            .unwrap_or_default()
            .chunks(2)
            .map(|pair| {
                pair.iter()
                    .rev()
                    .fold(0, |sum, byte| (sum << 8) | usize::from(*byte))
            })
            .sum();
        count = count.saturating_add(1);
        rest = after.get(variable..).unwrap_or_default();
    }
    count
}

/// The names that a folder of evidence may hold.
fn names() -> impl Iterator<Item = String> {
    FileId::all()
        .map(FileId::name)
        .chain([TRANSCRIPT.to_owned()])
}

/// What was found so far.
#[derive(Default)]
struct Found {
    evidence: Evidence,
    transcript: Option<Transcript>,
    names: BTreeSet<String>,
}

impl Found {
    /// Adds one file of a known name.
    fn add(&mut self, name: &str, source: &mut dyn std::io::Read) -> Result<(), EvidenceFileError> {
        if !self.names.insert(name.to_owned()) {
            return Err(EvidenceFileError::Twice(name.to_owned()));
        }
        let file = FileId::all().find(|file| file.name() == name);
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
                self.evidence.files.insert(file, FileState::Read(bytes));
            }
            None => self.transcript = Some(serde_json::from_slice(&bytes)?),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Evidence, EvidenceFileError> {
        if let Some(transcript) = self.transcript {
            transcript.apply(&mut self.evidence)?;
        }
        Ok(self.evidence)
    }
}

impl Transcript {
    fn of(evidence: &Evidence) -> Self {
        let mut transcript = Self {
            version: 1,
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
                transcript.no_proof = Some(NoProof::Aborted(reason.code().to_owned()));
            }
            ActiveAuthentication::NotTried => {}
        }
        for (file, state) in &evidence.files {
            let outcome = match state {
                FileState::Absent => NotObtained::Absent,
                FileState::Denied => NotObtained::Denied,
                FileState::Faulty(reason) => NotObtained::Faulty(reason.code().to_owned()),
                FileState::Read(_) | FileState::NotRead => continue,
            };
            transcript.files.insert(file.name(), outcome);
        }
        transcript
    }

    fn says_something(&self) -> bool {
        self.active_authentication.is_some() || self.no_proof.is_some() || !self.files.is_empty()
    }

    /// Adds what it says to the files that are there.
    fn apply(self, evidence: &mut Evidence) -> Result<(), EvidenceFileError> {
        use EvidenceFileError::TranscriptValue;
        if self.version != 1 {
            return Err(TranscriptValue("unknown version"));
        }
        let known = |code: &str| -> Result<Reason, EvidenceFileError> {
            reason::by_code(code).ok_or(TranscriptValue("a reason is not known"))
        };
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
        evidence.active_authentication = match (&self.active_authentication, &self.no_proof) {
            (Some(exchange), None) => exchange.read()?,
            (None, None) => ActiveAuthentication::NotTried,
            (None, Some(NoProof::Refused(status))) => u16::from_str_radix(status, 16)
                .map(ActiveAuthentication::Refused)
                .map_err(|_| TranscriptValue("a status word is not hexadecimal"))?,
            (None, Some(NoProof::NeedsExtendedLength)) => ActiveAuthentication::NeedsExtendedLength,
            (None, Some(NoProof::Aborted(code))) => ActiveAuthentication::Aborted(known(code)?),
            (Some(_), Some(_)) => {
                return Err(TranscriptValue("a proof that is there is said not to be"));
            }
        };
        Ok(())
    }
}

impl Exchange {
    fn read(&self) -> Result<ActiveAuthentication, EvidenceFileError> {
        let bytes = |text: &str| {
            hex::decode(text)
                .map_err(|_| EvidenceFileError::TranscriptValue("a value is not hexadecimal"))
        };
        let challenge = bytes(&self.challenge)?.try_into().map_err(|_| {
            EvidenceFileError::TranscriptValue("the challenge is not of eight bytes")
        })?;
        Ok(ActiveAuthentication::Answered {
            challenge,
            response: bytes(&self.response)?,
            retried: self.retried,
        })
    }
}

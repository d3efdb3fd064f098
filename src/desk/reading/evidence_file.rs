//! Evidence as files: a folder or a zip of raw files, whoever made them, and our own
//! `transcript.json` with the chip's proof (`docs/transcript.md`).

pub mod seal;
mod transcript;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::chip::FileId;
use crate::chip::files::MAX_FILE;
use crate::verify::Evidence;
use crate::verify::evidence::FileState;
use seal::{MAX_SEAL, SEAL};
use transcript::Transcript;

/// The name of the transcript.
const TRANSCRIPT: &str = "transcript.json";
/// Longest transcript that is read, in bytes: DG1 a second time at its largest, and a response of
/// extended length, each in hexadecimal.
const MAX_TRANSCRIPT: usize = 3 * MAX_FILE;
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

/// Evidence that somebody saved.
#[derive(Clone, Debug)]
pub struct Saved {
    /// What was obtained from the card.
    pub evidence: Evidence,
    /// Whose it is, where a desk sealed it; not believed yet.
    pub seal: Option<String>,
}

/// The same zip with a seal in it.
///
/// # Errors
/// [`EvidenceFileError`].
pub fn sealed(archive: &[u8], seal: &str) -> Result<Zeroizing<Vec<u8>>, EvidenceFileError> {
    let mut archive = ZipWriter::new_append(Cursor::new(archive.to_vec()))?;
    archive.start_file(SEAL, SimpleFileOptions::default().unix_permissions(0o600))?;
    archive
        .write_all(seal.as_bytes())
        .map_err(|source| EvidenceFileError::Io {
            path: SEAL.into(),
            source,
        })?;
    Ok(archive.finish()?.into_inner().into())
}

/// Reads evidence from a folder or a zip.
///
/// # Errors
/// [`EvidenceFileError`].
pub fn read(path: &Path) -> Result<Evidence, EvidenceFileError> {
    read_saved(path).map(|saved| saved.evidence)
}

/// Reads evidence from a folder or a zip, with its seal.
///
/// # Errors
/// [`EvidenceFileError`].
pub fn read_saved(path: &Path) -> Result<Saved, EvidenceFileError> {
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
        return saved_in_zip(&bytes, path);
    }
    found.finish(path)
}

/// Takes evidence out of a zip; `path` is what it is called in errors.
///
/// # Errors
/// [`EvidenceFileError`].
pub fn from_zip(bytes: &[u8], path: &Path) -> Result<Evidence, EvidenceFileError> {
    saved_in_zip(bytes, path).map(|saved| saved.evidence)
}

/// Whether a zip of evidence holds that text in one of its files, as it stands or, in a transcript, in
/// hexadecimal. What cannot be read as a zip is searched as it is.
#[must_use]
pub fn mentions(archive: &[u8], text: &str) -> bool {
    let plain = text.as_bytes();
    let written = hex::encode(plain).into_bytes();
    let holds = |bytes: &[u8]| {
        [plain, &written].iter().any(|wanted| {
            bytes
                .windows(wanted.len().max(1))
                .any(|window| window.eq_ignore_ascii_case(wanted))
        })
    };
    let Ok(mut zip) = ZipArchive::new(Cursor::new(archive)) else {
        return holds(archive);
    };
    let most = u64::try_from(MAX_TRANSCRIPT).unwrap_or(u64::MAX);
    (0..zip.len().min(MAX_ENTRIES)).any(|place| {
        let mut bytes = Zeroizing::new(Vec::new());
        // Damage is no reason to pass over what could be read.
        if let Ok(file) = zip.by_index(place) {
            let _ = file.take(most).read_to_end(&mut bytes);
        }
        holds(&bytes)
    })
}

fn saved_in_zip(bytes: &[u8], path: &Path) -> Result<Saved, EvidenceFileError> {
    let mut found = Found::default();
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    if archive.len() > MAX_ENTRIES {
        return Err(EvidenceFileError::TooLarge(path.display().to_string()));
    }
    // The library keeps one of several entries of one name without a word.
    if archive.len() != listed(bytes, archive.central_directory_start()) {
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
    found.finish(path)
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
        .chain([TRANSCRIPT.to_owned(), SEAL.to_owned()])
}

/// What was found so far.
#[derive(Default)]
struct Found {
    evidence: Evidence,
    transcript: Option<Transcript>,
    seal: Option<String>,
    names: BTreeSet<String>,
}

impl Found {
    /// Adds one file of a known name.
    fn add(&mut self, name: &str, source: &mut dyn std::io::Read) -> Result<(), EvidenceFileError> {
        if !self.names.insert(name.to_owned()) {
            return Err(EvidenceFileError::Twice(name.to_owned()));
        }
        let file = FileId::all().find(|file| file.name() == name);
        let most = match file {
            Some(_) => MAX_FILE,
            None if name == SEAL => MAX_SEAL,
            None => MAX_TRANSCRIPT,
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
            None if name == SEAL => {
                // One that is no text is no seal of anybody's.
                self.seal = Some(String::from_utf8_lossy(&bytes).into_owned());
            }
            None => self.transcript = Some(serde_json::from_slice(&bytes)?),
        }
        Ok(())
    }

    fn finish(mut self, path: &Path) -> Result<Saved, EvidenceFileError> {
        if self.evidence.files.is_empty() {
            return Err(EvidenceFileError::Empty(path.to_owned()));
        }
        if let Some(transcript) = self.transcript {
            transcript.apply(&mut self.evidence)?;
        }
        Ok(Saved {
            evidence: self.evidence,
            seal: self.seal,
        })
    }
}

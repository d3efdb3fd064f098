//! The file in which a case system keeps what it received: a line of JSON a report. A line that was
//! written has reached the disk before the receipt leaves.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::report::Receipt;

/// No file grows longer, in bytes; what comes then is not received.
const LONGEST_FILE: u64 = 1_073_741_824;
/// No line is longer, in bytes: a report is at most half of it.
const LONGEST_LINE: u64 = 2_097_152;
/// How each line begins: a file of somebody else's is not taken for half a line.
const BEGINNING: &[u8] = br#"{"receipt":{"#;

/// One report as it is kept.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) receipt: Receipt,
    pub(super) session: String,
    pub(super) case_ref: Option<String>,
    pub(super) jws: String,
}

/// The open file; one process at a time has it.
pub(super) struct Archive {
    file: File,
    /// Up to the end of the last whole line.
    length: u64,
}

impl Archive {
    /// Opens the file, made for its owner alone where it is missing, and hands each line to `each`, the
    /// oldest first. A last line without its end is what a process left that died while it wrote: no
    /// receipt was given for it, and it is cut off.
    ///
    /// # Errors
    /// Another process has the file, it cannot be read, or a line in it is none of ours.
    pub(super) fn open(path: &Path, mut each: impl FnMut(Kept)) -> io::Result<Self> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(path)?;
        file.try_lock()?;
        // That there is such a file must outlast a power cut as well.
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()?;
        let mut length = 0;
        let mut reader = BufReader::new(&file);
        loop {
            let mut line = Vec::new();
            let count = (&mut reader)
                .take(LONGEST_LINE)
                .read_until(b'\n', &mut line)?;
            if line.pop_if(|last| *last == b'\n').is_none() {
                let ours = line.iter().zip(BEGINNING).all(|(met, ours)| met == ours);
                if !ours || u64::try_from(count).is_ok_and(|count| count == LONGEST_LINE) {
                    return Err(foreign());
                }
                break;
            }
            each(serde_json::from_slice(&line).map_err(|_| foreign())?);
            length += u64::try_from(count).unwrap_or(0);
        }
        let mut archive = Self { file, length };
        archive.cut_to(length)?;
        Ok(archive)
    }

    /// Keeps a report: once this returns, it is on the disk.
    ///
    /// # Errors
    /// It is not there, nor a part of it.
    pub(super) fn keep(&mut self, kept: &Kept) -> io::Result<()> {
        let mut line = serde_json::to_vec(kept)?;
        line.push(b'\n');
        let after = self
            .length
            .saturating_add(u64::try_from(line.len()).unwrap_or(u64::MAX));
        if after > LONGEST_FILE {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let written = self
            .file
            .write_all(&line)
            .and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => {
                self.length = after;
                Ok(())
            }
            Err(error) => {
                self.cut_to(self.length)?;
                Err(error)
            }
        }
    }

    /// Empties it.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        self.cut_to(0)
    }

    fn cut_to(&mut self, length: u64) -> io::Result<()> {
        use std::io::Seek as _;
        self.file.set_len(length)?;
        self.file.sync_data()?;
        self.file.seek(io::SeekFrom::Start(length))?;
        self.length = length;
        Ok(())
    }
}

fn foreign() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "it holds something else than received reports",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{Archive, Kept};
    use crate::report::Receipt;

    fn kept(key: &str) -> Kept {
        Kept {
            receipt: Receipt {
                receipt_id: format!("R-{key}"),
                idempotency_key: key.to_owned(),
                received_at: "2026-03-01T08:00:00Z".to_owned(),
                sha256: "ab".to_owned(),
            },
            session: "S-1".to_owned(),
            case_ref: None,
            jws: "a.b.c".to_owned(),
        }
    }

    fn keys(path: &std::path::Path) -> std::io::Result<(Archive, Vec<String>)> {
        let mut keys = Vec::new();
        let archive = Archive::open(path, |kept| keys.push(kept.receipt.idempotency_key))?;
        Ok((archive, keys))
    }

    #[test]
    fn what_was_kept_is_there_again_and_half_a_line_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("received.jsonl");
        let (mut archive, found) = keys(&path).unwrap();
        assert!(found.is_empty());
        archive.keep(&kept("1")).unwrap();
        archive.keep(&kept("2")).unwrap();
        assert!(keys(&path).is_err(), "two processes at one file");
        drop(archive);

        let whole = std::fs::read(&path).unwrap();
        for cut in whole.len() / 2 + 1..whole.len() {
            std::fs::write(&path, whole.get(..cut).unwrap()).unwrap();
            let (mut archive, found) = keys(&path).unwrap();
            assert_eq!(found, ["1"], "{cut}");
            archive.keep(&kept("3")).unwrap();
            drop(archive);
            assert_eq!(keys(&path).unwrap().1, ["1", "3"], "{cut}");
        }
        let (mut archive, _) = keys(&path).unwrap();
        archive.clear().unwrap();
        archive.keep(&kept("4")).unwrap();
        drop(archive);
        assert_eq!(keys(&path).unwrap().1, ["4"]);
    }

    #[test]
    fn a_file_of_something_else_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes");
        for text in ["not ours\nnor this", "not ours"] {
            std::fs::write(&path, text).unwrap();
            assert!(keys(&path).is_err());
            assert_eq!(std::fs::read(&path).unwrap(), text.as_bytes());
        }
    }
}

//! Check 24: cards that were reported lost or withdrawn (BSI TR-03135-1, 3.5).
//!
//! No register of them is public: the operator supplies the list. It is kept as digests alone, so
//! that nobody's number lies in memory for being on it.

use core::fmt;
use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use zeroize::Zeroizing;

use super::cross::Said;
use crate::crypto::hash::{HashAlgorithm, sha256_hex};
use crate::document::PersonalNumber;
use crate::finding::reason;
use crate::finding::{Check, CheckId, CheckResult};

/// The name of the list in a trust folder.
pub const FILE_NAME: &str = "lost-cards.txt";
/// Longest list that is read, in bytes: a million digests.
const MAX_BYTES: u64 = 66 * 1024 * 1024;
/// Most cards of one list.
const MAX_CARDS: usize = 1_000_000;

/// The SHA-256 of a number.
type Digest = [u8; 32];

/// Cards reported lost or withdrawn, by the SHA-256 of their numbers. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct LostCards {
    cards: Arc<BTreeSet<Digest>>,
    digest: String,
}

/// Why a list cannot be used. Half a list is none. Never holds a line's content.
#[derive(Debug, thiserror::Error)]
pub enum LostCardsError {
    /// The file could not be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Longer than the bound, or more cards.
    #[error("{}: more than a list of lost cards may hold", path.display())]
    TooLarge {
        /// Which one.
        path: PathBuf,
    },
    /// A line that is none of those that may stand there.
    #[error(
        "{}: line {line} is no personal number (12 digits), no document number and no SHA-256 of \
         one (64 hexadecimal digits)", path.display()
    )]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
}

impl LostCards {
    /// Reads a list: one card a line, by its personal number, its document number or the SHA-256 of
    /// either in hexadecimal. Empty lines and lines that begin with `#` say nothing.
    ///
    /// # Errors
    /// [`LostCardsError`] at the first line that is none of these.
    pub fn from_file(path: &Path) -> Result<Self, LostCardsError> {
        let unreadable = |source| LostCardsError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let file = std::fs::File::open(path).map_err(unreadable)?;
        let mut text = Zeroizing::new(Vec::new());
        // By what is read, not by what the system says: a pipe has no length.
        file.take(MAX_BYTES.saturating_add(1))
            .read_to_end(&mut text)
            .map_err(unreadable)?;
        Self::parse(path, &text)
    }

    /// Reads a list that `path` named.
    ///
    /// # Errors
    /// As for [`Self::from_file`].
    pub(super) fn parse(path: &Path, text: &[u8]) -> Result<Self, LostCardsError> {
        let too_large = || LostCardsError::TooLarge {
            path: path.to_owned(),
        };
        if u64::try_from(text.len()).is_ok_and(|length| length > MAX_BYTES) {
            return Err(too_large());
        }
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut cards = BTreeSet::new();
        for (before, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let wrong = || LostCardsError::Line {
                path: path.to_owned(),
                line: before.saturating_add(1),
            };
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            if cards.len() >= MAX_CARDS {
                return Err(too_large());
            }
            let line = core::str::from_utf8(line).map_err(|_| wrong())?;
            cards.insert(entry(line).ok_or_else(wrong)?);
        }
        let all: Zeroizing<Vec<u8>> = Zeroizing::new(cards.iter().flatten().copied().collect());
        Ok(Self {
            digest: sha256_hex(&all),
            cards: Arc::new(cards),
        })
    }

    /// How many cards are on it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cards.len()
    }

    /// Whether no card is on it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cards.is_empty()
    }

    /// SHA-256 over the entries, lower-case hex: the same for lists that name the same cards alike.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Whether that personal or document number is on it.
    fn names(&self, number: &str) -> bool {
        digest_of(number).is_some_and(|digest| self.cards.contains(&digest))
    }
}

/// A list that is kept as long as its file stays the same: a long one takes a second to read.
#[derive(Debug)]
pub struct LostCardsFile {
    path: PathBuf,
    kept: Mutex<Option<(Stamp, LostCards)>>,
}

/// What tells that a file is another than before.
type Stamp = (u64, SystemTime);

impl LostCardsFile {
    /// The list in that file, not read yet.
    #[must_use]
    pub const fn at(path: PathBuf) -> Self {
        Self {
            path,
            kept: Mutex::new(None),
        }
    }

    /// The list as the file has it now.
    ///
    /// # Errors
    /// As for [`LostCards::from_file`].
    pub fn now(&self) -> Result<LostCards, LostCardsError> {
        let stamp = std::fs::metadata(&self.path)
            .and_then(|about| Ok((about.len(), about.modified()?)))
            .map_err(|source| LostCardsError::Unreadable {
                path: self.path.clone(),
                source,
            })?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, list)) = &*kept
            && *of == stamp
        {
            return Ok(list.clone());
        }
        let list = LostCards::from_file(&self.path)?;
        *kept = Some((stamp, list.clone()));
        Ok(list)
    }
}

impl fmt::Debug for LostCards {
    /// A digest of twelve digits is soon turned back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

fn digest_of(number: &str) -> Option<Digest> {
    HashAlgorithm::Sha256
        .digest(number.as_bytes())
        .try_into()
        .ok()
}

/// The digest that a line stands for. A number with a digit too few or too many must not pass for
/// the document number of another country.
fn entry(line: &str) -> Option<Digest> {
    let digits = line.bytes().all(|byte| byte.is_ascii_digit());
    let letters_and_digits = line.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match line.len() {
        64 => hex::decode(line).ok()?.try_into().ok(),
        9 | 12 if digits => digest_of(line),
        // ICAO 9303-5, 4.2.2.1: of other countries, up to 22 characters.
        5..=22 if letters_and_digits && !digits => digest_of(&line.to_ascii_uppercase()),
        _ => None,
    }
}

/// Check 24: the card is not on the list. Every number that the chip gives for the card counts: who
/// reports a loss may know either.
pub(super) fn status(said: Said<'_>, lists: &[LostCards]) -> Check {
    let id = CheckId::Status;
    if lists.is_empty() {
        return Check::not_performed(id, "no list of lost cards is configured");
    }
    let of_dg1 = said.mrz.and_then(|mrz| mrz.personal_number.as_ref());
    let of_dg13 = said.dg13_number();
    let personal = [of_dg1, of_dg13.as_ref()].into_iter().flatten();
    let document = said.mrz.map(|mrz| mrz.document_number.reveal().as_str());
    let mut numbers = personal
        .flat_map(|number| [number.reveal(), PersonalNumber::document_number(number)])
        .chain(document.filter(|number| !number.is_empty()))
        .peekable();
    if numbers.peek().is_none() {
        return Check::not_performed(id, "DG1 and DG13 give no number");
    }
    let check = if numbers.any(|number| lists.iter().any(|list| list.names(number))) {
        Check::because(id, CheckResult::Failed, reason::CARD_REPORTED_LOST)
    } else {
        Check::successful(id)
    };
    let digests: Vec<&str> = lists.iter().map(LostCards::digest).collect();
    let cards = lists.iter().map(LostCards::len).sum::<usize>();
    check
        .fact("lists", digests.join(" "))
        .fact("cards", cards.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;

    fn list(text: &[u8]) -> Result<LostCards, LostCardsError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        LostCards::from_file(file.path())
    }

    #[test]
    fn a_card_is_named_by_either_number_or_its_digest() {
        let digest = sha256_hex(b"001090000001");
        for text in [
            "001090000001".to_owned(),
            "# lost\r\n\r\n 001090000001 \r\n".to_owned(),
            format!("\u{feff}{digest}"),
            digest.to_uppercase(),
        ] {
            let lost = list(text.as_bytes()).unwrap();
            assert!(lost.names("001090000001"), "{text:?}");
            assert!(!lost.names("090000001") && lost.len() == 1);
            assert_eq!(lost, list(b"001090000001").unwrap());
        }
        assert!(list(b"090000001").unwrap().names("090000001"));
        assert!(list(b"l01x00t47").unwrap().names("L01X00T47"));
        assert!(list(b"").unwrap().is_empty());
    }

    #[test]
    fn a_wrong_line_is_told_by_its_number_and_never_by_its_content() {
        for wrong in [
            "00109000001",
            "0010900000011",
            "09000000",
            "001 090 000 001",
            "001090000001 Nguyen",
            "001090000001,090000001",
            "\u{661}01090000001",
            "\u{ff10}01090000001",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85",
            "g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ] {
            let text = format!("# two\n090000002\n{wrong}\n");
            let error = list(text.as_bytes()).unwrap_err();
            assert!(
                matches!(error, LostCardsError::Line { line: 3, .. }),
                "{wrong}"
            );
            let said = format!("{error} {error:?}");
            assert!(!said.contains(wrong) && !said.contains("090000002"));
        }
        assert!(matches!(
            list(b"\xff\xfe0\x000\x00"),
            Err(LostCardsError::Line { line: 1, .. })
        ));
        assert!(matches!(
            LostCards::from_file(Path::new("/nowhere/lost.txt")),
            Err(LostCardsError::Unreadable { .. })
        ));
    }

    #[test]
    fn a_list_that_changed_is_read_anew() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "001090000001").unwrap();
        let list = LostCardsFile::at(file.path().to_owned());
        assert!(list.now().unwrap().names("001090000001"));
        assert!(format!("{list:?}").contains("[redacted]"));
        std::fs::write(file.path(), "090000002\n").unwrap();
        assert!(!list.now().unwrap().names("001090000001"));
        std::fs::write(file.path(), "0010900000021").unwrap();
        assert!(list.now().is_err());
    }

    #[test]
    fn what_is_formatted_holds_no_digest() {
        let lost = list(b"001090000001").unwrap();
        assert_eq!(format!("{lost:?}"), "[redacted]");
    }
}

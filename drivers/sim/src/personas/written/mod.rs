//! Personas as an integrator writes them, one a file:
//!
//! ```toml
//! name = "own-card"
//! full_name = "NGUYỄN VĂN H"
//! personal_number = "001090000008"
//! birth_date = 1990-01-01
//! sex = "male"
//! issue_date = 2022-08-15
//! expiry_date = 2030-01-01        # or "none"
//! defects = ["lso-dg-hash-bad"]
//!
//! [chip]
//! access = ["bac", "pace-im"]
//! ```
//!
//! What is not written is as on the citizen card. A mistake is told with its line and with what would
//! be right, and so is a persona that contradicts itself.
//!
//! # Layout
//! - here: a file
//! - `person`: who it is, and what stands on the card
//! - `chip`: what the chip is able to do
//! - `picture`: the portrait
//! - `reader`: values with their places

mod chip;
mod person;
mod picture;
mod reader;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::Persona;
use crate::defects::{Defect, nearest};
pub use chip::KEYS as CHIP_KEYS;
pub use person::{FOREIGN_KEYS, KEYS};
pub use picture::MAX_PICTURE;
use reader::{Field, Table};

/// Longest file, in bytes.
pub const MAX_TEXT: usize = 64 * 1024;

/// A mistake, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// The key with its table in front, such as `chip.access`; empty where the text is no TOML.
    pub key: String,
    /// What is wrong.
    pub wrong: String,
    /// What would be right.
    pub right: String,
}

impl core::fmt::Display for Mistake {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(out, "line {}: ", self.line)?;
        if !self.key.is_empty() {
            write!(out, "{}: ", self.key)?;
        }
        write!(out, "{}; {}", self.wrong, self.right)
    }
}

impl core::error::Error for Mistake {}

/// Why a file gives no persona.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file can't be read.
    #[error("{}: {source}", path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// What stands in it, or in its picture.
    #[error("{}: {mistake}", path.display())]
    Mistake {
        /// The path of the persona's file.
        path: PathBuf,
        /// What is wrong.
        mistake: Mistake,
    },
}

/// A persona out of a file, with what is wrong with its card.
#[derive(Clone, Debug)]
pub struct Written {
    /// The persona, its chip's profile with it. [`load`] puts its portrait into it too.
    pub persona: Persona,
    /// The defects that the file names.
    pub defects: Vec<&'static Defect>,
    /// The file of its portrait, as it is written; where there is none, the portrait is drawn.
    pub portrait: Option<PortraitFile>,
}

/// The portrait's file, as a persona's file names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortraitFile {
    /// Its path, from the folder of the persona's file.
    pub path: String,
    /// The line where it is named, from 1.
    pub line: usize,
}

/// Reads a persona and leaves the file of its portrait alone.
///
/// # Errors
/// [`Mistake`], the first that is met.
pub fn parse(text: &str) -> Result<Written, Mistake> {
    if text.len() > MAX_TEXT {
        return Err(Mistake {
            line: 1,
            key: String::new(),
            wrong: format!("the file has {} bytes", text.len()),
            right: format!("at most {MAX_TEXT} are read"),
        });
    }
    let parsed = DeTable::parse(text).map_err(|error| Mistake {
        line: reader::line(text, error.span().unwrap_or(0..0).start),
        key: String::new(),
        wrong: format!("no TOML: {}", error.message().replace('\n', ", ")),
        right: "see https://toml.io and docs/persona.example.toml".to_owned(),
    })?;
    let root = Table::new(text, "", KEYS, parsed.get_ref(), 0)?;
    let mut persona = person::persona(&root)?;
    persona.chip = match root.get("chip") {
        Some(field) => Some(chip::profile(&field.table("chip.", CHIP_KEYS)?)?),
        None => None,
    };
    let defects = match root.get("defects") {
        Some(field) => named(&field)?,
        None => Vec::new(),
    };
    let portrait = match root.get("portrait") {
        Some(field) => Some(PortraitFile {
            path: person::text(&field)?,
            line: field.line(),
        }),
        None => None,
    };
    Ok(Written {
        persona,
        defects,
        portrait,
    })
}

/// Reads a persona from its file, and its portrait from the file beside it.
///
/// # Errors
/// [`LoadError`]: the file's, or the first mistake in it or in its picture.
pub fn load(path: &Path) -> Result<Written, LoadError> {
    let unread = |source| LoadError::File {
        path: path.to_owned(),
        source,
    };
    let mistaken = |mistake| LoadError::Mistake {
        path: path.to_owned(),
        mistake,
    };
    // One byte more shows that there are too many; a pipe would be waited for without end.
    let bytes = bounded(path, MAX_TEXT.saturating_add(1)).map_err(unread)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..good).unwrap_or_default();
        mistaken(Mistake {
            line: before.split(|byte| *byte == b'\n').count(),
            key: String::new(),
            wrong: "no UTF-8".to_owned(),
            right: "save the file as UTF-8".to_owned(),
        })
    })?;
    let mut written = parse(&text).map_err(mistaken)?;
    if let Some(portrait) = &written.portrait {
        let folder = path.parent().unwrap_or(Path::new(""));
        let picture = picture::read(&folder.join(&portrait.path)).map_err(|(wrong, right)| {
            mistaken(Mistake {
                line: portrait.line,
                key: "portrait".to_owned(),
                wrong,
                right,
            })
        })?;
        written.persona.portrait = Some(picture);
    }
    Ok(written)
}

/// The first bytes of a file that is one, not a pipe or a device.
fn bounded(path: &Path, most: usize) -> std::io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("is no file"));
    }
    let mut bytes = Vec::new();
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn named(field: &Field<'_, '_>) -> Result<Vec<&'static Defect>, Mistake> {
    let mut all: Vec<&'static Defect> = Vec::new();
    for one in field.list()? {
        let id = one.string()?;
        let Some(defect) = crate::defects::defect(id) else {
            let near = nearest(id);
            let right = format!("the nearest is “{near}”, all: cccd-desk simulate list");
            return Err(one.unknown(id, right));
        };
        if all.iter().any(|known| known.id == id) {
            return Err(one.wrong(format!("“{id}” is named twice"), "a defect is named once"));
        }
        all.push(defect);
    }
    Ok(all)
}

#[cfg(test)]
mod tests;

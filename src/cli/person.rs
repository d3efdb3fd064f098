//! Personal numbers come from files and standard input, never from the command line.

use std::fs::File;
use std::io::{BufRead as _, Read as _};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use cccd_desk::document::PersonalNumber;
use zeroize::Zeroizing;

/// Why, for the help of a command.
pub const NUMBER_HELP: &str = "\
The number comes from a file or from standard input, never from the command line: that would stand in\n\
the shell's history, in the list of processes, which every user of the machine can read, and perhaps in\n\
the system's own audit log, where nothing erases it.";

/// No longer text holds a number.
const MOST: u64 = 64;

/// The number that a file holds, or for `-` the next line of standard input; `option` is what is asked for it.
pub fn number(option: &str, path: &Path) -> Result<PersonalNumber> {
    let mut text = Zeroizing::new(String::with_capacity(64));
    if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(MOST)
            .read_line(&mut text)
            .context("standard input")?;
    } else {
        let file = File::open(path).map_err(|error| {
            // Whoever gives the number itself must not read it back in a log.
            anyhow!("{option} takes a file or -, and that file cannot be opened: {error}")
        })?;
        file.take(MOST)
            .read_to_string(&mut text)
            .with_context(|| option.to_owned())?;
    }
    PersonalNumber::parse(text.trim()).with_context(|| option.to_owned())
}

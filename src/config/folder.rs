//! The data folder.

use std::path::{Path, PathBuf};

/// Where the desk keeps its database, unless the configuration says otherwise: the folder that
/// systemd made for the service (`STATE_DIRECTORY`), else the user's data folder (XDG Base
/// Directory specification). `variable` reads the environment. `None` without a home.
#[must_use]
pub fn standard(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let folder = |name: &str| {
        let value = variable(name)?;
        // systemd joins several folders by colons; XDG demands absolute paths.
        let first = value.split(':').next()?;
        Path::new(first).is_absolute().then(|| PathBuf::from(first))
    };
    folder("STATE_DIRECTORY")
        .or_else(|| Some(folder("XDG_DATA_HOME")?.join("cccd-desk")))
        .or_else(|| Some(folder("HOME")?.join(".local/share/cccd-desk")))
}

#[cfg(test)]
mod tests {
    use super::standard;
    use std::path::PathBuf;

    #[test]
    fn the_folder_of_the_service_comes_before_that_of_the_user() {
        for (variables, expected) in [
            (&[][..], None),
            (
                &[("HOME", "/home/a")][..],
                Some("/home/a/.local/share/cccd-desk"),
            ),
            (
                &[("HOME", "/home/a"), ("XDG_DATA_HOME", "/data")][..],
                Some("/data/cccd-desk"),
            ),
            (
                &[("HOME", "/home/a"), ("XDG_DATA_HOME", "relative")][..],
                Some("/home/a/.local/share/cccd-desk"),
            ),
            (
                &[
                    ("XDG_DATA_HOME", "/data"),
                    ("STATE_DIRECTORY", "/var/lib/cccd-desk:/var/lib/b"),
                ][..],
                Some("/var/lib/cccd-desk"),
            ),
        ] {
            let found = standard(|name| {
                let (_, value) = variables.iter().find(|(variable, _)| *variable == name)?;
                Some((*value).to_owned())
            });
            assert_eq!(found, expected.map(PathBuf::from), "{variables:?}");
        }
    }
}

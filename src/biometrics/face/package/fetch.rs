//! The package, fetched by its ordinary client.

use core::time::Duration;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

/// What npm is asked for.
const PACKAGE: &str = "@vladmandic/face-api@1.7.15";
/// How long it may take.
const TIME: Duration = Duration::from_secs(180);
/// How often it is looked at.
const PAUSE: Duration = Duration::from_millis(50);
/// Most bytes of its complaint that are kept.
const MAX_COMPLAINT: u64 = 4_096;

/// Why the package was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// npm can't be started.
    #[error(
        "npm can't be started ({source}): install it, or fetch the package {PACKAGE} elsewhere and name the file"
    )]
    NoClient {
        /// What the system says.
        source: io::Error,
    },
    /// A folder could not be used.
    #[error("{}: {source}", path.display())]
    Folder {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// npm ended with an error.
    #[error("npm pack {PACKAGE} failed: {complaint}")]
    Failed {
        /// What it said.
        complaint: String,
    },
    /// npm did not end in time.
    #[error("npm pack {PACKAGE} did not end within {} s", TIME.as_secs())]
    Timeout,
    /// npm left no archive, or several.
    #[error("npm pack left {count} archives where one is due")]
    NoArchive {
        /// How many.
        count: usize,
    },
}

/// Has npm fetch the package's archive into a folder, which is made where it is not there. Whether it
/// is the right one is for the importer to say.
///
/// # Errors
/// [`FetchError`].
pub fn fetch_package(into: &Path) -> Result<PathBuf, FetchError> {
    fetch_with(OsStr::new("npm"), into, TIME)
}

fn fetch_with(client: &OsStr, into: &Path, time: Duration) -> Result<PathBuf, FetchError> {
    let folder = |source| FetchError::Folder {
        path: into.to_owned(),
        source,
    };
    fs::create_dir_all(into).map_err(folder)?;
    let mut child = Command::new(client)
        // No script of the package or of this folder has any business here.
        .args([
            "pack",
            PACKAGE,
            "--ignore-scripts",
            "--silent",
            "--pack-destination",
        ])
        .arg(into)
        .current_dir(into)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| FetchError::NoClient { source })?;
    // Read beside the wait: a full pipe would stop it.
    let complaint = child.stderr.take().map(|stderr| {
        thread::spawn(move || {
            let mut stderr = stderr;
            let mut text = Vec::new();
            let _ = stderr.by_ref().take(MAX_COMPLAINT).read_to_end(&mut text);
            let _ = io::copy(&mut stderr, &mut io::sink());
            text
        })
    });
    let ended = wait(&mut child, time).map_err(folder)?;
    let Some(success) = ended else {
        return Err(FetchError::Timeout);
    };
    if !success {
        let complaint = complaint.and_then(|thread| thread.join().ok());
        let complaint = complaint.unwrap_or_default();
        return Err(FetchError::Failed {
            complaint: String::from_utf8_lossy(&complaint).trim().to_owned(),
        });
    }
    let mut archives = Vec::new();
    for entry in fs::read_dir(into).map_err(folder)? {
        let path = entry.map_err(folder)?.path();
        if path.extension().is_some_and(|extension| extension == "tgz") {
            archives.push(path);
        }
    }
    match archives.as_slice() {
        [archive] => Ok(archive.clone()),
        several => Err(FetchError::NoArchive {
            count: several.len(),
        }),
    }
}

/// Whether it ended well; `None` where it was ended because its time was over.
fn wait(child: &mut Child, time: Duration) -> io::Result<Option<bool>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.success()));
        }
        if start.elapsed() >= time {
            // Gone already is as good as ended.
            let _ = child.kill();
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// A client that does what a script says.
    fn client(folder: &Path, script: &str) -> PathBuf {
        let path = folder.join("client");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn fetched(script: &str, time: Duration) -> Result<PathBuf, FetchError> {
        let folder = tempfile::tempdir().unwrap();
        let client = client(folder.path(), script);
        let into = folder.path().join("into");
        fetch_with(client.as_os_str(), &into, time)
            .map(|path| path.strip_prefix(&into).unwrap().to_owned())
    }

    #[test]
    fn what_the_client_leaves_is_found_and_what_it_says_is_told() {
        let long = Duration::from_secs(30);
        let found = fetched("echo x > \"$6/a.tgz\"", long).unwrap();
        assert_eq!(found, Path::new("a.tgz"));
        assert!(matches!(
            fetched("exit 0", long),
            Err(FetchError::NoArchive { count: 0 })
        ));
        assert!(matches!(
            fetched("echo no such package >&2; exit 1", long),
            Err(FetchError::Failed { complaint }) if complaint == "no such package"
        ));
        assert!(matches!(
            fetched("exec sleep 60", Duration::ZERO),
            Err(FetchError::Timeout)
        ));
        let folder = tempfile::tempdir().unwrap();
        let nothing = folder.path().join("nothing");
        assert!(matches!(
            fetch_with(nothing.as_os_str(), folder.path(), long),
            Err(FetchError::NoClient { .. })
        ));
    }
}

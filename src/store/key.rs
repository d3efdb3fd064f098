//! The key of the encrypted database.

use core::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write as _};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use ring::rand::{SecureRandom, SystemRandom};
use rusqlite::Connection;
use zeroize::Zeroizing;

use super::StoreError;

const FILE: &str = "desk.key";
const CREDENTIAL: &str = "cccd-desk-db-key";

/// 256 bits: SQLCipher's raw key, which needs no derivation.
pub(super) struct DatabaseKey(Zeroizing<[u8; 32]>);

impl DatabaseKey {
    /// Unlocks a connection that was just opened.
    pub(super) fn unlock(&self, connection: &Connection) -> Result<(), StoreError> {
        // A wrong key is our error to tell; SQLCipher's own log would go to stderr.
        connection.execute_batch("PRAGMA cipher_log_level = NONE;")?;
        let mut statement = Zeroizing::new(String::with_capacity(96));
        statement.push_str("PRAGMA key = \"x'");
        self.write_hex(&mut statement);
        statement.push_str("'\";");
        connection.execute_batch(&statement)?;
        // SQLCipher decrypts at the first read and says only then that the key is another one's.
        connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| {
            row.get::<_, i64>(0)
        })?;
        Ok(())
    }

    /// Attaches another database of the same key under a name, for reading alone; the connection must take
    /// addresses (`SQLITE_OPEN_URI`).
    pub(super) fn attach(
        &self,
        connection: &Connection,
        database: &Path,
        name: &str,
    ) -> Result<(), StoreError> {
        let mut key = Zeroizing::new(String::with_capacity(96));
        key.push_str("x'");
        self.write_hex(&mut key);
        key.push('\'');
        let address = read_only(database);
        connection.execute(
            &format!("ATTACH DATABASE ?1 AS {name} KEY ?2"),
            (address, key.as_str()),
        )?;
        Ok(())
    }

    fn write_hex(&self, text: &mut Zeroizing<String>) {
        for byte in self.0.iter() {
            // Writing to a string does not fail.
            let _ = write!(**text, "{byte:02x}");
        }
    }

    /// 64 hexadecimal digits with white space around them, or 32 bytes.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        if bytes.len() == 32 {
            key.copy_from_slice(bytes);
        } else {
            hex::decode_to_slice(bytes.trim_ascii(), key.as_mut_slice()).ok()?;
        }
        Some(Self(key))
    }
}

/// A file as an address that SQLite reads it from, and never writes to.
fn read_only(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt as _;
    let mut address = "file:".to_owned();
    for byte in path.as_os_str().as_bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"/-._".contains(byte);
        if plain {
            address.push(char::from(*byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(address, "%{byte:02x}");
        }
    }
    address.push_str("?mode=ro");
    address
}

/// Finds the key: the credential that systemd passed, else the file of the data folder, which is
/// made unless a database is there already: a new key would lock it for ever.
pub(super) fn obtain(
    folder: &Path,
    credentials: Option<&Path>,
    database_exists: bool,
) -> Result<DatabaseKey, StoreError> {
    if let Some(path) = credentials.map(|folder| folder.join(CREDENTIAL))
        && path.exists()
    {
        // systemd owns the file and its mode.
        let file = File::open(&path).map_err(|error| StoreError::folder(&path, &error))?;
        return read(file, &path);
    }
    let path = folder.join(FILE);
    match OpenOptions::new().read(true).open(&path) {
        Ok(file) => checked(file, &path),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if database_exists {
                return Err(StoreError::KeyMissing {
                    folder: folder.to_owned(),
                });
            }
            make(folder, &path)?;
            let file = File::open(&path).map_err(|error| StoreError::folder(&path, &error))?;
            checked(file, &path)
        }
        Err(error) => Err(StoreError::folder(&path, &error)),
    }
}

fn checked(file: File, path: &Path) -> Result<DatabaseKey, StoreError> {
    let about = file
        .metadata()
        .map_err(|error| StoreError::folder(path, &error))?;
    if !about.is_file() {
        return Err(StoreError::KeyFile {
            path: path.to_owned(),
            problem: "is not a file",
        });
    }
    if about.mode() & 0o077 != 0 {
        return Err(StoreError::KeyFile {
            path: path.to_owned(),
            problem: "can be read by others: its mode must be 0600 (chmod 600)",
        });
    }
    read(file, path)
}

fn read(file: File, path: &Path) -> Result<DatabaseKey, StoreError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(256));
    file.take(256)
        .read_to_end(&mut bytes)
        .map_err(|error| StoreError::folder(path, &error))?;
    DatabaseKey::parse(&bytes).ok_or_else(|| StoreError::KeyFile {
        path: path.to_owned(),
        problem: "is not 64 hexadecimal digits",
    })
}

/// Writes a new key beside its place and links it there: whoever opens the file sees all of it,
/// and of two first starts at once one wins and both use its key.
fn make(folder: &Path, path: &Path) -> Result<(), StoreError> {
    let mut key = DatabaseKey(Zeroizing::new([0; 32]));
    SystemRandom::new()
        .fill(key.0.as_mut_slice())
        .map_err(|_| StoreError::Crypto("the system gave no random bytes"))?;
    let mut text = Zeroizing::new(String::with_capacity(65));
    key.write_hex(&mut text);
    text.push('\n');

    let draft = folder.join(format!("{FILE}.{}", std::process::id()));
    let written = write(&draft, text.as_bytes()).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    let removed = fs::remove_file(&draft);
    written
        .and(removed)
        .and_then(|()| File::open(folder)?.sync_all())
        .map_err(|error| StoreError::folder(path, &error))
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::{CREDENTIAL, FILE, obtain};
    use crate::store::StoreError;

    #[test]
    fn the_first_start_makes_a_key_that_only_the_owner_reads() {
        let folder = tempfile::tempdir().unwrap();
        let made = obtain(folder.path(), None, false).unwrap();
        let path = folder.path().join(FILE);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let kept = obtain(folder.path(), None, true).unwrap();
        assert_eq!(made.0, kept.0);
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        obtain(folder.path(), None, false).unwrap();
        let path = folder.path().join(FILE);
        for mode in [0o640, 0o604, 0o660, 0o644, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(
                matches!(
                    obtain(folder.path(), None, true),
                    Err(StoreError::KeyFile { .. })
                ),
                "{mode:o}"
            );
        }
    }

    #[test]
    fn a_database_without_its_key_never_gets_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(
            obtain(folder.path(), None, true),
            Err(StoreError::KeyMissing { .. })
        ));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_credential_of_the_service_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let credentials = tempfile::tempdir().unwrap();
        fs::write(credentials.path().join(CREDENTIAL), "07".repeat(32) + "\n").unwrap();
        let key = obtain(folder.path(), Some(credentials.path()), true).unwrap();
        assert_eq!(*key.0, [7; 32]);
        fs::write(credentials.path().join(CREDENTIAL), [9; 32]).unwrap();
        let key = obtain(folder.path(), Some(credentials.path()), true).unwrap();
        assert_eq!(*key.0, [9; 32]);
    }

    #[test]
    fn what_is_no_key_is_said_so() {
        let folder = tempfile::tempdir().unwrap();
        let credentials = tempfile::tempdir().unwrap();
        for text in [
            "",
            "07",
            "zz",
            &"07".repeat(33),
            &"0g".repeat(32),
            &"a".repeat(9_999),
        ] {
            fs::write(credentials.path().join(CREDENTIAL), text).unwrap();
            assert!(
                matches!(
                    obtain(folder.path(), Some(credentials.path()), true),
                    Err(StoreError::KeyFile { .. })
                ),
                "{text}"
            );
        }
    }
}

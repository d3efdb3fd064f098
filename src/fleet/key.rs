//! NKeys: what the servers know somebody by. The seed never leaves its file.

use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use zeroize::Zeroizing;

/// Makes one: the seed goes to a new file that only its owner reads, and the public key comes back.
///
/// # Errors
/// The system's; a file that is there is left alone.
pub fn make(path: &Path) -> io::Result<String> {
    let pair = nkeys::KeyPair::new_user();
    let seed = pair.seed().map(Zeroizing::new);
    let seed = seed.map_err(|_| io::Error::other("the system gave no random bytes"))?;
    let mut options = std::fs::OpenOptions::new();
    let mut file = options
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)?;
    writeln!(file, "{}", *seed)?;
    file.sync_all()?;
    Ok(pair.public_key())
}

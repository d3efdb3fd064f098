//! Pictures that came before. A camera never gives the same bytes twice: who remembers them by their
//! hashes knows a picture that was kept and is shown again.

use ring::digest;

/// SHA-256 of a picture as it came.
pub type FrameHash = [u8; 32];

/// SHA-256 of a picture as it came.
#[must_use]
pub fn frame_hash(bytes: &[u8]) -> FrameHash {
    let mut hash = [0; 32];
    let digest = digest::digest(&digest::SHA256, bytes);
    for (byte, digest) in hash.iter_mut().zip(digest.as_ref()) {
        *byte = *digest;
    }
    hash
}

#![allow(clippy::unwrap_used)]

use std::os::unix::fs::PermissionsExt as _;

use super::super::testing::{CVCA, Draft, Holder, TERMINAL, VERIFIER};
use super::*;

struct Desk {
    folder: tempfile::TempDir,
    root: Holder,
    verifier: Holder,
    terminal: Holder,
}

impl Desk {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            root: Holder::new("VNCVCA00001"),
            verifier: Holder::new("VNDVHN00001"),
            terminal: Holder::new("VNDESK100001"),
        }
    }

    fn write(&self, name: &str, bytes: &[u8], mode: u32) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    /// The terminal's certificate apart, the others in one file, and the key.
    fn filled() -> Self {
        let desk = Self::new();
        let terminal = Draft::new(&desk.verifier, &desk.terminal, TERMINAL).make();
        let verifier = Draft::new(&desk.root, &desk.verifier, VERIFIER).make();
        let root = Draft::new(&desk.root, &desk.root, CVCA).make();
        desk.write("terminal.cvcert", &terminal, 0o644);
        desk.write("above.CVC", &[verifier, root].concat(), 0o644);
        desk.write("terminal.key", &desk.terminal.pkcs8(), 0o600);
        desk.write("README", b"what this is", 0o644);
        desk
    }

    fn load(&self) -> Result<TerminalMaterial, MaterialError> {
        TerminalMaterial::from_folder(self.folder.path(), None)
    }
}

#[test]
fn a_folder_gives_certificates_and_key() {
    let material = Desk::filled().load().unwrap();
    assert_eq!(material.certificates().len(), 3);
    let names: Vec<String> = material
        .authorities()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(names, ["VNCVCA00001"]);
    let today = "2026-11-24".parse().unwrap();
    let chain = material.chain(&material.authorities(), today).unwrap();
    assert_eq!(chain.terminal.holder.to_string(), "VNDESK100001");
    assert_eq!(chain.expiry(), "2026-12-31".parse().unwrap());
}

#[test]
fn the_key_is_ours_alone_or_no_key() {
    for mode in [0o640, 0o604, 0o644] {
        let desk = Desk::filled();
        desk.write("terminal.key", &desk.terminal.pkcs8(), mode);
        let refused = desk.load().unwrap_err();
        assert!(matches!(refused, MaterialError::KeyMode(_)), "{refused}");
    }
}

#[test]
fn one_key_is_due() {
    let desk = Desk::filled();
    desk.write("other.pem", b"", 0o600);
    let refused = desk.load().unwrap_err();
    assert!(matches!(refused, MaterialError::KeyCount { found: 2, .. }));
    fs::remove_file(desk.folder.path().join("other.pem")).unwrap();
    fs::remove_file(desk.folder.path().join("terminal.key")).unwrap();
    let refused = desk.load().unwrap_err();
    assert!(matches!(refused, MaterialError::KeyCount { found: 0, .. }));
    // Elsewhere, and named.
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join("key");
    fs::write(&path, desk.terminal.pkcs8()).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(TerminalMaterial::from_folder(desk.folder.path(), Some(&path)).is_ok());
}

#[test]
fn what_cannot_be_read_is_named() {
    let desk = Desk::filled();
    for (name, bytes) in [
        ("broken.cvcert", &b"nonsense"[..]),
        ("empty.cv", b""),
        ("cut.cvc", &[0x7f, 0x21, 0x82, 0x01]),
        ("long.cvc", &[0x7f; 100_000]),
    ] {
        let path = desk.write(name, bytes, 0o644);
        let refused = desk.load().unwrap_err().to_string();
        assert!(refused.contains(name), "{refused}");
        fs::remove_file(path).unwrap();
    }
    desk.write("terminal.key", b"-----BEGIN NONSENSE-----", 0o600);
    let refused = desk.load().unwrap_err().to_string();
    assert!(refused.contains("terminal.key"), "{refused}");
    let nowhere = TerminalMaterial::from_folder(Path::new("/no/such/folder"), None);
    assert!(matches!(nowhere, Err(MaterialError::Unreadable { .. })));
}

#[test]
fn debug_shows_no_key() {
    let text = format!("{:?}", Desk::filled().load().unwrap());
    assert!(text.contains("[redacted]"));
}

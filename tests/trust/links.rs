//! Link certificates in a folder: a forged one, and what hangs on it.

use std::path::Path;

use cccd_desk::verify::TrustAnchors;
use cccd_desk::verify::trust::TestAuthority;
use cccd_sim::authority::{CSCA_SCHEME, Csca, authority_key};

/// A certificate for the key of `later` that names the key of `elder`, signed by that of `by`.
fn link(later: Csca, elder: Csca, by: Csca) -> Vec<u8> {
    let mut plan = later.plan().unwrap();
    let named = authority_key(&elder.key().unwrap().identifier().unwrap());
    for extension in &mut plan.extensions {
        if extension.oid == named.oid {
            *extension = named.clone();
        }
    }
    plan.issuer = elder.name();
    plan.sign(&by.key().unwrap(), CSCA_SCHEME).unwrap()
}

fn read(folder: &Path) -> Result<TrustAnchors, String> {
    let ids = cccd_desk::simulation::test_key_identifiers();
    let ids: Vec<&[u8]> = ids.iter().map(Vec::as_slice).collect();
    TrustAnchors::from_folder(folder, &ids, TestAuthority::Mark).map_err(|error| error.to_string())
}

#[test]
fn a_link_under_a_forged_link_leads_nowhere() {
    use Csca::{Namesake, Pinned, Successor};
    let genuine = link(Successor, Pinned, Pinned);
    let forged = link(Successor, Pinned, Successor);
    let last = link(Namesake, Successor, Successor);
    let own = Pinned.plan().unwrap();
    let own = own.sign(&Pinned.key().unwrap(), CSCA_SCHEME).unwrap();
    for (names, middle, keys) in [
        (["a", "b", "c"], Some(&genuine), 3),
        (["c", "b", "a"], Some(&genuine), 3),
        (["a", "b", "c"], Some(&forged), 1),
        (["c", "a", "b"], Some(&forged), 1),
        // Whose issuer is not here was pinned by whoever put it here.
        (["a", "b", "c"], None, 2),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let certificates = [Some(&own), middle, Some(&last)];
        for (name, certificate) in names.iter().zip(certificates) {
            if let Some(certificate) = certificate {
                std::fs::write(folder.path().join(format!("{name}.cer")), certificate).unwrap();
            }
        }
        let trust = read(folder.path()).unwrap();
        assert_eq!(trust.anchors.len(), keys, "{names:?}");
    }
}

/// Whoever reads a pipe waits for somebody to write into it.
#[test]
fn what_is_no_regular_file_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("a.cer");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    assert!(read(folder.path()).unwrap_err().contains("no regular file"));
    std::fs::remove_file(&pipe).unwrap();
    std::fs::create_dir(&pipe).unwrap();
    assert!(read(folder.path()).unwrap_err().contains("no regular file"));
}

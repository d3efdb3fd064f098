//! The package becomes models, whole or not at all.

use std::fs;
use std::path::Path;

use cccd_desk::biometrics::face::models::{Models, ModelsError, adopt, check, read_manifest};
use cccd_desk::biometrics::face::package::vectors::{self, VectorFault};
use cccd_desk::biometrics::face::package::{
    Converted, Existing, InstallError, Package, PackageError, install,
};
use cccd_desk::crypto::hash::sha256_hex;

use super::{models, package};

/// Unpacks the archive with the system's tar.
fn unpacked(archive: &Path, into: &Path) {
    let done = std::process::Command::new("tar")
        .args(["xzf"])
        .arg(archive)
        .arg("-C")
        .arg(into)
        .status();
    assert!(done.unwrap().success());
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn the_archive_and_its_folder_give_the_same_models() {
    let Some(archive) = package() else { return };
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let from_archive = install(&archive, &root.join("a/models"), Existing::Keep).unwrap();
    unpacked(&archive, root);
    let from_folder = install(root, &root.join("b"), Existing::Keep).unwrap();
    assert_eq!(from_archive.manifest, from_folder.manifest);
    assert_eq!(
        names(&root.join("b")),
        [
            "LICENSE.face-api",
            "face_landmark_68.onnx",
            "face_recognition.onnx",
            "models.toml",
            "tiny_face_detector.onnx"
        ]
    );
    assert_eq!(names(root), ["a", "b", "package"], "nothing is left beside");
    // What holds something is filled again only where that is said, and then with all of it.
    let again = |existing| install(&archive, &root.join("b"), existing);
    assert!(matches!(
        again(Existing::Keep),
        Err(InstallError::Occupied { .. })
    ));
    fs::write(root.join("b/other"), "x").unwrap();
    again(Existing::Replace).unwrap();
    assert!(!root.join("b/other").exists());
    assert!(matches!(
        install(&archive, &root.join("package"), Existing::Replace),
        Err(InstallError::NoModelsFolder { .. })
    ));
    assert_eq!(names(root), ["a", "b", "package"]);
}

#[test]
fn a_package_with_another_digest_is_refused_and_leaves_nothing() {
    let Some(archive) = package() else { return };
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    unpacked(&archive, root);
    let weights = root.join("package/model/face_landmark_68_model.bin");
    let mut bytes = fs::read(&weights).unwrap();
    bytes[1_000] ^= 1;
    fs::write(&weights, bytes).unwrap();
    let refused = install(root, &root.join("models"), Existing::Keep).unwrap_err();
    assert!(
        matches!(&refused, InstallError::Package(PackageError::Digest { name, .. }) if name.contains("landmark")),
        "{refused}"
    );
    let mut bytes = fs::read(&archive).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let changed = root.join("changed.tgz");
    fs::write(&changed, bytes).unwrap();
    let refused = install(&changed, &root.join("models"), Existing::Keep).unwrap_err();
    assert!(matches!(
        refused,
        InstallError::Package(PackageError::Digest { .. })
    ));
    assert_eq!(names(root), ["changed.tgz", "package"]);
}

#[test]
fn the_networks_compute_what_the_package_computes() {
    let Some(models) = models() else { return };
    vectors::check(models).unwrap();
}

#[test]
fn networks_that_compute_something_else_are_not_installed() {
    let Some(archive) = package() else { return };
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("models");
    let whole = Converted::of(&Package::read(&archive).unwrap()).unwrap();
    for at in 0..3 {
        let mut converted = whole.clone();
        let (name, bytes) = &mut converted.files[at];
        let before = sha256_hex(bytes);
        // Some weights in the middle change places; the manifest is made to agree.
        let middle = bytes.len() / 2 / 4 * 4;
        bytes[middle..middle + 4_096].reverse();
        let (after, name) = (sha256_hex(bytes), *name);
        let (_, manifest) = converted.files.last_mut().unwrap();
        let text = String::from_utf8(manifest.clone()).unwrap();
        *manifest = text.replace(&before, &after).into_bytes();
        let refused = converted.place(&into, Existing::Keep).unwrap_err();
        assert!(
            matches!(refused, InstallError::Vector(_)),
            "{name}: {refused}"
        );
        assert_eq!(
            names(folder.path()),
            [""; 0],
            "{name} left something behind"
        );
    }
    let models = whole.place(&into, Existing::Keep).unwrap();
    let mut other = models;
    other.embedder.normalisation.blue_first = true;
    let fault = vectors::check(&other).unwrap_err();
    assert!(matches!(fault, VectorFault::Differs { .. }), "{fault}");
}

#[test]
fn a_models_folder_says_what_is_wrong_with_it() {
    let Some(archive) = package() else { return };
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("models");
    assert!(matches!(
        Models::load(&into),
        Err(ModelsError::NotInstalled { .. })
    ));
    install(&archive, &into, Existing::Keep).unwrap();
    assert!(check(&into).unwrap().iter().all(|one| one.found.is_ok()));

    let file = into.join("face_landmark_68.onnx");
    let whole = fs::read(&file).unwrap();
    let mut changed = whole.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    fs::write(&file, &changed).unwrap();
    let error = Models::load(&into).unwrap_err();
    assert!(
        matches!(&error, ModelsError::Digest { path, .. } if *path == file),
        "{error}"
    );
    let wrong: Vec<&str> = check(&into)
        .unwrap()
        .iter()
        .filter(|one| one.found.is_err())
        .map(|one| one.role)
        .collect();
    assert_eq!(wrong, ["landmarks"]);
    fs::remove_file(&file).unwrap();
    assert!(matches!(
        Models::load(&into),
        Err(ModelsError::Unreadable { .. })
    ));
    fs::write(&file, whole).unwrap();

    // A network of the right digest that takes other pictures than its entry says.
    let manifest = into.join("models.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("input = 112", "input = 128")).unwrap();
    let error = Models::load(&into).unwrap_err();
    assert!(error.to_string().contains("128×128"), "{error}");
    fs::write(&manifest, text.replace("threshold = 0.5", "treshold = 0.5")).unwrap();
    let error = Models::load(&into).unwrap_err();
    assert!(error.to_string().contains("models.toml, line 1"), "{error}");

    fs::write(&manifest, &text).unwrap();
    let (before, digest) = read_manifest(&into).unwrap();
    let mut decision = before.decision.clone();
    decision.supports = 0.95;
    adopt(&into, &decision).unwrap();
    let (after, other) = read_manifest(&into).unwrap();
    assert_eq!(after.decision, decision);
    assert_eq!(after.embedder, before.embedder);
    assert_ne!(other, digest, "a verdict tells the two apart");
}

/// `tools/fetch-face-models` calls it.
#[test]
#[ignore = "installs the fetched package in target/models, for other tests and for trying"]
fn installs_the_models() {
    let archive = package().expect("the package was not fetched");
    let into = super::target("models");
    let models = install(&archive, &into, Existing::Replace).unwrap();
    eprintln!(
        "{} models in {}",
        models.manifest.files().count(),
        into.display()
    );
}

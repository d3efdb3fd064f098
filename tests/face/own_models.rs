//! An operator's own set: YuNet with its five points, and the package's embedder.

use std::fs;
use std::path::Path;

use cccd_desk::biometrics::face::models::{Models, ModelsError};
use cccd_desk::biometrics::face::picture::{Picture, PictureLimits};
use cccd_desk::biometrics::face::sight::Sight;
use cccd_desk::crypto::hash::sha256_hex;

use super::{bytes, models, target};

/// YuNet lies beside the project, for trying.
fn yunet() -> Option<Vec<u8>> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/models/yunet_s_320_320.onnx");
    let other =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/models/yunet_s_320_320.onnx");
    let found = fs::read(path).or_else(|_| fs::read(other)).ok();
    if found.is_none() {
        eprintln!("SKIPPED: YuNet is not here");
    }
    found
}

#[test]
fn a_detector_that_says_five_points_needs_no_landmark_network() {
    let (Some(_), Some(yunet), Some(one), Some(two), Some(other)) = (
        models(),
        yunet(),
        bytes("obama"),
        bytes("obama2"),
        bytes("biden"),
    ) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let embedder = fs::read(target("models/face_recognition.onnx")).unwrap();
    fs::write(folder.path().join("yunet.onnx"), &yunet).unwrap();
    fs::write(folder.path().join("face_recognition.onnx"), &embedder).unwrap();
    let text = format!(
        "[detector]\nfile = \"yunet.onnx\"\nsha256 = \"{}\"\nlicence = \"Apache-2.0\"\n\
         source = \"libfacedetection\"\nkind = \"yunet\"\ninput = 320\nmean = [0.0, 0.0, 0.0]\nscale = 1.0\n\
         channels = \"bgr\"\nthreshold = 0.6\n\
         [embedder]\nfile = \"face_recognition.onnx\"\nsha256 = \"{}\"\nlicence = \"MIT\"\nsource = \"npm\"\n\
         input = 150\nmean = [122.782, 117.001, 104.298]\nscale = 256.0\nalignment = \"five-points\"\n\
         [decision]\nsupports = 0.94\ninconclusive = 0.92\n",
        sha256_hex(&yunet),
        sha256_hex(&embedder),
    );
    fs::write(folder.path().join("models.toml"), &text).unwrap();
    let models = Models::load(folder.path()).unwrap();
    let template = |bytes: &[u8]| {
        let picture = Picture::decode(bytes, &PictureLimits::default()).unwrap();
        match models.look(&picture).unwrap() {
            Sight::One(face) => models.embed(&face).unwrap(),
            other => panic!("{other:?}"),
        }
    };
    let (one, two, other) = (template(&one), template(&two), template(&other));
    let genuine = one.similarity(&two).unwrap();
    let impostor = one.similarity(&other).unwrap();
    eprintln!("YuNet: one person {genuine:.4}, two {impostor:.4}");
    assert!((genuine - 0.962).abs() < 0.01, "{genuine}");
    assert!(impostor < 0.92, "{impostor}");

    // The embedder is no detector, whatever the manifest says.
    let wrong = text
        .replacen("yunet.onnx", "face_recognition.onnx", 1)
        .replacen(&sha256_hex(&yunet), &sha256_hex(&embedder), 1);
    fs::write(folder.path().join("models.toml"), wrong).unwrap();
    let error = Models::load(folder.path()).unwrap_err();
    assert!(matches!(error, ModelsError::Model { .. }), "{error}");
}

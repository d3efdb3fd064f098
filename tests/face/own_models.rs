//! An operator's own set: YuNet with its five points, and the package's embedder.

use std::fs;
use std::path::Path;

use cccd_desk::biometrics::face::Finding;
use cccd_desk::biometrics::face::models::{Models, ModelsError};
use cccd_desk::biometrics::face::package::onnx::{Builder, Length};
use cccd_desk::biometrics::face::picture::{Picture, PictureLimits};
use cccd_desk::biometrics::face::sight::Sight;
use cccd_desk::crypto::hash::sha256_hex;

use super::{bytes, compared, models, target};

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

/// A network of our own making that calls bright pictures living: the mean of each channel, and two
/// sums of them.
fn bright_is_alive() -> Vec<u8> {
    let side = [Length::Of(1), Length::Of(3), Length::Of(80), Length::Of(80)];
    let (mut graph, input) = Builder::new("bright_is_alive", &side);
    let means = graph.means(&input);
    let weights = graph.weights(&[3, 2], &[-9.0, 9.0, -9.0, 9.0, -9.0, 9.0]);
    let sums = graph.step("MatMul", &[&means, &weights], Vec::new());
    graph.finish(&sums, &[Length::Of(1), Length::Of(2)])
}

#[test]
fn an_attack_detector_may_only_veto() {
    let (Some(_), Some(one), Some(two), Some(other)) =
        (models(), bytes("obama"), bytes("obama2"), bytes("biden"))
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir(target("models")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    let network = bright_is_alive();
    fs::write(folder.path().join("attack.onnx"), &network).unwrap();
    let manifest = folder.path().join("models.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    // Dark beyond the mean is an attack: none is with the first, all are with the second.
    let with = |mean: f64| {
        let table = format!(
            "[attack]\nfile = \"attack.onnx\"\nsha256 = \"{}\"\nlicence = \"none\"\nsource = \"test\"\n\
             input = 80\nmean = [{mean:?}, {mean:?}, {mean:?}]\nscale = 255.0\nmargin = 2.7\nlive = 1\n\
             threshold = 0.5\n\n[decision]",
            sha256_hex(&network)
        );
        fs::write(&manifest, text.replace("[decision]", &table)).unwrap();
        Models::load(folder.path()).unwrap()
    };
    let lenient = with(0.0);
    let outcome = compared(&lenient, &one, &[&two]);
    assert_eq!(outcome.finding, Finding::Supports, "{outcome:?}");
    assert!(outcome.facts.contains_key("live"), "{outcome:?}");
    let outcome = compared(&lenient, &other, &[&two]);
    assert_eq!(
        outcome.finding,
        Finding::DoesNotSupport,
        "never for the better"
    );
    let strict = with(255.0);
    let outcome = compared(&strict, &one, &[&two]);
    assert_eq!(outcome.finding, Finding::PresentationAttack, "{outcome:?}");
    assert_eq!(
        outcome.check().reason.unwrap().code(),
        "presentation-attack"
    );
}

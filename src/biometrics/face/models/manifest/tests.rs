#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;

use super::*;

/// A whole manifest.
pub fn text() -> String {
    let model = |file: &str, input: u32| {
        format!(
            "file = \"{file}\"\nsha256 = \"{}\"\nlicence = \"MIT\"\nsource = \"x\"\ninput = {input}\n\
             mean = [1.0, 2.0, 3.0]\nscale = 255.0\n",
            "0123456789abcdef".repeat(4)
        )
    };
    format!(
        "[detector]\n{}kind = \"tiny\"\nfurther = [416]\nthreshold = 0.5\n\
         [landmarks]\n{}kind = \"points-68\"\n\
         [embedder]\n{}alignment = \"dlib-68\"\n\
         [attack]\n{}channels = \"bgr\"\nmargin = 2.7\nlive = 1\nthreshold = 0.5\n\
         [decision]\nsupports = 0.94\ninconclusive = 0.92\n\
         [decision.calibration]\nname = \"n\"\nset = \"s\"\nmade = \"2026-11-30\"\nembedder = \"{}\"\n\
         subjects = 2\ngenuine = 10\nimpostor = 100\n\
         at_supports = {{ fmr = 0.0, fmr_interval = [0.0, 0.037], fnmr = 0.1, fnmr_interval = [0.02, 0.4] }}\n",
        model("detector.onnx", 224),
        model("landmarks.onnx", 112),
        model("embedder.onnx", 150),
        model("attack.onnx", 80),
        "0123456789abcdef".repeat(4),
    )
}

#[test]
fn what_is_written_is_read_again() {
    let manifest = Manifest::read(&text()).unwrap();
    assert_eq!(manifest.files().count(), 4);
    assert_eq!(Manifest::read(&manifest.write()).unwrap(), manifest);
    let mut bare = manifest;
    bare.attack = None;
    bare.decision.calibration = None;
    bare.embedder.notice = Some("a \"quoted\" notice\nof two lines".to_owned());
    assert_eq!(Manifest::read(&bare.write()).unwrap(), bare);
}

#[test]
fn a_mistake_is_told_with_its_line() {
    let text = text();
    let at = |line: &str, within: usize| {
        let found: Vec<usize> = text
            .lines()
            .zip(1..)
            .filter(|(text, _)| text.starts_with(line))
            .map(|(_, number)| number)
            .collect();
        found[within]
    };
    for (from, to, line, says) in [
        (
            "kind = \"tiny\"",
            "kind = \"large\"",
            at("kind", 0),
            "unknown variant",
        ),
        (
            "threshold = 0.5",
            "threshold = 1.5",
            at("threshold", 0),
            "from 0 to 1",
        ),
        (
            "input = 224",
            "input = 225",
            at("input = 224", 0),
            "multiple of 32",
        ),
        (
            "further = [416]",
            "further = [100]",
            at("further", 0),
            "multiples of 32",
        ),
        (
            "detector.onnx",
            "../detector.onnx",
            at("file", 0),
            "file in this folder",
        ),
        (
            "landmarks.onnx",
            ".hidden",
            at("file", 1),
            "file in this folder",
        ),
        (
            "licence = \"MIT\"",
            "licence = \" \"",
            at("licence", 0),
            "licence",
        ),
        (
            "licence = \"MIT\"",
            "license = \"MIT\"",
            at("licence", 0),
            "unknown field",
        ),
        ("scale = 255.0", "scale = 0.0", at("scale", 0), "from 0.001"),
        (
            "margin = 2.7",
            "margin = 0.5",
            at("margin", 0),
            "from 1 to 8",
        ),
        ("live = 1", "live = 16", at("live", 0), "0 to 15"),
        (
            "inconclusive = 0.92",
            "inconclusive = 0.95",
            at("inconclusive", 0),
            "to 0.94",
        ),
        (
            "subjects = 2",
            "subjects = -2",
            at("subjects", 0),
            "invalid",
        ),
        ("[attack]", "[atack]", at("[attack]", 0), "unknown field"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        let mistake = Manifest::read(&changed).unwrap_err();
        assert!(mistake.problem.contains(says), "{to}: {mistake}");
        assert_eq!(mistake.line, line, "{to}: {mistake}");
    }
}

#[test]
fn models_that_do_not_fit_each_other_are_refused() {
    let text = text();
    let without_landmarks = {
        let (before, after) = text.split_once("[landmarks]").unwrap();
        let (_, after) = after.split_once("[embedder]").unwrap();
        format!("{before}[embedder]{after}")
    };
    let five = without_landmarks.replace("dlib-68", "five-points");
    let yunet = five.replace("kind = \"tiny\"\nfurther = [416]", "kind = \"yunet\"");
    for (text, says) in [
        (&without_landmarks, "needs 68 points"),
        (&five, "nothing says five points"),
        (
            &yunet.replace("embedder = \"0", "embedder = \"1"),
            "another embedder",
        ),
        (
            &text.replace("fmr = 0.0,", "fmr = 0.5,"),
            "within their intervals",
        ),
        (&text.replace("name = \"n\"", "name = \"\""), "needs a name"),
        (
            &text.replace("sha256 = \"0", "sha256 = \"x"),
            "64 hexadecimal digits",
        ),
        (
            &yunet.replace("kind = \"yunet\"", "kind = \"yunet\"\nfurther = []"),
            "looks several times",
        ),
        (&"#".repeat(MAX_TEXT + 1), "longer than"),
        (&String::new(), "missing field"),
    ] {
        let mistake = Manifest::read(text).unwrap_err();
        assert!(mistake.problem.contains(says), "{says}: {mistake}");
    }
    let manifest = Manifest::read(&yunet).unwrap();
    assert_eq!(manifest.detector.kind, DetectorKind::Yunet);
    assert_eq!(Manifest::read(&manifest.write()).unwrap(), manifest);
}

proptest! {
    #[test]
    fn no_text_panics(at in 0_usize..1_500, byte: u8, cut in 0_usize..1_600) {
        let mut bytes = text().into_bytes();
        if let Some(target) = bytes.get_mut(at) {
            *target = byte;
        }
        bytes.truncate(cut);
        if let Ok(text) = String::from_utf8(bytes) {
            let _ = Manifest::read(&text);
        }
    }
}

//! The figures of a set of models.

use std::fs;

use cccd_desk::biometrics::evaluation::Det;
use cccd_desk::biometrics::evaluation::drawing::det_svg;
use cccd_desk::biometrics::face::evaluate::report::{Naming, calibration, report};
use cccd_desk::biometrics::face::evaluate::{NotEnrolled, Terms, evaluate};
use cccd_desk::biometrics::face::models::Manifest;
use cccd_desk::biometrics::face::picture::PictureLimits;
use cccd_desk::biometrics::face::quality::{Flaw, Gates};

use super::{bytes, jpeg, models, rgb};

#[test]
fn a_folder_of_people_becomes_a_report_and_a_calibration() {
    let (Some(models), Some(one), Some(two), Some(other)) =
        (models(), bytes("obama"), bytes("obama2"), bytes("biden"))
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let blurred = jpeg(&image::imageops::fast_blur(&rgb(&one), 6.0));
    let grey = jpeg(&image::RgbImage::from_pixel(300, 300, image::Rgb([90; 3])));
    for (path, content) in [
        ("one/1.jpg", &one),
        ("one/2.jpg", &two),
        ("one/blurred.jpg", &blurred),
        ("one/empty.jpg", &Vec::new()),
        ("two/1.jpg", &other),
        ("two/grey.jpg", &grey),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let terms = Terms {
        limits: PictureLimits::default(),
        gates: Some(Gates::default()),
    };
    let mut heard = Vec::new();
    let found = evaluate(models, folder.path(), &terms, &mut |done, total| {
        heard.push((done, total));
    })
    .unwrap();
    assert_eq!(heard.last(), Some(&(6, 6)));
    assert_eq!((found.subjects, found.enrolled), (2, 3));
    assert_eq!(found.scores.genuine.len(), 1);
    assert_eq!(found.scores.impostor.len(), 2);
    assert_eq!(found.not_enrolled[&NotEnrolled::NoFace], 1);
    assert_eq!(found.not_enrolled[&NotEnrolled::Undecodable], 1);
    assert_eq!(found.not_enrolled[&NotEnrolled::Poor(Flaw::Blurred)], 1);

    let naming = Naming {
        name: "three-pictures",
        set: "one genuine and two impostor pairs",
        made: "2026-11-30",
    };
    let text = report(models, &found, &naming).unwrap();
    for part in [
        "three-pictures",
        "2 people, 3 pictures enrolled",
        "failure to enrol 3 of 6",
        "1 pairs of one person, 2 pairs of two",
        "Equal error rate 0.000 %",
        "too few pairs for this rate",
        "0.940",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
    let decision = calibration(models, &found, &naming).unwrap();
    let made = decision.calibration.as_ref().unwrap();
    assert_eq!((made.genuine, made.impostor, made.subjects), (1, 2, 2));
    // Two impostor pairs without an error say next to nothing, and it shows.
    assert!(made.at_supports.fmr_interval[1] > 0.5);
    let mut manifest = models.manifest.clone();
    manifest.decision = decision;
    assert_eq!(Manifest::read(&manifest.write()).unwrap(), manifest);

    let det = Det::new(&found.scores).unwrap();
    let svg = det_svg(&det, naming.name, &[0.94]);
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
}

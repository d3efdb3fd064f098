//! The person in front: the clerk's look, and a camera that shows a picture of somebody in public office.
//! Models and pictures lie under `target` where the tools could fetch them; else a line says SKIPPED.

use std::path::{Path, PathBuf};

use cccd_desk::simulation::desk::{Options, SimulatedDesk, Stage, Wanted};
use cccd_sim::personas::written;

use crate::chromium::Page;
use crate::{READER, at_stage};

/// A persona with somebody's portrait: everything else about it is invented.
const PERSONA: &str = r#"
name = "public-office"
full_name = "NGUYỄN VĂN MẪU"
personal_number = "001090000009"
birth_date = 1990-01-01
sex = "male"
issue_date = 2022-08-15
expiry_date = "none"
portrait = "portrait.jpg"
"#;

fn target(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target")
        .join(path)
}

/// The page of a demo, on which a session was opened for `purpose` and its card read.
async fn read(
    options: Options,
    flags: &[String],
    purpose: &str,
    persona: &Path,
) -> Option<(Page, Stage)> {
    let demo = SimulatedDesk::start(options).await.expect("a demo");
    let (address, stage) = (demo.doors().page.clone(), demo.stage());
    tokio::spawn(demo.serve(std::future::pending()));
    let page = Page::open_with(&address, flags).await?;
    let written = written::load(persona).expect("a persona");
    let qr = written.persona.qr() + "\n";
    let wanted = Wanted {
        persona: written.persona.name.clone(),
        ..Wanted::default()
    };
    stage.write(written).expect("room for a persona");
    at_stage(&stage, move |stage| stage.lay(READER, &wanted)).await;
    page.choose("#purpose", purpose).await;
    page.choose("#policy", "").await;
    page.click("#scan").await;
    page.keys(qr).await;
    Some((page, stage))
}

/// A persona's file, with a portrait beside it where one is given.
fn persona(folder: &Path, portrait: Option<&Path>) -> PathBuf {
    let file = folder.join("persona.toml");
    let text = match portrait {
        Some(portrait) => {
            let picture = image::open(portrait).expect("a picture");
            picture
                .thumbnail(480, 640)
                .to_rgb8()
                .save(folder.join("portrait.jpg"))
                .expect("a portrait");
            PERSONA.to_owned()
        }
        None => PERSONA.replace("portrait = \"portrait.jpg\"\n", ""),
    };
    std::fs::write(&file, text).expect("a file");
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clerk_looks_at_both_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = persona(folder.path(), None);
    let read = read(Options::default(), &[], "result-return", &file).await;
    let Some((page, _)) = read else { return };
    page.shows("body[data-state='biometrics']").await;
    page.visible("#compare").await;
    page.visible("#compare-portrait").await;
    assert!(page.hides("#camera-buttons").await, "no model, no camera");
    page.shows("#step-person[data-at='now']").await;
    page.picture("4-person").await;
    page.click("#look-yes").await;
    page.shows("body[data-verdict='verified']").await;
    page.shows("#step-person[data-at='done']").await;
    page.shows(".check[data-id='clerk-look'][data-result='successful']")
        .await;
    assert!(page.hides("#compare").await);
    page.close().await;
}

/// What a camera shows, as Chromium's fake one takes it: one picture again and again.
fn film(folder: &Path, of: &Path) -> String {
    let picture = image::open(of).expect("a picture").to_rgb8();
    // A camera's picture lies: the upper part, where the head is.
    let (width, height) = (
        picture.width(),
        picture.height().min(picture.width() * 3 / 4),
    );
    let head = image::imageops::crop_imm(&picture, 0, 0, width, height).to_image();
    let picture = image::imageops::resize(&head, 1280, 960, image::imageops::FilterType::Triangle);
    let file = folder.join("camera.mjpeg");
    let mut film = Vec::new();
    for _ in 0..4 {
        let mut frame = std::io::Cursor::new(Vec::new());
        picture
            .write_to(&mut frame, image::ImageFormat::Jpeg)
            .expect("a picture");
        film.extend(frame.into_inner());
    }
    std::fs::write(&file, film).expect("a film");
    format!("--use-file-for-fake-video-capture={}", file.display())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_shows_the_person_or_somebody_else() {
    let pictures = target("test-data/pictures");
    let (models, archive) = (
        target("models"),
        target("test-data/vladmandic-face-api-1.7.15.tgz"),
    );
    if !pictures.join("obama.jpg").exists() || !archive.exists() {
        eprintln!("SKIPPED: test pictures or models are missing (tools/test fetches them)");
        return;
    }
    if !models.join("models.toml").exists() {
        use cccd_desk::biometrics::face::package::{Existing, install};
        // Another test may be quicker: then they are there all the same.
        let _ = install(&archive, &models, Existing::Keep);
    }
    for (shown, verdict, result) in [
        ("obama.jpg", "verified", "successful"),
        ("biden.jpg", "not_verified", "failed"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = persona(folder.path(), Some(&pictures.join("obama2.jpg")));
        let flags = [
            "--use-fake-device-for-media-stream".to_owned(),
            "--use-fake-ui-for-media-stream".to_owned(),
            film(folder.path(), &pictures.join(shown)),
        ];
        let options = Options {
            models: Some(models.clone()),
            ..Options::default()
        };
        // The clerk's look alone is mandatory here; the face counts where there is a camera.
        let Some((page, _)) = read(options, &flags, "result-return", &file).await else {
            return;
        };
        page.shows("body[data-state='biometrics']").await;
        page.click("#camera-start").await;
        page.click("#shoot").await;
        if result == "successful" {
            page.shows("#compare[data-face='successful']").await;
            page.picture("5-face").await;
            page.click("#look-yes").await;
        }
        page.shows(&format!("body[data-verdict='{verdict}']")).await;
        page.shows(&format!(".check[data-id='face'][data-result='{result}']"))
            .await;
        page.close().await;
    }
}

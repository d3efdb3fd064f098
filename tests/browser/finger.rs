//! A finger on the page: enrolled after a verified visit, compared at the next. The camera is Chromium's
//! own test picture, and a script says that it is the person.

use std::sync::Arc;

use cccd_desk::biometrics::face::{Comparison, Finding, NotPerformed, Outcome};
use cccd_desk::config::{Config, Fingerprint};
use cccd_desk::decision::Policies;
use cccd_desk::desk::ports::FaceComparing;
use cccd_desk::simulation::desk::stage::Laid;
use cccd_desk::simulation::desk::{Options, SimulatedDesk, Stage, Wanted};

use crate::chromium::Page;
use crate::{READER, at_stage, qr};

struct Supports;

impl FaceComparing for Supports {
    fn cannot(&self) -> Option<NotPerformed> {
        None
    }

    fn compare(&self, _: Comparison) -> Outcome {
        Outcome::new(Finding::Supports)
    }
}

async fn press(stage: &Stage, persona: &str) {
    let laid = Laid {
        persona: persona.to_owned(),
        finger: "right-index".to_owned(),
        press: None,
        noise: None,
    };
    at_stage(stage, move |stage| stage.lay_finger(&laid)).await;
}

async fn scan(page: &Page, stage: &Stage, policy: &str) {
    let wanted = Wanted {
        persona: "adult-man".to_owned(),
        ..Wanted::default()
    };
    at_stage(stage, move |stage| stage.lay(READER, &wanted)).await;
    page.choose("#purpose", "benefit-payment").await;
    page.choose("#policy", policy).await;
    page.click("#scan").await;
    page.keys(qr("adult-man")).await;
    page.shows("body[data-state='biometrics']").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finger_is_enrolled_with_consent_and_known_again() {
    let policies = "[policy.finger]\nversion = \"1\"\nbased_on = \"benefit-payment\"\n\
                    [policy.finger.checks]\nface = \"not-asked\"\nfingerprint = \"mandatory\"\n";
    let options = Options {
        config: Config {
            policies: Policies::default().with(policies).unwrap(),
            fingerprint: Fingerprint {
                enrolment_days: 30,
                ..Fingerprint::default()
            },
            ..Config::default()
        },
        ..Options::default()
    };
    let demo = SimulatedDesk::start_with(options, Arc::new(Supports))
        .await
        .expect("a demo");
    let (address, stage) = (demo.doors().page.clone(), demo.stage());
    tokio::spawn(demo.serve(std::future::pending()));
    let flags = [
        "--use-fake-device-for-media-stream".to_owned(),
        "--use-fake-ui-for-media-stream".to_owned(),
    ];
    let Some(page) = Page::open_with(&address, &flags).await else {
        return;
    };

    // Card and face are verified; then the page offers to keep a finger.
    scan(&page, &stage, "").await;
    page.visible("#camera-start").await;
    page.click("#camera-start").await;
    page.visible("#shoot").await;
    page.click("#shoot").await;
    page.shows("body[data-verdict='verified']").await;
    page.visible("#enrol").await;
    // Not without consent.
    page.shows("#enrol-take[disabled]").await;
    page.click("#enrol-consent").await;
    page.shows("#enrol-take:not([disabled])").await;
    for _ in 0..3 {
        press(&stage, "adult-man").await;
        page.click("#enrol-take").await;
        page.shows("#enrol-take:not([disabled])").await;
    }
    page.shows("#enrol-said[data-result='successful']").await;
    page.picture("5-enrolled").await;
    page.click("#next-person").await;

    // The next visit asks for it; another person's finger is not it.
    scan(&page, &stage, "finger").await;
    page.visible("#finger").await;
    assert!(page.text("#finger-which").await.contains("Trỏ phải"));
    press(&stage, "adult-woman").await;
    page.click("#finger-take").await;
    page.shows("#finger-said[data-result='undetermined']").await;
    page.picture("6-another-finger").await;
    press(&stage, "adult-man").await;
    page.click("#finger-take").await;
    page.shows("body[data-verdict='verified']").await;
    page.shows(".check[data-id='fingerprint'][data-result='successful']")
        .await;
    page.close().await;
}

//! The page in a real browser, on the demo: what a clerk does, and what a clerk sees.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::string_slice
)]

mod alarms;
mod chromium;
mod finger;
mod payee;
mod person;
mod scanners;

use cccd_desk::desk::Settings;
use cccd_desk::simulation::desk::{Options, SimulatedDesk, Stage, StageRefusal, Wanted};
use cccd_sim::SimReaders;
use chromium::Page;
use thirtyfour::Key;

const NUMBER: &str = "001090000001";
const NAME: &str = "NGUYỄN VĂN A";

/// A demo that is being served, and the page on it.
struct Counter {
    page: Page,
    readers: SimReaders,
    stage: Stage,
}

/// The reader that the page lays cards on.
const READER: &str = "Simulated Reader A";
/// A command after DG1 was read, and before EF.SOD.
const AFTER_DG1: usize = 10;
/// A command after EF.SOD was read, and before the portrait.
const BEFORE_DG2: usize = 16;

/// Does something on the stage, which waits until the desk sees it.
async fn at_stage<T: Send + 'static>(
    stage: &Stage,
    work: impl FnOnce(&Stage) -> Result<T, StageRefusal> + Send + 'static,
) {
    let stage = stage.clone();
    let done = tokio::task::spawn_blocking(move || work(&stage));
    drop(done.await.unwrap().expect("what is on the stage"));
}

/// Opens the demo's page; none where there is no browser.
async fn counter(options: Options) -> Option<Counter> {
    let demo = SimulatedDesk::start(options).await.expect("a demo");
    let (address, stage) = (demo.doors().page.clone(), demo.stage());
    tokio::spawn(demo.serve(std::future::pending()));
    let page = Page::open(&address).await?;
    let readers = stage.sim_readers();
    Some(Counter {
        page,
        readers,
        stage,
    })
}

/// Cards that answer at once.
fn at_once() -> Options {
    Options::default()
}

fn qr(persona: &str) -> String {
    cccd_sim::persona(persona).expect("a persona").qr() + "\n"
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_code_to_the_receipt() {
    let Some(Counter { page, .. }) = counter(at_once()).await else {
        return;
    };
    page.picture("1-idle").await;
    assert_eq!(page.focused().await, "scan");

    page.click("#demo-scan").await;
    page.shows("body[data-state='card-wanted']").await;
    page.picture("2-card-wanted").await;
    page.click("#demo-lay").await;
    page.shows("body[data-state='reported'][data-verdict='verified']")
        .await;
    page.visible("#test").await;
    page.visible("#portrait").await;
    page.shows("#person[data-trust='verified']").await;
    assert_eq!(page.text("[data-field='personal_number']").await, NUMBER);
    assert_eq!(page.text("[data-field='name']").await, NAME);
    assert_eq!(page.text("[data-field='birth_date']").await, "01/01/1990");
    assert_eq!(page.text("#banner-title").await, "ĐÃ XÁC MINH");
    let receipt = page.text("#receipt").await;
    let receipt = receipt.strip_prefix("Biên nhận ").expect("a receipt");
    for check in ["sod-signature", "dg-hash.1", "chip-auth"] {
        page.shows(&format!(
            ".check[data-id='{check}'][data-result='successful']"
        ))
        .await;
    }
    // The case system has what the page says that it has.
    page.shows("#received li").await;
    assert!(page.text("#received li summary").await.contains(receipt));
    page.picture("3-verified").await;

    page.click("#next-person").await;
    page.shows("body[data-state='idle']").await;
    assert!(page.hides("#test").await && page.hides("#portrait").await);
    assert!(!page.text("main").await.contains(NUMBER));
    assert_eq!(page.focused().await, "scan");
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_shows_grey_before_it_is_verified() {
    // The card is lifted where each colour is due, so that the reading stands still there.
    let options = Options {
        lay_back_seconds: Some(60),
        ..at_once()
    };
    let Some(Counter { page, stage, .. }) = counter(options).await else {
        return;
    };
    page.note_states().await;
    let wanted = Wanted {
        persona: "adult-man".to_owned(),
        ..Wanted::default()
    };
    at_stage(&stage, move |stage| stage.lay(READER, &wanted)).await;
    // The portrait is still on its way when name and number have come, and when the signature over
    // them is found good.
    for (at, trust, picture) in [
        (AFTER_DG1, "claimed", "2b-reading"),
        (BEFORE_DG2, "signed", "2c-signed"),
    ] {
        stage.tear(READER, at, false).unwrap();
        page.keys(qr("adult-man")).await;
        page.shows(&format!(
            "body[data-state='reading'] #person[data-trust='{trust}']"
        ))
        .await;
        page.picture(picture).await;
        at_stage(&stage, |stage| stage.lay_back(READER)).await;
        page.shows("body[data-verdict='verified'] #person[data-trust='verified']")
            .await;
        page.click("#next-person").await;
        page.shows("body[data-state='idle']").await;
    }
    let states = page.noted_states().await;
    let grey = states
        .iter()
        .position(|state| state == "reading/claimed/no-portrait");
    let amber = states
        .iter()
        .position(|state| state == "reading/signed/no-portrait");
    let green = states
        .iter()
        .rposition(|state| state.ends_with("/verified/portrait"));
    assert!(
        grey.is_some() && grey < amber && amber < green,
        "{states:?}"
    );
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_lifted_is_asked_for() {
    let options = Options {
        lay_back_seconds: Some(5),
        ..at_once()
    };
    let Some(Counter { page, .. }) = counter(options).await else {
        return;
    };
    page.choose("#defect", "link-card-removed").await;
    page.click("#demo-scan").await;
    page.shows("body[data-state='card-wanted']").await;
    page.click("#demo-lay").await;
    page.shows("body[data-state='reading'] #reading[data-lifted='true']")
        .await;
    assert_eq!(page.text("#banner-title").await, "Đặt lại thẻ để đọc tiếp");
    page.picture("2d-lifted").await;
    page.shows("body[data-verdict='unreadable']").await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_defect_shows_its_colour_its_reason_and_the_next_action() {
    let Some(Counter { page, .. }) = counter(at_once()).await else {
        return;
    };
    for (defect, verdict, code, title) in [
        ("sod-empty", "not_verified", "sod-empty", "KHÔNG XÁC MINH"),
        (
            "dg1-dob-check",
            "undetermined",
            "mrz-check-digit",
            "CHƯA KẾT LUẬN",
        ),
        (
            "link-card-removed",
            "unreadable",
            "card-removed",
            "KHÔNG ĐỌC ĐƯỢC THẺ",
        ),
    ] {
        page.choose("#defect", defect).await;
        page.click("#demo-lift").await;
        page.click("#demo-scan").await;
        page.shows("body[data-state='card-wanted']").await;
        page.click("#demo-lay").await;
        page.shows(&format!("body[data-verdict='{verdict}']")).await;
        page.shows(&format!("#explanation[data-code='{code}']"))
            .await;
        assert_eq!(page.text("#banner-title").await, title);
        for id in ["#sentence", "#sentence-en", "#next-action", "#banner-sign"] {
            assert!(!page.text(id).await.is_empty(), "{defect}: {id}");
        }
        page.shows(".check[open]").await;
        page.picture(&format!("4-{verdict}")).await;
        // What a clerk has to see stands on one screen of 1366 × 768.
        for id in ["banner", "explanation", "report", "next-person"] {
            let script = format!(
                "return document.getElementById('{id}').getBoundingClientRect().bottom - innerHeight"
            );
            assert!(page.number(&script).await <= 0.0, "{id} is cut off");
        }
        let script = "return document.documentElement.scrollHeight - innerHeight";
        assert!(page.number(script).await <= 0.0, "the page scrolls");
        page.click("#next-person").await;
        page.shows("body[data-state='idle']").await;
    }
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_says_what_is_wrong_and_the_next_one_works() {
    let Some(Counter { page, .. }) = counter(at_once()).await else {
        return;
    };
    page.keys("https://example.org/menu\n").await;
    page.visible("#notice [data-code='key-not-a-card-code']")
        .await;
    page.picture("5-wrong-code").await;
    page.shows("body[data-state='key-wanted']").await;

    // Another card's code: the chip does not open.
    page.click("#demo-lay").await;
    page.shows("#reader-state[data-card='yes']").await;
    page.keys(qr("adult-woman")).await;
    page.shows("body[data-verdict='unreadable'] #explanation[data-code='access-key-wrong']")
        .await;
    assert!(page.hides("#notice").await);

    // Nor by a passport's zone, which comes in two lines.
    let zone = cccd_sim::persona("foreign-passport")
        .expect("a persona")
        .mrz();
    page.keys(format!("{}\n", &zone[..44])).await;
    page.shows("#scan-hint:not(:empty)").await;
    page.keys(format!("{}\n", &zone[44..])).await;
    page.shows("#scan-hint:empty").await;
    page.shows("body[data-verdict='unreadable'] #explanation[data-code='access-key-wrong']")
        .await;

    // The next scan opens a session by itself.
    page.keys(qr("adult-man")).await;
    page.shows("body[data-verdict='verified']").await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_is_enough() {
    let Some(Counter { page, .. }) = counter(at_once()).await else {
        return;
    };
    page.click("#demo-lay").await;
    page.shows("#reader-state[data-card='yes']").await;
    assert_eq!(page.focused().await, "scan");
    // Three lines of a machine readable zone, as a scanner types them.
    let mrz = cccd_sim::persona("adult-man").expect("a persona").mrz();
    for line in [&mrz[..30], &mrz[30..60], &mrz[60..]] {
        page.keys(format!("{line}\n")).await;
    }
    page.shows("body[data-verdict='verified']").await;
    // To the button of the next person by Tab alone, and back to the scan by Enter.
    let mut steps = 0;
    while page.focused().await != "next-person" {
        page.keys(Key::Tab.value().to_string()).await;
        steps += 1;
        assert!(steps < 40, "Tab does not lead to the button");
    }
    page.keys(Key::Enter.value().to_string()).await;
    page.shows("body[data-state='idle']").await;
    assert_eq!(page.focused().await, "scan");
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_person_goes_when_the_time_is_over() {
    let Some(Counter { page, stage, .. }) = counter(at_once()).await else {
        return;
    };
    page.click("#demo-lay").await;
    page.click("#demo-scan").await;
    page.shows("body[data-verdict='verified']").await;
    assert!(stage.clock().advance(Settings::default().personal_data));
    page.shows("body[data-state='idle']").await;
    assert!(!page.text("main").await.contains(NUMBER));
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_is_lost_is_told() {
    let Some(Counter { page, readers, .. }) = counter(at_once()).await else {
        return;
    };
    page.shows("#reader-state[data-ok='yes']").await;
    readers.stop_service();
    page.shows("#reader-state[data-ok='no']").await;
    assert!(
        page.text("#reader-state")
            .await
            .contains("Dịch vụ đầu đọc đã dừng")
    );
    readers.start_service();
    page.shows("#reader-state[data-ok='yes']").await;
    page.close().await;
}

/// The service itself: with nothing imported nobody can be verified, and the clerk is told before the
/// first card.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_what_is_stale_of_the_trust() {
    use std::io::BufRead as _;
    let folder = tempfile::tempdir().expect("a folder");
    let mut service = std::process::Command::new(env!("CARGO_BIN_EXE_cccd-desk"))
        .args(["serve", "--pair"])
        .env("CCCD_DESK_DATA_DIR", folder.path())
        .env("CCCD_DESK_API__LISTEN", "127.0.0.1:0")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("a service");
    let mut address = String::new();
    let out = service.stdout.take().expect("its output");
    std::io::BufReader::new(out)
        .read_line(&mut address)
        .expect("its address");
    if let Some(page) = Page::open(address.trim()).await {
        page.visible("#trust-alarm [data-code='anchors-none']")
            .await;
        assert!(page.text("#trust-alarm").await.contains("chứng thư gốc"));
        page.picture("6-trust-alarm").await;
        page.close().await;
    }
    service.kill().expect("it ends");
    service.wait().expect("it ended");
}

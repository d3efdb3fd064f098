//! The page in a real browser: what a clerk does, and what a clerk sees.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions
)]

mod chromium;
mod stand_in;
#[path = "../support/mod.rs"]
mod support;

use std::time::Duration;

use chromium::Page;
use stand_in::{OTHER_QR, serve};
use support::{NAME, NUMBER, QR};
use thirtyfour::Key;

const A_WHILE: Duration = Duration::from_secs(180);

#[tokio::test(flavor = "multi_thread")]
async fn from_the_code_to_the_receipt() {
    let desk = serve(A_WHILE);
    let Some(page) = Page::open(&desk.address).await else {
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
    assert_eq!(page.text("[data-field='personal_number']").await, NUMBER);
    assert_eq!(page.text("[data-field='name']").await, NAME);
    assert_eq!(page.text("[data-field='birth_date']").await, "01/01/1990");
    assert_eq!(page.text("#banner-title").await, "ĐÃ XÁC MINH");
    assert!(page.text("#receipt").await.starts_with("Biên nhận "));
    page.shows(".check[data-id='dg-hash.1'][data-result='successful']")
        .await;
    page.shows("#received li").await;
    page.picture("3-verified").await;

    page.click("#next-person").await;
    page.shows("body[data-state='idle']").await;
    assert!(page.hides("#test").await && page.hides("#portrait").await);
    assert!(!page.text("body").await.contains(NUMBER));
    assert_eq!(page.focused().await, "scan");
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_shows_grey_before_it_is_verified() {
    let desk = serve(A_WHILE);
    let Some(page) = Page::open(&desk.address).await else {
        return;
    };
    let midway = desk.midway.clone();
    // Held on a thread of its own for as long as the page is looked at.
    let (look, looked) = std::sync::mpsc::channel::<()>();
    let (held, holding) = tokio::sync::oneshot::channel();
    let holder = std::thread::spawn(move || {
        let guard = midway.lock().unwrap();
        held.send(()).unwrap();
        looked.recv().unwrap();
        drop(guard);
    });
    holding.await.unwrap();
    page.keys(QR.to_owned() + "\n").await;
    page.click("#demo-lay").await;
    page.shows("body[data-state='reading'] #person[data-trust='claimed']")
        .await;
    page.shows("#bar[value]:not([value='0'])").await;
    assert_eq!(page.text("[data-field='personal_number']").await, NUMBER);
    assert!(
        page.text("#trust")
            .await
            .starts_with("Đã đọc, chưa xác minh")
    );
    assert!(page.hides("#portrait").await && page.hides("#checks").await);
    page.picture("2b-reading").await;
    look.send(()).unwrap();
    holder.join().unwrap();
    page.shows("body[data-verdict='verified'] #person[data-trust='verified']")
        .await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_defect_is_red_with_reason_and_next_action() {
    let desk = serve(A_WHILE);
    let Some(page) = Page::open(&desk.address).await else {
        return;
    };
    for (defect, verdict, code, title) in [
        (
            "dg1-changed",
            "not_verified",
            "dg-hash-mismatch",
            "KHÔNG XÁC MINH",
        ),
        (
            "csca-unknown",
            "undetermined",
            "csca-unknown",
            "CHƯA KẾT LUẬN ĐƯỢC",
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
        page.shows(&format!(
            "body[data-state='decided'][data-verdict='{verdict}']"
        ))
        .await;
        page.shows(&format!("#explanation[data-code='{code}']"))
            .await;
        assert_eq!(page.text("#banner-title").await, title);
        assert!(!page.text("#sentence").await.is_empty());
        assert!(!page.text("#next-action").await.is_empty());
        page.shows(".check[data-id='dg-hash.1'][open] .more").await;
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
    let desk = serve(A_WHILE);
    let Some(page) = Page::open(&desk.address).await else {
        return;
    };
    page.keys("https://example.org/menu\n").await;
    page.visible("#notice [data-code='key-not-a-card-code']")
        .await;
    page.picture("5-wrong-code").await;
    page.shows("body[data-state='key-wanted']").await;

    // Another card's code: the chip does not open.
    page.click("#demo-lay").await;
    page.keys(OTHER_QR.to_owned() + "\n").await;
    page.shows("#explanation[data-code='access-key-wrong']")
        .await;
    assert!(page.hides("#notice").await);

    // The next scan opens a session by itself.
    page.keys(QR.to_owned() + "\n").await;
    page.shows("body[data-verdict='verified']").await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_is_enough() {
    let desk = serve(A_WHILE);
    let Some(page) = Page::open(&desk.address).await else {
        return;
    };
    page.click("#demo-lay").await;
    assert_eq!(page.focused().await, "scan");
    // Three lines of a machine readable zone, as a scanner types them.
    for line in [
        "IDVNM0900000018001090000001<<9",
        "9001011M3001019VNM<<<<<<<<<<<6",
        "NGUYEN<<VAN<A<<<<<<<<<<<<<<<<<",
    ] {
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
    let desk = serve(Duration::from_secs(1));
    let Some(page) = Page::open(&desk.address).await else {
        return;
    };
    page.click("#demo-scan").await;
    page.shows("body[data-state='card-wanted']").await;
    page.click("#demo-lay").await;
    page.shows("body[data-verdict='verified']").await;
    page.shows("body[data-state='idle']").await;
    assert!(!page.text("body").await.contains(NUMBER));
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_is_lost_is_told() {
    let desk = serve(A_WHILE);
    let Some(page) = Page::open(&desk.address).await else {
        return;
    };
    page.shows("#reader-state[data-ok='yes']").await;
    desk.readers.service(false);
    page.shows("#reader-state[data-ok='no']").await;
    assert!(
        page.text("#reader-state")
            .await
            .contains("Dịch vụ đầu đọc đã dừng")
    );
    desk.readers.service(true);
    page.shows("#reader-state[data-ok='yes']").await;
    page.close().await;
}

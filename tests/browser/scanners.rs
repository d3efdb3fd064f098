//! Scanners with a line of their own, as the clerk meets them: a scan opens the session, a misread zone
//! is shown to be compared, a scanner that is gone is told.

use cccd_desk::simulation::desk::Options;
use cccd_desk::simulation::desk::stage::LineScan;
use cccd_port::ScannerFault;
use cccd_sim::persona;

use crate::{Counter, READER, counter};

fn scan(text: String, profile: &str) -> LineScan {
    LineScan {
        profile: profile.to_owned(),
        text,
        before: b"",
        after: b"\r",
        fault: None,
        times: 1,
    }
}

/// The zone of a persona, line by line.
fn lines(name: &str) -> String {
    let zone = persona(name).expect("a persona").mrz();
    [&zone[..30], &zone[30..60], &zone[60..]].join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_opens_the_session_and_a_misread_one_is_compared() {
    let Some(Counter { page, stage, .. }) = counter(Options::default()).await else {
        return;
    };
    page.shows("body[data-live='yes']").await;
    let at_line = |scan: LineScan| {
        let stage = stage.clone();
        tokio::task::spawn_blocking(move || stage.scan_by_line(READER, &scan).expect("an answer"))
    };
    // Nobody waits: the page opens a session, and the scan is its key.
    let told = at_line(scan(
        persona("adult-man").expect("a persona").qr(),
        "qr-line",
    ));
    page.shows("body[data-state='card-wanted']").await;
    assert_eq!(told.await.unwrap()["taken"], true);
    // The next person's card is not lost on this one's session.
    let told = at_line(scan(
        persona("adult-woman").expect("a persona").qr(),
        "qr-line",
    ));
    page.visible("#notice [data-code='busy']").await;
    assert_eq!(told.await.unwrap()["code"], "scan-nobody-waits");
    page.click("#cancel").await;
    page.shows("body[data-state='cancelled']").await;

    // A wrong code leaves a session that waits.
    page.keys("https://example.org/menu\n").await;
    page.shows("body[data-state='key-wanted']").await;
    let misread = lines("adult-man").replacen("VNM0", "VNMO", 1);
    at_line(scan(misread.clone(), "mrz-desko")).await.unwrap();
    page.visible("#proposal").await;
    assert_eq!(page.text("#proposal-lines").await, lines("adult-man"));
    page.picture("7-proposal").await;
    page.click("#proposal-wrong").await;
    page.shows("#proposal[hidden]").await;
    at_line(scan(misread, "mrz-3m")).await.unwrap();
    page.visible("#proposal").await;
    page.click("#proposal-right").await;
    page.shows("body[data-state='card-wanted']").await;
    assert!(page.hides("#proposal").await);

    for (fault, code) in [
        (Some(ScannerFault::Unplugged), "scanner-unplugged"),
        (Some(ScannerFault::Busy), "scanner-busy"),
        (None, ""),
    ] {
        let stage = stage.clone();
        let plugged =
            tokio::task::spawn_blocking(move || stage.plug_scanner(READER, "qr-line", fault));
        plugged.await.unwrap().expect("a scanner");
        match fault {
            Some(_) => {
                page.visible(&format!("#device-alarm [data-code='{code}']"))
                    .await
            }
            None => page.shows("#device-alarm[hidden]").await,
        };
    }
    page.close().await;
}

/// What a scanner in keyboard mode puts around its lines, and lines that belong to no zone.
#[tokio::test(flavor = "multi_thread")]
async fn the_lines_of_a_zone_are_joined_and_no_more_than_it_has() {
    let Some(Counter { page, .. }) = counter(Options::default()).await else {
        return;
    };
    let zone = lines("adult-man");
    let all: Vec<&str> = zone.lines().collect();
    // A line was lost: one of another length begins anew, and is none of this zone.
    page.keys(format!("{}\n", all[0])).await;
    page.shows("#scan-hint:not(:empty)").await;
    page.keys(format!("{}\n", "A".repeat(44))).await;
    page.shows("#scan-hint:not(:empty)").await;
    page.keys("001090000001\n").await;
    page.shows("body[data-state='card-wanted'] #scan-hint:empty")
        .await;
    for line in &all {
        page.keys(format!("{line}\n")).await;
    }
    page.shows("body[data-state='card-wanted'] #scan-hint:empty")
        .await;
    assert!(page.hides("#notice").await);
    page.close().await;
}

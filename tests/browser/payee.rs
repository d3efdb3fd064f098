//! A payment point in the browser: the entry of a verified person, the payment, and the second time.

use std::sync::Arc;

use cccd_desk::biometrics::face::{Comparison, Finding, NotPerformed, Outcome};
use cccd_desk::desk::ports::FaceComparing;
use cccd_desk::document::Date;
use cccd_desk::payees::{Given, parse};
use cccd_desk::simulation::desk::{Options, SimulatedDesk, Wanted};
use cccd_desk::store::payees::NewList;

use crate::chromium::Page;
use crate::{READER, at_stage};

/// Everybody is who they say.
struct Alike;

impl FaceComparing for Alike {
    fn cannot(&self) -> Option<NotPerformed> {
        None
    }

    fn compare(&self, _: Comparison) -> Outcome {
        Outcome::new(Finding::Supports)
    }
}

/// A camera that never gives one picture twice. Chromium's own fake one begins anew with each session, and
/// what came in an earlier session is refused as a replay.
const CAMERA: &str = "
    let count = Date.now() % 100000;
    navigator.mediaDevices.getUserMedia = async () => {
      const canvas = document.createElement('canvas');
      canvas.width = 640;
      canvas.height = 480;
      const pen = canvas.getContext('2d');
      const draw = () => {
        pen.fillStyle = '#246';
        pen.fillRect(0, 0, 640, 480);
        pen.fillStyle = '#fff';
        pen.font = '120px sans-serif';
        pen.fillText(String(count++), 40, 260);
      };
      draw();
      setInterval(draw, 40);
      const stream = canvas.captureStream();
      Object.defineProperty(stream.getVideoTracks()[0], 'label', { value: 'counting camera' });
      return stream;
    };
    return 0;
";

#[tokio::test(flavor = "multi_thread")]
async fn a_payee_is_paid_once_and_the_second_time_says_where_and_when() {
    let demo = SimulatedDesk::start_with(Options::default(), Arc::new(Alike));
    let demo = demo.await.expect("a demo");
    let (address, stage) = (demo.doors().page.clone(), demo.stage());
    let supervisor = demo.doors().tokens.operator.clone();
    tokio::spawn(demo.serve(std::future::pending()));
    let man = cccd_sim::persona("adult-man").expect("a persona");
    let woman = cccd_sim::persona("adult-woman").expect("a persona");
    let file = format!(
        "personal_number,name,amount,period\n{},Một Tên Khác,1.500.000,2026-11\n{},Một Tên,250.000,2026-11\n",
        man.personal_number, woman.personal_number
    );
    let given = Given {
        id: Some("phuong-1".into()),
        issuer: Some("UBND phường Một".into()),
        from: Some(Date::MIN),
        ..Given::default()
    };
    let list = parse(file.as_bytes(), &given, Date::MIN).expect("a list");
    let new = NewList {
        list: &list,
        signer: None,
        sha256: "0",
        by: "an operator",
    };
    stage.store().import_payees(&new).expect("room for a list");
    let Some(page) = Page::open(&address).await else {
        return;
    };
    page.number(CAMERA).await;
    page.choose("#purpose", "benefit-payment").await;
    page.choose("#policy", "").await;
    for first in [true, false] {
        let wanted = Wanted {
            persona: "adult-man".to_owned(),
            ..Wanted::default()
        };
        at_stage(&stage, move |stage| stage.lay(READER, &wanted)).await;
        page.click("#scan").await;
        page.keys(man.qr() + "\n").await;
        page.shows("body[data-state='biometrics']").await;
        assert!(page.hides("#payee").await, "nobody was verified yet");
        page.click("#camera-start").await;
        page.click("#shoot").await;
        page.shows("body[data-verdict='verified']").await;
        page.visible("#payee").await;
        if first {
            page.shows("#payee li[data-state='open']").await;
            let entry = page.text("#payee-entries").await;
            assert!(entry.contains("1.500.000 đ"), "{entry}");
            page.shows("#payee .warn[data-code='name']").await;
            page.shows("#payee .warn[data-code='unsigned']").await;
            page.click("#payee button.primary").await;
            page.shows("#payee li[data-now='yes']").await;
            page.shows("#payee [data-report='delivered']").await;
            page.picture("6-paid").await;
            // A page that is loaded anew knows that this session paid.
            page.number("location.reload(); return 0;").await;
            page.shows("#payee li[data-now='yes']").await;
            page.number(CAMERA).await;
            page.choose("#policy", "").await;
            // A mistake: a supervisor undoes it, with a token of their own, and it is paid after all.
            page.click("#payee .undo").await;
            page.visible("#supervisor").await;
            page.click("#supervisor-reason").await;
            page.keys("Bấm nhầm").await;
            page.click("#supervisor-token").await;
            page.keys("wrong\n").await;
            page.shows("#supervisor-said[data-kind='refused']").await;
            page.picture("8-supervisor").await;
            page.click("#supervisor-token").await;
            page.keys(format!("{supervisor}\n")).await;
            page.shows("#supervisor-said[data-kind='done']").await;
            page.click("#supervisor-close").await;
            page.shows("#payee li[data-state='open']").await;
            page.click("#payee button.primary").await;
            page.shows("#payee li[data-now='yes']").await;
        } else {
            page.shows("#payee li[data-state='claimed'][data-now='no']")
                .await;
            let entry = page.text("#payee-entries").await;
            assert!(
                entry.contains("Đã chi trả trước đây: bàn desk-1"),
                "{entry}"
            );
            page.picture("7-paid-before").await;
        }
        page.click("#next-person").await;
        page.shows("body[data-state='idle']").await;
        assert!(page.hides("#payee").await);
    }
    // Without a card: an exception of the supervisor, once like any other payment.
    for outcome in ["done", "refused"] {
        page.click("#manual-open").await;
        page.visible("#supervisor").await;
        for (field, text) in [
            ("#manual-period", "2026-11"),
            ("#manual-number", woman.personal_number.as_str()),
            ("#supervisor-reason", "Thẻ bị gãy"),
            ("#supervisor-token", &supervisor),
        ] {
            page.click(field).await;
            page.keys(text).await;
        }
        page.click("#supervisor-go").await;
        page.shows(&format!("#supervisor-said[data-kind='{outcome}']"))
            .await;
        let said = page.text("#supervisor-said").await;
        assert_eq!(said.contains("250.000 đ"), outcome == "done", "{said}");
        page.picture(&format!("9-manual-{outcome}")).await;
        page.click("#supervisor-close").await;
        page.click("#manual-open").await;
        let kept = "return ['manual-number', 'supervisor-token', 'supervisor-reason']
            .filter((id) => document.getElementById(id).value).length;";
        assert_eq!(page.number(kept).await, 0.0, "nothing stays in the form");
        page.click("#supervisor-close").await;
    }
    page.close().await;
}

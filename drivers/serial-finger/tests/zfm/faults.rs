//! Everything that can go wrong, at every byte. Whatever it is: no comparison ends in a match that
//! is none, no picture is another than the finger's, every call ends in its time, and once the
//! trouble is over the next press works.

use std::time::Duration;

use cccd_port::{CaptureStep, FingerImage, ModuleMatch, ModuleTemplate, SensorFault};
use cccd_serial_finger::Doubt;
use cccd_sim::{Mishap, SensorKind, SensorMishap};
use proptest::prelude::*;

use crate::bench::{Bench, Misread, Misreading, finger, finger_of, model, small_kind, small_model};
use crate::packets::bytes;

/// What befalls a byte.
fn at_a_byte() -> Vec<SensorMishap> {
    vec![
        SensorMishap::Dropped,
        SensorMishap::Doubled,
        SensorMishap::Flipped(0x01),
        SensorMishap::Flipped(0x08),
        SensorMishap::Flipped(0xFF),
        SensorMishap::Cut,
        SensorMishap::Noise(vec![0xEF, 0x01]),
        SensorMishap::Noise(vec![0x00; 40]),
        SensorMishap::PowerUp,
        SensorMishap::StrayPowerUp,
        SensorMishap::Silence,
        SensorMishap::Drip(Duration::from_millis(400)),
        SensorMishap::Unplugged,
    ]
}

/// What befalls a message.
fn at_a_message() -> Vec<SensorMishap> {
    let mut all = vec![
        SensorMishap::Late(Duration::from_millis(700)),
        SensorMishap::Late(Duration::from_millis(2_100)),
        SensorMishap::Late(Duration::from_secs(3)),
        SensorMishap::HeldBack,
        SensorMishap::Repeated,
        SensorMishap::Length(1),
        SensorMishap::Length(u16::MAX),
        SensorMishap::Length(0x0200),
        SensorMishap::Sum(1),
        SensorMishap::Sum(0x0100),
        SensorMishap::Longer(1),
        SensorMishap::Longer(2),
        SensorMishap::Longer(16),
        SensorMishap::Shorter(1),
        SensorMishap::Shorter(2),
        SensorMishap::NeverLast,
    ];
    all.extend([1, 2, 7, 8, 9].map(SensorMishap::Pid));
    all
}

/// Every confirmation code.
fn codes() -> Vec<SensorMishap> {
    (0..=u8::MAX).map(SensorMishap::Code).collect()
}

/// All of the above over an exchange whose messages begin at `starts` and end at `end`.
fn everywhere(starts: &[usize], end: usize) -> Vec<Mishap> {
    let bytes = (0..end).flat_map(|at| at_a_byte().into_iter().map(move |what| (at, what)));
    let messages = starts.iter().flat_map(|at| {
        let what = at_a_message().into_iter().chain(codes());
        what.map(move |what| (*at, what))
    });
    bytes
        .chain(messages)
        .map(|(at, what)| Mishap { at, what })
        .collect()
}

/// A picture under a mishap, and one after it. Returns how the first ended.
fn press(bench: &mut Bench, mishap: &Mishap, image: &FingerImage) -> Option<SensorFault> {
    bench.suffer(vec![mishap.clone()]);
    let ended = bench.capture();
    if let Ok(picture) = &ended {
        assert!(picture == image, "{mishap:?}: a wrong picture");
    }
    bench.mend();
    let next = bench.capture();
    assert!(
        next.as_ref() == Ok(image),
        "{mishap:?}: {ended:?}, and the next press: {next:?}"
    );
    bench.mend();
    ended.err()
}

#[test]
fn no_mishap_makes_a_wrong_picture() {
    let mut bench = Bench::small();
    let one = finger(1);
    bench.lay(&one);
    assert!(bench.capture().is_ok());
    bench.mend();
    assert!(bench.capture().is_ok());
    let (starts, end) = bench.messages();
    // Handshake, GenImg, UpImage, four packets of data, handshake.
    assert_eq!((starts.len(), end), (10, 276));
    let data = 64..64 + 4 * 43;
    bench.mend();
    let mut failed = 0;
    for mishap in everywhere(&starts, end) {
        let ended = press(&mut bench, &mishap, &one.image);
        failed += usize::from(ended.is_some());
        if data.contains(&mishap.at) {
            // What befalls the data is not mended: there is no picture. A code is none of theirs,
            // and a message that comes a little late is no less true.
            let harmless = matches!(mishap.what, SensorMishap::Code(_) | SensorMishap::NeverLast)
                || matches!(mishap.what, SensorMishap::Late(by) if by < Duration::from_secs(2))
                || matches!(mishap.what, SensorMishap::Pid(2)) && mishap.at < data.end - 43
                || matches!(mishap.what, SensorMishap::Pid(8)) && mishap.at >= data.end - 43;
            assert!(ended.is_some() || harmless, "{mishap:?} was not seen");
        }
    }
    assert!(failed > 2_000, "only {failed} were seen");
}

#[test]
fn no_mishap_makes_a_wrong_picture_of_full_size() {
    let mut bench = Bench::new(SensorKind::r30x(), model("r30x"));
    let one = finger_of(1, 256, 288, 500);
    bench.lay(&one);
    assert!(bench.capture().is_ok());
    bench.mend();
    assert!(bench.capture().is_ok());
    let (starts, end) = bench.messages();
    assert_eq!((starts.len(), end), (6 + 288, 104 + 288 * 139));
    bench.mend();
    // Around the borders of the first, a middle and the last packet, and here and there.
    let borders = [4, 150, 291, 292].map(|packet| starts[packet]);
    let near = borders.into_iter().flat_map(|at| at - 3..at + 10);
    for at in near.chain((0..end).step_by(2_003)) {
        for what in [
            SensorMishap::Dropped,
            SensorMishap::Doubled,
            SensorMishap::Flipped(0x10),
            SensorMishap::StrayPowerUp,
        ] {
            bench.suffer(vec![Mishap {
                at,
                what: what.clone(),
            }]);
            if let Ok(picture) = bench.capture() {
                assert!(picture == one.image, "{what:?} at {at}: a wrong picture");
            }
        }
    }
    bench.mend();
    assert!(bench.capture().is_ok());
}

/// A bench for comparisons, with few messages, and the template of finger 1.
fn comparing() -> (Bench, ModuleTemplate) {
    let kind = SensorKind {
        packet: 3,
        ..small_kind()
    };
    let mut bench = Bench::new(
        kind,
        cccd_serial_finger::ModuleModel {
            takes: 256,
            ..small_model()
        },
    );
    bench.lay(&finger(1));
    let stored = bench.template().unwrap();
    bench.mend();
    (bench, stored)
}

/// Where the messages of a comparison begin, and where they end.
fn comparison(bench: &mut Bench, stored: &ModuleTemplate) -> (Vec<usize>, usize) {
    assert!(bench.compare(stored).is_ok());
    let messages = bench.messages();
    bench.mend();
    messages
}

/// The right finger: leaves the module full of what matches.
fn right(bench: &mut Bench, stored: &ModuleTemplate) -> Result<ModuleMatch, SensorFault> {
    bench.lay(&finger(1));
    bench.compare(stored)
}

/// Another's finger.
fn wrong(bench: &mut Bench, stored: &ModuleTemplate) -> Result<ModuleMatch, SensorFault> {
    bench.lay(&finger(2));
    bench.compare(stored)
}

fn matches(said: &Result<ModuleMatch, SensorFault>) -> bool {
    matches!(said, Ok(ModuleMatch::Matches { .. }))
}

#[test]
fn no_mishap_makes_a_match() {
    let (mut bench, stored) = comparing();
    let (starts, end) = comparison(&mut bench, &stored);
    // Handshake, GenImg, Img2Tz, DownChar, UpChar and its data, Match, handshake.
    assert_eq!((starts.len(), end), (11, 676));
    let mut failed = 0;
    for mishap in everywhere(&starts, end) {
        // What matched just now still lies in both buffers.
        let said = right(&mut bench, &stored);
        assert!(matches(&said), "{said:?} before {mishap:?}");
        bench.suffer(vec![mishap.clone()]);
        let said = wrong(&mut bench, &stored);
        assert!(!matches(&said), "{mishap:?} made a match");
        failed += usize::from(said.is_err());
        bench.mend();
    }
    assert!(failed > 3_000, "only {failed} were seen");
}

#[test]
fn no_mishap_parts_a_finger_from_its_template_but_the_module_s_own_word() {
    let (mut bench, stored) = comparing();
    let (starts, end) = comparison(&mut bench, &stored);
    let all = everywhere(&starts, end);
    // Every byte of the answer that decides, and a part of the others.
    let decides = starts[8]..starts[9];
    for (at, mishap) in all.iter().enumerate() {
        if at % 7 != 0 && !decides.contains(&mishap.at) {
            continue;
        }
        bench.suffer(vec![mishap.clone()]);
        let said = right(&mut bench, &stored);
        let own_word = mishap.what == SensorMishap::Code(8) && decides.contains(&mishap.at);
        assert!(
            matches(&said) || said.is_err() || own_word,
            "{mishap:?}: {said:?}"
        );
        bench.mend();
    }
    assert!(matches(&right(&mut bench, &stored)));
}

/// Picture and comparison of one press: whatever goes wrong, a wrong finger makes no match, a picture is
/// the one that was pressed, and the next press works.
#[test]
fn no_mishap_after_a_picture_makes_a_match() {
    let (mut bench, stored) = comparing();
    assert!(bench.capture_and_compare(&stored).is_ok());
    let (starts, end) = bench.messages();
    bench.mend();
    let other = finger(2);
    let mut seen = 0;
    for (at, mishap) in everywhere(&starts, end).iter().enumerate() {
        // Every byte of what comes after the picture's own messages, and a part of those.
        if at % 5 != 0 && mishap.at < starts[starts.len() / 2] {
            continue;
        }
        bench.lay(&finger(1));
        let said = bench.capture_and_compare(&stored).expect("a picture").1;
        assert!(matches(&said), "{said:?} before {mishap:?}");
        bench.lay(&other);
        bench.suffer(vec![mishap.clone()]);
        match bench.capture_and_compare(&stored) {
            Ok((image, said)) => {
                assert!(image == other.image, "{mishap:?}: a wrong picture");
                assert!(!matches(&said), "{mishap:?} made a match");
                seen += usize::from(said.is_err());
            }
            Err(_) => seen += 1,
        }
        bench.mend();
    }
    assert!(seen > 500, "only {seen} were seen");
}

#[test]
fn no_answer_of_one_comparison_is_taken_for_the_next_one_s() {
    let (mut bench, stored) = comparing();
    let (starts, _) = comparison(&mut bench, &stored);
    for at in starts {
        for what in at_a_message() {
            bench.suffer(vec![Mishap {
                at,
                what: what.clone(),
            }]);
            let before = right(&mut bench, &stored);
            let said = wrong(&mut bench, &stored);
            assert!(
                !matches(&said),
                "{what:?} at {at}: {before:?}, then a match"
            );
            bench.mend();
            let after = right(&mut bench, &stored);
            assert!(matches(&after), "{what:?} at {at}: {after:?}");
            bench.mend();
        }
    }
}

#[test]
fn a_late_ok_of_gen_img_is_not_taken_for_a_match() {
    let (mut bench, stored) = comparing();
    let (starts, _) = comparison(&mut bench, &stored);
    // Every acknowledgement once more, ahead of the next one.
    for at in &starts {
        bench.suffer(vec![Mishap {
            at: *at,
            what: SensorMishap::Repeated,
        }]);
        let said = wrong(&mut bench, &stored);
        assert!(!matches(&said));
        bench.mend();
    }
    // The one of GenImg.
    bench.suffer(vec![Mishap {
        at: starts[2],
        what: SensorMishap::Repeated,
    }]);
    assert_eq!(
        wrong(&mut bench, &stored),
        Err(SensorFault::ProtocolViolation)
    );
    // It was taken for Img2Tz's, and so on, until an answer stood where data should.
    assert_eq!(bench.sensor.last_doubt(), Some(Doubt::OutOfPlace));
}

#[test]
fn nothing_that_is_lost_on_the_way_to_the_module_makes_a_match() {
    let (mut bench, stored) = comparing();
    bench.misread(Vec::new());
    assert!(matches(&right(&mut bench, &stored)));
    let length = bench.written();
    // Two handshakes and five commands around the template in two packets.
    assert_eq!(length, 28 + 12 + 13 + 13 + 2 * 267 + 13 + 12 + 28);
    let template = 66..66 + 2 * 267;
    for at in (0..length).filter(|at| !template.contains(at) || at % 5 == 0) {
        for what in [
            Misreading::Dropped,
            Misreading::Doubled,
            Misreading::Flipped(0x01),
            Misreading::Flipped(0x40),
            Misreading::Lost(13),
            Misreading::Lost(267),
            Misreading::Lost(1_000),
        ] {
            // Another's template lies in buffer 1, and his finger is laid next.
            let said = right(&mut bench, &stored);
            assert!(matches(&said), "{said:?} before {what:?} at {at}");
            let of_two = finger_template(&mut bench, 2);
            bench.lay(&finger(1));
            bench.misread(vec![Misread { at, what }]);
            let said = bench.compare(&of_two);
            assert!(!matches(&said), "{what:?} at {at} made a match");
            bench.mend();
        }
    }
}

#[test]
fn an_acknowledgement_that_is_not_exactly_the_one_due_ends_the_call() {
    let (mut bench, stored) = comparing();
    let (starts, _) = comparison(&mut bench, &stored);
    let wrong = [
        SensorMishap::Longer(1),
        SensorMishap::Longer(2),
        SensorMishap::Longer(16),
        SensorMishap::Pid(1),
        SensorMishap::Pid(2),
        SensorMishap::Pid(8),
        SensorMishap::Sum(1),
        SensorMishap::Repeated,
    ];
    // From Img2Tz to the last handshake; what comes before is asked again.
    let due = [3, 4, 5, 8, 9].map(|message| starts[message]);
    for (at, what) in due
        .iter()
        .flat_map(|at| wrong.iter().map(move |what| (*at, what)))
    {
        let what = what.clone();
        bench.suffer(vec![Mishap {
            at,
            what: what.clone(),
        }]);
        let said = right(&mut bench, &stored);
        assert_eq!(
            said,
            Err(SensorFault::ProtocolViolation),
            "{what:?} at {at}"
        );
        bench.mend();
    }
}

#[test]
fn what_waits_on_the_line_before_a_command_is_no_answer_to_it() {
    for waits in ["EF", "EF01FFFFFFFF070003000A", "EF01FFFFFFFF07000300000A"] {
        let (mut bench, stored) = comparing();
        bench.lay(&finger(1));
        let said = bench.compare_and(&stored, |wire, step| {
            if step == CaptureStep::FingerMayGo {
                wire.say(Duration::ZERO, &bytes(waits));
            }
        });
        assert_eq!(said, Err(SensorFault::ProtocolViolation));
        assert_eq!(bench.sensor.last_doubt(), Some(Doubt::Unasked), "{waits}");
    }
}

/// The template of another finger, from a module of its own: the bench's keeps what it has.
fn finger_template(bench: &mut Bench, identity: u64) -> ModuleTemplate {
    thread_local! {
        static MADE: std::cell::OnceCell<ModuleTemplate> = const { std::cell::OnceCell::new() };
    }
    let _ = bench;
    MADE.with(|made| {
        made.get_or_init(|| {
            let (mut other, _) = comparing();
            other.lay(&finger(identity));
            other.template().unwrap()
        })
        .clone()
    })
}

/// Mishaps of all kinds, at bytes of two or three calls.
fn mishaps() -> impl Strategy<Value = Vec<Mishap>> {
    let what = prop_oneof![
        proptest::sample::select(at_a_byte()),
        proptest::sample::select(at_a_message()),
        any::<u8>().prop_map(SensorMishap::Code),
        any::<u8>().prop_map(SensorMishap::Flipped),
        proptest::collection::vec(any::<u8>(), 1..20).prop_map(SensorMishap::Noise),
    ];
    let one = (0_usize..1_500, what).prop_map(|(at, what)| Mishap { at, what });
    proptest::collection::vec(one, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_heap_of_mishaps_makes_a_match(mishaps in mishaps(), chunk in 1_usize..300) {
        let (mut bench, stored) = comparing();
        bench.set_chunk(chunk);
        assert!(matches(&right(&mut bench, &stored)));
        bench.suffer(mishaps);
        for _ in 0..3 {
            prop_assert!(!matches(&wrong(&mut bench, &stored)));
        }
        bench.mend();
        let said = right(&mut bench, &stored);
        prop_assert!(matches(&said), "{:?}", said);
    }

    #[test]
    fn whatever_a_device_says_the_call_ends(
        said in proptest::collection::vec(any::<u8>(), 0..2_000),
        pause in 0_u64..2_000,
    ) {
        let mut bench = Bench::small();
        bench.lay(&finger(1));
        bench.say(Duration::from_millis(pause), &said);
        if let Ok(picture) = bench.capture() {
            prop_assert!(picture == finger(1).image);
        }
    }
}

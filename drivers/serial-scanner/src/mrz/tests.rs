use cccd_port::{Feedback, Misread};
use core::time::Duration;
use proptest::prelude::*;

use super::zone;
use crate::framer::{Framer, Outcome};
use crate::profile::profile;

/// Made-up people: a citizen card, ICAO's own specimens (9303-5, -6 and -4, appendices), a number of
/// 10 characters (9303-5, appendix), and a passport without optional data.
const GOOD: [&str; 6] = [
    "IDVNM0900000018001090000001<<9\n9001011M3001019VNM<<<<<<<<<<<6\nNGUYEN<<VAN<A<<<<<<<<<<<<<<<<<",
    "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6",
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10",
    "I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<",
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159<<<<<<<<<<<<<<<8",
];

fn read(text: &str) -> Result<String, Misread> {
    zone(text.split('\n').map(str::as_bytes)).map(|zone| zone.to_string())
}

#[test]
fn a_zone_is_taken_as_it_is() {
    for good in GOOD {
        assert_eq!(read(good).as_deref(), Ok(good));
        let with_empty_lines = format!("\n{}\n\n", good.replace('\n', "\n\n"));
        assert_eq!(read(&with_empty_lines).as_deref(), Ok(good));
    }
}

#[test]
fn no_other_shape_is_a_zone() {
    let lines: Vec<&str> = GOOD[0].split('\n').collect();
    let bad = [
        String::new(),
        lines[0].to_owned(),
        lines[..2].join("\n"),
        lines.concat(),
        [lines[0], lines[1], lines[2], lines[2]].join("\n"),
        GOOD[0].to_lowercase(),
        GOOD[0].replace("VAN<A", "VAN A"),
        GOOD[0].replace("VAN<A<", "VAN<Ä"),
        GOOD[0].replace("NGUYEN", "NGUYE"),
    ];
    for bad in bad {
        assert_eq!(read(&bad), Err(Misread::NotAZone(None)), "{bad}");
    }
}

/// The characters of a format that a check digit covers, counted over all lines.
fn covered(good: &str) -> Vec<usize> {
    let count = good.replace('\n', "").len();
    let ranges: &[core::ops::Range<usize>] = match count {
        90 => &[5..37, 38..45, 48..60],
        72 => &[36..46, 49..56, 57..72],
        _ => &[44..54, 57..64, 65..88],
    };
    ranges.iter().cloned().flatten().collect()
}

#[test]
fn every_character_under_a_check_digit_is_checked() {
    for good in GOOD {
        let lines = good.split('\n').count();
        let zone: Vec<u8> = good.bytes().filter(|byte| *byte != b'\n').collect();
        for at in covered(good) {
            for bit in 0..8 {
                let mut bad = zone.clone();
                bad[at] ^= 1 << bit;
                let found = super::zone(bad.chunks(zone.len() / lines));
                assert!(found.is_err(), "bit {bit} of {at} in {good}");
            }
        }
    }
}

#[test]
fn a_misread_zone_is_refused_with_what_it_may_have_said() {
    let good = GOOD[0];
    let proposed = |bad: &str| match read(bad) {
        Err(Misread::CheckDigit(proposal)) => (true, proposal.map(|own| own.zone().to_owned())),
        Err(Misread::NotAZone(proposal)) => (false, proposal.map(|own| own.zone().to_owned())),
        other => panic!("{bad}: {other:?}"),
    };
    let all = |bad: &str| proposed(bad).1.as_deref() == Some(good);
    // In the number a letter may stand: the check digit alone tells.
    let number = good.replacen("090000001", "O90000001", 1);
    assert_eq!(proposed(&number), (true, Some(good.to_owned())));
    assert!(all(&good.replacen("0900000018", "O9OOO000I8", 1)));
    // In a date no letter may stand, in a name no digit.
    let date = good.replacen("9001011M", "90O1011M", 1);
    assert_eq!(proposed(&date), (false, Some(good.to_owned())));
    assert!(all(&good.replacen("9001011M", "9OOIOIIM", 1)));
    let name = good.replacen("NGUYEN", "N6UYEN", 1);
    assert_eq!(proposed(&name), (false, Some(good.to_owned())));
    // A digit taken for another digit is nobody's guess.
    let digit = good.replacen("0900000018", "0900000078", 1);
    assert_eq!(proposed(&digit), (true, None));
    // Nor are two readings that both hold.
    assert_eq!(proposed(&good.replacen("9001011M", "9OO7011M", 1)).1, None);
}

#[test]
fn proposals_print_nothing_of_a_person() {
    let bad = GOOD[0].replacen("090000001", "O90000001", 1);
    let printed = format!("{:?}", read(&bad));
    assert_eq!(printed, "Err(CheckDigit(Some([redacted])))");
}

/// What comes of bytes, and then of a good zone in the form of `name`, after `pause`.
fn then_good(name: &str, noise: &[u8], pause: u64, good: &[u8]) -> Vec<Outcome> {
    let mut framer = Framer::new(profile(name).unwrap().form);
    framer.feed(noise, Duration::ZERO);
    framer.told(Feedback::Refused);
    framer.feed(good, Duration::from_millis(pause));
    framer.idle(Duration::from_secs(3_600));
    core::iter::from_fn(|| framer.next_outcome()).collect()
}

fn desko(zone: &str) -> Vec<u8> {
    format!("\x02{}\r\x03", zone.replace('\n', "\r")).into_bytes()
}

fn is_scan_of(outcome: Option<&Outcome>, good: &str) -> bool {
    matches!(outcome, Some(Outcome::Scan(text)) if text.as_str() == good)
}

#[test]
fn what_a_reader_puts_around_its_frame_is_left_out() {
    let sent = [b"#S".as_slice(), &desko(GOOD[0]), b"#E"].concat();
    let outcomes = then_good("mrz-desko", &sent, 10_000, b"");
    assert_eq!(outcomes.len(), 1);
    assert!(is_scan_of(outcomes.first(), GOOD[0]));
}

#[test]
fn a_frame_without_its_beginning_is_told() {
    let frame = desko(GOOD[0]);
    let outcomes = then_good("mrz-desko", &frame[1..], 10_000, &frame);
    assert_eq!(outcomes.first(), Some(&Outcome::Misread(Misread::Cut)));
    assert!(is_scan_of(outcomes.last(), GOOD[0]));
}

#[test]
fn a_damaged_length_does_not_swallow_the_next_frame() {
    // The whole of a made-up frame, written by hand: the check is the exclusive or from the length on.
    let text = format!("OU\x02 {}\r\x03", GOOD[0].replace('\n', "\r"));
    let mut frame = vec![1, u8::try_from(text.len()).unwrap()];
    frame.extend_from_slice(text.as_bytes());
    frame.push(frame[1..].iter().fold(0, |sum, byte| sum ^ byte));
    let mut longer = frame.clone();
    longer[1] = 255;
    for pause in [0, 10, 5_000] {
        let outcomes = then_good("mrz-3m", &longer, pause, &frame);
        assert!(is_scan_of(outcomes.last(), GOOD[0]), "{outcomes:?}");
        assert!(outcomes.len() >= 2, "the damaged one is told");
    }
}

proptest! {
    /// After any noise and a silence, the next zone works; nothing in the noise is taken for one.
    #[test]
    fn the_next_zone_works(
        noise in prop::collection::vec(
            prop::sample::select(b"\x01\x02\x03\r\n\0<0A9OU_\xff".to_vec()),
            0..600,
        ),
        good in prop::sample::select(GOOD.to_vec()),
    ) {
        for (name, sent) in [("mrz-desko", desko(good)), ("mrz-lines", format!("{good}\n").into())] {
            let outcomes = then_good(name, &noise, 5_000, &sent);
            prop_assert!(is_scan_of(outcomes.last(), good), "{} {:?}", name, outcomes);
            let scans = outcomes.iter().filter(|one| matches!(one, Outcome::Scan(_)));
            prop_assert_eq!(scans.count(), 1);
        }
    }
}

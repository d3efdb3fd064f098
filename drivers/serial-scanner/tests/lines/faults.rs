//! Faults at every byte. Of a damaged scan comes the truth or nothing, as far as the line can tell;
//! the next scan works.

use std::time::Duration;

use cccd_port::Feedback;
use cccd_serial_scanner::{Framer, Outcome};
use cccd_sim::{LineFault, persona, personas};

use crate::{Kind, kinds, people};

/// What comes of a scan with a fault, and then of one without, three seconds later.
fn scans(kind: &Kind, fault: LineFault, first: &str, next: &str) -> (Vec<String>, Vec<String>) {
    let mut framer = Framer::new(kind.profile.form);
    let mut now = Duration::from_secs(1);
    let fetch = |framer: &mut Framer| -> Vec<String> {
        let scans = core::iter::from_fn(|| framer.next_outcome())
            .filter_map(|outcome| match outcome {
                Outcome::Scan(text) => Some(text.to_string()),
                Outcome::Misread(_) => None,
            })
            .collect();
        framer.told(Feedback::Refused);
        scans
    };
    let sent = fault.send(&kind.form.frame(first));
    for (after, bytes) in &sent.pieces {
        now += *after;
        framer.feed(bytes, now);
    }
    if sent.unplugged {
        framer.reset();
    }
    now += Duration::from_secs(3);
    framer.idle(now);
    let of_first = fetch(&mut framer);
    framer.feed(&kind.form.frame(next), now);
    framer.idle(now + Duration::from_secs(3));
    (of_first, fetch(&mut framer))
}

#[test]
fn a_scan_without_a_fault_comes_as_it_was_sent() {
    for kind in kinds() {
        for persona in personas().unwrap() {
            let code = kind.code(&persona);
            if code.is_empty() {
                continue;
            }
            let none = LineFault::Cut { at: 9_999 };
            let (one, two) = scans(&kind, none, &code, &code);
            assert_eq!(one, [code.as_str()], "{}", kind.profile.name);
            assert_eq!(two, [code.as_str()], "{}", kind.profile.name);
        }
    }
}

#[test]
fn the_next_scan_works_whatever_went_wrong_before() {
    let (first, next) = people();
    for kind in kinds() {
        let (first, next) = (kind.code(&first), kind.code(&next));
        for fault in LineFault::at_every_byte(kind.form.frame(&first).len()) {
            let (_, then) = scans(&kind, fault, &first, &next);
            assert_eq!(
                then,
                [next.as_str()],
                "{} after {fault:?}",
                kind.profile.name
            );
        }
    }
}

/// A frame with a block check: the truth or nothing, at every byte.
#[test]
fn of_a_3m_frame_comes_the_truth_or_nothing() {
    for persona in ["adult-man", "foreign-passport"].map(|name| persona(name).unwrap()) {
        let kind = &kinds()[6];
        let code = kind.code(&persona);
        let mut whole = 0;
        for fault in LineFault::at_every_byte(kind.form.frame(&code).len()) {
            let (came, _) = scans(kind, fault, &code, &code);
            assert!(came.iter().all(|text| *text == code), "{fault:?}: {came:?}");
            whole += came.len();
        }
        assert!(whole > 100, "faults that change nothing: {whole}");
    }
}

/// Without one, the check digits are the only checksum. What they cover is the truth or nothing; a
/// letter for another letter in what they do not cover cannot be seen by anybody before the chip.
#[test]
fn of_other_zones_comes_nothing_that_a_check_digit_could_have_caught() {
    // Document code, issuing state, sex, nationality, name: counted over all lines.
    let uncovered = |at: usize| matches!(at, 0..5 | 37 | 45..48 | 60..90);
    let (persona, _) = people();
    for kind in &kinds()[4..6] {
        let code = kind.code(&persona);
        let truth: Vec<char> = code.chars().filter(|c| *c != '\n').collect();
        let (mut unseen, mut faults) = (0, 0);
        for fault in LineFault::at_every_byte(kind.form.frame(&code).len()) {
            faults += 1;
            let (came, _) = scans(kind, fault, &code, &code);
            for text in came.iter().filter(|text| **text != code) {
                let zone: Vec<char> = text.chars().filter(|c| *c != '\n').collect();
                assert_eq!(zone.len(), truth.len(), "{fault:?}");
                for at in (0..truth.len()).filter(|at| zone[*at] != truth[*at]) {
                    assert!(uncovered(at), "{fault:?} changed character {at}");
                }
                // Nothing but a turned bit within a character goes unseen.
                assert!(matches!(fault, LineFault::Flipped { .. }), "{fault:?}");
                unseen += 1;
            }
        }
        println!("{}: {unseen} of {faults} faults unseen", kind.profile.name);
        assert!(unseen < faults / 20);
    }
}

/// A QR code has no checksum on the line. Where its scanner ends it by a line break, and the driver
/// was told so, nothing that is cut, or stalls for less than a second, passes in part; a letter for
/// another, one too few or too many cannot be seen here.
#[test]
fn of_a_qr_code_nothing_comes_in_part_where_an_end_is_known() {
    let (persona, _) = people();
    for kind in kinds().iter().filter(|kind| kind.is_qr()) {
        let code = kind.code(&persona);
        let (mut unseen, mut faults) = (0, 0);
        for fault in LineFault::at_every_byte(kind.form.frame(&code).len()) {
            faults += 1;
            let (came, _) = scans(kind, fault, &code, &code);
            let cuts = match fault {
                LineFault::Cut { .. } | LineFault::Unplugged { .. } | LineFault::Drips { .. } => {
                    true
                }
                LineFault::Stalled { by, .. } => by < Duration::from_secs(1),
                _ => false,
            };
            for text in &came {
                assert!(!text.contains(char::is_control), "{fault:?}");
                if cuts && kind.profile.name == "qr-line" {
                    assert_eq!(*text, code, "{fault:?}");
                }
            }
            unseen += usize::from(came.iter().any(|text| *text != code));
        }
        println!("{}: {unseen} of {faults} faults unseen", kind.profile.name);
    }
}

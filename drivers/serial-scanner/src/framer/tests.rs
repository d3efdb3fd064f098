use proptest::prelude::*;

use super::*;
use crate::encoding::{Encoding, Table};
use crate::profile::{profile, profiles};

const QR: &str = "001090000001||NGUYỄN VĂN A|01011990|Nam|Số 1, Hà Nội|01012021";

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn text(ends: Ends, encoding: Encoding) -> Form {
    Form::Text { ends, encoding }
}

/// What comes of pieces at their times, `Ok` for a scan, in the end of a long silence.
fn framed(form: Form, pieces: &[(u64, &[u8])]) -> Vec<Result<String, Misread>> {
    let mut framer = Framer::new(form);
    for (at, bytes) in pieces {
        framer.feed(bytes, ms(*at));
    }
    framer.idle(ms(1_000_000));
    core::iter::from_fn(|| framer.next_outcome())
        .map(|outcome| match outcome {
            Outcome::Scan(text) => Ok(text.to_string()),
            Outcome::Misread(why) => Err(why),
        })
        .collect()
}

#[test]
fn whatever_a_scanner_puts_around_a_text_is_left_out() {
    let around: [(&[u8], &[u8]); 11] = [
        (b"", b"\r"),
        (b"", b"\n"),
        (b"", b"\r\n"),
        (b"", b"\x03"),
        (b"", b"\0"),
        (b"", b""),
        (b"\x02", b"\x03"),
        (b"\xef\xbb\xbf", b"\r"),
        (b"]Q1", b"\r"),
        (b"\x02]Q1\xef\xbb\xbf", b"\r\n"),
        (b"\x02\x02", b"\r\r\x03\x03"),
    ];
    for (before, after) in around {
        let sent = [before, QR.as_bytes(), after].concat();
        let form = text(Ends::ANY, Encoding::Utf8);
        assert_eq!(framed(form, &[(0, &sent)]), [Ok(QR.to_owned())], "{sent:?}");
    }
}

#[test]
fn a_text_ends_by_silence_only_where_that_is_an_end() {
    let pieces: [(u64, &[u8]); 3] = [(0, b"one"), (99, b" two"), (199, b"three\r")];
    let any = text(Ends::ANY, Encoding::Utf8);
    let expected = ["one two", "three"].map(|text| Ok(text.to_owned()));
    assert_eq!(framed(any, &pieces), expected);

    let line = text(Ends::LINE, Encoding::Utf8);
    assert_eq!(framed(line, &pieces), [Ok("one twothree".to_owned())]);
    let cut: [(u64, &[u8]); 2] = [(0, b"one"), (1_000, b"two\r")];
    assert_eq!(
        framed(line, &cut),
        [Err(Misread::Cut), Ok("two".to_owned())]
    );
    assert_eq!(framed(line, &[(0, b"one")]), [Err(Misread::Cut)]);
}

#[test]
fn a_text_has_4096_bytes_at_most() {
    let form = text(Ends::LINE, Encoding::Utf8);
    let sent = |count: usize| [vec![b'x'; count].as_slice(), b"\rnext\r"].concat();
    let next = || Ok("next".to_owned());
    assert_eq!(
        framed(form, &[(0, &sent(4_096))]),
        [Ok("x".repeat(4_096)), next()]
    );
    assert_eq!(
        framed(form, &[(0, &sent(4_097))]),
        [Err(Misread::TooLong), next()]
    );
    assert_eq!(
        framed(form, &[(0, &sent(1 << 20))]),
        [Err(Misread::TooLong), next()]
    );
}

#[test]
fn what_is_no_text_is_refused() {
    let line = |encoding| text(Ends::LINE, encoding);
    let table = Encoding::Utf8Or(Table::Windows1258);
    let sent: [(u64, &[u8]); 1] = [(0, b"NGUY\xca\xdeN\r")];
    assert_eq!(framed(line(Encoding::Utf8), &sent), [Err(Misread::NotText)]);
    assert_eq!(
        framed(line(table), &sent),
        [Ok("NGUY\u{ca}\u{303}N".to_owned())]
    );
    // An end that this scanner does not send is noise.
    let noise: [(u64, &[u8]); 1] = [(0, b"one\0two\r")];
    assert_eq!(framed(line(table), &noise), [Err(Misread::NotText)]);
}

#[test]
fn the_same_text_within_two_seconds_is_one_scan() {
    let form = text(Ends::ANY, Encoding::Utf8);
    let sent: [(u64, &[u8]); 5] = [
        (0, b"a\r"),
        (500, b"a\r"),
        (1_000, b"b\r"),
        (1_500, b"a\r"),
        (4_000, b"a\r"),
    ];
    let expected = ["a", "b", "a", "a"].map(|text| Ok(text.to_owned()));
    assert_eq!(framed(form, &sent), expected);

    // Taken, it lies before the scanner for as long as it keeps coming.
    let mut framer = Framer::new(form);
    framer.feed(b"a\r", ms(0));
    assert!(matches!(framer.next_outcome(), Some(Outcome::Scan(_))));
    framer.told(Feedback::Taken);
    for at in 1..10 {
        framer.feed(b"a\r", ms(at * 1_500));
        assert_eq!(framer.next_outcome(), None);
    }
}

#[test]
fn feedback_is_about_the_scan_that_was_fetched() {
    let mut framer = Framer::new(text(Ends::ANY, Encoding::Utf8));
    framer.feed(b"a\rb\r", ms(0));
    let fetch = |framer: &mut Framer, feedback| {
        let came = framer.next_outcome();
        framer.told(feedback);
        matches!(came, Some(Outcome::Scan(_)))
    };
    assert!(fetch(&mut framer, Feedback::Taken) && fetch(&mut framer, Feedback::Refused));
    // The second was refused, and may come again after two seconds.
    framer.feed(b"b\r", ms(1_500));
    framer.feed(b"b\r", ms(2_500));
    assert!(fetch(&mut framer, Feedback::Taken));
    assert_eq!(framer.next_outcome(), None);
}

#[test]
fn a_lost_line_leaves_nothing() {
    for known in profiles() {
        let mut framer = Framer::new(known.form);
        framer.feed(b"\x01\x02half of a sc", ms(0));
        framer.reset();
        assert_eq!(framer.due(), None, "{}", known.name);
    }
}

#[test]
fn outcomes_print_nothing_of_a_person() {
    let outcome = Outcome::Scan(Zeroizing::new(QR.to_owned()));
    assert_eq!(format!("{outcome:?}"), "Scan([redacted])");
}

fn forms() -> impl Strategy<Value = Form> {
    let texts = [Encoding::Utf8, Encoding::Utf8Or(Table::Windows1258)]
        .map(|encoding| text(Ends::ANY, encoding));
    let known = profiles().map(|known| known.form);
    prop::sample::select([&texts[..], &known[..]].concat())
}

proptest! {
    /// However the line cuts bytes that come together, the same comes of them.
    #[test]
    fn pieces_make_no_difference(
        form in forms(),
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        size in 1_usize..40,
    ) {
        let pieces: Vec<(u64, &[u8])> = bytes.chunks(size).map(|piece| (0, piece)).collect();
        prop_assert_eq!(framed(form, &pieces), framed(form, &[(0, &bytes)]));
    }

    /// After any noise and a silence, the next scan works.
    #[test]
    fn the_next_text_works(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        name in prop::sample::select(vec!["qr", "qr-line"]),
    ) {
        let form = profile(name).unwrap().form;
        let sent = [QR.as_bytes(), b"\r"].concat();
        let outcomes = framed(form, &[(0, &bytes), (5_000, &sent)]);
        prop_assert_eq!(outcomes.last(), Some(&Ok(QR.to_owned())));
    }
}

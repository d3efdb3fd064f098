//! The chip under secure messaging: lengths, files, and every fault as it is meant.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use cccd_sim::card::faults::{At, LinkMishap, When};
use cccd_sim::card::faults::{ChipFault, MessagingFault};
use cccd_sim::defects::mutation::Mutation;
use cccd_sim::{Persona, Reply, SimCard, Transmission, defects, persona, persona_files};
use common::{Found, NOW, Terminal, card, exchange};
use proptest::prelude::*;

const READ_DG2: [u8; 5] = [0, 0xB0, 0x82, 0, 0];

fn man() -> Persona {
    persona("adult-man").unwrap()
}

fn dg2() -> Vec<u8> {
    persona_files(&man(), &[], NOW)
        .unwrap()
        .remove("EF.DG2")
        .unwrap()
}

#[test]
fn le_zero_gives_what_fits_into_256_bytes() {
    let mut terminal = Terminal::open(&man(), &[]);
    let command = terminal.seal([0xB0, 0x82, 0], &[], &[0], false);
    let response = exchange(&mut terminal.card, &command);
    assert!(response.len() <= 256, "{}", response.len());
    let Found::Intact(data, 0x9000) = terminal.found(&response) else {
        panic!()
    };
    assert_eq!(data, dg2()[..231]);
}

#[test]
fn a_response_that_does_not_fit_comes_in_parts() {
    let mut terminal = Terminal::open(&man(), &[]);
    let command = terminal.seal([0xB0, 0x82, 0], &[], &[0xF0], false);
    let mut whole = Vec::new();
    let mut part = exchange(&mut terminal.card, &command);
    while let [.., 0x61, more] = part[..] {
        assert!(part.len() <= 256);
        whole.extend(&part[..part.len() - 2]);
        part = exchange(&mut terminal.card, &[0x00, 0xC0, 0x00, 0x00, more]);
    }
    whole.extend(part);
    assert_eq!(
        terminal.found(&whole),
        Found::Intact(dg2()[..240].to_vec(), 0x9000)
    );
}

#[test]
fn without_chaining_it_is_refused() {
    let mut terminal = Terminal::open(&man(), &["aa-needs-extended"]);
    assert_eq!(terminal.read(2, 0, 0xF0), Found::Intact(Vec::new(), 0x6700));
    assert_eq!(
        terminal.send([0x88, 0, 0], &[1; 8], &[0]),
        Found::Intact(Vec::new(), 0x6700)
    );
    let extended = terminal.seal([0xB0, 0x82, 0], &[], &[0x04, 0x00], true);
    assert_eq!(exchange(&mut terminal.card, &extended), [0x67, 0x00]);
}

#[test]
fn extended_length_gives_long_parts_at_once() {
    let mut terminal = Terminal::open(&man(), &[]);
    let command = terminal.seal([0xB0, 0x82, 0], &[], &[0x04, 0x00], true);
    let response = exchange(&mut terminal.card, &command);
    assert_eq!(
        terminal.found(&response),
        Found::Intact(dg2()[..1024].to_vec(), 0x9000)
    );
    // All there is: all that one response may carry.
    let command = terminal.seal([0xB0, 0x82, 0], &[], &[0, 0], true);
    let response = exchange(&mut terminal.card, &command);
    assert!(response.len() <= 4096);
    let Found::Intact(data, 0x9000) = terminal.found(&response) else {
        panic!()
    };
    assert_eq!(data, dg2()[..data.len()]);
    assert!(data.len() > 4000);
}

#[test]
fn files_end_where_they_end() {
    let mut terminal = Terminal::open(&man(), &[]);
    let Found::Intact(whole, 0x9000) = terminal.read(1, 0, 0) else {
        panic!()
    };
    assert_eq!(whole.len(), 95);
    assert_eq!(
        terminal.read(1, 90, 0),
        Found::Intact(whole[90..].to_vec(), 0x9000)
    );
    assert_eq!(
        terminal.read(1, 90, 5),
        Found::Intact(whole[90..].to_vec(), 0x9000)
    );
    assert_eq!(
        terminal.read(1, 90, 6),
        Found::Intact(whole[90..].to_vec(), 0x6282)
    );
    assert_eq!(terminal.read(1, 95, 1), Found::Intact(Vec::new(), 0x6B00));
    // The file read last is the current one.
    assert_eq!(
        terminal.send([0xB0, 0, 2], &[], &[4]),
        Found::Intact(whole[2..6].to_vec(), 0x9000)
    );
}

#[test]
fn files_are_selected_by_identifier_and_read_with_the_odd_instruction() {
    let mut terminal = Terminal::open(&man(), &[]);
    assert_eq!(
        terminal.send([0xA4, 0x02, 0x0C], &[1, 2], &[]),
        Found::Intact(Vec::new(), 0x9000)
    );
    assert_eq!(
        terminal.send([0xB1, 0, 0], &[0x54, 0x02, 0x01, 0x00], &[0x20]),
        Found::Intact(
            [&[0x53, 0x1E][..], &dg2()[256..256 + 0x1E]].concat(),
            0x9000
        )
    );
    for (parameters, data, status) in [
        ([0xA4, 0x02, 0x0C], &[0x01, 0x0B][..], 0x6A82),
        ([0xA4, 0x02, 0x0C], &[0x01, 0x03], 0x6982),
        ([0xB1, 0, 0], &[0x55, 0x01, 0x00], 0x6A80),
        ([0xB0, 0x83, 0], &[], 0x6982),
        ([0xB0, 0x8B, 0], &[], 0x6A82),
        ([0xB0, 0xE1, 0], &[], 0x6A86),
        ([0x88, 0, 0], &[1; 7], 0x6700),
        ([0xDA, 0, 0], &[], 0x6D00),
    ] {
        let found = terminal.send(parameters, data, &[0]);
        assert_eq!(
            found,
            Found::Intact(Vec::new(), status),
            "{parameters:02x?}"
        );
    }
}

#[test]
fn a_long_file_is_read_beyond_32_767_bytes_only_with_the_odd_instruction() {
    let mut terminal = Terminal::open(&man(), &["read-offset-wrap"]);
    let Found::Intact(head, _) = terminal.read(2, 0, 16) else {
        panic!()
    };
    assert_eq!(
        terminal.send([0xB0, 0x7F, 0xFF], &[], &[1]),
        Found::Intact(vec![0], 0x9000)
    );
    assert_eq!(
        terminal.send([0xB1, 0, 0], &[0x54, 0x02, 0x80, 0x00], &[0x10]),
        Found::Intact(Vec::new(), 0x6D00)
    );
    assert_eq!(terminal.read(2, 0, 16), Found::Intact(head, 0x9000));
}

#[test]
fn the_ladder_of_lengths_ends_at_one_that_is_taken() {
    let mut terminal = Terminal::open(&man(), &["good-le-256-refused"]);
    assert_eq!(terminal.read(2, 0, 0), Found::Intact(Vec::new(), 0x6700));
    assert_eq!(
        terminal.read(2, 0, 0xDF),
        Found::Intact(dg2()[..0xDF].to_vec(), 0x9000)
    );
    let mut terminal = Terminal::open(&man(), &["link-6700-always"]);
    for le in [0, 0xDF, 0x80, 0x10] {
        assert_eq!(terminal.read(2, 0, le), Found::Intact(Vec::new(), 0x6700));
    }
}

/// Reads DG1 and then DG2 in parts until something is not intact, at most `most` times.
fn until_broken(id: &str, most: u8) -> (u8, Found) {
    let mut terminal = Terminal::open(&man(), &[id]);
    let whole = dg2();
    for count in 1..=most {
        let found = match count {
            1 => terminal.read(1, 0, 0),
            _ => terminal.read(2, 2 * count, 64),
        };
        let offset = usize::from(2 * count);
        let fine = match &found {
            Found::Intact(data, 0x9000) => {
                count == 1 && data.len() == 95 || data == &whole[offset..offset + 64]
            }
            _ => false,
        };
        if !fine {
            return (count, found);
        }
    }
    panic!("{id} stays intact");
}

#[test]
fn every_fault_of_messaging_is_the_one_that_its_name_says() {
    for (id, at, found) in [
        ("sm-mac-flipped", 4, Found::ChecksumWrong),
        ("sm-mac-short", 4, Found::ChecksumWrong),
        ("sm-8e-missing", 4, Found::Missing),
        ("sm-99-missing", 4, Found::Missing),
        ("sm-87-missing", 4, Found::Intact(Vec::new(), 0x9000)),
        ("sm-99-differs", 4, Found::StatusDiffers),
        ("sm-99-differs-reverse", 4, Found::StatusDiffers),
        ("sm-cryptogram-flipped", 4, Found::PaddingWrong),
        ("sm-padding-bad", 4, Found::PaddingWrong),
        ("sm-indicator-bad", 4, Found::Malformed),
        ("sm-do-duplicate", 4, Found::Malformed),
        ("sm-do-duplicate-87", 4, Found::Malformed),
        ("sm-do-unknown", 4, Found::Malformed),
        ("sm-trailing", 4, Found::Malformed),
        ("sm-length-lies", 4, Found::Malformed),
        ("sm-ssc-ahead", 4, Found::ChecksumWrong),
        ("sm-response-replayed", 3, Found::ChecksumWrong),
        ("sm-plain-6988", 4, Found::Plain(vec![0x69, 0x88])),
        ("sm-plain-6982", 4, Found::Plain(vec![0x69, 0x82])),
        ("link-swap-mid-session", 4, Found::ChecksumWrong),
        ("link-61-loop", 12, Found::Plain(vec![0x61, 0xFF])),
        ("link-61-zero-data", 12, Found::Plain(vec![0x61, 0x00])),
        ("read-zero-9000", 4, Found::Intact(Vec::new(), 0x9000)),
    ] {
        assert_eq!(until_broken(id, 40), (at, found), "{id}");
    }
    assert!(
        matches!(until_broken("sm-plain-9000", 40), (4, Found::Plain(data)) if data.len() == 66)
    );
    assert!(matches!(
        until_broken("read-more-than-le", 40),
        (4, Found::Intact(data, 0x9000)) if data.len() == 64 + 17
    ));
}

#[test]
fn every_fault_of_messaging_occurs_in_some_defect() {
    let used: Vec<MessagingFault> = defects()
        .iter()
        .flat_map(|defect| defect.mutations)
        .filter_map(|mutation| match mutation {
            Mutation::Chip(ChipFault::Messaging(_, fault)) => Some(*fault),
            _ => None,
        })
        .collect();
    use MessagingFault as Fault;
    for fault in [
        Fault::ChecksumFlipped,
        Fault::ChecksumShort,
        Fault::ChecksumMissing,
        Fault::StatusMissing,
        Fault::DataMissing,
        Fault::DataBlank,
        Fault::StatusDiffers,
        Fault::StatusDiffersInside,
        Fault::CryptogramFlipped,
        Fault::PaddingWrong,
        Fault::IndicatorWrong,
        Fault::DataTwice,
        Fault::StatusTwice,
        Fault::UnknownObject,
        Fault::Trailing,
        Fault::LengthLies,
        Fault::CounterAhead,
        Fault::Replayed,
    ] {
        assert!(used.contains(&fault), "{fault:?}");
    }
}

#[test]
fn faults_of_reading_are_the_ones_that_their_names_say() {
    let first = |id: &str| Terminal::open(&man(), &[id]).read(1, 0, 0);
    let ordinary = persona_files(&man(), &[], NOW)
        .unwrap()
        .remove("EF.DG1")
        .unwrap();
    assert_eq!(
        first("read-6282-early"),
        Found::Intact(ordinary[..50].to_vec(), 0x6282)
    );
    assert_eq!(
        first("read-6b00-early"),
        Found::Intact(ordinary[..50].to_vec(), 0x9000)
    );
    assert_eq!(
        first("read-6a82-mandatory"),
        Found::Intact(Vec::new(), 0x6A82)
    );
    assert_eq!(
        first("read-sfi-wrong-file"),
        Found::Intact(dg2()[..231].to_vec(), 0x9000)
    );
    let mut terminal = Terminal::open(&man(), &["read-6b00-early"]);
    assert_eq!(terminal.read(1, 50, 0), Found::Intact(Vec::new(), 0x6B00));
    for (id, head) in [
        ("read-len-4gb", "7584ffffffff"),
        ("read-len-2mb", "75831fffff"),
        ("read-len-indef", "7580"),
    ] {
        let Found::Intact(data, 0x9000) = Terminal::open(&man(), &[id]).read(2, 0, 0) else {
            panic!("{id}")
        };
        assert!(hex::encode(data).starts_with(head), "{id}");
    }
}

#[test]
fn access_answers_as_its_faults_say() {
    let select = hex::decode("00A4040C07A0000002471001").unwrap();
    for (id, status) in [
        ("link-not-emrtd", [0x6A, 0x82]),
        ("link-app-select-refused", [0x69, 0x99]),
    ] {
        assert_eq!(exchange(&mut card(&man(), &[id]), &select), status, "{id}");
    }
    for (id, length) in [
        ("bac-challenge-7", 7),
        ("bac-challenge-9", 9),
        ("good-bac-only", 8),
    ] {
        let mut card = card(&man(), &[id]);
        exchange(&mut card, &select);
        assert_eq!(
            exchange(&mut card, &[0, 0x84, 0, 0, 8]).len(),
            length + 2,
            "{id}"
        );
    }
    let mut plain = card(&man(), &["access-plain-chip"]);
    exchange(&mut plain, &select);
    assert_eq!(exchange(&mut plain, &[0, 0xB0, 0x81, 0, 0]).len(), 97);
    let mut loops = card(&man(), &["link-6c-loop"]);
    exchange(&mut loops, &select);
    let first = exchange(&mut loops, &[0, 0x84, 0, 0, 8]);
    let again = exchange(&mut loops, &[0, 0x84, 0, 0, first[1]]);
    assert!(first[0] == 0x6C && again[0] == 0x6C && first != again);
}

#[test]
fn active_authentication_that_failed_once_succeeds_with_a_new_challenge() {
    let mut terminal = Terminal::open(&man(), &["aa-6f00-once", "good-aa-ecdsa-plain"]);
    assert_eq!(
        terminal.send([0x88, 0, 0], &[1; 8], &[0]),
        Found::Intact(Vec::new(), 0x6F00)
    );
    let Found::Intact(signature, 0x9000) = terminal.send([0x88, 0, 0], &[2; 8], &[0]) else {
        panic!()
    };
    assert_eq!(signature.len(), 64);
}

#[test]
fn nonces_are_new_each_time() {
    let mut card = card(&man(), &[]);
    exchange(&mut card, &hex::decode("00A4040C07A0000002471001").unwrap());
    let mut challenge = || exchange(&mut card, &[0, 0x84, 0, 0, 8]);
    assert_ne!(challenge(), challenge());
}

#[test]
fn defects_combine() {
    let mut terminal = Terminal::open(&man(), &["dg1-sex-q", "lso-dg-hash-bad", "sm-mac-flipped"]);
    let Found::Intact(dg1, 0x9000) = terminal.read(1, 0, 0) else {
        panic!()
    };
    assert_eq!(dg1[5 + 37], b'Q');
    let mut other = dg2();
    let at = other.len() - 100;
    other[at] ^= 1;
    let issued = cccd_sim::defect("lso-dg-hash-bad").unwrap();
    let files = persona_files(&man(), &[issued], NOW).unwrap();
    assert_eq!(files["EF.DG2"], other);
}

fn any_command() -> impl Strategy<Value = Vec<u8>> {
    let bytes = prop::collection::vec(any::<u8>(), 0..80);
    let likely = (
        prop::sample::select(vec![0x00u8, 0x0C, 0x10, 0x80]),
        prop::sample::select(vec![0xA4u8, 0xB0, 0xB1, 0x84, 0x82, 0x88, 0xC0, 0x86]),
        any::<(u8, u8)>(),
        prop::collection::vec(any::<u8>(), 0..60),
    )
        .prop_map(|(cla, ins, (p1, p2), rest)| [&[cla, ins, p1, p2][..], &rest].concat());
    prop_oneof![bytes, likely]
}

fn answers(card: &mut SimCard, command: &[u8]) {
    if let Reply::Answer(bytes) = card.handle(command) {
        assert!(bytes.len() >= 2, "{}", hex::encode(command));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_get_an_answer(commands in prop::collection::vec(any_command(), 1..40)) {
        let mut closed = card(&man(), &[]);
        for command in &commands {
            answers(&mut closed, command);
        }
        let mut open = Terminal::open(&man(), &[]).card;
        for command in &commands {
            answers(&mut open, command);
        }
    }

    #[test]
    fn any_protected_command_gets_an_answer(
        ins in any::<u8>(),
        parameters in any::<(u8, u8)>(),
        data in prop::collection::vec(any::<u8>(), 0..120),
        le in prop::collection::vec(any::<u8>(), 0..3),
        extended in any::<bool>(),
        fault in prop::sample::select(vec!["sm-padding-bad", "sm-length-lies", "sm-cryptogram-flipped", "read-more-than-le", "good-bac-only"]),
    ) {
        let mut terminal = Terminal::open(&man(), &[fault]);
        for _ in 0..12 {
            let command = terminal.seal([ins, parameters.0, parameters.1], &data, &le, extended);
            answers(&mut terminal.card, &command);
        }
    }
}

#[test]
fn mishaps_and_occasions_are_counted_from_power_up() {
    let mut reset = card(&man(), &["link-card-reset", "access-plain-chip"]);
    for _ in 0..2 {
        exchange(&mut reset, &common::SELECT);
        for _ in 1..3 {
            assert_eq!(exchange(&mut reset, &READ_DG2).len(), 258);
            assert_eq!(exchange(&mut reset, &[0, 0xB0, 0x81, 0, 0]).len(), 97);
        }
        assert_eq!(reset.handle(&READ_DG2), Reply::Reset);
    }
    assert!(
        reset
            .mishaps()
            .contains(&LinkMishap::Reset(At::Reading(0x0102, 3)))
    );
    assert_eq!(When::ins(0x88).once().to, 1);
}

#[test]
fn the_card_that_comes_back_says_something_else() {
    let whole = |terminal: &mut Terminal| match terminal.read(13, 0, 0) {
        Found::Intact(data, 0x9000) => data,
        other => panic!("{other:?}"),
    };
    let mut terminal = Terminal::open(&man(), &["link-swap-after-tear"]);
    let before = whole(&mut terminal);
    let command = loop {
        let command = terminal.seal([0xB0, 0x82, 0], &[], &[0], false);
        match terminal.card.handle(&command) {
            Reply::Answer(response) => terminal.found(&response),
            _ => break command,
        };
    };
    assert!(terminal.card.comes_back());
    exchange(&mut terminal.card, &command);
    assert!(!terminal.card.comes_back());
    let mut again = Terminal::open_card(terminal.card, &man().access_information());
    assert_ne!(whole(&mut again), before);
}

#[test]
fn a_chip_says_how_long_responses_may_be_and_keeps_to_it() {
    for (largest, file) in [
        (256, "4703940100".to_owned()),
        (1024, "47039401607f66080202100002020400".to_owned()),
        (4096, "47039401607f66080202100002021000".to_owned()),
        (65_536, "47039401607f6609020210000203010000".to_owned()),
    ] {
        let mut chip =
            card(&man(), &["good-bac-only"]).with_transmission(Transmission::up_to(largest));
        let mut info = exchange(&mut chip, &[0, 0xB0, 0x81, 0, 0]);
        info.truncate(info.len() - 2);
        assert_eq!(hex::encode(info), file);
        let mut terminal = Terminal::open_card(chip, &man().access_information());
        let command = terminal.seal([0xB0, 0x82, 0], &[], &[0, 0], true);
        let response = exchange(&mut terminal.card, &command);
        if largest == 256 {
            assert_eq!(response, [0x67, 0x00]);
            continue;
        }
        assert!(response.len() <= largest, "{}", response.len());
        let Found::Intact(data, 0x9000) = terminal.found(&response) else {
            panic!()
        };
        let room = (largest - 16 - 5) / 8 * 8 - 1;
        assert_eq!(data, dg2()[..room.min(dg2().len())]);
    }
}

//! PACE, spoken by a terminal written from the standard (ICAO 9303-11, 4.4; BSI TR-03110-3, B.1).
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use cccd_sim::card::pace::{Mapping, Offer, PaceAccess};
use cccd_sim::crypto::domain::Domain;
use cccd_sim::crypto::suite::Suite;
use cccd_sim::tlv::object;
use cccd_sim::{Chip, Reply, SeededRandom, SimCard, der};
use common::pace::{
    Password, dynamic, general, man, offer, ok, opened, ordinary, run, set_at, status,
};
use common::{Found, Terminal, card, exchange};
use proptest::prelude::*;

#[test]
fn card_access_is_what_the_card_page_says() {
    let expected = hex::decode(
        "3134300d060804007f0007020202020101300f060a04007f000702020302020201013012060a04007f00070202\
         04020202010202010d",
    )
    .unwrap();
    let mut card = card(&man(), &[]);
    let read = exchange(&mut card, &hex::decode("00B09C0000").unwrap());
    assert_eq!(ok(&read), expected);
    for command in ["00A4000C023F00", "00A4020C02011C"] {
        assert_eq!(
            exchange(&mut card, &hex::decode(command).unwrap()),
            [0x90, 0]
        );
    }
    assert_eq!(ok(&exchange(&mut card, &[0, 0xB0, 0, 0, 0])), expected);
}

#[test]
fn the_citizen_card_opens_with_its_card_access_number_and_with_its_printed_data() {
    for password in [Password::Can, Password::Mrz] {
        let mut terminal = opened(&[], &Offer::CITIZEN, &password);
        assert_eq!(
            terminal.read(1, 0, 0),
            Found::Intact(ordinary("EF.DG1"), 0x9000)
        );
        let command = terminal.seal([0xB0, 0x82, 0], &[], &[0], false);
        let response = exchange(&mut terminal.card, &command);
        assert!(response.len() <= 256, "{}", response.len());
        let expected = ordinary("EF.DG2")[..223].to_vec();
        assert_eq!(terminal.found(&response), Found::Intact(expected, 0x9000));
    }
}

#[test]
fn every_good_card_opens_with_what_it_offers() {
    for (id, offer) in [
        ("good-pace-can", Offer::CITIZEN),
        (
            "good-pace-mrz-aes256",
            offer(Mapping::Generic, Suite::Aes256, 16),
        ),
        (
            "good-pace-aes192",
            offer(Mapping::Generic, Suite::Aes192, 18),
        ),
        (
            "good-pace-3des",
            offer(Mapping::Generic, Suite::TripleDes, 12),
        ),
        (
            "good-pace-im",
            offer(Mapping::Integrated, Suite::Aes128, 13),
        ),
        (
            "good-pace-im-dh",
            offer(Mapping::Integrated, Suite::Aes128, 0),
        ),
        ("good-pace-dh", offer(Mapping::Generic, Suite::Aes128, 0)),
        (
            "good-pace-dh-2048",
            offer(Mapping::Generic, Suite::Aes256, 2),
        ),
        (
            "good-pace-two-parameters",
            offer(Mapping::Generic, Suite::Aes128, 12),
        ),
        ("good-pace-two-parameters", Offer::CITIZEN),
        ("good-pace-cam", Offer::CITIZEN),
        ("good-pace-extra-infos", Offer::CITIZEN),
        ("good-mf-refused", Offer::CITIZEN),
    ] {
        let mut terminal = opened(&[id], &offer, &Password::Can);
        assert_eq!(
            terminal.read(1, 0, 0),
            Found::Intact(ordinary("EF.DG1"), 0x9000),
            "{id}"
        );
    }
}

#[test]
fn the_choice_of_parameters_must_be_named_where_it_is_one() {
    let offer = Offer::CITIZEN;
    for (id, named, expected) in [
        ("good-pace-can", false, 0x9000),
        ("good-pace-can", true, 0x9000),
        ("good-pace-two-parameters", false, 0x6A80),
        ("good-pace-two-parameters", true, 0x9000),
        ("good-bac-only", true, 0x6D00),
        ("pace-mse-refused", true, 0x6A80),
        ("access-blocked", true, 0x63C0),
        ("access-blocked-6983", true, 0x6983),
        ("pace-downgrade-stripped", true, 0x6D00),
    ] {
        let mut card = card(&man(), &[id]);
        let answer = set_at(&mut card, &offer, 2, named);
        assert_eq!(status(&answer), expected, "{id}");
    }
    let mut card = card(&man(), &["good-pace-no-can"]);
    assert_eq!(status(&set_at(&mut card, &offer, 2, true)), 0x6A88);
    assert_eq!(status(&set_at(&mut card, &offer, 1, true)), 0x9000);
    assert_eq!(status(&set_at(&mut card, &offer, 3, true)), 0x6A80);
}

#[test]
fn a_wrong_card_access_number_opens_nothing() {
    let mut card = card(&man(), &[]);
    for _ in 0..3 {
        set_at(&mut card, &Offer::CITIZEN, 2, true);
        assert_eq!(
            run(&mut card, &Offer::CITIZEN, b"999999").err(),
            Some(0x6300)
        );
    }
    // Nothing is blocked on a citizen card.
    set_at(&mut card, &Offer::CITIZEN, 2, true);
    let (_, secret) = Password::Can.secret(&man());
    assert!(run(&mut card, &Offer::CITIZEN, &secret).is_ok());
}

#[test]
fn what_comes_between_the_steps_ends_the_run() {
    let mut card = card(&man(), &[]);
    set_at(&mut card, &Offer::CITIZEN, 2, true);
    ok(&general(&mut card, false, &[]));
    ok(&exchange(&mut card, &hex::decode("00B09C0000").unwrap()));
    assert_eq!(
        status(&general(&mut card, false, &object(0x81, &[4; 65]))),
        0x6985
    );
    // The last step alone ends the chain.
    set_at(&mut card, &Offer::CITIZEN, 2, true);
    assert_eq!(status(&general(&mut card, true, &[])), 0x6883);
    // A point beside the curve is refused.
    set_at(&mut card, &Offer::CITIZEN, 2, true);
    ok(&general(&mut card, false, &[]));
    let point = [vec![4], vec![1; 64]].concat();
    assert_eq!(
        status(&general(&mut card, false, &object(0x81, &point))),
        0x6300
    );
}

#[test]
fn basic_access_is_refused_in_a_session_that_pace_opened() {
    let select = hex::decode("00A4040C07A0000002471001").unwrap();
    let mut terminal = opened(&[], &Offer::CITIZEN, &Password::Can);
    assert_eq!(exchange(&mut terminal.card, &select), [0x90, 0x00]);
    let challenge = [0, 0x84, 0, 0, 8];
    assert_eq!(exchange(&mut terminal.card, &challenge), [0x69, 0x85]);
    terminal.card.reset();
    assert_eq!(exchange(&mut terminal.card, &select), [0x90, 0x00]);
    assert_eq!(exchange(&mut terminal.card, &challenge).len(), 10);
}

#[test]
fn a_chip_that_wants_basic_access_after_pace_says_so_under_secure_messaging() {
    let mut card = card(&man(), &["bac-after-pace"]);
    set_at(&mut card, &Offer::CITIZEN, 2, true);
    let (_, secret) = Password::Can.secret(&man());
    let run = run(&mut card, &Offer::CITIZEN, &secret).unwrap();
    let mut terminal = Terminal::under(card, Suite::Aes128, &run.secret);
    let application = hex::decode("A0000002471001").unwrap();
    assert_eq!(
        terminal.send([0xA4, 0x04, 0x0C], &application, &[]),
        Found::Intact(Vec::new(), 0x6982)
    );
    Terminal::open_card(terminal.card, &man().access_information());
}

/// The four answers of a chip that goes wrong, up to the one that is not as it should be.
#[test]
fn every_fault_of_pace_is_the_one_that_its_name_says() {
    let citizen = Offer::CITIZEN;
    let key = |defect: &str, offer: &Offer, mapping: bool| {
        let mut card = card(&man(), &[defect]);
        set_at(&mut card, offer, 2, true);
        let (_, secret) = Password::Can.secret(&man());
        let nonce = dynamic(&general(&mut card, false, &[]), 0x80);
        let nonce = offer.suite.derive(&secret, 3).decrypt(&[0; 16], &nonce);
        let standard = Domain::standardized(offer.parameters).unwrap().unwrap();
        let private = standard.private_key(&[0x33; 40]).unwrap();
        let own = standard.public_key(&private).unwrap();
        let theirs = dynamic(&general(&mut card, false, &object(0x81, &own)), 0x82);
        if mapping {
            return (own, theirs, standard);
        }
        let mapped = standard
            .map_generic(&nonce.unwrap(), &private, &theirs)
            .unwrap();
        let own = mapped.public_key(&private).unwrap();
        let theirs = dynamic(&general(&mut card, false, &object(0x83, &own)), 0x84);
        (own, theirs, mapped)
    };
    for mapping in [true, false] {
        let name = if mapping { "map" } else { "ka" };
        for (fault, length) in [
            ("off-curve", 65),
            ("identity", 65),
            ("identity-00", 1),
            ("identity-04", 65),
            ("compressed", 33),
        ] {
            let id = format!("pace-{name}-{fault}");
            let (_, theirs, domain) = key(&id, &citizen, mapping);
            assert!(theirs.len() == length && !domain.holds(&theirs), "{id}");
        }
        let id = format!("pace-{name}-reflected");
        let (own, theirs, _) = key(&id, &citizen, mapping);
        assert_eq!(own, theirs, "{id}");
        let dh = offer(Mapping::Generic, Suite::Aes128, 0);
        for fault in [
            "small-subgroup",
            "small-subgroup-0",
            "small-subgroup-1",
            "outside-subgroup",
        ] {
            let id = match mapping {
                true => format!("pace-dh-{fault}"),
                false => format!("pace-dh-ka-{fault}"),
            };
            let (_, theirs, domain) = key(&id, &dh, mapping);
            assert!(theirs.len() == 128 && !domain.holds(&theirs), "{id}");
        }
    }
    for (id, length) in [
        ("pace-nonce-len", 15),
        ("pace-nonce-len-17", 17),
        ("pace-nonce-len-0", 0),
    ] {
        let mut card = card(&man(), &[id]);
        set_at(&mut card, &citizen, 2, true);
        assert_eq!(dynamic(&general(&mut card, false, &[]), 0x80).len(), length);
    }
    let mut tagged = card(&man(), &["pace-tag-wrong"]);
    set_at(&mut tagged, &citizen, 2, true);
    assert_eq!(dynamic(&general(&mut tagged, false, &[]), 0x90).len(), 16);
}

#[test]
fn the_same_seed_gives_the_same_session() {
    let once = || {
        let mut card = card(&man(), &[]);
        set_at(&mut card, &Offer::CITIZEN, 2, true);
        let (_, secret) = Password::Can.secret(&man());
        run(&mut card, &Offer::CITIZEN, &secret).unwrap().secret
    };
    assert_eq!(once(), once());
}

#[test]
fn a_password_is_blocked_after_so_many_wrong_tokens_in_a_row() {
    let citizen = Offer::CITIZEN;
    let pace = PaceAccess {
        tries: Some(3),
        ..PaceAccess::new(&[citizen], "", "123456")
    };
    let chip = Chip {
        pace: Some(pace),
        ..Chip::default()
    };
    let mut card = SimCard::from_chip(chip, Box::new(SeededRandom::new("tries")));
    let attempt = |card: &mut SimCard, number: &[u8]| {
        card.reset();
        let chosen = status(&set_at(card, &citizen, 2, false));
        if chosen != 0x9000 {
            return chosen;
        }
        run(card, &citizen, number).map_or_else(|status| status, |_| 0x9000)
    };
    assert_eq!(attempt(&mut card, b"000000"), 0x63C2);
    assert_eq!(attempt(&mut card, b"000000"), 0x63C1);
    // A right one in between sets the counter back.
    assert_eq!(attempt(&mut card, b"123456"), 0x9000);
    for left in [2, 1, 0] {
        assert_eq!(attempt(&mut card, b"000000"), 0x63C0 + left);
    }
    assert_eq!(attempt(&mut card, b"123456"), 0x6983);
}

/// Commands that come near to those of PACE.
fn near() -> impl Strategy<Value = Vec<u8>> {
    let any_object = (
        prop::sample::select(vec![0x80u32, 0x81, 0x82, 0x83, 0x84, 0x85, 0x8A]),
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..70),
            Just(vec![0; 16]),
            Just(
                Domain::standardized(13)
                    .unwrap()
                    .unwrap()
                    .generator()
                    .to_vec()
            ),
            Just(
                Domain::standardized(0)
                    .unwrap()
                    .unwrap()
                    .generator()
                    .to_vec()
            ),
            Just(der::oid(&Offer::CITIZEN.protocol())[2..].to_vec()),
        ],
    )
        .prop_map(|(tag, value)| object(tag, &value));
    let objects = prop::collection::vec(any_object, 0..3).prop_map(|objects| objects.concat());
    let command = |cla: u8, head: [u8; 3], data: Vec<u8>| {
        let length = u16::try_from(data.len()).unwrap().to_be_bytes();
        let head = [&[cla][..], &head].concat();
        match u8::try_from(data.len()) {
            Ok(0) => head,
            Ok(short) => [&head[..], &[short], &data, &[0]].concat(),
            Err(_) => [&head[..], &[0], &length, &data, &[0, 0]].concat(),
        }
    };
    prop_oneof![
        1 => objects.clone().prop_map(move |data| command(0, [0x22, 0xC1, 0xA4], data)),
        2 => Just(hex::decode("0022C1A40F800A04007F00070202040202830102").unwrap()),
        2 => Just(hex::decode("10860000027C0000").unwrap()),
        4 => (any::<bool>(), objects).prop_map(move |(last, data)| {
            let cla = if last { 0x00 } else { 0x10 };
            command(cla, [0x86, 0, 0], object(0x7C, &data))
        }),
        1 => prop::collection::vec(any::<u8>(), 0..80),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_commands_around_pace_get_an_answer(
        commands in prop::collection::vec(near(), 1..30),
        id in prop::sample::select(vec![
            "good-pace-can", "good-pace-dh", "good-pace-im", "good-pace-cam",
            "good-pace-mrz-aes256", "pace-nonce-len", "pace-map-identity-00", "pace-8a-in-gm",
        ]),
    ) {
        let mut card = card(&man(), &[id]);
        for command in &commands {
            match card.handle(command) {
                Reply::Answer(bytes) => prop_assert!(bytes.len() >= 2),
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }
}

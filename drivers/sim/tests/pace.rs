//! PACE, spoken by a terminal written from the standard (ICAO 9303-11, 4.4; BSI TR-03110-3, B.1).
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use cccd_sim::card::pace::{Mapping, Offer};
use cccd_sim::crypto::domain::Domain;
use cccd_sim::crypto::pad;
use cccd_sim::crypto::suite::Suite;
use cccd_sim::tlv::{self, constructed, object};
use cccd_sim::{Chip, Reply, SeededRandom};
use cccd_sim::{Persona, SimCard, der, persona, persona_files};
use common::{Found, NOW, Terminal, card, exchange};
use openssl::sha::sha1;
use proptest::prelude::*;

fn man() -> Persona {
    persona("adult-man").unwrap()
}

/// A password and its number in MSE:Set AT.
enum Password {
    Mrz,
    Can,
}

impl Password {
    fn secret(&self, persona: &Persona) -> (u8, Vec<u8>) {
        match self {
            Self::Mrz => (1, sha1(persona.access_information().as_bytes()).to_vec()),
            Self::Can => (2, persona.personal_number.as_bytes()[6..].to_vec()),
        }
    }
}

/// What a run of the protocol came to.
struct Run {
    secret: Vec<u8>,
    chip_mapping: Vec<u8>,
    chip_data: Option<Vec<u8>>,
}

fn ok(answer: &[u8]) -> &[u8] {
    let (data, status) = answer.split_at(answer.len() - 2);
    assert_eq!(status, [0x90, 0x00], "{}", hex::encode(answer));
    data
}

fn status(answer: &[u8]) -> u16 {
    u16::from_be_bytes(answer[answer.len() - 2..].try_into().unwrap())
}

/// GENERAL AUTHENTICATE; follows 61xx.
fn general(card: &mut SimCard, last: bool, data: &[u8]) -> Vec<u8> {
    let data = object(0x7C, data);
    let cla = if last { 0x00 } else { 0x10 };
    let header = [cla, 0x86, 0x00, 0x00];
    let length = u16::try_from(data.len()).unwrap().to_be_bytes();
    let command = match u8::try_from(data.len()) {
        Ok(short) => [&header[..], &[short], &data, &[0]].concat(),
        Err(_) => [&header[..], &[0], &length, &data, &[0, 0]].concat(),
    };
    exchange(card, &command)
}

/// What stands under one tag of the dynamic authentication data.
fn dynamic(answer: &[u8], tag: u32) -> Vec<u8> {
    let (outer, rest) = tlv::first(ok(answer)).unwrap();
    assert_eq!((outer.tag, rest), (0x7C, &[][..]));
    let objects = tlv::split(outer.value).unwrap();
    assert_eq!(objects[0].tag, tag);
    objects[0].value.to_vec()
}

fn set_at(card: &mut SimCard, offer: &Offer, number: u8, named: bool) -> Vec<u8> {
    let protocol = der::oid(&offer.protocol());
    let mut data = object(0x80, &protocol[2..]);
    data.extend(object(0x83, &[number]));
    if named {
        data.extend(object(0x84, &[offer.parameters]));
    }
    let length = u8::try_from(data.len()).unwrap();
    exchange(
        card,
        &[&[0x00, 0x22, 0xC1, 0xA4, length][..], &data].concat(),
    )
}

/// Runs PACE with a secret, from MSE:Set AT on; the last answer where the chip refuses the token.
fn run(card: &mut SimCard, offer: &Offer, secret: &[u8]) -> Result<Run, u16> {
    let suite = offer.suite;
    let nonce = dynamic(&general(card, false, &[]), 0x80);
    let nonce = suite.derive(secret, 3).decrypt(&[0; 16], &nonce).unwrap();
    let standard = Domain::standardized(offer.parameters).unwrap().unwrap();
    let (mapped, chip_mapping) = match offer.mapping {
        Mapping::Integrated => {
            let t = vec![0x5A; suite.key_length()];
            let answer = general(card, false, &object(0x81, &t));
            assert!(dynamic(&answer, 0x82).is_empty());
            let mapped = standard.map_integrated(&nonce, &t, suite).unwrap();
            (mapped, Vec::new())
        }
        _ => {
            let private = standard.private_key(&[0x33; 40]).unwrap();
            let public = standard.public_key(&private).unwrap();
            let answer = general(card, false, &object(0x81, &public));
            let theirs = dynamic(&answer, 0x82);
            assert!(standard.holds(&theirs));
            let mapped = standard.map_generic(&nonce, &private, &theirs).unwrap();
            (mapped, theirs)
        }
    };
    let private = mapped.private_key(&[0x44; 40]).unwrap();
    let public = mapped.public_key(&private).unwrap();
    let theirs = dynamic(&general(card, false, &object(0x83, &public)), 0x84);
    assert!(mapped.holds(&theirs));
    let secret = mapped.agree(&private, &theirs).unwrap();
    let token = |key: &[u8]| {
        let tag = if standard.is_curve() { 0x86 } else { 0x84 };
        let data = [der::oid(&offer.protocol()), object(tag, key)];
        suite
            .derive(&secret, 2)
            .token(&constructed(0x7F49, &data))
            .unwrap()
    };
    let answer = general(card, true, &object(0x85, &token(&theirs)));
    if status(&answer) != 0x9000 {
        return Err(status(&answer));
    }
    assert_eq!(dynamic(&answer, 0x86), token(&public));
    let (outer, _) = tlv::first(ok(&answer)).unwrap();
    let objects = tlv::split(outer.value).unwrap();
    Ok(Run {
        chip_data: tlv::find(&objects, 0x8A).map(<[u8]>::to_vec),
        secret,
        chip_mapping,
    })
}

/// Opens a card with PACE and selects the application under secure messaging.
fn opened(defects: &[&str], offer: &Offer, password: &Password) -> Terminal {
    let mut card = card(&man(), defects);
    let (number, secret) = password.secret(&man());
    assert_eq!(status(&set_at(&mut card, offer, number, true)), 0x9000);
    let run = run(&mut card, offer, &secret).unwrap();
    let mut terminal = Terminal::under(card, offer.suite, &run.secret);
    let application = hex::decode("A0000002471001").unwrap();
    assert_eq!(
        terminal.send([0xA4, 0x04, 0x0C], &application, &[]),
        Found::Intact(Vec::new(), 0x9000)
    );
    terminal
}

fn ordinary(name: &str) -> Vec<u8> {
    persona_files(&man(), &[], NOW)
        .unwrap()
        .remove(name)
        .unwrap()
}

const fn offer(mapping: Mapping, suite: Suite, parameters: u8) -> Offer {
    Offer {
        mapping,
        suite,
        parameters,
    }
}

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

/// EF.CardSecurity, read under secure messaging.
fn card_security(terminal: &mut Terminal) -> Vec<u8> {
    let mut file = Vec::new();
    loop {
        let parameters = match file.len() {
            0 => [0xB0, 0x9D, 0],
            _ => {
                let [high, low] = u16::try_from(file.len()).unwrap().to_be_bytes();
                [0xB0, high, low]
            }
        };
        match terminal.send(parameters, &[], &[0]) {
            Found::Intact(part, 0x9000) => file.extend(part),
            Found::Intact(_, 0x6B00) => return file,
            other => panic!("{other:?}"),
        }
    }
}

/// The last public key among the infos of EF.CardSecurity: the static key of the mapping.
fn static_key(file: &[u8]) -> Vec<u8> {
    // id-PK-ECDH, then the key's algorithm, then its bits.
    let needle = hex::decode("060904007f00070202010 2".replace(' ', "")).unwrap();
    let at = file
        .windows(needle.len())
        .position(|window| window == needle)
        .unwrap();
    let (info, _) = tlv::first(&file[at + needle.len()..]).unwrap();
    let bits = tlv::find(&tlv::split(info.value).unwrap(), 0x03).unwrap();
    bits[1..].to_vec()
}

/// CA_IC · PK_IC, to be compared with the mapping key (ICAO 9303-11, 4.4.3.5.2).
fn proves(run: &Run, static_key: &[u8]) -> bool {
    let encryption = Suite::Aes128.derive(&run.secret, 1);
    let vector = encryption.vector(&[0xFF; 16]).unwrap();
    let Some(sealed) = &run.chip_data else {
        return false;
    };
    let opened = encryption.decrypt(&vector, sealed).unwrap();
    let Some(data) = pad::unpad(&opened) else {
        return false;
    };
    let standard = Domain::standardized(13).unwrap().unwrap();
    standard.agree(data, static_key).unwrap() == run.chip_mapping[1..33]
}

#[test]
fn chip_authentication_mapping_proves_the_key_of_card_security() {
    let cam = offer(Mapping::ChipAuthentication, Suite::Aes128, 13);
    for (id, proven) in [
        ("good-pace-cam", true),
        ("cam-cardsecurity-bad", true),
        ("cam-cardsecurity-other-signer", true),
        ("cam-cardsecurity-other-key", true),
        ("cam-ecad-wrong", false),
        ("cam-ecad-missing", false),
        ("cam-ecad-cut", false),
        ("cam-other-key", false),
    ] {
        let mut card = card(&man(), &[id]);
        // Nobody reads EF.CardSecurity before PACE.
        let closed = exchange(&mut card, &hex::decode("00B09D0000").unwrap());
        assert_eq!(closed, [0x69, 0x82]);
        set_at(&mut card, &cam, 2, true);
        let (_, secret) = Password::Can.secret(&man());
        let run = run(&mut card, &cam, &secret).unwrap();
        let mut terminal = Terminal::under(card, Suite::Aes128, &run.secret);
        let file = card_security(&mut terminal);
        assert_eq!(proves(&run, &static_key(&file)), proven, "{id}");
    }
}

/// The signature of EF.CardSecurity, checked by OpenSSL's own CMS.
#[test]
fn card_security_is_signed_by_the_document_signer() {
    use openssl::cms::{CMSOptions, CmsContentInfo};
    let cam = offer(Mapping::ChipAuthentication, Suite::Aes128, 13);
    for (id, good) in [
        ("good-pace-cam", true),
        ("cam-cardsecurity-bad", false),
        ("cam-cardsecurity-other-signer", false),
        ("cam-cardsecurity-other-key", false),
    ] {
        let mut card = card(&man(), &[id]);
        set_at(&mut card, &cam, 2, true);
        let (_, secret) = Password::Can.secret(&man());
        let run = run(&mut card, &cam, &secret).unwrap();
        let mut terminal = Terminal::under(card, Suite::Aes128, &run.secret);
        let file = card_security(&mut terminal);
        let mut message = CmsContentInfo::from_der(&file).unwrap();
        let mut content = Vec::new();
        let options = CMSOptions::NO_SIGNER_CERT_VERIFY | CMSOptions::BINARY;
        let verified = message.verify(None, None, None, Some(&mut content), options);
        assert_eq!(verified.is_ok(), good, "{id}");
        assert!(!good || content.starts_with(&[0x31]));
    }
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
    let pace = cccd_sim::card::pace::PaceAccess {
        tries: Some(3),
        ..cccd_sim::card::pace::PaceAccess::new(&[citizen], "", "123456")
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

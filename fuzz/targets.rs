//! What is fuzzed: one function a parser, from bytes that anybody may send. They must come back,
//! whatever the bytes are, and hold what their comment says. The fuzzer calls them, and so does a test
//! of the main suite with every seed under `corpus` and `regressions`.

#[path = "sensor.rs"]
pub mod sensor;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cccd_desk::biometrics::face::models::Manifest;
use cccd_desk::biometrics::face::package::weights::Weights;
use cccd_desk::biometrics::face::picture::{Picture, PictureLimits};
use cccd_desk::biometrics::finger::Template;
use cccd_desk::biometrics::finger::evaluate::picture;
use cccd_desk::biometrics::finger::template::MOST_BYTES;
use cccd_desk::chip::Abilities;
use cccd_desk::chip::secure_messaging::SecureMessaging;
use cccd_desk::codec::der;
use cccd_desk::codec::tlv::{DataObject, encode};
use cccd_desk::crypto::CryptoFault;
use cccd_desk::crypto::aes::AesKey;
use cccd_desk::crypto::des::TripleDesKey;
use cccd_desk::crypto::random::Random;
use cccd_desk::crypto::symmetric::SymmetricKey;
use cccd_desk::decision::Policies;
use cccd_desk::decision::policy::written;
use cccd_desk::desk::reading::{
    Fingerprints, Instructions, Keys, ReadingEvent, evidence_file, read_card,
};
use cccd_desk::desk::register::{Answer, MOST_BYTES as LONGEST_ANSWER, Said};
use cccd_desk::document::mrz::{Mrz, MrzField};
use cccd_desk::document::qr::QrLayout;
use cccd_desk::document::{Date, Printed, Qr};
use cccd_desk::lds::card_security::CardSecurity;
use cccd_desk::lds::chip_keys::{chip_authentication_offers, chip_keys};
use cccd_desk::lds::com::Com;
use cccd_desk::lds::dg1::Dg1;
use cccd_desk::lds::dg2::Dg2;
use cccd_desk::lds::dg3::Dg3;
use cccd_desk::lds::dg13::Dg13;
use cccd_desk::lds::ef_cvca::ef_cvca;
use cccd_desk::lds::finger::{Compression, FingerView, Position};
use cccd_desk::lds::pace_offers::pace_offers;
use cccd_desk::lds::portrait;
use cccd_desk::lds::security_infos::SecurityInfos;
use cccd_desk::lds::sod::SecurityObject;
use cccd_desk::payees::{self as payee_lists, Dong, Given, Period};
use cccd_desk::report::{Jwk, JwkSet, Receipt};
use cccd_desk::transport::{Command, Limits, Link, Response, StatusWord};
use cccd_desk::verify::certificate::Certificate;
use cccd_desk::verify::crl::Crl;
use cccd_desk::verify::terminal::CvCertificate;
use cccd_desk::verify::trust::{defects, master_list, objects};
use cccd_port::{CardChannel, Clock, LinkFault, Misread};
use cccd_serial_scanner::{
    Encoding, Ends, Form, Framer, Outcome, Table, bare_text, profiles, typed_zone as zone_of_typed,
};
use time::OffsetDateTime;
use unicode_normalization::UnicodeNormalization as _;

/// A target and its name.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const ALL: [Target; 39] = [
    ("card_security", card_security),
    ("certificate", certificate),
    ("chip", chip),
    ("com", com),
    ("crl", crl),
    ("cv_certificate", cv_certificate),
    ("dg1", dg1),
    ("dg13", dg13),
    ("dg2", dg2),
    ("dg3", dg3),
    ("evidence_zip", evidence_zip),
    ("face_manifest", face_manifest),
    ("face_models", face_models),
    ("finger_picture", finger_picture),
    ("finger_template", finger_template),
    ("jws", jws),
    ("live_picture", live_picture),
    ("master_list", master_list),
    ("payees", payees),
    ("policy", policy),
    ("mrz_frame", mrz_frame),
    ("persona", persona),
    ("recording", recording),
    ("printed", printed),
    ("qr", qr),
    ("receipt", receipt),
    ("register_answer", register_answer),
    ("response", response),
    ("scan_frame", scan_frame),
    ("secure_messaging", secure_messaging),
    ("security_infos", security_infos),
    ("serial_framer", sensor::serial_framer),
    ("sod", sod),
    ("tlv", tlv),
    ("trust_file", trust_file),
    ("typed_qr", typed_qr),
    ("typed_zone", typed_zone),
    ("wsq", wsq),
    ("zfm_packet", sensor::zfm_packet),
];

/// The day that everything here happens on.
fn today() -> Date {
    Date::in_vietnam(OffsetDateTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000))
}

/// A protected response that nobody made with the key is never taken, and ends the session.
pub fn secure_messaging(data: &[u8]) {
    let key = || TripleDesKey::new([7; 16]);
    let aes = || AesKey::new(&[7; 16]).map(SymmetricKey::Aes);
    let (Ok(encryption), Ok(mac)) = (aes(), aes()) else {
        return;
    };
    let des = SecureMessaging::new(
        SymmetricKey::TripleDes(key()),
        SymmetricKey::TripleDes(key()),
        1,
    );
    let read = Command::new(0x00, 0xb0, 0, 0).expecting(0xdf);
    let odd = Command::new(0x00, 0xb1, 0, 0)
        .with_data([0x54, 1, 0])
        .expecting(0xdf);
    for mut session in [des, SecureMessaging::new(encryption, mac, 1)] {
        for command in [&read, &odd] {
            if session.protect(command).is_err() {
                continue;
            }
            let response = Response {
                data: data.to_vec().into(),
                status: StatusWord::NORMAL,
            };
            assert!(session.unprotect(&response, true).is_err());
            assert!(session.protect(command).is_err(), "the session goes on");
        }
    }
}

/// EF.CardAccess and the content of DG14.
pub fn security_infos(data: &[u8]) {
    for infos in [SecurityInfos::parse(data), SecurityInfos::parse_dg14(data)] {
        let Ok(infos) = infos else { continue };
        let _ = pace_offers(&infos);
        let _ = chip_authentication_offers(&infos);
        let _ = chip_keys(&infos);
        let _ = ef_cvca(&infos);
        let _ = infos.active_authentication_algorithm();
    }
}

/// A card verifiable certificate.
pub fn cv_certificate(data: &[u8]) {
    let _ = CvCertificate::parse(data);
}

/// EF.SOD. Numbers out of range are for the checks to find; there are not many.
pub fn sod(data: &[u8]) {
    if let Ok(sod) = SecurityObject::parse(data) {
        assert!(sod.data_groups().count() <= 64);
    }
}

/// EF.CardSecurity.
pub fn card_security(data: &[u8]) {
    let _ = CardSecurity::parse(data);
}

/// An X.509 certificate.
pub fn certificate(data: &[u8]) {
    let _ = Certificate::parse(data);
}

/// A list of revoked certificates.
pub fn crl(data: &[u8]) {
    let _ = Crl::parse(data);
}

/// What stands in a list that an authority signs, whoever signed it: a master list, a defect list, a
/// deviation list. Nobody's signature stands before these parsers here.
pub fn master_list(data: &[u8]) {
    if let Ok(certificates) = master_list::parse(data) {
        let standings = master_list::classify(&certificates, std::iter::empty());
        assert_eq!(standings.len(), certificates.len());
    }
    let _ = defects::defect_list(data);
    let _ = defects::deviation_list(data, "VN");
}

/// Recordings as somebody sends them: what is read is written alike, shown, compared with itself and
/// imitated; of a redacted one nothing that was secret is left.
pub fn recording(data: &[u8]) {
    let Ok(recording) = cccd_replay::Recording::parse(data) else {
        return;
    };
    let Ok(written) = recording.to_json() else {
        unreachable!("a recording has a form in JSON");
    };
    assert_eq!(
        cccd_replay::Recording::parse(&written).as_ref(),
        Ok(&recording)
    );
    let same = |line: &cccd_replay::Difference| matches!(line, cccd_replay::Difference::Same(_));
    assert!(
        cccd_replay::differences(&recording, &recording)
            .iter()
            .all(same)
    );
    let _ = cccd_replay::script::script(&recording);
    let _ = cccd_desk::simulation::recorded::Imitation::of(&recording);
    let redacted = recording.redacted();
    assert!(!redacted.holds_everything() && cccd_replay::Player::new(&redacted).is_none());
}

/// Personas as an integrator writes them: a mistake stands in a line of the text, and a persona that is
/// taken can be printed on a card.
pub fn persona(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match cccd_sim::personas::written::parse(text) {
        Ok(written) => {
            let length = written.persona.mrz().len();
            assert!([72, 88, 90].contains(&length), "a zone of {length}");
        }
        Err(mistake) => {
            let lines = text.matches('\n').count() + 1;
            assert!((1..=lines).contains(&mistake.line), "{mistake}");
        }
    }
}

/// Policies as an operator writes them: a mistake stands in a line of the text, and what is read is
/// written and read as the same.
pub fn policy(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match Policies::default().with(text) {
        Ok(policies) => {
            for policy in policies.all() {
                let again = Policies::default().with(&written::write(policy));
                let again = again.expect("what was written is read");
                assert_eq!(again.get(&policy.name), Some(policy));
            }
        }
        Err(mistake) => {
            let lines = text.matches('\n').count() + 1;
            assert!((1..=lines).contains(&mistake.line), "{mistake}");
        }
    }
}

/// A file for the trust store, whatever it is.
pub fn trust_file(data: &[u8]) {
    let _ = objects::objects(data);
}

/// DG1.
pub fn dg1(data: &[u8]) {
    let _ = Dg1::parse(data, today());
}

/// DG2 and the picture in it.
pub fn dg2(data: &[u8]) {
    let Ok(dg2) = Dg2::parse(data) else { return };
    for face in &dg2.faces {
        let _ = portrait::decode(face);
    }
}

/// DG3 and the pictures in it. What is decoded has the size that its record says. Pictures of more
/// than a quarter of a million pixels are left alone: each may have two million, and a file 24 of them.
pub fn dg3(data: &[u8]) {
    let Ok(dg3) = Dg3::parse(data) else { return };
    for view in &dg3.fingers {
        if u32::from(view.width) * u32::from(view.height) > 250_000 {
            continue;
        }
        if let Ok(image) = view.decode() {
            assert_eq!((image.width(), image.height()), (view.width, view.height));
        }
    }
}

/// A picture in WSQ, whose record says the same size as its own header.
pub fn wsq(data: &[u8]) {
    let Some((width, height)) = wsq_size(data) else {
        return;
    };
    let view = FingerView {
        position: Position::Unknown,
        quality: None,
        compression: Compression::Wsq,
        width,
        height,
        dpi: (500, 500),
        depth: 8,
        data: data.to_vec().into(),
    };
    if let Ok(image) = view.decode() {
        assert_eq!((image.width(), image.height()), (width, height));
    }
}

/// Rows and columns of the first frame header (FBI IAFIS-IC-0110): behind the marker and its length
/// come black and white, then both. Large ones only take time.
fn wsq_size(data: &[u8]) -> Option<(u16, u16)> {
    let frame = data.windows(2).position(|pair| pair == [0xff, 0xa2])?;
    let number = |at: usize| {
        let bytes = data.get(frame + at..frame + at + 2)?;
        Some(u16::from_be_bytes([bytes[0], bytes[1]]))
    };
    let (height, width) = (number(6)?, number(8)?);
    (u32::from(width) * u32::from(height) <= 250_000).then_some((width, height))
}

/// A stored template of a finger: what is read is written byte by byte.
pub fn finger_template(data: &[u8]) {
    if let Ok(template) = Template::from_bytes(data) {
        assert!(data.len() <= MOST_BYTES);
        assert!(
            template.to_bytes().as_slice() == data,
            "written otherwise than read"
        );
        assert_eq!(template.is_usable(), template.count() >= 20);
    }
}

/// A file of a collection of fingers: what is decoded lies within the bounds.
pub fn finger_picture(data: &[u8]) {
    if let Ok(image) = picture::decode(data, 500) {
        assert!(image.width() <= 2_048 && image.height() <= 2_048);
        assert_eq!(image.dpi(), 500);
    }
}

/// DG13.
pub fn dg13(data: &[u8]) {
    let _ = Dg13::parse(data);
}

/// EF.COM.
pub fn com(data: &[u8]) {
    if let Ok(com) = Com::parse(data) {
        let _ = com.data_groups().count();
    }
}

/// What a scanner or a clerk puts into the field: QR code, machine readable zone, numbers.
pub fn printed(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(printed) = Printed::parse_scan(&text, today()) {
        assert!(!Keys::derive(&printed, today()).is_empty());
    }
}

/// The QR code of a citizen card. Line breaks at its end and the normal form of its letters make no
/// difference, and what is taken has the number and the name that open a chip.
pub fn qr(data: &[u8]) {
    let Ok(qr) = Qr::parse_bytes(data) else {
        return;
    };
    let number = qr.personal_number.reveal();
    assert!(number.len() == 12 && number.bytes().all(|byte| byte.is_ascii_digit()));
    assert!(!qr.name.reveal().is_empty());
    let others = match qr.layout {
        QrLayout::Card2021 => 0,
        QrLayout::Card2024 => 4,
    };
    assert_eq!(qr.others.len(), others);
    let text = String::from_utf8_lossy(data);
    let line = text.trim_end_matches(['\r', '\n']);
    for same in [
        line.to_owned(),
        format!("{line}\r\n"),
        line.nfd().collect(),
        line.nfc().collect(),
    ] {
        assert!(same.len() > Qr::LONGEST || Qr::parse(&same).as_ref() == Ok(&qr));
    }
}

/// The same code as a keyboard typed it. What is taken has its number and nothing that needs letters;
/// where the whole code can be read, both say the same.
pub fn typed_qr(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(digits) = Qr::parse_digits(&text) else {
        assert!(
            Qr::parse(&text).is_err(),
            "the whole says more than its digits"
        );
        return;
    };
    let number = digits.personal_number.reveal();
    assert!(number.len() == 12 && number.bytes().all(|byte| byte.is_ascii_digit()));
    let letters = [&digits.name, &digits.address];
    assert!(letters.iter().all(|field| field.reveal().is_empty()));
    assert!(digits.old_number.is_none() && digits.sex.is_none() && digits.others.is_empty());
    assert!(digits.unread.len() <= 2, "two dates");
    if let Ok(whole) = Qr::parse(&text) {
        assert_eq!(digits.layout, whole.layout);
        assert_eq!(digits.personal_number, whole.personal_number);
        assert_eq!(digits.birth_date, whole.birth_date);
        assert_eq!(digits.issue_date, whole.issue_date);
    }
    let again = format!("{}\r\n", text.trim_end_matches(['\r', '\n']));
    assert!(again.len() > Qr::LONGEST || Qr::parse_digits(&again).as_ref() == Ok(&digits));
}

/// A zone that was typed. What is taken, and what is proposed for one that is none, is a zone by the
/// desk's own parser; case and what scanners put around it make no difference.
pub fn typed_zone(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let bare = bare_text(&text);
    let found = zone_of_typed(&text);
    // What looks like a prefix once the first is gone is taken for one, too.
    if bare_text(bare) == bare {
        let framed = format!("\u{2}{bare}\u{3}\r\n");
        assert_eq!(bare_text(&framed), bare);
        assert_eq!(zone_of_typed(&framed), found, "framed");
        let small = bare.to_ascii_lowercase();
        assert_eq!(zone_of_typed(&small), found, "in small letters");
    }
    match found {
        None => assert!(bare.contains('|') || !bare.contains('<')),
        Some(Ok(zone)) => {
            Mrz::from_input(&zone, today()).expect("a zone is a zone");
            assert_eq!(zone_of_typed(&zone), Some(Ok(zone.clone())));
        }
        Some(Err(Misread::CheckDigit(proposal) | Misread::NotAZone(proposal))) => {
            if let Some(proposal) = proposal {
                Mrz::from_input(proposal.zone(), today()).expect("a proposal is a zone");
            }
        }
        Some(Err(_)) => {}
    }
}

/// The answer of a register. What is taken names what differs where something does and nowhere else,
/// each field once; white space around it makes no difference.
pub fn register_answer(data: &[u8]) {
    let Ok(answer) = Answer::parse(data) else {
        return;
    };
    assert!(data.len() <= LONGEST_ANSWER);
    assert_eq!(answer.differs.is_empty(), answer.answer != Said::Differs);
    assert!(answer.differs.is_sorted_by(|one, next| one < next));
    let around = [b" ", data, b"\r\n"].concat();
    assert!(around.len() > LONGEST_ANSWER || Answer::parse(&around).as_ref() == Ok(&answer));
}

/// A signed text and its keys, as the fleet, a case system and those who sign lists have them. Whatever is
/// sent, the key of the example has signed the example alone; and whatever keys are sent, nobody else's
/// hold for it.
pub fn jws(data: &[u8]) {
    const SIGNED: &str = include_str!("../docs/examples/report/report.jws");
    const KEYS: &[u8] = include_bytes!("../docs/examples/report/keys.json");
    let read = |text: &[u8]| serde_json::from_slice::<JwkSet>(text);
    let (Ok(text), Ok(own)) = (core::str::from_utf8(data), read(KEYS)) else {
        return;
    };
    let payload = own.verify(SIGNED.trim()).expect("the example");
    if let Ok(found) = own.verify(text) {
        assert_eq!(*found, *payload);
    }
    if let Ok(others) = read(data)
        && let Ok(found) = others.verify(SIGNED.trim())
    {
        assert_eq!(*found, *payload);
        let known = |key: &Jwk| {
            own.keys
                .iter()
                .any(|own| (&own.x, &own.y) == (&key.x, &key.y))
        };
        assert!(others.keys.iter().any(known));
    }
}

/// The answer of a case system. What counts as a receipt is one of that very report, names itself in visible
/// characters and has a time; white space around it makes no difference.
pub fn receipt(data: &[u8]) {
    const KEY: &str = "01KJPENRBT3E0S766EN75PJCGW";
    const SHA256: &str = "51e2b68fff8d846e1f2bb6be504e84192db3420dc898d3ff7e7fd69a2ff774fa";
    let Ok(receipt) = Receipt::parse(data, KEY, SHA256) else {
        return;
    };
    assert_eq!(
        (receipt.idempotency_key.as_str(), receipt.sha256.as_str()),
        (KEY, SHA256)
    );
    assert!((1..=128).contains(&receipt.receipt_id.len()));
    assert!(
        receipt
            .receipt_id
            .bytes()
            .all(|byte| byte.is_ascii_graphic())
    );
    let around = [b" ", data, b"\r\n"].concat();
    assert_eq!(Receipt::parse(&around, KEY, SHA256), Ok(receipt));
}

/// A list of people who are to be paid, and how a signature stands with it. One that counts adds up, has
/// everybody once for a period, and no name that hides something; what is wrong with one is bounded.
pub fn payees(data: &[u8]) {
    let given = Given {
        id: Some("list".to_owned()),
        issuer: Some("issuer".to_owned()),
        ..Given::default()
    };
    if let Some(jws) = payee_lists::signed::enveloped(data) {
        let _ = payee_lists::signed::key_name(&jws);
    }
    let (payload, signature) = data.split_at(data.len() / 2);
    let _ = payee_lists::signed::with_payload(signature, payload);
    let given = [given, Given::default()];
    for given in given {
        match payee_lists::parse(data, &given, Date::MIN) {
            Ok(list) => {
                let sum = Dong::sum(list.entries.iter().map(|entry| entry.amount));
                assert_eq!(sum, Some(list.total));
                assert!((1..=payee_lists::MAX_ENTRIES).contains(&list.entries.len()));
                let mut seen = std::collections::BTreeSet::new();
                for entry in &list.entries {
                    assert!((1..=Dong::MOST.0).contains(&entry.amount.0));
                    assert_eq!(Period::parse(&entry.period.to_string()), Ok(entry.period));
                    let name = entry.name.reveal();
                    assert!(!name.is_empty() && !name.chars().any(char::is_control));
                    assert!(seen.insert((entry.number.reveal(), entry.period)));
                }
            }
            Err(faults) => assert!((1..=100).contains(&faults.told.len())),
        }
    }
}

/// What comes over the line of a scanner: the first byte chooses its kind, then come pieces, each with
/// its length in front and the hundredths of a second before it. No scan is empty, longer than a code,
/// or the one before it once more within two seconds.
pub fn scan_frame(data: &[u8]) {
    let Some((kind, mut rest)) = data.split_first() else {
        return;
    };
    let text = |encoding| Form::Text {
        ends: Ends::ANY,
        encoding,
    };
    let mut forms = vec![
        text(Encoding::Utf8Or(Table::Windows1258)),
        text(Encoding::Utf8Or(Table::Windows1252)),
    ];
    forms.extend(profiles().map(|known| known.form));
    let mut framer = Framer::new(forms[usize::from(*kind) % forms.len()]);
    let mut now = Duration::ZERO;
    let mut last: Option<(String, Duration)> = None;
    while let Some(([length, pause], after)) = rest.split_first_chunk::<2>() {
        now += Duration::from_millis(10) * u32::from(*pause);
        let (piece, after) = after.split_at(usize::from(*length).min(after.len()));
        rest = after;
        framer.feed(piece, now);
        while let Some(outcome) = framer.next_outcome() {
            let Outcome::Scan(text) = outcome else {
                continue;
            };
            assert!((1..=4_096).contains(&text.chars().count()));
            assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
            if let Some((before, at)) = &last {
                assert!(before != text.as_str() || now - *at >= Duration::from_secs(2));
            }
            last = Some((text.to_string(), now));
        }
    }
    framer.idle(now + Duration::from_secs(60));
    assert_eq!(framer.due(), None, "something is kept for ever");
}

/// What comes over the line of a reader of machine readable zones, in each form of frame. What is taken
/// for a zone is one by the desk's own parser, with every check digit right.
pub fn mrz_frame(data: &[u8]) {
    for known in profiles() {
        if matches!(known.form, Form::Text { .. }) {
            continue;
        }
        let mut framer = Framer::new(known.form);
        framer.feed(data, Duration::ZERO);
        framer.idle(Duration::from_secs(60));
        while let Some(outcome) = framer.next_outcome() {
            let Outcome::Scan(zone) = outcome else {
                continue;
            };
            let mrz = Mrz::from_input(&zone, today()).expect("a zone is a zone");
            // What a citizen card has in place of optional data is national, and not a driver's business.
            let national = mrz.is_citizen_card();
            let wrong = mrz.wrong_check_digits.iter().find(|field| {
                let own = matches!(field, MrzField::PersonalNumber | MrzField::DocumentNumber);
                !(national && own)
            });
            assert_eq!(wrong, None, "{}", known.name);
        }
    }
}

/// Data objects and DER. What is read can be written again, byte by byte where its lengths were
/// minimal; and what passes for strict DER is read by both readers, to its end.
pub fn tlv(data: &[u8]) {
    let objects = DataObject::parse_all(data);
    if let Ok(objects) = &objects {
        let written: Vec<u8> = objects.iter().flat_map(write).collect();
        if objects.iter().all(DataObject::is_minimal) {
            assert!(written == data, "written otherwise than read");
        } else {
            assert!(written.len() < data.len(), "nothing to shorten");
            let again = DataObject::parse_all(&written).unwrap_or_default();
            assert_eq!(again.len(), objects.len());
            assert!(again.iter().all(DataObject::is_minimal));
            assert!(again.iter().flat_map(write).eq(written.iter().copied()));
        }
        let one = DataObject::parse(data);
        assert_eq!(one.is_ok(), objects.len() == 1);
    }
    let strict = der::check(data).is_ok();
    if let (true, Ok(objects)) = (strict, &objects) {
        assert!(objects.len() == 1 && objects.iter().all(DataObject::is_minimal));
    }
    let mut reader = der::Reader::new(data);
    let mut read = 0;
    while let Ok((tag, value, whole)) = reader.any() {
        read += whole.len();
        assert!(encode(tag, value) == whole, "written otherwise than read");
        if tag == 0x06 {
            let _ = der::oid_text(value);
        }
        if tag == 0x02 {
            let unsigned = der::Reader::new(whole).unsigned().is_ok();
            let negative = value.first().is_some_and(|first| first & 0x80 != 0);
            assert_eq!(unsigned, der::integer_is_minimal(value) && !negative);
            assert!(unsigned || !strict || negative);
        }
        if strict {
            // Exactly one object, and it holds objects to its last byte.
            assert!(whole == data && reader.is_empty());
            let mut inner = der::Reader::new(value);
            if tag == 0x30 {
                while inner.any().is_ok() {}
                assert!(inner.is_empty());
            }
        }
    }
    assert!(read <= data.len() && (!strict || read == data.len()));
}

/// An object and all that it holds, with minimal lengths.
fn write(object: &DataObject) -> Vec<u8> {
    let value = match object.primitive() {
        Some(value) => value.to_vec(),
        None => object.children().flat_map(|child| write(&child)).collect(),
    };
    encode(object.tag(), &value)
}

/// A list of a network's tensors and, after the first zero byte, their container. Every byte of the
/// container belongs to one tensor.
pub fn face_manifest(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == 0);
    let (list, container) = match end {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, &[][..]),
    };
    if Weights::parse(list, container).is_ok() {
        let longer = [container, &[0]].concat();
        assert!(Weights::parse(list, &longer).is_err(), "a byte of nobody");
        assert!(container.is_empty() || Weights::parse(list, &container[1..]).is_err());
    }
}

/// `models.toml`. What is read can be written and read again.
pub fn face_models(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(manifest) = Manifest::read(text) {
        assert_eq!(Manifest::read(&manifest.write()).as_ref(), Ok(&manifest));
    }
}

/// A picture as a camera or a program sends it: what is decoded lies within the bounds.
pub fn live_picture(data: &[u8]) {
    let limits = PictureLimits {
        bytes: 100_000,
        side: 512,
        pixels: 200_000,
    };
    if let Ok(picture) = Picture::decode(data, &limits) {
        let pixels = u64::from(picture.width()) * u64::from(picture.height());
        assert!(picture.width().max(picture.height()) <= limits.side && pixels <= limits.pixels);
    }
}

/// Saved evidence.
pub fn evidence_zip(data: &[u8]) {
    let _ = evidence_file::from_zip(data, Path::new("evidence.zip"));
}

/// Whatever a card answers to one command: pieces, corrections of length, noise.
pub fn response(data: &[u8]) {
    let clock = Steps::default();
    let mut channel = Script::new(data);
    let limits = Limits::default();
    let mut link = Link::new(&mut channel, &clock, limits);
    let command = Command::new(0x00, 0xb0, 0x81, 0).expecting(0x100);
    if let Ok(response) = link.transmit(&command) {
        assert!(response.data.len() <= 70_000);
        assert!(response.status.bytes_available().is_none());
    }
    assert!(link.counts().total().apdus <= 602, "two an answer at most");
}

/// A chip that says anything at all, from EF.CardAccess to EF.COM: the reading ends within its
/// budget of commands.
pub fn chip(data: &[u8]) {
    let clock = Steps::default();
    let mut channel = Script::new(data);
    let qr = "001090000001||NGUYỄN VĂN A|01011990|Nam|Số 1|15082022";
    let Ok(printed) = Printed::parse_scan(qr, today()) else {
        return;
    };
    let keys = Keys::derive(&printed, today());
    let limits = Limits {
        apdus: 1_000,
        ..Limits::default()
    };
    let instructions = Instructions {
        keys: &keys,
        clock: &clock,
        limits,
        fingerprints: Fingerprints::Wanted(None),
    };
    let mut events = 0_u32;
    let (evidence, counts) = read_card(
        &mut channel,
        instructions,
        &mut Abilities::default(),
        &mut Counter(0),
        &mut |_: ReadingEvent| events += 1,
    );
    assert!(counts.apdus <= limits.apdus && events <= 4 * limits.apdus);
    let bytes: usize = evidence
        .files
        .keys()
        .filter_map(|file| evidence.bytes(*file))
        .map(<[u8]>::len)
        .sum();
    assert!(bytes <= 16 * 1024 * 1024);
}

/// A clock that moves a millisecond whenever it is looked at.
#[derive(Default)]
struct Steps(AtomicU64);

impl Clock for Steps {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000)
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// Numbers that look random and are the same each time.
struct Counter(u64);

impl Random for Counter {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoFault> {
        for byte in out {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = self.0.to_be_bytes()[0];
        }
        Ok(())
    }
}

/// A card whose answers are the data: each with its length in front, two bytes, of which the two
/// highest bits choose between an answer, a fault of the link and the whole rest for ever.
struct Script<'a> {
    rest: &'a [u8],
}

impl<'a> Script<'a> {
    const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }
}

impl CardChannel for Script<'_> {
    fn transmit(&mut self, _: &[u8]) -> Result<Vec<u8>, LinkFault> {
        let Some((head, rest)) = self.rest.split_first_chunk::<2>() else {
            return Err(LinkFault::CardReset);
        };
        let head = u16::from_be_bytes(*head);
        let length = usize::from(head & 0x3fff).min(rest.len());
        match head >> 14 {
            // The same for ever.
            3 => return Ok(rest.to_vec()),
            2 => {
                self.rest = rest;
                return Err(match head & 3 {
                    0 => LinkFault::CardRemoved,
                    1 => LinkFault::Driver { code: 0x8010_0016 },
                    2 => LinkFault::Timeout,
                    _ => LinkFault::ResponseMalformed { length: 0 },
                });
            }
            _ => {}
        }
        let (answer, after) = rest.split_at(length);
        self.rest = after;
        Ok(answer.to_vec())
    }

    fn atr(&self) -> &[u8] {
        &[0x3b, 0x85, 0x80, 0x01, 0x80, 0x73, 0x94, 0x01, 0x40]
    }
}

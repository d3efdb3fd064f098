//! Chips that lie, noise on the link, and every seed that a fuzzer found worth keeping.

#[path = "../../fuzz/targets.rs"]
mod targets;

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cccd_desk::biometrics::finger::{FingerMatcher, NistMatcher};
use cccd_desk::chip::Abilities;
use cccd_desk::crypto::random::SystemRandom;
use cccd_desk::decision::Policies;
use cccd_desk::decision::policy::written;
use cccd_desk::decision::{Policy, VerdictKind};
use cccd_desk::desk::reading::{
    Expected, Fingerprints, Grounds, Instructions, Keys, judge, read_card,
};
use cccd_desk::document::{Date, Printed};
use cccd_desk::lds::signed_data::SignedData;
use cccd_desk::transport::Limits;
use cccd_desk::verify::TrustAnchors;
use cccd_port::{CardChannel, FingerImage, LinkFault};
use cccd_sim::lds::dg3::StoredFinger;
use cccd_sim::{Encoding, Persona, Press, Recorder, SimCard, SynthFinger, VirtualClock};
use image::{GrayImage, ImageFormat};
use proptest::prelude::*;
use time::OffsetDateTime;

use crate::bench::Bench;

fn folder(kind: &str, target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz")
        .join(kind)
        .join(target)
}

/// Every seed, those that once broke something among them. `UPDATE_SEEDS=1` writes those of the
/// simulated card anew.
#[test]
fn every_seed_is_borne() {
    if std::env::var_os("UPDATE_SEEDS").is_some() {
        write_seeds();
    }
    for (name, target) in targets::ALL {
        let mut seeds = 0;
        for kind in ["corpus", "regressions"] {
            let Ok(entries) = fs::read_dir(folder(kind, name)) else {
                continue;
            };
            for entry in entries {
                target(&fs::read(entry.unwrap().path()).unwrap());
                seeds += 1;
            }
        }
        assert!(seeds > 0, "{name} has no seed");
    }
}

/// Small genuine inputs: what a fuzzer begins with.
fn write_seeds() {
    let persona = first();
    let now = OffsetDateTime::now_utc();
    let put = |target: &str, name: &str, bytes: &[u8]| {
        fs::create_dir_all(folder("corpus", target)).unwrap();
        fs::write(folder("corpus", target).join(name), bytes).unwrap();
    };
    let files = cccd_sim::persona_files(&persona, &[], now).unwrap();
    for (target, name) in [
        ("com", "EF.COM"),
        ("dg1", "EF.DG1"),
        ("dg13", "EF.DG13"),
        ("security_infos", "EF.DG14"),
        ("sod", "EF.SOD"),
    ] {
        put(target, "genuine", &files[name]);
    }
    // The picture would make the seed large; its head is what is parsed.
    put("dg2", "head", &files["EF.DG2"][..400]);
    put_fingers(&put);
    let offer = cccd_desk::lds::security_infos::CITIZEN_CARD_ACCESS;
    put("security_infos", "card-access", &offer);
    for id in ["good-csca-in-master-list", "dsc-revoked-defectlist"] {
        let defect = cccd_sim::defect(id).unwrap();
        for (name, bytes) in cccd_sim::trust_files(&[defect], now).unwrap() {
            if name.ends_with(".ml") || name.ends_with(".dl") {
                put("trust_file", &name, &bytes);
                let signed = SignedData::parse(&bytes).unwrap();
                put("master_list", &name, &signed.content);
            }
        }
    }
    for policy in Policies::default().all() {
        put("policy", &policy.name, written::write(policy).as_bytes());
    }
    for (name, bytes) in cccd_sim::trust_files(&[], now).unwrap() {
        put("trust_file", &name, &bytes);
        let target = if name.ends_with(".crl") {
            "crl"
        } else {
            "certificate"
        };
        put(target, &name, &bytes);
    }
    let family = cccd_sim::KeyFamily::Elliptic;
    for (name, bytes) in cccd_sim::terminal_files(family, None, now).unwrap() {
        if name.ends_with(".cvcert") {
            put("cv_certificate", &name, &bytes);
        }
    }
    put("printed", "qr", persona.qr().as_bytes());
    put("printed", "mrz", persona.mrz().as_bytes());
    put("printed", "number", persona.personal_number.as_bytes());
    // The other formats of a zone.
    let everybody = cccd_sim::personas().unwrap();
    for foreigner in everybody.iter().filter(|one| !one.is_citizen()) {
        let files = cccd_sim::persona_files(foreigner, &[], now).unwrap();
        put("dg1", &foreigner.name, &files["EF.DG1"]);
        put("printed", &foreigner.name, foreigner.mrz().as_bytes());
    }
    put(
        "secure_messaging",
        "icao-d-4",
        &hex::decode("8709019FF0EC34F9922651990290008E08AD55CC17140B2D").unwrap(),
    );
    // 61xx, its rest, 6Cxx: each answer with its length in front.
    put(
        "response",
        "continued",
        &hex::decode("0004AABB61020004CCDD9000").unwrap(),
    );
    put(
        "response",
        "corrected",
        &hex::decode("00026C100003AA9000").unwrap(),
    );
    put("response", "for-ever", &hex::decode("C00061FF").unwrap());
    let answers = answers(&persona, now);
    put("chip", "genuine", &answers);
    put("chip", "nothing", &[]);
    let cam = cccd_sim::defect("good-pace-cam").unwrap();
    let security = card_security(&persona, cam, now);
    put("card_security", "genuine", &security);
    let script =
        crate::bench::Script::of(&persona).with(cccd_sim::defect("good-child-no-dg2").unwrap());
    put(
        "evidence_zip",
        "genuine.zip",
        Bench.judge(&script).evidence.reveal(),
    );
}

/// Small pictures of fingers in every encoding, and a template.
fn put_fingers(put: &dyn Fn(&str, &str, &[u8])) {
    put("dg3", "empty", &cccd_sim::lds::dg3::empty(&[7; 32]));
    let finger = SynthFinger::new(1, 2);
    let press = Press {
        size: (97, 90),
        ..Press::default()
    };
    let image = finger.impression(&press).unwrap();
    for encoding in Encoding::ALL {
        let name = format!("{encoding:?}").to_lowercase();
        let (position, image) = (2, image.clone());
        let stored = [StoredFinger {
            position,
            image,
            encoding,
        }];
        put("dg3", &name, &cccd_sim::lds::dg3::file(&stored).unwrap());
        if encoding == Encoding::Wsq {
            let record = cccd_sim::lds::dg3::record(&stored[0]).unwrap();
            put("wsq", "print", &record[46..]);
        }
    }
    let template = NistMatcher::default().extract(&finger.press(0).unwrap());
    put("finger_template", "genuine", &template.unwrap().to_bytes());
    put_finger_pictures(put, &image);
}

/// A finger in the formats of collections.
fn put_finger_pictures(put: &dyn Fn(&str, &str, &[u8]), finger: &FingerImage) {
    let (width, height) = (finger.width(), finger.height());
    let grey = GrayImage::from_raw(width.into(), height.into(), finger.pixels().to_vec()).unwrap();
    // A corner of it: every seed is changed thousands of times.
    let corner = image::imageops::crop_imm(&grey, 30, 30, 33, 29).to_image();
    let pgm = [&b"P5\n33 29\n255\n"[..], corner.as_raw()].concat();
    put("finger_picture", "pgm", &pgm);
    for ending in ["tiff", "png", "bmp", "jpg"] {
        let format = ImageFormat::from_extension(ending).unwrap();
        let mut out = Cursor::new(Vec::new());
        corner.write_to(&mut out, format).unwrap();
        put("finger_picture", ending, &out.into_inner());
    }
    let packed = tiff::encoder::Compression::Lzw;
    let mut out = Cursor::new(Vec::new());
    let encoder = tiff::encoder::TiffEncoder::new(&mut out).unwrap();
    let mut encoder = encoder.with_compression(packed);
    let grey8 = encoder.write_image::<tiff::encoder::colortype::Gray8>(33, 29, &corner);
    grey8.unwrap();
    put("finger_picture", "lzw", &out.into_inner());
    let options = wsq_codec::EncodeOptions::default();
    let wsq = wsq_codec::encode(finger.pixels(), width.into(), height.into(), &options);
    put("finger_picture", "wsq", &wsq.unwrap());
}

/// EF.CardSecurity of a card that has one, as the desk read it.
fn card_security(persona: &Persona, row: &cccd_sim::Defect, now: OffsetDateTime) -> Vec<u8> {
    let card = SimCard::new(persona, &[row], Box::new(cccd_sim::SystemRandom), now).unwrap();
    let (evidence, _) = read(&mut Recorder::new(card), persona);
    evidence
        .bytes(cccd_desk::chip::FileId::CardSecurity)
        .unwrap()
        .to_vec()
}

/// What a genuine chip answered, in the form of the target `chip`.
fn answers(persona: &Persona, now: OffsetDateTime) -> Vec<u8> {
    let bac = cccd_sim::defect("good-bac-only").unwrap();
    let card = SimCard::new(persona, &[bac], Box::new(cccd_sim::SystemRandom), now).unwrap();
    let mut noise = Noise {
        card: Recorder::new(card),
        log: Vec::new(),
        at: usize::MAX,
        change: Change::Drop,
    };
    read(&mut noise, persona);
    let few = noise.log.into_iter().take(8);
    few.flat_map(|answer| {
        let length = u16::try_from(answer.len()).unwrap();
        [&length.to_be_bytes()[..], &answer].concat()
    })
    .collect()
}

fn first() -> Persona {
    cccd_sim::personas().unwrap().swap_remove(0)
}

fn printed(persona: &Persona, today: Date) -> Printed {
    Printed::parse_scan(&persona.qr(), today).unwrap()
}

fn read(
    channel: &mut dyn CardChannel,
    persona: &Persona,
) -> (
    cccd_desk::verify::Evidence,
    cccd_desk::decision::verdict::ReadingCount,
) {
    let clock = VirtualClock::new(OffsetDateTime::now_utc());
    let today = Date::in_vietnam(OffsetDateTime::now_utc());
    let keys = Keys::derive(&printed(persona, today), today);
    let instructions = Instructions {
        keys: &keys,
        clock: &clock,
        limits: Limits::default(),
        fingerprints: Fingerprints::NotWanted,
    };
    let abilities = &mut Abilities::default();
    read_card(
        channel,
        instructions,
        abilities,
        &mut SystemRandom,
        &mut |_| (),
    )
}

/// What happens to one answer on its way.
#[derive(Clone, Debug)]
enum Change {
    /// One bit is another.
    Flip(usize),
    /// It ends early.
    Cut(usize),
    /// Another status word.
    Status(u16),
    /// Bytes after it.
    Longer(Vec<u8>),
    /// An answer of somebody's own.
    Instead(Vec<u8>),
    /// The one before, again.
    Drop,
}

/// A genuine card behind a link that changes one answer.
struct Noise {
    card: Recorder,
    log: Vec<Vec<u8>>,
    at: usize,
    change: Change,
}

impl CardChannel for Noise {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkFault> {
        let mut answer = self.card.transmit(command)?;
        if self.log.len() == self.at {
            match &self.change {
                Change::Flip(bit) => {
                    let bit = bit % (answer.len() * 8);
                    answer[bit / 8] ^= 1 << (bit % 8);
                }
                Change::Cut(length) => answer.truncate(length % answer.len()),
                Change::Status(status) => {
                    answer.truncate(answer.len().saturating_sub(2));
                    answer.extend(status.to_be_bytes());
                }
                Change::Longer(more) => answer.extend(more),
                Change::Instead(other) => answer.clone_from(other),
                Change::Drop => answer = self.log.last().cloned().unwrap_or_default(),
            }
        }
        self.log.push(answer.clone());
        Ok(answer)
    }

    fn atr(&self) -> &[u8] {
        self.card.atr()
    }
}

fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        any::<usize>().prop_map(Change::Flip),
        any::<usize>().prop_map(Change::Cut),
        any::<u16>().prop_map(Change::Status),
        prop_oneof![
            Just(0x9000),
            Just(0x6982),
            Just(0x6a82),
            Just(0x6700),
            Just(0x61ff)
        ]
        .prop_map(Change::Status),
        prop::collection::vec(any::<u8>(), 1..40).prop_map(Change::Longer),
        prop::collection::vec(any::<u8>(), 0..300).prop_map(Change::Instead),
        Just(Change::Drop),
    ]
}

fn trust() -> Arc<TrustAnchors> {
    Arc::new(Bench.trust(&[], OffsetDateTime::now_utc()).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// One changed answer among a genuine card's: the verdict is about this card, or none.
    #[test]
    fn one_changed_answer_never_changes_the_person(at in 0_usize..40, change in changes()) {
        let persona = first();
        let now = OffsetDateTime::now_utc();
        let card = SimCard::new(&persona, &[], Box::new(cccd_sim::SystemRandom), now).unwrap();
        let mut noise = Noise { card: Recorder::new(card), log: Vec::new(), at, change };
        let (evidence, counts) = read(&mut noise, &persona);
        prop_assert!(counts.apdus < 400, "{}", counts.apdus);
        let today = Date::in_vietnam(now);
        let printed = printed(&persona, today);
        let policy = Policy::ready_made("document").unwrap();
        let trust = trust();
        let grounds = Grounds {
            trust: Some(&trust),
            policy: &policy,
            printed: Some(&printed),
            expected: &Expected::default(),
            at: now,
        };
        let verdict = judge(&evidence, counts, grounds).verdict;
        match verdict.personal_number {
            Some(number) => prop_assert_eq!(number.reveal(), &persona.personal_number),
            None => prop_assert_ne!(verdict.verdict, VerdictKind::Verified),
        }
        // Noise is no proof that a card is false, but where the change is of a kind that no honest
        // chip sends: a key that is none.
        if verdict.verdict == VerdictKind::NotVerified {
            let reason = verdict.reason.unwrap().code();
            prop_assert!(
                ["pace-key-invalid", "pace-downgrade", "chip-clone-ca-failed", "chip-clone-aa-failed",
                 "domain-params-forged", "chip-auth-suppressed"].contains(&reason),
                "{reason}"
            );
        }
    }

    /// Any sequence of answers at all.
    #[test]
    fn whatever_a_chip_says_the_reading_ends(
        answers in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..40)
    ) {
        let script: Vec<u8> = answers
            .iter()
            .flat_map(|answer| {
                let length = u16::try_from(answer.len()).unwrap();
                [&length.to_be_bytes()[..], answer].concat()
            })
            .collect();
        targets::chip(&script);
        targets::response(&script);
    }
}

/// Seeds of small texts, with some characters changed, left out or put in.
fn changed(target: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let seeds: Vec<String> = fs::read_dir(folder("corpus", target))
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    let signs = prop::char::ranges(vec![' '..='~', '\0'..='\r', 'À'..='ỹ'].into());
    let change = (any::<prop::sample::Index>(), 0_u8..3, signs);
    let changes = prop::collection::vec(change, 0..6);
    (prop::sample::select(seeds), changes).prop_map(|(seed, changes)| {
        let mut text: Vec<char> = seed.chars().collect();
        for (at, kind, sign) in changes {
            let at = at.index(text.len() + 1);
            match kind {
                0 => text.insert(at, sign),
                1 if at < text.len() => text[at] = sign,
                _ if at < text.len() => drop(text.remove(at)),
                _ => {}
            }
        }
        text.into_iter().collect::<String>().into_bytes()
    })
}

proptest! {
    /// What a keyboard typed, and what a register answers: near what is right.
    #[test]
    fn what_is_nearly_right_is_borne(
        zone in changed("typed_zone"),
        code in changed("typed_qr"),
        answer in changed("register_answer"),
    ) {
        targets::typed_zone(&zone);
        targets::typed_qr(&code);
        targets::register_answer(&answer);
    }
}

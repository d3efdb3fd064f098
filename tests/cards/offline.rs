//! Cards without a reader: raw files, judged as `verify` judges them.

use std::collections::BTreeMap;

use cccd_desk::chip::FileId;
use cccd_desk::decision::verdict::ReadingCount;
use cccd_desk::decision::{Policy, VerdictKind};
use cccd_desk::desk::reading::{Expected, Grounds, Judgement, evidence_file, judge};
use cccd_desk::verify::evidence::FileState;
use cccd_desk::verify::{Evidence, TrustAnchors};
use cccd_sim::{Defect, Persona};
use time::OffsetDateTime;

use crate::bench::{self, Bench};

/// Raw files as evidence.
pub fn evidence(files: &BTreeMap<String, Vec<u8>>) -> Evidence {
    let mut evidence = Evidence::default();
    for file in FileId::all() {
        if let Some(bytes) = files.get(&file.name()) {
            let state = FileState::Read(bytes.clone().into());
            evidence.files.insert(file, state);
        }
    }
    evidence
}

pub fn judge_evidence(
    evidence: &Evidence,
    trust: Option<&TrustAnchors>,
    policy: &Policy,
    at: OffsetDateTime,
) -> Judgement {
    let grounds = Grounds {
        trust,
        policy,
        printed: None,
        expected: &Expected::default(),
        at,
    };
    judge(evidence, ReadingCount::default(), grounds)
}

pub fn policy(name: &str) -> Policy {
    Policy::ready_made(name).unwrap()
}

pub fn judge_persona(persona: &Persona, defects: &[&Defect], policy: &Policy) -> Judgement {
    let now = OffsetDateTime::now_utc();
    let at = defects.iter().find_map(|defect| defect.desk_clock());
    let files = cccd_sim::persona_files(persona, defects, now).unwrap();
    let trust = Bench.trust(defects, now);
    judge_evidence(&evidence(&files), trust.as_ref(), policy, at.unwrap_or(now))
}

fn first() -> Persona {
    cccd_sim::personas().unwrap().swap_remove(0)
}

#[test]
fn the_files_of_every_persona_are_verified() {
    for persona in &cccd_sim::personas().unwrap() {
        let name = match persona.is_citizen() {
            true => "evidence",
            false => persona.policy(),
        };
        let verdict = judge_persona(persona, &[], &policy(name)).verdict;
        let good = ("verified".to_owned(), None);
        assert_eq!(bench::outcome(&verdict), good, "{}", persona.name);
        let number = verdict.personal_number.as_ref();
        let due = persona.is_citizen().then_some(&persona.personal_number);
        assert_eq!(number.map(|number| number.reveal()), due);
        assert!(verdict.test && verdict.chip_authentication.is_none());
    }
}

/// Rows whose defect lies in the exchange, in the reading of a file or in the person, so that raw
/// files do not show it.
fn shows_in_files(defect: &Defect) -> bool {
    matches!(defect.section, 'D' | 'E' | 'F' | 'H' | 'K')
        && !matches!(
            defect.id,
            // What was typed or printed, and whose dossier is open, is not among the files.
            "x-typed-number"
                | "x-qr-number"
                | "x-qr-name"
                | "x-ocr-optional"
                | "x-ocr-mrz"
                | "x-dossier-other-person"
        )
}

/// What the policy `evidence` makes of a row where its weights are others than those of `document`.
fn expected(defect: &Defect) -> (String, Option<String>) {
    match defect.id {
        // Expiry is told and does not count; a list within its grace or missing is a note; lost cards
        // are not asked for.
        "x-expired" | "x-expiry-unreadable" | "crl-missing" | "x-reported-lost" => {
            ("verified".to_owned(), None)
        }
        _ => (defect.result.to_owned(), defect.reason.map(str::to_owned)),
    }
}

#[test]
fn every_row_that_shows_in_files_gets_its_result_offline() {
    let persona = first();
    let mut wrong = Vec::new();
    for defect in cccd_sim::defects().iter().filter(|row| shows_in_files(row)) {
        let mut evidence_policy = policy("evidence");
        evidence_policy.rules.sha1_allowed = defect.id == "good-sha1-legacy";
        let verdict = judge_persona(&persona, &[defect], &evidence_policy).verdict;
        let (met, due) = (bench::outcome(&verdict), expected(defect));
        if met != due {
            wrong.push(format!(
                "evidence {}: expected {due:?}, met {met:?}",
                defect.id
            ));
        }
        // Under `document` the same files lack link, access and chip: good ones stay undetermined.
        let verdict = judge_persona(&persona, &[defect], &policy("document")).verdict;
        let met = bench::outcome(&verdict);
        let due = match defect.result {
            "verified" => None,
            _ => Some((defect.result.to_owned(), defect.reason.map(str::to_owned))),
        };
        if due.as_ref().is_some_and(|due| *due != met) || met.0 == "verified" {
            wrong.push(format!(
                "document {}: expected {due:?}, met {met:?}",
                defect.id
            ));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_same_files_get_the_same_verdict_byte_for_byte() {
    let now = OffsetDateTime::now_utc();
    let trust = Bench.trust(&[], now).unwrap();
    let files = cccd_sim::persona_files(&first(), &[], now).unwrap();
    let made = |_| {
        let judgement = judge_evidence(&evidence(&files), Some(&trust), &policy("evidence"), now);
        let json = serde_json::to_vec(&judgement.verdict).unwrap();
        (json, judgement.evidence.reveal().clone())
    };
    let [one, two] = [0, 1].map(made);
    assert_eq!(one, two);
}

#[test]
fn a_refused_proof_is_still_refused_when_the_evidence_is_judged_again() {
    let persona = first();
    let now = OffsetDateTime::now_utc();
    for row in [
        "clone-no-aa-key",
        "clone-aa-other-key",
        "clone-drops-dg14-15",
        "good-bac-only",
    ] {
        let defect = cccd_sim::defect(row).unwrap();
        let live = Bench.judge(&bench::Script::of(&persona).with(defect));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("evidence.zip");
        std::fs::write(&path, live.evidence.reveal()).unwrap();
        let again = evidence_file::read(&path).unwrap();
        let trust = Bench.trust(&[defect], now);
        let judged = judge_evidence(&again, trust.as_ref(), &policy("evidence"), now).verdict;
        let live_kind = live.verdict.verdict;
        assert_eq!(judged.verdict, live_kind, "{row}");
        assert_eq!(judged.reason, live.verdict.reason, "{row}");
        assert_eq!(
            judged.digests.evidence, live.verdict.digests.evidence,
            "{row}"
        );
        assert_eq!(
            judged.verdict == VerdictKind::Verified,
            row.starts_with("good")
        );
        // And once more through a folder.
        let files = folder.path().join("files");
        evidence_file::to_folder(&again, &files).unwrap();
        assert_eq!(evidence_file::read(&files).unwrap(), again, "{row}");
    }
}

/// An archive of stored entries, as no library writes it: names may stand twice.
fn raw_zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    let le = |number: usize, width: usize| number.to_le_bytes()[..width].to_vec();
    for (name, bytes) in entries {
        let mut crc = !0_u32;
        for byte in *bytes {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
            }
        }
        let common = [
            le(20, 2),
            le(0, 2),
            le(0, 2),
            le(0, 4),
            (!crc).to_le_bytes().to_vec(),
            le(bytes.len(), 4),
            le(bytes.len(), 4),
            le(name.len(), 2),
            le(0, 2),
        ]
        .concat();
        let offset = out.len();
        out.extend([b"PK\x03\x04", &common[..], name.as_bytes(), bytes].concat());
        let tail = [le(0, 2), le(0, 2), le(0, 2), le(0, 4), le(offset, 4)].concat();
        directory.extend(
            [
                b"PK\x01\x02",
                &le(20, 2)[..],
                &common,
                &tail,
                name.as_bytes(),
            ]
            .concat(),
        );
    }
    let start = out.len();
    let end = [
        le(0, 4),
        le(entries.len(), 2),
        le(entries.len(), 2),
        le(directory.len(), 4),
        le(start, 4),
        le(0, 2),
    ]
    .concat();
    [&out[..], &directory, b"PK\x05\x06", &end].concat()
}

#[test]
fn archives_that_say_two_things_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evidence.zip");
    let refusal = |entries: &[(&str, &[u8])]| {
        std::fs::write(&path, raw_zip(entries)).unwrap();
        evidence_file::read(&path)
            .err()
            .map(|error| error.to_string())
    };
    assert_eq!(refusal(&[("EF.SOD", b"w"), ("EF.DG1", b"a")]), None);
    assert_eq!(refusal(&[("a/EF.SOD", b"w"), ("../../EF.DG1", b"a")]), None);
    for twice in [
        [("EF.DG1", &b"w"[..]), ("EF.DG1", b"a")],
        [("a/EF.DG1", b"w"), ("b/EF.DG1", b"a")],
    ] {
        let why = refusal(&twice).unwrap();
        assert!(why.contains("more than once"), "{why}");
    }
    let refused: &[u8] = br#"{"version":1,"files":{"EF.DG1":"absent"}}"#;
    assert!(refusal(&[("EF.DG1", b"a"), ("transcript.json", refused)]).is_some());
    let bomb = vec![0; 2 * 1024 * 1024];
    assert!(refusal(&[("EF.DG1", &bomb)]).unwrap().contains("larger"));
    let many: Vec<(String, &[u8])> = (0..100).map(|n| (format!("x{n}"), &b""[..])).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, b)| (name.as_str(), *b)).collect();
    assert!(refusal(&many).unwrap().contains("larger"));
}

#[test]
fn a_folder_of_evidence_holds_one_card() {
    let folder = tempfile::tempdir().unwrap();
    let now = OffsetDateTime::now_utc();
    let files = |id| cccd_sim::persona_files(&first(), &[cccd_sim::defect(id).unwrap()], now);
    let ecdsa = evidence(&files("good-aa-ecdsa-plain").unwrap());
    let plain = evidence(&files("good-bac-only").unwrap());
    evidence_file::to_folder(&ecdsa, folder.path()).unwrap();
    evidence_file::to_folder(&plain, folder.path()).unwrap();
    assert_eq!(evidence_file::read(folder.path()).unwrap(), plain);
    std::fs::remove_file(folder.path().join("EF.DG1")).unwrap();
    std::fs::create_dir(folder.path().join("EF.DG1")).unwrap();
    assert!(evidence_file::read(folder.path()).is_err());
}

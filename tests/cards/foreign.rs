//! Documents of other countries: read and verified under `foreign-document`, and under no policy for
//! citizen cards.

use cccd_desk::decision::Policy;
use cccd_desk::finding::{CheckId, CheckResult};
use cccd_sim::Defect;
use cccd_sim::defects::mutation::{
    AccessChange, CertificateChange, FieldChange, Moment, Mutation, PaceChange, SodChange,
};
use cccd_sim::defects::mutation::{ActiveChange, ChipKeysChange};

use crate::bench::{self, Bench, Script};
use crate::offline::{judge_persona, policy};

const fn row(mutations: &'static [Mutation]) -> Defect {
    Defect {
        id: "foreign",
        section: '?',
        result: "",
        reason: None,
        class: None,
        description: "a foreign document",
        mutations,
        given: cccd_sim::defects::given::Circumstances::USUAL,
    }
}

/// What is wrong, result and reason, the mutations.
type Variant = (&'static str, &'static str, &'static str, Defect);

#[rustfmt::skip]
static VARIANTS: [Variant; 16] = [
    ("another state in the zone", "not_verified", "country-mismatch", row(&[mrz(2, "LAO")])),
    ("Utopia", "undetermined", "country-unmapped", row(&[mrz(2, "UTO")])),
    ("a code that issues nothing", "undetermined", "country-unmapped", row(&[mrz(2, "XXA")])),
    ("a state with a digit", "undetermined", "mrz-malformed", row(&[mrz(2, "T1A")])),
    ("a kind of document that no format has", "undetermined", "mrz-malformed", row(&[mrz(0, "Q")])),
    ("no name", "undetermined", "name-missing", row(&[mrz(5, "<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<")])),
    ("expired yesterday", "not_verified", "card-expired", row(&[Mutation::Expires(-2)])),
    ("signer expired", "not_verified", "dsc-expired", row(&[dsc(CertificateChange::NotAfter(Moment::Now(-1)))])),
    ("authority expired", "not_verified", "dsc-expired", row(&[Mutation::Csca(CertificateChange::NotAfter(Moment::Now(-1)))])),
    ("signer of tomorrow", "not_verified", "dsc-not-yet-valid", row(&[dsc(CertificateChange::NotBefore(Moment::Now(1)))])),
    // Nobody asks when it was signed.
    ("signed after the signer's end", "verified", "", row(&[Mutation::Sod(SodChange::SigningTime(Moment::Now(-1)))])),
    ("a signer for visas", "undetermined", "document-type-not-allowed", row(&[dsc(CertificateChange::DocumentTypes(&["V"]))])),
    ("revoked signer", "not_verified", "dsc-revoked", row(&[Mutation::DscBatch(cccd_sim::authority::BatchKind::Revoked)])),
    ("stale list", "undetermined", "crl-stale", row(&[Mutation::Crl(cccd_sim::defects::mutation::CrlChange::Period(-40, -10))])),
    ("signature flipped", "not_verified", "sod-signature-invalid", row(&[Mutation::Sod(SodChange::Signature(cccd_sim::lds::sod::SignatureFault::Flipped))])),
    ("no proof of the chip", "verified", "", row(&[
        Mutation::ChipKeys(ChipKeysChange::None), Mutation::Without(15), Mutation::Active(ActiveChange::NoKey),
    ])),
];

const fn mrz(at: usize, text: &'static str) -> Mutation {
    Mutation::Mrz {
        at,
        text,
        checked: true,
    }
}

const fn dsc(change: CertificateChange) -> Mutation {
    Mutation::Dsc(change)
}

fn foreigners() -> Vec<cccd_sim::Persona> {
    let mut personas = cccd_sim::personas().unwrap();
    personas.retain(|persona| !persona.is_citizen());
    assert_eq!(personas.len(), 2);
    personas
}

#[test]
fn what_is_wrong_with_a_foreign_document_is_told_from_its_files() {
    let mut wrong = Vec::new();
    for persona in &foreigners() {
        for (name, result, reason, defect) in &VARIANTS {
            let verdict = judge_persona(persona, &[defect], &policy("foreign-document")).verdict;
            let due = (
                (*result).to_owned(),
                Some((*reason).to_owned()).filter(|code| !code.is_empty()),
            );
            let met = bench::outcome(&verdict);
            if met != due {
                wrong.push(format!("{} {name}: due {due:?}, met {met:?}", persona.name));
            }
            assert_eq!(verdict.personal_number, None, "{name}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn policies_for_citizen_cards_expect_citizen_cards() {
    let unexpected = "document-format-unexpected";
    for persona in &foreigners() {
        for name in Policy::NAMES {
            let verdict = judge_persona(persona, &[], &policy(name)).verdict;
            let check = |wanted| verdict.checks.iter().find(|check| check.id == wanted);
            let dg1 = check(CheckId::Dg1Read).unwrap();
            if name == "foreign-document" {
                assert_eq!(dg1.result, CheckResult::Successful);
                continue;
            }
            assert_eq!(dg1.result, CheckResult::Undetermined, "{name}");
            let (result, reason) = bench::outcome(&verdict);
            assert_eq!(
                (result.as_str(), reason.as_deref()),
                ("undetermined", Some(unexpected)),
                "{name}"
            );
            // What is signed says so in check 3 alone: the rest of the zone was judged too.
            assert_eq!(
                check(CheckId::Country).unwrap().result,
                CheckResult::Successful
            );
            assert!(
                verdict.name.is_none() && verdict.personal_number.is_none(),
                "{name}"
            );
        }
    }
}

/// A card of another country, of the format that citizen cards have.
#[test]
fn a_foreign_card_of_the_same_format_is_no_citizen_card() {
    let mut persona = cccd_sim::personas().unwrap().swap_remove(0);
    persona.name = "residence-card".to_owned();
    static FOREIGN: Defect = row(&[
        mrz(0, "AR"),
        mrz(2, "THA"),
        Mutation::Field(2, FieldChange::Text("NGƯỜI KHÁC")),
        dsc(CertificateChange::Country("TH", false)),
        dsc(CertificateChange::DocumentTypes(&["AR"])),
        Mutation::Csca(CertificateChange::Country("TH", false)),
    ]);
    for (name, due) in [
        (
            "evidence",
            ("undetermined", Some("document-format-unexpected")),
        ),
        ("foreign-document", ("verified", None)),
    ] {
        let verdict = judge_persona(&persona, &[&FOREIGN], &policy(name)).verdict;
        let (result, reason) = bench::outcome(&verdict);
        assert_eq!((result.as_str(), reason.as_deref()), due, "{name}");
        assert_eq!(verdict.personal_number, None);
        if due.0 == "verified" {
            // Not the name of a data group that only looks like ours.
            assert_eq!(verdict.name.unwrap().reveal(), "NGUYEN VAN A");
        }
    }
}

#[test]
fn a_foreign_document_is_opened_as_it_allows() {
    let basic = row(&[Mutation::Pace(PaceChange::Absent)]);
    let pace = row(&[Mutation::Access(AccessChange::NoBasic)]);
    let open = row(&[Mutation::Access(AccessChange::None)]);
    for persona in &foreigners() {
        for (defect, access) in [(&basic, "bac"), (&pace, "pace-mrz"), (&open, "none")] {
            let verdict = Bench.judge(&Script::of(persona).with(defect)).verdict;
            let good = ("verified".to_owned(), None);
            assert_eq!(bench::outcome(&verdict), good, "{} {access}", persona.name);
            assert_eq!(verdict.access, Some(access));
        }
        // Optional where there are files alone, link and access count as soon as they begin.
        for id in ["access-key-mistyped", "link-card-removed", "sm-mac-flipped"] {
            let defect = cccd_sim::defect(id).unwrap();
            let verdict = Bench.judge(&Script::of(persona).with(defect)).verdict;
            let due = (defect.result.to_owned(), defect.reason.map(str::to_owned));
            assert_eq!(bench::outcome(&verdict), due, "{} {id}", persona.name);
        }
        for id in [
            "clone-no-aa-key",
            "clone-drops-dg14-15",
            "lso-dg-hash-bad",
            "pace-map-reflected",
        ] {
            let defect = cccd_sim::defect(id).unwrap();
            let verdict = Bench.judge(&Script::of(persona).with(defect)).verdict;
            assert_eq!(
                bench::outcome(&verdict).0,
                "not_verified",
                "{} {id}",
                persona.name
            );
        }
    }
}

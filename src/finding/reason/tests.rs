//! The registry is complete, its wording is told apart, and its codes are stable.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use super::{Class, Reason, all, by_code, note};

/// The codes as published. Callers match on them: a code may be added here, never taken away.
const PUBLISHED: &[(Class, &str)] = &[
    (
        Class::Technical,
        "no-card reader-lost reader-service-lost reader-busy card-removed session-reset \
         multiple-cards not-an-emrtd app-select-failed read-timeout response-malformed \
         response-loop apdu-length-refused access-failed access-blocked \
         access-protocol-violation bac-chip-auth-failed cardaccess-malformed pace-unsupported \
         pace-refused pace-data-malformed pace-token-invalid sm-mac-invalid sm-do-missing \
         sm-do-malformed sm-padding-invalid sm-plain-response sm-session-lost \
         sm-status-mismatch file-truncated length-implausible mandatory-file-missing \
         dg-malformed dg-tag-wrong dg13-malformed mrz-malformed portrait-missing \
         portrait-malformed portrait-too-large sod-malformed session-closed internal-error",
    ),
    (Class::Input, "access-key-wrong"),
    (
        Class::Forgery,
        "pace-key-invalid pace-key-reflected pace-downgrade bac-replayed-response \
         domain-params-forged cardsecurity-invalid sod-empty sod-unsigned sod-signature-invalid \
         sod-message-digest-mismatch sod-signed-attrs-invalid sod-content-type-wrong \
         sod-algorithm-mismatch sod-params-invalid sod-signer-ambiguous sod-duplicate-entry \
         sod-entry-invalid algorithm-forbidden dg-hash-mismatch dg-not-in-sod com-sod-mismatch \
         dsc-signature-invalid dsc-issuer-mismatch dsc-malformed dsc-key-usage dsc-is-ca \
         dsc-ext-key-usage path-too-long dsc-expired-at-signing dsc-not-yet-valid-at-signing \
         dsc-not-yet-valid csca-expired-at-issue data-changed-during-session \
         presentation-attack sensor-replay verdict-replayed",
    ),
    (
        Class::Clone,
        "chip-clone-aa-failed chip-clone-ca-failed chip-clone-cam-failed chip-auth-suppressed \
         chip-keys-compromised chip-key-reused",
    ),
    (
        Class::Contradiction,
        "personal-number-mismatch printed-data-mismatch printed-photo-mismatch country-mismatch \
         dossier-person-mismatch register-mismatch card-swapped face-mismatch",
    ),
    (
        Class::Validity,
        "card-expired card-reported-lost dsc-revoked dsc-expired",
    ),
    (
        Class::Missing,
        "csca-unknown trust-store-unavailable dsc-missing dsc-under-review dsc-key-usage-period \
         signing-time-unknown clock-untrusted crl-missing crl-stale crl-not-yet-valid \
         crl-signature-invalid crl-issuer-mismatch crl-rollback crl-unsupported \
         critical-extension-unknown document-type-not-allowed signer-id-mismatch \
         algorithm-unsupported algorithm-weak sod-not-der com-malformed lds-version-unknown \
         dg-missing dg14-malformed dg-hash-scope-ambiguous chip-auth-not-supported \
         aa-needs-extended-length chip-rng-weak ta-certificate-missing ta-certificate-expired \
         ta-certificate-not-yet-valid ta-certificate-invalid access-control-absent \
         cardaccess-unauthenticated country-unmapped expiry-unknown superseded-card \
         register-unknown register-unavailable",
    ),
    (
        Class::IssuerData,
        "mrz-check-digit date-invalid name-missing document-format-unexpected \
         portrait-ambiguous portrait-too-old dg13-text-suspicious personal-number-malformed \
         issuer-data-inconsistent",
    ),
    (
        Class::Person,
        "check-not-performed face-inconclusive live-face-missing live-face-ambiguous \
         live-image-poor sensor-untrusted finger-inconclusive finger-mismatch finger-image-poor",
    ),
];

const DIACRITICS: &str = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ";

fn is_kebab_case(code: &str) -> bool {
    !code.is_empty()
        && code.split('-').all(|word| {
            !word.is_empty()
                && word
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        })
}

fn has_diacritics(text: &str) -> bool {
    text.to_lowercase().chars().any(|c| DIACRITICS.contains(c))
}

fn is_sentence(text: &str, longest: usize) -> bool {
    text.trim() == text
        && text.ends_with('.')
        && (15..=longest).contains(&text.chars().count())
        && text.chars().next().is_some_and(char::is_uppercase)
        && !text.contains("  ")
}

#[test]
fn the_registry_holds_exactly_the_published_codes_each_in_its_class() {
    let published: BTreeSet<(String, String)> = PUBLISHED
        .iter()
        .flat_map(|(class, codes)| {
            codes
                .split_whitespace()
                .map(move |code| (code.to_owned(), format!("{class:?}")))
        })
        .collect();
    let registered: BTreeSet<(String, String)> = all()
        .map(|reason| (reason.code().to_owned(), format!("{:?}", reason.class())))
        .collect();
    assert_eq!(registered, published);
    assert_eq!(all().count(), published.len(), "a code is registered twice");
    assert_eq!(published.len(), 154);
}

#[test]
fn a_code_is_found_by_its_name_and_nothing_else_is() {
    for reason in all() {
        assert!(is_kebab_case(reason.code()), "{reason}");
        assert_eq!(by_code(reason.code()), Some(reason));
    }
    for unknown in ["", "NO-CARD", "no-card ", "no_card", "verified"] {
        assert_eq!(by_code(unknown), None, "{unknown:?}");
    }
}

#[test]
fn every_reason_speaks_both_languages_within_bounds() {
    for reason in all() {
        let entry = reason.entry();
        for (text, longest) in [
            (entry.sentence.vi, 110),
            (entry.sentence.en, 110),
            (entry.next_action.vi, 140),
            (entry.next_action.en, 140),
        ] {
            assert!(is_sentence(text, longest), "{reason}: {text:?}");
        }
        for (vi, en) in [
            (entry.sentence.vi, entry.sentence.en),
            (entry.next_action.vi, entry.next_action.en),
        ] {
            assert_ne!(vi, en, "{reason}");
            assert!(has_diacritics(vi), "{reason}: {vi:?}");
            assert!(!has_diacritics(en), "{reason}: {en:?}");
        }
        assert_ne!(entry.sentence.vi, entry.next_action.vi, "{reason}");
        assert!(!entry.clause.is_empty(), "{reason}");
    }
}

#[test]
fn vietnamese_is_composed() {
    for reason in all() {
        for text in [reason.entry().sentence.vi, reason.entry().next_action.vi] {
            assert!(unicode_normalization::is_nfc(text), "{reason}: {text:?}");
        }
    }
}

#[test]
fn no_two_codes_share_a_sentence() {
    let vi: BTreeSet<&str> = all().map(|reason| reason.entry().sentence.vi).collect();
    let en: BTreeSet<&str> = all().map(|reason| reason.entry().sentence.en).collect();
    assert_eq!((vi.len(), en.len()), (all().count(), all().count()));
}

/// Forgery is a finding of its class alone: an expired card, an unreadable chip or an absent list
/// says nothing of the sort. A clerk repeats these words to the person in front.
#[test]
fn only_proof_of_forgery_is_worded_so() {
    let of_forgery = [
        "fake",
        "forge",
        "counterfeit",
        "imitat",
        "giả mạo",
        "giả lập",
        "làm giả",
    ];
    for reason in all().filter(|r| r.class() != Class::Forgery) {
        let entry = reason.entry();
        for text in [
            entry.sentence.vi,
            entry.sentence.en,
            entry.next_action.vi,
            entry.next_action.en,
        ] {
            let text = text.to_lowercase();
            for word in of_forgery {
                assert!(!text.contains(word), "{reason}: {text:?} says {word:?}");
            }
        }
    }
}

#[test]
fn a_reason_shows_as_its_code() {
    let reason: Reason = super::DG_HASH_MISMATCH;
    assert_eq!(reason.to_string(), "dg-hash-mismatch");
    assert_eq!(format!("{reason:?}"), "dg-hash-mismatch");
    assert_eq!(serde_json::to_value(reason).unwrap(), "dg-hash-mismatch");
}

#[test]
fn notes_have_unique_names_and_speak_both_languages() {
    let names: BTreeSet<&str> = note::all().map(|note| note.name).collect();
    assert_eq!(names.len(), note::all().count());
    let mut sentences = BTreeSet::new();
    for entry in note::all() {
        assert!(is_kebab_case(entry.name), "{}", entry.name);
        assert_eq!(note::by_name(entry.name), Some(entry));
        assert!(is_sentence(entry.sentence.vi, 130), "{}", entry.sentence.vi);
        assert!(is_sentence(entry.sentence.en, 130), "{}", entry.sentence.en);
        assert!(has_diacritics(entry.sentence.vi), "{}", entry.name);
        assert!(!has_diacritics(entry.sentence.en), "{}", entry.name);
        assert!(sentences.insert(entry.sentence.vi) && sentences.insert(entry.sentence.en));
    }
    assert_eq!(note::by_name("no-such-note"), None);
}

/// The notes that the tables of defects name.
#[test]
fn every_published_note_is_registered() {
    for name in [
        "non-minimal-length",
        "trailing-bytes",
        "image-type-mismatch",
        "unknown-field",
        "serial-nonconforming",
        "aki-missing",
        "aa-signature-der",
        "retried",
        "personal-number-digits-inconsistent",
        "province-code-unknown",
        "country-encoding",
        "dsc-expired-now",
        "csca-expired-now",
        "dsc-profile-incomplete",
        "named-curve",
        "crl-missing",
        "crl-stale",
        "pace-group-weak",
    ] {
        assert!(note::by_name(name).is_some(), "{name}");
    }
}

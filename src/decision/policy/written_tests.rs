#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use proptest::prelude::*;

use super::*;

const OFFICE: &str = r#"
[desk]
id = "left aside"

[policy.office-payment]
version = "2026-11"
based_on = "benefit-payment"
data_groups = [1, 13]
must_be_supported = []

[policy.office-payment.checks]
dsc-revocation = "optional"
face = "noted"

[policy.office-payment.rules]
crl_grace_days = 7

[[policy.office-payment.override]]
role = "operator"
reasons = ["crl-stale", "face-inconclusive"]

[policy.benefit-payment]
version = "office-2"
checks = { status = "mandatory" }
"#;

fn read_all(text: &str) -> Result<Policies, Mistake> {
    Policies::default().with(text)
}

#[test]
fn what_is_not_written_is_as_in_the_policy_below() {
    let policies = read_all(OFFICE).unwrap();
    let (office, base) = (
        policies.get("office-payment").unwrap(),
        Policy::ready_made("benefit-payment").unwrap(),
    );
    assert_eq!(office.version, "2026-11");
    assert_eq!(office.weight(CheckId::DscRevocation), Weight::Optional);
    assert_eq!(office.weight(CheckId::Face), Weight::Evaluatory);
    assert_eq!(office.weight(CheckId::DgHash(2)), Weight::Optional);
    assert_eq!(
        office.weight(CheckId::Dossier),
        base.weight(CheckId::Dossier)
    );
    assert_eq!(office.rules.crl_grace_days, 7);
    assert_eq!(office.rules.rsa_min_bits, base.rules.rsa_min_bits);
    assert!(!office.demands_support(CheckId::ChipAuth));
    assert_eq!(office.overrides[0].reasons.len(), 2);
    assert_ne!(office.digest(), base.digest());

    // One in the place of a ready-made one.
    let payment = policies.get("benefit-payment").unwrap();
    assert_eq!(payment.version, "office-2");
    assert_eq!(payment.weight(CheckId::Status), Weight::Mandatory);
    assert_eq!(policies.all().len(), Policy::NAMES.len() + 1);
}

#[test]
fn a_mistake_is_told_with_its_line_and_what_would_be_right() {
    let table = [
        ("[policy.x]\nversion = \"1\"", 1, "based_on"),
        ("\n[policy.document]\n", 2, "version"),
        ("[policy.document]\nversion = 3", 2, "quotes"),
        ("[policy.document]\nversion = \"\"", 2, "characters"),
        (
            "[policy.x]\nversion = \"1\"\nbased_on = \"benefit-paiment\"",
            3,
            "“benefit-payment”",
        ),
        ("[policy.X]\nversion = \"1\"", 1, "small letters"),
        (
            "[policy.document]\nversion = \"1\"\nrule = {}",
            3,
            "“rules”",
        ),
        (
            "[policy.document]\nversion = \"1\"\n[policy.document.checks]\nchip-aut = \"noted\"",
            4,
            "“chip-auth”",
        ),
        (
            "[policy.document]\nversion = \"1\"\n[policy.document.checks]\nta = \"perhaps\"",
            4,
            "mandatory",
        ),
        (
            "[policy.document]\nversion = \"1\"\n[policy.document.checks]\nsod-signature = \"noted\"",
            4,
            "every policy",
        ),
        (
            "[policy.document]\nversion = \"1\"\n[policy.document.rules]\ncrl_grace_days = -1",
            4,
            "0 to 365",
        ),
        (
            "[policy.document]\nversion = \"1\"\n[policy.document.rules]\ncrl_grace_days = 1.5",
            4,
            "0 to 365",
        ),
        (
            "[policy.document]\nversion = \"1\"\n[policy.document.rules]\nrsa_min_bits = 512",
            4,
            "1024",
        ),
        (
            "[policy.document]\nversion = \"1\"\n[policy.document.rules]\nsha1_allowed = \"no\"",
            4,
            "true or false",
        ),
        (
            "[policy.document]\nversion = \"1\"\n[policy.document.rules]\nsha1 = true",
            4,
            "there is no rule",
        ),
        (
            "[policy.document]\nversion = \"1\"\ndata_groups = [2]",
            3,
            "data group 1",
        ),
        (
            "[policy.document]\nversion = \"1\"\ndata_groups = [1, 17]",
            3,
            "1 to 16",
        ),
        (
            "[policy.document]\nversion = \"1\"\nmust_be_supported = [\"chip\"]",
            3,
            "there is no check",
        ),
        (
            "[policy.document]\nversion = \"1\"\n[[policy.document.override]]\nrole = \"clerk\"",
            3,
            "override",
        ),
        (
            "[policy.document]\nversion = \"1\"\n[[policy.document.override]]\nrole = \"clerk\"\nreasons = [\"dsc-revoked\"]",
            5,
            "nobody",
        ),
        (
            "[policy.document]\nversion = \"1\"\n[[policy.document.override]]\nrole = \"clerk\"\nreasons = [\"crl-stal\"]",
            5,
            "“crl-stale”",
        ),
        ("policy = 3", 1, "table"),
        ("policy = { x = 3 }", 1, "table"),
        ("a = 1\nb = = 2", 2, ""),
    ];
    for (text, line, part) in table {
        let mistake = read_all(text).unwrap_err();
        assert_eq!(mistake.line, line, "{text}: {mistake}");
        assert!(mistake.problem.contains(part), "{text}: {mistake}");
    }
}

#[test]
fn what_is_written_is_read_as_the_same() {
    let policies = read_all(OFFICE).unwrap();
    for policy in policies.all() {
        let again = read_all(&write(policy)).unwrap();
        let again = again.get(&policy.name).unwrap();
        assert_eq!(again, policy);
        assert_eq!(again.digest(), policy.digest());
    }
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,200}", cut in 0..OFFICE.len()) {
        let _ = read_all(&text);
        if let Some(start) = OFFICE.get(..cut) {
            let _ = read_all(&format!("{start}{text}"));
        }
    }
}

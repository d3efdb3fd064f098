//! The list of defects, section H: chip against print, typed number, dossier, country and list of
//! lost cards. The issuer signed whatever the chip holds.

use super::Row;
use super::given::{Given, Key};
use super::mutation::{CertificateChange, FieldChange, Mutation, TrustChange};

/// Another place code than any persona's, in use.
const OTHER_PLACE: Mutation = Mutation::Number {
    at: 0,
    digits: "002",
};

/// A whole name field of the MRZ: nobody's.
const fn other_name(field: &'static str) -> Mutation {
    Mutation::Mrz {
        at: 60,
        text: field,
        checked: true,
    }
}

/// Section H.
pub(super) const ROWS: &[Row] = &[
    Row(
        'H',
        "x-typed-number",
        "not_verified",
        "personal-number-mismatch",
        "The number in the chip is another than the one that the clerk types",
        &[OTHER_PLACE, Mutation::Given(Given::Key(Key::Typed))],
    ),
    Row(
        'H',
        "x-qr-number",
        "not_verified",
        "printed-data-mismatch",
        "The number in the chip is another than the one in the QR code",
        &[OTHER_PLACE],
    ),
    Row(
        'H',
        "x-qr-name",
        "not_verified",
        "printed-data-mismatch",
        "The name in the chip has other diacritics than the one in the QR code",
        &[
            Mutation::Field(2, FieldChange::Text("NGUYỄN VÂN A")),
            other_name("NGUYEN<<VAN<A<<<<<<<<<<<<<<<<<"),
        ],
    ),
    Row(
        'H',
        "x-ocr-optional",
        "undetermined",
        "printed-data-mismatch",
        "Of the printed MRZ the optional field alone differs from DG1",
        &[OTHER_PLACE, Mutation::Given(Given::Key(Key::Mrz))],
    ),
    Row(
        'H',
        "x-ocr-mrz",
        "not_verified",
        "printed-data-mismatch",
        "The name in the chip is another than the one in the printed MRZ",
        &[
            Mutation::Field(2, FieldChange::Text("NGUYỄN VĂN Y")),
            other_name("NGUYEN<<VAN<Y<<<<<<<<<<<<<<<<<"),
            Mutation::Given(Given::Key(Key::Mrz)),
        ],
    ),
    Row(
        'H',
        "x-dg1-dg13-number",
        "undetermined",
        "issuer-data-inconsistent",
        "The personal number in DG1 is another than in DG13",
        &[Mutation::Mrz {
            at: 15,
            text: "002",
            checked: true,
        }],
    ),
    Row(
        'H',
        "x-dg1-docnum-suffix",
        "undetermined",
        "issuer-data-inconsistent",
        "The document number is not the end of the personal number",
        &[Mutation::Mrz {
            at: 5,
            text: "999",
            checked: true,
        }],
    ),
    Row(
        'H',
        "x-dg1-dg13-dob",
        "undetermined",
        "issuer-data-inconsistent",
        "The birth date in DG1 is another than in DG13",
        &[Mutation::Mrz {
            at: 34,
            text: "27",
            checked: true,
        }],
    ),
    Row(
        'H',
        "x-dg1-dg13-name",
        "undetermined",
        "issuer-data-inconsistent",
        "The name in DG1 is another than in DG13",
        &[other_name("NGUYEN<<VAN<Y<<<<<<<<<<<<<<<<<")],
    ),
    Row(
        'H',
        "x-number-year",
        "verified",
        "",
        "The year of birth in the number is another than in DG1; note personal-number-digits-inconsistent",
        &[
            Mutation::Number {
                at: 4,
                digits: "37",
            },
            Mutation::Given(Given::Key(Key::Can)),
        ],
    ),
    Row(
        'H',
        "x-number-sex",
        "verified",
        "",
        "The number says a woman of the twentieth century; note personal-number-digits-inconsistent",
        &[
            Mutation::Number { at: 3, digits: "1" },
            Mutation::Given(Given::Key(Key::Can)),
        ],
    ),
    Row(
        'H',
        "x-number-province",
        "verified",
        "",
        "The number begins with no known place code; note province-code-unknown",
        &[
            Mutation::Number {
                at: 0,
                digits: "999",
            },
            Mutation::Given(Given::Key(Key::Can)),
        ],
    ),
    Row(
        'H',
        "x-country-dsc",
        "not_verified",
        "country-mismatch",
        "A card of VNM under an authority and a signer of LA",
        &[
            Mutation::Csca(CertificateChange::Country("LA", false)),
            Mutation::Dsc(CertificateChange::Country("LA", false)),
        ],
    ),
    Row(
        'H',
        "x-country-unknown",
        "undetermined",
        "country-unmapped",
        "The issuing state XQZ is in no table",
        &[Mutation::Mrz {
            at: 2,
            text: "XQZ",
            checked: true,
        }],
    ),
    Row(
        'H',
        "x-country-csca-dsc",
        "not_verified",
        "country-mismatch",
        "A signer of VN under an authority of TH",
        &[
            Mutation::Csca(CertificateChange::Country("TH", false)),
            Mutation::Dsc(CertificateChange::IssuerCountry("TH")),
        ],
    ),
    Row(
        'H',
        "x-country-case",
        "verified",
        "",
        "The signer's country is vn in UTF-8; note country-encoding",
        &[Mutation::Dsc(CertificateChange::Country("vn", true))],
    ),
    Row(
        'H',
        "x-expired",
        "not_verified",
        "card-expired",
        "The card expired yesterday",
        &[Mutation::Expires(-1)],
    ),
    Row(
        'H',
        "x-expiry-unreadable",
        "undetermined",
        "expiry-unknown",
        "Fillers for the expiry date, and none in DG13",
        &[
            Mutation::Mrz {
                at: 38,
                text: "<<<<<<",
                checked: true,
            },
            Mutation::Field(12, FieldChange::Gone),
        ],
    ),
    Row(
        'H',
        "x-reported-lost",
        "not_verified",
        "card-reported-lost",
        "The number is on the list of lost cards in the trust folder",
        &[Mutation::Trust(TrustChange::EveryCardLost)],
    ),
    Row(
        'H',
        "x-dossier-other-person",
        "not_verified",
        "dossier-person-mismatch",
        "The dossier is another person's (policy benefit-payment)",
        &[
            Mutation::Given(Given::Policy("benefit-payment")),
            Mutation::Given(Given::Dossier("001090000099")),
        ],
    ),
];

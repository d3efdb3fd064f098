//! Chip authentication mapping: the worked example of ICAO 9303-11, I.1, and what differs from it.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::chip::FileId;
use crate::lds::chip_keys::testing::{BRAINPOOL, Pair, infos};
use crate::verify::evidence::{FileState, Pace};
use crate::verify::passive::Objection;
use CheckResult::{NotPerformed, Successful};

const COVERED: Coverage = Coverage {
    path: true,
    dg14: true,
    dg15: true,
};
const PROTOCOL: &str = "0.4.0.127.0.7.2.2.4.6.2";
/// The static key of the chip.
const PK_IC: &str = "041872709494399E7470A6431BE25E83EEE24FEA568C2ED28DB48E05DB3A610DC884D256A40E35EFCB59BF6753D3A489D28C7A4D973C2DA138A6E7A4A08F68E16F";
const CA_IC: &str = "85DC3FA93D0952BFA82F5FD189EE75BD82F11D1F0B8ED4BF5319AC9B53C426B3";
/// x is that of the example; y was computed outside this program.
const PK_MAP_IC: &str = "04A234236AA9B9621E8EFB73B5245C0E09D2576E5277183C1208BDD55280CAE8B304F365713A356E65A451E165ECC9AC0AC46E3771342C8FE5AEDD092685338E23";

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

/// EF.CardSecurity with these keys on brainpoolP256r1.
fn signed(keys: &[&[u8]]) -> Standing {
    let chip = Pair::generate(BRAINPOOL);
    let parts: Vec<Vec<u8>> = keys.iter().map(|key| chip.info(key, None)).collect();
    Standing::Signed(SecurityInfos::parse(&infos(&parts)).unwrap())
}

fn evidence(mapping: Option<ChipAuthenticationMapping>, parameter_id: Option<u32>) -> Evidence {
    Evidence {
        pace: Some(Pace {
            protocol: PROTOCOL.to_owned(),
            parameter_id,
            assumed: false,
            mapping,
        }),
        ..Evidence::default()
    }
}

fn answered(key: &str, data: &str) -> Option<ChipAuthenticationMapping> {
    Some(ChipAuthenticationMapping::Answered {
        mapping_key: bytes(key),
        data: bytes(data).into(),
    })
}

#[test]
fn icao_9303_11_appendix_i_1_and_what_differs_from_it() {
    let stranger = Pair::generate(BRAINPOOL).public;
    let own = bytes(PK_IC);
    let keys: &[&[u8]] = &[&own];
    let mut other_y = bytes(PK_MAP_IC);
    // p − y: the point of the other sign.
    let p = bytes("A9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D1F6E5377");
    let y = openssl::bn::BigNum::from_slice(other_y.get(33..).unwrap()).unwrap();
    let y = &openssl::bn::BigNum::from_slice(&p).unwrap() - &y;
    other_y.splice(33.., y.to_vec_padded(32).unwrap());
    let other_y = hex::encode(other_y);
    let wrong = Some(reason::CHIP_CLONE_CAM_FAILED);
    let unsupported = Some(reason::ALGORITHM_UNSUPPORTED);
    let one_off = "85DC3FA93D0952BFA82F5FD189EE75BD82F11D1F0B8ED4BF5319AC9B53C426B2";
    for (name, mapping, id, standing, result, why) in [
        (
            "good-pace-cam",
            answered(PK_MAP_IC, CA_IC),
            13,
            signed(keys),
            Successful,
            None,
        ),
        (
            "one of two keys",
            answered(PK_MAP_IC, CA_IC),
            13,
            signed(&[&stranger, &own]),
            Successful,
            None,
        ),
        (
            "cam-ecad-wrong",
            answered(PK_MAP_IC, one_off),
            13,
            signed(keys),
            Failed,
            wrong,
        ),
        (
            "cam-ecad-wrong: the other sign",
            answered(&other_y, CA_IC),
            13,
            signed(keys),
            Failed,
            wrong,
        ),
        (
            "cam-ecad-wrong: 0",
            answered(PK_MAP_IC, "00"),
            13,
            signed(keys),
            Failed,
            wrong,
        ),
        (
            "cam-ecad-wrong: nothing",
            answered(PK_MAP_IC, ""),
            13,
            signed(keys),
            Failed,
            wrong,
        ),
        (
            "cam-ecad-wrong: no point",
            answered("00", CA_IC),
            13,
            signed(keys),
            Failed,
            wrong,
        ),
        (
            "cam-other-key",
            answered(PK_MAP_IC, CA_IC),
            13,
            signed(&[&stranger]),
            Failed,
            wrong,
        ),
        (
            "cam-ecad-missing",
            Some(ChipAuthenticationMapping::Missing),
            13,
            signed(keys),
            Failed,
            wrong,
        ),
        (
            "cam-ecad-missing, nothing signed",
            Some(ChipAuthenticationMapping::Missing),
            13,
            Standing::NotRead,
            Failed,
            wrong,
        ),
        (
            "no key at all",
            answered(PK_MAP_IC, CA_IC),
            13,
            signed(&[]),
            Undetermined,
            unsupported,
        ),
        (
            "another curve",
            answered(PK_MAP_IC, CA_IC),
            12,
            signed(keys),
            Undetermined,
            unsupported,
        ),
        (
            "no curve",
            answered(PK_MAP_IC, CA_IC),
            0,
            signed(keys),
            Undetermined,
            unsupported,
        ),
        (
            "EF.CardSecurity was not read",
            answered(PK_MAP_IC, CA_IC),
            13,
            Standing::NotRead,
            NotPerformed,
            Some(reason::CHECK_NOT_PERFORMED),
        ),
        (
            "EF.CardSecurity is withheld",
            answered(PK_MAP_IC, CA_IC),
            13,
            Standing::Withheld,
            NotPerformed,
            Some(reason::CHECK_NOT_PERFORMED),
        ),
        (
            "cam-cardsecurity-bad",
            answered(PK_MAP_IC, CA_IC),
            13,
            Standing::Objection(Objection::failed(reason::CARDSECURITY_INVALID, "")),
            Failed,
            Some(reason::CARDSECURITY_INVALID),
        ),
        (
            "its authority is not known",
            answered(PK_MAP_IC, CA_IC),
            13,
            Standing::Objection(Objection::undetermined(reason::CSCA_UNKNOWN, "")),
            Undetermined,
            Some(reason::CSCA_UNKNOWN),
        ),
        (
            "generic mapping",
            None,
            13,
            signed(keys),
            NotSupported,
            None,
        ),
    ] {
        let check = judge(&evidence(mapping, Some(id)), &standing, None, COVERED);
        assert_eq!((check.result, check.reason), (result, why), "{name}");
    }
}

#[test]
fn a_forged_key_is_a_forgery_and_a_signed_offer_must_be_kept() {
    let mut off = bytes(PK_IC);
    *off.last_mut().unwrap() ^= 1;
    let given = evidence(answered(PK_MAP_IC, CA_IC), Some(13));
    let check = judge(&given, &signed(&[&off]), None, COVERED);
    assert_eq!(check.reason, Some(reason::DOMAIN_PARAMS_FORGED));

    // DG14 says that the chip maps so, and the file with its key is gone.
    let cam = bytes("31143012060a04007f0007020204060202010202010d");
    let infos = SecurityInfos::parse(&cam).unwrap();
    let check = judge(&given, &Standing::Withheld, Some(&infos), COVERED);
    assert_eq!(check.reason, Some(reason::CHIP_AUTH_SUPPRESSED));

    let unknown_issuer = Coverage {
        path: false,
        ..COVERED
    };
    let check = judge(&given, &signed(&[&bytes(PK_IC)]), None, unknown_issuer);
    assert_eq!(check.result, NotPerformed);

    let mut raw = Evidence::default();
    let state = FileState::Read(Vec::new().into());
    raw.files.insert(FileId::CardSecurity, state);
    let check = judge(&raw, &signed(&[&bytes(PK_IC)]), None, COVERED);
    assert_eq!(check.result, NotSupported);
}

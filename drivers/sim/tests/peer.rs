//! A reader written by others opens, reads and proves the simulated cards.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use cccd_sim::{
    Persona, Reply, SeededRandom, SimCard, citizens, defect, persona, persona_files, trust_files,
};
use dmrtd::auth::passive::{DataGroup, PassiveAuth, PassiveAuthError, TrustAnchor, verify};
use dmrtd::com::{TransceiveError, Transceiver};
use dmrtd::lds::df1::efdg1::EfDG1;
use dmrtd::lds::df1::efdg2::EfDG2;
use dmrtd::lds::mrz::Mrz;
use dmrtd::passport::Passport;
use dmrtd::proto::can_key::CanKey;
use dmrtd::proto::dba_key::DBAKey;
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-23 09:00 UTC);

/// The card as the peer's transport; follows 61xx, which the peer leaves to its transport.
struct Link(SimCard);

impl Link {
    fn once(&mut self, apdu: &[u8]) -> Result<Vec<u8>, TransceiveError> {
        match self.0.handle(apdu) {
            Reply::Answer(bytes) => Ok(bytes),
            other => Err(TransceiveError::new(format!("{other:?}"))),
        }
    }
}

impl Transceiver for Link {
    fn transceive(&mut self, apdu: &[u8]) -> Result<Vec<u8>, TransceiveError> {
        let mut bytes = self.once(apdu)?;
        let short = apdu.len() < 7 || apdu[4] != 0;
        while let [.., 0x61, more] = bytes[..] {
            bytes.truncate(bytes.len() - 2);
            bytes.extend(self.once(&[0x00, 0xC0, 0x00, 0x00, more])?);
        }
        assert!(
            !short || bytes.len() <= 256 || apdu[1] == 0x88,
            "{} bytes",
            bytes.len()
        );
        Ok(bytes)
    }
}

fn opened(persona: &Persona, defects: &[&str]) -> Passport<Link> {
    let defects: Vec<_> = defects.iter().map(|id| defect(id).unwrap()).collect();
    let random = Box::new(SeededRandom::new("peer"));
    let card = SimCard::new(persona, &defects, random, NOW).unwrap();
    let mut passport = Passport::new(Link(card));
    let mrz = Mrz::from_bytes(persona.mrz()).unwrap();
    passport
        .start_session(DBAKey::from_mrz(&mrz).unwrap())
        .unwrap();
    passport
}

/// Reads the usual files and lets the peer check EF.SOD against the pinned CSCA.
fn authenticated(persona: &Persona, defects: &[&str]) -> Result<PassiveAuth, PassiveAuthError> {
    let mut passport = opened(persona, defects);
    let api = passport.api_mut();
    let read: Vec<(u8, Vec<u8>)> = [1, 2, 13, 15]
        .map(|group| (group, api.read_file_by_sfi(group).unwrap()))
        .into();
    let sod = api.read_file_by_sfi(0x1D).unwrap();
    let groups: Vec<DataGroup<'_>> = read
        .iter()
        .map(|(number, bytes)| DataGroup {
            number: *number,
            bytes,
        })
        .collect();
    let trust = trust_files(&[], NOW).unwrap();
    verify(
        &sod,
        &groups,
        &[TrustAnchor::from_certificate(&trust["csca.cer"]).unwrap()],
    )
}

#[test]
fn every_persona_opens_and_reads_as_issued() {
    for persona in citizens().unwrap() {
        let files = persona_files(&persona, &[], NOW).unwrap();
        let mut passport = opened(&persona, &[]);
        let api = passport.api_mut();
        for (name, short) in [
            ("EF.COM", 0x1E),
            ("EF.SOD", 0x1D),
            ("EF.DG1", 1),
            ("EF.DG2", 2),
            ("EF.DG13", 13),
            ("EF.DG15", 15),
        ] {
            assert_eq!(
                api.read_file_by_sfi(short).unwrap(),
                files[name],
                "{} {name}",
                persona.name
            );
        }
        assert!(
            api.read_file_by_sfi(3).is_err(),
            "DG3 needs terminal authentication"
        );
        let dg1 = EfDG1::from_bytes(files["EF.DG1"].clone()).unwrap();
        assert_eq!(dg1.mrz().document_number(), persona.document_number());
        let dg2 = EfDG2::from_bytes(files["EF.DG2"].clone()).unwrap();
        assert_eq!((dg2.image_width, dg2.image_height), (480, 640));
        assert!(image::load_from_memory(&dg2.image_data.unwrap()).is_ok());
    }
}

#[test]
fn the_peer_finds_the_ordinary_card_authentic() {
    for persona in citizens().unwrap() {
        let found = authenticated(&persona, &[]).unwrap();
        assert!(found.is_authentic(), "{}", persona.name);
        assert_eq!(found.verified_groups, [1, 2, 13, 15]);
        assert_eq!(found.sod_groups, [1, 2, 3, 13, 14, 15]);
    }
}

#[test]
fn the_peer_finds_the_first_defects() {
    let man = persona("adult-man").unwrap();
    assert!(matches!(
        authenticated(&man, &["lso-dg-hash-bad"]),
        Err(PassiveAuthError::DataGroupHashMismatch(2))
    ));
    for id in [
        "sod-sig-flipped",
        "sod-sig-missing",
        "sod-sig-other-key",
        "ecdsa-r0",
    ] {
        let found = authenticated(&man, &[id]);
        assert!(
            matches!(found, Err(PassiveAuthError::BadDocumentSignature)),
            "{id} {found:?}"
        );
    }
    for id in [
        "csca-unknown",
        "dsc-sig-flipped",
        "csca-aki-match-sig-bad",
        "csca-self-made",
    ] {
        assert!(!authenticated(&man, &[id]).unwrap().is_authentic(), "{id}");
    }
    for id in [
        "ecdsa-high-s",
        "good-sod-bp-explicit",
        "good-sod-pss",
        "good-jp2",
    ] {
        assert!(authenticated(&man, &[id]).unwrap().is_authentic(), "{id}");
    }
}

#[test]
fn active_authentication_proves_the_chip_and_a_copy_fails() {
    let challenge = [1, 2, 3, 4, 5, 6, 7, 8];
    let man = persona("adult-man").unwrap();
    let prove = |id: &str| {
        opened(&man, &[id])
            .verify_active_authentication(&challenge)
            .map_err(|e| e.to_string())
    };
    for id in [
        "good-bac-only",
        "good-aa-rsa-sha1",
        "good-aa-rsa-sha256",
        "good-aa-rsa2048-sha1-61xx",
    ] {
        assert_eq!(prove(id), Ok(()), "{id}");
    }
    for id in [
        "clone-no-aa-key",
        "clone-aa-other-key",
        "aa-replayed",
        "aa-rsa-trailer-bad",
        "aa-rsa-trailer-hash-mix",
        "aa-rsa-header-full",
        "aa-rsa-e3-forge",
        "aa-needs-extended",
    ] {
        assert!(prove(id).is_err(), "{id}");
    }
}

/// Opens a card with the peer's own PACE, by its card access number or by the printed data.
fn opened_by_pace(persona: &Persona, id: &str, printed: bool) -> Result<Passport<Link>, String> {
    let random = Box::new(SeededRandom::new("peer"));
    let defects = [defect(id).unwrap()];
    let card = SimCard::new(persona, &defects, random, NOW).unwrap();
    let mut passport = Passport::new(Link(card));
    let access = passport
        .read_ef_card_access()
        .map_err(|error| error.to_string())?;
    let session = if printed {
        let mrz = Mrz::from_bytes(persona.mrz()).unwrap();
        let basic = DBAKey::from_mrz(&mrz).unwrap();
        let (birth, expiry) = (basic.date_of_birth(), basic.date_of_expiry());
        let key = DBAKey::new(basic.mrtd_number(), birth, expiry, true).unwrap();
        passport.start_session_pace(key, &access)
    } else {
        let number = persona.personal_number.get(6..).unwrap();
        passport.start_session_pace(CanKey::new(number).unwrap(), &access)
    };
    session.map_err(|error| error.to_string())?;
    Ok(passport)
}

#[test]
fn the_peer_opens_every_persona_by_pace_and_reads_it() {
    for persona in citizens().unwrap() {
        let files = persona_files(&persona, &[], NOW).unwrap();
        for printed in [false, true] {
            let mut passport = opened_by_pace(&persona, "good-pace-can", printed).unwrap();
            passport.read_ef_dg1().unwrap();
            let api = passport.api_mut();
            for (name, short) in [
                ("EF.SOD", 0x1D),
                ("EF.DG1", 1),
                ("EF.DG2", 2),
                ("EF.DG14", 14),
            ] {
                let read = api.read_file_by_sfi(short).unwrap();
                assert_eq!(read, files[name], "{} {name}", persona.name);
            }
        }
    }
}

#[test]
fn the_peer_opens_other_offers_and_refuses_what_is_wrong() {
    let man = persona("adult-man").unwrap();
    for id in [
        "good-pace-mrz-aes256",
        "good-pace-aes192",
        "good-pace-dh",
        "good-pace-extra-infos",
    ] {
        let mut passport = opened_by_pace(&man, id, true).unwrap_or_else(|e| panic!("{id}: {e}"));
        passport.read_ef_dg1().unwrap();
    }
    for id in [
        "pace-token-wrong",
        "pace-token-truncated",
        "pace-nonce-altered",
        "pace-nonce-len",
        "pace-map-off-curve",
        "pace-ka-off-curve",
        "pace-tag-wrong",
        "pace-mse-refused",
        "pace-param-unknown",
    ] {
        assert!(opened_by_pace(&man, id, true).is_err(), "{id}");
    }
}

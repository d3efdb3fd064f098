//! What DG14 offers, and what is wrong with it.
#![allow(clippy::unwrap_used)]

use openssl::nid::Nid;

use super::testing::{BRAINPOOL, Domain, Pair, bsi, der, infos, integer, protocol};
use super::*;

fn offers(parts: &[Vec<u8>]) -> Result<Vec<(String, Option<u32>)>, OfferFault> {
    let parsed = SecurityInfos::parse(&infos(parts)).unwrap();
    let short = |offer: ChipAuthenticationOffer| {
        let arcs = offer.protocol.strip_prefix(CHIP_AUTHENTICATION).unwrap();
        (arcs.to_owned(), offer.key_id)
    };
    let offers = chip_authentication_offers(&parsed)?;
    Ok(offers.into_iter().map(short).collect())
}

#[test]
fn the_strongest_usable_offer_comes_first() {
    let one = Pair::generate(BRAINPOOL);
    let two = Pair::generate(Domain::Curve(Nid::SECP384R1));
    let dh = Pair::generate(Domain::Modp(2, false));
    let pkcs3 = Pair::generate(Domain::Modp(1, true));
    let key = |pair: &Pair, id| pair.info(&pair.public, id);
    let named = |list: &[(&str, Option<u32>)]| {
        Ok(list
            .iter()
            .map(|(arcs, id)| ((*arcs).to_owned(), *id))
            .collect::<Vec<_>>())
    };
    for (name, parts, expected) in [
        (
            "nothing is offered",
            vec![der(0x30, &[&bsi(&[2]), &integer(&[1])])],
            named(&[]),
        ),
        (
            "one key",
            vec![protocol(2, 2, 1, None), key(&one, None)],
            named(&[("2.2", None)]),
        ),
        (
            "one key, named",
            vec![protocol(2, 2, 1, Some(3)), key(&one, Some(3))],
            named(&[("2.2", Some(3))]),
        ),
        (
            "one numbered key, not named",
            vec![protocol(2, 2, 1, None), key(&one, Some(3))],
            named(&[("2.2", Some(3))]),
        ),
        (
            "good-ca-multi-key",
            vec![
                protocol(1, 2, 1, Some(3)),
                protocol(2, 2, 1, Some(1)),
                protocol(2, 4, 1, Some(2)),
                key(&one, Some(1)),
                key(&two, Some(2)),
                key(&dh, Some(3)),
            ],
            named(&[("2.4", Some(2)), ("2.2", Some(1)), ("1.2", Some(3))]),
        ),
        (
            "DH in the form of PKCS #3",
            vec![protocol(1, 3, 1, None), key(&pkcs3, None)],
            named(&[("1.3", None)]),
        ),
        (
            "a curve and a DH key without numbers",
            vec![
                protocol(1, 1, 1, None),
                protocol(2, 1, 1, None),
                key(&one, None),
                key(&dh, None),
            ],
            named(&[("2.1", None), ("1.1", None)]),
        ),
        (
            "good-ca-kat of the first generation: a key without a protocol",
            vec![key(&one, None)],
            named(&[("2.1", None)]),
        ),
        (
            "an offer of the future beside one of today",
            vec![
                protocol(2, 9, 1, None),
                protocol(2, 2, 1, None),
                key(&one, None),
            ],
            named(&[("2.2", None)]),
        ),
    ] {
        assert_eq!(offers(&parts), expected, "{name}");
    }
}

#[test]
fn what_cannot_be_used_says_why() {
    let chip = Pair::generate(BRAINPOOL);
    let key = |id| chip.info(&chip.public, id);
    let mut off_curve = chip.public.clone();
    *off_curve.last_mut().unwrap() ^= 1;
    let dh = Pair::generate(Domain::Modp(2, false));
    let forged = OfferFault::Forged;
    let malformed = |what| OfferFault::Malformed(what);
    let absent = "ChipAuthenticationInfo names a key that is not there";
    let several = "ChipAuthenticationInfo names several keys";
    // p − 1 is of order 2; 2 is outside the subgroup.
    let below = dh_minus_one();
    for (name, parts, expected) in [
        (
            "ca-key-ref-unknown",
            vec![protocol(2, 2, 1, Some(9)), key(Some(1))],
            malformed(absent),
        ),
        (
            "ca-key-ref-unknown",
            vec![protocol(2, 2, 1, Some(9)), key(None)],
            malformed(absent),
        ),
        (
            "no key at all",
            vec![protocol(2, 2, 1, None)],
            malformed(absent),
        ),
        (
            "a DH protocol beside a curve",
            vec![protocol(1, 2, 1, None), key(None)],
            malformed(absent),
        ),
        (
            "several keys, none named",
            vec![protocol(2, 2, 1, None), key(Some(1)), key(Some(2))],
            malformed(several),
        ),
        (
            "a number twice",
            vec![protocol(2, 2, 1, Some(1)), key(Some(1)), key(Some(1))],
            malformed(several),
        ),
        (
            "ca-version-wrong",
            vec![protocol(2, 2, 0x63, None), key(None)],
            malformed("ChipAuthenticationInfo is of another version than 1"),
        ),
        (
            "ca-key-off-curve",
            vec![protocol(2, 2, 1, None), chip.info(&off_curve, None)],
            forged.clone(),
        ),
        (
            "a forged key beside a good one",
            vec![
                protocol(2, 2, 1, Some(1)),
                key(Some(1)),
                chip.info(&off_curve, Some(2)),
            ],
            forged.clone(),
        ),
        (
            "ca-dh-small-subgroup",
            vec![protocol(1, 2, 1, None), dh.info(&below, None)],
            forged.clone(),
        ),
        (
            "ca-dh-small-subgroup: 1",
            vec![protocol(1, 2, 1, None), dh.info(&[1], None)],
            forged.clone(),
        ),
        (
            "ca-dh-small-subgroup: outside",
            vec![protocol(1, 2, 1, None), dh.info(&[2], None)],
            forged,
        ),
        (
            "an unknown cipher",
            vec![protocol(2, 9, 1, None), key(None)],
            OfferFault::Unsupported("0.4.0.127.0.7.2.2.3.2.9".to_owned()),
        ),
    ] {
        assert_eq!(offers(&parts), Err(expected), "{name}");
    }
    // A generator of somebody's own.
    let group = openssl::dh::Dh::get_2048_256().unwrap();
    let oid = der(0x06, &[&[0x2a, 0x86, 0x48, 0xce, 0x3e, 0x02, 0x01]]);
    let own = der(
        0x30,
        &[
            &integer(&group.prime_p().to_vec()),
            &integer(&[5]),
            &integer(&group.prime_q().unwrap().to_vec()),
        ],
    );
    let algorithm = der(0x30, &[&oid, &own]);
    let info = der(
        0x30,
        &[&algorithm, &der(0x03, &[&[0], &integer(&dh.public)])],
    );
    let info = der(0x30, &[&bsi(&[1, 1]), &info]);
    let expected = Err(OfferFault::Unsupported("the DH group".to_owned()));
    assert_eq!(offers(&[protocol(1, 2, 1, None), info]), expected);
}

fn dh_minus_one() -> Vec<u8> {
    let group = openssl::dh::Dh::get_2048_256().unwrap();
    let mut below = group.prime_p().to_owned().unwrap();
    below.sub_word(1).unwrap();
    below.to_vec()
}

proptest::proptest! {
    #[test]
    fn no_bytes_upset_it(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..120)) {
        if let Ok(infos) = SecurityInfos::parse(&bytes) {
            let _ = chip_authentication_offers(&infos);
        }
        let info = der(0x30, &[&bsi(&[1, 2]), &der(0x30, &[&bytes])]);
        if let Ok(infos) = SecurityInfos::parse(&infos(&[info])) {
            let _ = chip_authentication_offers(&infos);
        }
    }
}

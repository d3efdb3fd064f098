//! What PACE a chip offers, and what of it this desk can take (ICAO 9303-11, 9.2.1, 9.2.2 and 9.5.1).

use core::cmp::Reverse;

use super::chip_keys::OfferFault;
use super::domain;
use super::security_infos::{PACE, SecurityInfo, SecurityInfos};
use crate::chip::pace::{Mapping, PaceOffer};
use crate::codec::der::Reader;
use crate::crypto::agreement::Group;
use crate::crypto::curve::Curve;
use crate::crypto::kdf::Cipher;

/// The first number of domain parameters that a chip describes itself (ICAO 9303-11, 9.5.1).
const OWN: u32 = 32;

/// A PACEDomainParameterInfo (ICAO 9303-11, 9.2.2).
struct OwnDomain {
    /// The arc of agreement and mapping.
    protocol: String,
    number: Option<u32>,
    group: Group,
}

/// A PACEInfo (ICAO 9303-11, 9.2.1).
struct Info<'a> {
    protocol: &'a str,
    number: Option<u32>,
}

/// Why one info is no offer.
enum Fault {
    Unsupported(String),
    /// It names domain parameters that nothing describes.
    Undescribed,
}

/// The offers that can be taken, the best first: the mapping that proves the chip as well, then the
/// longest key, the generic mapping before the integrated one, and 3DES last. Empty where no PACE
/// is offered.
///
/// # Errors
/// [`OfferFault::Forged`] where domain parameters are a known curve's with another generator;
/// [`OfferFault::Malformed`] where infos contradict each other; [`OfferFault::Unsupported`] where
/// PACE is offered and none of it can be taken.
pub fn pace_offers(infos: &SecurityInfos) -> Result<Vec<PaceOffer>, OfferFault> {
    let (own, own_fault) = own_domains(infos)?;
    let mut fault = own_fault;
    let infos = pace_infos(infos)?;
    let mut offers = Vec::new();
    for info in &infos {
        let same = infos
            .iter()
            .filter(|other| other.protocol == info.protocol && other.number != info.number);
        let several = same.count() > 0;
        match offer(info, several, &own) {
            Ok(offer) if offers.contains(&offer) => {}
            Ok(offer) => offers.push(offer),
            Err(Fault::Undescribed) if several => {
                return Err(OfferFault::Malformed(
                    "PACEInfo names domain parameters that nothing describes",
                ));
            }
            Err(Fault::Undescribed) => {
                fault = fault.or(Some(OfferFault::Unsupported(info.protocol.to_owned())));
            }
            Err(Fault::Unsupported(what)) => {
                fault = fault.or(Some(OfferFault::Unsupported(what)));
            }
        }
    }
    match fault {
        Some(fault) if offers.is_empty() => Err(fault),
        _ => {
            offers.sort_by_key(|offer| {
                (
                    offer.mapping != Mapping::ChipAuthentication,
                    offer.cipher == Cipher::TripleDes,
                    Reverse(offer.cipher.key_length()),
                    offer.mapping == Mapping::Integrated,
                    matches!(offer.group, Group::Dh(_)),
                )
            });
            Ok(offers)
        }
    }
}

/// The arcs after that of PACE: agreement and mapping, and the cipher where the info has one.
fn arcs(info: &SecurityInfo) -> Option<(&str, Option<&str>)> {
    let arcs = info.protocol.strip_prefix(PACE)?;
    Some(match arcs.split_once('.') {
        Some((family, cipher)) => (family, Some(cipher)),
        None => (arcs, None),
    })
}

/// The domains that the chip describes; the fault of one that is none of ours.
fn own_domains(infos: &SecurityInfos) -> Result<(Vec<OwnDomain>, Option<OfferFault>), OfferFault> {
    let mut own = Vec::new();
    let mut fault = None;
    for info in &infos.0 {
        let Some((family, None)) = arcs(info) else {
            continue;
        };
        let number = match info.optional.as_slice() {
            [] => None,
            optional => Some(Reader::new(optional).small()?),
        };
        let described = Reader::new(&info.required)
            .expect(0x30)
            .map_err(OfferFault::from)
            .and_then(domain::group);
        match described {
            Ok(group) => own.push(OwnDomain {
                protocol: family.to_owned(),
                number,
                group,
            }),
            Err(OfferFault::Forged) => return Err(OfferFault::Forged),
            Err(other) => fault = fault.or(Some(other)),
        }
    }
    Ok((own, fault))
}

/// The PACEInfos of version 2; others are of no standard.
fn pace_infos(infos: &SecurityInfos) -> Result<Vec<Info<'_>>, OfferFault> {
    let mut found = Vec::new();
    for info in &infos.0 {
        if !matches!(arcs(info), Some((_, Some(_)))) {
            continue;
        }
        if Reader::new(&info.required).small()? != 2 {
            continue;
        }
        let number = match info.optional.as_slice() {
            [] => None,
            optional => Some(Reader::new(optional).small()?),
        };
        found.push(Info {
            protocol: &info.protocol,
            number,
        });
    }
    Ok(found)
}

fn offer(info: &Info<'_>, several: bool, own: &[OwnDomain]) -> Result<PaceOffer, Fault> {
    let unsupported = || Fault::Unsupported(info.protocol.to_owned());
    let (family, cipher) = info
        .protocol
        .strip_prefix(PACE)
        .and_then(|arcs| arcs.split_once('.'))
        .ok_or_else(unsupported)?;
    let (cipher_arc, cipher) = match cipher {
        "1" => (1, Cipher::TripleDes),
        "2" => (2, Cipher::Aes128),
        "3" => (3, Cipher::Aes192),
        "4" => (4, Cipher::Aes256),
        _ => return Err(unsupported()),
    };
    let group = match info.number {
        Some(number) if number < OWN => Group::standardized(number).ok_or_else(|| {
            Fault::Unsupported(format!("domain parameter {number} of {}", info.protocol))
        })?,
        number => {
            let mut fitting = own
                .iter()
                .filter(|domain| domain.protocol == family && domain.number == number);
            match (fitting.next(), fitting.next()) {
                (Some(domain), None) => domain.group,
                _ => return Err(Fault::Undescribed),
            }
        }
    };
    let (arc, mapping) = match (family, group) {
        ("1", Group::Dh(_)) => (1, Mapping::Generic),
        ("2", Group::Ec(_)) => (2, Mapping::Generic),
        ("3", Group::Dh(_)) => (3, Mapping::Integrated),
        // The encoding of points needs a prime that is 3 modulo 4 (ICAO 9303-11, B.2).
        ("4", Group::Ec(curve)) if curve != Curve::P224 => (4, Mapping::Integrated),
        ("6", Group::Ec(_)) if cipher != Cipher::TripleDes => (6, Mapping::ChipAuthentication),
        _ => return Err(unsupported()),
    };
    Ok(PaceOffer {
        protocol: vec![4, 0, 0x7f, 0, 7, 2, 2, 4, arc, cipher_arc],
        mapping,
        cipher,
        group,
        parameter_id: info.number.and_then(|number| u8::try_from(number).ok()),
        parameters_named: several,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::lds::security_infos::CITIZEN_CARD_ACCESS;

    #[test]
    fn the_citizen_card_offers_one_way() {
        let infos = SecurityInfos::parse(&CITIZEN_CARD_ACCESS).unwrap();
        let [offer] = &pace_offers(&infos).unwrap()[..] else {
            unreachable!("one offer")
        };
        assert_eq!(hex::encode(&offer.protocol), "04007f00070202040202");
        assert_eq!(offer.mapping, Mapping::Generic);
        assert_eq!(offer.cipher, Cipher::Aes128);
        assert_eq!(Some(offer.group), Group::standardized(13));
        assert_eq!(
            (offer.parameter_id, offer.parameters_named),
            (Some(13), false)
        );
    }

    /// PACEInfo: family, cipher, number.
    fn info(family: u8, cipher: u8, number: u8) -> SecurityInfo {
        SecurityInfo {
            protocol: format!("{PACE}{family}.{cipher}"),
            required: vec![2, 1, 2],
            optional: vec![2, 1, number],
        }
    }

    /// PACEDomainParameterInfo by `standardizedDomainParameters`.
    fn own(family: u8, standard: u8, number: u8) -> SecurityInfo {
        let oid = hex::decode("060704007f00070102").unwrap();
        let algorithm = [&oid[..], &[2, 1, standard]].concat();
        SecurityInfo {
            protocol: format!("{PACE}{family}"),
            required: crate::codec::tlv::encode(0x30, &algorithm),
            optional: vec![2, 1, number],
        }
    }

    #[test]
    fn the_best_offer_comes_first() {
        let infos = SecurityInfos(vec![
            info(2, 1, 12),
            info(4, 4, 13),
            info(2, 2, 13),
            info(1, 4, 2),
            info(2, 4, 13),
            info(6, 2, 13),
        ]);
        let order: Vec<Vec<u8>> = pace_offers(&infos)
            .unwrap()
            .into_iter()
            .map(|offer| offer.protocol[8..].to_vec())
            .collect();
        assert_eq!(order, [[6, 2], [2, 4], [1, 4], [4, 4], [2, 2], [2, 1]]);
    }

    #[test]
    fn what_cannot_be_taken_says_why() {
        type Expected = Result<usize, &'static str>;
        let table: [(&str, Vec<SecurityInfo>, Expected); 11] = [
            ("no PACE", vec![], Ok(0)),
            (
                "described by the chip",
                vec![info(2, 2, 40), own(2, 13, 40)],
                Ok(1),
            ),
            (
                "described for another mapping",
                vec![info(2, 2, 40), own(4, 13, 40)],
                Err("unsupported"),
            ),
            (
                "not described, alone",
                vec![info(2, 2, 127)],
                Err("unsupported"),
            ),
            (
                "not described, beside a good one of its kind",
                vec![info(2, 2, 13), info(2, 2, 40)],
                Err("malformed"),
            ),
            (
                "not described, beside a good one of another kind",
                vec![info(2, 2, 13), info(2, 4, 40)],
                Ok(1),
            ),
            (
                "the same twice",
                vec![info(2, 2, 13), info(2, 2, 13)],
                Ok(1),
            ),
            (
                "a reserved number",
                vec![info(2, 2, 19)],
                Err("unsupported"),
            ),
            (
                "an unknown cipher",
                vec![info(2, 5, 13)],
                Err("unsupported"),
            ),
            (
                "DH numbers for ECDH",
                vec![info(2, 2, 0)],
                Err("unsupported"),
            ),
            (
                "integrated mapping on P-224",
                vec![info(4, 2, 10)],
                Err("unsupported"),
            ),
        ];
        for (name, infos, expected) in table {
            let met = match pace_offers(&SecurityInfos(infos)) {
                Ok(offers) => Ok(offers.len()),
                Err(OfferFault::Forged) => Err("forged"),
                Err(OfferFault::Malformed(_)) => Err("malformed"),
                Err(OfferFault::Unsupported(_)) => Err("unsupported"),
            };
            assert_eq!(met, expected, "{name}");
        }
    }
}

//! SecurityInfos: what a chip can do, in EF.CardAccess, DG14 and EF.CardSecurity
//! (ICAO 9303-11, 9.2; BSI TR-03110-3, A.1.1).

use crate::card::chip_authentication::cipher;
use crate::card::pace::Offer;
use crate::crypto::suite::Suite;
use crate::der;
use crate::tlv::{self, object};

/// The arc of the protocols of BSI TR-03110.
const PROTOCOLS: &str = "0.4.0.127.0.7.2.2";

/// TerminalAuthenticationInfo, version 1.
#[must_use]
pub fn terminal_authentication() -> Vec<u8> {
    der::sequence(&[der::oid(&format!("{PROTOCOLS}.2")), der::small(1)])
}

/// ChipAuthenticationInfo (ICAO 9303-11, 9.2.5), of a key on a curve or of a DH key; the version
/// that counts is 1.
#[must_use]
pub fn chip_authentication(curve: bool, suite: Suite, version: u8, key: Option<u8>) -> Vec<u8> {
    let protocol = format!("{PROTOCOLS}.3.{}.{}", arc(curve), cipher(suite));
    let mut parts = vec![der::oid(&protocol), der::small(version.into())];
    parts.extend(key.map(|key| der::small(key.into())));
    der::sequence(&parts)
}

/// ChipAuthenticationPublicKeyInfo (ICAO 9303-11, 9.2.6) around a SubjectPublicKeyInfo.
#[must_use]
pub fn chip_authentication_key(curve: bool, public_key_info: &[u8], key: Option<u8>) -> Vec<u8> {
    let protocol = format!("{PROTOCOLS}.1.{}", arc(curve));
    let mut parts = vec![der::oid(&protocol), public_key_info.to_vec()];
    parts.extend(key.map(|key| der::small(key.into())));
    der::sequence(&parts)
}

/// The arc of a kind of key agreement.
fn arc(curve: bool) -> u8 {
    if curve { 2 } else { 1 }
}

/// PACEInfo, version 2 (ICAO 9303-11, 9.2.1).
#[must_use]
pub fn pace(offer: &Offer) -> Vec<u8> {
    der::sequence(&[
        der::oid(&offer.protocol()),
        der::small(2),
        der::small(offer.parameters.into()),
    ])
}

/// PACEInfo for a domain of its own, number 32, and the PACEDomainParameterInfo that describes it
/// by the parameters of this SubjectPublicKeyInfo (ICAO 9303-11, 9.2.2). Generic mapping, AES-128.
#[must_use]
pub fn own_domain(public_key_info: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (info, _) = tlv::first(public_key_info)?;
    let (algorithm, _) = tlv::first(info.value)?;
    let info = der::sequence(&[
        der::oid(&format!("{PROTOCOLS}.4.2.2")),
        der::small(2),
        der::small(32),
    ]);
    let domain = der::sequence(&[
        der::oid(&format!("{PROTOCOLS}.4.2")),
        algorithm.bytes.to_vec(),
        der::small(32),
    ]);
    Some(vec![info, domain])
}

/// EF.CardAccess, or the content of EF.CardSecurity: the infos as a set (ICAO 9303-11, 9.2.11).
#[must_use]
pub fn set(infos: &[Vec<u8>]) -> Vec<u8> {
    der::set_of(infos)
}

/// DG14 (ICAO 9303-10, 4.7.14).
#[must_use]
pub fn dg14(infos: &[Vec<u8>]) -> Vec<u8> {
    object(0x6E, &set(infos))
}

/// ActiveAuthenticationInfo, naming the signature algorithm of an ECDSA key
/// (ICAO 9303-11, 9.2.4).
#[must_use]
pub fn active_authentication(signature_algorithm: &str) -> Vec<u8> {
    der::sequence(&[
        der::oid("2.23.136.1.1.5"),
        der::small(1),
        der::oid(signature_algorithm),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes that several applications hold of the citizen card.
    #[test]
    fn the_citizen_cards_offer_is_the_one_on_the_card_page() {
        let infos = [
            terminal_authentication(),
            chip_authentication(true, Suite::Aes128, 1, None),
            pace(&Offer::CITIZEN),
        ];
        assert_eq!(
            hex::encode(set(&infos)),
            "3134300d060804007f0007020202020101300f060a04007f000702020302020201013012060a04007f\
             0007020204020202010202010d"
        );
    }
}

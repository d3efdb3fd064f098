//! SecurityInfos: what a chip can do, in EF.CardAccess, DG14 and EF.CardSecurity
//! (ICAO 9303-11, 9.2; BSI TR-03110-3, A.1.1).

use crate::card::pace::Offer;
use crate::crypto::suite::Suite;
use crate::der;
use crate::tlv::object;

/// The arc of the protocols of BSI TR-03110.
const PROTOCOLS: &str = "0.4.0.127.0.7.2.2";

/// TerminalAuthenticationInfo, version 1.
#[must_use]
pub fn terminal_authentication() -> Vec<u8> {
    der::sequence(&[der::oid(&format!("{PROTOCOLS}.2")), der::small(1)])
}

/// ChipAuthenticationInfo for ECDH (ICAO 9303-11, 9.2.5).
#[must_use]
pub fn chip_authentication(suite: Suite, version: u64, key: Option<u64>) -> Vec<u8> {
    let cipher = match suite {
        Suite::TripleDes => 1,
        Suite::Aes128 => 2,
        Suite::Aes192 => 3,
        Suite::Aes256 => 4,
    };
    let mut parts = vec![
        der::oid(&format!("{PROTOCOLS}.3.2.{cipher}")),
        der::small(version),
    ];
    parts.extend(key.map(der::small));
    der::sequence(&parts)
}

/// ChipAuthenticationPublicKeyInfo for ECDH (ICAO 9303-11, 9.2.6) around a SubjectPublicKeyInfo.
#[must_use]
pub fn chip_authentication_key(public_key_info: &[u8], key: Option<u64>) -> Vec<u8> {
    let mut parts = vec![
        der::oid(&format!("{PROTOCOLS}.1.2")),
        public_key_info.to_vec(),
    ];
    parts.extend(key.map(der::small));
    der::sequence(&parts)
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
            chip_authentication(Suite::Aes128, 1, None),
            pace(&Offer::CITIZEN),
        ];
        assert_eq!(
            hex::encode(set(&infos)),
            "3134300d060804007f0007020202020101300f060a04007f000702020302020201013012060a04007f\
             0007020204020202010202010d"
        );
    }
}

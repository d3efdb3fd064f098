//! Key derivation (ICAO 9303-11, 9.7.1).

use openssl::sha::sha1;

/// Derives the two 3DES keys of basic access or of a session from a seed of 16 bytes:
/// encryption, authentication (ICAO 9303-11, 9.7.1.1).
#[must_use]
pub fn tdes_keys(seed: &[u8]) -> ([u8; 16], [u8; 16]) {
    (tdes_key(seed, 1), tdes_key(seed, 2))
}

fn tdes_key(seed: &[u8], counter: u8) -> [u8; 16] {
    let mut input = seed.to_vec();
    input.extend([0, 0, 0, counter]);
    let mut key = [0; 16];
    key.iter_mut().zip(sha1(&input)).for_each(|(out, byte)| {
        // Odd parity (FIPS 46-3)
        let upper = byte & 0xFE;
        *out = upper | u8::from(upper.count_ones() % 2 == 0);
    });
    key
}

/// The seed of basic access from the MRZ information: document number, birth date and expiry date,
/// each with its check digit (ICAO 9303-11, 9.7.2).
#[must_use]
pub fn access_seed(mrz_information: &str) -> [u8; 16] {
    let mut seed = [0; 16];
    seed.iter_mut()
        .zip(sha1(mrz_information.as_bytes()))
        .for_each(|(out, byte)| *out = byte);
    seed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn icao_9303_11_appendix_d_1() {
        let seed = access_seed("L898902C<369080619406236");
        assert_eq!(hex::encode_upper(seed), "239AB9CB282DAF66231DC5A4DF6BFBAE");
        let (enc, mac) = tdes_keys(&seed);
        assert_eq!(hex::encode_upper(enc), "AB94FDECF2674FDFB9B391F85D7F76F2");
        assert_eq!(hex::encode_upper(mac), "7962D9ECE03D1ACD4C76089DCE131543");
    }

    #[test]
    fn icao_9303_11_appendix_d_3_session_keys() {
        let seed = [
            0x00, 0x36, 0xD2, 0x72, 0xF5, 0xC3, 0x50, 0xAC, 0xAC, 0x50, 0xC3, 0xF5, 0x72, 0xD2,
            0x36, 0x00,
        ];
        let (enc, mac) = tdes_keys(&seed);
        assert_eq!(hex::encode_upper(enc), "979EC13B1CBFE9DCD01AB0FED307EAE5");
        assert_eq!(hex::encode_upper(mac), "F1CB1F1FB5ADF208806B89DC579DC1F8");
    }

    #[test]
    fn the_seeds_of_the_card_page() {
        for (information, seed) in [
            (
                "090000001890010113001019",
                "34a730c05e10ba3bc67e9a42cf7b54fd",
            ),
            (
                "155000002955061509912315",
                "74d223272c95984039f931994789128a",
            ),
        ] {
            assert_eq!(hex::encode(access_seed(information)), seed);
        }
    }
}

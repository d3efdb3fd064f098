//! The machine readable zone of a TD1 card (ICAO 9303-5, 4.2; ICAO 9303-3, 4.9).

use time::Date;

/// The check digit over MRZ characters, weights 7, 3, 1 (ICAO 9303-3, 4.9).
#[must_use]
pub fn check_digit(field: &[u8]) -> u8 {
    let sum = field
        .iter()
        .zip([7u32, 3, 1].into_iter().cycle())
        .fold(0, |sum, (byte, weight)| {
            let value = match byte {
                b'0'..=b'9' => byte - b'0',
                b'A'..=b'Z' => byte - b'A' + 10,
                _ => 0,
            };
            sum + u32::from(value) * weight
        });
    b'0' + u8::try_from(sum % 10).unwrap_or(0)
}

/// `YYMMDD`; 991231 for a card without expiry.
#[must_use]
pub fn date(date: Option<Date>) -> String {
    date.map_or_else(
        || "991231".to_owned(),
        |date| {
            let year = date.year().rem_euclid(100);
            format!("{year:02}{:02}{:02}", u8::from(date.month()), date.day())
        },
    )
}

/// Puts the right check digits into 90 characters, whatever stood there.
pub fn check(mrz: &mut [u8]) {
    let digit =
        |mrz: &[u8], from: usize, to: usize| check_digit(mrz.get(from..to).unwrap_or_default());
    // Document number, personal number, birth date, expiry date
    for (from, to, at) in [(5, 14, 14), (15, 29, 29), (30, 36, 36), (38, 44, 44)] {
        let digit = digit(mrz, from, to);
        put(mrz, at, digit);
    }
    let composite: Vec<u8> = [5..30, 30..37, 38..45, 48..59]
        .into_iter()
        .flat_map(|range| mrz.get(range).unwrap_or_default().to_vec())
        .collect();
    let digit = check_digit(&composite);
    put(mrz, 59, digit);
}

fn put(mrz: &mut [u8], at: usize, byte: u8) {
    if let Some(place) = mrz.get_mut(at) {
        *place = byte;
    }
}

/// Latin capital letters for a Vietnamese name: diacritics go, Đ becomes D.
#[must_use]
pub fn plain_letters(text: &str) -> String {
    const BASES: [(char, &str); 12] = [
        ('A', "ÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬ"),
        ('E', "ÈÉẺẼẸÊỀẾỂỄỆ"),
        ('I', "ÌÍỈĨỊ"),
        ('O', "ÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢ"),
        ('U', "ÙÚỦŨỤƯỪỨỬỮỰ"),
        ('Y', "ỲÝỶỸỴ"),
        ('D', "Đ"),
        ('a', "àáảãạăằắẳẵặâầấẩẫậ"),
        ('e', "èéẻẽẹêềếểễệ"),
        ('i', "ìíỉĩị"),
        ('o', "òóỏõọôồốổỗộơờớởỡợ"),
        ('u', "ùúủũụưừứửữựỳýỷỹỵđ"),
    ];
    let fold = |letter: char| {
        BASES
            .iter()
            .find(|(_, marked)| marked.contains(letter))
            .map_or(letter, |(base, _)| *base)
    };
    text.chars().map(fold).collect::<String>().to_uppercase()
}

/// The name field of 30 characters: surname, two fillers, given names.
#[must_use]
pub fn name(full: &str) -> String {
    let plain = plain_letters(full);
    let (surname, given) = plain.split_once(' ').unwrap_or((&plain, ""));
    let field = format!("{surname}<<{}", given.replace(' ', "<"));
    format!("{:<<30}", field.chars().take(30).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zones_of_the_card_page() {
        for mrz in [
            "IDVNM0900000018001090000001<<99001011M3001019VNM<<<<<<<<<<<6NGUYEN<<VAN<A<<<<<<<<<<<<<<<<<",
            "IDVNM1550000029079155000002<<95506150F9912315VNM<<<<<<<<<<<2TRAN<<THI<B<<<<<<<<<<<<<<<<<<<",
        ] {
            let mut again = mrz.as_bytes().to_vec();
            for at in [14, 29, 36, 44, 59] {
                put(&mut again, at, b'<');
            }
            check(&mut again);
            assert_eq!(String::from_utf8_lossy(&again), mrz);
        }
        assert_eq!(name("NGUYỄN VĂN A"), "NGUYEN<<VAN<A<<<<<<<<<<<<<<<<<");
        assert_eq!(plain_letters("ĐẶNG THỊ ƯỚC"), "DANG THI UOC");
    }
}

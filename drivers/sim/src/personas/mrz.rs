//! Machine readable zones of TD1, TD2 and TD3 (ICAO 9303-4, -5, -6, 4.2; ICAO 9303-3, 4.9).

use core::ops::Range;

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

/// Where a format has what, its lines one after the other.
struct Layout {
    /// Document number, birth date, expiry date: a check digit follows each.
    key: [Range<usize>; 3],
    /// Personal number, with a check digit behind it; empty where there is none.
    personal: Range<usize>,
    /// What the composite check digit covers.
    covered: [Range<usize>; 4],
    composite: usize,
}

static TD1: Layout = Layout {
    key: [5..14, 30..36, 38..44],
    personal: 15..29,
    covered: [5..30, 30..37, 38..45, 48..59],
    composite: 59,
};
static TD2: Layout = Layout {
    key: [36..45, 49..55, 57..63],
    personal: 0..0,
    covered: [36..46, 49..56, 57..71, 0..0],
    composite: 71,
};
static TD3: Layout = Layout {
    key: [44..53, 57..63, 65..71],
    personal: 72..86,
    covered: [44..54, 57..64, 65..87, 0..0],
    composite: 87,
};

/// The format of a zone, by its length.
fn layout(mrz: &[u8]) -> &'static Layout {
    match mrz.len() {
        72 => &TD2,
        88 => &TD3,
        _ => &TD1,
    }
}

fn part<'a>(mrz: &'a [u8], range: &Range<usize>) -> &'a [u8] {
    mrz.get(range.clone()).unwrap_or_default()
}

/// Puts the right check digits into a zone, whatever stood there. An optional field that is empty
/// has a digit too: 0, as ICAO 9303-4, 4.2.2.2 allows.
pub fn check(mrz: &mut [u8]) {
    let layout = layout(mrz);
    let personal = Some(&layout.personal).filter(|range| !range.is_empty());
    for range in layout.key.iter().chain(personal) {
        let digit = check_digit(part(mrz, range));
        put(mrz, range.end, digit);
    }
    let covered = layout.covered.iter().map(|range| part(mrz, range));
    let digit = check_digit(&covered.collect::<Vec<_>>().concat());
    put(mrz, layout.composite, digit);
}

/// A zone with its check digits.
#[must_use]
pub fn checked(lines: String) -> String {
    let mut bytes = lines.into_bytes();
    check(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What basic access derives its keys from (ICAO 9303-11, 9.7.2): document number, birth date and
/// expiry date with their check digits.
pub(crate) fn access_information(mrz: &[u8]) -> String {
    let with_digit = |range: &Range<usize>| {
        let range = range.start..range.end + 1;
        String::from_utf8_lossy(part(mrz, &range)).into_owned()
    };
    layout(mrz).key.iter().map(with_digit).collect()
}

/// The document number with its check digit: how a chip names itself to terminals.
pub(crate) fn document_number(mrz: &[u8]) -> Vec<u8> {
    let [number, ..] = &layout(mrz).key;
    part(mrz, &(number.start..number.end + 1)).to_vec()
}

/// Where the expiry date stands.
pub(crate) fn expiry_at(mrz: &[u8]) -> usize {
    let [.., expiry] = &layout(mrz).key;
    expiry.start
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

/// The name field of that many characters: surname, two fillers, given names.
#[must_use]
pub fn name(full: &str, width: usize) -> String {
    let plain = plain_letters(full);
    let (surname, given) = plain.split_once(' ').unwrap_or((&plain, ""));
    let field = format!("{surname}<<{}", given.replace(' ', "<"));
    format!("{:<<width$}", field.chars().take(width).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ICAO 9303-4 and 9303-6, appendix B; ICAO 9303-11, D.2.
    #[test]
    fn the_zones_of_the_standard() {
        for (mrz, key) in [
            (
                "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10",
                "L898902C3674081221204159",
            ),
            (
                "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6",
                "D23145890774081221204159",
            ),
        ] {
            assert_eq!(checked(mrz.to_owned()), mrz);
            assert_eq!(access_information(mrz.as_bytes()), key);
        }
    }

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
        assert_eq!(name("NGUYỄN VĂN A", 30), "NGUYEN<<VAN<A<<<<<<<<<<<<<<<<<");
        assert_eq!(plain_letters("ĐẶNG THỊ ƯỚC"), "DANG THI UOC");
    }
}

//! Which finger of the ten.

use core::fmt;

/// Names in the order of ISO/IEC 19794-4:2005, table 5.
const NAMES: [&str; 10] = [
    "right-thumb",
    "right-index",
    "right-middle",
    "right-ring",
    "right-little",
    "left-thumb",
    "left-index",
    "left-middle",
    "left-ring",
    "left-little",
];

/// One of the ten, or one of which nobody said which it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Finger(u8);

impl Finger {
    /// A finger of which the issuer does not say which it is.
    pub const UNKNOWN: Self = Self(0);

    /// The finger of that number: 1 to 10, right thumb to left little finger; 0 is unknown.
    #[must_use]
    pub fn numbered(number: u8) -> Option<Self> {
        (number <= 10).then_some(Self(number))
    }

    /// The finger of that name, such as `right-index`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let numbers = (1..=10_u8).map(Self);
        let mut all = numbers.chain([Self::UNKNOWN]);
        all.find(|finger| finger.name() == name)
    }

    /// Its name, such as `right-index`; `unknown` where nobody said.
    #[must_use]
    pub fn name(self) -> &'static str {
        let place = usize::from(self.0).checked_sub(1);
        place
            .and_then(|place| NAMES.get(place))
            .copied()
            .unwrap_or("unknown")
    }
}

impl fmt::Display for Finger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Finger;

    #[test]
    fn a_finger_is_known_by_its_name() {
        for number in 0..=10 {
            let finger = Finger::numbered(number);
            assert_eq!(finger.and_then(|one| Finger::named(one.name())), finger);
        }
        assert_eq!(Finger::numbered(11), None);
        assert_eq!(Finger::named("right index"), None);
        assert_eq!(Finger::numbered(7).map(Finger::name), Some("left-index"));
    }
}

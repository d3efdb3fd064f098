//! A value that belongs to a person.

use core::fmt;

use serde::{Serialize, Serializer};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Personal data: prints `[redacted]`, wipes itself when dropped, and is read only where a caller
/// says so by [`Personal::reveal`].
///
/// It serialises to its plain value: what is serialised goes to the clerk, the case system or the
/// encrypted store, each of which is entitled to it. Logs format and never serialise.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Zeroize, ZeroizeOnDrop)]
pub struct Personal<T: Zeroize>(T);

impl<T: Zeroize> Personal<T> {
    /// Takes `value` into care.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The plain value, for showing, comparing or sending: never for a log or an error.
    pub const fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<T: Zeroize + Serialize> Serialize for Personal<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<T: Zeroize + Default> From<Zeroizing<T>> for Personal<T> {
    /// Moves the value: no copy stays behind.
    fn from(mut value: Zeroizing<T>) -> Self {
        Self(core::mem::take(&mut *value))
    }
}

impl From<&str> for Personal<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::Personal;

    #[test]
    fn debug_output_holds_nothing_of_the_value() {
        let number = Personal::from("001090000001");
        assert_eq!(format!("{number:?}"), "[redacted]");
        assert_eq!(format!("{:?}", Some(vec![number])), "Some([[redacted]])");
    }
}

//! Minutiae: where ridges end or part, and which way.

use core::fmt;
use std::sync::Arc;

use zeroize::{Zeroize, Zeroizing};

use super::FEWEST_MINUTIAE;

/// Most minutiae of a template: no comparison looks at more.
pub const MOST_MINUTIAE: usize = 150;
/// Longest side of what a template describes, in pixels of 500 dpi.
pub const LONGEST_SIDE: u16 = 4_096;
/// What a written template begins with, the version last.
const MAGIC: [u8; 5] = *b"CDFT\x01";
/// The algorithm that found the minutiae: [`super::nist`].
const NIST: u8 = 1;
/// Bytes before the minutiae: magic, algorithm, width, height, count.
const HEADER: usize = 11;
/// Bytes of a minutia: place, direction, quality.
const MINUTIA: usize = 7;
/// Most bytes of a written template.
pub const MOST_BYTES: usize = HEADER + MINUTIA * MOST_MINUTIAE;

/// One minutia.
#[derive(Clone, Copy, PartialEq, Eq, Zeroize)]
pub struct Minutia {
    /// Pixels of 500 dpi from the left.
    pub x: u16,
    /// Pixels of 500 dpi from below.
    pub y: u16,
    /// Degrees from the right, counter-clockwise, below 360.
    pub direction: u16,
    /// How sure the detector is, 0 to 100.
    pub quality: u8,
}

impl fmt::Debug for Minutia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The minutiae of one picture. Personal data, also where it can't be turned back into the finger: it
/// prints as `[redacted]` and wipes itself. Copies share their memory.
#[derive(Clone, PartialEq, Eq)]
pub struct Template {
    width: u16,
    height: u16,
    minutiae: Arc<Zeroizing<Vec<Minutia>>>,
}

/// Why bytes are no template. Says nothing of what is in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Another kind of bytes, or a later version.
    #[error("no finger template of a version that is known")]
    Version,
    /// Minutiae of another algorithm.
    #[error("a finger template of algorithm {0}, which is not known")]
    Algorithm(u8),
    /// A length, count or value is out of its range.
    #[error("the finger template is malformed at byte {0}")]
    Malformed(usize),
}

impl Template {
    /// The template of a picture of `width` × `height` pixels at 500 dpi. Of more than
    /// [`MOST_MINUTIAE`] the surest are kept, in the order they came in; none is left out for its
    /// quality.
    ///
    /// # Errors
    /// [`TemplateError::Malformed`] where a value is out of its range.
    pub fn new(
        width: u16,
        height: u16,
        mut minutiae: Zeroizing<Vec<Minutia>>,
    ) -> Result<Self, TemplateError> {
        let sides = 1..=LONGEST_SIDE;
        if !sides.contains(&width) || !sides.contains(&height) {
            return Err(TemplateError::Malformed(MAGIC.len().saturating_add(1)));
        }
        for (at, one) in minutiae.iter().enumerate() {
            let within = one.x <= width && one.y <= height;
            if !within || one.direction >= 360 || one.quality > 100 {
                let at = at.saturating_mul(MINUTIA).saturating_add(HEADER);
                return Err(TemplateError::Malformed(at));
            }
        }
        if minutiae.len() > MOST_MINUTIAE {
            let mut sure: Vec<u8> = minutiae.iter().map(|one| one.quality).collect();
            sure.sort_unstable_by(|one, other| other.cmp(one));
            let least = sure.get(MOST_MINUTIAE).copied().unwrap_or(0);
            // Those above the first that is too many; then of its own quality as many as fit.
            let above = sure.iter().filter(|quality| **quality > least).count();
            let mut room = MOST_MINUTIAE.saturating_sub(above);
            minutiae.retain(|one| {
                let fits = one.quality == least && room > 0;
                if fits {
                    room = room.saturating_sub(1);
                }
                one.quality > least || fits
            });
        }
        Ok(Self {
            width,
            height,
            minutiae: Arc::new(minutiae),
        })
    }

    /// The minutiae: never for a log or an error.
    #[must_use]
    pub fn minutiae(&self) -> &[Minutia] {
        &self.minutiae
    }

    /// How many minutiae there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.minutiae.len()
    }

    /// Whether there are enough minutiae to decide anything.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.count() >= FEWEST_MINUTIAE
    }

    /// The template as at most [`MOST_BYTES`] bytes, to be sealed and stored. The same template is
    /// always the same bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(MOST_BYTES));
        out.extend(MAGIC);
        out.push(NIST);
        out.extend(self.width.to_be_bytes());
        out.extend(self.height.to_be_bytes());
        out.push(u8::try_from(self.count()).unwrap_or(u8::MAX));
        for one in self.minutiae.iter() {
            for value in [one.x, one.y, one.direction] {
                out.extend(value.to_be_bytes());
            }
            out.push(one.quality);
        }
        out
    }

    /// The template that [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`TemplateError`]; bytes after the last minutia are a fault.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TemplateError> {
        let rest = bytes.strip_prefix(&MAGIC).ok_or(TemplateError::Version)?;
        let (&algorithm, rest) = rest.split_first().ok_or(TemplateError::Malformed(5))?;
        if algorithm != NIST {
            return Err(TemplateError::Algorithm(algorithm));
        }
        let Some((&[w, idth, h, eight, count], rest)) = rest.split_first_chunk::<5>() else {
            return Err(TemplateError::Malformed(6));
        };
        let (chunks, after) = rest.as_chunks::<MINUTIA>();
        let count = usize::from(count);
        if count > MOST_MINUTIAE || chunks.len() != count || !after.is_empty() {
            return Err(TemplateError::Malformed(HEADER.saturating_sub(1)));
        }
        let minutiae = chunks.iter().map(|&[a, b, c, d, e, f, quality]| Minutia {
            x: u16::from_be_bytes([a, b]),
            y: u16::from_be_bytes([c, d]),
            direction: u16::from_be_bytes([e, f]),
            quality,
        });
        let minutiae = Zeroizing::new(minutiae.collect());
        Self::new(
            u16::from_be_bytes([w, idth]),
            u16::from_be_bytes([h, eight]),
            minutiae,
        )
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use proptest::prelude::*;

    use super::*;

    fn minutia(at: u16, quality: u8) -> Minutia {
        Minutia {
            x: at,
            y: 2 * at,
            direction: at % 360,
            quality,
        }
    }

    fn template(count: u16) -> Template {
        let minutiae = (0..count).map(|at| minutia(at, 50)).collect();
        Template::new(256, 512, Zeroizing::new(minutiae)).unwrap()
    }

    #[test]
    fn what_is_written_is_read_and_prints_nothing() {
        for count in [0, 1, 19, 20, 150] {
            let one = template(count);
            let bytes = one.to_bytes();
            assert!(bytes.len() <= MOST_BYTES);
            assert_eq!(Template::from_bytes(&bytes).unwrap(), one);
            assert_eq!(one.is_usable(), count >= 20);
            assert_eq!(
                format!("{one:?} {:?}", one.minutiae().first())
                    .matches(char::is_numeric)
                    .count(),
                0
            );
        }
    }

    #[test]
    fn bytes_that_are_no_template_are_refused() {
        use TemplateError::{Algorithm, Malformed, Version};
        let good = template(2).to_bytes();
        let table: [(usize, u8, TemplateError); 10] = [
            (0, b'X', Version),
            (4, 2, Version),
            (5, 2, Algorithm(2)),
            (6, 0x7f, Malformed(6)),
            (8, 0x7f, Malformed(6)),
            (10, 1, Malformed(10)),
            (10, 151, Malformed(10)),
            (11, 2, Malformed(11)),
            (15, 2, Malformed(11)),
            (24, 101, Malformed(18)),
        ];
        for (at, byte, fault) in table {
            let mut bytes = good.to_vec();
            bytes[at] = byte;
            assert_eq!(Template::from_bytes(&bytes), Err(fault), "{at}");
        }
        for length in 0..good.len() {
            assert!(Template::from_bytes(&good[..length]).is_err(), "{length}");
        }
        assert!(Template::from_bytes(&[&good[..], &[0]].concat()).is_err());
    }

    #[test]
    fn of_too_many_minutiae_the_surest_stay_in_their_order() {
        let all: Vec<Minutia> = (0..200_u16)
            .map(|at| minutia(at, if at % 2 == 0 { 60 } else { 30 }))
            .collect();
        let kept = Template::new(256, 512, Zeroizing::new(all.clone())).unwrap();
        assert_eq!(kept.count(), MOST_MINUTIAE);
        let expected: Vec<Minutia> = all
            .into_iter()
            .filter(|one| one.quality == 60 || one.x < 100)
            .collect();
        assert_eq!(kept.minutiae(), expected);
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_what_is_read_is_written(bytes in proptest::collection::vec(any::<u8>(), 0..64), count in 0_u8..4) {
            let bytes = [&MAGIC[..], &[NIST, 0, 255, 0, 255, count], &bytes].concat();
            if let Ok(read) = Template::from_bytes(&bytes) {
                prop_assert_eq!(&read.to_bytes()[..], &bytes[..]);
            }
        }
    }
}

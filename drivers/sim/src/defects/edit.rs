//! Changes to encoded data, by the path of tags to what is changed.

use crate::error::SimError;
use crate::tlv::{self, Object};

/// One change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Changes the data object at the end of a path; the lengths around it follow.
    At(&'static [Step], Change),
    /// Flips bits of one byte, counted from the start; from the end where it is negative.
    Flip(isize, u8),
    /// Appends bytes after everything.
    Append(&'static [u8]),
    /// The file is these bytes.
    Become(&'static [u8]),
    /// Cuts so many bytes off the end.
    Cut(usize),
}

/// A step into a data object: the `nth` child, from 0, with that tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step(pub u32, pub usize);

/// What happens to a data object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It gets another tag.
    Tag(u32),
    /// It gets another value.
    Value(&'static [u8]),
    /// Some bytes of its value are others.
    Overwrite(usize, &'static [u8]),
    /// Bits of one byte of its value flip.
    FlipValue(usize, u8),
    /// Bytes are appended to its value.
    Extend(&'static [u8]),
    /// The value is cut to so many bytes.
    Truncate(usize),
    /// The value grows to so many bytes.
    Grow(usize),
    /// These bytes stand in place of its length field.
    Length(&'static [u8]),
    /// The length field says so much more, or less, than there is.
    LengthOff(isize),
    /// The value is so many constructed objects, one in the other.
    Nest(u32, usize),
    /// Indefinite length, ended by two zero bytes.
    Indefinite,
    /// It and what is below it, so many levels in all, have indefinite length where constructed.
    IndefiniteDeep(usize),
    /// It is gone.
    Remove,
    /// It stands there twice.
    Twice,
}

impl Edit {
    /// The bytes after the change.
    ///
    /// # Errors
    /// [`SimError::Data`] where the path leads nowhere: a defect that changes nothing must not
    /// pass for one.
    pub fn apply(&self, bytes: &[u8]) -> Result<Vec<u8>, SimError> {
        let mut out = bytes.to_vec();
        match self {
            Self::At(path, change) => return along(bytes, path, *change),
            Self::Flip(at, mask) => {
                let index = if *at < 0 {
                    bytes.len().checked_add_signed(*at)
                } else {
                    usize::try_from(*at).ok()
                };
                let byte = index.and_then(|index| out.get_mut(index));
                *byte.ok_or(SimError::Data("no byte at that place"))? ^= mask;
            }
            Self::Append(more) => out.extend_from_slice(more),
            Self::Become(other) => out = other.to_vec(),
            Self::Cut(count) => out.truncate(bytes.len().saturating_sub(*count)),
        }
        Ok(out)
    }
}

/// Changes the object that `path` leads to among the objects of `bytes`; what follows the last
/// object and is none itself is kept.
fn along(bytes: &[u8], path: &[Step], change: Change) -> Result<Vec<u8>, SimError> {
    let (step, rest) = path.split_first().ok_or(SimError::Data("empty path"))?;
    let mut out = Vec::with_capacity(bytes.len());
    let mut remaining = bytes;
    let mut seen = 0;
    while let Some((object, after)) = tlv::first(remaining) {
        if object.tag == step.0 {
            if seen == step.1 {
                if rest.is_empty() {
                    out.extend(changed(&object, change)?);
                } else {
                    out.extend(tlv::object(object.tag, &along(object.value, rest, change)?));
                }
                out.extend_from_slice(after);
                return Ok(out);
            }
            seen += 1;
        }
        out.extend_from_slice(object.bytes);
        remaining = after;
        if remaining.is_empty() {
            break;
        }
    }
    Err(SimError::Data("no data object at that path"))
}

fn changed(object: &Object<'_>, change: Change) -> Result<Vec<u8>, SimError> {
    let missing = SimError::Data("no byte at that place");
    let (tag, mut value) = (object.tag, object.value.to_vec());
    let head = tlv::significant(u64::from(tag));
    match change {
        Change::Tag(other) => return Ok(tlv::object(other, &value)),
        Change::Value(other) => value = other.to_vec(),
        Change::Overwrite(at, other) => {
            let place = value.get_mut(at..at + other.len()).ok_or(missing)?;
            place.copy_from_slice(other);
        }
        Change::FlipValue(at, mask) => *value.get_mut(at).ok_or(missing)? ^= mask,
        Change::Extend(more) => value.extend_from_slice(more),
        Change::Truncate(count) => value.truncate(count),
        Change::Grow(count) => value.resize(count, 0),
        Change::Length(bytes) => return Ok([&head[..], bytes, &value].concat()),
        Change::LengthOff(off) => {
            let said = value.len().checked_add_signed(off).ok_or(missing)?;
            return Ok([&head[..], &tlv::length(said), &value].concat());
        }
        Change::Nest(inner, depth) => {
            value = (0..depth).fold(Vec::new(), |inside, _| tlv::object(inner, &inside));
        }
        Change::Indefinite => return Ok([&head[..], &[0x80], &value, &[0, 0]].concat()),
        Change::IndefiniteDeep(levels) => return Ok(indefinite(object, levels)),
        Change::Remove => return Ok(Vec::new()),
        Change::Twice => return Ok([object.bytes, object.bytes].concat()),
    }
    Ok(tlv::object(tag, &value))
}

/// Constructed objects in indefinite length, so many levels down (X.690, 8.1.3.6).
fn indefinite(object: &Object<'_>, levels: usize) -> Vec<u8> {
    let head = tlv::significant(u64::from(object.tag));
    let constructed = levels > 0 && head.first().is_some_and(|lead| lead & 0x20 != 0);
    match tlv::split(object.value).filter(|_| constructed) {
        None => object.bytes.to_vec(),
        Some(children) => {
            let inside: Vec<u8> = children
                .iter()
                .flat_map(|child| indefinite(child, levels - 1))
                .collect();
            [&head[..], &[0x80], &inside, &[0, 0]].concat()
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_change_deep_down_carries_the_lengths_with_it() {
        let inner = tlv::object(0x04, &[1; 126]);
        let bytes = tlv::object(
            0x30,
            &[tlv::object(0x02, &[5]), tlv::object(0x30, &inner)].concat(),
        );
        let edit = Edit::At(
            &[Step(0x30, 0), Step(0x30, 0), Step(0x04, 0)],
            Change::Extend(&[2, 3]),
        );
        let out = edit.apply(&bytes).unwrap();
        let (outer, rest) = tlv::first(&out).unwrap();
        assert!(rest.is_empty());
        let children = tlv::split(outer.value).unwrap();
        let inner = tlv::split(tlv::find(&children, 0x30).unwrap()).unwrap();
        assert_eq!(tlv::find(&inner, 0x04).unwrap().len(), 128);
    }

    #[test]
    fn a_path_that_leads_nowhere_is_an_error() {
        let bytes = tlv::object(0x30, &[]);
        for path in [
            &[Step(0x31, 0)][..],
            &[Step(0x30, 1)],
            &[Step(0x30, 0), Step(0x02, 0)],
        ] {
            // The array outlives the test: leaked once, in a test.
            let path: &'static [Step] = Box::leak(path.to_vec().into_boxed_slice());
            assert!(Edit::At(path, Change::Remove).apply(&bytes).is_err());
        }
    }
}

//! Data objects as trees, behind bounds (ISO/IEC 7816-4, 5.2.2).
//!
//! `iso7816-tlv` builds the tree. It recurses without a bound, lets a child reach beyond its parent
//! and takes quadratic time, so it only ever sees bytes that an iterative walk has measured: depth,
//! count, exact lengths, each written minimally.

use iso7816_tlv::ber;

pub use super::header::{Header, TlvError, encode};
use super::scan::{Limits, Node, walk};

/// Deepest nesting of a file or response: EF.DG2 has five levels, DG13 four.
const DEPTH: usize = 16;
/// Most objects of a file or response.
const NODES: usize = 2_048;

/// One data object and all that it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct DataObject {
    tree: ber::Tlv,
    minimal: bool,
}

impl DataObject {
    /// Parses exactly one object with everything inside it.
    ///
    /// Lengths may be written in more bytes than needed, as files of real cards do;
    /// [`Self::is_minimal`] tells.
    ///
    /// # Errors
    /// [`TlvError`] for anything that is not one complete object within the bounds.
    pub fn parse(bytes: &[u8]) -> Result<Self, TlvError> {
        let mut objects = Self::parse_all(bytes)?;
        match (objects.pop(), objects.is_empty()) {
            (Some(object), true) => Ok(object),
            _ => Err(TlvError::NotOne),
        }
    }

    /// Parses objects one after another until the bytes end: a secure messaging response.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_all(bytes: &[u8]) -> Result<Vec<Self>, TlvError> {
        let nodes = walk(
            bytes,
            Limits {
                depth: DEPTH,
                nodes: NODES,
            },
        )?;
        let minimal = nodes.iter().all(|node| node.header.minimal);
        let normal = if minimal {
            bytes.to_vec()
        } else {
            rewrite(bytes, &nodes)?
        };
        ber::Tlv::parse_all(&normal)
            .into_iter()
            .map(|tree| Ok(Self { tree, minimal }))
            .collect::<Result<Vec<_>, _>>()
            .and_then(|objects| {
                // parse_all stops without a word where it does not understand.
                let tops = nodes.iter().filter(|node| node.parent.is_none()).count();
                if objects.len() == tops {
                    Ok(objects)
                } else {
                    Err(TlvError::NotOne)
                }
            })
    }

    /// The tag bytes as one number.
    #[must_use]
    pub fn tag(&self) -> u32 {
        tag_number(self.tree.tag())
    }

    /// Whether every length was written minimally.
    #[must_use]
    pub const fn is_minimal(&self) -> bool {
        self.minimal
    }

    /// The value of a primitive object.
    #[must_use]
    pub fn primitive(&self) -> Option<&[u8]> {
        match self.tree.value() {
            ber::Value::Primitive(value) => Some(value),
            ber::Value::Constructed(_) => None,
        }
    }

    /// The objects inside a constructed one.
    pub fn children(&self) -> impl Iterator<Item = Self> + '_ {
        let children = match self.tree.value() {
            ber::Value::Constructed(children) => children.as_slice(),
            ber::Value::Primitive(_) => &[],
        };
        children.iter().map(|tree| Self {
            tree: tree.clone(),
            minimal: self.minimal,
        })
    }

    /// The first child with that tag.
    #[must_use]
    pub fn child(&self, tag: u32) -> Option<Self> {
        self.children().find(|child| child.tag() == tag)
    }

    /// The one child with that tag; nothing where two have it, of which each reader takes another.
    #[must_use]
    pub fn only_child(&self, tag: u32) -> Option<Self> {
        let mut found = self.children().filter(|child| child.tag() == tag);
        found.next().filter(|_| found.next().is_none())
    }

    /// The value of the first primitive child with that tag.
    #[must_use]
    pub fn value_of(&self, tag: u32) -> Option<Vec<u8>> {
        self.child(tag)
            .and_then(|child| child.primitive().map(<[u8]>::to_vec))
    }
}

/// The tag bytes as one number: the library keeps them as bytes.
fn tag_number(tag: &ber::Tag) -> u32 {
    tag.to_bytes()
        .iter()
        .fold(0, |number, byte| (number << 8) | u32::from(*byte))
}

/// Writes walked objects anew with minimal lengths.
fn rewrite(bytes: &[u8], nodes: &[Node]) -> Result<Vec<u8>, TlvError> {
    // Children come after their parents, so a walk backwards finishes each value before its parent.
    let mut values: Vec<Vec<u8>> = vec![Vec::new(); nodes.len()];
    let mut top = Vec::new();
    for (index, node) in nodes.iter().enumerate().rev() {
        let value = if node.header.constructed {
            values
                .get_mut(index)
                .map(core::mem::take)
                .unwrap_or_default()
        } else {
            bytes
                .get(node.value_start()..node.end())
                .ok_or(TlvError::Truncated {
                    offset: node.offset,
                })?
                .to_vec()
        };
        let object = encode(node.header.tag, &value);
        let target = match node.parent {
            Some(parent) => values.get_mut(parent).ok_or(TlvError::NotOne)?,
            None => &mut top,
        };
        target.splice(0..0, object);
    }
    Ok(top)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_tower_of_constructed_objects_is_refused_before_it_is_parsed() {
        let tower: Vec<u8> = (0..8_000_usize).flat_map(|_| [0x30, 0x7f]).collect();
        assert!(DataObject::parse(&tower).is_err());
        let mut nested = vec![0x04, 0x00];
        for _ in 0..40 {
            nested = encode(0x30, &nested);
        }
        assert_eq!(
            DataObject::parse(&nested),
            Err(TlvError::TooDeep { limit: DEPTH })
        );
    }

    #[test]
    fn a_child_with_a_long_length_form_stays_within_its_parent() {
        // 61 { 5F1F 82 0001 'A' } then a stray object: the library alone would pull it in.
        let bytes = [0x61, 0x06, 0x5f, 0x1f, 0x82, 0x00, 0x01, 0x41];
        let object = DataObject::parse(&bytes).unwrap();
        assert!(!object.is_minimal());
        assert_eq!(object.value_of(0x5f1f), Some(vec![0x41]));
        let overrun = [0x61, 0x04, 0x5f, 0x1f, 0x02, 0x41, 0x42];
        assert!(matches!(
            DataObject::parse(&overrun),
            Err(TlvError::Overrun { .. })
        ));
    }

    #[test]
    fn a_value_of_127_bytes_is_counted_rightly() {
        for length in [0, 1, 126, 127, 128, 255, 256, 65_535, 65_536] {
            let inner = encode(0x04, &vec![7; length]);
            let outer = DataObject::parse(&encode(0x7f61, &inner)).unwrap();
            assert_eq!(outer.tag(), 0x7f61);
            assert_eq!(outer.value_of(0x04).map(|value| value.len()), Some(length));
        }
    }

    #[test]
    fn what_is_not_one_definite_object_is_refused() {
        for bytes in [
            &[][..],
            &[0x61],
            &[0x61, 0x80, 0, 0],
            &[0x61, 0x85, 0, 0, 0, 0, 1, 0],
            &[0x61, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x61, 0, 0x61, 0],
            &[0x1f, 0x81, 0x82, 0x83, 0],
            &[0x1f, 0x80, 0x01, 0x00],
        ] {
            assert!(DataObject::parse(bytes).is_err(), "{bytes:02x?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
            let _ = DataObject::parse_all(&bytes);
        }

        #[test]
        fn what_is_written_is_read(tag in prop_oneof![Just(0x04_u32), Just(0x80), Just(0x5f2e)],
            value in proptest::collection::vec(any::<u8>(), 0..300)) {
            let object = DataObject::parse(&encode(tag, &value)).unwrap();
            prop_assert_eq!(object.tag(), tag);
            prop_assert_eq!(object.primitive(), Some(&value[..]));
        }
    }
}

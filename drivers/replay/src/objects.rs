//! Data objects by tag and length: what can be told of them without their values (ISO/IEC 7816-4,
//! 6.3).

/// The most objects that are named.
const MOST: usize = 16;

/// A data object in a row of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object<'a> {
    /// The tag's bytes as a number: `87`, `7F49`.
    pub tag: u32,
    /// The value.
    pub value: &'a [u8],
}

/// The row of data objects that `bytes` is; `None` where it is none, or longer than 16.
#[must_use]
pub fn objects(bytes: &[u8]) -> Option<Vec<Object<'_>>> {
    let mut rest = bytes;
    let mut found = Vec::new();
    while !rest.is_empty() {
        if found.len() == MOST {
            return None;
        }
        let (object, after) = first(rest)?;
        found.push(object);
        rest = after;
    }
    Some(found)
}

/// The first data object, and what follows it.
fn first(bytes: &[u8]) -> Option<(Object<'_>, &[u8])> {
    let (&head, mut rest) = bytes.split_first()?;
    let mut tag = u32::from(head);
    if head & 0x1F == 0x1F {
        let (&second, after) = rest.split_first()?;
        // Tags of three bytes and more are not of this field.
        if second & 0x80 != 0 {
            return None;
        }
        tag = tag << 8 | u32::from(second);
        rest = after;
    }
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7F => (usize::from(length), rest),
        0x81 => {
            let (&length, rest) = rest.split_first()?;
            (usize::from(length), rest)
        }
        0x82 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        _ => return None,
    };
    let (value, after) = rest.split_at_checked(length)?;
    Some((Object { tag, value }, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_to_its_end_or_not_at_all() {
        let row = [0x97, 1, 0, 0x7F, 0x49, 0x81, 2, 1, 2];
        let found: Vec<(u32, usize)> = objects(&row)
            .unwrap()
            .iter()
            .map(|object| (object.tag, object.value.len()))
            .collect();
        assert_eq!(found, [(0x97, 1), (0x7F49, 2)]);
        for broken in [
            &[0x87, 5, 1][..],
            &[0x7F],
            &[0x7F, 0x81],
            &[0x87, 0x83, 0, 0, 0],
        ] {
            assert_eq!(objects(broken), None);
        }
        assert_eq!(objects(&[0x80, 0].repeat(17)), None);
    }
}

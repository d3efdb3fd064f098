//! Padding method 2 (ISO/IEC 9797-1, 6.3.3; ICAO 9303-11, 9.8.4).

/// Appends `80` and as many zeros as fill the last block.
#[must_use]
pub fn pad(input: &[u8], block: usize) -> Vec<u8> {
    let mut out = input.to_vec();
    out.push(0x80);
    while !out.len().is_multiple_of(block.max(1)) {
        out.push(0);
    }
    out
}

/// Takes the padding off again; `None` where there is none.
#[must_use]
pub fn unpad(input: &[u8]) -> Option<&[u8]> {
    let last = input.iter().rposition(|byte| *byte != 0)?;
    (input.get(last) == Some(&0x80))
        .then(|| input.get(..last))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_comes_off_as_it_went_on() {
        for count in 0..40 {
            let input = vec![0x80; count];
            let padded = pad(&input, 8);
            assert!(padded.len().is_multiple_of(8) && padded.len() > input.len());
            assert_eq!(unpad(&padded), Some(input.as_slice()));
        }
        assert_eq!(unpad(&[0, 0]), None);
        assert_eq!(unpad(&[1, 2, 0]), None);
    }
}

//! A scan as each kind of device sends it.

/// What a device sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SerialForm {
    /// The text of a code between what the device was set to put before and after it.
    Text {
        /// Such as the identifier of the symbology.
        before: &'static [u8],
        /// Such as a carriage return.
        after: &'static [u8],
    },
    /// The lines of a zone, each with CR and LF.
    MrzLines,
    /// STX, each line with CR, ETX.
    MrzDesko,
    /// SOH, a length from `O` up to and with ETX, `OU`, STX, a flag, three lines padded with `_`, of
    /// which the upper ones may be missing, ETX, and the exclusive or of all from the length on.
    Mrz3m,
}

impl SerialForm {
    /// The bytes of one scan. Lines of a zone come with a line feed between.
    #[must_use]
    pub fn frame(self, text: &str) -> Vec<u8> {
        match self {
            Self::Text { before, after } => [before, text.as_bytes(), after].concat(),
            Self::MrzLines => text
                .lines()
                .flat_map(|line| [line.as_bytes(), b"\r\n"])
                .flatten()
                .copied()
                .collect(),
            Self::MrzDesko => {
                let mut frame = vec![0x02];
                for line in text.lines() {
                    frame.extend_from_slice(line.as_bytes());
                    frame.push(b'\r');
                }
                frame.push(0x03);
                frame
            }
            Self::Mrz3m => three_m(text),
        }
    }
}

fn three_m(text: &str) -> Vec<u8> {
    let lines: Vec<&str> = text.lines().collect();
    // Cards have three lines of 30; two lines are taken for a passport's, of 44.
    let width = if lines.len() == 3 { 30 } else { 44 };
    let mut counted = b"OU\x02 ".to_vec();
    counted.resize(counted.len() + 3_usize.saturating_sub(lines.len()), b'\r');
    for line in lines {
        counted.extend_from_slice(format!("{line:_<width$}\r").as_bytes());
    }
    counted.push(0x03);
    let mut frame = vec![0x01, u8::try_from(counted.len()).unwrap_or(u8::MAX)];
    frame.extend_from_slice(&counted);
    let check = frame.iter().skip(1).fold(0, |sum, byte| sum ^ byte);
    frame.push(check);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "AAA\nBB";

    #[test]
    fn each_device_sends_in_its_own_form() {
        let text = SerialForm::Text {
            before: b"]Q1",
            after: b"\r",
        };
        assert_eq!(text.frame("a|b"), b"]Q1a|b\r");
        assert_eq!(SerialForm::MrzLines.frame(LINES), b"AAA\r\nBB\r\n");
        assert_eq!(SerialForm::MrzDesko.frame(LINES), b"\x02AAA\rBB\r\x03");
        let frame = SerialForm::Mrz3m.frame(LINES);
        assert_eq!(frame[..7], *b"\x01\x60OU\x02 \r");
        assert_eq!(frame.len(), 2 + 0x60 + 1);
        assert_eq!(frame[7..11], *b"AAA_");
        assert_eq!(frame[1..].iter().fold(0, |sum, byte| sum ^ byte), 0);
    }
}

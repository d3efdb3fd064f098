//! Command APDUs.

use core::fmt;

use zeroize::Zeroizing;

use super::error::TransportError;

/// The longest data field, and Nc of an extended command (ISO/IEC 7816-3, 12.1).
const MOST_DATA: usize = 0xFFFF;
/// The greatest Ne of an extended command, written as `0000`.
const MOST_EXPECTED: usize = 0x1_0000;
/// The greatest Nc of a short command.
const MOST_SHORT_DATA: usize = 0xFF;
/// The greatest Ne of a short command, written as `00`.
const MOST_SHORT_EXPECTED: usize = 0x100;

/// A command APDU (ISO/IEC 7816-3, 12.1; ISO/IEC 7816-4, 5.1).
///
/// It is written in the short form where that can hold it, else in the extended form, unless
/// [`Command::extended`] asks for the latter. Its `Debug` shows the header and lengths alone: data
/// fields carry what was typed about a person.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    header: [u8; 4],
    data: Zeroizing<Vec<u8>>,
    expected: usize,
    extended: bool,
}

impl Command {
    /// A command of a header alone (case 1).
    #[must_use]
    pub fn new(cla: u8, ins: u8, p1: u8, p2: u8) -> Self {
        Self {
            header: [cla, ins, p1, p2],
            data: Zeroizing::default(),
            expected: 0,
            extended: false,
        }
    }

    /// GET RESPONSE for `length` bytes, at most 256 (ISO/IEC 7816-4, 11.4.1 in the 2013 edition).
    #[must_use]
    pub fn get_response(length: usize) -> Self {
        Self::new(0x00, 0xC0, 0x00, 0x00).expecting(length)
    }

    /// With a data field (cases 3 and 4). An empty one is none.
    #[must_use]
    pub fn with_data(mut self, data: impl Into<Vec<u8>>) -> Self {
        self.data = Zeroizing::new(data.into());
        self
    }

    /// Expecting up to `length` bytes in return (cases 2 and 4): Ne. Zero is none.
    #[must_use]
    pub const fn expecting(mut self, length: usize) -> Self {
        self.expected = length;
        self
    }

    /// In the extended form even where the short form would do.
    #[must_use]
    pub const fn extended(mut self) -> Self {
        self.extended = true;
        self
    }

    /// CLA, INS, P1, P2.
    #[must_use]
    pub const fn header(&self) -> [u8; 4] {
        self.header
    }

    /// The data field.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// Ne, the number of bytes expected in return; zero where none is stated.
    #[must_use]
    pub const fn expected(&self) -> usize {
        self.expected
    }

    /// Whether it will be written in the extended form.
    #[must_use]
    pub fn is_extended(&self) -> bool {
        self.extended || self.data.len() > MOST_SHORT_DATA || self.expected > MOST_SHORT_EXPECTED
    }

    /// The most data bytes that a response may have: Ne where it is stated. A card that answers a
    /// command without Le with data is tolerated as far as the form of the command goes: some
    /// send the file's control information although they were asked for none.
    #[must_use]
    pub fn most_expected(&self) -> usize {
        match (self.expected, self.is_extended()) {
            (0, false) => MOST_SHORT_EXPECTED,
            (0, true) => MOST_EXPECTED,
            (expected, _) => expected,
        }
    }

    /// The bytes of the APDU.
    ///
    /// # Errors
    /// [`TransportError::CommandMalformed`] where more than 65,535 bytes are sent or more than
    /// 65,536 expected.
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, TransportError> {
        if self.data.len() > MOST_DATA || self.expected > MOST_EXPECTED {
            return Err(TransportError::CommandMalformed {
                data: self.data.len(),
                expected: self.expected,
            });
        }
        let extended = self.is_extended();
        let mut apdu = Zeroizing::new(Vec::with_capacity(self.data.len() + 4 + 3 + 3));
        apdu.extend(self.header);
        // The extended form is told from the short one by a first length byte of zero. It stands
        // once, before whichever length field comes first; a header alone has no form at all.
        if extended && !(self.data.is_empty() && self.expected == 0) {
            apdu.push(0);
        }
        if !self.data.is_empty() {
            push_length(&mut apdu, self.data.len(), extended);
            apdu.extend(self.data.iter());
        }
        if self.expected > 0 {
            push_length(&mut apdu, self.expected, extended);
        }
        Ok(apdu)
    }
}

/// Writes Lc or Le: one byte or two, the greatest length as zero.
fn push_length(apdu: &mut Vec<u8>, length: usize, extended: bool) {
    let [.., high, low] = length.to_be_bytes();
    if extended {
        apdu.push(high);
    }
    apdu.push(low);
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [cla, ins, p1, p2] = self.header;
        write!(
            f,
            "{cla:02X} {ins:02X} {p1:02X} {p2:02X} Nc={} Ne={}",
            self.data.len(),
            self.expected
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn bytes(command: &Command) -> String {
        hex::encode(command.encode().unwrap().as_slice())
    }

    #[test]
    fn the_four_cases_in_both_forms() {
        let command = || Command::new(0x00, 0xB0, 0x81, 0x02);
        let select = || Command::new(0x00, 0xA4, 0x02, 0x0C).with_data([0x01, 0x1E]);
        let table = [
            ("case 1", command(), "00b08102"),
            ("case 1 has one form", command().extended(), "00b08102"),
            ("case 2, short", command().expecting(223), "00b08102df"),
            ("case 2, short, 256", command().expecting(256), "00b0810200"),
            (
                "case 2, extended",
                command().expecting(257),
                "00b08102000101",
            ),
            (
                "case 2, extended, 65,536",
                command().expecting(65_536),
                "00b08102000000",
            ),
            (
                "case 2, extended by wish",
                command().expecting(4).extended(),
                "00b08102000004",
            ),
            ("case 3, short", select(), "00a4020c02011e"),
            (
                "case 3, extended by wish",
                select().extended(),
                "00a4020c000002011e",
            ),
            ("case 4, short", select().expecting(256), "00a4020c02011e00"),
            (
                "case 4, extended",
                select().expecting(1000),
                "00a4020c000002011e03e8",
            ),
            (
                "case 4, extended, 65,536",
                select().expecting(65_536),
                "00a4020c000002011e0000",
            ),
        ];
        for (name, command, expected) in table {
            assert_eq!(bytes(&command), expected, "{name}");
        }
    }

    #[test]
    fn long_data_takes_the_extended_form() {
        let short = Command::new(0, 0xD6, 0, 0).with_data(vec![7; 255]);
        assert!(bytes(&short).starts_with("00d60000ff07"));
        let long = Command::new(0, 0xD6, 0, 0).with_data(vec![7; 256]);
        assert!(bytes(&long).starts_with("00d6000000010007"));
        assert_eq!(long.encode().unwrap().len(), 4 + 3 + 256);
    }

    #[test]
    fn what_no_apdu_can_hold_is_refused() {
        let data = Command::new(0, 0xD6, 0, 0).with_data(vec![0; 65_536]);
        let expected = Command::new(0, 0xB0, 0, 0).expecting(65_537);
        for command in [data, expected] {
            assert!(matches!(
                command.encode(),
                Err(TransportError::CommandMalformed { .. })
            ));
        }
    }

    #[test]
    fn debug_output_shows_no_data() {
        let command = Command::new(0x0C, 0xA4, 2, 0x0C)
            .with_data([0xAB; 8])
            .expecting(256);
        assert_eq!(format!("{command:?}"), "0C A4 02 0C Nc=8 Ne=256");
    }
}

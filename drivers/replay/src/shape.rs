//! What is left of a command or a response when the person is taken out of it: header, lengths, tags
//! and status words. They tell a reader's and a chip's habits, and nothing that names or opens.
//!
//! Data stand in the shape only where every card of a batch has the same: which application or file
//! is selected, which protocol is chosen, what EF.CardAccess offers, how long a response may be.

use serde::{Deserialize, Serialize};

use crate::objects::{Object, objects};

/// Files whose plain content is public, in whole or in part.
const CARD_ACCESS: u16 = 0x011C;
const ATR_INFO: u16 = 0x2F01;
/// The instructions of READ BINARY with even and odd instruction byte.
pub(crate) const READ_BINARY: u8 = 0xB0;
const READ_BINARY_ODD: u8 = 0xB1;
const SELECT: u8 = 0xA4;
const MANAGE_SECURITY_ENVIRONMENT: u8 = 0x22;
const GENERAL_AUTHENTICATE: u8 = 0x86;

/// A command without what is secret or of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// CLA, INS, P1 and P2.
    #[serde(with = "hex::serde")]
    pub header: [u8; 4],
    /// In the extended form.
    #[serde(default, skip_serializing_if = "is_false")]
    pub extended: bool,
    /// Bytes of the data field.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub nc: u32,
    /// Bytes expected; none where no Le stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ne: Option<u32>,
    /// The data field as data objects, `tag:length`, where it is a row of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<String>,
    /// Under secure messaging, the bytes expected of the plain response (DO97).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inner_ne: Option<u32>,
    /// The data field, where it is the same for every card.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex_option")]
    pub data: Option<Vec<u8>>,
    /// The file that is read, where the command or one before it says so.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex_number")]
    pub file: Option<u16>,
}

/// A response without what is secret or of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Bytes, status word included.
    pub length: u32,
    /// The status word; none where the response is shorter than one.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex_number")]
    pub status: Option<u16>,
    /// Under secure messaging, the status word inside (DO99).
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex_number")]
    pub inner_status: Option<u16>,
    /// The data as data objects, `tag:length`, where that can be told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<String>,
    /// The data, where they are the same for every card.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex_option")]
    pub data: Option<Vec<u8>>,
}

impl Command {
    /// Whether it is under secure messaging (ISO/IEC 7816-4, table 2).
    #[must_use]
    pub fn is_protected(&self) -> bool {
        self.cla() & 0x0C == 0x0C
    }

    /// The class byte.
    #[must_use]
    pub fn cla(&self) -> u8 {
        let [cla, ..] = self.header;
        cla
    }

    /// The instruction, the same for both READ BINARY commands.
    #[must_use]
    pub fn instruction(&self) -> u8 {
        match self.header {
            [_, READ_BINARY_ODD, ..] => READ_BINARY,
            [_, ins, ..] => ins,
        }
    }
}

/// What is selected, as far as commands tell it: the master file at first.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selected {
    file: Option<u16>,
    application: bool,
}

impl Selected {
    /// What a SELECT selects; the data field of a protected one is a secret of the session.
    fn select(&mut self, p1: u8, data: Option<&[u8]>) {
        self.file = match (p1, data) {
            (2, Some([high, low])) => Some(u16::from_be_bytes([*high, *low])),
            _ => None,
        };
        if matches!(p1, 0 | 4) {
            self.application = p1 == 4;
        }
    }

    /// The file that a short identifier stands for (ICAO 9303-10, 3.11; ISO/IEC 7816-4, 12.2).
    fn by_short_identifier(&mut self, short: u8) {
        self.file = Some(match short {
            0x01 if !self.application => ATR_INFO,
            short => 0x0100 | u16::from(short),
        });
    }
}

/// A command APDU by its fields (ISO/IEC 7816-3, 12.1).
struct Fields<'a> {
    header: [u8; 4],
    data: &'a [u8],
    ne: Option<u32>,
    extended: bool,
}

fn fields(apdu: &[u8]) -> Option<Fields<'_>> {
    let (header, body) = apdu.split_first_chunk::<4>()?;
    let of = |data, ne, extended| {
        Some(Fields {
            header: *header,
            data,
            ne,
            extended,
        })
    };
    let short = |le: u8| Some(if le == 0 { 256 } else { u32::from(le) });
    let long = |le: [u8; 2]| match u16::from_be_bytes(le) {
        0 => Some(0x1_0000),
        ne => Some(u32::from(ne)),
    };
    match *body {
        [] => of(&[], None, false),
        [le] => of(&[], short(le), false),
        [0, high, low] => of(&[], long([high, low]), true),
        [0, high, low, ref rest @ ..] => {
            let nc = usize::from(u16::from_be_bytes([high, low]));
            let (data, le) = rest.split_at_checked(nc)?;
            match *le {
                [] => of(data, None, true),
                [high, low] => of(data, long([high, low]), true),
                _ => None,
            }
        }
        [nc, ref rest @ ..] => {
            let (data, le) = rest.split_at_checked(usize::from(nc))?;
            match *le {
                [] => of(data, None, false),
                [le] => of(data, short(le), false),
                _ => None,
            }
        }
    }
}

/// What is left of a command. What is no command at all is its length alone.
#[must_use]
pub fn command(apdu: &[u8], selected: &mut Selected) -> Command {
    let Some(fields) = fields(apdu) else {
        let mut header = [0; 4];
        for (to, from) in header.iter_mut().zip(apdu) {
            *to = *from;
        }
        return Command {
            header,
            extended: false,
            nc: count(apdu.len().saturating_sub(4)),
            ne: None,
            objects: Vec::new(),
            inner_ne: None,
            data: None,
            file: None,
        };
    };
    let [cla, ins, p1, _] = fields.header;
    let protected = cla & 0x0C == 0x0C;
    let row = objects(fields.data).unwrap_or_default();
    let has_objects =
        protected || ins == GENERAL_AUTHENTICATE || ins == MANAGE_SECURITY_ENVIRONMENT;
    let named = if has_objects { named(&row) } else { Vec::new() };
    let inner_ne = row
        .iter()
        .find(|object| protected && object.tag == 0x97)
        .and_then(|object| match *object.value {
            [0] => Some(256),
            [le] => Some(u32::from(le)),
            [0, 0] => Some(0x1_0000),
            [high, low] => Some(u32::from(u16::from_be_bytes([high, low]))),
            _ => None,
        });
    let public = !protected && is_public(fields.header, fields.data, &row);
    if ins == SELECT {
        selected.select(p1, (!protected).then_some(fields.data));
    }
    let reads = matches!(ins, READ_BINARY | READ_BINARY_ODD);
    if ins == READ_BINARY && p1 & 0xE0 == 0x80 {
        selected.by_short_identifier(p1 & 0x1F);
    }
    Command {
        header: fields.header,
        extended: fields.extended,
        nc: count(fields.data.len()),
        ne: fields.ne,
        objects: named,
        inner_ne,
        data: (public && !fields.data.is_empty()).then(|| fields.data.to_vec()),
        file: selected.file.filter(|_| reads),
    }
}

/// Whether every card is sent the same.
fn is_public([_, ins, p1, _]: [u8; 4], data: &[u8], row: &[Object<'_>]) -> bool {
    match ins {
        // By file identifier or name, as the standards have them
        SELECT => matches!(p1, 0x00 | 0x02 | 0x04) && data.len() <= 16,
        // Protocol, password and key reference: numbers, no keys
        MANAGE_SECURITY_ENVIRONMENT => {
            !row.is_empty()
                && row.iter().all(|object| match object.tag {
                    0x80 => object.value.len() <= 16,
                    0x83 | 0x84 => object.value.len() <= 1,
                    _ => false,
                })
        }
        _ => false,
    }
}

/// What is left of a response to that command.
#[must_use]
pub fn answer(bytes: &[u8], to: &Command) -> Answer {
    let Some((data, status)) = bytes.split_last_chunk::<2>() else {
        return Answer {
            length: count(bytes.len()),
            status: None,
            inner_status: None,
            objects: Vec::new(),
            data: None,
        };
    };
    let row = objects(data).unwrap_or_default();
    let has_objects = to.is_protected() || to.instruction() == GENERAL_AUTHENTICATE;
    let inner_status = row
        .iter()
        .find(|object| to.is_protected() && object.tag == 0x99)
        .and_then(|object| object.value.try_into().ok())
        .map(u16::from_be_bytes);
    Answer {
        length: count(bytes.len()),
        status: Some(u16::from_be_bytes(*status)),
        inner_status,
        objects: if has_objects { named(&row) } else { Vec::new() },
        data: public_content(data, to),
    }
}

/// What a plain read of a public file gave: EF.CardAccess as it is, of EF.ATR/INFO the lengths.
fn public_content(data: &[u8], to: &Command) -> Option<Vec<u8>> {
    if to.is_protected() || to.instruction() != READ_BINARY || data.is_empty() {
        return None;
    }
    match to.file {
        Some(CARD_ACCESS) => Some(data.to_vec()),
        Some(ATR_INFO) => {
            // DO7F66 and what it holds (ISO/IEC 7816-4, 12.7.1); a serial number may stand beside.
            let at = data.windows(2).position(|tag| tag == [0x7F, 0x66])?;
            let found = data.get(at..)?;
            let length = usize::from(*found.get(2)?);
            found.get(..length.checked_add(3)?).map(<[u8]>::to_vec)
        }
        _ => None,
    }
}

fn named(row: &[Object<'_>]) -> Vec<String> {
    row.iter()
        .map(|object| format!("{:02X}:{}", object.tag, object.value.len()))
        .collect()
}

/// A length as the file has it.
pub(crate) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that serde calls"
)]
fn is_false(value: &bool) -> bool {
    !value
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that serde calls"
)]
fn is_zero(value: &u32) -> bool {
    *value == 0
}

/// Bytes in hexadecimal, or nothing.
pub(crate) mod hex_option {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, to: S) -> Result<S::Ok, S::Error> {
        bytes.as_ref().map(hex::encode).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<u8>>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| hex::decode(text).map_err(serde::de::Error::custom))
            .transpose()
    }
}

/// Two bytes in hexadecimal, or nothing.
mod hex_number {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub fn serialize<S: Serializer>(number: &Option<u16>, to: S) -> Result<S::Ok, S::Error> {
        number.map(|number| format!("{number:04x}")).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u16>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| u16::from_str_radix(&text, 16).map_err(serde::de::Error::custom))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(apdus: &[&str]) -> Vec<Command> {
        let mut selected = Selected::default();
        let apdus = apdus.iter().map(|apdu| hex::decode(apdu).unwrap());
        apdus.map(|apdu| command(&apdu, &mut selected)).collect()
    }

    #[test]
    fn a_protected_command_keeps_its_header_and_tags() {
        // ICAO 9303-11, D.4
        let [read] = of(&["0CB000040D9701128E082EA28A70F3C7B53500"])
            .try_into()
            .unwrap();
        assert_eq!(read.header, [0x0C, 0xB0, 0x00, 0x04]);
        assert_eq!((read.nc, read.ne, read.inner_ne), (13, Some(256), Some(18)));
        assert_eq!(read.objects, ["97:1", "8E:8"]);
        assert_eq!(read.data, None);
        let response = hex::decode(
            "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D749000",
        )
        .unwrap();
        let answer = answer(&response, &read);
        assert_eq!(answer.objects, ["87:25", "99:2", "8E:8"]);
        assert_eq!(
            (answer.status, answer.inner_status),
            (Some(0x9000), Some(0x9000))
        );
        assert_eq!(answer.data, None);
    }

    #[test]
    fn what_names_or_opens_is_left_out() {
        let [challenge, mutual, pace, token] = of(&[
            "0084000008",
            "00820000021122",
            "10860000067C04810211AA00",
            "0022C1A40F800A04007F00070202040202830102",
        ])
        .try_into()
        .unwrap();
        for command in [&challenge, &mutual, &pace] {
            assert_eq!(command.data, None, "{command:?}");
            let answer = answer(&[0x11, 0x22, 0x90, 0x00], command);
            assert_eq!(answer.data, None);
        }
        assert_eq!(pace.objects, ["7C:4"]);
        // Which protocol and which password: the same for every card
        assert!(token.data.is_some());
    }

    #[test]
    fn public_files_are_kept_and_others_not() {
        let [_, access, _, secret] = of(&[
            "00A4020C02011C",
            "00B0000000",
            "00A4040C07A0000002471001",
            "00B0810000",
        ])
        .try_into()
        .unwrap();
        let content = [0x31, 0x02, 0x30, 0x00, 0x90, 0x00];
        assert_eq!(access.file, Some(0x011C));
        assert!(answer(&content, &access).data.is_some());
        assert_eq!(secret.file, Some(0x0101));
        assert!(answer(&content, &secret).data.is_none());
        let [_, info] = of(&["00A4000C023F00", "00B0810000"]).try_into().unwrap();
        let serial =
            hex::decode("4703940140460411223344 7F660402021000 9000".replace(' ', "")).unwrap();
        let kept = answer(&serial, &info).data.unwrap();
        assert_eq!(hex::encode(kept), "7f660402021000");
    }

    #[test]
    fn every_form_of_a_command_is_read() {
        for (apdu, nc, ne, extended) in [
            ("00A40000", 0, None, false),
            ("00B0000000", 0, Some(256), false),
            ("00B00000000000", 0, Some(65_536), true),
            ("00A4040C03A00000", 3, None, false),
            ("0CB00000000003112233 0100", 3, Some(256), true),
            ("0CB00000000003112233", 3, None, true),
        ] {
            let [command] = of(&[&apdu.replace(' ', "")]).try_into().unwrap();
            assert_eq!(
                (command.nc, command.ne, command.extended),
                (nc, ne, extended),
                "{apdu}"
            );
        }
    }
}

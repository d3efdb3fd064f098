//! Bytes to text, as spreadsheets write files.

use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1258};
use serde::Serialize;
use zeroize::Zeroizing;

/// How the characters of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Encoding {
    /// With or without its mark.
    #[serde(rename = "utf-8")]
    Utf8,
    /// “Unicode text” of a spreadsheet.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// The same the other way round.
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// The Vietnamese code page, whose tones are characters of their own.
    #[serde(rename = "windows-1258")]
    Windows1258,
}

/// The text of a file: by its mark; without one UTF-8 where it is that, else windows-1258. None where it
/// is no text.
pub(super) fn decode(bytes: &[u8]) -> Option<(Zeroizing<String>, Encoding)> {
    let owned = |text: std::borrow::Cow<'_, str>| Zeroizing::new(text.into_owned());
    let whole = |encoding: &'static encoding_rs::Encoding, bytes| {
        encoding
            .decode_without_bom_handling_and_without_replacement(bytes)
            .map(owned)
    };
    let (text, encoding) = if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        let text = core::str::from_utf8(rest).ok()?;
        (owned(text.into()), Encoding::Utf8)
    } else if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        (whole(UTF_16LE, rest)?, Encoding::Utf16Le)
    } else if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        (whole(UTF_16BE, rest)?, Encoding::Utf16Be)
    } else if let Ok(text) = core::str::from_utf8(bytes) {
        (owned(text.into()), Encoding::Utf8)
    } else {
        (whole(WINDOWS_1258, bytes)?, Encoding::Windows1258)
    };
    // UTF-16 without a mark, pictures and archives: all of them hold what no text does.
    let no_text = |c: char| c == '\0' || ('\u{80}'..='\u{9f}').contains(&c);
    (!text.contains(no_text)).then_some((text, encoding))
}

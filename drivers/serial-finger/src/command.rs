//! The commands that the desk gives. None of them writes to the module's library or settings: the
//! library stays empty, and the module as it was set up.

use zeroize::Zeroizing;

/// One of the module's two buffers for templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Buffer {
    One,
    Two,
}

#[derive(Clone, Copy)]
pub(crate) enum Command<'a> {
    /// 01: take a picture of the finger into the image buffer.
    GenImg,
    /// 02: make a template of the picture.
    Img2Tz(Buffer),
    /// 03: compare the two buffers.
    Match,
    /// 08: send a template.
    UpChar(Buffer),
    /// 09: take a template.
    DownChar(Buffer),
    /// 0A: send the picture.
    UpImage,
    /// 0F.
    ReadSysPara,
    /// 13.
    VfyPwd(&'a [u8; 4]),
    /// 1D: how many templates the library holds.
    TemplateNum,
}

impl Command<'_> {
    /// The payload of its packet.
    pub(crate) fn payload(&self) -> Zeroizing<Vec<u8>> {
        let buffer = |buffer: &Buffer| match buffer {
            Buffer::One => 1,
            Buffer::Two => 2,
        };
        Zeroizing::new(match self {
            Self::GenImg => vec![0x01],
            Self::Img2Tz(to) => vec![0x02, buffer(to)],
            Self::Match => vec![0x03],
            Self::UpChar(from) => vec![0x08, buffer(from)],
            Self::DownChar(to) => vec![0x09, buffer(to)],
            Self::UpImage => vec![0x0A],
            Self::ReadSysPara => vec![0x0F],
            Self::VfyPwd([a, b, c, d]) => vec![0x13, *a, *b, *c, *d],
            Self::TemplateNum => vec![0x1D],
        })
    }

    /// The bytes of its acknowledgement. They are all that tells whose it is.
    pub(crate) const fn answer(&self) -> usize {
        match self {
            Self::Match | Self::TemplateNum => 3,
            Self::ReadSysPara => 17,
            _ => 1,
        }
    }
}

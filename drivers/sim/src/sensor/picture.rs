//! Pictures: 01 `GenImg`, 0A `UpImage`, 0B `DownImage`.

use cccd_port::FingerImage;

use super::message::Message;
use super::module::{DONE, ZfmModule, refuse};

const NO_FINGER: u8 = 0x02;
const NO_PICTURE: u8 = 0x15;
/// Around a picture that is too small, in greys of 16.
const WHITE: u8 = 0x0F;

/// What lies in the image buffer: two pixels a byte, the first in the high half.
pub(super) struct Picture {
    pub(super) bytes: Vec<u8>,
    pub(super) identity: u64,
}

impl ZfmModule {
    pub(super) fn picture_bytes(&self) -> usize {
        let (width, height) = self.kind.size;
        (usize::from(width) * usize::from(height)).div_ceil(2)
    }

    pub(super) fn gen_img(&mut self) -> Vec<Message> {
        let Some(finger) = &self.finger else {
            return refuse(NO_FINGER);
        };
        self.picture = Some(Picture {
            bytes: packed(&finger.image, self.kind.size),
            identity: finger.identity,
        });
        self.presses = self.presses.wrapping_add(1);
        refuse(DONE)
    }

    pub(super) fn up_image(&self) -> Vec<Message> {
        let Some(picture) = &self.picture else {
            return refuse(NO_PICTURE);
        };
        let mut messages = refuse(DONE);
        messages.extend(self.data(&picture.bytes, 0));
        messages
    }

    /// A picture from the host: of the finger that looks so, else of one that nobody has.
    pub(super) fn down_image(&mut self, bytes: &[u8]) {
        if bytes.len() != self.picture_bytes() {
            self.picture = None;
            return;
        }
        let same = |finger: &&super::SimFinger| packed(&finger.image, self.kind.size) == bytes;
        let identity = match (self.finger.as_ref().filter(same), &self.picture) {
            (Some(finger), _) => finger.identity,
            (None, Some(picture)) if picture.bytes == bytes => picture.identity,
            _ => bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
            }),
        };
        self.picture = Some(Picture {
            bytes: bytes.to_vec(),
            identity,
        });
    }
}

/// The picture as the module sees it, centred.
fn packed(image: &FingerImage, (width, height): (u16, u16)) -> Vec<u8> {
    let left = (i32::from(image.width()) - i32::from(width)) / 2;
    let top = (i32::from(image.height()) - i32::from(height)) / 2;
    let grey = |row: u16, column: u16| {
        let x = u16::try_from(i32::from(column) + left).ok();
        let y = u16::try_from(i32::from(row) + top).ok();
        x.filter(|x| *x < image.width())
            .zip(y)
            .and_then(|(x, y)| {
                let at = usize::from(y) * usize::from(image.width()) + usize::from(x);
                image.pixels().get(at)
            })
            .map_or(WHITE, |pixel| pixel >> 4)
    };
    let mut greys = (0..height).flat_map(|row| (0..width).map(move |column| grey(row, column)));
    let mut bytes = Vec::new();
    while let Some(high) = greys.next() {
        bytes.push(high << 4 | greys.next().unwrap_or(WHITE));
    }
    bytes
}

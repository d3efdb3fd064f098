//! The system's side of a camera.

use core::time::Duration;
use std::io;
use std::path::PathBuf;

use cccd_port::CameraFault;
use linuxvideo::format::{PixFormat, PixelFormat};
use linuxvideo::stream::ReadStream;
use linuxvideo::{BufType, Device};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use zeroize::Zeroizing;

/// The most bytes of a picture as it comes: raw, 1920 × 1080 at two bytes a pixel is half of it.
pub(crate) const LONGEST: usize = 8 * 1024 * 1024;

/// What is asked for. A camera gives the nearest that it has.
const WIDTH: u32 = 1_280;
const HEIGHT: u32 = 720;

/// The form of a camera's pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A JPEG each, perhaps without its Huffman tables.
    Jpeg,
    /// Two pixels in four bytes: luma, blue, luma, red.
    Yuyv {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// Bytes from one row to the next.
        stride: u32,
    },
}

/// A picture as it came.
pub(crate) enum Picture {
    /// All of it.
    Whole(Zeroizing<Vec<u8>>),
    /// The driver says that it is damaged, or it has no bytes or too many.
    Broken,
}

/// A camera that streams.
pub(crate) trait Stream: Send {
    /// The form of all its pictures.
    fn form(&self) -> Form;

    /// Waits up to `within` for the next picture; `None` where none came.
    fn next(&mut self, within: Duration) -> Result<Option<Picture>, CameraFault>;
}

/// What a stream is opened at, time and again.
pub(crate) trait Devices: Send {
    fn open(&mut self) -> Result<Box<dyn Stream>, CameraFault>;
}

/// The device under a name of this machine.
pub(crate) struct V4lDevices(PathBuf);

impl V4lDevices {
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self(path)
    }
}

impl Devices for V4lDevices {
    fn open(&mut self) -> Result<Box<dyn Stream>, CameraFault> {
        let device = Device::open(&self.0).map_err(|error| match fault(&error) {
            CameraFault::CameraLost => CameraFault::NoCamera,
            other => other,
        })?;
        let wanted = chosen(&device)?;
        let device = device
            .video_capture(PixFormat::new(WIDTH, HEIGHT, wanted))
            .map_err(|error| fault(&error))?;
        // A driver may give another format than the one that it has just offered.
        let form = form(device.format()).ok_or(CameraFault::FormatUnknown)?;
        let stream = device.into_stream().map_err(|error| fault(&error))?;
        Ok(Box::new(V4lStream { stream, form }))
    }
}

const MJPG: PixelFormat = PixelFormat::from_fourcc(*b"MJPG");
const JPEG: PixelFormat = PixelFormat::from_fourcc(*b"JPEG");
const YUYV: PixelFormat = PixelFormat::from_fourcc(*b"YUYV");

/// The best of the formats that a device offers.
fn chosen(device: &Device) -> Result<PixelFormat, CameraFault> {
    const MOST_FORMATS: usize = 64;
    let offered: Vec<PixelFormat> = device
        .formats(BufType::VIDEO_CAPTURE)
        .take(MOST_FORMATS)
        .map_while(Result::ok)
        .map(|format| format.pixel_format())
        .collect();
    [MJPG, JPEG, YUYV]
        .into_iter()
        .find(|known| offered.contains(known))
        .ok_or(CameraFault::FormatUnknown)
}

fn form(format: &PixFormat) -> Option<Form> {
    match format.pixel_format() {
        MJPG | JPEG => Some(Form::Jpeg),
        YUYV => Some(Form::Yuyv {
            width: format.width(),
            height: format.height(),
            stride: format.bytes_per_line(),
        }),
        _ => None,
    }
}

struct V4lStream {
    stream: ReadStream,
    form: Form,
}

impl Stream for V4lStream {
    fn form(&self) -> Form {
        self.form
    }

    fn next(&mut self, within: Duration) -> Result<Option<Picture>, CameraFault> {
        let within = Timespec::try_from(within).map_err(|_| CameraFault::Timeout)?;
        let mut fds = [PollFd::new(&self.stream, PollFlags::IN)];
        match poll(&mut fds, Some(&within)) {
            Ok(0) | Err(Errno::INTR) => return Ok(None),
            Ok(_) => {}
            Err(errno) => return Err(of_errno(errno)),
        }
        // Pulled out, or the driver has stopped the stream.
        let lost = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
        if fds.iter().any(|fd| fd.revents().intersects(lost)) {
            return Err(CameraFault::CameraLost);
        }
        self.stream
            .dequeue(|view| {
                let fits = !view.is_error() && (1..=LONGEST).contains(&view.len());
                Ok(Some(if fits {
                    Picture::Whole(Zeroizing::new(view.to_vec()))
                } else {
                    Picture::Broken
                }))
            })
            .map_err(|error| fault(&error))
    }
}

fn fault(error: &io::Error) -> CameraFault {
    Errno::from_io_error(error).map_or(CameraFault::Driver { code: 0 }, of_errno)
}

/// What an error of the system means (Video4Linux2, “Generic Error Codes” and its `VIDIOC_DQBUF`).
const fn of_errno(errno: Errno) -> CameraFault {
    match errno {
        Errno::NOENT => CameraFault::NoCamera,
        Errno::NODEV | Errno::NXIO | Errno::IO | Errno::PIPE => CameraFault::CameraLost,
        Errno::BUSY => CameraFault::Busy,
        other => CameraFault::Driver {
            code: other.raw_os_error(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_system_are_told_apart() {
        let table = [
            (Errno::NOENT, CameraFault::NoCamera),
            (Errno::NODEV, CameraFault::CameraLost),
            (Errno::IO, CameraFault::CameraLost),
            (Errno::BUSY, CameraFault::Busy),
            (Errno::ACCESS, CameraFault::Driver { code: 13 }),
        ];
        for (errno, expected) in table {
            assert_eq!(fault(&io::Error::from(errno)), expected);
        }
        let without = io::Error::other("no errno");
        assert_eq!(fault(&without), CameraFault::Driver { code: 0 });
    }

    #[test]
    fn a_format_is_what_the_driver_made_of_it() {
        let form_of =
            |fourcc: &[u8; 4]| form(&PixFormat::new(640, 480, PixelFormat::from_fourcc(*fourcc)));
        assert_eq!(form_of(b"MJPG"), Some(Form::Jpeg));
        assert_eq!(form_of(b"JPEG"), Some(Form::Jpeg));
        assert!(matches!(form_of(b"YUYV"), Some(Form::Yuyv { .. })));
        assert_eq!(form_of(b"H264"), None);
    }
}

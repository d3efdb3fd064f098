//! One camera, as the desk uses it.

use core::time::Duration;
use std::sync::Arc;

use cccd_port::{Camera, CameraFault, Clock, Frame, SystemClock};

use crate::device::{Devices, Form, Picture, Stream};
use crate::{jpeg, yuyv};

/// How often a wait looks whether it was called off.
const CALLED_OFF_SEEN_WITHIN: Duration = Duration::from_millis(100);
/// Pictures after opening that are let go: a camera measures the light with them.
const DARK: u32 = 3;
/// Pictures that may lie ready from before a call: more than a driver has places for.
const MOST_OLD: u32 = 8;

/// A camera of this machine.
pub struct V4lCamera {
    name: String,
    devices: Box<dyn Devices>,
    clock: Arc<dyn Clock>,
    stream: Option<Box<dyn Stream>>,
    /// Whether there was a camera before: then one that is not there is lost.
    was_there: bool,
}

impl V4lCamera {
    pub(crate) fn new(name: &str, devices: Box<dyn Devices>) -> Self {
        Self::by(name, devices, Arc::new(SystemClock::default()))
    }

    fn by(name: &str, devices: Box<dyn Devices>, clock: Arc<dyn Clock>) -> Self {
        Self {
            name: name.to_owned(),
            devices,
            clock,
            stream: None,
            was_there: false,
        }
    }

    /// The stream, and how many of its pictures to let go. What lies ready is older than this call: it
    /// must not stand for what is before the camera now.
    fn stream(&mut self) -> Result<(Box<dyn Stream>, u32), CameraFault> {
        if let Some(mut stream) = self.stream.take() {
            let mut old = 0;
            loop {
                match stream.next(Duration::ZERO) {
                    Ok(None) => return Ok((stream, 0)),
                    Ok(Some(_)) if old < MOST_OLD => old += 1,
                    Ok(Some(_)) => return Ok((stream, 0)),
                    // It may be back under its name already.
                    Err(_) => break,
                }
            }
        }
        match self.devices.open() {
            Ok(stream) => {
                self.was_there = true;
                Ok((stream, DARK))
            }
            Err(CameraFault::NoCamera) if self.was_there => Err(CameraFault::CameraLost),
            Err(fault) => Err(fault),
        }
    }
}

impl Camera for V4lCamera {
    fn picture(
        &mut self,
        within: Duration,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Frame, CameraFault> {
        let end = self.clock.elapsed().saturating_add(within);
        // After any fault the stream is dropped here, and the next call opens it anew.
        let (mut stream, mut dark) = self.stream()?;
        loop {
            if cancelled() {
                return Err(CameraFault::Cancelled);
            }
            let left = end.saturating_sub(self.clock.elapsed());
            if left.is_zero() {
                return Err(CameraFault::Timeout);
            }
            let Some(picture) = stream.next(left.min(CALLED_OFF_SEEN_WITHIN))? else {
                continue;
            };
            if dark > 0 {
                dark -= 1;
                continue;
            }
            // A camera whose bus is slow gives some in part: the next one may be whole.
            if let Some(frame) = frame(&picture, stream.form()) {
                self.stream = Some(stream);
                return Ok(frame);
            }
        }
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn rest(&mut self) {
        self.stream = None;
    }
}

fn frame(picture: &Picture, form: Form) -> Option<Frame> {
    let Picture::Whole(bytes) = picture else {
        return None;
    };
    let jpeg = match form {
        Form::Jpeg => jpeg::completed(bytes),
        Form::Yuyv {
            width,
            height,
            stride,
        } => yuyv::to_jpeg(bytes, width, height, stride),
    };
    jpeg.map(Frame::new)
}

#[cfg(test)]
mod tests;

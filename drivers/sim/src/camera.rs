//! A camera in this process: whoever holds its scene says what stands before it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cccd_port::{Camera, CameraFault, Frame};
use zeroize::Zeroizing;

/// How often a wait looks whether it was called off.
const CALLED_OFF_SEEN_WITHIN: Duration = Duration::from_millis(20);
/// More bytes than any picture of a camera has.
const OVERSIZE: usize = 64 * 1024 * 1024;

/// What is wrong with a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameraTrouble {
    /// There never was one.
    None,
    /// It was pulled out.
    Gone,
    /// Another program holds it.
    Busy,
    /// It gives no picture, for as long as one waits.
    Silent,
    /// It gives none of the forms of picture that a driver knows.
    Formless,
    /// It gives bytes that are no picture.
    Garbage,
    /// It gives a picture with 64 MiB of nothing behind it.
    Oversize,
    /// It gives the first half of a picture.
    Truncated,
}

#[derive(Default)]
struct View {
    /// What is still to be shown, one a call; the last one stays.
    pictures: Vec<Arc<[u8]>>,
    trouble: Option<CameraTrouble>,
    resting: bool,
}

#[derive(Default)]
struct Shared {
    view: Mutex<View>,
    changed: Condvar,
}

impl Shared {
    /// A panic elsewhere leaves a view that is as good as before.
    fn view(&self) -> MutexGuard<'_, View> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What stands before the camera. Clones set the same.
#[derive(Clone)]
pub struct Scene(Arc<Shared>);

/// The device's end, for the desk.
pub struct SimCamera {
    name: String,
    shared: Arc<Shared>,
}

/// A camera of that name, which shows nothing yet, and its scene.
#[must_use]
pub fn camera(name: &str) -> (Scene, SimCamera) {
    let shared = Arc::new(Shared::default());
    let device = SimCamera {
        name: name.to_owned(),
        shared: Arc::clone(&shared),
    };
    (Scene(shared), device)
}

impl Scene {
    /// Shows `picture`, a JPEG or whatever else is to be taken for one, until something else is shown.
    pub fn show(&self, picture: &[u8]) {
        self.play([picture]);
    }

    /// Shows one picture after the other, one a call; the last one stays.
    pub fn play<'a>(&self, pictures: impl IntoIterator<Item = &'a [u8]>) {
        let mut pictures: Vec<Arc<[u8]>> = pictures.into_iter().map(Arc::from).collect();
        pictures.reverse();
        self.0.view().pictures = pictures;
        self.0.changed.notify_all();
    }

    /// Makes trouble, or with `None` ends it.
    pub fn trouble(&self, trouble: Option<CameraTrouble>) {
        self.0.view().trouble = trouble;
        self.0.changed.notify_all();
    }

    /// Whether the desk has let the camera rest since its last picture.
    #[must_use]
    pub fn is_resting(&self) -> bool {
        self.0.view().resting
    }
}

impl View {
    fn next(&mut self) -> Option<Arc<[u8]>> {
        match self.pictures.len() {
            0 | 1 => self.pictures.last().cloned(),
            _ => self.pictures.pop(),
        }
    }
}

impl Camera for SimCamera {
    fn picture(
        &mut self,
        within: Duration,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Frame, CameraFault> {
        let begun = Instant::now();
        let mut view = self.shared.view();
        view.resting = false;
        loop {
            let frame = match view.trouble {
                Some(CameraTrouble::None) => return Err(CameraFault::NoCamera),
                Some(CameraTrouble::Gone) => return Err(CameraFault::CameraLost),
                Some(CameraTrouble::Busy) => return Err(CameraFault::Busy),
                Some(CameraTrouble::Formless) => return Err(CameraFault::FormatUnknown),
                Some(CameraTrouble::Silent) => None,
                Some(CameraTrouble::Garbage) => Some(b"no picture at all".to_vec()),
                Some(CameraTrouble::Oversize) => view.next().map(|picture| {
                    let mut bytes = picture.to_vec();
                    bytes.resize(bytes.len().saturating_add(OVERSIZE), 0);
                    bytes
                }),
                Some(CameraTrouble::Truncated) => view
                    .next()
                    .and_then(|picture| Some(picture.get(..picture.len() / 2)?.to_vec())),
                None => view.next().map(|picture| picture.to_vec()),
            };
            if let Some(bytes) = frame {
                return Ok(Frame::new(Zeroizing::new(bytes)));
            }
            if cancelled() {
                return Err(CameraFault::Cancelled);
            }
            let left = within.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Err(CameraFault::Timeout);
            }
            let (again, _) = self
                .shared
                .changed
                .wait_timeout(view, left.min(CALLED_OFF_SEEN_WITHIN))
                .unwrap_or_else(PoisonError::into_inner);
            view = again;
        }
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn rest(&mut self) {
        self.shared.view().resting = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(10);

    fn picture(device: &mut SimCamera, within: Duration) -> Result<Vec<u8>, CameraFault> {
        let frame = device.picture(within, &|| false)?;
        Ok(frame.bytes().to_vec())
    }

    #[test]
    fn what_is_shown_is_seen() {
        let (scene, mut device) = camera("one");
        assert_eq!(device.name(), "one");
        assert_eq!(
            picture(&mut device, Duration::ZERO),
            Err(CameraFault::Timeout)
        );
        scene.play([b"a".as_slice(), b"b"]);
        let seen: Vec<_> = (0..3).map(|_| picture(&mut device, LONG)).collect();
        assert_eq!(seen, [b"a", b"b", b"b"].map(|one| Ok(one.to_vec())));
        device.rest();
        assert!(scene.is_resting());
        scene.show(b"c");
        assert_eq!(picture(&mut device, LONG), Ok(b"c".to_vec()));
        assert!(!scene.is_resting());
    }

    #[test]
    fn a_picture_is_waited_for() {
        let (scene, mut device) = camera("one");
        let desk = std::thread::spawn(move || picture(&mut device, LONG));
        scene.show(b"late");
        assert_eq!(desk.join().unwrap(), Ok(b"late".to_vec()));
    }

    #[test]
    fn each_trouble_shows_as_what_it_is() {
        let (scene, mut device) = camera("one");
        scene.show(b"0123456789");
        let faults = [
            (CameraTrouble::None, CameraFault::NoCamera),
            (CameraTrouble::Gone, CameraFault::CameraLost),
            (CameraTrouble::Busy, CameraFault::Busy),
            (CameraTrouble::Silent, CameraFault::Timeout),
            (CameraTrouble::Formless, CameraFault::FormatUnknown),
        ];
        for (trouble, fault) in faults {
            scene.trouble(Some(trouble));
            assert_eq!(picture(&mut device, Duration::ZERO), Err(fault));
        }
        let lengths = [
            (CameraTrouble::Garbage, 17),
            (CameraTrouble::Oversize, 10 + OVERSIZE),
            (CameraTrouble::Truncated, 5),
        ];
        for (trouble, length) in lengths {
            scene.trouble(Some(trouble));
            assert_eq!(
                picture(&mut device, LONG).map(|bytes| bytes.len()),
                Ok(length)
            );
        }
        scene.trouble(Some(CameraTrouble::Silent));
        let called_off = device.picture(LONG, &|| true);
        assert_eq!(called_off, Err(CameraFault::Cancelled));
        scene.trouble(None);
        assert!(picture(&mut device, LONG).is_ok());
    }
}

//! Which cameras there are, and which of them may be used.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use cccd_port::CameraFault;

use crate::camera::V4lCamera;
use crate::device::V4lDevices;

/// Where udev puts names made of maker, model and serial number.
const BY_ID: &str = "/dev/v4l/by-id";
/// The end of the names of what gives pictures; the others of a camera give data about them.
const GIVES_PICTURES: &str = "-video-index0";
/// The most names that are listed.
const MOST_NAMES: usize = 64;

/// The cameras of this machine, and the names that the configuration allows.
pub struct Cameras {
    folder: PathBuf,
    allowed: BTreeSet<String>,
}

impl Cameras {
    /// Those of this machine. A name is allowed as a whole, such as
    /// `usb-Example_Webcam_0001-video-index0`; without any, no camera is.
    #[must_use]
    pub fn new(allowed: impl IntoIterator<Item = String>) -> Self {
        Self::in_folder(BY_ID.into(), allowed)
    }

    /// Those whose links stand in another folder.
    #[must_use]
    pub fn in_folder(folder: PathBuf, allowed: impl IntoIterator<Item = String>) -> Self {
        Self {
            folder,
            allowed: allowed.into_iter().filter(|name| is_plain(name)).collect(),
        }
    }

    /// The names of all that are plugged in, allowed or not, sorted: for whoever writes the
    /// configuration. None where udev does not run.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.ends_with(GIVES_PICTURES))
            .take(MOST_NAMES)
            .collect();
        names.sort();
        names
    }

    /// The names of those that may be used and are plugged in.
    #[must_use]
    pub fn usable(&self) -> Vec<String> {
        let mut names = self.names();
        names.retain(|name| self.allowed.contains(name));
        names
    }

    /// The camera of that name. It need not be plugged in yet: it is opened for its first picture.
    ///
    /// # Errors
    /// [`CameraFault::NoCamera`] where the name is not allowed.
    pub fn camera(&self, name: &str) -> Result<V4lCamera, CameraFault> {
        if !self.allowed.contains(name) {
            return Err(CameraFault::NoCamera);
        }
        let devices = V4lDevices::new(self.folder.join(name));
        Ok(V4lCamera::new(name, Box::new(devices)))
    }
}

/// Whether a name is one entry of a folder and leads nowhere else.
fn is_plain(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!(
        (parts.next(), parts.next()),
        (Some(Component::Normal(only)), None) if only == name
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cccd_port::Camera as _;

    use super::*;

    const FRONT: &str = "usb-Example_Webcam_0001-video-index0";

    fn allowing(folder: &Path, names: &[&str]) -> Cameras {
        Cameras::in_folder(folder.into(), names.iter().map(|&name| name.to_owned()))
    }

    #[test]
    fn cameras_are_listed_by_names_that_stay() {
        let folder = tempfile::tempdir().unwrap();
        let others = ["usb-Example_Webcam_0001-video-index1", "usb-B-video-index0"];
        for name in [FRONT, others[0], others[1]] {
            fs::write(folder.path().join(name), b"").unwrap();
        }
        let cameras = allowing(folder.path(), &[FRONT, "usb-Gone-video-index0"]);
        assert_eq!(cameras.names(), [others[1], FRONT]);
        assert_eq!(cameras.usable(), [FRONT]);
        let nowhere = folder.path().join("none");
        assert!(allowing(&nowhere, &[FRONT]).names().is_empty());
    }

    #[test]
    fn no_camera_is_opened_that_is_not_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let outside = [
            "../video0",
            "/dev/video0",
            "a/b",
            "..",
            ".",
            "",
            "./a",
            "a/",
        ];
        let cameras = allowing(folder.path(), &outside);
        for name in outside.iter().chain([&FRONT, &"usb-Example"]) {
            let fault = cameras.camera(name).err();
            assert_eq!(fault, Some(CameraFault::NoCamera), "{name}");
        }
        assert!(
            allowing(folder.path(), &[FRONT])
                .camera("usb-Example")
                .is_err()
        );
        assert!(allowing(folder.path(), &[FRONT]).camera(FRONT).is_ok());
    }

    #[test]
    fn what_is_under_the_name_may_be_nothing_or_no_camera() {
        let folder = tempfile::tempdir().unwrap();
        let cameras = allowing(folder.path(), &[FRONT]);
        let mut camera = cameras.camera(FRONT).unwrap();
        assert_eq!(camera.name(), FRONT);
        let mut fault = || camera.picture(Duration::from_secs(1), &|| false).err();
        assert_eq!(fault(), Some(CameraFault::NoCamera));
        let path = folder.path().join(FRONT);
        std::os::unix::fs::symlink("/dev/null", &path).unwrap();
        // ENOTTY: a device that knows nothing of video.
        assert_eq!(fault(), Some(CameraFault::Driver { code: 25 }));
    }
}

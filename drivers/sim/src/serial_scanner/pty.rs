//! A device on a pseudo terminal, under a name that stays when it is plugged in anew.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serialport::{SerialPort as _, TTYPort};

use super::{Sent, SerialForm};

/// How long the desk may take to read what is sent, and to write what is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A scanner that is plugged in and pulled out. Its name is a symbolic link, as udev makes them.
pub struct SerialDevice {
    name: PathBuf,
    form: SerialForm,
    /// Both ends: the far one is held so that what is sent waits for a desk that opens it.
    plugged: Option<(TTYPort, TTYPort)>,
}

impl SerialDevice {
    /// One that will be found under `name`, and is not plugged in yet.
    #[must_use]
    pub const fn new(name: PathBuf, form: SerialForm) -> Self {
        Self {
            name,
            form,
            plugged: None,
        }
    }

    /// Where the desk finds it.
    #[must_use]
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// Plugs it in, at another port than before.
    ///
    /// # Errors
    /// The system's, where it gives no pseudo terminal or no link.
    pub fn plug(&mut self) -> io::Result<()> {
        // The old port is held until there is a new one: it has another name then.
        let (mut near, far) = TTYPort::pair()?;
        near.set_timeout(PATIENCE)?;
        let port = far
            .name()
            .ok_or_else(|| io::Error::other("a port without a name"))?;
        self.unplug();
        symlink(port, &self.name)?;
        self.plugged = Some((near, far));
        Ok(())
    }

    /// Pulls it out.
    pub fn unplug(&mut self) {
        // One that is not plugged in has no link.
        let _ = fs::remove_file(&self.name);
        self.plugged = None;
    }

    /// Scans `text`.
    ///
    /// # Errors
    /// The system's, or where it is not plugged in.
    pub fn scan(&mut self, text: &str) -> io::Result<()> {
        let bytes = self.form.frame(text);
        self.send_bytes(&bytes)
    }

    /// Sends what a line left of a scan, stalls and all.
    ///
    /// # Errors
    /// As for [`Self::scan`].
    pub fn send(&mut self, sent: &Sent) -> io::Result<()> {
        for (stall, bytes) in &sent.pieces {
            if !stall.is_zero() {
                thread::sleep(*stall);
            }
            self.send_bytes(bytes)?;
        }
        if sent.unplugged {
            self.unplug();
        }
        Ok(())
    }

    /// Waits for as many bytes from the desk.
    ///
    /// # Errors
    /// As for [`Self::scan`], or where they do not come within ten seconds.
    pub fn hear(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut heard = vec![0; count];
        self.near()?.read_exact(&mut heard)?;
        Ok(heard)
    }

    fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.near()?.write_all(bytes)
    }

    fn near(&mut self) -> io::Result<&mut TTYPort> {
        match &mut self.plugged {
            Some((near, _)) => Ok(near),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}

impl Drop for SerialDevice {
    fn drop(&mut self) {
        self.unplug();
    }
}

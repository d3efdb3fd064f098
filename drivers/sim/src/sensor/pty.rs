//! A module on a pseudo terminal: any program that opens serial ports meets it there.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionbio, read, write};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use super::module::ZfmModule;
use super::wire::Sent;

/// Half a message is forgotten after so much silence.
const LULL: Duration = Duration::from_millis(200);
/// At most so many bytes are said at once where the line's speed counts.
const BURST: usize = 32;

/// A module that a port and a test hold together.
#[derive(Clone)]
pub struct SharedModule(Arc<Mutex<ZfmModule>>);

impl SharedModule {
    /// Shares a module.
    #[must_use]
    pub fn new(module: ZfmModule) -> Self {
        Self(Arc::new(Mutex::new(module)))
    }

    /// The module, for as long as the guard lives.
    pub fn lock(&self) -> MutexGuard<'_, ZfmModule> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A port with a module on it; dropped, it is unplugged.
pub struct SensorPort {
    path: PathBuf,
    /// Its end ends the thread.
    _life: UnixStream,
    thread: Option<JoinHandle<()>>,
}

impl SensorPort {
    /// Plugs `module` into a new port. With `paced` its bytes take the time that they take at its
    /// bit rate; without, none.
    ///
    /// # Errors
    /// The system's.
    pub fn plug_in(module: SharedModule, paced: bool) -> io::Result<Self> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let path = PathBuf::from(OsStr::from_bytes(ptsname(&master, Vec::new())?.as_bytes()));
        // Held open, so that the line stays up, and raw, while no program is at it.
        let line = ioctl_tiocgptpeer(&master, flags)?;
        let mut settings = tcgetattr(&line)?;
        settings.make_raw();
        tcsetattr(&line, OptionalActions::Now, &settings)?;
        ioctl_fionbio(&master, true)?;
        let (life, end) = UnixStream::pair()?;
        let device = Device {
            master,
            _line: line,
            end,
            module,
            paced,
        };
        let thread = std::thread::Builder::new()
            .name("fingerprint module".to_owned())
            .spawn(move || {
                // Whatever ended it, the port is gone.
                let _ = device.run();
            })?;
        Ok(Self {
            path,
            _life: life,
            thread: Some(thread),
        })
    }

    /// What a program opens.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the port a name that stays the same when it is plugged in anew, as udev does.
    ///
    /// # Errors
    /// The system's.
    pub fn name(&self, link: &Path) -> io::Result<()> {
        let new = link.with_extension("new");
        std::os::unix::fs::symlink(&self.path, &new)?;
        std::fs::rename(new, link)
    }

    /// Unplugs it, and returns once it is gone.
    pub fn unplug(mut self) {
        let thread = self.thread.take();
        drop(self);
        if let Some(thread) = thread {
            // It panics only where the module does.
            let _ = thread.join();
        }
    }
}

/// The device's end.
struct Device {
    master: OwnedFd,
    _line: OwnedFd,
    end: UnixStream,
    module: SharedModule,
    paced: bool,
}

impl Device {
    fn run(self) -> io::Result<()> {
        let awake = self.module.lock().power_up();
        if !self.send(awake)? {
            return Ok(());
        }
        let mut buffer = [0; 512];
        loop {
            let lull = self.module.lock().listens().then_some(LULL);
            let Some(ready) = self.wait(PollFlags::IN, lull)? else {
                return Ok(());
            };
            if !ready {
                self.module.lock().lull();
                continue;
            }
            let count = match read(&self.master, &mut buffer) {
                Ok(count) => count,
                Err(Errno::AGAIN | Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            };
            let sent = self
                .module
                .lock()
                .receive(buffer.get(..count).unwrap_or_default());
            if !self.send(sent)? {
                return Ok(());
            }
        }
    }

    /// Sends, and returns whether the port is still there.
    fn send(&self, sent: Vec<Sent>) -> io::Result<bool> {
        for one in sent {
            let there = match one {
                Sent::Bytes(bytes) => self.say(&bytes)?,
                Sent::Pause(length) => self.pause(length)?,
                Sent::Gone => false,
            };
            if !there {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn say(&self, bytes: &[u8]) -> io::Result<bool> {
        let burst = if self.paced { BURST } else { bytes.len() };
        for piece in bytes.chunks(burst.max(1)) {
            let mut rest = piece;
            while !rest.is_empty() {
                match write(&self.master, rest) {
                    Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                    // The host does not read.
                    Err(Errno::AGAIN) => {
                        if self.wait(PollFlags::OUT, None)?.is_none() {
                            return Ok(false);
                        }
                    }
                    Err(Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            if self.paced {
                // Start and stop bits too.
                let bits = u64::try_from(piece.len()).unwrap_or(0) * 10;
                let baud = self.module.lock().baud().max(1);
                let length = Duration::from_micros(bits * 1_000_000 / u64::from(baud));
                if !self.pause(length)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Lets time pass, and returns whether the port is still there.
    fn pause(&self, length: Duration) -> io::Result<bool> {
        Ok(self.wait(PollFlags::empty(), Some(length))?.is_some())
    }

    /// Waits for the line, at most `within`, and returns whether it is ready; none where the port
    /// was unplugged.
    fn wait(&self, line: PollFlags, within: Option<Duration>) -> io::Result<Option<bool>> {
        let within = within.and_then(|within| Timespec::try_from(within).ok());
        let mut fds = [
            PollFd::new(&self.end, PollFlags::IN),
            PollFd::new(&self.master, line),
        ];
        loop {
            match poll(&mut fds, within.as_ref()) {
                Ok(_) => break,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let [end, master] = fds;
        if !end.revents().is_empty() {
            return Ok(None);
        }
        Ok(Some(master.revents().intersects(line)))
    }
}

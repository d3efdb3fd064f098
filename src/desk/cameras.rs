//! The desk's own cameras, for pages and programs that have none: one thread a device, which takes
//! pictures when it is asked to and lets the camera rest otherwise.

use core::time::Duration;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use cccd_port::{Camera, CameraFault, Frame, Timer};
use tokio::sync::oneshot;

use super::api::problem::devices::of_camera;
use super::scanning::DeviceView;

/// Orders that wait for a camera that is taking pictures.
const WAITING: usize = 1;
/// The most bytes of one picture, and of all that one order brings.
const LARGEST: usize = 8 * 1_024 * 1_024;
const MOST_BYTES: usize = 32 * 1_024 * 1_024;

/// What pictures are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shots {
    /// How many.
    pub count: usize,
    /// The time between two.
    pub between: Duration,
    /// All of it is over after this.
    pub within: Duration,
}

impl Shots {
    /// For still pictures: three that are compared, and two to choose from.
    pub const STILLS: Self = Self {
        count: 5,
        between: Duration::from_millis(200),
        within: Duration::from_secs(8),
    };
}

/// Pictures, each with the time at which it was taken, on the timer's clock.
pub type Timed = Vec<(Duration, Frame)>;

struct Order {
    shots: Shots,
    answer: oneshot::Sender<Result<Timed, CameraFault>>,
}

struct One {
    name: String,
    orders: SyncSender<Order>,
    fault: Mutex<Option<CameraFault>>,
}

/// The desk's own cameras, the first one first.
#[derive(Default)]
pub struct Cameras(Vec<One>);

impl Cameras {
    /// Takes the devices over, each on a thread of its own that ends with this.
    ///
    /// # Errors
    /// The system's where it gives no thread.
    pub fn start(devices: Vec<Box<dyn Camera>>, timer: &Arc<dyn Timer>) -> io::Result<Self> {
        let mut cameras = Vec::with_capacity(devices.len());
        for device in devices {
            let (orders, taken) = sync_channel(WAITING);
            let name = device.name().to_owned();
            let timer = Arc::clone(timer);
            thread::Builder::new()
                .name("camera".to_owned())
                .spawn(move || serve(device, &taken, timer.as_ref()))?;
            cameras.push(One {
                name,
                orders,
                fault: Mutex::new(None),
            });
        }
        Ok(Self(cameras))
    }

    /// Each with the fault of its last use, as the API gives them.
    #[must_use]
    pub fn view(&self) -> Vec<DeviceView> {
        let view = |camera: &One| {
            let fault = *camera.fault.lock().unwrap_or_else(PoisonError::into_inner);
            DeviceView {
                name: camera.name.clone(),
                reader: None,
                fault: fault.map(|fault| of_camera(fault).into()),
            }
        };
        self.0.iter().map(view).collect()
    }

    /// Takes pictures with the camera of that name, else with the first; its name comes back with
    /// them. Dropped before it ends, it calls the camera off.
    ///
    /// # Errors
    /// A [`CameraFault`]; [`CameraFault::Busy`] where others wait for the camera.
    pub async fn take(
        &self,
        name: Option<&str>,
        shots: Shots,
    ) -> Result<(String, Timed), CameraFault> {
        let wanted = |camera: &&One| name.is_none_or(|name| camera.name == name);
        let camera = self.0.iter().find(wanted).ok_or(CameraFault::NoCamera)?;
        let (answer, taken) = oneshot::channel();
        let order = Order { shots, answer };
        camera.orders.try_send(order).map_err(|full| match full {
            TrySendError::Full(_) => CameraFault::Busy,
            TrySendError::Disconnected(_) => CameraFault::CameraLost,
        })?;
        // A driver that broke down took its thread along.
        let taken = taken.await.unwrap_or(Err(CameraFault::CameraLost));
        let mut fault = camera.fault.lock().unwrap_or_else(PoisonError::into_inner);
        *fault = taken.as_ref().err().copied();
        taken.map(|frames| (camera.name.clone(), frames))
    }
}

fn serve(mut camera: Box<dyn Camera>, orders: &Receiver<Order>, timer: &dyn Timer) {
    while let Ok(order) = orders.recv() {
        let taken = shoot(camera.as_mut(), &order, timer);
        camera.rest();
        // Whoever wanted them may have gone: they are wiped.
        let _ = order.answer.send(taken);
    }
}

fn shoot(camera: &mut dyn Camera, order: &Order, timer: &dyn Timer) -> Result<Timed, CameraFault> {
    let called_off = || order.answer.is_closed();
    let end = timer.elapsed().saturating_add(order.shots.within);
    let mut frames: Timed = Vec::with_capacity(order.shots.count);
    let mut bytes = 0_usize;
    while frames.len() < order.shots.count && bytes < MOST_BYTES {
        if !frames.is_empty() {
            thread::sleep(order.shots.between);
        }
        let left = end.saturating_sub(timer.elapsed());
        if left.is_zero() && !frames.is_empty() {
            break;
        }
        match camera.picture(left, &called_off) {
            Ok(frame) if frame.bytes().len() > LARGEST => return Err(CameraFault::FormatUnknown),
            Ok(frame) => {
                bytes = bytes.saturating_add(frame.bytes().len());
                frames.push((timer.elapsed(), frame));
            }
            // What came is enough to compare.
            Err(CameraFault::Timeout) if !frames.is_empty() => break,
            Err(fault) => return Err(fault),
        }
    }
    Ok(frames)
}

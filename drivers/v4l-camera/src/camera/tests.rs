//! The camera on a device that exists in memory, by a clock that the device moves.

use std::collections::VecDeque;
use std::sync::Mutex;

use zeroize::Zeroizing;

use super::*;

/// What happens next.
#[derive(Clone)]
enum Event {
    /// A picture, after that many milliseconds.
    Picture(u64, Vec<u8>),
    /// One that the driver calls damaged.
    Broken,
    /// A fault of the stream, or of opening it.
    Fault(CameraFault),
}

#[derive(Default)]
struct World {
    now: Duration,
    opening: VecDeque<CameraFault>,
    events: VecDeque<Event>,
    form: Option<Form>,
    opened: u32,
    streaming: u32,
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<World>>);

impl Shared {
    fn world<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    fn push(&self, events: impl IntoIterator<Item = Event>) {
        self.world(|world| world.events.extend(events));
    }
}

impl Clock for Shared {
    fn now(&self) -> time::OffsetDateTime {
        time::OffsetDateTime::UNIX_EPOCH
    }

    fn elapsed(&self) -> Duration {
        self.world(|world| world.now)
    }
}

impl Devices for Shared {
    fn open(&mut self) -> Result<Box<dyn Stream>, CameraFault> {
        self.world(|world| {
            if let Some(fault) = world.opening.pop_front() {
                return Err(fault);
            }
            world.opened += 1;
            world.streaming += 1;
            Ok(())
        })?;
        Ok(Box::new(Streaming(self.clone())))
    }
}

struct Streaming(Shared);

impl Drop for Streaming {
    fn drop(&mut self) {
        self.0.world(|world| world.streaming -= 1);
    }
}

impl Stream for Streaming {
    fn form(&self) -> Form {
        self.0.world(|world| world.form.unwrap_or(Form::Jpeg))
    }

    fn next(&mut self, within: Duration) -> Result<Option<Picture>, CameraFault> {
        self.0.world(|world| match world.events.front_mut() {
            None => {
                world.now += within;
                Ok(None)
            }
            Some(Event::Picture(after, _)) if Duration::from_millis(*after) > within => {
                *after -= u64::try_from(within.as_millis()).unwrap();
                world.now += within;
                Ok(None)
            }
            Some(_) => match world.events.pop_front().unwrap() {
                Event::Picture(after, bytes) => {
                    world.now += Duration::from_millis(after);
                    Ok(Some(Picture::Whole(Zeroizing::new(bytes))))
                }
                Event::Broken => Ok(Some(Picture::Broken)),
                Event::Fault(fault) => Err(fault),
            },
        })
    }
}

/// A small JPEG, told apart by the comment in it.
fn jpeg(number: u8) -> Vec<u8> {
    let frame = [0xff, 0xc0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0];
    let tables = [0xff, 0xc4, 0, 2];
    let comment = [0xff, 0xfe, 0, 3, number];
    let scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0xff, 0xd9];
    [&[0xff, 0xd8][..], &frame, &tables, &comment, &scan].concat()
}

fn shown(after: u64, number: u8) -> Event {
    Event::Picture(after, jpeg(number))
}

/// Pictures that a camera measures the light with, then one.
fn after_dark(number: u8) -> Vec<Event> {
    let mut events = vec![shown(30, 0); 3];
    events.push(shown(30, number));
    events
}

fn camera() -> (Shared, V4lCamera) {
    let shared = Shared::default();
    let clock = Arc::new(shared.clone());
    let device = V4lCamera::by("usb-Example", Box::new(shared.clone()), clock);
    (shared, device)
}

/// The number of the next picture within a second.
fn picture(camera: &mut V4lCamera) -> Result<u8, CameraFault> {
    let frame = camera.picture(Duration::from_secs(1), &|| false)?;
    Ok(frame.bytes()[2 + 13 + 4 + 4])
}

#[test]
fn a_picture_is_never_older_than_the_call() {
    let (world, mut device) = camera();
    world.push(after_dark(1));
    assert_eq!(picture(&mut device), Ok(1));
    // Two lie ready from before.
    world.push([shown(0, 2), shown(0, 3), shown(40, 4)]);
    assert_eq!(picture(&mut device), Ok(4));
    // A driver that always has one ready does not hold the call up for ever.
    world.push(vec![shown(0, 5); 100]);
    assert_eq!(picture(&mut device), Ok(5));
    assert_eq!(world.world(|world| world.opened), 1);
}

#[test]
fn damaged_pictures_are_passed_over() {
    let (world, mut device) = camera();
    let cut = jpeg(9)[..20].to_vec();
    world.push(after_dark(1).into_iter().take(3));
    world.push([
        Event::Broken,
        Event::Picture(30, cut.clone()),
        Event::Picture(30, b"garbage".to_vec()),
        shown(30, 2),
    ]);
    assert_eq!(picture(&mut device), Ok(2));
    // With no other, none came in time.
    world.push(vec![Event::Picture(30, cut); 100]);
    assert_eq!(picture(&mut device), Err(CameraFault::Timeout));
}

#[test]
fn a_silent_camera_ends_in_time_and_is_opened_anew() {
    let (world, mut device) = camera();
    let fault = device.picture(Duration::from_millis(2_500), &|| false);
    assert_eq!(fault.err(), Some(CameraFault::Timeout));
    assert_eq!(world.elapsed(), Duration::from_millis(2_500));
    assert_eq!(world.world(|world| world.streaming), 0);
    world.push(after_dark(1));
    assert_eq!(picture(&mut device), Ok(1));
    assert_eq!(world.world(|world| world.opened), 2);
}

#[test]
fn a_wait_can_be_called_off() {
    let (world, mut device) = camera();
    let clock = world.clone();
    let late = move || clock.elapsed() >= Duration::from_millis(300);
    let fault = device.picture(Duration::from_secs(60), &late);
    assert_eq!(fault.err(), Some(CameraFault::Cancelled));
    assert!(world.elapsed() < Duration::from_millis(500));
}

#[test]
fn a_camera_that_is_pulled_out_is_lost_and_found_again() {
    let (world, mut device) = camera();
    let gone = || Event::Fault(CameraFault::CameraLost);
    world.world(|world| world.opening.push_back(CameraFault::NoCamera));
    assert_eq!(picture(&mut device), Err(CameraFault::NoCamera));
    world.push(after_dark(1));
    assert_eq!(picture(&mut device), Ok(1));
    // In the middle of a wait.
    world.push([Event::Picture(30, vec![]), gone()]);
    assert_eq!(picture(&mut device), Err(CameraFault::CameraLost));
    world.world(|world| world.opening.push_back(CameraFault::NoCamera));
    assert_eq!(picture(&mut device), Err(CameraFault::CameraLost));
    world.push(after_dark(2));
    assert_eq!(picture(&mut device), Ok(2));
    // Between two pictures, and back before the next.
    world.push([gone()]);
    world.push(after_dark(3));
    assert_eq!(picture(&mut device), Ok(3));
}

#[test]
fn faults_of_opening_are_told_as_they_are() {
    let (world, mut device) = camera();
    for fault in [
        CameraFault::Busy,
        CameraFault::FormatUnknown,
        CameraFault::Driver { code: 13 },
    ] {
        world.world(|world| world.opening.push_back(fault));
        assert_eq!(picture(&mut device), Err(fault));
    }
    world.push(after_dark(1));
    assert_eq!(picture(&mut device), Ok(1));
}

#[test]
fn a_camera_rests_when_nobody_wants_a_picture() {
    let (world, mut device) = camera();
    world.push(after_dark(1));
    assert_eq!(picture(&mut device), Ok(1));
    assert_eq!(world.world(|world| world.streaming), 1);
    device.rest();
    assert_eq!(world.world(|world| world.streaming), 0);
    world.push(after_dark(2));
    assert_eq!(picture(&mut device), Ok(2));
}

#[test]
fn raw_pictures_become_jpeg() {
    let (world, mut device) = camera();
    let form = Form::Yuyv {
        width: 32,
        height: 16,
        stride: 64,
    };
    world.world(|world| world.form = Some(form));
    let raw = |luma: u8| Event::Picture(30, [luma, 128].repeat(32 * 16));
    let short = Event::Picture(30, vec![0; 1_000]);
    world.push([raw(16), raw(16), raw(16), short, raw(235)]);
    let frame = device.picture(Duration::from_secs(1), &|| false).unwrap();
    let decoded = image::load_from_memory(frame.bytes()).unwrap().to_luma8();
    assert_eq!(decoded.dimensions(), (32, 16));
    assert!(decoded.pixels().all(|pixel| pixel.0[0] > 250));
}

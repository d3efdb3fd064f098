//! Cameras through Video4Linux2, for desks whose page has no camera of its own.
//!
//! A camera is opened by the name that udev gives it and that the configuration allows; it streams
//! while pictures are wanted and rests otherwise. What it gives is JPEG, or raw YUYV that is made one.
//! A picture is never older than the call that asked for it.
//!
//! The allowed names keep out cameras that somebody plugs in by mistake, not an attacker: a name comes
//! from what the device says of itself, and whoever runs programs as root on the desk can put a
//! virtual camera under any name.
//!
//! # Layout
//! - [`cameras`]: which there are, and which may be used
//! - [`camera`]: one of them, as the desk uses it
//! - `device`: the system's side of it
//! - `jpeg`, `yuyv`: the two forms of picture

pub mod camera;
pub mod cameras;

mod device;
mod jpeg;
mod yuyv;

pub use camera::V4lCamera;
pub use cameras::Cameras;

//! What a device is to the desk: traits and the faults they end in, no code that drives one.
//!
//! # Layout
//! - [`card`]: one card in one reader, APDU by APDU
//! - [`readers`]: which readers there are, and what comes and goes
//! - [`scanner`]: QR codes and machine readable zones
//! - [`camera`]: pictures of the person in front
//! - [`fingerprint`]: pictures of fingers
//! - [`clock`]: the time, so that a test can choose it

pub mod camera;
pub mod card;
pub mod clock;
pub mod fingerprint;
pub mod readers;
pub mod scanner;

pub use camera::{Camera, CameraFault, Frame};
pub use card::{Atr, CardChannel, LinkFault};
pub use clock::{Clock, SystemClock, Timer, Waiting};
pub use fingerprint::{
    CaptureStep, FingerImage, FingerprintSensor, ModuleMatch, ModuleMatcher, ModuleTemplate,
    SensorFault,
};
pub use readers::{CardReaders, ReaderEvent, ReaderName, ReaderState, ReaderWatcher};
pub use scanner::{CodeScanner, Feedback, Misread, Proposal, ScannerFault};

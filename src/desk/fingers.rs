//! The fingerprint sensor of the desk, and the fingers that it remembers.

use core::time::Duration;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use cccd_port::{CaptureStep, ModuleMatcher, SensorFault};

use super::ports::{Besides, EnrolledFingers, FingerTaking, NoPress, NotRecorded, Taken};
use crate::biometrics::finger::calibration::Calibration;
use crate::biometrics::finger::{FingerMatcher, NistMatcher, Threshold};
use crate::document::Personal;
use crate::store::Store;
use crate::store::fingers::{Holder, KeptFingers, Means, NewFinger};

/// A sensor with what compares its pictures. One press at a time.
pub struct SensorOfDesk {
    model: String,
    sensor: Mutex<Box<dyn ModuleMatcher>>,
    asks_module: bool,
    matcher: NistMatcher,
    threshold: Threshold,
    calibration: Option<Arc<Calibration>>,
    wait: Duration,
    fault: Mutex<Option<SensorFault>>,
}

impl SensorOfDesk {
    /// A sensor that waits so long for a finger.
    #[must_use]
    pub fn new(sensor: Box<dyn ModuleMatcher>, threshold: Threshold, wait: Duration) -> Self {
        Self {
            model: sensor.model().to_owned(),
            sensor: Mutex::new(sensor),
            asks_module: false,
            matcher: NistMatcher::default(),
            threshold,
            calibration: None,
            wait,
            fault: Mutex::default(),
        }
    }

    /// With the measurement that the models folder holds, if it is of this algorithm and threshold.
    #[must_use]
    pub fn calibrated(mut self, models: &Path) -> Self {
        let held = Calibration::load(models).unwrap_or_else(|error| {
            tracing::error!(%error, "no verdict cites what fingers were measured to be");
            None
        });
        let algorithm = self.matcher.algorithm();
        self.calibration = held
            .filter(|one| one.is_of(algorithm, self.threshold))
            .map(Arc::new);
        self
    }

    /// Has the module compare too, in addition.
    #[must_use]
    pub fn asking_module(mut self, asks: bool) -> Self {
        self.asks_module = asks;
        self
    }

    /// With another time for each search and comparison: tests on slow machines.
    #[must_use]
    pub fn with_matcher(mut self, matcher: NistMatcher) -> Self {
        self.matcher = matcher;
        self
    }
}

impl FingerTaking for SensorOfDesk {
    fn sensor(&self) -> &str {
        &self.model
    }

    fn matcher(&self) -> &dyn FingerMatcher {
        &self.matcher
    }

    fn threshold(&self) -> Threshold {
        self.threshold
    }

    fn calibration(&self) -> Option<Arc<Calibration>> {
        self.calibration.clone()
    }

    fn asks_module(&self) -> bool {
        self.asks_module
    }

    fn press(
        &self,
        besides: &Besides,
        step: &mut dyn FnMut(CaptureStep),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Taken, NoPress> {
        let mut sensor = match self.sensor.try_lock() {
            Ok(sensor) => sensor,
            // Each call begins with a handshake: what broke off before leaves nothing behind.
            Err(TryLockError::Poisoned(left)) => left.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(NoPress::InUse),
        };
        let taken = match besides {
            Besides::Nothing => sensor
                .capture(self.wait, step, cancelled)
                .map(|image| (image, None, None)),
            Besides::Template => sensor
                .capture_with_template(self.wait, step, cancelled)
                .map(|(image, template)| (image, template.ok(), None)),
            Besides::Compare(stored) => sensor
                .capture_and_compare(stored, self.wait, step, cancelled)
                .map(|(image, said)| (image, None, Some(said))),
        };
        let taken = taken.map(|(image, template, said)| Taken {
            image,
            template,
            said,
        });
        let fault = taken.as_ref().err().copied();
        // That nobody laid a finger down, or did it badly, is no fault of the sensor.
        let fault = fault.filter(|fault| {
            !matches!(
                fault,
                SensorFault::NoFinger | SensorFault::PoorImage | SensorFault::Cancelled
            )
        });
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
        Ok(taken?)
    }

    fn fault(&self) -> Option<SensorFault> {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The fingers of the store.
pub struct StoreFingers(pub Arc<Store>);

fn not_recorded(error: crate::store::StoreError) -> NotRecorded {
    tracing::error!(%error, "the enrolled fingers cannot be used");
    NotRecorded
}

impl EnrolledFingers for StoreFingers {
    fn find(&self, holder: &Holder, means: &Means) -> Result<KeptFingers, NotRecorded> {
        self.0.kept_fingers(holder, means).map_err(not_recorded)
    }

    fn keep(&self, new: &NewFinger<'_>) -> Result<(), NotRecorded> {
        self.0.keep_finger(new).map_err(not_recorded)
    }

    fn erase(&self, number: &Personal<String>, by: &str) -> Result<usize, NotRecorded> {
        self.0.forget_fingers(number, by).map_err(not_recorded)
    }
}

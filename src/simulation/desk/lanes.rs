//! A lane for each reader: what counts for the card that lies there. So cards with different defects
//! are read at the same time, and none is judged by what was set up for another.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cccd_port::ReaderName;
use cccd_sim::{Trigger, VirtualClock};
use serde::Serialize;

use super::clock::LaneClock;
use crate::config::Quirk;
use crate::desk::key::KeyRefused;
use crate::desk::ports::{CancelToken, CardReading, ReadingJob};
use crate::desk::quirks::Quirks;
use crate::desk::reading::{Judgement, ReadingEvent};
use crate::desk::wiring::Pipeline;
use crate::document::Printed;
use crate::store::Store;
use crate::verify::TrustAnchors;

/// What lies on a reader, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LaidCard {
    /// Whose card.
    pub persona: String,
    /// What is wrong with it, or special.
    pub defects: Vec<String>,
}

/// One reader's lane.
pub(super) struct Lane {
    /// What is trusted for its card; none where the trust store cannot be used.
    pub trust: Option<Arc<TrustAnchors>>,
    /// By which clock it is read.
    pub clock: Arc<LaneClock>,
    /// What earlier sessions saw of it.
    pub memory: Arc<Store>,
    /// Modelled time, where nothing waits for it.
    pub modelled: Option<Arc<VirtualClock>>,
    /// The scanner beside the reader.
    pub scanner: Trigger,
    /// Whether somebody has plugged the reader in.
    pub plugged: bool,
    /// What was laid there last, and may have been lifted since.
    pub laid: Option<LaidCard>,
}

/// All lanes, by reader.
#[derive(Default)]
pub(super) struct Lanes(Mutex<BTreeMap<String, Lane>>);

impl Lanes {
    pub(super) fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Lane>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The pipeline as it reads what lies on that reader.
    fn pipeline(&self, of: &Pipeline, quirks: &[Quirk], reader: &ReaderName) -> Option<Pipeline> {
        let lanes = self.lock();
        let lane = lanes.get(&reader.0)?;
        let trust = lane.trust.clone();
        Some(Pipeline {
            trust: Arc::new(move || trust.clone()),
            clock: lane.clock.clone(),
            quirks: Arc::new(Quirks::kept(Arc::clone(&lane.memory), quirks.to_vec())),
            memory: Some(Arc::clone(&lane.memory)),
            ..of.clone()
        })
    }
}

/// The desk's pipeline, in the lane of the reader that it reads.
pub(super) struct LaneReading {
    pub lanes: Arc<Lanes>,
    pub pipeline: Pipeline,
    pub quirks: Vec<Quirk>,
}

impl CardReading for LaneReading {
    fn check_key(&self, key: &Printed) -> Result<(), KeyRefused> {
        self.pipeline.check_key(key)
    }

    fn read(
        &self,
        job: &ReadingJob,
        events: &mut dyn FnMut(ReadingEvent),
        cancel: &CancelToken,
    ) -> Judgement {
        let of_lane = self
            .lanes
            .pipeline(&self.pipeline, &self.quirks, &job.reader);
        of_lane
            .as_ref()
            .unwrap_or(&self.pipeline)
            .read(job, events, cancel)
    }
}

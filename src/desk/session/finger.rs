//! The fingers of the person in front, while a session waits for one: which are known, and what the
//! presses so far say. No sensor and no I/O.

use cccd_port::ModuleTemplate;

use super::super::ports::{CancelToken, FingerTaking};
use crate::biometrics::finger::comparison::MOST_REFERENCES;
use crate::biometrics::finger::{Basis, Comparison, Finger, FingerMatcher, Source, Template};
use crate::lds::finger::FingerView;

/// Captures of one session, those that gave no picture among them.
const MOST_CAPTURES: u32 = 12;

/// A finger that there is something to compare with.
#[derive(Clone, Debug)]
pub struct Known {
    /// Which one.
    pub finger: Finger,
    /// What there is.
    pub references: References,
}

/// What a finger is compared with.
#[derive(Clone, Debug)]
pub enum References {
    /// Pictures of DG3, not yet decoded.
    Chip(Vec<FingerView>),
    /// Templates of earlier presses, and the module's own where it was asked for one.
    Enrolled(Vec<Template>, Option<ModuleTemplate>),
}

impl References {
    /// Where they come from.
    #[must_use]
    pub const fn source(&self) -> Source {
        match self {
            Self::Chip(_) => Source::Chip,
            Self::Enrolled(..) => Source::Enrolled,
        }
    }

    /// What the module can compare itself.
    #[must_use]
    pub const fn of_module(&self) -> Option<&ModuleTemplate> {
        match self {
            Self::Chip(_) => None,
            Self::Enrolled(_, module) => module.as_ref(),
        }
    }

    /// The templates. Decodes and searches pictures: blocks for as long as the matcher may take.
    fn templates(&self, matcher: &dyn FingerMatcher) -> Result<Vec<Template>, String> {
        let views = match self {
            Self::Enrolled(templates, _) => return Ok(templates.clone()),
            Self::Chip(views) => views,
        };
        let mut templates = Vec::new();
        let mut fault = None;
        for view in views.iter().take(MOST_REFERENCES) {
            let found = view
                .decode()
                .map_err(|error| error.to_string())
                .and_then(|image| matcher.extract(&image).map_err(|error| error.to_string()));
            match found {
                Ok(template) if template.is_usable() => templates.push(template),
                Ok(_) => fault = Some("the picture in the chip shows too little".to_owned()),
                Err(error) => fault = Some(error),
            }
        }
        match (templates.is_empty(), fault) {
            (true, Some(fault)) => Err(fault),
            _ => Ok(templates),
        }
    }
}

/// What is known, and what was pressed.
#[derive(Debug)]
pub struct Fingers {
    known: Vec<Known>,
    begun: Option<(Finger, Box<Comparison>)>,
    presses: u32,
    most_presses: u32,
    captures: u32,
}

/// One press to be taken and compared.
pub struct Press {
    /// The finger and what it is compared with.
    pub known: Known,
    begun: Option<Box<Comparison>>,
}

/// What a press was compared into.
pub struct Pressed {
    /// The finger.
    pub finger: Finger,
    /// The comparison with it.
    pub comparison: Box<Comparison>,
    /// What it rests on.
    pub basis: Basis,
}

impl Press {
    /// The comparison, begun or new. Blocks.
    ///
    /// # Errors
    /// Why there is nothing that can be compared with.
    pub fn comparison(self, taking: &dyn FingerTaking) -> Result<Pressed, String> {
        let (matcher, threshold) = (taking.matcher(), taking.threshold());
        let basis = Basis {
            source: self.known.references.source(),
            finger: self.known.finger,
            sensor: taking.sensor().to_owned(),
            algorithm: matcher.algorithm(),
            threshold,
            calibration: taking.calibration(),
        };
        let comparison = match self.begun {
            Some(begun) => begun,
            None => {
                let references = self.known.references.templates(matcher)?;
                let new = Comparison::new(matcher, matcher.algorithm(), references, threshold);
                Box::new(new.map_err(|fault| fault.to_string())?)
            }
        };
        Ok(Pressed {
            finger: self.known.finger,
            comparison,
            basis,
        })
    }
}

impl Fingers {
    /// The fingers that are known, of which `most_presses` may be taken in all.
    #[must_use]
    pub fn new(known: Vec<Known>, most_presses: u32) -> Self {
        Self {
            known,
            begun: None,
            presses: 0,
            most_presses,
            captures: 0,
        }
    }

    /// Those that can be asked for.
    #[must_use]
    pub fn known(&self) -> &[Known] {
        &self.known
    }

    /// How many more presses there may be.
    #[must_use]
    pub const fn presses_left(&self) -> u32 {
        if self.captures >= MOST_CAPTURES || self.known.is_empty() {
            return 0;
        }
        self.most_presses.saturating_sub(self.presses)
    }

    /// Begins a press of `finger`, or of the first that is known. None where there may be no more, or
    /// nothing is known of that finger.
    pub fn begin(&mut self, finger: Option<Finger>) -> Option<Press> {
        if self.presses_left() == 0 {
            return None;
        }
        let wanted = |known: &&Known| finger.is_none_or(|finger| known.finger == finger);
        let known = self.known.iter().find(wanted)?.clone();
        self.captures = self.captures.saturating_add(1);
        let same = |(finger, _): &mut (Finger, Box<Comparison>)| *finger == known.finger;
        let begun = self.begun.take_if(same).map(|(_, comparison)| comparison);
        Some(Press { known, begun })
    }

    /// Takes a comparison back; `pressed` says whether a picture went into it.
    pub fn take(&mut self, finger: Finger, comparison: Box<Comparison>, pressed: bool) {
        if pressed {
            self.presses = self.presses.saturating_add(1);
        }
        if comparison.wants_press() {
            self.begun = Some((finger, comparison));
        } else {
            self.drop_known(finger);
        }
    }

    /// A finger that nothing can be compared with is asked for no more.
    pub fn drop_known(&mut self, finger: Finger) {
        self.known.retain(|known| known.finger != finger);
    }
}

/// A capture under way.
#[derive(Debug)]
pub struct Capture {
    /// What is going on.
    pub step: CaptureProgress,
    /// Calls it off.
    pub cancel: CancelToken,
}

/// What is going on in a capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureProgress {
    /// The sensor is being spoken to.
    Beginning,
    /// It waits for the finger.
    FingerWanted,
    /// The finger may be lifted.
    FingerMayGo,
    /// The picture is on its way: percent.
    Fetching(u8),
    /// It is being compared.
    Comparing,
}

impl CaptureProgress {
    /// The name that callers see.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Beginning => "beginning",
            Self::FingerWanted => "finger-wanted",
            Self::FingerMayGo => "finger-may-go",
            Self::Fetching(_) => "fetching",
            Self::Comparing => "comparing",
        }
    }
}

impl Drop for Capture {
    /// Nobody waits for it any more.
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

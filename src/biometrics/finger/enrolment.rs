//! The presses that references are made of: three that know each other.

use cccd_port::ModuleTemplate;
use zeroize::Zeroizing;

use super::comparison::MOST_REFERENCES;
use super::template::MOST_BYTES;
use super::{FingerMatcher, MatchFault, Score, Template, TemplateError, Threshold};

/// Most presses of one enrolment.
pub const MOST_PRESSES: usize = 6;

/// What comes after a press.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnrolmentStep {
    /// Press again: the last one went in.
    Again,
    /// Press again: the last one had too few minutiae.
    TooFewMinutiae,
    /// Press again: the last one could not be compared.
    Fault(MatchFault),
    /// Three presses, each of which reaches the threshold against another of them.
    Enrolled(Box<[Template; MOST_REFERENCES]>),
    /// Six presses, and no three of them go together: this finger is not enrolled.
    GivenUp,
}

/// One enrolment of a finger. What is pressed stays here until it is enrolled or given up.
#[derive(Debug, Default)]
pub struct Enrolment {
    threshold: Threshold,
    presses: usize,
    usable: Vec<Template>,
    /// Scores between presses, the later one first.
    scores: Vec<(usize, usize, Score)>,
}

impl Enrolment {
    /// An enrolment at a threshold.
    #[must_use]
    pub fn new(threshold: Threshold) -> Self {
        Self {
            threshold,
            ..Self::default()
        }
    }

    /// Presses so far.
    #[must_use]
    pub const fn presses(&self) -> usize {
        self.presses
    }

    /// Takes a press into account.
    pub fn press(&mut self, matcher: &dyn FingerMatcher, press: &Template) -> EnrolmentStep {
        if self.presses >= MOST_PRESSES {
            return EnrolmentStep::GivenUp;
        }
        self.presses = self.presses.saturating_add(1);
        if !press.is_usable() {
            return self.or_given_up(EnrolmentStep::TooFewMinutiae);
        }
        let new = self.usable.len();
        let mut step = EnrolmentStep::Again;
        for (old, earlier) in self.usable.iter().enumerate() {
            match matcher.both_orders(press, earlier, self.threshold) {
                Ok(score) => self.scores.push((new, old, score)),
                // Not compared with one, it may still go with the others.
                Err(fault) => step = EnrolmentStep::Fault(fault),
            }
        }
        self.usable.push(press.clone());
        match self.three() {
            Some(three) => EnrolmentStep::Enrolled(Box::new(three)),
            None => self.or_given_up(step),
        }
    }

    fn or_given_up(&self, step: EnrolmentStep) -> EnrolmentStep {
        if self.presses >= MOST_PRESSES {
            EnrolmentStep::GivenUp
        } else {
            step
        }
    }

    /// The three presses that go together best: two of their three scores reach the threshold, so that
    /// each press has one that does.
    fn three(&self) -> Option<[Template; MOST_REFERENCES]> {
        let count = self.usable.len();
        let triples =
            (0..count).flat_map(move |c| (0..c).flat_map(move |b| (0..b).map(move |a| (a, b, c))));
        let strength = |(a, b, c): (usize, usize, usize)| {
            let mut scores = [self.score(b, a), self.score(c, a), self.score(c, b)];
            scores.sort_unstable();
            // The second best decides.
            let [_, second, best] = scores;
            self.threshold.is_reached(second).then_some((second, best))
        };
        let (_, (a, b, c)) = triples
            .filter_map(|triple| Some((strength(triple)?, triple)))
            .max()?;
        let template = |at: usize| self.usable.get(at).cloned();
        Some([template(a)?, template(b)?, template(c)?])
    }

    fn score(&self, later: usize, earlier: usize) -> Score {
        let mut scores = self.scores.iter();
        let found = scores.find(|(one, other, _)| (*one, *other) == (later, earlier));
        found.map_or(Score(0), |(.., score)| *score)
    }
}

/// Most bytes of a module's own template.
const MOST_OF_MODULE: usize = ModuleTemplate::LONGEST;

/// References as bytes, to be sealed and stored: how many, each with its length before it, and the
/// module's own template, if there is one, likewise.
#[must_use]
pub fn to_bytes(references: &[Template], module: Option<&ModuleTemplate>) -> Zeroizing<Vec<u8>> {
    let each = MOST_BYTES.saturating_add(2);
    let most = MOST_REFERENCES
        .saturating_mul(each)
        .saturating_add(MOST_OF_MODULE)
        .saturating_add(3);
    let mut out = Zeroizing::new(Vec::with_capacity(most));
    let count = references.len().min(MOST_REFERENCES);
    out.push(u8::try_from(count).unwrap_or(0));
    let mut put = |bytes: &[u8]| {
        let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        out.extend(length.to_be_bytes());
        out.extend_from_slice(bytes);
    };
    for reference in references.iter().take(count) {
        put(&reference.to_bytes());
    }
    put(module.map(ModuleTemplate::bytes).unwrap_or_default());
    out
}

/// The references that [`to_bytes`] wrote, and the module's own template.
///
/// # Errors
/// [`TemplateError`]; more than three, or a length that does not fit, are a fault.
pub fn from_bytes(bytes: &[u8]) -> Result<(Vec<Template>, Option<ModuleTemplate>), TemplateError> {
    let malformed = |rest: &[u8]| TemplateError::Malformed(bytes.len().saturating_sub(rest.len()));
    let (count, mut rest) = bytes.split_first().ok_or(TemplateError::Malformed(0))?;
    if usize::from(*count) > MOST_REFERENCES {
        return Err(TemplateError::Malformed(0));
    }
    let mut next = || {
        let fault = malformed(rest);
        let (length, after) = rest.split_first_chunk::<2>().ok_or(fault)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (part, after) = after.split_at_checked(length).ok_or(fault)?;
        rest = after;
        Ok(part)
    };
    let mut references = Vec::new();
    for _ in 0..*count {
        references.push(Template::from_bytes(next()?)?);
    }
    let module = next()?;
    let fault = malformed(rest);
    let module = match module {
        [] => None,
        bytes => Some(ModuleTemplate::new(Zeroizing::new(bytes.to_vec())).ok_or(fault)?),
    };
    if !rest.is_empty() {
        return Err(fault);
    }
    Ok((references, module))
}

#[cfg(test)]
#[path = "enrolment_tests.rs"]
mod tests;

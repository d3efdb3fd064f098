//! From bytes and the times at which they came to scans. No device and no clock: whoever has them
//! passes them in.

use core::fmt;
use core::time::Duration;
use std::collections::VecDeque;

use cccd_port::{Feedback, Misread};
use zeroize::Zeroizing;

use crate::mrz::{Desko, Lines, ThreeM};
use crate::profile::{Ends, Form};
use crate::repeats::Repeats;
use crate::text::Text;

/// How long a quiet line ends a text that has no end of its own.
const IDLE_ENDS: Duration = Duration::from_millis(100);
/// How long a quiet line takes the rest of a frame for lost. At 9600 bits a second a zone takes a
/// tenth of that; a new frame that begins earlier is found all the same.
const IDLE_LOSES: Duration = Duration::from_secs(1);

/// What a step of framing ended in, if it ended anything.
pub(crate) type Ended = Option<Result<Zeroizing<String>, Misread>>;

/// What came.
#[derive(PartialEq, Eq)]
pub enum Outcome {
    /// The text of a code; of a zone its lines, with a line feed between.
    Scan(Zeroizing<String>),
    /// Something that is no scan.
    Misread(Misread),
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scan(_) => f.write_str("Scan([redacted])"),
            Self::Misread(why) => f.debug_tuple("Misread").field(why).finish(),
        }
    }
}

enum Syntax {
    Text(Text),
    Lines(Lines),
    Desko(Desko),
    ThreeM(ThreeM),
}

/// Takes the bytes of one line apart.
pub struct Framer {
    syntax: Syntax,
    loses_after: Duration,
    heard: Duration,
    repeats: Repeats,
    /// With the time at which each was whole.
    outcomes: VecDeque<(Outcome, Duration)>,
}

impl Framer {
    /// One that has heard nothing yet.
    #[must_use]
    pub fn new(form: Form) -> Self {
        let idle_ends = matches!(form, Form::Text { ends, .. } if ends.contains(Ends::IDLE));
        Self {
            syntax: match form {
                Form::Text { ends, encoding } => Syntax::Text(Text::new(ends, encoding)),
                Form::MrzLines => Syntax::Lines(Lines::default()),
                Form::MrzDesko => Syntax::Desko(Desko::default()),
                Form::Mrz3m { counts, check } => Syntax::ThreeM(ThreeM::new(counts, check)),
            },
            loses_after: if idle_ends { IDLE_ENDS } else { IDLE_LOSES },
            heard: Duration::ZERO,
            repeats: Repeats::default(),
            outcomes: VecDeque::new(),
        }
    }

    /// Takes bytes that came at `at`, counted from any fixed moment, never going back.
    pub fn feed(&mut self, bytes: &[u8], at: Duration) {
        self.idle(at);
        for byte in bytes {
            let ended = match &mut self.syntax {
                Syntax::Text(text) => text.byte(*byte),
                Syntax::Lines(lines) => lines.byte(*byte),
                Syntax::Desko(frame) => frame.byte(*byte),
                Syntax::ThreeM(frame) => frame.byte(*byte),
            };
            self.put(ended, at);
        }
        self.heard = at;
    }

    /// Nothing more had come at `at`: ends or loses what has begun, where that is long enough.
    pub fn idle(&mut self, at: Duration) {
        while self.due().is_some_and(|due| due <= at) {
            let ended = match &mut self.syntax {
                Syntax::Text(text) => text.idle(),
                Syntax::Lines(lines) => lines.idle(),
                Syntax::Desko(frame) => frame.idle(),
                Syntax::ThreeM(frame) => frame.idle(),
            };
            self.put(ended, at);
        }
    }

    /// When [`Self::idle`] has something to say, unless more comes; `None` where nothing has begun.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        let begun = match &self.syntax {
            Syntax::Text(text) => text.has_begun(),
            Syntax::Lines(lines) => lines.has_begun(),
            Syntax::Desko(frame) => frame.has_begun(),
            Syntax::ThreeM(frame) => frame.has_begun(),
        };
        begun.then(|| self.heard.saturating_add(self.loses_after))
    }

    /// What came, in order. The same text within two seconds is one scan.
    pub fn next_outcome(&mut self) -> Option<Outcome> {
        while let Some((outcome, at)) = self.outcomes.pop_front() {
            match outcome {
                Outcome::Scan(text) if !self.repeats.is_new(&text, at) => {}
                outcome => return Some(outcome),
            }
        }
        None
    }

    /// What became of the scan that was fetched last.
    pub fn told(&mut self, feedback: Feedback) {
        self.repeats.told(feedback);
    }

    /// Forgets what has begun: the line was lost.
    pub fn reset(&mut self) {
        match &mut self.syntax {
            Syntax::Text(text) => text.reset(),
            Syntax::Lines(lines) => lines.reset(),
            Syntax::Desko(frame) => frame.reset(),
            Syntax::ThreeM(frame) => frame.reset(),
        }
    }

    fn put(&mut self, ended: Ended, at: Duration) {
        let Some(ended) = ended else {
            return;
        };
        let outcome = match ended {
            Ok(text) => Outcome::Scan(text),
            Err(why) => Outcome::Misread(why),
        };
        // Noise says the same over and over.
        let before = self.outcomes.back().map(|(before, _)| before);
        let again = before == Some(&outcome) && matches!(outcome, Outcome::Misread(_));
        if !again {
            self.outcomes.push_back((outcome, at));
        }
    }
}

#[cfg(test)]
mod tests;

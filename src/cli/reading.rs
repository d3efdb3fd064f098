//! One reading at some readers, with a bar on the terminal: what `read` and `recording replay` share.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use cccd_desk::crypto::random::Random;
use cccd_desk::decision::verdict::ReadingCount;
use cccd_desk::desk::quirks::Quirks;
use cccd_desk::desk::reading::{Fingerprints, Instructions, Keys, Place, ReadingEvent, read_at};
use cccd_desk::transport::{
    Arrival, CancelToken, Limits, ReaderChoice, ReaderHub, TransportError, Waits, display_name,
};
use cccd_desk::verify::Evidence;
use cccd_desk::verify::evidence::Step;
use cccd_desk::verify::fault;
use cccd_port::{CardReaders, LinkFault, SystemClock};
use indicatif::{ProgressBar, ProgressStyle};

/// There is no reader.
pub struct NoReader(pub LinkFault);

/// What a reading needs.
pub struct Reading<'a> {
    /// The readers.
    pub readers: Arc<dyn CardReaders>,
    /// Which of them, by name.
    pub reader: Option<&'a str>,
    /// How long a card is waited for, first or laid back.
    pub wait: Duration,
    /// What opens the card.
    pub keys: &'a Keys,
    /// Whether fingerprints are read.
    pub fingerprints: Fingerprints<'a>,
    /// What is known of readers and chips.
    pub quirks: &'a Quirks,
    /// Where nonces come from.
    pub random: &'a mut dyn Random,
    /// No bar.
    pub quiet: bool,
}

/// Waits for the card and reads it. A card that could not be asked anything is evidence of that.
///
/// # Errors
/// [`NoReader`].
pub fn one(reading: Reading<'_>) -> Result<(Evidence, ReadingCount), NoReader> {
    let bar = Progress::new(reading.quiet);
    let found = at_hub(reading, &bar);
    bar.finish();
    match found {
        Ok(found) => Ok(found),
        Err(TransportError::Link(fault @ (LinkFault::NoReader | LinkFault::ServiceLost))) => {
            Err(NoReader(fault))
        }
        Err(error) => {
            let evidence = Evidence {
                link: Step::Aborted(fault::of_transport(error)),
                ..Evidence::default()
            };
            Ok((evidence, ReadingCount::default()))
        }
    }
}

fn at_hub(
    reading: Reading<'_>,
    bar: &Progress,
) -> Result<(Evidence, ReadingCount), TransportError> {
    let lost = |_| TransportError::Link(LinkFault::ServiceLost);
    let hub = ReaderHub::start(reading.readers).map_err(lost)?;
    if !hub.first_look(Duration::from_secs(5)) {
        return Err(LinkFault::ServiceLost.into());
    }
    let choice = ReaderChoice::from_name(reading.reader);
    let all: Vec<_> = hub
        .readers()
        .into_iter()
        .map(|reader| reader.name)
        .collect();
    let found = hub.find(&choice);
    if found.is_err() && reading.reader.is_some() && !all.is_empty() {
        let names: Vec<&str> = all.iter().map(|name| name.0.as_str()).collect();
        eprintln!(
            "cccd-desk: no reader of that name; there are: {}",
            names.join(", ")
        );
    }
    bar.say(&format!(
        "{}: đặt thẻ lên đầu đọc · lay the card on the reader",
        display_name(&found?, &all)
    ));
    let place = Place {
        hub: &hub,
        choice: &choice,
        waits: Waits::default(),
        first: reading.wait,
        lay_back: reading.wait,
        cancel: &CancelToken::new(),
    };
    let instructions = Instructions {
        keys: reading.keys,
        clock: &SystemClock::default(),
        limits: Limits::default(),
        fingerprints: reading.fingerprints,
    };
    let recall = |arrival: &Arrival| reading.quirks.abilities(&arrival.reader, &arrival.atr);
    let found = read_at(place, instructions, &recall, reading.random, &mut |event| {
        bar.hear(&event);
    })?;
    Ok((found.evidence, found.counts))
}

/// A bar on stderr where that is a terminal, and silence elsewhere.
struct Progress(Option<ProgressBar>);

impl Progress {
    fn new(quiet: bool) -> Self {
        let shown = std::io::stderr().is_terminal() && !quiet;
        Self(shown.then(|| {
            let style = ProgressStyle::with_template("{msg:<44} {bar:30} {bytes:>9}/{total_bytes}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(0).with_style(style)
        }))
    }

    fn say(&self, text: &str) {
        if let Some(bar) = &self.0 {
            bar.set_message(text.to_owned());
            bar.tick();
        }
    }

    fn hear(&self, event: &ReadingEvent) {
        let Some(bar) = &self.0 else { return };
        match event {
            ReadingEvent::Progress {
                phase,
                bytes,
                total,
            } => {
                bar.set_message((*phase).to_owned());
                bar.set_length(u64::from(total.unwrap_or(0)));
                bar.set_position(u64::from(*bytes));
            }
            ReadingEvent::Lifted => {
                bar.set_message("thẻ bị nhấc ra: đặt lại · card lifted: lay it back");
            }
            ReadingEvent::Claimed(_)
            | ReadingEvent::Signable(_)
            | ReadingEvent::Signed(_)
            | ReadingEvent::LaidBack => {}
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

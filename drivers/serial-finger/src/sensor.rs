//! The sensor that the desk sees.

use core::time::Duration;

use cccd_port::{
    CaptureStep, FingerImage, FingerprintSensor, ModuleMatch, ModuleMatcher, ModuleTemplate,
    SensorFault,
};
use zeroize::Zeroizing;

use crate::codes::{NO_FINGER, NO_MATCH, OK};
use crate::command::{Buffer, Command};
use crate::doubt::{Doubt, Stop};
use crate::line::{Line, LineOpener};
use crate::model::DataEnd;
use crate::parameters::Identity;
use crate::settings::Settings;
use crate::talk::{Amount, Talk};

/// How often a line in doubt is mended while a finger is waited for.
const MENDS: usize = 3;
/// More bytes than any image has.
const LARGEST_IMAGE: usize = 2_048 * 2_048 / 2;

/// A module on a line. The line is opened at the first call, and again after it was lost.
pub struct Zfm {
    opener: Box<dyn LineOpener>,
    line: Option<Box<dyn Line>>,
    settings: Settings,
    doubt: Option<Doubt>,
}

/// A caller's ear, and his way out.
struct Caller<'a> {
    within: Duration,
    step: &'a mut dyn FnMut(CaptureStep),
}

impl Zfm {
    /// A module that is set up so.
    #[must_use]
    pub fn new(opener: Box<dyn LineOpener>, settings: Settings) -> Self {
        Self {
            opener,
            line: None,
            settings,
            doubt: None,
        }
    }

    /// Why an answer was not taken, the last time that one was not: for a log. Calls that ended
    /// well may leave one, too.
    #[must_use]
    pub const fn last_doubt(&self) -> Option<Doubt> {
        self.doubt
    }

    /// What the module says of itself: for the doctor.
    ///
    /// # Errors
    /// As for [`FingerprintSensor::capture`], less what has to do with fingers.
    pub fn identify(&mut self, cancelled: &dyn Fn() -> bool) -> Result<Identity, SensorFault> {
        self.call(cancelled, |talk| {
            talk.deadline = talk.now().saturating_add(talk.settings.timings.answer);
            let stored = talk.ask(Command::TemplateNum)?.done()?.number()?;
            Ok(Identity {
                parameters: talk.parameters,
                stored,
            })
        })
    }

    /// How many bytes an image has, for a model of which that is not known: twice as many pixels.
    /// Waits up to `within` for a finger, and keeps nothing of it.
    ///
    /// # Errors
    /// As for [`FingerprintSensor::capture`]; and a module that does not mark the end of its data
    /// cannot be measured: [`SensorFault::Timeout`].
    pub fn measure(
        &mut self,
        within: Duration,
        step: &mut dyn FnMut(CaptureStep),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<usize, SensorFault> {
        let mut caller = Caller { within, step };
        self.call(cancelled, |talk| {
            finger(talk, &mut caller)?;
            let amount = Amount {
                least: 1,
                most: LARGEST_IMAGE,
            };
            let mut bytes: usize = 0;
            image(talk, amount, &mut |piece| {
                bytes = bytes.saturating_add(piece.len());
            })?;
            Ok(bytes)
        })
    }

    /// Opens the line where it is not open, shakes hands, and does the `work`. A line that was
    /// lost since the last call is opened anew.
    fn call<T>(
        &mut self,
        cancelled: &dyn Fn() -> bool,
        mut work: impl FnMut(&mut Talk<'_>) -> Result<T, Stop>,
    ) -> Result<T, SensorFault> {
        let used = self.line.is_some();
        let ended = self.once(cancelled, &mut work);
        if used && matches!(ended, Err((SensorFault::SensorLost, false))) {
            return self
                .once(cancelled, &mut work)
                .map_err(|(fault, _)| match fault {
                    // It was there a moment ago.
                    SensorFault::NoSensor => SensorFault::SensorLost,
                    fault => fault,
                });
        }
        ended.map_err(|(fault, _)| fault)
    }

    /// As [`Self::call`]; the fault says whether it came after the handshake.
    fn once<T>(
        &mut self,
        cancelled: &dyn Fn() -> bool,
        work: &mut impl FnMut(&mut Talk<'_>) -> Result<T, Stop>,
    ) -> Result<T, (SensorFault, bool)> {
        let mut line = match self.line.take() {
            Some(line) => line,
            None => self.opener.open().map_err(|fault| (fault, false))?,
        };
        let deadline = line.elapsed().saturating_add(self.settings.timings.shaking);
        let mut talk = Talk {
            line: line.as_mut(),
            settings: &self.settings,
            cancelled,
            deadline,
            parameters: None,
            doubt: self.doubt,
        };
        let shaken = talk.handshake().map_err(|fault| (fault, false));
        let ended = shaken.and_then(|()| {
            work(&mut talk).map_err(|stop| {
                if let Stop::Doubt(doubt) = stop {
                    talk.doubt = Some(doubt);
                }
                (stop.fault(), true)
            })
        });
        self.doubt = talk.doubt;
        if !matches!(ended, Err((SensorFault::SensorLost, _))) {
            self.line = Some(line);
        }
        ended
    }
}

/// Waits for a finger, and leaves its picture in the module's buffer. Nothing has been decided yet,
/// so a line in doubt is mended here and now.
fn finger(talk: &mut Talk<'_>, caller: &mut Caller<'_>) -> Result<(), Stop> {
    let until = talk.now().saturating_add(caller.within);
    talk.deadline = until.saturating_add(talk.settings.timings.answer);
    (caller.step)(CaptureStep::FingerWanted);
    let mut mends = 0;
    loop {
        match look(talk, until) {
            Ok(true) => break,
            Ok(false) if talk.now() >= until => return Err(SensorFault::NoFinger.into()),
            Ok(false) => {}
            Err(Stop::Doubt(doubt)) if mends < MENDS => {
                talk.doubt = Some(doubt);
                mends += 1;
                talk.handshake()?;
            }
            Err(stop) => return Err(stop),
        }
    }
    talk.deadline = talk.now().saturating_add(talk.settings.timings.fetching);
    (caller.step)(CaptureStep::FingerMayGo);
    Ok(())
}

/// Whether a finger lies there; waits a little where it does not.
fn look(talk: &mut Talk<'_>, until: Duration) -> Result<bool, Stop> {
    let ack = talk.ask(Command::GenImg)?;
    if ack.code != NO_FINGER {
        return ack.done().map(|_| true);
    }
    talk.listen(talk.within(talk.settings.timings.look).min(until))?;
    Ok(false)
}

/// Fetches the picture that lies in the module's buffer.
fn image(talk: &mut Talk<'_>, amount: Amount, sink: &mut dyn FnMut(&[u8])) -> Result<(), Stop> {
    let until = talk.now().saturating_add(talk.settings.timings.image);
    talk.ask(Command::UpImage)?.done()?;
    talk.fetch(amount, until, sink)?;
    if talk.settings.model.end != DataEnd::Marked && talk.settle()? > 0 {
        return Err(Doubt::Amount.into());
    }
    talk.greet()
}

/// Fetches a template from a buffer.
fn template(talk: &mut Talk<'_>, buffer: Buffer) -> Result<Zeroizing<Vec<u8>>, Stop> {
    talk.ask(Command::UpChar(buffer))?.done()?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(ModuleTemplate::LONGEST));
    let amount = match talk.settings.model.end {
        DataEnd::Marked => Amount {
            least: ModuleTemplate::SHORTEST,
            most: ModuleTemplate::LONGEST,
        },
        DataEnd::Unmarked { template } => Amount::exactly(template),
    };
    let until = talk.deadline;
    talk.fetch(amount, until, &mut |piece| bytes.extend_from_slice(piece))?;
    if talk.settings.model.end != DataEnd::Marked {
        // The zeros that such a module adds.
        talk.settle()?;
    }
    Ok(bytes)
}

/// Waits for a finger, and fetches its picture.
fn picture(talk: &mut Talk<'_>, caller: &mut Caller<'_>) -> Result<FingerImage, Stop> {
    let model = &talk.settings.model;
    let (Some((width, height)), Some(bytes), dpi) = (model.image, model.image_bytes(), model.dpi)
    else {
        return Err(SensorFault::ProtocolViolation.into());
    };
    finger(talk, caller)?;
    let total = u32::try_from(bytes).map_err(|_| Doubt::Amount)?;
    let mut done: u32 = 0;
    let mut grey = Zeroizing::new(Vec::with_capacity(bytes.saturating_mul(2)));
    image(talk, Amount::exactly(bytes), &mut |piece| {
        pixels(piece, &mut grey);
        done = done.saturating_add(u32::try_from(piece.len()).unwrap_or(u32::MAX));
        (caller.step)(CaptureStep::Fetching { done, total });
    })?;
    FingerImage::new(width, height, dpi, grey).ok_or(Doubt::Amount.into())
}

/// The template of what lies in the module's buffer of pictures. It is fetched twice: its length is not
/// known beforehand, so a lost packet would not be missed.
fn template_of_press(talk: &mut Talk<'_>) -> Result<ModuleTemplate, Stop> {
    talk.ask(Command::Img2Tz(Buffer::One))?.done()?;
    let bytes = template(talk, Buffer::One)?;
    if template(talk, Buffer::One)? != bytes {
        return Err(Doubt::Unsteady.into());
    }
    talk.greet()?;
    ModuleTemplate::new(bytes).ok_or(Doubt::Amount.into())
}

/// What the module says of `stored` and of what lies in its buffer of pictures. The stored template goes
/// down to buffer 1 and is read back: the module acknowledges no data, and what lay there before may be
/// another person's. The finger goes to buffer 2.
fn comparison_of_press(talk: &mut Talk<'_>, stored: &ModuleTemplate) -> Result<ModuleMatch, Stop> {
    talk.ask(Command::Img2Tz(Buffer::Two))?.done()?;
    talk.ask(Command::DownChar(Buffer::One))?.done()?;
    talk.deliver(stored.bytes())?;
    if template(talk, Buffer::One)?.as_slice() != stored.bytes() {
        return Err(Doubt::Unsteady.into());
    }
    let ack = talk.ask(Command::Match)?;
    let level = talk.parameters.map(|said| said.level);
    let said = match (ack.code, ack.number()) {
        // A score of 0 is no match, whatever the code says.
        (OK, Ok(0)) => return Err(Doubt::Content.into()),
        (OK, Ok(score)) => ModuleMatch::Matches { score, level },
        (NO_MATCH, Ok(_)) => ModuleMatch::Differs { level },
        _ => {
            ack.done()?;
            return Err(Doubt::Content.into());
        }
    };
    talk.greet()?;
    Ok(said)
}

/// Does what comes after a picture: its fault costs no picture, and leaves a doubt for the log.
fn besides<T>(
    talk: &mut Talk<'_>,
    work: impl FnOnce(&mut Talk<'_>) -> Result<T, Stop>,
) -> Result<T, SensorFault> {
    work(talk).map_err(|stop| {
        if let Stop::Doubt(doubt) = stop {
            talk.doubt = Some(doubt);
        }
        stop.fault()
    })
}

/// Two pixels a byte, the first in the high half; 16 greys to 256.
fn pixels(bytes: &[u8], into: &mut Vec<u8>) {
    for byte in bytes {
        into.push((byte >> 4).saturating_mul(17));
        into.push((byte & 0x0F).saturating_mul(17));
    }
}

impl FingerprintSensor for Zfm {
    /// Tells that the finger may go as soon as it lay there: the picture is then in the module, and
    /// is fetched from there. A model whose image has no known size ends in
    /// [`SensorFault::ProtocolViolation`].
    fn capture(
        &mut self,
        within: Duration,
        step: &mut dyn FnMut(CaptureStep),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<FingerImage, SensorFault> {
        let mut caller = Caller { within, step };
        self.call(cancelled, |talk| picture(talk, &mut caller))
    }

    fn model(&self) -> &str {
        self.settings.model.name
    }
}

impl ModuleMatcher for Zfm {
    fn template(
        &mut self,
        within: Duration,
        step: &mut dyn FnMut(CaptureStep),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<ModuleTemplate, SensorFault> {
        let mut caller = Caller { within, step };
        self.call(cancelled, |talk| {
            finger(talk, &mut caller)?;
            template_of_press(talk)
        })
    }

    fn capture_with_template(
        &mut self,
        within: Duration,
        step: &mut dyn FnMut(CaptureStep),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<(FingerImage, Result<ModuleTemplate, SensorFault>), SensorFault> {
        let mut caller = Caller { within, step };
        self.call(cancelled, |talk| {
            let image = picture(talk, &mut caller)?;
            Ok((image, besides(talk, template_of_press)))
        })
    }

    fn capture_and_compare(
        &mut self,
        stored: &ModuleTemplate,
        within: Duration,
        step: &mut dyn FnMut(CaptureStep),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<(FingerImage, Result<ModuleMatch, SensorFault>), SensorFault> {
        let mut caller = Caller { within, step };
        self.call(cancelled, |talk| {
            let image = picture(talk, &mut caller)?;
            let said = besides(talk, |talk| comparison_of_press(talk, stored));
            Ok((image, said))
        })
    }

    fn compare(
        &mut self,
        stored: &ModuleTemplate,
        within: Duration,
        step: &mut dyn FnMut(CaptureStep),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<ModuleMatch, SensorFault> {
        let mut caller = Caller { within, step };
        self.call(cancelled, |talk| {
            finger(talk, &mut caller)?;
            comparison_of_press(talk, stored)
        })
    }
}

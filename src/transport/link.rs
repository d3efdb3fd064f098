//! Commands in, whole responses out.

use core::time::Duration;

use cccd_port::{Atr, CardChannel, Clock, LinkFault};
use zeroize::Zeroizing;

use super::budget::{Counts, Limits};
use super::command::Command;
use super::error::TransportError;
use super::response::Response;

/// The most GET RESPONSE that one command is worth.
const MOST_CONTINUATIONS: u32 = 300;
/// The most bytes that one command can bring: the longest response, and some room for a card that
/// counts its protected answer in pieces.
const MOST_BYTES: usize = 70_000;

/// APDUs to one card within a transaction, and nothing more: what they mean is the chip's matter.
///
/// Follows `61xx` with GET RESPONSE and `6Cxx` with one repetition, so that callers see a command
/// and its whole response (ISO/IEC 7816-4, 5.3.4 and 5.6). Both belong below secure messaging: GET
/// RESPONSE is sent plain and brings pieces of the protected response. Everything that comes from
/// the card is bounded in bytes, rounds and time.
pub struct Link<'card> {
    channel: &'card mut dyn CardChannel,
    clock: &'card dyn Clock,
    limits: Limits,
    begun: Duration,
    phase: &'static str,
    counts: Counts,
    sent: u32,
    allowed: u32,
    continued: bool,
}

impl<'card> Link<'card> {
    /// A link over `channel`. The time of [`Limits::session`] begins now.
    pub fn new(
        channel: &'card mut dyn CardChannel,
        clock: &'card dyn Clock,
        limits: Limits,
    ) -> Self {
        let begun = clock.elapsed();
        Self {
            channel,
            clock,
            limits,
            begun,
            phase: "link",
            counts: Counts::default(),
            sent: 0,
            allowed: limits.beyond,
            continued: false,
        }
    }

    /// Exchanges from here on are counted as `phase`.
    pub fn begin_phase(&mut self, phase: &'static str) {
        self.phase = phase;
    }

    /// What the reading took so far.
    #[must_use]
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// A session begins, with its own [`Limits::beyond`].
    pub const fn begin_session(&mut self) {
        self.allowed = self.sent.saturating_add(self.limits.beyond);
    }

    /// So many APDUs more are necessary: the length of a file is known now.
    pub fn allow(&mut self, apdus: usize) {
        let more = u32::try_from(apdus).unwrap_or(u32::MAX);
        self.allowed = self.allowed.saturating_add(more);
    }

    /// Whether the last response came in pieces (`61xx`).
    #[must_use]
    pub const fn was_continued(&self) -> bool {
        self.continued
    }

    /// The answer to reset.
    #[must_use]
    pub fn atr(&self) -> Atr {
        Atr(self.channel.atr().to_vec())
    }

    /// Sends a command and returns the whole response, whatever its status word.
    ///
    /// # Errors
    /// [`TransportError`] where there is no whole response.
    pub fn transmit(&mut self, command: &Command) -> Result<Response, TransportError> {
        let mut response = self.exchange_at_right_length(command)?;
        let mut continuations = 0;
        self.continued = response.status.bytes_available().is_some();
        while let Some(available) = response.status.bytes_available() {
            if continuations == MOST_CONTINUATIONS {
                return Err(TransportError::ResponseLoop);
            }
            continuations += 1;
            let next = self.exchange_at_right_length(&Command::get_response(available))?;
            // A card that announces more and brings nothing would do so for ever.
            if next.data.is_empty() && next.status.bytes_available().is_some() {
                return Err(TransportError::ResponseLoop);
            }
            if response.data.len().saturating_add(next.data.len()) > MOST_BYTES {
                return Err(TransportError::ResponseLoop);
            }
            // Grown by hand: a vector that grows by itself leaves its old bytes behind unwiped.
            let mut data = Zeroizing::new(Vec::with_capacity(
                response.data.len().saturating_add(next.data.len()),
            ));
            data.extend_from_slice(&response.data);
            data.extend_from_slice(&next.data);
            response = Response {
                data,
                status: next.status,
            };
        }
        Ok(response)
    }

    /// One exchange, and one more where the card names the length that it would have accepted.
    fn exchange_at_right_length(&mut self, command: &Command) -> Result<Response, TransportError> {
        let response = self.exchange(command)?;
        let Some(length) = response.status.right_length() else {
            return Ok(response);
        };
        let corrected = self.exchange(&command.clone().expecting(length))?;
        if corrected.status.right_length().is_some() {
            return Err(TransportError::ResponseLoop);
        }
        Ok(corrected)
    }

    /// One exchange.
    fn exchange(&mut self, command: &Command) -> Result<Response, TransportError> {
        let before = self.clock.elapsed();
        if before.saturating_sub(self.begun) >= self.limits.session
            || self.sent >= self.limits.apdus.min(self.allowed)
        {
            return Err(TransportError::ReadTimeout);
        }
        let apdu = command.encode()?;
        let answer = self.channel.transmit(&apdu).map(Zeroizing::new);
        let time = self.clock.elapsed().saturating_sub(before);
        self.sent = self.sent.saturating_add(1);
        let received = answer.as_ref().map_or(0, |bytes| bytes.len());
        self.counts.add(self.phase, apdu.len(), received, time);
        let answer = answer.map_err(|fault| match fault {
            LinkFault::ResponseMalformed { length } => TransportError::ResponseMalformed {
                length,
                most: command.most_expected().saturating_add(2),
            },
            fault => fault.into(),
        })?;
        if time > self.limits.apdu {
            return Err(TransportError::ReadTimeout);
        }
        Response::parse(answer, command.most_expected())
    }
}

#[cfg(test)]
mod tests;

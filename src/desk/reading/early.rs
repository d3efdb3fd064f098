//! Hashes, signature and path are checked on a thread of their own while the chip is asked for the
//! rest (CHECKS e, 4): the clerk sees early whether the issuer signed what stands on the page.

use std::thread;

use super::ReadingEvent;
use crate::verify::Evidence;

/// Runs `read` with an ear for its events. As soon as what came can be checked, `is_signed` is asked
/// aside, and its answer goes to `events` with the next event after it; where the card is lifted, nothing
/// else may come for long, and the answer is waited for.
pub fn checking_early<T>(
    is_signed: &(dyn Fn(&Evidence) -> bool + Sync),
    events: &mut dyn FnMut(ReadingEvent),
    read: impl FnOnce(&mut dyn FnMut(ReadingEvent)) -> T,
) -> T {
    thread::scope(|scope| {
        let mut asked: Option<thread::ScopedJoinHandle<'_, bool>> = None;
        read(&mut |event| {
            if let ReadingEvent::Signable(evidence) = event {
                asked = Some(scope.spawn(move || is_signed(&evidence)));
                return;
            }
            let waits = matches!(event, ReadingEvent::Lifted);
            if let Some(answer) = asked.take_if(|asked| waits || asked.is_finished()) {
                match answer.join() {
                    Ok(signed) => events(ReadingEvent::Signed(signed)),
                    // A check that breaks down ends this reading, as one in its own thread would.
                    Err(broken) => std::panic::resume_unwind(broken),
                }
            }
            events(event);
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn the_answer_comes_between_two_events_and_the_evidence_goes_no_further() {
        for due in [true, false] {
            let heard = AtomicBool::new(false);
            let mut events = |event| match event {
                ReadingEvent::Signed(signed) => {
                    assert_eq!(signed, due);
                    heard.store(true, Ordering::Release);
                }
                ReadingEvent::LaidBack => {}
                other => unreachable!("{other:?}"),
            };
            let read = checking_early(&|_| due, &mut events, |events| {
                events(ReadingEvent::Signable(Box::default()));
                // However long the other thread takes.
                while !heard.load(Ordering::Acquire) {
                    events(ReadingEvent::LaidBack);
                    thread::yield_now();
                }
                7
            });
            assert_eq!(read, 7);
        }
    }
}

//! Work spread over the processors.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

/// Most threads: the matcher has a bound of its own.
const MOST: usize = 4;
/// Results that may wait to be taken.
const WAITING: usize = 64;

/// As many threads as there are processors, four at most.
#[must_use]
pub fn workers() -> usize {
    let there = thread::available_parallelism().map_or(1, NonZero::get);
    there.min(MOST)
}

/// Does `work` for each number below `count`, on [`workers`] threads, and hands the results over in
/// the order in which they are done.
pub fn spread<T: Send>(
    count: usize,
    work: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(usize, T),
) {
    let next = AtomicUsize::new(0);
    let (done, results) = sync_channel(WAITING);
    thread::scope(|scope| {
        for _ in 0..workers() {
            let done = done.clone();
            let (next, work) = (&next, &work);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count || done.send((number, work(number))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(done);
        for (number, result) in results {
            take(number, result);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_done_once() {
        for count in [0, 1, 1_000] {
            let mut done = vec![0_usize; count];
            spread(
                count,
                |number| number * 2,
                |number, twice| {
                    assert_eq!(twice, number * 2);
                    if let Some(done) = done.get_mut(number) {
                        *done += 1;
                    }
                },
            );
            assert!(done.iter().all(|times| *times == 1));
        }
    }
}

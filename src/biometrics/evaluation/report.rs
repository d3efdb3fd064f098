//! The figures of an evaluation as text for people: what those of every modality have in common.

use core::fmt::{self, Write as _};

use super::{Det, EvaluationFault, Interval, Proportion, Rates, Scores, number, subject_bootstrap};

/// False match rates at which the false non-match rate is told.
const WORKING_POINTS: [f64; 3] = [1e-2, 1e-3, 1e-4];
/// Draws of the bootstrap.
const DRAWS: u32 = 1_000;

/// What a measurement is to be called, of which pictures, and when it was made (ISO 8601).
#[derive(Clone, Copy, Debug)]
pub struct Naming<'n> {
    /// Its name.
    pub name: &'n str,
    /// The pictures.
    pub set: &'n str,
    /// The day.
    pub made: &'n str,
}

/// How a modality speaks of itself.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// One of those that are told apart: `person`, `finger`.
    pub subject: &'static str,
    /// Several of them.
    pub subjects: &'static str,
    /// Decimals of a score.
    pub decimals: usize,
    /// Seed of the bootstrap: the same pictures give the same interval.
    pub seed: u64,
}

/// Pictures enrolled, and those that were not by why: a failure is counted, and not hidden.
///
/// # Errors
/// The writer's.
pub fn enrolment<'w>(
    out: &mut String,
    words: &Words,
    subjects: usize,
    enrolled: usize,
    not_enrolled: impl IntoIterator<Item = (&'w str, usize)>,
) -> fmt::Result {
    let reasons: Vec<_> = not_enrolled.into_iter().collect();
    let failed: usize = reasons.iter().map(|(_, count)| count).sum();
    let failure = Proportion::new(failed, enrolled.saturating_add(failed));
    let Words {
        subjects: several, ..
    } = words;
    writeln!(out, "\n{subjects} {several}, {enrolled} pictures enrolled")?;
    writeln!(
        out,
        "failure to enrol {} of {}: {}",
        failure.errors,
        failure.trials,
        rate(failure)
    )?;
    for (why, count) in reasons {
        writeln!(out, "  {count:>6} {why}")?;
    }
    Ok(())
}

/// How many pairs there are of each kind.
///
/// # Errors
/// The writer's.
pub fn pairs(out: &mut String, words: &Words, scores: &Scores) -> fmt::Result {
    writeln!(
        out,
        "{} pairs of one {}, {} pairs of two",
        scores.genuine.len(),
        words.subject,
        scores.impostor.len()
    )
}

/// Both error rates at some thresholds.
///
/// # Errors
/// The writer's.
pub fn thresholds(out: &mut String, words: &Words, rates: &[Rates]) -> fmt::Result {
    writeln!(
        out,
        "\nthreshold   FMR  (Wilson 95 %)                        FNMR  (Wilson 95 %)"
    )?;
    for Rates {
        threshold,
        fmr,
        fnmr,
    } in rates
    {
        let (fmr, fnmr) = (rate(*fmr), rate(*fnmr));
        writeln!(out, "{threshold:>8.*}   {fmr:<38} {fnmr}", words.decimals)?;
    }
    Ok(())
}

/// The equal error rate, with the interval over people or fingers.
///
/// # Errors
/// As [`Scores::check`].
pub fn equal_error(
    out: &mut String,
    words: &Words,
    scores: &Scores,
) -> Result<(), EvaluationFault> {
    let equal = Det::new(scores)?.equal_error();
    let over = subject_bootstrap(scores, DRAWS, words.seed, |det| det.equal_error().rate)?;
    // Writing to a string never fails.
    let _ = writeln!(
        out,
        "Equal error rate {} at {:.*}, 95 % over {} {}",
        percent(equal.rate),
        words.decimals.max(1),
        equal.threshold,
        words.subjects,
        interval(over.interval)
    );
    Ok(())
}

/// The false non-match rate that some false match rates leave.
///
/// # Errors
/// As [`Scores::check`].
pub fn working_points(
    out: &mut String,
    words: &Words,
    scores: &Scores,
) -> Result<(), EvaluationFault> {
    let det = Det::new(scores)?;
    // Writing to a string never fails.
    let _ = writeln!(
        out,
        "\nFNMR at a given FMR                FNMR   threshold  95 % over {} (bootstrap)",
        words.subjects
    );
    for fmr in WORKING_POINTS {
        // Fewer than ten pairs above a rate say little of it.
        let supported = number(scores.impostor.len()) * fmr >= 10.0;
        let point = det.at_fmr(fmr);
        let bootstrap = subject_bootstrap(scores, DRAWS, words.seed, |det| det.at_fmr(fmr).fnmr)?;
        let _ = writeln!(
            out,
            "  FMR {fmr:<9} {:>22} {:>11.*}  {}{}",
            percent(point.fnmr),
            words.decimals.max(1),
            point.threshold,
            interval(bootstrap.interval),
            if supported {
                ""
            } else {
                "  (too few pairs for this rate)"
            }
        );
    }
    Ok(())
}

/// What must be known of all these figures.
///
/// # Errors
/// The writer's.
pub fn caution(out: &mut String, words: &Words) -> fmt::Result {
    writeln!(
        out,
        "\nPairs that share a {} are not independent: Wilson's intervals are too narrow, and the\n\
         bootstrap over {} is the one to go by. Rates measured on one set carry badly to another.",
        words.subject, words.subjects
    )
}

/// Errors over trials with Wilson's interval, in hundredths.
#[must_use]
pub fn rate(errors: Proportion) -> String {
    format!("{} {}", percent(errors.rate()), interval(errors.wilson()))
}

/// A rate in hundredths.
#[must_use]
pub fn percent(rate: f64) -> String {
    format!("{:.3} %", rate * 100.0)
}

/// An interval in hundredths.
#[must_use]
pub fn interval(Interval { low, high }: Interval) -> String {
    format!("[{:.3}, {:.3}]", low * 100.0, high * 100.0)
}

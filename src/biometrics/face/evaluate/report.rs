//! The figures as text, and the calibration that rests on them.

use std::fmt::Write as _;

use super::{Evaluation, NotEnrolled};
use crate::biometrics::evaluation::{
    Det, EvaluationFault, Interval, Proportion, Rates as Measured, subject_bootstrap,
};
use crate::biometrics::face::models::{Calibration, Decision, Models, Rates};

/// False match rates at which the false non-match rate is told.
const WORKING_POINTS: [f64; 3] = [1e-2, 1e-3, 1e-4];
/// Draws of the bootstrap.
const DRAWS: u32 = 1_000;
/// Its seed: the same pictures give the same interval.
const SEED: u64 = 0x6661_6365;
/// Thresholds around those of the models that are told as well, in thousandths.
const AROUND: [i32; 9] = [-40, -30, -20, -10, -5, 0, 5, 10, 20];

/// What the calibration is to be called, of which pictures, and when it was made (ISO 8601).
#[derive(Clone, Copy, Debug)]
pub struct Naming<'n> {
    /// Its name.
    pub name: &'n str,
    /// The pictures.
    pub set: &'n str,
    /// The day.
    pub made: &'n str,
}

/// The report as text for people.
///
/// # Errors
/// [`EvaluationFault`].
pub fn report(
    models: &Models,
    evaluation: &Evaluation,
    naming: &Naming<'_>,
) -> Result<String, EvaluationFault> {
    let det = Det::new(&evaluation.scores)?;
    let mut out = String::new();
    // Writing to a string never fails.
    let _ = head(&mut out, models, evaluation, naming);
    let _ = thresholds(&mut out, models, evaluation)?;
    let equal = det.equal_error();
    let _ = writeln!(
        out,
        "\nEqual error rate {} at {:.4}",
        percent(equal.rate),
        equal.threshold
    );
    let _ = writeln!(
        out,
        "\nFNMR at a given FMR                FNMR   threshold  95 % over people (bootstrap)"
    );
    let impostors = evaluation.scores.impostor.len();
    for fmr in WORKING_POINTS {
        // Fewer than ten pairs above a rate say little of it.
        let supported = crate::biometrics::face::numbers::real(impostors) * fmr >= 10.0;
        let point = det.at_fmr(fmr);
        let bootstrap =
            subject_bootstrap(&evaluation.scores, DRAWS, SEED, |det| det.at_fmr(fmr).fnmr)?;
        let _ = writeln!(
            out,
            "  FMR {fmr:<9} {:>22} {:>11.4}  {}{}",
            percent(point.fnmr),
            point.threshold,
            interval(bootstrap.interval),
            if supported {
                ""
            } else {
                "  (too few pairs for this rate)"
            }
        );
    }
    let _ = writeln!(
        out,
        "\nPairs that share a person are not independent: Wilson's intervals are too narrow, and the\n\
         bootstrap over people is the one to go by. Rates measured on one set carry badly to another."
    );
    Ok(out)
}

fn head(
    out: &mut String,
    models: &Models,
    evaluation: &Evaluation,
    naming: &Naming<'_>,
) -> core::fmt::Result {
    writeln!(out, "{} ({}), {}", naming.name, naming.set, naming.made)?;
    writeln!(out, "models {}", models.digest)?;
    for (role, model) in models.manifest.files() {
        writeln!(out, "  {role:<10} {} {}", model.sha256, model.source)?;
    }
    let Evaluation {
        subjects,
        enrolled,
        not_enrolled,
        scores,
    } = evaluation;
    let failed: usize = not_enrolled.values().sum();
    let failure = Proportion::new(failed, enrolled.saturating_add(failed));
    writeln!(out, "\n{subjects} people, {enrolled} pictures enrolled")?;
    writeln!(
        out,
        "failure to enrol {} of {}: {} {}",
        failure.errors,
        failure.trials,
        percent(failure.rate()),
        interval(failure.wilson())
    )?;
    let reasons: &std::collections::BTreeMap<NotEnrolled, usize> = not_enrolled;
    for (why, count) in reasons {
        writeln!(out, "  {count:>6} {}", why.name())?;
    }
    writeln!(
        out,
        "{} pairs of one person, {} pairs of two",
        scores.genuine.len(),
        scores.impostor.len()
    )
}

fn thresholds(
    out: &mut String,
    models: &Models,
    evaluation: &Evaluation,
) -> Result<core::fmt::Result, EvaluationFault> {
    let decision = &models.manifest.decision;
    let mut thresholds: Vec<f64> = AROUND
        .iter()
        .map(|step| decision.supports + f64::from(*step) / 1_000.0)
        .chain([decision.inconclusive])
        .collect();
    thresholds.sort_by(f64::total_cmp);
    thresholds.dedup_by(|one, other| (*one - *other).abs() < 1e-9);
    let rates = evaluation.scores.rates(&thresholds)?;
    Ok(table(out, &rates))
}

fn table(out: &mut String, rates: &[Measured]) -> core::fmt::Result {
    writeln!(
        out,
        "\nthreshold   FMR  (Wilson 95 %)                        FNMR  (Wilson 95 %)"
    )?;
    for Measured {
        threshold,
        fmr,
        fnmr,
    } in rates
    {
        let both = |errors: &Proportion| {
            format!("{} {}", percent(errors.rate()), interval(errors.wilson()))
        };
        let (fmr, fnmr) = (both(fmr), both(fnmr));
        writeln!(out, "   {threshold:.3}   {fmr:<38} {fnmr}")?;
    }
    Ok(())
}

fn percent(rate: f64) -> String {
    format!("{:.3} %", rate * 100.0)
}

fn interval(Interval { low, high }: Interval) -> String {
    format!("[{:.3}, {:.3}]", low * 100.0, high * 100.0)
}

/// The thresholds of the models with what was measured at them, for `models.toml` and for verdicts to
/// cite.
///
/// # Errors
/// [`EvaluationFault`].
pub fn calibration(
    models: &Models,
    evaluation: &Evaluation,
    naming: &Naming<'_>,
) -> Result<Decision, EvaluationFault> {
    let Decision {
        supports,
        inconclusive,
        ..
    } = models.manifest.decision;
    let measured = evaluation.scores.rates(&[supports, inconclusive])?;
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let mut rates = measured.iter().map(|measured| {
        let wilson = |proportion: Proportion| {
            let Interval { low, high } = proportion.wilson();
            [low, high]
        };
        Rates {
            fmr: measured.fmr.rate(),
            fmr_interval: wilson(measured.fmr),
            fnmr: measured.fnmr.rate(),
            fnmr_interval: wilson(measured.fnmr),
        }
    });
    let at_supports = rates.next().ok_or(EvaluationFault::NoPairs("measured"))?;
    Ok(Decision {
        supports,
        inconclusive,
        calibration: Some(Calibration {
            name: naming.name.to_owned(),
            set: naming.set.to_owned(),
            made: Some(naming.made.to_owned()),
            embedder: models.manifest.embedder.sha256.clone(),
            subjects: count(evaluation.subjects),
            genuine: count(evaluation.scores.genuine.len()),
            impostor: count(evaluation.scores.impostor.len()),
            at_supports,
            at_inconclusive: rates.next(),
        }),
    })
}

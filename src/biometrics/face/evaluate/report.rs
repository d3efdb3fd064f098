//! The figures as text, and the calibration that rests on them.

use std::fmt::Write as _;

use super::{Evaluation, NotEnrolled};
pub use crate::biometrics::evaluation::report::Naming;
use crate::biometrics::evaluation::report::{self, Words};
use crate::biometrics::evaluation::{EvaluationFault, Rates as Measured};
use crate::biometrics::face::models::{Calibration, Decision, Models, Rates};

const WORDS: Words = Words {
    subject: "person",
    subjects: "people",
    decimals: 3,
    seed: 0x6661_6365,
};
/// Thresholds around those of the models that are told as well, in thousandths.
const AROUND: [i32; 9] = [-40, -30, -20, -10, -5, 0, 5, 10, 20];

/// The report as text for people.
///
/// # Errors
/// [`EvaluationFault`].
pub fn report(
    models: &Models,
    evaluation: &Evaluation,
    naming: &Naming<'_>,
) -> Result<String, EvaluationFault> {
    let scores = &evaluation.scores;
    let mut out = String::new();
    // Writing to a string never fails.
    let _ = head(&mut out, models, evaluation, naming);
    let _ = report::thresholds(&mut out, &WORDS, &thresholds(models, evaluation)?);
    out.push('\n');
    report::equal_error(&mut out, &WORDS, scores)?;
    report::working_points(&mut out, &WORDS, scores)?;
    let _ = report::caution(&mut out, &WORDS);
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
    let reason = |(why, count): (&NotEnrolled, &usize)| (why.name(), *count);
    let reasons = not_enrolled.iter().map(reason);
    report::enrolment(out, &WORDS, *subjects, *enrolled, reasons)?;
    report::pairs(out, &WORDS, scores)
}

fn thresholds(models: &Models, evaluation: &Evaluation) -> Result<Vec<Measured>, EvaluationFault> {
    let decision = &models.manifest.decision;
    let mut thresholds: Vec<f64> = AROUND
        .iter()
        .map(|step| decision.supports + f64::from(*step) / 1_000.0)
        .chain([decision.inconclusive])
        .collect();
    thresholds.sort_by(f64::total_cmp);
    thresholds.dedup_by(|one, other| (*one - *other).abs() < 1e-9);
    evaluation.scores.rates(&thresholds)
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
    let mut rates = measured.iter().map(Rates::of);
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

//! The figures as text, and the calibration that rests on them.

use core::fmt::Write as _;

use super::{Evaluation, NotEnrolled};
use crate::biometrics::evaluation::cited;
pub use crate::biometrics::evaluation::report::Naming;
use crate::biometrics::evaluation::report::{self, Words};
use crate::biometrics::evaluation::{Det, EvaluationFault, Rates};
use crate::biometrics::finger::FEWEST_MINUTIAE;
use crate::biometrics::finger::calibration::{Calibration, Visits};

const WORDS: Words = Words {
    subject: "finger",
    subjects: "fingers",
    decimals: 0,
    seed: 0x6669_6e67,
};
/// Thresholds around the desk's that are told as well.
const AROUND: [i32; 9] = [-25, -20, -15, -10, -5, 0, 5, 10, 20];

/// The report as text for people.
///
/// # Errors
/// [`EvaluationFault`].
pub fn report(evaluation: &Evaluation, naming: &Naming<'_>) -> Result<String, EvaluationFault> {
    let Evaluation { once, better, .. } = evaluation;
    let mut out = String::new();
    // Writing to a string never fails.
    let _ = head(&mut out, evaluation, naming);
    let threshold = f64::from(evaluation.terms.threshold.score());
    let around: Vec<f64> = AROUND
        .iter()
        .map(|step| threshold + f64::from(*step))
        .collect();
    let _ = report::thresholds(&mut out, &WORDS, &once.rates(&around)?);
    out.push('\n');
    report::equal_error(&mut out, &WORDS, once)?;
    report::working_points(&mut out, &WORDS, once)?;
    let _ = writeln!(
        out,
        "\nAs the desk compares a pair, the better of both orders:"
    );
    report::equal_error(&mut out, &WORDS, better)?;
    for Rates { fmr, fnmr, .. } in better.rates(&[threshold])? {
        let _ = writeln!(
            out,
            "at {threshold}: FMR {} of {}, {}; FNMR {} of {}, {}",
            fmr.errors,
            fmr.trials,
            report::rate(fmr),
            fnmr.errors,
            fnmr.trials,
            report::rate(fnmr)
        );
    }
    let _ = decisions(&mut out, evaluation);
    let _ = report::caution(&mut out, &WORDS);
    Ok(out)
}

fn head(out: &mut String, evaluation: &Evaluation, naming: &Naming<'_>) -> core::fmt::Result {
    writeln!(out, "{} ({}), {}", naming.name, naming.set, naming.made)?;
    writeln!(out, "{}", evaluation.algorithm)?;
    writeln!(
        out,
        "{}, taken as of {} pixels an inch",
        evaluation.layout.name(),
        evaluation.terms.dpi
    )?;
    if evaluation.passed_over > 0 {
        writeln!(
            out,
            "{} pictures beside them left out",
            evaluation.passed_over
        )?;
    }
    let reason = |(why, count): (&NotEnrolled, &usize)| (why.name(), *count);
    let reasons = evaluation.not_enrolled.iter().map(reason);
    report::enrolment(
        out,
        &WORDS,
        evaluation.fingers,
        evaluation.enrolled,
        reasons,
    )?;
    if evaluation.few_minutiae > 0 {
        writeln!(
            out,
            "{} of the enrolled have fewer than {FEWEST_MINUTIAE} minutiae: compared here, undetermined at a desk",
            evaluation.few_minutiae
        )?;
    }
    report::pairs(out, &WORDS, &evaluation.once)?;
    if evaluation.without_score > 0 {
        writeln!(
            out,
            "{} comparisons, two a pair, gave no score within their time, and count as 0",
            evaluation.without_score
        )?;
    }
    Ok(())
}

fn decisions(out: &mut String, evaluation: &Evaluation) -> core::fmt::Result {
    let threshold = evaluation.terms.threshold.score();
    if evaluation.decisions.is_empty() {
        return writeln!(
            out,
            "\nToo few pictures a finger for three references and two presses: nothing is said of decisions."
        );
    }
    writeln!(
        out,
        "\nAs the desk decides: a finger's first three pictures as references, the next five pressed in\n\
         every choice, both orders, threshold {threshold}"
    )?;
    for decisions in &evaluation.decisions {
        let (refused, taken) = (decisions.refused, decisions.taken);
        writeln!(
            out,
            "best of up to {} presses:\n  \
             refused own {} of {}: {} ({} of them as another's)\n  \
             taken others {} of {}: {}",
            decisions.presses,
            refused.errors,
            refused.trials,
            report::rate(refused),
            decisions.denied,
            taken.errors,
            taken.trials,
            report::rate(taken)
        )?;
    }
    Ok(())
}

/// What was measured at the desk's threshold, as the desk compares a pair, for `fingers.toml` and for
/// verdicts to cite.
///
/// # Errors
/// [`EvaluationFault`].
pub fn calibration(
    evaluation: &Evaluation,
    naming: &Naming<'_>,
) -> Result<Calibration, EvaluationFault> {
    let threshold = evaluation.terms.threshold.score();
    let measured = evaluation.better.rates(&[f64::from(threshold)])?;
    let at_threshold = measured.first().map(cited::Rates::of);
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let visits = evaluation.decisions.iter().map(|decisions| Visits {
        presses: count(decisions.presses),
        own: count(decisions.refused.trials),
        refused: count(decisions.refused.errors),
        others: count(decisions.taken.trials),
        taken: count(decisions.taken.errors),
    });
    Ok(Calibration {
        name: naming.name.to_owned(),
        set: naming.set.to_owned(),
        made: naming.made.to_owned(),
        algorithm: evaluation.algorithm.to_owned(),
        threshold,
        dpi: evaluation.terms.dpi,
        fingers: count(evaluation.fingers),
        pictures: count(evaluation.enrolled),
        not_enrolled: count(evaluation.not_enrolled.values().sum()),
        genuine: count(evaluation.better.genuine.len()),
        impostor: count(evaluation.better.impostor.len()),
        equal_error: Det::new(&evaluation.better)?.equal_error().rate,
        at_threshold: at_threshold.ok_or(EvaluationFault::NoPairs("measured"))?,
        visits: visits.collect(),
    })
}

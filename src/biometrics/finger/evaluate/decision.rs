//! As the desk decides: references, presses, and its own [`Comparison`] over the scores that were
//! measured.

use cccd_port::FingerImage;
use zeroize::Zeroizing;

use super::pairs::Table;
use crate::biometrics::evaluation::Proportion;
use crate::biometrics::finger::comparison::{MOST_PRESSES, MOST_REFERENCES};
use crate::biometrics::finger::template::{LONGEST_SIDE, Minutia};
use crate::biometrics::finger::{
    Comparison, FEWEST_MINUTIAE, FingerMatcher, MatchFault, Outcome, Score, Template, Threshold,
};

/// Pictures of a finger that are pressed, after those that are its references: every choice of two of
/// them is a visit, and every choice of three, ten each.
const PRESSED: usize = 5;
/// The presses of a visit.
const PRESSES: [usize; 2] = [2, MOST_PRESSES];

/// What came of visits with up to so many presses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decisions {
    /// The presses of a visit; it ends with the first that is enough.
    pub presses: usize,
    /// Visits with one's own finger, of which so many were not taken for it.
    pub refused: Proportion,
    /// Of those that were refused, such that the desk says to be another's.
    pub denied: usize,
    /// Visits with another's finger, of which so many were taken for one's own.
    pub taken: Proportion,
}

/// A finger as it was enrolled and is pressed, by the places of its templates.
struct Finger {
    number: u32,
    references: Vec<usize>,
    pressed: Vec<usize>,
}

/// Every finger with its first three usable pictures as references, against the visits of every
/// finger. `templates` says of each whose it is and how many minutiae it has; nothing where no finger
/// has enough pictures.
#[must_use]
pub fn decisions(
    templates: &[(u32, usize)],
    table: &Table,
    threshold: Threshold,
) -> Vec<Decisions> {
    let stand_ins = templates.iter().enumerate();
    let Some(stand_ins) = stand_ins
        .map(|(name, (_, minutiae))| stand_in(name, *minutiae))
        .collect::<Option<Vec<Template>>>()
    else {
        return Vec::new();
    };
    let matcher = Measured(table);
    let fingers = fingers(templates);
    let mut all = Vec::new();
    for presses in PRESSES {
        let mut decisions = Decisions {
            presses,
            refused: Proportion::new(0, 0),
            denied: 0,
            taken: Proportion::new(0, 0),
        };
        for claimed in &fingers {
            for presser in &fingers {
                for visit in choices(&presser.pressed, presses) {
                    let outcome = decide(&matcher, &stand_ins, claimed, &visit, threshold);
                    decisions.count(claimed.number == presser.number, outcome);
                }
            }
        }
        if decisions.refused.trials > 0 {
            all.push(decisions);
        }
    }
    all
}

impl Decisions {
    fn count(&mut self, own: bool, outcome: Outcome) {
        let supports = outcome == Outcome::Supports;
        let (trials, error) = if own {
            let denied = usize::from(outcome == Outcome::DoesNotSupport);
            self.denied = self.denied.saturating_add(denied);
            (&mut self.refused, !supports)
        } else {
            (&mut self.taken, supports)
        };
        trials.trials = trials.trials.saturating_add(1);
        trials.errors = trials.errors.saturating_add(usize::from(error));
    }
}

/// Fingers with three references and something to press.
fn fingers(templates: &[(u32, usize)]) -> Vec<Finger> {
    let mut fingers: Vec<Finger> = Vec::new();
    for (place, (number, minutiae)) in templates.iter().enumerate() {
        if fingers.last().is_none_or(|last| last.number != *number) {
            fingers.push(Finger {
                number: *number,
                references: Vec::new(),
                pressed: Vec::new(),
            });
        }
        let Some(finger) = fingers.last_mut() else {
            continue;
        };
        // Enrolment asks for another press where there are too few minutiae; a visit has it as a press.
        let usable = *minutiae >= FEWEST_MINUTIAE;
        if finger.references.len() < MOST_REFERENCES {
            if usable {
                finger.references.push(place);
            }
        } else if finger.pressed.len() < PRESSED {
            finger.pressed.push(place);
        }
    }
    fingers.retain(|finger| finger.references.len() == MOST_REFERENCES);
    fingers
}

/// All choices of so many, in their order.
fn choices(of: &[usize], count: usize) -> Vec<Vec<usize>> {
    let Some(fewer) = count.checked_sub(1) else {
        return vec![Vec::new()];
    };
    let mut all = Vec::new();
    let mut rest = of;
    while let Some((first, after)) = rest.split_first() {
        for choice in choices(after, fewer) {
            all.push(std::iter::once(*first).chain(choice).collect());
        }
        rest = after;
    }
    all
}

fn decide(
    matcher: &Measured<'_>,
    stand_ins: &[Template],
    claimed: &Finger,
    visit: &[usize],
    threshold: Threshold,
) -> Outcome {
    let of = |places: &[usize]| -> Vec<Template> {
        let found = places.iter().filter_map(|place| stand_ins.get(*place));
        found.cloned().collect()
    };
    let references = of(&claimed.references);
    let algorithm = matcher.algorithm();
    let Ok(mut comparison) = Comparison::new(matcher, algorithm, references, threshold) else {
        return Outcome::NotPerformed(None);
    };
    for press in of(visit) {
        comparison.press(matcher, &press);
    }
    comparison.outcome()
}

/// Names in a row of a stand-in.
const ROW: usize = 4_096;

/// A template that says nothing but its place and how many minutiae it has: the scores are known.
fn stand_in(name: usize, minutiae: usize) -> Option<Template> {
    let one = Minutia {
        x: u16::try_from(name.checked_rem(ROW)?).ok()?,
        y: u16::try_from(name.checked_div(ROW)?).ok()?,
        direction: 0,
        quality: 0,
    };
    let minutiae = Zeroizing::new(vec![one; minutiae]);
    Template::new(LONGEST_SIDE, LONGEST_SIDE, minutiae).ok()
}

/// The scores that were measured, as a matcher of stand-ins.
struct Measured<'t>(&'t Table);

impl FingerMatcher for Measured<'_> {
    fn algorithm(&self) -> &'static str {
        "measured"
    }

    fn extract(&self, image: &FingerImage) -> Result<Template, MatchFault> {
        let (width, height) = (image.width(), image.height());
        Err(MatchFault::Size { width, height })
    }

    fn compare(&self, probe: &Template, reference: &Template) -> Result<Score, MatchFault> {
        let name = |template: &Template| {
            let one = template.minutiae().first()?;
            Some(
                usize::from(one.y)
                    .saturating_mul(ROW)
                    .saturating_add(one.x.into()),
            )
        };
        let (Some(probe), Some(reference)) = (name(probe), name(reference)) else {
            return Ok(Score(0));
        };
        match self.0.of(probe, reference) {
            Some(pair) if probe > reference => pair.there,
            Some(pair) => pair.back,
            None => Ok(Score(0)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::pairs::Patience;
    use super::*;
    use crate::biometrics::finger::testing::{self, template};

    /// `count` pictures a finger, each with its minutiae; scores by the places of two pictures.
    fn measured(minutiae: &[&[usize]], scores: &[(u16, u16, u32)]) -> Vec<Decisions> {
        let mut matcher = testing::Table::default();
        for (probe, reference, score) in scores {
            matcher = matcher.with(*probe, *reference, Ok(*score));
        }
        let of_finger = |(finger, counts): (u32, &&[usize])| {
            let counts: Vec<(u32, usize)> = counts.iter().map(|count| (finger, *count)).collect();
            counts
        };
        let all: Vec<(u32, usize)> = (0..).zip(minutiae).flat_map(of_finger).collect();
        let templates: Vec<Template> = (0..)
            .zip(&all)
            .map(|(name, (_, count))| template(name, *count))
            .collect();
        let table = Table::new(&matcher, &templates, &Patience::default(), &mut |_, _| {});
        decisions(&all, &table, Threshold::default())
    }

    #[test]
    fn eight_pictures_of_ten_fingers_are_a_hundred_and_nine_hundred_visits() {
        let fingers: [&[usize]; 10] = [&[40; 8]; 10];
        for decisions in measured(&fingers, &[]) {
            assert_eq!(decisions.refused, Proportion::new(100, 100));
            assert_eq!(decisions.denied, 100);
            assert_eq!(decisions.taken, Proportion::new(0, 900));
        }
    }

    #[test]
    fn one_good_press_in_either_order_is_enough() {
        // Two fingers of five pictures: a visit with pictures 3 and 4, or 8 and 9.
        let fingers: [&[usize]; 2] = [&[40; 5]; 2];
        // Own, the press as the reference; another's; one just below, and one near.
        let scores = [(1, 4, 40), (9, 0, 41), (8, 6, 39)];
        let two = measured(&fingers, &scores);
        let expected = Decisions {
            presses: 2,
            refused: Proportion::new(1, 2),
            // 39 is near.
            denied: 0,
            taken: Proportion::new(1, 2),
        };
        assert_eq!(two, [expected]);
    }

    #[test]
    fn references_are_usable_and_presses_need_not_be() {
        // The second picture is no reference, the last no help.
        let fingers: [&[usize]; 2] = [&[40, 3, 40, 40, 40, 19], &[40; 5]];
        let scores = [(4, 1, 99), (5, 0, 99), (4, 3, 50)];
        let found = measured(&fingers, &scores);
        assert_eq!(found.len(), 1);
        assert_eq!(found.first().unwrap().refused, Proportion::new(1, 2));
        // Two pictures a finger are too few.
        assert_eq!(measured(&[&[40; 3], &[40; 2]], &[]), []);
    }
}

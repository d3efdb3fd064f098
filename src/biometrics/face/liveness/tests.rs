#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::parallax::tests::{head, print, seen};
use super::*;
use crate::crypto::CryptoFault;
use crate::crypto::random::Random;

const ISSUED: Duration = Duration::from_secs(50);

/// Draws left, right, left.
struct LeftRightLeft;

impl Random for LeftRightLeft {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), CryptoFault> {
        out.fill(0b010);
        Ok(())
    }
}

fn challenge() -> Challenge {
    let challenge = Challenge::draw(&mut LeftRightLeft, ISSUED).unwrap();
    assert_eq!(challenge.turns(), [Turn::Left, Turn::Right, Turn::Left]);
    challenge
}

/// A script of yaws in degrees, a picture every 250 ms. Left is positive.
fn pictures(points: &[[f64; 3]], yaws: &[f64]) -> Vec<Sighting> {
    let mut at = ISSUED;
    yaws.iter()
        .map(|yaw| {
            at += Duration::from_millis(250);
            let area = Area {
                x: 220.0 + yaw / 3.0,
                y: 150.0,
                width: 200.0,
                height: 230.0,
            };
            Sighting {
                at,
                faces: 1,
                face: Some((area, seen(points, [yaw.to_radians(), 0.02, 0.01], 10.0))),
            }
        })
        .collect()
}

const AS_ASKED: [f64; 19] = [
    0.0, 2.0, 15.0, 38.0, 42.0, 20.0, 3.0, -12.0, -37.0, -45.0, -20.0, -4.0, 0.0, 20.0, 40.0, 44.0,
    20.0, 5.0, 0.0,
];

fn follow(sightings: &[Sighting]) -> Result<Followed, Refused> {
    Followed::follow(&challenge(), sightings, &Rules::default())
}

#[test]
fn a_head_that_turns_as_asked_is_followed() {
    let followed = follow(&pictures(&head(), &AS_ASKED)).unwrap();
    let ways: Vec<Turn> = followed.turns.iter().map(|turn| turn.way).collect();
    assert_eq!(ways, challenge().turns());
    let least: Vec<usize> = followed.turns.iter().map(|turn| turn.picture).collect();
    assert_eq!(least, [3, 8, 14], "the least turned that count");
    for turn in &followed.turns {
        assert!(
            turn.furthest > 0.3 && turn.back.abs() < 0.1 && turn.parallax > 0.15,
            "{turn:?}"
        );
    }
    assert_eq!(followed.pictures, AS_ASKED.len());
    let alike = [0.95, 0.93, 0.94];
    followed.judge(&alike, &Rules::default()).unwrap();
    assert_eq!(
        followed.judge(&[0.95, 0.89, 0.94], &Rules::default()),
        Err(Refused::OtherFace { turn: 2 })
    );
    assert_eq!(
        followed.judge(&[0.95, f64::NAN, 0.94], &Rules::default()),
        Err(Refused::OtherFace { turn: 2 })
    );
    assert_eq!(
        followed.judge(&alike[..2], &Rules::default()),
        Err(Refused::OtherFace { turn: 3 })
    );
    let text = format!("{:?}", followed.facts());
    assert!(text.contains("left right left"), "{text}");
}

#[test]
fn another_movement_than_the_one_asked_for_is_refused() {
    let still = [0.0; 10];
    let other_order = AS_ASKED.map(|yaw| -yaw);
    let only_one: Vec<f64> = AS_ASKED[..7].to_vec();
    let never_back: Vec<f64> = AS_ASKED
        .iter()
        .map(|yaw| if yaw.abs() < 10.0 { 16.0 } else { *yaw })
        .collect();
    let little = AS_ASKED.map(|yaw| yaw / 2.0);
    let through_the_middle = [0.0, 40.0, -40.0, 0.0, 40.0, 0.0];
    for (yaws, refused) in [
        (&still[..], Refused::TurnMissing { turn: 1 }),
        (&other_order, Refused::WrongWay { turn: 1 }),
        (&only_one, Refused::TurnMissing { turn: 2 }),
        (&never_back, Refused::TurnMissing { turn: 1 }),
        (&little, Refused::TurnMissing { turn: 1 }),
        (&through_the_middle, Refused::WrongWay { turn: 1 }),
        (&[], Refused::NoFace),
    ] {
        assert_eq!(follow(&pictures(&head(), yaws)), Err(refused), "{yaws:?}");
        let expected = if refused == Refused::NoFace {
            Finding::LiveFaceMissing
        } else {
            Finding::SensorUntrusted
        };
        assert_eq!(refused.finding(), expected);
    }
}

#[test]
fn a_print_that_is_tilted_until_its_nose_moves_is_flat() {
    let mut sightings = pictures(&head(), &AS_ASKED);
    for (sighting, yaw) in sightings.iter_mut().zip(AS_ASKED) {
        let (_, landmarks) = sighting.face.as_mut().unwrap();
        let tilt = yaw / 42.0;
        *landmarks = seen(&print(), [tilt, 0.6 * tilt.abs(), 0.0], 8.0);
    }
    let yaw = |picture: usize| {
        let (_, landmarks) = sightings[picture].face.as_ref().unwrap();
        landmarks.five().yaw_proxy()
    };
    assert!(
        yaw(4) > 0.3 && yaw(9) < -0.3,
        "by the yaw proxy alone it would pass"
    );
    let refused = follow(&sightings).unwrap_err();
    assert_eq!(refused, Refused::Flat { turn: 1 });
    assert_eq!(refused.finding(), Finding::PresentationAttack);
}

#[test]
fn a_track_that_breaks_is_refused() {
    let whole = || pictures(&head(), &AS_ASKED);
    type Change = fn(&mut Vec<Sighting>);
    let table: [(Change, Refused); 8] = [
        (
            |all| all[4].faces = 2,
            Refused::Several {
                picture: 5,
                faces: 2,
            },
        ),
        (
            |all| all[4].face.as_mut().unwrap().0.x += 150.0,
            Refused::Track { picture: 5 },
        ),
        (|all| all[4].at = all[3].at, Refused::Time { picture: 5 }),
        (
            |all| all[0].at = ISSUED - Duration::from_millis(1),
            Refused::Time { picture: 1 },
        ),
        (
            |all| all.last_mut().unwrap().at = ISSUED + challenge::TIME * 2,
            Refused::Time { picture: 19 },
        ),
        (
            |all| {
                all[5..]
                    .iter_mut()
                    .for_each(|later| later.at += Duration::from_secs(1))
            },
            Refused::Track { picture: 6 },
        ),
        (
            |all| {
                all.remove(6);
            },
            Refused::WrongWay { turn: 1 },
        ),
        (
            |all| {
                all.iter_mut().for_each(|one| {
                    one.face = None;
                    one.faces = 0;
                })
            },
            Refused::NoFace,
        ),
    ];
    for (at, (change, refused)) in table.into_iter().enumerate() {
        let mut sightings = whole();
        change(&mut sightings);
        assert_eq!(follow(&sightings), Err(refused), "change {at}");
    }
    // A picture without a face is no break where the next follows soon.
    let mut blinked = whole();
    blinked[4].face = None;
    blinked[4].faces = 0;
    assert!(follow(&blinked).is_ok());
}

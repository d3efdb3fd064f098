//! From the issuer's encoder to a comparison.

use std::time::Duration;

use cccd_desk::biometrics::finger::{
    Comparison, FingerMatcher, NistMatcher, Outcome, Template, Threshold,
};
use cccd_desk::lds::dg3::Dg3;
use cccd_desk::lds::finger::Position;
use cccd_sim::lds::dg3::StoredFinger;
use cccd_sim::{Encoding, Press, SynthFinger};

#[test]
fn a_finger_in_dg3_is_the_one_on_the_sensor_whatever_its_encoding() {
    let matcher = NistMatcher::new(Duration::from_secs(60));
    let own = SynthFinger::new(31, 2);
    let template = |finger: &SynthFinger| matcher.extract(&finger.press(1).unwrap()).unwrap();
    let (same, other) = (template(&own), template(&SynthFinger::new(31, 3)));
    let press = Press {
        size: (301, 360),
        ..own.natural(0)
    };
    let image = own.impression(&press).unwrap();
    for encoding in Encoding::ALL {
        let stored = StoredFinger {
            position: 2,
            image: image.clone(),
            encoding,
        };
        let file = cccd_sim::lds::dg3::file(&[stored]).unwrap();
        let dg3 = Dg3::parse(&file).unwrap();
        assert_eq!((dg3.fingers.len(), dg3.untidy), (1, false));
        let finger = &dg3.fingers[0];
        assert_eq!(finger.position, Position::Finger(2));
        let read = finger.decode().unwrap();
        let differences = read.pixels().iter().zip(image.pixels());
        let differences: usize = differences
            .map(|(one, other)| usize::from(one.abs_diff(*other)))
            .sum();
        let mean = differences / image.pixels().len();
        let most = match encoding {
            Encoding::Raw | Encoding::Png => 0,
            Encoding::Packed | Encoding::Jpeg | Encoding::Wsq => 9,
        };
        assert!(
            mean <= most && (most > 0 || read == image),
            "{encoding:?}: {mean}"
        );
        let reference = matcher.extract(&read).unwrap();
        let outcome = |press: &Template| {
            let references = vec![reference.clone()];
            let algorithm = matcher.algorithm();
            let threshold = Threshold::default();
            let mut comparison =
                Comparison::new(&matcher, algorithm, references, threshold).unwrap();
            comparison.press(&matcher, press);
            comparison.press(&matcher, press)
        };
        assert_eq!(outcome(&same), Outcome::Supports, "{encoding:?}");
        assert_eq!(outcome(&other), Outcome::DoesNotSupport, "{encoding:?}");
    }
}

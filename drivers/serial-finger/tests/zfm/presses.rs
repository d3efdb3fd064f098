//! What a press gives, model by model.

use std::time::Duration;

use cccd_port::{CaptureStep, FingerprintSensor, ModuleMatch, ModuleMatcher, SensorFault};
use cccd_serial_finger::{DataEnd, Doubt, Identity, ModuleModel, Parameters, Settings};
use cccd_sim::{Mishap, SensorKind, SensorMishap};
use zeroize::Zeroizing;

use crate::bench::{Bench, WAIT, finger, finger_of, model, small_kind, small_model};

/// Every model with the kind of module that it stands for.
fn pairs() -> Vec<(ModuleModel, SensorKind)> {
    let r30x = ["r30x", "as608", "fpm10a", "r307", "zfm-20"];
    let mut pairs: Vec<_> = r30x
        .iter()
        .map(|name| (model(name), SensorKind::r30x()))
        .collect();
    pairs.extend([
        (
            model("r305").with_image(152, 200),
            SensorKind::r305(152, 200),
        ),
        (model("r308"), SensorKind::r308()),
        (model("r503"), SensorKind::r503()),
        (model("r551"), SensorKind::r551()),
        (model("dy50"), SensorKind::dy50()),
    ]);
    pairs
}

#[test]
fn each_model_gives_its_picture_template_and_comparison() {
    for (model, kind) in pairs() {
        let name = model.name;
        let (width, height) = kind.size;
        let mut bench = Bench::new(kind.clone(), model.clone());
        let [one, two] = [7, 8].map(|who| finger_of(who, width, height, model.dpi));
        bench.lay(&one);

        let image = bench.capture().expect(name);
        assert_eq!((image.width(), image.height()), (width, height), "{name}");
        assert!(image == one.image, "{name}: another picture");

        let stored = bench.template().expect(name);
        assert_eq!(stored.bytes().len(), kind.template, "{name}");

        let level = model.parameters.then_some(3);
        let same = bench.compare(&stored).expect(name);
        assert_eq!(same, ModuleMatch::Matches { score: 137, level }, "{name}");
        let (image, of_press) = bench.capture_with_template().expect(name);
        assert!(image == one.image, "{name}: another picture");
        let of_press = of_press.expect(name);
        assert_eq!(of_press.bytes().len(), kind.template, "{name}");
        let (image, said) = bench.capture_and_compare(&of_press).expect(name);
        assert!(image == one.image, "{name}: another picture");
        let same = ModuleMatch::Matches { score: 137, level };
        assert_eq!(said, Ok(same), "{name}");
        bench.lay(&two);
        let other = bench.compare(&stored).expect(name);
        assert_eq!(other, ModuleMatch::Differs { level }, "{name}");
        let (image, said) = bench.capture_and_compare(&stored).expect(name);
        assert!(image == two.image, "{name}: another picture");
        assert_eq!(said, Ok(ModuleMatch::Differs { level }), "{name}");

        assert_eq!(bench.module.lock().stored(), 0, "{name}: the library");
        assert_eq!(bench.sensor.model(), name);
    }
}

#[test]
fn a_press_is_told_step_by_step() {
    let mut bench = Bench::small();
    bench.lay(&finger(1));
    let (image, steps) = bench.steps();
    assert!(image.is_ok());
    let fetching = |done| CaptureStep::Fetching { done, total: 128 };
    assert_eq!(
        steps,
        [
            CaptureStep::FingerWanted,
            // The picture is in the module: no need to hold still while it is fetched.
            CaptureStep::FingerMayGo,
            fetching(32),
            fetching(64),
            fetching(96),
            fetching(128),
        ]
    );
}

#[test]
fn a_whole_picture_takes_the_time_of_its_bits() {
    // Bits a second, seconds at most; none: longer than it may take.
    for (baud, longest) in [(57_600, Some(7.5)), (115_200, Some(4.0)), (28_800, None)] {
        let mut bench = Bench::new(SensorKind::r30x(), model("r30x"));
        bench.set_baud(baud);
        bench.lay(&finger_of(1, 256, 288, 500));
        let begun = bench.now();
        let ended = bench.capture();
        let took = (bench.now() - begun).as_secs_f64();
        match longest {
            Some(longest) => {
                assert!(ended.is_ok() && took < longest, "{baud}: {took} s");
            }
            None => {
                assert_eq!(ended.err(), Some(SensorFault::Timeout), "{baud}");
                assert!((12.0..13.0).contains(&took), "{baud}: {took} s");
                // The rest of the picture is still coming when the next call begins.
                bench.set_baud(57_600);
                assert!(bench.capture().is_ok());
            }
        }
    }
}

#[test]
fn however_few_bytes_a_read_brings() {
    for chunk in [1, 2, 3, 7, 100] {
        let mut bench = Bench::small();
        bench.set_chunk(chunk);
        bench.lay(&finger(1));
        assert!(bench.capture().unwrap() == finger(1).image);
    }
}

#[test]
fn without_a_finger_the_wait_ends_in_its_time() {
    let mut bench = Bench::small();
    let begun = bench.now();
    assert_eq!(bench.capture().err(), Some(SensorFault::NoFinger));
    let took = bench.now() - begun;
    assert!(
        took >= WAIT && took < WAIT + Duration::from_millis(500),
        "{took:?}"
    );
    bench.lay(&finger(1));
    assert!(bench.capture().is_ok());
}

#[test]
fn a_caller_may_give_up_at_any_moment() {
    let stored = {
        let mut bench = Bench::small();
        bench.lay(&finger(1));
        bench.template().unwrap()
    };
    for laid in [false, true] {
        // How often the caller is asked before he gives up.
        for patience in 0..60 {
            let mut bench = Bench::small();
            if laid {
                bench.lay(&finger(1));
            }
            let asked = std::cell::Cell::new(0);
            let cancelled = || {
                asked.set(asked.get() + 1);
                asked.get() > patience
            };
            let ended = bench.sensor.capture(WAIT, &mut |_| (), &cancelled);
            assert!(
                matches!(
                    ended,
                    Ok(_) | Err(SensorFault::Cancelled | SensorFault::NoFinger)
                ),
                "{ended:?}"
            );
            asked.set(0);
            let ended = bench.sensor.compare(&stored, WAIT, &mut |_| (), &cancelled);
            assert!(
                matches!(
                    ended,
                    Ok(ModuleMatch::Matches { .. })
                        | Err(SensorFault::Cancelled | SensorFault::NoFinger)
                ),
                "{ended:?}"
            );
            bench.lay(&finger(1));
            assert!(bench.capture().is_ok());
        }
    }
}

#[test]
fn a_password_is_shown_and_a_wrong_one_refused() {
    for (password, expected) in [
        ([1, 2, 3, 4], Ok(())),
        ([0; 4], Err(SensorFault::PasswordRefused)),
    ] {
        let mut bench = Bench::with(
            small_kind(),
            Settings {
                password: Zeroizing::new(password),
                ..Settings::new(small_model())
            },
        );
        bench.module.lock().set_password([1, 2, 3, 4]);
        bench.lay(&finger(1));
        assert_eq!(bench.capture().map(|_| ()), expected);
    }
}

#[test]
fn a_module_of_another_address_is_none() {
    let mut bench = Bench::with(
        small_kind(),
        Settings {
            address: [1, 2, 3, 4],
            ..Settings::new(small_model())
        },
    );
    assert_eq!(bench.capture().err(), Some(SensorFault::NoSensor));
    assert_eq!(bench.sensor.last_doubt(), Some(Doubt::Silence));
}

#[test]
fn a_module_that_does_not_know_its_parameters_needs_its_model() {
    let mut bench = Bench::new(SensorKind::r308(), model("r30x"));
    assert_eq!(bench.capture().err(), Some(SensorFault::ProtocolViolation));
    assert_eq!(bench.sensor.last_doubt(), Some(Doubt::Code(1)));
}

#[test]
fn a_blank_picture_makes_no_template() {
    let mut bench = Bench::small();
    let mut blank = finger(1);
    let pixels = Zeroizing::new(vec![255; 256]);
    blank.image = cccd_port::FingerImage::new(16, 16, 500, pixels).unwrap();
    bench.lay(&blank);
    assert_eq!(bench.template().err(), Some(SensorFault::PoorImage));
}

#[test]
fn an_image_of_unknown_size_is_measured_and_not_taken() {
    let mut bench = Bench::new(SensorKind::r305(152, 200), model("r305"));
    bench.lay(&finger_of(1, 152, 200, 500));
    assert_eq!(bench.capture().err(), Some(SensorFault::ProtocolViolation));
    let bytes = bench.sensor.measure(WAIT, &mut |_| (), &|| false);
    assert_eq!(bytes, Ok(152 * 200 / 2));
    // Too large and too small a guess.
    for (width, height) in [(256, 288), (152, 100)] {
        let guess = model("r305").with_image(width, height);
        let mut bench = Bench::new(SensorKind::r305(152, 200), guess);
        bench.lay(&finger_of(1, 152, 200, 500));
        assert_eq!(bench.capture().err(), Some(SensorFault::ProtocolViolation));
        assert_eq!(bench.sensor.last_doubt(), Some(Doubt::Amount));
    }
}

#[test]
fn the_doctor_is_told_what_the_module_says_of_itself() {
    let mut bench = Bench::small();
    let parameters = Parameters {
        status: 0,
        system: 0,
        capacity: 1_000,
        level: 3,
        address: [0xFF; 4],
        packet: 32,
        baud: 57_600,
    };
    let told = bench.sensor.identify(&|| false).unwrap();
    assert!(
        told.parameters
            .is_some_and(|said| Parameters { status: 0, ..said } == parameters)
    );
    assert_eq!(told.stored, 0);
    let mut bench = Bench::new(SensorKind::r308(), model("r308"));
    let told = bench.sensor.identify(&|| false);
    assert_eq!(
        told,
        Ok(Identity {
            parameters: None,
            stored: 0
        })
    );
}

#[test]
fn noise_between_presses_and_while_a_finger_is_waited_for_is_mended() {
    let mut bench = Bench::small();
    bench.lay(&finger(1));
    assert!(bench.capture().is_ok());
    // The next call finds it on the line.
    bench.say(Duration::from_secs(1), &[0x55, 0xEF, 0x01, 0x07]);
    assert!(bench.capture().is_ok());
    // 55 while nobody has laid a finger yet.
    let mut bench = Bench::small();
    bench.say(Duration::from_secs(1), &[0x55]);
    assert_eq!(bench.capture().err(), Some(SensorFault::NoFinger));
    // It comes in a pause, or where an answer is due.
    let doubt = bench.sensor.last_doubt();
    assert!(
        matches!(doubt, Some(Doubt::Unasked | Doubt::Header)),
        "{doubt:?}"
    );
}

#[test]
fn a_line_that_never_falls_silent_is_no_sensor() {
    let mut bench = Bench::small();
    bench.lay(&finger(1));
    bench.say(Duration::ZERO, &vec![0x55; 200_000]);
    assert_eq!(bench.capture().err(), Some(SensorFault::ProtocolViolation));
    assert_eq!(bench.sensor.last_doubt(), Some(Doubt::Babble));
}

#[test]
fn a_port_where_nothing_answers_has_no_sensor() {
    let mut bench = Bench::small();
    bench.suffer(vec![Mishap {
        at: 0,
        what: SensorMishap::Silence,
    }]);
    assert_eq!(bench.capture().err(), Some(SensorFault::NoSensor));
}

#[test]
fn an_unplugged_module_is_lost_and_found_again() {
    let mut bench = Bench::small();
    bench.lay(&finger(1));
    assert!(bench.capture().is_ok());
    bench.unplug();
    assert_eq!(bench.capture().err(), Some(SensorFault::SensorLost));
    assert_eq!(bench.capture().err(), Some(SensorFault::NoSensor));
    bench.mend();
    assert!(bench.capture().is_ok());
    // Out and in again between two presses: the second does not notice.
    bench.unplug();
    bench.mend();
    assert!(bench.capture().is_ok());
}

#[test]
fn zeros_after_an_unmarked_template_do_no_harm_and_after_an_image_they_do() {
    let unmarked = |zeros| SensorKind {
        zeros,
        ..SensorKind::dy50()
    };
    for zeros in [0, 1, 40] {
        let mut bench = Bench::new(unmarked(zeros), model("dy50"));
        bench.lay(&finger_of(1, 256, 288, 500));
        let stored = bench.template().unwrap();
        let said = bench.compare(&stored);
        assert!(matches!(said, Ok(ModuleMatch::Matches { .. })), "{said:?}");
    }
    assert_eq!(model("dy50").end, DataEnd::Unmarked { template: 512 });
    // An image that goes on after its end is of another size.
    let taller = SensorKind {
        size: (256, 300),
        ..SensorKind::dy50()
    };
    let mut bench = Bench::new(taller, model("dy50"));
    bench.lay(&finger_of(1, 256, 300, 500));
    assert_eq!(bench.capture().err(), Some(SensorFault::ProtocolViolation));
}

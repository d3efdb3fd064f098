//! Every seed of the driver's fuzz targets.

#[path = "../../../../fuzz/sensor.rs"]
mod sensor;

use std::fs;
use std::path::{Path, PathBuf};

use cccd_port::FingerprintSensor;
use cccd_sim::{Mishap, SensorMishap};

use crate::bench::{Bench, WAIT, finger};

type Target = (&'static str, fn(&[u8]));
type Call<'a> = (&'a str, &'a mut dyn FnMut(&mut Bench));

const TARGETS: [Target; 2] = [
    ("serial_framer", sensor::serial_framer),
    ("zfm_packet", sensor::zfm_packet),
];

fn folder(kind: &str, target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz")
        .join(kind)
        .join(target)
}

/// Those that once broke something among them. `UPDATE_SEEDS=1` writes those of the simulated
/// module anew.
#[test]
fn every_seed_is_borne() {
    if std::env::var_os("UPDATE_SEEDS").is_some() {
        write_seeds();
    }
    for (name, target) in TARGETS {
        let seeds: Vec<PathBuf> = ["corpus", "regressions"]
            .iter()
            .filter_map(|kind| fs::read_dir(folder(kind, name)).ok())
            .flatten()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert!(!seeds.is_empty(), "{name} has no seed");
        for seed in seeds {
            target(&fs::read(seed).unwrap());
        }
    }
}

/// What a genuine module says.
fn write_seeds() {
    let put = |target: &str, name: &str, bytes: &[u8]| {
        fs::create_dir_all(folder("corpus", target)).unwrap();
        fs::write(folder("corpus", target).join(name), bytes).unwrap();
    };
    let stored = sensor::stored().unwrap();
    let mut calls: [Call<'_>; 4] = [
        ("capture", &mut |bench| assert!(bench.capture().is_ok())),
        ("template", &mut |bench| assert!(bench.template().is_ok())),
        ("compare", &mut |bench| {
            assert!(bench.compare(&stored).is_ok())
        }),
        ("identify", &mut |bench| {
            assert!(bench.sensor.identify(&|| false).is_ok());
        }),
    ];
    for (number, (name, call)) in (0..).zip(&mut calls) {
        let mut bench = Bench::small();
        bench.lay(&finger(1));
        call(&mut bench);
        let answers = bench.answers();
        let framed: Vec<u8> = answers
            .iter()
            .flat_map(|answer| {
                let length = u16::try_from(answer.len()).unwrap();
                [&length.to_be_bytes()[..], answer].concat()
            })
            .collect();
        let seed = [&[number], framed.as_slice()].concat();
        assert_eq!(sensor::zfm_call(&seed), Some(Ok(())), "{name}");
        put("zfm_packet", name, &seed);
        put("serial_framer", name, &answers.concat());
    }
    put("zfm_packet", "for-ever", &[0, 0xC0, 0, 0x55]);
    put("zfm_packet", "unplugged", &[0, 0x80, 0]);
    let mut bench = Bench::small();
    bench.lay(&finger(1));
    bench.suffer(vec![Mishap {
        at: 70,
        what: SensorMishap::Noise(vec![0x55, 0xEF, 0x01]),
    }]);
    assert!(bench.sensor.capture(WAIT, &mut |_| (), &|| false).is_err());
    put("serial_framer", "noise", &bench.answers().concat());
}

//! WSQ decoded by the desk and by PyPI's `wsq`, which is NIST's code behind Python: what either encoder
//! wrote, both decoders read alike.

use std::fs;

use cccd_desk::lds::finger::{Compression, FingerView, Position};
use cccd_port::FingerImage;
use cccd_sim::{Press, SynthFinger};

use crate::python;

/// Prints in all.
const PRINTS: u32 = 24;

/// Encodes each `N.raw` of the folder as `N.py.wsq`, and decodes each `*.wsq` as `*.wsq.pixels`. The
/// picture's number, size and ratio of compression stand in its name.
const SCRIPT: &str = r"
import pathlib, sys, wsq, _wsq
folder = pathlib.Path(sys.argv[1])
for raw in sorted(folder.glob('*.raw')):
    number, width, height, ratio = map(int, raw.stem.split('-'))
    (folder / f'{number}.py.wsq').write_bytes(_wsq.compress(raw.read_bytes(), height, width, ratio))
for encoded in sorted(folder.glob('*.wsq')):
    pixels, width, height, _ = _wsq.decompress(encoded.read_bytes())
    assert len(pixels) == width * height
    (folder / f'{encoded.name}.pixels').write_bytes(pixels)
";

/// What the desk makes of a WSQ file.
fn decoded(size: (u16, u16), data: Vec<u8>) -> FingerImage {
    let view = FingerView {
        position: Position::Unknown,
        quality: None,
        compression: Compression::Wsq,
        width: size.0,
        height: size.1,
        dpi: (500, 500),
        depth: 8,
        data: data.into(),
    };
    view.decode().unwrap()
}

#[test]
fn both_decoders_read_what_either_encoder_wrote() {
    let Some(python) = python::python() else {
        eprintln!("SKIPPED: python3 with wsq 0.9 from PyPI could not be set up");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let sizes = [(256, 288), (300, 360), (257, 211), (101, 97)];
    let size = |number: u32| sizes[usize::try_from(number).unwrap() % sizes.len()];
    for number in 0..PRINTS {
        let size = size(number);
        let finger = SynthFinger::new(u64::from(number / 4), 1);
        let press = Press {
            size,
            ..finger.natural(number)
        };
        let image = finger.impression(&press).unwrap();
        let ratio = [5, 12, 15][usize::try_from(number).unwrap() % 3];
        let name = format!("{number}-{}-{}-{ratio}.raw", size.0, size.1);
        fs::write(folder.path().join(name), image.pixels()).unwrap();
        let options = wsq_codec::EncodeOptions::default();
        let encoded =
            wsq_codec::encode(image.pixels(), size.0.into(), size.1.into(), &options).unwrap();
        fs::write(folder.path().join(format!("{number}.rs.wsq")), encoded).unwrap();
    }
    python::run(&python, SCRIPT, folder.path());
    let (mut pixels, mut differ) = (0, 0);
    for number in 0..PRINTS {
        for encoder in ["py", "rs"] {
            let path = folder.path().join(format!("{number}.{encoder}.wsq"));
            let theirs = fs::read(path.with_extension("wsq.pixels")).unwrap();
            let ours = decoded(size(number), fs::read(path).unwrap());
            assert_eq!(ours.pixels().len(), theirs.len());
            for (one, other) in ours.pixels().iter().zip(&theirs) {
                // FBI IAFIS-IC-0110 lets decoders differ by a grey.
                assert!(
                    one.abs_diff(*other) <= 1,
                    "{number}.{encoder}: {one} {other}"
                );
                differ += u32::from(one != other);
                pixels += 1;
            }
        }
    }
    println!("{differ} of {pixels} pixels differ by a grey");
    // And lets one in a thousand do so.
    assert!(differ * 1_000 <= pixels, "{differ} of {pixels}");
}

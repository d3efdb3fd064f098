//! `cccd-desk models evaluate --fingers`.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use cccd_desk::biometrics::evaluation::Det;
use cccd_desk::biometrics::evaluation::drawing::det_svg;
use cccd_desk::biometrics::finger::NistMatcher;
use cccd_desk::biometrics::finger::evaluate::report::{Naming, calibration, report};
use cccd_desk::biometrics::finger::evaluate::{Stage, Terms, evaluate};

use super::{Measuring, Tenths, set_name, today};

/// Measures the finger matcher with the desk's budget, in a processor's time.
pub fn measure(folder: &Path, pictures: &Path, dpi: u16, measuring: &Measuring<'_>) -> Result<()> {
    let matcher = NistMatcher::measuring();
    let terms = Terms {
        dpi,
        ..Terms::default()
    };
    let mut tenths = Tenths::default();
    let found = evaluate(&matcher, pictures, &terms, &mut |stage, number, all| {
        let what = match stage {
            Stage::Pictures => "picture",
            Stage::Pairs => "pair",
        };
        tenths.tell(what, number, all);
    })?;
    let (set, made) = (set_name(pictures), today());
    let naming = Naming {
        name: measuring.name,
        set: &set,
        made: &made,
    };
    writeln!(std::io::stdout(), "{}", report(&found, &naming)?.trim_end())?;
    if let Some(file) = measuring.det {
        let threshold = f64::from(terms.threshold.score());
        let svg = det_svg(&Det::new(&found.once)?, &set, &[threshold]);
        std::fs::write(file, svg).with_context(|| file.display().to_string())?;
    }
    if measuring.adopt {
        calibration(&found, &naming)?.adopt(folder)?;
        eprintln!(
            "cccd-desk: {} holds “{}” from now on",
            folder.display(),
            measuring.name
        );
    }
    Ok(())
}

//! The manifest as text, so that reading makes the same of it.

use std::fmt::Write as _;

use super::{Decision, DetectorKind, DetectorModel, Manifest, ModelFile};
use crate::biometrics::face::align::Alignment;
use crate::biometrics::face::models::calibration::{Calibration, Rates};

impl Manifest {
    /// Writes it so that [`Self::read`] makes the same of it.
    #[must_use]
    pub fn write(&self) -> String {
        let mut text = String::from(
            "# Models for the comparison of faces. Digests are checked whenever they are loaded.\n",
        );
        // Writing to a string never fails.
        let _ = self.write_to(&mut text);
        text
    }

    fn write_to(&self, out: &mut String) -> core::fmt::Result {
        let DetectorModel {
            model,
            kind,
            threshold,
        } = &self.detector;
        writeln!(out, "\n[detector]")?;
        model.write_to(out)?;
        match kind {
            DetectorKind::Tiny(further) => writeln!(out, "kind = \"tiny\"\nfurther = {further:?}")?,
            DetectorKind::Yunet => writeln!(out, "kind = \"yunet\"")?,
        }
        writeln!(out, "threshold = {threshold:?}")?;
        if let Some(landmarks) = &self.landmarks {
            writeln!(out, "\n[landmarks]")?;
            landmarks.write_to(out)?;
            writeln!(out, "kind = \"points-68\"")?;
        }
        writeln!(out, "\n[embedder]")?;
        self.embedder.write_to(out)?;
        let alignment = match self.alignment {
            Alignment::Dlib68 => "dlib-68",
            Alignment::FivePoints => "five-points",
        };
        writeln!(out, "alignment = \"{alignment}\"")?;
        if let Some(attack) = &self.attack {
            writeln!(out, "\n[attack]")?;
            attack.model.write_to(out)?;
            writeln!(out, "margin = {:?}", attack.margin)?;
            writeln!(out, "live = {}", attack.live)?;
            writeln!(out, "threshold = {:?}", attack.threshold)?;
        }
        out.push('\n');
        out.push_str(&self.decision.write());
        Ok(())
    }
}

impl Decision {
    /// Writes the tables `[decision]` and `[decision.calibration]`.
    #[must_use]
    pub fn write(&self) -> String {
        let mut out = String::new();
        let _ = self.write_to(&mut out);
        out
    }

    fn write_to(&self, out: &mut String) -> core::fmt::Result {
        writeln!(out, "[decision]")?;
        writeln!(out, "supports = {:?}", self.supports)?;
        writeln!(out, "inconclusive = {:?}", self.inconclusive)?;
        let Some(calibration) = &self.calibration else {
            return Ok(());
        };
        let Calibration {
            name,
            set,
            made,
            embedder,
            subjects,
            genuine,
            impostor,
            at_supports,
            at_inconclusive,
        } = calibration;
        writeln!(out, "\n[decision.calibration]")?;
        writeln!(out, "name = {}", quoted(name))?;
        writeln!(out, "set = {}", quoted(set))?;
        if let Some(made) = made {
            writeln!(out, "made = {}", quoted(made))?;
        }
        writeln!(out, "embedder = {}", quoted(embedder))?;
        writeln!(out, "subjects = {subjects}")?;
        writeln!(out, "genuine = {genuine}")?;
        writeln!(out, "impostor = {impostor}")?;
        for (name, rates) in [
            ("at_supports", Some(at_supports)),
            ("at_inconclusive", at_inconclusive.as_ref()),
        ] {
            let Some(rates) = rates else { continue };
            let Rates {
                fmr,
                fmr_interval,
                fnmr,
                fnmr_interval,
            } = rates;
            writeln!(out, "\n[decision.calibration.{name}]")?;
            writeln!(out, "fmr = {fmr:?}")?;
            writeln!(out, "fmr_interval = {fmr_interval:?}")?;
            writeln!(out, "fnmr = {fnmr:?}")?;
            writeln!(out, "fnmr_interval = {fnmr_interval:?}")?;
        }
        Ok(())
    }
}

impl ModelFile {
    fn write_to(&self, out: &mut String) -> core::fmt::Result {
        writeln!(out, "file = {}", quoted(&self.file))?;
        writeln!(out, "sha256 = {}", quoted(&self.sha256))?;
        writeln!(out, "licence = {}", quoted(&self.licence))?;
        if let Some(notice) = &self.notice {
            writeln!(out, "notice = {}", quoted(notice))?;
        }
        writeln!(out, "source = {}", quoted(&self.source))?;
        writeln!(out, "input = {}", self.input)?;
        writeln!(out, "mean = {:?}", self.normalisation.mean)?;
        writeln!(out, "scale = {:?}", self.normalisation.scale)?;
        let channels = if self.normalisation.blue_first {
            "bgr"
        } else {
            "rgb"
        };
        writeln!(out, "channels = \"{channels}\"")
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

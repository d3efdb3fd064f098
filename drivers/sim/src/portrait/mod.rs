//! Portraits that are drawn and look it: a schematic face, another for each persona, under a band
//! that says what it is.

mod band;
mod canvas;
mod change;
mod face;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, RgbImage};

use crate::crypto::stream::LabelStream;
use crate::error::SimError;
use crate::personas::{Persona, Sex};
pub use change::JPEG_2000;
pub(crate) use change::change;

use canvas::{Canvas, Colour};

/// Width of a portrait in pixels.
pub const WIDTH: u16 = 480;
/// Height of a portrait in pixels.
pub const HEIGHT: u16 = 640;

/// Portraits made so far in this process.
static DRAWN: OnceLock<Mutex<HashMap<String, Arc<Vec<u8>>>>> = OnceLock::new();

/// The persona's portrait as a JPEG of 480 × 640 pixels and 15 to 18 thousand bytes.
///
/// # Errors
/// The encoder's.
pub fn jpeg(persona: &Persona) -> Result<Arc<Vec<u8>>, SimError> {
    let drawn = DRAWN.get_or_init(Mutex::default);
    let lock = || drawn.lock().unwrap_or_else(PoisonError::into_inner);
    let name = format!(
        "{} {:?} {}",
        persona.label(),
        persona.sex,
        persona.birth_date
    );
    if let Some(made) = lock().get(&name) {
        return Ok(made.clone());
    }
    let picture = draw(persona);
    // The best quality that stays below the size of the portraits on real cards.
    let (mut best, mut low, mut high) = (encode(&picture, 20)?, 20, 96);
    while high - low > 1 {
        let middle = u8::midpoint(low, high);
        let made = encode(&picture, middle)?;
        if made.len() <= 17_800 {
            (best, low) = (made, middle);
        } else {
            high = middle;
        }
    }
    let best = Arc::new(best);
    lock().insert(name, best.clone());
    Ok(best)
}

fn encode(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, SimError> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, quality).encode(
        picture.as_raw(),
        picture.width(),
        picture.height(),
        ExtendedColorType::Rgb8,
    )?;
    Ok(out)
}

/// What makes one face another than the next.
struct Look {
    skin: Colour,
    hair: Colour,
    shirt: Colour,
    ground: Colour,
    /// Half the width of the face.
    broad: f32,
    /// Half the height of the face.
    long: f32,
    /// Half the distance between the eyes.
    apart: f32,
    /// Half the width of the mouth.
    mouth: f32,
    /// Height of the brows above the eyes.
    brow: f32,
    /// Half the width of the nose.
    nose: f32,
    long_hair: bool,
    old: bool,
    glasses: bool,
}

impl Look {
    fn of(persona: &Persona) -> Self {
        let mut stream = LabelStream::new(&format!("look {}", persona.label()));
        let mut between = |low: f32, high: f32| {
            let byte = stream.take(1).first().copied().unwrap_or(0);
            low + (high - low) * f32::from(byte) / 255.0
        };
        let age = persona.issue_date.year() - persona.birth_date.year();
        let (old, child) = (age >= 60, age < 16);
        let warm = between(0.0, 1.0);
        let tint = between(0.0, 1.0);
        Self {
            skin: [
                236.0 - 18.0 * warm,
                200.0 - 24.0 * warm,
                172.0 - 28.0 * warm,
            ],
            hair: if old {
                [176.0, 174.0, 172.0]
            } else {
                [38.0 + 22.0 * tint, 30.0 + 12.0 * tint, 28.0]
            },
            shirt: [
                between(84.0, 190.0),
                between(96.0, 190.0),
                between(110.0, 200.0),
            ],
            ground: [
                between(196.0, 224.0),
                between(210.0, 230.0),
                between(222.0, 240.0),
            ],
            broad: between(104.0, 122.0) - if child { 4.0 } else { 0.0 },
            long: between(142.0, 158.0) - if child { 12.0 } else { 0.0 },
            apart: between(45.0, 54.0),
            mouth: between(34.0, 46.0),
            brow: between(30.0, 38.0),
            nose: between(14.0, 21.0),
            long_hair: persona.sex == Sex::Female,
            old,
            glasses: between(0.0, 1.0) > 0.8 || old,
        }
    }
}

fn draw(persona: &Persona) -> RgbImage {
    let look = Look::of(persona);
    let mut canvas = Canvas::new(WIDTH, HEIGHT);
    let (cx, cy) = (240.0, 286.0);
    face::backdrop(&mut canvas, &look);
    face::hair_behind(&mut canvas, &look, (cx, cy));
    face::shoulders(&mut canvas, &look, (cx, cy));
    face::head(&mut canvas, &look, (cx, cy));
    face::eyes(&mut canvas, &look, (cx, cy - 12.0));
    face::nose_and_mouth(&mut canvas, &look, (cx, cy));
    face::hair_in_front(&mut canvas, &look, (cx, cy));
    if look.glasses {
        face::glasses(&mut canvas, &look, (cx, cy - 12.0));
    }
    band::draw(&mut canvas);
    let mut stream = LabelStream::new("grain");
    let mut block = Vec::new();
    canvas.picture(move || {
        if block.is_empty() {
            block = stream.take(4096);
        }
        f32::from(block.pop().unwrap_or(128)) / 64.0 - 2.0
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::personas::personas;

    #[test]
    fn every_portrait_has_the_size_of_a_real_one_and_is_its_own() {
        let mut seen = Vec::new();
        for persona in personas().unwrap() {
            let bytes = jpeg(&persona).unwrap();
            assert!(
                (14_000..=18_000).contains(&bytes.len()),
                "{}: {}",
                persona.name,
                bytes.len()
            );
            let picture = image::load_from_memory(&bytes).unwrap();
            assert_eq!((picture.width(), picture.height()), (480, 640));
            assert!(!seen.contains(&bytes), "{}", persona.name);
            seen.push(bytes);
        }
    }
}

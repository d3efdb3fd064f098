//! One picture, looked at: which faces it shows, and what the one face in it is like.

use super::align::aligned;
use super::detect::Detection;
use super::embedding::Embedding;
use super::geometry::Area;
use super::landmarks::Landmarks;
use super::models::Models;
use super::network::NetworkError;
use super::picture::Picture;
use super::quality::Quality;

/// One face, found, measured and aligned.
#[derive(Debug)]
pub struct Face {
    /// Where it lies.
    pub area: Area,
    /// Its points.
    pub landmarks: Landmarks,
    /// What was measured of it.
    pub quality: Quality,
    /// Upright, cut out.
    chip: Picture,
}

/// What a picture shows.
#[derive(Debug)]
pub enum Sight {
    /// No face.
    Nothing,
    /// Exactly one.
    One(Box<Face>),
    /// Several.
    Several(usize),
}

impl Models {
    /// Looks at a picture.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn look(&self, picture: &Picture) -> Result<Sight, NetworkError> {
        let found = self.detector.detect(picture)?;
        match found.as_slice() {
            [] => Ok(Sight::Nothing),
            [one] => Ok(match self.face(picture, one)? {
                Some(face) => Sight::One(Box::new(face)),
                None => Sight::Nothing,
            }),
            several => Ok(Sight::Several(several.len())),
        }
    }

    /// A face that was found, measured and aligned. `None` where its points say nothing.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn face(
        &self,
        picture: &Picture,
        detection: &Detection,
    ) -> Result<Option<Face>, NetworkError> {
        let landmarks = match &self.landmarks {
            Some(net) => net.find(picture, detection.area)?,
            None => detection
                .points
                .and_then(|points| Landmarks::new(points.to_vec())),
        };
        let Some(landmarks) = landmarks else {
            return Ok(None);
        };
        let Some(chip) = aligned(picture, &landmarks, self.alignment, self.embedder.side) else {
            return Ok(None);
        };
        Ok(Some(Face {
            area: detection.area,
            quality: Quality::measure(&chip, &landmarks.five()),
            landmarks,
            chip,
        }))
    }

    /// The template of a face.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn embed(&self, face: &Face) -> Result<Embedding, NetworkError> {
        self.embedder.embed(&face.chip)
    }
}

//! A passive model that tells a living face from a picture of one. It may only veto: of pictures that
//! lay in files, such a model called 58 of 60 alive.

use super::geometry::Area;
use super::models::manifest::AttackModel;
use super::network::{Network, NetworkError};
use super::numbers::index;
use super::picture::Picture;
use super::resample::{Corner, placed, whole_of};

/// The model.
#[derive(Debug)]
pub struct AttackNet {
    /// The network.
    pub network: Network,
    /// What is known of it.
    pub model: AttackModel,
}

impl AttackNet {
    /// How much speaks for a living face, 0 to 1: the softmax of what the network gives. `None` where
    /// the face lies outside the picture.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn live(&self, picture: &Picture, face: Area) -> Result<Option<f64>, NetworkError> {
        let side = self.model.model.input;
        let Some(area) = self.around(picture, face) else {
            return Ok(None);
        };
        let normalisation = &self.model.model.normalisation;
        let Some(canvas) = placed(picture, area, side, side, Corner::UpperLeft, normalisation)
        else {
            return Ok(None);
        };
        let side = index(side);
        let output = self.network.run_one([1, 3, side, side], &canvas.values)?;
        let values: Vec<f64> = output
            .values
            .iter()
            .map(|value| f64::from(*value))
            .collect();
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let shares: Vec<f64> = values.iter().map(|value| (value - most).exp()).collect();
        let live = shares.get(self.model.live).ok_or(NetworkError::Numbers)?;
        Ok(Some(live / shares.iter().sum::<f64>()))
    }

    /// The square around a face, moved inside the picture and no larger than it.
    fn around(&self, picture: &Picture, face: Area) -> Option<Area> {
        let whole = whole_of(picture);
        let side = (face.width.max(face.height) * self.model.margin)
            .min(whole.width)
            .min(whole.height);
        let start = |middle: f64, length: f64| (middle - side / 2.0).clamp(0.0, length - side);
        let area = Area {
            x: start(face.x + face.width / 2.0, whole.width),
            y: start(face.y + face.height / 2.0, whole.height),
            width: side,
            height: side,
        };
        (face.is_sound() && area.is_sound()).then_some(area)
    }
}

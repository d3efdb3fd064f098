//! A network, run by `rten`.

use core::fmt;

use rten::{Dimension, Model, ModelOptions, Value, ValueView};
use zeroize::Zeroizing;

/// Largest model, in bytes.
pub const MAX_MODEL: u64 = 256 * 1024 * 1024;
/// Most numbers that a network may give; the largest used here gives 25 × 19 × 19.
const MAX_OUTPUT: usize = 1_000_000;

/// Why a network could not be loaded or run. It never holds what went in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// No model that can be run here; what the runtime says of it.
    #[error("the model cannot be loaded: {0}")]
    Load(String),
    /// It has other inputs or outputs than its kind has.
    #[error("the model has other inputs or outputs than its kind has: {0}")]
    Form(String),
    /// The runtime broke off; what it says.
    #[error("the model did not run: {0}")]
    Run(String),
    /// A result that is not finite, or of another shape.
    #[error("the model gave no usable numbers")]
    Numbers,
}

/// What a network gave: made of a picture, so it wipes itself.
pub struct Output {
    /// The length of each dimension.
    pub shape: Vec<usize>,
    /// The numbers, all finite.
    pub values: Zeroizing<Vec<f32>>,
}

/// A network with one input.
pub struct Network {
    model: Model,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.model)
    }
}

impl Network {
    /// Loads an ONNX file, whole in `bytes`: what it refers to outside is not there.
    ///
    /// # Errors
    /// [`NetworkError::Load`], [`NetworkError::Form`].
    pub fn load(bytes: Vec<u8>) -> Result<Self, NetworkError> {
        let mut options = ModelOptions::with_all_ops();
        // Costs memory once, and saves a tenth of each run.
        options.prepack_weights(true);
        let model = options
            .load(bytes)
            .map_err(|error| NetworkError::Load(error.to_string()))?;
        if model.input_ids().len() == 1 && !model.output_ids().is_empty() {
            Ok(Self { model })
        } else {
            let (inputs, outputs) = (model.input_ids().len(), model.output_ids().len());
            Err(NetworkError::Form(format!(
                "{inputs} inputs, {outputs} outputs"
            )))
        }
    }

    /// The shape that it takes; `None` for a dimension that is open.
    #[must_use]
    pub fn input(&self) -> Option<Vec<Option<usize>>> {
        let shape = self.model.input_shape(0)?;
        let length = |dimension| match dimension {
            Dimension::Fixed(length) => Some(length),
            Dimension::Symbolic(_) => None,
        };
        Some(shape.into_iter().map(length).collect())
    }

    /// The names of what it gives, in its order.
    #[must_use]
    pub fn outputs(&self) -> Vec<String> {
        let name = |id: &rten::NodeId| {
            let info = self.model.node_info(*id)?;
            Some(info.name().unwrap_or_default().to_owned())
        };
        self.model.output_ids().iter().filter_map(name).collect()
    }

    /// Runs it on pictures `[count, channels, height, width]`; everything that it gives, in its order.
    ///
    /// # Errors
    /// [`NetworkError::Run`], [`NetworkError::Numbers`].
    pub fn run(&self, shape: [usize; 4], pictures: &[f32]) -> Result<Vec<Output>, NetworkError> {
        let run = |error: &dyn fmt::Display| NetworkError::Run(error.to_string());
        let input = self
            .model
            .input_ids()
            .first()
            .ok_or(NetworkError::Numbers)?;
        let view = ValueView::from_shape(shape, pictures).map_err(|error| run(&error))?;
        let values = self
            .model
            .run(vec![(*input, view.into())], self.model.output_ids(), None)
            .map_err(|error| run(&error))?;
        values.into_iter().map(output).collect()
    }

    /// Runs a network that gives one value.
    ///
    /// # Errors
    /// [`NetworkError::Run`], [`NetworkError::Numbers`].
    pub fn run_one(&self, shape: [usize; 4], pictures: &[f32]) -> Result<Output, NetworkError> {
        let first = self.run(shape, pictures)?.into_iter().next();
        first.ok_or(NetworkError::Numbers)
    }
}

fn output(value: Value) -> Result<Output, NetworkError> {
    use rten_tensor::prelude::*;
    let tensor: rten_tensor::Tensor<f32> = value.try_into().map_err(|_| NetworkError::Numbers)?;
    let shape = tensor.shape().to_vec();
    let values = Zeroizing::new(tensor.into_data());
    if values.len() <= MAX_OUTPUT && values.iter().all(|value| value.is_finite()) {
        Ok(Output { shape, values })
    } else {
        Err(NetworkError::Numbers)
    }
}

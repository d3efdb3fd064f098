//! The package's three networks as ONNX graphs. Its tensors lie with the channels last and turn here
//! into ONNX's order, with the channels first.

use super::onnx::{Builder, Length, Value, Window, real};
use super::weights::{Weights, WeightsError};

/// A kernel `[rows, columns, in, out]` as `[out, in, rows, columns]`; with `in` and `out` changed
/// about, `[rows, columns, channels, 1]` as `[channels, 1, rows, columns]`.
fn kernel(values: &[f32], side: usize, inner: usize, outer: usize, by_channel: bool) -> Vec<f32> {
    let area = side.saturating_mul(side);
    let (first, second) = if by_channel {
        (inner, outer)
    } else {
        (outer, inner)
    };
    let mut turned = Vec::with_capacity(values.len());
    for a in 0..first {
        for b in 0..second {
            let (input, output) = if by_channel { (a, b) } else { (b, a) };
            for place in 0..area {
                let at = place
                    .saturating_mul(inner)
                    .saturating_add(input)
                    .saturating_mul(outer)
                    .saturating_add(output);
                // The shape was asked for with the tensor: every place is there.
                turned.push(values.get(at).copied().unwrap_or_default());
            }
        }
    }
    turned
}

/// A graph in the making with the weights that it takes.
struct Layers {
    graph: Builder,
    weights: Weights,
}

impl Layers {
    /// A convolution with all channels in each.
    fn full(
        &mut self,
        input: &Value,
        name: &str,
        (side, inner, outer): (usize, usize, usize),
        window: Window,
    ) -> Result<Value, WeightsError> {
        let filters = self
            .weights
            .take(&format!("{name}/filters"), &[side, side, inner, outer])?;
        let bias = self.weights.take(&format!("{name}/bias"), &[outer])?;
        let turned = kernel(&filters, side, inner, outer, false);
        let filters = self.graph.weights(&[outer, inner, side, side], &turned);
        let bias = self.graph.weights(&[outer], &bias);
        Ok(self
            .graph
            .convolution(input, &filters, Some(&bias), window, 1))
    }

    /// A separable convolution: 3×3 within each channel, then 1×1 across them.
    fn separable(
        &mut self,
        input: &Value,
        name: &str,
        (inner, outer): (usize, usize),
        window: Window,
    ) -> Result<Value, WeightsError> {
        let within = self
            .weights
            .take(&format!("{name}/depthwise_filter"), &[3, 3, inner, 1])?;
        let across = self
            .weights
            .take(&format!("{name}/pointwise_filter"), &[1, 1, inner, outer])?;
        let bias = self.weights.take(&format!("{name}/bias"), &[outer])?;
        let turned = kernel(&within, 3, inner, 1, true);
        let within = self.graph.weights(&[inner, 1, 3, 3], &turned);
        let turned = kernel(&across, 1, inner, outer, false);
        let across = self.graph.weights(&[outer, inner, 1, 1], &turned);
        let bias = self.graph.weights(&[outer], &bias);
        let groups = i64::try_from(inner).unwrap_or(i64::MAX);
        let channels = self.graph.convolution(input, &within, None, window, groups);
        Ok(self
            .graph
            .convolution(&channels, &across, Some(&bias), Window::valid(1, 1), 1))
    }

    /// A convolution whose result is scaled and moved channel by channel; both are folded into it.
    fn scaled(
        &mut self,
        input: &Value,
        name: &str,
        (side, inner, outer): (usize, usize, usize),
        window: Window,
    ) -> Result<Value, WeightsError> {
        let filters = self
            .weights
            .take(&format!("{name}/conv/filters"), &[side, side, inner, outer])?;
        let bias = self.weights.take(&format!("{name}/conv/bias"), &[outer])?;
        let scale = self
            .weights
            .take(&format!("{name}/scale/weights"), &[outer])?;
        let shift = self
            .weights
            .take(&format!("{name}/scale/biases"), &[outer])?;
        let mut turned = kernel(&filters, side, inner, outer, false);
        let each = side.saturating_mul(side).saturating_mul(inner).max(1);
        for (channel, scale) in turned.chunks_mut(each).zip(&scale) {
            channel.iter_mut().for_each(|weight| *weight *= scale);
        }
        let bias: Vec<f32> = bias
            .iter()
            .zip(&scale)
            .zip(&shift)
            .map(|((bias, scale), shift)| bias * scale + shift)
            .collect();
        let filters = self.graph.weights(&[outer, inner, side, side], &turned);
        let bias = self.graph.weights(&[outer], &bias);
        Ok(self
            .graph
            .convolution(input, &filters, Some(&bias), window, 1))
    }
}

/// The detector: `[1, 3, side, side]` to `[1, 25, side/32, side/32]`, five anchors of tx, ty, tw, th
/// and objectness. The side is a multiple of 32.
///
/// # Errors
/// [`WeightsError`].
pub fn detector(weights: Weights) -> Result<Vec<u8>, WeightsError> {
    let side = [
        Length::Of(1),
        Length::Of(3),
        Length::Open("height"),
        Length::Open("width"),
    ];
    let (graph, input) = Builder::new("tiny_face_detector", &side);
    let mut net = Layers { graph, weights };
    let leak = |net: &mut Layers, value: &Value| {
        net.graph
            .step("LeakyRelu", &[value], vec![real("alpha", 0.1)])
    };
    let mut value = net.full(&input, "conv0", (3, 3, 16), Window::valid(3, 1))?;
    value = leak(&mut net, &value);
    for (layer, inner) in [(1, 16), (2, 32), (3, 64), (4, 128), (5, 256)] {
        // The unpadded first layer leaves side − 2: halved once, that is odd, and only then.
        let end = i64::from(layer == 2);
        value = net
            .graph
            .pool("MaxPool", &value, Window::valid(2, 2).padded(0, end));
        value = net.separable(
            &value,
            &format!("conv{layer}"),
            (inner, inner.saturating_mul(2)),
            Window::valid(3, 1).padded(1, 1),
        )?;
        value = leak(&mut net, &value);
    }
    value = net
        .graph
        .pool("MaxPool", &value, Window::valid(2, 1).padded(0, 1));
    value = net.full(&value, "conv8", (1, 512, 25), Window::valid(1, 1))?;
    net.weights.end()?;
    let grid = [
        Length::Of(1),
        Length::Of(25),
        Length::Open("rows"),
        Length::Open("columns"),
    ];
    Ok(net.graph.finish(&value, &grid))
}

/// The landmarks: `[1, 3, 112, 112]` to `[1, 136]`, x and y of 68 points as shares of the side.
///
/// # Errors
/// [`WeightsError`].
pub fn landmarks(weights: Weights) -> Result<Vec<u8>, WeightsError> {
    let square = [
        Length::Of(1),
        Length::Of(3),
        Length::Of(112),
        Length::Of(112),
    ];
    let (graph, mut value) = Builder::new("face_landmark_68", &square);
    let mut net = Layers { graph, weights };
    // TensorFlow's SAME with stride 2 on an even side adds at the end alone.
    let halving = Window::valid(3, 2).padded(0, 1);
    let same = Window::valid(3, 1).padded(1, 1);
    for (block, inner, outer) in [(0, 3, 32), (1, 32, 64), (2, 64, 128), (3, 128, 256)] {
        let name = |layer: usize| format!("dense{block}/conv{layer}");
        value = if block == 0 {
            net.full(&value, &name(0), (3, inner, outer), halving)?
        } else {
            net.separable(&value, &name(0), (inner, outer), halving)?
        };
        let first = net.graph.relu(&value);
        let mut sum = first;
        for layer in 1..=3 {
            // What goes on is the sum so far; for the first layer that is the block's own input.
            let input = if layer == 1 {
                sum.clone()
            } else {
                net.graph.relu(&sum)
            };
            let next = net.separable(&input, &name(layer), (outer, outer), same)?;
            sum = net.graph.sum(&sum, &next);
        }
        value = net.graph.relu(&sum);
    }
    let means = net.graph.means(&value);
    let matrix = net.weights.take("fc/weights", &[256, 136])?;
    let bias = net.weights.take("fc/bias", &[136])?;
    let matrix = net.graph.weights(&[256, 136], &matrix);
    let bias = net.graph.weights(&[136], &bias);
    let points = net
        .graph
        .step("Gemm", &[&means, &matrix, &bias], Vec::new());
    net.weights.end()?;
    Ok(net.graph.finish(&points, &[Length::Of(1), Length::Of(136)]))
}

/// The embedder: `[n, 3, 150, 150]` to `[n, 128]`.
///
/// # Errors
/// [`WeightsError`].
pub fn embedder(weights: Weights) -> Result<Vec<u8>, WeightsError> {
    let chips = [
        Length::Open("chips"),
        Length::Of(3),
        Length::Of(150),
        Length::Of(150),
    ];
    let (graph, input) = Builder::new("face_recognition", &chips);
    let mut net = Layers { graph, weights };
    let first = net.scaled(&input, "conv32_down", (7, 3, 32), Window::valid(7, 2))?;
    let first = net.graph.relu(&first);
    let mut value = net.graph.pool("MaxPool", &first, Window::valid(3, 2));
    // (150 − 7) / 2 + 1 = 72, (72 − 3) / 2 + 1 = 35.
    let mut side = 35_usize;
    for (name, inner, outer, halves) in [
        ("conv32_1", 32, 32, false),
        ("conv32_2", 32, 32, false),
        ("conv32_3", 32, 32, false),
        ("conv64_down", 32, 64, true),
        ("conv64_1", 64, 64, false),
        ("conv64_2", 64, 64, false),
        ("conv64_3", 64, 64, false),
        ("conv128_down", 64, 128, true),
        ("conv128_1", 128, 128, false),
        ("conv128_2", 128, 128, false),
        ("conv256_down", 128, 256, true),
        ("conv256_1", 256, 256, false),
        ("conv256_2", 256, 256, false),
        ("conv256_down_out", 256, 256, true),
    ] {
        let same = Window::valid(3, 1).padded(1, 1);
        let window = if halves { Window::valid(3, 2) } else { same };
        let branch = net.scaled(&value, &format!("{name}/conv1"), (3, inner, outer), window)?;
        let branch = net.graph.relu(&branch);
        let mut branch = net.scaled(&branch, &format!("{name}/conv2"), (3, outer, outer), same)?;
        let mut shortcut = value;
        if halves {
            shortcut = net
                .graph
                .pool("AveragePool", &shortcut, Window::valid(2, 2));
            if side.is_multiple_of(2) {
                // The unpadded convolution came out one smaller than the pool.
                branch = net.graph.pad(&branch, 0, 1, 1);
            }
            let more = i64::try_from(outer - inner).unwrap_or(i64::MAX);
            if more > 0 {
                shortcut = net.graph.pad(&shortcut, more, 0, 0);
            }
            side /= 2;
        }
        let sum = net.graph.sum(&branch, &shortcut);
        value = net.graph.relu(&sum);
    }
    let means = net.graph.means(&value);
    let matrix = net.weights.take("fc", &[256, 128])?;
    let matrix = net.graph.weights(&[256, 128], &matrix);
    let embedding = net.graph.step("MatMul", &[&means, &matrix], Vec::new());
    net.weights.end()?;
    Ok(net
        .graph
        .finish(&embedding, &[Length::Open("chips"), Length::Of(128)]))
}

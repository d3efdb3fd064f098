//! ONNX as the importer writes it: the part of `onnx.proto3` (version 1.7 and later) that its three
//! networks need, declared field by field, and a builder of graphs over it.
//!
//! `onnx.proto` is of version 2: repeated numbers are not packed.
//!
//! The encoding itself is `prost`'s: a wire format that others keep well is nothing to write anew,
//! and without generated code the declarations below can be held against the schema line by line.

use prost::Message;

/// `ModelProto`.
#[derive(Clone, PartialEq, Message)]
pub struct Model {
    /// The version of the format.
    #[prost(int64, tag = "1")]
    pub ir_version: i64,
    /// Who wrote it.
    #[prost(string, tag = "2")]
    pub producer_name: String,
    /// What it computes.
    #[prost(message, optional, tag = "7")]
    pub graph: Option<Graph>,
    /// The operators that it counts on.
    #[prost(message, repeated, tag = "8")]
    pub opset_import: Vec<OperatorSet>,
}

/// `OperatorSetIdProto`.
#[derive(Clone, PartialEq, Message)]
pub struct OperatorSet {
    /// Empty for ONNX's own.
    #[prost(string, tag = "1")]
    pub domain: String,
    /// Its version.
    #[prost(int64, tag = "2")]
    pub version: i64,
}

/// `GraphProto`.
#[derive(Clone, PartialEq, Message)]
pub struct Graph {
    /// The steps in their order.
    #[prost(message, repeated, tag = "1")]
    pub node: Vec<Node>,
    /// Its name.
    #[prost(string, tag = "2")]
    pub name: String,
    /// The weights.
    #[prost(message, repeated, tag = "5")]
    pub initializer: Vec<Tensor>,
    /// What goes in.
    #[prost(message, repeated, tag = "11")]
    pub input: Vec<ValueInfo>,
    /// What comes out.
    #[prost(message, repeated, tag = "12")]
    pub output: Vec<ValueInfo>,
}

/// `NodeProto`.
#[derive(Clone, PartialEq, Message)]
pub struct Node {
    /// The values it takes.
    #[prost(string, repeated, tag = "1")]
    pub input: Vec<String>,
    /// The values it gives.
    #[prost(string, repeated, tag = "2")]
    pub output: Vec<String>,
    /// Its name.
    #[prost(string, tag = "3")]
    pub name: String,
    /// Which operator.
    #[prost(string, tag = "4")]
    pub op_type: String,
    /// How.
    #[prost(message, repeated, tag = "5")]
    pub attribute: Vec<Attribute>,
}

/// `AttributeProto`.
#[derive(Clone, PartialEq, Message)]
pub struct Attribute {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// A real number.
    #[prost(float, tag = "2")]
    pub f: f32,
    /// A whole number.
    #[prost(int64, tag = "3")]
    pub i: i64,
    /// Whole numbers.
    #[prost(int64, repeated, packed = "false", tag = "8")]
    pub ints: Vec<i64>,
    /// Which of them: 1 `f`, 2 `i`, 7 `ints`.
    #[prost(int32, tag = "20")]
    pub kind: i32,
}

/// `TensorProto`.
#[derive(Clone, PartialEq, Message)]
pub struct Tensor {
    /// The length of each dimension.
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub dims: Vec<i64>,
    /// 1 for float, 7 for int64.
    #[prost(int32, tag = "2")]
    pub data_type: i32,
    /// Its name.
    #[prost(string, tag = "8")]
    pub name: String,
    /// The numbers, little endian.
    #[prost(bytes = "vec", tag = "9")]
    pub raw_data: Vec<u8>,
}

/// `ValueInfoProto`.
#[derive(Clone, PartialEq, Message)]
pub struct ValueInfo {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its type.
    #[prost(message, optional, tag = "2")]
    pub kind: Option<Type>,
}

/// `TypeProto`, of which only tensors are used.
#[derive(Clone, PartialEq, Message)]
pub struct Type {
    /// A tensor.
    #[prost(message, optional, tag = "1")]
    pub tensor: Option<TensorType>,
}

/// `TypeProto.Tensor`.
#[derive(Clone, PartialEq, Message)]
pub struct TensorType {
    /// 1 for float.
    #[prost(int32, tag = "1")]
    pub elem_type: i32,
    /// Its shape.
    #[prost(message, optional, tag = "2")]
    pub shape: Option<Shape>,
}

/// `TensorShapeProto`.
#[derive(Clone, PartialEq, Message)]
pub struct Shape {
    /// Its dimensions.
    #[prost(message, repeated, tag = "1")]
    pub dim: Vec<Dimension>,
}

/// `TensorShapeProto.Dimension`: a length, or a name for one that is open.
#[derive(Clone, PartialEq, Message)]
pub struct Dimension {
    /// The length.
    #[prost(int64, optional, tag = "1")]
    pub value: Option<i64>,
    /// The name.
    #[prost(string, optional, tag = "2")]
    pub parameter: Option<String>,
}

/// The versions written: the operators of 13 are as old as they may be for what is used here.
const IR_VERSION: i64 = 7;
const OPERATORS: i64 = 13;
const FLOAT: i32 = 1;
const INT64: i32 = 7;

/// A dimension of what goes in or comes out.
#[derive(Clone, Copy, Debug)]
pub enum Length {
    /// Known.
    Of(usize),
    /// Open, by name.
    Open(&'static str),
}

/// A value within a graph.
#[derive(Clone, Debug)]
pub struct Value(String);

/// Window, stride and padding of a convolution or a pool, all of them square.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Side of the window.
    pub side: i64,
    /// Step.
    pub stride: i64,
    /// Rows and columns added at the top and at the left.
    pub before: i64,
    /// Rows and columns added at the bottom and at the right.
    pub after: i64,
}

/// Puts a graph together, step by step.
#[derive(Debug, Default)]
pub struct Builder {
    graph: Graph,
}

impl Builder {
    /// A graph with one input.
    pub fn new(name: &str, shape: &[Length]) -> (Self, Value) {
        let mut builder = Self::default();
        name.clone_into(&mut builder.graph.name);
        builder.graph.input.push(value_info("input", shape));
        (builder, Value("input".to_owned()))
    }

    /// Weights. Their number is their shape's product.
    pub fn weights(&mut self, shape: &[usize], values: &[f32]) -> Value {
        let raw = values.iter().flat_map(|value| value.to_le_bytes());
        self.tensor(shape, FLOAT, raw.collect())
    }

    /// One step with one result.
    pub fn step(&mut self, operator: &str, inputs: &[&Value], attribute: Vec<Attribute>) -> Value {
        let name = format!("{}_{}", operator.to_lowercase(), self.graph.node.len());
        self.graph.node.push(Node {
            input: inputs.iter().map(|value| value.0.clone()).collect(),
            output: vec![name.clone()],
            name: name.clone(),
            op_type: operator.to_owned(),
            attribute,
        });
        Value(name)
    }

    /// A convolution in `groups`, with a bias or without.
    pub fn convolution(
        &mut self,
        input: &Value,
        kernel: &Value,
        bias: Option<&Value>,
        window: Window,
        groups: i64,
    ) -> Value {
        let mut attributes = window.attributes();
        attributes.push(whole("group", groups));
        let inputs: Vec<&Value> = [input, kernel].into_iter().chain(bias).collect();
        self.step("Conv", &inputs, attributes)
    }

    /// `MaxPool` or `AveragePool`.
    pub fn pool(&mut self, operator: &str, input: &Value, window: Window) -> Value {
        self.step(operator, &[input], window.attributes())
    }

    /// `max(x, 0)`.
    pub fn relu(&mut self, input: &Value) -> Value {
        self.step("Relu", &[input], Vec::new())
    }

    /// The sum of two values of one shape.
    pub fn sum(&mut self, one: &Value, other: &Value) -> Value {
        self.step("Add", &[one, other], Vec::new())
    }

    /// Zeros added behind the last channel, row and column.
    pub fn pad(&mut self, input: &Value, channels: i64, rows: i64, columns: i64) -> Value {
        let ends = [0, 0, 0, 0, 0, channels, rows, columns];
        let raw = ends.iter().flat_map(|end: &i64| end.to_le_bytes());
        let ends = self.tensor(&[ends.len()], INT64, raw.collect());
        self.step("Pad", &[input, &ends], Vec::new())
    }

    /// The mean of each channel, as a row for each picture.
    pub fn means(&mut self, input: &Value) -> Value {
        let means = self.step("GlobalAveragePool", &[input], Vec::new());
        self.step("Flatten", &[&means], vec![whole("axis", 1)])
    }

    /// The file.
    pub fn finish(mut self, output: &Value, shape: &[Length]) -> Vec<u8> {
        let name = "output";
        self.graph.node.push(Node {
            input: vec![output.0.clone()],
            output: vec![name.to_owned()],
            name: name.to_owned(),
            op_type: "Identity".to_owned(),
            attribute: Vec::new(),
        });
        self.graph.output.push(value_info(name, shape));
        Model {
            ir_version: IR_VERSION,
            producer_name: "cccd-desk".to_owned(),
            graph: Some(self.graph),
            opset_import: vec![OperatorSet {
                domain: String::new(),
                version: OPERATORS,
            }],
        }
        .encode_to_vec()
    }

    fn tensor(&mut self, shape: &[usize], data_type: i32, raw_data: Vec<u8>) -> Value {
        let name = format!("w{}", self.graph.initializer.len());
        self.graph.initializer.push(Tensor {
            dims: shape.iter().map(|length| signed(*length)).collect(),
            data_type,
            name: name.clone(),
            raw_data,
        });
        Value(name)
    }
}

impl Window {
    /// A window without padding.
    pub const fn valid(side: i64, stride: i64) -> Self {
        Self {
            side,
            stride,
            before: 0,
            after: 0,
        }
    }

    /// The same with padding.
    pub const fn padded(self, before: i64, after: i64) -> Self {
        Self {
            before,
            after,
            ..self
        }
    }

    fn attributes(self) -> Vec<Attribute> {
        let Self {
            side,
            stride,
            before,
            after,
        } = self;
        vec![
            several("kernel_shape", vec![side, side]),
            several("strides", vec![stride, stride]),
            several("pads", vec![before, before, after, after]),
        ]
    }
}

/// An attribute that is a real number.
pub fn real(name: &str, value: f32) -> Attribute {
    Attribute {
        name: name.to_owned(),
        f: value,
        kind: 1,
        ..Attribute::default()
    }
}

/// An attribute that is a whole number.
pub fn whole(name: &str, value: i64) -> Attribute {
    Attribute {
        name: name.to_owned(),
        i: value,
        kind: 2,
        ..Attribute::default()
    }
}

fn several(name: &str, values: Vec<i64>) -> Attribute {
    Attribute {
        name: name.to_owned(),
        ints: values,
        kind: 7,
        ..Attribute::default()
    }
}

fn value_info(name: &str, shape: &[Length]) -> ValueInfo {
    let dim = shape
        .iter()
        .map(|length| match length {
            Length::Of(length) => Dimension {
                value: Some(signed(*length)),
                parameter: None,
            },
            Length::Open(name) => Dimension {
                value: None,
                parameter: Some((*name).to_owned()),
            },
        })
        .collect();
    ValueInfo {
        name: name.to_owned(),
        kind: Some(Type {
            tensor: Some(TensorType {
                elem_type: FLOAT,
                shape: Some(Shape { dim }),
            }),
        }),
    }
}

fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

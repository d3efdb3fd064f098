//! The container of the package: a list of tensors (`*-weights_manifest.json`) and their bytes
//! (`*.bin`), one after another in the list's order, without gaps, little endian.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Longest list, in bytes.
const MAX_MANIFEST: usize = 256 * 1024;
/// Longest container, in bytes.
const MAX_CONTAINER: usize = 16 * 1024 * 1024;
/// Most tensors of one network.
const MAX_TENSORS: usize = 512;
/// Most dimensions of a tensor.
const MAX_DIMENSIONS: usize = 4;

/// Why a list and its container are not those of a network. Indices count tensors from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeightsError {
    /// Longer than the bounds.
    #[error("longer than a network may be")]
    TooLarge,
    /// The list is no JSON of the known form.
    #[error("the list of tensors, line {line}: not of the known form")]
    List {
        /// The line, from 1.
        line: usize,
    },
    /// Not exactly one group of tensors with one container.
    #[error("{groups} groups of tensors where one is known")]
    Groups {
        /// How many.
        groups: usize,
    },
    /// More tensors than the bound.
    #[error("{count} tensors")]
    TooManyTensors {
        /// How many.
        count: usize,
    },
    /// Numbers of a kind that is not used here, or quantised otherwise.
    #[error("tensor {index}: numbers of an unknown kind")]
    Kind {
        /// Which one.
        index: usize,
    },
    /// Too many dimensions, or more numbers than a container can hold.
    #[error("tensor {index}: a shape out of bounds")]
    Shape {
        /// Which one.
        index: usize,
    },
    /// A name that occurs twice.
    #[error("tensor {index}: its name occurs twice")]
    Twice {
        /// Which one.
        index: usize,
    },
    /// The container ends within a tensor.
    #[error("tensor {index}: the container ends within it")]
    Ends {
        /// Which one.
        index: usize,
    },
    /// A number that is not finite.
    #[error("tensor {index}: holds what is no number")]
    NotFinite {
        /// Which one.
        index: usize,
    },
    /// The container goes on after the last tensor.
    #[error("{bytes} bytes after the last tensor")]
    Rest {
        /// How many.
        bytes: usize,
    },
    /// The network wants a tensor that is not there.
    #[error("no tensor {name}")]
    Missing {
        /// Which one.
        name: String,
    },
    /// A tensor is of another shape than the network's.
    #[error("tensor {name} is {found:?}, not {expected:?}")]
    OtherShape {
        /// Which one.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// What the network wants.
        expected: Vec<usize>,
    },
    /// Tensors that the network has no use for.
    #[error("{count} tensors too many, {name} among them")]
    Unused {
        /// How many.
        count: usize,
        /// One of them.
        name: String,
    },
}

/// Numbers with a shape, the last dimension being the innermost.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// The length of each dimension.
    pub shape: Vec<usize>,
    /// As many numbers as the dimensions' product.
    pub values: Vec<f32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    weights: Vec<Entry>,
    paths: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    shape: Vec<usize>,
    dtype: String,
    quantization: Option<Quantization>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Quantization {
    dtype: String,
    scale: f64,
    min: f64,
}

/// The tensors of one network, by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights(BTreeMap<String, Tensor>);

impl Weights {
    /// Reads a container by its list. Bytes with `quantization` become byte · scale + min.
    ///
    /// # Errors
    /// [`WeightsError`], the first that is met.
    pub fn parse(list: &[u8], container: &[u8]) -> Result<Self, WeightsError> {
        if list.len() > MAX_MANIFEST || container.len() > MAX_CONTAINER {
            return Err(WeightsError::TooLarge);
        }
        let groups: Vec<Group> = serde_json::from_slice(list)
            .map_err(|error| WeightsError::List { line: error.line() })?;
        let [group] = groups.as_slice() else {
            let groups = groups.len();
            return Err(WeightsError::Groups { groups });
        };
        if group.paths.len() != 1 {
            let groups = group.paths.len();
            return Err(WeightsError::Groups { groups });
        }
        if group.weights.len() > MAX_TENSORS {
            let count = group.weights.len();
            return Err(WeightsError::TooManyTensors { count });
        }
        let mut tensors = BTreeMap::new();
        let mut rest = container;
        for (index, entry) in group.weights.iter().enumerate() {
            let tensor = entry.read(index, &mut rest)?;
            if tensors.insert(entry.name.clone(), tensor).is_some() {
                return Err(WeightsError::Twice { index });
            }
        }
        match rest.len() {
            0 => Ok(Self(tensors)),
            bytes => Err(WeightsError::Rest { bytes }),
        }
    }

    /// Takes out the tensor `name`, which has to be of that shape.
    ///
    /// # Errors
    /// [`WeightsError::Missing`], [`WeightsError::OtherShape`].
    pub fn take(&mut self, name: &str, expected: &[usize]) -> Result<Vec<f32>, WeightsError> {
        let Some(tensor) = self.0.remove(name) else {
            let name = name.to_owned();
            return Err(WeightsError::Missing { name });
        };
        if tensor.shape == expected {
            Ok(tensor.values)
        } else {
            Err(WeightsError::OtherShape {
                name: name.to_owned(),
                found: tensor.shape,
                expected: expected.to_vec(),
            })
        }
    }

    /// Nothing may be left that no layer asked for.
    ///
    /// # Errors
    /// [`WeightsError::Unused`].
    pub fn end(self) -> Result<(), WeightsError> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => Err(WeightsError::Unused {
                count: self.0.len(),
                name: name.clone(),
            }),
        }
    }
}

impl Entry {
    /// Takes the entry's bytes from the front of `rest`.
    fn read(&self, index: usize, rest: &mut &[u8]) -> Result<Tensor, WeightsError> {
        if self.dtype != "float32" {
            return Err(WeightsError::Kind { index });
        }
        if self.shape.len() > MAX_DIMENSIONS {
            return Err(WeightsError::Shape { index });
        }
        let count = self
            .shape
            .iter()
            .try_fold(1_usize, |product, length| product.checked_mul(*length))
            .filter(|count| (1..=MAX_CONTAINER).contains(count))
            .ok_or(WeightsError::Shape { index })?;
        let width = if self.quantization.is_some() { 1 } else { 4 };
        let length = count.saturating_mul(width);
        let (bytes, after) = rest
            .split_at_checked(length)
            .ok_or(WeightsError::Ends { index })?;
        *rest = after;
        let values: Vec<f32> = match &self.quantization {
            Some(quantization) if quantization.dtype == "uint8" => bytes
                .iter()
                .map(|byte| {
                    let value = f64::from(*byte) * quantization.scale + quantization.min;
                    crate::biometrics::face::numbers::single(value)
                })
                .collect(),
            Some(_) => return Err(WeightsError::Kind { index }),
            None => bytes
                .as_chunks::<4>()
                .0
                .iter()
                .map(|bytes| f32::from_le_bytes(*bytes))
                .collect(),
        };
        if values.iter().any(|value| !value.is_finite()) {
            return Err(WeightsError::NotFinite { index });
        }
        Ok(Tensor {
            shape: self.shape.clone(),
            values,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    const LIST: &str = r#"[{"weights": [
        {"name": "a", "shape": [2, 2], "dtype": "float32", "quantization": {"dtype": "uint8", "scale": 0.5, "min": -1}},
        {"name": "b", "shape": [1], "dtype": "float32"}
    ], "paths": ["x.bin"]}]"#;

    fn container() -> Vec<u8> {
        [&[0, 1, 2, 255][..], &1.5_f32.to_le_bytes()].concat()
    }

    fn refused(list: &str, container: &[u8]) -> WeightsError {
        Weights::parse(list.as_bytes(), container).unwrap_err()
    }

    #[test]
    fn bytes_become_numbers() {
        let mut weights = Weights::parse(LIST.as_bytes(), &container()).unwrap();
        assert_eq!(
            weights.take("a", &[2, 2]).unwrap(),
            [-1.0, -0.5, 0.0, 126.5]
        );
        assert_eq!(
            weights.clone().end().unwrap_err(),
            WeightsError::Unused {
                count: 1,
                name: "b".to_owned()
            }
        );
        assert_eq!(weights.take("b", &[1]).unwrap(), [1.5]);
        assert_eq!(
            weights.take("b", &[1]).unwrap_err(),
            WeightsError::Missing {
                name: "b".to_owned()
            }
        );
        weights.end().unwrap();
    }

    #[test]
    fn whatever_is_not_as_it_should_be_is_named() {
        let whole = container();
        let table = [
            (
                LIST.to_owned(),
                &whole[..7],
                WeightsError::Ends { index: 1 },
            ),
            (
                LIST.to_owned(),
                &whole[..3],
                WeightsError::Ends { index: 0 },
            ),
            (
                LIST.replace("[1]", "[]"),
                &whole[..5],
                WeightsError::Ends { index: 1 },
            ),
            (
                LIST.replace("uint8", "uint16"),
                &whole[..],
                WeightsError::Kind { index: 0 },
            ),
            (
                LIST.replace("[1], \"dtype\": \"float32\"", "[1], \"dtype\": \"int32\""),
                &whole[..],
                WeightsError::Kind { index: 1 },
            ),
            (
                LIST.replace("\"b\"", "\"a\""),
                &whole[..],
                WeightsError::Twice { index: 1 },
            ),
            (
                LIST.replace("[2, 2]", "[0]"),
                &whole[..],
                WeightsError::Shape { index: 0 },
            ),
            (
                LIST.replace("[2, 2]", "[1,1,1,2,2]"),
                &whole[..],
                WeightsError::Shape { index: 0 },
            ),
            (
                LIST.replace("[2, 2]", "[4294967296,4294967296,4]"),
                &whole[..],
                WeightsError::Shape { index: 0 },
            ),
            (
                LIST.replace("0.5", "1e300"),
                &whole[..],
                WeightsError::NotFinite { index: 0 },
            ),
            (
                LIST.replace("\"x.bin\"", ""),
                &whole[..],
                WeightsError::Groups { groups: 0 },
            ),
            (
                "[]".to_owned(),
                &whole[..],
                WeightsError::Groups { groups: 0 },
            ),
            (
                LIST.replace("\"paths\"", "\"path\""),
                &whole[..],
                WeightsError::List { line: 4 },
            ),
            (
                LIST.replace("[2, 2]", "[2, -2]"),
                &whole[..],
                WeightsError::List { line: 2 },
            ),
        ];
        for (list, container, expected) in table {
            assert_eq!(refused(&list, container), expected, "{list}");
        }
        let longer = [&whole[..], &[0; 3]].concat();
        assert_eq!(refused(LIST, &longer), WeightsError::Rest { bytes: 3 });
        let nan = [&whole[..4], &f32::NAN.to_le_bytes()].concat();
        assert_eq!(refused(LIST, &nan), WeightsError::NotFinite { index: 1 });
        let mut weights = Weights::parse(LIST.as_bytes(), &whole).unwrap();
        assert!(matches!(
            weights.take("a", &[4]),
            Err(WeightsError::OtherShape { .. })
        ));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(
            at in 0_usize..300, byte: u8, container in proptest::collection::vec(any::<u8>(), 0..64),
        ) {
            let mut list = LIST.as_bytes().to_vec();
            if let Some(target) = list.get_mut(at) {
                *target = byte;
            }
            let _ = Weights::parse(&list, &container);
        }
    }
}

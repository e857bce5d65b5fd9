//! Statistics and rolls as Python's libraries spell them: an axis says which function of the
//! language is meant, and what would differ is refused.

use std::fmt::{self, Display, Formatter};
use std::ops::Range;

use crate::function::Function;
use crate::nearest::nearest;

/// What is computed along an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Operation {
    Mean,
    Std,
    Variance,
    Min,
    Max,
    Sum,
    Softmax,
    Roll,
}

use Operation::*;

const NAMES: &[(&str, Operation)] = &[
    ("mean", Mean),
    ("std", Std),
    ("var", Variance),
    ("amin", Min),
    ("amax", Max),
    ("sum", Sum),
    ("softmax", Softmax),
    ("roll", Roll),
    ("reduce_mean", Mean),
    ("reduce_std", Std),
    ("reduce_variance", Variance),
    ("reduce_min", Min),
    ("reduce_max", Max),
    ("reduce_sum", Sum),
    ("max", Max),
    ("min", Min),
];

/// A call whose function depends on its axis, which may follow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Coupling {
    operation: Operation,
    name: &'static str,
    dialect: Dialect,
}

/// Where the libraries differ.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Dialect {
    /// A name without a prefix.
    None,
    Torch,
    Other,
}

/// What stands in a call beside the values: an argument by keyword, or an axis in its place.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub keyword: String,
    pub value: Value,
    /// Of the keyword and the value.
    pub place: Range<usize>,
}

/// The value of a [`Setting`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    Number(f64),
    Truth(bool),
    Nothing,
}

impl Display for Value {
    /// As Python writes it.
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(number) => write!(out, "{number}"),
            Value::Truth(true) => out.write_str("True"),
            Value::Truth(false) => out.write_str("False"),
            Value::Nothing => out.write_str("None"),
        }
    }
}

/// The function that a coupling means, or whose square it means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meaning {
    Function(Function),
    SquareOf(Function),
}

/// What a coupling means once its axis is known.
pub(super) struct Resolved {
    pub meaning: Meaning,
    /// The places of a roll, where a keyword gives them, and where it stands.
    pub shift: Option<(f64, Range<usize>)>,
}

/// What is wrong with a call, and where, if not at its name.
pub(super) type Refusal = (Option<Range<usize>>, String);

const AXES: &[&str] = &["axis", "dim", "dims"];
const KEEPING: &[&str] = &["keepdims", "keepdim"];
const CORRECTIONS: &[&str] = &["unbiased", "correction", "ddof"];
const SHIFTS: &[&str] = &["shift", "shifts"];

/// The axes of an activation's tensor, and all of it.
#[derive(Clone, Copy)]
enum Along {
    Features,
    Batch,
    Tensor,
}

/// What the settings of a call say together.
#[derive(Default)]
struct Choice {
    axis: Option<Along>,
    /// The places of a roll, and where they stand.
    shift: Option<(f64, Range<usize>)>,
    is_population: bool,
}

/// The coupling that a call names; `max` and `min` are one only in libraries that reduce by these
/// names.
pub(super) fn named(prefix: &str, name: &str) -> Option<Coupling> {
    let dialect = match prefix {
        "" => Dialect::None,
        "torch" | "F" | "nn" | "torch.nn.functional" | "nn.functional" | "torch.special" => {
            Dialect::Torch
        }
        _ => Dialect::Other,
    };
    if matches!(name, "max" | "min")
        && !matches!(prefix, "np" | "numpy" | "jnp" | "jax.numpy" | "torch")
    {
        return None;
    }
    NAMES
        .iter()
        .find(|(other, _)| *other == name)
        .map(|(name, operation)| Coupling {
            operation: *operation,
            name,
            dialect,
        })
}

/// Every name of a coupling.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, _)| *name)
}

/// The coupling that `max` or `min` becomes where an axis follows.
pub(super) fn extremum(function: Function, keyword: &str) -> Option<Coupling> {
    let operation = match function {
        Function::Max => Max,
        Function::Min => Min,
        _ => return None,
    };
    (AXES.contains(&keyword) || KEEPING.contains(&keyword)).then(|| Coupling {
        operation,
        name: function.name(),
        dialect: Dialect::None,
    })
}

impl Coupling {
    pub fn name(self) -> &'static str {
        self.name
    }

    /// How many values it takes: a roll has its places too.
    pub fn values(self) -> usize {
        if self.operation == Roll {
            2
        } else {
            1
        }
    }

    /// Whether the value that stands after `x` may be meant to be compared with it.
    pub fn compares(self) -> bool {
        matches!(self.name, "max" | "min")
    }

    /// What is meant by a call with these settings, in the order of the text.
    pub fn resolved(self, settings: &[Setting]) -> Result<Resolved, Refusal> {
        let mut choice = Choice::default();
        for (index, setting) in settings.iter().enumerate() {
            self.check_keyword(setting, &settings[..index])?;
            self.choose(setting, &mut choice)
                .map_err(|message| (Some(setting.place.clone()), message))?;
        }
        if self.dialect == Dialect::Torch {
            self.check_torch(choice.axis, choice.is_population)?;
        }
        Ok(Resolved {
            meaning: self.meaning(choice.axis)?,
            shift: choice.shift,
        })
    }

    /// Refuses a keyword that the call does not have, or that an earlier one has said.
    fn check_keyword(self, setting: &Setting, earlier: &[Setting]) -> Result<(), Refusal> {
        let keyword = setting.keyword.as_str();
        let family = self
            .families()
            .iter()
            .find(|family| family.contains(&keyword));
        let Some(family) = family else {
            let keywords = self.families().iter().flat_map(|family| family.iter());
            let known = nearest(keyword, keywords.copied());
            let message = format!(
                "`{}` has no argument `{keyword}` that is read: the nearest known one is \
                 `{known}`",
                self.name
            );
            return Err((Some(setting.place.clone()), message));
        };
        if earlier
            .iter()
            .any(|earlier| family.contains(&earlier.keyword.as_str()))
        {
            return Err((
                Some(setting.place.clone()),
                format!("`{keyword}` says again what the call said before: remove one"),
            ));
        }
        Ok(())
    }

    /// Takes up one setting, or says why it does not do.
    fn choose(self, setting: &Setting, choice: &mut Choice) -> Result<(), String> {
        let (keyword, value) = (setting.keyword.as_str(), setting.value);
        match keyword {
            "axis" | "dim" | "dims" => {
                let axis = along(value).ok_or_else(|| {
                    format!(
                        "expected the axis -1 or 1 (the features), 0 (the batch) or None (the \
                         whole tensor), found {value}"
                    )
                })?;
                choice.axis = Some(axis);
            }
            "keepdims" | "keepdim" if matches!(value, Value::Truth(_)) => {}
            "keepdims" | "keepdim" => {
                return Err(format!(
                    "expected True or False after `{keyword}=`, found {value}"
                ))
            }
            "shift" | "shifts" => match value {
                Value::Number(number) => choice.shift = Some((number, setting.place.clone())),
                _ => {
                    return Err(format!(
                        "expected a whole number after `{keyword}=`, found {value}"
                    ))
                }
            },
            _ => {
                let population = if keyword == "unbiased" {
                    Value::Truth(false)
                } else {
                    Value::Number(0.0)
                };
                if value != population {
                    return Err(format!(
                        "`{}` is that of the population here: write {keyword}={population}, \
                         found {value}",
                        self.name
                    ));
                }
                choice.is_population = true;
            }
        }
        Ok(())
    }

    fn families(self) -> &'static [&'static [&'static str]] {
        match self.operation {
            Std | Variance => &[AXES, KEEPING, CORRECTIONS],
            Softmax => &[AXES],
            Roll => &[AXES, SHIFTS],
            Mean | Min | Max | Sum => &[AXES, KEEPING],
        }
    }

    /// Refuses what PyTorch means otherwise.
    fn check_torch(self, axis: Option<Along>, is_population: bool) -> Result<(), Refusal> {
        let name = self.name;
        if matches!(self.operation, Std | Variance) && !is_population {
            let advice =
                "write unbiased=False for that of the population, which is the one read here";
            return Err((
                None,
                format!(
                    "`torch.{name}` divides by one less than the count: {advice}, as in \
                     `torch.{name}(x, dim=-1, unbiased=False)`"
                ),
            ));
        }
        if self.compares() && axis.is_some() {
            return Err((
                None,
                format!(
                    "`torch.{name}` along a dim gives indices too: write `torch.a{name}(x, \
                     dim=-1)`"
                ),
            ));
        }
        Ok(())
    }

    fn meaning(self, axis: Option<Along>) -> Result<Meaning, Refusal> {
        use Function::*;
        let by_axis = match self.operation {
            Operation::Mean => [FeatureMean, BatchMean, TensorMean],
            Operation::Std | Operation::Variance => [FeatureStd, BatchStd, TensorStd],
            Operation::Min => [FeatureMin, BatchMin, TensorMin],
            Operation::Max => [FeatureMax, BatchMax, TensorMax],
            Operation::Sum => [FeatureSum, BatchSum, TensorSum],
            Operation::Softmax => {
                return match axis {
                    None | Some(Along::Features) => Ok(Meaning::Function(Softmax)),
                    Some(_) => {
                        let advice =
                            "over the batch write `e = exp(x - batch_max(x)); e / batch_sum(e)`";
                        Err((
                            None,
                            format!("`softmax` runs over the features, axis -1: {advice}"),
                        ))
                    }
                };
            }
            Operation::Roll => {
                return match axis {
                    Some(Along::Features) => Ok(Meaning::Function(Roll)),
                    None if self.dialect == Dialect::None => Ok(Meaning::Function(Roll)),
                    None => Err((
                        None,
                        "without an axis a library rolls the flattened tensor: write `roll(x, \
                         1)`, which moves features"
                            .to_owned(),
                    )),
                    Some(_) => Err((
                        None,
                        "`roll` moves the features of a row, axis -1: the rows of a batch have no \
                         order"
                            .to_owned(),
                    )),
                };
            }
        };
        let function = match axis {
            Some(Along::Features) => by_axis[0],
            Some(Along::Batch) => by_axis[1],
            None | Some(Along::Tensor) => by_axis[2],
        };
        Ok(if self.operation == Operation::Variance {
            Meaning::SquareOf(function)
        } else {
            Meaning::Function(function)
        })
    }
}

fn along(value: Value) -> Option<Along> {
    match value {
        Value::Number(number) if number == -1.0 || number == 1.0 => Some(Along::Features),
        Value::Number(0.0) => Some(Along::Batch),
        Value::Nothing => Some(Along::Tensor),
        _ => None,
    }
}

//! The catalogue of operators and functions that a formula may use.

use super::class::Class;

/// An operator or function of the formula language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Function {
    Add,
    Subtract,
    Multiply,
    Divide,
    Negate,
    /// Real power; a negative base has a value at whole exponents only.
    Power,
    /// Comparisons give 1 or 0.
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    /// `where(condition, then, otherwise)`: `then` where the condition is not 0.
    Where,
    /// `clamp(x, low, high)` = min(max(x, low), high).
    Clamp,
    Min,
    Max,
    Abs,
    /// 0 at 0.
    Sign,
    Square,
    Cube,
    Reciprocal,
    Sqrt,
    Exp,
    Expm1,
    Log,
    Log1p,
    Sin,
    Cos,
    Tan,
    Sinh,
    Cosh,
    Tanh,
    Asin,
    Acos,
    Atan,
    Asinh,
    Acosh,
    Atanh,
    Sigmoid,
    LogSigmoid,
    /// relu6(x + 3) / 6.
    HardSigmoid,
    Softplus,
    Softsign,
    Relu,
    /// Slope 0.01 on the left.
    LeakyRelu,
    /// The exact form, 0.5 x erfc(-x / sqrt(2)).
    Gelu,
    /// The approximation 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).
    GeluTanh,
    Silu,
    /// x hard_sigmoid(x).
    HardSilu,
    Mish,
    /// With alpha = 1.
    Elu,
    /// Klambauer et al. 2017, with their constants.
    Selu,
    /// x sigmoid(x) for x >= 0, else (exp(x) - 1) sigmoid(x).
    Elish,
    Erf,
    Erfc,
    /// Normalised: sin(pi x) / (pi x).
    Sinc,
    /// exp(-|x|) I0(x).
    BesselI0e,
    /// exp(-|x|) I1(x).
    BesselI1e,
    /// The largest whole number that is not above x; slope 0.
    Floor,
    /// The smallest whole number that is not below x; slope 0.
    Ceil,
    /// The nearest whole number, the even one of two; slope 0.
    Round,
    /// The value of its argument, with slope 0.
    StopGradient,
    /// `param(initial)`: a trainable parameter, one value a layer. Each place in the text is a parameter of its own; a binding shares one.
    Param,
    /// `channel_param(initial)`: a trainable parameter, one value a feature of the layer.
    ChannelParam,
    /// `roll(x, k)`: feature j takes the value of feature j - k of its row, around the end; k is a whole number.
    Roll,
    /// Over the features of the element's own row.
    FeatureMean,
    /// Population standard deviation; its slope is 0 where it is 0.
    FeatureStd,
    FeatureMin,
    FeatureMax,
    FeatureSum,
    /// exp(x) over its sum over the features of the row.
    Softmax,
    /// Over the rows of the batch, at the element's own feature.
    BatchMean,
    BatchStd,
    BatchMin,
    BatchMax,
    BatchSum,
    /// Over the whole tensor.
    TensorMean,
    TensorStd,
    TensorMin,
    TensorMax,
    TensorSum,
}

use Function::*;

/// Every function with its number of arguments and its names: the printed one first, then the others that are accepted.
const CATALOGUE: &[(Function, usize, &[&str])] = &[
    (Add, 2, &["add"]),
    (Subtract, 2, &["subtract", "sub"]),
    (Multiply, 2, &["multiply", "mul"]),
    (Divide, 2, &["divide", "true_divide", "div"]),
    (Negate, 1, &["negative", "neg"]),
    (Power, 2, &["pow", "power", "float_power", "integer_pow"]),
    (Less, 2, &["less", "lt"]),
    (LessEqual, 2, &["less_equal", "le"]),
    (Greater, 2, &["greater", "gt"]),
    (GreaterEqual, 2, &["greater_equal", "ge"]),
    (Equal, 2, &["equal", "eq"]),
    (NotEqual, 2, &["not_equal", "ne"]),
    (Where, 3, &["where", "if", "select"]),
    (Clamp, 3, &["clamp", "clip"]),
    (Min, 2, &["min", "minimum", "fmin"]),
    (Max, 2, &["max", "maximum", "fmax"]),
    (Abs, 1, &["abs", "absolute", "fabs"]),
    (Sign, 1, &["sign", "sgn"]),
    (Square, 1, &["square"]),
    (Cube, 1, &["cube"]),
    (Reciprocal, 1, &["reciprocal"]),
    (Sqrt, 1, &["sqrt"]),
    (Exp, 1, &["exp"]),
    (Expm1, 1, &["expm1"]),
    (Log, 1, &["log", "ln"]),
    (Log1p, 1, &["log1p"]),
    (Sin, 1, &["sin"]),
    (Cos, 1, &["cos"]),
    (Tan, 1, &["tan"]),
    (Sinh, 1, &["sinh"]),
    (Cosh, 1, &["cosh"]),
    (Tanh, 1, &["tanh"]),
    (Asin, 1, &["asin", "arcsin"]),
    (Acos, 1, &["acos", "arccos"]),
    (Atan, 1, &["atan", "arctan"]),
    (Asinh, 1, &["asinh", "arcsinh"]),
    (Acosh, 1, &["acosh", "arccosh"]),
    (Atanh, 1, &["atanh", "arctanh"]),
    (Sigmoid, 1, &["sigmoid", "logistic", "expit"]),
    (LogSigmoid, 1, &["log_sigmoid", "logsigmoid", "log_expit"]),
    (HardSigmoid, 1, &["hard_sigmoid", "hardsigmoid"]),
    (Softplus, 1, &["softplus"]),
    (Softsign, 1, &["softsign", "soft_sign"]),
    (Relu, 1, &["relu"]),
    (LeakyRelu, 1, &["leaky_relu"]),
    (Gelu, 1, &["gelu", "gelu_exact", "gelu_erf"]),
    (GeluTanh, 1, &["gelu_tanh", "gelu_approximate"]),
    (Silu, 1, &["silu", "swish"]),
    (HardSilu, 1, &["hard_silu", "hard_swish", "hardswish"]),
    (Mish, 1, &["mish"]),
    (Elu, 1, &["elu"]),
    (Selu, 1, &["selu"]),
    (Elish, 1, &["elish"]),
    (Erf, 1, &["erf"]),
    (Erfc, 1, &["erfc"]),
    (Sinc, 1, &["sinc"]),
    (BesselI0e, 1, &["bessel_i0e", "i0e"]),
    (BesselI1e, 1, &["bessel_i1e", "i1e"]),
    (Floor, 1, &["floor"]),
    (Ceil, 1, &["ceil"]),
    (Round, 1, &["round", "rint"]),
    (StopGradient, 1, &["stop_gradient", "detach"]),
    (Param, 1, &["param", "parameter"]),
    (ChannelParam, 1, &["channel_param"]),
    (Roll, 2, &["roll"]),
    (FeatureMean, 1, &["feature_mean"]),
    (FeatureStd, 1, &["feature_std"]),
    (FeatureMin, 1, &["feature_min"]),
    (FeatureMax, 1, &["feature_max"]),
    (FeatureSum, 1, &["feature_sum"]),
    (Softmax, 1, &["softmax"]),
    (BatchMean, 1, &["batch_mean"]),
    (BatchStd, 1, &["batch_std"]),
    (BatchMin, 1, &["batch_min"]),
    (BatchMax, 1, &["batch_max"]),
    (BatchSum, 1, &["batch_sum"]),
    (TensorMean, 1, &["tensor_mean"]),
    (TensorStd, 1, &["tensor_std"]),
    (TensorMin, 1, &["tensor_min"]),
    (TensorMax, 1, &["tensor_max"]),
    (TensorSum, 1, &["tensor_sum"]),
];

const ALL: [Function; CATALOGUE.len()] = {
    let mut all = [Add; CATALOGUE.len()];
    let mut i = 0;
    while i < all.len() {
        all[i] = CATALOGUE[i].0;
        i += 1;
    }
    all
};

impl Function {
    /// Every operator and function, in the order of their declaration.
    pub fn all() -> &'static [Function] {
        &ALL
    }

    /// The name, as calls print it; operators have one too (`add`), and are accepted as calls.
    pub fn name(self) -> &'static str {
        CATALOGUE[self as usize].2[0]
    }

    /// The other names that are accepted.
    pub fn aliases(self) -> &'static [&'static str] {
        &CATALOGUE[self as usize].2[1..]
    }

    /// The number of arguments. In text, `min` and `max` take two or more, which fold to the left.
    pub fn arity(self) -> usize {
        CATALOGUE[self as usize].1
    }

    /// The function of this name or alias.
    pub fn named(name: &str) -> Option<Function> {
        CATALOGUE.iter().find(|(_, _, names)| names.contains(&name)).map(|(function, _, _)| *function)
    }

    /// Whether it is a function of numbers, with the slope of that function: not what reads other elements, is trained, or stops a gradient.
    pub fn is_scalar(self) -> bool {
        self.class() == Class::Pointwise && !matches!(self, Param | ChannelParam | StopGradient)
    }

    /// What a call of it reads, its arguments aside.
    pub fn class(self) -> Class {
        match self {
            Roll | Softmax | FeatureMean | FeatureStd | FeatureMin | FeatureMax | FeatureSum => Class::Feature,
            BatchMean | BatchStd | BatchMin | BatchMax | BatchSum => Class::Batch,
            TensorMean | TensorStd | TensorMin | TensorMax | TensorSum => Class::Batch,
            _ => Class::Pointwise,
        }
    }

    /// The operator's symbol, for those that are printed between their arguments.
    pub fn symbol(self) -> Option<&'static str> {
        Some(match self {
            Add => "+",
            Subtract => "-",
            Multiply => "*",
            Divide => "/",
            Power => "^",
            Less => "<",
            LessEqual => "<=",
            Greater => ">",
            GreaterEqual => ">=",
            Equal => "==",
            NotEqual => "!=",
            _ => return None,
        })
    }
}

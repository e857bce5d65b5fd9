//! The catalogue of operators and functions that a formula may use.

use crate::class::Class;

/// The `eps` of the guarded forms: of the published operators `log|x + eps|` and `x1 / (x2 + eps)`,
/// whose value is not published, and of `safe_div` and `safe_log`. Its reciprocal bounds
/// `safe_tan`.
pub const EPSILON: f64 = 1e-3;

/// Where the guarded forms cut their results, or the arguments of waves: far outside of what an
/// activation meets, far inside of 32 bits.
pub const BOUND: f64 = 1e6;

/// Declares [`Function`] and its catalogue. A row is the variant, its number of arguments, its
/// names (the printed one first, then the others that are accepted) and its definition.
macro_rules! functions {
    ($($function:ident, $arity:literal, [$($name:literal),+], $definition:literal;)+) => {
        /// An operator or function of the formula language; [`Function::definition`] says what each
        /// computes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Function {
            $(
                #[doc = $definition]
                $function,
            )+
        }

        /// Every function with its number of arguments, its names and its definition.
        const CATALOGUE: &[(Function, usize, &[&str], &str)] =
            &[$((Function::$function, $arity, &[$($name),+], $definition)),+];
    };
}

functions! {
    Add, 2, ["add"], "`a + b`";
    Subtract, 2, ["subtract", "sub"], "`a - b`";
    Multiply, 2, ["multiply", "mul"], "`a * b`";
    Divide, 2, ["divide", "true_divide", "div"], "`a / b`";
    Negate, 1, ["negative", "neg"], "`-x`";
    Power, 2, ["pow", "power", "float_power", "integer_pow"],
        "The real power a^b; of a negative a it has a value at whole b only";
    Remainder, 2, ["remainder", "mod", "floormod"],
        "`a - b * floor(a / b)`; has the sign of b; as a function of a its slope is 1, of b it \
         is -floor(a / b), the jumps left out";
    Less, 2, ["less", "lt"], "1 where a < b, else 0; slope 0";
    LessEqual, 2, ["less_equal", "le"], "1 where a <= b, else 0; slope 0";
    Greater, 2, ["greater", "gt"], "1 where a > b, else 0; slope 0";
    GreaterEqual, 2, ["greater_equal", "ge"], "1 where a >= b, else 0; slope 0";
    Equal, 2, ["equal", "eq"], "1 where a equals b, else 0; slope 0";
    NotEqual, 2, ["not_equal", "ne"], "0 where a equals b, else 1; slope 0";
    Where, 3, ["where", "if", "select"],
        "b where the condition a is not 0, else c; the slope is that of the branch chosen";
    Clamp, 3, ["clamp", "clip"], "`min(max(a, b), c)`; the slope is 0 from the bounds on";
    Min, 2, ["min", "minimum", "fmin"],
        "The smaller of a and b; at a tie the slope is that of b, or of the constant one";
    Max, 2, ["max", "maximum", "fmax"],
        "The larger of a and b; at a tie the slope is that of b, or of the constant one";
    Abs, 1, ["abs", "absolute", "fabs"], "The size of x; slope 0 at 0";
    Sign, 1, ["sign", "sgn"], "`where(x > 0, 1, where(x < 0, -1, x))`; slope 0";
    Square, 1, ["square"], "`x^2`";
    Cube, 1, ["cube"], "`x^3`";
    Reciprocal, 1, ["reciprocal"], "`1 / x`";
    Sqrt, 1, ["sqrt"], "The square root; slope 0 at 0, no value below";
    Exp, 1, ["exp"], "e^x";
    Expm1, 1, ["expm1"], "`exp(x) - 1`; exact near 0";
    Log, 1, ["log", "ln"], "The natural logarithm; no value below 0";
    Log1p, 1, ["log1p"], "`log(1 + x)`; exact near 0";
    Sin, 1, ["sin"], "The sine";
    Cos, 1, ["cos"], "The cosine";
    Tan, 1, ["tan"], "`sin(x) / cos(x)`";
    Sinh, 1, ["sinh"], "`(exp(x) - exp(-x)) / 2`";
    Cosh, 1, ["cosh"], "`(exp(x) + exp(-x)) / 2`";
    Tanh, 1, ["tanh"], "`2 * sigmoid(2 * x) - 1`";
    Asin, 1, ["asin", "arcsin"], "The inverse of the sine on [-1, 1]; slope 0 at the ends";
    Acos, 1, ["acos", "arccos"], "The inverse of the cosine on [-1, 1]; slope 0 at the ends";
    Atan, 1, ["atan", "arctan"], "The inverse of the tangent";
    Asinh, 1, ["asinh", "arcsinh"], "The inverse of sinh";
    Acosh, 1, ["acosh", "arccosh"], "The inverse of cosh from 1 on; slope 0 at 1";
    Atanh, 1, ["atanh", "arctanh"], "`0.5 * log((1 + x) / (1 - x))`";
    Sigmoid, 1, ["sigmoid", "logistic", "expit"], "`1 / (1 + exp(-x))`";
    LogSigmoid, 1, ["log_sigmoid", "logsigmoid", "log_expit"], "`-softplus(-x)`";
    HardSigmoid, 1, ["hard_sigmoid", "hardsigmoid"], "`clamp(x + 3, 0, 6) / 6`";
    Softplus, 1, ["softplus"], "`log(1 + exp(x))`";
    Softsign, 1, ["softsign", "soft_sign"], "`x / (1 + abs(x))`";
    Relu, 1, ["relu"], "`max(x, 0)`; slope 0 at 0";
    LeakyRelu, 1, ["leaky_relu"], "`where(x > 0, x, 0.01 * x)`; slope 0.01 at 0";
    Gelu, 1, ["gelu", "gelu_exact", "gelu_erf"], "`0.5 * x * erfc(-x / sqrt(2))`; the exact form";
    GeluTanh, 1, ["gelu_tanh", "gelu_approximate"],
        "`0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))`; the approximation";
    Silu, 1, ["silu", "swish"], "`x * sigmoid(x)`";
    HardSilu, 1, ["hard_silu", "hard_swish", "hardswish"], "`x * hard_sigmoid(x)`";
    Mish, 1, ["mish"], "`x * tanh(softplus(x))`";
    Elu, 1, ["elu"], "`where(x > 0, x, expm1(x))`";
    Celu, 2, ["celu"],
        "`where(a > 0, a, b * expm1(a / b))`; b is 1 where it is left out (Barron 2017)";
    Selu, 1, ["selu"],
        "`1.0507009873554805 * where(x > 0, x, 1.6732632423543772 * expm1(x))`; Klambauer et al. \
         2017";
    Elish, 1, ["elish"], "`where(x < 0, expm1(x), x) * sigmoid(x)`";
    Erf, 1, ["erf"], "The error function";
    Erfc, 1, ["erfc"], "`1 - erf(x)`; exact in its tail";
    Sinc, 1, ["sinc"], "sin(pi x) / (pi x), and 1 at 0";
    BesselI0e, 1, ["bessel_i0e", "i0e"],
        "exp(-|x|) I0(x), the scaled modified Bessel function of order 0";
    BesselI1e, 1, ["bessel_i1e", "i1e"],
        "exp(-|x|) I1(x), the scaled modified Bessel function of order 1";
    Floor, 1, ["floor"], "The largest whole number that is not above x; slope 0";
    Ceil, 1, ["ceil"], "`-floor(-x)`; the smallest whole number that is not below x; slope 0";
    Round, 1, ["round", "rint"], "The nearest whole number, the even one of two; slope 0";
    LogEps, 1, ["log_eps"], "`log(abs(x + 0.001))`; operator of the two-core-unit search of 2020";
    DivideEps, 2, ["divide_eps"], "`a / (b + 0.001)`; operator of the two-core-unit search of 2020";
    Log1pSafe, 1, ["log1p_safe", "safe_log1p"], "`log1p(abs(x))`";
    SafeAdd, 2, ["safe_add"], "`clamp(a + b, -1e6, 1e6)`";
    SafeSubtract, 2, ["safe_sub", "safe_subtract"], "`clamp(a - b, -1e6, 1e6)`";
    SafeMultiply, 2, ["safe_mul", "safe_multiply"], "`clamp(a * b, -1e6, 1e6)`";
    SafeDivide, 2, ["safe_div", "safe_divide"],
        "`a / where(b < 0, min(b, -0.001), max(b, 0.001))`; a / b where b is not within 0.001 of 0";
    SafeSin, 1, ["safe_sin"], "`sin(clamp(x, -1e6, 1e6))`";
    SafeCos, 1, ["safe_cos"], "`cos(clamp(x, -1e6, 1e6))`";
    SafeTan, 1, ["safe_tan"], "`clamp(tan(clamp(x, -1e6, 1e6)), -1000, 1000)`";
    SafeSqrt, 1, ["safe_sqrt"], "`sqrt(abs(x))`; slope 0 at 0";
    SafeLog, 1, ["safe_log"], "`log(max(abs(x), 0.001))`; slope 0 within 0.001 of 0";
    SigmoidBoost, 1, ["sigmoid_boost"], "`x * (1 + sigmoid(x))`";
    ReluLike, 1, ["relu_like"], "`max(x, 0)`; slope 0 at 0";
    SigmoidLike, 1, ["sigmoid_like"], "`sigmoid(x)`";
    GeluLike, 1, ["gelu_like"],
        "`x * sigmoid(1.702 * x)`; the approximation of Hendrycks and Gimpel 2016";
    GatedGate, 2, ["gated_gate"],
        "`sigmoid(a) * b`; also the gate of Swish's search (arXiv 1710.05941)";
    StopGradient, 1, ["stop_gradient", "detach"], "x, with slope 0";
    Param, 1, ["param", "parameter"],
        "A trainable parameter that starts from the number x, one value a layer; each place in \
         the text is one of its own, a binding shares one";
    ChannelParam, 1, ["channel_param"],
        "A trainable parameter that starts from the number x, one value a feature of the layer";
    Roll, 2, ["roll"],
        "Feature j takes the value of feature j - b of its row, around the end; b is a whole \
         number";
    FeatureMean, 1, ["feature_mean"], "The mean over the features of the row";
    FeatureStd, 1, ["feature_std"],
        "The population standard deviation over the features of the row; slope 0 where it is 0";
    FeatureMin, 1, ["feature_min"],
        "The smallest over the features of the row; equal ones share the slope";
    FeatureMax, 1, ["feature_max"],
        "The largest over the features of the row; equal ones share the slope";
    FeatureSum, 1, ["feature_sum"], "The sum over the features of the row";
    Softmax, 1, ["softmax"], "exp(x) over its sum over the features of the row";
    BatchMean, 1, ["batch_mean"], "The mean over the rows of the batch, at the same feature";
    BatchStd, 1, ["batch_std"],
        "The population standard deviation over the rows of the batch, at the same feature; \
         slope 0 where it is 0";
    BatchMin, 1, ["batch_min"],
        "The smallest over the rows of the batch, at the same feature; equal ones share the slope";
    BatchMax, 1, ["batch_max"],
        "The largest over the rows of the batch, at the same feature; equal ones share the slope";
    BatchSum, 1, ["batch_sum"], "The sum over the rows of the batch, at the same feature";
    TensorMean, 1, ["tensor_mean"], "The mean over the whole tensor";
    TensorStd, 1, ["tensor_std"],
        "The population standard deviation over the whole tensor; slope 0 where it is 0";
    TensorMin, 1, ["tensor_min"], "The smallest over the whole tensor; equal ones share the slope";
    TensorMax, 1, ["tensor_max"], "The largest over the whole tensor; equal ones share the slope";
    TensorSum, 1, ["tensor_sum"], "The sum over the whole tensor";
}

use Function::*;

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

    /// What it computes of `x`, or of `a`, `b` and `c` in their order, on one line; a formula in
    /// backquotes at its start says it whole, save for rounding. `0.001` and `1e6` in the guarded
    /// forms are [`EPSILON`] and [`BOUND`].
    pub fn definition(self) -> &'static str {
        CATALOGUE[self as usize].3
    }

    /// The number of arguments. In text, `add`, `multiply`, `min` and `max` take two or more, which
    /// fold to the left.
    pub fn arity(self) -> usize {
        CATALOGUE[self as usize].1
    }

    /// The function of this name or alias; `None` where there is none.
    pub fn named(name: &str) -> Option<Function> {
        CATALOGUE
            .iter()
            .find(|(_, _, names, _)| names.contains(&name))
            .map(|(function, ..)| *function)
    }

    /// Whether it is a plain function of numbers, with the slope of that function: it reads no
    /// other element, has no parameter, and stops no gradient.
    pub fn is_scalar(self) -> bool {
        self.class() == Class::Pointwise && !matches!(self, Param | ChannelParam | StopGradient)
    }

    /// Whether prompts and grammars offer it: the plain functions of numbers, without the guarded
    /// forms and without what is written more plainly with others.
    pub fn is_offered(self) -> bool {
        let guarded = self >= LogEps && self <= GatedGate;
        self.is_scalar() && !guarded && !matches!(self, Remainder | Celu)
    }

    /// What a call of it reads beside its arguments.
    pub fn class(self) -> Class {
        match self {
            Roll | Softmax | FeatureMean | FeatureStd | FeatureMin | FeatureMax | FeatureSum => {
                Class::Feature
            }
            BatchMean | BatchStd | BatchMin | BatchMax | BatchSum => Class::Batch,
            TensorMean | TensorStd | TensorMin | TensorMax | TensorSum => Class::Batch,
            _ => Class::Pointwise,
        }
    }

    /// The symbol that is printed between the arguments; `None` for what is printed as a call.
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

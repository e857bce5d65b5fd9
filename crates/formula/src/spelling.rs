//! What the authors of formulas write: library prefixes, other names, and names that are refused
//! with advice.

use super::coupling::{self, Coupling};
use super::error::FormulaErrorKind;
use super::function::Function;
use super::library;
use crate::nearest::nearest;

/// Words that cannot name a binding.
pub(super) const KEYWORDS: &[&str] = &[
    "and", "or", "not", "if", "else", "let", "return", "lambda", "def", "where", "True", "False",
    "None", "true", "false", "import", "for", "while", "in", "is",
];

/// What may stand before a function or constant, in front of its last `.` or `::`.
const PREFIXES: &[&str] = &[
    "jnp",
    "np",
    "numpy",
    "jax.numpy",
    "torch",
    "math",
    "jax.nn",
    "jnn",
    "nn",
    "F",
    "torch.nn.functional",
    "nn.functional",
    "tf",
    "tf.math",
    "tf.nn",
    "jax.lax",
    "lax",
    "jax.scipy.special",
    "jsp.special",
    "scipy.special",
    "special",
    "torch.special",
];

/// What a call in text names: a function of the language, or an idiom that is written with others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Callee {
    Function(Function),
    /// A statistic or a roll, until its axis is known.
    Coupled(Coupling),
    /// The square of the function.
    SquareOf(Function),
    /// log(a) / log(2).
    Log2,
    /// log(a) / log(10).
    Log10,
    /// 2^a.
    Exp2,
    /// 1 / sqrt(a).
    Rsqrt,
    /// clamp(a, 0, 6).
    Relu6,
    /// clamp(a, -1, 1).
    HardTanh,
    /// 1 where both are not 0.
    And,
    /// 1 where one is not 0.
    Or,
    /// 1 where it is 0.
    Not,
    /// The activation at this place of the library.
    Known(usize),
}

const IDIOMS: &[(&str, Callee)] = &[
    ("log2", Callee::Log2),
    ("log10", Callee::Log10),
    ("exp2", Callee::Exp2),
    ("rsqrt", Callee::Rsqrt),
    ("relu6", Callee::Relu6),
    ("hard_tanh", Callee::HardTanh),
    ("hardtanh", Callee::HardTanh),
    ("logical_and", Callee::And),
    ("logical_or", Callee::Or),
    ("logical_not", Callee::Not),
];

/// Names that read other elements in ways that no formula has, or draw: refused whatever the
/// campaign allows.
const FORBIDDEN: &[(&[&str], &str)] = &[
    (
        &[
            "median",
            "prod",
            "cumsum",
            "cumprod",
            "nanmean",
            "nanstd",
            "quantile",
            "percentile",
            "argmax",
            "argmin",
            "sort",
            "argsort",
            "topk",
        ],
        "reads other elements in a way that formulas do not have: they have their mean, std, min, \
         max, sum and softmax",
    ),
    (
        &[
            "fft", "rfft", "ifft", "convolve", "conv1d", "shift", "pad", "flip", "diff", "gradient",
        ],
        "reads neighbouring elements in a way that formulas do not have: they have `roll(x, 1)`",
    ),
    (
        &[
            "random",
            "rand",
            "randn",
            "normal",
            "uniform",
            "dropout",
            "rrelu",
            "bernoulli",
        ],
        "is random; a formula must give the same value each time",
    ),
];

/// Names refused with a reason of their own, under the prefixes given (all, where none is).
const REFUSED: &[(&[&str], &str, &str)] = &[
    (
        &["tf.nn"],
        "leaky_relu",
        "TensorFlow's slope is 0.2, elsewhere it is 0.01: write where(x > 0, x, 0.2 * x)",
    ),
    (
        &[],
        "prelu",
        "its slope is trainable: write where(x > 0, x, param(0.25) * x)",
    ),
    (
        &[],
        "layer_norm",
        "write (x - feature_mean(x)) / sqrt(feature_std(x)^2 + 1e-5)",
    ),
    (
        &[],
        "batch_norm",
        "write (x - batch_mean(x)) / sqrt(batch_std(x)^2 + 1e-5)",
    ),
    (&[], "rms_norm", "write x / sqrt(feature_mean(x^2) + 1e-5)"),
    (&[], "norm", "write sqrt(feature_sum(x^2))"),
    (&[], "softmin", "write softmax(-x)"),
    (
        &[],
        "log_softmax",
        "write y = x - feature_max(x); y - log(feature_sum(exp(y)))",
    ),
    (
        &[],
        "logsumexp",
        "write m = feature_max(x); m + log(feature_sum(exp(x - m)))",
    ),
    (&[], "hypot", "write sqrt(a^2 + b^2)"),
    (&[], "logaddexp", "write b + softplus(a - b)"),
    (&[], "heaviside", "write x > 0"),
    (&[], "not", "write 1 - condition"),
    (&[], "zeros_like", "write 0"),
    (&[], "ones_like", "write 1"),
    (&[], "full_like", "write the number"),
    (&[], "array", "write the number"),
    (&[], "asarray", "write the number"),
    (&[], "tensor", "write the number"),
    (&[], "float", "write its argument alone"),
    (&[], "float32", "write its argument alone"),
    (&[], "sech", "write 1 / cosh(x)"),
    (&[], "csch", "write 1 / sinh(x)"),
    (&[], "sec", "write 1 / cos(x)"),
    (&[], "csc", "write 1 / sin(x)"),
    (&[], "cot", "write 1 / tan(x)"),
    (&[], "cbrt", "write sign(x) * abs(x)^(1/3)"),
    (&[], "squareplus", "write 0.5 * (x + sqrt(x^2 + 4))"),
    (&[], "tanhshrink", "write x - tanh(x)"),
    (&[], "hardshrink", "write where(abs(x) > 0.5, x, 0)"),
    (&[], "softshrink", "write x - clamp(x, -0.5, 0.5)"),
    (&[], "threshold", "write where(x > threshold, x, value)"),
    (&[], "xlogy", "write a * log(b)"),
    (
        &["math"],
        "remainder",
        "Python's rounds the quotient: write x - y * round(x / y), or remainder(x, y), which \
         takes its floor",
    ),
    (
        &[],
        "fmod",
        "it cuts the quotient towards 0: write remainder(a, b), which takes its floor",
    ),
    (&[], "floor_divide", "write floor(a / b)"),
    (&[], "trunc", "write sign(x) * floor(abs(x))"),
    (&[], "atan2", "write atan(a / b)"),
    (&[], "arctan2", "write atan(a / b)"),
];

impl Callee {
    pub(super) fn name(self) -> &'static str {
        match self {
            Callee::Function(function) | Callee::SquareOf(function) => function.name(),
            Callee::Coupled(coupling) => coupling.name(),
            Callee::Known(index) => &library::all()[index].name,
            idiom => IDIOMS
                .iter()
                .find(|(_, other)| *other == idiom)
                .map_or("", |(name, _)| name),
        }
    }

    pub(super) fn arity(self) -> usize {
        match self {
            Callee::Function(function) => function.arity(),
            Callee::Coupled(coupling) => coupling.values(),
            Callee::And | Callee::Or => 2,
            _ => 1,
        }
    }

    /// Whether more arguments than its arity fold to the left.
    pub(super) fn takes_more(self) -> bool {
        matches!(
            self,
            Callee::Function(Function::Min | Function::Max | Function::Add | Function::Multiply)
        )
    }

    /// The value of its last argument where that is left out.
    pub(super) fn default_argument(self) -> Option<f64> {
        matches!(self, Callee::Function(Function::Celu)).then_some(1.0)
    }

    /// The fewest arguments that a call may have.
    pub(super) fn fewest(self) -> usize {
        self.arity() - usize::from(self.default_argument().is_some())
    }
}

/// The function that a call names, or why there is none.
pub(super) fn callee(prefix: &str, name: &str) -> Result<Callee, (FormulaErrorKind, String)> {
    if prefix.is_empty() && !is_function(name) {
        if let Some(index) = library::position(name) {
            return Ok(Callee::Known(index));
        }
    }
    if let Some((_, reason)) = FORBIDDEN.iter().find(|(names, _)| names.contains(&name)) {
        return Err((FormulaErrorKind::Forbidden, format!("`{name}` {reason}")));
    }
    let refused = |(prefixes, refused, _): &&(&[&str], &str, &str)| {
        *refused == name && (prefixes.is_empty() || prefixes.contains(&prefix))
    };
    if let Some((_, _, reason)) = REFUSED.iter().find(refused) {
        return Err((
            FormulaErrorKind::Unparsable,
            format!("`{name}` is not read: {reason}"),
        ));
    }
    check_prefix(prefix, name).map_err(|message| (FormulaErrorKind::Unparsable, message))?;
    if let Some(coupling) = coupling::named(prefix, name) {
        return Ok(Callee::Coupled(coupling));
    }
    // JAX and Flax approximate by default, PyTorch and TensorFlow do not.
    if name == "gelu" && matches!(prefix, "jax.nn" | "jnn" | "nn") {
        return Ok(Callee::Function(Function::GeluTanh));
    }
    if let Some(function) = Function::named(name) {
        return Ok(Callee::Function(function));
    }
    if let Some((_, idiom)) = IDIOMS.iter().find(|(other, _)| *other == name) {
        return Ok(*idiom);
    }
    if name == "x" {
        return Err((
            FormulaErrorKind::Unparsable,
            "`x` is no function: a product is written with `*`, as in `x * (x + 1)`".to_owned(),
        ));
    }
    let nearest = nearest(name, known_names());
    let product = if prefix.is_empty() && name.len() <= 2 {
        "; a product is written with `*`"
    } else {
        ""
    };
    Err((
        FormulaErrorKind::Unparsable,
        format!(
            "unknown function `{}`: the nearest known one is `{nearest}`{product}",
            shortened(name)
        ),
    ))
}

fn is_function(name: &str) -> bool {
    Function::named(name).is_some() || IDIOMS.iter().any(|(idiom, _)| *idiom == name)
}

/// Every name that may be called.
pub(super) fn known_names() -> impl Iterator<Item = &'static str> {
    let functions = Function::all().iter().flat_map(|function| {
        std::iter::once(function.name()).chain(function.aliases().iter().copied())
    });
    functions
        .chain(IDIOMS.iter().map(|(name, _)| *name))
        .chain(coupling::names())
        .chain(library::names())
}

/// The plain name of a variable, binding or constant; a prefix may stand only before a constant.
pub(super) fn constant(prefix: &str, name: &str) -> Result<String, String> {
    if !prefix.is_empty() {
        check_prefix(prefix, name)?;
        if !matches!(name, "pi" | "e") {
            let advice = if Function::named(name).is_some() {
                format!("write a call, as in `{name}(x)`")
            } else {
                "known are pi and e".to_owned()
            };
            return Err(format!(
                "unknown constant `{}`: {advice}",
                shortened(&format!("{prefix}.{name}"))
            ));
        }
    }
    Ok(name.to_owned())
}

/// The value of a constant's name.
pub(super) fn constant_value(name: &str) -> Option<f64> {
    match name {
        "pi" => Some(std::f64::consts::PI),
        "e" => Some(std::f64::consts::E),
        _ => None,
    }
}

fn check_prefix(prefix: &str, name: &str) -> Result<(), String> {
    if prefix.is_empty() || PREFIXES.contains(&prefix) {
        return Ok(());
    }
    let advice = if known_names().any(|known| known == name) {
        format!("write `{name}(...)` alone, with its argument in the parentheses")
    } else {
        "known are jnp, np, torch, jax.nn, F, tf, math and scipy.special".to_owned()
    };
    Err(format!("unknown prefix `{}.`: {advice}", shortened(prefix)))
}

/// Why a character or pair of characters that other languages know is refused, where `rest` begins
/// with one.
pub(super) fn refused_symbol(rest: &str) -> Option<&'static str> {
    const REFUSED: &[(&str, &str)] = &[
        (
            "//",
            "`//` is not read: division is `/`, the whole part floor(a / b), a comment begins \
             with `#`",
        ),
        ("/*", "`/*` is not read: a comment begins with `#`"),
        ("\"", "text in quotes is not read: remove it"),
        ("'", "text in quotes is not read: remove it"),
        ("“", "text in quotes is not read: remove it"),
        ("”", "text in quotes is not read: remove it"),
        ("‘", "text in quotes is not read: remove it"),
        ("’", "text in quotes is not read: remove it"),
        ("σ", "`σ` is not read: write sigmoid(x)"),
        ("`", "code quotes are not read: remove them"),
        ("$", "`$` is not read: write plain text, not LaTeX"),
        (
            "\\",
            "`\\` is not read: write plain text, not LaTeX; a long expression goes in parentheses",
        ),
        ("[", "`[` is not read: use parentheses"),
        ("]", "`]` is not read: use parentheses"),
        ("{", "`{` is not read: use parentheses"),
        ("}", "`}` is not read: use parentheses"),
        (
            "@",
            "the matrix product `@` is not read: a formula acts on one element",
        ),
        ("?", "`c ? a : b` is not read: write `where(c, a, b)`"),
        (
            ":",
            "`:` is read in `def f(x):` and `lambda x:` at the start only: write lines `name = \
             expression` and a last expression",
        ),
        ("~", "`~` is not read: write 1 - condition"),
        (
            "|",
            "`|x|` and `a | b` are not read: write abs(x), or `||` between conditions",
        ),
        ("&", "`&` is not read: write `&&` between conditions"),
        ("!", "`!` is not read: write 1 - condition"),
        (
            ".",
            "`.` is not read here: write numbers with digits, and calls as `tanh(x)`, not \
             `x.tanh()`",
        ),
        ("²", "`²` is not read: write x^2"),
        ("³", "`³` is not read: write x^3"),
        ("–", "this is a dash, U+2013: write the minus sign `-`"),
        ("√", "`√` is not read: write sqrt(x)"),
    ];
    if ["||", "&&", "!="]
        .iter()
        .any(|known| rest.starts_with(known))
    {
        return None;
    }
    REFUSED
        .iter()
        .find(|(symbol, _)| rest.starts_with(symbol))
        .map(|(_, advice)| *advice)
}

/// At most 40 characters of `name`, for messages.
pub(super) fn shortened(name: &str) -> String {
    if name.chars().count() <= 40 {
        return name.to_owned();
    }
    name.chars().take(37).chain("...".chars()).collect()
}

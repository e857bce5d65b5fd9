//! Names and symbols of other languages that are refused, each with what to write in its place.

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

/// Beginnings of what other languages write, with what to write here.
const SYMBOLS: &[(&str, &str)] = &[
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

/// Why the function `name` is forbidden, which reads other elements in a way that no formula has,
/// or draws random numbers; `None` for any other.
pub(super) fn forbidden(name: &str) -> Option<&'static str> {
    FORBIDDEN
        .iter()
        .find(|(names, _)| names.contains(&name))
        .map(|(_, reason)| *reason)
}

/// Why the function `name` of the library `prefix` is not read, and what to write; `None` for one
/// that is not refused by its name.
pub(super) fn refused(prefix: &str, name: &str) -> Option<&'static str> {
    REFUSED
        .iter()
        .find(|(prefixes, refused, _)| {
            *refused == name && (prefixes.is_empty() || prefixes.contains(&prefix))
        })
        .map(|(_, _, reason)| *reason)
}

/// Why a character or pair of characters that other languages know is refused, where `rest` begins
/// with one.
pub(super) fn symbol(rest: &str) -> Option<&'static str> {
    if ["||", "&&", "!="]
        .iter()
        .any(|known| rest.starts_with(known))
    {
        return None;
    }
    SYMBOLS
        .iter()
        .find(|(symbol, _)| rest.starts_with(symbol))
        .map(|(_, advice)| *advice)
}

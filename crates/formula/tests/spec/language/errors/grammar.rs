//! Texts that the grammar refuses, with the place of the fault and what to write instead.

use motherlode_formula::FormulaErrorKind;

use super::refused;

/// (text, the part of it at fault, words of the message)
fn refuses(kind: FormulaErrorKind, rows: &[(&str, &str, &str)]) {
    for (text, fault, words) in rows {
        let error = refused(text);
        let place = error
            .place()
            .unwrap_or_else(|| panic!("{text}: {error} has no place"));
        assert_eq!(error.kind(), kind, "{text}: {error}");
        assert_eq!(&text[place], *fault, "{text}: {error}");
        assert!(error.message().contains(words), "{text}: {error}");
        assert!(!error.to_string().contains('\n'), "{text}: {error}");
    }
}

#[test]
fn traps_of_the_grammar_are_refused_with_the_place_and_the_advice() {
    refuses(
        FormulaErrorKind::Unparsable,
        &[
            ("x^2^3", "^", "add parentheses"),
            ("x**2**3", "**", "add parentheses"),
            ("x^-2^3", "^", "add parentheses"),
            ("1 + x^sin(x)^2", "^", "add parentheses"),
            ("0 < x < 1", "<", "(a < b) * (b < c)"),
            ("x == 1 != 0", "!=", "chain of comparisons"),
            ("2x", "2x", "2 * x"),
            ("2.5e3x", "2.5e3x", "2.5e3 * x"),
            ("3(x)", "(", "write a product"),
            ("(x)(x)", "(", "write a product"),
            ("x(2)", "x", "a product is written with `*`"),
            ("jnp.max(x, 0)", "jnp.max", "maximum(a, b)"),
            ("x x", "x", "expected an operator"),
            ("tanh x", "x", "tanh(x)"),
            ("x²", "²", "x^2"),
            ("α*x", "α", "U+03B1"),
            ("1e400*x", "1e400", "too large"),
            ("1e-400*x", "1e-400", "too small"),
            ("1_000*x", "1_", "without separators"),
            ("0x10*x", "0x", "decimals"),
            ("1.2.3", "1.2.", "second point"),
            ("1j*x", "1j", "complex"),
            ("1e*x", "1e", "product"),
            ("x % % 2", "%", "expected a number"),
            ("celu()", ")", "expected 1 argument of `celu`"),
            (
                "celu(x, 1, 2)",
                "(x, 1, 2)",
                "takes 1 argument or one more, found 3",
            ),
            ("remainder(x)", "(x)", "takes 2 arguments, found 1"),
            ("safe_div(x)", "(x)", "takes 2 arguments, found 1"),
            ("safe_log(x, 2)", "(x, 2)", "takes 1 argument, found 2"),
            (
                "gated_gate(x, 1, 2)",
                "(x, 1, 2)",
                "takes 2 arguments, found 3",
            ),
            ("add(x)", "(x)", "takes 2 arguments or more, found 1"),
            ("math.remainder(x, 2)", "math.remainder", "round(x / y)"),
            ("fmod(x, 2)", "fmod", "remainder(a, b)"),
            ("np.floor_divide(x, 2)", "np.floor_divide", "floor(a / b)"),
            ("F.prelu(x)", "F.prelu", "param(0.25)"),
            ("safe_dvi(x, 2)", "safe_dvi", "`safe_div`"),
            ("x // 2", "/", "floor(a / b)"),
            ("x / / 2", "/", "division is one `/`"),
            ("x /* c */", "/", "begins with `#`"),
            ("!x", "!", "1 - condition"),
            ("~(x > 0)", "~", "1 - condition"),
            ("(x > 0) & (x < 1)", "&", "`&&`"),
            ("|x|", "|", "abs(x)"),
            ("x if x > 0 else 0", "if", "where(c, a, b)"),
            ("x > 0 ? x : 0", "?", "where(c, a, b)"),
            ("\"x\"", "\"", "quotes"),
            ("x, 1", ",", "arguments"),
            ("(x, 1)", ",", "arguments"),
            ("()", ")", "found none"),
            ("sin()", ")", "1 argument"),
            ("max(x)", "(x)", "2 arguments or more"),
            ("sin(x, 1)", "(x, 1)", "takes 1 argument, found 2"),
            (
                "where(x > 0, x)",
                "(x > 0, x)",
                "takes 3 arguments, found 2",
            ),
            ("max(x,)", "(x,)", "2 arguments or more, found 1"),
            ("max(x,,1)", ",", "expected a number"),
            ("max(,x)", ",", "expected a number"),
            ("gelu(x, approximate=1)", "=", "by keyword"),
            ("x = ", "", "found the end"),
            ("a == 1; x", "a == 1", "binds no name"),
            ("x += 1", "=", "a = a + b"),
            ("a = b = x", "=", "start of a line"),
            ("f(y) = y", "f", "unknown function"),
            ("f(x) == x", "f", "unknown function"),
            ("2π", "π", "write a product"),
            ("not (x > 0)", "not", "1 - condition"),
            ("not x", "x", "1 - condition"),
            ("x(1 + x)", "x", "a product is written with `*`"),
            ("“x”", "“", "in quotes"),
            ("x * σ(x)", "σ", "write sigmoid(x)"),
            ("β * x", "β", "param(1)"),
            ("x * jnp.zeros_like(x)", "jnp.zeros_like", "write 0"),
            ("import jax\nx", "import jax", "remove this line"),
            ("x +", "+", "found the end"),
            ("* x", "*", "expected a number"),
            ("x * / 2", "/", "expected a number"),
            ("(x", "(", "never closed"),
            ("sin((x)", "(", "never closed"),
            ("x)", ")", "closes nothing"),
            ("x + y", "y", "nearest known one is `x`"),
            ("alpha = 1; alhpa * x", "alhpa", "`alpha`"),
            ("sigmod(x)", "sigmod", "`sigmoid`"),
            ("jnp.tahn(x)", "jnp.tahn", "`tanh`"),
            ("mylib.tanh(x)", "mylib.tanh", "unknown prefix `mylib.`"),
            ("x.tanh()", "x.tanh", "unknown prefix"),
            ("np.inf * x", "np.inf", "unknown constant"),
            ("inf * x", "inf", "not finite"),
            ("1 + tanh", "tanh", "tanh(x)"),
            ("1 + jnp.tanh", "jnp.tanh", "tanh(x)"),
            ("max", "max", "needs its arguments"),
            ("lambda y: y", ":", "`lambda x:`"),
            ("def f(x, a):\n  return x", ":", "`def f(x):`"),
            ("def f(x):\n  return x\n\nf(x)", "return x", "last line"),
            ("where = 1; x", "where", "keyword"),
            ("a = x\n    + 1", "+", "may not begin with an operator"),
            ("a = x\n    - 1", "-", "may not begin with an operator"),
            ("x\nx + 1", "x", "binds no name"),
            ("return x; x", "return x", "last line"),
            ("tf.nn.leaky_relu(x)", "tf.nn.leaky_relu", "0.2"),
            ("atan2(x, 1)", "atan2", "atan(a / b)"),
            ("True * x", "True", "write 1"),
            ("x[0]", "[", "parentheses"),
            ("\\tanh(x)", "\\", "LaTeX"),
            ("x\0", "\0", "U+0000"),
            ("x\u{202e}", "\u{202e}", "U+202E"),
            ("😀", "😀", "U+1F600"),
        ],
    );
}

#[test]
fn what_ranks_other_elements_or_draws_is_forbidden_by_name() {
    refuses(
        FormulaErrorKind::Forbidden,
        &[
            (
                "x - median(x)",
                "median",
                "mean, std, min, max, sum and softmax",
            ),
            (
                "x * torch.cumsum(x, dim=-1)",
                "torch.cumsum",
                "other elements",
            ),
            ("jnp.quantile(x, 0.5)", "jnp.quantile", "other elements"),
            ("jnp.sort(x)", "jnp.sort", "other elements"),
            ("jnp.prod(x, axis=-1)", "jnp.prod", "other elements"),
            ("jnp.fft.fft(x)", "jnp.fft.fft", "neighbouring"),
            ("fft(x)", "fft", "`roll(x, 1)`"),
            ("x + np.random.normal(0, 1)", "np.random.normal", "random"),
        ],
    );
}

#[test]
fn couplings_that_mean_something_else_in_their_library_are_refused_with_advice() {
    refuses(
        FormulaErrorKind::Unparsable,
        &[
            ("x - x.mean()", "x.mean", "write `mean(...)` alone"),
            ("x.detach() * x", "x.detach", "write `detach(...)` alone"),
            (
                "mean(x, axis=2)",
                "axis=2",
                "-1 or 1 (the features), 0 (the batch)",
            ),
            ("jnp.mean(x, axis=-2)", "axis=-2", "found -2"),
            ("jnp.mean(x, 2)", "2", "found 2"),
            (
                "jnp.mean(x, axis=(0, 1))",
                "(",
                "expected one number, True, False or None after `axis=`, found `(`",
            ),
            ("jnp.mean(x, axis=x)", "x", "expected one number"),
            ("jnp.mean(x, axis=", "", "found the end of the line"),
            ("jnp.mean(x, x)", "x", "expected the axis of `mean` here"),
            (
                "jnp.mean(x, 0, 1)",
                "(x, 0, 1)",
                "takes 1 argument and an axis, found 3",
            ),
            (
                "jnp.mean(axis=-1)",
                "axis",
                "expected the values before `axis=`",
            ),
            ("jnp.mean()", ")", "expected 1 argument of `mean`"),
            (
                "jnp.mean(x, axis=-1, x)",
                "x",
                "expected `)` or an argument by keyword",
            ),
            ("jnp.mean(x, axis=-1 + 1)", "+", "expected `)` or `,`"),
            ("jnp.mean(x, axis=-1, dim=1)", "dim=1", "says again"),
            ("jnp.mean(x, 0, axis=0)", "axis=0", "says again"),
            ("jnp.mean(x, axs=0)", "axs=0", "nearest known one is `axis`"),
            ("jnp.mean(x, dtype=0)", "dtype=0", "no argument `dtype`"),
            (
                "jnp.mean(x, keepdims=2)",
                "keepdims=2",
                "expected True or False after `keepdims=`, found 2",
            ),
            ("jnp.mean(x, axis=True)", "axis=True", "found True"),
            (
                "jnp.mean(x, unbiased=False)",
                "unbiased=False",
                "no argument `unbiased`",
            ),
            ("torch.std(x)", "torch.std", "unbiased=False"),
            ("torch.var(x, dim=-1)", "torch.var", "unbiased=False"),
            (
                "torch.std(x, dim=1, unbiased=True)",
                "unbiased=True",
                "write unbiased=False",
            ),
            ("np.std(x, axis=0, ddof=1)", "ddof=1", "write ddof=0"),
            ("torch.max(x, dim=-1)", "torch.max", "torch.amax(x, dim=-1)"),
            ("max(x, 1, axis=0)", "max", "maximum(a, b)"),
            (
                "jax.nn.softmax(x, axis=0)",
                "jax.nn.softmax",
                "batch_max(x)",
            ),
            ("softmax(x, axis=None)", "softmax", "axis -1"),
            ("jnp.roll(x, 1)", "jnp.roll", "flattened"),
            ("torch.roll(x, shifts=1)", "torch.roll", "flattened"),
            ("jnp.roll(x, 1, axis=0)", "jnp.roll", "no order"),
            (
                "jnp.roll(x, axis=-1)",
                "(x, axis=-1)",
                "takes 2 arguments, found 1",
            ),
            (
                "jnp.roll(x, 1, shift=1, axis=-1)",
                "shift=1",
                "remove one of the two",
            ),
            (
                "jnp.roll(x, 1, -1, 2)",
                "(x, 1, -1, 2)",
                "takes 2 arguments and an axis, found 4",
            ),
            (
                "torch.roll(x, shifts=None, dims=1)",
                "shifts=None",
                "whole number",
            ),
            (
                "torch.roll(x, shifts=0.5, dims=1)",
                "shifts=0.5",
                "whole number of places up to 65536, found 0.5",
            ),
            (
                "1 + roll(x, 0.5)",
                "0.5",
                "whole number of places up to 65536, found 0.5",
            ),
            ("roll(x, 1e9)", "1e9", "up to 65536"),
            ("roll(sin(x + 1), 2 * x)", "2 * x", "found an expression"),
            ("param(x) * x", "x", "number that training starts from"),
            (
                "channel_param(1/0) * x",
                "1/0",
                "number that training starts from",
            ),
            (
                "x * param(2 * (1 + sin(x)))",
                "2 * (1 + sin(x))",
                "number that training starts from",
            ),
            (
                "a = param(1); param(a) * x",
                "a",
                "number that training starts from",
            ),
            ("param() * x", ")", "expected 1 argument of `param`"),
            ("F.layer_norm(x)", "F.layer_norm", "feature_mean(x)"),
            ("batch_norm(x)", "batch_norm", "batch_mean(x)"),
            ("jnp.linalg.norm(x)", "jnp.linalg.norm", "feature_sum(x^2)"),
            ("log_softmax(x)", "log_softmax", "feature_max(x)"),
            ("sin(x, axis=-1)", "=", "by keyword"),
        ],
    );
}

#[test]
fn text_without_a_formula_is_refused() {
    for text in [
        "",
        " ",
        "\n\n",
        ";",
        "# only a comment",
        "\t;\n;",
        "def f(x):",
    ] {
        assert!(
            refused(text).message().contains("found nothing"),
            "{text:?}"
        );
    }
}

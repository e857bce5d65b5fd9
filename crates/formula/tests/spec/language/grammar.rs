//! What text means: each row is a text and the program that is printed back.

use super::{close, formula};

/// Each text reads to a program that prints as on the right.
fn reads(rows: &[(&str, &str)]) {
    for (text, printed) in rows {
        assert_eq!(formula(text).to_string(), *printed, "{text}");
        assert_eq!(
            formula(printed).program(),
            formula(text).program(),
            "{text}"
        );
    }
}

#[test]
fn operators_bind_as_in_mathematics_and_python() {
    reads(&[
        ("x", "x"),
        ("1/2*x", "1 / 2 * x"),
        ("x-1-2", "x - 1 - 2"),
        ("x-(1-2)", "x - (1 - 2)"),
        ("x/2/3", "x / 2 / 3"),
        ("x/(2/3)", "x / (2 / 3)"),
        ("x/2*3", "x / 2 * 3"),
        ("x*2/3", "x * 2 / 3"),
        ("1+x*2", "1 + x * 2"),
        ("(1+x)*2", "(1 + x) * 2"),
        ("-x^2", "-x^2"),
        ("(-x)^2", "(-x)^2"),
        ("2^-x", "2^(-x)"),
        ("2^-x*3", "2^(-x) * 3"),
        ("2**-x+1", "2^(-x) + 1"),
        ("-2^-x", "-2^(-x)"),
        ("x^(2^3)", "x^(2^3)"),
        ("(x^2)^3", "(x^2)^3"),
        ("x^2*x^3", "x^2 * x^3"),
        ("2*x^2", "2 * x^2"),
        ("x*-2", "x * -2"),
        ("x - -2", "x - -2"),
        ("x--2", "x - -2"),
        ("--x", "--x"),
        ("-+-x", "--x"),
        ("+x", "x"),
        ("-x*2", "-x * 2"),
        ("-(x*2)", "-(x * 2)"),
        ("-x-1", "-x - 1"),
        ("-(x-1)", "-(x - 1)"),
        ("x+1 > 2*x", "x + 1 > 2 * x"),
        ("(x > 0)*x", "(x > 0) * x"),
        ("x*(x > 0) + 1", "x * (x > 0) + 1"),
        ("-x < -1", "-x < -1"),
        ("(x > 0) == (x < 1)", "(x > 0) == (x < 1)"),
        ("x > 0 && x < 1", "(x > 0) * (x < 1)"),
        ("x < 0 or x > 1 and x < 2", "max(x < 0, (x > 1) * (x < 2))"),
        ("x && x > 1", "(x != 0) * (x > 1)"),
        ("x % 2", "remainder(x, 2)"),
        ("-x % 2", "remainder(-x, 2)"),
        ("2 * x % 3 / x", "remainder(2 * x, 3) / x"),
        ("x % 3 % 2", "remainder(remainder(x, 3), 2)"),
        ("x % -2 + 1", "remainder(x, -2) + 1"),
        ("x % 2^2", "remainder(x, 2^2)"),
        ("sin(x)^2", "sin(x)^2"),
        ("sin(x^2)", "sin(x^2)"),
    ]);
}

#[test]
fn what_evalexpr_reads_differently_is_right_here() {
    for (text, x, value) in [
        ("1/2*x", 3.0, 1.5),
        ("7/2", 0.0, 3.5),
        ("1 - 2 - 3*x", 1.0, -4.0),
        ("-x^2", 3.0, -9.0),
        ("2^-x", 2.0, 0.25),
        ("-2^-x", 2.0, -0.25),
        ("2*-x^2", 3.0, -18.0),
        ("1e-3*x", 1.0, 0.001),
        ("1.5e+2-x", 1.0, 149.0),
        (".5*x", 1.0, 0.5),
        ("2.*x", 1.0, 2.0),
        ("5E2-x", 1.0, 499.0),
        ("e-x", 0.0, std::f64::consts::E),
        ("2*e-3", 0.0, 2.0 * std::f64::consts::E - 3.0),
        ("min(x, 1, -2)", 5.0, -2.0),
        ("9007199254740993*x", 1.0, 9007199254740992.0),
        ("99999999999999999999*x", 1.0, 1e20),
        ("abs(-x)", 2.0, 2.0),
        ("x > 0", 2.0, 1.0),
        ("if(x > 0, 1/2, 1/4)", -1.0, 0.25),
    ] {
        let found = formula(text).value_and_slope(x).0;
        assert!(
            close(found, value, 1e-15),
            "{text} at {x} is {found}, should be {value}"
        );
    }
}

#[test]
fn what_llms_write_is_read() {
    reads(&[
        ("x**2", "x^2"),
        ("x * jax.nn.sigmoid(x)", "x * sigmoid(x)"),
        (
            "jnp.where(x > 0, x, jnp.expm1(x))",
            "where(x > 0, x, expm1(x))",
        ),
        (
            "torch.where(x > 0.0, x, 0.01 * x)",
            "where(x > 0, x, 0.01 * x)",
        ),
        ("if(x > 0, x, 0)", "where(x > 0, x, 0)"),
        (
            "np.maximum(x, 0) + np.minimum(x, 0)",
            "max(x, 0) + min(x, 0)",
        ),
        ("fmax(x, fmin(x, 1))", "max(x, min(x, 1))"),
        (
            "F.softplus(x) + torch.nn.functional.silu(x)",
            "softplus(x) + silu(x)",
        ),
        (
            "math.sin(x) + math::cos(x) + tf.math.tanh(x)",
            "sin(x) + cos(x) + tanh(x)",
        ),
        (
            "jax.numpy.arctan(x) + np.arcsinh(x) + arcsin(x)",
            "atan(x) + asinh(x) + asin(x)",
        ),
        (
            "jax.scipy.special.erf(x) + scipy.special.i0e(x) + special.expit(x)",
            "erf(x) + bessel_i0e(x) + sigmoid(x)",
        ),
        (
            "ln(x) + np.absolute(x) + swish(x)",
            "log(x) + abs(x) + silu(x)",
        ),
        ("np.pi * x", "3.141592653589793 * x"),
        (
            "math.e * x + pi",
            "2.718281828459045 * x + 3.141592653589793",
        ),
        (
            "pow(x, 2) + jnp.power(x, 3) + square(x) + cube(x)",
            "x^2 + x^3 + square(x) + cube(x)",
        ),
        ("jnp.clip(x, -1, 1)", "clamp(x, -1, 1)"),
        ("relu", "relu(x)"),
        ("  swish\n", "silu(x)"),
        ("relu6", "clamp(x, 0, 6)"),
        ("y = tanh(x)", "tanh(x)"),
        ("return tanh(x)", "tanh(x)"),
        ("let a = 2; a*x", "a = 2; a * x"),
        ("a = 2;\nb = a*x;\nreturn b + 1;", "a = 2; b = a * x; b + 1"),
        (
            "# a comment\na = 2 # two\n\n\ny = a * x  # done",
            "a = 2; a * x",
        ),
        ("    a = 2\n    return a * x", "a = 2; a * x"),
        ("a = 2\r\na * x\r\n", "a = 2; a * x"),
        ("a = (x +\n     1)\na * x", "a = x + 1; a * x"),
        ("gelu = 0.5*x; gelu + 1", "gelu = 0.5 * x; gelu + 1"),
        ("e = exp(x); e*x", "e = exp(x); e * x"),
        (
            "y = x; y = y*y; y = y + 1; y*2",
            "y = x; y = y * y; y = y + 1; y * 2",
        ),
        ("x = x + 1; x * x", "x = x + 1; x * x"),
        ("tanh (x)", "tanh(x)"),
        ("def f(x): return x * tanh(x)", "x * tanh(x)"),
        (
            "def act(x: jnp.ndarray) -> jnp.ndarray:\n    \"\"\"A gate.\"\"\"\n    # why\n    a = \
            jnp.tanh(x)\n    return x * a",
            "a = tanh(x); x * a",
        ),
        ("lambda x: x * tanh(x)", "x * tanh(x)"),
        ("f = lambda x: x * tanh(x)", "x * tanh(x)"),
        ("f(x) = x * tanh(x)", "x * tanh(x)"),
        ("x − 1", "x - 1"),
        ("2·π × x ÷ 3", "2 * 3.141592653589793 * x / 3"),
        (
            "(x ≥ 0)*x\u{a0}+ (x ≤ 1) + (x ≠ 2)",
            "(x >= 0) * x + (x <= 1) + (x != 2)",
        ),
        (
            "jnp.where(jnp.logical_and(x > 0, x < 1), x, 0)",
            "where((x > 0) * (x < 1), x, 0)",
        ),
        (
            "logical_or(x, x < 1) + logical_not(x)",
            "max(x != 0, x < 1) + (x == 0)",
        ),
        ("jax.lax.integer_pow(x, 3)", "x^3"),
        (
            "jnp.where(\n    x > 0,\n    x,\n    0.1 * x,\n)",
            "where(x > 0, x, 0.1 * x)",
        ),
    ]);
}

#[test]
fn an_axis_names_the_function_of_a_coupling() {
    reads(&[
        ("jnp.mean(x, axis=-1, keepdims=True)", "feature_mean(x)"),
        ("jnp.mean(x, axis=1)", "feature_mean(x)"),
        ("np.mean(x, -1)", "feature_mean(x)"),
        ("mean(x, axis=0)", "batch_mean(x)"),
        ("mean(x)", "tensor_mean(x)"),
        ("mean", "tensor_mean(x)"),
        ("jnp.mean(x)", "tensor_mean(x)"),
        ("jnp.mean(x, axis=None, keepdims=True)", "tensor_mean(x)"),
        ("torch.mean(x, dim=1, keepdim=True)", "feature_mean(x)"),
        (
            "tf.reduce_mean(x, axis=-1, keepdims=True)",
            "feature_mean(x)",
        ),
        ("torch.std(x, dim=1, unbiased=False)", "feature_std(x)"),
        ("torch.std(x, correction=0)", "tensor_std(x)"),
        ("torch.var(x, dim=0, unbiased=False)", "batch_std(x)^2"),
        ("std(x)", "tensor_std(x)"),
        ("np.std(x, axis=0, ddof=0)", "batch_std(x)"),
        ("np.var(x, axis=-1)", "feature_std(x)^2"),
        ("tf.math.reduce_variance(x)", "tensor_std(x)^2"),
        ("jnp.max(x, axis=-1)", "feature_max(x)"),
        ("jnp.max(x)", "tensor_max(x)"),
        ("torch.max(x)", "tensor_max(x)"),
        ("max(x, axis=0)", "batch_max(x)"),
        ("min(x, axis=-1, keepdims=True)", "feature_min(x)"),
        ("torch.amin(x, dim=-1, keepdim=True)", "feature_min(x)"),
        ("sum(x * x)", "tensor_sum(x * x)"),
        ("jnp.sum(jnp.exp(x), axis=-1,)", "feature_sum(exp(x))"),
        ("jax.nn.softmax(x, axis=-1)", "softmax(x)"),
        ("F.softmax(x, dim=-1)", "softmax(x)"),
        ("torch.softmax(x, 1)", "softmax(x)"),
        ("softmax", "softmax(x)"),
        ("roll(x, 1)", "roll(x, 1)"),
        ("roll(x, -1)", "roll(x, -1)"),
        ("jnp.roll(x, 1, axis=-1)", "roll(x, 1)"),
        ("jnp.roll(x, shift=-2, axis=1)", "roll(x, -2)"),
        ("torch.roll(x, shifts=1, dims=-1)", "roll(x, 1)"),
        ("np.roll(x, -1, 1)", "roll(x, -1)"),
        (
            "jax.lax.stop_gradient(x) * torch.detach(x)",
            "stop_gradient(x) * stop_gradient(x)",
        ),
        (
            "(x - jnp.mean(x,\n    axis=-1,\n    keepdims=True))",
            "x - feature_mean(x)",
        ),
        (
            "jnp.mean(x * jnp.std(x, axis=0), axis=-1)",
            "feature_mean(x * batch_std(x))",
        ),
        (
            "mean = jnp.mean(x); x - mean",
            "mean = tensor_mean(x); x - mean",
        ),
        ("celu(x) + F.celu(x, 2)", "celu(x, 1) + celu(x, 2)"),
        ("celu", "celu(x, 1)"),
        ("add(x, 1, 2) + multiply(x, 2, 3)", "x + 1 + 2 + x * 2 * 3"),
    ]);
}

#[test]
fn gelu_means_what_its_library_means() {
    reads(&[
        ("gelu(x)", "gelu(x)"),
        ("F.gelu(x)", "gelu(x)"),
        ("torch.nn.functional.gelu(x)", "gelu(x)"),
        ("tf.nn.gelu(x)", "gelu(x)"),
        ("jax.nn.gelu(x)", "gelu_tanh(x)"),
        ("nn.gelu(x)", "gelu_tanh(x)"),
        ("gelu_tanh(x)", "gelu_tanh(x)"),
    ]);
}

#[test]
fn a_name_means_the_last_thing_of_that_name() {
    for (text, x, value) in [
        ("y = x; y = y*y; y = y + 1; y*2", 3.0, 20.0),
        ("x = x + 1; x * x", 2.0, 9.0),
        ("pi = 3; pi * x", 1.0, 3.0),
        ("e = 2; e * x", 1.0, 2.0),
        ("sin = 5; sin + sin(x)", 0.0, 5.0),
    ] {
        assert_eq!(formula(text).value_and_slope(x).0, value, "{text}");
    }
}

#[test]
fn numbers_print_as_the_shortest_decimal_that_reads_back() {
    reads(&[
        ("0.1*x", "0.1 * x"),
        ("0.10000000000000001*x", "0.1 * x"),
        ("1e300*x", "1e300 * x"),
        ("0.044715*x", "0.044715 * x"),
        ("5e-324*x", "5e-324 * x"),
        ("100*x", "100 * x"),
        ("1e16*x", "1e16 * x"),
        ("x*0", "x * 0"),
        ("x*00.5", "x * 0.5"),
    ]);
}

#[test]
fn random_expressions_have_the_value_that_python_gives_them() {
    let mut rows = 0;
    for line in include_str!("python.txt").lines() {
        let cells: Vec<&str> = line.split(" | ").collect();
        let (x, value) = (
            cells[1].parse().expect("a number"),
            cells[2].parse().expect("a number"),
        );
        let found = formula(cells[0]).value_and_slope(x).0;
        assert!(
            close(found, value, 1e-12),
            "{} at {x} is {found}, in Python {value}",
            cells[0]
        );
        rows += 1;
    }
    assert_eq!(rows, 400);
}

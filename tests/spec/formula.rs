//! The formula language.

use motherlode::formula::Formula;

#[test]
fn smoke() {
    for text in [
        "relu",
        "gelu_tanh",
        "gelu",
        "x*sigmoid(x)",
        "sigmoid(x)*x",
        "silu(x)",
        "a=x; a*x",
        "x*x",
        "-x^2",
        "2^-x",
        "a=x\n#hm\nb = a - 1 - 2 # c\nreturn b/2/3",
        "gelu_tanh(x) * (1 + 0.5*jnp.sinc(x))",
        "tanh(1.5*x)*exp(-0.2*x^2) + 0.1*x",
        "jnp.where(x > 0, x, 0.01*x)",
        "x*(0.02 + 1/sqrt(1+where(x>=0,0.16,0.04)*x^2))",
        "x - x",
        "0/0",
        "x^x",
        "x/(1+exp(-x))",
        "a^b^c",
        "x^2^3",
        "tanh x",
        "2x",
        "x²",
        "1e400",
        "foo(x)",
        "sigmod(x)",
        "mean(x)",
        "max(x, 0, 1)",
        "x > 0 && x < 1",
        "1/2*x",
        "(x",
        "x)",
        "f(x, y=2)",
        "",
        "((((",
        "\0",
        "mish",
        "1/(3*x)",
        "(x, 1)",
    ] {
        match Formula::parse(text) {
            Ok(f) => println!(
                "{text:?} => {f} | {} | {} {} {} | {:?}",
                f.canonical(),
                f.cost(),
                f.graph().nodes().len(),
                f.nickname(),
                f.value_and_slope(1.5)
            ),
            Err(e) => println!("{text:?} => ERROR {:?} {e}\n{}", e.kind(), e.caret(text)),
        }
    }
}

//! From a formula's text to a kernel that is ready to run, and the steps on the way; each beside
//! the tokenizer and parser alone (evalexpr's tree of the same operators).

use std::hint::black_box;

use criterion::{criterion_group, criterion_main, Criterion};
use motherlode::formula::kernel::Kernel;
use motherlode::formula::Formula;

const FORMULAS: &[(&str, &str)] = &[
    ("relu", "max(x, 0)"),
    ("silu", "x * sigmoid(x)"),
    ("wavy_swish", "x * sigmoid(x) + 0.1 * sin(3 * x)"),
    ("gelu_tanh", "0.5*x*(1+tanh(sqrt(2/pi)*(x+0.044715*x^3)))"),
    ("gmtu", "tanh(1.5*x)*exp(-0.2*x^2) + 0.1*x"),
    ("gelu_sinc", "gelu_tanh(x) * (1 + 0.5*sinc(x))"),
    (
        "step_10",
        "a = where(x >= 0, 0.16, 0.04); x * (0.02 + 1 / sqrt(1 + a * x^2))",
    ),
    (
        "genetic",
        "softsign(x) * tanh(0.879 * x) + min(x, 0.185) * erf(x) - 0.2 * cos(asinh(x))",
    ),
];

fn parse_to_kernel(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse to kernel");
    for (name, text) in FORMULAS {
        group.bench_function(*name, |bencher| {
            bencher.iter(|| {
                let formula = Formula::parse(black_box(text)).expect("it parses");
                Kernel::new(formula.graph())
            });
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("parse alone");
    for (name, text) in FORMULAS {
        group.bench_function(*name, |bencher| {
            bencher.iter(|| Formula::parse(black_box(text)).expect("it parses"))
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("evalexpr's tree");
    for (name, text) in FORMULAS {
        let text = text.split(';').next_back().expect("a text has a last line");
        group.bench_function(*name, |bencher| {
            bencher.iter(|| evalexpr::build_operator_tree(black_box(text)).expect("it parses"))
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30).warm_up_time(std::time::Duration::from_millis(200)).measurement_time(std::time::Duration::from_millis(500));
    targets = parse_to_kernel
}
criterion_main!(benches);

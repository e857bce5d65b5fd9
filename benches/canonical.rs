//! The time of a canonical form and its id, from a formula that is parsed: written by hand, drawn
//! from the published search spaces S1 and S2, and the worst known.

use std::hint::black_box;

use criterion::{criterion_group, criterion_main, BatchSize, Criterion};
use motherlode::formula::Formula;
use motherlode::numerics::stream::{Key, Stream};
use motherlode::proposer::genetic::grammar;

const ORDINARY: &[&str] = &[
    "elu(x)",
    "x * sigmoid(x)",
    "x/(1 + exp(-x))",
    "0.5*x*(1 + erf(x/sqrt(2)))",
    "0.5*x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3)))",
    "x*((1 + exp(x))^2 - 1)/((1 + exp(x))^2 + 1)",
    "x*tanh(x) + sin(x)*tanh(x)",
    "tanh(1.5*x)*exp(-0.2*x^2) + 0.1*x",
    "gelu_tanh(x) * (1 + 0.5*sinc(x))",
    "softsign(x) * tanh(0.879 * x) + min(x, 0.185) * erf(x) - 0.2 * cos(asinh(x))",
];

/// Sums and products that rewriting can multiply out or factor in very many ways.
fn hostile() -> Vec<String> {
    let joined = |term: &dyn Fn(usize) -> String, count: usize, by: &str| {
        (0..count).map(term).collect::<Vec<_>>().join(by)
    };
    vec![
        joined(&|i| format!("sigmoid({i}.5*x)"), 20, " + "),
        joined(&|i| format!("(x + {i})"), 20, "*"),
        joined(&|i| format!("sin(x + {i})*cos(x + {i})"), 10, " + "),
        joined(&|i| format!("x^{}*tanh(x)", i + 1), 20, " + "),
        joined(&|i| format!("max(x, {i})*sigmoid(x)"), 20, " + "),
        format!("a = x; {} a", "a = sigmoid(a)*(1 + a); ".repeat(10)),
        format!("a = x; {} a", "a = (a + 1)*(a + exp(a)); ".repeat(5)),
    ]
}

/// The first 1,000 formulas of a fixed stream.
fn drawn(draw: impl Fn(&mut Stream) -> motherlode::formula::Expression) -> Vec<Formula> {
    let mut stream = Key::new(0).word("canonical forms").stream();
    std::iter::repeat_with(|| Formula::from_expression(draw(&mut stream)))
        .filter_map(Result::ok)
        .take(1000)
        .collect()
}

fn canonical_form(criterion: &mut Criterion) {
    let mut measured = |name: &str, formulas: &[Formula]| {
        criterion.bench_function(name, |bencher| {
            let identify = |formulas: &mut Vec<Formula>| {
                for formula in formulas {
                    black_box(formula.id());
                }
            };
            bencher.iter_batched_ref(|| formulas.to_vec(), identify, BatchSize::PerIteration);
        });
    };
    let read = |text: &str| Formula::parse(text).expect("it parses");
    for text in ORDINARY {
        measured(text, &[read(text)]);
    }
    for (number, text) in hostile().iter().enumerate() {
        measured(&format!("hostile {number}"), &[read(text)]);
    }
    measured(
        "1000 formulas of S1",
        &drawn(|stream| grammar::core_unit(grammar::x(), grammar::x(), stream)),
    );
    measured("1000 formulas of S2", &drawn(grammar::nested_core_unit));
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).warm_up_time(std::time::Duration::from_millis(100)).measurement_time(std::time::Duration::from_millis(500));
    targets = canonical_form
}
criterion_main!(benches);

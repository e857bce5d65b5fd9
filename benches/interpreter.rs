//! f and f' of three activations over 65,536 elements, on each instruction set, against a scalar
//! loop over the platform's mathematics library; and the time from a graph to a kernel that is
//! ready.

use std::hint::black_box;

use criterion::{criterion_group, criterion_main, Criterion, Throughput};
use motherlode::formula::graph::{Binary, Graph, Node, NodeId, Unary};
use motherlode::formula::kernel::Kernel;
use motherlode::formula::vector::InstructionSet;

struct Builder(Graph);

impl Builder {
    fn new() -> (Builder, NodeId) {
        let mut graph = Graph::default();
        let x = graph.intern(Node::Input(0));
        (Builder(graph), x)
    }

    fn constant(&mut self, value: f64) -> NodeId {
        self.0.constant(value)
    }

    fn unary(&mut self, operation: Unary, a: NodeId) -> NodeId {
        self.0.intern(Node::Unary(operation, a))
    }

    fn binary(&mut self, operation: Binary, a: NodeId, b: NodeId) -> NodeId {
        self.0.intern(Node::Binary(operation, a, b))
    }

    fn finish(mut self, value: NodeId, slope: NodeId) -> Graph {
        self.0.push_output(value);
        self.0.push_output(slope);
        self.0
    }
}

/// x sigmoid(x) + 0.1 sin(3x), and s + x s (1 - s) + 0.3 cos(3x).
fn wavy_swish() -> Graph {
    let (mut b, x) = Builder::new();
    let (one, three, tenth, slope_factor) = (
        b.constant(1.0),
        b.constant(3.0),
        b.constant(0.1),
        b.constant(0.3),
    );
    let s = b.unary(Unary::Sigmoid, x);
    let gated = b.binary(Binary::Multiply, x, s);
    let angle = b.binary(Binary::Multiply, three, x);
    let (sin, cos) = (b.unary(Unary::Sin, angle), b.unary(Unary::Cos, angle));
    let wave = b.binary(Binary::Multiply, tenth, sin);
    let value = b.binary(Binary::Add, gated, wave);
    let rest = b.binary(Binary::Subtract, one, s);
    let bent = b.binary(Binary::Multiply, gated, rest);
    let left = b.binary(Binary::Add, s, bent);
    let right = b.binary(Binary::Multiply, slope_factor, cos);
    let slope = b.binary(Binary::Add, left, right);
    b.finish(value, slope)
}

/// x erfc(-x / sqrt 2) / 2, and erfc(-x / sqrt 2) / 2 + x exp(-x^2 / 2) / sqrt(2 pi).
fn gelu() -> Graph {
    let (mut b, x) = Builder::new();
    let (half, scale, factor) = (
        b.constant(0.5),
        b.constant(-std::f64::consts::FRAC_1_SQRT_2),
        b.constant(0.398_942_280_401_432_7),
    );
    let minus_half = b.constant(-0.5);
    let scaled = b.binary(Binary::Multiply, x, scale);
    let tail = b.unary(Unary::Erfc, scaled);
    let cdf = b.binary(Binary::Multiply, half, tail);
    let value = b.binary(Binary::Multiply, x, cdf);
    let square = b.binary(Binary::Multiply, x, x);
    let exponent = b.binary(Binary::Multiply, minus_half, square);
    let bell = b.unary(Unary::Exp, exponent);
    let density = b.binary(Binary::Multiply, factor, bell);
    let bent = b.binary(Binary::Multiply, x, density);
    let slope = b.binary(Binary::Add, cdf, bent);
    b.finish(value, slope)
}

/// tanh(x), and 1 - tanh(x)^2.
fn tanh() -> Graph {
    let (mut b, x) = Builder::new();
    let one = b.constant(1.0);
    let value = b.unary(Unary::Tanh, x);
    let square = b.binary(Binary::Multiply, value, value);
    let slope = b.binary(Binary::Subtract, one, square);
    b.finish(value, slope)
}

type Libm = fn(f32) -> (f32, f32);

fn activations() -> [(&'static str, Graph, Libm); 3] {
    [
        ("wavy_swish", wavy_swish(), |x| {
            let s = 1.0 / (1.0 + (-x).exp());
            let (sin, cos) = (3.0 * x).sin_cos();
            (x * s + 0.1 * sin, s + x * s * (1.0 - s) + 0.3 * cos)
        }),
        ("gelu", gelu(), |x| {
            let cdf = 0.5 * libm::erfcf(-x * std::f32::consts::FRAC_1_SQRT_2);
            (x * cdf, cdf + x * 0.398_942_3 * (-0.5 * x * x).exp())
        }),
        ("tanh", tanh(), |x| {
            let y = x.tanh();
            (y, 1.0 - y * y)
        }),
    ]
}

fn interpreter(criterion: &mut Criterion) {
    const ELEMENTS: usize = 65_536;
    let input: Vec<f32> = (0..ELEMENTS)
        .map(|i| ((i * 7919) % ELEMENTS) as f32 / 8192.0 - 4.0)
        .collect();
    let (mut value, mut slope) = (vec![0.0; ELEMENTS], vec![0.0; ELEMENTS]);
    for (name, graph, libm) in activations() {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(ELEMENTS as u64));
        group.bench_function("libm", |bencher| {
            bencher.iter(|| {
                for ((&x, y), dy) in input.iter().zip(&mut value).zip(&mut slope) {
                    (*y, *dy) = libm(x);
                }
                black_box((&mut value, &mut slope));
            });
        });
        for set in InstructionSet::available() {
            let mut kernel = Kernel::for_instruction_set(&graph, set);
            group.bench_function(set.name(), |bencher| {
                bencher.iter(|| kernel.value_and_slope(black_box(&input), &mut value, &mut slope))
            });
        }
        let mut kernel = Kernel::new(&graph);
        group.throughput(Throughput::Elements(1024));
        group.bench_function("1024 elements", |bencher| {
            bencher.iter(|| {
                kernel.value_and_slope(
                    black_box(&input[..1024]),
                    &mut value[..1024],
                    &mut slope[..1024],
                )
            });
        });
        group.throughput(Throughput::Elements(16));
        group.bench_function("16 elements", |bencher| {
            bencher.iter(|| {
                kernel.value_and_slope(black_box(&input[..16]), &mut value[..16], &mut slope[..16])
            });
        });
        group.throughput(Throughput::Elements(1));
        group.bench_function("graph to kernel", |bencher| {
            bencher.iter(|| Kernel::new(black_box(&graph)))
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(std::time::Duration::from_millis(200)).measurement_time(std::time::Duration::from_millis(500));
    targets = interpreter
}
criterion_main!(benches);

//! Every primitive on every instruction set against the 64-bit reference. Run with `--nocapture`
//! for the measured numbers.

use motherlode_formula::graph::{Binary, Graph, Node, NodeId, Unary};
use motherlode_formula::kernel::Kernel;
use motherlode_formula::reference;
use motherlode_formula::vector::InstructionSet;

/// What a primitive is held to: errors of at most `ulps` units in the last place of the right
/// result, or of `absolute`.
pub struct Bound {
    pub operation: Unary,
    ulps: f64,
    pub absolute: f64,
}

const fn bound(operation: Unary, ulps: f64, absolute: f64) -> Bound {
    Bound {
        operation,
        ulps,
        absolute,
    }
}

/// The primitives of two arguments.
pub const BINARY: [Binary; 11] = [
    Binary::Add,
    Binary::Subtract,
    Binary::Multiply,
    Binary::Divide,
    Binary::Power,
    Binary::Min,
    Binary::Max,
    Binary::Less,
    Binary::LessEqual,
    Binary::Equal,
    Binary::NotEqual,
];

/// Below the least normal number results may be lost: 2^-126.
const SUBNORMAL: f64 = f32::MIN_POSITIVE as f64;

pub const BOUNDS: [Bound; 32] = [
    bound(Unary::Negate, 0.5, 0.0),
    bound(Unary::Abs, 0.5, 0.0),
    bound(Unary::Sign, 0.5, 0.0),
    bound(Unary::Reciprocal, 0.51, 0.0),
    bound(Unary::Sqrt, 0.51, 0.0),
    bound(Unary::Exp, 1.0, 0.0),
    bound(Unary::Expm1, 2.0, SUBNORMAL),
    bound(Unary::Log, 1.0, 0.0),
    bound(Unary::Log1p, 1.0, 0.0),
    bound(Unary::Sin, 2.0, 0.0),
    bound(Unary::Cos, 2.0, 0.0),
    bound(Unary::Tan, 4.0, 0.0),
    bound(Unary::Sinh, 3.0, 0.0),
    bound(Unary::Cosh, 2.0, 0.0),
    bound(Unary::Tanh, 3.0, 0.0),
    bound(Unary::Asin, 3.0, 0.0),
    bound(Unary::Acos, 2.0, 0.0),
    bound(Unary::Atan, 2.0, 0.0),
    bound(Unary::Asinh, 2.0, 0.0),
    bound(Unary::Acosh, 2.0, 0.0),
    bound(Unary::Atanh, 2.0, 0.0),
    bound(Unary::Sigmoid, 2.5, SUBNORMAL),
    bound(Unary::Softplus, 3.0, 0.0),
    bound(Unary::Erf, 1.5, 0.0),
    bound(Unary::Erfc, 5.0, 0.0),
    bound(Unary::Sinc, 4.0, 1e-16),
    bound(Unary::SincSlope, 3.0, 1e-7),
    bound(Unary::BesselI0e, 4.0, 0.0),
    bound(Unary::BesselI1e, 5.0, 1e-15),
    bound(Unary::Floor, 0.5, 0.0),
    bound(Unary::Round, 0.5, 0.0),
    bound(Unary::StopGradient, 0.5, 0.0),
];

/// A graph whose two outputs are the value of one node, which `build` makes from the input.
pub fn graph_of(build: impl Fn(&mut Graph, NodeId) -> NodeId) -> Graph {
    let mut graph = Graph::default();
    let x = graph.intern(Node::Input(0));
    let y = build(&mut graph, x);
    graph.push_output(y);
    graph.push_output(y);
    graph
}

/// A right value for each argument.
type Right<'a> = &'a dyn Fn(f64) -> f64;

/// The distance between two neighbouring floats at |x|.
pub fn ulp(x: f64) -> f64 {
    let x = (x.abs() as f32).min(f32::MAX);
    let bits = x.to_bits();
    let next = if bits < f32::MAX.to_bits() {
        bits + 1
    } else {
        bits - 1
    };
    (f64::from(f32::from_bits(next)) - f64::from(x)).abs()
}

/// Arguments of every size: a fine grid, dense random numbers of all exponents, neighbours of the
/// places where functions turn, and the special values.
pub fn arguments() -> Vec<f32> {
    let mut all: Vec<f32> = (-4000..=4000).map(|i| i as f32 / 400.0).collect();
    all.extend((-2000..=2000).map(|i| i as f32 / 16.0));
    all.extend((-149..128).flat_map(|k| [2.0_f64.powi(k) as f32, -(2.0_f64.powi(k) as f32)]));
    let mut state = 1_u64;
    for _ in 0..30_000 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let bits = (state >> 32) as u32;
        all.push(f32::from_bits(bits));
        // The same sign and mantissa with an exponent near 1.
        all.push(f32::from_bits(
            bits & 0x807f_ffff | (120 + (bits >> 23) % 16) << 23,
        ));
    }
    let turns = [
        0.0,
        0.5,
        1.0,
        2.0,
        4.0,
        8.0,
        10.05,
        16.0,
        20.0,
        88.0,
        88.72,
        89.0,
        90.0,
        87.0,
        104.0,
        103.97,
        1e5,
        1e8,
        8_388_607.5,
        8_388_608.0,
        16_777_216.0,
    ];
    let quarters = (1..200)
        .chain([1000, 10_001, 60_000, 63_661])
        .map(|k| (f64::from(k) * std::f64::consts::FRAC_PI_4) as f32);
    for x in turns
        .into_iter()
        .chain(quarters)
        .chain((1..40).map(|k| k as f32 / 4.0))
    {
        for sign in [1.0_f32, -1.0] {
            all.extend([x, x.next_up(), x.next_down()].map(|x| sign * x));
        }
    }
    all.extend([
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NAN,
        -0.0,
        f32::MAX,
        f32::MIN,
    ]);
    all
}

/// The largest error in ulps (where the absolute one passes `absolute`), the largest absolute
/// error, and the argument of the first.
struct Measured {
    ulps: f64,
    pub absolute: f64,
    at: f32,
}

fn measure(kernel: &mut Kernel, right: impl Fn(f64) -> f64, absolute: f64, xs: &[f32]) -> Measured {
    let mut ys = vec![0.0; xs.len()];
    kernel.value(xs, &mut ys);
    let mut worst = Measured {
        ulps: 0.0,
        absolute: 0.0,
        at: 0.0,
    };
    for (&x, &y) in xs.iter().zip(&ys) {
        let right = right(f64::from(x));
        // A result is right where it is the rounded right one, which settles NaN, infinities and
        // zeros.
        if y == right as f32 || (y.is_nan() && right.is_nan()) {
            let error = (f64::from(y) - right).abs();
            if error.is_finite() && error > absolute {
                worst.absolute = worst.absolute.max(error);
            }
            continue;
        }
        let error = (f64::from(y) - right).abs();
        if error <= absolute {
            continue;
        }
        // An overflow counts from the largest float.
        let distance = if y.is_infinite() && right.is_finite() {
            (f64::from(f32::MAX) + ulp(f64::from(f32::MAX)) - right.abs()).abs()
        } else {
            error
        };
        let ulps = if y.is_nan() || right.is_nan() || y.is_infinite() && f64::from(y) * right < 0.0
        {
            f64::INFINITY
        } else {
            distance / ulp(right)
        };
        worst.absolute = worst.absolute.max(error);
        if ulps > worst.ulps {
            (worst.ulps, worst.at) = (ulps, x);
        }
    }
    worst
}

#[test]
fn every_primitive_of_one_argument_keeps_its_bound_on_every_instruction_set() {
    let xs = arguments();
    let mut failures = Vec::new();
    for Bound {
        operation,
        ulps,
        absolute,
    } in BOUNDS
    {
        let graph = graph_of(|graph, x| graph.intern(Node::Unary(operation, x)));
        for set in InstructionSet::available() {
            let measured = measure(
                &mut Kernel::for_instruction_set(&graph, set),
                |x| reference::unary(operation, x),
                absolute,
                &xs,
            );
            println!(
                "{:<12} {:<7} {:>9.2} ulp at {:<15e} {:.2e}",
                format!("{operation:?}"),
                set.name(),
                measured.ulps,
                measured.at,
                measured.absolute
            );
            if measured.ulps > ulps {
                failures.push(format!(
                    "{operation:?} on {}: {} ulp at {:e}, bound {ulps}",
                    set.name(),
                    measured.ulps,
                    measured.at
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn powers_keep_their_bound_for_every_base_and_exponent() {
    let xs = arguments();
    let constants = [
        0.5,
        -0.5,
        1.0,
        -1.0,
        2.0,
        -2.0,
        3.0,
        -3.0,
        4.0,
        5.0,
        7.0,
        13.0,
        1.0 / 3.0,
        0.1,
        1.5,
        2.5,
        -1.7,
        10.0,
        31.0,
        100.25,
        -77.0,
        1e-3,
        1e-10,
        1e10,
        0.0,
        0.999_999,
        1.000_001,
        1e38,
        1e-38,
        -1e-40,
        1e-44,
        f64::INFINITY,
        f64::NEG_INFINITY,
        16_777_215.0,
        -8_388_609.0,
        16_777_216.0,
    ];
    let mut failures = Vec::new();
    for set in InstructionSet::available() {
        let mut worst = (0.0, String::new());
        for constant in constants.map(|c| f64::from(c as f32)) {
            let by_constant = graph_of(|graph, x| {
                let c = graph.constant(constant);
                graph.intern(Node::Binary(Binary::Power, x, c))
            });
            let of_constant = graph_of(|graph, x| {
                let c = graph.constant(constant);
                graph.intern(Node::Binary(Binary::Power, c, x))
            });
            let by_self = graph_of(|graph, x| graph.intern(Node::Binary(Binary::Power, x, x)));
            let power = |a, b| reference::binary(Binary::Power, a, b);
            let cases: [(&str, &Graph, Right); 3] = [
                ("x^c", &by_constant, &|x| power(x, constant)),
                ("c^x", &of_constant, &|x| power(constant, x)),
                ("x^x", &by_self, &|x| power(x, x)),
            ];
            for (name, graph, right) in cases {
                let measured = measure(
                    &mut Kernel::for_instruction_set(graph, set),
                    right,
                    0.0,
                    &xs,
                );
                if measured.ulps > worst.0 {
                    worst = (
                        measured.ulps,
                        format!("{name} c={constant:e} x={:e}", measured.at),
                    );
                }
                if measured.ulps > 2.0 {
                    failures.push(format!(
                        "{name} c={constant:e} on {}: {} ulp at {:e}",
                        set.name(),
                        measured.ulps,
                        measured.at
                    ));
                }
            }
        }
        println!("Power {:<7} {:.2} ulp at {}", set.name(), worst.0, worst.1);
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

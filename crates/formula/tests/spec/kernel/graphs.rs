//! Random graphs: the kernel against the reference, within an error bound that is carried along the
//! graph.

use std::cell::Cell;

use motherlode_formula::graph::{Binary, Graph, Node, NodeId, Unary};
use motherlode_formula::kernel::Kernel;
use motherlode_formula::reference;
use motherlode_formula::vector::InstructionSet;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::accuracy::{BINARY, BOUNDS};

/// What to add to a graph; arguments are positions among the nodes so far, modulo their number.
#[derive(Clone, Debug)]
enum Growth {
    Constant(f64),
    Unary(usize, usize),
    Binary(usize, usize, usize),
    Select(usize, usize, usize),
}

fn growth() -> impl Strategy<Value = Growth> {
    let any = 0..1000_usize;
    prop_oneof![
        1 => (-40..40_i32).prop_map(|k| Growth::Constant(f64::from(k) / 8.0)),
        4 => (any.clone(), any.clone()).prop_map(|(o, a)| Growth::Unary(o, a)),
        // Sums and products, in which instructions are fused, more often than the rest.
        3 => (0..3_usize, any.clone(), any.clone()).prop_map(|(o, a, b)| Growth::Binary(o, a, b)),
        2 => (any.clone(), any.clone(), any.clone()).prop_map(|(o, a, b)| Growth::Binary(o, a, b)),
        1 => (any.clone(), any.clone(), any).prop_map(|(a, b, c)| Growth::Select(a, b, c)),
    ]
}

fn grow(steps: &[Growth]) -> Graph {
    let mut graph = Graph::default();
    let x = graph.intern(Node::Input(0));
    let mut ids = vec![x];
    for step in steps {
        let pick = |position: usize| -> NodeId { ids[ids.len() - 1 - position % ids.len()] };
        let id = match *step {
            Growth::Constant(value) => graph.constant(value),
            Growth::Unary(o, a) => {
                graph.intern(Node::Unary(BOUNDS[o % BOUNDS.len()].operation, pick(a)))
            }
            Growth::Binary(o, a, b) => {
                graph.intern(Node::Binary(BINARY[o % BINARY.len()], pick(a), pick(b)))
            }
            Growth::Select(a, b, c) => graph.intern(Node::Select(pick(a), pick(b), pick(c))),
        };
        ids.push(id);
    }
    let last = ids[ids.len() - 1];
    let other = ids[ids.len() / 2];
    graph.push_output(last);
    graph.push_output(other);
    graph
}

/// A right value, and how far a result in `f32` may lie from it.
#[derive(Clone, Copy)]
struct Bounded {
    value: f64,
    error: f64,
}

impl Bounded {
    /// The value and the ends of its interval.
    fn samples(self) -> [f64; 3] {
        [self.value, self.value - self.error, self.value + self.error]
    }
}

/// Twice the deviations of `f` over the ends of its arguments' intervals, and 8 units in the last
/// place; `None` where an interval is too wide for that to bound anything, or a value leaves what
/// `f32` holds.
fn bounded(arguments: &[Bounded], f: impl Fn(&[f64]) -> f64) -> Option<Bounded> {
    let values: Vec<f64> = arguments.iter().map(|a| a.value).collect();
    let value = f(&values);
    let mut deviation = 0.0_f64;
    for choice in 0..3_usize.pow(arguments.len() as u32) {
        let point: Vec<f64> = arguments
            .iter()
            .enumerate()
            .map(|(i, a)| a.samples()[choice / 3_usize.pow(i as u32) % 3])
            .collect();
        deviation = deviation.max((f(&point) - value).abs());
        if f(&point).is_nan() {
            return None;
        }
    }
    let error = 2.0 * deviation + value.abs() * 8.0 * 2.0_f64.powi(-24) + 1e-37;
    (value.abs() < 1e30 && error < 0.01 * (1.0 + value.abs())).then_some(Bounded { value, error })
}

/// Whether it is sure that two values differ, or that they are equal.
fn apart(a: Bounded, b: Bounded) -> bool {
    a.error + b.error == 0.0 || (a.value - b.value).abs() > a.error + b.error
}

/// The bounded outputs of a graph at x.
fn bounded_outputs(graph: &Graph, x: f64) -> Option<Vec<Bounded>> {
    let mut values: Vec<Option<Bounded>> = Vec::new();
    for node in graph.nodes() {
        let at = |id: NodeId| values[id.0 as usize];
        values.push(match *node {
            Node::Input(_) => Some(Bounded {
                value: x,
                error: 0.0,
            }),
            Node::Constant(bits) => Some(Bounded {
                value: f64::from_bits(bits),
                error: 0.0,
            }),
            Node::Parameter(_) | Node::Reduce(..) | Node::Roll(..) => {
                unreachable!("random graphs are pointwise and train nothing")
            }
            Node::Unary(o, a) => {
                let absolute = BOUNDS
                    .iter()
                    .find(|bound| bound.operation == o)
                    .map_or(0.0, |bound| bound.absolute);
                let bounded = at(a).and_then(|a| bounded(&[a], |v| reference::unary(o, v[0])));
                bounded.map(|b| Bounded {
                    error: b.error + absolute,
                    ..b
                })
            }
            // Neither end of an interval shows that equality turns inside it.
            Node::Binary(Binary::Equal | Binary::NotEqual, a, b)
                if !at(a).zip(at(b)).is_some_and(|(a, b)| apart(a, b)) =>
            {
                None
            }
            Node::Select(c, ..)
                if !at(c).is_some_and(|c| {
                    apart(
                        c,
                        Bounded {
                            value: 0.0,
                            error: 0.0,
                        },
                    )
                }) =>
            {
                None
            }
            Node::Binary(o, a, b) => at(a)
                .zip(at(b))
                .and_then(|(a, b)| bounded(&[a, b], |v| reference::binary(o, v[0], v[1]))),
            Node::Select(c, a, b) => at(c).zip(at(a)).zip(at(b)).and_then(|((c, a), b)| {
                bounded(&[c, a, b], |v| if v[0] != 0.0 { v[1] } else { v[2] })
            }),
        });
    }
    graph
        .outputs()
        .iter()
        .map(|id| values[id.0 as usize])
        .collect()
}

#[test]
fn random_graphs_agree_with_the_reference_on_every_instruction_set() {
    let xs: Vec<f32> = (-75..75).map(|i| i as f32 / 16.0 + 0.013).collect();
    let (held, all) = (Cell::new(0_u64), Cell::new(0_u64));
    let config = Config {
        cases: 600,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let outcome = runner.run(&prop::collection::vec(growth(), 1..24), |steps| {
        let graph = grow(&steps);
        let right: Vec<Option<Vec<Bounded>>> = xs
            .iter()
            .map(|&x| bounded_outputs(&graph, f64::from(x)))
            .collect();
        for set in InstructionSet::available() {
            let (mut value, mut slope) = (vec![0.0; xs.len()], vec![0.0; xs.len()]);
            Kernel::for_instruction_set(&graph, set).value_and_slope(&xs, &mut value, &mut slope);
            for (i, right) in right.iter().enumerate() {
                all.set(all.get() + 1);
                let Some(right) = right else { continue };
                held.set(held.get() + 1);
                for (got, right) in [value[i], slope[i]].into_iter().zip(right) {
                    let error = (f64::from(got) - right.value).abs();
                    prop_assert!(
                        error <= right.error,
                        "x={} got {got} right {} +- {} on {}",
                        xs[i],
                        right.value,
                        right.error,
                        set.name()
                    );
                }
            }
        }
        Ok(())
    });
    println!(
        "{} of {} results were held to a bound",
        held.get(),
        all.get()
    );
    if let Err(error) = outcome {
        panic!("{error}");
    }
    assert!(
        3 * held.get() > all.get(),
        "too few results could be held to a bound: {} of {}",
        held.get(),
        all.get()
    );
}

#[test]
fn a_fused_product_is_that_product_and_sum() {
    let xs: Vec<f32> = (0..100).map(|i| i as f32 / 7.0 - 5.0).collect();
    // Every place a constant and the input may take in a*b + c, c + a*b, a*b - c and c - a*b.
    for pattern in 0..32 {
        let mut graph = Graph::default();
        let x = graph.intern(Node::Input(0));
        let root = graph.intern(Node::Unary(Unary::Tanh, x));
        let pick = |graph: &mut Graph, bit: u32, constant: f64, varying: NodeId| {
            if pattern >> bit & 1 == 1 {
                graph.constant(constant)
            } else {
                varying
            }
        };
        let a = pick(&mut graph, 0, 1.5, x);
        let b = pick(&mut graph, 1, -0.75, root);
        let c = pick(&mut graph, 2, 3.25, root);
        let product = graph.intern(Node::Binary(Binary::Multiply, a, b));
        let sum = graph.intern(match pattern / 8 {
            0 => Node::Binary(Binary::Add, product, c),
            1 => Node::Binary(Binary::Add, c, product),
            2 => Node::Binary(Binary::Subtract, product, c),
            _ => Node::Binary(Binary::Subtract, c, product),
        });
        graph.push_output(sum);
        graph.push_output(root);
        for set in InstructionSet::available() {
            let mut value = vec![0.0; xs.len()];
            Kernel::for_instruction_set(&graph, set).value(&xs, &mut value);
            for (&x, &y) in xs.iter().zip(&value) {
                let right = reference::evaluate(&graph, &[f64::from(x)])[0];
                assert!(
                    (f64::from(y) - right).abs() < 2e-6 * (1.0 + right.abs()),
                    "pattern {pattern} at {x}: {y}, right {right}"
                );
            }
        }
    }
}

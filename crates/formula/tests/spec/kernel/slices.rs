//! What a kernel promises of whole slices.

use motherlode_formula::graph::{Binary, Graph, Node, Unary};
use motherlode_formula::kernel::Kernel;
use motherlode_formula::vector::InstructionSet;

use super::accuracy::{arguments, graph_of, BOUNDS};

/// x sigmoid(x) + 0.1 sin(3x) and its derivative.
pub fn wavy_swish() -> Graph {
    let mut graph = Graph::default();
    let x = graph.intern(Node::Input(0));
    let [one, three, tenth, factor] = [1.0, 3.0, 0.1, 0.3].map(|c| graph.constant(c));
    let s = graph.intern(Node::Unary(Unary::Sigmoid, x));
    let gated = graph.intern(Node::Binary(Binary::Multiply, x, s));
    let angle = graph.intern(Node::Binary(Binary::Multiply, three, x));
    let sin = graph.intern(Node::Unary(Unary::Sin, angle));
    let wave = graph.intern(Node::Binary(Binary::Multiply, tenth, sin));
    let value = graph.intern(Node::Binary(Binary::Add, gated, wave));
    let rest = graph.intern(Node::Binary(Binary::Subtract, one, s));
    let bent = graph.intern(Node::Binary(Binary::Multiply, gated, rest));
    let left = graph.intern(Node::Binary(Binary::Add, s, bent));
    let cos = graph.intern(Node::Unary(Unary::Cos, angle));
    let right = graph.intern(Node::Binary(Binary::Multiply, factor, cos));
    let slope = graph.intern(Node::Binary(Binary::Add, left, right));
    graph.push_output(value);
    graph.push_output(slope);
    graph
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|y| y.to_bits()).collect()
}

/// f and f' over `xs`, as bits.
fn run(kernel: &mut Kernel, xs: &[f32]) -> (Vec<u32>, Vec<u32>) {
    let (mut value, mut slope) = (vec![0.0; xs.len()], vec![0.0; xs.len()]);
    kernel.value_and_slope(xs, &mut value, &mut slope);
    (bits(&value), bits(&slope))
}

#[test]
fn a_result_has_the_same_bits_wherever_its_element_stands() {
    let all = arguments();
    let xs: Vec<f32> = all.iter().step_by(53).copied().take(1200).collect();
    let graphs =
        BOUNDS.map(|bound| graph_of(|graph, x| graph.intern(Node::Unary(bound.operation, x))));
    for graph in graphs.iter().chain([&wavy_swish()]) {
        for set in InstructionSet::available() {
            let mut kernel = Kernel::for_instruction_set(graph, set);
            let whole = run(&mut kernel, &xs);
            for (start, length) in [
                (0, 1),
                (0, 0),
                (3, 5),
                (1, 15),
                (7, 16),
                (8, 17),
                (100, 511),
                (100, 512),
                (33, 513),
                (5, 1023),
                (69, 1100),
                (1199, 1),
            ] {
                let range = start..start + length;
                let part = run(&mut kernel, &xs[range.clone()]);
                assert_eq!(
                    part,
                    (whole.0[range.clone()].to_vec(), whole.1[range].to_vec()),
                    "{} from {start} for {length}",
                    set.name()
                );
            }
        }
    }
}

#[test]
fn f_has_the_same_bits_with_and_without_its_slope() {
    let xs = arguments();
    for set in InstructionSet::available() {
        let mut kernel = Kernel::for_instruction_set(&wavy_swish(), set);
        let mut value = vec![0.0; xs.len()];
        kernel.value(&xs, &mut value);
        assert_eq!(bits(&value), run(&mut kernel, &xs).0, "{}", set.name());
    }
}

#[test]
fn a_product_shared_with_the_slope_is_rounded_alike_in_both_runs() {
    // f = x^2 + 0.1, f' = exp(x^2): the product has a user in each, and must not be fused in one
    // run only.
    let mut graph = Graph::default();
    let x = graph.intern(Node::Input(0));
    let tenth = graph.constant(0.1);
    let square = graph.intern(Node::Binary(Binary::Multiply, x, x));
    let value = graph.intern(Node::Binary(Binary::Add, square, tenth));
    let slope = graph.intern(Node::Unary(Unary::Exp, square));
    graph.push_output(value);
    graph.push_output(slope);
    let xs: Vec<f32> = (0..1000).map(|i| (i as f32).sqrt()).collect();
    for set in InstructionSet::available() {
        let mut kernel = Kernel::for_instruction_set(&graph, set);
        let mut alone = vec![0.0; xs.len()];
        kernel.value(&xs, &mut alone);
        assert_eq!(bits(&alone), run(&mut kernel, &xs).0, "{}", set.name());
    }
}

#[test]
fn sine_and_cosine_stay_within_one_for_every_finite_argument() {
    let mut graph = Graph::default();
    let x = graph.intern(Node::Input(0));
    for operation in [Unary::Sin, Unary::Cos] {
        let node = graph.intern(Node::Unary(operation, x));
        graph.push_output(node);
    }
    let xs: Vec<f32> = (0..=u32::MAX)
        .step_by(4099)
        .map(f32::from_bits)
        .filter(|x| x.is_finite())
        .chain([f32::MAX, f32::MIN, 1e10, 3e38])
        .collect();
    for set in InstructionSet::available() {
        let (mut sin, mut cos) = (vec![0.0; xs.len()], vec![0.0; xs.len()]);
        Kernel::for_instruction_set(&graph, set).value_and_slope(&xs, &mut sin, &mut cos);
        for ((x, sin), cos) in xs.iter().zip(&sin).zip(&cos) {
            assert!(
                sin.abs() <= 1.0 && cos.abs() <= 1.0,
                "sin {x:e} = {sin}, cos = {cos} on {}",
                set.name()
            );
            assert!(
                (sin * sin + cos * cos - 1.0).abs() < 1e-6,
                "sin {x:e} = {sin}, cos = {cos} on {}",
                set.name()
            );
        }
    }
}

#[test]
fn outputs_may_be_the_input_a_constant_or_one_another() {
    let xs: Vec<f32> = (0..300).map(|i| i as f32).collect();
    for set in InstructionSet::available() {
        let mut graph = Graph::default();
        let x = graph.intern(Node::Input(0));
        let one = graph.constant(1.0);
        graph.push_output(x);
        graph.push_output(one);
        let (value, slope) = run(&mut Kernel::for_instruction_set(&graph, set), &xs);
        assert_eq!(
            (value, slope),
            (bits(&xs), vec![1.0_f32.to_bits(); xs.len()])
        );

        let exp = graph_of(|graph, x| graph.intern(Node::Unary(Unary::Exp, x)));
        let (value, slope) = run(&mut Kernel::for_instruction_set(&exp, set), &xs);
        assert_eq!(value, slope);
    }
}

#[test]
fn operations_on_constants_alone_run_too() {
    let mut graph = Graph::default();
    let x = graph.intern(Node::Input(0));
    let [two, three] = [2.0, 3.0].map(|c| graph.constant(c));
    let six = graph.intern(Node::Binary(Binary::Multiply, two, three));
    let root = graph.intern(Node::Unary(Unary::Sqrt, two));
    let chosen = graph.intern(Node::Select(two, six, root));
    let value = graph.intern(Node::Binary(Binary::Add, chosen, x));
    let five = graph.intern(Node::Binary(Binary::Add, two, three));
    let slope = graph.intern(Node::Binary(Binary::Divide, five, two));
    graph.push_output(value);
    graph.push_output(slope);
    for set in InstructionSet::available() {
        let (value, slope) = run(&mut Kernel::for_instruction_set(&graph, set), &[1.0, -6.0]);
        assert_eq!((value, slope), (bits(&[7.0, 0.0]), bits(&[2.5, 2.5])));
    }
}

#[test]
fn a_clone_runs_on_another_thread_with_the_same_bits() {
    let xs = arguments();
    let mut kernel = Kernel::new(&wavy_swish());
    let mut clone = kernel.clone();
    let here = run(&mut kernel, &xs);
    let there = std::thread::spawn(move || run(&mut clone, &xs))
        .join()
        .expect("the thread ends well");
    assert_eq!(here, there);
}

#[test]
#[should_panic(expected = "equal lengths")]
fn slices_of_unequal_lengths_are_refused() {
    Kernel::new(&wavy_swish()).value(&[1.0, 2.0], &mut [0.0]);
}

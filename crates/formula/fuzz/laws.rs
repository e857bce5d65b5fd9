//! What holds for every input, however hostile: each law takes any bytes, and panics where it is
//! broken. The fuzz targets run them under libFuzzer, the specification runs them on the seeds and
//! on mutations of them.
#![allow(dead_code)]

use motherlode_formula::graph::NodeId;
use motherlode_formula::kernel::Kernel;
use motherlode_formula::limits::{GRAPH_NODES, TEXT_BYTES};
use motherlode_formula::vector::InstructionSet;
use motherlode_formula::{reference, Class, Expression, Fingerprint, Formula, Function, Program};

/// Reading ends in a formula that prints as what reads back to it, or in an error whose place lies
/// in the text.
pub fn parse(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Formula::parse(&text) {
        Ok(formula) => {
            let printed = formula.to_string();
            let again = Formula::parse(&printed).unwrap_or_else(|error| {
                panic!("`{text}` prints as `{printed}`, which does not read: {error}")
            });
            assert_eq!(
                again.program(),
                formula.program(),
                "`{text}` prints as `{printed}`, another program"
            );
        }
        Err(error) => {
            assert!(
                !error.message().is_empty() && !error.message().contains('\n'),
                "an error is one line: {error}"
            );
            assert!(
                error.message().len() < 1000,
                "an error quotes little of the text: {error}"
            );
            let caret = error.caret(&text);
            assert!(
                error.place().is_none() == caret.is_empty(),
                "a place is drawn: {error}"
            );
            assert!(
                error
                    .place()
                    .is_none_or(|place| place.start <= text.len() && place.end >= place.start),
                "the place lies in the text: {error}"
            );
        }
    }
}

/// Lowering ends in graphs within the limit, whose gradients have the shape of their tensors.
pub fn lower(data: &[u8]) {
    let Some(formula) = formula(data) else { return };
    assert!(formula.graph().nodes().len() <= GRAPH_NODES);
    assert_eq!(
        formula.graph().outputs().len(),
        if formula.class() == Class::Pointwise {
            2
        } else {
            1
        }
    );
    assert_eq!(
        formula.adjoint().outputs().len(),
        2 + formula.parameters().len()
    );
    for graph in [formula.graph(), formula.adjoint()] {
        for (index, node) in graph.nodes().iter().enumerate() {
            assert!(
                node.arguments()
                    .all(|argument| (argument.0 as usize) < index),
                "arguments stand before their users"
            );
        }
    }
    assert!(formula.to_string().len() <= TEXT_BYTES);
}

/// The canonical form is its own canonical form, and where both are finite on the grid it is the
/// same function.
pub fn rewrite(data: &[u8]) {
    let Some(formula) = formula(data) else { return };
    let canonical = Formula::parse(formula.canonical()).unwrap_or_else(|error| {
        panic!("`{formula}` has a canonical form that does not read: {error}")
    });
    assert_eq!(
        canonical.canonical(),
        formula.canonical(),
        "the canonical form of `{formula}`"
    );
    assert_eq!(canonical.id(), formula.id());
    assert_eq!(
        canonical.class(),
        formula.class(),
        "`{formula}` -> `{canonical}`"
    );
    assert!(formula.nickname().split('-').count() == 3);
    let (own, other) = (formula.fingerprint(), canonical.fingerprint());
    let tame = |values: &[f64]| values.iter().all(|value| value.abs() < 1e6);
    if tame(own.values()) && tame(own.slopes()) && !conditioned_badly(&formula) {
        assert!(own.matches(&other), "`{formula}` -> `{canonical}`");
    }
}

/// Whether steps and comparisons, or great numbers on the way, may turn on the last digit of what
/// is rewritten.
fn conditioned_badly(formula: &Formula) -> bool {
    let steps = [
        Function::Less,
        Function::LessEqual,
        Function::Greater,
        Function::GreaterEqual,
        Function::Equal,
        Function::NotEqual,
        Function::Sign,
        Function::Floor,
        Function::Ceil,
        Function::Round,
        Function::Where,
    ];
    if formula
        .program()
        .functions()
        .any(|function| steps.contains(&function))
    {
        return true;
    }
    let mut graph = formula.graph().clone();
    (0..graph.nodes().len()).for_each(|index| graph.push_output(NodeId(index as u32)));
    let awkward = |y: &f64| !y.is_finite() || y.abs() > 1e6 || *y != 0.0 && y.abs() < 1e-6;
    formula.class() != Class::Pointwise
        || Fingerprint::grid().any(|x| reference::evaluate(&graph, &[x]).iter().any(awkward))
}

/// A kernel gives each element the same bits wherever it stands and whether or not its slope is
/// wanted, on every instruction set; a tensor's gradients have its shape.
pub fn interpret(data: &[u8]) {
    let Some(formula) = formula(data) else { return };
    let xs: Vec<f32> = inputs(data);
    if formula.class() != Class::Pointwise || !formula.parameters().is_empty() {
        let shape = motherlode_formula::Shape {
            rows: 3,
            features: 2,
        };
        let x: Vec<f64> = (0..6).map(|i| f64::from(xs[i % xs.len()])).collect();
        let gradients = formula.gradients(shape, &x, &[1.0; 6], &formula.initial_parameters(2));
        assert_eq!(
            (
                gradients.value.len(),
                gradients.input.len(),
                gradients.parameters.len()
            ),
            (6, 6, formula.parameters().len())
        );
    }
    if formula.class() != Class::Pointwise {
        return;
    }
    for set in InstructionSet::available() {
        let mut kernel = Kernel::for_instruction_set(formula.graph(), set);
        let (mut values, mut slopes) = (vec![0.0; xs.len()], vec![0.0; xs.len()]);
        kernel.value_and_slope(&xs, &mut values, &mut slopes);
        let mut alone = vec![0.0; xs.len()];
        kernel.value(&xs, &mut alone);
        let same = |a: &[f32], b: &[f32]| {
            a.iter()
                .zip(b)
                .all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan())
        };
        assert!(
            same(&values, &alone),
            "`{formula}` on {} without its slope",
            set.name()
        );
        for i in [0, xs.len() / 2, xs.len() - 1] {
            let (mut value, mut slope) = ([0.0], [0.0]);
            kernel.value_and_slope(&xs[i..=i], &mut value, &mut slope);
            assert!(
                same(&value, &values[i..=i]) && same(&slope, &slopes[i..=i]),
                "`{formula}` on {} at {}",
                set.name(),
                xs[i]
            );
        }
    }
}

/// The bytes as numbers of any kind, with some of every size.
fn inputs(data: &[u8]) -> Vec<f32> {
    let drawn = data
        .chunks_exact(4)
        .map(|bytes| f32::from_bits(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])));
    let fixed = [
        0.0,
        -0.0,
        0.5,
        -1.0,
        3.25,
        -17.0,
        1e-40,
        88.8,
        -104.0,
        3e5,
        f32::MAX,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NAN,
    ];
    fixed.into_iter().chain(drawn.take(600)).collect()
}

/// The formula that the bytes write, or else the one that they build as a program.
fn formula(data: &[u8]) -> Option<Formula> {
    let written = std::str::from_utf8(data)
        .ok()
        .and_then(|text| Formula::parse(text).ok());
    written.or_else(|| Formula::from_program(program(data)).ok())
}

/// A program from bytes, as a stack machine reads them: each byte pushes a leaf, or a call of what
/// lies on the stack, or ends a binding.
fn program(data: &[u8]) -> Program {
    let (mut stack, mut bindings): (Vec<Expression>, Vec<(String, Expression)>) =
        (Vec::new(), Vec::new());
    let mut bytes = data.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            0..=31 => stack.push(Expression::Variable(0)),
            32..=47 => stack.push(Expression::Number(
                f64::from(bytes.next().unwrap_or(1)) / 16.0,
            )),
            48..=55 => {
                let mut bits = [0; 8];
                bits.fill_with(|| bytes.next().unwrap_or(0));
                let number = f64::from_le_bytes(bits);
                stack.push(Expression::Number(if number.is_finite() {
                    number
                } else {
                    1.0
                }));
            }
            56..=71 if !bindings.is_empty() => {
                stack.push(Expression::Binding(usize::from(byte) % bindings.len()))
            }
            72..=79 => {
                if let Some(expression) = stack.pop() {
                    bindings.push((format!("b{}", bindings.len()), expression));
                }
            }
            _ => {
                let all = Function::all();
                let function = all[usize::from(byte) % all.len()];
                if stack.len() >= function.arity() {
                    let arguments = stack.split_off(stack.len() - function.arity());
                    stack.push(Expression::Call(function, arguments));
                }
            }
        }
        if stack.len() > 64 {
            stack.truncate(64);
        }
    }
    Program {
        variables: vec!["x".to_owned()],
        bindings,
        result: stack.pop().unwrap_or(Expression::Variable(0)),
    }
}

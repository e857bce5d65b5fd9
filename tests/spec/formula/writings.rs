//! Random programs written in another way: how many keep their id, and how many of the rest are
//! known by their fingerprint.

use motherlode::formula::{Expression, Formula, Function, Program};
use motherlode::numerics::stream::{Key, Stream};
use motherlode::proposer::genetic::grammar;

/// A program and the same function written in another way; `None` where this one has nothing to
/// change.
type Law = fn(&mut Stream) -> Option<(Program, Program)>;

fn program(bindings: Vec<(String, Expression)>, result: Expression) -> Program {
    Program {
        variables: vec!["x".to_owned()],
        bindings,
        result,
    }
}

/// A program of up to two bindings, each of which it uses.
fn random(stream: &mut Stream) -> Program {
    let mut random = program(Vec::new(), grammar::tree(5, stream));
    for name in ["a", "b"].into_iter().take(stream.below(3)) {
        random = introduced(&random, name, stream).unwrap_or(random);
    }
    random
}

/// One part of the result made a binding.
fn introduced(of: &Program, name: &str, stream: &mut Stream) -> Option<Program> {
    let mut parts = Vec::new();
    collect(&of.result, &mut parts);
    parts.retain(|part| matches!(part, Expression::Call(..)));
    if parts.is_empty() {
        return None;
    }
    let part = (*stream.choose(&parts)).clone();
    let place = Expression::Binding(of.bindings.len());
    let result = changed(&of.result, &mut |expression| {
        (*expression == part).then(|| place.clone())
    });
    let mut bindings = of.bindings.clone();
    bindings.push((name.to_owned(), part));
    Some(program(bindings, result))
}

fn collect<'a>(expression: &'a Expression, parts: &mut Vec<&'a Expression>) {
    parts.push(expression);
    if let Expression::Call(_, arguments) = expression {
        arguments
            .iter()
            .for_each(|argument| collect(argument, parts));
    }
}

/// `expression` with every part for which `change` has another replaced by that, from the leaves
/// up.
fn changed(
    expression: &Expression,
    change: &mut dyn FnMut(&Expression) -> Option<Expression>,
) -> Expression {
    let rebuilt = match expression {
        Expression::Call(function, arguments) => Expression::Call(
            *function,
            arguments
                .iter()
                .map(|argument| changed(argument, change))
                .collect(),
        ),
        other => other.clone(),
    };
    change(&rebuilt).unwrap_or(rebuilt)
}

/// `of` and what `change` makes of its parts, the bindings' too.
fn everywhere(
    of: Program,
    change: &mut dyn FnMut(&Expression) -> Option<Expression>,
) -> Option<(Program, Program)> {
    let bindings = of
        .bindings
        .iter()
        .map(|(name, part)| (name.clone(), changed(part, change)))
        .collect();
    let other = program(bindings, changed(&of.result, change));
    (other != of).then_some((of, other))
}

fn renamed(stream: &mut Stream) -> Option<(Program, Program)> {
    let of = random(stream);
    let bindings = of
        .bindings
        .iter()
        .map(|(name, part)| (format!("another_{name}"), part.clone()))
        .collect();
    let other = program(bindings, of.result.clone());
    (other != of).then_some((of, other))
}

fn inlined(stream: &mut Stream) -> Option<(Program, Program)> {
    let of = random(stream);
    let mut known: Vec<Expression> = Vec::new();
    let inline = |expression: &Expression, known: &[Expression]| {
        changed(expression, &mut |part| {
            if let Expression::Binding(index) = part {
                Some(known[*index].clone())
            } else {
                None
            }
        })
    };
    for (_, part) in &of.bindings {
        let part = inline(part, &known);
        known.push(part);
    }
    let other = program(Vec::new(), inline(&of.result, &known));
    (other != of).then_some((of, other))
}

fn bound(stream: &mut Stream) -> Option<(Program, Program)> {
    let of = random(stream);
    let other = introduced(&of, "c", stream)?;
    Some((of, other))
}

fn commuted(stream: &mut Stream) -> Option<(Program, Program)> {
    swapped(&[Function::Add, Function::Multiply], stream)
}

fn bounds_commuted(stream: &mut Stream) -> Option<(Program, Program)> {
    swapped(&[Function::Min, Function::Max], stream)
}

fn swapped(functions: &[Function], stream: &mut Stream) -> Option<(Program, Program)> {
    everywhere(random(stream), &mut |part| match part {
        Expression::Call(function, arguments) if functions.contains(function) => Some(
            Expression::Call(*function, arguments.iter().rev().cloned().collect()),
        ),
        _ => None,
    })
}

/// Sums and products of three: (a + b) + c and a + (b + c).
fn reassociated(stream: &mut Stream) -> Option<(Program, Program)> {
    let function = *stream.choose(&[Function::Add, Function::Multiply]);
    let [a, b, c] = [3, 3, 3].map(|height| grammar::tree(height, stream));
    let two = |a: &Expression, b: &Expression| grammar::call(function, [a.clone(), b.clone()]);
    Some((
        program(Vec::new(), two(&two(&a, &b), &c)),
        program(Vec::new(), two(&a, &two(&b, &c))),
    ))
}

/// (a + b) c and a c + b c.
fn multiplied_out(stream: &mut Stream) -> Option<(Program, Program)> {
    let [a, b, c] = [3, 3, 3].map(|height| grammar::tree(height, stream));
    let times = |a: &Expression| grammar::call(Function::Multiply, [a.clone(), c.clone()]);
    let factored = grammar::call(
        Function::Multiply,
        [
            grammar::call(Function::Add, [a.clone(), b.clone()]),
            c.clone(),
        ],
    );
    Some((
        program(Vec::new(), factored),
        program(
            Vec::new(),
            grammar::call(Function::Add, [times(&a), times(&b)]),
        ),
    ))
}

/// How many of 300 programs keep their id, and how many of all are known by id or fingerprint, as
/// shares.
fn shares(name: &str, law: Law) -> (f64, f64) {
    let mut stream = Key::new(3).word(name).stream();
    let (mut count, mut ids, mut known) = (0, 0, 0);
    for _ in 0..5000 {
        let Some((one, other)) = law(&mut stream) else {
            continue;
        };
        let (Ok(one), Ok(other)) = (Formula::from_program(one), Formula::from_program(other))
        else {
            continue;
        };
        count += 1;
        let same_id = one.id() == other.id();
        ids += usize::from(same_id);
        known += usize::from(same_id || one.fingerprint().matches(&other.fingerprint()));
        if count == 300 {
            break;
        }
    }
    assert_eq!(count, 300, "{name}");
    (ids as f64 / count as f64, known as f64 / count as f64)
}

#[test]
fn programs_written_in_another_way_keep_their_ids() {
    // The least share of ids, and of ids and fingerprints together.
    let laws: [(&str, Law, f64, f64); 7] = [
        ("bindings renamed", renamed, 1.0, 1.0),
        ("bindings inlined", inlined, 1.0, 1.0),
        ("bindings introduced", bound, 1.0, 1.0),
        ("sums and products commuted", commuted, 0.99, 1.0),
        ("bounds commuted", bounds_commuted, 0.99, 1.0),
        ("sums and products reassociated", reassociated, 0.99, 1.0),
        ("products multiplied out", multiplied_out, 0.92, 1.0),
    ];
    let mut below = Vec::new();
    for (name, law, least_ids, least_known) in laws {
        let (ids, known) = shares(name, law);
        if ids < least_ids || known < least_known {
            below.push(format!(
                "{name}: {ids:.4} by id, {known:.4} by id or fingerprint"
            ));
        }
    }
    assert!(below.is_empty(), "{}", below.join("\n"));
}

//! The canonical form: one program for formulas that differ only in how they are written.
//!
//! First the normal form (`forms`): sums, products, signs and bindings written in one way. Then
//! rewriting (`rewrite`, over the `terms` of an e-graph by the `rules`): the smallest of the
//! programs that known identities make equal to it. Both are repeated to a fixed point, so a
//! canonical form is its own canonical form. What rewriting finds is held against what it started
//! from (`guard`) and dropped where the two differ.
//!
//! The limits are counts of nodes and rounds and never a clock, so an id is the same on every
//! machine: what they cost in time is measured by the ignored test `the_time_of_a_canonical_form`.
//! Numbers of a rewritten form are rounded to twelve digits.

mod algebra;
mod choices;
mod combination;
mod forms;
mod functions;
mod guard;
mod raise;
mod rewrite;
mod rounding;
mod rules;
mod term;
mod terms;

use self::forms::Forms;
use self::guard::Behaviour;
use crate::expression::{Expression, Program};
use crate::graph::{Graph, NodeId};
use crate::{limits, lower};

/// Most times that a form is rewritten.
const ROUNDS: usize = 6;

/// The canonical form of `program`: a fixed point of rewriting, so that it is its own canonical
/// form. Where there is none within the limits it is the normal form, and where there is none of
/// these, `program` as written.
pub(super) fn canonical(program: &Program) -> Program {
    let Some(normal) = normal(program) else {
        return program.clone();
    };
    let Some(mut behaviour) = Behaviour::of(&normal) else {
        return program.clone();
    };
    if normal != *program
        && !Behaviour::of(program).is_some_and(|written| written.same_curve(&behaviour))
    {
        return program.clone();
    }
    let mut forms = vec![normal];
    while forms.len() <= ROUNDS {
        let current = forms.last().expect("it starts with one");
        let Some(next) = rewritten(current) else {
            return current.clone();
        };
        if let Some(place) = forms.iter().position(|form| *form == next) {
            // Forms that lead to one another: the least of them stands for all.
            let circle = forms.split_off(place);
            return circle
                .into_iter()
                .min_by_key(|form| (form.size(), form.to_string()))
                .expect("it holds one at least");
        }
        match Behaviour::of(&next) {
            Some(found) if behaviour.same_function(&found) => behaviour = found,
            _ => return current.clone(),
        }
        forms.push(next);
    }
    forms.swap_remove(0)
}

/// The fixed point of the normal form; `None` where there is none within the limits.
fn normal(program: &Program) -> Option<Program> {
    let mut current = program.clone();
    // Two rounds are the rule: the second confirms. Lowering again may find a pattern such as log(1
    // + e^x) that the first uncovered.
    for _ in 0..8 {
        let (builder, root) = lower::lower(&current).ok()?;
        let next = raised(&builder.graph, root, &current.variables)?;
        if next == current {
            return Some(current);
        }
        current = next;
    }
    None
}

/// The normal form of the smallest program that is known to be equal; `None` where the program is
/// too large to be looked at.
fn rewritten(program: &Program) -> Option<Program> {
    let (builder, root) = lower::lower(program).ok()?;
    let (builder, root) = rewrite::smallest(&builder.graph, root)?;
    let normal_form = normal(&raised(&builder.graph, root, &program.variables)?)?;
    normal(&tidied(normal_form))
}

/// `program` with its numbers rounded to twelve digits, so that the order of the arithmetic that
/// made them does not show.
fn tidied(mut program: Program) -> Program {
    fn tidy(expression: &mut Expression) {
        match expression {
            Expression::Number(number) => *number = rounding::rounded(*number, 12),
            Expression::Call(_, arguments) => arguments.iter_mut().for_each(tidy),
            Expression::Variable(_) | Expression::Binding(_) => {}
        }
    }
    program
        .bindings
        .iter_mut()
        .for_each(|(_, expression)| tidy(expression));
    tidy(&mut program.result);
    program
}

/// The program of a graph's normal form; `None` where that is over the limits of a program.
pub(super) fn raised(graph: &Graph, root: NodeId, variables: &[String]) -> Option<Program> {
    let (forms, form) = Forms::of(graph, root)?;
    let program = raise::program(&forms, form, variables)?;
    (program.size() <= limits::PROGRAM_NODES && program.to_string().len() <= limits::TEXT_BYTES)
        .then_some(program)
}

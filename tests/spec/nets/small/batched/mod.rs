//! The batched back end on the CPU, held to the fused one: step by step, over whole trials, and to
//! itself alone and among others.

mod ends;
mod steps;

use motherlode::nets::small::{Assignment, NetworkDefinition};
use motherlode::nets::{Initialisation, Normalisation};
use motherlode::numerics::stream::Key;
use motherlode::task::TaskData;

use super::{bumpy, mlp, residual, task};

/// Tasks of one to three inputs, of equally many rows.
fn tasks(rows: usize) -> Vec<TaskData> {
    (1..4)
        .map(|dimension| task(dimension, rows, 20 + dimension as u64, bumpy))
        .collect()
}

fn assignments(tasks: &[TaskData]) -> Vec<Assignment<'_>> {
    tasks
        .iter()
        .zip(0..)
        .map(|(task, seed)| Assignment {
            task,
            key: Key::new(seed),
        })
        .collect()
}

/// Both kinds of network under every normalisation.
fn networks() -> Vec<NetworkDefinition> {
    let shapes = [
        mlp(12, 2, Initialisation::LeCun),
        mlp(40, 3, Initialisation::Gain(1.2)),
        residual(12, 40, 2),
        residual(33, 8, 1),
    ];
    let kinds = [
        Normalisation::None,
        Normalisation::Layer,
        Normalisation::Batch,
    ];
    shapes
        .into_iter()
        .flat_map(|network| {
            kinds.map(|kind| NetworkDefinition {
                normalisation: Some(kind),
                ..network.clone()
            })
        })
        .collect()
}

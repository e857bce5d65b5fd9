//! The passes against central differences of a 64-bit loss, and against Candle's autograd and Adam,
//! step by step.

use candle_core::{DType, Device, Tensor};
use motherlode::formula::graph::Graph;
use motherlode::formula::kernel::{Compiled, Kernel};
use motherlode::formula::vector::InstructionSet;
use motherlode::nets::candle::Reference;
use motherlode::nets::small::{NetworkDefinition, Training, Workspace};
use motherlode::nets::Initialisation;
use motherlode::numerics::stream::Key;
use motherlode::task::TaskData;

use super::activations::{silu, sine, tanh};
use super::{bumpy, mlp, residual, task};

/// A batch of the task's training rows as 64-bit Candle tensors.
pub fn batch(task: &TaskData, rows: &[u32]) -> (Tensor, Tensor) {
    let inputs: Vec<f64> = rows
        .iter()
        .flat_map(|&row| &task.train.inputs[row as usize * task.dimension..][..task.dimension])
        .map(|x| f64::from(*x))
        .collect();
    let targets: Vec<f64> = rows
        .iter()
        .map(|&row| f64::from(task.train.targets[row as usize]))
        .collect();
    let inputs = Tensor::from_vec(inputs, (rows.len(), task.dimension), &Device::Cpu).unwrap();
    (
        inputs,
        Tensor::from_vec(targets, rows.len(), &Device::Cpu).unwrap(),
    )
}

/// One step of the engine and of Candle, whose losses must agree, and their parameters within
/// `allowed`: Adam's first steps have the size of the rate whatever the gradient, so a gradient
/// near 0 shows as a fraction of a step.
pub fn step_together(
    name: &str,
    task: &TaskData,
    training: &mut Training,
    reference: &mut Reference,
    allowed: f64,
) {
    let loss = f64::from(training.step());
    let (inputs, targets) = batch(task, training.batch());
    let wanted = reference.step(&inputs, &targets).unwrap();
    assert!(
        (loss - wanted).abs() <= 1e-4 * wanted.max(1e-2),
        "{name}: loss {loss} against {wanted}"
    );
    for (index, (found, wanted)) in training
        .parameters()
        .iter()
        .zip(reference.parameters().unwrap())
        .enumerate()
    {
        assert!(
            (f64::from(*found) - wanted).abs() <= allowed,
            "{name}: parameter {index} is {found}, in Candle {wanted}"
        );
    }
}

fn cases() -> Vec<(NetworkDefinition, usize, Graph)> {
    vec![
        (mlp(5, 1, Initialisation::LeCun), 1, tanh()),
        (mlp(16, 2, Initialisation::LeCun), 3, silu()),
        (mlp(37, 3, Initialisation::He), 2, sine()),
        (mlp(32, 4, Initialisation::He), 3, tanh()),
        (mlp(70, 2, Initialisation::LeCun), 40, silu()),
        (residual(6, 9, 1), 2, silu()),
        (residual(32, 64, 2), 3, tanh()),
        (residual(40, 33, 3), 1, sine()),
    ]
}

#[test]
fn the_gradient_is_the_central_difference_of_the_loss() {
    for (network, dimension, graph) in [
        (mlp(5, 1, Initialisation::LeCun), 1, tanh()),
        (mlp(7, 3, Initialisation::He), 2, silu()),
        (mlp(34, 1, Initialisation::LeCun), 3, sine()),
        (residual(6, 9, 2), 2, silu()),
        (residual(33, 5, 1), 2, tanh()),
    ] {
        let task = task(dimension, 32, 3, bumpy);
        for set in InstructionSet::available() {
            let mut activation = Compiled::from(Kernel::for_instruction_set(&graph, set));
            let differences = Differences {
                step: 1e-3,
                every: 1,
                allowed: 2e-5,
            };
            differences.hold(
                &format!("{} on {}", network.name, set.name()),
                &task,
                &network,
                &graph,
                &mut activation,
                set,
            );
        }
    }
}

/// How the engine's gradient is held to central differences of a 64-bit loss.
pub struct Differences {
    /// Half of the way between the two losses of a difference.
    pub step: f32,
    /// One parameter of so many is taken.
    pub every: usize,
    /// How far both may lie apart, in parts of the largest component or of 1.
    pub allowed: f64,
}

impl Differences {
    pub fn hold(
        &self,
        name: &str,
        task: &TaskData,
        network: &NetworkDefinition,
        graph: &Graph,
        activation: &mut Compiled,
        set: InstructionSet,
    ) {
        let mut workspace = Workspace::for_instruction_set(set);
        let mut training = Training::new(activation, task, network, &Key::new(5), &mut workspace);
        // Away from the start, where biases are 0 and gains 1.
        for _ in 0..3 {
            training.step();
        }
        let before = training.parameters();
        training.step();
        let gradient = training.gradient();
        let (inputs, targets) = batch(task, training.batch());
        let loss_at = |parameters: &[f32]| -> f64 {
            let reference = Reference::new(
                network,
                task.dimension,
                graph,
                parameters,
                DType::F64,
                &Device::Cpu,
            )
            .unwrap();
            reference
                .loss(&inputs, &targets)
                .unwrap()
                .to_scalar()
                .unwrap()
        };
        let largest = gradient.iter().fold(0.0f32, |a, b| a.max(b.abs()));
        for index in (0..before.len()).step_by(self.every) {
            let (mut up, mut down) = (before.clone(), before.clone());
            up[index] += self.step;
            down[index] -= self.step;
            let run = f64::from(up[index]) - f64::from(down[index]);
            let (difference, found) = (
                (loss_at(&up) - loss_at(&down)) / run,
                f64::from(gradient[index]),
            );
            let apart = (found - difference).abs();
            assert!(
                apart <= self.allowed * f64::from(largest).max(1.0),
                "{name}: parameter {index}: gradient {found}, central difference {difference}"
            );
        }
    }
}

#[test]
fn the_engine_follows_candle_step_by_step() {
    for (network, dimension, graph) in cases() {
        let task = task(dimension, 200, 11, bumpy);
        let (mut kernel, mut workspace) = (Compiled::from(Kernel::new(&graph)), Workspace::new());
        let mut training =
            Training::new(&mut kernel, &task, &network, &Key::new(2), &mut workspace);
        let mut reference = Reference::new(
            &network,
            dimension,
            &graph,
            &training.parameters(),
            DType::F64,
            &Device::Cpu,
        )
        .unwrap();
        for step in 1..=30 {
            let name = format!("{} ({:?}) at step {step}", network.name, network.kind);
            step_together(
                &name,
                &task,
                &mut training,
                &mut reference,
                0.05 * network.learning_rate * f64::from(step),
            );
        }
    }
}

#[test]
fn candle_in_32_bits_agrees_too() {
    let network = mlp(32, 2, Initialisation::LeCun);
    let task = task(3, 200, 11, bumpy);
    let (mut kernel, mut workspace) = (Compiled::from(Kernel::new(&silu())), Workspace::new());
    let mut training = Training::new(&mut kernel, &task, &network, &Key::new(2), &mut workspace);
    let mut reference = Reference::new(
        &network,
        3,
        &silu(),
        &training.parameters(),
        DType::F32,
        &Device::Cpu,
    )
    .unwrap();
    for _ in 0..20 {
        let loss = f64::from(training.step());
        let (inputs, targets) = batch(&task, training.batch());
        let (inputs, targets) = (
            inputs.to_dtype(DType::F32).unwrap(),
            targets.to_dtype(DType::F32).unwrap(),
        );
        let wanted = reference.step(&inputs, &targets).unwrap();
        assert!(
            (loss - wanted).abs() <= 1e-4 * wanted,
            "{loss} against {wanted}"
        );
    }
}

#[test]
fn a_reference_refuses_too_few_or_too_many_parameters() {
    let network = mlp(4, 1, Initialisation::LeCun);
    let count = 3 * 4 + 4 + 4 + 1;
    let with = |count: usize| {
        Reference::new(
            &network,
            3,
            &tanh(),
            &vec![0.0; count],
            DType::F32,
            &Device::Cpu,
        )
    };
    assert!(with(count).is_ok());
    assert!(with(count - 1)
        .err()
        .unwrap()
        .to_string()
        .contains("more parameters"));
    assert!(with(count + 1)
        .err()
        .unwrap()
        .to_string()
        .contains("fewer parameters"));
}

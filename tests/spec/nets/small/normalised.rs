//! Networks normalised by layer and by batch: gradients, the averages that stand for a batch in
//! evaluation, bits, and learning.

use candle_core::{DType, Device};
use motherlode::formula::kernel::{Compiled, Kernel};
use motherlode::formula::vector::InstructionSet;
use motherlode::formula::Formula;
use motherlode::nets::candle::Reference;
use motherlode::nets::small::{
    train, NetworkDefinition, NetworkKind, Training, TrialEnd, Workspace,
};
use motherlode::nets::{Normalisation, Schedule};
use motherlode::numerics::stop::Stop;
use motherlode::numerics::stream::Key;
use motherlode::task::Split;

use super::activations::{silu, tanh};
use super::gradients::{batch, Differences};
use super::{bumpy, mlp, normalised, residual, task};
use motherlode::nets::Initialisation::{Gain, He, LeCun};

/// One of each class, with and without parameters, that no shift of its input leaves as it is.
const FORMULAS: &[&str] = &[
    "x * sigmoid(x)",
    "0.5 * tanh(x) + 0.3 * channel_param(1.2) * x + 0.2 * sin(param(2) * x)",
    "x * softmax(x) + 0.3 * x + 0.4 * tanh(x)",
    "(x - batch_mean(x)) / (batch_std(x) + 0.5) + 0.3 * x + 0.4 * sin(x)",
    "tanh(x - tensor_mean(x)) + 0.2 * roll(x, 1) * roll(x, -1) + 0.3 * x",
];

/// Both kinds under a normalisation, in one panel of columns and in several.
fn networks(normalisation: Normalisation) -> Vec<NetworkDefinition> {
    [
        mlp(20, 2, He),
        mlp(48, 2, Gain(1.3)),
        residual(20, 33, 2),
        residual(40, 16, 1),
    ]
    .map(|network| normalised(network, normalisation))
    .into()
}

const ALL: [Normalisation; 3] = [
    Normalisation::None,
    Normalisation::Layer,
    Normalisation::Batch,
];

#[test]
fn the_gradient_is_the_central_difference_of_the_loss() {
    for text in FORMULAS {
        let formula = Formula::parse(text).unwrap();
        for normalisation in ALL {
            for network in [
                mlp(5, 2, LeCun),
                mlp(34, 1, He),
                residual(6, 9, 2),
                residual(34, 5, 1),
            ] {
                let (network, task) = (normalised(network, normalisation), task(2, 32, 3, bumpy));
                for set in InstructionSet::available() {
                    let every = if set.name() == InstructionSet::best().name() {
                        3
                    } else {
                        11
                    };
                    let name = format!(
                        "{text} in {} {:?} ({normalisation:?}) on {}",
                        network.name,
                        network.kind,
                        set.name()
                    );
                    let differences = Differences {
                        step: 1e-4,
                        every,
                        allowed: 3e-4,
                    };
                    differences.hold(
                        &name,
                        &task,
                        &network,
                        formula.graph(),
                        &mut formula.activation_for(set),
                        set,
                    );
                }
            }
        }
    }
}

/// The tensors of a normalised `mlp` without parameters in its formula, in order: what each is
/// called, and how many numbers it has.
fn tensors(network: &NetworkDefinition, dimension: usize) -> Vec<(String, usize)> {
    let (width, mut tensors) = (network.width, Vec::new());
    for index in 0..network.depth {
        let mut push = |name: &str, count: usize| tensors.push((format!("{name} {index}"), count));
        match network.kind {
            NetworkKind::Mlp => {
                push(
                    "weights",
                    width * if index == 0 { dimension } else { width },
                );
                push("bias", width);
            }
            NetworkKind::Residual if index == 0 => {
                push("entry", width * dimension);
                push("entry's bias", width);
            }
            NetworkKind::Residual => {}
        }
        push("gain", width);
        push("shift", width);
        if let Some(inner) = network.inner_width {
            push("first", width * inner);
            push("first's bias", inner);
            push("second", inner * width);
            push("second's bias", width);
        }
    }
    tensors.extend([("head".to_owned(), width), ("head's bias".to_owned(), 1)]);
    tensors
}

#[test]
fn every_tensor_gets_a_gradient_but_a_bias_that_the_batch_takes_away() {
    let task = task(3, 100, 1, bumpy);
    for normalisation in [Normalisation::Layer, Normalisation::Batch] {
        for network in networks(normalisation) {
            let (mut kernel, mut workspace) =
                (Compiled::from(Kernel::new(&silu())), Workspace::new());
            let mut training =
                Training::new(&mut kernel, &task, &network, &Key::new(2), &mut workspace);
            training.step();
            let (gradient, parameters) = (training.gradient(), training.parameters());
            let mut start = 0;
            for (name, count) in tensors(&network, 3) {
                let (gradient, parameters) =
                    (&gradient[start..][..count], &parameters[start..][..count]);
                start += count;
                let taken_away = normalisation == Normalisation::Batch
                    && network.kind == NetworkKind::Mlp
                    && name.starts_with("bias");
                let name = format!(
                    "{name} of {} ({:?}, {normalisation:?})",
                    network.name, network.kind
                );
                if taken_away {
                    assert!(
                        gradient.iter().chain(parameters).all(|value| *value == 0.0),
                        "{name}: {gradient:?}"
                    );
                } else {
                    assert!(
                        gradient
                            .iter()
                            .all(|value| value.is_finite() && *value != 0.0),
                        "{name}: {gradient:?}"
                    );
                }
            }
            assert_eq!(start, gradient.len(), "{}", network.name);
        }
    }
}

#[test]
fn the_running_averages_take_a_tenth_of_each_batchs_mean_and_unbiased_variance() {
    let task = task(1, 100, 1, bumpy);
    let network = normalised(mlp(3, 1, LeCun), Normalisation::Batch);
    let (mut kernel, mut workspace) = (Compiled::from(Kernel::new(&tanh())), Workspace::new());
    let mut training = Training::new(&mut kernel, &task, &network, &Key::new(2), &mut workspace);
    assert_eq!(
        training.running_statistics(),
        [(vec![0.0; 3], vec![1.0; 3])]
    );
    let (mut means, mut variances) = ([0.0; 3], [1.0; 3]);
    for _ in 0..5 {
        let weights = training.parameters()[..3].to_vec();
        training.step();
        for unit in 0..3 {
            let z: Vec<f64> = training
                .batch()
                .iter()
                .map(|&row| f64::from(task.train.inputs[row as usize]) * f64::from(weights[unit]))
                .collect();
            let mean = z.iter().sum::<f64>() / z.len() as f64;
            let unbiased = z.iter().map(|z| (z - mean).powi(2)).sum::<f64>() / (z.len() - 1) as f64;
            means[unit] = 0.9 * means[unit] + 0.1 * mean;
            variances[unit] = 0.9 * variances[unit] + 0.1 * unbiased;
        }
        let [(found_means, found_variances)] = &training.running_statistics()[..] else {
            panic!("one layer")
        };
        for unit in 0..3 {
            assert!(
                (f64::from(found_means[unit]) - means[unit]).abs() < 1e-6,
                "{found_means:?} against {means:?}"
            );
            assert!(
                (f64::from(found_variances[unit]) - variances[unit]).abs() < 1e-6,
                "{found_variances:?} against {variances:?}"
            );
        }
    }
    // In evaluation they stand for the batch: one point, by hand.
    let parameters: Vec<f64> = training.parameters().into_iter().map(f64::from).collect();
    let [weights, _, gain, shift, head] = [0, 3, 6, 9, 12].map(|start| &parameters[start..][..3]);
    let x = 1.7;
    let hidden = |unit: usize| {
        ((x * weights[unit] - means[unit]) / (variances[unit] + 1e-5).sqrt() * gain[unit]
            + shift[unit])
            .tanh()
    };
    let prediction = (0..3).map(|unit| head[unit] * hidden(unit)).sum::<f64>() + parameters[15];
    let loss = training.loss(&Split {
        inputs: vec![x as f32],
        targets: vec![0.25],
    });
    assert!(
        (loss - (prediction - 0.25).powi(2)).abs() < 1e-5 * loss.max(1.0),
        "{loss} against {}",
        (prediction - 0.25).powi(2)
    );
}

#[test]
fn an_evaluated_set_never_supplies_its_own_statistics() {
    let task = task(2, 90, 1, bumpy);
    for normalisation in ALL {
        for network in networks(normalisation) {
            let (mut kernel, mut workspace) =
                (Compiled::from(Kernel::new(&silu())), Workspace::new());
            let mut training =
                Training::new(&mut kernel, &task, &network, &Key::new(2), &mut workspace);
            (0..20).for_each(|_| {
                training.step();
            });
            let before = training.running_statistics();
            let shell = &task.shells[0].split;
            let whole = training.loss(shell);
            let rows = shell.inputs.chunks(2).zip(&shell.targets);
            let alone: f64 = rows
                .map(|(x, y)| {
                    training.loss(&Split {
                        inputs: x.to_vec(),
                        targets: vec![*y],
                    })
                })
                .sum::<f64>()
                / 90.0;
            assert!(
                (whole - alone).abs() < 1e-5 * whole,
                "{} ({normalisation:?}): {whole} together, {alone} one by one",
                network.name
            );
            assert_eq!(training.running_statistics(), before);
            assert_eq!(
                before.len(),
                if normalisation == Normalisation::Batch {
                    network.depth
                } else {
                    0
                }
            );
        }
    }
}

#[test]
fn a_batch_of_one_feature_value_and_a_training_set_of_one_row_stay_finite() {
    for rows in [1, 40] {
        let mut task = task(1, rows, 1, bumpy);
        task.train.inputs.fill(0.5);
        let network = normalised(mlp(8, 2, He), Normalisation::Batch);
        match train(
            &mut Kernel::new(&tanh()).into(),
            &task,
            &network,
            &Key::new(1),
            &mut Workspace::new(),
            &Stop::new(),
        ) {
            TrialEnd::Finished(losses) => assert!(
                losses.train.is_finite() && losses.shells[0].is_finite(),
                "{losses:?}"
            ),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_used_workspace_and_any_number_of_workers_give_the_same_bits_as_a_fresh_one() {
    let all: Vec<NetworkDefinition> = ALL
        .into_iter()
        .flat_map(networks)
        .map(|network| NetworkDefinition {
            steps: 12,
            ..network
        })
        .collect();
    let task = task(3, 300, 1, bumpy);
    for text in FORMULAS {
        let formula = Formula::parse(text).unwrap();
        let run = |network: &NetworkDefinition, workspace: &mut Workspace| match train(
            &mut formula.activation(),
            &task,
            network,
            &Key::new(9),
            workspace,
            &Stop::new(),
        ) {
            TrialEnd::Finished(losses) => losses,
            other => panic!("{text} in {}: {other:?}", network.name),
        };
        let fresh: Vec<_> = all
            .iter()
            .map(|network| run(network, &mut Workspace::new()))
            .collect();
        let mut used = Workspace::new();
        for (network, wanted) in all.iter().zip(&fresh).rev() {
            assert_eq!(&run(network, &mut used), wanted, "{text} in {network:?}");
        }
        std::thread::scope(|scope| {
            for worker in 0..3 {
                let (all, fresh, run) = (&all, &fresh, &run);
                scope.spawn(move || {
                    let mut workspace = Workspace::new();
                    for (network, wanted) in all.iter().zip(fresh).skip(worker).step_by(3) {
                        assert_eq!(
                            &run(network, &mut workspace),
                            wanted,
                            "{text} in {network:?}"
                        );
                    }
                });
            }
        });
    }
}

#[test]
fn evaluation_is_what_candle_predicts_with_its_own_running_averages() {
    let task = task(3, 120, 4, bumpy);
    for normalisation in ALL {
        for network in networks(normalisation) {
            let (mut kernel, mut workspace) =
                (Compiled::from(Kernel::new(&silu())), Workspace::new());
            let mut training =
                Training::new(&mut kernel, &task, &network, &Key::new(2), &mut workspace);
            let mut reference = Reference::new(
                &network,
                3,
                &silu(),
                &training.parameters(),
                DType::F64,
                &Device::Cpu,
            )
            .unwrap();
            for _ in 0..10 {
                training.step();
                let (inputs, targets) = batch(&task, training.batch());
                reference.step(&inputs, &targets).unwrap();
            }
            let rows: Vec<u32> = (0..120).collect();
            let (inputs, targets) = batch(&task, &rows);
            let apart = (reference.predict(&inputs).unwrap() - targets).unwrap();
            let wanted: f64 = apart
                .sqr()
                .unwrap()
                .mean_all()
                .unwrap()
                .to_scalar()
                .unwrap();
            let found = training.loss(&task.train);
            assert!(
                (found - wanted).abs() < 1e-2 * wanted,
                "{} ({normalisation:?}): {found} against {wanted}",
                network.name
            );
        }
    }
}

#[test]
fn a_normalised_network_learns_a_simple_target_and_keeps_it_in_evaluation() {
    let task = task(2, 512, 1, |point| point[0] * point[1]);
    for normalisation in [Normalisation::Layer, Normalisation::Batch] {
        for network in [mlp(16, 3, He), residual(16, 32, 2)] {
            let network = normalised(
                NetworkDefinition {
                    steps: 600,
                    learning_rate: 5e-3,
                    schedule: Schedule::Cosine,
                    ..network
                },
                normalisation,
            );
            match train(
                &mut Kernel::new(&silu()).into(),
                &task,
                &network,
                &Key::new(1),
                &mut Workspace::new(),
                &Stop::new(),
            ) {
                TrialEnd::Finished(losses) => {
                    assert!(
                        losses.train < 0.02 && losses.in_distribution < 0.03,
                        "{} ({normalisation:?}): {losses:?}",
                        network.name
                    );
                    let last = f64::from(losses.curve[losses.curve.len() - 1].1);
                    assert!(
                        losses.train < 3.0 * last.max(1e-3),
                        "{} ({normalisation:?}): {losses:?}",
                        network.name
                    );
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

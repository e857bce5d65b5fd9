//! Whole trials: their ends, their bits, and what they learn.

use motherlode::formula::kernel::{Compiled, Kernel};
use motherlode::formula::vector::InstructionSet;
use motherlode::nets::small::{
    train, Losses, NetworkDefinition, Training, TrialEnd, Workspace, CURVE_POINTS,
};
use motherlode::nets::Initialisation;
use motherlode::numerics::stop::{Halt, Stop};
use motherlode::numerics::stream::Key;

use super::activations::{broken, cube, relu, silu, sine, tanh};
use super::{bumpy, mlp, residual, task};

fn finished(end: TrialEnd) -> Losses {
    match end {
        TrialEnd::Finished(losses) => losses,
        other => panic!("the trial should have finished, found {other:?}"),
    }
}

#[test]
fn a_used_workspace_gives_the_same_bits_as_a_fresh_one() {
    let task = task(3, 150, 1, bumpy);
    let (first, second) = (mlp(24, 3, Initialisation::He), residual(20, 40, 2));
    let run = |network: &NetworkDefinition, workspace: &mut Workspace| {
        finished(train(
            &mut Kernel::new(&silu()).into(),
            &task,
            network,
            &Key::new(9),
            workspace,
            &Stop::new(),
        ))
    };
    let fresh = [
        run(&first, &mut Workspace::new()),
        run(&second, &mut Workspace::new()),
    ];
    let mut used = Workspace::new();
    // Fills the buffers with values that are not finite, in a larger network than either.
    let larger = NetworkDefinition {
        width: 64,
        depth: 5,
        ..mlp(64, 5, Initialisation::He)
    };
    assert!(matches!(
        train(
            &mut Kernel::new(&broken()).into(),
            &task,
            &larger,
            &Key::new(1),
            &mut used,
            &Stop::new()
        ),
        TrialEnd::Diverged { step: 1 }
    ));
    let larger = residual(64, 80, 5);
    assert!(matches!(
        train(
            &mut Kernel::new(&broken()).into(),
            &task,
            &larger,
            &Key::new(1),
            &mut used,
            &Stop::new()
        ),
        TrialEnd::Diverged { step: 1 }
    ));
    for _ in 0..2 {
        assert_eq!(run(&first, &mut used), fresh[0]);
        assert_eq!(run(&second, &mut used), fresh[1]);
    }
}

#[test]
fn two_threads_at_once_give_the_same_bits_as_one() {
    let task = task(2, 150, 1, bumpy);
    let network = residual(16, 32, 2);
    let run = || {
        finished(train(
            &mut Kernel::new(&tanh()).into(),
            &task,
            &network,
            &Key::new(9),
            &mut Workspace::new(),
            &Stop::new(),
        ))
    };
    let alone = run();
    std::thread::scope(|scope| {
        let others = [scope.spawn(run), scope.spawn(run)];
        for other in others {
            assert_eq!(other.join().unwrap(), alone);
        }
    });
}

#[test]
fn all_formulas_start_from_the_same_weights_and_meet_the_same_batches() {
    let task = task(2, 100, 1, bumpy);
    for network in [mlp(16, 2, Initialisation::He), residual(8, 16, 2)] {
        let (mut a, mut b) = (
            Compiled::from(Kernel::new(&sine())),
            Compiled::from(Kernel::new(&relu())),
        );
        let (mut space_a, mut space_b) = (
            Workspace::new(),
            Workspace::for_instruction_set(InstructionSet::available()[0]),
        );
        let mut a = Training::new(&mut a, &task, &network, &Key::new(4), &mut space_a);
        let mut b = Training::new(&mut b, &task, &network, &Key::new(4), &mut space_b);
        assert_eq!(a.parameters(), b.parameters());
        for _ in 0..10 {
            a.step();
            b.step();
            assert_eq!(a.batch(), b.batch());
        }
        assert_ne!(a.parameters(), b.parameters());
        let mut kernel = Compiled::from(Kernel::new(&sine()));
        let mut space = Workspace::new();
        let other = Training::new(&mut kernel, &task, &network, &Key::new(5), &mut space);
        let mut kernel = Compiled::from(Kernel::new(&sine()));
        let mut space = Workspace::new();
        let same = Training::new(&mut kernel, &task, &network, &Key::new(4), &mut space);
        assert_ne!(
            other.parameters(),
            same.parameters(),
            "another key gives other weights"
        );
    }
}

#[test]
fn weights_and_batches_come_from_the_keys_streams_of_those_names() {
    let task = task(4, 64, 1, bumpy);
    let network = mlp(8, 1, Initialisation::LeCun);
    let key = Key::new(4).word("paired");
    let (mut kernel, mut workspace) = (Compiled::from(Kernel::new(&tanh())), Workspace::new());
    let mut training = Training::new(&mut kernel, &task, &network, &key, &mut workspace);
    let mut weights = key.word("weights").stream();
    let wanted: Vec<f32> = (0..4 * 8)
        .map(|_| (0.5 * weights.normal()) as f32)
        .collect();
    assert_eq!(training.parameters()[..4 * 8], wanted);
    let mut order: Vec<u32> = (0..64).collect();
    key.word("batches").stream().shuffle(&mut order);
    for batch in order.chunks(32) {
        training.step();
        assert_eq!(training.batch(), batch);
    }
}

#[test]
fn an_epoch_meets_every_training_row_once_and_each_epoch_in_another_order() {
    let task = task(1, 96, 1, bumpy);
    let network = mlp(8, 1, Initialisation::LeCun);
    let (mut kernel, mut workspace) = (Compiled::from(Kernel::new(&tanh())), Workspace::new());
    let mut training = Training::new(&mut kernel, &task, &network, &Key::new(4), &mut workspace);
    let mut epoch = || {
        let mut rows = Vec::new();
        for _ in 0..3 {
            training.step();
            rows.extend_from_slice(training.batch());
        }
        rows
    };
    let (first, second) = (epoch(), epoch());
    assert_ne!(first, second);
    for mut rows in [first, second] {
        rows.sort_unstable();
        assert_eq!(rows, (0..96).collect::<Vec<u32>>());
    }
}

#[test]
fn weights_start_with_the_deviation_that_the_definition_asks_for() {
    let task = task(4, 10, 1, bumpy);
    let deviation = |network: &NetworkDefinition, skip: usize, count: usize| {
        let (mut kernel, mut workspace) = (Compiled::from(Kernel::new(&tanh())), Workspace::new());
        let parameters =
            Training::new(&mut kernel, &task, network, &Key::new(3), &mut workspace).parameters();
        let weights = &parameters[skip..skip + count];
        (weights.iter().map(|w| f64::from(*w).powi(2)).sum::<f64>() / count as f64).sqrt()
    };
    let hidden = 4 * 64 + 64;
    for (network, skip, count, wanted) in [
        (mlp(64, 2, Initialisation::LeCun), 0, 256, 0.5),
        (mlp(64, 2, Initialisation::LeCun), hidden, 4096, 0.125),
        (
            mlp(64, 2, Initialisation::He),
            hidden,
            4096,
            0.125 * 2f64.sqrt(),
        ),
        (residual(64, 32, 1), hidden + 128, 2048, 0.25 / 8.0),
        (
            residual(64, 32, 1),
            hidden + 128 + 2048 + 32,
            2048,
            0.25 / 8.0,
        ),
    ] {
        let found = deviation(&network, skip, count);
        assert!(
            (found / wanted - 1.0).abs() < 0.12,
            "{network:?}: {found} against {wanted}"
        );
    }
    assert_eq!(
        deviation(&mlp(64, 2, Initialisation::LeCun), 256, 64),
        0.0,
        "biases start at 0"
    );
    assert_eq!(
        deviation(&residual(64, 32, 1), hidden, 64),
        1.0,
        "gains start at 1"
    );
}

#[test]
fn a_diverging_trial_stops_early_and_says_at_which_step() {
    let task = task(2, 100, 1, |point| 3.0 * bumpy(point));
    let network = NetworkDefinition {
        learning_rate: 1.0,
        steps: 5_000,
        ..mlp(32, 4, Initialisation::He)
    };
    match train(
        &mut Kernel::new(&cube()).into(),
        &task,
        &network,
        &Key::new(1),
        &mut Workspace::new(),
        &Stop::new(),
    ) {
        TrialEnd::Diverged { step } => assert!((1..50).contains(&step), "{step}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_halt_is_honoured_before_the_next_step() {
    let task = task(2, 100, 1, bumpy);
    let network = mlp(8, 2, Initialisation::He);
    for (after, reason) in [(0, Halt::Stopped), (7, Halt::TimedOut)] {
        let end = train(
            &mut Kernel::new(&tanh()).into(),
            &task,
            &network,
            &Key::new(1),
            &mut Workspace::new(),
            &Stop::after(u64::from(after), reason),
        );
        assert_eq!(
            end,
            TrialEnd::Halted {
                halt: reason,
                step: after
            }
        );
    }
}

#[test]
fn a_network_learns_a_simple_target() {
    let task = task(2, 512, 1, |point| point[0] * point[1]);
    for (network, graph) in [
        (
            NetworkDefinition {
                steps: 1_000,
                learning_rate: 5e-3,
                ..mlp(16, 2, Initialisation::LeCun)
            },
            tanh(),
        ),
        (
            NetworkDefinition {
                steps: 1_000,
                learning_rate: 5e-3,
                ..mlp(16, 4, Initialisation::He)
            },
            relu(),
        ),
        (
            NetworkDefinition {
                steps: 1_000,
                learning_rate: 5e-3,
                ..residual(16, 32, 2)
            },
            silu(),
        ),
    ] {
        let losses = finished(train(
            &mut Kernel::new(&graph).into(),
            &task,
            &network,
            &Key::new(1),
            &mut Workspace::new(),
            &Stop::new(),
        ));
        assert!(
            losses.train < 0.02 && losses.in_distribution < 0.03,
            "{}: {losses:?}",
            network.name
        );
        assert!(
            losses.shells.len() == 1 && losses.shells[0] > losses.in_distribution,
            "{losses:?}"
        );
        let (first, last) = (losses.curve[0], losses.curve[losses.curve.len() - 1]);
        assert!(
            first.0 == 1 && last.0 == 1_000 && first.1 > 10.0 * last.1,
            "{:?}",
            losses.curve
        );
        assert!(
            (CURVE_POINTS as usize..=CURVE_POINTS as usize + 2).contains(&losses.curve.len())
                && losses.curve.is_sorted_by_key(|point| point.0)
        );
    }
}

#[test]
fn a_shell_loss_that_is_not_finite_is_handed_on_as_it_is() {
    let mut task = task(1, 64, 1, bumpy);
    task.shells[0].split.targets[0] = f32::INFINITY;
    let losses = finished(train(
        &mut Kernel::new(&tanh()).into(),
        &task,
        &mlp(8, 1, Initialisation::LeCun),
        &Key::new(1),
        &mut Workspace::new(),
        &Stop::new(),
    ));
    assert!(
        losses.train.is_finite()
            && losses.in_distribution.is_finite()
            && losses.shells[0].is_infinite()
    );
}

#[test]
fn a_training_set_smaller_than_a_batch_is_one_batch() {
    let task = task(1, 10, 1, bumpy);
    let network = mlp(8, 1, Initialisation::LeCun);
    let (mut kernel, mut workspace) = (Compiled::from(Kernel::new(&tanh())), Workspace::new());
    let mut training = Training::new(&mut kernel, &task, &network, &Key::new(1), &mut workspace);
    training.step();
    assert_eq!(training.batch().len(), 10);
}

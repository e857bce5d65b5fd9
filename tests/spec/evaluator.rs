//! The evaluator: what screening refuses, what a fitness is, and when the cascade drops a formula.

use motherlode::formula::Formula;
use motherlode::lab::{climb, evaluate_all, screen, CascadeEnd, Draw, Lab, Laboratory};
use motherlode::nets::small::{TrainedParameter, Workspace};
use motherlode::nets::Backend;
use motherlode::numerics::stop::{Halt, Stop};
use motherlode::record::attempt::Rejection;
use motherlode::record::candidate::Asymptote::{
    self, Constant, Faster, Linear, Logarithmic, Oscillating, Zero,
};
use motherlode::record::evaluation::Evaluation;

const TINY: &str = include_str!("labs/tiny.toml");

fn formula(text: &str) -> Formula {
    Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn laboratory(text: &str) -> Laboratory {
    let lab = Lab::parse(text).unwrap_or_else(|error| panic!("{error}"));
    Laboratory::prepare(lab, Draw::Own { seed: 3 }, 2, &Stop::new())
        .unwrap_or_else(|error| panic!("{error}"))
}

fn evaluate(laboratory: &Laboratory, texts: &[&str], workers: usize) -> Vec<Evaluation> {
    let formulas: Vec<Formula> = texts.iter().map(|text| formula(text)).collect();
    evaluate_all(
        laboratory,
        &formulas.iter().collect::<Vec<_>>(),
        "general",
        workers,
        &Stop::new(),
        &|| (),
    )
    .unwrap()
}

#[test]
fn screening_refuses_what_cannot_be_an_activation() {
    let rows = [
        ("3", "Constant"),
        ("x - x + 2", "Constant"),
        ("2*x + 1", "Affine"),
        ("x + 1e-7*sin(x)", "Affine"),
        ("sign(x)", "NoGradient"),
        ("x > 0", "NoGradient"),
        ("log(x)", "NotFinite"),
        ("1/x", "NotFinite"),
        ("exp(exp(x))", "NotFinite"),
        ("x^4", "NotFinite"),
        ("sqrt(x)", "NotFinite"),
    ];
    for (text, kind) in rows {
        let rejection = screen(&formula(text)).expect_err(text);
        assert_eq!(rejection.kind(), kind, "{text}: {}", rejection.detail());
        assert!(!rejection.detail().is_empty());
    }
}

#[test]
fn screening_refuses_coupled_formulas_that_cannot_be_one() {
    let rows = [
        ("batch_mean(x) - batch_mean(x) + 2", "Constant"),
        ("0.5*x + feature_mean(x) - roll(x, 1)", "Affine"),
        ("sign(batch_mean(x))", "NoGradient"),
        ("(x - batch_mean(x)) / batch_std(x)", "NotFinite"),
        ("(x - feature_mean(x)) / feature_std(x)", "NotFinite"),
        ("x / tensor_std(x)", "NotFinite"),
        ("relu(x) / batch_max(abs(x))", "NotFinite"),
        ("log(batch_mean(x)) * x", "NotFinite"),
        ("200*x + softmax(x)", "NotFinite"),
        ("relu(x) * param(0.25) / (param(0) * x)", "NotFinite"),
    ];
    for (text, kind) in rows {
        let rejection = screen(&formula(text)).expect_err(text);
        assert_eq!(rejection.kind(), kind, "{text}: {}", rejection.detail());
        assert!(!rejection.detail().is_empty());
    }
}

#[test]
fn screening_passes_formulas_of_every_class_and_with_parameters() {
    let passed = [
        "x * softmax(x)",
        "x + relu(roll(x, 1))",
        "abs(roll(x, 1))",
        "(x - batch_mean(x)) / (batch_std(x) + 1e-6) + relu(x)",
        "feature_max(x) * tanh(x)",
        "max(x, 0) + channel_param(0.25) * min(x, 0)",
        "max(0, x) + param(0.01) * x * exp(-x^2 / 2)",
        // Turbulent and QFW, of arXiv 2602.05688.
        "sign(x) * log1p(0.5 * abs(x)) + 0.2 * exp(-0.5 * ((x - tensor_mean(x)) / (tensor_std(x) \
         + 1e-6))^2) * sin(2 * x)",
        "b = batch_mean(x); s = batch_std(x); a = where(x >= b, 0.08, 0.02); x * (0.02 + 1 / (1 + \
         a * abs(x - b)^(1 + exp(-s))))",
    ];
    for text in passed {
        screen(&formula(text)).unwrap_or_else(|rejection| panic!("{text}: {rejection:?}"));
    }
    // Of an element's own response, the tails are seen.
    let measures = screen(&formula("relu(x) + tanh(feature_mean(x))")).unwrap();
    assert_eq!((measures.left, measures.right), (Constant, Linear));
}

#[test]
fn formulas_of_every_class_are_trained_and_their_parameters_reported() {
    let texts = [
        "max(x, 0) + channel_param(0.25) * min(x, 0)",
        "x * softmax(x)",
        "tanh(x - batch_mean(x)) * param(1.5)",
        "relu(x)",
    ];
    let evaluations = evaluate(&laboratory(TINY), &texts, 2);
    assert_eq!(
        evaluations,
        evaluate(&laboratory(TINY), &texts, 1),
        "the same bits on any number of workers"
    );
    for (text, evaluation) in texts.iter().zip(&evaluations) {
        assert!(
            evaluation
                .trials
                .iter()
                .all(|trial| trial.train_loss.is_some()),
            "{text}: {:?}",
            evaluation.trials
        );
        let rows = evaluation.trained_parameters();
        if !text.contains("param") {
            assert!(
                rows.is_empty() && evaluation.trained_parameters_in_words().is_none(),
                "{text}: {rows:?}"
            );
            continue;
        }
        // Two layers of the profile mlp's network, one block of the transformer's, on two tasks
        // each.
        let places: Vec<(&str, u32, u32)> = rows
            .iter()
            .map(|row| (row.network.as_str(), row.trained.layer, row.trials))
            .collect();
        assert_eq!(places, [("A", 0, 2), ("A", 1, 2), ("C", 0, 2)], "{text}");
        let moved = |row: &TrainedParameter| {
            row.low <= row.mean && row.mean <= row.high && row.low != row.initial
        };
        assert!(
            rows.iter().all(|row| moved(&row.trained)),
            "{text}: {rows:?}"
        );
        let words = evaluation.trained_parameters_in_words().unwrap();
        assert!(
            words.starts_with(if text.contains("channel") {
                "0.25 became "
            } else {
                "1.5 became "
            }),
            "{words}"
        );
    }
    let old = serde_json::to_string(&evaluations[3]).unwrap();
    assert!(
        !old.contains("trained_parameters"),
        "records of formulas without parameters are as they were"
    );
    let read: Evaluation =
        serde_json::from_str(&serde_json::to_string(&evaluations[0]).unwrap()).unwrap();
    assert_eq!(read, evaluations[0]);
}

#[test]
fn a_lab_may_set_the_parameters_own_rate() {
    let kept = TINY.replace(
        "learning_rate = 5e-3",
        "learning_rate = 5e-3\nparameter_rate_factor = 0",
    );
    let evaluation = &evaluate(
        &laboratory(&kept),
        &["max(x, 0) + param(0.25) * min(x, 0)"],
        1,
    )[0];
    assert!(evaluation
        .trained_parameters()
        .iter()
        .all(|row| (row.trained.low, row.trained.high) == (0.25, 0.25)));
    let error =
        Lab::parse(&kept.replace("parameter_rate_factor = 0", "parameter_rate_factor = -2"))
            .unwrap_err()
            .to_string();
    assert!(error.contains("parameter_rate_factor"), "{error}");
}

#[test]
fn screening_measures_behaviour() {
    let rows: [(&str, Asymptote, Asymptote, bool); 14] = [
        ("relu(x)", Zero, Linear, true),
        ("gelu(x)", Zero, Linear, false),
        ("leaky_relu(x)", Linear, Linear, true),
        ("elu(x)", Constant, Linear, true),
        ("tanh(x)", Constant, Constant, true),
        ("softplus(x)", Zero, Linear, true),
        ("exp(-x^2)", Zero, Zero, false),
        ("sin(x)", Oscillating, Oscillating, false),
        ("gelu(x) + 0.1*sin(x)", Oscillating, Linear, false),
        ("asinh(x)", Logarithmic, Logarithmic, true),
        ("sign(x)*log1p(abs(x))", Logarithmic, Logarithmic, true),
        ("x + 0.5*x^2", Faster, Faster, false),
        ("relu(x)^2", Zero, Faster, true),
        ("sigmoid(x)", Zero, Constant, true),
    ];
    for (text, left, right, monotone) in rows {
        let measures =
            screen(&formula(text)).unwrap_or_else(|rejection| panic!("{text}: {rejection:?}"));
        assert_eq!(
            (measures.left, measures.right, measures.monotone),
            (left, right, monotone),
            "{text}"
        );
    }
}

#[test]
fn periodic_energy_tells_ripples_from_curves() {
    let rows = [
        ("relu(x)", 0.0..0.01),
        ("gelu(x)", 0.0..0.01),
        ("tanh(x)", 0.0..0.01),
        ("exp(-x^2)", 0.0..0.01),
        ("asinh(x)", 0.0..0.01),
        ("x + 0.5*x^2", 0.0..0.01),
        ("gelu(x) + 0.1*sin(x)", 0.05..0.4),
        ("relu(x) + 0.3*sin(3*x)", 0.4..0.9),
        ("silu(x) + 0.1*x*cos(x)", 0.7..1.0),
        ("sin(3*x)", 0.95..1.0),
    ];
    for (text, range) in rows {
        let energy = screen(&formula(text))
            .unwrap_or_else(|rejection| panic!("{text}: {rejection:?}"))
            .periodic_energy;
        assert!(range.contains(&energy), "{text}: {energy}");
    }
}

#[test]
fn the_reference_has_fitness_0_and_every_fitness_lies_in_its_interval() {
    let laboratory = laboratory(TINY);
    let evaluations = evaluate(
        &laboratory,
        &["relu(x)", "silu(x)", "tanh(x)", "sin(3*x)"],
        2,
    );
    let relu = &evaluations[0];
    assert_eq!(
        (
            relu.estimate.fitness.value(),
            relu.estimate.fitness_interval
        ),
        (0.0, (0.0, 0.0))
    );
    for evaluation in &evaluations[1..] {
        for estimate in evaluation.profiles.values().chain([&evaluation.estimate]) {
            let (low, high) = estimate.fitness_interval;
            assert!(
                low <= estimate.fitness.value() && estimate.fitness.value() <= high,
                "{estimate:?}"
            );
        }
        let mean = evaluation
            .profiles
            .values()
            .map(|estimate| estimate.fitness.value())
            .sum::<f64>()
            / 2.0;
        assert!(
            (evaluation.estimate.fitness.value() - mean).abs() < 1e-12,
            "general is the mean of the profiles"
        );
    }
}

#[test]
fn the_fitness_is_minus_the_mean_and_the_worst_family_of_clipped_log_ratios() {
    let laboratory = laboratory(TINY);
    let evaluations = evaluate(&laboratory, &["relu(x)", "tanh(x)"], 1);
    let value = |index: usize| {
        let (own, reference) = (&evaluations[1].trials[index], &evaluations[0].trials[index]);
        let logs: Vec<f64> = own
            .shell_losses
            .iter()
            .zip(&reference.shell_losses)
            .map(|(own, reference)| (own.unwrap() / reference.unwrap()).ln())
            .collect();
        (logs.iter().sum::<f64>() / logs.len() as f64).clamp(-1.5, 1.5)
    };
    // The tiny lab's profile mlp has one network and one task a family, so the first two trials are
    // its two families.
    let (polynomial, feynman) = (value(0), value(1));
    let expected = -((polynomial + feynman) / 2.0 + polynomial.max(feynman));
    assert!((evaluations[1].profiles["mlp"].fitness.value() - expected).abs() < 1e-12);
}

#[test]
fn a_lab_gives_the_same_bits_on_one_worker_and_on_three() {
    let one = evaluate(&laboratory(TINY), &["silu(x)", "tanh(x)", "x*atan(x)"], 1);
    assert_eq!(
        one,
        evaluate(&laboratory(TINY), &["silu(x)", "tanh(x)", "x*atan(x)"], 3)
    );
}

#[test]
fn a_diverged_trial_counts_as_the_worst_and_the_fitness_stays_finite() {
    let wild = TINY.replace(
        "learning_rate = 5e-3\nbatch = 32\nsteps = 40",
        "learning_rate = 0.5\nbatch = 32\nsteps = 40",
    );
    let laboratory = laboratory(&wild);
    let evaluation = &evaluate(&laboratory, &["x*x*x"], 1)[0];
    assert!(
        evaluation
            .trials
            .iter()
            .any(|trial| trial.train_loss.is_none()),
        "x^3 at this rate should diverge: {:?}",
        evaluation.trials
    );
    assert!(evaluation.estimate.fitness.value() < -1.0);
    let text = serde_json::to_string(evaluation).unwrap();
    assert!(text.contains("null") && !text.contains("NaN"));
}

#[test]
fn the_cascade_drops_what_the_running_field_outclasses() {
    let laboratory = laboratory(TINY);
    let climb = |thresholds: Vec<Option<f64>>| {
        climb(
            &laboratory,
            &formula("tanh(x)"),
            "mlp",
            &thresholds,
            &mut Workspace::default(),
            &Stop::new(),
        )
    };
    let CascadeEnd::Passed { rungs, evaluation } = climb(vec![None]) else {
        panic!("an empty field asks for nothing")
    };
    assert_eq!((rungs[0].rung.as_str(), rungs[0].threshold), ("1", None));
    assert_eq!(
        evaluation.profiles.len(),
        2,
        "every profile's fitness is recorded"
    );
    let reached = rungs[0].fitness;
    assert!(
        matches!(climb(vec![Some(reached)]), CascadeEnd::Passed { .. }),
        "what just reaches the field goes on"
    );
    let CascadeEnd::Dropped { rungs, rejection } = climb(vec![Some(reached + 0.001)]) else {
        panic!("it falls short")
    };
    assert_eq!((rungs.len(), rejection.kind()), (1, "Outclassed"));
}

#[test]
fn a_cheap_rung_runs_the_networks_of_the_target_alone() {
    let laboratory = laboratory(TINY);
    let rung = |target: &str| {
        let addresses = laboratory.addresses(Some(0), &laboratory.profiles_of(target));
        addresses
            .iter()
            .map(|address| address.profile)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (rung("mlp"), rung("transformer"), rung("general")),
        (vec![0], vec![1], vec![0, 1])
    );
}

#[test]
fn a_halt_from_outside_ends_the_climb_at_once() {
    let laboratory = laboratory(TINY);
    for halt in [Halt::Stopped, Halt::TimedOut] {
        let end = climb(
            &laboratory,
            &formula("tanh(x)"),
            "mlp",
            &vec![None],
            &mut Workspace::default(),
            &Stop::after(0, halt),
        );
        assert_eq!(end, CascadeEnd::Halted(halt));
    }
}

#[test]
fn a_formula_that_diverges_on_a_cheap_rung_is_dropped_there() {
    let wild = TINY.replace(
        "learning_rate = 5e-3\nbatch = 32\nsteps = 20",
        "learning_rate = 0.9\nbatch = 32\nsteps = 20",
    );
    let laboratory = laboratory(&wild);
    let end = climb(
        &laboratory,
        &formula("x*x*x"),
        "mlp",
        &vec![None],
        &mut Workspace::default(),
        &Stop::new(),
    );
    assert!(
        matches!(
            &end,
            CascadeEnd::Dropped {
                rejection: Rejection::Diverged { .. },
                ..
            }
        ),
        "{end:?}"
    );
}

#[test]
fn unsound_labs_are_refused_with_the_reason() {
    let rows = [
        ("seeds = 1", "seeds = 0", "seed"),
        ("clip = 1.5", "clip = -1.0", "clip"),
        ("keep = 0.5", "keep = 1.5", "keep"),
        ("tasks = [\"p_1d3\"]", "tasks = [\"p_9d9\"]", "p_9d9"),
        ("equation = \"I.6.2\"", "equation = \"I.6.9\"", "I.6.9"),
        ("name = \"f_I.6.2\"", "name = \"p_1d3\"", "two tasks"),
        (
            "baselines = [\"relu\", \"gelu\"]",
            "baselines = [\"rellu\"]",
            "rellu",
        ),
        ("width = 8\ndepth = 2", "width = 0\ndepth = 2", "width"),
        (
            "shells = [[1.0, 1.25], [1.25, 1.5]]",
            "shells = []",
            "shell",
        ),
        ("law = \"log_ratio\"", "law = \"luck\"", "luck"),
        ("steps = 40", "stepps = 40", "stepps"),
        ("name = \"mlp\"", "name = \"general\"", "general"),
        ("seeds = 1", "seeds = -1", "a whole number"),
        ("clip = 1.5", "clip = \"a\"", "expected a number"),
        ("name = \"tiny\"", "name = \" \"", "a name on one line"),
        (
            "name = \"tiny\"",
            "name = \"a\\u001b[31m\"",
            "a name on one line",
        ),
        (
            "tasks = [\"p_1d3\"]",
            "tasks = [\"p_1d3\", \"p_1d3\"]",
            "named twice",
        ),
        ("field = 300", "field = 5", "nothing would be dropped"),
        (
            "field = 300\nleast_field = 6",
            "field = 0\nleast_field = 0",
            "nothing would be dropped",
        ),
        (
            "[[rung.profile]]\nname = \"mlp\"",
            "networks = \"full\"\n[[rung.profile]]\nname = \"mpl\"",
            "'mpl', which the lab does not have",
        ),
        (
            "[[rung.profile]]\nname = \"mlp\"",
            "[[rung.profile]]\nname = \"transformer\"",
            "twice for profile 'transformer'",
        ),
        (
            "seeds = 1",
            "seeds = 1\npublished = \
             [{ formula = \"gelu\", source = \"a\", train_loss = nan, \
             out_of_distribution_loss = 1.0 }]",
            "a loss must be",
        ),
    ];
    for (from, to, word) in rows {
        assert!(TINY.contains(from), "{from}");
        let error = Lab::parse(&TINY.replace(from, to))
            .expect_err(to)
            .to_string();
        assert!(error.contains(word), "{to}: {error}");
    }
}

#[test]
fn the_shipped_labs_are_sound() {
    for name in ["smoke", "standard"] {
        let lab = Lab::parse(Lab::shipped(name).unwrap()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            (lab.name.as_str(), lab.baselines[0].as_str()),
            (name, "relu")
        );
    }
    assert!(Lab::shipped("nosuch").is_err());
}

/// 360 training runs on two threads, the reference's among them: each profile of the two asked
/// about meets the formulas that it is to rank.
#[test]
fn the_standard_lab_ranks_known_activations_by_the_block_they_are_for() {
    let fitnesses = |profile: &str, names: &[&str]| -> Vec<f64> {
        let mut lab = Lab::parse(Lab::shipped("standard").unwrap())
            .unwrap()
            .without_rungs();
        lab.profiles.retain(|known| known.name == profile);
        lab.general.clear();
        let networks = lab.profiles[0].networks.len() as u32;
        let laboratory = Laboratory::prepare(lab, Draw::Own { seed: 1 }, 2, &Stop::new())
            .unwrap_or_else(|error| panic!("{error}"));
        let evaluations = evaluate(&laboratory, names, 2);
        for (name, evaluation) in names
            .iter()
            .zip(&evaluations)
            .filter(|(name, _)| KNOWN.contains(name))
        {
            let whole = evaluation
                .tasks
                .iter()
                .all(|task| task.trials == networks && task.out_of_distribution_loss.is_some());
            assert!(whole, "{name} trains on every task as {profile}");
        }
        evaluations
            .iter()
            .map(|evaluation| evaluation.profiles[profile].fitness.value())
            .collect()
    };
    const KNOWN: [&str; 4] = ["silu", "mish", "gelu", "tanh"];
    let [good @ .., tanh] = &fitnesses("mlp", &KNOWN)[..] else {
        panic!("four formulas")
    };
    assert!(
        good.iter().all(|fitness| *fitness > 0.3),
        "SiLU, Mish and GELU are above ReLU as mlp: {good:?}"
    );
    assert!(*tanh < -0.3, "tanh is below ReLU as mlp: {tanh}");
    let [gelu, silu, good @ ..] = &fitnesses(
        "transformer",
        &["gelu", "silu", "relu(x)^2", "erf(x)*min(x,0)"],
    )[..] else {
        panic!("four formulas")
    };
    assert!(
        good.iter().all(|fitness| *fitness > gelu.max(*silu)),
        "{good:?} should be above GELU ({gelu}) and SiLU ({silu}) as transformer"
    );
}

#[test]
fn the_cascade_ends_alike_on_both_back_ends() {
    let on = |backend: Backend| {
        Laboratory::prepare_on(
            backend,
            Lab::parse(TINY).unwrap(),
            Draw::Own { seed: 3 },
            2,
            &Stop::new(),
        )
        .unwrap()
    };
    let [fused, batched] = [Backend::Fused, Backend::Candle(candle_core::Device::Cpu)].map(on);
    let climb = |laboratory, text| {
        climb(
            laboratory,
            &formula(text),
            "mlp",
            &vec![None],
            &mut Workspace::default(),
            &Stop::new(),
        )
    };
    let (
        CascadeEnd::Passed {
            evaluation: found, ..
        },
        CascadeEnd::Passed {
            evaluation: wanted, ..
        },
    ) = (climb(&batched, "silu"), climb(&fused, "silu"))
    else {
        panic!("SiLU trains on both")
    };
    let identity = |evaluation: &Evaluation| {
        let of = |trial: &motherlode::record::evaluation::Trial| {
            (
                trial.task.clone(),
                trial.profile.clone(),
                trial.network.clone(),
                trial.seed,
            )
        };
        evaluation.trials.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(identity(&found), identity(&wanted));
    assert_eq!(
        climb(&batched, "x*x*x"),
        climb(&fused, "x*x*x"),
        "the first trial that diverges is named"
    );
    let halted = |halt| {
        motherlode::lab::climb(
            &batched,
            &formula("silu"),
            "mlp",
            &vec![None],
            &mut Workspace::default(),
            &Stop::after(0, halt),
        )
    };
    assert_eq!(halted(Halt::TimedOut), CascadeEnd::Halted(Halt::TimedOut));
}

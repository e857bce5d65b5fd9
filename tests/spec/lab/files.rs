//! Labs as files: settings, unsound ones, the shipped ones.

use motherlode::config::find_lab;
use motherlode::lab::{Draw, Lab, Laboratory};
use motherlode::numerics::stop::Stop;

use super::{evaluate, laboratory, TINY};

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
        (
            "name = \"mlp\"",
            "name = \"all\"",
            "a profile cannot be named all",
        ),
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
fn a_lab_of_more_parts_than_by_any_design_is_refused_with_the_most() {
    let task = |name: usize| {
        format!(
            "[[task]]\nname = \"t{name}\"\nfamily = \"polynomial\"\nvariables = 1\ndegree = 3\n"
        )
    };
    let tasks = |count: usize| {
        let more: String = (0..count - 2).map(task).collect();
        TINY.replacen("[[task]]", &format!("{more}[[task]]"), 1)
    };
    let list = |from: &str, item: &str, count: usize| {
        let items = vec![item; count].join(", ");
        TINY.replace(
            from,
            &format!("{} = [{items}]", from.split(' ').next().unwrap()),
        )
    };
    let baselines = "baselines = [\"relu\", \"gelu\"]";
    let shells = "shells = [[1.0, 1.25], [1.25, 1.5]]";
    for (text, wanted) in [
        (tasks(1_000), None),
        (
            tasks(1_001),
            Some("it has 1001 tasks, at most 1000 are taken"),
        ),
        (
            list(baselines, "\"relu\"", 201),
            Some("it has 201 baselines, at most 200 are taken"),
        ),
        (
            list(shells, "[1.0, 1.25]", 201),
            Some("it has 201 shells, at most 200 are taken"),
        ),
    ] {
        let problem = Lab::parse(&text).err().map(|error| error.to_string());
        match wanted {
            None => assert_eq!(problem, None),
            Some(wanted) => {
                assert!(
                    problem.clone().is_some_and(|said| said.contains(wanted)),
                    "{problem:?}"
                )
            }
        }
    }
    // A file of as many tasks is too long to be read at all.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lab.toml");
    std::fs::write(&path, tasks(100_000)).unwrap();
    let problem = find_lab(path.to_str().unwrap()).unwrap_err().to_string();
    assert!(
        problem
            .ends_with("it has more than 1 MiB, the most that is read of a lab or a campaign file"),
        "{problem}"
    );
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

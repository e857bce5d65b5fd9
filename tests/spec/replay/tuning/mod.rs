//! Tuning: the free numbers of a formula are moved to where a measurement is best, and baselines
//! are tuned on a benchmark.

mod baselines;
mod command;
mod told;

use std::convert::Infallible;

use motherlode::formula::Formula;
use motherlode::replay::tuning::{tune, Freedom, Tuned};

fn formula(text: &str) -> Formula {
    Formula::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The mean square of the distance from a formula on [-3, 3].
fn away(from: &Formula, of: &Formula) -> f64 {
    let square = |step: i32| {
        let x = f64::from(step) / 10.0;
        (from.value(x) - of.value(x)).powi(2)
    };
    (-30..=30).map(square).sum::<f64>() / 61.0
}

/// Tunes towards another formula.
fn towards(target: &str, text: &str, freedom: Freedom, evaluations: usize) -> Tuned {
    let target = formula(target);
    let objective = |tried: &Formula| Ok::<_, Infallible>(Some(away(&target, tried)));
    let Ok(tuned) = tune(&formula(text), freedom, evaluations, objective);
    tuned
}

fn best(tuned: &Tuned) -> (String, f64) {
    let best = tuned.best().unwrap();
    (best.formula.to_string(), best.value.unwrap())
}

#[test]
fn a_scale_and_a_shift_that_are_hidden_are_nearly_found_in_32_evaluations() {
    let cases = [
        ("0.9*gelu(1.4*(x - 0.3)) + 0.1", "gelu"),
        ("2*silu(0.7*(x + 0.5)) - 0.2", "silu"),
        ("relu(x - 0.5)", "relu"),
        ("tanh(2*x)", "tanh"),
    ];
    for (target, plain) in cases {
        let tuned = towards(target, plain, Freedom::Scaling, 32);
        let (found, left) = best(&tuned);
        let before = tuned.tried[0].value.unwrap();
        assert!(
            left < 0.1 * before,
            "{plain} to {target}: {found}, {left} of {before}"
        );
        assert_eq!(tuned.tried.len(), 32);
    }
}

#[test]
fn the_first_evaluation_is_of_the_formula_as_it_is_and_a_formula_that_is_best_stays() {
    for text in ["gelu", "silu", "x*tanh(softplus(x))"] {
        let tuned = towards(text, text, Freedom::Scaling, 32);
        assert_eq!(tuned.tried[0].formula, formula(text));
        assert_eq!(best(&tuned), (formula(text).to_string(), 0.0));
    }
    // Nothing is better where all are alike.
    let Ok(tuned) = tune(&formula("gelu"), Freedom::Scaling, 20, |_| {
        Ok::<_, Infallible>(Some(1.0))
    });
    assert_eq!(best(&tuned).0, "gelu(x)");
}

#[test]
fn constants_are_moved_where_they_are_what_is_free() {
    let tuned = towards(
        "x*sigmoid(1.7*x) + 0.3",
        "x*sigmoid(x*0.9) + 0.2",
        Freedom::Constants,
        24,
    );
    let (found, left) = best(&tuned);
    assert!(left < 1e-4, "{found}: {left}");
    let none = towards("silu", "relu(x)", Freedom::Constants, 24);
    assert_eq!(
        none.tried.len(),
        1,
        "a formula without constants is measured as it is"
    );
    let one = towards("tanh(2*x)", "tanh(1.5*x)", Freedom::Constants, 16);
    assert!(best(&one).1 < 1e-4, "{:?}", best(&one));
}

#[test]
fn more_evaluations_go_on_from_those_that_fewer_make_and_no_formula_is_measured_twice() {
    let all = towards(
        "0.9*gelu(1.4*(x - 0.3)) + 0.1",
        "gelu",
        Freedom::Scaling,
        60,
    );
    for fewer in [1, 2, 7, 16, 33] {
        let some = towards(
            "0.9*gelu(1.4*(x - 0.3)) + 0.1",
            "gelu",
            Freedom::Scaling,
            fewer,
        );
        assert_eq!(some.tried, all.tried[..fewer]);
    }
    let mut ids: Vec<&str> = all.tried.iter().map(|tried| tried.formula.id()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all.tried.len());
}

#[test]
fn what_diverges_is_left_and_never_the_best() {
    let target = formula("gelu(1.4*(x - 0.3))");
    // All that is steeper than the target diverges.
    let objective = |tried: &Formula| {
        let steep = tried.value_and_slope(3.0).1 > 1.4;
        Ok::<_, Infallible>((!steep).then(|| away(&target, tried)))
    };
    let Ok(tuned) = tune(&formula("gelu"), Freedom::Scaling, 32, objective);
    assert!(tuned.tried.iter().any(|tried| tried.value.is_none()));
    let (found, left) = best(&tuned);
    assert!(
        left < 0.3 * tuned.tried[0].value.unwrap(),
        "{found}: {left}"
    );
    // Where everything diverges the formula stays.
    let Ok(tuned) = tune(&formula("gelu"), Freedom::Scaling, 20, |_| {
        Ok::<_, Infallible>(None)
    });
    assert_eq!(tuned.best().unwrap().formula, formula("gelu"));
}

#[test]
fn an_error_ends_a_tuning_at_once() {
    let mut asked = 0;
    let ended = tune(&formula("gelu"), Freedom::Scaling, 32, |_| {
        asked += 1;
        if asked == 5 {
            Err("stopped")
        } else {
            Ok(Some(f64::from(asked)))
        }
    });
    assert_eq!((ended, asked), (Err("stopped"), 5));
}

//! The genetic proposer.

use std::collections::BTreeMap;

use motherlode::formula::{Class, Formula};
use motherlode::numerics::stop::{Halt, Stop};
use motherlode::numerics::stream::Key;
use motherlode::proposer::genetic::tree::tidy;
use motherlode::proposer::genetic::variation::{immigrant, Operator};
use motherlode::proposer::genetic::widening::widened;
use motherlode::proposer::genetic::{Genetic, Settings};
use motherlode::proposer::{seeds, Brief, Proposer, Setback, Unanswered};

use super::purse::Notebook;
use super::{brief, exemplar};

fn genetic() -> Genetic {
    Genetic::new(Settings::default())
}

/// A brief with two of the seeds as parents.
fn crowded(attempt: u64) -> Brief {
    let mut brief = brief(attempt);
    let mut stream = brief.key.word("which parents").stream();
    let mut parent = || {
        let (name, formula) = *stream.choose(seeds());
        exemplar(name, formula, 0.1)
    };
    brief.parents = vec![parent(), parent()];
    brief
}

#[test]
fn the_same_brief_has_the_same_reply() {
    assert!(genetic().repeatable());
    for attempt in 1..=50 {
        assert_eq!(
            genetic().ask(&crowded(attempt), &Notebook::generous(), &Stop::new()),
            genetic().ask(&crowded(attempt), &Notebook::generous(), &Stop::new())
        );
    }
}

#[test]
fn other_attempts_have_other_children() {
    let texts: std::collections::BTreeSet<String> = (1..=100)
        .map(|attempt| {
            genetic()
                .ask(&brief(attempt), &Notebook::generous(), &Stop::new())
                .unwrap()
                .reply
                .text
        })
        .collect();
    assert!(texts.len() > 80, "{}", texts.len());
}

#[test]
fn children_parse_stay_small_and_cheap_and_differ_from_what_was_shown() {
    for attempt in 1..=1000 {
        let brief = crowded(attempt);
        let reply = genetic()
            .ask(&brief, &Notebook::generous(), &Stop::new())
            .unwrap()
            .reply;
        let formula = Formula::parse(&reply.text).unwrap();
        assert_eq!(formula.to_string(), reply.text);
        let tree = formula.program().inlined(1000).unwrap();
        let parents: Vec<_> = brief
            .parents
            .iter()
            .map(|parent| {
                Formula::parse(&parent.formula.formula)
                    .unwrap()
                    .program()
                    .result
                    .clone()
            })
            .collect();
        let largest = parents
            .iter()
            .map(|parent| parent.size())
            .fold(20, usize::max);
        let deepest = parents
            .iter()
            .map(|parent| parent.depth())
            .fold(6, usize::max);
        assert!(
            tree.size() <= largest && tree.depth() <= deepest,
            "{}",
            reply.text
        );
        assert!(formula.cost() <= brief.cost_budget, "{}", reply.text);
        for shown in brief
            .parents
            .iter()
            .chain(&brief.inspirations)
            .chain(&brief.baselines)
        {
            assert_ne!(
                reply.text,
                Formula::parse(&shown.formula.formula).unwrap().to_string()
            );
        }
    }
}

#[test]
fn what_failed_lately_is_not_proposed_again() {
    let first = genetic()
        .ask(&brief(5), &Notebook::generous(), &Stop::new())
        .unwrap()
        .reply
        .text;
    let mut again = brief(5);
    again.setbacks.insert(
        0,
        Setback {
            formula: first.clone(),
            kind: "Outclassed".to_owned(),
            detail: String::new(),
        },
    );
    assert_ne!(
        genetic()
            .ask(&again, &Notebook::generous(), &Stop::new())
            .unwrap()
            .reply
            .text,
        first
    );
}

#[test]
fn generations_of_children_do_not_grow() {
    let mut parents = vec![
        exemplar("relu", "relu(x)", 0.0),
        exemplar("gelu", "gelu(x)", 0.0),
    ];
    for generation in 1..=300 {
        let mut brief = brief(generation);
        brief.parents = parents.clone();
        let text = genetic()
            .ask(&brief, &Notebook::generous(), &Stop::new())
            .unwrap()
            .reply
            .text;
        let tree = Formula::parse(&text).unwrap().program().result.clone();
        assert!(tree.size() <= 20 && tree.depth() <= 6, "{text}");
        parents[generation as usize % 2] = exemplar("child", &text, 0.0);
    }
}

#[test]
fn every_operator_occurs_about_as_often_as_it_is_asked_for() {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for attempt in 1..=2000 {
        *counts
            .entry(
                genetic()
                    .ask(&crowded(attempt), &Notebook::generous(), &Stop::new())
                    .unwrap()
                    .reply
                    .model,
            )
            .or_default() += 1;
    }
    for (operator, weight) in Settings::default().operators {
        let share = f64::from(counts.get(operator.name()).copied().unwrap_or(0)) / 2000.0;
        assert!(
            share > 0.5 * weight && share < 2.0 * weight,
            "{}: {share} of {weight}",
            operator.name()
        );
    }
    assert_eq!(counts.len(), Operator::ALL.len());
}

#[test]
fn a_reply_says_what_was_done_and_to_whom() {
    let settings = Settings {
        operators: vec![(Operator::Crossover, 1.0)],
        mutation_after_crossover: 0.0,
        ..Settings::default()
    };
    let mut brief = brief(4);
    brief
        .parents
        .push(exemplar("plain-ibis-9", "x*sigmoid(x) + 0.1*sin(x)", 0.44));
    let genetic = Genetic::new(settings);
    let response = genetic
        .ask(&brief, &Notebook::generous(), &Stop::new())
        .unwrap();
    let reply = response.reply;
    assert_eq!(reply.model, "crossover");
    let parsed = genetic.read(&reply, 1).unwrap().swap_remove(0);
    let read = response.reading.unwrap().unwrap().swap_remove(0);
    assert_eq!((read.formula(), &read), (parsed.formula(), &parsed));
    let proposal = parsed.proposal;
    assert_eq!(proposal.formula, reply.text);
    let said = proposal.rationale.unwrap();
    let one_of = [
        "crossover of brisk-otter-417 and plain-ibis-9",
        "crossover of plain-ibis-9 and brisk-otter-417",
    ];
    assert!(one_of.contains(&said.as_str()), "{said}");
    assert!(reply.prompt.contains("tanh(x)*min(x, 0)"));
}

#[test]
fn parents_that_cannot_be_varied_leave_immigrants() {
    let mut brief = brief(2);
    brief.parents = vec![exemplar("not-a-formula-1", "import os", 0.0)];
    brief.inspirations.clear();
    assert_eq!(
        genetic()
            .ask(&brief, &Notebook::generous(), &Stop::new())
            .unwrap()
            .reply
            .model,
        "immigrant"
    );
}

#[test]
fn a_brief_that_nothing_can_satisfy_fails_after_a_bounded_number_of_draws() {
    let mut brief = brief(2);
    brief.cost_budget = 0;
    let Err(Unanswered::Failed(reason)) =
        genetic().ask(&brief, &Notebook::generous(), &Stop::new())
    else {
        panic!("nothing costs nothing")
    };
    assert!(reason.contains("cost budget of 0"), "{reason}");
}

#[test]
fn stopping_is_heeded() {
    assert_eq!(
        genetic().ask(
            &brief(1),
            &Notebook::generous(),
            &Stop::after(0, Halt::Stopped)
        ),
        Err(Unanswered::Stopped)
    );
}

#[test]
fn trees_are_tidied_without_changing_the_function() {
    for (written, tidied) in [
        ("sinc(0)*x", "x"),
        ("tanh(x) * min(x, exp(0) - 1)", "tanh(x) * min(x, 0)"),
        ("2*(3*x)", "6 * x"),
        ("1.62*(0.1*x)", "0.162 * x"),
        ("0 + x + 0*sin(x)", "x"),
        ("-(-x) - 0", "x"),
        ("max(x, x)/1", "x"),
        ("1 - 3 + x", "-2 + x"),
        ("sin(x) + 0/0", "sin(x) + 0 / 0"),
        ("gelu(x) + 0.1*sin(x)", "gelu(x) + 0.1 * sin(x)"),
    ] {
        let tree = tidy(&Formula::parse(written).unwrap().program().result);
        assert_eq!(
            Formula::from_expression(tree).unwrap().to_string(),
            tidied,
            "{written}"
        );
    }
    let mut stream = Key::new(12).word("immigrants").stream();
    for _ in 0..500 {
        let tree = immigrant(&mut stream);
        let (before, after) = (
            Formula::from_expression(tree.clone()).unwrap(),
            Formula::from_expression(tidy(&tree)).unwrap(),
        );
        assert!(after.program().size() <= before.program().size() + 1);
        for x in [-2.3, -0.4, 0.7, 3.1] {
            let (a, b) = (before.value_and_slope(x).0, after.value_and_slope(x).0);
            assert!(
                !a.is_finite() || (a - b).abs() <= 1e-9 * (1.0 + a.abs()),
                "{before} at {x}: {a}, {after}: {b}"
            );
        }
    }
}

#[test]
fn immigrants_print_what_reads_back_to_them() {
    let mut stream = Key::new(11).word("immigrants").stream();
    for _ in 0..2000 {
        let tree = immigrant(&mut stream);
        let formula = Formula::from_expression(tree.clone()).unwrap();
        let text = formula.to_string();
        let again = Formula::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(again.program().inlined(1000), Some(tree), "{text}");
    }
}

#[test]
fn seeds_are_formulas_under_names_of_their_own() {
    let mut names = std::collections::BTreeSet::new();
    for (name, text) in seeds() {
        let formula = Formula::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(formula.cost() < 100, "{name}");
        assert!(names.insert(name), "{name}");
    }
}

#[test]
fn nothing_is_drawn_or_changed_where_nothing_more_is_allowed() {
    let tree = Formula::parse("0.5*x*tanh(x)")
        .unwrap()
        .program()
        .result
        .clone();
    let (mut stream, mut untouched) = (Key::new(3).stream(), Key::new(3).stream());
    for _ in 0..100 {
        assert_eq!(
            widened(tree.clone(), Class::Pointwise, 0, &mut stream),
            (tree.clone(), None)
        );
    }
    assert_eq!(stream.bits(), untouched.bits());
}

#[test]
fn children_use_what_is_allowed_and_never_more() {
    let parents = [
        "max(x, param(0.1)*x)",
        "channel_param(1)*tanh(x) + param(0.2)*x",
        "tanh(x - feature_mean(x))",
        "x/(1 + batch_std(x))",
        "silu(x)",
    ];
    for (class, most) in [
        (Class::Pointwise, 2),
        (Class::Feature, 0),
        (Class::Feature, 1),
        (Class::Batch, 3),
    ] {
        let (mut widest, mut trained) = (Class::Pointwise, 0);
        for attempt in 1..=400 {
            let mut brief = brief(attempt);
            brief.parents = parents
                .iter()
                .map(|text| exemplar("plain-ibis-9", text, 0.1))
                .collect();
            (brief.class, brief.parameters) = (class, most);
            let formula = Formula::parse(
                &genetic()
                    .ask(&brief, &Notebook::generous(), &Stop::new())
                    .unwrap()
                    .reply
                    .text,
            )
            .unwrap();
            (widest, trained) = (
                widest.max(formula.class()),
                trained.max(formula.parameters().len()),
            );
        }
        assert_eq!((widest, trained), (class, most as usize));
    }
}

#[test]
fn a_parent_that_shares_a_parameter_is_varied_too() {
    let varied = (1..=50).any(|attempt| {
        let mut brief = brief(attempt);
        brief.parents = vec![exemplar(
            "plain-ibis-9",
            "a = param(0.37); a*x + tanh(a*x)",
            0.1,
        )];
        (brief.inspirations, brief.parameters) = (Vec::new(), 1);
        genetic()
            .ask(&brief, &Notebook::generous(), &Stop::new())
            .unwrap()
            .reply
            .prompt
            .contains("plain-ibis-9")
    });
    assert!(varied);
}

#[test]
fn tidying_keeps_trainable_parameters() {
    let tree = Formula::parse("(1 + 1)*tanh(x) + param(0.5)")
        .unwrap()
        .program()
        .result
        .clone();
    assert_eq!(
        Formula::from_expression(tidy(&tree)).unwrap().to_string(),
        "2 * tanh(x) + param(0.5)"
    );
}

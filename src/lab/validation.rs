//! Whether a lab ranks reliably: how well one part of what was measured, be it tasks, families,
//! seeds, cheap rungs or draws, predicts another.

use serde::Serialize;

use super::function_field::FunctionField;
use super::law::FitnessLaw;
use super::resampling::{groups_of, percentiles};
use crate::numerics::statistics::rank_correlation;
use crate::numerics::stream::Key;

/// Resamples of the formulas behind an interval.
pub const RESAMPLES: usize = 400;

/// One ranking of a field of formulas held against another; a fitness a formula in each, higher is
/// better.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairing {
    /// The fitness that would select.
    pub selecting: Vec<f64>,
    /// The fitness that judges the selection.
    pub judging: Vec<f64>,
    /// The fitness by which the better half is the better half.
    pub order: Vec<f64>,
}

/// Rank correlations (Spearman) of pairings, their mean; `None` where a ranking is constant or too
/// short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Agreement {
    /// The mean correlation over all formulas.
    pub all: Option<f64>,
    /// Its 95 % interval, by a bootstrap over formulas; `None` where none was drawn.
    pub all_interval: Option<(f64, f64)>,
    /// The mean correlation over the better half of the formulas, where a search is once the poor
    /// are gone.
    pub better_half: Option<f64>,
    /// Its 95 % interval, likewise.
    pub better_half_interval: Option<(f64, f64)>,
}

/// A division of the tasks of a field: those that select, and those that judge, by index.
pub type Split = (Vec<usize>, Vec<usize>);

impl Pairing {
    /// A pairing whose better half is the judge's.
    pub fn judged(selecting: Vec<f64>, judging: Vec<f64>) -> Pairing {
        Pairing {
            order: judging.clone(),
            selecting,
            judging,
        }
    }
}

/// The mean rank correlations of pairings over the same formulas, without intervals.
pub fn agreement(pairings: &[Pairing]) -> Agreement {
    let formulas: Vec<usize> =
        (0..pairings.first().map_or(0, |pairing| pairing.order.len())).collect();
    let (all, better_half) = correlations(pairings, &formulas);
    Agreement {
        all,
        better_half,
        all_interval: None,
        better_half_interval: None,
    }
}

/// [`agreement`] with intervals: the percentiles over [`RESAMPLES`] fields drawn from the formulas
/// with replacement, all pairings with the same draws.
pub fn agreement_with_intervals(pairings: &[Pairing], key: &Key) -> Agreement {
    let count = pairings.first().map_or(0, |pairing| pairing.order.len());
    let mut stream = key.word("formulas").stream();
    let (mut all, mut better) = (Vec::new(), Vec::new());
    for _ in 0..if count > 2 { RESAMPLES } else { 0 } {
        let drawn: Vec<usize> = (0..count).map(|_| stream.below(count)).collect();
        let (of_all, of_better) = correlations(pairings, &drawn);
        all.extend(of_all);
        better.extend(of_better);
    }
    let interval = |values: Vec<f64>| (!values.is_empty()).then(|| percentiles(values));
    Agreement {
        all_interval: interval(all),
        better_half_interval: interval(better),
        ..agreement(pairings)
    }
}

/// The mean correlation over all and over the better half of these formulas, of the pairings that
/// have one.
fn correlations(pairings: &[Pairing], formulas: &[usize]) -> (Option<f64>, Option<f64>) {
    let correlation = |pairing: &Pairing, formulas: &[usize]| {
        let of = |values: &[f64]| {
            formulas
                .iter()
                .map(|formula| values[*formula])
                .collect::<Vec<f64>>()
        };
        rank_correlation(&of(&pairing.selecting), &of(&pairing.judging))
    };
    let better = |pairing: &Pairing| {
        let mut ordered = formulas.to_vec();
        ordered.sort_by(|a, b| pairing.order[*b].total_cmp(&pairing.order[*a]));
        ordered.truncate(formulas.len().div_ceil(2));
        ordered
    };
    let mean = |values: Vec<f64>| {
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    (
        mean(
            pairings
                .iter()
                .filter_map(|pairing| correlation(pairing, formulas))
                .collect(),
        ),
        mean(
            pairings
                .iter()
                .filter_map(|pairing| correlation(pairing, &better(pairing)))
                .collect(),
        ),
    )
}

/// The pairings that splits make of two fields of the same formulas and tasks; the better half is
/// the judge's.
pub fn pairings(
    law: &FitnessLaw,
    profiles: &[usize],
    selecting: &FunctionField,
    judging: &FunctionField,
    splits: &[Split],
) -> Vec<Pairing> {
    let pairing = |(select, judge): &Split| {
        Pairing::judged(
            selecting.fitness(law, profiles, select),
            judging.fitness(law, profiles, judge),
        )
    };
    splits
        .iter()
        .filter(|(select, judge)| !select.is_empty() && !judge.is_empty())
        .map(pairing)
        .collect()
}

/// The pairings of one half of the tasks with the other; the better half of the formulas is that by
/// all tasks, so that neither half of the tasks is favoured.
pub fn half_pairings(
    law: &FitnessLaw,
    profiles: &[usize],
    field: &FunctionField,
    halves: &[Split],
) -> Vec<Pairing> {
    let order = field.fitness(law, profiles, &field.all_tasks());
    pairings(law, profiles, field, field, halves)
        .into_iter()
        .map(|pairing| Pairing {
            order: order.clone(),
            ..pairing
        })
        .collect()
}

/// Random halves of the tasks, families halved each; where a family's number is odd the halves take
/// turns to have one more, the first by lot.
pub fn random_halves(families: &[String], count: usize, key: &Key) -> Vec<Split> {
    let families = groups_of(families.iter().map(String::as_str));
    let mut stream = key.word("halves").stream();
    let mut halve = || {
        let mut halves = (Vec::new(), Vec::new());
        let mut more_to_first = stream.chance(0.5);
        for family in &families {
            let mut members = family.clone();
            stream.shuffle(&mut members);
            let mut first = members.len() / 2;
            if members.len() % 2 == 1 {
                first += usize::from(more_to_first);
                more_to_first = !more_to_first;
            }
            halves.0.extend_from_slice(&members[..first]);
            halves.1.extend_from_slice(&members[first..]);
        }
        halves
    };
    (0..count).map(|_| halve()).collect()
}

/// A division of the families into those that select and those that judge.
#[derive(Clone, Debug, PartialEq)]
pub struct FamilySplit {
    /// The families that select.
    pub selecting: Vec<String>,
    /// The families that judge.
    pub judging: Vec<String>,
    /// The tasks of both.
    pub tasks: Split,
}

/// Every family against each other one, all others against each one, and, of four families and
/// more, each two against the others.
pub fn family_splits(families: &[String]) -> Vec<FamilySplit> {
    let members = groups_of(families.iter().map(String::as_str));
    let count = members.len();
    let split = |selecting: Vec<usize>, judging: Vec<usize>| {
        let names = |indices: &[usize]| {
            indices
                .iter()
                .map(|index| families[members[*index][0]].clone())
                .collect()
        };
        let tasks = |indices: &[usize]| {
            indices
                .iter()
                .flat_map(|index| members[*index].iter().copied())
                .collect()
        };
        FamilySplit {
            selecting: names(&selecting),
            judging: names(&judging),
            tasks: (tasks(&selecting), tasks(&judging)),
        }
    };
    let others = |left_out: &[usize]| {
        (0..count)
            .filter(|index| !left_out.contains(index))
            .collect::<Vec<usize>>()
    };
    let mut splits = Vec::new();
    for one in 0..count {
        splits.extend((one + 1..count).map(|other| split(vec![one], vec![other])));
    }
    if count > 2 {
        splits.extend((0..count).map(|one| split(others(&[one]), vec![one])));
    }
    if count > 3 {
        for one in 0..count {
            splits.extend(
                (one + 1..count).map(|other| split(vec![one, other], others(&[one, other]))),
            );
        }
    }
    splits
}

/// The share of the field that a rung must let through so that `wanted` of the judge's `top`
/// fittest pass: ties on the rung count against them. `None` where the field has not that many
/// formulas.
pub fn keep_needed(rung: &[f64], judging: &[f64], top: usize, wanted: usize) -> Option<f64> {
    if rung.len() < top || wanted == 0 || wanted > top {
        return None;
    }
    let place = |formula: &usize| {
        rung.iter()
            .filter(|fitness| **fitness >= rung[*formula])
            .count()
    };
    let mut places: Vec<usize> = fittest(judging, top).iter().map(place).collect();
    places.sort_unstable();
    Some(places[wanted - 1] as f64 / rung.len() as f64)
}

/// How many of the judge's `top` fittest pass all rungs, each given with the share that it keeps of
/// what the rungs before it left. `None` where the field has not that many formulas.
pub fn survivors(rungs: &[(f64, &[f64])], judging: &[f64], top: usize) -> Option<usize> {
    if judging.len() < top {
        return None;
    }
    let mut left: Vec<usize> = (0..judging.len()).collect();
    for (keep, fitness) in rungs {
        left.sort_by(|a, b| fitness[*b].total_cmp(&fitness[*a]));
        left.truncate((keep * left.len() as f64).ceil() as usize);
    }
    Some(
        fittest(judging, top)
            .iter()
            .filter(|formula| left.contains(formula))
            .count(),
    )
}

/// The indices of the fittest, fittest first; of equally fit ones the first come first.
pub fn fittest(fitness: &[f64], count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..fitness.len()).collect();
    order.sort_by(|a, b| fitness[*b].total_cmp(&fitness[*a]));
    order.truncate(count);
    order
}

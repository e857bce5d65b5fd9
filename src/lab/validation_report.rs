//! The report on whether a lab ranks reliably: how well its tasks, families, rungs, seeds, draws
//! and profiles predict one another over a field of formulas, as data.

use serde::Serialize;

use super::function_field::FunctionField;
use super::law::FitnessLaw;
use super::validation::{
    agreement, agreement_with_intervals, family_splits, half_pairings, keep_needed, pairings,
    random_halves, survivors, Agreement, FamilySplit, Pairing, Split,
};
use crate::numerics::stream::Key;

/// The number of fittest formulas that a rung must not lose.
pub const TOP: usize = 10;

/// What was measured of a field of formulas, from which a report is made. Every field holds the
/// same formulas in the same order, under the lab's profiles in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidationFields {
    /// The lab's fitness law.
    pub law: FitnessLaw,
    /// The targets to report on.
    pub targets: Vec<FieldTarget>,
    /// The lab's own draw over the first half of the trial seeds, by out-of-distribution loss.
    pub own: FunctionField,
    /// The same draw over the other half of the trial seeds.
    pub other_seeds: FunctionField,
    /// A fresh draw of the lab's tasks.
    pub fresh: FunctionField,
    /// The own field by each of its losses.
    pub measures: Vec<MeasureField>,
    /// The cheap rungs in their order; empty for a lab without any.
    pub rungs: Vec<RungField>,
    /// Another lab that this one should predict; `None` where none was measured.
    pub vault: Option<VaultField>,
}

/// A target and the profiles whose mean fitness it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldTarget {
    /// A profile's name, or `general`.
    pub name: String,
    /// Indices of the lab's profiles.
    pub profiles: Vec<usize>,
}

/// A field by one of the losses of its trials.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasureField {
    /// The loss in words, such as `train loss`.
    pub name: String,
    /// The field by that loss.
    pub field: FunctionField,
}

/// What a cheap rung measured.
#[derive(Clone, Debug, PartialEq)]
pub struct RungField {
    /// The rung's name.
    pub name: String,
    /// The share of a running field that the lab lets through, from 0 to 1.
    pub keep: f64,
    /// The trials of a formula under each target, in the targets' order.
    pub trials: Vec<usize>,
    /// The field on the rung's tasks.
    pub field: FunctionField,
}

/// What another lab measured of the same formulas.
#[derive(Clone, Debug, PartialEq)]
pub struct VaultField {
    /// The other lab's fitness law.
    pub law: FitnessLaw,
    /// The other lab's profile of the same name as each of this lab's, by index; `None` where it
    /// has none.
    pub profiles: Vec<Option<usize>>,
    /// The field on all tasks of the other lab, under its own profiles.
    pub field: FunctionField,
}

/// Everything that a validation finds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValidationReport {
    /// Random halves of the tasks against the other halves.
    pub split_half: Vec<TargetAgreement>,
    /// Each loss as what selects.
    pub measures: Vec<MeasureAgreement>,
    /// Families against families.
    pub families: Vec<FamilyAgreement>,
    /// Cheap rungs against the full lab.
    pub rungs: Vec<RungAgreement>,
    /// The lab's trial seeds against as many others on the same draw.
    pub seeds: Vec<TargetAgreement>,
    /// The lab's draw of its tasks against a fresh one.
    pub fresh_draw: Vec<TargetAgreement>,
    /// The lab against the vault; empty where none was measured.
    pub vault: Vec<TargetAgreement>,
    /// Each target against each other one.
    pub profiles: Vec<ProfileAgreement>,
}

/// How one thing agrees with another under a target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TargetAgreement {
    /// The target's name.
    pub target: String,
    /// The rank correlations.
    #[serde(flatten)]
    pub agreement: Agreement,
}

/// Some families held against others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FamilyAgreement {
    /// The families whose fitness selects.
    pub selecting: Vec<String>,
    /// The families whose fitness judges.
    pub judging: Vec<String>,
    /// One agreement a target, without intervals.
    pub targets: Vec<TargetAgreement>,
}

/// One of the losses as what selects.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeasureAgreement {
    /// The loss in words.
    pub measure: String,
    /// On random halves of the tasks against the fitness on the other halves.
    pub halves: Vec<TargetAgreement>,
    /// On some families against the fitness on the others: two against two where there are four,
    /// else all but one against one.
    pub families: Vec<TargetAgreement>,
}

/// A cheap rung held against the full lab under a target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RungAgreement {
    /// The rung's name.
    pub rung: String,
    /// The target's name.
    pub target: String,
    /// The tasks of the rung.
    pub tasks: usize,
    /// The trials of a formula under the target.
    pub trials: usize,
    /// What is taken for the truth: `same seeds`, `other seeds` or `fresh draw`.
    pub truth: String,
    /// The rank correlations of the rung with the truth.
    #[serde(flatten)]
    pub agreement: Agreement,
    /// The share of the field that must be kept for all of the true top 10 to pass; `None` for a
    /// field of fewer formulas, here and below.
    pub keep_for_10_of_10: Option<f64>,
    /// The share that must be kept for 9 of the true top 10 to pass.
    pub keep_for_9_of_10: Option<f64>,
    /// The share that must be kept for the true top 5 to pass.
    pub keep_for_5_of_5: Option<f64>,
    /// The share that the lab keeps.
    pub keep: f64,
    /// How many of the true top 10 pass this rung and all before it, each keeping the lab's share.
    pub top_10_passed: Option<usize>,
}

/// One target held against another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProfileAgreement {
    /// The target whose fitness selects.
    pub selecting: String,
    /// The target whose fitness judges.
    pub judging: String,
    /// The rank correlations.
    #[serde(flatten)]
    pub agreement: Agreement,
}

impl ValidationFields {
    /// Every formula's fitness under a target on all tasks of one of these fields.
    pub fn fitness(&self, field: &FunctionField, target: &FieldTarget) -> Vec<f64> {
        field.fitness(&self.law, &target.profiles, &field.all_tasks())
    }
}

impl ValidationReport {
    /// The report on what was measured, with `splits` random halves of the tasks. It is a pure
    /// function of its arguments: halves and intervals are drawn from `key`.
    pub fn of(fields: &ValidationFields, splits: usize, key: &Key) -> ValidationReport {
        let halves = random_halves(&fields.own.families, splits, key);
        let same = |field: &FunctionField| {
            against(fields, key, &|target| Some(fields.fitness(field, target)))
        };
        ValidationReport {
            split_half: by_target(&fields.targets, |target| {
                let pairings = half_pairings(&fields.law, &target.profiles, &fields.own, &halves);
                agreement_with_intervals(&pairings, key)
            }),
            measures: measures(fields, &halves),
            families: families(fields),
            rungs: rungs(fields, key),
            seeds: same(&fields.other_seeds),
            fresh_draw: same(&fields.fresh),
            vault: fields.vault.as_ref().map_or_else(Vec::new, |vault| {
                against(fields, key, &|target| vault.fitness(target))
            }),
            profiles: profiles(fields, key),
        }
    }
}

impl VaultField {
    /// Every formula's fitness under a target of the lab that should predict this one; `None` where
    /// this lab lacks one of the target's profiles.
    fn fitness(&self, target: &FieldTarget) -> Option<Vec<f64>> {
        let own = |profile: &usize| self.profiles.get(*profile).copied().flatten();
        let profiles: Option<Vec<usize>> = target.profiles.iter().map(own).collect();
        let tasks = self.field.all_tasks();
        Some(self.field.fitness(&self.law, &profiles?, &tasks))
    }
}

fn by_target(
    targets: &[FieldTarget],
    agreement: impl Fn(&FieldTarget) -> Agreement,
) -> Vec<TargetAgreement> {
    let of_target = |target: &FieldTarget| TargetAgreement {
        target: target.name.clone(),
        agreement: agreement(target),
    };
    targets.iter().map(of_target).collect()
}

/// The own field against what judges it, under every target that the judge knows.
fn against(
    fields: &ValidationFields,
    key: &Key,
    judging: &dyn Fn(&FieldTarget) -> Option<Vec<f64>>,
) -> Vec<TargetAgreement> {
    let of_target = |target: &FieldTarget| {
        let pairing = Pairing::judged(fields.fitness(&fields.own, target), judging(target)?);
        Some(TargetAgreement {
            target: target.name.clone(),
            agreement: agreement_with_intervals(&[pairing], key),
        })
    };
    fields.targets.iter().filter_map(of_target).collect()
}

fn measures(fields: &ValidationFields, halves: &[Split]) -> Vec<MeasureAgreement> {
    let splits = whole_family_splits(&fields.own);
    let row = |measure: &MeasureField| {
        let of_splits = |splits: &[Split], halved: bool| {
            by_target(&fields.targets, |target| {
                let (law, profiles) = (&fields.law, &target.profiles);
                let mut pairings = pairings(law, profiles, &measure.field, &fields.own, splits);
                if halved {
                    let order = fields.fitness(&fields.own, target);
                    pairings
                        .iter_mut()
                        .for_each(|pairing| pairing.order.clone_from(&order));
                }
                agreement(&pairings)
            })
        };
        MeasureAgreement {
            measure: measure.name.clone(),
            halves: of_splits(halves, true),
            families: of_splits(&splits, false),
        }
    };
    fields.measures.iter().map(row).collect()
}

/// The splits of the families that use all tasks: two against two where there are four families,
/// else all but one against one.
fn whole_family_splits(field: &FunctionField) -> Vec<Split> {
    let all: Vec<FamilySplit> = family_splits(&field.families)
        .into_iter()
        .filter(|split| split.tasks.0.len() + split.tasks.1.len() == field.families.len())
        .collect();
    let is_even = |split: &FamilySplit| split.selecting.len() == split.judging.len();
    let any_even = all.iter().any(is_even);
    all.into_iter()
        .filter(|split| !any_even || is_even(split))
        .map(|split| split.tasks)
        .collect()
}

fn families(fields: &ValidationFields) -> Vec<FamilyAgreement> {
    let own = &fields.own;
    let row = |split: FamilySplit| FamilyAgreement {
        targets: by_target(&fields.targets, |target| {
            let tasks = std::slice::from_ref(&split.tasks);
            agreement(&pairings(&fields.law, &target.profiles, own, own, tasks))
        }),
        selecting: split.selecting,
        judging: split.judging,
    };
    family_splits(&own.families).into_iter().map(row).collect()
}

fn rungs(fields: &ValidationFields, key: &Key) -> Vec<RungAgreement> {
    let mut rows = Vec::new();
    for (place, target) in fields.targets.iter().enumerate() {
        let fitness: Vec<Vec<f64>> = fields
            .rungs
            .iter()
            .map(|rung| fields.fitness(&rung.field, target))
            .collect();
        let truths = [
            ("same seeds", fields.fitness(&fields.own, target)),
            ("other seeds", fields.fitness(&fields.other_seeds, target)),
            ("fresh draw", fields.fitness(&fields.fresh, target)),
        ];
        for (index, rung) in fields.rungs.iter().enumerate() {
            let own = &fitness[index];
            let passed: Vec<(f64, &[f64])> = fields.rungs[..=index]
                .iter()
                .zip(&fitness)
                .map(|(rung, fitness)| (rung.keep, fitness.as_slice()))
                .collect();
            for (truth, judging) in &truths {
                let pairing = Pairing::judged(own.clone(), judging.clone());
                rows.push(RungAgreement {
                    rung: rung.name.clone(),
                    target: target.name.clone(),
                    tasks: rung.field.families.len(),
                    trials: rung.trials[place],
                    truth: (*truth).to_owned(),
                    agreement: agreement_with_intervals(&[pairing], key),
                    keep_for_10_of_10: keep_needed(own, judging, TOP, TOP),
                    keep_for_9_of_10: keep_needed(own, judging, TOP, TOP - 1),
                    keep_for_5_of_5: keep_needed(own, judging, TOP / 2, TOP / 2),
                    keep: rung.keep,
                    top_10_passed: survivors(&passed, judging, TOP),
                });
            }
        }
    }
    rows
}

fn profiles(fields: &ValidationFields, key: &Key) -> Vec<ProfileAgreement> {
    let mut rows = Vec::new();
    for selecting in &fields.targets {
        let others = fields.targets.iter();
        for judging in others.filter(|judging| judging.name != selecting.name) {
            let pairing = Pairing::judged(
                fields.fitness(&fields.own, selecting),
                fields.fitness(&fields.own, judging),
            );
            rows.push(ProfileAgreement {
                selecting: selecting.name.clone(),
                judging: judging.name.clone(),
                agreement: agreement_with_intervals(&[pairing], key),
            });
        }
    }
    rows
}

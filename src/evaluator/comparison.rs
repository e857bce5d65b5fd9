//! Which of two formulas is better, and how sure that is: paired over the tasks on which both were measured.

use super::fitness::aggregate;
use super::lab::FitnessLaw;
use super::resampling::{families_of, percentiles, Resampling};
use crate::evaluation::{Evaluation, TaskEvaluation};
use crate::stream::Key;

/// What may be said of a formula beside another.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The 95 % interval of the difference lies above 0, and no family carries it alone.
    Better,
    /// It lies below 0.
    Worse,
    /// It holds 0.
    Undecided,
    /// It lies above 0, but without this family the formula would not be ahead: no claim.
    OneFamily(String),
}

impl Verdict {
    /// The word that tables and JSON carry.
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::Better => "better",
            Verdict::Worse => "worse",
            Verdict::Undecided => "undecided",
            Verdict::OneFamily(_) => "one_family",
        }
    }
}

/// The difference in fitness between two formulas on the same tasks, networks and seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Above 0 where the first is fitter.
    pub difference: f64,
    /// 95 %, a bootstrap over tasks within families.
    pub interval: (f64, f64),
    /// The share of resamples in which the first is fitter, ties counting a half.
    pub probability: f64,
    pub verdict: Verdict,
}

/// Compares `formula` with `rival` under `profiles`, their mean; `None` where they were not measured on the same tasks under all of these.
pub fn compare(law: &FitnessLaw, formula: &Evaluation, rival: &Evaluation, profiles: &[String], key: &Key) -> Option<Comparison> {
    let (own, others) = (&formula.tasks, &rival.tasks);
    let measured = |task: &TaskEvaluation| profiles.iter().all(|profile| task.values.contains_key(profile));
    let same =
        own.len() == others.len() && own.iter().zip(others).all(|(a, b)| a.task == b.task && a.family == b.family && measured(a) && measured(b));
    if !same || own.is_empty() || profiles.is_empty() {
        return None;
    }
    let families = families_of(own.iter().map(|task| task.family.as_str()));
    let resampling = Resampling::draw(families.clone(), &key.word("bootstrap"));
    let difference = resampling.fitness(law, own, profiles) - resampling.fitness(law, others, profiles);
    let pairs = resampling.fitnesses(law, own, profiles).into_iter().zip(resampling.fitnesses(law, others, profiles));
    let differences: Vec<f64> = pairs.map(|(own, other)| own - other).collect();
    let wins: f64 = differences.iter().map(|difference| if *difference > 0.0 { 1.0 } else { f64::from(u8::from(*difference == 0.0)) / 2.0 }).sum();
    let probability = wins / differences.len() as f64;
    let [low, high] = percentiles(differences);
    let verdict = match carrier(law, own, others, profiles, &families) {
        _ if high < 0.0 => Verdict::Worse,
        _ if low <= 0.0 => Verdict::Undecided,
        Some(family) => Verdict::OneFamily(family),
        None => Verdict::Better,
    };
    Some(Comparison { difference, interval: (low, high), probability, verdict })
}

/// The family without which the first would not be ahead, if there is one; a lab of one family has none to leave out.
fn carrier(law: &FitnessLaw, own: &[TaskEvaluation], others: &[TaskEvaluation], profiles: &[String], families: &[Vec<usize>]) -> Option<String> {
    let without = |left_out: usize, tasks: &[TaskEvaluation]| {
        let kept = || families.iter().enumerate().filter(|(index, _)| *index != left_out).map(|(_, family)| family);
        let fitness = |profile: &String| aggregate(law, kept().map(|family| family.iter().map(|index| tasks[*index].values[profile])));
        profiles.iter().map(fitness).sum::<f64>()
    };
    if families.len() < 2 {
        return None;
    }
    let carries = |left_out: &usize| without(*left_out, own) <= without(*left_out, others);
    (0..families.len()).find(carries).map(|family| own[families[family][0]].family.clone())
}

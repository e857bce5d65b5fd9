//! Which of two formulas is better, and how sure that is: paired over the tasks on which both were
//! measured.

use super::law::FitnessLaw;
use super::resampling::{percentiles, Resampling};
use crate::numerics::statistics::two_sided_p;
use crate::numerics::stream::Key;
use crate::record::evaluation::{Evaluation, TaskEvaluation};

/// A difference is carried by a family without which the same formula would be ahead in fewer
/// resamples than this. A difference that four families share and that just reaches 95 % keeps
/// about 0.95 when one of them is left out; where the others know nothing of it, 0.5 is left.
const STILL_LIKELY: f64 = 0.8;

/// Adjusted p-values below this decide.
const LEVEL: f64 = 0.05;

/// What may be said of a formula beside another; of the other beside it, the opposite.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The 95 % interval of the difference lies above 0, and no family carries it alone.
    Better,
    /// It lies below 0, and no family carries it alone.
    Worse,
    /// It holds 0, or there is one task only.
    Undecided,
    /// It lies above or below 0, but without this family the same formula would not be likely to be
    /// ahead: no claim.
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

    /// The family that carries the difference alone.
    pub fn carried_by(&self) -> Option<&str> {
        match self {
            Verdict::OneFamily(family) => Some(family),
            _ => None,
        }
    }
}

/// The difference in fitness between two formulas on the same tasks, networks and seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The first fitness minus the second: above 0 where the first is fitter.
    pub difference: f64,
    /// The 95 % interval of the difference: a bootstrap over tasks within families.
    pub interval: (f64, f64),
    /// The share of resamples in which the first is fitter, ties counting a half.
    pub probability: f64,
    /// The probability of so large a difference either way where there is none, by Student's t: the
    /// deviation of the resamples is the standard error, with a degree of freedom for each task but
    /// one a family. 1 where there is one task only.
    pub p_value: f64,
    /// The same adjusted for the number of comparisons that it is one of (Holm 1979), where it is
    /// one of several; the verdict is by it then.
    pub p_adjusted: Option<f64>,
    /// What may be said.
    pub verdict: Verdict,
}

impl Comparison {
    /// The comparison as one of several, with its adjusted p-value: undecided where that is not below
    /// 0.05, whatever its own interval says.
    pub fn adjusted(self, p_adjusted: f64) -> Comparison {
        let verdict = match p_adjusted < LEVEL {
            true => self.verdict,
            false => Verdict::Undecided,
        };
        Comparison {
            p_adjusted: Some(p_adjusted),
            verdict,
            ..self
        }
    }

    /// The verdict in words: `better than gelu`, `undecided`, `one family only: polynomial`.
    pub fn words(&self, rival: &str) -> String {
        match &self.verdict {
            Verdict::Better => format!("better than {rival}"),
            Verdict::Worse => format!("worse than {rival}"),
            Verdict::Undecided => "undecided".to_owned(),
            Verdict::OneFamily(family) if self.difference < 0.0 => {
                format!("behind in one family only: {family}")
            }
            Verdict::OneFamily(family) => format!("one family only: {family}"),
        }
    }
}

/// Compares `formula` with `rival` under `profiles`, their mean; `None` where they were not
/// measured on the same tasks under all of these.
///
/// `key` gives the resamples; what two evaluations of one laboratory are compared by is its own
/// key. Exchanging the two turns every sign and verdict.
pub fn compare(
    law: &FitnessLaw,
    formula: &Evaluation,
    rival: &Evaluation,
    profiles: &[String],
    key: &Key,
) -> Option<Comparison> {
    let (own, others) = (&formula.tasks, &rival.tasks);
    let measured = |task: &TaskEvaluation| {
        profiles
            .iter()
            .all(|profile| task.values.contains_key(profile))
    };
    let same = own.len() == others.len()
        && own
            .iter()
            .zip(others)
            .all(|(a, b)| a.task == b.task && a.family == b.family && measured(a) && measured(b));
    if !same || own.is_empty() || profiles.is_empty() {
        return None;
    }
    let resampling = Resampling::under(law, own, key);
    let difference = resampling.fitness(law, own, profiles, None)
        - resampling.fitness(law, others, profiles, None);
    let differences = differences(&resampling, law, own, others, profiles, None);
    let probability = share_above_0(&differences);
    let p_value = match resampling.degrees_of_freedom() {
        0 => 1.0,
        degrees_of_freedom => p_value(difference, &differences, degrees_of_freedom as f64),
    };
    let (low, high) = percentiles(differences);
    let verdict = if !resampling.is_possible() || (low <= 0.0 && high >= 0.0) {
        Verdict::Undecided
    } else {
        match carrier(law, own, others, profiles, key, low > 0.0) {
            Some(family) => Verdict::OneFamily(family),
            None if low > 0.0 => Verdict::Better,
            None => Verdict::Worse,
        }
    };
    Some(Comparison {
        difference,
        interval: (low, high),
        probability,
        p_value,
        p_adjusted: None,
        verdict,
    })
}

/// The two-sided p-value of a difference whose standard error is the deviation of its resamples.
fn p_value(difference: f64, resampled: &[f64], degrees_of_freedom: f64) -> f64 {
    let count = resampled.len() as f64;
    let mean = resampled.iter().sum::<f64>() / count;
    let squares: f64 = resampled.iter().map(|value| (value - mean).powi(2)).sum();
    let error = (squares / (count - 1.0)).sqrt();
    match error > 0.0 {
        true => two_sided_p(difference / error, degrees_of_freedom),
        // The same on every task, or ahead by the same on every one.
        false if difference == 0.0 => 1.0,
        false => 0.0,
    }
}

/// The difference in every resample, of the same tasks for both.
fn differences(
    resampling: &Resampling,
    law: &FitnessLaw,
    own: &[TaskEvaluation],
    others: &[TaskEvaluation],
    profiles: &[String],
    left_out: Option<usize>,
) -> Vec<f64> {
    let fitnesses = |tasks| resampling.fitnesses(law, tasks, profiles, left_out);
    fitnesses(own)
        .into_iter()
        .zip(fitnesses(others))
        .map(|(own, other)| own - other)
        .collect()
}

/// The share of differences above 0, ties counting a half.
fn share_above_0(differences: &[f64]) -> f64 {
    let above = differences
        .iter()
        .filter(|difference| **difference > 0.0)
        .count() as f64;
    let ties = differences
        .iter()
        .filter(|difference| **difference == 0.0)
        .count() as f64;
    (above + ties / 2.0) / differences.len() as f64
}

/// The family without which the one that is `ahead` (the first, or else the second) would be least
/// likely to be so, if that is not likely any more; a lab of one family has none to leave out.
fn carrier(
    law: &FitnessLaw,
    own: &[TaskEvaluation],
    others: &[TaskEvaluation],
    profiles: &[String],
    key: &Key,
    ahead: bool,
) -> Option<String> {
    let resampling = Resampling::by_family(own, key);
    if resampling.families() < 2 {
        return None;
    }
    let likely = |family: usize| {
        let share = share_above_0(&differences(
            &resampling,
            law,
            own,
            others,
            profiles,
            Some(family),
        ));
        if ahead {
            share
        } else {
            1.0 - share
        }
    };
    let (family, share) = (0..resampling.families())
        .map(|family| (family, likely(family)))
        .min_by(|a, b| a.1.total_cmp(&b.1))?;
    (share < STILL_LIKELY).then(|| {
        resampling
            .family_estimates(own, profiles)
            .swap_remove(family)
            .family
    })
}

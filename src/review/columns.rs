//! The columns of a table of fitnesses, and how formulas compare under each.

use crate::campaign::Ground;
use crate::formula::Formula;
use crate::lab::{compare, compare_runs, Comparison};
use crate::numerics::stream::Key;
use crate::record::evaluation::{Estimate, Evaluation};

/// What evaluations in one table have in common: the lab, the target and the resamples. A column
/// is the target or a profile of the lab.
pub struct FitnessColumns<'a> {
    /// What the evaluations were made on.
    pub ground: Ground<'a>,
    /// Whose fitness ranks: a profile's name, or `general`.
    pub target: &'a str,
    /// The key of the laboratory in which they were made, which gives the resamples of every
    /// comparison.
    pub key: Key,
}

impl FitnessColumns<'_> {
    /// Returns the target, then every profile that is not all there is to the target, in the lab's
    /// order.
    pub fn names(&self) -> Vec<String> {
        let whole = self.profiles(self.target);
        let others = self.ground.profiles();
        let others = others.into_iter().filter(|name| whole != [name.as_str()]);
        [self.target.to_owned()].into_iter().chain(others).collect()
    }

    /// Returns the profiles that a column of [`FitnessColumns::names`] stands for.
    pub fn profiles(&self, column: &str) -> Vec<String> {
        let Ground::Lab(lab) = self.ground else {
            return Vec::new();
        };
        let profiles = lab.target_profiles(column).unwrap_or_default();
        profiles.into_iter().map(str::to_owned).collect()
    }

    /// Returns the estimate under a column; `None` where it was not measured.
    pub fn estimate(&self, evaluation: &Evaluation, column: &str) -> Option<Estimate> {
        if column == self.target {
            Some(evaluation.under(column))
        } else {
            evaluation.profiles.get(column).copied()
        }
    }

    /// Compares two evaluations under a column; `None` where they cannot be compared, such as
    /// records from before tasks had values.
    pub fn compare(
        &self,
        formula: &Evaluation,
        rival: &Evaluation,
        column: &str,
    ) -> Option<Comparison> {
        match self.ground {
            Ground::Lab(lab) => compare(
                &lab.fitness,
                formula,
                rival,
                &self.profiles(column),
                &self.key,
            ),
            Ground::Benchmark(_) => compare_runs(&formula.runs, &rival.runs, &|p_value| p_value),
        }
    }

    /// Returns the name and the id of the baseline beside which every formula of a table is judged:
    /// gelu where the lab has it, else the first baseline after the reference. `None` where the lab
    /// has the reference alone.
    pub fn standard(&self) -> Option<(&str, String)> {
        let id = |name: &str| {
            Formula::parse(name)
                .map(|formula| formula.id().to_owned())
                .unwrap_or_default()
        };
        let gelu = id("gelu");
        let Ground::Lab(lab) = self.ground else {
            return Some(("gelu", gelu));
        };
        let baselines = &lab.baselines;
        let standard = baselines.iter().find(|name| id(name) == gelu);
        standard
            .or(baselines.get(1))
            .map(|name| (name.as_str(), id(name)))
    }
}

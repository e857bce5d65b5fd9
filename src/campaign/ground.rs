//! What the formulas of a campaign were measured on.

use crate::lab::{judging, Lab, LabError};
use crate::record::candidate::Candidate;
use crate::record::charter::Charter;
use crate::record::judging::Judging;
use crate::record::target_benchmark::TargetBenchmark;

/// What the formulas of a table were measured on.
#[derive(Clone, Copy)]
pub enum Ground<'a> {
    /// The tasks of a lab.
    Lab(&'a Lab),
    /// A benchmark.
    Benchmark(&'a TargetBenchmark),
}

/// The lab of a campaign, read, or its benchmark.
pub enum CampaignGround {
    /// The lab.
    Lab(Box<Lab>),
    /// The benchmark.
    Benchmark(Box<TargetBenchmark>),
}

impl CampaignGround {
    /// What a campaign was measured on.
    ///
    /// # Errors
    /// This version does not read the campaign's lab.
    pub fn of(charter: &Charter) -> Result<CampaignGround, LabError> {
        Ok(match &charter.benchmark {
            Some(target) => CampaignGround::Benchmark(Box::new(target.clone())),
            None => CampaignGround::Lab(Box::new(Lab::parse(&charter.lab_definition)?)),
        })
    }

    /// The same without any profile of its lab but this one.
    pub fn only(self, profile: &str) -> CampaignGround {
        match self {
            CampaignGround::Lab(lab) => CampaignGround::Lab(Box::new(lab.only(profile))),
            benchmark => benchmark,
        }
    }

    /// How it judges formulas.
    pub fn judging(&self) -> Judging {
        match self {
            CampaignGround::Lab(lab) => judging(lab),
            CampaignGround::Benchmark(target) => target.judging(),
        }
    }

    /// The same, lent.
    pub fn ground(&self) -> Ground<'_> {
        match self {
            CampaignGround::Lab(lab) => Ground::Lab(lab),
            CampaignGround::Benchmark(target) => Ground::Benchmark(target),
        }
    }
}

impl Ground<'_> {
    /// How many of the founders of a campaign are what its candidates are held against; these come
    /// first.
    pub fn baselines(&self, founders: &[Candidate]) -> usize {
        match self {
            Ground::Lab(lab) => lab.baselines.len(),
            Ground::Benchmark(target) => target.baselines.len(),
        }
        .min(founders.len())
    }

    /// The names under which fitnesses are told beside the target's, in the order of tables: the
    /// lab's profiles, or the benchmark's measures.
    pub fn profiles(&self) -> Vec<String> {
        match self {
            Ground::Lab(lab) => {
                let profiles = lab.profiles.iter();
                profiles.map(|profile| profile.name.clone()).collect()
            }
            Ground::Benchmark(target) => target.judging().profiles,
        }
    }
}

//! A lab with the trials of a whole field of formulas, and the fields that a validation needs of
//! it, of a fresh draw and of another lab.

use std::collections::HashMap;
use std::ops::Range;

use super::definition::Lab;
use super::function_field::{FunctionField, Measure};
use super::laboratory::{Draw, Laboratory, TrialAddress};
use super::validation_report::{
    FieldTarget, MeasureField, RungField, ValidationFields, VaultField,
};
use crate::formula::Formula;
use crate::numerics::stop::{Halt, Stop};
use crate::record::evaluation::Trial;

/// A laboratory with every trial of a field of formulas that a validation asks for.
pub struct MeasuredLab {
    laboratory: Laboratory,
    /// `trials[formula][place]`, by canonical address.
    trials: Vec<Vec<Trial>>,
    places: HashMap<TrialAddress, usize>,
}

/// The labs that a validation measures, each with the draw of its tasks: the lab itself with twice
/// the trial seeds, a fresh draw of it with these seeds, and the vault where one is wanted.
pub fn labs_to_measure(lab: &Lab, vault: Option<Lab>, seeds: u32, seed: u64) -> Vec<(Lab, Draw)> {
    let own = Lab {
        seeds: 2 * seeds,
        ..lab.clone()
    };
    let fresh = Lab {
        seeds,
        ..lab.clone().without_rungs()
    };
    [
        (own, Draw::Own { seed }),
        (fresh, Draw::Fresh { seed, draws: 1 }),
    ]
    .into_iter()
    .chain(vault.map(|vault| (vault.without_rungs(), Draw::Own { seed })))
    .collect()
}

/// The canonical addresses of the full lab with all its seeds and of its cheap rungs with the first
/// `seeds`, each once.
pub fn addresses_to_measure(laboratory: &Laboratory, seeds: u32) -> Vec<TrialAddress> {
    let profiles = laboratory.all_profiles();
    let mut addresses = laboratory.addresses(None, &profiles);
    for rung in 0..laboratory.lab().rungs.len() {
        for address in laboratory
            .addresses(Some(rung), &profiles)
            .into_iter()
            .filter(|address| address.seed < seeds)
        {
            let canonical = laboratory.canonical(&address);
            if !addresses.contains(&canonical) {
                addresses.push(canonical);
            }
        }
    }
    addresses
}

impl MeasuredLab {
    /// Trains every formula at every address on `workers` threads; `done` is called after each
    /// trial, from any thread.
    ///
    /// # Errors
    /// Why it was stopped.
    pub fn run(
        laboratory: Laboratory,
        formulas: &[&Formula],
        addresses: Vec<TrialAddress>,
        workers: usize,
        stop: &Stop,
        done: &(dyn Fn() + Sync),
    ) -> Result<MeasuredLab, Halt> {
        let trials = laboratory.run_all(formulas, &addresses, workers, stop, done)?;
        let places = addresses
            .into_iter()
            .enumerate()
            .map(|(place, address)| (address, place))
            .collect();
        Ok(MeasuredLab {
            laboratory,
            trials,
            places,
        })
    }

    /// The laboratory that the trials were run in.
    pub fn laboratory(&self) -> &Laboratory {
        &self.laboratory
    }

    /// The number of trials, over all formulas.
    pub fn trials(&self) -> usize {
        self.trials.iter().map(Vec::len).sum()
    }

    /// The field of a rung, or of the full lab, over these trial seeds.
    fn field(&self, rung: Option<usize>, seeds: Range<u32>, measure: Measure) -> FunctionField {
        let mut addresses = self
            .laboratory
            .addresses(rung, &self.laboratory.all_profiles());
        addresses.retain(|address| seeds.contains(&address.seed));
        let place = |address: &TrialAddress| self.places[&self.laboratory.canonical(address)];
        let places: Vec<usize> = addresses.iter().map(place).collect();
        let own = |trials: &Vec<Trial>| -> Vec<Trial> {
            places.iter().map(|place| trials[*place].clone()).collect()
        };
        let trials: Vec<Vec<Trial>> = self.trials.iter().map(own).collect();
        FunctionField::of(&self.laboratory, &addresses, &trials, measure)
    }

    /// Every target with the indices of its profiles: the profiles, and `general` where it is
    /// another.
    fn targets(&self) -> Vec<FieldTarget> {
        let profiles = self.laboratory.lab().profiles.iter().enumerate();
        let mut targets: Vec<FieldTarget> = profiles
            .map(|(index, profile)| FieldTarget {
                name: profile.name.clone(),
                profiles: vec![index],
            })
            .collect();
        let general = self.laboratory.profiles_of("general");
        if general.len() > 1 {
            targets.push(FieldTarget {
                name: "general".to_owned(),
                profiles: general,
            });
        }
        targets
    }

    fn rungs(&self, seeds: u32, targets: &[FieldTarget]) -> Vec<RungField> {
        let trials = |rung: usize, target: &FieldTarget| {
            let addresses = self.laboratory.addresses(Some(rung), &target.profiles);
            let first = addresses.iter().filter(|address| address.seed < seeds);
            first.count()
        };
        let rungs = self.laboratory.lab().rungs.iter().enumerate();
        rungs
            .map(|(index, rung)| RungField {
                name: rung.name.clone(),
                keep: rung.keep,
                trials: targets.iter().map(|target| trials(index, target)).collect(),
                field: self.field(Some(index), 0..seeds, Measure::OutOfDistribution),
            })
            .collect()
    }

    fn measures(&self, seeds: u32) -> Vec<MeasureField> {
        let lab = self.laboratory.lab();
        Measure::all(lab.sizes.shells.len())
            .into_iter()
            .map(|measure| MeasureField {
                name: measure_name(measure, lab),
                field: self.field(None, 0..seeds, measure),
            })
            .collect()
    }
}

impl ValidationFields {
    /// The fields of the labs of [`labs_to_measure`] for the same `seeds`.
    pub fn of(
        own: &MeasuredLab,
        fresh: &MeasuredLab,
        vault: Option<&MeasuredLab>,
        seeds: u32,
    ) -> ValidationFields {
        let outside = Measure::OutOfDistribution;
        let lab = own.laboratory.lab();
        let targets = own.targets();
        ValidationFields {
            law: lab.fitness.clone(),
            own: own.field(None, 0..seeds, outside),
            other_seeds: own.field(None, seeds..2 * seeds, outside),
            fresh: fresh.field(None, 0..seeds, outside),
            measures: own.measures(seeds),
            rungs: own.rungs(seeds, &targets),
            vault: vault.map(|vault| {
                let other = vault.laboratory.lab();
                let place = |name: &str| {
                    let mut profiles = other.profiles.iter();
                    profiles.position(|profile| profile.name == name)
                };
                VaultField {
                    law: other.fitness.clone(),
                    profiles: lab
                        .profiles
                        .iter()
                        .map(|profile| place(&profile.name))
                        .collect(),
                    field: vault.field(None, 0..other.seeds, outside),
                }
            }),
            targets,
        }
    }
}

fn measure_name(measure: Measure, lab: &Lab) -> String {
    match measure {
        Measure::Train => "train loss".to_owned(),
        Measure::InDistribution => "in-distribution loss".to_owned(),
        Measure::Shell(index) => {
            let (from, to) = lab.sizes.shells[index];
            format!("shell {from} to {to}")
        }
        Measure::OutOfDistribution => "out-of-distribution loss (the fitness)".to_owned(),
    }
}

//! Chaotic systems: the target is an observable some time, or some iterations, after the initial state that is the input.

pub mod catalogue;
pub mod dynamics;
mod history;
pub mod integrator;

use serde::{Deserialize, Serialize};

use super::law::{Law, Undefined};
use super::region::Region;
use super::DatasetError;
use crate::nearest::nearest;
use catalogue::{Kind, System};

/// The longest flow, in units of the system's default horizon, and the most iterations of a map.
const LONGEST_HORIZON: f64 = 100.0;
const MOST_ITERATIONS: u32 = 1000;

/// A task whose law is a chaotic system's flow map, or iterates of its map.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ChaosTask {
    pub name: String,
    /// A system of `datasets/chaos.toml`.
    pub system: String,
    /// The coordinate of the later state that is the target.
    pub observable: String,
    /// The time that passes; flows only. The system's own where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub horizon: Option<f64>,
    /// The number of iterations; maps only. The system's own where not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iterations: Option<u32>,
    /// Parameters that are inputs, in this order before the state; the others keep their values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vary: Vec<String>,
}

impl ChaosTask {
    /// Besides the names and ranges, that the centre of the region can be carried forward.
    pub(super) fn check(&self) -> Result<(), DatasetError> {
        let Region::Box { center, .. } = self.region()? else { unreachable!("states lie in a box") };
        match self.draw()?.state(&center) {
            Ok(_) => Ok(()),
            Err(undefined) => Err(DatasetError::Undefined { task: self.name.clone(), point: center, reason: undefined.0 }),
        }
    }

    fn system(&self) -> Result<&'static System, DatasetError> {
        let systems = catalogue::systems()?;
        systems.iter().find(|system| system.name == self.system).ok_or_else(|| DatasetError::UnknownName {
            task: self.name.clone(),
            what: "system",
            found: self.system.clone(),
            nearest: nearest(&self.system, systems.iter().map(|system| system.name.as_str())).to_owned(),
        })
    }

    /// Where in the system's parameters those lie that are inputs.
    fn varied(&self, system: &System) -> Result<Vec<usize>, DatasetError> {
        let mut varied = Vec::new();
        for name in &self.vary {
            let found = system.parameters.iter().position(|parameter| parameter.name == *name && parameter.half_width.is_some());
            let index = found.ok_or_else(|| DatasetError::UnknownName {
                task: self.name.clone(),
                what: "parameter that can vary",
                found: name.clone(),
                nearest: nearest(
                    name,
                    system.parameters.iter().filter(|parameter| parameter.half_width.is_some()).map(|parameter| parameter.name.as_str()),
                )
                .to_owned(),
            })?;
            if varied.contains(&index) {
                let (wanted, found) = ("a list without repetitions".to_string(), format!("{:?}", self.vary));
                return Err(DatasetError::BadField { task: self.name.clone(), field: "vary", wanted, found });
            }
            varied.push(index);
        }
        Ok(varied)
    }

    pub(super) fn region(&self) -> Result<Region, DatasetError> {
        let system = self.system()?;
        let (mut center, mut half_widths) = (Vec::new(), Vec::new());
        for index in self.varied(system)? {
            let parameter = &system.parameters[index];
            center.push(parameter.value);
            half_widths.extend(parameter.half_width);
        }
        center.extend(&system.center);
        half_widths.extend(&system.half_widths);
        Ok(Region::whole_box(center, half_widths))
    }

    /// How many half-widths the system's box may be stretched, and what ends there.
    pub(super) fn reach(&self) -> Result<(f64, &'static str), DatasetError> {
        Ok((self.system()?.reach, "the system's states escape or leave the attractor's surroundings"))
    }

    /// The map from inputs to the observable. A pure function of the definition: nothing about it is random.
    pub fn draw(&self) -> Result<FlowMap, DatasetError> {
        let system = self.system()?;
        let bad = |field, wanted: String, found: String| DatasetError::BadField { task: self.name.clone(), field, wanted, found };
        let observable = system.coordinates.iter().position(|name| *name == self.observable).ok_or_else(|| DatasetError::UnknownName {
            task: self.name.clone(),
            what: "observable",
            found: self.observable.clone(),
            nearest: nearest(&self.observable, system.coordinates.iter().map(String::as_str)).to_owned(),
        })?;
        let advance = match system.kind {
            Kind::Flow { horizon: usual } => {
                if let Some(iterations) = self.iterations {
                    return Err(bad("iterations", format!("left out, `{}` being a flow with a `horizon`", system.name), iterations.to_string()));
                }
                let horizon = self.horizon.unwrap_or(usual);
                let longest = usual * LONGEST_HORIZON;
                if !(horizon > 0.0 && horizon <= longest) {
                    return Err(bad("horizon", format!("above 0 and at most {longest}"), horizon.to_string()));
                }
                Advance::Time(horizon)
            }
            Kind::Map { iterations: usual } => {
                if let Some(horizon) = self.horizon {
                    return Err(bad("horizon", format!("left out, `{}` being a map with `iterations`", system.name), horizon.to_string()));
                }
                let iterations = self.iterations.unwrap_or(usual);
                if iterations == 0 || iterations > MOST_ITERATIONS {
                    return Err(bad("iterations", format!("between 1 and {MOST_ITERATIONS}"), iterations.to_string()));
                }
                Advance::Iterations(iterations)
            }
        };
        Ok(FlowMap { system, varied: self.varied(system)?, advance, observable })
    }
}

/// How far a state is carried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Advance {
    Time(f64),
    Iterations(u32),
}

/// The map from (varied parameters, initial state) to an observable of the later state.
#[derive(Clone, Debug)]
pub struct FlowMap {
    system: &'static System,
    varied: Vec<usize>,
    advance: Advance,
    observable: usize,
}

impl FlowMap {
    /// The whole later state.
    pub fn state(&self, point: &[f64]) -> Result<Vec<f64>, Undefined> {
        let (varied, state) = point.split_at(self.varied.len());
        let mut parameters: Vec<f64> = self.system.parameters.iter().map(|parameter| parameter.value).collect();
        for (&index, &value) in self.varied.iter().zip(varied) {
            parameters[index] = value;
        }
        self.system.dynamics.advance(&parameters, state, self.advance)
    }
}

impl Law for FlowMap {
    fn target(&self, point: &[f64]) -> Result<f64, Undefined> {
        Ok(self.state(point)?[self.observable])
    }
}

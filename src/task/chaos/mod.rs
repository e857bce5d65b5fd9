//! Chaotic systems: the target is an observable some time, or some iterations, after the state that
//! is the input, or its time derivative there.

mod advance;
pub mod catalogue;
mod delays;
pub mod dynamics;
mod flow_map;
mod flows;
mod history;
pub mod integrator;
mod maps;
mod motion;

use serde::{Deserialize, Serialize};

use super::law::Law;
use super::region::Region;
use super::TaskError;
use crate::formula::nearest::nearest;
use catalogue::{Kind, System};
use flow_map::Observation;

pub use advance::Advance;
pub use flow_map::FlowMap;

/// The longest flow, in units of the system's default horizon, and the most iterations of a map.
const LONGEST_HORIZON: f64 = 100.0;
const MOST_ITERATIONS: u32 = 1000;

/// What ends where the shells of a system's box end.
const ESCAPE: &str = "the system's states escape or leave the attractor's surroundings";

/// A task whose law is a chaotic system's flow map, iterates of its map, or its vector field.
///
/// The inputs are the parameters of `vary`, the initial state, and the horizon where `horizons`
/// makes it one, in this order.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ChaosTask {
    /// The task's name.
    pub name: String,
    /// A system of `datasets/chaos.toml`.
    pub system: String,
    /// The name of the coordinate that the target observes.
    pub observable: String,
    /// What of the observable is the target: its value later, where absent.
    #[serde(default, skip_serializing_if = "Target::is_state")]
    pub target: Target,
    /// The time that passes between input and target, for flows and delay systems; the system's own
    /// where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub horizon: Option<f64>,
    /// The shortest and the longest horizon of training, which makes the horizon an input; flows
    /// only, instead of `horizon`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub horizons: Option<[f64; 2]>,
    /// The number of iterations between input and target, at least 1, for maps; the system's own
    /// where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iterations: Option<u32>,
    /// The names of the parameters that are inputs; the others keep their values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vary: Vec<String>,
    /// Which inputs leave their training range in the shells; all where absent.
    #[serde(default, skip_serializing_if = "Leaving::is_region")]
    pub leaving: Leaving,
}

/// What of the observable is the target.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Its value after the horizon or the iterations.
    #[default]
    State,
    /// Its time derivative at the input.
    VectorField,
}

impl Target {
    fn is_state(&self) -> bool {
        *self == Target::State
    }
}

/// Which inputs leave their training range in the shells; the others stay in it.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Leaving {
    /// All of them.
    #[default]
    Region,
    /// The parameters of `vary`.
    Parameter,
    /// The horizon.
    Horizon,
}

impl Leaving {
    fn is_region(&self) -> bool {
        *self == Leaving::Region
    }
}

impl ChaosTask {
    /// Besides the names and ranges, that the centre of the region has a target.
    pub(super) fn check(&self) -> Result<(), TaskError> {
        let law = self.draw()?;
        let Region::Box { center, .. } = self.region()? else {
            unreachable!("states lie in a box")
        };
        match law.target(&center) {
            Ok(_) => Ok(()),
            Err(undefined) => Err(TaskError::Undefined {
                task: self.name.clone(),
                point: center,
                reason: undefined.0,
            }),
        }
    }

    fn bad(
        &self,
        field: &'static str,
        wanted: impl Into<String>,
        found: impl Into<String>,
    ) -> TaskError {
        TaskError::BadField {
            task: self.name.clone(),
            field,
            wanted: wanted.into(),
            found: found.into(),
        }
    }

    fn unknown<'a>(
        &self,
        what: &'static str,
        found: &str,
        known: impl Iterator<Item = &'a str>,
    ) -> TaskError {
        TaskError::UnknownName {
            task: self.name.clone(),
            what,
            found: found.to_owned(),
            nearest: nearest(found, known).to_owned(),
        }
    }

    fn system(&self) -> Result<&'static System, TaskError> {
        let systems = catalogue::systems()?;
        let found = systems.iter().find(|system| system.name == self.system);
        found.ok_or_else(|| {
            self.unknown(
                "system",
                &self.system,
                systems.iter().map(|system| system.name.as_str()),
            )
        })
    }

    /// Where in the system's parameters those lie that are inputs.
    fn varied(&self, system: &System) -> Result<Vec<usize>, TaskError> {
        let can_vary = || {
            system
                .parameters
                .iter()
                .filter(|parameter| parameter.half_width.is_some())
                .map(|parameter| parameter.name.as_str())
        };
        if !self.vary.is_empty() && can_vary().next().is_none() {
            return Err(self.bad(
                "vary",
                format!("left out, no parameter of `{}` having a range", system.name),
                format!("{:?}", self.vary),
            ));
        }
        let mut varied = Vec::new();
        for name in &self.vary {
            let found = system
                .parameters
                .iter()
                .position(|parameter| parameter.name == *name && parameter.half_width.is_some());
            let index =
                found.ok_or_else(|| self.unknown("parameter that can vary", name, can_vary()))?;
            if varied.contains(&index) {
                return Err(self.bad(
                    "vary",
                    "a list without repetitions",
                    format!("{:?}", self.vary),
                ));
            }
            varied.push(index);
        }
        Ok(varied)
    }

    pub(super) fn region(&self) -> Result<Region, TaskError> {
        let system = self.system()?;
        let (mut center, mut half_widths) = (Vec::new(), Vec::new());
        for index in self.varied(system)? {
            let parameter = &system.parameters[index];
            center.push(parameter.value);
            half_widths.extend(parameter.half_width);
        }
        let parameters = center.len();
        center.extend(&system.center);
        half_widths.extend(&system.half_widths);
        let before_horizon = center.len();
        if let Some([shortest, longest]) = self.horizons {
            center.push((shortest + longest) / 2.0);
            half_widths.push((longest - shortest) / 2.0);
        }
        let leaving = match self.leaving {
            Leaving::Region => vec![true; center.len()],
            Leaving::Parameter => (0..center.len()).map(|index| index < parameters).collect(),
            Leaving::Horizon => (0..center.len())
                .map(|index| index >= before_horizon)
                .collect(),
        };
        match (self.leaving, leaving.contains(&true)) {
            (_, true) => Ok(Region::Box {
                center,
                half_widths,
                leaving,
            }),
            (Leaving::Horizon, false) => Err(self.bad(
                "horizons",
                "[shortest, longest] of the training horizons, as `leaving` is \"horizon\"",
                "nothing",
            )),
            (_, false) => Err(self.bad(
                "vary",
                "a list of the parameters that leave, as `leaving` is \"parameter\"",
                "nothing",
            )),
        }
    }

    /// How many half-widths the inputs that leave may go, and what ends there.
    pub(super) fn reach(&self) -> Result<(f64, &'static str), TaskError> {
        let system = self.system()?.reach;
        let horizon = self.horizons.map_or(f64::INFINITY, |[shortest, longest]| {
            (longest + shortest) / (longest - shortest)
        });
        Ok(match self.leaving {
            Leaving::Parameter => (system, ESCAPE),
            Leaving::Region if system <= horizon => (system, ESCAPE),
            Leaving::Region | Leaving::Horizon => (horizon, "the horizon is 0"),
        })
    }

    /// The law, a pure function of the definition.
    pub fn draw(&self) -> Result<FlowMap, TaskError> {
        let system = self.system()?;
        let coordinates = system.coordinates.iter().map(String::as_str);
        let observable = coordinates.clone().position(|name| name == self.observable);
        let observable =
            observable.ok_or_else(|| self.unknown("observable", &self.observable, coordinates))?;
        let timeless = matches!(system.kind, Kind::Map { .. } | Kind::Delay { .. })
            || self.target == Target::VectorField;
        if self.leaving == Leaving::Horizon && timeless {
            let wanted = "\"region\" or \"parameter\", only the state of a flow having a horizon \
                that can be any number";
            return Err(self.bad("leaving", wanted, "\"horizon\""));
        }
        let observation = match self.target {
            Target::State => self.later(system)?,
            Target::VectorField => self.derivative(system)?,
        };
        Ok(FlowMap {
            system,
            varied: self.varied(system)?,
            observable,
            observation,
        })
    }

    /// The observation of the state after the horizon or the iterations.
    fn later(&self, system: &System) -> Result<Observation, TaskError> {
        match system.kind {
            Kind::Flow { horizon: usual } | Kind::Delay { horizon: usual } => {
                if let Some(iterations) = self.iterations {
                    let wanted = format!(
                        "left out, `{}` being no map but a flow with a `horizon`",
                        system.name
                    );
                    return Err(self.bad("iterations", wanted, iterations.to_string()));
                }
                let longest = usual * LONGEST_HORIZON;
                if let Some(horizons) = self.horizons {
                    return self.later_by_input(system, horizons, longest);
                }
                let horizon = self.horizon.unwrap_or(usual);
                if !(horizon > 0.0 && horizon <= longest) {
                    return Err(self.bad(
                        "horizon",
                        format!("above 0 and at most {longest}"),
                        horizon.to_string(),
                    ));
                }
                Ok(Observation::After(Advance::Time(horizon)))
            }
            Kind::Map { iterations: usual } => {
                let horizons = self
                    .horizons
                    .map(|horizons| ("horizons", format!("{horizons:?}")));
                if let Some((field, found)) = self
                    .horizon
                    .map(|horizon| ("horizon", horizon.to_string()))
                    .or(horizons)
                {
                    return Err(self.bad(
                        field,
                        format!("left out, `{}` being a map with `iterations`", system.name),
                        found,
                    ));
                }
                let iterations = self.iterations.unwrap_or(usual);
                if iterations == 0 || iterations > MOST_ITERATIONS {
                    return Err(self.bad(
                        "iterations",
                        format!("between 1 and {MOST_ITERATIONS}"),
                        iterations.to_string(),
                    ));
                }
                Ok(Observation::After(Advance::Iterations(iterations)))
            }
        }
    }

    fn later_by_input(
        &self,
        system: &System,
        horizons: [f64; 2],
        farthest: f64,
    ) -> Result<Observation, TaskError> {
        let [shortest, longest] = horizons;
        if matches!(system.kind, Kind::Delay { .. }) {
            let wanted = format!(
                "left out, the horizons of `{}` being multiples of a quarter of its delay: give \
                 one `horizon`",
                system.name
            );
            return Err(self.bad("horizons", wanted, format!("{horizons:?}")));
        }
        if let Some(horizon) = self.horizon {
            return Err(self.bad(
                "horizon",
                "left out where `horizons` are given",
                horizon.to_string(),
            ));
        }
        if !(shortest > 0.0 && shortest < longest && longest <= farthest) {
            return Err(self.bad(
                "horizons",
                format!("[shortest, longest], above 0 and at most {farthest}"),
                format!("{horizons:?}"),
            ));
        }
        Ok(Observation::AfterInput)
    }

    fn derivative(&self, system: &System) -> Result<Observation, TaskError> {
        let bad_target =
            |why: String| self.bad("target", format!("\"state\", {why}"), "\"vector-field\"");
        let given = [
            ("horizon", self.horizon.is_some()),
            ("horizons", self.horizons.is_some()),
            ("iterations", self.iterations.is_some()),
        ];
        if let Some((field, _)) = given.iter().find(|field| field.1) {
            return Err(self.bad(
                field,
                "left out, a vector field being taken at the state itself",
                "a value",
            ));
        }
        match system.kind {
            Kind::Map { .. } => Err(bad_target(format!("`{}` being a map", system.name))),
            Kind::Delay { .. } if Some(&self.observable) != system.coordinates.last() => {
                Err(bad_target(format!(
                    "only the present value x0 of `{}` having a derivative",
                    system.name
                )))
            }
            _ => Ok(Observation::Derivative),
        }
    }
}

//! The table of systems in `datasets/chaos.toml`, read once and held to the equations in
//! [`super::dynamics`].

use std::sync::OnceLock;

use serde::Deserialize;

use super::dynamics::Dynamics;
use crate::task::TaskError;

const FILE: &str = "datasets/chaos.toml";
const TEXT: &str = include_str!("../../../datasets/chaos.toml");

/// What carries a state forward, and how far by default. The state of a delay system is its
/// history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// An ordinary differential equation.
    Flow {
        /// The time that passes between input and target.
        horizon: f64,
    },
    /// A map that is iterated.
    Map {
        /// The iterations between input and target.
        iterations: u32,
    },
    /// A delay differential equation.
    Delay {
        /// The time that passes between input and target.
        horizon: f64,
    },
}

/// A parameter of a system's equations.
#[derive(Deserialize, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// The name that the equations call it by.
    pub name: String,
    /// Its value where it is not an input.
    pub value: f64,
    /// Half the width of its training range about `value`; `None` where the parameter cannot be an
    /// input.
    pub half_width: Option<f64>,
}

/// A system, its parameters and the box of its initial states.
#[derive(Clone, Debug)]
pub struct System {
    /// The system's name in lab files.
    pub name: String,
    /// What carries its state forward.
    pub kind: Kind,
    /// Its equations.
    pub dynamics: Dynamics,
    /// The names of the coordinates, in the equations' order.
    pub coordinates: Vec<String>,
    /// The middle of the box of initial states, one number a coordinate.
    pub center: Vec<f64>,
    /// Half the width of that box in each coordinate, above 0.
    pub half_widths: Vec<f64>,
    /// How far the shells may reach, in half-widths of the box.
    pub reach: f64,
    /// The parameters, in the equations' order.
    pub parameters: Vec<Parameter>,
}

/// All systems, in the file's order.
///
/// # Errors
/// The embedded file cannot be read, or contradicts the equations.
pub fn systems() -> Result<&'static [System], TaskError> {
    static SYSTEMS: OnceLock<Result<Vec<System>, TaskError>> = OnceLock::new();
    SYSTEMS.get_or_init(read).as_deref().map_err(Clone::clone)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SystemsFile {
    system: Vec<SystemRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SystemRow {
    name: String,
    kind: String,
    coordinates: Vec<String>,
    center: Vec<f64>,
    half_widths: Vec<f64>,
    reach: f64,
    horizon: Option<f64>,
    iterations: Option<u32>,
    parameters: Vec<Parameter>,
}

fn read() -> Result<Vec<System>, TaskError> {
    let file: SystemsFile = toml::from_str(TEXT).map_err(|error| TaskError::BadFile {
        file: FILE,
        detail: error.to_string(),
    })?;
    file.system.into_iter().map(admit).collect()
}

/// The row as a system, where it agrees with the equations that bear its name.
fn admit(row: SystemRow) -> Result<System, TaskError> {
    let bad = |detail: &str| TaskError::BadFile {
        file: FILE,
        detail: format!("system `{}`: {detail}", row.name),
    };
    let dynamics = Dynamics::named(&row.name).ok_or_else(|| bad("no equations bear this name"))?;
    if row.kind != dynamics.kind() {
        return Err(bad(&format!(
            "wanted kind {:?}, as its equations are, found {:?}",
            dynamics.kind(),
            row.kind
        )));
    }
    let kind = match (row.kind.as_str(), row.horizon, row.iterations) {
        ("flow", Some(horizon), None) => Kind::Flow { horizon },
        ("delay", Some(horizon), None) => Kind::Delay { horizon },
        ("map", None, Some(iterations)) => Kind::Map { iterations },
        _ => {
            return Err(bad(
                "a flow and a delay system have a `horizon`, a map has `iterations`",
            ))
        }
    };
    check(&row, dynamics).map_err(|detail| bad(&detail))?;
    Ok(System {
        name: row.name,
        kind,
        dynamics,
        coordinates: row.coordinates,
        center: row.center,
        half_widths: row.half_widths,
        reach: row.reach,
        parameters: row.parameters,
    })
}

/// Holds a row to the equations that bear its name; what is wrong with it, in words.
fn check(row: &SystemRow, dynamics: Dynamics) -> Result<(), String> {
    let parameters = row
        .parameters
        .iter()
        .map(|parameter| parameter.name.as_str());
    if !parameters.eq(dynamics.parameters().iter().copied()) {
        return Err(format!(
            "the equations' parameters are {:?}, in this order",
            dynamics.parameters()
        ));
    }
    let coordinates = row.coordinates.iter().map(String::as_str);
    if !coordinates.eq(dynamics.coordinates().iter().copied()) {
        return Err(format!(
            "the equations' coordinates are {:?}, in this order",
            dynamics.coordinates()
        ));
    }
    let dimension = dynamics.dimension();
    if [row.center.len(), row.half_widths.len()] != [dimension; 2] {
        return Err(format!(
            "center and half_widths must have {dimension} entries each"
        ));
    }
    let varied = row
        .parameters
        .iter()
        .filter_map(|parameter| parameter.half_width);
    let mut widths = row.half_widths.iter().copied().chain(varied);
    if !widths.all(|width| width > 0.0) {
        return Err("half-widths must be above 0".to_owned());
    }
    Ok(())
}

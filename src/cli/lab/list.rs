//! `motherlode lab list`: the shipped labs.

use serde_json::{json, Value};

use crate::cli::common::{Common, Ending, Failure};
use crate::cli::output;
use crate::cli::table::table;
use crate::lab::Lab;
use crate::task::TaskDefinition;

/// Lists the labs that come with the program.
pub fn run(common: &Common) -> Result<Ending, Failure> {
    let labs = Lab::names()
        .map(|name| Lab::parse(Lab::shipped(name)?))
        .collect::<Result<Vec<Lab>, _>>()?;
    if common.json {
        let labs: Vec<Value> = labs.iter().map(fields).collect();
        output::document(&json!({ "labs": labs }))?;
        return Ok(Ending::Done);
    }
    let mut table = table(&[
        "lab",
        "tasks",
        "families",
        "profiles",
        "trials a formula",
        "what it is",
    ]);
    for lab in &labs {
        let row = [
            lab.name.clone(),
            lab.tasks.len().to_string(),
            families(&lab.tasks).join(", "),
            lab.profiles
                .iter()
                .map(|profile| profile.name.as_str())
                .collect::<Vec<_>>()
                .join(", "),
            trials(lab).to_string(),
            lab.description.clone(),
        ];
        table.add_row(row);
    }
    output::line(&table)?;
    common.say(
        "a lab of your own is a TOML file like these; wherever a lab is asked for, a path \
        to one will do",
    );
    common.say("next: motherlode lab show standard");
    Ok(Ending::Done)
}

fn fields(lab: &Lab) -> Value {
    json!({
        "name": lab.name,
        "description": lab.description,
        "tasks": lab.tasks.len(),
        "families": families(&lab.tasks),
        "profiles": lab.profiles.iter().map(|profile| &profile.name).collect::<Vec<_>>(),
        "seeds": lab.seeds,
        "trials": trials(lab),
    })
}

/// The trials of a formula on all tasks under all profiles.
fn trials(lab: &Lab) -> usize {
    lab.profiles
        .iter()
        .map(|profile| profile.networks.len())
        .sum::<usize>()
        * lab.tasks.len()
        * lab.seeds as usize
}

/// The families of tasks, in order of appearance.
pub fn families(tasks: &[TaskDefinition]) -> Vec<&'static str> {
    let mut names: Vec<&str> = Vec::new();
    for task in tasks {
        if !names.contains(&task.family().name()) {
            names.push(task.family().name());
        }
    }
    names
}

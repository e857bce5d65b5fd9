//! What makes a lab's definition sound, and what is said where it is not.

use super::definition::{Lab, Profile, Publication, Rung, MOST_SEEDS};
use super::error::LabError;
use super::law::FitnessLaw;
use super::screening::screen;
use crate::formula::Formula;
use crate::record::block::ALL;
use crate::task::TaskDefinition;

/// The most tasks of a lab, and formulas that it says were published.
const MOST_TASKS: usize = 1_000;
/// The most of anything else that a lab has several of.
const MOST_PARTS: usize = 200;

/// Holds a lab to all that its parts need of one another; the first fault found is the error.
pub fn check(lab: &Lab) -> Result<(), LabError> {
    check_counts(lab)?;
    check_head(lab)?;
    check_names(lab)?;
    for profile in lab
        .profiles
        .iter()
        .chain(lab.rungs.iter().flat_map(|rung| &rung.profiles))
    {
        check_profile(lab, profile)?;
    }
    if let Some(name) = duplicate(lab.rungs.iter().map(|rung| rung.name.as_str())) {
        return unsound(lab, format!("two rungs are named '{name}'"));
    }
    for rung in &lab.rungs {
        check_rung(lab, rung).or_else(|problem| {
            let name = &rung.name;
            unsound(lab, format!("rung '{name}': {problem}"))
        })?;
    }
    for task in &lab.tasks {
        task.check()
            .or_else(|error| unsound(lab, error.to_string()))?;
    }
    check_baselines(lab)?;
    for published in &lab.published {
        check_published(lab, published).or_else(|problem| {
            let formula = &published.formula;
            unsound(lab, format!("published '{formula}': {problem}"))
        })?;
    }
    check_law(lab)?;
    let profiles: Vec<&str> = lab.profiles.iter().map(|own| own.name.as_str()).collect();
    lab.words
        .check(&profiles)
        .or_else(|problem| unsound(lab, problem))
}

/// Refuses more parts than a lab has by any design: each is drawn, trained or shown.
fn check_counts(lab: &Lab) -> Result<(), LabError> {
    let profiles = || {
        let of_rungs = lab.rungs.iter().flat_map(|rung| &rung.profiles);
        lab.profiles.iter().chain(of_rungs)
    };
    let networks = profiles().map(|profile| profile.networks.len());
    let counts = [
        ("tasks", lab.tasks.len(), MOST_TASKS),
        ("profiles", profiles().count(), MOST_PARTS),
        (
            "networks in one profile",
            networks.max().unwrap_or(0),
            MOST_PARTS,
        ),
        ("rungs", lab.rungs.len(), MOST_PARTS),
        ("baselines", lab.baselines.len(), MOST_PARTS),
        ("shells", lab.sizes.shells.len(), MOST_PARTS),
        ("published formulas", lab.published.len(), MOST_TASKS),
    ];
    match counts.into_iter().find(|(_, found, most)| found > most) {
        Some((what, found, most)) => unsound(
            lab,
            format!("it has {found} {what}, at most {most} are taken"),
        ),
        None => Ok(()),
    }
}

fn unsound(lab: &Lab, problem: impl Into<String>) -> Result<(), LabError> {
    Err(LabError::Unsound {
        lab: lab.name.clone(),
        problem: problem.into(),
    })
}

fn check_head(lab: &Lab) -> Result<(), LabError> {
    if lab.tasks.is_empty() || lab.profiles.is_empty() || lab.baselines.is_empty() || lab.seeds == 0
    {
        return unsound(
            lab,
            "at least one task, one profile, one baseline and one seed are needed",
        );
    }
    if lab.seeds > MOST_SEEDS {
        let seeds = lab.seeds;
        return unsound(
            lab,
            format!("seeds must be at most {MOST_SEEDS}, found {seeds}"),
        );
    }
    if lab.sizes.shells.is_empty() {
        return unsound(
            lab,
            "sizes.shells is empty; out-of-distribution loss needs at least one shell, such as \
             [1.0, 1.25]",
        );
    }
    lab.sizes
        .check()
        .or_else(|error| unsound(lab, error.to_string()))
}

fn check_names(lab: &Lab) -> Result<(), LabError> {
    let profiles = || lab.profiles.iter().map(|profile| profile.name.as_str());
    let mut names = std::iter::once(("the lab", lab.name.as_str()))
        .chain(profiles().map(|name| ("a profile", name)));
    if let Some((what, name)) =
        names.find(|(_, name)| name.trim().is_empty() || name.chars().any(char::is_control))
    {
        return unsound(
            lab,
            format!("{what} needs a name on one line, found {name:?}"),
        );
    }
    if let Some(name) = duplicate(lab.tasks.iter().map(TaskDefinition::name)) {
        return unsound(lab, format!("two tasks are named '{name}'"));
    }
    if let Some(name) = duplicate(profiles()) {
        return unsound(lab, format!("two profiles are named '{name}'"));
    }
    let is_missing = |name: &&String| !profiles().any(|profile| profile == name.as_str());
    match lab.general.iter().find(is_missing) {
        Some(name) => unsound(
            lab,
            format!("general names the profile '{name}', which the lab does not have"),
        ),
        None => Ok(()),
    }
}

fn check_profile(lab: &Lab, profile: &Profile) -> Result<(), LabError> {
    let name = &profile.name;
    let taken = match name.as_str() {
        "general" => Some("the mean of several profiles"),
        ALL => Some("every profile of a lab, each for itself"),
        _ => None,
    };
    if let Some(meaning) = taken {
        return unsound(
            lab,
            format!("a profile cannot be named {name}: that is {meaning}"),
        );
    }
    if profile.networks.is_empty() {
        return unsound(lab, format!("profile '{name}' has no network"));
    }
    let networks = profile.networks.iter();
    if let Some(network) = duplicate(networks.map(|network| network.name.as_str())) {
        return unsound(
            lab,
            format!("two networks of profile '{name}' are named '{network}'"),
        );
    }
    for network in &profile.networks {
        network
            .check()
            .or_else(|error| unsound(lab, error.to_string()))?;
    }
    Ok(())
}

fn check_rung(lab: &Lab, rung: &Rung) -> Result<(), String> {
    if !(rung.keep > 0.0 && rung.keep <= 1.0) {
        let keep = rung.keep;
        return Err(format!("keep must be above 0 and at most 1, found {keep}"));
    }
    if rung.tasks.is_empty() {
        return Err("no tasks are named".to_owned());
    }
    let names_no_task = |name: &&String| !lab.tasks.iter().any(|task| task.name() == name.as_str());
    if let Some(name) = rung.tasks.iter().find(names_no_task) {
        return Err(format!("the lab has no task '{name}'"));
    }
    if let Some(name) = duplicate(rung.tasks.iter().map(String::as_str)) {
        return Err(format!("the task '{name}' is named twice"));
    }
    if rung.field == 0 || rung.least_field > rung.field {
        let Rung {
            field, least_field, ..
        } = rung;
        return Err(format!(
            "the field of the latest {field} never reaches least_field = {least_field}, so that \
             nothing would be dropped; let field be at least 1 and least_field"
        ));
    }
    check_rung_profiles(lab, rung)
}

fn check_rung_profiles(lab: &Lab, rung: &Rung) -> Result<(), String> {
    let is_foreign = |own: &&Profile| !lab.profiles.iter().any(|known| known.name == own.name);
    if let Some(own) = rung.profiles.iter().find(is_foreign) {
        return Err(format!(
            "networks are given for the profile '{}', which the lab does not have",
            own.name
        ));
    }
    if let Some(name) = duplicate(rung.profiles.iter().map(|own| own.name.as_str())) {
        return Err(format!("networks are given twice for profile '{name}'"));
    }
    let is_left_out = |profile: &&Profile| {
        rung.networks.is_none() && !rung.profiles.iter().any(|own| own.name == profile.name)
    };
    match lab.profiles.iter().find(is_left_out) {
        Some(profile) => Err(format!(
            "no networks are given for profile '{}'; add a [[rung.profile]], or networks = \
             \"full\" to run the profile's own",
            profile.name
        )),
        None => Ok(()),
    }
}

/// A baseline must be trainable like any other formula, and stand once: it founds the archive and
/// fills a row of every table.
fn check_baselines(lab: &Lab) -> Result<(), LabError> {
    let mut known: Vec<(&str, String)> = Vec::new();
    for baseline in &lab.baselines {
        let wrong = |problem: String| unsound(lab, format!("baseline '{baseline}': {problem}"));
        let formula = match Formula::parse(baseline) {
            Ok(formula) => formula,
            Err(error) => return wrong(error.to_string()),
        };
        if let Err(rejection) = screen(&formula) {
            return wrong(rejection.detail());
        }
        let id = formula.id().to_string();
        if let Some((earlier, _)) = known.iter().find(|(_, other)| *other == id) {
            return wrong(format!(
                "it is the same function as '{earlier}'; name it once"
            ));
        }
        known.push((baseline, id));
    }
    Ok(())
}

fn check_published(lab: &Lab, published: &Publication) -> Result<(), String> {
    Formula::parse(&published.formula).map_err(|error| error.to_string())?;
    let mut losses = [&published.train_loss, &published.out_of_distribution_loss]
        .into_iter()
        .chain(published.tasks.values());
    if let Some(loss) = losses.find(|loss| !(loss.is_finite() && **loss > 0.0)) {
        return Err(format!("a loss must be a number above 0, found {loss}"));
    }
    let names_no_task = |name: &&String| !lab.tasks.iter().any(|task| task.name() == name.as_str());
    match published.tasks.keys().find(names_no_task) {
        Some(task) => Err(format!("the lab has no task '{task}'")),
        None => Ok(()),
    }
}

fn check_law(lab: &Lab) -> Result<(), LabError> {
    let (field, found) = match lab.fitness {
        FitnessLaw::LogRatio { clip } => ("clip", clip),
        FitnessLaw::MinusMeanLoss { ceiling } => ("ceiling", ceiling),
    };
    if found.is_finite() && found > 0.0 {
        return Ok(());
    }
    unsound(
        lab,
        format!("fitness.{field} must be above 0, found {found}"),
    )
}

/// The first name that stands twice.
fn duplicate<'a>(mut names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = std::collections::HashSet::new();
    names.find(|name| !seen.insert(*name))
}

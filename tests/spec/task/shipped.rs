//! The shipped labs: every task can be drawn, and the vault holds what no other lab does.

use std::collections::BTreeSet;

use motherlode::lab::Lab;
use motherlode::numerics::stream::Key;
use motherlode::task::{Family, Sizes, TaskDefinition};

fn shipped(name: &str) -> Lab {
    Lab::parse(Lab::shipped(name).unwrap()).unwrap_or_else(|error| panic!("{error}"))
}

fn others() -> Vec<Lab> {
    Lab::names()
        .filter(|name| *name != "vault")
        .map(shipped)
        .collect()
}

/// A task but for its name, which says nothing of what it is.
fn unnamed(task: &TaskDefinition) -> toml::Table {
    let mut table = toml::Table::try_from(task).unwrap();
    table.remove("name");
    table
}

/// The values of a key over the tasks of a family.
fn values(labs: &[Lab], family: Family, key: &str) -> BTreeSet<String> {
    let tasks = labs
        .iter()
        .flat_map(|lab| &lab.tasks)
        .filter(|task| task.family() == family);
    tasks
        .filter_map(|task| unnamed(task).get(key).map(ToString::to_string))
        .collect()
}

#[test]
fn every_task_of_every_shipped_lab_can_be_drawn() {
    // What stands in two labs with the same sizes is the same data.
    let mut drawn: Vec<(TaskDefinition, Sizes)> = Vec::new();
    for name in Lab::names() {
        let lab = shipped(name);
        for task in &lab.tasks {
            if drawn
                .iter()
                .any(|known| (&known.0, &known.1) == (task, &lab.sizes))
            {
                continue;
            }
            let data = task
                .generate(&Key::new(1).word("task").word(task.name()), &lab.sizes)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(data.shells.len(), lab.sizes.shells.len());
            drawn.push((task.clone(), lab.sizes.clone()));
        }
    }
}

#[test]
fn the_full_lab_holds_the_standard_one_and_every_lecture_equation() {
    let (full, standard) = (shipped("full"), shipped("standard"));
    assert!(
        standard.tasks.iter().all(|task| full.tasks.contains(task)),
        "the tasks of standard stand in full under their names"
    );
    assert_eq!(
        (&full.profiles, &full.general),
        (&standard.profiles, &standard.general)
    );
    assert_eq!(
        values(std::slice::from_ref(&full), Family::Feynman, "equation").len(),
        100
    );
    let systems = values(&[full], Family::Chaos, "system");
    assert!(systems.len() >= 24, "{systems:?}");
}

#[test]
fn the_vault_holds_a_family_equations_systems_and_laws_that_no_other_lab_does() {
    let vault = shipped("vault");
    let others = others();
    let families = |labs: &[Lab]| {
        labs.iter()
            .flat_map(|lab| lab.tasks.iter().map(TaskDefinition::family))
            .collect::<BTreeSet<Family>>()
    };
    let own = families(std::slice::from_ref(&vault));
    assert!(
        own.is_superset(&families(&others)),
        "it judges every family that selects"
    );
    assert_eq!(
        own.difference(&families(&others)).collect::<Vec<_>>(),
        [&Family::Process],
        "and one that none selects on"
    );
    for (family, key) in [(Family::Feynman, "equation"), (Family::Chaos, "system")] {
        let (own, theirs) = (
            values(std::slice::from_ref(&vault), family, key),
            values(&others, family, key),
        );
        assert!(
            own.is_disjoint(&theirs) && !own.is_empty(),
            "{key}: {own:?}"
        );
    }
    // Random laws: neither the same name, which with the same seed is the same draw, nor the same
    // definition.
    let names: BTreeSet<&str> = others
        .iter()
        .flat_map(|lab| lab.tasks.iter().map(TaskDefinition::name))
        .collect();
    let laws: Vec<toml::Table> = others
        .iter()
        .flat_map(|lab| lab.tasks.iter().map(unnamed))
        .collect();
    for task in &vault.tasks {
        assert!(!names.contains(task.name()), "{}", task.name());
        assert!(
            !laws.contains(&unnamed(task)),
            "{} is a task of another lab under another name",
            task.name()
        );
    }
    // Harmonics: no training band or box of another lab.
    let (own, theirs) = (
        values(
            std::slice::from_ref(&vault),
            Family::Harmonic,
            "half_widths",
        ),
        values(&others, Family::Harmonic, "half_widths"),
    );
    assert!(own.is_disjoint(&theirs), "{own:?} {theirs:?}");
}

#[test]
fn the_vault_judges_under_networks_and_shells_that_no_other_lab_has() {
    let vault = shipped("vault");
    let shape = |lab: &Lab| {
        let networks = lab
            .profiles
            .iter()
            .chain(lab.rungs.iter().flat_map(|rung| &rung.profiles))
            .flat_map(|profile| &profile.networks);
        networks
            .map(|network| (network.width, network.depth))
            .collect::<BTreeSet<_>>()
    };
    let profiles = |lab: &Lab| {
        lab.profiles
            .iter()
            .map(|profile| profile.name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        profiles(&vault),
        profiles(&shipped("standard")),
        "the same blocks"
    );
    for other in others() {
        // The publication's lab is the one that no campaign selects on by default, and has 2x64 for
        // the publication's sake.
        if other.name != "paper" {
            assert!(
                shape(&vault).is_disjoint(&shape(&other)),
                "{}: {:?}",
                other.name,
                shape(&other)
            );
        }
        assert_ne!(vault.sizes.shells, other.sizes.shells, "{}", other.name);
    }
}

#[test]
fn the_example_of_a_lab_of_ones_own_reads_its_file_and_can_be_drawn() {
    let found = motherlode::config::find_lab(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/examples/own_lab/lab.toml"
    ))
    .unwrap();
    assert_eq!(
        found
            .files
            .iter()
            .map(|file| file.path.as_str())
            .collect::<Vec<_>>(),
        ["pendulum.csv"]
    );
    let families: Vec<Family> = found.lab.tasks.iter().map(TaskDefinition::family).collect();
    assert_eq!(families, [Family::File, Family::Feynman, Family::Feynman]);
    for task in &found.lab.tasks {
        let data = task
            .generate(&Key::new(1), &found.lab.sizes)
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((data.dimension >= 2, data.shells.len()), (true, 1));
    }
}

//! A lab in words: its own where its file has some, and else made from its families, shells,
//! networks and fitness law.

use super::definition::{Lab, Profile};
use super::law::FitnessLaw;
use crate::nets::small::{NetworkDefinition, NetworkKind};
use crate::nets::{Normalisation, Optimiser};
use crate::record::judging::{Judging, JudgingWords};
use crate::record::lab_words::{LabWords, ProfileWords};
use crate::task::definition::JUDGED_SHELLS;
use crate::task::Family;

/// More tasks than this are many.
const FEW_TASKS: usize = 12;
/// The reference's formula is written where it is no longer than this.
const LONGEST_REFERENCE: usize = 60;

/// What a lab says of itself.
pub fn describe(lab: &Lab) -> LabWords {
    let own = &lab.words;
    let text = |own: &Option<String>, made: &dyn Fn() -> String| own.clone().unwrap_or_else(made);
    let profiles: Vec<ProfileWords> = lab
        .profiles
        .iter()
        .map(|profile| ProfileWords {
            profile: profile.name.clone(),
            networks: text(&own.networks.get(&profile.name).cloned(), &|| {
                networks(profile)
            }),
        })
        .collect();
    let of_general: Vec<&ProfileWords> = profiles
        .iter()
        .filter(|words| lab.general.is_empty() || lab.general.contains(&words.profile))
        .collect();
    LabWords {
        families: text(&own.families, &|| families(lab)),
        shells: text(&own.shells, &|| shells(lab)),
        fitness: text(&own.fitness, &|| fitness(lab)),
        reference: lab.baselines[0].clone(),
        general: text(&own.general, &|| general(&of_general)),
        general_profiles: of_general
            .iter()
            .map(|words| words.profile.clone())
            .collect(),
        profiles,
    }
}

/// How a lab judges formulas.
pub fn judging(lab: &Lab) -> Judging {
    Judging {
        words: JudgingWords::Lab(describe(lab)),
        baselines: lab.baselines.clone(),
        profiles: lab
            .profiles
            .iter()
            .map(|profile| profile.name.clone())
            .collect(),
    }
}

fn families(lab: &Lab) -> String {
    let mut known: Vec<(Family, usize)> = Vec::new();
    for task in &lab.tasks {
        match known
            .iter_mut()
            .find(|(family, _)| *family == task.family())
        {
            Some((_, count)) => *count += 1,
            None => known.push((task.family(), 1)),
        }
    }
    let phrases: Vec<&str> = known
        .iter()
        .map(|(family, count)| family_phrase(*family, *count == 1))
        .collect();
    let tasks = match lab.tasks.len() {
        1 => "one small regression task".to_owned(),
        few @ 2..=FEW_TASKS => format!("{} small regression tasks", number(few)),
        _ => "many small regression tasks".to_owned(),
    };
    match phrases.len() {
        1 => format!("{tasks}: {}", phrases[0]),
        several => format!(
            "{tasks} of {} families: {}",
            number(several),
            listed(&phrases)
        ),
    }
}

fn family_phrase(family: Family, single: bool) -> &'static str {
    match (family, single) {
        (Family::Polynomial, true) => "a random polynomial",
        (Family::Polynomial, false) => "random polynomials",
        (Family::Harmonic, true) => "a mixture of spherical harmonics",
        (Family::Harmonic, false) => "spherical harmonics",
        (Family::Feynman, true) => "an equation of physics",
        (Family::Feynman, false) => "equations of physics",
        (Family::Chaos, true) => "the flow map of a chaotic system",
        (Family::Chaos, false) => "the flow maps of chaotic systems",
        (Family::Process, true) => "a draw of a Gaussian process",
        (Family::Process, false) => "draws of Gaussian processes",
        (Family::File, true) => "a table of the user's own data",
        (Family::File, false) => "tables of the user's own data",
    }
}

fn shells(lab: &Lab) -> String {
    let is_table = |family: Family| family == Family::File;
    let tables = lab.tasks.iter().filter(|task| is_table(task.family()));
    let tables = tables.count();
    let table = if tables == 1 { "a table" } else { "tables" };
    if tables == lab.tasks.len() {
        return format!(
            "Training points are rows of {table}. What is judged is the loss on other rows, \
             OUTSIDE the region of those"
        );
    }
    let radii = || lab.sizes.shells.iter();
    let inner = radii()
        .map(|(inner, _)| *inner)
        .fold(f64::INFINITY, f64::min);
    let outer = radii().map(|(_, outer)| *outer).fold(1.0, f64::max);
    let just = if outer <= JUDGED_SHELLS { "just " } else { "" };
    let (from, region, its) = match tables {
        0 => ("a box".to_owned(), "that box", "its half-width"),
        _ => (
            format!("a box, or from the inner rows of {table}"),
            "these",
            "the half-width of a box",
        ),
    };
    let reach = match inner > 1.0 {
        true => format!("from {} to {} {its}", times(inner), times(outer)),
        false => format!("up to {} {its}", times(outer)),
    };
    format!(
        "Training points come from {from}. What is judged is the loss on points {just}OUTSIDE \
         {region}, {reach}"
    )
}

/// How many half-widths, in words.
fn times(radius: f64) -> String {
    match radius {
        1.25 => "one and a quarter times".to_owned(),
        1.5 => "one and a half times".to_owned(),
        2.0 => "twice".to_owned(),
        other => format!("{other} times"),
    }
}

fn networks(profile: &Profile) -> String {
    let mut groups: Vec<(&NetworkDefinition, Vec<&NetworkDefinition>)> = Vec::new();
    for network in &profile.networks {
        match groups
            .iter_mut()
            .find(|(first, _)| is_alike(first, network))
        {
            Some((_, members)) => members.push(network),
            None => groups.push((network, vec![network])),
        }
    }
    let sentences: Vec<String> = groups
        .iter()
        .map(|(first, members)| network_sentence(first, members))
        .collect();
    sentences.join(" ")
}

/// Whether two networks differ in no more than their sizes and how long they are trained.
fn is_alike(a: &NetworkDefinition, b: &NetworkDefinition) -> bool {
    a.kind == b.kind && a.normalises() == b.normalises() && trained_by(a) == trained_by(b)
}

/// One sentence on networks that are alike.
fn network_sentence(first: &NetworkDefinition, networks: &[&NetworkDefinition]) -> String {
    let several = networks.len() > 1;
    let plain = first.normalises() == Normalisation::None;
    let kind = match (first.kind, plain, several) {
        (NetworkKind::Mlp, true, false) => "A plain multilayer perceptron",
        (NetworkKind::Mlp, true, true) => "Plain multilayer perceptrons",
        (NetworkKind::Mlp, false, false) => "A multilayer perceptron",
        (NetworkKind::Mlp, false, true) => "Multilayer perceptrons",
        (NetworkKind::Residual, _, false) => "A small residual network",
        (NetworkKind::Residual, _, true) => "Small residual networks",
    };
    let mut sizes: Vec<String> = Vec::new();
    for network in networks {
        let size = size(network);
        if !sizes.contains(&size) {
            sizes.push(size);
        }
    }
    let sizes = match &sizes[..] {
        [size] => format!(" of {size}"),
        several => {
            let each: Vec<String> = several
                .iter()
                .map(|size| format!("one of {size}"))
                .collect();
            let each: Vec<&str> = each.iter().map(String::as_str).collect();
            format!(", {}", listed(&each))
        }
    };
    let additions: Vec<&str> = normalised(first)
        .into_iter()
        .chain(trained_by(first))
        .collect();
    match additions.is_empty() {
        true => format!("{kind}{sizes}."),
        false => format!("{kind}{sizes}, {}.", additions.join(", and ")),
    }
}

/// `two hidden layers of 32 units`, `two residual blocks of width 32`.
fn size(network: &NetworkDefinition) -> String {
    let plural = if network.depth == 1 { "" } else { "s" };
    let (depth, width) = (number(network.depth), network.width);
    match network.kind {
        NetworkKind::Mlp => format!("{depth} hidden layer{plural} of {width} units"),
        NetworkKind::Residual => format!("{depth} residual block{plural} of width {width}"),
    }
}

/// Where the networks normalise, if they do.
fn normalised(network: &NetworkDefinition) -> Option<&'static str> {
    match (network.kind, network.normalises()) {
        (_, Normalisation::None) => None,
        (NetworkKind::Mlp, Normalisation::Layer) => {
            Some("with layer normalisation before each activation")
        }
        (NetworkKind::Mlp, Normalisation::Batch) => {
            Some("with batch normalisation before each activation")
        }
        (NetworkKind::Residual, Normalisation::Layer) => {
            Some("each block with layer normalisation before it")
        }
        (NetworkKind::Residual, Normalisation::Batch) => {
            Some("each block with batch normalisation before it")
        }
    }
}

/// What trains the networks, where that is not Adam.
fn trained_by(network: &NetworkDefinition) -> Option<&'static str> {
    match network.optimiser {
        Optimiser::Adam { .. } => None,
        Optimiser::AdamW { .. } => Some("trained by AdamW"),
        Optimiser::Sgd { .. } => Some("trained by SGD"),
    }
}

fn fitness(lab: &Lab) -> String {
    let reference = match lab.baselines[0].as_str() {
        long if long.chars().count() > LONGEST_REFERENCE => "the lab's reference".to_owned(),
        short => format!("`{short}`"),
    };
    let one_family = lab
        .tasks
        .iter()
        .all(|task| task.family() == lab.tasks[0].family());
    match lab.fitness {
        FitnessLaw::LogRatio { .. } if one_family => format!(
            "For each task the logarithm of the loss is compared with that of a network with \
             {reference}. The fitness is minus twice the mean over the tasks. Higher is better; \
             {reference} has 0 by definition."
        ),
        FitnessLaw::LogRatio { .. } => format!(
            "For each task the logarithm of the loss is compared with that of a network with \
             {reference}. The fitness is minus the sum of the mean over the families and of the \
             worst family. Higher is better; {reference} has 0 by definition. A function must \
             therefore be good in every family: one bad family costs as much as all the others \
             bring."
        ),
        FitnessLaw::MinusMeanLoss { ceiling } => format!(
            "The fitness is minus the mean of these losses over the tasks, each counted as \
             {ceiling} at most. Higher is better; no function is above 0. The tasks with the \
             largest losses weigh most."
        ),
    }
}

/// What the target `general` stands for: these profiles.
fn general(profiles: &[&ProfileWords]) -> String {
    match profiles {
        [only] => only.networks.clone(),
        several => {
            let each: Vec<String> = several
                .iter()
                .map(|words| within_sentence(&words.networks))
                .collect();
            format!("A function for general use: {}.", each.join("; "))
        }
    }
}

/// Sentences as a part of another: with a small first letter, unless it begins a name, and without
/// the last full stop.
fn within_sentence(text: &str) -> String {
    let text = text.trim().trim_end_matches('.');
    let mut characters = text.chars();
    match (characters.next(), characters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(characters).collect()
        }
        _ => text.to_owned(),
    }
}

/// A number as prose has it.
fn number(count: usize) -> String {
    const WORDS: [&str; FEW_TASKS + 1] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    WORDS
        .get(count)
        .map_or_else(|| count.to_string(), |word| (*word).to_owned())
}

/// `a`, `a and b`, `a, b, and c`.
fn listed(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first, second] => format!("{first} and {second}"),
        [most @ .., last] => format!("{}, and {last}", most.join(", ")),
    }
}

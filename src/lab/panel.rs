//! A panel of activations, trained on every task of a lab: how hard each task is, and which of them
//! measure nothing.

use serde_json::{json, Value};

use super::difficulty::{difficulty, TaskDifficulty, TaskTrials};
use super::fault::Fault;
use super::laboratory::{Laboratory, TrialAddress};
use crate::formula::Formula;
use crate::numerics::stop::{Halt, Stop};
use crate::numerics::stream::Key;
use crate::record::evaluation::Trial;
use crate::task::TaskDefinition;

/// The activations that a task must be able to tell apart, each of a kind of its own; the first is
/// the reference.
pub const PANEL: [&str; 6] = ["relu", "gelu", "silu", "tanh", "elu", "sin(x)"];
/// Points by which two laws are told apart.
const LAW_POINTS: usize = 16;

/// What is suspicious about a task.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskWarning {
    /// The task's name.
    pub task: String,
    /// What is suspicious about it.
    pub fault: Fault,
}

/// What the panel came to in a lab.
#[derive(Clone, Debug, PartialEq)]
pub struct PanelFindings {
    /// How hard each task is, in the lab's order.
    pub difficulties: Vec<TaskDifficulty>,
    /// What is suspicious: first what the trials show, then tasks that are there twice.
    pub warnings: Vec<TaskWarning>,
}

impl PanelFindings {
    /// Trains the panel on the whole lab, on `workers` threads; `done` is called after each of the
    /// [`panel_trials`], from any thread.
    ///
    /// # Errors
    /// The halt, where one came before all trials were run.
    pub fn measure(
        laboratory: &Laboratory,
        workers: usize,
        stop: &Stop,
        done: &(dyn Fn() + Sync),
    ) -> Result<PanelFindings, Halt> {
        let formulas = PANEL.map(|name| Formula::parse(name).expect("the panel parses"));
        let formulas: Vec<&Formula> = formulas.iter().collect();
        let addresses = laboratory.addresses(None, &laboratory.all_profiles());
        let trials = laboratory.run_all(&formulas, &addresses, workers, stop, done)?;
        let difficulties = difficulties(laboratory, &addresses, &trials);
        let faults = |difficulty: &TaskDifficulty| {
            let task = difficulty.task.clone();
            let warning = move |fault| TaskWarning {
                task: task.clone(),
                fault,
            };
            difficulty.faults().into_iter().map(warning)
        };
        let mut warnings: Vec<TaskWarning> = difficulties.iter().flat_map(faults).collect();
        warnings.extend(duplicates(&laboratory.lab().tasks));
        Ok(PanelFindings {
            difficulties,
            warnings,
        })
    }
}

/// The number of trials that the panel takes on the whole lab.
pub fn panel_trials(laboratory: &Laboratory) -> usize {
    let addresses = laboratory.addresses(None, &laboratory.all_profiles());
    PANEL.len() * addresses.len()
}

fn difficulties(
    laboratory: &Laboratory,
    addresses: &[TrialAddress],
    trials: &[Vec<Trial>],
) -> Vec<TaskDifficulty> {
    let profiles: Vec<String> = laboratory
        .lab()
        .profiles
        .iter()
        .map(|profile| profile.name.clone())
        .collect();
    let of_task = |index: usize| {
        let places: Vec<usize> = (0..addresses.len())
            .filter(|place| addresses[*place].task == index)
            .collect();
        let panel: Vec<(String, TaskTrials)> = PANEL
            .iter()
            .zip(trials)
            .map(|(name, trials)| {
                let at = |place: &usize| (&addresses[*place], &trials[*place]);
                ((*name).to_owned(), places.iter().map(at).collect())
            })
            .collect();
        difficulty(&laboratory.tasks()[index], &profiles, &panel)
    };
    (0..laboratory.tasks().len()).map(of_task).collect()
}

/// Tasks that are an earlier one under another name: the same definition, and the same law under
/// another key.
fn duplicates(tasks: &[TaskDefinition]) -> Vec<TaskWarning> {
    let is_same = |one: &TaskDefinition, other: &TaskDefinition| {
        nameless(one) == nameless(other) && have_one_law(one, other)
    };
    let warning = |index: usize| {
        let mut earlier = tasks[..index].iter();
        let first = earlier.find(|other| is_same(other, &tasks[index]))?;
        Some(TaskWarning {
            task: tasks[index].name().to_owned(),
            fault: Fault::Duplicate {
                of: first.name().to_owned(),
            },
        })
    };
    (0..tasks.len()).filter_map(warning).collect()
}

/// The keys of a task's definition but for its name.
fn nameless(task: &TaskDefinition) -> Value {
    let mut fields = json!(task);
    fields["name"] = Value::Null;
    fields
}

/// Whether two tasks of one definition have the same law; those that have none are what their files
/// say.
fn have_one_law(one: &TaskDefinition, other: &TaskDefinition) -> bool {
    let key = |task: &TaskDefinition| Key::new(0).word(task.name());
    let (Ok(region), Ok(first), Ok(second)) =
        (one.region(), one.law(&key(one)), other.law(&key(other)))
    else {
        return true;
    };
    let mut stream = Key::new(0).word("laws").stream();
    (0..LAW_POINTS).all(|_| {
        let point = region.sample(&mut stream, 0.0, 1.0);
        first.target(&point) == second.target(&point)
    })
}

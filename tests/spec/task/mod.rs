//! Tasks: purity, regions and shells, standardising, what each family draws, and every bad
//! definition.

mod bits;
mod chaos;
mod definition;
mod feynman;
mod file;
mod harmonic;
mod polynomial;
mod process;
mod purity;
mod shipped;
mod standard;

use motherlode::task::TaskDefinition;

/// The tasks of a lab file's text.
fn tasks(text: &str) -> Vec<TaskDefinition> {
    #[derive(serde::Deserialize)]
    struct Lab {
        task: Vec<TaskDefinition>,
    }
    toml::from_str::<Lab>(text)
        .expect("the text is a list of [[task]] tables")
        .task
}

/// The one task of a table without its `[[task]]` line.
fn task(text: &str) -> TaskDefinition {
    toml::from_str(text).expect("the text is a task's table")
}

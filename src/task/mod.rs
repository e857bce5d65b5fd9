//! Tasks: data sets whose out-of-distribution test sets lie in shells just outside the training
//! box, each a pure function of a key.

pub mod chaos;
mod comma;
mod data;
pub mod definition;
pub mod error;
mod family;
pub mod feynman;
pub mod file;
pub mod harmonic;
pub mod law;
pub mod polynomial;
pub mod process;
pub mod region;
pub mod sizes;
mod standardisation;

pub use data::{Shell, Split, TaskData};
pub use definition::TaskDefinition;
pub use error::TaskError;
pub use family::Family;
pub use sizes::Sizes;

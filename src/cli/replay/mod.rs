//! What replays come to, as tables, documents and plots.

pub mod document;
pub mod plots;
mod shown;
pub mod table;

pub(super) use self::shown::{print_replays, replayed, replays_of, Replay};

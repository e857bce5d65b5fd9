//! The LLM proposer: renders a prompt, asks one model of an ensemble, and reads formulas out of the
//! reply.

mod accepted;
pub mod address;
mod answer;
pub mod asker;
mod blanking;
pub mod complaint;
pub mod conversation;
mod dialogue;
mod doubt;
mod ensemble;
mod exchange;
mod form;
pub mod gate;
mod health;
pub mod http;
mod judgement;
mod learnt;
pub mod limit;
mod mending;
pub mod model;
pub mod moment;
mod patience;
pub mod rate;
mod recovery;
pub mod retry;
pub mod secret;
mod setup_error;
mod stranger;
mod trial;
pub mod wire;

pub use ensemble::Llm;
pub use patience::Patience;
pub use setup_error::SetupError;

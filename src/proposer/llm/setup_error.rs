//! Why a model cannot be asked at all.

use thiserror::Error;

use super::address::AddressError;

/// Why a model cannot be asked at all.
#[derive(Debug, Error)]
pub enum SetupError {
    #[error("{address} needs an API key: set the environment variable {variable}")]
    NoKey { address: String, variable: String },
    #[error(
        "the key in {variable} would go to {address} in the clear: use https, unset {variable} \
         where the server needs no key, or add ,key={variable} to send it all the same"
    )]
    InTheClear { address: String, variable: String },
    #[error("{address} cannot be asked: {reason}")]
    Door { address: String, reason: String },
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("no model is named to be asked")]
    NoModel,
    #[error("no asynchronous runtime could be started: {0}")]
    Runtime(#[from] std::io::Error),
}

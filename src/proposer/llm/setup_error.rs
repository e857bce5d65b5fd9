//! Why a model cannot be asked at all.

use thiserror::Error;

use super::address::AddressError;
use crate::numerics::stop::NoThread;

/// Why a model cannot be asked at all.
#[derive(Debug, Error)]
pub enum SetupError {
    /// A model whose provider needs a key that is not there.
    #[error("{address} needs an API key: set the environment variable {variable}")]
    NoKey {
        /// The model's address.
        address: String,
        /// The environment variable of the key.
        variable: String,
    },
    /// A key that would be sent over an unencrypted connection.
    #[error(
        "the key in {variable} would go to {address} in the clear: use https, unset {variable} \
         where the server needs no key, or add ,key={variable} to send it all the same"
    )]
    InTheClear {
        /// The model's address.
        address: String,
        /// The environment variable of the key.
        variable: String,
    },
    /// No HTTP client can be made for the model.
    #[error("{address} cannot be asked: {reason}")]
    Door {
        /// The model's address.
        address: String,
        /// Why, in words.
        reason: String,
    },
    /// A text that is no address of a model.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// No model was named.
    #[error("no model is named to be asked")]
    NoModel,
    /// The operating system gives no thread to ask from.
    #[error(transparent)]
    NoThread(#[from] NoThread),
    /// The operating system gives no means to wait for answers.
    #[error("no asynchronous runtime could be started: {0}")]
    Runtime(#[from] std::io::Error),
}

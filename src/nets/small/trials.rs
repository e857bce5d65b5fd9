//! Many trials of one network, on either back end.

use super::assignment::Assignment;
use super::batched;
use super::definition::NetworkDefinition;
use super::train::{train, TrialEnd};
use super::workspace::Workspace;
use crate::formula::kernel::Compiled;
use crate::nets::Backend;
use crate::numerics::stop::Stop;

/// Why a back end could not run trials: nothing is known of any of them.
#[derive(Debug, thiserror::Error)]
#[error("the device failed while it trained network `{network}`: {cause}")]
pub struct BackendError {
    /// The network's name.
    pub network: String,
    /// What Candle said.
    pub cause: candle_core::Error,
}

impl Backend {
    /// Trains `network` with `activation` on every trial; the ends come in the order of `trials`,
    /// and after a halt those that were not run are halted too. The conditions are those of
    /// [`train`]; `workspace` is of use to the fused back end only.
    ///
    /// # Errors
    /// Where the device fails, by running out of memory for example; the fused back end has none.
    pub fn train(
        &self,
        activation: &mut Compiled,
        network: &NetworkDefinition,
        trials: &[Assignment],
        workspace: &mut Workspace,
        stop: &Stop,
    ) -> Result<Vec<TrialEnd>, BackendError> {
        match self {
            Backend::Fused => Ok(trials
                .iter()
                .map(|trial| train(activation, trial.task, network, &trial.key, workspace, stop))
                .collect()),
            Backend::Candle(device) => batched::train(device, activation, network, trials, stop)
                .map_err(|cause| BackendError {
                    network: network.name.clone(),
                    cause,
                }),
        }
    }
}

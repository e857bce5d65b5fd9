//! The two back ends of training behind one interface.

use candle_core::Device;

use super::batched;
use super::definition::NetworkDefinition;
use super::train::{train, TrialEnd};
use super::workspace::Workspace;
use crate::formula::kernel::Compiled;
use crate::formula::vector::InstructionSet;
use crate::numerics::stop::Stop;
use crate::numerics::stream::Key;
use crate::task::TaskData;

/// What a trial trains on, and what its random numbers are drawn from.
#[derive(Clone)]
pub struct Assignment<'a> {
    pub task: &'a TaskData,
    /// The address of (campaign seed, task, network, trial seed): weights are drawn from its
    /// `weights`, batches from its `batches`.
    pub key: Key,
}

/// How trials are run. Both meet the same data, initial weights and batches, and differ in
/// rounding.
#[derive(Clone, Debug, Default)]
pub enum Backend {
    /// One trial after another, each by fused passes over preallocated buffers on the calling
    /// thread.
    #[default]
    Fused,
    /// Many trials side by side as tensors of Candle on a device.
    Batched(Device),
}

/// Why a back end could not run trials: nothing is known of any of them.
#[derive(Debug, thiserror::Error)]
#[error("the device failed while it trained network `{network}`: {cause}")]
pub struct BackendError {
    pub network: String,
    pub cause: candle_core::Error,
}

impl Backend {
    /// What decides how its numbers are rounded: the instruction set of the fused back end, or the
    /// kind of device.
    pub fn arithmetic(&self) -> &'static str {
        match self {
            Backend::Fused => InstructionSet::best().name(),
            Backend::Batched(Device::Cpu) => "candle-cpu",
            Backend::Batched(Device::Cuda(_)) => "cuda",
            Backend::Batched(Device::Metal(_)) => "metal",
        }
    }

    /// Whether many trials are better given at once than one by one on several threads.
    pub fn takes_many(&self) -> bool {
        matches!(self, Backend::Batched(_))
    }

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
            Backend::Batched(device) => batched::train(device, activation, network, trials, stop)
                .map_err(|cause| BackendError {
                    network: network.name.clone(),
                    cause,
                }),
        }
    }
}

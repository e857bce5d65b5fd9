//! A program as a benchmark.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::child::{self, own_executable};
use super::definition::ProgramDefinition;
use super::ending::EndingCause;
use super::error::DefinitionError;
use super::identity::record_of;
use super::invocation::{Task, Workplace};
use super::outcome::{curve_of, end_of};
use super::reading::OutputReading;
use super::slots::RunSlots;
use crate::record::benchmark_run::{BenchmarkRecord, BenchmarkRun};
use crate::replay::fidelity::Fidelity;
use crate::replay::ready_benchmark::{Assignment, BenchmarkRunError, ReadyBenchmark, RunWatch};
use crate::replay::trainer::Trained;

/// The steps of a run, in which its progress is told.
const STEPS: u64 = 1_000;

/// A program at a fidelity.
pub struct Program {
    definition: Arc<ProgramDefinition>,
    fidelity: Fidelity,
    record: BenchmarkRecord,
    slots: Arc<RunSlots>,
    /// `None` for this program's own executable.
    supervisor: Option<PathBuf>,
}

impl Program {
    /// Makes a benchmark of a program, whose files are read so that their contents are part of its
    /// record. Nothing is run.
    ///
    /// # Errors
    /// A file that cannot be read, and a fraction of the recipe that the program does not know.
    pub fn new(
        definition: ProgramDefinition,
        fidelity: Fidelity,
    ) -> Result<Program, DefinitionError> {
        let slots = RunSlots::new(definition.at_once, &definition.devices);
        Program {
            record: record_of(&definition, Fidelity::WHOLE)?,
            definition: Arc::new(definition),
            fidelity: Fidelity::WHOLE,
            slots: Arc::new(slots),
            supervisor: None,
        }
        .at(fidelity)
    }

    /// Returns the same program at another fidelity. All that come of one share its devices, and
    /// the number of runs that there may be at once.
    ///
    /// # Errors
    /// As [`Program::new`].
    pub fn at(&self, fidelity: Fidelity) -> Result<Program, DefinitionError> {
        let definition = Arc::clone(&self.definition);
        if !definition.fidelities.contains(&fidelity.fraction) {
            let offered: Vec<String> = definition.fidelities.iter().map(f64::to_string).collect();
            return Err(DefinitionError::NotOffered {
                program: definition.name.clone(),
                fraction: fidelity.fraction,
                offered: offered.join(", "),
            });
        }
        Ok(Program {
            record: record_of(&definition, fidelity)?,
            definition,
            fidelity,
            slots: Arc::clone(&self.slots),
            supervisor: self.supervisor.clone(),
        })
    }

    /// Returns the same program with runs that this executable of motherlode supervises, in place
    /// of the one that runs now.
    pub fn supervised_by(mut self, executable: &Path) -> Program {
        self.supervisor = Some(executable.to_owned());
        self
    }

    /// Returns what the user says of the program.
    pub fn definition(&self) -> &ProgramDefinition {
        &self.definition
    }
}

impl ReadyBenchmark for Program {
    fn record(&self) -> &BenchmarkRecord {
        &self.record
    }

    fn epochs(&self) -> u32 {
        1
    }

    fn steps(&self) -> u64 {
        STEPS
    }

    /// Returns the limit on the memory of a run; 0 where there is none.
    fn bytes(&self, _: &Trained) -> u64 {
        self.definition.memory.unwrap_or(0)
    }

    /// Returns true: what cannot train the first baseline says nothing of the others.
    fn is_tried_out(&self) -> bool {
        true
    }

    /// Runs the program once, when there is room for it. The loss that it reports with its metric
    /// is the `validation_loss` of the last point of the curve.
    fn run(
        &self,
        assignment: &Assignment,
        watch: &RunWatch,
    ) -> Result<BenchmarkRun, BenchmarkRunError> {
        let Trained::Formula { formula, .. } = assignment.trained else {
            return Err(BenchmarkRunError::Mixed {
                benchmark: self.record.benchmark.clone(),
            });
        };
        let definition = &*self.definition;
        let Some(slot) = self.slots.take(watch.stop) else {
            return Err(BenchmarkRunError::Interrupted);
        };
        let supervisor = match &self.supervisor {
            Some(executable) => executable.clone(),
            None => own_executable()?,
        };
        let workplace = Workplace::make(formula, definition.activation)?;
        let order = workplace.order(
            definition,
            &Task {
                formula,
                seed: assignment.seed,
                fidelity: self.fidelity,
                device: slot.device(),
            },
        )?;
        let mut reading = OutputReading::of(&definition.metric);
        let mut told = 0;
        let mut line = |line: &str| {
            reading.push(line);
            let done = (reading.progress * STEPS as f64) as u64;
            if done > told {
                (watch.stepped)(done - told);
                told = done;
            }
        };
        let ending = child::run(&order, &definition.name, &supervisor, watch.stop, &mut line)?;
        // One that had ended before it was stopped counts as it ended.
        if ending.cause == EndingCause::Stopped {
            return Err(BenchmarkRunError::Interrupted);
        }
        let end = end_of(definition, &ending, &reading)?;
        (watch.stepped)(STEPS - told);
        (watch.advanced)(1);
        Ok(BenchmarkRun {
            benchmark: self.record.clone(),
            activation: assignment.activation.clone(),
            seed: assignment.seed,
            end,
            curve: curve_of(&reading, self.fidelity.part),
            shares: Vec::new(),
        })
    }
}

//! What a run of a program came to: its ending and its lines, as the end of a benchmark run.

use super::definition::ProgramDefinition;
use super::ending::{EndingCause, ProgramEnding};
use super::error::ProgramError;
use super::reading::{Number, OutputReading};
use crate::record::benchmark_run::{BenchmarkRunEnd, EpochPoint};
use crate::replay::fidelity::MeasuredPart;

/// The exit code by which a program says that what it lacked was not the activation's fault, such
/// as the memory of a device (`EX_TEMPFAIL` of sysexits.h).
pub const TRY_AGAIN: i32 = 75;
/// Signals by which people and systems end programs: SIGHUP, SIGINT, SIGTERM.
const ASKING: [i32; 3] = [1, 2, 15];
/// The signal by which a system ends what takes its memory.
const KILL: i32 = 9;

/// The end of the benchmark run of which a program gave these lines and ended so. What hangs on the
/// machine (time, memory, signals of others) is told apart from what hangs on the activation.
///
/// # Errors
/// The command was not started.
pub fn end_of(
    definition: &ProgramDefinition,
    ending: &ProgramEnding,
    reading: &OutputReading,
) -> Result<BenchmarkRunEnd, ProgramError> {
    let words = || words(ending);
    let failed = |reason: String| BenchmarkRunEnd::Failed {
        reason,
        words: words(),
    };
    let cut_short = |detail: String| BenchmarkRunEnd::CutShort {
        detail,
        words: words(),
    };
    let out_of_memory = |detail: String| BenchmarkRunEnd::OutOfMemory { detail };
    Ok(match &ending.cause {
        EndingCause::Exited { code: 0 } => match verdict(definition, ending, reading) {
            Ok(value) => BenchmarkRunEnd::Finished { value },
            Err(None) => BenchmarkRunEnd::Diverged { epoch: 1 },
            Err(Some(reason)) => failed(reason),
        },
        EndingCause::Exited { code: TRY_AGAIN } => out_of_memory(format!(
            "it ended with exit code {TRY_AGAIN}, by which a program says that the activation is \
             not to blame"
        )),
        EndingCause::Exited { code } => failed(format!("it ended with exit code {code}")),
        EndingCause::Signalled { signal: KILL } => out_of_memory(format!(
            "it was ended by signal {KILL}, as a system does that runs out of memory"
        )),
        EndingCause::Signalled { signal } if ASKING.contains(signal) => {
            cut_short(format!("it was ended from outside, by signal {signal}"))
        }
        EndingCause::Signalled { signal } => failed(format!("it was ended by signal {signal}")),
        EndingCause::OverTime { limit } => cut_short(format!(
            "it was ended at its limit of {} s: raise `seconds` where it needs more",
            limit.as_secs_f64()
        )),
        EndingCause::OverMemory { found, limit } => out_of_memory(format!(
            "it held {} MiB, and its limit is {} MiB: raise `memory` where it needs more",
            found.div_ceil(1 << 20),
            limit >> 20
        )),
        EndingCause::Stopped => cut_short("it was stopped".to_owned()),
        EndingCause::NotStarted { detail } => {
            return Err(ProgramError::NotStarted {
                program: definition.name.clone(),
                command: definition.shown_command(),
                detail: detail.clone(),
            })
        }
    })
}

/// The losses on the way, and the last point with the loss of the line that counts, which is that
/// of the part on which the run is measured.
pub fn curve_of(reading: &OutputReading, part: MeasuredPart) -> Vec<EpochPoint> {
    let mut curve: Vec<EpochPoint> = reading
        .points
        .iter()
        .map(|point| EpochPoint {
            epoch: point.step,
            train_loss: point.loss,
            validation_loss: None,
            validation_value: None,
        })
        .collect();
    let (Some(Number::Finite(loss)), Some(Number::Finite(value))) = (&reading.loss, &reading.value)
    else {
        return curve;
    };
    let is_last = reading
        .points
        .last()
        .is_some_and(|point| (point.loss, point.value) == (*loss, Some(*value)));
    let epoch = match curve.last() {
        Some(last) if !is_last => last.epoch.saturating_add(1),
        Some(last) => last.epoch,
        None => 1,
    };
    if is_last {
        curve.pop();
    }
    curve.push(EpochPoint {
        epoch,
        train_loss: *loss,
        validation_loss: Some(*loss),
        validation_value: (part == MeasuredPart::Validation).then_some(*value),
    });
    curve
}

/// The value; `None` for an error where it is no finite number, a reason where there is none.
fn verdict(
    definition: &ProgramDefinition,
    ending: &ProgramEnding,
    reading: &OutputReading,
) -> Result<f64, Option<String>> {
    let metric = &definition.metric;
    let value = match &reading.value {
        Some(Number::Finite(value)) => *value,
        Some(Number::NotFinite) => return Err(None),
        Some(Number::None(kind)) => {
            return Err(Some(format!(
                "the last line with `{metric}` has {kind} for it, where a number was wanted"
            )))
        }
        None if ending.words.trim().is_empty() => {
            return Err(Some(format!(
                "it ended without a word: print a line such as {{\"{metric}\": 0.5}}"
            )))
        }
        None => {
            return Err(Some(format!(
                "no line of its output is a JSON object with `{metric}`: print one such as \
                 {{\"{metric}\": 0.5}} on a line of its own"
            )))
        }
    };
    match &reading.loss {
        Some(Number::NotFinite) => Err(None),
        Some(Number::None(kind)) => Err(Some(format!(
            "the last line with `{metric}` has {kind} for `loss`, where a number was wanted"
        ))),
        None if definition.loss => Err(Some(format!(
            "the last line with `{metric}` has no `loss`, and its file says `loss = true`"
        ))),
        _ => Ok(value),
    }
}

fn words(ending: &ProgramEnding) -> String {
    let words = ending.words.trim_end();
    match (ending.shortened, ending.left_running) {
        (_, true) => format!("{words}\n(processes that it started could not be ended)"),
        (true, false) => format!("(the end of its words)\n{words}"),
        (false, false) => words.to_owned(),
    }
}

//! This engine, and a plain candle-nn loop, as participants of the comparison that
//! `scripts/peers.sh` runs: each reads commands from standard input and answers each with a line of
//! JSON. `drive.py` beside this file describes the commands.

mod candle_loop;
mod job;

use std::fmt::Display;
use std::hint::black_box;
use std::io::{stdin, stdout, BufRead, Write};
use std::time::{Duration, Instant};

use candle_loop::CandleLoop;
use job::{formula_activation, Job, Numbers, FORMULA};
use motherlode::formula::kernel::Compiled;
use motherlode::formula::vector::InstructionSet;
use motherlode::nets::small::{NetworkDefinition, Training, Workspace};
use motherlode::nets::Normalisation;
use motherlode::task::TaskData;
use serde_json::{json, Value};

/// Takes part in the comparison; what goes wrong is said in words.
trait Participant {
    fn prepare(&mut self, job: Job) -> Result<(), String>;

    /// The losses of the batches, before each step's update, network by network.
    fn check(&mut self) -> Result<Vec<Vec<f32>>, String>;

    /// Microseconds a step of one network, from the initial parameters on, for at least this time.
    fn run(&mut self, time: Duration) -> Result<f64, String>;

    /// Microseconds from a formula's text to the end of the first step with it.
    fn formula(&mut self, text: &str) -> Result<f64, String>;
}

struct Ours {
    job: Job,
    task: TaskData,
    network: NetworkDefinition,
    activation: Compiled,
    workspace: Workspace,
}

impl Ours {
    fn new() -> Ours {
        let job = Job {
            dimension: 1,
            depth: 1,
            width: 1,
            batch: 1,
            steps: 1,
            networks: 1,
            normalisation: Normalisation::None,
        };
        let activation = formula_activation(FORMULA).expect("the formula of the job");
        Ours {
            task: job.task(),
            network: job.network(),
            job,
            activation,
            workspace: Workspace::new(),
        }
    }
}

impl Participant for Ours {
    fn prepare(&mut self, job: Job) -> Result<(), String> {
        (self.task, self.network, self.job) = (job.task(), job.network(), job);
        Ok(())
    }

    fn check(&mut self) -> Result<Vec<Vec<f32>>, String> {
        let losses = (0..self.job.networks).map(|network| {
            let mut training = Training::new(
                &mut self.activation,
                &self.task,
                &self.network,
                &Job::key(network),
                &mut self.workspace,
            );
            (0..self.job.steps).map(|_| training.step()).collect()
        });
        Ok(losses.collect())
    }

    fn run(&mut self, time: Duration) -> Result<f64, String> {
        let mut training = Training::new(
            &mut self.activation,
            &self.task,
            &self.network,
            &Job::key(0),
            &mut self.workspace,
        );
        microseconds_a_step(time, || {
            black_box(training.step());
            Ok(())
        })
    }

    fn formula(&mut self, text: &str) -> Result<f64, String> {
        let start = Instant::now();
        let mut activation = formula_activation(text)?;
        let mut training = Training::new(
            &mut activation,
            &self.task,
            &self.network,
            &Job::key(0),
            &mut self.workspace,
        );
        black_box(training.step());
        Ok(start.elapsed().as_secs_f64() * 1e6)
    }
}

#[derive(Default)]
struct Candle {
    job: Option<(Job, Vec<Numbers>)>,
}

impl Candle {
    fn start(&self, network: usize) -> Result<CandleLoop, String> {
        let (job, numbers) = self.job.as_ref().ok_or("no job has been prepared")?;
        CandleLoop::new(job, &numbers[network]).map_err(in_words)
    }
}

impl Participant for Candle {
    fn prepare(&mut self, job: Job) -> Result<(), String> {
        let job = Job { networks: 1, ..job };
        let numbers = job.numbers();
        self.job = Some((job, numbers));
        Ok(())
    }

    fn check(&mut self) -> Result<Vec<Vec<f32>>, String> {
        let mut candle = self.start(0)?;
        let steps = self.job.as_ref().map_or(0, |(job, _)| job.steps);
        let losses: Result<Vec<f32>, String> = (0..steps)
            .map(|_| {
                candle
                    .step()
                    .and_then(|loss| loss.to_scalar())
                    .map_err(in_words)
            })
            .collect();
        Ok(vec![losses?])
    }

    fn run(&mut self, time: Duration) -> Result<f64, String> {
        let mut candle = self.start(0)?;
        microseconds_a_step(time, || candle.step().map(|_| ()).map_err(in_words))
    }

    fn formula(&mut self, _: &str) -> Result<f64, String> {
        Err("its activation is compiled into the program".into())
    }
}

fn in_words(error: impl Display) -> String {
    error.to_string()
}

fn candle_version() -> &'static str {
    let after = include_str!("../../Cargo.lock")
        .split_once("name = \"candle-nn\"\nversion = \"")
        .map(|(_, after)| after);
    after
        .and_then(|after| after.split('"').next())
        .expect("the lock file names candle-nn")
}

/// One step is made before the clock starts.
fn microseconds_a_step(
    time: Duration,
    mut step: impl FnMut() -> Result<(), String>,
) -> Result<f64, String> {
    step()?;
    let (start, mut steps) = (Instant::now(), 0);
    while start.elapsed() < time {
        step()?;
        steps += 1;
    }
    Ok(start.elapsed().as_secs_f64() * 1e6 / f64::from(steps.max(1)))
}

fn answer(participant: &mut dyn Participant, line: &str) -> Result<Value, String> {
    let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
    let words: Vec<&str> = rest.split_whitespace().collect();
    match (command, words.as_slice()) {
        ("write", [numbers @ .., file]) => {
            let job = Job::read(numbers).ok_or_else(|| format!("`{line}` names no job"))?;
            let mut bytes = Vec::new();
            for network in job.numbers() {
                let batches = network
                    .batches
                    .iter()
                    .flat_map(|(inputs, targets)| inputs.iter().chain(targets));
                bytes.extend(
                    network
                        .parameters
                        .iter()
                        .chain(batches)
                        .flat_map(|number| number.to_le_bytes()),
                );
            }
            std::fs::write(file, bytes)
                .map_err(|error| format!("cannot write `{file}`: {error}"))?;
            Ok(json!({}))
        }
        ("prepare", [numbers @ .., _]) => {
            participant
                .prepare(Job::read(numbers).ok_or_else(|| format!("`{line}` names no job"))?)?;
            Ok(json!({}))
        }
        ("check", []) => Ok(json!({ "losses": participant.check()? })),
        ("run", [milliseconds]) => {
            let milliseconds = milliseconds
                .parse()
                .map_err(|_| format!("`{milliseconds}` is no number of milliseconds"))?;
            Ok(json!({ "microseconds": participant.run(Duration::from_millis(milliseconds))? }))
        }
        ("formula", _) => Ok(json!({ "microseconds": participant.formula(rest)? })),
        _ => Err(format!("`{line}` is no command")),
    }
}

fn main() -> std::io::Result<()> {
    let (mut participant, version): (Box<dyn Participant>, &str) =
        match std::env::args().nth(1).as_deref() {
            Some("motherlode") => (Box::new(Ours::new()), env!("CARGO_PKG_VERSION")),
            Some("candle-nn") => (Box::new(Candle::default()), candle_version()),
            _ => {
                println!(
                    "a participant of scripts/peers.sh, which runs it as `peers motherlode` or \
                     `peers candle-nn`: nothing is measured here"
                );
                return Ok(());
            }
        };
    let mut output = stdout().lock();
    writeln!(
        output,
        "{}",
        json!({ "version": format!("{version}, {}", InstructionSet::best().name()) })
    )?;
    output.flush()?;
    for line in stdin().lock().lines() {
        let reply = answer(&mut *participant, line?.trim())
            .unwrap_or_else(|problem| json!({ "problem": problem }));
        writeln!(output, "{reply}")?;
        output.flush()?;
    }
    Ok(())
}

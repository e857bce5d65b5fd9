//! The engine for images as a participant of the comparison that `scripts/replay_speed.sh` runs: it
//! reads commands from standard input and answers each with a line of JSON. `images.py` beside this
//! file describes the commands.

use std::hint::black_box;
use std::io::{stdin, stdout, BufRead, Write};
use std::time::Instant;

use motherlode::formula::vector::InstructionSet;
use motherlode::formula::Formula;
use motherlode::nets::image::{Activations, Architecture, Engine, Loss};
use motherlode::nets::Optimiser;
use motherlode::nets::{MapShape, NetworkDescription};
use motherlode::numerics::stream::Key;
use serde_json::{json, Value};

const IMAGE: MapShape = MapShape {
    height: 32,
    width: 32,
    channels: 3,
};
const CLASSES: usize = 10;
const OPTIMISER: Optimiser = Optimiser::Sgd {
    momentum: 0.9,
    nesterov: true,
    weight_decay: 5e-4,
};
/// Small, so that the one batch that all steps see is not learnt by heart.
const RATE: f64 = 0.005;

/// A network, and the numbers that everyone starts from.
struct Job {
    description: NetworkDescription,
    formula: Formula,
    parameters: Vec<f32>,
    images: Vec<f32>,
    labels: Vec<u16>,
}

impl Job {
    fn new(model: &str, activation: &str, batch: &str) -> Result<Job, String> {
        let batch: usize = batch
            .parse()
            .ok()
            .filter(|batch| *batch > 0)
            .ok_or_else(|| format!("`{batch}` is no number of images"))?;
        let architecture = Architecture::named(model).map_err(|error| error.to_string())?;
        let description = architecture
            .description(IMAGE, CLASSES, 0, None)
            .map_err(|error| error.to_string())?;
        let formula = Formula::parse(activation).map_err(|error| error.to_string())?;
        let key = Key::new(1);
        let parameters = description
            .layout(formula.parameters())
            .initial(&mut key.word("weights").stream());
        let mut stream = key.word("images").stream();
        let images = (0..batch * IMAGE.elements())
            .map(|_| stream.normal() as f32)
            .collect();
        let labels = (0..batch).map(|_| stream.below(CLASSES) as u16).collect();
        Ok(Job {
            description,
            formula,
            parameters,
            images,
            labels,
        })
    }

    /// Parameters, images and labels as `f32` one after another.
    fn bytes(&self) -> Vec<u8> {
        let labels = self.labels.iter().map(|label| f32::from(*label));
        self.parameters
            .iter()
            .chain(&self.images)
            .copied()
            .chain(labels)
            .flat_map(f32::to_le_bytes)
            .collect()
    }

    fn engine(&self) -> Engine {
        let activation = self.formula.activation();
        let mut engine = Engine::new(
            &self.description,
            Activations::One(&activation),
            self.labels.len(),
            Loss::CrossEntropy,
        );
        engine.parameters_mut().copy_from_slice(&self.parameters);
        engine.images_mut().copy_from_slice(&self.images);
        engine
    }

    /// A training step; gives the mean loss before it.
    fn step(&self, engine: &mut Engine) -> f64 {
        let loss = engine.learn(&self.labels, &Key::new(2)).mean();
        engine.step(OPTIMISER, RATE);
        loss
    }
}

fn answer(prepared: &mut Option<(Job, Engine)>, line: &str) -> Result<Value, String> {
    let number = |text: &str| {
        text.parse::<u32>()
            .ok()
            .filter(|number| *number > 0)
            .ok_or_else(|| format!("`{text}` is no number of steps"))
    };
    match line.split_whitespace().collect::<Vec<_>>()[..] {
        ["write", model, activation, batch, file] => {
            std::fs::write(file, Job::new(model, activation, batch)?.bytes())
                .map_err(|error| format!("cannot write `{file}`: {error}"))?;
            Ok(json!({}))
        }
        ["prepare", model, activation, batch, _] => {
            let job = Job::new(model, activation, batch)?;
            let engine = job.engine();
            *prepared = Some((job, engine));
            Ok(json!({}))
        }
        ["check", steps] => {
            let (job, _) = prepared.as_ref().ok_or("no job has been prepared")?;
            let mut engine = job.engine();
            Ok(
                json!({ "losses": (0..number(steps)?).map(|_| job.step(&mut engine)).collect::<Vec<_>>() }),
            )
        }
        ["run", steps] => {
            let (job, engine) = prepared.as_mut().ok_or("no job has been prepared")?;
            let (steps, start) = (number(steps)?, Instant::now());
            for _ in 0..steps {
                black_box(job.step(engine));
            }
            Ok(json!({ "microseconds": start.elapsed().as_secs_f64() * 1e6 / f64::from(steps) }))
        }
        _ => Err(format!("`{line}` is no command")),
    }
}

fn main() -> std::io::Result<()> {
    if std::env::args().nth(1).as_deref() != Some("participant") {
        println!(
            "a participant of scripts/replay_speed.sh, which runs it as `images participant`: \
             nothing is measured here"
        );
        return Ok(());
    }
    let mut output = stdout().lock();
    writeln!(
        output,
        "{}",
        json!({ "version": format!("{}, {}", env!("CARGO_PKG_VERSION"), InstructionSet::best().name()) })
    )?;
    output.flush()?;
    let mut prepared = None;
    for line in stdin().lock().lines() {
        let reply = answer(&mut prepared, line?.trim())
            .unwrap_or_else(|problem| json!({ "problem": problem }));
        writeln!(output, "{reply}")?;
        output.flush()?;
    }
    Ok(())
}

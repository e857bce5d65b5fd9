//! The job that all participants of the comparison do: its task, its network, and the numbers they
//! all start from.

use motherlode::formula::kernel::Compiled;
use motherlode::formula::Formula;
use motherlode::nets::small::{NetworkDefinition, NetworkKind, Training, Workspace};
use motherlode::nets::{Initialisation, Normalisation, Optimiser, Schedule};
use motherlode::numerics::stream::Key;
use motherlode::task::{Family, Split, TaskData};

pub const FORMULA: &str = "x * sigmoid(x) + 0.1 * sin(3 * x)";
pub const LEARNING_RATE: f64 = 1e-3;

const ROWS: usize = 2048;

/// A fully connected network with one output, and what a participant trains of it.
pub struct Job {
    pub dimension: usize,
    pub depth: usize,
    pub width: usize,
    pub batch: usize,
    /// Batches handed out to each network, and so the steps that are checked.
    pub steps: usize,
    /// Networks that differ by their initial weights and their batches.
    pub networks: usize,
    /// What stands before each activation: nothing in the comparison with peers.
    pub normalisation: Normalisation,
}

impl Job {
    /// From the words DIMENSION DEPTH WIDTH BATCH STEPS NETWORKS; none where they are anything
    /// else.
    pub fn read(words: &[&str]) -> Option<Job> {
        let numbers: Vec<usize> = words
            .iter()
            .map(|word| word.parse().ok().filter(|number| *number > 0))
            .collect::<Option<_>>()?;
        let &[dimension, depth, width, batch, steps, networks] = numbers.as_slice() else {
            return None;
        };
        Some(Job {
            dimension,
            depth,
            width,
            batch,
            steps,
            networks,
            normalisation: Normalisation::None,
        })
    }

    /// Normal inputs; the target is the sum of their sines.
    pub fn task(&self) -> TaskData {
        let mut stream = Key::new(1).word("inputs").stream();
        let inputs: Vec<f32> = (0..ROWS * self.dimension)
            .map(|_| stream.normal() as f32)
            .collect();
        let targets = inputs
            .chunks_exact(self.dimension)
            .map(|point| point.iter().map(|x| x.sin()).sum())
            .collect();
        let train = Split { inputs, targets };
        TaskData {
            name: "sines".into(),
            family: Family::Harmonic,
            dimension: self.dimension,
            in_distribution: train.clone(),
            train,
            shells: Vec::new(),
        }
    }

    pub fn network(&self) -> NetworkDefinition {
        NetworkDefinition {
            name: "peers".into(),
            kind: NetworkKind::Mlp,
            width: self.width,
            depth: self.depth,
            inner_width: None,
            normalisation: Some(self.normalisation),
            initialisation: Initialisation::LeCun,
            optimiser: Optimiser::default(),
            learning_rate: LEARNING_RATE,
            schedule: Schedule::Constant,
            parameter_rate_factor: 1.0,
            batch: self.batch,
            steps: 1,
        }
    }

    /// What one of the networks draws its weights and batches from.
    pub fn key(network: usize) -> Key {
        Key::new(1).word("network").number(network as u64)
    }

    /// Rows and columns of the tensors, in order: weights (fan in x fan out) and bias of every
    /// layer, and of a normalised one gain and shift.
    pub fn shapes(&self) -> Vec<(usize, usize)> {
        let mut shapes = Vec::new();
        let mut fan_in = self.dimension;
        for _ in 0..self.depth {
            shapes.extend([(fan_in, self.width), (1, self.width)]);
            if self.normalisation != Normalisation::None {
                shapes.extend([(1, self.width); 2]);
            }
            fan_in = self.width;
        }
        shapes.extend([(fan_in, 1), (1, 1)]);
        shapes
    }

    /// Network by network: its initial parameters, tensor by tensor and row by row, then step by
    /// step the inputs and the targets of its batch.
    pub fn numbers(&self) -> Vec<Numbers> {
        let (task, definition) = (self.task(), self.network());
        let mut activation = formula_activation(FORMULA).expect("the formula of the job");
        let mut workspace = Workspace::new();
        let one = |network: usize| {
            let mut training = Training::new(
                &mut activation,
                &task,
                &definition,
                &Job::key(network),
                &mut workspace,
            );
            let parameters = training.parameters();
            let batches = (0..self.steps).map(|_| {
                training.step();
                let rows = || training.batch().iter().map(|row| *row as usize);
                let inputs = rows()
                    .flat_map(|row| {
                        task.train.inputs[row * self.dimension..][..self.dimension].to_vec()
                    })
                    .collect();
                (inputs, rows().map(|row| task.train.targets[row]).collect())
            });
            Numbers {
                parameters,
                batches: batches.collect(),
            }
        };
        (0..self.networks).map(one).collect()
    }
}

/// What one network starts from, and the inputs and targets of its batches.
pub struct Numbers {
    pub parameters: Vec<f32>,
    pub batches: Vec<(Vec<f32>, Vec<f32>)>,
}

/// From a text to what a network applies: parsed, derived and lowered.
pub fn formula_activation(text: &str) -> Result<Compiled, String> {
    Ok(Formula::parse(text)
        .map_err(|error| error.to_string())?
        .activation())
}

//! The data of many trials side by side on a device, and the batches that each meets.

use candle_core::{Device, Result, Tensor};

use crate::nets::small::assignment::Assignment;
use crate::numerics::stream::Stream;
use crate::task::Split;

/// Rows of every trial with their targets.
pub(super) struct Rows {
    /// [trials, rows, dimension]; inputs that a task lacks are 0.
    pub inputs: Tensor,
    /// [trials, rows, 1].
    pub targets: Tensor,
}

impl Rows {
    /// One split of each trial's task, all of the same length.
    pub fn new<'a>(
        trials: &[Assignment<'a>],
        dimension: usize,
        split: impl Fn(&Assignment<'a>) -> &'a Split,
        device: &Device,
    ) -> Result<Rows> {
        let rows = split(&trials[0]).rows();
        let mut inputs = Vec::with_capacity(trials.len() * rows * dimension);
        let mut targets = Vec::with_capacity(trials.len() * rows);
        for trial in trials {
            for row in split(trial).inputs.chunks_exact(trial.task.dimension) {
                inputs.extend_from_slice(row);
                inputs.resize(inputs.len() + dimension - row.len(), 0.0);
            }
            targets.extend_from_slice(&split(trial).targets);
        }
        Ok(Rows {
            inputs: Tensor::from_vec(inputs, (trials.len(), rows, dimension), device)?,
            targets: Tensor::from_vec(targets, (trials.len(), rows, 1), device)?,
        })
    }

    /// A consecutive part.
    pub fn part(&self, first: usize, rows: usize) -> Result<Rows> {
        Ok(Rows {
            inputs: self.inputs.narrow(1, first, rows)?,
            targets: self.targets.narrow(1, first, rows)?,
        })
    }

    /// The rows in the order that `order` holds for each trial, one trial after another.
    fn in_order(&self, order: &[Vec<u32>]) -> Result<Rows> {
        let (trials, rows, dimension) = self.inputs.dims3()?;
        let of_trial = |trial: usize| {
            order[trial]
                .iter()
                .map(move |row| (trial * rows) as u32 + row)
        };
        let flat: Vec<u32> = (0..trials).flat_map(of_trial).collect();
        let flat = Tensor::from_vec(flat, trials * rows, self.inputs.device())?;
        Ok(Rows {
            inputs: self
                .inputs
                .reshape((trials * rows, dimension))?
                .index_select(&flat, 0)?
                .reshape((trials, rows, dimension))?,
            targets: self
                .targets
                .reshape((trials * rows, 1))?
                .index_select(&flat, 0)?
                .reshape((trials, rows, 1))?,
        })
    }
}

/// The batches of all trials: for each the same rows in the same order as in the fused back end.
pub(super) struct Batches {
    train: Rows,
    /// The training rows in the order of the present pass.
    shuffled: Option<Rows>,
    order: Vec<Vec<u32>>,
    streams: Vec<Stream>,
    batch: usize,
    next: usize,
}

impl Batches {
    pub fn new(
        trials: &[Assignment],
        dimension: usize,
        batch: usize,
        device: &Device,
    ) -> Result<Batches> {
        let train = Rows::new(trials, dimension, |trial| &trial.task.train, device)?;
        let rows = trials[0].task.train.rows();
        let order = vec![
            (0..u32::try_from(rows).expect("fewer than 2^32 training rows")).collect();
            trials.len()
        ];
        let streams = trials
            .iter()
            .map(|trial| trial.key.word("batches").stream())
            .collect();
        Ok(Batches {
            train,
            shuffled: None,
            order,
            streams,
            batch,
            next: 0,
        })
    }

    pub fn next(&mut self) -> Result<Rows> {
        let rows = self.order[0].len();
        let shuffled = match self.shuffled.take() {
            Some(shuffled) if self.next + self.batch <= rows => shuffled,
            _ => {
                self.order
                    .iter_mut()
                    .zip(&mut self.streams)
                    .for_each(|(order, stream)| stream.shuffle(order));
                self.next = 0;
                self.train.in_order(&self.order)?
            }
        };
        let batch = shuffled.part(self.next, self.batch);
        self.next += self.batch;
        self.shuffled = Some(shuffled);
        batch
    }
}

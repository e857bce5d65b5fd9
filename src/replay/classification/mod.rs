//! Image classifiers: a set made ready for a recipe, and benchmark runs from the first step, or a
//! checkpoint, to the test part.

mod error;
mod parts;
mod pixels;

use std::sync::Arc;

use serde_json::Value;

pub use self::error::ClassificationError;
use self::parts::{network, parts, record};
use self::pixels::Pixels;
use crate::images::augment::{write_batch, write_plain, Augmentation};
use crate::images::LabelledImages;
use crate::nets::image::{BatchLoss, Engine};
use crate::nets::Backend;
use crate::nets::NetworkDescription;
use crate::numerics::stream::Key;
use crate::record::benchmark_run::{
    ActivationRecord, BenchmarkRecord, BenchmarkRun, BenchmarkRunEnd, EpochPoint,
};
use crate::replay::benchmark::ImageBenchmark;
use crate::replay::checkpoint::{self, Progress};
use crate::replay::fidelity::{Fidelity, MeasuredPart};
use crate::replay::ready_benchmark::{Assignment, BenchmarkRunError, ReadyBenchmark, RunWatch};
use crate::replay::recipe::Recipe;
use crate::replay::sets::OpenSet;
use crate::replay::trainer::{Trained, Trainer, TrainerError};

/// A benchmark with its images in memory.
pub struct Classification {
    benchmark: ImageBenchmark,
    record: BenchmarkRecord,
    /// What the device adds to the record.
    device: Vec<(&'static str, Value)>,
    description: NetworkDescription,
    part: MeasuredPart,
    set: Arc<OpenSet>,
    train: Vec<u32>,
    validation: Vec<u32>,
    test: Vec<u32>,
    pixels: Pixels,
}

impl Classification {
    /// Splits and standardises a set for a benchmark, whose whole recipe is measured on the test
    /// part.
    ///
    /// # Errors
    /// Images that are too small for the architecture, and fewer than the recipe asks for.
    pub fn new(
        benchmark: ImageBenchmark,
        set: OpenSet,
    ) -> Result<Classification, ClassificationError> {
        Classification::measured_on(benchmark, Arc::new(set), MeasuredPart::Test)
    }

    /// The same benchmark at another fidelity, on the same images and device.
    ///
    /// # Errors
    /// A fraction that leaves fewer images than a batch takes, and the validation part where the
    /// recipe holds nothing out.
    pub fn at(&self, fidelity: Fidelity) -> Result<Classification, ClassificationError> {
        let recipe = self
            .benchmark
            .recipe
            .at(fidelity.fraction, self.train.len());
        let benchmark = ImageBenchmark {
            recipe,
            ..self.benchmark.clone()
        };
        self.check_part(fidelity.part)?;
        let set = Arc::clone(&self.set);
        let mut other = Classification::measured_on(benchmark, set, fidelity.part)?;
        for (setting, value) in &self.device {
            other.record.settings[*setting] = value.clone();
        }
        other.device.clone_from(&self.device);
        Ok(other)
    }

    /// Whether runs can be measured on this part.
    ///
    /// # Errors
    /// The validation part where the recipe holds nothing out.
    pub fn check_part(&self, part: MeasuredPart) -> Result<(), ClassificationError> {
        if part == MeasuredPart::Validation && self.validation.is_empty() {
            let set = self.set.set.name.clone();
            return Err(ClassificationError::NoValidation { set });
        }
        Ok(())
    }

    fn measured_on(
        benchmark: ImageBenchmark,
        set: Arc<OpenSet>,
        part: MeasuredPart,
    ) -> Result<Classification, ClassificationError> {
        let images = &set.set;
        let description = network(&benchmark, images)?;
        let (train, validation) = parts(&benchmark, images)?;
        if images.test.is_empty() {
            return Err(ClassificationError::NoTest {
                set: images.name.clone(),
            });
        }
        let test: Vec<u32> = (0..images.test.len() as u32).collect();
        let pixels = Pixels::of(images, benchmark.recipe.standardise, &train, &test)?;
        let mut record = record(
            &benchmark,
            &set,
            [train.len(), validation.len(), test.len()],
        );
        if part != MeasuredPart::Test {
            record.settings["measured"] = part.name().into();
        }
        Ok(Classification {
            benchmark,
            record,
            part,
            device: Vec::new(),
            description,
            set,
            train,
            validation,
            test,
            pixels,
        })
    }

    /// Returns the same benchmark with its runs on this device, which belongs to its record.
    pub fn on(mut self, backend: &Backend) -> Classification {
        let (setting, value) = backend.setting();
        self.record.settings[setting] = value.into();
        self.device = vec![(setting, self.record.settings[setting].clone())];
        self
    }

    /// The network, which the activation does not change.
    pub fn description(&self) -> &NetworkDescription {
        &self.description
    }

    /// How it is trained.
    pub fn recipe(&self) -> &Recipe {
        &self.benchmark.recipe
    }

    /// Images that are trained on, held out, and tested on.
    pub fn counts(&self) -> [usize; 3] {
        [self.train.len(), self.validation.len(), self.test.len()]
    }

    /// The set, with what it lacks.
    pub fn set(&self) -> &OpenSet {
        &self.set
    }

    /// One pass over the images that are trained on, in an order of its own; the mean loss of its
    /// batches, or `None` where one is not finite.
    fn epoch(
        &self,
        trainer: &mut Trainer,
        key: &Key,
        steps: &mut u32,
        watch: &RunWatch,
    ) -> Result<Option<f64>, BenchmarkRunError> {
        let recipe = &self.benchmark.recipe;
        let batches = self.train.len() / recipe.batch;
        let epoch = u64::from(*steps) / batches as u64;
        let total = u64::from(recipe.epochs) * batches as u64;
        let mut order = self.train.clone();
        key.word("order").number(epoch).stream().shuffle(&mut order);
        let mut augmenting = key.word("augmentation").number(epoch).stream();
        let augmentation = Augmentation {
            pad: recipe.pad,
            flip: recipe.flip,
        };
        let (images, shape) = (&self.set.set.train, self.set.set.shape());
        let mut sum = 0.0;
        for batch in order.chunks_exact(recipe.batch) {
            if watch.stop.is_due() {
                return Err(BenchmarkRunError::Interrupted);
            }
            let target = &mut trainer.images_mut()[..batch.len() * shape.len()];
            write_batch(
                self.pixels.source(&self.set.set, images),
                shape,
                batch,
                augmentation,
                &mut augmenting,
                target,
            );
            let labels: Vec<u16> = batch
                .iter()
                .map(|index| images.labels[*index as usize])
                .collect();
            let rate = recipe.rate
                * recipe
                    .schedule
                    .factor(u64::from(*steps), total, recipe.epochs);
            let loss = trainer.step(
                &labels,
                &key.word("step").number(u64::from(*steps)),
                recipe.optimiser,
                rate,
            )?;
            if !loss.is_finite() {
                return Ok(None);
            }
            sum += loss;
            *steps += 1;
            (watch.stepped)(1);
        }
        Ok(Some(sum / batches as f64))
    }

    /// The loss over a part, of no rows where it is empty.
    fn measure(
        &self,
        trainer: &mut Trainer,
        images: &LabelledImages,
        indices: &[u32],
        noise: Option<Key>,
        watch: &RunWatch,
    ) -> Result<BatchLoss, BenchmarkRunError> {
        let shape = self.set.set.shape();
        let mut total = BatchLoss::default();
        for (number, batch) in indices.chunks(self.benchmark.recipe.batch).enumerate() {
            if watch.stop.is_due() {
                return Err(BenchmarkRunError::Interrupted);
            }
            write_plain(
                self.pixels.source(&self.set.set, images),
                shape,
                batch,
                &mut trainer.images_mut()[..batch.len() * shape.len()],
            );
            let labels: Vec<u16> = batch
                .iter()
                .map(|index| images.labels[*index as usize])
                .collect();
            total.add(
                trainer.measure(&labels, noise.as_ref().map(|key| key.number(number as u64)))?,
            );
        }
        Ok(total)
    }

    /// The noise that the published code of mixed activations keeps on in evaluation, in its first
    /// phase.
    fn noise(&self, assignment: &Assignment, key: &Key, epoch: u32) -> Option<Key> {
        match assignment.activation {
            ActivationRecord::Mixed(mixed) if mixed.as_published => {
                Some(key.word("evaluation").number(u64::from(epoch)))
            }
            _ => None,
        }
    }
}

impl ReadyBenchmark for Classification {
    fn record(&self) -> &BenchmarkRecord {
        &self.record
    }

    fn epochs(&self) -> u32 {
        self.benchmark.recipe.epochs
    }

    fn steps(&self) -> u64 {
        u64::from(self.epochs()) * (self.train.len() / self.benchmark.recipe.batch) as u64
    }

    fn bytes(&self, trained: &Trained) -> u64 {
        let activation = match trained {
            Trained::Formula { activation, .. } => Some(activation),
            Trained::Mixed { .. } => None,
        };
        Engine::bytes(&self.description, activation, self.benchmark.recipe.batch)
    }

    /// All epochs, then the test part once, where that is what is measured. Weights, order of the images, augmentation and dropout
    /// come from the seed alone.
    fn run(
        &self,
        assignment: &Assignment,
        watch: &RunWatch,
    ) -> Result<BenchmarkRun, BenchmarkRunError> {
        if let Some(detail) = self.memory_lack(assignment) {
            let end = BenchmarkRunEnd::OutOfMemory { detail };
            return Ok(self.ended(assignment, end, Vec::new(), Vec::new()));
        }
        let key = Key::new(assignment.seed)
            .word("replay")
            .word(&self.benchmark.set);
        let (mut trainer, mut progress) = self.begin(assignment, &key)?;
        if progress.steps > 0 {
            (watch.stepped)(u64::from(progress.steps));
        }
        let switch_epoch = match assignment.activation {
            ActivationRecord::Mixed(mixed) => Some(mixed.switch_epoch),
            ActivationRecord::Formula(_) => None,
        };
        while progress.epochs < self.epochs() {
            if switch_epoch == Some(progress.epochs) {
                trainer.group_channels();
            }
            let epoch = progress.epochs + 1;
            let noise = self.noise(assignment, &key, epoch);
            let Some(point) = self.epoch_point(
                &mut trainer,
                &key,
                &mut progress.steps,
                (epoch, noise),
                watch,
            )?
            else {
                let end = BenchmarkRunEnd::Diverged { epoch };
                return Ok(self.ended(assignment, end, progress.curve, Vec::new()));
            };
            progress.curve.push(point);
            progress.epochs = epoch;
            if let Some(path) = assignment.checkpoint {
                checkpoint::write(path, &progress, &trainer.state()?)?;
            }
            (watch.advanced)(epoch);
        }
        let held_out = progress.curve.last().and_then(|last| last.validation_value);
        let value = match (self.part, held_out) {
            (MeasuredPart::Validation, Some(value)) => value,
            _ => {
                let noise = self.noise(assignment, &key, self.epochs());
                let (images, test) = (&self.set.set.test, &self.test);
                self.measure(&mut trainer, images, test, noise, watch)?
                    .accuracy()
            }
        };
        let end = BenchmarkRunEnd::Finished { value };
        Ok(self.ended(assignment, end, progress.curve, trainer.shares()))
    }
}

impl Classification {
    /// What an activation lacks of memory, in words; `None` where it has enough.
    fn memory_lack(&self, assignment: &Assignment) -> Option<String> {
        let needed = self.bytes(assignment.trained);
        let memory = assignment.memory.filter(|memory| *memory < needed)?;
        Some(format!(
            "it needs about {} MiB and {} MiB are free for it",
            needed >> 20,
            memory >> 20
        ))
    }

    fn ended(
        &self,
        assignment: &Assignment,
        end: BenchmarkRunEnd,
        curve: Vec<EpochPoint>,
        shares: Vec<Vec<f64>>,
    ) -> BenchmarkRun {
        BenchmarkRun {
            benchmark: self.record.clone(),
            activation: assignment.activation.clone(),
            seed: assignment.seed,
            end,
            curve,
            shares,
        }
    }

    /// The network at its first step, or where its checkpoint left it.
    fn begin(
        &self,
        assignment: &Assignment,
        key: &Key,
    ) -> Result<(Trainer, Progress), BenchmarkRunError> {
        let new_trainer = || {
            Trainer::new(
                assignment.backend,
                &self.description,
                assignment.trained,
                self.benchmark.recipe.batch,
                key,
            )
        };
        let mut trainer = new_trainer()?;
        let run = format!(
            "{}-{}-{}",
            self.record.key(),
            assignment.activation.id(),
            assignment.seed
        );
        let kept = assignment
            .checkpoint
            .and_then(|path| checkpoint::read(path, &run));
        let new_progress = Progress {
            run,
            epochs: 0,
            steps: 0,
            curve: Vec::new(),
        };
        let Some((kept, state)) = kept else {
            return Ok((trainer, new_progress));
        };
        match trainer.restore(&state, kept.steps) {
            Ok(()) => Ok((trainer, kept)),
            Err(TrainerError::State(error)) => {
                tracing::warn!("{error}; the benchmark run begins anew");
                Ok((new_trainer()?, new_progress))
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Trains for an epoch and measures the images held out; `None` where the network diverged.
    fn epoch_point(
        &self,
        trainer: &mut Trainer,
        key: &Key,
        steps: &mut u32,
        (epoch, noise): (u32, Option<Key>),
        watch: &RunWatch,
    ) -> Result<Option<EpochPoint>, BenchmarkRunError> {
        let Some(train_loss) = self.epoch(trainer, key, steps, watch)? else {
            return Ok(None);
        };
        let images = &self.set.set.train;
        let validation = self.measure(trainer, images, &self.validation, noise, watch)?;
        let (loss, value) = (validation.rows > 0)
            .then(|| (validation.mean(), validation.accuracy()))
            .unzip();
        if loss.is_some_and(|loss| !loss.is_finite()) || !trainer.is_sound()? {
            return Ok(None);
        }
        Ok(Some(EpochPoint {
            epoch,
            train_loss,
            validation_loss: loss,
            validation_value: value,
        }))
    }
}

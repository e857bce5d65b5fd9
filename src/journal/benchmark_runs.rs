//! The benchmark runs of replays in the journal.

use super::envelope;
use super::error::JournalError;
use super::handle::Journal;
use super::store::BenchmarkRunName;
use super::writer::Commit;
use crate::record::benchmark_run::BenchmarkRun;

impl Journal {
    /// Records a benchmark run of a replay; durable when it returns. The same benchmark run again
    /// changes nothing.
    ///
    /// `AnotherEnd` where one of its benchmark, activation and seed is recorded that is not the
    /// same; `Unrecordable` where it holds a number that is not finite.
    pub fn record_benchmark_run(&self, run: &BenchmarkRun) -> Result<(), JournalError> {
        let what = format!(
            "the run of benchmark {}, activation {} and seed {}",
            run.benchmark.benchmark,
            run.activation.id(),
            run.seed
        );
        let document = envelope::document(&what, run)?;
        self.ask(
            "",
            Commit::BenchmarkRun {
                run: Box::new(run.clone()),
                document,
            },
        )
    }

    /// The run of the benchmark with this key (see
    /// [`BenchmarkRecord::key`](crate::record::benchmark_run::BenchmarkRecord::key)), this
    /// activation and this seed.
    pub fn benchmark_run(
        &self,
        benchmark_key: &str,
        activation_id: &str,
        seed: u64,
    ) -> Result<Option<BenchmarkRun>, JournalError> {
        self.read_benchmark_run(&BenchmarkRunName {
            benchmark: benchmark_key.to_owned(),
            activation: activation_id.to_owned(),
            seed,
        })
    }

    /// All benchmark runs, in order of their benchmarks' keys, then of their activations' ids, then
    /// of their seeds.
    pub fn benchmark_runs(&self) -> Result<Vec<BenchmarkRun>, JournalError> {
        self.benchmark_runs_where(|_| true)
    }

    /// The runs of the benchmark with this key, in the order of [`Journal::benchmark_runs`].
    pub fn benchmark_runs_under(
        &self,
        benchmark_key: &str,
    ) -> Result<Vec<BenchmarkRun>, JournalError> {
        self.benchmark_runs_where(|name| name.benchmark == benchmark_key)
    }

    fn benchmark_runs_where(
        &self,
        wanted: impl Fn(&BenchmarkRunName) -> bool,
    ) -> Result<Vec<BenchmarkRun>, JournalError> {
        let names = self.store().list_benchmark_runs()?;
        let benchmark_run = |name: &BenchmarkRunName| {
            self.read_benchmark_run(name)?.ok_or_else(|| {
                self.store()
                    .damaged("a benchmark run is listed, but gone".to_owned())
            })
        };
        names
            .iter()
            .filter(|name| wanted(name))
            .map(benchmark_run)
            .collect()
    }

    fn read_benchmark_run(
        &self,
        name: &BenchmarkRunName,
    ) -> Result<Option<BenchmarkRun>, JournalError> {
        let document = self.store().benchmark_run(name)?;
        document
            .map(|document| {
                self.parse(&document, || {
                    format!(
                        "the benchmark run of seed {} of activation {}",
                        name.seed, name.activation
                    )
                })
            })
            .transpose()
    }
}

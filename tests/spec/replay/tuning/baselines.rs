//! Baselines tuned on a set of sixty images.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use motherlode::formula::Formula;
use motherlode::journal::Journal;
use motherlode::nets::Backend;
use motherlode::numerics::stop::Stop;
use motherlode::record::tuning::TuningRecord;
use motherlode::replay::classification::Classification;
use motherlode::replay::fidelity::{Fidelity, MeasuredPart};
use motherlode::replay::ready_benchmark::ReadyBenchmark;
use motherlode::replay::run::ReplayError;
use motherlode::replay::sets::DataFolder;
use motherlode::replay::tuning::baselines::{
    tuned_baselines, tuning_seed, TuningError, TuningEvent, TuningPlan,
};
use motherlode::replay::Benchmark;

use super::super::import_small_images;
use super::formula;

/// `mine/mlp-4` in batches of 8, half of two epochs, measured on what is held out.
fn small(folder: &Path) -> Classification {
    import_small_images(folder);
    let Ok(Benchmark::Images(mut benchmark)) = Benchmark::named("mine/mlp-4") else {
        panic!("it is an image benchmark")
    };
    (benchmark.recipe.batch, benchmark.recipe.epochs) = (8, 2);
    let set = DataFolder::new(folder.join("data")).open("mine").unwrap();
    let fidelity = Fidelity {
        fraction: 0.5,
        part: MeasuredPart::Validation,
    };
    let whole = Classification::new(*benchmark, set).unwrap();
    whole.on(&Backend::Fused).at(fidelity).unwrap()
}

/// What happened in a tuning.
#[derive(Default)]
struct Told {
    kept: AtomicUsize,
    known: AtomicUsize,
    stepped: AtomicUsize,
}

/// Tunes relu, gelu and tanh in an archive; the stop is raised after so many steps.
fn tuned(
    benchmark: &Classification,
    archive: &Path,
    (evaluations, workers, most_steps): (u32, usize, usize),
) -> (Result<Vec<TuningRecord>, TuningError>, Told) {
    let baselines = ["relu", "gelu", "tanh"].map(formula);
    let journal = Journal::create_or_open(archive).unwrap();
    let plan = TuningPlan {
        benchmark,
        baselines: &baselines,
        evaluations,
        workers,
        backend: Backend::Fused,
        folder: archive,
        memory: None,
    };
    let (told, stop) = (Told::default(), Stop::new());
    let event = |event: TuningEvent| {
        let (counter, more) = match event {
            TuningEvent::Kept => (&told.kept, 1),
            TuningEvent::Known => (&told.known, 1),
            TuningEvent::Stepped(steps) => (&told.stepped, steps as usize),
            TuningEvent::Evaluated { .. } => return,
        };
        if counter.fetch_add(more, Ordering::Relaxed) + more >= most_steps {
            stop.raise();
        }
    };
    let tuned = tuned_baselines(&plan, &journal, &event, &stop);
    journal.close().unwrap();
    (tuned, told)
}

#[test]
fn a_tuning_is_the_same_on_one_worker_and_on_three_and_stopped_and_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let benchmark = small(folder.path());
    let steps = benchmark.steps() as usize;
    let archive = tempfile::tempdir().unwrap();
    let (one, told) = tuned(&benchmark, archive.path(), (18, 1, usize::MAX));
    let one = one.unwrap();
    assert_eq!(one.len(), 3);
    let tried: usize = one.iter().map(|tuning| tuning.tried.len()).sum();
    assert_eq!(told.stepped.into_inner(), tried * steps);
    for (tuning, name) in one.iter().zip(["relu", "gelu", "tanh"]) {
        assert_eq!(tuning.baseline.id, formula(name).id());
        assert_eq!(tuning.tried[0].formula.id, formula(name).id());
        assert_eq!((tuning.asked, tuning.seed), (18, tuning_seed()));
        assert_eq!(tuning.benchmark.settings["measured"], "validation");
        let own = tuning.tried[0].value.unwrap();
        let best = tuning.tried.iter().filter_map(|tried| tried.value);
        assert!(best.fold(f64::INFINITY, f64::min) <= own);
        assert!(Formula::parse(&tuning.best().formula).is_ok());
    }
    let others = tempfile::tempdir().unwrap();
    let (three, _) = tuned(&benchmark, others.path(), (18, 3, usize::MAX));
    assert_eq!(three.unwrap(), one);

    let cut = tempfile::tempdir().unwrap();
    let mut stepped = 0;
    for most_steps in [1, 5 * steps + 2, 20 * steps] {
        let (stopped, told) = tuned(&benchmark, cut.path(), (18, 1, most_steps));
        assert!(
            matches!(stopped, Err(TuningError::Replay(ReplayError::Interrupted))),
            "{most_steps}"
        );
        stepped += told.stepped.into_inner();
    }
    let (resumed, told) = tuned(&benchmark, cut.path(), (18, 2, usize::MAX));
    assert_eq!(resumed.unwrap(), one);
    // The tuning of the first baseline was done and kept.
    let found = told.known.into_inner() + 18 * told.kept.into_inner();
    assert!(found >= 20, "{found}");
    // Of each stop one epoch is trained again, at most.
    let whole = tried * steps;
    assert!(stepped + told.stepped.into_inner() <= whole + 3 * steps);
}

#[test]
fn a_tuning_is_kept_and_one_of_more_evaluations_goes_on_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let benchmark = small(folder.path());
    let archive = tempfile::tempdir().unwrap();
    let (first, _) = tuned(&benchmark, archive.path(), (4, 1, usize::MAX));
    let first = first.unwrap();
    let (again, told) = tuned(&benchmark, archive.path(), (4, 1, usize::MAX));
    assert_eq!(again.unwrap(), first);
    assert_eq!((told.kept.into_inner(), told.stepped.into_inner()), (3, 0));

    let (more, told) = tuned(&benchmark, archive.path(), (10, 1, usize::MAX));
    let more = more.unwrap();
    assert_eq!((told.kept.into_inner(), told.known.into_inner()), (0, 12));
    for (more, first) in more.iter().zip(&first) {
        assert_eq!(more.tried[..4], first.tried[..]);
        assert_eq!(more.clone().first(4).best(), first.best());
    }
    let (fewer, told) = tuned(&benchmark, archive.path(), (4, 1, usize::MAX));
    assert_eq!(
        fewer.unwrap(),
        first,
        "what more evaluations found is not told"
    );
    assert_eq!((told.kept.into_inner(), told.stepped.into_inner()), (3, 0));

    // A file that was changed, and one that is gone, are made again from the runs.
    let files: Vec<_> = std::fs::read_dir(archive.path().join("tunings"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(files.len(), 3);
    std::fs::remove_file(&files[0]).unwrap();
    let mut bytes = std::fs::read(&files[1]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&files[1], bytes).unwrap();
    let (again, told) = tuned(&benchmark, archive.path(), (10, 1, usize::MAX));
    assert_eq!(again.unwrap(), more);
    assert_eq!((told.kept.into_inner(), told.stepped.into_inner()), (1, 0));
}

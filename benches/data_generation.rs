//! Tasks drawn at the standard sizes (2,048 training points, 512 in distribution, two shells of
//! 512): one of each family, and all of a lab in sequence.

use std::fmt::Write;

use criterion::{criterion_group, criterion_main, Criterion};
use motherlode::lab::Lab;
use motherlode::numerics::stream::Key;
use motherlode::task::{Sizes, TaskDefinition};

const TASKS: [(&str, &str); 13] = [
    (
        "polynomial, 2 variables, degree 5",
        "family = 'polynomial'\nvariables = 2\ndegree = 5",
    ),
    (
        "polynomial, 5 variables, degree 8",
        "family = 'polynomial'\nvariables = 5\ndegree = 8\ncoefficients = 'halving'",
    ),
    (
        "polynomial, 5 variables, degree 8, sparse",
        "family = 'polynomial'\nvariables = 5\ndegree = 8\nterms = 8\ncoefficients = 'halving'",
    ),
    (
        "harmonics, angles, order 3",
        "family = 'harmonic'\ncoordinates = 'angles'\norder = 3",
    ),
    (
        "harmonics, unit vectors, order 8",
        "family = 'harmonic'\ncoordinates = 'unit-vector'\norder = 8",
    ),
    (
        "harmonic, single, order 8",
        "family = 'harmonic'\ncoordinates = 'angles'\nsingle = [8, 3]",
    ),
    ("feynman, I.40.1", "family = 'feynman'\nequation = 'I.40.1'"),
    (
        "feynman, test_20",
        "family = 'feynman'\nequation = 'test_20'",
    ),
    (
        "chaos, lorenz",
        "family = 'chaos'\nsystem = 'lorenz'\nobservable = 'x'",
    ),
    (
        "chaos, logistic",
        "family = 'chaos'\nsystem = 'logistic'\nobservable = 'x'\nvary = ['r']",
    ),
    (
        "chaos, mackey-glass",
        "family = 'chaos'\nsystem = 'mackey-glass'\nobservable = 'x0'",
    ),
    (
        "chaos, double pendulum",
        "family = 'chaos'\nsystem = 'double-pendulum'\nobservable = 'theta1'",
    ),
    ("file, 10,000 rows", "family = 'file'\ntrain = 'rows.csv'"),
];

fn rows() -> String {
    let mut stream = Key::new(0).stream();
    let mut text = String::from("a,b,c,d,target\n");
    for _ in 0..10_000 {
        let [a, b, c, d] = std::array::from_fn(|_| stream.normal());
        writeln!(text, "{a},{b},{c},{d},{}", a * b + (c * d).sin()).expect("a string takes all");
    }
    text
}

fn task(text: &str) -> TaskDefinition {
    let mut task: TaskDefinition =
        toml::from_str(&format!("name = 'task'\n{text}")).expect("the text is a task's table");
    task.load(&mut |_| Ok(rows().into_bytes()))
        .expect("the rows are a table");
    task
}

fn data_generation(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("data generation");
    for (name, text) in TASKS {
        let task = task(text);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                task.generate(&Key::new(1), &Sizes::default())
                    .expect("the task is sound")
            })
        });
    }
    let bytes = rows().into_bytes();
    group.bench_function("file, 10,000 rows, read", |bencher| {
        let mut task = task("family = 'file'\ntrain = 'rows.csv'");
        bencher.iter(|| {
            task.load(&mut |_| Ok(bytes.clone()))
                .expect("the rows are a table")
        });
    });
    for name in ["smoke", "standard"] {
        let lab =
            Lab::parse(Lab::shipped(name).expect("it is shipped")).expect("a shipped lab is sound");
        group.bench_function(format!("all tasks of {name}"), |bencher| {
            bencher.iter(|| {
                lab.tasks
                    .iter()
                    .map(|task| {
                        task.generate(&Key::new(1).word(task.name()), &lab.sizes)
                            .expect("the task is sound")
                    })
                    .collect::<Vec<_>>()
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).warm_up_time(std::time::Duration::from_millis(100)).measurement_time(std::time::Duration::from_millis(400));
    targets = data_generation
}
criterion_main!(benches);

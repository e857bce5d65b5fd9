/// What the functions give over the table.
fn found() -> Vec<Vec<f64>> {
    vec![X.iter().map(|x| value(*x)).collect(), X.iter().map(|x| slope(*x)).collect()]
}

const TOLERANCE: f64 = {{TOLERANCE}};

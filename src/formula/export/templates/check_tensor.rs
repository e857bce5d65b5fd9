/// What the functions give over the table.
fn found() -> Vec<Vec<f64>> {
{{GIVEN}}    let values = values(X, FEATURES{{PARAMETERS}});
    let gradients = gradients(X, ARRIVING, FEATURES{{PARAMETERS}});
    {{FOUND}}
}

const TOLERANCE: f64 = {{TOLERANCE}};

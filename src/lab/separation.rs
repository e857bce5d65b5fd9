//! What separates activations on a task, and what seeds add to that by chance.

/// What separates the rows of tables `[activation][seed]` of log losses, one table a network, and
/// what separates them by chance: the standard deviation between rows, without what seeds add to
/// it, and that over seeds of the difference of two rows, `None` with one seed.
///
/// Two-way analysis of variance without replication: a seed that is easy for every activation is no
/// noise, since comparisons are paired.
pub fn separation(tables: &[Vec<Vec<f64>>]) -> (f64, Option<f64>) {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let (mut between, mut within) = (0.0, 0.0);
    let seeds = tables
        .first()
        .and_then(|table| table.first())
        .map_or(0, Vec::len);
    for table in tables {
        let rows: Vec<f64> = table.iter().map(|row| mean(row)).collect();
        let columns: Vec<f64> = (0..seeds)
            .map(|seed| mean(&table.iter().map(|row| row[seed]).collect::<Vec<f64>>()))
            .collect();
        let whole = mean(&rows);
        between += rows.iter().map(|row| (row - whole).powi(2)).sum::<f64>()
            / (rows.len() as f64 - 1.0).max(1.0);
        let residual = |(row, own): (&Vec<f64>, &f64)| {
            row.iter()
                .zip(&columns)
                .map(|(value, column)| (value - own - column + whole).powi(2))
                .sum::<f64>()
        };
        let freedom = ((rows.len() as f64 - 1.0) * (seeds as f64 - 1.0)).max(1.0);
        within += table.iter().zip(&rows).map(residual).sum::<f64>() / freedom;
    }
    let count = tables.len().max(1) as f64;
    let (between, within) = (between / count, within / count);
    if seeds < 2 {
        return (between.sqrt(), None);
    }
    (
        (between - within / seeds as f64).max(0.0).sqrt(),
        Some((2.0 * within).sqrt()),
    )
}

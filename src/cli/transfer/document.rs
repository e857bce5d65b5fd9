//! Findings for programs: JSON, and comma-separated values.

use serde_json::{json, Map, Value};

use crate::cli::output;
use crate::cli::replay::document::{cell, line};
use crate::numerics::statistics::{Correlation, Undefined};
use crate::record::candidate::FormulaRecord;
use crate::replay::transfer::findings::TransferFindings;
use crate::replay::transfer::{Choice, Correlations, Lead, Predictor, PredictorRow};

/// The JSON of findings. Numbers that cannot be computed are null.
pub fn document(findings: &TransferFindings) -> Value {
    let transfer = &findings.transfer;
    let benchmark = &findings.benchmark;
    let choice = |choice: &Option<Choice>| choice.map(|choice| choice_fields(findings, choice));
    let rows = findings.predictors.iter().zip(&transfer.rows);
    let functions = 0..findings.functions.len();
    json!({
        "benchmark": benchmark.benchmark,
        "key": benchmark.key(),
        "model": benchmark.architecture,
        "dataset": benchmark.dataset,
        "metric": benchmark.metric,
        "direction": benchmark.direction,
        "settings": benchmark.settings,
        "lab": findings.lab,
        "vault": findings.vault,
        "seed": findings.seed,
        "seeds": findings.seeds,
        "not_finished": transfer.unfinished,
        "correlations": rows.map(|(predictor, row)| row_fields(predictor, row)).collect::<Vec<_>>(),
        "best_profile": {
            "all": transfer.lead.map(|lead| lead_fields(findings, lead)),
            "better_half": transfer.lead_in_better_half.map(|lead| lead_fields(findings, lead)),
        },
        "chosen_on_a_half": transfer.choices.iter().map(choice).collect::<Vec<_>>(),
        "seed_to_seed": transfer.seeds.map(|seeds| json!({
            "all": seeds.all,
            "all_interval": seeds.all_interval,
            "better_half": seeds.better_half,
            "better_half_interval": seeds.better_half_interval,
        })),
        "functions": functions.map(|index| function(findings, index)).collect::<Vec<_>>(),
    })
}

fn row_fields(predictor: &Predictor, row: &PredictorRow) -> Value {
    let mut fields = output::object(json!({
        "measure": predictor.measure.key(),
        "target": predictor.target,
    }));
    fields.extend(correlations(row.over));
    fields.insert("finished".to_owned(), correlation(row.finished));
    let halves = row.halves.iter();
    fields.insert(
        "halves".to_owned(),
        halves
            .map(|half| Value::Object(correlations(*half)))
            .collect(),
    );
    Value::Object(fields)
}

fn lead_fields(findings: &TransferFindings, lead: Lead) -> Value {
    json!({
        "best": findings.predictors[lead.best].target,
        "runner_up": findings.predictors[lead.runner_up].target,
        "difference": correlation(lead.difference),
    })
}

fn choice_fields(findings: &TransferFindings, choice: Choice) -> Value {
    let target = |index: usize| &findings.predictors[index].target;
    json!({
        "chosen": target(choice.chosen),
        "judged": choice.judged,
        "best": target(choice.best),
        "best_judged": choice.best_judged,
    })
}

/// The fields of a formula, how it did, and what the lab says of it.
fn function(findings: &TransferFindings, index: usize) -> Value {
    let function = &findings.functions[index];
    let mut fields = output::formula(&FormulaRecord::from(&function.formula));
    let mut measures = Map::new();
    for predictor in &findings.predictors {
        let own = measures
            .entry(predictor.measure.key())
            .or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(own) = own {
            own.insert(predictor.target.clone(), json!(predictor.values[index]));
        }
    }
    fields.extend(output::object(json!({
        "name": function.name,
        "origin": function.origin.name(),
        "half": half(findings, index),
        "values": findings.outcome.values[index],
        "mean": findings.outcome.means()[index],
        "measures": measures,
    })));
    Value::Object(fields)
}

/// 1 or 2.
fn half(findings: &TransferFindings, index: usize) -> usize {
    if findings.transfer.halves[0].contains(&index) {
        1
    } else {
        2
    }
}

fn correlations(correlations: Correlations) -> Map<String, Value> {
    output::object(json!({ "all": correlation(correlations.all),
        "better_half": correlation(correlations.better_half) }))
}

fn correlation(correlation: Result<Correlation, Undefined>) -> Value {
    correlation.map_or(
        Value::Null,
        |correlation| json!({ "value": correlation.value, "interval": correlation.interval }),
    )
}

/// The correlations as comma-separated values: a line a measure and target.
pub fn correlations_csv(findings: &TransferFindings) -> String {
    let heads = [
        "benchmark",
        "key",
        "lab",
        "measure",
        "target",
        "all",
        "all_low",
        "all_high",
        "better_half",
        "better_half_low",
        "better_half_high",
    ];
    let mut text = line(
        heads
            .into_iter()
            .chain(["finished", "first_half", "second_half"]),
    );
    for (predictor, row) in findings.predictors.iter().zip(&findings.transfer.rows) {
        let of = |correlation: Result<Correlation, Undefined>| {
            cell(correlation.ok().map(|correlation| correlation.value))
        };
        let mut fields = vec![
            findings.benchmark.benchmark.clone(),
            findings.benchmark.key(),
            findings.lab.clone(),
            predictor.measure.key().to_owned(),
            predictor.target.clone(),
        ];
        for correlation in [row.over.all, row.over.better_half] {
            let (low, high) = correlation
                .ok()
                .and_then(|correlation| correlation.interval)
                .unzip();
            fields.extend([of(correlation), cell(low), cell(high)]);
        }
        fields.push(of(row.finished));
        fields.extend(row.halves.iter().map(|half| of(half.all)));
        text += &line(fields);
    }
    text
}

/// The functions as comma-separated values: a line a function, with every seed of the outcome and
/// everything that the lab measured.
pub fn functions_csv(findings: &TransferFindings) -> String {
    let mut heads = ["name", "id", "origin", "formula", "half", "mean"]
        .map(str::to_owned)
        .to_vec();
    heads.extend(findings.seeds.iter().map(|seed| format!("seed {seed}")));
    heads.extend(
        findings
            .predictors
            .iter()
            .map(|predictor| format!("{} {}", predictor.measure.key(), predictor.target)),
    );
    let mut text = line(heads);
    let means = findings.outcome.means();
    for (index, function) in findings.functions.iter().enumerate() {
        let record = FormulaRecord::from(&function.formula);
        let mut fields = vec![
            function.name.clone(),
            record.id,
            function.origin.name().to_owned(),
            record.formula,
            half(findings, index).to_string(),
            cell(means[index]),
        ];
        fields.extend(
            findings.outcome.values[index]
                .iter()
                .map(|value| cell(*value)),
        );
        fields.extend(
            findings
                .predictors
                .iter()
                .map(|predictor| cell(Some(predictor.values[index]))),
        );
        text += &line(fields);
    }
    text
}

//! The JSON of an evaluation.

use serde_json::{json, Map, Value};

use super::entry::Entry;
use super::measured::Measured;
use crate::candidate::FormulaRecord;
use crate::cli::table::{estimate_under, ranks};
use crate::cli::{known, output};
use crate::evaluation::Evaluation;
use crate::evaluator::Comparison;

/// Everything that was measured in the lab, and in the vault where there is one; `settings` come first.
pub fn document(settings: Map<String, Value>, entries: &[Entry], measured: &Measured, vault: Option<&Measured>) -> Map<String, Value> {
    let mut fields = settings;
    fields.insert("results".to_owned(), json!(results(entries, measured)));
    fields.insert("comparisons".to_owned(), json!(comparisons(entries, measured)));
    fields.insert("published".to_owned(), json!(published(entries, measured)));
    fields.insert("vault".to_owned(), vault.map_or(Value::Null, |vault| vault_fields(entries, measured, vault)));
    fields
}

/// The results of formulas none of which could be measured.
pub fn rejections(entries: &[Entry]) -> Vec<Value> {
    entries.iter().filter(|entry| entry.formula.is_err()).map(|entry| Value::Object(formula_fields(entry, None))).collect()
}

fn results(entries: &[Entry], measured: &Measured) -> Vec<Value> {
    let terms = measured.terms();
    let columns = terms.columns();
    let rank = |column: &String| ranks(measured.evaluations.iter().map(|evaluation| estimate_under(evaluation.as_ref()?, column, &terms)));
    let ranked: Vec<Vec<usize>> = columns.iter().map(rank).collect();
    let mut results = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let evaluation = measured.evaluations[index].as_ref();
        let mut fields = formula_fields(entry, evaluation);
        fields.insert("rank".to_owned(), evaluation.map_or(Value::Null, |_| json!(ranked[0][index])));
        fields.insert("families".to_owned(), evaluation.map_or(json!({}), |evaluation| families(measured, evaluation, &measured.target)));
        let mut profiles = Map::new();
        for (name, estimate) in evaluation.iter().flat_map(|evaluation| &evaluation.profiles) {
            let mut profile = output::object(json!(estimate));
            let column = columns.iter().position(|column| column == name);
            profile.insert("rank".to_owned(), json!(column.map(|column| ranked[column][index])));
            profile.insert("families".to_owned(), evaluation.map_or(json!({}), |evaluation| families(measured, evaluation, name)));
            profiles.insert(name.clone(), Value::Object(profile));
        }
        fields.insert("profiles".to_owned(), Value::Object(profiles));
        let beside = measured.beside_standard(entries, index);
        let name = measured.terms().standard().map(|(name, _)| name.to_owned());
        fields.insert("beside".to_owned(), beside.as_ref().map_or(Value::Null, |comparison| beside_fields(comparison, name.as_deref())));
        let gelu = beside.filter(|_| name.as_deref() == Some("gelu"));
        fields.insert("beats_gelu".to_owned(), json!(gelu.map(|comparison| comparison.probability)));
        results.push(Value::Object(fields));
    }
    results
}

fn beside_fields(comparison: &Comparison, rival: Option<&str>) -> Value {
    let mut fields = comparison_fields(comparison);
    fields.insert("rival".to_owned(), json!(rival));
    Value::Object(fields)
}

fn families(measured: &Measured, evaluation: &Evaluation, column: &str) -> Value {
    let family = |estimate: crate::evaluator::resampling::FamilyEstimate| {
        (estimate.family, json!({ "value": estimate.value, "interval": [estimate.interval.0, estimate.interval.1] }))
    };
    Value::Object(measured.families(evaluation, column).into_iter().map(family).collect())
}

fn comparison_fields(comparison: &Comparison) -> Map<String, Value> {
    output::object(json!({
        "difference": comparison.difference,
        "interval": [comparison.interval.0, comparison.interval.1],
        "probability": comparison.probability,
        "verdict": comparison.verdict.name(),
        "carried_by": comparison.verdict.carried_by(),
    }))
}

fn comparisons(entries: &[Entry], measured: &Measured) -> Vec<Value> {
    let id = |index: usize| entries[index].formula.as_ref().map(|formula| formula.id().to_owned()).ok();
    let fields = |rivalry: super::measured::Rivalry| {
        let mut fields = output::object(json!({
            "formula": id(rivalry.formula), "formula_given": entries[rivalry.formula].given,
            "rival": id(rivalry.rival), "rival_given": entries[rivalry.rival].given,
            "profile": rivalry.column,
        }));
        fields.extend(comparison_fields(&rivalry.comparison));
        Value::Object(fields)
    };
    measured.rivalries(entries).into_iter().map(fields).collect()
}

fn published(entries: &[Entry], measured: &Measured) -> Vec<Value> {
    let mut rows = Vec::new();
    for (index, published, losses) in measured.published(entries) {
        let loss = |loss: &super::measured::PublishedLoss| {
            let ratio = loss.measured.map(|measured| measured / loss.published);
            json!({ "task": loss.task, "kind": loss.kind, "published": loss.published, "measured": loss.measured, "ratio": ratio })
        };
        let id = entries[index].formula.as_ref().map(|formula| formula.id().to_owned()).ok();
        let losses: Vec<Value> = losses.iter().map(loss).collect();
        rows.push(json!({ "formula": id, "formula_given": published.formula, "source": published.source, "losses": losses }));
    }
    rows
}

fn vault_fields(entries: &[Entry], measured: &Measured, vault: &Measured) -> Value {
    let correlations: Map<String, Value> =
        measured.rank_correlations(vault).into_iter().map(|(column, correlation)| (column, json!(correlation))).collect();
    json!({
        "lab": vault.lab.name, "seeds": vault.lab.seeds, "fresh": vault.fresh, "results": results(entries, vault),
        "comparisons": comparisons(entries, vault), "rank_correlation": correlations,
    })
}

/// The fields of one formula, measured or not.
fn formula_fields(entry: &Entry, evaluation: Option<&Evaluation>) -> Map<String, Value> {
    let mut fields = match &entry.formula {
        Ok(formula) => output::formula(&FormulaRecord::from(formula)),
        Err(_) => output::object(
            json!({ "id": null, "nickname": null, "formula": entry.given, "canonical": null, "class": null, "cost": null, "parameters": null }),
        ),
    };
    fields.insert("given".to_owned(), json!(entry.given));
    fields.insert("baseline".to_owned(), json!(entry.baseline));
    fields.insert("nearest_known".to_owned(), entry.formula.as_ref().map_or(Value::Null, known::fields));
    let empty = json!({ "fitness": null, "fitness_interval": null, "profiles": {}, "train_loss": null, "in_distribution_loss": null, "out_of_distribution_loss": null, "trained_parameters": [] });
    fields.extend(evaluation.map_or_else(|| output::object(empty), output::evaluation));
    let (status, reason) = entry.status(evaluation);
    fields.insert("status".to_owned(), json!(status));
    fields.insert("reason".to_owned(), json!(reason));
    fields.insert("tasks".to_owned(), json!(evaluation.map_or(&[][..], |evaluation| &evaluation.tasks)));
    fields
}

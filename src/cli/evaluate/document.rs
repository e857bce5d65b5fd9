//! The JSON of an evaluation.

use serde_json::{json, Map, Value};

use crate::cli::table::ranks;
use crate::cli::{nearest_known, output};
use crate::formula::Formula;
use crate::lab::resampling::FamilyEstimate;
use crate::lab::Comparison;
use crate::record::candidate::FormulaRecord;
use crate::record::evaluation::Evaluation;
use crate::review::{EvaluationEntry, LabMeasurement, PublishedLoss, Rivalry};

/// Everything that was measured in the lab, and in the vault where there is one; `settings` come
/// first.
pub fn document(
    settings: Map<String, Value>,
    entries: &[EvaluationEntry],
    measured: &LabMeasurement,
    vault: Option<&LabMeasurement>,
) -> Map<String, Value> {
    let mut fields = settings;
    fields.insert("results".to_owned(), json!(results(entries, measured)));
    fields.insert(
        "comparisons".to_owned(),
        json!(comparisons(entries, measured)),
    );
    fields.insert("published".to_owned(), json!(published(entries, measured)));
    fields.insert(
        "vault".to_owned(),
        vault.map_or(Value::Null, |vault| vault_fields(entries, measured, vault)),
    );
    fields
}

/// The results of formulas none of which could be measured.
pub fn rejections(entries: &[EvaluationEntry]) -> Vec<Value> {
    entries
        .iter()
        .filter(|entry| entry.formula.is_err())
        .map(|entry| Value::Object(formula_fields(entry, None)))
        .collect()
}

fn results(entries: &[EvaluationEntry], measured: &LabMeasurement) -> Vec<Value> {
    let columns = measured.columns();
    let (standard, standard_id) = columns.standard().unzip();
    let is_gelu =
        standard_id.is_some_and(|id| Formula::parse("gelu").is_ok_and(|gelu| gelu.id() == id));
    let ranked = |column: &str| {
        ranks(
            measured
                .evaluations
                .iter()
                .map(|evaluation| columns.estimate(evaluation.as_ref()?, column)),
        )
    };
    let ranked_by_profile: Vec<(&str, Vec<usize>)> = measured
        .lab
        .profiles
        .iter()
        .map(|profile| (profile.name.as_str(), ranked(&profile.name)))
        .collect();
    let ranked = ranked(&measured.target);
    let result = |(index, entry): (usize, &EvaluationEntry)| {
        let evaluation = measured.evaluations[index].as_ref();
        let mut fields = formula_fields(entry, evaluation);
        let Some(evaluation) = evaluation else {
            return Value::Object(fields);
        };
        fields.insert("rank".to_owned(), json!(ranked[index]));
        fields.insert(
            "families".to_owned(),
            families(measured, evaluation, &measured.target),
        );
        let profile = |(name, ranked): &(&str, Vec<usize>)| {
            let mut profile = output::object(json!(evaluation.profiles.get(*name)?));
            profile.insert("rank".to_owned(), json!(ranked[index]));
            profile.insert("families".to_owned(), families(measured, evaluation, name));
            Some(((*name).to_owned(), Value::Object(profile)))
        };
        fields.insert(
            "profiles".to_owned(),
            Value::Object(ranked_by_profile.iter().filter_map(profile).collect()),
        );
        let beside = measured.beside_standard(entries, index);
        let share = beside
            .as_ref()
            .filter(|_| is_gelu)
            .map(|comparison| comparison.probability);
        fields.insert("beats_gelu".to_owned(), json!(share));
        fields.insert(
            "beside".to_owned(),
            beside.map_or(Value::Null, |comparison| {
                beside_fields(&comparison, standard)
            }),
        );
        Value::Object(fields)
    };
    entries.iter().enumerate().map(result).collect()
}

fn beside_fields(comparison: &Comparison, rival: Option<&str>) -> Value {
    let mut fields = comparison_fields(comparison);
    fields.insert("rival".to_owned(), json!(rival));
    Value::Object(fields)
}

fn families(measured: &LabMeasurement, evaluation: &Evaluation, column: &str) -> Value {
    let family = |estimate: FamilyEstimate| {
        (
            estimate.family,
            json!({ "value": estimate.value, "interval": estimate.interval }),
        )
    };
    Value::Object(
        measured
            .families(evaluation, column)
            .into_iter()
            .map(family)
            .collect(),
    )
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

fn comparisons(entries: &[EvaluationEntry], measured: &LabMeasurement) -> Vec<Value> {
    let id = |index: usize| {
        entries[index]
            .formula
            .as_ref()
            .map(|formula| formula.id().to_owned())
            .ok()
    };
    let fields = |rivalry: Rivalry| {
        let mut fields = output::object(json!({
            "formula": id(rivalry.formula), "formula_given": entries[rivalry.formula].text,
            "rival": id(rivalry.rival), "rival_given": entries[rivalry.rival].text,
            "profile": rivalry.column,
        }));
        fields.extend(comparison_fields(&rivalry.comparison));
        Value::Object(fields)
    };
    measured
        .rivalries(entries)
        .into_iter()
        .map(fields)
        .collect()
}

fn published(entries: &[EvaluationEntry], measured: &LabMeasurement) -> Vec<Value> {
    let mut rows = Vec::new();
    for (index, published, losses) in measured.published(entries) {
        let loss = |loss: &PublishedLoss| {
            let ratio = loss.measured.map(|measured| measured / loss.published);
            json!({ "task": loss.task, "kind": loss.kind,
            "published": loss.published, "measured": loss.measured, "ratio": ratio })
        };
        let id = entries[index]
            .formula
            .as_ref()
            .map(|formula| formula.id().to_owned())
            .ok();
        let losses: Vec<Value> = losses.iter().map(loss).collect();
        rows.push(json!({ "formula": id, "formula_given": published.formula,
        "source": published.source, "losses": losses }));
    }
    rows
}

fn vault_fields(
    entries: &[EvaluationEntry],
    measured: &LabMeasurement,
    vault: &LabMeasurement,
) -> Value {
    let correlations: Map<String, Value> = measured
        .rank_correlations(vault)
        .into_iter()
        .map(|(column, correlation)| (column, json!(correlation)))
        .collect();
    json!({
        "lab": vault.lab.name, "seeds": vault.lab.seeds, "fresh": vault.fresh,
        "results": results(entries, vault),
        "comparisons": comparisons(entries, vault), "rank_correlation": correlations,
    })
}

/// The fields of one formula, measured or not.
fn formula_fields(entry: &EvaluationEntry, evaluation: Option<&Evaluation>) -> Map<String, Value> {
    let mut fields = match &entry.formula {
        Ok(formula) => output::formula(&FormulaRecord::from(formula)),
        Err(_) => output::object(json!({ "id": null, "nickname": null, "formula": entry.text,
            "canonical": null, "class": null, "cost": null, "parameters": null })),
    };
    fields.insert("given".to_owned(), json!(entry.text));
    fields.insert("baseline".to_owned(), json!(entry.baseline));
    fields.insert(
        "nearest_known".to_owned(),
        entry
            .formula
            .as_ref()
            .map_or(Value::Null, nearest_known::fields),
    );
    let empty = json!({ "fitness": null, "fitness_interval": null, "profiles": {},
    "train_loss": null, "in_distribution_loss": null,
    "out_of_distribution_loss": null, "trained_parameters": [],
        "rank": null, "families": {}, "beats_gelu": null, "beside": null });
    fields.extend(evaluation.map_or_else(|| output::object(empty), output::evaluation));
    let (status, reason) = entry.status(evaluation);
    fields.insert("status".to_owned(), json!(status));
    fields.insert("reason".to_owned(), json!(reason));
    fields.insert(
        "tasks".to_owned(),
        json!(evaluation.map_or(&[][..], |evaluation| &evaluation.tasks)),
    );
    fields
}

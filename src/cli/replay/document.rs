//! A summary for programs: JSON, and comma-separated values.

use serde_json::{json, Map, Value};

use crate::cli::output;
use crate::cli::replay::table::written;
use crate::record::benchmark_run::{ActivationRecord, BenchmarkRunEnd};
use crate::replay::summary::{
    ComparisonRow, Entrant, ResultRow, Summary, TunedComparison, Undecided, Verdict, LEVEL, TEST,
};

/// The JSON of a summary. Numbers that cannot be computed are null, and `reasons` says why.
pub fn document(summary: &Summary) -> Value {
    let benchmark = &summary.benchmark;
    json!({
        "benchmark": benchmark.benchmark,
        "key": benchmark.key(),
        "model": benchmark.architecture,
        "dataset": benchmark.dataset,
        "metric": benchmark.metric,
        "direction": benchmark.direction,
        "settings": benchmark.settings,
        "seeds": summary.seeds,
        "results": summary.results.iter().map(result).collect::<Vec<_>>(),
        "comparisons": comparisons(summary),
        "tuned": tuned(summary),
        "level": LEVEL,
    })
}

/// The fields of a formula, null where the activation is mixed; its name; and what it came to.
fn result(row: &ResultRow) -> Value {
    let mut fields = activation(&row.entrant.activation);
    let curve = row.curve.iter().map(|point| {
        json!({ "epoch": point.epoch, "seeds": point.seeds,
        "train_loss": point.train_loss, "validation_loss": point.validation_loss,
            "validation_value": point.validation_value })
    });
    fields.extend(output::object(json!({
        "activation": row.entrant.activation.id(),
        "name": row.entrant.name,
        "baseline": row.entrant.baseline.then_some(&row.entrant.name),
        "tuned": row.entrant.tuned.as_ref().map(|note| {
            json!({ "of": note.of, "evaluations": note.evaluations })
        }),
        "values": row.values(),
        "status": row.ends.iter().map(status).collect::<Vec<_>>(),
        "reasons": row.ends.iter().map(reason).collect::<Vec<_>>(),
        "count": row.finished(),
        "not_finished": row.mark(),
        "mean": row.mean,
        "median": row.median,
        "deviation": row.deviation.ok(),
        "interval": row.interval.ok(),
        "median_interval": row.median_interval.ok(),
        "curve": curve.collect::<Vec<_>>(),
        "shares": (!row.shares.is_empty()).then_some(&row.shares),
    })));
    Value::Object(fields)
}

fn activation(activation: &ActivationRecord) -> Map<String, Value> {
    let mut fields = match activation {
        ActivationRecord::Formula(formula) => output::formula(formula),
        ActivationRecord::Mixed(_) => output::object(
            json!({ "id": null, "nickname": null, "formula": null, "canonical": null,
            "class": null, "cost": null, "parameters": null }),
        ),
    };
    let mixed = match activation {
        ActivationRecord::Formula(_) => Value::Null,
        ActivationRecord::Mixed(mixed) => json!(mixed),
    };
    fields.insert("mixed".to_owned(), mixed);
    fields
}

/// `ok`, `diverged`, `out_of_memory`, `failed`, `cut_short` or, where the seed was not run,
/// `missing`.
fn status(end: &Option<BenchmarkRunEnd>) -> &'static str {
    match end {
        Some(BenchmarkRunEnd::Finished { .. }) => "ok",
        Some(BenchmarkRunEnd::Diverged { .. }) => "diverged",
        Some(BenchmarkRunEnd::OutOfMemory { .. }) => "out_of_memory",
        Some(BenchmarkRunEnd::Failed { .. }) => "failed",
        Some(BenchmarkRunEnd::CutShort { .. }) => "cut_short",
        None => "missing",
    }
}

fn reason(end: &Option<BenchmarkRunEnd>) -> Option<String> {
    match end {
        Some(BenchmarkRunEnd::Finished { .. }) => None,
        Some(other) => Some(other.to_string()),
        None => Some("not run".to_owned()),
    }
}

fn comparisons(summary: &Summary) -> Vec<Value> {
    let rows = summary.comparisons.iter();
    rows.map(|row| comparison(summary, row)).collect()
}

fn comparison(summary: &Summary, row: &ComparisonRow) -> Value {
    let entrant = |index: usize| &summary.results[index].entrant;
    let undecided = match row.verdict {
        Verdict::Better | Verdict::Worse => None,
        Verdict::Undecided(why) => Some(why.to_string()),
    };
    let untested = match row.verdict {
        Verdict::Undecided(Undecided::Untested(why)) => Some(why),
        _ => row.paired.err(),
    };
    json!({
        "candidate": entrant(row.candidate).name,
        "candidate_id": entrant(row.candidate).activation.id(),
        "baseline": entrant(row.baseline).name,
        "baseline_id": entrant(row.baseline).activation.id(),
        "difference": row.difference,
        "interval": row.paired.ok().map(|test| test.interval),
        "p_value": row.paired.ok().map(|test| test.p_value),
        "test": TEST,
        "t": row.paired.ok().map(|test| test.t),
        "degrees_of_freedom": row.paired.ok().map(|test| test.degrees_of_freedom),
        "p_adjusted": row.p_adjusted,
        "adjustment": "holm",
        "p_wilcoxon": row.signed_rank.ok().map(|test| test.p_value),
        "p_independent": row.independent.ok().map(|test| test.p_value),
        "p_welch": row.welch.ok().map(|test| test.p_value),
        "effect_size": row.effect_size.ok(),
        "hedges_g": row.hedges_g.ok(),
        "seeds": row.seeds,
        "verdict": row.verdict.name(),
        "undecided": undecided,
        "reason": untested.map(|why| why.to_string()),
        "words": summary.words(row),
    })
}

/// Each candidate beside each baseline that was tuned.
fn tuned(summary: &Summary) -> Vec<Value> {
    let name = |index: usize| &summary.results[index].entrant.name;
    let comparison = |comparison: &TunedComparison| {
        json!({
            "candidate": name(comparison.plain.candidate),
            "baseline": name(comparison.plain.baseline),
            "tuned": comparison.tuned.map(|row| name(row.baseline)),
            "evaluations": comparison.evaluations,
            "verdict": comparison.plain.verdict.name(),
            "verdict_tuned": comparison.tuned.map(|row| row.verdict.name()),
            "difference": comparison.plain.difference,
            "by_scale": comparison.by_scale(),
            "by_shape": comparison.by_scale().and(comparison.tuned).and_then(|row| row.difference),
            "words": summary.tuned_words(comparison),
        })
    };
    summary.tuned_comparisons().iter().map(comparison).collect()
}

/// The results as comma-separated values: a line an activation and seed.
pub fn results_csv(summary: &Summary) -> String {
    let mut text = line([
        "benchmark",
        "key",
        "activation",
        "id",
        "baseline",
        "formula",
        "seed",
        summary.benchmark.metric.as_str(),
        "status",
        "reason",
        "tuned",
    ]);
    for row in &summary.results {
        for ((seed, end), value) in summary.seeds.iter().zip(&row.ends).zip(row.values()) {
            text += &line([
                summary.benchmark.benchmark.clone(),
                summary.benchmark.key(),
                row.entrant.name.clone(),
                row.entrant.activation.id(),
                row.entrant.baseline.to_string(),
                formula(&row.entrant.activation),
                seed.to_string(),
                cell(value),
                status(end).to_owned(),
                reason(end).unwrap_or_default(),
                tuned_by(&row.entrant),
            ]);
        }
    }
    text
}

/// The comparisons as comma-separated values: a line a candidate and baseline.
pub fn comparisons_csv(summary: &Summary) -> String {
    let heads = [
        "benchmark",
        "key",
        "candidate",
        "baseline",
        "seeds",
        "difference",
        "interval_low",
        "interval_high",
        "p_value",
        "p_adjusted",
        "p_wilcoxon",
        "p_independent",
        "effect_size",
        "verdict",
        "words",
    ];
    let mut text = line(heads);
    for row in &summary.comparisons {
        let paired = row.paired.ok();
        text += &line([
            summary.benchmark.benchmark.clone(),
            summary.benchmark.key(),
            summary.results[row.candidate].entrant.name.clone(),
            summary.results[row.baseline].entrant.name.clone(),
            row.seeds.len().to_string(),
            cell(row.difference),
            cell(paired.map(|test| test.interval.0)),
            cell(paired.map(|test| test.interval.1)),
            cell(paired.map(|test| test.p_value)),
            cell(row.p_adjusted),
            cell(row.signed_rank.ok().map(|test| test.p_value)),
            cell(row.independent.ok().map(|test| test.p_value)),
            cell(row.effect_size.ok()),
            row.verdict.name().to_owned(),
            summary.words(row),
        ]);
    }
    text
}

/// The evaluations by which an entrant was tuned, empty where it was not.
fn tuned_by(entrant: &Entrant) -> String {
    let note = entrant.tuned.as_ref();
    note.map_or_else(String::new, |note| note.evaluations.to_string())
}

fn formula(activation: &ActivationRecord) -> String {
    activation
        .formula()
        .map_or_else(|| written(activation), |formula| formula.formula.clone())
}

/// A number in all its digits, empty where there is none.
pub fn cell(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// One line (RFC 4180): fields with a comma, a quote or a line break stand in quotes.
pub fn line<T: AsRef<str>>(fields: impl IntoIterator<Item = T>) -> String {
    let quoted = |field: T| {
        let field = field.as_ref();
        match field.contains([',', '"', '\n', '\r']) {
            true => format!("\"{}\"", field.replace('"', "\"\"")),
            false => field.to_owned(),
        }
    };
    fields.into_iter().map(quoted).collect::<Vec<_>>().join(",") + "\n"
}

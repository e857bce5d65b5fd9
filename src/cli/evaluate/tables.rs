//! The tables of an evaluation, for people.

use crate::cli::common::{shortened, Failure};
use crate::cli::output;
use crate::cli::table::{
    fitness_only_table, formula_table, loss, probability, short_interval, signed, table, FormulaRow,
};
use crate::drawing::visible::on_a_line;
use crate::lab::FitnessLaw;
use crate::record::candidate::FormulaRecord;
use crate::record::evaluation::Evaluation;
use crate::review::{EvaluationEntry, LabMeasurement};

/// Prints everything that was measured in the lab, and in the vault where there is one.
pub fn print(
    entries: &[EvaluationEntry],
    measured: &LabMeasurement,
    vault: Option<&LabMeasurement>,
) -> Result<(), Failure> {
    let records: Vec<Option<FormulaRecord>> = entries
        .iter()
        .map(|entry| entry.formula.as_ref().ok().map(FormulaRecord::from))
        .collect();
    output::line(formula_table(
        rows(entries, &records, measured),
        &measured.columns(),
    ))?;
    output::line(format!(
        "\n{}\n\n{}",
        on_a_line(&family_title(measured)),
        families(entries, measured)
    ))?;
    print_rivalries(entries, measured)?;
    print_published(entries, measured)?;
    if let Some(vault) = vault {
        let table = fitness_only_table(rows(entries, &records, vault), &vault.columns());
        output::line(format!(
            "\nThe same formulas on lab {}, which selects nothing:\n\n{table}",
            on_a_line(&vault.lab.name)
        ))?;
        output::line(format!(
            "\n{}\n\n{}",
            on_a_line(&family_title(vault)),
            families(entries, vault)
        ))?;
        print_rivalries(entries, vault)?;
        let words = correlation_words(measured, vault);
        output::line(format!("\n{}", on_a_line(&words)))?;
    }
    for (entry, evaluation) in entries.iter().zip(&measured.evaluations) {
        if let Some(words) = evaluation
            .as_ref()
            .and_then(Evaluation::trained_parameters_in_words)
        {
            output::line(format!(
                "\ntrained parameters of {}: {words}",
                shortened(&entry.text)
            ))?;
        }
    }
    let mut failed = table(&["formula", "status", "reason"]);
    for (entry, evaluation) in entries.iter().zip(&measured.evaluations) {
        let (status, reason) = entry.status(evaluation.as_ref());
        if let Some(reason) = reason {
            failed.add_row([shortened(&entry.text), status.to_owned(), reason]);
        }
    }
    if !failed.is_empty() {
        output::line(format!("\n{failed}"))?;
    }
    Ok(())
}

fn rows<'a>(
    entries: &'a [EvaluationEntry],
    records: &'a [Option<FormulaRecord>],
    measured: &'a LabMeasurement,
) -> Vec<FormulaRow<'a>> {
    let row = |index: usize| {
        let (formula, evaluation) = (
            records[index].as_ref()?,
            measured.evaluations[index].as_ref()?,
        );
        Some(FormulaRow {
            name: shortened(&entries[index].text),
            formula,
            evaluation,
            fresh: None,
            selected: false,
            origin: entries[index].origin().to_owned(),
        })
    };
    (0..entries.len()).filter_map(row).collect()
}

fn family_title(measured: &LabMeasurement) -> String {
    let what = match measured.lab.fitness {
        FitnessLaw::LogRatio { clip } => {
            format!(
                "minus the log ratio of out-of-distribution loss to {}'s, at most {clip} either \
                 way",
                measured.lab.baselines[0]
            )
        }
        FitnessLaw::MinusMeanLoss { .. } => "minus the out-of-distribution loss".to_owned(),
    };
    format!(
        "By task family on lab {}, target {}: {what}; higher is better.",
        measured.lab.name, measured.target
    )
}

/// Rows formulas, fittest first, columns families in the lab's order.
fn families(entries: &[EvaluationEntry], measured: &LabMeasurement) -> String {
    let mut known: Vec<(&EvaluationEntry, &Evaluation)> = entries
        .iter()
        .zip(&measured.evaluations)
        .filter_map(|(entry, evaluation)| Some((entry, evaluation.as_ref()?)))
        .collect();
    known.sort_by(|a, b| {
        b.1.estimate
            .fitness
            .value()
            .total_cmp(&a.1.estimate.fitness.value())
    });
    let Some((_, first)) = known.first() else {
        return String::new();
    };
    let mut heads = vec!["name".to_owned()];
    heads.extend(
        measured
            .families(first, &measured.target)
            .into_iter()
            .map(|estimate| estimate.family),
    );
    let mut table = table(&heads.iter().map(String::as_str).collect::<Vec<_>>());
    for (entry, evaluation) in known {
        let estimates = measured.families(evaluation, &measured.target);
        let worst = estimates
            .iter()
            .map(|estimate| estimate.value)
            .fold(f64::INFINITY, f64::min);
        let several = estimates.iter().any(|estimate| estimate.value > worst);
        let mut cells = vec![shortened(&entry.text)];
        for estimate in &estimates {
            let mark = if several && estimate.value == worst {
                " worst"
            } else {
                ""
            };
            let interval = estimate.interval.map_or_else(String::new, |interval| {
                format!(" ({})", short_interval(interval))
            });
            cells.push(format!("{}{interval}{mark}", signed(estimate.value)));
        }
        table.add_row(cells);
    }
    table.to_string()
}

fn print_rivalries(entries: &[EvaluationEntry], measured: &LabMeasurement) -> Result<(), Failure> {
    let rivalries = measured.rivalries(entries);
    if rivalries.is_empty() {
        return Ok(());
    }
    let mut table = table(&[
        "formula",
        "rival",
        "under",
        "difference",
        "95 % interval",
        "P(fitter)",
        "verdict",
    ]);
    for rivalry in rivalries {
        let (rival, comparison) = (shortened(&entries[rivalry.rival].text), rivalry.comparison);
        table.add_row([
            shortened(&entries[rivalry.formula].text),
            rival.clone(),
            rivalry.column,
            signed(comparison.difference),
            short_interval(comparison.interval),
            probability(comparison.probability),
            comparison.words(&rival),
        ]);
    }
    Ok(output::line(format!(
        "\nPaired on the same tasks, initial weights and batches of lab {}:\n\n{table}",
        on_a_line(&measured.lab.name)
    ))?)
}

fn print_published(entries: &[EvaluationEntry], measured: &LabMeasurement) -> Result<(), Failure> {
    let rows = measured.published(entries);
    if rows.is_empty() {
        return Ok(());
    }
    let mut table = table(&[
        "formula",
        "loss",
        "task",
        "published",
        "measured",
        "measured / published",
        "source",
    ]);
    for (_, published, losses) in rows {
        for reported in losses {
            let ratio = reported.measured.map_or_else(String::new, |measured| {
                format!("{:.2}", measured / reported.published)
            });
            table.add_row([
                published.formula.clone(),
                reported.kind.to_owned(),
                reported.task.unwrap_or_else(|| "all".to_owned()),
                loss(Some(reported.published)),
                loss(reported.measured),
                ratio,
                published.source.clone(),
            ]);
        }
    }
    Ok(output::line(format!(
        "\nPublished losses beside those measured on lab {}:\n\n{table}",
        on_a_line(&measured.lab.name)
    ))?)
}

/// How far two labs rank the formulas alike, such as `... 7 formulas: +0.93 general, +0.89 mlp`.
fn correlation_words(measured: &LabMeasurement, vault: &LabMeasurement) -> String {
    let count = measured
        .evaluations
        .iter()
        .zip(&vault.evaluations)
        .filter(|(own, other)| own.is_some() && other.is_some())
        .count();
    let word = |(column, correlation): (String, Option<f64>)| match correlation {
        Some(correlation) => format!("{correlation:+.2} {column}"),
        None => format!("none {column} (it takes three formulas that differ)"),
    };
    let words: Vec<String> = measured
        .rank_correlations(vault)
        .into_iter()
        .map(word)
        .collect();
    format!(
        "Rank correlation (Spearman) of the fitnesses on lab {} with those on lab {}, {count} \
         formulas: {}",
        measured.lab.name,
        vault.lab.name,
        words.join(", ")
    )
}

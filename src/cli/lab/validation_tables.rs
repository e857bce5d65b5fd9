//! The tables of `motherlode lab validate`, to be pasted as Markdown.

use crate::cli::table::table;
use crate::lab::validation::Agreement;
use crate::lab::validation_report::{RungAgreement, TargetAgreement, ValidationReport};

/// All tables, each with a sentence on what it shows.
pub fn text(report: &ValidationReport) -> String {
    let mut parts = vec![
        "Each cell: Spearman's rank correlation over all functions / over the better half of them \
        (by what judges); in brackets the 95 % interval over functions.\n"
            .to_owned(),
        "Parts of the lab against one another, mean over random halves of the tasks (the better \
        half by all tasks), trial seeds against as many others, and this draw of the tasks \
        against a fresh one:\n"
            .to_owned(),
        consistency(report),
        "\nCheap rungs against the full lab; the shares of the field that must be kept for the \
        true top 10, for 9 of them and for the true top 5 to pass; and how many of the true top \
        10 pass all rungs so far at the lab's shares:\n"
            .to_owned(),
        rungs(&report.rungs),
        "\nFamilies that select against families that judge:\n".to_owned(),
        families(report),
        "\nWhat selects, on random halves of the tasks and on some families, against the fitness \
        on the others:\n"
            .to_owned(),
        measures(report),
    ];
    if !report.profiles.is_empty() {
        parts.push("\nProfiles against one another:\n".to_owned());
        parts.push(profiles(report));
    }
    parts.join("\n")
}

/// The names of the targets, from rows that have one each.
fn targets(rows: &[TargetAgreement]) -> Vec<&str> {
    rows.iter().map(|row| row.target.as_str()).collect()
}

fn consistency(report: &ValidationReport) -> String {
    let names = targets(&report.split_half);
    let mut heads = vec!["what"];
    heads.extend(&names);
    let mut table = table(&heads);
    let rows = [
        ("half of the tasks, the other half", &report.split_half),
        ("trial seeds, others", &report.seeds),
        ("the lab, a fresh draw", &report.fresh_draw),
        ("the lab, the vault", &report.vault),
    ];
    for (what, rows) in rows.into_iter().filter(|(_, rows)| !rows.is_empty()) {
        let of_target = |target: &&str| {
            rows.iter()
                .find(|row| row.target == **target)
                .map_or_else(String::new, |row| cell(&row.agreement))
        };
        table.add_row(std::iter::once(what.to_owned()).chain(names.iter().map(of_target)));
    }
    table.to_string()
}

fn rungs(rows: &[RungAgreement]) -> String {
    if rows.is_empty() {
        return "The lab has no cheap rungs.".to_owned();
    }
    let mut table = table(&[
        "target",
        "rung",
        "tasks",
        "trials",
        "truth",
        "correlation",
        "10 of 10",
        "9 of 10",
        "5 of 5",
        "the lab keeps",
        "top 10 passed",
    ]);
    for row in rows {
        let share = |share: Option<f64>| {
            share.map_or_else(|| "-".to_owned(), |share| format!("{share:.2}"))
        };
        table.add_row([
            row.target.clone(),
            row.rung.clone(),
            row.tasks.to_string(),
            row.trials.to_string(),
            row.truth.clone(),
            cell(&row.agreement),
            share(row.keep_for_10_of_10),
            share(row.keep_for_9_of_10),
            share(row.keep_for_5_of_5),
            format!("{:.2}", row.keep),
            row.top_10_passed
                .map_or_else(|| "-".to_owned(), |passed| passed.to_string()),
        ]);
    }
    table.to_string()
}

fn families(report: &ValidationReport) -> String {
    let Some(first) = report.families.first() else {
        return "The lab has one family only.".to_owned();
    };
    let mut heads = vec!["selecting", "judging"];
    heads.extend(targets(&first.targets));
    let mut table = table(&heads);
    for row in &report.families {
        let cells = [row.selecting.join(" + "), row.judging.join(" + ")];
        table.add_row(
            cells
                .into_iter()
                .chain(row.targets.iter().map(|row| cell(&row.agreement))),
        );
    }
    table.to_string()
}

fn measures(report: &ValidationReport) -> String {
    let names = targets(&report.split_half);
    let heads: Vec<String> = ["halves", "families"]
        .iter()
        .flat_map(|how| names.iter().map(move |name| format!("{how}, {name}")))
        .collect();
    let mut all = vec!["what selects"];
    all.extend(heads.iter().map(String::as_str));
    let mut table = table(&all);
    for row in &report.measures {
        let cells = row
            .halves
            .iter()
            .chain(&row.families)
            .map(|row| cell(&row.agreement));
        table.add_row(std::iter::once(row.measure.clone()).chain(cells));
    }
    table.to_string()
}

fn profiles(report: &ValidationReport) -> String {
    let mut table = table(&["selecting", "judging", "correlation"]);
    for row in &report.profiles {
        table.add_row([
            row.selecting.clone(),
            row.judging.clone(),
            cell(&row.agreement),
        ]);
    }
    table.to_string()
}

/// `.951 / .876 [.93 to .96 / .80 to .92]`; a dash where there is nothing to correlate.
fn cell(agreement: &Agreement) -> String {
    let number = |value: Option<f64>, digits: usize| {
        value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
    };
    let both = format!(
        "{} / {}",
        number(agreement.all, 3),
        number(agreement.better_half, 3)
    );
    let interval =
        |ends: Option<(f64, f64)>| ends.map(|(low, high)| format!("{low:.2} to {high:.2}"));
    match (
        interval(agreement.all_interval),
        interval(agreement.better_half_interval),
    ) {
        (None, None) => both,
        (all, better) => format!(
            "{both} [{} / {}]",
            all.unwrap_or_else(|| "-".to_owned()),
            better.unwrap_or_else(|| "-".to_owned())
        ),
    }
}

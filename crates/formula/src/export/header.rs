//! The comment at the top of an export.

use super::name::Name;
use crate::class::Class;
use crate::formula::Formula;

/// What the export is of, a line each, and how it is used; each line begins with `mark`.
pub(super) fn header(mark: &str, formula: &Formula, name: Option<&Name>, usage: &[&str]) -> String {
    let mut lines = vec![
        format!(
            "An activation function, exported by motherlode {}.",
            env!("CARGO_PKG_VERSION")
        ),
        format!("formula:    {formula}"),
        format!("canonical:  {}", formula.canonical()),
        format!("id:         {} ({})", formula.id(), formula.nickname()),
        format!("class:      {}", class(formula)),
    ];
    if !formula.parameters().is_empty() {
        lines.push(format!(
            "parameters: {} trainable",
            formula.parameters().len()
        ));
    }
    if let Some(name) = name {
        lines.insert(1, format!("name:       {}", name.as_str()));
    }
    lines.push(String::new());
    lines.extend(usage.iter().map(|line| (*line).to_owned()));
    lines
        .iter()
        .map(|line| format!("{mark} {line}").trim_end().to_owned() + "\n")
        .collect()
}

fn class(formula: &Formula) -> &'static str {
    match formula.class() {
        Class::Pointwise => "pointwise: each element is a function of itself",
        Class::Feature => "feature: reads the features of its row, which are the last axis",
        Class::Batch => {
            "batch: reads other rows of the batch, which is axis 0 (what reads the whole tensor \
             reads all axes)"
        }
    }
}

//! Findings as panels: how functions did on the benchmark against their fitness in the lab, a panel a profile.

use super::Findings;
use crate::replay::field::Origin;
use crate::replay::transfer::Measure;
use crate::report::panel::{Panel, Series, Stroke};

/// A panel for the fitness under every target, and for the vault: a point a function that finished.
pub fn scatters(findings: &Findings) -> Vec<Panel> {
    let means = findings.outcome.means();
    let shown = findings.predictors.iter().filter(|predictor| matches!(predictor.measure, Measure::Fitness | Measure::Vault));
    let panel = |predictor: &crate::replay::transfer::Predictor| {
        let series = |(label, origin): (&str, Origin)| {
            let own = (0..means.len()).filter(|index| findings.functions[*index].origin == origin);
            let points = own.filter_map(|index| Some((predictor.values[index], means[index]?))).collect();
            Series { label: label.to_owned(), stroke: Stroke::Points, points }
        };
        let place = if predictor.measure == Measure::Vault { "fitness in the vault".to_owned() } else { format!("fitness, {}", predictor.target) };
        Panel {
            x_label: place,
            y_label: findings.benchmark.metric.clone(),
            edges: Vec::new(),
            names: Vec::new(),
            series: [("random of S1", Origin::Random), ("published", Origin::Library)].map(series).into(),
        }
    };
    shown.map(panel).collect()
}

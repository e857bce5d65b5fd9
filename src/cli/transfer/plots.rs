//! Findings as panels: how functions did on the benchmark against their fitness in the lab, a panel
//! a profile.

use crate::drawing::panel::{Panel, Series, Stroke};
use crate::numerics::statistics::ranks;
use crate::replay::function_field::Origin;
use crate::replay::transfer::findings::TransferFindings;
use crate::replay::transfer::{Measure, Predictor};

/// A panel for the fitness under every target, and for the vault: a point a function, as high as
/// its place on the benchmark, for a few that fail would press all others into a line. What did not
/// finish lies at the bottom.
pub fn scatters(findings: &TransferFindings) -> Vec<Panel> {
    let places = ranks(&findings.outcome.ranked(&findings.outcome.means()));
    let shown = findings
        .predictors
        .iter()
        .filter(|predictor| matches!(predictor.measure, Measure::Fitness | Measure::Vault));
    let panel = |predictor: &Predictor| {
        let series = |(label, origin): (&str, Origin)| {
            let own = (0..places.len()).filter(|index| findings.functions[*index].origin == origin);
            let points = own
                .map(|index| (predictor.values[index], places[index]))
                .collect();
            Series {
                label: label.to_owned(),
                stroke: Stroke::Points,
                points,
            }
        };
        let place = if predictor.measure == Measure::Vault {
            "fitness in the vault".to_owned()
        } else {
            format!("fitness, {}", predictor.target)
        };
        Panel {
            x_label: place,
            y_label: format!(
                "rank of {} ({} is best)",
                findings.benchmark.metric,
                places.len()
            ),
            edges: Vec::new(),
            names: Vec::new(),
            series: [
                ("random of S1", Origin::Random),
                ("published", Origin::Library),
            ]
            .map(series)
            .into(),
        }
    };
    shown.map(panel).collect()
}

//! A summary as panels, for the terminal and for pictures: how the activations learnt, where each
//! seed ended, and what a mixed activation chose.

use crate::drawing::panel::{Panel, Series, Stroke};
use crate::record::benchmark_run::{ActivationRecord, Direction};
use crate::record::candidate::FormulaRecord;
use crate::replay::summary::{CurvePoint, ResultRow, Summary};

/// The most lines of a drawing: as many as a terminal has marks for.
const MOST_LINES: usize = 6;
/// How far a mean's dash reaches to either side of its column, and the points that it is made of.
const DASH: f64 = 0.25;
const DASH_POINTS: usize = 60;

/// Learning curves, and who has none in them.
#[derive(Clone, Debug, PartialEq)]
pub struct LearningCurves {
    /// A line an activation.
    pub panel: Panel,
    /// The names of those that were run, but are too many for one drawing.
    pub left_out: Vec<String>,
}

/// The metric on the validation part against the epoch, the mean over seeds, a line an activation;
/// the training loss where there is no validation part. All baselines as people use them before the
/// candidates and tuned baselines with the best means are chosen where there are more than six. `None` where nothing was trained for an
/// epoch.
pub fn curves(summary: &Summary) -> Option<LearningCurves> {
    let (drawn, left_out) = drawn_and_left_out(summary);
    let validated = drawn.iter().all(|row| {
        let mut points = row.curve.iter();
        points.any(|point| point.validation_value.is_some())
    });
    let height = |point: &CurvePoint| {
        if validated {
            point.validation_value
        } else {
            Some(point.train_loss)
        }
    };
    let series = |row: &&ResultRow| {
        let points: Vec<(f64, f64)> = row
            .curve
            .iter()
            .filter_map(|point| Some((f64::from(point.epoch), height(point)?)))
            .collect();
        Series {
            label: row.entrant.name.clone(),
            stroke: stroke(&points),
            points,
        }
    };
    let y_label = if validated {
        format!("validation {}", summary.benchmark.metric)
    } else {
        "training loss".to_owned()
    };
    (!drawn.is_empty()).then(|| LearningCurves {
        panel: Panel {
            x_label: "epoch".to_owned(),
            y_label,
            edges: Vec::new(),
            names: Vec::new(),
            series: drawn.iter().map(series).collect(),
        },
        left_out,
    })
}

/// Whether it is a baseline as people use it, and not one whose constants were tuned.
fn is_usual(row: &ResultRow) -> bool {
    let tuned = row.entrant.tuned.as_ref();
    row.entrant.baseline && tuned.is_none_or(|note| note.of == row.entrant.name)
}

/// The rows that are drawn, in the summary's order: all baselines as people use them before the
/// others with the best means; and the names of those for which there is no line.
fn drawn_and_left_out(summary: &Summary) -> (Vec<&ResultRow>, Vec<String>) {
    let trained: Vec<&ResultRow> = summary
        .results
        .iter()
        .filter(|row| !row.curve.is_empty())
        .collect();
    let place = |row: &ResultRow| match (row.mean, summary.benchmark.direction) {
        (None, _) => f64::INFINITY,
        (Some(mean), Direction::Higher) => -mean,
        (Some(mean), Direction::Lower) => mean,
    };
    let mut chosen: Vec<usize> = (0..trained.len()).collect();
    chosen.sort_by(|a, b| {
        let (a, b) = (trained[*a], trained[*b]);
        is_usual(b)
            .cmp(&is_usual(a))
            .then(place(a).total_cmp(&place(b)))
    });
    let left_out = chosen
        .iter()
        .skip(MOST_LINES)
        .map(|index| trained[*index].entrant.name.clone())
        .collect();
    chosen.truncate(MOST_LINES);
    chosen.sort_unstable();
    let drawn = chosen.into_iter().map(|index| trained[index]).collect();
    (drawn, left_out)
}

/// Where each seed ended, a column an activation, and a dash at the mean of each. `None` where
/// nothing finished.
pub fn dots(summary: &Summary) -> Option<Panel> {
    let finished: Vec<&ResultRow> = summary
        .results
        .iter()
        .filter(|row| row.mean.is_some())
        .collect();
    let column = |(index, row): (usize, &&ResultRow)| {
        row.values()
            .into_iter()
            .flatten()
            .map(move |value| ((index + 1) as f64, value))
            .collect::<Vec<_>>()
    };
    let dash = |(index, row): (usize, &&ResultRow)| {
        let (x, mean) = ((index + 1) as f64, row.mean.unwrap_or_default());
        (0..=DASH_POINTS)
            .map(move |point| {
                (
                    x + DASH * (2.0 * point as f64 / DASH_POINTS as f64 - 1.0),
                    mean,
                )
            })
            .collect::<Vec<_>>()
    };
    // The dashes first, so that the dots lie upon them.
    let means = Series {
        label: "mean".to_owned(),
        stroke: Stroke::Points,
        points: finished.iter().enumerate().flat_map(dash).collect(),
    };
    let seeds = Series {
        label: "a seed".to_owned(),
        stroke: Stroke::Points,
        points: finished.iter().enumerate().flat_map(column).collect(),
    };
    (!finished.is_empty()).then(|| Panel {
        x_label: "activation".to_owned(),
        y_label: summary.benchmark.metric.clone(),
        edges: Vec::new(),
        names: finished
            .iter()
            .map(|row| row.entrant.name.clone())
            .collect(),
        series: vec![means, seeds],
    })
}

/// The share of the neurons that chose each function of the pool, in %, against the layer. `None`
/// where the activation is not mixed or had not chosen.
pub fn shares(row: &ResultRow) -> Option<Panel> {
    let ActivationRecord::Mixed(mixed) = &row.entrant.activation else {
        return None;
    };
    let series = |(function, record): (usize, &FormulaRecord)| {
        let points: Vec<(f64, f64)> = row
            .shares
            .iter()
            .enumerate()
            .filter_map(|(layer, shares)| Some(((layer + 1) as f64, 100.0 * shares.get(function)?)))
            .collect();
        Series {
            label: record.formula.clone(),
            stroke: stroke(&points),
            points,
        }
    };
    (!row.shares.is_empty()).then(|| Panel {
        x_label: "layer".to_owned(),
        y_label: format!("% of the neurons of {}", row.entrant.name),
        edges: Vec::new(),
        names: (1..=row.shares.len())
            .map(|layer| layer.to_string())
            .collect(),
        series: mixed.pool.iter().enumerate().map(series).collect(),
    })
}

/// One point makes no line.
fn stroke(points: &[(f64, f64)]) -> Stroke {
    if points.len() == 1 {
        Stroke::Points
    } else {
        Stroke::Line
    }
}

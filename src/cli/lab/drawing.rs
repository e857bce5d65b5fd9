//! A task's data as panels: its target against every input, and how the targets of each set are
//! spread.

use crate::drawing::panel::{Panel, Series, Stroke};
use crate::numerics::statistics::quantiles;
use crate::task::{Split, TaskData};

/// Bars of a histogram.
const BARS: usize = 40;
/// A histogram leaves out this share of the targets at either end, so that a long tail does not
/// flatten the rest.
const TAIL: f64 = 0.005;

/// One panel an input, then the histogram of the targets. The edges are those of the training
/// inputs. Of the shells an input's panel holds the points that leave the training range by this
/// input.
pub fn panels(task: &TaskData) -> Vec<Panel> {
    let mut panels: Vec<Panel> = (0..task.dimension)
        .map(|input| panel(task, input))
        .collect();
    panels.push(histogram(task));
    panels
}

/// What each set is called: the training part, then the shells.
fn labels(task: &TaskData) -> Vec<String> {
    let shells = task
        .shells
        .iter()
        .map(|shell| format!("shell {} to {}", shell.inner, shell.outer));
    std::iter::once("train".to_owned()).chain(shells).collect()
}

fn panel(task: &TaskData, input: usize) -> Panel {
    let points = |split: &Split| -> Vec<(f64, f64)> {
        let rows = split
            .inputs
            .chunks_exact(task.dimension)
            .zip(&split.targets);
        rows.map(|(row, target)| (f64::from(row[input]), f64::from(*target)))
            .collect()
    };
    let train = points(&task.train);
    let edges = train
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (x, _)| {
            (low.min(*x), high.max(*x))
        });
    let outside = |split: &Split| {
        points(split)
            .into_iter()
            .filter(|(x, _)| *x < edges.0 || *x > edges.1)
            .collect()
    };
    let sets =
        std::iter::once(train.clone()).chain(task.shells.iter().map(|shell| outside(&shell.split)));
    let series = sets.zip(labels(task)).map(|(points, label)| Series {
        label,
        stroke: Stroke::Points,
        points,
    });
    Panel {
        x_label: format!("input {} (standardised)", input + 1),
        y_label: "target".to_owned(),
        edges: vec![edges.0, edges.1],
        names: Vec::new(),
        series: series.collect(),
    }
}

fn histogram(task: &TaskData) -> Panel {
    let sets: Vec<&Split> = std::iter::once(&task.train)
        .chain(task.shells.iter().map(|shell| &shell.split))
        .collect();
    let all: Vec<f64> = sets
        .iter()
        .flat_map(|split| split.targets.iter().map(|target| f64::from(*target)))
        .collect();
    let [low, high] = quantiles(all, [TAIL, 1.0 - TAIL]);
    let width = ((high - low) / BARS as f64).max(f64::MIN_POSITIVE);
    let bars = |split: &Split| {
        let mut counts = vec![0usize; BARS];
        for target in split
            .targets
            .iter()
            .map(|target| f64::from(*target))
            .filter(|target| (low..=high).contains(target))
        {
            counts[(((target - low) / width) as usize).min(BARS - 1)] += 1;
        }
        let corner = |(bar, count): (usize, &usize)| {
            let (left, share) = (
                low + bar as f64 * width,
                100.0 * *count as f64 / split.rows() as f64,
            );
            [(left, share), (left + width, share)]
        };
        counts
            .iter()
            .enumerate()
            .flat_map(corner)
            .collect::<Vec<_>>()
    };
    let series = sets.iter().zip(labels(task)).map(|(split, label)| Series {
        label,
        stroke: Stroke::Line,
        points: bars(split),
    });
    Panel {
        x_label: "target".to_owned(),
        y_label: "% of the set".to_owned(),
        edges: Vec::new(),
        names: Vec::new(),
        series: series.collect(),
    }
}

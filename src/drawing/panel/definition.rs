//! What a panel shows: its series, its labels and the frame that holds them.

use crate::drawing::frame::{Frame, Tick};
use crate::drawing::label::shortened;

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// One mark a point.
    Points,
    /// A line from point to point.
    Line,
}

/// Points of one kind. The series at the same index have the same colour and mark in all panels;
/// where they have the same label too, the panels share a legend.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The text of its legend.
    pub label: String,
    /// Whether it is drawn as points or as a line.
    pub stroke: Stroke,
    /// Pairs of finite x and y.
    pub points: Vec<(f64, f64)>,
}

/// A small plot.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// What the x axis shows.
    pub x_label: String,
    /// What the y axis shows.
    pub y_label: String,
    /// The x of upright lines, which mark the edges of a range.
    pub edges: Vec<f64>,
    /// Names of x = 1, 2 ... shown in place of numbers; empty where numbers are shown.
    pub names: Vec<String>,
    /// The series; later ones are drawn over earlier ones.
    pub series: Vec<Series>,
}

impl Panel {
    /// The frame that holds all points and edges, with a margin.
    pub fn frame(&self) -> Frame {
        let points = || self.series.iter().flat_map(|series| series.points.iter());
        let ends = |values: &mut dyn Iterator<Item = f64>| {
            let (low, high) = values
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                    (low.min(value), high.max(value))
                });
            match high - low {
                width if width > 1e-9 * low.abs().max(high.abs()) => {
                    (low - 0.05 * width, high + 0.05 * width)
                }
                width if width >= 0.0 => (low - 1.0, high + 1.0),
                _ => (-1.0, 1.0),
            }
        };
        let columns = [0.5, self.names.len() as f64 + 0.5]
            .into_iter()
            .filter(|_| !self.names.is_empty());
        let x = ends(
            &mut points()
                .map(|point| point.0)
                .chain(self.edges.iter().copied())
                .chain(columns),
        );
        Frame {
            x,
            y: ends(&mut points().map(|point| point.1)),
            slopes: false,
        }
    }

    /// The ticks of the x axis: the names, none longer than `longest` characters, or about `count`
    /// numbers.
    pub(super) fn x_ticks(&self, frame: &Frame, count: usize, longest: usize) -> Vec<Tick> {
        if self.names.is_empty() {
            return frame.x_ticks(count);
        }
        let tick = |(index, name): (usize, &String)| Tick {
            at: (index + 1) as f64,
            label: shortened(name, longest),
        };
        self.names.iter().enumerate().map(tick).collect()
    }
}

/// Whether the series at the same index have the same label in all panels.
pub fn share_legend(panels: &[Panel]) -> bool {
    let longest = labels(panels);
    panels.iter().all(|panel| {
        panel
            .series
            .iter()
            .zip(&longest)
            .all(|(series, label)| series.label == *label)
    })
}

/// The labels of the series, by their place.
pub(super) fn labels(panels: &[Panel]) -> Vec<&str> {
    let longest = panels.iter().max_by_key(|panel| panel.series.len());
    longest.map_or(Vec::new(), |panel| {
        panel
            .series
            .iter()
            .map(|series| series.label.as_str())
            .collect()
    })
}

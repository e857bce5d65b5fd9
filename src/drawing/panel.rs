//! Panels: several small plots of points and steps in one drawing, in a terminal and as a picture.

use std::error::Error;
use std::path::Path;

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::Circle;
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor, BLACK};

use super::curve::shortened;
use super::frame::{Frame, Tick};
use super::picture::{png_of, prepared, svg_of, Painted, Sheet, Subject, COLOURS, GRID, ZERO};
use super::terminal::{column_of, row_of, x_axis, Hand};

/// The marks of the series in a terminal, by their place; the last stands for all that follow.
const MARKS: [&str; 6] = [".", "o", "x", "+", "*", "#"];
/// Colours of a 256-colour terminal, near those of a picture.
const TERMINAL_COLOURS: [u8; 6] = [247, 32, 166, 36, 175, 214];
/// The least and the most columns and rows of a panel in a terminal.
const LEAST: (usize, usize) = (30, 5);
const MOST: (usize, usize) = (500, 200);
/// The most points of a series that a picture shows.
const MOST_POINTS: usize = 1_500;

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// A mark a point.
    Points,
    /// A line from point to point.
    Line,
}

/// Points of one kind; the series of one place have one colour and mark in all panels. Where they
/// have one label too, panels share a legend.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub label: String,
    pub stroke: Stroke,
    /// Finite.
    pub points: Vec<(f64, f64)>,
}

/// A small plot.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    pub x_label: String,
    pub y_label: String,
    /// Where a line stands upright: the edges of a range.
    pub edges: Vec<f64>,
    /// Names of x = 1, 2 ... in the place of numbers, where there are any.
    pub names: Vec<String>,
    /// Later series are drawn over earlier ones.
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
    fn x_ticks(&self, frame: &Frame, count: usize, longest: usize) -> Vec<Tick> {
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

/// Draws a panel in at most `columns` columns: a line of its labels, `rows` rows of plot, below
/// them the x axis. Ends without a line break.
pub fn draw(panel: &Panel, columns: usize, rows: usize, hand: Hand) -> String {
    let (columns, rows) = (columns.clamp(LEAST.0, MOST.0), rows.clamp(LEAST.1, MOST.1));
    let frame = panel.frame();
    let y_ticks: Vec<(usize, String)> = frame
        .y_ticks((rows / 3).clamp(2, 8))
        .into_iter()
        .map(|tick| (row_of(frame.up(tick.at), rows), tick.label))
        .collect();
    let gutter = y_ticks
        .iter()
        .map(|(_, label)| label.len())
        .max()
        .unwrap_or(0);
    let width = columns - gutter - 2;
    let mut cells: Vec<Option<usize>> = vec![None; width * rows];
    for (index, series) in panel.series.iter().enumerate() {
        for (x, y) in dense(series, width) {
            let (across, up) = (frame.across(x), frame.up(y));
            if (0.0..=1.0).contains(&across) && (0.0..=1.0).contains(&up) {
                cells[row_of(up, rows) * width + column_of(across, width)] = Some(index);
            }
        }
    }
    let edges: Vec<usize> = panel
        .edges
        .iter()
        .map(|edge| column_of(frame.across(*edge).clamp(0.0, 1.0), width))
        .collect();
    let (bar, notch, edge) = if hand.ascii {
        ('|', '+', '|')
    } else {
        ('│', '┤', '┊')
    };
    let mut text = format!(
        "{:>gutter$}  {} against {}\n",
        "", panel.y_label, panel.x_label
    );
    for row in 0..rows {
        let tick = y_ticks.iter().find(|(at, _)| *at == row);
        let (label, side) = tick.map_or(("", bar), |(_, label)| (label.as_str(), notch));
        text.push_str(&format!("{label:>gutter$} {side}"));
        for column in 0..width {
            match cells[row * width + column] {
                Some(index) => text.push_str(&painted(mark(index), index, hand)),
                None if edges.contains(&column) => text.push(edge),
                None => text.push(' '),
            }
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    let ticks = panel.x_ticks(
        &frame,
        (width / 9).clamp(2, 11),
        (width / panel.names.len().max(1)).saturating_sub(1),
    );
    text.push_str(&x_axis(&frame, &ticks, gutter, width, hand));
    text.truncate(text.trim_end().len());
    text
}

/// One line: the mark and the label of every series.
pub fn legend(panels: &[Panel], hand: Hand) -> String {
    let labels = labels(panels);
    let entries = labels
        .iter()
        .enumerate()
        .map(|(index, label)| painted(&format!("{} {label}", mark(index)), index, hand));
    entries.collect::<Vec<_>>().join("   ")
}

/// Whether the series of one place have one label in all panels.
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
fn labels(panels: &[Panel]) -> Vec<&str> {
    let longest = panels.iter().max_by_key(|panel| panel.series.len());
    longest.map_or(Vec::new(), |panel| {
        panel
            .series
            .iter()
            .map(|series| series.label.as_str())
            .collect()
    })
}

fn mark(index: usize) -> &'static str {
    MARKS[index.min(MARKS.len() - 1)]
}

fn painted(text: &str, index: usize, hand: Hand) -> String {
    if hand.colour {
        format!(
            "\u{1b}[38;5;{}m{text}\u{1b}[0m",
            TERMINAL_COLOURS[index % TERMINAL_COLOURS.len()]
        )
    } else {
        text.to_owned()
    }
}

/// The points of a series, a line's filled in between so that no column stays empty.
fn dense(series: &Series, width: usize) -> Vec<(f64, f64)> {
    if series.stroke == Stroke::Points {
        return series.points.clone();
    }
    let between = |pair: &[(f64, f64)]| {
        let (a, b) = (pair[0], pair[1]);
        let point = move |step: usize| {
            let part = step as f64 / width as f64;
            (a.0 + (b.0 - a.0) * part, a.1 + (b.1 - a.1) * part)
        };
        (0..=width).map(point).collect::<Vec<_>>()
    };
    series.points.windows(2).flat_map(between).collect()
}

/// Panels in a grid with a title above, and a legend below: of all panels, or of each its own.
struct Grid<'a> {
    title: &'a str,
    panels: &'a [Panel],
}

/// Panels as an SVG document of `size` pixels (width and height within [`super::picture::SIDES`]).
///
/// # Errors
/// Where the drawing fails.
pub fn svg(
    title: &str,
    panels: &[Panel],
    size: (u32, u32),
) -> Result<String, Box<dyn Error + Send + Sync>> {
    svg_of(&Grid { title, panels }, size)
}

/// Writes panels to a new PNG file of `size` pixels (width and height within
/// [`super::picture::SIDES`]), whose name must end in `.png`.
///
/// # Errors
/// Where the file cannot be written.
pub fn png(
    path: &Path,
    title: &str,
    panels: &[Panel],
    size: (u32, u32),
) -> Result<(), Box<dyn Error + Send + Sync>> {
    png_of(path, &Grid { title, panels }, size)
}

/// Columns and rows of the grid in which `count` panels lie.
fn grid(count: usize) -> (usize, usize) {
    let columns = (1..=count.max(1))
        .find(|columns| columns * columns >= count)
        .unwrap_or(1);
    (columns, count.div_ceil(columns).max(1))
}

fn colour(index: usize) -> RGBColor {
    // Grey first: the training points lie under all others.
    if index == 0 {
        ZERO
    } else {
        COLOURS[(index - 1) % COLOURS.len()]
    }
}

impl Subject for Grid<'_> {
    fn paint<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        size: (u32, u32),
        scale: u32,
        drop: f64,
    ) -> Painted<DB> {
        let (columns, rows) = grid(self.panels.len());
        // Text as large as in a single plot would fill small panels.
        let unit = (prepared(area, size, scale)? / (rows.max(columns) as f64).powf(0.4))
            .max(0.45 * f64::from(scale));
        let length = |pixels: f64| (pixels * unit).round() as i32;
        let (width, height) = ((size.0 * scale) as i32, (size.1 * scale) as i32);
        let whole = Frame {
            x: (0.0, 1.0),
            y: (0.0, 1.0),
            slopes: false,
        };
        let sheet = Sheet {
            area,
            frame: &whole,
            unit,
            drop,
            plot: (0, 0, width, height),
        };
        sheet.text(
            &sheet.fitted(self.title, 30.0, width - length(40.0)),
            (width / 2, length(16.0)),
            30.0,
            HPos::Center,
            VPos::Top,
            false,
        )?;
        let is_shared = share_legend(self.panels);
        let (top, bottom) = (
            length(60.0),
            height - length(if is_shared { 56.0 } else { 8.0 }),
        );
        let below = length(if is_shared { 74.0 } else { 114.0 });
        let (cell_width, cell_height) = (
            (width - length(20.0)) / columns as i32,
            (bottom - top) / rows as i32,
        );
        for (index, panel) in self.panels.iter().enumerate() {
            let left = length(10.0) + (index % columns) as i32 * cell_width;
            let above = top + (index / columns) as i32 * cell_height;
            let frame = panel.frame();
            let plot = (
                left + length(110.0),
                above + length(10.0),
                left + cell_width - length(14.0),
                above + cell_height - below,
            );
            if plot.2 > plot.0 && plot.3 > plot.1 {
                let sheet = Sheet {
                    area,
                    frame: &frame,
                    unit,
                    drop,
                    plot,
                };
                sheet.panel(panel, left)?;
                if !is_shared {
                    sheet.labels(
                        &labels(std::slice::from_ref(panel)),
                        above + cell_height - length(26.0),
                        (plot.0, plot.2),
                    )?;
                }
            }
        }
        if is_shared {
            sheet.labels(
                &labels(self.panels),
                height - length(30.0),
                (length(30.0), width - length(10.0)),
            )?;
        }
        Ok(())
    }
}

impl<DB: DrawingBackend> Sheet<'_, DB> {
    fn place(&self, (x, y): (f64, f64)) -> (i32, i32) {
        let (left, top, right, bottom) = self.plot;
        let along =
            |part: f64, from: i32, to: i32| from + (part * f64::from(to - from)).round() as i32;
        (
            along(self.frame.across(x), left, right),
            along(self.frame.up(y), bottom, top),
        )
    }

    fn panel(&self, panel: &Panel, outer_left: i32) -> Painted<DB> {
        let (left, top, right, bottom) = self.plot;
        let room = (right - left) / panel.names.len().max(1) as i32;
        for tick in panel.x_ticks(
            self.frame,
            (f64::from(right - left) / self.unit / 110.0) as usize,
            usize::MAX,
        ) {
            let (x, _) = self.place((tick.at, self.frame.y.0));
            self.stroke(&[(x, top), (x, bottom)], GRID, 1.5)?;
            self.text(
                &self.fitted(&tick.label, 22.0, room - self.length(8.0)),
                (x, bottom + self.length(8.0)),
                22.0,
                HPos::Center,
                VPos::Top,
                false,
            )?;
        }
        for tick in self
            .frame
            .y_ticks((f64::from(bottom - top) / self.unit / 80.0) as usize)
        {
            let (_, y) = self.place((self.frame.x.0, tick.at));
            self.stroke(&[(left, y), (right, y)], GRID, 1.5)?;
            self.text(
                &tick.label,
                (left - self.length(10.0), y),
                22.0,
                HPos::Right,
                VPos::Center,
                false,
            )?;
        }
        for edge in &panel.edges {
            let (x, _) = self.place((*edge, self.frame.y.0));
            self.stroke(&[(x, top), (x, bottom)], BLACK, 2.0)?;
        }
        for (index, series) in panel.series.iter().enumerate() {
            match series.stroke {
                Stroke::Line => self.stroke(
                    &series
                        .points
                        .iter()
                        .map(|point| self.place(*point))
                        .collect::<Vec<_>>(),
                    colour(index),
                    2.5,
                )?,
                Stroke::Points => {
                    for point in series.points.iter().take(MOST_POINTS) {
                        self.area.draw(&Circle::new(
                            self.place(*point),
                            self.length(2.6).max(1),
                            colour(index).filled(),
                        ))?;
                    }
                }
            }
        }
        self.stroke(
            &[
                (left, top),
                (right, top),
                (right, bottom),
                (left, bottom),
                (left, top),
            ],
            BLACK,
            1.5,
        )?;
        let middle = (left + right) / 2;
        self.text(
            &self.fitted(&panel.x_label, 22.0, right - left),
            (middle, bottom + self.length(38.0)),
            22.0,
            HPos::Center,
            VPos::Top,
            false,
        )?;
        let label = self.fitted(&panel.y_label, 22.0, bottom - top);
        self.text(
            &label,
            (outer_left + self.length(4.0), (top + bottom) / 2),
            22.0,
            HPos::Center,
            VPos::Top,
            true,
        )
    }

    /// The labels of the series side by side, between these two places.
    fn labels(&self, labels: &[&str], middle: i32, (begin, end): (i32, i32)) -> Painted<DB> {
        let room = (end - begin) / labels.len().max(1) as i32;
        for (index, label) in labels.iter().enumerate() {
            let left = begin + index as i32 * room;
            self.area.draw(&Circle::new(
                (left, middle),
                self.length(7.0).max(2),
                colour(index).filled(),
            ))?;
            let label = self.fitted(label, 24.0, room - self.length(30.0));
            self.text(
                &label,
                (left + self.length(16.0), middle),
                24.0,
                HPos::Left,
                VPos::Center,
                false,
            )?;
        }
        Ok(())
    }
}

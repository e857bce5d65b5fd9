//! Panels as pictures: PNG and SVG.

use std::error::Error;
use std::path::Path;

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::Circle;
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, RGBColor, BLACK};

use super::definition::{labels, share_legend, Panel, Series, Stroke};
use crate::drawing::format::{png_of, svg_of, Subject};
use crate::drawing::frame::Frame;
use crate::drawing::sheet::{prepared, Painted, Sheet, COLOURS, GRID, ZERO};

/// The most points of a series that a picture shows.
const MOST_POINTS: usize = 1_500;

/// Panels in a grid with a title above, and a legend below: of all panels, or of each its own.
struct Grid<'a> {
    title: &'a str,
    panels: &'a [Panel],
}

/// Draws panels in a grid as an SVG document of `size` pixels (width and height within
/// [`SIDES`](crate::drawing::picture::SIDES)).
///
/// # Errors
/// The drawing fails.
pub fn svg(
    title: &str,
    panels: &[Panel],
    size: (u32, u32),
) -> Result<String, Box<dyn Error + Send + Sync>> {
    svg_of(&Grid { title, panels }, size)
}

/// Draws panels in a grid into a new PNG file of `size` pixels (width and height within
/// [`SIDES`](crate::drawing::picture::SIDES)). The name of the file must end in `.png`.
///
/// # Errors
/// The file cannot be written.
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
        sheet.grid_title(self.title, width)?;
        let is_shared = share_legend(self.panels);
        let top = length(60.0);
        let bottom = height - length(if is_shared { 56.0 } else { 8.0 });
        let (cell_width, cell_height) = (
            (width - length(20.0)) / columns as i32,
            (bottom - top) / rows as i32,
        );
        for (index, panel) in self.panels.iter().enumerate() {
            let left = length(10.0) + (index % columns) as i32 * cell_width;
            let above = top + (index / columns) as i32 * cell_height;
            let cell = (left, above, left + cell_width, above + cell_height);
            let sheet = Sheet {
                frame: &panel.frame(),
                plot: sheet.plot_within(cell, is_shared),
                ..sheet
            };
            sheet.cell(panel, cell, is_shared)?;
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

    fn grid_title(&self, title: &str, width: i32) -> Painted<DB> {
        self.text(
            &self.fitted(title, 30.0, width - self.length(40.0)),
            (width / 2, self.length(16.0)),
            30.0,
            HPos::Center,
            VPos::Top,
            false,
        )
    }

    /// Where the plot of a panel lies in its cell of the grid, both as left, top, right and bottom.
    fn plot_within(&self, cell: (i32, i32, i32, i32), is_shared: bool) -> (i32, i32, i32, i32) {
        let below = self.length(if is_shared { 74.0 } else { 114.0 });
        (
            cell.0 + self.length(110.0),
            cell.1 + self.length(10.0),
            cell.2 - self.length(14.0),
            cell.3 - below,
        )
    }

    /// Paints a panel in its cell, with its labels where panels do not share them; nothing where
    /// the cell has no room for a plot.
    fn cell(&self, panel: &Panel, cell: (i32, i32, i32, i32), is_shared: bool) -> Painted<DB> {
        let (left, top, right, bottom) = self.plot;
        if right <= left || bottom <= top {
            return Ok(());
        }
        self.panel(panel, cell.0)?;
        if is_shared {
            return Ok(());
        }
        let labels = labels(std::slice::from_ref(panel));
        self.labels(&labels, cell.3 - self.length(26.0), (left, right))
    }

    /// Paints a panel whose cell begins at `outer_left`.
    fn panel(&self, panel: &Panel, outer_left: i32) -> Painted<DB> {
        self.panel_grid(panel)?;
        for (index, series) in panel.series.iter().enumerate() {
            self.series(series, colour(index))?;
        }
        self.outline()?;
        self.axis_labels(panel, outer_left)
    }

    fn panel_grid(&self, panel: &Panel) -> Painted<DB> {
        let (left, top, right, bottom) = self.plot;
        let room = (right - left) / panel.names.len().max(1) as i32;
        let count = |length: i32, pixels: f64| (f64::from(length) / self.unit / pixels) as usize;
        for tick in panel.x_ticks(self.frame, count(right - left, 110.0), usize::MAX) {
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
        for tick in self.frame.y_ticks(count(bottom - top, 80.0)) {
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
        Ok(())
    }

    fn series(&self, series: &Series, colour: RGBColor) -> Painted<DB> {
        let places = series.points.iter().map(|point| self.place(*point));
        match series.stroke {
            Stroke::Line => self.stroke(&places.collect::<Vec<_>>(), colour, 2.5),
            Stroke::Points => places.take(MOST_POINTS).try_for_each(|place| {
                let radius = self.length(2.6).max(1);
                self.area.draw(&Circle::new(place, radius, colour.filled()))
            }),
        }
    }

    fn axis_labels(&self, panel: &Panel, outer_left: i32) -> Painted<DB> {
        let (left, top, right, bottom) = self.plot;
        self.text(
            &self.fitted(&panel.x_label, 22.0, right - left),
            ((left + right) / 2, bottom + self.length(38.0)),
            22.0,
            HPos::Center,
            VPos::Top,
            false,
        )?;
        self.text(
            &self.fitted(&panel.y_label, 22.0, bottom - top),
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

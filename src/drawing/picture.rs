//! Curves as pictures: PNG and SVG.

use std::error::Error;
use std::path::Path;

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::style::text_anchor::{HPos, VPos};

use super::curve::Curve;
use super::format::{png_of, svg_of, Subject};
use super::frame::{Frame, Tick};
use super::sheet::{prepared, Painted, Sheet, COLOURS, GRID, ZERO};

/// The least and the most pixels of a side of a picture.
pub const SIDES: (u32, u32) = (300, 4_000);
/// The most curves of a picture: one a colour.
pub const MOST_CURVES: usize = COLOURS.len();

/// Draws curves within a frame as an SVG document of `size` pixels (width and height within
/// [`SIDES`]), in the viewer's sans-serif font.
///
/// # Errors
/// The drawing fails.
pub fn svg(
    curves: &[Curve],
    frame: &Frame,
    size: (u32, u32),
) -> Result<String, Box<dyn Error + Send + Sync>> {
    svg_of(&Curves { curves, frame }, size)
}

/// Draws curves within a frame into a new PNG file of `size` pixels (width and height within
/// [`SIDES`]). The name of the file must end in `.png`.
///
/// # Errors
/// The file cannot be written.
pub fn png(
    path: &Path,
    curves: &[Curve],
    frame: &Frame,
    size: (u32, u32),
) -> Result<(), Box<dyn Error + Send + Sync>> {
    png_of(path, &Curves { curves, frame }, size)
}

struct Curves<'a> {
    curves: &'a [Curve],
    frame: &'a Frame,
}

impl Subject for Curves<'_> {
    fn paint<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        size: (u32, u32),
        scale: u32,
        drop: f64,
    ) -> Painted<DB> {
        let unit = prepared(area, size, scale)?;
        let (width, height) = ((size.0 * scale) as i32, (size.1 * scale) as i32);
        let y_ticks = self
            .frame
            .y_ticks((f64::from(height) / unit / 85.0) as usize);
        let mut sheet = Sheet {
            area,
            frame: self.frame,
            unit,
            drop,
            plot: (0, 0, 0, 0),
        };
        let legend_columns = if self.curves.len() > 3 { 2 } else { 1 };
        let legend_rows = self.curves.len().div_ceil(legend_columns) as i32;
        let legend_height = sheet.length(22.0) + legend_rows * sheet.length(36.0);
        let widths = y_ticks
            .iter()
            .map(|tick| sheet.text_width(&tick.label, 24.0));
        let bottom = height - legend_height - sheet.length(84.0);
        sheet.plot = (
            sheet.length(64.0) + widths.max().unwrap_or(0),
            sheet.length(66.0),
            width - sheet.length(36.0),
            bottom,
        );
        sheet.title(self.curves, width)?;
        sheet.x_grid(
            &self
                .frame
                .x_ticks((f64::from(width) / unit / 110.0) as usize),
        )?;
        sheet.y_grid(&y_ticks)?;
        for (curve, colour) in self.curves.iter().zip(COLOURS.into_iter().cycle()) {
            if self.frame.slopes {
                sheet.line(&self.frame.runs(curve.slopes()), colour, true)?;
            }
            sheet.line(&self.frame.runs(curve.values()), colour, false)?;
        }
        sheet.outline()?;
        sheet.axis_names()?;
        sheet.legend(
            self.curves,
            legend_columns,
            bottom + sheet.length(96.0),
            width,
        )
    }
}

impl<DB: DrawingBackend> Sheet<'_, DB> {
    fn title(&self, curves: &[Curve], width: i32) -> Painted<DB> {
        let (left, _, right, _) = self.plot;
        let title = match curves {
            [curve] => curve.label.clone(),
            _ => "Activation functions".to_owned(),
        };
        self.text(
            &self.fitted(&title, 30.0, width - self.length(60.0)),
            ((left + right) / 2, self.length(22.0)),
            30.0,
            HPos::Center,
            VPos::Top,
            false,
        )
    }

    fn x_grid(&self, ticks: &[Tick]) -> Painted<DB> {
        let (left, top, right, bottom) = self.plot;
        for tick in ticks {
            let x = left + (self.frame.across(tick.at) * f64::from(right - left)).round() as i32;
            let colour = if tick.at == 0.0 { ZERO } else { GRID };
            self.stroke(&[(x, top), (x, bottom)], colour, 1.5)?;
            self.text(
                &tick.label,
                (x, bottom + self.length(10.0)),
                24.0,
                HPos::Center,
                VPos::Top,
                false,
            )?;
        }
        Ok(())
    }

    fn y_grid(&self, ticks: &[Tick]) -> Painted<DB> {
        let (left, top, right, bottom) = self.plot;
        for tick in ticks {
            let y = bottom - (self.frame.up(tick.at) * f64::from(bottom - top)).round() as i32;
            let colour = if tick.at == 0.0 { ZERO } else { GRID };
            self.stroke(&[(left, y), (right, y)], colour, 1.5)?;
            self.text(
                &tick.label,
                (left - self.length(12.0), y),
                24.0,
                HPos::Right,
                VPos::Center,
                false,
            )?;
        }
        Ok(())
    }

    fn axis_names(&self) -> Painted<DB> {
        let (left, top, right, bottom) = self.plot;
        self.text(
            "x",
            ((left + right) / 2, bottom + self.length(44.0)),
            24.0,
            HPos::Center,
            VPos::Top,
            false,
        )?;
        let name = if self.frame.slopes {
            "f(x) solid, f\u{2032}(x) dashed"
        } else {
            "f(x)"
        };
        self.text(
            name,
            (self.length(14.0), (top + bottom) / 2),
            24.0,
            HPos::Center,
            VPos::Top,
            true,
        )
    }

    fn legend(&self, curves: &[Curve], columns: usize, top: i32, width: i32) -> Painted<DB> {
        let (left, room) = (
            self.length(40.0),
            (width - self.length(80.0)) / columns as i32,
        );
        for (index, (curve, colour)) in curves.iter().zip(COLOURS.into_iter().cycle()).enumerate() {
            let x = left + (index % columns) as i32 * room;
            let y = top + self.length(36.0) * (index / columns) as i32 + self.length(12.0);
            let sample = |from: f64, to: f64| {
                [
                    (f64::from(x + self.length(from)), f64::from(y)),
                    (f64::from(x + self.length(to)), f64::from(y)),
                ]
            };
            self.pen(&sample(0.0, 50.0), colour, false)?;
            let mut indent = self.length(64.0);
            if self.frame.slopes {
                self.pen(&sample(62.0, 112.0), colour, true)?;
                indent = self.length(126.0);
            }
            let label = self.fitted(&curve.label, 24.0, room - indent - self.length(16.0));
            self.text(
                &label,
                (x + indent, y),
                24.0,
                HPos::Left,
                VPos::Center,
                false,
            )?;
        }
        Ok(())
    }
}

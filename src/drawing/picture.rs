//! Curves as pictures: PNG and SVG.

use std::error::Error;
use std::path::Path;
use std::sync::Once;

use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{PathElement, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    register_font, Color, FontStyle, FontTransform, IntoTextStyle, RGBColor, ShapeStyle, TextStyle,
    BLACK, WHITE,
};

use super::curve::{shortened, Curve};
use super::frame::Frame;

/// The least and the most pixels of a side.
pub const SIDES: (u32, u32) = (300, 4_000);
/// The most curves: as many as there are colours.
pub const MOST_CURVES: usize = COLOURS.len();

/// The palette of Okabe and Ito (2008) without its yellow, which white paper swallows, and a wine
/// red of Tol (2021): told apart by the colour-blind.
pub(super) const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
    RGBColor(136, 34, 85),
];
pub(super) const GRID: RGBColor = RGBColor(225, 225, 225);
pub(super) const ZERO: RGBColor = RGBColor(150, 150, 150);

/// DejaVu Sans, cut down to Latin and Greek; the licence stands beside it.
const FONT: &[u8] = include_bytes!("fonts/DejaVuSans-subset.ttf");
const FAMILY: &str = "sans-serif";

/// Units of an SVG's coordinates a pixel: they are whole numbers, which pixels are too coarse for.
const SVG_UNITS: u32 = 10;
/// How far below its place the bitmap backend's centred text must go to stand level with it, as a
/// share of its size.
const BITMAP_DROP: f64 = 0.17;
/// The most pixels that are drawn before a PNG is made smaller.
const MOST_DRAWN: u64 = 64_000_000;

/// A picture as an SVG document of `size` pixels (width and height within [`SIDES`]), in the
/// viewer's sans-serif font.
///
/// # Errors
/// Where the drawing fails.
pub fn svg(
    curves: &[Curve],
    frame: &Frame,
    size: (u32, u32),
) -> Result<String, Box<dyn Error + Send + Sync>> {
    svg_of(&Curves { curves, frame }, size)
}

/// Writes a picture of `size` pixels (width and height within [`SIDES`]) to a new PNG file, whose
/// name must end in `.png`.
///
/// # Errors
/// Where the file cannot be written.
pub fn png(
    path: &Path,
    curves: &[Curve],
    frame: &Frame,
    size: (u32, u32),
) -> Result<(), Box<dyn Error + Send + Sync>> {
    png_of(path, &Curves { curves, frame }, size)
}

/// What a picture shows, on whatever it is painted.
pub(super) trait Subject {
    /// Paints a picture of `size` pixels, each `scale` units wide; `drop` as in [`Sheet`].
    fn paint<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        size: (u32, u32),
        scale: u32,
        drop: f64,
    ) -> Painted<DB>;
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
        paint(area, self.curves, self.frame, size, scale, drop)
    }
}

pub(super) fn svg_of(
    subject: &impl Subject,
    size: (u32, u32),
) -> Result<String, Box<dyn Error + Send + Sync>> {
    let (width, height) = (size.0 * SVG_UNITS, size.1 * SVG_UNITS);
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, (width, height)).into_drawing_area();
        subject.paint(&area, size, SVG_UNITS, 0.0)?;
        area.present()?;
    }
    let sized = format!("width=\"{}\" height=\"{}\"", size.0, size.1);
    Ok(text.replacen(&format!("width=\"{width}\" height=\"{height}\""), &sized, 1))
}

pub(super) fn png_of(
    path: &Path,
    subject: &impl Subject,
    size: (u32, u32),
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (width, height) = size;
    let finer = if u64::from(width) * u64::from(height) * 16 <= MOST_DRAWN {
        4
    } else {
        2
    };
    let mut drawn = vec![0; (width * finer) as usize * (height * finer) as usize * 3];
    {
        let area = BitMapBackend::with_buffer(&mut drawn, (width * finer, height * finer))
            .into_drawing_area();
        subject.paint(&area, size, finer, BITMAP_DROP)?;
        area.present()?;
    }
    let smooth = averaged(&drawn, size, finer);
    let mut file = BitMapBackend::new(path, size);
    file.blit_bitmap((0, 0), size, &smooth)?;
    file.present()?;
    Ok(())
}

/// A picture `finer` times smaller each way: each pixel the mean of those it is made of.
fn averaged(drawn: &[u8], (width, height): (u32, u32), finer: u32) -> Vec<u8> {
    let (width, height, finer) = (width as usize, height as usize, finer as usize);
    let mut smooth = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            for channel in 0..3 {
                let places = (0..finer * finer).map(|k| {
                    ((y * finer + k / finer) * width * finer + x * finer + k % finer) * 3 + channel
                });
                let sum: usize = places.map(|place| usize::from(drawn[place])).sum();
                smooth.push((sum / (finer * finer)) as u8);
            }
        }
    }
    smooth
}

pub(super) type Painted<DB> = Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

/// What is drawn on, and its measures in the backend's units.
pub(super) struct Sheet<'a, DB: DrawingBackend> {
    pub area: &'a DrawingArea<DB, Shift>,
    pub frame: &'a Frame,
    /// One pixel of a picture of 1200 x 800.
    pub unit: f64,
    /// How far centred text is moved down, as a share of its size.
    pub drop: f64,
    /// The plot's left, top, right and bottom.
    pub plot: (i32, i32, i32, i32),
}

/// Makes the sheet white and the font known; the unit is that of [`Sheet`].
pub(super) fn prepared<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    size: (u32, u32),
    scale: u32,
) -> Result<f64, DrawingAreaErrorKind<DB::ErrorType>> {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        register_font(FAMILY, FontStyle::Normal, FONT)
            .unwrap_or_else(|_| unreachable!("the font is part of this file"))
    });
    area.fill(&WHITE)?;
    Ok(f64::from(scale)
        * (f64::from(size.0) / 1200.0)
            .min(f64::from(size.1) / 800.0)
            .max(0.45))
}

/// Paints title, grid, axes, lines and legend of a picture of `size` pixels, each `scale` units
/// wide; `drop` as in [`Sheet`].
fn paint<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    curves: &[Curve],
    frame: &Frame,
    size: (u32, u32),
    scale: u32,
    drop: f64,
) -> Painted<DB> {
    let unit = prepared(area, size, scale)?;
    let length = |pixels: f64| (pixels * unit).round() as i32;
    let (width, height) = ((size.0 * scale) as i32, (size.1 * scale) as i32);
    let legend_columns = if curves.len() > 3 { 2 } else { 1 };
    let legend_rows = curves.len().div_ceil(legend_columns) as i32;
    let y_ticks = frame.y_ticks((f64::from(height) / unit / 85.0) as usize);
    let sheet = |plot| Sheet {
        area,
        frame,
        unit,
        drop,
        plot,
    };
    let widest = y_ticks
        .iter()
        .map(|tick| sheet((0, 0, 0, 0)).text_width(&tick.label, 24.0))
        .max()
        .unwrap_or(0);
    let bottom = height - length(22.0) - legend_rows * length(36.0) - length(84.0);
    let sheet = sheet((
        length(64.0) + widest,
        length(66.0),
        width - length(36.0),
        bottom,
    ));
    let (left, top, right, bottom) = sheet.plot;
    let title = match curves {
        [curve] => curve.label.clone(),
        _ => "Activation functions".to_owned(),
    };
    sheet.text(
        &sheet.fitted(&title, 30.0, width - length(60.0)),
        ((left + right) / 2, length(22.0)),
        30.0,
        HPos::Center,
        VPos::Top,
        false,
    )?;
    for tick in frame.x_ticks((f64::from(width) / unit / 110.0) as usize) {
        let x = left + (frame.across(tick.at) * f64::from(right - left)).round() as i32;
        sheet.stroke(
            &[(x, top), (x, bottom)],
            if tick.at == 0.0 { ZERO } else { GRID },
            1.5,
        )?;
        sheet.text(
            &tick.label,
            (x, bottom + length(10.0)),
            24.0,
            HPos::Center,
            VPos::Top,
            false,
        )?;
    }
    for tick in y_ticks {
        let y = bottom - (frame.up(tick.at) * f64::from(bottom - top)).round() as i32;
        sheet.stroke(
            &[(left, y), (right, y)],
            if tick.at == 0.0 { ZERO } else { GRID },
            1.5,
        )?;
        sheet.text(
            &tick.label,
            (left - length(12.0), y),
            24.0,
            HPos::Right,
            VPos::Center,
            false,
        )?;
    }
    for (curve, colour) in curves.iter().zip(COLOURS.into_iter().cycle()) {
        if frame.slopes {
            sheet.line(&frame.runs(curve.slopes()), colour, true)?;
        }
        sheet.line(&frame.runs(curve.values()), colour, false)?;
    }
    sheet.stroke(
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
    sheet.text(
        "x",
        ((left + right) / 2, bottom + length(44.0)),
        24.0,
        HPos::Center,
        VPos::Top,
        false,
    )?;
    let axis = if frame.slopes {
        "f(x) solid, f\u{2032}(x) dashed"
    } else {
        "f(x)"
    };
    sheet.text(
        axis,
        (length(14.0), (top + bottom) / 2),
        24.0,
        HPos::Center,
        VPos::Top,
        true,
    )?;
    sheet.legend(curves, legend_columns, bottom + length(96.0), width)
}

impl<DB: DrawingBackend> Sheet<'_, DB> {
    pub fn length(&self, pixels: f64) -> i32 {
        (pixels * self.unit).round() as i32
    }

    fn style(&self, size: f64) -> TextStyle<'static> {
        (FAMILY, (size * self.unit).round().max(1.0) as i32).into_text_style(self.area)
    }

    pub fn text_width(&self, text: &str, size: f64) -> i32 {
        self.area
            .estimate_text_size(text, &self.style(size))
            .map_or(0, |(width, _)| width as i32)
    }

    /// The text, shortened until it is no wider than `width`.
    pub fn fitted(&self, text: &str, size: f64, width: i32) -> String {
        let longest = text.chars().count();
        let texts = (0..longest).map(|left_out| shortened(text, longest - left_out));
        texts
            .into_iter()
            .find(|text| self.text_width(text, size) <= width)
            .unwrap_or_default()
    }

    pub fn text(
        &self,
        text: &str,
        place: (i32, i32),
        size: f64,
        across: HPos,
        down: VPos,
        upright: bool,
    ) -> Painted<DB> {
        let place = if matches!(down, VPos::Center) {
            (place.0, place.1 + self.length(self.drop * size))
        } else {
            place
        };
        let style = self.style(size).pos(Pos::new(across, down));
        let style = if upright {
            style.transform(FontTransform::Rotate270)
        } else {
            style
        };
        self.area.draw(&Text::new(text.to_owned(), place, style))
    }

    pub fn stroke(&self, points: &[(i32, i32)], colour: RGBColor, width: f64) -> Painted<DB> {
        let style = ShapeStyle {
            color: colour.to_rgba(),
            filled: false,
            stroke_width: (width * self.unit).round().max(1.0) as u32,
        };
        self.area.draw(&PathElement::new(points.to_vec(), style))
    }

    /// Draws the runs of a line within the plot, solid or dashed.
    pub fn line(&self, runs: &[Vec<(f64, f64)>], colour: RGBColor, dashed: bool) -> Painted<DB> {
        let (left, top, right, bottom) = self.plot;
        let place = |(x, y): &(f64, f64)| {
            (
                f64::from(left) + x * f64::from(right - left),
                f64::from(bottom) - y * f64::from(bottom - top),
            )
        };
        for run in runs {
            self.pen(&run.iter().map(place).collect::<Vec<_>>(), colour, dashed)?;
        }
        Ok(())
    }

    /// Draws one line through points of the backend, solid or dashed.
    fn pen(&self, points: &[(f64, f64)], colour: RGBColor, dashed: bool) -> Painted<DB> {
        let strokes = if dashed {
            dashes(points, 12.0 * self.unit, 7.0 * self.unit)
        } else {
            vec![points.to_vec()]
        };
        for stroke in strokes {
            let whole: Vec<(i32, i32)> = needed(&stroke)
                .into_iter()
                .map(|(x, y)| (x.round() as i32, y.round() as i32))
                .collect();
            if whole.len() > 1 {
                self.stroke(&whole, colour, if dashed { 2.5 } else { 3.5 })?;
            }
        }
        Ok(())
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

/// The points of a line without those that lie within half a unit of the line without them: close
/// points, rounded to whole units, would make corners that are not there.
fn needed(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let off = |point: &(f64, f64), a: (f64, f64), b: (f64, f64)| {
        let (across, down) = (b.0 - a.0, b.1 - a.1);
        let length = across.hypot(down);
        let apart = ((point.0 - a.0) * down - (point.1 - a.1) * across).abs();
        if length > 0.0 {
            apart / length
        } else {
            (point.0 - a.0).hypot(point.1 - a.1)
        }
    };
    let Some(first) = points.first() else {
        return Vec::new();
    };
    let (mut kept, mut start) = (vec![*first], 0);
    for end in 2..points.len() {
        if points[start + 1..end]
            .iter()
            .any(|point| off(point, points[start], points[end]) > 0.5)
        {
            start = end - 1;
            kept.push(points[start]);
        }
    }
    kept.extend(points[1..].last());
    kept
}

/// The dashes of a line: `on` long, `off` apart, measured along the line.
fn dashes(points: &[(f64, f64)], on: f64, off: f64) -> Vec<Vec<(f64, f64)>> {
    let mut dashes = Vec::new();
    let Some(first) = points.first() else {
        return dashes;
    };
    let (mut dash, mut drawing, mut left) = (vec![*first], true, on);
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            if length <= left {
                left -= length;
                dash.push(to);
                break;
            }
            from = (
                from.0 + (to.0 - from.0) * left / length,
                from.1 + (to.1 - from.1) * left / length,
            );
            dash.push(from);
            let ended = std::mem::replace(&mut dash, vec![from]);
            if drawing {
                dashes.push(ended);
            }
            drawing = !drawing;
            left = if drawing { on } else { off };
        }
    }
    if drawing {
        dashes.push(dash);
    }
    dashes
}

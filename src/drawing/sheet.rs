//! A sheet: the area that a picture is painted on, and what is painted with: text, strokes, lines.

use std::sync::Once;

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{PathElement, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    register_font, Color, FontStyle, FontTransform, IntoTextStyle, RGBColor, ShapeStyle, TextStyle,
    BLACK, WHITE,
};

use super::frame::Frame;
use super::label::shortened;

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

impl<DB: DrawingBackend> Sheet<'_, DB> {
    /// So many pixels of a picture of 1200 x 800 in the backend's units.
    pub fn length(&self, pixels: f64) -> i32 {
        (pixels * self.unit).round() as i32
    }

    fn style(&self, size: f64) -> TextStyle<'static> {
        (FAMILY, (size * self.unit).round().max(1.0) as i32).into_text_style(self.area)
    }

    /// The width of a text whose height is `size` pixels, in the backend's units.
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

    /// Writes a text whose height is `size` pixels, anchored at `place`; `upright` reads upward.
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

    /// Draws a line of `width` pixels through points of the backend.
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
    pub fn pen(&self, points: &[(f64, f64)], colour: RGBColor, dashed: bool) -> Painted<DB> {
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

    /// The outline of the plot.
    pub fn outline(&self) -> Painted<DB> {
        let (left, top, right, bottom) = self.plot;
        let corners = [
            (left, top),
            (right, top),
            (right, bottom),
            (left, bottom),
            (left, top),
        ];
        self.stroke(&corners, BLACK, 1.5)
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

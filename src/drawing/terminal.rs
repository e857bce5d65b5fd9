//! Curves drawn with characters: Braille dots, or plain ASCII.

use super::character_axes::CharacterAxes;
pub use super::character_axes::Hand;
use super::curve::Curve;
use super::frame::Frame;
use super::label::shortened;

/// Colours of a 256-colour terminal, near those of a picture.
const COLOURS: [u8; 8] = [32, 166, 36, 175, 214, 117, 247, 125];
/// Of five dots of a slope three are drawn.
const DOTS: (usize, usize) = (3, 5);

/// Draws curves, with their slopes dotted, in at most `columns` columns: `rows` rows of plot, the x
/// axis, and a legend of one line a curve. The capital letter of the legend stands on a curve, the
/// small letter on its slope. The text ends without a line break.
pub fn draw(curves: &[Curve], columns: usize, rows: usize) -> String {
    draw_in(
        curves,
        &Frame::of(curves, true),
        columns,
        rows,
        Hand::default(),
    )
}

/// Draws as [`draw`] does, within the caller's frame and with the characters of `hand`.
pub fn draw_in(curves: &[Curve], frame: &Frame, columns: usize, rows: usize, hand: Hand) -> String {
    let axes = CharacterAxes::new(frame, columns, rows, hand);
    let mut canvas = Canvas::new(axes.width, axes.rows, hand);
    for (index, curve) in curves.iter().enumerate() {
        canvas.line(
            &frame.runs(curve.values()),
            Series {
                curve: index,
                slope: false,
            },
        );
        if frame.slopes {
            canvas.line(
                &frame.runs(curve.slopes()),
                Series {
                    curve: index,
                    slope: true,
                },
            );
        }
    }
    canvas.letter();
    canvas.zero_lines(frame, &axes);
    let mut text = String::new();
    for row in 0..axes.rows {
        axes.write_row(row, &mut text, |text| canvas.write_row(row, text));
    }
    text.push_str(&axes.x_axis(&frame.x_ticks(axes.x_labels())));
    text.push_str(&legend(curves, frame, &axes, hand));
    text.truncate(text.trim_end().len());
    text
}

/// A line a curve: its letters and its label.
fn legend(curves: &[Curve], frame: &Frame, axes: &CharacterAxes, hand: Hand) -> String {
    let gutter = axes.gutter;
    let mut text = String::new();
    for (index, curve) in curves.iter().enumerate() {
        let series = Series {
            curve: index,
            slope: false,
        };
        let slope = if frame.slopes {
            format!(
                "   {} its slope",
                Series {
                    slope: true,
                    ..series
                }
                .letter()
            )
        } else {
            String::new()
        };
        let label = shortened(
            &curve.label,
            axes.width.saturating_sub(2 + slope.len()).max(8),
        );
        let line = painted(&format!("{} {label}{slope}", series.letter()), series, hand);
        text.push_str(&format!("{:>gutter$}  {line}\n", ""));
    }
    text
}

/// A text in the colour of its curve where there are colours.
fn painted(text: &str, series: Series, hand: Hand) -> String {
    hand.painted(text, COLOURS[series.curve % COLOURS.len()])
}

/// The values or the slopes of one of the curves.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Series {
    curve: usize,
    slope: bool,
}

impl Series {
    /// A, B ... for values, a, b ... for slopes.
    fn letter(self) -> char {
        char::from(if self.slope { b'a' } else { b'A' } + (self.curve % 26) as u8)
    }
}

/// One character's place.
#[derive(Clone, Copy, Default)]
struct CharacterCell {
    /// Braille's bits.
    dots: u8,
    series: Option<Series>,
    letter: bool,
    line: bool,
}

/// The plot's cells, row by row, and where each series passes.
struct Canvas {
    width: usize,
    rows: usize,
    hand: Hand,
    cells: Vec<CharacterCell>,
    /// Of each series the row it was drawn in, by column.
    passes: Vec<(Series, Vec<Option<usize>>)>,
}

impl Canvas {
    fn new(width: usize, rows: usize, hand: Hand) -> Canvas {
        Canvas {
            width,
            rows,
            hand,
            cells: vec![CharacterCell::default(); width * rows],
            passes: Vec::new(),
        }
    }

    /// Draws the runs of a series dot by dot: a cell is 2 dots wide and 4 high, or a dot itself in
    /// ASCII.
    fn line(&mut self, runs: &[Vec<(f64, f64)>], series: Series) {
        let (across, down) = if self.hand.ascii { (1, 1) } else { (2, 4) };
        let (wide, high) = (self.width * across, self.rows * down);
        let mut passes = vec![None; self.width];
        let dot = |(x, y): (f64, f64)| (x * wide as f64, (1.0 - y) * high as f64);
        for run in runs {
            let mut drawn = 0;
            let mut last = None;
            for pair in run.windows(2) {
                let ((x0, y0), (x1, y1)) = (dot(pair[0]), dot(pair[1]));
                let steps = ((x1 - x0).abs().max((y1 - y0).abs()).ceil() as usize).max(1);
                for step in 0..=steps {
                    let part = step as f64 / steps as f64;
                    let x = ((x0 + (x1 - x0) * part) as usize).min(wide - 1);
                    let y = ((y0 + (y1 - y0) * part) as usize).min(high - 1);
                    if last == Some((x, y)) {
                        continue;
                    }
                    last = Some((x, y));
                    drawn += 1;
                    passes[x / across] = Some(y / down);
                    if !series.slope || self.hand.ascii || drawn % DOTS.1 < DOTS.0 {
                        let cell = &mut self.cells[y / down * self.width + x / across];
                        // Over the values that stand there a slope is not drawn.
                        if !(self.hand.ascii
                            && cell
                                .series
                                .is_some_and(|other| !other.slope && series.slope))
                        {
                            cell.series = Some(series);
                        }
                        cell.dots |= braille(x % across, y % down);
                    }
                }
            }
        }
        self.passes.push((series, passes));
    }

    /// Puts each series' letter on it where it is farthest from the others.
    fn letter(&mut self) {
        let margin = self.width / 12;
        for (series, own) in &self.passes {
            let room = |column: usize, row: usize| {
                let others = self
                    .passes
                    .iter()
                    .filter(|(other, _)| other != series)
                    .filter_map(|(_, rows)| rows[column]);
                others
                    .map(|other| other.abs_diff(row))
                    .min()
                    .unwrap_or(self.rows)
                    .min(self.rows / 3)
            };
            let places =
                (margin..self.width - margin).filter_map(|column| Some((column, own[column]?)));
            let best = places.max_by_key(|(column, row)| (room(*column, *row), *column));
            if let Some((column, row)) = best {
                let cell = &mut self.cells[row * self.width + column];
                (cell.series, cell.letter) = (Some(*series), true);
            }
        }
    }

    /// Lines through x = 0 and y = 0 where nothing else is drawn.
    fn zero_lines(&mut self, frame: &Frame, axes: &CharacterAxes) {
        if frame.x.0 < 0.0 && frame.x.1 > 0.0 {
            let column = axes.column_of(frame.across(0.0));
            (0..self.rows).for_each(|row| self.cells[row * self.width + column].line = true);
        }
        if frame.y.0 < 0.0 && frame.y.1 > 0.0 {
            let row = axes.row_of(frame.up(0.0));
            self.cells[row * self.width..][..self.width]
                .iter_mut()
                .for_each(|cell| cell.line = true);
        }
    }

    fn write_row(&self, row: usize, text: &mut String) {
        for cell in &self.cells[row * self.width..][..self.width] {
            let Some(series) = cell.series else {
                text.push(match (cell.line, self.hand.ascii) {
                    (false, _) => ' ',
                    (true, false) => '·',
                    (true, true) => '.',
                });
                continue;
            };
            let dots = char::from_u32(0x2800 + u32::from(cell.dots))
                .expect("Braille has all 256 patterns");
            let c = if cell.letter || self.hand.ascii {
                series.letter()
            } else {
                dots
            };
            text.push_str(&painted(&c.to_string(), series, self.hand));
        }
    }
}

/// The bit of a Braille pattern's dot in a column of 2 and a row of 4.
fn braille(column: usize, row: usize) -> u8 {
    const BITS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
    BITS[column][row]
}

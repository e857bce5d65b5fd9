//! Curves drawn with characters: Braille dots, or plain ASCII.

use super::curve::Curve;
use super::frame::{Frame, Tick};
use super::label::shortened;

/// Colours of a 256-colour terminal, near those of a picture.
const COLOURS: [u8; 8] = [32, 166, 36, 175, 214, 117, 247, 125];
/// The least columns and rows that a drawing takes.
const LEAST: (usize, usize) = (30, 5);
/// The most columns and rows.
const MOST: (usize, usize) = (500, 200);
/// Of five dots of a slope three are drawn.
const DOTS: (usize, usize) = (3, 5);

/// The characters and colours that a terminal can show.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hand {
    /// Whether only ASCII may be used.
    pub ascii: bool,
    /// Whether colours are set by escape codes.
    pub colour: bool,
}

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
    let (columns, rows) = (columns.clamp(LEAST.0, MOST.0), rows.clamp(LEAST.1, MOST.1));
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
    let mut canvas = Canvas::new(width, rows, hand);
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
    canvas.zero_lines(frame);
    let (bar, notch) = if hand.ascii {
        ('|', '+')
    } else {
        ('│', '┤')
    };
    let mut text = String::new();
    for row in 0..rows {
        let tick = y_ticks.iter().find(|(at, _)| *at == row);
        let (label, edge) = tick.map_or(("", bar), |(_, label)| (label.as_str(), notch));
        text.push_str(&format!("{label:>gutter$} {edge}"));
        canvas.write_row(row, &mut text);
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text.push_str(&x_axis(
        frame,
        &frame.x_ticks((width / 9).clamp(2, 11)),
        gutter,
        width,
        hand,
    ));
    text.push_str(&legend(curves, frame, gutter, columns, hand));
    text.truncate(text.trim_end().len());
    text
}

/// The row, from the top, of a height from 0 to 1.
pub(super) fn row_of(up: f64, rows: usize) -> usize {
    (((1.0 - up) * rows as f64) as usize).min(rows - 1)
}

/// The column of a place from 0 to 1.
pub(super) fn column_of(across: f64, width: usize) -> usize {
    ((across * width as f64) as usize).min(width - 1)
}

/// The axis below the plot and the labels of its ticks, of those that would meet the first.
pub(super) fn x_axis(
    frame: &Frame,
    ticks: &[Tick],
    gutter: usize,
    width: usize,
    hand: Hand,
) -> String {
    let (corner, dash, notch) = if hand.ascii {
        ('+', '-', '+')
    } else {
        ('└', '─', '┬')
    };
    let mut axis = vec![dash; width];
    let mut labels = vec![' '; gutter + 2 + width];
    let mut free = 0;
    for tick in ticks {
        let column = column_of(frame.across(tick.at), width);
        axis[column] = notch;
        let length = tick.label.chars().count();
        let start = (gutter + 2 + column)
            .saturating_sub(length / 2)
            .min(labels.len().saturating_sub(length));
        if start >= free {
            for (place, c) in labels[start..].iter_mut().zip(tick.label.chars()) {
                *place = c;
            }
            free = start + length + 1;
        }
    }
    let (axis, labels): (String, String) =
        (axis.into_iter().collect(), labels.into_iter().collect());
    format!("{:>gutter$} {corner}{axis}\n{}\n", "", labels.trim_end())
}

/// A line a curve: its letters and its label.
fn legend(curves: &[Curve], frame: &Frame, gutter: usize, columns: usize, hand: Hand) -> String {
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
            columns.saturating_sub(gutter + 4 + slope.len()).max(8),
        );
        let line = painted(&format!("{} {label}{slope}", series.letter()), series, hand);
        text.push_str(&format!("{:>gutter$}  {line}\n", ""));
    }
    text
}

/// A text in the colour of its series where there are colours.
fn painted(text: &str, series: Series, hand: Hand) -> String {
    if hand.colour {
        format!(
            "\u{1b}[38;5;{}m{text}\u{1b}[0m",
            COLOURS[series.curve % COLOURS.len()]
        )
    } else {
        text.to_owned()
    }
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
    fn zero_lines(&mut self, frame: &Frame) {
        if frame.x.0 < 0.0 && frame.x.1 > 0.0 {
            let column = column_of(frame.across(0.0), self.width);
            (0..self.rows).for_each(|row| self.cells[row * self.width + column].line = true);
        }
        if frame.y.0 < 0.0 && frame.y.1 > 0.0 {
            let row = row_of(frame.up(0.0), self.rows);
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

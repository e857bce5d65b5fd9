//! The axes around a plot of characters, and what a terminal can show of it.

use super::frame::{Frame, Tick};

/// The least columns and rows that a drawing takes.
const LEAST: (usize, usize) = (30, 5);
/// The most columns and rows.
const MOST: (usize, usize) = (500, 200);

/// The characters and colours that a terminal can show.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hand {
    /// Whether only ASCII may be used.
    pub ascii: bool,
    /// Whether colours are set by escape codes.
    pub colour: bool,
}

impl Hand {
    /// Returns a text in a colour of a 256-colour terminal, or as it is where there are no colours.
    pub(super) fn painted(self, text: &str, colour: u8) -> String {
        if self.colour {
            format!("\u{1b}[38;5;{colour}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// The axes of a plot of `rows` rows and `width` columns: on its left a gutter with the labels of
/// the y axis, below it the x axis.
pub(super) struct CharacterAxes<'a> {
    frame: &'a Frame,
    hand: Hand,
    /// Columns of the longest label of the y axis.
    pub gutter: usize,
    pub width: usize,
    pub rows: usize,
    /// The rows of the y axis that have a label.
    y_ticks: Vec<(usize, String)>,
}

impl CharacterAxes<'_> {
    /// Makes the axes of a drawing of `columns` columns with `rows` rows of plot, both brought
    /// within what a drawing takes.
    pub fn new(frame: &Frame, columns: usize, rows: usize, hand: Hand) -> CharacterAxes<'_> {
        let (columns, rows) = (columns.clamp(LEAST.0, MOST.0), rows.clamp(LEAST.1, MOST.1));
        let y_ticks: Vec<(usize, String)> = frame
            .y_ticks((rows / 3).clamp(2, 8))
            .into_iter()
            .map(|tick| (row_of(frame.up(tick.at), rows), tick.label))
            .collect();
        let lengths = y_ticks.iter().map(|(_, label)| label.len());
        let gutter = lengths.max().unwrap_or(0);
        CharacterAxes {
            frame,
            hand,
            gutter,
            width: columns - gutter - 2,
            rows,
            y_ticks,
        }
    }

    /// Returns the row, from the top, of a height from 0 to 1.
    pub fn row_of(&self, up: f64) -> usize {
        row_of(up, self.rows)
    }

    /// Returns the column of a place from 0 to 1.
    pub fn column_of(&self, across: f64) -> usize {
        ((across * self.width as f64) as usize).min(self.width - 1)
    }

    /// Returns how many labels of the x axis have room.
    pub fn x_labels(&self) -> usize {
        (self.width / 9).clamp(2, 11)
    }

    /// Adds a row to a text: the y axis with the label that belongs there, what `plot` adds, and a
    /// line break, without spaces before it.
    pub fn write_row(&self, row: usize, text: &mut String, plot: impl FnOnce(&mut String)) {
        let (bar, notch) = if self.hand.ascii {
            ('|', '+')
        } else {
            ('│', '┤')
        };
        let tick = self.y_ticks.iter().find(|(at, _)| *at == row);
        let (label, edge) = tick.map_or(("", bar), |(_, label)| (label.as_str(), notch));
        text.push_str(&format!("{label:>0$} {edge}", self.gutter));
        plot(text);
        text.truncate(text.trim_end().len());
        text.push('\n');
    }

    /// Returns the x axis and, below it, the labels of its ticks: of two that would meet, the
    /// first.
    pub fn x_axis(&self, ticks: &[Tick]) -> String {
        let (corner, dash, notch) = if self.hand.ascii {
            ('+', '-', '+')
        } else {
            ('└', '─', '┬')
        };
        let gutter = self.gutter;
        let mut axis = vec![dash; self.width];
        let mut labels = vec![' '; gutter + 2 + self.width];
        let mut free = 0;
        for tick in ticks {
            let column = self.column_of(self.frame.across(tick.at));
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
}

fn row_of(up: f64, rows: usize) -> usize {
    (((1.0 - up) * rows as f64) as usize).min(rows - 1)
}

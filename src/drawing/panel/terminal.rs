//! Panels drawn with characters.

use super::definition::{labels, share_legend, Panel, Series, Stroke};
use crate::drawing::character_axes::{CharacterAxes, Hand};
use crate::drawing::visible::on_a_line;

/// The marks of the series in a terminal, by their place; the last stands for all that follow.
const MARKS: [&str; 6] = [".", "o", "x", "+", "*", "#"];

/// Colours of a 256-colour terminal, near those of a picture.
const TERMINAL_COLOURS: [u8; 6] = [247, 32, 166, 36, 175, 214];

/// Draws panels each below the other, as [`draw`] does, the legend last; those that do not share
/// one have each their own.
pub fn draw_all(panels: &[Panel], columns: usize, rows: usize, hand: Hand) -> String {
    if !share_legend(panels) {
        return panels
            .iter()
            .map(|panel| draw_all(std::slice::from_ref(panel), columns, rows, hand))
            .collect::<Vec<_>>()
            .join("\n\n");
    }
    let mut parts: Vec<String> = panels
        .iter()
        .map(|panel| draw(panel, columns, rows, hand))
        .collect();
    parts.push(legend(panels, hand));
    parts.join("\n\n")
}

/// Draws a panel in at most `columns` columns: a line with its labels, `rows` rows of plot, and the
/// x axis. The text ends without a line break.
pub fn draw(panel: &Panel, columns: usize, rows: usize, hand: Hand) -> String {
    let frame = panel.frame();
    let axes = CharacterAxes::new(&frame, columns, rows, hand);
    let (width, rows, gutter) = (axes.width, axes.rows, axes.gutter);
    let mut cells: Vec<Option<usize>> = vec![None; width * rows];
    for (index, series) in panel.series.iter().enumerate() {
        for (x, y) in dense(series, width) {
            let (across, up) = (frame.across(x), frame.up(y));
            if (0.0..=1.0).contains(&across) && (0.0..=1.0).contains(&up) {
                cells[axes.row_of(up) * width + axes.column_of(across)] = Some(index);
            }
        }
    }
    let edges: Vec<usize> = panel
        .edges
        .iter()
        .map(|edge| axes.column_of(frame.across(*edge).clamp(0.0, 1.0)))
        .collect();
    let edge = if hand.ascii { '|' } else { '┊' };
    let mut text = format!(
        "{:>gutter$}  {} against {}\n",
        "",
        on_a_line(&panel.y_label),
        on_a_line(&panel.x_label)
    );
    for row in 0..rows {
        axes.write_row(row, &mut text, |text| {
            for column in 0..width {
                match cells[row * width + column] {
                    Some(index) => text.push_str(&painted(mark(index), index, hand)),
                    None if edges.contains(&column) => text.push(edge),
                    None => text.push(' '),
                }
            }
        });
    }
    let ticks = panel.x_ticks(
        &frame,
        axes.x_labels(),
        (width / panel.names.len().max(1)).saturating_sub(1),
    );
    text.push_str(&axes.x_axis(&ticks));
    text.truncate(text.trim_end().len());
    text
}

/// The mark and the label of every series, in one line.
pub fn legend(panels: &[Panel], hand: Hand) -> String {
    let labels = labels(panels);
    let entry = |(index, label): (usize, &&str)| {
        let text = format!("{} {}", mark(index), on_a_line(label));
        painted(&text, index, hand)
    };
    let entries = labels.iter().enumerate().map(entry);
    entries.collect::<Vec<_>>().join("   ")
}

fn mark(index: usize) -> &'static str {
    MARKS[index.min(MARKS.len() - 1)]
}

fn painted(text: &str, index: usize, hand: Hand) -> String {
    hand.painted(text, TERMINAL_COLOURS[index % TERMINAL_COLOURS.len()])
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

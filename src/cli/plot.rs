//! `motherlode plot`: formulas and their slopes as curves, in the terminal or as a picture.

use std::path::PathBuf;

use clap::Args;
use serde_json::{json, Map, Value};

use crate::cli::common::{quoted, shortened, Common, Ending, Failure};
use crate::cli::formula_argument;
use crate::cli::{file, output, screen};
use crate::drawing::curve::Curve;
use crate::drawing::frame::Frame;
use crate::drawing::picture::{self, MOST_CURVES, SIDES};
use crate::drawing::terminal;
use crate::formula::{Class, Formula};
use crate::record::candidate::FormulaRecord;

/// Pixels of a picture.
const PICTURE: (u32, u32) = (1200, 800);
/// The most columns and rows of a drawing in the terminal, and the rows where none are asked for.
const DRAWING: (u32, u32) = (500, 200);
const ROWS: u32 = 20;
/// The largest end of a range.
const LARGEST_END: f64 = 1e9;

/// What `motherlode plot` is asked for.
#[derive(Args)]
#[command(after_help = "Examples:
  motherlode plot gelu mish
  motherlode plot 'x*sigmoid(1.5*x)' silu --range=-8:8 --svg curves.svg")]
pub struct PlotArguments {
    /// Formulas such as 'x*sigmoid(x)', names such as gelu, or ids and nicknames of the archive; at
    /// most 8
    #[arg(required = true, value_name = "FORMULA", value_parser = formula_argument::text)]
    formulas: Vec<String>,
    /// Write a PNG picture to this file
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Write an SVG picture to this file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// The range of x
    #[arg(
        long,
        value_name = "A:B",
        default_value = "-5:5",
        allow_hyphen_values = true
    )]
    range: String,
    /// The range of y [default: all, unless a curve that explodes would flatten the others]
    #[arg(long, value_name = "A:B", allow_hyphen_values = true)]
    y_range: Option<String>,
    /// Draw slopes beside the formulas; the default
    #[arg(long, overrides_with = "no_slope")]
    slope: bool,
    /// Draw the formulas alone
    #[arg(long)]
    no_slope: bool,
    /// Pixels of a picture [default: 1200], or columns of the terminal [default: all]
    #[arg(long, value_name = "N")]
    width: Option<u32>,
    /// Pixels of a picture [default: 800], or rows of the terminal [default: 20]
    #[arg(long, value_name = "N")]
    height: Option<u32>,
    /// Draw with ASCII characters alone
    #[arg(long)]
    ascii: bool,
}

/// A formula as the user named it, and its curve.
struct Drawn {
    text: String,
    formula: Formula,
}

/// A formula that cannot be drawn, and why.
struct Refused {
    text: String,
    reason: String,
}

/// Draws the formulas, in the terminal or as pictures; the command fails where none can be drawn.
pub fn run(arguments: &PlotArguments, common: &Common) -> Result<Ending, Failure> {
    let range = ends("--range", &arguments.range)?;
    let y_range = arguments
        .y_range
        .as_deref()
        .map(|text| ends("--y-range", text))
        .transpose()?;
    if arguments.formulas.len() > MOST_CURVES {
        return Err(Failure::usage(format!(
            "plot draws at most {MOST_CURVES} formulas together, found {}",
            arguments.formulas.len()
        )));
    }
    let in_terminal = arguments.png.is_none() && arguments.svg.is_none();
    let size = size(arguments, in_terminal)?;
    let (drawn, refused) = sorted(&arguments.formulas, common)?;
    let curves: Vec<Curve> = drawn
        .iter()
        .map(|drawn| Curve::of(&drawn.text, &drawn.formula, range))
        .collect();
    let mut frame = Frame::of(&curves, !arguments.no_slope);
    frame.y = y_range.unwrap_or(frame.y);
    let files = if drawn.is_empty() {
        Vec::new()
    } else {
        file::write_pictures(
            (arguments.png.as_deref(), arguments.svg.as_deref()),
            |aside| picture::png(aside, &curves, &frame, size),
            || picture::svg(&curves, &frame, size),
        )?
    };
    if common.json {
        let mut document = document(&drawn, &refused, &curves);
        document["range"] = json!(range);
        document["y_range"] = json!(frame.y);
        document["files"] = json!(files);
        output::document(&document)?;
    } else if in_terminal && !drawn.is_empty() {
        output::drawing(terminal::draw_in(
            &curves,
            &frame,
            size.0 as usize,
            size.1 as usize,
            screen::hand(arguments.ascii),
        ))?;
    }
    if drawn.is_empty() {
        return Ok(Ending::Failed);
    }
    notes(&drawn, &curves, range, &files, common);
    Ok(Ending::Done)
}

/// The JSON of the curves, and of what cannot be drawn.
fn document(drawn: &[Drawn], refused: &[Refused], curves: &[Curve]) -> Value {
    let pairs = drawn.iter().zip(curves);
    let curves: Vec<Value> = pairs
        .map(|(drawn, curve)| Value::Object(fields(drawn, curve)))
        .collect();
    let refused: Vec<Value> = refused
        .iter()
        .map(|refused| json!({ "given": refused.text, "reason": refused.reason }))
        .collect();
    json!({ "curves": curves, "rejected": refused })
}

/// What a reader of the curves should know, and what to do next.
fn notes(drawn: &[Drawn], curves: &[Curve], range: (f64, f64), files: &[String], common: &Common) {
    for (Drawn { text, formula }, curve) in drawn.iter().zip(curves) {
        if curve.points.iter().all(|point| point.y.is_none()) {
            common.say(format!(
                "note: {} is finite nowhere from {} to {}: nothing of it is drawn",
                shortened(text),
                range.0,
                range.1
            ));
        }
        if formula.class() != Class::Pointwise {
            common.say(format!(
                "note: {} is of class {}: drawn is its response at one element of a fixed 8 x 8 \
                 tensor as that element alone takes the value x",
                shortened(text),
                formula.class()
            ));
        }
        if !formula.parameters().is_empty() {
            common.say(format!(
                "note: {} is drawn with its trainable parameters at their initial values",
                shortened(text)
            ));
        }
    }
    for file in files {
        common.say(format!("written: {file}"));
    }
    let formulas: Vec<String> = drawn
        .iter()
        .map(|drawn| quoted(&on_one_line(drawn)))
        .collect();
    let formulas = formulas.join(" ");
    let next = if files.is_empty() {
        format!("motherlode plot {formulas} --png curves.png")
    } else {
        format!("motherlode evaluate {formulas}")
    };
    common.say(format!("next: {next}"));
}

/// The formula as the user named it, or as it prints where that would take several lines.
fn on_one_line(drawn: &Drawn) -> String {
    if drawn.text.chars().any(char::is_control) {
        drawn.formula.to_string()
    } else {
        drawn.text.clone()
    }
}

/// The formulas that can be drawn and those that cannot, of which it says why.
fn sorted(texts: &[String], common: &Common) -> Result<(Vec<Drawn>, Vec<Refused>), Failure> {
    let (mut drawn, mut refused) = (Vec::new(), Vec::new());
    for text in texts {
        match formula_argument::formula(text, common)? {
            Ok(formula) => drawn.push(Drawn {
                text: text.clone(),
                formula,
            }),
            Err(error) => {
                output::tell(format!(
                    "error: {}",
                    formula_argument::refusal(text, &error)
                ));
                refused.push(Refused {
                    text: text.clone(),
                    reason: error.to_string(),
                });
            }
        }
    }
    Ok((drawn, refused))
}

/// The two ends of a range such as `-5:5`.
fn ends(option: &str, text: &str) -> Result<(f64, f64), Failure> {
    let wanted = || {
        Failure::usage(format!(
            "{option} must be two numbers A:B with A below B, such as -5:5, found '{}'",
            shortened(text)
        ))
    };
    let (low, high) = text.split_once(':').ok_or_else(wanted)?;
    let number = |text: &str| {
        text.trim()
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .ok_or_else(wanted)
    };
    let (low, high) = (number(low)?, number(high)?);
    let largest = low.abs().max(high.abs());
    if low >= high {
        return Err(wanted());
    }
    if largest > LARGEST_END || high - low < 1e-6 * largest.max(1e-3) {
        return Err(Failure::usage(format!(
            "{option} must lie within -1e9 and 1e9 and be no narrower than a millionth of its \
             larger end, found '{}'",
            shortened(text)
        )));
    }
    Ok((low, high))
}

/// Width and height: pixels of a picture, columns and rows of the terminal.
fn size(arguments: &PlotArguments, in_terminal: bool) -> Result<(u32, u32), Failure> {
    let (default, least, most, unit) = match in_terminal {
        true => (
            (
                u32::try_from(screen::columns())
                    .unwrap_or(DRAWING.0)
                    .clamp(30, DRAWING.0),
                ROWS,
            ),
            (30, 5),
            DRAWING,
            "columns and rows",
        ),
        false => (PICTURE, (SIDES.0, SIDES.0), (SIDES.1, SIDES.1), "pixels"),
    };
    let side =
        |option: &str, wanted: Option<u32>, default, least, most| match wanted.unwrap_or(default) {
            side if (least..=most).contains(&side) => Ok(side),
            side => Err(Failure::usage(format!(
                "{option} must be from {least} to {most} ({unit}), found {side}"
            ))),
        };
    Ok((
        side("--width", arguments.width, default.0, least.0, most.0)?,
        side("--height", arguments.height, default.1, least.1, most.1)?,
    ))
}

/// The JSON of a curve.
fn fields(drawn: &Drawn, curve: &Curve) -> Map<String, Value> {
    let mut fields = output::formula(&FormulaRecord::from(&drawn.formula));
    fields.insert("given".to_owned(), json!(drawn.text));
    let points: Vec<Value> = curve
        .points
        .iter()
        .map(|point| json!({ "x": point.x, "y": point.y, "dy": point.slope }))
        .collect();
    fields.insert("points".to_owned(), Value::Array(points));
    fields
}

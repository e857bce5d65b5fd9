//! `motherlode library`: the published activations, and one of them whole.

use clap::Args;
use serde_json::{json, Map, Value};

use crate::cli::common::{shortened as on_a_line, Common, Ending, Failure};
use crate::cli::nearest_known::EQUAL;
use crate::cli::table::table;
use crate::cli::{output, screen};
use crate::drawing::curve::Curve;
use crate::drawing::frame::Frame;
use crate::drawing::terminal::{self, Hand};
use crate::formula::library::{self, Neighbour, Published};
use crate::formula::nearest::nearest;
use crate::formula::{Class, Fingerprint, Formula};
use crate::record::candidate::FormulaRecord;

/// The longest formula of the list, where there is room.
const LONGEST_FORMULA: usize = 60;
/// The shortest that a narrow terminal makes of it, and the columns of all else.
const SHORTEST_FORMULA: usize = 24;
const OTHER_COLUMNS: usize = 72;
/// Where values are shown.
const POINTS: [f64; 9] = [-5.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 5.0];
/// The range that is drawn, and the columns and rows of the drawing.
const RANGE: (f64, f64) = (-5.0, 5.0);
const DRAWING: (usize, usize) = (100, 16);
/// Columns of the names of facts.
const WIDTH: usize = 22;
/// How many relatives are shown.
const RELATIVES: usize = 5;

#[derive(Args)]
pub struct LibraryArguments {
    /// An activation by name, such as snake [default: all]
    name: Option<String>,
}

pub fn run(arguments: &LibraryArguments, common: &Common) -> Result<Ending, Failure> {
    match &arguments.name {
        None => list(common)?,
        Some(name) => show(find(name)?, common)?,
    }
    Ok(Ending::Done)
}

/// The activation of this name, in capitals or small, its words joined as they may be.
fn find(name: &str) -> Result<&'static Published, Failure> {
    let plain = name.trim().to_lowercase().replace(['-', ' '], "_");
    let unknown = || {
        Failure::usage(format!(
            "the library has no activation '{}'; the nearest name is '{}', and motherlode library \
             lists all",
            on_a_line(name),
            nearest(
                &plain.chars().take(40).collect::<String>(),
                library::names().map(|name| -> &str { name })
            )
        ))
    };
    library::named(&plain).ok_or_else(unknown)
}

fn list(common: &Common) -> Result<(), Failure> {
    if common.json {
        let activations: Vec<Value> = library::all()
            .iter()
            .map(|activation| Value::Object(fields(activation)))
            .collect();
        return Ok(output::document(&json!({ "activations": activations }))?);
    }
    let mut table = table(&["name", "formula", "class", "parameters", "cost", "year"]);
    let room = screen::width().map_or(LONGEST_FORMULA, |columns| {
        columns
            .saturating_sub(OTHER_COLUMNS)
            .clamp(SHORTEST_FORMULA, LONGEST_FORMULA)
    });
    for activation in library::all() {
        let formula = activation.formula();
        table.add_row([
            activation.name.clone(),
            shortened(&formula.to_string(), room),
            formula.class().to_string(),
            formula.parameters().len().to_string(),
            formula.cost().to_string(),
            activation.year.to_string(),
        ]);
    }
    output::line(&table)?;
    common.say(format!(
        "{} published activations; each name is a formula wherever one is asked for; motherlode \
        library NAME shows its source\nnext: motherlode library snake",
        library::all().len()
    ));
    Ok(())
}

/// The JSON of an activation.
fn fields(activation: &Published) -> Map<String, Value> {
    let mut fields = output::formula(&FormulaRecord::from(activation.formula()));
    fields.extend(output::object(json!({
        "name": activation.name,
        "aliases": activation.aliases,
        "source": activation.source,
        "year": activation.year,
        "note": activation.note,
        "reconstruction": activation.reconstruction,
        "same_as": activation.same_as,
    })));
    fields
}

fn show(activation: &Published, common: &Common) -> Result<(), Failure> {
    let formula = activation.formula();
    let derivative = formula.derivative();
    let relatives = relatives(activation);
    if common.json {
        let mut fields = fields(activation);
        fields.insert("derivative".to_owned(), json!(derivative));
        let row = |x: f64| {
            let (y, dy) = formula.value_and_slope(x);
            json!({ "x": x, "y": y, "dy": dy })
        };
        fields.insert("values".to_owned(), POINTS.map(row).into());
        let relative = |neighbour: &Neighbour| json!({ "name": neighbour.activation.name, "distance": neighbour.distance });
        fields.insert(
            "relatives".to_owned(),
            relatives.iter().map(relative).collect(),
        );
        return Ok(output::document(&fields)?);
    }
    let record = FormulaRecord::from(formula);
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            facts.push(format!("{name:WIDTH$}{value}"));
        }
    };
    fact("name", activation.name.clone());
    fact("also", activation.aliases.join(", "));
    // Each line of a program on a line of its own.
    let program = |text: &str| text.replace("; ", &format!("\n{:WIDTH$}", ""));
    fact("formula", program(&record.formula));
    fact("canonical", program(&record.canonical));
    fact(
        "id and nickname",
        format!("{}, {}", record.id, record.nickname),
    );
    fact(
        "derivative",
        derivative.map_or_else(|| no_derivative(formula).to_owned(), |text| program(&text)),
    );
    fact(
        "class and cost",
        format!(
            "{}, {} weighted operations an element",
            record.class, record.cost
        ),
    );
    let parameters = formula
        .parameters()
        .iter()
        .map(|parameter| format!("one a {} from {}", scope(parameter), parameter.initial()));
    fact(
        "trainable parameters",
        parameters.collect::<Vec<_>>().join(", "),
    );
    fact(
        "source",
        format!("{}, {}", activation.source, activation.year),
    );
    fact("note", activation.note.clone());
    fact(
        "reconstruction",
        if activation.reconstruction {
            "yes: see the note".to_owned()
        } else {
            String::new()
        },
    );
    fact(
        "the same function",
        activation.same_as.clone().unwrap_or_default(),
    );
    let relative = |neighbour: &Neighbour| match neighbour.distance {
        distance if distance <= EQUAL => {
            format!("{} (equal from -5 to 5)", neighbour.activation.name)
        }
        distance => format!("{} ({distance:.0e} away)", neighbour.activation.name),
    };
    fact(
        "nearest",
        relatives
            .iter()
            .map(relative)
            .collect::<Vec<_>>()
            .join(", "),
    );
    output::line(facts.join("\n"))?;
    let curves = [Curve::of(&activation.name, formula, RANGE)];
    let hand = Hand {
        ascii: !screen::reads_unicode(),
        colour: screen::shows_colours(),
    };
    let drawing = terminal::draw_in(
        &curves,
        &Frame::of(&curves, true),
        screen::columns().min(DRAWING.0),
        DRAWING.1,
        hand,
    );
    output::line(format!("\n{drawing}"))?;
    let mut values = table(&["x", "f(x)", "f'(x)"]);
    for x in POINTS {
        let (y, dy) = formula.value_and_slope(x);
        values.add_row([x.to_string(), format!("{y:.6}"), format!("{dy:.6}")]);
    }
    output::line(format!("\n{values}"))?;
    if formula.class() != Class::Pointwise {
        common.say(
            "it reads other elements: the values are those of the first element of a fixed \
             tensor, about standard normal, as it alone takes x",
        );
    }
    common.say(format!("next: motherlode evaluate {}", activation.name));
    Ok(())
}

fn scope(parameter: &crate::formula::Parameter) -> &'static str {
    match parameter.scope {
        crate::formula::Scope::Layer => "layer",
        crate::formula::Scope::Channel => "channel",
    }
}

fn no_derivative(formula: &Formula) -> &'static str {
    match formula.class() {
        Class::Pointwise if formula.to_string().contains("sinc(") => {
            "it holds the slope of sinc, which the language has no function for"
        }
        Class::Pointwise => "it is longer than a formula may be",
        _ => "it reads other elements, so that its derivative is a matrix",
    }
}

/// The nearest others.
fn relatives(activation: &Published) -> Vec<Neighbour> {
    let others = library::relatives(activation.fingerprint(), Fingerprint::distance).into_iter();
    others
        .filter(|neighbour| neighbour.activation.name != activation.name)
        .take(RELATIVES)
        .collect()
}

fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars()
        .take(longest - 3)
        .chain("...".chars())
        .collect()
}

//! `motherlode library`: the published activations, and one of them whole.

use clap::Args;
use serde_json::{json, Map, Value};

use super::given::shortened as on_a_line;
use super::table::table;
use super::{output, screen, Common, Ending, Failure};
use crate::candidate::FormulaRecord;
use crate::formula::library::{self, Activation, Neighbour};
use crate::formula::{Class, Fingerprint};
use crate::nearest::nearest;
use crate::report::curve::Curve;
use crate::report::frame::Frame;
use crate::report::terminal::{self, Hand};

/// The longest formula of the list.
const LONGEST_FORMULA: usize = 60;
/// The longest source of the list.
const LONGEST_SOURCE: usize = 72;
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
fn find(name: &str) -> Result<&'static Activation, Failure> {
    let plain = name.trim().to_lowercase().replace(['-', ' '], "_");
    let unknown = || {
        Failure::usage(format!(
            "the library has no activation '{}'; the nearest name is '{}', and motherlode library lists all",
            on_a_line(name),
            nearest(&plain.chars().take(40).collect::<String>(), library::names().map(|name| -> &str { name }))
        ))
    };
    library::named(&plain).ok_or_else(unknown)
}

fn list(common: &Common) -> Result<(), Failure> {
    if common.json {
        let activations: Vec<Value> = library::all().iter().map(|activation| Value::Object(fields(activation))).collect();
        return Ok(output::document(&json!({ "activations": activations }))?);
    }
    let mut table = table(&["name", "year", "class", "parameters", "cost", "formula", "source"]);
    for activation in library::all() {
        let formula = activation.formula();
        table.add_row([
            activation.name.clone(),
            activation.year.to_string(),
            formula.class().to_string(),
            formula.parameters().len().to_string(),
            formula.cost().to_string(),
            shortened(&formula.to_string(), LONGEST_FORMULA),
            shortened(&activation.source, LONGEST_SOURCE),
        ]);
    }
    output::line(&table)?;
    common.say(format!(
        "{} published activations; each name is a formula wherever one is asked for\nnext: motherlode library snake",
        library::all().len()
    ));
    Ok(())
}

/// The JSON of an activation.
fn fields(activation: &Activation) -> Map<String, Value> {
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

fn show(activation: &Activation, common: &Common) -> Result<(), Failure> {
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
        fields.insert("relatives".to_owned(), relatives.iter().map(relative).collect());
        return Ok(output::document(&fields)?);
    }
    let record = FormulaRecord::from(formula);
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            // A line of a program stands on a line of its own.
            facts.push(format!("{name:WIDTH$}{}", value.replace("; ", &format!("\n{:WIDTH$}", ""))));
        }
    };
    fact("name", activation.name.clone());
    fact("also", activation.aliases.join(", "));
    fact("formula", record.formula.clone());
    fact("canonical", record.canonical);
    fact("id and nickname", format!("{}, {}", record.id, record.nickname));
    fact("derivative", derivative.unwrap_or_else(|| no_derivative(formula.class()).to_owned()));
    fact("class and cost", format!("{}, {} weighted operations an element", record.class, record.cost));
    let parameters = formula.parameters().iter().map(|parameter| format!("one a {} from {}", scope(parameter), parameter.initial()));
    fact("trainable parameters", parameters.collect::<Vec<_>>().join(", "));
    fact("source", format!("{}, {}", activation.source, activation.year));
    fact("note", activation.note.clone());
    fact("reconstruction", if activation.reconstruction { "yes: see the note".to_owned() } else { String::new() });
    fact("the same function", activation.same_as.clone().unwrap_or_default());
    let relative = |neighbour: &Neighbour| format!("{} ({:.0e})", neighbour.activation.name, neighbour.distance);
    fact("nearest", relatives.iter().map(relative).collect::<Vec<_>>().join(", "));
    output::line(facts.join("\n"))?;
    let curves = [Curve::of(&activation.name, formula, RANGE)];
    let hand = Hand { ascii: !screen::reads_unicode(), colour: screen::shows_colours() };
    let drawing = terminal::draw_in(&curves, &Frame::of(&curves, true), screen::columns().min(DRAWING.0), DRAWING.1, hand);
    output::line(format!("\n{drawing}"))?;
    let mut values = table(&["x", "f(x)", "f'(x)"]);
    for x in POINTS {
        let (y, dy) = formula.value_and_slope(x);
        values.add_row([x.to_string(), format!("{y:.6}"), format!("{dy:.6}")]);
    }
    output::line(format!("\n{values}"))?;
    if formula.class() != Class::Pointwise {
        common
            .say("it reads other elements: the values are those of the first element of a fixed tensor, about standard normal, as it alone takes x");
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

fn no_derivative(class: Class) -> &'static str {
    match class {
        Class::Pointwise => "no formula that can be printed: it holds the slope of sinc, which the language has no function for, or is too long",
        _ => "it reads other elements, so that its derivative is a matrix",
    }
}

/// The nearest others.
fn relatives(activation: &Activation) -> Vec<Neighbour> {
    let others = library::relatives(activation.fingerprint(), Fingerprint::distance).into_iter();
    others.filter(|neighbour| neighbour.activation.name != activation.name).take(RELATIVES).collect()
}

fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 3).chain("...".chars()).collect()
}

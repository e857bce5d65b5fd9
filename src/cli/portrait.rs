//! The portrait of a formula: what the language and the library say of it, without any measurement.

use serde_json::{json, Map, Value};

use crate::cli::nearest_known::EQUAL;
use crate::cli::table::table;
use crate::cli::{nearest_known, output, screen};
use crate::drawing::curve::Curve;
use crate::drawing::frame::Frame;
use crate::drawing::terminal;
use crate::formula::library::{self, Neighbour, Published};
use crate::formula::{Class, Fingerprint, Formula, Parameter, Scope};
use crate::record::candidate::FormulaRecord;

/// Where values are shown.
const POINTS: [f64; 9] = [-5.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 5.0];
/// The range that is drawn, and the columns and rows of the drawing.
const RANGE: (f64, f64) = (-5.0, 5.0);
const DRAWING: (usize, usize) = (100, 16);
/// Columns of the names of facts.
const WIDTH: usize = 22;
/// How many relatives are shown.
const RELATIVES: usize = 5;

/// A formula with all that is known of it from its text alone.
pub struct Portrait {
    formula: Formula,
    record: FormulaRecord,
    /// The published activation that it is; `None` where it is none.
    published: Option<&'static Published>,
    /// The derivative as a program; `None` where it has none that the language can write.
    derivative: Option<String>,
    /// The published activations that are nearest to it, itself left out.
    relatives: Vec<Neighbour>,
}

impl Portrait {
    /// The portrait of any formula.
    pub fn of(formula: &Formula) -> Portrait {
        Portrait::new(formula, library::nearest(formula).same)
    }

    /// The portrait of a published activation under its own name, though others be the same
    /// function.
    pub fn of_published(published: &'static Published) -> Portrait {
        Portrait::new(published.formula(), Some(published))
    }

    fn new(formula: &Formula, published: Option<&'static Published>) -> Portrait {
        let relatives = match published {
            Some(published) => library::relatives(published.fingerprint(), Fingerprint::distance),
            None => library::relatives(&formula.fingerprint(), Fingerprint::distance),
        };
        let own_name = published.map(|published| published.name.as_str());
        Portrait {
            record: FormulaRecord::from(formula),
            derivative: formula.derivative(),
            relatives: relatives
                .into_iter()
                .filter(|neighbour| Some(neighbour.activation.name.as_str()) != own_name)
                .take(RELATIVES)
                .collect(),
            formula: formula.clone(),
            published,
        }
    }

    /// How a command line names the formula: by its published name, else by its text.
    pub fn name(&self) -> &str {
        self.published
            .map_or(&self.record.formula, |published| &published.name)
    }
}

/// The JSON of a published activation, as lists carry it.
pub fn published_document(activation: &Published) -> Map<String, Value> {
    let mut fields = output::formula(&FormulaRecord::from(activation.formula()));
    fields.extend(publication_fields(activation));
    fields
}

fn publication_fields(activation: &Published) -> Map<String, Value> {
    output::object(json!({
        "name": activation.name,
        "aliases": activation.aliases,
        "source": activation.source,
        "year": activation.year,
        "note": activation.note,
        "reconstruction": activation.reconstruction,
        "same_as": activation.same_as,
    }))
}

/// The JSON of a portrait; `name` is null for what is not published.
pub fn document(portrait: &Portrait) -> Map<String, Value> {
    let mut fields = output::formula(&portrait.record);
    fields.extend(portrait.published.map_or_else(
        || output::object(json!({ "name": null })),
        publication_fields,
    ));
    let row = |x: f64| {
        let (y, dy) = portrait.formula.value_and_slope(x);
        json!({ "x": x, "y": y, "dy": dy })
    };
    let relative = |neighbour: &Neighbour| {
        json!({ "name": neighbour.activation.name,
    "distance": neighbour.distance })
    };
    fields.extend(output::object(json!({
        "derivative": portrait.derivative,
        "values": POINTS.map(row),
        "relatives": portrait.relatives.iter().map(relative).collect::<Vec<_>>(),
        "nearest_known": nearest_known::fields(&portrait.formula),
    })));
    fields
}

/// The portrait for people: facts, a drawing, and values.
pub fn table_of(portrait: &Portrait) -> String {
    format!(
        "{}\n\n{}\n\n{}",
        facts(portrait),
        drawing(portrait),
        values(portrait)
    )
}

/// What a reader of the values should know; `None` where nothing is unusual about them.
pub fn note(portrait: &Portrait) -> Option<&'static str> {
    (portrait.formula.class() != Class::Pointwise).then_some(
        "it reads other elements: the values are those of the first element of a fixed tensor, \
         about standard normal, as it alone takes x",
    )
}

fn facts(portrait: &Portrait) -> String {
    let Portrait {
        formula, record, ..
    } = portrait;
    // Each line of a program on a line of its own.
    let program = |text: &str| text.replace("; ", &format!("\n{:WIDTH$}", ""));
    let derivative = portrait.derivative.as_deref().map(program);
    let parameters: Vec<String> = formula.parameters().iter().map(parameter).collect();
    let relatives: Vec<String> = portrait.relatives.iter().map(relative).collect();
    let mut facts = vec![
        ("formula", program(&record.formula)),
        ("canonical", program(&record.canonical)),
        (
            "id and nickname",
            format!("{}, {}", record.id, record.nickname),
        ),
        (
            "derivative",
            derivative.unwrap_or_else(|| no_derivative(formula).to_owned()),
        ),
        (
            "class and cost",
            format!(
                "{}, {} weighted operations an element",
                record.class, record.cost
            ),
        ),
        ("trainable parameters", parameters.join(", ")),
    ];
    if let Some(published) = portrait.published {
        facts.insert(0, ("name", published.name.clone()));
        facts.insert(1, ("also", published.aliases.join(", ")));
        facts.extend(publication(published));
    }
    facts.push(("nearest", relatives.join(", ")));
    let lines: Vec<String> = facts
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name:WIDTH$}{value}"))
        .collect();
    lines.join("\n")
}

fn publication(published: &Published) -> [(&'static str, String); 4] {
    let reconstruction = if published.reconstruction {
        "yes: see the note"
    } else {
        ""
    };
    [
        (
            "source",
            format!("{}, {}", published.source, published.year),
        ),
        ("note", published.note.clone()),
        ("reconstruction", reconstruction.to_owned()),
        (
            "the same function",
            published.same_as.clone().unwrap_or_default(),
        ),
    ]
}

fn parameter(parameter: &Parameter) -> String {
    let scope = match parameter.scope {
        Scope::Layer => "layer",
        Scope::Channel => "channel",
    };
    format!("one a {scope} from {}", parameter.initial())
}

fn relative(neighbour: &Neighbour) -> String {
    let name = &neighbour.activation.name;
    match neighbour.distance {
        distance if distance <= EQUAL => format!("{name} (equal from -5 to 5)"),
        distance => format!("{name} ({distance:.0e} away)"),
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

fn drawing(portrait: &Portrait) -> String {
    let curves = [Curve::of(portrait.name(), &portrait.formula, RANGE)];
    terminal::draw_in(
        &curves,
        &Frame::of(&curves, true),
        screen::columns().min(DRAWING.0),
        DRAWING.1,
        screen::hand(false),
    )
}

fn values(portrait: &Portrait) -> String {
    let mut values = table(&["x", "f(x)", "f'(x)"]);
    for x in POINTS {
        let (y, dy) = portrait.formula.value_and_slope(x);
        values.add_row([x.to_string(), format!("{y:.6}"), format!("{dy:.6}")]);
    }
    values.to_string()
}

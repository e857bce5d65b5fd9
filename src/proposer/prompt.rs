//! The prompts: whole templates in `prompts/`, filled with what a brief says. What other proposers wrote is quoted as data.

use std::fmt;
use std::sync::LazyLock;

use minijinja::{context, Environment, UndefinedBehavior, Value};

use super::{Brief, Exemplar, Setback};
use crate::formula::{Class, Function};

/// What stands for the formula in the example of an answer; a reply that repeats it proposes nothing.
pub const PLACEHOLDER: &str = "THE FORMULA";

/// Characters of a quoted formula, and of a quoted name, rationale or reason.
const LONGEST_FORMULA: usize = 600;
const LONGEST_WORDS: usize = 300;
const LONGEST_NAME: usize = 60;

/// A prompt for a chat model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// The same for every attempt, so that providers can cache it.
    pub system: String,
    pub user: String,
}

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, text) in [
        ("system", include_str!("../../prompts/system.md")),
        ("propose", include_str!("../../prompts/propose.md")),
        ("crossover", include_str!("../../prompts/crossover.md")),
    ] {
        environment.add_template(name, text).expect("the embedded templates are well-formed");
    }
    environment
});

impl Prompt {
    /// The prompt of a brief: `crossover.md` where it has several parents, `propose.md` where it has one.
    pub fn render(brief: &Brief) -> Prompt {
        let parents: Vec<Value> = brief.parents.iter().map(exemplar).collect();
        let functions = |arity| {
            let named = |function: &&Function| function.arity() == arity && function.symbol().is_none() && **function != Function::Negate;
            let names: Vec<String> = Function::all()
                .iter()
                .filter(|function| function.is_offered())
                .filter(named)
                .map(|function| format!("`{}`", function.name()))
                .collect();
            names.join(", ")
        };
        let system = context! {
            functions_of_one => functions(1),
            functions_of_two => functions(2),
            functions_of_three => functions(3),
            feature_functions => coupled(Class::Feature, brief.class),
            batch_functions => coupled(Class::Batch, brief.class),
            parameters => brief.parameters,
            placeholder => PLACEHOLDER,
        };
        let user = context! {
            target => target(&brief.target),
            cost_budget => brief.cost_budget,
            baselines => brief.baselines.iter().map(exemplar).collect::<Vec<_>>(),
            inspirations => brief.inspirations.iter().map(exemplar).collect::<Vec<_>>(),
            setbacks => brief.setbacks.iter().map(setback).collect::<Vec<_>>(),
            parent => parents.first().cloned().expect("a brief has a parent"),
            parents => parents,
        };
        let template = if brief.parents.len() > 1 { "crossover" } else { "propose" };
        Prompt { system: filled("system", system), user: filled(template, user) }
    }
}

impl fmt::Display for Prompt {
    /// As records keep it: the system part, a line `---`, the user part.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n---\n{}", self.system, self.user)
    }
}

/// The functions of one argument of a class, listed where a campaign allows this class; else nothing.
fn coupled(class: Class, allowed: Class) -> String {
    let functions = Function::all().iter().filter(|function| function.class() == class && class <= allowed && function.arity() == 1);
    functions.map(|function| format!("`{}`", function.name())).collect::<Vec<_>>().join(", ")
}

fn filled(template: &str, context: Value) -> String {
    let template = TEMPLATES.get_template(template).expect("the template is embedded");
    template.render(context).expect("every variable of the template is given")
}

/// What the target's networks are, in words.
fn target(target: &str) -> String {
    match target {
        "mlp" => "Plain multilayer perceptrons, one of two and one of four hidden layers. The fitness that counts is the one marked `mlp`.".to_owned(),
        "transformer" => {
            "The feed-forward part of a transformer: small networks of residual blocks, each with normalisation before it. The fitness that counts is the one marked `transformer`."
                .to_owned()
        }
        "general" => {
            "A function for general use: plain multilayer perceptrons and residual networks like a transformer's feed-forward part. The fitness that counts is the mean of their fitnesses, which are given in brackets."
                .to_owned()
        }
        other => format!("Networks of the profile `{}`. The fitness that counts is the one marked so.", quoted(other, LONGEST_NAME)),
    }
}

fn exemplar(exemplar: &Exemplar) -> Value {
    let profiles: Vec<String> = exemplar.profiles.iter().map(|(name, fitness)| format!("{} {fitness:+.3}", quoted(name, LONGEST_NAME))).collect();
    let name = exemplar.name.as_deref().map(|name| format!(" \"{}\"", quoted(name, LONGEST_NAME)));
    let rationale = exemplar.rationale.as_deref().map(|rationale| format!("; its author's reason: \"{}\"", quoted(rationale, LONGEST_WORDS)));
    context! {
        title => format!("{}{}", exemplar.formula.nickname, name.unwrap_or_default()),
        fitness => format!("{:+.3}", exemplar.fitness),
        profiles => if profiles.is_empty() { String::new() } else { format!(" ({})", profiles.join(", ")) },
        cost => exemplar.formula.cost,
        rationale => rationale.unwrap_or_default(),
        formula => indented(&exemplar.formula.formula),
    }
}

fn setback(setback: &Setback) -> Value {
    context! {
        kind => quoted(&setback.kind, LONGEST_NAME),
        detail => quoted(&setback.detail, LONGEST_WORDS),
        formula => indented(&setback.formula),
    }
}

/// A formula as an indented line.
fn indented(formula: &str) -> String {
    format!("    {}", quoted(formula, LONGEST_FORMULA))
}

/// Text from elsewhere as data: on one line, without code fences and control characters, cut to `most` characters.
fn quoted(text: &str, most: usize) -> String {
    let plain: String = text.replace("```", "'''").chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line: Vec<&str> = plain.split_whitespace().collect();
    let line = line.join(" ");
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{} [cut]", &line[..end]),
        None => line,
    }
}

//! The prompts: whole templates in `prompts/`, filled with what a brief says. What other proposers
//! wrote is quoted as data.
//!
//! What is the same for all attempts of a campaign comes first, so that providers can keep it in
//! their caches.

use std::sync::LazyLock;

use minijinja::{context, Environment, UndefinedBehavior, Value};
use serde_json::json;

use super::brief::{Brief, Exemplar, Setback};
use super::llm::conversation::Conversation;
use super::quotation::{
    hidden, indented, is_name, plain, quoted, without_names, written_out, LONGEST_FORMULA,
};
use crate::formula::{Class, FormulaError, Function};
use crate::record::attempt::{Guidance, GuidanceResult};
use crate::record::judging::JudgingWords;
use crate::record::ledger::Purpose;

/// What stands for the formula in the example of an answer; a reply that repeats it proposes
/// nothing.
pub const PLACEHOLDER: &str = "THE FORMULA";

/// The most characters of a quoted rationale or reason.
const LONGEST_WORDS: usize = 300;
/// The most characters of a quoted name.
const LONGEST_NAME: usize = 60;
/// The most characters of each text that a lab says of itself.
const LONGEST_DESCRIPTION: usize = 1_000;
/// The most characters of guidance.
pub const LONGEST_GUIDANCE: usize = 1_500;
/// Where lines of paragraphs that are filled in end, at the latest.
const LINE: usize = 140;
/// Guidances that are shown to whoever writes a better one.
const SHOWN_GUIDANCES: usize = 5;

/// How often each kind of prompt is drawn, relative to the others.
const PURPOSES: [(Purpose, f64); 5] = [
    (Purpose::Crossover, 0.3),
    (Purpose::Propose, 0.25),
    (Purpose::Explore, 0.2),
    (Purpose::Exploit, 0.15),
    (Purpose::Simplify, 0.1),
];

/// The templates by name, the system part first.
pub const TEMPLATES: [(&str, &str); 9] = [
    ("system", include_str!("../../prompts/system.md")),
    ("propose", include_str!("../../prompts/propose.md")),
    ("crossover", include_str!("../../prompts/crossover.md")),
    ("simplify", include_str!("../../prompts/simplify.md")),
    ("explore", include_str!("../../prompts/explore.md")),
    ("exploit", include_str!("../../prompts/exploit.md")),
    ("repair", include_str!("../../prompts/repair.md")),
    ("repair_form", include_str!("../../prompts/repair_form.md")),
    ("guidance", include_str!("../../prompts/guidance.md")),
];

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("wrap", wrapped);
    for (name, text) in TEMPLATES {
        environment
            .add_template(name, text)
            .expect("the embedded templates are well-formed");
    }
    environment
});

/// Draws the purpose of a brief by its key, and leaves it the parents that this purpose takes.
pub fn choose_purpose(brief: &mut Brief) {
    let weights = PURPOSES.map(|(purpose, weight)| {
        if purpose == Purpose::Crossover && brief.parents.len() < 2 {
            0.0
        } else {
            weight
        }
    });
    take_purpose(
        brief,
        PURPOSES[brief.key.word("purpose").stream().weighted(&weights)].0,
    );
}

/// Sets the purpose of a brief, and leaves it the parents that this takes: two for
/// [`Purpose::Crossover`], the fittest function that is shown for [`Purpose::Exploit`], else the
/// first.
pub fn take_purpose(brief: &mut Brief, purpose: Purpose) {
    brief.purpose = purpose;
    if purpose == Purpose::Exploit {
        if let Some(best) = (0..brief.inspirations.len()).max_by(|a, b| {
            brief.inspirations[*a]
                .fitness
                .total_cmp(&brief.inspirations[*b].fitness)
        }) {
            if brief.inspirations[best].fitness > brief.parents[0].fitness {
                std::mem::swap(&mut brief.inspirations[best], &mut brief.parents[0]);
            }
        }
    }
    if purpose != Purpose::Crossover {
        brief.parents.truncate(1);
    }
}

/// The conversation that asks for functions, as the brief's purpose wants them.
pub fn proposal(brief: &Brief) -> Conversation {
    let parents: Vec<Value> = brief
        .parents
        .iter()
        .map(|parent| exemplar(parent, brief))
        .collect();
    let user = context! {
        guidance => brief.guidance.as_ref().map(quoted_guidance),
        formulas => brief.instructions.formulas.max(1),
        parent => parents.first().cloned().expect("a brief has a parent"),
        parents => parents,
        attempt => brief.attempt,
        ..shown(brief)
    };
    Conversation::new(system(brief), filled(brief.purpose.name(), user))
}

/// The conversation that asks for better guidance.
pub fn guidance(brief: &Brief) -> Conversation {
    let result = |result: &GuidanceResult| {
        let guidance = result.guidance.as_ref().map(quoted_guidance);
        let plural = if result.attempts == 1 { "" } else { "s" };
        context! {
            text => guidance.unwrap_or_else(|| "(no guidance)".to_owned()),
            attempts => format!("{} attempt{plural}", result.attempts),
            gain => format!("{:+.4}", result.gain),
        }
    };
    let record = brief.guidance_record.as_deref().unwrap_or_default();
    let results: Vec<Value> = record.iter().take(SHOWN_GUIDANCES).map(result).collect();
    let user = context! { guidance_record => results, ..shown(brief) };
    Conversation::new(system(brief), filled(Purpose::Guidance.name(), user))
}

fn quoted_guidance(guidance: &Guidance) -> String {
    quoted(&guidance.text, LONGEST_GUIDANCE)
}

/// A conversation that goes on after a formula that did not parse: with the parser's words and its
/// caret.
pub fn repair(
    brief: &Brief,
    asked: &Conversation,
    answer: &str,
    formula: &str,
    error: &FormulaError,
) -> Conversation {
    let place: Vec<String> = error
        .caret(formula)
        .lines()
        .map(|line| format!("    {}", plain(line, LONGEST_FORMULA)))
        .collect();
    let message = if brief.instructions.hide_names {
        without_names(&error.to_string())
    } else {
        error.to_string()
    };
    let user = filled(
        "repair",
        context! { message => quoted(&message, LONGEST_WORDS), place => place.join("\n") },
    );
    asked.then(answer, user)
}

/// A conversation that goes on after an answer that cannot be read without doubt, with what is wrong
/// with it.
pub fn repair_form(brief: &Brief, asked: &Conversation, answer: &str, doubt: &str) -> Conversation {
    let doubt = format!("{}.", quoted(doubt, LONGEST_WORDS));
    let formulas = brief.instructions.formulas.max(1);
    let user = filled(
        "repair_form",
        context! { doubt => doubt, formulas => formulas },
    );
    asked.then(answer, user)
}

/// The JSON schema of an answer with a formula, or with several where the brief asks for them.
pub fn schema(brief: &Brief) -> serde_json::Value {
    let text = json!({ "type": "string" });
    let one = closed_object(json!({ "rationale": text, "name": text, "formula": text }));
    match brief.instructions.formulas {
        0 | 1 => one,
        _ => closed_object(json!({ "functions": { "type": "array", "items": one } })),
    }
}

/// The JSON schema of an answer with guidance.
pub fn guidance_schema() -> serde_json::Value {
    closed_object(json!({ "guidance": { "type": "string" } }))
}

/// An object with exactly these properties, as strict schemas ask for.
fn closed_object(properties: serde_json::Value) -> serde_json::Value {
    let required: Vec<&String> = properties
        .as_object()
        .into_iter()
        .flat_map(|properties| properties.keys())
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// The part that is the same for every attempt of a campaign.
fn system(brief: &Brief) -> String {
    let hidden = |name: &str| brief.instructions.hide_names && is_name(name);
    let functions = |arity| {
        let named = |function: &&Function| {
            function.arity() == arity
                && function.symbol().is_none()
                && **function != Function::Negate
        };
        let names: Vec<String> = Function::all()
            .iter()
            .filter(|function| function.is_offered() && !hidden(function.name()))
            .filter(named)
            .map(|function| format!("`{}`", function.name()))
            .collect();
        names.join(", ")
    };
    let baselines: Vec<Value> = brief
        .baselines
        .iter()
        .map(|baseline| exemplar(baseline, brief))
        .collect();
    let users_guidance = brief.instructions.guidance.as_deref();
    let context = context! {
        functions_of_one => functions(1),
        functions_of_two => functions(2),
        functions_of_three => functions(3),
        feature_functions => coupled(Class::Feature, brief.class),
        batch_functions => coupled(Class::Batch, brief.class),
        parameters => brief.parameters,
        placeholder => PLACEHOLDER,
        hide_names => brief.instructions.hide_names,
        judged => judged(brief),
        on_benchmark => matches!(brief.judging, JudgingWords::Benchmark(_)),
        fitness => fitness(brief),
        target => target(brief),
        cost_budget => brief.cost_budget,
        baselines => baselines,
        users_guidance => users_guidance.map(str::trim).filter(|words| !words.is_empty()),
        formulas => brief.instructions.formulas.max(1),
    };
    filled("system", context)
}

/// What every prompt of the search shows.
fn shown(brief: &Brief) -> Value {
    // The system part has those already.
    let is_known = |inspiration: &Exemplar| {
        brief
            .baselines
            .iter()
            .any(|baseline| baseline.formula.formula == inspiration.formula.formula)
    };
    let inspirations: Vec<Value> = brief
        .inspirations
        .iter()
        .filter(|inspiration| !is_known(inspiration))
        .map(|inspiration| exemplar(inspiration, brief))
        .collect();
    let setbacks: Vec<Value> = brief
        .setbacks
        .iter()
        .map(|failed| setback(failed, brief))
        .collect();
    context! { inspirations => inspirations, setbacks => setbacks }
}

/// The functions of one argument of a class, listed where a campaign allows this class; else
/// nothing.
fn coupled(class: Class, allowed: Class) -> String {
    let functions = Function::all()
        .iter()
        .filter(|function| function.class() == class && class <= allowed && function.arity() == 1);
    functions
        .map(|function| format!("`{}`", function.name()))
        .collect::<Vec<_>>()
        .join(", ")
}

fn filled(template: &str, context: Value) -> String {
    let template = ENVIRONMENT
        .get_template(template)
        .expect("the template is embedded");
    template
        .render(context)
        .expect("every variable of the template is given")
}

/// What is trained on what, and what of it is judged.
fn judged(brief: &Brief) -> String {
    match &brief.judging {
        JudgingWords::Lab(words) => format!(
            "Small networks are trained with the function as their only nonlinearity, on {}. {}: \
             does the network go on as the task does, where it has seen nothing? All functions \
             see the same tasks, initial weights and batches.",
            phrase(&words.families, brief),
            phrase(&words.shells, brief)
        ),
        JudgingWords::Benchmark(words) => format!(
            "{} All functions see the same images or samples, initial weights and batches.",
            sentence(&words.judged, brief)
        ),
    }
}

/// How what is measured becomes a fitness.
fn fitness(brief: &Brief) -> String {
    match &brief.judging {
        JudgingWords::Lab(words) => sentence(&words.fitness, brief),
        JudgingWords::Benchmark(words) => sentence(&words.fitness, brief),
    }
}

/// What the target's networks are, and which fitness counts.
fn target(brief: &Brief) -> String {
    let own = match &brief.judging {
        JudgingWords::Lab(words) => words,
        JudgingWords::Benchmark(words) => return sentence(&words.network, brief),
    };
    let marked = |profile: &str| format!("`{}`", quoted(profile, LONGEST_NAME));
    let networks = match brief.target.as_str() {
        "general" => Some(&own.general),
        name => own
            .profiles
            .iter()
            .find(|words| words.profile == name)
            .map(|words| &words.networks),
    };
    let networks = networks.map_or_else(
        || format!("Networks of the profile {}.", marked(&brief.target)),
        |networks| sentence(networks, brief),
    );
    let averaged: Vec<String> = match brief.target.as_str() {
        "general" => own
            .general_profiles
            .iter()
            .map(|name| marked(name))
            .collect(),
        name => vec![marked(name)],
    };
    let counting = match &averaged[..] {
        [one] => format!("the one marked {one}"),
        all if all.len() == own.profiles.len() => {
            "the mean of their fitnesses, which are given in brackets".to_owned()
        }
        some => format!("the mean of those marked {}", some.join(" and ")),
    };
    format!("{networks} The fitness that counts is {counting}.")
}

/// What a lab says of itself, without the full stop at its end. Where names are hidden, its
/// reference is written out, and no other is named.
fn phrase(text: &str, brief: &Brief) -> String {
    let text = match brief.instructions.hide_names {
        true => hidden(text, brief.judging.reference()),
        false => text.to_owned(),
    };
    let text = quoted(&text, LONGEST_DESCRIPTION);
    text.trim_end_matches(['.', ' ']).to_owned()
}

/// What a lab says of itself, as sentences.
fn sentence(text: &str, brief: &Brief) -> String {
    format!("{}.", phrase(text, brief))
}

/// A text in lines of at most [`LINE`] characters. No line after the first begins with the sign of
/// a heading, so that a text from elsewhere makes none.
fn wrapped(text: String) -> String {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split_whitespace() {
        let is_full = line.chars().count() + 1 + word.chars().count() > LINE;
        if is_full && !line.is_empty() && !word.starts_with('#') {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.join("\n")
}

/// What is known of a function. Where names are hidden it is written out, since its own writing may
/// be a name.
fn exemplar(exemplar: &Exemplar, brief: &Brief) -> Value {
    let hide = brief.instructions.hide_names;
    let profiles: Vec<String> = exemplar
        .profiles
        .iter()
        .map(|(name, fitness)| format!("{} {fitness:+.3}", quoted(name, LONGEST_NAME)))
        .collect();
    let name = exemplar
        .name
        .as_deref()
        .filter(|_| !hide)
        .map(|name| format!(" \"{}\"", quoted(name, LONGEST_NAME)));
    let rationale = exemplar
        .rationale
        .as_deref()
        .filter(|_| !hide)
        .map(|rationale| {
            format!(
                "; its author's reason: \"{}\"",
                quoted(rationale, LONGEST_WORDS)
            )
        });
    let profiles = if profiles.is_empty() {
        String::new()
    } else {
        format!(" ({})", profiles.join(", "))
    };
    let formula = if hide {
        &exemplar.formula.canonical
    } else {
        &exemplar.formula.formula
    };
    context! {
        title => format!("{}{}", exemplar.formula.nickname, name.unwrap_or_default()),
        fitness => match exemplar.fitness.is_nan() {
            true => "not measured yet".to_owned(),
            false => format!("{:+.3}", exemplar.fitness),
        },
        profiles => profiles,
        cost => exemplar.formula.cost,
        rationale => rationale.unwrap_or_default(),
        formula => indented(formula),
    }
}

/// What failed, and why. Where names are hidden, its reason may name the known function that it is,
/// and its own writing may call one.
fn setback(setback: &Setback, brief: &Brief) -> Value {
    let (detail, formula) = match brief.instructions.hide_names {
        false => (setback.detail.clone(), setback.formula.clone()),
        true if setback.kind == "Duplicate" => (
            "the same function as one that was measured before".to_owned(),
            written_out(&setback.formula),
        ),
        true => (
            without_names(&setback.detail),
            written_out(&setback.formula),
        ),
    };
    context! {
        kind => quoted(&setback.kind, LONGEST_NAME),
        detail => quoted(&detail, LONGEST_WORDS),
        formula => indented(&formula),
    }
}

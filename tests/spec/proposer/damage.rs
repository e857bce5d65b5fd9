//! A generator of replies as models write them and of frames as servers send them: it knows the
//! formula that it wrote and the damage that it did. Nothing panics, no formula is silently
//! changed, and none is lost that is whole.

use std::collections::BTreeSet;

use motherlode::numerics::stream::{Key, Stream};
use motherlode::proposer::llm::wire::{Outcome, Wire};
use motherlode::proposer::reply::{proposals, LONGEST_REPLY};
use motherlode::record::attempt::{Rejection, Reply};
use serde_json::{json, Value};

const FORMULAS: [&str; 8] = [
    "x*tanh(0.7*x)",
    "where(x > 0, x, 0.1*sinh(x))",
    "gate = sigmoid(1.5*x);\nx*gate + 0.1*tanh(x)*(1 - gate)",
    "x*sigmoid(x) + 0.05*sin(3*x)",
    "max(x, 0.01*x)",
    "x/(1 + abs(x))",
    "b(x, tanh(x)) < 3",
    "-x",
];

const WORDS: [&str; 14] = [
    "smooth",
    "a gate",
    "bends on the left",
    "it's simple",
    "unlike <think> blocks",
    "f(x) = x, so",
    "{braces}",
    "[1, 2]",
    "100 %",
    "über",
    "x: y",
    "// not code",
    "# one",
    "then; now",
];

/// What is done to a reply, and whether its formula stays whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Damage {
    Backslashes,
    TrailingComma,
    NoBrace,
    Quotes,
    Surrogate,
    Control,
    Comment,
    SmartQuotes,
    SingleQuotes,
    BareKeys,
    Python,
    Break,
    /// Another formula is mentioned.
    Mention,
    MentionObject,
    MentionEnd,
    /// These harm the formula itself.
    FormulaBackslash,
    FormulaSurrogate,
    FormulaQuotes,
    FormulaOpenEnd,
    FormulaBare,
    FormulaTwice,
    /// Anything may be gone.
    Flipped,
    Removed,
}

use Damage::*;

const MILD: [Damage; 12] = [
    Backslashes,
    TrailingComma,
    NoBrace,
    Quotes,
    Surrogate,
    Control,
    Comment,
    SmartQuotes,
    SingleQuotes,
    BareKeys,
    Python,
    Break,
];
const HARSH: [Damage; 11] = [
    Mention,
    MentionObject,
    MentionEnd,
    FormulaBackslash,
    FormulaSurrogate,
    FormulaQuotes,
    FormulaOpenEnd,
    FormulaBare,
    FormulaTwice,
    Flipped,
    Removed,
];

/// A reply, its formula, and whether that is whole.
struct Written {
    text: String,
    formula: String,
    damages: BTreeSet<Damage>,
    whole: bool,
}

/// The last border of a character up to a place.
fn border(text: &str, at: usize) -> usize {
    (0..=at).rfind(|at| text.is_char_boundary(*at)).unwrap()
}

fn words(draw: &mut Stream) -> String {
    let count = 1 + draw.below(4);
    let words: Vec<&str> = (0..count).map(|_| *draw.choose(&WORDS)).collect();
    words.join(" ")
}

/// A text as JSON writes it, without its quotes.
fn escaped(text: &str) -> String {
    let json = serde_json::to_string(text).unwrap();
    json[1..json.len() - 1].to_owned()
}

fn write(draw: &mut Stream) -> Written {
    let mut damages = BTreeSet::new();
    for _ in 0..draw.below(4) {
        damages.insert(*draw.choose(&MILD));
    }
    if draw.chance(0.3) {
        damages.insert(*draw.choose(&HARSH));
    }
    let has = |damage: Damage| damages.contains(&damage);
    let formula = (*draw.choose(&FORMULAS)).to_owned();
    let mut rationale = escaped(&words(draw));
    let breaks = [
        (Backslashes, r" \(x \sigma\) \% "),
        (Quotes, " a \"soft\" one "),
        (Surrogate, r" \ud83d "),
        (Control, "\u{1}\u{7}"),
        (Break, " two\nlines\t"),
    ];
    let mentions = [
        (Mention, r#" not "formula": "cos(x)" but "#),
        (MentionObject, "\n{\"formula\": \"cos(x)\"}\n"),
        (MentionEnd, r#"", "formula": "cos(x)"} no"#),
    ];
    for (damage, more) in breaks.into_iter().chain(mentions) {
        if has(damage) {
            rationale += more;
        }
    }
    let middle = formula.char_indices().nth(formula.chars().count() / 2);
    let (first, second) = formula.split_at(middle.unwrap().0);
    let within: String = [
        (FormulaBackslash, "\\q"),
        (FormulaSurrogate, "\\udc00"),
        (FormulaQuotes, "\"tanh\""),
    ]
    .into_iter()
    .filter(|(damage, _)| has(*damage))
    .map(|(_, more)| more)
    .collect();
    let written = format!("{}{within}{}", escaped(first), escaped(second));
    let (open, close) = match () {
        () if has(SmartQuotes) => ("\u{201c}", "\u{201d}"),
        () if has(SingleQuotes) => ("'", "'"),
        () => ("\"", "\""),
    };
    let key = |name: &str| match has(BareKeys) {
        true => name.to_owned(),
        false => format!("{open}{name}{close}"),
    };
    let text = |words: &str| format!("{open}{words}{close}");
    let formula_text = match () {
        () if has(FormulaBare) => written.clone(),
        () if has(FormulaOpenEnd) => format!("{open}{written}"),
        () => text(&written),
    };
    let mut members = vec![
        format!("{}: {}", key("rationale"), text(&rationale)),
        format!("{}: {}", key("name"), text("n")),
        format!("{}: {formula_text}", key("formula")),
    ];
    if has(FormulaTwice) {
        members.push(format!("{}: {}", key("formula"), text("cos(x)")));
    }
    if has(Python) {
        members.push(format!("{}: None", key("parent")));
    }
    let places = members.len();
    members.swap(draw.below(places), 0);
    let comment = if has(Comment) { " // a note\n" } else { "" };
    let mut object = format!("{{{comment}{}", members.join(&format!(",{comment} ")));
    if has(TrailingComma) {
        object += ",";
    }
    if !has(NoBrace) {
        object += "}";
    }
    for damage in [Flipped, Removed] {
        if has(damage) {
            let at = draw.below(object.len());
            let at = border(&object, at);
            let length = object[at..].chars().next().unwrap().len_utf8();
            let other = if damage == Flipped { "\"" } else { "" };
            object.replace_range(at..at + length, other);
        }
    }
    let whole = !damages.iter().any(|damage| HARSH.contains(damage));
    // Between other quotes these are part of what is written.
    let formula = match has(FormulaQuotes) && open != "\"" {
        true => format!("{first}{within}{second}"),
        false => formula.clone(),
    };
    Written {
        text: framed(draw, object, has(NoBrace)),
        formula,
        whole,
        damages,
    }
}

/// The object within what models write around it.
fn framed(draw: &mut Stream, object: String, open: bool) -> String {
    let draft = r#"{"formula": "sin(x)"} is a draft"#;
    match draw.below(8) {
        0 => format!("<think>{draft}</think>{object}"),
        1 => format!("[THINK]\n{draft}\n[/THINK]\n{object}"),
        2 => format!("```json\n{object}\n```"),
        3 => format!("Here it is:\n{object}"),
        4 if !open => format!("{object}\nIt is smooth."),
        5 => format!("{draft}\n</reasoning>\n{object}"),
        6 => format!("<|channel|>analysis<|message|>{draft}<|end|><|start|>assistant<|channel|>final<|message|>{object}"),
        _ => object,
    }
}

#[test]
fn of_ten_thousand_damaged_replies_no_formula_is_changed_and_none_lost_that_is_whole() {
    let key = Key::new(16).word("damaged replies");
    let (mut read, mut refused) = (0, 0);
    for number in 0..10_000 {
        let written = write(&mut key.number(number).stream());
        let reply = Reply {
            text: written.text.clone(),
            finish: Some("stop".to_owned()),
            ..Reply::default()
        };
        match proposals(&reply, 1) {
            Ok(found) => {
                let found: Vec<&str> = found
                    .iter()
                    .map(|parsed| parsed.proposal.formula.as_str())
                    .collect();
                // A sign that was changed within the formula is its author's, not ours.
                let as_written = escaped(found[0]).replace("\\\"", "\"");
                let has = |damage: Damage| written.damages.contains(&damage);
                let lengths = [found[0], &written.formula].map(|text| text.chars().count());
                let author = (has(Flipped) || has(Removed))
                    && lengths[0].abs_diff(lengths[1]) <= 1
                    && written.text.replace("\\\"", "\"").contains(&as_written);
                assert!(
                    found == [written.formula.as_str()] || author,
                    "{number} {:?}: {found:?} of {}",
                    written.damages,
                    written.text
                );
                read += 1;
            }
            Err(Rejection::Unreadable { detail }) => {
                assert!(
                    !written.whole,
                    "{number} {:?}: {detail}: {}",
                    written.damages, written.text
                );
                assert!(detail.len() < 400 && !detail.contains('\n'), "{detail}");
                refused += 1;
            }
            Err(other) => panic!("{}: {other:?}", written.text),
        }
    }
    assert!(read > 6_000 && refused > 500, "{read} {refused}");
}

/// A reply in an answer of a wire, whole or streamed, framed in any way.
fn frame(draw: &mut Stream, wire: Wire, text: &str) -> String {
    let cut = border(text, draw.below(text.len() + 1));
    let (a, b) = text.split_at(cut);
    let chunk = |delta: Value, finish: Value| {
        json!({
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]
        })
    };
    let delta = |piece: &str| {
        json!({
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": piece}
        })
    };
    let text_delta = |piece: &str| json!({"type": "response.output_text.delta", "delta": piece});
    let parts = |piece: &str, finish: Value| {
        json!({
            "candidates": [{"content": {"parts": [{"text": piece}]}, "finishReason": finish}]
        })
    };
    let events = match wire {
        Wire::ChatCompletions => vec![
            chunk(json!({"content": a, "reasoning": "hm"}), json!(null)),
            chunk(json!({"content": b}), json!(null)),
            chunk(json!({}), json!("stop")),
        ],
        Wire::Responses => vec![
            text_delta(a),
            text_delta(b),
            json!({"type": "response.completed", "response": {"status": "completed", "output": []}}),
        ],
        Wire::Messages => vec![delta(a), delta(b), json!({"type": "message_stop"})],
        Wire::GenerateContent => vec![parts(a, json!(null)), parts(b, json!("STOP"))],
    };
    let whole = match wire {
        Wire::ChatCompletions => {
            json!({"choices": [{"message": {"content": text}, "finish_reason": "stop"}]})
        }
        Wire::Responses => {
            json!({
                "status": "completed",
                "output": [{"type": "message", "content": [{"type": "output_text", "text": text}]}]
            })
        }
        Wire::Messages => {
            json!({"content": [{"type": "text", "text": text}], "stop_reason": "end_turn"})
        }
        Wire::GenerateContent => parts(text, json!("STOP")),
    };
    let end = *draw.choose(&["\n", "\r\n", "\r"]);
    let mark = if draw.chance(0.5) {
        format!("data: [DONE]{end}{end}")
    } else {
        String::new()
    };
    let lines = |before: &str| -> String {
        events
            .iter()
            .map(|event| format!("{before}data: {event}{end}{end}"))
            .collect()
    };
    match draw.below(6) {
        0 => whole.to_string(),
        1 => format!("\u{feff}{end}{whole}{end}{mark}"),
        2 => format!("{}{mark}", lines("")),
        3 => format!(": on{end}{end}{}{mark}", lines(&format!("id: 1{end}"))),
        // Without a name or a reason to end, a piece of generateContent is a whole answer.
        4 if wire != Wire::GenerateContent => {
            events.iter().map(|event| format!("{event}{end}")).collect()
        }
        _ => format!("data: {whole}{end}{end}data: [DONE]"),
    }
}

#[test]
fn of_ten_thousand_frames_none_loses_or_changes_its_reply() {
    let key = Key::new(16).word("frames");
    for number in 0..10_000 {
        let mut draw = key.number(number).stream();
        let text = write(&mut draw).text;
        let wire = *draw.choose(&[
            Wire::ChatCompletions,
            Wire::Responses,
            Wire::Messages,
            Wire::GenerateContent,
        ]);
        let body = frame(&mut draw, wire, &text);
        match wire.read(&body) {
            Ok(Outcome::Completion(completion)) => {
                assert_eq!(completion.text, text, "{number} {body}")
            }
            other => panic!("{number} {wire:?} {body}: {other:?}"),
        }
        // Cut or with a sign changed, it is read as the same, as nothing, or as what is written.
        let at = border(&body, draw.below(body.len()));
        if let Ok(Outcome::Completion(completion)) = wire.read(&body[..at]) {
            assert_eq!(completion.text, text, "{number} cut at {at}: {body}");
        }
        let length = body[at..].chars().next().unwrap().len_utf8();
        let mut changed = body.clone();
        changed.replace_range(
            at..at + length,
            draw.choose::<&str>(&["\"", "{", "\\", "\u{0}", "\n"]),
        );
        let _ = wire.read(&changed);
    }
}

#[test]
fn hostile_replies_are_read_in_a_time_that_grows_with_their_length() {
    let fill = |piece: &str| piece.repeat(LONGEST_REPLY / piece.len());
    for piece in [
        "{",
        "[",
        "\"",
        "\\",
        "`",
        "<",
        "{\"",
        "{\"a\":",
        "{\"a\":\"",
        "{a:",
        "{a:\"",
        "{'a':'",
        "\"{",
        "{\"formula\":",
        "{\"formula\": \"",
        "{\"formula\": \"x\"}",
        "{\"formula\": \"x\",",
        "{\"rationale\": \"",
        "{\"rationale\": \"a\", ",
        "{\"a\": [",
        "[{\"a\":1},",
        "{\"a\"/*",
        "{/*",
        "{//",
        "{\"a\": \"b\" /* ",
        "\"/*",
        "\"//",
        "{\"a\": \"\" # ",
        "{ ",
        "{\n",
        "{\"a\": \"\n",
        "<think>",
        "</think>",
        "<think></think>",
        "a <think> ",
        "<answer><think>",
        "[think]",
        "(think)",
        "(think)</think>",
        "{think}",
        "<|channel|>",
        "<|channel|>analysis<|message|>",
        "<|channel|>final",
        "<|end|>",
        "<think>{\"formula\": \"x\"}",
        "{\"formula\": \"x\"}</think>",
        "<a<b<c",
        "([{<\u{ab}",
        "{\"a\": \"}",
        "{\"a\": \"\\u",
        "{\"a\": \"\\ud800",
        "\u{201c}",
        "{\u{201c}a\u{201d}:",
        "```",
        "```\nx\n",
        "{\"formula\": \"x\" ",
        "{}",
        "{a:1}",
        "{\"a\":1}\n",
    ] {
        let text = fill(piece);
        for text in [
            text.clone(),
            format!("{text}\""),
            format!("<think>{text}</think>{{\"formula\": \"x\"}}"),
            format!("{{\"formula\": \"{text}"),
            format!("{{\"rationale\": \"{text}\", \"formula\": \"x\"}}"),
        ] {
            let reply = Reply {
                text: text.chars().take(LONGEST_REPLY / 4).collect(),
                ..Reply::default()
            };
            let _ = proposals(&reply, 1);
        }
    }
}

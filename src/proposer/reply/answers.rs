//! The answers in a text: its JSON objects with a `formula`, and which of them is meant.

use super::fences::fenced;
use super::near_json::{Found, Near, Object, Writing};
use super::near_text::is_opener;
use crate::proposer::prompt::PLACEHOLDER;
use crate::record::attempt::Proposal;

/// Characters of a name and of a rationale that are kept.
const LONGEST_NAME: usize = 80;
const LONGEST_RATIONALE: usize = 2000;
/// Places in a text where an object is looked for, and how many bytes are read in vain.
const MOST_OBJECTS: usize = 2000;
const MOST_IN_VAIN: usize = 2 << 20;

/// Why an answer is not taken although one was begun; its author can be asked what was meant.
pub(super) struct InDoubt(pub String);

/// What stands in a text.
struct Survey<'a> {
    text: &'a str,
    answers: Vec<Answer>,
    /// From where to where objects stand.
    spans: Vec<(usize, usize)>,
    /// Where the first object begins that cannot be read, and why.
    failure: Option<(usize, &'static str)>,
}

/// An object with a formula.
struct Answer {
    at: usize,
    end: usize,
    /// Whether it is JSON to the letter.
    exact: bool,
    /// Whether it is part of another answer.
    is_part: bool,
    proposal: Result<Proposal, &'static str>,
}

/// The proposals in a text, in its order; none where no formula was begun. Where one formula is
/// asked for, the last is meant: what stands before it are drafts. What a doubtful object may hold
/// is never taken for an answer of its own.
pub(super) fn answers(text: &str, several: bool) -> Result<Vec<Proposal>, InDoubt> {
    let mut survey = Survey::of(text);
    let in_doubt = |why: &str| InDoubt(format!("the reply's JSON object cannot be read: {why}"));
    let empty = |answer: &Answer| matches!(&answer.proposal, Ok(proposal) if proposal.formula.trim().is_empty());
    let example = |answer: &Answer| matches!(&answer.proposal, Ok(proposal) if proposal.formula.trim() == PLACEHOLDER);
    let last_empty = survey.answers.iter().rfind(|answer| empty(answer));
    let last_empty = last_empty.map(|answer| answer.at);
    survey
        .answers
        .retain(|answer| !empty(answer) && !example(answer));
    let strays = survey.stray_keys();
    let (failed, broken) = survey.failure.unwrap_or((text.len(), "it is not whole"));
    let first = strays.iter().find(|stray| **stray > failed);
    let last = strays.last().copied();
    let is_sure = |answer: &Answer| {
        first.is_none_or(|stray| answer.at < *stray) || survey.stands_alone(answer)
    };
    if several {
        // What an object leaves behind that ended too early is the answer that was meant.
        let cut = |answer: &Answer| {
            let next = strays.iter().find(|stray| **stray > answer.at);
            let next = next.filter(|stray| **stray < failed);
            next.is_some_and(|stray| survey.last_before(*stray) == Some(answer.at))
        };
        let all = survey.answers.iter();
        let sure = all.filter(|answer| is_sure(answer) && !cut(answer));
        let found: Vec<Proposal> = sure
            .filter_map(|answer| answer.proposal.clone().ok())
            .collect();
        if !found.is_empty() {
            return Ok(found);
        }
    }
    let meant = survey.answers.iter().rfind(|answer| !answer.is_part);
    match meant {
        Some(answer) if last.is_some_and(|stray| stray > answer.at) || !is_sure(answer) => {
            Err(in_doubt(broken))
        }
        Some(answer) if last_empty.is_some_and(|at| at > answer.end) => {
            Err(in_doubt("an empty `formula` stands behind it"))
        }
        Some(answer) if !several && is_taken_back(text, answer.end) => {
            Err(in_doubt("what stands behind it may be meant in its place"))
        }
        Some(answer) => answer
            .proposal
            .clone()
            .map(|proposal| vec![proposal])
            .map_err(in_doubt),
        None if last_empty.is_some() => {
            Err(InDoubt("the `formula` in the reply is empty".to_owned()))
        }
        None if last.is_some() => Err(in_doubt(broken)),
        None => Ok(Vec::new()),
    }
}

/// How a line begins that says an answer in another form than an object's.
const OTHER_FORMS: [&str; 7] = [
    "formula:",
    "formula =",
    "final formula",
    "final answer",
    "my final",
    "\\boxed",
    "<final",
];

/// Whether what follows the answer that ends at `end` is an answer in another form: a block that is
/// a formula, or a line that announces one.
fn is_taken_back(text: &str, end: usize) -> bool {
    let (before, behind) = text.split_at(end);
    let fences = before.matches("```").count();
    // The block in which the answer itself stands ends first.
    let behind = match fences % 2 {
        1 => behind.split_once("```").map_or("", |(_, behind)| behind),
        _ => behind,
    };
    let announces = |line: &str| {
        let line = line.trim_start_matches([' ', '*', '#', '-', '>', '`', '_']);
        let line = line.to_lowercase();
        OTHER_FORMS.iter().any(|form| line.starts_with(form))
    };
    fenced(behind).iter().any(|block| block.formula().is_ok()) || behind.lines().any(announces)
}

/// The first text under `key` in the objects of a text.
pub(super) fn first_under(text: &str, key: &str) -> Option<String> {
    let mut found = None;
    each_object(text, &mut |at, near| {
        let Found::Object(near) = near else {
            return at + 1;
        };
        let texts = near.objects.iter().flat_map(|object| object.all(key));
        if found.is_none() {
            found = texts.flatten().map(|text| text.words.clone()).next();
        }
        near.end
    });
    found
}

/// Calls `take` with what stands at each brace, as far as that is read; it says where to go on.
fn each_object(text: &str, take: &mut dyn FnMut(usize, &Found) -> usize) {
    let writing = Writing::of(text);
    let (mut at, mut in_vain) = (0, 0);
    for _ in 0..MOST_OBJECTS {
        let Some(brace) = text[at..].find('{') else {
            return;
        };
        at += brace;
        let found = writing.object(at);
        let reached = found.reached();
        let next = take(at, &found);
        if next < reached {
            in_vain += reached - at;
        }
        at = next;
        if in_vain > MOST_IN_VAIN {
            return;
        }
    }
}

impl Survey<'_> {
    fn of(text: &str) -> Survey<'_> {
        let mut survey = Survey {
            text,
            answers: Vec::new(),
            spans: Vec::new(),
            failure: None,
        };
        each_object(text, &mut |at, found| match found {
            Found::Object(near) if is_sound(text, at, near) => {
                survey.take(at, near);
                near.end
            }
            Found::Broken { why, .. } => {
                survey.failure.get_or_insert((at, why));
                at + 1
            }
            Found::Object(_) => {
                let why = "quotes within its texts leave open where its `formula` is";
                survey.failure.get_or_insert((at, why));
                at + 1
            }
            Found::Nothing(_) => at + 1,
        });
        survey
    }

    fn take(&mut self, at: usize, near: &Near) {
        self.spans.push((at, near.end));
        let writes = |object: &Object| object.all("formula").next().is_some();
        for object in near.objects.iter().filter(|object| writes(object)) {
            let mut around = object.within;
            let mut is_part = false;
            while let Some(outer) = around.map(|index| &near.objects[index]) {
                is_part |= writes(outer);
                around = outer.within;
            }
            self.answers.push(Answer {
                at,
                end: near.end,
                exact: near.exact,
                is_part,
                proposal: proposal(object),
            });
        }
    }

    /// Where `"formula":` stands outside the objects that were read: behind the beginning of one that
    /// was not, or before a text of its own. Elsewhere it is prose.
    fn stray_keys(&self) -> Vec<usize> {
        let inside = |at: usize| {
            let before = self.spans.partition_point(|(start, _)| *start <= at);
            before > 0 && self.spans[before - 1].1 > at
        };
        let is_stray = |(at, has_text): &(usize, bool)| {
            *has_text || self.failure.is_some_and(|(broken, _)| *at > broken)
        };
        keys(self.text)
            .filter(|key| is_stray(key) && !inside(key.0))
            .map(|(at, _)| at)
            .collect()
    }

    /// Where the last answer before a place begins.
    fn last_before(&self, place: usize) -> Option<usize> {
        let before = self.answers.iter().rfind(|answer| answer.at < place)?;
        Some(before.at)
    }

    /// Whether an answer is a whole object on lines of its own, the last of the text: what no part
    /// of a broken one before it can be.
    fn stands_alone(&self, answer: &Answer) -> bool {
        let before = self.text[..answer.at].trim_end_matches([' ', '\t']);
        let behind = self.text[answer.end..].trim_matches(|c: char| c == '`' || c.is_whitespace());
        answer.exact && (before.is_empty() || before.ends_with('\n')) && behind.is_empty()
    }
}

/// Whether no formula of an object is lost, or taken for another: each key that is written in it is
/// read as one.
pub(super) fn is_sound(text: &str, at: usize, near: &Near) -> bool {
    let read = |object: &Object| object.all("formula").count();
    let within_quotes = |object: &Object| {
        let mut texts = object.all("formula").flatten();
        texts.any(|text| text.has_quotes)
    };
    let count = near.objects.iter().map(read).sum::<usize>();
    !near.guessed
        || (count > 0
            && keys(&text[at..near.end]).count() == count
            && !near.objects.iter().any(within_quotes))
}

/// Where `formula` stands as a key, and whether a text follows.
fn keys(text: &str) -> impl Iterator<Item = (usize, bool)> + '_ {
    text.match_indices("formula").filter_map(|(at, word)| {
        let (before, behind) = (&text[..at], &text[at + word.len()..]);
        let quoted = before.ends_with(is_opener) && behind.starts_with(is_opener);
        let blank = before.len() - before.trim_end().len();
        let begins_line = before[before.len() - blank..].contains('\n');
        let bare = begins_line || before.trim_end().ends_with(['{', ',']);
        let behind = behind.strip_prefix(is_opener).unwrap_or(behind);
        let value = behind.trim_start().strip_prefix(':')?.trim_start();
        (quoted || bare).then(|| (at, value.starts_with(is_opener)))
    })
}

/// The proposal that an object writes. A formula written twice is an error, since only one can be
/// meant.
fn proposal(object: &Object) -> Result<Proposal, &'static str> {
    let mut formulas = object.all("formula");
    let formula = formulas
        .next()
        .flatten()
        .ok_or("its `formula` is no text between quotes")?;
    if formulas.any(|other| other.is_none_or(|other| other.words != formula.words)) {
        return Err("its `formula` is written twice");
    }
    match formula.doubt {
        Some(doubt) => Err(doubt),
        None => Ok(Proposal {
            formula: formula.words.clone(),
            name: words(object, "name", LONGEST_NAME),
            rationale: words(object, "rationale", LONGEST_RATIONALE),
        }),
    }
}

/// A commentary's text, cut to `most` characters; `None` where there is none.
fn words(object: &Object, key: &str, most: usize) -> Option<String> {
    let text = object.all(key).next()??;
    let text: String = text.words.trim().chars().take(most).collect();
    (!text.is_empty()).then_some(text)
}

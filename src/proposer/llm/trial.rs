//! A trial: what the requests of one question do without, or ask for less of, to see whether that
//! helps where a server has refused one. It is bounded, and what does not help is put back.

use std::collections::{BTreeSet, VecDeque};

use super::form::SentForm;
use super::learnt::Learnt;
use super::limit::LEAST;
use super::wire::{Field, Wire};
use crate::record::ledger::LearntLimit;

/// Limits that are asked for one after the other where words name them.
const MOST_LIMITS: u32 = 10;
/// Limits that are asked for where nothing says that the limit was the cause: halves.
const GUESSED_LIMITS: u32 = 4;

/// What the requests of one question do without.
#[derive(Debug, Default)]
pub(super) struct Trial {
    /// What is done without now, beside what the model is known not to take.
    pub found: Learnt,
    /// Why the first request was refused that was not understood.
    pub first: Option<String>,
    /// What is tried next, where a refusal was not understood.
    steps: Option<VecDeque<Learnt>>,
    /// Limits that were asked for.
    limits: u32,
}

impl Trial {
    /// Asks for a smaller limit of tokens than was refused, `known` before or not; whether that may
    /// be done.
    pub fn lower(&mut self, refused: &SentForm, most_tokens: Option<u32>, known: &Learnt) -> bool {
        let (Some(asked), Some(instead)) = (refused.most_tokens, most_tokens) else {
            return false;
        };
        self.limits += 1;
        // Prompts differ in length: what the last left was too much for this, so some is kept.
        let again = known.limit.is_some_and(|limit| limit.instead == asked);
        let instead = if again {
            (instead - instead / 16).max(LEAST)
        } else {
            instead
        };
        if self.limits > MOST_LIMITS || instead >= asked {
            return false;
        }
        let before = self.found.limit.map_or(asked, |limit| limit.refused);
        let refused = asked.min(before);
        self.found.limit = Some(LearntLimit { refused, instead });
        true
    }

    /// Names no limit of tokens; whether the wire can do that and one was named.
    pub fn without_limit(&mut self, refused: &SentForm) -> bool {
        let limits = refused.wire.limits();
        if refused.most_tokens.is_none() || limits.is_empty() {
            return false;
        }
        self.found.refused.extend(limits);
        self.found.limit = None;
        true
    }

    /// Takes the next step after a refusal that was not understood; whether there is one. What did
    /// not help is put back.
    pub fn step(&mut self, refused: &SentForm, reason: &str) -> bool {
        self.first.get_or_insert_with(|| reason.to_owned());
        let known = self.found.clone();
        let steps = self.steps.get_or_insert_with(|| steps(refused, &known));
        match steps.pop_front() {
            Some(step) => {
                self.found = step;
                true
            }
            None => false,
        }
    }
}

/// What is done without, one after the other: the form of the answer first, then each other field,
/// then all of them, then part of the limit of tokens.
fn steps(refused: &SentForm, known: &Learnt) -> VecDeque<Learnt> {
    let without = |fields: &[Field]| Learnt {
        refused: known.refused.iter().chain(fields).copied().collect(),
        limit: known.limit,
    };
    let sent = |field: &&Field| !field.is_limit();
    let fields: Vec<Field> = refused.fields.iter().filter(sent).copied().collect();
    let (forms, others): (Vec<Field>, Vec<Field>) =
        fields.iter().partition(|field| field.is_form());
    let mut steps = VecDeque::new();
    if forms.contains(&Field::JsonSchema) {
        steps.push_back(without(&[Field::JsonSchema]));
        // Where schemas are refused any object is asked for, as far as the wire has that.
        if refused.wire != Wire::Messages {
            steps.push_back(without(&[Field::JsonSchema, Field::JsonObject]));
        }
    } else if !forms.is_empty() {
        steps.push_back(without(&forms));
    }
    steps.extend(others.iter().map(|field| without(&[*field])));
    if fields.len() > 1 {
        let all: BTreeSet<Field> = fields.into_iter().chain([Field::JsonObject]).collect();
        steps.push_back(without(&all.into_iter().collect::<Vec<_>>()));
    }
    let halves = (1..=GUESSED_LIMITS).filter_map(|halvings| {
        let asked = refused.most_tokens?;
        let instead = asked >> halvings;
        // Of those that were refused on the way the least is known.
        let refused = asked >> (halvings - 1);
        let limit = Some(LearntLimit { refused, instead });
        let refused = known.refused.clone();
        (instead >= LEAST).then_some(Learnt { refused, limit })
    });
    steps.extend(halves);
    steps
}

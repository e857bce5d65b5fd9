//! What a model was found not to take: fields, and limits of tokens from some size on.

use std::collections::BTreeSet;

use super::wire::Field;
use crate::record::ledger::{Call, LearntLimit};

/// What a model was found not to take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Learnt {
    /// The fields that are sent no more.
    pub refused: BTreeSet<Field>,
    /// The least limit of tokens that was refused, and the one that is asked for in its place.
    pub limit: Option<LearntLimit>,
}

impl Learnt {
    /// What an earlier call to the model found.
    pub fn of(call: &Call) -> Learnt {
        let fields = call.refused_fields.iter();
        Learnt {
            refused: fields.filter_map(|name| Field::named(name)).collect(),
            limit: call.learnt_limit,
        }
    }

    /// Adds what was found elsewhere; whether that was new.
    pub fn add(&mut self, found: &Learnt) -> bool {
        let before = self.clone();
        self.refused.extend(&found.refused);
        if let Some(found) = found.limit {
            let lower = self.limit.is_none_or(|known| found.refused < known.refused);
            if lower {
                self.limit = Some(found);
            }
        }
        *self != before
    }

    /// The limit of tokens to ask for where this one is wished.
    pub fn most_tokens(&self, wished: u32) -> u32 {
        match self.limit {
            Some(limit) if wished >= limit.refused => limit.instead.min(wished),
            _ => wished,
        }
    }

    /// Puts in a call what the request that it answered did without.
    pub fn note(&self, call: &mut Call) {
        call.refused_fields = self
            .refused
            .iter()
            .map(|field| field.name().to_owned())
            .collect();
        call.learnt_limit = self.limit;
    }

    /// What is left out or asked for from now on, in words.
    pub fn words(&self) -> String {
        let fields: Vec<String> = self
            .refused
            .iter()
            .map(|field| format!("`{}`", field.name()))
            .collect();
        let fields = (!fields.is_empty()).then(|| format!("without {}", fields.join(", ")));
        let limit = self.limit.map(|limit| {
            format!(
                "with max_tokens={} in the place of {}",
                limit.instead, limit.refused
            )
        });
        let parts: Vec<String> = fields.into_iter().chain(limit).collect();
        parts.join(" and ")
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.refused.is_empty() && self.limit.is_none()
    }
}

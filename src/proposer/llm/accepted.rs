//! What a model has answered to in this run: of that a later refusal is no matter.

use std::collections::BTreeSet;

use super::form::SentForm;
use super::wire::Field;

/// What a model has answered to.
#[derive(Debug, Default)]
pub(super) struct Accepted {
    fields: BTreeSet<Field>,
    /// The schemas that went with the field of them.
    schemas: BTreeSet<String>,
    most_tokens: u32,
}

impl Accepted {
    /// Notes a request that was answered.
    pub fn add(&mut self, form: &SentForm) {
        self.fields.extend(&form.fields);
        if form.fields.contains(&Field::JsonSchema) {
            self.schemas.insert(form.schema.clone());
        }
        self.most_tokens = self.most_tokens.max(form.most_tokens.unwrap_or(0));
    }

    /// What of a request it has not answered to yet.
    pub fn without(&self, form: &SentForm) -> SentForm {
        let is_new = |field: &&Field| match field {
            Field::JsonSchema => !self.schemas.contains(&form.schema),
            _ => !self.fields.contains(field),
        };
        let fields = form.fields.iter().filter(is_new).copied().collect();
        let most_tokens = form.most_tokens.filter(|most| *most > self.most_tokens);
        SentForm {
            fields,
            most_tokens,
            ..form.clone()
        }
    }
}

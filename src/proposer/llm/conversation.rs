//! What is said to a model: a system part that stays the same, and turns that alternate between us
//! and the model.

use std::fmt;

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// We ask.
    User,
    /// The model answered so before.
    Model,
}

/// A conversation that ends with a question of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// The same for every attempt of a campaign, so that providers can cache it.
    pub system: String,
    /// Begins and ends with [`Role::User`].
    pub turns: Vec<(Role, String)>,
}

impl Conversation {
    /// One question.
    pub fn new(system: String, user: String) -> Conversation {
        Conversation {
            system,
            turns: vec![(Role::User, user)],
        }
    }

    /// The conversation after the model's answer and a further question of ours.
    #[must_use]
    pub fn then(&self, answer: &str, question: String) -> Conversation {
        let mut longer = self.clone();
        longer
            .turns
            .extend([(Role::Model, answer.to_owned()), (Role::User, question)]);
        longer
    }

    /// Bytes of all its texts.
    pub fn bytes(&self) -> usize {
        self.system.len() + self.turns.iter().map(|(_, text)| text.len()).sum::<usize>()
    }
}

impl fmt::Display for Conversation {
    /// As records keep it: the system part and the turns, separated by lines `---`; a model's turn
    /// begins with a line `[the model]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.system)?;
        for (role, text) in &self.turns {
            let mark = if *role == Role::Model {
                "[the model]\n"
            } else {
                ""
            };
            write!(f, "\n---\n{mark}{text}")?;
        }
        Ok(())
    }
}

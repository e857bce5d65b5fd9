//! What a lab says of itself, in words for prompts and tables.

use serde::Serialize;

/// What a lab says of itself. All texts are the words of whoever wrote the lab, or made from its
/// parts; they may hold line breaks, but no other control characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LabWords {
    /// What its networks are trained on, a phrase that goes on after "on": `many small regression
    /// tasks of two families: ...`.
    pub families: String,
    /// Where training points lie, and which points are judged; sentences, the last one without its
    /// full stop.
    pub shells: String,
    /// How losses become one fitness; sentences.
    pub fitness: String,
    /// The formula that losses are compared with, as the lab writes it.
    pub reference: String,
    /// The networks of each profile, in the lab's order.
    pub profiles: Vec<ProfileWords>,
    /// What the target `general` stands for; sentences.
    pub general: String,
    /// The profiles whose mean fitness is the target `general`, in the lab's order.
    pub general_profiles: Vec<String>,
}

/// What a lab says of the networks of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProfileWords {
    /// The profile's name.
    pub profile: String,
    /// Its networks; sentences.
    pub networks: String,
}

//! What is set aside for a request to a model before it leaves.

use serde::{Deserialize, Serialize};

use super::money::Money;
use super::purpose::Purpose;

/// What is set aside for one request before it leaves: the most that it can cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    /// The request's number within its attempt, from 1.
    pub number: u32,
    /// The model as the campaign names it.
    pub model: String,
    /// Why it is asked.
    pub purpose: Purpose,
    /// The most that the request can cost.
    pub money: Money,
    /// The most tokens that it can use, input included.
    pub tokens: u64,
}

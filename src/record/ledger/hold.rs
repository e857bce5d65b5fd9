//! What is set aside for a request to a model before it leaves.

use serde::{Deserialize, Serialize};

use super::money::Money;
use super::purpose::Purpose;

/// What is set aside for one request before it leaves: the most that it can cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    /// The request's number within its attempt, from 1.
    pub number: u32,
    pub model: String,
    pub purpose: Purpose,
    pub money: Money,
    pub tokens: u64,
}

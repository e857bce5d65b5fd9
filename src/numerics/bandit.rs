//! A bandit: draws alternatives in proportion to their reward for their cost, and never gives one
//! up.

use crate::numerics::stream::Stream;

/// Draws at the average of all alternatives that each is credited with, so that a few lucky or
/// unlucky ones decide nothing.
const PRIOR_DRAWS: f64 = 6.0;
/// How sharply a better return draws: shares go with this power of it.
const SHARPNESS: f64 = 2.0;
/// The part of the draws that goes by the weights alone.
const EXPLORATION: f64 = 0.15;
/// What each draw costs beside its price, as a part of the average price: what is free wastes time
/// all the same.
const EFFORT: f64 = 0.05;

/// The record of one alternative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arm {
    /// Its share before anything is learnt, relative to the weights of the others.
    pub weight: f64,
    /// How often the arm was drawn and its reward credited.
    pub draws: u64,
    /// The sum of its rewards; a failed draw counts as 0.
    pub reward: f64,
    /// The sum of its costs, failed draws included.
    pub cost: f64,
}

/// Alternatives and what is known of each. Its draws depend only on what was credited and on the
/// stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bandit {
    arms: Vec<Arm>,
}

impl Bandit {
    /// A bandit over alternatives of these weights, with nothing learnt.
    pub fn new(weights: impl IntoIterator<Item = f64>) -> Bandit {
        let mut bandit = Bandit::default();
        weights.into_iter().for_each(|weight| bandit.add(weight));
        bandit
    }

    /// Adds an alternative of this weight; a negative weight counts as 0.
    pub fn add(&mut self, weight: f64) {
        self.arms.push(Arm {
            weight: weight.max(0.0),
            draws: 0,
            reward: 0.0,
            cost: 0.0,
        });
    }

    /// The alternatives, in the order in which they were added.
    pub fn arms(&self) -> &[Arm] {
        &self.arms
    }

    /// Credits one draw of an alternative with a reward and a cost. A negative or non-finite number
    /// counts as 0, and an unknown index is ignored.
    pub fn credit(&mut self, arm: usize, reward: f64, cost: f64) {
        let sound = |value: f64| {
            if value.is_finite() {
                value.max(0.0)
            } else {
                0.0
            }
        };
        if let Some(arm) = self.arms.get_mut(arm) {
            arm.draws += 1;
            arm.reward += sound(reward);
            arm.cost += sound(cost);
        }
    }

    /// Adds a reward to an alternative without counting another draw.
    pub fn credit_more(&mut self, arm: usize, reward: f64) {
        if let Some(arm) = self.arms.get_mut(arm).filter(|_| reward.is_finite()) {
            arm.reward += reward.max(0.0);
        }
    }

    /// The probability of each alternative; they sum to 1.
    pub fn shares(&self) -> Vec<f64> {
        let draws: u64 = self.arms.iter().map(|arm| arm.draws).sum();
        let rewards: f64 = self.arms.iter().map(|arm| arm.reward).sum();
        let costs: f64 = self.arms.iter().map(|arm| arm.cost).sum();
        let by_weight = normalised(self.arms.iter().map(|arm| arm.weight).collect());
        if draws == 0 || rewards <= 0.0 {
            return by_weight;
        }
        let (reward, cost) = (rewards / draws as f64, costs / draws as f64);
        let (cost, effort) = if cost > 0.0 {
            (cost, EFFORT * cost)
        } else {
            (0.0, 1.0)
        };
        let returns = |arm: &Arm| {
            let spent = arm.cost + effort * arm.draws as f64 + PRIOR_DRAWS * (cost + effort);
            (arm.reward + PRIOR_DRAWS * reward) / spent
        };
        let by_return = normalised(
            self.arms
                .iter()
                .map(|arm| arm.weight * returns(arm).powf(SHARPNESS))
                .collect(),
        );
        by_weight
            .iter()
            .zip(by_return)
            .map(|(weight, learnt)| EXPLORATION * weight + (1.0 - EXPLORATION) * learnt)
            .collect()
    }

    /// Draws the index of an alternative by [`Bandit::shares`]. There must be at least one
    /// alternative.
    pub fn choose(&self, stream: &mut Stream) -> usize {
        stream.weighted(&self.shares())
    }
}

fn normalised(weights: Vec<f64>) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    if sum > 0.0 && sum.is_finite() {
        return weights.iter().map(|weight| weight / sum).collect();
    }
    vec![1.0 / weights.len().max(1) as f64; weights.len()]
}

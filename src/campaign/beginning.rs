//! Beginning: whether an attempt takes a formula that is there already, and whether guidance is
//! written anew before it. Both follow from the settled attempts.

use std::collections::VecDeque;

use super::draft::Sibling;
use crate::record::charter::Charter;

/// How an attempt begins.
pub enum Beginning {
    /// Its formula came in the reply of another.
    Sibling(Box<Sibling>),
    /// It is asked for; guidance is written first where it `renews` it.
    Asked { renews: bool },
}

/// What the attempts so far leave to those that follow.
pub struct Beginnings {
    /// Formulas that came in the replies of others, in the order of those.
    siblings: VecDeque<Sibling>,
    /// After how many attempts guidance is written anew; `None` for never.
    interval: Option<u64>,
    /// From this attempt on, the next that is asked for renews it.
    due: u64,
}

impl Beginnings {
    /// Before a campaign's first attempt.
    pub fn new(charter: &Charter) -> Beginnings {
        let interval = charter
            .asking
            .as_ref()
            .map(|asking| asking.guidance_interval)
            .filter(|interval| *interval > 0);
        Beginnings {
            siblings: VecDeque::new(),
            interval,
            due: interval.unwrap_or(u64::MAX),
        }
    }

    /// Takes in the further formulas of a settled attempt's reply, in the order of the attempts.
    pub fn take_in(&mut self, siblings: Vec<Sibling>) {
        self.siblings.extend(siblings);
    }

    /// How an attempt begins; to be asked once for each, in the order of their numbers, also for
    /// those that are settled.
    pub fn open(&mut self, attempt: u64) -> Beginning {
        if let Some(sibling) = self.siblings.pop_front() {
            return Beginning::Sibling(Box::new(sibling));
        }
        let Some(interval) = self.interval.filter(|_| attempt >= self.due) else {
            return Beginning::Asked { renews: false };
        };
        self.due = (attempt / interval + 1).saturating_mul(interval);
        Beginning::Asked { renews: true }
    }
}

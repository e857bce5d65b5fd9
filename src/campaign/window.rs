//! The window: the attempts under way, each at its stage, and whose turn it is.

use std::collections::BTreeMap;

use super::draft::{Draft, End};
use super::end::StopReason;
use crate::journal::OpenAttempt;
use crate::lab::Thresholds;
use crate::proposer::{Response, Unanswered};

/// Where an attempt stands.
pub enum Stage {
    Asked,
    Answered(Arrival),
    Training,
    /// The budget had no room for its request.
    Unpaid,
    /// Nothing more will be heard of it in this run.
    Abandoned,
    Ended(End),
}

/// What an attempt that was asked for got.
pub enum Arrival {
    Response(Response),
    /// The formula came in the reply of another attempt, and is in the draft.
    Sibling,
    None(Unanswered),
}

/// An attempt under way.
pub struct Slot {
    pub draft: Draft,
    /// What the rungs asked for when it was opened.
    pub thresholds: Thresholds,
    pub stage: Stage,
}

/// An attempt for which the budget had no room.
pub enum Unpaid {
    /// One after it was paid for.
    BeforePaid(u64),
    /// None after it was paid for.
    Last(u64),
}

/// The attempts under way by number. Claims and placements happen in the order of the numbers.
pub struct Window {
    slots: BTreeMap<u64, Slot>,
    left_open: BTreeMap<u64, OpenAttempt>,
    settled_before: u64,
    claimed: u64,
    placed: u64,
    last: u64,
    reason: StopReason,
}

impl Window {
    /// A window over the attempts after `settled_before` up to `last`; `left_open` are those that
    /// an earlier run had begun.
    pub fn new(last: u64, settled_before: u64, left_open: Vec<OpenAttempt>) -> Window {
        let left_open = left_open
            .into_iter()
            .map(|open| (open.attempt, open))
            .collect();
        Window {
            slots: BTreeMap::new(),
            left_open,
            settled_before,
            claimed: settled_before,
            placed: 0,
            last,
            reason: StopReason::AttemptsMade,
        }
    }

    /// The attempts that earlier runs settled.
    pub fn settled_before(&self) -> u64 {
        self.settled_before
    }

    /// The number of the attempt that was placed last; 0 before the first.
    pub fn placed_last(&self) -> u64 {
        self.placed
    }

    /// Whether this attempt is still to be made.
    pub fn wants(&self, attempt: u64) -> bool {
        attempt > self.settled_before && attempt <= self.last
    }

    /// Takes an attempt in; what an earlier run left of it, if it had begun.
    pub fn open(
        &mut self,
        attempt: u64,
        draft: Draft,
        thresholds: Thresholds,
    ) -> Option<OpenAttempt> {
        self.slots.insert(
            attempt,
            Slot {
                draft,
                thresholds,
                stage: Stage::Asked,
            },
        );
        self.left_open.remove(&attempt)
    }

    /// Takes in an attempt whose formula is there already.
    pub fn open_answered(&mut self, attempt: u64, draft: Draft, thresholds: Thresholds) {
        self.slots.insert(
            attempt,
            Slot {
                draft,
                thresholds,
                stage: Stage::Answered(Arrival::Sibling),
            },
        );
    }

    /// An answer has come, or none will.
    pub fn replied(&mut self, attempt: u64, response: Result<Response, Unanswered>) {
        if let Some(slot) = self.slots.get_mut(&attempt) {
            slot.stage = Stage::Answered(response.map_or_else(Arrival::None, Arrival::Response));
        }
    }

    /// An attempt has ended, and is to be placed at its turn.
    pub fn ended(&mut self, attempt: u64, end: End) {
        if let Some(slot) = self.slots.get_mut(&attempt) {
            slot.stage = Stage::Ended(end);
        }
    }

    /// The budget had no room for the request of an attempt.
    pub fn unpaid(&mut self, attempt: u64) {
        if let Some(slot) = self.slots.get_mut(&attempt) {
            slot.stage = Stage::Unpaid;
        }
    }

    /// What becomes of the attempt whose turn to be placed it is, where the budget had no room for
    /// it; `None` where it is no such attempt, and while it is not known whether one after it was
    /// paid for.
    pub fn next_unpaid(&self) -> Option<Unpaid> {
        let next = self.placed + 1;
        if !matches!(self.slots.get(&next)?.stage, Stage::Unpaid) {
            return None;
        }
        let unknown = |slot: &Slot| matches!(slot.stage, Stage::Asked | Stage::Answered(_));
        let paid = |slot: &Slot| {
            slot.draft.is_written() && matches!(slot.stage, Stage::Training | Stage::Ended(_))
        };
        if self.slots.values().any(unknown) {
            return None;
        }
        Some(if self.slots.values().any(paid) {
            Unpaid::BeforePaid(next)
        } else {
            Unpaid::Last(next)
        })
    }

    /// The answered attempt whose turn to claim it is, its stage for the caller to set.
    pub fn next_to_claim(&mut self) -> Option<(&mut Slot, Arrival)> {
        let is_unpaid = |slot: &Slot| matches!(slot.stage, Stage::Unpaid);
        while self.slots.get(&(self.claimed + 1)).is_some_and(is_unpaid) {
            self.claimed += 1;
        }
        let slot = self.slots.get_mut(&(self.claimed + 1))?;
        if !matches!(slot.stage, Stage::Answered(_)) {
            return None;
        }
        self.claimed += 1;
        match std::mem::replace(&mut slot.stage, Stage::Abandoned) {
            Stage::Answered(arrival) => Some((slot, arrival)),
            _ => None,
        }
    }

    /// The ended attempt whose turn to be placed it is.
    pub fn next_to_place(&mut self) -> Option<(Draft, End)> {
        let next = self.placed + 1;
        if !matches!(self.slots.get(&next)?.stage, Stage::Ended(_)) {
            return None;
        }
        match self.slots.remove(&next)? {
            Slot {
                draft,
                stage: Stage::Ended(end),
                ..
            } => Some((draft, end)),
            _ => None,
        }
    }

    /// This attempt, the next in order, has been placed.
    pub fn placed(&mut self, attempt: u64) {
        self.placed = attempt;
        self.claimed = self.claimed.max(attempt);
    }

    /// No attempt after `last` will be made, for this reason.
    pub fn end_after(&mut self, last: u64, reason: StopReason) {
        if last < self.last {
            (self.last, self.reason) = (last, reason);
            self.slots.retain(|attempt, _| *attempt <= last);
        }
    }

    /// The reason to stop, once the last attempt is placed.
    pub fn finished(&self) -> Option<StopReason> {
        (self.placed >= self.last).then(|| self.reason.clone())
    }
}

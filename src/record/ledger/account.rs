//! The account of one attempt, the balance of a campaign, and the budget it is held to.

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::hold::Hold;
use super::money::{apart, Money};

/// The requests of one attempt that is not settled: those that have ended, and those that are under
/// way or were cut off.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// The requests that have ended, in order.
    pub calls: Vec<Call>,
    /// What is held for those that are under way or were cut off.
    pub holds: Vec<Hold>,
}

/// How a campaign stands: the sum over its attempts, settled or not. It changes in the transactions
/// that write those.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// The cost of all calls.
    pub spent: Money,
    /// What is held for requests that have not ended.
    pub held: Money,
    /// The tokens of all calls that count against a budget.
    pub spent_tokens: u64,
    /// The tokens that are held for requests that have not ended.
    pub held_tokens: u64,
    /// Requests that left and have ended, refused ones included.
    pub requests: u64,
}

/// What a campaign may spend at most; no limit where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// The most that it may spend; `None` for no limit.
    pub money: Option<Money>,
    /// The most tokens that it may use; `None` for no limit.
    pub tokens: Option<u64>,
}

/// Whether a budget has room for one request more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// There is room beside all that is spent and held.
    Enough,
    /// Not before requests under way have turned out cheaper than what is held for them.
    Later,
    /// Not even if all that is under way cost nothing.
    Never,
}

impl Balance {
    /// Whether `hold` fits into `budget` beside all that is spent and held.
    pub fn room(&self, budget: &Budget, hold: &Hold) -> Room {
        let fits = |money: Money, tokens: u64| {
            budget.money.is_none_or(|most| money + hold.money <= most)
                && budget
                    .tokens
                    .is_none_or(|most| tokens.saturating_add(hold.tokens) <= most)
        };
        match () {
            () if fits(
                self.spent + self.held,
                self.spent_tokens.saturating_add(self.held_tokens),
            ) =>
            {
                Room::Enough
            }
            () if fits(self.spent, self.spent_tokens) => Room::Later,
            () => Room::Never,
        }
    }

    /// Adds what is held for a request.
    pub fn hold(&mut self, hold: &Hold) {
        self.held += hold.money;
        self.held_tokens = self.held_tokens.saturating_add(hold.tokens);
    }

    /// Takes off what was held for a request, and adds what it came to.
    pub fn settle(&mut self, hold: &Hold, call: &Call) {
        self.held = self.held.less(hold.money);
        self.held_tokens = self.held_tokens.saturating_sub(hold.tokens);
        self.spent += call.cost;
        self.spent_tokens = self.spent_tokens.saturating_add(call.tokens);
        self.requests += u64::from(call.left());
    }

    /// Adds requests that have ended, and what is held for others, as a whole.
    pub fn add(&mut self, calls: &[Call], holds: &[Hold]) {
        for hold in holds {
            self.hold(hold);
        }
        for call in calls {
            self.spent += call.cost;
            self.spent_tokens = self.spent_tokens.saturating_add(call.tokens);
            self.requests += u64::from(call.left());
        }
    }

    /// Takes off what [`Balance::add`] added of an account.
    pub fn take_off(&mut self, account: &Account) {
        for hold in &account.holds {
            self.held = self.held.less(hold.money);
            self.held_tokens = self.held_tokens.saturating_sub(hold.tokens);
        }
        for call in &account.calls {
            self.spent = self.spent.less(call.cost);
            self.spent_tokens = self.spent_tokens.saturating_sub(call.tokens);
            self.requests = self.requests.saturating_sub(u64::from(call.left()));
        }
    }

    /// The balance once all that is held has come to its most, as what was cut off is taken to.
    #[must_use]
    pub fn with_all_held_spent(self) -> Balance {
        Balance {
            spent: self.spent + self.held,
            held: Money::ZERO,
            spent_tokens: self.spent_tokens.saturating_add(self.held_tokens),
            held_tokens: 0,
            ..self
        }
    }

    /// The larger share of the budgets that is spent, 0 where there is none.
    pub fn share(&self, budget: &Budget) -> f64 {
        let money = budget.money.map_or(0.0, |most| {
            self.spent.usd() / most.usd().max(f64::MIN_POSITIVE)
        });
        let tokens = budget
            .tokens
            .map_or(0.0, |most| self.spent_tokens as f64 / most.max(1) as f64);
        money.max(tokens)
    }
}

impl Budget {
    /// The words of budgets that stand in one sentence, their amounts told apart.
    pub fn words_apart<const N: usize>(budgets: [&Budget; N]) -> [String; N] {
        let money = apart(budgets.map(|budget| budget.money.unwrap_or_default()));
        let mut written = money.into_iter();
        budgets.map(|budget| {
            let written = written.next().filter(|_| budget.money.is_some());
            budget.words_of(written)
        })
    }

    /// `$5.00`, `20000 tokens`, both, or `none`.
    pub fn words(&self) -> String {
        self.words_of(self.money.map(|money| money.to_string()))
    }

    fn words_of(&self, money: Option<String>) -> String {
        let parts: Vec<String> = money
            .into_iter()
            .chain(self.tokens.map(|tokens| format!("{tokens} tokens")))
            .collect();
        if parts.is_empty() {
            "none".to_owned()
        } else {
            parts.join(" and ")
        }
    }
}

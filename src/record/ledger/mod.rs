//! What calls to models cost: money, tokens and prices, the record of each call, and how a
//! campaign's spending stands against its budget.

pub mod account;
pub mod call;
pub mod money;
pub mod price;
pub mod spending;
pub mod usage;

pub use account::{Account, Balance, Budget, Hold, Room};
pub use call::{Call, CallOutcome, CostSource, Exchange, Purpose};
pub use money::Money;
pub use price::{Price, PriceList};
pub use spending::Spending;
pub use usage::Usage;

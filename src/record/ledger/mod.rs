//! What calls to models cost: money, tokens and prices, the record of each call, and how a
//! campaign's spending stands against its budget.

pub mod account;
pub mod call;
pub mod hold;
pub mod money;
pub mod price;
pub mod purpose;
pub mod spending;
pub mod usage;

pub use account::{Account, Balance, Budget, Room};
pub use call::{Call, CallOutcome, Exchange, LearntLimit};
pub use hold::Hold;
pub use money::{apart, Money};
pub use price::{CostSource, Price, PriceList};
pub use purpose::Purpose;
pub use spending::Spending;
pub use usage::Usage;

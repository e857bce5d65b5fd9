//! What calls cost: money, prices, the shipped list, balances against budgets, and where the money
//! went.

mod budgets;
mod costs;

use motherlode::record::ledger::price::LongPrice;
use motherlode::record::ledger::{Money, Price, Usage};

fn usd(dollars: f64) -> Money {
    Money::dollars(dollars).unwrap()
}

fn usage(
    uncached: u64,
    cached: u64,
    written_5m: u64,
    written_1h: u64,
    visible: u64,
    reasoning: u64,
) -> Usage {
    Usage {
        input_uncached: uncached,
        input_cache_read: cached,
        input_cache_write_5m: written_5m,
        input_cache_write_1h: written_1h,
        output_visible: visible,
        output_reasoning: reasoning,
        ..Usage::default()
    }
}

/// A price with everything in it.
fn price() -> Price {
    Price {
        cache_read: Some(0.2),
        cache_write_5m: Some(2.5),
        cache_write_1h: Some(4.0),
        tiers: [("flex".to_owned(), 0.5), ("fast".to_owned(), 2.0)].into(),
        long: Some(LongPrice {
            above: 200_000,
            input: 4.0,
            cache_read: Some(0.4),
            output: 15.0,
        }),
        ..Price::stated(2.0, 10.0, "a test")
    }
}

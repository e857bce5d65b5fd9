//! Money: what leaves is paid for, what is paid for is counted, and no budget is ever overspent.

mod beginning;
mod budget;
mod doctor;
mod double;
mod ends;
mod estimates;
mod faults;
mod guidance;
mod interrupts;
mod keys;
mod kill;
mod limits;
mod network;
mod planted;
mod rerun;
mod stops;

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::binary::{document, run};
use double::{Double, Script};

/// Dollars per million tokens of the double.
const INPUT_PRICE: f64 = 3.0;
const OUTPUT_PRICE: f64 = 15.0;

/// A double that behaves, or misbehaves this often.
fn double(seed: u64, faults: f64) -> Double {
    Double::start(Script::by_chance(seed, faults))
}

/// A paid model at the double, with few tokens.
fn priced(double: &Double) -> String {
    format!(
        "compatible:{},price.input={INPUT_PRICE},price.output={OUTPUT_PRICE},max_tokens=400",
        double.model("paid")
    )
}

/// The ledger of a campaign, as `motherlode spend` tells it.
fn spend(folder: &Path, campaign: &str) -> Value {
    document(&run(folder, &["spend", campaign, "--json"]))
}

/// What the double bills, in dollars.
fn bill<'a>(seen: impl Iterator<Item = &'a double::Seen>) -> f64 {
    seen.map(|seen| {
        (seen.input_tokens as f64 * INPUT_PRICE + seen.output_tokens as f64 * OUTPUT_PRICE) / 1e6
    })
    .sum()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-10
}

/// Everything that a program said.
fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

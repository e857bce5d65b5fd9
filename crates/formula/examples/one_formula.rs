//! One formula from its text to its derivative, its values and its export.

use motherlode_formula::export::{export, Target};
use motherlode_formula::Formula;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let formula = Formula::parse("gate = sigmoid(1.702 * x)\nx * gate")?;
    println!("f(x)   = {formula}");
    println!("f'(x)  = {}", formula.derivative().unwrap_or_default());
    println!("id     = {} ({})", formula.id(), formula.nickname());

    let x: Vec<f32> = (-4..=4).map(|i| i as f32 / 2.0).collect();
    let (mut value, mut slope) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    formula.kernel().value_and_slope(&x, &mut value, &mut slope);
    for ((x, value), slope) in x.iter().zip(&value).zip(&slope) {
        println!("f({x:4}) = {value:9.6}   f'({x:4}) = {slope:9.6}");
    }

    let mathematics = export(&formula, Target::Latex, None);
    println!("{}", String::from_utf8(mathematics)?);
    Ok(())
}

//! The fields of a formula and its table, for other programs.

use serde_json::{json, Value};

use super::name::Name;
use super::table::{points, Column, Table};
use crate::class::Class;
use crate::formula::Formula;
use crate::reference::{self, Shape};

/// One JSON document on a line.
pub(super) fn export(formula: &Formula, name: Option<&Name>) -> String {
    let mut document = json!({
        "id": formula.id(),
        "nickname": formula.nickname(),
        "formula": formula.to_string(),
        "canonical": formula.canonical(),
        "class": formula.class().name(),
        "cost": formula.cost(),
        "parameters": formula.parameters().len(),
        "name": name.map(Name::as_str),
    });
    let tables = tables(formula);
    for (key, table) in tables.as_object().into_iter().flatten() {
        document[key] = table.clone();
    }
    format!("{document}\n")
}

/// `table`: x, f and f' over a grid, null where not finite; of a formula that reads other elements,
/// that of one element among fixed others (see [`Formula::value_and_slope`]). And `tensor`, where
/// the formula reads other elements or is trained: f and its gradients over a small tensor.
/// `single` says how far 32 bits may be from a value (null: anywhere), and a null value that
/// rounding decides it.
pub(super) fn tables(formula: &Formula) -> Value {
    let xs: Vec<f64> = points().collect();
    let rows: Vec<Value> = if formula.class() == Class::Pointwise {
        let shape = Shape {
            rows: xs.len(),
            features: 1,
        };
        let parameters = formula.initial_parameters(1);
        let outputs = reference::evaluate_tensor(formula.graph(), shape, &[&xs], &parameters);
        xs.iter()
            .enumerate()
            .map(
                |(i, x)| json!({ "x": x, "y": finite(outputs[0][i]), "dy": finite(outputs[1][i]) }),
            )
            .collect()
    } else {
        let row = |x: &f64| {
            let (y, dy) = formula.value_and_slope(*x);
            json!({ "x": x, "y": finite(y), "dy": finite(dy) })
        };
        xs.iter().map(row).collect()
    };
    let table = Table::of(formula);
    let output = |column: &Column| {
        json!({
            "name": column.name,
            "values": column.checked().collect::<Vec<_>>(),
            "single": column.single,
        })
    };
    let outputs: Vec<Value> = table.columns.iter().map(output).collect();
    let tensor = json!({
        "rows": table.shape.rows,
        "features": table.shape.features,
        "x": table.x,
        "arriving": table.arriving,
        "parameters": table.parameters,
        "outputs": outputs,
    });
    json!({ "table": rows, "tensor": tensor })
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

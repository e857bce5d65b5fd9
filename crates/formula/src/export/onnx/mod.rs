//! An ONNX model in 32 bits: input `x` of rows and features; outputs `y` and, where the formula is
//! pointwise, `slope`; parameters are initialisers.

mod composed;
pub mod message;
mod writer;

use prost::Message;

use self::message::{
    Dimension, DimensionProto, GraphProto, ModelProto, OperatorSetIdProto, StringStringEntryProto,
    TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto, FLOAT,
};
use self::writer::ModelWriter;
use super::json;
use super::name::Name;
use crate::class::Class;
use crate::formula::Formula;

/// The version of the operators: old enough for every runtime of these years, and the last whose
/// reductions take their axes as attributes.
const OPERATORS: i64 = 17;
const IR_VERSION: i64 = 8;

/// The encoded model.
pub(super) fn export(formula: &Formula, name: Option<&Name>) -> Vec<u8> {
    let graph = formula.graph();
    let mut writer = ModelWriter::default();
    let values = writer.write(graph);
    let outputs: &[&str] = if formula.class() == Class::Pointwise {
        &["y", "slope"]
    } else {
        &["y"]
    };
    for (output, id) in outputs.iter().zip(graph.outputs()) {
        // The shape of x, whatever the formula reads.
        let shape = writer.call("Shape", &["x"]);
        writer.node(
            "Expand",
            &[&values[id.0 as usize], &shape],
            output,
            Vec::new(),
        );
    }
    let model = ModelProto {
        ir_version: Some(IR_VERSION),
        producer_name: Some("motherlode".to_owned()),
        producer_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        doc_string: Some(format!(
            "The activation function {formula}. Input x: rows and features. A parameter's \
             initialiser may be replaced by one value a feature."
        )),
        graph: Some(GraphProto {
            node: writer.nodes,
            name: Some(name.map_or("activation", Name::as_str).to_owned()),
            initializer: writer.initialisers,
            input: vec![tensor("x")],
            output: outputs.iter().map(|name| tensor(name)).collect(),
        }),
        opset_import: vec![OperatorSetIdProto {
            domain: Some(String::new()),
            version: Some(OPERATORS),
        }],
        metadata_props: vec![
            entry("formula", formula.to_string()),
            entry("canonical", formula.canonical().to_owned()),
            entry("id", formula.id().to_owned()),
            entry("class", formula.class().to_string()),
            entry("table", json::tables(formula).to_string()),
        ],
    };
    model.encode_to_vec()
}

fn entry(key: &str, value: String) -> StringStringEntryProto {
    StringStringEntryProto {
        key: Some(key.to_owned()),
        value: Some(value),
    }
}

fn tensor(name: &str) -> ValueInfoProto {
    let axis = |name: &str| DimensionProto {
        value: Some(Dimension::Name(name.to_owned())),
    };
    let shape = TensorShapeProto {
        dim: vec![axis("rows"), axis("features")],
    };
    let tensor = TensorTypeProto {
        elem_type: Some(FLOAT),
        shape: Some(shape),
    };
    ValueInfoProto {
        name: Some(name.to_owned()),
        r#type: Some(TypeProto {
            tensor_type: Some(tensor),
        }),
    }
}

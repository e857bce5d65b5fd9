//! The messages of ONNX that a model here is made of, after onnx.proto (IR version 8). Fields that
//! are not used are left out.

use prost::{Message, Oneof};

/// A model.
#[derive(Clone, PartialEq, Message)]
pub struct ModelProto {
    /// The version of the format: 8.
    #[prost(int64, optional, tag = "1")]
    pub ir_version: Option<i64>,
    /// The program that wrote the model.
    #[prost(string, optional, tag = "2")]
    pub producer_name: Option<String>,
    /// The version of that program.
    #[prost(string, optional, tag = "3")]
    pub producer_version: Option<String>,
    /// What the model computes, in words.
    #[prost(string, optional, tag = "6")]
    pub doc_string: Option<String>,
    /// The operations and constants.
    #[prost(message, optional, tag = "7")]
    pub graph: Option<GraphProto>,
    /// The version of each set of operators in use.
    #[prost(message, repeated, tag = "8")]
    pub opset_import: Vec<OperatorSetIdProto>,
    /// Further facts, such as the formula and its table of values.
    #[prost(message, repeated, tag = "14")]
    pub metadata_props: Vec<StringStringEntryProto>,
}

/// The operators that a model uses.
#[derive(Clone, PartialEq, Message)]
pub struct OperatorSetIdProto {
    /// The set of operators; empty for the default one.
    #[prost(string, optional, tag = "1")]
    pub domain: Option<String>,
    /// The version of the set.
    #[prost(int64, optional, tag = "2")]
    pub version: Option<i64>,
}

/// A key and its value.
#[derive(Clone, PartialEq, Message)]
pub struct StringStringEntryProto {
    /// The key.
    #[prost(string, optional, tag = "1")]
    pub key: Option<String>,
    /// The value.
    #[prost(string, optional, tag = "2")]
    pub value: Option<String>,
}

/// Operations in the order in which they can run, their constants, and what goes in and out.
#[derive(Clone, PartialEq, Message)]
pub struct GraphProto {
    /// The operations.
    #[prost(message, repeated, tag = "1")]
    pub node: Vec<NodeProto>,
    /// The name of the graph.
    #[prost(string, optional, tag = "2")]
    pub name: Option<String>,
    /// The constants, and the initial values of the parameters.
    #[prost(message, repeated, tag = "5")]
    pub initializer: Vec<TensorProto>,
    /// What goes in.
    #[prost(message, repeated, tag = "11")]
    pub input: Vec<ValueInfoProto>,
    /// What comes out.
    #[prost(message, repeated, tag = "12")]
    pub output: Vec<ValueInfoProto>,
}

/// An operation: the names of its arguments and results.
#[derive(Clone, PartialEq, Message)]
pub struct NodeProto {
    /// The names of the arguments, in order.
    #[prost(string, repeated, tag = "1")]
    pub input: Vec<String>,
    /// The names of the results, in order.
    #[prost(string, repeated, tag = "2")]
    pub output: Vec<String>,
    /// The operator's name.
    #[prost(string, optional, tag = "4")]
    pub op_type: Option<String>,
    /// The operator's settings.
    #[prost(message, repeated, tag = "5")]
    pub attribute: Vec<AttributeProto>,
}

/// A setting of an operation.
#[derive(Clone, PartialEq, Message)]
pub struct AttributeProto {
    /// The setting's name.
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    /// The value of a setting that is one whole number.
    #[prost(int64, optional, tag = "3")]
    pub i: Option<i64>,
    /// The value of a setting that is several whole numbers.
    #[prost(int64, repeated, packed = "false", tag = "8")]
    pub ints: Vec<i64>,
    /// 2 for `i`, 7 for `ints`.
    #[prost(int32, optional, tag = "20")]
    pub r#type: Option<i32>,
}

/// A constant.
#[derive(Clone, PartialEq, Message)]
pub struct TensorProto {
    /// The length of each axis.
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub dims: Vec<i64>,
    /// [`FLOAT`] or [`INT64`].
    #[prost(int32, optional, tag = "2")]
    pub data_type: Option<i32>,
    /// The elements where the type is [`FLOAT`].
    #[prost(float, repeated, tag = "4")]
    pub float_data: Vec<f32>,
    /// The elements where the type is [`INT64`].
    #[prost(int64, repeated, tag = "7")]
    pub int64_data: Vec<i64>,
    /// The constant's name.
    #[prost(string, optional, tag = "8")]
    pub name: Option<String>,
}

/// 32-bit numbers.
pub const FLOAT: i32 = 1;
/// 64-bit whole numbers.
pub const INT64: i32 = 7;

/// The name and type of an input or output.
#[derive(Clone, PartialEq, Message)]
pub struct ValueInfoProto {
    /// The value's name.
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    /// The value's type.
    #[prost(message, optional, tag = "2")]
    pub r#type: Option<TypeProto>,
}

/// The type of a value: a tensor.
#[derive(Clone, PartialEq, Message)]
pub struct TypeProto {
    /// The type of the tensor.
    #[prost(message, optional, tag = "1")]
    pub tensor_type: Option<TensorTypeProto>,
}

/// The type of a tensor.
#[derive(Clone, PartialEq, Message)]
pub struct TensorTypeProto {
    /// The type of the elements: [`FLOAT`] or [`INT64`].
    #[prost(int32, optional, tag = "1")]
    pub elem_type: Option<i32>,
    /// The axes.
    #[prost(message, optional, tag = "2")]
    pub shape: Option<TensorShapeProto>,
}

/// The axes of a tensor.
#[derive(Clone, PartialEq, Message)]
pub struct TensorShapeProto {
    /// The axes, outermost first.
    #[prost(message, repeated, tag = "1")]
    pub dim: Vec<DimensionProto>,
}

/// An axis.
#[derive(Clone, PartialEq, Message)]
pub struct DimensionProto {
    /// Its length or its name; `None` where neither is known.
    #[prost(oneof = "Dimension", tags = "1, 2")]
    pub value: Option<Dimension>,
}

/// The length of an axis, or its name.
#[derive(Clone, PartialEq, Oneof)]
pub enum Dimension {
    /// A fixed length.
    #[prost(int64, tag = "1")]
    Length(i64),
    /// A name that stands for any length.
    #[prost(string, tag = "2")]
    Name(String),
}

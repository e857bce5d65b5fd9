//! Exports: a formula written out for other programs, each with a table of its values and gradients
//! by which it checks itself.

pub mod onnx;

mod header;
mod jax;
mod json;
mod latex;
mod name;
mod python;
mod pytorch;
mod rounding;
mod rust;
mod statement;
mod table;
mod template;

pub use name::{Name, NameError};

use super::Formula;

/// What a formula can be exported to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// Mathematics for a document that loads amsmath.
    Latex,
    /// A Python file with a `torch.nn.Module`.
    Pytorch,
    /// A Python file with a function for JAX.
    Jax,
    /// A Rust file that needs the standard library alone.
    Rust,
    /// A binary model for ONNX runtimes, in 32 bits.
    Onnx,
    /// The fields of the formula and its table, for other programs.
    Json,
}

impl Target {
    /// Every target.
    pub const ALL: [Target; 6] = [
        Target::Latex,
        Target::Pytorch,
        Target::Jax,
        Target::Rust,
        Target::Onnx,
        Target::Json,
    ];

    /// The name, as the command line takes it.
    pub fn name(self) -> &'static str {
        match self {
            Target::Latex => "latex",
            Target::Pytorch => "pytorch",
            Target::Jax => "jax",
            Target::Rust => "rust",
            Target::Onnx => "onnx",
            Target::Json => "json",
        }
    }

    /// The target of this name; `None` where there is none.
    pub fn named(name: &str) -> Option<Target> {
        Target::ALL.into_iter().find(|target| target.name() == name)
    }

    /// Whether its export is binary data and not text.
    pub fn is_binary(self) -> bool {
        self == Target::Onnx
    }
}

/// The export of `formula` to `target`: UTF-8 text that ends in a line break, or for ONNX an
/// encoded model. The same formula and name give the same bytes.
///
/// `name` becomes the class, the function or the model of the export; its default is `activation`,
/// or what is usual there.
///
/// ```
/// use motherlode_formula::export::{export, Target};
/// use motherlode_formula::Formula;
///
/// let text = export(&Formula::parse("x * sigmoid(x)")?, Target::Pytorch, None);
/// assert!(String::from_utf8_lossy(&text).contains("class Activation(torch.nn.Module):"));
/// # Ok::<(), motherlode_formula::FormulaError>(())
/// ```
pub fn export(formula: &Formula, target: Target, name: Option<&Name>) -> Vec<u8> {
    match target {
        Target::Latex => latex::export(formula, name).into_bytes(),
        Target::Pytorch => pytorch::export(formula, name).into_bytes(),
        Target::Jax => jax::export(formula, name).into_bytes(),
        Target::Rust => rust::export(formula, name).into_bytes(),
        Target::Onnx => onnx::export(formula, name),
        Target::Json => json::export(formula, name).into_bytes(),
    }
}

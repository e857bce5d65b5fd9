//! Activation functions as formulas: read from text, checked, differentiated, rewritten to a
//! canonical form, compiled to vector kernels, and exported to other programs.
//!
//! A formula is a text such as `x * sigmoid(x)` over one variable, its own element of an
//! activation's tensor. It may also read its row (`feature_mean(x)`) or the batch (`batch_std(x)`),
//! and hold trainable parameters (`param(0.25) * x`). The crate performs no input or output, reads
//! no clock and draws no random number: the same text gives the same bits on every machine with the
//! same instruction set.
//!
//! # From text to values
//!
//! ```
//! use motherlode_formula::Formula;
//!
//! let formula = Formula::parse("x * torch.sigmoid(1.702 * x)")?;
//! assert_eq!(formula.to_string(), "x * sigmoid(1.702 * x)");
//! assert_eq!(
//!     formula.derivative().as_deref(),
//!     Some("v1 = sigmoid(1.702 * x); v1 + 1.702 * x * v1 * (1 - v1)")
//! );
//!
//! // The 64-bit reference, one point at a time.
//! let (value, slope) = formula.value_and_slope(2.0);
//!
//! // The 32-bit kernel, a slice at a time.
//! let (mut values, mut slopes) = ([0.0; 3], [0.0; 3]);
//! formula.kernel().value_and_slope(&[-2.0, 0.0, 2.0], &mut values, &mut slopes);
//! assert!((f64::from(values[2]) - value).abs() < 1e-6);
//! assert!((f64::from(slopes[2]) - slope).abs() < 1e-6);
//! # Ok::<(), motherlode_formula::FormulaError>(())
//! ```
//!
//! # Which function is it
//!
//! ```
//! use motherlode_formula::export::{export, Target};
//! use motherlode_formula::{library, Formula};
//!
//! // Written differently, the same function: one canonical form, one id.
//! let (one, other) = (Formula::parse("x / (1 + exp(-x))")?, Formula::parse("silu(x)")?);
//! assert_eq!(one.canonical(), "x * sigmoid(x)");
//! assert_eq!(one.id(), other.id());
//!
//! // The published activation that it is, and a file that PyTorch runs.
//! let published = library::nearest(&one).same.expect("SiLU has been published");
//! assert_eq!(published.name, "silu");
//! let file = export(&one, Target::Pytorch, None);
//! assert!(String::from_utf8_lossy(&file).contains("torch.nn.Module"));
//! # Ok::<(), motherlode_formula::FormulaError>(())
//! ```
//!
//! # Glossary
//!
//! | word | meaning |
//! |---|---|
//! | [`Formula`] | a checked activation f; it prints as a text that parses to the same formula |
//! | [`Program`] | a formula as its author wrote it: bindings and a last [`Expression`] |
//! | [`Function`] | an operator or function that a formula may call |
//! | [`Graph`] | a program in primitive operations, common subexpressions shared |
//! | adjoint | the [`Graph`] of the gradients of x and of the parameters: [`Formula::adjoint`] |
//! | [`Class`] | what a formula reads: its own element, its row of features, or the batch |
//! | [`Parameter`] | a trainable number, one a layer or one a feature |
//! | canonical form | one text for formulas that known identities make equal; its hash is the id |
//! | [`Fingerprint`] | values and slopes on a fixed grid, by which equal functions are recognised |
//! | kernel | a formula compiled for slices or tensors of `f32`: the module [`kernel`] |
//!
//! With the feature `candle` the module `candle` evaluates graphs by Candle operations, on any of
//! its devices and with its own gradients.

#![warn(missing_docs)]

#[cfg(feature = "candle")]
pub mod candle;
pub mod class;
pub mod equation;
pub mod error;
pub mod export;
pub mod expression;
pub mod fingerprint;
pub mod function;
pub mod graph;
pub mod kernel;
pub mod library;
pub mod limits;
pub mod nearest;
pub mod nickname;
pub mod reference;
pub mod response;
pub mod scaling;
#[doc(hidden)]
pub mod tally;
pub mod vector;

mod adjoint;
mod bounds;
mod builder;
mod canonical;
mod constants;
mod cost;
mod derivative;
mod formula;
mod graphs;
mod grid;
mod identifier;
mod lower;
mod parse;
mod print;
mod probe;
mod published;
mod series;

pub use class::Class;
pub use equation::Equation;
pub use error::{FormulaError, FormulaErrorKind};
pub use expression::{Expression, Program};
pub use fingerprint::Fingerprint;
pub use formula::Formula;
pub use function::Function;
pub use graph::{Graph, Parameter, Scope};
pub use graphs::Gradients;
pub use reference::Shape;
pub use response::Response;
pub use scaling::Scaling;

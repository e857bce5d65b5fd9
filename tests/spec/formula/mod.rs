//! Formulas as the rest of the program meets them; the language itself is specified in
//! crates/formula/tests.

mod screening;
mod writings;

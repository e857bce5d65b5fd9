//! Confirmation: nothing is called a winner before it is measured on fresh tasks beside those it
//! would replace.

mod champions;
mod command;

const NAME: &str = "same";

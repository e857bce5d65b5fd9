//! The specification of the formula language and of what runs it: sentences and tables, a module a
//! subject.

mod kernel;
mod language;

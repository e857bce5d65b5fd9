//! Curves: sampled where they bend, framed so that none flattens the rest, drawn as text and as
//! pictures, and asked for on the command line.

mod command;
mod curves;
mod visible;

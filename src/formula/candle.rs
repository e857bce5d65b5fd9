//! The plain Candle back end.

//! What a supervisor writes: frames, a line each, whose first byte says what they are.

/// The program has started: the number of its process.
pub const STARTED: u8 = b'+';
/// A line of the program's output that may be a JSON object.
pub const LINE: u8 = b'>';
/// The [`super::ending::ProgramEnding`], as JSON.
pub const ENDED: u8 = b'=';
/// The most bytes of a frame.
pub const LONGEST: u64 = 1 << 22;
/// The most bytes of a program's words that are kept.
pub const MOST_WORDS: usize = 1 << 16;

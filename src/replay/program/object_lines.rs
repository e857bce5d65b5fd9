//! The lines of an output that may be JSON objects, picked out of all others as they come.

/// The longest line that is read, in bytes; a longer one is no object.
pub const LONGEST_LINE: usize = 1 << 16;

/// The lines that begin as an object does, each given once it is whole.
#[derive(Default)]
pub struct ObjectLines {
    /// What of a line has come; empty where it is none of those.
    line: Vec<u8>,
    state: LineState,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum LineState {
    /// Nothing but blanks has come of it.
    #[default]
    Begun,
    /// It begins as an object does.
    Object,
    /// It is another line, or too long.
    Other,
}

impl ObjectLines {
    /// Takes what came next, and gives the lines that it makes whole.
    pub fn push(&mut self, bytes: &[u8], mut found: impl FnMut(&[u8])) {
        let mut parts = bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            self.extend(part);
            if parts.peek().is_some() {
                self.finish(&mut found);
            }
        }
    }

    fn extend(&mut self, part: &[u8]) {
        if self.state == LineState::Begun {
            match part.iter().find(|byte| !byte.is_ascii_whitespace()) {
                None => return,
                Some(b'{') => self.state = LineState::Object,
                Some(_) => self.state = LineState::Other,
            }
        }
        if self.state == LineState::Object {
            self.line.extend_from_slice(part);
            if self.line.len() > LONGEST_LINE {
                self.line = Vec::new();
                self.state = LineState::Other;
            }
        }
    }

    /// A line has ended, or the output has.
    pub fn finish(&mut self, mut found: impl FnMut(&[u8])) {
        if self.state == LineState::Object {
            found(&self.line);
        }
        self.line.clear();
        self.state = LineState::Begun;
    }
}

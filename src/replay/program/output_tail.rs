//! The end of what a program writes, in bounded memory.

use std::collections::VecDeque;

/// The last bytes of what was written.
pub struct OutputTail {
    bytes: VecDeque<u8>,
    most: usize,
    shortened: bool,
}

impl OutputTail {
    /// Keeps so many bytes.
    pub fn of(most: usize) -> OutputTail {
        OutputTail {
            bytes: VecDeque::new(),
            most,
            shortened: false,
        }
    }

    /// Adds what was written next.
    pub fn push(&mut self, written: &[u8]) {
        let kept = &written[written.len().saturating_sub(self.most)..];
        let over = (self.bytes.len() + kept.len()).saturating_sub(self.most);
        self.shortened |= over > 0 || kept.len() < written.len();
        self.bytes.drain(..over);
        self.bytes.extend(kept);
    }

    /// Whether something of the beginning is gone.
    pub fn is_shortened(&self) -> bool {
        self.shortened
    }

    /// The text; where the beginning is gone, from the first whole line on. Bytes that are no text
    /// are shown as such.
    pub fn text(&self) -> String {
        let (first, second) = self.bytes.as_slices();
        let bytes = [first, second].concat();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match text.split_once('\n') {
            Some((_, whole)) if self.shortened && !whole.is_empty() => whole.to_owned(),
            _ => text,
        }
    }
}

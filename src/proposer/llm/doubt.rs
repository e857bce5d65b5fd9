//! Whether the usage that a server tells can be that of the request it answered: it is held against
//! what was sent, what was allowed, and what came back.

use crate::record::ledger::Usage;

/// Bytes of English, formulas or any other writing that no tokenizer packs into one token on
/// average; usual are 3 to 4.
const MOST_BYTES_A_TOKEN: u64 = 16;

/// Usages in a row that cannot be, after which a model is not asked any more.
pub(super) const MOST_DOUBTS: u32 = 3;

/// What is known of a request whatever its server tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Bytes of the texts that were sent.
    pub sent: u64,
    /// The most tokens of input that they can make.
    pub most_input: u64,
    /// The most tokens of output that were allowed.
    pub most_output: u64,
}

/// What the server said that it used, beside what came of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    /// The usage.
    pub usage: &'a Usage,
    /// The text that came; `None` where the answer is none, so that little may have been used.
    pub text: Option<&'a str>,
    /// Whether the provider held the answer back: then it may have written nothing.
    pub held_back: bool,
}

impl Limits {
    /// Why there are more tokens than there can be; `None` where there are not.
    pub fn exceeded(&self, usage: &Usage) -> Option<String> {
        if usage.input() > self.most_input {
            return Some(format!(
                "{} tokens of input are more than can be in a request of {} bytes",
                usage.input(),
                self.sent
            ));
        }
        if usage.output() > self.most_output {
            return Some(format!(
                "{} tokens of output are more than the {} that the request allowed",
                usage.output(),
                self.most_output
            ));
        }
        None
    }

    /// Why there are fewer tokens than there can be; `None` where there are not, and where there is
    /// no answer to hold them against.
    pub fn missed(&self, told: &Told) -> Option<String> {
        let text = told.text?;
        let least_input = (self.sent / MOST_BYTES_A_TOKEN).max(1);
        if told.usage.input() < least_input {
            return Some(format!(
                "{} tokens of input are fewer than can be in a request of {} bytes",
                told.usage.input(),
                self.sent
            ));
        }
        // Blanks in a row are few tokens.
        let written = text.split_whitespace().map(str::len).sum::<usize>() as u64;
        let least_output = written.div_ceil(MOST_BYTES_A_TOKEN);
        if told.usage.output() < least_output && !told.held_back {
            return Some(format!(
                "{} tokens of output are fewer than can be in a reply of {written} bytes",
                told.usage.output()
            ));
        }
        None
    }
}

/// The usages of a model that could not be, in a row.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    in_row: u32,
    last: String,
}

impl Doubts {
    /// Notes a usage that cannot be, and why.
    pub fn add(&mut self, doubt: &str) {
        self.in_row += 1;
        doubt.clone_into(&mut self.last);
    }

    /// Notes a usage that can be.
    pub fn clear(&mut self) {
        self.in_row = 0;
    }

    /// Why the model at `address` is not to be asked any more; `None` while it may be.
    pub fn too_many(&self, address: &str) -> Option<String> {
        (self.in_row >= MOST_DOUBTS).then(|| {
            format!(
                "the usage that {address} tells cannot be, {} times in a row (the last: {}); all \
                 that was set aside was booked each time. Hold it against the provider's bill; \
                 check the model's price and its server, or name another model",
                self.in_row, self.last
            )
        })
    }
}

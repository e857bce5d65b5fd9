//! The first turn of a text: what a model wrote before the mark at which its server should have
//! stopped it.

/// The marks that end a turn in the templates of models, and the beginnings of a turn of another.
const ENDS: [&str; 13] = [
    "<|im_end|>",
    "<|eot_id|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|end_of_turn|>",
    "<end_of_turn>",
    "<|return|>",
    "<\u{ff5c}end\u{2581}of\u{2581}sentence\u{ff5c}>",
    "</s>",
    "[/INST]",
    "\nUser:",
    "\nHuman:",
    "<|im_start|>user",
];

/// A text up to the first mark behind its first whole object; the text where there is none. What
/// stands behind is no answer of the model: it went on by itself.
pub(super) fn first_turn(text: &str) -> &str {
    let mut marks: Vec<usize> = ENDS
        .iter()
        .flat_map(|mark| text.match_indices(mark).map(|(at, _)| at))
        .collect();
    marks.sort_unstable();
    let (mut open, mut objects, mut from) = (0_i64, false, 0);
    for mark in marks {
        for byte in text[from..mark].bytes() {
            open += i64::from(byte == b'{') - i64::from(byte == b'}');
            objects |= byte == b'}';
        }
        from = mark;
        // Within an object a mark is only spoken of.
        if objects && open == 0 {
            return &text[..mark];
        }
    }
    text
}

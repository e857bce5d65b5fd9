//! Text from outside, as it may be shown.

use motherlode::drawing::visible::{in_colours, in_json, in_lines, is_unseen, on_a_line};
use serde_json::{json, Value};

#[test]
fn what_steers_or_hides_is_written_as_an_escape_and_all_else_stays() {
    for (text, wanted) in [
        ("x*tanh(x)", "x*tanh(x)"),
        (
            "größer, 大きい, больше, 🙂 ≤ ∑",
            "größer, 大きい, больше, 🙂 ≤ ∑",
        ),
        ("e\u{301} क्षि", "e\u{301} क्षि"),
        ("\u{1b}[2J", "\\u{1b}[2J"),
        ("\u{1b}]52;c;aGk=\u{7}", "\\u{1b}]52;c;aGk=\\u{7}"),
        ("over\rwritten\u{8}\u{8}", "over\\rwritten\\u{8}\\u{8}"),
        ("a\u{0}b\u{7f}c", "a\\u{0}b\\u{7f}c"),
        (
            "\u{9b}31m\u{9d}0;title\u{9c}",
            "\\u{9b}31m\\u{9d}0;title\\u{9c}",
        ),
        (
            "\u{202a}\u{202e}\u{2066}\u{2069}",
            "\\u{202a}\\u{202e}\\u{2066}\\u{2069}",
        ),
        ("\u{200e}\u{200f}\u{61c}", "\\u{200e}\\u{200f}\\u{61c}"),
        (
            "ge\u{200b}lu\u{200d}\u{2060}\u{feff}",
            "ge\\u{200b}lu\\u{200d}\\u{2060}\\u{feff}",
        ),
        (
            "\u{ad}\u{34f}\u{180e}\u{3164}\u{ffa0}",
            "\\u{ad}\\u{34f}\\u{180e}\\u{3164}\\u{ffa0}",
        ),
        (
            "\u{fe00}\u{e0041}\u{e0100}",
            "\\u{fe00}\\u{e0041}\\u{e0100}",
        ),
        (
            "a\u{2028}b\u{2029}c\u{85}d",
            "a\\u{2028}b\\u{2029}c\\u{85}d",
        ),
    ] {
        assert_eq!(on_a_line(text), wanted, "{text:?} on a line");
        assert_eq!(in_lines(text), wanted, "{text:?} in lines");
        assert_eq!(in_colours(text), wanted, "{text:?} in colours");
    }
}

#[test]
fn line_breaks_and_tabs_stay_in_lines_and_are_written_on_a_line() {
    let text = "one\ttwo\nthree\r\nfour\r";
    assert_eq!(on_a_line(text), "one\\ttwo\\nthree\\r\\nfour\\r");
    assert_eq!(in_lines(text), "one\ttwo\nthree\nfour\\r");
}

#[test]
fn a_drawing_keeps_the_colours_of_the_program_and_nothing_else() {
    let drawn = "\u{1b}[38;5;166mA\u{1b}[0m line\n\u{1b}[38;5;0mB\u{1b}[0m";
    assert_eq!(in_colours(drawn), drawn);
    for code in [
        "\u{1b}[2J",
        "\u{1b}[38;5;256m",
        "\u{1b}[38;5;007m",
        "\u{1b}[38;5;1;5m",
        "\u{1b}[38;5;m",
        "\u{1b}[1m",
        "\u{1b}",
        "\u{1b}\u{1b}[H",
    ] {
        let shown = in_colours(code);
        assert!(!shown.contains('\u{1b}'), "{code:?} is shown as {shown:?}");
    }
}

#[test]
fn json_says_the_same_value_without_an_unseen_character() {
    let unseen: String = ('\0'..=char::MAX).filter(|c| is_unseen(*c)).collect();
    assert!(unseen.chars().count() > 4_000, "tags are among them");
    let value = json!({ unseen.clone(): [unseen, "größer 🙂"] });
    for document in [value.to_string(), format!("{value:#}")] {
        let shown = in_json(&document);
        let told = shown.chars().filter(|c| *c != '\n').find(|c| is_unseen(*c));
        assert_eq!(told, None);
        let read: Value = serde_json::from_str(&shown).expect("it is JSON");
        assert_eq!(read, value);
    }
}

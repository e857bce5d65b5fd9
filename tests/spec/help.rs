//! The help of every command: it fits 80 columns, and ends with examples that the program takes.

use clap::error::ErrorKind;
use clap::Command;
use motherlode::cli::command;

/// The columns of a terminal of which nothing is known.
const COLUMNS: usize = 80;

/// Every command that is shown, with its path, such as `motherlode archive top`, the program itself
/// first.
fn commands() -> Vec<(String, Command)> {
    let mut root = command().term_width(COLUMNS);
    root.build();
    let mut found = Vec::new();
    let mut waiting = vec![("motherlode".to_owned(), root)];
    while let Some((path, command)) = waiting.pop() {
        waiting.extend(
            command
                .get_subcommands()
                .filter(|child| child.get_name() != "help" && !child.is_hide_set())
                .map(|child| (format!("{path} {}", child.get_name()), child.clone())),
        );
        found.push((path, command));
    }
    found
}

/// The lines of `Examples:` in a help, without their indentation.
fn examples(help: &str) -> Vec<&str> {
    help.lines()
        .skip_while(|line| *line != "Examples:")
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .map(str::trim)
        .collect()
}

/// The words of a command line as a shell splits it, with single quotes alone.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words
                .last_mut()
                .expect("there is a word from the beginning")
                .push(character),
        }
    }
    words
}

#[test]
fn no_line_of_help_is_wider_than_a_terminal_of_80_columns() {
    for (path, mut command) in commands() {
        for help in [command.render_help(), command.render_long_help()] {
            for line in help.to_string().lines() {
                assert!(line.chars().count() <= COLUMNS, "{path}: {line}");
            }
        }
    }
}

#[test]
fn every_help_ends_with_two_examples_of_its_command() {
    let commands = commands();
    assert!(commands.len() > 30, "{}", commands.len());
    for (path, mut command) in commands {
        for help in [command.render_help(), command.render_long_help()] {
            let help = help.to_string();
            let examples = examples(&help);
            assert!(examples.len() >= 2, "{path}: {help}");
            for example in examples {
                let beginning = format!("{example} ").starts_with(&format!("{path} "));
                assert!(beginning, "{path} does not begin its example: {example}");
            }
        }
    }
}

#[test]
fn every_example_is_a_command_line_that_the_program_takes() {
    for (path, mut shown) in commands() {
        let help = shown.render_help().to_string();
        for example in examples(&help) {
            let taken = command().try_get_matches_from(words(example));
            assert!(taken.is_ok(), "{path}: {example}: {}", taken.unwrap_err());
        }
    }
}

#[test]
fn a_wrong_example_would_be_found() {
    for wrong in [
        "motherlode archive bottom",
        "motherlode plot",
        "motherlode evaluate 'x*sigmoid(x)' --sedes 3",
    ] {
        let error = command().try_get_matches_from(words(wrong)).unwrap_err();
        assert_ne!(error.kind(), ErrorKind::DisplayHelp, "{wrong}");
    }
    assert_eq!(
        words("motherlode plot 'a b' c"),
        ["motherlode", "plot", "a b", "c"]
    );
}

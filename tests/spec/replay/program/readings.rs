//! What the lines of a program say, and what it came to.

use std::path::Path;
use std::time::Duration;

use motherlode::record::benchmark_run::BenchmarkRunEnd;
use motherlode::replay::fidelity::MeasuredPart;
use motherlode::replay::program::ending::{EndingCause, ProgramEnding};
use motherlode::replay::program::outcome::{curve_of, end_of};
use motherlode::replay::program::reading::{Number, OutputReading};
use motherlode::replay::program::ProgramDefinition;

fn read(lines: &[&str]) -> OutputReading {
    let mut reading = OutputReading::of("accuracy");
    lines.iter().for_each(|line| reading.push(line));
    reading
}

fn definition(lines: &str) -> ProgramDefinition {
    let text = format!(
        "[program]\ncommand = ['x']\nactivation = 'json'\nmetric = 'accuracy'\n\
         direction = 'higher'\n{lines}"
    );
    ProgramDefinition::parse(&text, Path::new("own.toml"), Path::new("/")).unwrap()
}

fn end(lines: &[&str], cause: EndingCause) -> BenchmarkRunEnd {
    let ending = ProgramEnding {
        cause,
        words: lines.join("\n"),
        shortened: false,
        left_running: false,
    };
    end_of(&definition(""), &ending, &read(lines)).unwrap()
}

#[test]
fn the_last_line_with_the_metric_counts() {
    for (lines, wanted) in [
        (&["{\"accuracy\": 0.5}"][..], Some(Number::Finite(0.5))),
        (
            &["{\"accuracy\": 0.5}", "{\"accuracy\": 1}", "done", "{}"],
            Some(Number::Finite(1.0)),
        ),
        (&["{\"accuracy\": NaN}"], Some(Number::NotFinite)),
        (
            &["{\"a\": \"NaN \\\" NaN\", \"accuracy\": -Infinity}"],
            Some(Number::NotFinite),
        ),
        (
            &["{\"loss\": NaN, \"accuracy\": 0.25}"],
            Some(Number::Finite(0.25)),
        ),
        (&["{\"accuracy\": \"high\"}"], Some(Number::None("a text"))),
        (&["{\"accuracy\": null}"], Some(Number::None("null"))),
        (
            &[
                "accuracy: 0.5",
                "{accuracy: 0.5}",
                "[0.5]",
                "0.5",
                "{\"accuracy\": 0.5",
            ],
            None,
        ),
        (
            &["{\"é\": NaN, \"accuracy\": 0.5}"],
            Some(Number::Finite(0.5)),
        ),
    ] {
        assert_eq!(read(lines).value, wanted, "{lines:?}");
    }
}

#[test]
fn lines_on_the_way_tell_progress_and_a_curve() {
    let reading = read(&[
        "{\"progress\": 0.25, \"loss\": 2.0}",
        "{\"progress\": 0.125, \"loss\": 1.5, \"step\": 40}",
        "{\"progress\": 7, \"loss\": 1.25, \"step\": 3}",
        "{\"accuracy\": 0.5, \"loss\": 1.0}",
    ]);
    assert_eq!(reading.progress, 1.0);
    let steps: Vec<u32> = reading.points.iter().map(|point| point.step).collect();
    assert_eq!(steps, [1, 40, 41, 42]);
    for (part, value) in [
        (MeasuredPart::Validation, Some(0.5)),
        (MeasuredPart::Test, None),
    ] {
        let curve = curve_of(&reading, part);
        let last = curve.last().unwrap();
        assert_eq!((curve.len(), last.epoch, last.train_loss), (4, 42, 1.0));
        assert_eq!(
            (last.validation_loss, last.validation_value),
            (Some(1.0), value)
        );
        assert_eq!(curve[0].validation_loss, None);
    }
    assert!(curve_of(&read(&["{\"accuracy\": 0.5}"]), MeasuredPart::Test).is_empty());
}

#[test]
fn every_ending_is_an_outcome_with_its_reason() {
    let well = &["{\"accuracy\": 0.5}"][..];
    let exited = |code| EndingCause::Exited { code };
    let limit = Duration::from_millis(1_500);
    for (lines, cause, words, is_lasting) in [
        (well, exited(0), "finished with 0.5", true),
        (
            &["{\"accuracy\": NaN}"],
            exited(0),
            "diverged in epoch 1",
            true,
        ),
        (
            &["{\"accuracy\": 1, \"loss\": Infinity}"],
            exited(0),
            "diverged in epoch 1",
            true,
        ),
        (
            &["{\"accuracy\": \"high\"}"],
            exited(0),
            "has a text for it",
            true,
        ),
        (
            &["{\"accuracy\": 1, \"loss\": []}"],
            exited(0),
            "has a list for `loss`",
            true,
        ),
        (&[], exited(0), "failed: it ended without a word", true),
        (
            &["hello"],
            exited(0),
            "no line of its output is a JSON object with `accuracy`",
            true,
        ),
        (well, exited(3), "failed: it ended with exit code 3", true),
        (
            well,
            exited(75),
            "out of memory: it ended with exit code 75",
            false,
        ),
        (
            well,
            EndingCause::Signalled { signal: 11 },
            "failed: it was ended by signal 11",
            true,
        ),
        (
            well,
            EndingCause::Signalled { signal: 9 },
            "out of memory: it was ended by signal 9",
            false,
        ),
        (
            well,
            EndingCause::Signalled { signal: 15 },
            "cut short: it was ended from outside",
            false,
        ),
        (
            well,
            EndingCause::OverTime { limit },
            "cut short: it was ended at its limit of 1.5 s",
            false,
        ),
        (
            well,
            EndingCause::OverMemory {
                found: 3 << 20,
                limit: 2 << 20,
            },
            "out of memory: it held 3 MiB, and its limit is 2 MiB",
            false,
        ),
    ] {
        let end = end(lines, cause);
        assert!(end.to_string().contains(words), "{words}: {end}");
        assert_eq!(end.is_lasting(), is_lasting, "{words}");
    }
}

#[test]
fn a_program_that_promised_a_loss_must_print_one() {
    let ending = ProgramEnding {
        cause: EndingCause::Exited { code: 0 },
        words: "x".to_owned(),
        shortened: false,
        left_running: false,
    };
    let reading = read(&["{\"accuracy\": 0.5}"]);
    let end = end_of(&definition("loss = true"), &ending, &reading).unwrap();
    assert!(end.to_string().contains("has no `loss`"), "{end}");
}

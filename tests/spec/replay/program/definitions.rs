//! What a program's file may say, and how each fault is told.

use std::path::Path;
use std::time::Duration;

use motherlode::formula::export::Target;
use motherlode::record::benchmark_run::Direction;
use motherlode::replay::fidelity::{Fidelity, MeasuredPart};
use motherlode::replay::program::identity::record_of;
use motherlode::replay::program::{DefinitionError, Program, ProgramDefinition};

use super::with_program;

const NEEDED: &str = "command = ['python', 'my train.py']\nactivation = 'pytorch'\n\
    metric = 'accuracy'\ndirection = 'higher'\n";

fn parse(text: &str) -> Result<ProgramDefinition, DefinitionError> {
    ProgramDefinition::parse(text, Path::new("dir/own.toml"), Path::new("/dir"))
}

fn with(lines: &str) -> Result<ProgramDefinition, DefinitionError> {
    parse(&format!("[program]\n{NEEDED}{lines}"))
}

#[test]
fn what_is_not_said_is_what_is_usual() {
    let own = with("").unwrap();
    assert_eq!(own.name, "own");
    assert_eq!(own.folder, Path::new("/dir/"));
    assert_eq!(own.activation, Target::Pytorch);
    assert_eq!(own.direction, Direction::Higher);
    assert_eq!(own.fidelities, [0.0625, 0.25, 1.0]);
    assert_eq!(own.limit, Duration::from_secs(3_600));
    assert_eq!((own.memory, own.at_once, own.loss), (None, 1, false));
    assert_eq!(own.model, "python my train.py");
    assert_eq!(own.shown_command(), "python 'my train.py'");
}

#[test]
fn all_that_may_be_said_is_taken() {
    let own = with(
        "name = 'mine'\nfolder = 'sub'\nloss = true\nfidelities = [1, 0.5]\nseconds = 0.5\n\
         memory = 64\ndevices = ['0', '1']\nenvironment = { A = 'b' }\npass = ['HF_TOKEN']\n\
         files = ['model.py']\nmodel = 'a net'\ndataset = 'some images'\ndescription = 'words'\n",
    )
    .unwrap();
    assert_eq!(own.folder, Path::new("/dir/sub"));
    assert_eq!(own.fidelities, [0.5, 1.0]);
    assert_eq!(own.limit, Duration::from_millis(500));
    assert_eq!((own.memory, own.at_once), (Some(64 << 20), 2));
    assert_eq!(
        (own.model.as_str(), own.dataset.as_str()),
        ("a net", "some images")
    );
}

#[test]
fn each_fault_says_what_was_wanted_what_was_found_and_what_to_do() {
    for (lines, words) in [
        (
            "secnds = 3",
            "unknown key `secnds`; the nearest that is known is `seconds`",
        ),
        ("seconds = 0", "`seconds` takes a time above 0"),
        ("seconds = 'long'", "line 6"),
        ("memory = 0", "`memory` takes 1 to"),
        (
            "fidelities = [0.5]",
            "`fidelities` lacks 1, the whole recipe",
        ),
        ("fidelities = [1.5, 1.0]", "above 0 and up to 1, found 1.5"),
        ("at_once = 0", "`at_once` takes 1 to 1024 runs, found 0"),
        (
            "devices = ['0']\nat_once = 2",
            "(as many as there are `devices`: 1), found 2",
        ),
        ("devices = ['a b']", "`devices` takes names of devices"),
        ("environment = { 'A B' = '1' }", "takes names of variables"),
        (
            "environment = { MOTHERLODE_SEED = '1' }",
            "by which a run is told",
        ),
        (
            "pass = ['CUDA_VISIBLE_DEVICES']\ndevices = ['0']",
            "`devices` are handed out",
        ),
        ("name = ''", "`name` takes 1 to 200 characters"),
    ] {
        let problem = with(lines).unwrap_err().to_string();
        assert!(problem.contains(words), "{lines}: {problem}");
        assert!(problem.contains("dir/own.toml"), "{problem}");
    }
    for (text, words) in [
        ("", "there is no table [program]"),
        ("program = 3", "there is no table [program]"),
        (
            "[programme]\n",
            "unknown key `programme`; the nearest that is known is `program`",
        ),
        (
            "metric = 'a'\n[program]\n",
            "`metric` stands outside the table [program]",
        ),
        ("[program]\nmetric = 'a'\n", "missing field `command`"),
        ("[program", "line 1"),
    ] {
        let problem = parse(text).unwrap_err().to_string();
        assert!(problem.contains(words), "{text}: {problem}");
    }
    for (found, put, words) in [
        ("['python', 'my train.py']", "[]", "`command` is empty"),
        (
            "'pytorch'",
            "'torch'",
            "one of latex, pytorch, jax, rust, onnx, json; found `torch`",
        ),
        (
            "'higher'",
            "'up'",
            "is `higher` or `lower`, whichever is better; found `up`",
        ),
        ("'accuracy'", "'progress'", "tells how far a run is"),
    ] {
        let text = format!("[program]\n{}", NEEDED.replace(found, put));
        let problem = parse(&text).unwrap_err().to_string();
        assert!(problem.contains(words), "{put}: {problem}");
    }
}

#[test]
fn the_key_hangs_on_what_changes_numbers_and_on_nothing_else() {
    let key = |lines: &str, script: &str, fraction: f64, part: MeasuredPart| {
        let folder = with_program(lines, script);
        let own = ProgramDefinition::read(&folder.path().join("own.toml")).unwrap();
        record_of(&own, Fidelity { fraction, part }).unwrap().key()
    };
    let (test, validation) = (MeasuredPart::Test, MeasuredPart::Validation);
    let usual = key("", "exit", 1.0, test);
    for (what, same) in [
        ("limits", key("seconds = 9\nmemory = 99", "exit", 1.0, test)),
        ("a comment", key("# a comment", "exit", 1.0, test)),
        ("devices", key("devices = ['3', '4']", "exit", 1.0, test)),
    ] {
        assert_eq!(same, usual, "{what}");
    }
    for (what, other) in [
        ("the script", key("", "exit 1", 1.0, test)),
        ("the fraction", key("", "exit", 0.25, test)),
        ("the part", key("", "exit", 1.0, validation)),
        (
            "the environment",
            key("environment = { A = '1' }", "exit", 1.0, test),
        ),
        (
            "a named file",
            key("files = ['own.toml']", "exit", 1.0, test),
        ),
        ("the data", key("dataset = 'another'", "exit", 1.0, test)),
    ] {
        assert_ne!(other, usual, "{what}");
    }
}

#[test]
fn a_fraction_that_the_program_does_not_know_and_a_file_that_is_not_there_are_refused() {
    let folder = with_program("", "exit");
    let own = ProgramDefinition::read(&folder.path().join("own.toml")).unwrap();
    let half = Fidelity {
        fraction: 0.5,
        part: MeasuredPart::Test,
    };
    let problem = Program::new(own, half).err().unwrap().to_string();
    assert!(
        problem.ends_with("its `fidelities` are 0.0625, 0.25, 1"),
        "{problem}"
    );
    let folder = with_program("files = ['none.py']", "exit");
    let own = ProgramDefinition::read(&folder.path().join("own.toml")).unwrap();
    let problem = Program::new(own, Fidelity::WHOLE)
        .err()
        .unwrap()
        .to_string();
    assert!(
        problem.contains("none.py, which belongs to the program own"),
        "{problem}"
    );
}

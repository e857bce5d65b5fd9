//! Hostile programs: each ends as is said, and nothing of it is left.

use serde_json::Value;

use super::{marked, replayed, running_in, with_program, write_program, WELL};
use crate::binary::{document, folder, run, stderr};

/// Fails on every formula but relu in this way.
fn unless_relu(otherwise: &str) -> String {
    format!("case \"$MOTHERLODE_FORMULA\" in 'relu(x)') {WELL}; exit;; esac\n{otherwise}")
}

/// The status and the reason of the first formula behind relu, after a replay in which nothing of
/// the program was left running and no folder of a run was left.
fn ended(lines: &str, otherwise: &str) -> (String, String) {
    let folder = folder();
    let lines = format!("{}\n{lines}", marked(folder.path()));
    write_program(folder.path(), &lines, &unless_relu(otherwise));
    let output = replayed(folder.path(), &["tanh"], &["--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(
        running_in(folder.path()),
        Vec::<String>::new(),
        "{otherwise}"
    );
    let result: Value = document(&output)["results"][1].clone();
    let text = |field: &str| result[field][0].as_str().unwrap_or_default().to_owned();
    (text("status"), text("reasons"))
}

#[test]
fn hostile_programs_end_as_is_said_and_leave_nothing_running() {
    for (lines, otherwise, status, words) in [
        (
            "seconds = 0.3",
            "sleep 600",
            "cut_short",
            "at its limit of 0.3 s",
        ),
        (
            "seconds = 0.3",
            "trap '' TERM HUP INT; while :; do sleep 0.05; done",
            "cut_short",
            "",
        ),
        (
            "seconds = 0.3",
            "sleep 600 & setsid sleep 600 & setsid sh -c 'sleep 600 & sleep 600' & wait",
            "cut_short",
            "",
        ),
        (
            "",
            "sleep 600 & setsid sh -c 'sleep 600 & exit' & echo '{\"accuracy\": 1}'",
            "ok",
            "",
        ),
        ("", "kill -SEGV $$", "failed", "signal 11"),
        ("seconds = 0.3", "kill -STOP $$", "cut_short", ""),
        ("", "exit 3", "failed", "exit code 3"),
        ("", "echo '{\"accuracy\": NaN}'", "diverged", "diverged"),
        ("", "exit 0", "failed", "without a word"),
        (
            "",
            "yes '{ \"accuracy\": 1 ' | head -c 20000000; echo; echo '{\"accuracy\": 1}'",
            "ok",
            "",
        ),
        (
            "",
            "head -c 100000000 /dev/zero; echo; echo '{\"accuracy\": 1}'",
            "ok",
            "",
        ),
        (
            "memory = 64",
            "head -c 300000000 /dev/zero | tail | cat; sleep 600",
            "out_of_memory",
            "its limit is 64 MiB",
        ),
    ] {
        let (found, reason) = ended(lines, otherwise);
        assert_eq!(found, status, "{otherwise}: {reason}");
        assert!(reason.contains(words), "{otherwise}: {reason}");
    }
}

#[test]
fn what_a_program_writes_in_its_scratch_folder_is_removed_and_what_it_writes_elsewhere_stays() {
    let script = format!(
        "echo big > \"$MOTHERLODE_SCRATCH/weights\"; mkdir -p kept\n\
         test -f \"$MOTHERLODE_ACTIVATION\" && cp \"$MOTHERLODE_RUN\" \"kept/$MOTHERLODE_SEED\"\n\
         dirname \"$MOTHERLODE_SCRATCH\" > kept/folder\n\
         echo \"$MOTHERLODE_FIDELITY $MOTHERLODE_PART $MOTHERLODE_FORMULA\" > kept/said\n{WELL}"
    );
    let folder = with_program("", &script);
    let output = replayed(folder.path(), &[], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let kept = |name: &str| std::fs::read_to_string(folder.path().join("kept").join(name)).unwrap();
    assert_eq!(kept("said"), "1 test relu(x)\n");
    assert!(!std::path::Path::new(kept("folder").trim()).exists());
    let told: Value = serde_json::from_str(&kept("1")).unwrap();
    assert_eq!(told["formula"], "relu(x)");
    assert_eq!(
        (&told["seed"], &told["part"]),
        (&Value::from(1), &Value::from("test"))
    );
}

#[test]
fn a_program_that_dies_on_one_formula_in_three_is_compared_by_the_others() {
    let script = format!(
        "case \"$MOTHERLODE_FORMULA\" in *tanh*) echo no tanh here >&2; exit 1;; esac\n{WELL}"
    );
    let folder = with_program("", &script);
    let output = replayed(folder.path(), &["tanh", "gelu", "silu"], &["--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let results = document(&output)["results"].clone();
    let statuses: Vec<&str> = (0..4)
        .map(|row| results[row]["status"][0].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["ok", "failed", "ok", "ok"]);
    let told = stderr(&output);
    assert!(
        told.contains("tanh") && told.contains("| no tanh here"),
        "{told}"
    );
    // It is recorded, and not run again.
    std::fs::write(folder.path().join("marker"), "").unwrap();
    let again = replayed(folder.path(), &["tanh", "gelu", "silu"], &["--json"]);
    assert_eq!(document(&again), document(&output));
    assert!(stderr(&again).contains("4 of 4 benchmark runs were in the archive already"));
}

#[test]
fn a_program_that_fails_on_relu_stops_everything_with_its_own_words() {
    let folder = with_program(
        "",
        "echo begun >> count; echo no module named torch >&2; exit 1",
    );
    let output = replayed(folder.path(), &["tanh", "gelu"], &[]);
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    for words in [
        "must train relu before anything else",
        "exit code 1",
        "no module named torch",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let count = || std::fs::read_to_string(folder.path().join("count")).unwrap();
    assert_eq!(count(), "begun\n");
    // Nothing of it is recorded, so that what was mended outside of its files counts.
    replayed(folder.path(), &[], &[]);
    assert_eq!(count(), "begun\nbegun\n");
}

#[test]
fn a_command_that_is_not_there_is_said_to_be_so() {
    let folder = with_program("", "exit");
    let text = std::fs::read_to_string(folder.path().join("own.toml")).unwrap();
    let text = text.replace("\"sh\"", "\"no-such-program\"");
    std::fs::write(folder.path().join("own.toml"), text).unwrap();
    let output = run(folder.path(), &super::OWN);
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(
        told.contains("cannot be started: no-such-program train.sh"),
        "{told}"
    );
}

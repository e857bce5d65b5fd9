//! `motherlode library`, and the help of all commands.

use crate::binary::{document, folder, motherlode, run, stderr, stdout};

#[test]
fn help_puts_what_all_commands_share_last_and_describes_formulas_alike() {
    let folder = folder();
    for command in [
        "mine", "evaluate", "library", "archive", "plot", "export", "init",
    ] {
        let help = stdout(&motherlode().args([command, "--help"]).output().unwrap());
        let (own, common) = help
            .split_once("\nCommon options:\n")
            .unwrap_or_else(|| panic!("{help}"));
        assert!(
            common.contains("--archive") && common.contains("--json") && common.contains("--quiet"),
            "{help}"
        );
        assert!(!own.contains("--archive"), "{help}");
        if ["evaluate", "plot", "export"].contains(&command) {
            let own = own.split_whitespace().collect::<Vec<&str>>().join(" ");
            assert!(
                own.contains("such as 'x*sigmoid(x)'") && own.contains("of the archive"),
                "{help}"
            );
        }
    }
    let help = stdout(&run(folder.path(), &["--help"]));
    assert!(
        help.contains("A FORMULA is") && help.contains("Exit codes: 0 done"),
        "{help}"
    );
}

#[test]
fn the_library_is_listed_and_shown() {
    let folder = folder();
    let listed = run(folder.path(), &["library", "--json"]);
    assert_eq!(listed.status.code(), Some(0), "{}", stderr(&listed));
    let answer = document(&listed);
    let activations = answer["activations"].as_array().unwrap();
    assert!(activations.len() >= 50);
    for activation in activations {
        for key in [
            "id",
            "nickname",
            "formula",
            "canonical",
            "class",
            "cost",
            "parameters",
            "name",
            "aliases",
            "source",
            "year",
            "note",
            "reconstruction",
        ] {
            assert!(!activation[key].is_null(), "{key} of {activation}");
        }
    }
    let shown = document(&run(folder.path(), &["library", "Snake", "--json"]));
    assert_eq!(
        (&shown["name"], &shown["formula"]),
        (&"snake".into(), &"x + sin(x)^2".into())
    );
    assert!(
        shown["derivative"].as_str().unwrap().contains("cos(x)"),
        "{shown}"
    );
    assert_eq!(shown["values"][4]["y"], 0.0);
    let for_people = run(folder.path(), &["library", "pler"]);
    assert_eq!(for_people.status.code(), Some(0));
    for word in [
        "reconstruction",
        "arXiv 2602.05688",
        "derivative",
        "longer than a formula may be",
        "nearest",
        "f'(x)",
    ] {
        assert!(
            stdout(&for_people).contains(word),
            "{word} in {}",
            stdout(&for_people)
        );
    }
    let silu = stdout(&run(folder.path(), &["library", "silu"]));
    assert!(
        silu.contains("swish_beta (equal from -5 to 5)") && silu.contains("away)"),
        "{silu}"
    );
    let relu = stdout(&run(folder.path(), &["library", "relu"]));
    assert!(
        relu.contains("Known since Fukushima 1969; what fitness"),
        "a note is no program: {relu}"
    );
    let list = stdout(&run(folder.path(), &["library"]));
    assert!(
        list.lines().count() > 50 && list.lines().all(|line| line.chars().count() <= 132),
        "{list}"
    );
    assert!(
        !folder.path().join("archive").exists(),
        "the library is no archive"
    );
}

#[test]
fn a_reader_who_has_had_enough_ends_the_list_without_a_word() {
    let mut command = motherlode();
    let mut listing = command
        .arg("library")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(listing.stdout.take());
    let output = listing.wait_with_output().unwrap();
    assert!(
        !String::from_utf8_lossy(&output.stderr).contains("panicked")
            && output.status.code() == Some(1),
        "{}",
        stderr(&output)
    );
}

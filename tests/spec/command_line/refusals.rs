//! What is no formula, option or file: one line that says what to write, and an exit code.

use crate::binary::{document, folder, motherlode, run, stderr, stdout, tiny_lab};

#[test]
fn evaluate_says_what_to_write_where_an_option_took_a_formula_or_left_a_lab() {
    let folder = folder();
    let rows: [(&[&str], &str); 5] = [
        (&["evaluate"], "no FORMULA is given"),
        (
            &["evaluate", "--fresh", "silu"],
            "put formulas before --fresh",
        ),
        (
            &["evaluate", "silu", "--fresh", "gelu"],
            "put formulas before --fresh",
        ),
        (&["evaluate", "silu", "--vault", "smoke"], "--vault=smoke"),
        (
            &["evaluate", "silu", "--vault", "own.toml"],
            "--vault=own.toml",
        ),
    ];
    for (arguments, words) in rows {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            stderr(&output).starts_with("error: ") && stderr(&output).contains(words),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
    }
}

#[test]
fn evaluate_fails_where_nothing_can_be_evaluated() {
    let folder = folder();
    let output = run(
        folder.path(),
        &[
            "evaluate",
            "nosuch(x)",
            "--lab",
            tiny_lab().to_str().unwrap(),
            "--json",
        ],
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("nosuch"), "{}", stderr(&output));
    assert_eq!(document(&output)["results"][0]["status"], "rejected");
}

#[test]
fn hostile_formulas_are_rejected_with_a_reason() {
    let parentheses = "(".repeat(100_000);
    let hostile = [
        "1e400",
        "0/0",
        "",
        " ",
        "x^x^x",
        "x²",
        "ｘ",
        "__import__('os')",
        "x;;",
        "let",
        "-",
        "exp(exp(exp(x)))",
        "log(x)",
        "5",
        "2*x",
        &parentheses,
    ];
    let folder = folder();
    let lab = tiny_lab();
    for formula in hostile {
        let output = run(
            folder.path(),
            &[
                "evaluate",
                "--lab",
                lab.to_str().unwrap(),
                "--json",
                "--",
                formula,
            ],
        );
        let errors = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{formula:.40?}: {errors}");
        assert!(
            errors.starts_with("error: ") && !errors.contains("panicked"),
            "{formula:.40?}: {errors}"
        );
        assert!(
            errors.lines().next().unwrap().len() > 20,
            "{formula:.40?} deserves a reason: {errors}"
        );
    }
}

#[test]
fn bad_input_gets_one_line_and_exit_code_2_and_leaves_nothing_behind() {
    let rows: &[(&[&str], &str)] = &[
        (&["mine", "--lab", "nosuch"], "smoke, standard"),
        (&["mine", "--lab", "nosuch.toml"], "nosuch.toml"),
        (&["mine", "nosuch-campaign.toml"], "nosuch-campaign.toml"),
        (&["mine", "bad-campaign.toml"], "atempts"),
        (&["mine", "--lab", "bad-lab.toml"], "lab"),
        (&["mine", "--attempts", "0"], "attempts"),
        (&["mine", "--workers", "0"], "--workers"),
        (&["mine", "--time-limit", "soon"], "30m"),
        (
            &["mine", "--device", "tpu"],
            "cpu, cuda:N, metal or candle-cpu",
        ),
        (&["mine", "--device", "cuda"], "cuda:0"),
        (&["evaluate", "relu", "--device", "cuda:first"], "cuda:0"),
        (
            &["evaluate", "relu", "--device", "cuda:99"],
            "train on the CPU",
        ),
        (&["mine", "--device", "metal"], "train on the CPU"),
        (&["mine", "--target", "graph"], "mlp, transformer, convnet"),
        (&["mine", "--name", "../etc"], "name"),
        (
            &["mine", "--model", "openai:any-model"],
            "the price of openai:any-model is not known",
        ),
        (
            &["mine", "--model", "openai:any-model,free"],
            "OPENAI_API_KEY",
        ),
        (
            &[
                "mine",
                "--model",
                "compatible:any@http://127.0.0.1:1/v1,price.input=1,price.output=2",
            ],
            "add --yes",
        ),
        (&["mine", "--model", "nosuch:model"], "compatible:NAME@"),
        (&["mine", "--model", "compatible:model"], "@"),
        (&["mine", "--proposer", "llm"], "--model"),
        (&["mine", "--proposer", "scripted"], "--replies"),
        (
            &[
                "mine",
                "--proposer",
                "scripted",
                "--replies",
                "nosuch-folder",
            ],
            "nosuch-folder",
        ),
        (&["mine", "--resume", "nosuch"], "archive"),
        (&["mine", "--proposer", "magic"], "genetic"),
        (&["mine", "--class", "rowwise"], "pointwise, feature, batch"),
        (&["mine", "--parameters", "17"], "at most 16"),
        (&["mine", "--parameters=-1"], "--parameters"),
        (&["mine", "bad-class.toml"], "feature"),
        (&["evaluate", "relu", "--seeds", "0"], "--seeds"),
        (&["evaluate", "relu", "--lab", "nosuch"], "smoke, standard"),
        (
            &["evaluate", "relu", "--lab", "smoke", "--fresh", "0"],
            "--fresh must be at least 1",
        ),
        (
            &["evaluate", "relu", "--lab", "smoke", "--fresh", "101"],
            "at most 100",
        ),
        (
            &["evaluate", "--lab", "smoke", "--fresh", "relu", "gelu"],
            "put formulas before --fresh",
        ),
        (
            &[
                "evaluate",
                "relu",
                "--lab",
                "smoke",
                "--against",
                "nonsense",
            ],
            "nonsense",
        ),
        (
            &["evaluate", "relu", "--lab", "smoke", "--against", "2*x"],
            "--against 2*x: Affine",
        ),
        (
            &["evaluate", "relu", "--lab", "smoke", "--vault=nosuch"],
            "nosuch",
        ),
        (&["evaluate", "--lab", "smoke"], "FORMULA"),
        (&["library", "snak"], "the nearest name is 'snake'"),
        (&["library", ""], "motherlode library lists all"),
        (&["archive", "top"], "archive"),
        (&["export", "x*nosuch(x)", "--to", "latex"], "nosuch"),
        (&["export", "relu", "--to", "word"], "pytorch"),
        (
            &["export", "relu", "--to", "latex", "--name", "a b"],
            "letter",
        ),
        (
            &[
                "export",
                "relu",
                "--to",
                "latex",
                "--output",
                "nosuch/relu.tex",
            ],
            "nosuch/relu.tex",
        ),
        (&["export", "swift-otter-42", "--to", "json"], "archive"),
    ];
    for &(arguments, word) in rows {
        let folder = folder();
        std::fs::write(folder.path().join("bad-campaign.toml"), "atempts = 5\n").unwrap();
        std::fs::write(
            folder.path().join("bad-class.toml"),
            "class = \"rowwise\"\n",
        )
        .unwrap();
        std::fs::write(
            folder.path().join("bad-lab.toml"),
            "name = \"half a lab\"\n",
        )
        .unwrap();
        let output = run(folder.path(), arguments);
        let errors = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
        assert!(
            errors.contains(word),
            "{arguments:?} should say '{word}': {errors}"
        );
        assert!(!errors.contains("panicked"), "{errors}");
        assert!(
            !folder.path().join("archive").exists(),
            "{arguments:?} left an archive behind"
        );
        assert_eq!(stdout(&output), "", "{arguments:?}");
    }
}

#[test]
fn a_formula_may_begin_with_a_minus_sign() {
    let folder = folder();
    let plotted = document(&run(
        folder.path(),
        &[
            "plot",
            "-x",
            " -relu(-x) ",
            "--json",
            "-q",
            "--range",
            "-1:1",
        ],
    ));
    assert_eq!(
        (
            &plotted["curves"][0]["given"],
            &plotted["curves"][1]["given"]
        ),
        (&"-x".into(), &"-relu(-x)".into())
    );
    assert_eq!(plotted["range"], serde_json::json!([-1.0, 1.0]));
    assert_eq!(
        document(&run(folder.path(), &["export", "-tanh(x)", "--to", "json"]))["formula"],
        "-tanh(x)"
    );
    assert_eq!(
        document(&run(
            folder.path(),
            &["export", "--to", "json", "-q", "-2*x"]
        ))["formula"],
        "-2 * x"
    );
    let lab = tiny_lab();
    let evaluated = document(&run(
        folder.path(),
        &[
            "evaluate",
            "-silu(x)",
            "--lab",
            lab.to_str().unwrap(),
            "--json",
        ],
    ));
    assert_eq!(
        (
            &evaluated["results"][0]["given"],
            &evaluated["results"][0]["status"]
        ),
        (&"-silu(x)".into(), &"ok".into())
    );
    let option = run(folder.path(), &["plot", "relu", "-z"]);
    assert!(
        option.status.code() == Some(2) && stderr(&option).contains("unexpected argument '-z'"),
        "{}",
        stderr(&option)
    );
}

#[test]
fn every_command_shows_where_a_text_is_no_formula() {
    let folder = folder();
    let lab = tiny_lab();
    let lab = lab.to_str().unwrap();
    let commands: [(&[&str], i32); 4] = [
        (&["plot", "x*sigmod(x)"], 1),
        (&["export", "x*sigmod(x)", "--to", "latex"], 2),
        (&["evaluate", "x*sigmod(x)", "--lab", lab], 1),
        (&["evaluate", "x*sigmod(x)", "relu", "--lab", lab], 0),
    ];
    for (arguments, code) in commands {
        let output = run(folder.path(), arguments);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {}",
            stderr(&output)
        );
        let wanted = "error: x*sigmod(x): unknown function `sigmod`: the nearest known one is \
            `sigmoid` (at byte 2)\n  x*sigmod(x)\n    ^\n";
        assert!(
            stderr(&output).starts_with(wanted),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert_eq!(
            stderr(&output).matches("error: ").count(),
            1,
            "{arguments:?} says it once: {}",
            stderr(&output)
        );
    }
    let empty = run(folder.path(), &["plot", ""]);
    assert!(
        stderr(&empty).starts_with("error: expected a formula such as"),
        "{}",
        stderr(&empty)
    );
}

#[test]
fn a_key_never_appears_in_what_is_said_or_kept() {
    let folder = folder();
    let mut command = motherlode();
    command.args([
        "mine",
        "--model",
        "openai:any-model,free",
        "--lab",
        tiny_lab().to_str().unwrap(),
        "--attempts",
        "3",
        "--json",
        "-vv",
    ]);
    command
        .env("OPENAI_API_KEY", "sk-secret-never-shown")
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .env("ALL_PROXY", "http://127.0.0.1:9");
    let output = command
        .arg("--archive")
        .arg(folder.path().join("archive"))
        .arg("--time-limit")
        .arg("3s")
        .output()
        .unwrap();
    assert!(!stdout(&output).contains("sk-secret") && !stderr(&output).contains("sk-secret"));
    assert_ne!(output.status.code(), Some(0), "nobody answered");
}

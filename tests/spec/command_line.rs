//! The command line as its users meet it: JSON that programs rely on, clear refusals, exit codes.

use serde_json::Value;
use tempfile::TempDir;

use crate::binary::{
    document, lines, mine, motherlode, run, stderr, stdout, tiny_lab, write_replies,
};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}

#[test]
fn evaluate_answers_every_formula_in_json() {
    let folder = folder();
    let lab = tiny_lab();
    let output = run(
        folder.path(),
        &[
            "evaluate",
            "relu",
            "silu",
            "gelu_tanh(x) + 0.1*sin(x)",
            "1/0*x",
            "nosuch(x)",
            "--lab",
            lab.to_str().unwrap(),
            "--json",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answer = document(&output);
    assert_eq!(
        (&answer["lab"], &answer["device"], &answer["seeds"]),
        (&"tiny".into(), &"cpu".into(), &1.into())
    );
    let status: Vec<&str> = answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["status"].as_str().unwrap())
        .collect();
    assert_eq!(
        status,
        ["ok", "ok", "ok", "rejected", "rejected", "ok"],
        "the last is gelu, a baseline of the lab that was not named"
    );
    let results = answer["results"].as_array().unwrap();
    assert_eq!(
        (&results[0]["baseline"], &results[0]["fitness"].as_f64()),
        (&true.into(), &Some(0.0)),
        "ReLU is the reference"
    );
    assert_eq!(
        (&results[1]["baseline"], &results[5]["baseline"]),
        (&false.into(), &true.into())
    );
    for result in &results[..3] {
        for key in [
            "id",
            "nickname",
            "formula",
            "canonical",
            "class",
            "cost",
            "parameters",
            "fitness",
            "fitness_interval",
            "profiles",
            "train_loss",
        ] {
            assert!(!result[key].is_null(), "{key} of {result}");
        }
        assert_eq!(result["class"], "pointwise");
        assert_eq!(
            result["profiles"]
                .as_object()
                .unwrap()
                .keys()
                .collect::<Vec<_>>(),
            ["mlp", "transformer"]
        );
        for task in result["tasks"].as_array().unwrap() {
            for key in [
                "train_loss",
                "in_distribution_loss",
                "out_of_distribution_loss",
            ] {
                assert!(
                    task[key].as_f64().is_some_and(f64::is_finite),
                    "{key} of {task}"
                );
            }
            assert_eq!(task["trials"], 2, "one network of each profile, one seed");
        }
    }
    for result in &results[3..5] {
        assert!(result["fitness"].is_null() && !result["reason"].as_str().unwrap().is_empty());
    }
    assert!(!stdout(&output).contains("NaN"));
}

#[test]
fn evaluate_compares_on_fresh_tasks_and_on_a_vault() {
    let folder = folder();
    let text = std::fs::read_to_string(tiny_lab())
        .unwrap()
        .replace("name = \"tiny\"", "name = \"unseen\"");
    std::fs::write(
        folder.path().join("vault.toml"),
        text.replace("I.6.2", "I.12.11"),
    )
    .unwrap();
    let lab = tiny_lab();
    let asked = [
        "evaluate",
        "silu",
        "x*atan(x)",
        "--lab",
        lab.to_str().unwrap(),
        "--fresh",
        "2",
        "--vault=vault.toml",
        "--against",
        "gelu",
    ];
    let options = ["--against", "x*sigmoid(2*x)", "--target", "mlp"];
    let answer = document(&run(
        folder.path(),
        &[&asked[..], &options, &["--json"]].concat(),
    ));
    let results = answer["results"].as_array().unwrap();
    let given: Vec<&str> = results
        .iter()
        .map(|result| result["given"].as_str().unwrap())
        .collect();
    assert_eq!(
        given,
        ["silu", "x*atan(x)", "relu", "gelu", "x*sigmoid(2*x)"]
    );
    let tasks: Vec<&str> = results[0]["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["task"].as_str().unwrap())
        .collect();
    assert_eq!(
        (&answer["fresh"], tasks),
        (&2.into(), vec!["p_1d3", "f_I.6.2", "p_1d3/2", "f_I.6.2/2"])
    );
    for result in results {
        assert!(
            (1..=5).contains(&result["rank"].as_u64().unwrap()),
            "{result}"
        );
        for profile in ["mlp", "transformer"] {
            let families = &result["profiles"][profile]["families"];
            for family in ["polynomial", "feynman"] {
                assert!(
                    families[family]["value"]
                        .as_f64()
                        .is_some_and(f64::is_finite),
                    "{families}"
                );
                assert!(
                    families[family]["interval"].is_null(),
                    "two draws of one task show no spread of tasks: {families}"
                );
            }
        }
        assert_eq!(
            result["families"], result["profiles"]["mlp"]["families"],
            "the target's"
        );
        let is_gelu = result["given"] == "gelu";
        assert_eq!(
            result["beats_gelu"]
                .as_f64()
                .is_some_and(|share| (0.0..=1.0).contains(&share)),
            !is_gelu,
            "{result}"
        );
    }
    let comparisons = answer["comparisons"].as_array().unwrap();
    assert_eq!(
        comparisons.len(),
        2 * 2 * 2,
        "each formula, each rival, each profile"
    );
    assert_eq!(
        (&comparisons[0]["formula"], &comparisons[0]["rival"]),
        (&results[0]["id"], &results[3]["id"])
    );
    assert_eq!(
        (&comparisons[0]["profile"], &comparisons[1]["profile"]),
        (&"mlp".into(), &"transformer".into())
    );
    let difference =
        results[0]["fitness"].as_f64().unwrap() - results[3]["fitness"].as_f64().unwrap();
    assert!(
        (comparisons[0]["difference"].as_f64().unwrap() - difference).abs() < 1e-12,
        "{}",
        comparisons[0]
    );
    assert_eq!(comparisons[0]["probability"], results[0]["beats_gelu"]);
    let vault = &answer["vault"];
    assert_eq!(
        (&vault["lab"], vault["results"].as_array().unwrap().len()),
        (&"unseen".into(), 5)
    );
    assert!(
        vault["rank_correlation"]["mlp"]
            .as_f64()
            .is_some_and(|correlation| correlation.abs() <= 1.0),
        "{}",
        vault["rank_correlation"]
    );
    let for_people = run(folder.path(), &[&asked[..], &options].concat());
    for word in [
        "fitness: mlp",
        "P(beats gelu)",
        "verdict",
        "#1",
        "| name",
        "polynomial",
        "worst",
        "P(fitter)",
        "lab unseen",
        "Rank correlation",
    ] {
        assert!(
            stdout(&for_people).contains(word),
            "{word} in {}",
            stdout(&for_people)
        );
    }
    assert!(
        stderr(&for_people).contains("2 fresh draws pooled")
            && stderr(&for_people).contains("next: motherlode mine"),
        "{}",
        stderr(&for_people)
    );
}

#[test]
fn evaluate_shows_published_losses_beside_its_own() {
    let folder = folder();
    let published = "published = \
         [{ formula = \"gelu(x)\", source = \"a paper\", train_loss = 0.5, \
         out_of_distribution_loss = 2.0, tasks = { p_1d3 = 0.1 } }]";
    let text = std::fs::read_to_string(tiny_lab())
        .unwrap()
        .replace("seeds = 1\n", &format!("seeds = 1\n{published}\n"));
    std::fs::write(folder.path().join("paper.toml"), &text).unwrap();
    let answer = document(&run(
        folder.path(),
        &["evaluate", "relu", "--lab", "paper.toml", "--json"],
    ));
    let (gelu, row) = (&answer["results"][1], &answer["published"][0]);
    assert_eq!(
        (
            &row["formula"],
            &row["source"],
            &row["losses"][0]["measured"]
        ),
        (&gelu["id"], &"a paper".into(), &gelu["train_loss"])
    );
    let ratio = gelu["out_of_distribution_loss"].as_f64().unwrap() / 2.0;
    assert!(
        (row["losses"][1]["ratio"].as_f64().unwrap() - ratio).abs() < 1e-12,
        "{row}"
    );
    assert_eq!(
        row["losses"][2]["measured"],
        gelu["tasks"][0]["out_of_distribution_loss"]
    );
    let for_people = run(folder.path(), &["evaluate", "relu", "--lab", "paper.toml"]);
    assert!(
        stdout(&for_people).contains("measured / published")
            && stdout(&for_people).contains("a paper"),
        "{}",
        stdout(&for_people)
    );
    for (from, to) in [("gelu(x)", "gellu(x)"), ("p_1d3 = 0.1", "p_9d9 = 0.1")] {
        std::fs::write(folder.path().join("wrong.toml"), text.replace(from, to)).unwrap();
        let refused = run(folder.path(), &["evaluate", "relu", "--lab", "wrong.toml"]);
        assert!(
            refused.status.code() == Some(2) && stderr(&refused).contains("published"),
            "{}",
            stderr(&refused)
        );
    }
}

#[test]
fn the_batched_back_end_measures_what_the_fused_one_measures() {
    let (folder, lab) = (folder(), tiny_lab());
    let answer = |device: &str| {
        let formulas = [
            "silu",
            "x + 0.5*sin(x)*batch_mean(x)",
            "max(x, 0) + param(0.25)*min(x, 0)",
        ];
        let options = ["--lab", lab.to_str().unwrap(), "--json", "--device", device];
        let output = run(
            folder.path(),
            &[&["evaluate"], &formulas[..], &options[..]].concat(),
        );
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        document(&output)
    };
    let (fused, batched) = (answer("cpu"), answer("candle-cpu"));
    assert_eq!(
        (&fused["device"], &batched["device"]),
        (&"cpu".into(), &"candle-cpu".into())
    );
    for (fused, batched) in fused["results"]
        .as_array()
        .unwrap()
        .iter()
        .zip(batched["results"].as_array().unwrap())
    {
        let apart =
            (fused["fitness"].as_f64().unwrap() - batched["fitness"].as_f64().unwrap()).abs();
        assert!(
            apart < 0.1 && batched["status"] == "ok",
            "{batched} against {fused}"
        );
        assert_eq!(
            fused["tasks"].as_array().unwrap().len(),
            batched["tasks"].as_array().unwrap().len()
        );
    }
}

#[test]
fn evaluate_counts_a_trial_that_diverges_as_the_worst_and_says_so() {
    let folder = folder();
    let text = std::fs::read_to_string(tiny_lab()).unwrap();
    let wild = text.replace(
        "learning_rate = 5e-3\nbatch = 32\nsteps = 40",
        "learning_rate = 0.5\nbatch = 32\nsteps = 40",
    );
    std::fs::write(folder.path().join("wild.toml"), wild).unwrap();
    let asked = [
        "evaluate",
        "x*x*x",
        "--lab",
        "wild.toml",
        "--against",
        "gelu",
    ];
    let answer = document(&run(folder.path(), &[&asked[..], &["--json"]].concat()));
    let cube = &answer["results"][0];
    assert_eq!(
        (&cube["status"], &cube["train_loss"]),
        (&"diverged".into(), &Value::Null)
    );
    assert!(
        cube["fitness"].as_f64().unwrap() < -1.0
            && cube["reason"].as_str().unwrap().contains("trials diverged"),
        "{cube}"
    );
    assert!(
        answer["comparisons"][0]["difference"].as_f64().unwrap() < 0.0,
        "{}",
        answer["comparisons"]
    );
    let for_people = run(folder.path(), &asked);
    assert_eq!(for_people.status.code(), Some(0));
    assert!(
        stdout(&for_people).contains("trials diverged and count as the worst"),
        "{}",
        stdout(&for_people)
    );
}

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
fn the_events_of_a_campaign_are_json_lines() {
    let folder = folder();
    let lab = tiny_lab();
    let output = run(folder.path(), &mine(&lab, &["--attempts", "12", "--json"]));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let events = lines(&output);
    assert_eq!(events[0]["event"], "started");
    let attempts: Vec<&Value> = events
        .iter()
        .filter(|event| event["event"] == "attempt")
        .collect();
    assert_eq!(
        attempts
            .iter()
            .map(|event| event["attempt"].as_u64().unwrap())
            .collect::<Vec<_>>(),
        (1..=12).collect::<Vec<_>>()
    );
    let finished = events.last().unwrap();
    assert_eq!(
        (&finished["event"], &finished["stop_reason"]),
        (&"finished".into(), &"attempts_made".into())
    );
    assert_eq!(
        (&finished["attempts"], &finished["spent_usd"]),
        (&12.into(), &0.0.into())
    );
    let rejected: u64 = finished["rejections"]
        .as_object()
        .unwrap()
        .values()
        .map(|count| count.as_u64().unwrap())
        .sum();
    assert_eq!(rejected + finished["candidates"].as_u64().unwrap(), 12);
    assert_eq!(
        finished["baselines"][0],
        serde_json::json!({ "name": "relu", "fitness": 0.0 })
    );
    for key in [
        "id",
        "nickname",
        "formula",
        "canonical",
        "class",
        "cost",
        "parameters",
        "fitness",
        "fitness_interval",
    ] {
        assert!(
            !finished["best"][key].is_null(),
            "{key} of {}",
            finished["best"]
        );
    }
}

#[test]
fn the_archive_can_be_reviewed() {
    let folder = folder();
    let replies = write_replies(folder.path(), 14);
    let lab = tiny_lab();
    let mined = run(
        folder.path(),
        &mine(
            &lab,
            &[
                "--proposer",
                "scripted",
                "--replies",
                replies.to_str().unwrap(),
                "--attempts",
                "14",
                "--name",
                "first",
            ],
        ),
    );
    assert_eq!(mined.status.code(), Some(0), "{}", stderr(&mined));
    let list = document(&run(folder.path(), &["archive", "list", "--json"]));
    assert_eq!(
        (
            &list["campaigns"][0]["campaign"],
            &list["campaigns"][0]["attempts"]
        ),
        (&"first".into(), &14.into())
    );
    let attempts = lines(&run(
        folder.path(),
        &["archive", "attempts", "first", "--json"],
    ));
    let kinds: Vec<&str> = attempts
        .iter()
        .map(|attempt| attempt["rejection"]["kind"].as_str().unwrap_or("none"))
        .collect();
    assert_eq!(
        (kinds[3], kinds[4], kinds[13]),
        ("Unparsable", "Unreadable", "Duplicate"),
        "{kinds:?}"
    );
    assert!(
        attempts[6]["rejection"]["detail"]
            .as_str()
            .unwrap()
            .contains("silu"),
        "a known activation is not trained again: {}",
        attempts[6]
    );
    let top = document(&run(folder.path(), &["archive", "top", "first", "--json"]));
    assert_eq!(
        top["baselines"][0],
        serde_json::json!({ "name": "relu", "fitness": 0.0 })
    );
    let best = &top["candidates"][0];
    for key in [
        "id",
        "nickname",
        "fitness",
        "fitness_interval",
        "attempt",
        "parents",
        "niche",
    ] {
        assert!(!best[key].is_null(), "{key} of {best}");
    }
    let nickname = best["nickname"].as_str().unwrap();
    for name in [nickname, &best["id"].as_str().unwrap()[..8]] {
        let shown = document(&run(folder.path(), &["archive", "show", name, "--json"]));
        assert_eq!(shown["formula"], best["formula"]);
        assert!(
            !shown["record"]["reply"]["prompt"]
                .as_str()
                .unwrap()
                .is_empty(),
            "what was asked is kept"
        );
    }
    let evaluated = run(
        folder.path(),
        &[
            "evaluate",
            nickname,
            "--lab",
            lab.to_str().unwrap(),
            "--json",
        ],
    );
    assert_eq!(
        document(&evaluated)["results"][0]["formula"],
        best["formula"],
        "{}",
        stderr(&evaluated)
    );
    for command in [
        &["archive", "list"][..],
        &["archive", "top"],
        &["archive", "show", nickname],
        &["archive", "attempts"],
    ] {
        let output = run(folder.path(), command);
        assert_eq!(output.status.code(), Some(0));
        assert!(
            stdout(&output).contains("| ") && stderr(&output).contains("next: motherlode"),
            "{command:?}: {}",
            stderr(&output)
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
fn the_archive_stands_where_the_option_or_else_the_environment_says() {
    let folder = folder();
    let list = |variable: &str, option: &[&str]| {
        let mut command = motherlode();
        command
            .args(["archive", "list"])
            .args(option)
            .env("MOTHERLODE_ARCHIVE", variable)
            .env("XDG_DATA_HOME", folder.path().join("data"));
        stderr(&command.output().unwrap())
    };
    assert!(
        list("/nosuch/a", &[]).contains("no archive at /nosuch/a;"),
        "{}",
        list("/nosuch/a", &[])
    );
    assert!(list("/nosuch/a", &["--archive", "/nosuch/b"]).contains("no archive at /nosuch/b;"));
    let unsaid = list("", &[]);
    assert!(
        unsaid.contains("no archive at ")
            && unsaid.contains("motherlode;")
            && !unsaid.contains("nosuch"),
        "{unsaid}"
    );
}

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

#[test]
fn evaluate_measures_the_whole_library_and_says_what_each_formula_is_near() {
    let folder = folder();
    let lab = tiny_lab();
    let output = run(
        folder.path(),
        &[
            "evaluate",
            "x*sigmoid(1.0003*x)",
            "x/(1+exp(-x))",
            "--library",
            "--lab",
            lab.to_str().unwrap(),
            "--json",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answer = document(&output);
    let results = answer["results"].as_array().unwrap();
    let library = document(&run(folder.path(), &["library", "--json"]))["activations"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(results.len(), 2 + library, "the baselines are among them");
    for result in results {
        let reason = result["reason"].as_str();
        assert_eq!(result["status"] == "ok", reason.is_none(), "{result}");
        assert!(reason.is_none_or(|reason| reason.len() > 20), "{result}");
        assert!(
            result["status"] != "rejected" || result["fitness"].is_null(),
            "{result}"
        );
    }
    let known = |index: usize| &results[index]["nearest_known"];
    assert_eq!(
        (&known(0)["name"], &known(0)["same"]),
        (&"silu".into(), &false.into())
    );
    assert!(
        known(0)["distance"]
            .as_f64()
            .is_some_and(|distance| distance > 1e-6 && distance < 1e-3),
        "{}",
        known(0)
    );
    assert_eq!(
        (&known(1)["name"], &known(1)["same"]),
        (&"silu".into(), &true.into())
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

#[test]
fn init_writes_a_campaign_file_that_mine_takes_and_never_overwrites() {
    let folder = folder();
    let made = run(folder.path(), &["init"]);
    assert_eq!(made.status.code(), Some(0));
    let again = run(folder.path(), &["init"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(stderr(&again).contains("campaign.toml"));
    let mined = run(
        folder.path(),
        &[
            "mine",
            "campaign.toml",
            "--lab",
            tiny_lab().to_str().unwrap(),
            "--attempts",
            "2",
            "--json",
        ],
    );
    assert_eq!(mined.status.code(), Some(0), "{}", stderr(&mined));
}

#[test]
fn the_publications_aggregate_is_a_setting_of_the_lab() {
    let folder = folder();
    let text = std::fs::read_to_string(tiny_lab()).unwrap().replace(
        "law = \"log_ratio\"\nclip = 1.5",
        "law = \"minus_mean_loss\"\nceiling = 100.0",
    );
    std::fs::write(folder.path().join("paper.toml"), text).unwrap();
    let answer = document(&run(
        folder.path(),
        &["evaluate", "relu", "silu", "--lab", "paper.toml", "--json"],
    ));
    let relu = &answer["results"][0];
    let mean = -relu["out_of_distribution_loss"].as_f64().unwrap();
    assert!(
        (relu["fitness"].as_f64().unwrap() - mean).abs() < 1e-9,
        "{relu}"
    );
}

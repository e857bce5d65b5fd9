//! `motherlode evaluate`: what it answers of formulas, comparisons, back ends and the library.

use serde_json::Value;

use crate::binary::{document, folder, run, stderr, stdout, tiny_lab};

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

//! What a lab says of itself: its own words, those made from its parts, and that neither is part of
//! what it is.

use std::path::Path;

use motherlode::config::{find_lab, FoundLab};
use motherlode::lab::{describe, identity, Lab};
use motherlode::record::lab_words::LabWords;
use motherlode::replay::ready_benchmark::ReadyBenchmark;
use motherlode::replay::transfer::measure_cache::MeasureCache;
use motherlode::replay::vault::Vault;

use super::TINY;
use crate::binary::{document, run, stdout, tiny_lab};

const OWN: &str = include_str!("../../../examples/own_lab/lab.toml");

/// The shipped labs as they were before any had words: the BLAKE3 hash of the file at commit
/// c002c1d, and the name of the file of `fields/` that a lab had under seed 1 and engine 1, the
/// hash of the compact JSON of `[definition, [], 1, 1]`.
const BEFORE: [(&str, &str, &str); 5] = [
    (
        "smoke",
        "7bb1bcb283c8635eef3e1d8488d6e1121558c5116f4f9e97b859570ab5eb0f86",
        "7c09d7aa6ab7c5c8",
    ),
    (
        "standard",
        "d4c93d0f6b08e96dfa6ad2997833ac88747cf29b94279333151e119738ad1112",
        "8b5098bbf76aab0d",
    ),
    (
        "paper",
        "5dc0d7d6956e6f45ce392a27dc1b568e7ae76ce6cd77676c91d145d4238c678b",
        "6f377088575ada87",
    ),
    (
        "full",
        "1e773d7ebe894d92b501147c3e756181eea14fa685518adde7997375abc9c6fa",
        "0f885e7f1b9345cd",
    ),
    (
        "vault",
        "b850cb4febd6cb058dacebb8991934c6981579810506347b3702324ff066797e",
        "901bad6319a239d4",
    ),
];

/// The key of the vault's benchmark runs at commit c002c1d, from the hash above.
const VAULT_KEY_BEFORE: &str = "02479cb4eaeb3057";

/// A lab of these tasks and networks under this law.
fn lab(tasks: &str, networks: &str, fitness: &str, shells: &str) -> Lab {
    let text = format!(
        "name = \"made\"\ndescription = \"\"\nbaselines = [\"silu\"]\nseeds = 1\n\
         sizes = {{ train = 128, in_distribution = 64, shell = 64, shells = {shells} }}\n\
         fitness = {{ {fitness} }}\ntask = [{tasks}]\nprofile = [{networks}]\n"
    );
    Lab::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

const LOG_RATIO: &str = "law = \"log_ratio\", clip = 1.5";
const MINUS_MEAN: &str = "law = \"minus_mean_loss\", ceiling = 10.0";
const NEAR: &str = "[[1.0, 1.25], [1.25, 1.5]]";

fn polynomials(count: usize) -> String {
    let task = |degree: usize| {
        format!(
            "{{ name = \"p{degree}\", family = \"polynomial\", variables = 1, degree = {degree}, \
             coefficients = \"halving\" }}"
        )
    };
    (1..=count)
        .map(|number| {
            task(number % 9 + 1).replace(
                &format!("\"p{}\"", number % 9 + 1),
                &format!("\"p{number}\""),
            )
        })
        .collect::<Vec<_>>()
        .join(", ")
}

const HARMONIC: &str =
    "{ name = \"h\", family = \"harmonic\", coordinates = \"angles\", order = 3 }";
const FEYNMAN: &str = "{ name = \"f\", family = \"feynman\", equation = \"I.40.1\" }";
const TABLE: &str = "{ name = \"t\", family = \"file\", train = \"t.csv\" }";

/// A network's table of a lab file.
fn network(name: &str, kind: &str, width: usize, depth: usize, more: &str) -> String {
    let kind = match kind {
        "residual" => {
            "kind = \"residual\", inner_width = 16, \
             initialisation = { pre_activation_deviation = 0.25 }"
        }
        _ => "kind = \"mlp\", initialisation = \"he\"",
    };
    format!(
        "{{ name = \"{name}\", {kind}, width = {width}, depth = {depth}, \
         learning_rate = 1e-3, batch = 32, steps = 10{more} }}"
    )
}

fn profile(name: &str, networks: &[String]) -> String {
    format!(
        "{{ name = \"{name}\", network = [{}] }}",
        networks.join(", ")
    )
}

fn plain(name: &str) -> String {
    profile(name, &[network("a", "mlp", 32, 2, "")])
}

#[test]
fn families_are_counted_and_named_from_the_tasks() {
    let table = [
        (
            polynomials(1),
            "one small regression task: a random polynomial",
        ),
        (
            polynomials(12),
            "twelve small regression tasks: random polynomials",
        ),
        (
            polynomials(13),
            "many small regression tasks: random polynomials",
        ),
        (
            TABLE.to_owned(),
            "one small regression task: a table of the user's own data",
        ),
        (
            format!("{HARMONIC}, {}", polynomials(2)),
            "three small regression tasks of two families: a mixture of spherical harmonics and \
             random polynomials",
        ),
        (
            format!("{FEYNMAN}, {HARMONIC}, {TABLE}"),
            "three small regression tasks of three families: an equation of physics, a mixture \
             of spherical harmonics, and a table of the user's own data",
        ),
    ];
    for (tasks, expected) in table {
        let words = describe(&lab(&tasks, &plain("mlp"), LOG_RATIO, "[[1.0, 1.25]]"));
        assert_eq!(words.families, expected);
    }
}

#[test]
fn shells_are_told_in_half_widths_and_those_of_tables_by_their_rows() {
    let computed = "Training points come from a box. What is judged is the loss on points";
    let table = [
        (
            FEYNMAN,
            NEAR,
            format!("{computed} just OUTSIDE that box, up to one and a half times its half-width"),
        ),
        (
            FEYNMAN,
            "[[1.0, 1.15]]",
            format!("{computed} just OUTSIDE that box, up to 1.15 times its half-width"),
        ),
        (
            FEYNMAN,
            "[[1.25, 2.0]]",
            format!(
                "{computed} OUTSIDE that box, from one and a quarter times to twice its half-width"
            ),
        ),
        (
            TABLE,
            NEAR,
            "Training points are rows of a table. What is judged is the loss on other rows, \
            OUTSIDE the region of those"
                .to_owned(),
        ),
    ];
    for (tasks, shells, expected) in table {
        let words = describe(&lab(tasks, &plain("mlp"), LOG_RATIO, shells));
        assert_eq!(words.shells, expected);
    }
    let mixed = format!("{FEYNMAN}, {TABLE}");
    let words = describe(&lab(&mixed, &plain("mlp"), LOG_RATIO, "[[1.0, 1.25]]"));
    assert_eq!(
        words.shells,
        "Training points come from a box, or from the inner rows of a table. What is judged is \
         the loss on points just OUTSIDE these, up to one and a quarter times the half-width of a \
         box"
    );
}

#[test]
fn networks_are_told_by_their_kind_sizes_normalisation_and_optimiser() {
    let sgd = ", normalisation = \"batch\", optimiser = { kind = \"sgd\", momentum = 0.9 }";
    let table = [
        (
            vec![network("a", "mlp", 32, 1, "")],
            "A plain multilayer perceptron of one hidden layer of 32 units.",
        ),
        (
            vec![
                network("a", "mlp", 32, 2, ""),
                network("b", "mlp", 32, 4, ""),
            ],
            "Plain multilayer perceptrons, one of two hidden layers of 32 units and one of four \
             hidden layers of 32 units.",
        ),
        (
            vec![
                network("a", "mlp", 16, 2, ""),
                network("b", "mlp", 16, 2, ", schedule = \"cosine\""),
            ],
            "Plain multilayer perceptrons of two hidden layers of 16 units.",
        ),
        (
            vec![network("a", "mlp", 32, 3, sgd)],
            "A multilayer perceptron of three hidden layers of 32 units, with batch \
             normalisation before each activation, and trained by SGD.",
        ),
        (
            vec![network("a", "residual", 32, 2, "")],
            "A small residual network of two residual blocks of width 32, each block with layer \
             normalisation before it.",
        ),
        (
            vec![
                network("a", "mlp", 32, 13, ", optimiser = { kind = \"adamw\" }"),
                network("b", "residual", 8, 1, ""),
            ],
            "A plain multilayer perceptron of 13 hidden layers of 32 units, trained by AdamW. A \
             small residual network of one residual block of width 8, each block with layer \
             normalisation before it.",
        ),
    ];
    for (networks, expected) in table {
        let words = describe(&lab(FEYNMAN, &profile("own", &networks), LOG_RATIO, NEAR));
        assert_eq!(words.profiles[0].networks, expected);
        assert_eq!(words.general, expected, "general is the only profile");
    }
}

#[test]
fn the_target_general_names_the_networks_of_its_profiles() {
    let two = format!(
        "{}, {}",
        plain("mlp"),
        profile("block", &[network("a", "residual", 8, 1, "")])
    );
    let words = describe(&lab(FEYNMAN, &two, LOG_RATIO, NEAR));
    assert_eq!(
        words.general,
        "A function for general use: a plain multilayer perceptron of two hidden layers of 32 \
         units; a small residual network of one residual block of width 8, each block with layer \
         normalisation before it."
    );
    assert_eq!(words.general_profiles, ["mlp", "block"]);
}

#[test]
fn the_fitness_law_is_told_with_its_reference_and_by_the_number_of_families() {
    let of = |tasks: &str, law: &str| describe(&lab(tasks, &plain("mlp"), law, NEAR)).fitness;
    let families = of(&format!("{FEYNMAN}, {HARMONIC}"), LOG_RATIO);
    assert!(
        families.contains("a network with `silu`. The fitness is minus the sum of the mean over")
            && families.contains("`silu` has 0 by definition")
            && families.contains("good in every family"),
        "{families}"
    );
    let alone = of(FEYNMAN, LOG_RATIO);
    assert!(
        alone.contains("minus twice the mean over the tasks") && !alone.contains("famil"),
        "{alone}"
    );
    let published = of(FEYNMAN, MINUS_MEAN);
    assert!(
        published.starts_with(
            "The fitness is minus the mean of these losses over the tasks, each counted as 10 at \
            most."
        ) && !published.contains("logarithm"),
        "{published}"
    );
}

/// The tiny lab with these lines in place of its description's end.
fn tiny_with(words: &str) -> String {
    TINY.replacen("\n[[task]]", &format!("\n{words}\n[[task]]"), 1)
}

#[test]
fn what_a_lab_says_takes_the_place_of_what_is_made_from_its_parts() {
    let made = describe(&Lab::parse(TINY).unwrap());
    let text = tiny_with(
        "[words]\nfamilies = \"two laws\"\n[words.networks]\nmlp = \"\"\"\nTiny\nnets.\"\"\"\n",
    );
    let said = describe(&Lab::parse(&text).unwrap());
    assert_eq!(
        said,
        LabWords {
            families: "two laws".to_owned(),
            profiles: vec![
                motherlode::record::lab_words::ProfileWords {
                    profile: "mlp".to_owned(),
                    networks: "Tiny\nnets.".to_owned(),
                },
                made.profiles[1].clone(),
            ],
            general: said.general.clone(),
            ..made
        }
    );
    assert!(
        said.general.contains(": tiny\nnets; a small residual"),
        "{}",
        said.general
    );
}

#[test]
fn wrong_words_are_refused_with_their_place() {
    let long = "a".repeat(1_001);
    let table = [
        (
            "[words]\nfamilie = \"x\"\n",
            "line 18: unknown field `familie`, expected one of `families`, `shells`",
        ),
        (
            "[words]\nfamilies = 3\n",
            "line 18: invalid type: integer `3`, expected a text in quotes",
        ),
        (
            "[words.networks]\ngraph = \"x\"\n",
            "words.networks names the profile 'graph', which the lab does not have",
        ),
        (
            "[words]\nshells = \" \"\n",
            "words.shells must have 1 to 1000 characters, found 1 that show nothing",
        ),
        (
            "[words]\nfitness = \"a\\u001b[2J\"\n",
            "words.fitness holds the control character '\\u{1b}'; remove it",
        ),
        (
            "[words.networks]\nmlp = \"\\u0000\"\n",
            "words.networks.mlp holds the control character '\\0'; remove it",
        ),
    ];
    for (words, expected) in table {
        let error = Lab::parse(&tiny_with(words)).unwrap_err().to_string();
        assert!(error.contains(expected), "{words}: {error}");
    }
    let error = Lab::parse(&tiny_with(&format!("[words]\ngeneral = \"{long}\"\n")))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("words.general must have 1 to 1000 characters, found 1001"),
        "{error}"
    );
}

#[test]
fn a_labs_words_are_no_part_of_its_identity_wherever_they_stand() {
    assert_eq!(identity(TINY), TINY);
    let lines = "[words]\n# A comment.\nfamilies = \"[fitness]\"\n\nshells = '''\n[[task]]\n\
        name = \"x\"\n'''\n\n# On networks.\n[words.networks]\nmlp = \"x\"\n";
    let table = [
        tiny_with(lines),
        tiny_with(&format!("# What is said.\n\n{lines}")),
        tiny_with(&lines.replace("x\"\n'''", "y\"\n'''")),
        format!("{TINY}\n{lines}"),
        TINY.replacen("seeds = 1\n", "seeds = 1\nwords.general = \"x\"\n", 1),
        TINY.replacen(
            "seeds = 1\n",
            "seeds = 1\nwords = { general = \"x\", networks = { mlp = \"y\" } }\n",
            1,
        ),
        TINY.replacen("\n[[task]]", "\n[words.networks]\n\n[[task]]", 1),
    ];
    for text in table {
        Lab::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(identity(&text), TINY, "{text}");
    }
    assert_eq!(identity("no = [toml"), "no = [toml");
    assert_ne!(identity(&TINY.replace("steps = 40", "steps = 41")), TINY);
}

#[test]
fn shipped_labs_are_those_of_the_version_before_to_every_key() {
    assert_eq!(
        BEFORE.map(|(name, ..)| name).to_vec(),
        Lab::names().collect::<Vec<_>>()
    );
    for (name, hash, file) in BEFORE {
        let text = Lab::shipped(name).unwrap();
        assert!(text.contains("[words]"), "{name} says something of itself");
        assert_eq!(
            blake3::hash(identity(text).as_bytes()).to_hex().as_str(),
            hash,
            "{name}"
        );
        let folder = tempfile::tempdir().unwrap();
        let found = find_lab(name).unwrap();
        MeasureCache::open(folder.path(), &found, 1).unwrap();
        assert_eq!(files(folder.path()), [format!("{file}.jsonl")], "{name}");
    }
    let vault = Vault::new(find_lab("vault").unwrap(), 1);
    assert_eq!(vault.record().key(), VAULT_KEY_BEFORE);
}

/// The files of `fields/`.
fn files(archive: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(archive.join("fields")).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn found(definition: &str) -> FoundLab {
    FoundLab {
        definition: definition.to_owned(),
        lab: Lab::parse(definition).unwrap(),
        files: Vec::new(),
    }
}

#[test]
fn what_was_measured_under_other_words_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let values = "[[[0.5,0.25],[0.5,0.25]],[[0.5,0.25],[0.5,0.25]],[[0.5,0.25],[0.5,0.25]]]";
    let measures = serde_json::from_str(values).unwrap();
    let mut cache = MeasureCache::open(folder.path(), &found(TINY), 3).unwrap();
    cache.keep("abc", measures).unwrap();
    let words = tiny_with("[words]\nfamilies = \"two laws\"\n");
    let other = TINY.replace("steps = 40", "steps = 41");
    for (definition, expected) in [(TINY, true), (&words, true), (&other, false)] {
        let cache = MeasureCache::open(folder.path(), &found(definition), 3).unwrap();
        assert_eq!(cache.get("abc").is_some(), expected, "{definition}");
    }
    let key = |definition: &str| Vault::new(found(definition), 1).record().key();
    assert!(key(TINY) == key(&words) && key(TINY) != key(&other));
}

#[test]
fn lab_show_prints_what_a_lab_says_of_itself() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["lab", "show", "smoke"]);
    let text = stdout(&output);
    assert!(
        text.contains("\nfamilies: eight small regression tasks, two of each of four families: ")
            && text.contains("\nmlp: Plain multilayer perceptrons"),
        "{text}"
    );
    let tiny = tiny_lab();
    let output = run(
        folder.path(),
        &["lab", "show", tiny.to_str().unwrap(), "--json"],
    );
    let answer = document(&output);
    assert_eq!(
        answer["words"]["families"],
        "two small regression tasks of two families: a random polynomial and an equation of physics"
    );
    assert_eq!(answer["words"]["profiles"][1]["profile"], "transformer");
}

#[test]
fn a_lab_of_ones_own_needs_no_words() {
    let words = describe(&Lab::parse(OWN).unwrap());
    assert_eq!(
        words.families,
        "three small regression tasks of two families: a table of the user's own data and \
         equations of physics"
    );
    assert_eq!(
        words.general,
        "A plain multilayer perceptron of three hidden layers of 32 units, trained by AdamW."
    );
}

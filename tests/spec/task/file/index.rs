//! The index of a table: nameless columns before all others are no inputs unless the definition
//! says so.

use motherlode::config::{find_lab, find_lab_again};
use motherlode::numerics::stream::Key;
use motherlode::record::charter::Charter;
use motherlode::task::{Sizes, TaskDefinition};

use super::{definition, files, load, Files};
use crate::binary::{folder, run, stderr};
use crate::lab::TINY;

/// A table under this header: a column that counts the rows for each but the last two names, then
/// x and its square.
fn table(header: &str) -> Vec<u8> {
    let indices = header.split(',').count() - 2;
    let row = |row: usize| {
        let x = (row as f64 * 0.37).sin() * (1.0 + row as f64 / 50.0);
        format!("{}{x},{}\n", format!("{row},").repeat(indices), x * x)
    };
    let rows: String = (0..80).map(row).collect();
    format!("{header}\n{rows}").into_bytes()
}

fn sizes() -> Sizes {
    Sizes::default()
}

fn inputs(task: &TaskDefinition) -> usize {
    task.generate(&Key::new(1), &sizes()).unwrap().dimension
}

#[test]
fn a_nameless_first_column_is_left_out_unless_the_definition_names_it() {
    for (header, text, dimension, left_out) in [
        ("x,square", "", 1, ""),
        (",x,square", "", 1, "0 (nameless)"),
        ("\"\",x,square", "", 1, "0 (nameless)"),
        ("  ,x,square", "", 1, "0 (nameless)"),
        ("\u{feff},x,square", "", 1, "0 (nameless)"),
        ("Unnamed: 0,x,square", "", 1, "`Unnamed: 0`"),
        (",,x,square", "", 1, "0 (nameless), 1 (nameless)"),
        (
            ",\"Unnamed: 1\",x,square",
            "",
            1,
            "0 (nameless), `Unnamed: 1`",
        ),
        // What has a name, or stands elsewhere, is an input.
        ("row,x,square", "", 2, ""),
        ("row,,square", "", 2, ""),
        ("Unnamed: 1,x,square", "", 2, ""),
        // What the definition names is what it names.
        (",x,square", "inputs = [0, 1]", 2, ""),
        (",x,square", "inputs = ['', 'x']", 2, ""),
        (",x,square", "inputs = ['x']", 1, ""),
        (",x,square", "target = 0", 2, ""),
        (",x,square", "target = 'x'", 1, "0 (nameless)"),
    ] {
        let mut task = definition(&format!("train = 't.csv'\n{text}"));
        load(&mut task, &files([("t.csv", table(header))])).expect(header);
        assert_eq!(inputs(&task), dimension, "{header}, {text}");
        let found = task.index_left_out().map(|(file, columns)| {
            assert_eq!(file, "t.csv");
            columns.join(", ")
        });
        assert_eq!(found.unwrap_or_default(), left_out, "{header}, {text}");
    }
}

#[test]
fn an_index_may_hold_anything_and_is_the_same_in_every_file() {
    let text = |table: Vec<u8>| String::from_utf8(table).unwrap();
    let words = text(table(",x,square")).replace("\n7,", "\nhouse seven,");
    let mut task = definition("train = 't.csv'\nin_distribution = 'v.csv'");
    let both: Files = files([("t.csv", words.into_bytes()), ("v.csv", table(",x,square"))]);
    load(&mut task, &both).unwrap();
    assert_eq!(inputs(&task), 1);
    // Nothing is left beside the target.
    let mut task = definition("train = 't.csv'");
    let error = load(&mut task, &files([("t.csv", b",y\n1,2\n".to_vec())])).unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains("only an index, column 0 (nameless); name it by `inputs`"),
        "{said}"
    );
}

#[test]
fn a_task_takes_an_index_for_an_input_as_before_where_it_is_told_to() {
    let mut task = definition("train = 't.csv'");
    task.take_index();
    load(&mut task, &files([("t.csv", table(",x,square"))])).unwrap();
    assert_eq!((inputs(&task), task.index_left_out()), (2, None));
}

#[test]
fn a_campaign_goes_on_with_what_it_was_started_with() {
    let folder = folder();
    std::fs::write(folder.path().join("t.csv"), table(",x,square")).unwrap();
    let (head, _) = TINY.split_once("[[task]]").unwrap();
    let (_, tail) = TINY.split_once("[[profile]]").unwrap();
    let task = "[[task]]\nname = 'p_1d3'\nfamily = 'file'\ntrain = 't.csv'\n";
    let path = folder.path().join("lab.toml");
    std::fs::write(&path, format!("{head}{task}[[profile]]{tail}")).unwrap();
    let found = find_lab(path.to_str().unwrap()).unwrap();
    assert!(found.files[0].without_index && found.files[0].key().ends_with(" without its index"));
    assert_eq!(inputs(&found.lab.tasks[0]), 1);
    let now = Charter::new("c", found.source(), 1);
    assert_eq!(inputs(&find_lab_again(&now).unwrap().tasks[0]), 1);
    // As the version before recorded it.
    let mut record = serde_json::to_value(&now).unwrap();
    let removed = record["lab_files"][0]
        .as_object_mut()
        .unwrap()
        .remove("without_index");
    assert_eq!(removed, Some(true.into()));
    let before: Charter = serde_json::from_value(record).unwrap();
    assert_eq!(inputs(&find_lab_again(&before).unwrap().tasks[0]), 2);
    assert_eq!(
        before.lab_files[0].key(),
        now.lab_files[0].hash,
        "its key is the old one"
    );
    let output = run(folder.path(), &["lab", "check", "lab.toml", "--seeds", "1"]);
    let said = stderr(&output);
    assert!(
        said.contains(
            "task p_1d3: column 0 (nameless) of t.csv is taken for an index and left out"
        ),
        "{said}"
    );
}

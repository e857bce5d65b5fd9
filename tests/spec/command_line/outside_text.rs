//! Text from outside, planted in every source of it: whatever face prints it, no terminal obeys it,
//! nothing of it is hidden, and it passes for no line of the program.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use motherlode::journal::Journal;
use motherlode::proposer::llm::address::Provider;
use motherlode::record::charter::Charter;
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::binary::{folder, lines, motherlode, stderr, stdout, tiny_lab};
use crate::proposer::servers::Server;

/// Every kind of character that steers, turns or hides, and a line that would pass for an error.
const HOSTILE: &str = "one\u{1b}]52;c;aGk=\u{7}\u{1b}[2J\r\u{8}\u{7f}\u{9b}31m\u{85}\u{202e}\
    \u{2066}\u{61c}\u{200f}\u{200b}\u{feff}\u{ad}\u{2028}\u{e0041}\nerror: planted\ttwo";

/// The same as far as it can stand in a file's name, shorter.
const HOSTILE_NAME: &str = "f\u{1b}[2J\u{7}\r\u{7f}\u{9b}\u{202e}\u{200b}\nerror: planted";

/// The ranges of what must not be printed, but for line breaks and the tabs of a whole reply.
fn steers(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Holds both streams of a run to the rule, and to an exit code that no panic gives.
fn held(what: &str, output: &Output) {
    for (stream, text) in [("output", stdout(output)), ("error", stderr(output))] {
        let found = text.chars().find(|c| steers(*c));
        assert_eq!(found, None, "{what}, standard {stream}: {text:?}");
        let passes = text.lines().any(|line| line.starts_with("error: planted"));
        assert!(!passes, "{what}, standard {stream}: {text}");
    }
    let code = output.status.code();
    assert!(
        matches!(code, Some(0..=3)),
        "{what} ends with {code:?}: {}",
        stderr(output)
    );
}

/// Runs the program in `folder`, with the archive `folder/archive`.
fn told<T: AsRef<OsStr>>(folder: &Path, arguments: &[T]) -> Output {
    let mut command = motherlode();
    command.args(arguments).current_dir(folder);
    command.env("MOTHERLODE_ARCHIVE", folder.join("archive"));
    command.env("MOTHERLODE_DATA", folder.join("data"));
    let output = command.output().expect("the program starts");
    let words: Vec<_> = arguments.iter().map(|word| word.as_ref()).collect();
    held(&format!("{words:?}"), &output);
    output
}

/// A lab with hostile words, in a file of a hostile name.
fn hostile_lab(folder: &Path) -> PathBuf {
    let text = fs::read_to_string(tiny_lab()).unwrap();
    let description = json!(HOSTILE.replace('\u{e0041}', "")).to_string();
    let description = description.replace('\u{7f}', "\\u007f");
    let text = text
        .replace("name = \"tiny\"", "name = \"tiny\u{202e}\u{200b}\"")
        .replace("\"Two tasks and 40 steps, for tests.\"", &description)
        .replace("\"transformer\"", "\"trans\u{2066}\u{feff}former\"");
    let path = folder.join(format!("{HOSTILE_NAME}.toml"));
    fs::write(&path, text).unwrap();
    path
}

/// Replies with hostile words, names and formulas, in a folder of a hostile name.
fn hostile_replies(folder: &Path) -> PathBuf {
    let replies = folder.join(format!("replies{HOSTILE_NAME}"));
    fs::create_dir(&replies).unwrap();
    let reply =
        |formula: &str| json!({ "formula": formula, "name": HOSTILE, "rationale": HOSTILE });
    for (number, text) in [
        reply("x*tanh(0.31*x)").to_string(),
        reply(HOSTILE).to_string(),
        reply(&format!("x*sigmoid(0.7*x) # {HOSTILE}")).to_string(),
        HOSTILE.to_owned(),
        format!("```\n{HOSTILE}\n```\n"),
        reply("x*x").to_string(),
    ]
    .iter()
    .enumerate()
    {
        fs::write(replies.join(format!("{number}{HOSTILE_NAME}.md")), text).unwrap();
    }
    replies
}

#[test]
fn a_campaign_of_hostile_words_is_shown_by_every_face() {
    let folder = folder();
    let (folder, lab) = (folder.path(), hostile_lab(folder.path()));
    let (lab, replies) = (lab.to_str().unwrap(), hostile_replies(folder));
    let replies = replies.to_str().unwrap();
    let mine = |name: &'static str, more: &[&str]| {
        let own = [
            "mine",
            "--lab",
            lab,
            "--proposer",
            "scripted",
            "--replies",
            replies,
            "--attempts",
            "6",
        ];
        told(folder, &[&own[..], &["--name", name], more].concat())
    };
    assert_eq!(mine("c", &[]).status.code(), Some(0));
    let events = lines(&mine("d", &["--json", "-vv"]));
    assert_eq!(events.last().unwrap()["attempts"], 6);
    let attempts = lines(&told(folder, &["archive", "attempts", "c", "--json"]));
    assert_eq!(attempts[1]["written"], HOSTILE, "JSON says the same value");
    let id = attempts[0]["nickname"].as_str().unwrap();
    let shown = &lines(&told(folder, &["archive", "show", id, "--json"]))[0];
    assert_eq!(shown["rationale"], HOSTILE);
    for arguments in [
        &["archive", "list"][..],
        &["archive", "attempts", "c"],
        &["archive", "top", "c"],
        &["archive", "show", id],
        &["spend", "c"],
        &["plot", id],
        &["prompt", "show", "--campaign", "c"],
        &["prompt", "show", "--campaign", "c", "--attempt", "2"],
        &["prompt", "guidance", "c"],
        &["rerun", "c", "--name", "e"],
        &["lab", "show", lab],
        &["lab", "show", lab, "--json"],
        &["lab", "check", lab],
        &["lab", "show", lab, "p_1d3", "--svg", "task.svg"],
        &["evaluate", "x*tanh(x)", HOSTILE, "--lab", lab],
        &["evaluate", "x*tanh(x)", "--lab", lab, "--json"],
    ] {
        told(folder, arguments);
    }
    let svg = fs::read_to_string(folder.join("task.svg")).unwrap();
    assert!(!svg.chars().any(steers), "{svg}");
}

#[test]
fn a_foreign_charter_steers_nothing() {
    let folder = folder();
    let folder = folder.path();
    let lab = tiny_lab();
    let lab = lab.to_str().unwrap();
    told(
        folder,
        &["mine", "--lab", lab, "--attempts", "3", "--name", "c"],
    );
    let journal = Journal::open(&folder.join("archive")).unwrap();
    let mut charter = journal.campaign("c").unwrap().expect("it is there");
    for field in [
        &mut charter.created,
        &mut charter.lab,
        &mut charter.proposer,
        &mut charter.version,
    ] {
        *field = HOSTILE.to_owned();
    }
    charter.models = vec![HOSTILE.to_owned()];
    journal.amend(&charter).unwrap();
    journal.close().unwrap();
    for arguments in [
        &["archive", "list"][..],
        &["archive", "list", "--json"],
        &["archive", "top", "c"],
        &["archive", "attempts", "c"],
        &["spend", "c"],
        &["prompt", "show", "--campaign", "c"],
        &["rerun", "c"],
        &["mine", "--resume", "c", "--attempts", "4"],
    ] {
        told(folder, arguments);
    }
}

#[test]
fn an_error_steers_nothing_whatever_is_named_in_it() {
    let folder = folder();
    let folder = folder.path();
    fs::write(
        folder.join("campaign.toml"),
        format!("lag = {HOSTILE_NAME}"),
    )
    .unwrap();
    fs::write(folder.join(HOSTILE_NAME), "nothing of use").unwrap();
    let absent = format!("absent/{HOSTILE_NAME}");
    let absent = absent.as_str();
    let nan = format!("x+{HOSTILE}");
    for arguments in [
        &["mine", "campaign.toml"][..],
        &["mine", HOSTILE_NAME],
        &["mine", absent],
        &["mine", "--lab", absent],
        &["mine", "--name", HOSTILE],
        &["mine", "--device", HOSTILE],
        &["mine", "--seed", HOSTILE],
        &["mine", "--proposer", "scripted", "--replies", absent],
        &["mine", "--model", HOSTILE],
        &["mine", "--target", HOSTILE],
        &["mine", HOSTILE, HOSTILE],
        &[HOSTILE],
        &["archive", HOSTILE],
        &["archive", "show", HOSTILE],
        &["archive", "list", "--archive", absent],
        &["archive", "list", "--archive", HOSTILE_NAME],
        &["archive", "attempts", HOSTILE],
        &["evaluate", &nan, "--lab", "smoke"],
        &["evaluate", "gelu", "--lab", absent],
        &["plot", HOSTILE],
        &["plot", "gelu", "--png", absent],
        &["export", "gelu", "--to", HOSTILE],
        &["export", HOSTILE, "--to", "json"],
        &["export", "gelu", "--to", "rust", "--name", HOSTILE],
        &["library", HOSTILE],
        &["lab", "show", HOSTILE],
        &["lab", "show", "smoke", HOSTILE],
        &["data", "check", HOSTILE],
        &["data", "get", HOSTILE],
        &["data", "import", "own", absent],
        &["data", "import", HOSTILE, HOSTILE_NAME],
        &["data", "import", "own", HOSTILE_NAME],
        &["replay", "--benchmark", HOSTILE],
        &["replay", "--formula", HOSTILE],
        &["transfer", "--lab", absent],
        &["prompt", "show", "--campaign", HOSTILE],
        &["init", HOSTILE_NAME],
    ] {
        let output = told(folder, arguments);
        let code = output.status.code();
        assert!(
            matches!(code, Some(1 | 2)),
            "{arguments:?} ends with {code:?}"
        );
    }
    let no_text = OsStr::from_bytes(b"archive-\xff\x1b[2J");
    for arguments in [
        &[
            OsStr::new("archive"),
            OsStr::new("list"),
            OsStr::new("--archive"),
            no_text,
        ][..],
        &[OsStr::new("evaluate"), no_text],
        &[no_text],
    ] {
        told(folder, arguments);
    }
}

#[test]
fn what_is_written_is_named_without_steering() {
    let folder = folder();
    let folder = folder.path();
    let svg = format!("{HOSTILE_NAME}.svg");
    for arguments in [
        &["plot", "gelu", "--svg", svg.as_str()][..],
        &["export", "gelu", "--to", "json", "--output", HOSTILE_NAME],
        &[
            "export",
            "gelu",
            "--to",
            "json",
            "--output",
            HOSTILE_NAME,
            "--json",
        ],
        &["init", "other\u{1b}[2J\u{202e}\n.toml"],
    ] {
        let output = told(folder, arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
}

#[test]
fn a_server_that_fails_in_hostile_words_steers_nothing() {
    let folder = folder();
    let folder = folder.path();
    let lab = tiny_lab();
    let lab = lab.to_str().unwrap();
    for body in [
        json!({ "error": { "message": HOSTILE, "type": HOSTILE, "code": 400 } }).to_string(),
        HOSTILE.to_owned(),
    ] {
        let server = Server::answering(vec![ResponseTemplate::new(400).set_body_string(body)]);
        let model = format!("{},free", server.model(Provider::Compatible));
        told(folder, &["doctor", "--model", &model]);
        told(folder, &["doctor", "--model", &model, "--json"]);
        let mine = ["mine", "--lab", lab, "--model", &model, "--attempts", "3"];
        told(folder, &[&mine[..], &["-vv"]].concat());
        told(folder, &[&mine[..], &["--json"]].concat());
        told(folder, &["archive", "attempts"]);
    }
}

#[test]
fn a_set_of_hostile_names_is_listed_and_checked() {
    let folder = folder();
    let folder = folder.path();
    for part in ["train", "test"] {
        for (class, shade) in [(HOSTILE_NAME, 40), ("plain", 200)] {
            let place = folder.join("pictures").join(part).join(class);
            fs::create_dir_all(&place).unwrap();
            for number in 0..2 {
                let picture = image::RgbImage::from_pixel(8, 8, image::Rgb([shade, number, 9]));
                let path = place.join(format!("{number}{HOSTILE_NAME}.png"));
                picture.save(path).unwrap();
            }
        }
    }
    let import = ["data", "import", "own", "pictures", "--size", "8"];
    let imported = told(folder, &import);
    assert_eq!(imported.status.code(), Some(0), "{}", stderr(&imported));
    fs::create_dir_all(folder.join("data").join(HOSTILE_NAME)).unwrap();
    fs::write(
        folder.join("data").join(HOSTILE_NAME).join("manifest.json"),
        HOSTILE,
    )
    .unwrap();
    for arguments in [
        &["data", "list"][..],
        &["data", "list", "--json"],
        &["data", "check"],
        &["data", "check", "own"],
        &["data", "check", "own", "--json"],
    ] {
        told(folder, arguments);
    }
}

#[test]
fn a_foreign_charter_of_absurd_numbers_ends_no_command_by_a_panic() {
    let folder = folder();
    let folder = folder.path();
    let lab = tiny_lab();
    let lab = lab.to_str().unwrap();
    told(
        folder,
        &["mine", "--lab", lab, "--attempts", "3", "--name", "c"],
    );
    let changes: [fn(&mut Charter); 9] = [
        |charter| charter.islands = u32::MAX,
        |charter| (charter.islands, charter.lag) = (0, 0),
        |charter| charter.lag = u64::MAX,
        |charter| charter.attempt_deadline_seconds = -1e300,
        |charter| charter.attempts = u64::MAX,
        |charter| (charter.attempts, charter.champions) = (0, u32::MAX),
        |charter| (charter.cost_budget, charter.parameters) = (0, u32::MAX),
        |charter| charter.target = String::new(),
        |charter| charter.lab_definition = String::new(),
    ];
    for change in changes {
        let journal = Journal::open(&folder.join("archive")).unwrap();
        let mut charter = journal.campaign("c").unwrap().expect("it is there");
        let whole = charter.clone();
        change(&mut charter);
        journal.amend(&charter).unwrap();
        journal.close().unwrap();
        for arguments in [
            &["archive", "list"][..],
            &["archive", "top"],
            &["archive", "attempts"],
            &["prompt", "show", "--campaign", "c"],
            &["rerun", "c"],
            &["mine", "--resume", "c", "--attempts", "3"],
        ] {
            told(folder, arguments);
        }
        let journal = Journal::open(&folder.join("archive")).unwrap();
        journal.amend(&whole).unwrap();
        journal.close().unwrap();
    }
}

//! What a user says of a training program: its command, what it is given, what it prints, and what
//! it may take.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::definition_text::{self, Written};
use super::error::DefinitionError;
use crate::files;
use crate::formula::export::Target;
use crate::record::benchmark_run::Direction;

/// The fractions of the whole recipe that a program knows where its file does not say.
const USUAL_FIDELITIES: [f64; 3] = [0.0625, 0.25, 1.0];
/// The limit on the time of a run where the file does not say.
const USUAL_SECONDS: f64 = 3_600.0;
/// The longest run, the most programs at once, and the most memory: more are slips of the pen.
const MOST_SECONDS: f64 = 30.0 * 86_400.0;
const MOST_AT_ONCE: usize = 1_024;
const MOST_MEBIBYTES: u64 = 1 << 24;
/// The longest name and the longest words in place of one.
const LONGEST_WORDS: usize = 200;
/// The keys of a line that mean something else than a metric.
const TAKEN_METRICS: [&str; 2] = ["progress", "step"];

/// A training program as a benchmark, as its TOML file defines it.
#[derive(Clone, Debug, PartialEq)]
pub struct ProgramDefinition {
    /// The text of the file.
    pub text: String,
    /// The name of the benchmark; that of the file where none is given.
    pub name: String,
    /// The program and its arguments; no shell reads them.
    pub command: Vec<String>,
    /// Where it runs: a folder, absolute.
    pub folder: PathBuf,
    /// The export that it is given.
    pub activation: Target,
    /// The key of the number that it prints.
    pub metric: String,
    /// Whether higher or lower values of the metric are better.
    pub direction: Direction,
    /// Whether each run must print a `loss` beside the metric.
    pub loss: bool,
    /// The fractions of the whole recipe that it can train, ascending; the last is 1.
    pub fidelities: Vec<f64>,
    /// The most time of a run.
    pub limit: Duration,
    /// The most bytes that a run may hold in memory; `None` where nothing is said.
    pub memory: Option<u64>,
    /// The most runs at the same time.
    pub at_once: usize,
    /// The devices, of which each run is given one as `CUDA_VISIBLE_DEVICES`; empty where none are
    /// handed out.
    pub devices: Vec<String>,
    /// Variables of its environment, beside those of this program.
    pub environment: BTreeMap<String, String>,
    /// Variables that are passed on although their names speak of a key.
    pub pass: Vec<String>,
    /// Files beside those of the command on whose contents its numbers depend, as they are written.
    pub files: Vec<String>,
    /// What it trains, in words.
    pub model: String,
    /// What it trains and measures on, in words.
    pub dataset: String,
    /// What the benchmark is, in words.
    pub description: Option<String>,
}

impl ProgramDefinition {
    /// Reads a program's file. Its folder is where the command runs, and from where other paths
    /// lead.
    ///
    /// # Errors
    /// A file that cannot be read, and as [`ProgramDefinition::parse`].
    pub fn read(path: &Path) -> Result<ProgramDefinition, DefinitionError> {
        let unreadable = |error: std::io::Error| DefinitionError::Unreadable {
            path: path.display().to_string(),
            reason: error.to_string(),
        };
        let text = files::text(path, files::PROGRAM).map_err(unreadable)?;
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let folder = std::path::absolute(folder).map_err(unreadable)?;
        ProgramDefinition::parse(&text, path, &folder)
    }

    /// Reads the text of a program's file that was named so, and whose folder is given. Nothing is
    /// opened.
    ///
    /// # Errors
    /// A text that is no TOML, a key that is unknown, and a value that cannot be.
    pub fn parse(
        text: &str,
        path: &Path,
        folder: &Path,
    ) -> Result<ProgramDefinition, DefinitionError> {
        let file = path.display().to_string();
        let written = definition_text::read(text, &file)?;
        let check = Check { file };
        check.command(&written.command)?;
        let name = match &written.name {
            Some(name) => check.words("name", name)?,
            None => path.file_stem().map_or_else(
                || "program".to_owned(),
                |stem| stem.to_string_lossy().into_owned(),
            ),
        };
        let devices = check.devices(&written)?;
        let model = match &written.model {
            Some(model) => check.words("model", model)?,
            None => written.command.join(" "),
        };
        let dataset = match &written.dataset {
            Some(dataset) => check.words("dataset", dataset)?,
            None => "its own data".to_owned(),
        };
        Ok(ProgramDefinition {
            text: text.to_owned(),
            name,
            folder: match &written.folder {
                Some(below) => folder.join(below),
                None => folder.to_owned(),
            },
            activation: check.activation(&written.activation)?,
            metric: check.metric(&written.metric)?,
            direction: check.direction(&written.direction)?,
            loss: written.loss,
            fidelities: check.fidelities(written.fidelities.as_deref())?,
            limit: check.limit(written.seconds)?,
            memory: check.memory(written.memory)?,
            at_once: check.at_once(written.at_once, devices.len())?,
            devices,
            environment: check.environment(&written)?,
            pass: written.pass,
            files: written.files,
            model,
            dataset,
            description: written.description,
            command: written.command,
        })
    }

    /// Returns the command as a person reads it, each word in quotes that needs them.
    pub fn shown_command(&self) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-+./,:@%=".contains(c);
        let word = |word: &String| match !word.is_empty() && word.chars().all(plain) {
            true => word.clone(),
            false => format!("'{}'", word.replace('\'', "'\\''")),
        };
        let words: Vec<String> = self.command.iter().map(word).collect();
        words.join(" ")
    }
}

/// Holds the values of a file to what they may be.
struct Check {
    file: String,
}

impl Check {
    fn unsound(&self, key: &str, problem: String) -> DefinitionError {
        DefinitionError::Unsound {
            path: self.file.clone(),
            key: key.to_owned(),
            problem,
        }
    }

    fn command(&self, command: &[String]) -> Result<(), DefinitionError> {
        let problem = if command.first().is_none_or(String::is_empty) {
            "is empty: give the program and its arguments, such as [\"python\", \"train.py\"]"
        } else if command.iter().any(|word| word.contains('\0')) {
            "holds a null character, which no command line has: leave it out"
        } else {
            return Ok(());
        };
        Err(self.unsound("command", problem.to_owned()))
    }

    fn words(&self, key: &str, words: &str) -> Result<String, DefinitionError> {
        if (1..=LONGEST_WORDS).contains(&words.chars().count())
            && !words.chars().any(char::is_control)
        {
            return Ok(words.to_owned());
        }
        Err(self.unsound(
            key,
            format!("takes 1 to {LONGEST_WORDS} characters on one line: shorten it"),
        ))
    }

    fn metric(&self, metric: &str) -> Result<String, DefinitionError> {
        if TAKEN_METRICS.contains(&metric) {
            return Err(self.unsound(
                "metric",
                format!("cannot be `{metric}`, which tells how far a run is: give another name"),
            ));
        }
        self.words("metric", metric)
    }

    fn activation(&self, name: &str) -> Result<Target, DefinitionError> {
        Target::named(name).ok_or_else(|| {
            let known = Target::ALL.map(Target::name).join(", ");
            self.unsound(
                "activation",
                format!("takes what a formula is exported to, one of {known}; found `{name}`"),
            )
        })
    }

    fn direction(&self, direction: &str) -> Result<Direction, DefinitionError> {
        [Direction::Higher, Direction::Lower]
            .into_iter()
            .find(|known| known.name() == direction)
            .ok_or_else(|| {
                self.unsound(
                    "direction",
                    format!("is `higher` or `lower`, whichever is better; found `{direction}`"),
                )
            })
    }

    fn fidelities(&self, written: Option<&[f64]>) -> Result<Vec<f64>, DefinitionError> {
        let mut fidelities = written.unwrap_or(&USUAL_FIDELITIES).to_vec();
        if let Some(found) = fidelities
            .iter()
            .find(|found| !(**found > 0.0 && **found <= 1.0))
        {
            return Err(self.unsound(
                "fidelities",
                format!("takes fractions above 0 and up to 1, found {found}"),
            ));
        }
        fidelities.sort_by(f64::total_cmp);
        fidelities.dedup();
        if fidelities.last() != Some(&1.0) {
            return Err(self.unsound(
                "fidelities",
                "lacks 1, the whole recipe, on which winners are judged: add 1.0".to_owned(),
            ));
        }
        Ok(fidelities)
    }

    fn limit(&self, seconds: Option<f64>) -> Result<Duration, DefinitionError> {
        let seconds = seconds.unwrap_or(USUAL_SECONDS);
        if seconds > 0.0 && seconds <= MOST_SECONDS {
            return Ok(Duration::from_secs_f64(seconds));
        }
        Err(self.unsound(
            "seconds",
            format!("takes a time above 0 and up to {MOST_SECONDS} s, found {seconds}"),
        ))
    }

    fn memory(&self, mebibytes: Option<u64>) -> Result<Option<u64>, DefinitionError> {
        match mebibytes {
            Some(found) if !(1..=MOST_MEBIBYTES).contains(&found) => Err(self.unsound(
                "memory",
                format!("takes 1 to {MOST_MEBIBYTES} MiB, found {found}"),
            )),
            mebibytes => Ok(mebibytes.map(|mebibytes| mebibytes << 20)),
        }
    }

    fn devices(&self, written: &Written) -> Result<Vec<String>, DefinitionError> {
        let named =
            |device: &String| !device.is_empty() && device.chars().all(|c| c.is_ascii_graphic());
        if let Some(found) = written.devices.iter().find(|device| !named(device)) {
            return Err(self.unsound(
                "devices",
                format!(
                    "takes names of devices such as \"0\" or \"GPU-3f1c\", found `{}`",
                    found.escape_default()
                ),
            ));
        }
        Ok(written.devices.clone())
    }

    fn at_once(&self, written: Option<usize>, devices: usize) -> Result<usize, DefinitionError> {
        let at_once = written.unwrap_or(devices.max(1));
        let most = if devices > 0 { devices } else { MOST_AT_ONCE };
        if (1..=most).contains(&at_once) {
            return Ok(at_once);
        }
        let reason = match devices {
            0 => String::new(),
            _ => format!(" (as many as there are `devices`: {devices})"),
        };
        Err(self.unsound(
            "at_once",
            format!("takes 1 to {most} runs{reason}, found {at_once}"),
        ))
    }

    fn environment(&self, written: &Written) -> Result<BTreeMap<String, String>, DefinitionError> {
        let of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        for (key, name) in written
            .environment
            .keys()
            .map(|name| ("environment", name))
            .chain(written.pass.iter().map(|name| ("pass", name)))
        {
            let problem = if name.is_empty() || !name.chars().all(of_name) {
                "takes names of variables, of letters, digits and underscores"
            } else if name.starts_with("MOTHERLODE_") {
                "cannot have the variables by which a run is told what it is to do"
            } else if name == "CUDA_VISIBLE_DEVICES" && !written.devices.is_empty() {
                "cannot have the variable by which `devices` are handed out"
            } else {
                continue;
            };
            let found = name.escape_default();
            return Err(self.unsound(key, format!("{problem}; found `{found}`: leave it out")));
        }
        if let Some((name, _)) = written.environment.iter().find(|(_, v)| v.contains('\0')) {
            let problem = format!("has a null character in `{name}`: leave it out");
            return Err(self.unsound("environment", problem));
        }
        Ok(written.environment.clone())
    }
}

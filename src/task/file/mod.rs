//! Tasks from a user's own tables: CSV with a header, or NPY.

mod npy;
mod sets;
mod table;

use std::fmt::{self, Formatter};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::standardisation::RawSet;
use super::TaskError;
use crate::formula::nearest::nearest;
use table::{Header, Table};

/// The most inputs that a table may have.
const MOST_INPUTS: usize = 1024;

/// A task whose sets are rows of files.
///
/// Its distances are the sup norm of the inputs, standardised by the mean and standard deviation of
/// the training file. The unit, and with it a shell's `inner` and `outer`, is
/// - where out-of-distribution files are given, the distance of the training file's farthest row:
///   `inner` and `outer` are those of the shell's nearest and farthest row, and `inner` may be
///   below 1, because such rows need not differ by distance;
/// - elsewhere the distance within which the fraction `inside` of the training file lies.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct FileTask {
    /// The task's name.
    pub name: String,
    /// The path of the file with the training rows.
    pub train: String,
    /// The path of the file with the in-distribution rows; a part of the training rows is held out
    /// where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_distribution: Option<String>,
    /// The path of a file for each shell of the lab, innermost first; the rows farthest out are the
    /// shells where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub out_of_distribution: Vec<String>,
    /// The target column; the last column where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Column>,
    /// The input columns. Where absent, all but the target and an index column: nameless ones
    /// before all others, in which tables of data frames keep the numbers of their rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Vec<Column>>,
    /// The fraction of the training file's rows that lie inside where the shells are taken from
    /// that file, above 0 and below 1; 0.6 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<f64>,
    /// The fraction of the rows inside that are held out where no in-distribution file is given,
    /// above 0 and below 1; 0.2 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_out: Option<f64>,
    #[serde(skip)]
    loaded: Option<Arc<Loaded>>,
    /// Whether an index column counts as an input, as it did before there was a rule for it.
    #[serde(skip)]
    takes_index: bool,
}

/// A column of a table.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(untagged, expecting = "a column's name, or its index from 0")]
pub enum Column {
    /// Its place, counted from 0.
    Index(usize),
    /// Its name in the table's header.
    Name(String),
}

/// The rows of the files.
#[derive(PartialEq)]
struct Loaded {
    dimension: usize,
    /// The columns that were left out as an index, in words.
    index: Vec<String>,
    train: RawSet,
    in_distribution: Option<RawSet>,
    out_of_distribution: Vec<RawSet>,
}

impl fmt::Debug for Loaded {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} rows of {} inputs to train on",
            self.train.targets.len(),
            self.dimension
        )
    }
}

impl FileTask {
    pub(super) fn check(&self) -> Result<(), TaskError> {
        let bad = |field, wanted: &str, found: String| {
            Err(TaskError::BadField {
                task: self.name.clone(),
                field,
                wanted: wanted.to_string(),
                found,
            })
        };
        let files = self.files();
        if files.contains(&"") {
            return bad(
                "train",
                "a path, like every other file of the task",
                "an empty one".to_string(),
            );
        }
        if let Some(twice) = files
            .iter()
            .enumerate()
            .find(|(index, file)| files[..*index].contains(file))
        {
            return bad(
                "out_of_distribution",
                "files that no other set is read from",
                format!("`{}` twice", twice.1),
            );
        }
        for (field, fraction, idle, reason) in [
            (
                "inside",
                self.inside,
                !self.out_of_distribution.is_empty(),
                "left out beside `out_of_distribution`, whose files are the shells",
            ),
            (
                "held_out",
                self.held_out,
                self.in_distribution.is_some(),
                "left out beside `in_distribution`, whose file is the set",
            ),
        ] {
            match fraction {
                Some(fraction) if idle => return bad(field, reason, fraction.to_string()),
                Some(fraction) if !(fraction > 0.0 && fraction < 1.0) => {
                    return bad(field, "above 0 and below 1", fraction.to_string())
                }
                _ => {}
            }
        }
        match &self.inputs {
            Some(inputs) if inputs.is_empty() => bad(
                "inputs",
                "at least one column, or left out",
                "none".to_string(),
            ),
            _ => Ok(()),
        }
    }

    pub(super) fn files(&self) -> Vec<&str> {
        let in_distribution = self.in_distribution.iter();
        std::iter::once(&self.train)
            .chain(in_distribution)
            .chain(&self.out_of_distribution)
            .map(String::as_str)
            .collect()
    }

    pub(super) fn load(
        &mut self,
        read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Result<(), TaskError> {
        self.check()?;
        let mut table = |path: &str, choose: table::Choose| {
            let table = read(path).and_then(|bytes| table::read(path, &bytes, choose));
            table.map_err(|problem| TaskError::BadTable {
                task: self.name.clone(),
                file: path.to_owned(),
                problem,
            })
        };
        let first = table(&self.train, &|header| self.columns(header))?;
        let columns = self
            .columns(&first.header)
            .expect("the table was read by them");
        let like_first =
            |header: &Header| alike(header, &first.header, &self.train).map(|()| columns.clone());
        let set = |table: &Table| RawSet::from_rows(&table.numbers, columns.len());
        let in_distribution = self
            .in_distribution
            .iter()
            .map(|path| table(path, &like_first))
            .next()
            .transpose()?;
        let shells = self
            .out_of_distribution
            .iter()
            .map(|path| table(path, &like_first))
            .collect::<Result<Vec<_>, _>>()?;
        let loaded = Loaded {
            dimension: columns.len() - 1,
            index: self.index(&first.header),
            train: set(&first),
            in_distribution: in_distribution.as_ref().map(set),
            out_of_distribution: shells.iter().map(set).collect(),
        };
        self.loaded = Some(Arc::new(loaded));
        Ok(())
    }

    /// What was left out as an index: the training file, and its columns in words; `None` where
    /// nothing was, or nothing is loaded.
    pub(super) fn index_left_out(&self) -> Option<(&str, &[String])> {
        let index = &self.loaded.as_ref()?.index;
        (!index.is_empty()).then_some((self.train.as_str(), index.as_slice()))
    }

    /// Makes an index column an input when the task is loaded.
    pub(super) fn take_index(&mut self) {
        self.takes_index = true;
    }

    /// The columns that are left out as an index, in words.
    fn index(&self, header: &Header) -> Vec<String> {
        let left_out = 0..self.index_columns(header);
        left_out.map(|column| header.describe(column)).collect()
    }

    /// How many columns at the beginning are left out as an index.
    fn index_columns(&self, header: &Header) -> usize {
        let is_target = |column: usize| match &self.target {
            Some(target) => header.find(target) == Ok(column),
            None => column + 1 == header.columns,
        };
        if self.takes_index || self.inputs.is_some() {
            return 0;
        }
        (0..header.columns)
            .take_while(|column| header.is_nameless(*column) && !is_target(*column))
            .count()
    }

    /// The columns of the inputs, then that of the target.
    fn columns(&self, header: &Header) -> Result<Vec<usize>, String> {
        if header.columns < 2 {
            return Err(
                "the table has one column; wanted an input and a target at least, with commas \
                 between them"
                    .to_owned(),
            );
        }
        let target = self
            .target
            .as_ref()
            .map_or(Ok(header.columns - 1), |column| header.find(column))?;
        let mut columns: Vec<usize> = match &self.inputs {
            Some(inputs) => inputs
                .iter()
                .map(|column| header.find(column))
                .collect::<Result<_, _>>()?,
            None => (self.index_columns(header)..header.columns)
                .filter(|column| *column != target)
                .collect(),
        };
        if columns.is_empty() {
            return Err(format!(
                "beside the target the table has only an index, column {}; name it by `inputs` \
                 where it is an input",
                header.describe(0)
            ));
        }
        if columns.len() > MOST_INPUTS {
            return Err(format!(
                "the table has {} inputs, at most {MOST_INPUTS} are taken; name some by `inputs`",
                columns.len()
            ));
        }
        columns.push(target);
        match columns
            .iter()
            .enumerate()
            .find(|(index, column)| columns[..*index].contains(column))
        {
            Some((_, twice)) => Err(format!(
                "column {} is named twice among the inputs and the target",
                header.describe(*twice)
            )),
            None => Ok(columns),
        }
    }
}

impl Header {
    fn find(&self, column: &Column) -> Result<usize, String> {
        match (column, &self.names) {
            (Column::Index(index), _) if *index < self.columns => Ok(*index),
            (Column::Index(index), _) => Err(format!(
                "there is no column {index}; the table has {}, counted from 0",
                self.columns
            )),
            (Column::Name(name), None) => Err(format!(
                "there is no column `{name}`: NPY files have no names; give an index from 0"
            )),
            (Column::Name(name), Some(names)) => {
                let mut places = (0..names.len()).filter(|index| names[*index] == *name);
                match (places.next(), places.next()) {
                    (Some(index), None) => Ok(index),
                    (Some(_), Some(_)) => Err(format!(
                        "two columns are named `{name}`; give an index from 0"
                    )),
                    (None, _) => {
                        let near = nearest(name, names.iter().map(String::as_str));
                        Err(format!(
                            "there is no column `{name}`; the nearest of its {} names is `{near}`",
                            names.len()
                        ))
                    }
                }
            }
        }
    }
}

/// Whether a file's columns are the training file's.
fn alike(header: &Header, first: &Header, train: &str) -> Result<(), String> {
    if header.columns != first.columns {
        return Err(format!(
            "the table has {} columns, the training file `{train}` has {}",
            header.columns, first.columns
        ));
    }
    let (Some(names), Some(wanted)) = (&header.names, &first.names) else {
        return Ok(());
    };
    match names
        .iter()
        .zip(wanted)
        .position(|(name, wanted)| name != wanted)
    {
        Some(index) => Err(format!(
            "column {index} is `{}`, in the training file `{train}` it is `{}`",
            names[index], wanted[index]
        )),
        None => Ok(()),
    }
}

impl RawSet {
    /// From rows of `width` numbers, the last of them the target.
    fn from_rows(numbers: &[f64], width: usize) -> RawSet {
        let rows = || numbers.chunks_exact(width);
        RawSet {
            inputs: rows().flat_map(|row| &row[..width - 1]).copied().collect(),
            targets: rows().map(|row| row[width - 1]).collect(),
        }
    }
}

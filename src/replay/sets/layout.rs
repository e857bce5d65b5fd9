//! Which format the files of a set are in, told from their names.

use std::borrow::Cow;

use super::listing::LINKS;
use super::source::Source;
use super::SetError;
use crate::images::cifar::Cifar;
use crate::images::folder::{self, Tree};

const WANTED: &str = "the four IDX files of a set (train-images-idx3-ubyte, ...; gzipped or not), \
    the binary version of CIFAR-10 or CIFAR-100 (data_batch_1.bin, ..., test_batch.bin; \
    train.bin, test.bin), or pictures in train/CLASS/ and test/CLASS/ or val/CLASS/";
/// Names that an error lists.
const LISTED: usize = 3;

/// The files of a set by what they hold, as indices into those of the source.
pub enum SetLayout {
    /// IDX files, as MNIST's.
    Idx {
        /// Images and labels.
        train: [usize; 2],
        /// Images and labels.
        test: [usize; 2],
    },
    /// The binary layout of CIFAR-10 or CIFAR-100.
    Cifar {
        /// Which of the two.
        kind: Cifar,
        /// The files of the training part, in the order of their names.
        train: Vec<usize>,
        /// The files of the test part, in the order of their names.
        test: Vec<usize>,
    },
    /// Folders of PNG or JPEG pictures.
    Pictures(Tree),
}

impl SetLayout {
    /// Tells the format.
    ///
    /// # Errors
    /// Files of no known format, too few of one, or several of one kind.
    pub fn of(source: &Source) -> Result<SetLayout, SetError> {
        let names: Vec<String> = source.files.iter().map(|path| plain_name(path)).collect();
        if names.iter().any(|name| idx_kind(name).is_some()) {
            return idx(source, &names);
        }
        let matching = |wanted: &dyn Fn(&str) -> bool| once(source, &names, wanted);
        let bin =
            |name: &str, beginning: &str| name.starts_with(beginning) && name.ends_with(".bin");
        for (kind, train, test) in [
            (
                Cifar::Ten,
                matching(&|name| bin(name, "data_batch")),
                matching(&|name| bin(name, "test_batch")),
            ),
            (
                Cifar::Hundred,
                matching(&|name| name == "train.bin"),
                matching(&|name| name == "test.bin"),
            ),
        ] {
            match (train.is_empty(), test.is_empty()) {
                (false, false) => {
                    of_one_folder(source, train.iter().chain(&test))?;
                    return Ok(SetLayout::Cifar { kind, train, test });
                }
                (true, true) => {}
                (false, true) => {
                    return Err(unrecognised(
                        source,
                        "batches of CIFAR to train on and none to test on".to_owned(),
                    ))
                }
                (true, false) => {
                    return Err(unrecognised(
                        source,
                        "a batch of CIFAR to test on and none to train on".to_owned(),
                    ))
                }
            }
        }
        if source.files.iter().any(|path| folder::is_picture(path)) {
            return Ok(SetLayout::Pictures(
                folder::sort(&without_links(source)).map_err(SetError::file(source.path()))?,
            ));
        }
        Err(unrecognised(source, found(source, &names)))
    }

    /// The files of the set, as indices into those of the source.
    pub fn files(&self) -> Vec<usize> {
        match self {
            SetLayout::Idx { train, test } => [*train, *test].concat(),
            SetLayout::Cifar { train, test, .. } => train.iter().chain(test).copied().collect(),
            SetLayout::Pictures(tree) => {
                let pictures = tree.train.iter().chain(&tree.test);
                pictures.map(|picture| picture.index).collect()
            }
        }
    }

    /// Counts what lies in the source and is no part of the set.
    pub fn count_rest(&self, source: &mut Source) {
        let mut is_rest = vec![true; source.files.len()];
        self.files()
            .into_iter()
            .for_each(|index| is_rest[index] = false);
        for (path, _) in source.files.iter().zip(is_rest).filter(|(_, rest)| *rest) {
            if source.links.contains(path) {
                source.passed_over.add(LINKS, path);
            } else {
                source.passed_over.add(&folder::kind(path), path);
            }
        }
    }

    /// As manifests name it.
    pub fn format(&self) -> &'static str {
        match self {
            SetLayout::Idx { .. } => "idx",
            SetLayout::Cifar {
                kind: Cifar::Ten, ..
            } => "cifar10",
            SetLayout::Cifar {
                kind: Cifar::Hundred,
                ..
            } => "cifar100",
            SetLayout::Pictures(_) => "pictures",
        }
    }
}

/// The files of a source, each link as a path that is no picture's.
fn without_links(source: &Source) -> Cow<'_, [String]> {
    if source.links.is_empty() {
        return Cow::Borrowed(&source.files);
    }
    let plain = |path: &String| match source.links.contains(path) {
        true => String::new(),
        false => path.clone(),
    };
    source.files.iter().map(plain).collect()
}

/// A file's own name in small letters, without `.gz`.
fn plain_name(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    name.strip_suffix(".gz").map(str::to_owned).unwrap_or(name)
}

/// Whether an IDX file is of the test part, and whether of labels. Some copies have a dot where
/// others have a hyphen.
fn idx_kind(name: &str) -> Option<(bool, bool)> {
    let name = name.replace('.', "-");
    let labels = match (
        name.ends_with("images-idx3-ubyte"),
        name.ends_with("labels-idx1-ubyte"),
    ) {
        (true, _) => false,
        (_, true) => true,
        _ => return None,
    };
    let test = name.contains("t10k") || name.contains("test");
    (test || name.contains("train")).then_some((test, labels))
}

fn idx(source: &Source, names: &[String]) -> Result<SetLayout, SetError> {
    let the_one = |kind: (bool, bool), words: &str| match once(source, names, &|name| {
        idx_kind(name) == Some(kind)
    })
    .as_slice()
    {
        [one] => Ok(*one),
        [] => Err(unrecognised(
            source,
            format!("IDX files, and none of {words}"),
        )),
        several => Err(unrecognised(
            source,
            format!(
                "{} IDX files of {words}, which are of several sets",
                several.len()
            ),
        )),
    };
    let train = [
        the_one((false, false), "training images")?,
        the_one((false, true), "training labels")?,
    ];
    let test = [
        the_one((true, false), "test images")?,
        the_one((true, true), "test labels")?,
    ];
    of_one_folder(source, train.iter().chain(&test))?;
    Ok(SetLayout::Idx { train, test })
}

/// The files with such names, sorted by them; the same file packed and unpacked counts once.
fn once(source: &Source, names: &[String], wanted: &dyn Fn(&str) -> bool) -> Vec<usize> {
    let place = |index: &usize| (&names[*index], folder_of(&source.files[*index]));
    let mut found: Vec<usize> = (0..names.len())
        .filter(|index| wanted(&names[*index]))
        .collect();
    found.sort_by(|a, b| place(a).cmp(&place(b)));
    found.dedup_by(|a, b| place(a) == place(b));
    found
}

/// Refuses files of several folders: images of one set and labels of another may have one number.
fn of_one_folder<'a>(
    source: &Source,
    mut indices: impl Iterator<Item = &'a usize>,
) -> Result<(), SetError> {
    let folder = |index: &usize| folder_of(&source.files[*index]);
    let first = indices.next().map(folder);
    match indices.map(folder).find(|other| Some(*other) != first) {
        None => Ok(()),
        Some(other) => {
            let folders = [first.unwrap_or_default(), other]
                .map(|folder| if folder.is_empty() { "." } else { folder }.to_owned());
            Err(unrecognised(
                source,
                format!(
                    "files of a set in {} and in {}, which may be of several sets (name one \
                     folder)",
                    folders[0], folders[1]
                ),
            ))
        }
    }
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn found(source: &Source, names: &[String]) -> String {
    if names
        .iter()
        .any(|name| name == "data_batch_1" || name == "batches.meta")
    {
        return "the Python version of CIFAR".to_owned();
    }
    match source.files.as_slice() {
        [] => "no file".to_owned(),
        files => {
            let more = if files.len() > LISTED { ", ..." } else { "" };
            let listed: Vec<&str> = files.iter().take(LISTED).map(String::as_str).collect();
            format!(
                "{} file(s) of another kind ({}{more})",
                files.len(),
                listed.join(", ")
            )
        }
    }
}

fn unrecognised(source: &Source, found: String) -> SetError {
    SetError::Unrecognised {
        path: source.path().to_owned(),
        found,
        wanted: WANTED,
    }
}

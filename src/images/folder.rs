//! Trees of pictures with a folder a class, as ImageNet is laid out: which picture is of which part
//! and class.

use std::collections::{BTreeMap, BTreeSet};

use super::ImageError;

/// The endings of pictures, in small letters.
const ENDINGS: [&str; 3] = [".jpeg", ".jpg", ".png"];

/// Endings of pictures that are not read.
const OTHER_PICTURES: [&str; 22] = [
    "arw", "avif", "bmp", "cr2", "dng", "exr", "gif", "heic", "heif", "ico", "jfif", "jp2", "jpe",
    "jxl", "nef", "pgm", "ppm", "svg", "tga", "tif", "tiff", "webp",
];
/// The most letters of an ending.
const LONGEST_ENDING: usize = 8;

/// Folders of systems beyond those whose names begin with `.` or `@`, in small letters.
const SYSTEM_FOLDERS: [&str; 10] = [
    "#recycle",
    "#snapshot",
    "$recycle.bin",
    "__macosx",
    "_thumb",
    "_thumbs",
    "lost+found",
    "system volume information",
    "thumbnails",
    "__thumbnails",
];

/// Names of the folders of a part.
const TRAIN: &str = "train";
const VALIDATION: [&str; 2] = ["val", "validation"];
const TEST: &str = "test";

/// The most classes of a tree: as many as labels tell apart.
const MOST_CLASSES: usize = 1 << 16;

/// A tree's pictures by part and class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The names of the classes in alphabetical order. A label is an index into it.
    pub classes: Vec<String>,
    /// The pictures of the training part.
    pub train: Vec<Picture>,
    /// The pictures of the test part.
    pub test: Vec<Picture>,
}

/// A picture of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The index of its path among the paths that were sorted.
    pub index: usize,
    /// The picture's class, an index into [`Tree::classes`].
    pub label: u16,
}

/// Sorts the pictures among `paths`, such as `train/dog/1.jpg`, into parts and classes. Directories
/// are separated by `/`, one folder may lie around the whole, and paths that are no picture in a
/// class of a part are ignored. The order of the result is that of the classes, then of the paths,
/// and does not depend on the order of `paths`.
///
/// The test part is `test/`, or `val/` where there is no `test/`. Where there are both, `val/` adds
/// to the training part, from which validation sets are split.
///
/// # Errors
/// A part has no picture, there are fewer than 2 or more than 65,536 classes, or the test part has
/// a class that the training part lacks.
pub fn sort(paths: &[String]) -> Result<Tree, ImageError> {
    let (mut train, mut test) = parts(paths)?;
    let classes: BTreeSet<&str> = train.iter().map(|(class, ..)| *class).collect();
    let classes: Vec<&str> = classes.into_iter().collect();
    if classes.len() < 2 || classes.len() > MOST_CLASSES {
        return Err(tree(format!(
            "train/ has {} class(es), and a set has 2 to {MOST_CLASSES}",
            classes.len()
        )));
    }
    let is_unknown = |(class, ..): &&FoundPicture| classes.binary_search(class).is_err();
    if let Some((class, ..)) = test.iter().find(is_unknown) {
        return Err(tree(format!(
            "the class '{class}' of the test part is not in train/"
        )));
    }
    let pictures = |part: &mut Vec<FoundPicture>| {
        part.sort_unstable();
        let label = |class: &str| {
            classes
                .binary_search(&class)
                .expect("every class was found in the list") as u16
        };
        part.iter()
            .map(|(class, _, index)| Picture {
                index: *index,
                label: label(class),
            })
            .collect()
    };
    let (train, test) = (pictures(&mut train), pictures(&mut test));
    Ok(Tree {
        classes: classes.into_iter().map(str::to_owned).collect(),
        train,
        test,
    })
}

/// A picture's class, path and index.
type FoundPicture<'a> = (&'a str, &'a str, usize);

/// The pictures of the training part and of the test part.
fn parts(paths: &[String]) -> Result<(Vec<FoundPicture<'_>>, Vec<FoundPicture<'_>>), ImageError> {
    let mut parts: BTreeMap<&str, Vec<FoundPicture>> = BTreeMap::new();
    for (index, path) in paths.iter().enumerate() {
        if let Some((part, class)) = place(path) {
            parts.entry(part).or_default().push((class, path, index));
        }
    }
    let mut train = parts
        .remove(TRAIN)
        .ok_or_else(|| tree("there is no picture in a class of train/"))?;
    let validation: Vec<FoundPicture> = VALIDATION
        .iter()
        .filter_map(|name| parts.remove(name))
        .flatten()
        .collect();
    match parts.remove(TEST) {
        Some(test) => {
            train.extend(validation);
            Ok((train, test))
        }
        None if validation.is_empty() => {
            Err(tree("there is no picture in a class of test/ or val/"))
        }
        None => Ok((train, validation)),
    }
}

/// Whether a path ends as a PNG or JPEG picture does. Hidden files are none.
pub fn is_picture(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    !name.starts_with('.') && ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// The part and class of a picture.
fn place(path: &str) -> Option<(&str, &str)> {
    if !is_picture(path) {
        return None;
    }
    let steps: Vec<&str> = path
        .split('/')
        .filter(|step| !matches!(*step, "" | "."))
        .collect();
    let at = steps
        .iter()
        .take(2)
        .position(|step| *step == TRAIN || *step == TEST || VALIDATION.contains(step))?;
    // ImageNet's smaller relatives have a folder between the class and its pictures.
    (steps.len() >= at + 3).then(|| (steps[at], steps[at + 1]))
}

/// The kind, in words, of a file that is no part of a set.
pub fn kind(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    if is_picture(path) {
        return "pictures in no class of a part".to_owned();
    }
    let is_ending = |ending: &&str| {
        (1..=LONGEST_ENDING).contains(&ending.len())
            && ending.chars().all(|c| c.is_ascii_alphanumeric())
    };
    match name
        .rsplit_once('.')
        .map(|(_, ending)| ending)
        .filter(is_ending)
    {
        Some(ending) if OTHER_PICTURES.contains(&ending) => {
            format!("pictures of a kind that is not read, .{ending}")
        }
        Some(ending) => format!("other files, .{ending}"),
        None => "other files".to_owned(),
    }
}

/// Whether a folder of this name is none of the user's, but one that a storage system, a desktop or
/// an archiver puts beside pictures: for thumbnails, what was removed, or what one system keeps of
/// another's files.
pub fn is_of_system(name: &str) -> bool {
    let name = name.to_lowercase();
    name.starts_with('@') || SYSTEM_FOLDERS.contains(&name.as_str())
}

fn tree(problem: impl Into<String>) -> ImageError {
    ImageError::Tree {
        problem: problem.into(),
    }
}

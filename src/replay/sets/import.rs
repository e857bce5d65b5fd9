//! Reading a set from the files that its authors, or a user, keep it in.

use std::io::Read;
use std::num::NonZero;
use std::path::Path;
use std::thread;

use super::error::SetError;
use super::layout::SetLayout;
use super::listing::LINKS;
use super::source::Source;
use super::watch::Watch;
use crate::files;
use crate::images::cifar::Cifar;
use crate::images::folder::{Picture, Tree};
use crate::images::passed_over::PassedOver;
use crate::images::{decode, idx, ImageError, ImageSet, LabelledImages};
use crate::numerics::stop::NoThread;

/// Rows and columns of pictures where no size is asked for; the shorter sides of Imagenette's
/// pictures are 160.
pub const PICTURE_SIZE: usize = 128;
const SIZES: std::ops::RangeInclusive<usize> = 8..=512;
/// A set is held in memory.
const MOST_GIB: usize = 8;
/// Pictures, and bytes of them, that are read before they are decoded.
const BLOCK: usize = 256;
const BLOCK_BYTES: usize = 256 << 20;

/// A set as read from its files.
pub struct Imported {
    /// The images.
    pub set: ImageSet,
    /// `idx`, `cifar10`, `cifar100` or `pictures`.
    pub format: &'static str,
    /// The names of the classes in the order of their labels; empty where the files do not name
    /// them.
    pub class_names: Vec<String>,
    /// What lies beside the files of the set and is no part of it.
    pub passed_over: Vec<PassedOver>,
}

/// Reads the set in a folder or archive; pictures become squares of `size`.
pub fn read(
    name: &str,
    path: &Path,
    size: Option<usize>,
    watch: &Watch,
) -> Result<Imported, SetError> {
    if let Some(size) = size.filter(|size| !SIZES.contains(size)) {
        return Err(SetError::Size { size });
    }
    let mut source = Source::open(path)?;
    let layout = SetLayout::of(&source).map_err(|error| with_passed_over(error, &source))?;
    layout.count_rest(&mut source);
    let format = layout.format();
    let (set, class_names) = match layout {
        SetLayout::Idx { train, test } => {
            (read_idx(name, &source, train, test, watch)?, Vec::new())
        }
        SetLayout::Cifar { kind, train, test } => (
            read_cifar(name, &source, kind, &train, &test, watch)?,
            Vec::new(),
        ),
        SetLayout::Pictures(tree) => {
            let set = read_pictures(name, &source, &tree, size.unwrap_or(PICTURE_SIZE), watch)?;
            (set, tree.classes)
        }
    };
    if size.is_some() && class_names.is_empty() {
        return Err(SetError::SizeNotUsed {
            path: path.to_owned(),
            height: set.height,
            width: set.width,
        });
    }
    Ok(Imported {
        set,
        format,
        class_names,
        passed_over: source.passed_over.kinds(),
    })
}

/// An error that may be due to what was passed over, with that.
fn with_passed_over(error: SetError, source: &Source) -> SetError {
    let mut tally = source.passed_over.clone();
    source.links.iter().for_each(|link| tally.add(LINKS, link));
    let kinds: Vec<String> = tally.kinds().iter().map(ToString::to_string).collect();
    match kinds.as_slice() {
        [] => error,
        kinds => SetError::NothingLeft {
            error: Box::new(error),
            passed_over: kinds.join(", "),
        },
    }
}

fn read_idx(
    name: &str,
    source: &Source,
    train: [usize; 2],
    test: [usize; 2],
    watch: &Watch,
) -> Result<ImageSet, SetError> {
    let mut images = [None, None];
    let mut labels = [None, None];
    let files = [train[0], train[1], test[0], test[1]];
    let mut done = 0;
    source.read(&files, &mut |index, file| {
        watch.check()?;
        let at = files
            .iter()
            .position(|file| *file == index)
            .unwrap_or_default();
        let bad = SetError::file(source.path_of(index));
        match at % 2 {
            0 => images[at / 2] = Some(idx::images(file).map_err(bad)?),
            _ => labels[at / 2] = Some(idx::labels(file).map_err(bad)?),
        }
        done += 1;
        watch.advance(done, files.len() as u64);
        Ok(())
    })?;
    let ([Some(train_images), Some(test_images)], [Some(train_labels), Some(test_labels)]) =
        (images, labels)
    else {
        return Err(SetError::file(source.path())(ImageError::Empty));
    };
    idx::set(
        name,
        (train_images, &train_labels),
        (test_images, &test_labels),
    )
    .map_err(SetError::file(source.path()))
}

fn read_cifar(
    name: &str,
    source: &Source,
    kind: Cifar,
    train: &[usize],
    test: &[usize],
    watch: &Watch,
) -> Result<ImageSet, SetError> {
    let files: Vec<usize> = train.iter().chain(test).copied().collect();
    // An archive has its own order, and the images keep that of the files' names.
    let mut parts = vec![LabelledImages::default(); files.len()];
    let mut done = 0;
    source.read(&files, &mut |index, file| {
        watch.check()?;
        let at = files
            .iter()
            .position(|file| *file == index)
            .unwrap_or_default();
        kind.append(file, &mut parts[at])
            .map_err(SetError::file(source.path_of(index)))?;
        done += 1;
        watch.advance(done, files.len() as u64);
        Ok(())
    })?;
    let test = joined(parts.split_off(train.len()));
    Ok(kind.set(name, joined(parts), test))
}

fn joined(parts: Vec<LabelledImages>) -> LabelledImages {
    let mut whole = LabelledImages::default();
    for part in parts {
        whole.pixels.extend_from_slice(&part.pixels);
        whole.labels.extend_from_slice(&part.labels);
    }
    whole
}

/// Refuses more pictures than a set may hold in memory.
fn check_room(images: usize, size: usize) -> Result<(), SetError> {
    let image_len = size * size * 3;
    if images.saturating_mul(image_len) > MOST_GIB << 30 {
        let gib = images as f64 * image_len as f64 / (1u64 << 30) as f64;
        return Err(SetError::TooLarge {
            images,
            size,
            gib,
            most: MOST_GIB,
        });
    }
    Ok(())
}

fn read_pictures(
    name: &str,
    source: &Source,
    tree: &Tree,
    size: usize,
    watch: &Watch,
) -> Result<ImageSet, SetError> {
    let image_len = size * size * 3;
    let count = tree.train.len() + tree.test.len();
    check_room(count, size)?;
    let pictures: Vec<&Picture> = tree.train.iter().chain(&tree.test).collect();
    // Where in the set each file goes.
    let mut places = vec![usize::MAX; source.files.len()];
    pictures
        .iter()
        .enumerate()
        .for_each(|(place, picture)| places[picture.index] = place);
    let mut pixels = vec![0; count * image_len];
    let mut block = Vec::with_capacity(BLOCK);
    let (mut block_bytes, mut done) = (0, 0);
    let mut decode_block = |block: &mut Vec<(usize, Vec<u8>)>| {
        watch.check()?;
        for (index, image) in decoded(source, block, size)? {
            pixels[places[index] * image_len..][..image_len].copy_from_slice(&image);
        }
        done += block.len() as u64;
        block.clear();
        watch.advance(done, count as u64);
        Ok(())
    };
    let indices: Vec<usize> = pictures.iter().map(|picture| picture.index).collect();
    source.read(&indices, &mut |index, file| {
        let bytes = packed(source, index, file)?;
        block_bytes += bytes.len();
        block.push((index, bytes));
        if block.len() < BLOCK && block_bytes < BLOCK_BYTES {
            return Ok(());
        }
        block_bytes = 0;
        decode_block(&mut block)
    })?;
    decode_block(&mut block)?;
    let test_pixels = pixels.split_off(tree.train.len() * image_len);
    let labels = |pictures: &[Picture]| pictures.iter().map(|picture| picture.label).collect();
    Ok(ImageSet {
        name: name.to_owned(),
        height: size,
        width: size,
        channels: 3,
        classes: tree.classes.len(),
        train: LabelledImages {
            pixels,
            labels: labels(&tree.train),
        },
        test: LabelledImages {
            pixels: test_pixels,
            labels: labels(&tree.test),
        },
    })
}

/// The bytes of a picture as it lies in its file.
fn packed(source: &Source, index: usize, file: &mut dyn Read) -> Result<Vec<u8>, SetError> {
    let bytes = files::PICTURE.bytes_of(file);
    bytes.map_err(SetError::io("read", &source.path_of(index)))
}

/// The pictures of a block as squares, by all cores.
fn decoded(
    source: &Source,
    block: &[(usize, Vec<u8>)],
    size: usize,
) -> Result<Vec<(usize, Vec<u8>)>, SetError> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let decode = |(index, bytes): &(usize, Vec<u8>)| {
        let square =
            decode::square(bytes, size as u32).map_err(SetError::file(source.path_of(*index)))?;
        Ok((*index, square))
    };
    thread::scope(|scope| {
        let shares = block.chunks(block.len().div_ceil(workers).max(1));
        let threads: Vec<_> = shares
            .map(|share| {
                let decoding = move || {
                    let squares = share.iter().map(decode);
                    squares.collect::<Result<Vec<_>, SetError>>()
                };
                thread::Builder::new()
                    .spawn_scoped(scope, decoding)
                    .map_err(|_| NoThread)
            })
            .collect::<Result<_, _>>()?;
        let mut decoded = Vec::with_capacity(block.len());
        for thread in threads {
            decoded.extend(thread.join().expect("decoding a picture does not panic")?);
        }
        Ok(decoded)
    })
}

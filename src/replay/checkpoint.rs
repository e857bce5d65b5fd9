//! Checkpoints: a benchmark run in the middle of its training, as one safetensors document behind a
//! line with its checksum, replaced as a whole after each epoch.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, TensorView};
use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};

use super::checked_file::{CheckedFile, Unfit};
use super::placement::place;
use crate::files;
use crate::nets::StateTensor;
use crate::record::benchmark_run::EpochPoint;

/// The key of the run's own part in the file's metadata.
const PROGRESS: &str = "motherlode";

/// The form of the file; those of version 1 carried no checksum.
const VERSION: u32 = 2;

/// How far a benchmark run has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The benchmark's key, the activation's id and the seed. The checkpoint of another benchmark
    /// run is not taken.
    #[serde(rename = "cell")]
    pub run: String,
    /// The whole epochs done.
    pub epochs: u32,
    /// The steps done.
    pub steps: u32,
    /// The measurements after each of those epochs.
    pub curve: Vec<EpochPoint>,
}

/// Why a checkpoint could not be kept.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the checkpoint {path}: {cause}; free some space or give another --archive")]
pub struct CheckpointError {
    /// The checkpoint's path.
    pub path: PathBuf,
    /// The operating system's error.
    pub cause: io::Error,
}

/// Writes a checkpoint in the place of an earlier one, at once: a reader finds either whole.
///
/// # Errors
/// The disk does not take it.
pub fn write(
    path: &Path,
    progress: &Progress,
    state: &[StateTensor],
) -> Result<(), CheckpointError> {
    let failed = |cause: io::Error| CheckpointError {
        path: path.to_owned(),
        cause,
    };
    let bytes: Vec<Vec<u8>> = state
        .iter()
        .map(|tensor| {
            tensor
                .values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect()
        })
        .collect();
    let views = state.iter().zip(&bytes).map(|(tensor, bytes)| {
        Ok((
            tensor.name.as_str(),
            TensorView::new(Dtype::F32, tensor.shape.clone(), bytes)?,
        ))
    });
    let views = views
        .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
        .map_err(|error| failed(io::Error::other(error)))?;
    let own = serde_json::to_string(progress).map_err(|error| failed(error.into()))?;
    let document = safetensors::serialize(views, Some(HashMap::from([(PROGRESS.to_owned(), own)])))
        .map_err(|error| failed(io::Error::other(error)))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed)?;
    let fresh = path.with_extension("new");
    let written = || {
        // What is left there, be it a link to another's file, is not written to.
        remove_if_there(&fresh)?;
        let mut file = File::create_new(&fresh)?;
        file.write_all(&form(&progress.run).with_checksum(&document))?;
        file.sync_all()?;
        place(&fresh, path)
    };
    written().map_err(failed)
}

/// Reads the checkpoint of a benchmark run; `None` where there is none, or where it cannot be
/// trusted to be what was written for this run, which a warning says: the run begins anew then.
pub fn read(path: &Path, run: &str) -> Option<(Progress, Vec<StateTensor>)> {
    let fault = match files::own_bytes(path, files::CHECKPOINT) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => format!("cannot be read: {error}"),
        Ok(bytes) => match contents(&bytes, run) {
            Ok(kept) => return Some(kept),
            Err(unfit) => unfit.to_string(),
        },
    };
    tracing::warn!(
        "the checkpoint {} {fault}; the benchmark run begins anew",
        path.display()
    );
    None
}

fn form(run: &str) -> CheckedFile<'_> {
    CheckedFile {
        holds: "checkpoint",
        version: VERSION,
        key: run,
    }
}

/// What a file holds of a benchmark run.
fn contents(bytes: &[u8], run: &str) -> Result<(Progress, Vec<StateTensor>), Unfit> {
    let document = form(run).contents(bytes)?;
    let progress = progress(document).filter(|progress| progress.run == run);
    let tensors = SafeTensors::deserialize(document);
    // Whole, and yet in no form that is known.
    let (Some(progress), Ok(tensors)) = (progress, tensors) else {
        return Err(Unfit::OtherVersion);
    };
    let state = tensors.iter().map(|(name, view)| {
        let values = view
            .data()
            .chunks_exact(4)
            .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
            .collect();
        StateTensor {
            name: name.to_owned(),
            shape: view.shape().to_vec(),
            values,
        }
    });
    Ok((progress, state.collect()))
}

fn progress(document: &[u8]) -> Option<Progress> {
    let (_, metadata) = SafeTensors::read_metadata(document).ok()?;
    serde_json::from_str(metadata.metadata().as_ref()?.get(PROGRESS)?).ok()
}

/// Removes the checkpoint of a benchmark run that is recorded, if it is there.
pub fn remove(path: &Path) {
    if let Err(error) = remove_if_there(path) {
        tracing::warn!("cannot remove the checkpoint {}: {error}", path.display());
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

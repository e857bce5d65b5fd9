//! An image set that is here, for people and as JSON.

use serde_json::{json, Map, Value};

use crate::cli::common::{Common, Ending, Failure};
use crate::cli::data::counts::{grouped, missing, size};
use crate::cli::output;
use crate::drawing::visible::on_a_line;
use crate::images::passed_over::PassedOver;
use crate::replay::sets::{DataFolder, Manifest};

/// Says what was imported.
pub fn show(manifest: &Manifest, common: &Common) -> Result<Ending, Failure> {
    if common.json {
        output::document(&fields(manifest))?;
        return Ok(Ending::Done);
    }
    output::line(format!(
        "{}: {} training and {} test images of {}, {} classes",
        on_a_line(&manifest.name),
        grouped(manifest.train),
        grouped(manifest.test),
        size(manifest.height, manifest.width, manifest.channels),
        grouped(manifest.classes)
    ))?;
    if let Some(shortfall) = manifest.shortfall() {
        common.say(format!("it is partial: {}", missing(&shortfall)));
    }
    for line in passed_over(&manifest.passed_over) {
        common.say(line);
    }
    common.say(format!("next: motherlode data check {}", manifest.name));
    Ok(Ending::Done)
}

/// What was passed over, a line a kind.
pub fn passed_over(kinds: &[PassedOver]) -> impl Iterator<Item = String> + '_ {
    kinds
        .iter()
        .map(|kind| format!("passed over: {}", on_a_line(&kind.to_string())))
}

/// The JSON of an imported set.
pub fn fields(manifest: &Manifest) -> Map<String, Value> {
    let mut fields = output::object(json!(manifest));
    fields.insert("passed_over".to_owned(), json!(manifest.passed_over));
    fields.insert("partial".to_owned(), json!(manifest.shortfall()));
    fields
}

/// The folder in words, where a set is not.
pub fn nothing_here(folder: &DataFolder) -> String {
    format!(
        "there is no image set in {} yet; get one, such as motherlode data get fashion-mnist",
        folder.path().display()
    )
}

//! Getting a known set from its home.

use std::fs;
use std::path::Path;

use super::{check_name, DataFolder, KnownSet, Manifest, SetError, Watch};
use crate::formula::nearest::nearest;
use crate::replay::download::{download, Download};

/// Where files lie until they are imported, beside the sets; no set has a name that begins so.
const DOWNLOADS: &str = ".downloads";

impl DataFolder {
    /// Downloads the files of a known set from its homes, or from the folder at the address `from`,
    /// checks their sums, and imports them. What was downloaded before an interruption is not
    /// downloaded again.
    ///
    /// `began` is told the name of each file before it is downloaded.
    ///
    /// # Errors
    /// A name without a home, no home that has the file, a wrong sum, or what importing may find.
    pub fn get(
        &self,
        name: &str,
        from: Option<&str>,
        began: &dyn Fn(&str),
        watch: &Watch,
    ) -> Result<Manifest, SetError> {
        check_name(name)?;
        let known = KnownSet::named(name).ok_or_else(|| {
            let names = KnownSet::all().iter().map(|known| known.name.as_str());
            SetError::NoHome {
                name: name.to_owned(),
                nearest: nearest(name, names).to_owned(),
            }
        })?;
        let folder = self.path.join(DOWNLOADS).join(name);
        fs::create_dir_all(&folder).map_err(SetError::io("make the folder", &folder))?;
        if let Err(error) = download_all(known, &folder, from, began, watch) {
            // Folders into which nothing came.
            let _ =
                fs::remove_dir(&folder).and_then(|()| fs::remove_dir(self.path.join(DOWNLOADS)));
            return Err(error);
        }
        let source = match known.files.as_slice() {
            [archive] => folder.join(&archive.name),
            _ => folder.clone(),
        };
        let manifest =
            self.import_from(name, &source, from.unwrap_or(&known.homes[0]), None, watch)?;
        // The set is imported: what it was made of only takes room.
        let _ = fs::remove_dir_all(&folder);
        let _ = fs::remove_dir(self.path.join(DOWNLOADS));
        Ok(manifest)
    }
}

fn download_all(
    known: &KnownSet,
    folder: &Path,
    from: Option<&str>,
    began: &dyn Fn(&str),
    watch: &Watch,
) -> Result<(), SetError> {
    for file in &known.files {
        began(&file.name);
        let addresses: Vec<String> = match from {
            Some(from) => vec![address(from, &file.name)],
            None => known
                .homes
                .iter()
                .map(|home| address(home, &file.name))
                .collect(),
        };
        let target = folder.join(&file.name);
        download(
            &Download {
                addresses: &addresses,
                target: &target,
                md5: &file.md5,
                bytes: file.bytes,
            },
            watch.advanced,
            watch.stop,
        )?;
    }
    Ok(())
}

/// The address of a file of a home, which is that of the folder, with or without a slash, or of the
/// file itself.
fn address(home: &str, file: &str) -> String {
    match home {
        itself if itself.ends_with(&format!("/{file}")) => itself.to_owned(),
        folder => format!("{}/{file}", folder.trim_end_matches('/')),
    }
}

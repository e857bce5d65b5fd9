//! The display of a result that has several forms: as text, Markdown or CSV, and as drawings in
//! the terminal and in files.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::Args;

use crate::cli::common::{Common, Failure};
use crate::cli::{file, output, screen};
use crate::drawing::panel::{self, Panel};

/// The rows of a drawing in the terminal, and the most columns.
const ROWS: usize = 16;
const MOST_COLUMNS: usize = 120;

/// The forms in which a result is shown.
#[derive(Args, Clone, Debug)]
pub struct DisplayOptions {
    /// How the result is printed [default: text]
    #[arg(
        long,
        value_name = "FORMAT",
        value_parser = PossibleValuesParser::new(["text", "markdown", "csv"])
    )]
    format: Option<String>,
    /// Draw it in the terminal
    #[arg(long)]
    plot: bool,
    /// Write the drawing as a picture
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Write the drawing as a vector picture
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

impl DisplayOptions {
    /// Whether all can be shown, asked before anything long begins.
    ///
    /// # Errors
    /// Files that cannot be written, and forms beside the one document of `--json`.
    pub fn check(&self, common: &Common) -> Result<(), Failure> {
        if common.json && (self.plot || self.format.is_some()) {
            return Err(Failure::usage(
                "--json prints one document: leave --format and --plot out, or take --png or \
                 --svg for a drawing",
            ));
        }
        for (path, kind) in [(&self.png, "PNG"), (&self.svg, "SVG")] {
            path.as_ref()
                .map_or(Ok(()), |path| file::check(path, kind))?;
        }
        Ok(())
    }

    /// Whether a drawing was asked for.
    pub fn draws(&self) -> bool {
        self.plot || self.png.is_some() || self.svg.is_some()
    }

    /// Writes the files that were asked for, of this many pixels.
    pub fn write(&self, title: &str, panels: &[Panel], size: (u32, u32)) -> Result<(), Failure> {
        file::write_pictures(
            (self.png.as_deref(), self.svg.as_deref()),
            |aside| panel::png(aside, title, panels, size),
            || panel::svg(title, panels, size),
        )?;
        Ok(())
    }

    /// Prints the form that was asked for, and the drawing where it was.
    pub fn print(
        &self,
        text: impl FnOnce() -> String,
        markdown: impl FnOnce() -> String,
        csv: impl FnOnce() -> String,
        panels: &[Panel],
    ) -> Result<(), Failure> {
        output::line(match self.format.as_deref() {
            Some("markdown") => markdown(),
            Some("csv") => csv(),
            _ => text(),
        })?;
        if self.plot {
            let columns = screen::columns().min(MOST_COLUMNS);
            let drawing = panel::draw_all(panels, columns, ROWS, screen::hand(false));
            output::drawing(format!("\n{drawing}"))?;
        }
        Ok(())
    }
}

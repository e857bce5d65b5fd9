//! The formats of pictures: SVG text and PNG files.

use std::error::Error;
use std::path::Path;

use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};

use super::sheet::Painted;

/// Units of an SVG's coordinates a pixel: they are whole numbers, which pixels are too coarse for.
const SVG_UNITS: u32 = 10;

/// How far below its place the bitmap backend's centred text must go to stand level with it, as a
/// share of its size.
const BITMAP_DROP: f64 = 0.17;

/// The most pixels that are drawn before a PNG is made smaller.
const MOST_DRAWN: u64 = 64_000_000;

/// What a picture shows, on whatever it is painted.
pub(super) trait Subject {
    /// Paints a picture of `size` pixels, each `scale` units wide; `drop` as in [`Sheet`].
    fn paint<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        size: (u32, u32),
        scale: u32,
        drop: f64,
    ) -> Painted<DB>;
}

pub(super) fn svg_of(
    subject: &impl Subject,
    size: (u32, u32),
) -> Result<String, Box<dyn Error + Send + Sync>> {
    let (width, height) = (size.0 * SVG_UNITS, size.1 * SVG_UNITS);
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, (width, height)).into_drawing_area();
        subject.paint(&area, size, SVG_UNITS, 0.0)?;
        area.present()?;
    }
    let sized = format!("width=\"{}\" height=\"{}\"", size.0, size.1);
    Ok(text.replacen(&format!("width=\"{width}\" height=\"{height}\""), &sized, 1))
}

pub(super) fn png_of(
    path: &Path,
    subject: &impl Subject,
    size: (u32, u32),
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (width, height) = size;
    let finer = if u64::from(width) * u64::from(height) * 16 <= MOST_DRAWN {
        4
    } else {
        2
    };
    let mut drawn = vec![0; (width * finer) as usize * (height * finer) as usize * 3];
    {
        let area = BitMapBackend::with_buffer(&mut drawn, (width * finer, height * finer))
            .into_drawing_area();
        subject.paint(&area, size, finer, BITMAP_DROP)?;
        area.present()?;
    }
    let smooth = averaged(&drawn, size, finer);
    let mut file = BitMapBackend::new(path, size);
    file.blit_bitmap((0, 0), size, &smooth)?;
    file.present()?;
    Ok(())
}

/// A picture `finer` times smaller each way: each pixel the mean of those it is made of.
fn averaged(drawn: &[u8], (width, height): (u32, u32), finer: u32) -> Vec<u8> {
    let (width, height, finer) = (width as usize, height as usize, finer as usize);
    let mut smooth = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            for channel in 0..3 {
                let places = (0..finer * finer).map(|k| {
                    ((y * finer + k / finer) * width * finer + x * finer + k % finer) * 3 + channel
                });
                let sum: usize = places.map(|place| usize::from(drawn[place])).sum();
                smooth.push((sum / (finer * finer)) as u8);
            }
        }
    }
    smooth
}

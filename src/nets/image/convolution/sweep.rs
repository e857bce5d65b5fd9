//! How windows lie over a map: its padding, where each begins, and how many images are passed
//! together.

use crate::nets::layer::MapShape;

/// Elements that the padded images of a group have, about, unless the weights are larger: they stay
/// in the second-level cache.
const GROUP_ELEMENTS: usize = 1 << 16;

/// Windows over a padded map, one a place of the target.
pub struct Sweep {
    source: MapShape,
    target: MapShape,
    /// Rows before the map, and columns.
    before: [usize; 2],
    padded: MapShape,
    /// Rows of a window.
    pub rows: usize,
    /// Elements of a window's row.
    pub run: usize,
    axes: [Axis; 2],
    /// Images that pass together.
    pub group: usize,
    /// Where the window of each place begins in the padded images of a group; none before
    /// [`Sweep::laid`].
    pub sources: Vec<u32>,
    /// Where the channels of each place begin in the targets of a group; none before
    /// [`Sweep::laid`].
    pub targets: Vec<u32>,
    /// Places of an image.
    pub places: usize,
}

/// A window along one axis: the place `m` of the sweep begins at `stride * m + offset` of the
/// source, which may lie before its beginning or reach beyond its end, has `length` elements, and
/// goes to the place `target_step * m + target_offset`.
#[derive(Clone, Copy)]
pub struct Axis {
    pub places: usize,
    pub stride: usize,
    pub offset: isize,
    pub length: usize,
    pub target_step: usize,
    pub target_offset: usize,
}

impl Axis {
    fn before(self) -> usize {
        usize::try_from(-self.offset).unwrap_or(0)
    }

    /// The elements that the padded source must have.
    fn padded(self, side: usize) -> usize {
        let end = (self.stride * (self.places - 1)) as isize + self.offset + self.length as isize;
        self.before() + side.max(usize::try_from(end).unwrap_or(0))
    }
}

impl Sweep {
    /// `axes` are down and across; `target` is the map that is written, `weights` how many numbers
    /// a window and all channels of the target need, `batch` the most images. Its sizes only, until
    /// it is laid.
    pub fn new(
        source: MapShape,
        target: MapShape,
        axes: [Axis; 2],
        weights: usize,
        batch: usize,
    ) -> Sweep {
        let [down, across] = axes;
        let padded = MapShape {
            height: down.padded(source.height),
            width: across.padded(source.width),
            channels: source.channels,
        };
        let before = [down.before(), across.before()];
        let group = (GROUP_ELEMENTS.max(weights) / padded.elements())
            .min(batch)
            .max(1);
        Sweep {
            source,
            target,
            before,
            padded,
            rows: down.length,
            run: across.length * source.channels,
            axes,
            group,
            sources: Vec::new(),
            targets: Vec::new(),
            places: down.places * across.places,
        }
    }

    /// Bytes of the tables once it is laid.
    pub fn table_bytes(&self) -> usize {
        2 * size_of::<u32>() * self.group * self.places
    }

    /// The same with its tables.
    #[must_use]
    pub fn laid(self) -> Sweep {
        let places = self.group * self.places;
        let mut sweep = Sweep {
            sources: Vec::with_capacity(places),
            targets: Vec::with_capacity(places),
            ..self
        };
        let Sweep {
            before,
            padded,
            target,
            axes: [down, across],
            ..
        } = sweep;
        let start = |axis: Axis, before: usize, place: usize| {
            (axis.stride * place + before).wrapping_add_signed(axis.offset)
        };
        for image in 0..sweep.group {
            for y in 0..down.places {
                for x in 0..across.places {
                    let from = (start(down, before[0], y) * padded.width
                        + start(across, before[1], x))
                        * padded.channels;
                    let to = ((down.target_step * y + down.target_offset) * target.width
                        + across.target_step * x
                        + across.target_offset)
                        * target.channels;
                    sweep
                        .sources
                        .push((image * padded.elements() + from) as u32);
                    sweep.targets.push((image * target.elements() + to) as u32);
                }
            }
        }
        sweep
    }

    /// Elements of the images and of the targets of a group, and channels of a target.
    pub fn parts(&self) -> ([usize; 2], usize) {
        (
            [self.source, self.target].map(|map| self.group * map.elements()),
            self.target.channels,
        )
    }

    /// Elements from one row of a window to the next.
    pub fn row_step(&self) -> usize {
        self.padded.width * self.padded.channels
    }

    /// Numbers that [`Sweep::padded`] needs for a group.
    pub fn scratch(&self) -> usize {
        if self.padded == self.source {
            0
        } else {
            self.group * self.padded.elements()
        }
    }

    /// The images as the windows see them: as they stand where nothing is padded, else in `scratch`
    /// with zeros around them.
    pub fn padded<'a>(&self, images: &'a [f32], scratch: &'a mut [f32]) -> &'a [f32] {
        if self.padded == self.source {
            return images;
        }
        let (row, padded_row) = (self.source.width * self.source.channels, self.row_step());
        let [top, left] = [self.before[0], self.before[1] * self.source.channels];
        let count = images.len() / self.source.elements();
        let scratch = &mut scratch[..count * self.padded.elements()];
        for (image, padded) in images
            .chunks_exact(self.source.elements())
            .zip(scratch.chunks_exact_mut(self.padded.elements()))
        {
            let (above, rest) = padded.split_at_mut(top * padded_row);
            let (middle, below) = rest.split_at_mut(self.source.height * padded_row);
            above.fill(0.0);
            below.fill(0.0);
            for (line, padded) in image
                .chunks_exact(row)
                .zip(middle.chunks_exact_mut(padded_row))
            {
                padded[..left].fill(0.0);
                padded[left..left + row].copy_from_slice(line);
                padded[left + row..].fill(0.0);
            }
        }
        scratch
    }
}

//! Direct convolutions of maps whose channels stand together, without unrolled copies of the
//! windows: forward, and the gradients of input and weights.
//!
//! A window's row is one run of memory, so a convolution is a sum over few long runs (`slide`). The
//! gradient of the input slides the turned weights over the gradient of the output; where the
//! stride is above 1, once for each remainder of places by the stride, so that no product is with a
//! zero that was put in. The gradient of the weights sums outer products over places (`correlate`).
//! A linear layer is a convolution of a map of one place.

mod correlate;
mod slide;
mod sweep;

pub use self::slide::Begin;

use self::correlate::Correlate;
use self::slide::{Slide, PANEL};
use self::sweep::{Axis, Sweep};
use crate::formula::vector::InstructionSet;
use crate::nets::layer::MapShape;
use crate::numerics::buffer::Buffer;

/// A convolution of given sizes, made ready to run.
pub struct Convolution {
    set: InstructionSet,
    input: MapShape,
    output: MapShape,
    kernel: usize,
    forward: Sweep,
    /// The gradient of the input, one sweep a remainder.
    phases: Vec<Phase>,
    /// Whether every place of the input is in a phase; the others have the gradient 0.
    covered: bool,
}

/// The places of the input with one remainder by the stride, and the taps of the kernel that reach
/// them: every `stride`-th from the last that does.
struct Phase {
    sweep: Sweep,
    rows: Vec<usize>,
    columns: Vec<usize>,
}

/// Memory that all convolutions of a network share.
#[derive(Default)]
pub struct Scratch {
    padded: Buffer,
    packed: Buffer,
}

/// What a convolution takes beside its maps and weights.
#[derive(Clone, Copy, Debug, Default)]
pub struct Needs {
    /// Bytes of its own tables: 8 a place of a group of images, in each direction.
    pub tables: usize,
    /// Elements of the padded images of a group, in memory that all convolutions of a network
    /// share.
    pub padded: usize,
    /// Elements of the packed weights, in such memory.
    pub packed: usize,
}

impl Convolution {
    /// A square kernel over `input`; `output` is the map that it makes, `batch` the images that
    /// pass at once, mostly: more take more groups of them. The image's own gradient is never
    /// wanted: `input_gradient` spares its tables.
    pub fn new(
        set: InstructionSet,
        [input, output]: [MapShape; 2],
        window: [usize; 3],
        batch: usize,
        input_gradient: bool,
    ) -> Convolution {
        let bare = Convolution::bare(set, [input, output], window, batch, input_gradient);
        let phases = bare
            .phases
            .into_iter()
            .map(|phase| Phase {
                sweep: phase.sweep.laid(),
                ..phase
            })
            .collect();
        Convolution {
            forward: bare.forward.laid(),
            phases,
            ..bare
        }
    }

    /// What [`Convolution::new`] of the same sizes takes.
    pub fn needs(
        maps: [MapShape; 2],
        window: [usize; 3],
        batch: usize,
        input_gradient: bool,
    ) -> Needs {
        let bare = Convolution::bare(InstructionSet::best(), maps, window, batch, input_gradient);
        Needs {
            tables: bare.sweeps().map(Sweep::table_bytes).sum(),
            padded: bare.padded(),
            packed: bare.packed(),
        }
    }

    /// All sizes, without tables.
    fn bare(
        set: InstructionSet,
        [input, output]: [MapShape; 2],
        window: [usize; 3],
        batch: usize,
        input_gradient: bool,
    ) -> Convolution {
        let [kernel, stride, padding] = window;
        let weights = kernel * kernel * input.channels * output.channels;
        let axis = |places: usize| Axis {
            places,
            stride,
            offset: -(padding as isize),
            length: kernel,
            target_step: 1,
            target_offset: 0,
        };
        let forward = Sweep::new(
            input,
            output,
            [axis(output.height), axis(output.width)],
            weights,
            batch,
        );
        let phases = if input_gradient {
            phases([input, output], window, weights, batch)
        } else {
            Vec::new()
        };
        let covered =
            phases.iter().map(|phase| phase.sweep.places).sum::<usize>() == input.places();
        Convolution {
            set,
            input,
            output,
            kernel,
            forward,
            phases,
            covered,
        }
    }

    /// Makes room for this convolution.
    pub fn prepare(&self, scratch: &mut Scratch) {
        scratch
            .padded
            .resize(self.padded().max(scratch.padded.len()));
        scratch
            .packed
            .resize(self.packed().max(scratch.packed.len()));
    }

    fn sweeps(&self) -> impl Iterator<Item = &Sweep> {
        self.phases
            .iter()
            .map(|phase| &phase.sweep)
            .chain([&self.forward])
    }

    fn padded(&self) -> usize {
        self.sweeps().map(Sweep::scratch).max().unwrap_or(0)
    }

    fn packed(&self) -> usize {
        self.kernel * self.kernel * self.input.channels * self.output.channels
    }

    /// `output = begin + input * weights`, for as many images as `input` holds.
    pub fn forward(
        &self,
        input: &[f32],
        weights: &[f32],
        begin: Option<&[f32]>,
        output: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let channels = self.output.channels;
        let packed = if channels <= PANEL {
            weights
        } else {
            let lines = || weights.chunks_exact(channels);
            pack(lines, lines().len(), channels, &mut scratch.packed);
            &scratch.packed[..weights.len()]
        };
        let begin = begin.map_or(Begin::Zero, Begin::With);
        slide(
            self.set,
            &self.forward,
            input,
            packed,
            begin,
            output,
            &mut scratch.padded,
        );
    }

    /// The gradient of the weights, written over `weights_gradient`, and then that of the input,
    /// where it is wanted: with whether it is added to what stands there.
    pub fn backward(
        &self,
        input: &[f32],
        weights: &[f32],
        output_gradient: &[f32],
        weights_gradient: &mut [f32],
        input_gradient: Option<(&mut [f32], bool)>,
        scratch: &mut Scratch,
    ) {
        self.weights_gradient(input, output_gradient, weights_gradient, scratch);
        if let Some((input_gradient, add)) = input_gradient {
            self.input_gradient(output_gradient, weights, add, input_gradient, scratch);
        }
    }

    /// The gradient of the input from that of the output: added to what stands in `input_gradient`,
    /// or written over it.
    pub fn input_gradient(
        &self,
        output_gradient: &[f32],
        weights: &[f32],
        add: bool,
        input_gradient: &mut [f32],
        scratch: &mut Scratch,
    ) {
        if !add && !self.covered {
            input_gradient.fill(0.0);
        }
        let (inputs, outputs) = (self.input.channels, self.output.channels);
        for phase in &self.phases {
            let Phase {
                sweep,
                rows,
                columns,
            } = phase;
            // A line holds, for one output channel at one tap, the weights of all input channels.
            let packed = &mut scratch.packed[..rows.len() * columns.len() * inputs * outputs];
            for (row, tap_row) in rows.iter().enumerate() {
                for (column, tap_column) in columns.iter().enumerate() {
                    let tap = &weights[(tap_row * self.kernel + tap_column) * inputs * outputs..]
                        [..inputs * outputs];
                    let first_line = (row * columns.len() + column) * outputs;
                    transpose_into_panels(
                        tap,
                        [inputs, outputs],
                        first_line,
                        rows.len() * columns.len() * outputs,
                        packed,
                    );
                }
            }
            let begin = if add { Begin::Target } else { Begin::Zero };
            slide(
                self.set,
                sweep,
                output_gradient,
                packed,
                begin,
                input_gradient,
                &mut scratch.padded,
            );
        }
    }

    /// The gradient of the weights, written over `weights_gradient`.
    pub fn weights_gradient(
        &self,
        input: &[f32],
        output_gradient: &[f32],
        weights_gradient: &mut [f32],
        scratch: &mut Scratch,
    ) {
        weights_gradient.fill(0.0);
        let sweep = &self.forward;
        let inputs = input.chunks(sweep.group * self.input.elements());
        for (input, gradient) in
            inputs.zip(output_gradient.chunks(sweep.group * self.output.elements()))
        {
            let source = sweep.padded(input, &mut scratch.padded);
            let places = gradient.len() / self.output.channels;
            Correlate {
                source,
                sources: &sweep.sources[..places],
                row_step: sweep.row_step(),
                rows: sweep.rows,
                run: sweep.run,
                gradient,
                channels: self.output.channels,
                target: weights_gradient,
            }
            .run(self.set);
        }
    }
}

/// The phases of the gradient of the input, by the remainders down and across, without tables;
/// those that no tap reaches are left out.
fn phases(
    [input, output]: [MapShape; 2],
    [kernel, stride, padding]: [usize; 3],
    weights: usize,
    batch: usize,
) -> Vec<Phase> {
    let mut phases = Vec::new();
    for down in 0..stride {
        for across in 0..stride {
            let (rows, columns) = (
                taps(kernel, stride, padding, down),
                taps(kernel, stride, padding, across),
            );
            let axis = |side: usize, remainder: usize, taps: &[usize]| Axis {
                places: side.saturating_sub(remainder).div_ceil(stride),
                stride: 1,
                offset: taps
                    .first()
                    .map_or(0, |tap| (remainder + padding) as isize - *tap as isize)
                    / stride as isize,
                length: taps.len(),
                target_step: stride,
                target_offset: remainder,
            };
            let axes = [
                axis(input.height, down, &rows),
                axis(input.width, across, &columns),
            ];
            if axes.iter().all(|axis| axis.places > 0 && axis.length > 0) {
                let sweep = Sweep::new(output, input, axes, weights, batch);
                phases.push(Phase {
                    sweep,
                    rows,
                    columns,
                });
            }
        }
    }
    phases
}

/// The taps of an axis that reach the places of the input with this remainder, the last first: as
/// taps fall, the outputs that they reach rise.
fn taps(kernel: usize, stride: usize, padding: usize, remainder: usize) -> Vec<usize> {
    (0..kernel)
        .rev()
        .filter(|tap| (remainder + padding) % stride == tap % stride)
        .collect()
}

/// The windows of all images times the packed weights, group by group.
fn slide(
    set: InstructionSet,
    sweep: &Sweep,
    images: &[f32],
    packed: &[f32],
    begin: Begin,
    target: &mut [f32],
    padded: &mut [f32],
) {
    let lines = sweep.rows * sweep.run;
    let ([images_part, target_part], channels) = sweep.parts();
    for (index, (images, target)) in images
        .chunks(images_part)
        .zip(target.chunks_mut(target_part))
        .enumerate()
    {
        let places = images.len() * sweep.group / images_part * sweep.places;
        let source = sweep.padded(images, padded);
        let begin = match begin {
            Begin::With(other) => Begin::With(&other[index * target_part..][..target.len()]),
            other => other,
        };
        for channel in (0..channels).step_by(PANEL) {
            let width = PANEL.min(channels - channel);
            Slide {
                source,
                sources: &sweep.sources[..places],
                row_step: sweep.row_step(),
                rows: sweep.rows,
                run: sweep.run,
                weights: &packed[lines * channel..][..lines * width],
                width,
                channel,
                begin,
                target,
                targets: &sweep.targets[..places],
            }
            .run(set);
        }
    }
}

/// Lines of `channels` weights as panels, one after another.
fn pack<'a, I: Iterator<Item = &'a [f32]>>(
    lines: impl Fn() -> I,
    count: usize,
    channels: usize,
    packed: &mut [f32],
) {
    for channel in (0..channels).step_by(PANEL) {
        let width = PANEL.min(channels - channel);
        let panel = &mut packed[count * channel..][..count * width];
        for (line, packed) in lines().zip(panel.chunks_exact_mut(width)) {
            packed.copy_from_slice(&line[channel..channel + width]);
        }
    }
}

/// The weights of a tap, `inputs x outputs`, as lines of input channels, one an output, into panels
/// of `count` lines from `first_line` on.
fn transpose_into_panels(
    tap: &[f32],
    [inputs, outputs]: [usize; 2],
    first_line: usize,
    count: usize,
    packed: &mut [f32],
) {
    for channel in (0..inputs).step_by(PANEL) {
        let width = PANEL.min(inputs - channel);
        let panel = &mut packed[count * channel + first_line * width..][..outputs * width];
        for (index, line) in tap[channel * outputs..][..width * outputs]
            .chunks_exact(outputs)
            .enumerate()
        {
            for (output, weight) in line.iter().enumerate() {
                panel[output * width + index] = *weight;
            }
        }
    }
}

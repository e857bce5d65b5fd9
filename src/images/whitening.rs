//! Zero-phase (ZCA) whitening: images turned so that their numbers are uncorrelated and of
//! deviation 1, and yet look like themselves.

use nalgebra::{DMatrix, SymmetricEigen};

use super::error::ImageError;
use super::set::LabelledImages;

/// Images taken at once, so that blocks stay small beside the matrix.
const BLOCK: usize = 512;
/// The most numbers of an image: the matrix is square in it, and its eigenvectors take its cube in
/// time.
const MOST_NUMBERS: usize = 3_072;

/// A whitening fitted to training images: `W (x - mean)`, where x is in 0 to 1 and
/// `W = U (S + epsilon)^(-1/2) U'` of their covariance `U S U'`.
///
/// After Bell and Sejnowski, "The 'independent components' of natural scenes are edge filters",
/// 1997; epsilon is 1e-6 in Keras.
#[derive(Clone, Debug, PartialEq)]
pub struct Whitening {
    mean: Vec<f32>,
    /// Symmetric.
    matrix: DMatrix<f32>,
}

impl Whitening {
    /// Fits a whitening to the images at `indices`. Their number should be several times the
    /// numbers of an image. It takes a few seconds for images of 28x28, and about a minute on one
    /// core for 32x32x3.
    ///
    /// # Errors
    /// There are fewer than two images, an image has more than 3,072 numbers, or `epsilon` is not
    /// above 0.
    pub fn of(
        images: &LabelledImages,
        image_len: usize,
        indices: &[u32],
        epsilon: f64,
    ) -> Result<Whitening, ImageError> {
        let wrong = |need, found: String| Err(ImageError::Whitening { need, found });
        if indices.len() < 2 {
            return wrong("at least two images", indices.len().to_string());
        }
        if image_len > MOST_NUMBERS {
            return wrong(
                "images of at most 3072 numbers, such as 32x32 in colour",
                image_len.to_string(),
            );
        }
        if !(epsilon > 0.0 && epsilon.is_finite()) {
            return wrong("an epsilon above 0", epsilon.to_string());
        }
        let mean = mean(images, image_len, indices);
        let covariance = covariance(images, image_len, indices, &mean);
        let SymmetricEigen {
            eigenvectors,
            eigenvalues,
        } = covariance.symmetric_eigen();
        let mut scaled = eigenvectors.clone();
        for (mut column, eigenvalue) in scaled.column_iter_mut().zip(eigenvalues.iter()) {
            // Rounding leaves some that are 0 a little below it.
            column /= (eigenvalue.max(0.0) + epsilon).sqrt();
        }
        let matrix = scaled * eigenvectors.transpose();
        Ok(Whitening {
            mean: mean.iter().map(|mean| *mean as f32).collect(),
            matrix: matrix.map(|number| number as f32),
        })
    }

    /// The whitened images at `indices`, one after another. The numbers of an image do not depend
    /// on the other indices.
    pub fn apply(&self, images: &LabelledImages, indices: &[u32]) -> Vec<f32> {
        let image_len = self.mean.len();
        let mut whitened = Vec::with_capacity(indices.len() * image_len);
        for block in indices.chunks(BLOCK) {
            let centred = centred(images, image_len, block, |number, value| {
                f32::from(value) / 255.0 - self.mean[number]
            });
            // Products of other shapes are summed in other orders: an image must not depend on how
            // many it goes with.
            let product = &self.matrix * centred.resize_horizontally(BLOCK, 0.0);
            whitened.extend_from_slice(&product.as_slice()[..block.len() * image_len]);
        }
        whitened
    }
}

fn mean(images: &LabelledImages, image_len: usize, indices: &[u32]) -> Vec<f64> {
    let mut sums = vec![0u64; image_len];
    for index in indices {
        images
            .image(*index, image_len)
            .iter()
            .zip(&mut sums)
            .for_each(|(value, sum)| *sum += u64::from(*value));
    }
    sums.iter()
        .map(|sum| *sum as f64 / (255.0 * indices.len() as f64))
        .collect()
}

fn covariance(
    images: &LabelledImages,
    image_len: usize,
    indices: &[u32],
    mean: &[f64],
) -> DMatrix<f64> {
    let mut covariance = DMatrix::zeros(image_len, image_len);
    let scale = 1.0 / indices.len() as f64;
    for block in indices.chunks(BLOCK) {
        let centred = centred(images, image_len, block, |number, value| {
            f64::from(value) / 255.0 - mean[number]
        });
        covariance.gemm(scale, &centred, &centred.transpose(), 1.0);
    }
    covariance
}

/// Images as columns.
fn centred<T: nalgebra::Scalar>(
    images: &LabelledImages,
    image_len: usize,
    block: &[u32],
    number: impl Fn(usize, u8) -> T,
) -> DMatrix<T> {
    let numbers = block.iter().flat_map(|index| {
        images
            .image(*index, image_len)
            .iter()
            .enumerate()
            .map(|(at, value)| number(at, *value))
    });
    DMatrix::from_iterator(image_len, block.len(), numbers)
}

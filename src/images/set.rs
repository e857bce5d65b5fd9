//! A set of labelled images: its pixels, its labels and their shape.

/// A labelled set of images of one size, in a training and a test part.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageSet {
    /// The set's name as users write it, such as `fashion-mnist` or `cifar10`.
    pub name: String,
    /// Rows of every image.
    pub height: usize,
    /// Columns of every image.
    pub width: usize,
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// The number of classes; labels are `0..classes`.
    pub classes: usize,
    /// The images that networks are trained on.
    pub train: LabelledImages,
    /// The images that are measured once, at the end.
    pub test: LabelledImages,
}

/// Images one after another, each row by row, the channels of a pixel together, with a label each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelledImages {
    /// One byte a channel, 0 black and 255 white.
    pub pixels: Vec<u8>,
    /// The class of each image.
    pub labels: Vec<u16>,
}

impl ImageSet {
    /// The number of numbers of an image: height x width x channels.
    pub fn image_len(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Rows, columns and channels of every image.
    pub fn shape(&self) -> Shape {
        Shape {
            height: self.height,
            width: self.width,
            channels: self.channels,
        }
    }

    /// The BLAKE3 hash of the sizes, labels and pixels in hexadecimal digits. It does not depend on
    /// the name of the set or on its files.
    pub fn content_hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for size in [
            self.height,
            self.width,
            self.channels,
            self.classes,
            self.train.len(),
            self.test.len(),
        ] {
            hasher.update(&(size as u64).to_le_bytes());
        }
        for part in [&self.train, &self.test] {
            hasher.update(&part.label_bytes()).update(&part.pixels);
        }
        hasher.finalize().to_hex().to_string()
    }
}

impl LabelledImages {
    /// How many images there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The pixels of the image at `index`, where each image has `image_len` numbers.
    ///
    /// # Panics
    /// `index` must be below the number of images.
    pub fn image(&self, index: u32, image_len: usize) -> &[u8] {
        &self.pixels[index as usize * image_len..][..image_len]
    }

    /// The number of images of each of `classes` classes.
    ///
    /// # Panics
    /// Every label must be below `classes`.
    pub fn class_counts(&self, classes: usize) -> Vec<usize> {
        let mut counts = vec![0; classes];
        self.labels
            .iter()
            .for_each(|label| counts[usize::from(*label)] += 1);
        counts
    }

    /// The labels as little-endian 16-bit numbers.
    pub fn label_bytes(&self) -> Vec<u8> {
        self.labels
            .iter()
            .flat_map(|label| label.to_le_bytes())
            .collect()
    }
}

/// Rows, columns and channels of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
}

impl Shape {
    /// The number of numbers of an image: height x width x channels.
    pub fn len(self) -> usize {
        self.height * self.width * self.channels
    }

    /// Whether an image holds nothing.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

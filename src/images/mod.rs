//! Sets of labelled images, read from their files' bytes, split, standardised and augmented.

/// A labelled set of images of one size, in a training and a test part.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageSet {
    /// As users name it: `fashion-mnist`, `cifar10`.
    pub name: String,
    pub height: usize,
    pub width: usize,
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// Labels are `0..classes`.
    pub classes: usize,
    pub train: LabelledImages,
    pub test: LabelledImages,
}

/// Images one after another, each row by row, the channels of a pixel together, with a label each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelledImages {
    pub pixels: Vec<u8>,
    pub labels: Vec<u16>,
}

impl ImageSet {
    /// Numbers of an image.
    pub fn image_len(&self) -> usize {
        self.height * self.width * self.channels
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
}

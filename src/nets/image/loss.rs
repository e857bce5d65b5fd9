//! The loss of a batch of logits: cross entropy after a softmax, in one pass with its gradient.

/// What a batch came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BatchLoss {
    /// Summed over the rows, in nats.
    pub loss: f64,
    /// Rows whose greatest logit, the first of equals, is their label's; a row with a NaN is never
    /// right.
    pub correct: usize,
    /// Rows of the batch.
    pub rows: usize,
}

impl BatchLoss {
    /// The mean loss of a row.
    pub fn mean(&self) -> f64 {
        self.loss / self.rows as f64
    }

    /// The share of rows that are right.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.rows as f64
    }

    /// Counts another batch too.
    pub fn add(&mut self, other: BatchLoss) {
        self.loss += other.loss;
        self.correct += other.correct;
        self.rows += other.rows;
    }
}

/// The cross entropy of rows of `logits`; `labels` has one a row, one row at least, each below the
/// number of classes. Where `gradient` is given, that of the mean loss is written over it.
pub fn cross_entropy(
    logits: &[f32],
    labels: &[u16],
    mut gradient: Option<&mut [f32]>,
) -> BatchLoss {
    let classes = logits.len() / labels.len();
    let part = 1.0 / labels.len() as f32;
    let mut total = BatchLoss {
        rows: labels.len(),
        ..BatchLoss::default()
    };
    let mut powers = vec![0.0; classes];
    for (index, (row, label)) in logits.chunks_exact(classes).zip(labels).enumerate() {
        let label = usize::from(*label);
        let (greatest, sum) = exponentials(row, &mut powers);
        total.loss += f64::from(sum).ln() + f64::from(greatest) - f64::from(row[label]);
        // No comparison with a NaN holds.
        let is_first_greatest = |(place, logit): (usize, &f32)| {
            if place < label {
                row[label] > *logit
            } else {
                row[label] >= *logit
            }
        };
        total.correct += usize::from(row.iter().enumerate().all(is_first_greatest));
        if let Some(gradient) = &mut gradient {
            for (place, (gradient, power)) in gradient[index * classes..][..classes]
                .iter_mut()
                .zip(&powers)
                .enumerate()
            {
                let wanted = if place == label { 1.0 } else { 0.0 };
                *gradient = (power / sum - wanted) * part;
            }
        }
    }
    total
}

/// The same where a softmax comes before the one that the cross entropy has, as the published code
/// of SmartMixed does it.
pub fn cross_entropy_of_softmax(
    logits: &[f32],
    labels: &[u16],
    gradient: Option<&mut [f32]>,
) -> BatchLoss {
    let classes = logits.len() / labels.len();
    let mut shares = vec![0.0; logits.len()];
    for (row, shares) in logits
        .chunks_exact(classes)
        .zip(shares.chunks_exact_mut(classes))
    {
        let (_, sum) = exponentials(row, shares);
        shares.iter_mut().for_each(|share| *share /= sum);
    }
    let Some(gradient) = gradient else {
        return cross_entropy(&shares, labels, None);
    };
    let total = cross_entropy(&shares, labels, Some(gradient));
    for (gradient, shares) in gradient
        .chunks_exact_mut(classes)
        .zip(shares.chunks_exact(classes))
    {
        let along: f32 = gradient
            .iter()
            .zip(shares)
            .map(|(gradient, share)| gradient * share)
            .sum();
        gradient
            .iter_mut()
            .zip(shares)
            .for_each(|(gradient, share)| *gradient = (*gradient - along) * share);
    }
    total
}

/// `powers = exp(row - greatest)`; gives the greatest and the sum of the powers.
fn exponentials(row: &[f32], powers: &mut [f32]) -> (f32, f32) {
    let greatest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    powers
        .iter_mut()
        .zip(row)
        .for_each(|(power, logit)| *power = (logit - greatest).exp());
    (greatest, powers.iter().sum())
}

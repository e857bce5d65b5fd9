//! The loss of a batch of logits: cross entropy after a softmax, in one pass with its gradient.

/// What a batch came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BatchLoss {
    /// Summed over the rows, in nats.
    pub loss: f64,
    /// Rows whose greatest logit, the first of equals, is their label's.
    pub correct: usize,
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

/// The cross entropy of rows of `logits`; `labels` has one a row. Where `gradient` is given, that of the mean loss is written over it.
pub fn cross_entropy(logits: &[f32], labels: &[u16], mut gradient: Option<&mut [f32]>) -> BatchLoss {
    let classes = logits.len() / labels.len();
    let part = 1.0 / labels.len() as f32;
    let mut total = BatchLoss { rows: labels.len(), ..BatchLoss::default() };
    for (index, (row, label)) in logits.chunks_exact(classes).zip(labels).enumerate() {
        let label = usize::from(*label);
        let greatest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = row.iter().map(|logit| (logit - greatest).exp()).sum();
        total.loss += f64::from(sum.ln() + greatest - row[label]);
        total.correct += usize::from(row.iter().position(|logit| *logit == greatest) == Some(label));
        if let Some(gradient) = &mut gradient {
            let gradient = &mut gradient[index * classes..][..classes];
            for (place, (gradient, logit)) in gradient.iter_mut().zip(row).enumerate() {
                let wanted = if place == label { 1.0 } else { 0.0 };
                *gradient = ((logit - greatest).exp() / sum - wanted) * part;
            }
        }
    }
    total
}

/// The same where a softmax comes before the one that the cross entropy has, as the published code of SmartMixed does it.
pub fn cross_entropy_of_softmax(logits: &[f32], labels: &[u16], gradient: Option<&mut [f32]>) -> BatchLoss {
    let classes = logits.len() / labels.len();
    let mut shares = logits.to_vec();
    for row in shares.chunks_exact_mut(classes) {
        let greatest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        row.iter_mut().for_each(|logit| *logit = (*logit - greatest).exp());
        let sum: f32 = row.iter().sum();
        row.iter_mut().for_each(|share| *share /= sum);
    }
    let Some(gradient) = gradient else { return cross_entropy(&shares, labels, None) };
    let total = cross_entropy(&shares, labels, Some(gradient));
    for (gradient, shares) in gradient.chunks_exact_mut(classes).zip(shares.chunks_exact(classes)) {
        let along: f32 = gradient.iter().zip(shares).map(|(gradient, share)| gradient * share).sum();
        gradient.iter_mut().zip(shares).for_each(|(gradient, share)| *gradient = (*gradient - along) * share);
    }
    total
}

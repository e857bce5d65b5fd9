//! Networks of formulas that read their row or the batch, or have trainable parameters: gradients,
//! steps, bits, and what is reported.

mod parameters;
mod steps;

/// Each with a straight part, so that no bias is without influence: its gradient would be rounding
/// alone, which Adam makes into whole steps.
pub const FORMULAS: &[&str] = &[
    "x * softmax(x) + 0.3 * x",
    "tanh(x - feature_mean(x)) / (feature_std(x) + 0.5) + 0.3 * x",
    "(x - batch_mean(x)) / (batch_std(x) + 0.1) * channel_param(0.7) + 0.3 * x",
    "sign(x) * log1p(0.5 * abs(x)) + 0.2 * exp(-0.5 * ((x - tensor_mean(x)) / (tensor_std(x) + \
     1e-6))^2) * sin(2 * x)",
    "b = batch_mean(x); s = batch_std(x); a = where(x >= b, 0.08, 0.02); x * (0.02 + 1 / (1 + a * \
     abs(x - b)^(1 + exp(-s))))",
    "tanh(x) + 0.2 * roll(x, 1) * roll(x, -1)",
    "0.3 * x * feature_max(x) + 0.2 * tanh(batch_min(x)) + x",
    "max(x, 0) + param(0.25) * min(x, 0)",
    "x * sigmoid(channel_param(1.5) * x) + 0.1 * sin(param(2) * x) / param(3)",
];

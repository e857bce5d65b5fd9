//! The known activations that a campaign starts from.

/// (name, formula) of known activations, so that the first briefs have parents: those in daily use,
/// and what earlier searches found.
///
/// Sources: ELU (Clevert et al. 2015), Mish (Misra 2019), CRReLU at its initial 0.01 (arXiv
/// 2405.12954), the best core units of "Evolutionary Optimization of Deep Learning Activation
/// Functions" (2020), GELUSine and the leaky square-root power-decay of arXiv 2602.05688.
pub fn seeds() -> &'static [(&'static str, &'static str)] {
    &[
        ("relu", "relu(x)"),
        ("gelu", "gelu(x)"),
        ("silu", "silu(x)"),
        ("tanh", "tanh(x)"),
        ("elu", "elu(x)"),
        ("softplus", "softplus(x)"),
        ("mish", "mish(x)"),
        ("tanh-min", "tanh(x)*min(x, 0)"),
        ("erf-min", "erf(x)*min(x, 0)"),
        ("atan-min", "atan(x)*min(x, 0)"),
        ("gelu-sine", "gelu_tanh(x) + 0.1*sin(x)"),
        ("crrelu", "max(0, x) + 0.01*x*exp(-(x^2)/2)"),
        (
            "square-root-decay",
            "x*(0.02 + 1/sqrt(1 + where(x >= 0, 0.16, 0.04)*x^2))",
        ),
    ]
}

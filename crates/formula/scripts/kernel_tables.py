"""What the tables of coefficients in src/kernel and src/series.rs approximate, and how well.

Run with `python3 scripts/kernel_tables.py` in the crate's folder; it needs mpmath. The tables are
read from the sources. The script exits with an error where

- a kernel's polynomial, taken without rounding, errs more than its comment in the source says,
- a table that is said to be refitted here differs from its fit in any bit,
- a Chebyshev coefficient of src/series.rs differs from its interpolation in any bit.

A refit is a sequential minimax fit: the exchange algorithm of Remez gives the polynomial of least
relative error, its lowest coefficient is rounded to 32 bits and fixed, and the rest is fitted again.
"""

import re
import struct
import sys
from pathlib import Path

from mpmath import besseli, cos, erf, erfc, exp, expm1, log, log1p, lu_solve, matrix, mp, mpf, pi
from mpmath import asin, atan, sin, sqrt, tan

mp.dps = 40
SOURCES = Path(__file__).resolve().parent.parent / "src"
NAMES = {"std::f32::consts::LN_2": log(2), "std::f32::consts::PI": pi}


def table(file, name):
    """The coefficients of a table as the compiler rounds them: `[f32; N]` or `[f64; N]`."""
    text = (SOURCES / file).read_text()
    bits, body = re.search(rf"const {name}: \[f(32|64); \d+\] = \[(.*?)\];", text, re.S).groups()
    words = [word.strip() for word in body.split(",") if word.strip()]
    numbers = [NAMES.get(word) or mpf(float(word.replace("_", ""))) for word in words]
    return [single(number) if bits == "32" else number for number in numbers]


def single(number):
    """The nearest 32-bit number."""
    return mpf(struct.unpack("f", struct.pack("f", float(number)))[0])


def horner(coefficients, t):
    total = mpf(0)
    for coefficient in reversed(coefficients):
        total = total * t + coefficient
    return total


def nodes(low, high, count):
    """Points from low to high, denser at the ends."""
    middle, half = (mpf(low) + high) / 2, (mpf(high) - low) / 2
    return [middle - half * cos(pi * k / (count - 1)) for k in range(count)]


# File, table, interval of the argument, what the polynomial makes of the argument, what it should
# be, and the largest error that the comment in the source states: relative, or absolute for "|".
MAGNITUDES = nodes(mpf("1e-3"), pi / 4, 401)
KERNELS = [
    ("kernel/exponential.rs", "EXP_TAIL", (-log(2) / 2, log(2) / 2),
     lambda p, r: 1 + r + r * r * horner(p, r), exp, "EXP"),
    ("kernel/logarithm.rs", "LOG_TAIL", (sqrt(mpf(1) / 2) - 1, sqrt(2) - 1),
     lambda p, f: f - f * f / 2 + f**3 * horner(p, f), log1p, "LOG"),
    ("kernel/power.rs", "EXP2_TAIL", (mpf(-1) / 2, mpf(1) / 2),
     lambda p, r: 1 + r * horner(p, r), lambda r: mpf(2) ** r, "EXP2"),
    ("kernel/power.rs", "LOG_RATIO_TAIL", (mpf("1e-3"), 3 - 2 * sqrt(2)),
     lambda p, s: 2 * s + 2 * s**3 / 3 + s**5 * horner(p, s * s),
     lambda s: log((1 + s) / (1 - s)), "RATIO"),
    ("kernel/special.rs", "ERF_TAIL", (mpf("1e-3"), mpf(1)),
     lambda p, x: x + x * horner(p, x * x), erf, "ERF"),
    ("kernel/special.rs", "LOG_ERFC", (mpf(1), mpf(4)),
     lambda p, x: 1 - exp(horner(p, x)), erf, "LOGERFC"),
    ("kernel/special.rs", "SCALED_ERFC", (mpf(0), mpf("10.15")),
     lambda p, x: horner(p, (x - 2) / (x + 2)),
     lambda x: erfc(x) * exp(x * x) * (1 + 2 * x), "SERFC"),
    ("kernel/special.rs", "I0", (mpf(0), mpf(8)),
     lambda p, x: horner(p, (x / 8) ** 2), lambda x: besseli(0, x), "I0"),
    ("kernel/special.rs", "I1", (mpf("1e-3"), mpf(8)),
     lambda p, x: x * horner(p, (x / 8) ** 2), lambda x: besseli(1, x), "I1"),
    ("kernel/special.rs", "I0_FAR", (mpf("1e-6"), mpf(1) / 8),
     horner, lambda t: besseli(0, 1 / t) * exp(-1 / t) / sqrt(t), "I0F"),
    ("kernel/special.rs", "I1_FAR", (mpf("1e-6"), mpf(1) / 8),
     horner, lambda t: besseli(1, 1 / t) * exp(-1 / t) / sqrt(t), "I1F"),
    ("kernel/trigonometric.rs", "SIN_TAIL", (mpf("1e-3"), pi / 4),
     lambda p, r: r + r**3 * horner(p, r * r), sin, "SIN"),
    ("kernel/trigonometric.rs", "COS_TAIL", (mpf(0), pi / 4),
     lambda p, r: 1 - r * r / 2 + r**4 * horner(p, r * r), cos, "COS"),
    ("kernel/trigonometric.rs", "SIN_PI", (mpf("1e-3"), mpf(1) / 2),
     lambda p, r: r * horner(p, r * r), lambda r: sin(pi * r), "SINPI"),
    ("kernel/trigonometric.rs", "COS_PI", (mpf(0), mpf(1) / 2),
     lambda p, r: 1 + r * r * horner(p, r * r), lambda r: cos(pi * r), "COSPI|"),
    ("kernel/trigonometric.rs", "SINC_SLOPE", (mpf("1e-3"), mpf(1)),
     lambda p, x: x * horner(p, x * x),
     lambda x: (pi * x * cos(pi * x) - sin(pi * x)) / (pi * x * x), "SINCS"),
    ("kernel/trigonometric.rs", "ASIN_TAIL", (mpf("1e-3"), mpf(1) / 2),
     lambda p, x: x + x**3 * horner(p, x * x), asin, "ASIN"),
    ("kernel/trigonometric.rs", "ATAN_TAIL", (mpf("1e-3"), tan(pi / 8)),
     lambda p, x: x + x**3 * horner(p, x * x), atan, "ATAN"),
]

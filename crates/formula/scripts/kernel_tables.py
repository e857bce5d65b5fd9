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

from mpmath import asin, atan, besseli, cos, erf, erfc, exp, log, log1p
from mpmath import lu_solve, matrix, mp, mpf, pi, sin, sqrt, tan

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


# Source and table; the interval of the argument; what the polynomial p makes of the argument, and
# what it should make; whether the error counts relative to that or as it is; and the largest error
# that the comment in the source states.
RELATIVE, ABSOLUTE = True, False
EXPONENTIAL, LOGARITHM, POWER = "exponential", "logarithm", "power"
SPECIAL, TRIGONOMETRIC = "special", "trigonometric"
# Below it the series of the functions that are divided by their argument has converged.
SMALL = mpf("1e-6")
KERNELS = [
    (EXPONENTIAL, "EXP_TAIL", (-log(2) / 2, log(2) / 2),
     lambda p, r: 1 + r + r * r * horner(p, r), exp, RELATIVE, "5.1e-9"),
    (LOGARITHM, "LOG_TAIL", (sqrt(mpf(1) / 2) - 1, sqrt(2) - 1),
     lambda p, f: f - f * f / 2 + f**3 * horner(p, f), log1p, RELATIVE, "1.1e-9"),
    (POWER, "EXP2_TAIL", (mpf(-1) / 2, mpf(1) / 2),
     lambda p, r: 1 + r * horner(p, r), lambda r: mpf(2) ** r, RELATIVE, "1.3e-8"),
    (POWER, "LOG_RATIO_TAIL", (SMALL, 3 - 2 * sqrt(2)),
     lambda p, s: 2 * s + 2 * s**3 / 3 + s**5 * horner(p, s * s),
     lambda s: log((1 + s) / (1 - s)), RELATIVE, "2.1e-9"),
    (SPECIAL, "ERF_TAIL", (SMALL, mpf(1)),
     lambda p, x: x + x * horner(p, x * x), erf, RELATIVE, "1.5e-9"),
    (SPECIAL, "LOG_ERFC", (mpf(1), mpf(4)),
     lambda p, x: 1 - exp(horner(p, x)), erf, RELATIVE, "2.6e-11"),
    (SPECIAL, "SCALED_ERFC", (mpf(0), mpf("10.15")),
     lambda p, x: horner(p, (x - 2) / (x + 2)),
     lambda x: erfc(x) * exp(x * x) * (1 + 2 * x), RELATIVE, "1.6e-8"),
    (SPECIAL, "I0", (mpf(0), mpf(8)),
     lambda p, x: horner(p, (x / 8) ** 2), lambda x: besseli(0, x), RELATIVE, "5.0e-10"),
    (SPECIAL, "I1", (SMALL, mpf(8)),
     lambda p, x: x * horner(p, (x / 8) ** 2), lambda x: besseli(1, x), RELATIVE, "1.3e-7"),
    (SPECIAL, "I0_FAR", (mpf("1e-5"), mpf(1) / 8),
     horner, lambda t: besseli(0, 1 / t) * exp(-1 / t) / sqrt(t), RELATIVE, "4.7e-8"),
    (SPECIAL, "I1_FAR", (mpf("1e-5"), mpf(1) / 8),
     horner, lambda t: besseli(1, 1 / t) * exp(-1 / t) / sqrt(t), RELATIVE, "2.9e-8"),
    (TRIGONOMETRIC, "SIN_TAIL", (SMALL, pi / 4),
     lambda p, r: r + r**3 * horner(p, r * r), sin, RELATIVE, "4.0e-9"),
    (TRIGONOMETRIC, "COS_TAIL", (mpf(0), pi / 4),
     lambda p, r: 1 - r * r / 2 + r**4 * horner(p, r * r), cos, RELATIVE, "1.1e-9"),
    (TRIGONOMETRIC, "SIN_PI", (SMALL, mpf(1) / 2),
     lambda p, r: r * horner(p, r * r), lambda r: sin(pi * r), RELATIVE, "2.9e-8"),
    (TRIGONOMETRIC, "COS_PI", (mpf(0), mpf(1) / 2),
     lambda p, r: 1 + r * r * horner(p, r * r), lambda r: cos(pi * r), ABSOLUTE, "1.1e-9"),
    (TRIGONOMETRIC, "SINC_SLOPE", (SMALL, mpf(1)),
     lambda p, x: x * horner(p, x * x),
     lambda x: (pi * x * cos(pi * x) - sin(pi * x)) / (pi * x * x), RELATIVE, "5.3e-9"),
    (TRIGONOMETRIC, "ASIN_TAIL", (SMALL, mpf(1) / 2),
     lambda p, x: x + x**3 * horner(p, x * x), asin, RELATIVE, "4.9e-9"),
    (TRIGONOMETRIC, "ATAN_TAIL", (SMALL, tan(pi / 8)),
     lambda p, x: x + x**3 * horner(p, x * x), atan, RELATIVE, "1.2e-9"),
]


def check_error(file, name, interval, made, wanted, relative, stated):
    """Whether the polynomial errs no more than stated, at 400 points."""
    coefficients = table(f"kernel/{file}.rs", name)
    largest = mpf(0)
    for x in nodes(*interval, 400):
        right = wanted(x)
        error = abs(made(coefficients, x) - right)
        largest = max(largest, error / abs(right) if relative else error)
    print(f"{name}: degree {len(coefficients) - 1}, error {mp.nstr(largest, 3)}, stated {stated}")
    return largest <= mpf(stated)


# Tables that are made again: the interval of the polynomial's argument t, its target, and the
# weight of its error, by which that counts relative to the function (absolute for COS_PI).
REFITS = [
    (TRIGONOMETRIC, "SIN_TAIL", (mpf(0), pi**2 / 16),
     lambda t: (sin(sqrt(t)) / sqrt(t) - 1) / t if t else -mpf(1) / 6,
     lambda t: t * sqrt(t) / sin(sqrt(t)) if t else mpf(0)),
    (TRIGONOMETRIC, "COS_PI", (mpf(0), mpf(1) / 4),
     lambda t: (cos(pi * sqrt(t)) - 1) / t if t else -(pi**2) / 2,
     lambda t: t),
    (SPECIAL, "ERF_TAIL", (mpf(0), mpf(1)),
     lambda t: erf(sqrt(t)) / sqrt(t) - 1 if t else 2 / sqrt(pi) - 1,
     lambda t: sqrt(t) / erf(sqrt(t)) if t else sqrt(pi) / 2),
    (SPECIAL, "I0", (mpf(0), mpf(1)),
     lambda t: besseli(0, 8 * sqrt(t)), lambda t: 1 / besseli(0, 8 * sqrt(t))),
]


def minimax(points, targets, weights, count, lowest):
    """The coefficients of t^lowest, t^(lowest + 1) ... whose largest weighted error is least."""
    size = count + 1
    chosen = [round((len(points) - 1) * k / (size + 1)) for k in range(1, size + 1)]
    for _ in range(30):
        system, right = matrix(size, size), matrix(size, 1)
        for row, index in enumerate(chosen):
            for k in range(count):
                system[row, k] = weights[index] * points[index] ** (k + lowest)
            system[row, count] = (-1) ** row
            right[row] = weights[index] * targets[index]
        solution = lu_solve(system, right)
        fit = [solution[k] for k in range(count)]
        errors = [
            weight * (target - point**lowest * horner(fit, point))
            for point, target, weight in zip(points, targets, weights)
        ]
        peaks = alternation(errors, size)
        if peaks is None or peaks == chosen:
            break
        chosen = peaks
    return fit


def alternation(errors, size):
    """The places of the largest errors of alternating sign; `None` where there are too few."""
    peaks = []
    for index, error in enumerate(errors):
        if peaks and (error >= 0) == (errors[peaks[-1]] >= 0):
            if abs(error) > abs(errors[peaks[-1]]):
                peaks[-1] = index
        else:
            peaks.append(index)
    while len(peaks) > size:
        peaks.pop(0 if abs(errors[peaks[0]]) < abs(errors[peaks[-1]]) else -1)
    return peaks if len(peaks) == size else None


def check_refit(file, name, interval, target, weight):
    """Whether a sequential fit gives the table, bit by bit."""
    coefficients = table(f"kernel/{file}.rs", name)
    points = nodes(*interval, 2001)
    targets, weights = [target(t) for t in points], [weight(t) for t in points]
    fitted = []
    while len(fitted) < len(coefficients):
        rest = [f - horner(fitted, t) for f, t in zip(targets, points)]
        left = len(coefficients) - len(fitted)
        fitted.append(single(minimax(points, rest, weights, left, len(fitted))[0]))
    print(f"{name}: refit {'equal' if fitted == coefficients else 'DIFFERENT'}")
    return fitted == coefficients


# Chebyshev series: the table and the function of the series' variable in [-1, 1].
SERIES = [
    ("BESSEL_I0E_NEAR", lambda t: bessel(0, 4 * (t + 1))),
    ("BESSEL_I1E_NEAR", lambda t: bessel(1, 4 * (t + 1)) / (4 * (t + 1))),
    ("BESSEL_I0E_FAR", lambda t: bessel(0, 16 / (t + 1)) * sqrt(16 / (t + 1))),
    ("BESSEL_I1E_FAR", lambda t: bessel(1, 16 / (t + 1)) * sqrt(16 / (t + 1))),
    ("SCALED_ERFC", lambda t: scaled_erfc(2 * (1 + t) / (1 - t))),
]


def bessel(order, x):
    return besseli(order, x) * exp(-x)


def scaled_erfc(x):
    return erfc(x) * exp(x * x) * (1 + 2 * x)


def check_series(name, function, count=64):
    """Whether interpolation at `count` Chebyshev nodes gives the coefficients, bit by bit."""
    angles = [pi * (2 * k + 1) / (2 * count) for k in range(count)]
    values = [function(cos(angle)) for angle in angles]
    coefficients = table("series.rs", name)
    made = []
    for n in range(len(coefficients) + 1):
        total = sum(value * cos(n * angle) for value, angle in zip(values, angles))
        made.append(float(total * (1 if n == 0 else 2) / count))
    equal = made[:-1] == [float(number) for number in coefficients] and abs(made[-1]) < 1e-17
    print(f"{name}: {len(coefficients)} coefficients, {'equal' if equal else 'DIFFERENT'}")
    return equal


def main():
    held = [check_error(*kernel) for kernel in KERNELS]
    held += [check_refit(*refit) for refit in REFITS]
    held += [check_series(*series) for series in SERIES]
    sys.exit(0 if all(held) else "a table is not what its comment says")


if __name__ == "__main__":
    main()

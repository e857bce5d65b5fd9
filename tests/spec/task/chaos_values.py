"""Reference values of the chaotic systems: python3 chaos_values.py > chaos_values.csv (needs NumPy and SciPy).

The equations are written here a second time, in other arrangements than the crate's where there is one. Flows: SciPy's DOP853 at a relative
tolerance of 1e-12. Delay systems: the method of steps in fine steps, a quarter of the delay at a time. Parameters, boxes and horizons are those of
datasets/chaos.toml; the second and third rows of a system stretch all of them at random, to 1.5 half-widths.
"""

import math
import pathlib
import tomllib

import numpy as np
from scipy.integrate import solve_ivp

CATALOGUE = pathlib.Path(__file__).parents[3] / "datasets" / "chaos.toml"


def double_pendulum(p, s):
    # Lagrange's equations as a linear system M a = f.
    t1, t2, w1, w2 = s
    c, d = p.m2 * p.l1 * p.l2 * math.cos(t1 - t2), p.m2 * p.l1 * p.l2 * math.sin(t1 - t2)
    mass = np.array([[(p.m1 + p.m2) * p.l1**2, c], [c, p.m2 * p.l2**2]])
    force = np.array([-d * w2**2 - (p.m1 + p.m2) * p.g * p.l1 * math.sin(t1), d * w1**2 - p.m2 * p.g * p.l2 * math.sin(t2)])
    return [w1, w2, *np.linalg.solve(mass, force)]


def chua(p, s):
    x, y, z = s
    # The diode by its three pieces.
    current = p.m0 * x if abs(x) <= 1 else p.m1 * x + (p.m0 - p.m1) * math.copysign(1, x)
    return [p.alpha * (y - x - current), x - y + z, -p.beta * y]


def aizawa(p, s):
    x, y, z = s
    along = p.c + p.a * z - z**3 / 3 - x**2 - y**2 - p.e * z * x**2 - p.e * z * y**2 + p.f * z * x**3
    return [x * z - p.b * x - p.d * y, p.d * x + y * z - p.b * y, along]


def lorenz_96(p, s):
    x = np.asarray(s)
    return (np.roll(x, -1) - np.roll(x, 2)) * np.roll(x, 1) - x + p.f


def hastings_powell(p, s):
    x, y, z = s
    f1, f2 = p.a1 * x / (1 + p.b1 * x), p.a2 * y / (1 + p.b2 * y)
    return [x - x**2 - f1 * y, (f1 - p.d1) * y - f2 * z, (f2 - p.d2) * z]


FLOWS = {
    "lorenz": lambda p, s: [p.sigma * s[1] - p.sigma * s[0], p.rho * s[0] - s[0] * s[2] - s[1], s[0] * s[1] - p.beta * s[2]],
    "roessler": lambda p, s: [-(s[1] + s[2]), s[0] + p.a * s[1], p.b + s[0] * s[2] - p.c * s[2]],
    "duffing": lambda p, s: [s[1], p.gamma * math.cos(s[2]) - (p.beta + p.alpha * s[0] ** 2) * s[0] - p.delta * s[1], p.omega],
    "double-pendulum": double_pendulum,
    "chua": chua,
    "chen": lambda p, s: [p.a * s[1] - p.a * s[0], p.c * (s[0] + s[1]) - (p.a + s[2]) * s[0], s[0] * s[1] - p.b * s[2]],
    "rucklidge": lambda p, s: [(p.b - s[2]) * s[1] - p.a * s[0], s[0], s[1] ** 2 - s[2]],
    "halvorsen": lambda p, s: [-p.a * s[i] - p.b * s[i - 2] - p.b * s[i - 1] - s[i - 2] ** 2 for i in range(3)],
    "thomas": lambda p, s: [p.b * math.sin(s[i - 2]) - p.a * s[i] for i in range(3)],
    "sprott-b": lambda p, s: [s[1] * s[2], s[0] - s[1], 1 - s[0] * s[1]],
    "sprott-e": lambda p, s: [s[1] * s[2], s[0] ** 2 - s[1], 1 - 4 * s[0]],
    "aizawa": aizawa,
    "dadras": lambda p, s: [s[1] * (1 + p.o * s[2]) - p.p * s[0], p.r * s[1] + s[2] * (1 - s[0]), p.c * s[0] * s[1] - p.e * s[2]],
    "lorenz-84": lambda p, s: [
        p.a * (p.f - s[0]) - s[1] ** 2 - s[2] ** 2,
        (s[0] - 1) * s[1] - p.b * s[0] * s[2] + p.g,
        p.b * s[0] * s[1] + (s[0] - 1) * s[2],
    ],
    "lorenz-96": lorenz_96,
    "hindmarsh-rose": lambda p, s: [
        s[1] + (p.b - p.a * s[0]) * s[0] ** 2 - s[2] + p.current,
        p.c - p.d * s[0] ** 2 - s[1],
        p.r * p.s * (s[0] - p.rest) - p.r * s[2],
    ],
    "rabinovich-fabrikant": lambda p, s: [
        s[1] * (s[2] + s[0] ** 2 - 1) + p.gamma * s[0],
        3 * s[0] * s[2] + s[0] - s[0] ** 3 + p.gamma * s[1],
        -2 * p.alpha * s[2] - 2 * s[0] * s[1] * s[2],
    ],
    "henon-heiles": lambda p, s: [s[2], s[3], -s[0] * (1 + 2 * getattr(p, "lambda") * s[1]), getattr(p, "lambda") * (s[1] ** 2 - s[0] ** 2) - s[1]],
    "forced-van-der-pol": lambda p, s: [s[1], p.a * math.sin(s[2]) + p.mu * s[1] - p.mu * s[0] ** 2 * s[1] - s[0], p.omega],
    "nose-hoover": lambda p, s: [s[1], s[1] * s[2] - s[0], p.a - s[1] ** 2],
    "rikitake": lambda p, s: [s[2] * s[1] - p.mu * s[0], s[2] * s[0] - p.a * s[0] - p.mu * s[1], 1 - s[1] * s[0]],
    "shimizu-morioka": lambda p, s: [s[1], (1 - s[2]) * s[0] - p.a * s[1], s[0] ** 2 - p.b * s[2]],
    "arneodo": lambda p, s: [s[1], s[2], (p.d * s[0] ** 2 - p.a) * s[0] - p.b * s[1] - p.c * s[2]],
    "abc": lambda p, s: [
        p.a * math.sin(s[2]) + p.c * math.cos(s[1]),
        p.b * math.sin(s[0]) + p.a * math.cos(s[2]),
        p.c * math.sin(s[1]) + p.b * math.cos(s[0]),
    ],
    "hastings-powell": hastings_powell,
}

DELAYS = {
    "mackey-glass": lambda p, x, late: p.beta * late / (1 + late**p.n) - p.gamma * x,
    "sprott-delay": lambda p, x, late: p.mu * math.sin(late),
    "ikeda-delay": lambda p, x, late: -p.c * x + p.mu * math.sin(late - p.x0),
    "voss-delay": lambda p, x, late: -p.alpha * x - 10.44 * late**3 - 13.95 * late**2 - 3.63 * late + 0.85,
    "scroll-delay": lambda p, x, late: p.beta * math.tanh(10 * late) - p.alpha * late,
}


def ikeda(p, s):
    # In the complex plane: w -> 1 + u w exp(i (0.4 - 6 / (1 + |w|^2))).
    w = complex(*s)
    later = 1 + p.u * w * np.exp(1j * (0.4 - 6 / (1 + abs(w) ** 2)))
    return [later.real, later.imag]


def tinkerbell(p, s):
    w = complex(*s) ** 2
    return [w.real + p.a * s[0] + p.b * s[1], w.imag + p.c * s[0] + p.d * s[1]]


def bogdanov(p, s):
    y = (1 + p.eps + p.mu * s[0]) * s[1] - p.k * s[0] * (1 - s[0])
    return [s[0] + y, y]


def zaslavskii(p, s):
    mu = (1 - math.exp(-p.r)) / p.r
    kick = p.eps * math.cos(2 * math.pi * s[0])
    return [s[0] + p.nu + p.nu * mu * (s[1] + kick), math.exp(-p.r) * s[1] + math.exp(-p.r) * kick]


MAPS = {
    "henon": lambda p, s: [1 + s[1] - p.a * s[0] ** 2, p.b * s[0]],
    "logistic": lambda p, s: [p.r * s[0] - p.r * s[0] ** 2],
    "ikeda": ikeda,
    "tinkerbell": tinkerbell,
    "gauss": lambda p, s: [p.b + math.exp(-p.a * s[0] ** 2)],
    "standard": lambda p, s: [s[0] + p.k * math.sin(s[1]), s[1] + s[0] + p.k * math.sin(s[1])],
    "ricker": lambda p, s: [s[0] * math.exp(p.a) * math.exp(-s[0])],
    "bogdanov": bogdanov,
    "zaslavskii": zaslavskii,
    "kaplan-yorke": lambda p, s: [2 * s[0], p.alpha * s[1] + math.cos(4 * math.pi * s[0])],
    "de-jong": lambda p, s: [math.sin(p.a * s[1]) - math.cos(p.b * s[0]), math.sin(p.c * s[0]) - math.cos(p.d * s[1])],
    "maynard-smith": lambda p, s: [s[1], p.a * s[1] + p.b - s[0] ** 2],
}


class Parameters:
    def __init__(self, names, values):
        self.__dict__.update(zip(names, values))


def carry_history(name, p, history, horizon, steps=2000):
    # Runge and Kutta's classical rule, `steps` to a quarter of the delay; half-way values of the past by Hermite's cubic.
    h = p.tau / 4 / steps
    slope = lambda x, late: DELAYS[name](p, x, late)
    quarters = [np.linspace(history[k], history[k + 1], 2 * steps + 1) for k in range(4)]
    values = list(history)
    for _ in range(round(4 * horizon / p.tau)):
        late, x, path = quarters[-4], values[-1], [values[-1]]
        for i in range(steps):
            first, middle, last = late[2 * i : 2 * i + 3]
            k1 = slope(x, first)
            k2 = slope(x + h / 2 * k1, middle)
            k3 = slope(x + h / 2 * k2, middle)
            k4 = slope(x + h * k3, last)
            there = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
            path += [(x + there) / 2 + h / 8 * (k1 - slope(there, last)), there]
            x = there
        quarters.append(path)
        values.append(x)
    return values[-5:]


def later(system, p, state, advance):
    name = system["name"]
    if name in MAPS:
        for _ in range(advance):
            state = MAPS[name](p, state)
        return state, []
    if name in DELAYS:
        return carry_history(name, p, state, advance), [DELAYS[name](p, state[-1], state[0])]
    slope = FLOWS[name]
    found = solve_ivp(lambda t, s: slope(p, s), (0, advance), state, method="DOP853", rtol=1e-12, atol=1e-13)
    return found.y[:, -1], slope(p, state)


def main():
    random = np.random.default_rng(20)
    print("system,advance,parameters,state,later,derivative")
    for system in tomllib.loads(CATALOGUE.read_text())["system"]:
        names = [parameter["name"] for parameter in system["parameters"]]
        usual = system.get("horizon", system.get("iterations"))
        for stretch, times in ((0.6, 1), (1.5, 1), (1.5, 2)):
            state = [c + stretch * h * random.uniform(-1, 1) for c, h in zip(system["center"], system["half_widths"])]
            values = [q["value"] + (stretch > 1) * stretch * q.get("half_width", 0) * random.uniform(-1, 1) for q in system["parameters"]]
            there, slope = later(system, Parameters(names, values), state, usual * times)
            lists = [" ".join(repr(float(x)) for x in numbers) for numbers in (values, state, there, slope)]
            print(",".join([system["name"], repr(usual * times), *lists]))


main()

"""Makes library_tensors.csv with NumPy: the coupled activations of arXiv 2602.05688 on a tensor of 5 rows x 4 features, typed in from the publication.

A row is (name, element, x, value, gradient): the gradient of sum(w * f(x)) by x, with w = 1 + 0.5 sin(1 + element), by central differences of fourth
order in extended precision."""
import numpy as np

R = np.longdouble
ROWS, FEATURES = 5, 4


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def turbulent(x):
    z = (x - np.mean(x)) / (np.std(x) + R('1e-6'))
    return np.sign(x) * np.log1p(R('0.5') * np.abs(x)) + R('0.2') * np.exp(-R('0.5') * z**2) * np.sin(2 * x)


def qfw(x):
    b, s = np.mean(x, axis=0, keepdims=True), np.std(x, axis=0, keepdims=True)
    a = np.where(x >= b, R('0.08'), R('0.02'))
    return x * (R('0.02') + 1 / (1 + a * np.abs(x - b)**(1 + np.exp(-s))))


def symmetric_phase_flipped(x, C=R(10), M=R(10)):
    u = (x / C)**2
    m = 1 + 2 * u * np.exp(-u / R('1.5'))
    a = 2 * u * np.exp(-u / 2)
    p, n = np.roll(x, 1, axis=-1), np.roll(x, -1, axis=-1)
    e2 = x**2 + R('0.25') * (p**2 + n**2)
    lap = x - R('0.5') * (p + n)
    w = sigmoid(2 * (e2 - C**2) / C**2 + 5 * (lap / C)**2)
    phi = x + R('0.5') * x**2 * np.sign(x) / C + (1 - w) * R('0.2') * np.sin(15 * x) + w * R('0.8') * np.sin(40 * x + 5 * lap)
    phi = phi + 2 * (R('0.5') * p - n) / C
    y = a * np.sin(phi)
    g = np.exp(-(np.abs(x) / (2 * C))**4)
    plus, minus = M * np.tanh((g * x + m * y) / M), M * np.tanh((g * x - m * y) / M)
    s = 50 * (x / C)**3 + R('0.5') * np.sin(25 * x / C)
    return np.where(np.cos(s) > 0, plus, minus)


def tensor():
    i = np.arange(ROWS * FEATURES, dtype=R)
    x = 3 * np.sin(R('1.3') * i + R('0.3')) + R('0.4') * np.cos(R('0.7') * i * i + R('0.3'))
    return x.astype(np.float64).astype(R).reshape(ROWS, FEATURES)


def gradient(f, x, weights, h=R('1e-4')):
    result = np.zeros_like(x)
    for place in np.ndindex(*x.shape):
        def at(step):
            moved = x.copy()
            moved[place] += step * h
            return np.sum(weights * f(moved))
        result[place] = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h)
    return result


if __name__ == '__main__':
    print('name,element,x,value,gradient')
    x = tensor()
    weights = (1 + R('0.5') * np.sin(1 + np.arange(ROWS * FEATURES, dtype=R))).reshape(x.shape)
    for f in (turbulent, qfw, symmetric_phase_flipped):
        values, slopes = f(x), gradient(f, x, weights)
        for element, place in enumerate(np.ndindex(*x.shape)):
            print(f'{f.__name__},{element},{float(x[place])!r},{float(values[place])!r},{float(slopes[place])!r}')

def _constant(x, value):
    return jnp.ones((), x.dtype) * value


def _full(x, a):
    return jnp.broadcast_to(a, x.shape)


def _sign(a):
    return jnp.where(a != a, a, jnp.sign(a))


def _softplus(a):
    return jnp.maximum(a, 0.0) + jnp.log1p(jnp.exp(-jnp.abs(a)))


def _stopped(a):
    return jax.lax.stop_gradient(a)


def _sinc(a):
    # The remainder to the nearest integer meets a rounded pi, not a itself.
    rest = a - jnp.round(a)
    sign = 1.0 - 2.0 * jnp.abs(jnp.round(a) - 2.0 * jnp.floor(0.5 * jnp.round(a)))
    near = jnp.abs(a) < 0.25
    far = jnp.where(near, jnp.ones_like(a), a)
    square = (jnp.pi * jnp.where(near, a, jnp.zeros_like(a))) ** 2
    return jnp.where(near, _series(square, 1.0, 0), sign * jnp.sin(jnp.pi * rest) / (jnp.pi * far))


def _sinc_slope(a):
    # By its series near 0, where (cos(pi a) - sinc(a)) / a cancels.
    rest = a - jnp.round(a)
    sign = 1.0 - 2.0 * jnp.abs(jnp.round(a) - 2.0 * jnp.floor(0.5 * jnp.round(a)))
    near = jnp.abs(a) < 1.0
    far = jnp.where(near, jnp.ones_like(a), a)
    angle = jnp.pi * jnp.where(near, a, jnp.zeros_like(a))
    quotient = (sign * jnp.cos(jnp.pi * rest) - sign * jnp.sin(jnp.pi * rest) / (jnp.pi * far)) / far
    return jnp.where(near, jnp.pi * angle * _series(angle * angle, 1.0, 1), quotient)


def _series(square, term, slope):
    """The series of sin(a) / a (slope 0) or of its derivative over a (slope 1), in the square of a."""
    coefficients = []
    for k in range(15):
        coefficients.append(term * (2 * k if slope else 1))
        term = -term / ((2 * k + 2) * (2 * k + 3))
    total = jnp.zeros_like(square)
    for coefficient in reversed(coefficients[slope:]):
        total = total * square + coefficient
    return total


def _sum(a, axis):
    return jnp.sum(a) if axis is None else jnp.sum(a, axis, keepdims=True)


def _mean(a, axis):
    return jnp.mean(a) if axis is None else jnp.mean(a, axis, keepdims=True)


def _min(a, axis):
    return jnp.min(a) if axis is None else jnp.min(a, axis, keepdims=True)


def _max(a, axis):
    return jnp.max(a) if axis is None else jnp.max(a, axis, keepdims=True)


def _roll(a, places):
    return jnp.roll(a, places, -1)


def _sum_to_one(a):
    return jnp.sum(a)


def _sum_to_features(a):
    return jnp.sum(a.reshape(-1, a.shape[-1]), 0)

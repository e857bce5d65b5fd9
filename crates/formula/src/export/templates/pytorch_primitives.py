def _constant(x, value):
    return torch.ones((), dtype=x.dtype, device=x.device) * value


def _full(x, a):
    return torch.broadcast_to(a, x.shape)


def _sign(a):
    return torch.where(a != a, a, torch.sign(a))


def _softplus(a):
    return torch.clamp(a, min=0.0) + torch.log1p(torch.exp(-torch.abs(a)))


def _stopped(a):
    return a.detach()


def _sinc(a):
    # The remainder to the nearest integer meets a rounded pi, not a itself.
    rest = a - torch.round(a)
    sign = 1.0 - 2.0 * torch.abs(torch.round(a) - 2.0 * torch.floor(0.5 * torch.round(a)))
    near = torch.abs(a) < 0.25
    far = torch.where(near, torch.ones_like(a), a)
    square = (torch.pi * torch.where(near, a, torch.zeros_like(a))) ** 2
    return torch.where(near, _series(square, 1.0, 0), sign * torch.sin(torch.pi * rest) / (torch.pi * far))


def _sinc_slope(a):
    # By its series near 0, where (cos(pi a) - sinc(a)) / a cancels.
    rest = a - torch.round(a)
    sign = 1.0 - 2.0 * torch.abs(torch.round(a) - 2.0 * torch.floor(0.5 * torch.round(a)))
    near = torch.abs(a) < 1.0
    far = torch.where(near, torch.ones_like(a), a)
    angle = torch.pi * torch.where(near, a, torch.zeros_like(a))
    quotient = (sign * torch.cos(torch.pi * rest) - sign * torch.sin(torch.pi * rest) / (torch.pi * far)) / far
    return torch.where(near, torch.pi * angle * _series(angle * angle, 1.0, 1), quotient)


def _series(square, term, slope):
    """The series of sin(a) / a (slope 0) or of its derivative over a (slope 1), in the square of a."""
    coefficients = []
    for k in range(15):
        coefficients.append(term * (2 * k if slope else 1))
        term = -term / ((2 * k + 2) * (2 * k + 3))
    total = torch.zeros_like(square)
    for coefficient in reversed(coefficients[slope:]):
        total = total * square + coefficient
    return total


def _sum(a, axis):
    return torch.sum(a) if axis is None else torch.sum(a, axis, keepdim=True)


def _mean(a, axis):
    return torch.mean(a) if axis is None else torch.mean(a, axis, keepdim=True)


def _min(a, axis):
    return torch.amin(a) if axis is None else torch.amin(a, axis, keepdim=True)


def _max(a, axis):
    return torch.amax(a) if axis is None else torch.amax(a, axis, keepdim=True)


def _roll(a, places):
    return torch.roll(a, places, -1)


def _sum_to_one(a):
    return torch.sum(a)


def _sum_to_features(a):
    return torch.sum(a.reshape(-1, a.shape[-1]), 0)

"""Makes library_values.csv with mpmath 1.3 at 40 digits: published activations typed in from their papers, trainable parameters at their initial
values; slopes by mp.diff. The points are no kinks of any of them."""
import mpmath as mp

mp.mp.dps = 40
POINTS = ['-4.3', '-1.7', '-0.4', '0.3', '1.2', '3.6']
m = mp.mpf
one = m(1)
sig = lambda x: 1 / (1 + mp.exp(-x))
sp = lambda x: mp.log1p(mp.exp(x))
relu = lambda x: max(x, m(0))
cut = lambda x, a, b: min(max(x, m(a)), m(b))
phi = lambda x: mp.erfc(-x / mp.sqrt(2)) / 2
gelu = lambda x: x * phi(x)
gelu_tanh = lambda x: x / 2 * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (x + m('0.044715') * x**3)))
sinc = lambda x: mp.sin(mp.pi * x) / (mp.pi * x)
unnormalised = lambda x: mp.sin(x) / x
sign = lambda x: mp.sign(x)


def pler(x):
    y, z = m('0.1') + m('0.8') * sig(x), m('0.1') + m('0.8') * sig(x / 2)
    for _ in range(4):
        y, z = m('3.7') * y * (1 - y) + m('0.1') * (z - y), m('3.7') * z * (1 - z) + m('0.1') * (y - z)
    return x * sig(10 * (abs(y - z) - m('0.1')))


def sqnl(x):
    if x > 2: return one
    if x >= 0: return x - x * x / 4
    if x >= -2: return x + x * x / 4
    return -one


def smelu(x):
    if x <= -1: return m(0)
    return x if x >= 1 else (x + 1)**2 / 4


def xielu(x):
    if x > 0: return m('0.8') * x * x + x / 2
    return m('0.8') * mp.expm1(x) - m('0.8') * x + x / 2


def decayed(x):
    a = m('0.16') if x >= 0 else m('0.04')
    return x * (m('0.02') + 1 / mp.sqrt(1 + a * x * x))


SELU = (m('1.0507009873554804934193349852946'), m('1.6732632423543772848170429916717'))
F = {
    'binary_step': lambda x: one if x >= 0 else m(0),
    'identity': lambda x: x,
    'modulus': abs,
    'square_activation': lambda x: x * x,
    'cube_activation': lambda x: x**3,
    'sigmoid': sig,
    'tanh': mp.tanh,
    'lecun_tanh': lambda x: m('1.7159') * mp.tanh(2 * x / 3),
    'hard_tanh': lambda x: cut(x, -1, 1),
    'hard_sigmoid': lambda x: cut(x / 6 + m(1) / 2, 0, 1),
    'hard_sigmoid_binaryconnect': lambda x: cut((x + 1) / 2, 0, 1),
    'softsign': lambda x: x / (1 + abs(x)),
    'arctan': mp.atan,
    'isru': lambda x: x / mp.sqrt(1 + x * x),
    'sqnl': sqnl,
    'scaled_sigmoid': lambda x: 4 / (1 + mp.exp(-x)) - 2,
    'penalized_tanh': lambda x: mp.tanh(x) if x > 0 else mp.tanh(x) / 4,
    'dynamic_tanh': lambda x: mp.tanh(x / 2),
    'mega_laplace': lambda x: (1 + mp.erf((x - mp.sqrt(one / 2)) / (mp.sqrt(1 / (4 * mp.pi)) * mp.sqrt(2)))) / 2,
    'relu': relu,
    'relu6': lambda x: cut(x, 0, 6),
    'leaky_relu': lambda x: x if x > 0 else m('0.01') * x,
    'prelu': lambda x: x if x > 0 else x / 4,
    'thresholded_relu': lambda x: x if x > 1 else m(0),
    'squared_relu': lambda x: relu(x)**2,
    'relu_cubed': lambda x: max(x**3, m(0)),
    'star_relu': lambda x: m('0.8944') * relu(x)**2 - m('0.4472'),
    'nlrelu': lambda x: mp.log(relu(x) + 1),
    'smelu': smelu,
    'crrelu': lambda x: max(m(0), x) + m('0.01') * x * mp.exp(-x * x / 2),
    'flatten_t_swish': lambda x: x * sig(x) - m('0.2') if x >= 0 else -m('0.2'),
    'softplus': sp,
    'shifted_softplus': lambda x: mp.log(mp.exp(x) / 2 + one / 2),
    'squareplus': lambda x: (x + mp.sqrt(x * x + 4)) / 2,
    'log_sigmoid': lambda x: mp.log(sig(x)),
    'elu': lambda x: x if x > 0 else mp.exp(x) - 1,
    'celu': lambda x: max(m(0), x) + min(m(0), mp.exp(x) - 1),
    'selu': lambda x: SELU[0] * (x if x > 0 else SELU[1] * (mp.exp(x) - 1)),
    'pelu': lambda x: x if x >= 0 else mp.exp(x) - 1,
    'isrlu': lambda x: x if x >= 0 else x / mp.sqrt(1 + x * x),
    'polylu': lambda x: x if x >= 0 else 1 / (1 - x) - 1,
    'bent_identity': lambda x: (mp.sqrt(x * x + 1) - 1) / 2 + x,
    'soft_exponential': lambda x: (mp.exp(x / 2) - 1) / m('0.5') + m('0.5'),
    'symlog': lambda x: sign(x) * mp.log(abs(x) + 1),
    'seagull': lambda x: mp.log(1 + x * x),
    'soft_clipping': lambda x: mp.log((1 + mp.exp(50 * x)) / (1 + mp.exp(50 * (x - 1)))) / 50,
    'xielu': xielu,
    'softshrink': lambda x: x - m('0.5') if x > m('0.5') else x + m('0.5') if x < -m('0.5') else m(0),
    'hardshrink': lambda x: x if abs(x) > m('0.5') else m(0),
    'tanhshrink': lambda x: x - mp.tanh(x),
    'gelu': gelu,
    'gelu_tanh': gelu_tanh,
    'quick_gelu': lambda x: x * sig(m('1.702') * x),
    'silu': lambda x: x / (1 + mp.exp(-x)),
    'dsilu': lambda x: sig(x) * (1 + x * (1 - sig(x))),
    'swish_beta': lambda x: x * sig(x),
    'e_swish': lambda x: m('1.5') * x * sig(x),
    'hard_silu': lambda x: x * cut(x + 3, 0, 6) / 6,
    'mish': lambda x: x * mp.tanh(sp(x)),
    'elish': lambda x: x * sig(x) if x >= 0 else (mp.exp(x) - 1) * sig(x),
    'hard_elish': lambda x: (x if x >= 0 else mp.exp(x) - 1) * cut((x + 1) / 2, 0, 1),
    'lisht': lambda x: x * mp.tanh(x),
    'tanh_exp': lambda x: x * mp.tanh(mp.exp(x)),
    'telu': lambda x: x * mp.tanh(mp.exp(x)),
    'tanh_soft_1': lambda x: mp.tanh(m('0.87') * x) * mp.log(1 + mp.exp(x)),
    'tanh_soft_2': lambda x: x * mp.tanh(m('0.6') * mp.exp(x)),
    'aptx': lambda x: x * sig(2 * x),
    'acon_c': lambda x: x * sig(x),
    'swish_t': lambda x: x * sig(x) + m('0.1') * mp.tanh(x),
    'phish': lambda x: x * mp.tanh(gelu(x)),
    'logish': lambda x: x * mp.log(1 + sig(x)),
    'smish': lambda x: x * mp.tanh(mp.log(1 + sig(x))),
    'serf': lambda x: x * mp.erf(mp.log(1 + mp.exp(x))),
    'gish': lambda x: x * mp.log(2 - mp.exp(-mp.exp(x))),
    'golu': lambda x: x * mp.exp(-mp.exp(-x)),
    'colu': lambda x: x / (1 - x * mp.exp(-(x + mp.exp(x)))),
    'pflu': lambda x: x * (1 + x / mp.sqrt(1 + x * x)) / 2,
    'sine': mp.sin,
    'siren': lambda x: mp.sin(30 * x),
    'finer': lambda x: mp.sin(30 * (abs(x) + 1) * x),
    'snake': lambda x: x + mp.sin(x)**2,
    'snake_trainable': lambda x: x + (1 - mp.cos(2 * x)) / 2,
    'sinlu': lambda x: (x + mp.sin(x)) * sig(x),
    'gcu': lambda x: x * mp.cos(x),
    'squ': lambda x: x * x + x,
    'ncu': lambda x: x - x**3,
    'dsu': lambda x: mp.pi / 2 * (unnormalised(x - mp.pi) - unnormalised(x + mp.pi)),
    'gaussian': lambda x: mp.exp(-x * x),
    'sinc_activation': sinc,
    'resech': lambda x: x * mp.sech(x),
    'pinnsformer_wave': lambda x: mp.sin(x) + mp.cos(x),
    'stan': lambda x: mp.tanh(x) + x * mp.tanh(x),
    'cosid': lambda x: mp.cos(x) - x,
    'minsin': lambda x: min(x, mp.sin(x)),
    'arctid': lambda x: mp.atan(x)**2 - x,
    'maxsig': lambda x: max(x, sig(x)),
    'maxtanh': lambda x: max(x, mp.tanh(x)),
    'tanh_min': lambda x: mp.tanh(x) * min(x, m(0)),
    'arctan_min': lambda x: mp.atan(x) * min(x, m(0)),
    'min_erf': lambda x: min(x, m(0)) * mp.erf(x),
    'sigmoid_erf': lambda x: sig(x) * mp.erf(x),
    'evolved_t5': lambda x: mp.log1p(abs(mp.cos(sig(mp.tan(x / (1 + abs(x)))) * x))),
    'evolved_tiny_gpt': lambda x: sig(mp.sin(relu(sig(x)))) * x * sig(m('1.702') * x),
    'gelusine': lambda x: gelu_tanh(x) + m('0.1') * mp.sin(x),
    'gelu_sinc_perturbation': lambda x: gelu_tanh(x) * (1 + sinc(x) / 2),
    'gmtu': lambda x: mp.tanh(m('1.5') * x) * mp.exp(-m('0.2') * x * x) + m('0.1') * x,
    'leaky_sqrt_power_decay': decayed,
    'pler': pler,
}
if __name__ == '__main__':
    print('name,x,value,slope')
    for name, f in F.items():
        for x in POINTS:
            x = mp.mpf(float(x))
            print(f'{name},{float(x)!r},{float(f(x))!r},{float(mp.diff(f, x, h=mp.mpf(10)**-12))!r}')

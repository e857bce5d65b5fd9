"""Makes published.txt: formula in the language | x | value | slope, with mpmath 1.3 at 50 digits; slopes by mp.diff of the definition as printed."""
import mpmath as mp
mp.mp.dps = 50
m = mp.mpf
sig = lambda x: 1 / (1 + mp.exp(-x))
gelu_tanh = lambda x: x / 2 * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (x + m("0.044715") * x**3)))
sinc = lambda x: mp.sin(mp.pi * x) / (mp.pi * x)
table = {
    "gelu_tanh(x) + 0.1*sin(x)": lambda x: gelu_tanh(x) + m("0.1") * mp.sin(x),
    "gelu_tanh(x) * (1 + 0.5*sinc(x))": lambda x: gelu_tanh(x) * (1 + sinc(x) / 2),
    "tanh(1.5*x)*exp(-0.2*x^2) + 0.1*x": lambda x: mp.tanh(m("1.5") * x) * mp.exp(-m("0.2") * x**2) + m("0.1") * x,
    "a = where(x >= 0, 0.16, 0.04); x*(0.02 + 1/sqrt(1 + a*x^2))": lambda x: x * (m("0.02") + 1 / mp.sqrt(1 + (m("0.16") if x >= 0 else m("0.04")) * x**2)),
    "max(0, x) + 0.01*x*exp(-x^2/2)": lambda x: max(m(0), x) + m("0.01") * x * mp.exp(-x**2 / 2),
    "x + sin(2*x)^2/2": lambda x: x + mp.sin(2 * x) ** 2 / 2,
    "tanh(x)*min(x, 0)": lambda x: mp.tanh(x) * min(x, m(0)),
    "arctan(x)*min(x, 0)": lambda x: mp.atan(x) * min(x, m(0)),
    "min(x, 0)*erf(x)": lambda x: min(x, m(0)) * mp.erf(x),
    "sign(x)*log1p(0.5*abs(x))": lambda x: mp.sign(x) * mp.log1p(abs(x) / 2),
    "exp(-(x - 1)^2) + exp(-abs(x - 0.3))": lambda x: mp.exp(-((x - 1) ** 2)) + mp.exp(-abs(x - m("0.3"))),
    "x^x": lambda x: x**x if x > 0 else None,
    "abs(x)^(1 + exp(-x))": lambda x: abs(x) ** (1 + mp.exp(-x)),
    "1.3^x + x^1.3*0": lambda x: m("1.3") ** x if x > 0 else None,
    "y = x\nz = 0.5*x\ny = 3.5*y*(1 - y) + 0.1*(z - y)\ny = 3.5*y*(1 - y) + 0.1*(z - y)\nabs(y - z)": lambda x: abs((lambda y: m("3.5") * y * (1 - y) + m("0.1") * (x / 2 - y))(m("3.5") * x * (1 - x) + m("0.1") * (x / 2 - x)) - x / 2),
    "log1p_safe(safe_cos(gated_gate(safe_tan(softsign(x)), x)))": lambda x: mp.log1p(abs(mp.cos(sig(mp.tan(x / (1 + abs(x)))) * x))),
    "gated_gate(safe_sin(relu_like(sigmoid_like(x))), gelu_like(x))": lambda x: sig(mp.sin(sig(x))) * x * sig(m("1.702") * x),
    "divide_eps(log_eps(x), cosh(x))": lambda x: mp.log(abs(x + m("0.001"))) / (mp.cosh(x) + m("0.001")),
    "celu(x, 0.5) + celu(x)": lambda x: 2 * x if x > 0 else mp.expm1(2 * x) / 2 + mp.expm1(x),
    "x * jnp.mod(x, 1.5)": lambda x: x * (x - m("1.5") * mp.floor(x / m("1.5"))),
}
for text, f in table.items():
    for x in [-3.25, -1.4, -0.35, 0.15, 0.85, 2.6]:
        x = m(x)
        if f(x) is None:
            continue
        print(text.replace("\n", "; "), repr(float(x)), repr(float(f(x))), repr(float(mp.diff(f, x))), sep=" | ")

"""Makes couplings.txt with NumPy 2.4: what formulas over a tensor of 3 rows and 4 features give, `text | the 12 values`."""
import numpy as np
jnp = np
x = np.array([1.7 * np.sin(1.3 * i + 0.3) + 0.4 * np.cos(0.7 * i * i + 0.3) for i in range(12)]).reshape(3, 4)
texts = """
np.mean(x, axis=-1, keepdims=True) + 0 * x
jnp.mean(x, axis=1, keepdims=True) + 0 * x
np.mean(x, axis=0) * x
np.mean(x) - x
np.mean(x, axis=None) - x
np.mean(x, -1, keepdims=True) * x
np.std(x, axis=-1, keepdims=True) * x
np.std(x, 0) * x
np.std(x, ddof=0) * x
np.var(x, axis=-1, keepdims=True) + x
np.var(x) + x
np.max(x, axis=-1, keepdims=True) - x
np.max(x) * x
np.amax(x, axis=0) - x
np.min(x, axis=1, keepdims=True) - x
np.amin(x) - x
np.sum(x, axis=0) - x
np.sum(np.exp(x), axis=-1, keepdims=True) + x
np.roll(x, 1, axis=-1) - x
np.roll(x, -2, axis=1)
np.roll(x, shift=3, axis=1)
np.roll(x, 1, 1) + np.roll(x, shift=-1, axis=-1)
(x - np.mean(x, axis=0, keepdims=True)) / (np.std(x, axis=0, keepdims=True) + 1e-6)
np.exp(x - np.max(x, axis=-1, keepdims=True)) / np.sum(np.exp(x - np.max(x, axis=-1, keepdims=True)), axis=-1, keepdims=True)
x % 2
x % -0.7 * 3
2 * x % 1.5 - x
np.mod(x, 0.9)
np.remainder(x, -0.9)
np.floor(x) + np.ceil(2 * x) + np.round(3 * x)
"""
for text in texts.strip().split("\n"):
    print(text, " ".join(repr(float(v)) for v in np.broadcast_to(eval(text), x.shape).ravel()), sep=" | ")

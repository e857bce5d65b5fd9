"""JAX as a participant: `jax_peer.py scan` (jit over a scan of steps) and `jax_peer.py vmap` (the same over all networks at once)."""

import sys

import jax
import jax.numpy as jnp
import peer

FORMULA = "x * sigmoid(x) + 0.1 * sin(3 * x)"
FUNCTIONS = {"sigmoid": jax.nn.sigmoid, "sin": jnp.sin, "tanh": jnp.tanh, "exp": jnp.exp, "sqrt": jnp.sqrt, "abs": jnp.abs, "erf": jax.scipy.special.erf}
RATE, FIRST_DECAY, SECOND_DECAY, EPSILON = 1e-3, 0.9, 0.999, 1e-8


def forward(f, parameters, inputs):
    hidden = inputs
    *layers, weights, bias = parameters
    for layer_weights, layer_bias in zip(layers[::2], layers[1::2]):
        hidden = f(hidden @ layer_weights + layer_bias)
    return hidden @ weights + bias


def training(text, batched):
    """A jitted function that makes a step with each of a stack of batches: (state, inputs, targets) -> (state, losses)."""
    f = peer.activation(text, FUNCTIONS)

    def step(state, batch):
        parameters, first, second, time = state
        loss = lambda parameters: jnp.mean((forward(f, parameters, batch[0]) - batch[1]) ** 2)
        loss, gradients = jax.value_and_grad(loss)(parameters)
        time += 1
        correction = jnp.sqrt(1 - SECOND_DECAY**time)
        rate, epsilon = RATE * correction / (1 - FIRST_DECAY**time), EPSILON * correction
        tree = jax.tree.map
        first = tree(lambda m, g: FIRST_DECAY * m + (1 - FIRST_DECAY) * g, first, gradients)
        second = tree(lambda v, g: SECOND_DECAY * v + (1 - SECOND_DECAY) * g * g, second, gradients)
        parameters = tree(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + epsilon), parameters, first, second)
        return (parameters, first, second, time), loss

    scan = lambda state, inputs, targets: jax.lax.scan(step, state, (inputs, targets))
    return jax.jit(jax.vmap(scan) if batched else scan, donate_argnums=0)


class Scan:
    def __init__(self, batched):
        self.batched = batched

    def prepare(self, job):
        networks = [(parameters, jnp.stack(inputs), jnp.stack(targets)) for parameters, inputs, targets in job.read(array)]
        if self.batched:
            self.numbers = jax.tree.map(lambda *networks: jnp.stack(networks), *networks)
        else:
            self.numbers = networks[0]
        self.trained = job.networks if self.batched else 1
        self.calls = job.steps
        self.train = training(FORMULA, self.batched)
        self.start()()

    def start(self, train=None):
        train = train or self.train
        parameters, inputs, targets = self.numbers
        zeros = lambda: [jnp.zeros_like(array) for array in parameters]
        state = [jnp.copy(array) for array in parameters], zeros(), zeros(), jnp.zeros((self.trained,) if self.batched else ())

        def call():
            nonlocal state
            state, losses = train(state, inputs, targets)
            return losses.block_until_ready()

        return call

    def check(self):
        return self.start()().reshape(self.trained, -1).tolist()

    def formula(self, text):
        """Its first call makes as many steps as every other; they are little beside compiling."""
        self.start(training(text, self.batched))()


def array(numbers, shape):
    return jnp.array(numbers, jnp.float32).reshape(shape)


if __name__ == "__main__":
    peer.serve(Scan(sys.argv[1] == "vmap"), jax.__version__)

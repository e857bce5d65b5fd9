{{HEADER}}
import sys

import jax
import jax.numpy as jnp


{{FUNCTION}}

{{BODIES}}{{PRIMITIVES}}

{{TABLE}}

{{COMPARE}}

def check():
    """Compares values and gradients with the table; returns the largest relative error for each precision. Switches 64 bits on."""
    jax.config.update("jax_enable_x64", True)
    errors = {}
    for precision, dtype in (("float64", jnp.float64), ("float32", jnp.float32)):
        x = jnp.asarray(X, dtype).reshape(SHAPE)
        parameters = [jnp.asarray(values, dtype).reshape(like.shape) for values, like in zip(PARAMETERS, init(SHAPE[1]))]
        y, pull = jax.vjp({{NAME}}, x, *parameters)
        gradients = pull(jnp.asarray(ARRIVING, dtype).reshape(SHAPE))
        errors[precision] = _compare(precision, [tensor.flatten().tolist() for tensor in (y, *gradients)])
    return errors
{{MAIN}}

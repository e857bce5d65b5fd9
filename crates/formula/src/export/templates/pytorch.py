{{HEADER}}
import sys

import torch


class {{NAME}}(torch.nn.Module):
    """{{SUMMARY}}"""

{{MODULE}}

class _Function(torch.autograd.Function):
    """f with the exact gradients of the formula, which are finite where the chain rule alone would give 0 times infinity."""

{{FUNCTION}}

{{BODIES}}{{PRIMITIVES}}

{{TABLE}}

{{COMPARE}}

def check():
    """Compares values and gradients with the table; returns the largest relative error for each precision."""
    errors = {}
    for precision, dtype in (("float64", torch.float64), ("float32", torch.float32)):
        x = torch.tensor(X, dtype=dtype).reshape(SHAPE).requires_grad_()
        module = {{NAME}}({{ARGUMENTS}}).to(dtype)
        parameters = list(module.parameters())
        with torch.no_grad():
            for parameter, values in zip(parameters, PARAMETERS):
                parameter.copy_(torch.tensor(values, dtype=dtype).reshape(parameter.shape))
        y = module(x)
        gradients = torch.autograd.grad(y, [x, *parameters], torch.tensor(ARRIVING, dtype=dtype).reshape(SHAPE), allow_unused=True)
        errors[precision] = _compare(precision, [tensor.detach().flatten().tolist() for tensor in (y, *gradients)])
    return errors
{{MAIN}}

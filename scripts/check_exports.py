"""Writes exports and runs their own checks, all of a target in one process; scripts/check_exports.sh is what calls it.

    check_exports.py write MOTHERLODE FOLDER     exports the library and the formulas of check_exports.txt
    check_exports.py TARGET FOLDER               checks the exports to pytorch, jax, onnx or rust; ends with 1 at any mismatch
"""

import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys

ENDINGS = {"pytorch": "_torch.py", "jax": "_jax.py", "onnx": ".onnx", "rust": ".rs", "json": ".json"}
# What 32 bits of ONNX may be off beyond the table's own allowance, relative to 1 + |value|: runtimes approximate tanh and erf.
ONNX_TOLERANCE = 4e-6
SECOND_DERIVATIVES = ["sinc", "gelu", "silu", "trained_swish", "turbulent", "rolls"]


def formulas(motherlode):
    """The names and formulas to export."""
    lines = (pathlib.Path(__file__).parent / "check_exports.txt").read_text().splitlines()
    chosen = dict(line.split(": ", 1) for line in lines if line and not line.startswith("#"))
    library = subprocess.run([motherlode, "library", "--json"], capture_output=True, text=True)
    if library.returncode != 0:
        print("this motherlode has no library: checking scripts/check_exports.txt alone")
        return chosen
    names = [entry["name"] for entry in json.loads(library.stdout)["activations"]]
    return chosen | {"library_" + "".join(c if c.isalnum() else "_" for c in name): name for name in names}


def write(motherlode, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    chosen = formulas(motherlode)
    for name, formula in chosen.items():
        for target, ending in ENDINGS.items():
            subprocess.run([motherlode, "export", formula, "--to", target, "--output", folder / (name + ending), "--quiet"], check=True)
    print(f"wrote {len(chosen)} formulas to {len(ENDINGS)} targets")


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(folder, target, check):
    """Runs `check` on every export to the target; it returns errors by precision."""
    paths = sorted(folder.glob("*" + ENDINGS[target]))
    problems, worst = [], {}
    for path in paths:
        name = path.name.removesuffix(ENDINGS[target])
        try:
            for precision, error in check(name, path).items():
                worst[precision] = max(worst.get(precision, (0.0, "")), (error, name))
        except Exception as problem:  # whatever a generated file raises is a finding
            problems.append(f"{target}: {name}: {type(problem).__name__}: {problem}")
    for problem in problems:
        print(problem[:1000])
    errors = ", ".join(f"{error:.1e} in {precision} ({name})" for precision, (error, name) in worst.items())
    print(f"{target}: {len(paths) - len(problems)} of {len(paths)} exports agree with their tables; largest error {errors}")
    return 1 if problems or not paths else 0


def pytorch(name, path):
    import torch

    module = load(path)
    errors = module.check()
    layer = module.Activation(*([4] if "channels" in module.Activation.__init__.__code__.co_varnames else [])).double()
    if name in SECOND_DERIVATIVES:
        x = torch.tensor(module.X, dtype=torch.float64).reshape(module.SHAPE)[:12] / 4 + 0.3
        assert torch.autograd.gradcheck(layer, x.requires_grad_()), "gradcheck"
        assert torch.autograd.gradgradcheck(layer, x), "gradgradcheck"
    if name == "prelu":
        # Three axes: features are the last, and a channel's gradient is summed over both others.
        x = torch.linspace(-3, 2, 24, dtype=torch.float64).reshape(2, 3, 4)
        (gradient,) = torch.autograd.grad(layer(x).sum(), layer.p0)
        assert torch.allclose(gradient, torch.clamp(x, max=0).sum((0, 1))), "the gradient of a channel's parameter"
    return errors


def jax(name, path):
    import jax
    import jax.numpy as jnp

    module = load(path)
    errors = module.check()
    if name in ("sinc", "root", "gelu", "saturated"):
        x = jnp.asarray([-3.0, 0.0, 0.5, 2.0])
        slopes = jax.jit(jax.vmap(jax.grad(module.activation)))(x)
        assert jnp.all(jnp.isfinite(slopes)), "a slope is not finite"
        assert jnp.allclose(slopes, jnp.diagonal(jax.jacfwd(module.activation)(x))), "forward and reverse mode"
    if name == "trained_swish":
        gradients = jax.jit(jax.grad(lambda *arguments: module.activation(*arguments).sum(), (0, 1, 2, 3)))(jnp.ones((5, 4)), *module.init(4))
        assert [gradient.shape for gradient in gradients] == [(5, 4), (4,), (), ()], "the shapes of gradients"
    return errors


def onnx(name, path):
    import numpy
    import onnx as library
    import onnxruntime

    model = library.load(path)
    library.checker.check_model(model, full_check=True)
    document = json.loads(path.with_suffix(".json").read_text())
    assert json.loads({entry.key: entry.value for entry in model.metadata_props}["table"])["table"] == document["table"], "the table inside"
    tensor = document["tensor"]
    for index, values in enumerate(tensor["parameters"]):
        for initialiser in model.graph.initializer:
            if initialiser.name == f"p{index}":
                initialiser.dims[:] = [len(values)]
                initialiser.float_data[:] = values
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    x = numpy.array(tensor["x"], numpy.float32).reshape(tensor["rows"], tensor["features"])
    found = {output.name: value.flatten() for output, value in zip(session.get_outputs(), session.run(None, {"x": x}))}
    wanted = {"y": 0, "slope": 1} if document["class"] == "pointwise" else {"y": 0}
    assert set(found) == set(wanted), f"outputs {sorted(found)}"
    worst = 0.0
    for output, column in wanted.items():
        column = tensor["outputs"][column]
        for place, (exact, single) in enumerate(zip(column["values"], column["single"])):
            factor = tensor["arriving"][place] if output == "slope" else 1.0
            if exact is None or single is None or factor == 0.0:
                continue
            value = float(found[output][place]) * factor
            error = abs(value - exact)
            tolerance = single + ONNX_TOLERANCE * (1.0 + abs(exact))
            assert error <= tolerance, f"{output} at x = {tensor['x'][place]} is {value}, the table says {exact} (within {tolerance:.1e})"
            worst = max(worst, error / (1.0 + abs(exact)))
    return {"float32": worst}


def rust(folder):
    """All exports as modules of one program."""
    paths = sorted(folder.glob("*.rs"))
    modules = "".join(f'#[path = "{path.name}"]\nmod m{index};\n' for index, path in enumerate(paths))
    rows = "".join(f'    ("{path.stem}", m{index}::check),\n' for index, path in enumerate(paths))
    (folder / "all").mkdir(exist_ok=True)
    program = folder / "all.main"
    program.write_text(
        f"""{modules}
const ALL: [(&str, fn() -> Result<f64, String>); {len(paths)}] = [
{rows}];

fn main() {{
    let (mut worst, mut wrong) = ((0.0_f64, ""), 0);
    for (name, check) in ALL {{
        match check() {{
            Ok(error) if error > worst.0 => worst = (error, name),
            Ok(_) => {{}}
            Err(problem) => {{
                wrong += 1;
                println!("rust: {{name}}: {{problem}}");
            }}
        }}
    }}
    println!("rust: {{}} of {{}} exports agree with their tables; largest error {{:.1e}} ({{}})", ALL.len() - wrong, ALL.len(), worst.0, worst.1);
    std::process::exit(i32::from(wrong > 0));
}}
"""
    )
    compiler = os.environ.get("RUSTC", "rustc")
    built = folder / "all" / "check"
    subprocess.run([compiler, "--edition", "2021", "-D", "warnings", "--crate-name", "check", "-o", built, program], check=True)
    return subprocess.run([built]).returncode


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", motherlode, folder]:
            write(motherlode, pathlib.Path(folder))
        case ["rust", folder]:
            sys.exit(rust(pathlib.Path(folder)))
        case [("pytorch" | "jax" | "onnx") as target, folder]:
            sys.exit(run(pathlib.Path(folder), target, {"pytorch": pytorch, "jax": jax, "onnx": onnx}[target]))
        case _:
            sys.exit(__doc__)

//! Exports: what they hold, and that those to Rust compile and agree with their tables.
//! scripts/check_exports.sh runs those to Python and ONNX.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use motherlode_formula::export::onnx::message::ModelProto;
use motherlode_formula::export::{export, Name, Target};
use motherlode_formula::{Formula, Function};
use prost::Message;
use serde_json::Value;

use super::formula;

fn text(formula: &Formula, target: Target, name: Option<&str>) -> String {
    let name = name.map(|name| Name::parse(name).unwrap_or_else(|error| panic!("{error}")));
    String::from_utf8(export(formula, target, name.as_ref())).expect("text")
}

/// A formula that calls each function of the language.
fn calls() -> Vec<Formula> {
    let call = |function: &Function| match (function, function.arity()) {
        (Function::Param | Function::ChannelParam, _) => format!("x + {}(0.5)", function.name()),
        (_, 1) => format!("{}(x)", function.name()),
        (_, 2) => format!("{}(x, 2)", function.name()),
        (_, _) => format!("{}(x, 1, 2)", function.name()),
    };
    Function::all()
        .iter()
        .map(|function| formula(&call(function)))
        .collect()
}

#[test]
fn every_function_goes_to_every_target_and_always_to_the_same_bytes() {
    for formula in calls() {
        for target in Target::ALL {
            let bytes = export(&formula, target, None);
            assert_eq!(
                bytes,
                export(&formula, target, None),
                "{formula} to {}",
                target.name()
            );
            if target.is_binary() {
                continue;
            }
            let text = String::from_utf8(bytes).expect("text");
            assert!(
                text.ends_with('\n') && !text.contains("{{"),
                "{formula} to {}",
                target.name()
            );
            let words = text
                .split(|c: char| !c.is_alphanumeric())
                .any(|word| word == "inf" || target != Target::Rust && word == "NaN");
            assert!(
                !words,
                "{formula} to {} holds a number that is not finite",
                target.name()
            );
        }
    }
}

#[test]
fn latex_is_mathematics() {
    let rows = [
        ("x * sigmoid(x)", r"x \, \sigma\left(x\right)"),
        ("relu", r"\operatorname{ReLU}\left(x\right)"),
        ("(x + 1) * 2", r"\left(x + 1\right) \cdot 2"),
        ("-(x - (1 - x))", r"-\left(x - \left(1 - x\right)\right)"),
        (
            "(x + 1)^2 / exp(-x)",
            r"\frac{\left(x + 1\right)^{2}}{e^{-x}}",
        ),
        ("exp(x)^2", r"\left(e^{x}\right)^{2}"),
        ("1e-9 * x", r"1 \cdot 10^{-9} \, x"),
        ("x * 1e30", r"x \, \left(1 \cdot 10^{30}\right)"),
        (
            "where(x > 0, x, expm1(x))",
            concat!(
                r"\begin{cases} x & \text{if } x > 0 \\ \operatorname{expm1}\left(x\right) & ",
                r"\text{otherwise} \end{cases}",
            ),
        ),
        (
            "gate_1 = sigmoid(x); x * gate_1",
            r"x \, \sigma\left(x\right)",
        ),
        (
            "abs(x) + sqrt(floor(x))",
            r"\left|x\right| + \sqrt{\left\lfloor x \right\rfloor}",
        ),
        (
            "roll(x, -1) * tensor_mean(x)",
            concat!(
                r"\operatorname{roll}_{-1}\left(x\right) \, ",
                r"\operatorname{mean}_{\text{tensor}}\left(x\right)",
            ),
        ),
    ];
    for (given, wanted) in rows {
        let text = text(&formula(given), Target::Latex, None);
        let body = text
            .split("&= ")
            .nth(1)
            .and_then(|rest| rest.split("\n\\end{align*}").next());
        assert_eq!(body, Some(wanted), "{given}");
    }
    let text = text(
        &formula("gate_1 = param(0.25) * x; alpha = gate_1^2; gate_1 + tanh(gate_1) + alpha"),
        Target::Latex,
        Some("my_f"),
    );
    let wanted = r"\begin{align*}
  \mathrm{my\_f}(x) &= \mathrm{gate\_1} + \tanh\left(\mathrm{gate\_1}\right) + \mathrm{gate\_1}^{2} \\
  \text{where}\quad& \\
  \mathrm{gate\_1} &= \theta_{1} \, x \\
  \theta_{1} &: \text{trainable, one value for the layer, initially } 0.25
\end{align*}
";
    assert_eq!(
        text.split_inclusive('\n')
            .skip_while(|line| line.starts_with('%'))
            .collect::<String>(),
        wanted
    );
}

#[test]
fn latex_closes_what_it_opens() {
    for formula in calls() {
        let text = text(&formula, Target::Latex, None);
        let body: String = text.lines().filter(|line| !line.starts_with('%')).collect();
        for (open, close) in [("{", "}"), ("\\left", "\\right"), ("\\begin", "\\end")] {
            assert_eq!(
                body.matches(open).count(),
                body.matches(close).count(),
                "{open} in {body}"
            );
        }
        assert!(
            !body.replace("\\_", "").contains("_stop") && body.is_ascii(),
            "{body}"
        );
    }
}

#[test]
fn silu_is_written_as_a_reader_expects() {
    let silu = formula("x * sigmoid(x)");
    let pytorch = text(&silu, Target::Pytorch, Some("my_silu"));
    assert!(
        pytorch.contains(
            "class MySilu(torch.nn.Module):\n    \"\"\"x may have any shape.\"\"\"\n\n    def \
            forward(self, x):\n        return _Function.apply(x)\n"
        ),
        "{pytorch}"
    );
    let slope = |library: &str| {
        format!(
            "def _slope(x):\n    v1 = {library}.sigmoid(x)\n    v3 = 1.0 - v1\n    v4 = v1 * \
            v3\n    v5 = x * v4\n    v6 = v1 + v5\n    return v6\n\n\nSHAPE"
        )
    };
    assert!(pytorch.contains(&slope("torch")), "{pytorch}");
    let jax = text(&silu, Target::Jax, Some("my_silu"));
    assert!(
        jax.contains("@jax.custom_jvp\ndef my_silu(x):\n") && jax.contains("@my_silu.defjvp\n"),
        "{jax}"
    );
    assert!(jax.contains(&slope("jax.nn")), "{jax}");
    let rust = text(&silu, Target::Rust, None);
    assert!(
        rust.contains(
            "pub fn value(x: f64) -> f64 \
        {\n    let v1 = sigmoid(x);\n    let v2 = x * v1;\n    v2\n}\n"
        ),
        "{rust}"
    );
}

#[test]
fn parameters_are_those_of_the_formula() {
    let trained = formula("max(x, 0) + channel_param(0.25) * min(x, 0) + param(-2) * x");
    let pytorch = text(&trained, Target::Pytorch, None);
    assert!(
        pytorch.contains("def __init__(self, channels):"),
        "{pytorch}"
    );
    assert!(
        pytorch.contains("self.p0 = torch.nn.Parameter(torch.full((channels,), 0.25))"),
        "{pytorch}"
    );
    assert!(
        pytorch.contains("self.p1 = torch.nn.Parameter(torch.tensor(-2.0))"),
        "{pytorch}"
    );
    let jax = text(&trained, Target::Jax, None);
    assert!(
        jax.contains("return (jnp.full((channels,), 0.25), jnp.asarray(-2.0),)"),
        "{jax}"
    );
    let document: Value = serde_json::from_str(&text(&trained, Target::Json, None)).expect("JSON");
    assert_eq!(
        (&document["parameters"], &document["class"]),
        (&Value::from(2), &Value::from("pointwise"))
    );
}

#[test]
fn the_table_is_the_references() {
    for text_of in ["sinc(x)", "sqrt(abs(x))", "log(x)", "x * softmax(x)"] {
        let formula = formula(text_of);
        let document: Value =
            serde_json::from_str(&text(&formula, Target::Json, None)).expect("JSON");
        let rows = document["table"].as_array().expect("a table");
        assert_eq!(rows.len(), 63);
        for row in rows {
            let (value, slope) = formula.value_and_slope(row["x"].as_f64().expect("a number"));
            for (found, wanted) in [(&row["y"], value), (&row["dy"], slope)] {
                assert_eq!(
                    found.as_f64(),
                    wanted.is_finite().then_some(wanted),
                    "{text_of} at {}",
                    row["x"]
                );
            }
        }
    }
}

#[test]
fn tables_hold_exports_to_their_singular_points() {
    // (formula, x, whether 32 bits are held to its slope there)
    for (given, x) in [
        ("sinc(x)", 0.0),
        ("sqrt(abs(x))", 0.0),
        ("tanh(exp(x))", 1000.0),
        ("relu", 0.0),
        ("clamp(x, -1, 3)", 3.0),
        ("x / cosh(x)", 1000.0),
    ] {
        let document: Value =
            serde_json::from_str(&text(&formula(given), Target::Json, None)).expect("JSON");
        let tensor = &document["tensor"];
        let place = tensor["x"]
            .as_array()
            .expect("points")
            .iter()
            .position(|point| point.as_f64() == Some(x))
            .expect("a point");
        for output in [0, 1] {
            assert!(
                tensor["outputs"][output]["values"][place].is_f64(),
                "{given} at {x}"
            );
            assert!(
                tensor["outputs"][output]["single"][place]
                    .as_f64()
                    .is_some_and(|allowed| allowed < 0.01),
                "{given} at {x}: {tensor}"
            );
        }
    }
}

#[test]
fn a_model_for_onnx_reads_only_what_it_declares() {
    for formula in calls().into_iter().chain([formula(
        "b = batch_mean(x); x * roll(x, -3) + b * tensor_sum(param(2))",
    )]) {
        let model = ModelProto::decode(export(&formula, Target::Onnx, None).as_slice())
            .expect("it decodes");
        assert_eq!(model.opset_import[0].version, Some(17));
        let graph = model.graph.expect("a graph");
        let mut declared: BTreeSet<String> = BTreeSet::from(["x".to_owned()]);
        for initialiser in graph.initializer {
            assert!(
                declared.insert(initialiser.name.expect("a name")),
                "{formula}: an initialiser is declared twice"
            );
        }
        for node in graph.node {
            assert!(
                node.input.iter().all(|input| declared.contains(input)),
                "{formula}: {node:?}"
            );
            assert!(
                node.output
                    .into_iter()
                    .all(|output| declared.insert(output)),
                "{formula}: an output is declared twice"
            );
        }
        let outputs: Vec<String> = graph
            .output
            .into_iter()
            .filter_map(|output| output.name)
            .collect();
        assert!(
            outputs.iter().all(|output| declared.contains(output)),
            "{formula}"
        );
        let wanted: &[&str] = if formula.class().name() == "pointwise" {
            &["y", "slope"]
        } else {
            &["y"]
        };
        assert_eq!(outputs, wanted, "{formula}");
        let entry = |key: &str| {
            model
                .metadata_props
                .iter()
                .find(|entry| entry.key.as_deref() == Some(key))
                .and_then(|entry| entry.value.clone())
        };
        assert_eq!(
            (entry("formula"), entry("id")),
            (Some(formula.to_string()), Some(formula.id().to_owned()))
        );
        assert!(entry("table").is_some_and(|table| serde_json::from_str::<Value>(&table).is_ok()));
    }
}

#[test]
fn names_are_identifiers_that_mean_nothing_else() {
    for name in ["gelu", "my_activation", "F2", "Snake"] {
        assert!(Name::parse(name).is_ok(), "{name}");
    }
    let hostile = [
        "",
        "1x",
        "a b",
        "a-b",
        "_f",
        "x",
        "x_",
        "class",
        "Class",
        "torch",
        "fn",
        "init",
        "a\nimport os",
        "f(x)",
        "é",
        "../f",
        "\\input",
        &"a".repeat(65),
    ];
    for name in hostile {
        let error = Name::parse(name).expect_err(name).to_string();
        assert!(
            error.contains("name") && !error.contains('\n') && error.len() < 300,
            "{error}"
        );
    }
}

/// Compiles a file of an export and runs it, as a program or its tests; gives what it printed.
fn compiled(folder: &Path, source: &str, flags: &[&str]) -> String {
    let (file, program) = (folder.join("exported.rs"), folder.join("exported"));
    std::fs::write(&file, source).expect("a file can be written");
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let built = Command::new(compiler)
        .args(["--edition", "2021", "-D", "warnings"])
        .args(flags)
        .arg("-o")
        .arg(&program)
        .arg(&file)
        .output();
    let built = built.expect("rustc starts");
    assert!(
        built.status.success(),
        "{}\n{source}",
        String::from_utf8_lossy(&built.stderr)
    );
    let ran = Command::new(&program).output().expect("it starts");
    let printed = format!(
        "{}{}",
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr)
    );
    assert!(ran.status.success(), "{printed}");
    printed
}

#[test]
fn exports_to_rust_compile_without_a_warning_and_agree_with_their_tables() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = [
        "sinc(x) + x * erf(x) - erfc(x / 2) + bessel_i0e(x) + bessel_i1e(x) + softplus(x) * \
         sign(x)",
        "min(x, 1) + max(x^2, -1.5) + sqrt(abs(x)) + where(x < 0, x, floor(x) - round(x))",
        "x * sigmoid(channel_param(1.5) * x) + sin(param(2) * x)",
        "(x - batch_mean(x)) / (tensor_std(x) + 0.5) + roll(x, -5) * feature_max(x) + softmax(x)",
    ];
    for row in rows {
        let printed = compiled(folder.path(), &text(&formula(row), Target::Rust, None), &[]);
        let error = printed
            .trim()
            .strip_prefix("ok: largest error ")
            .and_then(|error| error.parse::<f64>().ok());
        assert!(error.is_some_and(|error| error < 1e-13), "{row}: {printed}");
    }
    let tested = compiled(
        folder.path(),
        &text(&formula("gelu"), Target::Rust, None),
        &["--test"],
    );
    assert!(tested.contains("agrees_with_the_table ... ok"), "{tested}");
}

#[test]
fn an_export_to_rust_notices_a_wrong_constant() {
    let source =
        text(&formula("tanh(1.5 * x)"), Target::Rust, None).replace("1.5_f64", "1.500001_f64");
    let folder = tempfile::tempdir().expect("a folder");
    let failed = std::panic::catch_unwind(|| compiled(folder.path(), &source, &[]));
    let message = failed
        .expect_err("the self-check fails")
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_default();
    assert!(message.contains("mismatch: f at place"), "{message}");
}

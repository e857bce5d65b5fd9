//! The canonical form and the id that is drawn from it.

use super::formula;

#[test]
fn formulas_that_differ_in_writing_only_have_one_id() {
    for group in [
        &[
            "x*sigmoid(x)",
            "sigmoid(x)*x",
            "silu(x)",
            "swish",
            "x/(1+exp(-x))",
            "s = sigmoid(x); s*x",
            "x*1*sigmoid(x) + 0",
        ][..],
        &[
            "x*x",
            "a = x; a*x",
            "x^2",
            "square(x)",
            "x**2",
            "(-x)^2",
            "--x*x",
        ],
        &["x*x*x", "x^3", "cube(x)", "x^2*x"],
        &["relu(x)", "max(x, 0)", "max(0, x)", "maximum(x, 0)"],
        &["1 - x", "-x + 1", "-(x - 1)", "1 + -x"],
        &["x + x", "2*x", "x*2", "4*x/2"],
        &["x/2", "0.5*x", "1/2*x", "x*0.5"],
        &[
            "sin(x) - cos(x) - tan(x)",
            "sin(x) - (cos(x) + tan(x))",
            "-tan(x) - cos(x) + sin(x)",
        ],
        &["sin(-x)", "-sin(x)", "sin(x)*-1"],
        &["cos(-2*x)", "cos(2*x)"],
        &["x/(1 + abs(x))", "softsign(x)", "1/(1 + abs(-x))*x"],
        &["1/(2*x)", "0.5/x", "1/x/2"],
        &["(x + 1)*2", "2*x + 2"],
        &["x > 0", "0 < x"],
        &["where(x > 0, x, x)", "x"],
        &["e^(-x^2)", "exp(-x*x)", "np.e**(-square(x))"],
        &["tanh(x)*exp(-0.2*x^2)", "exp(-(x*x*0.2))*tanh(x)"],
        &["x^-2", "1/x^2", "1/(x*x)", "(1/x)^2"],
        &["log(1 + exp(x))", "softplus(x)", "log(exp(x) + 0.5 + 0.5)"],
    ] {
        for text in group {
            assert_eq!(
                formula(text).canonical(),
                formula(group[0]).canonical(),
                "{text} and {}",
                group[0]
            );
            assert_eq!(formula(text).id(), formula(group[0]).id());
        }
    }
}

#[test]
fn formulas_that_differ_have_different_ids() {
    let texts = [
        "x",
        "-x",
        "x^2",
        "x^3",
        "2*x",
        "x + 1",
        "sin(x)",
        "cos(x)",
        "gelu(x)",
        "gelu_tanh(x)",
        "x - x",
        "0*x + 0",
        "0",
        "x/x",
        "1",
        "1/x",
        "max(x, 0)",
        "min(x, 0)",
        "x > 0",
        "x >= 0",
        "x < 0",
        "x^0.3",
        "0.3^x",
        "where(x > 0, 1, 2)",
        "where(x > 0, 2, 1)",
        "0/0",
        "1/0",
    ];
    let ids: std::collections::HashSet<String> = texts
        .iter()
        .map(|text| formula(text).id().to_owned())
        .collect();
    // `x - x`, `0*x + 0` and `0` are the same.
    assert_eq!(ids.len(), texts.len() - 2);
}

#[test]
fn the_canonical_form_reads_well() {
    for (text, canonical) in [
        ("silu(x)", "x * sigmoid(x)"),
        ("1 - x", "1 - x"),
        ("x*0.1 - 3*sin(2*x)", "0.1 * x - 3 * sin(2 * x)"),
        ("-x^2", "-x^2"),
        ("x/(1 + abs(x))", "x / (abs(x) + 1)"),
        (
            "tanh(1.5*x)*exp(-0.2*x^2) + 0.1*x",
            "0.1 * x + tanh(1.5 * x) * exp(-0.2 * x^2)",
        ),
        (
            "s = sigmoid(2*x + 1); s*s*x + s",
            "v1 = sigmoid(2 * x + 1); v1 + x * v1^2",
        ),
        ("-1/(x^2 + 1)", "-1 / (x^2 + 1)"),
        ("-0.5", "-0.5"),
        ("leaky_relu(x)", "max(x, 0.01 * x)"),
        ("clamp(x, 0, 6)", "max(min(x, 6), 0)"),
    ] {
        assert_eq!(formula(text).canonical(), canonical, "{text}");
    }
}

#[test]
fn deep_formulas_have_canonical_forms_within_the_limits() {
    let chain: String = (0..60).map(|i| format!("a = sin(a + {i}); ")).collect();
    let deep = format!("a = x; {chain} a");
    let canonical = formula(&deep).canonical().to_owned();
    assert_ne!(canonical, formula(&deep).to_string());
    assert_eq!(formula(&canonical).canonical(), canonical);
    assert_eq!(
        formula(&canonical).value_and_slope(0.3),
        formula(&deep).value_and_slope(0.3)
    );
}

/// The lines of a table beside this file, in cells.
fn table(name: &str) -> Vec<Vec<String>> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/spec/language")
        .join(name);
    let text = std::fs::read_to_string(path).expect("the table can be read");
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            line.split(" | ")
                .map(|cell| cell.trim().to_owned())
                .collect()
        })
        .collect()
}

#[test]
fn equal_functions_written_differently_are_known_as_the_table_says() {
    let (mut wrong, mut by_id, mut pairs) = (Vec::new(), 0, 0);
    for line in table("equal_pairs.txt") {
        let [claim, a, b] = &line[..] else {
            panic!("{line:?} has not three cells")
        };
        let (f, g) = (formula(a), formula(b));
        let found = match (f.id() == g.id(), f.fingerprint().matches(&g.fingerprint())) {
            (true, true) => "id",
            (false, true) => "fingerprint",
            (_, false) => "neither",
        };
        if claim != found {
            wrong.push(format!(
                "{a} | {b}: the table says {claim}, found {found}: {} and {}",
                f.canonical(),
                g.canonical()
            ));
        }
        by_id += usize::from(found == "id");
        pairs += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        pairs >= 90 && by_id >= 80,
        "{pairs} pairs, {by_id} of them by id"
    );
}

#[test]
fn functions_that_are_nearly_equal_share_neither_id_nor_fingerprint() {
    let mut pairs = 0;
    for line in table("near_pairs.txt") {
        let [a, b] = &line[..] else {
            panic!("{line:?} has not two cells")
        };
        let (f, g) = (formula(a), formula(b));
        assert_ne!(f.id(), g.id(), "{a} and {b}");
        assert!(!f.fingerprint().matches(&g.fingerprint()), "{a} and {b}");
        pairs += 1;
    }
    assert!(pairs >= 30, "{pairs} pairs");
}

#[test]
fn every_canonical_form_of_the_tables_is_its_own_and_the_same_function() {
    for line in table("equal_pairs.txt")
        .into_iter()
        .map(|line| line[1..].to_vec())
        .chain(table("near_pairs.txt"))
    {
        for text in line {
            let (written, canonical) = (formula(&text), formula(formula(&text).canonical()));
            assert_eq!(canonical.canonical(), written.canonical(), "{text}");
            assert!(
                canonical.fingerprint().matches(&written.fingerprint()),
                "{text} and {canonical}"
            );
        }
    }
}

#[test]
fn rules_keep_the_slopes_at_kinks() {
    for (text, at_zero) in [
        ("relu(x)", 0.0),
        ("0.5*(x + abs(x))", 0.5),
        ("where(x >= 0, x, 0)", 1.0),
        ("max(x, 0.1*x)", 0.1),
        ("x*sign(x)", 0.0),
    ] {
        assert_eq!(formula(text).value_and_slope(0.0).1, at_zero, "{text}");
        assert_eq!(
            formula(formula(text).canonical()).value_and_slope(0.0).1,
            at_zero,
            "{text}"
        );
    }
}

#[test]
#[ignore = "measures: cargo test --release -p motherlode-formula -- canonical::the_time --ignored \
    --nocapture"]
fn the_time_of_a_canonical_form() {
    let measured = |name: &str, texts: &[String]| {
        let mut times: Vec<(f64, &String)> = Vec::new();
        for text in texts {
            let formula = formula(text);
            let start = std::time::Instant::now();
            formula.canonical();
            times.push((start.elapsed().as_secs_f64() * 1e3, text));
        }
        times.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (worst, text) = times.last().expect("there are texts");
        println!(
            "{name}: {} formulas, median {:.2} ms, worst {worst:.2} ms: {:.120}",
            times.len(),
            times[times.len() / 2].0,
            text
        );
    };
    let pairs: Vec<String> = table("equal_pairs.txt")
        .into_iter()
        .flat_map(|line| line[1..].to_vec())
        .collect();
    measured("pairs", &pairs);
    let functions = motherlode_formula::Function::all()
        .iter()
        .filter(|function| function.arity() == 1 && function.is_scalar());
    let functions: Vec<String> = functions
        .map(|function| format!("{}(x)", function.name()))
        .collect();
    measured("functions", &functions);
    let mut hostile: Vec<String> = Vec::new();
    for count in [5, 10, 20, 40, 80] {
        let joined = |term: &dyn Fn(usize) -> String, by: &str| {
            (0..count).map(term).collect::<Vec<_>>().join(by)
        };
        hostile.push(joined(&|i| format!("sigmoid({i}.5*x)"), " + "));
        hostile.push(joined(&|i| format!("(x + {i})"), "*"));
        hostile.push(joined(&|i| format!("exp({i}.5*x)"), "*"));
        hostile.push(joined(&|i| format!("sin(x + {i})*cos(x + {i})"), " + "));
        hostile.push(joined(&|i| format!("x^{}*tanh(x)", i % 60 + 1), " + "));
        hostile.push(joined(&|i| format!("max(x, {i})*sigmoid(x)"), " + "));
        hostile.push(format!(
            "a = x; {} a",
            "a = sigmoid(a)*(1 + a); ".repeat(count)
        ));
        hostile.push(format!(
            "a = x; {} a",
            "a = (a + 1)*(a + exp(a)); ".repeat(count.min(40))
        ));
    }
    hostile.retain(|text| motherlode_formula::Formula::parse(text).is_ok());
    measured("hostile", &hostile);
}

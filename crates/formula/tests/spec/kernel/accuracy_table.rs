//! docs/accuracy.md: the accuracy of every function of the language on every instruction set,
//! measured here; `UPDATE_GOLDEN=1` writes it anew.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::PathBuf;

use motherlode_formula::kernel::Kernel;
use motherlode_formula::vector::InstructionSet;
use motherlode_formula::{Formula, Function};

use super::accuracy::{arguments, ulp};

/// Operators and functions of several arguments, as formulas of one.
const MORE: [&str; 10] = [
    "x / 3",
    "2 / x",
    "x^1.7",
    "1.7^x",
    "x^-2.5",
    "x^5",
    "min(x, 0.5)",
    "max(x, -0.5)",
    "clamp(x, -1, 1)",
    "where(x > 0, x, 0.1 * x)",
];

/// What the arguments are like: the columns of a table.
const KINDS: [(&str, &str); 4] = [
    ("ordinary", "0.001 <= abs(x) <= 30"),
    ("tiny", "0 < abs(x) < 0.001, subnormal numbers among them"),
    ("huge", "30 < abs(x), to the largest float and infinity"),
    (
        "singular",
        "0, and the next floats to either side of whole and half numbers and of multiples of \
        pi/4, up to 200",
    ),
];

fn kind(x: f32) -> usize {
    match x.abs() {
        size if (1e-3..=30.0).contains(&size) => 0,
        size if size < 1e-3 => 1,
        _ => 2,
    }
}

/// Arguments by kind.
fn arguments_by_kind() -> [Vec<f32>; 4] {
    let mut kinds: [Vec<f32>; 4] = Default::default();
    for x in arguments().into_iter().filter(|x| !x.is_nan() && *x != 0.0) {
        kinds[kind(x)].push(x);
    }
    let halves = (0..=400).map(|k| k as f32 / 2.0);
    let quarters = (1..=254).map(|k| (f64::from(k) * std::f64::consts::FRAC_PI_4) as f32);
    for x in halves.chain(quarters) {
        kinds[3].extend(
            [x.next_down(), x, x.next_up()]
                .into_iter()
                .flat_map(|x| [x, -x]),
        );
    }
    kinds
}

/// The largest errors over some arguments, results below the least normal float only in the
/// absolute one.
#[derive(Clone, Copy, Default)]
struct Worst {
    ulps: f64,
    absolute: f64,
    /// Whether one is finite and the other is not, or infinite with another sign.
    lost: bool,
}

impl Worst {
    fn meet(&mut self, found: f32, right: f64) {
        let rounded = right as f32;
        if found == rounded || found.is_nan() && rounded.is_nan() {
            return;
        }
        // At the end of the range an overflow counts from the largest float.
        let end = f64::from(f32::MAX) + ulp(f64::from(f32::MAX));
        let finite = |y: f64| if y.is_infinite() { end.copysign(y) } else { y };
        let error = (finite(f64::from(found)) - finite(right.clamp(-end, end))).abs();
        if found.is_nan() || right.is_nan() || error > 0.01 * end {
            self.lost = true;
            return;
        }
        if f64::from(found).is_finite() && right.is_finite() {
            self.absolute = self.absolute.max(error);
        }
        if right.abs() >= f64::from(f32::MIN_POSITIVE) {
            self.ulps = self.ulps.max(error / ulp(right));
        }
    }

    fn shown(self) -> String {
        if self.lost {
            return "lost".to_owned();
        }
        format!("{} / {}", digits(self.ulps), digits(self.absolute))
    }
}

/// Two digits.
fn digits(value: f64) -> String {
    match value {
        0.0 => "0".to_owned(),
        value if (0.1..1000.0).contains(&value) => format!("{value:.1}"),
        value => format!("{value:.1e}"),
    }
}

/// A formula and its worst errors: f over the four kinds, f' over ordinary and singular arguments.
type Row = (String, [Worst; 6]);

/// A row for each formula.
fn measured(set: InstructionSet) -> Vec<Row> {
    let kinds = arguments_by_kind();
    let functions = Function::all()
        .iter()
        .filter(|function| function.arity() == 1 && function.is_scalar());
    let formulas = functions
        .map(|function| format!("{}(x)", function.name()))
        .chain(MORE.map(str::to_owned));
    let row = |text: String| {
        let formula = Formula::parse(&text).expect("a function around x is a formula");
        let mut kernel = Kernel::for_instruction_set(formula.graph(), set);
        let mut worst = [Worst::default(); 6];
        for (kind, xs) in kinds.iter().enumerate() {
            let (mut values, mut slopes) = (vec![0.0; xs.len()], vec![0.0; xs.len()]);
            kernel.value_and_slope(xs, &mut values, &mut slopes);
            for ((x, value), slope) in xs.iter().zip(values).zip(slopes) {
                let (right, right_slope) = formula.value_and_slope(f64::from(*x));
                worst[kind].meet(value, right);
                match kind {
                    0 => worst[4].meet(slope, right_slope),
                    3 => worst[5].meet(slope, right_slope),
                    _ => {}
                }
            }
        }
        (text, worst)
    };
    formulas.map(row).collect()
}

const INTRODUCTION: &str = "# Accuracy\n
The largest errors of the `f32` kernels against the 64-bit reference of the same formula, as \
`units in the last place / absolute`.
A result is right (0) where it is the reference's rounded to 32 bits; below the least normal \
float (1.2e-38) only the absolute error counts.
A number of units far above the others stands where the right value passes through 0 while its \
terms do not (read the absolute error there), or where the constants of a composite, rounded to \
32 bits, matter.
`lost` marks a result that is finite where the right one is not, or the other way round, or has \
lost all digits.
The reference itself is held to 60-digit values \
(crates/formula/tests/spec/language/known_values.csv).
Written by `UPDATE_GOLDEN=1 cargo test --release -p motherlode-formula accuracy_table`; the \
test holds every later build to these numbers.

The arguments:
";

fn page(tables: &[(InstructionSet, Vec<Row>)]) -> String {
    let mut page = INTRODUCTION.to_owned();
    for (name, meaning) in KINDS {
        writeln!(page, "- {name}: {meaning}").expect("a string takes it");
    }
    for (set, rows) in tables {
        let heads = "f, ordinary | f, tiny | f, huge | f, singular | f', ordinary | f', singular";
        write!(
            page,
            "\n## {}\n\n| formula | {heads} |\n|---|---|---|---|---|---|---|\n",
            set.name()
        )
        .expect("a string takes it");
        for (text, worst) in rows {
            let cells: Vec<String> = worst.iter().map(|worst| worst.shown()).collect();
            writeln!(page, "| `{text}` | {} |", cells.join(" | ")).expect("a string takes it");
        }
    }
    page
}

/// The cells of a page by instruction set and formula.
fn cells(page: &str) -> HashMap<(String, String), Vec<String>> {
    let mut cells = HashMap::new();
    let mut set = String::new();
    for line in page.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            set = name.to_owned();
        } else if let Some(row) = line.strip_prefix("| `") {
            let (formula, rest) = row
                .split_once("` | ")
                .expect("a row begins with its formula");
            let values = rest
                .trim_end_matches(" |")
                .split(" | ")
                .map(str::to_owned)
                .collect();
            cells.insert((set.clone(), formula.to_owned()), values);
        }
    }
    cells
}

/// Whether an error is no more than the page says: another mathematics library under the reference
/// may move the last digit.
fn within(found: &str, stated: &str) -> bool {
    let numbers = |cell: &str| -> Option<Vec<f64>> {
        cell.split(" / ")
            .map(|number| number.parse().ok())
            .collect()
    };
    match (numbers(found), numbers(stated)) {
        (Some(found), Some(stated)) => found
            .iter()
            .zip(&stated)
            .all(|(found, stated)| *found <= 1.1 * stated + 0.1),
        _ => found == stated,
    }
}

#[test]
fn the_accuracy_table_is_what_this_build_reaches() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/accuracy.md");
    let tables: Vec<_> = InstructionSet::available()
        .into_iter()
        .map(|set| (set, measured(set)))
        .collect();
    let page = page(&tables);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        assert_eq!(
            tables.len(),
            3,
            "a machine with AVX-512 writes the page, so that no table is missing"
        );
        std::fs::write(&path, &page).expect("the page is written");
    }
    let stated = cells(&std::fs::read_to_string(&path).expect("docs/accuracy.md stands there"));
    let found = cells(&page);
    let mut worse = Vec::new();
    for ((set, formula), values) in &found {
        match stated.get(&(set.clone(), formula.clone())) {
            Some(stated) => {
                let kept = values
                    .iter()
                    .zip(stated)
                    .all(|(found, stated)| within(found, stated));
                if !kept {
                    worse.push(format!(
                        "{set} {formula}: found {values:?}, the page says {stated:?}"
                    ));
                }
            }
            None => worse.push(format!("{set} {formula}: the page lacks it")),
        }
    }
    let formulas = |set: &str| stated.keys().filter(|(of, _)| of == set).count();
    assert_eq!(
        formulas("scalar"),
        found.keys().filter(|(set, _)| set == "scalar").count(),
        "the page has formulas that are gone"
    );
    assert!(
        worse.is_empty(),
        "{worse:#?}\nUPDATE_GOLDEN=1 writes the page anew"
    );
}

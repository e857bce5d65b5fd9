//! Mathematics for a document that loads amsmath.

use super::header::header;
use super::name::Name;
use crate::expression::{Expression, Program};
use crate::formula::Formula;
use crate::function::Function;

/// An `align*` environment: f, and below it what its names mean. Bindings that are used once stand
/// where they are used.
pub(super) fn export(formula: &Formula, name: Option<&Name>) -> String {
    let header = header(
        "%",
        formula,
        name,
        &["use it:     \\usepackage{amsmath}, then \\input{FILE}"],
    );
    let program = formula.program();
    let mut writer = LatexWriter {
        program,
        uses: uses(program),
        trained: Vec::new(),
    };
    let symbol = name.map_or_else(|| "f".to_owned(), |name| identifier(name.as_str()));
    let mut lines = vec![format!(
        "  {symbol}(x) &= {}",
        writer.written(&program.result, Place::Whole)
    )];
    let mut bindings = Vec::new();
    for (index, (name, expression)) in program.bindings.iter().enumerate().rev() {
        if writer.uses[index] > 1 {
            bindings.push(format!(
                "  {} &= {}",
                identifier(name),
                writer.written(expression, Place::Whole)
            ));
        }
    }
    bindings.reverse();
    let trained = writer
        .trained
        .iter()
        .enumerate()
        .map(|(index, text)| format!("  \\theta_{{{}}} &: {text}", index + 1));
    let meanings: Vec<String> = bindings.into_iter().chain(trained).collect();
    if !meanings.is_empty() {
        lines.push("  \\text{where}\\quad&".to_owned());
        lines.extend(meanings);
    }
    format!(
        "{header}\\begin{{align*}}\n{}\n\\end{{align*}}\n",
        lines.join(" \\\\\n")
    )
}

/// How often each binding stands in what is written.
fn uses(program: &Program) -> Vec<usize> {
    fn count(expression: &Expression, uses: &mut [usize]) {
        if let Expression::Binding(index) = expression {
            uses[*index] += 1;
        }
        expression
            .arguments()
            .iter()
            .for_each(|argument| count(argument, uses));
    }
    let mut uses = vec![0; program.bindings.len()];
    count(&program.result, &mut uses);
    for index in (0..program.bindings.len()).rev() {
        if uses[index] > 0 {
            count(&program.bindings[index].1, &mut uses);
        }
    }
    uses
}

/// Where an expression stands, and so what has to be put in parentheses.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Place {
    Whole,
    Sum,
    Product,
    Factor,
    Base,
}

struct LatexWriter<'a> {
    program: &'a Program,
    uses: Vec<usize>,
    /// What each trainable parameter is, in the order in which they were met.
    trained: Vec<String>,
}

impl LatexWriter<'_> {
    fn written(&mut self, expression: &Expression, place: Place) -> String {
        if let Expression::Binding(index) = expression {
            if self.uses[*index] == 1 {
                let program = self.program;
                return self.written(&program.bindings[*index].1, place);
            }
        }
        let (text, tightness) = self.bare(expression);
        if tightness < place {
            format!("\\left({text}\\right)")
        } else {
            text
        }
    }

    /// The text, and how tightly it holds together.
    fn bare(&mut self, expression: &Expression) -> (String, Place) {
        match expression {
            Expression::Variable(index) => {
                (identifier(&self.program.variables[*index]), Place::Base)
            }
            Expression::Binding(index) => {
                (identifier(&self.program.bindings[*index].0), Place::Base)
            }
            Expression::Number(value) => number(*value),
            Expression::Call(function, arguments) => self.call(*function, arguments),
        }
    }

    fn call(&mut self, function: Function, arguments: &[Expression]) -> (String, Place) {
        use Function::*;
        let relation = |symbol: &str, writer: &mut Self| {
            let sides = [&arguments[0], &arguments[1]].map(|side| writer.written(side, Place::Sum));
            (format!("{} {symbol} {}", sides[0], sides[1]), Place::Whole)
        };
        match function {
            Add => {
                let text = format!(
                    "{} + {}",
                    self.written(&arguments[0], Place::Sum),
                    self.written(&arguments[1], Place::Sum)
                );
                (text, Place::Sum)
            }
            Subtract => {
                let text = format!(
                    "{} - {}",
                    self.written(&arguments[0], Place::Sum),
                    self.written(&arguments[1], Place::Product)
                );
                (text, Place::Sum)
            }
            Negate => (
                format!("-{}", self.written(&arguments[0], Place::Product)),
                Place::Sum,
            ),
            Multiply => {
                let (left, right) = (
                    self.written(&arguments[0], Place::Product),
                    self.written(&arguments[1], Place::Factor),
                );
                // A digit after a product would read as part of the number before it.
                let dot = if right.starts_with(|c: char| c.is_ascii_digit()) {
                    " \\cdot "
                } else {
                    " \\, "
                };
                (format!("{left}{dot}{right}"), Place::Product)
            }
            Divide => {
                let text = format!(
                    "\\frac{{{}}}{{{}}}",
                    self.written(&arguments[0], Place::Whole),
                    self.written(&arguments[1], Place::Whole)
                );
                (text, Place::Factor)
            }
            Reciprocal => (
                format!(
                    "\\frac{{1}}{{{}}}",
                    self.written(&arguments[0], Place::Whole)
                ),
                Place::Factor,
            ),
            Power => {
                let text = format!(
                    "{}^{{{}}}",
                    self.written(&arguments[0], Place::Base),
                    self.written(&arguments[1], Place::Whole)
                );
                (text, Place::Factor)
            }
            Square => (
                format!("{}^{{2}}", self.written(&arguments[0], Place::Base)),
                Place::Factor,
            ),
            Cube => (
                format!("{}^{{3}}", self.written(&arguments[0], Place::Base)),
                Place::Factor,
            ),
            Exp => (
                format!("e^{{{}}}", self.written(&arguments[0], Place::Whole)),
                Place::Factor,
            ),
            Sqrt => (
                format!("\\sqrt{{{}}}", self.written(&arguments[0], Place::Whole)),
                Place::Base,
            ),
            Abs => (
                format!(
                    "\\left|{}\\right|",
                    self.written(&arguments[0], Place::Whole)
                ),
                Place::Base,
            ),
            Floor => (
                format!(
                    "\\left\\lfloor {} \\right\\rfloor",
                    self.written(&arguments[0], Place::Whole)
                ),
                Place::Base,
            ),
            Ceil => (
                format!(
                    "\\left\\lceil {} \\right\\rceil",
                    self.written(&arguments[0], Place::Whole)
                ),
                Place::Base,
            ),
            Less => relation("<", self),
            LessEqual => relation("\\le", self),
            Greater => relation(">", self),
            GreaterEqual => relation("\\ge", self),
            Equal => relation("=", self),
            NotEqual => relation("\\ne", self),
            Where => {
                let condition = match &arguments[0] {
                    Expression::Call(
                        Less | LessEqual | Greater | GreaterEqual | Equal | NotEqual,
                        _,
                    ) => self.written(&arguments[0], Place::Whole),
                    other => format!("{} \\ne 0", self.written(other, Place::Sum)),
                };
                let (then, otherwise) = (
                    self.written(&arguments[1], Place::Whole),
                    self.written(&arguments[2], Place::Whole),
                );
                let text = format!(
                    "\\begin{{cases}} {then} & \\text{{if }} {condition} \\\\ {otherwise} \
                     & \\text{{otherwise}} \\end{{cases}}"
                );
                (text, Place::Whole)
            }
            Param | ChannelParam => {
                let initial = self.written(&arguments[0], Place::Whole);
                let reach = if function == Param {
                    "trainable, one value for the layer"
                } else {
                    "trainable, one value a channel"
                };
                self.trained
                    .push(format!("\\text{{{reach}, initially }} {initial}"));
                (format!("\\theta_{{{}}}", self.trained.len()), Place::Base)
            }
            Roll => {
                let places = self.written(&arguments[1], Place::Whole);
                (
                    format!(
                        "\\operatorname{{roll}}_{{{places}}}\\left({}\\right)",
                        self.written(&arguments[0], Place::Whole)
                    ),
                    Place::Factor,
                )
            }
            _ => {
                let written: Vec<String> = arguments
                    .iter()
                    .map(|argument| self.written(argument, Place::Whole))
                    .collect();
                (
                    format!(
                        "{}\\left({}\\right)",
                        operator(function),
                        written.join(", ")
                    ),
                    Place::Factor,
                )
            }
        }
    }
}

/// The operator of a function that is written as a call.
fn operator(function: Function) -> String {
    use Function::*;
    let known = match function {
        Sin => "\\sin",
        Cos => "\\cos",
        Tan => "\\tan",
        Sinh => "\\sinh",
        Cosh => "\\cosh",
        Tanh => "\\tanh",
        Asin => "\\arcsin",
        Acos => "\\arccos",
        Atan => "\\arctan",
        Log => "\\log",
        Min => "\\min",
        Max => "\\max",
        Sigmoid => "\\sigma",
        Relu => "\\operatorname{ReLU}",
        LeakyRelu => "\\operatorname{LeakyReLU}",
        Gelu => "\\operatorname{GELU}",
        GeluTanh => "\\operatorname{GELU}_{\\tanh}",
        Silu => "\\operatorname{SiLU}",
        Elu => "\\operatorname{ELU}",
        Selu => "\\operatorname{SELU}",
        FeatureMean => "\\operatorname{mean}_{\\text{features}}",
        FeatureStd => "\\operatorname{std}_{\\text{features}}",
        FeatureMin => "\\min_{\\text{features}}",
        FeatureMax => "\\max_{\\text{features}}",
        FeatureSum => "\\operatorname{sum}_{\\text{features}}",
        BatchMean => "\\operatorname{mean}_{\\text{batch}}",
        BatchStd => "\\operatorname{std}_{\\text{batch}}",
        BatchMin => "\\min_{\\text{batch}}",
        BatchMax => "\\max_{\\text{batch}}",
        BatchSum => "\\operatorname{sum}_{\\text{batch}}",
        TensorMean => "\\operatorname{mean}_{\\text{tensor}}",
        TensorStd => "\\operatorname{std}_{\\text{tensor}}",
        TensorMin => "\\min_{\\text{tensor}}",
        TensorMax => "\\max_{\\text{tensor}}",
        TensorSum => "\\operatorname{sum}_{\\text{tensor}}",
        other => return format!("\\operatorname{{{}}}", other.name().replace('_', "\\_")),
    };
    known.to_owned()
}

/// A letter or a Greek name as a symbol, other names upright.
fn identifier(name: &str) -> String {
    const GREEK: [&str; 21] = [
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa",
        "lambda", "mu", "nu", "xi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega",
    ];
    if name.chars().count() == 1 && name != "_" {
        name.to_owned()
    } else if GREEK.contains(&name) {
        format!("\\{name}")
    } else {
        format!("\\mathrm{{{}}}", name.replace('_', "\\_"))
    }
}

/// A number, large and small ones by powers of ten.
fn number(value: f64) -> (String, Place) {
    let text = format!("{value:?}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    match text.split_once('e') {
        Some((digits, exponent)) => (format!("{digits} \\cdot 10^{{{exponent}}}"), Place::Product),
        None => (text.to_owned(), Place::Base),
    }
}

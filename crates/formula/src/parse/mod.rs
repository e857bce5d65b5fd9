//! The door to evalexpr, which gives the tree of operators and nothing else: no number, name or
//! function is left to it, and nothing is evaluated by it.

mod advice;
mod axis;
mod callee;
mod coupling;
mod grammar;
mod header;
mod known_call;
mod lex;
mod scan;
mod spelling;
mod token;

use std::cell::RefCell;
use std::fmt::Write;
use std::ops::Range;

use evalexpr::{build_operator_tree, Node, Operator};

use self::callee::Callee;
use self::token::{Statement, Token};
use crate::error::FormulaError;
use crate::expression::{Expression, Program};
use crate::function::Function;
use crate::nearest::nearest;
use crate::published::{self, Published};
use crate::{limits, lower};

/// The program that `text` writes over `variables`.
pub(crate) fn program(text: &str, variables: &[&str]) -> Result<Program, FormulaError> {
    let mut statements = scan::statements(text, variables)?;
    let last = statements.pop().expect("`statements` gives at least one");
    let mut program = Program {
        variables: variables.iter().map(|name| (*name).to_owned()).collect(),
        bindings: Vec::new(),
        result: Expression::Number(0.0),
    };
    if let Some(program) = bare_name(&program, &statements, &last) {
        return Ok(program);
    }
    for statement in statements {
        let expression = expression(&mut program, &statement)?;
        program.bindings.push((
            statement
                .name
                .expect("only the last statement may bind no name"),
            expression,
        ));
    }
    program.result = expression(&mut program, &last)?;
    let program = known_call::named_apart(program)?.checked()?;
    check_printed(&program, text, variables)?;
    Ok(program)
}

/// The program of a published activation, read once.
fn published_program(activation: &Published) -> &Program {
    activation.program.get_or_init(|| {
        program(&activation.text, &["x"]).expect("a test parses every formula of the library")
    })
}

/// A program of this size prints names as long as those of its text, and else no more than half of
/// the limit.
const SMALL: usize = 64;

/// Refuses a program whose printed form could not be read back: numbers and idioms written out are
/// longer than the text, folded arguments and activations of the library nested deeper.
fn check_printed(program: &Program, text: &str, variables: &[&str]) -> Result<(), FormulaError> {
    // A call has one pair of parentheses, its sign another.
    let is_short = text.len() <= limits::TEXT_BYTES / 2
        && program.size() <= SMALL
        && 2 * program.depth() <= limits::NESTING;
    if !is_short {
        scan::statements(&program.to_string(), variables)
            .map_err(|error| error.about_the_printed_form())?;
    }
    Ok(())
}

/// A program that is nothing but the name of a function of one argument, or of an activation of the
/// library, over one variable, means that function of the variable.
fn bare_name(program: &Program, before: &[Statement], last: &Statement) -> Option<Program> {
    let [(Token::Name(name), _)] = last.tokens.as_slice() else {
        return None;
    };
    if !before.is_empty()
        || last.name.is_some()
        || program.variables.len() != 1
        || program.variables[0] == *name
    {
        return None;
    }
    let callee = match spelling::callee("", name)
        .ok()
        .filter(|callee| callee.fewest() == 1)?
    {
        Callee::Coupled(coupling) => coupling.resolved(&[]).ok()?.meaning.into(),
        callee => callee,
    };
    let written = match callee {
        Callee::Known(index) => published_program(&published::all()[index]).clone(),
        callee => Program {
            variables: Vec::new(),
            bindings: Vec::new(),
            result: written_out(callee, vec![Expression::Variable(0)]),
        },
    };
    Some(Program {
        variables: program.variables.clone(),
        ..written
    })
}

fn expression(program: &mut Program, statement: &Statement) -> Result<Expression, FormulaError> {
    let mut text = String::with_capacity(4 * statement.tokens.len());
    for (index, (token, _)) in statement.tokens.iter().enumerate() {
        // Every operand goes by the number of its token: so each node of the tree knows its place.
        let written = match token {
            Token::Number(_) | Token::Name(_) | Token::Callee(_) => write!(text, "t{index}"),
            // The blank keeps the tokenizer from trying whether an operand and a sign begin a
            // number such as 1e-5.
            Token::Sign | Token::Operator("-") => write!(text, " -"),
            Token::Operator("+") => write!(text, " +"),
            Token::Operator(symbol) => write!(text, "{symbol}"),
            Token::Open => write!(text, "("),
            Token::Close => write!(text, ")"),
            Token::Comma => write!(text, ","),
        };
        written.expect("writing to a string does not fail");
    }
    let tree = build_operator_tree(&text).map_err(|error| {
        FormulaError::unparsable(
            statement.place.clone(),
            format!("expected an expression, found another: {error}"),
        )
    })?;
    let lowering = Lowering {
        program,
        statement,
        expanded: RefCell::default(),
    };
    let result = lowering.lower(&tree);
    let expanded = lowering.expanded.into_inner();
    program.bindings.extend(expanded);
    result
}

struct Lowering<'a> {
    program: &'a Program,
    statement: &'a Statement,
    /// What calls of activations of the library bind, above this statement and below the program's
    /// bindings.
    expanded: RefCell<Vec<(String, Expression)>>,
}

impl Lowering<'_> {
    fn lower(&self, node: &Node) -> Result<Expression, FormulaError> {
        let arguments = |count: usize| -> Result<Vec<Expression>, FormulaError> {
            if node.children().len() != count {
                return Err(self.unexpected(node));
            }
            node.children()
                .iter()
                .map(|child| self.lower(child))
                .collect()
        };
        let call = |function: Function| -> Result<Expression, FormulaError> {
            Ok(Expression::Call(function, arguments(function.arity())?))
        };
        match node.operator() {
            Operator::RootNode => Ok(arguments(1)?.remove(0)),
            Operator::Neg => call(Function::Negate),
            Operator::Add => call(Function::Add),
            Operator::Sub => call(Function::Subtract),
            Operator::Mul => call(Function::Multiply),
            Operator::Div => call(Function::Divide),
            Operator::Mod => call(Function::Remainder),
            Operator::Exp => call(Function::Power),
            Operator::Lt => call(Function::Less),
            Operator::Leq => call(Function::LessEqual),
            Operator::Gt => call(Function::Greater),
            Operator::Geq => call(Function::GreaterEqual),
            Operator::Eq => call(Function::Equal),
            Operator::Neq => call(Function::NotEqual),
            Operator::And => Ok(written_out(Callee::And, arguments(2)?)),
            Operator::Or => Ok(written_out(Callee::Or, arguments(2)?)),
            Operator::VariableIdentifierRead { identifier } => match self.token(identifier) {
                Some((Token::Number(number), _)) => Ok(Expression::Number(*number)),
                Some((Token::Name(name), place)) => self.named(name, place),
                _ => Err(self.unexpected(node)),
            },
            Operator::FunctionIdentifier { identifier } => match self.token(identifier) {
                Some((Token::Callee(callee), place)) => self.called(*callee, place, node),
                _ => Err(self.unexpected(node)),
            },
            _ => Err(self.unexpected(node)),
        }
    }

    fn token(&self, identifier: &str) -> Option<&(Token, Range<usize>)> {
        self.statement
            .tokens
            .get(identifier.strip_prefix('t')?.parse::<usize>().ok()?)
    }

    fn unexpected(&self, node: &Node) -> FormulaError {
        FormulaError::unparsable(
            self.statement.place.clone(),
            format!(
                "expected an expression, found the operator {:?}",
                node.operator()
            ),
        )
    }

    fn named(&self, name: &str, place: &Range<usize>) -> Result<Expression, FormulaError> {
        if let Some(index) = self
            .program
            .bindings
            .iter()
            .rposition(|(other, _)| other == name)
        {
            return Ok(Expression::Binding(index));
        }
        if let Some(index) = self
            .program
            .variables
            .iter()
            .position(|other| other == name)
        {
            return Ok(Expression::Variable(index));
        }
        if let Some(value) = spelling::constant_value(name) {
            return Ok(Expression::Number(value));
        }
        let message = match (name, spelling::callee("", name)) {
            ("inf" | "nan" | "infinity", _) => {
                format!("`{name}` is not finite: write a finite number")
            }
            ("True" | "true", _) => format!("`{name}` is not read: write 1"),
            ("False" | "false", _) => format!("`{name}` is not read: write 0"),
            ("not", _) => "`not` is not read: write 1 - condition".to_owned(),
            (_, Ok(callee)) => format!(
                "the function `{}` needs its arguments: write `{name}({})`",
                callee.name(),
                self.program.variables.join(", ")
            ),
            _ => {
                let bindings = self.program.bindings.iter().map(|(name, _)| name.as_str());
                let known = self
                    .program
                    .variables
                    .iter()
                    .map(String::as_str)
                    .chain(bindings)
                    .chain(["pi", "e"]);
                // Alone, it was meant as the name of an activation.
                let alone = self.program.bindings.is_empty() && self.statement.tokens.len() == 1;
                let activations = spelling::known_names()
                    .filter(|_| alone)
                    .map(|name| -> &str { name });
                format!(
                    "unknown name `{}`: the nearest known one is `{}`",
                    spelling::shortened(name),
                    nearest(name, known.chain(activations))
                )
            }
        };
        Err(FormulaError::unparsable(place.clone(), message))
    }

    /// The bytes of an argument of the call whose function stands at `callee`.
    fn argument_place(&self, callee: &Range<usize>, argument: usize) -> Range<usize> {
        let (mut depth, mut commas) = (0, 0);
        let mut place: Option<Range<usize>> = None;
        // Places ascend, save for tokens that a keyword gave, which have that keyword's.
        for (token, at) in self
            .statement
            .tokens
            .iter()
            .skip_while(|(_, at)| at != callee)
            .skip(1)
        {
            match token {
                Token::Close if depth == 1 => break,
                Token::Comma if depth == 1 => commas += 1,
                _ if depth > 0 && commas == argument => {
                    place = Some(place.map_or(at.start, |place| place.start)..at.end)
                }
                _ => {}
            }
            match token {
                Token::Open => depth += 1,
                Token::Close => depth -= 1,
                _ => {}
            }
        }
        place.unwrap_or_else(|| callee.clone())
    }

    fn called(
        &self,
        callee: Callee,
        token: &Range<usize>,
        node: &Node,
    ) -> Result<Expression, FormulaError> {
        let [parentheses] = node.children() else {
            return Err(self.unexpected(node));
        };
        let inside = match parentheses.children() {
            [tuple]
                if *parentheses.operator() == Operator::RootNode
                    && *tuple.operator() == Operator::Tuple =>
            {
                tuple.children()
            }
            _ => node.children(),
        };
        let mut arguments: Vec<Expression> = inside
            .iter()
            .map(|child| self.lower(child))
            .collect::<Result<_, _>>()?;
        if let Callee::Known(index) = callee {
            return Ok(known_call::expand(
                published_program(&published::all()[index]),
                arguments.remove(0),
                self.program.bindings.len(),
                &mut self.expanded.borrow_mut(),
            ));
        }
        if let Callee::Function(function) = callee {
            if let Some(argument) = lower::numeric_argument(function) {
                let expanded = self.expanded.borrow();
                let value = lower::constant(
                    self.program.bindings.iter().chain(expanded.iter()),
                    &arguments[argument],
                );
                lower::checked_number(function, value).map_err(|message| {
                    FormulaError::unparsable(self.argument_place(token, argument), message)
                })?;
            }
        }
        Ok(written_out(callee, arguments))
    }
}

/// A condition as 1 or 0.
fn truth(expression: Expression) -> Expression {
    if is_truth(&expression) {
        return expression;
    }
    Expression::Call(
        Function::NotEqual,
        vec![expression, Expression::Number(0.0)],
    )
}

fn is_truth(expression: &Expression) -> bool {
    use Function::*;
    match expression {
        Expression::Call(Less | LessEqual | Greater | GreaterEqual | Equal | NotEqual, _) => true,
        Expression::Call(Multiply | Max, arguments) => arguments.iter().all(is_truth),
        _ => false,
    }
}

/// The call of `callee`, whose number of arguments has been checked.
fn written_out(callee: Callee, mut arguments: Vec<Expression>) -> Expression {
    use Expression::{Call, Number};
    use Function::*;
    let one = Number(1.0);
    if arguments.len() < callee.arity() {
        arguments.extend(callee.default_argument().map(Number));
    }
    match callee {
        Callee::Function(function) if function.arity() < arguments.len() => {
            let rest = arguments.split_off(2);
            rest.into_iter()
                .fold(Call(function, arguments), |folded, argument| {
                    Call(function, vec![folded, argument])
                })
        }
        Callee::Function(function) => Call(function, arguments),
        Callee::SquareOf(function) => Call(Power, vec![Call(function, arguments), Number(2.0)]),
        Callee::Coupled(coupling) => {
            unreachable!("the axis of `{}` was resolved before", coupling.name())
        }
        Callee::Log2 => Call(
            Divide,
            vec![Call(Log, arguments), Number(std::f64::consts::LN_2)],
        ),
        Callee::Log10 => Call(
            Divide,
            vec![Call(Log, arguments), Number(std::f64::consts::LN_10)],
        ),
        Callee::Exp2 => Call(Power, vec![Number(2.0), arguments.remove(0)]),
        Callee::Rsqrt => Call(Divide, vec![one, Call(Sqrt, arguments)]),
        Callee::Relu6 => Call(Clamp, vec![arguments.remove(0), Number(0.0), Number(6.0)]),
        Callee::And => Call(Multiply, arguments.into_iter().map(truth).collect()),
        Callee::Or => Call(Max, arguments.into_iter().map(truth).collect()),
        Callee::Known(_) => {
            unreachable!("calls of the library are expanded where the program is at hand")
        }
        Callee::Not => Call(Equal, vec![arguments.remove(0), Number(0.0)]),
        Callee::HardTanh => Call(
            Clamp,
            vec![arguments.remove(0), Call(Negate, vec![one.clone()]), one],
        ),
    }
}

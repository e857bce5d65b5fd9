//! Words into checked statements: length, nesting and the order of operands and operators, so that
//! what follows cannot be misread.

use std::ops::Range;

use super::coupling::{self, Coupling, Setting, Value};
use super::error::{FormulaError, FormulaErrorKind};
use super::header;
use super::lex::{self, Lexeme};
use super::limits;
use super::spelling::{self, Callee};

/// What stands at a place of an expression, in reading order.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Name(String),
    /// A function; an `Open` follows.
    Callee(Callee),
    /// A minus sign before an operand.
    Sign,
    /// An operator between operands, as evalexpr spells it.
    Operator(&'static str),
    Open,
    Close,
    Comma,
}

/// One line: the name that it binds, if any, and its expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statement {
    pub name: Option<String>,
    pub tokens: Vec<(Token, Range<usize>)>,
    pub place: Range<usize>,
}

/// Whether `name` can name a binding.
pub(super) fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !spelling::KEYWORDS.contains(&name)
}

/// The statements of `text`, a function of `variables`, at least one; only the last may bind no
/// name.
pub(super) fn statements(text: &str, variables: &[&str]) -> Result<Vec<Statement>, FormulaError> {
    if text.len() > limits::TEXT_BYTES {
        let message = format!(
            "the formula has {} bytes, at most {} are allowed",
            text.len(),
            limits::TEXT_BYTES
        );
        return Err(FormulaError::without_place(
            FormulaErrorKind::TooLarge,
            message,
        ));
    }
    let lexemes = lex::lexemes(text, header::length(text, variables))?;
    let lines: Vec<&[(Lexeme, Range<usize>)]> = lexemes
        .split(|(lexeme, _)| *lexeme == Lexeme::Separator)
        .filter(|line| !line.is_empty())
        .collect();
    let Some(last) = lines.len().checked_sub(1) else {
        return Err(FormulaError::unparsable(
            0..text.len(),
            "expected a formula such as `x * sigmoid(x)`, found nothing",
        ));
    };
    let mut nodes = 0;
    let mut statements = Vec::with_capacity(lines.len());
    for (index, line) in lines.into_iter().enumerate() {
        let statement = statement(line, index == last)?;
        nodes += statement
            .tokens
            .iter()
            .filter(|(token, _)| !matches!(token, Token::Open | Token::Close | Token::Comma))
            .count();
        if nodes > limits::PROGRAM_NODES {
            let message = format!(
                "more than {} numbers, names and operators",
                limits::PROGRAM_NODES
            );
            return Err(FormulaError::at(
                FormulaErrorKind::TooLarge,
                statement.place,
                message,
            ));
        }
        statements.push(statement);
    }
    Ok(statements)
}

fn statement(line: &[(Lexeme, Range<usize>)], is_last: bool) -> Result<Statement, FormulaError> {
    let place = line[0].1.start..line[line.len() - 1].1.end;
    let word = |index: usize| match line.get(index) {
        Some((Lexeme::Name { prefix, name }, _)) if prefix.is_empty() => Some(name.as_str()),
        _ => None,
    };
    let mut from = 0;
    if word(0) == Some("let") && word(1).is_some() {
        from = 1;
    }
    let returned = word(0) == Some("return");
    if returned {
        if !is_last {
            return Err(FormulaError::unparsable(
                place,
                "`return` may stand only on the last line",
            ));
        }
        from = 1;
    }
    let mut name = None;
    if let (Some(bound), Some((Lexeme::Symbol("="), _)), false) =
        (word(from), line.get(from + 1), returned)
    {
        if !is_name(bound) {
            return Err(FormulaError::unparsable(
                line[from].1.clone(),
                format!("`{bound}` is a keyword and cannot be a name: choose another"),
            ));
        }
        name = Some(bound.to_owned());
        from += 2;
    }
    if name.is_none() && !is_last && matches!(word(0), Some("import" | "from")) {
        return Err(FormulaError::unparsable(
            place,
            "imports are not read: remove this line, every function is known already",
        ));
    }
    if name.is_none() && !is_last {
        let message = "this line binds no name, so it has no effect: write `name = ...`, or keep \
            one expression, on the last line";
        return Err(FormulaError::unparsable(place, message));
    }
    let tokens = Grammar::default().read(&line[from..], place.end)?;
    Ok(Statement {
        name,
        tokens,
        place,
    })
}

/// An open parenthesis, or the statement itself.
#[derive(Clone, Default)]
struct Frame {
    open: usize,
    /// The number of its token.
    token: usize,
    call: Option<Callee>,
    /// The numbers of the commas between its arguments.
    commas: Vec<usize>,
    settings: Vec<Setting>,
    in_power: bool,
    in_comparison: bool,
}

/// Reads lexemes as alternating operands and operators with balanced parentheses.
#[derive(Default)]
struct Grammar {
    tokens: Vec<(Token, Range<usize>)>,
    frames: Vec<Frame>,
    signs: usize,
}

impl Grammar {
    fn read(
        mut self,
        lexemes: &[(Lexeme, Range<usize>)],
        end: usize,
    ) -> Result<Vec<(Token, Range<usize>)>, FormulaError> {
        self.frames.push(Frame::default());
        let mut operand_wanted = true;
        let mut index = 0;
        while let Some((lexeme, place)) = lexemes.get(index) {
            if operand_wanted && self.is_keyword(&lexemes[index..]) {
                index += self.keyword(&lexemes[index..], end)?;
                operand_wanted = false;
                continue;
            }
            let followed_by_open = matches!(lexemes.get(index + 1), Some((Lexeme::Symbol("("), _)));
            operand_wanted = if operand_wanted {
                self.operand(lexeme, place, followed_by_open)?
            } else {
                self.operator(lexeme, place, followed_by_open)?
            };
            index += 1;
        }
        if operand_wanted {
            let at = lexemes.last().map_or(end..end, |(_, place)| place.clone());
            return Err(FormulaError::unparsable(
                at,
                "expected a number, a name or `(`, found the end of the line",
            ));
        }
        if let Some(frame) = self.frames.get(1..).and_then(<[Frame]>::last) {
            return Err(FormulaError::unparsable(
                frame.open..frame.open + 1,
                "this `(` is never closed: add `)`",
            ));
        }
        Ok(self.tokens)
    }

    /// Whether an argument by keyword begins, in the call of a function that has such.
    fn is_keyword(&mut self, lexemes: &[(Lexeme, Range<usize>)]) -> bool {
        let [(Lexeme::Name { prefix, name }, _), (Lexeme::Symbol("="), _), ..] = lexemes else {
            return false;
        };
        let call = match self.frame().call {
            Some(call) if prefix.is_empty() => call,
            _ => return false,
        };
        if let Some(extremum) = coupling::extremum(call, name) {
            self.frame().call = Some(Callee::Coupled(extremum));
        }
        matches!(self.frame().call, Some(Callee::Coupled(_)))
    }

    /// Reads an argument by keyword, and the comma before it; how many lexemes it has.
    fn keyword(
        &mut self,
        lexemes: &[(Lexeme, Range<usize>)],
        end: usize,
    ) -> Result<usize, FormulaError> {
        let (word, name_place) = &lexemes[0];
        let keyword = match word {
            Lexeme::Name { name, .. } => name.clone(),
            other => unreachable!("`is_keyword` found a name, not {other:?}"),
        };
        if !matches!(self.tokens.last(), Some((Token::Comma, _))) {
            let message = format!(
                "expected the values before `{}=`",
                spelling::shortened(&keyword)
            );
            return Err(FormulaError::unparsable(name_place.clone(), message));
        }
        self.tokens.pop();
        self.frame().commas.pop();
        let is_negative = matches!(lexemes.get(2), Some((Lexeme::Symbol("-"), _)));
        let length = if is_negative { 4 } else { 3 };
        let word = |lexeme: &Lexeme| matches!(lexeme, Lexeme::Name { prefix, .. } if prefix.is_empty() && !is_negative);
        let value = match lexemes.get(length - 1) {
            Some((Lexeme::Number(number), _)) => {
                Some(Value::Number(if is_negative { -number } else { *number }))
            }
            Some((lexeme @ Lexeme::Name { name, .. }, _)) if word(lexeme) => match name.as_str() {
                "True" => Some(Value::Truth(true)),
                "False" => Some(Value::Truth(false)),
                "None" => Some(Value::Nothing),
                _ => None,
            },
            _ => None,
        };
        let Some(value) = value else {
            let (found, place) = match lexemes.get(length - 1) {
                Some((lexeme, place)) => (lexeme.described(), place.clone()),
                None => (Lexeme::Separator.described(), end..end),
            };
            let message = format!(
                "expected one number, True, False or None after `{}=`, found {found}",
                spelling::shortened(&keyword)
            );
            return Err(FormulaError::unparsable(place, message));
        };
        let place = name_place.start..lexemes[length - 1].1.end;
        self.frame().settings.push(Setting {
            keyword,
            value,
            place,
        });
        Ok(length)
    }

    /// Reads what stands where an operand is wanted; whether one is still wanted after it.
    fn operand(
        &mut self,
        lexeme: &Lexeme,
        place: &Range<usize>,
        followed_by_open: bool,
    ) -> Result<bool, FormulaError> {
        if !self.frame().settings.is_empty() && *lexeme != Lexeme::Symbol(")") {
            let message = format!(
                "expected `)` or an argument by keyword after another, found {}",
                lexeme.described()
            );
            return Err(FormulaError::unparsable(place.clone(), message));
        }
        match lexeme {
            Lexeme::Number(number) => self.push(Token::Number(*number), place),
            Lexeme::Name { prefix, name } if followed_by_open => {
                let callee = spelling::callee(prefix, name)
                    .map_err(|(kind, message)| FormulaError::at(kind, place.clone(), message))?;
                self.push(Token::Callee(callee), place);
                return Ok(true);
            }
            Lexeme::Name { prefix, name } => {
                let name = spelling::constant(prefix, name)
                    .map_err(|message| FormulaError::unparsable(place.clone(), message))?;
                self.push(Token::Name(name), place);
            }
            Lexeme::Symbol("(") => {
                let call = match self.tokens.last() {
                    Some((Token::Callee(callee), _)) => Some(*callee),
                    _ => None,
                };
                self.frames.push(Frame {
                    open: place.start,
                    token: self.tokens.len(),
                    call,
                    ..Frame::default()
                });
                self.push(Token::Open, place);
                return self.nested(place).map(|()| true);
            }
            Lexeme::Symbol("-") => {
                self.push(Token::Sign, place);
                self.signs += 1;
                return self.nested(place).map(|()| true);
            }
            // A plus sign before an operand means nothing.
            Lexeme::Symbol("+") => return Ok(true),
            Lexeme::Symbol(")") if matches!(self.tokens.last(), Some((Token::Open, _))) => {
                let message = match self.frame().call {
                    Some(callee) => format!(
                        "expected {} of `{}`, found none",
                        arguments(callee.fewest()),
                        callee.name()
                    ),
                    None => "expected an expression in the parentheses, found none".to_owned(),
                };
                return Err(FormulaError::unparsable(place.clone(), message));
            }
            // A comma after the last argument means nothing.
            Lexeme::Symbol(")") if matches!(self.tokens.last(), Some((Token::Comma, _))) => {
                self.tokens.pop();
                self.frame().commas.pop();
                return self.operator(lexeme, place, followed_by_open);
            }
            Lexeme::Symbol("=") => return Err(self.misplaced_equals(place)),
            Lexeme::Symbol("/")
                if matches!(self.tokens.last(), Some((Token::Operator("/"), _))) =>
            {
                return Err(FormulaError::unparsable(
                    place.clone(),
                    "`//` is not read: division is one `/`, the whole part floor(a / b)",
                ));
            }
            other => {
                let message = format!(
                    "expected a number, a name or `(`, found {}",
                    other.described()
                );
                return Err(FormulaError::unparsable(place.clone(), message));
            }
        }
        self.signs = 0;
        Ok(false)
    }

    /// Reads what stands where an operator is wanted; whether an operand is wanted after it.
    fn operator(
        &mut self,
        lexeme: &Lexeme,
        place: &Range<usize>,
        followed_by_open: bool,
    ) -> Result<bool, FormulaError> {
        if !self.frame().settings.is_empty() && !matches!(lexeme, Lexeme::Symbol(")" | ",")) {
            let message = format!(
                "expected `)` or `,` after an argument by keyword, found {}",
                lexeme.described()
            );
            return Err(FormulaError::unparsable(place.clone(), message));
        }
        let symbol = match lexeme {
            Lexeme::Symbol(symbol) => *symbol,
            Lexeme::Name { prefix, name }
                if prefix.is_empty() && (name == "if" || name == "else") =>
            {
                return Err(FormulaError::unparsable(
                    place.clone(),
                    "`a if c else b` is not read: write `where(c, a, b)`",
                ));
            }
            other => {
                let advice = match self.tokens.last() {
                    Some((Token::Name(name), _)) if name == "not" => {
                        "write 1 - condition for `not`".to_owned()
                    }
                    Some((Token::Name(name), _))
                        if spelling::callee("", name).is_ok() && !followed_by_open =>
                    {
                        format!("write a call with parentheses, as in `{name}(x)`")
                    }
                    _ => "write a product with `*`".to_owned(),
                };
                let message = format!(
                    "expected an operator, found {}: {advice}",
                    other.described()
                );
                return Err(FormulaError::unparsable(place.clone(), message));
            }
        };
        match symbol {
            ")" => {
                let frame = self.close(place)?;
                match frame.call {
                    Some(Callee::Coupled(coupling)) => self.resolve(frame, coupling, place)?,
                    _ => self.check_arguments(&frame, place)?,
                }
                return Ok(false);
            }
            "," => {
                if self.frame().call.is_none() {
                    return Err(FormulaError::unparsable(
                        place.clone(),
                        "`,` may stand only between the arguments of a function",
                    ));
                }
                let comma = self.tokens.len();
                let frame = self.frame();
                frame.commas.push(comma);
                (frame.in_power, frame.in_comparison) = (false, false);
                self.push(Token::Comma, place);
                return Ok(true);
            }
            "(" => {
                return Err(FormulaError::unparsable(
                    place.clone(),
                    "expected an operator, found `(`: write a product with `*`",
                ))
            }
            "=" => return Err(self.misplaced_equals(place)),
            _ => {}
        }
        let compares = matches!(symbol, "<" | "<=" | ">" | ">=" | "==" | "!=");
        let joins = matches!(symbol, "&&" | "||");
        let frame = self.frame();
        if symbol == "^" && frame.in_power {
            let message = "a chain of powers is read differently by different languages: add \
                parentheses, as in `a^(b^c)` or `(a^b)^c`";
            return Err(FormulaError::unparsable(place.clone(), message));
        }
        if compares && frame.in_comparison {
            let message = "a chain of comparisons is read differently by different languages: \
                write `(a < b) * (b < c)`";
            return Err(FormulaError::unparsable(place.clone(), message));
        }
        frame.in_power = symbol == "^";
        frame.in_comparison = compares || frame.in_comparison && !joins;
        self.push(Token::Operator(symbol), place);
        Ok(true)
    }

    fn frame(&mut self) -> &mut Frame {
        self.frames
            .last_mut()
            .expect("the statement's own frame is never closed")
    }

    fn push(&mut self, token: Token, place: &Range<usize>) {
        self.tokens.push((token, place.clone()));
    }

    fn nested(&self, place: &Range<usize>) -> Result<(), FormulaError> {
        if self.frames.len() - 1 + self.signs > limits::NESTING {
            let message = format!(
                "nested deeper than {}: bind the inner parts to names on lines of their own",
                limits::NESTING
            );
            return Err(FormulaError::at(
                FormulaErrorKind::TooLarge,
                place.clone(),
                message,
            ));
        }
        Ok(())
    }

    fn close(&mut self, place: &Range<usize>) -> Result<Frame, FormulaError> {
        if self.frames.len() == 1 {
            return Err(FormulaError::unparsable(
                place.clone(),
                "this `)` closes nothing: remove it, or add its `(`",
            ));
        }
        self.push(Token::Close, place);
        Ok(self.frames.pop().expect("more than one frame is open"))
    }

    /// Puts the function that an axis names in the place of a coupling's name, and leaves its
    /// values alone as arguments.
    fn resolve(
        &mut self,
        frame: Frame,
        coupling: Coupling,
        place: &Range<usize>,
    ) -> Result<(), FormulaError> {
        let (name, values, found) = (coupling.name(), coupling.values(), frame.commas.len() + 1);
        let callee = frame.token - 1;
        let callee_place = self.tokens[callee].1.clone();
        let mut settings = frame.settings;
        let close = self
            .tokens
            .pop()
            .expect("the parenthesis has just been closed");
        if found > values && coupling.compares() {
            let message = format!(
                "`{name}` of a library may mean the {name} along an axis: write `{name}imum(a, \
                 b)` for that of two values, `{name}(x, axis=-1)` for the other"
            );
            return Err(FormulaError::unparsable(callee_place, message));
        }
        if found > values + 1 {
            let message = format!(
                "`{name}` takes {} and an axis, found {found}",
                arguments(values)
            );
            return Err(FormulaError::unparsable(frame.open..place.end, message));
        }
        if let Some(comma) = frame.commas.get(values - 1) {
            let (value, place) = match &self.tokens[comma + 1..] {
                [(Token::Number(number), place)] => (Value::Number(*number), place.clone()),
                [(Token::Sign, sign), (Token::Number(number), place)] => {
                    (Value::Number(-number), sign.start..place.end)
                }
                [(Token::Name(name), place)] if name == "None" => (Value::Nothing, place.clone()),
                _ => {
                    let message = format!(
                        "expected the axis of `{name}` here, -1, 0, 1 or None, found an expression"
                    );
                    return Err(FormulaError::unparsable(
                        self.tokens[comma + 1].1.start..close.1.start,
                        message,
                    ));
                }
            };
            settings.insert(
                0,
                Setting {
                    keyword: "axis".to_owned(),
                    value,
                    place,
                },
            );
            self.tokens.truncate(*comma);
        }
        let refused = |(at, message): coupling::Refusal| {
            FormulaError::unparsable(at.unwrap_or(callee_place), message)
        };
        let resolved = coupling.resolved(&settings).map_err(refused)?;
        match resolved.shift {
            Some((_, at)) if found >= values => {
                return Err(FormulaError::unparsable(
                    at,
                    format!("`{name}` has its places already: remove one of the two"),
                ));
            }
            Some((places, at)) => {
                self.push(Token::Comma, &at);
                if places < 0.0 {
                    self.push(Token::Sign, &at);
                }
                self.push(Token::Number(places.abs()), &at);
            }
            None if found < values => {
                let message = format!("`{name}` takes {}, found {found}", arguments(values));
                return Err(FormulaError::unparsable(frame.open..place.end, message));
            }
            None => {}
        }
        self.tokens[callee].0 = Token::Callee(resolved.callee);
        self.tokens.push(close);
        Ok(())
    }

    fn check_arguments(&self, frame: &Frame, place: &Range<usize>) -> Result<(), FormulaError> {
        let Some(callee) = frame.call else {
            return Ok(());
        };
        let found = frame.commas.len() + 1;
        if (callee.fewest()..=callee.arity()).contains(&found) || found > 2 && callee.takes_more() {
            return Ok(());
        }
        let wanted = arguments(callee.fewest());
        let or_more = match () {
            () if callee.takes_more() => " or more",
            () if callee.fewest() < callee.arity() => " or one more",
            () => "",
        };
        let message = format!("`{}` takes {wanted}{or_more}, found {found}", callee.name());
        Err(FormulaError::unparsable(frame.open..place.end, message))
    }

    fn misplaced_equals(&mut self, place: &Range<usize>) -> FormulaError {
        let message = if matches!(self.tokens.last(), Some((Token::Operator(_), operator)) if operator.end == place.start)
        {
            "an operator with `=` is not read: write `a = a + b`"
        } else if self.frame().call.is_some() {
            "arguments by keyword are not read: write them in order, or write the function out"
        } else {
            "`=` may stand only after a name at the start of a line; to compare, write `==`"
        };
        FormulaError::unparsable(place.clone(), message)
    }
}

fn arguments(count: usize) -> String {
    format!("{count} argument{}", if count == 1 { "" } else { "s" })
}

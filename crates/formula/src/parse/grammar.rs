//! The grammar of an expression: operands and operators alternate, parentheses balance, and each
//! call has its arguments, so that what follows cannot be misread.

use std::ops::Range;

use super::callee::Callee;
use super::coupling::Setting;
use super::lex::Lexeme;
use super::spelling;
use super::token::Token;
use crate::error::{FormulaError, FormulaErrorKind};
use crate::limits;

/// An open parenthesis, or the statement itself.
#[derive(Clone, Default)]
pub(super) struct Frame {
    pub open: usize,
    /// The number of its token.
    pub token: usize,
    pub call: Option<Callee>,
    /// The numbers of the commas between its arguments.
    pub commas: Vec<usize>,
    pub settings: Vec<Setting>,
    in_power: bool,
    in_comparison: bool,
}

/// Reads lexemes as alternating operands and operators with balanced parentheses.
#[derive(Default)]
pub(super) struct Grammar {
    pub tokens: Vec<(Token, Range<usize>)>,
    frames: Vec<Frame>,
    signs: usize,
}

impl Grammar {
    /// The tokens of one expression, whose line ends at the byte `end`.
    pub fn read(
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
            Lexeme::Symbol("(") => return self.open(place).map(|()| true),
            Lexeme::Symbol("-") => {
                self.push(Token::Sign, place);
                self.signs += 1;
                return self.nested(place).map(|()| true);
            }
            // A plus sign before an operand means nothing.
            Lexeme::Symbol("+") => return Ok(true),
            // A comma after the last argument means nothing.
            Lexeme::Symbol(")") if matches!(self.tokens.last(), Some((Token::Comma, _))) => {
                self.tokens.pop();
                self.frame().commas.pop();
                return self.operator(lexeme, place, followed_by_open);
            }
            other => return Err(self.no_operand(other, place)),
        }
        self.signs = 0;
        Ok(false)
    }

    /// Why what stands where an operand is wanted is none.
    fn no_operand(&self, lexeme: &Lexeme, place: &Range<usize>) -> FormulaError {
        let message = match (lexeme, self.tokens.last()) {
            (Lexeme::Symbol(")"), Some((Token::Open, _))) => match self.call() {
                Some(callee) => format!(
                    "expected {} of `{}`, found none",
                    arguments(callee.fewest()),
                    callee.name()
                ),
                None => "expected an expression in the parentheses, found none".to_owned(),
            },
            (Lexeme::Symbol("="), _) => return self.misplaced_equals(place),
            (Lexeme::Symbol("/"), Some((Token::Operator("/"), _))) => {
                "`//` is not read: division is one `/`, the whole part floor(a / b)".to_owned()
            }
            (other, _) => format!(
                "expected a number, a name or `(`, found {}",
                other.described()
            ),
        };
        FormulaError::unparsable(place.clone(), message)
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
        let Lexeme::Symbol(symbol) = lexeme else {
            return Err(self.no_operator(lexeme, place, followed_by_open));
        };
        match *symbol {
            ")" => self.end_of_parentheses(place).map(|()| false),
            "," => self.comma(place).map(|()| true),
            "(" => Err(FormulaError::unparsable(
                place.clone(),
                "expected an operator, found `(`: write a product with `*`",
            )),
            "=" => Err(self.misplaced_equals(place)),
            symbol => self.between(symbol, place).map(|()| true),
        }
    }

    /// Why what stands where an operator is wanted is none.
    fn no_operator(
        &self,
        lexeme: &Lexeme,
        place: &Range<usize>,
        followed_by_open: bool,
    ) -> FormulaError {
        if let Lexeme::Name { prefix, name } = lexeme {
            if prefix.is_empty() && (name == "if" || name == "else") {
                return FormulaError::unparsable(
                    place.clone(),
                    "`a if c else b` is not read: write `where(c, a, b)`",
                );
            }
        }
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
            lexeme.described()
        );
        FormulaError::unparsable(place.clone(), message)
    }

    fn end_of_parentheses(&mut self, place: &Range<usize>) -> Result<(), FormulaError> {
        let frame = self.close(place)?;
        match frame.call {
            Some(Callee::Coupled(coupling)) => self.resolve(frame, coupling, place),
            _ => self.check_arguments(&frame, place),
        }
    }

    fn comma(&mut self, place: &Range<usize>) -> Result<(), FormulaError> {
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
        Ok(())
    }

    /// Reads an operator between operands, which may not be one more of a chain that languages read
    /// differently.
    fn between(&mut self, symbol: &'static str, place: &Range<usize>) -> Result<(), FormulaError> {
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
        Ok(())
    }

    /// The innermost open parenthesis.
    pub fn frame(&mut self) -> &mut Frame {
        self.frames
            .last_mut()
            .expect("the statement's own frame is never closed")
    }

    /// The function whose arguments stand in the innermost parenthesis.
    fn call(&self) -> Option<Callee> {
        self.frames.last().and_then(|frame| frame.call)
    }

    pub fn push(&mut self, token: Token, place: &Range<usize>) {
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

    fn open(&mut self, place: &Range<usize>) -> Result<(), FormulaError> {
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
        self.nested(place)
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

    fn misplaced_equals(&self, place: &Range<usize>) -> FormulaError {
        let follows_operator = match self.tokens.last() {
            Some((Token::Operator(_), operator)) => operator.end == place.start,
            _ => false,
        };
        let message = if follows_operator {
            "an operator with `=` is not read: write `a = a + b`"
        } else if self.call().is_some() {
            "arguments by keyword are not read: write them in order, or write the function out"
        } else {
            "`=` may stand only after a name at the start of a line; to compare, write `==`"
        };
        FormulaError::unparsable(place.clone(), message)
    }
}

/// A number of arguments in words.
pub(super) fn arguments(count: usize) -> String {
    format!("{count} argument{}", if count == 1 { "" } else { "s" })
}

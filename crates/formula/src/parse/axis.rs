//! Arguments by keyword and the axis of a statistic or roll, in the middle of the grammar.

use std::ops::Range;

use super::callee::Callee;
use super::coupling::{self, Coupling, Setting, Value};
use super::grammar::{arguments, Frame, Grammar};
use super::lex::Lexeme;
use super::spelling;
use super::token::Token;
use crate::error::FormulaError;

impl Grammar {
    /// Whether an argument by keyword begins, in the call of a function that has such.
    pub fn is_keyword(&mut self, lexemes: &[(Lexeme, Range<usize>)]) -> bool {
        let [(Lexeme::Name { prefix, name }, _), (Lexeme::Symbol("="), _), ..] = lexemes else {
            return false;
        };
        if !prefix.is_empty() {
            return false;
        }
        if let Some(Callee::Function(function)) = self.frame().call {
            if let Some(extremum) = coupling::extremum(function, name) {
                self.frame().call = Some(Callee::Coupled(extremum));
            }
        }
        matches!(self.frame().call, Some(Callee::Coupled(_)))
    }

    /// Reads an argument by keyword, and the comma before it; how many lexemes it has.
    pub fn keyword(
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
        let (value, length) = keyword_value(lexemes);
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

    /// Puts the function that an axis names in the place of a coupling's name, and leaves its
    /// values alone as arguments.
    pub fn resolve(
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
        check_count(coupling, found, &callee_place, frame.open..place.end)?;
        if let Some(comma) = frame.commas.get(values - 1) {
            let (value, place) = axis_value(&self.tokens[comma + 1..]).ok_or_else(|| {
                let place = self.tokens[comma + 1].1.start..close.1.start;
                let message = format!(
                    "expected the axis of `{name}` here, -1, 0, 1 or None, found an expression"
                );
                FormulaError::unparsable(place, message)
            })?;
            let axis = Setting {
                keyword: "axis".to_owned(),
                value,
                place,
            };
            settings.insert(0, axis);
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
        self.tokens[callee].0 = Token::Callee(resolved.meaning.into());
        self.tokens.push(close);
        Ok(())
    }
}

/// Refuses a call of more than the values and an axis; `call` are the bytes of its parentheses.
fn check_count(
    coupling: Coupling,
    found: usize,
    callee: &Range<usize>,
    call: Range<usize>,
) -> Result<(), FormulaError> {
    let (name, values) = (coupling.name(), coupling.values());
    if found > values && coupling.compares() {
        let message = format!(
            "`{name}` of a library may mean the {name} along an axis: write `{name}imum(a, b)` \
             for that of two values, `{name}(x, axis=-1)` for the other"
        );
        return Err(FormulaError::unparsable(callee.clone(), message));
    }
    if found > values + 1 {
        let message = format!(
            "`{name}` takes {} and an axis, found {found}",
            arguments(values)
        );
        return Err(FormulaError::unparsable(call, message));
    }
    Ok(())
}

/// The value after a keyword and its `=`, and the number of lexemes from the keyword to it; `None`
/// where no value stands there.
fn keyword_value(lexemes: &[(Lexeme, Range<usize>)]) -> (Option<Value>, usize) {
    if let Some((Lexeme::Symbol("-"), _)) = lexemes.get(2) {
        let value = match lexemes.get(3) {
            Some((Lexeme::Number(number), _)) => Some(Value::Number(-number)),
            _ => None,
        };
        return (value, 4);
    }
    let value = match lexemes.get(2) {
        Some((Lexeme::Number(number), _)) => Some(Value::Number(*number)),
        Some((Lexeme::Name { prefix, name }, _)) if prefix.is_empty() => match name.as_str() {
            "True" => Some(Value::Truth(true)),
            "False" => Some(Value::Truth(false)),
            "None" => Some(Value::Nothing),
            _ => None,
        },
        _ => None,
    };
    (value, 3)
}

/// The axis that an argument is, and its place; `None` where it is an expression.
fn axis_value(tokens: &[(Token, Range<usize>)]) -> Option<(Value, Range<usize>)> {
    match tokens {
        [(Token::Number(number), place)] => Some((Value::Number(*number), place.clone())),
        [(Token::Sign, sign), (Token::Number(number), place)] => {
            Some((Value::Number(-number), sign.start..place.end))
        }
        [(Token::Name(name), place)] if name == "None" => Some((Value::Nothing, place.clone())),
        _ => None,
    }
}

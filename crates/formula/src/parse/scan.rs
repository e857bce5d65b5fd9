//! Text into statements, each of checked tokens: length, size, names and `return`.

use std::ops::Range;

use super::grammar::Grammar;
use super::header;
use super::lex::{self, Lexeme};
use super::token::{Statement, Token};
use crate::error::{FormulaError, FormulaErrorKind};
use crate::identifier::is_identifier;
use crate::limits;

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
        if !is_identifier(bound) {
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

//! The genetic proposer: varies the expression trees of the parents, or grows new ones. It needs no
//! key and no network.

pub mod grammar;
pub mod screen;
pub mod tree;
pub mod variation;
pub mod widening;

use self::screen::Screen;
use self::tree::tidy;
use self::variation::{cross, immigrant, vary, Operator};
use self::widening::{widened, Widening};
use super::{Brief, Exemplar, ParsedProposal, Proposer, Purse, Reading, Response, Unanswered};
use crate::formula::{Expression, Formula, Function, Program};
use crate::numerics::stop::Stop;
use crate::numerics::stream::Stream;
use crate::record::attempt::{Proposal, Reply};

/// How children are made.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How often each operator is drawn, relative to the others; one that is not named is never
    /// drawn.
    pub operators: Vec<(Operator, f64)>,
    /// The probability that a child of a crossover is mutated too: 0.3.
    pub mutation_after_crossover: f64,
    /// The most nodes of a child: 20, since small functions win. A child of a larger parent may be
    /// as large as that parent.
    pub largest: usize,
    /// The largest depth of a child: 6, or its parent's.
    pub deepest: usize,
    /// The most children that are drawn for one proposal: 400, the last quarter of them immigrants.
    /// A child that is too large or too costly, known, or certain to be refused is drawn again.
    pub draws: u32,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            operators: vec![
                (Operator::Mutation, 0.18),
                (Operator::Insertion, 0.10),
                (Operator::Removal, 0.06),
                (Operator::Regrowth, 0.08),
                (Operator::Wrapping, 0.14),
                (Operator::Constant, 0.14),
                (Operator::Scale, 0.08),
                (Operator::Crossover, 0.14),
                (Operator::Immigrant, 0.08),
            ],
            mutation_after_crossover: 0.3,
            largest: 20,
            deepest: 6,
            draws: 400,
        }
    }
}

/// Children drawn of one operator before another is drawn.
const DRAWS_OF_ONE: u32 = 20;

/// Proposes by evolution of expression trees.
#[derive(Clone, Debug, PartialEq)]
pub struct Genetic {
    settings: Settings,
}

/// An exemplar that a child may be made from.
struct Parent<'a> {
    nickname: &'a str,
    text: &'a str,
    tree: Expression,
}

/// A child and how it was made.
struct Child<'a> {
    tree: Expression,
    of: Vec<&'a Parent<'a>>,
    mutated: bool,
    widening: Option<Widening>,
}

impl Genetic {
    /// Returns a proposer with these settings.
    pub fn new(settings: Settings) -> Genetic {
        Genetic { settings }
    }

    /// Makes one child by `operator`; `None` where the operator has nothing to work on.
    fn child<'a>(
        &self,
        operator: Operator,
        parents: &'a [Parent],
        mates: &'a [Parent],
        stream: &mut Stream,
    ) -> Option<Child<'a>> {
        if operator == Operator::Immigrant {
            return Some(Child {
                tree: tidy(&immigrant(stream)),
                of: Vec::new(),
                mutated: false,
                widening: None,
            });
        }
        if parents.is_empty() {
            return None;
        }
        let first = stream.below(parents.len());
        let parent = &parents[first];
        if operator != Operator::Crossover {
            return Some(Child {
                tree: tidy(&vary(operator, &parent.tree, stream)?),
                of: vec![parent],
                mutated: false,
                widening: None,
            });
        }
        // Elites of the same island stand in where only one parent was sampled.
        let others: Vec<&Parent> = parents
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != first)
            .map(|(_, other)| other)
            .collect();
        let others = if others.is_empty() {
            mates.iter().collect()
        } else {
            others
        };
        if others.is_empty() {
            return None;
        }
        let other = *stream.choose(&others);
        let mut tree = cross(&parent.tree, &other.tree, stream);
        let mutated = stream.chance(self.settings.mutation_after_crossover);
        if mutated {
            tree = vary(Operator::Mutation, &tree, stream)?;
        }
        Some(Child {
            tree: tidy(&tree),
            of: vec![parent, other],
            mutated,
            widening: None,
        })
    }

    /// Returns those exemplars as trees that are small enough to vary. A parameter that a name
    /// shares among several places is a number in its tree.
    fn trees<'a>(&self, exemplars: &'a [Exemplar]) -> Vec<Parent<'a>> {
        let most = 4 * self.settings.largest;
        let tree = |text: &str| {
            let formula = Formula::parse(text).ok()?;
            formula
                .program()
                .inlined(most)
                .or_else(|| with_shared_numbers(formula.program()).inlined(most))
        };
        let parent = |exemplar: &'a Exemplar| {
            let text = exemplar.formula.formula.as_str();
            Some(Parent {
                nickname: &exemplar.formula.nickname,
                text,
                tree: tree(text)?,
            })
        };
        exemplars.iter().filter_map(parent).collect()
    }

    fn is_small(&self, child: &Child) -> bool {
        let largest = child
            .of
            .iter()
            .map(|parent| parent.tree.size())
            .fold(self.settings.largest, usize::max);
        let deepest = child
            .of
            .iter()
            .map(|parent| parent.tree.depth())
            .fold(self.settings.deepest, usize::max);
        child.tree.size() <= largest && child.tree.depth() <= deepest
    }

    fn draw_operator(&self, stream: &mut Stream) -> Operator {
        let weights: Vec<f64> = self
            .settings
            .operators
            .iter()
            .map(|(_, weight)| *weight)
            .collect();
        self.settings.operators[stream.weighted(&weights)].0
    }
}

/// Returns the program with each trainable parameter of its bindings replaced by the number that
/// the parameter starts from.
fn with_shared_numbers(program: &Program) -> Program {
    fn numbers(expression: &Expression) -> Expression {
        match expression {
            Expression::Call(Function::Param | Function::ChannelParam, initial) => {
                numbers(&initial[0])
            }
            Expression::Call(function, arguments) => {
                Expression::Call(*function, arguments.iter().map(numbers).collect())
            }
            leaf => leaf.clone(),
        }
    }
    let bindings = program
        .bindings
        .iter()
        .map(|(name, expression)| (name.clone(), numbers(expression)))
        .collect();
    Program {
        bindings,
        ..program.clone()
    }
}

/// Says how a child was made: the operator and the parents on the first line, then the formula of
/// each parent on a line of its own.
fn account(operator: Operator, child: &Child) -> String {
    let names: Vec<&str> = child.of.iter().map(|parent| parent.nickname).collect();
    let mut account = operator.name().to_owned();
    match names.is_empty() {
        true => account.push_str(", grown at random"),
        false => account.push_str(&format!(" of {}", names.join(" and "))),
    }
    if child.mutated {
        account.push_str(", then mutation");
    }
    if let Some(widening) = child.widening {
        account.push_str(&format!(", with {}", widening.name()));
    }
    for parent in &child.of {
        account.push_str(&format!("\n{}: {}", parent.nickname, parent.text));
    }
    account
}

impl Proposer for Genetic {
    fn name(&self) -> &str {
        "genetic"
    }

    fn repeatable(&self) -> bool {
        true
    }

    fn ask(&self, brief: &Brief, _purse: &dyn Purse, stop: &Stop) -> Result<Response, Unanswered> {
        if stop.is_due() {
            return Err(Unanswered::Stopped);
        }
        let mut stream = brief.key.word("genetic").stream();
        let (parents, mates) = (self.trees(&brief.parents), self.trees(&brief.inspirations));
        let shown = brief
            .parents
            .iter()
            .chain(&brief.inspirations)
            .chain(&brief.baselines)
            .map(|exemplar| exemplar.formula.formula.as_str());
        let failed = brief
            .setbacks
            .iter()
            .map(|setback| setback.formula.as_str());
        let screen = Screen::new(shown.chain(failed), brief);
        let mut operator = self.draw_operator(&mut stream);
        for draw in 1..=self.settings.draws {
            if draw > self.settings.draws / 4 * 3 {
                operator = Operator::Immigrant;
            } else if draw % DRAWS_OF_ONE == 0 {
                operator = self.draw_operator(&mut stream);
            }
            let Some(mut child) = self.child(operator, &parents, &mates, &mut stream) else {
                operator = self.draw_operator(&mut stream);
                continue;
            };
            (child.tree, child.widening) =
                widened(child.tree, brief.class, brief.parameters, &mut stream);
            if !self.is_small(&child) {
                continue;
            }
            if let Some(formula) = screen.admitted(&child.tree) {
                let reply = Reply {
                    model: operator.name().to_owned(),
                    prompt: account(operator, &child),
                    text: formula.to_string(),
                    ..Reply::default()
                };
                let parsed = ParsedProposal::with_formula(proposal(&reply), formula);
                return Ok(Response {
                    reply,
                    reading: Some(Ok(vec![parsed])),
                });
            }
        }
        Err(Unanswered::Failed(format!(
            "none of {} children was new, well-behaved, of at most {} nodes and within the cost \
             budget of {}",
            self.settings.draws, self.settings.largest, brief.cost_budget
        )))
    }

    fn read(&self, reply: &Reply, _formulas: u32) -> Reading {
        Ok(vec![proposal(reply).into()])
    }
}

/// Reads the proposal that stands in a reply of this proposer.
fn proposal(reply: &Reply) -> Proposal {
    Proposal {
        formula: reply.text.clone(),
        name: None,
        rationale: reply.prompt.lines().next().map(str::to_owned),
    }
}

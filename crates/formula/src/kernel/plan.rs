//! A graph with couplings as stages: pointwise programs over blocks, with the sums that they leave,
//! then passes over whole tensors; the next stage reads the results.

use super::liveness::{Liveness, Storage};
use super::program::{Operand, Place, Program, Selection};
use super::slot::{Reach, Slot, Source};
use crate::graph::{Axis, Graph, Node, NodeId, Reduction};

/// A pass over a whole tensor `from`, whose result is another one.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    pub kind: PassKind,
    pub from: Source,
    pub to: Slot,
}

/// What a pass does.
#[derive(Clone, Copy, Debug)]
pub enum PassKind {
    Reduce(Reduction, Axis),
    Roll(i32),
}

/// A sum over the tensor or over each feature, gathered block by block while a program runs.
#[derive(Clone, Copy, Debug)]
pub struct Gather {
    pub is_mean: bool,
    /// [`Reach::Tensor`] or [`Reach::Rows`]: what the sum is the same over.
    pub sums: Reach,
    /// Where the block's terms stand after the program.
    pub from: Place,
    pub to: Slot,
}

/// What runs over blocks, and the passes after it.
#[derive(Clone, Debug)]
pub struct Stage {
    /// One number at a time, then one number a feature, then all elements.
    pub programs: [Program; 3],
    /// The slots that the second program writes.
    pub rows: Vec<usize>,
    pub gathers: Vec<Gather>,
    pub passes: Vec<Pass>,
}

/// Some outputs of a graph, made ready to run over tensors.
#[derive(Clone, Debug)]
pub struct Plan {
    pub stages: Vec<Stage>,
    /// Where each parameter of the graph is to stand before the first stage; `None` for one that is
    /// not read.
    pub parameters: Vec<Option<Slot>>,
    /// `None` for one that the programs write to the caller's slice; only the first can be.
    pub outputs: Vec<Option<Source>>,
    /// How many slots there are of each reach.
    pub slots: [usize; 3],
    pub registers: usize,
    /// Rows may be taken some at a time: no element reads another row's, and what sums over rows is
    /// an output alone.
    pub by_rows: bool,
}

impl Plan {
    /// Plans the `outputs` of a graph; the first of them gets a value for each element.
    pub fn new(graph: &Graph, outputs: &[NodeId]) -> Plan {
        let lives = Liveness::new(graph, outputs);
        let mut storage = Storage::new(graph.nodes().len());
        let nodes = || graph.nodes().iter().enumerate();
        let mut parameters = vec![None; graph.parameters().len()];
        for (index, node) in nodes() {
            if let (Node::Parameter(parameter), true) = (node, lives.is_stored(index)) {
                parameters[*parameter as usize] = Some(storage.place(&lives, index));
            }
        }
        let levels = nodes()
            .filter(|(index, _)| lives.needed[*index])
            .map(|(index, _)| lives.level[index] + 1)
            .max()
            .unwrap_or(0);
        let mut stages = Vec::new();
        for level in 0..levels {
            storage.release(&lives, 2 * level);
            let stage = StagePlanner {
                graph,
                lives: &lives,
                storage: &mut storage,
                level,
            }
            .stage();
            stages.push(stage);
        }
        let outputs = outputs
            .iter()
            .map(|id| storage.source(graph, id.0 as usize))
            .collect();
        let registers = stages
            .iter()
            .flat_map(|stage| &stage.programs)
            .map(|program| program.registers)
            .max()
            .unwrap_or(0);
        Plan {
            stages,
            parameters,
            outputs,
            slots: storage.counts(),
            registers,
            by_rows: lives.by_rows,
        }
    }
}

const STORED: &str = "what a later stage or a pass reads is stored";

/// The program of one stage and reach as it is put together.
#[derive(Default)]
struct Draft {
    graph: Graph,
    /// The node of `graph` for each node of the whole graph that stands in it.
    moved: Vec<Option<NodeId>>,
    inputs: Vec<Operand>,
    /// Where the outputs of `graph` go.
    outputs: Vec<Place>,
    /// Nodes of the whole graph, and of `graph`, that are to be stored.
    stored: Vec<(usize, NodeId)>,
    /// The first registers, which hold the terms of sums.
    registers: usize,
}

impl Draft {
    fn write(&mut self, id: NodeId, place: Place) {
        self.graph.push_output(id);
        self.outputs.push(place);
    }
}

/// Plans one stage.
struct StagePlanner<'a> {
    graph: &'a Graph,
    lives: &'a Liveness,
    storage: &'a mut Storage,
    level: usize,
}

impl StagePlanner<'_> {
    fn stage(mut self) -> Stage {
        let mut gathers = Vec::new();
        let programs = [Reach::Tensor, Reach::Rows, Reach::Element]
            .map(|reach| self.program(reach, &mut gathers));
        let rows = programs[1].1.clone();
        let programs = programs.map(|(program, _)| program);
        self.storage.release(self.lives, 2 * self.level + 1);
        for (gather, result) in &mut gathers {
            gather.to = self.storage.place(self.lives, *result);
        }
        let mut passes = Vec::new();
        for index in self.results() {
            let (kind, a) = match self.graph.nodes()[index] {
                Node::Reduce(reduction, axis, a) if !self.lives.is_gathered(self.graph, index) => {
                    (PassKind::Reduce(reduction, axis), a)
                }
                Node::Roll(places, a) => (PassKind::Roll(places), a),
                _ => continue,
            };
            let from = self.storage.source(self.graph, a.0 as usize).expect(STORED);
            passes.push(Pass {
                kind,
                from,
                to: self.storage.place(self.lives, index),
            });
        }
        Stage {
            programs,
            rows,
            gathers: gathers.into_iter().map(|(gather, _)| gather).collect(),
            passes,
        }
    }

    /// The reductions and rolls that stand after this stage's programs.
    fn results(&self) -> Vec<usize> {
        let after =
            |index: &usize| self.lives.needed[*index] && self.lives.level[*index] == self.level + 1;
        let is_result = |index: &usize| {
            matches!(
                self.graph.nodes()[*index],
                Node::Reduce(..) | Node::Roll(..)
            )
        };
        (0..self.graph.nodes().len())
            .filter(after)
            .filter(is_result)
            .collect()
    }

    /// The program of the pointwise nodes of one reach, with the slots that it writes for others;
    /// over elements also with the terms of the sums, each of which comes with the node that it is.
    fn program(
        &mut self,
        reach: Reach,
        gathers: &mut Vec<(Gather, usize)>,
    ) -> (Program, Vec<usize>) {
        let mut draft = self.draft(reach);
        let mut written = Vec::with_capacity(draft.stored.len());
        for (index, id) in std::mem::take(&mut draft.stored) {
            let slot = self.storage.place(self.lives, index).index;
            draft.write(id, Place::Tensor(slot));
            written.push(slot);
        }
        if reach == Reach::Element {
            let direct = self
                .lives
                .direct
                .filter(|index| self.lives.level[*index] == self.level)
                .and_then(|index| draft.moved[index]);
            if let Some(id) = direct {
                draft.write(id, Place::Output(0));
            }
            self.gather(&mut draft, gathers);
        }
        let program =
            Selection::new(&draft.graph).program(&draft.inputs, &draft.outputs, draft.registers);
        (program, written)
    }

    /// The pointwise nodes of one reach as a graph of their own.
    fn draft(&self, reach: Reach) -> Draft {
        let (graph, lives) = (self.graph, self.lives);
        let mut draft = Draft {
            moved: vec![None; graph.nodes().len()],
            ..Draft::default()
        };
        for (index, node) in graph.nodes().iter().enumerate() {
            let is_pointwise =
                matches!(node, Node::Unary(..) | Node::Binary(..) | Node::Select(..));
            if !is_pointwise
                || !lives.needed[index]
                || lives.level[index] != self.level
                || lives.reach[index] != reach
            {
                continue;
            }
            for argument in node.arguments().map(|argument| argument.0 as usize) {
                if draft.moved[argument].is_none() {
                    draft.moved[argument] = Some(match graph.nodes()[argument] {
                        constant @ Node::Constant(_) => draft.graph.intern(constant),
                        _ => {
                            draft.inputs.push(self.operand(argument, reach));
                            draft
                                .graph
                                .intern(Node::Input(draft.inputs.len() as u32 - 1))
                        }
                    });
                }
            }
            let id = draft.graph.intern(node.with_arguments(|argument| {
                draft.moved[argument.0 as usize].expect("arguments stand before their users")
            }));
            draft.moved[index] = Some(id);
            if lives.is_stored(index) {
                draft.stored.push((index, id));
            }
        }
        draft
    }

    /// The sums over the elements that the stage computes or reads; terms that nothing stores are
    /// left in registers.
    fn gather(&self, draft: &mut Draft, gathers: &mut Vec<(Gather, usize)>) {
        let gathered = |index: &usize| self.lives.is_gathered(self.graph, *index);
        let mut terms: Vec<(NodeId, Place)> = Vec::new();
        for result in self.results().into_iter().filter(gathered) {
            let Node::Reduce(reduction, axis, a) = self.graph.nodes()[result] else {
                unreachable!("what is gathered is a reduction")
            };
            let from = terms
                .iter()
                .find(|(id, _)| *id == a)
                .map(|(_, place)| *place)
                .unwrap_or_else(|| self.term(draft, a.0 as usize));
            terms.push((a, from));
            let sums = if axis == Axis::Tensor {
                Reach::Tensor
            } else {
                Reach::Rows
            };
            let gather = Gather {
                is_mean: reduction == Reduction::Mean,
                sums,
                from,
                to: Slot {
                    reach: sums,
                    index: usize::MAX,
                },
            };
            gathers.push((gather, result));
        }
    }

    /// Where the terms of a sum stand after the program.
    fn term(&self, draft: &mut Draft, node: usize) -> Place {
        match self.storage.source(self.graph, node) {
            Some(Source::Input(input)) => Place::Input(input),
            // Stored for other readers, or by an earlier stage.
            Some(Source::Stored(slot)) => Place::Tensor(slot.index),
            Some(Source::Constant(_)) => unreachable!("sums of constants are not gathered"),
            None => {
                let id = draft.moved[node]
                    .expect("a term is computed in the stage that sums it, or stored");
                let place = Place::Register(draft.registers);
                draft.write(id, place);
                draft.registers += 1;
                place
            }
        }
    }

    /// How a program of one reach reads a node that it does not compute.
    fn operand(&self, node: usize, reach: Reach) -> Operand {
        match self.storage.source(self.graph, node).expect(STORED) {
            Source::Input(input) => Operand::Place(Place::Input(input)),
            Source::Stored(slot) if slot.reach == reach => {
                Operand::Place(Place::Tensor(slot.index))
            }
            Source::Stored(Slot {
                reach: Reach::Tensor,
                index,
            }) => Operand::Number(index),
            Source::Stored(Slot { index, .. }) => Operand::Place(Place::Strip(index)),
            Source::Constant(constant) => Operand::Constant(constant),
        }
    }
}

//! A graph with couplings as stages: a pointwise program over blocks, then passes over whole tensors, whose results the next stage reads.

use super::program::{Place, Program, Selection};
use crate::formula::graph::{Axis, Graph, Node, NodeId, Reduction};

/// A pass over the whole tensor `from`, whose result is the tensor `to`, another one.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    pub kind: PassKind,
    pub from: usize,
    pub to: usize,
}

/// What a pass does.
#[derive(Clone, Copy, Debug)]
pub enum PassKind {
    Reduce(Reduction, Axis),
    Roll(i32),
}

/// What runs over blocks, and the passes after it.
#[derive(Clone, Debug)]
pub struct Stage {
    pub program: Program,
    pub passes: Vec<Pass>,
}

/// Where an output stands when all stages have run.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    Tensor(usize),
    Constant(f32),
}

/// Some outputs of a graph, made ready to run over tensors that are numbered from 0.
#[derive(Clone, Debug)]
pub struct Plan {
    pub stages: Vec<Stage>,
    /// The tensor into which each input is to be copied before the first stage; `None` for one that is not read.
    pub inputs: Vec<Option<usize>>,
    /// The same for the parameters of the graph.
    pub parameters: Vec<Option<usize>>,
    pub outputs: Vec<Source>,
    pub tensors: usize,
    pub registers: usize,
}

impl Plan {
    /// Plans the `outputs` of a graph of `inputs` inputs.
    pub fn new(graph: &Graph, inputs: usize, outputs: &[NodeId]) -> Plan {
        let lives = Lives::new(graph, outputs);
        let mut tensors = Tensors { of_node: vec![None; graph.nodes().len()], ..Tensors::default() };
        let mut plan = Plan {
            stages: Vec::new(),
            inputs: vec![None; inputs],
            parameters: vec![None; graph.parameters().len()],
            outputs: Vec::new(),
            tensors: 0,
            registers: 0,
        };
        let nodes = || graph.nodes().iter().enumerate();
        for (index, node) in nodes() {
            match node {
                Node::Input(input) if lives.is_stored(index) => plan.inputs[*input as usize] = Some(tensors.place(index)),
                Node::Parameter(parameter) if lives.is_stored(index) => plan.parameters[*parameter as usize] = Some(tensors.place(index)),
                _ => {}
            }
        }
        let stages = nodes().filter(|(index, _)| lives.needed[*index]).map(|(index, _)| lives.level[index] + 1).max().unwrap_or(0);
        for level in 0..stages {
            tensors.release(&lives, 2 * level);
            let program = pointwise(graph, &lives, level, &mut tensors);
            tensors.release(&lives, 2 * level + 1);
            let mut passes = Vec::new();
            for (index, node) in nodes().filter(|(index, _)| lives.needed[*index] && lives.level[*index] == level + 1) {
                let (kind, a) = match *node {
                    Node::Reduce(reduction, axis, a) => (PassKind::Reduce(reduction, axis), a),
                    Node::Roll(places, a) => (PassKind::Roll(places), a),
                    _ => continue,
                };
                let from = tensors.of_node[a.0 as usize].expect("what a pass reads is stored");
                passes.push(Pass { kind, from, to: tensors.place(index) });
            }
            plan.registers = plan.registers.max(program.registers);
            plan.stages.push(Stage { program, passes });
        }
        let source = |id: &NodeId| match graph.node(*id) {
            Node::Constant(bits) => Source::Constant(f64::from_bits(bits) as f32),
            _ => Source::Tensor(tensors.of_node[id.0 as usize].expect("an output is stored")),
        };
        plan.outputs = outputs.iter().map(source).collect();
        plan.tensors = tensors.count;
        plan
    }
}

/// The program of one stage: its pointwise nodes, of which those that later stages or passes read are written to tensors.
fn pointwise(graph: &Graph, lives: &Lives, level: usize, tensors: &mut Tensors) -> Program {
    let mut stage = Graph::default();
    let mut moved = vec![None; graph.nodes().len()];
    let (mut inputs, mut stored) = (Vec::new(), Vec::new());
    for (index, node) in graph.nodes().iter().enumerate() {
        let here = lives.needed[index] && lives.level[index] == level;
        match node {
            Node::Constant(_) if level == 0 && lives.is_stored(index) => stored.push((index, stage.intern(*node))),
            Node::Unary(..) | Node::Binary(..) | Node::Select(..) if here => {
                for argument in node.arguments().map(|argument| argument.0 as usize) {
                    moved[argument].get_or_insert_with(|| match graph.nodes()[argument] {
                        constant @ Node::Constant(_) => stage.intern(constant),
                        _ => {
                            inputs.push(Place::Tensor(tensors.of_node[argument].expect("what a later stage reads is stored")));
                            stage.intern(Node::Input(inputs.len() as u32 - 1))
                        }
                    });
                }
                let id = stage.intern(node.with_arguments(|argument| moved[argument.0 as usize].expect("arguments stand before their users")));
                moved[index] = Some(id);
                if lives.is_stored(index) {
                    stored.push((index, id));
                }
            }
            _ => {}
        }
    }
    let outputs: Vec<Place> = stored.iter().map(|(index, _)| Place::Tensor(tensors.place(*index))).collect();
    stored.iter().for_each(|(_, id)| stage.push_output(*id));
    Selection::new(&stage).program(&inputs, &outputs)
}

/// When each node is computed and last read. Stage s runs its program at time 2s and its passes at 2s + 1.
struct Lives {
    needed: Vec<bool>,
    /// The stage of a pointwise node; the one after the pass that computes any other.
    level: Vec<usize>,
    /// When a node is last read from its tensor; `None` for one that needs none.
    last_read: Vec<Option<usize>>,
}

impl Lives {
    fn new(graph: &Graph, outputs: &[NodeId]) -> Lives {
        let count = graph.nodes().len();
        let mut lives = Lives { needed: vec![false; count], level: vec![0; count], last_read: vec![None; count] };
        outputs.iter().for_each(|id| lives.needed[id.0 as usize] = true);
        for (index, node) in graph.nodes().iter().enumerate().rev() {
            if lives.needed[index] {
                node.arguments().for_each(|argument| lives.needed[argument.0 as usize] = true);
            }
        }
        for (index, node) in graph.nodes().iter().enumerate().filter(|(index, _)| lives.needed[*index]) {
            let highest = node.arguments().map(|argument| lives.level[argument.0 as usize]).max().unwrap_or(0);
            let is_pass = matches!(node, Node::Reduce(..) | Node::Roll(..));
            let (level, time) = if is_pass { (highest + 1, 2 * highest + 1) } else { (highest, 2 * highest) };
            lives.level[index] = level;
            for argument in node.arguments().map(|argument| argument.0 as usize) {
                let from_tensor = match graph.nodes()[argument] {
                    Node::Constant(_) => is_pass,
                    Node::Input(_) | Node::Parameter(_) | Node::Reduce(..) | Node::Roll(..) => true,
                    _ => is_pass || lives.level[argument] < level,
                };
                if from_tensor {
                    lives.last_read[argument] = lives.last_read[argument].max(Some(time));
                }
            }
        }
        for id in outputs.iter().filter(|id| !matches!(graph.node(**id), Node::Constant(_))) {
            lives.last_read[id.0 as usize] = Some(usize::MAX);
        }
        lives
    }

    fn is_stored(&self, index: usize) -> bool {
        self.last_read[index].is_some()
    }
}

/// The tensors that nodes are given, reused after their last reader.
#[derive(Default)]
struct Tensors {
    of_node: Vec<Option<usize>>,
    held: Vec<usize>,
    free: Vec<usize>,
    count: usize,
}

impl Tensors {
    fn place(&mut self, node: usize) -> usize {
        let tensor = self.free.pop().unwrap_or_else(|| {
            self.count += 1;
            self.count - 1
        });
        self.of_node[node] = Some(tensor);
        self.held.push(node);
        tensor
    }

    /// Frees what is last read before `time`.
    fn release(&mut self, lives: &Lives, time: usize) {
        let (of_node, free) = (&self.of_node, &mut self.free);
        self.held.retain(|&node| {
            let held = lives.last_read[node] >= Some(time);
            if !held {
                free.extend(of_node[node]);
            }
            held
        });
    }
}

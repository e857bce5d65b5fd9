//! When the values of a graph are computed and last read, what is the same over a whole tensor or
//! over its rows, and the slots that hold what is read later.

use super::slot::{Reach, Slot, Source};
use crate::graph::{Axis, Graph, Node, NodeId, Reduction, Scope};

/// When each node is computed and last read. Stage s runs its programs at time 2s and its passes at
/// 2s + 1.
pub struct Liveness {
    pub needed: Vec<bool>,
    /// The stage of a pointwise node; the one after the sum or pass that computes any other.
    pub level: Vec<usize>,
    pub reach: Vec<Reach>,
    /// No reduction over rows is read in the graph, and all such are gathered.
    pub by_rows: bool,
    /// The first output, where no slot is needed: programs write it to the caller's slice.
    pub direct: Option<usize>,
    /// When a node is last read from its slot; `None` for one that needs none.
    last_read: Vec<Option<usize>>,
}

impl Liveness {
    /// Of the `outputs` of a graph, the first of which is wanted for each element.
    pub fn new(graph: &Graph, outputs: &[NodeId]) -> Liveness {
        let count = graph.nodes().len();
        let mut lives = Liveness {
            needed: vec![false; count],
            level: vec![0; count],
            reach: vec![Reach::Element; count],
            by_rows: true,
            direct: None,
            last_read: vec![None; count],
        };
        let is_whole = lives.mark_needed(graph, outputs);
        lives.find_reaches(graph, &is_whole);
        for (index, whole) in is_whole.into_iter().enumerate() {
            if lives.needed[index] {
                lives.place_in_time(graph, index, whole);
            }
        }
        lives.hold_outputs(graph, outputs);
        lives
    }

    /// Marks what the outputs need; gives, of every node, whether it stands at every element: the
    /// first output, and what a reduction or a roll runs over.
    fn mark_needed(&mut self, graph: &Graph, outputs: &[NodeId]) -> Vec<bool> {
        for id in outputs {
            self.needed[id.0 as usize] = true;
        }
        let mut is_whole = vec![false; graph.nodes().len()];
        is_whole[outputs[0].0 as usize] = true;
        for (index, node) in graph.nodes().iter().enumerate().rev() {
            if matches!(node, Node::Constant(_)) || !self.needed[index] {
                continue;
            }
            let is_pass = matches!(node, Node::Reduce(..) | Node::Roll(..));
            for argument in node.arguments().map(|argument| argument.0 as usize) {
                self.needed[argument] = true;
                is_whole[argument] |= is_pass;
            }
        }
        is_whole
    }

    fn find_reaches(&mut self, graph: &Graph, is_whole: &[bool]) {
        for (index, node) in graph.nodes().iter().enumerate() {
            if !self.needed[index] {
                continue;
            }
            self.reach[index] = match node {
                _ if is_whole[index] => Reach::Element,
                Node::Constant(_) | Node::Reduce(_, Axis::Tensor, _) => Reach::Tensor,
                Node::Reduce(_, Axis::Batch, _) => Reach::Rows,
                Node::Parameter(parameter) => match graph.parameters()[*parameter as usize].scope {
                    Scope::Layer => Reach::Tensor,
                    Scope::Channel => Reach::Rows,
                },
                Node::Input(_) | Node::Reduce(..) | Node::Roll(..) => Reach::Element,
                node => node
                    .arguments()
                    .map(|argument| self.reach_as_argument(graph, argument))
                    .max()
                    .unwrap_or(Reach::Tensor),
            };
        }
    }

    /// Finds the stage of a node, and when it reads its arguments; those before it are placed.
    fn place_in_time(&mut self, graph: &Graph, index: usize, is_whole: bool) {
        let node = graph.nodes()[index];
        let highest = node
            .arguments()
            .map(|argument| self.level[argument.0 as usize])
            .max()
            .unwrap_or(0);
        let is_pass = matches!(node, Node::Reduce(..) | Node::Roll(..));
        self.level[index] = if is_pass { highest + 1 } else { highest };
        let is_gathered = self.is_gathered(graph, index);
        for argument in node.arguments().map(|argument| argument.0 as usize) {
            let (is_elsewhere, time) = if is_gathered {
                // The block's terms are in registers while the program runs, whose results this sum
                // takes then and there.
                (!is_pointwise(graph.nodes()[argument]), 2 * highest)
            } else if is_pass {
                (true, 2 * highest + 1)
            } else {
                let is_here = is_pointwise(graph.nodes()[argument])
                    && self.level[argument] == highest
                    && self.reach[argument] == self.reach[index];
                (!is_here, 2 * highest)
            };
            if is_elsewhere
                && !matches!(graph.nodes()[argument], Node::Constant(_) | Node::Input(_))
            {
                self.last_read[argument] = self.last_read[argument].max(Some(time));
            }
            self.by_rows &= !crosses_rows(graph.nodes()[argument]);
        }
        self.by_rows &= !crosses_rows(node) || (is_gathered && !is_whole);
    }

    /// Lets programs write the first output where nothing else reads it, and holds the others to
    /// the end.
    fn hold_outputs(&mut self, graph: &Graph, outputs: &[NodeId]) {
        let first = outputs[0];
        if is_pointwise(graph.node(first))
            && self.last_read[first.0 as usize].is_none()
            && !outputs[1..].contains(&first)
        {
            self.direct = Some(first.0 as usize);
        }
        for id in outputs {
            let is_stored = self.direct != Some(id.0 as usize)
                && !matches!(graph.node(*id), Node::Constant(_) | Node::Input(_));
            if is_stored {
                self.last_read[id.0 as usize] = Some(usize::MAX);
            }
        }
    }

    /// Constants are written into instructions, whatever reads them beside.
    fn reach_as_argument(&self, graph: &Graph, argument: NodeId) -> Reach {
        match graph.node(argument) {
            Node::Constant(_) => Reach::Tensor,
            _ => self.reach[argument.0 as usize],
        }
    }

    pub fn is_stored(&self, index: usize) -> bool {
        self.last_read[index].is_some()
    }

    /// Whether a node is a sum that is gathered while the program of its terms runs.
    pub fn is_gathered(&self, graph: &Graph, index: usize) -> bool {
        match graph.nodes()[index] {
            Node::Reduce(Reduction::Sum | Reduction::Mean, Axis::Tensor | Axis::Batch, a) => {
                !matches!(graph.node(a), Node::Constant(_))
            }
            _ => false,
        }
    }
}

/// Whether a node takes elements of several rows together.
fn crosses_rows(node: Node) -> bool {
    matches!(node, Node::Reduce(_, Axis::Tensor | Axis::Batch, _))
}

fn is_pointwise(node: Node) -> bool {
    matches!(node, Node::Unary(..) | Node::Binary(..) | Node::Select(..))
}

/// The slots that nodes are given, reused after their last reader.
pub struct Storage {
    of_node: Vec<Option<Slot>>,
    held: Vec<usize>,
    free: [Vec<usize>; 3],
    counts: [usize; 3],
}

impl Storage {
    pub fn new(nodes: usize) -> Storage {
        Storage {
            of_node: vec![None; nodes],
            held: Vec::new(),
            free: Default::default(),
            counts: [0; 3],
        }
    }

    /// How many slots of each reach there are.
    pub fn counts(&self) -> [usize; 3] {
        self.counts
    }

    pub fn place(&mut self, lives: &Liveness, node: usize) -> Slot {
        let reach = lives.reach[node];
        let count = &mut self.counts[reach as usize];
        let index = self.free[reach as usize].pop().unwrap_or_else(|| {
            *count += 1;
            *count - 1
        });
        let slot = Slot { reach, index };
        self.of_node[node] = Some(slot);
        self.held.push(node);
        slot
    }

    /// Where a node is read; `None` for one that stands in registers alone.
    pub fn source(&self, graph: &Graph, node: usize) -> Option<Source> {
        match graph.nodes()[node] {
            Node::Input(input) => Some(Source::Input(input as usize)),
            Node::Constant(bits) => Some(Source::Constant(f64::from_bits(bits) as f32)),
            _ => self.of_node[node].map(Source::Stored),
        }
    }

    /// Frees what is last read before `time`.
    pub fn release(&mut self, lives: &Liveness, time: usize) {
        let (of_node, free) = (&self.of_node, &mut self.free);
        self.held.retain(|&node| {
            let held = lives.last_read[node] >= Some(time);
            if let (false, Some(slot)) = (held, of_node[node]) {
                free[slot.reach as usize].push(slot.index);
            }
            held
        });
    }
}

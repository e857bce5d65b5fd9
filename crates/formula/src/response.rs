//! A formula at many points, one after another: what `Formula::value_and_slope` gives at each, to
//! the bit, without computing again what no point changes.

use std::collections::BTreeMap;

use crate::class::Class;
use crate::graph::{Axis, Graph, Node, NodeId};
use crate::graphs::Graphs;
use crate::probe;
use crate::reference::{self, binary, fold, group, rolled_from, unary};

/// Evaluates f and f' of one formula at one point after another.
///
/// Of a formula that reads its row or the batch each point is a whole tensor, whose other elements
/// are always the same: only what the moving element reaches, and the answer reads, is computed for
/// a further point.
pub struct Response<'a> {
    formula: &'a Graphs,
    value: Option<Moving<'a>>,
    slope: Option<Moving<'a>>,
}

impl<'a> Response<'a> {
    pub(super) fn of(formula: &'a Graphs) -> Response<'a> {
        Response {
            formula,
            value: None,
            slope: None,
        }
    }

    /// f(x), as [`Formula::value`](crate::Formula::value) gives it.
    pub fn value(&mut self, x: f64) -> f64 {
        let formula = self.formula;
        if formula.class() == Class::Pointwise {
            return formula.value_at(x);
        }
        self.value
            .get_or_insert_with(|| Moving::new(formula.value(), 1))
            .at(x)[0]
    }

    /// f(x) and f'(x), as [`Formula::value_and_slope`](crate::Formula::value_and_slope) gives them.
    pub fn value_and_slope(&mut self, x: f64) -> (f64, f64) {
        let formula = self.formula;
        if formula.class() == Class::Pointwise {
            return formula.value_and_slope(x);
        }
        let outputs = self
            .slope
            .get_or_insert_with(|| Moving::new(formula.adjoint(), 2))
            .at(x);
        (outputs[0], outputs[1])
    }
}

/// The first outputs of a graph at the first element of the probe's tensor, which moves.
struct Moving<'a> {
    graph: &'a Graph,
    outputs: usize,
    /// Of every node; what moves is that of the last point.
    values: Vec<Vec<f64>>,
    steps: Vec<Step>,
}

/// What to compute again of one node.
struct Step {
    node: usize,
    /// Of what is no reduction.
    elements: Vec<usize>,
    /// Of a reduction: what each group holds, and where its result is read.
    groups: Vec<(Vec<usize>, Vec<usize>)>,
}

impl<'a> Moving<'a> {
    fn new(graph: &'a Graph, outputs: usize) -> Moving<'a> {
        let inputs = [probe::around(0.0), probe::arriving_at_first()];
        let values = reference::tensor_nodes(
            graph,
            probe::SHAPE,
            &[&inputs[0], &inputs[1]],
            &reference::initial_parameters(graph, probe::SHAPE.features),
        );
        let (moved, read) = (moved(graph), read(graph, outputs));
        let changing = |node: usize| {
            (0..probe::SHAPE.elements())
                .filter(|element| moved[node][*element] && read[node][*element])
                .collect()
        };
        let steps = (0..graph.nodes().len())
            .map(|node| step(graph, node, changing(node)))
            .filter(|step| !(step.elements.is_empty() && step.groups.is_empty()))
            .collect();
        Moving {
            graph,
            outputs,
            values,
            steps,
        }
    }

    fn at(&mut self, x: f64) -> Vec<f64> {
        for step in &self.steps {
            let mut own = std::mem::take(&mut self.values[step.node]);
            let of = |id: NodeId| &self.values[id.0 as usize];
            let each = |own: &mut [f64], value: &dyn Fn(usize) -> f64| {
                step.elements
                    .iter()
                    .for_each(|element| own[*element] = value(*element))
            };
            match self.graph.nodes()[step.node] {
                Node::Input(_) => own[0] = x,
                Node::Constant(_) | Node::Parameter(_) => {}
                Node::Unary(operation, a) => each(&mut own, &|i| unary(operation, of(a)[i])),
                Node::Binary(operation, a, b) => {
                    each(&mut own, &|i| binary(operation, of(a)[i], of(b)[i]))
                }
                Node::Select(condition, then, otherwise) => each(&mut own, &|i| {
                    of(if of(condition)[i] != 0.0 {
                        then
                    } else {
                        otherwise
                    })[i]
                }),
                Node::Roll(places, a) => {
                    each(&mut own, &|i| of(a)[rolled_from(places, probe::SHAPE, i)])
                }
                Node::Reduce(reduction, _, a) => {
                    for (members, readers) in &step.groups {
                        let result = fold(reduction, members.iter().map(|member| of(a)[*member]));
                        readers.iter().for_each(|reader| own[*reader] = result);
                    }
                }
            }
            self.values[step.node] = own;
        }
        self.graph.outputs()[..self.outputs]
            .iter()
            .map(|id| self.values[id.0 as usize][0])
            .collect()
    }
}

fn step(graph: &Graph, node: usize, changing: Vec<usize>) -> Step {
    let Node::Reduce(_, axis, _) = graph.nodes()[node] else {
        return Step {
            node,
            elements: changing,
            groups: Vec::new(),
        };
    };
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for element in changing {
        groups
            .entry(group(axis, probe::SHAPE, element))
            .or_default()
            .push(element);
    }
    Step {
        node,
        elements: Vec::new(),
        groups: groups
            .into_iter()
            .map(|(index, readers)| (members(axis, index), readers))
            .collect(),
    }
}

/// The elements of a group, in the order of the tensor.
fn members(axis: Axis, index: usize) -> Vec<usize> {
    (0..probe::SHAPE.elements())
        .filter(|element| group(axis, probe::SHAPE, *element) == index)
        .collect()
}

/// Of every node, which elements change with the first element of the first input.
fn moved(graph: &Graph) -> Vec<Vec<bool>> {
    let elements = probe::SHAPE.elements();
    let mut moved: Vec<Vec<bool>> = Vec::with_capacity(graph.nodes().len());
    for node in graph.nodes() {
        let of = |id: NodeId, element: usize| moved[id.0 as usize][element];
        let any = |axis: Axis, a: NodeId, element: usize| {
            members(axis, group(axis, probe::SHAPE, element))
                .into_iter()
                .any(|member| of(a, member))
        };
        let own = match *node {
            Node::Reduce(_, axis, a) => {
                (0..elements).map(|element| any(axis, a, element)).collect()
            }
            Node::Roll(places, a) => (0..elements)
                .map(|element| of(a, rolled_from(places, probe::SHAPE, element)))
                .collect(),
            Node::Input(0) => (0..elements).map(|element| element == 0).collect(),
            node => (0..elements)
                .map(|element| node.arguments().any(|argument| of(argument, element)))
                .collect(),
        };
        moved.push(own);
    }
    moved
}

/// Of every node, which elements the first element of the first `outputs` depends on.
fn read(graph: &Graph, outputs: usize) -> Vec<Vec<bool>> {
    let mut read = vec![vec![false; probe::SHAPE.elements()]; graph.nodes().len()];
    graph.outputs()[..outputs]
        .iter()
        .for_each(|id| read[id.0 as usize][0] = true);
    for (index, node) in graph.nodes().iter().enumerate().rev() {
        let own: Vec<usize> = (0..probe::SHAPE.elements())
            .filter(|element| read[index][*element])
            .collect();
        for element in own {
            match *node {
                Node::Reduce(_, axis, a) => {
                    members(axis, group(axis, probe::SHAPE, element))
                        .into_iter()
                        .for_each(|member| read[a.0 as usize][member] = true);
                }
                Node::Roll(places, a) => {
                    read[a.0 as usize][rolled_from(places, probe::SHAPE, element)] = true
                }
                node => node
                    .arguments()
                    .for_each(|argument| read[argument.0 as usize][element] = true),
            }
        }
    }
    read
}

//! A graph as a straight line of instructions over few registers.
//!
//! Instructions are chosen once, on the whole graph, and a program for fewer outputs is a subset of
//! them: so f has the same bits whether or not f' is wanted.

use crate::graph::{Binary, Graph, Node, NodeId, Unary};

/// A value that instructions read and write.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// The caller's slice for an input: 0 is x.
    Input(usize),
    Register(usize),
    /// The caller's slice for an output: 0 is f, 1 is f'.
    Output(usize),
    /// A tensor that the kernel keeps.
    Tensor(usize),
    /// One number a feature, the same in every row.
    Strip(usize),
}

/// What an instruction reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operand {
    Place(Place),
    Constant(f32),
    /// One number, known when the program runs.
    Number(usize),
}

/// An operation on one operand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    Primitive(Unary),
    Copy,
    Square,
    Cube,
    FourthPower,
}

/// A product and a sum in one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fused {
    /// `a * b + c`
    Add,
    /// `a * b - c`
    Subtract,
    /// `c - a * b`
    SubtractFrom,
}

/// One step over a block. The operand of `Apply` (but not of `Copy`), the first of `Multiply` and
/// `Select`, that of `SinCos` and one of `Combine` are places; no result stands where an operand
/// does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Instruction {
    Apply(Function, Operand, Place),
    Combine(Binary, [Operand; 2], Place),
    Multiply(Fused, [Operand; 3], Place),
    Select([Operand; 3], Place),
    /// sin and cos of one argument, into two registers.
    SinCos {
        argument: Operand,
        sin: usize,
        cos: usize,
    },
}

/// Instructions, and how many registers they need.
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub instructions: Vec<Instruction>,
    pub registers: usize,
}

/// An instruction whose operands and results are still nodes.
#[derive(Clone, Copy)]
struct Step {
    kind: Kind,
    arguments: [NodeId; 3],
    count: usize,
    /// The node that this step computes, and the cosine of the same argument where it computes that
    /// too.
    results: [Option<NodeId>; 2],
}

#[derive(Clone, Copy)]
enum Kind {
    Apply(Function),
    Combine(Binary),
    Multiply(Fused),
    Select,
    SinCos,
}

impl Step {
    fn new(kind: Kind, arguments: &[NodeId], result: NodeId) -> Step {
        let mut all = [NodeId(0); 3];
        all[..arguments.len()].copy_from_slice(arguments);
        Step {
            kind,
            arguments: all,
            count: arguments.len(),
            results: [Some(result), None],
        }
    }

    fn arguments(&self) -> &[NodeId] {
        &self.arguments[..self.count]
    }
}

/// The steps of a graph, chosen once, from which programs for some of its outputs are made.
pub struct Selection<'a> {
    graph: &'a Graph,
    steps: Vec<Step>,
}

impl<'a> Selection<'a> {
    /// Chooses the steps, fusing products with sums and sines with cosines of the same argument.
    pub fn new(graph: &'a Graph) -> Selection<'a> {
        let count = graph.nodes().len();
        let mut wanted = vec![false; count];
        let mut uses = vec![0_u32; count];
        for id in graph.outputs() {
            wanted[id.0 as usize] = true;
            uses[id.0 as usize] += 1;
        }
        for index in (0..count).rev() {
            if wanted[index] {
                for argument in graph.nodes()[index].arguments() {
                    wanted[argument.0 as usize] = true;
                    uses[argument.0 as usize] += 1;
                }
            }
        }
        let mut selection = Selection {
            graph,
            steps: Vec::with_capacity(count),
        };
        // The step that computes a node, to be dropped when its only user takes it in.
        let mut made_by = vec![usize::MAX; count];
        let mut dropped = vec![false; count];
        for index in 0..count {
            if !wanted[index] {
                continue;
            }
            let id = NodeId(index as u32);
            let Some(mut step) = selection.step(id) else {
                continue;
            };
            if let Some((fused, product, addend)) = selection.product_in(id, &uses) {
                dropped[made_by[product.0 as usize]] = true;
                let Node::Binary(_, a, b) = graph.node(product) else {
                    unreachable!("a product is a binary node")
                };
                step = Step::new(Kind::Multiply(fused), &[a, b, addend], id);
            }
            if let Some(partner) = selection.sine_or_cosine_partner(id, &made_by) {
                let joined = &mut selection.steps[partner];
                let first = joined.results[0];
                joined.results = if matches!(graph.node(id), Node::Unary(Unary::Cos, _)) {
                    [first, Some(id)]
                } else {
                    [Some(id), first]
                };
                joined.kind = Kind::SinCos;
                made_by[index] = partner;
                continue;
            }
            made_by[index] = selection.steps.len();
            selection.steps.push(step);
        }
        let mut position = 0;
        selection.steps.retain(|_| {
            position += 1;
            !dropped[position - 1]
        });
        selection
    }

    /// The step of a node by itself; inputs and constants need none.
    fn step(&self, id: NodeId) -> Option<Step> {
        match self.graph.node(id) {
            Node::Input(_) | Node::Constant(_) | Node::Parameter(_) => None,
            Node::Reduce(..) | Node::Roll(..) => unreachable!("instructions are pointwise"),
            Node::Unary(operation, a) => Some(Step::new(
                Kind::Apply(Function::Primitive(operation)),
                &[a],
                id,
            )),
            Node::Binary(Binary::Power, a, b) => Some(match self.small_power(b) {
                Some(function) => Step::new(Kind::Apply(function), &[a], id),
                None => Step::new(Kind::Combine(Binary::Power), &[a, b], id),
            }),
            Node::Binary(operation, a, b) => Some(Step::new(Kind::Combine(operation), &[a, b], id)),
            Node::Select(condition, then, otherwise) => {
                Some(Step::new(Kind::Select, &[condition, then, otherwise], id))
            }
        }
    }

    /// The products that a power with a small constant exponent is.
    fn small_power(&self, exponent: NodeId) -> Option<Function> {
        match self.constant(exponent)? {
            -1.0 => Some(Function::Primitive(Unary::Reciprocal)),
            1.0 => Some(Function::Copy),
            2.0 => Some(Function::Square),
            3.0 => Some(Function::Cube),
            4.0 => Some(Function::FourthPower),
            _ => None,
        }
    }

    fn constant(&self, id: NodeId) -> Option<f32> {
        match self.graph.node(id) {
            Node::Constant(bits) => Some(f64::from_bits(bits) as f32),
            Node::Parameter(index) => {
                Some(self.graph.parameters()[index as usize].initial() as f32)
            }
            _ => None,
        }
    }

    /// The product that `id` adds or takes away and that nothing else uses, with the other term.
    fn product_in(&self, id: NodeId, uses: &[u32]) -> Option<(Fused, NodeId, NodeId)> {
        let lone_product = |id: NodeId| {
            uses[id.0 as usize] == 1
                && matches!(self.graph.node(id), Node::Binary(Binary::Multiply, ..))
        };
        match self.graph.node(id) {
            Node::Binary(Binary::Add, a, b) if lone_product(a) => Some((Fused::Add, a, b)),
            Node::Binary(Binary::Add, a, b) if lone_product(b) => Some((Fused::Add, b, a)),
            Node::Binary(Binary::Subtract, a, b) if lone_product(a) => {
                Some((Fused::Subtract, a, b))
            }
            Node::Binary(Binary::Subtract, a, b) if lone_product(b) => {
                Some((Fused::SubtractFrom, b, a))
            }
            _ => None,
        }
    }

    /// The step that computes the cosine where `id` is a sine, or the reverse, of the same
    /// argument.
    fn sine_or_cosine_partner(&self, id: NodeId, made_by: &[usize]) -> Option<usize> {
        let (other, argument) = match self.graph.node(id) {
            Node::Unary(Unary::Sin, a) => (Unary::Cos, a),
            Node::Unary(Unary::Cos, a) => (Unary::Sin, a),
            _ => return None,
        };
        let partner = (0..id.0)
            .rev()
            .find(|&i| self.graph.nodes()[i as usize] == Node::Unary(other, argument))?;
        Some(made_by[partner as usize]).filter(|&step| step != usize::MAX)
    }

    /// The program that reads input i at `inputs[i]` and writes the first outputs, as many as there
    /// are places, into `outputs`; among these may be the first `reserved` registers, which nothing
    /// else uses.
    pub fn program(&self, inputs: &[Operand], outputs: &[Place], reserved: usize) -> Program {
        Allocation::new(self, inputs, outputs, reserved).run()
    }
}

/// Gives places to the values that some outputs need: registers are freed after their last reader.
struct Allocation<'a> {
    selection: &'a Selection<'a>,
    inputs: &'a [Operand],
    outputs: &'a [NodeId],
    output_places: &'a [Place],
    needed: Vec<bool>,
    /// The last step that reads a node.
    last_reader: Vec<usize>,
    places: Vec<Option<Place>>,
    free: Vec<usize>,
    program: Program,
}

impl<'a> Allocation<'a> {
    fn new(
        selection: &'a Selection<'a>,
        inputs: &'a [Operand],
        output_places: &'a [Place],
        reserved: usize,
    ) -> Allocation<'a> {
        let outputs = &selection.graph.outputs()[..output_places.len()];
        let count = selection.graph.nodes().len();
        let mut needed = vec![false; count];
        let mut last_reader = vec![0; count];
        for id in outputs {
            needed[id.0 as usize] = true;
        }
        for (position, step) in selection.steps.iter().enumerate().rev() {
            if step
                .results
                .iter()
                .flatten()
                .any(|id| needed[id.0 as usize])
            {
                for argument in step.arguments() {
                    let index = argument.0 as usize;
                    needed[index] = true;
                    last_reader[index] = last_reader[index].max(position);
                }
            }
        }
        let program = Program {
            instructions: Vec::with_capacity(selection.steps.len() + outputs.len()),
            registers: reserved,
        };
        Allocation {
            selection,
            inputs,
            outputs,
            output_places,
            needed,
            last_reader,
            places: vec![None; count],
            free: Vec::new(),
            program,
        }
    }

    fn run(mut self) -> Program {
        for position in 0..self.selection.steps.len() {
            let step = self.selection.steps[position];
            let results = step
                .results
                .map(|id| id.filter(|id| self.needed[id.0 as usize]));
            let [first, second] = results;
            if first.is_none() && second.is_none() {
                continue;
            }
            let mut operands = step.arguments.map(|id| self.operand(id));
            if matches!(step.kind, Kind::Multiply(_)) && !matches!(operands[0], Operand::Place(_)) {
                operands.swap(0, 1);
            }
            let filled = self.fill_first_constant(&step, &mut operands);
            let instruction = match (step.kind, first, second) {
                (Kind::SinCos, Some(sin), Some(cos)) => Instruction::SinCos {
                    argument: operands[0],
                    sin: self.register_for(sin),
                    cos: self.register_for(cos),
                },
                (Kind::SinCos, _, Some(cos)) => Instruction::Apply(
                    Function::Primitive(Unary::Cos),
                    operands[0],
                    self.place_for(cos),
                ),
                (Kind::SinCos, Some(sin), None) => Instruction::Apply(
                    Function::Primitive(Unary::Sin),
                    operands[0],
                    self.place_for(sin),
                ),
                (Kind::Apply(function), Some(id), _) => {
                    Instruction::Apply(function, operands[0], self.place_for(id))
                }
                (Kind::Combine(operation), Some(id), _) => {
                    Instruction::Combine(operation, [operands[0], operands[1]], self.place_for(id))
                }
                (Kind::Multiply(fused), Some(id), _) => {
                    Instruction::Multiply(fused, operands, self.place_for(id))
                }
                (Kind::Select, Some(id), _) => Instruction::Select(operands, self.place_for(id)),
                (_, None, _) => unreachable!("only a cosine stands second"),
            };
            self.program.instructions.push(instruction);
            self.free.extend(filled);
            for argument in step.arguments() {
                self.release(*argument, position);
            }
        }
        for (index, &id) in self.outputs.iter().enumerate() {
            let (operand, place) = (self.operand(id), self.output_places[index]);
            if operand != Operand::Place(place) {
                self.program
                    .instructions
                    .push(Instruction::Apply(Function::Copy, operand, place));
            }
        }
        self.program
    }

    /// Where a node's value stands; an argument slot that a step does not use reads as a constant.
    fn operand(&self, id: NodeId) -> Operand {
        match (self.selection.graph.node(id), self.places[id.0 as usize]) {
            (Node::Input(index), _) => self.inputs[index as usize],
            (_, Some(place)) => Operand::Place(place),
            _ => Operand::Constant(self.selection.constant(id).unwrap_or(0.0)),
        }
    }

    fn place_for(&mut self, id: NodeId) -> Place {
        match self.outputs.iter().position(|&output| output == id) {
            Some(index) => {
                self.places[id.0 as usize] = Some(self.output_places[index]);
                self.output_places[index]
            }
            None => Place::Register(self.register_for(id)),
        }
    }

    fn register_for(&mut self, id: NodeId) -> usize {
        let register = self.free_register();
        self.places[id.0 as usize] = Some(Place::Register(register));
        register
    }

    fn free_register(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.program.registers += 1;
            self.program.registers - 1
        })
    }

    /// Fills a register with the constant that stands where an instruction reads a place, and says
    /// which.
    fn fill_first_constant(&mut self, step: &Step, operands: &mut [Operand; 3]) -> Option<usize> {
        let allowed = match step.kind {
            Kind::Apply(function) => function == Function::Copy,
            Kind::Combine(_) => matches!(operands[1], Operand::Place(_)),
            Kind::Multiply(_) | Kind::Select | Kind::SinCos => false,
        };
        if allowed || matches!(operands[0], Operand::Place(_)) {
            return None;
        }
        let register = self.free_register();
        let place = Place::Register(register);
        self.program
            .instructions
            .push(Instruction::Apply(Function::Copy, operands[0], place));
        operands[0] = Operand::Place(place);
        Some(register)
    }

    /// Frees the register of a node after its last reader, unless it holds an output that is still
    /// to be copied.
    fn release(&mut self, id: NodeId, position: usize) {
        if self.last_reader[id.0 as usize] != position || self.outputs.contains(&id) {
            return;
        }
        if let Some(Place::Register(register)) = self.places[id.0 as usize].take() {
            self.free.push(register);
        }
    }
}

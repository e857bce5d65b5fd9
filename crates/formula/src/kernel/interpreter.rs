//! Runs a program over one block, an instruction at a time.

use super::lanes::{Lanes, LANES};
use super::loops::{Map, One, SinCos, Source, Three, Two, Zip, Zip3};
use super::program::{Function, Fused, Instruction, Operand, Place, Program};
use super::{arithmetic, exponential, logarithm, power, special, trigonometric};
use crate::graph::{Binary, Unary};
use crate::vector::Simd;

/// Elements of a block: long enough to hide the dispatch, short enough that the registers of a
/// usual program stay in the first-level cache. Against 512, a block of 256 costs a tenth more time
/// and one of 128 a third (AVX-512; a program of 22 live registers still gains).
pub const BLOCK: usize = 512;

/// A register: one value of a program over a block.
#[derive(Clone)]
#[repr(align(64))]
pub struct Register([f32; BLOCK]);

impl Register {
    /// A register of zeros.
    pub fn new() -> Register {
        Register([0.0; BLOCK])
    }
}

/// What a program reads and writes over one block; slices that it names have the block's length.
pub struct Block<'a> {
    /// Elements: a multiple of the lanes, at most [`BLOCK`].
    pub length: usize,
    pub registers: &'a mut [Register],
    pub inputs: [&'a [f32]; 2],
    /// f, and f' where it is wanted.
    pub outputs: [&'a mut [f32]; 2],
    pub tensors: Tensors<'a>,
    pub spread: Spread<'a>,
}

/// What holds for many elements and is known when a program runs.
#[derive(Clone, Copy, Default)]
pub struct Spread<'a> {
    /// Each filled with one number, [`LANES`] times.
    pub numbers: &'a [f32],
    /// Each a row of features that goes on past its end, by a block at least, from its beginning
    /// again.
    pub strips: &'a [f32],
    /// Elements from one strip to the next.
    pub stride: usize,
    /// The feature at which the block begins.
    pub start: usize,
}

/// Tensors that lie one after another, and where the block begins in each of them.
#[derive(Default)]
pub struct Tensors<'a> {
    pub storage: &'a mut [f32],
    /// Elements from one tensor to the next.
    pub stride: usize,
    pub start: usize,
}

/// All places of a block but the one being written.
struct Readable<'a> {
    before: &'a [Register],
    after: &'a [Register],
    length: usize,
    inputs: [&'a [f32]; 2],
    outputs: [&'a [f32]; 2],
    spread: Spread<'a>,
    /// The tensors before and after the one being written; `start` and `stride` as in [`Tensors`].
    tensors: [&'a [f32]; 2],
    start: usize,
    stride: usize,
}

/// An operand, resolved.
#[derive(Clone, Copy)]
enum Value<'a> {
    Slice(&'a [f32]),
    Constant(f32),
}

impl<'a> Readable<'a> {
    #[inline(always)]
    fn place(&self, place: Place) -> &'a [f32] {
        let length = self.length;
        match place {
            Place::Input(index) => self.inputs[index],
            Place::Strip(index) => self.spread.strip(index, length),
            Place::Output(index) => self.outputs[index],
            Place::Register(index) if index < self.before.len() => &self.before[index].0[..length],
            Place::Register(index) => &self.after[index - self.before.len() - 1].0[..length],
            Place::Tensor(index) => {
                let [before, after] = self.tensors;
                match (index * self.stride).checked_sub(before.len()) {
                    None => &before[index * self.stride + self.start..][..length],
                    Some(past) => &after[past - self.stride + self.start..][..length],
                }
            }
        }
    }

    #[inline(always)]
    fn value(&self, operand: Operand) -> Value<'a> {
        match operand {
            Operand::Place(place) => Value::Slice(self.place(place)),
            Operand::Constant(constant) => Value::Constant(constant),
            Operand::Number(index) => Value::Constant(self.spread.numbers[index * LANES]),
        }
    }

    #[inline(always)]
    fn slice(&self, operand: Operand) -> &'a [f32] {
        match operand {
            Operand::Place(place) => self.place(place),
            Operand::Constant(_) | Operand::Number(_) => {
                unreachable!("the program gives this operand a register")
            }
        }
    }
}

impl<'a> Spread<'a> {
    #[inline(always)]
    fn strip(&self, index: usize, length: usize) -> &'a [f32] {
        &self.strips[index * self.stride + self.start..][..length]
    }
}

impl Block<'_> {
    /// The place to write, and all others to read.
    #[inline(always)]
    fn split(&mut self, target: Place) -> (&mut [f32], Readable<'_>) {
        match target {
            Place::Register(index) => self.split_at_register(index),
            Place::Output(index) => self.split_at_output(index),
            Place::Tensor(index) => self.split_at_tensor(index),
            Place::Input(_) | Place::Strip(_) => {
                unreachable!("a program never writes what it is given")
            }
        }
    }

    #[inline(always)]
    fn split_at_register(&mut self, index: usize) -> (&mut [f32], Readable<'_>) {
        let [value, slope] = &self.outputs;
        let (before, after) = self.registers.split_at_mut(index);
        let (register, after) = after
            .split_first_mut()
            .expect("a program names no register beyond its count");
        let readable = Readable {
            before,
            after,
            length: self.length,
            inputs: self.inputs,
            outputs: [value, slope],
            spread: self.spread,
            tensors: [self.tensors.storage, &[]],
            start: self.tensors.start,
            stride: self.tensors.stride,
        };
        (&mut register.0[..self.length], readable)
    }

    #[inline(always)]
    fn split_at_output(&mut self, index: usize) -> (&mut [f32], Readable<'_>) {
        let [value, slope] = &mut self.outputs;
        let (target, outputs): (_, [&[f32]; 2]) = match index {
            0 => (value, [&[], slope]),
            _ => (slope, [value, &[]]),
        };
        let readable = Readable {
            before: self.registers,
            after: &[],
            length: self.length,
            inputs: self.inputs,
            outputs,
            spread: self.spread,
            tensors: [self.tensors.storage, &[]],
            start: self.tensors.start,
            stride: self.tensors.stride,
        };
        (target, readable)
    }

    #[inline(always)]
    fn split_at_tensor(&mut self, index: usize) -> (&mut [f32], Readable<'_>) {
        let [value, slope] = &self.outputs;
        let Tensors {
            storage,
            stride,
            start,
        } = &mut self.tensors;
        let (before, own) = storage.split_at_mut(index * *stride);
        let (own, after) = own.split_at_mut(*stride);
        let readable = Readable {
            before: self.registers,
            after: &[],
            length: self.length,
            inputs: self.inputs,
            outputs: [value, slope],
            spread: self.spread,
            tensors: [before, after],
            start: *start,
            stride: *stride,
        };
        (&mut own[*start..][..self.length], readable)
    }

    /// What stands at a place.
    pub fn read(&self, place: Place) -> &[f32] {
        match place {
            Place::Input(index) => self.inputs[index],
            Place::Register(index) => &self.registers[index].0[..self.length],
            Place::Output(index) => &*self.outputs[index],
            Place::Tensor(index) => {
                &self.tensors.storage[index * self.tensors.stride + self.tensors.start..]
                    [..self.length]
            }
            Place::Strip(index) => self.spread.strip(index, self.length),
        }
    }

    /// Runs every instruction.
    pub fn run<S: Simd>(&mut self, simd: S, program: &Program) {
        for instruction in &program.instructions {
            match *instruction {
                Instruction::Apply(Function::Copy, x, target) => {
                    let (out, readable) = self.split(target);
                    match readable.value(x) {
                        Value::Slice(x) => out.copy_from_slice(x),
                        Value::Constant(x) => out.fill(x),
                    }
                }
                Instruction::Apply(function, x, target) => {
                    let (out, readable) = self.split(target);
                    apply(simd, function, readable.slice(x), out);
                }
                Instruction::Combine(operation, [a, b], target) => {
                    let (out, readable) = self.split(target);
                    combine(simd, operation, readable.value(a), readable.value(b), out);
                }
                Instruction::Multiply(fused, [a, b, c], target) => {
                    let (out, readable) = self.split(target);
                    let (a, b, c) = (readable.slice(a), readable.value(b), readable.value(c));
                    match fused {
                        Fused::Add => three(simd, MulAdd, a, b, c, out),
                        Fused::Subtract => three(simd, MulSubtract, a, b, c, out),
                        Fused::SubtractFrom => three(simd, NegateMulAdd, a, b, c, out),
                    }
                }
                Instruction::Select([condition, then, otherwise], target) => {
                    let (out, readable) = self.split(target);
                    three(
                        simd,
                        Select,
                        readable.slice(condition),
                        readable.value(then),
                        readable.value(otherwise),
                        out,
                    );
                }
                Instruction::SinCos { argument, sin, cos } => {
                    self.sin_cos(simd, argument, sin, cos)
                }
            }
        }
    }

    fn sin_cos<S: Simd>(&mut self, simd: S, argument: Operand, sin: usize, cos: usize) {
        const DISTINCT: &str = "a program gives results registers of their own";
        let length = self.length;
        let (x, sin, cos): (&[f32], _, _) = match argument {
            Operand::Place(Place::Register(x)) => {
                let [x, sin, cos] = self
                    .registers
                    .get_disjoint_mut([x, sin, cos])
                    .expect(DISTINCT);
                (&x.0[..length], sin, cos)
            }
            Operand::Place(place) => {
                let [sin, cos] = self.registers.get_disjoint_mut([sin, cos]).expect(DISTINCT);
                let Tensors {
                    storage,
                    stride,
                    start,
                } = &self.tensors;
                let x = match place {
                    Place::Output(index) => &*self.outputs[index],
                    Place::Tensor(index) => &storage[index * stride + start..][..length],
                    Place::Strip(index) => self.spread.strip(index, length),
                    Place::Input(index) => self.inputs[index],
                    Place::Register(_) => {
                        unreachable!("a register is taken together with the results")
                    }
                };
                (x, sin, cos)
            }
            Operand::Constant(_) | Operand::Number(_) => {
                unreachable!("the program gives this operand a register")
            }
        };
        simd.vectorize(SinCos {
            x,
            sin: &mut sin.0[..length],
            cos: &mut cos.0[..length],
        });
    }
}

/// Declares types that stand for functions of one vector, and the dispatch to them.
macro_rules! functions_of_one {
    ($($name:ident = $pattern:pat => $function:expr $(, beyond $beyond:expr)?;)*) => {
        $(
            #[derive(Clone, Copy)]
            struct $name;
            impl One for $name {
                $(const BEYOND: Option<fn(f32) -> f32> = Some($beyond);)?
                #[inline(always)]
                fn apply<S: Simd>(self, x: Lanes<S>) -> Lanes<S> {
                    $function(x)
                }
            }
        )*

        fn apply<S: Simd>(simd: S, function: Function, x: &[f32], out: &mut [f32]) {
            match function {
                $($pattern => simd.vectorize(Map { operation: $name, x, out }),)*
                Function::Copy => out.copy_from_slice(x),
            }
        }
    };
}

functions_of_one! {
    Negate = Function::Primitive(Unary::Negate) => std::ops::Neg::neg;
    Abs = Function::Primitive(Unary::Abs) => Lanes::abs;
    Sign = Function::Primitive(Unary::Sign) => arithmetic::sign;
    Reciprocal = Function::Primitive(Unary::Reciprocal) => arithmetic::reciprocal;
    Sqrt = Function::Primitive(Unary::Sqrt) => Lanes::sqrt;
    Exp = Function::Primitive(Unary::Exp) => exponential::exp;
    Expm1 = Function::Primitive(Unary::Expm1) => exponential::expm1;
    Log = Function::Primitive(Unary::Log) => logarithm::log;
    Log1p = Function::Primitive(Unary::Log1p) => logarithm::log1p;
    Sin = Function::Primitive(Unary::Sin) => trigonometric::sin, beyond trigonometric::sin_of_huge;
    Cos = Function::Primitive(Unary::Cos) => trigonometric::cos, beyond trigonometric::cos_of_huge;
    Tan = Function::Primitive(Unary::Tan) => trigonometric::tan, beyond trigonometric::tan_of_huge;
    Sinh = Function::Primitive(Unary::Sinh) => exponential::sinh;
    Cosh = Function::Primitive(Unary::Cosh) => exponential::cosh;
    Tanh = Function::Primitive(Unary::Tanh) => exponential::tanh;
    Asin = Function::Primitive(Unary::Asin) => trigonometric::asin;
    Acos = Function::Primitive(Unary::Acos) => trigonometric::acos;
    Atan = Function::Primitive(Unary::Atan) => trigonometric::atan;
    Asinh = Function::Primitive(Unary::Asinh) => logarithm::asinh;
    Acosh = Function::Primitive(Unary::Acosh) => logarithm::acosh;
    Atanh = Function::Primitive(Unary::Atanh) => logarithm::atanh;
    Sigmoid = Function::Primitive(Unary::Sigmoid) => exponential::sigmoid;
    Softplus = Function::Primitive(Unary::Softplus) => exponential::softplus;
    Erf = Function::Primitive(Unary::Erf) => special::erf;
    Erfc = Function::Primitive(Unary::Erfc) => special::erfc;
    Sinc = Function::Primitive(Unary::Sinc) => trigonometric::sinc;
    SincSlope = Function::Primitive(Unary::SincSlope) => trigonometric::sinc_slope;
    BesselI0e = Function::Primitive(Unary::BesselI0e) => special::bessel_i0e;
    BesselI1e = Function::Primitive(Unary::BesselI1e) => special::bessel_i1e;
    Floor = Function::Primitive(Unary::Floor) => arithmetic::floor;
    Round = Function::Primitive(Unary::Round) => arithmetic::round;
    StopGradient = Function::Primitive(Unary::StopGradient) => std::convert::identity;
    Square = Function::Square => power::square;
    Cube = Function::Cube => power::cube;
    FourthPower = Function::FourthPower => power::fourth_power;
}

/// Declares types that stand for functions of two vectors, and the dispatch to them.
macro_rules! functions_of_two {
    ($($name:ident = $pattern:pat => $function:expr;)*) => {
        $(
            #[derive(Clone, Copy)]
            struct $name;
            impl Two for $name {
                #[inline(always)]
                fn apply<S: Simd>(self, a: Lanes<S>, b: Lanes<S>) -> Lanes<S> {
                    $function(a, b)
                }
            }
        )*

        fn combine<S: Simd>(simd: S, operation: Binary, a: Value, b: Value, out: &mut [f32]) {
            match operation {
                $($pattern => two(simd, $name, a, b, out),)*
            }
        }
    };
}

functions_of_two! {
    Add = Binary::Add => std::ops::Add::add;
    Subtract = Binary::Subtract => std::ops::Sub::sub;
    Multiply = Binary::Multiply => std::ops::Mul::mul;
    Divide = Binary::Divide => std::ops::Div::div;
    Power = Binary::Power => power::power;
    Min = Binary::Min => arithmetic::min;
    Max = Binary::Max => arithmetic::max;
    Less = Binary::Less => arithmetic::less;
    LessEqual = Binary::LessEqual => arithmetic::less_equal;
    Equal = Binary::Equal => arithmetic::equal;
    NotEqual = Binary::NotEqual => arithmetic::not_equal;
}

/// Declares types that stand for functions of three vectors.
macro_rules! functions_of_three {
    ($($name:ident => $function:expr;)*) => {
        $(
            #[derive(Clone, Copy)]
            struct $name;
            impl Three for $name {
                #[inline(always)]
                fn apply<S: Simd>(self, a: Lanes<S>, b: Lanes<S>, c: Lanes<S>) -> Lanes<S> {
                    $function(a, b, c)
                }
            }
        )*
    };
}

functions_of_three! {
    MulAdd => Lanes::mul_add;
    MulSubtract => Lanes::mul_subtract;
    NegateMulAdd => Lanes::negate_mul_add;
    Select => arithmetic::select;
}

fn two<S: Simd, O: Two>(simd: S, operation: O, a: Value, b: Value, out: &mut [f32]) {
    match (a, b) {
        (Value::Slice(a), Value::Slice(b)) => simd.vectorize(Zip {
            operation,
            a,
            b,
            out,
        }),
        (Value::Slice(a), Value::Constant(b)) => simd.vectorize(Zip {
            operation,
            a,
            b,
            out,
        }),
        (Value::Constant(a), Value::Slice(b)) => simd.vectorize(Zip {
            operation,
            a,
            b,
            out,
        }),
        (Value::Constant(_), Value::Constant(_)) => {
            unreachable!("the program gives one of two constants a register")
        }
    }
}

fn three<S: Simd, O: Three>(simd: S, operation: O, a: &[f32], b: Value, c: Value, out: &mut [f32]) {
    match b {
        Value::Slice(b) => three_by_last(simd, operation, a, b, c, out),
        Value::Constant(b) => three_by_last(simd, operation, a, b, c, out),
    }
}

fn three_by_last<S: Simd, O: Three, B: Source>(
    simd: S,
    operation: O,
    a: &[f32],
    b: B,
    c: Value,
    out: &mut [f32],
) {
    match c {
        Value::Slice(c) => simd.vectorize(Zip3 {
            operation,
            a,
            b,
            c,
            out,
        }),
        Value::Constant(c) => simd.vectorize(Zip3 {
            operation,
            a,
            b,
            c,
            out,
        }),
    }
}

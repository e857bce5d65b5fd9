//! The fused engine: gradients of whole networks, its state, and its ways.

mod gradients;
mod mixed;
mod states;

use motherlode::formula::vector::InstructionSet;
use motherlode::formula::Formula;
use motherlode::nets::image::{Activations, Architecture, Engine, Loss};
use motherlode::nets::Optimiser;
use motherlode::nets::{MapShape, NetworkDescription};
use motherlode::numerics::stream::Key;

const SGD: Optimiser = Optimiser::Sgd {
    momentum: 0.9,
    nesterov: true,
    weight_decay: 5e-4,
};

/// An engine with drawn weights and images, and labels.
fn drawn(
    architecture: &str,
    formula: &str,
    side: usize,
    channels: usize,
    images: usize,
    dropout: u32,
) -> (Engine, Vec<u16>) {
    drawn_on(
        InstructionSet::best(),
        architecture,
        formula,
        side,
        channels,
        images,
        dropout,
    )
}

fn drawn_on(
    set: InstructionSet,
    architecture: &str,
    formula: &str,
    side: usize,
    channels: usize,
    images: usize,
    dropout: u32,
) -> (Engine, Vec<u16>) {
    let image = MapShape {
        height: side,
        width: side,
        channels,
    };
    let description = Architecture::named(architecture)
        .unwrap()
        .description(image, 5, dropout, None)
        .unwrap();
    drawn_of(set, &description, formula, images)
}

fn drawn_of(
    set: InstructionSet,
    description: &NetworkDescription,
    formula: &str,
    images: usize,
) -> (Engine, Vec<u16>) {
    let activation = Formula::parse(formula).unwrap().activation_for(set);
    let mut engine = Engine::for_instruction_set(
        set,
        description,
        Activations::One(&activation),
        images,
        Loss::CrossEntropy,
    );
    let key = Key::new(3).word(&description.name);
    let mut initial = engine.layout().initial(&mut key.word("weights").stream());
    let mut noise = key.word("noise").stream();
    // Gains and shifts away from 1 and 0, where mistakes hide.
    initial
        .iter_mut()
        .for_each(|value| *value += 0.05 * noise.normal() as f32);
    engine.parameters_mut().copy_from_slice(&initial);
    let mut stream = key.word("images").stream();
    engine
        .images_mut()
        .iter_mut()
        .for_each(|x| *x = stream.normal() as f32);
    let labels = (0..images).map(|_| stream.below(5) as u16).collect();
    (engine, labels)
}

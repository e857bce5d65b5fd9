//! What a network says that it needs, held to what its thread asks the allocator for.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use motherlode::formula::Formula;
use motherlode::nets::image::{Activations, Architecture, Engine, Loss};
use motherlode::nets::MapShape;
use motherlode::numerics::stream::Key;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, with a count of each thread's bytes.
struct Counting;

fn count(bytes: isize) {
    // A thread that ends has no count any more.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        let _ = MOST.try_with(|most| most.set(most.get().max(held.get())));
    });
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        System.alloc(layout)
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        System.alloc_zeroed(layout)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        System.dealloc(pointer, layout);
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        System.realloc(pointer, layout, size)
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_network_takes_the_memory_that_it_says() {
    let image = MapShape {
        height: 32,
        width: 32,
        channels: 3,
    };
    for (architecture, formula, dropout, batch) in [
        ("wrn-16-2", "silu", 0, 8),
        ("wrn-16-2", "silu", 300, 8),
        ("vgg-11", "relu", 0, 8),
        ("resnet-20", "param(1.0) * silu(x)", 0, 16),
        ("cnn-16-32-64", "silu", 0, 64),
        ("mlp-128-128", "silu", 0, 128),
        // Every layer keeps what its own formula needs.
        ("resnet-20", "x * sigmoid(x - batch_mean(x))", 0, 16),
        (
            "resnet-20",
            "(x - tensor_mean(x)) / (0.1 + batch_std(x))",
            0,
            8,
        ),
        ("cnn-10-20-30", "x * sigmoid(x - batch_mean(x))", 0, 16),
        ("mlp-128-128", "x - 0.1 * batch_mean(x)", 0, 128),
        // Tables are as large as a batch asks for, where images and layers have few elements.
        ("cnn-2-2", "relu", 0, 32),
        ("mlp-4-4-4-4-4-4", "relu", 0, 128),
    ] {
        let activation = Formula::parse(formula).unwrap().activation();
        let description = Architecture::named(architecture)
            .unwrap()
            .description(image, 10, dropout, None)
            .unwrap();
        let said = Engine::bytes(&description, Some(&activation), batch) as f64;
        let before = HELD.get();
        MOST.set(before);
        let mut engine = Engine::new(
            &description,
            Activations::One(&activation),
            batch,
            Loss::CrossEntropy,
        );
        engine.learn(&vec![0; batch], &Key::new(1));
        let taken = (MOST.get() - before) as f64;
        assert!(
            (0.93..1.07).contains(&(taken / said)),
            "{architecture} with {formula} took {taken} bytes and said {said}: {:.3}",
            taken / said
        );
    }
}

//! No circle stands among the rooms of a crate, nor among the files of one room.

use std::collections::{BTreeMap, BTreeSet};

use super::modules::Modules;
use super::source::{sources, Source};

/// Arrows from each number to the numbers that it uses, and in what words.
type Arrows = Vec<BTreeMap<usize, String>>;

#[test]
fn no_room_uses_a_room_that_uses_it() {
    for crate_sources in crates() {
        let files: Vec<&Source> = crate_sources.iter().collect();
        let modules = Modules::new(&files);
        let rooms: BTreeSet<&str> = files.iter().map(|file| first(&file.path)).collect();
        let rooms: Vec<&str> = rooms.into_iter().collect();
        let mut arrows: Arrows = vec![BTreeMap::new(); rooms.len()];
        for (number, file) in files.iter().enumerate() {
            let own = place(&rooms, first(&file.path));
            for used in modules.rooms_used(number, "crate") {
                if let Some(of) = rooms.iter().position(|room| *room == used) {
                    arrows[own].insert(of, file.file());
                }
            }
        }
        if files[0].member().is_some() {
            continue; // A member crate is one room.
        }
        let found: Vec<String> = circles(&arrows)
            .iter()
            .map(|circle| told(circle, &arrows, |n| rooms[n].to_owned()))
            .collect();
        assert!(found.is_empty(), "circles of rooms: {}", found.join("; "));
    }
}

#[test]
fn no_file_uses_a_file_that_uses_it() {
    let mut found = Vec::new();
    for crate_sources in crates() {
        let files: Vec<&Source> = crate_sources.iter().collect();
        let arrows = arrows(&files);
        for circle in circles(&arrows) {
            found.push(told(&circle, &arrows, |number| files[number].file()));
        }
    }
    assert!(
        found.is_empty(),
        "{} circles of files; move what both ends need into a file of its own\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn the_resolver_finds_planted_circles() {
    for (what, tree, expected) in PLANTED {
        let sources: Vec<Source> = tree
            .iter()
            .map(|(path, text)| Source::new("src", path, text))
            .collect();
        let files: Vec<&Source> = sources.iter().collect();
        let found: Vec<Vec<&str>> = circles(&arrows(&files))
            .into_iter()
            .map(|circle| named(&circle, &files))
            .collect();
        let expected: Vec<Vec<&str>> = expected.iter().map(|circle| circle.to_vec()).collect();
        assert_eq!(found, expected, "{what}");
    }
}

fn named<'a>(circle: &[usize], files: &[&'a Source]) -> Vec<&'a str> {
    let mut names: Vec<&str> = circle.iter().map(|&n| files[n].path.as_str()).collect();
    names.sort();
    names
}

type Tree = &'static [(&'static str, &'static str)];

/// What a small tree shows, its files, and the circles in it.
const PLANTED: &[(&str, Tree, &[&[&str]])] = &[
    (
        "two files that import one another",
        &[
            ("mine/mod", "mod gold; mod ore;"),
            ("mine/gold", "use super::ore::Ore; pub struct Gold(Ore);"),
            (
                "mine/ore",
                "pub struct Ore; fn f() -> super::gold::Gold { todo() }",
            ),
        ],
        &[&["mine/gold", "mine/ore"]],
    ),
    (
        "three files, each by another kind of path",
        &[
            ("mine/mod", "mod a; mod b; mod c;"),
            ("mine/a", "use crate::mine::b::B; pub struct A(B);"),
            ("mine/b", "use super::c; pub struct B(c::C);"),
            (
                "mine/c",
                "pub struct C; impl C { fn f() { super::a::A::new() } }",
            ),
        ],
        &[&["mine/a", "mine/b", "mine/c"]],
    ),
    (
        "a circle through a re-export of the parent",
        &[
            (
                "mine/mod",
                "mod a; mod b; pub use a::A; pub use b::{B as Brass};",
            ),
            ("mine/a", "use super::Brass; pub struct A;"),
            ("mine/b", "use crate::mine::A; pub struct B;"),
        ],
        &[&["mine/a", "mine/b"]],
    ),
    (
        "a circle through a re-export of all names",
        &[
            (
                "mine/mod",
                "mod a; mod b; pub use a::*; pub use self::b::*;",
            ),
            ("mine/a", "use super::B; pub struct A;"),
            ("mine/b", "use super::A; pub struct B;"),
        ],
        &[&["mine/a", "mine/b"]],
    ),
    (
        "a circle through nested groups and modules named as a whole",
        &[
            ("lib", "mod mine; mod yard;"),
            ("mine/mod", "pub mod a; pub mod b;"),
            (
                "mine/a",
                "use crate::{mine::{b::{self, C}, a}, yard}; fn f() { b::g() }",
            ),
            (
                "mine/b",
                "use super::a; pub fn g() { let h = a::f as fn(); } pub struct C;",
            ),
            ("yard", "pub fn f() {}"),
        ],
        &[&["mine/a", "mine/b"]],
    ),
    (
        "a circle of rooms is one of files too",
        &[
            ("lib", "mod mine; mod yard;"),
            ("mine", "use crate::yard::{Cart, Horse}; pub struct Ore;"),
            (
                "yard",
                "pub struct Cart(crate::mine::Ore); pub struct Horse;",
            ),
        ],
        &[&["mine", "yard"]],
    ),
    (
        "a child that uses what its parent's own file defines",
        &[
            ("mine/mod", "mod a; pub struct Mine(a::A);"),
            ("mine/a", "use super::Mine; pub struct A;"),
        ],
        &[&["mine/a", "mine/mod"]],
    ),
    (
        "a parent that only re-exports its child, which uses what the parent defines",
        &[
            (
                "mine/mod",
                "mod a; pub use a::A; pub const DEPTH: usize = 3;",
            ),
            ("mine/a", "pub struct A([u8; super::DEPTH]);"),
        ],
        &[&["mine/a", "mine/mod"]],
    ),
    (
        "a parent that uses its children, which use one another downward",
        &[
            (
                "mine/mod",
                "mod a; mod b; pub use b::B; pub fn f() { a::A::new(B) }",
            ),
            ("mine/a", "use super::B; pub struct A(B);"),
            ("mine/b", "pub struct B;"),
        ],
        &[],
    ),
    (
        "names in comments, literals, locals and other crates",
        &[
            ("mine/mod", "mod a; mod b;"),
            (
                "mine/a",
                "use super::b::B; pub struct A; /// [`super::b`]\nfn f() { B::new() }",
            ),
            (
                "mine/b",
                "// use super::a::A;\nuse std::a::A; pub struct B; fn g(a: u8) \
                 { a::f(); \"super::a::A\" }",
            ),
        ],
        &[],
    ),
    (
        "a visibility names a module and uses nothing of it",
        &[
            ("mine/mod", "mod a; pub struct Mine(a::A);"),
            (
                "mine/a",
                "pub(in crate::mine) struct A; pub(super) struct B;",
            ),
        ],
        &[],
    ),
];

/// The sources of each crate.
fn crates() -> Vec<Vec<Source>> {
    let mut crates: BTreeMap<String, Vec<Source>> = BTreeMap::new();
    for source in sources() {
        if source.path != "main" {
            crates.entry(source.root.clone()).or_default().push(source);
        }
    }
    crates.into_values().collect()
}

fn first(path: &str) -> &str {
    path.split('/').next().unwrap_or_default()
}

fn place(rooms: &[&str], room: &str) -> usize {
    rooms
        .iter()
        .position(|other| *other == room)
        .expect("every file's room is listed")
}

fn arrows(files: &[&Source]) -> Arrows {
    let modules = Modules::new(files);
    (0..files.len())
        .map(|number| {
            let uses = modules.uses(number).into_iter();
            uses.map(|used| (used.of, used.path)).collect()
        })
        .collect()
}

/// The sets of numbers, of two or more, that all reach one another.
fn circles(arrows: &Arrows) -> Vec<Vec<usize>> {
    let reached: Vec<BTreeSet<usize>> = (0..arrows.len()).map(|n| reach(arrows, n)).collect();
    let mut circles: Vec<Vec<usize>> = Vec::new();
    for number in 0..arrows.len() {
        let circle: Vec<usize> = reached[number]
            .iter()
            .copied()
            .filter(|&other| reached[other].contains(&number))
            .collect();
        if circle.first() == Some(&number) && circle.len() > 1 {
            circles.push(circle);
        }
    }
    circles
}

fn reach(arrows: &Arrows, from: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(number) = waiting.pop() {
        for &next in arrows[number].keys() {
            if reached.insert(next) {
                waiting.push(next);
            }
        }
    }
    reached
}

/// A circle in words: each arrow in it, and the path that makes it.
fn told(circle: &[usize], arrows: &Arrows, name: impl Fn(usize) -> String) -> String {
    let mut text = format!("{} in a circle:\n", circle.len());
    for &from in circle {
        for (&to, path) in &arrows[from] {
            if circle.contains(&to) {
                text += &format!("  {} -> {} ({path})\n", name(from), name(to));
            }
        }
    }
    text
}

//! Which file uses which: the modules of one crate, the names that each declares or passes on, and
//! the paths by which each names something of another.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Source, Token};

/// A file's use of another.
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// The number of the file that is used.
    pub of: usize,
    /// The path by which it is named.
    pub path: String,
}

/// The modules of one crate.
pub struct Modules {
    files: Vec<Module>,
    by_name: BTreeMap<Vec<String>, usize>,
}

struct Module {
    name: Vec<String>,
    /// Names of the items that the file itself declares.
    items: BTreeSet<String>,
    imports: Vec<Import>,
    /// Paths of at least two names in code, such as `Type::new` and `super::child::function`.
    paths: Vec<Vec<String>>,
}

struct Import {
    path: Vec<String>,
    /// The name that it brings into scope; `None` for all names of a module or of an enum.
    name: Option<String>,
}

/// What a path leads to.
#[derive(PartialEq)]
enum Found {
    /// An item that the file of this number declares.
    Item(usize),
    /// The module of the file of this number, and nothing in it.
    Module(usize),
    /// Something of another crate, or of the language.
    Outside,
}

/// Imports that lead to imports that lead to ... are followed so far.
const LONGEST_CHAIN: usize = 24;

impl Modules {
    /// Reads the files of one crate, in their order; a file's number is its place in it.
    pub fn new(sources: &[&Source]) -> Self {
        let files: Vec<Module> = sources.iter().map(|source| Module::new(source)).collect();
        let by_name = files
            .iter()
            .enumerate()
            .map(|(number, file)| (file.name.clone(), number))
            .collect();
        Self { files, by_name }
    }

    /// The other files that the file of this number uses.
    ///
    /// To name a module without anything in it, to declare a child module and to take a name
    /// through a re-export are no uses of the files passed on the way.
    pub fn uses(&self, number: usize) -> Vec<Use> {
        let file = &self.files[number];
        let imported = file.imports.iter().filter_map(|import| {
            let found = self.resolve(&file.name, &import.path, true, 0);
            match found {
                Found::Item(of) => Some((of, &import.path)),
                Found::Module(of) if import.name.is_none() && self.declares(of) => {
                    Some((of, &import.path))
                }
                _ => None,
            }
        });
        let named =
            file.paths
                .iter()
                .filter_map(|path| match self.resolve(&file.name, path, false, 0) {
                    Found::Item(of) => Some((of, path)),
                    _ => None,
                });
        let mut uses: Vec<Use> = Vec::new();
        for (of, path) in imported.chain(named) {
            if of != number && uses.iter().all(|used| used.of != of) {
                let path = path.join("::");
                uses.push(Use { of, path });
            }
        }
        uses
    }

    /// The top-level modules that a file names below the name of its crate, which is `crate` but in
    /// a binary.
    pub fn rooms_used(&self, number: usize, of_crate: &str) -> BTreeSet<&str> {
        let file = &self.files[number];
        let imports = file.imports.iter().map(|import| &import.path);
        imports
            .chain(&file.paths)
            .filter(|path| path[0] == of_crate && path.len() > 1)
            .map(|path| path[1].as_str())
            .collect()
    }

    fn declares(&self, number: usize) -> bool {
        !self.files[number].items.is_empty()
    }

    /// Where a path leads that stands in the module `from`; `imported` says that it stands in a
    /// `use`, whose names are not those that the same `use` brings.
    fn resolve(&self, from: &[String], path: &[String], imported: bool, chain: usize) -> Found {
        let Some(first) = path.first() else {
            return self.module(from);
        };
        match first.as_str() {
            "crate" => self.walk(&[], &path[1..], chain),
            "self" => self.walk(from, &path[1..], chain),
            "super" => self.walk(&from[..from.len().saturating_sub(1)], &path[1..], chain),
            _ => {
                let own_import = imported && self.imports_as_itself(from, path);
                if own_import {
                    return Found::Outside;
                }
                match self.walk(from, path, chain) {
                    // An unknown first name is a crate's, a local's or the language's.
                    Found::Item(_) if !self.knows(from, first) => Found::Outside,
                    found => found,
                }
            }
        }
    }

    /// Whether the only thing that gives a path's first name a meaning is the `use` it stands in.
    fn imports_as_itself(&self, from: &[String], path: &[String]) -> bool {
        let Some(&number) = self.by_name.get(from) else {
            return true;
        };
        let file = &self.files[number];
        let elsewhere = |import: &Import| {
            import.name.as_ref() == Some(&path[0]) && import.path.first() != Some(&path[0])
        };
        !self.is_module(from, &path[0])
            && !file.items.contains(&path[0])
            && !file.imports.iter().any(elsewhere)
    }

    fn knows(&self, from: &[String], name: &String) -> bool {
        let file = self.by_name.get(from).map(|&number| &self.files[number]);
        file.is_some_and(|file| {
            file.items.contains(name)
                || file
                    .imports
                    .iter()
                    .any(|import| import.name.as_ref() == Some(name))
        }) || self.is_module(from, name)
    }

    fn is_module(&self, parent: &[String], name: &String) -> bool {
        let child: Vec<String> = parent.iter().chain([name]).cloned().collect();
        self.by_name.contains_key(&child)
    }

    fn module(&self, name: &[String]) -> Found {
        match self.by_name.get(name) {
            Some(&number) => Found::Module(number),
            None => Found::Outside,
        }
    }

    /// Where the names of `rest` lead from the module `at`.
    fn walk(&self, at: &[String], rest: &[String], chain: usize) -> Found {
        let Some(name) = rest.first() else {
            return self.module(at);
        };
        match name.as_str() {
            "self" => return self.walk(at, &rest[1..], chain),
            "super" => return self.walk(&at[..at.len().saturating_sub(1)], &rest[1..], chain),
            _ => {}
        }
        let number = self.by_name.get(at).copied();
        let declared = number.filter(|&number| self.files[number].items.contains(name));
        // A function may have the name of a module beside it: the last name means the item.
        match declared {
            Some(number) if rest.len() == 1 || !self.is_module(at, name) => {
                return Found::Item(number);
            }
            _ => {}
        }
        if self.is_module(at, name) {
            let child: Vec<String> = at.iter().chain([name]).cloned().collect();
            return self.walk(&child, &rest[1..], chain);
        }
        let Some(number) = number else {
            return Found::Outside;
        };
        let brought = self.brought(number, rest, chain);
        // What no import brings is what a macro declares.
        brought.unwrap_or(Found::Item(number))
    }

    /// Where the names of `rest` lead by the imports of a file.
    fn brought(&self, number: usize, rest: &[String], chain: usize) -> Option<Found> {
        if chain == LONGEST_CHAIN {
            return None;
        }
        let file = &self.files[number];
        let name = &rest[0];
        file.imports.iter().find_map(|import| {
            let path = match &import.name {
                Some(brought) if brought == name => [&import.path[..], &rest[1..]].concat(),
                None => [&import.path[..], rest].concat(),
                Some(_) => return None,
            };
            let found = self.resolve(&file.name, &path, true, chain + 1);
            let certain = match found {
                Found::Item(of) => import.name.is_some() || self.files[of].items.contains(name),
                Found::Module(_) => true,
                Found::Outside => import.name.is_some(),
            };
            certain.then_some(found)
        })
    }
}

impl Module {
    fn new(source: &Source) -> Self {
        let tokens = source.tokens();
        let mut module = Self {
            name: source.module(),
            items: BTreeSet::new(),
            imports: Vec::new(),
            paths: Vec::new(),
        };
        let mut depth = 0;
        let mut at = 0;
        while at < tokens.len() {
            let text = tokens[at].text;
            match text {
                "{" => depth += 1,
                "}" => depth -= 1,
                "use" if tokens.get(at + 1).is_some_and(|next| begins_path(next)) => {
                    at = module.read_use(&tokens, at + 1);
                    continue;
                }
                _ if tokens[at].is_word() => {
                    if depth == 0 {
                        module.items.extend(declared(&tokens, at));
                    }
                    at = module.read_path(&tokens, at);
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        module
    }

    /// Reads the tree of a `use` from `at`; answers where its `;` stands.
    fn read_use(&mut self, tokens: &[Token], mut at: usize) -> usize {
        let mut stack: Vec<Vec<String>> = vec![Vec::new()];
        let mut path: Vec<String> = Vec::new();
        let mut alias: Option<String> = None;
        loop {
            let text = tokens.get(at).map_or(";", |token| token.text);
            match text {
                "{" => stack.push(path.clone()),
                "," | "}" | ";" => {
                    let prefix = stack.last().map_or(0, Vec::len);
                    if path.len() > prefix {
                        self.bring(std::mem::take(&mut path), alias.take());
                    }
                    if text == "}" {
                        stack.pop();
                    }
                    path = stack.last().cloned().unwrap_or_default();
                    if text == ";" {
                        return at;
                    }
                }
                "as" => {
                    at += 1;
                    alias = tokens.get(at).map(|token| token.text.to_owned());
                }
                "::" => {}
                name => path.push(name.to_owned()),
            }
            at += 1;
        }
    }

    fn bring(&mut self, mut path: Vec<String>, alias: Option<String>) {
        if path.last().is_some_and(|last| last == "*") {
            path.pop();
            self.imports.push(Import { path, name: None });
            return;
        }
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let name = alias.or_else(|| path.last().cloned());
        self.imports.push(Import { path, name });
    }

    /// Reads the path that begins at the word `at`; answers where it ends.
    fn read_path(&mut self, tokens: &[Token], mut at: usize) -> usize {
        let before = at.checked_sub(1).map_or("", |before| tokens[before].text);
        let mut path = vec![tokens[at].text.to_owned()];
        at += 1;
        while tokens.get(at).is_some_and(|token| token.text == "::")
            && tokens.get(at + 1).is_some_and(Token::is_word)
        {
            path.push(tokens[at + 1].text.to_owned());
            at += 2;
        }
        if path.len() > 1 && !matches!(before, "." | "::" | "$") && !self.paths.contains(&path) {
            self.paths.push(path);
        }
        at
    }
}

fn begins_path(token: &Token) -> bool {
    token.is_word() || matches!(token.text, "{" | "::")
}

/// The name that the word at `at` declares, where it is a keyword that declares one.
fn declared(tokens: &[Token], at: usize) -> Option<String> {
    let next = |offset: usize| tokens.get(at + offset).filter(|token| token.is_word());
    let name = match tokens[at].text {
        "struct" | "enum" | "trait" | "type" | "fn" => next(1),
        "static" | "const" => next(1).filter(|name| !matches!(name.text, "fn" | "mut")),
        "macro_rules" => next(2),
        _ => None,
    };
    name.map(|name| name.text.to_owned())
}
